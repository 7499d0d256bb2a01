"""Sums of weighted polynomials at many points, compiled. Imported where it is called: numba takes half a second to load."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from equipoise.maths.compiling import compiled as translated

__all__ = ["collapse"]

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

compiled = translated()


@compiled
def collapse(points: Floats, terms: Whole, weights: Floats, which: Whole, made: Floats) -> None:
    """Add to ``made`` (k, r), at each point (k, d), every Chebyshev term of degrees ``terms`` (q, d) times its weights, those
    of the set (q, r) that the point names: ``weights`` (n, q, r), ``which`` (k,)."""
    figures, most = points.shape[1], terms.max() + 1
    power = np.ones((figures, most))
    for k in range(len(points)):
        for i in range(figures):
            if most > 1:
                power[i, 1] = points[k, i]
            for n in range(2, most):
                power[i, n] = 2.0 * points[k, i] * power[i, n - 1] - power[i, n - 2]
        for q in range(len(terms)):
            found = 1.0
            for i in range(figures):
                if terms[q, i] > 0:
                    found *= power[i, terms[q, i]]
            for r in range(weights.shape[2]):
                made[k, r] += found * weights[which[k], q, r]
