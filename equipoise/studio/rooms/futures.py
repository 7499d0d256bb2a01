"""The room of futures: policies lived through in futures that nobody can predict, what breaks each, and the map of pathways."""

from __future__ import annotations

from equipoise.brief.closing import recommendations
from equipoise.brief.desk import Desk
from equipoise.brief.document import Absent, Block
from equipoise.brief.policies import breaks, bundled, drivers, leaving, policies, regions
from equipoise.brief.standings import standings
from equipoise.studio.blocks import Section
from equipoise.studio.rooms import pathways

__all__ = ["sections"]


def sections(desk: Desk) -> list[Section]:
    """What the futures that were lived through say; an empty state that names the command where none were."""
    names = bundled(desk)
    if not names:
        empty = (
            "No futures have been lived through yet: begin them above, or in the terminal: equipoise futures -n 1000"
        )
        return [Section("futures", "Policies in many futures", [Absent(empty)])]
    broken: list[Block] = [*breaks(desk, names), regions(desk, names), drivers(desk, names)]
    roads: list[Block] = [*pathways.pathways(desk), *leaving(desk, names)]
    apart = [*broken, *roads]
    beside = [block for block in policies(desk) if block not in apart]
    seen = [block for block in (pathways.bands(desk), pathways.regrets(desk)) if block]
    none = Absent("No turn from one policy to another came back in four resamples of five: no point to leave is told.")
    return [
        Section("futures", "Policies in many futures", [*beside[:2], *seen, *beside[2:]]),
        *([Section("standings", "Where policies leave the state", left)] if (left := standings(desk)) else []),
        Section("breaks", "What breaks each policy", broken),
        Section("pathways", "When to leave a policy for another", roads or [none]),
        Section("recommendations", "Recommendations", recommendations(desk)),
    ]
