"""Rates of rare things told together, and the regression of pairs: laws, closed forms, independent results."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, special, stats

from equipoise.errors import InputError
from equipoise.maths.dyadic import auc, dyadic_covariance, logit
from equipoise.maths.rates import event_rate, pooled_rates

RECORDS = st.lists(
    st.integers(0, 30).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=2, max_size=12
)


def test_pooled_rates_are_those_of_the_hierarchy_integrated_anew() -> None:
    """Posterior means equal those of scipy's Beta-Binomial integrated over another, finer grid."""
    k, n = np.array([0, 0, 1, 3, 9]), np.array([20, 23, 23, 10, 23])
    odds, logs = np.linspace(-10.5, 4.5, 901), np.linspace(np.log(0.5), np.log(1e5), 301)
    m, s = np.meshgrid(special.expit(odds), np.exp(logs))
    told = sum(stats.betabinom.logpmf(x, y, m * s, (1 - m) * s) for x, y in zip(k, n, strict=True))
    weight = np.exp(told - told.max()) * np.sqrt(m * (1 - m)) / np.sqrt(s)
    weight[[0, -1]] /= 2
    weight[:, [0, -1]] /= 2
    weight /= weight.sum()
    expected = [(weight * (m * s + x) / (s + y)).sum() for x, y in zip(k, n, strict=True)]
    found = pooled_rates(k, n, draws=0)
    assert found.mean == pytest.approx(expected, rel=2e-3)
    assert found.common == pytest.approx((weight * m).sum(), rel=2e-3)


@settings(max_examples=10)
@given(RECORDS)
def test_more_events_never_mean_a_lower_rate(record: list[tuple[int, int]]) -> None:
    """Among units with as many trials, more events mean a higher rate; the order of the units does not matter."""
    k, n = (np.array(x) for x in zip(*record, strict=True))
    found = pooled_rates(k, n, draws=0).mean
    assert ((found > 0) & (found < 1)).all()
    assert pooled_rates(k[::-1], n[::-1], draws=0).mean[::-1] == pytest.approx(found)
    for trials in np.unique(n):
        of = sorted(zip(k[n == trials], found[n == trials], strict=True))
        assert all(one[1] <= two[1] + 1e-12 for one, two in pairwise(of))


def test_many_trials_speak_for_themselves() -> None:
    """With a long record of its own the others tell a unit nothing: the Jeffreys interval of the binomial is left."""
    found = pooled_rates([300, 2], [1000, 20], draws=8000)
    low, high = stats.beta.ppf([0.05, 0.95], 300.5, 700.5)
    assert found.mean[0] == pytest.approx(0.3, abs=0.003)
    assert (found.low[0], found.high[0]) == pytest.approx((low, high), abs=0.006)


def test_the_rate_of_a_poisson_process_has_its_gamma_posterior() -> None:
    """Mean and quantiles are those of scipy's gamma law, from none to many events."""
    for events, years in ((0, 7.7), (1, 34.0), (13, 23.0), (90, 3.0)):
        expected = stats.gamma.ppf([0.05, 0.95], events + 0.5) / years
        value, low, high = event_rate(events, years)
        assert value == pytest.approx((events + 0.5) / years)
        assert (low, high) == pytest.approx(tuple(expected), rel=1e-9)


def test_bad_records_are_refused() -> None:
    """More events than trials, broken counts, no units, no years: one clear error each."""
    for count, trials in (([2], [1]), ([0.5], [2]), ([], []), ([1, 1], [2]), ([-1], [2]), ([np.nan], [2])):
        with pytest.raises(InputError):
            pooled_rates(count, trials)
    for events, years in ((-1, 2.0), (1, 0.0), (1.5, 2.0)):
        with pytest.raises(InputError):
            event_rate(events, years)  # type: ignore[arg-type]


def sample(rows: int = 400, units: int = 12) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    """Variables, outcomes and the two units of each row, with shocks that units carry into all their pairs."""
    random = np.random.default_rng(3)
    x = random.normal(size=(rows, 3))
    one = random.integers(0, units, rows)
    other = (one + random.integers(1, units, rows)) % units
    shock = random.normal(size=units)
    chance = special.expit(x[:, 0] - 1.5 + shock[one] + shock[other])
    return x, (random.random(rows) < chance).astype(float), one, other


def test_the_penalised_logit_is_at_the_top_of_its_likelihood() -> None:
    """Slopes equal those that scipy finds by climbing the likelihood with Jeffreys' penalty; as many are foretold as came."""
    x, y, *_ = sample()
    z = np.column_stack([np.ones(len(x)), (x - x.mean(axis=0)) / x.std(axis=0)])

    def loss(beta: np.ndarray) -> float:  # type: ignore[type-arg]
        p = special.expit(z @ beta)
        volume = np.linalg.slogdet((z * (p * (1 - p))[:, None]).T @ z)[1]
        return -float(special.xlogy(y, p).sum() + special.xlogy(1 - y, 1 - p).sum() + 0.5 * volume)

    top = optimize.minimize(loss, np.zeros(4), method="BFGS", options={"gtol": 1e-8}).x
    fit = logit(x, y)
    assert fit.coefficients[1:] == pytest.approx(top[1:], abs=1e-4)
    assert fit.probability(x).sum() == pytest.approx(y.sum())


def test_units_of_measure_and_a_near_start_do_not_matter() -> None:
    """Scaled and shifted variables, and a start near the answer, give the same chances."""
    x, y, *_ = sample()
    fit = logit(x, y)
    assert logit(1000.0 * x - 7.0, y).probability(1000.0 * x - 7.0) == pytest.approx(fit.probability(x), abs=1e-5)
    near = replace(fit, coefficients=fit.coefficients + 0.1)
    assert logit(x, y, near).probability(x) == pytest.approx(fit.probability(x), abs=1e-5)


def test_a_variable_that_tells_all_apart_stays_finite() -> None:
    """Where every event has the variable and no other row has it, the estimate is large and finite."""
    x = np.repeat([[0.0], [1.0]], [40, 4], axis=0)
    fit = logit(x, x[:, 0])
    assert 0.5 < fit.coefficients[1] < 5
    without, having = fit.probability([[0.0], [1.0]])
    assert 0 < without < 0.1
    assert 0.7 < having < 1


def test_dyadic_errors_are_the_sum_over_all_rows_that_share_a_unit() -> None:
    """The covariance equals the definition: scores multiplied for every two rows with a unit in common, by brute force."""
    x, y, one, other = sample(1500, 40)
    fit = logit(x, y)
    score = fit.design(x) * (y - fit.probability(x))[:, None]
    share = (one[:, None] == one) | (one[:, None] == other) | (other[:, None] == one) | (other[:, None] == other)
    brute = fit.covariance @ (score.T @ share @ score) @ fit.covariance
    found = dyadic_covariance(fit, x, y, one, other)
    assert np.linalg.eigvalsh(found - brute).min() > -1e-12  # never less: see the docstring
    assert found[0, 0] == pytest.approx(brute[0, 0], rel=0.02)
    assert np.sqrt(found[0, 0]) > 1.3 * np.sqrt(fit.covariance[0, 0])  # the shocks of units are in it


def test_the_order_of_a_pair_does_not_matter() -> None:
    """Rows told from the other side have the same errors; a unit with itself is refused."""
    x, y, one, other = sample()
    fit = logit(x, y)
    turned = np.where(np.arange(len(one)) % 2 == 0, one, other), np.where(np.arange(len(one)) % 2 == 0, other, one)
    assert dyadic_covariance(fit, x, y, *turned) == pytest.approx(dyadic_covariance(fit, x, y, one, other))
    with pytest.raises(InputError):
        dyadic_covariance(fit, x, y, one, one)


def test_bad_regressions_are_refused() -> None:
    """An event that never came, a constant or repeated variable, a missing figure: one clear error each."""
    x, y, *_ = sample()
    for variables, outcome in (
        (x, 0 * y),
        (x * [1, 0, 1], y),
        (np.column_stack([x, x[:, 0]]), y),
        (x + np.nan, y),
        (x, y[1:]),
    ):
        with pytest.raises(InputError):
            logit(variables, outcome)


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=2, max_size=30))
def test_ranking_is_the_share_of_pairs_in_the_right_order(told: list[tuple[int, bool]]) -> None:
    """The share of right orders over all cases with and without an event, ties counted as halves."""
    p, y = np.array([t[0] for t in told]) / 6, np.array([t[1] for t in told])
    if y.all() or not y.any():
        with pytest.raises(InputError):
            auc(p, y)
        return
    above = p[y][:, None] - p[~y]
    assert auc(p, y) == pytest.approx(((above > 0) + 0.5 * (above == 0)).mean())
