"""Scores of forecasts, the usual course of a series and its changes, held to closed forms, laws and known rates."""

from __future__ import annotations

from itertools import pairwise
from math import erf, exp, inf, log, pi, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equipoise.errors import InputError
from equipoise.maths.series import (
    alarms,
    brier,
    calibrate,
    change_points,
    count_interval,
    crps,
    dispersion,
    log_score,
    normal_scores,
    reliability,
    season_index,
    share_interval,
    skill,
    stationary_blocks,
    without_seasons,
)

chances = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=40)
few_figures = st.lists(st.integers(-20, 20).map(float), min_size=1, max_size=9)


@given(st.floats(0.02, 0.98), st.floats(0.02, 0.98))
def test_no_score_is_bettered_by_saying_what_one_does_not_believe(belief, said):
    """Brier and logarithmic scores are proper: one's own belief has the least expected loss."""
    for score in (brier, log_score):
        both = score([belief, belief, said, said], [True, False, True, False])
        honest, other = belief * both[0] + (1 - belief) * both[1], belief * both[2] + (1 - belief) * both[3]
        assert honest <= other + 1e-12


@given(chances, st.integers(1, 12))
def test_the_parts_of_the_brier_score_add_up(pairs, bins):
    """Reliability less resolution plus uncertainty is the Brier score of each forecast told as the mean of its bin."""
    p, y = np.array([pair[0] for pair in pairs]), np.array([pair[1] for pair in pairs], dtype=float)
    found = reliability(p, y, bins)
    place = np.minimum((p * bins).astype(int), bins - 1)
    told = np.array([p[place == own].mean() for own in place])
    assert found.reliability - found.resolution + found.uncertainty == pytest.approx(brier(told, y).mean(), abs=1e-12)
    assert found.count.sum() == len(pairs)
    assert (found.low <= found.frequency + 1e-12).all()
    assert (found.frequency <= found.high + 1e-12).all()


@given(few_figures, st.integers(-20, 20).map(float))
def test_the_ranked_score_is_the_area_between_two_steps(draws, value):
    """It equals the integral of the squared distance of the two distribution functions, by its own definition."""
    edges = np.unique([*draws, value])
    steps = np.array([np.mean(np.asarray(draws) <= left) - (value <= left) for left in edges[:-1]])
    assert crps([draws], [value])[0] == pytest.approx(float(np.diff(edges) @ steps**2), abs=1e-9)


@given(few_figures, st.integers(-20, 20).map(float))
def test_quantiles_at_the_middle_levels_are_draws(draws, value):
    """Twice the mean quantile loss at the levels (i − ½)/m is the ranked score of the draws."""
    ordered = np.sort(draws)
    level = (np.arange(len(draws)) + 0.5) / len(draws)
    loss = np.where(value < ordered, 1 - level, level) * np.abs(value - ordered)
    assert crps([draws], [value])[0] == pytest.approx(2 * loss.mean(), abs=1e-9)


def test_the_ranked_score_of_the_normal_law_is_its_closed_form():
    """Normal quantiles in great number score what Gneiting and Raftery's formula says; one draw scores its error."""
    from statistics import NormalDist

    quantiles = [NormalDist(1.0, 2.0).inv_cdf((i + 0.5) / 4000) for i in range(4000)]
    for value in (-3.0, 1.0, 2.5):
        z = (value - 1.0) / 2.0
        closed = 2.0 * (z * erf(z / sqrt(2)) + 2 * exp(-z * z / 2) / sqrt(2 * pi) - 1 / sqrt(pi))
        assert crps([quantiles], [value])[0] == pytest.approx(closed, rel=2e-4)
    assert crps([[4.0]], [1.5]).tolist() == [2.5]


def test_fair_scores_do_not_punish_few_draws():
    """Over many drawn ensembles the fair score of three draws is that of the law itself; the plain one is greater."""
    random = np.random.default_rng(3)
    draws, value = random.normal(size=(60_000, 3)), random.normal(size=60_000)
    law = 1 / sqrt(pi)  # E|X - y| - E|X - X'| / 2 of the standard normal law for itself
    assert crps(draws, value, fair=True).mean() == pytest.approx(law, abs=0.01)
    assert crps(draws, value).mean() == pytest.approx(law * (1 + 1 / 3), abs=0.01)


def test_an_impossible_event_that_came_costs_everything():
    """The logarithmic score of a certainty that failed is infinite, and skill refuses to average it."""
    assert log_score([0.0, 1.0], [True, True]).tolist() == [inf, 0.0]
    assert log_score([0.25], [True])[0] == pytest.approx(log(4))
    with pytest.raises(InputError, match="infinite"):
        skill(log_score([0.0], [True]), [1.0])


def test_the_interval_of_skill_covers_it_and_widens_with_what_hangs_together():
    """At least 85 of 100 intervals of 90 % hold the true skill of independent scores; runs of equal scores need long blocks."""
    random = np.random.default_rng(5)
    held = 0
    for seed in range(100):
        reference = random.exponential(size=150)
        _, low, high = skill(reference * random.uniform(0.2, 1.0, 150), reference, resamples=400, seed=seed)
        held += low <= 0.4 <= high
    assert 82 <= held <= 99
    runs = np.repeat(random.exponential(size=20), 10)
    single, whole = (skill(runs, np.ones(200), block=block) for block in (1, 10))
    assert whole[2] - whole[1] > 2 * (single[2] - single[1])
    assert skill(runs, np.ones(200), block=10) == whole


def test_skill_ends_where_it_must():
    """1 without any loss, 0 for the reference itself, below 0 for worse; a reference that never loses is refused."""
    reference = np.array([0.5, 1.0, 0.2])
    assert skill(np.zeros(3), reference) == (1.0, 1.0, 1.0)
    assert skill(reference, reference) == (0.0, 0.0, 0.0)
    assert skill(2 * reference, reference)[2] < 0
    for bad in ({"score": [0.1], "reference": [0.0]}, {"score": [-1.0], "reference": [1.0]},
                {"score": [1.0], "reference": [1.0], "block": 2}):  # fmt: skip
        with pytest.raises(InputError):
            skill(**bad)


@given(st.integers(0, 60), st.integers(0, 60))
def test_a_share_lies_in_its_interval_and_one_of_nothing_is_unknown(came, missed):
    """Wilson's interval holds the share, keeps to [0, 1], and says nothing where nothing was tried."""
    low, high = share_interval([came], [came + missed])
    share = came / (came + missed) if came + missed else 0.5
    assert 0 <= low[0] <= share + 1e-12
    assert share - 1e-12 <= high[0] <= 1
    assert came + missed or (low[0], high[0]) == (0, 1)


@pytest.mark.parametrize("work", [
    lambda: brier([1.2], [True]), lambda: brier([0.5], [2]), lambda: brier([0.5, 0.5], [1]), lambda: brier([np.nan], [1]),
    lambda: crps([[]], [1.0]), lambda: crps([[np.nan]], [1.0]), lambda: crps([[1.0]], [1.0], fair=True),
    lambda: reliability([], []), lambda: reliability([0.5], [1], bins=0), lambda: share_interval([3], [2]),
])  # fmt: skip
def test_forecasts_that_are_none_are_refused(work):
    """A chance beyond 1, an outcome that is no outcome, a missing figure: one clear error each."""
    with pytest.raises(InputError):
        work()


def cost_of(y, law, size):
    """Least minus twice the log-likelihood of one level, from the law itself, less what no partition changes."""
    s, n = float(sum(y)), len(y)
    if law == "normal":
        return float(sum((value - s / n) ** 2 for value in y))
    if s == 0:
        return 0.0
    level = s / n
    if law == "poisson":
        return -2 * (s * log(level) - n * level)
    return -2 * (s * log(level / (size + level)) + size * n * log(size / (size + level)))


def best_of_all(y, law, size, penalty, minimum):
    """The least cost over every partition there is."""
    ends = {0: -penalty}
    for u in range(minimum, len(y) + 1):
        options = [ends[p] + cost_of(y[p:u], law, size) + penalty for p in ends if u - p >= minimum]
        ends |= {u: min(options)} if options else {}
    return ends[len(y)]


@settings(max_examples=60)
@given(st.lists(st.integers(0, 9), min_size=3, max_size=24), st.sampled_from(["normal", "poisson", "negative_binomial"]),
       st.sampled_from([0.5, 3.0, 9.0]), st.integers(1, 3))  # fmt: skip
def test_no_partition_is_better_than_the_one_found(y, law, penalty, minimum):
    """Giving places up loses nothing: the cost is the least over every partition, for every law."""
    found = change_points(y, law=law, size=1.5, penalty=penalty, minimum=minimum)
    assert found.cost == pytest.approx(best_of_all(y, law, 1.5, penalty, minimum), abs=1e-8)
    edges = [0, *found.points, len(y)]
    parts = [y[a:b] for a, b in pairwise(edges)]
    assert min(map(len, parts)) >= minimum
    told = sum(cost_of(part, law, 1.5) for part in parts) + penalty * (len(parts) - 1)
    assert told == pytest.approx(found.cost, abs=1e-8)


@settings(max_examples=40)
@given(
    st.lists(st.integers(0, 9), min_size=8, max_size=30), st.sampled_from(["normal", "poisson", "negative_binomial"])
)
def test_alarms_are_the_last_changes_of_the_best_partitions(y, law):
    """Day by day, with a window as long as the series, an alarm is the newest change of the best partition so far."""
    told, barrier = [], 0
    for day in range(len(y)):
        points = change_points(y[: day + 1], law=law, size=1.5, penalty=6.0, minimum=2).points
        if len(points) and points[-1] >= barrier:
            told.append((day, points[-1]))
            barrier = day + 1
    found = alarms(y, 6.0, law=law, size=1.5, minimum=2, window=60)
    assert list(zip(found.day, found.change, strict=True)) == told


@given(st.lists(st.integers(0, 30), min_size=6, max_size=40), st.lists(st.integers(0, 39), max_size=6))
def test_missing_days_are_left_out_and_never_zero(y, holes):
    """A series with holes is cut as the same series without them, and nowhere in a hole."""
    gappy = np.array(y, dtype=float)
    gappy[[hole for hole in holes if hole < len(y)]] = np.nan
    kept = np.flatnonzero(np.isfinite(gappy))
    whole = change_points(gappy[kept], law="poisson", penalty=4.0)
    holed = change_points(gappy, law="poisson", penalty=4.0)
    assert holed.points.tolist() == kept[whole.points].tolist()
    assert holed.cost == pytest.approx(whole.cost)


@given(st.lists(st.integers(0, 12), min_size=4, max_size=30), st.floats(0.2, 5.0))
def test_coverage_and_level_are_each_other_s_measure(y, times):
    """With so many times the exposure everywhere the cuts are the same and every level that much lower."""
    once, more = (change_points(y, law="poisson", exposure=[e] * len(y), penalty=3.0) for e in (1.0, times))
    assert more.points.tolist() == once.points.tolist()
    assert more.level == pytest.approx(once.level / times)


def test_a_negative_binomial_of_great_size_is_poisson():
    """The counts that vary no more than Poisson's are cut as Poisson's; those that do are cut less readily."""
    y = np.random.default_rng(2).negative_binomial(0.5, 0.5 / 3.5, 400)
    poisson = change_points(y, law="poisson").points
    assert change_points(y, law="negative_binomial", size=1e9).points.tolist() == poisson.tolist()
    assert len(change_points(y, law="negative_binomial", size=dispersion(y)[1]).points) < len(poisson) / 5


def test_the_size_of_counts_is_found_again():
    """Moments of many draws give back the level and the size; Poisson counts have a size beyond any that matters."""
    random = np.random.default_rng(4)
    exposure = random.uniform(0.5, 2.0, 40_000)
    y = random.negative_binomial(2.0 * exposure, 2.0 / 5.0)
    level, size = dispersion(y, exposure)
    assert level == pytest.approx(3.0, rel=0.03)
    assert size == pytest.approx(2.0, rel=0.05)
    assert dispersion(random.poisson(3.0, 40_000))[1] > 50


def test_an_alarm_is_known_from_its_own_day_alone():
    """What comes after an alarm changes neither its day nor its date: cutting the series off behind it leaves it as it was."""
    random = np.random.default_rng(6)
    y = np.concatenate([random.normal(size=150), random.normal(3.0, 1.0, 40), random.normal(size=110)])
    every = alarms(y, 25.0)
    assert len(every.day) == 2
    assert (every.change <= every.day).all()
    assert np.abs(every.change - [150, 190]).max() <= 2
    for k, day in enumerate(every.day):
        short = alarms(y[: day + 1], 25.0)
        assert short.day.tolist() == every.day[: k + 1].tolist()
        assert short.after.tolist() == every.after[: k + 1].tolist()
        assert len(alarms(y[:day], 25.0).day) == k


def test_the_rate_that_was_asked_for_is_the_rate_there_is():
    """The penalty found on one set of empty series raises on another as many alarms as asked for."""
    random = np.random.default_rng(8)
    rate = 1 / 400
    found = calibrate(random.normal(size=(40, 1000)), rate)
    again = sum(len(alarms(y, found.penalty).day) for y in random.normal(size=(40, 1000)))
    assert found.low <= rate <= found.high * 1.05
    assert 60 <= again <= 145  # 100 expected; the penalty itself is known to a tenth of that
    counts = random.negative_binomial(1.0, 0.25, (40, 1000))
    fewer = calibrate(counts, rate, law="negative_binomial", size=1.0)
    assert 0.6 * rate < fewer.rate <= rate


def test_scores_know_neither_scale_nor_outlier():
    """Any rising change of the values leaves the scores as they are, and those of the reference look normal."""
    random = np.random.default_rng(9)
    y = random.normal(size=2000)
    scores = normal_scores(y, y)
    assert normal_scores(np.exp(3 * y), np.exp(3 * y)) == pytest.approx(scores)
    assert scores.std() == pytest.approx(1.0, abs=0.01)
    assert normal_scores([1e12], y)[0] < 4
    with pytest.raises(InputError, match="30"):
        normal_scores(y, y[:29])


def test_a_week_and_a_year_are_taken_out():
    """A wave of a year and quiet Sundays leave nothing behind; learnt in the reference they are taken out beyond it."""
    day = np.arange(18_000, 19_500)
    y = 2.0 * np.sin(2 * np.pi * day / 365.2425) + 1.5 * (((day + 3) % 7) == 6)
    left = without_seasons(y, day, day < 18_731)
    assert np.abs(left).max() < 1e-6


def test_days_that_hang_together_are_drawn_together():
    """Blocks drawn at random keep what neighbouring days have in common; single days lose it."""
    random = np.random.default_rng(10)
    y = np.zeros(20_000)
    for t in range(1, len(y)):
        y[t] = 0.5 * y[t - 1] + random.normal()
    in_blocks, alone = (y[stationary_blocks(len(y), 20_000, 1, block, 1)[0]] for block in (25.0, 1.0))
    assert np.corrcoef(in_blocks[1:], in_blocks[:-1])[0, 1] == pytest.approx(0.5 * (1 - 1 / 25), abs=0.04)
    assert abs(np.corrcoef(alone[1:], alone[:-1])[0, 1]) < 0.03


@given(st.lists(st.integers(0, 20), min_size=14, max_size=60))
def test_seasons_of_counts_add_up_to_what_came(y):
    """Counts expected by the season's index are those of each group, but for the one usual event added to each."""
    group = np.arange(len(y)) % 7
    index = season_index(y, np.ones(len(y)), group, np.ones(len(y), dtype=bool))
    usual = np.mean(y)
    for g in range(7):
        came, due = np.sum(np.array(y)[group == g]), usual * (group == g).sum()
        assert index[group == g][0] == pytest.approx((came + 1) / (due + 1))


@pytest.mark.parametrize(("count", "low", "high"), [(0, 0.0, 2.996), (1, 0.0513, 4.744), (10, 5.425, 16.962)])
def test_the_interval_of_a_count_is_the_exact_one(count, low, high):
    """Garwood's limits as the chi-squared tables give them; none for nothing but the upper."""
    assert count_interval(count) == pytest.approx((low, high), abs=2e-3)


@pytest.mark.parametrize("work", [
    lambda: change_points([-1.0], law="poisson"), lambda: change_points([1.0], law="cauchy"),
    lambda: change_points([1.0], exposure=[-1.0], law="poisson"), lambda: change_points([1.0], minimum=0),
    lambda: change_points([[1.0]]), lambda: alarms([1.0], -1.0), lambda: alarms([1.0], 1.0, window=1),
    lambda: calibrate([1.0], 0.1), lambda: calibrate([[1.0]], 2.0), lambda: count_interval(-1),
])  # fmt: skip
def test_series_that_are_none_are_refused(work):
    """A negative count, an unknown law, a penalty below nothing: one clear error each."""
    with pytest.raises(InputError):
        work()
