r"""What is lost when an input that little replaces runs short.

Output is a CES function of the input and of everything else; *λ* is what the input costs its users against what they earn,
*x* the share of it that is left, *σ* the elasticity of substitution. Below one, losses are convex: the second half of a cut
costs more than the first.

References
----------
Baqaee, Farhi (2019), The macroeconomic impact of microeconomic shocks: beyond Hulten's theorem. doi:10.3982/ECTA15202
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["bottleneck_loss", "scarcity", "second_order_loss"]

FloatArray = NDArray[np.float64]


def bottleneck_loss(cost_share: ArrayLike, left: ArrayLike, elasticity: ArrayLike) -> FloatArray:
    r"""Share of output lost, exactly: :math:`1 - ((1-\lambda) + \lambda x^{(\sigma-1)/\sigma})^{\sigma/(\sigma-1)}`.

    All three are shares from 0 to 1 of one shape (...), the elasticity above 0 and below 1. Where nothing is left everything
    is lost; more than all of the input does not help, for nothing else grows with it.

    >>> bottleneck_loss(0.04, [0.97, 1.0, 0.0], 0.05).round(4).tolist()
    [0.0016, 0.0, 1.0]
    """
    share, rest, sigma = np.broadcast_arrays(*(np.asarray(x, dtype=float) for x in (cost_share, left, elasticity)))
    power = (sigma - 1.0) / sigma
    some = np.clip(rest, 1e-12, 1.0)
    with np.errstate(divide="ignore"):  # a share of nothing, or of everything, is one of the two parts alone
        total = np.logaddexp(np.log1p(-share), np.log(share) + power * np.log(some))  # in logs: the power may be large
    lost = -np.expm1(total / power)
    lost = np.where(rest >= 1.0, 0.0, np.clip(lost, 0.0, 1.0))
    return np.asarray(np.where(rest <= 0.0, np.where(share > 0.0, 1.0, 0.0), lost))


def scarcity(cost_share: float, left: float, elasticity: float) -> float:
    """The same loss of one draw, in plain numbers: a thousand futures ask for it one at a time.

    >>> round(scarcity(0.04, 0.97, 0.05), 4), scarcity(0.5, 1.0, 0.3)
    (0.0016, 0.0)
    """
    if left <= 0.0:
        return 1.0 if elasticity < 1.0 else 0.0
    power = (elasticity - 1.0) / elasticity
    return float(1.0 - ((1.0 - cost_share) + cost_share * left**power) ** (1.0 / power))


def second_order_loss(cost_share: ArrayLike, left: ArrayLike, elasticity: ArrayLike) -> FloatArray:
    r"""The same loss to the second order in logs,
    :math:`-(\lambda\,d + \tfrac12\lambda(1-\lambda)(1-1/\sigma)\,d^2)` with :math:`d=\ln x`, in logs of output: right for small
    cuts, wrong beyond about a third; a check, not a result.

    >>> bool(abs(second_order_loss(0.04, 0.999, 0.5) - bottleneck_loss(0.04, 0.999, 0.5)) < 1e-8)
    True
    """
    share, sigma = np.asarray(cost_share, dtype=float), np.asarray(elasticity, dtype=float)
    fall = np.log(np.asarray(left, dtype=float))
    return np.asarray(-np.expm1(share * fall + 0.5 * share * (1.0 - share) * (1.0 - 1.0 / sigma) * fall**2))
