"""What a network needs before it can be solved."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equipoise.errors import InputError

__all__ = ["common_shape", "floats", "integral", "nodes_of", "require_shape"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def integral(values: FloatArray) -> bool:
    """Whether all values are whole."""
    return bool(np.all(values == np.rint(values)))


def floats(name: str, values: ArrayLike, *, nonnegative: bool = False) -> FloatArray:
    """An array of numbers, none of them missing."""
    array = np.asarray(values, dtype=np.float64)
    if np.isnan(array).any():
        raise InputError(name, found="NaN", allowed="numbers", remedy="missing is never zero: leave the arc out")
    if nonnegative and (array < 0).any():
        raise InputError(name, found=float(array.min()), allowed="0 or more")
    return array


def nodes_of(name: str, values: ArrayLike) -> IntArray:
    """A row of node numbers."""
    array = np.asarray(values)
    if array.ndim != 1 or (array.size and array.dtype.kind not in "iu"):
        raise InputError(name, found=f"{array.dtype} of shape {array.shape}", allowed="a row of whole numbers")
    if (array < 0).any():
        raise InputError(name, found=int(array.min()), allowed="nodes numbered from 0")
    return array.astype(np.int64)


def common_shape(tail: IntArray, head: IntArray, cost: FloatArray, supply: FloatArray) -> tuple[int, int, int]:
    """Check that arcs, commodities and nodes agree; return (k, m, n)."""
    if tail.shape != head.shape:
        raise InputError("tail and head", found=f"{len(tail)} and {len(head)} arcs", allowed="one length")
    if cost.ndim != 2 or cost.shape[1] != len(tail):
        raise InputError("cost", found=f"shape {cost.shape}", allowed=f"one figure for each of {len(tail)} arcs")
    if supply.ndim != 2 or supply.shape[0] != cost.shape[0]:
        raise InputError("supply", found=f"shape {supply.shape}", allowed="one row for each commodity")
    last = int(max(tail.max(initial=-1), head.max(initial=-1)))
    if last >= supply.shape[1]:
        raise InputError("tail and head", found=f"node {last}", allowed=f"nodes 0..{supply.shape[1] - 1}")
    return cost.shape[0], len(tail), supply.shape[1]


def require_shape(name: str, array: FloatArray, shape: tuple[int, ...]) -> None:
    """Hold an array to its shape."""
    if array.shape != shape:
        raise InputError(name, found=f"shape {array.shape}", allowed=f"shape {shape}")
