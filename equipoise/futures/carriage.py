"""What the network of one commodity carries in many futures, under works that come to stand and hazards that close links.

The grades of the home state move as one cargo, each market at its best price: what is exported is that of the full network to
within a small error (a test prints it), where its rent would not be. Foreign cargo under contract moves first. A state of the
network is solved once: quarters in which nothing changes, lives that meet the same closures, and policies that build the same
share it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from equipoise.case import Layout
from equipoise.corridors.network import SMALLEST
from equipoise.futures.book import Figures
from equipoise.futures.lives import QUARTERS, Question
from equipoise.futures.pattern import Filled, Pattern
from equipoise.maths.flow.shrink import Shrunk, shrink

__all__ = ["Carriage", "Carried", "Drift", "Limits"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


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
        _, others, usual = self.usual(pattern.fill(figures.value[None]))
        self._today = (usual - others)[0]

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

    def flow(self, starts: IntArray, capacity: FloatArray, cost: FloatArray) -> FloatArray:
        """Cheapest flows of groups of states."""
        from equipoise.maths.flow.groups import flows_of_groups

        return flows_of_groups(self.pattern.tail, self.pattern.head, self.network, starts, capacity, cost)

    def usual(self, filled: Filled) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Today: capacities, what others carry, and what all carry, each (K, m)."""
        futures = np.arange(len(filled.room))
        today = self.capacity(filled, futures, np.zeros((len(futures), len(self.pattern.projects))))
        alone = np.arange(len(futures) + 1)
        others = np.zeros_like(today)
        if filled.foreign is not None:
            others = self.flow(alone, np.minimum(today, filled.foreign[0]), filled.foreign[1])
        own = self.flow(alone, np.minimum(np.clip(today - others, 0.0, None), filled.bound), filled.cost)
        return today, others, own + others


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

    def carry(
        self, values: FloatArray, stands: FloatArray, closed: FloatArray, rail: FloatArray | None = None
    ) -> Carried:
        """Carry through K futures: values of all figures (K, F), how far works stand (K, P, T, p), what threats close
        (K, P, W, 2, T, J), and what policies make of the room of railways at home (K, P, Y)."""
        from equipoise.maths.flow.groups import totals_of_groups
        from equipoise.maths.hazards import rooms, states

        limits, filled = self.limits, self.pattern.fill(values)
        today, others, usual = limits.usual(filled)
        years = stands.shape[2] // QUARTERS
        sunk, growth, asked = (drift(values, years) for drift in (self.drift.room, self.drift.supply, self.drift.asked))
        drifts = (sunk != 1.0).any(axis=0) | (growth != 1.0).any(axis=0) | (asked != 1.0).any(axis=(0, 2))
        epoch, future, at = self._epochs(stands, drifts, rail if len(self.drift.railway) else None)
        year = at[2] // QUARTERS
        room = limits.capacity(filled, future, stands[at], self.drift.sinking, sunk[future, year])
        if rail is not None and len(self.drift.railway):
            room[:, self.drift.railway] *= rail[future, at[1], year, None]
        grown = [*range(self.pattern.into.start, self.pattern.into.stop), len(self.pattern.tail) - 1]
        room[:, grown] *= growth[future, year, None]
        room[:, self.pattern.unknown] *= growth[future, year, None]  # wide as whatever there is
        where, last = np.empty(closed.shape[:5], np.int64), np.zeros((*epoch.shape[:2], len(self._ends)), np.int64)
        peace, scale = np.empty(len(future), np.int64), np.ones_like(room)
        scale[:, grown] = growth[future, year, None]
        if self.drift.demand:
            room[:, self.pattern.out] *= asked[future, year]
            scale[:, self.pattern.out] = asked[future, year]
        of, starts, shut = states(closed, self.columns, self.track, epoch, len(self._ends), where, peace, last)
        capacity, fits = np.empty((len(of), today.shape[1])), np.empty(len(of), dtype=bool)
        rooms(
            starts, of, shut, self._hit(filled), today, room, self.pattern.unknown, usual, others, filled.bound,
            scale, SMALLEST, capacity, fits,
        )  # fmt: skip
        if not fits.all():
            self._give_way(filled, of, starts, fits, capacity, scale)
        totals = totals_of_groups(
            self.pattern.tail, self.pattern.head, limits.network, starts, capacity, filled.cost, self._marks
        )
        exports, entered, sales = totals[:, 0], totals[:, 1], -totals[:, 2]
        calm = peace[epoch]
        finally_ = calm[:, :, -1]
        return Carried(
            exports[starts[:-1]], sales[starts[:-1]], exports[finally_], exports[last],
            exports[finally_] - entered[finally_], exports[where],
            sales[where], exports[calm], sales[calm], exports[starts[:-1], None] * growth,
        )  # fmt: skip

    def _hit(self, filled: Filled) -> FloatArray:
        """What each hazard, and each power that closes all, takes of each arc where it is whole (K, c + I, m)."""
        taken = 1.0 - filled.left
        made = np.zeros((len(taken), len(self._hazards) + len(self._ends), taken.shape[2]))
        for c, (_, whole, arcs) in enumerate(self._hazards):
            if whole >= 0:
                made[:, c] = taken[:, whole]
            else:
                made[:, c, arcs] = 1.0
        made[:, len(self._hazards) :] = taken[:, self._ends]
        return made

    def _epochs(
        self, stands: FloatArray, drifts: NDArray[np.bool_], rail: FloatArray | None
    ) -> tuple[IntArray, IntArray, tuple[IntArray, ...]]:
        """Spans in which no work comes to stand and nothing drifts (K, P, T), numbered through all futures, those of a track as
        its first; the future of each, and where it begins."""
        new = np.ones(stands.shape[:3], dtype=bool)
        new[:, :, 1:] = (stands[:, :, 1:] != stands[:, :, :-1]).any(axis=-1)
        begins = np.arange(QUARTERS, stands.shape[2], QUARTERS)
        if drifts.any():
            new[:, :, begins] = True
        if rail is not None:
            new[:, :, begins] |= rail[:, :, 1:] != rail[:, :, :-1]
        new[:, self.track != np.arange(len(self.track))] = False
        epoch = (np.cumsum(new.ravel()) - 1).reshape(new.shape)[:, self.track]
        at = np.nonzero(new)
        return np.ascontiguousarray(epoch, dtype=np.int64), at[0], at

    def _give_way(
        self, filled: Filled, of: IntArray, starts: IntArray, fits: NDArray[np.bool_], capacity: FloatArray, scale: FloatArray
    ) -> None:  # fmt: skip
        """Where what others usually carry does not fit, they find their way anew before the home state does."""
        from equipoise.maths.hazards import give_way, unfit

        count = int((~fits).sum())
        rows, groups, room = (
            np.empty(count, np.int64),
            np.empty(len(starts), np.int64),
            np.empty((count, capacity.shape[1])),
        )
        bound, cost = filled.foreign if filled.foreign is not None else (np.zeros_like(filled.bound), filled.cost)
        unfit(starts, fits, capacity, bound, rows, groups, room)
        give_way(groups, rows, of, self.limits.flow(groups, room, cost), filled.bound, scale, capacity)
