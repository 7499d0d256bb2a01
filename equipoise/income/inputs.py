"""What the losses of real income rest on: for each power and horizon every figure that enters, with its range.

A power closes three things in the trade equilibrium: what it buys, what it sells, and the ways of the oil. Beside them stand
channels that are no trade in goods: money sent home, fees for transit, foreign finance, and shared systems of power and
water. How far each can be closed is a fact of control.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl

from equipoise.case import Case
from equipoise.ledger import fact_id, parse_id
from equipoise.menu import KINDS
from equipoise.world import World, open_regions, open_world

__all__ = ["SETTINGS", "TERM_SETTINGS", "Horizon", "Inputs", "Known", "Tie"]

SETTINGS = ("trade_elasticity", "oil_elasticity", "stuck_cost_share", "rent_share")
TERM_SETTINGS = (
    "reemployment_share", "transit_margin", "refinanced_share", "risk_premium", "investment_years", "capital_wedge",
    "scarcity_elasticity",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Known:
    """A figure that enters: the fact it is, its value and range, and how well it is known."""

    fact: str
    value: float
    low: float
    high: float
    grade: str
    kind: str


@dataclass(frozen=True, slots=True)
class Horizon:
    """A length of closure, and which limits bind the oil meanwhile."""

    id: str
    name: str
    reading: str


@dataclass(frozen=True, slots=True)
class Tie:
    """A channel that a power can close: its kind, what passes, the partner whose it is, and the label of the power's reach."""

    channel: str
    kind: str
    commodity: str
    partner: str
    reach: str


NOTHING = Known("", 0.0, 0.0, 0.0, "C", "derived")
"""What the corridors say of a coalition that they were not solved for."""
SUMS = ("WLD", "EU", "EU27", "CIS", "EAEU")
"""Partners that are sums of others."""


class Inputs:
    """The powers, the horizons and the figures of a settled case."""

    def __init__(self, case: Case) -> None:
        self.case, self.home = case, case.home
        self._figures: dict[tuple[str, tuple[str, ...]], dict[str, Known]] = {}
        self.world = open_world()
        self.powers = tuple(power for power in sorted(case.powers) if self.places(power, self.world))
        rows = list(case.table("horizons").iter_rows(named=True))
        self.settings = {row["horizon"]: self._settings(row["horizon"]) for row in rows}
        held = [Horizon(row["horizon"], row["name"], row["reading"]) for row in rows if self.settings[row["horizon"]]]
        of_headline = {row["horizon"] for row in rows if row["reading"] == "contract" and row["storage"] == "0"}
        self.horizons = held
        self.main = next((h for h in held if h.id in of_headline), next(iter(held), None))

    @property
    def studied(self) -> bool:
        """Whether there is anything to study: horizons, powers, and a home that the world tells apart."""
        return bool(self.horizons and self.powers and self.world.places([self.home]))

    def places(self, actor: str, world: World) -> list[int]:
        """Economies of a world that an actor is."""
        return world.places(self.case.members(actor))

    def period(self, horizon: Horizon) -> str:
        """The period of a fact of this horizon."""
        return f"{self.case.year}+{horizon.id}"

    # --- figures ------------------------------------------------------------------------------------------------------

    def _settings(self, horizon: str) -> dict[str, Known]:
        """Settings of a horizon by measure; none at all where one of the equilibrium's own is missing."""
        found = {}
        for measure in (*SETTINGS, *TERM_SETTINGS):
            known = self._one(self.case.view(measure, subject="WLD", item=horizon))
            if known:
                found[measure] = known
        return found if all(measure in found for measure in SETTINGS) else {}

    def _one(self, rows: pl.DataFrame) -> Known | None:
        """The last of some facts."""
        if not rows.height:
            return None
        return _known(rows.sort("period").row(-1, named=True))

    @cached_property
    def ties(self) -> Mapping[str, tuple[Tie, ...]]:
        """The channels that each power can close."""
        made: dict[str, list[Tie]] = {power: [] for power in self.powers}
        for channel, row in self._channels.items():
            for power in self.powers:
                partner = parse_id(row["size"])["object"]
                in_goods = KINDS[row["kind"]] in ("exports", "imports")
                if f"{channel}.{power}" in self.reach and (partner or not in_goods):
                    kind = KINDS[row["kind"]]
                    made[power].append(Tie(channel, kind, row["commodity"], partner, f"{channel}.{power}"))
        return {power: tuple(ties) for power, ties in made.items()}

    @cached_property
    def reach(self) -> Mapping[str, Known]:
        """How far each power can close each channel, by the label ``channel.power``; a bloc or a parent acts for its own."""
        control = self.case.view("control", item="market").vstack(self.case.view("control", item="jurisdiction"))
        found: dict[str, Known] = {}
        for power in self.powers:
            own = control.filter(pl.col("subject").cast(pl.String).is_in(list(self.case.members(power))))
            for channel in self._channels:
                known = self._one(own.filter(pl.col("object").cast(pl.String) == channel).sort("value").tail(1))
                if known:
                    found[f"{channel}.{power}"] = known
        return found

    @cached_property
    def _channels(self) -> dict[str, dict[str, str]]:
        """Channels that enter in money, of kinds that are studied here."""
        table = self.case.table("channels")
        rows = table.filter((pl.col("monetised") == "yes") & pl.col("kind").is_in(list(KINDS))).iter_rows(named=True)
        return {row["channel"]: row for row in rows if row["size"] and row["commodity"] != "uranium"}

    @cached_property
    def container_fee(self) -> Known | None:
        """What one container in transit leaves behind, USD: the network tells how many stop."""
        rows = self._channels.items()
        fees = [c for c, row in rows if KINDS[row["kind"]] == "fees" and row["commodity"] == "containers"]
        return self.size(fees[0]) if fees else None

    def size(self, channel: str) -> Known | None:
        """How large a channel is in a year, mln USD, or in the unit of its measure where that is no money."""
        name = self._channels[channel]["size"] if channel in self._channels else ""
        parts = parse_id(name) if name else {}
        if not parts:
            return None
        where = {key: parts[key] for key in ("subject", "object", "item", "period") if parts.get(key)}
        known = self._one(self.case.view(parts["measure"], **where))
        if known is None:
            return None
        unit = self.case.unit(parts["measure"])
        times = (1e3 if unit.startswith("bln USD") else 1.0) * 12.0 / _months(parts["period"])
        return Known(known.fact, known.value * times, known.low * times, known.high * times, known.grade, known.kind)

    def input(self, measure: str, channel: str) -> Known | None:
        """A share that belongs to a shared system."""
        return self._one(self.case.view(measure, subject=self.home, object=channel))

    @cached_property
    def gdp(self) -> Known | None:
        """GDP of the home state in the year of the case, bln USD."""
        return self._one(self.case.view("gdp", subject=self.home, period=str(self.case.year)))

    # --- what the corridors found -------------------------------------------------------------------------------------

    @cached_property
    def oil(self) -> str:
        """The commodity that is the endowment."""
        rents = self.case.view("modelled_rent", subject=self.home)["item"].cast(pl.String).to_list()
        return rents[0].split(".")[0] if rents else ""

    def has_routes(self, power: str, horizon: Horizon) -> bool:
        """Whether the corridors were solved for this power."""
        return bool(self.oil) and (self.oil, power, horizon.id) in self._lost

    def endowment_lost(self, coalition: str, horizon: Horizon) -> Known:
        """Share of the exports of oil and gas, by value, that finds no way out."""
        shares, weights, facts = [], [], []
        for commodity in (self.oil, "gas"):
            known = self._share_lost(commodity, coalition, horizon)
            if known:
                shares.append(known)
                weights.append(self._values_exported.get(commodity, 0.0))
                facts.append(known.fact)
        total = sum(weights)
        if not shares or not total:
            return shares[0] if shares else NOTHING
        value, low, high = (
            sum(weight * float(getattr(share, end)) for weight, share in zip(weights, shares, strict=True)) / total
            for end in ("value", "low", "high")
        )
        return Known(facts[0], value, low, high, "C", "derived")

    def beside_oil(self, coalition: str, horizon: Horizon) -> tuple[float, float]:
        """Weight of what is exported beside oil in the endowment, and the share of it that finds no way out."""
        rest = self._share_lost("gas", coalition, horizon)
        total = sum(self._values_exported.values())
        if rest is None or not total:
            return 0.0, 0.0
        return self._values_exported.get("gas", 0.0) / total, rest.value

    def dearer(self, coalition: str, horizon: Horizon) -> Known:
        """Rise of the delivered cost of the oil that is still shipped, over its price."""
        return self._dearer.get((coalition, self.period(horizon)), NOTHING)

    @cached_property
    def _dearer(self) -> Mapping[tuple[str, str], Known]:
        rows = self.case.view("withdrawal_dearer", subject=self.home, item=self.oil).iter_rows(named=True)
        return {(str(row["object"]), str(row["period"])): _known(row) for row in rows}

    def containers_lost(self, coalition: str, horizon: Horizon) -> Known:
        """Transit containers that find no way, thousand TEU a year."""
        return self._lost.get(("containers", coalition, horizon.id), NOTHING)

    @cached_property
    def _lost(self) -> Mapping[tuple[str, str, str], Known]:
        """Exports lost by commodity, coalition and horizon."""
        rows = self.case.view([f"withdrawal_lost_{q}" for q in ("mass", "gas", "containers")], subject=self.home)
        return {
            (str(row["item"]), str(row["object"]), str(row["period"]).split("+")[1]): _known(row)
            for row in rows.iter_rows(named=True)
        }

    @cached_property
    def _shipped(self) -> Mapping[str, float]:
        """Exports before any closure, by commodity and reading of the limits."""
        rows = self.case.view(["modelled_export_mass", "modelled_export_gas"], subject=self.home).sort("period")
        return {str(row["item"]): float(row["value"]) for row in rows.iter_rows(named=True)}

    def _share_lost(self, commodity: str, coalition: str, horizon: Horizon) -> Known | None:
        """Share of the exports of a commodity that finds no way out."""
        reading = horizon.reading if horizon.reading in ("contract", "technical") else "technical"
        lost = self._lost.get((commodity, coalition, horizon.id))
        shipped = self._shipped.get(f"{commodity}.{reading}", 0.0)
        if lost is None or shipped <= 0:
            return None
        value, low, high = (min(1.0, max(0.0, x / shipped)) for x in (lost.value, lost.low, lost.high))
        return Known(lost.fact, value, min(low, value), max(high, value), lost.grade, lost.kind)

    @cached_property
    def _values_exported(self) -> Mapping[str, float]:
        """Exports of oil and of gas, mln USD, in the last year that has both: the weights of the endowment."""
        rows = self.case.view("export_value", subject=self.home, item=[self.oil, "gas"])
        states = rows.filter(~pl.col("object").cast(pl.String).is_in(SUMS)).with_columns(
            pl.col("item", "period").cast(pl.String)
        )
        total = {
            (item, period): value
            for item, period, value in states.group_by("item", "period").agg(pl.col("value").sum()).iter_rows()
        }
        both = sorted(period for item, period in total if item == "gas" and (self.oil, period) in total)
        return {name: total[name, both[-1]] for name in (self.oil, "gas")} if both else {self.oil: 1.0}

    def counts(self, power: str) -> dict[str, float]:
        """How many figures carry weight in the networks' loss to a power, how many of them are rough."""
        rows = self.case.view("input_count", subject=self.home, object=power)
        return {str(row["item"]): float(row["value"]) for row in rows.iter_rows(named=True)}

    # --- worlds -------------------------------------------------------------------------------------------------------

    @cached_property
    def regional(self) -> bool:
        """Whether the twelve regions tell home and powers apart, so that all ways of allocating final demand can be tried."""
        regions = open_regions()
        return all(self.places(power, regions) for power in self.powers) and bool(regions.places([self.home]))

    def gathered(self) -> World:
        """The whole world with all put together, by region, that is neither the home nor a power: quick to solve again."""
        own = {self.home: self.world.places([self.home])} | {p: self.places(p, self.world) for p in self.powers}
        told = [place for places in own.values() for place in places]
        if len(set(told)) < len(told):  # players inside one another: nothing can be put together
            return self.world
        groups: dict[str, list[int]] = dict(own)
        region_of = open_regions().inside
        for place, economy in enumerate(self.world.economies):
            if place not in told:
                groups.setdefault(f"other {region_of.get(economy, 'REST')}", []).append(place)
        return self.world.gathered(groups)

    def figures(self, horizon: Horizon, powers: Sequence[str]) -> dict[str, Known]:
        """Every figure that enters the single losses to these powers, by label."""
        key = horizon.id, tuple(powers)
        if key not in self._figures:
            self._figures[key] = self._collect(horizon, powers)
        return dict(self._figures[key])

    def _collect(self, horizon: Horizon, powers: Sequence[str]) -> dict[str, Known]:
        made = dict(self.settings[horizon.id])
        if self.gdp:
            made["gdp"] = self.gdp
        if self.container_fee:
            made["container_fee"] = self.container_fee
        for power in powers:
            if self.has_routes(power, horizon):
                made[f"oil_lost.{power}"] = self.endowment_lost(power, horizon)
                made[f"oil_dearer.{power}"] = self.dearer(power, horizon)
                made[f"containers_lost.{power}"] = self.containers_lost(power, horizon)
            for tie in self.ties[power]:
                made[tie.reach] = self.reach[tie.reach]
                made |= self._sizes(tie)
        return {label: known for label, known in made.items() if known.fact}

    def _sizes(self, tie: Tie) -> dict[str, Known]:
        """The figures beside its reach that a channel hangs on."""
        if tie.kind in ("exports", "imports"):
            return {}  # the world economy holds the trade itself
        named = {f"size.{tie.channel}": self.size(tie.channel)}
        if tie.kind == "systems":
            named = {
                f"{what}.{tie.channel}": self.input(f"input_{what}_share", tie.channel)
                for what in ("cost", "user", "supply")
            }
        return {label: known for label, known in named.items() if known}


def _known(row: Mapping[str, Any]) -> Known:
    """A fact as a figure; without a range it is known exactly."""
    value = float(row["value"])
    low, high = (value if row[end] is None else float(row[end]) for end in ("low", "high"))
    name = fact_id(row["measure"], row["subject"], row["object"], row["item"], row["period"])
    return Known(name, value, low, high, str(row["grade"]), str(row["kind"]))


def _months(period: str) -> float:
    """Months that a period covers: a year unless it names months; a stock on a day is what it is."""
    ends = [part.split("-") for part in period.split("/")]
    if any(len(part) != 2 for part in ends):
        return 12.0
    first, last = ends[0], ends[-1]
    return 12.0 * (int(last[0]) - int(first[0])) + int(last[1]) - int(first[1]) + 1.0
