"""The watch: what trade and events say that a planner should look at, each with its rate of false alarms told first.

An alarm is no finding of guilt and no forecast: it feeds the signposts of the pathways and the exposure to secondary
sanctions, never the cost of a withdrawal.
"""

from __future__ import annotations

from equipoise.case import Case
from equipoise.ledger import Ledger
from equipoise.watch import events, trade
from equipoise.watch.stage import VERSION

__all__ = ["READS", "VERSION", "WRITES", "derive"]

PARTS = (trade, events)
READS = tuple(dict.fromkeys(name for part in PARTS for name in part.READS))
WRITES = tuple(dict.fromkeys(name for part in PARTS for name in part.WRITES))


def derive(case: Case) -> Ledger:
    """The facts of every part of the watch."""
    return Ledger.empty().add(*(part.derive(case) for part in PARTS))
