"""The best ways from one end to another for a cargo, by money, by days, or by both, and why there may be none."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from equipoise.errors import InputError
from equipoise.maths.paths import reachable, shortest_paths
from equipoise.routing.legs import Carriage, Leg
from equipoise.routing.places import End, Roads

__all__ = ["ORDERS", "Way", "best_ways", "no_way", "ways_back"]

ORDERS = ("both", "cost", "days")
UNKNOWN = 1e9
"""Added to a way for each figure of it that is not known, so that no way looks cheap for what nobody published."""
_TWO_WAY = {"rail", "ferry", "ship", "rail+ferry"}
SEARCHED = 5000
"""Candidates looked at; those that pass one place twice in other modes are passed over."""


@dataclass(frozen=True, slots=True)
class Way:
    """Legs in order, changes of gauge and in ports among them."""

    legs: tuple[Leg, ...]

    def back(self) -> Way:
        """The same way gone the other way round."""
        turned = (replace(leg, start=leg.end, end=leg.start, states=leg.states[::-1]) for leg in self.legs[::-1])
        return Way(tuple(turned))

    @property
    def links(self) -> tuple[str, ...]:
        """The links in order."""
        return tuple(leg.thing for leg in self.legs if leg.kind == "link")

    def unknown(self, what: str) -> int:
        """Legs whose ``cost`` or ``time`` is not known."""
        return sum(getattr(leg, what) is None for leg in self.legs)

    def estimated(self, what: str) -> int:
        """Legs whose ``cost`` or ``time`` is not published for themselves."""
        return sum(bool(amount and amount.estimated) for amount in (getattr(leg, what) for leg in self.legs))


def best_ways(
    carriage: Carriage, roads: Roads, origin: End, target: End, number: int, by: str, closed: Collection[str] = ()
) -> list[Way]:
    """The best ways, best first, that use none of the closed links and pass no place twice.

    The network is searched link by link, so that a change between two links has its price and its days. Ways are compared
    by their mean over the ranges of all figures. One with an unknown figure stands behind all that have none.

    Raises
    ------
    InputError
        ``by`` is none of the orders; or it is ``both`` and nobody says what the cargo is worth.
    """
    if by not in ORDERS:
        raise InputError("--by", found=by, allowed=", ".join(ORDERS))
    if by == "both" and carriage.a_day() is None:
        found = f"no value of {carriage.commodity}, or of its time"
        raise InputError(
            "--by both", found=found, allowed="a cargo whose value is known", remedy="order by cost or by days"
        )
    links = [name for name in roads.links if name not in closed]
    rows = [carriage.rows[name] for name in links]
    start, stop = len(links), len(links) + 1
    arcs: list[tuple[int, int, tuple[Leg, ...]]] = []
    for b, after in enumerate(rows):
        if after["from"] in origin.places:
            arcs.append((start, b, carriage.link(links[b])))
        for a, before in enumerate(rows):
            through = before["to"] == after["from"] and before["to"] not in target.places
            if through and after["to"] not in origin.places:
                change = carriage.change(links[a], links[b])
                arcs.append((a, b, ((change,) if change else ()) + carriage.link(links[b])))
        if after["to"] in target.places:
            arcs.append((b, stop, ()))
    weight = [_weight(carriage, legs, by) for _, _, legs in arcs]
    ways: list[Way] = []
    every = shortest_paths([a for a, _, _ in arcs], [b for _, b, _ in arcs], weight, start, stop)
    for path in islice(every, SEARCHED):
        way = Way(tuple(leg for arc in path.arcs for leg in arcs[arc][2]))
        if _loopless(carriage, way):
            ways.append(way)
        if len(ways) == number:
            break
    return ways


def ways_back(
    carriage: Carriage, roads: Roads, origin: End, target: End, number: int, by: str, closed: Collection[str] = ()
) -> list[Way]:
    """Where the case has links in the other direction only, the best ways that trains and ships can also go back.

    Their prices and days are those of the direction that is published; nothing goes back through a pipe.
    """
    found = best_ways(carriage, roads, target, origin, number, by, closed)
    both = [way for way in found if {carriage.rows[link]["mode"] for link in way.links} <= _TWO_WAY]
    return [way.back() for way in both]


def no_way(carriage: Carriage, roads: Roads, origin: End, target: End, closed: Collection[str] = ()) -> str:
    """Why there is no way: what is closed, what runs only in the other direction, or how near the two ends come."""
    cargo = carriage.case.name(carriage.commodity).split(",")[0]
    head = f"No way for {cargo[:1].lower()}{cargo[1:]} from {origin.name} to {target.name}"
    if set(origin.places) & set(target.places):
        return f"{head}: they are one place."
    places = sorted(roads.places)
    for end in (origin, target):
        if not set(end.places) & set(places):
            return f"{head}: no link of this cargo touches {end.name}."
    number = {place: i for i, place in enumerate(places)}
    starts, stops = ({number[p] for p in end.places if p in number} for end in (origin, target))
    ends = [(number[a], number[b]) for a, b in roads.ends]
    alive = [pair for link, pair in zip(roads.links, ends, strict=True) if link not in closed]
    if closed and reachable(*_both(ends), starts) & stops:
        forth = reachable(*_both(alive), starts)
        cut = [
            link
            for link, (a, b) in zip(roads.links, ends, strict=True)
            if link in closed and a in forth and b not in forth
        ]
        named = ", ".join(carriage.case.name(link) for link in cut[:4])
        return f"{head}: every one needs a link that is closed ({named}{', …' if len(cut) > 4 else ''})."
    if reachable([b for _, b in alive], [a for a, _ in alive], starts) & stops:
        return f"{head}: the case has these links in the other direction only."
    forth = reachable(*_both(alive), starts)
    back = reachable([b for _, b in alive], [a for a, _ in alive], stops)
    gaps = [(carriage.apart(places[a], places[b]), places[a], places[b]) for a in forth for b in back]
    _, last, first = min(gaps)
    both = " and ".join(carriage.case.name(place) for place in (last, first))
    return f"{head}: the case has no link from where it can come to where it must be; they lie nearest at {both}."


def _both(ends: Sequence[tuple[int, int]]) -> tuple[list[int], list[int]]:
    return [a for a, _ in ends], [b for _, b in ends]


def _weight(carriage: Carriage, legs: Sequence[Leg], by: str) -> float:
    """What these legs add to a way in the order asked for: the mean over the ranges of its figures."""
    value, day = carriage.figures.expected, carriage.a_day()
    total = 0.0
    for leg in legs:
        if by != "days":
            total += value(leg.cost) if leg.cost else UNKNOWN
        if by != "cost":
            worth = value(day) if by == "both" and day else 1.0
            total += worth * value(leg.time) if leg.time else UNKNOWN
    return total


def _loopless(carriage: Carriage, way: Way) -> bool:
    """Whether no place is passed twice; the search forbids only to pass a link twice."""
    rows = [carriage.rows[link] for link in way.links]
    places = [rows[0]["from"], *(row["to"] for row in rows)]
    return len(set(places)) == len(places)
