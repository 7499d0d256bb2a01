"""The room of the watch: trade that is consistent with re-export, and events between states, each with its false alarms."""

from __future__ import annotations

from equipoise.brief.desk import Desk
from equipoise.brief.document import Absent
from equipoise.brief.watch import compliance
from equipoise.brief.watch_events import events
from equipoise.studio.blocks import Section

__all__ = ["sections"]


def sections(desk: Desk) -> list[Section]:
    """Sanctions compliance, then events; empty states that name the commands."""
    trade, told = "equipoise watch trade", "equipoise watch events"
    return [
        Section(
            "compliance", "Sanctions compliance", compliance(desk) or [Absent(f"Nothing was screened yet: {trade}")]
        ),
        Section("events", "Image and rhetoric", events(desk) or [Absent(f"No events are known yet: {told}")]),
    ]
