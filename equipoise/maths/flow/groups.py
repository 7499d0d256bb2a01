"""Cheapest circulations in one shrunk network under states that come in groups, each group with costs of its own, compiled.

The states of a group are solved in their order, each from the basis of one before it. A basis is dual feasible whatever the
capacities are; where even its flows fit the new ones, and fill all that must be full, they are the cheapest there too, and
nothing is solved at all. No group knows of another, so that no answer hangs on how many are asked.

Imported where it is called: numba takes half a second to load.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from equipoise.maths.compiling import lean
from equipoise.maths.flow.kernel import (
    AFTER,
    ARC,
    AT_HIGH,
    BEFORE,
    FIRST,
    IN_TREE,
    PARENT,
    ROUNDING,
    Basis,
    Limits,
    Net,
    Start,
    align,
    compiled,
    make_room,
    solve,
)
from equipoise.maths.flow.model import min_cost_flow
from equipoise.maths.flow.shrink import Shrunk

__all__ = ["Circulations", "circulate", "reference_of"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Row = NDArray[Any]
inlined, outlined = lean(inline=True), lean(inline=False)


class Circulations(NamedTuple):
    """What is carried in each state: ``flow`` (S, M) of the shrunk arcs where it was asked for, ``told`` (S, r) by the marks."""

    flow: FloatArray
    told: FloatArray


class _Pool(NamedTuple):
    """Bases of the states of a group, one a row: the tree with the order of its nodes (N, 6, n + 1), places and flows of arcs,
    prices of nodes, the largest flow, and the row that each state is solved in."""

    tree: NDArray[np.uint32]
    place: NDArray[np.int8]
    flow: FloatArray
    price: FloatArray
    largest: FloatArray
    row: IntArray


@inlined
def _copy(to: Row, of: Row) -> None:
    for i in range(len(of)):
        to[i] = of[i]


@inlined
def _fits(pool: _Pool, at: int, high: FloatArray, nodes: int) -> bool:
    """Whether the flows of a state that was solved are the cheapest in this room too."""
    least = ROUNDING * (nodes + 10) * pool.largest[at]
    flow, place, good = pool.flow[at], pool.place[at], least >= 0.0
    for arc in range(len(high)):
        good &= (flow[arc] <= high[arc] + least) & ((place[arc] != AT_HIGH) | (flow[arc] == high[arc]))
    return bool(good)


@outlined
def _settle(net: Net, limits: Limits, pool: _Pool, start: int, at: int, arcs: int, paper: Any) -> bool:
    """Solve one state from the basis of another."""
    if start != at:
        for row in range(6):
            _copy(pool.tree[at, row], pool.tree[start, row])
        _copy(pool.place[at], pool.place[start])
        _copy(pool.price[at], pool.price[start])
    basis, flow, largest = Basis(pool.tree[at, :5], pool.place[at], pool.flow[at], pool.price[at]), pool.flow[at], 0.0
    _copy(paper.queue, pool.tree[at, 5])
    good = solve(net, limits, basis, paper)
    _copy(pool.tree[at, 5], paper.queue)
    for arc in range(arcs):
        flow[arc] = min(max(flow[arc], 0.0), limits.high[arc])
        largest = max(largest, flow[arc])
    pool.largest[at] = largest if good else np.nan
    return good


@compiled
def _circulate(
    network: Shrunk, reference: Start, starts: IntArray, high: FloatArray, cost: FloatArray, calm: IntArray, past: IntArray,
    marks: FloatArray, flow: FloatArray, told: FloatArray,
) -> Start:  # fmt: skip
    """Solve the states of each group; what cannot be shown to be solved is told as not a number. The last basis of all."""
    tail, head, start, around, owner, ends = network
    net, nodes, arcs, most = Net(tail, head, start, around), len(ends), high.shape[1], 0
    limits, _, paper = make_room(len(tail), nodes)
    row = np.int64(0)
    for g in range(len(starts) - 1):
        most = max(most, starts[g + 1] - starts[g])
    pool = _Pool(
        np.empty((most + 1, 6, nodes + 1), np.uint32), np.empty((most + 1, len(tail)), np.int8),
        np.zeros((most + 1, len(tail) + 1)), np.empty((most + 1, nodes + 1)), np.empty(most + 1), np.empty(most, np.int64),
    )  # fmt: skip
    weight = np.zeros((len(marks), len(tail) + 1))
    for g in range(len(starts) - 1):
        weight[:], limits.cost[:] = 0.0, 0.0
        for arc in range(len(owner)):
            limits.cost[owner[arc]] += cost[g, arc]
            for r in range(len(marks)):
                weight[r, owner[arc]] += marks[r, arc] * (cost[g, arc] if r == len(marks) - 1 else 1.0)
        limits.cost[len(tail)] = 0.0
        pool.tree[most, :5], pool.place[most] = reference[0], reference[1]
        align(net, limits, Basis(pool.tree[most, :5], pool.place[most], pool.flow[most], pool.price[most]), paper)
        pool.tree[most, 5] = paper.queue
        for s in range(starts[g], starts[g + 1]):
            at, alike = s - starts[g], np.int64(-1)
            for other in (calm[s], past[s]):
                if alike < 0 and other >= 0 and _fits(pool, pool.row[other], high[s], nodes):
                    alike = other
            if alike >= 0:
                row = pool.row[alike]
                told[s] = told[starts[g] + alike]
            else:
                row, before = at, past[s] if past[s] >= 0 else calm[s]
                _copy(limits.high, high[s])
                _settle(net, limits, pool, pool.row[before] if before >= 0 else most, at, arcs, paper)
                for r in range(len(marks)):
                    amount = 0.0 * pool.largest[row]
                    for arc in range(arcs):
                        amount += pool.flow[row, arc] * weight[r, arc]
                    told[s, r] = amount
            pool.row[at] = row
            if len(flow):
                flow[s] = pool.flow[row, :arcs]
    return pool.tree[row, :5].copy(), pool.place[row].copy(), pool.price[row].copy(), pool.tree[row, 5].copy()


def reference_of(network: Shrunk, high: FloatArray, cost: FloatArray) -> Start:
    """A basis that is the cheapest at costs (m,) in a room (M,) of the shrunk arcs, from which others may begin."""
    none, nothing = np.full(1, -1), np.zeros((1, len(cost)))
    return _circulate(
        network, _hung(network), np.arange(2), high[None], cost[None], none, none, nothing, np.empty((0, len(high))),
        np.empty((1, 1)),
    )  # fmt: skip


def _hung(network: Shrunk) -> Start:
    """The basis in which every node hangs from the root."""
    nodes, arcs = len(network[5]), len(network[0]) - len(network[5])
    none, order = nodes + 1, np.arange(nodes)
    tree = np.zeros((5, nodes + 1), dtype=np.uint32)
    tree[FIRST:] = none
    tree[PARENT, :nodes], tree[ARC, :nodes] = nodes, arcs + order
    tree[AFTER, : max(nodes - 1, 0)], tree[BEFORE, 1:nodes] = order[1:], order[: max(nodes - 1, 0)]
    if nodes:
        tree[FIRST, nodes] = 0
    place = np.ones(arcs + nodes, dtype=np.int8)
    place[arcs:] = IN_TREE
    queue = np.append(nodes, order).astype(np.uint32)
    return tree, place, np.zeros(nodes + 1), queue


def circulate(
    tail: IntArray, head: IntArray, network: Shrunk, reference: Start, starts: IntArray, high: FloatArray, cost: FloatArray,
    marks: FloatArray, calm: IntArray | None = None, past: IntArray | None = None, keep: bool = False,
) -> Circulations:  # fmt: skip
    """The cheapest circulation in each of S states, those from ``starts[g]`` to ``starts[g + 1]`` at costs ``cost[g]`` (G, m).

    Parameters
    ----------
    network
        The network ``tail``, ``head`` (m,), shrunk to M arcs whose room is ``high`` (S, M).
    reference
        The basis from which each group begins.
    marks : (r, m)
        What is told of a state: the sum of what marked arcs carry, and for the last mark the cost of what they carry.
    calm, past : (S,), optional
        States before this one, by their number in its group, or -1: those whose flows may serve here too, the latter its basis.
    keep
        Whether the flows are asked for.
    """
    none = np.full(len(high), -1)
    flow, told = np.empty((len(high) if keep else 0, high.shape[1])), np.empty((len(high), len(marks)))
    _circulate(
        network, reference, starts, high, cost, none if calm is None else calm, none if past is None else past, marks, flow,
        told,
    )  # fmt: skip
    for row in np.flatnonzero(np.isnan(told).any(axis=1)):
        group = int(np.searchsorted(starts, row, side="right")) - 1
        whole = min_cost_flow(
            tail, head, np.append(high[row], 0.0)[np.minimum(network[4], high.shape[1])], cost[group],
            np.zeros(int(max(tail.max(), head.max())) + 1),
        ).flow  # fmt: skip
        told[row] = marks @ whole
        told[row, -1] = marks[-1] @ (whole * cost[group])
        if keep:
            flow[row, network[4][network[4] < high.shape[1]]] = whole[network[4] < high.shape[1]]
    return Circulations(flow, told)
