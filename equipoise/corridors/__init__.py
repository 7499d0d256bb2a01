"""Corridors: which way the exports go, what limits them, who can stop them, and what is left when somebody does.

For each commodity the capacitated network is solved for the flow that earns the home state most, with joint capacities,
elastic supply and what markets take, under two readings of the limits: what contracts allow, and what the steel can do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from equipoise.case import Case, Layout
from equipoise.corridors.building import READINGS, build, commodities_with_network, years_solved
from equipoise.corridors.findings import Findings, Key, as_fact, bypasses, closures, cuts, flows, split_cost
from equipoise.corridors.inputs import NETWORK_MEASURES, QUANTITIES, Inputs
from equipoise.corridors.network import Closures, Network, Solution
from equipoise.ledger import Derivation, Ledger
from equipoise.maths.ensemble import bands, latin_hypercube, spread

__all__ = ["READINGS", "READS", "VERSION", "WRITES", "derive"]

VERSION = "corridors/1"

READS = (*NETWORK_MEASURES, "control", *(f"flow_{q}" for q in QUANTITIES))
WRITES = (
    "modelled_rent", "capacity_price", "bottleneck_price", "split_cost", "inputs_missing",
    *(f"{stem}_{q}" for q in QUANTITIES for stem in
      ("modelled_flow", "flow_error", "link_flow", "link_capacity", "modelled_export", "cut", "cut_link", "closure_loss",
       "bypass_flow", "bypass_spare")),
)  # fmt: skip

Progress = Callable[[str, int, int], None]


def derive(
    case: Case, *, draws: int = 100, seed: int = 1, workers: int = 1, progress: Progress | None = None
) -> Ledger:
    """Solve the networks of a case and write down what they tell, with the 5-95 % band over redraws of every input.

    ``draws`` redraws, each of all uncertain inputs jointly (Latin hypercube); 0 leaves the bands out. ``progress`` is
    called with a word, the steps done and the steps in all.
    """
    settled = case.settle()
    inputs = Inputs(settled)
    solved = [Closures(network) for network in _networks(inputs)]
    central = _everything(inputs, solved)
    ranges = _bands(settled, draws, seed, workers, progress) if draws else {}
    rows: list[dict[str, object]] = []
    derivations: dict[str, Derivation] = {}
    for key, number in central.items():
        closing = _network_of(key, solved)
        network, solution = closing.network, closing.base
        name = f"{VERSION.split('/')[0]}.{network.commodity}.{network.year}.{network.reading}"
        if name not in derivations:
            derivations[name] = _derivation(name, network, solution, draws, seed)
        rows.append(as_fact(key, number, ranges.get(key), basis=name, by=VERSION))
    return Ledger.of(rows, derivations.values())


def _networks(inputs: Inputs) -> list[Network]:
    """Every commodity and year under both readings."""
    return [
        build(inputs, commodity, year, reading)
        for commodity in commodities_with_network(inputs)
        for year in years_solved(inputs, commodity)
        for reading in ("contract", "technical")
    ]


def _everything(inputs: Inputs, solved: Sequence[Closures]) -> Findings:
    """All findings of all networks; closures for every year, bypasses and cuts for the last year of a commodity."""
    last = {closing.network.commodity: closing.network.year for closing in solved}
    found: Findings = {}
    for closing in solved:
        network = closing.network
        found |= flows(inputs, network, closing.base)
        if network.reading == "contract":
            found |= closures(inputs, closing) | split_cost(inputs, network, closing.base)
        if network.year == last[network.commodity]:
            found |= bypasses(inputs, closing) | _cut_findings(inputs, network)
            if network.reading == "contract":
                for kind, links in network.missing.items():
                    key = ("inputs_missing", inputs.layout.home, "", f"{network.commodity}.{kind}", str(network.year))
                    found[key] = float(len(links))
    return found


def _cut_findings(inputs: Inputs, network: Network) -> Findings:
    item, year = f"{network.commodity}.{network.reading}", str(network.year)
    found: Findings = {}
    for origin, value, links in cuts(inputs, network):
        found[f"cut_{network.quantity}", origin, "", item, year] = value
        for link, capacity in links.items():
            found[f"cut_link_{network.quantity}", link, origin, item, year] = capacity
    return found


def _bands(
    settled: Case, draws: int, seed: int, workers: int, progress: Progress | None
) -> dict[Key, tuple[float, float]]:
    """The 5-95 % band of each finding over joint redraws of all inputs."""
    relevant = settled.without(sorted(set(settled.measures) - set(READS)))
    design = latin_hypercube(draws, len(relevant.ledger.uncertain()), seed)
    told = partial(progress, "corridors") if progress else None
    futures = spread(partial(_redrawn, relevant), design, workers=workers, progress=told)
    return bands(futures)


def _redrawn(case: Case, chances: NDArray[np.float64]) -> list[Findings]:
    """All findings of each of several futures."""
    layout = Layout(case)
    futures = (Inputs(case.redraw(chance), layout) for chance in chances)
    return [_everything(inputs, [Closures(network) for network in _networks(inputs)]) for inputs in futures]


def _network_of(key: Key, solved: Sequence[Closures]) -> Closures:
    """The network that a finding came from."""
    commodity, _, way = key[3].partition(".")
    reading = way if way in ("contract", "technical") else "contract"
    wanted = (commodity, key[4], reading)
    return next(c for c in solved if (c.network.commodity, str(c.network.year), c.network.reading) == wanted)


def _derivation(name: str, network: Network, solution: Solution, draws: int, seed: int) -> Derivation:
    """One record for one solved network: every figure it used, by what one per cent of it would change."""
    weights: dict[str, float] = dict(network.weights(solution))
    for _, control in network.controls(network.control):
        weights.setdefault(control.id, 0.0)
    statement = (
        f"rent-maximising flow of {network.commodity} in {network.year}, {network.reading} limits; weight is the share of "
        "the rent (or of the flow) that moves with the figure"
    )
    options = f"draws={draws} seed={seed}"
    return Derivation(name, VERSION, statement, _ordered(weights), options)


def _ordered(weights: Mapping[str, float]) -> dict[str, float]:
    return dict(sorted(weights.items(), key=lambda entry: (-entry[1], entry[0])))
