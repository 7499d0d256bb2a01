"""Shared water and power: what upstream states can keep back, and what power for water gives each side.

A river with a reservoir upstream is a year of two seasons. Upstream lets water down in winter for its power; downstream keeps
of it what its own reservoirs have room for, and in summer, when fields need it, there is too little. A power that is given
in winter lets the upstream state keep water for summer. All volumes are cubic kilometres at the gauge where the downstream
state counts them; figures of every other shared system are told as they are published, with what is missing.

What can be kept back is a capability, never a forecast.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from equipoise.case import Case
from equipoise.ledger import Derivation, Ledger, parse_id
from equipoise.maths.bottleneck import bottleneck_loss
from equipoise.maths.reservoir import Moved, SeasonBalance, move_to_dry, releases, season_balance, swap
from equipoise.region.figures import Asked, Figures, rows_of
from equipoise.region.grid import asked_of_grid, grid, partners, winter
from equipoise.region.rivers import asked_of_rivers, gauged, gauges, missing, yearly
from equipoise.region.systems import VERSION, asked_of_channels, canal, channels_of, kept_by_control

__all__ = [
    "READS",
    "VERSION",
    "WRITES",
    "Held",
    "River",
    "Year",
    "asked_of",
    "derive",
    "rivers_of",
    "short_with",
    "year_of",
]

FloatArray = NDArray[np.float64]
Key = tuple[str, str, str, str, str]
Found = dict[Key, FloatArray]

READS = (
    "river_volume", "river_flow", "river_share", "power_per_water", "water_share", "power_exchange", "power_price",
    "load_factor", "lever_effect", "threat_reach", "control", "gdp", "input_cost_share", "input_user_share",
    "input_supply_share", "scarcity_elasticity", "electricity_consumption", "electricity_import", "electricity_export",
    "electricity_trade", "electricity_made", "electricity_lacking", "peak_power", "tie_power", "season_share",
    "hydropower_share", "capacity_power",
)  # fmt: skip
WRITES = (
    "water_balance", "water_shortfall", "water_release", "water_withheld", "water_withheld_short", "water_loss",
    "water_users_loss", "exchange_water", "exchange_power_gain", "exchange_surplus", "exchange_price", "exchange_agreed",
    "exchange_limit", "water_lever_shift", "river_year", "water_power_lost", "figure_missing", "grid_import_share",
    "grid_loss", "grid_gap", "grid_partner_share", "grid_withheld", "grid_withheld_peak", "grid_withheld_loss",
)  # fmt: skip

WINTER_HOURS = 182 * 24
LEVERS = {
    "shardara_inflow_season": ("Syr_Darya", "inflow"), "water_regulation": ("Syr_Darya", "room"),
    "power_capacity": ("Syr_Darya", "capacity"), "ili_inflow": ("Ili", "treaty"),
}  # fmt: skip
"""What a lever of the register moves, on which river, and which figure of its balance that is."""
_BALANCE = (
    "the year of two seasons: what comes in winter and is not needed is kept for summer as far as there is room below, the "
    "rest finds no use; need less what can be supplied is short"
)
_KEPT = (
    "what is let down in summer to come back to the level of October, so far as there is room to keep it (most) or as the "
    "recorded threat reaches (threat); the loss is the exact one of a bottleneck input, over today's shortfall"
)
_EXCHANGE = (
    "power given in winter lets as much water be kept for summer as makes it; each unit that finds no use below in winter and "
    "reaches the fields in summer is a unit less short, until the first limit binds; water is worth the loss it averts at home, "
    "what the others gain of it is not counted in money: no figure"
)
_LEVER = "the balance with the figure that the lever changes and the power it gives for water, less the balance without"


class Held(Protocol):
    """Figures by label, one value for each draw: redrawn here, or by whoever lives through many years."""

    def __contains__(self, label: str) -> bool: ...

    def __getitem__(self, label: str) -> FloatArray: ...

    def holds(self, *labels: str) -> bool:
        """Whether all of these are known."""

    def total(self, prefix: str) -> FloatArray:
        """The sum of all figures whose label begins so."""


@dataclass(frozen=True, slots=True)
class River:
    """A river with a reservoir upstream: its name in the facts, the state that lets water down, the channel it is in v."""

    name: str
    upstream: str
    channel: str


@dataclass(frozen=True, slots=True)
class Year:
    """One year on a river, each (k,): what comes and is needed, what is let down, room and power."""

    inflow: FloatArray
    need: FloatArray
    below: FloatArray
    released: FloatArray
    room: FloatArray
    reaches: FloatArray
    energy: FloatArray

    @property
    def balance(self) -> SeasonBalance:
        """Where the water goes."""
        return season_balance(self.inflow, self.need, self.below)

    def moved(self, power: FloatArray) -> Moved:
        """What so much winter power, TWh, moves to summer."""
        return move_to_dry(self.balance, self.reaches, power / self.energy, self.released[:, 0], self.room)

    def short_after(self, power: FloatArray) -> FloatArray:
        """What is short with an exchange of so much power."""
        moved = self.reaches * self.moved(power).amount
        return season_balance(self.inflow + np.outer(moved, [-1.0, 1.0]), self.need, self.below).shortfall

    def kept_back(self, share: FloatArray | float) -> tuple[FloatArray, FloatArray]:
        """Water kept back of the summer release, so far as there is room for it, as it is missed below; and what is short."""
        back = np.minimum(share * self.released[:, 1], self.room) * self.reaches
        back = np.minimum(back, self.inflow[:, 1])
        return back, season_balance(self.inflow - np.outer(back, [0.0, 1.0]), self.need, self.below).shortfall


def derive(case: Case, *, draws: int = 300, seed: int = 1) -> Ledger:
    """The facts of the shared waters and the grid: balance, what can be kept back, exchange, levers.

    Only what the case holds figures for is told: a river without reservoir facts has no balance, a river without control no
    loss. Losses to powers that the income stage studies stand in its own facts too; those to other states stand here alone.

    Raises
    ------
    InputError
        A volume is below zero.
    """
    settled = case.settle()
    rivers = list(rivers_of(settled))
    asked: dict[str, Asked] = {}
    for river in rivers:
        asked |= asked_of(settled, river)
    channels = list(channels_of(settled))
    asked |= asked_of_channels(settled, channels) | asked_of_grid(settled) | asked_of_rivers(settled)
    figures = Figures(settled, asked, draws, seed)
    stages: list[tuple[Found, Derivation]] = []
    for river in rivers:
        if (year := year_of(figures, river)) is not None:
            stages += _of_year(settled, figures, river, year)
    stages += kept_by_control(settled, figures, channels)
    stages += [canal(settled, figures), *gauged(settled, figures), *yearly(settled, figures)]
    stages += [grid(settled, figures), *winter(settled, figures), *partners(settled, figures)]
    stages.append(missing(settled, figures))
    rows = [row for found, record in stages for row in rows_of(found, record)]
    used = {str(row["basis"]) for row in rows}
    return Ledger.of(rows, [record for _, record in stages if record.id in used])


# --- what is asked of the case ----------------------------------------------------------------------------------------


def rivers_of(case: Case) -> Iterator[River]:
    """Rivers of which the case says what power their water makes, but for those that are balanced at a gauge."""
    channels = {}
    for row in case.table("channels").iter_rows(named=True):
        if row["commodity"] == "water" and row["size"]:
            channels[parse_id(row["size"])["subject"]] = row["channel"]
    elsewhere = {river.name for river in gauges(case)}
    for row in case.view("power_per_water").sort("subject").iter_rows(named=True):
        river = str(row["subject"])
        if river not in elsewhere:
            yield River(river, str(row["object"]), channels.get(river, ""))


def asked_of(case: Case, river: River) -> dict[str, Asked]:
    """Every figure of the balance of one river, and of the levers that move it."""
    home, up, at = case.home, river.upstream, river.name
    here, above = f"{at}.{home}", f"{at}.{up}"
    threat = next(
        (t["threat"] for t in case.table("threats").iter_rows(named=True)
         if t["power"] == up and river.channel and river.channel in str(t["channels"]).split(";")), "",
    )  # fmt: skip
    made: dict[str, Asked] = {
        "winter": ("river_volume", here, "", "winter_inflow"), "summer": ("river_volume", here, "", "summer_inflow"),
        "through": ("river_volume", here, "", "let_through_winter"),
        "limit": ("river_volume", here, "", f"{at}_withdrawal_limit"), "need": ("river_flow", home, "", f"{at}_need*"),
        "dead": ("river_volume", above, "", "dead_storage*"), "october": ("river_volume", above, "", "*_in_October"),
        "april": ("river_volume", above, "", "*_in_April"), "filled": ("river_volume", above, "", "*_inflow_summer"),
        "fed": ("river_volume", at, "", "*_inflow_forecast"), "energy": ("power_per_water", at, up),
        "reaches": ("water_share", home, up, at), "power": ("power_exchange", home, up, "winter"),
        "dear": ("power_price", "", "", "winter"), "cheap": ("power_price", "", "", "summer"),
        "gdp": ("gdp", home, "", "", str(case.year)), "threat": ("threat_reach", threat),
    }  # fmt: skip
    for what in ("cost", "user"):
        made[what] = (f"input_{what}_share", home, river.channel)
    for row in case.view("river_volume", subject=[here, above]).iter_rows(named=True):
        if str(row["item"]).startswith("live_storage"):
            made[f"{'below' if str(row['subject']) == here else 'above'}.{row['item']}"] = (
                "river_volume", str(row["subject"]), "", str(row["item"]))  # fmt: skip
    for lever, effect, (_, what) in _effects(case):
        made[f"lever.{lever}.{what}"] = ("lever_effect", lever, "", effect)
        made[f"load.{lever}"] = ("load_factor", lever, "", "winter")
    made["at_mouth"] = ("river_flow", "Ili", "", "Ili_flow_at_mouth")
    named = {f"{at}.{label}": wanted for label, wanted in made.items()}
    for horizon in case.table("horizons")["horizon"].to_list():
        named[f"sigma.{horizon}"] = ("scarcity_elasticity", "WLD", "", horizon)
    return named


def _effects(case: Case) -> Iterator[tuple[str, str, tuple[str, str]]]:
    """Levers that move a figure of a balance: lever, number of the effect, and what it moves."""
    for row in case.table("effects").iter_rows(named=True):
        if row["target"] in LEVERS:
            yield row["lever"], row["effect"], LEVERS[row["target"]]


# --- a river with a reservoir upstream --------------------------------------------------------------------------------


def year_of(figures: Held, river: River) -> Year | None:
    """The year of a river from the figures of the case; nothing where one of them is missing."""
    named = {
        name: f"{river.name}.{name}"
        for name in ("winter", "summer", "through", "limit", "need", "dead", "october", "april", "filled", "fed", "energy",
                     "reaches")
    }  # fmt: skip
    if not figures.holds(*named.values()):
        return None
    at = {name: figures[label] for name, label in named.items()}
    live = figures.total(f"{river.name}.above.")
    start = np.maximum(0.0, at["october"] - at["dead"])
    low = np.maximum(0.0, at["april"] - at["dead"])
    down = releases(np.column_stack([at["fed"], at["filled"]]), np.column_stack([low, start]), live, start)
    winter_need = at["limit"] + at["through"]
    return Year(
        inflow=np.column_stack([at["winter"], at["summer"]]),
        need=np.column_stack([winter_need, at["need"] - at["limit"]]),
        below=figures.total(f"{river.name}.below."), released=down.water, room=np.maximum(0.0, live - down.level[:, 1]),
        reaches=at["reaches"], energy=at["energy"],
    )  # fmt: skip


def _of_year(case: Case, figures: Figures, river: River, year: Year) -> list[tuple[Found, Derivation]]:
    """Everything that the balance of one river tells."""
    home, up, name, period = case.home, river.upstream, river.name, str(case.year)
    balance, short = year.balance, year.balance.shortfall
    supplied = balance.used[:, 1]
    from_inflow = np.minimum(supplied, year.inflow[:, 1])
    told = {
        "inflow_winter": year.inflow[:, 0], "need_winter": year.need[:, 0], "used_winter": balance.used[:, 0],
        "stored": balance.stored[:, 0], "unused": balance.unused[:, 0], "inflow_summer": year.inflow[:, 1],
        "need_summer": year.need[:, 1], "used_from_inflow": from_inflow, "used_from_storage": supplied - from_inflow,
        "supply_summer": supplied, "short_winter": balance.short[:, 0], "short_summer": balance.short[:, 1], "short": short,
    }  # fmt: skip
    if f"{name}.power" in figures:
        told["short_with_exchange"] = year.short_after(figures[f"{name}.power"])
    found: Found = {("water_balance", name, home, item, period): values for item, values in told.items()}
    found["water_shortfall", name, home, "", period] = short
    for column, season in enumerate(("winter", "summer")):
        found["water_release", name, up, season, period] = year.released[:, column]
    record = Derivation(f"water.{name}.balance", VERSION, _BALANCE, _parents(figures, river, short, _BALANCED))
    return [
        (found, record),
        _kept_back(case, figures, river, year),
        _exchange(case, figures, river, year),
        *_levers(case, figures, river, year),
    ]


_BALANCED = ("winter", "summer", "through", "limit", "need", "below.", "fed", "filled", "october", "april", "dead")
_UPSTREAM = (*_BALANCED, "above.", "reaches")
_WORTH = ("gdp", "cost", "user", "sigma.")
_TRADED = (*_UPSTREAM, *_WORTH, "energy", "power", "dear", "cheap")


def _parents(figures: Figures, river: River, outcome: FloatArray, names: tuple[str, ...]) -> dict[str, float]:
    """The facts of a river that an outcome rests on, those that drive its band first."""
    labels = [
        label for label in figures.facts
        if any(label in (n, f"{river.name}.{n}") or (n.endswith(".") and label.startswith((n, f"{river.name}.{n}")))
               for n in names)
    ]  # fmt: skip
    return figures.parents(outcome, labels)


def _loss(
    case: Case, figures: Figures, river: River, left: FloatArray, before: FloatArray
) -> Iterator[tuple[str, FloatArray]]:
    """Share of the value added of the users that is lost by horizon when less is left than before."""
    cost = figures[f"{river.name}.cost"]
    for horizon in case.table("horizons")["horizon"].to_list():
        if f"sigma.{horizon}" in figures:
            sigma = figures[f"sigma.{horizon}"]
            yield horizon, bottleneck_loss(cost, left, sigma) - bottleneck_loss(cost, before, sigma)


def _kept_back(case: Case, figures: Figures, river: River, year: Year) -> tuple[Found, Derivation]:
    """What the upstream state can keep back, and what that would cost."""
    found: Found = {}
    need, short = year.need.sum(axis=1), year.balance.shortfall
    shares: dict[str, FloatArray | float] = {"most": 1.0}
    if f"{river.name}.threat" in figures:
        shares["threat"] = figures[f"{river.name}.threat"]
    for reading, share in shares.items():
        back, after = year.kept_back(share)
        key = case.home, river.upstream, f"{river.name}.{reading}"
        found["water_withheld", *key, str(case.year)] = back
        found["water_withheld_short", *key, str(case.year)] = after
        if figures.holds(f"{river.name}.cost", f"{river.name}.user"):
            for horizon, lost in _loss(case, figures, river, 1.0 - after / need, 1.0 - short / need):
                period = f"{case.year}+{horizon}"
                found["water_loss", *key, period] = 100.0 * figures[f"{river.name}.user"] * lost
                found["water_users_loss", *key, period] = 100.0 * lost
    weighed = _parents(figures, river, year.kept_back(1.0)[1], (*_UPSTREAM, *_WORTH, "threat"))
    return found, Derivation(f"water.{river.name}.kept_back", VERSION, _KEPT, weighed)


def _exchange(case: Case, figures: Figures, river: River, year: Year) -> tuple[Found, Derivation]:
    """What the power exchanged moves, what it is worth to both sides, and at which prices."""
    record = f"water.{river.name}.exchange"
    at = {name: f"{river.name}.{name}" for name in ("power", "dear", "cheap", "gdp", "cost", "user")}
    if not figures.holds(*at.values()) or "sigma.1y" not in figures:
        return {}, Derivation(record, VERSION, _EXCHANGE)
    power = figures[at["power"]]
    moved, period = year.moved(power), str(case.year)
    need, short = year.need.sum(axis=1), year.balance.shortfall
    used = moved.amount * year.energy
    averted = dict(_loss(case, figures, river, 1.0 - short / need, 1.0 - year.short_after(power) / need))["1y"]
    money = 1e3 * figures[at["gdp"]] * figures[at["user"]] * averted  # mln USD
    deal = swap(used, figures[at["dear"]], figures[at["cheap"]], money)  # TWh by USD/MWh is mln USD
    home, up, name = case.home, river.upstream, river.name
    found: Found = {
        ("exchange_water", home, up, name, period): year.reaches * moved.amount,
        ("exchange_power_gain", up, home, name, period): used,
        ("exchange_surplus", home, up, name, period): deal.surplus,
        ("exchange_price", home, up, "least", period): deal.least,
        ("exchange_price", home, up, "most", period): deal.most,
        ("exchange_agreed", home, up, name, period): _share(deal.surplus >= 0.0),
    }
    for other in _beside(case, river):
        found["exchange_water", other, up, name, period] = (1.0 - year.reaches) * moved.amount
    for k, limit in enumerate(Moved.NAMES):
        found["exchange_limit", home, up, limit, period] = _share(moved.binding == k)
    return found, Derivation(record, VERSION, _EXCHANGE, _parents(figures, river, deal.surplus, _TRADED))


def _beside(case: Case, river: River) -> list[str]:
    """The one other state on the river between upstream and home, if there is but one that controls the same channel."""
    control = (
        case.view("control", object=river.channel)["subject"].cast(pl.String).unique().to_list()
        if river.channel
        else []
    )
    others = sorted(set(control) - {river.upstream, case.home})
    return others if len(others) == 1 else []


def _share(holds: NDArray[np.bool_]) -> FloatArray:
    """The share of draws in which something holds, the settled inputs alone where there are no draws."""
    return np.array([float((holds[1:] if len(holds) > 1 else holds).mean())])


def _levers(case: Case, figures: Figures, river: River, year: Year) -> Iterator[tuple[Found, Derivation]]:
    """How each lever moves the shortfall, through the figure it changes and the power it gives."""
    nothing = np.zeros(figures.draws + 1)
    short = year.short_after(nothing)
    for lever in sorted({lever for lever, _, _ in _effects(case)}):
        label = {what: f"{river.name}.lever.{lever}.{what}" for _, what in LEVERS.values()}
        held = {what: figures[name] for what, name in label.items() if name in figures}
        changed, power = _pulled(figures, river, year, lever, 1.0)
        moves = changed is not year or power is not None
        power = nothing if power is None else power
        if not moves and "treaty" not in held:
            continue
        found: Found = {}

        def put(on: str, item: str, values: FloatArray, found: Found = found, lever: str = lever) -> None:
            found["water_lever_shift", lever, on, item, str(case.year)] = values

        if moves:
            put(river.name, "recorded", changed.short_after(nothing) - short)
            put(river.name, "exchange", year.short_after(power) - short)
        put(river.name, "together", changed.short_after(power) - short)
        if "treaty" in held:
            _treaty(figures, river, held["treaty"], put)
        labels = [n for n in figures.facts if n in (*label.values(), f"{river.name}.load.{lever}")]
        weighed = _parents(
            figures, river, found["water_lever_shift", lever, river.name, "together", str(case.year)], _TRADED
        )
        parents = {figures.facts[n]: 1.0 for n in labels} | weighed
        yield found, Derivation(f"water.{river.name}.{lever}", VERSION, _LEVER, parents)


def _pulled(
    figures: Held, river: River, year: Year, lever: str, part: FloatArray | float
) -> tuple[Year, FloatArray | None]:
    """The year with a lever pulled so far, 0 to 1, and the power that it gives for water; nothing where it gives none."""
    label = {what: f"{river.name}.lever.{lever}.{what}" for _, what in LEVERS.values()}
    power: FloatArray | None = None
    if (
        label["inflow"] in figures
    ):  # who sets the inflow of a season binds both sides: the power exchanged is part of it
        winter = year.inflow[:, 0] + part * (figures[label["inflow"]] - year.inflow[:, 0])
        year = replace(year, inflow=np.column_stack([winter, year.inflow[:, 1]]))
        power = np.asarray(part * figures[f"{river.name}.power"])
    if label["room"] in figures:
        year = replace(year, room=year.room + part * figures[label["room"]])
    load = f"{river.name}.load.{lever}"
    if figures.holds(label["capacity"], load):
        own = part * figures[label["capacity"]] * figures[load] * WINTER_HOURS / 1e3
        power = np.asarray(own if power is None else power + own)
    return year, power


def short_with(figures: Held, river: River, year: Year, pulled: Mapping[str, FloatArray | float]) -> FloatArray:
    """What is short (k,) in a year with levers pulled so far, each 0 to 1 or one part for every draw; levers that move nothing
    of the river's change nothing."""
    power = np.zeros(len(year.need))
    for lever, part in pulled.items():
        year, more = _pulled(figures, river, year, lever, part)
        power = power if more is None else power + more
    return year.short_after(power)


def _treaty(figures: Figures, river: River, after: FloatArray, put: Callable[[str, str, FloatArray], None]) -> None:
    """A treaty on another river: what it sets at the mouth, and what can no longer be kept back."""
    if f"{river.name}.at_mouth" in figures:
        put("Ili", "recorded", figures[f"{river.name}.at_mouth"] - after)
    reach = [label for label in figures.facts if label.startswith("rho.water_irtysh_ili.")]
    for part in ("Ili", "Irtysh"):
        if reach and f"part.{part}" in figures:
            put(part, "withheld", -figures[reach[0]] * figures[f"part.{part}"])
