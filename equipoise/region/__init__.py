"""Region: how steady the neighbourhood is, as far as it can honestly be told.

What happened and how often, state by state and pair by pair, with the number of events beside every rate; whether trade
and institutions foretell disputes better than the base rate does, tried out of sample on the world's pairs of states;
who has helped whom; and the tensions that are published. Three natural units tell the regional outcome: disputes a
year, trade among the states, water short in the season. No index is made of them.
"""

from __future__ import annotations

from collections.abc import Sequence

from equipoise.case import Case
from equipoise.ledger import Derivation, Ledger
from equipoise.region import spill, water

__all__ = ["READS", "VERSION", "WRITES", "derive"]

VERSION = "region/1"
READS: tuple[str, ...] = ("membership", *water.READS, *spill.READS)
WRITES: tuple[str, ...] = (*water.WRITES, *spill.WRITES)


def derive(case: Case, *, states: Sequence[str] | None = None) -> Ledger:
    """The facts of a region: the home state of the case and its neighbours unless others are named.

    Raises
    ------
    InputError
        A state is not in the register of the case, or is named twice.
    """
    rows: list[dict[str, object]] = []
    records: list[Derivation] = []
    shared = water.derive(case), spill.derive(case, states=states)
    return Ledger.of(rows, records).add(*shared)
