"""Designs of experiments and what they say: which draws to make, and the range of what came out.

References
----------
McKay, Beckman, Conover (1979), A comparison of three methods for selecting values of input variables.
doi:10.1080/00401706.1979.10489755
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equipoise.errors import InputError

__all__ = ["latin_hypercube", "quantile_band", "spread"]

FloatArray = NDArray[np.float64]
T = TypeVar("T")


def latin_hypercube(draws: int, dimensions: int, seed: int) -> FloatArray:
    """A Latin hypercube (draws, dimensions) in (0, 1): each dimension is cut into as many strata as there are draws.

    The same seed gives the same bits, on any machine.

    >>> latin_hypercube(4, 2, seed=1).shape
    (4, 2)
    >>> sorted((latin_hypercube(4, 1, seed=1)[:, 0] * 4).astype(int).tolist())
    [0, 1, 2, 3]
    """
    if draws < 1 or dimensions < 0:
        raise InputError("draws and dimensions", found=(draws, dimensions), allowed="1 or more, 0 or more")
    random = np.random.Generator(np.random.Philox(seed))
    strata = random.permuted(np.tile(np.arange(draws), (dimensions, 1)), axis=1).T
    return (strata + random.random((draws, dimensions))) / draws


def quantile_band(values: ArrayLike, level: float = 0.90) -> tuple[FloatArray, FloatArray]:
    """Central band of draws (draws, ...) along the first axis; the default leaves 5 % on either side.

    >>> low, high = quantile_band([[0.0], [1.0], [2.0]], level=0.5)
    >>> low.tolist(), high.tolist()
    ([0.5], [1.5])
    """
    array = np.asarray(values, dtype=np.float64)
    tail = 0.5 * (1.0 - level)
    return np.quantile(array, tail, axis=0), np.quantile(array, 1.0 - tail, axis=0)


def spread(
    function: Callable[[FloatArray], list[T]],
    design: FloatArray,
    *,
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> list[T]:
    """Run a function over the rows of a design, in blocks, on several processes; results stand in the order of rows.

    ``function`` takes a block of rows and returns one result for each; with more than one worker it must be picklable.
    The result does not depend on the number of workers.

    >>> spread(lambda rows: [float(row.sum()) for row in rows], np.ones((3, 2)))
    [2.0, 2.0, 2.0]
    """
    blocks = [block for block in np.array_split(design, max(1, min(len(design), 10 * workers))) if len(block)]
    results: list[T] = []

    def keep(part: list[T]) -> None:
        results.extend(part)
        if progress:
            progress(len(results), len(design))

    if workers <= 1 or len(blocks) == 1:
        for block in blocks:
            keep(function(block))
        return results
    context = multiprocessing.get_context("spawn")  # forking a process that has threads may hang it
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        for part in pool.map(function, blocks):
            keep(part)
    return results
