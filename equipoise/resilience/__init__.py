"""Resilience: which closures would hurt most, and which projects would take the hurt away.

``interdict`` finds the worst closures of a network by stretch of a corridor, by power, or by what they cost the powers, and
tells them as what to back up. ``invest`` chooses projects under a budget against the worst withdrawal and over futures.
Both are asked with parameters, and so are not among the stages that every study runs.
"""

from __future__ import annotations

from equipoise.case import Case
from equipoise.ledger import Ledger, parse_id
from equipoise.resilience.closing import MODES, interdict
from equipoise.resilience.planning import invest
from equipoise.resilience.record import READS, VERSION, WRITES

__all__ = ["BUDGET", "MODES", "READS", "VERSION", "WRITES", "asked", "interdict", "invest"]

BUDGET = 5e9
"""USD of capital where nobody names another."""


def asked(case: Case, fact: str, workers: int = 1) -> Ledger | None:
    """The answer that a fact of ``equipoise interdict`` or ``equipoise invest`` comes from, asked as those commands do where
    nothing else is named; nothing if it is no such fact."""
    parts = parse_id(fact)
    if parts["measure"] not in WRITES:
        return None
    if parts["measure"].startswith(("plan_", "project_")):
        return invest(case, budget=BUDGET, workers=workers)
    commodity, _, mode = parts["item"].partition(".")
    mode = mode if mode in MODES else "link"
    size = 1 + parts["object"].count("+")
    return interdict(
        case, commodity=commodity, mode=mode, budget=float("inf") if mode == "threat" else size, workers=workers
    )
