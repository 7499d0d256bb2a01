"""The room of corridors: flows held against what happened, bottlenecks, outages in time, and how to ask for the rest."""

from __future__ import annotations

from equipoise.brief.corridors import corridors
from equipoise.brief.desk import Desk
from equipoise.brief.document import Absent
from equipoise.brief.outage import outages
from equipoise.studio.blocks import Section

__all__ = ["sections"]


def sections(desk: Desk) -> list[Section]:
    """The network, outages day by day, and the commands that answer with options of their own."""
    return [
        Section("corridors", "Corridors", corridors(desk)),
        Section("outage", "An outage, day by day", outages(desk)),
        Section("closures", "Worst closures and projects", [
            Absent("Which closures hurt most is asked in the terminal: equipoise interdict --budget 2"),
            Absent("Which projects buy the most freedom is asked in the terminal: equipoise invest --budget 5e9"),
        ]),
    ]  # fmt: skip
