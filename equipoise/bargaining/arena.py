"""Who wants what on an issue, how much they care and what they could bring to bear: the facts as arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from equipoise.bargaining.record import Known, Record

__all__ = ["CAPABILITIES", "Arena", "arena", "held"]

FloatArray = NDArray[np.float64]
_DIVIDED = "capabilities of the case, of which the part that its powers hold together is divided among them by {}"
CAPABILITIES: Mapping[str, str] = {
    "cited": "capabilities of the case",
    "loss": _DIVIDED.format("what each could take from real income in a year"),
    "asymmetry": _DIVIDED.format("what each could take for each dollar that it would cost itself"),
    "exposure": _DIVIDED.format("its share of the trade in goods, exports and imports alike"),
    "equal": "the same capability for everybody: an assumption that shows what capabilities do",
}
"""Ways of saying what an actor could bring to bear, whose outcomes stand side by side."""

TRADED = ("goods_exports.buyer", "goods_imports.supplier")
"""Readings of exposure whose mean is a share of the trade in goods."""
SLIGHT = 0.01
"""Salience of one who hardly cares: who cares about nothing at all is no actor."""


@dataclass(frozen=True, slots=True)
class Arena:
    """Actors (a,) on issues (d,): ``position`` and ``salience`` (3, a, d) as value, low, high; ``capability`` (3, a)."""

    issues: tuple[str, ...]
    actors: tuple[str, ...]
    position: FloatArray
    salience: FloatArray
    capability: FloatArray
    parents: tuple[str, ...]

    def with_capability(self, capability: FloatArray, parents: Iterable[str] = ()) -> Arena:
        """The same arena with other capabilities (3, a)."""
        return replace(self, capability=capability, parents=(*self.parents, *parents))

    def moved(self, actor: str, issue: str, what: str, change: float) -> Arena:
        """The same arena with one actor's ``position`` or ``salience`` changed, its range moved along and kept on the scale."""
        a, d = self.actors.index(actor), self.issues.index(issue)
        given = self.position if what == "position" else self.salience
        shifted = given.copy()
        least = 0.0 if what == "position" else SLIGHT
        shifted[:, a, d] = np.clip(shifted[:, a, d] + change, least, 100.0)
        return replace(self, position=shifted) if what == "position" else replace(self, salience=shifted)


def arena(record: Record, issues: Sequence[str]) -> Arena | None:
    """The actors of whom position, salience and capability on all these issues are known; nothing if fewer than two."""
    named = {str(s) for s in record.case.view("position", object=issues[0])["subject"].cast(str).to_list()}
    read: dict[str, list[FloatArray]] = {}
    parents: list[str] = []
    for actor in sorted(named):
        known = [
            [record.known(measure, actor, issue) for issue in issues]
            for measure in ("position", "salience", "capability")
        ]
        if all(each for row in known for each in row):
            read[actor] = [np.array([each.triple for each in row if each]).T for row in known]
            parents += [each.fact for row in known for each in row if each]
    if len(read) < 2:
        return None
    position, salience, capability = (np.stack([figures[k] for figures in read.values()], axis=1) for k in range(3))
    if not np.ptp(position[0], axis=0).all():
        return None
    return Arena(tuple(issues), tuple(read), position, salience, capability.mean(axis=2), tuple(parents))


def held(record: Record, given: Arena, period: str) -> dict[str, Arena]:
    """The arena under each way of saying what actors could bring to bear that the facts allow."""
    home, found = record.case.home, {"cited": given}
    measured: dict[str, Callable[[str], list[Known | None]]] = {
        "loss": lambda actor: [record.known("income_loss", home, actor, "all", period)],
        "asymmetry": lambda actor: [record.known("income_asymmetry", home, actor, "", period)],
        "exposure": lambda actor: [record.known("exposure_share", home, actor, item) for item in TRADED],
    }
    for name, measure in measured.items():
        weights = {k: measure(actor) for k, actor in enumerate(given.actors) if actor in record.case.powers}
        whole = {k: [one for one in known if one] for k, known in weights.items() if all(known)}
        triples = {k: np.mean([np.maximum(one.triple, 0.0) for one in known], axis=0) for k, known in whole.items()}
        total = sum(float(triple[0]) for triple in triples.values())
        if len(triples) < 2 or total <= 0.0:
            continue
        who, divided = list(triples), given.capability.copy()
        divided[:, who] = divided[0, who].sum() * np.array(list(triples.values())).T / total
        found[name] = given.with_capability(divided, [one.fact for known in whole.values() for one in known])
    return found | {"equal": given.with_capability(np.full_like(given.capability, 100.0))}
