"""Cheapest flows in one network under states that come in groups, each group with costs of its own, compiled."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from equipoise.maths.flow.kernel import OPTIMAL, compiled, make_reference, solve_rows
from equipoise.maths.flow.model import min_cost_flow
from equipoise.maths.flow.shrink import Shrunk

__all__ = ["flows_of_groups", "totals_of_groups"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@compiled
def _solve(
    network: Shrunk, starts: IntArray, capacity: FloatArray, cost: FloatArray, nodes: int, marks: FloatArray,
    keep: bool, flow: FloatArray, totals: FloatArray, outcome: IntArray,
) -> None:  # fmt: skip
    """Solve the states of each group from the basis of its first; keep the flows, or what the marked arcs carry and cost."""
    nothing, most = np.zeros((1, nodes)), 0
    marked, many = np.empty(marks.shape, np.int64), np.zeros(len(marks), np.int64)
    for r in range(len(marks)):
        for arc in range(marks.shape[1]):
            if marks[r, arc] != 0.0:
                marked[r, many[r]] = arc
                many[r] += 1
    for g in range(len(starts) - 1):
        most = max(most, starts[g + 1] - starts[g])
    total, unmet, scratch = np.empty(most), np.zeros((most, nodes)), np.empty((most, capacity.shape[1]))
    for g in range(len(starts) - 1):
        first, last = starts[g], starts[g + 1]
        if last > first:
            rows, own = capacity[first:last], scratch[: last - first]
            solved, reference = make_reference(network, rows[0], cost[g], nothing[0])
            solve_rows(
                0, last - first, network, reference, solved, rows, cost[g : g + 1], nothing, own, total, unmet,
                outcome[first:last],
            )  # fmt: skip
            if keep:
                flow[first:last] = own
            else:
                _total(own, cost[g], marked, many, totals[first:last])


@compiled
def _total(flow: FloatArray, cost: FloatArray, marked: IntArray, many: IntArray, totals: FloatArray) -> None:
    """What marked arcs carry, and for the last mark what they cost: ``marked`` (r, m) lists them, ``many`` (r,) how many."""
    last = len(many) - 1
    for s in range(len(flow)):
        for r in range(last + 1):
            amount = 0.0
            for at in range(many[r]):
                arc = marked[r, at]
                amount += flow[s, arc] * (cost[arc] if r == last else 1.0)
            totals[s, r] = amount


def flows_of_groups(
    tail: IntArray, head: IntArray, network: Shrunk, starts: IntArray, capacity: FloatArray, cost: FloatArray
) -> FloatArray:
    """The cheapest circulation (S, m) in each of S states, those from ``starts[g]`` to ``starts[g + 1]`` at costs ``cost``
    (G, m).

    ``network`` is the shrunk network, of arcs that can ever carry something. Every state starts from the basis of the first of
    its group, so that no answer depends on another group; what cannot be shown to be optimal is left to HiGHS.
    """
    flow = np.zeros(capacity.shape)
    outcome = _outcome(
        tail, head, network, starts, capacity, cost, np.zeros((1, len(tail))), True, flow, np.zeros((0, 0))
    )
    for row in np.flatnonzero(outcome != OPTIMAL):
        flow[row] = _exactly(tail, head, starts, capacity, cost, int(row))
    return flow


def totals_of_groups(
    tail: IntArray,
    head: IntArray,
    network: Shrunk,
    starts: IntArray,
    capacity: FloatArray,
    cost: FloatArray,
    marks: FloatArray,
) -> FloatArray:
    """The same, told as sums (S, r) over marked arcs ``marks`` (r, m), 0 or 1: what they carry, and for the last mark the cost of
    what they carry."""
    totals = np.zeros((len(capacity), len(marks)))
    outcome = _outcome(tail, head, network, starts, capacity, cost, marks, False, np.zeros((0, 0)), totals)
    for row in np.flatnonzero(outcome != OPTIMAL):
        flow = _exactly(tail, head, starts, capacity, cost, int(row))
        group = int(np.searchsorted(starts, row, side="right")) - 1
        totals[row] = marks @ flow
        totals[row, -1] = marks[-1] @ (flow * cost[group])
    return totals


def _outcome(
    tail: IntArray, head: IntArray, network: Shrunk, starts: IntArray, capacity: FloatArray, cost: FloatArray,
    marks: FloatArray, keep: bool, flow: FloatArray, totals: FloatArray,
) -> IntArray:  # fmt: skip
    """Solve all groups; how each state ended."""
    outcome = np.zeros(len(capacity), np.int64)
    nodes = int(max(tail.max(), head.max())) + 1
    _solve(network, starts, capacity, cost, nodes, marks, keep, flow, totals, outcome)
    return outcome


def _exactly(
    tail: IntArray, head: IntArray, starts: IntArray, capacity: FloatArray, cost: FloatArray, row: int
) -> FloatArray:
    """One state by HiGHS."""
    group = int(np.searchsorted(starts, row, side="right")) - 1
    nodes = int(max(tail.max(), head.max())) + 1
    return min_cost_flow(tail, head, capacity[row], cost[group], np.zeros(nodes)).flow
