"""The figures that a question of the region rests on: settled facts by name, redrawn together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from equipoise.case import Case
from equipoise.ledger import Derivation, fact_id
from equipoise.maths.ensemble import latin_hypercube, quantile_band, rank_correlation, triangular

__all__ = ["Asked", "Figures", "rows_of"]

FloatArray = NDArray[np.float64]
Key = tuple[str, str, str, str, str]
Asked = tuple[str, ...]
"""Measure, subject (any if empty), object, item of the figure wanted, its latest period if a fifth does not name one; an item
that ends in ``*`` begins so, one that begins with ``*`` ends so."""
NOISE = 1e-9
"""Relative difference below which a band is none."""
STANDS_OUT = 6.63
"""Squared rank correlation times draws above which an input moves the result: one in a hundred by chance."""


class Figures:
    """Facts of a settled case by label, each with one value for every draw; the first is the settled value itself.

    What the case does not hold is not there: whoever asks for it finds out by ``in``.
    """

    def __init__(self, settled: Case, asked: Mapping[str, Asked], draws: int, seed: int) -> None:
        held = _held(settled, sorted({wanted[0] for wanted in asked.values()}))
        found = {label: row for label, wanted in asked.items() if (row := _row(held, wanted))}
        self.draws = draws
        self.facts = {label: fact_id(*(row[k] or "" for k in _KEY)) for label, row in found.items()}
        self.unranged = {label for label, row in found.items() if not _ranged(row)}
        varied = [label for label in found if label not in self.unranged]
        self._design = latin_hypercube(draws, len(varied), seed) if draws else np.zeros((0, len(varied)))
        self._varied = varied
        self._values = {label: np.full(draws + 1, float(row["value"])) for label, row in found.items()}
        for column, label in enumerate(varied):
            low, mode, high = (float(found[label][end]) for end in ("low", "value", "high"))
            self._values[label][1:] = triangular(low, mode, high, self._design[:, column])

    def __contains__(self, label: str) -> bool:
        return label in self._values

    def __getitem__(self, label: str) -> FloatArray:
        return self._values[label]

    def get(self, label: str, otherwise: FloatArray) -> FloatArray:
        """A figure, or something else where the case does not hold it."""
        return self._values.get(label, otherwise)

    def holds(self, *labels: str) -> bool:
        """Whether all of these are known."""
        return all(label in self._values for label in labels)

    def total(self, prefix: str) -> FloatArray:
        """The sum of all figures whose label begins so."""
        return np.asarray(
            sum((self._values[n] for n in self._values if n.startswith(prefix)), np.zeros(self.draws + 1))
        )

    def parents(self, outcome: FloatArray, labels: Sequence[str] = ()) -> dict[str, float]:
        """The facts behind some labels, all if none are named: those that move an outcome (draws + 1,) by the share of its
        variance that they explain, the others at 0."""
        weight = dict.fromkeys(labels or self.facts, 0.0)
        if self.draws and np.ptp(outcome[1:]) > 0:
            strength = rank_correlation(self._design, outcome[1:]) ** 2
            weight |= {
                label: float(s)
                for label, s in zip(self._varied, strength, strict=True)
                if label in weight and s * self.draws > STANDS_OUT
            }
        ordered = sorted(
            ((self.facts[label], w) for label, w in weight.items()), key=lambda entry: (-entry[1], entry[0])
        )
        return dict(ordered)


_KEY = ("measure", "subject", "object", "item", "period")


def rows_of(found: Mapping[Key, FloatArray], record: Derivation) -> list[dict[str, object]]:
    """Findings (draws + 1,), the first at settled inputs, as derived facts with the 5-95 % band of the draws."""
    rows: list[dict[str, object]] = []
    for key, values in found.items():
        value, draws = float(values[0]), values[1:][np.isfinite(values[1:])]
        if not np.isfinite(value):
            continue
        low, high = (float(x) for x in quantile_band(draws)) if len(draws) else (value, value)
        low, high = (value if abs(end - value) <= NOISE * abs(value) else end for end in (low, high))
        rows.append({
            **dict(zip(_KEY, key, strict=True)), "value": value + 0.0, "low": min(low, value), "high": max(high, value),
            "grade": "C", "kind": "derived", "basis": record.id, "by": record.by,
        })  # fmt: skip
    return rows


Held = dict[tuple[str, str], list[dict[str, Any]]]


def _held(settled: Case, names: Sequence[str]) -> Held:
    """Facts of these measures, all at once, by measure and subject (and by measure alone) in the order of their periods."""
    made: Held = {}
    rows = settled.view(list(names)).select(pl.col(_KEY).cast(pl.String).fill_null(""), "value", "low", "high")
    for row in rows.sort("period", maintain_order=True).iter_rows(named=True):
        for subject in {row["subject"], ""}:
            made.setdefault((row["measure"], subject), []).append(row)
    return made


def _row(held: Held, wanted: Asked) -> Mapping[str, Any] | None:
    """The fact asked for, of its latest period."""
    measure, subject, thing, item, period = (*wanted, "", "", "")[:5]

    def meant(row: Mapping[str, Any]) -> bool:
        if row["object"] != thing or (period and row["period"] != period):
            return False
        if item.startswith("*"):
            return bool(row["item"].endswith(item[1:]))
        return bool(row["item"].startswith(item[:-1]) if item.endswith("*") else row["item"] == item)

    return next((row for row in reversed(held.get((measure, subject), [])) if meant(row)), None)


def _ranged(row: Mapping[str, Any]) -> bool:
    return row["low"] is not None and row["high"] is not None and float(row["high"]) > float(row["low"])
