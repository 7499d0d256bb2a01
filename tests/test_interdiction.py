"""The worst closures: laws, enumeration, an independent result."""

from __future__ import annotations

import csv
from collections.abc import Callable
from itertools import chain, combinations, pairwise
from pathlib import Path

import numpy as np
import pytest
from conftest import Given
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from equipoise.case import Case
from equipoise.corridors.building import build
from equipoise.corridors.inputs import Inputs
from equipoise.corridors.network import Closures
from equipoise.errors import InputError
from equipoise.maths.flow import interdict_cost, interdict_flow, max_flow, min_cost_flow
from equipoise.resilience import interdict
from equipoise.resilience.closing import Attacks, double_closures

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


@drawn(networks(), st.integers(0, 3))
@settings(max_examples=60)
def test_the_least_flow_is_what_trying_every_closure_finds(network: Network, budget: int) -> None:
    """The programme and the enumeration agree; the flow solved again without what was removed has the value."""
    tail, head, capacity, _, group = network
    found = interdict_flow(tail, head, capacity, 0, 4, budget, group)
    tried = [max_flow(tail, head, closed(capacity, group, s), 0, 4).value for s in subsets(group, budget)]
    assert found.value == min(tried)
    assert len(found.removed) <= budget
    assert max_flow(tail, head, closed(capacity, group, found.removed), 0, 4).value == found.value


@drawn(networks(), st.integers(0, 3), st.integers(1, 9))
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


@drawn(networks())
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


@drawn(networks(), st.integers(0, 6))
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


# --- the real case ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def stretches(case: Case) -> Attacks:
    """The oil network under closures of stretches of corridors."""
    return Attacks(Inputs(case.settle()), "oil", "link")


def test_the_search_finds_what_trying_every_pair_finds(stretches: Attacks) -> None:
    """Branching on what carries flow misses no pair of stretches that is worse."""
    pairs = [frozenset(pair) for pair in combinations(stretches.left, 2)]
    worst = max(stretches.closing.base.rent - stretches.closing.solution(stretches.remaining(p)).rent for p in pairs)
    assert max(stretches.size(chosen) for chosen in stretches.search(2)) == pytest.approx(worst, abs=1e-3)


def test_every_pair_of_links_at_once_is_a_flow_solved_anew(case: Case) -> None:
    """The quick table of double closures holds what the network gives when the two are closed; single ones stand in it."""
    network = build(Inputs(case.settle()), "oil", case.year)
    closing = Closures(network)
    table = double_closures(closing)
    assert (table >= np.maximum.outer(np.diag(table), np.diag(table)) - 1e-6).all()
    for one, other in [(2, 30), (16, 50), (13, 16), (28, 45)]:
        capacity = network.capacity.copy()
        capacity[[one, other]] = 0.0
        assert table[one, other] == pytest.approx(closing.base.exports - network.solve(capacity).exports, abs=1e-4)


def test_a_power_that_withdraws_loses_what_the_withdrawal_says(known: Case) -> None:
    """Closing all that a power controls is its withdrawal: the same rent, by two stages that do not know each other."""
    found = interdict(known, mode="power", budget=1, draws=0)
    lost = found.view("interdiction_rent").rows(named=True)
    assert {row["object"] for row in lost} >= {"RUS", "USA", "EU", "CHN"}
    for row in lost:
        told = known.view("withdrawal_rent", object=row["object"], item="oil", period=row["period"])
        assert row["value"] == pytest.approx(told["value"][0], abs=1e-4)


def test_what_is_told_is_stretches_of_corridors_with_bands(known: Case) -> None:
    """No facility is named; each band holds its figure; what room beside a stretch is worth is no more than the cargo."""
    found = interdict(known, budget=2, draws=6)
    corridors = set(known.table("corridors")["corridor"])
    rows = found.view("interdiction_loss").rows(named=True)
    assert max(rows, key=lambda row: row["value"])["object"].count("+") == 1
    for row in rows:
        parts = [name.split(".") for name in row["object"].split("+")]
        assert all(corridor in corridors and state in known.names for corridor, state in parts)
        assert row["low"] <= row["value"] <= row["high"]
    single = {r["object"]: r["value"] for r in found.view("backup_worth").rows(named=True) if "+" not in r["object"]}
    assert 0 < single["cpc.RUS"] < 800


def test_the_political_cost_is_that_of_the_register(known: Case) -> None:
    """Each set costs the powers the sum of its threats, keeps to the budget, and a dearer one loses more."""
    found = interdict(known, mode="threat", budget=5000, draws=0)
    cost = {row["subject"]: row["value"] for row in known.view("threat_cost_to_power").rows(named=True)}
    effort = {row["object"]: row["value"] for row in found.view("interdiction_effort").rows(named=True)}
    loss = {row["object"]: row["value"] for row in found.view("interdiction_loss").rows(named=True)}
    assert effort == {name: sum(cost[one] for one in name.split("+")) for name in effort}
    assert max(effort.values()) <= 5000
    ordered = [loss[name] for name in sorted(effort, key=lambda name: effort[name])]
    assert ordered == sorted(ordered)


def test_a_closure_is_traced_to_its_sources(known: Case) -> None:
    """The loss of the worst stretch rests on capacities, prices and GDP, down to sources and assumptions."""
    told = known.add(interdict(known, budget=1, draws=0)).trace(
        "interdiction_loss:KAZ>cpc.RUS/oil.link@2025+1y", depth=6
    )
    leaves = list(told[0].leaves())
    assert len(leaves) > 20
    assert {leaf.kind for leaf in leaves} <= {"source", "assumption"}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--budget", "0"), "budget: found 0"),
        (("--budget", "-1", "--by-political-cost"), "budget: found -1"),
        (("--budget", "1.5"), "budget: found 1.5"),
        (("--commodity", "olives"), "commodity: found olives"),
        (("--by-link", "--by-power"), "allowed: one of them"),
    ],
)
def test_a_question_that_cannot_be_answered_is_one_error(given: Given, words: tuple[str, ...], told: str) -> None:
    """Found, allowed, and no traceback."""
    status, _, remarks = given("interdict", *words)
    assert status == 2
    assert told in remarks
    assert "Traceback" not in remarks


def test_the_command_tells_what_to_back_up(given: Given, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stretches in words, alone and together, and as facts."""
    monkeypatch.setenv("COLUMNS", "400")  # wide enough that no name is broken
    status, out, _ = given("interdict", "--draws", "4", "--budget", "1")
    assert status == 0
    assert "Caspian Pipeline Consortium" in out
    status, out, _ = given("interdict", "--by-power", "--draws", "0", "--csv")
    assert status == 0
    assert "interdiction_loss:KAZ>RUS/oil.power@2025+1y" in out
