"""What a container costs on the way that levers make cheaper or quicker: its price, and the days at what a day costs its cargo.

No network chooses by it: ways are chosen by room and length there, and compared from end to end by ``equipoise route``. So it is
an outcome of its own, of the through service alone, between its own ends.

References
----------
Hummels, Schaur (2013), Time as a trade barrier. doi:10.1257/aer.103.7.2935
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from equipoise.case import Case
from equipoise.futures.book import Book
from equipoise.futures.standing import Moment
from equipoise.ledger import fact_id

__all__ = ["READS", "Delivery", "deliveries_of"]

FloatArray = NDArray[np.float64]
READS = ("transport_cost_containers", "transit_time", "value_of_time", "cargo_value_containers")
"""Price of a container and days, of a service; share of its value that a day costs cargo, %; and that value."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a container costs by a through ``service``, USD: positions of its price, its days, the share of the value of its cargo
    that a day costs, and that value."""

    labels: tuple[tuple[str, str], ...]
    facts: tuple[str, ...]
    service: str
    at: Mapping[str, int]

    def lived(self, moment: Moment) -> list[FloatArray]:
        """Price and time together (K, P, Y)."""

        def made(bears: str) -> FloatArray:
            borne = moment.acting.borne(bears, moment.values, moment.felt, moment.years)
            return np.asarray(borne.get(self.service, np.ones(1)))

        price, days, share, value = (moment.values[:, self.at[measure], None, None] for measure in READS)
        cost = price * made("price") + days * made("time") * share / 100.0 * value
        shape = len(moment.values), moment.acting.policies, len(moment.years)
        return [np.asarray(np.broadcast_to(cost, shape))]


def deliveries_of(case: Case, book: Book) -> Iterator[Delivery]:
    """The services whose price or time levers move, of those whose figures the case holds."""
    told = [row["outcome"] for row in case.table("outcomes").iter_rows(named=True) if row["lived"] == "delivered"]
    bearing = case.table("bearings").iter_rows(named=True)
    services = sorted({row["thing"] for row in bearing if row["bears"] in ("price", "time")})
    for service in services if told else ():
        where = dict(
            zip(
                READS, ((service, ""), (service, ""), (case.home, "containers"), (case.home, "containers")), strict=True
            )
        )
        found = {measure: _last(case, measure, *key) for measure, key in where.items()}
        if all(found.values()):
            facts = tuple(name for name in found.values() if name)
            at = {measure: book.fact(name) for measure, name in found.items() if name}
            yield Delivery(((told[0], service),), facts, service, at)


def _last(case: Case, measure: str, subject: str, item: str) -> str | None:
    """The last figure of a measure, by its id."""
    rows = case.view(measure, subject=subject).iter_rows(named=True)
    held = sorted(str(row["period"]) for row in rows if str(row["item"] or "") == item)
    return fact_id(measure, subject, "", item, held[-1]) if held else None
