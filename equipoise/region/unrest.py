"""What happened inside states and how grave their disputes were: counts with the years and the events they were looked for in.

Armed conflicts are a record of all that there were; disputes one of 56 states to 2014; protests stand only in a sample of
coded events, so that their share is told and never their number.
"""

from __future__ import annotations

import polars as pl

from equipoise.case import Case
from equipoise.maths.rates import pooled_rates
from equipoise.maths.series import share_interval
from equipoise.region.findings import Findings
from equipoise.region.neighbourhood import Region
from equipoise.region.pairs import RECORDS, Tables
from equipoise.region.record import DECADE, LEAST, SOURCES

__all__ = ["WITHIN", "crises", "protests", "unrest"]

WITHIN = "region_within"
"""The panel of coded events inside one state."""
LEVELS = {2: "threat", 3: "display", 4: "force", 5: "war"}
"""Hostility of a dispute by the gravest act of either side."""
PROTEST = "14"
"""Group of the event code for protests: rallies, strikes, blockades, riots."""


def unrest(found: Findings, tables: Tables, region: Region) -> None:
    """Years with a new armed conflict inside each state, pooled over the states of the world; and perceived stability."""
    at_war = tables.frames["region_conflicts"].select("state", "year").unique()
    war = {(state, int(year)) for state, year in at_war.iter_rows()}
    count, trials, spans = {}, {}, {}
    for state in tables.states:
        first, last = tables.lived(state, "ucdp")
        free = [year for year in range(first, last + 1) if (state, year - 1) not in war]
        spans[state], trials[state] = f"{first}/{last}", len(free)
        count[state] = sum((state, year) in war for year in free)
    held = [state for state in tables.states if trials[state]]
    going = {
        state: sum((state, year) in war for year in range(*_open(tables.lived(state, "ucdp"))))
        for state in region.states
    }
    pooled = pooled_rates([count[s] for s in held], [trials[s] for s in held])
    source = {"ucdp_prio_acd#conflicts of a state with a group, 1989 to 2024": 1.0}
    counted = found.rests(
        "count.unrest", "years in which one began after a year of peace, among the years after one of peace", source
    )
    told = found.rests(
        "rate.unrest", "Beta-Binomial rate of the state, pooled with all states of the world; times ten", source
    )
    for state in (state for state in region.states if state in spans):
        found.put("unrest_count", state, "", "", spans[state], counted, count[state])
        found.put("unrest_years", state, "", "", spans[state], counted, trials[state])
        found.put("unrest_going", state, "", "", spans[state], counted, going[state])
        if state not in held:
            continue
        at = held.index(state)
        band = (float(DECADE * x[at]) if x[at] > LEAST else 0.0 for x in (pooled.mean, pooled.low, pooled.high))
        found.put("unrest_rate", state, "", "", spans[state], told, *band)
    _stability(found, tables, region)


def _open(span: tuple[int, int]) -> tuple[int, int]:
    """First year, and the year after the last."""
    return span[0], span[1] + 1


def _stability(found: Findings, tables: Tables, region: Region) -> None:
    """Perceived stability of each state, year by year, with the error that its source gives."""
    basis = found.rests(
        "stability", "estimate of the source, with 1.64 of its standard errors either way", {"wgi_2024": 1.0}
    )
    part = tables.frames["region_states"].filter(
        pl.col("state").is_in(region.states), pl.col("stability").is_not_null()
    )
    for state, year, value, error in part.select("state", "year", "stability", "stability_error").iter_rows():
        half = 1.6448536269514722 * error
        found.put("political_stability", state, "", "", str(year), basis, value, value - half, value + half)


def crises(found: Findings, tables: Tables, region: Region) -> None:
    """Years in which each state had a new dispute with any other, by the gravest act of the year."""
    first, last = RECORDS["mid"]
    begun = tables.record("mid").filter(pl.col("begun") > 0, pl.col("year").is_between(first, last))
    sides = pl.concat([begun.select(pl.col(side).alias("state"), "year", "gravest") for side in ("a", "b")])
    worst = sides.group_by("state", "year").agg(pl.col("gravest").max())
    told = found.rests("count.crisis", _CRISES, SOURCES["mid"])
    for state in region.states:
        if not tables.knows(state, "mid"):
            continue
        begin, end = tables.lived(state, "mid")
        period = f"{begin}/{end}"
        mine = worst.filter(pl.col("state") == state, pl.col("year").is_between(begin, end))
        found.put("crisis_years", state, "", "", period, told, end - begin + 1)
        for level, name in LEVELS.items():
            found.put("crisis_count", state, "", name, period, told, mine.filter(pl.col("gravest") == level).height)


_CRISES = (
    "years in which the state had a new dispute with any of 55 others, each year once, by the gravest act of either side in it: "
    "threat, display of force, use of force, war"
)


def protests(found: Findings, case: Case, region: Region) -> None:
    """The share of protests among the coded events inside each state, with the number of events: a sample, no volume."""
    if WITHIN not in set(case.table("panels")["panel"]):
        return
    rows = case.panel(WITHIN)
    first, last = rows["date"].min(), rows["date"].max()
    period = f"{first.year}/{last.year}"  # type: ignore[union-attr]
    basis = found.rests("protests", _PROTESTS, {"icews_coded_events#events inside one state": 1.0}, "B")
    for state in region.states:
        mine = rows.filter(pl.col("state") == state)
        if not mine.height:
            continue
        number = int(mine["cameo"].str.starts_with(PROTEST).sum())
        low, high = (float(end[0]) for end in share_interval([number], [mine.height]))
        found.put("protest_sample", state, "", "", period, basis, mine.height)
        found.put("protest_count", state, "", "", period, basis, number)
        found.put("protest_share", state, "", "", period, basis, number / mine.height, low, high)


_PROTESTS = (
    "protests (group 14 of the code) among the coded events of which both sides are of the state; a sample of about a fifth, "
    "good for the mix of events and never for their number, with Wilson's interval"
)
