"""The room of the region: stability, shared waters and power, spill-over among neighbours."""

from __future__ import annotations

from equipoise.brief.desk import Desk
from equipoise.brief.document import Absent, Block
from equipoise.brief.region import stability
from equipoise.brief.region_spill import spill_over
from equipoise.brief.region_water import shared_systems
from equipoise.studio.blocks import Section

__all__ = ["sections"]


def sections(desk: Desk) -> list[Section]:
    """The chapters of the region; empty states that name the command."""

    def held(blocks: list[Block]) -> list[Block]:
        return blocks or [Absent("No facts of this kind stand in the ledger yet. In the terminal: equipoise region")]

    return [
        Section("stability", "Regional stability", held(stability(desk))),
        Section("waters", "Shared waters and power", held(shared_systems(desk))),
        Section("spill-over", "Spill-over", held(spill_over(desk))),
    ]
