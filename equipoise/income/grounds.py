"""What the losses of real income rest on: for each record its parents, those that weigh most first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import isfinite

from equipoise.income.findings import Key
from equipoise.income.inputs import Horizon, Inputs
from equipoise.ledger import Derivation
from equipoise.world import SOURCE

__all__ = ["VERSION", "facts_of", "records"]

VERSION = "income/2"
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


def records(inputs: Inputs, options: str) -> list[Derivation]:
    """What the losses of each power, and those of coalitions, rest on."""
    made = []
    for horizon in inputs.horizons:
        own = {known.fact: 1.0 for known in inputs.settings[horizon.id].values()}
        made.append(Derivation(f"income.autarky.{horizon.id}", VERSION, _ALONE, {**own, SOURCE: 1.0}, options))
        for power in inputs.powers:
            statement = _STATEMENT.format(who=inputs.case.name(power))
            parents = _parents(inputs, horizon, [power])
            made.append(Derivation(f"income.{power}.{horizon.id}", VERSION, statement, parents, options))
        statement = _STATEMENT.format(who="the members of a coalition")
        parents = _parents(inputs, horizon, inputs.powers)
        made.append(Derivation(f"income.all.{horizon.id}", VERSION, statement, parents, options))
    return made


def _parents(inputs: Inputs, horizon: Horizon, powers: Iterable[str]) -> dict[str, float]:
    """Everything that enters: what the routes lose and the world's trade first, then the settings and the rest."""
    figures = inputs.figures(horizon, tuple(powers))
    first = {known.fact: 1.0 for label, known in figures.items() if label.startswith("oil_lost")}
    return {**first, SOURCE: 1.0, **{known.fact: 0.5 for known in figures.values() if known.fact not in first}}
