"""The levers, the bundled policies and the weights of a case as plain data: what can be pulled, and what it moves."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from equipoise.bargaining.arena import CAPABILITIES
from equipoise.case import Case
from equipoise.errors import InputError
from equipoise.futures.policies import Levers, policies_of
from equipoise.whatif import levers_of

__all__ = ["lever_rows", "needs_of", "policy_rows", "short", "weight_rows"]

COSTS = ("lever_capex", "lever_opex", "lever_build_time")


def lever_rows(case: Case) -> list[dict[str, Any]]:
    """Every lever: what it does and to what, the earliest year in which it is felt, what it needs, whom it provokes; a cost that
    nobody published is nothing."""
    if not case.table("levers").height:
        return []
    levers = levers_of(case)
    return [_lever(levers, lever, row) for lever, row in levers.rows.items()]


def needs_of(case: Case, lever: str) -> list[str]:
    """The levers that a lever needs, and that those need, but for those that go on under every policy."""
    if not case.table("levers").height:
        return []
    projects, found = levers_of(case).projects, list[str]()
    going = {pull.lever for policy in policies_of(case) if not policy.standing for pull in policy.own}
    ahead = [lever]
    while ahead:
        one = projects.get(ahead.pop())
        fresh = [need for need in (one.needs if one else ()) if need not in going and need not in (*found, lever)]
        found += fresh
        ahead += fresh
    return found


def short(title: str) -> str:
    """The title of a lever without what stands in brackets or after a colon.

    >>> short("Trans-Caspian oil pipeline (Kuryk to Sangachal)")
    'Trans-Caspian oil pipeline'
    """
    return re.split(r" \(|[:,;]", title)[0]


def _lever(levers: Levers, lever: str, row: Mapping[str, str]) -> dict[str, Any]:
    effects = [
        {"on": effect["target_type"], "target": effect["target"], "how": effect["mode"], "unit": effect["unit"],
         "size": levers.figures.value("lever_effect", lever, effect["effect"]),
         "fact": _named(levers, "lever_effect", lever, effect["effect"])}
        for effect in levers.effects[lever]
    ]  # fmt: skip
    costs = {name: _named(levers, name, lever) for name in COSTS}
    return {
        "lever": lever, "title": row["title"], "pillar": row["pillar"], "earliest": math.ceil(levers.earliest(lever)),
        "needs": list(levers.projects[lever].needs), "first": row["prerequisite"], "status": row["status"],
        "provokes": row["provokes_power"].split(";") if row["provokes_power"] else [],
        "provokes_how": row["provokes_strength"], "reversible": row["reversible"], "decides": row["decision_maker"],
        "effects": effects, "facts": {name: fact for name, fact in costs.items() if fact}, "note": row["note"],
    }  # fmt: skip


def _named(levers: Levers, measure: str, lever: str, item: str = "") -> str:
    """The id of a figure of a lever, empty where nobody published it."""
    known = levers.figures.value(measure, lever, item) is not None
    return levers.figures.id(measure, lever, item) if known else ""


def policy_rows(case: Case) -> list[dict[str, Any]]:
    """The bundled policies of a case with the levers that each pulls."""
    try:
        every = policies_of(case)
    except InputError:  # a case may have none
        return []
    return [
        {"policy": policy.id, "name": policy.name, "aim": policy.aim, "under_all": not policy.standing,
         "levers": [{"lever": p.lever, "year": p.year, "intensity": p.intensity, "reason": p.reason} for p in policy.own]}
        for policy in every
    ]  # fmt: skip


def weight_rows(case: Case) -> list[dict[str, Any]]:
    """The kinds of weights, and what each may be; a weighting may be powers joined by a plus sign, too."""
    weightings = [
        {"value": row["weighting"], "name": row["name"]} for row in case.table("weightings").iter_rows(named=True)
    ]
    capabilities = [{"value": name, "name": meaning} for name, meaning in CAPABILITIES.items()]
    return [
        {"kind": "weighting", "values": weightings, "powers": list(case.powers)},
        {"kind": "capability", "values": capabilities},
    ]
