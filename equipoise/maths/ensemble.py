"""Designs of experiments and what they say: which draws to make, and the range of what came out.

References
----------
McKay, Beckman, Conover (1979), A comparison of three methods for selecting values of input variables.
doi:10.1080/00401706.1979.10489755
Spearman (1904), The proof and measurement of association between two things. doi:10.2307/1412159
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Hashable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equipoise.errors import InputError

__all__ = [
    "BLOCK", "TotalIndex", "bands", "block_rows", "group_share", "hypercube_rows", "kendall", "latin_hypercube", "quantile_band",
    "rank_correlation", "ranked_correlation", "ranks", "sobol_design", "sobol_total", "spread", "triangular",
]  # fmt: skip

FloatArray = NDArray[np.float64]
T = TypeVar("T")
Name = TypeVar("Name", bound=Hashable)


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


BLOCK = 256
"""Rows of each of the hypercubes that :func:`hypercube_rows` lays one after another."""


def hypercube_rows(first: int, count: int, dimensions: int, seed: int) -> FloatArray:
    """Rows ``first`` to ``first + count`` of an endless design (count, dimensions) in (0, 1): one Latin hypercube of
    :data:`BLOCK` rows after another, each with a stream of its own.

    Row *k* depends on the seed and on *k* alone: nobody need know how many rows there will be, and whoever asks for which of
    them, in pieces or at once, is given the same bits. A Sobol sequence has that property too, but its direction numbers for
    some hundreds of dimensions would be a table of another's making; of independent rows, these have the smaller error.

    >>> rows = hypercube_rows(250, 20, 3, seed=1)
    >>> bool((rows == np.vstack([hypercube_rows(250, 7, 3, 1), hypercube_rows(257, 13, 3, 1)])).all())
    True
    """
    if first < 0 or count < 0 or dimensions < 0:
        raise InputError("first, count and dimensions", found=(first, count, dimensions), allowed="0 or more")

    def rows(block: int) -> FloatArray:
        random = np.random.Generator(np.random.Philox(key=[seed, block]))
        strata = random.permuted(np.tile(np.arange(BLOCK), (dimensions, 1)), axis=1).T
        return np.asarray((strata + random.random((BLOCK, dimensions))) / BLOCK)

    return block_rows(first, count, dimensions, rows)


def block_rows(first: int, count: int, width: int, draw: Callable[[int], FloatArray]) -> FloatArray:
    """Rows ``first`` to ``first + count`` (count, width) of an endless stream that is drawn by blocks of :data:`BLOCK` rows,
    ``draw`` giving the block of a number: row *k* is the same whoever asks, for how many, and in which pieces."""
    made = np.empty((count, width))
    for block in range(first // BLOCK, -(-(first + count) // BLOCK)):
        rows = draw(block)
        start, stop = max(first, block * BLOCK), min(first + count, (block + 1) * BLOCK)
        made[start - first : stop - first] = rows[start - block * BLOCK : stop - block * BLOCK]
    return made


def triangular(low: ArrayLike, mode: ArrayLike, high: ArrayLike, chance: ArrayLike) -> FloatArray:
    """Inverse of the triangular law; where there is no range, the mode.

    >>> triangular([0.0, 2.0], [1.0, 2.0], [2.0, 2.0], [0.5, 0.9]).tolist()
    [1.0, 2.0]
    """
    low, mode, high, chance = (np.asarray(x, dtype=float) for x in (low, mode, high, chance))
    up = low + np.sqrt(chance * (high - low) * (mode - low))
    down = high - np.sqrt((1 - chance) * (high - low) * (high - mode))
    return np.asarray(np.where(chance * (high - low) < mode - low, up, down))


def quantile_band(values: ArrayLike, level: float = 0.90) -> tuple[FloatArray, FloatArray]:
    """Central band of draws (draws, ...) along the first axis; the default leaves 5 % on either side.

    >>> low, high = quantile_band([[0.0], [1.0], [2.0]], level=0.5)
    >>> low.tolist(), high.tolist()
    ([0.5], [1.5])
    """
    array = np.asarray(values, dtype=np.float64)
    tail = 0.5 * (1.0 - level)
    return np.quantile(array, tail, axis=0), np.quantile(array, 1.0 - tail, axis=0)


def bands(draws: Sequence[Mapping[Name, float]], level: float = 0.90) -> dict[Name, tuple[float, float]]:
    """Central band of everything that came out of at least half of the draws, by name.

    >>> bands([{"a": 0.0, "b": 5.0}, {"a": 1.0}, {"a": 2.0}], level=0.5)
    {'a': (0.5, 1.5)}
    """
    found: dict[Name, list[float]] = {}
    for draw in draws:
        for name, value in draw.items():
            found.setdefault(name, []).append(value)
    by_length: dict[int, list[Name]] = {}
    for name, values in found.items():
        if 2 * len(values) >= len(draws):
            by_length.setdefault(len(values), []).append(name)
    made: dict[Name, tuple[float, float]] = {}
    for names in by_length.values():  # names that came out equally often share one table: thousands at once
        low, high = quantile_band(np.array([found[name] for name in names]).T, level)
        made |= {name: (float(a), float(b)) for name, a, b in zip(names, low, high, strict=True)}
    return made


def rank_correlation(inputs: ArrayLike, outcome: ArrayLike) -> FloatArray:
    """Spearman's rank correlation of each column of the inputs (draws, d) with the outcome (draws,); 0 where either
    does not vary.

    >>> rank_correlation([[1.0, 3.0], [2.0, 2.0], [9.0, 1.0]], [0.0, 1.0, 8.0]).tolist()
    [1.0, -1.0]
    """
    return ranked_correlation(ranks(inputs), outcome)


def ranked_correlation(columns: FloatArray, outcome: ArrayLike) -> FloatArray:
    """The same for inputs that were ranked before (draws, d), where many outcomes are held against one design.

    >>> ranked_correlation(ranks([[1.0, 3.0], [2.0, 2.0], [9.0, 1.0]]), [0.0, 1.0, 8.0]).tolist()
    [1.0, -1.0]
    """
    y = ranks(np.asarray(outcome, dtype=np.float64)[:, None])
    size = np.sqrt((columns**2).sum(axis=0) * (y**2).sum())
    found: FloatArray = np.zeros(columns.shape[1])
    np.divide((columns * y).sum(axis=0), size, out=found, where=size > 0)
    return found


def group_share(groups: ArrayLike, outcome: ArrayLike) -> float:
    """Share of the variance of an outcome (k,) that a choice among groups (k,) explains: the correlation ratio, corrected for
    the number of groups (epsilon squared), so that a choice without effect has about none.

    Kelley (1935), An unbiased correlation ratio measure. doi:10.1073/pnas.21.9.554

    >>> round(group_share([0, 0, 0, 1, 1, 1], [1.0, 1.1, 0.9, 5.0, 5.1, 4.9]), 2)
    1.0
    """
    label, value = np.asarray(groups), np.asarray(outcome, dtype=float)
    kinds = np.unique(label)
    whole = ((value - value.mean()) ** 2).sum()
    if len(kinds) < 2 or len(value) <= len(kinds) or whole <= 0:
        return 0.0
    within = sum(((value[label == kind] - value[label == kind].mean()) ** 2).sum() for kind in kinds)
    return float(max(0.0, 1.0 - within / whole * (len(value) - 1) / (len(value) - len(kinds))))


def kendall(first: ArrayLike, second: ArrayLike) -> float:
    """Kendall's tau of two rankings given as scores (n,): pairs in the same order less pairs in the other, over all pairs.

    >>> kendall([3, 2, 1], [30, 10, 20])
    0.3333333333333333
    """
    a, b = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    pairs = np.triu_indices(len(a), 1)
    agree = np.sign(a[pairs[0]] - a[pairs[1]]) * np.sign(b[pairs[0]] - b[pairs[1]])
    return float(agree.mean()) if len(agree) else 1.0


@dataclass(frozen=True, slots=True)
class TotalIndex:
    """Sobol total indices: ``value`` (d,), and the ends of their 95 % bootstrap intervals ``low``, ``high`` (d,)."""

    value: FloatArray
    low: FloatArray
    high: FloatArray


def sobol_design(draws: int, dimensions: int, seed: int, asked: Sequence[int] | None = None) -> FloatArray:
    """Points at which an outcome must be known for total indices: a Latin hypercube (draws, dimensions), then for each input
    that is asked about, all of them if none is named, the same points with that input drawn anew.

    >>> design = sobol_design(4, 2, seed=1)
    >>> design.shape, bool((design[4:8, 1] == design[:4, 1]).all()), bool((design[4:8, 0] == design[:4, 0]).any())
    ((12, 2), True, False)
    """
    base, other = latin_hypercube(draws, dimensions, seed), latin_hypercube(draws, dimensions, seed + 1_000_003)
    blocks = [base]
    for column in range(dimensions) if asked is None else asked:
        block = base.copy()
        block[:, column] = other[:, column]
        blocks.append(block)
    return np.vstack(blocks)


def sobol_total(outcome: ArrayLike, asked: int, seed: int, resamples: int = 200) -> TotalIndex:
    """Total indices of so many inputs from the outcomes at a :func:`sobol_design`: the share of the variance that is lost when
    all but the input are known (Jansen's estimator), with bootstrap intervals.

    Jansen (1999), Analysis of variance designs for model output. doi:10.1016/S0010-4655(98)00154-4

    >>> design = sobol_design(8192, 2, seed=1)
    >>> sobol_total(3 * design[:, 0] + design[:, 1], 2, seed=1).value.round(1).tolist()
    [0.9, 0.1]
    """
    values = np.asarray(outcome, dtype=float).reshape(asked + 1, -1)
    halved = 0.5 * (values[1:] - values[0]) ** 2
    random = np.random.Generator(np.random.Philox(seed))
    drawn = random.integers(0, values.shape[1], (resamples, values.shape[1]))
    spread_of = np.maximum(values[0][drawn].var(axis=1), np.finfo(float).tiny)
    again = halved[:, drawn].mean(axis=2) / spread_of
    low, high = np.quantile(again, [0.025, 0.975], axis=1)
    return TotalIndex(halved.mean(axis=1) / max(values[0].var(), np.finfo(float).tiny), low, high)


def ranks(values: ArrayLike) -> FloatArray:
    """Ranks of each column (draws, d) about their mean; equals share theirs.

    >>> ranks([[5.0], [7.0], [5.0]]).T.tolist()
    [[-0.5, 1.0, -0.5]]
    """
    values = np.asarray(values, dtype=np.float64)
    made = np.empty_like(values)
    for j, column in enumerate(values.T):
        _, where, count = np.unique(column, return_inverse=True, return_counts=True)
        made[:, j] = (np.cumsum(count) - 0.5 * (count - 1))[where]
    centred: FloatArray = made - made.mean(axis=0)
    return centred


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
