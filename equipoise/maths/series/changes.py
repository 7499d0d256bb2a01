r"""Changes of level: where a series has them, on which day one would have known, and how often it would have been nothing.

A series is cut into stretches of one level by the least cost, minus twice the log-likelihood plus a penalty for each change.
Three laws: ``normal`` with variance one, for scores that were made so; ``poisson`` for counts; and ``negative_binomial`` for
counts that vary more. Of the last the variance is :math:`\lambda e (1 + \lambda / r)`: a day of twice the exposure is two
days, so that the sum of a stretch has the same law and its level is simply its sum over its exposure.

The penalty is not chosen by feeling: :func:`calibrate` sets it so that series in which nothing happens raise as many alarms
as were asked for.

References
----------
Killick, Fearnhead, Eckley (2012), Optimal detection of changepoints with a linear computational cost.
doi:10.1080/01621459.2012.737745
Lai (1998), Information bounds and quick detection of parameter changes in stochastic systems. doi:10.1109/18.737522
Garwood (1936), Fiducial limits for the Poisson distribution. doi:10.2307/2333958
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, inf, lgamma, log

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equipoise.errors import InputError

__all__ = ["Alarms", "Calibration", "Changes", "alarms", "calibrate", "change_points", "count_interval", "dispersion"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
LAWS = ("normal", "poisson", "negative_binomial")
CLOSE = 0.04
"""How far, in its logarithm, a count of false alarms may be from the one wanted for no better penalty to be sought."""


@dataclass(frozen=True, slots=True)
class Changes:
    """A series cut into stretches: ``points`` (k,) the first place of each new one, ``level`` (k + 1,) of each, ``cost``."""

    points: IntArray
    level: FloatArray
    cost: float


@dataclass(frozen=True, slots=True)
class Alarms:
    """Alarms in the order of time, each known from the values up to its own day alone.

    Attributes
    ----------
    day : (k,)
        Place at which the alarm was raised.
    change : (k,)
        First place of the new level, as dated on that day; never after it.
    before, after : (k,)
        Level of the stretch before the change, and from the change to the alarm.
    spread : (k,)
        Standard error of their difference under the law.
    """

    day: IntArray
    change: IntArray
    before: FloatArray
    after: FloatArray
    spread: FloatArray


@dataclass(frozen=True, slots=True)
class Calibration:
    """The penalty that was found, the false alarms a day with it on series in which nothing happens, and on how many days."""

    penalty: float
    rate: float
    low: float
    high: float
    days: int


def change_points(
    values: ArrayLike,
    *,
    law: str = "normal",
    exposure: ArrayLike | None = None,
    size: float = inf,
    penalty: float | None = None,
    minimum: int = 1,
) -> Changes:
    """Cut a series (n,) into stretches of one level, the partition of least cost of all there are.

    A place that is not a number is missing: it belongs to no stretch and counts for none, which is not the same as zero.

    Parameters
    ----------
    law : {"normal", "poisson", "negative_binomial"}
        How the values scatter about their level.
    exposure : (n,), optional
        What the level of counts is multiplied by at each place; one if left out, and for the normal law. A place without
        exposure is missing.
    size : float
        r of the negative binomial law; infinite is Poisson.
    penalty : float, optional
        What a change must save; twice the logarithm of the number of values if left out.
    minimum : int
        Least number of values in a stretch.

    Raises
    ------
    InputError
        The law is unknown, a count or an exposure is negative, shapes differ, or an option is out of range.

    >>> found = change_points([0.0, 0.1, -0.1, 5.0, 5.1, 4.9])
    >>> found.points.tolist(), found.level.round(1).tolist()
    ([3], [0.0, 5.0])
    """
    from equipoise.maths.series.kernel import LAWS as CODES
    from equipoise.maths.series.kernel import partition, sums

    place, y, e = _observed(values, exposure, law, size, minimum)
    if len(y) < minimum:
        return Changes(np.zeros(0, dtype=np.int64), np.zeros(0), 0.0)
    s, t, q = sums(y, e)
    worth = 2.0 * log(max(len(y), 2)) if penalty is None else _penalty(penalty)
    best, last = partition(s, t, q, *_coded(CODES, law, size), worth, minimum)
    cuts, at = [len(y)], len(y)
    while at > 0:
        at = int(last[at])
        cuts.append(at)
    edges = np.array(cuts[::-1])
    return Changes(place[edges[1:-1]], np.diff(s[edges]) / np.diff(t[edges]), float(best[-1]))


def alarms(
    values: ArrayLike,
    penalty: float,
    *,
    law: str = "normal",
    exposure: ArrayLike | None = None,
    size: float = inf,
    minimum: int = 2,
    window: int = 120,
    start: int = 0,
) -> Alarms:
    """The alarms that a series (n,) would have given, day by day, each from what was known on its day.

    On each day the best partition of everything so far is sought among changes within the last ``window`` values. An alarm is
    raised when its last change lies on or after both ``start`` and the day of the alarm before. Parameters as for
    :func:`change_points`.

    >>> found = alarms([0.0] * 20 + [4.0] * 5, penalty=12.0)
    >>> found.change.tolist(), found.day.tolist(), found.after.tolist()
    ([20], [21], [4.0])
    """
    from equipoise.maths.series.kernel import LAWS as CODES
    from equipoise.maths.series.kernel import near, raised, sums

    place, y, e = _observed(values, exposure, law, size, minimum)
    s, t, q = sums(y, e)
    last = near(s, t, q, *_coded(CODES, law, size), _penalty(penalty), minimum, _window(window, minimum))
    days, changes = raised(last, int(np.searchsorted(place, start)))
    before = last[changes]
    level = [(s[b] - s[a]) / (t[b] - t[a]) for a, b in ((before, changes), (changes, days + 1))]
    rate = np.ones(len(days)) if law == "normal" else level[0] * (1.0 + level[0] / size)
    spread = np.sqrt(rate * (1.0 / (t[changes] - t[before]) + 1.0 / (t[days + 1] - t[changes])))
    return Alarms(place[days], place[changes], level[0], level[1], spread)


def calibrate(
    null: ArrayLike,
    rate: float,
    *,
    law: str = "normal",
    exposure: ArrayLike | None = None,
    size: ArrayLike = inf,
    minimum: int = 2,
    window: int = 120,
    start: int = 0,
    steps: int = 5,
) -> Calibration:
    """The penalty with which series in which nothing happens (k, n) raise ``rate`` alarms a place, as near as ``steps`` find.

    The rate it truly has on them, with its 90 % Poisson interval, stands beside it; on series of their own it is another
    draw of the same. ``size`` is one figure or one a series (k,). Alarms are counted, as the places are, from ``start`` on: what
    is learnt from the beginning of a series must be learnt anew from that of each, or the rate holds only where nothing was.

    Raises
    ------
    InputError
        The rate is no chance, or the series are not a table.

    >>> found = calibrate(np.random.default_rng(1).normal(size=(20, 500)), rate=1 / 500)
    >>> 0.001 < found.rate < 0.004
    True
    """
    table = np.asarray(null, dtype=np.float64)
    if table.ndim != 2 or not table.size:
        raise InputError("null", found=f"shape {table.shape}", allowed="(k, n): series in which nothing happens")
    if not 0 < rate < 1:
        raise InputError("rate", found=rate, allowed="alarms a place, above 0 and below 1")
    sizes = np.broadcast_to(np.asarray(size, dtype=np.float64), table.shape[:1])
    weight = [None] * len(table) if exposure is None else list(np.broadcast_to(exposure, table.shape))

    def count(penalty: float) -> int:
        rows = zip(table, weight, sizes, strict=True)
        return sum(
            len(alarms(y, penalty, law=law, exposure=e, size=r, minimum=minimum, window=window, start=start).day)
            for y, e, r in rows
        )

    days = int(np.isfinite(table[:, start:]).sum())
    if not days:
        raise InputError("start", found=start, allowed=f"a place before the last of {table.shape[1]}")
    wanted = rate * days
    tried = {penalty: count(penalty) for penalty in (12.0, 28.0)}

    def wide(penalty: float) -> float:
        return abs(log((tried[penalty] + 0.5) / (wanted + 0.5)))

    for _ in range(steps):
        if min(map(wide, tried)) < CLOSE:
            break
        guess = _crossing(tried, wanted)
        if guess not in tried:
            tried[guess] = count(guess)
    found = min(tried, key=wide)
    least, most = count_interval(tried[found])
    return Calibration(found, tried[found] / days, least / days, most / days, days)


def _crossing(tried: dict[float, int], wanted: float) -> float:
    """Where a straight line through the two nearest penalties meets the count that is wanted: its logarithm falls so."""
    above = [p for p, n in tried.items() if n > wanted]
    below = [p for p, n in tried.items() if n <= wanted]
    if not above:
        return max(0.5 * min(below), 1.0)
    if not below:
        return min(1.6 * max(above), 400.0)
    low, high = max(above), min(below)
    if high <= low:  # a chance of the draws: more alarms at the higher penalty
        return 0.5 * (low + high)
    fall = log((tried[low] + 0.5) / (tried[high] + 0.5))
    return low + (high - low) * min(max(log((tried[low] + 0.5) / (wanted + 0.5)) / fall, 0.1), 0.9)


def dispersion(values: ArrayLike, exposure: ArrayLike | None = None) -> tuple[float, float]:
    """Level and size r of counts (n,) by their moments; the size is infinite where they vary no more than Poisson's.

    >>> level, size = dispersion([0, 4, 0, 4])
    >>> level, round(size, 2)
    (2.0, 1.2)
    """
    _, y, e = _observed(values, exposure, "poisson", inf, 1)
    if len(y) < 2 or not y.sum():
        return (float(y.sum() / e.sum()) if len(y) else 0.0), inf
    level = float(y.sum() / e.sum())
    ratio = float(((y - level * e) ** 2 / (level * e)).sum() / (len(y) - 1))
    return level, level / (ratio - 1.0) if ratio > 1.0 + 1e-9 else inf


def count_interval(count: int, level: float = 0.90) -> tuple[float, float]:
    """Garwood's exact interval of the mean of a Poisson count: [0, ...] where nothing was counted.

    >>> low, high = count_interval(0)
    >>> low, round(high, 3)
    (0.0, 2.996)
    >>> [round(end, 2) for end in count_interval(10)]
    [5.43, 16.96]
    """
    if count < 0 or not 0 < level < 1:
        raise InputError("count and level", found=(count, level), allowed="0 or more, between 0 and 1")
    tail = 0.5 * (1.0 - level)
    top = count + 20.0 + 10.0 * (count + 1) ** 0.5
    low = 0.0 if count == 0 else _bisect(lambda mean: 1.0 - _at_most(count - 1, mean), tail, top)
    return low, _bisect(lambda mean: -_at_most(count, mean), -tail, top)


def _at_most(count: int, mean: float) -> float:
    """Chance that a Poisson count is at most so much."""
    if mean <= 0:
        return 1.0
    return sum(exp(k * log(mean) - mean - lgamma(k + 1)) for k in range(count + 1))


def _bisect(rising, wanted: float, top: float) -> float:  # type: ignore[no-untyped-def]
    low, high = 0.0, top
    for _ in range(70):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if rising(middle) < wanted else (low, middle)
    return 0.5 * (low + high)


def _observed(
    values: ArrayLike, exposure: ArrayLike | None, law: str, size: float, minimum: int
) -> tuple[IntArray, FloatArray, FloatArray]:
    """Places with a value and an exposure, and these."""
    y = np.asarray(values, dtype=np.float64)
    e = np.ones_like(y) if exposure is None or law == "normal" else np.asarray(exposure, dtype=np.float64)
    if y.ndim != 1 or e.shape != y.shape:
        raise InputError("values and exposure", found=f"shapes {y.shape} and {e.shape}", allowed="(n,) both")
    if law not in LAWS:
        raise InputError("law", found=law, allowed=", ".join(LAWS))
    if minimum < 1 or not size > 0:
        raise InputError("minimum and size", found=(minimum, size), allowed="1 or more, above 0")
    if (e < 0).any() or np.isinf(y).any() or np.isinf(e).any():
        raise InputError("values and exposure", found="negative exposure or infinite figures", allowed="finite, e >= 0")
    if law != "normal" and (y < 0).any():
        raise InputError(
            "values", found=float(np.nanmin(y)), allowed="counts, 0 or more", remedy="or take law='normal'"
        )
    seen = np.isfinite(y) & np.isfinite(e) & (e > 0)
    return np.flatnonzero(seen), y[seen], e[seen]


def _coded(codes: dict[str, int], law: str, size: float) -> tuple[int, float]:
    return (codes["poisson"], 1.0) if law == "negative_binomial" and size == inf else (codes[law], min(size, 1e12))


def _penalty(penalty: float) -> float:
    if not penalty >= 0:
        raise InputError("penalty", found=penalty, allowed="0 or more")
    return float(penalty)


def _window(window: int, minimum: int) -> int:
    if window < 2 * minimum:
        raise InputError("window", found=window, allowed=f"{2 * minimum} or more, two stretches of the least length")
    return window
