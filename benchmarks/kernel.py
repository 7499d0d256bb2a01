"""Many flows in one network against peers that solve the same scenarios in the same run, against the truth, and for leaks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np
from numpy.typing import NDArray

import equipoise as eq
from benchmarks.result import Result
from equipoise.maths.flow import FlowModel, min_cost_flow_batch

ORTOOLS = "EQUIPOISE_ORTOOLS"
"""Names a Python that has OR-tools: it clashes with HiGHS in one process, so it has one, and an environment, of its own."""

ROUNDS = 25

FloatArray = NDArray[np.float64]
Batch = tuple[NDArray[np.int64], NDArray[np.int64], FloatArray, FloatArray, FloatArray]


def oil(folder: Path) -> Result:
    """Random closures of the case's oil network, the grade of most fields; the peer is HiGHS from its last basis."""
    given = _oil(20_000)
    return _against(
        given, _warm_highs(given), 200, "the case's oil network; peer: HiGHS from the last basis; promised 100"
    )


def network(folder: Path) -> Result:
    """Random closures of a random network of sixty nodes and a hundred and forty arcs; the peer is HiGHS again."""
    given = _random(20_000)
    return _against(given, _warm_highs(given), 200, "60 nodes, 140 arcs; peer: HiGHS from the last basis; promised 50")


def redrawn(folder: Path) -> Result:
    """The same network with every capacity drawn anew in every scenario: the hardest case for one reference tree."""
    tail, head, capacity, cost, supply = _random(20_000)
    given = tail, head, np.random.default_rng(9).uniform(0, 50, capacity.shape), cost, supply
    return _against(given, _warm_highs(given), 200, "the same, all capacities redrawn; peer: HiGHS from the last basis")


def linprog(folder: Path) -> Result:
    """The same random network; the peer is SciPy's linprog, each scenario by itself."""
    from scipy.optimize import linprog as solve
    from scipy.sparse import coo_array

    tail, head, _, cost, supply = given = _random(20_000)
    ends, arcs = np.flatnonzero(supply), len(tail)
    columns = np.concatenate([np.arange(arcs), np.arange(arcs), arcs + np.arange(len(ends))])
    signs = np.concatenate([np.ones(arcs), -np.ones(arcs), np.sign(supply[ends])])
    balance = coo_array((signs, (np.concatenate([tail, head, ends]), columns))).tocsr()
    dear = np.where(supply[ends] < 0, 2 * len(supply) * cost.max(), 0.0)
    costs = np.concatenate([cost, dear])

    def peer(room: FloatArray) -> float:
        upper = np.concatenate([room, np.abs(supply[ends])])
        bounds = np.column_stack([np.zeros_like(upper), upper])
        found = solve(costs, A_eq=balance, b_eq=supply, bounds=bounds, method="highs")
        return float(cost @ found.x[:arcs])

    return _against(given, peer, 40, "60 nodes, 140 arcs; peer: SciPy's linprog; promised 100")


def ortools(folder: Path) -> Result:
    """Whole figures on the same network; the peer is the min-cost flow of OR-tools, in a process of its own."""
    tail, head, capacity, cost, supply = _random(20_000)
    given = tail, head, np.floor(capacity), np.floor(cost), np.rint(supply)
    file = folder / "batch.npz"
    np.savez(file, **dict(zip(("tail", "head", "capacity", "cost", "supply"), given, strict=True)))
    python = os.environ.get(ORTOOLS, sys.executable)
    done = subprocess.run([python, "-c", OF_ORTOOLS, str(file), "500"], capture_output=True, text=True, check=False)
    if done.returncode:
        return Result(0.0, f"SKIPPED: {python} has no OR-tools; {ORTOOLS} names a Python that has")
    taken, costs = json.loads(done.stdout)
    ours = min(_seconds(lambda: min_cost_flow_batch(*given))[0] for _ in range(ROUNDS))
    found = min_cost_flow_batch(*given)
    if not np.array_equal(found.cost[: len(costs)], costs):
        raise RuntimeError("OR-tools found other costs")
    how = "20,000 closures, 60 nodes, 140 arcs, whole figures; peer: OR-tools, same costs exactly; promised 20"
    return Result(ours, how, ratio=taken / len(costs) / (ours / len(found.cost)))


OF_ORTOOLS = """
import json, sys, time
import numpy as np
from ortools.graph.python import min_cost_flow
given = np.load(sys.argv[1])
tail, head, capacity, cost, supply = (given[name].astype(np.int64) for name in ("tail", "head", "capacity", "cost", "supply"))
costs, best = None, np.inf
for again in range(25):
    found, start = [], time.perf_counter()
    flow = min_cost_flow.SimpleMinCostFlow()
    arcs = flow.add_arcs_with_capacity_and_unit_cost(tail, head, capacity[0], cost)
    flow.set_nodes_supplies(np.arange(len(supply)), supply)
    for room in capacity[: int(sys.argv[2])]:
        flow.set_arc_capacities(arcs, room)
        flow.solve_max_flow_with_min_cost()
        found.append(flow.optimal_cost())
    best, costs = min(best, time.perf_counter() - start), found
print(json.dumps([best, costs]))
"""


def truth(folder: Path) -> Result:
    """A hundred thousand random scenarios of awkward networks, those of the tests, each held against HiGHS."""
    from tests.test_flow_batch import agrees, random_batch

    chance, solved, refused, start = np.random.default_rng(2025), 0, 0, perf_counter()
    while solved < 100_000:
        given = random_batch(chance)
        if agrees(given):
            solved += len(given[2])
        else:
            refused += 1
    how = f"{solved:,} random scenarios agree with HiGHS to 1e-9; {refused:,} batches that both refuse"
    return Result(perf_counter() - start, how)


def leak(folder: Path) -> Result:
    """A million solves: what the process holds after each quarter."""
    given, held, start = _oil(10_000), [], perf_counter()
    for solved in range(100):
        min_cost_flow_batch(*given)
        if solved % 25 == 24:
            held.append(_resident())
    taken = perf_counter() - start
    how = f"a million solves; MB held after each quarter: {', '.join(f'{size:.1f}' for size in held)}"
    if held[-1] - held[0] > 5.0:
        raise RuntimeError(f"memory grows: {how}")
    return Result(taken, how)


def _against(given: Batch, peer: Callable[[FloatArray], float], few: int, how: str) -> Result:
    """Ours on all scenarios and the peer's on a few, about as long, by turns, the quickest of each; the costs must agree.

    The ratio by processor time, which other work on the machine disturbs less, is that of one thread.
    """
    capacity = given[2]
    found = min_cost_flow_batch(*given)
    costs = [peer(room) for room in capacity[:few]]
    if not np.allclose(found.cost[:few], costs, rtol=1e-7):
        raise RuntimeError(f"the peer found other costs: they differ by {np.abs(found.cost[:few] - costs).max():g}")
    taken = np.full((2, 2), np.inf)
    for _ in range(ROUNDS):
        taken[0] = np.minimum(taken[0], _seconds(lambda: min_cost_flow_batch(*given)))
        taken[1] = np.minimum(taken[1], _seconds(lambda: [peer(room) for room in capacity[:few]]))
    wall, processor = taken[1] / few / (taken[0] / len(capacity))
    ours = float(taken[0, 0])
    each = (
        f"{len(capacity):,} scenarios, {ours / len(capacity) * 1e6:.2f} µs each, {processor:.0f} × by processor time; "
    )
    return Result(ours, each + how, ratio=float(wall))


def _warm_highs(given: Batch) -> Callable[[FloatArray], float]:
    """HiGHS holding the network, handed nothing but new bounds."""
    tail, head, capacity, cost, supply = given
    model = FlowModel(tail, head, cost[None], supply[None])
    model.solve(capacity[0])
    solver: Any = model._solver
    columns, nothing = np.arange(len(tail), dtype=np.int32), np.zeros(len(tail))

    def solve(room: FloatArray) -> float:
        solver.changeColsBounds(len(columns), columns, nothing, room)
        solver.run()
        return float(cost @ np.asarray(solver.getSolution().col_value)[: len(columns)])

    return solve


def _oil(scenarios: int) -> Batch:
    """The oil network of the bundled case for the home grade that most fields give, a tenth of the arcs closed at random."""
    from equipoise.corridors.building import build
    from equipoise.corridors.inputs import Inputs

    network = build(Inputs(eq.open_case("kazakhstan").settle()), "oil", 2025, "contract")
    room, cost = np.minimum(network.capacity, network.own[0]), network.cost[0] + network.tie
    closed = np.random.default_rng(1).random((scenarios, len(room))) < 0.1
    nodes = int(max(network.tail.max(), network.head.max())) + 1
    return network.tail, network.head, np.where(closed, 0.0, room), cost, np.zeros(nodes)


def _random(scenarios: int) -> Batch:
    """Sixty nodes, a hundred and forty arcs, eight senders and eight receivers, a tenth of the arcs closed at random."""
    chance = np.random.default_rng(7)
    tail, head = chance.integers(0, 60, 140), chance.integers(0, 60, 140)
    room, cost, supply = chance.uniform(1, 50, 140), chance.uniform(1, 100, 140), np.zeros(60)
    supply[:8], supply[-8:] = chance.uniform(10, 60, 8), -chance.uniform(10, 60, 8)
    return tail, head, np.where(chance.random((scenarios, 140)) < 0.1, 0.0, room), cost, supply


def _seconds(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds on the clock, and of the processors."""
    start, used = perf_counter(), process_time()
    work()
    return perf_counter() - start, process_time() - used


def _resident() -> float:
    """MB that this process holds now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
