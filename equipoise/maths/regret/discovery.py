"""Scenario discovery: in which part of the space of futures the cases of interest lie, told as a box of few limits.

References
----------
Friedman, Fisher (1999), Bump hunting in high-dimensional data. doi:10.1023/A:1008894516817
Bryant, Lempert (2010), Thinking inside the box: a participatory, computer-assisted approach to scenario discovery.
doi:10.1016/j.techfore.2009.08.002
Kwakkel, Jaxa-Rozen (2016), Improving scenario discovery for handling heterogeneous uncertainties and multinomial classified
outcomes. doi:10.1016/j.envsoft.2015.11.020
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, exp, lgamma, log, log1p

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equipoise.errors import InputError

__all__ = ["Boxes", "Reproducibility", "prim", "quasi_p", "reproducibility"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Boxes:
    """A trajectory of boxes, from the whole space inwards: the user chooses the step that says most.

    Of each step: ``limits`` (steps, d, 2), low and high of each dimension, closed; ``coverage`` (steps,), the share of the
    cases of interest that lie inside; ``density`` (steps,), the share of what lies inside that is of interest; ``mass``
    (steps,), the share of all cases inside. coverage × share of interest = density × mass.
    """

    limits: FloatArray
    coverage: FloatArray
    density: FloatArray
    mass: FloatArray

    @property
    def restricted(self) -> BoolArray:
        """Which limits (steps, d, 2) are tighter than the range of the data."""
        return np.asarray(self.limits != self.limits[0])

    def choose(self, coverage: float = 0.5) -> int:
        """The densest step that covers at least so much; of steps as dense the one of fewest limits, then the widest."""
        good = np.flatnonzero(self.coverage >= coverage)
        limits = self.restricted.any(axis=2).sum(axis=1)
        return int(min(good, key=lambda step: (-round(float(self.density[step]), 6), limits[step], -self.mass[step])))

    def inside(self, x: ArrayLike, step: int) -> BoolArray:
        """Which rows of x (n, d) lie in the box of a step; a limit at the edge of the data has no end."""
        points = np.asarray(x, dtype=np.float64)
        low, high = self.limits[step].T
        edge_low, edge_high = self.limits[0].T
        return np.asarray(
            (((points >= low) | (low == edge_low)) & ((points <= high) | (high == edge_high))).all(axis=1)
        )


def prim(
    x: ArrayLike, of_interest: ArrayLike, *, peel: float = 0.05, paste: float = 0.05, mass: float = 0.05, by: str = "gain",
) -> Boxes:  # fmt: skip
    """The patient rule induction method: peel away, again and again, the thin slice whose loss makes the rest densest.

    Parameters
    ----------
    x : array (n, d)
        Inputs of each case; an answer of yes or no is 1 or 0.
    of_interest : array (n,)
        Whether a case is of interest.
    peel, paste : float
        Share of the cases in the box that one step takes off, or puts back, at most where values differ; equal values go
        together. No pasting where ``paste`` is 0.
    mass : float
        No box holds a smaller share of all cases.
    by : str
        What a peel is chosen by: ``"mean"``, the density of the rest (Friedman and Fisher), or ``"gain"``, its rise per
        case peeled off (Kwakkel and Jaxa-Rozen), which does not favour answers of yes and no because their slices are thick.

    Raises
    ------
    InputError
        Nothing, or everything, is of interest; figures are missing; a share is out of its range.

    >>> points = np.linspace(0.005, 0.995, 100)[:, None]
    >>> found = prim(points, points[:, 0] > 0.8)
    >>> step = found.choose(coverage=0.9)
    >>> found.limits[step].round(2).tolist(), float(found.coverage[step]), float(found.density[step])
    ([[0.8, 1.0]], 1.0, 1.0)
    """
    points, wanted = _cases(x, of_interest)
    for name, share in (("peel", peel), ("mass", mass)):
        if not 0 < share < 1:
            raise InputError(name, found=share, allowed="above 0 and below 1")
    if not 0 <= paste < 1 or by not in ("mean", "gain"):
        raise InputError("paste and by", found=(paste, by), allowed="a share from 0 to below 1; mean or gain")
    least = max(1, ceil(mass * len(points)))
    limits = np.stack([points.min(axis=0), points.max(axis=0)], axis=1)
    inside = np.ones(len(points), dtype=bool)
    steps = [(limits, inside)]
    while (found := _peel(points, wanted, *steps[-1], peel, least, by)) is not None:
        steps.append(found)
    while paste and (found := _paste(points, wanted, *steps[-1], paste, steps[0][0])) is not None:
        steps.append(found)
    size = np.array([inside.sum() for _, inside in steps], dtype=float)
    caught = np.array([wanted[inside].sum() for _, inside in steps], dtype=float)
    return Boxes(np.array([limits for limits, _ in steps]), caught / wanted.sum(), caught / size, size / len(points))


def _peel(
    points: FloatArray, wanted: BoolArray, limits: FloatArray, inside: BoolArray, share: float, least: int, by: str
) -> tuple[FloatArray, BoolArray] | None:
    """The next box inwards, or nothing when no peel may be made or none helps."""
    here = np.flatnonzero(inside)
    values, marks = points[here], wanted[here]
    count, density = len(here), float(marks.mean())
    if density == 1.0:
        return None
    cut = max(1, int(share * count))
    ordered = np.sort(values, axis=0)
    best: tuple[float, float, int, int, float] | None = None
    for j in range(points.shape[1]):
        for side, edge in ((0, ordered[min(cut, count - 1), j]), (1, ordered[max(count - 1 - cut, 0), j])):
            column = values[:, j]
            keep = column >= edge if side == 0 else column <= edge
            if keep.all():  # the slice is thinner than the equals at the end: all of them go
                keep = column > edge if side == 0 else column < edge
            kept = int(keep.sum())
            if kept < least or kept == count:
                continue
            rise = float(marks[keep].mean()) - density
            score = rise if by == "mean" else rise / (count - kept)
            if best is None or (score, kept) > best[:2]:
                inner = column[keep].min() if side == 0 else column[keep].max()
                outer = column[~keep].max() if side == 0 else column[~keep].min()
                best = score, kept, j, side, 0.5 * float(inner + outer)
    if best is None or best[0] <= 0:
        return None
    _, _, j, side, limit = best
    tighter = limits.copy()
    tighter[j, side] = limit
    return tighter, inside & (points[:, j] >= limit if side == 0 else points[:, j] <= limit)


def _paste(
    points: FloatArray, wanted: BoolArray, limits: FloatArray, inside: BoolArray, share: float, edges: FloatArray
) -> tuple[FloatArray, BoolArray] | None:
    """The same box with a slice put back that makes it no less dense and holds something of interest, or nothing."""
    density, more = float(wanted[inside].mean()), max(1, int(share * inside.sum()))
    best: tuple[float, int, FloatArray, BoolArray] | None = None
    for j, side in np.argwhere(limits != edges):
        others = np.ones(len(points), dtype=bool)
        for k in np.flatnonzero((limits != edges).any(axis=1)):
            if k != j:
                others &= (points[:, k] >= limits[k, 0]) & (points[:, k] <= limits[k, 1])
        column, limit = points[:, j], limits[j, side]
        outside = others & (column < limit if side == 0 else column > limit)
        beyond = np.sort(column[outside]) if side else -np.sort(-column[outside])
        if not len(beyond):
            wider = limits.copy()
            wider[j, side] = edges[j, side]
            return wider, inside  # nothing lies beyond: the limit said nothing
        reach = beyond[min(more, len(beyond)) - 1]
        added = outside & (column >= reach if side == 0 else column <= reach)
        mean = float(wanted[inside | added].mean())
        if mean >= density and wanted[added].any() and (best is None or (mean, int(added.sum())) > best[:2]):
            wider = limits.copy()
            wider[j, side] = edges[j, side] if added.sum() == len(beyond) else reach
            best = mean, int(added.sum()), wider, inside | added
    return best[2:] if best else None


def quasi_p(x: ArrayLike, of_interest: ArrayLike, boxes: Boxes, step: int) -> FloatArray:
    """Chance (d,) that the box would do as well by luck without the limits of a dimension; 1 for one without limits.

    With the dimension set free, a share :math:`\\beta` of what the box then holds is of interest; the quasi-p-value is the
    chance of at least as many among as many cases as the box holds, each with :math:`\\beta` (Bryant and Lempert 2010).
    """
    points, wanted = _cases(x, of_interest)
    inside = boxes.inside(points, step)
    size, caught = int(inside.sum()), int(wanted[inside].sum())
    found = np.ones(points.shape[1])
    for j in np.flatnonzero(boxes.restricted[step].any(axis=1)):
        freed = boxes.limits.copy()
        freed[step, j] = freed[0, j]
        wider = Boxes(freed, boxes.coverage, boxes.density, boxes.mass).inside(points, step)
        found[j] = _at_least(caught, size, float(wanted[wider].mean()))
    return found


@dataclass(frozen=True, slots=True)
class Reproducibility:
    """How often a dimension has a limit in boxes found again from halves of the cases: ``share`` (d,); and the range of
    the coverage and density of those boxes on the other half, (low, middle, high)."""

    share: FloatArray
    coverage: tuple[float, float, float]
    density: tuple[float, float, float]


def reproducibility(
    x: ArrayLike, of_interest: ArrayLike, *, coverage: float = 0.5, resamples: int = 20, seed: int = 1, by: str = "gain",
    mass: float = 0.05,
) -> Reproducibility:  # fmt: skip
    """Find the box again from halves of the cases drawn without return, and try each on the half that it has not seen.

    Raises
    ------
    InputError
        As :func:`prim`, and where a half holds nothing of interest in any resample.
    """
    points, wanted = _cases(x, of_interest)
    random = np.random.Generator(np.random.Philox(seed))
    limited, covered, dense = [], [], []
    for _ in range(resamples):
        order = random.permutation(len(points))
        train, test = order[: len(order) // 2], order[len(order) // 2 :]
        if not (0 < wanted[train].sum() < len(train) and wanted[test].any()):
            continue
        boxes = prim(points[train], wanted[train], by=by, mass=mass)
        step = boxes.choose(coverage)
        inside = boxes.inside(points[test], step)
        limited.append(boxes.restricted[step].any(axis=1))
        covered.append(wanted[test][inside].sum() / wanted[test].sum())
        dense.append(wanted[test][inside].mean() if inside.any() else 0.0)
    if not limited:
        raise InputError("of_interest", found=f"{int(wanted.sum())} cases", allowed="enough to be split into halves")
    return Reproducibility(np.mean(limited, axis=0), _range(covered), _range(dense))


def _range(values: Sequence[float]) -> tuple[float, float, float]:
    low, middle, high = np.quantile(values, [0.05, 0.5, 0.95])
    return float(low), float(middle), float(high)


def _at_least(caught: int, size: int, share: float) -> float:
    """Chance of at least so many of so many, each with this chance."""
    if share <= 0.0 or share >= 1.0 or caught <= 0:
        return 1.0 if caught <= 0 or share >= 1.0 else 0.0
    whole = lgamma(size + 1)
    terms = (
        exp(whole - lgamma(k + 1) - lgamma(size - k + 1) + k * log(share) + (size - k) * log1p(-share))
        for k in range(caught, size + 1)
    )
    return min(1.0, sum(terms))


def _cases(x: ArrayLike, of_interest: ArrayLike) -> tuple[FloatArray, BoolArray]:
    """Points and marks, refused where a box would mean nothing."""
    points, wanted = np.asarray(x, dtype=np.float64), np.asarray(of_interest)
    if points.ndim != 2 or wanted.shape != points.shape[:1] or not points.size:
        raise InputError("x and of_interest", found=(points.shape, wanted.shape), allowed="(n, d) and (n,)")
    if not np.isfinite(points).all():
        raise InputError("x", found="a figure that is not finite", allowed="finite figures")
    marks = wanted.astype(bool)
    if marks.all() or not marks.any():
        raise InputError("of_interest", found=f"{int(marks.sum())} of {len(marks)}", allowed="some, and not all")
    return points, marks
