"""What each policy costs, when its levers are felt, what they move, and whom they provoke."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import polars as pl

from equipoise.case import Case
from equipoise.corridors.findings import Key, as_fact
from equipoise.futures.policies import Levers, Policy, Pull
from equipoise.ledger import Derivation, Ledger

__all__ = ["outlay", "parents_of"]

VERSION = "policies/1"
STATEMENT = (
    "costs summed over the levers of the policy itself, unpublished ones in no sum; a level before and after its levers; the "
    "year in which each is to be felt, later by as much as it may take longer to build; of provocations the strongest"
)


def outlay(case: Case, policies: Sequence[Policy]) -> Ledger:
    """The facts of every policy that need no future: ``policy_capex`` and the like, with the ranges of their levers."""
    low, high = (Levers(_end(case, end)) for end in ("low", "high"))
    levers = Levers(case)
    rows: list[dict[str, object]] = []
    records = []
    for policy in policies:
        found = _values(levers, policy, case.year)
        ends = [_values(one, policy, case.year) for one in (low, high)]
        years = {
            ("policy_year", policy.id, pull.lever, "", str(case.year)): _late(levers, high, pull)
            for pull in policy.pulls
        }
        basis = f"policy.{policy.id}"
        for key, value in found.items():
            band = [end.get(key, value) for end in ends]
            rows.append(as_fact(key, value, (min(band), max(band)), basis=basis, by=VERSION))
        for key, (value, late) in years.items():
            rows.append(as_fact(key, value, (value, late), basis=basis, by=VERSION))
        records.append(Derivation(basis, VERSION, STATEMENT, dict.fromkeys(parents_of(levers, policy), 1.0)))
    return Ledger.of(rows, records)


def _end(case: Case, end: str) -> Case:
    """The case with every figure of a lever at one end of its range."""
    part = case.view(
        ["lever_effect", "lever_capex", "lever_opex", "lever_build_time", "lever_target", "provocation_factor"]
    )
    return replace(case, ledger=Ledger(part.with_columns(pl.coalesce(end, "value").alias("value"))))


def _late(levers: Levers, high: Levers, pull: Pull) -> tuple[float, float]:
    """The year in which a pull is to be felt, and that in which it is if it takes as long to build as it may."""
    longer = (high.figures.value("lever_build_time", pull.lever) or 0.0) - (
        levers.figures.value("lever_build_time", pull.lever) or 0.0
    )
    return float(pull.year), pull.year + max(0.0, longer)


def _values(levers: Levers, policy: Policy, year: int) -> dict[Key, float]:
    """The figures of one policy by key."""
    period, name = str(year), policy.id
    found: dict[Key, float] = {
        ("policy_capex", name, "", "", period): levers.cost(policy.own, "lever_capex"),
        ("policy_running", name, "", "", period): levers.cost(policy.own, "lever_opex"),
        ("policy_unpriced", name, "", "", period): float(len(levers.unpriced(policy.own))),
    }
    for target, (before, after) in levers.moved(policy.pulls).items():
        found |= {("policy_level", name, target, "before", period): before} if before is not None else {}
        found["policy_level", name, target, "after", period] = after
    for power, factor in levers.provoked(policy.pulls).items():
        found["policy_provocation", name, power, "", period] = factor
    return found


def parents_of(levers: Levers, policy: Policy) -> list[str]:
    """The facts of its levers."""
    measures = ("lever_capex", "lever_opex", "lever_build_time")
    found = [
        levers.figures.id(measure, pull.lever)
        for pull, measure in product(policy.pulls, measures) if levers.figures.value(measure, pull.lever) is not None
    ]  # fmt: skip
    for pull in policy.pulls:
        for effect in levers.effects[pull.lever]:
            if levers.figures.value("lever_effect", pull.lever, effect["effect"]) is not None:
                found.append(levers.figures.id("lever_effect", pull.lever, effect["effect"]))
            if levers.figures.value("lever_target", effect["target"]) is not None:
                found.append(levers.figures.id("lever_target", effect["target"]))
        strength = levers.rows[pull.lever]["provokes_strength"]
        if levers.provokes(pull):
            found.append(levers.figures.id("provocation_factor", "WLD", strength))
    return list(dict.fromkeys(found))
