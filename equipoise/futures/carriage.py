"""What the network of one commodity carries in many futures, under works that come to stand and hazards that close links.

The grades of the home state move as one cargo, each market at its best price: what is exported is that of the full network (a
test holds it to rounding: what binds carries any grade), where its rent would not be. Foreign cargo under contract moves first.
A state of the network is solved once: quarters in which nothing changes, lives that meet the same closures, and policies that
build the same share it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from equipoise.case import Layout
from equipoise.corridors.network import SMALLEST
from equipoise.futures.book import Figures
from equipoise.futures.lives import QUARTERS, Question
from equipoise.futures.pattern import Filled, Pattern
from equipoise.maths.flow.shrink import Shrunk, shrink

if TYPE_CHECKING:
    from equipoise.maths.flow.groups import Circulations
    from equipoise.maths.flow.kernel import Start
    from equipoise.maths.hazards import Closed
    from equipoise.maths.spans import Ground, States

__all__ = ["Carriage", "Carried", "Drift", "Limits"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
NEAR = 2**16
"""Rooms, states times arcs, that are solved at a time: what the nearest memory of a processor holds."""


@dataclass(frozen=True, slots=True)
class Carried:
    """What K futures carry: ``today``, and what it is ``worth`` a year (K,); in the last year ``peace`` (K, P), ``closed``
    (K, P, I) left by each power and ``off`` (K, P) that does not enter the crossed territory; ``amount`` and ``sales``
    (K, P, W, 2, T) of every quarter, a year; what is ``potential``, and ``earned``, (K, P, T) in peace; ``reference`` (K, Y) what
    there is to send, as today's to its supply."""

    today: FloatArray
    worth: FloatArray
    peace: FloatArray
    closed: FloatArray
    off: FloatArray
    amount: FloatArray
    sales: FloatArray
    potential: FloatArray
    earned: FloatArray
    reference: FloatArray


class Limits:
    """A pattern with its limits in order of their arcs, and its network without what can never carry anything."""

    def __init__(self, pattern: Pattern, figures: Figures, pulled: Collection[str]) -> None:
        self.pattern = pattern
        self._order = np.argsort(pattern.limited, kind="stable")
        ordered = pattern.limited[self._order]
        self._first = np.flatnonzero(np.diff(ordered, prepend=-1))
        ends = np.array([figures.value, figures.high, figures.low])
        filled = pattern.fill(ends)
        stands = np.repeat([[float(lever in pulled) for lever in pattern.projects]], len(ends), axis=0)
        wide = np.maximum(
            self.capacity(filled, np.arange(3), stands), self.capacity(filled, np.arange(3), 0.0 * stands)
        )
        used: NDArray[np.bool_] = np.any(np.minimum(wide, filled.bound) > 0, axis=0)
        if filled.foreign is not None:
            used = np.logical_or(used, np.any(np.minimum(wide, filled.foreign[0]) > 0, axis=0))
        self.nodes = int(max(pattern.tail.max(), pattern.head.max())) + 1
        self.network: Shrunk = shrink(pattern.tail, pattern.head, used, np.zeros(self.nodes, dtype=bool))
        arcs = len(self.network[0]) - len(self.network[5])
        self.owner = np.minimum(self.network[4].astype(np.int64), arcs)
        self.part = np.argsort(self.owner, kind="stable")[: int((self.owner < arcs).sum())]
        self.first_part = np.searchsorted(self.owner[self.part], np.arange(arcs + 1))
        self.bases = self._bases(pattern.fill(figures.value[None]))
        _, others, usual = self.usual(pattern.fill(figures.value[None]))
        self._today = (usual - others)[0]

    def _bases(self, filled: Filled) -> tuple[Start, Start]:
        """Bases of the cargo and of the others where every figure is its central: all else is found from them."""
        from equipoise.maths.flow.groups import reference_of

        today = np.maximum(
            self.capacity(filled, np.zeros(1, dtype=np.int64), np.zeros((1, len(self.pattern.projects)))), 0.0
        )
        bound, cost = (filled.bound, filled.cost) if filled.foreign is None else filled.foreign
        theirs = reference_of(self.network, self.narrowed(np.minimum(today, bound))[0], cost[0])
        return reference_of(self.network, self.narrowed(np.minimum(today, filled.bound))[0], filled.cost[0]), theirs

    def capacity(
        self, filled: Filled, future: IntArray, stands: FloatArray, sinking: Collection[int] = (), sunk: FloatArray | None = None
    ) -> FloatArray:  # fmt: skip
        """Capacity (e, m) in these futures (e,) when works stand to these degrees (e, p): the least of the limits of each arc. Of
        ``sinking`` arcs so much is left, ``sunk`` (e,), of what ships and ports can do; a contract or a quota is as wide as ever.
        """
        limits = filled.room[future]
        for p in np.flatnonzero((stands > 0).any(axis=0)):
            limits = limits + stands[:, p, None] * filled.addition[future, p]
        if sunk is not None and len(sinking):
            limits = np.where(
                np.isin(self.pattern.limited, list(sinking)) & self.pattern.steel, limits * sunk[:, None], limits
            )
        return np.asarray(np.minimum.reduceat(limits[:, self._order], self._first, axis=1))

    def entering(self, layout: Layout, states: Sequence[str]) -> FloatArray:
        """Arcs (m,) by which cargo enters the territory of some states: 1, others 0."""
        inside, rows = set(states), {row["link"]: row for row in layout.links}
        marks = np.zeros(len(self.pattern.tail))
        for i, link in enumerate(self.pattern.links):
            ends = layout.country(rows[link]["from"]), layout.country(rows[link]["to"])
            marks[i] = float(ends[0] not in inside and ends[1] in inside)
        return marks

    def crossing(self, layout: Layout, states: Sequence[str]) -> float:
        """What crosses the territory of some states today, on its way to markets elsewhere, where every figure is its central."""
        sold = np.zeros(len(self.pattern.tail))
        sold[self.pattern.out] = [float(layout.country(market) in states) for market in self.pattern.markets]
        return float(self._today @ (self.entering(layout, states) - sold))

    def narrowed(self, room: FloatArray) -> FloatArray:
        """Room of the shrunk arcs (..., M) in that of the arcs (..., m)."""
        if not len(self.part):
            return np.zeros((*room.shape[:-1], 0))
        return np.asarray(np.minimum.reduceat(room[..., self.part], self.first_part[:-1], axis=-1))

    def circulate(
        self, starts: IntArray, high: FloatArray, cost: FloatArray, marks: FloatArray, calm: IntArray | None = None,
        past: IntArray | None = None, whose: int = 0, keep: bool = False,
    ) -> Circulations:  # fmt: skip
        """Cheapest flows of groups of states, of the home state's cargo or (``whose`` 1) of others."""
        from equipoise.maths.flow.groups import circulate

        tail, head = self.pattern.tail, self.pattern.head
        return circulate(tail, head, self.network, self.bases[whose], starts, high, cost, marks, calm, past, keep)

    def flow(self, capacity: FloatArray, cost: FloatArray, whose: int = 0) -> FloatArray:
        """Cheapest flows (S, m), each in its own room and at its own costs."""
        return self.whole(self._each(self.narrowed(capacity), cost, whose))

    def whole(self, flow: FloatArray) -> FloatArray:
        """Flows of shrunk arcs (S, M) as those of all arcs (S, m)."""
        return np.append(flow, np.zeros((len(flow), 1)), axis=1)[:, self.owner]

    def _each(self, high: FloatArray, cost: FloatArray, whose: int) -> FloatArray:
        nothing = np.zeros((1, len(self.pattern.tail)))
        return self.circulate(np.arange(len(high) + 1), high, cost, nothing, whose=whose, keep=True).flow

    def usually(self, filled: Filled) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Today: capacities (K, m), what others carry, and what all carry, of the shrunk arcs (K, M)."""
        futures = np.arange(len(filled.room))
        today = np.maximum(self.capacity(filled, futures, np.zeros((len(futures), len(self.pattern.projects)))), 0.0)
        wide = self.narrowed(today)
        others = np.zeros_like(wide)
        if filled.foreign is not None:
            others = self._each(np.minimum(wide, self.narrowed(filled.foreign[0])), filled.foreign[1], 1)
        own = self._each(np.minimum(np.maximum(wide - others, 0.0), self.narrowed(filled.bound)), filled.cost, 0)
        return today, others, others + own

    def usual(self, filled: Filled) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Today: capacities, what others carry, and what all carry, each (K, m)."""
        today, others, usual = self.usually(filled)
        return today, self.whole(others), self.whole(usual)


@dataclass(frozen=True, slots=True)
class Drift:
    """What changes by itself from year to year: arcs over a shallow ``sea`` that ``sinking`` (s,) lose the share ``payload`` of
    their room for each centimetre, the supply by its ``growth``, what each market takes by its own (``demand``, -1 where nobody
    told one); each a figure by position. ``railway`` are arcs of railways at home."""

    sinking: IntArray
    payload: tuple[int, ...]
    sea: int | None
    growth: int | None
    railway: IntArray
    demand: tuple[int, ...] = ()

    def room(self, values: FloatArray, years: int) -> FloatArray:
        """What is left of the room of arcs that sink (K, Y)."""
        made = np.ones((len(values), years))
        if self.sea is not None and self.payload:
            fall = np.maximum(-values[:, self.sea], 0.0)[:, None] * np.arange(1, years + 1)
            lost = values[:, list(self.payload)].mean(axis=1)[:, None] / 100.0 * fall
            made = np.clip(1.0 - lost, 0.0, 1.0)
        return made

    def supply(self, values: FloatArray, years: int) -> FloatArray:
        """Supply over that of the year of the case (K, Y)."""
        if self.growth is None:
            return np.ones((len(values), years))
        return np.asarray((1.0 + values[:, self.growth, None] / 100.0) ** np.arange(1, years + 1))

    def asked(self, values: FloatArray, years: int) -> FloatArray:
        """What each market takes over what it took in the year of the case (K, Y, markets)."""
        made = np.ones((len(values), years, len(self.demand)))
        for market, figure in enumerate(self.demand):
            if figure >= 0:
                made[..., market] = (1.0 + values[:, figure, None] / 100.0) ** np.arange(1, years + 1)
        return made


class Carriage:
    """The network of a commodity, ready to be lived through; ``entering`` (m,) marks arcs into the crossed territory, ``ends``
    the places of the powers whose withdrawal is studied."""

    def __init__(
        self, limits: Limits, question: Question, ends: Sequence[int], entering: FloatArray, drift: Drift, moving: Collection[str]
    ) -> None:  # fmt: skip
        self.limits, self.pattern, self.drift = limits, limits.pattern, drift
        self.projects = self.pattern.projects
        place = {link: i for i, link in enumerate(self.pattern.links)}
        self._ends, self._powers = list(ends), {power: i for i, power in enumerate(question.powers)}
        found = [
            (j, self._powers[one.power] if one.all else -1, [place[link] for link in one.links if link in place])
            for j, one in enumerate(question.threats)
        ]
        self._hazards = [(j, whole, arcs) for j, whole, arcs in found if whole >= 0 or arcs]
        self.columns = np.array([j for j, _, _ in self._hazards], dtype=np.int64)
        keys = [
            tuple(
                (pull.lever, pull.year, pull.intensity)
                for pull in policy.pulls
                if pull.lever in self.projects or (pull.lever in moving and len(drift.railway))
            )
            for policy in question.policies
        ]
        self.track = np.array([keys.index(key) for key in keys])
        arcs = len(self.pattern.tail)
        into, sold = np.zeros(arcs), np.zeros(arcs)
        into[self.pattern.into], sold[self.pattern.out] = 1.0, 1.0
        self._marks = np.array([into, entering, sold])
        self._ground = self._over(len(question.threats))

    def carry(self, values: FloatArray, stands: FloatArray, closed: Closed, rail: FloatArray | None = None) -> Carried:
        """Carry through K futures: values of all figures (K, F), how far works stand (K, P, T, p), what threats close
        by quarter, and what policies make of the room of railways at home (K, P, Y)."""
        from equipoise.maths.spans import meet, spans

        filled, ground = self.pattern.fill(values), self._ground
        futures, policies, times, _ = stands.shape
        arcs, years = len(self.pattern.tail), times // QUARTERS
        growth, drift = self.drift.supply(values, years), np.ones((futures, years, arcs))
        swelling = np.flatnonzero(self.pattern.unknown).tolist()  # wide as whatever there is
        swelling += [*range(self.pattern.into.start, self.pattern.into.stop), arcs - 1]
        drift[:, :, swelling] = growth[:, :, None]
        if self.drift.demand:
            drift[:, :, self.pattern.out] = self.drift.asked(values, years)
        if rail is None:
            rail = np.ones((futures, policies, years))
        span, most = np.empty((futures, policies, times), np.int64), futures * len(set(self.track)) * times
        base, edge = np.empty((most, arcs)), np.empty((most, arcs))
        spans(
            ground, filled.room, filled.addition, stands, self.drift.room(values, years), np.ascontiguousarray(rail), drift,
            filled.bound, span, base, edge,
        )  # fmt: skip
        weightings = (len(closed.start) - 1) // (2 * futures * policies * times)  # each of them unprovoked and provoked
        states = meet(ground, closed, span, weightings)
        told = self._circulated(filled, states, base, edge)
        exports, entered, sales = told[:, 0].copy(), told[:, 1], -told[:, 2]
        final = states.peace[:, :, -1]
        return Carried(
            exports[states.starts[:-1]], sales[states.starts[:-1]], exports[final], exports[states.last],
            exports[final] - entered[final], exports[states.where], sales[states.where], exports[states.peace],
            sales[states.peace], exports[states.starts[:-1], None] * growth,
        )  # fmt: skip

    def _circulated(self, filled: Filled, states: States, base: FloatArray, edge: FloatArray) -> FloatArray:
        """What the marks tell of every state (S, r); a few futures at a time, whose rooms stay where they are quickly found."""
        from equipoise.maths.spans import piece, rooms

        limits, made = self.limits, np.empty((len(states.span), len(self._marks)))
        usually, futures = limits.usually(filled), len(filled.room)
        few = max(NEAR * futures // max(len(states.span) * len(limits.first_part), 1), 1)
        for first in range(0, futures, few):
            last = min(first + few, futures)
            here, given = piece(states, first, last), filled.cut(first, last)
            today, others, usual = (one[first:last] for one in usually)
            high, fits = np.empty((len(here.span), usual.shape[1])), np.empty(len(here.span), dtype=bool)
            rooms(self._ground, here, given.left, today, base, edge, given.bound, others, usual, SMALLEST, high, fits)
            if given.foreign is not None and not fits.all():
                self._give_way(given.foreign, here, fits, edge, high)
            told = limits.circulate(here.starts, high, given.cost, self._marks, here.calm, here.past).told
            made[states.starts[first] : states.starts[last]] = told
        return made

    def _give_way(
        self, foreign: tuple[FloatArray, FloatArray], states: States, fits: NDArray[np.bool_], edge: FloatArray, high: FloatArray
    ) -> None:  # fmt: skip
        """Where what others usually carry does not fit, they find their way anew before the home state does."""
        from equipoise.maths.spans import crowded, give_way

        bound, cost = foreign
        crowd = crowded(self._ground, states, fits, bound, high)
        theirs = self.limits.circulate(
            crowd.starts, crowd.room, cost, self._marks[:1], crowd.calm, crowd.past, whose=1, keep=True
        )
        give_way(self._ground, states, crowd, theirs.flow, edge, high)

    def _over(self, count: int) -> Ground:
        """What every future shares, of so many threats."""
        from equipoise.maths.spans import Ground

        limits, pattern = self.limits, self.pattern
        place = np.full(count, -1)
        hit, power = [], []
        for column, (j, whole, links) in enumerate(self._hazards):
            place[j] = column
            hit.append(self._held(whole) if whole >= 0 else links)
            power.append(whole)
        for end in self._ends:
            hit.append(self._held(end))
            power.append(end)
        return Ground(
            pattern.limited, np.isin(pattern.limited, self.drift.sinking) & pattern.steel, self.drift.railway, pattern.unknown,
            place, np.array([arc for row in hit for arc in row], dtype=np.int64), np.cumsum([0, *map(len, hit)]),
            np.array(power, dtype=np.int64), len(self._ends), limits.part, limits.first_part, limits.owner, self.track, QUARTERS,
        )  # fmt: skip

    def _held(self, power: int) -> list[int]:
        """Arcs of which a power closes some share."""
        return sorted({position for position, _ in self.pattern.control[power]})
