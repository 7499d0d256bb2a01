"""What was reported of an episode beside what its replay gives: each error shown, none tuned away."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from equipoise.case import Case
from equipoise.outage.days import Course
from equipoise.outage.findings import Finding

__all__ = ["REPORTED", "errors"]

REPORTED = (
    "episode_lost_mass", "episode_rerouted_mass", "episode_lost_uranium", "episode_rerouted_uranium",
    "episode_export_change", "episode_storage_full",
)  # fmt: skip


def errors(case: Case, course: Course, found: Sequence[Finding]) -> list[Finding]:
    """Modelled less reported, for everything that was reported of the episode; the range is that of the report and of the
    draws together."""
    outage, quantity = course.plant.outage, course.plant.network.quantity
    if not outage.episode:
        return []
    made: list[Finding] = []
    modelled = {key[0]: rest for key, *rest in found if not key[2]}
    place = {key[0]: rest for key, *rest in found if key[0] == "outage_storage_full" and key[2] != "fields"}
    for what, measure, name in (
        ("lost", f"episode_lost_{quantity}", f"outage_error_{quantity}"),
        ("rerouted", f"episode_rerouted_{quantity}", f"outage_error_{quantity}"),
        ("", "episode_export_change", "outage_change_error"),
        ("", "episode_storage_full", "outage_full_error"),
    ):
        row = _reported(case, measure, outage.episode)
        ours = {"episode_export_change": modelled.get("outage_export_change")}.get(
            measure, modelled.get(f"outage_{what}_{quantity}") if what else place.get("outage_storage_full")
        )
        if row is None or ours is None:
            continue
        if what == "rerouted":
            ours = _in_period(case, course, str(row["period"]))
            made.append(
                ((f"outage_rerouted_{quantity}", outage.id, "", "reported", outage.key), ours[0], ours[1], ours[2])
            )
        value, low, high = (float(x) for x in ours)
        seen = float(row["value"])
        least, most = (float(row[end]) if row[end] is not None else seen for end in ("low", "high"))
        key = (name, outage.id, "", what, outage.key)
        made.append((key, value - seen, min(low - most, value - seen), max(high - least, value - seen)))
    return made


def _reported(case: Case, measure: str, episode: str) -> dict[str, Any] | None:
    """What was reported of an episode, if anything."""
    rows = case.view(measure, subject=episode)
    return rows.row(0, named=True) if rows.height else None


def _in_period(case: Case, course: Course, period: str) -> list[float]:
    """Tonnes rerouted in the part of the outage that a report is about: a month, or all that it reaches over."""
    starts = dict(case.table("episodes").select("episode", "start").iter_rows())
    first, last = _days(str(starts[course.plant.outage.episode]), period)
    days = course.rerouted[:, max(0, first) : min(course.plant.outage.days, last)].sum(axis=1)
    draws: NDArray[np.float64] = days[1:] if len(days) > 1 else days
    return [float(days[0]), float(np.quantile(draws, 0.05)), float(np.quantile(draws, 0.95))]


def _days(start: str, period: str) -> tuple[int, int]:
    """A period as days counted from a date: the first, and the one after the last.

    >>> _days("2025-11-29", "2025-12")
    (2, 33)
    >>> _days("2022-04-01", "2022")
    (-90, 275)
    """
    begin, _, end = period.partition("/")
    zero = date.fromisoformat(start)
    return (_edge(begin) - zero).days, (_edge(end or begin, after=True) - zero).days


def _edge(text: str, *, after: bool = False) -> date:
    """The first day of a year, month or day, or the day after its last."""
    parts = [int(part) for part in text.split("-")]
    day = date(*[*parts, 1, 1][:3])
    if not after:
        return day
    if len(parts) == 3:
        return day + timedelta(days=1)
    if len(parts) == 2:
        return date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return date(day.year + 1, 1, 1)
