"""A tree of few questions: scenario discovery where more than one box is needed, and means of an outcome by what tells most.

References
----------
Breiman, Friedman, Olshen, Stone (1984), Classification and regression trees. doi:10.1201/9781315139470
Lempert, Bryant, Bankes (2008), Comparing algorithms for scenario discovery. RAND WR-557.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equipoise.errors import InputError

__all__ = ["Tree", "choose_depth", "tree"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Tree:
    """The leaves of a tree, each a box; they share the whole space. ``limits`` (leaves, d, 2), low and high of each
    dimension, infinite where nothing was asked; ``mean`` (leaves,) of the outcome, the density where it is yes or no; ``mass``
    (leaves,) the share of the cases; ``share`` (leaves,) the part of the sum of the outcome, the coverage where it is yes
    or no."""

    limits: FloatArray
    mean: FloatArray
    mass: FloatArray
    share: FloatArray

    def leaf(self, x: ArrayLike) -> NDArray[np.int64]:
        """The leaf (n,) of each row of x (n, d)."""
        points = np.asarray(x, dtype=np.float64)[:, None, :]
        inside = ((points > self.limits[:, :, 0]) & (points <= self.limits[:, :, 1])).all(axis=2)
        return np.asarray(inside.argmax(axis=1))


def tree(x: ArrayLike, outcome: ArrayLike, *, depth: int = 3, mass: float = 0.05) -> Tree:
    """Cut the space in two where the parts differ most in the mean of the outcome, and each part again.

    A cut takes away most of the squared error; of an outcome of yes and no that is the Gini rule, for both are
    :math:`p (1 - p)`.

    Parameters
    ----------
    x : array (n, d)
        Inputs of each case.
    outcome : array (n,)
        What came out; yes or no is 1 or 0.
    depth : int
        Most questions on the way to a leaf; 0 asks none.
    mass : float
        No leaf holds a smaller share of all cases.

    Raises
    ------
    InputError
        Shapes do not fit, figures are missing, or an option is out of its range.

    >>> points = np.array([[0.1, 5.0], [0.2, 1.0], [0.8, 4.0], [0.9, 2.0]])
    >>> found = tree(points, [0, 0, 1, 1], depth=2)
    >>> found.limits[:, 0].tolist(), found.mean.tolist(), found.share.tolist()
    ([[-inf, 0.5], [0.5, inf]], [0.0, 1.0], [0.0, 1.0])
    """
    points, y = np.asarray(x, dtype=np.float64), np.asarray(outcome, dtype=np.float64)
    if points.ndim != 2 or y.shape != points.shape[:1] or not len(y):
        raise InputError("x and outcome", found=(points.shape, y.shape), allowed="(n, d) and (n,)")
    if not (np.isfinite(points).all() and np.isfinite(y).all()):
        raise InputError("x and outcome", found="a figure that is not finite", allowed="finite figures")
    if depth < 0 or not 0 < mass < 1:
        raise InputError("depth and mass", found=(depth, mass), allowed="0 or more; above 0 and below 1")
    least = max(1, ceil(mass * len(y)))
    leaves: list[tuple[FloatArray, NDArray[np.bool_]]] = [
        (np.tile([-np.inf, np.inf], (points.shape[1], 1)), np.ones(len(y), dtype=bool))
    ]
    for _ in range(depth):
        parts = [_halves(points, y, *leaf, least) for leaf in leaves]
        leaves = [leaf for part in parts for leaf in part]
    total = float(y.sum())
    return Tree(
        np.array([limits for limits, _ in leaves]), np.array([y[inside].mean() for _, inside in leaves]),
        np.array([inside.mean() for _, inside in leaves]),
        np.array([y[inside].sum() / total if total else 0.0 for _, inside in leaves]),
    )  # fmt: skip


def _halves(
    points: FloatArray, y: FloatArray, limits: FloatArray, inside: NDArray[np.bool_], least: int
) -> list[tuple[FloatArray, NDArray[np.bool_]]]:
    """The two parts of a leaf by its best question; the leaf itself where none takes any error away."""
    here = np.flatnonzero(inside)
    values, best = y[here], (0.0, -1, 0.0)
    whole = ((values - values.mean()) ** 2).sum()
    for j in range(points.shape[1]):
        order = np.argsort(points[here, j], kind="stable")
        column, sums = points[here[order], j], np.cumsum(values[order])
        count = np.arange(1, len(here))
        between = (sums[:-1] - count * values.mean()) ** 2 * len(here) / (count * (len(here) - count))
        allowed = (count >= least) & (len(here) - count >= least) & (np.diff(column) > 0)
        if allowed.any():
            i = int(np.where(allowed, between, -1.0).argmax())
            if between[i] > best[0] + 1e-12 * max(whole, 1e-300):
                best = float(between[i]), j, 0.5 * float(column[i] + column[i + 1])
    _, j, cut = best
    if j < 0 or best[0] <= 1e-12 * max(whole, 1e-300):
        return [(limits, inside)]
    below, above = limits.copy(), limits.copy()
    below[j, 1] = above[j, 0] = cut
    lower = points[:, j] <= cut
    return [(below, inside & lower), (above, inside & ~lower)]


def choose_depth(
    x: ArrayLike, outcome: ArrayLike, *, deepest: int = 3, folds: int = 10, mass: float = 0.05, seed: int = 1
) -> int:
    """The least depth whose error on cases it has not seen is within one standard error of the best (Breiman et al. 1984).

    A depth of 0 says that no question tells more than luck.

    >>> random = np.random.default_rng(1)
    >>> points = random.random((300, 3))
    >>> choose_depth(points, points[:, 1] > 0.7), choose_depth(points, random.random(300) > 0.7)
    (1, 0)
    """
    points, y = np.asarray(x, dtype=np.float64), np.asarray(outcome, dtype=np.float64)
    if not 2 <= folds <= len(y):
        raise InputError("folds", found=folds, allowed=f"2 to {len(y)}, the cases")
    part = np.random.Generator(np.random.Philox(seed)).permutation(len(y)) % folds
    error = np.zeros((deepest + 1, len(y)))
    for fold in range(folds):
        test = part == fold
        for depth in range(deepest + 1):
            grown = tree(points[~test], y[~test], depth=depth, mass=mass)
            error[depth, test] = (y[test] - grown.mean[grown.leaf(points[test])]) ** 2
    mean = error.mean(axis=1)
    best = int(mean.argmin())
    return int(np.flatnonzero(mean <= mean[best] + error[best].std() / np.sqrt(len(y)))[0])
