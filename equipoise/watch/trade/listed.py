"""Listed goods as far as any table has them, cars and commodities where that is all there is, and what is at stake.

Product detail by partner is published for few states. What there is is used for what it can say; what there is not is
said in the report, never taken for zero.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from equipoise.maths.ensemble import latin_hypercube, quantile_band, triangular
from equipoise.maths.excess import excess, pass_through
from equipoise.maths.flags import benjamini_hochberg, placebo_p, placebo_p_of_placebos
from equipoise.watch.trade.book import MILLION, Book
from equipoise.watch.trade.screen import LEVEL

__all__ = ["baskets", "cars", "commodities", "stakes"]

FloatArray = NDArray[np.float64]
CARS = "8703"
MARGIN = (0.05, 0.15, 0.30)
"""Earnings of the transit state on what passes, a share of its value: the assumption ``margin-of-transit``."""
LIFE = 10.0
"""Years over which the systems of control are written off: the same assumption as of other works of that size."""
DRAWS, SEED = 2000, 1
ENOUGH = 40
"""Ordinary goods from which a rate of false alarms of 5 % can be seen at all: two halves of twenty."""


def baskets(book: Book) -> None:
    """Write the excess of cited baskets of listed goods, in and out, and the most that passed; and listed goods by year of a
    state whose tables have products."""
    home, target = book.case.home, book.ways().target
    items = {key[3] for key in book.keys("listed_export") if key[1:3] == (home, target)}
    for item in sorted(items):
        out = book.series("listed_export", home, target, item)
        into = _sellers(book, item)
        for seller, coming in sorted(into.items()):
            _basket(book, item, seller, out, coming)
    _listed_by_product(book)


def _basket(
    book: Book, item: str, seller: str, out: dict[int, tuple[float, str]], coming: dict[int, tuple[float, str]]
) -> None:
    """A basket, in and out, beyond its own past."""
    home, target, since = book.case.home, book.ways().target, book.ways().since // 100
    base = [year for year in out if year < since and year in coming]
    if len(base) < 2:
        return
    basis = book.derive(
        f"basket.{item}",
        f"listed goods of the basket beyond their mean of {base[0]} to {base[-1]}; the most that passed is the smaller of the "
        "two. The range is over the highest and lowest of those years. The basket was chosen by its rise: it cannot be tested",
        {name: 1.0 for series in (out, coming) for _, name in series.values()},
    )
    then = [[series[year][0] for year in base] for series in (out, coming)]
    for year in sorted(year for year in set(out) & set(coming) if year >= since):
        rises = [
            np.array([series[year][0] - level for level in (sum(past) / len(past), max(past), min(past))])
            for series, past in zip((out, coming), then, strict=True)
        ]
        for rise, other in zip(rises, (target, seller), strict=True):
            ends = (float(rise[1]), float(rise[2]))
            book.put("watch_excess", home, other, item, str(year), float(rise[0]), basis, band=ends, grade="C")
        passed = np.maximum(np.minimum(*rises), 0.0)
        ends = (float(passed[1]), float(passed[2]))
        book.put("pass_through", home, target, item, str(year), float(passed[0]), basis, band=ends, grade="C")


def _sellers(book: Book, item: str) -> dict[str, dict[int, tuple[float, str]]]:
    """Listed goods of a basket that the home state buys, by seller and year."""
    keys = [key for key in book.keys("listed_import") if key[1] == book.case.home and key[3] == item]
    return {key[2]: book.series("listed_import", book.case.home, key[2], item) for key in keys}


def _listed_by_product(book: Book) -> None:
    """Exports of listed goods by year, of every state whose rows in the panel are by product."""
    goods = book.case.table("watched_goods").filter(pl.col("role") == "listed")["product"].to_list()
    rows = book.panel.filter(
        pl.col("product").is_in(goods) & (pl.col("flow") == "export") & (pl.col("partner") == "WLD")
    )
    for (state,), part in rows.partition_by("reporter", as_dict=True).items():
        basis = book.derive(
            f"listed.{state}",
            "exports of listed goods to all partners; only the goods and months stand in the source in which a re-export was "
            "estimated, so that earlier years are lower bounds",
            {"comtrade_tvyal#panels/trade, goods of the list": 1.0, "chpl_list": 0.0},
        )
        yearly = part.group_by("stamp").agg(pl.col("value").sum()).sort("stamp").filter(pl.col("stamp") >= 201700)
        for stamp, value in yearly.iter_rows():
            book.put("listed_sales", str(state), "WLD", "chpl", str(stamp // 100), value / MILLION, basis, grade="C")


def cars(book: Book) -> None:
    """Write imports and exports of cars of the states that have them by month, and the most that passed, at lags of 0 to 6."""
    ways = book.ways()
    for state in ways.transits:
        series = {
            flow: _monthly(book, state, flow, partner) for flow, partner in (("import", "WLD"), ("export", ways.target))
        }
        if any(len(found) < 24 for found in series.values()):
            continue
        months = sorted(set(series["import"]))
        stamp = np.array(months)
        before, after = stamp // 100 < ways.since // 100, stamp >= ways.since
        if not before.any() or not after.any():
            continue
        base_years = sorted(set((stamp[before] // 100).tolist()))
        basis = book.derive(
            f"cars.{state}",
            f"cars by month beyond the mean of the same month in {base_years[0]} to {base_years[-1]}; the most that passed is "
            "the smaller of imports and exports to the target, over lags of 0 to 6 months; a month without a row sold nothing",
            {f"comtrade_tvyal#panels/trade, cars of {state}": 1.0},
        )
        flows = np.array([[series[flow].get(month, 0.0) for month in months] for flow in ("import", "export")])
        over = _beyond(flows, stamp, before)
        for year in sorted(set((stamp[after] // 100).tolist())):
            window = after & (stamp // 100 == year)
            if window.sum() < 6:
                continue
            scale = 1.0 / MILLION / (window.sum() / 12.0)
            passed = pass_through(over[:1], over[1:], 6, window)[0] * scale
            rise = over[:, window].sum(axis=1) * scale
            book.put("watch_excess", state, "WLD", "cars", str(year), float(rise[0]), basis)
            book.put("watch_excess", state, ways.target, "cars", str(year), float(rise[1]), basis)
            ends = (float(passed.min()), float(passed.max()))
            book.put("pass_through", state, ways.target, "cars", str(year), float(passed[0]), basis, band=ends)


def _monthly(book: Book, state: str, flow: str, partner: str) -> dict[int, float]:
    rows = book.panel.filter(
        (pl.col("reporter") == state) & (pl.col("flow") == flow) & (pl.col("partner") == partner)
        & (pl.col("product") == CARS) & (pl.col("stamp") % 100 > 0)
    )  # fmt: skip
    return dict(rows.select("stamp", "value").iter_rows())


def _beyond(flows: FloatArray, stamp: NDArray[np.int64], before: NDArray[np.bool_]) -> FloatArray:
    """Flows less their mean in the same month of the years before."""
    over = np.array(flows)
    for month in range(1, 13):
        here = stamp % 100 == month
        if (here & before).any():
            over[:, here] -= flows[:, here & before].mean(axis=1, keepdims=True)
    return over


def commodities(book: Book) -> None:
    """Screen the commodities of a national table by year: those that were restricted in part among those that never were."""
    goods = {
        row["product"]: row
        for row in book.case.table("watched_goods").iter_rows(named=True)
        if not row["product"].isdigit()
    }
    if not goods:
        return
    since = book.ways().since // 100
    rows = book.panel.filter(
        pl.col("product").is_in(list(goods)) & (pl.col("flow") == "import") & (pl.col("stamp") >= 201500)
    )
    for (state,), part in rows.partition_by("reporter", as_dict=True).items():
        wide = part.sort("stamp").pivot("stamp", index="product", values="value").drop_nulls().sort("product")
        years = np.array([int(name) // 100 for name in wide.columns[1:]])
        names, value = wide["product"].to_list(), wide.drop("product").to_numpy()
        ordinary = np.array([goods[name]["role"] == "placebo" for name in names])
        if ordinary.sum() < 10 or ordinary.all():
            continue
        found = excess(value, years, np.zeros_like(years), years >= since, ordinary, MILLION)
        period = f"{since}/{years[-1]}"
        basis = book.derive(
            f"commodities.{state}",
            f"imports of each commodity from all partners: mean of {years[0]} to {since - 1} times the median growth of ordinary "
            "commodities is expected",
            {
                f"nsc_kgz#panels/trade, commodities of {state}": 1.0,
                "never-restricted-goods": 0.0,
                "restricted-in-part": 0.0,
            },
        )
        book.put("watch_units", f"goods_{state}", "", "ordinary", period, float(ordinary.sum()), basis)
        book.put("watch_units", f"goods_{state}", "", "asked", period, float((~ordinary).sum()), basis)
        if ordinary.sum() >= ENOUGH:
            seen = placebo_p_of_placebos(found.score[ordinary]) <= LEVEL
            book.put("watch_false_alarm", f"goods_{state}", "", "p05", period, float(seen.mean()), basis)
        p = placebo_p(found.score[~ordinary], found.score[ordinary])
        least, most = np.quantile(found.ratio[ordinary], [0.05, 0.95])
        for place, q in zip(np.flatnonzero(~ordinary), benjamini_hochberg(p), strict=True):
            ratio = float(found.ratio[place])
            ends = (float(np.exp(ratio - most)), float(np.exp(ratio - least)))
            book.put("watch_ratio", str(state), "WLD", names[place], period, float(np.exp(ratio)), basis, band=ends)
            book.put("watch_q", str(state), "WLD", names[place], period, float(q), basis)


def stakes(book: Book) -> None:
    """Write what secondary sanctions of each power could touch, and what keeping listed goods from passing costs."""
    home, target = book.case.home, book.ways().target
    keys = [key for key in book.keys("listed_export") if key[1:3] == (home, target) and key[4].isdigit()]
    if not keys:
        return
    year, item = max((int(key[4]), key[3]) for key in keys)
    passing = book.series("listed_export", home, target, item)
    coming = _sellers(book, item)
    since = book.ways().since // 100
    base = [value for when, (value, _) in passing.items() if when < since]
    now, parent = passing[year]
    together = sum(series[year][0] for series in coming.values() if year in series)
    basis = book.derive(
        "stakes.passed_on",
        "listed goods passed on to the target in the last year; low, what is beyond the mean of the years before; high, all "
        "that came",
        {parent: 1.0} | {series[year][1]: 0.0 for series in coming.values() if year in series},
    )
    low = now - sum(base) / len(base) if base else now
    book.put(
        "secondary_exposure",
        home,
        target,
        "passed_on",
        str(year),
        now,
        basis,
        band=(max(low, 0.0), max(together, now)),
        grade="C",
    )
    _supply(book, home, year, coming)
    _sales(book, home)
    _cost(book, home, year, now, parent)


def _supply(book: Book, home: str, year: int, coming: dict[str, dict[int, tuple[float, str]]]) -> None:
    """Listed goods bought from each power: where sellers are counted together, split as all their goods are, from none to all."""
    for sellers, series in coming.items():
        if year not in series:
            continue
        parts = sellers.split("+")
        totals = {part: _goods(book, "import_value", home, part) for part in parts}
        held = [found for found in totals.values() if found]
        if not held or len(held) < len(parts):
            continue
        whole = sum(value for value, _ in held)
        for part, found in totals.items():
            if found is None:
                continue
            value, names = found
            basis = book.derive(
                f"stakes.supply.{part}",
                "listed goods that come from several sellers together, split as all goods from them are; from none to all",
                {series[year][1]: 1.0, **dict.fromkeys(names, 1.0)},
            )
            amount = series[year][0]
            book.put(
                "secondary_exposure",
                home,
                part,
                "supply",
                str(year),
                amount * value / whole,
                basis,
                band=(0.0, amount),
                grade="C",
            )


def _sales(book: Book, home: str) -> None:
    """All goods sold to each power of the side that restricts: the bound of what a closed market could touch."""
    row = book.home
    side = {*book.case.members(row["side"]), row["origin"]} if row and row["side"] else set[str]()
    for power in book.case.powers:
        if power not in side:
            continue
        found = _goods(book, "export_value", home, power)
        if found is None:
            continue
        value, names = found
        year = max(name.rpartition("@")[2] for name in names)
        basis = book.derive(
            f"stakes.sales.{power}", "all goods sold to the power in the last year that is known by partner: a bound, not a loss",
            dict.fromkeys(names, 1.0),
        )  # fmt: skip
        book.put("secondary_exposure", home, power, "sales", year, value, basis)


def _goods(book: Book, measure: str, home: str, partner: str) -> tuple[float, list[str]] | None:
    """Million dollars of all goods with a partner, or the members of a bloc, in the last year that is whole."""
    own = book.series(measure, home, partner, "goods")
    members = [partner] if own else sorted(book.case.members(partner))
    series = {member: book.series(measure, home, member, "goods") for member in members}
    years = [year for found in series.values() for year in found]
    common = [year for year in set(years) if years.count(year) >= 0.6 * max(1, len([s for s in series.values() if s]))]
    if not common:
        return None
    year = max(common)
    held = [found[year] for found in series.values() if year in found]
    return sum(value for value, _ in held), [name for _, name in held]


def _cost(book: Book, home: str, year: int, now: float, parent: str) -> None:
    """Yearly cost of control: running cost, systems written off, and earnings on what no longer passes."""
    lever = book.home["lever"] if book.home else ""
    effects = book.case.table("effects").filter((pl.col("lever") == lever) & (pl.col("target_type") == "measure"))
    if not lever or not effects.height:
        return
    asked = (("lever_effect", str(effects["effect"][0])), ("lever_opex", ""), ("lever_capex", ""))
    found = [entry for measure, index in asked if (entry := book.latest(measure, lever, "", index))]
    if len(found) < len(asked):
        return
    (left, opex, capex), names = zip(*found, strict=True)
    chance = latin_hypercube(DRAWS, 4, SEED).T
    remains, share, running, built = (
        triangular(low, value, high, drawn)
        for (low, value, high), drawn in zip((left, MARGIN, opex, capex), chance, strict=True)
    )
    margin, controls = np.maximum(now - remains, 0.0) * share, running + built * 1000.0 / LIFE
    basis = book.derive(
        "compliance",
        "running cost of controls, their systems over ten years, and 5 to 30 % of the value that would no longer pass; "
        "triangular redraws of all four",
        {parent: 1.0, **dict.fromkeys(names, 1.0), "margin-of-transit": 1.0},
        f"draws={DRAWS} seed={SEED}",
    )
    central = {"margin": max(now - left[1], 0.0) * MARGIN[1], "controls": opex[1] + capex[1] * 1000.0 / LIFE}
    drawn = {"margin": margin, "controls": controls, "total": margin + controls}
    for part, values in drawn.items():
        low, high = quantile_band(values)
        value = central.get(part, sum(central.values()))
        book.put("compliance_cost", home, "", part, str(year), value, basis, band=(float(low), float(high)), grade="C")
