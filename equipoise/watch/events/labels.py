"""What is known to have happened, set beside the alarms: how many of them it explains, and how much of it they told of.

A register of episodes is not the world: an alarm that no episode explains may be a true one that nobody wrote down, and an
episode that moved tonnes may have moved no news. Both shares are therefore set beside what chance alone would give.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import exp

import numpy as np

from equipoise.maths.series import count_interval, share_interval
from equipoise.watch.events.alarms import YEAR, Alarm, Watching

__all__ = ["AFTER", "BEFORE", "Hits", "Label", "hits", "quiet_years"]

BEFORE, AFTER = 7, 21
"""Days before and after the beginning of an episode within which a change is taken for it; fixed before any was looked at."""


@dataclass(frozen=True, slots=True)
class Label:
    """Something that is known to have begun between two states on a day."""

    name: str
    pair: frozenset[str]
    start: date


@dataclass(frozen=True, slots=True)
class Hits:
    """Alarms that a label explains and labels that an alarm told of, with 90 % Wilson intervals; and what chance would give."""

    alarms: int
    explained: int
    precision: tuple[float, float, float] | None
    precision_by_chance: float
    labels: int
    told: int
    recall: tuple[float, float, float] | None
    recall_by_chance: float
    matched: tuple[tuple[str, Alarm], ...]


def hits(watching: Watching, labels: Sequence[Label], of: str = "") -> Hits | None:
    """Set alarms beside the labels of the pairs that are watched, all or those ``of`` one state, from the end of the reference
    on; nothing where no such pair is."""
    panel = watching.panel
    pairs, alarms = _about(watching, of)
    if not pairs:
        return None
    known = [
        one for one in labels if one.pair in pairs and watching.learnt <= panel.place(one.start) < panel.days - AFTER
    ]
    matched = [(one.name, alarm) for one in known for alarm in alarms if _near(watching, one, alarm)]
    explained = len({(alarm.key, alarm.day) for _, alarm in matched})
    told = len({name for name, _ in matched})
    span = panel.days - watching.learnt
    covered = 0
    for pair in pairs:
        days = np.zeros(span + AFTER + 1, dtype=bool)
        for one in known:
            if one.pair == pair:
                start = panel.place(one.start) - watching.learnt
                days[max(0, start - BEFORE) : start + AFTER + 1] = True
        covered += int(days[:span].sum())
    rate = len(alarms) / (span * len(pairs))
    return Hits(
        len(alarms), explained, _share(explained, len(alarms)), covered / (span * len(pairs)),
        len(known), told, _share(told, len(known)), 1.0 - exp(-rate * (BEFORE + AFTER + 1)), tuple(matched),
    )  # fmt: skip


def quiet_years(watching: Watching, labels: Sequence[Label], of: str) -> tuple[int, int, tuple[float, float]]:
    """Alarms in calendar years of the pairs of one state in which no episode of its register began, how many such years, and
    the 90 % interval of the count. An upper bound of the false ones."""
    panel = watching.panel
    pairs, alarms = _about(watching, of)
    first, last = panel.day(watching.learnt), panel.last
    years = [y for y in range(first.year, last.year + 1) if date(y, 1, 1) >= first and date(y, 12, 31) <= last]
    loud = {(one.pair, one.start.year) for one in labels}
    quiet = {(pair, year) for pair in pairs for year in years} - loud
    count = sum((frozenset(alarm.key[:2]), panel.day(alarm.change).year) in quiet for alarm in alarms)
    return count, len(quiet), count_interval(count)


def per_pair(count: float, days: float, years: float, series: int = 1) -> float:
    """Alarms of one series in so many days as alarms of a pair with so many series in so many years.

    >>> per_pair(2, 3652.5, 5.0)
    1.0
    """
    return count / days * years * YEAR * series


def _about(watching: Watching, of: str) -> tuple[set[frozenset[str]], list[Alarm]]:
    """Pairs that are watched and their alarms, of one state where one is named."""
    pairs = {frozenset(pair) for pair in watching.pairs if not of or of in pair}
    return pairs, [alarm for alarm in watching.alarms if frozenset(alarm.key[:2]) in pairs]


def _near(watching: Watching, label: Label, alarm: Alarm) -> bool:
    apart = alarm.change - watching.panel.place(label.start)
    return label.pair == frozenset(alarm.key[:2]) and -BEFORE <= apart <= AFTER


def _share(part: int, whole: int) -> tuple[float, float, float] | None:
    if not whole:
        return None
    low, high = share_interval([part], [whole])
    return part / whole, float(low[0]), float(high[0])
