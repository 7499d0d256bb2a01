"""One contested issue in full: who wants what and ends where, the path, what the outcome hangs on, whom to move."""

from __future__ import annotations

from equipoise.brief.bargaining import MECHANICS
from equipoise.brief.desk import Desk, signed
from equipoise.brief.document import Block, Cell, Paragraph, Table

__all__ = ["actors", "moving", "path"]


def path(desk: Desk, name: str) -> list[Block]:
    """The central run turn by turn, and whether it comes to rest or goes round."""
    found = sorted(desk.notes.rows("issue_path", subject=name), key=lambda row: int(row["item"]))
    if not found:
        return []
    cycle, rest = (
        desk.notes.rows("issue_cycle", subject=name),
        desk.notes.rows("issue_settled", subject=name, item="central"),
    )
    goes = bool(cycle) and cycle[-1]["value"] > 0
    word = (
        f"It goes round in circles: the same positions come back every {cycle[-1]['value']:.0f} turns."
        if goes
        else "It comes to rest."
        if rest and rest[-1]["value"] > 0
        else "It has neither come to rest nor gone round in circles after the last turn."
    )
    columns = [(f"turn {row['item']}", "r") for row in found]
    table = Table(
        "Position path of the central run", columns, [[desk.notes.of(row, unit="", ranged=False) for row in found]]
    )
    return [table, Paragraph([word])]


def actors(desk: Desk, name: str) -> Table:
    """What each actor wants, how much it cares and holds, how it pulls, and where it ends."""
    rows: list[tuple[float, list[Cell]]] = []
    for wanted in desk.notes.rows("position", object=name):
        actor = str(wanted["subject"])
        others = [desk.latest(measure, actor, name, unit="")[0] for measure in ("salience", "capability")]
        ends = [
            desk.latest("actor_end", actor, name, unit="")[0],
            signed(desk.latest("actor_pull", actor, name, unit="")[0]),
        ]
        rows.append((-float(wanted["value"]), [desk.name(actor), desk.notes.of(wanted, unit=""), *others, *ends]))
    columns = [
        ("Actor", "l"), ("Wants", "r"), ("Cares", "r"), ("Could bring to bear", "r"), ("Ends at", "r"), ("Pulls by, points", "r"),
    ]  # fmt: skip
    foot = (f"Highest position first; 0 to 100. {MECHANICS}",)
    return Table(
        f"Who wants what: {desk.name(name)}", columns, [row for _, row in sorted(rows, key=lambda r: r[0])], foot
    )


def moving(desk: Desk, name: str) -> list[Table]:
    """What the outcome hangs on, and whom to move."""
    drivers = desk.notes.rows("issue_driver", object=name)
    drivers.sort(key=lambda row: -abs(float(row["value"])))
    hangs = Table(
        f"What the outcome hangs on: {desk.name(name)}", [("Input", "l"), ("Rank correlation with the outcome", "r")],
        [[f"{row['item']} of {desk.name(str(row['subject']))}", signed(desk.notes.of(row, unit=""))] for row in drivers],
    )  # fmt: skip
    rows: list[tuple[float, list[Cell]]] = []
    for move in desk.notes.rows("move_needed", object=name):
        way, _, what = str(move["item"]).partition(".")
        holds = desk.notes.row("move_holds", move["subject"], name, move["item"], move["period"])
        if holds:
            cells: list[Cell] = [
                way, desk.name(str(move["subject"])), what, signed(desk.notes.of(move, unit="", ranged=False)),
                desk.notes.of(holds, ranged=False),
            ]  # fmt: skip
            rows.append((abs(float(move["value"])), cells))
    rows.sort(key=lambda row: (row[1][0] == "down", row[0]))
    foot = (
        "Smallest change tried, in points of 0 to 100, that shifts the outcome by five points up or down in the median of paired "
        "redraws, and the share of redraws that go the same way. Without redraws: that of the central run, which jumps.",
    )
    columns = [
        ("To move it", "l"),
        ("move", "l"),
        ("in its", "l"),
        ("by, points", "r"),
        ("redraws that go the same way", "r"),
    ]
    return [hangs, Table(f"Whom to move: {desk.name(name)}", columns, [row for _, row in rows], foot)]
