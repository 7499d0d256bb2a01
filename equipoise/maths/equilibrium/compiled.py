"""The map of :mod:`equipoise.maths.equilibrium.many` for one economy's arcs and endowment, compiled; and its fixed point.

One scenario after another is solved from where nothing changes, so that none depends on its neighbours. The loops are those
of the map: state (log price (s, n), log output (s, n), log wage (n,)) in one array. Sums may be taken in any order
(``reassoc``) but figures that are not finite stay what they are, for they are how a failure is seen.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from equipoise.maths.fixed_point import LONGEST_STEP, MEMORY, MOST_STEPS, PLAIN_STEPS, TOLERANCE

__all__ = ["CONVERGED", "Change", "World", "solve_all"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]

CONVERGED, NO_STEP, NO_SUPPLIER, STRANDED, NO_INCOME = 0, 1, 2, 3, 4
"""What became of a scenario."""
LOG_2 = math.log(2.0)
LOG_2_HIGH = 0.693147180369123816490
"""The first bits of the logarithm of 2, so that a whole number of them is exact."""
LOG_2_LOW = 1.90821492927058770002e-10
LARGEST = 708.0
"""Largest logarithm of a number that is told from infinity."""
ROOT_HALF = 0x3FE6A09E667F3BCD
"""Bits of the square root of 1/2."""
EXP_13, EXP_12, EXP_11, EXP_10, EXP_9, EXP_8 = (1.0 / math.factorial(k) for k in (13, 12, 11, 10, 9, 8))
EXP_7, EXP_6, EXP_5, EXP_4, EXP_3 = (1.0 / math.factorial(k) for k in (7, 6, 5, 4, 3))


_EXACT = njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
_SUMS = njit(cache=True, nogil=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz", "arcp"})


class World(NamedTuple):
    """A calibrated world, as the kernel reads it: arrays of :class:`TradeModel`, contiguous along the loops."""

    shares: FloatArray  # (s, n, n) [sector, exporter, importer]
    uses: FloatArray  # (n, s, s) [economy, input, user], the inputs of a unit of output
    used: FloatArray  # (n, s, s) [economy, user, input]
    own: FloatArray  # (s, n)
    final: FloatArray  # (s, n)
    output: FloatArray  # (s, n)
    wanted: BoolArray  # (s, n)
    value_added: FloatArray  # (n,)
    income: FloatArray  # (n,)
    gap: FloatArray  # (n,)
    endowed: BoolArray  # (s,)
    proportional: bool


class Change(NamedTuple):
    """What differs between k scenarios. ``exports`` and ``imports`` hold what is kept of each arc of the home."""

    home: int
    theta: FloatArray  # (k, s)
    typical_theta: FloatArray  # (k,)
    exports: FloatArray  # (k, s or 1, n)
    imports: FloatArray  # (k, s or 1, n)
    delivery: FloatArray  # (k,) ratio of the costs of delivering the home's endowments abroad
    quantity: FloatArray  # (k,)
    fixed: FloatArray  # (k,)
    rent_share: FloatArray  # (k,)


class Work(NamedTuple):
    """One scenario and the room in which it is solved."""

    theta: FloatArray  # (s,)
    shift: FloatArray  # (n,) log of the quantity of endowments
    reach: FloatArray  # (s, n, n) [sector, exporter, importer]
    heard: FloatArray  # (s, n, n) [sector, importer, exporter]
    needs: FloatArray  # (s, n) inputs of endowments, quantities
    hands: FloatArray  # (n,) labour of endowments
    labour: FloatArray  # (n,)
    price: FloatArray  # (s, n)
    made: FloatArray  # (s, n) value of output
    appeal: FloatArray  # (s, n)
    found: FloatArray  # (s, n)
    spending: FloatArray  # (s, n)
    sold: FloatArray  # (s, n)
    turned: FloatArray  # (n, s)
    peak: FloatArray  # (s,)
    income: FloatArray  # (n,)
    rent: FloatArray  # (n,)
    wage: FloatArray  # (n,)


@_EXACT
def _exponential(x: FloatArray, out: FloatArray) -> None:
    """Exponentials of a flat array, to the last bit or two, without a call so that several are taken at once."""
    for i in range(x.size):
        value = min(LARGEST, max(-LARGEST, x[i])) if x[i] == x[i] else x[i]
        twos = np.floor(value * (1.0 / LOG_2) + 0.5)
        r = (value - twos * LOG_2_HIGH) - twos * LOG_2_LOW
        tail = EXP_13 * r + EXP_12
        tail = (((tail * r + EXP_11) * r + EXP_10) * r + EXP_9) * r + EXP_8
        tail = ((((tail * r + EXP_7) * r + EXP_6) * r + EXP_5) * r + EXP_4) * r + EXP_3
        out[i] = ((tail * r + 0.5) * r + 1.0) * r + 1.0
    bits = out.view(np.int64)
    for i in range(x.size):
        value = min(LARGEST, max(-LARGEST, x[i]))
        if x[i] == x[i]:
            bits[i] += np.int64(np.floor(value * (1.0 / LOG_2) + 0.5)) << 52


@_EXACT
def _logarithm(x: FloatArray, out: FloatArray) -> None:
    """Logarithms of a flat array; what has none is not a number."""
    bits, mantissa = x.view(np.int64), out.view(np.int64)
    for i in range(x.size):
        twos = (bits[i] - ROOT_HALF) >> 52
        mantissa[i] = bits[i] - (twos << 52)
    for i in range(x.size):
        twos = float((bits[i] - ROOT_HALF) >> 52)
        f = out[i] - 1.0
        s = f / (2.0 + f)
        z = s * s
        tail = (((1.0 / 19 * z + 1.0 / 17) * z + 1.0 / 15) * z + 1.0 / 13) * z + 1.0 / 11
        tail = ((((tail * z + 1.0 / 9) * z + 1.0 / 7) * z + 1.0 / 5) * z + 1.0 / 3) * z
        found = twos * LOG_2_HIGH + (2.0 * s + (2.0 * s * tail + twos * LOG_2_LOW))
        out[i] = found if (x[i] > 0.0) & (x[i] < np.inf) else np.nan


@_EXACT
def _room(world: World) -> Work:
    """Room for one scenario of a world; what no scenario changes is laid out here."""
    sectors, count = world.output.shape
    reach, heard = world.shares.copy(), np.empty_like(world.shares)
    for k in range(sectors):
        for i in range(count):
            for j in range(count):
                heard[k, j, i] = reach[k, i, j]
    table = np.zeros((8, sectors, count))
    line = np.zeros((6, count))
    return Work(
        np.zeros(sectors), line[0], reach, heard, table[0], line[1], line[2], table[1], table[2], table[3], table[4], table[5],
        table[6], np.zeros((count, sectors)), np.zeros(sectors), line[3], line[4], line[5],
    )  # fmt: skip


@_EXACT
def _begin(world: World, change: Change, row: int, work: Work) -> int:
    """Lay out one scenario; tell whether it can have an equilibrium."""
    sectors, count = world.output.shape
    home = change.home
    work.theta[:] = change.theta[row]
    work.shift[:] = 0.0
    work.shift[home] = np.log(change.quantity[row])
    work.needs[:], work.hands[:], work.labour[:] = 0.0, 0.0, 0.0
    for k in range(sectors):
        delivered = change.delivery[row] ** -change.theta[row, k] if world.endowed[k] else 1.0
        out, back = min(k, change.exports.shape[1] - 1), min(k, change.imports.shape[1] - 1)
        for j in range(count):
            if j != home:
                sold = world.shares[k, home, j] * change.exports[row, out, j] * delivered
                bought = world.shares[k, j, home] * change.imports[row, back, j]
                work.reach[k, home, j] = work.heard[k, j, home] = sold
                work.reach[k, j, home] = work.heard[k, home, j] = bought
            hands = world.own[k, j] * world.output[k, j]
            if world.endowed[k]:
                hands *= 1.0 - change.rent_share[row]
                left = change.quantity[row] if j == home else 1.0
                running = change.fixed[row] + (1.0 - change.fixed[row]) * left
                work.hands[j] += hands * running
                for i in range(sectors):
                    work.needs[i, j] += world.uses[j, i, k] * world.output[k, j] * running
            work.labour[j] += hands
    for k in range(sectors):
        for j in range(count):
            if world.wanted[k, j] and not work.heard[k, j].any():
                return NO_SUPPLIER
    return STRANDED if _stranded(work.reach, world.gap, world.value_added) else CONVERGED


@_EXACT
def _stranded(reach: FloatArray, gap: FloatArray, size: FloatArray) -> bool:
    """Whether economies that trade only with each other would have to keep a deficit."""
    count = len(gap)
    if not (np.abs(gap) > 1e-6 * size).any():
        return False
    group = np.arange(count)
    for _ in range(count):
        moved = False
        for i in range(count):
            for j in range(count):
                if group[i] != group[j] and reach[:, i, j].any():
                    group[i] = group[j] = min(group[i], group[j])
                    moved = True
        if not moved:
            break
    for label in range(count):
        total, whole = 0.0, 0.0
        for i in range(count):
            if group[i] == label:
                total, whole = total + gap[i], whole + size[i]
        if abs(total) > 1e-6 * whole:
            return True
    return False


@_SUMS
def _supply(world: World, work: Work, log_price: FloatArray, log_output: FloatArray, log_wage: FloatArray) -> None:
    """Appeal of sellers, scaled so that the largest of a sector is 1, and the logarithm of that scale."""
    sectors, count = world.output.shape
    for k in range(sectors):
        for j in range(count):
            work.turned[j, k] = log_price[k * count + j]
    for j in range(count):
        for k in range(sectors):
            if world.endowed[k]:
                cost = log_output[k * count + j] - work.shift[j]
            else:
                cost = world.own[k, j] * log_wage[j]
                for i in range(sectors):
                    cost += world.used[j, k, i] * work.turned[j, i]
            work.found[k, j] = -work.theta[k] * cost
    for k in range(sectors):
        peak = work.found[k].max()
        work.peak[k] = peak
        for j in range(count):
            work.found[k, j] -= peak
    _exponential(work.found.reshape(-1), work.appeal.reshape(-1))


@_SUMS
def _demand(world: World, work: Work) -> None:
    """Reach of buyers, income, rent, and spending over reach."""
    sectors, count = world.output.shape
    work.rent[:] = 0.0
    for k in range(sectors):
        for j in range(count):
            work.turned[j, k] = 0.0 if world.endowed[k] else work.made[k, j]
            work.rent[j] += work.made[k, j] if world.endowed[k] else 0.0
    for j in range(count):
        for k in range(sectors):
            total = 0.0
            for i in range(sectors):
                total += world.uses[j, k, i] * work.turned[j, i]
            work.spending[k, j] = total
    for k in range(sectors):
        for j in range(count):
            needed = work.needs[k, j] * work.price[k, j]
            work.rent[j] -= needed
            work.spending[k, j] += needed
    largest = 0.0
    for j in range(count):
        work.rent[j] -= work.hands[j] * work.wage[j]
        earned = work.wage[j] * work.labour[j] + work.rent[j]
        held = earned / world.value_added[j] if world.proportional else 1.0
        work.income[j] = earned + world.gap[j] * held
        largest = max(largest, abs(work.income[j]))
    for k in range(sectors):
        for j in range(count):
            total = 0.0
            for i in range(count):
                total += work.heard[k, j, i] * work.appeal[k, i]
            work.found[k, j] = total if world.wanted[k, j] else 1.0
        for j in range(count):  # on the way to an equilibrium an income may dip below zero
            spent = work.spending[k, j] + world.final[k, j] * max(work.income[j], 1e-12 * largest)
            work.spending[k, j] = spent / work.found[k, j]


@_SUMS
def _step(world: World, work: Work, typical_theta: float, state: FloatArray, new: FloatArray) -> None:
    """One pass over prices, outputs and wages together."""
    sectors, count = world.output.shape
    size = sectors * count
    log_price, log_output, log_wage = state[:size], state[size : 2 * size], state[2 * size :]
    _exponential(log_price, work.price.reshape(-1))
    _exponential(log_output, work.made.reshape(-1))
    _exponential(log_wage, work.wage)
    for k in range(sectors):
        for j in range(count):
            work.made[k, j] *= world.output[k, j]
    _supply(world, work, log_price, log_output, log_wage)
    _demand(world, work)
    hired = new[2 * size :]
    hired[:] = work.hands * work.wage
    for k in range(sectors):
        for j in range(count):
            total = 0.0
            for i in range(count):
                total += work.reach[k, j, i] * work.spending[k, i]
            sold = work.appeal[k, j] * total
            known = (world.output[k, j] > 0.0) & (sold > 0.0)
            work.sold[k, j] = sold / world.output[k, j] if known else 1.0
            hired[j] += 0.0 if world.endowed[k] else world.own[k, j] * sold
    _logarithm(work.found.reshape(-1), new[:size])
    _logarithm(work.sold.reshape(-1), new[size : 2 * size])
    after, before = 0.0, 0.0
    for j in range(count):
        hired[j] = log_wage[j] + np.log(hired[j] / (work.wage[j] * work.labour[j])) / (1.0 + typical_theta)
        after += np.exp(hired[j]) * work.labour[j] + work.rent[j]
        before += world.value_added[j]
    shift = np.log(after / before) if after > 0.0 else 0.0
    for k in range(sectors):
        for j in range(count):
            i = k * count + j
            new[i] = (-(new[i] + work.peak[k]) / work.theta[k] if world.wanted[k, j] else 0.0) - shift
            if world.endowed[k]:
                new[size + i] = log_output[i] + (new[size + i] - log_output[i]) / (1.0 + work.theta[k])
            new[size + i] -= shift
    for j in range(count):
        hired[j] -= shift


@_SUMS
def _weights(normal: FloatArray, right: FloatArray, kept: int) -> None:
    """Least squares by Cholesky's method, with a ridge; a direction that others already hold gets no weight."""
    ridge = 0.0
    for a in range(kept):
        ridge += 1e-14 * normal[a, a]
    for a in range(kept):
        for b in range(a + 1):
            total = normal[a, b] + (ridge if a == b else 0.0)
            for c in range(b):
                total -= normal[a, c] * normal[b, c]
            if a == b:
                normal[a, a] = np.sqrt(total) if total > 0.1 * ridge else np.inf
            else:
                normal[a, b] = total / normal[b, b]
    for a in range(kept):
        for c in range(a):
            right[a] -= normal[a, c] * right[c]
        right[a] /= normal[a, a]
    for a in range(kept - 1, -1, -1):
        for c in range(a + 1, kept):
            right[a] -= normal[c, a] * right[c]
        right[a] /= normal[a, a]


@_SUMS
def _accelerate(
    falls: FloatArray, moves: FloatArray, gram: FloatArray, kept: int, gap: FloatArray, move: FloatArray
) -> None:
    """Take from a move the moves whose falls of the residual explain it."""
    normal, weight = np.zeros((MEMORY, MEMORY)), np.zeros(MEMORY)
    for a in range(kept):
        total = 0.0
        for i in range(len(gap)):
            total += falls[a, i] * gap[i]
        weight[a] = total
        normal[a, :kept] = gram[a, :kept]
    _weights(normal, weight, kept)
    for a in range(kept):
        for i in range(len(gap)):
            move[i] -= weight[a] * moves[a, i]


@_SUMS
def _settle(world: World, work: Work, typical_theta: float, point: FloatArray, trail: FloatArray) -> int:
    """The fixed point, by the same acceleration as :func:`fixed_point`; its steps, or 0 if it was not found.

    ``trail`` (2 * MEMORY + 4, d) is room for the falls of the residual and the moves that went with them.
    """
    falls, moves = trail[:MEMORY], trail[MEMORY : 2 * MEMORY]
    gap, last_gap, last, move = trail[2 * MEMORY], trail[2 * MEMORY + 1], trail[2 * MEMORY + 2], trail[2 * MEMORY + 3]
    gram = np.zeros((MEMORY, MEMORY))
    size, best, fresh, made = len(point), np.inf, True, 0
    point[:] = 0.0
    for steps in range(1, MOST_STEPS + 1):
        _step(world, work, typical_theta, point, gap)
        norm = 0.0
        for i in range(size):
            gap[i] -= point[i]
            norm += gap[i] * gap[i]
        if norm < size * TOLERANCE**2 and np.abs(gap).max() < TOLERANCE:
            for i in range(size):
                point[i] += gap[i]
            return steps
        if not (
            norm <= 1e6 * best and norm < np.inf
        ):  # the history misleads, or a figure is none: back, and on by a plain step
            if fresh:
                return 0
            for i in range(size):
                point[i] = last[i] + 0.2 * min(LONGEST_STEP, max(-LONGEST_STEP, last_gap[i]))
            best, fresh, made = np.inf, True, 0
            continue
        best = min(best, norm)
        if not fresh:
            _remember(falls, moves, gram, made % MEMORY, min(made + 1, MEMORY), point, gap, last, last_gap)
            made += 1
        fresh = False
        last[:], last_gap[:], move[:] = point, gap, gap
        if steps > PLAIN_STEPS:
            _accelerate(falls, moves, gram, min(made, MEMORY), gap, move)
        for i in range(size):
            point[i] += min(LONGEST_STEP, max(-LONGEST_STEP, move[i]))
    return 0


@_SUMS
def _remember(
    falls: FloatArray, moves: FloatArray, gram: FloatArray, slot: int, kept: int, point: FloatArray, gap: FloatArray,
    last: FloatArray, last_gap: FloatArray,
) -> None:  # fmt: skip
    """Put the newest fall of the residual in the place of the oldest."""
    for i in range(len(gap)):
        fall = gap[i] - last_gap[i]
        falls[slot, i], moves[slot, i] = fall, point[i] - last[i] + fall
    for a in range(kept):
        total = 0.0
        for i in range(len(gap)):
            total += falls[a, i] * falls[slot, i]
        gram[a, slot] = gram[slot, a] = total


@_EXACT
def solve_all(
    world: World,
    change: Change,
    rows: IntArray,
    real_income: FloatArray,
    rent: FloatArray,
    steps: IntArray,
    fate: IntArray,
) -> None:
    """Solve the scenarios of these rows, one after another; each writes its own row of the results."""
    sectors, count = world.output.shape
    work, size = _room(world), sectors * count
    point, trail = np.zeros(2 * size + count), np.zeros((2 * MEMORY + 4, 2 * size + count))
    for row in rows:
        fate[row] = _begin(world, change, row, work)
        if fate[row] != CONVERGED:
            continue
        steps[row] = _settle(world, work, change.typical_theta[row], point, trail)
        if steps[row] == 0:
            fate[row] = NO_STEP
            continue
        _step(world, work, change.typical_theta[row], point, trail[0])  # what is earned and spent there
        for j in range(count):
            price = 0.0
            for k in range(sectors):
                price += world.final[k, j] * point[k * count + j]
            if not work.income[j] > 0.0:
                fate[row] = NO_INCOME
            real_income[row, j], rent[row, j] = work.income[j] / world.income[j] / np.exp(price), work.rent[j]
