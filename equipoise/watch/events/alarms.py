"""Alarms over a panel of events: what is usual of each series, the penalty that keeps false alarms rare, and what was raised.

Everything that is fixed here was fixed before any alarm was looked at: two years of reference, stretches of two days or
more, changes of the last 120 days, one false alarm for a pair in five years.
"""

from __future__ import annotations

import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from equipoise.errors import InputError
from equipoise.maths.series import (
    Alarms,
    alarms,
    calibrate,
    dispersion,
    normal_scores,
    season_index,
    stationary_blocks,
    without_seasons,
)
from equipoise.watch.events.panel import EventPanel, Key

__all__ = ["REFERENCE", "YEARS", "Alarm", "Watched", "Watching", "reference_of", "watch_panel"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
YEAR = 365.25
YEARS = 5.0
"""Years in which a pair may give one false alarm."""
REFERENCE, LEAST = 730, 120
"""Days from which what is usual is learnt, at most a third of a panel; and how many of them must have been reported on."""
SEEN, EVENTS = 0.2, 30
"""A series is watched where a fifth of its reference days hold a score, or its reference holds so many events."""
BLOCK = 14.0
"""Mean length in days of the runs that empty series are drawn in: what hangs together within two weeks stays together."""
MOST = 20_000
"""Days that an empty series has at most."""
DRAWS = 20
"""Empty series of five years on which the penalty of each series is set: one false alarm is expected on each."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm: the day it was raised, the day from which the level was seen to be another, and by how much.

    ``before``, ``after`` and ``spread`` are standard deviations of a day of the reference; of counts they are measured from no
    event at all, of scores from what is usual. ``shape`` is ``rise``, ``fall``, or ``return`` where it undoes the better half
    of the alarm before; ``begun`` is the place at which the stretch before the change begins.
    """

    key: Key
    day: int
    change: int
    before: float
    after: float
    spread: float
    shape: str
    begun: int


@dataclass(frozen=True, slots=True)
class Watched:
    """A series that is watched: its penalty, the false alarms of empty series of its own kind, and its alarms."""

    key: Key
    penalty: float
    false_alarms: int
    false_days: int
    alarms: tuple[Alarm, ...]


@dataclass(frozen=True, slots=True)
class Watching:
    """A panel watched: the series that can be, those seen too seldom, the last day of reference, the rate aimed at."""

    panel: EventPanel
    series: tuple[Watched, ...]
    seldom: tuple[Key, ...]
    learnt: int
    years: float

    @property
    def alarms(self) -> tuple[Alarm, ...]:
        """Every alarm in the order of time."""
        return tuple(sorted((a for one in self.series for a in one.alarms), key=lambda a: (a.day, a.key)))

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Pairs of which a series is watched."""
        return tuple(dict.fromkeys(one.key[:2] for one in self.series))

    def since(self, day: date) -> tuple[Alarm, ...]:
        """Alarms raised on a day or after it."""
        return tuple(alarm for alarm in self.alarms if self.panel.day(alarm.day) >= day)


def reference_of(panel: EventPanel) -> int:
    """Days at the beginning of a panel from which what is usual is learnt.

    Raises
    ------
    InputError
        The panel is too short, or too little of its beginning was reported on.
    """
    days = min(REFERENCE, panel.days // 3)
    seen = int(panel.observed[:days].sum())
    if seen < LEAST:
        raise InputError(
            panel.name, found=f"{seen} days reported on among the first {days}", allowed=f"{LEAST} or more",
            remedy="give a longer table: the first third of it, two years at most, tells what is usual",
        )  # fmt: skip
    return days


def watch_panel(
    panel: EventPanel, *, years: float = YEARS, seed: int = 1, draws: int = DRAWS, learnt: int | None = None
) -> Watching:
    """Watch every series of a panel that is seen often enough, from the end of the reference to the last day.

    Scores become normal scores of their share of the coverage, less their seasons; counts keep the negative binomial law, with
    coverage and season as exposure. The penalty of each series is set on empty series drawn in blocks from its own reference,
    and its false alarms are counted on others drawn anew. ``years`` is shared by the series of a pair; ``learnt`` are the days
    of the reference, those of :func:`reference_of` if left out.

    Raises
    ------
    InputError
        The panel is too short, no series is seen often enough, or an option is out of range.
    """
    if learnt is not None and not LEAST <= learnt < panel.days:
        raise InputError("learnt", found=learnt, allowed=f"{LEAST} to {panel.days - 1} days")
    if not 0.1 <= years <= 100 or draws < 1:
        raise InputError("years and draws", found=(years, draws), allowed="0.1 to 100 years, 1 draw or more")
    learnt = reference_of(panel) if learnt is None else learnt
    usable = [key for key in panel.values if _often(panel, key, learnt)]
    seldom = tuple(key for key in panel.values if key not in usable)
    if not usable:
        allowed = f"{EVENTS} events" if panel.counted else f"{100 * SEEN:.0f} % of the days with a score"
        raise InputError(panel.name, found="no pair seen often enough", allowed=f"{allowed} in the reference")
    shared = Counter(key[:2] for key in usable)

    def one(key: Key) -> Watched:
        mark = crc32("|".join(key).encode())  # a series has the same alarms whatever others stand beside it
        return _watch(panel, key, learnt, 1.0 / (years * YEAR * shared[key[:2]]), seed + mark, draws)

    with ThreadPoolExecutor(os.cpu_count()) as pool:  # the kernels let go of the interpreter's lock
        watched = tuple(pool.map(one, usable))
    return Watching(panel, watched, seldom, learnt, years)


def _often(panel: EventPanel, key: Key, learnt: int) -> bool:
    part = panel.values[key][:learnt]
    part = part[np.isfinite(part)]
    return bool(part.sum() >= EVENTS) if panel.counted else bool(len(part) >= LEAST and (part != 0).mean() >= SEEN)


def _watch(panel: EventPanel, key: Key, learnt: int, rate: float, seed: int, draws: int) -> Watched:
    raw = panel.values[key] if panel.counted else panel.share(key)
    coverage = np.nan_to_num(panel.coverage) if panel.counted and panel.coverage is not None else np.ones(panel.days)
    ready = _ready(raw, coverage, panel.numbers(), learnt, counted=panel.counted)
    nulls = _nothing_happens(ready, panel.numbers()[0], learnt, rate, seed, draws + max(1, draws // 2), panel.counted)
    law = "negative_binomial" if panel.counted else "normal"
    found = calibrate(
        np.stack([null.values for null in nulls[:draws]]), rate, law=law, start=learnt,
        exposure=np.stack([null.exposure for null in nulls[:draws]]), size=[null.size for null in nulls[:draws]],
    )  # fmt: skip
    again = [
        len(alarms(null.values, found.penalty, law=law, exposure=null.exposure, size=null.size, start=learnt).day)
        for null in nulls[draws:]
    ]
    days = sum(len(null.values) - learnt for null in nulls[draws:])
    raised = alarms(ready.values, found.penalty, law=law, exposure=ready.exposure, size=ready.size, start=learnt)
    return Watched(key, found.penalty, sum(again), days, _told(key, raised, ready.unit))


@dataclass(frozen=True, slots=True)
class _Ready:
    """A series as its law wants it, with the size of that law and the standard deviation of a usual day."""

    values: FloatArray
    exposure: FloatArray
    size: float
    unit: float


def _ready(raw: FloatArray, coverage: FloatArray, numbers: IntArray, learnt: int, *, counted: bool) -> _Ready:
    """What is usual, learnt from the beginning of a series, taken out of all of it or made its exposure."""
    usual = np.arange(len(raw)) < learnt
    if not counted:
        scores = without_seasons(normal_scores(raw, raw[:learnt]), numbers, usual)
        return _Ready(scores, np.ones(len(raw)), np.inf, 1.0)
    exposure = coverage / coverage[:learnt][coverage[:learnt] > 0].mean()
    months = numbers.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12
    for group in ((numbers + 3) % 7, months):
        exposure = exposure * season_index(raw, exposure, group, usual)
    level, size = dispersion(raw[:learnt], exposure[:learnt])
    return _Ready(raw, exposure, size, float(np.sqrt(level * (1.0 + level / size))))


def _nothing_happens(
    ready: _Ready, first: int, learnt: int, rate: float, seed: int, draws: int, counted: bool
) -> list[_Ready]:
    """Series in which nothing happens: days of the reference in blocks, their seasons taken out, of which what is usual is then
    learnt anew, since a watch that has learnt it a little wrong raises alarms of its own."""
    known = np.flatnonzero(np.isfinite(ready.values[:learnt]) & (ready.exposure[:learnt] > 0))
    length = learnt + min(round(1.0 / rate), MOST)
    places = known[stationary_blocks(len(known), length, draws, BLOCK, seed)]
    numbers = first + np.arange(length)
    return [_ready(ready.values[row], ready.exposure[row], numbers, learnt, counted=counted) for row in places]


def _told(key: Key, raised: Alarms, unit: float) -> tuple[Alarm, ...]:
    """The alarms of a series with their shapes, in standard deviations of a usual day."""
    told: list[Alarm] = []
    for number, (day, change) in enumerate(zip(raised.day, raised.change, strict=True)):
        before, after, spread = (
            float(column[number]) / unit for column in (raised.before, raised.after, raised.spread)
        )
        undone = bool(told) and told[-1].shape != "return" and abs(after - told[-1].before) < 0.5 * abs(after - before)
        shape = "return" if undone else "rise" if after > before else "fall"
        begun = told[-1].change if told else max(0, int(change) - REFERENCE)
        told.append(Alarm(key, int(day), int(change), before, after, spread, shape, begun))
    return tuple(told)
