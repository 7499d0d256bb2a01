"""The room of exposure: who buys, who is crossed, who owns, who operates, whose law reaches."""

from __future__ import annotations

from equipoise.brief import issues
from equipoise.brief.desk import Desk
from equipoise.brief.interdependence import interdependence
from equipoise.brief.politics import alliances, culture, position, security
from equipoise.studio.blocks import Section

__all__ = ["sections"]


def sections(desk: Desk) -> list[Section]:
    """The readings side by side, then where the state stands in votes, organisations, words and arms; contested issues have a
    room of their own."""
    elsewhere = issues.contested(desk)
    return [
        Section("interdependence", "Economic interdependence", interdependence(desk)),
        Section("position", "Political position", [b for b in position(desk) if b not in elsewhere]),
        Section("culture", "Culture and information", culture(desk)),
        Section("alliances", "Regional alliances", alliances(desk)),
        Section("security", "Security", security(desk)),
    ]
