"""Concentration, designs, bands, and how figures are printed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.brief.numbers import amount, in_words
from equipoise.errors import InputError
from equipoise.maths.concentration import effective_number, folded_interval, hhi, share_bounds
from equipoise.maths.ensemble import bands, group_share, latin_hypercube, quantile_band, rank_correlation, spread

sizes = st.lists(st.floats(0.1, 1e6), min_size=1, max_size=12)


def test_a_choice_explains_what_it_moves_and_no_more() -> None:
    """A choice that decides everything explains all of it; one that decides nothing about none, however many groups."""
    chance = np.random.default_rng(3)
    groups = chance.integers(0, 9, 400)
    assert group_share(groups, groups * 2.0) == pytest.approx(1.0)
    assert group_share(groups, chance.normal(size=400)) < 0.05
    half = groups + chance.normal(0, groups.std(), 400)
    assert group_share(groups, half) == pytest.approx(0.5, abs=0.08)


@given(sizes)
def test_concentration_lies_between_equal_and_one(values: list[float]) -> None:
    """The index is 1/n for equal partners, 1 for a single one, and never outside; its inverse counts partners."""
    share = np.array(values) / sum(values)
    assert 1 / len(values) - 1e-9 <= hhi(share) <= 1 + 1e-9
    assert effective_number(share) == pytest.approx(1 / hhi(share))
    assert hhi(np.full(4, 0.25)) == 0.25


@given(st.lists(st.tuples(st.floats(0.1, 10), st.floats(0, 5), st.floats(0, 5)), min_size=2, max_size=8))
def test_share_bounds_hold_every_choice_within_the_ranges(rows: list[tuple[float, float, float]]) -> None:
    """Whatever values the ranges allow, each share lies within its bounds."""
    value = np.array([row[0] for row in rows])
    low, high = np.maximum(value - [row[1] for row in rows], 0.01), value + [row[2] for row in rows]
    least, share, most = share_bounds(low, value, high)
    assert share.sum() == pytest.approx(1)
    for weight in (0.0, 0.3, 1.0):
        chosen = low + weight * (high - low)
        assert (chosen / chosen.sum() <= most + 1e-9).all()
        assert (chosen / chosen.sum() >= least - 1e-9).all()


@given(st.floats(-3, 3), st.floats(0.05, 1))
def test_a_distance_is_never_negative(difference: float, deviation: float) -> None:
    """The band of a distance lies above nothing and is in order."""
    low, high = folded_interval(difference, deviation)
    assert 0 <= low <= high


@given(st.integers(2, 40), st.integers(1, 6), st.integers(0, 99))
def test_latin_hypercube_visits_every_stratum_once(draws: int, dimensions: int, seed: int) -> None:
    """Each dimension is cut into as many strata as there are draws, and each is drawn from once; same seed, same bits."""
    design = latin_hypercube(draws, dimensions, seed)
    for column in design.T:
        assert sorted((column * draws).astype(int).tolist()) == list(range(draws))
    assert (design == latin_hypercube(draws, dimensions, seed)).all()


def test_bands_are_quantiles_and_leave_out_what_is_rare() -> None:
    """A name that came out of fewer than half of the draws has no band."""
    draws = [{"often": float(i), **({"rare": 1.0} if i < 4 else {})} for i in range(11)]
    found = bands(draws)
    assert set(found) == {"often"}
    assert found["often"] == tuple(float(end) for end in quantile_band(np.arange(11.0)))


@given(st.integers(0, 50))
def test_rank_correlation_is_that_of_scipy(seed: int) -> None:
    """Spearman's coefficient, ties included, is the one that scipy computes."""
    from scipy.stats import spearmanr

    random = np.random.default_rng(seed)
    inputs, outcome = random.integers(0, 6, (30, 3)).astype(float), random.integers(0, 9, 30).astype(float)
    expected = [spearmanr(column, outcome).statistic for column in inputs.T]
    assert rank_correlation(inputs, outcome).tolist() == pytest.approx(expected, abs=1e-12)


def doubled(rows: np.ndarray) -> list[float]:
    """A function that other processes can find."""
    return [float(2 * row.sum()) for row in rows]


def test_work_spread_over_processes_is_the_same_work() -> None:
    """Two workers return what one does, in the same order."""
    design = latin_hypercube(23, 3, 1)
    assert spread(doubled, design, workers=2) == spread(doubled, design)


def test_no_draws_is_an_error() -> None:
    """A design of nothing says what is allowed."""
    with pytest.raises(InputError, match="1 or more"):
        latin_hypercube(0, 3, 1)


@given(st.floats(-1e9, 1e9).filter(lambda x: abs(x) > 1e-5))
def test_two_digits_are_printed_and_no_more(value: float) -> None:
    """A modelled figure is printed within 5 % of itself, or 0.5 % above a hundred, and never as -0."""
    text = amount(value)
    if "<" not in text and ">" not in text:
        printed = float(text.replace(",", "").replace("−", "-"))
        assert abs(printed - value) <= (0.0051 if abs(value) >= 100 else 0.051) * abs(value)
        assert text not in ("-0", "−0", "−0.0")


def test_a_range_that_rounds_to_the_figure_is_not_printed() -> None:
    """Nothing is gained by 11 (11-11)."""
    assert in_words(11.1, 11.09, 11.11, "Mt/y") == ("11.1", "")
    assert in_words(11.1, 11.0, 11.2, "Mt/y") == ("11.1", "11.0–11.2")  # two digits would hide the band
    assert in_words(9.98, 9.9, 10.3, "Mt/y") == ("9.98", "9.90–10.3")
    assert in_words(-0.2, -0.5, 0.4, "% GDP/y") == ("−0.20", "−0.50 to 0.40")
