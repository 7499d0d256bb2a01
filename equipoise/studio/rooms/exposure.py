"""The room of exposure: who buys, who is crossed, who owns, who operates, whose law reaches."""

from __future__ import annotations

from equipoise.brief.desk import Desk
from equipoise.brief.interdependence import interdependence
from equipoise.brief.politics import alliances, position
from equipoise.studio.blocks import Section

__all__ = ["sections"]


def sections(desk: Desk) -> list[Section]:
    """The readings side by side, then where the state stands politically."""
    return [
        Section("interdependence", "Economic interdependence", interdependence(desk)),
        Section("position", "Political position", position(desk)),
        Section("alliances", "Regional alliances", alliances(desk)),
    ]
