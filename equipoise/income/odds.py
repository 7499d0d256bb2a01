"""The multilinear extension: what a loss is expected to be under chances that somebody assumes.

Chances are never derived here; who assumes them says so. Powers leave independently: the chances of allies, whose leaving
hangs together, must not be multiplied like this.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from equipoise.case import Case
from equipoise.errors import InputError
from equipoise.income.grounds import VERSION
from equipoise.ledger import Derivation, Ledger, fact_id
from equipoise.maths.coalition import multilinear

__all__ = ["expected"]

TAIL = 0.10
"""The worst tenth of outcomes, whose mean is the conditional value at risk."""


def expected(case: Case, odds: Mapping[str, float], horizon: str) -> Ledger:
    """Expected loss of real income, the mean of its worst tenth, and what a point of chance of each power adds.

    Owen (1972), Multilinear Extensions of Games. doi:10.1287/mnsc.18.5.64

    Raises
    ------
    InputError
        A chance is none, or its power has no loss of real income.
    """
    period = f"{case.year}+{horizon}"
    rows = case.view("income_loss", subject=case.home, item="all", period=period)
    loss = dict(rows.select(rows["object"].cast(str), "value").iter_rows())
    single = sorted(name for name in loss if "+" not in name)
    for power, chance in odds.items():
        if power not in single:
            raise InputError("--odds", found=power, allowed=", ".join(single) or "powers with a loss of real income")
        if not 0.0 <= chance <= 1.0:
            raise InputError("--odds", found=f"{power}={chance:g}", allowed="a chance from 0 to 1")
    powers = sorted(odds)
    names = ["+".join(p for i, p in enumerate(powers) if mask >> i & 1) for mask in range(1 << len(powers))]
    v, chances = np.array([0.0, *(loss[name] for name in names[1:])]), np.array([odds[power] for power in powers])
    told = ",".join(f"{power}={odds[power]:g}" for power in powers)
    found = {
        ("expected_income_loss", ""): multilinear(v, chances),
        ("expected_income_loss", "worst_tenth"): _tail(v, chances),
    }
    for i, power in enumerate(powers):
        ends = [multilinear(v, np.where(np.arange(len(powers)) == i, end, chances)) for end in (0.0, 1.0)]
        found["expected_income_slope", power] = ends[1] - ends[0]
    facts = [
        {
            "measure": measure, "subject": case.home, "object": item if measure.endswith("slope") else "",
            "item": "" if measure.endswith("slope") else item, "period": period, "value": value, "low": value, "high": value,
            "grade": "C", "kind": "derived", "basis": "income.odds", "by": VERSION,
        }
        for (measure, item), value in found.items()
    ]  # fmt: skip
    parents = {fact_id("income_loss", case.home, name, "all", period): 1.0 for name in names[1:]}
    statement = (
        f"multilinear extension of the losses under chances assumed by the user, independent of each other: {told}"
    )
    return Ledger.of(facts, [Derivation("income.odds", VERSION, statement, parents)])


def _tail(v: np.ndarray, chances: np.ndarray) -> float:
    """Mean loss of the worst tenth of outcomes."""
    leaves = (np.arange(len(v))[:, None] >> np.arange(len(chances))) & 1
    chance = np.where(leaves == 1, chances, 1.0 - chances).prod(axis=1)
    order = np.argsort(-v, kind="stable")
    taken = np.clip(TAIL - (np.cumsum(chance[order]) - chance[order]), 0.0, chance[order])
    return float((taken * v[order]).sum() / TAIL)
