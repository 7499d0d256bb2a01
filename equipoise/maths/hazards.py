"""Hazards lived through step by step, compiled: when each comes, what it closes, and which states of the world follow.

Chance is counter-based: the numbers of future *k*, hazard *j* and step *t* are a function of the seed and of these three, so
that no future depends on another, nor on who computes it, and policies meet the same luck.

Salmon, Moraes, Dror, Shaw (2011), Parallel random numbers: as easy as 1, 2, 3. doi:10.1145/2063384.2063405

Imported where it is called: numba takes half a second to load.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from equipoise.maths.compiling import compiled as translated
from equipoise.maths.compiling import lean

__all__ = ["Closed", "closures", "paths", "philox"]

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

compiled = translated()
inlined = lean(inline=True)

LOW = np.uint64(0xFFFFFFFF)
HALF = np.uint64(32)
MULTIPLIERS = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
STEPS = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
UNIT = 1.0 / 4294967296.0


@inlined
def philox(
    a: np.uint64, b: np.uint64, c: np.uint64, d: np.uint64, key: np.uint64, other: np.uint64
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    """Four random words of 32 bits from a counter of four and a key of two: Philox 4x32 with ten rounds."""
    for _ in range(10):
        p, q = MULTIPLIERS[0] * a, MULTIPLIERS[1] * c
        a, b, c, d = (q >> HALF) ^ b ^ key, q & LOW, (p >> HALF) ^ d ^ other, p & LOW
        key, other = (key + STEPS[0]) & LOW, (other + STEPS[1]) & LOW
    return a, b, c, d


@inlined
def _triangular(low: float, mode: float, high: float, chance: float) -> float:
    """Inverse of the triangular law."""
    span = high - low
    if span <= 0.0:
        return mode
    if chance * span < mode - low:
        return float(low + np.sqrt(chance * span * (mode - low)))
    return float(high - np.sqrt((1.0 - chance) * span * (high - mode)))


class Closed(NamedTuple):
    """What threats close in each step of each life: those at hand in cell ``i``, one for each (future, policy, weighting, act,
    step) in that order, are ``hazard[start[i]:start[i + 1]]``, least first, each closing its ``share``."""

    start: Whole
    hazard: NDArray[np.int16]
    share: Floats


@compiled
def closures(
    number: Whole, seed: int, rate: Floats, size: Floats, lasting: Floats,
    often: Floats, provoked: Floats, reach: Floats, longer: Floats, steps: int, times: int,
) -> Closed:  # fmt: skip
    """What each hazard closes in each of so many ``times``, in (0, 1].

    ``rate`` (K, W, J) events a year; ``size`` and ``lasting`` (J, 3) low, mode and high of the share that an event closes and of
    the steps that it lasts; ``often``, ``provoked``, ``reach``, ``longer`` (K, P, Y, J) factors by which a policy changes rate,
    rate where provoked, share, and length. There are ``steps`` a year. An event begins in
    a step with the chance of its rate; what is closed for a part of a step takes that part; of several events of one hazard the
    largest counts.
    """
    futures, policies, years, hazards = often.shape
    lives = rate.shape[1] * 2
    cells = policies * lives * times
    begins, most = np.empty((policies, lives, years)), np.empty(years)
    key, other = np.uint64(seed & 0xFFFFFFFF), np.uint64((seed >> 32) & 0xFFFFFFFF)
    chance, taken = np.empty(times), np.zeros((policies, lives, times))
    start, count = np.zeros(futures * cells + 1, np.int64), 0
    hazard, share = np.empty(cells, np.int16), np.empty(cells)
    cell, of, found = (
        np.empty(cells * hazards, np.int32),
        np.empty(cells * hazards, np.int16),
        np.empty(cells * hazards),
    )
    for k in range(futures):
        low, high, met = np.uint64(number[k] & 0xFFFFFFFF), np.uint64(number[k] >> 32), 0
        for j in range(hazards):
            _chances(rate[k, :, j], often[k, :, :, j], provoked[k, :, :, j], steps, begins, most)
            if most.max() <= 0.0:
                continue
            _luck(low, high, np.uint64(j), key, other, chance)
            hit = False
            for t in range(times):
                if chance[t] < most[t // steps]:
                    _, b, c, _ = philox(low, high, np.uint64(j), np.uint64(t), key, other)
                    part = _triangular(size[j, 0], size[j, 1], size[j, 2], (float(b) + 0.5) * UNIT)
                    length = _triangular(lasting[j, 0], lasting[j, 1], lasting[j, 2], (float(c) + 0.5) * UNIT)
                    hit |= _begin(
                        t, chance[t], part, length, begins, reach[k, :, :, j], longer[k, :, :, j], steps, taken
                    )
            if hit:
                met = _listed(j, taken, cell, of, found, met)
        if count + met > len(share):
            hazard = np.concatenate((hazard[:count], np.empty(2 * (count + met), np.int16)))
            share = np.concatenate((share[:count], np.empty(2 * (count + met))))
        _sorted(cell[:met], of, found, start[k * cells : (k + 1) * cells + 1], hazard[count:], share[count:])
        count += met
    return Closed(start, hazard[:count], share[:count])


@inlined
def _luck(low: np.uint64, high: np.uint64, j: np.uint64, key: np.uint64, other: np.uint64, chance: Floats) -> None:
    """The first number of every step of a hazard."""
    for t in range(len(chance)):
        a, _, _, _ = philox(low, high, j, np.uint64(t), key, other)
        chance[t] = (float(a) + 0.5) * UNIT


@inlined
def _begin(
    t: int, chance: float, share: float, length: float, begins: Floats, reach: Floats, longer: Floats, steps: int, taken: Floats
) -> bool:  # fmt: skip
    """An event that may begin in a step: what it closes, into ``taken`` (P, 2 W, T); whether it does in any life."""
    policies, lives, times = taken.shape
    hit = False
    for p in range(policies):
        for life in range(lives):
            if chance < begins[p, life, t // steps]:
                hit, left, at = True, length * longer[p, t // steps], t
                while at < times and left > 0.0:
                    found = min(min(left, 1.0) * share * reach[p, at // steps], 1.0)
                    taken[p, life, at] = max(taken[p, life, at], found)
                    left -= 1.0
                    at += 1
    return hit


@inlined
def _listed(j: int, taken: Floats, cell: NDArray[np.int32], of: NDArray[np.int16], found: Floats, met: int) -> int:
    """Append what one hazard closes, cell by cell, and forget it; how many are listed then."""
    policies, lives, times = taken.shape
    at = 0
    for p in range(policies):
        for life in range(lives):
            for t in range(times):
                if taken[p, life, t] > 0.0:
                    cell[met], of[met], found[met] = at, j, taken[p, life, t]
                    taken[p, life, t] = 0.0
                    met += 1
                at += 1
    return met


@compiled
def _sorted(
    cell: NDArray[np.int32], of: NDArray[np.int16], found: Floats, start: Whole, hazard: NDArray[np.int16], share: Floats
) -> None:  # fmt: skip
    """Put what was listed by hazard in the order of the cells; ``start`` of the first cell is known."""
    base = start[0]
    for i in range(len(cell)):
        start[cell[i] + 1] += 1
    for i in range(1, len(start)):
        start[i] += start[i - 1]
    after = start.copy()
    for i in range(len(cell)):
        at = after[cell[i]] - base
        after[cell[i]] += 1
        hazard[at], share[at] = of[i], found[i]


@inlined
def _chances(rate: Floats, often: Floats, provoked: Floats, steps: int, begins: Floats, most: Floats) -> None:
    """Chance that an event begins in a step, of each policy, life and year, into ``begins`` (P, 2 W, Y); ``most`` (Y,) of all."""
    policies, lives, years = begins.shape
    most[:] = 0.0
    for p in range(policies):
        for life in range(lives):
            before, chance = 0.0, 0.0
            for y in range(years):
                now = rate[life // 2] * often[p, y] * (provoked[p, y] if life % 2 == 1 else 1.0)
                if now != before:
                    before, chance = now, 1.0 - np.exp(-now / steps)
                begins[p, life, y] = chance
                most[y] = max(most[y], chance)


@compiled
def paths(
    steps: int, amount: Floats, potential: Floats, reference: Floats, beside: Floats, weight: float, tank: Floats,
    fees: Floats, closed: Closed, weak: Floats, part: Whole, whole: Whole, nobody: Floats, curve: Floats, terms: Floats,
    nodes: Floats, shipped: Floats, loss: Floats, released: Floats,
) -> None:  # fmt: skip
    """What is shipped and lost in each step of every life: into ``shipped``, ``loss`` and ``released`` (K, P, W, 2, T).

    ``amount`` (K, P, W, 2, T) finds its way, of ``potential`` (K, P, T) that would in peace; ``reference`` (K, Y) is what there
    is to ship; ``beside`` (K, P, W, 2, T) the share lost of what stands beside it, of ``weight``; a ``tank`` (K, P, Y) keeps what
    is stuck until it is full, and gives it back when nothing is; ``fees`` (K, P, W, 2, T) are lost in money. The loss is a
    polynomial of the share lost, ``nobody`` (K, q); while a power closes all, ``whole`` (J,) its place or -1, its own ``curve``
    (K, P, Y, I, q) with ``terms`` (K, P, Y, I); while a channel is closed, ``part`` (J,) its place or -1, the cubic through its
    ``nodes`` (K, c, 4), of a share made ``weak``\\ er (K, P, Y, J). Of several the largest counts: losses must not be added.
    """
    futures, policies, weightings, _, times = amount.shape
    cell = 0
    for k in range(futures):
        base = _poly(nobody[k], -1.0)
        for p in range(policies):
            for life in range(weightings * 2):
                w, on, level = life // 2, life % 2, 0.0
                for t in range(times):
                    y, flow, could = t // steps, amount[k, p, w, on, t], potential[k, p, t]
                    short = max(could - flow, 0.0)
                    kept = max(min(short / steps, tank[k, p, y] - level), 0.0)
                    out = level if short <= 1e-9 * could else 0.0
                    level += kept - out
                    released[k, p, w, on, t] = out * steps
                    shipped[k, p, w, on, t] = flow + out * steps
                    lost = min(max(1.0 - (flow + kept * steps) / reference[k, y], 0.0), 1.0)
                    share = (1.0 - weight) * lost + weight * beside[k, p, w, on, t]
                    stuck = _poly(nobody[k], 2.0 * share - 1.0) - base
                    most, first, last = 0.0, closed.start[cell], closed.start[cell + 1]
                    if last > first:
                        most = _beyond(
                            closed.hazard[first:last], closed.share[first:last], weak[k, p, y], part, whole, curve[k, p, y],
                            terms[k, p, y], nodes[k], 2.0 * share - 1.0, stuck,
                        )  # fmt: skip
                    cell += 1
                    loss[k, p, w, on, t] = stuck + most + fees[k, p, w, on, t]


@inlined
def _beyond(
    hazard: NDArray[np.int16], closed: Floats, weak: Floats, part: Whole, whole: Whole, curve: Floats, terms: Floats,
    nodes: Floats, share: float, stuck: float,
) -> float:  # fmt: skip
    """The largest loss that what is closed adds to what is stuck."""
    most = 0.0
    for at in range(len(hazard)):
        j = hazard[at]
        if whole[j] >= 0:
            most = max(most, closed[at] * (_poly(curve[whole[j]], share) + terms[whole[j]] - stuck))
        elif part[j] >= 0:
            most = max(most, _cubic(nodes[part[j]], min(closed[at] * weak[j], 1.0)))
    return most


@inlined
def _poly(coefficients: Floats, x: float) -> float:
    """A polynomial by Horner's rule."""
    found = 0.0
    for i in range(len(coefficients) - 1, -1, -1):
        found = found * x + coefficients[i]
    return found


@inlined
def _cubic(nodes: Floats, x: float) -> float:
    """The cubic through values at 0, a third, two thirds and 1."""
    a, b, c = x - 1.0 / 3.0, x - 2.0 / 3.0, x - 1.0
    ends = -4.5 * nodes[0] * a * b * c + 4.5 * nodes[3] * x * a * b
    return float(ends + 13.5 * nodes[1] * x * b * c - 13.5 * nodes[2] * x * a * c)
