"""One state's arcs and endowment under very many changes at once, in a world of many sectors, compiled.

What :class:`TradeModel` solves in milliseconds, one change at a time, is solved here in a fraction of one, on several
threads. Scenarios may differ in what a horizon or a draw changes: elasticities, whose trade is closed, costs, the
endowment, and which of several worlds of the same shape it is.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equipoise.errors import InputError, SolverError
from equipoise.maths.equilibrium.checks import Deficits, gaps
from equipoise.maths.equilibrium.many import TradeModel

__all__ = ["Equilibria", "solve_many"]

FloatArray = NDArray[np.float64]
BLOCK = 64
"""Scenarios that a thread takes at a time; what they give does not depend on it."""


@dataclass(frozen=True, slots=True)
class Equilibria:
    """Many equilibria: ``real_income`` (k, n), hats; ``rent`` (k, n) of endowments as a share of income; ``steps`` (k,);
    ``converged`` (k,), whether an equilibrium was found: where not, the rest is not a number."""

    real_income: FloatArray
    rent: FloatArray
    steps: NDArray[np.int64]
    converged: NDArray[np.bool_]


def solve_many(
    models: TradeModel | Sequence[TradeModel],
    home: int,
    *,
    world: ArrayLike = 0,
    elasticity: ArrayLike | None = None,
    exports_kept: ArrayLike = 1.0,
    imports_kept: ArrayLike = 1.0,
    delivery_cost: ArrayLike = 1.0,
    quantity_hat: ArrayLike = 1.0,
    fixed_cost: ArrayLike = 0.0,
    rent_share: ArrayLike | None = None,
    deficits: Deficits = "constant",
    strict: bool = True,
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Equilibria:
    """Solve k scenarios that change the trade and the endowment of one economy, as :meth:`TradeModel.solve` would.

    What is given for one scenario alone holds for all; what is given for k, as many as everything else given for more.

    Parameters
    ----------
    models : TradeModel or sequence of TradeModel
        Worlds of the same shape and with the same endowments, without tariffs. Their elasticities and rent shares are
        those of scenarios that give none.
    home : int
        Position of the economy whose arcs change.
    world : int or (k,)
        Position of the model of each scenario.
    elasticity : (s,) or (k, s), optional
        Trade elasticities, > 0.
    exports_kept, imports_kept : float, (k, n) or (k, s, n)
        What each economy would buy from the home, and the home from it, at the old prices, of before: 1 all, 0 closes. Costs
        that change by a ratio are that ratio to the power minus the elasticity. What stands for the home is not read.
    delivery_cost : float or (k,)
        Ratio of the iceberg costs of selling the home's endowments to others, > 0.
    quantity_hat : float or (k,)
        Quantity of the home's endowments, after over before, > 0.
    fixed_cost : float or (k,)
        Share of the costs of an endowment that cannot be saved, 0 to 1.
    rent_share : float or (k,), optional
        Share of an endowment's value added that is rent.
    strict : bool
        Whether a scenario without an equilibrium is an error. If not, its row is not a number and is told apart.
    threads : int, optional
        Threads; all processors by default. The same bits whatever their number.
    progress : callable, optional
        Told how many scenarios are solved, and of how many.

    Raises
    ------
    InputError
        Of the wrong shape or out of bounds; a tariff.
    SolverError
        A scenario has no equilibrium, or none was found, by this solver nor by that of one scenario; it is named.

    Examples
    --------
    >>> import numpy as np
    >>> from equipoise.maths.equilibrium import TradeModel, solve_many
    >>> ones = np.ones((1, 3))
    >>> model = TradeModel([[[60.0, 10, 10], [10, 60, 10], [10, 10, 60]]], ones, ones[None], ones, 4.0)
    >>> kept = np.array([[1, 1, 1], [1, 0, 0]])
    >>> solve_many(model, 0, exports_kept=kept, imports_kept=kept).real_income[:, 0].round(6).tolist()
    [1.0, 0.930605]
    """
    known = [models] if isinstance(models, TradeModel) else list(models)
    given = _Scenarios(
        known, home, world=world, elasticity=elasticity, exports_kept=exports_kept, imports_kept=imports_kept,
        delivery_cost=delivery_cost, quantity_hat=quantity_hat, fixed_cost=fixed_cost, rent_share=rent_share,
    )  # fmt: skip
    return given.solve(deficits, strict, threads or os.cpu_count() or 1, progress)


class _Scenarios:
    """Scenarios laid out in arrays, each with its k rows."""

    def __init__(self, models: list[TradeModel], home: int, **given: ArrayLike | None) -> None:
        self.models, self.home = _alike(models), home
        sectors, count = models[0].shape
        if not 0 <= home < count:
            raise InputError("home", found=home, allowed=f"a position from 0 to {count - 1}")
        arrays = {name: np.asarray(value, dtype=float) for name, value in given.items() if value is not None}
        if "elasticity" in arrays and arrays["elasticity"].ndim == 1:
            arrays["elasticity"] = arrays["elasticity"][None]
        for name in ("exports_kept", "imports_kept"):
            if arrays[name].ndim == 2:
                arrays[name] = arrays[name][:, None]
            elif not arrays[name].ndim:
                arrays[name] = np.full((1, 1, count), arrays[name])
        rows = {name: len(array) for name, array in arrays.items() if array.ndim and len(array) != 1}
        self.count = max(rows.values(), default=1)
        arcs: list[tuple[int, ...]] = [(1, count), (sectors, count)]
        tails: dict[str, list[tuple[int, ...]]] = {
            "elasticity": [(sectors,)],
            "exports_kept": arcs,
            "imports_kept": arcs,
        }
        for name, array in arrays.items():
            if array.ndim and (array.shape[1:] not in tails.get(name, [()]) or len(array) not in (1, self.count)):
                raise InputError(
                    name, found=f"shape {array.shape}",
                    allowed=f"{self.count} scenarios, {sectors} sectors, {count} economies, in this order",
                )  # fmt: skip
            _within(name, array, len(models))
            arrays[name] = np.ascontiguousarray(np.broadcast_to(array, (self.count, *array.shape[1:])))
        own = np.array([model.theta for model in models]), np.array([model.rent_share for model in models])
        self.world = arrays["world"].astype(int)
        self.theta = arrays.get("elasticity", own[0][self.world])
        self.rent_share = arrays.get("rent_share", own[1][self.world])
        self.exports, self.imports = arrays["exports_kept"], arrays["imports_kept"]
        self.delivery, self.quantity, self.fixed = arrays["delivery_cost"], arrays["quantity_hat"], arrays["fixed_cost"]

    def solve(
        self, deficits: Deficits, strict: bool, threads: int, progress: Callable[[int, int], None] | None
    ) -> Equilibria:
        """Solve blocks of scenarios of the same world on threads; what was not found there, slowly."""
        from equipoise.maths.equilibrium.compiled import CONVERGED, Change, solve_all

        change = Change(
            self.home, self.theta, np.median(self.theta, axis=1), self.exports, self.imports, self.delivery,
            self.quantity, self.fixed, self.rent_share,
        )  # fmt: skip
        shape = self.count, self.models[0].shape[1]
        income, rent = np.full(shape, np.nan), np.full(shape, np.nan)
        steps, fate = np.zeros(self.count, dtype=np.int64), np.full(self.count, -1, dtype=np.int64)
        work: list[Callable[[], int]] = []
        size = max(1, min(BLOCK, self.count // (4 * threads)))
        for place, model in enumerate(self.models):
            rows, calibrated = np.flatnonzero(self.world == place), _arrays(model, deficits)
            for start in range(0, len(rows), size):
                block = rows[start : start + size]
                work.append(partial(_solved, solve_all, calibrated, change, block, income, rent, steps, fate))
        done = 0
        with ThreadPoolExecutor(threads) as pool:
            for solved in pool.map(lambda block: block(), work):
                done += solved
                if progress:
                    progress(done, self.count)
        for row in np.flatnonzero(fate != CONVERGED):
            income[row], rent[row], steps[row] = np.nan, np.nan, 0
            try:
                income[row], rent[row], steps[row] = self._slowly(int(row), deficits)
            except SolverError as failure:
                if strict:
                    raise SolverError(f"Scenario {row}: {failure}") from failure
        return Equilibria(income, rent, steps, steps > 0)

    def _slowly(self, row: int, deficits: Deficits) -> tuple[FloatArray, FloatArray, int]:
        """The scenario by the solver that explains itself."""
        home, place = self.home, int(self.world[row])
        model = self.models[place].at(self.theta[row], float(self.rent_share[row]))
        sectors, count = model.shape
        cost, quantity = np.ones((sectors, count, count)), np.ones((sectors, count))
        with np.errstate(divide="ignore"):
            cost[:, home] = self.exports[row] ** (-1.0 / model.theta[:, None])
            cost[:, :, home] = self.imports[row] ** (-1.0 / model.theta[:, None])
        cost[model.endowed, home] *= self.delivery[row]
        cost[:, home, home] = 1.0
        quantity[:, home] = self.quantity[row]
        found = model.solve(cost, deficits=deficits, quantity_hat=quantity, fixed_cost=float(self.fixed[row]))
        income = found.real_income * found.consumer_price * model.income
        return found.real_income, found.rent / income, found.steps


def _solved(solve_all: Callable[..., None], world: Any, change: Any, rows: NDArray[np.int64], *results: Any) -> int:
    solve_all(world, change, rows, *results)
    return len(rows)


def _alike(models: list[TradeModel]) -> list[TradeModel]:
    """Worlds that one kernel can take."""
    if not models:
        raise InputError("models", found="none", allowed="one or more")
    for model in models:
        if model.shape != models[0].shape or (model.endowed != models[0].endowed).any():
            raise InputError(
                "models", found=f"shapes {models[0].shape} and {model.shape}", allowed="one shape, the same endowments"
            )
        if (model.tariff != 1.0).any():
            raise InputError("models", found="a world with tariffs", allowed="none", remedy="use TradeModel.solve")
    return models


def _within(name: str, array: FloatArray, worlds: int) -> None:
    """Hold an argument to what it may be."""
    if name == "world":
        good, allowed = np.isin(array, np.arange(worlds)), f"whole numbers from 0 to {worlds - 1}"
    elif name in ("fixed_cost", "rent_share"):
        good, allowed = (array >= 0) & (array <= 1), "shares from 0 to 1"
    elif name in ("exports_kept", "imports_kept"):
        good, allowed = (array >= 0) & (array < np.inf), "numbers from 0, which closes"
    else:
        good, allowed = (array > 0) & (array < np.inf), "numbers above 0"
    if not good.all():
        raise InputError(name, found=f"{array[~good][0]:g}", allowed=allowed)


def _arrays(model: TradeModel, deficits: Deficits) -> Any:
    """A calibrated world as the kernel reads it."""
    from equipoise.maths.equilibrium.compiled import World

    uses = np.ascontiguousarray(np.moveaxis(model.inputs, 2, 0))
    used = np.ascontiguousarray(np.moveaxis(model.inputs, 2, 0).transpose(0, 2, 1))
    wanted = (model.bought > 0) | (model.final > 0) | ((model.inputs * model.output[None]).sum(axis=1) > 0)
    own, final, output = (np.ascontiguousarray(array) for array in (model.own, model.final, model.output))
    return World(
        np.ascontiguousarray(model.shares), uses, used, own, final, output, wanted, model.value_added, model.income,
        gaps(deficits, model.deficit), model.endowed, deficits == "proportional",
    )  # fmt: skip
