"""Fixed points of maps that have no derivative at hand, and Newton's method for systems that have.

References
----------
Walker, Ni (2011), Anderson acceleration for fixed-point iterations. doi:10.1137/10078356X
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from equipoise.errors import SolverError

__all__ = ["fixed_point", "newton"]

FloatArray = NDArray[np.float64]

TOLERANCE = 1e-11
"""Largest residual of any logarithm at which an equilibrium counts as found."""
MOST_STEPS = 5000
MEMORY = 8
"""Residuals that the acceleration remembers."""
MOST_NEWTON_STEPS = 30
PLAIN_STEPS = 3
"""Steps before the acceleration begins."""
LONGEST_STEP = 1.5
"""Most that a logarithm may move in one step: prices that leap further overshoot."""


def fixed_point(step: Callable[[FloatArray], FloatArray], start: FloatArray) -> tuple[FloatArray, int]:
    """A fixed point of a map of logarithms, by Anderson acceleration (type II), and the steps it took.

    Parameters
    ----------
    step : callable
        The map, (d,) to (d,).
    start : (d,)
        Where to begin.

    Raises
    ------
    SolverError
        None was found; the residual is named.

    Examples
    --------
    >>> point, steps = fixed_point(lambda x: np.cos(x), np.zeros(1))
    >>> round(float(point[0]), 9), steps < 20
    (0.739085133, True)
    """
    point, best, residual = start, np.inf, np.inf
    last: tuple[FloatArray, FloatArray] | None = None
    falls, moves = np.zeros((0, len(start))), np.zeros((0, len(start)))  # of the residual, and of the point with it
    for steps in range(1, MOST_STEPS + 1):
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            gap = step(point) - point
        residual = float(np.abs(gap).max())
        if residual < TOLERANCE:
            return point + gap, steps
        if not np.isfinite(residual) or residual > 1e3 * best:  # the history misleads: back, and on by a plain step
            if last is None:
                break
            point, best = last[0] + 0.2 * np.clip(last[1], -LONGEST_STEP, LONGEST_STEP), np.inf
            last, falls, moves = None, falls[:0], moves[:0]
            continue
        best = min(best, residual)
        if last is not None:
            falls = np.vstack([falls, gap - last[1]])[-MEMORY:]
            moves = np.vstack([moves, point - last[0] + gap - last[1]])[-MEMORY:]
        last, move = (point, gap), gap
        if steps > PLAIN_STEPS and len(falls):
            normal = falls @ falls.T
            normal[np.diag_indices_from(normal)] += 1e-14 * np.trace(normal)
            move = gap - np.linalg.solve(normal, falls @ gap) @ moves
        point = point + np.clip(move, -LONGEST_STEP, LONGEST_STEP)
    raise SolverError(
        f"No equilibrium was found in {MOST_STEPS} steps: prices still move by {residual:.1e}. A shock that leaves an economy "
        "without buyers or suppliers may have none; try deficits 'none', a smaller shock, or larger elasticities."
    )


def newton(
    system: Callable[[FloatArray], tuple[FloatArray, FloatArray]], start: FloatArray, weights: FloatArray
) -> tuple[FloatArray, int] | None:
    """A zero of a system of logarithms up to a common constant, by Newton's method, and its steps; nothing if it fails.

    ``system`` maps a point (d,) to its values (d,) and derivatives (d, d). Values that are all the same count as zero, and
    the level is that at which the exponentials, with ``weights`` (d,), sum to what the weights sum to: a numeraire.
    """
    point, size = start, len(start)
    border = np.zeros((size + 1, size + 1))
    border[:size, size] = -1.0
    for steps in range(1, MOST_NEWTON_STEPS + 1):
        value, slope = system(point)
        parts = np.exp(point) * weights
        level = np.log(parts.sum() / weights.sum())
        if not np.isfinite(value).all():
            return None
        if max(np.abs(value - value.mean()).max(), abs(level)) < TOLERANCE:
            return point, steps
        border[:size, :size], border[size, :size] = slope, parts / parts.sum()
        try:
            move = np.linalg.solve(border, np.append(-value, -level))[:size]
        except np.linalg.LinAlgError:  # parts of the system that do not touch each other
            return None
        point = point + np.clip(move, -LONGEST_STEP, LONGEST_STEP)
    return None
