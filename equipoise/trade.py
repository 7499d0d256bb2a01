"""Trade: what an economy's real income becomes when others stop trading with it, and when its oil finds no way out.

The world of 2022 (:mod:`equipoise.world`), balanced, is solved exactly after the change. Crude oil is an endowment: what
cannot be shipped is a quantity, taken from the corridors, and never also a lost market or a lost rent. So a tonne is lost
once; the tonnes that are still shipped may have become dearer to deliver. Elasticities are those of the horizon.

References
----------
Boehm, Levchenko, Pandalai-Nayar (2023), The long and short (run) of trade elasticities. doi:10.1257/aer.20210225
Caliendo, Parro (2015), doi:10.1093/restud/rdu035
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from equipoise.errors import InputError
from equipoise.maths.equilibrium import TradeModel, solve_many
from equipoise.world import World

__all__ = ["OIL", "ORE", "Change", "Economy", "Setting", "losses"]

FloatArray = NDArray[np.float64]

OIL, ORE = "OILGAS", "METORE"
"""The sector whose quantity is given, and that of ores, uranium among them."""
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


@dataclass(frozen=True, slots=True)
class Change:
    """What others close, and what the routes no longer carry.

    ``exports`` and ``imports`` map positions of economies to the share of the state's sales to them, and purchases from
    them, that is closed: a share of the varieties traded, so that a share of one leaves nothing. ``sectors`` limits the
    closure to some sectors. ``oil_lost`` is the share of the oil exported that finds no way out, ``oil_dearer`` the rise of
    the delivered cost of the rest over its price.

    Raises
    ------
    InputError
        A share is none.
    """

    exports: Mapping[int, float] = field(default_factory=dict)
    imports: Mapping[int, float] = field(default_factory=dict)
    oil_lost: float = 0.0
    oil_dearer: float = 0.0
    sectors: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        shares = {"exports": self.exports.values(), "imports": self.imports.values(), "oil_lost": [self.oil_lost]}
        for name, values in shares.items():
            for share in values:
                if not 0.0 <= share <= 1.0:
                    raise InputError(name, found=f"{share:g}", allowed="a share from 0 to 1")


class Economy:
    """One state in a world economy, to be tried under many changes.

    With ``deficits`` the world is as it was, and trade deficits stay the share of income that they are; without, they are taken
    out before any change, for a deficit held can fake an answer: a surplus that nobody is left to take cannot be kept.
    """

    def __init__(self, world: World, home: str, *, deficits: bool = False) -> None:
        found = world.places([home])
        if not found:
            known = ", ".join(sorted(world.inside))
            raise InputError("home", found=home, allowed=f"one of the economies of the bundled world: {known}")
        self.world, self.home, self.deficits = world, found[0], deficits
        self.oil = world.sectors.index(OIL)

    @cached_property
    def exported(self) -> float:
        """Share of the state's oil that is exported."""
        sold = self.world.balanced[self.oil, self.home]
        return float(1.0 - sold[self.home] / sold.sum()) if sold.sum() > 0 else 0.0

    def loss(self, setting: Setting, change: Change) -> FloatArray:
        """Real income lost by every economy (n,), %, after one change: see :func:`losses`."""
        return np.asarray(losses([self], [(0, setting, change)])[0])

    def average(self, loss: FloatArray, members: Sequence[int]) -> float:
        """The loss of several economies as one, %: weighted by their income."""
        return float(np.average(loss[list(members)], weights=self.income[list(members)]))

    @cached_property
    def income(self) -> FloatArray:
        """Value added of every economy (n,), mln USD of the balanced world."""
        return np.asarray((self.world.value_added_share * self.world.balanced.sum(axis=2)).sum(axis=0))

    def alone(self) -> Change:
        """Trade with nobody: the bound of every other change."""
        others = {place: 1.0 for place in range(len(self.world.economies)) if place != self.home}
        return Change(others, others)

    def theta(self, setting: Setting) -> FloatArray:
        """Trade elasticities (s,) under a setting."""
        theta = np.full(len(self.world.sectors), setting.elasticity)
        theta[self.oil] = setting.oil_elasticity
        return theta

    @cached_property
    def model(self) -> TradeModel:
        """The calibrated world, its oil an endowment; a setting changes its elasticities and its share of rent."""
        shares = self.world.value_added_share, self.world.input_share, self.world.absorption_share
        flows = self.world.flows if self.deficits else self.world.balanced
        return TradeModel(flows, *shares, 1.0, endowments=[self.oil])


def losses(
    economies: Sequence[Economy],
    tasks: Sequence[tuple[int, Setting, Change]],
    *,
    strict: bool = True,
    progress: Callable[[int, int], None] | None = None,
) -> FloatArray:
    """Real income lost by every economy, %, (k, n), in each of k tasks: which of the worlds, its setting, and the change.

    Parameters
    ----------
    economies : sequence of Economy
        The same home in worlds of the same economies and sectors.
    tasks : sequence
        Position among them, setting, change.
    strict : bool
        Raise where there is no equilibrium; else what has none is no number (nan).
    progress : callable, optional
        Told how many are solved, and of how many.

    Raises
    ------
    InputError
        The home is to leave itself.
    SolverError
        There is no equilibrium; the message says why.
    """
    if not tasks:
        return np.zeros((0, len(economies[0].world.economies)))
    one, count = economies[0], len(tasks)
    names, size = one.world.sectors, len(one.world.economies)
    limited = any(change.sectors for _, _, change in tasks)
    kept = {out: np.ones((count, len(names) if limited else 1, size)) for out in (True, False)}
    quantity = np.ones(count)
    for k, (_, _, change) in enumerate(tasks):
        touched = [names.index(name) for name in change.sectors] or slice(None)
        for out, shares in ((True, change.exports), (False, change.imports)):
            if one.home in shares:
                raise InputError("coalition", found="the state itself", allowed="others")
            for place, share in shares.items():
                kept[out][k, touched, place] = 1.0 - share
        quantity[k] = max(NOTHING, 1.0 - change.oil_lost * economies[tasks[k][0]].exported)
    settings = [setting for _, setting, _ in tasks]
    found = solve_many(
        [economy.model for economy in economies], one.home, world=[world for world, _, _ in tasks],
        elasticity=np.array([one.theta(setting) for setting in settings]),
        exports_kept=kept[True] if limited else kept[True][:, 0], imports_kept=kept[False] if limited else kept[False][:, 0],
        delivery_cost=np.array([1.0 + max(change.oil_dearer, -0.99) for _, _, change in tasks]), quantity_hat=quantity,
        fixed_cost=np.array([setting.stuck_cost for setting in settings]),
        rent_share=np.array([setting.rent_share for setting in settings]), strict=strict, progress=progress,
        deficits="proportional" if one.deficits else "constant",
    )  # fmt: skip
    return 100.0 * (1.0 - found.real_income)
