"""The map of :mod:`equipoise.maths.equilibrium.many` for one economy's arcs and endowment, compiled; and its fixed point.

One scenario after another is solved from where nothing changes, so that none depends on its neighbours. The loops are those
of the map: state (log price (s, n), log output (s, n), log wage (n,)) in one array. Sums may be taken in any order
(``reassoc``) but figures that are not finite stay what they are, for they are how a failure is seen.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from equipoise.maths.compiling import compiled
from equipoise.maths.fixed_point import LONGEST_STEP, MOST_STEPS, PLAIN_STEPS, TOLERANCE

__all__ = ["CONVERGED", "Change", "World", "solve_all"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]

CONVERGED, NO_STEP, NO_SUPPLIER, STRANDED, NO_INCOME = 0, 1, 2, 3, 4
"""What became of a scenario."""
MEMORY = 12
"""Residuals that the acceleration remembers: more than the slow one, for here they cost little."""
LOG_2 = math.log(2.0)
LOG_2_HIGH = 0.693147180369123816490
"""The first bits of the logarithm of 2, so that a whole number of them is exact."""
LOG_2_LOW = 1.90821492927058770002e-10
LARGEST = 708.0
"""Largest logarithm of a number that is told from infinity."""
HUGE = 1e200
"""Above any residual that is one."""
ROOT_HALF = 0x3FE6A09E667F3BCD
"""Bits of the square root of 1/2."""
EXP_13, EXP_12, EXP_11, EXP_10, EXP_9, EXP_8 = (1.0 / math.factorial(k) for k in (13, 12, 11, 10, 9, 8))
EXP_7, EXP_6, EXP_5, EXP_4, EXP_3 = (1.0 / math.factorial(k) for k in (7, 6, 5, 4, 3))


_EXACT = compiled(error_model="numpy", fastmath={"contract"})
_SUMS = compiled(error_model="numpy", fastmath={"reassoc", "contract", "nsz", "arcp"})


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
    levels: FloatArray  # (d,) exponentials of the state, as one and in its parts
    price: FloatArray  # (s, n)
    made: FloatArray  # (s, n)
    wage: FloatArray  # (n,)
    ratios: FloatArray  # (d,) what the new state is the logarithm of, as one and in its parts
    found: FloatArray  # (s, n)
    sold: FloatArray  # (s, n)
    hired: FloatArray  # (n,)
    exponent: FloatArray  # (s, n)
    appeal: FloatArray  # (s, n)
    peak: FloatArray  # (s,)
    spending: FloatArray  # (s, n)
    turned: FloatArray  # (n, s)
    income: FloatArray  # (n,)
    rent: FloatArray  # (n,)


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
    size, shape = sectors * count, (sectors, count)
    levels, ratios = np.zeros(2 * size + count), np.zeros(2 * size + count)
    table, line = np.zeros((4, sectors, count)), np.zeros((5, count))
    return Work(
        np.zeros(sectors), line[0], reach, heard, table[0], line[1], line[2],
        levels, levels[:size].reshape(shape), levels[size : 2 * size].reshape(shape), levels[2 * size :],
        ratios, ratios[:size].reshape(shape), ratios[size : 2 * size].reshape(shape), ratios[2 * size :],
        table[1], table[2], np.zeros(sectors), table[3], np.zeros((count, sectors)), line[3], line[4],
    )  # fmt: skip


@_EXACT
def _some(values: FloatArray) -> bool:
    """Whether any is not zero."""
    for value in values:  # noqa: SIM110
        if value != 0.0:
            return True
    return False


@_EXACT
def _begin(world: World, change: Change, row: int, work: Work) -> int:
    """Lay out one scenario; tell whether it can have an equilibrium."""
    sectors, count = world.output.shape
    home = change.home
    for j in range(count):
        work.shift[j] = np.log(change.quantity[row]) if j == home else 0.0
        work.hands[j], work.labour[j] = 0.0, 0.0
        for k in range(sectors):
            work.needs[k, j] = 0.0
    for k in range(sectors):
        work.theta[k] = change.theta[row, k]
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
            if world.wanted[k, j] and not _some(work.heard[k, j]):
                return NO_SUPPLIER
    return STRANDED if _stranded(work.reach, world.gap, world.value_added) else CONVERGED


@_EXACT
def _stranded(reach: FloatArray, gap: FloatArray, size: FloatArray) -> bool:
    """Whether economies that trade only with each other would have to keep a deficit."""
    count = len(gap)
    group, held = np.arange(count), 0
    for i in range(count):
        held += abs(gap[i]) > 1e-6 * size[i]
    if not held:
        return False
    for _ in range(count):
        moved = False
        for i in range(count):
            for j in range(count):
                if group[i] != group[j] and _some(reach[:, i, j]):
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
def _supply(world: World, work: Work, state: FloatArray) -> None:
    """Appeal of sellers, scaled so that the largest of a sector is 1, and the logarithm of that scale."""
    sectors, count = world.output.shape
    for k in range(sectors):
        for j in range(count):
            work.turned[j, k] = state[k * count + j]
    for j in range(count):
        log_wage = state[2 * sectors * count + j]
        for k in range(sectors):
            cost = 0.0
            for i in range(sectors):
                cost += world.used[j, k, i] * work.turned[j, i]
            cost += world.own[k, j] * log_wage
            if world.endowed[k]:
                cost = state[(sectors + k) * count + j] - work.shift[j]
            work.exponent[k, j] = -work.theta[k] * cost
    for k in range(sectors):
        peak = work.exponent[k, 0]
        for j in range(1, count):
            peak = max(peak, work.exponent[k, j])
        for j in range(count):
            work.exponent[k, j] -= peak
        work.peak[k] = peak
    _exponential(work.exponent.reshape(-1), work.appeal.reshape(-1))


@_SUMS
def _earn(world: World, work: Work) -> None:
    """Spending on inputs, rent and income."""
    sectors, count = world.output.shape
    for j in range(count):
        work.rent[j] = -work.hands[j] * work.wage[j]
    for k in range(sectors):
        for j in range(count):
            work.made[k, j] *= world.output[k, j]
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
    for j in range(count):
        earned = work.wage[j] * work.labour[j] + work.rent[j]
        work.income[j] = earned + world.gap[j] * (earned / world.value_added[j] if world.proportional else 1.0)


@_SUMS
def _trade(world: World, work: Work) -> None:
    """Reach of buyers, sales over those before, and labour hired."""
    sectors, count = world.output.shape
    largest = 0.0
    for j in range(count):
        largest = max(largest, abs(work.income[j]))
        work.hired[j] = work.hands[j] * work.wage[j]
    for k in range(sectors):
        for j in range(count):
            total = 0.0
            for i in range(count):
                total += work.heard[k, j, i] * work.appeal[k, i]
            reach = total if world.wanted[k, j] else 1.0
            # on the way to an equilibrium an income may dip below zero
            spent = work.spending[k, j] + world.final[k, j] * max(work.income[j], 1e-12 * largest)
            work.spending[k, j] = spent / reach
            work.found[k, j] = reach
        for j in range(count):
            total = 0.0
            for i in range(count):
                total += work.reach[k, j, i] * work.spending[k, i]
            sold, before = work.appeal[k, j] * total, world.output[k, j]
            work.sold[k, j] = sold / before if (before > 0.0) & (sold > 0.0) else 1.0
            work.hired[j] += 0.0 if world.endowed[k] else world.own[k, j] * sold
    for j in range(count):
        work.hired[j] /= work.wage[j] * work.labour[j]


@_SUMS
def _step(world: World, work: Work, typical_theta: float, state: FloatArray, new: FloatArray) -> None:
    """One pass over prices, outputs and wages together."""
    sectors, count = world.output.shape
    size = sectors * count
    _exponential(state, work.levels)
    _supply(world, work, state)
    _earn(world, work)
    _trade(world, work)
    _logarithm(work.ratios, new)
    after, before = 0.0, 0.0
    for i in range(2 * size, 2 * size + count):
        new[i] = state[i] + new[i] / (1.0 + typical_theta)
        after += np.exp(new[i]) * work.labour[i - 2 * size] + work.rent[i - 2 * size]
        before += world.value_added[i - 2 * size]
    shift = np.log(after / before) if after > 0.0 else 0.0
    for k in range(sectors):
        slower = 1.0 / (1.0 + work.theta[k]) if world.endowed[k] else 1.0
        for j in range(count):
            i = k * count + j
            price = -(new[i] + work.peak[k]) / work.theta[k]
            new[i] = (price if world.wanted[k, j] else 0.0) - shift
            new[size + i] = state[size + i] + (new[size + i] - state[size + i]) * slower - shift
    for i in range(2 * size, 2 * size + count):
        new[i] -= shift


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
        for b in range(kept):
            normal[a, b] = gram[a, b]
    _weights(normal, weight, kept)
    for a in range(kept):
        for i in range(len(gap)):
            move[i] -= weight[a] * moves[a, i]


@_SUMS
def _settle(world: World, work: Work, typical_theta: float, point: FloatArray, trail: FloatArray) -> int:
    """The fixed point, by the same acceleration as :func:`fixed_point`; its steps, or 0 if it was not found.

    ``trail`` (2 * MEMORY + 4, d) is room for the falls of the residual and the moves that went with them. What is earned
    and spent at the fixed point is left in ``work``.
    """
    falls, moves = trail[:MEMORY], trail[MEMORY : 2 * MEMORY]
    gap, last_gap, last, move = trail[2 * MEMORY], trail[2 * MEMORY + 1], trail[2 * MEMORY + 2], trail[2 * MEMORY + 3]
    gram, best, fresh, made, found = np.zeros((MEMORY, MEMORY)), np.inf, True, 0, 0
    for i in range(len(point)):
        point[i], last[i], last_gap[i] = 0.0, 0.0, 0.0
    for steps in range(1, MOST_STEPS + 1):
        _step(world, work, typical_theta, point, gap)
        if found:
            return found
        norm = 0.0
        for i in range(len(point)):
            gap[i] -= point[i]
            move[i] = gap[i]
            norm += gap[i] * gap[i]
        if norm < TOLERANCE**2:
            found = steps
        elif not norm <= min(
            1e6 * best, HUGE
        ):  # the history misleads, or a figure is none: back, and on by a plain step
            if fresh:
                return 0
            for i in range(len(point)):
                point[i], move[i] = last[i], 0.2 * min(LONGEST_STEP, max(-LONGEST_STEP, last_gap[i]))
            best, fresh, made = np.inf, True, 0
        else:
            made += 0 if fresh else 1
            _remember(falls, moves, gram, made, point, gap, last, last_gap)
            best, fresh = min(best, norm), False
            if steps > PLAIN_STEPS:
                _accelerate(falls, moves, gram, min(made, MEMORY), gap, move)
        for i in range(len(point)):
            point[i] += min(LONGEST_STEP, max(-LONGEST_STEP, move[i]))
    return 0


@_SUMS
def _remember(
    falls: FloatArray, moves: FloatArray, gram: FloatArray, made: int, point: FloatArray, gap: FloatArray,
    last: FloatArray, last_gap: FloatArray,
) -> None:  # fmt: skip
    """Put the newest fall of the residual, the one that is ``made`` by now, in the place of the oldest."""
    slot = (made - 1) % MEMORY
    for i in range(len(gap) if made else 0):
        fall = gap[i] - last_gap[i]
        falls[slot, i], moves[slot, i] = fall, point[i] - last[i] + fall
    for a in range(min(made, MEMORY)):
        total = 0.0
        for i in range(len(gap)):
            total += falls[a, i] * falls[slot, i]
        gram[a, slot] = gram[slot, a] = total
    for i in range(len(gap)):
        last[i], last_gap[i] = point[i], gap[i]


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
        for j in range(count):
            price = 0.0
            for k in range(sectors):
                price += world.final[k, j] * point[k * count + j]
            if not work.income[j] > 0.0:
                fate[row] = NO_INCOME
            real_income[row, j] = work.income[j] / world.income[j] / np.exp(price)
            rent[row, j] = work.rent[j] / work.income[j]
