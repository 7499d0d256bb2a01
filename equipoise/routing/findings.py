"""What ways tell, as derived facts: totals that are the sums of their legs, bands, room, and what powers leave of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from equipoise.corridors.findings import Key, as_fact
from equipoise.ledger import Derivation, Ledger, fact_id
from equipoise.maths.ensemble import quantile_band
from equipoise.routing.figures import Amount, Draws
from equipoise.routing.legs import Carriage, Leg
from equipoise.routing.room import LegRoom, Rooms, Squeeze
from equipoise.routing.ways import Way

__all__ = ["VERSION", "Told"]

VERSION = "routing/1"
FloatArray = NDArray[np.float64]
_SAID = {
    "leg_cost": "as published for the link; else its share of a through price, or its length at the rate of its mode",
    "leg_time": "as published for the link; else its share of a through time, or its length at the speed of its mode",
    "leg_flow": "what was counted on the link, or more if the solved network puts more on it",
    "leg_room": "the least of what its own capacity, and each line that it shares with other cargoes, leaves",
    "route_cost": "sum of its legs and changes; weight is the share of the total",
    "route_time": "sum of its legs and changes; weight is the share of the total",
    "route_burden": "money, and days at what a day costs; weight is the share of the total",
    "route_first": "share of joint redraws of all prices, times and values in which no other way is better",
    "route_room": "the least room of its legs, once everybody has diverted",
    "route_left": "the least that the closure leaves of its legs, over the least that they had",
}


class Told:
    """The facts about ways between two ends, in one year, when these powers have closed what they control."""

    def __init__(
        self, carriage: Carriage, rooms: Rooms, ends: tuple[str, str], without: Sequence[str], by: str, draws: int, seed: int,
        *, back: bool = False,
    ) -> None:  # fmt: skip
        self.carriage, self.rooms, self.figures = carriage, rooms, carriage.figures
        self.ends, self.without, self.by, self.number, self.seed = ends, tuple(without), by, draws, seed
        self.quantity, self.period = rooms.network.quantity, str(rooms.network.year)
        head, closed = [carriage.commodity, rooms.network.reading], ["-" + "+".join(without)] if without else []
        self.on, self.item = ".".join([*head, *closed]), ".".join([*head, by, *closed])
        self.back = back  # nobody counts what goes back, so that flow and room are not known
        self._rows: dict[Key, dict[str, object]] = {}
        self._records: dict[str, Derivation] = {}
        self._draws: Draws | None = None

    def ledger(self, ways: Sequence[Way]) -> Ledger:
        """All facts about these ways."""
        if self.number and ways:
            self._draws = self.figures.draw(list(self._redrawn(ways)), self.number, self.seed)
        for rank, way in enumerate(ways, start=1):
            self._legs(way)
            self._totals(way, f"{self.item}.{rank}")
            self._limits(way, f"{self.item}.{rank}")
        if self._draws and len(ways) > 1:
            self._first(ways)
        every = [self._way_id("route_unknown", f"{self.item}.{rank}.cost") for rank in range(1, len(ways) + 1)]
        self._put("route_ways", self.ends, self.item, float(len(ways)), None, dict.fromkeys(every, 1.0))
        return Ledger.of(list(self._rows.values()), self._records.values())

    def bottleneck(self, way: Way) -> tuple[str, str]:
        """The link of a way that leaves the least room, and the shared line that does so; empty where nothing is known."""
        least: tuple[float, str, str] | None = None
        if self.back:
            return "", ""
        for leg in self.rooms.along(way, self.without):
            for limit in leg.limits:
                room = limit.room(self.figures) if leg.left > 0 else 0.0
                if least is None or room < least[0]:
                    least = room, leg.link, limit.name
        return (least[1], least[2]) if least else ("", "")

    def _redrawn(self, ways: Iterable[Way]) -> Iterable[Amount]:
        """Everything that is redrawn."""
        for way in ways:
            yield from (amount for leg in way.legs for amount in (leg.cost, leg.time) if amount)
            yield from (limit.capacity for leg in self.rooms.along(way, self.without) for limit in leg.limits)
        day = self.carriage.a_day()
        if day:
            yield day

    # --- ways ----------------------------------------------------------------------------------------------------------

    def _totals(self, way: Way, item: str) -> None:
        """Money, days, and both, of one way; how many of its legs are estimated or unknown."""
        for what, measure in (("cost", "route_cost"), ("time", "route_time")):
            legs = [(self._leg_id(leg, what), amount) for leg in way.legs if (amount := getattr(leg, what))]
            for count, number in (("unknown", way.unknown(what)), ("estimated", way.estimated(what))):
                self._put(
                    f"route_{count}", self.ends, f"{item}.{what}", float(number), None, {name: 0.0 for name, _ in legs}
                )
            if legs:
                total = sum(self.figures.value(amount) for _, amount in legs)
                shares = {name: self.figures.value(amount) / (total or 1.0) for name, amount in legs}
                drawn = self._total([amount for _, amount in legs])
                self._put(self._named(measure), self.ends, item, total, drawn, shares, _at_least(way.unknown(what)))
        self._burden(way, item)

    def _burden(self, way: Way, item: str) -> None:
        """Money, and days at what a day costs; nothing where the value of the cargo, or every figure, is unknown."""
        day, days = self.carriage.a_day(), sum(map(self.figures.value, _amounts(way, "time")))
        money = sum(map(self.figures.value, _amounts(way, "cost")))
        if not day or not (_amounts(way, "time") or _amounts(way, "cost")):
            return
        waiting = self.figures.value(day) * days
        whole = money + waiting or 1.0
        parents = {self._way_id("route_cost", item): money / whole, self._way_id("route_time", item): waiting / whole}
        parents = {name: share for name, share in parents.items() if share} | dict.fromkeys(day.every, waiting / whole)
        note = _at_least(way.unknown("cost") + way.unknown("time"))
        drawn = self._drawn(way, "both") if self._draws else None
        self._put(self._named("route_burden"), self.ends, item, money + waiting, drawn, parents, note)

    def _limits(self, way: Way, item: str) -> None:
        """Capacity of one way and room on it, now and when one more power closes; what that power leaves of it."""
        legs = self.rooms.along(way, self.without)
        own = [(leg.link, leg.own.capacity.times(leg.left)) for leg in legs if leg.own]
        if own:
            link, least = min(own, key=lambda pair: self.figures.value(pair[1]))
            drawn = np.min([self._draws.of(amount) for _, amount in own], axis=0) if self._draws else None
            parents = {self._on_link("leg_capacity", link): 1.0}
            self._put(self._named("route_capacity"), self.ends, item, self.figures.value(least), drawn, parents)
        self._room(legs, item, {})
        for power in self.rooms.layout.powers:
            if power not in self.without:
                named, held = f"{item}.{power}", self._controls(way.links, (power,))
                self._put("route_left", self.ends, named, self.rooms.share_left(way, power, self.without), None, held)
                self._room(self.rooms.along(way, (*self.without, power)), named, held)

    def _room(self, legs: Sequence[LegRoom], item: str, more: Mapping[str, float]) -> None:
        """Room on a way: the least of its legs whose room is known."""
        rooms = [(room, leg) for leg in legs if (room := self._left_over(leg)) is not None]
        if rooms:
            least, where = min(rooms, key=lambda pair: pair[0])
            drawn = np.min([self._room_drawn(leg) for _, leg in rooms], axis=0) if self._draws else None
            known = {self._on_link("leg_room", where.link): 1.0} if where.limits else {}
            self._put(self._named("route_room"), self.ends, item, least, drawn, known | dict(more))

    def _left_over(self, leg: LegRoom) -> float | None:
        """Room on a link, or nothing where it is not known; nothing fits a link that is shut, either way."""
        return leg.room(self.figures) if not self.back or leg.left <= 0 else None

    def _room_drawn(self, leg: LegRoom) -> FloatArray:
        if not self._draws or leg.left <= 0:
            return np.zeros(self.number)

        def room(limit: Squeeze, drawn: Draws) -> FloatArray:
            found: FloatArray = np.clip(drawn.of(limit.capacity) * limit.left - limit.used, 0.0, None)
            return found

        return np.asarray(np.min([room(limit, self._draws) for limit in leg.limits], axis=0))

    def _first(self, ways: Sequence[Way]) -> None:
        """How often each way is the best, among those that lack as few figures as the first; equals share a redraw."""
        whats = {"cost": ("cost",), "days": ("time",)}.get(self.by, ("cost", "time"))
        lacking = [sum(way.unknown(what) for what in whats) for way in ways]
        rivals = [rank for rank, lack in enumerate(lacking, start=1) if lack == lacking[0]]
        table = np.array([self._drawn(ways[rank - 1], self.by) for rank in rivals])
        best = table <= table.min(axis=0) * (1.0 + 1e-9)
        share = (best / best.sum(axis=0)).mean(axis=1)
        measure = {"cost": "route_cost", "days": "route_time"}.get(self.by, "route_burden")
        parents = {self._way_id(measure, f"{self.item}.{rank}"): 1.0 for rank in rivals}
        for position, rank in enumerate(rivals):
            self._put("route_first", self.ends, f"{self.item}.{rank}", float(share[position]), None, parents)

    def _drawn(self, way: Way, by: str) -> FloatArray:
        """What ways are compared by, in every redraw (draws,)."""
        money, days = (self._total(_amounts(way, what)) for what in ("cost", "time"))
        zero, day = np.zeros(self.number), self.carriage.a_day()
        money, days = zero if money is None else money, zero if days is None else days
        if by != "both":
            return money if by == "cost" else days
        return money + self._draws.of(day) * days if self._draws and day else zero

    def _total(self, amounts: Sequence[Amount]) -> FloatArray | None:
        """Sum of amounts in every redraw (draws,)."""
        return np.sum([self._draws.of(amount) for amount in amounts], axis=0) if self._draws and amounts else None

    # --- legs ----------------------------------------------------------------------------------------------------------

    def _legs(self, way: Way) -> None:
        """Money and days of each leg and change; capacity, flow and room of each link."""
        for leg in way.legs:
            item = self.on if leg.kind == "link" else f"{self.on}.{leg.kind}"
            for what, amount in (("cost", leg.cost), ("time", leg.time)):
                if amount:
                    measure = self._named(f"leg_{what}")
                    rests = dict.fromkeys(amount.every, 1.0)
                    self._put(measure, (leg.thing, ""), item, self.figures.value(amount), self._total([amount]), rests)
        for here in self.rooms.along(way, self.without):
            held = self._controls((here.link,), self.without)
            parents = self.rooms.flow_rests_on(here.link)
            if not self.back:
                self._put(self._named("leg_flow"), (here.link, ""), self.on, here.flow, None, parents | held)
            if here.own:
                amount = here.own.capacity.times(here.left)
                rests = dict.fromkeys(amount.every, 1.0) | held
                name = self._named("leg_capacity")
                self._put(name, (here.link, ""), self.on, self.figures.value(amount), self._total([amount]), rests)
            self._leg_room(here, held)

    def _leg_room(self, here: LegRoom, held: Mapping[str, float]) -> None:
        room = self._left_over(here)
        if room is None:
            return
        parents = {self._on_link("leg_flow", here.link): 1.0}
        if here.own:
            parents[self._on_link("leg_capacity", here.link)] = 1.0
        parents |= {name: 1.0 for limit in here.shared for name in (*limit.capacity.every, *limit.counted)}
        drawn = self._room_drawn(here) if self._draws else None
        self._put(self._named("leg_room"), (here.link, ""), self.on, room, drawn, parents | dict(held))

    # --- rows ----------------------------------------------------------------------------------------------------------

    def _put(
        self, measure: str, of: tuple[str, str], item: str, value: float, drawn: FloatArray | None,
        parents: Mapping[str, float], note: str = "",
    ) -> None:  # fmt: skip
        """One fact, with its band from its redraws and a record of what it rests on, what weighs most first."""
        key = (measure, *of, item, self.period)
        band = None if drawn is None else tuple(float(end) for end in quantile_band(drawn))
        stem = measure.removesuffix(f"_{self.quantity}")
        record = ".".join(["routing", stem, "-".join(filter(None, of)), item])
        self._rows[key] = as_fact(key, value, (band[0], band[1]) if band else None, basis=record, by=VERSION)
        self._rows[key] |= {"note": note} if note else {}
        ordered = dict(sorted(parents.items(), key=lambda parent: -parent[1]))
        options = f"draws={self.number} seed={self.seed}"
        said = _SAID.get(stem, "counted, or the least, over its legs")
        self._records[record] = Derivation(record, VERSION, said, ordered, options)

    def _named(self, stem: str) -> str:
        """A measure by its stem: days and shares are the same of every cargo."""
        return stem if stem in ("route_time", "leg_time") else f"{stem}_{self.quantity}"

    def _way_id(self, stem: str, item: str) -> str:
        measure = stem if stem == "route_unknown" else self._named(stem)
        return fact_id(measure, *self.ends, item, self.period)

    def _on_link(self, stem: str, link: str) -> str:
        return fact_id(self._named(stem), link, "", self.on, self.period)

    def _leg_id(self, leg: Leg, what: str) -> str:
        item = self.on if leg.kind == "link" else f"{self.on}.{leg.kind}"
        return fact_id(self._named(f"leg_{what}"), leg.thing, "", item, self.period)

    def _controls(self, links: Sequence[str], powers: Sequence[str]) -> dict[str, float]:
        """The facts by which these powers control these links, by the share that they control."""
        members = {member for power in powers for member in self.rooms.layout.members[power]}
        held = (
            (actor, kind, found) for link in links for actor, kind, found in self.rooms.inputs.control.get(link, ())
        )
        return {
            found.id: found.value
            for actor, kind, found in held
            if actor in members and kind != "market" and found.value > 0
        }


def _amounts(way: Way, what: str) -> list[Amount]:
    """The known figures of a way's legs."""
    return [amount for leg in way.legs if (amount := getattr(leg, what))]


def _at_least(unknown: int) -> str:
    return f"at least this: {unknown} figure{'s are' if unknown > 1 else ' is'} unknown" if unknown else ""
