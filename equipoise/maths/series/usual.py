r"""What is usual of a series, learnt from a stretch of reference: its scale, its seasons, and how its days hang together.

References
----------
van der Waerden (1952), Order tests for the two-sample problem and their power. doi:10.1016/S1385-7258(52)50063-5
Politis, Romano (1994), The stationary bootstrap. doi:10.1080/01621459.1994.10476870
"""

from __future__ import annotations

from functools import lru_cache
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equipoise.errors import InputError

__all__ = ["normal_scores", "season_index", "seasons", "stationary_blocks", "without_seasons"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
YEAR = 365.2425
LEAST = 30
"""Values that a reference must hold for anything to be learnt from it."""


def normal_scores(values: ArrayLike, reference: ArrayLike) -> FloatArray:
    r"""Where each value (n,) stands among those of the reference (m,), as a quantile of the normal law.

    :math:`\Phi^{-1}` of the share of the reference below it, half of its equals counted in. The scores know no scale and no
    outlier: the greatest value there ever was counts as much as one just beyond the reference. What is missing stays so.

    Raises
    ------
    InputError
        The reference holds fewer than 30 values.

    >>> normal_scores([1.0, 15.0, 1e9, float("nan")], range(30)).round(2).tolist()
    [-1.58, 0.04, 2.4, nan]
    """
    y, known = np.asarray(values, dtype=np.float64), np.asarray(reference, dtype=np.float64)
    known = np.sort(known[np.isfinite(known)])
    if len(known) < LEAST:
        raise InputError("reference", found=f"{len(known)} values", allowed=f"{LEAST} or more")
    seen = np.isfinite(y)
    twice = np.searchsorted(known, y[seen], "left") + np.searchsorted(known, y[seen], "right")
    scores: FloatArray = np.full(y.shape, np.nan)
    scores[seen] = _levels(len(known))[twice]
    return scores


@lru_cache(maxsize=64)
def _levels(size: int) -> FloatArray:
    """The score of every place among so many, by twice its place."""
    inverse = NormalDist().inv_cdf
    return np.array([inverse((0.5 * twice + 0.25) / (size + 0.5)) for twice in range(2 * size + 1)])


def seasons(day: ArrayLike) -> FloatArray:
    """The regressors of a week and a year (n, 9): each weekday, and one wave a year; ``day`` (n,) counted from 1970.

    >>> seasons([0, 7]).shape, seasons([0, 1])[:, :7].argmax(axis=1).tolist()
    ((2, 9), [3, 4])
    """
    number = np.asarray(day, dtype=np.int64)
    turn = 2 * np.pi * number / YEAR
    week = (number + 3) % 7  # the first of January 1970 was a Thursday; Monday is 0
    return np.column_stack([week[:, None] == np.arange(7), np.sin(turn), np.cos(turn)]).astype(np.float64)


def without_seasons(values: ArrayLike, day: ArrayLike, reference: ArrayLike) -> FloatArray:
    """Values (n,) less what their weekday and time of year made of them in the reference (n,) of places, by least squares.

    The mean of the reference becomes 0 as well. What is missing stays so.

    >>> week = np.tile([0.0, 0.0, 0.0, 0.0, 0.0, 2.0, 2.0], 40)
    >>> bool(np.abs(without_seasons(week, np.arange(280), np.arange(280) < 200)).max() < 1e-9)
    True
    """
    y, chosen = np.asarray(values, dtype=np.float64), np.asarray(reference, dtype=bool)
    regressors = seasons(day)
    used = chosen & np.isfinite(y)
    if used.sum() < LEAST:
        raise InputError("reference", found=f"{used.sum()} values", allowed=f"{LEAST} or more")
    effect = np.linalg.lstsq(regressors[used], y[used], rcond=None)[0]
    return np.asarray(y - regressors @ effect)


def season_index(counts: ArrayLike, exposure: ArrayLike, group: ArrayLike, reference: ArrayLike) -> FloatArray:
    """How many times as much as usual each group of places (n,) has in the reference (n,), at every place.

    Counts over what their exposure would give, with one usual event added to each group, so that a group that was seldom
    seen is taken for usual. Groups are whole numbers from 0.

    >>> season_index([9, 0, 9, 0], [1.0] * 4, [0, 1, 0, 1], [True] * 4).round(2).tolist()
    [1.9, 0.1, 1.9, 0.1]
    """
    y, e = np.asarray(counts, dtype=np.float64), np.asarray(exposure, dtype=np.float64)
    kind = np.asarray(group, dtype=np.int64)
    used = np.asarray(reference, dtype=bool) & np.isfinite(y) & (e > 0)
    usual = y[used].sum() / e[used].sum() if used.any() else 0.0
    came, due = (np.bincount(kind[used], x, minlength=kind.max() + 1) for x in (y[used], e[used] * usual))
    return np.asarray(((came + 1.0) / (due + 1.0))[kind])


def stationary_blocks(length: int, draws: int, count: int, block: float, seed: int) -> IntArray:
    """Places (count, draws) in a series of so many values, in runs of random length whose mean is ``block``, on a circle.

    The same seed gives the same bits.

    >>> places = stationary_blocks(100, 1000, 2, block=10.0, seed=1)
    >>> bool(0.85 < (np.diff(places[0]) % 100 == 1).mean() < 0.95)
    True
    """
    if min(length, draws, count) < 1 or block < 1:
        raise InputError("blocks", found=(length, draws, count, block), allowed="1 or more each")
    random = np.random.Generator(np.random.Philox(seed))
    fresh = random.random((count, draws)) < 1.0 / block
    fresh[:, 0] = True
    first = random.integers(0, length, (count, draws))
    begun = np.maximum.accumulate(np.where(fresh, np.arange(draws), 0), axis=1)
    return np.asarray((np.take_along_axis(first, begun, axis=1) + np.arange(draws) - begun) % length)
