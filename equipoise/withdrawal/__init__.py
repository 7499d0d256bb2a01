"""The cost of withdrawal, physical layer: what is lost when powers close what they control, after best rerouting.

``v(S)`` is computed for every coalition S of the powers and every horizon. It is a capability, how much it would hurt
if, never a forecast. Closing a market closes a buyer, not the volume: demand is kept here, and the price of losing a
buyer belongs to the economic layer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from equipoise.case import Case, Layout
from equipoise.corridors.building import commodities_with_network
from equipoise.corridors.findings import as_fact
from equipoise.corridors.inputs import NETWORK_MEASURES, QUANTITIES, Inputs
from equipoise.errors import InputError
from equipoise.ledger import Derivation, Ledger
from equipoise.maths.ensemble import bands, latin_hypercube, rank_correlation, spread
from equipoise.withdrawal.games import Key, Study, coalition_name
from equipoise.withdrawal.grounds import VERSION, basis_of, input_counts, records

__all__ = ["READS", "VERSION", "WRITES", "coalition_name", "derive"]

READS = (*NETWORK_MEASURES, "control", "gdp", "population", "modelled_rent",
         *(f"modelled_export_{q}" for q in QUANTITIES))  # fmt: skip
WRITES = (
    *(f"withdrawal_{what}_{q}" for what in ("lost", "rerouted") for q in QUANTITIES),
    "withdrawal_rent", "withdrawal_sales", "withdrawal_dearer", "withdrawal_loss", "withdrawal_person", "worst_single_loss",
    "worst_pair_loss",
    "worst_power_share", "leverage_containers",
    "backup_value", "shapley_share", "owen_share", "banzhaf_share", "input_count", "loss_in_series", "band_explained",
)  # fmt: skip

MOST_PLAYERS = 10
STANDS_OUT = 16.0
"""Square of the standard errors by which a rank correlation must differ from zero: four, for there are hundreds of inputs."""
_DRIVEN = (
    "squared rank correlation of the loss with each input over the redraws, those that stand out from chance; the weight of "
    "an input is its share of the variance"
)
Progress = Callable[[str, int, int], None]


def derive(
    case: Case, *, draws: int = 200, seed: int = 1, workers: int = 1, progress: Progress | None = None
) -> Ledger:
    """Solve every coalition of the powers on every network, with the 5-95 % band over redraws of all inputs.

    Raises
    ------
    InputError
        More than ten powers: 2**n coalitions would no longer be enumerated in seconds.
    """
    powers = tuple(sorted(case.powers))
    if len(powers) > MOST_PLAYERS:
        raise InputError("powers", found=f"{len(powers)} players", allowed=f"at most {MOST_PLAYERS}")
    settled = case.settle()
    inputs = Inputs(settled)
    if not powers or not commodities_with_network(inputs) or not settled.table("horizons").height:
        return Ledger.empty()
    study = Study(inputs, powers)
    central = study.findings() | study.channels() | input_counts(study)
    ranges, of_draws, drivers = _bands(settled, study, draws, seed, workers, progress) if draws else ({}, {}, [])
    central |= of_draws
    rows = [
        as_fact(key, number, ranges.get(key), basis=basis_of(study, key), by=VERSION) for key, number in central.items()
    ]
    return Ledger.of(rows, [*records(study, f"draws={draws} seed={seed}"), *drivers])


def _bands(
    settled: Case, study: Study, draws: int, seed: int, workers: int, progress: Progress | None
) -> tuple[dict[Key, tuple[float, float]], dict[Key, float], list[Derivation]]:
    """From joint redraws of every input: the 5-95 % band of every fact, how often each power is the worst, how much of
    each single band its strongest inputs explain, and the records that name those."""
    relevant = settled.without(sorted(set(settled.measures) - set(READS)))
    uncertain = relevant.ledger.uncertain()
    design = latin_hypercube(draws, len(uncertain), seed)
    told = partial(progress, "withdrawal") if progress else None
    futures = spread(partial(_redrawn, relevant, study.powers), design, workers=workers, progress=told)
    of_draws: dict[Key, float] = {}
    worst = Counter(
        ("worst_power_share", k[1], k[2], "", k[4]) for found in futures for k in found if k[0] == "worst_single_loss"
    )
    of_draws |= {key: count / draws for key, count in worst.items()}
    ids = [name.split("#")[0] for name in Ledger(relevant.ledger.facts[uncertain]).ids()]
    drivers: list[Derivation] = []
    for power in study.powers:
        key = ("withdrawal_loss", study.home, power, "", study.period)
        strength = rank_correlation(design, [found[key] for found in futures]) ** 2
        heard = {
            ids[i]: float(strength[i]) for i in np.argsort(-strength, kind="stable") if strength[i] * draws > STANDS_OUT
        }
        if heard:
            name = f"withdrawal.{power}.band"
            drivers.append(Derivation(name, VERSION, _DRIVEN, heard, f"draws={draws} seed={seed}"))
            of_draws["band_explained", power, "", "", study.period] = min(1.0, sum(heard.values()))
    return bands(futures), of_draws, drivers


def _redrawn(case: Case, powers: Sequence[str], chances: NDArray[np.float64]) -> list[dict[Key, float]]:
    """All findings of each of several futures."""
    layout = Layout(case)
    futures = (Inputs(case.redraw(chance), layout) for chance in chances)
    return [Study(inputs, powers, all_coalitions=False).findings() for inputs in futures]
