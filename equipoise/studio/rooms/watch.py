"""The room of the watch: trade that is consistent with re-export, and events between states, each with its false alarms."""

from __future__ import annotations

from equipoise.brief.desk import Desk
from equipoise.studio.blocks import Section
from equipoise.studio.rooms.topics import of_topics

__all__ = ["sections"]


def sections(desk: Desk) -> list[Section]:
    """What stands in the ledger of the watch."""
    return [Section("watch", "Watch", of_topics(desk, ("watch", "sanctions", "events"), "equipoise watch trade"))]
