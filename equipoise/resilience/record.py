"""What both questions share: the measures that are read, the part of a case that is redrawn, GDP, and the period."""

from __future__ import annotations

import polars as pl

from equipoise.case import Case
from equipoise.corridors.inputs import NETWORK_MEASURES, QUANTITIES
from equipoise.errors import InputError

__all__ = ["READS", "VERSION", "WRITES", "gdp_of", "period_of", "relevant"]

VERSION = "resilience/1"

READS = (
    *NETWORK_MEASURES, "control", "gdp", "threat_reach", "threat_cost_to_power", "lever_effect", "lever_capex", "lever_opex",
    "lever_build_time", "lever_target", "transit_time",
)  # fmt: skip
WRITES = (
    *(f"{stem}_{q}" for stem in ("interdiction_lost", "project_avoided", "project_route", "plan_lost") for q in QUANTITIES),
    "interdiction_rent", "interdiction_loss", "interdiction_effort", "interdiction_share", "backup_worth", "closure_pairs",
    "project_limit", "project_year", "project_value", "project_time", "plan_cost", "plan_worst", "plan_mean",
    "plan_gap", "plan_within",
)  # fmt: skip


def relevant(settled: Case) -> Case:
    """The case with nothing in it but what is read here: only that is redrawn."""
    held = set(settled.ledger.facts["measure"].cast(pl.String).unique().to_list())
    return settled.without(sorted(held - set(READS)))


def gdp_of(case: Case) -> float:
    """GDP of the home state in the year of the case, bln USD.

    Raises
    ------
    InputError
        The case has none.
    """
    facts = case.view("gdp", subject=case.home, period=str(case.year))
    if not facts.height:
        raise InputError("gdp", found=f"none for {case.home} in {case.year}", allowed="a fact for the year of the case")
    return float(facts["value"][0])


def period_of(case: Case, year: int) -> str:
    """The period of a closure under contract limits whose loss no tank absorbs: year+horizon."""
    rows = case.table("horizons").iter_rows(named=True)
    found = (row["horizon"] for row in rows if row["reading"] == "contract" and row["storage"] == "0")
    return f"{year}+{next(found, '1y')}"
