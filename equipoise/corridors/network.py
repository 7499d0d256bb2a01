"""One network for a commodity, a year and a reading of the limits, as arrays; what it carries, and under closures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from equipoise.corridors.inputs import Input
from equipoise.maths.flow import FlowModel, MultiFlow

__all__ = ["ALWAYS_DELIVERED", "CONTROL_KINDS", "SMALLEST", "Closures", "Network", "Solution", "Use"]

FloatArray = NDArray[np.float64]

CONTROL_KINDS = ("territory", "ownership", "operator", "jurisdiction")
"""Ways of control that close a link or a field; closing a market closes a buyer, not the volume."""

SMALLEST = 1e-6
"""A flow, or a difference of flows, below this (a tonne, where flows are in Mt) is the solver's rounding: nothing."""

ALWAYS_DELIVERED = 1e4
"""Worth of a unit that has no price, above any cost of carrying it: as much as possible is delivered."""


STEP = 1e-3
"""Room added to a link to see what more of it would earn: a thousand tonnes, where flows are in Mt."""


@dataclass(frozen=True, slots=True)
class Use:
    """How a network uses a figure: its role, the link or place, the grade (-1 for all), and which share of it counts."""

    role: str
    place: str
    grade: int
    effect: float


@dataclass(frozen=True, slots=True)
class Solution:
    """A solved network. ``exports`` of the home state, ``rent`` of its cargo in mln USD (nan where prices or costs are
    not known), ``sales`` gross (nan without prices), ``arc_flow`` (m,) of everybody, ``foreign_flow`` (m,) of the others,
    ``home_flow`` (links,) of the home state, ``price`` (links,) shadow price of each link in USD per unit, ``raw`` the
    solver's answer for the home grades."""

    exports: float
    rent: float
    sales: float
    arc_flow: FloatArray
    home_flow: FloatArray
    foreign_flow: FloatArray
    price: FloatArray
    raw: MultiFlow


@dataclass(frozen=True)
class Network:
    """Arcs are the links, then one arc into each place that supplies, one out of each market, and one that returns.

    ``capacity`` (m,) is shared by all grades; ``cost`` (k, m) is of the grades of the home state, USD per unit, with
    minus the price on the arcs out of markets; ``tie`` (m,) tells ways of equal cost apart and is in no account.
    Foreign cargo under contract moves first: it takes its room before the
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
    tie: FloatArray
    priced: bool
    costed: bool
    capacity_by: Mapping[str, str]
    inputs: Mapping[str, Sequence[Use]]
    missing: Mapping[str, tuple[str, ...]]
    control: Mapping[str, Sequence[tuple[int, str, Input]]]
    model: FlowModel = field(repr=False, compare=False)
    foreign: FlowModel | None = field(repr=False, compare=False)

    def solve(
        self, capacity: FloatArray | None = None, favour: FloatArray | None = None, before: Solution | None = None
    ) -> Solution:
        """The flow that earns the home state most, for these capacities or its own.

        ``favour`` (m,) makes an arc look cheaper by so much when the way is chosen; what is earned is counted without.
        ``before`` is a solution with more room: foreign cargo that still fits goes the way that it went there.
        """
        room = self.capacity if capacity is None else capacity
        if before is not None and (before.foreign_flow <= room + SMALLEST).all():
            others = before.foreign_flow
        else:
            others = self.foreign.solve(room).flow.sum(axis=0) if self.foreign else np.zeros(len(room))
        raw = self.model.solve(
            np.maximum(room - others, 0.0), cost=None if favour is None else self.cost + self.tie - favour
        )
        m = len(self.links)
        into, out = slice(m, m + len(self.suppliers)), slice(m + len(self.suppliers), -1)
        return Solution(
            exports=float(raw.flow[:, into].sum()),
            rent=-float((self.cost * raw.flow).sum()) if self.priced and self.costed else float("nan"),
            sales=-float((self.cost[:, out] * raw.flow[:, out]).sum()) if self.priced else float("nan"),
            arc_flow=raw.flow.sum(axis=0) + others,
            home_flow=raw.flow[:, :m].sum(axis=0),
            foreign_flow=others,
            price=raw.capacity_price[:m],
            raw=raw,
        )

    def worth(self, solved: Solution, capacity: FloatArray) -> FloatArray:
        """What one more unit of room on each link (links,) would earn, USD per unit, from a solution for these capacities.

        At most the dual price, which is what one unit less would cost: where two links in a row are both full, more room
        on one of them alone earns nothing.
        """
        earned = np.zeros(len(self.links))
        for link in np.flatnonzero(solved.price > SMALLEST):
            wider = capacity.copy()
            wider[link] += STEP
            earned[link] = max(0.0, (self.solve(wider, before=solved).rent - solved.rent) / STEP)
        return earned

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
        solved = self.network.solve(capacity, before=self.base)
        self._solutions.append(solved)
        self._left = np.vstack([self._left, left])
        self._flow = np.vstack([self._flow, solved.arc_flow])
        return solved
