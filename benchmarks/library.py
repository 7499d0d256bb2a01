"""Parts of the library against peers that do the same work in the same run."""

from __future__ import annotations

import csv
import warnings
from collections import defaultdict
from functools import partial
from pathlib import Path

import numpy as np

import equipoise as eq
from benchmarks.big_case import write_big_case
from benchmarks.result import Result, in_own_process, peak_memory, seconds

FACTS = 1_000_000
PEER_FACTS = 20_000
"""Facts of the case on which a slow peer is timed; its time for a million is counted up from these."""


def coalitions(folder: Path) -> Result:
    """All coalitions of the powers on the networks of all commodities; the peer solves those of crude oil."""
    from equipoise.corridors.building import commodities_with_network
    from equipoise.corridors.inputs import Inputs
    from equipoise.withdrawal.games import Study

    inputs = Inputs(eq.open_case("kazakhstan").settle())
    powers, every = inputs.case.powers[:8], commodities_with_network(inputs)

    def solve(commodities: list[str]) -> Study:
        study = Study(inputs, powers)
        for commodity in commodities:
            for mask in study.masks:
                study.game(commodity, study.main.reading).coalition(mask)
        return study

    study = solve(every)  # loads the solver
    ours, crude = seconds(lambda: solve(every), 3), seconds(lambda: solve(["oil"]), 3)
    peer = _peer_of_coalitions(study)
    how = (
        f"{len(study.masks)} coalitions of {len(powers)} powers, {len(every)} commodities, networks built and solved; "
        "peer: SciPy's linprog on the networks of crude oil, each coalition by itself"
    )
    return Result(ours, how, promised=2.0, ratio=peer / crude)


def _peer_of_coalitions(study) -> float:  # type: ignore[no-untyped-def]
    """Seconds that SciPy takes for the same coalitions of crude; it must find the same rents."""
    from scipy.optimize import linprog
    from scipy.sparse import block_diag, coo_array, hstack, identity

    game = study.game("oil", study.main.reading)
    network, grades, arcs = game.network, len(game.network.grades), len(game.network.tail)
    rooms = []
    for mask in study.masks:
        left = np.prod([game.left[i] for i in range(len(study.powers)) if mask >> i & 1], axis=0, initial=1.0)
        room, others = game.closing.available(left * np.ones(arcs)), game.closing.base.foreign_flow
        if (others > room + 1e-6).any():
            others = network.foreign.solve(room).flow.sum(axis=0)
        rooms.append(np.clip(room - others, 0.0, None))
    ends = np.concatenate([network.tail, network.head])
    signs = np.repeat([1.0, -1.0], arcs)
    balance = coo_array((signs, (ends, np.tile(np.arange(arcs), 2))), shape=(ends.max() + 1, arcs))
    balances, shared = block_diag([balance] * grades).tocsr(), hstack([identity(arcs)] * grades).tocsr()
    costs, upper = (network.cost + network.tie).ravel(), network.own.ravel()
    bounds = np.column_stack([np.zeros_like(upper), upper])
    found = []

    def solve() -> None:
        for room in rooms:
            solved = linprog(
                costs,
                A_ub=shared,
                b_ub=room,
                A_eq=balances,
                b_eq=np.zeros(balances.shape[0]),
                bounds=bounds,
                method="highs",
            )
            found.append(-float(network.cost.ravel() @ solved.x))

    taken = seconds(solve)
    ours = [game.coalition(mask).rent for mask in study.masks]
    if not np.allclose(found, ours, rtol=1e-4):
        raise RuntimeError(
            f"the peer found other rents: they differ by {np.abs(np.subtract(found, ours)).max():g} mln USD"
        )
    return taken


def min_cost_flow(folder: Path) -> Result:
    """A random network of 300 nodes and 3000 arcs against the network simplex of NetworkX; the optima must agree."""
    import networkx as nx

    from equipoise.maths.flow import min_cost_flow as cheapest

    chance = np.random.default_rng(7)
    nodes, arcs = 300, 3000
    pairs = chance.choice(nodes * nodes, arcs, replace=False)
    tail, head = pairs // nodes, pairs % nodes
    capacity, cost = chance.integers(50, 1000, arcs), chance.integers(1, 100, arcs)
    supply = np.zeros(nodes, dtype=int)
    supply[:20], supply[-20:] = 100, -100
    graph = nx.DiGraph()
    graph.add_nodes_from((node, {"demand": -int(amount)}) for node, amount in enumerate(supply))
    graph.add_edges_from(
        (int(u), int(v), {"capacity": int(c), "weight": int(w)})
        for u, v, c, w in zip(tail, head, capacity, cost, strict=True)
    )
    ours = seconds(lambda: cheapest(tail, head, capacity, cost, supply), 5)
    peer = seconds(lambda: nx.network_simplex(graph), 3)
    if cheapest(tail, head, capacity, cost, supply).cost != nx.network_simplex(graph)[0]:
        raise RuntimeError("the optima differ")
    return Result(
        ours, f"{nodes} nodes, {arcs} arcs; peer: NetworkX's network simplex, same optimum", ratio=peer / ours
    )


def check(folder: Path) -> Result:
    """Every rule on a case of a million facts; the peer applies the types and keys of the data package."""
    from frictionless import Package

    from equipoise.case import check_case

    big, small = _big(folder, FACTS), _big(folder, PEER_FACTS)
    faults: list[object] = []
    ours = seconds(lambda: faults.extend(check_case(big)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        peer = seconds(lambda: Package(str(small / "datapackage.json")).validate()) * FACTS / PEER_FACTS
    if faults:
        raise RuntimeError(f"the case has faults: {faults[0]}")
    how = f"{FACTS:,} facts, every rule; peer: frictionless validate, types and keys alone, counted up from {PEER_FACTS:,}"
    return Result(ours, how, promised=10.0, ratio=peer / ours)


def load(folder: Path) -> Result:
    """Open a case of a million facts that passed the check before."""
    big = _big(folder, FACTS)
    before = peak_memory()
    ours = seconds(lambda: eq.open_case(big), 3)
    memory = peak_memory()

    def by_hand() -> None:
        for file in sorted((big / "facts").glob("*.csv")):
            with file.open(encoding="utf-8", newline="") as text:
                list(csv.DictReader(text))

    peer = seconds(by_hand)
    size = eq.open_case(big).ledger.facts.estimated_size() / 1e6
    how = (
        f"{FACTS:,} facts that passed before; {size:.0f} MB in the ledger, {memory - before:.0f} MB more at the peak than "
        "before; peer: csv.DictReader"
    )
    return Result(ours, how, promised=3.0, memory=memory, ratio=peer / ours)


def pivot(folder: Path) -> Result:
    """A million facts, opened, to a table of exporters by year; the peer is a dictionary."""
    case = eq.open_case(_big(folder, FACTS))
    facts = case.view("export_value")
    ours = seconds(
        lambda: case.view("export_value").pivot("period", index="subject", values="value", aggregate_function="sum"), 3
    )
    memory = peak_memory()
    rows = facts.select("subject", "period", "value").rows()

    def by_hand() -> None:
        table: dict[tuple[str, str], float] = defaultdict(float)
        for subject, period, value in rows:
            table[subject, period] += value

    peer = seconds(by_hand)
    how = f"{facts.height:,} facts of one measure, by state and year; peak memory of opening and pivoting; peer: a dictionary"
    return Result(ours, how, promised=3.0, memory=memory, ratio=peer / ours)


def _big(folder: Path, facts: int) -> Path:
    """A case of so many facts that has passed the check, written when first asked for by a process of its own."""
    path = folder / f"facts-{facts}"
    if not path.exists():
        in_own_process(partial(_written, facts), path)
    return path


def _written(facts: int, path: Path) -> Result:
    return Result(seconds(lambda: eq.open_case(write_big_case(path, facts))), "")
