"""The laws of dividing a joint loss, and the game solved by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.errors import InputError
from equipoise.maths.coalition import banzhaf, interaction, multilinear, owen, shapley

HAND = np.array([0, 2900, 600, 3800, 600, 3800, 600, 3800], dtype=float)
"""v of the hand-computed case, players R, C, T in bits 0, 1, 2."""


@st.composite
def games(draw: st.DrawFn) -> np.ndarray:
    """v(S) of up to five players, nothing lost when nobody leaves."""
    players = draw(st.integers(1, 5))
    values = draw(st.lists(st.integers(-50, 50), min_size=2**players - 1, max_size=2**players - 1))
    return np.array([0, *values], dtype=float)


def test_hand_computed_case() -> None:
    """Shapley divides 3800 into 3100, 350, 350; who backs up whom has the sign that it must."""
    assert shapley(HAND).tolist() == pytest.approx([3100, 350, 350], abs=1e-9)
    pairs = interaction(HAND)
    assert pairs[0].tolist() == [0, 300, 300]
    assert pairs[1, 2] == -600


@given(games())
def test_shapley_divides_the_whole(v: np.ndarray) -> None:
    """The shares sum to the loss that all cause together."""
    assert shapley(v).sum() == pytest.approx(v[-1], abs=1e-9)


@given(games(), st.integers(-20, 20))
def test_a_player_who_adds_the_same_everywhere_gets_that(v: np.ndarray, adds: int) -> None:
    """A dummy gets what it adds, and the others what they would get without it."""
    grown = np.concatenate([v, v + adds])
    parts = shapley(grown)
    assert parts[-1] == pytest.approx(adds, abs=1e-9)
    assert parts[:-1].tolist() == pytest.approx(shapley(v).tolist(), abs=1e-9)


@given(games(), st.data())
def test_names_do_not_matter(v: np.ndarray, data: st.DataObject) -> None:
    """Players renamed, their shares go with them."""
    players = int(np.log2(len(v)))
    order = data.draw(st.permutations(range(players)))
    renamed = np.array([v[sum(1 << order[i] for i in range(players) if mask >> i & 1)] for mask in range(len(v))])
    assert shapley(renamed).tolist() == pytest.approx([shapley(v)[order[i]] for i in range(players)], abs=1e-9)


@given(games(), st.data())
def test_owen_sums_within_unions(v: np.ndarray, data: st.DataObject) -> None:
    """The channels of a power sum to what the power gets when it acts as one; every player alone is Shapley."""
    players = int(np.log2(len(v)))
    unions = data.draw(st.lists(st.integers(0, 2), min_size=players, max_size=players))
    parts = owen(v, unions)
    labels = sorted(set(unions))
    quotient = np.array([
        v[sum(1 << i for i in range(players) if mask >> labels.index(unions[i]) & 1)] for mask in range(2 ** len(labels))
    ])  # fmt: skip
    for label, whole in zip(labels, shapley(quotient), strict=True):
        assert sum(part for part, union in zip(parts, unions, strict=True) if union == label) == pytest.approx(
            whole, abs=1e-9
        )
    assert owen(v, range(players)).tolist() == pytest.approx(shapley(v).tolist(), abs=1e-9)


@given(games())
def test_multilinear_extension_holds_the_corners(v: np.ndarray) -> None:
    """Nobody, everybody, and each coalition for certain give the loss of that coalition; Banzhaf is its slope halfway."""
    players = int(np.log2(len(v)))
    for mask in range(len(v)):
        assert multilinear(v, [mask >> i & 1 for i in range(players)]) == pytest.approx(v[mask], abs=1e-9)
    for player in range(players):
        up, down = ([0.5 if i != player else end for i in range(players)] for end in (1.0, 0.0))
        assert banzhaf(v)[player] == pytest.approx(multilinear(v, up) - multilinear(v, down), abs=1e-9)


@pytest.mark.parametrize("wrong", [[0, 1, 2], [0, float("nan")], [1, 2]])
def test_a_game_that_is_none_is_an_error(wrong: list[float]) -> None:
    """The length is a power of two, the figures are numbers, and nobody leaving loses nothing."""
    with pytest.raises(InputError):
        shapley(wrong)
