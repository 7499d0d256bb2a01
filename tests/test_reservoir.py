"""Water through the seasons, power for water, and the loss of a bottleneck input: laws, closed forms, an independent solver."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from equipoise.errors import InputError
from equipoise.maths.bottleneck import bottleneck_loss, scarcity, second_order_loss
from equipoise.maths.flow import min_cost_flow
from equipoise.maths.reservoir import Moved, move_to_dry, releases, season_balance, swap

VOLUMES = st.floats(0.0, 20.0).map(lambda x: round(x, 3))
SHARES = st.floats(0.0, 1.0)


def seasons(count: int = 2) -> st.SearchStrategy[np.ndarray]:
    """Volumes of three draws over some seasons."""
    return arrays(float, (3, count), elements=VOLUMES)


COLUMN = arrays(float, (3,), elements=VOLUMES)


@given(seasons(3), seasons(3), COLUMN, COLUMN)
def test_no_water_is_made_or_lost(inflow: np.ndarray, need: np.ndarray, room: np.ndarray, start: np.ndarray) -> None:
    """What was there and what came was used, passed, or is stored; what is short is need not met; no store is over full."""
    year = season_balance(inflow, need, room, start)
    out = (year.used + year.unused).sum(axis=1) + year.stored[:, -1]
    np.testing.assert_allclose(start + inflow.sum(axis=1), out, atol=1e-9)
    np.testing.assert_allclose(year.used + year.short, need, atol=1e-9)
    assert (year.stored <= room[:, None] + 1e-9).all()
    assert min(part.min() for part in (year.used, year.short, year.stored, year.unused)) >= -1e-9


@given(seasons(3), seasons(3), COLUMN, COLUMN)
def test_more_room_or_water_never_hurts(
    inflow: np.ndarray, need: np.ndarray, room: np.ndarray, more: np.ndarray
) -> None:
    """A larger reservoir, and a wetter season, leave no more short."""
    short = season_balance(inflow, need, room).shortfall
    assert (season_balance(inflow, need, room + more).shortfall <= short + 1e-9).all()
    wetter = inflow + np.outer(more, [1.0, 0.0, 0.0])
    assert (season_balance(wetter, need, room).shortfall <= short + 1e-9).all()


@given(seasons(3), seasons(3), COLUMN)
def test_no_other_rule_leaves_less_short(inflow: np.ndarray, need: np.ndarray, room: np.ndarray) -> None:
    """Using what is needed and keeping the rest is the best there is: a flow through time, solved independently, agrees."""
    year = season_balance(inflow, need, room)
    for k in range(len(inflow)):  # nodes: water of each season, need of each season
        tail, head = [0, 1, 0, 1, 2], [1, 2, 3, 4, 5]
        limits = [room[k], room[k], np.inf, np.inf, np.inf]
        supply = np.concatenate([inflow[k], -need[k]])
        best = min_cost_flow(tail, head, limits, np.zeros(5), supply)
        assert year.shortfall[k] == pytest.approx(np.abs(best.unmet).sum(), abs=1e-6)


@given(seasons(), seasons(), COLUMN, COLUMN)
def test_releases_keep_the_balance_of_the_reservoir(
    inflow: np.ndarray, target: np.ndarray, room: np.ndarray, start: np.ndarray
) -> None:
    """Level before and inflow are level after and release; no level is above the room or its target; nothing runs uphill."""
    start = np.minimum(start, room)
    year = releases(inflow, target, room, start)
    before = np.column_stack([start, year.level[:, :-1]])
    np.testing.assert_allclose(before + inflow, year.level + year.water, atol=1e-9)
    assert (year.level <= np.minimum(room[:, None], target) + 1e-9).all()
    assert (year.water >= -1e-9).all()


@given(seasons(), seasons(), COLUMN, arrays(float, (3,), elements=SHARES), COLUMN, COLUMN, COLUMN)
def test_each_unit_moved_is_a_unit_less_short(
    inflow: np.ndarray, need: np.ndarray, room: np.ndarray, reaches: np.ndarray, power: np.ndarray, down: np.ndarray,
    space: np.ndarray,
) -> None:  # fmt: skip
    """What is moved to the dry season and arrives is what the shortfall falls by, and no limit is passed."""
    year = season_balance(inflow, need, room)
    moved = move_to_dry(year, reaches, power, down, space)
    arrives = reaches * moved.amount
    after = season_balance(np.maximum(0.0, inflow + np.outer(arrives, [-1.0, 1.0])), need, room)
    np.testing.assert_allclose(year.shortfall - after.shortfall, arrives, atol=1e-6)
    assert (moved.amount <= np.minimum(np.minimum(power, down), space) + 1e-9).all()


@given(seasons(), seasons(), COLUMN, COLUMN)
def test_moving_more_would_help_nobody_unless_power_or_release_ends(
    inflow: np.ndarray, need: np.ndarray, room: np.ndarray, further: np.ndarray
) -> None:
    """Where only the water itself limits the exchange, a further unit moved leaves no less short."""
    year = season_balance(inflow, need, room)
    moved = move_to_dry(year, 1.0, 1e3, 1e3, 1e3).amount
    more = np.minimum(moved + further, inflow[:, 0])
    best, beyond = (
        season_balance(np.maximum(0.0, inflow + np.outer(x, [-1.0, 1.0])), need, room).shortfall for x in (moved, more)
    )
    assert (beyond >= best - 1e-6).all()


def test_the_exchange_by_hand() -> None:
    """11 come in winter, 2 are needed, 7 can be kept: 2 find no use. 4 come in summer, 15 are needed: 4 short. Half arrives."""
    year = season_balance([[11.0, 4.0]] * 5, [[2.0, 15.0]] * 5, 7.0)
    assert (year.unused[0, 0], year.short[0, 1]) == (2.0, 4.0)
    moved = move_to_dry(year, 0.5, [1, 9, 9, 9, 9], [7, 9, 3, 9, 9], [8, 9, 9, 2.5, 9])
    assert moved.amount.tolist() == [1.0, 4.0, 3.0, 2.5, 4.0]
    assert [Moved.NAMES[b] for b in moved.binding] == ["power", "unused", "release", "room", "unused"]


@given(COLUMN, COLUMN, COLUMN, COLUMN, SHARES)
def test_an_exchange_makes_neither_side_worse(
    power: np.ndarray, dear: np.ndarray, cheap: np.ndarray, water: np.ndarray, part: float
) -> None:
    """At every price between the ends both sides gain or break even, and what they gain together is the surplus."""
    deal = swap(power, dear, cheap, water)
    price = deal.least + part * (deal.most - deal.least)
    upstream, downstream = (cheap - price) * power, (price - dear) * power + water
    some = power > 0
    np.testing.assert_allclose((upstream + downstream)[some], deal.surplus[some], atol=1e-6)
    both = some & (deal.surplus >= 0)
    assert (upstream[both] >= -1e-6).all()
    assert (downstream[both] >= -1e-6).all()
    assert ((deal.least > deal.most) == (deal.surplus < 0))[power > 1e-3].all()


@given(SHARES, SHARES, SHARES, st.floats(0.02, 0.9))
def test_the_loss_of_a_bottleneck_is_a_share_and_grows_with_the_cut(
    cost: float, less: float, more: float, sigma: float
) -> None:
    """No cut, no loss; all of it gone, everything gone; in between the loss grows with the cut, and never passes either."""
    left = sorted((less, more))
    lost = bottleneck_loss(cost, [*left, 1.0], sigma)
    assert lost[0] >= lost[1] - 1e-12
    assert lost[2] == 0.0
    assert ((lost >= 0.0) & (lost <= 1.0)).all()


@given(st.floats(0.01, 0.9), st.floats(0.1, 1.0), st.floats(0.02, 0.9))
def test_one_at_a_time_or_many_at_once_is_one_loss(cost: float, left: float, sigma: float) -> None:
    """The formula of the income terms and that of the shared waters are the same."""
    assert scarcity(cost, left, sigma) == pytest.approx(float(bottleneck_loss(cost, left, sigma)), abs=1e-9)


def test_the_loss_of_a_bottleneck_by_hand() -> None:
    """With an elasticity of one half: 1 - 1 / (1 - c + c / x); and the second order agrees where the cut is small."""
    left = np.array([0.5, 0.8, 0.99])
    np.testing.assert_allclose(bottleneck_loss(0.1, left, 0.5), 1.0 - 1.0 / (0.9 + 0.1 / left))
    assert second_order_loss(0.1, 0.99, 0.5) == pytest.approx(bottleneck_loss(0.1, 0.99, 0.5), rel=1e-3)
    assert second_order_loss(0.1, 0.5, 0.05) != pytest.approx(bottleneck_loss(0.1, 0.5, 0.05), rel=0.1)


@pytest.mark.parametrize(
    ("give", "named"),
    [
        (lambda: season_balance([[1.0, -1.0]], [[1.0, 1.0]], 1.0), "inflow"),
        (lambda: season_balance([[1.0, 1.0]], [[1.0]], 1.0), "need"),
        (lambda: season_balance([1.0, 1.0], [1.0, 1.0], 1.0), "inflow"),
        (lambda: season_balance([[1.0, 1.0]], [[1.0, 1.0]], [1.0, 2.0]), "capacity"),
        (lambda: season_balance([[1.0, np.nan]], [[1.0, 1.0]], 1.0), "inflow"),
        (lambda: releases([[1.0, 1.0]], [[1.0]], 1.0, 1.0), "target"),
        (lambda: move_to_dry(season_balance([[1.0]], [[1.0]], 1.0), 1.0, 1.0, 1.0, 1.0), "seasons"),
        (lambda: swap([1.0], [-1.0], [1.0], [1.0]), "dear"),
    ],
)
def test_bad_volumes_are_named(give: object, named: str) -> None:
    """A volume below zero, no number, or of another shape is one error that names it."""
    with pytest.raises(InputError, match=named):
        give()  # type: ignore[operator]
