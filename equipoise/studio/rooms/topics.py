"""Facts of a topic as they stand, for rooms whose chapters are still being written: grouped by measure, nothing left unsaid."""

from __future__ import annotations

from collections.abc import Sequence

from equipoise.brief.desk import Desk
from equipoise.brief.document import Absent, Block, Cell, Table

__all__ = ["of_topics"]

ROWS, TABLES = 12, 12
"""Facts shown of a measure, measures shown of a topic: the rest is in the room of sources."""


def of_topics(desk: Desk, topics: Sequence[str], command: str) -> list[Block]:
    """The facts of some topics, the latest of each measure first; where there are none, the command that would ask."""
    made: list[Block] = []
    for name, measure in desk.case.measures.items():
        if measure.topic not in topics:
            continue
        rows = sorted(desk.notes.rows(name), key=lambda row: (row["period"], -abs(row["value"])), reverse=True)
        if rows and len(made) < TABLES:
            cells: list[list[Cell]] = [
                [" – ".join(desk.call(row[key]) for key in ("subject", "object") if row[key]) or "–",
                 row["item"].replace("_", " "), row["period"], desk.notes.of(row)]
                for row in rows[:ROWS]
            ]  # fmt: skip
            columns = [("Of", "l"), ("Which", "l"), ("When", "l"), (desk.unit(name) or "Value", "r")]
            foot = (f"{len(rows) - ROWS} more stand in the room of sources.",) if len(rows) > ROWS else ()
            made.append(Table(measure.meaning, columns, cells, foot))
    return made or [Absent(f"No facts of this kind stand in the ledger yet. In the terminal: {command}")]
