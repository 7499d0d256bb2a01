"""Hazards and surfaces: random numbers of the published kind, events as often as their rate, states shared and not confused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from equipoise.futures.carriage import Drift
from equipoise.maths.ensemble import hypercube_rows
from equipoise.maths.hazards import Closed, closures, paths, philox
from equipoise.maths.spans import Ground, meet, rooms, spans
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


def listed(closed: FloatArray) -> Closed:
    """What is closed in each cell (..., J) as a list of what is."""
    flat = closed.reshape(-1, closed.shape[-1])
    cell, hazard = np.nonzero(flat)
    start = np.searchsorted(cell, np.arange(len(flat) + 1))
    return Closed(start.astype(np.int64), hazard.astype(np.int16), flat[cell, hazard])


def spread_out(closed: Closed, shape: tuple[int, ...]) -> FloatArray:
    """The same as a table (..., J)."""
    made = np.zeros(shape)
    cell = np.repeat(np.arange(len(closed.start) - 1), np.diff(closed.start))
    made.reshape(-1, shape[-1])[cell, closed.hazard] = closed.share
    return made


def closed_by(
    rate: float, lasting: float, size: float = 1.0, futures: int = 4000, steps: int = 4, **more: float
) -> FloatArray:
    """What one hazard closes in each quarter of ten years (futures, 40), unprovoked."""
    one = np.ones((futures, 1, 10, 1))
    closed = closures(
        np.arange(futures), 5, np.full((futures, 1, 1), rate), np.full((1, 3), size), np.full((1, 3), lasting),
        one * more.get("often", 1.0), one * more.get("provoked", 1.0), one * more.get("reach", 1.0),
        one * more.get("longer", 1.0), steps, 40,
    )  # fmt: skip
    return spread_out(closed, (futures, 2, 40, 1))[:, 1 if "provoked" in more else 0, :, 0]


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


def ground_of(random: np.random.Generator, arcs: int, track: NDArray[np.int64]) -> Ground:
    """Two arcs to a part, one limit an arc; of four threats the first closes two arcs, the third and a power what they hold."""
    return Ground(
        np.arange(arcs), np.zeros(arcs, dtype=bool), np.array([1]), np.arange(arcs) == 2, np.array([0, -1, 1, -1]),
        np.array([0, 1, 2, 3, 4, 5]), np.array([0, 2, 4, 6]), np.array([-1, 0, 1]), 1, np.arange(arcs),
        np.arange(0, arcs + 1, 2), np.arange(arcs) // 2, track, 4,
    )  # fmt: skip


def test_states_are_shared_and_never_confused() -> None:
    """Every quarter of every life points at a state of its own span that closes just what is closed then; none stands twice
    in a span; each begins after that which it is likened to."""
    random = np.random.default_rng(2)
    closed = np.round(random.random((3, 2, 2, 2, 12, 4)), 1) * (random.random((3, 2, 2, 2, 12, 4)) < 0.2)
    ground = ground_of(random, 6, np.array([0, 0]))
    span = np.repeat(np.arange(9).reshape(3, 3), 4, axis=1)[:, None].repeat(2, axis=1)
    states = meet(ground, listed(closed), span, 2)
    shut = np.zeros((len(states.span), 3))
    shut[np.repeat(np.arange(len(shut)), np.diff(states.first)), states.column] = states.share
    assert (states.span[states.where] == span[:, :, None, None]).all()
    assert (shut[states.where][..., :2] == closed[..., [0, 2]]).all()
    assert (states.span[states.peace] == span).all()
    assert (shut[states.peace] == 0).all()
    assert (shut[states.last, 2] == 1).all()
    assert (shut[states.starts[:-1]] == 0).all()
    busy = shut[:, 2] == 0
    assert (
        len(np.unique(np.column_stack([states.span, shut])[busy], axis=0)) == busy.sum() - 2
    )  # today's are of no span
    number = np.arange(len(states.span)) - np.repeat(states.starts[:-1], np.diff(states.starts))
    for before in (states.calm, states.past):
        assert ((before >= -1) & (before < number)).all()
    for s in np.flatnonzero(states.calm >= 0):
        calm = s - number[s] + states.calm[s]
        assert states.span[calm] == states.span[s]
        assert states.first[calm] == states.first[calm + 1]


def test_room_is_what_is_left_of_the_narrowest_part() -> None:
    """In every state the room of an arc is what works, drift, closures and the cargo of others leave of its narrowest part."""
    random = np.random.default_rng(3)
    futures, policies, years, arcs = 4, 2, 3, 6
    ground = ground_of(random, arcs, np.array([0, 1]))
    room, addition = random.random((futures, arcs)) + 1.0, random.random((futures, 2, arcs))
    stands = np.cumsum(random.random((futures, policies, 4 * years, 2)) < 0.05, axis=2).clip(0, 1).astype(float)
    rail, drift = random.random((futures, policies, years)), 0.5 + random.random((futures, years, arcs))
    bound, left = random.random((futures, arcs)) + 1.0, random.random((futures, 2, arcs))
    others, usual = random.random((futures, 3)) * 0.5, random.random((futures, 3))
    span, base, edge = np.empty((futures, policies, 4 * years), np.int64), *np.empty((2, 96, arcs))
    count = spans(ground, room, addition, stands, np.ones((futures, years)), rail, drift, bound, span, base, edge)
    assert count == span.max() + 1
    closed = random.random((futures, policies, 2, 2, 4 * years, 4)) * (
        random.random((futures, policies, 2, 2, 4 * years, 4)) < 0.2
    )
    states = meet(ground, listed(closed), span, 2)
    high, fits = np.empty((len(states.span), 3)), np.empty(len(states.span), dtype=bool)
    rooms(ground, states, left, room, base, edge, bound, others, usual, 1e-9, high, fits)
    for k, p, w, on, t in np.ndindex(closed.shape[:5]):
        capacity = room[k] + (stands[k, p, t][:, None] * addition[k]).sum(axis=0)
        capacity[1] *= rail[k, p, t // 4]
        capacity *= drift[k, t // 4]
        hit = np.zeros((2, arcs))
        hit[0, :2], hit[1, 2:4] = 1.0, 1.0 - left[k, 0, 2:4]
        shut = (1.0 - closed[k, p, w, on, t, [0, 2], None] * hit).prod(axis=0)
        capacity[2] = usual[k, 1] if shut[2] < 1 else capacity[2]
        narrowest = (capacity * shut).reshape(3, 2).min(axis=1)
        state = states.where[k, p, w, on, t]
        assert fits[state] == (others[k] <= narrowest + 1e-9).all()
        limit = (bound[k] * drift[k, t // 4]).reshape(3, 2).min(axis=1)
        free = np.minimum(np.maximum(narrowest - others[k], 0.0), limit)
        assert high[state] == pytest.approx(free if fits[state] else narrowest)
    assert 0 < fits.sum() < len(fits)


def test_a_tank_keeps_what_is_stuck_until_it_is_full() -> None:
    """Four units are stuck for a quarter, a tank takes one of them and gives it back when the way is free; three are lost."""
    shape = 1, 1, 1, 2, 3
    amount = np.broadcast_to([40.0, 24.0, 40.0], shape).copy()
    potential, reference = np.full((1, 1, 3), 40.0), np.full((1, 1), 40.0)
    shipped, loss, released = (np.empty(shape) for _ in range(3))
    nothing, one = np.zeros(shape), np.ones((1, 1, 1, 1))
    line = np.array([[0.5, 0.5, 0.0, 0.0, 0.0]])  # a loss of one per cent for each per cent stuck
    paths(
        4, amount, potential, reference, nothing, 0.0, np.ones((1, 1, 1)), nothing, listed(np.zeros((*shape, 1))), one,
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
