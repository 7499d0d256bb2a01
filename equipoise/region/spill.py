"""Spill-over: what a shock in one state takes from the others, and who passes it on.

A shock closes the borders of a state for a year: unrest, war, a blockade. Others lose its trade, what can no longer cross it,
the money that their people sent home from it, the power that came from it. Trade is the equilibrium of
:mod:`equipoise.trade` where the bundled world tells both states apart; a state that stands in its *rest of the world* (in
Central Asia all but one) is solved from the customs books in the ledger, in the one-sector equilibrium, and only for pairs of
which one side's book is at hand. What no book tells is missing, never zero.

Losses are capabilities, and one shock's: shocks are not added up.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from equipoise.case import Case
from equipoise.errors import InputError, SolverError
from equipoise.ledger import Derivation, Ledger
from equipoise.maths.bottleneck import bottleneck_loss
from equipoise.maths.equilibrium import one_sector
from equipoise.region.figures import Asked, Figures, rows_of
from equipoise.trade import Change, Economy, Setting, losses
from equipoise.world import SOURCE, World, open_regions, open_world

__all__ = ["CHANNELS", "READS", "VERSION", "WRITES", "derive", "neighbourhood"]

FloatArray = NDArray[np.float64]
Key = tuple[str, str, str, str, str]
Pair = tuple[str, str]
Found = dict[Key, FloatArray]

VERSION = "spill/1"
READS = (
    "trade_elasticity", "oil_elasticity", "stuck_cost_share", "rent_share", "reemployment_share", "transit_margin",
    "scarcity_elasticity", "gdp", "export_value", "import_value", "export_total", "import_total", "remittances_gdp_share",
    "remittance_origin", "remittances_in", "remittances_out", "transit_fee_containers", "input_cost_share",
    "input_supply_share", "control", "migrants", "border_length", "closure_loss_mass", "closure_loss_containers",
    "modelled_export_mass", "modelled_rent",
)  # fmt: skip
WRITES = ("spill_loss", "spill_known", "spill_people", "spill_worst", "spill_given", "spill_ratio")
CHANNELS = ("trade", "transit", "remittances", "energy")
SETTINGS = ("trade_elasticity", "oil_elasticity", "stuck_cost_share", "rent_share")
REST = 1e8
"""Output of the rest of the world in a pair's equilibrium, mln USD a year: so large that the pair does not move it."""
_SHOCK = (
    "the borders of one state closed for a year: real income of the world of 2022 solved without its trade, or of the pair where "
    "the world does not tell it apart; oil and containers that find no way round it; money that no longer comes from it, less "
    "what is earned again; power that no longer comes from it"
)


def neighbourhood(case: Case) -> tuple[str, ...]:
    """The home state, the states that share a border with it, and those of its region whose borders the case tells.

    >>> from equipoise.case import open_case
    >>> neighbourhood(open_case("kazakhstan"))
    ('KAZ', 'CHN', 'KGZ', 'RUS', 'TJK', 'TKM', 'UZB')
    """
    borders = case.view("border_length").select(pl.col("subject", "object").cast(pl.String))
    around = {other for state, other in borders.iter_rows() if state == case.home}
    return case.home, *sorted((around | set(borders["subject"].to_list())) - {case.home})


def derive(
    case: Case,
    *,
    states: Sequence[str] | None = None,
    shocked: Sequence[str] | None = None,
    horizon: str = "1y",
    draws: int = 60,
    seed: int = 1,
) -> Ledger:
    """What a shock in each of some states takes from each of the others, with the 5-95 % band over redraws.

    Parameters
    ----------
    states : sequence of str, optional
        Who is looked at; the neighbourhood if left out.
    shocked : sequence of str, optional
        In whom the shock is; every one of them if left out. Who is not among the states joins them.
    horizon : str
        Whose elasticities hold, of the register.

    Raises
    ------
    InputError
        A state is not in the register or named twice, a shock has nobody to spill over to, or the horizon has no elasticities.
    """
    settled = case.settle()
    named = list(states or neighbourhood(settled))
    if not shocked and (len(named) < 2 or not (states or settled.view(SETTINGS[0]).height)):
        return Ledger.empty()  # one state alone, or a case without elasticities
    hit = list(shocked or named)
    everyone = [*named, *(state for state in hit if state not in named)]
    _judge(settled, named, hit, everyone)
    shocks = _Shocks(settled, everyone, hit, horizon, draws, seed)
    lost = {state: shocks.of(state) for state in hit}
    period = f"{case.year}+{horizon}"
    rows: list[dict[str, object]] = []
    records: list[Derivation] = []
    for state in hit:
        found = _told(shocks, state, lost[state], period)
        given = found.get(("spill_given", state, "", "", period), np.zeros(draws + 1))
        parents = {SOURCE: 1.0, **shocks.figures.parents(given, shocks.labels(state))}
        record = Derivation(
            f"spill.{state}.{horizon}",
            VERSION,
            _SHOCK,
            parents,
            f"draws={draws} seed={seed}",
        )
        rows += rows_of(found, record)
        records.append(record)
    if len(hit) > 1:  # the largest of several shocks rests on them all
        rests = {fact: weight for record in records for fact, weight in record.parents.items()}
        record = Derivation(
            f"spill.worst.{horizon}", VERSION, "the largest loss by one shock; shocks are not added up", rests
        )
        rows += rows_of(_worst(everyone, lost, period), record)
        records.append(record)
    return Ledger.of(rows, records)


def _judge(case: Case, named: Sequence[str], hit: Sequence[str], everyone: Sequence[str]) -> None:
    """Raise where the states are not states of the register, each once, and at least two."""
    known = case.table("actors").filter(pl.col("kind") == "state")["actor"].to_list()
    unknown = sorted(set(everyone) - set(known))
    if unknown:
        raise InputError("states", found=", ".join(unknown), allowed="states of the register by ISO 3166-1 alpha-3")
    twice = sorted({state for group in (named, hit) for state in group if list(group).count(state) > 1})
    if twice or len(everyone) < 2:
        raise InputError("states", found=", ".join(twice or everyone), allowed="two or more, each once")


def _told(shocks: _Shocks, state: str, lost: dict[str, dict[str, FloatArray]], period: str) -> Found:
    """The facts of one shock."""
    found: Found = {}
    given, any_known = np.zeros(shocks.draws + 1), False
    for affected, by_channel in lost.items():
        for channel, values in by_channel.items():
            found["spill_loss", affected, state, channel, period] = values
        found["spill_known", affected, state, "", period] = np.array([len(by_channel) / len(CHANNELS)])
        if _tells(by_channel):
            whole = np.sum(list(by_channel.values()), axis=0)
            found["spill_loss", affected, state, "all", period] = whole
            if f"gdp.{affected}" in shocks.figures:
                given, any_known = given + whole / 100.0 * shocks.figures[f"gdp.{affected}"], True
    if any_known:
        found["spill_given", state, "", "", period] = given
        if f"gdp.{state}" in shocks.figures:
            found["spill_ratio", state, "", "", period] = 100.0 * given / shocks.figures[f"gdp.{state}"]
    return found | shocks.people(state)


def _tells(by_channel: dict[str, FloatArray]) -> bool:
    """Whether the channels known of a pair make a sum: nothing beside a trade that no book tells is not nothing."""
    return "trade" in by_channel or any(values.any() for values in by_channel.values())


def _worst(states: Sequence[str], lost: dict[str, dict[str, dict[str, FloatArray]]], period: str) -> Found:
    """For each state the shock in another that takes most from it."""
    found: Found = {}
    for affected in states:
        whole = {
            s: np.sum(list(by[affected].values()), axis=0) for s, by in lost.items() if _tells(by.get(affected, {}))
        }
        if whole:
            worst = max(whole, key=lambda state: float(whole[state][0]))
            found["spill_worst", affected, worst, "", period] = whole[worst]
    return found


class _Shocks:
    """The figures of a neighbourhood, and what each shock takes by state and channel, % of real income."""

    def __init__(
        self, case: Case, states: Sequence[str], hit: Sequence[str], horizon: str, draws: int, seed: int
    ) -> None:
        self.case, self.home, self.states, self.draws = case, case.home, list(states), draws
        self.figures = Figures(case, {**_of_horizon(horizon), **self._of_states(hit)}, draws, seed)
        if not self.figures.holds(*SETTINGS):
            allowed = ", ".join(case.table("horizons")["horizon"].to_list())
            raise InputError("horizon", found=horizon, allowed=f"one whose elasticities the case holds: {allowed}")
        random = np.random.Generator(np.random.Philox(seed))
        self._mixed = np.concatenate(
            [[0.0], random.random(draws)]
        )  # between a book and its mirror; the book itself first
        self._beyond: dict[tuple[str, str], float] = {}
        self._trade = self._of_trade(hit)

    def of(self, state: str) -> dict[str, dict[str, FloatArray]]:
        """What a shock in a state takes from each other one, by channel; only channels that are known."""
        made: dict[str, dict[str, FloatArray]] = {}
        for affected in self.states:
            if affected != state:
                parts = {
                    "trade": self._trade.get((affected, state)), "transit": self._transit(affected, state),
                    "remittances": self._remittances(affected, state), "energy": self._energy(affected, state),
                }  # fmt: skip
                known = {name: values for name, values in parts.items() if values is not None}
                made[affected] = {name: values for name, values in known.items() if np.isfinite(values[0])}
        return made

    def labels(self, state: str) -> list[str]:
        """The figures that the shock in a state rests on: its own, and those that all share."""
        return [label for label in self.figures.facts if "." not in label or state in label.split(".")]

    # --- what is asked of the case ------------------------------------------------------------------------------------

    def _of_states(self, hit: Sequence[str]) -> dict[str, Asked]:
        made: dict[str, Asked] = {"fee": ("transit_fee_containers", self.home)}
        for state in self.states:
            made[f"gdp.{state}"] = ("gdp", state)
            made[f"sold.{state}"] = ("export_total", state, "", "goods_services")
            made[f"bought.{state}"] = ("import_total", state, "", "goods_services")
            made[f"sent.{state}"] = ("remittances_gdp_share", state)
        rents = self.case.view("modelled_rent", subject=self.home)["item"].cast(pl.String).to_list()
        oil = rents[0].split(".")[0] if rents else ""
        if oil:
            made["shipped"] = ("modelled_export_mass", self.home, "", f"{oil}.contract")
        for state in hit:
            for other in (one for one in self.states if one != state):
                for seller, buyer in ((state, other), (other, state)):
                    made[f"book.{seller}.{buyer}"] = ("export_value", seller, buyer, "goods")
                    made[f"mirror.{seller}.{buyer}"] = ("import_value", buyer, seller, "goods")
                made[f"origin.{other}.{state}"] = ("remittance_origin", other, state)
                made[f"into.{other}.{state}"] = ("remittances_in", other, state)
                made[f"out.{state}.{other}"] = ("remittances_out", state, other)
            if oil:
                made[f"stopped.{state}"] = ("closure_loss_mass", state, "", f"{oil}.territory")
            made[f"boxes.{state}"] = ("closure_loss_containers", state, "", "containers.territory")
            for channel in self._grid:
                made[f"grid.{channel}.{state}"] = ("control", state, channel, "market")
                made[f"cost.{channel}"] = ("input_cost_share", self.home, channel)
                made[f"supply.{channel}"] = ("input_supply_share", self.home, channel)
        return made

    @cached_property
    def _grid(self) -> list[str]:
        """Channels of power into the home state."""
        table = self.case.table("channels").filter(
            (pl.col("commodity") == "electricity") & (pl.col("monetised") == "yes")
        )
        return list(table["channel"])

    # --- trade --------------------------------------------------------------------------------------------------------

    def _settings(self) -> list[Setting]:
        columns = [self.figures[name] for name in SETTINGS]
        return [Setting(*(float(column[k]) for column in columns)) for k in range(self.draws + 1)]

    @cached_property
    def _world(self) -> World:
        """The bundled world with everybody else put together by region: quick to solve again."""
        world, region = open_world(), open_regions().inside
        groups = {state: world.places([state]) for state in self.states if world.places([state])}
        told = {place for places in groups.values() for place in places}
        for place, economy in enumerate(world.economies):
            if place not in told:
                groups.setdefault(f"other {region.get(economy, 'REST')}", []).append(place)
        return world.gathered(groups)

    def _of_trade(self, hit: Sequence[str]) -> dict[Pair, FloatArray]:
        """Real income lost by trade, by affected and shocked state."""
        made: dict[Pair, FloatArray] = {}
        told = [state for state in self.states if open_world().places([state])]
        settings = self._settings()
        for state in hit:
            if state in told and len(told) > 1:
                economy = Economy(self._world, state)
                solved = losses([economy], [(0, setting, economy.alone()) for setting in settings], strict=False)
                made |= {
                    (other, state): solved[:, self._world.economies.index(other)] for other in told if other != state
                }
        done: set[frozenset[str]] = set()
        for state in hit:
            for other in self.states:
                both = frozenset((state, other))
                if len(both) == 2 and both not in done and (other, state) not in made:
                    done.add(both)
                    if (pair := self._pair(other, state)) is not None:
                        made[other, state], made[state, other] = pair
        return made

    def _flow(self, seller: str, buyer: str) -> FloatArray | None:
        """Goods sold from one state to another, mln USD a year: the seller's book, the buyer's, or between them."""
        book, mirror = f"book.{seller}.{buyer}", f"mirror.{seller}.{buyer}"
        held = [self.figures[label] for label in (book, mirror) if label in self.figures]
        return held[0] + self._mixed * (held[-1] - held[0]) if held else None

    def _pair(self, a: str, b: str) -> tuple[FloatArray, FloatArray] | None:
        """What two states lose when they stop trading with each other, the rest of the world standing by."""
        there, back = self._flow(a, b), self._flow(b, a)
        if there is None or back is None or not self.figures.holds(f"gdp.{a}", f"gdp.{b}"):
            return None
        closed = np.ones((3, 3))
        closed[0, 1] = closed[1, 0] = np.inf
        lost = np.full((2, self.draws + 1), np.nan)
        theta = self.figures["trade_elasticity"]
        for k in range(self.draws + 1):
            flows = np.zeros((3, 3))
            flows[0, 1], flows[1, 0], flows[2, 2] = there[k], back[k], REST
            for row, state in enumerate((a, b)):
                flows[row, 2], flows[2, row] = (
                    max(0.0, self._total(what, state, k) - flow)
                    for what, flow in (("sold", flows[row].sum()), ("bought", flows[:, row].sum()))
                )
                flows[row, row] = 1e3 * self.figures[f"gdp.{state}"][k] - flows[row].sum()
            if (flows.diagonal() <= 0).any():  # more is sold abroad than is made: no share of home to start from
                return None
            try:
                lost[:, k] = 100.0 * (1.0 - one_sector(flows, closed, float(theta[k])).welfare[:2])
            except SolverError:  # no equilibrium in this draw: not a number, and left out of the band
                continue
        return lost[0], lost[1]

    def _total(self, what: str, state: str, draw: int) -> float:
        """What a state sells to or buys from all the world, mln USD: as reported, else as in the bundled world; nothing beyond
        the pair where neither tells."""
        label = f"{what}.{state}"
        if label in self.figures:
            return 1e3 * float(self.figures[label][draw])
        if (what, state) not in self._beyond:
            self._beyond[what, state] = sum(float(self._abroad[what][place]) for place in open_world().places([state]))
        return self._beyond[what, state]

    @cached_property
    def _abroad(self) -> dict[str, FloatArray]:
        """What each economy of the bundled world sells and buys abroad, mln USD."""
        flows = open_world().flows.sum(axis=0)
        return {"sold": flows.sum(axis=1) - flows.diagonal(), "bought": flows.sum(axis=0) - flows.diagonal()}

    # --- what is no trade ---------------------------------------------------------------------------------------------

    def _transit(self, affected: str, state: str) -> FloatArray | None:
        """Oil that finds no way round a state, and fees for containers that no longer come: of the home state alone, whose
        corridors are known."""
        oil, boxes = f"stopped.{state}", f"boxes.{state}"
        if affected != self.home or not (self.figures.holds(oil, "shipped") or boxes in self.figures):
            return None
        lost = np.zeros(self.draws + 1)
        if self.figures.holds(oil, "shipped"):
            share = np.clip(self.figures[oil] / np.maximum(self.figures["shipped"], 1e-9), 0.0, 1.0)
            if share.any() and self.home in self._world.inside:
                lost = lost + self._oil(state, share)
        if self.figures.holds(boxes, "fee", "transit_margin", f"gdp.{self.home}"):  # thousand boxes by USD are 1e3 USD
            money = self.figures[boxes] * self.figures["fee"] * self.figures["transit_margin"] / 1e6
            lost = lost + 100.0 * money / self.figures[f"gdp.{self.home}"]
        return lost

    def _oil(self, state: str, share: FloatArray) -> FloatArray:
        """What the oil that finds no way adds to the loss of trade with the state."""
        economy = Economy(self._world, self.home)
        closed = dict.fromkeys(self._world.places([state]), 1.0)
        tasks = [
            (0, setting, Change(closed, closed, oil_lost=float(part)))
            for k, setting in enumerate(self._settings()) for part in (share[k], 0.0)
        ]  # fmt: skip
        both = losses([economy], tasks, strict=False)[:, economy.home].reshape(-1, 2)
        return np.asarray(both[:, 0] - both[:, 1])

    def _remittances(self, affected: str, state: str) -> FloatArray | None:
        """Money sent home from the state, less what those who come home earn again."""
        sent, origin = f"sent.{affected}", f"origin.{affected}.{state}"
        left = (
            1.0 - self.figures["reemployment_share"]
            if "reemployment_share" in self.figures
            else np.ones(self.draws + 1)
        )
        if sent in self.figures and not self.figures[sent].any():
            return np.zeros(self.draws + 1)  # nothing is sent home from anywhere
        if self.figures.holds(sent, origin):
            return np.asarray(self.figures[sent] * self.figures[origin] * left)
        for label in (f"into.{affected}.{state}", f"out.{state}.{affected}"):
            if self.figures.holds(label, f"gdp.{affected}"):
                yearly = self.figures[label] * _per_year(self.figures.facts[label])
                return np.asarray(100.0 * yearly / (1e3 * self.figures[f"gdp.{affected}"]) * left)
        return None

    def _energy(self, affected: str, state: str) -> FloatArray | None:
        """Power that no longer comes from the state, of the home state alone: who supplies the others no source tells."""
        for channel in self._grid if affected == self.home else ():
            names = f"grid.{channel}.{state}", f"cost.{channel}", f"supply.{channel}", "scarcity_elasticity"
            if self.figures.holds(*names):
                reach, cost, supply, sigma = (self.figures[name] for name in names)
                missing = reach * supply
                return np.asarray(100.0 * np.maximum(0.0, bottleneck_loss(cost, 1.0 - missing, sigma) - cost * missing))
        return None

    def people(self, state: str) -> Found:
        """People who came from the state in a recorded precedent: who came, and who stayed."""
        found: Found = {}
        for row in self.case.view("migrants", object=state).iter_rows(named=True):
            if str(row["subject"]) in self.states and "mobilisation" in str(row["item"]):
                key = "spill_people", str(row["subject"]), state, str(row["item"]), str(row["period"])
                found[key] = np.array([float(row["value"])])
        return found


def _of_horizon(horizon: str) -> dict[str, Asked]:
    """What belongs to a horizon."""
    return {name: (name, "WLD", "", horizon) for name in
            (*SETTINGS, "reemployment_share", "transit_margin", "scarcity_elasticity")}  # fmt: skip


def _per_year(fact: str) -> float:
    """By what a figure of part of a year is multiplied to be one of a year: half-years and months are named by their ends."""
    ends = fact.rsplit("@", 1)[-1].split("/")
    if len(ends) != 2 or any(len(end) != 7 for end in ends):
        return 1.0 if len(ends[0]) == 4 else 12.0
    (first_year, first), (last_year, last) = ((int(end[:4]), int(end[5:])) for end in ends)
    return 12.0 / (12 * (last_year - first_year) + last - first + 1)
