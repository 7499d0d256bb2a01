r"""The worst that a few closures can do to a flow.

An attacker closes groups of arcs, as many as the budget allows; the defender then sends what still can be sent, the best
way. The defender's linear programme is replaced by its dual, so that attacker and dual maximise together: one
mixed-integer programme, solved to a gap of nothing. The value is that of the flow solved again without the closed arcs.

References
----------
Wood (1993), Deterministic network interdiction. doi:10.1016/0895-7177(93)90236-R
Israeli, Wood (2002), Shortest-path network interdiction. doi:10.1002/net.10039
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equipoise.errors import InputError
from equipoise.maths.flow.checks import common_shape, floats, nodes_of, require_shape
from equipoise.maths.flow.model import FlowModel, max_flow
from equipoise.maths.flow.programme import Programme

__all__ = ["Interdiction", "interdict_cost", "interdict_flow"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

ROUNDING = 1e-9
"""Part of a value that a closure must move to be worth naming."""


@dataclass(frozen=True, slots=True)
class Interdiction:
    """The worst closures. ``value`` of the defender's best flow after them, ``removed`` (the groups, or the arcs where no
    groups were given, in order): none of them could be left out without harm to the attacker."""

    value: float
    removed: IntArray


def interdict_flow(
    tail: ArrayLike,
    head: ArrayLike,
    capacity: ArrayLike,
    source: int,
    sink: int,
    budget: float,
    group: ArrayLike | None = None,
    effort: ArrayLike | None = None,
) -> Interdiction:
    r"""The smallest largest flow that closing some arcs can leave.

    .. math:: \min_{z, \alpha, \beta} \sum_a u_a \beta_a \quad\text{s.t.}\quad
       \beta_a + z_{g(a)} \ge \alpha_j - \alpha_i \;\forall a = (i, j),\;
       \alpha_{source} = 0,\; \alpha_{sink} = 1,\; \sum_g e_g z_g \le B.

    Parameters
    ----------
    tail, head, capacity, source, sink
        As in :func:`max_flow`.
    budget : float
        How many groups may be closed; or the effort that may be spent, where efforts are given.
    group : (m,) int, optional
        Arcs of one number fall together (an undirected edge is two arcs); -1 cannot be closed. Left out, each arc falls
        alone.
    effort : (g,), optional
        What closing each group takes; 1 if left out.

    Raises
    ------
    InputError
        A shape, an index or a sign is wrong, or a way of infinite capacity stays open whatever is closed.

    Examples
    --------
    >>> worst = interdict_flow([0, 0, 1, 2], [1, 2, 3, 3], [3, 2, 4, 2], source=0, sink=3, budget=1)
    >>> worst.value, worst.removed.tolist()
    (2.0, [2])
    """
    tails, heads = nodes_of("tail", tail), nodes_of("head", head)
    capacities = floats("capacity", capacity, nonnegative=True)
    require_shape("capacity", capacities, tails.shape)
    groups, efforts = _groups(len(tails), group, effort, budget)

    def value(removed: IntArray) -> float:
        return max_flow(tails, heads, np.where(np.isin(groups, removed), 0.0, capacities), source, sink).value

    if not len(efforts):
        return Interdiction(value(np.zeros(0, dtype=np.int64)), np.zeros(0, dtype=np.int64))
    nodes = int(max(tails.max(initial=-1), heads.max(initial=-1), source, sink)) + 1
    model, chosen = _attacker(efforts, budget)
    ends = np.arange(nodes)
    side = model.columns(np.zeros(nodes), np.where(ends == sink, 1.0, 0.0), np.where(ends == source, 0.0, 1.0))
    finite = np.isfinite(capacities)
    crossed = model.columns(np.where(finite, capacities, 0.0), 0.0, np.where(finite, 1.0, 0.0))
    moves = np.flatnonzero(tails != heads)
    row, loose = np.arange(len(moves)), np.flatnonzero(groups[moves] >= 0)
    model.rows(  # an arc from the near side to the far one counts, or falls
        np.zeros(len(moves)), np.inf,
        np.concatenate([row, row, row, loose]),
        np.concatenate([side[tails[moves]], side[heads[moves]], crossed[moves], chosen[groups[moves[loose]]]]),
        np.concatenate([np.ones(len(moves)), -np.ones(len(moves)), np.ones(len(moves) + len(loose))]),
    )  # fmt: skip
    solved = model.solve()
    if solved is None:  # infinite whatever is closed: the flow itself says so
        return Interdiction(value(np.zeros(0, dtype=np.int64)), np.zeros(0, dtype=np.int64))
    return _least(value, _closed(solved.columns, chosen), sign=-1.0)


def interdict_cost(
    tail: ArrayLike,
    head: ArrayLike,
    capacity: ArrayLike,
    cost: ArrayLike,
    supply: ArrayLike,
    budget: float,
    penalty: float,
    group: ArrayLike | None = None,
    effort: ArrayLike | None = None,
) -> Interdiction:
    r"""The dearest cheapest flow that closing some arcs can leave; what is not delivered costs the penalty.

    With the prices :math:`\pi` of the defender's programme in :math:`[0, P]`,

    .. math:: \max_{z, \pi, \mu} \sum_{i: b_i < 0} |b_i| \pi_i - \sum_{i: b_i > 0} b_i \pi_i - \sum_a u_a \mu_a
       \quad\text{s.t.}\quad \pi_j - \pi_i \le c_a + \mu_a + (P - c_a)^+ z_{g(a)},\; \sum_g e_g z_g \le B.

    A closed arc is one whose use costs as much as not delivering at all: the factor of *z* can be no smaller.

    Parameters
    ----------
    tail, head, capacity, supply
        As in :func:`min_cost_flow`; capacities may be infinite.
    cost : (m,)
        Cost per unit, 0 or more.
    budget, group, effort
        As in :func:`interdict_flow`.
    penalty : float
        Cost of a unit not delivered. ``value`` is the cost of what moved plus the penalty on what did not.

    Raises
    ------
    InputError
        A shape, an index or a sign is wrong.

    Examples
    --------
    >>> network = [0, 0, 1], [1, 2, 2], [1, 1, 1], [1, 5, 1], [1, 0, -1]
    >>> [interdict_cost(*network, budget, penalty=100).value for budget in (0, 1, 2)]
    [2.0, 5.0, 100.0]
    """
    tails, heads = nodes_of("tail", tail), nodes_of("head", head)
    costs, supplies = floats("cost", cost, nonnegative=True), floats("supply", supply)
    capacities, most = floats("capacity", capacity, nonnegative=True), float(penalty)
    common_shape(tails, heads, costs[None], supplies[None])
    require_shape("capacity", capacities, tails.shape)
    if not (np.isfinite(most) and most >= 0):
        raise InputError("penalty", found=penalty, allowed="a number, 0 or more")
    groups, efforts = _groups(len(tails), group, effort, budget)
    defender = FlowModel(tails, heads, costs[None], supplies[None], penalty=most)

    def value(removed: IntArray) -> float:
        found = defender.solve(np.where(np.isin(groups, removed), 0.0, capacities))
        return found.cost + most * float(found.unmet.sum())

    if not len(efforts):
        return Interdiction(value(np.zeros(0, dtype=np.int64)), np.zeros(0, dtype=np.int64))
    model, chosen = _attacker(efforts, budget)
    price = model.columns(supplies, 0.0, most)  # the cost is what is minimised: demand earns its price, supply pays it
    bounded = np.flatnonzero(np.isfinite(capacities) & (tails != heads))
    scarcity = model.columns(capacities[bounded], 0.0, np.clip(most - costs[bounded], 0.0, None))
    moves = np.flatnonzero(tails != heads)
    row = np.full(len(tails), -1)
    row[moves] = np.arange(len(moves))
    loose = moves[groups[moves] >= 0]
    model.rows(
        -np.inf, costs[moves],
        np.concatenate([row[moves], row[moves], row[bounded], row[loose]]),
        np.concatenate([price[heads[moves]], price[tails[moves]], scarcity, chosen[groups[loose]]]),
        np.concatenate([
            np.ones(len(moves)), -np.ones(len(moves)), -np.ones(len(bounded)), -np.clip(most - costs[loose], 0.0, None),
        ]),
    )  # fmt: skip
    solved = model.solve()
    none = np.zeros(0, dtype=np.int64)
    return _least(value, none if solved is None else _closed(solved.columns, chosen), sign=1.0)


def _groups(arcs: int, group: ArrayLike | None, effort: ArrayLike | None, budget: float) -> tuple[IntArray, FloatArray]:
    """The group of each arc, and what closing each group takes."""
    groups = np.arange(arcs) if group is None else np.asarray(group)
    if groups.shape != (arcs,) or (arcs and groups.dtype.kind not in "iu") or (groups < -1).any():
        raise InputError("group", found=f"{groups.dtype} of shape {groups.shape}", allowed=f"({arcs},) numbers from -1")
    number = int(groups.max(initial=-1)) + 1
    efforts = np.ones(number) if effort is None else floats("effort", effort, nonnegative=True)
    require_shape("effort", efforts, (number,))
    if not budget >= 0:
        raise InputError("budget", found=budget, allowed="0 or more")
    return groups.astype(np.int64), efforts


def _attacker(efforts: FloatArray, budget: float) -> tuple[Programme, IntArray]:
    """A programme that holds the attacker's choice and budget, and the columns of the choice."""
    model = Programme()
    chosen = model.columns(np.zeros(len(efforts)), 0.0, 1.0, whole=True)
    model.rows(-np.inf, [budget], np.zeros(len(chosen)), chosen, efforts)
    return model, chosen


def _closed(columns: FloatArray, chosen: IntArray) -> IntArray:
    return np.flatnonzero(columns[chosen] > 0.5).astype(np.int64)


def _least(value: Callable[[IntArray], float], removed: IntArray, sign: float) -> Interdiction:
    """The value of these closures solved again, without those that add nothing; ``sign`` is +1 where more is worse."""
    worst = value(removed)
    for one in removed[::-1]:
        fewer = removed[removed != one]
        without = value(fewer)
        if sign * (worst - without) <= ROUNDING * max(1.0, abs(worst)):
            removed, worst = fewer, without
    return Interdiction(worst, removed)
