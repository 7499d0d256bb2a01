"""Linear programmes of flow, held in HiGHS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equipoise.errors import InputError, SolverError
from equipoise.maths.flow.checks import common_shape, floats, integral, nodes_of, require_shape

__all__ = ["Cut", "Flow", "FlowModel", "MultiFlow", "max_flow", "min_cost_flow", "multicommodity_flow"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

TOLERANCE = 1e-7  # what HiGHS calls feasible; flows closer than this to a bound stand on it


@dataclass(frozen=True, slots=True)
class Flow:
    """Cheapest flow. ``flow`` (m,), ``price`` (n,) marginal cost of one more unit delivered at a node, ``cost``
    of what moved, ``unmet`` (n,) of what each receiver asked for and did not get."""

    flow: FloatArray
    price: FloatArray
    cost: float
    unmet: FloatArray


@dataclass(frozen=True, slots=True)
class MultiFlow:
    """Cheapest flow of *k* commodities. ``flow`` (k,m), ``price`` (k,n), ``capacity_price`` (m,) what one more unit
    of shared capacity would save, ``cost`` of what moved (without penalties), ``unmet`` (k,n)."""

    flow: FloatArray
    price: FloatArray
    capacity_price: FloatArray
    cost: float
    unmet: FloatArray


@dataclass(frozen=True, slots=True)
class Cut:
    """Largest flow and a smallest cut. ``value``, ``flow`` (m,), ``cut`` (indices of the arcs of one minimum cut)."""

    value: float
    flow: FloatArray
    cut: IntArray


def min_cost_flow(tail: ArrayLike, head: ArrayLike, capacity: ArrayLike, cost: ArrayLike, supply: ArrayLike) -> Flow:
    r"""Send what the suppliers have to those who ask, at the least cost.

    Solves :math:`\min \sum_a c_a x_a` subject to :math:`0 \le x_a \le u_a` and the balance of every node, after as
    much demand as possible has been met. Integer data give integer flows, exactly.

    Parameters
    ----------
    tail, head : (m,) int
        Nodes 0..n-1 that each arc leaves and enters.
    capacity : (m,)
        Upper bound of each arc; ``inf`` is allowed.
    cost : (m,)
        Cost per unit; may be negative where no cycle can turn for ever.
    supply : (n,)
        > 0 sends (at most), < 0 receives.

    Raises
    ------
    InputError
        A shape, an index or a sign is wrong, or costs fall without limit round a cycle of infinite capacity.

    Examples
    --------
    >>> f = min_cost_flow([0, 0, 1], [1, 2, 2], [2, 1, 2], [1, 5, 1], [3, 0, -3])
    >>> f.flow.tolist(), f.cost
    ([2.0, 1.0, 2.0], 9.0)
    >>> min_cost_flow([0], [1], [2], [1], [5, -5]).unmet.tolist()      # the arc is too narrow: a result, not an error
    [0.0, 3.0]
    """
    costs, supplies = floats("cost", cost), floats("supply", supply)
    capacities = floats("capacity", capacity, nonnegative=True)
    solved = FlowModel(tail, head, costs[None], supplies[None]).solve(capacities)
    flow, unmet, total = solved.flow[0], solved.unmet[0], solved.cost
    finite = capacities[np.isfinite(capacities)]
    if integral(finite) and integral(supplies):  # a basic solution is then integral: remove the rounding
        flow, unmet = np.rint(flow), np.rint(unmet)
        total = float(costs @ flow)
    return Flow(flow, solved.price[0], total, unmet)


def max_flow(tail: ArrayLike, head: ArrayLike, capacity: ArrayLike, source: int, sink: int) -> Cut:
    r"""Largest flow from source to sink, and the arcs of one smallest cut.

    The capacities of the cut sum to the value (Ford and Fulkerson 1956), which is why nothing but the cut limits it.

    Parameters
    ----------
    tail, head : (m,) int
        Nodes that each arc leaves and enters.
    capacity : (m,)
        Upper bound of each arc, ``inf`` allowed where no path from source to sink has infinite capacity throughout.
    source, sink : int
        Two different nodes.

    Raises
    ------
    InputError
        A shape or an index is wrong, source and sink are one node, or the flow has no bound.

    Examples
    --------
    >>> c = max_flow([0, 0, 1, 2], [1, 2, 3, 3], [3, 2, 1, 9], source=0, sink=3)
    >>> c.value, c.cut.tolist()
    (3.0, [1, 2])
    """
    capacities = floats("capacity", capacity, nonnegative=True)
    tails, heads = nodes_of("tail", tail), nodes_of("head", head)
    nodes = int(max(tails.max(initial=-1), heads.max(initial=-1), source, sink)) + 1
    if source == sink or min(source, sink) < 0:
        raise InputError("source and sink", found=(source, sink), allowed="two different nodes, 0 or more")
    back = np.append(np.zeros(len(tails)), -1.0)  # a return arc that pays one for every unit that comes through
    model = FlowModel(np.append(tails, sink), np.append(heads, source), back[None], np.zeros((1, nodes)))
    flow = model.solve(np.append(capacities, np.inf)).flow[0]
    value, flow = float(flow[-1]), flow[:-1]
    if integral(capacities[np.isfinite(capacities)]):
        value, flow = float(np.rint(value)), np.rint(flow)
    reached = _residual_reach(tails, heads, capacities, flow, source, nodes)
    cut = np.flatnonzero(reached[tails] & ~reached[heads] & (capacities > 0))
    return Cut(value, flow, cut)


def multicommodity_flow(
    tail: ArrayLike,
    head: ArrayLike,
    capacity: ArrayLike,
    cost: ArrayLike,
    supply: ArrayLike,
    own_capacity: ArrayLike | None = None,
    penalty: ArrayLike | None = None,
) -> MultiFlow:
    r"""Cheapest flow of several commodities whose sum shares the capacity of each arc.

    .. math:: \min \sum_{k,a} c_{ka} x_{ka} + \sum_{k,i} p_k s_{ki}
       \quad\text{s.t.}\quad \sum_k x_{ka} \le u_a,\; 0 \le x_{ka} \le u_{ka},\; \text{balance with shortage } s.

    Parameters
    ----------
    tail, head : (m,) int
        Nodes that each arc leaves and enters.
    capacity : (m,)
        Shared by all commodities.
    cost, supply : (k, m), (k, n)
        Leading commodity axis.
    own_capacity : (k, m), optional
        Further bound for each commodity alone; 0 closes an arc to it.
    penalty : (k,) or scalar, optional
        Cost of a unit not delivered. Left out, every unit that can be delivered is.

    Raises
    ------
    InputError
        A shape, an index or a sign is wrong, or costs fall without limit.

    Examples
    --------
    >>> two = multicommodity_flow([0, 0], [1, 1], [3, 9], [[1, 4], [1, 9]], [[2, -2], [2, -2]])
    >>> two.flow.tolist(), two.cost, two.capacity_price.tolist()
    ([[1.0, 1.0], [2.0, 0.0]], 7.0, [3.0, 0.0])
    """
    model = FlowModel(tail, head, cost, supply, own_capacity=own_capacity, penalty=penalty)
    return model.solve(floats("capacity", capacity, nonnegative=True))


class FlowModel:
    """A network held in the solver, so that thousands of closures are re-solved from the last basis.

    Parameters are those of :func:`multicommodity_flow`; :meth:`solve` takes what changes. A model is not to be shared
    between threads. The answer does not depend on what was solved before, but where several flows are equally cheap
    which of them is returned may.
    """

    def __init__(
        self,
        tail: ArrayLike,
        head: ArrayLike,
        cost: ArrayLike,
        supply: ArrayLike,
        *,
        own_capacity: ArrayLike | None = None,
        penalty: ArrayLike | None = None,
    ) -> None:
        self._tail, self._head = nodes_of("tail", tail), nodes_of("head", head)
        self._cost, self._supply = floats("cost", cost), floats("supply", supply)
        self._shape = common_shape(self._tail, self._head, self._cost, self._supply)
        commodities, arcs, _ = self._shape
        own = np.full((commodities, arcs), np.inf)
        if own_capacity is not None:
            own = floats("own_capacity", own_capacity, nonnegative=True)
            require_shape("own_capacity", own, (commodities, arcs))
        self._own, self._ends = own, np.argwhere(self._supply != 0.0)
        self._columns_of = np.arange(commodities * arcs, dtype=np.int32)
        self._rows_of = np.arange(arcs, dtype=np.int32) + self._balance_rows
        self._nothing, self._endless = np.zeros(commodities * arcs), np.full(arcs, -np.inf)
        self._bounded: FloatArray | None = None  # the upper bounds that the solver holds
        self._penalty = self._penalties(penalty)
        self._solver: Any = None  # handed to the solver when first asked: a model may be made for its figures alone
        self._loaded = self._cost

    @property
    def own_capacity(self) -> FloatArray:
        """The bound of each commodity alone on each arc (k, m)."""
        return self._own

    def solve(
        self,
        capacity: ArrayLike,
        *,
        own_capacity: ArrayLike | None = None,
        cost: ArrayLike | None = None,
    ) -> MultiFlow:
        """Solve for these shared capacities (m,) and, where given and for this once, own capacities or costs (k, m)."""
        commodities, arcs, _ = self._shape
        shared = floats("capacity", capacity, nonnegative=True)
        require_shape("capacity", shared, (arcs,))
        own = self._own if own_capacity is None else floats("own_capacity", own_capacity, nonnegative=True)
        require_shape("own_capacity", own, (commodities, arcs))
        if self._solver is None:
            self._solver = self._load()
        columns = self._columns_of
        # with several commodities the shared row alone holds them, so that its dual is the price of capacity
        upper = own.ravel() if commodities > 1 else np.minimum(own[0], shared)
        if self._bounded is None or not np.array_equal(self._bounded, upper):
            self._solver.changeColsBounds(len(columns), columns, self._nothing, upper)
            self._bounded = upper.copy()
        if commodities > 1:
            self._solver.changeRowsBounds(arcs, self._rows_of, self._endless, shared)
        costs = self._cost if cost is None else floats("cost", cost)
        require_shape("cost", costs, (commodities, arcs))
        if costs is not self._loaded:
            self._solver.changeColsCost(len(columns), columns, costs.ravel())
            self._loaded = costs
        return self._read(upper, costs)

    @property
    def _balance_rows(self) -> int:
        return self._shape[0] * self._shape[2]

    def _penalties(self, penalty: ArrayLike | None) -> FloatArray:
        """Cost of each shortage: given, or dearer than any detour so that what can be delivered is."""
        commodities, _, nodes = self._shape
        if penalty is None:
            return np.full(commodities, 2.0 * nodes * np.abs(self._cost).max(initial=0.0) + 1.0)
        given = floats("penalty", penalty, nonnegative=True)
        if given.shape not in ((), (commodities,)):
            raise InputError("penalty", found=f"shape {given.shape}", allowed=f"a number or shape ({commodities},)")
        return np.broadcast_to(given, (commodities,))

    def _load(self) -> Any:
        """Hand the linear programme to HiGHS: arc columns, then one slack column for every sender and receiver."""
        import highspy  # loading it takes a tenth of a second: here, where it is used

        commodities, arcs, _ = self._shape
        flows, ends = commodities * arcs, len(self._ends)
        lp = highspy.HighsLp()
        lp.num_col_ = flows + ends
        lp.num_row_ = self._balance_rows + (arcs if commodities > 1 else 0)
        asked = self._supply[tuple(self._ends.T)]
        shortage = np.where(asked < 0, self._penalty[self._ends[:, 0]], 0.0)
        lp.col_cost_ = np.concatenate([self._cost.ravel(), shortage])
        lp.col_lower_ = np.zeros(lp.num_col_)
        lp.col_upper_ = np.concatenate([np.full(flows, np.inf), np.abs(asked)])
        balance = self._supply.ravel()
        shared = np.full(lp.num_row_ - len(balance), np.inf)
        lp.row_lower_ = np.concatenate([balance, np.full(len(shared), -np.inf)])
        lp.row_upper_ = np.concatenate([balance, shared])
        starts, rows, values = self._columns(asked)
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = starts, rows, values
        solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
        solver.setOptionValue("output_flag", False)
        solver.setOptionValue("threads", 1)  # same bits on every machine
        if solver.passModel(lp) == highspy.HighsStatus.kError:
            raise SolverError("HiGHS cannot take this network; check that figures are finite and units of like size.")
        return solver

    def _columns(self, asked: FloatArray) -> tuple[NDArray[np.int32], NDArray[np.int32], FloatArray]:
        """The constraint matrix by columns: +1 where a unit leaves a node, -1 where it arrives, +1 in a shared row.

        An arc from a node to itself leaves no trace in any balance; a unit of slack stands at each sender and receiver.
        """
        commodities, arcs, nodes = self._shape
        flows = np.arange(commodities * arcs)
        moves = flows[np.tile(self._tail != self._head, commodities)]
        first = np.repeat(np.arange(commodities) * nodes, arcs)
        leaves, arrives = (first + np.tile(end, commodities) for end in (self._tail, self._head))
        slack = len(flows) + np.arange(len(asked))
        columns = [moves, moves, slack]
        rows = [leaves[moves], arrives[moves], self._ends[:, 0] * nodes + self._ends[:, 1]]
        values = [np.ones(len(moves)), -np.ones(len(moves)), np.sign(asked)]
        if commodities > 1:
            columns.append(flows)
            rows.append(self._balance_rows + np.tile(np.arange(arcs), commodities))
            values.append(np.ones(len(flows)))
        column = np.concatenate(columns)
        order = np.argsort(column, kind="stable")
        starts = np.concatenate([[0], np.cumsum(np.bincount(column, minlength=len(flows) + len(asked)))])
        return starts.astype(np.int32), np.concatenate(rows)[order].astype(np.int32), np.concatenate(values)[order]

    def _read(self, upper: FloatArray, cost: FloatArray) -> MultiFlow:
        """Run the solver and turn its answer into flows, shortages and prices."""
        import highspy

        commodities, arcs, nodes = self._shape
        if not arcs and not len(self._ends):  # nothing to decide, which the solver does not call an optimum
            nothing = np.zeros((commodities, nodes))
            return MultiFlow(np.zeros((commodities, 0)), nothing, np.zeros(0), 0.0, nothing)
        self._solver.run()
        status = self._solver.getModelStatus()
        if status in (highspy.HighsModelStatus.kUnbounded, highspy.HighsModelStatus.kUnboundedOrInfeasible):
            raise InputError(
                "cost and capacity",
                found="a cycle of negative cost and infinite capacity",
                allowed="costs that cannot fall without limit",
                remedy="give the cycle a capacity",
            )
        if status != highspy.HighsModelStatus.kOptimal:
            raise SolverError(f"HiGHS stopped with status {status.name}; check that units are of like size.")
        solution = self._solver.getSolution()
        values, duals = np.asarray(solution.col_value), np.asarray(solution.row_dual)
        flow = np.minimum(np.maximum(values[: commodities * arcs], 0.0), upper).reshape(commodities, arcs)
        unmet = np.zeros((commodities, nodes))
        if len(self._ends):
            asked = self._supply[tuple(self._ends.T)]
            unmet[tuple(self._ends.T)] = np.where(asked < 0, np.maximum(values[commodities * arcs :], 0.0), 0.0)
        price = -duals[: self._balance_rows].reshape(commodities, nodes)
        if commodities > 1:
            capacity_price = np.maximum(-duals[self._balance_rows :], 0.0)
        else:
            capacity_price = np.maximum(-np.asarray(solution.col_dual)[: commodities * arcs], 0.0)
        return MultiFlow(flow + 0.0, price + 0.0, capacity_price + 0.0, float((cost * flow).sum()), unmet)


def _residual_reach(
    tail: IntArray, head: IntArray, capacity: FloatArray, flow: FloatArray, source: int, nodes: int
) -> NDArray[np.bool_]:
    """Nodes that one more unit could still reach from the source: the near side of a minimum cut."""
    slack = TOLERANCE * max(1.0, float(capacity[np.isfinite(capacity)].max(initial=1.0)))
    forward, backward = capacity - flow > slack, flow > slack
    reached = np.zeros(nodes, dtype=bool)
    reached[source] = True
    while True:
        before = reached.sum()
        reached[head[forward & reached[tail]]] = True
        reached[tail[backward & reached[head]]] = True
        if reached.sum() == before:
            return reached
