"""Region: how steady the neighbourhood is, as far as it can honestly be told.

What happened and how often, state by state and pair by pair, with the number of events beside every rate; whether trade
and institutions foretell disputes better than the base rate does, tried out of sample on the world's pairs of states;
who has helped whom; and the tensions that are published. Three natural units tell the regional outcome: disputes a
year, trade among the states, water short in the season. No index is made of them.
"""

from __future__ import annotations

from collections.abc import Sequence

from equipoise.case import Case
from equipoise.ledger import Ledger
from equipoise.region import cooperation, record, spill, tensions, unrest, water
from equipoise.region.findings import VERSION, Findings
from equipoise.region.neighbourhood import region_of

__all__ = ["READS", "VERSION", "WRITES", "derive", "region_of"]

_OWN = (
    "regime", "border_length", "gdp_per_person", "ethnic_share", "export_value", "import_value", "regional_trade_reported",
    "regional_trade_target", "lever_effect", "membership", "ideal_point",
)  # fmt: skip
READS = tuple(dict.fromkeys((*_OWN, *water.READS, *spill.READS)))
WRITES = (
    "dispute_count", "dispute_years", "dispute_last", "dispute_gravest", "dispute_rate", "dispute_chance",
    "unrest_count", "unrest_years", "unrest_going", "unrest_rate", "political_stability", "incident_count",
    "record_years", "crisis_count", "crisis_years", "protest_count", "protest_sample", "protest_share",
    "panel_size", "forecast_skill", "forecast_rank", "forecast_shown", "interdependence_effect",
    "regional_dispute_count", "regional_dispute_rate", "regional_rate_with", "regional_trade", "regional_trade_known",
    "regional_trade_gap", "regional_trade_with", "income_gap", "group_share", "security_ties", "mediation_distance",
    "mediation_sides", "mediation_nearer", "mediation_shared", "conflict_share", "conflict_sample", *water.WRITES, *spill.WRITES,
)  # fmt: skip


def derive(case: Case, *, states: Sequence[str] | None = None) -> Ledger:
    """The facts of a region: the states whose borders the case holds and those that they border, unless others are named.

    A case without the panels of pairs has no rates and no study; what its facts tell is told all the same. Of a region without
    the home state only what is of that region is told: no levers, no waters, no place between others.

    Raises
    ------
    InputError
        A state named is unknown, has ended, or is named twice; a panel tells a thing twice or in two directions.
    """
    settled = case.settle()
    region, found = region_of(case, states), Findings(settled)
    tables = record.tables_of(case)
    if tables is not None:
        record.foretelling(found, tables, region)
        record.rates(found, tables, region)
        unrest.unrest(found, tables, region)
        unrest.crises(found, tables, region)
    unrest.protests(found, case, region)
    record.incidents(found, region)
    tensions.incomes(found, region)
    tensions.peoples(found, region)
    tensions.trade(found, region)
    cooperation.ties(found, region)
    around = spill.derive(case, states=states)
    if case.home not in region.states:  # its waters, its levers and its place between others are of another region
        return found.ledger().add(around)
    tensions.levers(found)
    cooperation.places_between(found)
    cooperation.events(found, region)
    return found.ledger().add(water.derive(case), around)
