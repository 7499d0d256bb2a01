r"""Event study of flows by Poisson pseudo-maximum likelihood: what moved more than the rest, before and after a date.

The estimator takes zeros as they are and needs no law of the errors but their mean. Fixed effects are swept out by
weighted demeaning inside the iterations of re-weighted least squares, so that thousands of them cost no matrix.

References
----------
Santos Silva, Tenreyro (2006), The log of gravity. doi:10.1162/rest.88.4.641
Correia, Guimarães, Zylkin (2020), Fast Poisson estimation with high-dimensional fixed effects.
doi:10.1177/1536867X20909691
Borusyak, Jaravel, Spiess (2024), Revisiting event-study designs. doi:10.1093/restud/rdae007
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equipoise.errors import InputError, SolverError
from equipoise.maths.flags import chi_square_tail

__all__ = ["EventStudy", "PoissonFit", "event_study", "poisson_effects"]

FloatArray = NDArray[np.float64]
STEPS, SWEEPS, CLOSE = 100, 2000, 1e-10


@dataclass(frozen=True, slots=True)
class PoissonFit:
    """Coefficients (p,) in logs, their covariance (p, p) clustered, and the means (n,) of the observations."""

    coefficient: FloatArray
    covariance: FloatArray
    mean: FloatArray


@dataclass(frozen=True, slots=True)
class EventStudy:
    """Effect (t,) of each period on the group against the reference period, in logs, with its standard error (t,).

    ``before`` is the chance of effects as large as those before the event if there were none: small where the paths had
    parted already, and no causal word is then in place. nan where the group or the rest has too few members to say.
    """

    effect: FloatArray
    error: FloatArray
    before: float


def event_study(value: ArrayLike, group: ArrayLike, reference: int, pre: Sequence[int]) -> EventStudy:
    r"""Effects of a group of units by period: values (k, t), membership (k,), the reference period, the periods before.

    With unit effects and effects of each period in each group the Poisson estimate is closed,

    .. math:: d_s = \log\frac{S_{1s}}{S_{1r}} - \log\frac{S_{0s}}{S_{0r}}, \qquad S_{gs} = \sum_{k \in g} x_{ks},

    and the variance clustered by unit is :math:`\sum_k (x_{ks}/S_{gs} - x_{kr}/S_{gr})^2` over both groups, times
    :math:`n_g/(n_g - 1)`.

    Raises
    ------
    InputError
        Shapes do not agree, a value is negative, or a group has nothing in the reference period.

    >>> flows = [[1.0, 1.0, 4.0], [1.0, 1.0, 4.0], [2.0, 2.0, 2.0], [2.0, 2.0, 2.0]]
    >>> event_study(flows, [True, True, False, False], 1, [0]).effect.round(4).tolist()
    [0.0, 0.0, 1.3863]
    """
    flows, inside = np.asarray(value, dtype=float), np.asarray(group, dtype=bool)
    if flows.ndim != 2 or inside.shape != flows.shape[:1] or not (flows >= 0).all():
        raise InputError("value", found=f"shape {flows.shape}", allowed="values (k, t) of 0 or more, a group for each")
    periods = flows.shape[1]
    effect, variance = np.zeros(periods), np.zeros((periods, periods))
    for members, sign in ((flows[inside], 1.0), (flows[~inside], -1.0)):
        total = members.sum(axis=0)
        if not len(members) or total[reference] <= 0:
            raise InputError(
                "group", found="nothing in the reference period", allowed="a group and a rest that trade then"
            )
        with np.errstate(divide="ignore", invalid="ignore"):
            effect += sign * np.log(total / total[reference])
            share = members / total
        influence = np.nan_to_num(share - share[:, [reference]])
        variance += influence.T @ influence * len(members) / (len(members) - 1) if len(members) > 1 else np.inf
    error = np.sqrt(np.maximum(np.diag(variance), 0.0))
    error[reference] = 0.0
    return EventStudy(effect, error, _joint(effect, variance, [s for s in pre if s != reference]))


def _joint(effect: FloatArray, variance: FloatArray, pre: Sequence[int]) -> float:
    """Chance of effects as large as those before, by the quadratic form of the periods that vary at all."""
    places = [s for s in pre if np.isfinite(effect[s])]
    if not places or not np.isfinite(variance).all():
        return float("nan")
    inner = variance[np.ix_(places, places)]
    rank = int(np.linalg.matrix_rank(inner))
    if not rank:
        return 1.0 if np.allclose(effect[places], 0.0) else 0.0
    form = float(effect[places] @ np.linalg.pinv(inner) @ effect[places])
    return chi_square_tail(max(form, 0.0), rank)


def poisson_effects(
    value: ArrayLike, fixed: ArrayLike, regressors: ArrayLike, cluster: ArrayLike | None = None
) -> PoissonFit:
    """Poisson regression with any number of fixed effects: values (n,), their labels (f, n), regressors (n, p), clusters (n,).

    Observations whose every value under one label is zero tell nothing and are left out; their mean is zero.

    Raises
    ------
    InputError
        Shapes do not agree, a value is negative, or a regressor is lost among the fixed effects.
    SolverError
        The iterations did not settle.

    >>> fit = poisson_effects([1.0, 2.0, 3.0, 18.0], [[0, 0, 1, 1], [0, 1, 0, 1]], [[0.0], [0.0], [0.0], [1.0]])
    >>> round(float(np.exp(fit.coefficient[0])), 6)
    3.0
    """
    y, labels, x = np.asarray(value, dtype=float), np.atleast_2d(np.asarray(fixed)), np.asarray(regressors, dtype=float)
    if x.shape[:1] != y.shape or labels.shape[1:] != y.shape or not (y >= 0).all():
        raise InputError("value", found=f"shapes {y.shape}, {labels.shape}, {x.shape}", allowed="(n,), (f, n), (n, p)")
    codes = [np.unique(row, return_inverse=True)[1] for row in labels]
    kept = _telling(y, codes)
    codes = [np.unique(code[kept], return_inverse=True)[1] for code in codes]
    members = np.arange(len(y)) if cluster is None else np.unique(np.asarray(cluster), return_inverse=True)[1]
    found, inner, scores, mean = _iterate(y[kept], codes, x[kept])
    grouped = np.zeros((members.max() + 1, x.shape[1]))
    np.add.at(grouped, members[kept], scores)
    count = len(np.unique(members[kept]))
    bread = np.linalg.inv(inner)
    meat = grouped.T @ grouped * (count / (count - 1) if count > 1 else np.inf)
    means = np.zeros(len(y))
    means[kept] = mean
    return PoissonFit(found, bread @ meat @ bread, means)


def _telling(y: FloatArray, codes: Sequence[NDArray[np.int64]]) -> NDArray[np.bool_]:
    """Observations left when labels without any positive value are struck out, again and again."""
    kept = np.ones(len(y), dtype=bool)
    while True:
        before = kept.sum()
        for code in codes:
            kept &= np.bincount(code, weights=y * kept)[code] > 0
        if kept.sum() == before:
            return kept


def _iterate(
    y: FloatArray, codes: Sequence[NDArray[np.int64]], x: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Re-weighted least squares: the coefficients, the inner matrix, each observation's score, and the means."""
    mean = 0.5 * (y + y.mean())
    log_mean, last = np.log(mean), np.full(x.shape[1], np.inf)
    for _ in range(STEPS):
        working = log_mean + (y - mean) / mean
        swept = _sweep(np.column_stack([working, x]), mean, codes)
        flat = swept[:, 1:]
        inner = flat.T @ (flat * mean[:, None])
        if np.linalg.matrix_rank(inner, hermitian=True) < x.shape[1] or (np.diag(inner) <= CLOSE).any():
            raise InputError(
                "regressors", found="one that the fixed effects hold already", allowed="others", remedy="drop it"
            )
        found = np.linalg.solve(inner, flat.T @ (mean * swept[:, 0]))
        before, log_mean = log_mean, np.clip(working - (swept[:, 0] - flat @ found), -700.0, 700.0)
        mean = np.exp(log_mean)
        if np.abs(mean - np.exp(before)).max() <= CLOSE * mean.max() and np.abs(found - last).max() <= 1e-8:
            return found, inner, flat * (y - mean)[:, None], mean
        last = found
    raise SolverError("The Poisson iterations did not settle: check that values and regressors are of like size.")


def _sweep(columns: FloatArray, weight: FloatArray, codes: Sequence[NDArray[np.int64]]) -> FloatArray:
    """Columns (n, c) less their weighted means under every label, by turns until nothing moves."""
    swept = columns.copy()
    sums = [np.bincount(code, weights=weight) for code in codes]
    for _ in range(SWEEPS):
        moved = 0.0
        for code, total in zip(codes, sums, strict=True):
            for column in range(swept.shape[1]):
                centre = np.bincount(code, weights=weight * swept[:, column]) / total
                swept[:, column] -= centre[code]
                moved = max(moved, float(np.abs(centre).max()))
        if moved < CLOSE or len(codes) == 1:
            return swept
    raise SolverError("The fixed effects did not separate: a label may stand for two things.")
