"""Alarms over a panel of events: what is usual of each series, the penalty that keeps false alarms rare, and what was raised.

Everything that is fixed here was fixed before any alarm was looked at: two years of reference, stretches of two days or
more, changes of the last 120 days, one false alarm for a pair in five years.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from equipoise.errors import InputError
from equipoise.maths.series import (
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
YEAR = 365.25
YEARS = 5.0
"""Years in which a pair may give one false alarm."""
REFERENCE, LEAST = 730, 120
"""Days from which what is usual is learnt, at most a third of a panel; and how many of them must have been reported on."""
SEEN, EVENTS = 0.2, 30
"""A series is watched where a fifth of its reference days hold a score, or its reference holds so many events."""
BLOCK = 14.0
"""Mean length in days of the runs that empty series are drawn in: what hangs together within two weeks stays together."""
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


def watch_panel(panel: EventPanel, *, years: float = YEARS, seed: int = 1, draws: int = DRAWS) -> Watching:
    """Watch every series of a panel that is seen often enough, from the end of the reference to the last day.

    Scores become normal scores of their share of the coverage, less their seasons; counts keep the negative binomial law, with
    coverage and season as exposure. The penalty of each series is set on empty series drawn in blocks from its own reference,
    and its false alarms are counted on others drawn anew. ``years`` is shared by the series of a pair.

    Raises
    ------
    InputError
        The panel is too short, no series is seen often enough, or an option is out of range.
    """
    if not 0.1 <= years <= 100 or draws < 1:
        raise InputError("years and draws", found=(years, draws), allowed="0.1 to 100 years, 1 draw or more")
    learnt = reference_of(panel)
    usable = [key for key in panel.values if _often(panel, key, learnt)]
    seldom = tuple(key for key in panel.values if key not in usable)
    if not usable:
        allowed = f"{EVENTS} events" if panel.counted else f"{100 * SEEN:.0f} % of the days with a score"
        raise InputError(panel.name, found="no pair seen often enough", allowed=f"{allowed} in the reference")
    shared = Counter(key[:2] for key in usable)
    watched = tuple(
        _watch(panel, key, learnt, 1.0 / (years * YEAR * shared[key[:2]]), seed + crc32("|".join(key).encode()), draws)
        for key in usable
    )
    return Watching(panel, watched, seldom, learnt, years)


def _often(panel: EventPanel, key: Key, learnt: int) -> bool:
    part = panel.values[key][:learnt]
    part = part[np.isfinite(part)]
    return bool(part.sum() >= EVENTS) if panel.counted else bool(len(part) >= LEAST and (part != 0).mean() >= SEEN)


def _watch(panel: EventPanel, key: Key, learnt: int, rate: float, seed: int, draws: int) -> Watched:
    values, exposure, size, law, unit = _prepared(panel, key, learnt)
    known = np.flatnonzero(np.isfinite(values[:learnt]) & (exposure[:learnt] > 0))
    length = min(round(1.0 / rate), 20_000)
    places = known[stationary_blocks(len(known), length, draws + max(1, draws // 2), BLOCK, seed)]
    null, weight = values[places], exposure[places]
    found = calibrate(null[:draws], rate, law=law, exposure=weight[:draws], size=size)
    again = [
        len(alarms(y, found.penalty, law=law, exposure=e, size=size).day)
        for y, e in zip(null[draws:], weight[draws:], strict=True)
    ]
    raised = alarms(values, found.penalty, law=law, exposure=exposure, size=size, start=learnt)
    told: list[Alarm] = []
    for number, (day, change) in enumerate(zip(raised.day, raised.change, strict=True)):
        before, after, spread = (
            float(column[number]) / unit for column in (raised.before, raised.after, raised.spread)
        )
        undone = bool(told) and told[-1].shape != "return" and abs(after - told[-1].before) < 0.5 * abs(after - before)
        shape = "return" if undone else "rise" if after > before else "fall"
        begun = told[-1].change if told else max(0, int(change) - REFERENCE)
        told.append(Alarm(key, int(day), int(change), before, after, spread, shape, begun))
    return Watched(key, found.penalty, sum(again), int(null[draws:].size), tuple(told))


def _prepared(panel: EventPanel, key: Key, learnt: int) -> tuple[FloatArray, FloatArray, float, str, float]:
    """The series as its law wants it: values, exposure (n,), size, law, and the standard deviation of a usual day."""
    usual = np.arange(panel.days) < learnt
    if not panel.counted:
        share = panel.share(key)
        scores = without_seasons(normal_scores(share, share[:learnt]), panel.numbers(), usual)
        return scores, np.ones(panel.days), np.inf, "normal", 1.0
    values = panel.values[key]
    exposure = np.ones(panel.days) if panel.coverage is None else np.nan_to_num(panel.coverage)
    exposure = exposure / exposure[:learnt][exposure[:learnt] > 0].mean()
    numbers = panel.numbers()
    months = numbers.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12
    for group in ((numbers + 3) % 7, months):
        exposure = exposure * season_index(values, exposure, group, usual)
    level, size = dispersion(values[:learnt], exposure[:learnt])
    return values, exposure, size, "negative_binomial", float(np.sqrt(level * (1.0 + level / size)))
