"""Income: what the withdrawal of a power, or of several, would take from real income; physical routes and trade in one.

Two layers meet here without counting anything twice. The corridors say which share of the oil exports finds no way out;
that share is a quantity in the trade equilibrium of :mod:`equipoise.trade`, in which all trade with the members of the
coalition is closed too. Nothing is added from outside. A loss is a capability, never a forecast.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np
from numpy.typing import NDArray

from equipoise.case import Case
from equipoise.errors import InputError
from equipoise.ledger import Derivation, Ledger, fact_id
from equipoise.maths.ensemble import bands, group_share, latin_hypercube, rank_correlation, spread, triangular
from equipoise.trade import Economy, Setting
from equipoise.world import SOURCE, VARIANTS, World, open_regions, open_world

__all__ = ["READS", "VERSION", "WRITES", "derive", "market_case"]

VERSION = "income/1"
READS = (
    "trade_elasticity", "oil_elasticity", "stuck_cost_share", "rent_share", "modelled_rent", "modelled_export_mass",
    "withdrawal_lost_mass",
)  # fmt: skip
WRITES = (
    "income_loss", "own_income_loss", "autarky_loss", "worst_income_share", "income_model_spread", "income_band_explained",
)  # fmt: skip

SETTINGS = ("trade_elasticity", "oil_elasticity", "stuck_cost_share", "rent_share")
WORLD_YEAR = 2022

FloatArray = NDArray[np.float64]
Key = tuple[str, str, str, str, str]
Progress = Callable[[str, int, int], None]
_KEY = ("measure", "subject", "object", "item", "period")
STANDS_OUT = 9.0
"""Square of the standard errors by which a rank correlation must differ from zero to be named: three, for a dozen inputs."""
_DRIVEN = (
    "share of the variance of the loss over the redraws that each input explains, those that stand out from chance: squared "
    "rank correlation, and for the choice among ways of allocating final demand (the world) the correlation ratio"
)
_STATEMENT = (
    "real income of the balanced world of 2022, solved exactly after the change: all trade with {who} closed, and the share "
    "of oil exports that finds no way out taken as a quantity, once"
)


@dataclass(frozen=True, slots=True)
class _Horizon:
    """A horizon with the central, lowest and highest value (3,) of each of its settings, and the reading of its oil."""

    id: str
    reading: str
    settings: FloatArray


def derive(
    case: Case, *, draws: int = 200, seed: int = 1, workers: int = 1, progress: Progress | None = None
) -> Ledger:
    """Real income lost by coalition and horizon, with bands of the single losses, and what it costs the powers.

    A case whose home is not told apart in the bundled world, or which holds no elasticities, gets no such facts; nor does
    a power that the world does not tell apart, for its trade cannot be seen: missing is not zero.
    """
    study = _Study(case.settle())
    if not study.horizons or not study.powers or not study.world.places([case.home]):
        return Ledger.empty()
    found = study.central()
    ranges: dict[Key, tuple[float, float]] = {}
    drivers: list[Derivation] = []
    if draws:
        design = latin_hypercube(draws, len(study.dimensions()) + 1, seed)
        told = partial(progress, "income") if progress else None
        futures = spread(partial(_futures, case), design, workers=workers, progress=told)
        ranges = bands(futures)
        for horizon in study.horizons:
            worst = Counter(study.worst(future, horizon) for future in futures)
            found |= {study.key("worst_income_share", power, "", horizon): n / draws for power, n in worst.items()}
            drivers += study.drivers(horizon, design, futures, found)
    options = f"draws={draws} seed={seed}"
    rows = [study.fact(key, value, ranges.get(key)) for key, value in found.items()]
    return Ledger.of(rows, [*study.records(options), *drivers])


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
    kept = ("actors", "blocs", "horizons", "sources", "assumptions")
    register = {name: table if name in kept else table.clear() for name, table in case.register.items()}
    players = powers or [p for p in case.powers if home not in case.members(p) and world.places(case.members(p))]
    bare = replace(
        case, id=f"{home.lower()}-market", title=f"{case.name(home)} in the world of {WORLD_YEAR}, market channels alone",
        home=home, year=WORLD_YEAR, register=register, ledger=Ledger(case.view(list(SETTINGS))),
    )  # fmt: skip
    return bare.with_powers(list(players))


def _futures(case: Case, chances: FloatArray) -> list[dict[Key, float]]:
    """Single losses in each of several futures; the last chance chooses among the ways of allocating final demand."""
    study = _Study(case.settle())
    return [study.redrawn(chance) for chance in chances]


class _Study:
    """The powers, the horizons, and what the corridors say of the oil."""

    def __init__(self, case: Case) -> None:
        self.case, self.home, self.world = case, case.home, open_world()
        self.powers = tuple(power for power in sorted(case.powers) if self.members([power], self.world))
        regions = open_regions()
        whole = all(self.members([power], regions) for power in self.powers) and bool(regions.places([self.home]))
        # the nine exist for twelve regions: home and powers must be among them
        self.variants = VARIANTS if whole else ()
        rents = case.view("modelled_rent", subject=case.home)["item"].cast(str).to_list()
        self.oil = rents[0].split(".")[0] if rents else ""
        rows = list(case.table("horizons").iter_rows(named=True))
        held = ((row["horizon"], row["reading"], self._settings(row["horizon"])) for row in rows)
        self.horizons = [_Horizon(name, reading, found) for name, reading, found in held if found is not None]
        of_headline = {row["horizon"] for row in rows if row["reading"] == "contract" and row["storage"] == "0"}
        self.main = next((h for h in self.horizons if h.id in of_headline), next(iter(self.horizons), None))
        lost = case.view("withdrawal_lost_mass", subject=case.home, item=self.oil)
        self._lost = {(r["object"], r["period"]): (r["value"], r["low"], r["high"]) for r in lost.iter_rows(named=True)}
        self._exports = {
            r["item"]: r["value"] for r in case.view("modelled_export_mass", subject=case.home).iter_rows(named=True)
            if r["period"] == str(case.year)
        }  # fmt: skip

    def _settings(self, horizon: str) -> FloatArray | None:
        found = [self.case.view(measure, subject="WLD", item=horizon) for measure in SETTINGS]
        if any(not rows.height for rows in found):
            return None
        ranges = ((rows["value"][0], rows["low"][0], rows["high"][0]) for rows in found)
        return np.array([[value, *(value if end is None else end for end in ends)] for value, *ends in ranges]).T

    def period(self, horizon: _Horizon) -> str:
        """The period of a fact of this horizon."""
        return f"{self.case.year}+{horizon.id}"

    def key(self, measure: str, who: str, item: str, horizon: _Horizon) -> Key:
        """The key of a fact about a power or coalition."""
        if measure == "own_income_loss":
            return measure, who, self.home, item, self.period(horizon)
        return measure, self.home, who, item, self.period(horizon)

    def oil_lost(self, coalition: str, horizon: _Horizon) -> tuple[float, float, float]:
        """Share of the oil exports that finds no way out: central, low, high."""
        reading = horizon.reading if horizon.reading in ("contract", "technical") else "technical"
        shipped = self._exports.get(f"{self.oil}.{reading}", 0.0)
        lost = self._lost.get((coalition, self.period(horizon)))
        if not shipped or lost is None:
            return 0.0, 0.0, 0.0
        value, low, high = (min(1.0, max(0.0, x / shipped)) for x in lost)
        return value, min(low, value), max(high, value)

    def members(self, coalition: Sequence[str], world: World) -> list[int]:
        """Economies of the world that the members of a coalition are."""
        return world.places({one for power in coalition for one in self.case.members(power)})

    def economy(self, world: World, setting: Iterable[float]) -> Economy:
        """The home state in a world, with settings in the order of ``SETTINGS``."""
        theta, oil, stuck, rent = setting
        return Economy(world, self.home, Setting(theta, oil, stuck, rent))

    @cached_property
    def gathered(self) -> World:
        """The whole world with all put together, by region, that is neither the home nor a power: quick to solve again."""
        own = {self.home: self.world.places([self.home])} | {p: self.members([p], self.world) for p in self.powers}
        told = [place for places in own.values() for place in places]
        if len(set(told)) < len(told):  # players inside one another: nothing can be put together
            return self.world
        groups: dict[str, list[int]] = dict(own)
        region_of = open_regions().inside
        for place, economy in enumerate(self.world.economies):
            if place not in told:
                groups.setdefault(f"other {region_of.get(economy, 'REST')}", []).append(place)
        return self.world.gathered(groups)

    # --- central inputs -----------------------------------------------------------------------------------------------

    def central(self) -> dict[Key, float]:
        """Every coalition for a year, every single power at every horizon, at central inputs."""
        found: dict[Key, float] = {}
        for horizon in self.horizons:
            economy = self.economy(self.world, horizon.settings[0])
            everyone = range(1, 1 << len(self.powers))
            masks = everyone if horizon is self.main else (mask for mask in everyone if mask.bit_count() == 1)
            for coalition, loss in self._losses(economy, horizon, masks).items():
                found[self.key("income_loss", coalition, "both", horizon)] = float(loss[economy.home])
            for power in self.powers:
                found |= self._single(economy, power, horizon)
            found["autarky_loss", self.home, "", "", self.period(horizon)] = economy.autarky()
            if self.variants and (horizon is self.main or horizon.reading == "announced"):
                found |= self._spread(horizon)
        return found

    def _losses(self, economy: Economy, horizon: _Horizon, masks: Iterable[int]) -> dict[str, FloatArray]:
        """Losses of every economy by coalition; equal changes are solved once."""
        known: dict[tuple[tuple[int, ...], float], FloatArray] = {}
        found: dict[str, FloatArray] = {}
        for mask in masks:
            inside = [power for i, power in enumerate(self.powers) if mask >> i & 1]
            name = "+".join(inside)
            change = tuple(self.members(inside, self.world)), self.oil_lost(name, horizon)[0]
            if change not in known:
                known[change] = economy.loss(change[0], oil_lost=change[1])
            found[name] = known[change]
        return found

    def _single(self, economy: Economy, power: str, horizon: _Horizon) -> dict[Key, float]:
        """The two parts of a single loss, which do not add up to it, and what it costs the power itself."""
        members, lost = self.members([power], self.world), self.oil_lost(power, horizon)[0]
        own = economy.average(economy.loss(members, oil_lost=lost), members)
        found = {self.key("own_income_loss", power, "", horizon): own}
        if (power, self.period(horizon)) in self._lost:  # where no corridors were solved there are no parts to tell
            found[self.key("income_loss", power, "trade", horizon)] = float(economy.loss(members)[economy.home])
            found[self.key("income_loss", power, "transit", horizon)] = float(economy.loss(oil_lost=lost)[economy.home])
        return found

    def _spread(self, horizon: _Horizon) -> dict[Key, float]:
        """Least and largest single loss over the ways of allocating final demand."""
        found: dict[Key, float] = {}
        worlds = [open_regions(name) for name in self.variants]
        economies = [self.economy(world, horizon.settings[0]) for world in worlds]
        for power in self.powers:
            lost = self.oil_lost(power, horizon)[0]
            every = [
                float(e.loss(self.members([power], w), oil_lost=lost)[e.home])
                for e, w in zip(economies, worlds, strict=True)
            ]
            found[self.key("income_model_spread", power, "low", horizon)] = min(every)
            found[self.key("income_model_spread", power, "high", horizon)] = max(every)
        return found

    # --- futures ------------------------------------------------------------------------------------------------------

    def dimensions(self) -> list[str]:
        """What is redrawn: each setting for the short and the long run, and the oil lost by each power."""
        return [*(f"{name}.{run}" for run in ("short", "long") for name in SETTINGS), *self.powers]

    def redrawn(self, chance: FloatArray) -> dict[Key, float]:
        """Single losses with every input redrawn: one elasticity holds for all powers, and one model."""
        world = open_regions(self.variants[int(self._choice(chance[-1]))]) if self.variants else self.gathered
        found: dict[Key, float] = {}
        for horizon in self.horizons:
            first = 4 if horizon.reading == "announced" else 0
            mode, low, high = horizon.settings
            economy = self.economy(world, triangular(low, mode, high, chance[first : first + 4]))
            for i, power in enumerate(self.powers):
                lost, least, most = self.oil_lost(power, horizon)
                drawn = float(triangular(least, lost, most, chance[8 + i]))
                members = self.members([power], world)
                loss = economy.loss(members, oil_lost=drawn)
                found[self.key("income_loss", power, "both", horizon)] = float(loss[economy.home])
                found[self.key("own_income_loss", power, "", horizon)] = economy.average(loss, members)
        return found

    def _choice(self, chance: float | FloatArray) -> NDArray[np.int64]:
        """Which way of allocating final demand a chance in [0, 1] means."""
        most = len(self.variants)
        return np.asarray(np.minimum(np.asarray(chance) * most, most - 1), dtype=np.int64)

    def worst(self, future: dict[Key, float], horizon: _Horizon) -> str:
        """The power that takes most in a future."""
        return max(self.powers, key=lambda power: future[self.key("income_loss", power, "both", horizon)])

    def drivers(
        self, horizon: _Horizon, design: FloatArray, futures: Sequence[Mapping[Key, float]], found: dict[Key, float]
    ) -> list[Derivation]:
        """For each power the inputs whose rank correlation with its loss stands out from chance, by their share of the
        variance; what they explain together is put among the findings."""
        first = len(SETTINGS) if horizon.reading == "announced" else 0
        names = {first + k: fact_id(m, "WLD", item=horizon.id, period="static") for k, m in enumerate(SETTINGS)}
        names[len(design.T) - 1] = SOURCE
        made = []
        for i, power in enumerate(self.powers):
            lost = 2 * len(SETTINGS) + i
            names_of = {
                **names,
                lost: fact_id("withdrawal_lost_mass", self.home, power, self.oil, self.period(horizon)),
            }
            losses = [future[self.key("income_loss", power, "both", horizon)] for future in futures]
            strength = rank_correlation(design, losses) ** 2
            if self.variants:
                strength[-1] = group_share(self._choice(design[:, -1]), losses)
            heard = {
                names_of[k]: float(strength[k])
                for k in np.argsort(-strength, kind="stable") if k in names_of and strength[k] * len(futures) > STANDS_OUT
            }  # fmt: skip
            if heard:
                name = f"income.{power}.{horizon.id}.band"
                made.append(Derivation(name, VERSION, _DRIVEN, heard, f"draws={len(futures)}"))
                key = "income_band_explained", power, "", "", self.period(horizon)
                found[key] = min(1.0, sum(heard.values()))
        return made

    # --- facts --------------------------------------------------------------------------------------------------------

    def fact(self, key: Key, value: float, band: tuple[float, float] | None) -> dict[str, object]:
        """A finding as a derived fact, its band widened to hold it."""
        value = 0.0 if abs(value) < 1e-6 else value
        low, high = band or (value, value)
        who = next((name for name in key[1:3] if name in self.powers), "")
        who = "autarky" if key[0] == "autarky_loss" else who or "all"
        name = f"income.{who}.{key[4].split('+')[-1]}" + (".band" if key[0] == "income_band_explained" else "")
        return {
            **dict(zip(_KEY, key, strict=True)), "value": value, "low": min(low, value), "high": max(high, value), "grade": "C",
            "kind": "derived", "basis": name, "by": VERSION,
        }  # fmt: skip

    def records(self, options: str) -> list[Derivation]:
        """What the losses of each power, and those of coalitions, rest on."""
        made = []
        for horizon in self.horizons:
            settings = {fact_id(m, "WLD", item=horizon.id, period="static"): 1.0 for m in SETTINGS}
            alone = _STATEMENT.format(who="everybody").split(", and the share")[0]
            made.append(Derivation(f"income.autarky.{horizon.id}", VERSION, alone, {**settings, SOURCE: 1.0}, options))
            for power in (*self.powers, ""):
                lost = {
                    fact_id("withdrawal_lost_mass", self.home, one, self.oil, self.period(horizon)): 1.0
                    for one in ([power] if power else self.powers)
                    if (one, self.period(horizon)) in self._lost
                }
                who = self.case.name(power) if power else "the members of a coalition"
                made.append(
                    Derivation(
                        f"income.{power or 'all'}.{horizon.id}", VERSION, _STATEMENT.format(who=who),
                        {**lost, **settings, SOURCE: 1.0}, options,
                    )
                )  # fmt: skip
        return made
