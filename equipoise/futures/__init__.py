"""Futures and policies: what each policy costs, moves and provokes, and how it fares in futures that nobody can predict.

A policy is a case with facts replaced, a future is a case with facts redrawn and lived through. Asked with parameters, it is
not among the stages that every study runs; the stage ``advice`` asks it of every policy and every lever of a case.
"""

from __future__ import annotations

from equipoise.case import Case
from equipoise.futures.ensemble import futures
from equipoise.futures.outlay import outlay
from equipoise.futures.policies import Levers, Policy, Pull, named, policies_of
from equipoise.futures.record import OF_ADVICE, OF_POLICIES, OF_SEARCH, READS, VERSION, WRITES
from equipoise.futures.store import Results, read
from equipoise.ledger import Ledger, parse_id
from equipoise.vocabulary import year_of

__all__ = [
    "OF_ADVICE",
    "OF_SEARCH",
    "READS",
    "VERSION",
    "WRITES",
    "Levers",
    "Policy",
    "Pull",
    "Results",
    "asked",
    "futures",
    "named",
    "outlay",
    "policies",
    "policies_of",
    "read",
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


def asked(known: Case, fact: str, workers: int = 1) -> Ledger | None:
    """The answer that a fact of ``equipoise futures`` or ``equipoise policies`` comes from, asked as those commands do where
    nothing but the policy and the last year is named; nothing if it is no such fact."""
    parts = parse_id(fact)
    if parts["measure"] in OF_SEARCH:
        from equipoise.futures.search import search

        return search(known)
    if parts["measure"] not in WRITES:
        return None
    policy = "" if parts["subject"] in {row.id for row in policies_of(known)} else parts["subject"]
    if parts["measure"] in OF_POLICIES:
        return policies(known, policy=policy)
    return futures(known, policy=policy, until=year_of(parts["period"]) or 2040, workers=workers)
