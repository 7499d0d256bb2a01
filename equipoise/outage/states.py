"""The few networks that an outage passes through, each solved once a draw: open, closed before and after bypasses are
ready, with the port's tanks taking what cannot be loaded, and draining."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

from equipoise.case import Case
from equipoise.corridors.building import READINGS, build
from equipoise.corridors.findings import routes_of
from equipoise.corridors.inputs import Inputs
from equipoise.corridors.network import SMALLEST, Network
from equipoise.errors import InputError
from equipoise.ledger import fact_id
from equipoise.outage.draws import Drawn, Values, draw, drawn
from equipoise.outage.scenario import Outage

__all__ = ["YEAR", "Columns", "Plant", "Port", "Progress", "Solved", "plant_of", "solve"]

FloatArray = NDArray[np.float64]
Progress = Callable[[int, int], None]
YEAR, MONTH = 365.0, 365.0 / 12.0
"""Days of a year, and of a month."""
FOREVER = 1e4
"""Room in excess of any flow, in units of the network: what a tank can give in a day is no limit here."""


@dataclass(frozen=True, slots=True)
class Port:
    """A terminal with tanks: its place, the links that leave it, those beyond it and those before it."""

    place: str
    out: NDArray[np.int64]
    beyond: NDArray[np.bool_]
    before: NDArray[np.bool_]
    volume: FloatArray


@dataclass(frozen=True)
class Plant:
    """An outage on its network: arrays by draw, tanks, lag, what is installed on closed links, routes and their ends.

    ``stored`` (n, k, F) days of storage by grade and supplier, ``lag`` (n,) days, ``installed`` by link (n,) where standby
    equipment exists, ``season`` (12, links) of capacity by month.
    """

    outage: Outage
    network: Network
    values: Values
    drawn: Drawn
    ports: Sequence[Port]
    stored: FloatArray
    lag: FloatArray
    installed: Mapping[str, FloatArray]
    season: FloatArray
    routes: Sequence[str]
    decisive: NDArray[np.int64]
    ends: NDArray[np.int64]
    last: NDArray[np.int64]

    @property
    def seasonal(self) -> bool:
        """Whether any capacity of the case changes with the month."""
        return bool((self.season != 1.0).any())

    def month(self, day: int) -> int:
        """The month (0-11) of a day; 0 throughout where the outage names none."""
        return (self.outage.month - 1 + int(day / MONTH)) % 12 if self.outage.month else 0


@dataclass(frozen=True, slots=True)
class Solved:
    """What each state carries, by draw, in units a year. The columns of ``full``, ``frozen`` (n, S, w) and ``base`` (n, S, w)
    are those of :class:`Columns`; ``push`` (n, S, P, F) is what fields can bring to a port whose tanks have room, ``drain``
    (n, S, 1 + P) what tanks can give back (fields first), ``way`` (n, S, 1 + P, R) the routes that it takes; ``room``
    (n, S, R) is what is left of each route when all have diverted. ``through`` (n, S, P) would reach a port with room in its
    tanks. ``tanks`` (n, 1 + P, F) is the room of the tanks, not a
    year's but all of it, and ``price`` (n, F) what a unit of a field fetches in peace, USD."""

    full: FloatArray
    frozen: FloatArray
    base: FloatArray
    push: FloatArray
    drain: FloatArray
    way: FloatArray
    room: FloatArray
    through: FloatArray
    tanks: FloatArray
    price: FloatArray


class Columns:
    """Where the parts of a state's row stand: fields, routes, sales by route, links into markets, ports, sales."""

    def __init__(self, plant: Plant) -> None:
        fields, routes, last = len(plant.network.suppliers), len(plant.routes), len(plant.last)
        ends = np.cumsum([0, fields, routes, routes, last, len(plant.ports), 1])
        self.fields, self.routes, self.route_sales, self.last, self.ports, self.sales = (
            slice(int(a), int(b)) for a, b in pairwise(ends)
        )
        self.width = int(ends[-1])


def plant_of(settled: Case, outage: Outage, draws: int, seed: int) -> Plant:
    """Everything that an outage needs of a settled case.

    Raises
    ------
    InputError
        The link does not exist in the year of the network, or the case does not say how soon bypasses are ready.
    """
    inputs = Inputs(settled)
    network = build(inputs, outage.commodity, outage.year, outage.reading)
    absent = [link for link in outage.links if link not in network.links]
    if absent:
        raise InputError("link", found=", ".join(absent), allowed=f"links that existed in {outage.year}")
    installed = _installed(inputs, network, outage.links)
    tanks = _tanks(settled, outage.commodity)
    stores = _stores(inputs, network)
    lag = _lag(settled, outage.commodity)
    ids = [*network.inputs, *installed.values(), *tanks.values(), *stores.values(), lag]
    values = draw(settled, ids, draws, seed)
    stored = np.zeros((values.draws, len(network.grades), len(network.suppliers)))
    for (k, f), name in stores.items():
        stored[:, k, f] = values.by_id[name]
    ends = {row["link"]: (row["from"], row["to"]) for row in inputs.layout.links}
    routes = routes_of(inputs, network)
    first = len(network.links) + len(network.suppliers)
    markets = network.tail[first : first + len(network.markets)]
    ports = [
        _port(network, ends, place, values.by_id[name])
        for place, name in tanks.items()
        if any(ends[link][0] == place for link in network.links)
    ]
    return Plant(
        outage, network, values, drawn(inputs, network, values), ports, stored, values.by_id[lag],
        {link: values.by_id[name] for link, name in installed.items()}, _season(settled, network),
        [route.id for route in routes],
        np.array([network.links.index(route.decisive) for route in routes], dtype=np.int64),
        np.array([_end(network, ends, route.links) for route in routes], dtype=np.int64),
        np.flatnonzero(np.isin(network.head[: len(network.links)], markets)),
    )  # fmt: skip


def _installed(inputs: Inputs, network: Network, links: Iterable[str]) -> dict[str, str]:
    """The facts that tell what is installed on a link, standby included, where it is more than what is used."""
    found = {link: inputs.near(f"capacity_{network.quantity}", link, "installed", network.year) for link in links}
    return {link: fact.id for link, fact in found.items() if fact}


def _tanks(settled: Case, commodity: str) -> dict[str, str]:
    """The latest fact of the tank volume of each terminal of the commodity."""
    rows = settled.view("terminal_storage", item=commodity).sort("period").select(
        pl.col("subject", "period").cast(pl.String)
    )  # fmt: skip
    return {
        place: fact_id("terminal_storage", place, item=commodity, period=period) for place, period in rows.iter_rows()
    }


def _stores(inputs: Inputs, network: Network) -> dict[tuple[int, int], str]:
    """The facts of the days of storage, by grade and supplier."""
    found = {
        (k, f): inputs.near("storage_time", place, grade, network.year)
        for k, grade in enumerate(network.grades)
        for f, place in enumerate(network.suppliers)
    }
    return {key: fact.id for key, fact in found.items() if fact}


def _lag(settled: Case, commodity: str) -> str:
    """The fact that says how soon bypasses are ready."""
    rows = settled.view("bypass_lag", item=commodity)
    if not rows.height:
        raise InputError(
            "bypass_lag",
            found=f"none for {commodity}",
            allowed="a fact",
            remedy="add it to the case, or give --lag DAYS",
        )
    row = rows.row(0, named=True)
    return fact_id("bypass_lag", row["subject"], item=commodity, period=row["period"])


def _port(network: Network, ends: Mapping[str, tuple[str, str]], place: str, volume: FloatArray) -> Port:
    """A terminal: which links leave it, which lie beyond it and which before."""
    leaves = [(link, *ends[link]) for link in network.links]
    beyond = _reached(leaves, place)
    before = _reached([(link, to, start) for link, start, to in leaves], place)
    out = np.array([i for i, (_, start, _) in enumerate(leaves) if start == place], dtype=np.int64)
    m = len(network.tail)
    marks = []
    for reached in (beyond, before):
        mark = np.zeros(m, dtype=np.bool_)
        mark[[i for i, (link, _, _) in enumerate(leaves) if link in reached]] = True
        marks.append(mark)
    return Port(place, out, marks[0], marks[1], volume)


def _reached(links: Sequence[tuple[str, str, str]], start: str) -> set[str]:
    """Links that can be walked to from a place."""
    places, found = [start], set[str]()
    while places:
        here = places.pop()
        for link, a, b in links:
            if a == here and link not in found:
                found.add(link)
                places.append(b)
    return found


def _end(network: Network, ends: Mapping[str, tuple[str, str]], links: Sequence[str]) -> int:
    """The market that a route ends at, -1 where it ends before one."""
    place = ends[links[-1]][1] if links[-1] in ends else ""
    return network.markets.index(place) if place in network.markets else -1


def _season(settled: Case, network: Network) -> FloatArray:
    """Capacity of each link by month (12, links), as a share of that of the year; 1 where the case holds nothing."""
    season = np.ones((12, len(network.links)))
    rows = settled.view(f"capacity_{network.quantity}", item=list(READINGS[network.reading]))
    for row in rows.with_columns(pl.col("subject", "period").cast(pl.String)).iter_rows(named=True):
        found = re.fullmatch(r"(\d{4})-(\d{2})", row["period"])
        if found and row["subject"] in network.links:
            at = network.links.index(row["subject"])
            season[int(found[2]) - 1, at] = float(row["value"]) / network.capacity[at]
    return season


def solve(plant: Plant, states: Sequence[tuple[int, Mapping[str, float]]], progress: Progress | None = None) -> Solved:
    """Solve every state, a month and the shares closed, in every draw; the states of one month share what is open."""
    columns = Columns(plant)
    n, s = plant.values.draws, len(states)
    r, ports, fields = len(plant.routes), len(plant.ports), len(plant.network.suppliers)
    found = Solved(
        np.zeros((n, s, columns.width)), np.zeros((n, s, columns.width)), np.zeros((n, s, columns.width)),
        np.zeros((n, s, ports, fields)), np.zeros((n, s, 1 + ports)), np.zeros((n, s, 1 + ports, r)), np.zeros((n, s, r)),
        np.zeros((n, s, ports)), np.zeros((n, 1 + ports, fields)), np.zeros((n, fields)),
    )  # fmt: skip
    steps, done = n * (1 + len(states)), 0
    for month in dict.fromkeys(month for month, _ in states):
        days = [_Day(plant, columns, d, month) for d in range(n)]
        if month == states[0][0]:
            found.tanks[:], found.price[:] = [day.tanks() for day in days], [day.price() for day in days]
        done += n
        for i, closed in ((i, closed) for i, (in_month, closed) in enumerate(states) if in_month == month):
            for phase in (_Day.open, _Day.close, _Day.wait, _Day.bring, _Day.drain):
                for day in days:  # one question to all draws before the next: the solver begins from an answer close by
                    phase(day, found, i, closed)
            done += n
            if progress:
                progress(min(done, steps), steps)
    return found


class _Day:
    """One draw in one month: the open network, and any closure of it."""

    def __init__(self, plant: Plant, columns: Columns, d: int, month: int) -> None:
        self.plant, self.columns, self.d = plant, columns, d
        drawn, network = plant.drawn, plant.network
        self.links = len(network.links)
        self.into = slice(self.links, self.links + len(network.suppliers))
        self.capacity = drawn.capacity[d].copy()
        self.capacity[: self.links] *= plant.season[month]
        self.own, self.cost = drawn.own[d], drawn.cost[d] + network.tie
        self.unknown = np.isin(network.links, network.missing["capacity"])
        self.others = self._foreign(self.capacity)
        self.flow = self._ours(self.capacity - self.others, self.own)
        self.arc = self.flow.sum(axis=0) + self.others
        self.row = self._row(self.flow)
        self.bound = self.own.copy()  # while something is closed no field gives more than it did
        self.bound[:, self.into] = self.flow[:, self.into]
        self._drained: dict[bytes, tuple[FloatArray, FloatArray]] = {}

    def open(self, found: Solved, i: int, closed: Mapping[str, float]) -> None:
        """What is closed, and what that leaves; the state itself where it closes nothing."""
        at = self.d, i
        self.left = self._left(closed)
        self.shut = bool((self.left < 1.0).any())
        self.available = self._available(self.left)
        fits = (self.others <= self.available + SMALLEST).all()
        self.yielding = self.others if fits else self._foreign(self.available)
        self.carried = self.flow
        found.base[at] = found.full[at] = found.frozen[at] = self.row

    def close(self, found: Solved, i: int, _: Mapping[str, float]) -> None:
        """The best flow when all the room of bypasses can be used, and what is left of that room."""
        if self.shut:
            self.carried = self._ours(self.available - self.yielding, self.bound)
            found.full[self.d, i] = self._row(self.carried)
        found.room[self.d, i] = self._room(self.available, self.carried.sum(axis=0) + self.yielding)

    def wait(self, found: Solved, i: int, _: Mapping[str, float]) -> None:
        """The flow while no other route takes more than it did."""
        if self.shut:
            frozen = self._ours(np.minimum(self.available, self.arc) - self.yielding, self.bound)
            found.frozen[self.d, i] = self._row(frozen)

    def bring(self, found: Solved, i: int, _: Mapping[str, float]) -> None:
        """What each field could bring to a port if all that lies beyond were open: what its tanks can be filled with."""
        for j, port in enumerate(self.plant.ports):
            before = np.where(port.beyond, 1.0, self.left)
            flow = self.flow
            if (before < 1.0).any():
                available = self._available(before)
                others = self.others if (self.others <= available + SMALLEST).all() else self._foreign(available)
                flow = self._ours(np.minimum(available, self.arc) - others, self.bound)
            found.push[self.d, i, j] = flow[:, self.into].sum(axis=0)
            found.through[self.d, i, j] = flow[:, port.out].sum()

    def drain(self, found: Solved, i: int, _: Mapping[str, float]) -> None:
        """What tanks could give back a year beside what flows, fields' tanks first, and by which routes; nothing while any
        field is held back."""
        if self.carried[:, self.into].sum() < self.flow[:, self.into].sum() - SMALLEST:
            return
        mark = self.available.tobytes()
        if mark not in self._drained:
            self._drained[mark] = self._given_back()
        found.drain[self.d, i], found.way[self.d, i] = self._drained[mark]

    def _given_back(self) -> tuple[FloatArray, FloatArray]:
        plant = self.plant
        supplied, wide = self.bound.copy(), self.available - self.yielding
        supplied[:, self.into] = np.where(supplied[:, self.into] > SMALLEST, FOREVER, 0.0)
        wide[self.into] = FOREVER
        wide[-1] = FOREVER * len(plant.network.suppliers)
        drain, way = np.zeros(1 + len(plant.ports)), np.zeros((1 + len(plant.ports), len(plant.routes)))
        now = self.carried.sum(axis=0)
        for j, port in enumerate([None, *plant.ports]):
            through = wide if port is None else np.where(port.before, FOREVER, wide)
            more = np.clip(self._ours(through, supplied).sum(axis=0) - now, 0.0, None)
            drain[j] = more[self.into].sum() if port is None else more[port.out].sum()
            gain = more[plant.decisive]
            if port is not None:
                gain = gain * port.before[plant.decisive]  # its oil went by a route that leads to it
            way[j] = gain / gain.sum() if gain.sum() > SMALLEST else 0.0
        return drain, way

    def tanks(self) -> FloatArray:
        """Room of the tanks (1 + P, F). The days of storage are those of field and port together; as much of them as the
        port's tanks hold lies there, so that a break before the port leaves only the rest."""
        plant = self.plant
        mine = self.flow[:, self.into]
        rest = plant.stored[self.d] * mine / YEAR
        rooms = np.zeros((1 + len(plant.ports), mine.shape[1]))
        for j, port in enumerate(plant.ports, start=1):
            share = self.flow[:, port.out].sum(axis=1) / np.maximum(mine.sum(axis=1), SMALLEST)
            passes = np.minimum(rest, rest * share[:, None])
            fits = min(1.0, float(port.volume[self.d]) / max(float(passes.sum()), SMALLEST))
            rooms[j] = fits * passes.sum(axis=0)
            rest = rest - fits * passes
        rooms[0] = rest.sum(axis=0)
        return rooms

    def price(self) -> FloatArray:
        """What a unit of each field fetches in peace (F,), USD: the mean price of its grades."""
        first = self.into.stop
        price = -self.plant.drawn.cost[self.d][:, first:-1]
        mine, sold = self.flow[:, self.into], self.flow[:, first:-1]
        mean = (sold * price).sum(axis=1) / np.maximum(sold.sum(axis=1), SMALLEST)
        price_of: FloatArray = (mine * mean[:, None]).sum(axis=0) / np.maximum(mine.sum(axis=0), SMALLEST)
        return price_of

    def _left(self, closed: Mapping[str, float]) -> FloatArray:
        """What is left of each arc. Where more is installed than is used, standby takes over what it can: the share closed is
        that of what is installed."""
        left = np.ones(len(self.capacity))
        for link, share in closed.items():
            at = self.plant.network.links.index(link)
            standby = self.plant.installed.get(link)
            spare = (
                max(1.0, float(standby[self.d]) / self.plant.drawn.capacity[self.d, at]) if standby is not None else 1.0
            )
            left[at] = min(1.0, (1.0 - share) * spare)
        return left

    def _available(self, left: FloatArray) -> FloatArray:
        """Capacity when this much is left; a closed link of unknown capacity gives up that share of what it carried."""
        touched = np.append(self.unknown, np.zeros(len(left) - self.links, dtype=bool)) & (left < 1.0)
        room: FloatArray = np.where(touched, self.arc, self.capacity) * left
        return room

    def _foreign(self, room: FloatArray) -> FloatArray:
        foreign = self.plant.network.foreign
        if foreign is None:
            return np.zeros(len(room))
        flow: FloatArray = foreign.solve(room, own_capacity=self.plant.drawn.foreign[self.d]).flow.sum(axis=0)
        return flow

    def _ours(self, room: FloatArray, own: FloatArray) -> FloatArray:
        solved = self.plant.network.model.solve(np.clip(room, 0.0, None), own_capacity=own, cost=self.cost)
        return solved.flow

    def _room(self, room: FloatArray, arc: FloatArray) -> FloatArray:
        """What is left on the decisive link of each route; nan where nobody published its capacity."""
        left: FloatArray = np.clip(room - arc, 0.0, None)[self.plant.decisive]
        return np.where(self.unknown[self.plant.decisive], np.nan, left)

    def _row(self, flow: FloatArray) -> FloatArray:
        """Fields, routes, sales by route, links into markets, ports, and sales, as one row."""
        plant = self.plant
        first = self.into.stop
        price = -plant.drawn.cost[self.d][:, first:-1]
        by_route = flow[:, plant.decisive]
        sold = (by_route * price[:, plant.ends]).sum(axis=0) * (plant.ends >= 0)
        return np.concatenate([
            flow[:, self.into].sum(axis=0), by_route.sum(axis=0), sold, flow[:, plant.last].sum(axis=0),
            [flow[:, port.out].sum() for port in plant.ports],
            [(flow[:, first:-1] * price).sum()],
        ])  # fmt: skip
