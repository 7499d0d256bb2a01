"""The other shared rivers: one balanced by seasons at a gauge, others by the year, and what no source tells.

A river whose natural flow is published at a gauge, with what a reservoir upstream takes in and lets down in each season, has
the same year of two seasons as the Syr Darya. Of a river of which only the year is published the same model is asked with
one season: it says that it is yearly, and nothing of when in the year water is short. What would be needed for more stands
among the facts as missing, one by one, and goes away when a case holds it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from equipoise.case import Case
from equipoise.ledger import Derivation
from equipoise.maths.bottleneck import bottleneck_loss
from equipoise.maths.reservoir import SeasonBalance, move_to_dry, season_balance
from equipoise.region.figures import Asked, Figures
from equipoise.region.systems import VERSION

__all__ = ["MISSING", "asked_of_rivers", "gauged", "gauges", "missing", "yearly"]

FloatArray = NDArray[np.float64]
Found = dict[tuple[str, str, str, str, str], FloatArray]
Told = tuple[Found, Derivation]

_GAUGED = (
    "the year of two seasons at a gauge: natural flow, less what the reservoir upstream takes in and plus what it lets down, "
    "less the losses of the river below by each season's flow; needed are the limits of the states below, half a year's water "
    "for the delta and the sea, and half of what is let down for health"
)
_KEPT = (
    "what is let down in the growing season, so far as the reservoir has room to keep it after it has filled as it does; of the "
    "canal, what it is to take, by season as the limits of the others stand to each other"
)
_POWER = "the water whose power one TWh given in winter replaces, moved to summer until the first limit binds"
_YEARLY = (
    "the balance of a whole year, one season of the same model: what comes from upstream and from the state's own land, what is "
    "used, what a lake or a floodplain is to get; a floodplain's water runs on"
)
_LESS = (
    "threat: the reach of the recorded threat over what comes; plan: what the state upstream is said to take one day less what "
    "it takes; the lake served first, so that the users bear what is short: the most they could lose, for if they came first "
    "the lake would bear it; the loss is the exact one of a bottleneck input, the users those of the channel by their water"
)
_NOT_TOLD = "figures that the case does not hold, beside those that it holds of the same river"
MISSING: Mapping[tuple[str, str], Asked] = {
    ("Amu_Darya", "need_of_Afghanistan"): ("river_volume", "Amu_Darya.AFG", "", "limit*"),
    ("Amu_Darya", "value_added_of_its_users"): ("input_user_share", "UZB", "water_amudarya"),
    ("Amu_Darya", "power_for_water_agreed"): ("power_exchange", "UZB", "TJK", "winter"),
    ("Ili", "inflow_by_season"): ("river_volume", "Ili", "", "inflow_winter*"),
    ("Ili", "water_taken_in_China"): ("river_flow", "Ili", "", "taken_by_China"),
    ("Ili", "share_agreed_with_China"): ("river_share", "Ili", "", "agreed*"),
    ("Irtysh", "inflow_by_season"): ("river_volume", "Irtysh", "", "inflow_winter*"),
    ("Irtysh", "need_of_Russia_at_Omsk"): ("river_flow", "Irtysh.RUS", "", "need*"),
    ("Irtysh", "live_storage_of_its_dams"): ("river_volume", "Irtysh.KAZ", "", "live_storage*"),
    ("grid", "capacity_of_the_ties_with_Russia"): ("capacity_power", "power_rus", "", "technical"),
    ("grid", "flows_by_month"): ("electricity_trade", "RUS", "KAZ", "", "2025-01"),
}
"""What a finer balance would need, by river and figure, and the fact of a case that would tell it."""
_OF_GAUGED = {
    "nature": ("river_volume", "", "delta_and_Aral_need"), "health": ("river_volume", "", "sanitary_need"),
    "summer": ("river_volume", "", "*_natural_growing_season"), "winter": ("river_volume", "", "*_natural_winter"),
    "losses": ("river_volume", "", "losses_below_*"), "filled": ("river_volume", "up", "*_inflow_growing_season"),
    "fed": ("river_volume", "up", "*_inflow_winter"), "let_summer": ("river_volume", "up", "*_release_growing_season"),
    "let_winter": ("river_volume", "up", "*_release_winter"), "above": ("river_volume", "up", "live_storage*"),
    "below": ("river_volume", "down", "live_storage*"),
}  # fmt: skip
_OF_YEAR = {
    "from": "*_from_China", "natural_above": "natural_in_China", "taken": "taken_by_China",
    "planned": "taken_by_China_planned", "natural": "natural_flow", "own": "own_inflow", "used": "used_and_lost",
    "lake": "need_of_*", "floodplain": "release_to_the_floodplain",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Gauged:
    """A river with a reservoir upstream and several states below a gauge, ``below`` as ``A+B``."""

    name: str
    upstream: str
    below: str

    @property
    def states(self) -> list[str]:
        """The states below."""
        return self.below.split("+")


def asked_of_rivers(case: Case) -> dict[str, Asked]:
    """Every figure of the balances of these rivers."""
    made: dict[str, Asked] = {}
    for river in gauges(case):
        at = {"": river.name, "up": f"{river.name}.{river.upstream}", "down": f"{river.name}.{river.below}"}
        for label, (measure, place, item) in _OF_GAUGED.items():
            made[f"{river.name}.{label}"] = (measure, at[place], "", item)
        made[f"{river.name}.energy"] = ("power_per_water", river.name, river.upstream)
        made[f"{river.name}.canal"] = ("river_volume", "AFG", "", "Qosh_Tepa*")
        for state in river.states:
            made[f"{river.name}.limit.{state}"] = ("river_volume", f"{river.name}.{state}", "", f"{river.name}_*")
            made[f"{river.name}.winter_limit.{state}"] = ("river_volume", f"{river.name}.{state}", "", "limit_winter")
    for name, (channel, states) in _of_channels(case).items():
        for label, item in _OF_YEAR.items():
            made[f"{name}.{label}"] = ("river_flow", name, "", item)
        made[f"{name}.dams"] = ("hydropower_share", name, case.home)
        for what in ("cost", "user"):
            made[f"{name}.{what}"] = (f"input_{what}_share", case.home, channel)
        made[f"{name}.threat"] = ("threat_reach", _threat(case, channel, states[0]))
    for label in ("consumption", "import", "export"):
        made[f"home.{label}"] = (f"electricity_{label}", case.home, "", "")
    return made


def gauges(case: Case) -> Iterator[Gauged]:
    """Rivers of whose water the power upstream is known and that several states share below."""
    held = case.view("river_volume").select(pl.col("subject", "item").cast(pl.String))
    for row in case.view("power_per_water").sort("subject").iter_rows(named=True):
        shared = held.filter(
            pl.col("subject").str.starts_with(f"{row['subject']}."), pl.col("subject").str.contains("+", literal=True),
            pl.col("item").str.starts_with("live_storage"),
        )  # fmt: skip
        for subject in sorted(set(shared["subject"]))[:1]:
            yield Gauged(str(row["subject"]), str(row["object"]), subject.partition(".")[2])


def _of_channels(case: Case) -> dict[str, tuple[str, list[str]]]:
    """Rivers of which the year's use is known: the channel of the case that each is in, and who controls that."""
    held = case.view("river_flow", item="used_and_lost")["subject"].cast(pl.String).unique().sort()
    control = case.view("control", item="market").select(pl.col("subject", "object").cast(pl.String))
    made: dict[str, tuple[str, list[str]]] = {}
    for row in case.table("channels").filter(pl.col("commodity") == "water").iter_rows(named=True):
        states = sorted(set(control.filter(pl.col("object") == row["channel"])["subject"]))
        made |= {
            name: (row["channel"], states) for name in held if name.lower() in row["channel"].split("_") and states
        }
    return made


def _threat(case: Case, channel: str, power: str) -> str:
    rows = case.table("threats").filter(pl.col("power") == power).iter_rows(named=True)
    return next((row["threat"] for row in rows if channel in str(row["channels"]).split(";")), "-")


# --- by seasons at a gauge --------------------------------------------------------------------------------------------


def gauged(case: Case, figures: Figures) -> Iterator[Told]:
    """The balance of each river at its gauge, what can be kept back, and what power for water would move."""
    for river in gauges(case):
        of = {label: f"{river.name}.{label}" for label in _OF_GAUGED}
        limits = [f"{river.name}.{kind}.{state}" for kind in ("limit", "winter_limit") for state in river.states]
        if figures.holds(*of.values(), *limits):
            yield from _of_gauge(case, figures, river, {label: figures[name] for label, name in of.items()})


def _of_gauge(case: Case, figures: Figures, river: Gauged, at: Mapping[str, FloatArray]) -> Iterator[Told]:
    year, winter_limit = _limits(figures, river)
    natural = np.column_stack([at["winter"], at["summer"]])
    regulated = natural + np.column_stack([at["let_winter"] - at["fed"], at["let_summer"] - at["filled"]])
    inflow = np.maximum(0.0, regulated * (1.0 - at["losses"] / regulated.sum(axis=1))[:, None])
    half = (at["nature"] + at["health"]) / 2.0
    need = np.column_stack([winter_limit + half, year - winter_limit + half])
    balance = season_balance(inflow, need, at["below"])
    labels = [name for name in figures.facts if name.startswith(f"{river.name}.")]
    period, short = str(case.year), balance.shortfall
    told = _seasons(balance, inflow, need)
    found: Found = {("water_balance", river.name, river.below, item, period): x for item, x in told.items()}
    found["water_shortfall", river.name, river.below, "", period] = short
    for season, label in (("winter", "let_winter"), ("summer", "let_summer")):
        found["water_release", river.name, river.upstream, season, period] = at[label]
    record = f"water.{river.name}"
    yield found, Derivation(f"{record}.balance", VERSION, _GAUGED, figures.parents(short, labels))

    room = np.maximum(0.0, at["above"] - (at["filled"] - at["let_summer"]))
    back = np.minimum(np.minimum(room, at["let_summer"]), inflow[:, 1])
    kept: Found = {("water_withheld", river.below, river.upstream, f"{river.name}.most", period): back}
    after = season_balance(inflow - np.outer(back, [0.0, 1.0]), need, at["below"]).shortfall
    kept["water_withheld_short", river.below, river.upstream, f"{river.name}.most", period] = after
    if f"{river.name}.canal" in figures:
        takes, part = figures[f"{river.name}.canal"], winter_limit / year
        taken = takes[:, None] * np.column_stack([part, 1.0 - part])
        drier = season_balance(np.maximum(0.0, inflow - taken), need, at["below"]).shortfall
        kept["water_withheld", river.below, "AFG", f"{river.name}.canal", period] = takes
        kept["water_withheld_short", river.below, "AFG", f"{river.name}.canal", period] = drier
    yield kept, Derivation(f"{record}.kept_back", VERSION, _KEPT, figures.parents(after, labels))

    if f"{river.name}.energy" in figures:
        drawn = np.maximum(0.0, at["let_winter"] - at["fed"])
        moved = move_to_dry(balance, 1.0, 1.0 / figures[f"{river.name}.energy"], drawn, at["above"])
        gains: Found = {("exchange_water", river.below, river.upstream, f"{river.name}.per_TWh", period): moved.amount}
        yield gains, Derivation(f"{record}.exchange", VERSION, _POWER, figures.parents(moved.amount, labels))


def _limits(figures: Figures, river: Gauged) -> tuple[FloatArray, FloatArray]:
    """What the states below may take in a year, and in winter."""
    year, winter = (
        np.sum([figures[f"{river.name}.{kind}.{state}"] for state in river.states], axis=0)
        for kind in ("limit", "winter_limit")
    )
    return year, winter


def _seasons(balance: SeasonBalance, inflow: FloatArray, need: FloatArray) -> dict[str, FloatArray]:
    """The parts of a year of two seasons as the facts name them."""
    supplied = balance.used[:, 1]
    direct = np.minimum(supplied, inflow[:, 1])
    return {
        "inflow_winter": inflow[:, 0], "need_winter": need[:, 0], "used_winter": balance.used[:, 0],
        "stored": balance.stored[:, 0], "unused": balance.unused[:, 0], "inflow_summer": inflow[:, 1],
        "need_summer": need[:, 1], "used_from_inflow": direct, "used_from_storage": supplied - direct,
        "supply_summer": supplied, "short_winter": balance.short[:, 0], "short_summer": balance.short[:, 1],
        "short": balance.shortfall,
    }  # fmt: skip


# --- by the year ------------------------------------------------------------------------------------------------------


def yearly(case: Case, figures: Figures) -> Iterator[Told]:
    """The year of each river without seasons, and what less from upstream would leave."""
    rivers = _of_channels(case)
    users = {name: figures[f"{name}.used"] for name in rivers if f"{name}.used" in figures}
    for name, (channel, states) in rivers.items():
        comes = _from_upstream(figures, name)
        own = _own(figures, name)
        if comes is None or own is None or name not in users:
            continue
        together = np.sum([users[other] for other in users if rivers[other][0] == channel], axis=0)
        yield from _of_year(case, figures, (name, states[0]), (comes, own, users[name]), users[name] / together)


def _from_upstream(figures: Figures, name: str) -> FloatArray | None:
    """What comes from the state upstream in a year, as measured or as what it leaves of its natural flow."""
    if f"{name}.from" in figures:
        return figures[f"{name}.from"]
    if figures.holds(f"{name}.natural_above", f"{name}.taken"):
        return np.maximum(0.0, figures[f"{name}.natural_above"] - figures[f"{name}.taken"])
    return None


def _own(figures: Figures, name: str) -> FloatArray | None:
    """What the state's own land gives the river."""
    if f"{name}.own" in figures:
        return figures[f"{name}.own"]
    if figures.holds(f"{name}.natural", f"{name}.natural_above"):
        return np.maximum(0.0, figures[f"{name}.natural"] - figures[f"{name}.natural_above"])
    return None


def _of_year(
    case: Case,
    figures: Figures,
    river: tuple[str, str],
    water: tuple[FloatArray, FloatArray, FloatArray],
    part: FloatArray,
) -> Iterator[Told]:
    name, upstream = river
    comes, own, used = water
    home, period, none = case.home, str(case.year), np.zeros_like(used)
    lake, floodplain = (figures.get(f"{name}.{what}", none) for what in ("lake", "floodplain"))
    short = _short(comes + own, used, lake, floodplain)
    told = {
        "from_upstream": comes, "own": own, "used": used, "nature": lake + floodplain, "short": short,
        "passed_on": np.maximum(0.0, comes + own - used - lake),
    }  # fmt: skip
    labels = [n for n in figures.facts if n.startswith(f"{name}.") and n.split(".")[1] in _OF_YEAR]
    found: Found = {("river_year", name, home, item, period): values for item, values in told.items()}
    yield found, Derivation(f"water.{name}.year", VERSION, _YEARLY, figures.parents(short, labels))

    readings = {}
    if f"{name}.threat" in figures:
        readings["threat"] = figures[f"{name}.threat"] * comes
    if figures.holds(f"{name}.planned", f"{name}.taken"):
        readings["plan"] = np.clip(figures[f"{name}.planned"] - figures[f"{name}.taken"], 0.0, comes)
    less: Found = {}
    for reading, back in readings.items():
        key = home, upstream, f"{name}.{reading}"
        after = _short(comes + own - back, used, lake, floodplain)
        less["water_withheld", *key, period] = back
        less["water_withheld_short", *key, period] = after
        left, before = (1.0 - np.minimum(x, used) / used for x in (after, short))
        less |= _lost(case, figures, name, key, (left, before, part))
        less |= _power(figures, name, key, period, back / (comes + own))
    if less:
        known = [n for n in figures.facts if n.startswith((f"{name}.", "sigma.", "home."))]
        outcome = next((v for k, v in less.items() if k[0] == "water_loss"), next(iter(less.values())))
        yield less, Derivation(f"water.{name}.less", VERSION, _LESS, figures.parents(outcome, known))


def _short(comes: FloatArray, used: FloatArray, lake: FloatArray, floodplain: FloatArray) -> FloatArray:
    """What is short in a year of one season: of what is used and of what a lake keeps, or else of the floodplain's release."""
    need = used + np.maximum(lake, floodplain)
    return season_balance(comes[:, None], need[:, None], 0.0).shortfall


def _lost(
    case: Case, figures: Figures, name: str, key: tuple[str, str, str], left: tuple[FloatArray, FloatArray, FloatArray]
) -> Found:
    """What the users lose and what that is of real income, by horizon, over what they lose today."""
    found: Found = {}
    after, before, part = left
    if not figures.holds(f"{name}.cost", f"{name}.user"):
        return found
    cost, user = figures[f"{name}.cost"], figures[f"{name}.user"] * part
    for horizon in case.table("horizons")["horizon"].to_list():
        if f"sigma.{horizon}" in figures:
            sigma = figures[f"sigma.{horizon}"]
            lost = np.maximum(0.0, bottleneck_loss(cost, after, sigma) - bottleneck_loss(cost, before, sigma))
            found["water_loss", *key, f"{case.year}+{horizon}"] = 100.0 * user * lost
            found["water_users_loss", *key, f"{case.year}+{horizon}"] = 100.0 * lost
    return found


def _power(figures: Figures, name: str, key: tuple[str, str, str], period: str, share: FloatArray) -> Found:
    """The power that the dams of the river make less, in proportion to their water."""
    if not figures.holds(f"{name}.dams", "home.consumption", "home.import", "home.export"):
        return {}
    made = figures["home.consumption"] - figures["home.import"] + figures["home.export"]
    return {("water_power_lost", *key, period): figures[f"{name}.dams"] / 100.0 * made * share}


# --- what no source tells ---------------------------------------------------------------------------------------------


def missing(case: Case, figures: Figures) -> Told:
    """The figures that a finer balance would need and that the case does not hold, of rivers that it knows."""
    rivers = {river.name for river in gauges(case)} | set(_of_channels(case))
    rivers |= {"grid"} if any(name.startswith("grid.import.") for name in figures.facts) else set()
    known = Figures(case, {"|".join(place): asked for place, asked in MISSING.items()}, 0, 1)
    one = np.ones(figures.draws + 1)
    found: Found = {
        ("figure_missing", river, "", what, str(case.year)): one
        for river, what in MISSING
        if river in rivers and f"{river}|{what}" not in known
    }
    labels = [name for name in figures.facts if name.partition(".")[0] in rivers]
    return found, Derivation("water.missing", VERSION, _NOT_TOLD, figures.parents(one, labels) if labels else {})
