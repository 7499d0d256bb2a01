"""The laws of flows, and flows that others have solved."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from equipoise.errors import InputError
from equipoise.maths.flow import FlowModel, max_flow, min_cost_flow, multicommodity_flow

Network = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


@st.composite
def networks(draw: st.DrawFn) -> Network:
    """Up to seven nodes and sixteen arcs, whole numbers, costs of either sign only where no cycle can pay."""
    nodes = draw(st.integers(2, 7))
    arcs = draw(st.integers(1, 16))
    ends = st.lists(st.integers(0, nodes - 1), min_size=arcs, max_size=arcs)
    tail, head = np.array(draw(ends)), np.array(draw(ends))
    capacity = np.array(draw(st.lists(st.integers(0, 9), min_size=arcs, max_size=arcs)), dtype=float)
    cost = np.array(draw(st.lists(st.integers(0, 9), min_size=arcs, max_size=arcs)), dtype=float)
    supply = np.array(draw(st.lists(st.integers(-9, 9), min_size=nodes, max_size=nodes)), dtype=float)
    return tail, head, capacity, cost, supply


def balance(
    tail: NDArray[np.int64], head: NDArray[np.int64], flow: NDArray[np.float64], nodes: int
) -> NDArray[np.float64]:
    """What leaves each node less what enters it."""
    net = np.zeros(nodes)
    np.add.at(net, tail, flow)
    np.add.at(net, head, -flow)
    return net


@settings(max_examples=150)
@given(networks())
def test_flow_is_conserved_and_within_capacity(network: Network) -> None:
    """What enters a node leaves it, but for what it supplies or receives; no arc carries more than it can."""
    tail, head, capacity, cost, supply = network
    found = min_cost_flow(*network)
    assert (found.flow >= 0).all()
    assert (found.flow <= capacity).all()
    net = balance(tail, head, found.flow, len(supply))
    receives = supply < 0
    assert np.allclose(net[receives], supply[receives] + found.unmet[receives])
    assert (net[supply > 0] <= supply[supply > 0] + 1e-9).all()
    assert (net[supply > 0] >= -1e-9).all()
    assert np.allclose(net[supply == 0], 0)
    assert found.cost == pytest.approx(float(cost @ found.flow))


@settings(max_examples=150)
@given(networks())
def test_cost_and_unmet_are_those_of_an_independent_solver(network: Network) -> None:
    """As much is delivered, and as cheaply, as the network simplex of networkx finds."""
    tail, head, capacity, cost, supply = network
    found = min_cost_flow(*network)
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(range(len(supply)), demand=0)
    dear = 10_000
    total = int(np.abs(supply).sum())
    graph.add_node("more", demand=0)  # takes what is left over and gives, dearly, what is missing
    for node, amount in enumerate(supply.astype(int)):
        graph.nodes[node]["demand"] = -int(amount)
        graph.add_edge(node, "more", capacity=total, weight=0 if amount > 0 else dear)
        graph.add_edge("more", node, capacity=total, weight=dear if amount < 0 else 10 * dear)
    graph.nodes["more"]["demand"] = int(supply.sum())
    for a, b, u, c in zip(tail, head, capacity.astype(int), cost.astype(int), strict=True):
        graph.add_edge(int(a), int(b), capacity=int(u), weight=int(c))
    value, flows = nx.network_simplex(graph)
    missing = sum(
        flow for node in range(len(supply)) if supply[node] < 0 for flow in flows["more"].get(node, {}).values()
    )
    assert found.unmet.sum() == missing
    assert found.cost == value - dear * missing


@settings(max_examples=100)
@given(networks())
def test_removing_an_arc_never_helps(network: Network) -> None:
    """With less room no more is delivered, and the same is not delivered more cheaply."""
    tail, head, capacity, cost, supply = network
    before = min_cost_flow(*network)
    after = min_cost_flow(tail[1:], head[1:], capacity[1:], cost[1:], supply)
    assert after.unmet.sum() >= before.unmet.sum() - 1e-9
    if after.unmet.sum() == pytest.approx(before.unmet.sum()):
        assert after.cost >= before.cost - 1e-9


@settings(max_examples=150)
@given(networks())
def test_the_largest_flow_is_the_smallest_cut(network: Network) -> None:
    """The arcs of the cut sum to the flow (Ford and Fulkerson), and without them nothing gets through."""
    tail, head, capacity, _, supply = network
    found = max_flow(tail, head, capacity, 0, len(supply) - 1)
    assert capacity[found.cut].sum() == found.value
    closed = capacity.copy()
    closed[found.cut] = 0
    assert max_flow(tail, head, closed, 0, len(supply) - 1).value == 0
    graph = nx.DiGraph()
    graph.add_nodes_from(range(len(supply)))
    for a, b, u in zip(tail, head, capacity, strict=True):
        known = graph.get_edge_data(int(a), int(b), {"capacity": 0.0})["capacity"]
        graph.add_edge(int(a), int(b), capacity=known + float(u))
    assert found.value == nx.maximum_flow_value(graph, 0, len(supply) - 1)


@settings(max_examples=60)
@given(networks(), networks())
def test_commodities_that_share_arcs_are_priced_by_their_bottleneck(first: Network, second: Network) -> None:
    """Two commodities alone are two flows; together they cost no less; primal is dual: a price only where an arc is full."""
    tail, head, capacity, cost, supply = first
    m, n = len(tail), len(supply)
    other_cost = np.resize(second[3], m)
    other_supply = np.resize(second[4], n)
    both = multicommodity_flow(tail, head, capacity, [cost, other_cost], [supply, other_supply])
    alone = [min_cost_flow(tail, head, capacity, c, s) for c, s in ((cost, supply), (other_cost, other_supply))]
    assert both.unmet.sum() >= sum(found.unmet.sum() for found in alone) - 1e-6
    used = both.flow.sum(axis=0)
    assert (used <= capacity + 1e-6).all()
    assert (both.capacity_price[used < capacity - 1e-6] <= 1e-6).all()


def test_a_model_solved_again_forgets_what_was_solved_before() -> None:
    """The answer does not depend on the closures tried in between."""
    random = np.random.default_rng(7)
    tail, head = random.integers(0, 8, 30), random.integers(0, 8, 30)
    capacity, cost = random.integers(1, 9, 30).astype(float), random.integers(1, 9, 30).astype(float)
    supply = np.array([9.0, 5, 0, 0, 0, 0, -4, -10])
    model = FlowModel(tail, head, cost[None], supply[None])
    first = model.solve(capacity)
    for closed in range(30):
        model.solve(np.where(np.arange(30) == closed, 0.0, capacity))
    again = model.solve(capacity)
    assert again.cost == pytest.approx(first.cost)
    assert again.unmet.sum() == pytest.approx(first.unmet.sum())


def test_netgen_optimum_exactly(benchmarks: Callable[[str], Path]) -> None:
    """The optimum of the NETGEN instance comes out to the last unit."""
    with gzip.open(benchmarks("min_cost_flow/netgen-2_arcs.csv.gz"), "rt") as text:
        arcs = np.array([[int(row[name]) for name in ("u", "v", "capacity", "weight")] for row in csv.DictReader(text)])
    with benchmarks("min_cost_flow/netgen-2_demand.csv").open() as text:
        demand = {int(row["node"]): int(row["demand"]) for row in csv.DictReader(text)}
    nodes = int(max(arcs[:, :2].max(), *demand)) + 1
    supply = np.zeros(nodes)
    for node, amount in demand.items():
        supply[node] = -amount
    found = min_cost_flow(arcs[:, 0], arcs[:, 1], arcs[:, 2], arcs[:, 3], supply)
    assert found.unmet.sum() == 0
    assert found.cost == 6_749_969_302


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (([0], [1, 2], [1], [1], [1, -1]), "tail and head"),
        (([0], [1], [-1], [1], [1, -1]), "capacity"),
        (([0], [1], [float("nan")], [1], [1, -1]), "capacity"),
        (([0], [5], [1], [1], [1, -1]), "tail and head"),
        (([0.5], [1], [1], [1], [1, -1]), "tail"),
        (([0], [1], [1], [1, 2], [1, -1]), "cost"),
        (([0, 1], [1, 0], [np.inf, np.inf], [-1, -1], [0, 0]), "cost and capacity"),
    ],
)
def test_bad_arrays_are_errors_that_name_the_array(arguments: tuple[object, ...], what: str) -> None:
    """Every wrong shape, sign or number is one error that says which array and what is allowed."""
    with pytest.raises(InputError) as caught:
        min_cost_flow(*arguments)
    assert caught.value.what == what
    assert "allowed" in str(caught.value)
