"""The compiled kernel of many flows gives what the solver of one gives, whatever it is given and however it is run."""

from __future__ import annotations

import csv
import gzip
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from equipoise.errors import InputError
from equipoise.maths.flow import FlowModel, batch, min_cost_flow, min_cost_flow_batch

Batch = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


def random_batch(chance: np.random.Generator) -> Batch:
    """Up to eight nodes, twenty arcs and six scenarios: whole or broken figures, closed and endless arcs, arcs side by side,
    loops, parts that nothing joins, costs of either sign, shared or of each scenario, ends that change sides."""
    n, m, k = (int(chance.integers(low, high)) for low, high in ((1, 9), (0, 21), (1, 7)))
    tail, head = chance.integers(0, n, m), chance.integers(0, n, m)
    whole = chance.random() < 0.5

    def draw(low: int, high: int, shape: tuple[int, ...]) -> NDArray[np.float64]:
        return chance.integers(low, high, shape).astype(float) if whole else chance.uniform(low, high, shape)

    capacity = draw(0, 10, (k, m))
    capacity[chance.random((k, m)) < chance.choice([0.0, 0.3, 0.6])] = 0.0
    capacity[chance.random((k, m)) < chance.choice([0.0, 0.0, 0.2])] = np.inf
    signs = (0, 4) if chance.random() < 0.4 else (-3, 9)
    cost = draw(*signs, (k, m) if chance.random() < 0.4 else (m,))
    supply = draw(-9, 10, (k, n) if chance.random() < 0.4 else (n,))
    supply[chance.random(supply.shape) < chance.choice([0.2, 0.5, 0.8, 1.0])] = 0.0
    return tail, head, capacity, cost, supply


def agrees(given: Batch) -> bool:
    """Hold every scenario of a batch against HiGHS; false where both refuse it."""
    tail, head, capacity, cost, supply = given
    costs, supplies = (np.broadcast_to(rows, (len(capacity), rows.shape[-1])) for rows in (cost, supply))
    rows = list(zip(capacity, costs, supplies, strict=True))
    try:
        found = min_cost_flow_batch(*given)
    except InputError:
        with pytest.raises(InputError):
            [min_cost_flow(tail, head, *row) for row in rows]
        return False
    for (room, price, asked), flow, total, unmet in zip(rows, found.flow, found.cost, found.unmet, strict=True):
        single = min_cost_flow(tail, head, room, price, asked)
        scale = max(float(np.abs(price) @ single.flow), 1e-9)
        assert abs(single.cost - total) <= 1e-9 * scale
        assert abs(single.unmet.sum() - unmet.sum()) <= 1e-9 * max(np.abs(asked).sum(), 1e-9)
        assert total == pytest.approx(float(price @ flow), rel=1e-12, abs=1e-12 * scale)
        assert (flow >= 0).all()
        assert (flow <= room).all()
        net = np.zeros(len(asked))
        np.add.at(net, tail, flow)
        np.add.at(net, head, -flow)
        grain, receives = 1e-12 * max(1.0, float(flow.max(initial=0.0))), asked < 0
        assert np.abs(net - asked - unmet)[receives].max(initial=0.0) <= grain
        assert (net[~receives] <= asked[~receives] + grain).all()
        assert (net[~receives] >= -grain).all()
        assert (unmet[~receives] == 0).all()
    return True


@settings(max_examples=300)
@given(st.integers(0, 2**32 - 1))
def test_every_scenario_costs_and_lacks_what_the_solver_of_one_finds(seed: int) -> None:
    """Cost and shortage are those of HiGHS to 1e-9, flows are conserved and within bounds, both refuse the same."""
    agrees(random_batch(np.random.default_rng(seed)))


def test_thousands_of_awkward_networks_without_the_help_of_highs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel itself shows its answer to be optimal: on degenerate, cut, closed and infeasible networks, too."""

    def helped(*_: object) -> None:
        raise AssertionError("the kernel could not verify its answer")

    monkeypatch.setattr(batch, "min_cost_flow", helped)
    chance = np.random.default_rng(11)
    solved = sum(agrees(random_batch(chance)) for _ in range(700))
    assert 600 < solved < 700  # some have cycles that pay for ever


def closures(scenarios: int) -> Batch:
    """A network of sixty nodes and a hundred and forty arcs in which each scenario closes some."""
    chance = np.random.default_rng(5)
    tail, head = chance.integers(0, 60, 140), chance.integers(0, 60, 140)
    room, cost = chance.uniform(1, 50, 140), chance.uniform(1, 100, 140)
    supply = np.zeros(60)
    supply[:8], supply[-8:] = chance.uniform(10, 60, 8), -chance.uniform(10, 60, 8)
    return tail, head, np.where(chance.random((scenarios, 140)) < 0.1, 0.0, room), cost, supply


def test_the_same_bits_whatever_the_number_of_threads() -> None:
    """One thread or two, and again one: every flow, cost and shortage to the last bit."""
    import numba

    given, before, found = closures(3000), numba.get_num_threads(), []
    try:
        for threads in (1, min(2, numba.config.NUMBA_NUM_THREADS), 1):
            numba.set_num_threads(threads)
            found.append(min_cost_flow_batch(*given))
    finally:
        numba.set_num_threads(before)
    for other in found[1:]:
        assert found[0].flow.tobytes() == other.flow.tobytes()
        assert found[0].cost.tobytes() == other.cost.tobytes()
        assert found[0].unmet.tobytes() == other.unmet.tobytes()


def test_more_room_never_costs_service() -> None:
    """With the wider of two rooms on every arc no less is delivered."""
    tail, head, capacity, cost, supply = closures(400)
    rows = np.vstack([capacity, np.maximum(capacity[:200], capacity[200:])])
    lacking = min_cost_flow_batch(tail, head, rows, cost, supply).unmet.sum(axis=1)
    assert (lacking[400:] <= np.minimum(lacking[:200], lacking[200:400]) + 1e-9).all()


def test_figures_of_very_different_size_in_one_batch() -> None:
    """A scenario of billions beside one of thousandths spoils neither, nor does a room that is as good as endless."""
    tail, head, capacity, cost, supply = closures(6)
    size = np.array([1e9, 1e-3, 1.0, 1e6, 1e-6, 1.0])[:, None]
    found = min_cost_flow_batch(tail, head, capacity * size, cost, supply * size)
    alone = min_cost_flow_batch(tail, head, capacity, cost, supply)
    assert np.allclose(found.cost / size[:, 0], alone.cost, rtol=1e-12)
    assert np.allclose(found.unmet / size, alone.unmet, rtol=1e-9, atol=1e-12)
    wide = min_cost_flow_batch([0, 1, 1], [1, 0, 2], [[1e12, 3.0, 5.0]], [-1.0, 0.5, 1.0], [2.0, 0.0, -9.0])
    assert wide.flow.tolist() == [[5.0, 3.0, 2.0]]


def test_what_highs_must_settle_is_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """A scenario that the kernel cannot verify is given to the solver of one: the answer is never wrong."""
    from equipoise.maths.flow import kernel

    given = closures(4)
    expected = min_cost_flow_batch(*given)
    real = kernel.solve_rows

    def doubtful(*arguments: object) -> None:
        real(*arguments)
        for spoilt, value in zip(arguments[-4:-1], (-1.0, np.nan, 7.0), strict=True):
            spoilt[2] = value  # type: ignore[index]
        arguments[-1][2] = kernel.UNVERIFIED  # type: ignore[index]

    monkeypatch.setattr(kernel, "solve_rows", doubtful)
    found = min_cost_flow_batch(*given)
    assert np.allclose(found.cost, expected.cost, rtol=1e-9)
    assert np.allclose(found.unmet, expected.unmet, atol=1e-9)


def test_closures_of_the_oil_network_are_those_of_the_model(case: object) -> None:
    """The real network of the bundled case, each home grade by itself, arcs closed at random: the optimum of HiGHS."""
    from equipoise.corridors.building import build
    from equipoise.corridors.inputs import Inputs

    network = build(Inputs(case.settle()), "oil", 2025, "contract")  # type: ignore[attr-defined]
    nodes, chance = int(max(network.tail.max(), network.head.max())) + 1, np.random.default_rng(3)
    for grade in range(len(network.grades)):
        room, cost = np.minimum(network.capacity, network.own[grade]), network.cost[grade] + network.tie
        rows = np.where(chance.random((300, len(room))) < 0.1, 0.0, room)
        found = min_cost_flow_batch(network.tail, network.head, rows, cost, np.zeros(nodes))
        model = FlowModel(network.tail, network.head, cost[None], np.zeros((1, nodes)))
        expected = np.array([model.solve(row).cost for row in rows])
        assert np.allclose(found.cost, expected, rtol=1e-9)
        assert np.ptp(expected) > 0


def test_netgen_optimum_exactly(benchmarks: Callable[[str], Path]) -> None:
    """The optimum of the NETGEN instance comes out to the last unit, alone and among closures."""
    with gzip.open(benchmarks("min_cost_flow/netgen-2_arcs.csv.gz"), "rt") as text:
        arcs = np.array([[int(row[name]) for name in ("u", "v", "capacity", "weight")] for row in csv.DictReader(text)])
    with benchmarks("min_cost_flow/netgen-2_demand.csv").open() as text:
        demand = {int(row["node"]): int(row["demand"]) for row in csv.DictReader(text)}
    supply = np.zeros(int(max(arcs[:, :2].max(), *demand)) + 1)
    for node, amount in demand.items():
        supply[node] = -amount
    rows = np.tile(arcs[:, 2], (40, 1))
    rows[np.arange(1, 40), np.arange(0, 1170, 30)] = 0
    found = min_cost_flow_batch(arcs[:, 0], arcs[:, 1], rows, arcs[:, 3], supply)
    assert found.cost[0] == 6_749_969_302
    assert found.unmet[0].sum() == 0
    single = min_cost_flow(arcs[:, 0], arcs[:, 1], rows[7], arcs[:, 3], supply)
    assert (found.cost[7], found.unmet[7].sum()) == (single.cost, single.unmet.sum())


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (([0], [1, 2], [[1]], [1], [1, -1]), "tail and head"),
        (([0], [1], [1], [1], [1, -1]), "capacity"),
        (([0], [1], [[1, 2]], [1], [1, -1]), "capacity"),
        (([0], [1], [[1], [-1]], [1], [1, -1]), "capacity"),
        (([0], [1], [[1], [float("nan")]], [1], [1, -1]), "capacity"),
        (([0], [5], [[1]], [1], [1, -1]), "tail and head"),
        (([0], [1], [[1]], [1, 2], [1, -1]), "cost"),
        (([0], [1], [[1]], [float("inf")], [1, -1]), "cost"),
        (([0], [1], [[1], [2], [3]], [[1], [2]], [1, -1]), "cost"),
        (([0], [1], [[1], [2], [3]], [1], [[1, -1], [1, -2]]), "supply"),
        (([0, 1], [1, 0], [[1, 1], [np.inf, np.inf]], [-1, -1], [0, 0]), "cost and capacity"),
        (([0], [0], [[np.inf]], [-1], [0]), "cost and capacity"),
    ],
)
def test_bad_arrays_are_errors_that_name_the_array(arguments: tuple[object, ...], what: str) -> None:
    """Every wrong shape, sign or number is one error that says which array and what is allowed."""
    with pytest.raises(InputError) as caught:
        min_cost_flow_batch(*arguments)
    assert caught.value.what == what
    assert "allowed" in str(caught.value)


def test_nothing_to_solve_is_solved() -> None:
    """No scenario, no arc and no one to serve are results."""
    assert min_cost_flow_batch([0], [1], np.zeros((0, 1)), [1], [1, -1]).flow.shape == (0, 1)
    assert min_cost_flow_batch([], [], np.zeros((2, 0)), [], [1, -3]).unmet.tolist() == [[0.0, 3.0], [0.0, 3.0]]
    assert min_cost_flow_batch([0], [1], [[4.0]], [1], [0, 0]).flow.tolist() == [[0.0]]


def test_numba_is_loaded_only_when_it_is_used() -> None:
    """Whoever imports flows waits for no compiler."""
    code = "import sys, equipoise.maths.flow as flow; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_kernel_runs_where_nothing_can_be_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any folder to write the machine code to, it is made anew and not refused."""
    from numba.core import caching

    from equipoise.maths.compiling import compiled

    monkeypatch.setattr(caching.FunctionCache._impl_class, "_locator_classes", [])
    assert compiled()(lambda x: 2 * x)(21) == 42
