"""The tables of ``equipoise watch events`` and ``equipoise watch record``: the record first, then how often alarms are false."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from equipoise.brief.desk import Desk
from equipoise.brief.document import Block, Cell, Paragraph, Table
from equipoise.brief.watch_events import (
    alarms,
    beside,
    claims,
    coded,
    false_alarms,
    hits,
    outlooks,
    passed,
    reliability,
)
from equipoise.watch.record import Standing

__all__ = ["record", "watch_events"]


def watch_events(
    desk: Desk, *, kept: Sequence[Block] = (), since: str = "", partners: Sequence[str] = ()
) -> list[Block]:
    """The record, the false alarms, and only then what was found."""
    tables = [
        claims(desk), false_alarms(desk), hits(desk), alarms(desk, since, partners), passed(desk, partners),
        reliability(desk), coded(desk), outlooks(desk, partners),
    ]  # fmt: skip
    return [*kept, *(table for table in tables if table.rows), *beside(desk)]


def record(
    desk: Desk, standing: Sequence[Standing], path: Path, *, whole: bool, remarks: Sequence[str] = ()
) -> list[Block]:
    """What was claimed before it came, and what came of it; every claim in a table where the whole record is asked for."""
    settled = [one for one in standing if one.settlement is not None]
    void = [one for one in settled if one.settlement and one.settlement.happened is None]
    waiting = [one for one in standing if one.settlement is None]
    said = f"Record ({path}): {len(standing)} claims, {len(settled) - len(void)} settled, {len(void)} void, {len(waiting)} open"
    if waiting:
        said += f", the first due after {min(one.entry.last for one in waiting)}"
    if not settled:
        said += ". Nothing is settled yet: what the claims are worth shows only in those made after the fact, below"
    blocks: list[Block] = [Paragraph([f"{said}."]), *(Paragraph([remark], "small") for remark in remarks)]
    late = [one for one in standing if one.entry.late]
    if late:
        told = (
            f"{len(late)} of the claims were entered after the days they speak of, from data that end before: they are "
            "scored apart, for who enters a claim so late could know better."
        )
        blocks.append(Paragraph([told], "small"))
    blocks += [table for table in (claims(desk, "record."), claims(desk, "late.")) if table.rows]
    if whole and standing:
        blocks.append(_every(desk, standing))
    return blocks


def _every(desk: Desk, standing: Sequence[Standing]) -> Table:
    rows: list[list[Cell]] = []
    for one in standing:
        entry, end = one.entry, one.settlement
        came = "open" if end is None else {True: "came", False: "did not come", None: "void"}[end.happened]
        rows.append([
            entry.id, entry.made, f"{desk.name(entry.subject)} – {desk.name(entry.object)}", entry.kind,
            f"{'above' if entry.over else 'below'} {entry.threshold:.3g}, {entry.first} – {entry.last}",
            f"{100 * entry.probability:.0f}%", came if end is None else f"{came} ({end.by})",
        ])  # fmt: skip
    columns = [
        ("Claim", "l"), ("Made", "l"), ("Between", "l"), ("Kind", "l"), ("Mean share of coverage", "l"), ("Said", "r"),
        ("Came", "l"),
    ]  # fmt: skip
    return Table("Every claim", columns, rows)
