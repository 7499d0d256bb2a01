"""The figures that futures draw: each told once, by its id, with its range; any number of futures drawn at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from equipoise.case import Case
from equipoise.income.inputs import Known
from equipoise.ledger import id_expression
from equipoise.maths.ensemble import triangular

__all__ = ["Book", "Figures"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Figures:
    """``ids`` of F figures, their ``low``, ``value`` and ``high`` (F,), and the positions of those that are ``drawn`` (D,)."""

    ids: tuple[str, ...]
    low: FloatArray
    value: FloatArray
    high: FloatArray
    drawn: NDArray[np.int64]

    def values(self, chance: FloatArray) -> FloatArray:
        """Every figure (K, F) in futures whose chances are given (K, D)."""
        made = np.repeat(self.value[None], len(chance), axis=0)
        low, mode, high = (ends[self.drawn] for ends in (self.low, self.value, self.high))
        made[:, self.drawn] = triangular(low, mode, high, chance)
        return made


class Book:
    """Collects figures of a settled case as they are asked for; each has one position, whoever asks for it."""

    def __init__(self, case: Case) -> None:
        rows = case.ledger.facts.select(id_expression(with_basis=False).alias("id"), "value", "low", "high")
        self._facts = {name: (value, low, high) for name, value, low, high in rows.iter_rows()}
        self._of = self._names(case)
        self._position: dict[str, int] = {}
        self._ends: list[tuple[float, float, float]] = []
        self._ids: list[str] = []

    @staticmethod
    def _names(case: Case) -> Mapping[tuple[str, str, str], str]:
        """The last figure of each measure, subject and item."""
        frame = case.ledger.facts.with_columns(
            id_expression(with_basis=False).alias("id"), pl.col("period").cast(pl.String).alias("when")
        ).sort("when")
        columns = [pl.col(name).cast(pl.String) for name in ("measure", "subject", "item")]
        return {(a, b, c): name for a, b, c, name in frame.select(*columns, "id").iter_rows()}

    def fact(self, name: str) -> int:
        """The position of a fact, by its id."""
        value, low, high = self._facts[name]
        return self._put(name, name, value, low, high)

    def last(self, measure: str, subject: str, item: str = "") -> int | None:
        """The position of the last figure of a measure, subject and item; nothing where there is none."""
        name = self._of.get((measure, subject, item))
        return None if name is None else self.fact(name)

    def every(self, measures: Sequence[str]) -> None:
        """Ask for all figures of some measures, so that what is drawn does not hang on what is asked later."""
        for key in sorted(self._of):
            if key[0] in measures:
                self.fact(self._of[key])

    def known(self, label: str, figure: Known) -> int:
        """The position of a figure of the trade equilibrium, which may be a fact in another unit."""
        return self._put(f"trade {label}", figure.fact, figure.value, figure.low, figure.high)

    def _put(self, key: str, name: str, value: float, low: float | None, high: float | None) -> int:
        if key not in self._position:
            self._position[key] = len(self._ids)
            self._ids.append(name)
            self._ends.append((value if low is None else low, value, value if high is None else high))
        return self._position[key]

    def close(self) -> Figures:
        """All that was asked for."""
        low, value, high = (np.array(ends) for ends in zip(*self._ends, strict=True))
        return Figures(tuple(self._ids), low, value, high, np.flatnonzero(high > low))
