"""Response surfaces: a smooth function of several figures by polynomials fitted to its values at some hundreds of points.

Myers, Montgomery, Anderson-Cook (2016), Response surface methodology. Wiley. ISBN 978-1118916018
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equipoise.errors import InputError

__all__ = ["Surface", "along_each", "fit_surface", "terms_of"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Surface:
    """Chebyshev polynomials of d figures between ``low`` and ``high`` (d,): degrees ``terms`` (q, d), coefficients (q,)."""

    low: FloatArray
    high: FloatArray
    terms: IntArray
    coefficients: FloatArray

    def at(self, points: ArrayLike) -> FloatArray:
        """Values (k,) at points (k, d)."""
        return np.asarray(_basis(self._scaled(np.asarray(points, dtype=float)), self.terms) @ self.coefficients)

    def along(self, last: int, points: ArrayLike) -> FloatArray:
        """The surface at points (k, d) as a polynomial of figure ``last`` alone: ordinary coefficients (k, degree + 1) of the
        figure scaled to [-1, 1]. What the points say of that figure is not looked at.

        >>> flat = Surface(np.zeros(2), np.ones(2), np.array([[0, 1], [1, 1]]), np.array([1.0, 2.0]))
        >>> flat.along(1, [[1.0, 0.0]]).tolist()
        [[0.0, 3.0]]
        """
        return along_each([self], np.zeros(len(np.asarray(points)), dtype=np.int64), last, points)

    def _scaled(self, points: FloatArray) -> FloatArray:
        return 2.0 * (points - self.low) / np.maximum(self.high - self.low, 1e-12) - 1.0


def along_each(surfaces: Sequence[Surface], which: IntArray, last: int, points: ArrayLike) -> FloatArray:
    """:meth:`Surface.along` of another surface at every point, ``which`` (k,) of several of the same terms over the same ranges.

    >>> flat = [Surface(np.zeros(1), np.ones(1), np.array([[0], [1]]), np.array([size, 2.0])) for size in (1.0, 5.0)]
    >>> along_each(flat, np.array([1, 0]), 0, [[0.5], [0.5]]).tolist()
    [[5.0, 2.0], [1.0, 2.0]]
    """
    from equipoise.maths.weights import collapse  # loading numba takes a third of a second: here, where it is used

    one, x = surfaces[0], np.asarray(points, dtype=float)
    others, made = one.terms.copy(), np.zeros((len(x), int(one.terms[:, last].max()) + 1))
    others[:, last] = 0
    plain = _plain(made.shape[1] - 1)[one.terms[:, last]]
    weights = np.array([surface.coefficients[:, None] * plain for surface in surfaces])
    collapse(one._scaled(x), others, weights, which, made)  # point by point: no answer hangs on how many are asked
    return made


def terms_of(caps: Sequence[int], weights: Sequence[float], total: float) -> IntArray:
    """Every choice of degrees (q, d) up to ``caps`` whose weighted sum is at most ``total``.

    >>> terms_of([2, 1], [1, 1], 2).tolist()
    [[0, 0], [0, 1], [1, 0], [1, 1], [2, 0]]
    """
    every = np.indices([cap + 1 for cap in caps]).reshape(len(caps), -1).T
    return np.asarray(every[every @ np.asarray(weights, dtype=float) <= total])


def fit_surface(points: ArrayLike, values: ArrayLike, low: ArrayLike, high: ArrayLike, terms: IntArray) -> Surface:
    """The surface of these terms nearest to values (k,) at points (k, d), by least squares.

    Raises
    ------
    InputError
        There are fewer points than terms.

    >>> x = np.linspace(0, 1, 9)[:, None]
    >>> found = fit_surface(x, x[:, 0] ** 2, [0.0], [1.0], terms_of([2], [1], 2))
    >>> found.at([[0.3]]).round(6).tolist()
    [0.09]
    """
    x, y = np.asarray(points, dtype=float), np.asarray(values, dtype=float)
    if len(x) < len(terms):
        raise InputError("points", found=len(x), allowed=f"at least {len(terms)}, one for each term")
    empty = Surface(np.asarray(low, dtype=float), np.asarray(high, dtype=float), terms, np.zeros(len(terms)))
    table = _basis(empty._scaled(x), terms)
    return Surface(empty.low, empty.high, terms, np.linalg.lstsq(table, y, rcond=None)[0])


@cache
def _plain(degree: int) -> FloatArray:
    """Chebyshev polynomials as ordinary ones: row n holds the coefficients (degree + 1) of the n-th."""
    made: FloatArray = np.zeros((degree + 1, degree + 1))
    for n in range(degree + 1):
        made[n, : n + 1] = np.polynomial.chebyshev.cheb2poly([0.0] * n + [1.0])
    return made


def _basis(scaled: FloatArray, terms: IntArray) -> FloatArray:
    """Each term (q,) at each point (k,)."""
    degree = int(terms.max(initial=0))
    powers = np.ones((degree + 1, *scaled.shape))
    if degree:
        powers[1] = scaled
    for n in range(2, degree + 1):
        powers[n] = 2.0 * scaled * powers[n - 1] - powers[n - 2]
    made: FloatArray = np.ones((len(scaled), len(terms)))
    for column in range(scaled.shape[1]):
        touched = np.flatnonzero(terms[:, column])
        made[:, touched] *= powers[terms[touched, column], :, column].T
    return made
