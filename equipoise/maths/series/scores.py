r"""Scores of forecasts: all are losses, 0 is best, and none can be bettered by saying other than one believes.

A score is returned for each forecast, so that two forecasters can be set against each other case by case; its mean is
the figure that is usually printed.

References
----------
Brier (1950), Verification of forecasts expressed in terms of probability. doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2
Good (1952), Rational decisions. doi:10.1111/j.2517-6161.1952.tb00104.x
Murphy (1973), A new vector partition of the probability score. doi:10.1175/1520-0450(1973)012<0595:ANVPOT>2.0.CO;2
Matheson, Winkler (1976), Scoring rules for continuous probability distributions. doi:10.1287/mnsc.22.10.1087
Gneiting, Raftery (2007), Strictly proper scoring rules, prediction, and estimation. doi:10.1198/016214506000001437
Ferro (2014), Fair scores for ensemble forecasts. doi:10.1002/qj.2270
Künsch (1989), The jackknife and the bootstrap for general stationary observations. doi:10.1214/aos/1176347265
Politis, Romano (1992), A circular block-resampling procedure for stationary data, in Exploring the Limits of Bootstrap.
Wilson (1927), Probable inference, the law of succession, and statistical inference. doi:10.1080/01621459.1927.10502953
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equipoise.errors import InputError

__all__ = ["Reliability", "brier", "crps", "log_score", "reliability", "share_interval", "skill"]

FloatArray = NDArray[np.float64]


def brier(probability: ArrayLike, happened: ArrayLike) -> FloatArray:
    r"""The quadratic score :math:`(p - y)^2` of each forecast (n,): 0 for a sure and right one, 1 for a sure and wrong one.

    Raises
    ------
    InputError
        A probability lies outside [0, 1] or is missing, an outcome is neither 0 nor 1, or they differ in number.

    >>> brier([1.0, 0.5, 0.0], [True, False, True]).tolist()
    [0.0, 0.25, 1.0]
    """
    p, y = _forecasts(probability, happened)
    return np.asarray((p - y) ** 2)


def log_score(probability: ArrayLike, happened: ArrayLike) -> FloatArray:
    r"""Minus the natural logarithm of the probability that was given to what came (n,), in nats.

    Infinite where what came had been called impossible: that is the score of such a forecast, not a fault of the input.

    Raises
    ------
    InputError
        As for :func:`brier`.

    >>> log_score([1.0, 0.5, 0.0], [True, False, True]).round(3).tolist()
    [0.0, 0.693, inf]
    """
    p, y = _forecasts(probability, happened)
    with np.errstate(divide="ignore"):
        return np.asarray(-np.log(np.where(y == 1.0, p, 1.0 - p)) + 0.0)


def crps(samples: ArrayLike, value: ArrayLike, *, fair: bool = False) -> FloatArray:
    r"""Continuous ranked probability score of draws (n, m), or of m quantiles, for what came (n,), in the unit of the value.

    :math:`\mathrm{E}|X - y| - \tfrac12 \mathrm{E}|X - X'|`, exact for the law that puts 1/m on each draw. Quantiles at the
    levels (i − ½)/m are such draws: the score is then twice their mean quantile loss. One draw scores its absolute error.

    Parameters
    ----------
    fair : bool
        Divide the spread by m (m − 1) in place of m²: what a law would score of which the draws are only a sample, so that
        few draws are no handicap (Ferro 2014). Needs two draws or more; may fall below 0.

    Raises
    ------
    InputError
        There is no draw, a figure is missing, or draws and values differ in number.

    >>> crps([[0.0, 2.0], [5.0, 5.0]], [1.0, 3.0]).tolist()
    [0.5, 2.0]
    >>> crps([[0.0, 2.0]], [1.0], fair=True).tolist()
    [0.0]
    """
    draws, y = np.asarray(samples, dtype=np.float64), np.asarray(value, dtype=np.float64)
    if draws.ndim != 2 or y.shape != draws.shape[:1] or draws.shape[1] < 1 + fair:
        found = f"shapes {draws.shape} and {y.shape}"
        raise InputError("samples and value", found=found, allowed=f"(n, m) and (n,), m at least {1 + fair}")
    if not (np.isfinite(draws).all() and np.isfinite(y).all()):
        raise InputError("samples and value", found="a missing or infinite figure", allowed="finite figures")
    m = draws.shape[1]
    ordered = np.sort(draws, axis=1)
    rank = 2.0 * np.arange(1, m + 1) - m - 1  # each draw less all others, without their m² differences
    spread = ordered @ rank / (m * (m - 1) if fair else m * m)
    return np.asarray(np.abs(draws - y[:, None]).mean(axis=1) - spread)


def skill(
    score: ArrayLike, reference: ArrayLike, block: int = 1, resamples: int = 2000, seed: int = 1, level: float = 0.90
) -> tuple[float, float, float]:
    r"""How much of a reference's mean score is saved, :math:`1 - \bar s / \bar r`, with a block-bootstrap interval.

    1 is perfect, 0 as good as the reference, below 0 worse. Pairs of scores are resampled together, in runs of ``block``
    on a circle, so that what hangs together in time is not taken for so many independent proofs. An interval that holds 0
    is no proof of skill. The same seed gives the same bits.

    Parameters
    ----------
    score, reference : (n,)
        Scores of the forecasts and of the reference for the same cases in the order of time, each 0 or more.
    block : int
        Cases that hang together: 1 where they are independent, at most n.
    level : float
        Chance that the interval aims at.

    Returns
    -------
    tuple of float
        The value, and the low and high ends of its interval. In a resample in which the reference has no loss at all the
        skill is 0 if the forecasts have none either, and minus infinity if they have.

    Raises
    ------
    InputError
        The scores differ in number, one is negative or not finite, the reference never loses, or an option is out of range.

    >>> skill([0.1, 0.2, 0.1, 0.2], [0.2, 0.4, 0.2, 0.4], block=2, resamples=100)
    (0.5, 0.5, 0.5)
    """
    s, r = np.asarray(score, dtype=np.float64), np.asarray(reference, dtype=np.float64)
    if s.ndim != 1 or s.shape != r.shape or s.size == 0:
        raise InputError("score and reference", found=f"shapes {s.shape} and {r.shape}", allowed="(n,) both, n > 0")
    if not (np.isfinite(s).all() and np.isfinite(r).all()) or min(s.min(), r.min()) < 0:
        raise InputError(
            "score and reference", found="a score that is negative, missing or infinite", allowed="finite, 0 or more",
            remedy="say how many forecasts called impossible what came, and compare by a bounded score",
        )  # fmt: skip
    if not r.any():
        raise InputError("reference", found="no loss at all", allowed="a reference that can be bettered")
    if not 1 <= block <= s.size or resamples < 1 or not 0 < level < 1:
        found = f"block {block}, {resamples} resamples, level {level}"
        raise InputError("options of skill", found=found, allowed=f"block 1 to {s.size}, 1 or more, between 0 and 1")
    random = np.random.Generator(np.random.Philox(seed))
    starts = random.integers(0, s.size, (resamples, -(-s.size // block)))
    lost, kept = (_runs(scores, block)[starts].sum(axis=1) for scores in (s, r))
    with np.errstate(divide="ignore", invalid="ignore"):
        drawn = np.where(kept > 0, 1.0 - lost / kept, np.where(lost > 0, -np.inf, 0.0))
    drawn.sort()
    tail = 0.5 * (1.0 - level)
    low, high = (float(drawn[round(tail * (resamples - 1))]), float(drawn[round((1.0 - tail) * (resamples - 1))]))
    return float(1.0 - s.mean() / r.mean()), low, high


@dataclass(frozen=True, slots=True)
class Reliability:
    """How often it came when so much was said: one entry for each bin that holds a forecast.

    Attributes
    ----------
    forecast : (b,)
        Mean probability that was given.
    frequency, low, high : (b,)
        Share of them that came, with its 90 % Wilson interval.
    count : (b,)
        Forecasts in the bin.
    reliability, resolution, uncertainty : float
        Murphy's parts of the Brier score of the binned forecasts: the first less the second plus the third. Reliability
        is a loss, resolution a gain, uncertainty what the climate of the sample alone would score.
    """

    forecast: FloatArray
    frequency: FloatArray
    low: FloatArray
    high: FloatArray
    count: NDArray[np.int64]
    reliability: float
    resolution: float
    uncertainty: float


def reliability(probability: ArrayLike, happened: ArrayLike, bins: int = 10) -> Reliability:
    """The reliability of forecasts (n,) in bins of equal width over [0, 1], empty ones left out.

    Raises
    ------
    InputError
        As for :func:`brier`; there is no forecast, or no bin.

    >>> found = reliability([0.1, 0.1, 0.9, 0.9], [0, 0, 1, 0], bins=2)
    >>> found.forecast.tolist(), found.frequency.tolist(), found.count.tolist()
    ([0.1, 0.9], [0.0, 0.5], [2, 2])
    """
    p, y = _forecasts(probability, happened)
    if bins < 1 or p.size == 0:
        raise InputError("bins and forecasts", found=f"{bins} and {p.size}", allowed="1 or more of each")
    place = np.minimum((p * bins).astype(np.int64), bins - 1)
    count = np.bincount(place, minlength=bins)
    held = count > 0
    forecast, frequency = (np.bincount(place, x, minlength=bins)[held] / count[held] for x in (p, y))
    share, climate = count[held] / p.size, float(y.mean())
    low, high = share_interval(np.bincount(place, y, minlength=bins)[held], count[held])
    return Reliability(
        forecast, frequency, low, high, count[held],
        reliability=float(share @ (forecast - frequency) ** 2),
        resolution=float(share @ (frequency - climate) ** 2),
        uncertainty=climate * (1.0 - climate),
    )  # fmt: skip


def share_interval(came: ArrayLike, tried: ArrayLike, level: float = 0.90) -> tuple[FloatArray, FloatArray]:
    """Wilson's interval of a share (b,) of which so many of so many came; [0, 1] where nothing was tried.

    >>> low, high = share_interval([0, 5], [10, 10])
    >>> low.round(3).tolist(), high.round(3).tolist()
    ([0.0, 0.269], [0.213, 0.731])
    """
    k, n = np.asarray(came, dtype=np.float64), np.asarray(tried, dtype=np.float64)
    if k.shape != n.shape or (k < 0).any() or (k > n).any() or not 0 < level < 1:
        raise InputError("came and tried", found="more that came than were tried", allowed="0 <= came <= tried")
    z2 = NormalDist().inv_cdf(0.5 + 0.5 * level) ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        middle = (k + 0.5 * z2) / (n + z2)
        half = np.sqrt(z2 * (k * (n - k) / n + 0.25 * z2)) / (n + z2)
    none = n == 0
    return (
        np.where(none, 0.0, np.maximum(middle - half, 0.0)),
        np.where(none, 1.0, np.minimum(middle + half, 1.0)),
    )


def _runs(scores: FloatArray, block: int) -> FloatArray:
    """Sum of the run of so many scores that begins at each place of the circle (n,)."""
    total = np.concatenate([[0.0], np.cumsum(np.concatenate([scores, scores[: block - 1]]))])
    return np.asarray(np.maximum(total[block:] - total[:-block], 0.0))


def _forecasts(probability: ArrayLike, happened: ArrayLike) -> tuple[FloatArray, FloatArray]:
    p, y = np.asarray(probability, dtype=np.float64), np.asarray(happened, dtype=np.float64)
    if p.ndim != 1 or p.shape != y.shape:
        raise InputError(
            "probability and happened", found=f"shapes {p.shape} and {y.shape}", allowed="(n,) both, one for each"
        )
    if not ((p >= 0) & (p <= 1)).all():
        raise InputError("probability", found="one outside [0, 1] or missing", allowed="0 to 1")
    if not np.isin(y, (0.0, 1.0)).all():
        raise InputError("happened", found="something else than 0 and 1", allowed="0 or 1 (False or True)")
    return p, y
