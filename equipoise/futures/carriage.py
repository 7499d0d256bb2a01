"""The network of one commodity in one future, under many states of works and closures at once, by the compiled kernel.

The grades of the home state move as one cargo here, each market at its best price: what is exported is that of the full
network to within a small error (a test prints it), where its rent would not be. Foreign cargo under contract moves first.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from equipoise.case import Layout
from equipoise.corridors.network import ALWAYS_DELIVERED, SMALLEST
from equipoise.maths.flow import min_cost_flow_batch
from equipoise.resilience.projects import Works

__all__ = ["Carriage"]

FloatArray = NDArray[np.float64]


class Carriage:
    """What a network with its works carries under any of many states.

    ``works`` (p projects, r limits, m arcs) is of one future; every method takes k states at once.
    """

    def __init__(self, works: Works) -> None:
        self.works, self.network = works, works.network
        network = self.network
        links, suppliers = len(network.links), len(network.suppliers)
        self._into, self._out = slice(links, links + suppliers), slice(links + suppliers, -1)
        self._links = slice(0, links)
        self.bound, self.cost = self._merged(network.own, network.cost, network.tie)
        self._foreign: tuple[FloatArray, FloatArray] | None = None
        if network.foreign is not None:
            own = network.foreign.own_capacity
            cost = np.repeat(network.cost[:1], len(own), axis=0)
            cost[:, self._into], cost[:, self._out] = 0.0, -ALWAYS_DELIVERED
            self._foreign = self._merged(own, cost, network.tie)
        moved = [limit.arc for limit in works.limits if limit.kind]
        unknown = np.isin(np.arange(len(network.tail)), [
            i for i, link in enumerate(network.links) if link in network.missing["capacity"]
        ])  # fmt: skip
        unknown[moved] = False  # its limits are those that works move
        self._unknown = unknown
        self._nothing = np.zeros(int(network.tail.max()) + 1)
        today = self.room(np.zeros((1, len(works.projects))))
        self._others = self._solved(self._foreign, today)[0] if self._foreign else np.zeros(len(network.tail))
        self._usual = self._solved((self.bound, self.cost), today - self._others)[0] + self._others

    def _merged(self, own: FloatArray, cost: FloatArray, tie: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Grades as one cargo: bounds (m,) and costs (m,)."""
        bound = np.full(own.shape[1], np.inf)
        bound[self._into], bound[self._out] = own[:, self._into].sum(axis=0), own[:, self._out].max(axis=0)
        one = cost[0] + tie
        weight = own[:, self._into] / np.maximum(own[:, self._into].sum(axis=0), 1e-12)
        one[self._into] = (cost[:, self._into] * weight).sum(axis=0)
        taken = np.where(own[:, self._out] > 0, cost[:, self._out], np.inf).min(axis=0)
        one[self._out] = np.where(np.isfinite(taken), taken, 0.0)
        return bound, one

    def _solved(self, cargo: tuple[FloatArray, FloatArray], room: FloatArray) -> FloatArray:
        bound, cost = cargo
        capacity = np.minimum(np.clip(room, 0.0, None), bound)
        network = self.network
        return min_cost_flow_batch(network.tail, network.head, capacity, cost, self._nothing).flow

    def room(self, stands: FloatArray) -> FloatArray:
        """Capacity (k, m) when works stand to these degrees (k, p), each in [0, 1]: the least of the limits of each arc."""
        limits = self.works.room + stands @ self.works.addition
        capacity = np.full((len(stands), len(self.network.tail)), np.inf)
        for row, arc in enumerate(self.works.limited):
            np.minimum(capacity[:, arc], limits[:, row], out=capacity[:, arc])
        return capacity

    def flows(self, stands: FloatArray, left: FloatArray) -> FloatArray:
        """Flow of the home state (k, m) when works stand so and this much is left of each arc, (k, m) in [0, 1].

        Of a link whose capacity nobody published, whoever withdraws a share takes that share of what it carries today.
        """
        capacity = np.where(self._unknown & (left < 1.0), self._usual, self.room(stands)) * left
        if self._foreign is None:
            return self._solved((self.bound, self.cost), capacity)
        fits = (self._others <= capacity + SMALLEST).all(axis=1)
        others = np.repeat(self._others[None], len(capacity), axis=0)
        if not fits.all():
            others[~fits] = self._solved(self._foreign, capacity[~fits])
        return self._solved((self.bound, self.cost), capacity - others)

    def exports(self, flow: FloatArray) -> FloatArray:
        """Exports (k,) of flows (k, m)."""
        return np.asarray(flow[:, self._into].sum(axis=1))

    def sales(self, flow: FloatArray) -> FloatArray:
        """Gross sales (k,) at the prices of the year of the case, mln USD a year."""
        return np.asarray(-(flow[:, self._out] @ self.cost[self._out]))

    def entering(self, layout: Layout, states: Sequence[str]) -> FloatArray:
        """Arcs (m,) by which cargo enters the territory of some states: 1, others 0."""
        inside = set(states)
        rows = {row["link"]: row for row in layout.links}
        marks = np.zeros(len(self.network.tail))
        for i, link in enumerate(self.network.links):
            ends = layout.country(rows[link]["from"]), layout.country(rows[link]["to"])
            marks[i] = float(ends[0] not in inside and ends[1] in inside)
        return marks

    def sold_in(self, layout: Layout, states: Sequence[str]) -> FloatArray:
        """Arcs (m,) by which cargo is sold in the territory of some states: 1, others 0."""
        marks = np.zeros(len(self.network.tail))
        marks[self._out] = [float(layout.country(market) in states) for market in self.network.markets]
        return marks
