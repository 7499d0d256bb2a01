"""When a threat pays and when it works: closed forms, an independent program, the laws of quantal response."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equipoise.errors import InputError
from equipoise.maths.crisis import agent_response, break_even_refusal, break_even_stake, crisis_game, patience

FIGURE = st.floats(0.05, 8.0)
CHANCE = st.floats(0.05, 1.0)

CENTIPEDE = (
    [-1, 0, 0, 2, 2, 4, 4, 6, 6],
    [0, -1, 1, -1, 0, -1, 1, -1, -1],
    [[0, 0], [0.4, 0.1], [0, 0], [0.2, 0.8], [0, 0], [1.6, 0.4], [0, 0], [0.8, 3.2], [6.4, 1.6]],
)
"""The four-move centipede game that McKelvey and Palfrey (1998) fit, payoffs in dollars."""
TAKES = {
    0.5: (0.373594227844, 0.385072806311, 0.375572530055, 0.689974481128),
    1.0: (0.296256574931, 0.464883649345, 0.277980285577, 0.832018385125),
    2.0: (0.236192965530, 0.761576823554, 0.376298744167, 0.960834277202),
    5.0: (0.492704224792, 0.981847187875, 0.851436105832, 0.999664649870),
}
"""Its logit agent quantal response by another program, which follows a path (pygambit 16.7.0): the chance of taking at
the two nodes of player 1, then at those of player 2."""
GAMBIT_CRISIS = {
    0.5: (0.622976041043, 0.468790626626, 0.579417734733),
    1.0: (0.755301896255, 0.437823499115, 0.630038561638),
    2.0: (0.915612077613, 0.377540668784, 0.655382670122),
    5.0: (0.793276414090, 0.222700138825, 0.249225436509),
}
"""The crisis of stake 2, refusal 1, cost 0.5, loss 3, chance 0.5, reputation 1, audience 0.25, by the same program: the chance
to demand, to carry out, to concede."""


def test_break_evens_are_their_closed_forms() -> None:
    """B* is (w + a)/q and R* is v Pr, at the figure and at both ends of the ranges."""
    stake = break_even_stake([0.25, 1.0], (0.6, 0.3, 0.7), (0.0, 0.0, 0.6))
    assert stake.value.tolist() == [2.4, 0.6]
    assert stake.low.tolist() == [1.2, 0.3]
    assert stake.high.tolist() == pytest.approx([5.2, 1.3])
    refusal = break_even_refusal([0.0, 0.5], (20.0, 16.0, 24.0))
    assert (refusal.value[1], refusal.low[1], refusal.high[1], refusal.high[0]) == (10.0, 8.0, 12.0, 0.0)


@given(cost=FIGURE, more=FIGURE, q=CHANCE, less=CHANCE)
def test_a_costlier_or_less_certain_threat_needs_a_larger_stake(
    cost: float, more: float, q: float, less: float
) -> None:
    """The break-even stake rises with the cost and with the reputation at risk, and falls with the chance."""
    plain = break_even_stake([q, q * less], (cost, cost, cost + more), (0.0, 0.0, more))
    assert plain.value[1] >= plain.value[0]
    assert (plain.low <= plain.value).all()
    assert (plain.high >= plain.value + more).all()


@given(gain=FIGURE, loss=FIGURE)
def test_patience_is_where_breaking_a_promise_is_worth_nothing(gain: float, loss: float) -> None:
    """At the least patience one gain now weighs as much as the losses of all years after."""
    delta = float(patience(gain, loss))
    assert gain == pytest.approx(loss * delta / (1.0 - delta))
    assert 0.0 < delta < 1.0


def test_quantal_response_of_a_published_game_is_that_of_another_program() -> None:
    """The centipede game of McKelvey and Palfrey along the path, to nine digits."""
    chosen, reached = agent_response(*CENTIPEDE, list(TAKES))
    np.testing.assert_allclose(chosen[:, [1, 5, 3, 7]], list(TAKES.values()), atol=1e-9)
    np.testing.assert_allclose(reached[:, [1, 3, 5, 7, 8]].sum(axis=1), 1.0)


def test_the_crisis_is_that_of_another_program() -> None:
    """The three moves of the crisis along the path, to nine digits."""
    game = crisis_game(2.0, 1.0, 0.5, 3.0, list(GAMBIT_CRISIS), chance=0.5, reputation=1.0, audience=0.25)
    mine = np.stack([game.demand, game.carry_out, 1.0 - game.refuse], axis=1)
    np.testing.assert_allclose(mine, list(GAMBIT_CRISIS.values()), atol=1e-9)


@given(stake=FIGURE, refusal=FIGURE, cost=FIGURE, loss=FIGURE, q=CHANCE, lam=st.floats(0.01, 5.0))
def test_the_crisis_is_the_logit_recursion_written_out(
    stake: float, refusal: float, cost: float, loss: float, q: float, lam: float
) -> None:
    """Three logistic steps from the last move to the first; the ends of the game sum to one."""

    def logit(gain: float) -> float:
        return 1.0 / (1.0 + np.exp(-lam * gain))

    carry = logit(q * stake - cost)
    concede = logit(-refusal + carry * (loss + q * refusal))
    demand = logit(concede * stake + (1.0 - concede) * carry * (q * stake - cost))
    game = crisis_game(stake, refusal, cost, loss, [lam], chance=q)
    assert game.carry_out[0] == pytest.approx(carry)
    assert game.refuse[0] == pytest.approx(1.0 - concede)
    assert game.demand[0] == pytest.approx(demand)
    assert game.status_quo[0] + game.concession[0] + game.closure[0] + game.retreat[0] == pytest.approx(1.0)


@given(stake=FIGURE, refusal=FIGURE, cost=FIGURE, loss=FIGURE, q=CHANCE)
@settings(max_examples=200)
def test_both_ends_of_the_path(stake: float, refusal: float, cost: float, loss: float, q: float) -> None:
    """Without rationality every move is a throw of a coin; with all of it the equilibrium perfect in every subgame."""
    gain = q * stake - cost
    carried = gain > 0
    concede = -refusal > (-loss - q * refusal if carried else 0.0)
    margins = (gain, refusal - loss - q * refusal)
    game = crisis_game(stake, refusal, cost, loss, [0.0, 1e6], chance=q)
    assert [game.demand[0], game.refuse[0], game.carry_out[0]] == [0.5, 0.5, 0.5]
    if min(abs(margin) for margin in margins) < 1e-3:
        return
    worth = stake if concede else max(gain, 0.0)
    assert game.carry_out[1] == pytest.approx(float(carried))
    assert game.refuse[1] == pytest.approx(1.0 - float(concede))
    if worth > 1e-3:
        assert game.demand[1] == pytest.approx(1.0)


@given(refusal=FIGURE, cost=FIGURE, loss=FIGURE, lam=st.floats(0.1, 4.0), q=CHANCE)
def test_a_threat_is_carried_out_more_often_than_not_above_the_break_even_stake(
    refusal: float, cost: float, loss: float, lam: float, q: float
) -> None:
    """The break-even stake is where the sender's last move is a throw of a coin, at every rationality."""
    at = float(break_even_stake([q], (cost, cost, cost)).value[0])
    odds = [crisis_game(at * k, refusal, cost, loss, [lam], chance=q).carry_out[0] for k in (0.9, 1.0, 1.1)]
    assert odds[0] < 0.5 < odds[2]
    assert odds[1] == pytest.approx(0.5)


@given(stake=FIGURE, refusal=FIGURE, cost=FIGURE, loss=FIGURE, lam=st.floats(0.05, 3.0))
def test_what_a_bypass_and_a_cost_to_the_sender_change(
    stake: float, refusal: float, cost: float, loss: float, lam: float
) -> None:
    """A smaller loss is refused more often; a costlier closure is carried out less often, and so is refused more often."""
    plain = crisis_game(stake, refusal, cost, loss, [lam])
    bypass = crisis_game(stake, refusal, cost, 0.8 * loss, [lam])
    dearer = crisis_game(stake, refusal, 1.2 * cost, loss, [lam])
    assert bypass.refuse[0] >= plain.refuse[0]
    assert bypass.carry_out[0] == plain.carry_out[0]
    assert dearer.carry_out[0] <= plain.carry_out[0]
    assert dearer.refuse[0] >= plain.refuse[0]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: break_even_stake([0.0], (1, 1, 1)), "above 0 to 1"),
        (lambda: break_even_stake([0.5], (1, 2, 3)), "low <= value <= high"),
        (lambda: break_even_stake([0.5], (1, 1, 1), (0, -1, 0)), "reputation"),
        (lambda: break_even_refusal([1.2], (1, 1, 1)), "0 to 1"),
        (lambda: patience(-1.0, 1.0), "0 or more"),
        (lambda: patience(0.0, 0.0), "not both 0"),
        (lambda: agent_response([0, 0], [0, -1], [[0.0], [1.0]], [1.0]), "earlier node"),
        (lambda: agent_response([-1, 0, 0], [1, -1, -1], [[0.0]] * 3, [1.0]), "a player at every move"),
        (lambda: crisis_game(1, 1, 1, 1, [-1.0]), "rationality"),
        (lambda: crisis_game(float("nan"), 1, 1, 1, [1.0]), "not finite"),
    ],
)
def test_what_cannot_be_asked_is_one_clear_error(call: object, said: str) -> None:
    """A chance that is none, a range without its value, a tree that is none: named, with what is allowed."""
    with pytest.raises(InputError, match=said):
        call()  # type: ignore[operator]
