"""Robustness of policies over futures. Several measures stand side by side because they rank policies differently.

References
----------
Savage (1951), The theory of statistical decision. doi:10.1080/01621459.1951.10500768
Starr (1966), A discussion of some normative criteria for decision-making under uncertainty; Schneller, Sphicas (1983),
Decision making under uncertainty: Starr's domain criterion. doi:10.1007/BF00162111
Rockafellar, Uryasev (2002), Conditional value-at-risk for general loss distributions. doi:10.1016/S0378-4266(02)00271-6
Herman, Reed, Zeff, Characklis (2015), How should robustness be defined for water systems planning under change?
doi:10.1061/(ASCE)WR.1943-5452.0000509
McPhail et al. (2018), Robustness metrics: how are they calculated, when should they be used and why do they give different
results? doi:10.1002/2017EF000649
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equipoise.errors import InputError

__all__ = [
    "RankInterval", "expected", "maximum_regret", "quantile_regret", "rank", "rank_interval", "regret", "satisficing", "starr",
    "tail_mean",
]  # fmt: skip

FloatArray = NDArray[np.float64]


def regret(outcome: ArrayLike, better: str) -> FloatArray:
    """What each policy falls short of the best policy of each future (policies, futures), in the unit of the outcome; never
    negative, and 0 for one policy of every future.

    Raises
    ------
    InputError
        The outcome is no table of finite figures, or ``better`` is neither ``"low"`` nor ``"high"``.

    >>> regret([[1.0, 5.0], [2.0, 3.0]], "low").tolist()
    [[0.0, 2.0], [1.0, 0.0]]
    """
    worse = _worse(outcome, better)
    return np.asarray(worse - worse.min(axis=0))


def maximum_regret(outcome: ArrayLike, better: str) -> FloatArray:
    """The greatest regret of each policy (policies,): Savage's criterion, which needs no weights.

    >>> maximum_regret([[1.0, 5.0], [2.0, 3.0]], "low").tolist()
    [2.0, 1.0]
    """
    return np.asarray(regret(outcome, better).max(axis=1))


def quantile_regret(outcome: ArrayLike, better: str, level: float = 0.9, weight: ArrayLike | None = None) -> FloatArray:
    """The regret of each policy (policies,) that a share ``level`` of the weight of futures does not exceed.

    It is the least regret whose cumulated weight reaches the level, always one that occurs.

    >>> quantile_regret([[0.0, 0.0, 4.0], [1.0, 1.0, 0.0]], "low", level=0.6).tolist()
    [0.0, 1.0]
    """
    table = regret(outcome, better)
    share = _weights(weight, table.shape[1])
    _share("level", level)
    order = np.argsort(table, axis=1, kind="stable")
    reached = np.cumsum(share[order], axis=1) >= level - 1e-12
    first = np.where(reached.any(axis=1), reached.argmax(axis=1), table.shape[1] - 1)
    rows = np.arange(len(table))
    return np.asarray(table[rows, order[rows, first]])


def satisficing(outcome: ArrayLike, threshold: ArrayLike, better: str, weight: ArrayLike | None = None) -> FloatArray:
    """Share of the futures (policies,) in which a policy is at least as good as the threshold, a figure or one a future.

    >>> satisficing([[1.0, 5.0], [2.0, 3.0]], 3.0, "low").tolist()
    [0.5, 1.0]
    """
    worse = _worse(outcome, better)
    limit = np.asarray(threshold, dtype=np.float64) * _SIGN[better]
    if limit.shape not in ((), (worse.shape[1],)) or np.isnan(limit).any():
        raise InputError(
            "threshold", found=limit.shape, allowed=f"one figure, or {worse.shape[1]}, one for each future"
        )
    return np.asarray((worse <= limit) @ _weights(weight, worse.shape[1]))


def expected(outcome: ArrayLike, weight: ArrayLike | None = None) -> FloatArray:
    """Mean of each policy (policies,) under weights of the futures (futures,).

    >>> expected([[1.0, 5.0]], [3.0, 1.0]).tolist()
    [2.0]
    """
    table = _table(outcome)
    return np.asarray(table @ _weights(weight, table.shape[1]))


def tail_mean(outcome: ArrayLike, better: str, level: float = 0.9, weight: ArrayLike | None = None) -> FloatArray:
    """Mean of the worst share 1 - ``level`` of the futures of each policy (policies,): conditional value-at-risk.

    A future on the edge of the tail counts by the part of its weight that lies in it, so that the measure is continuous in
    the level (Rockafellar and Uryasev 2002); at level 0 it is the mean, and near 1 the worst case.

    >>> tail_mean([[1.0, 2.0, 3.0, 10.0]], "low", level=0.5).tolist(), tail_mean([[1.0, 2.0]], "high", level=0.75).tolist()
    ([6.5], [1.0])
    """
    worse = _worse(outcome, better)
    if not 0 <= level < 1:
        raise InputError("level", found=level, allowed="0 or more and below 1")
    share = _weights(weight, worse.shape[1])
    order = np.argsort(-worse, axis=1, kind="stable")
    tail = 1.0 - level
    before = np.cumsum(share[order], axis=1) - share[order]
    counted = np.clip(tail - before, 0.0, share[order])
    means = (np.take_along_axis(worse, order, axis=1) * counted).sum(axis=1) / counted.sum(axis=1)
    return np.asarray(means * _SIGN[better])


def starr(outcome: ArrayLike, better: str, draws: int = 10_000, seed: int = 1) -> FloatArray:
    """Starr's domain criterion: the share of all weightings of the futures under which each policy has the best mean
    (policies,); equals share the weighting, so that the shares sum to 1.

    Weightings are drawn evenly from the simplex. Meant for a handful of futures or of kinds of futures: evenly drawn
    weights of a thousand futures all lie near equal ones, and the criterion then says no more than the mean does.

    >>> starr([[0.0, 4.0], [1.0, 1.0]], "low").round(2).tolist()  # exactly 1/4 and 3/4
    [0.25, 0.75]
    """
    worse = _worse(outcome, better)
    if draws < 1:
        raise InputError("draws", found=draws, allowed="1 or more")
    random = np.random.Generator(np.random.Philox(seed))
    # gaps between sorted even draws are even on the simplex (Devroye 1986, V.2); of two futures, a grid is exact
    cuts = np.sort(random.random((draws, worse.shape[1] - 1)), axis=1)
    if cuts.shape[1] == 1:
        cuts = (np.arange(draws)[:, None] + 0.5) / draws
    weight = np.diff(cuts, axis=1, prepend=0.0, append=1.0)
    means = weight @ worse.T
    best = means <= means.min(axis=1, keepdims=True) + 1e-12 * np.abs(worse).max()
    return np.asarray((best / best.sum(axis=1, keepdims=True)).mean(axis=0))


def rank(score: ArrayLike, better: str) -> NDArray[np.int64]:
    """Rank of each policy by a score (policies,), 1 the best; equals share the better rank.

    >>> rank([3.0, 1.0, 3.0], "low").tolist()
    [2, 1, 2]
    """
    worse = np.asarray(score, dtype=np.float64) * _SIGN[_known(better)]
    return np.asarray(1 + (worse[None, :] < worse[:, None]).sum(axis=1))


@dataclass(frozen=True, slots=True)
class RankInterval:
    """Rank of each policy (policies,), 1 the best: ``value`` with all futures, ``low`` and ``high`` over resamples."""

    value: NDArray[np.int64]
    low: NDArray[np.int64]
    high: NDArray[np.int64]


def rank_interval(
    outcome: ArrayLike, score: Callable[[FloatArray], ArrayLike], better: str, *, resamples: int = 200, seed: int = 1,
    level: float = 0.9,
) -> RankInterval:  # fmt: skip
    """Ranks of the policies by a score of the outcome table, with the central interval over bootstrap resamples of futures.

    ``better`` is of the score: a regret is better low even where the outcome is better high.

    >>> found = rank_interval([[1.0, 1.1], [5.0, 5.2]], lambda table: table.mean(axis=1), "low")
    >>> found.value.tolist(), found.low.tolist(), found.high.tolist()
    ([1, 2], [1, 2], [1, 2])
    """
    table = _table(outcome)
    _share("level", level)
    if resamples < 1:
        raise InputError("resamples", found=resamples, allowed="1 or more")
    random = np.random.Generator(np.random.Philox(seed))
    drawn = random.integers(0, table.shape[1], (resamples, table.shape[1]))
    ranks = np.array([rank(score(table[:, columns]), better) for columns in drawn])
    tail = 0.5 * (1.0 - level)
    low = np.quantile(ranks, tail, axis=0, method="lower")
    high = np.quantile(ranks, 1.0 - tail, axis=0, method="higher")
    return RankInterval(rank(score(table), better), low.astype(np.int64), high.astype(np.int64))


_SIGN = {"low": 1.0, "high": -1.0}


def _known(better: str) -> str:
    if better not in _SIGN:
        raise InputError("better", found=better, allowed="low, high")
    return better


def _table(outcome: ArrayLike) -> FloatArray:
    """A table of finite figures: a missing outcome is never a good or a bad one."""
    table = np.asarray(outcome, dtype=np.float64)
    if table.ndim != 2 or not table.size or not np.isfinite(table).all():
        found = f"shape {table.shape}" if table.ndim != 2 or not table.size else "a figure that is not finite"
        raise InputError("outcome", found=found, allowed="finite figures (policies, futures)")
    return table


def _worse(outcome: ArrayLike, better: str) -> FloatArray:
    """The outcome turned so that more is worse."""
    return _table(outcome) * _SIGN[_known(better)]


def _weights(weight: ArrayLike | None, futures: int) -> FloatArray:
    """Weights that sum to 1; equal where none are given."""
    given = np.ones(futures) if weight is None else np.asarray(weight, dtype=np.float64)
    if given.shape != (futures,) or not np.isfinite(given).all() or (given < 0).any() or given.sum() <= 0:
        raise InputError("weight", found=given.tolist(), allowed=f"{futures} figures of 0 or more, not all 0")
    return np.asarray(given / given.sum())


def _share(name: str, level: float) -> None:
    if not 0 < level <= 1:
        raise InputError(name, found=level, allowed="above 0, at most 1")
