"""An outage in time: the band of one shock, and the replay of the whole record."""

from __future__ import annotations

from pathlib import Path

import equipoise as eq
from benchmarks.result import Result, seconds
from equipoise import outage

DRAWS = 500


def shock(folder: Path) -> Result:
    """One outage of 57 days with its band."""
    case = eq.open_case("kazakhstan")
    asked = [outage.outage_of(case, ["cpc_spm=0.67"], 57)]
    outage.derive(case, draws=1, outages=asked)  # loads the solver
    taken = seconds(lambda: outage.derive(case, draws=DRAWS, outages=asked), 3)
    return Result(
        taken, f"two of three moorings out for 57 days, {DRAWS} draws of every input, after the start", promised=2.0
    )


def record(folder: Path) -> Result:
    """Every outage of the register with what was known before it and with the inputs of its own year."""
    case = eq.open_case("kazakhstan")
    every = len(outage.outages_of(case))
    taken = seconds(lambda: outage.derive(case, draws=0), 3)
    return Result(taken, f"{every} outages of the record day by day, at settled inputs")
