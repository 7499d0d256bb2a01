"""Hazards lived through step by step, compiled: when each comes, what it closes, and which states of the world follow.

Chance is counter-based: the numbers of future *k*, hazard *j* and step *t* are a function of the seed and of these three, so
that no future depends on another, nor on who computes it, and policies meet the same luck.

Salmon, Moraes, Dror, Shaw (2011), Parallel random numbers: as easy as 1, 2, 3. doi:10.1145/2063384.2063405

Imported where it is called: numba takes half a second to load.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from equipoise.maths.compiling import compiled as translated

__all__ = ["closures", "give_way", "paths", "philox", "rooms", "states", "unfit"]

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

compiled = translated()

LOW = np.uint64(0xFFFFFFFF)
HALF = np.uint64(32)
MULTIPLIERS = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
STEPS = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
UNIT = 1.0 / 4294967296.0


@compiled
def philox(
    a: np.uint64, b: np.uint64, c: np.uint64, d: np.uint64, key: np.uint64, other: np.uint64
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    """Four random words of 32 bits from a counter of four and a key of two: Philox 4x32 with ten rounds."""
    for _ in range(10):
        p, q = MULTIPLIERS[0] * a, MULTIPLIERS[1] * c
        a, b, c, d = (q >> HALF) ^ b ^ key, q & LOW, (p >> HALF) ^ d ^ other, p & LOW
        key, other = (key + STEPS[0]) & LOW, (other + STEPS[1]) & LOW
    return a, b, c, d


@compiled
def _triangular(low: float, mode: float, high: float, chance: float) -> float:
    """Inverse of the triangular law."""
    span = high - low
    if span <= 0.0:
        return mode
    if chance * span < mode - low:
        return float(low + np.sqrt(chance * span * (mode - low)))
    return float(high - np.sqrt((1.0 - chance) * span * (high - mode)))


@compiled
def closures(
    number: Whole, seed: int, rate: Floats, size: Floats, lasting: Floats,
    often: Floats, provoked: Floats, reach: Floats, longer: Floats, steps: int, closed: Floats,
) -> None:  # fmt: skip
    """What each hazard closes in each step, into ``closed`` (K, P, W, 2, T, J), in [0, 1].

    ``rate`` (K, W, J) events a year; ``size`` and ``lasting`` (J, 3) low, mode and high of the share that an event closes and of
    the steps that it lasts; ``often``, ``provoked``, ``reach``, ``longer`` (K, P, Y, J) factors by which a policy changes rate,
    rate where provoked, share, and length. There are ``steps`` a year. An event begins in
    a step with the chance of its rate; what is closed for a part of a step takes that part; of several events of one hazard the
    largest counts.
    """
    futures, policies, weightings, _, times, hazards = closed.shape
    years, lives = often.shape[2], weightings * 2
    begins, most = np.empty((policies, lives, years)), np.empty(years)
    key, other = np.uint64(seed & 0xFFFFFFFF), np.uint64((seed >> 32) & 0xFFFFFFFF)
    for k in range(futures):
        low, high = np.uint64(number[k] & 0xFFFFFFFF), np.uint64(number[k] >> 32)
        for j in range(hazards):
            _chances(rate[k, :, j], often[k, :, :, j], provoked[k, :, :, j], steps, begins, most)
            if most.max() <= 0.0:
                continue
            for t in range(times):
                a, b, c, _ = philox(low, high, np.uint64(j), np.uint64(t), key, other)
                chance = (float(a) + 0.5) * UNIT
                if chance >= most[t // steps]:
                    continue
                share = _triangular(size[j, 0], size[j, 1], size[j, 2], (float(b) + 0.5) * UNIT)
                length = _triangular(lasting[j, 0], lasting[j, 1], lasting[j, 2], (float(c) + 0.5) * UNIT)
                for p in range(policies):
                    for life in range(lives):
                        if chance < begins[p, life, t // steps]:
                            left = length * longer[k, p, t // steps, j]
                            at = t
                            while at < times and left > 0.0:
                                found = min(min(left, 1.0) * share * reach[k, p, at // steps, j], 1.0)
                                before = closed[k, p, life // 2, life % 2, at, j]
                                closed[k, p, life // 2, life % 2, at, j] = max(before, found)
                                left -= 1.0
                                at += 1


@compiled
def _chances(rate: Floats, often: Floats, provoked: Floats, steps: int, begins: Floats, most: Floats) -> None:
    """Chance that an event begins in a step, of each policy, life and year, into ``begins`` (P, 2 W, Y); ``most`` (Y,) of all."""
    policies, lives, years = begins.shape
    for p in range(policies):
        for life in range(lives):
            before, chance = 0.0, 0.0
            for y in range(years):
                now = rate[life // 2] * often[p, y] * (provoked[p, y] if life % 2 == 1 else 1.0)
                if now != before:
                    before, chance = now, 1.0 - np.exp(-now / steps)
                begins[p, life, y] = chance
    for y in range(years):
        most[y] = begins[:, :, y].max()


@compiled
def states(
    closed: Floats, columns: Whole, track: Whole, epoch: Whole, ends: int, where: Whole, peace: Whole, last: Whole
) -> tuple[Whole, Whole, Floats]:
    """The states that must be looked at, none twice: their epoch (S,), -1 for today's; where those of each future begin
    (K + 1,); and what is closed in them (S, c + ends).

    ``columns`` (c,) are the hazards that matter; ``track`` (P,) the first policy that lives under the same limits; ``epoch``
    (K, P, T) numbers, through all futures, spans in which nothing but hazards changes on a track. In each future stand today's
    state; for each track its epochs in peace, ``peace`` (epochs,); the last of them when each of ``ends`` further columns is
    closed wholly, ``last`` (K, P, ends); and whatever else comes about. ``where`` (K, P, W, 2, T) tells the state of every step.
    """
    futures, policies, weightings, _, times, _ = closed.shape
    width, lives = len(columns), weightings * 2
    most = futures * (1 + policies * (ends + lives * times)) + len(peace)
    of, shut = np.empty(most, np.int64), np.empty((most, width + ends))
    starts, count = np.zeros(futures + 1, np.int64), 0
    before, here, row = np.empty((policies, lives), np.int64), np.empty(policies * lives, np.int64), np.empty(width)
    for k in range(futures):
        starts[k] = count
        of[count], shut[count] = -1, 0.0
        count += 1
        for lead in range(policies):
            if track[lead] == lead:
                count = _spans(epoch[k, lead], ends, width, of, shut, peace, last[k, lead], count)
                before[:] = -1
                for t in range(times):
                    count = _meet(
                        closed[k, :, :, :, t], columns, track, lead, epoch[k, lead, t], peace, of, shut, before, here, row,
                        where[k, :, :, :, t], count,
                    )  # fmt: skip
            else:
                last[k, lead] = last[k, track[lead]]
    starts[futures] = count
    return of[:count].copy(), starts, shut[:count].copy()


@compiled
def _spans(epoch: Whole, ends: int, width: int, of: Whole, shut: Floats, peace: Whole, last: Whole, count: int) -> int:
    """The states of one track in peace, and its last with each end closed; how many states there are then."""
    times = len(epoch)
    for t in range(times):
        if t == 0 or epoch[t] != epoch[t - 1]:
            of[count], shut[count] = epoch[t], 0.0
            peace[epoch[t]] = count
            count += 1
    for i in range(ends):
        of[count], shut[count] = epoch[times - 1], 0.0
        shut[count, width + i] = 1.0
        last[i] = count
        count += 1
    return count


@compiled
def _meet(
    closed: Floats, columns: Whole, track: Whole, lead: int, now: int, peace: Whole, of: Whole, shut: Floats,
    before: Whole, here: Whole, row: Floats, where: Whole, count: int,
) -> int:  # fmt: skip
    """The states that the lives of one track meet in one step; how many there are then."""
    policies, weightings, _, _ = closed.shape
    found, width = 0, len(columns)
    for p in range(lead, policies):
        if track[p] == lead:
            for life in range(weightings * 2):
                busy = False
                for c in range(width):
                    row[c] = closed[p, life // 2, life % 2, columns[c]]
                    busy |= row[c] > 0.0
                state = _known(of, shut, row, now, before[p, life], here[:found]) if busy else peace[now]
                if state < 0:
                    state = count
                    of[count] = now
                    shut[count, :width], shut[count, width:] = row, 0.0
                    here[found] = state
                    found += 1
                    count += 1
                before[p, life] = state
                where[p, life // 2, life % 2] = state
    return count


@compiled
def _known(of: Whole, shut: Floats, row: Floats, now: int, past: int, here: Whole) -> int:
    """The state that closes what a row does: that of the step before, or one met in this step; -1 if there is none."""
    if past >= 0 and of[past] == now and _same(shut[past], row):
        return past
    for state in here:
        if _same(shut[state], row):
            return int(state)
    return -1


@compiled
def _same(shut: Floats, row: Floats) -> bool:
    """Whether a state closes what a row does."""
    equal = True
    for c in range(len(row)):
        equal &= shut[c] == row[c]
    return equal


@compiled
def rooms(
    starts: Whole, of: Whole, shut: Floats, hit: Floats, today: Floats, room: Floats, unknown: NDArray[np.bool_],
    usual: Floats, others: Floats, bound: Floats, scale: Floats, small: float, capacity: Floats, fits: NDArray[np.bool_],
) -> None:  # fmt: skip
    """Capacity of every arc in every state that is left to one cargo, into ``capacity`` (S, m).

    ``hit`` (K, c, m) is what a hazard takes of each arc where it is whole; ``today`` (K, m) and ``room`` (epochs, m) what there
    is with nothing closed. Of an arc of ``unknown`` capacity a share closed takes that share of what it carries ``usual``\\ ly.
    ``others`` (K, m) go first where they fit; where they do not, ``fits`` (S,) is false and nothing is taken off. ``bound``
    (K, m) is the cargo's own, times ``scale`` (epochs, m).
    """
    arcs, hazards = capacity.shape[1], shut.shape[1]
    touched, many = np.empty((hazards, arcs), np.int64), np.empty(hazards, np.int64)
    left, one = np.ones(arcs), np.ones(arcs)
    for k in range(len(starts) - 1):
        _touches(hit[k], touched, many)
        for s in range(starts[k], starts[k + 1]):
            base, wide = (today[k], one) if of[s] < 0 else (room[of[s]], scale[of[s]])
            for arc in range(arcs):
                capacity[s, arc] = max(base[arc], 0.0)
            _close(shut[s], hit[k], touched, many, unknown, usual[k], left, capacity[s])
            fitting = True
            for arc in range(arcs):
                fitting &= others[k, arc] <= capacity[s, arc] + small
            fits[s] = fitting
            if fitting:
                for arc in range(arcs):
                    capacity[s, arc] = min(max(capacity[s, arc] - others[k, arc], 0.0), bound[k, arc] * wide[arc])


@compiled
def _touches(hit: Floats, touched: Whole, many: Whole) -> None:
    """The arcs that each hazard touches: their numbers, and how many."""
    for c in range(len(hit)):
        many[c] = 0
        for arc in range(hit.shape[1]):
            if hit[c, arc] > 0.0:
                touched[c, many[c]] = arc
                many[c] += 1


@compiled
def _close(
    shut: Floats, hit: Floats, touched: Whole, many: Whole, unknown: NDArray[np.bool_], usual: Floats, left: Floats,
    capacity: Floats,
) -> None:  # fmt: skip
    """Take from one state what its hazards take; ``left`` (m,) is 1 before and after."""
    for c in range(len(shut)):
        if shut[c] > 0.0:
            for at in range(many[c]):
                left[touched[c, at]] *= 1.0 - shut[c] * hit[c, touched[c, at]]
    for c in range(len(shut)):
        if shut[c] > 0.0:
            for at in range(many[c]):
                arc = touched[c, at]
                if left[arc] < 1.0:
                    capacity[arc] = (usual[arc] if unknown[arc] else capacity[arc]) * left[arc]
                    left[arc] = 1.0


@compiled
def unfit(
    starts: Whole, fits: NDArray[np.bool_], capacity: Floats, bound: Floats, rows: Whole, groups: Whole, room: Floats
) -> None:
    """The states that do not fit: their places into ``rows`` (u,), where those of each future begin into ``groups`` (K + 1,), and
    their capacities within ``bound`` (K, m) into ``room`` (u, m)."""
    count = 0
    for k in range(len(starts) - 1):
        groups[k] = count
        for s in range(starts[k], starts[k + 1]):
            if not fits[s]:
                rows[count] = s
                for arc in range(capacity.shape[1]):
                    room[count, arc] = min(capacity[s, arc], bound[k, arc])
                count += 1
    groups[len(starts) - 1] = count


@compiled
def give_way(
    groups: Whole, rows: Whole, of: Whole, flow: Floats, bound: Floats, scale: Floats, capacity: Floats
) -> None:
    """Take what others carry (u, m) off the capacity of the states that did not fit."""
    for k in range(len(groups) - 1):
        for at in range(groups[k], groups[k + 1]):
            s = rows[at]
            for arc in range(capacity.shape[1]):
                wide = bound[k, arc] * (scale[of[s], arc] if of[s] >= 0 else 1.0)
                capacity[s, arc] = min(max(capacity[s, arc] - flow[at, arc], 0.0), wide)


@compiled
def paths(
    steps: int, amount: Floats, potential: Floats, reference: Floats, beside: Floats, weight: float, tank: Floats,
    fees: Floats, closed: Floats, weak: Floats, part: Whole, whole: Whole, nobody: Floats, curve: Floats, terms: Floats,
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
                    most = _beyond(
                        closed[k, p, w, on, t], weak[k, p, y], part, whole, curve[k, p, y], terms[k, p, y], nodes[k],
                        2.0 * share - 1.0, stuck,
                    )  # fmt: skip
                    loss[k, p, w, on, t] = stuck + most + fees[k, p, w, on, t]


@compiled
def _beyond(
    closed: Floats, weak: Floats, part: Whole, whole: Whole, curve: Floats, terms: Floats, nodes: Floats, share: float,
    stuck: float,
) -> float:  # fmt: skip
    """The largest loss that what is closed adds to what is stuck."""
    most = 0.0
    for j in range(len(closed)):
        if closed[j] > 0.0:
            if whole[j] >= 0:
                most = max(most, closed[j] * (_poly(curve[whole[j]], share) + terms[whole[j]] - stuck))
            elif part[j] >= 0:
                most = max(most, _cubic(nodes[part[j]], min(closed[j] * weak[j], 1.0)))
    return most


@compiled
def _poly(coefficients: Floats, x: float) -> float:
    """A polynomial by Horner's rule."""
    found = 0.0
    for i in range(len(coefficients) - 1, -1, -1):
        found = found * x + coefficients[i]
    return found


@compiled
def _cubic(nodes: Floats, x: float) -> float:
    """The cubic through values at 0, a third, two thirds and 1."""
    a, b, c = x - 1.0 / 3.0, x - 2.0 / 3.0, x - 1.0
    ends = -4.5 * nodes[0] * a * b * c + 4.5 * nodes[3] * x * a * b
    return float(ends + 13.5 * nodes[1] * x * b * c - 13.5 * nodes[2] * x * a * c)
