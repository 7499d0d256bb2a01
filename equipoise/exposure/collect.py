"""Collecting derived facts with what they rest on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from equipoise.case import Case
from equipoise.ledger import KEY, Derivation, Ledger, fact_id

__all__ = ["VERSION", "Collector", "Figure"]

VERSION = "exposure/1"


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure as a stage sees it: its range closed to the value where none was given, its id and its grade."""

    subject: str
    object: str
    item: str
    period: str
    value: float
    low: float
    high: float
    grade: str
    id: str


class Collector:
    """Reads figures of a settled case and gathers the facts derived from them."""

    def __init__(self, case: Case, state: str) -> None:
        self.case, self.state = case, state
        kinds = case.table("actors").select("actor", "kind").iter_rows()
        self.kind = dict(kinds)
        self._rows: list[Mapping[str, str | float | None]] = []
        self._derivations: dict[str, Derivation] = {}

    def figures(self, measure: str, **where: str) -> list[Figure]:
        """Figures of a measure, with ranges."""
        facts = self.case.view(measure, **where)
        columns = facts.select(
            *(pl.col(name).cast(pl.String) for name in KEY),
            "value",
            pl.coalesce("low", "value").alias("low"),
            pl.coalesce("high", "value").alias("high"),
            pl.col("grade").cast(pl.String),
        )
        return [
            Figure(subject, thing, item, period, value, low, high, grade, fact_id(name, subject, thing, item, period))
            for name, subject, thing, item, period, value, low, high, grade in columns.iter_rows()
        ]

    def add(
        self,
        measure: str,
        value: float,
        low: float | None = None,
        high: float | None = None,
        *,
        object: str = "",
        item: str = "",
        period: str,
        basis: str,
        note: str | None = None,
    ) -> None:
        """A derived fact of the state, resting on a derivation made before with :meth:`rests_on`."""
        bottom, top = value if low is None else min(low, value), value if high is None else max(high, value)
        key = {"measure": measure, "subject": self.state, "object": object, "item": item, "period": period}
        numbers = {"value": value, "low": bottom, "high": top, "note": note}
        standing = {"kind": "derived", "basis": basis, "by": self._by, "grade": self._grade[basis]}
        self._rows.append({**key, **numbers, **standing})

    _grade: dict[str, str]

    def rests_on(
        self, name: str, statement: str, parents: Mapping[str, float] | Iterable[Figure], grades: str = ""
    ) -> str:
        """Record a derivation; its facts have the worst grade of what weighs in it."""
        if not hasattr(self, "_grade"):
            self._grade = {}
        if isinstance(parents, Mapping):
            weights, worst = dict(parents), max(grades or "C")
        else:
            figures = list(parents)
            total = sum(abs(f.value) for f in figures) or 1.0
            weights = {f.id: abs(f.value) / total for f in figures}
            worst = max((f.grade for f in figures), default="C")
        full = f"exposure.{self.state}.{name}"
        ordered = dict(sorted(weights.items(), key=lambda entry: (-entry[1], entry[0])))
        self._derivations[full] = Derivation(full, self._by, statement, ordered)
        self._grade[full] = worst
        return full

    @property
    def _by(self) -> str:
        return VERSION if self.state == self.case.home else f"exposure-{self.state}/1"

    def ledger(self) -> Ledger:
        """All facts gathered."""
        return Ledger.of(self._rows, self._derivations.values())
