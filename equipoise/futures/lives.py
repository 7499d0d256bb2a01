"""What is asked of every future: policies, weightings of whose threats come how often, and the threats themselves.

Nothing here is a forecast: a weighting is an assumption that is named.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from equipoise.case import Case
from equipoise.futures.policies import Levers, Policy

__all__ = ["QUARTERS", "Hazards", "Question", "Threat", "Weighting", "hazards_of", "threats_of", "weightings_of"]

FloatArray = NDArray[np.float64]
QUARTERS = 4
DAYS = 365.25 / QUARTERS
AT_LARGE = frozenset({"goods", "imports", "exports", "road", "rail"})
"""What the register calls the goods of a threat that takes a share of all of them."""
JEFFREYS = 0.5
"""What the prior adds to the episodes counted: the shape of the posterior of a rate."""


@dataclass(frozen=True, slots=True)
class Weighting:
    """Whose threats come how often: those of ``raised`` at the upper end of their record; of the others ``none``, those that
    were ``seen`` at the posterior of their rate, or all at theirs (``prior``)."""

    id: str
    name: str
    raised: tuple[str, ...]
    others: str


@dataclass(frozen=True, slots=True)
class Threat:
    """A threat that closes ``links`` and ``channels``, or with ``all`` every one that its power controls; ``goods`` where what it
    takes is a share of trade at large, and not of some goods whose share in that trade nobody published."""

    id: str
    power: str
    hazard: bool
    links: tuple[str, ...]
    channels: tuple[str, ...]
    goods: bool
    all: bool


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of every future."""

    commodity: str
    year: int
    until: int
    policies: tuple[Policy, ...]
    weightings: tuple[Weighting, ...]
    threats: tuple[Threat, ...]
    powers: tuple[str, ...]
    crossed: str
    seed: int

    @property
    def quarters(self) -> FloatArray:
        """The beginning of each quarter that is lived through, in years."""
        return self.year + 1 + np.arange((self.until - self.year) * QUARTERS) / QUARTERS


def weightings_of(case: Case) -> tuple[Weighting, ...]:
    """The weightings of a case, in the order of its register."""
    return tuple(
        Weighting(row["weighting"], row["name"], tuple(filter(None, row["raised"].split(";"))), row["others"])
        for row in case.table("weightings").iter_rows(named=True)
    )


def threats_of(case: Case, powers: Sequence[str]) -> tuple[Threat, ...]:
    """The threats of a case that close something, flags left out."""
    made = []
    for row in case.table("threats").iter_rows(named=True):
        links, channels = (tuple(filter(None, row[name].split(";"))) for name in ("links", "channels"))
        whole = row["links"] == "all" and row["power"] in powers
        if row["kind"] != "flag" and (whole or row["links"] != "all"):
            made.append(
                Threat(row["threat"], row["power"], row["kind"] == "hazard", () if whole else links,
                       () if whole else channels, bool(AT_LARGE & set(row["commodities"].split(";"))), whole)
            )  # fmt: skip
    return tuple(made)


@dataclass(frozen=True, slots=True)
class Hazards:
    """How often threats come and what they do: ``shape`` (J,) of the posterior of each rate, ``mean`` and ``high`` (J,) events a
    year; ``raised`` and ``drawn`` (W, J) say under which weighting a threat comes as often as ``high``, or as its posterior is
    drawn; ``size`` (J, 3) the share that an event closes, ``lasting`` (J, 3) quarters, each low, mode and high."""

    shape: FloatArray
    mean: FloatArray
    high: FloatArray
    raised: NDArray[np.bool_]
    drawn: NDArray[np.bool_]
    size: FloatArray
    lasting: FloatArray

    def rates(self, posterior: FloatArray) -> FloatArray:
        """Events a year (K, W, J) from draws of gamma variables of these shapes (K, J). What has no rate never comes."""
        drawn = self.mean * posterior / self.shape
        return np.where(self.raised, self.high, np.where(self.drawn, drawn[:, None, :], 0.0))


def hazards_of(levers: Levers, threats: Sequence[Threat], weightings: Sequence[Weighting]) -> Hazards:
    """The hazards of a case, from the record of each threat. An event draws its size and its length anew, so that no redraw of
    the case counts."""
    rows = [
        [levers.ranges.get((f"threat_{name}", one.id)) for one in threats] for name in ("rate", "reach", "duration")
    ]
    size, lasting = (
        np.array([[row[end] for end in ("low", "mean", "high")] if row else [0.0] * 3 for row in found])
        for found in rows[1:]
    )
    shape = np.array([(levers.figures.value("threat_episodes", one.id) or 0.0) + JEFFREYS for one in threats])
    mean, high = (np.array([row[end] if row else 0.0 for row in rows[0]]) for end in ("mean", "high"))
    others = ["seen" if one.hazard else "" for one in threats]
    raised = np.array([[one.power in w.raised and not one.hazard for one in threats] for w in weightings])
    drawn = np.array([
        [(other or w.others) == "prior" or ((other or w.others) == "seen" and shape[j] > JEFFREYS)
         for j, other in enumerate(others)]
        for w in weightings
    ])  # fmt: skip
    return Hazards(shape, mean, high, raised, drawn, size, lasting / DAYS)
