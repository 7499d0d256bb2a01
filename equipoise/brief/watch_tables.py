"""The tables of the trade watch, on paper and on the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from equipoise.brief.desk import Desk, signed
from equipoise.brief.document import Cell, Table, Text

__all__ = [
    "basket", "books", "in_months", "listed", "paths", "published", "since", "stakes", "states",
    "substitution",
]  # fmt: skip


def states(desk: Desk) -> Table:
    """Each state on the way: how far above expectation, how sure, what came before."""
    rows: list[list[Cell]] = []
    found = sorted(desk.notes.rows("watch_ratio", item="total"), key=lambda r: -float(r["value"]))
    most = max((float(row["value"]) for row in found), default=1.0)
    for row in found:
        state, origin, period = str(row["subject"]), str(row["object"]), str(row["period"])
        bar = "█" * max(1, round(20 * float(row["value"]) / most))
        before = desk.notes.rows("pre_trend", subject=state, item="total")
        rows.append([
            desk.name(state), bar, desk.notes.of(row, unit=""), desk.fig("watch_excess", state, origin, "total", period, unit=""),
            desk.fig("watch_q", state, origin, "total", period), desk.notes.of(before[0]) if before else None,
        ])  # fmt: skip
    years = in_months(str(found[0]["period"])) if found else ""
    columns = [
        ("State", "l"), ("", "l"), ("Over expectation", "r"), ("Beyond it, mn USD a year", "r"), ("False discovery", "r"),
        ("So far apart before", "r"),
    ]  # fmt: skip
    foot = (
        "Over expectation: what was sold over the mean of the five years before times the median growth of ordinary buyers; the "
        "range is what ordinary buyers do. So far apart before: share of ordinary buyers whose path strayed as far before the "
        "restrictions; where it is small the rise began earlier.",
    )
    return Table(f"What the states on the way are sold, {years}", columns, rows, foot)


def paths(desk: Desk) -> Table:
    """The path of each state against ordinary buyers, with the years before always there."""
    rows: list[list[Cell]] = []
    found = desk.notes.rows("event_effect", item="total")
    years = sorted({str(row["period"]) for row in found})
    for state in dict.fromkeys(str(row["subject"]) for row in found):
        origin = next(str(row["object"]) for row in found if row["subject"] == state)
        rows.append(
            [
                desk.name(state),
                *(
                    signed(desk.fig("event_effect", state, origin, "total", year, unit="", ranged=False))
                    for year in years
                ),
            ]
        )
    foot = ("Log points against ordinary buyers, the year before the restrictions is 0; 0.7 is twice as much.",)
    return Table(
        "Paths, with the years before the restrictions", [("State", "l"), *((year, "r") for year in years)], rows, foot
    )


def substitution(desk: Desk) -> Table:
    """The rise of each state over the fall to the target, by year."""
    found = desk.notes.rows("substitution_ratio")
    periods = sorted(
        {str(row["period"]) for row in found if row["item"] in ("total", "all_ways")}, key=lambda p: ("/" in p, p)
    )
    rows: list[list[Cell]] = []
    for subject, item in dict.fromkeys(
        (str(row["subject"]), str(row["item"])) for row in found if row["item"] in ("total", "all_ways", "studied_ways")
    ):
        target = next(str(row["object"]) for row in found if row["subject"] == subject)
        label = {"all_ways": "All of them", "studied_ways": "Those of the studies"}.get(item, desk.name(subject))
        rows.append([label, *(desk.fig("substitution_ratio", subject, target, item, period) for period in periods)])
    columns = [("State", "l"), *((in_months(period), "r") for period in periods)]
    foot = (
        "Rise of what the origin sells the state over the fall of what it sells the target, both beyond expectation, by month "
        "and member. An upper bound: not all that came went on.",
    )
    return Table("Rise over fall: substitution", columns, rows, foot)


def books(desk: Desk) -> Table:
    """What each state itself reports of the same trade."""
    rows: list[list[Cell]] = []
    for state in dict.fromkeys(str(row["subject"]) for row in desk.notes.rows("unreported_share", item="total")):
        ours = desk.notes.rows("unreported_share", subject=state, item="total")
        added = desk.notes.rows("unreported_share", subject=state, item="additional")
        passed = desk.notes.rows("pass_through", subject=state, item="total")
        before = [row for row in ours if int(row["period"]) < since(desk)]
        cells = [desk.notes.of(part[-1]) if part else None for part in (before, ours, added)]
        bound = desk.notes.of(passed[-1], unit="") if passed else None
        rows.append([desk.name(state), str(ours[-1]["period"]), *cells, bound])
    columns = [
        ("State", "l"), ("Year", "r"), ("Not reported before", "r"), ("Not reported", "r"), ("Of the additional", "r"),
        ("Passed at most, mn USD a year", "r"),
    ]  # fmt: skip
    foot = (
        "Exports to the state that it does not report as imports after freight and insurance: its imports are by origin of the "
        "goods, so that some gap is ordinary. Passed at most: the smaller of what came and what went to the target beyond "
        "expectation, all goods.",
    )
    return Table("Their own books", columns, rows, foot)


def listed(desk: Desk) -> list[Table]:
    """Listed goods, cars and commodities, as far as any table has them."""
    series = basket(desk)
    tables: list[Table] = []
    if series:
        home, target, item = desk.home, str(series[-1]["object"]), str(series[-1]["item"])
        rows: list[list[Cell]] = []
        for row in series:
            year = str(row["period"])
            bought = desk.notes.rows("listed_import", subject=home, item=item, period=year)
            rows.append([
                year, desk.notes.of(bought[0], unit="") if bought else None, desk.notes.of(row, unit=""),
                desk.fig("pass_through", home, target, item, year, unit=""),
            ])  # fmt: skip
        columns = [("Year", "l"), ("Bought", "r"), (f"Sold to {desk.name(target)}", "r"), ("Passed at most", "r")]
        foot = ("31 of 75 codes that rose, chosen by their rise; unreviewed. Beyond the mean of 2018 to 2021.",)
        tables.append(Table(f"Listed goods of {desk.name(home)}, mn USD", columns, rows, foot))
    other = desk.notes.rows("listed_sales")
    if other:
        rows = [[desk.name(str(row["subject"])), str(row["period"]), desk.notes.of(row, unit="")] for row in other]
        foot = ("Only goods and months in which a re-export was estimated: earlier years are lower bounds.",)
        tables.append(
            Table(
                "Exports of goods of the control list, mn USD",
                [("State", "l"), ("Year", "l"), ("All partners", "r")],
                rows,
                foot,
            )
        )
    tables += [_cars(desk), _commodities(desk)]
    return [table for table in tables if table.tells]


def _cars(desk: Desk) -> Table:
    rows: list[list[Cell]] = []
    for row in desk.notes.rows("pass_through", item="cars"):
        state, target, year = str(row["subject"]), str(row["object"]), str(row["period"])
        came, gone = (desk.fig("watch_excess", state, other, "cars", year, unit="") for other in ("WLD", target))
        rows.append([desk.name(state), year, came, gone, desk.notes.of(row, unit="")])
    columns = [("State", "l"), ("Year", "l"), ("Came", "r"), ("Went to the target", "r"), ("Passed at most", "r")]
    foot = ("Beyond the same months before; the range of what passed is over lags of 0 to 6 months.",)
    return Table("Cars beyond their past, mn USD a year", columns, rows, foot)


def _commodities(desk: Desk) -> Table:
    names = dict(desk.case.table("watched_goods").select("product", "name").iter_rows())
    rows: list[list[Cell]] = []
    period = ""
    for row in sorted(desk.notes.rows("watch_ratio", object="WLD"), key=lambda r: -float(r["value"])):
        state, item, period = str(row["subject"]), str(row["item"]), str(row["period"])
        q = desk.fig("watch_q", state, "WLD", item, period)
        rows.append([desk.name(state), names.get(item, item), desk.notes.of(row, unit=""), q])
    columns = [("State", "l"), ("Commodity", "l"), ("Over expectation", "r"), ("False discovery", "r")]
    foot = (
        "Imports from all partners over their own past and the growth of ordinary commodities; with so few of those no smaller "
        "chance of a false discovery can be seen.",
    )
    return Table(f"Commodities restricted in part, {in_months(period)}", columns, rows, foot)


def published(desk: Desk) -> Table:
    """Ours beside the published estimates, agreeing or not, with the reason."""
    told = {
        "fall_offset": "Share of the fall that came another way",
        "ghost": "Of the additional exports, not reported by the state",
        "extra_growth": "Extra growth of restricted goods to the ways",
        "steeper_fall": "Steeper fall of restricted goods to the target",
    }
    why = {
        "fall_offset": "ours holds all goods, and takes out no growth but that of ordinary buyers",
        "ghost": "ours holds all goods, state by state",
    }
    rows: list[list[Cell]] = []
    for row in desk.notes.rows("published_reexport"):
        item, year = str(row["item"]), str(row["period"])
        if item not in told:
            continue
        same = desk.notes.rows("substitution_ratio", item="studied_ways", period=year)
        gaps = desk.notes.rows("unreported_share", item="additional", period=year)
        found = {"fall_offset": same, "ghost": gaps}.get(item, [])
        ours: list[Text] = []
        for one in found:
            name = "" if item == "fall_offset" else f"{desk.name(str(one['subject']))} "
            ours += ["; " if ours else "", name, desk.notes.of(one, ranged=item == "fall_offset")]
        absent = "no data of that year" if item in why else "asks for goods by partner: bring files"
        reason = f"{_compared(float(row['value']), found)}: {why[item]}" if found else absent
        rows.append([told[item], year, desk.notes.of(row), ours or None, reason])
    columns = [("What", "l"), ("Year", "l"), ("Published", "r"), ("Here", "l"), ("Why", "l")]
    return Table("Beside published estimates", columns, rows)


def _compared(value: float, found: Sequence[Mapping[str, Any]]) -> str:
    """Whether a published figure lies within ours."""
    low = min(float(row["value"] if row["low"] is None else row["low"]) for row in found)
    high = max(float(row["value"] if row["high"] is None else row["high"]) for row in found)
    return "agrees" if low <= value <= high else "ours is larger" if value < low else "ours is smaller"


def stakes(desk: Desk) -> Table:
    """What secondary sanctions could touch, by power, and what compliance costs."""
    words = {"passed_on": "listed goods passed on", "supply": "listed goods bought", "sales": "all goods sold: a bound"}
    rows: list[list[Cell]] = []
    for row in desk.notes.rows("secondary_exposure", subject=desk.home):
        if row["item"] in words:
            rows.append(
                [
                    desk.name(str(row["object"])),
                    words[str(row["item"])],
                    str(row["period"]),
                    desk.notes.of(row, unit=""),
                ]
            )
    for row in desk.notes.rows("compliance_cost", subject=desk.home):
        label = {"margin": "earnings forgone", "controls": "controls", "total": "both"}[str(row["item"])]
        rows.append(["Cost of compliance", label, str(row["period"]), desk.notes.of(row, unit="")])
    columns = [("With", "l"), ("What", "l"), ("Year", "l"), ("mn USD a year", "r")]
    foot = (
        "Capabilities and upper bounds; how likely a listing is stands with the threats and is never multiplied in here.",
    )
    return Table("At stake", columns, rows, foot)


def basket(desk: Desk) -> list[dict[str, Any]]:
    """Listed goods that the home state sells on, by year: the basket that is known for the latest year."""
    found = [row for row in desk.notes.rows("listed_export", subject=desk.home) if str(row["period"]).isdigit()]
    if not found:
        return []
    last = max(found, key=lambda row: str(row["period"]))
    return sorted((row for row in found if row["item"] == last["item"]), key=lambda row: str(row["period"]))


def in_months(period: str) -> str:
    """A period in words: *March 2022 to August 2024*."""
    names = (
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
    )  # fmt: skip

    def told(part: str) -> str:
        year, _, month = part.partition("-")
        return f"{names[int(month) - 1]} {year}" if month else year

    return " to ".join(told(part) for part in period.split("/") if part)


def since(desk: Desk) -> int:
    """The year of the restrictions."""
    rows = desk.case.table("triangles")["since"].to_list()
    return int(str(rows[0])[:4]) if rows else 0
