"""The spatial model, compiled: what each actor wants, expects, proposes and accepts in one turn, and turn after turn.

Everything is on the scale 0 to 1. Letters: V value, R risk, U utility, w weight, C coalition, P probability of victory.
One file, for numba remembers machine code by the date of its file. Imported where it is called: numba takes time to load.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from equipoise.maths.compiling import compiled as translated

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


compiled = translated(error_model="numpy")

VICTORY, VOTING, CHOICE, TRANSITION, RANGE, ADJUST, COMMIT, INTERPOLATION, BARGAIN, _SUM, DECIMALS = range(11)
"""Where each option stands among the numbers that the program is given; values are places in ``options.CHOICES``."""
SHARES = (1.0 / 3.0, 0.0, 0.5, 2.0 / 3.0, 1.0)
"""How far a guess of another's risk attitude moves from one's own to what it is, by option."""
BOLDEST = (-0.5, 0.0, -1.0)
"""Risk attitude of the actor whose position is the least safe, by option; the safest has 1."""
LEAST_COALITION = 1e-8
"""Strength of a coalition that nobody joins: positions that nobody tells apart are chosen between by a throw of a coin."""
SLIGHT = 1e-8
"""Difference of utility over which a vote of all or nothing turns round."""
ROUND_OFF = 1e-12
"""Difference of utility that is none: without this a vote of all or nothing would be cast over the last bit."""
DECISIVE = 1.10
"""Advantage in strength that wins for certain where victory is all or nothing."""
LEAST_PRINCIPAL = 1e-10
"""Strength that either side of a challenge has without anyone's support."""
LEAST_WEIGHT = 1e-6
"""Weight with which an actor keeps its own position in a bargain where neither side cares."""
LEAST_GAIN = 1e-5
"""Expected gain of utility below which a challenge is not worth making."""
TIE = 1e-9
"""Difference of probability or utility below which two options tie: what rounding alone may make of equal ones."""
SAME_PLACE = 1e-3
"""Distance below which two positions count as one when it is asked which position prevails."""


@compiled
def vote(rule: int, weight: float, gain: float) -> float:
    """Influence that an actor exerts for one of two positions; < 0 for the other."""
    if rule == 0:
        return weight * gain
    if abs(gain) < ROUND_OFF:
        return 0.0
    response = gain
    binary = min(1.0, max(-1.0, gain / SLIGHT))
    if rule == 1:
        response = binary
    elif rule == 2:
        response = 0.8 * gain + 0.2 * binary
    elif rule == 3:
        response = 0.5 * gain + 0.5 * gain**3
    elif rule == 4:
        response = gain**3
    elif gain > 0.0:
        response = gain * 2.0 / 3.0
    return weight * response


@compiled
def prevails(model: int, ours: float, theirs: float) -> float:
    """Probability that a coalition of one strength beats one of another."""
    if model == 4:
        if ours >= DECISIVE * theirs:
            return 1.0 / (1.0 + 1e-6)
        if theirs >= DECISIVE * ours:
            return 1e-6 / (1.0 + 1e-6)
        return (ours / (ours + theirs) * (DECISIVE + 1.0) - 1.0) / (DECISIVE - 1.0)
    ratio = theirs / ours
    for _ in range(model):  # linear, square, quartic, octic: the exponent doubles
        ratio *= ratio
    return 1.0 / (1.0 + ratio)


@compiled
def utility(value: float, risk: float) -> float:
    """Value of a position seen by one who is averse to risk (> 0) or seeks it (< 0)."""
    return value * (1.0 + (1.0 - value) * risk)


@compiled
def worth(own: FloatArray, other: FloatArray, salience: FloatArray) -> float:
    """Value of a position to an actor: 1 at its own, less by the distance weighed by its salience."""
    moved, cared = 0.0, 0.0
    for k in range(len(own)):
        moved += (salience[k] * (own[k] - other[k])) ** 2
        cared += salience[k] ** 2
    return max(0.0, 1.0 - math.sqrt(moved / cared))


@compiled
def coalitions(code: IntArray, weight: FloatArray, gain: FloatArray, strength: FloatArray, victory: FloatArray) -> None:
    """Strength of all who prefer option i to j, (n,n), and the probability that i prevails; gain (a,n) are utilities."""
    actors, options = gain.shape
    for i in range(options):
        strength[i, i], victory[i, i] = LEAST_COALITION, 0.5
        for j in range(i):
            ours, theirs = LEAST_COALITION, LEAST_COALITION
            for k in range(actors):
                cast = vote(code[VOTING], weight[k], gain[k, i] - gain[k, j])
                if cast > 0.0:
                    ours += cast
                else:
                    theirs -= cast
            strength[i, j], strength[j, i] = ours, theirs
            victory[i, j] = prevails(code[VICTORY], ours, theirs)
            victory[j, i] = prevails(code[VICTORY], theirs, ours)


@compiled
def elect(code: IntArray, strength: FloatArray, victory: FloatArray) -> FloatArray:
    """Probability of each option in a probabilistic Condorcet election, (n,)."""
    options = len(victory)
    if code[CHOICE] == 0:  # beats all others, given that one does
        chance = np.zeros(options)
        for i in range(options):
            for j in range(options):
                chance[i] += np.log(max(victory[i, j], 1e-300))
        likely: FloatArray = np.exp(chance - chance.max())
        likely /= likely.sum()
        return likely
    challenge = np.empty((options, options))  # [i, j]: how likely i is put up against j
    for j in range(options):
        total = 0.0
        for i in range(options):
            drive = strength[i, j] * victory[i, j] if code[CHOICE] == 1 else 1.0
            challenge[i, j] = drive
            total += drive
        for i in range(options):
            challenge[i, j] /= total
    return stationary(challenge, victory)


@compiled
def stationary(challenge: FloatArray, victory: FloatArray) -> FloatArray:
    """How often each option is the favourite when favourites are challenged and beaten without end, (n,)."""
    options = len(victory)
    chance = np.full(options, 1.0 / options)
    for _ in range(100_000):
        change = 0.0
        following = np.zeros(options)
        for i in range(options):
            for j in range(options):
                following[i] += victory[i, j] * (chance[i] * challenge[j, i] + chance[j] * challenge[i, j])
        for i in range(options):
            following[i] = 0.5 * (following[i] + chance[i])
            change = max(change, abs(following[i] - chance[i]))
        chance = following / following.sum()
        if change < 1e-13:
            break
    return chance


@compiled
def attitudes(code: IntArray, chance: FloatArray) -> FloatArray:
    """Risk that each actor takes: the safer its position, the more averse it is; all neutral where all are as safe."""
    least, most = chance.min(), chance.max()
    risk = np.zeros(len(chance))
    if most - least > 1e-12:
        low = BOLDEST[code[RANGE]]
        for i in range(len(chance)):
            risk[i] = low + (1.0 - low) * (chance[i] - least) / (most - least)
    return risk


@compiled
def values(position: FloatArray, salience: FloatArray) -> FloatArray:
    """Value to i of the position of j, (a,a)."""
    actors = len(position)
    value = np.ones((actors, actors))
    for i in range(actors):
        for j in range(actors):
            if i != j:
                value[i, j] = worth(position[i], position[j], salience[i])
    return value


@compiled
def estimates(code: IntArray, value: FloatArray, risk: FloatArray, h: int) -> FloatArray:
    """What actor h believes the utility of each position to each actor to be, (a,a)."""
    share = SHARES[code[ADJUST]]
    return utilities(value, (1.0 - share) * risk[h] + share * risk)


@compiled
def utilities(value: FloatArray, risk: FloatArray) -> FloatArray:
    """Utility to i of the position of j, (a,a)."""
    found = np.empty_like(value)
    for i in range(len(value)):
        for j in range(len(value)):
            found[i, j] = utility(value[i, j], risk[i])
    return found


@compiled
def odds(code: IntArray, believed: FloatArray, weight: FloatArray, i: int, j: int) -> float:
    """Probability that i defeats j, under the utilities that somebody believes in; weight is capability times salience."""
    rule, commit = code[VOTING], code[COMMIT]
    ours = LEAST_PRINCIPAL + max(0.0, vote(rule, weight[i], believed[i, i] - believed[i, j]))
    theirs = LEAST_PRINCIPAL + max(0.0, -vote(rule, weight[j], believed[j, i] - believed[j, j]))
    first, second = ours, theirs
    for n in range(len(weight)):
        if n in (i, j):
            continue
        for_first, for_second, kept = believed[n, i], believed[n, j], believed[n, n]
        leaning = vote(rule, weight[n], for_first - for_second)
        with_first, with_second = ours + max(0.0, leaning), theirs + max(0.0, -leaning)
        won = with_first / (with_first + with_second)  # by i, in a contest of i and j with n where it leans
        if commit == 0:  # it keeps its place if its side wins, and takes the winner's if not
            stand = won * (kept - for_first) - (1.0 - won) * (kept - for_second)
        else:  # bound not at all or wholly, it fares alike on either side: it abstains, unless it votes as it prefers
            stand = for_first - for_second if commit == 3 else 0.0
        cast = vote(rule, weight[n], stand)
        if cast > 0.0:
            first += cast
        else:
            second -= cast
    return first / (first + second)


@compiled
def gained(believed: FloatArray, k: int, i: int, j: int, won: float, care: float) -> float:
    """Utility that k is expected to gain if i challenges j: if j, caring so much, resists, i wins with that probability."""
    return float(believed[k, i] - believed[k, j]) * (1.0 - 2.0 * care * (1.0 - won))


@compiled
def rounded(place: float, decimals: int) -> float:
    """A place on 0 to 1 rounded to so many decimals of 0 to 100, halves upwards."""
    if decimals < 0:
        return place
    scale = 100.0 * 10.0**decimals
    return math.floor(place * scale + 0.5) / scale


@compiled
def settle(
    code: IntArray, own: FloatArray, other: FloatArray, care: FloatArray, their_care: FloatArray, won: float,
    mine: FloatArray, theirs: FloatArray,
) -> None:  # fmt: skip
    """Write the places that two actors would take in a bargain, the first prevailing with a given probability."""
    for k in range(len(own)):
        if code[INTERPOLATION] == 2:
            ours, yours = care[k] ** 2, their_care[k] ** 2
            give, take = max(0.0, 1.0 - 2.0 * won), max(0.0, 2.0 * won - 1.0)
            moved = give * yours / (give * yours + LEAST_WEIGHT + (1.0 - give) * ours)
            pulled = take * ours / (take * ours + LEAST_WEIGHT + (1.0 - take) * yours)
            mine[k] = own[k] + moved * (other[k] - own[k])
            theirs[k] = other[k] + pulled * (own[k] - other[k])
            continue
        power = 2 - code[INTERPOLATION]
        ours, yours = (care[k] * won) ** power, (their_care[k] * (1.0 - won)) ** power
        total = ours + yours + LEAST_WEIGHT
        mine[k] = rounded(((ours + LEAST_WEIGHT) * own[k] + yours * other[k]) / total, code[DECIMALS])
        theirs[k] = rounded((ours * own[k] + (yours + LEAST_WEIGHT) * other[k]) / total, code[DECIMALS])


@compiled
def challenge(
    code: IntArray, position: FloatArray, salience: FloatArray, capability: FloatArray, value: FloatArray, risk: FloatArray
) -> tuple[IntArray, FloatArray, FloatArray, IntArray, IntArray, FloatArray]:  # fmt: skip
    """Whom each actor challenges (a,), -1 nobody; its gain and odds (a,); the bargains (b,) by initiator and receiver, and
    where they would stand (b,2,d)."""
    actors, dimensions = position.shape
    care, weight = np.zeros(actors), np.zeros(actors)
    for i in range(actors):
        care[i] = salience[i].sum()
        weight[i] = care[i] * capability[i]
    target, gain, chance = np.full(actors, -1), np.zeros(actors), np.full(actors, 0.5)
    starter, partner = np.empty(2 * actors, np.int64), np.empty(2 * actors, np.int64)
    places = np.empty((2 * actors, 2, dimensions))
    made = 0
    for i in range(actors):
        believed = estimates(code, value, risk, i)
        for j in range(actors):
            if j != i:
                won = odds(code, believed, weight, i, j)
                more = gained(believed, i, i, j, won, care[j])
                if more > LEAST_GAIN and more > gain[i]:
                    target[i], gain[i], chance[i] = j, more, won
        j = target[i]
        if j < 0:
            continue
        starter[made], partner[made] = i, j
        settle(code, position[i], position[j], salience[i], salience[j], chance[i], places[made, 0], places[made, 1])
        made += 1
        if code[BARGAIN] == 0:
            continue
        seen = odds(code, estimates(code, value, risk, j), weight, i, j)
        starter[made], partner[made] = i, j
        settle(code, position[i], position[j], salience[i], salience[j], seen, places[made, 0], places[made, 1])
        if code[BARGAIN] == 1:
            made += 1
        else:
            share = weight[i] / max(weight[i] + weight[j], 1e-300)
            for side in range(2):
                for k in range(dimensions):
                    places[made - 1, side, k] += (1.0 - share) * (places[made, side, k] - places[made - 1, side, k])
    return target, gain, chance, starter[:made], partner[:made], places[:made]


@compiled
def appeal(
    position: FloatArray,
    salience: FloatArray,
    risk: FloatArray,
    own_utility: FloatArray,
    starter: IntArray,
    partner: IntArray,
    places: FloatArray,
) -> FloatArray:
    """Mean utility to each actor of all positions if nothing changes, then if each bargain is kept, (a, 1 + b)."""
    actors = len(position)
    found = np.empty((actors, 1 + len(starter)))
    for n in range(actors):
        now = own_utility[n].sum()
        found[n, 0] = now / actors
        for b in range(len(starter)):
            then = now - own_utility[n, starter[b]] - own_utility[n, partner[b]]
            for side in range(2):
                then += utility(worth(position[n], places[b, side], salience[n]), risk[n])
            found[n, 1 + b] = then / actors
    return found


@compiled
def queue(k: int, starter: IntArray, partner: IntArray) -> IntArray:
    """Columns of :func:`appeal` among which actor k chooses: nothing changes, and the bargains that it is party to."""
    mine = np.zeros(1 + len(starter), np.int64)
    count = 1
    for b in range(len(starter)):
        if k in (starter[b], partner[b]):
            mine[count] = 1 + b
            count += 1
    return mine[:count]


@compiled
def choose(code: IntArray, capability: FloatArray, liked: FloatArray, mine: IntArray) -> FloatArray:
    """Probability of each option in an actor's queue, (q,)."""
    strength, victory = np.empty((len(mine), len(mine))), np.empty((len(mine), len(mine)))
    coalitions(code, capability, liked[:, mine], strength, victory)
    return elect(code, strength, victory)


@compiled
def pick(chance: FloatArray, mine: IntArray, taste: FloatArray, drawn: float) -> int:
    """The likeliest option, of those that tie the one that suits the actor best; or, with a number drawn, one by chance."""
    if drawn < 0.0:
        best = 0
        for m in range(1, len(chance)):
            tied = abs(chance[m] - chance[best]) <= TIE
            if (taste[mine[m]] > taste[mine[best]] + TIE) if tied else (chance[m] > chance[best]):
                best = m
        return best
    passed = 0.0
    for m in range(len(chance) - 1):
        passed += chance[m]
        if drawn < passed:
            return m
    return len(chance) - 1


@compiled
def outlook(
    code: IntArray, value: FloatArray, capability: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Probability of each position by value alone, (a,), with the strengths (a,a) and victories (a,a); the risk attitudes."""
    actors = len(value)
    strength, victory = np.empty((actors, actors)), np.empty((actors, actors))
    coalitions(code, capability, value, strength, victory)
    chance = elect(code, strength, victory)
    return chance, strength, victory, attitudes(code, chance)


@compiled
def prospects(
    code: IntArray, position: FloatArray, own: FloatArray, capability: FloatArray, share: FloatArray
) -> FloatArray:
    """Probability that the position of each actor prevails, (a,), the same for all in one place; the same divided among them is
    written to share (a,)."""
    actors = len(position)
    held, places = (
        np.empty(actors, np.int64),
        np.empty(actors, np.int64),
    )  # the number of each actor's place; its first holder
    count = 0
    for i in range(actors):
        held[i] = count
        for m in range(count):
            if distance(position[i], position[places[m]]) < SAME_PLACE:
                held[i] = m
                break
        if held[i] == count:
            places[count] = i
            count += 1
    gain = np.empty((actors, count))
    for i in range(actors):
        for m in range(count):
            gain[i, m] = own[i, places[m]]
    strength, victory = np.empty((count, count)), np.empty((count, count))
    coalitions(code, capability, gain, strength, victory)
    chance = elect(code, strength, victory)
    found = np.empty(actors)
    for i in range(actors):
        found[i] = chance[held[i]]
        share[i] = found[i] / (held == held[i]).sum()
    return found


@compiled
def run(
    code: IntArray, position: FloatArray, salience: FloatArray, capability: FloatArray, drawn: FloatArray,
    positions: FloatArray, probability: FloatArray, weight: FloatArray, steps: FloatArray,
) -> None:  # fmt: skip
    """Write positions (t+1,a,d), the probability of each actor's position (t+1,a), the same shared among those who hold one
    place (t+1,a), and what all moved in each turn, then the period of a cycle (t+1,); drawn (t,a) are numbers from 0 to 1, or
    -1: the likeliest."""
    actors, turns = len(position), len(drawn)
    positions[0] = position
    for turn in range(turns + 1):
        now = positions[turn]
        value = values(now, salience)
        risk = outlook(code, value, capability)[3]
        own = utilities(value, risk)
        probability[turn] = prospects(code, now, own, capability, weight[turn])
        if turn == turns:
            break
        _, _, _, starter, partner, places = challenge(code, now, salience, capability, value, risk)
        liked = appeal(now, salience, risk, own, starter, partner, places)
        positions[turn + 1] = now
        for k in range(actors):
            mine = queue(k, starter, partner)
            b = mine[pick(choose(code, capability, liked, mine), mine, liked[k], drawn[turn, k])] - 1
            if b >= 0:
                positions[turn + 1, k] = places[b, 0 if starter[b] == k else 1]
        steps[turn] = moved(now, positions[turn + 1])
    steps[turns] = returned(positions)


@compiled
def distance(one: FloatArray, other: FloatArray) -> float:
    """How far two positions lie apart."""
    total = 0.0
    for k in range(len(one)):
        total += (one[k] - other[k]) ** 2
    return math.sqrt(total)


@compiled
def moved(before: FloatArray, after: FloatArray) -> float:
    """Sum over actors of the distance that they moved."""
    total = 0.0
    for i in range(len(before)):
        total += distance(before[i], after[i])
    return total


@compiled
def returned(positions: FloatArray) -> int:
    """Period of the cycle in which the last turns are caught: the latest earlier turn at which everyone stood where they stand
    at the last, somebody having moved away in between; 0 if there is none."""
    last = len(positions) - 1
    away = False
    for turn in range(last - 1, -1, -1):
        apart = 0.0
        for i in range(len(positions[last])):
            apart = max(apart, distance(positions[turn, i], positions[last, i]))
        if apart > SAME_PLACE:
            away = True
        elif away:
            return last - turn
    return 0
