"""The network of one commodity with its works as a pattern: what each capacity, cost and share of control is made of.

A network of :mod:`equipoise.corridors` is built for one set of figures. Its shape depends on which figures are known, never on
their values; so it is read once, and many futures are filled in at a time. A test holds every array to the network built anew
from a redrawn case.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from equipoise.corridors import READINGS
from equipoise.corridors.inputs import Input
from equipoise.corridors.network import ALWAYS_DELIVERED, CONTROL_KINDS, Network
from equipoise.futures.book import Book
from equipoise.ledger import parse_id
from equipoise.resilience.projects import FLEET, FOLLOWS, Limit, Works

__all__ = ["Filled", "Pattern"]

FloatArray = NDArray[np.float64]
Scaled = tuple[int, float, int]
"""A figure, a constant, and which conversion: 0 none, 1 tonnes to containers, 2 trains to containers."""
PLAIN, BY_MASS, BY_TRAINS = range(3)


@dataclass(frozen=True, slots=True)
class Filled:
    """A pattern in K futures: ``room`` (K, q) of its limits, ``addition`` (K, p, q) of its works; ``bound`` and ``cost`` (K, m)
    of the home state's cargo, ``foreign`` bound and cost of others' under contract; ``left`` (K, I, m) of each arc when a power
    withdraws all it controls."""

    room: FloatArray
    addition: FloatArray
    bound: FloatArray
    cost: FloatArray
    foreign: tuple[FloatArray, FloatArray] | None
    left: FloatArray

    def cut(self, first: int, last: int) -> Filled:
        """Futures ``first`` to ``last`` alone."""
        here = slice(first, last)
        foreign = None if self.foreign is None else (self.foreign[0][here], self.foreign[1][here])
        return Filled(self.room[here], self.addition[here], self.bound[here], self.cost[here], foreign, self.left[here])


class Pattern:
    """What the arrays of a network are made of. Its arcs: the links, those into suppliers, those out of markets, the return."""

    def __init__(self, works: Works, book: Book, members: Sequence[Sequence[str]]) -> None:
        network = works.network
        self.commodity, self.quantity, self.year = network.commodity, network.quantity, network.year
        self.links, self.suppliers, self.markets = network.links, network.suppliers, network.markets
        self.tail, self.head, self.tie, self.priced = network.tail, network.head, network.tie, network.priced
        self.grades = len(network.grades)
        count = len(self.links)
        self.into = slice(count, count + len(self.suppliers))
        self.out = slice(count + len(self.suppliers), len(self.tail) - 1)
        self.projects = tuple(project.lever for project in works.projects)
        self._uses(network, book)
        self._conversions(works, book)
        moved = [limit.arc for limit in works.limits if limit.kind]
        self.limited = works.limited
        self.steel = np.array([limit.kind in ("", "technical", FLEET) for limit in works.limits])
        self.limits = [self._limit(works, limit, book) for limit in works.limits]
        self.effects = self._effects(works, book)
        self.unknown = np.isin(np.arange(len(self.tail)), [
            i for i, link in enumerate(self.links) if link in network.missing["capacity"] and i not in moved
        ])  # fmt: skip
        self.control = [
            [(position, book.fact(found.id)) for position, found in self._held(network, own)] for own in members
        ]

    @staticmethod
    def _held(network: Network, members: Sequence[str]) -> list[tuple[int, Input]]:
        return [
            (position, found)
            for actor in members for position, kind, found in network.control.get(actor, ()) if kind in CONTROL_KINDS
        ]  # fmt: skip

    def _uses(self, network: Network, book: Book) -> None:
        """Which figure is the supply, the cost, the demand or the price of what."""
        arc = {name: i for i, name in enumerate((*self.links, *self.suppliers))}
        market = {name: i for i, name in enumerate(self.markets, start=self.out.start)}
        self.supply: dict[tuple[int, int], int] = {}
        self.spent: dict[tuple[int, int], int] = {}
        self.demand: dict[tuple[int, int], int] = {}
        self.prices: dict[tuple[int, int], dict[str, int]] = {}
        self.carrying: dict[int, int] = {}
        self.least: dict[int, list[int]] = {}
        for name, uses in network.inputs.items():
            measure = parse_id(name)["measure"]
            for use in uses:
                if use.role == "supply":
                    self.supply[use.grade, arc[use.place]] = book.fact(name)
                elif use.role == "variable_cost":
                    self.spent[use.grade, arc[use.place]] = book.fact(name)
                elif use.role == "demand":
                    self.demand[use.grade, market[use.place]] = book.fact(name)
                elif use.role == "price":
                    self.prices.setdefault((use.grade, market[use.place]), {})[measure] = book.fact(name)
                elif use.role == "cost":
                    self.carrying[arc[use.place]] = book.fact(name)
        self.every_grade = 1 + max(grade for grade, _ in self.supply)

    def _conversions(self, works: Works, book: Book) -> None:
        """What turns tonnes and trains into containers."""
        home, find = works.inputs.layout.home, works.inputs.at
        self.measures: dict[str, int] = {f"capacity_{self.quantity}": PLAIN}
        self.conversion: list[int | None] = [None, None, None]
        if self.quantity == "containers":
            for kind, measure, of in (
                (BY_MASS, "capacity_mass", "container_mass"),
                (BY_TRAINS, "capacity_trains", "train_load"),
            ):
                known = find(of, home, "", 0)
                if known:
                    self.measures[measure], self.conversion[kind] = kind, book.fact(known.id)

    def _limit(self, works: Works, limit: Limit, book: Book) -> tuple[str, list[Scaled]]:
        """How the room of a limit is told: the least of some figures, or in a word."""
        if limit.arc >= len(self.links):
            return "end", []
        link = self.links[limit.arc]
        if not limit.kind:
            figures = self._published(works, link, READINGS["contract"], book)
            return ("least", figures) if figures else ("everything", [])
        own = self._published(works, link, (limit.kind,), book)
        if own and limit.fact:
            return "least", own
        if limit.room == 0.0 and not any(one.fact for one in works.limits if one.arc == limit.arc):
            return "nothing", []
        every = self._published(works, link, (*READINGS["contract"], FLEET), book)
        return ("least", every) if every else ("everything", [])

    def _published(self, works: Works, link: str, kinds: Sequence[str], book: Book) -> list[Scaled]:
        """The figures of the capacity of a link, of some kinds."""
        every = ((measure, kind) for measure in self.measures for kind in kinds)
        found = [(works.inputs.near(measure, link, kind, self.year), measure) for measure, kind in every]
        return [(book.fact(fact.id), 1.0, self.measures[measure]) for fact, measure in found if fact]

    def _effects(self, works: Works, book: Book) -> list[tuple[int, int, int, str, Scaled, int]]:
        """Effects of works: project, limit that it moves, limit that it starts from, how, and the figure."""
        row = {(limit.arc, limit.kind): r for r, limit in enumerate(works.limits)}
        place = {link: i for i, link in enumerate(self.links)}
        kinds = {"Mt/y": BY_MASS, "train pairs/day": BY_TRAINS} if self.quantity == "containers" else {}
        made = []
        for p, project in enumerate(works.projects):
            for effect in project.effects:
                figure = book.last("lever_effect", project.lever, effect.number)
                if figure is None or effect.link not in place:
                    continue
                opens = effect.mode == "open" and "0/1" in effect.unit
                kind = kinds.get(effect.unit, PLAIN)
                kind = kind if self.conversion[kind] is not None else PLAIN
                scaled = figure, 1e3 if effect.unit == "ktU/y" else 1.0, kind
                for name in (effect.kind, FOLLOWS.get(effect.kind, "")):
                    to = row.get((place[effect.link], name))
                    if to is not None:
                        base = row.get((place[effect.link], effect.kind), to)
                        made.append((p, to, base, "everything" if opens else effect.mode, scaled, place[effect.link]))
        return made

    # --- filling in ---------------------------------------------------------------------------------------------------

    def fill(self, values: FloatArray) -> Filled:
        """The arrays in K futures, from the values of all figures (K, F)."""
        futures, arcs = len(values), len(self.tail)
        times = self._times(values)
        own = self._grades(self.supply, values) + self._grades(self.demand, values)
        supplied = own[:, :, self.into].sum(axis=1)
        everything = supplied.sum(axis=1)
        taken = own[:, :, self.out].max(axis=1)
        room = np.empty((futures, len(self.limits)))
        for r, (word, figures) in enumerate(self.limits):
            if word == "least":
                room[:, r] = np.min([values[:, i] * c * times[kind] for i, c, kind in figures], axis=0)
            elif word == "end":
                arc = self.limited[r]
                ends = everything if arc == arcs - 1 else None
                if ends is None:
                    ends = (
                        supplied[:, arc - self.into.start] if arc < self.out.start else taken[:, arc - self.out.start]
                    )
                room[:, r] = ends
            else:
                room[:, r] = everything if word == "everything" else 0.0
        left = np.ones((futures, len(self.control), arcs))
        for i, held in enumerate(self.control):
            for position, figure in held:
                left[:, i, position] *= 1.0 - values[:, figure]
        ours, theirs = own[:, : self.grades], own[:, self.grades :]
        bound, cost = self._merged(ours, values)
        return Filled(
            room, self._added(values, times, room, everything), bound, cost, self._foreign(theirs, values), left
        )

    def _times(self, values: FloatArray) -> list[FloatArray]:
        """The conversions (3, K)."""
        mass, load = self.conversion[BY_MASS], self.conversion[BY_TRAINS]
        one = np.ones(len(values))
        return [
            one, one if mass is None else 1e3 / values[:, mass], one if load is None else 0.365 * values[:, load]
        ]  # fmt: skip

    def _grades(self, figures: Mapping[tuple[int, int], int], values: FloatArray) -> FloatArray:
        """Some figures by grade and arc (K, g, m); what has none is 0."""
        made = np.zeros((len(values), self.every_grade, len(self.tail)))
        for (grade, arc), figure in figures.items():
            made[:, grade, arc] = values[:, figure]
        return made

    def _added(
        self, values: FloatArray, times: list[FloatArray], room: FloatArray, everything: FloatArray
    ) -> FloatArray:
        """What each work adds to each limit; a figure below today's takes nothing away."""
        added = np.zeros((len(values), len(self.projects), room.shape[1]))
        for p, to, base, mode, (figure, constant, kind), _ in self.effects:
            size = values[:, figure] * constant * times[kind]
            if mode == "multiply":
                size = room[:, base] * (values[:, figure] - 1.0)
            elif mode == "everything":
                size = values[:, figure] * everything
            elif mode == "set":
                size = size - room[:, base]
            added[:, p, to] += np.maximum(size, 0.0)
        return added

    def _carried(self, values: FloatArray) -> FloatArray:
        """Cost of each arc but its ends (K, m), what tells ways of equal cost apart among it."""
        cost = np.repeat(self.tie[None], len(values), axis=0)
        for arc, figure in self.carrying.items():
            cost[:, arc] += values[:, figure]
        return cost

    def _merged(self, own: FloatArray, values: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The grades of the home state as one cargo: bounds and costs (K, m)."""
        bound, cost = np.full((len(values), len(self.tail)), np.inf), self._carried(values)
        supplied = own[:, :, self.into]
        bound[:, self.into], bound[:, self.out] = supplied.sum(axis=1), own[:, :, self.out].max(axis=1)
        spent = self._grades(self.spent, values)[:, : self.grades, self.into]
        cost[:, self.into] = (spent * supplied / np.maximum(supplied.sum(axis=1), 1e-12)[:, None]).sum(axis=1)
        price = np.full(
            (len(values), self.grades, self.out.stop - self.out.start), 0.0 if self.priced else ALWAYS_DELIVERED
        )
        for (grade, arc), named in self.prices.items():
            if grade < self.grades:
                price[:, grade, arc - self.out.start] = _price({name: values[:, i] for name, i in named.items()})
        best = np.where(own[:, :, self.out] > 0, price, -np.inf).max(axis=1)
        cost[:, self.out] = np.where(np.isfinite(best), -best, 0.0)
        return bound, cost

    def _foreign(self, own: FloatArray, values: FloatArray) -> tuple[FloatArray, FloatArray] | None:
        """The cargo of others: bounds and costs (K, m); it moves at any price."""
        if not own.shape[1]:
            return None
        bound, cost = np.full((len(values), len(self.tail)), np.inf), self._carried(values)
        bound[:, self.into], bound[:, self.out] = own[:, :, self.into].sum(axis=1), own[:, :, self.out].max(axis=1)
        cost[:, self.out] = np.where(bound[:, self.out] > 0, -ALWAYS_DELIVERED, 0.0)
        return bound, cost


def _price(figures: Mapping[str, FloatArray]) -> FloatArray:
    """Price of a unit at a market, USD."""
    if "unit_value" in figures:
        return figures["unit_value"] * figures.get("gas_density", np.ones(1))
    return (figures["brent_price"] + figures["price_differential"]) * figures["barrels_per_tonne"]
