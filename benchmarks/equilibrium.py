"""Trade equilibria: one change, many at once, and against peers.

Peers that need an environment of their own are looked for in the folder that ``EQUIPOISE_PEERS`` names, each in a virtual
environment of its name (``gegravity``, ``sanction-simulator``); where there is none, that is said. The data that both solve
are in the folder that ``EQUIPOISE_BENCHMARKS`` names.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
from pathlib import Path

import numpy as np

from benchmarks.result import Result, seconds

ROOT = Path(__file__).parent
POWERS = ("RUS", "CHN", "EU", "USA", "TUR", "GBR", "JPN", "IND")
DRAWS = 32
"""Draws of the elasticities and of the oil, each under every coalition."""


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


def gegravity(folder: Path) -> Result:
    """The enlargement of the European Union among forty-four economies: ours gives the published real incomes.

    The peer's equilibrium leaves every output and expenditure what it was, so that its prices are others; that they solve
    that smaller problem on the same data is checked.
    """
    from equipoise.maths.equilibrium import one_sector as solve

    shared = Path(os.environ.get("EQUIPOISE_BENCHMARKS", ROOT.parents[1] / "shared" / "benchmarks"))
    data = shared / "one_sector_ge" / "TradeData0014_Results.csv"
    if not data.exists():
        return _skipped("one_sector_ge", "EQUIPOISE_BENCHMARKS")
    with data.open(encoding="utf-8") as text:
        rows = [row for row in csv.DictReader(text) if row["year"] == "2000.0"]
    table = folder / "trade.csv"
    with table.open("w", encoding="utf-8", newline="") as text:
        writer = csv.writer(text)
        writer.writerow(["exporter", "importer", "trade", "effect"])
        writer.writerows([row["exporter"], row["importer"], row["trade"], row["eu_effect"]] for row in rows)
    peer = _peer("gegravity", "peer_gegravity.py", str(table))
    if peer is None:
        return _skipped("gegravity")
    names = sorted({row["exporter"] for row in rows})
    place = {name: i for i, name in enumerate(names)}
    flows, effect, welfare = np.zeros((3, len(names), len(names)))
    for row in rows:
        at = place[row["exporter"]], place[row["importer"]]
        flows[at], effect[at], welfare[at] = float(row["trade"]), float(row["eu_effect"]), float(row["w_eu"])
    cost = np.exp(-effect / 4)
    output, spending = flows.sum(axis=1), flows.sum(axis=0)
    appeal = flows * np.exp(effect) * np.array([peer["price"][name] for name in names])[:, None] ** -4.0
    if np.abs(appeal / appeal.sum(axis=0) @ spending / output - 1).max() > 1e-6:
        raise RuntimeError("the peer did not solve the same data")
    apart = np.abs(solve(flows, cost, 4.0).welfare - welfare[:, 0]).max()
    if apart > 1e-6:
        raise RuntimeError(f"real incomes differ from the published ones by {apart:.1e}")
    ours = seconds(lambda: solve(flows, cost, 4.0), 15)
    how = (
        "44 economies, ge_gravity's real incomes to 1e-6; peer: gegravity without its baseline, incomes held at those of "
        "before"
    )
    return Result(ours, how, promised=peer["seconds"] / 100, ratio=peer["seconds"] / ours)


def multi_sector(folder: Path) -> Result:
    """One closure in the world of 81 economies and 17 sectors, alone."""
    from equipoise.world import open_world

    world = open_world()
    model, home = _model(world), world.places(["KAZ"])[0]
    cost, quantity = np.ones_like(world.flows), np.ones(world.flows.shape[:2])
    russia = world.places(["RUS"])[0]
    cost[:, russia, home] = cost[:, home, russia] = np.inf
    quantity[world.sectors.index("OILGAS"), home] = 0.6
    ours = seconds(lambda: model.solve(cost, quantity_hat=quantity, fixed_cost=0.75), 15)
    return Result(ours, "81 economies, 17 sectors, oil as an endowment, to 1e-11, median of 15", promised=0.02)


def incomes(folder: Path) -> Result:
    """All coalitions of eight powers in the world of 81 economies and 17 sectors, at once and one by one."""
    from equipoise.maths.equilibrium import solve_many
    from equipoise.world import open_world

    world = open_world()
    model, home, kept = _model(world), world.places(["KAZ"])[0], _coalitions(world)
    lost = np.linspace(1.0, 0.3, len(kept))

    def solve():  # type: ignore[no-untyped-def]
        return solve_many(model, home, exports_kept=kept, imports_kept=kept, quantity_hat=lost, fixed_cost=0.75)

    found = solve()
    ours, sample = seconds(solve, 3), np.arange(0, len(kept), 16)
    peer = _one_by_one(model, home, kept[sample], lost[sample], found.real_income[sample]) / len(sample)
    each = ours / len(kept)
    how = f"{len(kept)} coalitions of 8 powers, 81 × 17, {1e3 * each:.2f} ms each; peer: TradeModel.solve, same incomes"
    return Result(ours, how, promised=3.0, ratio=peer / each)


def draws(folder: Path) -> Result:
    """Draws of elasticities and oil under each of 256 coalitions, in the world of 12 regions and 17 sectors."""
    from equipoise.maths.equilibrium import solve_many
    from equipoise.world import open_regions

    world, chance = open_regions(), np.random.default_rng(1)
    model, home = _model(world), world.places(["KAZ"])[0]
    masks = np.arange(256)[:, None] >> np.arange(8) & 1
    every = np.ones((256, len(world.economies)))
    every[:, [place for place in range(12) if place != home][:8]] = 1 - masks
    kept, k = np.tile(every, (DRAWS, 1)), 256 * DRAWS
    theta = np.repeat(np.repeat(chance.uniform(0.6, 1.0, (DRAWS, 1)), 17, axis=1), 256, axis=0)
    theta[:, world.sectors.index("OILGAS")] = np.repeat(chance.uniform(5, 50, DRAWS), 256)
    lost = chance.uniform(0.3, 1.0, k)

    def solve():  # type: ignore[no-untyped-def]
        return solve_many(
            model, home, elasticity=theta, exports_kept=kept, imports_kept=kept, quantity_hat=lost, fixed_cost=0.75
        )

    found = solve()
    ours, sample = seconds(solve, 3), np.arange(0, 256, 8)
    found_by_one = found.real_income[sample]
    peer = _one_by_one(model.at(theta[0], 0.8), home, kept[sample], lost[sample], found_by_one) / len(sample)
    each = ours / k
    how = f"{k:,} of 256 coalitions, 12 × 17, {1e3 * each:.3f} ms each; peer: TradeModel.solve, same incomes"
    return Result(ours, how, promised=0.0005 * k, ratio=peer / each)


def embargo(folder: Path) -> Result:
    """An embargo between two states; the peer's model rations inputs, in 80 economies and 50 sectors of the same tables."""
    from equipoise.maths.equilibrium import solve_many
    from equipoise.world import open_world

    peer = _peer("sanction-simulator", "peer_sanctions.py")
    if peer is None:
        return _skipped("sanction-simulator")
    world = open_world()
    model, home = _model(world), world.places(["KAZ"])[0]
    kept = np.ones((8, len(world.economies)))
    for row, power in enumerate(("RUS", "CHN", "TUR", "DEU", "USA", "ITA", "FRA", "KOR")):
        kept[row, world.places([power])] = 0.0
    solve_many(model, home, exports_kept=kept[:1], imports_kept=kept[:1])
    ours = seconds(lambda: solve_many(model, home, exports_kept=kept, imports_kept=kept), 5) / len(kept)
    how = (
        f"each of 8 embargoes at once, 81 economies, 17 sectors; peer: sanction-simulator, {peer['scenarios']} at once, "
        f"{peer['countries']} economies, {peer['sectors']} sectors, another model"
    )
    return Result(ours, how, promised=peer["seconds"] / 100, ratio=peer["seconds"] / ours)


def _model(world):  # type: ignore[no-untyped-def]
    """A world at the elasticities of a year, its oil an endowment."""
    from equipoise.maths.equilibrium import TradeModel

    oil = world.sectors.index("OILGAS")
    theta = np.where(np.arange(len(world.sectors)) == oil, 15.0, 0.76)
    shares = world.value_added_share, world.input_share, world.absorption_share
    return TradeModel(world.balanced, *shares, theta, endowments=[oil])


def _coalitions(world) -> np.ndarray:  # type: ignore[no-untyped-def]
    """What every coalition of the powers leaves of the trade with each economy (256, n)."""
    import equipoise as eq

    case = eq.open_case("kazakhstan")
    kept = np.ones((256, len(world.economies)))
    for i, power in enumerate(POWERS):
        for place in world.places(case.members(power)):
            kept[np.arange(256) >> i & 1 == 1, place] = 0.0
    return kept


def _one_by_one(model, home, kept, quantity, incomes) -> float:  # type: ignore[no-untyped-def]
    """Seconds that the solver of one takes for scenarios; it must find these real incomes."""
    sectors, count = model.shape
    changes = []
    for row, left in zip(kept, quantity, strict=True):
        cost, given = np.ones((sectors, count, count)), np.ones((sectors, count))
        cost[:, home, row == 0] = cost[:, row == 0, home] = np.inf
        given[:, home] = left
        changes.append((cost, given))
    found = []
    taken = seconds(
        lambda: found.extend(model.solve(cost, quantity_hat=given, fixed_cost=0.75) for cost, given in changes)
    )
    if not np.allclose([one.real_income for one in found], incomes, rtol=1e-8):
        raise RuntimeError("the incomes differ")
    return taken


def _peer(name: str, script: str, *arguments: str):  # type: ignore[no-untyped-def]
    """What a peer printed, run in its own environment; nothing where it has none."""
    python = Path(os.environ.get("EQUIPOISE_PEERS", ROOT / "peers")) / name / "bin" / "python"
    if not python.exists():
        return None
    said = subprocess.run([str(python), str(ROOT / script), *arguments], capture_output=True, text=True, check=True)
    return json.loads(said.stdout.strip().splitlines()[-1])


def _skipped(what: str, folder: str = "EQUIPOISE_PEERS") -> Result:
    return Result(float("nan"), f"skipped: {what} is not in the folder that {folder} names")
