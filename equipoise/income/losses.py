"""The loss of real income for any coalition, kinds of channel and values of the figures; each dollar counted once.

What is closed in goods is solved exactly in the trade equilibrium. Money sent home, fees for transit, foreign finance and
shared systems are income terms beside it; of a shared system that is also traded, only what its shortage costs above the
value of the input, which the closed trade has taken already.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from equipoise.income.inputs import SETTINGS, Horizon, Inputs
from equipoise.maths.bottleneck import scarcity
from equipoise.trade import Change, Economy, Setting
from equipoise.world import World

__all__ = ["GOODS", "KINDS", "TERMS", "Act", "Losses", "scarcity"]

FloatArray = NDArray[np.float64]
Values = Mapping[str, float]

GOODS = ("exports", "imports", "transit")
TERMS = ("people", "fees", "finance", "systems")
KINDS = (*GOODS, *TERMS)
TRADED = "electricity"
"""The shared system whose flow is trade in goods as well."""


@dataclass(frozen=True)
class Act:
    """Who withdraws what: the kinds of channel that each power closes."""

    kinds: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, powers: Iterable[str], kinds: Iterable[str] = KINDS) -> Act:
        """The same kinds for all of these powers."""
        return cls(dict.fromkeys(powers, frozenset(kinds)))

    def doing(self, kind: str) -> tuple[str, ...]:
        """Who closes this kind, in order."""
        return tuple(sorted(power for power, kinds in self.kinds.items() if kind in kinds))


class Losses:
    """One world in which acts are tried; ``figures`` are the values that hold where a draw gives none."""

    def __init__(self, inputs: Inputs, world: World) -> None:
        self.inputs, self.economy = inputs, Economy(world, inputs.home)
        self.places = {power: tuple(inputs.places(power, world)) for power in inputs.powers}
        partners = {tie.partner for ties in inputs.ties.values() for tie in ties}
        self._partner = {one: tuple(inputs.places(one, world)) for one in partners}

    @staticmethod
    def setting(values: Values) -> Setting:
        """The setting of the equilibrium that these values hold."""
        return Setting(*(values[name] for name in SETTINGS))

    def change(self, act: Act, values: Values) -> Change:
        """What an act closes in goods."""
        together = "+".join(act.doing("transit"))
        return Change(
            self._closed(act, "exports", values), self._closed(act, "imports", values),
            oil_lost=values.get(f"oil_lost.{together}", 0.0), oil_dearer=values.get(f"oil_dearer.{together}", 0.0),
        )  # fmt: skip

    def _closed(self, act: Act, kind: str, values: Values) -> dict[int, float]:
        """Share of the trade with each economy that is closed: any one who controls it can."""
        left: dict[int, float] = {}
        for power in act.doing(kind):
            ties = [tie for tie in self.inputs.ties[power] if tie.kind == kind]
            closing = [(self._partner[tie.partner], values[tie.reach]) for tie in ties]
            for places, share in closing or [(self.places[power], 1.0)]:  # a power can always close its own market
                for place in places:
                    left[place] = left.get(place, 1.0) * (1.0 - share)
        return {place: 1.0 - share for place, share in left.items() if place != self.economy.home}

    def terms(self, act: Act, values: Values) -> dict[str, float]:
        """The income terms by kind, % of GDP a year."""
        if "gdp" not in values:
            return {}
        made = dict.fromkeys(TERMS, 0.0)
        left: dict[tuple[str, str, str], float] = {}
        for kind in TERMS:
            for power in act.doing(kind):
                for tie in self.inputs.ties[power]:
                    if tie.kind == kind:
                        key = kind, tie.channel, tie.commodity
                        left[key] = left.get(key, 1.0) * (1.0 - values[tie.reach])
        money = 100.0 / (values["gdp"] * 1e3)  # mln USD to % of GDP
        for (kind, channel, commodity), share in left.items():
            if kind == "systems":
                made[kind] += 100.0 * _shortage(channel, commodity, 1.0 - share, values)
            elif f"size.{channel}" in values:
                made[kind] += money * (1.0 - share) * values[f"size.{channel}"] * _yearly(kind, commodity, values)
        lost = values.get(f"containers_lost.{'+'.join(act.doing('fees'))}", 0.0)
        if "container_fee" in values:  # thousand containers by USD each is a thousandth of a million
            made["fees"] += money * lost * values["container_fee"] * values["transit_margin"] / 1e3
        return made

    def figures(self, horizon: Horizon, acts: Iterable[Act] = ()) -> dict[str, float]:
        """Central values of every figure, what the routes lose to the coalitions of some acts among them."""
        inputs = self.inputs
        values = {name: known.value for name, known in inputs.figures(horizon, inputs.powers).items()}
        for together in {"+".join(act.doing(kind)) for act in acts for kind in ("transit", "fees")} - {""}:
            values[f"oil_lost.{together}"] = inputs.endowment_lost(together, horizon).value
            values[f"oil_dearer.{together}"] = inputs.dearer(together, horizon).value
            values[f"containers_lost.{together}"] = inputs.containers_lost(together, horizon).value
        return values


def _shortage(channel: str, commodity: str, share: float, values: Values) -> float:
    """Share of GDP lost for want of a shared system of which this share is withheld."""
    names = [f"{what}.{channel}" for what in ("cost", "user", "supply")]
    if any(name not in values for name in names):
        return 0.0
    cost, user, supply = (values[name] for name in names)
    missing = share * supply
    lost = scarcity(cost, 1.0 - missing, values["scarcity_elasticity"])
    return user * max(0.0, lost - (cost * missing if commodity == TRADED else 0.0))


def _yearly(kind: str, commodity: str, values: Values) -> float:
    """What the loss of a channel takes a year, over its size."""
    if kind == "people":
        return 1.0 - values["reemployment_share"]
    if kind == "fees":
        return values["transit_margin"]
    if commodity == "investment":
        return values["investment_years"] * values["capital_wedge"]
    return values["refinanced_share"] * values["risk_premium"]
