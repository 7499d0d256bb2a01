"""The room of futures: policies lived through in futures that nobody can predict, and what breaks each."""

from __future__ import annotations

from equipoise.brief.desk import Desk
from equipoise.studio.blocks import Section
from equipoise.studio.rooms.topics import of_topics

__all__ = ["sections"]


def sections(desk: Desk) -> list[Section]:
    """What the futures that were lived through say; an empty state that names the command where none were."""
    return [Section("futures", "Futures and policies", of_topics(desk, ("futures",), "equipoise futures -n 1000"))]
