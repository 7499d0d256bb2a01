"""Gathering what is found of a region with what it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from equipoise.case import Case
from equipoise.ledger import KEY, Figure, fact_id
from equipoise.ledger import Findings as Gathered

__all__ = ["VERSION", "Findings", "Given"]

VERSION = "region/1"
Given = Figure


class Findings(Gathered):
    """Reads figures of a settled case and gathers the facts derived from them."""

    def __init__(self, case: Case) -> None:
        super().__init__(VERSION, "region")
        self.case = case

    def given(self, measure: str, **where: str) -> list[Given]:
        """Figures of a measure, in the order of the ledger."""
        return self.case.ledger.figures(measure, **where)

    def rests(self, name: str, statement: str, parents: Mapping[str, float] | Iterable[Given], grade: str = "") -> str:
        """Record a derivation; its facts have the grade named, or the worst of what they rest on."""
        if isinstance(parents, Mapping):
            return self.record(name, statement, parents, grade=grade or "A")
        figures = list(parents)
        worst = max((f.grade for f in figures), default="A")
        return self.record(name, statement, dict.fromkeys((f.id for f in figures), 1.0), grade=grade or worst)

    def found(self, measure: str) -> list[dict[str, object]]:
        """The rows found of a measure so far."""
        return [row for row in self.rows if row["measure"] == measure]

    def id_of(self, row: Mapping[str, object]) -> str:
        """The id of a row found."""
        return fact_id(*(str(row[name]) for name in KEY))
