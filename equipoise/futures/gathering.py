"""Which figures of a case the outcomes hang on that a future tells, found as the register says how each is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import polars as pl

from equipoise.case import Case
from equipoise.futures.book import Book
from equipoise.futures.delivery import READS as OF_DELIVERY
from equipoise.futures.delivery import deliveries_of
from equipoise.futures.lives import JEFFREYS, Threat
from equipoise.futures.standing import (
    SPELL,
    Disputes,
    Held,
    Level,
    Line,
    Listing,
    Passing,
    Share,
    Standing,
    Votes,
    Water,
)
from equipoise.ledger import fact_id

__all__ = ["READS", "standing_of"]

READS = (
    "alignment_distance", "regional_dispute_rate", "regional_dispute_count", "regional_trade", "water_shortfall",
    "water_withheld", "river_volume", "river_flow", "power_per_water", "water_share", "power_exchange", "load_factor",
    "pass_through", "secondary_exposure", "compliance_cost", "listed_export", "gdp", "population", *OF_DELIVERY,
)  # fmt: skip
BESIDE = frozenset({"gdp", "cost", "user", "dear", "cheap", "threat", "sigma", "lever", "load", "at_mouth"})
"""Figures of a river by label that what is short does not rest on, or that a lever brings."""
GREAT = ("RUS", "CHN", "USA", "EU")
"""Powers whose distances the spread is told over."""


def standing_of(case: Case, book: Book, threats: Sequence[Threat]) -> Standing:
    """Gather what the outcomes of a settled case hang on; those whose figures it does not hold are left out."""
    rows = {row["outcome"]: row for row in case.table("outcomes").iter_rows(named=True)}
    of = {row["lived"]: row for row in rows.values() if row["lived"]}
    finder = _Finder(case, book, of)
    passing = finder.passing()
    lines: list[Line] = [line for row in rows.values() if (line := finder.level(row))]
    lines += [line for line in (finder.votes(), finder.disputes(), finder.held(), passing) if line]
    lines += [*finder.waters(), *deliveries_of(case, book)]
    savings = of["reserve"]["of"] if "reserve" in of else ""
    reserve = book.last("lever_target", savings) if savings else None
    gdp, people = finder.last("gdp"), finder.last("population")
    return Standing(
        tuple(lines), passing, finder.listing(threats), None if reserve is None else (savings, reserve),
        book.fact(gdp[0]) if gdp else None, book.last("capital_charge", "WLD"), people[1] if people else float("nan"),
        {name: row["lived"] for name, row in rows.items() if row["lived"]}, {name: row["of"] for name, row in rows.items()},
    )  # fmt: skip


class _Finder:
    """Finds the figures of outcomes in a settled case; ``of`` has a row of the register for each way of telling one."""

    def __init__(self, case: Case, book: Book, of: Mapping[str, Mapping[str, str]]) -> None:
        self.case, self.book, self.of = case, book, of

    def every(self, measure: str, **where: str) -> list[tuple[str, str, str, str, float]]:
        """Id, object, item, period and value of the figures of the home state, in the order of their periods."""
        names = [pl.col(name).cast(pl.String).fill_null("") for name in ("subject", "object", "item", "period")]
        rows = self.case.view(measure, **({"subject": self.case.home} | where)).select(*names, "value")
        found = [
            (fact_id(measure, subject, thing, item, period), thing, item, period, value)
            for subject, thing, item, period, value in rows.iter_rows()
        ]
        return sorted(found, key=lambda row: row[3])

    def last(self, measure: str, **where: str) -> tuple[str, float] | None:
        """Id and value of the last of them, of those to the year of the case."""
        year = str(self.case.year)
        rows = [row for row in self.every(measure, **where) if row[3][-4:] <= year]
        return (rows[-1][0], rows[-1][4]) if rows else None

    def level(self, row: Mapping[str, str]) -> Line | None:
        """A level, from what a stage finds today or else from the level published; or a share of a sum."""
        how, target, labels = row["lived"], row["of"], ((row["outcome"], ""),)
        if how not in ("level", "found", "share"):
            return None
        found = self.last(target) if how == "found" else None
        published = self.last("lever_target", subject=target)
        name = found or published
        share = self.last("outcome_baseline", subject=row["outcome"]) if how == "share" else None
        if name is None or (how == "share" and share is None):
            return None
        base = self.book.fact(name[0])
        if share is not None:
            return Share(labels, (name[0], share[0]), target, base, self.book.fact(share[0]))
        return Level(labels, (name[0],), target, base)

    def votes(self) -> Votes | None:
        """Distances to the powers of the case whose record has no gap, and their spread."""
        if "distance" not in self.of:
            return None
        own, great = self.of["distance"], self.of.get("spread")
        record: dict[str, dict[str, tuple[str, float]]] = {}
        for name, power, _, period, value in self.every("alignment_distance", item=own["of"]):
            if power in self.case.powers:
                record.setdefault(power, {})[period] = name, value
        years = sorted(set.union(*(set(known) for known in record.values()))) if record else []
        powers = [power for power in self.case.powers if set(record.get(power, ())) == set(years)]
        if len(years) <= SPELL or not powers or int(years[-1]) - int(years[0]) != len(years) - 1:
            return None
        table = np.array([[record[power][year][1] for power in powers] for year in years])
        today = tuple(record[power][years[-1]][0] for power in powers)
        among = tuple(i for i, power in enumerate(powers) if power in GREAT)
        labels = [(own["outcome"], power) for power in powers]
        target, level = great["of"] if great else "", None
        if great and len(among) > 1:
            labels.append((great["outcome"], ""))
            level = self.book.last("lever_target", target)
        return Votes(
            tuple(labels), today, tuple(self.book.fact(name) for name in today), int(years[-1]), np.diff(table, axis=0),
            among, target, level,
        )  # fmt: skip

    def disputes(self) -> Disputes | None:
        """Disputes of the region, by the records that it has a count of."""
        row = self.of.get("rate")
        counts = {
            (item, period): (name, value) for name, _, item, period, value in self.every("regional_dispute_count")
        }
        rates = [one for one in self.every("regional_dispute_rate") if (one[2], one[3]) in counts and one[4] > 0]
        if row is None or not rates:
            return None
        told = [(rate, counts[rate[2], rate[3]]) for rate in rates]
        return Disputes(
            tuple((row["outcome"], rate[2]) for rate, _ in told),
            tuple(name for rate, count in told for name in (rate[0], count[0])),
            tuple(rate[4] for rate, _ in told), tuple(count[1] + JEFFREYS for _, count in told),
            row["of"], self.book.last("lever_target", row["of"]),
        )  # fmt: skip

    def held(self) -> Held | None:
        """Water that a state upstream can keep back: of the channel whose hold the level bears on."""
        row = self.of.get("held")
        bearing = next(
            (one for one in self.case.table("bearings").iter_rows(named=True) if row and one["level"] == row["of"]),
            None,
        )
        level = self.book.last("lever_target", row["of"]) if row else None
        found = [one for one in self.every("water_withheld") if bearing and one[2] == f"{bearing['thing']}.control"]
        if row is None or level is None or not found:
            return None
        return Held(((row["outcome"], ""),), (found[-1][0],), self.book.fact(found[-1][0]), row["of"], level)

    def waters(self) -> Iterator[Water]:
        """Rivers that the region balances by season."""
        if "water" not in self.of:
            return
        from equipoise.region.figures import Figures
        from equipoise.region.water import LEVERS, asked_of, rivers_of, year_of

        moving = {row["lever"] for row in self.case.table("effects").iter_rows(named=True) if row["target"] in LEVERS}
        for river in rivers_of(self.case):
            figures = Figures(self.case, asked_of(self.case, river), 0, 0)
            if year_of(figures, river) is not None:
                told = [one[0] for one in self.every("water_shortfall", subject=river.name)]
                rests = [name for label, name in figures.facts.items() if not set(label.split(".")) & BESIDE]
                yield Water(
                    ((self.of["water"]["outcome"], river.name),), (*told, *dict.fromkeys(rests)), river,
                    tuple((label, self.book.fact(name)) for label, name in figures.facts.items()), tuple(sorted(moving)),
                )  # fmt: skip

    def passing(self) -> Passing | None:
        """What passes through the home state of the goods that are watched, and the lever that is to keep it."""
        row, cost = self.of.get("passed"), self.of.get("cost")
        watched = next(
            (t for t in self.case.table("triangles").iter_rows(named=True) if t["transit"] == self.case.home), None
        )
        if row is None or watched is None:
            return None
        whole = self.every("listed_export", object=watched["target"])
        if not whole:
            return None
        name, target, item, period, _ = whole[-1]
        beyond = [one[0] for one in self.every("pass_through", object=target, item=item, period=period)]
        if not beyond:
            return None
        paid = self.last("compliance_cost", item="total") if cost and watched["lever"] else None
        labels = [(row["outcome"], "")] + ([(cost["outcome"], "")] if cost and paid else [])
        return Passing(
            tuple(labels), (name, beyond[0], *([paid[0]] if paid else [])), self.book.fact(name), self.book.fact(beyond[0]),
            self.book.fact(paid[0]) if paid else None, row["of"], watched["lever"],
        )  # fmt: skip

    def listing(self, threats: Sequence[Threat]) -> Listing:
        """The threats that list a state for what passes, and what is at stake."""
        row = self.of.get("hazard")
        named = row["of"].split(";") if row else []
        which = tuple(j for j, threat in enumerate(threats) if threat.id in named)
        stake = self.last("secondary_exposure", item="passed_on")
        rates = [one for id in named if (one := self.last("threat_rate", subject=id))]
        facts = tuple(name for name, _ in (*rates, *([stake] if stake else [])))
        return Listing(which, self.book.fact(stake[0]) if stake else None, facts)
