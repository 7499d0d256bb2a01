"""The bundled world economy of 2022: who sells what to whom, by sector, with inputs and final demand.

Based on OECD (2025), Inter-Country Input-Output Tables (CC BY 4.0), modified: aggregated, rest of the world re-estimated,
final demand allocated to buyers. Also UNCTADstat; World Bank WDI (CC BY 4.0); CEPII BACI; Bureau of National Statistics
of Kazakhstan; CIA World Factbook. ``README.md`` beside this file says what is estimated and how.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from equipoise.errors import InputError
from equipoise.maths.equilibrium import multi_sector

__all__ = ["SOURCE", "VARIANTS", "World", "open_regions", "open_world"]

FloatArray = NDArray[np.float64]

SOURCE = "world2022"
"""The id by which derived facts cite this world."""
_HASHES = {
    "world2022.npz": "7cfee81229a3def48e52db57c7307ea00c2f6fe51387f3cdd3a6a645f0cb37db",
    "world2022_r12_variants.npz": "180d2f88203431bdcde26100c05f2b945eed13bdc752c9ca9382968ac0e7c991",
}
VARIANTS = (
    "base", "no_customs_anchor", "intermediate_pattern", "intermediate_pattern_no_anchor", "pair_total_pattern",
    "goods2015_totals_no_anchor", "importer_proportional_no_anchor", "less_final_trade", "more_final_trade",
)  # fmt: skip
"""Ways of allocating final demand to its buyers, which nobody publishes: a choice of model, to be spread over."""
BALANCED_AT = 5.0
"""Trade elasticity at which deficits are taken out of the world, once: at the elasticities of a year that is itself a shock."""


@dataclass(frozen=True)
class World:
    """A world economy whose shares reproduce its flows, mln USD: *s* sectors, *n* economies.

    ``flows`` (s, n, n) [sector, exporter, importer]; ``value_added_share`` (s, n); ``input_share`` (s, s, n) [input, user,
    economy]; ``absorption_share`` (s, n); ``inside`` the economy that each state belongs to.
    """

    economies: tuple[str, ...]
    sectors: tuple[str, ...]
    flows: FloatArray
    value_added_share: FloatArray
    input_share: FloatArray
    absorption_share: FloatArray
    inside: dict[str, str]

    def places(self, states: Iterable[str]) -> list[int]:
        """Positions of the economies that these states make up; a part of a larger economy is not told apart."""
        given = set(states)
        whole = [name for name in self.economies if (of := self._states(name)) and of <= given]
        return [self.economies.index(name) for name in whole]

    def gathered(self, groups: Mapping[str, Sequence[int]]) -> World:
        """The same world with economies put together: each once, in the groups named. Flows are summed, never shares."""
        belongs = np.zeros((len(self.economies), len(groups)))
        for column, places in enumerate(groups.values()):
            belongs[list(places), column] = 1.0
        if not (belongs.sum(axis=1) == 1.0).all():
            raise InputError("groups", found="an economy in none or in two", allowed="each economy in one group")
        output = self.flows.sum(axis=2)
        by_user = self.input_share * ((1.0 - self.value_added_share) * output)
        wanted = self.flows.sum(axis=1) - by_user.sum(axis=1)
        name_of = {self.economies[place]: name for name, places in groups.items() for place in places}
        inside = {state: name_of[economy] for state, economy in self.inside.items()}
        flows = belongs.T @ self.flows @ belongs
        return _shares(flows, by_user @ belongs, wanted @ belongs, tuple(groups), self.sectors, inside)

    def _states(self, economy: str) -> set[str]:
        return {state for state, inside in self.inside.items() if inside == economy}

    @cached_property
    def balanced(self) -> FloatArray:
        """The flows of this world without trade deficits: the baseline of a shock whose answer no deficit can fake."""
        flat = multi_sector(
            self.flows, self.value_added_share, self.input_share, self.absorption_share, BALANCED_AT, deficits="none"
        )
        return np.ascontiguousarray(flat.flows)


@cache
def open_world() -> World:
    """The world of 81 economies and 17 sectors.

    >>> world = open_world()
    >>> len(world.economies), len(world.sectors), world.places(["KAZ"]) == [world.economies.index("KAZ")]
    (81, 17, True)
    """
    held = _read("world2022.npz")
    names = tuple(str(name) for name in held["countries"])
    inside = {name: name for name in names if name != "ROW"}
    return _world(held["Z"], held["F"], names, held["sectors"], inside)


@cache
def open_regions(variant: str = "base") -> World:
    """The same world as 12 regions, under one way of allocating final demand. Only states that are a region are told apart.

    >>> open_regions("less_final_trade").economies[:4]
    ('KAZ', 'RUS', 'CHN', 'EU27')
    """
    if variant not in VARIANTS:
        raise InputError("variant", found=variant, allowed=", ".join(VARIANTS))
    whole, held = _read("world2022.npz"), _read("world2022_r12_variants.npz")
    regions = tuple(str(name) for name in held["regions"])
    inside = {str(state): regions[int(at)] for state, at in zip(whole["countries"], whole["region12"], strict=True)}
    inside = {state: region for state, region in inside.items() if region not in ("REST",) and state != "ROW"}
    which = [str(name) for name in held["variants"]].index(variant)
    return _world(held["Z"][which], held["F"][which], regions, held["sectors"], inside)


def _read(name: str) -> Any:
    data = files("equipoise").joinpath("world", name).read_bytes()
    if hashlib.sha256(data).hexdigest() != _HASHES[name]:
        raise InputError(
            name, found="other bytes than were published", allowed="the bundled file", remedy="install anew"
        )
    return np.load(io.BytesIO(data), allow_pickle=False)


def _world(inputs: Any, final: Any, names: tuple[str, ...], sectors: Any, inside: dict[str, str]) -> World:
    """From flows of inputs [seller, sector, buyer, sector] and final demand [seller, sector, buyer] to shares."""
    used, bought = np.asarray(inputs, dtype=float), np.asarray(final, dtype=float)  # summed in double precision
    flows = (used.sum(axis=3) + bought).transpose(1, 0, 2)
    by_user = used.sum(axis=0).transpose(0, 2, 1)
    return _shares(flows, by_user, bought.sum(axis=0), names, tuple(str(s) for s in sectors), inside)


def _shares(
    flows: FloatArray,
    by_user: FloatArray,
    wanted: FloatArray,
    names: tuple[str, ...],
    sectors: tuple[str, ...],
    inside: dict[str, str],
) -> World:
    """From flows (s, n, n), materials (s, s, n) [input, user, economy] and final demand (s, n) to shares."""
    # a process that a world is sent to finds its arrays in this order, whatever it was: other orders sum to other last bits
    flows, by_user, wanted = (np.ascontiguousarray(array) for array in (flows, by_user, wanted))
    output = flows.sum(axis=2)
    materials = by_user.sum(axis=0)
    runs = materials > 0
    spent = np.divide(materials, output, out=np.zeros_like(materials), where=output > 0)
    split = np.divide(by_user, materials, out=np.full_like(by_user, 1.0 / len(output)), where=runs)
    return World(names, sectors, flows, 1.0 - spent, split, wanted / wanted.sum(axis=0), inside)
