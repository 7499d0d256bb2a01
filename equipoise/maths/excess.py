r"""How far flows stand above what their own past and the flows of ordinary units lead to expect.

The expectation of a unit is its seasonal mean before the date times the median growth of the units that nothing has
happened to. What is left over is told by its size, and by the noise that the same expectation had in earlier years.

References
----------
Fisman, Wei (2004), Tax rates and tax evasion: evidence from missing imports. doi:10.1086/381476
Gaulier, Zignago (2010), BACI: international trade database at the product level. doi:10.2139/ssrn.1994500
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equipoise.errors import InputError

__all__ = ["Excess", "excess", "pass_through"]

FloatArray = NDArray[np.float64]
SHRINK = 4.0
"""Years of pooled noise that a unit's own few years are weighed against."""


@dataclass(frozen=True, slots=True)
class Excess:
    """What was expected of each unit in each period (k, t); over the whole time after the date: the growth of ordinary
    units, the ratio of seen to expected in logs (k,), its noise (k,), and the score, ratio over noise (k,)."""

    expected: FloatArray
    growth: float
    ratio: FloatArray
    noise: FloatArray
    score: FloatArray


def excess(
    value: ArrayLike, year: ArrayLike, season: ArrayLike, after: ArrayLike, ordinary: ArrayLike, floor: float
) -> Excess:
    """Expectation and excess of values (k, t), with the year, season and whether it is after the date of each period (t,),
    which units are ordinary (k,), and the value a year below which nothing matters.

    Years before the date must be whole where there are seasons. A unit with nan in a period has no figure there.

    Raises
    ------
    InputError
        No period before or after, or the shapes do not agree.

    >>> flows = [[10.0, 10.0, 40.0], [10.0, 10.0, 20.0], [5.0, 5.0, 10.0]]
    >>> found = excess(flows, [0, 1, 2], [0, 0, 0], [False, False, True], [False, True, True], 1e-9)
    >>> found.growth, found.expected[0].tolist(), round(float(np.exp(found.ratio[0])), 6)
    (2.0, [10.0, 10.0, 20.0], 2.0)
    """
    x = np.asarray(value, dtype=float)
    years, seasons = np.asarray(year), np.asarray(season)
    later, plain = np.asarray(after, dtype=bool), np.asarray(ordinary, dtype=bool)
    if x.ndim != 2 or not (years.shape == seasons.shape == later.shape == x.shape[1:]) or plain.shape != x.shape[:1]:
        raise InputError("value", found=f"shape {x.shape}", allowed="(k, t), with t periods and k units described")
    if later.all() or not later.any():
        raise InputError("after", found="no period on one side of the date", allowed="periods before and after it")
    before = sorted(set(years[~later].tolist()))
    base = _base(x, seasons, ~later)
    expected = np.array(base)
    for one in sorted(set(years[later].tolist())):
        window = later & (years == one)
        expected[:, window] *= _growth(x[:, window], base[:, window], plain, floor)
    growth = _growth(x[:, later], base[:, later], plain, floor)
    span = _years(later, seasons)
    ratio = _log_ratio(x[:, later], expected[:, later], floor * span)
    noise = _noise(x, years, seasons, later, before, plain, floor)
    return Excess(expected, growth, ratio, noise, ratio / noise)


def _years(window: NDArray[np.bool_], seasons: NDArray[np.int64]) -> float:
    """Length of a window in years."""
    return float(window.sum()) / max(len(np.unique(seasons)), 1)


def _base(x: FloatArray, seasons: NDArray[np.int64], window: NDArray[np.bool_]) -> FloatArray:
    """Mean of each unit in each season over the periods of a window, laid out over all periods."""
    made = np.full(x.shape, np.nan)
    for one in np.unique(seasons):
        inside = window & (seasons == one)
        if inside.any():
            seen = np.isfinite(x[:, inside])
            count = seen.sum(axis=1)
            total = np.where(seen, x[:, inside], 0.0).sum(axis=1)
            mean = np.divide(total, count, out=np.full(len(x), np.nan), where=count > 0)
            made[:, seasons == one] = mean[:, None]
    return made


def _growth(x: FloatArray, base: FloatArray, plain: NDArray[np.bool_], floor: float) -> float:
    """Median growth of ordinary units that matter; none where there are none."""
    seen = np.isfinite(x) & np.isfinite(base)
    now, then = np.where(seen, x, 0.0).sum(axis=1), np.where(seen, base, 0.0).sum(axis=1)
    telling = plain & (then > floor * x.shape[1] * 1e-3) & (then > 0)
    return float(np.median(now[telling] / then[telling])) if telling.any() else 1.0


def _log_ratio(x: FloatArray, expected: FloatArray, floor: float) -> FloatArray:
    """Logarithm of seen over expected, both lifted by the floor; nan where nothing was expected because nothing is known."""
    seen = np.isfinite(x) & np.isfinite(expected)
    now, then = np.where(seen, x, 0.0).sum(axis=1), np.where(seen, expected, 0.0).sum(axis=1)
    ratio: FloatArray = np.log((now + floor) / (then + floor))
    ratio[~seen.any(axis=1)] = np.nan
    return ratio


def _noise(
    x: FloatArray,
    years: NDArray[np.int64],
    seasons: NDArray[np.int64],
    later: NDArray[np.bool_],
    before: list[int],
    plain: NDArray[np.bool_],
    floor: float,
) -> FloatArray:
    """How far each earlier year stood from what the other earlier years led to expect, pooled over units for steadiness."""
    squares = np.full((len(x), len(before)), np.nan)
    if len(before) > 1:
        for place, one in enumerate(before):
            window = ~later & (years == one)
            base = _base(x, seasons, ~later & (years != one))
            grown = base[:, window] * _growth(x[:, window], base[:, window], plain, floor)
            squares[:, place] = _log_ratio(x[:, window], grown, floor * _years(window, seasons)) ** 2
    seen = np.isfinite(squares)
    count = seen.sum(axis=1)
    total = np.where(seen, squares, 0.0).sum(axis=1)
    pooled = total.sum() / count.sum() if count.any() and total.sum() > 0 else 1.0
    noise: FloatArray = np.sqrt((total + SHRINK * pooled) / (count + SHRINK))
    return noise


def pass_through(inflow: ArrayLike, outflow: ArrayLike, lags: int = 6, window: ArrayLike | None = None) -> FloatArray:
    r"""Most that can have passed through: :math:`\min(\sum_t e^{in}_{t-l}, \sum_t e^{out}_t)`, never below zero, for each lag.

    ``inflow`` and ``outflow`` (k, t) are excesses over the expectation; t runs over the ``window`` (t,), all periods if it is
    not given, and what came in is looked for ``l`` periods earlier, as far back as there are any. The result is (k, lags + 1).

    >>> pass_through([[4.0, 0.0, 0.0]], [[0.0, 3.0, 0.0]], 1, [False, True, True]).tolist()
    [[0.0, 3.0]]
    """
    entering, leaving = np.asarray(inflow, dtype=float), np.asarray(outflow, dtype=float)
    if entering.shape != leaving.shape or entering.ndim != 2:
        raise InputError("inflow and outflow", found=f"{entering.shape}, {leaving.shape}", allowed="(k, t) both")
    places = np.arange(entering.shape[1]) if window is None else np.flatnonzero(np.asarray(window, dtype=bool))
    gone = leaving[:, places].sum(axis=1)
    bounds = []
    for lag in range(lags + 1):
        earlier = places - lag
        bounds.append(np.minimum(entering[:, earlier[earlier >= 0]].sum(axis=1), gone))
    passed: FloatArray = np.maximum(np.column_stack(bounds), 0.0)
    return passed
