"""The room of the region: shared systems, spill-over, cooperation and tension among neighbours."""

from __future__ import annotations

from equipoise.brief.desk import Desk
from equipoise.studio.blocks import Section
from equipoise.studio.rooms.topics import of_topics

__all__ = ["sections"]


def sections(desk: Desk) -> list[Section]:
    """What stands in the ledger of the region."""
    return [Section("region", "Region", of_topics(desk, ("region",), "equipoise region"))]
