"""Events between states: what was reported by pair and class against all that was reported, and when it changed.

How often alarms are false, and how claims made by the same rules did, comes before anything that was found. An alarm is a
signpost: it says that a path may have been entered, and no stage that writes a loss reads it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import product

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
from equipoise.watch.events.keeping import Kept, keep, record_scores
from equipoise.watch.events.labels import Label, hits, quiet_years
from equipoise.watch.events.outlook import Claim, claims, proven, scores
from equipoise.watch.events.panel import NET, EventPanel, panel_of
from equipoise.watch.events.tables import read_events
from equipoise.watch.record import Standing
from equipoise.watch.stage import VERSION

__all__ = [
    "READS", "WRITES", "Claim", "EventPanel", "Kept", "Watching", "claims", "derive", "derive_around", "derive_panel",
    "derive_record", "home_panel", "keep", "labels_of", "panel_of_case", "read_events", "watch_panel",
]  # fmt: skip

READS: tuple[str, ...] = ()
"""No fact: the series lie in panels, which the register names."""
PANEL, CODED, ONSETS = "events", "coded_events", "conflict_onsets"


def derive(case: Case) -> Ledger:
    """What the panels of a case show; empty where it has none of events."""
    if PANEL not in set(case.table("panels")["panel"]):
        return Ledger.empty()
    return Ledger.empty().add(derive_panel(case, home_panel(case)), derive_around(case))


def derive_around(case: Case) -> Ledger:
    """What is known besides: whether alarms told of the armed conflicts between other states of the panel, and the mix of
    coded events; empty where the case has neither."""
    names = set(case.table("panels")["panel"])
    rows: list[dict[str, object]] = []
    records = []
    whole = panel_of_case(case)
    around = {key for key in whole.values if case.home not in key[:2]}
    if ONSETS in names and around:
        others = watch_panel(whole.of(around))
        onsets = [
            Label(f"{a}-{b}-{day}", frozenset((a, b)), day)
            for day, a, b in case.panel(ONSETS).select("date", "source", "target").iter_rows()
        ]
        found = hits(others, onsets)
        period = f"{others.panel.day(others.learnt)}/{others.panel.last}"
        told = hit_rows(found, case.home, "conflicts", period, _CONFLICTS) if found else ()
        rows += [row for row in told if not str(row["item"]).startswith("precision")]  # no list of all that was none
        records.append(Derivation(_CONFLICTS, VERSION, _SAID[_CONFLICTS], _parents(case, PANEL, ONSETS)))
    if CODED in names:
        rows += coded_rows(case.panel(CODED), case.home, _CODED, _partners(case, whole))
        records.append(Derivation(_CODED, VERSION, _SAID[_CODED], _parents(case, CODED)))
    return Ledger.of(rows, records) if rows else Ledger.empty()


def derive_record(record: Sequence[Standing], subject: str, *, seed: int = 1) -> Ledger:
    """How the claims of a record did, those entered in time and those entered late; empty where none is settled."""
    rows: list[dict[str, object]] = []
    for kind, late in product(("outlook", "alarm"), (False, True)):
        found = record_scores(record, kind, late=late, seed=seed)
        if found is not None:
            days = [one.entry.first for one in record if one.entry.kind == kind and one.entry.late == late]
            rows += score_rows(
                found, subject, f"{'late' if late else 'record'}.{kind}", f"{min(days)}/{max(days)}", _RECORD
            )
    inputs = {f"{one.settlement.by}#{one.settlement.inputs[:16]}": 1.0 for one in record if one.settlement is not None}
    return Ledger.of(rows, [Derivation(_RECORD, VERSION, _SAID[_RECORD], inputs)]) if rows else Ledger.empty()


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
    rows = list(false_alarm_rows(watched, subject, _ALARMS, quiet_years(watched, labels, subject)))
    beside = hits(watched, labels, subject)
    if beside is not None:
        rows += hit_rows(beside, subject, "episodes", period, _ALARMS)
        rows += delay_rows(beside, watched, subject, labels, _ALARMS)
    skilled = False
    for kind, together in (("outlook", len(watched.series)), ("alarm", 1)):
        found = scores([claim for claim in made if claim.kind == kind], together, seed=seed)
        if found is not None:
            rows += score_rows(found, subject, kind, period, _CLAIMS)
            skilled = skilled or (kind == "outlook" and proven(found))
    rows += alarm_rows(watched, _ALARMS)
    rows += outlook_rows(watched, made, skilled, _CLAIMS)
    rows += passed_rows(panel, _PASSED, _partners(case, panel), seed=seed)
    own = panel.name in set(case.table("panels")["panel"])
    parents = _parents(case, panel.name) if own else {f"{panel.name}#sha256-{panel.mark[:16]}": 1.0}
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


def home_panel(case: Case) -> EventPanel:
    """The panel of events of a case, with the pairs of its home state alone; see :func:`panel_of_case`."""
    whole = panel_of_case(case)
    return whole.of({key for key in whole.values if case.home in key[:2]})


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
_CONFLICTS, _CODED, _RECORD = "watch.events.conflicts", "watch.events.coded", "watch.events.record"
_SAID = {
    _ALARMS: "changes of level of each pair's share of coverage, less its seasons, sought day by day with a penalty set on "
    "series drawn in blocks from the pair's own reference; false alarms counted on others drawn anew and in years "
    "without an episode",
    _CLAIMS: "claims about the next 28 days by rules fixed before, each from what was known on its day, scored against the "
    "long-run frequency and against all staying as it is",
    _CONFLICTS: "armed conflicts between two states of the panel, and whether an alarm of the pair told of the beginning",
    _CODED: "share of each class of CAMEO among the coded events of one direction, with its Wilson interval",
    _RECORD: "claims of the record, entered before the days they speak of and settled by the rule stated with them",
    _PASSED: "sum of daily scores above and below 0 over the coverage of the same days; the balance of the two with its 5-95 % "
    "band over days drawn in blocks",
}  # fmt: skip
