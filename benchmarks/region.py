"""Regional stability: the world's pairs of states estimated and tried out of sample, and the stage without the study."""

from __future__ import annotations

from pathlib import Path

import equipoise as eq
from benchmarks.result import Result, seconds
from equipoise.region import interdependence, record, region_of, unrest
from equipoise.region.findings import Findings
from equipoise.region.pairs import dyads


def world(folder: Path) -> Result:
    """Every pair of states of which all variables are known, from the tables to the skill; no memory is asked."""
    tables = record.tables_of(eq.open_case("kazakhstan"))
    if tables is None:
        return Result(0.0, "the case has no panels of pairs")
    pairs = dyads(tables, "ucdp", {"CHN": 0})
    taken = seconds(lambda: interdependence.study(dyads(tables, "ucdp", {"CHN": 0})), 1)
    how = f"{pairs.year.size:,} pair-years of {pairs.pairs:,} pairs, {pairs.happened.sum()} events: estimated, foretold, scored"
    return Result(taken, how, promised=60.0)


def every(folder: Path) -> Result:
    """Every pair-year of the record of which place, size and past are known, what is unknown beside: the same question."""
    tables = record.tables_of(eq.open_case("kazakhstan"))
    if tables is None:
        return Result(0.0, "the case has no panels of pairs")
    pairs = dyads(tables, "ucdp", {"CHN": 0}, every=True)
    taken = seconds(lambda: interdependence.study(dyads(tables, "ucdp", {"CHN": 0}, every=True)), 1)
    how = f"{pairs.year.size:,} pair-years of {pairs.pairs:,} pairs, {pairs.left_out:,} left out: estimated, foretold, scored"
    return Result(taken, how, promised=60.0)


def rates(folder: Path) -> Result:
    """Rates of every pair and state of the region, pooled with the world, after the study has been remembered."""
    case = eq.open_case("kazakhstan")
    tables, region, settled = record.tables_of(case), region_of(case), case.settle()
    if tables is None:
        return Result(0.0, "the case has no panels of pairs")
    record.foretelling(Findings(settled), tables, region)

    def again() -> None:
        found = Findings(settled)
        record.foretelling(found, tables, region)
        record.rates(found, tables, region)
        unrest.unrest(found, tables, region)

    return Result(
        seconds(again, 3),
        f"{len(region.pairs)} pairs in both records, {len(region.states)} states, with bands",
        promised=4.0,
    )
