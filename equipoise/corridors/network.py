"""A case's routes as arrays: one network for a commodity, a year and a reading of the limits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from equipoise.case import Case, Layout
from equipoise.errors import InputError
from equipoise.ledger import fact_id
from equipoise.maths.flow import FlowModel, MultiFlow
from equipoise.vocabulary import year_of

__all__ = [
    "ALWAYS_DELIVERED",
    "CONTROL_KINDS",
    "READINGS",
    "SMALLEST",
    "Closures",
    "Inputs",
    "Network",
    "Solution",
    "build",
    "commodities_with_network",
    "years_solved",
]

FloatArray = NDArray[np.float64]

CONTROL_KINDS = ("territory", "ownership", "operator", "jurisdiction")
"""Ways of control that close a link or a field; closing a market closes a buyer, not the volume."""

READINGS: Mapping[str, tuple[str, ...]] = {
    "contract": ("technical", "net_spare", "contract", "quota", "quality"),
    "technical": ("technical", "net_spare"),
    "announced": ("technical", "net_spare", "announced_technical"),
}
"""Which kinds of capacity bind. Contract: all of today's; technical: what the steel can do, or what exists where no
technical figure does; announced: technical, with capacity that is announced within ten years."""

_YEARLY = re.compile(r"\d{4}/?|static")

NETWORK_MEASURES = (
    "transport_cost_mass", "transport_cost_containers", "container_mass", "train_load", "variable_cost", "storage_time",
    "price_differential", "barrels_per_tonne", "unit_value", "gas_density", "brent_price",
    *(f"{stem}_{quantity}" for stem in ("capacity", "supply", "demand") for quantity in ("mass", "containers", "uranium", "gas")),
    "capacity_trains",
)  # fmt: skip

FLOW_MEASURES = tuple(f"flow_{quantity}" for quantity in ("mass", "containers", "uranium", "gas"))

SMALLEST = 1e-8
"""A difference of flows below this is the solver's rounding."""

ALWAYS_DELIVERED = 1e4
"""Worth of a unit that has no price, above any cost of carrying it: as much as possible is delivered."""


@dataclass(frozen=True, slots=True)
class Input:
    """One figure that a network uses, with the id of its fact."""

    value: float
    id: str
    year: int
    grade: str


@dataclass(frozen=True, slots=True)
class Use:
    """How a network uses a figure: its role, the link or place, the grade (-1 for all), and which share of it counts."""

    role: str
    place: str
    grade: int
    effect: float


class Inputs:
    """The figures of a settled case, looked up by measure, subject and item for a year or the year nearest to it."""

    def __init__(self, case: Case, layout: Layout | None = None) -> None:
        self.case, self.layout = case, layout or Layout(case)
        frame = case.view([*NETWORK_MEASURES, "control", *FLOW_MEASURES]).select(
            pl.col("measure", "subject", "object", "item", "period", "grade").cast(pl.String), "value"
        )
        self._by_key: dict[tuple[str, str, str], dict[int, Input]] = {}
        self.control: dict[str, list[tuple[str, str, Input]]] = {}
        for measure, subject, thing, item, period, grade, value in frame.iter_rows():
            if not _YEARLY.fullmatch(period):  # a month's price is no year's price
                continue
            year = year_of(period) or 0
            found = Input(value, fact_id(measure, subject, thing, item, period), year, grade)
            if measure == "control":
                self.control.setdefault(thing, []).append((subject, item, found))
            else:
                self._by_key.setdefault((measure, subject, item), {})[year] = found

    def at(self, measure: str, subject: str, item: str, year: int) -> Input | None:
        """The figure of this very year, or a figure that holds always."""
        years = self._by_key.get((measure, subject, item), {})
        return years.get(year) or years.get(0)

    def near(self, measure: str, subject: str, item: str, year: int) -> Input | None:
        """The figure of this year, else of the nearest year, the earlier of two."""
        years = self._by_key.get((measure, subject, item))
        if not years:
            return None
        return years.get(year) or years[min(years, key=lambda y: (abs(y - year) if y else 0, y))]

    def upto(self, measure: str, subject: str, item: str, year: int) -> Input | None:
        """The latest figure of this year or before."""
        years = {y: found for y, found in self._by_key.get((measure, subject, item), {}).items() if y <= year}
        return years[max(years)] if years else None

    def subjects(self, measure: str, items: Iterable[str]) -> list[str]:
        """Everything that has a figure of this measure for one of these items."""
        wanted = set(items)
        return sorted({key[1] for key in self._by_key if key[0] == measure and key[2] in wanted})

    def years(self, measure: str, item: str) -> set[int]:
        """Years with any figure of this measure and item."""
        return {year for key, years in self._by_key.items() if key[0] == measure and key[2] == item for year in years}


@dataclass(frozen=True, slots=True)
class Solution:
    """A solved network. ``exports`` of the home state, ``rent`` of its cargo in mln USD (nan where prices or costs are
    not known), ``sales`` gross (nan without prices), ``arc_flow`` (m,) of everybody, ``home_flow`` (links,) of the home
    state, ``price`` (links,) shadow price of each link in USD per unit, ``raw`` the solver's answer for the home grades."""

    exports: float
    rent: float
    sales: float
    arc_flow: FloatArray
    home_flow: FloatArray
    price: FloatArray
    raw: MultiFlow


@dataclass(frozen=True)
class Network:
    """Arcs are the links, then one arc into each place that supplies, one out of each market, and one that returns.

    ``capacity`` (m,) is shared by all grades; ``cost`` (k, m) is of the grades of the home state, USD per unit, with
    minus the price on the arcs out of markets. Foreign cargo under contract moves first: it takes its room before the
    home state's way is chosen, and is outside its account.
    """

    commodity: str
    year: int
    reading: str
    quantity: str
    grades: tuple[str, ...]
    links: tuple[str, ...]
    suppliers: tuple[str, ...]
    markets: tuple[str, ...]
    tail: NDArray[np.int64]
    head: NDArray[np.int64]
    capacity: FloatArray
    own: FloatArray
    cost: FloatArray
    priced: bool
    costed: bool
    capacity_by: Mapping[str, str]
    inputs: Mapping[str, Sequence[Use]]
    missing: Mapping[str, tuple[str, ...]]
    control: Mapping[str, Sequence[tuple[int, str, Input]]]
    model: FlowModel = field(repr=False, compare=False)
    foreign: FlowModel | None = field(repr=False, compare=False)

    def solve(self, capacity: FloatArray | None = None, favour: FloatArray | None = None) -> Solution:
        """The flow that earns the home state most, for these capacities or its own.

        ``favour`` (m,) makes an arc look cheaper by so much when the way is chosen; what is earned is counted without.
        """
        room = self.capacity if capacity is None else capacity
        others = self.foreign.solve(room).flow.sum(axis=0) if self.foreign else np.zeros(len(room))
        raw = self.model.solve(np.clip(room - others, 0.0, None), cost=None if favour is None else self.cost - favour)
        m = len(self.links)
        into, out = slice(m, m + len(self.suppliers)), slice(m + len(self.suppliers), -1)
        return Solution(
            exports=float(raw.flow[:, into].sum()),
            rent=-float((self.cost * raw.flow).sum()) if self.priced and self.costed else float("nan"),
            sales=-float((self.cost[:, out] * raw.flow[:, out]).sum()) if self.priced else float("nan"),
            arc_flow=raw.flow.sum(axis=0) + others,
            home_flow=raw.flow[:, :m].sum(axis=0),
            price=raw.capacity_price[:m],
            raw=raw,
        )

    def reach(self, members: Iterable[str], kinds: Sequence[str] = CONTROL_KINDS) -> FloatArray:
        """What is left of each arc, (m,) in [0, 1], when these actors withdraw: the product of 1 - control."""
        left = np.ones(len(self.tail))
        for actor in members:
            for position, kind, found in self.control.get(actor, ()):
                if kind in kinds:
                    left[position] *= 1.0 - found.value
        return left

    def weights(self, solved: Solution) -> dict[str, float]:
        """How much of the rent (of the flow, where nothing is priced) moves with each figure: its elasticity, by the
        envelope theorem. A limit that does not bind has weight 0."""
        arc = {name: i for i, name in enumerate((*self.links, *self.suppliers))}
        market = {name: i for i, name in enumerate(self.markets, start=len(self.links) + len(self.suppliers))}
        flow = solved.raw.flow
        paid, bottleneck = np.abs(self.cost * flow), solved.raw.capacity_price * self.capacity
        total = abs(solved.rent if np.isfinite(solved.rent) else solved.exports * ALWAYS_DELIVERED) or 1.0

        def moved(use: Use) -> float:
            if use.grade >= len(self.grades):  # foreign cargo
                return 0.0
            grades = slice(None) if use.grade < 0 else slice(use.grade, use.grade + 1)
            if use.role == "capacity":
                return float(bottleneck[arc[use.place]])
            if use.role in ("cost", "variable_cost") and use.place in arc:
                return float(paid[grades, arc[use.place]].sum())
            if use.role == "supply":
                return total * float(flow[grades, arc[use.place]].sum()) / (solved.exports or 1.0)
            return float(paid[grades, market[use.place]].sum()) if use.role == "price" else 0.0

        return {name: sum(use.effect * moved(use) for use in uses) / total for name, uses in self.inputs.items()}

    def controls(self, members: Iterable[str]) -> list[tuple[int, Input]]:
        """The facts by which these actors control this network, with the arc that each acts on."""
        return [
            (position, found)
            for actor in members
            for position, _, found in self.control.get(actor, ())
            if found.value > 0
        ]


class Closures:
    """One network under many closures. A flow that was best when more was left, and that still fits, is best now, so
    most closures need not be solved at all."""

    def __init__(self, network: Network) -> None:
        self.network, self.base = network, network.solve()
        self.untouched = np.ones(len(network.tail))
        unknown = np.isin(network.links, network.missing["capacity"])
        self._unknown = np.append(unknown, np.zeros(len(network.tail) - len(unknown), dtype=bool))
        self._solutions = [self.base]
        self._known: dict[bytes, Solution] = {self.untouched.tobytes(): self.base}
        self._left, self._flow = self.untouched[None], self.base.arc_flow[None]

    def available(self, left: FloatArray) -> FloatArray:
        """Capacity (m,) when this much, (m,) in [0, 1], is left of each arc.

        A link whose capacity nobody published has room for everything while nobody touches it; whoever withdraws a share
        of it takes that share of what it carried before, for half of an unknown room would be no loss at all.
        """
        touched = self._unknown & (left < 1.0)
        return np.where(touched, self.base.arc_flow, self.network.capacity) * left

    def solution(self, left: FloatArray) -> Solution:
        """The best flow when this much, (m,) in [0, 1], is left of each arc."""
        mark = left.tobytes()
        if mark not in self._known:
            capacity = self.available(left)
            fits = (self._left >= left).all(axis=1) & (self._flow <= capacity + SMALLEST).all(axis=1)
            self._known[mark] = self._solutions[int(fits.argmax())] if fits.any() else self._solve(left, capacity)
        return self._known[mark]

    def _solve(self, left: FloatArray, capacity: FloatArray) -> Solution:
        solved = self.network.solve(capacity)
        self._solutions.append(solved)
        self._left = np.vstack([self._left, left])
        self._flow = np.vstack([self._flow, solved.arc_flow])
        return solved


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
        model = FlowModel(tail, head, cost[ours], supply[ours], own_capacity=own[ours])
        foreign = (
            FlowModel(tail, head, cost[theirs], supply[theirs], own_capacity=own[theirs])
            if own_grades < len(self.grades)
            else None
        )
        names = tuple(str(row["link"]) for row in links)
        return Network(
            self.commodity, self.year, self.reading, self.quantity, self.grades[ours], names, tuple(suppliers),
            tuple(markets), np.array(tail), np.array(head), shared, own[ours], cost[ours], priced,
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
        """Cost of carrying a unit over a link; where a commodity has no costs at all, the shortest way is taken."""
        measure = "transport_cost_containers" if self.quantity == "containers" else "transport_cost_mass"
        found = (
            self.inputs.near(measure, row["link"], "", self.year) if self.quantity in ("mass", "containers") else None
        )
        if found:
            return self._note(found, "cost", row["link"])
        self.missing["cost"].append(row["link"])
        return 0.0 if self.commodity == "oil" else 1e-3 * self.layout.length(row)

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
