r"""Which of many units stand out, and how often that is a false alarm.

No law of chance is assumed for a score: units that are known to be ordinary (placebos) show how high it goes without
a cause. A p-value is the rank among them, which is right in finite samples whenever the unit could have been one of
them, and the false discoveries among many are held by the step-up rule.

References
----------
Benjamini, Hochberg (1995), Controlling the false discovery rate. doi:10.1111/j.2517-6161.1995.tb02031.x
Bates, Candès, Lei, Romano, Sesia (2023), Testing for outliers with conformal p-values. doi:10.1214/22-AOS2244
Hanley, McNeil (1982), The meaning and use of the area under a ROC curve. doi:10.1148/radiology.143.1.7063747
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equipoise.errors import InputError

__all__ = ["area_under_curve", "benjamini_hochberg", "chi_square_tail", "placebo_p", "placebo_p_of_placebos"]

FloatArray = NDArray[np.float64]


def benjamini_hochberg(p: ArrayLike) -> FloatArray:
    r"""Adjusted values :math:`q_{(i)} = \min_{j \ge i} m p_{(j)} / j` of p-values (m,); nan stays nan and is not counted.

    Raises
    ------
    InputError
        A p-value lies outside 0 to 1.

    >>> benjamini_hochberg([0.01, 0.04, 0.03, 0.5]).round(4).tolist()
    [0.04, 0.0533, 0.0533, 0.5]
    """
    given = np.asarray(p, dtype=float)
    known = np.isfinite(given)
    values = given[known]
    if ((values < 0) | (values > 1)).any():
        raise InputError("p", found=f"{values.min():g} to {values.max():g}", allowed="0 to 1")
    order = np.argsort(values, kind="stable")
    stepped = values[order] * len(values) / np.arange(1, len(values) + 1)
    lowest = np.minimum.accumulate(stepped[::-1])[::-1]
    adjusted = np.empty_like(values)
    adjusted[order] = np.minimum(lowest, 1.0)
    found: FloatArray = np.full(given.shape, np.nan)
    found[known] = adjusted
    return found


def placebo_p(score: ArrayLike, placebo: ArrayLike) -> FloatArray:
    r"""Share of placebo scores (n,) that are at least as high as each score (m,), itself counted: :math:`(1 + \#)/(1 + n)`.

    nan scores have no p-value; nan placebos are left out. Without placebos nothing can be said: all are nan.

    >>> placebo_p([0.0, 2.5, 9.0], [1.0, 2.0, 3.0]).tolist()
    [1.0, 0.5, 0.25]
    """
    scores, null = np.asarray(score, dtype=float), np.asarray(placebo, dtype=float)
    null = np.sort(null[np.isfinite(null)])
    if not len(null):
        return np.full(scores.shape, np.nan)
    above = len(null) - np.searchsorted(null, scores, side="left")
    return np.where(np.isfinite(scores), (1.0 + above) / (1.0 + len(null)), np.nan)


def placebo_p_of_placebos(placebo: ArrayLike, folds: int = 2, seed: int = 1) -> FloatArray:
    """The p-value of every placebo (n,) among those of the other folds: what the screen says of units without a cause.

    The share of them at or below a level is the empirical rate of false alarms.

    >>> bool((placebo_p_of_placebos(np.arange(100.0)) <= 0.05).mean() < 0.15)
    True
    """
    null = np.asarray(placebo, dtype=float)
    found: FloatArray = np.full(null.shape, np.nan)
    fold = np.random.Generator(np.random.Philox(seed)).permutation(len(null)) % folds
    for one in range(folds):
        found[fold == one] = placebo_p(null[fold == one], null[fold != one])
    return found


def area_under_curve(score: ArrayLike, truth: ArrayLike) -> float:
    """Chance that a unit with a cause scores higher than one without, ties counted half; nan where either kind is missing.

    >>> area_under_curve([3.0, 2.0, 1.0, 2.0], [True, True, False, False])
    0.875
    """
    scores, cause = np.asarray(score, dtype=float), np.asarray(truth, dtype=bool)
    known = np.isfinite(scores)
    scores, cause = scores[known], cause[known]
    if cause.all() or not cause.any():
        return float("nan")
    others = np.sort(scores[~cause])
    below = np.searchsorted(others, scores[cause], side="left")
    not_above = np.searchsorted(others, scores[cause], side="right")
    return float((below + not_above).mean() / (2 * len(others)))


def chi_square_tail(value: float, freedom: int) -> float:
    r"""Chance that a chi-square variable with a whole number of degrees of freedom exceeds a value; a finite sum, exact.

    >>> round(chi_square_tail(3.841459, 1), 6), round(chi_square_tail(5.991465, 2), 6)
    (0.05, 0.05)
    """
    from math import erfc, exp, lgamma, log, sqrt

    if freedom < 1 or value < 0:
        raise InputError("value and freedom", found=(value, freedom), allowed="0 or more, 1 or more")
    if value == 0:
        return 1.0
    half = value / 2.0
    start = 0.0 if freedom % 2 == 0 else 0.5
    tail = 0.0 if freedom % 2 == 0 else erfc(sqrt(half))
    for step in range(freedom // 2):
        tail += exp((start + step) * log(half) - half - lgamma(start + step + 1.0))
    return min(tail, 1.0)
