"""The screen of files that somebody brings: every figure a fact, the false alarms and the rows set aside among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from equipoise.case import Case
from equipoise.errors import InputError
from equipoise.ledger import Ledger
from equipoise.watch.trade.book import MILLION, Book
from equipoise.watch.trade.gathering import Legs, Ways, gather
from equipoise.watch.trade.layouts import sources
from equipoise.watch.trade.screen import FLAGS, LEVEL, Goods, Screen, screen
from equipoise.watch.trade.survey import Counted

__all__ = ["Asked", "Watched", "screen_files"]

ORDINARY = frozenset(f"{chapter:02d}" for chapter in (*range(1, 14), *range(15, 22), 23, 30, 49))
"""Chapters of the Harmonized System that stand for ordinary goods where a case names none: food, medicines, books."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of files: states and month other than the register's, the goods that are listed, the level of codes."""

    transits: tuple[str, ...] = ()
    target: str = ""
    origin: tuple[str, ...] = ()
    since: int = 0
    products: tuple[str, ...] = ()
    level: int = 6


@dataclass(frozen=True, slots=True)
class Watched:
    """What the screen found: the facts, the rows that were set aside or missing, the screens, the period after the date."""

    ledger: Ledger
    faults: tuple[Counted, ...]
    screens: tuple[Screen, ...]
    goods: Goods
    period: str


def screen_files(case: Case, paths: Sequence[Path], asked: Asked | None = None) -> Watched:
    """Screen trade files of any size for every triangle that the case watches, or that is asked for.

    Raises
    ------
    InputError
        A file is in no layout that is known or is cut off, nothing of the triangles stands in it, or there are no years
        before the date.
    """
    asked = asked or Asked()
    book = Book(case)
    goods, ways = _goods(case, asked.products, asked.level), _ways(book, asked)
    wanted = goods.listed | goods.ordinary
    legs = gather(sources(paths), ways, level=asked.level, products=wanted, rates=book.rates)
    if not goods.masks(legs.products)[0].any():
        raise InputError(
            "listed goods", found="none in the files", allowed=f"codes as {', '.join(sorted(goods.listed)[:4])}, ...",
            remedy="name the goods to ask about with --products, or the level of their codes with --level",
        )  # fmt: skip
    income = _incomes(case, (*ways.transits, *ways.beside))
    after = [
        month
        for month in legs.periods
        if month >= ways.since or (month % 100 == 0 and month // 100 >= ways.since // 100)
    ]
    period = f"{_written(after[0])}/{_written(after[-1])}" if after else ""
    read = book.derive("files", "rows of trade data by what became of them", dict.fromkeys(legs.files, 1.0))
    _rows(book, legs, period, read)
    screens = []
    for state in ways.transits:
        if legs.at("in", state) is None and legs.at("mirror", state) is None:
            continue
        found = screen(legs, ways, state, goods, income=income)
        _write(book, found, legs, ways, period)
        if state == case.home:
            _by_tier(book, found, goods, ways.target, period)
        screens.append(found)
    if not screens:
        raise InputError(
            "files", found="no imports of a transit state", allowed=f"reports of or on {', '.join(ways.transits)}"
        )
    return Watched(book.ledger(), legs.faults, tuple(screens), goods, period)


def _goods(case: Case, products: tuple[str, ...], level: int = 6) -> Goods:
    """Listed and ordinary goods of the register, cut to a level; goods that are asked for take the place of its list."""
    table = case.table("watched_goods")
    names = dict(table.select("product", "name").iter_rows())
    by_role: dict[str, frozenset[str]] = {
        role: frozenset(table.filter(pl.col("role") == role)["product"].to_list()) for role in ("listed", "placebo")
    }
    listed = frozenset(code[:level] if code.isdigit() else code for code in by_role["listed"])
    tiers = dict(table.filter(pl.col("tier") != "").select("product", "tier").iter_rows())
    return Goods(frozenset(products) or listed, by_role["placebo"] or ORDINARY, names, tiers)


def _ways(book: Book, asked: Asked) -> Ways:
    """What is watched: what was asked, else what the register says."""
    if not book.triangles and not (asked.origin and asked.transits and asked.target and asked.since):
        raise InputError(
            "triangle", found="none in register/triangles.csv", allowed="origin, transit states, target and date",
            remedy="give --origin, --transit, --target and --since",
        )  # fmt: skip
    known = book.ways() if book.triangles else Ways(frozenset(), (), "", 0)
    origin = frozenset(member for actor in asked.origin for member in _members(book.case, actor)) or known.origin
    transits = asked.transits or known.transits
    beside = tuple(state for state in known.beside if state not in transits)
    return Ways(origin, transits, asked.target or known.target, asked.since or known.since, beside)


def _members(case: Case, actor: str) -> frozenset[str]:
    kinds = dict(case.table("actors").select("actor", "kind").iter_rows())
    return case.members(actor) - {actor} if kinds.get(actor) == "bloc" else frozenset([actor])


def _incomes(case: Case, states: Sequence[str]) -> dict[str, float]:
    """The latest GDP of states, as far as the case knows it."""
    facts = case.view("gdp", subject=list(states)).select("subject", "period", "value")
    rows = sorted(
        (str(period), str(state), float(value)) for state, period, value in facts.iter_rows() if str(period).isdigit()
    )
    return {state: value for _, state, value in rows}


def _written(month: int) -> str:
    return f"{month // 100}-{month % 100:02d}" if month % 100 else str(month // 100)


def _rows(book: Book, legs: Legs, period: str, basis: str) -> None:
    """How many rows were read, used, and set aside by reason."""
    counts = {"read": legs.rows, "used": legs.used}
    for found in legs.faults:
        if found.done == "set aside":
            name = f"set_aside.{found.reason.replace(' ', '_')}"
            counts[name] = counts.get(name, 0) + found.rows
    for name, rows in counts.items():
        book.put("watch_rows", "files", "", name, period, float(rows), basis, grade="A")


def _write(book: Book, found: Screen, legs: Legs, ways: Ways, period: str) -> None:
    """The false alarms, the path, the goods and the sum of one triangle."""
    origin = (
        book.triangles[0]["origin"]
        if book.triangles and ways.origin == book.ways().origin
        else "+".join(sorted(ways.origin)[:4])
    )
    basis = book.derive(
        f"files.{found.state}",
        f"signs that goods of {origin} pass through {found.state} to {ways.target}: each good against its own past, the "
        "growth of ordinary goods and their noise; p-values are ranks among ordinary goods",
        dict.fromkeys(legs.files, 1.0),
        f"from {_written(ways.since)}, {int(found.ordinary.sum())} ordinary goods",
    )
    subject = f"goods_{found.state}"
    for name, count in (
        ("asked", found.listed & np.isfinite(found.q)),
        ("ordinary", found.ordinary),
        ("no_past", found.no_past & found.listed),
    ):
        book.put("watch_units", subject, "", name, period, float(count.sum()), basis)
    for name, share in found.false_alarm.items():
        book.put("watch_false_alarm", subject, "", name, period, share, basis)
    _path(book, found, origin, basis, ways.since // 100)
    for place in np.flatnonzero(found.listed & np.isfinite(found.score)):
        _good(book, found, int(place), origin, ways.target, period, basis)
    _sum(book, found, origin, ways.target, period, basis)


def _path(book: Book, found: Screen, origin: str, basis: str, since: int) -> None:
    """The path of listed goods against ordinary ones, with the years before the date; here and in the states of comparison."""
    if found.study is None:
        return
    told = {(row["subject"], row["period"]) for row in book.rows if row["measure"] == "event_effect"}
    for state, study in {found.state: found.study, **found.beside}.items():
        for place, year in enumerate(found.years):
            effect, error = float(study.effect[place]), 1.645 * float(study.error[place])
            ends = (effect - error, effect + error)
            if (state, str(year)) not in told:
                book.put("event_effect", state, origin, "listed", str(year), effect, basis, band=ends)
    book.put("pre_trend", found.state, origin, "listed", f"{found.years[0]}/{since - 1}", found.study.before, basis)


def _good(book: Book, found: Screen, place: int, origin: str, target: str, period: str, basis: str) -> None:
    """One listed good: how far above its expectation, how sure, each sign, the ratio and the bound."""
    state, name = found.state, found.products[place]
    expected, rise = found.expected[place], found.after[place] - found.expected[place]
    if expected > 0:
        book.put("watch_ratio", state, origin, name, period, float(found.after[place] / expected), basis)
    book.put("watch_excess", state, origin, name, period, float(rise / MILLION), basis)
    book.put("watch_q", state, origin, name, period, float(found.q[place]), basis)
    book.put("watch_flags", state, target, name, period, float(found.count[place]), basis)
    book.put("watch_flags_asked", state, target, name, period, float(found.asked[place]), basis)
    for flag, seen in zip(FLAGS, found.flags[place], strict=True):
        book.put("watch_flag", state, target, f"{name}.{flag}", period, float(seen), basis)
    book.put("substitution_ratio", state, target, name, period, float(found.substitution[place]), basis)
    book.put("unreported_share", state, origin, name, period, float(found.unreported[place]), basis)
    passed = found.passed[place] / MILLION
    if np.isfinite(passed).all():
        ends = (float(passed.min()), float(passed.max()))
        book.put("pass_through", state, target, name, period, float(passed[0]), basis, band=ends)
        if state == book.case.home:
            book.put(
                "secondary_exposure", state, target, f"passed_on.{name}", period, float(passed[0]), basis, band=ends
            )


def _by_tier(book: Book, found: Screen, goods: Goods, target: str, period: str) -> None:
    """What may have passed through the home state by tier of the list: the value at stake of each group of goods."""
    tiers = np.array([goods.tiers.get(product, "") for product in found.products])
    for tier in sorted(set(tiers[found.listed]) - {""}):
        passed = np.nan_to_num(found.passed[found.listed & (tiers == tier)] / MILLION).sum(axis=0)
        if np.isfinite(found.passed[found.listed]).any():
            ends = (float(passed.min()), float(passed.max()))
            item = f"passed_on.tier_{tier}"
            book.put(
                "secondary_exposure",
                found.state,
                target,
                item,
                period,
                float(passed[0]),
                f"watch.files.{found.state}",
                band=ends,
            )


def _sum(book: Book, found: Screen, origin: str, target: str, period: str, basis: str) -> None:
    """All listed goods together: those named as the low end, all that rose as the high."""
    judged = found.listed & np.isfinite(found.q)
    rise = np.where(judged, found.after - found.expected, 0.0) / MILLION
    ends = (float(rise[found.named].sum()), float(np.maximum(rise, 0.0).sum()))
    book.put("watch_excess", found.state, origin, "listed", period, float(rise.sum()), basis, band=ends)
    passed = found.passed[:, 0] / MILLION
    if np.isfinite(passed).any():
        sums = float(np.nansum(passed[found.named])), float(np.nansum(passed[judged]))
        sure = judged & (np.nan_to_num(found.q, nan=1.0) <= 2 * LEVEL)
        book.put(
            "pass_through", found.state, target, "listed", period, float(np.nansum(passed[sure])), basis, band=sums
        )
        if found.state == book.case.home:
            book.put(
                "secondary_exposure",
                found.state,
                target,
                "passed_on",
                period,
                float(np.nansum(passed[sure])),
                basis,
                band=sums,
            )
    book.put("watch_units", f"goods_{found.state}", "", "named", period, float(found.named.sum()), basis)
