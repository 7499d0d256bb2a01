"""Coverage: how much is known, how well, and what is missing. Missing is never zero, so it has to be told."""

from __future__ import annotations

from collections import defaultdict

import polars as pl

from equipoise.case import Case
from equipoise.ledger import Derivation, Ledger
from equipoise.vocabulary import year_of

__all__ = ["READS", "VERSION", "WRITES", "derive"]

VERSION = "coverage/1"
READS = ("*",)
"""Every fact: counting them is what this stage does."""

READINGS = ("exposure_share", "exposure_crossing", "exposure_lost", "alignment_distance")
WRITES = ("fact_count", "years_covered")
SPAN = 11  # years, the last of them the year of the case


def derive(case: Case) -> Ledger:
    """Facts by topic, grade and kind; and for each channel and reading the years of the last eleven that can be read."""
    own = case.ledger.facts.filter(pl.col("by") == "case")
    topic = {name: measure.topic for name, measure in case.measures.items()}
    rows = []

    def put(measure: str, subject: str, item: str, value: float, derivation: str) -> None:
        key = {"measure": measure, "subject": subject, "item": item, "period": str(case.year)}
        rows.append(key | {"value": value, "grade": "A", "kind": "derived", "basis": derivation, "by": VERSION})

    named = own.select(pl.col("measure").cast(pl.String).replace_strict(topic).alias("topic"), "grade", "kind")
    for column in ("grade", "kind"):
        counts = named.group_by("topic", pl.col(column).cast(pl.String)).len().sort("topic", column)
        for name, word, number in counts.iter_rows():
            put("fact_count", name, word, float(number), "coverage.facts")
    years: dict[str, set[int]] = defaultdict(set)
    for item, period in (
        case.view(READINGS, subject=case.home).select(pl.col("item", "period").cast(pl.String)).unique().iter_rows()
    ):
        year = year_of(period)
        if year and case.year - SPAN < year <= case.year:
            years[item].add(year)
    for item, found in sorted(years.items()):
        put("years_covered", case.home, item, float(len(found)), "coverage.readings")
    return Ledger.of(
        rows,
        [
            Derivation("coverage.facts", VERSION, "facts of the case by topic and grade or kind"),
            Derivation("coverage.readings", VERSION, f"years of the last {SPAN} with a reading of the channel"),
        ],
    )
