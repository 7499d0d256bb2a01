"""The room of futures: policies lived through in futures that nobody can predict, and what breaks each."""

from __future__ import annotations

from equipoise.brief.closing import recommendations
from equipoise.brief.desk import Desk
from equipoise.brief.document import Absent
from equipoise.brief.policies import policies
from equipoise.studio.blocks import Section

__all__ = ["sections"]


def sections(desk: Desk) -> list[Section]:
    """What the futures that were lived through say; an empty state that names the command where none were."""
    empty = Absent(
        "No futures have been lived through yet: begin them above, or in the terminal: equipoise futures -n 1000"
    )
    return [
        Section("futures", "Policies in many futures", policies(desk) or [empty]),
        Section("recommendations", "Recommendations", recommendations(desk)),
    ]
