"""The worst closures and the best projects: how long, and against trying every set."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np

import equipoise as eq
from benchmarks.result import Result, seconds

CLOSURES, ARCS, NODES = 3, 60, 24
"""Closures at once, arcs and nodes of the network on which the programme is set against trying every set."""
PROJECTS, FUTURES, ATTACKS = 15, 200, 6


def double_closures(folder: Path) -> Result:
    """All pairs of links of all networks; the peer closes each pair and solves."""
    from equipoise.corridors.building import build, commodities_with_network, years_solved
    from equipoise.corridors.inputs import Inputs
    from equipoise.corridors.network import Closures
    from equipoise.resilience.closing import double_closures

    inputs = Inputs(eq.open_case("kazakhstan").settle())
    networks = [build(inputs, name, years_solved(inputs, name)[-1]) for name in commodities_with_network(inputs)]
    pairs = sum(len(network.links) * (len(network.links) - 1) // 2 for network in networks)
    tables = [double_closures(Closures(network)) for network in networks]  # loads the solver
    ours = seconds(lambda: [double_closures(Closures(network)) for network in networks], 3)

    def every() -> None:
        for network, table in zip(networks, tables, strict=True):
            closing = Closures(network)
            base = closing.base
            for one, other in combinations(range(len(network.links)), 2):
                left = np.ones(len(network.tail))
                left[[one, other]] = 0.0
                lost = base.exports - network.solve(closing.available(left), before=base).exports
                assert abs(lost - table[one, other]) < 1e-3 * max(1.0, base.exports)

    how = f"{pairs} pairs of links, {len(networks)} networks; peer: each pair closed and solved by itself, the same exports"
    return Result(ours, how, promised=1.0, ratio=seconds(every) / ours)


def interdiction(folder: Path) -> Result:
    """The worst closures of a random network by duality; the peer tries every set."""
    from equipoise.maths.flow import FlowModel, interdict_cost

    random = np.random.default_rng(7)
    tail = random.integers(0, NODES - 1, ARCS)
    head = np.minimum(tail + random.integers(1, 6, ARCS), NODES - 1)
    capacity, cost = random.integers(2, 9, ARCS).astype(float), random.integers(1, 9, ARCS).astype(float)
    supply = np.zeros(NODES)
    supply[[0, -1]] = 12, -12
    found = interdict_cost(tail, head, capacity, cost, supply, CLOSURES, 100.0)  # loads the solver
    ours = seconds(lambda: interdict_cost(tail, head, capacity, cost, supply, CLOSURES, 100.0), 3)
    model = FlowModel(tail, head, cost[None], supply[None], penalty=100.0)
    worst = [0.0]

    def every() -> None:
        for removed in combinations(range(ARCS), CLOSURES):
            left = capacity.copy()
            left[list(removed)] = 0.0
            solved = model.solve(left)
            worst[0] = max(worst[0], solved.cost + 100.0 * float(solved.unmet.sum()))

    peer = seconds(every)
    assert abs(worst[0] - found.value) < 1e-6 * found.value
    how = f"worst {CLOSURES} of {ARCS} arcs; peer: every set by HiGHS from the basis of the last, the same value"
    return Result(ours, how, ratio=peer / ours)


def investment(folder: Path) -> Result:
    """Fifteen projects against six attacks in each of two hundred futures, worst and mean together, gap nothing."""
    from equipoise.maths.flow import InvestmentModel, Scenario

    random = np.random.default_rng(0)
    layers, width = 8, 5
    ends = [
        (k * width + i, (k + 1) * width + j)
        for k in range(layers - 1)
        for i in range(width)
        for j in {i, (i + 1) % width}
    ]
    tail, head = np.array(sorted(ends)).T
    arcs = len(tail)
    number = {end: a for a, end in enumerate(zip(tail.tolist(), head.tolist(), strict=True))}
    addition = np.zeros((PROJECTS, arcs))
    for project in range(PROJECTS):
        row, first = random.integers(0, width), random.integers(0, layers - 3)
        for k in range(first, first + 3):
            addition[project, number[k * width + row, (k + 1) * width + row]] = random.uniform(3, 8)
    attack = np.ones((ATTACKS, arcs))
    for one in attack:
        one[random.choice(arcs, 14, replace=False)] = random.uniform(0, 0.3)
    room, cost, own = random.uniform(2, 8, arcs), random.uniform(1, 10, (2, arcs)), np.full((2, arcs), np.inf)
    supply = np.zeros((2, layers * width))
    supply[:, :width], supply[:, -width:] = 5, -5
    scenarios = []
    for future in range(FUTURES):
        drawn, late = room * random.uniform(0.7, 1.3, arcs), addition * (random.random((PROJECTS, 1)) < 0.9)
        price = cost * random.uniform(0.8, 1.2)
        scenarios += [Scenario(drawn * left, late * left, price, own, 0.0, future) for left in attack]
    prices, gaps = random.uniform(0.2, 3, PROJECTS), []

    def solve() -> None:
        model = InvestmentModel(tail, head, supply, scenarios, prices, penalty=200.0)
        gaps.append(model.solve(10.0, emphasis=0.5).gap)

    taken = seconds(solve)
    how = f"{PROJECTS} projects, {FUTURES} futures, {ATTACKS} attacks, worst and mean; gap {gaps[0]:g}"
    return Result(taken, how, promised=60.0)


def invest(folder: Path) -> Result:
    """The whole command's stage on the bundled case: every project, two hundred futures, both choices, the front."""
    from equipoise.resilience import invest as choose

    case = eq.open_case("kazakhstan")
    found = choose(case, budget=6e9, futures=2)
    levers = found.view("project_year").height
    taken = seconds(lambda: choose(case, budget=6e9, futures=FUTURES, workers=2))
    gap = max(found.view("plan_gap")["value"])
    return Result(
        taken,
        f"bundled case, {levers} projects, {FUTURES} futures, the front of two choices; gap {gap:g}",
        promised=60.0,
    )
