"""The room of withdrawal: the loss each power can cause, alone and together, who insures whom, what drives each band."""

from __future__ import annotations

from collections.abc import Sequence

from equipoise.brief.desk import Desk
from equipoise.brief.document import Absent, Block, Cell, Paragraph, Table
from equipoise.brief.income import income
from equipoise.brief.opening import headline
from equipoise.brief.withdrawal import withdrawal
from equipoise.studio.blocks import Section

__all__ = ["coalition", "sections"]


def sections(desk: Desk) -> list[Section]:
    """The headline, what it takes from real income, and the physical layer beneath."""
    first = [] if desk.worst_income else [Section("headline", "The headline", [Paragraph(headline(desk), "lead")])]
    return [
        *first,
        Section("income", "What it would take from real income", income(desk)),
        Section("losses", "What withdrawal would cost, physical layer", withdrawal(desk)),
    ]


def coalition(desk: Desk, members: Sequence[str]) -> Block:
    """What several powers could cost together, by horizon: facts of the study, never their sum."""
    chosen = [power for power in desk.case.powers if power in members]
    if not chosen:
        return Absent("Choose one power or more.")
    name = "+".join(sorted(chosen))
    rows: list[list[Cell]] = []
    for horizon, row in desk.horizons.items():
        period = f"{desk.year}+{horizon}"
        cells: list[Cell] = [
            desk.fig("income_loss", desk.home, name, "all", period, unit=""),
            desk.fig("withdrawal_loss", desk.home, name, "", period, unit=""),
            desk.fig(f"withdrawal_lost_{desk.quantity}", desk.home, name, desk.main_commodity, period, unit=""),
        ]
        if any(cell is not None for cell in cells):
            rows.append([str(row["name"]).capitalize(), *cells])
    columns = [
        ("Horizon", "l"), ("% of real income", "r"), ("Rent lost, % of GDP a year", "r"),
        (f"{desk.name(desk.main_commodity)} lost, {desk.unit(f'withdrawal_lost_{desk.quantity}')}", "r"),
    ]  # fmt: skip
    if not rows:
        return Absent(f"The study holds no loss for {desk.name(name)}.")
    return Table(f"If {desk.name(name)} withdrew together", columns, rows)
