"""The room of corridors: flows held against what happened, outages in time, the worst closures, the projects."""

from __future__ import annotations

from equipoise.brief.closures import closures
from equipoise.brief.corridors import corridors
from equipoise.brief.desk import Desk
from equipoise.brief.document import Absent, Block
from equipoise.brief.outage import outages
from equipoise.brief.plans import plans
from equipoise.studio.blocks import Section

__all__ = ["sections"]


def sections(desk: Desk) -> list[Section]:
    """The network, outages day by day, then what is asked beyond the study; an empty state that says how it is asked."""
    item = f"{desk.main_commodity}.link"
    worst: list[Block] = (
        closures(desk, desk.main_commodity, "link")
        if desk.notes.rows(f"interdiction_lost_{desk.quantity}", item=item)
        else [Absent("Not asked yet: begin above, or in the terminal: equipoise interdict --budget 2")]
    )
    chosen: list[Block] = (
        plans(desk)
        if desk.notes.rows("project_value")
        else [Absent("Not asked yet: begin above, or in the terminal: equipoise invest --budget 5e9")]
    )
    return [
        Section("corridors", "Corridors", corridors(desk)),
        Section("outage", "An outage, day by day", outages(desk)),
        Section("closures", "Worst closures: what to back up", worst),
        Section("projects", "Projects that buy the most freedom", chosen),
    ]
