"""Hazards and surfaces: random numbers of the published kind, events as often as their rate, states shared and not confused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from equipoise.futures.carriage import Drift
from equipoise.maths.ensemble import hypercube_rows
from equipoise.maths.hazards import closures, paths, philox, states
from equipoise.maths.surface import fit_surface, terms_of

FloatArray = NDArray[np.float64]


@pytest.mark.parametrize(
    ("counter", "key", "words"),
    [
        ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344), (0xA4093822, 0x299F31D0),
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ],
)  # fmt: skip
def test_random_words_are_those_that_were_published(
    counter: tuple[int, ...], key: tuple[int, ...], words: tuple[int, ...]
) -> None:
    """Philox 4x32-10 gives the known answers of its authors."""
    made = philox(*(np.uint64(word) for word in (*counter, *key)))
    assert tuple(int(word) for word in made) == words


def closed_by(
    rate: float, lasting: float, size: float = 1.0, futures: int = 4000, steps: int = 4, **more: float
) -> FloatArray:
    """What one hazard closes in each quarter of ten years (futures, 40), unprovoked."""
    shape = futures, 1, 10, 1
    one, closed = np.ones(shape), np.zeros((futures, 1, 1, 2, 40, 1))
    closures(
        np.arange(futures), 5, np.full((futures, 1, 1), rate), np.full((1, 3), size), np.full((1, 3), lasting),
        one * more.get("often", 1.0), one * more.get("provoked", 1.0), one * more.get("reach", 1.0),
        one * more.get("longer", 1.0), steps, closed,
    )  # fmt: skip
    return np.asarray(closed[:, 0, 0, 1 if "provoked" in more else 0, :, 0])


def test_events_come_as_often_as_their_rate() -> None:
    """Of events that last no longer than a quarter, a share of quarters is hit that is one minus the chance of none."""
    for rate in (0.1, 1.0, 3.0):
        hit = (closed_by(rate, 0.9) > 0).mean()
        assert hit == pytest.approx(1 - np.exp(-rate / 4), abs=0.005)
        assert (closed_by(rate, 0.9, provoked=2.0) > 0).mean() == pytest.approx(1 - np.exp(-rate / 2), abs=0.005)


def test_what_lasts_longer_closes_more_and_never_less() -> None:
    """An event that lasts a quarter and a half closes the next quarter by half; a longer one closes no less anywhere."""
    short, long = closed_by(0.2, 1.5), closed_by(0.2, 1.5, longer=2.0)
    begun = short == 1.0
    alone = begun[:, :-1] & ~begun[:, 1:]
    assert set(np.unique(short[:, 1:][alone])) == {0.5}
    assert (long >= short).all()
    assert (closed_by(0.2, 1.5, size=0.5, reach=0.5) == 0.25 * short).all()


def test_states_are_shared_and_never_confused() -> None:
    """Every quarter of every life points at a state of its own epoch that closes just what is closed then; none stands twice
    beside another in one quarter."""
    random = np.random.default_rng(2)
    closed = np.round(random.random((3, 2, 2, 2, 12, 4)), 1) * (random.random((3, 2, 2, 2, 12, 4)) < 0.2)
    columns, track = np.array([0, 2]), np.array([0, 0])
    epoch = np.repeat(np.arange(9).reshape(3, 3), 4, axis=1)[:, None].repeat(2, axis=1)
    where, last, peace = np.empty((3, 2, 2, 2, 12), np.int64), np.empty((3, 2, 1), np.int64), np.empty(9, np.int64)
    of, starts, shut = states(closed, columns, track, epoch, 1, where, peace, last)
    assert (of[where] == epoch[:, :, None, None]).all()
    assert (shut[where][..., :2] == closed[..., columns]).all()
    assert (of[peace] == np.arange(9)).all()
    assert (shut[peace] == 0).all()
    assert (shut[last, 2] == 1).all()
    assert (np.diff(starts) > 0).all()
    for k in range(3):
        for t in range(12):
            met = np.unique(where[k, :, :, :, t])
            assert len(np.unique(shut[met], axis=0)) == len(met)


def test_a_tank_keeps_what_is_stuck_until_it_is_full() -> None:
    """Four units are stuck for a quarter, a tank takes one of them and gives it back when the way is free; three are lost."""
    shape = 1, 1, 1, 2, 3
    amount = np.broadcast_to([40.0, 24.0, 40.0], shape).copy()
    potential, reference = np.full((1, 1, 3), 40.0), np.full((1, 1), 40.0)
    shipped, loss, released = (np.empty(shape) for _ in range(3))
    nothing, one = np.zeros(shape), np.ones((1, 1, 1, 1))
    line = np.array([[0.5, 0.5, 0.0, 0.0, 0.0]])  # a loss of one per cent for each per cent stuck
    paths(
        4, amount, potential, reference, nothing, 0.0, np.ones((1, 1, 1)), nothing, np.zeros((*shape, 1)), one,
        np.array([-1]), np.array([-1]), line, line[None, None, None], np.zeros((1, 1, 1, 1)), np.zeros((1, 0, 4)), shipped,
        loss, released,
    )  # fmt: skip
    assert shipped[0, 0, 0, 0] == pytest.approx([40.0, 24.0, 44.0])
    assert loss[0, 0, 0, 0] == pytest.approx([0.0, 0.3, 0.0])
    assert released[0, 0, 0, 0] == pytest.approx([0.0, 0.0, 4.0])


def test_a_sea_that_falls_takes_room_and_one_that_rises_gives_none() -> None:
    """Twelve centimetres a year at 0.2 % each take 2.4 % of the room a year; the supply grows by its rate."""
    drift = Drift(np.array([3]), (0,), 1, 2, np.array([], dtype=np.int64))
    values = np.array([[0.2, -12.0, 1.0], [0.2, 5.0, -1.0], [2.0, -60.0, 0.0]])
    assert drift.room(values, 2) == pytest.approx(np.array([[0.976, 0.952], [1.0, 1.0], [0.0, 0.0]]))
    assert drift.supply(values, 2) == pytest.approx(np.array([[1.01, 1.0201], [0.99, 0.9801], [1.0, 1.0]]))


@given(st.integers(0, 700), st.integers(1, 60), st.integers(0, 9))
def test_rows_of_the_design_do_not_hang_on_who_asks(first: int, count: int, seed: int) -> None:
    """Any piece of the endless design is that piece of the whole."""
    assert np.array_equal(hypercube_rows(first, count, 3, seed), hypercube_rows(0, 800, 3, seed)[first : first + count])


def test_each_block_of_the_design_is_a_latin_hypercube() -> None:
    """Every stratum of every figure is met once in each block."""
    rows = hypercube_rows(0, 512, 4, 1)
    for block in (rows[:256], rows[256:]):
        assert (np.sort((block * 256).astype(int), axis=0) == np.arange(256)[:, None]).all()
    assert not np.array_equal(rows[:256], rows[256:])


def test_a_surface_along_one_figure_is_the_surface() -> None:
    """What is left of a surface when all figures but one are fixed has the same values."""
    x = np.random.default_rng(3).random((200, 3))
    y = np.exp(x[:, 0]) * (1 + x[:, 1]) + x[:, 2] ** 3 * x[:, 0]
    surface = fit_surface(x, y, np.zeros(3), np.ones(3), terms_of([3, 2, 3], [1, 1, 1], 4))
    along = surface.along(2, x)
    scaled = 2 * x[:, 2] - 1
    assert (along * scaled[:, None] ** np.arange(4)).sum(axis=1) == pytest.approx(surface.at(x))
    assert np.abs(surface.at(x) - y).max() < 0.02
