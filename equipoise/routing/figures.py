"""Figures as products of facts, so that one redraw of the facts redraws every price, time and capacity that rests on them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import polars as pl
from numpy.typing import NDArray

from equipoise.case import Case
from equipoise.ledger import fact_id
from equipoise.maths.ensemble import latin_hypercube, triangular
from equipoise.vocabulary import year_of

__all__ = ["Amount", "Draws", "Figures"]

FloatArray = NDArray[np.float64]
_MIDDLES = (np.arange(400) + 0.5) / 400
_YEARLY = re.compile(r"\d{4}/?|static")


@dataclass(frozen=True, slots=True)
class Amount:
    """A number times facts, over other facts. ``estimated`` where they are not published for the very thing."""

    factor: float
    facts: tuple[str, ...] = ()
    over: tuple[str, ...] = ()
    estimated: bool = False

    @property
    def every(self) -> tuple[str, ...]:
        """All facts that the amount rests on."""
        return self.facts + self.over

    def times(self, other: Amount | float) -> Amount:
        """The product with another amount, or with a number."""
        if not isinstance(other, Amount):
            return replace(self, factor=self.factor * other)
        both = self.facts + other.facts, self.over + other.over
        return Amount(self.factor * other.factor, *both, self.estimated or other.estimated)

    def divided(self, other: Amount) -> Amount:
        """The quotient by another amount."""
        both = self.facts + other.over, self.over + other.facts
        return Amount(self.factor / other.factor, *both, self.estimated or other.estimated)

    def guessed(self) -> Amount:
        """The same amount, not published for the very thing."""
        return replace(self, estimated=True)


class Figures:
    """The figures of a settled case by what they are of, for the year nearest to the one wanted, with their ranges."""

    def __init__(self, case: Case, measures: Sequence[str]) -> None:
        frame = case.view(list(measures)).select(
            pl.col("measure", "subject", "object", "item", "period").cast(pl.String), "value", "low", "high"
        )
        self._by_key: dict[tuple[str, str, str], dict[int, str]] = {}
        self._range: dict[str, tuple[float, float, float]] = {}
        for measure, subject, thing, item, period, value, low, high in frame.iter_rows():
            if not _YEARLY.fullmatch(period):
                continue
            name = fact_id(measure, subject, thing, item, period)
            self._range[name] = (value if low is None else low, value, value if high is None else high)
            self._by_key.setdefault((measure, subject, item), {})[year_of(period) or 0] = name

    def near(self, measure: str, subject: str, item: str = "", year: int = 0) -> Amount | None:
        """The figure of this year, else of the nearest year, the earlier of two."""
        years = self._by_key.get((measure, subject, item))
        if not years:
            return None
        return Amount(1.0, (years.get(year) or years[min(years, key=lambda y: (abs(y - year) if y else 0, y))],))

    def has(self, measure: str) -> bool:
        """Whether there is any figure of a measure."""
        return any(key[0] == measure for key in self._by_key)

    def value(self, amount: Amount) -> float:
        """An amount with every fact at its value."""
        top, below = (np.prod([self._range[name][1] for name in part]) for part in (amount.facts, amount.over))
        return float(amount.factor * top / below)

    def expected(self, amount: Amount) -> float:
        """The mean of an amount over its range, which need not be its value: most ranges of prices lean to one side."""
        top, below = (
            np.prod([self._mean(name, power) for name in part])
            for part, power in ((amount.facts, 1), (amount.over, -1))
        )
        return float(amount.factor * top * below)

    @cache  # noqa: B019  the figures live as long as one question
    def _mean(self, name: str, power: int) -> float:
        """Mean of a fact, or of one over it, under the triangular law."""
        low, value, high = self._range[name]
        drawn = triangular(low, value, high, _MIDDLES) if low < high else np.array([value])
        return float((drawn**power).mean())

    def draw(self, amounts: Sequence[Amount], draws: int, seed: int) -> Draws:
        """Joint redraws (Latin hypercube, triangular) of all uncertain facts that these amounts rest on."""
        names = sorted({name for amount in amounts for name in amount.every})
        uncertain = [name for name in names if self._range[name][0] < self._range[name][2]]
        chance = latin_hypercube(draws, len(uncertain), seed)
        low, mode, high = (np.array([self._range[name][i] for name in uncertain]) for i in range(3))
        drawn = triangular(low, mode, high, chance)
        columns = {name: drawn[:, j] for j, name in enumerate(uncertain)}
        return Draws(draws, columns | {n: np.full(draws, self._range[n][1]) for n in names if n not in columns})


@dataclass(frozen=True)
class Draws:
    """Facts (draws,) redrawn, by id."""

    number: int
    columns: dict[str, FloatArray]

    def of(self, amount: Amount) -> FloatArray:
        """An amount in every redraw (draws,)."""
        found = np.full(self.number, amount.factor)
        for name in amount.facts:
            found = found * self.columns[name]
        for name in amount.over:
            found = found / self.columns[name]
        return found
