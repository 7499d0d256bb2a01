"""Events between states: what was reported by pair and class against all that was reported, and when it changed.

How often alarms are false, and how claims made by the same rules did, comes before anything that was found. An alarm is a
signpost: it says that a path may have been entered, and no stage that writes a loss reads it.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from equipoise.case import Case
from equipoise.ledger import Derivation, Ledger
from equipoise.watch.events.alarms import Watching, watch_panel
from equipoise.watch.events.facts import (
    WRITES,
    alarm_rows,
    coded_rows,
    delay_rows,
    false_alarm_rows,
    hit_rows,
    outlook_rows,
    passed_rows,
    score_rows,
)
from equipoise.watch.events.labels import Label, hits, quiet_years
from equipoise.watch.events.outlook import Claim, claims, scores
from equipoise.watch.events.panel import NET, EventPanel, panel_of
from equipoise.watch.events.tables import read_events
from equipoise.watch.stage import VERSION

__all__ = [
    "READS", "WRITES", "Claim", "EventPanel", "Watching", "claims", "derive", "derive_panel", "labels_of", "panel_of_case",
    "read_events", "watch_panel",
]  # fmt: skip

READS: tuple[str, ...] = ()
"""No fact: the series lie in panels, which the register names."""
PANEL, CODED, ONSETS = "events", "coded_events", "conflict_onsets"


def derive(case: Case) -> Ledger:
    """What the panels of a case show; empty where it has none of events."""
    names = set(case.table("panels")["panel"])
    if PANEL not in names:
        return Ledger.empty()
    whole = panel_of_case(case)
    home = {key for key in whole.values if case.home in key[:2]}
    around = set(whole.values) - home
    found = derive_panel(case, whole.of(home))
    rows: list[dict[str, object]] = []
    records = []
    if ONSETS in names and around:
        others = watch_panel(whole.of(around))
        basis = "watch.events.conflicts"
        onsets = [
            Label(f"{a}-{b}-{day}", frozenset((a, b)), day)
            for day, a, b in case.panel(ONSETS).select("date", "source", "target").iter_rows()
        ]
        period = f"{others.panel.day(others.learnt)}/{others.panel.last}"
        rows += [
            row for row in hit_rows(hits(others, onsets, others.alarms), case.home, "conflicts", period, basis)
            if not str(row["item"]).startswith("precision")
        ]  # fmt: skip
        told = "armed conflicts between two states of the panel, and whether an alarm of the pair told of the beginning"
        records.append(Derivation(basis, VERSION, told, _parents(case, PANEL, ONSETS)))
    if CODED in names:
        rows += coded_rows(case.panel(CODED), case.home, "watch.events.coded", _partners(case, whole))
        told = "share of each class of CAMEO among the coded events of one direction, with its Wilson interval"
        records.append(Derivation("watch.events.coded", VERSION, told, _parents(case, CODED)))
    return Ledger.empty().add(found, Ledger.of(rows, records)) if rows else found


def derive_panel(case: Case, panel: EventPanel, *, watching: Watching | None = None, seed: int = 1) -> Ledger:
    """What one panel shows: how often its alarms are false, how its claims did, the alarms, and what passed.

    The register of the case says which pairs' episodes are known. Parents are the sources of the panel of the case, or the
    name and hash of a table of one's own.

    Raises
    ------
    InputError
        The panel is too short, or no pair is seen often enough.
    """
    watched = watching or watch_panel(panel, seed=seed)
    labels = labels_of(case, panel)
    made = claims(watched)
    period = f"{panel.day(watched.learnt)}/{panel.last}"
    subject = case.home
    rows = list(false_alarm_rows(watched, subject, _ALARMS, quiet_years(watched, labels, watched.alarms)))
    found_of = hits(watched, labels, watched.alarms)
    rows += hit_rows(found_of, subject, "episodes", period, _ALARMS)
    rows += delay_rows(found_of, watched, subject, labels, _ALARMS)
    proven = False
    for kind, together in (("outlook", len(watched.series)), ("alarm", 1)):
        found = scores([claim for claim in made if claim.kind == kind], together, seed=seed)
        if found is not None:
            rows += score_rows(found, subject, kind, period, _CLAIMS)
            proven = proven or (kind == "outlook" and found.over_climatology[1] > 0)
    rows += alarm_rows(watched, _ALARMS)
    rows += outlook_rows(watched, made, proven, _CLAIMS)
    rows += passed_rows(panel, _PASSED, _partners(case, panel), seed=seed)
    own = panel.name in set(case.table("panels")["panel"])
    parents = _parents(case, panel.name) if own else {f"{panel.name}#sha256:{panel.mark[:16]}": 1.0}
    options = f"years={watched.years:g} seed={seed}"
    return Ledger.of(rows, [
        Derivation(_ALARMS, VERSION, _SAID[_ALARMS], parents, options),
        Derivation(_CLAIMS, VERSION, _SAID[_CLAIMS], parents, options),
        Derivation(_PASSED, VERSION, _SAID[_PASSED], parents),
    ])  # fmt: skip


def panel_of_case(case: Case) -> EventPanel:
    """The panel of events of a case.

    Raises
    ------
    InputError
        The case has none, or its bytes are not those that the register names.
    """
    frame = case.panel(PANEL).with_columns(pl.col("coverage").cast(pl.Float64))
    if "score" in frame.columns:
        frame = frame.with_columns(pl.lit(NET).alias("kind"), pl.col("score").cast(pl.Float64).alias("value"))
        return panel_of(PANEL, frame, counted=False)
    return panel_of(PANEL, frame.with_columns(pl.col("count").cast(pl.Float64).alias("value")), counted=True)


def labels_of(case: Case, panel: EventPanel) -> list[Label]:
    """Episodes of the register that began on a known day, for each pair of the panel whose partner acted in them, or a member
    of it did."""
    partners = {
        next(end for end in key[:2] if end != case.home): key[:2] for key in panel.values if case.home in key[:2]
    }
    inside = {partner: case.members(partner) for partner in partners}
    found = []
    for row in case.table("episodes").iter_rows(named=True):
        day = _day(str(row["start"]))
        acting = set(filter(None, str(row["actors"] or "").split(";")))
        for partner in partners if day else ():
            if acting & inside[partner]:
                assert day is not None
                found.append(Label(str(row["episode"]), frozenset((case.home, partner)), day))
    return found


def _day(text: str) -> date | None:
    """The day that a text names; nothing where it names a month or a year."""
    return date.fromisoformat(text) if len(text) == len("2022-01-05") else None


def _partners(case: Case, panel: EventPanel) -> list[str]:
    """Powers of the case that the panel knows."""
    known = {end for key in panel.values for end in key[:2]}
    return [power for power in case.powers if power in known]


def _parents(case: Case, *panels: str) -> dict[str, float]:
    rows = {row["panel"]: row for row in case.table("panels").iter_rows(named=True)}
    return {
        f"{source}#panels/{rows[panel]['file']}": 1.0
        for panel in panels
        for source in str(rows[panel]["basis"]).split(";")
    }


_ALARMS, _CLAIMS, _PASSED = "watch.events.alarms", "watch.events.claims", "watch.events.passed"
_SAID = {
    _ALARMS: "changes of level of each pair's share of coverage, less its seasons, sought day by day with a penalty set on "
    "series drawn in blocks from the pair's own reference; false alarms counted on others drawn anew and in years without an "
    "episode",
    _CLAIMS: "claims about the next 28 days by rules fixed before, each from what was known on its day, scored against the "
    "long-run frequency and against all staying as it is",
    _PASSED: "sum of daily scores above and below 0 over the coverage of the same days; the balance of the two with its 5-95 % "
    "band over days drawn in blocks",
}  # fmt: skip
