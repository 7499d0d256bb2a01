"""The worst closures: laws, enumeration, an independent result."""

from __future__ import annotations

import csv
from collections.abc import Callable
from itertools import chain, combinations, pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from equipoise.errors import InputError
from equipoise.maths.flow import interdict_cost, interdict_flow, max_flow, min_cost_flow

PENALTY = 40.0
Network = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]


@st.composite
def networks(draw: st.DrawFn) -> Network:
    """Five nodes, up to eight arcs, some parallel, some in one group, some that cannot be closed."""
    arcs = draw(st.integers(1, 8))
    tail, head = (np.array(draw(st.lists(st.integers(0, 4), min_size=arcs, max_size=arcs))) for _ in "ab")
    capacity, cost = (np.array(draw(st.lists(st.integers(0, 9), min_size=arcs, max_size=arcs)), float) for _ in "ab")
    group = np.array(draw(st.lists(st.integers(-1, 4), min_size=arcs, max_size=arcs)))
    return tail, head, capacity, cost, group


def subsets(group: NDArray[np.int64], budget: int) -> list[tuple[int, ...]]:
    """Every set of groups within the budget."""
    names = sorted(set(group.tolist()) - {-1})
    return list(chain.from_iterable(combinations(names, size) for size in range(min(budget, len(names)) + 1)))


def closed(capacity: NDArray[np.float64], group: NDArray[np.int64], removed: object) -> NDArray[np.float64]:
    """Capacities without the arcs of the groups removed."""
    return np.where(np.isin(group, np.array(removed, dtype=np.int64)), 0.0, capacity)


def total(network: Network, capacity: NDArray[np.float64], supply: NDArray[np.float64]) -> float:
    """Cost of the cheapest flow where a unit not delivered costs the penalty: an arc at that cost to every receiver."""
    tail, head, _, cost, _ = network
    source = len(supply)
    receivers = np.flatnonzero(supply < 0)
    asked = float(-supply[receivers].sum())
    found = min_cost_flow(
        [*tail, *([source] * len(receivers))], [*head, *receivers], [*capacity, *([asked] * len(receivers))],
        [*cost, *([PENALTY] * len(receivers))], [*supply, asked],
    )  # fmt: skip
    assert found.unmet.sum() == pytest.approx(0, abs=1e-9)
    return found.cost


@given(networks(), st.integers(0, 3))
@settings(max_examples=60)
def test_the_least_flow_is_what_trying_every_closure_finds(network: Network, budget: int) -> None:
    """The programme and the enumeration agree; the flow solved again without what was removed has the value."""
    tail, head, capacity, _, group = network
    found = interdict_flow(tail, head, capacity, 0, 4, budget, group)
    tried = [max_flow(tail, head, closed(capacity, group, s), 0, 4).value for s in subsets(group, budget)]
    assert found.value == min(tried)
    assert len(found.removed) <= budget
    assert max_flow(tail, head, closed(capacity, group, found.removed), 0, 4).value == found.value


@given(networks(), st.integers(0, 3), st.integers(1, 9))
@settings(max_examples=60)
def test_the_dearest_flow_is_what_trying_every_closure_finds(network: Network, budget: int, asked: int) -> None:
    """The programme and the enumeration by another solver's flow agree; what is not delivered costs the penalty."""
    tail, head, capacity, cost, group = network
    supply = np.array([asked, 0.0, 2.0, 0.0, -asked])
    found = interdict_cost(tail, head, capacity, cost, supply, budget, PENALTY, group)
    tried = [total(network, closed(capacity, group, s), supply) for s in subsets(group, budget)]
    assert found.value == pytest.approx(max(tried), abs=1e-6)
    assert len(found.removed) <= budget
    assert total(network, closed(capacity, group, found.removed), supply) == pytest.approx(found.value, abs=1e-6)


@given(networks())
@settings(max_examples=30)
def test_a_larger_budget_never_helps_the_defender(network: Network) -> None:
    """Without a budget the flow is as it was; with more of it no better is left."""
    tail, head, capacity, cost, group = network
    supply = np.array([5.0, 0.0, 0.0, 0.0, -5.0])
    flows = [interdict_flow(tail, head, capacity, 0, 4, budget, group).value for budget in range(4)]
    costs = [interdict_cost(tail, head, capacity, cost, supply, budget, PENALTY, group).value for budget in range(4)]
    assert flows[0] == max_flow(tail, head, capacity, 0, 4).value
    assert costs[0] == pytest.approx(total(network, capacity, supply), abs=1e-6)
    assert flows == sorted(flows, reverse=True)
    assert all(later >= earlier - 1e-6 for earlier, later in pairwise(costs))


@given(networks(), st.integers(0, 6))
@settings(max_examples=30)
def test_effort_is_a_budget_in_another_coin(network: Network, budget: int) -> None:
    """Closures that take different efforts stay within the budget, and no set within it does more harm."""
    tail, head, capacity, _, group = network
    effort = np.array([1.0, 2.0, 3.0, 4.0, 5.0])[: group.max() + 1]
    found = interdict_flow(tail, head, capacity, 0, 4, budget, group, effort)
    within = [s for s in subsets(group, 5) if effort[list(s)].sum() <= budget] or [()]
    assert effort[found.removed].sum() <= budget
    assert found.value == min(max_flow(tail, head, closed(capacity, group, s), 0, 4).value for s in within)


def gallery(benchmarks: Callable[[str], Path], name: str, column: str) -> tuple[list[int], list[int], list[float]]:
    """A network of the Pyomo Gallery: each undirected edge is two arcs."""
    with benchmarks(f"interdiction/{name}__sample_nodes_data.csv").open(encoding="utf-8") as text:
        number = {row["Node"]: i for i, row in enumerate(csv.DictReader(text))}
    with benchmarks(f"interdiction/{name}__sample_arcs_data.csv").open(encoding="utf-8") as text:
        rows = list(csv.DictReader(text))
    ends = [(number[row["StartNode"]], number[row["EndNode"]]) for row in rows]
    value = [float(row[column]) for row in rows]
    return [a for a, _ in ends] + [b for _, b in ends], [b for _, b in ends] + [a for a, _ in ends], value + value


def test_the_flows_of_the_gallery(benchmarks: Callable[[str], Path]) -> None:
    """Max flow after 0, 1 and 2 removals is 80, 10 and 0, as the Pyomo Gallery's own programme finds."""
    tail, head, capacity = gallery(benchmarks, "max_flow", "Capacity")
    edges = np.tile(np.arange(len(tail) // 2), 2)
    end = max(head)
    assert [interdict_flow(tail, head, capacity, 0, end, k, edges).value for k in range(3)] == [80, 10, 0]


def test_the_paths_of_the_gallery(benchmarks: Callable[[str], Path]) -> None:
    """The shortest path after 0, 1 and 2 removals is 5, 17 and none, which costs the penalty of 100."""
    tail, head, cost = gallery(benchmarks, "shortest_path", "Cost")
    edges, end = np.tile(np.arange(len(tail) // 2), 2), max(head)
    supply = np.zeros(end + 1)
    supply[[0, end]] = 1, -1
    open_ = np.full(len(tail), np.inf)
    assert [interdict_cost(tail, head, open_, cost, supply, k, 100, edges).value for k in range(3)] == [5, 17, 100]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (([0], [1], [1], 0, 1, -1), "budget: found -1"),
        (([0], [1], [1], 0, 1, 1, [-2]), "group"),
        (([0], [1], [1], 0, 1, 1, [0, 1]), "group"),
        (([0], [1], [1], 0, 0, 1), "source and sink"),
        (([0], [1], [-1], 0, 1, 1), "capacity: found -1"),
        (([0], [1], [1], 0, 1, 1, [0], [1, 2]), "effort"),
        (([0], [1], [np.inf], 0, 1, 1, [-1]), "cycle of negative cost"),
    ],
)
def test_bad_input_is_one_clear_error(arguments: tuple[object, ...], told: str) -> None:
    """What was found and what is allowed, for each thing that can be wrong."""
    with pytest.raises(InputError, match=told):
        interdict_flow(*arguments)  # type: ignore[arg-type]


def test_a_closure_needs_costs_and_a_penalty_that_can_be_compared() -> None:
    """A negative cost or an infinite penalty would leave the dual without bounds."""
    with pytest.raises(InputError, match="cost: found -1"):
        interdict_cost([0], [1], [1], [-1], [1, -1], 1, 10)
    with pytest.raises(InputError, match="penalty: found inf"):
        interdict_cost([0], [1], [1], [1], [1, -1], 1, np.inf)
