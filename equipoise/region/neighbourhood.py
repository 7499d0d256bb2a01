"""Which states a region is made of, and which pairs of them are told of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from equipoise.case import Case
from equipoise.errors import InputError

__all__ = ["Region", "region_of"]

ENDED = {
    "SUN": "1991; its states are ARM, AZE, BLR, EST, GEO, KAZ, KGZ, LTU, LVA, MDA, RUS, TJK, TKM, UKR, UZB",
    "YUG": "1992; its states are BIH, HRV, MKD, MNE, SRB, SVN", "SCG": "2006; its states are MNE, SRB",
    "CSK": "1992; its states are CZE, SVK", "DDR": "1990; it is part of DEU", "YMD": "1990; it is part of YEM",
    "ANT": "2010; its lands are ABW, CUW, SXM", "ZAR": "1997; it is called COD", "BUR": "1989; it is called MMR",
    "TMP": "2002; it is called TLS", "ROM": "2002; it is called ROU",
}  # fmt: skip
"""Codes that stand for no state of today, and what became of each."""


@dataclass(frozen=True, slots=True)
class Region:
    """The states of a region and those that it borders, in the order of the alphabet."""

    core: tuple[str, ...]
    neighbours: tuple[str, ...]

    @property
    def states(self) -> tuple[str, ...]:
        """All of them."""
        return tuple(sorted({*self.core, *self.neighbours}))

    def called(self, home: str) -> str:
        """What facts of the whole region are facts of: the home state if it lies in the region, else its states together."""
        return home if home in self.core else "+".join(sorted(self.core))

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Pairs of which at least one is a state of the region, the first in the alphabet first."""
        return [pair for pair in combinations(self.states, 2) if set(pair) & set(self.core)]

    @property
    def inner(self) -> list[tuple[str, str]]:
        """Pairs of which both are."""
        return list(combinations(sorted(self.core), 2))


def region_of(case: Case, states: Sequence[str] | None = None) -> Region:
    """The states named, or else those whose borders the case holds, with those that they border.

    Raises
    ------
    InputError
        A state is unknown to the case, is no state, has ended, is named twice, or stands alone.
    """
    if states is None:
        borders = case.view("border_length")
        core, beyond = ({str(name) for name in borders[column]} for column in ("subject", "object"))
        core.add(case.home)
        return Region(tuple(sorted(core)), tuple(sorted(beyond - core)))
    kinds = dict(case.table("actors").select("actor", "kind").iter_rows())
    known = sorted(actor for actor, kind in kinds.items() if kind == "state")
    if ended := [state for state in states if state in ENDED]:
        raise InputError("--states", found=f"{ended[0]}, which ended in {ENDED[ended[0]]}", allowed="states of today")
    if small := [state for state in states if state.upper() != state and kinds.get(state.upper()) == "state"]:
        raise InputError(
            "--states", found=", ".join(small), allowed="codes in capitals", remedy=f"write {','.join(states).upper()}"
        )
    if strange := [state for state in states if kinds.get(state) != "state"]:
        near = ", ".join(known[:12]) + (", …" if len(known) > 12 else "")
        raise InputError(
            "--states", found=", ".join(strange), allowed=f"states of the case by their code: {near}",
            remedy="a bloc or power of several states is no state: name its members",
        )  # fmt: skip
    if twice := sorted({state for state in states if list(states).count(state) > 1}):
        raise InputError(
            "--states", found=f"{', '.join(twice)} twice", allowed="each state once",
            remedy="a pair would be counted twice: name it once",
        )  # fmt: skip
    if len(states) < 2:
        raise InputError("--states", found=", ".join(states) or "none", allowed="two states or more, each once")
    return Region(tuple(sorted(states)), ())
