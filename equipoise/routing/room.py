"""Room for one more cargo: what each link carries, what it shares with other cargoes, and what is left when a power closes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from equipoise.case import Case
from equipoise.corridors.building import READINGS, build, commodities_with_network, years_solved
from equipoise.corridors.inputs import Input, Inputs
from equipoise.corridors.network import Closures, Network
from equipoise.routing.figures import Amount, Figures
from equipoise.routing.ways import Way

__all__ = ["LegRoom", "Rooms", "Squeeze"]

FloatArray = NDArray[np.float64]
TONNES = {"mass": 1.0, "containers": 1e-3, "uranium": 1e-6}
"""Million tonnes in the unit that a cargo is counted in; of containers, times the tonnes in one."""


@dataclass(frozen=True, slots=True)
class Squeeze:
    """One limit on a leg: its capacity, what is left of it, and what goes through already, in the unit of the cargo;
    ``counted`` are the facts that say so."""

    name: str
    capacity: Amount
    left: float
    used: float
    counted: tuple[str, ...] = ()

    def room(self, figures: Figures) -> float:
        """What still fits."""
        return max(0.0, figures.value(self.capacity) * self.left - self.used)


@dataclass(frozen=True, slots=True)
class LegRoom:
    """A link of a way: its own limit, if it is known, those that it shares, its flow, and what is left of it."""

    link: str
    own: Squeeze | None
    shared: tuple[Squeeze, ...]
    flow: float
    left: float

    @property
    def limits(self) -> tuple[Squeeze, ...]:
        """Every limit that is known."""
        return ((self.own,) if self.own else ()) + self.shared

    def room(self, figures: Figures) -> float | None:
        """What still fits, or nothing where no limit is known; nothing fits a link that is shut."""
        if self.left <= 0:
            return 0.0
        return min((limit.room(figures) for limit in self.limits), default=None)


class Rooms:
    """The networks of all cargoes, solved as they are and under closures, for the room that they leave one another."""

    def __init__(self, case: Case, inputs: Inputs, figures: Figures, cargo: str, year: int, reading: str) -> None:
        self.inputs, self.figures, self.layout, self.cargo = inputs, figures, inputs.layout, cargo
        self.networks = {
            name: build(inputs, name, self._year(name, year), reading) for name in commodities_with_network(inputs)
        }
        self.closings = {name: Closures(network) for name, network in self.networks.items()}
        self.kinds = READINGS[reading]
        self.mass, self.load = (figures.near(name, self.layout.home) for name in ("container_mass", "train_load"))
        lines = list(case.table("lines").iter_rows(named=True))
        self._lines = [row for row in lines if row["kind"] == "shared"]
        self._services = [row for row in lines if row["kind"] == "service"]

    @property
    def network(self) -> Network:
        """The network of the cargo."""
        return self.networks[self.cargo]

    def left(self, powers: Sequence[str], cargo: str = "") -> FloatArray:
        """What is left of each arc (m,) of a cargo's network when these powers close what they control."""
        left = np.ones(len(self.networks[cargo or self.cargo].tail))
        for power in powers:
            left = left * self.networks[cargo or self.cargo].reach(self.layout.members[power])
        return left

    def flow(self, cargo: str, powers: Sequence[str]) -> Mapping[str, float]:
        """Flow of a cargo on each of its links, everybody's, when these powers have closed and all have diverted: what was
        counted there, or more if the network puts more on it; what was counted beyond the network's flow shrinks with
        the link, and nobody knows where it goes."""
        left, closing = self.left(powers, cargo), self.closings[cargo]
        now, then = closing.base.arc_flow, closing.solution(left).arc_flow
        seen = self._seen(cargo)
        flow: dict[str, float] = {}
        for i, link in enumerate(self.networks[cargo].links):
            more = max(0.0, seen[link].value - now[i]) if link in seen else 0.0
            flow[link] = float(then[i] + more * left[i])
        return flow

    @cache  # noqa: B019  the rooms live as long as one question
    def _seen(self, cargo: str) -> Mapping[str, Input]:
        """What was counted in the year on links, and on every link of a through service, of a cargo: the most of it."""
        network = self.networks[cargo]
        found: dict[str, Input] = {}
        parts = {row["limit"]: row["links"].split(";") for row in self._services}
        for route in self.layout.routes:
            counted = self.inputs.at(f"flow_{network.quantity}", route.id, cargo, network.year)
            for link in parts.get(route.decisive, [route.decisive]) if counted else ():
                if counted and (link not in found or counted.value > found[link].value):
                    found[link] = counted
        return found

    def flow_rests_on(self, link: str) -> dict[str, float]:
        """The facts behind the flow of the cargo on a link: what was counted there, and what decides the network's flow."""
        deciding = self.network.weights(self.closings[self.cargo].base)
        counted = {self._seen(self.cargo)[link].id: 1.0} if link in self._seen(self.cargo) else {}
        return counted | {name: weight for name, weight in deciding.items() if weight > 0}

    def along(self, way: Way, powers: Sequence[str] = ()) -> list[LegRoom]:
        """The room on each link of a way when these powers have closed what they control and everybody has diverted."""
        left = dict(zip(self.network.links, map(float, self.left(powers)), strict=False))
        flow = self.flow(self.cargo, powers)
        shared = self._shared(way.links, powers, left)
        return [
            LegRoom(link, self._own(link, left[link], flow[link]), tuple(shared.get(link, ())), flow[link], left[link])
            for link in way.links
        ]

    def _own(self, link: str, left: float, flow: float) -> Squeeze | None:
        capacity = self.capacity(link)
        return Squeeze("", capacity, left, flow) if capacity else None

    def capacity(self, link: str) -> Amount | None:
        """The limit of a link in the unit of the cargo, as facts; nothing where nobody published one."""
        if link in self.network.missing["capacity"]:
            return None
        fact = Amount(1.0, (self.network.capacity_by[link],))
        value, capacity = self.figures.value(fact), float(self.network.capacity[self.network.links.index(link)])
        if not value:
            return Amount(0.0, fact.facts)
        ratio = capacity / value
        if fact.facts[0].startswith("capacity_mass") and self.network.quantity == "containers" and self.mass:
            return fact.divided(self.mass).times(ratio * self.figures.value(self.mass))
        if fact.facts[0].startswith("capacity_trains") and self.load:
            return fact.times(self.load).times(ratio / self.figures.value(self.load))
        return fact.times(ratio)

    def share_left(self, way: Way, power: str, without: Sequence[str] = ()) -> float:
        """Share of the capacity of a way, as these others have left it, that is left when one more power closes: the least
        of what is left, over the least of what was; a link of unknown capacity counts with its own share."""
        before, after = (
            dict(zip(self.network.links, self.left(who), strict=False)) for who in (without, (*without, power))
        )
        here = [(self.capacity(link), float(before[link]), float(after[link])) for link in way.links]
        known = [(self.figures.value(own) * was, now / was) for own, was, now in here if own and was > 0]
        shares = [now / was for own, was, now in here if not own and was > 0]
        least = min((capacity for capacity, _ in known), default=0.0)
        if least > 0:
            shares.append(min(capacity * left for capacity, left in known) / least)
        elif known:
            shares += [left for _, left in known]
        return min(1.0, *shares) if shares else 1.0

    def _shared(
        self, links: Sequence[str], powers: Sequence[str], left: Mapping[str, float]
    ) -> dict[str, list[Squeeze]]:
        """The limits that links share with other cargoes, where one is published, by link."""
        found: dict[str, list[Squeeze]] = {}
        unit = self._unit(self.cargo)
        for row in self._lines:
            on, limit = [link for link in links if link in row["links"].split(";")], self._limit(row["limit"])
            if not on or not limit or not unit:
                continue
            counted = self.figures.near("flow_mass", row["counted"], "dry_cargo", self.network.year)
            used = self._used(counted, row["links"].split(";"), powers) / self.figures.value(unit)
            facts = counted.every if counted else ()
            for link in on:
                found.setdefault(link, []).append(Squeeze(row["name"], limit.divided(unit), left[link], used, facts))
        return found

    def _used(self, counted: Amount | None, links: Sequence[str], powers: Sequence[str]) -> float:
        """Million tonnes of all cargoes on a shared line: what was counted there, or more if the networks put more on it;
        under a closure, with what moves there or away."""
        now, then = (sum(self._tonnes(name, links, who) for name in self.networks) for who in ((), powers))
        return max(0.0, max(now, self.figures.value(counted) if counted else 0.0) + then - now)

    def _tonnes(self, cargo: str, links: Sequence[str], powers: Sequence[str]) -> float:
        unit = self._unit(cargo)
        flow = self.flow(cargo, powers)
        return sum(flow.get(link, 0.0) for link in links) * self.figures.value(unit) if unit else 0.0

    def _unit(self, cargo: str) -> Amount | None:
        """Million tonnes in a unit of a cargo; nothing for gas, which shares no line."""
        quantity = self.networks[cargo].quantity
        if quantity == "containers":
            return self.mass.times(TONNES[quantity]) if self.mass else None
        return Amount(TONNES[quantity]) if quantity in TONNES else None

    def _limit(self, link: str) -> Amount | None:
        """The published tonnes of a link that are the capacity of all cargo together."""
        if not link:
            return None
        kinds = [kind for kind in self.kinds if not kind.startswith("announced")]
        every = [self.figures.near("capacity_mass", link, kind, self.network.year) for kind in kinds]
        known = [amount for amount in every if amount]
        return min(known, key=self.figures.value) if known else None

    def _year(self, cargo: str, year: int) -> int:
        """The solved year of a cargo nearest to the one wanted."""
        return min(years_solved(self.inputs, cargo), key=lambda known: (abs(known - year), known))
