"""What happened between states and inside them, how often, and how well it can be foretold."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl

from equipoise import memory
from equipoise.case import Case
from equipoise.maths import dyadic, series
from equipoise.maths import rates as rates_of_many
from equipoise.maths.rates import event_rate, pooled_rates
from equipoise.region import interdependence, pairs
from equipoise.region.findings import Findings
from equipoise.region.interdependence import TRIALS, Effect, Skill, Study, foretold, study
from equipoise.region.neighbourhood import Region
from equipoise.region.pairs import PANELS, RECORDS, Tables, dyads

__all__ = ["LEAST", "NAMES", "SOURCES", "foretelling", "incidents", "rates", "tables_of"]

NAMES = {"mid": "dispute", "ucdp": "conflict"}
"""The two records as facts name them: threat, display or use of force; armed conflict of 25 dead or more in a year."""
SOURCES = {
    "mid": {"cow_mid_5#disputes by pair and year, 56 states, to 2014": 1.0, "cow_nmc#years in which a state stood": 0.1,
            "cepii_geodist#common borders": 0.1},
    "ucdp": {"ucdp_prio_acd#conflicts between states, to 2024": 1.0, "cow_nmc#years in which a state stood": 0.1,
             "cepii_geodist#common borders": 0.1},
}  # fmt: skip
BESIDE = {
    "unctad_matrix#trade of 1995, 2005, 2015": 0.5, "world_bank_via_github_datasets_gdp_commit_82#products": 0.5,
    "vdem_15#regimes": 0.5, "unga_ideal_points#distance in votes": 0.5, "cow_nmc#capabilities": 0.5,
    "cepii_geodist#distances": 0.5,
}  # fmt: skip
EVERY = "every."
"""What items of the study of all pair-years begin with."""
DECADE, LEAST = 10.0, 1e-6
"""Years that rates are told for; and the chance a year below which the end of an interval is told as nothing."""


def tables_of(case: Case) -> Tables | None:
    """The panels of pairs, checked; nothing where the case has none."""
    held = set(case.table("panels")["panel"])
    return Tables.of({name: case.panel(name) for name in PANELS}) if set(PANELS) <= held else None


def rates(found: Findings, tables: Tables, region: Region) -> None:
    """Years with a new event of each pair, its rate beside those of its kind, and the rate of the region by itself."""
    for record, name in NAMES.items():
        held = tables.record(record)
        states, count, trials = _counted(tables, record, held)
        place = {state: i for i, state in enumerate(states)}
        border = _borders(tables, place)
        rate = np.full((3, len(states), len(states)), np.nan)
        a, b = np.triu_indices(len(states), 1)
        for kind in (border[a, b], ~border[a, b]):
            some = kind & (trials[a, b] > 0)
            if some.any():
                pooled = pooled_rates(count[a, b][some], trials[a, b][some])
                for layer, values in zip(rate, (pooled.mean, pooled.low, pooled.high), strict=True):
                    layer[a[some], b[some]] = np.where(values < LEAST, 0.0, DECADE * values)
        counted = found.rests(f"count.{name}", _COUNTED[record], SOURCES[record])
        for state in region.states:
            held_years = tables.lived(state, record) if tables.knows(state, record) else (1, 0)
            years = max(0, held_years[1] - held_years[0] + 1)
            found.put("record_years", state, "", name, f"{RECORDS[record][0]}/{RECORDS[record][1]}", counted, years)
        told = found.rests(f"rate.{name}", _RATED, SOURCES[record])
        seen = {(row["a"], row["b"]): row for row in _last(held).iter_rows(named=True)}
        for one, other in region.pairs:
            if one not in place or other not in place or not trials[at := (place[one], place[other])]:
                continue
            first = max(tables.lived(one, record)[0], tables.lived(other, record)[0])
            period = f"{first}/{RECORDS[record][1]}"
            found.put("dispute_count", one, other, name, period, counted, count[at])
            found.put("dispute_years", one, other, name, period, counted, trials[at])
            found.put("dispute_rate", one, other, name, period, told, *(float(layer[at]) for layer in rate))
            if last := seen.get((one, other)):
                found.put("dispute_last", one, other, name, period, counted, last["last"])
                found.put("dispute_gravest", one, other, name, period, counted, last["gravest"])
        _together(found, tables, region, record)


_COUNTED = {
    "mid": "years with a new threat, display or use of force between the two; a dispute of several states counts for each pair",
    "ucdp": "years in which an armed conflict between the two began after a year without; years in which it went on are no trial",
}
_RATED = (
    "Beta-Binomial rate of the pair, pooled with the pairs of the world that share a border, or that do not; times ten"
)


def _counted(tables: Tables, record: str, held: pl.DataFrame) -> tuple[tuple[str, ...], np.ndarray, np.ndarray]:
    """States of a record, years with a new event (s, s), and years in which one could have begun (s, s)."""
    states = tuple(state for state in tables.states if tables.knows(state, record))
    place = {state: i for i, state in enumerate(states)}
    first, last = np.array([tables.lived(state, record) for state in states]).T
    trials = np.maximum(0, np.minimum.outer(last, last) - np.maximum.outer(first, first) + 1)
    count = np.zeros_like(trials)
    for one, other, year, begun in held.select("a", "b", "year", "begun").iter_rows():
        if one in place and other in place:
            at = place[one], place[other]
            if max(first[at[0]], first[at[1]]) <= year <= min(last[at[0]], last[at[1]]):
                count[at] += begun > 0
                trials[at] -= record == "ucdp" and begun == 0
    return states, count, trials


def _borders(tables: Tables, place: Mapping[str, int]) -> np.ndarray:
    made = np.zeros((len(place), len(place)), dtype=bool)
    for one, other in tables.frames["region_pairs"].filter(pl.col("border")).select("a", "b").iter_rows():
        if one in place and other in place:
            made[place[one], place[other]] = True
    return made


def _last(held: pl.DataFrame) -> pl.DataFrame:
    return held.group_by("a", "b").agg(pl.col("year").max().alias("last"), pl.col("gravest").max())


def _together(found: Findings, tables: Tables, region: Region, record: str) -> None:
    """New events a year of all pairs of the region together."""
    name, last = NAMES[record], RECORDS[record][1]
    inner = [(one, other) for one, other in region.inner if tables.knows(one, record) and tables.knows(other, record)]
    if not inner:
        return
    first = min(max(tables.lived(state, record)[0] for state in pair) for pair in inner)
    held = tables.record(record).filter(
        pl.struct("a", "b").is_in([{"a": one, "b": other} for one, other in inner]),
        pl.col("year").is_between(first, last),
    )
    number = int(held["begun"].sum())
    basis = found.rests(
        f"together.{name}", "Gamma posterior, Jeffreys' prior, of all new ones among the states of the region: (n + 0.5) / years",
        SOURCES[record],
    )  # fmt: skip
    home, period = region.called(found.case.home), f"{first}/{last}"
    found.put("regional_dispute_count", home, "", name, period, basis, number)
    found.put("regional_dispute_rate", home, "", name, period, basis, *event_rate(number, last - first + 1.0))


def incidents(found: Findings, region: Region) -> None:
    """Incidents of the register by state, pair and kind: each counted for every state it happened in."""
    rows = found.case.table("incidents")
    tally: dict[tuple[str, str, str], list[str]] = {}
    for row in rows.iter_rows(named=True):
        states = [state for state in str(row["states"]).split(";") if state in region.states]
        for state in states:
            tally.setdefault((state, "", row["kind"]), []).append(row["start"][:4])
        if row["kind"] in ("clash", "settlement"):
            for one in states:
                for other in states:
                    if one < other:
                        tally.setdefault((one, other, row["kind"]), []).append(row["start"][:4])
    bases = {str(part): 1.0 for cell in rows["basis"] for part in str(cell).partition("#")[0].split(";")}
    if tally:
        basis = found.rests(
            "incidents", "incidents that the register of the case names: no count of all there were", bases, "C"
        )
        for (one, other, kind), years in sorted(tally.items()):
            found.put("incident_count", one, other, kind, f"{min(years)}/{max(years)}", basis, len(years))


def foretelling(found: Findings, tables: Tables, region: Region) -> None:
    """What makes pairs fight, in and out of sample; and a chance for each pair of the region, only where skill is proven."""
    assumed = {given.subject: int(given.value) for given in found.given("regime")}
    rest = {given.id: 0.1 for given in found.given("regime")}
    for record, name in NAMES.items():
        whole = _study(found.case, tables, record, assumed)
        open_too = _study(found.case, tables, record, assumed, every=True)
        ties = {"cow_igo_3#joint memberships": 0.5, "atop_5#pacts": 0.5} if record == "mid" else {}
        parents = SOURCES[record] | BESIDE | ties | rest
        _told(found, name, "", whole, parents)
        _told(found, name, EVERY, open_too, parents)
        shown = whole.shown if whole.shown == open_too.shown else ""
        basis = found.rests(f"shown.{name}", _SHOWN, parents, "C")
        found.put("forecast_shown", name, "", "", f"{whole.first}/{whole.last}", basis, float(bool(shown)))
        if shown:
            _chances(found, tables, region, record, replace(whole, shown=shown), assumed, basis)


def _told(found: Findings, name: str, prefix: str, done: Study, parents: Mapping[str, float]) -> None:
    """How large a study is, what it finds, and what its forecasts are worth."""
    span = f"{done.first}/{done.last}"
    sized = found.rests(f"panel.{prefix}{name}", _ROWS_OF_ALL if prefix else _ROWS, parents, "A")
    sizes = {
        "pairs": done.pairs, "rows": done.rows, "events": done.events, "left_out": done.left_out,
        "ongoing": done.ongoing, "foretold": done.tried, "foretold_events": done.tried_events,
    }  # fmt: skip
    for item, size in sizes.items():
        found.put("panel_size", name, "", prefix + item, span, sized, size)
    fitted = found.rests(f"effects.{prefix}{name}", _FITTED, parents, "C")
    for e in done.effects:
        found.put("interdependence_effect", name, e.variable, prefix + e.variant, span, fitted, e.odds, e.low, e.high)
    tried = found.rests(f"skill.{prefix}{name}", _TRIED, parents, "C")
    for skill in done.skills:
        item = f"{prefix}{skill.model}.{skill.score}"
        found.put("forecast_skill", name, skill.reference, item, span, tried, skill.value, skill.low, skill.high)
    for forecaster, rank in done.discrimination.items():
        found.put("forecast_rank", name, prefix + forecaster, "", span, tried, rank)


_ROWS = "pairs of states year by year of which every variable is known the year before"
_ROWS_OF_ALL = (
    "every pair of states in every year of the record of which place, size and past are known; a tie that is not known stands "
    "as none beside a variable that says so"
)
_SHOWN = "1 if the whole interval of the skill lies above zero, on the complete pair-years and on all of them"
_FITTED = (
    "logit of a new event on what was known the year before, penalised by Jeffreys' prior; errors allow for pairs that share a "
    "state in any year. plain: as first posed; memory: with how lately the pair had one; within: beside the mean of the pair"
)
_TRIED = (
    "each year foretold from the years before it alone; 1 less the loss over that of the reference, with the 90 % interval of a "
    "bootstrap over blocks of three years"
)


def _chances(
    found: Findings, tables: Tables, region: Region, record: str, done: Study, assumed: Mapping[str, int], basis: str
) -> None:
    """The chance of each pair of the region as things stood in the last year of the record."""
    rows = dyads(tables, record, assumed)
    _, chance = foretold(rows, done.shown)
    for row in np.flatnonzero(rows.year == done.last):
        one, other = rows.states[rows.one[row]], rows.states[rows.other[row]]
        if (one, other) in region.pairs:
            found.put("dispute_chance", one, other, NAMES[record], str(done.last), basis, float(chance[row]))


def _study(case: Case, tables: Tables, record: str, assumed: Mapping[str, int], *, every: bool = False) -> Study:
    """The study of a record, from memory if neither the tables nor what studies them have changed."""
    digest = hashlib.sha256(_method())
    marks = case.table("panels").filter(pl.col("panel").is_in(PANELS)).sort("panel")["sha256"].to_list()
    digest.update(f"{record}|{every}|{sorted(assumed.items())}|{marks}|{np.__version__}".encode())
    name = f"region-{record}-{digest.hexdigest()[:24]}"
    if (kept := memory.recall(name)) is not None and {"effects", "skills", "ranks", "sizes"} <= set(kept):
        head = kept["sizes"].row(0, named=True)
        effects = tuple(Effect(*row) for row in kept["effects"].iter_rows())
        skills = tuple(Skill(*row) for row in kept["skills"].iter_rows())
        return Study(**head, effects=effects, skills=skills, discrimination=dict(kept["ranks"].iter_rows()))
    done = study(dyads(tables, record, assumed, every=every, tried=TRIALS[record][0]))
    plain = {f: getattr(done, f) for f in done.__slots__ if f not in ("effects", "skills", "discrimination")}
    memory.keep(name, {
        "effects": pl.DataFrame([{f: getattr(e, f) for f in e.__slots__} for e in done.effects]),
        "skills": pl.DataFrame([{f: getattr(s, f) for f in s.__slots__} for s in done.skills]),
        "ranks": pl.DataFrame({"name": list(done.discrimination), "rank": list(done.discrimination.values())}),
        "sizes": pl.DataFrame([plain]),
    })  # fmt: skip
    return done


@cache
def _method() -> bytes:
    """A digest of the source of all that the study is made by: another version of it finds other things, nothing else does."""
    made_by = (interdependence, pairs, dyadic, rates_of_many, series)
    files = {Path(str(module.__file__)) for module in made_by}
    files |= {other for file in files if file.name == "__init__.py" for other in file.parent.glob("*.py")}
    return hashlib.sha256(b"".join(file.read_bytes() for file in sorted(files))).digest()
