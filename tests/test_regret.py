"""Robustness measures, fronts and scenario discovery, held to closed forms, laws and small published examples."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from equipoise.errors import InputError
from equipoise.maths.regret import (
    choose_depth,
    expected,
    hypervolume,
    maximum_regret,
    monotone,
    pareto,
    prim,
    quantile_regret,
    quasi_p,
    rank,
    rank_interval,
    regret,
    reproducibility,
    satisficing,
    settled,
    starr,
    tail_mean,
    tree,
    turn,
)  # fmt: skip

figures = st.integers(-50, 50).map(float)
tables = st.tuples(st.integers(1, 5), st.integers(1, 12)).flatmap(lambda shape: arrays(float, shape, elements=figures))
ways = st.sampled_from(["low", "high"])


def critical_load(b: float, q: float = 2.0) -> float:
    """The phosphorus above which a lake turns of itself: the lesser root of x^q / (1 + x^q) = b x (Carpenter et al. 1999)."""
    low, high = 1e-6, 1.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (low, middle) if middle**q / (1 + middle**q) >= b * middle else (middle, high)
    return high


def loads_kept_clean(load: float, b: np.ndarray, years: int = 300) -> np.ndarray:
    """Greatest phosphorus of a lake that takes the same load each year, for each rate b of removal."""
    x = np.zeros_like(b)
    most = x.copy()
    for _ in range(years):
        x = x + load + x**2 / (1 + x**2) - b * x
        most = np.maximum(most, x)
    return most


@given(tables, ways)
def test_regret_is_never_negative_and_some_policy_has_none(outcome, better):
    """In every future one policy has no regret, no policy has less than none, and turning the sign turns the way."""
    found = regret(outcome, better)
    assert (found >= 0).all()
    assert (found.min(axis=0) == 0).all()
    assert np.array_equal(found, regret(-outcome, "high" if better == "low" else "low"))


@given(tables, ways, st.integers(0, 11), figures)
def test_regret_knows_no_level(outcome, better, column, shift):
    """A future that is worse for everybody alike changes no regret."""
    moved = outcome.copy()
    moved[:, column % outcome.shape[1]] += shift
    assert np.array_equal(regret(outcome, better), regret(moved, better))


def test_savage_s_rule_and_the_mean_may_disagree():
    """Two policies in three futures, by hand: the mean takes the first, the greatest regret the second."""
    loss = [[0.0, 1.0, 9.0], [4.0, 4.0, 4.0]]
    assert regret(loss, "low").tolist() == [[0, 0, 5], [4, 3, 0]]
    assert maximum_regret(loss, "low").tolist() == [5, 4]
    assert expected(loss).round(6).tolist() == [3.333333, 4.0]
    assert quantile_regret(loss, "low", level=0.6).tolist() == [0, 3]
    assert quantile_regret(loss, "low", level=1.0).tolist() == [5, 4]


@given(tables, figures, ways)
def test_satisficing_is_a_share_that_grows_with_what_is_tolerated(outcome, threshold, better):
    """The share lies in [0, 1], is 1 where anything is tolerated, and no stricter threshold makes it larger."""
    looser = threshold + (1 if better == "low" else -1)
    strict, loose = satisficing(outcome, threshold, better), satisficing(outcome, looser, better)
    assert ((strict >= 0) & (strict <= loose) & (loose <= 1 + 1e-12)).all()
    assert np.allclose(satisficing(outcome, np.inf if better == "low" else -np.inf, better), 1)


@given(tables, ways, st.floats(0, 0.95))
def test_tail_mean_lies_between_the_mean_and_the_worst(outcome, better, level):
    """At level 0 it is the mean; a higher level is never better; a level near 1 is the worst case."""
    sign = 1 if better == "low" else -1
    here = sign * tail_mean(outcome, better, level)
    assert np.allclose(sign * tail_mean(outcome, better, 0.0), (sign * outcome).mean(axis=1))
    assert (here <= sign * tail_mean(outcome, better, min(0.99, level + 0.04)) + 1e-9).all()
    assert np.allclose(sign * tail_mean(outcome, better, 1 - 1e-9), (sign * outcome).max(axis=1))


@given(tables, ways, st.integers(0, 4))
def test_a_weight_is_so_many_copies_of_a_future(outcome, better, seed):
    """Whole weights say the same as futures that occur so often, in every measure that takes weights."""
    often = np.random.default_rng(seed).integers(1, 4, outcome.shape[1])
    copied = np.repeat(outcome, often, axis=1)
    assert np.allclose(expected(outcome, often), expected(copied))
    assert np.allclose(tail_mean(outcome, better, 0.7, often), tail_mean(copied, better, 0.7))
    assert np.allclose(satisficing(outcome, 3.0, better, often), satisficing(copied, 3.0, better))
    assert np.allclose(quantile_regret(outcome, better, 0.7, often), quantile_regret(copied, better, 0.7))


def test_conditional_value_at_risk_splits_the_future_on_the_edge():
    """The mean of the worst 30 % of four equal futures is (10 · .25 + 3 · .05) / .3, by hand."""
    assert tail_mean([[1.0, 2.0, 3.0, 10.0]], "low", 0.7)[0] == pytest.approx((2.5 + 0.15) / 0.3)


def test_starr_s_domain_is_the_part_of_the_simplex_where_a_policy_is_best():
    """Of three futures, the policy best where the first weighs over one half has a quarter of the simplex."""
    found = starr([[0.0, 2.0, 2.0], [1.0, 1.0, 1.0]], "low", draws=40_000)
    assert found == pytest.approx([0.25, 0.75], abs=0.01)


@given(tables, ways)
def test_starr_s_shares_sum_to_one_and_the_beaten_have_none(outcome, better):
    """Domains share the simplex, and a policy that is worse everywhere has no part in it."""
    beaten = outcome.max(axis=0) + 1 if better == "low" else outcome.min(axis=0) - 1
    shares = starr(np.vstack([outcome, beaten]), better, draws=50)
    assert shares.sum() == pytest.approx(1)
    assert shares[-1] == 0


@given(arrays(float, st.integers(1, 8), elements=figures), ways)
def test_ranks_begin_at_one_and_follow_the_score(score, better):
    """The best has rank 1, equals share a rank, and nobody ranks past the number of policies."""
    found = rank(score, better)
    assert found.min() == 1
    assert found.max() <= len(score)
    assert all((score[i] == score[j]) == (found[i] == found[j]) for i, j in combinations(range(len(score)), 2))


def test_rank_intervals_are_wide_where_futures_decide():
    """Policies told apart by one future in five have uncertain ranks; one that is worse everywhere is last for certain."""
    outcome = np.zeros((3, 50))
    outcome[0, :10], outcome[1], outcome[2] = 4.9, 1.0, 9.0
    found = rank_interval(outcome, lambda table: table.mean(axis=1), "low")
    assert found.value.tolist() == [1, 2, 3]
    assert found.low.tolist() == [1, 1, 3]
    assert found.high.tolist() == [2, 2, 3]


@given(st.integers(1, 9).flatmap(lambda n: arrays(float, (n, 3), elements=st.integers(0, 6).map(float))))
@settings(max_examples=50)
def test_hypervolume_counts_the_cells_that_are_covered(points):
    """On whole coordinates the volume is the number of unit cells below the reference that some point covers."""
    cells = np.stack(np.meshgrid(*[np.arange(6)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    covered = (points[None] <= cells[:, None]).all(axis=2).any(axis=1).sum()
    assert hypervolume(points, [6.0] * 3) == pytest.approx(covered)
    assert hypervolume(points[pareto(points)], [6.0] * 3) == pytest.approx(covered)
    flat = np.unique(cells[:, :2], axis=0)
    assert hypervolume(points[:, :2], [6.0] * 2) == (points[None, :, :2] <= flat[:, None]).all(axis=2).any(axis=1).sum()


@given(st.integers(1, 9).flatmap(lambda n: arrays(float, (n, 3), elements=figures)))
def test_what_the_front_leaves_out_is_beaten_by_the_front(points):
    """Every point off the front is beaten by one on it, none on it by any, and the front is never empty."""
    front = pareto(points)
    assert front.any()
    for point in points[~front]:
        assert ((points[front] <= point).all(axis=1) & (points[front] < point).any(axis=1)).any()


def test_the_lake_turns_at_its_published_point():
    """The critical phosphorus of the lake problem with b = .42, q = 2 is .5445400: a benchmark's closed form."""
    assert critical_load(0.42) == pytest.approx(0.5445400, abs=1e-6)


def test_discovery_finds_where_the_lake_is_lost():
    """A lake under one load is lost below one rate of removal; the box found says that rate, and nothing of a bystander."""
    load = 0.05
    random = np.random.default_rng(3)
    b, bystander = random.uniform(0.1, 0.6, 2000), random.random(2000)
    # kept clean while some x before the turning point satisfies b x - x²/(1 + x²) >= load
    grid = np.linspace(0, 1, 4001)
    edge = next(rate for rate in np.linspace(0.1, 0.6, 501) if (rate * grid - grid**2 / (1 + grid**2)).max() >= load)
    lost = loads_kept_clean(load, b) > [critical_load(rate) if rate < 0.5 else 1.0 for rate in b]
    assert satisficing([(~lost).astype(float)], 1.0, "high")[0] == pytest.approx((0.6 - edge) / 0.5, abs=0.03)
    points = np.column_stack([b, bystander])
    found = prim(points, lost)
    step = found.choose(0.95)
    assert found.limits[step, 0, 1] == pytest.approx(edge, abs=0.02)
    assert not found.restricted[step, 1].any()
    assert found.density[step] > 0.98


def test_a_planted_box_is_found_and_luck_is_told_from_it():
    """Of five dimensions the two of the planted box are limited, where it was planted, with small quasi-p-values."""
    random = np.random.default_rng(1)
    x = random.random((1500, 5))
    wanted = (x[:, 1] > 0.6) & (x[:, 3] < 0.35)
    found = prim(x, wanted)
    step = found.choose(0.9)
    assert np.flatnonzero(found.restricted[step].any(axis=1)).tolist() == [1, 3]
    assert found.limits[step, 1, 0] == pytest.approx(0.6, abs=0.02)
    assert found.limits[step, 3, 1] == pytest.approx(0.35, abs=0.02)
    luck = quasi_p(x, wanted, found, step)
    assert (luck[[1, 3]] < 1e-6).all()
    assert (luck[[0, 2, 4]] == 1).all()
    again = reproducibility(x, wanted, coverage=0.9, resamples=5)
    assert again.share[[1, 3]].tolist() == [1, 1]
    assert again.density[1] > 0.9


def test_an_answer_of_yes_or_no_can_be_a_limit():
    """Where only the yes of a question matters, one limit between no and yes is found, with nothing lost."""
    random = np.random.default_rng(2)
    x = np.column_stack([random.integers(0, 2, 400), random.random(400)])
    found = prim(x, x[:, 0] == 1)
    step = found.choose(1.0)
    assert found.limits[step].tolist()[0] == [0.5, 1.0]
    assert (found.coverage[step], found.density[step]) == (1, 1)


@given(st.integers(0, 10_000), st.sampled_from(["mean", "gain"]))
@settings(max_examples=25, deadline=None)
def test_boxes_keep_their_books(seed, by):
    """Coverage by the share of interest is density by mass at each step; limits describe exactly what is inside; a peeled
    box is inside the last; and naming the dimensions in another order finds the same boxes."""
    random = np.random.default_rng(seed)
    x = np.round(random.random((120, 3)), 2)
    wanted = x[:, 0] + 0.3 * x[:, 1] + 0.2 * random.random(120) > 0.8
    if wanted.all() or not wanted.any():
        return
    found = prim(x, wanted, by=by)
    assert np.allclose(found.coverage * wanted.mean(), found.density * found.mass)
    for step in range(len(found.mass)):
        inside = found.inside(x, step)
        assert inside.mean() == pytest.approx(found.mass[step])
        assert wanted[inside].mean() == pytest.approx(found.density[step])
    assert (np.diff(found.density) >= -1e-12).all()
    assert found.mass.min() >= 0.05


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: regret([[1.0, float("nan")]], "low"), "not finite"),
        (lambda: regret([[1.0]], "smaller"), "low, high"),
        (lambda: regret([1.0, 2.0], "low"), "policies, futures"),
        (lambda: satisficing([[1.0, 2.0]], [1.0, 2.0, 3.0], "low"), "2, one for each future"),
        (lambda: expected([[1.0, 2.0]], [-1.0, 2.0]), "0 or more"),
        (lambda: tail_mean([[1.0]], "low", 1.0), "below 1"),
        (lambda: hypervolume([[1.0] * 4], [2.0] * 4), "2 or 3"),
        (lambda: prim([[1.0], [2.0]], [True, True]), "some, and not all"),
        (lambda: prim([[1.0], [float("inf")]], [True, False]), "finite"),
        (lambda: prim([[1.0], [2.0]], [True, False], peel=0.0), "above 0"),
    ],
)
def test_bad_input_is_one_clear_error(call, says):
    """Each refusal names what is allowed."""
    with pytest.raises(InputError, match=says):
        call()


@given(st.integers(2, 40).flatmap(lambda n: arrays(float, (n, 3), elements=figures)), st.integers(0, 3))
@settings(max_examples=50)
def test_leaves_share_the_space_and_the_outcome(points, depth):
    """Every case lies in one leaf; masses and shares sum to one, means to the mean, and a leaf says its own cases' mean."""
    outcome = (points[:, 0] > points[:, 1]).astype(float)
    found = tree(points, outcome, depth=depth, mass=0.1)
    leaf = found.leaf(points)
    assert len(found.mean) <= 2**depth
    assert found.mass.sum() == pytest.approx(1)
    assert found.mass @ found.mean == pytest.approx(outcome.mean())
    assert found.share.sum() == pytest.approx(float(outcome.any()))
    for i in range(len(found.mean)):
        assert outcome[leaf == i].mean() == pytest.approx(found.mean[i])
        assert (leaf == i).mean() >= 0.1 - 1e-12 or len(found.mean) == 1


@given(st.integers(4, 30).flatmap(lambda n: arrays(float, (n, 2), elements=figures)))
@settings(max_examples=50)
def test_a_tree_s_first_question_is_the_best_one(points):
    """No other cut of either input takes more of the squared error away: tried one by one."""
    outcome = points[:, 0] + 2 * np.abs(points[:, 1])
    found = tree(points, outcome, depth=1, mass=0.01)

    def error(split):
        return sum(((outcome[s] - outcome[s].mean()) ** 2).sum() for s in (split, ~split) if s.any())

    made = error(found.leaf(points) == 0)
    for j in range(2):
        assert all(made <= error(points[:, j] <= cut) + 1e-6 for cut in points[:, j])


def test_a_tree_finds_two_regions_that_no_box_holds():
    """Failures in two corners: each has its own leaf, with the limits that were planted; luck is asked no question."""
    random = np.random.default_rng(5)
    x = random.random((3000, 4))
    fails = (x[:, 0] > 0.7) | ((x[:, 0] <= 0.7) & (x[:, 2] < 0.2))
    assert choose_depth(x, fails) == 2
    found = tree(x, fails, depth=2)
    dense = found.mean > 0.5
    assert found.share[dense].sum() == pytest.approx(1)
    assert found.mean[dense] == pytest.approx(1)
    first = next(i for i in np.flatnonzero(dense) if np.isfinite(found.limits[i, 0, 0]))
    assert found.limits[first, 0, 0] == pytest.approx(0.7, abs=0.01)
    assert choose_depth(x, random.random(3000) > 0.6) == 0


@given(st.lists(figures, min_size=1, max_size=20))
def test_the_monotone_fit_is_monotone_and_keeps_the_mean(values):
    """It rises, has the same mean, changes nothing that rises already, and no step of it moves nearer by moving alone."""
    found = monotone(values)
    assert (np.diff(found) >= 0).all()
    assert found.mean() == pytest.approx(np.mean(values))
    assert monotone(sorted(values)) == pytest.approx(sorted(values))
    for level in np.unique(found):
        assert np.mean(np.asarray(values)[found == level]) == pytest.approx(level)


@given(st.floats(-0.9, 0.9), st.booleans())
@settings(max_examples=30)
def test_a_turn_is_found_where_it_is_and_turned_with_the_sign(where, flip):
    """Of a straight line the turn is its root; the other sign turns the way; without a root there is none."""
    x = np.linspace(-1, 1, 401)
    line = (x - where) * (-1 if flip else 1)
    found = turn(x, line, resamples=20)
    assert found.value == pytest.approx(where, abs=0.005)
    assert found.rising is not flip
    assert found.low <= found.value <= found.high or found.again < 1
    assert turn(x, line + 2, resamples=2) is None


def test_a_turn_in_noise_comes_back_less_often():
    """A clear turn returns in every resample, one that luck made in fewer; equal inputs are one point."""
    random = np.random.default_rng(2)
    x, noise = random.random(300), random.normal(size=300)
    clear = turn(x, x - 0.4 + 0.2 * noise)
    assert clear.again == 1
    assert clear.low < 0.4 < clear.high
    lucky = turn(x, 0.12 + noise * 0.9)
    assert lucky is None or lucky.again < 0.99
    assert turn(np.ones(50), noise[:50]) is None


def test_settled_narrows_with_the_futures():
    """The width of the bootstrap interval of a mean is 3.29 standard errors, and falls with the root of the futures."""
    values = np.random.default_rng(4).normal(size=6400)
    few, many = (settled(n, lambda rows: float(values[rows].mean()), resamples=400) for n in (100, 6400))
    assert few.width == pytest.approx(3.29 * values[:100].std() / 10, rel=0.2)
    assert many.width == pytest.approx(3.29 * values.std() / 80, rel=0.2)
    assert (few.light(1.0), many.light(1.0)) == (0, 2)
    with pytest.raises(InputError, match="futures"):
        settled(1, lambda rows: 0.0)
