"""The screen of one triangle: signs that a good passes through, counted openly, beside goods that nothing happened to.

Each sign is a plain rule, and each rule is asked of ordinary goods as well, so that its false alarms stand beside what
it finds. No sign is proof: incomes rise, distributors leave, prices jump, statistics are revised.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from equipoise.errors import InputError
from equipoise.maths.event_study import EventStudy, event_study
from equipoise.maths.excess import Excess, excess, pass_through
from equipoise.maths.flags import benjamini_hochberg, placebo_p, placebo_p_of_placebos
from equipoise.watch.trade.countries import landlocked
from equipoise.watch.trade.gathering import Legs, Ways

__all__ = ["FLAGS", "LEVEL", "Goods", "Screen", "screen"]

FloatArray = NDArray[np.float64]
Mask = NDArray[np.bool_]
FLAGS = ("rise", "substitution", "pass_through", "unreported", "unit_value", "new_good", "implausible")
"""rise: imports from the origin stand out among ordinary goods; substitution: they make up half of what the origin sells the
target less, or more; pass_through: half of the rise, or more, leaves for the target; unreported: the transit state does
not report 30 % or more of it even when freight is counted kindly, and 20 points more than before; unit_value: the price a
kilogram moved as only 5 % of ordinary goods do; new_good: hardly bought before; implausible: more for its income than any
state of comparison, and three times their median."""
LEVEL, DISCOVERY, ENOUGH = 0.05, 0.10, 3
"""The nominal rate of a single sign, of false discoveries, and the flags from which a good is named."""
FREIGHT, FREIGHT_INLAND = (1.03, 1.10), (1.10, 1.20)
"""Import value with freight and insurance over export value without: Gaulier, Zignago (2010)."""
FLOOR = 100_000.0
"""Dollars a year below which a flow does not matter."""


@dataclass(frozen=True, slots=True)
class Goods:
    """Which products are listed, and which are ordinary, by code or the beginning of one; ``names`` of either, tiers of
    the listed."""

    listed: frozenset[str]
    ordinary: frozenset[str]
    names: Mapping[str, str]
    tiers: Mapping[str, str] = field(default_factory=dict)

    def masks(self, products: tuple[str, ...]) -> tuple[Mask, Mask]:
        """Which of these products are listed, which are ordinary; what is listed is never ordinary."""
        listed = np.array([_begins(product, self.listed) for product in products], dtype=bool)
        plain = np.array([_begins(product, self.ordinary) for product in products], dtype=bool)
        return listed, plain & ~listed

    def name(self, product: str) -> str:
        """The heading of a product in a few words, else its code."""
        found = (self.names[product[:n]] for n in range(len(product), 1, -1) if product[:n] in self.names)
        return next(found, product)


@dataclass(frozen=True, slots=True)
class Screen:
    """What the screen says of k goods: whether each is listed, ordinary, or has no past to be judged by; dollars a year of
    imports from the origin before, after and expected; the score, p and q (nan but for listed goods); ratios and bounds
    (``passed`` (k, lags + 1), nan where a leg is missing); ``flags`` (k, 7), nan where a sign could not be asked;
    the path of listed goods here, and in the states of comparison."""

    state: str
    products: tuple[str, ...]
    listed: Mask
    ordinary: Mask
    no_past: Mask
    before: FloatArray
    after: FloatArray
    expected: FloatArray
    growth: float
    score: FloatArray
    p: FloatArray
    q: FloatArray
    substitution: FloatArray
    passed: FloatArray
    unreported: FloatArray
    flags: FloatArray
    years: tuple[int, ...]
    study: EventStudy | None
    beside: Mapping[str, EventStudy]
    false_alarm: Mapping[str, float]

    @property
    def count(self) -> FloatArray:
        """Flags seen of each good."""
        return np.asarray(np.nansum(self.flags, axis=1))

    @property
    def asked(self) -> NDArray[np.int64]:
        """Signs that could be asked of each good."""
        return np.asarray(np.isfinite(self.flags).sum(axis=1))

    @property
    def named(self) -> Mask:
        """Listed goods with so few false discoveries among them, and so many flags, that they are named."""
        return self.listed & (np.nan_to_num(self.q, nan=1.0) <= DISCOVERY) & (self.count >= ENOUGH)


def screen(
    legs: Legs, ways: Ways, state: str, goods: Goods, *, income: Mapping[str, float] | None = None, floor: float = FLOOR
) -> Screen:
    """Screen one transit state; ``income`` is the GDP of it and of the states of comparison, in any one unit.

    Raises
    ------
    InputError
        No report of what the origin sells to the state, no period before or after the date, or no ordinary good.
    """
    clock = _Clock.of(legs.periods, ways.since)
    listed, plain = goods.masks(legs.products)
    entering = _cut(legs.at("in", state), clock)
    if entering is None:
        entering = _cut(legs.at("mirror", state), clock)
    if entering is None:
        raise InputError(
            f"imports of {state}", found="no report", allowed="a report by the origin or by the state itself"
        )
    leaving = _cut(legs.at("out", state), clock)
    if leaving is None or not np.isfinite(leaving).any():
        leaving = _cut(legs.at("outmirror", state), clock)
    ordinary, no_past = _ordinary(legs, clock, entering, listed, plain)
    inward = excess(entering, clock.year, clock.season, clock.after, ordinary, floor)
    outward = excess(leaving, clock.year, clock.season, clock.after, ordinary, floor) if leaving is not None else None
    score = inward.score if outward is None else np.fmin(inward.score, outward.score)
    score = np.where(no_past, np.nan, score)
    p = np.where(listed, placebo_p(score, score[ordinary]), np.nan)
    measures = _Measures(legs, clock, state, entering, leaving, inward, outward, ordinary, floor)
    flags = measures.flags(no_past, income or {})
    annual = np.stack([np.nansum(entering[:, clock.year == y], axis=1) for y in clock.years], axis=1)
    study = _study(annual, listed & ~no_past, ordinary, clock)
    alarms = _false_alarms(score[ordinary], flags[ordinary])
    return Screen(
        state, legs.products, listed, ordinary, no_past, measures.before, measures.now, measures.expected, inward.growth,
        score, p, benjamini_hochberg(p), measures.substitution, measures.passed, measures.unreported, flags, clock.years,
        study, _studies(legs, clock, listed & ~no_past, ordinary),
        alarms | _time_alarm(entering, clock, listed & ~no_past, ordinary, floor),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Clock:
    """Periods that are used, their years and seasons, and which are after the date. The months of the year of the date that
    lie before it belong to neither side."""

    kept: NDArray[np.int64]
    year: NDArray[np.int64]
    season: NDArray[np.int64]
    after: Mask
    years: tuple[int, ...]

    @classmethod
    def of(cls, periods: tuple[int, ...], since: int) -> _Clock:
        stamp = np.array(periods)
        years, months = stamp // 100, stamp % 100
        after = np.where(months == 0, years >= since // 100 + (since % 100 > 6), stamp >= since)
        kept = np.flatnonzero(after | (years < since // 100) | (months == 0))
        if not len(kept) or after[kept].all() or not after[kept].any():
            raise InputError(
                "--since", found=f"{since // 100}-{since % 100:02d} for data of {stamp.min() // 100} to {stamp.max() // 100}",
                allowed="a month with whole years of data before it, and data after",
            )  # fmt: skip
        return cls(kept, years[kept], months[kept], after[kept], tuple(sorted(set(years[kept].tolist()))))

    @property
    def span(self) -> float:
        """Length of the time after the date, in years."""
        return float(self.after.sum()) / (12.0 if self.season.any() else 1.0)

    @property
    def span_before(self) -> float:
        """Length of the time before the date, in years."""
        return float((~self.after).sum()) / (12.0 if self.season.any() else 1.0)


def _begins(product: str, codes: frozenset[str]) -> bool:
    return product in codes or (product.isdigit() and any(product[:n] in codes for n in (2, 4, 6)))


def _cut(leg: FloatArray | None, clock: _Clock) -> FloatArray | None:
    return None if leg is None else leg[:, clock.kept]


def _ordinary(legs: Legs, clock: _Clock, entering: FloatArray, listed: Mask, plain: Mask) -> tuple[Mask, Mask]:
    """Ordinary goods of like size to the listed ones; and goods without any past on any leg, which a revision may have begun."""
    past = np.zeros(len(legs.products))
    for leg in legs.value.values():
        past += np.nansum(leg[:, clock.kept][:, ~clock.after], axis=1)
    no_past = past <= 0
    base = np.nansum(entering[:, ~clock.after], axis=1)
    telling = base[listed & (base > 0)]
    ordinary = plain & ~no_past & (base > 0)
    if len(telling) >= 5:
        low, high = np.quantile(telling, [0.05, 0.95])
        like = (base >= low / 3.0) & (base <= high * 3.0)
        if (ordinary & like).sum() >= 20:
            ordinary &= like
    if not ordinary.any():
        raise InputError(
            "ordinary goods", found="none that was bought before", allowed="goods that were never restricted, beside the listed",
            remedy="add their rows to the data: chapters 01-21, 30 and 49 stand for them unless the case names others",
        )  # fmt: skip
    return ordinary, no_past


class _Measures:
    """Everything that the signs are judged by."""

    def __init__(
        self, legs: Legs, clock: _Clock, state: str, entering: FloatArray, leaving: FloatArray | None, inward: Excess,
        outward: Excess | None, ordinary: Mask, floor: float,
    ) -> None:  # fmt: skip
        self.legs, self.clock, self.state, self.inward, self.outward = legs, clock, state, inward, outward
        self.ordinary, self.floor = ordinary, floor
        after, span = clock.after, clock.span
        self.before = np.nansum(entering[:, ~after], axis=1) / clock.span_before
        self.now = np.nansum(entering[:, after], axis=1) / span
        self.expected = np.nansum(inward.expected[:, after], axis=1) / span
        self.rise = self.now - self.expected
        self.substitution = self._substitution()
        self.passed = np.full((len(entering), 1), np.nan)
        if leaving is not None and outward is not None:
            came, gone = (np.nan_to_num(leg - of.expected) for leg, of in ((entering, inward), (leaving, outward)))
            self.passed = pass_through(came, gone, 6 if clock.season.any() else 0, after) / span
        self.gap_before, self.unreported = self._gap(~after), self._gap(after)

    def _substitution(self) -> FloatArray:
        """Rise over the fall of what the origin sells the target; nan where that is not reported or did not fall."""
        direct = _cut(self.legs.at("direct"), self.clock)
        nothing = np.full(len(self.rise), np.nan)
        if direct is None:
            return nothing
        seen = excess(direct, self.clock.year, self.clock.season, self.clock.after, self.ordinary, self.floor)
        fall = np.nansum((seen.expected - direct)[:, self.clock.after], axis=1) / self.clock.span
        return np.asarray(np.divide(self.rise, fall, out=nothing, where=fall > self.floor))

    def _gap(self, window: Mask) -> FloatArray:
        """Share that the transit state does not report, with freight counted at its kinder end; nan without both reports."""
        sold, bought = (
            _cut(self.legs.at("in", self.state), self.clock),
            _cut(self.legs.at("mirror", self.state), self.clock),
        )
        nothing = np.full(len(self.rise), np.nan)
        if sold is None or bought is None:
            return nothing
        both = window & np.isfinite(sold).all(axis=0) & np.isfinite(bought).all(axis=0)
        least = (FREIGHT_INLAND if landlocked(self.state) else FREIGHT)[0]
        seen, told = sold[:, both].sum(axis=1), bought[:, both].sum(axis=1) / least
        return np.asarray(np.divide(seen - told, seen, out=nothing, where=seen > self.floor * both.sum() / 12.0))

    def flags(self, no_past: Mask, income: Mapping[str, float]) -> FloatArray:
        """Every sign of every good, in the order of :data:`FLAGS`."""
        own = np.where(self.ordinary, placebo_p_of_others(self.inward.score, self.ordinary), np.nan)
        p_in = np.where(self.ordinary, own, placebo_p(self.inward.score, self.inward.score[self.ordinary]))
        made = np.full((len(self.rise), len(FLAGS)), np.nan)
        made[:, 0] = (p_in <= LEVEL) & (self.inward.ratio > 0)
        made[:, 1] = _where(np.isfinite(self.substitution), self.substitution >= 0.5)
        if np.isfinite(self.passed).any():
            least = self.passed.min(axis=1)
            made[:, 2] = (least >= 0.5 * self.rise) & (least >= self.floor) & (self.rise > 0)
        known = np.isfinite(self.unreported) & np.isfinite(self.gap_before)
        made[:, 3] = _where(known, (self.unreported >= 0.3) & (self.unreported - self.gap_before >= 0.2))
        made[:, 4] = self._unit_value()
        made[:, 5] = (self.before <= 0.05 * self.now) & (self.now >= self.floor)
        made[:, 6] = self._implausible(income)
        made[no_past] = np.nan
        return made

    def _unit_value(self) -> FloatArray:
        """Whether dollars a kilogram moved as far, either way, as only so few ordinary goods do."""
        weight = self.legs.quantity.get(("in", self.state))
        value = self.legs.at("in", self.state)
        nothing = np.full(len(self.rise), np.nan)
        if weight is None or value is None or not np.nansum(weight):
            return nothing
        held, kept = weight[:, self.clock.kept], value[:, self.clock.kept]
        prices = []
        for window in (~self.clock.after, self.clock.after):
            both = (held > 0) & window & np.isfinite(kept)
            dollars, kilos = np.where(both, kept, 0.0).sum(axis=1), np.where(both, held, 0.0).sum(axis=1)
            prices.append(
                np.divide(dollars, kilos, out=nothing.copy(), where=(kilos > 0) & (dollars > self.floor / 10))
            )
        with np.errstate(divide="ignore"):
            change = np.log(prices[1] / prices[0])
        if not np.isfinite(change[self.ordinary]).any():
            return nothing
        size = np.abs(change - np.nanmedian(change[self.ordinary]))
        chance = np.where(self.ordinary, placebo_p_of_others(size, self.ordinary), placebo_p(size, size[self.ordinary]))
        return _where(np.isfinite(size), chance <= LEVEL)

    def _implausible(self, income: Mapping[str, float]) -> FloatArray:
        """Whether a good is bought more for the income than by any state of comparison, which it was not before."""
        beside = [state for kind, state in self.legs.value if kind == "beside" and income.get(state)]
        nothing = np.full(len(self.rise), np.nan)
        if len(beside) < 3 or not income.get(self.state):
            return nothing
        after = self.clock.after
        shares = [
            np.stack([
                np.nansum(self.legs.value["beside", state][:, self.clock.kept][:, window], axis=1) / span / income[state]
                for state in beside
            ])
            for window, span in ((~after, self.clock.span_before), (after, self.clock.span))
        ]  # fmt: skip
        own_before, own = self.before / income[self.state], self.now / income[self.state]
        high = (own > shares[1].max(axis=0)) & (own > 3.0 * np.median(shares[1], axis=0))
        return _where(
            shares[1].max(axis=0) > 0, high & (own_before <= shares[0].max(axis=0)) & (self.now >= self.floor)
        )


def placebo_p_of_others(score: FloatArray, ordinary: Mask) -> FloatArray:
    """p-values of the ordinary goods among the other half of them; nan for the rest."""
    found = np.full(len(score), np.nan)
    found[ordinary] = placebo_p_of_placebos(score[ordinary])
    return found


def _where(known: Mask, seen: Mask) -> FloatArray:
    return np.where(known, seen.astype(float), np.nan)


def _study(annual: FloatArray, listed: Mask, ordinary: Mask, clock: _Clock) -> EventStudy | None:
    """The path of listed goods against ordinary ones by year, against the last year before the date."""
    whole = [y for y in clock.years if not clock.after[clock.year == y].any()]
    if not whole or listed.sum() < 2 or ordinary.sum() < 2:
        return None
    reference, kept = clock.years.index(whole[-1]), listed | ordinary
    if annual[listed, reference].sum() <= 0 or annual[ordinary, reference].sum() <= 0:
        return None
    return event_study(annual[kept], listed[kept], reference, [clock.years.index(y) for y in whole[:-1]])


def _studies(legs: Legs, clock: _Clock, listed: Mask, ordinary: Mask) -> dict[str, EventStudy]:
    """The same path in every state of comparison: what the goods themselves do, wherever they are sold."""
    found = {}
    for (kind, state), leg in legs.value.items():
        if kind == "beside":
            cut = leg[:, clock.kept]
            annual = np.stack([np.nansum(cut[:, clock.year == y], axis=1) for y in clock.years], axis=1)
            study = _study(annual, listed, ordinary, clock)
            if study is not None:
                found[state] = study
    return found


def _false_alarms(score: FloatArray, flags: FloatArray) -> dict[str, float]:
    """What the screen says of ordinary goods: the share with a p-value at the level, by each sign, and with enough of them."""
    p = placebo_p_of_placebos(score)
    found = {"p05": float((p <= LEVEL).mean())}
    for place, flag in enumerate(FLAGS):
        asked = np.isfinite(flags[:, place])
        if asked.any():
            found[flag] = float(flags[asked, place].mean())
    found["three_flags"] = float((np.nansum(flags, axis=1) >= ENOUGH).mean())
    return found


def _time_alarm(entering: FloatArray, clock: _Clock, listed: Mask, ordinary: Mask, floor: float) -> dict[str, float]:
    """The same question a year before anything happened: the share of listed goods that would have been called out."""
    years = sorted(set(clock.year[~clock.after].tolist()))
    if len(years) < 3 or not listed.any():
        return {}
    before = ~clock.after
    early = excess(
        entering[:, before], clock.year[before], clock.season[before], clock.year[before] == years[-1], ordinary, floor
    )
    p = placebo_p(early.score[listed], early.score[ordinary])
    return {"time": float((p <= LEVEL).mean())}
