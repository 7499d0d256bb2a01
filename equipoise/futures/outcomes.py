"""Outcomes of the register as facts, in their own units: what the futures of each policy say of them, what each lever changes.

What a weighting decides is told as the mean of its futures, anything else as their middle; the band is theirs, 5 to 95 %.
Nothing is told of an outcome that no future tells: the register says why.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from equipoise.corridors.findings import as_fact
from equipoise.futures.fare import Outcomes
from equipoise.futures.findings import Band
from equipoise.futures.lives import Question
from equipoise.futures.outlay import parents_of
from equipoise.futures.policies import Levers, Policy
from equipoise.futures.simulate import Setup
from equipoise.futures.standing import Stood
from equipoise.futures.trials import Trial, pulled
from equipoise.ledger import Derivation
from equipoise.maths.ensemble import quantile_band

__all__ = ["Lived", "lived", "of_levers", "of_policies"]

FloatArray = NDArray[np.float64]
Found = tuple[list[dict[str, object]], list[Derivation]]
MOVED = 1e-9
"""Share of an outcome below which a change of it is none."""
STATEMENT = (
    "the outcome in every future, from the figures drawn, the levers felt by then, and the record: votes by spells of five "
    "years, disputes by the posterior of their rate, water by the balance of the season, listings as often as the weighting "
    "says; the middle over the futures, or their mean under a weighting"
)
BESIDE = (
    "the outcome with the lever less that without it, in the same futures; pulled in full as early as it can be felt"
)


@dataclass(frozen=True, slots=True)
class Lived:
    """An outcome of P policies in K futures, ``table`` (P, K): of a ``part`` of it or under a weighting, of a ``period``.
    ``mean`` where it is told as the mean of the futures; ``own`` where it rests on figures of its own, and not on the lives;
    ``twice`` where policies have a measure for it already; ``paid`` where it is told less what levers cost."""

    outcome: str
    part: str
    period: str
    table: FloatArray
    mean: bool = False
    own: bool = True
    twice: bool = False
    paid: bool = False

    def told(self, values: FloatArray) -> list[tuple[float, Band]]:
        """What is told of each of some rows of futures (n, K)."""
        low, high = quantile_band(values.T)
        found = values.mean(axis=1) if self.mean else np.median(values, axis=1)
        return [(float(v), (float(a), float(b))) for v, a, b in zip(found, low, high, strict=True)]


def lived(question: Question, setup: Setup, stood: Stood, came: Outcomes) -> Iterator[Lived]:
    """Every outcome of the register that these futures tell. ``stood`` and ``came`` are of the same policies and futures, those
    of ``question``; ``setup`` of any policies in the same futures."""
    standing, way = setup.standing, {how: outcome for outcome, how in setup.standing.told.items()}
    last, along, year = f"{question.until}+1y", f"{question.year + 1}/{question.until}", str(question.until)
    for i, (outcome, part) in enumerate(standing.labels):
        yield Lived(outcome, part, year, stood.last[..., i].T)
        yield Lived(outcome, part, along, stood.along[..., i].T)
    if "off" in way:
        yield Lived(way["off"], "", last, 100.0 * came.off / np.maximum(came.exports, 1e-9), own=False)
    if "reserve" in way and np.isfinite(stood.reserve).all() and np.isfinite(stood.gdp).all():
        month = np.maximum(came.worst, 1e-9) / 100.0 * stood.gdp / 12.0
        yield Lived(way["reserve"], "", last, stood.reserve.T / month, own=False)
    for w, weighting in enumerate(question.weightings):
        for how, table in (("hazard", stood.hazard), ("risk", stood.risk)):
            if how in way and np.isfinite(table).all():
                yield Lived(way[how], weighting.id, along, table[:, :, w, 1].T, mean=True)
        if "person" in way and np.isfinite(stood.gdp).all() and np.isfinite(standing.people):
            kept = 1.0 - came.mean[:, w, 1] / 100.0
            person = (1e3 * stood.gdp * kept - stood.yearly.T) / standing.people
            yield Lived(way["person"], weighting.id, along, person, mean=True, own=False, paid=True)
        if "fiscal_revenue" in standing.told and np.isfinite(came.fiscal).all():
            yield Lived("fiscal_revenue", weighting.id, along, came.fiscal[:, w, 1], mean=True, own=False, twice=True)


def of_policies(levers: Levers, setup: Setup, stood: Stood, came: Outcomes, version: str, options: str) -> Found:
    """What the futures of each policy say of every outcome that has no measure of its own."""
    rows: list[dict[str, object]] = []
    records: dict[str, Derivation] = {}
    for one in lived(setup.question, setup, stood, came):
        if one.twice:
            continue
        for policy, value in zip(setup.question.policies, one.told(one.table), strict=True):
            basis = f"outcome.{policy.id}.{one.outcome}" if one.own else f"futures.{policy.id}"
            if one.own and basis not in records:
                parents = _parents(levers, setup, policy, one.outcome)
                records[basis] = Derivation(basis, version, STATEMENT, parents, options)
            key = "future_outcome", policy.id, one.outcome, one.part, one.period
            rows.append(as_fact(key, *value, basis=basis, by=version))
    return rows, list(records.values())


def of_levers(
    levers: Levers, question: Question, setup: Setup, stood: Stood, came: Outcomes, made: Sequence[Trial],
    unpriced: Collection[str], version: str, options: str,
) -> Found:  # fmt: skip
    """What each lever changes in every outcome that it moves, on each ground; of what is told less the cost of levers nothing
    where that is ``unpriced``."""
    rows: list[dict[str, object]] = []
    records: dict[str, Derivation] = {}
    for one in lived(question, setup, stood, came):
        told = [
            trial for trial in made
            if not one.paid or {trial.lever, *trial.beside}.isdisjoint(unpriced)
        ]  # fmt: skip
        before = one.table[[trial.without for trial in told]]
        change = one.table[[trial.with_it for trial in told]] - before
        moved = np.flatnonzero((np.abs(change) > MOVED * np.maximum(np.abs(before), 1.0)).any(axis=1))
        for i, value in zip(moved, one.told(change[moved]), strict=True):
            trial = told[i]
            basis = f"advice.{trial.lever}.{one.outcome}" if one.own else f"advice.{trial.lever}"
            if one.own and basis not in records:
                alone = Policy(trial.lever, "", "", (pulled(levers, trial.lever),))
                records[basis] = Derivation(
                    basis, version, BESIDE, _parents(levers, setup, alone, one.outcome), options
                )
            item = ".".join(filter(None, (trial.ground, one.part)))
            rows.append(
                as_fact(("advice_outcome", trial.lever, one.outcome, item, one.period), *value, basis=basis, by=version)
            )
    return rows, list(records.values())


def _parents(levers: Levers, setup: Setup, policy: Policy, outcome: str) -> dict[str, float]:
    """What an outcome rests on, the figures that it is told from first, then of the levers of a policy those that move it, and
    what they provoke where that counts."""
    standing = setup.standing
    moving, provoked = standing.targets(outcome), standing.told.get(outcome) in ("hazard", "risk")
    mine = {
        levers.figures.id("lever_effect", pull.lever, effect["effect"])
        for pull in policy.pulls for effect in levers.effects[pull.lever] if effect["target"] in moving
    }  # fmt: skip
    every = [
        name for name in parents_of(levers, policy)
        if name in mine or (provoked and name.startswith("provocation_factor:"))
    ]  # fmt: skip
    return dict.fromkeys((*standing.facts(outcome), *every), 1.0)
