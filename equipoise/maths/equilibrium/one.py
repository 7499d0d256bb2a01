"""One sector: Armington, Eaton-Kortum and Melitz-Chaney share it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equipoise.errors import InputError
from equipoise.maths.equilibrium.checks import (
    Deficits,
    can_be_shipped,
    can_spend,
    elasticities,
    floats,
    gaps,
    no_supplier,
    positive,
    powered,
    powers,
    require,
)
from equipoise.maths.fixed_point import fixed_point, newton

__all__ = ["Equilibrium", "one_sector"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Equilibrium:
    """One sector after a change. ``welfare`` (n,) real spending, ``wage`` (n,), ``price`` (n,) as hats; ``flows`` (n, n)
    [exporter, importer] in units of the numeraire; ``steps`` that the solver took."""

    welfare: FloatArray
    wage: FloatArray
    price: FloatArray
    flows: FloatArray
    steps: int


def one_sector(
    flows: ArrayLike, cost_hat: ArrayLike, elasticity: float, deficits: Deficits = "constant"
) -> Equilibrium:
    """Solve the one-sector trade model (Armington, Eaton-Kortum and Melitz-Chaney share it) after a change of trade costs.

    Parameters
    ----------
    flows : (n, n)
        Trade [exporter, importer] with domestic sales on the diagonal.
    cost_hat : (n, n)
        Ratio of iceberg costs after to before; infinity closes a flow.
    elasticity : float
        Trade elasticity, > 0.
    deficits : {"constant", "proportional", "none"}
        Trade deficits as they are in units of world output; as a share of each economy's output; or none after the change.

    Raises
    ------
    InputError
        A flow is negative, an economy sells or buys nothing, a shape does not fit.
    SolverError
        There is no equilibrium, or it was not found; the message says which and what to try.

    Examples
    --------
    Two equal economies stop trading: each loses what Arkolakis, Costinot and Rodríguez-Clare's formula says.

    >>> import numpy as np
    >>> closed = one_sector([[75, 25], [25, 75]], [[1, np.inf], [np.inf, 1]], 4.0)
    >>> closed.welfare.round(6).tolist(), round(0.75 ** (1 / 4), 6)
    ([0.930605, 0.930605], 0.930605)
    """
    trade, cost = floats("flows", flows, 2), floats("cost_hat", cost_hat, 2, finite=False)
    count = len(trade)
    require("flows", trade, (count, count))
    require("cost_hat", cost, (count, count), least=0.0)
    theta, output, spending = elasticities(elasticity, 1)[0], trade.sum(axis=1), trade.sum(axis=0)
    for name, total in (("sells", output), ("buys", spending)):
        if not (total > 0).all():
            raise InputError(
                "flows", found=f"economy {int(np.argmin(total))} {name} nothing", allowed="every economy trades"
            )
    shares = trade / spending * powered(cost, np.full_like(cost, -theta))
    gap = gaps(deficits, spending - output)
    no_supplier(shares.sum(axis=0)[None], np.ones((1, count), dtype=bool))
    can_be_shipped(shares > 0, gap, output)

    def spent(wage: FloatArray) -> FloatArray:
        return np.asarray(wage * spending if deficits == "proportional" else wage * output + gap)

    def step(log_wage: FloatArray) -> FloatArray:
        wage = np.exp(log_wage)
        appeal = powers(-theta * log_wage)
        sold = appeal * (shares @ (positive(spent(wage)) / (appeal @ shares)))
        moved = log_wage + np.log(sold / (wage * output)) / (1.0 + theta)
        return np.asarray(moved - np.log((np.exp(moved) * output).sum() / output.sum()))

    def system(log_wage: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Excess demand for each economy's work, in logs, and its derivatives by log wages."""
        wage, appeal = np.exp(log_wage), powers(-theta * log_wage)
        after = spent(wage)
        part = appeal[:, None] * shares / (appeal @ shares)  # of the spending of each importer
        sold = part @ after
        to = part * after / sold[:, None]  # of the sales of each exporter
        richer = np.ones(count) if deficits == "proportional" else wage * output / after
        slope = to * richer + theta * (to @ part.T) - (1.0 + theta) * np.eye(count)
        return np.log(sold / (wage * output)), slope

    with np.errstate(all="ignore"):
        quick = newton(system, np.zeros(count), output)
    log_wage, steps = quick or fixed_point(step, np.zeros(count))
    wage = np.exp(log_wage)
    appeal = wage**-theta
    reach = appeal @ shares
    price = reach ** (-1.0 / theta)
    after = spent(wage)
    can_spend(after)
    return Equilibrium(after / spending / price, wage, price, appeal[:, None] * shares * (after / reach), steps)
