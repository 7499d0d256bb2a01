"""Re-exports that trade data are consistent with: signs that are counted openly, their false alarms told first.

Nothing here says that anybody evades anything. What is told is how far trade stands above what its own past and the
trade of states and goods that nothing happened to lead to expect, and how often that is so without a cause.
"""

from __future__ import annotations

from equipoise.case import Case
from equipoise.ledger import Ledger

__all__ = ["READS", "WRITES", "derive"]

READS = (
    "export_value", "import_value", "exchange_rate", "listed_export", "listed_import", "lever_effect", "lever_opex",
    "lever_capex",
)  # fmt: skip
WRITES = (
    "watch_false_alarm", "watch_units", "watch_rows", "watch_ratio", "watch_excess", "watch_q", "watch_flags",
    "watch_flags_asked", "watch_flag", "event_effect", "pre_trend", "substitution_ratio", "pass_through", "unreported_share",
    "secondary_exposure", "compliance_cost", "listed_sales",
)  # fmt: skip


def derive(case: Case) -> Ledger:
    """What the bundled series show of a case; empty where it has no panel of trade or watches nothing."""
    from equipoise.watch.trade import listed, months, states
    from equipoise.watch.trade.book import Book

    book = Book(case)
    if not book.has_panel:
        return Ledger.empty()
    states.screen_states(book)
    months.substitution(book)
    months.own_books(book)
    listed.baskets(book)
    listed.cars(book)
    listed.commodities(book)
    listed.stakes(book)
    return book.ledger()
