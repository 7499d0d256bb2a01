"""The tables of ``equipoise bargain``."""

from __future__ import annotations

from collections.abc import Sequence

from equipoise.brief import bargaining, issues, positions
from equipoise.brief.desk import Desk
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
            *positions.path(desk, name),
            positions.actors(desk, name),
            *positions.moving(desk, name),
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
