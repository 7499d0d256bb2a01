"""Claims into the record, and out of it again when the days they speak of have come."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from equipoise.watch.events.alarms import Watching
from equipoise.watch.events.outlook import ENOUGH, SPAN, Claim, Scores, outcome, proven, scores
from equipoise.watch.events.panel import EventPanel
from equipoise.watch.record import Entry, Settlement, Standing, append, standing

__all__ = ["Kept", "entries_of", "keep", "record_scores", "settled_by"]

ALIKE = 1e-4
"""How far, in parts of itself, the days before a claim may differ in later data that are said to be the same series."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What a run brought into the record: claims entered, claims settled, and claims that are due but of another series."""

    entered: int
    settled: int
    strange: int


def keep(watching: Watching, made: Sequence[Claim], path: Path, today: date, *, seed: int = 1) -> Kept:
    """Settle what has come, then enter what is open; see :func:`equipoise.watch.record.append`."""
    settled, strange = settled_by(watching.panel, standing(path), today)
    skilled = set()
    for kind, together in (("outlook", len(watching.series)), ("alarm", 1)):
        if proven(scores([claim for claim in made if claim.kind == kind], together, seed=seed)):
            skilled.add(kind)
    entered = append(path, entries_of(watching, made, today, skilled=skilled))
    return Kept(entered, append(path, settled), strange)


def entries_of(watching: Watching, made: Sequence[Claim], today: date, *, skilled: AbstractSet[str]) -> list[Entry]:
    """The claims whose days are not over in the panel, as they go into the record.

    Their probability is the watch's own for the kinds of claim that have proven skill, and the long-run frequency else.
    """
    panel = watching.panel
    found = []
    for claim in made:
        anchor = _mean(panel, claim, claim.start - SPAN)
        if claim.end <= panel.days or anchor is None:
            continue
        first = panel.day(claim.start)
        found.append(
            Entry(
                kind=claim.kind, subject=claim.key[0], object=claim.key[1], item=claim.key[2], statement=_statement(panel, claim),
                made=today.isoformat(), known_until=panel.last.isoformat(), first=first.isoformat(), days=SPAN, fewest=ENOUGH,
                over=claim.over, threshold=claim.threshold, anchor=anchor,
                probability=claim.probability if claim.kind in skilled else claim.climatology,
                climatology=claim.climatology, persistence=claim.persistence, inputs=panel.mark,
            )
        )  # fmt: skip
    return found


def settled_by(panel: EventPanel, record: Sequence[Standing], today: date) -> tuple[list[Settlement], int]:
    """What a panel says of the open claims of a record whose days are over, and how many of them are of another series."""
    found, strange = [], 0
    for one in record:
        entry, key = one.entry, (one.entry.subject, one.entry.object, one.entry.item)
        if one.settlement is not None or entry.last > panel.last or entry.days != SPAN:
            continue
        start = panel.place(date.fromisoformat(entry.first))
        claim = Claim(entry.kind, key, start, entry.over, entry.threshold, 0.0, 0.0, 0.0, None)
        anchor = _mean(panel, claim, start - SPAN) if key in panel.values else None
        if anchor is None or abs(anchor - entry.anchor) > ALIKE * max(abs(entry.anchor), ALIKE):
            strange += 1
            continue
        happened = outcome(panel.share(key), start, entry.over, entry.threshold)
        found.append(Settlement(entry.id, happened, today.isoformat(), panel.mark, "data"))
    return found, strange


def record_scores(record: Sequence[Standing], kind: str, *, late: bool, seed: int = 1) -> Scores | None:
    """How the settled claims of one kind did, those entered in time or those entered late; nothing where there are none."""
    settled = [
        one for one in record if one.entry.kind == kind and one.entry.late == late and one.settlement is not None
    ]
    ordered = sorted(settled, key=lambda one: (one.entry.first, one.entry.id))
    made = [
        Claim(
            kind, (one.entry.subject, one.entry.object, one.entry.item), 0, one.entry.over, one.entry.threshold,
            one.entry.probability, one.entry.climatology, one.entry.persistence,
            one.settlement.happened if one.settlement else None,
        )
        for one in ordered
    ]  # fmt: skip
    return scores(made, len({claim.key for claim in made}), seed=seed) if made else None


def _mean(panel: EventPanel, claim: Claim, start: int) -> float | None:
    """Mean share of the days before a claim; nothing where too few were reported on."""
    part = panel.share(claim.key)[max(start, 0) : max(start, 0) + SPAN] if start >= 0 else np.zeros(0)
    part = part[np.isfinite(part)]
    return float(part.mean()) if len(part) >= ENOUGH else None


def _statement(panel: EventPanel, claim: Claim) -> str:
    """A claim in words that can be settled by anybody who has the series."""
    source, target, kind = claim.key
    unit = " % of coverage" if panel.coverage is not None else ""
    side = "above" if claim.over else "below"
    return (
        f"{source}-{target}, {kind}: the mean of the {SPAN} days from {panel.day(claim.start)} on lies {side} "
        f"{claim.threshold:.4g}{unit}; void where fewer than {ENOUGH} of them are reported on"
    )
