"""The tables of ``equipoise bargain``."""

from __future__ import annotations

from collections.abc import Sequence

from equipoise.brief import bargaining, issues
from equipoise.brief.desk import Desk, signed
from equipoise.brief.document import Block, Cell, Paragraph, Table

__all__ = ["act", "bargain", "issue"]


def bargain(desk: Desk) -> list[Block]:
    """Break-evens of every power and act, the play that goes on, the crisis, the issues, and how far the state can lean."""
    blocks: list[Block] = []
    if desk.powers:
        blocks += bargaining.pays(desk, desk.powers[0])
        blocks.append(
            Paragraph(
                ["Curve: how big a stake makes each threat pay, by the chance that the state gives way."], "small"
            )
        )
    tables = (
        bargaining.break_evens(desk), _curve(desk), bargaining.linked(desk), bargaining.menus(desk), bargaining.acts(desk),
        bargaining.own_threats(desk), bargaining.patience(desk), bargaining.crises(desk), issues.outcomes(desk),
        issues.holders(desk), issues.pushed_by_levers(desk), issues.leaning(desk),
    )  # fmt: skip
    return [*blocks, *_flags(desk), *(table for table in tables if table.tells)]


def act(desk: Desk, threat: str) -> list[Block]:
    """One act alone: what it would take, what refusing it must be worth, what it would have to bring, and the record."""
    row = next(row for row in desk.case.table("threats").iter_rows(named=True) if row["threat"] == threat)
    power, home = row["power"], desk.name(desk.home)
    blocks: list[Block] = [
        Paragraph([f"{row['title']} ({desk.name(power)}); closed here: {desk.menu or 'everything'}."])
    ]
    blocks += desk.say(
        f"For {desk.in_time(desk.horizon)} of it real income of {home} would be lower by {{loss}}: {home} gives way only if "
        "refusing is worth less to it than that where the act is sure, and less than {even} where the chance is even.",
        loss=desk.fig("income_loss", desk.home, power, "all", desk.period, unit="%"),
        even=desk.fig("break_even_refusal", desk.home, power, "all.50", desk.period, unit="%"),
    )  # fmt: skip
    return [*blocks, bargaining.acts(desk, threat)]


def issue(desk: Desk, names: Sequence[str]) -> list[Block]:
    """Some issues in full: who wants what and ends where, the path, what it hangs on, whom to move, the levers."""
    blocks: list[Block] = [issues.outcomes(desk, tuple(names))]
    for name in names:
        row = next(row for row in desk.case.table("issues").iter_rows(named=True) if row["issue"] == name)
        known = str(row["basis"]).partition("#")[2]
        ends = f"0: {row['end_0']}. 100: {row['end_100']}." + (f" What places it: {known}." if known else "")
        blocks += [
            Paragraph([f"{row['title']}. {ends}"]),
            *_path(desk, name),
            _actors(desk, name),
            *_moving(desk, name),
        ]
    tables = (
        issues.holders(desk, tuple(names)), issues.pushed_by_levers(desk, tuple(names), grounds=True),
        issues.leaning(desk, tuple(names)),
    )  # fmt: skip
    return [*blocks, *(table for table in tables if table.rows), *_flags(desk)]


def _curve(desk: Desk) -> Table:
    """The break-even stake along the chance."""
    chances = range(10, 101, 10)
    rows: list[list[Cell]] = []
    for power in desk.powers:
        cells = [
            desk.fig("break_even_stake", power, desk.home, f"all.{chance}", desk.period, unit="", ranged=False)
            for chance in chances
        ]
        if any(cells):
            rows.append([desk.name(power), *cells])
    columns = [("Power", "l"), *((f"{chance} %", "r") for chance in chances)]
    return Table(
        "How big a stake makes closing pay, by the chance that the state gives way, % of own income", columns, rows
    )


def _flags(desk: Desk) -> list[Paragraph]:
    """What stays a label and is never turned into money."""
    flags = [row["title"] for row in desk.case.table("threats").iter_rows(named=True) if row["kind"] == "flag"]
    return (
        [Paragraph([f"Carried as a label and never turned into money: {'; '.join(flags)}."], "small")] if flags else []
    )


def _path(desk: Desk, name: str) -> list[Block]:
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


def _actors(desk: Desk, name: str) -> Table:
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
    foot = (f"Highest position first; 0 to 100. {bargaining.MECHANICS}",)
    return Table(
        f"Who wants what: {desk.name(name)}", columns, [row for _, row in sorted(rows, key=lambda r: r[0])], foot
    )


def _moving(desk: Desk, name: str) -> list[Table]:
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
