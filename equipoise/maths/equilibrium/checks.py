"""What an equilibrium needs before it can be looked for, and powers that neither overflow nor divide by nothing."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equipoise.errors import InputError, SolverError

__all__ = [
    "Deficits",
    "can_be_shipped",
    "can_spend",
    "elasticities",
    "floats",
    "gaps",
    "no_supplier",
    "positive",
    "powered",
    "powers",
    "require",
    "sums_to_one",
]

FloatArray = NDArray[np.float64]
Deficits = Literal["constant", "proportional", "none"]


def powers(exponent: FloatArray) -> FloatArray:
    """The exponential of an array, scaled along its last axis so that the largest is 1: shares do not mind."""
    return np.asarray(np.exp(exponent - exponent.max(axis=-1, keepdims=True)))


def powered(cost: FloatArray, exponent: FloatArray) -> FloatArray:
    """Costs to a negative power; infinity gives exactly zero."""
    if not (cost > 0).all():
        raise InputError("cost_hat", found=f"{cost.min():g}", allowed="above 0; infinity closes a flow")
    powered, changed = np.ones_like(cost), cost != 1.0  # most costs stay what they are
    powered[changed] = np.where(np.isinf(cost[changed]), 0.0, np.exp(exponent[changed] * np.log(cost[changed])))
    return powered


def positive(income: FloatArray) -> FloatArray:
    """Incomes that can be spent; on the way to an equilibrium one may dip below zero."""
    return np.where(income > 0, income, 1e-12 * np.abs(income).max())


def can_spend(spending: FloatArray) -> None:
    """Where an economy would have less than nothing to spend there is no equilibrium."""
    if not (spending > 0).all():
        worst = int(np.argmin(spending))
        raise SolverError(
            f"There is no equilibrium: economy {worst} would have {spending[worst]:g} to spend. A surplus held constant can be "
            "more than a shocked economy earns; use deficits 'none' on a balanced baseline."
        )


def gaps(deficits: str, deficit: FloatArray) -> FloatArray:
    """Deficits (n,) that are held: those of the baseline, or none."""
    if deficits not in get_args(Deficits):
        raise InputError("deficits", found=deficits, allowed=", ".join(get_args(Deficits)))
    return np.zeros_like(deficit) if deficits == "none" else deficit


def no_supplier(reach: FloatArray, wanted: NDArray[np.bool_]) -> None:
    """Something is bought that nobody is left to sell."""
    gone = np.argwhere(wanted & (reach <= 0))
    if len(gone):
        sector, economy = gone[0]
        raise SolverError(
            f"No supplier is left of sector {sector} for economy {economy}"
            f"{f' and {len(gone) - 1} more' if len(gone) > 1 else ''}: its price would be infinite. Leave it a supplier, "
            "itself if need be."
        )


def can_be_shipped(traded: NDArray[np.bool_], gap: FloatArray, size: FloatArray) -> None:
    """A surplus needs somebody to sell to: economies that trade with each other must balance among themselves."""
    group = np.arange(len(gap))
    linked = traded | traded.T
    for _ in group:
        lowest = np.where(linked, group[None], len(gap)).min(axis=1)
        joined = np.minimum(group, lowest)
        if (joined == group).all():
            break
        group = joined
    for label in np.unique(group):
        inside = group == label
        if abs(gap[inside].sum()) > 1e-6 * size[inside].sum():
            raise SolverError(
                f"There is no equilibrium: {inside.sum()} economies, the first of them {int(np.argmax(inside))}, trade with "
                f"nobody else and would have to keep a deficit of {gap[inside].sum():g}. Use deficits 'none' on a balanced "
                "baseline."
            )


def floats(name: str, values: ArrayLike, dimensions: int, *, finite: bool = True) -> FloatArray:
    """An array of so many dimensions, without a figure that is not a number or below 0."""
    array = np.asarray(values, dtype=float)
    if array.ndim != dimensions or not array.size:
        raise InputError(name, found=f"shape {array.shape}", allowed=f"an array of {dimensions} dimensions")
    if np.isnan(array).any() or (finite and not np.isfinite(array).all()):
        raise InputError(name, found="a figure that is not finite", allowed="numbers")
    if (array < 0).any():
        raise InputError(name, found=f"{array.min():g}", allowed="nothing below 0")
    return array


def require(
    name: str, array: FloatArray, shape: tuple[int, ...], *, least: float | None = None, most: float | None = None
) -> None:
    """Hold an array to its shape and bounds."""
    if array.shape != shape:
        raise InputError(name, found=f"shape {array.shape}", allowed=f"shape {shape}")
    if most is not None and array.max() > most:
        raise InputError(name, found=f"{array.max():g}", allowed=f"at most {most:g}")
    if least is not None and array.min() < least:
        raise InputError(name, found=f"{array.min():g}", allowed=f"at least {least:g}")


def sums_to_one(name: str, total: FloatArray) -> None:
    """Hold totals to 1."""
    if np.abs(total - 1.0).max() > 1e-6:
        worst = total.ravel()[np.abs(total - 1.0).argmax()]
        raise InputError(name, found=f"shares that sum to {worst:.6g}", allowed="shares that sum to 1")


def elasticities(values: ArrayLike, sectors: int) -> FloatArray:
    """One elasticity for each sector, all above 0."""
    array = np.asarray(values, dtype=float)
    if array.shape not in ((), (sectors,)) or not np.isfinite(array).all() or not (array > 0).all():
        raise InputError("elasticity", found=str(values), allowed=f"numbers above 0, one or {sectors}")
    return np.broadcast_to(array, (sectors,)).copy()
