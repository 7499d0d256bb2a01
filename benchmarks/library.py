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


def one_sector(folder: Path) -> Result:
    """Forty-four economies, one trade shock; the peer finds the wages of the same equations by Powell's hybrid method."""
    from scipy.optimize import root

    from equipoise.maths.equilibrium import one_sector as solve
    from equipoise.world import open_world

    flows = open_world().flows.sum(axis=0)[:44, :44]
    cost = np.ones_like(flows)
    cost[:20, 20:] = 1.2
    theta, output, spending = 4.0, flows.sum(axis=1), flows.sum(axis=0)
    shares, gap = flows / spending * cost**-theta, spending - output

    def excess(log_wage: np.ndarray) -> np.ndarray:
        wage = np.exp(np.append(log_wage, 0.0))
        wage *= output.sum() / (wage @ output)
        appeal = wage**-theta
        sold = appeal * (shares @ ((wage * output + gap) / (appeal @ shares)))
        return np.log(sold / (wage * output))[:-1]

    peer = seconds(lambda: root(excess, np.zeros(43), tol=1e-11), 3)
    found = root(excess, np.zeros(43), tol=1e-11).x
    wage = np.exp(np.append(found, 0.0))
    wage *= output.sum() / (wage @ output)
    if not np.allclose(solve(flows, cost, theta).wage, wage, rtol=1e-8):
        raise RuntimeError("the wages differ")
    ours = seconds(lambda: solve(flows, cost, theta), 9)
    return Result(
        ours, "44 economies, one shock; peer: SciPy's root on the same equations, same wages", ratio=peer / ours
    )


def multi_sector(folder: Path) -> Result:
    """One closure in the world of 81 economies and 17 sectors."""
    economy, members = _kazakhstan()
    ours = seconds(lambda: economy.loss(members[0], oil_lost=0.5), 15)
    return Result(ours, "81 economies, 17 sectors, oil as an endowment, to 1e-11, median of 15", promised=0.02)


def incomes(folder: Path) -> Result:
    """All coalitions of eight economies in the world of 81 economies and 17 sectors."""
    economy, members = _kazakhstan()

    def solve() -> None:
        for mask in range(256):
            economy.loss([place for i, group in enumerate(members) if mask >> i & 1 for place in group])

    return Result(seconds(solve), "all 256 coalitions of 8 powers, 81 economies, 17 sectors", promised=3.0)


def _kazakhstan():  # type: ignore[no-untyped-def]
    """Kazakhstan in the world at the elasticities of a year, and eight powers as economies."""
    from equipoise.trade import Economy, Setting
    from equipoise.world import open_world

    case, world = eq.open_case("kazakhstan"), open_world()
    powers = ("RUS", "CHN", "EU", "USA", "TUR", "GBR", "JPN", "IND")
    return Economy(world, "KAZ", Setting(0.76, 15.0, 0.75, 0.8)), [world.places(case.members(p)) for p in powers]


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
