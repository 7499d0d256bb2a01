"""Where an advice turns: the value of an input past which one policy is better than another, and how settled a figure is.

References
----------
Ayer, Brunk, Ewing, Reid, Silverman (1955), An empirical distribution function for sampling with incomplete information.
doi:10.1214/aoms/1177728423
Haasnoot, Kwakkel, Walker, ter Maat (2013), Dynamic adaptive policy pathways. doi:10.1016/j.gloenvcha.2012.12.006
Sarrazin, Pianosi, Wagener (2016), Global sensitivity analysis of environmental models: convergence and validation.
doi:10.1016/j.envsoft.2016.02.005
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equipoise.errors import InputError

__all__ = ["Settled", "Turn", "monotone", "settled", "turn"]

FloatArray = NDArray[np.float64]


def monotone(y: ArrayLike) -> FloatArray:
    """The rising sequence (n,) nearest to a sequence (n,) in squares: neighbours out of order are pooled to their mean.

    >>> monotone([1.0, 3.0, 2.0, 4.0]).tolist()
    [1.0, 2.5, 2.5, 4.0]
    """
    means: list[float] = []
    sizes: list[int] = []
    for value in np.asarray(y, dtype=np.float64):
        means.append(float(value))
        sizes.append(1)
        while len(means) > 1 and means[-2] > means[-1]:
            size = sizes[-2] + sizes[-1]
            means[-2:] = [(means[-2] * sizes[-2] + means[-1] * sizes[-1]) / size]
            sizes[-2:] = [size]
    return np.repeat(means, sizes)


@dataclass(frozen=True, slots=True)
class Turn:
    """Where a difference turns its sign along an input: ``value``; ``low`` and ``high``, the 90 % interval over resamples;
    ``rising``, whether the difference is below zero before it and above it after; ``again``, the share of the resamples in
    which there is such a turn."""

    value: float
    low: float
    high: float
    rising: bool
    again: float


def turn(x: ArrayLike, difference: ArrayLike, *, resamples: int = 200, seed: int = 1) -> Turn | None:
    """The value of an input at which a difference turns its sign; nothing where the difference has one sign all along.

    The mean of the difference along the input is taken to rise, or to fall, and to have no other shape; it turns where the
    monotone fit passes zero.

    Parameters
    ----------
    x : array (n,)
        The input in each future.
    difference : array (n,)
        One policy less the other in the same futures.

    Raises
    ------
    InputError
        Shapes do not fit, or a figure is missing.

    >>> points = np.linspace(0.0, 1.0, 101)
    >>> found = turn(points, points - 0.305)
    >>> round(found.value, 3), found.rising, found.again
    (0.305, True, 1.0)
    >>> turn(points, points + 1.0) is None
    True
    """
    points, apart = np.asarray(x, dtype=np.float64), np.asarray(difference, dtype=np.float64)
    if points.ndim != 1 or apart.shape != points.shape or not len(points):
        raise InputError("x and difference", found=(points.shape, apart.shape), allowed="(n,) and (n,)")
    if not (np.isfinite(points).all() and np.isfinite(apart).all()):
        raise InputError("x and difference", found="a figure that is not finite", allowed="finite figures")
    rising = bool(((points - points.mean()) * (apart - apart.mean())).sum() > 0)
    found = _crossing(points, apart, rising)
    if found is None:
        return None
    random = np.random.Generator(np.random.Philox(seed))
    drawn = random.integers(0, len(points), (resamples, len(points)))
    again = [_crossing(points[rows], apart[rows], rising) for rows in drawn]
    known = [value for value in again if value is not None]
    low, high = np.quantile(known, [0.05, 0.95]) if known else (found, found)
    return Turn(found, float(low), float(high), rising, len(known) / resamples)


def _crossing(points: FloatArray, apart: FloatArray, rising: bool) -> float | None:
    """The input halfway between the last fitted figure on one side of zero and the first on the other."""
    order = np.argsort(points, kind="stable")
    where, count = np.unique(points[order], return_counts=True)
    means = np.add.reduceat(apart[order], np.cumsum(count) - count) / count  # equal inputs are one point
    fitted = _pooled(means if rising else -means, count)
    above = np.flatnonzero(fitted > 0)
    if not len(above) or not above[0] or fitted[0] >= 0:
        return None
    return 0.5 * float(where[above[0] - 1] + where[above[0]])


def _pooled(means: FloatArray, count: NDArray[np.int64]) -> FloatArray:
    """The monotone fit of means that stand for so many points each, one figure for each mean."""
    return monotone(np.repeat(means, count))[np.cumsum(count) - 1]


@dataclass(frozen=True, slots=True)
class Settled:
    """How settled a figure is: ``width`` of its 90 % bootstrap interval, and ``change`` from half of the futures to all."""

    width: float
    change: float

    def light(self, scale: float) -> int:
        """2 where neither is more than a tenth of a scale, 1 where neither is more than a fifth, else 0: green, amber, red.

        >>> Settled(0.05, 0.02).light(1.0), Settled(0.15, 0.02).light(1.0), Settled(0.05, 0.3).light(1.0)
        (2, 1, 0)
        """
        most = max(self.width, self.change) / scale if scale > 0 else np.inf
        return 2 if most <= 0.1 else 1 if most <= 0.2 else 0


def settled(
    futures: int, statistic: Callable[[NDArray[np.int64]], float], *, resamples: int = 100, seed: int = 1
) -> Settled:
    """How much a figure would change with other futures, and with half as many.

    Parameters
    ----------
    futures : int
        How many there are; at least two.
    statistic : callable
        The figure of some of the futures, given by their numbers.

    Raises
    ------
    InputError
        Fewer than two futures.

    >>> values = np.arange(1000.0) % 10
    >>> found = settled(1000, lambda rows: float(values[rows].mean()))
    >>> round(found.width, 1), round(found.change, 3)
    (0.3, 0.0)
    """
    if futures < 2:
        raise InputError("futures", found=futures, allowed="2 or more")
    random = np.random.Generator(np.random.Philox(seed))
    again = [statistic(random.integers(0, futures, futures)) for _ in range(resamples)]
    low, high = np.quantile(again, [0.05, 0.95])
    every = np.arange(futures)
    return Settled(float(high - low), abs(statistic(every) - statistic(every[: futures // 2])))
