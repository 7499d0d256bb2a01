"""What is asked of the spatial model: how wide its answer is, what drives it, who is pivotal, and whom to move."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equipoise.errors import InputError
from equipoise.maths.ensemble import latin_hypercube, rank_correlation, triangular
from equipoise.maths.spatial.model import check_turns, converged, draw, prepare
from equipoise.maths.spatial.options import Options, read

__all__ = ["Move", "Outcomes", "Sensitivity", "ensemble", "pivotal", "sensitivity", "whom_to_move"]

FloatArray = NDArray[np.float64]
Withdrawal = Literal["salience", "actor"]
What = Literal["position", "salience"]
Asked = Callable[[What, int, NDArray[np.int64], FloatArray], FloatArray]
"""The outcome if one actor's position or salience in some dimensions (k,) changes by so much (k,): (k,)."""
BLOCK = 16
"""Runs that a thread takes at a time; what they give does not depend on it."""
FAINT = 1e-6
"""Share of its salience that is left to an actor who withdraws it: enough to say which way it would look."""
STEP, FINEST = 1.0, 0.01
"""Points of 0-100 between the changes that are tried, and to which the smallest is then narrowed down."""


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Many runs from redrawn inputs, 0-100: ``final`` (draws, a, d) positions; ``outcome`` (draws, d), mean position weighed
    by probability, at the last turn; ``converged``, ``cycled`` (draws,). And what was drawn: ``position``, ``salience``
    (draws, a, d), ``capability`` (draws, a)."""

    final: FloatArray
    outcome: FloatArray
    converged: NDArray[np.bool_]
    cycled: NDArray[np.bool_]
    position: FloatArray
    salience: FloatArray
    capability: FloatArray


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """Rank correlations of what was drawn with the outcome in each dimension, which comes last: ``position``, ``salience``
    (a, d, d), ``capability`` (a, d). 0 where an input did not vary."""

    position: FloatArray
    salience: FloatArray
    capability: FloatArray


@dataclass(frozen=True, slots=True)
class Move:
    """The smallest change of one actor's position or salience in one dimension that shifts the outcome as asked.

    ``change`` in points of 0-100, < 0 downwards, and ``outcome``, where the outcome then lies; both None where no change within
    0-100 does it. ``holds``: the share of all larger changes the same way that do it too; well below 1 says that the model is
    fragile there.
    """

    actor: int
    what: What
    change: float | None
    outcome: float | None
    dimension: int
    holds: float


def ensemble(
    position_low: ArrayLike, position: ArrayLike, position_high: ArrayLike,
    salience_low: ArrayLike, salience: ArrayLike, salience_high: ArrayLike,
    capability_low: ArrayLike, capability: ArrayLike, capability_high: ArrayLike,
    draws: int, seed: int, turns: int = 10, threads: int | None = None, **options: object,
) -> Outcomes:  # fmt: skip
    """Run the model from inputs redrawn within their ranges: triangular about the value, by a Latin hypercube.

    Where redrawn salience sums to more than 100 it is scaled down to 100. The same seed gives the same bits whatever the
    number of threads.

    Parameters
    ----------
    position_low, position, position_high, salience_low, salience, salience_high : (a, d)
        0-100, low <= value <= high.
    capability_low, capability, capability_high : (a,)
        0 or more, low <= value <= high.
    draws, seed, turns, threads : int
        How many runs, from which seed, of how many turns, on how many threads (all processors if not named).
    **options
        Those of :func:`spatial_model` but for ``seed``.

    Raises
    ------
    InputError
        A range does not hold its value; or as :func:`spatial_model`.

    Examples
    --------
    >>> x, s, c = [[10.0], [50.0], [90.0]], [[50.0], [50.0], [50.0]], [1.0, 1.0, 1.0]
    >>> found = ensemble(x, x, x, s, s, s, c, c, [2.0, 1.0, 1.0], draws=4, seed=1, turns=2)
    >>> found.final.shape, found.outcome.shape
    ((4, 3, 1), (4, 1))
    """
    chosen = read({**options, "seed": seed})
    turns = check_turns(turns)
    if not isinstance(draws, int | np.integer) or draws < 1:
        raise InputError("draws", found=draws, allowed="a whole number, 1 or more")
    prepare(position, salience, capability, chosen)
    ranges = [
        _range("position", position_low, position, position_high, 100.0),
        _range("salience", salience_low, salience, salience_high, 100.0),
        _range("capability", capability_low, capability, capability_high, np.inf),
    ]
    chance = latin_hypercube(draws, sum(mode.size for _, mode, _ in ranges), seed)
    drawn, start = [], 0
    for low, mode, high in ranges:
        part = triangular(low.ravel(), mode.ravel(), high.ravel(), chance[:, start : start + mode.size])
        drawn.append(part.reshape(draws, *mode.shape))
        start += mode.size
    drawn[1] /= np.maximum(1.0, drawn[1].sum(axis=-1, keepdims=True) / 100.0)
    x, s, c = prepare(drawn[0], drawn[1], drawn[2], chosen, spread=False)
    final, outcome, steps = _many(x, s, c, chosen, turns, threads, fresh=True)
    at_rest, cycled = converged(steps[:, :-1]), steps[:, -1] > 0
    return Outcomes(100.0 * final, 100.0 * outcome, at_rest, cycled, drawn[0], drawn[1], drawn[2])


def sensitivity(outcomes: Outcomes) -> Sensitivity:
    """Which inputs the outcome hangs on: rank correlation of each with the outcome in each dimension.

    >>> x, s, c = [[10.0], [50.0], [90.0]], [[50.0], [50.0], [50.0]], [1.0, 1.0, 1.0]
    >>> found = ensemble(x, x, x, s, s, s, c, [1.0, 1.0, 2.0], [1.0, 1.0, 9.0], draws=20, seed=1, turns=1)
    >>> sensitivity(found).capability[:2].tolist()                         # what does not vary drives nothing
    [[0.0], [0.0]]
    """
    draws, dimensions = outcomes.outcome.shape
    found = []
    for drawn in (outcomes.position, outcomes.salience, outcomes.capability):
        flat = drawn.reshape(draws, -1)
        columns = [rank_correlation(flat, outcomes.outcome[:, k]) for k in range(dimensions)]
        found.append(np.stack(columns, axis=-1).reshape(*drawn.shape[1:], dimensions))
    return Sensitivity(*found)


def pivotal(
    position: ArrayLike, salience: ArrayLike, capability: ArrayLike, turns: int = 10, by: Withdrawal = "salience",
    **options: object,
) -> FloatArray:  # fmt: skip
    """How far the outcome shifts in each dimension (a,d) if one actor at a time withdraws, 0-100.

    By ``salience`` it ceases to care: it neither defends itself nor helps others, but its capability still counts where all
    choose among bargains. By ``actor`` it is gone, and its position with it. Other arguments as :func:`spatial_model`.

    >>> shift = pivotal([[10], [40], [90]], [[50], [50], [50]], [1, 1, 1], by="actor", turns=1)
    >>> bool(shift[0, 0] > 0), bool(shift[2, 0] < 0)                        # without the one who pulls down it rises
    (True, True)
    """
    chosen = read(options)
    turns = check_turns(turns)
    if by not in get_args(Withdrawal):
        raise InputError("by", found=repr(by), allowed=", ".join(get_args(Withdrawal)))
    x, s, c = prepare(position, salience, capability, chosen)
    actors = len(x)
    base = _many(x[None], s[None], c[None], chosen, turns, 1)[1][0]
    if by == "salience":
        kept = np.where(np.eye(actors, dtype=bool), FAINT, 1.0)
        where, strong = (np.repeat(given[None], actors, axis=0) for given in (x, c))
        without = _many(where, s[None] * kept[:, :, None], strong, chosen, turns, None)[1]
        return np.asarray(100.0 * (without - base))
    if actors < 3:
        raise InputError("actors", found=actors, allowed="3 or more", remedy="without one of two, one is left")
    others = np.array([[k for k in range(actors) if k != gone] for gone in range(actors)])
    left = prepare(100.0 * x[others], 100.0 * s[others], c[others], chosen, spread=False)
    return np.asarray(100.0 * (_many(*left, chosen, turns, None)[1] - base))


def whom_to_move(
    position: ArrayLike, salience: ArrayLike, capability: ArrayLike, dimension: int, shift: float, turns: int = 10,
    hold: float = 0.0, threads: int | None = None, **options: object,
) -> list[Move]:  # fmt: skip
    """The smallest change of one actor's position or salience that shifts the outcome in a dimension by so many points.

    The outcome is the mean position weighed by probability at the last turn. It jumps, so that changes are tried point by point
    over all that 0-100 allows, and the smallest that does is narrowed down by bisection to a hundredth: a smaller one that
    does it only between two points tried may be missed. Salience grows at most until it sums to 100.

    Parameters
    ----------
    dimension, shift : int, float
        Where the outcome is to shift, and by how many points of 0-100; < 0 downwards.
    hold : float
        The share of all larger changes the same way that must do it too, 0 to 1: above 0, flukes are passed over.
    position, salience, capability, turns, **options
        As :func:`spatial_model`.

    Returns
    -------
    list of Move
        One for each actor, position or salience, and dimension: smallest changes first; where nothing does, last and None.

    Raises
    ------
    InputError
        There is no such dimension, the shift is 0 or not finite; or as :func:`spatial_model`.

    Examples
    --------
    >>> first = whom_to_move([[10], [50], [90]], [[50], [50], [50]], [1, 1, 1], dimension=0, shift=5.0, turns=1)[0]
    >>> first.change is not None and first.outcome is not None
    True
    """
    chosen = read(options)
    turns = check_turns(turns)
    x, s, c = prepare(position, salience, capability, chosen)
    actors, dimensions = x.shape
    if not isinstance(dimension, int | np.integer) or not 0 <= dimension < dimensions:
        raise InputError("dimension", found=dimension, allowed=f"0 to {dimensions - 1}")
    if not np.isfinite(shift) or shift == 0:
        raise InputError("shift", found=shift, allowed="points of 0-100 by which the outcome is to move, not 0")
    if not 0 <= hold <= 1:
        raise InputError("hold", found=hold, allowed="0 to 1")

    def outcomes(what: What, actor: int, column: NDArray[np.int64], change: FloatArray) -> FloatArray:
        where, care, strong = (np.repeat(given[None], len(change), axis=0) for given in (x, s, c))
        (where if what == "position" else care)[np.arange(len(change)), actor, column] += change / 100.0
        return np.asarray(100.0 * _many(where, care, strong, chosen, turns, threads)[1][:, dimension])

    base = float(100.0 * _many(x[None], s[None], c[None], chosen, turns, 1)[1][0, dimension])
    spare = np.broadcast_to(1.0 - s.sum(axis=1, keepdims=True), s.shape)
    needed = np.where(
        s.sum(axis=1, keepdims=True) - s > 0, 0.0, np.minimum(s, FINEST / 100.0)
    )  # it must care about something
    moves: list[Move] = []
    rooms: tuple[tuple[What, FloatArray, FloatArray], ...] = (("position", x, 1.0 - x), ("salience", s - needed, spare))
    for what, down, up in rooms:
        for actor in range(actors):
            moves += _smallest(what, actor, 100.0 * down[actor], 100.0 * up[actor], outcomes, base, float(shift), hold)
    return sorted(moves, key=lambda move: np.inf if move.change is None else abs(move.change))


def _smallest(
    what: What, actor: int, down: FloatArray, up: FloatArray, outcomes: Asked, base: float, shift: float, hold: float
) -> list[Move]:
    """The smallest change of one actor in each dimension that does it, of what may change by so much down (d,) and up (d,)."""
    sides = [(k, sign, _steps(room[k])) for k in range(len(up)) for sign, room in ((1.0, up), (-1.0, down))]
    column = np.array([k for k, _, steps in sides for _ in steps], dtype=np.int64)
    change = np.concatenate([sign * steps for _, sign, steps in sides])
    enough = (outcomes(what, actor, column, change) - base) * np.sign(shift) >= abs(shift)
    found: dict[int, tuple[float, float, float]] = {}  # by dimension: the change, the outcome, and how it holds
    brackets, start = [], 0
    for k, sign, steps in sides:
        does = enough[start : start + len(steps)]
        start += len(steps)
        held = np.cumsum(does[::-1])[::-1] / np.arange(len(does), 0, -1)  # from each change on, the share that does it
        able = np.flatnonzero(does & (held >= hold))
        if len(able):
            first = int(able[0])
            brackets.append((k, sign * (steps[first - 1] if first else 0.0), sign * steps[first], float(held[first])))
    if brackets:
        where = np.array([k for k, *_ in brackets], dtype=np.int64)
        short, long = (np.array([bracket[n] for bracket in brackets]) for n in (1, 2))
        while np.abs(long - short).max() > FINEST:
            middle = 0.5 * (short + long)
            does = (outcomes(what, actor, where, middle) - base) * np.sign(shift) >= abs(shift)
            short, long = np.where(does, short, middle), np.where(does, middle, long)
        reached = outcomes(what, actor, where, long)
        for n, (k, _, _, holds) in enumerate(brackets):
            if k not in found or abs(long[n]) < abs(found[k][0]):
                found[k] = (float(long[n]), float(reached[n]), holds)
    return [
        Move(actor, what, *found[k][:2], k, found[k][2]) if k in found else Move(actor, what, None, None, k, 0.0)
        for k in range(len(up))
    ]


def _steps(room: float) -> FloatArray:
    """Sizes of change to be tried: point by point, and as far as there is room."""
    if room < FINEST:
        return np.empty(0)
    whole = np.arange(STEP, room, STEP)
    return np.append(whole, room)


def _range(
    name: str, low: ArrayLike, mode: ArrayLike, high: ArrayLike, top: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Low, value, high as arrays; the value must lie between them, and they within what is allowed."""
    ends = low, mode, high
    a, b, c = (np.asarray(end, dtype=np.float64) for end in ends)
    if not a.shape == b.shape == c.shape:
        raise InputError(
            f"{name}, low, value, high", found=f"shapes {a.shape}, {b.shape}, {c.shape}", allowed="one shape"
        )
    wrong = np.argwhere(~((a >= 0) & (a <= b) & (b <= c) & (c <= top) & np.isfinite(c)))
    if len(wrong):
        cell = tuple(wrong[0])
        place = f"actor {cell[0]}" + (f", dimension {cell[1]}" if len(cell) > 1 else "")
        allowed = "0 <= low <= value <= high" + ("" if np.isinf(top) else f" <= {top:g}")
        raise InputError(name, found=f"{a[cell]:g}, {b[cell]:g}, {c[cell]:g} for {place}", allowed=allowed)
    return a, b, c


def _many(
    x: FloatArray, s: FloatArray, c: FloatArray, options: Options, turns: int, threads: int | None, fresh: bool = False
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Final positions (k,a,d), outcomes (k,d) and steps (k,turns+1) of many runs, on several threads, 0 to 1.

    Stochastic runs share the numbers that decide them, so that they differ by what was changed, unless asked for fresh ones.
    """
    from equipoise.maths.spatial import kernel

    runs = len(x)
    final, outcome, steps = np.empty_like(x), np.empty((runs, x.shape[-1])), np.empty((runs, turns + 1))
    drawn = draw(options, runs if fresh and options.stochastic else 1, turns, x.shape[1])
    x, s, c = (np.ascontiguousarray(given) for given in (x, s, c))

    def block(first: int) -> None:
        positions = np.empty((turns + 1, *x.shape[1:]))
        probability, share = np.empty((turns + 1, x.shape[1])), np.empty((turns + 1, x.shape[1]))
        for k in range(first, min(first + BLOCK, runs)):
            one = drawn[k % len(drawn)]
            kernel.run(options.code, x[k], s[k], c[k], one, positions, probability, share, steps[k])
            final[k], outcome[k] = positions[-1], share[-1] @ positions[-1]

    workers = min(threads or os.cpu_count() or 1, -(-runs // BLOCK))
    if workers <= 1:
        for first in range(0, runs, BLOCK):
            block(first)
    else:
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(block, range(0, runs, BLOCK)))
    return final, outcome, steps
