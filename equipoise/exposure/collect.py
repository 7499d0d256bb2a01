"""Collecting derived facts of a state with what they rest on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from equipoise.case import Case
from equipoise.ledger import Figure, Findings

__all__ = ["VERSION", "Collector", "Figure"]

VERSION = "exposure/1"


class Collector(Findings):
    """Reads figures of a settled case and gathers the facts of one state derived from them."""

    def __init__(self, case: Case, state: str) -> None:
        super().__init__(VERSION if state == case.home else f"exposure-{state}/1", f"exposure.{state}")
        self.case, self.state = case, state
        self.kind = dict(case.table("actors").select("actor", "kind").iter_rows())

    def figures(self, measure: str, **where: str) -> list[Figure]:
        """Figures of a measure, with ranges."""
        return self.case.ledger.figures(measure, **where)

    def add(
        self, measure: str, value: float, low: float | None = None, high: float | None = None, *, object: str = "",
        item: str = "", period: str, basis: str, note: str | None = None,
    ) -> None:  # fmt: skip
        """A derived fact of the state, resting on a derivation made before with :meth:`rests_on`."""
        self.put(measure, self.state, object, item, period, basis, value, low, high, note=note)

    def rests_on(
        self, name: str, statement: str, parents: Mapping[str, float] | Iterable[Figure], grades: str = ""
    ) -> str:
        """Record a derivation; its facts have the worst grade of what weighs in it."""
        if isinstance(parents, Mapping):
            weights, worst = dict(parents), max(grades or "C")
        else:
            figures = list(parents)
            total = sum(abs(f.value) for f in figures) or 1.0
            weights = {f.id: abs(f.value) / total for f in figures}
            worst = max((f.grade for f in figures), default="C")
        ordered = dict(sorted(weights.items(), key=lambda entry: (-entry[1], entry[0])))
        return self.record(name, statement, ordered, grade=worst)
