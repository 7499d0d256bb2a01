"""What the losses of real income rest on: for each record its parents, those that weigh most first."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import TYPE_CHECKING

from equipoise.ledger import Derivation
from equipoise.world import SOURCE

if TYPE_CHECKING:
    from equipoise.income.findings import Findings, Key
    from equipoise.income.inputs import Inputs

__all__ = ["VERSION", "facts_of", "records"]

VERSION = "income/3"
_KEY = ("measure", "subject", "object", "item", "period")
_OF_POWER = ("income_sensitivity", "income_input_count")
_STATEMENT = (
    "real income of the balanced world of 2022, solved exactly after the change: the trade that {who} can close is closed, and "
    "the share of the exports of oil and gas that finds no way out is taken as a quantity, once; money sent home, fees for "
    "transit, foreign finance and shared systems are income terms beside it"
)
_ALONE = "real income of the balanced world of 2022, solved exactly after the change: trade with nobody"


def facts_of(
    inputs: Inputs, found: Mapping[Key, float], ranges: Mapping[Key, tuple[float, float]]
) -> list[dict[str, object]]:
    """Findings as derived facts, each band widened to hold its figure."""
    rows = []
    for key, raw in found.items():
        if not isfinite(raw):  # there is no equilibrium after this change: missing is not zero
            continue
        value = 0.0 if abs(raw) < 1e-6 else raw
        low, high = ranges.get(key, (value, value))
        rows.append({
            **dict(zip(_KEY, key, strict=True)), "value": value, "low": min(low, value), "high": max(high, value), "grade": "C",
            "kind": "derived", "basis": _record_of(inputs, key), "by": VERSION,
        })  # fmt: skip
    return rows


def _record_of(inputs: Inputs, key: Key) -> str:
    """The record that a fact rests on: each power and horizon has its own, coalitions share one."""
    horizon = key[4].split("+")[-1]
    if key[0] == "autarky_loss":
        return f"income.autarky.{horizon}"
    who = next((name for name in key[1:3] if name in inputs.powers), "all")
    return f"income.{who}.{horizon}" + (".band" if key[0] in _OF_POWER else "")


def records(findings: Findings, options: str) -> list[Derivation]:
    """What the losses of each power, and those of coalitions, rest on; the weight of a figure is how far the loss moves with it,
    per cent for per cent."""
    made, inputs = [], findings.inputs
    for horizon in inputs.horizons:
        together: dict[str, float] = {SOURCE: 1.0}
        for power, weights in findings.weights(horizon).items():
            figures = inputs.figures(horizon, [power] if power else [])
            parents = {SOURCE: 1.0, **{figures[label].fact: weight for label, weight in weights.items()}}
            ordered = dict(sorted(parents.items(), key=lambda entry: (-entry[1], entry[0])))
            statement = _STATEMENT.format(who=inputs.case.name(power)) if power else _ALONE
            name = f"income.{power or 'autarky'}.{horizon.id}"
            made.append(Derivation(name, VERSION, statement, ordered, options))
            together |= {fact: max(weight, together.get(fact, 0.0)) for fact, weight in ordered.items()}
        statement = _STATEMENT.format(who="the members of a coalition")
        ordered = dict(sorted(together.items(), key=lambda entry: (-entry[1], entry[0])))
        made.append(Derivation(f"income.all.{horizon.id}", VERSION, statement, ordered, options))
    return made
