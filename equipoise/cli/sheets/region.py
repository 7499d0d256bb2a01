"""The tables of ``equipoise region``: the skill first."""

from __future__ import annotations

from equipoise.brief import region as told
from equipoise.brief import region_states as states
from equipoise.brief.desk import Desk
from equipoise.brief.document import Block
from equipoise.cli.sheets.region_water import shared, spill

__all__ = ["region"]


def region(desk: Desk) -> list[Block]:
    """Skill, outcome, effects, pairs, states, incidents, security bodies, sides, levers, borders; waters and spill-over."""
    tables = [
        told.disputes(desk), states.grave(desk), states.neighbours(desk), *states.cards(desk), states.incidents(desk),
        told.commitments(desk), told.between(desk), told.levers(desk),
    ]  # fmt: skip
    effects = told.effects(desk)
    first: list[Block] = [*told.skill(desk), *told.coverage(desk), *told.outcome(desk)]
    if effects and effects.numbers:
        first.append(effects.numbers)
    return [*first, *(table for table in tables if table.tells), *told.crossing(desk), *shared(desk), *spill(desk)]
