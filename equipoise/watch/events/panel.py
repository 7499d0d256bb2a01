"""A panel of events: what passed between pairs of states day by day, against how much was reported in all.

A day on which nothing was reported of anybody is missing, and never zero; a day on which others were reported of and this
pair was not is a zero.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from equipoise.errors import InputError

__all__ = ["NET", "EventPanel", "Key", "panel_of"]

FloatArray = NDArray[np.float64]
Key = tuple[str, str, str]
"""Source, target, and the class of the events; ``net`` where cooperation and conflict stand in one signed score."""
NET = "net"


@dataclass(frozen=True, slots=True)
class EventPanel:
    """Series of days without a gap in the calendar, from ``first`` on.

    Attributes
    ----------
    values : (n,) by key
        Signed scores, or counts of events; not a number on a missing day.
    coverage : (n,) or nothing
        How much was reported of everybody, in the same unit; nothing where the table cannot tell.
    counted : bool
        The values are counts of events and not scores.
    left_out : mapping
        What was left out of the tables that it was read from, and how many rows.
    mark : str
        A hash of everything in it.
    """

    name: str
    first: date
    values: Mapping[Key, FloatArray]
    coverage: FloatArray | None
    counted: bool
    left_out: Mapping[str, int]
    mark: str

    @property
    def days(self) -> int:
        """Days of the calendar, missing ones among them."""
        return len(next(iter(self.values.values())))

    @property
    def last(self) -> date:
        """The last day."""
        return self.day(self.days - 1)

    @property
    def observed(self) -> NDArray[np.bool_]:
        """Days on which anything was reported (n,)."""
        seen = np.isfinite(np.stack(list(self.values.values()))).any(axis=0)
        return np.asarray(seen if self.coverage is None else seen & (np.nan_to_num(self.coverage) > 0))

    def day(self, place: int) -> date:
        """The day at a place."""
        return self.first + timedelta(days=int(place))

    def place(self, day: date) -> int:
        """The place of a day; below 0 before the first."""
        return (day - self.first).days

    def numbers(self) -> NDArray[np.int64]:
        """Days since 1970 (n,)."""
        return np.arange(self.days) + (self.first - date(1970, 1, 1)).days

    def share(self, key: Key) -> FloatArray:
        """The values in % of the coverage of the day, or as they are where there is none to divide by (n,)."""
        if self.coverage is None:
            return self.values[key]
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.coverage > 0, 100.0 * self.values[key] / self.coverage, np.nan)

    def of(self, keys: Mapping[Key, FloatArray] | set[Key]) -> EventPanel:
        """The same panel with some of its series only; its coverage stays that of all.

        Raises
        ------
        InputError
            None is left.
        """
        kept = {key: values for key, values in self.values.items() if key in keys}
        if not kept:
            raise InputError("pairs", found="none of the panel", allowed=", ".join(_pairs(self.values)))
        return EventPanel(self.name, self.first, kept, self.coverage, self.counted, self.left_out, self.mark)


def panel_of(
    name: str, frame: pl.DataFrame, *, counted: bool, left_out: Mapping[str, int] | None = None, covered: bool = True
) -> EventPanel:
    """A panel from rows ``date, source, target, kind, value`` and, where ``covered``, ``coverage`` of the day.

    Rows of one key and day were made one before. A day without any row is missing; of a day with rows a series that has
    none counted nothing. A signed score that is missing on a covered day is missing, a count is zero.

    Raises
    ------
    InputError
        There is no row.
    """
    if not frame.height:
        raise InputError(name, found="no event", allowed="rows with a date, two states and a score, count or code")
    ordered = frame.sort("source", "target", "kind", "date")
    first, last = ordered["date"].min(), ordered["date"].max()
    assert isinstance(first, date)
    assert isinstance(last, date)
    n = (last - first).days + 1
    seen = np.zeros(n, dtype=bool)
    seen[_places(ordered, first)] = True
    values: dict[Key, FloatArray] = {}
    for key, part in ordered.group_by("source", "target", "kind", maintain_order=True):
        series: FloatArray = np.full(n, np.nan)
        if counted:
            series[seen] = 0.0
        series[_places(part, first)] = part["value"].to_numpy()
        values[str(key[0]), str(key[1]), str(key[2])] = series
    coverage: FloatArray | None = None
    if covered:
        coverage = np.full(n, np.nan)
        by_day = ordered.group_by("date").agg(pl.col("coverage").max())
        coverage[_places(by_day, first)] = by_day["coverage"].to_numpy()
    digest = hashlib.sha256(f"{first}|{counted}".encode())
    for key, series in values.items():
        digest.update("|".join(key).encode() + series.tobytes())
    digest.update(b"" if coverage is None else coverage.tobytes())
    return EventPanel(name, first, values, coverage, counted, dict(left_out or {}), digest.hexdigest())


def _places(frame: pl.DataFrame, first: date) -> NDArray[np.int64]:
    return (frame["date"].to_physical().to_numpy() - (first - date(1970, 1, 1)).days).astype(np.int64)


def _pairs(values: Mapping[Key, FloatArray]) -> list[str]:
    return sorted({f"{source}-{target}" for source, target, _ in values})
