"""Income: what the withdrawal of a power, or of several, would take from real income; physical routes and trade in one.

Two layers meet here without counting anything twice. The corridors say which share of the oil exports finds no way out;
that share is a quantity in the trade equilibrium of :mod:`equipoise.trade`, in which the trade that the members of the
coalition can close is closed too. Money sent home, fees for transit, foreign finance and shared systems are income terms
beside it. A loss is a capability, never a forecast.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from equipoise.case import Case
from equipoise.errors import InputError
from equipoise.income.grounds import VERSION, facts_of, records
from equipoise.income.inputs import SETTINGS, TERM_SETTINGS, Inputs
from equipoise.ledger import Ledger
from equipoise.menu import with_markets
from equipoise.world import open_world

if TYPE_CHECKING:
    from equipoise.income.findings import Key

__all__ = ["READS", "VERSION", "WRITES", "derive", "market_case"]

READS = (
    *SETTINGS, *TERM_SETTINGS, "control", "gdp", "modelled_rent", "withdrawal_dearer", "export_value", "remittances_in",
    "external_debt", "fdi_inflow", "transit_fees", "transit_fee_containers", "input_cost_share", "input_user_share",
    "input_supply_share", "input_count",
    *(f"{stem}_{q}" for stem in ("modelled_export", "withdrawal_lost") for q in ("mass", "gas", "containers")),
)  # fmt: skip
WRITES = (
    "income_loss", "own_income_loss", "autarky_loss", "income_model_spread", "income_asymmetry", "leverage_loss",
    "withholding_loss", "worst_income_loss", "worst_income_share", "income_interaction", "income_shapley", "income_owen",
    "income_rank_share", "income_above_share", "income_rank_agreement", "income_sensitivity", "income_input_count",
    "income_deficits_kept", "income_unsolved",
)  # fmt: skip

WORLD_YEAR = 2022
Progress = Callable[[str, int, int], None]


def derive(
    case: Case, *, draws: int = 1000, seed: int = 1, workers: int = 1, progress: Progress | None = None
) -> Ledger:
    """Real income lost by coalition and horizon, with bands, their drivers, and what it costs the powers.

    A case whose home is not told apart in the bundled world, or which holds no elasticities, gets no such facts; nor does
    a power that the world does not tell apart, for its trade cannot be seen: missing is not zero. Futures are solved on
    every processor, whatever ``workers``; the result does not depend on it.
    """
    from equipoise.income.bands import Redraws  # what a remembered result does not need
    from equipoise.income.findings import Findings

    del workers  # the compiled solver has threads of its own
    inputs = Inputs(case.settle())
    if not inputs.studied:
        return Ledger.empty()
    findings = Findings(inputs)
    found = findings.central() | findings.spread()
    ranges: Mapping[Key, tuple[float, float]] = {}
    drivers = []
    if draws:
        redraws = Redraws(findings, draws, seed, partial(progress, "income") if progress else None)
        redraws.run(found)
        found |= redraws.found
        ranges, drivers = redraws.ranges, redraws.records
    return Ledger.of(facts_of(inputs, found, ranges), [*records(findings, f"draws={draws} seed={seed}"), *drivers])


def market_case(case: Case, home: str, powers: Sequence[str] = ()) -> Case:
    """Any economy of the bundled world as a case of market channels alone: no corridors, no law, no people.

    The actors, horizons and elasticities are those of ``case``; the players are its powers that are not the home.

    Raises
    ------
    InputError
        The world does not tell the home apart, or a player is the home or a bloc that it is in.
    """
    world = open_world()
    if not world.places([home]):
        raise InputError(
            "--home", found=home, allowed=f"an economy of the world of {WORLD_YEAR}: {', '.join(sorted(world.inside))}"
        )
    players = list(powers) or [p for p in case.powers if home not in case.members(p) and world.places(case.members(p))]
    kept = ("actors", "blocs", "horizons", "sources", "assumptions")
    register = {name: table if name in kept else table.clear() for name, table in case.register.items()}
    bare = replace(
        case, id=f"{home.lower()}-market", title=f"{case.name(home)} in the world of {WORLD_YEAR}, market channels alone",
        home=home, year=WORLD_YEAR, register=register,
        ledger=Ledger(case.view([*SETTINGS, *TERM_SETTINGS])),
    )  # fmt: skip
    return with_markets(bare.with_powers(players), players)
