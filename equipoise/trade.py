"""Trade: what an economy's real income becomes when others stop trading with it, and when its oil finds no way out.

The world of 2022 (:mod:`equipoise.world`), balanced, is solved exactly after the change. Crude oil is an endowment: what
cannot be shipped is a quantity, taken from the corridors, and never also a lost market or a lost rent. So a tonne is lost
once. Elasticities are those of the horizon.

References
----------
Boehm, Levchenko, Pandalai-Nayar (2023), The long and short (run) of trade elasticities. doi:10.1257/aer.20210225
Caliendo, Parro (2015), doi:10.1093/restud/rdu035
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from equipoise.errors import InputError
from equipoise.maths.equilibrium import SectorEquilibrium, TradeModel
from equipoise.world import World

__all__ = ["OIL", "Economy", "Setting"]

FloatArray = NDArray[np.float64]

OIL = "OILGAS"
"""The sector whose quantity is given."""
NOTHING = 1e-9
"""What is left of a quantity of which nothing is left: its logarithm must exist."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What belongs to a horizon: the trade elasticity of goods, that of oil among suppliers, the share of the costs of oil
    that cannot be saved when wells are shut, and the share of its value added that is rent."""

    elasticity: float
    oil_elasticity: float
    stuck_cost: float
    rent_share: float


class Economy:
    """One state in a world economy, to be tried under many changes."""

    def __init__(self, world: World, home: str, setting: Setting) -> None:
        found = world.places([home])
        if not found:
            known = ", ".join(sorted(world.inside))
            raise InputError("home", found=home, allowed=f"one of the economies of the bundled world: {known}")
        self.world, self.home, self.setting = world, found[0], setting
        self._oil = world.sectors.index(OIL)
        theta = np.full(len(world.sectors), setting.elasticity)
        theta[self._oil] = setting.oil_elasticity
        shares = world.value_added_share, world.input_share, world.absorption_share
        self._model = TradeModel(world.balanced, *shares, theta, endowments=[self._oil], rent_share=setting.rent_share)

    @property
    def exported(self) -> float:
        """Share of the state's oil that is exported."""
        sold = self.world.balanced[self._oil, self.home]
        return float(1.0 - sold[self.home] / sold.sum()) if sold.sum() > 0 else 0.0

    def after(self, leaving: Sequence[int] = (), *, oil_lost: float = 0.0) -> SectorEquilibrium:
        """The world when these economies trade with the state no more, and a share of its oil exports finds no way out.

        Parameters
        ----------
        leaving : sequence of int
            Positions of economies; all trade with each is closed, both ways.
        oil_lost : float
            Share of the tonnes exported, 0 to 1, that is lost for want of a way.

        Raises
        ------
        InputError
            The state is to leave itself, or the share is none.
        """
        if self.home in leaving:
            raise InputError("coalition", found="the state itself", allowed="others")
        if not 0.0 <= oil_lost <= 1.0:
            raise InputError("oil_lost", found=f"{oil_lost:g}", allowed="a share from 0 to 1")
        cost = np.ones_like(self.world.balanced)
        for economy in leaving:
            cost[:, economy, self.home] = cost[:, self.home, economy] = np.inf
        quantity = np.ones(cost.shape[:2])
        quantity[self._oil, self.home] = max(NOTHING, 1.0 - oil_lost * self.exported)
        return self._model.solve(cost, quantity_hat=quantity, fixed_cost=self.setting.stuck_cost)

    def loss(self, leaving: Sequence[int] = (), *, oil_lost: float = 0.0) -> FloatArray:
        """Real income lost by every economy (n,), %: see :meth:`after`."""
        return 100.0 * (1.0 - self.after(leaving, oil_lost=oil_lost).real_income)

    def average(self, loss: FloatArray, members: Sequence[int]) -> float:
        """The loss of several economies as one, %: weighted by their output."""
        output = self.world.balanced[:, list(members)].sum(axis=(0, 2))
        return float(np.average(loss[list(members)], weights=output))

    def autarky(self) -> float:
        """Real income lost, %, if the state traded with nobody: the bound of every other loss."""
        everyone = [economy for economy in range(len(self.world.economies)) if economy != self.home]
        return float(self.loss(everyone)[self.home])
