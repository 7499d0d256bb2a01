"""How policies fare: what each future takes from real income under each policy, by the trade equilibrium.

Policies act on the oil that is carried; all else that a power closes is the same under each of them. So in one future the
loss of real income to a power is a curve of one figure, the share of the endowment that finds no way out, and the
equilibrium is solved exactly at four points of it; between them a cubic passes (a test prints how far off it is).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from equipoise.futures.lives import Life
from equipoise.income.inputs import Inputs, Known
from equipoise.income.losses import Act, Losses
from equipoise.maths.ensemble import triangular
from equipoise.trade import losses
from equipoise.world import VARIANTS, open_regions

__all__ = ["Curves", "Outcomes", "between", "quarterly"]

FloatArray = NDArray[np.float64]
NODES = np.array([0.0, 1.0 / 3.0, 2.0 / 3.0, 1.0])
"""Shares of the endowment lost at which the equilibrium is solved."""


class Curves:
    """Loss of real income by share of the endowment lost, one curve for each future and power, and for no power at all."""

    def __init__(self, inputs: Inputs) -> None:
        if inputs.main is None:
            raise ValueError("no horizon")  # the caller has asked Inputs.studied
        self.inputs, self.horizon, self.powers = inputs, inputs.main, inputs.powers
        worlds = [open_regions(name) for name in VARIANTS] if inputs.regional else [inputs.gathered()]
        self.worlds = [Losses(inputs, world) for world in worlds]
        self.figures: Mapping[str, Known] = inputs.figures(self.horizon, self.powers)
        self.labels = tuple(self.figures)
        self.beside = np.array([inputs.beside_oil(power, self.horizon) for power in self.powers])

    @property
    def dimensions(self) -> int:
        """Chances that a future needs: one for each figure, and the last for the world."""
        return len(self.labels) + 1

    def values(self, chance: FloatArray) -> tuple[dict[str, float], int]:
        """The figures of one future, and which world it is."""
        drawn = {
            label: float(triangular(k.low, k.value, k.high, chance[i]))
            for i, (label, k) in enumerate(self.figures.items())
        }
        return drawn, min(int(chance[-1] * len(self.worlds)), len(self.worlds) - 1)

    def exact(self, chances: FloatArray, powers: Sequence[str], shares: FloatArray) -> FloatArray:
        """Loss of real income, %, (futures, powers, shares), solved at these shares (futures, powers, shares); the power
        ``""`` is nobody: only the oil finds no way out."""
        tasks, beside = [], np.zeros(shares.shape)
        for k, chance in enumerate(chances):
            drawn, which = self.values(chance)
            for i, power in enumerate(powers):
                act = Act.of([power] if power else [])
                beside[k, i] = sum(self.worlds[0].terms(act, drawn).values()) if power else 0.0
                for share in shares[k, i]:
                    here = {**drawn, f"oil_lost.{power}": float(share)}
                    tasks.append((which, Losses.setting(here), self.worlds[which].change(act, here)))
        solved = losses([world.economy for world in self.worlds], tasks)
        return np.asarray(solved[:, self.worlds[0].economy.home].reshape(shares.shape) + beside)

    def at(self, chances: FloatArray) -> FloatArray:
        """The curves at their nodes (futures, powers + 1, nodes); the last is nobody's."""
        shares = np.broadcast_to(NODES, (len(chances), len(self.powers) + 1, len(NODES)))
        return self.exact(chances, [*self.powers, ""], shares)


def between(curve: FloatArray, share: FloatArray) -> FloatArray:
    """The cubic through the nodes of curves (..., 4) at shares (...)."""
    found = np.zeros(np.broadcast_shapes(curve.shape[:-1], share.shape))
    for i, node in enumerate(NODES):
        others = np.delete(NODES, i)
        found = found + curve[..., i] * np.prod([(share - other) / (node - other) for other in others], axis=0)
    return found


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What came out, by policy (P) and future (K): ``loss`` (P, I, K) to each power in the last year, % of real income;
    ``mean`` (P, W, 2, K) the mean yearly loss along the way, ``lost`` Mt a year not exported, ``sales`` bln USD a year; ``off``,
    ``exports`` (P, K) Mt a year; ``capex`` bln USD, ``running`` mln USD a year, ``yearly`` cost with the charge on capital."""

    loss: FloatArray
    mean: FloatArray
    lost: FloatArray
    sales: FloatArray
    off: FloatArray
    exports: FloatArray
    capex: FloatArray
    running: FloatArray
    yearly: FloatArray

    @property
    def worst(self) -> FloatArray:
        """The largest loss to one power (P, K)."""
        return np.asarray(self.loss.max(axis=1))


def quarterly(life: Life, curve: FloatArray, column: Sequence[int], beside: FloatArray) -> FloatArray:
    """Loss of real income, % of a year's, in each quarter (P, W, 2, T) of a future.

    What oil finds no way out is the loss of nobody's curve. While a power withdraws everything, the loss is that of its own
    curve, for as much of the quarter; of several powers the largest counts, for single losses must not be added.
    """
    weight = beside[:, 0].max(initial=0.0)
    share = np.clip(1.0 - life.shipped / life.today, 0.0, 1.0) * (1.0 - weight)
    oil = between(curve[-1], share)
    whole = life.whole[..., column]
    beyond = [
        whole[..., i] * np.clip(between(curve[i], share + beside[i, 0] * beside[i, 1]) - oil, 0.0, None)
        for i in range(len(column))
    ]
    return oil + (np.max(beyond, axis=0) if beyond else 0.0)
