"""Levers that a user pulls: read and judged as those of a policy, and made to stand, so that the case is as if they stood today.

A lever acts through the facts that it changes: the limit of a link, which may be one that is not yet built, the level of a
measure, what a power holds of a channel, the rate and the reach of a threat. A case in which levers stand is a case with those
facts replaced, each an assumption of the user that names the lever and the reason; nothing of it says when they come to
stand: that is asked of the futures, in which the same levers are a policy (:func:`planned`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from equipoise.case import Case, Layout
from equipoise.corridors import READINGS
from equipoise.corridors.building import commodities_with_network, years_solved
from equipoise.corridors.inputs import Inputs
from equipoise.errors import InputError
from equipoise.futures.policies import FIGURES, Levers, Policy, Pull, policies_of
from equipoise.ledger import KEY, Ledger, id_expression, parse_id
from equipoise.resilience.projects import Project, Works, opened, projects_of
from equipoise.whatif.reading import number, reason, remembered, shown

__all__ = [
    "OWN_POLICY",
    "Pull",
    "levers_of",
    "network_projects",
    "planned",
    "pulls_of",
    "rail_of",
    "standing",
    "told_standing",
]

OWN_POLICY, OWN_LEVER = "own", "own-lever"
"""The id of the user's own policy; what the ids of the assumptions that a pulled lever makes begin with."""
MOST_PULLED = 60
_ENDS = ("low", "value", "high")
Row = dict[str, object]


@remembered
def levers_of(case: Case) -> Levers:
    """The levers of a case at settled figures."""
    return Levers(replace(case, ledger=Ledger(case.view(list(FIGURES)))).settle())


def pulls_of(case: Case, asked: Any) -> tuple[Pull, ...]:
    """Levers from plain data: ``[{"lever", "year", "intensity", "reason"}]``; ``{"policy", "reason"}`` pulls all levers of a
    policy of the case, but for those that are pulled by name.

    Raises
    ------
    InputError
        What is named is none, is pulled twice, before it can be felt, by more than all of it or without what it needs, or two
        set one limit; see :meth:`equipoise.futures.policies.Levers.check`.
    """
    if not isinstance(asked, Sequence) or isinstance(asked, str) or len(asked) > MOST_PULLED:
        raise InputError("levers", found=shown(asked), allowed=f"a list of at most {MOST_PULLED} levers or policies")
    if not asked:
        return ()
    levers, every = levers_of(case), {policy.id: policy for policy in policies_of(case)}
    named = [_pull(levers, entry) for entry in asked if not (isinstance(entry, Mapping) and "policy" in entry)]
    mine = {pull.lever for pull in named}
    if len(mine) < len(named):
        raise InputError("levers", found="one lever twice", allowed="each lever once")
    for entry in asked:
        if isinstance(entry, Mapping) and "policy" in entry:
            if set(entry) - {"policy", "reason"} or entry["policy"] not in every:
                raise InputError("policy", found=shown(entry), allowed=", ".join(every))
            policy, why = every[entry["policy"]], reason(entry, f"policy {entry['policy']}")
            named += [replace(pull, reason=why) for pull in policy.own if pull.lever not in mine]
            mine |= {pull.lever for pull in policy.own}
    under_all = tuple(pull for policy in every.values() if not policy.standing for pull in policy.own)
    levers.check(Policy("your levers", "", "", tuple(named), under_all))
    return tuple(sorted(named, key=lambda pull: pull.lever))


def _pull(levers: Levers, entry: Any) -> Pull:
    """One lever, its year the earliest and its intensity 1 where they are left out."""
    if not isinstance(entry, Mapping) or set(entry) - {"lever", "year", "intensity", "reason"}:
        raise InputError("lever", found=shown(entry), allowed="an object with lever, year, intensity and reason")
    lever = str(entry.get("lever", ""))[:80]
    why, degree = (
        reason(entry, lever or "a lever"),
        number(1.0 if entry.get("intensity") is None else entry["intensity"], lever),
    )
    year = entry.get("year")
    if year is None and lever in levers.rows:
        year = math.ceil(levers.earliest(lever))
    if lever in levers.rows and (isinstance(year, bool) or not isinstance(year, int) or not 1900 <= year <= 2200):
        raise InputError(f"year of {lever}", found=shown(year), allowed="a year")
    return Pull(lever, year or 0, degree, why)


def planned(case: Case, pulls: Sequence[Pull]) -> Case:
    """The case with one policy more: the user's own, that pulls these levers in their years."""
    if not pulls:
        return case
    basis = _basis(pulls)
    told = [(basis[pull.lever], _statement(pull)) for pull in pulls]
    policy = {
        "policy": OWN_POLICY,
        "name": "Your own",
        "aim": "As you asked",
        "standing": "0",
        "basis": told[0][0],
        "grade": "C",
    }
    rows = [
        {"policy": OWN_POLICY, "lever": pull.lever, "year": str(pull.year), "intensity": f"{pull.intensity:g}",
         "reason": pull.reason, "basis": basis, "grade": "C"}
        for pull, (basis, _) in zip(pulls, told, strict=True)
    ]  # fmt: skip
    return with_rows(case, policies=[policy], policy_levers=rows, assumptions=assumptions(told))


def standing(case: Case, pulls: Sequence[Pull]) -> Case:
    """The case as if these levers stood today: their effects are facts of it, and none is left to come in a future."""
    if not pulls:
        return case
    settled, basis = case.settle(), _basis(pulls)
    chosen = network_projects(case, [pull.lever for pull in pulls])
    rows = [*_limits(settled, chosen, pulls, basis), *_levels(settled, pulls, basis), *_threats(settled, pulls, basis)]
    one_each = {tuple(str(row[name]) for name in KEY): row for row in rows}
    return told_standing(case, pulls).replace(Ledger.of(list(one_each.values())))


def told_standing(case: Case, pulls: Sequence[Pull]) -> Case:
    """The case whose register says that these levers stand, its facts as they were: enough to draw what is built."""
    basis = _basis(pulls)
    built = {effect.link for project in network_projects(case, list(basis)) for effect in project.effects}
    new = pl.col("link").is_in(built) & _unbuilt()
    links = case.table("links").with_columns(
        *(pl.when(new).then(pl.lit(to)).otherwise(pl.col(name)).alias(name)
          for name, to in (("role", "edge"), ("status", "operating"), ("opened", "")))
    )  # fmt: skip
    effects = case.table("effects").filter(~pl.col("lever").is_in(list(basis)))
    told = assumptions([(basis[pull.lever], _statement(pull)) for pull in pulls])
    return with_rows(replace(case, register={**case.register, "links": links, "effects": effects}), assumptions=told)


def _basis(pulls: Sequence[Pull]) -> dict[str, str]:
    """The assumption that each pulled lever makes."""
    return {pull.lever: f"{OWN_LEVER}-{n}" for n, pull in enumerate(pulls, 1)}


def network_projects(case: Case, levers: Sequence[str]) -> list[Project]:
    """Those of some levers that act on a link of a network."""
    return [project for project in projects_of(case) if project.commodity and project.lever in levers]


def with_rows(case: Case, **rows: Sequence[Mapping[str, str]]) -> Case:
    """The case with more rows in its register, by table; a row of the same key is replaced."""
    register = dict(case.register)
    for name, added in rows.items():
        table = case.table(name)
        blank = dict.fromkeys(table.columns, "")
        more = pl.DataFrame([{**blank, **row} for row in added], schema=table.schema)
        register[name] = pl.concat([table, more])
    return replace(case, register=register)


def assumptions(told: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    """Rows of assumptions of the user."""
    return [{"assumption": name, "statement": f"The user’s own: {said}", "grade": "C"} for name, said in told]


def rail_of(case: Case, levels: Mapping[str, tuple[float | None, float]]) -> float:
    """What moved levels make of the room of railways at home: 1 where none moves it."""
    made = 1.0
    for row in case.table("bearings").iter_rows(named=True):
        before, after = levels.get(row["level"], (None, 0.0))
        if row["bears"] == "room" and row["thing"] == "rail" and row["how"] == "ratio" and before:
            made *= max(0.0, after / before)
    return made


def _unbuilt() -> pl.Expr:
    planned_ = (pl.col("role") == "edge") & pl.col("status").is_in(["planned", "under construction"])
    return (pl.col("role") == "project") | planned_


def _statement(pull: Pull) -> str:
    return f"{pull.lever} pulled to {100 * pull.intensity:g} %, felt from {pull.year}: {pull.reason}"


# --- limits of links ----------------------------------------------------------------------------------------------------


def _limits(settled: Case, chosen: Sequence[Project], pulls: Sequence[Pull], basis: Mapping[str, str]) -> list[Row]:
    """Facts of the limits that works move, at low, central and high figures of today's limits and of the works."""
    layout = opened(Layout(settled), settled, chosen)
    inputs, figures = Inputs(settled, layout), levers_of(settled).figures
    degree = {pull.lever: pull.intensity for pull in pulls}
    rows: list[Row] = []
    for commodity in commodities_with_network(inputs) if chosen else ():
        mine = [project for project in chosen if project.commodity == commodity]
        if mine:
            year = years_solved(inputs, commodity)[-1]
            works = Works(inputs, figures, mine, commodity, year)
            ids = {limit.fact for limit in works.limits if limit.fact}
            ids |= {figures.id("lever_effect", p.lever, e.number) for p in mine for e in p.effects
                    if figures.value("lever_effect", p.lever, e.number) is not None}  # fmt: skip
            ends = _ends(settled, ids)
            every = [works if end == "value" else _at(works, ends[end]) for end in _ENDS]
            rows += _written(every, np.array([degree[project.lever] for project in works.projects]), basis)
    return rows


def _ends(settled: Case, ids: set[str]) -> dict[str, dict[str, float]]:
    """The low and the high end of each of these facts, by id; the value where it has no range."""
    rows = settled.ledger.facts.with_columns(id_expression(with_basis=False)).join(
        pl.DataFrame({"id": sorted(ids)}), on="id", how="semi"
    )
    ends = (pl.coalesce(end, "value").alias(end) for end in _ENDS)
    found: dict[str, dict[str, float]] = {end: {} for end in _ENDS}
    for name, *values in rows.select("id", *ends).iter_rows():
        for end, value in zip(_ENDS, values, strict=True):
            found[end][name] = float(value)
    return found


def _at(works: Works, values: Mapping[str, float]) -> Works:
    """The same works at other figures."""
    held = {limit.fact for limit in works.limits}
    inputs = works.inputs.with_values({name: value for name, value in values.items() if name in held})
    network = works.network
    return Works(inputs, works.figures.with_values(values), works.projects, network.commodity, network.year)


def _written(every: Sequence[Works], degrees: np.ndarray[Any, Any], basis: Mapping[str, str]) -> list[Row]:
    """Facts of the limits of every link that works move: those that a reading counts, and none above what the fleet allows."""
    works = every[1]
    network, year = works.network, str(works.network.year)
    main, rows = f"capacity_{network.quantity}", list[Row]()
    for arc in sorted({limit.arc for limit in works.limits if limit.kind}):
        link = network.links[arc]
        own = [p.lever for p in works.projects if any(e.link == link for e in p.effects)]
        told = ";".join(sorted({basis[lever] for lever in own}))
        rooms: dict[str, list[float]] = {}
        for one in every:
            room = one.room + degrees @ one.addition
            for r, limit in enumerate(one.limits):
                if limit.arc == arc:
                    rooms.setdefault(limit.kind, []).append(float(room[r]))
        counted = {kind: sorted(found) for kind, found in rooms.items() if kind in READINGS["contract"]}
        fleet = sorted(min(found) for found in zip(*rooms.values(), strict=True))
        if not counted:
            counted = {"technical": fleet}
        least = min(counted, key=lambda kind: counted[kind][1])
        counted[least] = [min(pair) for pair in zip(counted[least], fleet, strict=True)]
        if counted[least][1] < network.capacity[arc] - 1e-9 and link not in works.unbuilt:
            continue  # a fleet that today's reading leaves out binds: nobody takes away by building
        for kind, (low, value, high) in counted.items():
            row: Row = {"subject": link, "item": kind, "period": year, "value": value, "low": low, "high": high,
                        "grade": "C", "kind": "assumed", "basis": told, "by": "case", "object": "",
                        "note": f"with {', '.join(own)} standing"}  # fmt: skip
            rows.append({**row, "measure": main})
            rows += [
                {**row, "measure": measure, **{end: row[end] / factor for end in _ENDS}}  # type: ignore[operator]
                for measure, factor in works.measures.items()
                if measure != main and (held := works.inputs.near(measure, link, kind, network.year)) is not None
                and held.value * factor < value - 1e-9
            ]  # fmt: skip
            later = works.inputs.upto(main, link, f"announced_{kind}", network.year + 10)
            if later is not None and later.value < value:
                rows.append(
                    {**row, "measure": main, "item": f"announced_{kind}", "period": parse_id(later.id)["period"]}
                )
    return rows


# --- levels, channels, railways, threats --------------------------------------------------------------------------------


def _replaced(settled: Case, measure: str, where: Mapping[str, str], factor: float, told: str, note: str) -> list[Row]:
    """Facts of a measure times a factor, within its bounds."""
    known = settled.measures[measure]
    most = math.inf if known.high is None else known.high
    rows: list[Row] = []
    for row in settled.view(measure, **where).iter_rows(named=True):
        ends = {end: min(most, float(row["value"] if row[end] is None else row[end]) * factor) for end in _ENDS}
        key = {name: str(row[name]) for name in KEY}
        rows.append({**key, **ends, "grade": "C", "kind": "assumed", "basis": told, "by": "case", "note": note})
    return rows


def _levels(settled: Case, pulls: Sequence[Pull], basis: Mapping[str, str]) -> list[Row]:
    """Levels that levers move, what powers hold of the channels that those bear on, and the room of railways at home."""
    levers = levers_of(settled)
    moved = levers.moved(pulls)
    whose = {
        target: ";".join(
            sorted({basis[p.lever] for p in pulls for e in levers.effects[p.lever] if e["target"] == target})
        )
        for target in moved
    }
    rows: list[Row] = []
    for target, (before, after) in moved.items():
        if before:
            rows += _replaced(
                settled, "lever_target", {"subject": target}, after / before, whose[target], "levers stand"
            )
    bear: Mapping[str, tuple[str, str]] = {"channel": ("control", "object"), "length": ("threat_duration", "subject")}
    for row in settled.table("bearings").iter_rows(named=True):
        before, after = moved.get(row["level"], (None, 0.0))
        if row["bears"] in bear and row["how"] == "ratio" and before:
            measure, column = bear[row["bears"]]
            ratio = max(0.0, after / before)
            factor = min(1.0, ratio) if row["bears"] == "channel" else ratio
            note = f"{row['level']} {before:g} to {after:g}"
            rows += _replaced(settled, measure, {column: row["thing"]}, factor, whose[row["level"]], note)
    rail = rail_of(settled, moved)
    if rail != 1.0:
        told = ";".join(sorted(set().union(*(whose[r["level"]].split(";") for r in settled.table("bearings").iter_rows(named=True)
                                             if r["bears"] == "room" and r["level"] in whose))))  # fmt: skip
        for link in railways(Layout(settled)):
            for measure in [name for name in settled.measures if name.startswith("capacity_")]:
                rows += _replaced(settled, measure, {"subject": link}, rail, told, "works on railways at home stand")
    return rows


def railways(layout: Layout) -> list[str]:
    """Links of railways that lie at home alone."""
    return [row["link"] for row in layout.links if row["mode"].startswith("rail") and row["territory"] == layout.home]


def _threats(settled: Case, pulls: Sequence[Pull], basis: Mapping[str, str]) -> list[Row]:
    """Rates and reaches of threats that levers make rarer or smaller."""
    levers, rows = levers_of(settled), list[Row]()
    for (threat, which), factor in levers.threats(pulls).items():
        told = {basis[p.lever] for p in pulls for e in levers.effects[p.lever] if e["target"] == threat}
        rows += _replaced(
            settled, f"threat_{which}", {"subject": threat}, factor, ";".join(sorted(told)), "levers stand"
        )
    return rows
