r"""Whether something happens between two units, regressed on what is known of the pair; errors for pairs that share a unit.

Rare outcomes bias the logit, and a variable that separates them sends it to infinity: the likelihood is penalised by
Jeffreys' prior (Firth), which removes the first-order bias and keeps every estimate finite; the constant is then set so
that as many events are foretold as came (Puhr and others). Pairs that share a unit are not independent: the
covariance sums the scores of all pairs of a unit before it squares them (Aronow, Samii, Assenova).

References
----------
Firth (1993), Bias reduction of maximum likelihood estimates. doi:10.1093/biomet/80.1.27
Heinze, Schemper (2002), A solution to the problem of separation in logistic regression. doi:10.1002/sim.1047
Puhr, Heinze, Nold, Lusa, Geroldinger (2017), Firth's logistic regression with rare events. doi:10.1002/sim.7273
Aronow, Samii, Assenova (2015), Cluster-robust variance estimation for dyadic data. doi:10.1093/pan/mpv018
Anderson (1965), Iterative procedures for nonlinear integral equations. doi:10.1145/321296.321305
King, Zeng (2001), Logistic regression in rare events data. doi:10.1093/oxfordjournals.pan.a004868
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equipoise.errors import InputError

__all__ = ["Logit", "auc", "dyadic_covariance", "logit"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
ROUNDS, CLOSE, PART, MEMORY = 100, 1e-5, 4096, 4
MANY, THINNED, FAR = 50_000, 20, 8.0
"""Rows above which the climb starts from the estimate of a part of them: the events, those beyond so many standard deviations,
and one in so many of the others. Most of it is then done on few rows, and the estimate is that of all rows all the same."""
FEW = 20
"""Cases in which it came that are ranked one by one."""


@dataclass(frozen=True, slots=True)
class Logit:
    """A fitted logit: ``coefficients`` (p,) with the constant first, ``covariance`` (p, p) of the model, ``rounds`` taken.

    ``centre`` and ``scale`` (p - 1,) turn a variable into what its coefficient counts: one standard deviation.
    """

    coefficients: FloatArray
    covariance: FloatArray
    centre: FloatArray
    scale: FloatArray
    rounds: int

    def within(self, centre: FloatArray, scale: FloatArray) -> FloatArray:
        """The same coefficients (p,) for variables that are standardised otherwise: where another fit may start."""
        each = self.coefficients[1:] / self.scale
        return np.concatenate([[self.coefficients[0] + float(each @ (centre - self.centre))], each * scale])

    def design(self, x: ArrayLike) -> FloatArray:
        """The variables (n, p - 1) standardised as in the fit, with the constant."""
        return _with_constant((np.asarray(x, dtype=np.float64) - self.centre) / self.scale)

    def probability(self, x: ArrayLike) -> FloatArray:
        """Chance of the event for variables (n, p - 1)."""
        return _logistic(self.design(x) @ self.coefficients)


def logit(x: ArrayLike, happened: ArrayLike, start: Logit | None = None) -> Logit:
    """Penalised logit of an outcome (n,) on variables (n, p - 1), which are standardised; ``start`` is a fit that may be near.

    Raises
    ------
    InputError
        The event never or always happened, a figure is missing, a variable does not vary or repeats others, or the figures
        differ in number.

    >>> fit = logit([[0.0], [0.0], [1.0], [1.0]] * 5, [0, 1, 1, 1] * 5)
    >>> bool(fit.coefficients[1] > 0), fit.probability([[0.0], [1.0]]).round(2).tolist()
    (True, [0.54, 0.96])
    """
    raw, y = np.asarray(x, dtype=np.float64), np.asarray(happened, dtype=np.float64)
    if raw.ndim != 2 or y.shape != raw.shape[:1]:
        raise InputError("x and happened", found=f"shapes {raw.shape} and {y.shape}", allowed="(n, p) and (n,)")
    if not (np.isfinite(raw).all() and ((y == 0.0) | (y == 1.0)).all()) or not 0 < y.sum() < y.size:
        raise InputError(
            "x and happened", found="a missing figure, or an event that never or always came",
            allowed="finite variables; both outcomes, 0 and 1",
        )  # fmt: skip
    z = np.ones((y.size, raw.shape[1] + 1))
    centre = raw.mean(axis=0)
    varied = np.subtract(raw, centre, out=z[:, 1:])
    scale = np.sqrt(np.einsum("ij,ij->j", varied, varied) / y.size)
    if (scale <= 1e-12 * np.maximum(np.abs(centre), 1.0)).any():
        raise InputError("x", found="a variable that does not vary", allowed="variables that vary")
    varied /= scale
    beta = _near(z, y) if start is None else start.within(centre, scale)
    beta, covariance, number = _climb(z, y, beta)
    beta[0] += _constant(z @ beta, float(y.sum()))
    return Logit(beta, covariance, centre, scale, number)


def _near(z: FloatArray, y: FloatArray) -> FloatArray:
    """Where the climb starts: the rate of all; of many rows the estimate of the events, of the rows far out, without which few
    could tell the variables apart, and of one in so many of the others, counted so many times."""
    flat = np.zeros(z.shape[1])
    flat[0] = np.log(y.mean() / (1.0 - y.mean()))
    if y.size < MANY:
        return flat
    beyond = np.zeros(y.size, dtype=bool)
    for column in z.T[1:]:
        beyond |= np.abs(column) > FAR
    part = beyond | (y > 0) | (np.arange(y.size) % THINNED == 0)
    times = np.where(beyond | (y > 0), 1.0, (y.size - (beyond | (y > 0)).sum()) / (part & ~beyond & (y == 0)).sum())[
        part
    ]
    try:
        return _climb(z[part], y[part], flat, times, 1e-3)[0]
    except InputError:  # a part may not tell what the whole does
        return flat


def _climb(
    z: FloatArray, y: FloatArray, start: FloatArray, times: FloatArray | None = None, close: float = CLOSE
) -> tuple[FloatArray, FloatArray, int]:
    """Newton's way up the penalised likelihood, each row counted so many ``times``: coefficients, covariance and rounds."""
    beta, number, before, step = start, 0, -np.inf, np.zeros(start.size)
    covariance: FloatArray = np.zeros((beta.size, beta.size))
    walked: list[tuple[FloatArray, FloatArray]] = []
    while number < ROUNDS:
        number += 1
        likelihood, p, information = _seen(z, y, beta, times)
        flat = np.linalg.cond(information) > 1e14
        if flat and number == 1:
            raise InputError("x", found="variables that repeat each other", allowed="variables that can be told apart")
        if flat or likelihood < before - 1e-7 * (1.0 + abs(before)):  # too far: half the way back
            step, walked = 0.5 * step, []
            beta = beta - step
            continue
        before, covariance = likelihood, np.asarray(np.linalg.inv(information))
        newton = covariance @ _score(z, y, p, covariance, times)
        walked = [*walked[-MEMORY:], (beta, newton)]
        step = _mixed(walked)
        step = step * min(
            1.0, 5.0 / max(float(np.abs(step).max()), 1e-300)
        )  # a long stride on a flat likelihood is cut
        beta = beta + step
        if float(np.abs(newton).max()) < close:
            return beta, covariance, number
    raise InputError("x", found=f"no estimate after {ROUNDS} rounds", allowed="fewer, or better scaled, variables")


def _mixed(walked: Sequence[tuple[FloatArray, FloatArray]]) -> FloatArray:
    """The next step from the last few places and the steps that Newton's way asked for there (Anderson 1965).

    Newton's way leaves the curvature of the prior out, so that near the top each step is a part of the last; the combination
    of the last steps that is least says how far the rest of them leads. Far from the top the step is Newton's own.
    """
    beta, newton = walked[-1]
    if len(walked) < 2 or float(np.abs(newton).max()) > 0.5:
        return newton
    moved = np.stack([beta - other for other, _ in walked[:-1]], axis=1)
    fell = np.stack([newton - other for _, other in walked[:-1]], axis=1)
    weight = np.linalg.lstsq(fell, newton, rcond=1e-10)[0]
    return np.asarray(newton - (moved + fell) @ weight)


def _seen(
    z: FloatArray, y: FloatArray, beta: FloatArray, times: FloatArray | None
) -> tuple[float, FloatArray, FloatArray]:
    """Penalised log-likelihood, chances (n,) and information (p, p), a part of the rows at a time so that it stays near."""
    p, total, information = np.empty(y.size), 0.0, np.zeros((beta.size, beta.size))
    for rows in _parts(y.size):
        part, came = z[rows], y[rows]
        linear = part @ beta
        p[rows] = chance = _logistic(linear)
        told = came * linear + np.log1p(-np.minimum(chance, 1.0 - 1e-16))
        weight = chance * (1.0 - chance)
        if times is not None:
            told, weight = told * times[rows], weight * times[rows]
        total += float(told.sum())
        information += (part * weight[:, None]).T @ part
    return total + 0.5 * float(np.linalg.slogdet(information)[1]), p, information


def _score(z: FloatArray, y: FloatArray, p: FloatArray, covariance: FloatArray, times: FloatArray | None) -> FloatArray:
    """The score (p,) with Firth's correction: each row is drawn to a half by its leverage."""
    score = np.zeros(z.shape[1])
    for rows in _parts(y.size):
        part, chance = z[rows], p[rows]
        leverage = chance * (1.0 - chance) * np.einsum("ij,ij->i", part @ covariance, part)
        drawn = y[rows] - chance + leverage * (0.5 - chance)
        score += part.T @ (drawn if times is None else drawn * times[rows])
    return score


def _parts(size: int) -> list[slice]:
    return [slice(begin, min(begin + PART, size)) for begin in range(0, size, PART)]


def dyadic_covariance(fit: Logit, x: ArrayLike, happened: ArrayLike, one: ArrayLike, other: ArrayLike) -> FloatArray:
    r"""Covariance (p, p) of the coefficients when all rows that share a unit may hang together, in any year.

    ``one`` and ``other`` (n,) number the two units of each row. :math:`B = \sum_u S_u S_u^\top - \sum_d S_d S_d^\top`, with S the
    sum of scores over all rows of a unit u or of a pair d, which the two sums over its units would count twice. No direction
    has less than the pairs alone would give, for with few units the first sum may fall short of any covariance.

    Raises
    ------
    InputError
        The figures differ in number, or a row pairs a unit with itself.
    """
    a, b = np.asarray(one, dtype=np.int64), np.asarray(other, dtype=np.int64)
    z, y = fit.design(x), np.asarray(happened, dtype=np.float64)
    if not a.shape == b.shape == y.shape == z.shape[:1] or (a == b).any():
        raise InputError(
            "one and other", found="other numbers, or a unit with itself", allowed="two units for each row"
        )
    score = z * (y - _logistic(z @ fit.coefficients))[:, None]
    units, pairs = int(max(a.max(), b.max())) + 1, np.minimum(a, b) * (max(a.max(), b.max()) + 1) + np.maximum(a, b)
    by_pair = _sums(score, np.unique(pairs, return_inverse=True)[1].reshape(-1))
    by_unit = _sums(score, a, units) + _sums(score, b, units)
    alone = by_pair.T @ by_pair
    middle = by_unit.T @ by_unit - alone
    floor, axes = np.linalg.eigh(middle)
    least = np.einsum("ij,ik,kj->j", axes, alone, axes)
    return np.asarray(fit.covariance @ (axes * np.maximum(floor, least)) @ axes.T @ fit.covariance)


def auc(probability: ArrayLike, happened: ArrayLike) -> float:
    """Chance that a case in which it came was given more than one in which it did not; a half for those given the same.

    >>> auc([0.1, 0.2, 0.2, 0.9], [0, 0, 1, 1])
    0.875
    """
    p, y = np.asarray(probability, dtype=np.float64), np.asarray(happened, dtype=bool)
    if p.shape != y.shape or y.all() or not y.any():
        raise InputError(
            "probability and happened", found="one outcome only, or other numbers", allowed="both outcomes"
        )
    if y.sum() < FEW:  # as many passes as cases cost less than to put all in order
        rest = p[~y]
        return float(np.mean([(rest < one).mean() + 0.5 * (rest == one).mean() for one in p[y]]))
    values, place, times = np.unique(p, return_inverse=True, return_counts=True)
    rank = np.cumsum(times) - 0.5 * (times - 1.0)
    came = int(y.sum())
    above = float(rank[place.reshape(-1)[y]].sum()) - 0.5 * came * (came + 1.0)
    return above / (came * (y.size - came)) if values.size > 1 else 0.5


def _sums(score: FloatArray, place: IntArray, size: int = 0) -> FloatArray:
    """Sums of rows by place (g, p)."""
    return np.stack([np.bincount(place, column, minlength=size) for column in score.T], axis=1)


def _constant(linear: FloatArray, events: float) -> float:
    """What is added to the constant so that as many events are foretold as came."""
    shift = 0.0
    for _ in range(ROUNDS):
        p = _logistic(linear + shift)
        step = (events - float(p.sum())) / float((p * (1.0 - p)).sum())
        shift += float(np.clip(step, -1.0, 1.0))
        if abs(step) < 1e-12:
            break
    return shift


def _with_constant(z: FloatArray) -> FloatArray:
    return np.concatenate([np.ones((len(z), 1)), z], axis=1)


def _logistic(linear: FloatArray) -> FloatArray:
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * linear)))
