"""Many lives of one network over time, compiled: the spans in which nothing drifts, the states that lives meet, their room.

A state is a span of time and what is closed in it. In each future a state stands once, whoever meets it, and beside it the state
that the same life was in before, for the two will hardly differ.

Imported where it is called: numba takes half a second to load.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from equipoise.maths.compiling import compiled as translated
from equipoise.maths.compiling import lean
from equipoise.maths.hazards import Closed

__all__ = ["Crowd", "Ground", "States", "crowded", "give_way", "meet", "piece", "rooms", "spans"]

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]
Row = NDArray[Any]

compiled = translated()
inlined, outlined = lean(inline=True), lean(inline=False)


class Ground(NamedTuple):
    """What all futures share. Limit i is one of arc ``limited[i]``, and drifts with the water where it ``sinks``; ``rail`` (r,)
    arcs drift by policy; an arc of ``unknown`` capacity loses shares of what it carries usually. Threat j is column ``place[j]``
    of those that matter here, or -1; after them come ``ends``. Column c closes the arcs ``hit[first_hit[c]:first_hit[c + 1]]``,
    wholly if ``power[c]`` is -1, or as far as that power can. The shrunk arc s is made of
    ``part[first_part[s]:first_part[s + 1]]`` and the arc is part of ``owner`` (m,). ``track`` (P,) is the first policy under the
    same works."""

    limited: Whole
    sinks: Flags
    rail: Whole
    unknown: Flags
    place: Whole
    hit: Whole
    first_hit: Whole
    power: Whole
    ends: int
    part: Whole
    first_part: Whole
    owner: Whole
    track: Whole
    steps: int


class States(NamedTuple):
    """States of all futures, those of one from ``starts[k]`` to ``starts[k + 1]``, the first of them today's.

    ``span`` (S,) of each, -1 today's; by their number in the future, ``calm`` (S,) the state of the same span in which
    nothing is closed and ``past`` (S,) the last that the same life was in, -1 where there is none; what is closed,
    ``column[first[s]:first[s + 1]]`` and how far, ``share``. ``where`` (K, P, W, 2, T) the state of every step, ``peace``
    (K, P, T) with nothing closed, ``last`` (K, P, I) in the last span with each end closed."""

    starts: Whole
    span: Whole
    calm: Whole
    past: Whole
    first: Whole
    column: NDArray[np.int16]
    share: Floats
    where: Whole
    peace: Whole
    last: Whole


class Crowd(NamedTuple):
    """States that others do not fit into, ``state`` (u,), those of a future from ``starts[k]`` to ``starts[k + 1]``; their
    ``room`` (u, M), and where among those of the future are their ``calm`` and ``past``, or -1."""

    state: Whole
    starts: Whole
    room: Floats
    calm: Whole
    past: Whole


class _Desk(NamedTuple):
    """Room to work in: a table of hashes, the state that each entry is and when it was entered (2, h); what is closed in a cell;
    counts."""

    table: Whole
    column: NDArray[np.int16]
    share: Floats
    counts: Whole


class _Span(NamedTuple):
    """Room to work in: 1, or what hazards leave of an arc, its capacity with nothing closed (m,); capacity and bound of shrunk
    arcs with nothing closed (M,); the arcs that a state touches (m,)."""

    shut: Floats
    full: Floats
    wide: Floats
    limit: Floats
    touched: Whole


STATES, ENTRIES, STAMP, ORIGIN = range(4)


@compiled
def spans(
    ground: Ground, room: Floats, addition: Floats, stands: Floats, sunk: Floats, rail: Floats, drift: Floats, bound: Floats,
    span: Whole, base: Floats, edge: Floats,
) -> int:  # fmt: skip
    """The spans of every future and policy, numbered into ``span`` (K, P, T); how many there are.

    Room of limits ``room`` (K, q) with ``addition`` (K, p, q) by works that stand to degrees ``stands`` (K, P, T, p); what is
    left of limits that sink, ``sunk`` (K, Y), of railways, ``rail`` (K, P, Y), of every arc and its bound, ``drift`` (K, Y, m).
    Capacity and bound of every arc in each span go into ``base`` and ``edge`` (E, m).
    """
    futures, policies, times, works = stands.shape
    count, fresh, limit = 0, np.empty(bound.shape[1]), np.empty(bound.shape[1])
    for k in range(futures):
        for p in range(policies):
            lead = ground.track[p]
            if lead < p:
                span[k, p] = span[k, lead]
                continue
            for t in range(times):
                moved = t % ground.steps == 0
                for work in range(works):
                    moved |= stands[k, p, t, work] != stands[k, p, t - 1, work]
                if moved:
                    y = t // ground.steps
                    _room(ground, room[k], addition[k], stands[k, p, t], sunk[k, y], fresh)
                    for arc in ground.rail:
                        fresh[arc] *= rail[k, p, y]
                    new = t == 0
                    for arc in range(len(fresh)):
                        fresh[arc] = max(fresh[arc] * drift[k, y, arc], 0.0)
                        limit[arc] = bound[k, arc] * drift[k, y, arc]
                        new = new or fresh[arc] != base[count - 1, arc] or limit[arc] != edge[count - 1, arc]
                    if new:
                        base[count], edge[count] = fresh, limit
                        count += 1
                span[k, p, t] = count - 1
    return count


@inlined
def _room(ground: Ground, room: Floats, addition: Floats, stands: Floats, sunk: float, fresh: Floats) -> None:
    """Capacity of every arc: the least of its limits."""
    fresh[:] = np.inf
    for i in range(len(room)):
        wide = room[i]
        for work in range(len(stands)):
            wide += stands[work] * addition[work, i]
        if ground.sinks[i]:
            wide *= sunk
        fresh[ground.limited[i]] = min(fresh[ground.limited[i]], wide)


@compiled
def meet(ground: Ground, closed: Closed, span: Whole, weightings: int) -> States:
    """The states that lives meet."""
    futures, policies, times = span.shape
    lives = weightings * 2
    most = futures * (1 + policies * (lives * times + times + ground.ends))
    columns, size = len(ground.power), 64
    while size < 2 * policies * lives * times:
        size *= 2
    states = States(
        np.empty(futures + 1, np.int64), np.empty(most, np.int64), np.empty(most, np.int64), np.empty(most, np.int64),
        np.zeros(most + 1, np.int64), np.empty(len(closed.share) + most, np.int16), np.empty(len(closed.share) + most),
        np.empty((futures, policies, weightings, 2, times), np.int64), np.empty((futures, policies, times), np.int64),
        np.empty((futures, policies, ground.ends), np.int64),
    )  # fmt: skip
    desk = _Desk(np.zeros((2, size), np.int64), np.empty(columns, np.int16), np.empty(columns), np.zeros(4, np.int64))
    before = np.empty((policies, lives), np.int64)
    for k in range(futures):
        states.starts[k] = desk.counts[ORIGIN] = desk.counts[STATES]
        _put(states, desk, -1, -1, -1, 0)
        for p in range(policies):
            lead = ground.track[p]
            if lead == p:
                _follow(ground, closed, span[k, p], k, p, states, desk, before)
            else:
                states.peace[k, p], states.last[k, p] = states.peace[k, lead], states.last[k, lead]
    count, entries = desk.counts[STATES], desk.counts[ENTRIES]
    states.starts[futures] = count
    return States(
        states.starts, states.span[:count], states.calm[:count], states.past[:count], states.first[: count + 1],
        states.column[:entries], states.share[:entries], states.where, states.peace, states.last,
    )  # fmt: skip


@inlined
def _put(states: States, desk: _Desk, span: int, calm: int, past: int, many: int) -> int:
    """Add a state; its number."""
    number, at, origin = desk.counts[STATES], desk.counts[ENTRIES], desk.counts[ORIGIN]
    states.span[number] = span
    states.calm[number], states.past[number] = max(calm - origin, -1), max(past - origin, -1)
    for i in range(many):
        states.column[at + i], states.share[at + i] = desk.column[i], desk.share[i]
    states.first[number + 1] = at + many
    desk.counts[ENTRIES] += many
    desk.counts[STATES] += 1
    return int(number)


@outlined
def _follow(
    ground: Ground, closed: Closed, span: Whole, k: int, lead: int, states: States, desk: _Desk, before: Whole
) -> None:
    """The states of all lives of the policies of one track."""
    _, policies, weightings, _, times = states.where.shape
    lives, calm = weightings * 2, states.starts[k]
    before[:] = -1
    for t in range(times):
        if t == 0 or span[t] != span[t - 1]:
            calm = _put(states, desk, span[t], -1, calm, 0)
            desk.counts[STAMP] += 1
        states.peace[k, lead, t] = calm
        for p in range(lead, policies):
            if ground.track[p] == lead:
                for life in range(lives):
                    cell, many = ((k * policies + p) * lives + life) * times + t, 0
                    for at in range(closed.start[cell], closed.start[cell + 1]):
                        column = ground.place[closed.hazard[at]]
                        if column >= 0:
                            desk.column[many], desk.share[many] = column, closed.share[at]
                            many += 1
                    state = calm
                    if many > 0:
                        state = _known(states, desk, span[t], calm, before[p, life], many)
                    before[p, life] = state if many > 0 else -1
                    states.where[k, p, life // 2, life % 2, t] = state
    for i in range(ground.ends):
        desk.column[0], desk.share[0] = len(ground.power) - ground.ends + i, 1.0
        states.last[k, lead, i] = _put(states, desk, span[times - 1], calm, -1, 1)


@inlined
def _known(states: States, desk: _Desk, span: int, calm: int, past: int, many: int) -> int:
    """The state of this span that closes what stands on the desk; a new one if there is none."""
    size, code = desk.table.shape[1], np.uint64(many)
    for i in range(many):
        bits = np.uint64(np.int64(desk.share[i] * 4503599627370496.0)) ^ (np.uint64(desk.column[i]) << np.uint64(53))
        code = (code ^ bits) * np.uint64(0x9E3779B97F4A7C15)
        code ^= code >> np.uint64(29)
    slot = np.int64(code & np.uint64(size - 1))
    while desk.table[1, slot] == desk.counts[STAMP]:
        state = desk.table[0, slot]
        first = states.first[state]
        if states.first[state + 1] - first == many:
            equal = True
            for i in range(many):
                equal &= (states.column[first + i] == desk.column[i]) & (states.share[first + i] == desk.share[i])
            if equal:
                return int(state)
        slot = (slot + 1) & (size - 1)
    desk.table[0, slot], desk.table[1, slot] = desk.counts[STATES], desk.counts[STAMP]
    return _put(states, desk, span, calm, past, many)


@compiled
def rooms(
    ground: Ground, states: States, left: Floats, today: Floats, base: Floats, edge: Floats, bound: Floats, others: Floats,
    usual: Floats, small: float, high: Floats, fits: Flags,
) -> None:  # fmt: skip
    r"""Room of every shrunk arc that is left to one cargo in every state, into ``high`` (S, M).

    ``left`` (K, I, m) when a power closes all it can; capacity and bounds ``today``, ``bound`` (K, m), and in each span, ``base``
    and ``edge`` (E, m). Of an arc of unknown capacity a share closed takes that share of what it carries ``usual``\ ly (K, M).
    ``others`` (K, M) go first where they fit; where they do not, ``fits`` (S,) is false and nothing is taken off.
    """
    arcs, parts = len(ground.owner), high.shape[1]
    span = _Span(np.ones(arcs), np.empty(arcs), np.empty(parts), np.empty(parts), np.empty(arcs, np.int64))
    for k in range(len(states.starts) - 1):
        for s in range(states.starts[k], states.starts[k + 1]):
            if states.calm[s] < 0:  # a span begins: its other states differ from this one by what they close alone
                at = states.span[s]
                span.full[:] = base[at] if at >= 0 else today[k]
                _narrow(ground, span.full, span.wide)
                _narrow(ground, edge[at] if at >= 0 else bound[k], span.limit)
            for arc in range(parts):
                high[s, arc] = span.wide[arc]
            _shut(ground, states, s, left[k], usual[k], span, high[s])
            fitting = True
            for arc in range(parts):
                fitting &= others[k, arc] <= high[s, arc] + small
            fits[s] = fitting
            if fitting:
                for arc in range(parts):
                    high[s, arc] = min(max(high[s, arc] - others[k, arc], 0.0), span.limit[arc])


@inlined
def _shut(ground: Ground, states: States, s: int, left: Floats, usual: Floats, span: _Span, high: Floats) -> None:
    """Room of the shrunk arcs of which a state closes a part."""
    many, shut, touched = 0, span.shut, span.touched
    for at in range(states.first[s], states.first[s + 1]):
        column = states.column[at]
        power = ground.power[column]
        for i in range(ground.first_hit[column], ground.first_hit[column + 1]):
            arc = ground.hit[i]
            taken = 1.0 if power < 0 else 1.0 - left[power, arc]
            if taken > 0.0:
                if shut[arc] == 1.0:
                    touched[many] = arc
                    many += 1
                shut[arc] *= 1.0 - states.share[at] * taken
    for i in range(many):
        whole = ground.owner[touched[i]]
        if whole < len(high):
            high[whole] = np.inf
            for at in range(ground.first_part[whole], ground.first_part[whole + 1]):
                arc = ground.part[at]
                room = usual[whole] if ground.unknown[arc] and shut[arc] < 1.0 else span.full[arc]
                high[whole] = min(high[whole], room * shut[arc])
    for i in range(many):
        shut[touched[i]] = 1.0


@inlined
def _narrow(ground: Ground, room: Floats, high: Floats) -> None:
    """Room of every shrunk arc: that of its narrowest part."""
    for s in range(len(high)):
        high[s] = np.inf
        for at in range(ground.first_part[s], ground.first_part[s + 1]):
            high[s] = min(high[s], room[ground.part[at]])


def piece(states: States, first: int, last: int) -> States:
    """The states of futures ``first`` to ``last`` alone; what they are in, ``where``, ``peace`` and ``last``, is not cut."""
    start, stop = states.starts[first], states.starts[last]
    return states._replace(
        starts=states.starts[first : last + 1] - start, span=states.span[start:stop], calm=states.calm[start:stop],
        past=states.past[start:stop], first=states.first[start : stop + 1],
    )  # fmt: skip


@compiled
def crowded(ground: Ground, states: States, fits: Flags, bound: Floats, high: Floats) -> Crowd:
    """The states that others do not fit into as they usually go, and the room that they have there, ``high`` (S, M), within
    their bounds, ``bound`` (K, m)."""
    count, parts = len(fits) - fits.sum(), high.shape[1]
    found = Crowd(
        np.empty(count, np.int64), np.empty(len(states.starts), np.int64), np.empty((count, parts)),
        np.empty(count, np.int64), np.empty(count, np.int64),
    )  # fmt: skip
    place, limit, at = np.full(len(fits), -1), np.empty(parts), 0
    for k in range(len(states.starts) - 1):
        first = states.starts[k]
        found.starts[k] = at
        _narrow(ground, bound[k], limit)
        for s in range(first, states.starts[k + 1]):
            if not fits[s]:
                place[s], found.state[at] = at - found.starts[k], s
                found.calm[at] = place[first + states.calm[s]] if states.calm[s] >= 0 else -1
                found.past[at] = place[first + states.past[s]] if states.past[s] >= 0 else -1
                for arc in range(parts):
                    found.room[at, arc] = min(high[s, arc], limit[arc])
                at += 1
    found.starts[-1] = at
    return found


@compiled
def give_way(ground: Ground, states: States, crowd: Crowd, theirs: Floats, edge: Floats, high: Floats) -> None:
    """Take what others carry, ``theirs`` (u, M), off the room of states that they did not fit into, within bounds ``edge``
    (E, m)."""
    parts, span = high.shape[1], -1
    limit = np.empty(parts)
    for i in range(len(crowd.state)):
        s = crowd.state[i]
        if i == 0 or states.span[s] != span:
            span = states.span[s]
            _narrow(ground, edge[span], limit)
        for arc in range(parts):
            high[s, arc] = min(max(high[s, arc] - theirs[i, arc], 0.0), limit[arc])
