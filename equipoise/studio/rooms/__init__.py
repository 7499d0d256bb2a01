"""The rooms, one module each: facts that are known, arranged by the brief's own chapters wherever it has them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from equipoise.brief.desk import Desk
from equipoise.studio.blocks import Section
from equipoise.studio.rooms import bargaining, corridors, exposure, futures, region, sources, watch, withdrawal

__all__ = ["ROOMS"]

ROOMS: Mapping[str, Callable[[Desk], list[Section]]] = {
    "exposure": exposure.sections, "withdrawal": withdrawal.sections, "corridors": corridors.sections,
    "bargaining": bargaining.sections, "futures": futures.sections, "watch": watch.sections, "region": region.sections,
    "sources": sources.sections,
}  # fmt: skip
