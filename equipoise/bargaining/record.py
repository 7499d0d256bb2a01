"""What the bargaining stage reads as figures with ranges, and writes as facts that name their parents."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from equipoise.case import Case
from equipoise.ledger import KEY, Findings, fact_id

__all__ = ["VERSION", "Known", "Record"]

VERSION = "bargaining/2"
Triple = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Known:
    """A figure with its range, and the fact that it is."""

    value: float
    low: float
    high: float
    fact: str

    @property
    def triple(self) -> Triple:
        """Value, low, high."""
        return self.value, self.low, self.high

    def times(self, factor: float) -> Triple:
        """The figure and its range in another unit; ``factor`` above 0."""
        return self.value * factor, self.low * factor, self.high * factor


class Record(Findings):
    """Figures of a settled case by key, and the facts derived from them."""

    def __init__(self, case: Case, reads: Iterable[str], options: str = "") -> None:
        super().__init__(VERSION, "bargaining")
        self.case, self._options = case, options
        self._known: dict[tuple[str, ...], Known] = {}
        self._latest: dict[tuple[str, ...], tuple[str, Known]] = {}
        columns = case.view(list(reads)).select(
            *(pl.col(name).cast(pl.String) for name in KEY), "value",
            pl.coalesce("low", "value").alias("low"), pl.coalesce("high", "value").alias("high"),
        )  # fmt: skip
        for *key, value, low, high in columns.iter_rows():
            name = tuple(key)
            known = Known(value, min(low, value), max(high, value), fact_id(*name))
            self._known[name] = known
            if name[4] >= self._latest.get(name[:4], ("", known))[0]:
                self._latest[name[:4]] = name[4], known

    def known(
        self, measure: str, subject: str = "", object: str = "", item: str = "", period: str | None = None
    ) -> Known | None:
        """The figure of a key, of its latest period where none is named; nothing where the ledger holds none."""
        if period is None:
            found = self._latest.get((measure, subject, object, item))
            return found[1] if found else None
        return self._known.get((measure, subject, object, item, period))

    def rests(self, name: str, statement: str, parents: Iterable[str]) -> str:
        """Record what facts rest on; the name to give them."""
        return self.record(name, statement, dict.fromkeys(parents, 1.0), options=self._options)

    def write(
        self, measure: str, subject: str, object: str, item: str, period: str, figures: Triple | float, basis: str
    ) -> None:
        """A derived fact: its value with its range, or a value that has none."""
        self.put(
            measure, subject, object, item, period, basis, *(figures if isinstance(figures, tuple) else (figures,))
        )
