r"""How often rare things happen: rates of many units told together, each with what its own record allows to be said.

A unit with few years of record and no event is not at rate zero, and one with one event in few years is not at the rate
that this alone would give: the units stand under one law, whose spread is estimated too, and lend strength to each other.

References
----------
Gelman, Carlin, Stern, Rubin (1995), Bayesian Data Analysis, chapter 5: the Beta-Binomial hierarchy and its prior.
Jeffreys (1946), An invariant form for the prior probability in estimation problems. doi:10.1098/rspa.1946.0056
Brown, Cai, DasGupta (2001), Interval estimation for a binomial proportion. doi:10.1214/ss/1009213286
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, lgamma, log

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equipoise.errors import InputError

__all__ = ["Rates", "event_rate", "pooled_rates"]

FloatArray = NDArray[np.float64]
MEANS, SPREADS, FEW = 241, 41, 200
"""Points of the grid of the common law: its mean on the scale of log-odds, its weight in trials on that of logarithms; and
the most trials whose factors are multiplied one by one."""


@dataclass(frozen=True, slots=True)
class Rates:
    """Chances of units that stand under one law.

    Attributes
    ----------
    mean, low, high : (g,)
        Posterior mean of the chance of an event in one trial of each unit, and its central 90 % interval (not a number
        where no draws were asked for).
    common, common_low, common_high : float
        The same of the mean of the law: the chance in a unit of which nothing is known is of this mean, but spread wider.
    weight : float
        Posterior mean of the trials that the common law counts for: a unit with as many trials of its own is told half by
        itself and half by the others. Harmonic, for it is its inverse that the data speak of.
    """

    mean: FloatArray
    low: FloatArray
    high: FloatArray
    common: float
    common_low: float
    common_high: float
    weight: float


def pooled_rates(count: ArrayLike, trials: ArrayLike, *, draws: int = 4000, seed: int = 1) -> Rates:
    r"""Chance of an event in one trial of each of g units, from ``count`` events in so many ``trials`` (both (g,), whole).

    :math:`k_i \sim \mathrm{Bin}(n_i, \theta_i)`, :math:`\theta_i \sim \mathrm{Beta}(ms, (1-m)s)`; Jeffreys' prior on m and
    :math:`p(s) \propto s^{-3/2}`, s from ½ to 10⁵ trials, integrated over a grid. The means are exact on the grid; intervals
    come from draws, of which the same seed gives the same. Units with the same record have the same rate.

    Raises
    ------
    InputError
        No unit, counts that are no whole numbers or exceed the trials, or figures that differ in number.

    >>> found = pooled_rates([0, 0, 6], [20, 20, 20], draws=0)
    >>> bool(found.mean[0] == found.mean[1] < found.common < found.mean[2] < 6 / 20)
    True
    """
    k, n = _whole(count, trials)
    base = int(n.max()) + 1
    codes, unit, times = np.unique(k * base + n, return_inverse=True, return_counts=True)
    cells = np.stack([codes // base, codes % base])
    a, b, weight = _posterior(cells, times)
    whole = a + b
    mean = np.array([float(weight @ ((a + x) / (whole + y))) for x, y in cells.T])
    low, high = np.full((2, mean.size), np.nan)
    ends = (np.nan, np.nan)
    if draws:
        random = np.random.Generator(np.random.Philox(seed))
        chosen = random.choice(weight.size, size=draws, p=weight)
        theta = random.beta(a[chosen] + cells[0][:, None], b[chosen] + (cells[1] - cells[0])[:, None])
        low, high = np.quantile(theta, (0.05, 0.95), axis=1)
        ends = tuple(np.quantile((a / whole)[chosen], (0.05, 0.95)).tolist())
    place = unit.reshape(-1)
    common, held = float(weight @ (a / whole)), float(1.0 / (weight @ (1.0 / whole)))
    return Rates(mean[place], low[place], high[place], common, *ends, held)


def _posterior(cells: NDArray[np.int64], times: NDArray[np.int64]) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The grid of the common law as a, b (p,) and the posterior weight (p,) of each point."""
    odds = np.linspace(-11.0, 5.0, MEANS)
    m, s = (x.ravel() for x in np.meshgrid(1.0 / (1.0 + np.exp(-odds)), np.geomspace(0.5, 1e5, SPREADS)))
    a, b = m * s, (1.0 - m) * s
    prior = 0.5 * (
        np.log(m) + np.log1p(-m) - np.log(s)
    )  # Jeffreys' and s**-1.5, as densities of log-odds and logarithm
    k, n = cells
    told = _rising(a, k) + _rising(b, n - k) - _rising(a + b, n)
    logs = prior + times @ told + np.log(np.outer(_ends(SPREADS), _ends(MEANS)).ravel())
    weight = np.exp(logs - logs.max())
    return a, b, weight / weight.sum()


def _ends(points: int) -> FloatArray:
    """Weights of the trapezoidal rule on an even grid."""
    weight = np.ones(points)
    weight[[0, -1]] = 0.5
    return weight


def _rising(x: FloatArray, steps: NDArray[np.int64]) -> FloatArray:
    r"""Logarithm of :math:`x (x + 1) \dots (x + n - 1)` for points (p,) and numbers of steps (c,): (c, p)."""
    most = int(steps.max(initial=0))
    if most > FEW:
        return _log_gamma(x + steps[:, None]) - _log_gamma(x)
    whole = np.zeros((most + 1, x.size))
    np.cumsum(np.log(x + np.arange(most)[:, None]), axis=0, out=whole[1:])
    return np.asarray(whole[steps])


def _log_gamma(x: FloatArray) -> FloatArray:
    """Logarithm of the gamma function for x > 0, by Stirling's series eight steps up."""
    y = x + 8.0
    series = 1.0 / (12.0 * y) - 1.0 / (360.0 * y**3) + 1.0 / (1260.0 * y**5) - 1.0 / (1680.0 * y**7)
    up = (y - 0.5) * np.log(y) - y + 0.5 * np.log(2.0 * np.pi) + series
    return np.asarray(up - np.log(np.prod([x + step for step in range(8)], axis=0)))


def event_rate(events: int, years: float, level: float = 0.90) -> tuple[float, float, float]:
    r"""Rate a year of a Poisson process of which so many events were seen in so many years: mean and central interval.

    Gamma posterior under Jeffreys' prior, :math:`(n + \tfrac12)/T`. Where none was seen only the upper end says anything.

    Raises
    ------
    InputError
        A negative or broken number of events, no years, or a level outside (0, 1).

    >>> [round(x, 4) for x in event_rate(0, 10.0)]
    [0.05, 0.0002, 0.1921]
    """
    if events < 0 or events != int(events) or not years > 0 or not 0 < level < 1:
        raise InputError(
            "events and years", found=f"{events} in {years}, level {level}",
            allowed="a whole number of events, years above 0, a level between 0 and 1",
        )  # fmt: skip
    shape, tail = events + 0.5, 0.5 * (1.0 - level)
    return shape / years, _gamma_quantile(shape, tail) / years, _gamma_quantile(shape, 1.0 - tail) / years


def _gamma_quantile(shape: float, chance: float) -> float:
    """Quantile of the gamma law of unit scale, by bisection on the logarithm."""
    low, high = -80.0, log(shape + 40.0 + 12.0 * shape**0.5)
    for _ in range(90):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if _gamma_below(shape, exp(middle)) < chance else (low, middle)
    return exp(0.5 * (low + high))


def _gamma_below(shape: float, x: float) -> float:
    """Regularised lower incomplete gamma function, by its series: quick for the small counts it is asked of."""
    term = total = 1.0 / shape
    step = shape
    while term > 1e-17 * total:
        step += 1.0
        term *= x / step
        total += term
    return min(1.0, total * exp(shape * log(x) - x - lgamma(shape)))


def _whole(count: ArrayLike, trials: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    k, n = np.asarray(count, dtype=np.float64), np.asarray(trials, dtype=np.float64)
    if k.ndim != 1 or k.shape != n.shape or not k.size:
        raise InputError("count and trials", found=f"shapes {k.shape} and {n.shape}", allowed="(g,) both, g > 0")
    sound = np.isfinite(k) & np.isfinite(n) & (k >= 0) & (k <= n) & (k % 1 == 0) & (n % 1 == 0)
    if not sound.all():
        bad = int(np.flatnonzero(~sound)[0])
        raise InputError(
            "count and trials",
            found=f"{k[bad]:g} in {n[bad]:g} (unit {bad + 1})",
            allowed="whole, 0 <= count <= trials",
        )
    return k.astype(np.int64), n.astype(np.int64)
