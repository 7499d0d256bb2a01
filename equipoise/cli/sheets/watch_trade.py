"""The tables of ``equipoise watch trade``: the false alarms first, in the series of a case and in files that are brought."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from equipoise.brief.desk import Desk
from equipoise.brief.document import Block, Cell, Paragraph, Table, Text
from equipoise.brief.watch import PARTED, consistent, false_alarms, lacking
from equipoise.brief.watch_tables import books, in_months, listed, paths, published, stakes, states, substitution

if TYPE_CHECKING:
    from equipoise.watch.trade.findings import Watched
    from equipoise.watch.trade.screen import Screen

__all__ = ["watch_files", "watch_trade"]

MOST, BESIDE = 25, 4
"""Goods, and states of comparison, that a table shows; JSON and CSV hold all of them."""
_SIGNS = {
    "rise": "stands out among ordinary goods, 1 in 20", "substitution": "half of what the target is sold less, or more",
    "pass_through": "half of the rise, or more, leaves for the target",
    "unreported": "30 % and more not reported by the state, 20 points more than before",
    "unit_value": "price a kilogram moved, 1 in 20", "new_good": "hardly bought before",
    "implausible": "more for its income than any state of comparison",
}  # fmt: skip


def watch_trade(desk: Desk, asked: Sequence[str]) -> list[Block]:
    """The series of a case: false alarms, states, paths, fall and rise, their own books, goods, stakes, what is missing."""
    if not desk.notes.rows("watch_false_alarm", subject="states"):
        return [Paragraph(["This case has no panel of trade: `equipoise watch trade FILES` screens what you have."])]
    tables = [states(desk), paths(desk), substitution(desk), books(desk), *listed(desk), published(desk), stakes(desk)]
    known = {str(row["subject"]) for row in desk.notes.rows("watch_ratio", item="total")}
    hidden = {desk.name(state) for state in known - set(asked)}
    shown = [_only(table, hidden) for table in tables]
    return [*false_alarms(desk), *consistent(desk), *(table for table in shown if table.tells), *lacking(desk)]


def _only(table: Table, hidden: set[str]) -> Table:
    """The table without the rows of states that were not asked for."""
    kept = [row for row in table.rows if row[0] not in hidden]
    return Table(table.caption, table.columns, kept, table.foot)


def watch_files(desk: Desk, found: Watched) -> list[Block]:
    """Files: what was set aside, then for each state the false alarms of every sign, the goods that stand out, and the sum."""
    blocks: list[Block] = []
    for screen in found.screens:
        blocks += _first(desk, screen, found.period)
    blocks += _rows(desk, found)
    for screen in found.screens:
        blocks += [table for table in (_path(desk, screen), _named(desk, screen, found)) if table.rows]
        blocks += [
            *_sum(desk, screen, found.period),
            *(table for table in (_tiers(desk, screen, found.period),) if table.rows),
        ]
    return blocks


def _first(desk: Desk, screen: Screen, period: str) -> list[Block]:
    """How often the screen is wrong, by every sign, before what it finds."""
    subject = f"goods_{screen.state}"
    name = desk.name(screen.state)
    said = desk.say(
        f"{name}, false alarms first: of {{ordinary}} goods that were never restricted {{rate}} have a p-value of 5 % or "
        "less, and {three} show three signs or more.",
        ordinary=desk.fig("watch_units", subject, "", "ordinary", period, unit=""),
        rate=desk.fig("watch_false_alarm", subject, "", "p05", period),
        three=desk.fig("watch_false_alarm", subject, "", "three_flags", period),
    )  # fmt: skip
    said += desk.say(
        "A year before the restrictions {early} of the listed goods would have been called out.",
        early=desk.fig("watch_false_alarm", subject, "", "time", period),
    )
    judged = screen.listed & (screen.asked > 0)
    rows: list[list[Cell]] = []
    for place, (flag, words) in enumerate(_SIGNS.items()):
        rate = desk.fig("watch_false_alarm", subject, "", flag, period)
        count = int((screen.flags[judged, place] == 1).sum())
        if rate is not None:
            rows.append(
                [flag.replace("_", " "), words, rate, f"{count} of {int((screen.flags[judged, place] >= 0).sum())}"]
            )
    columns = [("Sign", "l"), ("What it is", "l"), ("Of ordinary goods", "r"), ("Of listed goods", "r")]
    return [*said, Table(f"{name}: how often each sign is seen", columns, rows)]


def _rows(desk: Desk, found: Watched) -> list[Block]:
    """What was read, used, set aside and why, and what is missing."""
    blocks: list[Block] = list(desk.say(
        "{read} rows were read, {used} of them lie on the triangles and are used.",
        read=desk.fig("watch_rows", "files", "", "read", found.period, unit="", digits=15),
        used=desk.fig("watch_rows", "files", "", "used", found.period, unit="", digits=15),
    ))  # fmt: skip
    rows: list[list[Cell]] = []
    for one in found.faults:
        fault = one.fault
        where = fault.file + (f", row {fault.row}" if fault.row else "") + (f", {fault.column}" if fault.column else "")
        count = f"{one.rows:,}" if one.rows else None
        rows.append([one.done, count, where, fault.found, fault.allowed, fault.remedy])
    if rows:
        columns = [
            ("What was done", "l"),
            ("Rows", "r"),
            ("Where", "l"),
            ("Found", "l"),
            ("Allowed", "l"),
            ("What to do", "l"),
        ]
        blocks.append(Table("What was not as it should be", columns, rows))
    return blocks


def _path(desk: Desk, screen: Screen) -> Table:
    """The path of listed goods against ordinary ones, with the years before, here and in states of comparison."""
    beside = list(screen.beside)[:BESIDE]
    found = {
        state: {str(row["period"]): row for row in desk.notes.rows("event_effect", subject=state, item="listed")}
        for state in (screen.state, *beside)
    }
    rows: list[list[Cell]] = [
        [year, *(desk.notes.of(told[year], unit="", ranged=state == screen.state) for state, told in found.items())]
        for year in found[screen.state]
    ]
    foot: list[Text] = [
        "Log points with the 5-95 % band of errors clustered by good; the year before the restrictions is 0."
    ]
    for row in desk.notes.rows("pre_trend", subject=screen.state, item="listed"):
        foot += [" Chance of so much before them: ", desk.notes.of(row), "."]
        if float(row["value"]) < PARTED:
            foot.append(" The paths had parted before the restrictions: nothing here is called their consequence.")
    columns = [
        ("Year", "l"),
        (desk.name(screen.state), "r"),
        *((f"beside: {desk.name(state)}", "r") for state in beside),
    ]
    return Table(f"{desk.name(screen.state)}: listed goods against ordinary ones", columns, rows, tuple(foot))


def _named(desk: Desk, screen: Screen, found: Watched) -> Table:
    """Listed goods, those first that stand out most."""
    order = sorted(
        (
            place
            for place in range(len(screen.products))
            if screen.listed[place] and screen.score[place] == screen.score[place]
        ),
        key=lambda place: (-int(screen.named[place]), -screen.score[place]),
    )
    origins = [str(row["object"]) for row in desk.notes.rows("watch_q", subject=screen.state)]
    targets = [str(row["object"]) for row in desk.notes.rows("watch_flags", subject=screen.state)]
    rows: list[list[Cell]] = []
    for place in order[:MOST]:
        code = screen.products[place]
        ours = (screen.state, origins[0], code, found.period)
        flags = desk.fig("watch_flags", screen.state, targets[0], code, found.period, unit="")
        asked = desk.fig("watch_flags_asked", screen.state, targets[0], code, found.period, unit="")
        word = "consistent with re-export" if screen.named[place] else None
        rows.append([
            code, found.goods.name(code), desk.fig("watch_ratio", *ours, unit=""), desk.fig("watch_excess", *ours, unit=""),
            desk.fig("watch_q", *ours), [part for part in (flags, " of ", asked) if part],
            desk.fig("pass_through", screen.state, targets[0], code, found.period, unit=""), word,
        ])  # fmt: skip
    columns = [
        ("Good", "l"), ("", "l"), ("Over expectation", "r"), ("mn USD a year", "r"), ("False discovery", "r"), ("Signs", "r"),
        ("Passed at most", "r"), ("", "l"),
    ]  # fmt: skip
    more = [f" {len(order) - MOST} goods more: --json or --csv."] if len(order) > MOST else []
    foot = ("Named are goods with a false discovery of 10 % or less and three signs or more. No sign is proof.", *more)
    return Table(f"{desk.name(screen.state)}: listed goods", columns, rows, foot)


def _tiers(desk: Desk, screen: Screen, period: str) -> Table:
    """What may have passed through the home state by tier of the list."""
    found = desk.notes.rows("secondary_exposure", subject=screen.state, period=period)
    rows: list[list[Cell]] = [
        [str(row["item"]).removeprefix("passed_on.tier_"), desk.notes.of(row, unit="")]
        for row in found if ".tier_" in str(row["item"])
    ]  # fmt: skip
    columns = [("Tier", "l"), ("Passed at most, mn USD a year", "r")]
    return Table(f"{desk.name(screen.state)}: at stake by tier of the list", columns, rows)


def _sum(desk: Desk, screen: Screen, period: str) -> list[Paragraph]:
    """All listed goods together."""
    origins = [str(row["object"]) for row in desk.notes.rows("watch_q", subject=screen.state)]
    if not origins:
        return []
    told = desk.say(
        f"Together listed goods stand {{rise}} above expectation in {in_months(period)}; {{named}} goods are named.",
        rise=desk.fig("watch_excess", screen.state, origins[0], "listed", period),
        named=desk.fig("watch_units", f"goods_{screen.state}", "", "named", period, unit=""),
    )  # fmt: skip
    passed = desk.notes.rows("pass_through", subject=screen.state, item="listed")
    return told + (
        desk.say("At most {passed} passed through as both sides report it.", passed=desk.notes.of(passed[0]))
        if passed
        else []
    )
