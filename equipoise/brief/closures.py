"""The worst closures of a network, as ``equipoise interdict`` and the studio tell them: what to back up, and what it is worth."""

from __future__ import annotations

from typing import Any

from equipoise.brief.desk import Desk, joined
from equipoise.brief.document import Block, Cell, Paragraph, Table

__all__ = ["closures"]

HEADS = {"link": "Stretch to back up", "power": "Who withdraws", "threat": "What is carried out"}


def closures(desk: Desk, commodity: str, mode: str) -> list[Block]:
    """The worst closures, one at a time and together, with what room beside them would be worth."""
    quantity, item = desk.layout.commodities[commodity]["quantity"], f"{commodity}.{mode}"
    rows = desk.notes.rows(f"interdiction_lost_{quantity}", subject=desk.home, item=item)
    blocks: list[Block] = []
    sizes = sorted({1 + row["object"].count("+") for row in rows})
    if mode == "threat":
        return [_table(desk, rows, mode, f"What would cost {desk.name(desk.home)} most, for what it costs the powers")]
    for size in sizes:
        chosen = [row for row in rows if row["object"].count("+") == size - 1]
        what = desk.name(commodity)[:1].lower() + desk.name(commodity)[1:]
        caption = f"Closed alone: {what}" if size == 1 else f"{_number(size)} closed at once: {what}, the worst choices"
        blocks.append(_table(desk, chosen, mode, caption))
    return blocks + _pairs(desk, commodity)


def _table(desk: Desk, rows: list[dict[str, Any]], mode: str, caption: str) -> Table:
    item = rows[0]["item"] if rows else ""
    cells: list[list[Cell]] = []
    merged: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in rows:
        alike = (
            f"{row['value']:.6f}/{_value(desk, 'interdiction_rent', row)}"
            if "+" not in row["object"]
            else row["object"]
        )
        corridors = tuple(name.split(".")[0] for name in row["object"].split("+"))
        merged.setdefault((*corridors, alike) if mode == "link" else (row["object"],), []).append(row)
    for alike_rows in merged.values():
        row = alike_rows[0]

        def fig(measure: str, row: dict[str, Any] = row, **style: Any) -> Cell:
            return desk.fig(measure, row["subject"], row["object"], item, row["period"], **style)

        worth = fig("backup_worth", unit="") if mode == "link" else _scarce(desk, row)
        shared: list[Cell] = [
            _named(desk, [r["object"] for r in alike_rows], mode), desk.notes.of(row, unit=""), fig("interdiction_rent", unit=""),
            fig("interdiction_loss", unit=""), worth,
        ]  # fmt: skip
        cells.append(
            [
                *shared,
                fig("interdiction_effort", unit="") if mode == "threat" else fig("interdiction_share", ranged=False),
            ]
        )
    unit = desk.unit(rows[0]["measure"]) if rows else ""
    columns = [
        (HEADS[mode], "l"), (f"lost, {unit}", "r"), ("rent, bn USD a year", "r"), ("% of GDP", "r"),
        ("room beside it, USD/t" if mode == "link" else "next bottleneck, USD/t", "r"),
        ("costs the powers, mn USD a year" if mode == "threat" else "worst in", "r"),
    ]  # fmt: skip
    filled = [i for i in range(len(columns)) if any(row[i] is not None for row in cells)]
    return Table(
        caption, [columns[i] for i in filled], [[row[i] for i in filled] for row in cells],
        ("Losses after the best rerouting, 5–95 % bands over redraws of every input. Room beside: what each tonne "
         "that finds room there would earn while it is closed. A capability and no forecast.",),
    )  # fmt: skip


def _value(desk: Desk, measure: str, row: dict[str, Any]) -> str:
    value = desk.notes.value(measure, row["subject"], row["object"], row["item"], row["period"])
    return "" if value is None else f"{value:.5f}"


def _named(desk: Desk, sets: list[str], mode: str) -> str:
    """What is closed, in words: stretches by corridor and state, powers and threats by name."""
    if mode == "power":
        return joined([desk.name(power) for power in sets[0].split("+")])
    if mode == "threat":
        rows = desk.case.table("threats").select("threat", "power", "title").iter_rows()
        told = {threat: f"{desk.name(power)}: {title[:1].lower()}{title[1:]}" for threat, power, title in rows}
        return "; ".join(told[threat] for threat in sets[0].split("+"))
    if len(sets) > 1:
        corridor = sets[0].split(".")[0]
        return f"{desk.name(corridor)} in {joined([desk.name(one.split('.')[1]) for one in sets], 'or')}"
    return "; ".join(f"{desk.name(c)} in {desk.name(s)}" for c, s in (one.split(".") for one in sets[0].split("+")))


def _scarce(desk: Desk, row: dict[str, Any]) -> Cell:
    """The stretch where more room would then earn most, and what."""
    found = desk.notes.rows("backup_worth", object=row["object"], item=row["item"])
    if not found:
        return None
    return [f"{desk.section(found[0]['subject'])}: ", desk.notes.of(found[0], unit="")]


def _pairs(desk: Desk, commodity: str) -> list[Block]:
    rows = {
        row["item"].partition(".")[2]: row
        for row in desk.notes.rows("closure_pairs")
        if row["item"].startswith(commodity)
    }
    if len(rows) < 2:
        return []
    every, joint = (desk.notes.of(rows[name]) for name in ("all", "each_others_way_round"))
    return [Paragraph(["Of ", every, " pairs of links, ", joint, " lose more together than one after the other."])]


def _number(size: int) -> str:
    return {2: "Two", 3: "Three", 4: "Four", 5: "Five"}[size]
