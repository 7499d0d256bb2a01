"""Gathering what is found with what it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import polars as pl

from equipoise.case import Case
from equipoise.ledger import KEY, Derivation, Ledger, fact_id

__all__ = ["VERSION", "Findings", "Given"]

VERSION = "region/1"


class Given(NamedTuple):
    """A figure of the settled case, its range closed to the value where none was given."""

    subject: str
    object: str
    item: str
    period: str
    value: float
    low: float
    high: float
    grade: str
    id: str


class Findings:
    """Reads figures of a settled case and gathers the facts derived from them."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self._rows: list[dict[str, object]] = []
        self._records: dict[str, Derivation] = {}
        self._grades: dict[str, str] = {}

    def given(self, measure: str, **where: str) -> list[Given]:
        """Figures of a measure, in the order of the ledger."""
        names = [pl.col(name).cast(pl.String) for name in KEY[1:]]
        ends = [pl.coalesce(end, "value").alias(end) for end in ("low", "high")]
        rows = self.case.view(measure, **where).select(*names, "value", *ends, pl.col("grade").cast(pl.String))
        return [
            Given(subject, thing, item, period, value, low, high, grade, fact_id(measure, subject, thing, item, period))
            for subject, thing, item, period, value, low, high, grade in rows.iter_rows()
        ]

    def rests(self, name: str, statement: str, parents: Mapping[str, float] | Iterable[Given], grade: str = "") -> str:
        """Record a derivation; its facts have the grade named, or the worst of what they rest on."""
        full = f"region.{name}"
        if isinstance(parents, Mapping):
            weights, worst = dict(parents), grade or "A"
        else:
            figures = list(parents)
            weights, worst = dict.fromkeys((f.id for f in figures), 1.0), max((f.grade for f in figures), default="A")
        self._records[full], self._grades[full] = Derivation(full, VERSION, statement, weights), grade or worst
        return full

    def put(
        self, measure: str, subject: str, object: str, item: str, period: str, basis: str,
        value: float, low: float | None = None, high: float | None = None,
    ) -> None:  # fmt: skip
        """A derived fact, resting on a derivation recorded with :meth:`rests`."""
        least, most = value if low is None else min(low, value), value if high is None else max(high, value)
        key = {"measure": measure, "subject": subject, "object": object, "item": item, "period": period}
        figures = {"value": float(value), "low": float(least), "high": float(most)}
        self._rows.append(
            {**key, **figures, "grade": self._grades[basis], "kind": "derived", "basis": basis, "by": VERSION}
        )

    def found(self, measure: str) -> list[dict[str, object]]:
        """The rows found of a measure so far."""
        return [row for row in self._rows if row["measure"] == measure]

    def id_of(self, row: Mapping[str, object]) -> str:
        """The id of a row found."""
        return fact_id(*(str(row[name]) for name in KEY))

    def ledger(self) -> Ledger:
        """All that was found."""
        return Ledger.of(self._rows, self._records.values())
