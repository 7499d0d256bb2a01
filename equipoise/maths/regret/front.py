"""What no other choice beats in everything, and how much of the space of outcomes such choices cover.

References
----------
Kung, Luccio, Preparata (1975), On finding the maxima of a set of vectors. doi:10.1145/321906.321910
Zitzler, Thiele (1999), Multiobjective evolutionary algorithms: a comparative case study and the strength Pareto approach.
doi:10.1109/4235.797969
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equipoise.errors import InputError

__all__ = ["hypervolume", "pareto"]

FloatArray = NDArray[np.float64]


def pareto(outcome: ArrayLike, better: str | Sequence[str] = "low") -> NDArray[np.bool_]:
    """Whether each row (policies, objectives) is beaten by none: no other is as good in everything and better in something.

    Equal rows do not beat each other.

    >>> pareto([[1.0, 3.0], [2.0, 2.0], [2.0, 3.0]]).tolist()
    [True, True, False]
    >>> pareto([[1.0, 3.0], [2.0, 4.0]], ["low", "high"]).tolist()
    [True, True]
    """
    worse = _turned(outcome, better)
    as_good = (worse[:, None, :] <= worse[None, :, :]).all(axis=2)
    ahead = (worse[:, None, :] < worse[None, :, :]).any(axis=2)
    return np.asarray(~(as_good & ahead).any(axis=0))


def hypervolume(outcome: ArrayLike, reference: ArrayLike, better: str | Sequence[str] = "low") -> float:
    """Volume between a reference and what the rows (policies, objectives) reach, exact, of two or three objectives.

    A row that is worse than the reference in anything covers nothing.

    >>> hypervolume([[1.0, 3.0], [2.0, 2.0], [3.0, 1.0]], [4.0, 4.0])
    6.0
    >>> hypervolume([[0.0, 0.0, 0.0]], [1.0, 2.0, 3.0])
    6.0
    """
    worse = _turned(outcome, better)
    corner = _turned(np.asarray(reference, dtype=np.float64)[None, :], better)[0]
    if len(corner) != worse.shape[1] or len(corner) not in (2, 3):
        raise InputError(
            "objectives", found=f"{worse.shape[1]} and a reference of {len(corner)}", allowed="2 or 3 of both"
        )
    points = worse[(worse < corner).all(axis=1)]
    if len(corner) == 2:
        return _area(points, corner)
    order = points[np.argsort(points[:, 2], kind="stable")]
    heights = np.append(order[:, 2], corner[2])
    return float(sum(_area(order[: i + 1, :2], corner[:2]) * (heights[i + 1] - heights[i]) for i in range(len(order))))


def _area(points: FloatArray, corner: FloatArray) -> float:
    """Area that points cover below a corner: a staircase, walked from the left."""
    area, level = 0.0, corner[1]
    for x, y in points[np.lexsort((points[:, 1], points[:, 0]))]:
        if y < level:
            area += (corner[0] - x) * (level - y)
            level = y
    return float(area)


def _turned(outcome: ArrayLike, better: str | Sequence[str]) -> FloatArray:
    """Finite figures turned so that more is worse in every column."""
    table = np.asarray(outcome, dtype=np.float64)
    if table.ndim != 2 or not np.isfinite(table).all():
        raise InputError("outcome", found=f"shape {table.shape}", allowed="finite figures (policies, objectives)")
    ways = [better] * table.shape[1] if isinstance(better, str) else list(better)
    if len(ways) != table.shape[1] or set(ways) - {"low", "high"}:
        raise InputError(
            "better", found=", ".join(ways), allowed=f"low or high for each of {table.shape[1]} objectives"
        )
    return np.asarray(table * np.array([1.0 if way == "low" else -1.0 for way in ways]))
