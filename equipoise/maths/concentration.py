r"""How concentrated shares are, and how far apart two uncertain positions stand.

References
----------
Hirschman (1945), National Power and the Structure of Foreign Trade.
Laakso, Taagepera (1979), "Effective" number of parties. doi:10.1177/001041407901200101
Leone, Nelson, Nottingham (1961), The folded normal distribution. doi:10.1080/00401706.1961.10489974
"""

from __future__ import annotations

from math import erf, sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equipoise.errors import InputError

__all__ = ["effective_number", "folded_interval", "hhi", "share_bounds"]

FloatArray = NDArray[np.float64]


def hhi(share: ArrayLike) -> float:
    r"""Hirschman-Herfindahl index :math:`\sum_i s_i^2` of shares that sum to one: 1/n when even, 1 when alone.

    Examples
    --------
    >>> hhi([0.5, 0.5])
    0.5
    """
    shares = _shares(share)
    return float(shares @ shares)


def effective_number(share: ArrayLike) -> float:
    """Number of equal partners that would give the same index, 1/HHI.

    >>> effective_number([0.25] * 4)
    4.0
    """
    return 1.0 / hhi(share)


def share_bounds(low: ArrayLike, value: ArrayLike, high: ArrayLike) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Shares of non-negative quantities known within ranges: each at its least and its most against the others.

    >>> low, share, high = share_bounds([1., 2.], [1., 3.], [2., 3.])
    >>> low.tolist(), share.tolist(), high.tolist()
    ([0.25, 0.5], [0.25, 0.75], [0.5, 0.75])
    """
    lows, values, highs = (np.asarray(x, dtype=np.float64) for x in (low, value, high))
    if (lows < 0).any() or (lows > values).any() or (values > highs).any():
        raise InputError("ranges", found="a range out of order", allowed="0 <= low <= value <= high")
    with np.errstate(invalid="ignore", divide="ignore"):
        return (
            np.nan_to_num(lows / (lows + highs.sum() - highs)),
            np.nan_to_num(values / values.sum()),
            np.nan_to_num(highs / (highs + lows.sum() - lows)),
        )


def folded_interval(mean: float, spread: float, level: float = 0.90) -> tuple[float, float]:
    r"""Central interval of the distance :math:`|X|`, X normal with this mean and standard deviation.

    A distance between two close positions cannot fall below zero: the interval is that of the folded normal law.

    >>> low, high = folded_interval(3.0, 0.1)
    >>> round(low, 3), round(high, 3)
    (2.836, 3.164)
    """
    if spread < 0:
        raise InputError("spread", found=spread, allowed="0 or more")
    if spread == 0:
        return abs(mean), abs(mean)

    def distribution(x: float) -> float:
        return 0.5 * (erf((x - mean) / (spread * sqrt(2))) + erf((x + mean) / (spread * sqrt(2))))

    tail = 0.5 * (1.0 - level)
    return _bisect(distribution, tail, abs(mean) + 9 * spread), _bisect(distribution, 1 - tail, abs(mean) + 9 * spread)


def _bisect(distribution, probability: float, high: float) -> float:  # type: ignore[no-untyped-def]
    low = 0.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if distribution(middle) < probability else (low, middle)
    return 0.5 * (low + high)


def _shares(share: ArrayLike) -> FloatArray:
    shares = np.asarray(share, dtype=np.float64)
    if shares.size == 0 or (shares < 0).any() or abs(shares.sum() - 1.0) > 1e-6:
        raise InputError("share", found=f"{shares.size} shares with sum {shares.sum():.6g}", allowed="sum 1, none < 0")
    return shares
