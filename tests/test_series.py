"""Scores of forecasts, the usual course of a series and its changes, held to closed forms, laws and known rates."""

from __future__ import annotations

from math import erf, exp, inf, log, pi, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.errors import InputError
from equipoise.maths.series import brier, crps, log_score, reliability, share_interval, skill

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
