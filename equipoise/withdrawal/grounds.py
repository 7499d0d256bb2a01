"""What the losses rest on: for each record its parents, those that weigh most first."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import polars as pl

from equipoise.corridors.building import commodities_with_network
from equipoise.corridors.network import SMALLEST
from equipoise.ledger import Derivation, fact_id
from equipoise.withdrawal.games import Horizon, Key, Study

__all__ = ["VERSION", "basis_of", "input_counts", "records"]

VERSION = "withdrawal/1"
CARRIES_WEIGHT = 1e-4
"""Share of the loss that a figure must move, per cent by per cent, to be counted as carrying weight."""


def basis_of(study: Study, key: Key) -> str:
    """The record that a fact rests on.

    A single power has its own, a coalition shares one; volumes rest on the network of their commodity, losses on all
    networks whose prices and costs are known.
    """
    measure, subject, who, item, period = key
    if measure == "band_explained":
        return f"withdrawal.{subject}.band"
    horizon = period.split("+")[-1]
    if measure.startswith(("withdrawal_", "leverage_")) and measure not in ("withdrawal_loss", "withdrawal_person"):
        commodity = item.split(".")[0]
        return _name(who if who in study.powers else "", horizon, commodity)
    alone = (
        measure in ("withdrawal_loss", "withdrawal_person", "worst_single_loss", "input_count") and who in study.powers
    )
    return _name(who if alone else "", horizon)


def _name(power: str, horizon: str, commodity: str = "") -> str:
    return ".".join(part for part in ("withdrawal", power, horizon, commodity) if part)


def records(study: Study, options: str) -> list[Derivation]:
    """For each power and horizon what its losses rest on, in all and by commodity; the same for coalitions."""
    made: list[Derivation] = []
    commodities = commodities_with_network(study.inputs)
    priced = [name for name in commodities if np.isfinite(study.game(name, study.main.reading).base.rent)]
    for horizon in study.horizons:
        for subset, commodity in ((priced, ""), *(([name], name) for name in commodities)):
            what = f"{commodity} lost" if commodity else "rent lost, over GDP,"
            base = _before(study, horizon, subset) | ({} if commodity else {_gdp(study): 1.0})
            together: dict[str, float] = dict(base)
            for player, power in enumerate(study.powers):
                controls = _control_weights(study, player, horizon, subset)
                who = "a power" if commodity else study.inputs.case.name(power)  # volumes of all powers share one note
                statement = _STATEMENT.format(what=what, who=f"{who} closes what it controls")
                made.append(
                    Derivation(_name(power, horizon.id, commodity), VERSION, statement, base | controls, options)
                )
                together |= {name: max(weight, together.get(name, 0.0)) for name, weight in controls.items()}
            statement = _STATEMENT.format(what=what, who="the members of a coalition close what they control")
            made.append(Derivation(_name("", horizon.id, commodity), VERSION, statement, together, options))
    return made


_STATEMENT = "{what} when {who}: the network before less the network after, each solved for its best flow"


def _gdp(study: Study) -> str:
    return fact_id("gdp", study.home, period=str(study.inputs.case.year))


def _before(study: Study, horizon: Horizon, commodities: Iterable[str]) -> dict[str, float]:
    """What each network earned, or carried, before anybody left."""
    reading = horizon.reading if horizon.reading in ("contract", "technical") else "technical"
    parents = {}
    for commodity in commodities:
        game = study.game(commodity, horizon.reading)
        measure = "modelled_rent" if np.isfinite(game.base.rent) else f"modelled_export_{game.network.quantity}"
        parents[fact_id(measure, study.home, item=f"{commodity}.{reading}", period=str(game.network.year))] = 1.0
    return parents


def _control_weights(study: Study, player: int, horizon: Horizon, commodities: Iterable[str]) -> dict[str, float]:
    """Each control fact of a power by the share of its loss that this fact alone would cause."""
    weights: dict[str, float] = {}
    members = study.inputs.layout.members[study.powers[player]]
    for commodity in commodities:
        game = study.game(commodity, horizon.reading)
        whole = game.base.exports - game.coalition(1 << player).exports
        for position, found in game.network.controls(members):
            left = game.closing.untouched.copy()
            left[position] = 1.0 - found.value
            alone = game.base.exports - game.closed(left).exports
            weights[found.id] = max(0.0, alone / whole) if whole > SMALLEST else 0.0
    return dict(sorted(weights.items(), key=lambda entry: (-entry[1], entry[0])))


def input_counts(study: Study) -> dict[Key, float]:
    """How many figures carry weight in the loss that each power can cause, how many are of grade C, how many assumed."""
    case, horizon = study.inputs.case, study.main
    kinds = case.view().select(pl.col("kind").cast(pl.String), pl.col("grade").cast(pl.String))
    known = dict(zip((name.split("#")[0] for name in case.ledger.ids()), kinds.iter_rows(), strict=True))
    priced, heavy = [], {_gdp(study)}
    for commodity in commodities_with_network(study.inputs):
        game = study.game(commodity, horizon.reading)
        if np.isfinite(game.base.rent):
            priced.append(commodity)
            heavy |= {
                name for name, weight in game.network.weights(game.closing.base).items() if weight > CARRIES_WEIGHT
            }
    found: dict[Key, float] = {}
    for player, power in enumerate(study.powers):
        weights = _control_weights(study, player, horizon, priced)
        names = heavy | {name for name, weight in weights.items() if weight > CARRIES_WEIGHT}
        used = [known[name] for name in sorted(names) if name in known]
        counts = {
            "all": len(used),
            "grade_C": sum(grade == "C" for _, grade in used),
            "assumed": sum(kind == "assumed" for kind, _ in used),
        }
        found |= {
            ("input_count", study.home, power, which, study.period): float(count) for which, count in counts.items()
        }
    return found
