"""How policies fare: what came out of the futures, policies leading."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Outcomes"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What came out, by policy (P) and future (K): ``loss`` (P, I, K) to each power in the last year, % of real income;
    ``mean`` (P, W, 2, K) the mean yearly loss along the way, ``lost`` Mt a year not exported, ``sales`` and ``fiscal`` receipts
    bln USD a year; ``off``, ``exports`` (P, K) Mt a year; ``capex`` bln USD, ``running`` mln USD a year, ``yearly`` cost with the
    charge on capital; of each commodity what is ``carried`` (P, C, K) in the last year while nobody withdraws, and what each
    power leaves that closes all it can, ``left`` (P, I, C, K), in its unit; of none where it was not asked; ``path``
    (P, W, 2, Y, F) the mean loss of each year, of the first F futures alone."""

    loss: FloatArray
    mean: FloatArray
    lost: FloatArray
    sales: FloatArray
    fiscal: FloatArray
    off: FloatArray
    exports: FloatArray
    capex: FloatArray
    running: FloatArray
    yearly: FloatArray
    carried: FloatArray
    left: FloatArray
    path: FloatArray

    @property
    def worst(self) -> FloatArray:
        """The largest loss to one power (P, K)."""
        return np.asarray(self.loss.max(axis=1))
