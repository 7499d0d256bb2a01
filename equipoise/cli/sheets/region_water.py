"""The tables of ``equipoise region`` on shared waters and the grid, and of ``equipoise region --shock``."""

from __future__ import annotations

from collections.abc import Sequence

from equipoise.brief.desk import Desk
from equipoise.brief.document import Block, Chart
from equipoise.brief.region_spill import by_channel, closed_ways, matrix, passed_on
from equipoise.brief.region_water import shared_systems

__all__ = ["shared", "spill"]


def shared(desk: Desk) -> list[Block]:
    """The balance of the rivers, what can be kept back, power for water, levers, the grid."""
    return shared_systems(desk)


def spill(desk: Desk, shocked: Sequence[str] = ()) -> list[Block]:
    """Who loses what by a shock: in the states named by channel, or in each one as a matrix with who passes it on."""
    whole = matrix(desk)
    first: list[Block] = [whole] if whole and not shocked and isinstance(whole, Chart) else []
    tables = [by_channel(desk, shocked), passed_on(desk)]
    return [*first, *(table for table in tables if table.rows), *(table for table in [closed_ways(desk)] if table.rows)]
