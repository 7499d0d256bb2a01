"""Calibration by injection: panels made up so that the truth is known, and what the screen makes of them.

Goods are diverted in a known share, and everything that deceives such screens in life is put in beside it: a boom of
incomes that lifts listed goods more than others, distributors who leave and sell from next door, goods that were
hardly traded before, codes that begin with a revision. The table says how often the screen is right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from equipoise.maths.flags import area_under_curve
from equipoise.watch.trade.gathering import Legs, Ways
from equipoise.watch.trade.screen import DISCOVERY, Goods, Screen, screen

__all__ = ["CONFOUNDERS", "Injected", "Outcome", "calibration", "calibration_table", "inject"]

FloatArray = NDArray[np.float64]
CONFOUNDERS = ("boom", "exit", "base", "revision")
LISTED, ORDINARY, YEARS, SINCE = 60, 240, 7, 202203
GHOST = 0.5
"""Share of diverted goods that the transit state never reports, as the published studies find."""
_GOODS = Goods(frozenset(f"85{n:04d}" for n in range(LISTED)), frozenset(["02", "30"]), {})
_WAYS = Ways(frozenset(["DEU"]), ("KGZ",), "RUS", SINCE, ("MNG", "TJK", "AZE"))


@dataclass(frozen=True, slots=True)
class Injected:
    """A made-up panel with the dollars a year diverted of each product (k,): the truth."""

    legs: Legs
    truth: FloatArray


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the screen does under one share and one set of confounders, the mean of several panels: the chance to rank a
    diverted good above another, the share of diverted goods called out, of false discoveries among those called out by q
    and by q and flags, of false alarms among ordinary goods, and estimated over true dollars less 1, by the rise and by the
    bound of what passed; nan where there is no truth to compare with."""

    share: float
    confounders: tuple[str, ...]
    auc: float
    power: float
    false_discovery: float
    false_named: float
    false_alarm: float
    bias_of_rise: float
    bias_of_bound: float


def inject(share: float, confounders: Sequence[str] = (), seed: int = 1) -> Injected:
    """A panel in which half of the listed goods are diverted, ``share`` of what the target no longer gets, on average.

    >>> panel = inject(0.3, seed=1)
    >>> panel.legs.at("in", "KGZ").shape, bool(panel.truth.sum() > 0), float(inject(0.0).truth.sum())
    ((300, 84), True, 0.0)
    """
    random = np.random.Generator(np.random.Philox(seed))
    count, periods = LISTED + ORDINARY, YEARS * 12
    listed = np.arange(count) < LISTED
    months = tuple(201700 + 100 * (t // 12) + t % 12 + 1 for t in range(periods))
    after = np.array([month >= SINCE for month in months])
    size = np.exp(random.normal(np.log(2e6), 1.2, count))
    lift = np.ones((count, periods))
    if "boom" in confounders:
        keen = np.where(listed, random.uniform(0.1, 0.8), 0.0)  # incomes lift listed goods by up to twice as much again
        lift[:, after] *= (random.uniform(1.3, 1.8) * np.exp(random.normal(keen, 0.2)))[:, None]
    if "exit" in confounders:
        moved = random.random(count) < 0.2
        lift[np.ix_(moved, after)] *= random.uniform(2.0, 4.0, moved.sum())[:, None]
    if "base" in confounders:
        rare = random.random(count) < 0.2
        lift[np.ix_(rare, ~after)] *= 0.02
    incoming = _shipments(random, size[:, None] * lift)
    sold = _shipments(random, 30.0 * size[:, None] * np.where(after, np.where(listed, 0.1, 0.8)[:, None], 1.0))
    outgoing = _shipments(random, 0.05 * size[:, None] * np.ones((count, periods)))
    beside = {state: _shipments(random, factor * size[:, None] * np.ones((count, periods)))
              for state, factor in zip(_WAYS.beside, (0.5, 0.8, 1.5), strict=True)}  # fmt: skip
    rest = _shipments(random, 200.0 * size[:, None] * np.ones((count, periods)))
    given = np.where(
        listed & (random.random(count) < 0.5), np.minimum(random.uniform(0.0, 2.0 * share, count), 1.0), 0.0
    )
    passing = _shipments(random, given[:, None] * 27.0 * size[:, None] * after) if share else np.zeros((count, periods))
    told = incoming * 1.12 * np.exp(random.normal(0.0, 0.1, incoming.shape)) + passing * (1.0 - GHOST) * 1.12
    gone = outgoing.copy()
    gone[:, 1:] += passing[:, :-1] * (1.0 - GHOST)
    legs = {("in", "KGZ"): incoming + passing, ("mirror", "KGZ"): told, ("out", "KGZ"): gone, ("direct", ""): sold,
            ("rest", ""): rest, **{("beside", state): leg for state, leg in beside.items()}}  # fmt: skip
    if "revision" in confounders:
        begun, early = random.random(count) < 0.1, np.array([month < 202201 for month in months])
        for leg in legs.values():
            leg[np.ix_(begun, early)] = 0.0
    kilos = {key: leg / np.exp(random.normal(3.0, 0.05, leg.shape)) for key, leg in legs.items() if key[0] == "in"}
    names = tuple(
        [f"85{n:04d}" for n in range(LISTED)] + [f"{'02' if n % 2 else '30'}{n:04d}" for n in range(ORDINARY)]
    )
    return Injected(
        Legs(names, months, legs, kilos, count * periods, count * periods, (), ("made up",)),
        passing[:, after].sum(axis=1) / (after.sum() / 12.0),
    )


def _shipments(random: np.random.Generator, yearly: FloatArray) -> FloatArray:
    """Monthly values of flows with a mean a year: a chance number of shipments of about 100 000 dollars, uneven in size."""
    number = random.poisson(yearly / 12.0 / 1e5)
    uneven = random.gamma(np.maximum(number, 1) * 1.5, 1e5 / 1.5)
    return np.where(number > 0, uneven, 0.0)


def calibration(
    shares: Sequence[float] = (0.0, 0.05, 0.1, 0.3, 0.6), repeats: int = 6, seed: int = 1
) -> tuple[Outcome, ...]:
    """Every share without confounders, with each, and with all of them; the mean of ``repeats`` panels each."""
    sets: list[tuple[str, ...]] = [(), *((one,) for one in CONFOUNDERS), CONFOUNDERS]
    return tuple(_outcome(share, chosen, repeats, seed + 1000 * place)
                 for place, chosen in enumerate(sets) for share in shares)  # fmt: skip


def _outcome(share: float, confounders: tuple[str, ...], repeats: int, seed: int) -> Outcome:
    rows = []
    for repeat in range(repeats):
        panel = inject(share, confounders, seed + repeat)
        rows.append(_judged(screen(panel.legs, _WAYS, "KGZ", _GOODS), panel.truth))
    table = np.array(rows)
    known = np.isfinite(table)
    total = np.where(known, table, 0.0).sum(axis=0)
    mean = np.divide(total, known.sum(axis=0), out=np.full(table.shape[1], np.nan), where=known.any(axis=0))
    return Outcome(share, confounders, *(float(value) for value in mean))


def _judged(found: Screen, truth: FloatArray) -> list[float]:
    """One panel: what the screen said against what was done."""
    asked = found.listed & np.isfinite(found.q)
    diverted = truth > 0
    called = asked & (np.nan_to_num(found.q, nan=1.0) <= DISCOVERY)
    named = found.named
    total = truth[asked].sum()
    rise = (found.after - found.expected)[asked].sum()
    bound = found.passed[asked].max(axis=1).sum()
    return [
        area_under_curve(found.score[asked], diverted[asked]),
        float(called[diverted & asked].mean()) if (diverted & asked).any() else float("nan"),
        float((~diverted[called]).mean()) if called.any() else 0.0,
        float((~diverted[named]).mean()) if named.any() else 0.0,
        found.false_alarm["p05"],
        float(rise / total - 1.0) if total > 0 else float("nan"),
        float(bound / total - 1.0) if total > 0 else float("nan"),
    ]


def calibration_table(outcomes: Sequence[Outcome] | None = None) -> str:
    """The calibration as a table in Markdown, for the documentation; made anew where no outcomes are given."""
    heads = (
        "Confounders", "Diverted", "AUC", "Found", "False, q", "False, q and flags", "False alarms", "Bias of rise",
        "Bias of bound",
    )  # fmt: skip
    lines = ["| " + " | ".join(heads) + " |", "| --- |" + " ---: |" * (len(heads) - 1)]
    for row in calibration() if outcomes is None else outcomes:
        words = ", ".join(row.confounders) if len(row.confounders) < len(CONFOUNDERS) else "all"
        figures = [f"{100 * row.share:.0f} %", _figure(row.auc, "{:.2f}")]
        figures += [_figure(x, "{:.0%}") for x in (row.power, row.false_discovery, row.false_named, row.false_alarm)]
        figures += [_figure(x, "{:+.0%}") for x in (row.bias_of_rise, row.bias_of_bound)]
        lines.append("| " + " | ".join([words or "none", *figures]) + " |")
    return "\n".join(lines)


def _figure(value: float, form: str) -> str:
    return form.format(value).replace("%", " %").replace("-", "−") if np.isfinite(value) else "–"
