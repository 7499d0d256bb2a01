"""The compiled partition of a series into stretches of one level, and the alarms that it would have given day by day."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from equipoise.maths.compiling import compiled

__all__ = ["LAWS", "partition", "raised"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
LAWS = {"normal": 0, "poisson": 1, "negative_binomial": 2}


@compiled(error_model="numpy")
def _cost(law: int, size: float, s: float, e: float, q: float) -> float:
    """Minus twice the logarithm of the greatest likelihood of one level, less what no partition changes."""
    if law == 0:
        return q - s * s / e
    if s <= 0.0:
        return 0.0
    level = s / e
    if law == 1:
        return float(2.0 * (s - s * np.log(level)))
    return float(-2.0 * (s * np.log(level / (size + level)) - size * e * np.log1p(level / size)))


@compiled(error_model="numpy")
def partition(
    s: FloatArray, e: FloatArray, q: FloatArray, law: int, size: float, penalty: float, minimum: int
) -> tuple[FloatArray, IntArray]:
    """Least cost of every beginning of a series, and the place at which the last stretch of each begins.

    ``s``, ``e``, ``q`` (n + 1,) are running sums of values, exposures and squares. A place that can never again be the best
    is given up (Killick et al. 2012), ``minimum`` days later, since the place that beats it must leave room for a stretch.
    """
    n = len(s) - 1
    best, last = np.full(n + 1, np.inf), np.zeros(n + 1, dtype=np.int64)
    best[0] = -penalty
    places, gone = np.empty(n + 1, dtype=np.int64), np.full(n + 1, n + 1, dtype=np.int64)
    tried = np.empty(n + 1)
    held = 0
    for u in range(minimum, n + 1):
        new = u - minimum
        if new == 0 or new >= minimum:
            places[held] = new
            held += 1
        least, where = np.inf, 0
        for i in range(held):
            p = places[i]
            cost = best[p] + _cost(law, size, s[u] - s[p], e[u] - e[p], q[u] - q[p])
            tried[i] = cost
            if cost < least:
                least, where = cost, p
        best[u], last[u] = least + penalty, where
        kept = 0
        for i in range(held):
            p = places[i]
            if tried[i] > best[u] and gone[p] > u + minimum:
                gone[p] = u + minimum
            if gone[p] > u:
                places[kept] = p
                kept += 1
        held = kept
    return best, last


@compiled(error_model="numpy")
def near(
    s: FloatArray, e: FloatArray, q: FloatArray, law: int, size: float, penalty: float, minimum: int, window: int
) -> IntArray:
    """The place at which the last stretch of every beginning begins (n + 1,), sought among the last ``window`` places and the
    one that was best the day before: what the alarms of each day need, and no more.

    With the normal law every exposure is one, so that a stretch is as long as its places; its costs are worked out in a loop
    of their own, without a branch.
    """
    n = len(s) - 1
    best, last = np.full(n + 1, np.inf), np.zeros(n + 1, dtype=np.int64)
    best[0] = -penalty
    tried, free = np.empty(window), np.empty(n + 1)
    free[0] = best[0]
    inverse = 1.0 / np.maximum(np.arange(window + 1), 1)
    for u in range(1, minimum):
        free[u] = np.inf
    for u in range(minimum, n + 1):
        first = max(0, u - window)
        count = u - minimum - first + 1
        now = s[u]
        if law == 0:
            for i in range(count):
                apart = now - s[first + i]
                tried[i] = free[first + i] - apart * apart * inverse[u - first - i]
        else:
            for i in range(count):
                p = first + i
                tried[i] = best[p] + _cost(law, size, now - s[p], e[u] - e[p], 0.0)
        held = last[u - 1]
        least, where = np.inf, 0
        if held < first:
            least, where = best[held] + _cost(law, size, now - s[held], e[u] - e[held], q[u] - q[held]), held
            least -= q[u] if law == 0 else 0.0
        for i in range(count):
            if tried[i] < least:
                least, where = tried[i], first + i
        least += q[u] if law == 0 else 0.0
        best[u], last[u] = least + penalty, where
        free[u] = best[u] - q[u]
    return last


@compiled()
def raised(last: IntArray, start: int) -> tuple[IntArray, IntArray]:
    """Days on which a change was first seen that no earlier alarm had told of, and the places of these changes.

    A change counts as told of when it lies before the day of the last alarm: the same change dated anew is no alarm.
    """
    days, places = [np.int64(0)], [np.int64(0)]
    barrier = start
    for u in range(max(start, 1), len(last)):
        if last[u] > 0 and last[u] >= barrier:
            days.append(np.int64(u - 1))
            places.append(last[u])
            barrier = u
    return np.array(days[1:]), np.array(places[1:])


def sums(values: FloatArray, exposure: FloatArray) -> tuple[Any, Any, Any]:
    """Running sums of values, exposures and squares, from nothing."""
    columns = (values, exposure, values * values)
    return tuple(np.concatenate([[0.0], np.cumsum(column)]) for column in columns)  # type: ignore[return-value]
