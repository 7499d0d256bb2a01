"""Advice: levers tried in the same futures, held to cases by hand; what turns it, when to leave a policy, what was promised."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from equipoise.case import Case
from equipoise.futures.effects import effects, together, turns
from equipoise.futures.fare import Outcomes
from equipoise.futures.findings import Drawn, failures, sensitivity
from equipoise.futures.lives import Question, Weighting
from equipoise.futures.pathways import contenders, mixtures, pathways
from equipoise.futures.policies import Levers, Policy, Pull, policies_of
from equipoise.futures.simulate import live, prepare
from equipoise.futures.trials import GROUND, Trial, alike, grounds_of, pairs, trials

FUTURES = 120
WEIGHTINGS = (Weighting("seen", "", (), "seen"), Weighting("east", "", ("RUS",), "seen"))


def question(policies: int) -> Question:
    """So many policies under two weightings."""
    made = tuple(Policy(f"p{i}", f"P{i}", "", (Pull("lever", 2030),)) for i in range(policies))
    return Question("oil", 2025, 2030, made, WEIGHTINGS, (), ("RUS", "CHN"), "RUS", 1)


def came(loss: np.ndarray, mean: np.ndarray | None = None) -> Outcomes:
    """Outcomes from the losses to each power (P, I, K) and the mean losses (P, W, 2, K)."""
    size, _, futures = loss.shape
    nothing = np.zeros((size, futures))
    along = np.zeros((size, 2, 2, futures)) if mean is None else mean
    return Outcomes(
        loss, along, np.zeros_like(along), np.zeros_like(along), nothing, nothing, nothing, nothing,
        nothing,
    )  # fmt: skip


@pytest.fixture(scope="module")
def levers(case: Case) -> Levers:
    """The levers of the bundled case."""
    return Levers(case.settle())


@pytest.fixture(scope="module")
def tried(levers: Levers) -> tuple[list[Policy], list[Trial]]:
    """Every lever of the bundled case on both grounds."""
    return trials(levers, policies_of(levers.case))


def test_a_trial_differs_by_its_lever_and_what_comes_with_it(
    levers: Levers, tried: tuple[list[Policy], list[Trial]]
) -> None:
    """Every lever is tried on both grounds; with it and without it differ by it, by what it needs or by what needs it."""
    every, made = tried
    assert {(trial.lever, trial.ground) for trial in made} == {
        (lever, ground.id) for lever in levers.rows for ground in grounds_of(policies_of(levers.case))
    }
    for trial in made:
        one, other = ({p.lever for p in every[at].pulls} for at in (trial.with_it, trial.without))
        assert one - other == {trial.lever, *trial.beside}
        assert not other - one
        levers.check(every[trial.with_it])
    beside = {(trial.lever, trial.ground): trial.beside for trial in made}
    assert beside["trans_caspian_pipeline", GROUND] == ("eskene_kuryk",)


def test_no_policy_is_lived_through_twice(tried: tuple[list[Policy], list[Trial]]) -> None:
    """Policies that pull the same levers are one; those of the case come first and keep their places."""
    every, made = tried
    assert len({frozenset((p.lever, p.year, p.intensity) for p in one.pulls) for one in every}) == len(every)
    assert {place for trial in made for place in (trial.with_it, trial.without)} <= set(range(len(every)))


def test_a_standing_lever_costs_the_policies_above_it_nothing(
    levers: Levers, tried: tuple[list[Policy], list[Trial]]
) -> None:
    """A variant of a policy pays for the levers that the policy pays for, and for the one that is tried."""
    every, made = tried
    by_ground = {ground.id: ground for ground in grounds_of(policies_of(levers.case))}
    for trial in made:
        ground = by_ground[trial.ground]
        own = {pull.lever for pull in every[trial.with_it].own}
        assert own == {pull.lever for pull in ground.own} | (
            {trial.lever, *trial.beside} - {p.lever for p in ground.pulls}
        )


def test_what_is_lived_through_once_is_the_same_for_all(
    known: Case, levers: Levers, tried: tuple[list[Policy], list[Trial]]
) -> None:
    """Policies taken for alike have the same lives to the last bit; far fewer are lived through than are tried."""
    every, _ = tried
    first = alike(levers, every)
    assert len(set(first)) < 0.8 * len(every)
    assert all(first[place] == place for place in first)
    twins = [place for place, other in enumerate(first) if other != place]
    chosen = sorted({*twins[::3], *(first[place] for place in twins[::3])})
    lives = live(prepare(known, [every[place] for place in chosen], until=2040), 0, 2)
    for place in twins[::3]:
        one, other = chosen.index(place), chosen.index(first[place])
        for name in ("loss", "peace", "closed", "off", "lost", "sold", "path"):
            made = getattr(lives, name)
            assert np.array_equal(made[:, one], made[:, other]), (every[place].id, every[first[place]].id, name)


def test_levers_that_may_need_each_other_are_paired_once(
    levers: Levers, tried: tuple[list[Policy], list[Trial]]
) -> None:
    """A pair holds one that moves nothing alone, both on one commodity, neither pulled already, and can be."""
    _, made = tried
    usual = policies_of(levers.case)[0]
    joint = pairs(levers, usual, made, [trial.lever != "eskene_kuryk" for trial in made])
    assert joint
    assert all(one == "eskene_kuryk" for one, _, _ in joint)
    assert ("eskene_kuryk", "caspian_tankers") in [(one, other) for one, other, _ in joint]
    assert len({frozenset(pair[:2]) for pair in joint}) == len(joint)
    assert "trans_caspian_pipeline" not in [
        other for _, other, _ in joint
    ]  # it needs the other: never tried without it
    for _, _, policy in joint:
        levers.check(policy)


def test_effects_by_hand() -> None:
    """A lever that takes two points of four from one power for 100 mn a year: its change, its price, the regret it removes."""
    loss = np.zeros((2, 2, 5))
    loss[0, 0], loss[1, 0], loss[:, 1] = 4.0, 2.0, 1.0
    mean = np.zeros((2, 2, 2, 5))
    mean[1, 1, 1] = 0.5  # provoked under the second weighting alone
    alone, cost = [Trial("lever", "p0", 1, 0, ())], {"lever": np.full(5, 100.0)}
    found = effects(question(2), ("RUS", "CHN"), came(loss, mean), alone, loss[0].max(axis=0), cost)
    value = {key[0]: value for key, (value, _) in found.items() if key[3] in ("p0", "p0.east")}
    assert value["advice_worst_loss"] == -2
    assert value["advice_price"] == 50
    assert (value["advice_regret_max"], value["advice_regret_90"]) == (2, 2)
    assert (value["advice_loss"], value["advice_provoked"]) == (0.5, 0.5)
    assert value["advice_moved"] == 1
    powers = {key[2]: value for key, (value, _) in found.items() if key[0] == "advice_power_loss"}
    assert powers == {"RUS": -2, "CHN": 0}


def test_what_nobody_published_has_no_price() -> None:
    """A lever without a published cost, or pulled with one, has no yearly cost and no price per point; it is not free."""
    loss = np.stack([np.full((1, 5), 4.0), np.full((1, 5), 2.0)])
    for priced in ("lever", "other"):
        both = [Trial("lever", "p0", 1, 0, ("other",))]
        found = effects(question(2), ("RUS",), came(loss), both, loss[0, 0], {priced: np.full(5, 100.0)})
        assert not {"advice_price", "advice_yearly"} & {key[0] for key in found}


def test_what_moves_nothing_is_told_to_move_nothing() -> None:
    """A lever that only provokes moves nothing, removes no regret, and has no price per point."""
    loss = np.full((2, 1, 5), 3.0)
    mean = np.zeros((2, 2, 2, 5))
    mean[1, :, 1] = 1.0
    alone, cost = [Trial("lever", "p0", 1, 0, ())], {"lever": np.ones(5)}
    found = effects(question(2), ("RUS",), came(loss, mean), alone, loss[0, 0], cost)
    value = {key[0]: value for key, (value, _) in found.items()}
    assert (value["advice_moved"], value["advice_worst_loss"], value["advice_regret_max"]) == (0, 0, 0)
    assert "advice_price" not in value
    assert value["advice_provoked"] == 1


def drawn(seed: int = 3) -> Drawn:
    """An input that matters and a bystander."""
    return Drawn(("a.X.-.-.2025", "b.X.-.-.2025"), np.random.default_rng(seed).random((FUTURES, 2)))


def test_the_input_that_turns_the_advice_is_named_with_its_value() -> None:
    """A lever that helps below three tenths of an input and hurts above is told so, with that input and side."""
    inputs = drawn()
    loss = np.zeros((2, 1, FUTURES))
    loss[0], loss[1] = 2.0, 2.0 + inputs.values[:, 0] - 0.3
    found = turns(question(2), came(loss), [Trial("lever", "p0", 1, 0, ())], inputs)
    ((key, (value, band)),) = ((k, v) for k, v in found.items() if k[0] == "advice_turn")
    assert key[2:4] == ("a.X.-.-.2025", "p0.worst_loss.at_most")
    assert value == pytest.approx(0.3, abs=0.02)
    assert band is not None
    assert band[0] <= value <= band[1]


def test_a_lever_that_always_helps_is_turned_by_nothing() -> None:
    """No turn is told where the sign is one throughout."""
    inputs = drawn()
    loss = np.zeros((2, 1, FUTURES))
    loss[0], loss[1] = 2.0, 1.0 + 0.5 * inputs.values[:, 0]
    assert not turns(question(2), came(loss), [Trial("lever", "p0", 1, 0, ())], inputs)


def test_provocation_that_undoes_a_gain_is_a_part_of_it() -> None:
    """A gain of one that provocation turns into a loss of one is gone at half of it."""
    mean = np.zeros((2, 2, 2, FUTURES))
    mean[1, 1, 0], mean[1, 1, 1] = -1.0, 1.0
    found = turns(question(2), came(np.ones((2, 1, FUTURES)), mean), [Trial("lever", "p0", 1, 0, ())], drawn())
    assert found["advice_break_even", "lever", "", "p0.east", "2026/2030"][0] == pytest.approx(0.5)


def test_levers_change_places_where_their_effects_cross() -> None:
    """Of two levers the one that does less overtakes the other past the input at which they are equal."""
    inputs = drawn()
    loss = np.full((3, 1, FUTURES), 5.0)
    loss[1] -= 1.0
    loss[2] -= 0.5 + inputs.values[:, 0]
    found = turns(question(3), came(loss), [Trial("one", "p0", 1, 0, ()), Trial("two", "p0", 2, 0, ())], inputs)
    ((key, (value, _)),) = ((k, v) for k, v in found.items() if k[0] == "advice_overtaken")
    assert set(key[1:3]) == {"one", "two"}
    assert value == pytest.approx(0.5, abs=0.03)


def test_levers_that_need_each_other_do_more_together() -> None:
    """What two do beyond the sum of each is told; of two that add up nothing is."""
    base, one, other = 5.0, 0.0, -1.0
    loss = np.array([base, base + one, base + other])[:, None, None] * np.ones((1, 1, 4))
    made = [Trial("one", "p0", 1, 0, ()), Trial("other", "p0", 2, 0, ())]
    joint = [("one", "other", Policy("both", "", "", ()))]
    for change, told in ((-3.0, -2.0), (-1.0, None)):
        pair = came(np.full((1, 1, 4), base + change))
        found = together(question(3), came(loss), made, joint, pair)
        assert [value for value, _ in found.values()] == ([] if told is None else [told])


def test_a_policy_is_left_where_another_becomes_better() -> None:
    """Two policies that cross along an input: the point, the side, and who is left for whom."""
    inputs = drawn()
    mean = np.zeros((2, 2, 2, FUTURES))
    mean[0, :, 1], mean[1, :, 1] = 1.0, 2.0 * inputs.values[:, 0]
    mean[1, 1, 1] += 0.3  # so that each is best by something
    mean[1, 0, 1] -= 0.3
    found = pathways(question(2), came(np.ones((2, 1, FUTURES)), mean), inputs)
    value, _ = found["policy_turn", "p0", "p1", "east.at_least.a.X.-.-.2025", "2026/2030"]
    assert value == pytest.approx(0.35, abs=0.02)


@given(arrays(float, (4, 2), elements=st.integers(-5, 5).map(float)))
@settings(max_examples=60)
def test_mixtures_are_exact(means: np.ndarray) -> None:
    """On either side of each weight told the policy left and the one taken have the least mean; elsewhere nobody changes."""
    mean = np.zeros((4, 2, 2, 3))
    mean[:, :, 1] = means[:, :, None]
    found = mixtures(question(4), came(np.ones((4, 1, 3)), mean), {"RUS": 0.4})
    steps = {key[1:3]: value for key, (value, _) in found.items() if key[0] == "policy_mixture"}
    for (one, other), weight in steps.items():
        at = (1 - weight) * means[:, 0] + weight * means[:, 1]
        assert at[int(one[1])] == pytest.approx(at.min(), abs=1e-9)
        assert at[int(other[1])] == pytest.approx(at.min(), abs=1e-9)
    grid = np.linspace(0, 1, 501)
    best = ((1 - grid) * means[:, :1] + grid * means[:, 1:]).min(axis=0)
    bends = int((np.abs(np.diff(best, 2)) > 1e-9).sum())
    assert bends <= 2 * len(steps)  # a bend between two points of the grid shows at both
    rates = [value for key, (value, _) in found.items() if key[0] == "policy_episodes"]
    assert rates == pytest.approx([0.4 * weight for weight in steps.values()])


def test_nobody_leaves_for_a_policy_that_is_best_by_nothing() -> None:
    """Contenders are best by the largest regret or under some weighting; one that is beaten everywhere is none."""
    mean = np.zeros((3, 2, 2, 4))
    mean[0, 1, 1], mean[1, 0, 1], mean[2, :, 1] = 1.0, 1.0, 0.5
    loss = np.array([1.0, 2.0, 3.0])[:, None, None] * np.ones((1, 1, 4))
    assert contenders(came(loss, mean)) == [0, 1]


def test_the_tree_tells_regions_and_the_light_says_whether_they_are_settled() -> None:
    """Failures planted above seven tenths of an input are told by box and tree; the driver is named, with a green light."""
    inputs = Drawn(("a.X.-.-.2025", "b.X.-.-.2025"), np.random.default_rng(3).random((1200, 2)))
    loss = inputs.values[None, None, :, 0].copy()
    found = failures(question(1), came(loss), 0.7, inputs)
    limits = {key[0]: (key[2], key[3], value) for key, (value, _) in found.items() if key[0].endswith("_limit")}
    assert limits["failure_leaf_limit"][:2] == ("a.X.-.-.2025", "1.at_least")
    assert limits["failure_leaf_limit"][2] == pytest.approx(0.7, abs=0.01)
    assert limits["failure_limit"][:2] == ("a.X.-.-.2025", "at_least")
    assert found["failure_leaf_density", "p0", "", "1", "2030+1y"][0] == pytest.approx(1)
    driven = sensitivity(question(1), came(loss), inputs)
    assert driven["future_sensitivity", "p0", "a.X.-.-.2025", "worst_loss", "2030+1y"][0] == pytest.approx(1)
    assert driven["future_light", "p0", "", "worst_loss", "2030+1y"][0] == 2


def test_a_red_light_where_luck_would_do() -> None:
    """A driver of a few hundred noisy futures is told with a light that is not green."""
    random = np.random.default_rng(3)
    inputs = Drawn(("a.X.-.-.2025",), random.random((120, 1)))
    loss = (inputs.values[:, 0] + 0.5 * random.normal(size=120))[None, None]
    driven = sensitivity(question(1), came(loss), inputs)
    assert driven["future_light", "p0", "", "worst_loss", "2030+1y"][0] < 2
