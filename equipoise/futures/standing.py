"""Where a state stands in a future, beside what it may lose: the outcomes of the register in their own units.

Levels that levers move, distances in votes, disputes of the region, water short, goods that pass and what that puts at stake.
All hang on what was drawn, on the levers and on streams of their own, and on no network: they are cheap, and a policy may be
asked alone. A sum of them is never made. What no future tells is named in the register, with why, and is never zero.

Distances in votes change as they did over spells of five years of the record, put one after another, so that what a year
gained and the next lost is not taken for a trend (Künsch 1989, doi:10.1214/aos/1176347265). Disputes come at a rate drawn from
the posterior of their count (Jeffreys' prior), which levers change by as much as they are judged to: nothing foretells them
better than that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from equipoise.futures.acting import Acting, Changes
from equipoise.maths.ensemble import BLOCK, block_rows

if TYPE_CHECKING:
    from equipoise.region.water import River

__all__ = [
    "Disputes",
    "Held",
    "Level",
    "Line",
    "Listing",
    "Moment",
    "Passing",
    "Share",
    "Standing",
    "Stood",
    "Votes",
    "Water",
]

FloatArray = NDArray[np.float64]
DISPUTES, VOTES = 2**42, 2**43
"""Where the streams of rates of disputes and of spells of votes begin, apart from those of :mod:`equipoise.futures.simulate`."""
SPELL = 5
"""Years of the record in a row, by which distances in votes change."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Some futures (K) of the policies of ``acting`` (P) in some ``years`` (Y): what was drawn (K, F), when each pull is felt,
    how often threats come (K, W, J) and what policies make of that; the number of the first future and the seed."""

    acting: Acting
    values: FloatArray
    felt: FloatArray
    years: FloatArray
    rates: FloatArray
    changes: Changes
    first: int
    seed: int

    def levels(self, target: str, base: int) -> FloatArray:
        """A level under each policy in each year (K, P, Y), from the figure at a position."""
        values, at = self.values, self.acting.level.get(target)
        if at is None or not self.acting.moves(target):
            shape = len(values), self.acting.policies, len(self.years)
            return np.asarray(np.broadcast_to(values[:, base, None, None], shape))
        if at != base:
            values = values.copy()
            values[:, at] = self.values[:, base]
        return self.acting.levels(target, values, self.felt, self.years)[1]

    def pulled(self, levers: Sequence[str]) -> dict[int, dict[str, int]]:
        """By policy the pulls, by place, of these levers; policies that pull none of them are left out."""
        made: dict[int, dict[str, int]] = {}
        for i, pull in enumerate(self.acting.pulls):
            if pull.lever in levers:
                made.setdefault(pull.policy, {})[pull.lever] = i
        return made

    def part(self, i: int) -> FloatArray:
        """How far a lever has been pulled in each year (K, Y), 0 to 1."""
        return np.where(self.years >= self.felt[:, i, None], self.acting.pulls[i].intensity, 0.0)


@dataclass(frozen=True, slots=True)
class Stood:
    """Where K futures of P policies stand: each of S outcomes in the ``last`` year and the mean of the years ``along`` the way
    (K, P, S); listings a year, ``hazard``, and the value, ``risk``, that they put at stake, mln USD a year (K, P, W, 2), means of
    the years; ``reserve`` bln USD in the last year, ``yearly`` cost of the policy's own levers, their capital
    charged, mln USD (K, P); ``gdp`` bln USD (K,). Not a number where no future tells it."""

    last: FloatArray
    along: FloatArray
    hazard: FloatArray
    risk: FloatArray
    reserve: FloatArray
    yearly: FloatArray
    gdp: FloatArray

    @classmethod
    def join(cls, parts: Sequence[Stood]) -> Stood:
        """Pieces as one, in the order given."""
        return cls(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(cls)))


class Line(Protocol):
    """One outcome, or a few of the same kind: their ids, the parts of each, and the facts they rest on."""

    @property
    def labels(self) -> tuple[tuple[str, str], ...]:
        """Outcome and part of each."""

    @property
    def facts(self) -> tuple[str, ...]:
        """Ids of what it rests on, but for the levers."""

    def lived(self, moment: Moment) -> list[FloatArray]:
        """Each of them (K, P, Y)."""


# --- levels ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Level:
    """A level that levers move, from a figure of today."""

    labels: tuple[tuple[str, str], ...]
    facts: tuple[str, ...]
    target: str
    base: int

    def lived(self, moment: Moment) -> list[FloatArray]:
        """The level."""
        return [moment.levels(self.target, self.base)]


@dataclass(frozen=True, slots=True)
class Share:
    """The share, %, of a sum that grows by as much as the part that levers move: today's part, and today's share."""

    labels: tuple[tuple[str, str], ...]
    facts: tuple[str, ...]
    target: str
    base: int
    share: int

    def lived(self, moment: Moment) -> list[FloatArray]:
        """The share."""
        after, before = moment.levels(self.target, self.base), moment.values[:, self.base, None, None]
        whole = before / np.maximum(moment.values[:, self.share, None, None] / 100.0, 1e-9)
        return [100.0 * after / np.maximum(whole + after - before, 1e-9)]


@dataclass(frozen=True, slots=True)
class Held:
    """What others hold, from a figure of today, by the ratio of a level that levers move to the level of today."""

    labels: tuple[tuple[str, str], ...]
    facts: tuple[str, ...]
    base: int
    target: str
    level: int

    def lived(self, moment: Moment) -> list[FloatArray]:
        """What is held."""
        before = np.maximum(moment.values[:, self.level, None, None], 1e-12)
        ratio = np.maximum(moment.levels(self.target, self.level) / before, 0.0)
        return [moment.values[:, self.base, None, None] * ratio]


# --- votes, disputes, water ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Votes:
    """Distances to powers in votes: today's, by position; changes from year to year in the record (T, n); the outcome that the
    spread of the ``great`` is, and the level that levers move it by."""

    labels: tuple[tuple[str, str], ...]
    facts: tuple[str, ...]
    at: tuple[int, ...]
    year: int
    steps: FloatArray
    great: tuple[int, ...]
    target: str
    level: int | None

    def lived(self, moment: Moment) -> list[FloatArray]:
        """Each distance, and the spread."""
        policies = moment.acting.policies
        gaps = self.distances(moment)
        wide = (len(gaps), policies, len(moment.years))
        made = [np.broadcast_to(gaps[:, None, :, i], wide) for i in range(len(self.at))]
        if len(self.labels) > len(made):
            great = gaps[:, :, list(self.great)]
            spread = np.broadcast_to((great.max(axis=2) - great.min(axis=2))[:, None], wide)
            if self.level is not None:
                moved = moment.levels(self.target, self.level) - moment.values[:, self.level, None, None]
                spread = np.maximum(spread + moved, 0.0)
            made.append(np.asarray(spread))
        return made

    def distances(self, moment: Moment) -> FloatArray:
        """Distance to each power in each year (K, Y, n); where one would be crossed it grows again."""
        ahead = np.asarray(moment.years, dtype=int) - self.year
        spells = -(-int(ahead.max(initial=1)) // SPELL)
        starts = len(self.steps) - SPELL + 1

        def draw(block: int) -> FloatArray:
            random = np.random.Generator(np.random.Philox(key=[moment.seed, VOTES + block]))
            return random.integers(0, starts, (BLOCK, spells)).astype(float)

        first = block_rows(moment.first, len(moment.values), spells, draw).astype(int)
        steps = self.steps[first[:, :, None] + np.arange(SPELL)].reshape(len(first), -1, self.steps.shape[1])
        before = np.concatenate([np.zeros((len(first), 1, steps.shape[2])), np.cumsum(steps, axis=1)], axis=1)
        return np.asarray(np.abs(moment.values[:, None, list(self.at)] + before[:, np.maximum(ahead, 0)]))


@dataclass(frozen=True, slots=True)
class Disputes:
    """New disputes a year among the states of the region: the mean and the shape of the posterior of each record's rate, and the
    level by whose ratio levers change it."""

    labels: tuple[tuple[str, str], ...]
    facts: tuple[str, ...]
    mean: tuple[float, ...]
    shape: tuple[float, ...]
    target: str
    level: int | None

    def lived(self, moment: Moment) -> list[FloatArray]:
        """Each rate."""

        def draw(block: int) -> FloatArray:
            random = np.random.Generator(np.random.Philox(key=[moment.seed, DISPUTES + block]))
            return random.standard_gamma(self.shape, (BLOCK, len(self.shape)))

        rates = block_rows(moment.first, len(moment.values), len(self.shape), draw) / self.shape * self.mean
        ratio = np.ones((len(rates), moment.acting.policies, len(moment.years)))
        if self.level is not None:
            before = np.maximum(moment.values[:, self.level, None, None], 1e-12)
            ratio = np.maximum(moment.levels(self.target, self.level) / before, 0.0)
        return [rates[:, i, None, None] * ratio for i in range(rates.shape[1])]


@dataclass(frozen=True)
class _Figures:
    """Figures of a river by label, one for each future or, ``times`` over, for each of its years."""

    at: Mapping[str, int]
    values: FloatArray
    times: int = 1

    def __contains__(self, label: str) -> bool:
        return label in self.at

    def __getitem__(self, label: str) -> FloatArray:
        return np.repeat(self.values[:, self.at[label]], self.times)

    def holds(self, *labels: str) -> bool:
        """Whether all of these are known."""
        return all(label in self.at for label in labels)

    def total(self, prefix: str) -> FloatArray:
        """The sum of all whose label begins so."""
        made = np.zeros(len(self.values) * self.times)
        for label in self.at:
            if label.startswith(prefix):
                made += self[label]
        return made


@dataclass(frozen=True, slots=True)
class Water:
    """What is short on a river in the season, by the balance that the region tells: its figures by label, and its levers."""

    labels: tuple[tuple[str, str], ...]
    facts: tuple[str, ...]
    river: River
    at: tuple[tuple[str, int], ...]
    levers: tuple[str, ...]

    def lived(self, moment: Moment) -> list[FloatArray]:
        """What is short."""
        from equipoise.region.water import short_with, year_of

        at, years, pulls = dict(self.at), len(moment.years), moment.acting.pulls
        made = np.empty((len(moment.values), moment.acting.policies, years))
        pulled, alike = moment.pulled(self.levers), dict[tuple[tuple[str, float, float], ...], int]()
        for p in range(moment.acting.policies):
            mine = pulled.get(p, {})
            key = tuple((lever, pulls[i].year, pulls[i].intensity) for lever, i in sorted(mine.items()))
            if key in alike:
                made[:, p] = made[:, alike[key]]
                continue
            figures = _Figures(at, moment.values, years if mine else 1)
            year = year_of(figures, self.river)
            if year is not None:
                parts: dict[str, FloatArray | float] = {lever: moment.part(i).ravel() for lever, i in mine.items()}
                made[:, p] = short_with(figures, self.river, year, parts).reshape(len(made), -1)
            alike[key] = p
        return [made]


# --- goods that pass -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Passing:
    """Listed goods passed on beyond what passed before, and what it costs to keep them: positions of all that is passed on, of
    what is beyond, of the yearly cost of the lever that keeps them, if the case tells it; the level, and the lever."""

    labels: tuple[tuple[str, str], ...]
    facts: tuple[str, ...]
    whole: int
    beyond: int
    cost: int | None
    target: str
    lever: str

    def left(self, moment: Moment) -> FloatArray:
        """All that is passed on (K, P, Y), in the unit of today's."""
        return np.maximum(moment.levels(self.target, self.whole), 0.0)

    def lived(self, moment: Moment) -> list[FloatArray]:
        """What passes beyond the usual, and what it costs to keep it."""
        usual = moment.values[:, self.whole] - moment.values[:, self.beyond]
        made = [np.maximum(self.left(moment) - usual[:, None, None], 0.0)]
        if self.cost is not None:
            paid = np.zeros_like(made[0])
            for p, mine in moment.pulled([self.lever]).items():
                paid[:, p] = moment.part(mine[self.lever]) * moment.values[:, self.cost, None]
            made.append(paid)
        return made


@dataclass(frozen=True, slots=True)
class Listing:
    """The threats that list a state for what passes, by place, and the value at stake in one, mln USD a year, by position."""

    threats: tuple[int, ...]
    stake: int | None
    facts: tuple[str, ...]

    def lived(self, moment: Moment, passing: Passing | None) -> tuple[FloatArray, FloatArray]:
        """Listings a year, and the value that they put at stake, unprovoked and provoked (K, P, W, 2), means of the years. The
        value falls in proportion to what still passes."""
        which, change = list(self.threats), moment.changes
        shape = len(moment.values), moment.acting.policies, moment.rates.shape[1], 2
        hazard, risk = np.full(shape, np.nan), np.full(shape, np.nan)
        if not which:
            return hazard, risk
        oftener = [change.rate[..., which], change.rate[..., which] * change.provoked[..., which]]
        left = None
        if passing is not None and self.stake is not None:
            today = np.maximum(moment.values[:, passing.whole, None, None], 1e-12)
            left = passing.left(moment) / today * moment.values[:, self.stake, None, None]
        for act, factor in enumerate(oftener):
            hazard[..., act] = factor.mean(axis=2) @ moment.rates[..., which].swapaxes(1, 2)
            if left is not None:
                risk[..., act] = (factor * left[..., None]).mean(axis=2) @ moment.rates[..., which].swapaxes(1, 2)
        return hazard, risk


# --- all of them ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Standing:
    """The outcomes of a case that a future tells: its lines, what lists it for what passes, its savings, its GDP and the charge
    on capital by position, and its people in millions; every outcome by how it is ``told``, and what ``of``."""

    lines: tuple[Line, ...]
    passing: Passing | None
    listing: Listing
    reserve: tuple[str, int] | None
    gdp: int | None
    charge: int | None
    people: float
    told: Mapping[str, str]
    of: Mapping[str, str]

    @property
    def labels(self) -> tuple[tuple[str, str], ...]:
        """Outcome and part of each that is told by year."""
        return tuple(label for line in self.lines for label in line.labels)

    @property
    def names(self) -> tuple[str, ...]:
        """The same, as an axis is labelled."""
        return tuple(".".join(filter(None, label)) for label in self.labels)

    def facts(self, outcome: str) -> tuple[str, ...]:
        """What an outcome rests on, its levers left out."""
        found = [fact for line in self.lines if outcome in {name for name, _ in line.labels} for fact in line.facts]
        if self.told.get(outcome) in ("hazard", "risk"):
            found += self.listing.facts
        return tuple(dict.fromkeys(found))

    def targets(self, outcome: str) -> frozenset[str]:
        """The targets of levers that an outcome is told of: levels, and threats."""
        return frozenset(target for target in self.of.get(outcome, "").split(";") if target)

    def live(self, moment: Moment) -> Stood:
        """Where these futures stand."""
        count, policies = len(moment.values), moment.acting.policies
        last, along = (np.empty((count, policies, len(self.labels))) for _ in range(2))
        at = 0
        for line in self.lines:
            for path in line.lived(moment):
                last[:, :, at], along[:, :, at] = path[..., -1], path.mean(axis=-1)
                at += 1
        hazard, risk = self.listing.lived(moment, self.passing)
        reserve = np.full((count, policies), np.nan)
        if self.reserve is not None:  # what levers add, they add every year
            target, base = self.reserve
            before = moment.values[:, base]
            reserve = before[:, None] + (moment.levels(target, base) - before[:, None, None]).sum(axis=-1)
        gdp = np.full(count, np.nan) if self.gdp is None else moment.values[:, self.gdp]
        charge = np.zeros(count) if self.charge is None else moment.values[:, self.charge]
        costs = moment.acting.costs(moment.values)
        yearly = 1e3 * costs["lever_capex"] * charge[:, None] + costs["lever_opex"]
        return Stood(last, along, hazard, risk, reserve, yearly, gdp)
