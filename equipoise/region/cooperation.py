"""Who stands with whom in matters of security, and how near the state is to both sides of what divides others.

A state nearer to both sides than others may be heard by both: a place, in the units of votes, of memberships and of
coded events. Nothing here says that talks it hosted ended anything.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import polars as pl

from equipoise.maths.series import share_interval
from equipoise.region.findings import Findings, Given
from equipoise.region.neighbourhood import Region

__all__ = ["events", "places_between", "ties"]

ITEM = "final_passage"
SIGMAS = 2 * 1.6448536269514722  # standard deviations between the 5 and 95 % points of a normal law
DRAWS = 1000
HOSTILE = 9
"""First of the twenty groups of the event code that is no cooperation: investigate, demand, …, fight, use mass violence."""


def ties(found: Findings, region: Region) -> None:
    """Organisations of security of which both states of a pair are full members."""
    organisations = set(found.case.table("commitments")["organisation"])
    members: dict[str, dict[str, Given]] = {}
    for given in found.given("membership", item="member"):
        if given.object in organisations:
            members.setdefault(given.subject, {})[given.object] = given
    for one, other in region.pairs:
        if one in members and other in members:
            shared = sorted(set(members[one]) & set(members[other]))
            parents = [*members[one].values(), *members[other].values()]
            basis = found.rests(f"ties.{one}.{other}", f"both full members: {', '.join(shared) or 'none'}", parents)
            period = max(given.period[:4] for given in parents)
            found.put("security_ties", one, other, "", period, basis, len(shared))


def places_between(found: Findings) -> None:
    """Distance of the home state to the farther of two sides, how far the sides are apart, and how many states are nearer."""
    points: dict[str, dict[str, Given]] = {}
    for given in found.given("ideal_point", item=ITEM):
        points.setdefault(given.period, {})[given.subject] = given
    home = found.case.home
    years = [period for period, held in points.items() if home in held]
    if not years:
        return
    year = max(years)
    held = points[year]
    states = sorted(held)
    place = {state: i for i, state in enumerate(states)}
    centre = np.array([held[state].value for state in states])
    spread = np.array([(held[state].high - held[state].low) / SIGMAS for state in states])
    random = np.random.Generator(np.random.Philox(1))
    drawn = np.concatenate([centre[None], centre + spread * random.standard_normal((DRAWS, centre.size))])
    members = _memberships(found)
    for one, other in _sides(found):
        if one not in place or other not in place:
            continue
        sides = f"{one}+{other}"
        farther = np.maximum(np.abs(drawn - drawn[:, [place[one]]]), np.abs(drawn - drawn[:, [place[other]]]))
        own, apart = farther[:, place[home]], np.abs(drawn[:, place[one]] - drawn[:, place[other]])
        third = [i for state, i in place.items() if state not in (home, one, other)]
        nearer = (farther[:, third] < own[:, None]).sum(axis=1)
        basis = found.rests(
            f"between.{sides}", f"ideal points of {len(states)} states; posteriors taken as normal and independent",
            {held[state].id: 1.0 for state in (home, one, other)} | {"unga_ideal_points#all states": 0.1}, held[home].grade,
        )  # fmt: skip
        found.put("mediation_distance", home, sides, "", year, basis, own[0], *np.quantile(own[1:], (0.05, 0.95)))
        found.put("mediation_sides", home, sides, "", year, basis, apart[0], *np.quantile(apart[1:], (0.05, 0.95)))
        found.put(
            "mediation_nearer", home, sides, "", year, basis, nearer[0], *np.quantile(nearer[1:], (0.05, 0.95)).round()
        )
        if {home, one, other} <= set(members):
            shared = [members[home].keys() & members[side].keys() for side in (one, other)]
            parents = [members[home][name] for name in sorted(shared[0] | shared[1])]
            basis = found.rests(f"shared.{sides}", "full members both; of the two sides, the one with fewer", parents)
            found.put("mediation_shared", home, sides, "", year, basis, min(map(len, shared)))


def _memberships(found: Findings) -> dict[str, dict[str, Given]]:
    held: dict[str, dict[str, Given]] = {}
    for given in found.given("membership", item="member"):
        held.setdefault(given.subject, {})[given.object] = given
    return held


def _sides(found: Findings) -> list[tuple[str, str]]:
    """Pairs of powers that are single states, and pairs that talks were hosted for or that clashed; never the state itself."""
    home = found.case.home
    kinds = dict(found.case.table("actors").select("actor", "kind").iter_rows())
    sides = list(combinations([power for power in found.case.powers if kinds.get(power) == "state"], 2))
    for row in found.case.table("incidents").filter(pl.col("kind").is_in(["clash", "talks"])).iter_rows(named=True):
        sides += combinations([state for state in str(row["states"]).split(";") if state != home], 2)
    ordered = dict.fromkeys((min(pair), max(pair)) for pair in sides)
    return [pair for pair in ordered if home not in pair]


def events(found: Findings, region: Region) -> None:
    """The share of hostile ones among coded events between the home state and each other, with the number of events."""
    if "coded_events" not in set(found.case.table("panels")["panel"]):
        return
    home = found.case.home
    rows = found.case.panel("coded_events").with_columns(
        pl.when(pl.col("source") == home).then(pl.col("target")).otherwise(pl.col("source")).alias("other"),
        (pl.col("cameo").cast(pl.String).str.slice(0, 2).cast(pl.Int32, strict=False) >= HOSTILE).alias("hostile"),
    )
    rows = rows.filter((pl.col("source") == home) != (pl.col("target") == home), pl.col("hostile").is_not_null())
    powers = {*region.states, *found.case.powers} - {home}
    rows = rows.filter(pl.col("other").is_in(sorted(powers)))
    if not rows.height:
        return
    first, last = rows["date"].min(), rows["date"].max()
    period = f"{first.year}/{last.year}"  # type: ignore[union-attr]
    basis = found.rests("events", "hostile ones (groups 09 to 20 of the code) among coded events in both directions; a sample", {
        "icews_coded_events#events between two states": 1.0,
    }, "B")  # fmt: skip
    tally = rows.group_by("other").agg(pl.len().alias("n"), pl.col("hostile").sum().alias("k")).sort("other")
    low, high = share_interval(tally["k"], tally["n"])
    for (other, number, hostile), least, most in zip(tally.iter_rows(), low, high, strict=True):
        found.put("conflict_share", home, other, "", period, basis, hostile / number, float(least), float(most))
        found.put("conflict_sample", home, other, "", period, basis, number)
