"""Building a network from the facts of a case: which links exist, what they carry and cost, and the facts behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from equipoise.corridors.inputs import Input, Inputs
from equipoise.corridors.network import ALWAYS_DELIVERED, CONTROL_KINDS, Network, Use
from equipoise.errors import InputError
from equipoise.maths.flow import FlowModel
from equipoise.vocabulary import year_of

__all__ = ["READINGS", "build", "commodities_with_network", "years_solved"]

FloatArray = NDArray[np.float64]

READINGS: Mapping[str, tuple[str, ...]] = {
    "contract": ("technical", "net_spare", "contract", "quota", "quality"),
    "technical": ("technical", "net_spare"),
    "announced": ("technical", "net_spare", "announced_technical"),
}
"""Which kinds of capacity bind. Contract: all of today's; technical: what the steel can do, or what exists where no
technical figure does; announced: technical, with capacity that is announced within ten years."""


TIE = 1e-6
"""USD per unit and kilometre of a link without a published cost: enough to break a tie and no more."""


def commodities_with_network(inputs: Inputs) -> list[str]:
    """Commodities that the network is solved for, in the order of the register."""
    return [name for name, row in inputs.layout.commodities.items() if row["base_year"] and years_solved(inputs, name)]


def years_solved(inputs: Inputs, commodity: str) -> list[int]:
    """Years, up to the base year, for which the supply of the commodity is known."""
    row = inputs.layout.commodities[commodity]
    first, last = int(row["solved_from"] or row["base_year"]), int(row["base_year"])
    known = set().union(
        *(inputs.years(f"supply_{row['quantity']}", grade) for grade in inputs.layout.grades(commodity))
    )
    return sorted(year for year in known if first <= year <= last)


def build(inputs: Inputs, commodity: str, year: int, reading: str = "contract") -> Network:
    """The network of a commodity in a year.

    Supply and prices must be of the year itself; capacity, cost and what markets take are of the nearest year known.
    A capacity that nobody published is taken to carry the whole supply until somebody withdraws a share of it (see
    :meth:`Closures.available`), a cost as none; both are named in ``missing``.

    Raises
    ------
    InputError
        The case has no such commodity, reading, or supply in the year.
    """
    return _Builder(inputs, commodity, year, reading).network()


class _Builder:
    """Collects arcs, costs and the facts behind them."""

    def __init__(self, inputs: Inputs, commodity: str, year: int, reading: str) -> None:
        if reading not in READINGS:
            raise InputError("reading", found=reading, allowed=", ".join(READINGS))
        if commodity not in inputs.layout.commodities:
            raise InputError("commodity", found=commodity, allowed=", ".join(commodities_with_network(inputs)))
        self.inputs, self.layout = inputs, inputs.layout
        self.commodity, self.year, self.reading = commodity, year, reading
        self.quantity = self.layout.commodities[commodity]["quantity"]
        self.grades = tuple(sorted(self.layout.grades(commodity), key=self._is_foreign))
        self.used: dict[str, list[Use]] = {}
        self.missing: dict[str, list[str]] = {"capacity": [], "cost": []}
        self.capacity_by: dict[str, str] = {}

    def network(self) -> Network:
        every = self.inputs.subjects(f"supply_{self.quantity}", self.grades)
        suppliers = [place for place in every if any(self._supply(place, grade) for grade in self.grades)]
        if not suppliers:
            raise InputError(
                f"supply of {self.commodity}", found=f"none in {self.year}", allowed="a year with supply facts"
            )
        links = self._links()
        ends = {place for row in links for place in (row["from"], row["to"])}
        suppliers = [place for place in suppliers if place in ends]
        markets = [p for p in self.inputs.subjects(f"demand_{self.quantity}", self.grades) if p in ends]
        node = {place: i for i, place in enumerate(sorted(ends))}
        source, sink = len(node), len(node) + 1
        tail = [node[row["from"]] for row in links] + [source] * len(suppliers) + [node[m] for m in markets] + [sink]
        head = [node[row["to"]] for row in links] + [node[s] for s in suppliers] + [sink] * len(markets) + [source]
        capacity = np.array([self._capacity(row["link"]) for row in links])
        own, cost, priced = self._ends(len(links), suppliers, markets)
        cost[:, : len(links)] = [self._cost(row) for row in links]
        tie = np.zeros(cost.shape[1])
        tie[: len(links)] = [self._tie(row) for row in links]
        into = own[:, len(links) : len(links) + len(suppliers)].sum(axis=0)
        everything = float(into.sum())  # a link of unknown capacity is taken to carry whatever there is
        capacity = np.where(np.isfinite(capacity), capacity, everything)
        shared = np.array([*capacity, *into, *self._taken(markets), everything])
        own_grades = len([grade for grade in self.grades if not self._is_foreign(grade)])
        ours, theirs = slice(0, own_grades), slice(own_grades, None)
        cost[
            theirs, len(links) + len(suppliers) : -1
        ] = -ALWAYS_DELIVERED  # it is under contract: it moves at any price
        supply = np.zeros((len(self.grades), len(node) + 2))
        model = FlowModel(tail, head, cost[ours] + tie, supply[ours], own_capacity=own[ours])
        foreign = (
            FlowModel(tail, head, cost[theirs] + tie, supply[theirs], own_capacity=own[theirs])
            if own_grades < len(self.grades)
            else None
        )
        names = tuple(str(row["link"]) for row in links)
        return Network(
            self.commodity, self.year, self.reading, self.quantity, self.grades[ours], names, tuple(suppliers),
            tuple(markets), np.array(tail), np.array(head), shared, own[ours], cost[ours], tie, priced,
            len(self.missing["cost"]) < len(links), self.capacity_by, self.used,
            {kind: tuple(found) for kind, found in self.missing.items()}, self._control((*names, *suppliers)), model, foreign,
        )  # fmt: skip

    def _is_foreign(self, grade: str) -> bool:
        """Whether a grade comes from other states. Containers do too, but it is their passing that is counted."""
        places = self.inputs.subjects(f"supply_{self.quantity}", [grade])
        return (
            self.commodity != "containers"
            and bool(places)
            and all(self.layout.country(p) != self.layout.home for p in places)
        )

    def _control(self, things: Sequence[str]) -> dict[str, list[tuple[int, str, Input]]]:
        """Who controls which of the links and suppliers, by actor."""
        by_actor: dict[str, list[tuple[int, str, Input]]] = {}
        for position, thing in enumerate(things):
            for actor, kind, found in self.inputs.control.get(thing, ()):
                if kind in CONTROL_KINDS:
                    by_actor.setdefault(actor, []).append((position, kind, found))
        return by_actor

    def _links(self) -> list[dict[str, str]]:
        """Links of the commodity that exist in the year."""
        return [row for row in self.layout.links if row["commodity"] == self.commodity and _exists(row, self.year)]

    def _note(self, found: Input, role: str, where: str, grade: int = -1, effect: float = 1.0) -> float:
        self.used.setdefault(found.id, []).append(Use(role, where, grade, effect))
        return found.value

    def _capacity(self, link: str) -> float:
        """The least of the limits that the reading counts, in the unit of the commodity; infinite where unknown."""
        limits: dict[str, tuple[float, Input]] = {}
        kinds = READINGS[self.reading]
        for measure, factor in self._capacity_measures():
            for kind in kinds:
                last = self.year + 10 if kind.startswith("announced") else self.year
                find = self.inputs.upto if kind.startswith("announced") else self.inputs.near
                found = find(measure, link, kind, last)
                if found:
                    limits[f"{measure}.{kind}"] = (found.value * factor, found)
        announced = {key: limits.pop(key) for key in list(limits) if ".announced" in key}
        for key, limit in announced.items():  # announced capacity takes the place of today's of the same kind
            limits[key.replace("announced_", "")] = limit
        if not limits:
            every = [(m, f, k) for m, f in self._capacity_measures() for k in READINGS["contract"]]
            near = [(self.inputs.near(m, link, k, self.year), f) for m, f, k in every]
            limits = {str(i): (found.value * f, found) for i, (found, f) in enumerate(near) if found}
        if not limits:
            self.missing["capacity"].append(link)
            return float("inf")
        for value, found in limits.values():
            self._note(found, "capacity", link, effect=0.0 if value > min(v for v, _ in limits.values()) else 1.0)
        least, binding = min(limits.values(), key=lambda limit: limit[0])
        self.capacity_by[link] = binding.id
        return least

    def _capacity_measures(self) -> list[tuple[str, float]]:
        """Measures that limit this commodity, each with what turns it into the commodity's unit."""
        if self.quantity != "containers":
            return [(f"capacity_{self.quantity}", 1.0)]
        home = self.layout.home
        mass = self.inputs.at("container_mass", home, "", 0)
        load = self.inputs.at("train_load", home, "", 0)
        measures = [("capacity_containers", 1.0)]
        if mass:
            measures.append(("capacity_mass", 1e3 / self._note(mass, "conversion", "")))  # Mt over t/TEU, in kTEU
        if load:
            measures.append(
                ("capacity_trains", 0.365 * self._note(load, "conversion", ""))
            )  # pairs a day to kTEU a year
        return measures

    def _cost(self, row: Mapping[str, str]) -> float:
        """Cost of carrying a unit over a link; none where nobody published it."""
        measure = "transport_cost_containers" if self.quantity == "containers" else "transport_cost_mass"
        found = (
            self.inputs.near(measure, row["link"], "", self.year) if self.quantity in ("mass", "containers") else None
        )
        if found:
            return self._note(found, "cost", row["link"])
        self.missing["cost"].append(row["link"])
        return 0.0

    def _tie(self, row: Mapping[str, str]) -> float:
        """What makes the shorter of two ways the better one where no cost tells them apart; it is in no account."""
        return TIE * self.layout.length(row) if row["link"] in self.missing["cost"] else 0.0

    def _ends(
        self, links: int, suppliers: Sequence[str], markets: Sequence[str]
    ) -> tuple[FloatArray, FloatArray, bool]:
        """Own capacity and cost of the arcs into suppliers and out of markets."""
        arcs = links + len(suppliers) + len(markets) + 1
        own, cost = np.full((len(self.grades), arcs), np.inf), np.zeros((len(self.grades), arcs))
        prices = np.full((len(self.grades), len(markets)), np.nan)
        for k, grade in enumerate(self.grades):
            for j, place in enumerate(suppliers, start=links):
                found = self._supply(place, grade)
                own[k, j] = self._note(found, "supply", place, k) if found else 0.0
                spent = self.inputs.near("variable_cost", place, grade, self.year) if found else None
                cost[k, j] = self._note(spent, "variable_cost", place, k) if spent else 0.0
            for j, place in enumerate(markets, start=links + len(suppliers)):
                takes = self._demand(place, grade) or (self._takes(place) if grade.endswith("_transit") else None)
                own[k, j] = self._note(takes, "demand", place, k) if takes else 0.0
                prices[k, j - links - len(suppliers)] = self._price(place, k) if takes else np.nan
        priced = bool(np.isfinite(prices).any())
        worth = np.where(np.isfinite(prices), prices, 0.0 if priced else ALWAYS_DELIVERED)
        cost[:, links + len(suppliers) : -1] = -worth
        return own, cost, priced

    def _supply(self, place: str, grade: str) -> Input | None:
        return self.inputs.at(f"supply_{self.quantity}", place, grade, self.year)

    def _demand(self, place: str, grade: str) -> Input | None:
        return self.inputs.near(f"demand_{self.quantity}", place, grade, self.year)

    def _takes(self, place: str) -> Input | None:
        """Any demand of a place for a grade of the commodity."""
        return next((found for grade in self.grades if (found := self._demand(place, grade))), None)

    def _taken(self, markets: Sequence[str]) -> list[float]:
        """The most that a market takes of all grades together."""
        return [max(found.value for g in self.grades if (found := self._demand(m, g))) for m in markets]

    def _price(self, place: str, grade: int) -> float:
        """USD per unit at a market: Brent and a differential for crude, the unit value at the border for the rest."""
        name, find = self.grades[grade], self.inputs
        spread, brent = (
            find.at("price_differential", place, name, self.year),
            find.at("brent_price", "WLD", "", self.year),
        )
        barrels = find.near("barrels_per_tonne", place, name, self.year)
        if spread and brent and barrels:
            price = brent.value + spread.value
            self._note(spread, "price", place, grade, abs(spread.value) / price)
            self._note(brent, "price", place, grade, brent.value / price)
            return price * self._note(barrels, "price", place, grade)
        value = find.near("unit_value", place, name, self.year)
        if value and self.quantity == "gas":
            density = find.at("gas_density", self.layout.home, "", 0)
            return (
                self._note(value, "price", place, grade) * self._note(density, "price", place, grade)
                if density
                else np.nan
            )
        return self._note(value, "price", place, grade) if value else float("nan")


def _exists(row: Mapping[str, str], year: int) -> bool:
    """A link exists from the year it opened; a proposal without a year does not."""
    opened = year_of(row["opened"]) if row["opened"] else None
    if opened:
        return opened <= year
    return row["status"] not in ("proposal", "planned", "under construction")
