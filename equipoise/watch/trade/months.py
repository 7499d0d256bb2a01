"""Month by month: how much of the fall to the target stands beside a rise to the states on the way, and what their own books say.

The band is over the members of the origin, drawn again, over baselines, and with and without the growth of ordinary
buyers: choices that nobody can make for sure are in the range, not behind it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray

from equipoise.watch.trade.book import MILLION, Book
from equipoise.watch.trade.countries import landlocked
from equipoise.watch.trade.screen import FREIGHT, FREIGHT_INLAND
from equipoise.watch.trade.states import growth_of_others

__all__ = ["own_books", "substitution"]

FloatArray = NDArray[np.float64]
SOURCE = "eurostat_cis#panels/trade, monthly exports of the members of the EU"
DRAWS, SEED = 1000, 1
BASES = ((2019, 2021), (2019, 2019), (2021, 2021))
"""Baselines: the years before that the monthly data hold, the last without an epidemic, and the last of all."""


def substitution(book: Book) -> None:
    """Write, for each state and each year after the date, the excess of what the origin sells it, and its ratio to the fall of
    what the origin sells the target; and the ratio of all of them together."""
    ways = book.ways()
    states = [*ways.transits, ways.target]
    value, months, members = _members(book, states)
    stamp = np.array(months)
    after = stamp >= ways.since
    growth = growth_of_others(book, (BASES[0][0], BASES[0][1]))
    last = max(growth)
    basis = book.derive(
        "substitution",
        "exports of the members of the origin by month, less the mean of the same month in 2019 to 2021 times the growth of "
        f"ordinary buyers (from {last + 1} on that of {last}, the last known); rise of the state over fall of the target. "
        "Of ratios, 5-95 % over members drawn again, three baselines, with and without that growth; of dollars, the range over "
        "the baselines and that growth alone",
        {SOURCE: 1.0, "ecb_rates#month": 0.0, "watched-ways": 0.0},
        f"draws={DRAWS} seed={SEED}",
    )
    random = np.random.Generator(np.random.Philox(SEED))
    weights = random.multinomial(len(members), [1.0 / len(members)] * len(members), size=DRAWS).astype(float)
    choice, grown = random.integers(0, len(BASES), DRAWS), random.integers(0, 2, DRAWS)
    seen = {place: _expected(value, stamp, base) for place, base in enumerate(BASES)}
    origin = book.triangles[0]["origin"]
    for name, window in _windows(stamp, after).items():
        lift = np.array([growth.get(year, growth[last]) for year in (stamp[window] // 100).tolist()])
        central = _excess(value, seen[0], window, lift).sum(axis=0)
        draws, choices = np.empty((DRAWS, len(states))), []
        for place in range(len(BASES)):
            for kind in (0, 1):
                rows = (choice == place) & (grown == kind)
                factor = lift if kind else np.ones_like(lift)
                found = _excess(value, seen[place], window, factor)
                draws[rows] = weights[rows] @ found
                choices.append(found.sum(axis=0))
        per_year = np.stack([central, *choices]) / MILLION / (window.sum() / 12.0)
        _put(book, basis, name, states, per_year, draws, origin, ways.target)


def _put(
    book: Book,
    basis: str,
    name: str,
    states: list[str],
    per_year: FloatArray,
    draws: FloatArray,
    origin: str,
    target: str,
) -> None:
    """The excess and the ratio of each state and of all, in one window; ``per_year`` has the central figure first."""
    least, most = per_year.min(axis=0), per_year.max(axis=0)
    fall, falls = -per_year[0, -1], -draws[:, -1]
    for place, state in enumerate(states[:-1]):
        ends = (float(least[place]), float(most[place]))
        book.put("watch_excess", state, origin, "monthly", name, float(per_year[0, place]), basis, band=ends)
    groups = {(state, "total"): [place] for place, state in enumerate(states[:-1])}
    groups[origin, "all_ways"] = list(range(len(states) - 1))
    studied = [row["transit"] for row in book.triangles if row["studied"] == "1"]
    if studied:
        groups[origin, "studied_ways"] = [states.index(state) for state in studied]
    for (subject, item), places in groups.items():
        low, high = np.quantile(draws[:, places].sum(axis=1) / falls, [0.05, 0.95])
        ratio = float(per_year[0, places].sum() / fall)
        book.put("substitution_ratio", subject, target, item, name, ratio, basis, band=(float(low), float(high)))
    ends = (float(-most[-1]), float(-least[-1]))
    book.put("watch_excess", target, origin, "shortfall", name, float(fall), basis, band=ends)


def _members(book: Book, states: list[str]) -> tuple[FloatArray, list[int], list[str]]:
    """Dollars (members, states, months) that each member of the origin sells each state; a member without a row sold nothing."""
    members = book.case.members(book.triangles[0]["origin"])
    rows = book.panel.filter(
        pl.col("reporter").is_in(list(members)) & pl.col("partner").is_in(states) & (pl.col("stamp") % 100 > 0)
        & (pl.col("product") == "TOTAL") & (pl.col("flow") == "export")
    )  # fmt: skip
    who, months = sorted(rows["reporter"].unique().to_list()), sorted(rows["stamp"].unique().to_list())
    made = np.zeros((len(who), len(states), len(months)))
    at = tuple(
        rows[column].replace_strict(list(keys), list(range(len(keys))), return_dtype=pl.Int32).to_numpy()
        for column, keys in (("reporter", who), ("partner", states), ("stamp", months))
    )
    made[at] = rows["value"].to_numpy()
    return made, months, who


def _expected(value: FloatArray, stamp: NDArray[np.int64], base: tuple[int, int]) -> FloatArray:
    """Mean of the same month in the base years, for every month."""
    inside = (stamp // 100 >= base[0]) & (stamp // 100 <= base[1])
    made = np.empty_like(value)
    for month in range(1, 13):
        here = stamp % 100 == month
        made[:, :, here] = value[:, :, inside & here].mean(axis=2, keepdims=True)
    return made


def _windows(stamp: NDArray[np.int64], after: NDArray[np.bool_]) -> dict[str, NDArray[np.bool_]]:
    """The whole time after the date, and each year of it that is there to at least half."""
    first, last = stamp[after][0], stamp[after][-1]
    made = {f"{first // 100}-{first % 100:02d}/{last // 100}-{last % 100:02d}": after}
    for year in sorted(set((stamp[after] // 100).tolist())):
        inside = after & (stamp // 100 == year)
        if inside.sum() >= 6:
            made[str(year)] = inside
    return made


def _excess(value: FloatArray, expected: FloatArray, window: NDArray[np.bool_], lift: FloatArray) -> FloatArray:
    """Seen less expected over a window (members, states); ordinary growth would have lifted the target too."""
    return np.asarray((value[:, :, window] - expected[:, :, window] * lift).sum(axis=2))


# --- what the states themselves report ---------------------------------------------------------------------------------


def own_books(book: Book) -> None:
    """Write what each state reports of the same trade: the share of the origin's exports that it does not report, what of the
    additional exports it does not, and the most that passed through by its own exports to the target."""
    ways = book.ways()
    origin = book.triangles[0]["origin"]
    growth = growth_of_others(book, (2017, ways.since // 100 - 1))
    sold = _yearly(book, origin)
    for state in ways.transits:
        bought, parents = _imports(book, state, ways.origin)
        own = {year: figures for year, figures in bought.items() if year in sold.get(state, {})}
        if own:
            low, high = FREIGHT_INLAND if landlocked(state) else FREIGHT
            basis = book.derive(
                f"mirror.{state}",
                f"exports as the origin reports them, less imports as the state reports them over {low:g} to {high:g} for "
                "freight and insurance; imports are by origin of the goods, exports by destination, which alone parts them",
                {"eurostat_cis#panels/trade": 1.0, **parents},
            )
            _gap(book, basis, state, origin, {y: (sold[state][y], own[y]) for y in own}, (low, high), ways.since // 100)
        _onward(book, state, ways.target, sold.get(state, {}), growth, ways.since // 100)


def _yearly(book: Book, origin: str) -> dict[str, dict[int, float]]:
    """Million dollars that the origin sells each buyer by year."""
    rows = book.panel.filter((pl.col("reporter") == origin) & (pl.col("stamp") % 100 == 0))
    made: dict[str, dict[int, float]] = {}
    for buyer, stamp, value in rows.select("partner", "stamp", "value").iter_rows():
        made.setdefault(buyer, {})[stamp // 100] = value / MILLION
    return made


def _imports(book: Book, state: str, members: frozenset[str]) -> tuple[dict[int, float], dict[str, float]]:
    """Million dollars that a state reports to buy from the members of the origin by year, with the facts they are."""
    total: dict[int, float] = {}
    parents: dict[str, float] = {}
    count: dict[int, int] = {}
    for member in sorted(members):
        for year, (value, name) in book.series("import_value", state, member, "goods").items():
            total[year] = total.get(year, 0.0) + value
            count[year] = count.get(year, 0) + 1
            parents[name] = value
    whole = {year: value for year, value in total.items() if count[year] >= 0.6 * len(members)}
    return whole, {name: weight for name, weight in parents.items() if int(name.rpartition("@")[2]) in whole}


def _gap(
    book: Book,
    basis: str,
    state: str,
    origin: str,
    both: Mapping[int, tuple[float, float]],
    freight: tuple[float, float],
    since: int,
) -> None:
    """The share that the state does not report, by year, and of what was added after the date."""
    middle = sum(freight) / 2
    for year, (sold, bought) in both.items():
        ends = tuple(1.0 - bought / factor / sold for factor in freight)
        book.put(
            "unreported_share",
            state,
            origin,
            "total",
            str(year),
            1.0 - bought / middle / sold,
            basis,
            band=(ends[0], ends[1]),
        )
    base = [figures for year, figures in both.items() if 2017 <= year < since]
    for year, (sold, bought) in both.items():
        if year < since or not base:
            continue
        before, told = (sum(figures) / len(base) for figures in zip(*base, strict=True))
        added = sold - before
        if added > 0.1 * before:
            ends = tuple(1.0 - (bought - told) / factor / added for factor in freight)
            value = 1.0 - (bought - told) / middle / added
            book.put("unreported_share", state, origin, "additional", str(year), value, basis, band=(ends[0], ends[1]))


def _onward(
    book: Book, state: str, target: str, sold: Mapping[int, float], growth: Mapping[int, float], since: int
) -> None:
    """The smaller of the rise of what comes and the rise of what goes on, with and without the growth of ordinary trade."""
    out = book.series("export_value", state, target, "goods")
    base = [year for year in range(2017, since) if year in out]
    if len(base) < 2:
        return
    basis = book.derive(
        f"onward.{state}",
        f"the smaller of what the origin sells {state} and what {state} sells {target}, each beyond its mean of {base[0]} to "
        f"{base[-1]}; the range is with and without the growth of ordinary buyers in either",
        {"eurostat_cis#panels/trade": 1.0, **{name: 1.0 for year, (_, name) in out.items() if year >= base[0]}},
    )
    then_out = sum(out[year][0] for year in base) / len(base)
    then_in = sum(sold[year] for year in base) / len(base)
    for year in sorted(set(out) & set(sold) & set(growth)):
        if year < since:
            continue
        rises = [
            (max(out[year][0] - then_out * g, 0.0), max(sold[year] - then_in * h, 0.0))
            for g in (1.0, growth[year]) for h in (1.0, growth[year])
        ]  # fmt: skip
        bounds = [min(pair) for pair in rises]
        going = sorted(pair[0] for pair in rises)
        book.put("watch_excess", state, target, "total", str(year), rises[-1][0], basis, band=(going[0], going[-1]))
        book.put("pass_through", state, target, "total", str(year), bounds[-1], basis, band=(min(bounds), max(bounds)))
