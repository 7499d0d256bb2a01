"""What the origin sells to each state on the way, against what it sells to all others: the states that nothing happened to.

Every other buyer of the origin is an ordinary unit. How often the screen would call one of them out is its rate of
false alarms, and that is written before anything else.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from equipoise.maths.excess import Excess, excess
from equipoise.maths.flags import benjamini_hochberg, placebo_p, placebo_p_of_placebos
from equipoise.watch.trade.book import MILLION, Book
from equipoise.watch.trade.screen import LEVEL

__all__ = ["growth_of_others", "paths", "screen_states"]

FloatArray = NDArray[np.float64]
SOURCE = "eurostat_cis#panels/trade, yearly exports of the EU to all partners"
FIRST, LEAST = 2017, 50e6
"""First year of the baseline, and dollars a year from which a buyer is large enough to compare with."""


def _table(book: Book, first: int = FIRST) -> tuple[list[str], list[int], FloatArray]:
    """Buyers, years and dollars (k, t) of the origin's exports; only buyers with a figure in every year."""
    origin = book.triangles[0]["origin"]
    rows = book.panel.filter(
        (pl.col("reporter") == origin) & (pl.col("stamp") % 100 == 0) & (pl.col("stamp") >= first * 100)
    )
    wide = (
        rows.select("partner", "stamp", "value")
        .sort("stamp")
        .pivot("stamp", index="partner", values="value")
        .drop_nulls()
        .sort("partner")
    )
    years = [int(name) // 100 for name in wide.columns[1:]]
    return wide["partner"].to_list(), years, wide.drop("partner").to_numpy()


def _ordinary(book: Book, buyers: list[str], value: FloatArray, before: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Buyers large enough that are neither on the way, nor the target, nor may be ways too, nor members of the origin."""
    first = book.triangles[0]
    apart = {first["target"], *(row["transit"] for row in book.triangles), *first["comparison"].split(";")}
    apart |= set(book.case.members(first["origin"]))
    large = value[:, before].mean(axis=1) >= LEAST
    return np.asarray(np.array([buyer not in apart for buyer in buyers]) & large)


def screen_states(book: Book) -> None:
    """Write the false alarms, then the ratio, excess and q of every state on the way, over all years after the date."""
    buyers, years, value = _table(book)
    stamp = np.array(years)
    since = book.ways().since // 100
    after = stamp >= since
    ordinary = _ordinary(book, buyers, value, ~after)
    basis = book.derive(
        "states",
        f"exports of the origin to each buyer: mean of {FIRST} to {since - 1} times the median growth of the others is expected; "
        "ranked by how far, in its own usual error, each stands above",
        {SOURCE: 1.0, "ecb_rates#year": 0.0, "watched-ways": 0.0},
        f"from {since}, buyers of {LEAST / MILLION:g} mln USD a year and more",
    )
    found = excess(value, stamp, np.zeros_like(stamp), after, ordinary, LEAST / 50)
    period = f"{years[int(np.argmax(after))]}/{years[-1]}"
    _false_alarms(book, basis, period, value, stamp, ordinary, found, after)
    chosen = [buyers.index(row["transit"]) for row in book.triangles if row["transit"] in buyers]
    p = placebo_p(found.score[chosen], found.score[ordinary])
    spread = np.quantile(found.ratio[ordinary], [0.05, 0.95])
    origin = book.triangles[0]["origin"]
    for place, q in zip(chosen, benjamini_hochberg(p), strict=True):
        state, ratio = buyers[place], float(found.ratio[place])
        band = (float(np.exp(ratio - spread[1])), float(np.exp(ratio - spread[0])))
        book.put("watch_ratio", state, origin, "total", period, float(np.exp(ratio)), basis, band=band)
        book.put("watch_q", state, origin, "total", period, float(q), basis)
        expected = found.expected[place, after].mean() / MILLION
        now = value[place, after].mean() / MILLION
        ends = (now - expected * np.exp(spread[1]), now - expected * np.exp(spread[0]))
        book.put("watch_excess", state, origin, "total", period, now - expected, basis, band=ends)
    paths(book)


def _false_alarms(
    book: Book, basis: str, period: str, value: FloatArray, stamp: NDArray[np.int64], ordinary: NDArray[np.bool_], found: Excess,
    after: NDArray[np.bool_],
) -> None:  # fmt: skip
    """How often an ordinary buyer is called out now, and how often a state on the way would have been a year too early."""
    count = float(ordinary.sum())
    seen = placebo_p_of_placebos(found.score[ordinary]) <= LEVEL
    book.put("watch_units", "states", "", "ordinary", period, count, basis)
    book.put("watch_units", "states", "", "asked", period, float(len(book.triangles)), basis)
    book.put(
        "watch_false_alarm",
        "states",
        "",
        "p05",
        period,
        float(seen.mean()),
        basis,
        band=_binomial(int(seen.sum()), int(count)),
    )
    before = ~after
    early = excess(
        value[:, before],
        stamp[before],
        np.zeros(before.sum(), dtype=int),
        stamp[before] == stamp[before][-1],
        ordinary,
        LEAST / 50,
    )
    own = [i for i, flag in enumerate(ordinary) if flag]
    p = placebo_p_of_placebos(early.score[own])
    book.put("watch_false_alarm", "states", "", "time", str(stamp[before][-1]), float((p <= LEVEL).mean()), basis,
             band=_binomial(int((p <= LEVEL).sum()), int(count)))  # fmt: skip


def _binomial(seen: int, of: int) -> tuple[float, float]:
    """5-95 % band of a share, by Wilson's interval."""
    z, share = 1.6448536269514722, seen / of
    centre, wide = share + z * z / (2 * of), z * np.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return float((centre - wide) / (1 + z * z / of)), float((centre + wide) / (1 + z * z / of))


def paths(book: Book) -> None:
    """Write the path of each state against ordinary buyers, year by year and always with the years before the date."""
    buyers, years, value = _table(book, FIRST - 4)
    stamp = np.array(years)
    since = book.ways().since // 100
    ordinary = _ordinary(book, buyers, value, (stamp < since) & (stamp >= FIRST))
    reference = years.index(since - 1)
    path = np.log(value / value[:, [reference]])
    others = path[ordinary]
    centre = np.median(others, axis=0)
    low, high = np.quantile(others, [0.05, 0.95], axis=0) - centre
    basis = book.derive(
        "paths",
        f"logarithm of the exports of the origin to each state against {since - 1}, less the median of ordinary buyers; the "
        "range is the path less what 90 % of ordinary buyers do",
        {SOURCE: 1.0},
        f"{int(ordinary.sum())} ordinary buyers",
    )
    origin = book.triangles[0]["origin"]
    before = [place for place, year in enumerate(years) if year < since and place != reference]
    strayed = np.abs(path - centre)[:, before].max(axis=1)
    for row in book.triangles:
        state = row["transit"]
        if state not in buyers:
            continue
        place = buyers.index(state)
        for at, year in enumerate(years):
            effect = float(path[place, at] - centre[at])
            book.put(
                "event_effect",
                state,
                origin,
                "total",
                str(year),
                effect,
                basis,
                band=(effect - high[at], effect - low[at]),
            )
        chance = float(placebo_p([strayed[place]], strayed[ordinary])[0])
        book.put("pre_trend", state, origin, "total", f"{years[0]}/{since - 1}", chance, basis)


def growth_of_others(book: Book, base: tuple[int, int]) -> dict[int, float]:
    """Median growth of ordinary buyers over the mean of the base years, by year."""
    buyers, years, value = _table(book)
    stamp = np.array(years)
    inside = (stamp >= base[0]) & (stamp <= base[1])
    ordinary = _ordinary(book, buyers, value, inside)
    ratio = value[ordinary] / value[ordinary][:, inside].mean(axis=1, keepdims=True)
    return {year: float(np.median(ratio[:, place])) for place, year in enumerate(years)}
