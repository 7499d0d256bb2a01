"""Futures and policies: what each policy costs, moves and provokes, and how it fares in futures that nobody can predict.

A policy is a case with facts replaced, a future is a case with facts redrawn and lived through. Asked with parameters, it is
not among the stages that every study runs.
"""

from __future__ import annotations

from equipoise.case import Case
from equipoise.futures.ensemble import futures
from equipoise.futures.outlay import outlay
from equipoise.futures.policies import Levers, Policy, Pull, named, policies_of
from equipoise.futures.record import READS, VERSION, WRITES
from equipoise.ledger import Ledger

__all__ = [
    "READS",
    "VERSION",
    "WRITES",
    "Levers",
    "Policy",
    "Pull",
    "futures",
    "named",
    "outlay",
    "policies",
    "policies_of",
]


def policies(case: Case, *, policy: str = "") -> Ledger:
    """What the policies of a case cost, move and provoke.

    Parameters
    ----------
    policy : str
        Policies of the case, or levers joined by plus signs, divided by commas; all of the case where left out.

    Raises
    ------
    InputError
        There is no such policy or lever, or one cannot be: a lever before it can be felt, without what it needs, two that
        exclude each other.
    """
    settled = case.settle()
    return outlay(settled, named(settled, Levers(settled), policy))
