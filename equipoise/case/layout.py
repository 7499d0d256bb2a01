"""What the register says of links, routes, places and who belongs to whom, read once and shared by every redraw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from equipoise.case.model import Case

__all__ = ["Layout", "Route"]


@dataclass(frozen=True, slots=True)
class Route:
    """A named way: the link whose flow is counted, its links in order, the corridor it belongs to."""

    id: str
    commodity: str
    decisive: str
    links: tuple[str, ...]
    exit: str
    corridor: str
    scope: str
    target: bool


class Layout:
    """What the register says of the network, read once and shared by every redraw of the facts."""

    def __init__(self, case: Case) -> None:
        self.home, self.powers = case.home, case.powers
        self.commodities = {row["commodity"]: row for row in case.table("commodities").iter_rows(named=True)}
        self.links = [row for row in case.table("links").iter_rows(named=True) if row["role"] == "edge"]
        self.corridor_of = {row["link"]: row["corridor"] for row in self.links}
        places = case.table("places").select("place", "country", "latitude", "longitude")
        self._places = {place: (country, float(lat), float(lon)) for place, country, lat, lon in places.iter_rows()}
        self.parent = {actor: up for actor, up in case.table("actors").select("actor", "parent").iter_rows() if up}
        actors = case.table("actors")["actor"].to_list()
        self.members = {
            actor: tuple(sorted(case.members(actor))) for actor in {*actors} & {*case.powers, *self._controlling(case)}
        }
        self.routes = [
            Route(
                row["route"], row["commodity"], row["decisive"], tuple(filter(None, row["links"].split(";"))),
                row["exit"], row["corridor"], row["scope"], row["target"] == "1",
            )
            for row in case.table("routes").iter_rows(named=True)
        ]  # fmt: skip

    def grades(self, commodity: str) -> tuple[str, ...]:
        """The grades that share the links of a commodity; itself where it has none."""
        return tuple(name for name, row in self.commodities.items() if row["parent"] == commodity) or (commodity,)

    def country(self, place: str) -> str:
        """State that a place lies in."""
        return str(self._places[place][0])

    def length(self, link: Mapping[str, str]) -> float:
        """Kilometres of a link: as published, else the great circle between its ends."""
        if link["length_km"]:
            return float(link["length_km"])
        (a, b), (c, d) = (np.radians(self._places[link[end]][1:]) for end in ("from", "to"))
        half = np.sin((c - a) / 2) ** 2 + np.cos(a) * np.cos(c) * np.sin((d - b) / 2) ** 2
        return float(2 * 6371.0 * np.arcsin(np.sqrt(half)))

    def _controlling(self, case: Case) -> set[str]:
        facts = case.view("control")["subject"].cast(pl.String).unique().to_list()
        return {self.parent.get(actor, actor) for actor in facts} | set(facts)
