"""Many sectors with inputs, tariffs and endowments."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
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
    sums_to_one,
)
from equipoise.maths.fixed_point import fixed_point

__all__ = ["SectorEquilibrium", "TradeModel", "multi_sector"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SectorEquilibrium:
    """Many sectors after a change, as hats: ``real_income`` (n,), ``wage`` (n,), ``consumer_price`` (n,), ``price`` (s, n) of
    each sector for its buyers. ``flows`` (s, n, n) gross of tariff, in units of the numeraire, can be the next baseline.
    ``rent`` (n,) of endowments in the same units, below zero where a shut sector would cost more than it earns; ``steps``."""

    real_income: FloatArray
    wage: FloatArray
    consumer_price: FloatArray
    price: FloatArray
    flows: FloatArray
    rent: FloatArray
    steps: int


def multi_sector(
    flows: ArrayLike,
    value_added_share: ArrayLike,
    input_share: ArrayLike,
    absorption_share: ArrayLike,
    elasticity: ArrayLike,
    cost_hat: ArrayLike | None = None,
    tariff: ArrayLike | None = None,
    tariff_hat: ArrayLike | None = None,
    deficits: Deficits = "constant",
) -> SectorEquilibrium:
    """Solve the trade model of many sectors with inputs and tariffs after a change of costs or tariffs.

    Parameters
    ----------
    flows : (s, n, n)
        Trade [sector, exporter, importer], gross of tariff, with domestic sales on the diagonal.
    value_added_share : (s, n)
        Value added over gross output.
    input_share : (s, s, n)
        Split of materials [input, user, economy]; sums to 1 over inputs.
    absorption_share : (s, n)
        Split of final demand; sums to 1 over sectors.
    elasticity : (s,) or float
        Trade elasticity of each sector, > 0.
    cost_hat : (s, n, n), optional
        Ratio of iceberg costs; infinity closes a flow.
    tariff, tariff_hat : (s, n, n), optional
        Gross tariff factors, 1 + t, before, and their ratio after to before. Revenue is income of the importer.
    deficits : {"constant", "proportional", "none"}
        In units of world value added; as a share of value added; or none after the change. ``"none"`` without any other
        change gives the flows of a balanced world, which can be the baseline of a shock.

    Notes
    -----
    Where the shares do not reproduce the flows, the hats hold the step from the data to the model's own equilibrium too;
    feed its flows back first.

    Raises
    ------
    InputError, SolverError
        As :func:`one_sector`.

    Examples
    --------
    With one sector and no inputs it is :func:`one_sector`.

    >>> import numpy as np
    >>> from equipoise.maths.equilibrium import one_sector
    >>> trade, cost = np.array([[60.0, 10], [30, 80]]), np.array([[1, 1.2], [1.1, 1]])
    >>> ones = np.ones((1, 2))
    >>> many = multi_sector(trade[None], ones, ones[None], ones, 5.0, cost[None])
    >>> bool(np.allclose(many.real_income, one_sector(trade, cost, 5.0).welfare, rtol=1e-9))
    True
    """
    model = TradeModel(flows, value_added_share, input_share, absorption_share, elasticity, tariff=tariff)
    return model.solve(cost_hat, tariff_hat=tariff_hat, deficits=deficits)


class TradeModel:
    """A calibrated world of many sectors, to be solved under many changes.

    Parameters are those of :func:`multi_sector`, and

    endowments : sequence of int
        Sectors whose quantity is given and not produced at will: crude oil. Their price is what their buyers pay.
    rent_share : float
        Share of an endowment's value added that is rent and not labour.
    """

    def __init__(
        self,
        flows: ArrayLike,
        value_added_share: ArrayLike,
        input_share: ArrayLike,
        absorption_share: ArrayLike,
        elasticity: ArrayLike,
        *,
        tariff: ArrayLike | None = None,
        endowments: Sequence[int] = (),
        rent_share: float = 0.8,
    ) -> None:
        trade = floats("flows", flows, 3)
        sectors, count = trade.shape[0], trade.shape[1]
        self.shape = sectors, count
        require("flows", trade, (sectors, count, count))
        own, split = floats("value_added_share", value_added_share, 2), floats("input_share", input_share, 3)
        final = floats("absorption_share", absorption_share, 2)
        require("value_added_share", own, (sectors, count), most=1.0)
        require("input_share", split, (sectors, sectors, count))
        require("absorption_share", final, (sectors, count))
        sums_to_one("absorption_share", final.sum(axis=0))
        sums_to_one("input_share", np.where(own < 1.0, split.sum(axis=0), 1.0))
        self.tariff = np.ones_like(trade) if tariff is None else floats("tariff", tariff, 3)
        require("tariff", self.tariff, trade.shape)
        if not (self.tariff > 0).all():
            raise InputError("tariff", found=f"{self.tariff.min():g}", allowed="gross factors 1 + t, above 0")
        self.own, self.final, self.inputs = own, final, split * (1.0 - own)
        self.bought = trade.sum(axis=1)
        self.shares = np.divide(trade, self.bought[:, None], out=np.zeros_like(trade), where=self.bought[:, None] > 0)
        net = trade / self.tariff
        self.output = net.sum(axis=2)
        self.made = self.output > 0
        self.endowed = np.zeros(sectors, dtype=bool)
        self.endowed[list(endowments)] = True
        self.value_added = (own * self.output).sum(axis=0)
        self._set(elasticity, rent_share)
        self.deficit = net.sum(axis=(0, 1)) - net.sum(axis=(0, 2))
        self.revenue = (trade - net).sum(axis=(0, 1))
        self.income = self.value_added + self.revenue + self.deficit
        if not (self.income > 0).all():
            worst = int(np.argmin(self.income))
            raise InputError("flows", found=f"economy {worst} spends nothing on final goods", allowed="positive income")

    def _set(self, elasticity: ArrayLike, rent_share: float) -> None:
        self.theta = elasticities(elasticity, self.shape[0])
        self.typical_theta = float(np.median(self.theta))
        if not 0.0 <= rent_share <= 1.0:
            raise InputError("rent_share", found=f"{rent_share:g}", allowed="a share from 0 to 1")
        self.rent_share = rent_share
        self.labour_share = np.where(self.endowed, 1.0 - rent_share, 1.0)[:, None] * self.own
        self.labour = (self.labour_share * self.output).sum(axis=0)
        if not (self.labour > 0).all():
            raise InputError(
                "flows", found=f"economy {int(np.argmin(self.labour))} adds no value", allowed="every economy works"
            )

    def at(self, elasticity: ArrayLike, rent_share: float) -> TradeModel:
        """The same world at other elasticities, (s,) or one, and another share of rent in an endowment's value added."""
        other = copy(self)
        other._set(elasticity, rent_share)
        return other

    def solve(
        self,
        cost_hat: ArrayLike | None = None,
        *,
        tariff_hat: ArrayLike | None = None,
        deficits: Deficits = "constant",
        quantity_hat: ArrayLike | None = None,
        fixed_cost: float | ArrayLike = 0.0,
    ) -> SectorEquilibrium:
        """The equilibrium after a change.

        Parameters
        ----------
        quantity_hat : (s, n), optional
            Quantity of endowments, after over before; read in their sectors alone.
        fixed_cost : float or (n,)
            Share of an endowment's inputs and labour that cannot be saved when its quantity falls, 0 to 1.
        """
        return _Change(self, cost_hat, tariff_hat, deficits, quantity_hat, fixed_cost).solve()


class _Change:
    """One change of a calibrated world, and the map whose fixed point is its equilibrium."""

    def __init__(
        self,
        model: TradeModel,
        cost_hat: ArrayLike | None,
        tariff_hat: ArrayLike | None,
        deficits: Deficits,
        quantity_hat: ArrayLike | None,
        fixed_cost: float | ArrayLike,
    ) -> None:
        self.model = model
        _, count = model.shape
        dear = np.ones_like(model.shares) if cost_hat is None else floats("cost_hat", cost_hat, 3, finite=False)
        require("cost_hat", dear, model.shares.shape)
        taxed = np.ones_like(model.shares) if tariff_hat is None else floats("tariff_hat", tariff_hat, 3)
        require("tariff_hat", taxed, model.shares.shape)
        change = np.ones(model.shape) if quantity_hat is None else floats("quantity_hat", quantity_hat, 2)
        require("quantity_hat", change, model.shape)
        fixed = np.broadcast_to(np.asarray(fixed_cost, dtype=float), (count,))
        if not ((fixed >= 0) & (fixed <= 1)).all():
            raise InputError("fixed_cost", found=str(fixed_cost), allowed="a share from 0 to 1")
        if not (change[model.endowed] > 0).all():
            raise InputError("quantity_hat", found=f"{change[model.endowed].min():g}", allowed="above 0")
        self.reach = model.shares * powered(dear * taxed, -np.broadcast_to(model.theta[:, None, None], dear.shape))
        self.net = 1.0 / (model.tariff * taxed)
        self.pays_tariff = bool((self.net != 1.0).any())
        self.taken = self.reach * self.net if self.pays_tariff else self.reach  # what the seller receives of it
        self.uses = np.ascontiguousarray(np.moveaxis(model.inputs, 2, 0))  # (n, input, user)
        self.log_quantity = np.where(model.endowed[:, None], np.log(np.where(change > 0, change, 1.0)), 0.0)
        self.running = fixed + (1.0 - fixed) * np.exp(self.log_quantity)  # inputs and labour of an endowment, of before
        self.deficits, self.gap = deficits, gaps(deficits, model.deficit)
        self.wanted = (model.bought > 0) | (model.final > 0) | ((model.inputs * model.output[None]).sum(axis=1) > 0)
        no_supplier(self.reach.sum(axis=1), self.wanted)
        can_be_shipped((self.reach > 0).any(axis=0), self.gap, model.value_added)

    def solve(self) -> SectorEquilibrium:
        """Find the fixed point and read the hats off it."""
        model = self.model
        sectors, count = model.shape
        state, steps = fixed_point(self._step, np.zeros(count * (2 * sectors + 1)))
        log_price, log_output, log_wage = self._parts(state)
        parts = log_price, log_output, log_wage
        appeal, reach, spending, income, rent = self._demand(self._exponent(*parts), *parts)
        can_spend(income)
        consumer = np.exp((model.final * log_price).sum(axis=0))
        flows = appeal[:, :, None] * self.reach * (spending / reach)[:, None, :]
        return SectorEquilibrium(
            income / model.income / consumer, np.exp(log_wage), consumer, np.exp(log_price), flows, rent, steps
        )

    def _parts(self, state: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        sectors, count = self.model.shape
        prices, outputs, wages = np.split(state, [sectors * count, 2 * sectors * count])
        return prices.reshape(sectors, count), outputs.reshape(sectors, count), wages

    def _exponent(self, log_price: FloatArray, log_output: FloatArray, log_wage: FloatArray) -> FloatArray:
        """Minus theta times the log of the unit cost (s, n) of what is produced, or of the price of what is given."""
        made = self.model.own * log_wage + (log_price.T[:, None] @ self.uses)[:, 0].T
        cost = np.where(self.model.endowed[:, None], log_output - self.log_quantity, made)
        return np.asarray(-self.model.theta[:, None] * cost)

    def _demand(
        self, exponent: FloatArray, log_price: FloatArray, log_output: FloatArray, log_wage: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]:
        """Appeal (s, n) of sellers, reach (s, n) and spending (s, n) of buyers, income (n,) and rent (n,).

        ``exponent`` (s, n) is the log of each seller's appeal; only its differences within a sector matter.
        """
        model = self.model
        appeal = powers(exponent)
        reach = np.where(self.wanted, (appeal[:, None] @ self.reach)[:, 0], 1.0)
        output, wage, price = model.output * np.exp(log_output), np.exp(log_wage), np.exp(log_price)
        running = model.output * self.running
        bought = (self.uses @ np.where(model.endowed[:, None], 0.0, output).T[:, :, None])[:, :, 0].T
        rent = np.zeros_like(wage)
        for o in np.flatnonzero(model.endowed):  # its inputs are quantities: they cost what they cost
            needed = model.inputs[:, o] * running[o] * price
            bought = bought + needed
            rent += output[o] - needed.sum(axis=0) - model.labour_share[o] * running[o] * wage
        earned = wage * model.labour + rent
        share = earned / model.value_added
        gap = model.deficit * share if self.deficits == "proportional" else self.gap
        income = earned + gap
        if self.pays_tariff:
            kept = 1.0 - (appeal[:, None] @ self.taken)[:, 0] / reach
            income = income + ((bought + model.final * income) * kept).sum(axis=0) / (
                1.0 - (model.final * kept).sum(axis=0)
            )
        return appeal, reach, bought + model.final * positive(income), income, rent

    def _step(self, state: FloatArray) -> FloatArray:
        """One pass over prices, outputs and wages together."""
        model = self.model
        log_price, log_output, log_wage = self._parts(state)
        exponent, theta = self._exponent(log_price, log_output, log_wage), model.theta[:, None]
        appeal, reach, spending, _, rent = self._demand(exponent, log_price, log_output, log_wage)
        largest = exponent.max(axis=1, keepdims=True)  # what powers took out
        new_price = np.where(self.wanted, -(np.log(reach) + largest) / theta, 0.0)
        sold = appeal * (self.taken @ (spending / reach)[:, :, None])[:, :, 0]
        new_output = np.log(np.divide(sold, model.output, out=np.ones_like(sold), where=model.made & (sold > 0)))
        new_output = np.where(
            model.endowed[:, None], log_output + (new_output - log_output) / (1.0 + theta), new_output
        )
        wage = np.exp(log_wage)
        hired = np.where(
            model.endowed[:, None], model.labour_share * model.output * self.running * wage, model.labour_share * sold
        ).sum(axis=0)
        new_wage = log_wage + np.log(hired / (wage * model.labour)) / (1.0 + model.typical_theta)
        world = (np.exp(new_wage) * model.labour + rent).sum() / model.value_added.sum()
        shift = np.log(world) if world > 0 else 0.0
        return np.concatenate([(new_price - shift).ravel(), (new_output - shift).ravel(), new_wage - shift])
