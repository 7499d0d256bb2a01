"""Every coalition on every network: what is lost, what goes another way, and how the joint loss is divided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from equipoise.case import Case
from equipoise.corridors.building import build, commodities_with_network, years_solved
from equipoise.corridors.inputs import Inputs
from equipoise.corridors.network import SMALLEST, Closures, Network, Solution
from equipoise.errors import InputError
from equipoise.maths.coalition import banzhaf, owen, shapley

__all__ = ["Game", "Horizon", "Key", "Outcome", "Study", "coalition_name", "horizons_of"]

FloatArray = NDArray[np.float64]
Key = tuple[str, str, str, str, str]


def coalition_name(powers: Sequence[str]) -> str:
    """The id of a coalition: its members in order, joined by a plus sign.

    >>> coalition_name(["RUS", "CHN"])
    'CHN+RUS'
    """
    return "+".join(sorted(powers))


@dataclass(frozen=True, slots=True)
class Horizon:
    """A length of closure, which limits bind meanwhile, and whether tanks absorb a part of it."""

    id: str
    reading: str
    years: float
    storage: bool


def horizons_of(case: Case) -> list[Horizon]:
    """The horizons of the register."""
    rows = case.table("horizons").iter_rows(named=True)
    return [Horizon(r["horizon"], r["reading"], float(r["years"]), r["storage"] == "1") for r in rows]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a closure leaves: exports, rent (mln USD/y), sales, exports that left another way than before, and by how much
    the tonnes still shipped have become dearer to deliver, over their price."""

    exports: float
    rent: float
    sales: float
    rerouted: float
    dearer: float


class Game:
    """The outcome of every coalition on one network."""

    def __init__(self, inputs: Inputs, network: Network, powers: Sequence[str]) -> None:
        self.network, self.powers = network, powers
        self.closing = Closures(network)
        self.left = [network.reach(inputs.layout.members[power]) for power in powers]
        self._acting = sum(1 << i for i, left in enumerate(self.left) if (left < 1.0).any())
        first = len(network.links) + len(network.suppliers)
        markets = network.tail[first : first + len(network.markets)]
        self._last = np.isin(network.head[: len(network.links)], markets)  # links that end at a market
        self._outcome: dict[int, Outcome] = {}
        self.base = self.closed(self.closing.untouched)
        self._by_mask: dict[int, Outcome] = {}

    def closed(self, left: FloatArray) -> Outcome:
        """The outcome when this much is left of each arc."""
        solved = self.closing.solution(left)
        found = self._outcome.get(id(solved))
        if found is None:
            found = self._outcome[id(solved)] = self.outcome(solved)
        return found

    def outcome(self, solved: Solution) -> Outcome:
        """What a flow leaves of that of the network as it is; it may be a flow of more capacity on the same arcs."""
        before = self.closing.base.home_flow[self._last]
        gained = float(np.clip(solved.home_flow[self._last] - before, 0.0, None).sum())
        return Outcome(solved.exports, solved.rent, solved.sales, gained, self._dearer(solved, gained))

    def _dearer(self, solved: Solution, gained: float) -> float:
        """Rise of the cost of delivering the tonnes that are still shipped, over their price before (nan where unknown).

        Tonnes that keep their way cost what they cost; those that go another way cost the difference to what the tonnes
        that lost theirs had cost on average, counted from where the ways part.
        """
        base, links = self.closing.base, len(self.network.links)
        if not np.isfinite(base.sales + base.rent) or solved.exports < SMALLEST or gained < SMALLEST:
            return 0.0 if np.isfinite(base.sales + base.rent) else float("nan")
        cost, before, after = self.network.cost[:, :links], base.raw.flow[:, :links], solved.raw.flow[:, :links]
        kept = float((cost * np.minimum(before, after)).sum())
        displaced = base.exports - solved.exports + gained
        was = kept + gained * (float((cost * before).sum()) - kept) / displaced
        return (float((cost * after).sum()) - was) / solved.exports / (base.sales / base.exports)

    def coalition(self, members: int) -> Outcome:
        """The outcome when the powers of this bitmask withdraw; who holds nothing of this network changes nothing."""
        members &= self._acting
        found = self._by_mask.get(members)
        if found is None:
            left = self.closing.untouched
            for position, of_power in enumerate(self.left):
                if members >> position & 1:
                    left = left * of_power
            found = self._by_mask[members] = self.closed(left)
        return found

    def rent(self, masks: Sequence[int]) -> FloatArray:
        """Rent lost by coalition, bln USD/y."""
        return _snapped(np.array([self.base.rent - self.coalition(mask).rent for mask in masks]) / 1e3)


def _snapped(values: FloatArray) -> FloatArray:
    """Take the rounding of the solver for the nothing that it is."""
    return np.where(np.abs(values) < SMALLEST, 0.0, values)


class Study:
    """All games of one set of inputs, and the facts that they give."""

    def __init__(self, inputs: Inputs, powers: Sequence[str], *, all_coalitions: bool = True) -> None:
        self.inputs, self.powers, self.home = inputs, tuple(powers), inputs.layout.home
        self.horizons = horizons_of(inputs.case)
        everyone = range(1 << len(powers))
        few = [mask for mask in everyone if mask.bit_count() <= 2 or mask == (1 << len(powers)) - 1]
        self.masks, self.few = list(everyone), few
        self.all_coalitions = all_coalitions
        self._names = [coalition_name([p for i, p in enumerate(powers) if mask >> i & 1]) for mask in everyone]
        self._games: dict[tuple[str, str], Game] = {}

    @cached_property
    def main(self) -> Horizon:
        """The horizon of the headline: the first whose limits are contracts and whose loss no tank absorbs, else the first."""
        return next((h for h in self.horizons if h.reading == "contract" and not h.storage), self.horizons[0])

    @property
    def period(self) -> str:
        """The period of the headline."""
        return f"{self.inputs.case.year}+{self.main.id}"

    def game(self, commodity: str, reading: str) -> Game:
        """The game on the network of a commodity in its last year."""
        if (commodity, reading) not in self._games:
            year = years_solved(self.inputs, commodity)[-1]
            self._games[commodity, reading] = Game(
                self.inputs, build(self.inputs, commodity, year, reading), self.powers
            )
        return self._games[commodity, reading]

    def masks_of(self, horizon: Horizon) -> list[int]:
        """Coalitions studied: all of them; in redraws of the long horizon only those of one, two, and all powers."""
        return self.masks if self.all_coalitions or horizon.reading == "contract" else self.few

    def name(self, mask: int) -> str:
        """The id of a coalition given as a bitmask."""
        return self._names[mask]

    def findings(self) -> dict[Key, float]:
        """Every fact but the split over channels."""
        found: dict[Key, float] = {}
        for commodity in commodities_with_network(self.inputs):
            for horizon in self.horizons:
                found |= self._volumes(commodity, horizon)
            found |= self._other_reading(commodity) | self._leverage(commodity)
        for horizon in self.horizons:
            found |= self._losses(horizon)
        return found

    def loss(self, horizon: Horizon) -> tuple[list[int], FloatArray]:
        """v(S) in % of GDP a year: masks, and the rent lost on every commodity whose prices and costs are known."""
        masks = self.masks_of(horizon)
        lost = np.zeros(len(masks))
        for commodity in commodities_with_network(self.inputs):
            game = self.game(commodity, horizon.reading)
            if np.isfinite(game.base.rent):
                lost += game.rent(masks) * (1.0 - self._absorbed(game.network, horizon))
        return masks, 100.0 * lost / self.gdp

    @cached_property
    def gdp(self) -> float:
        """GDP of the home state in the year of the case, bln USD."""
        facts = self.inputs.case.view("gdp", subject=self.home, period=str(self.inputs.case.year))
        if not facts.height:
            raise InputError(
                "gdp",
                found=f"none for {self.home} in {self.inputs.case.year}",
                allowed="a fact for the year of the case",
            )
        return float(facts["value"][0])

    @cached_property
    def people(self) -> float:
        """Population of the home state in the year of the case, mln; 0 where the ledger does not hold it."""
        facts = self.inputs.case.view("population", subject=self.home, period=str(self.inputs.case.year))
        return float(facts["value"][0]) if facts.height else 0.0

    def _absorbed(self, network: Network, horizon: Horizon) -> float:
        """Share of the loss that tanks take: the mean days of storage of the suppliers over the days of the closure."""
        if not horizon.storage:
            return 0.0
        days = weight = 0.0
        for position, place in enumerate(network.suppliers, start=len(network.links)):
            for k, grade in enumerate(network.grades):
                found = self.inputs.near("storage_time", place, grade, network.year)
                if found and network.own[k, position] > 0:
                    days += found.value * network.own[k, position]
                    weight += network.own[k, position]
        return min(1.0, days / weight / (365.25 * horizon.years)) if weight else 0.0

    def _volumes(self, commodity: str, horizon: Horizon) -> dict[Key, float]:
        """Tonnes lost and rerouted, rent and sales, by coalition."""
        game = self.game(commodity, horizon.reading)
        base, kept = game.base, 1.0 - self._absorbed(game.network, horizon)
        period, quantity = f"{game.network.year}+{horizon.id}", game.network.quantity
        found: dict[Key, float] = {}

        def put(measure: str, name: str, value: float) -> None:
            found[measure, self.home, name, commodity, period] = 0.0 if abs(value) < SMALLEST else value

        for mask in self.masks_of(horizon)[1:]:
            closed, name = game.coalition(mask), self.name(mask)
            put(f"withdrawal_lost_{quantity}", name, kept * (base.exports - closed.exports))
            put(f"withdrawal_rerouted_{quantity}", name, closed.rerouted)
            if np.isfinite(closed.dearer):
                put("withdrawal_dearer", name, closed.dearer)
            if np.isfinite(base.rent):
                put("withdrawal_rent", name, kept * (base.rent - closed.rent) / 1e3)
            if np.isfinite(base.sales):
                put("withdrawal_sales", name, kept * (base.sales - closed.sales) / 1e3)
        return found

    def _other_reading(self, commodity: str) -> dict[Key, float]:
        """Single withdrawals for a year under technical limits: the other reading, shown beside the first."""
        game = self.game(commodity, "technical")
        period, item = f"{game.network.year}+{self.main.id}", f"{commodity}.technical"
        found: dict[Key, float] = {}
        for i, power in enumerate(self.powers):
            closed = game.coalition(1 << i)
            found[f"withdrawal_lost_{game.network.quantity}", self.home, power, item, period] = float(
                _snapped(np.array(game.base.exports - closed.exports))
            )
            if np.isfinite(game.base.rent):
                lost = (game.base.rent - closed.rent) / 1e3
                found["withdrawal_rent", self.home, power, item, period] = lost
                found["withdrawal_loss", self.home, power, "technical", period] = 100.0 * lost / self.gdp
        return found

    def _leverage(self, commodity: str) -> dict[Key, float]:
        """Containers of others that would find no way if the home state closed its own territory."""
        if commodity != "containers":
            return {}
        game = self.game(commodity, self.main.reading)
        closed = game.closed(game.network.reach([self.home], ("territory",)))
        key = "leverage_containers", self.home, "", commodity, f"{game.network.year}+{self.main.id}"
        return {key: float(_snapped(np.array(game.base.exports - closed.exports)))}

    def _losses(self, horizon: Horizon) -> dict[Key, float]:
        """v(S), the worst power and pair, who insures whom, and how the joint loss is divided."""
        masks, v = self.loss(horizon)
        period = f"{self.inputs.case.year}+{horizon.id}"
        found: dict[Key, float] = {
            ("withdrawal_loss", self.home, self.name(mask), "", period): float(loss)
            for mask, loss in zip(masks[1:], v[1:], strict=True)
        }
        if self.people:
            for mask, loss in zip(masks[1:], v[1:], strict=True):  # % of GDP in bln USD, over mln persons
                person = float(loss) * self.gdp * 10.0 / self.people
                found["withdrawal_person", self.home, self.name(mask), "", period] = person
        by_mask = dict(zip(masks, v, strict=True))
        single = {power: by_mask[1 << i] for i, power in enumerate(self.powers)}
        worst = max(single, key=lambda power: single[power])
        found["worst_single_loss", self.home, worst, "", period] = float(single[worst])
        pairs = list(combinations(range(len(self.powers)), 2))
        if pairs:
            a, b = max(pairs, key=lambda pair: by_mask[1 << pair[0] | 1 << pair[1]])
            pair = self.name(1 << a | 1 << b)
            found["worst_pair_loss", self.home, pair, "", period] = float(by_mask[1 << a | 1 << b])
            found["loss_in_series", self.home, pair, "sum", period] = float(
                single[self.powers[a]] + single[self.powers[b]]
            )
        for a, b in pairs:
            joint = by_mask[1 << a | 1 << b] - by_mask[1 << a] - by_mask[1 << b]
            found["backup_value", self.powers[a], self.powers[b], "", period] = float(joint)
        if len(masks) == len(self.masks):
            for measure, rule in (("shapley_share", shapley), ("banzhaf_share", banzhaf)):
                found |= {
                    (measure, power, "", "", period): float(part)
                    for power, part in zip(self.powers, rule(v), strict=True)
                }
        return found

    def channels(self) -> dict[Key, float]:
        """The Shapley share of each power split over its corridors by Owen's rule, for one year.

        Within one union only its own channels act apart, the others withdraw whole: so each union is a game of its
        own channels and the other powers, small enough to enumerate.
        """
        found: dict[Key, float] = {}
        period = self.period
        for commodity in commodities_with_network(self.inputs):
            game = self.game(commodity, self.main.reading)
            if not np.isfinite(game.base.rent):
                continue
            acting = [i for i in range(len(self.powers)) if self._adds(game, i)]
            for i in acting:
                names, parts = self._parts(game, self.powers[i])
                others = [game.left[j] for j in acting if j != i]
                unions = [0] * len(parts) + list(range(1, len(others) + 1))
                v = _losses_of(game, [*parts, *others]) / 1e3
                split = 100.0 * owen(v, unions)[: len(parts)] / self.gdp
                for name, share in zip(names, split, strict=True):
                    key = ("owen_share", self.powers[i], name, "", period)
                    found[key] = found.get(key, 0.0) + float(share)
        return found

    def _adds(self, game: Game, player: int) -> bool:
        """Whether the power changes the loss of any coalition."""
        lost = game.rent(self.masks)
        without = [mask for mask in self.masks if not mask >> player & 1]
        return bool(np.abs(lost[[mask | 1 << player for mask in without]] - lost[without]).max() > 1e-9)

    def _parts(self, game: Game, power: str) -> tuple[list[str], list[FloatArray]]:
        """What is left of each arc when the power closes one corridor alone."""
        left = game.left[self.powers.index(power)]
        network = game.network
        corridor = [self.inputs.layout.corridor_of.get(link, "") for link in network.links] + ["fields"] * len(
            network.suppliers
        )
        corridor += [""] * (len(left) - len(corridor))
        hit = sorted({name for name, share in zip(corridor, left, strict=True) if share < 1.0})
        return hit, [np.where(np.array(corridor) == name, left, 1.0) for name in hit]


def _losses_of(game: Game, parts: Sequence[FloatArray]) -> FloatArray:
    """Rent lost, mln USD/y, for every set of parts."""
    left = [game.closing.untouched]
    for part in parts:
        left += [before * part for before in left]
    return np.array([game.base.rent - game.closed(each).rent for each in left])
