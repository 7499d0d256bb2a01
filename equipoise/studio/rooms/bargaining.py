"""The room of bargaining: would it pay them, each issue, who pushes, whom to move."""

from __future__ import annotations

from equipoise.brief import bargaining, issues
from equipoise.brief.desk import Desk
from equipoise.studio.blocks import Section

__all__ = ["sections"]


def sections(desk: Desk) -> list[Section]:
    """The stakes, and the issues with those that push them."""
    return [
        Section("stakes", "Would it pay them", bargaining.stakes(desk)),
        Section("issues", "The issues", issues.contested(desk)),
    ]
