"""Cheapest flows in one network under many scenarios, compiled."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equipoise.errors import InputError
from equipoise.maths.flow.checks import common_shape, floats, nodes_of
from equipoise.maths.flow.model import min_cost_flow
from equipoise.maths.flow.shrink import shrink

__all__ = ["FlowBatch", "min_cost_flow_batch"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

SAMPLE = 33  # scenarios whose medians make the reference
CHUNK = 256  # scenarios that a thread takes at a time


@dataclass(frozen=True, slots=True)
class FlowBatch:
    """Cheapest flows of *k* scenarios. ``flow`` (k,m), ``cost`` (k,) of what moved, ``unmet`` (k,n) of what each receiver
    asked for and did not get."""

    flow: FloatArray
    cost: FloatArray
    unmet: FloatArray


def min_cost_flow_batch(
    tail: ArrayLike, head: ArrayLike, capacity: ArrayLike, cost: ArrayLike, supply: ArrayLike
) -> FlowBatch:
    r"""Send what the suppliers have to those who ask, at the least cost, in many scenarios of one network.

    Each scenario is what :func:`min_cost_flow` solves, and has the same cost and as little unmet; where several flows are
    equally cheap, another of them may be returned. Every scenario starts from the basis of one reference scenario, the
    medians of the first, the last and some between, so that no answer depends on the number of threads
    (``numba.set_num_threads``). An answer that cannot be shown to be optimal is left to HiGHS.

    Parameters
    ----------
    tail, head : (m,) int
        Nodes 0..n-1 that each arc leaves and enters.
    capacity : (k, m)
        Upper bound of each arc in each scenario; ``inf`` is allowed.
    cost : (m,) or (k, m)
        Cost per unit; may be negative where no cycle can turn for ever.
    supply : (n,) or (k, n)
        > 0 sends (at most), < 0 receives.

    Raises
    ------
    InputError
        A shape, an index or a sign is wrong, or costs fall without limit round a cycle of infinite capacity.

    References
    ----------
    Ahuja, Magnanti, Orlin (1993), Network Flows, chapter 11. Prentice Hall.
    Maros (2003), A generalized dual phase-2 simplex algorithm. doi:10.1016/S0377-2217(02)00537-5

    Examples
    --------
    >>> closures = [[2, 1, 2], [0, 1, 2], [2, 0, 1]]
    >>> f = min_cost_flow_batch([0, 0, 1], [1, 2, 2], closures, [1, 5, 1], [3, 0, -3])
    >>> f.cost.tolist(), f.unmet[:, 2].tolist()
    ([9.0, 5.0, 2.0], [0.0, 2.0, 2.0])
    """
    tails, heads = nodes_of("tail", tail), nodes_of("head", head)
    capacities = np.ascontiguousarray(capacity, dtype=np.float64)  # the kernel looks at each figure when it reads it
    costs, supplies = _rows("cost", cost), _rows("supply", supply)
    common_shape(tails, heads, costs, np.broadcast_to(supplies[:1], (len(costs), supplies.shape[1])))
    if capacities.ndim != 2 or capacities.shape[1] != len(tails):
        raise InputError("capacity", found=f"shape {capacities.shape}", allowed=f"(scenarios, {len(tails)} arcs)")
    for name, rows in (("cost", costs), ("supply", supplies)):
        if len(rows) not in (1, len(capacities)):
            raise InputError(name, found=f"{len(rows)} rows", allowed=f"one row, or {len(capacities)} as of capacity")
    _refuse_endless(tails, heads, capacities, costs, supplies.shape[1])
    return _solve(tails, heads, capacities, costs, supplies)


def _rows(name: str, values: ArrayLike) -> FloatArray:
    """One row for all scenarios, or one for each."""
    array = floats(name, values)
    if array.ndim not in (1, 2) or np.isinf(array).any():
        found = "inf" if array.ndim in (1, 2) else f"shape {array.shape}"
        raise InputError(name, found=found, allowed="one finite row, or one for each scenario")
    return np.ascontiguousarray(np.atleast_2d(array))


def _refuse_endless(tail: IntArray, head: IntArray, capacity: FloatArray, cost: FloatArray, nodes: int) -> None:
    """Raise where costs fall without limit round a cycle of infinite capacity."""
    paying = np.flatnonzero((cost < 0).any(axis=0))
    if not np.isinf(capacity[:, paying]).any():
        return
    endless = np.isinf(capacity)
    cases = np.unique(np.hstack([endless, np.broadcast_to(cost, capacity.shape)]), axis=0)
    for case in cases:
        arcs = case[: len(tail)] > 0
        if _falls(tail[arcs], head[arcs], case[len(tail) :][arcs], nodes):
            raise InputError(
                "cost and capacity",
                found="a cycle of negative cost and infinite capacity",
                allowed="costs that cannot fall without limit",
                remedy="give the cycle a capacity",
            )


def _falls(tail: IntArray, head: IntArray, cost: FloatArray, nodes: int) -> bool:
    """Whether a cycle of these arcs has a negative cost (Bellman and Ford)."""
    grain = 1e-12 * float(np.abs(cost).max(initial=0.0))
    distance = np.zeros(nodes)
    for _ in range(nodes + 1):
        nearer = distance.copy()
        np.minimum.at(nearer, head, distance[tail] + cost)
        if (nearer >= distance - grain).all():
            return False
        distance = nearer
    return True


def _solve(tail: IntArray, head: IntArray, capacity: FloatArray, cost: FloatArray, supply: FloatArray) -> FlowBatch:
    """Share the scenarios among threads; give what they could not settle to HiGHS."""
    import numba

    from equipoise.maths.flow import kernel  # loading numba takes a third of a second: here, where it is used

    (scenarios, arcs), nodes = capacity.shape, supply.shape[1]
    flow, total, unmet = np.empty((scenarios, arcs)), np.empty(scenarios), np.zeros((scenarios, nodes))
    outcome = np.empty(scenarios, dtype=np.int64)
    if scenarios == 0:
        return FlowBatch(flow, total, unmet)
    network = shrink(tail, head, _ever(capacity), _ever(supply))
    solved, reference = kernel.make_reference(network, _middle(capacity), _middle(cost), _middle(supply))
    given = (network, reference, solved, capacity, cost, supply, flow, total, unmet, outcome)

    def work(first: int) -> None:
        kernel.solve_rows(first, min(first + CHUNK, scenarios), *given)

    starts = range(0, scenarios, CHUNK)
    threads = min(numba.get_num_threads(), len(starts))
    if threads > 1:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(work, starts))
    else:
        for first in starts:
            work(first)
    if (outcome == kernel.BAD).any():
        floats("capacity", capacity, nonnegative=True)
    for row in np.flatnonzero(outcome == kernel.UNVERIFIED):
        asked, costs = (rows[row if len(rows) > 1 else 0] for rows in (supply, cost))
        exact = min_cost_flow(tail, head, capacity[row], costs, asked)
        flow[row], total[row], unmet[row] = exact.flow, exact.cost, exact.unmet
    return FlowBatch(flow, total, unmet)


def _sample(rows: FloatArray) -> FloatArray:
    """The first row, the last, and some between."""
    picked: FloatArray = rows[np.unique(np.linspace(0, len(rows) - 1, SAMPLE).astype(int))]
    return picked


def _middle(rows: FloatArray) -> FloatArray:
    """The median of each column in a sample of the rows."""
    picked = np.sort(_sample(rows), axis=0)
    return np.ascontiguousarray(picked[len(picked) // 2])


def _ever(rows: FloatArray) -> NDArray[np.bool_]:
    """Columns in which some figure is not 0."""
    found: NDArray[np.bool_] = (_sample(rows) != 0).any(axis=0)
    quiet = np.flatnonzero(~found)
    found[quiet] = (rows[:, quiet] != 0).any(axis=0)
    return found
