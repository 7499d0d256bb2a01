"""What a watch found, as facts: first how often it is wrong, then what was raised, and what passed between the states."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from equipoise.maths.series import count_interval, share_interval, stationary_blocks
from equipoise.watch.events.alarms import BLOCK, Watching
from equipoise.watch.events.labels import Hits, Label, per_pair
from equipoise.watch.events.outlook import SPAN, Claim, Scores
from equipoise.watch.events.panel import NET, EventPanel
from equipoise.watch.events.tables import CLASSES, class_of
from equipoise.watch.stage import VERSION

__all__ = [
    "WRITES", "Rows", "alarm_rows", "coded_rows", "delay_rows", "false_alarm_rows", "hit_rows", "outlook_rows",
    "passed_rows", "score_rows",
]  # fmt: skip

WRITES = (
    "alarm_rate", "event_count", "alarm_hit", "alarm_delay", "claim_brier", "claim_skill", "claim_said", "claim_came",
    "watch_alarm", "event_outlook", "event_share", "event_tone", "event_month", "event_class", "event_coded",
)  # fmt: skip
Rows = Iterator[dict[str, object]]
RESAMPLES = 200
FEWEST = 60
"""Days of a year that must have been reported on for its figures to be written down."""
FEWEST_SCORES = 20
"""Days with a score that a balance of the year needs."""
FloatArray = NDArray[np.float64]


def false_alarm_rows(
    watching: Watching, subject: str, basis: str, quiet: tuple[int, int, tuple[float, float]] | None = None
) -> Rows:
    """The rate aimed at, the one that empty series give, the one of quiet years, and all that was raised; then what was
    watched, what is seen too seldom, and how many days are missing."""
    panel, years = watching.panel, watching.years
    period = f"{panel.day(watching.learnt)}/{panel.last}"

    def put(
        measure: str, item: str, value: float, low: float | None = None, high: float | None = None
    ) -> dict[str, object]:
        return _row(measure, subject, "", item, period, value, low, high, basis)

    yield put("alarm_rate", "nominal", per_pair(1.0, years * 365.25, 5.0))
    wrong = [(one.false_alarms, one.false_days) for one in watching.series]
    many = len(watching.series) / len(watching.pairs)
    days = sum(one for _, one in wrong)
    found = sum(one for one, _ in wrong)
    low, high = (per_pair(one, days, 5.0) * many for one in count_interval(found))
    yield put("alarm_rate", "simulated", per_pair(found, days, 5.0) * many, low, high)
    if quiet is not None and quiet[1]:
        count, pair_years, interval = quiet
        low, high = (5.0 * one / pair_years for one in interval)
        yield put("alarm_rate", "quiet_years", 5.0 * count / pair_years, low, high)
        yield put("event_count", "quiet_pair_years", pair_years)
        yield put("event_count", "alarms_in_quiet_years", count)
    span = panel.days - watching.learnt
    raised = len(watching.alarms)
    each, low, high = (per_pair(one, span * len(watching.pairs), 5.0) for one in (raised, *count_interval(raised)))
    yield put("alarm_rate", "raised", each, low, high)
    seldom = {key[:2] for key in watching.seldom} - set(watching.pairs)
    counts = {
        "pairs_watched": len(watching.pairs), "pairs_seen_too_seldom": len(seldom), "alarms": raised, "days": panel.days,
        "days_missing": int((~panel.observed).sum()), "days_of_reference": watching.learnt,
        "set_against_coverage": int(panel.coverage is not None),
        **{f"left_out.{why.replace(' ', '_')}": number for why, number in panel.left_out.items()},
    }  # fmt: skip
    for item, value in counts.items():
        yield put("event_count", item, float(value))


def alarm_rows(watching: Watching, basis: str, since: date | None = None) -> Rows:
    """Each alarm: how far the level moved, with the 90 % interval of that under the law; from the day of the change to that of
    the alarm."""
    panel = watching.panel
    for alarm in watching.alarms if since is None else watching.since(since):
        source, target, kind = alarm.key
        moved, half = alarm.after - alarm.before, 1.645 * alarm.spread
        item = alarm.shape if kind == NET else f"{kind}.{alarm.shape}"
        period = f"{panel.day(alarm.change)}/{panel.day(alarm.day)}"
        yield _row("watch_alarm", source, target, item, period, moved, moved - half, moved + half, basis)


def hit_rows(found: Hits, subject: str, what: str, period: str, basis: str) -> Rows:
    """Precision and recall against labels, beside what chance alone would give, and of how many."""
    for name, share, chance in (
        ("precision", found.precision, found.precision_by_chance), ("recall", found.recall, found.recall_by_chance),
    ):  # fmt: skip
        if share is not None:
            value, low, high = (100.0 * one for one in share)
            yield _row("alarm_hit", subject, "", f"{name}.{what}", period, value, low, high, basis)
            yield _row("alarm_hit", subject, "", f"{name}_by_chance.{what}", period, 100.0 * chance, None, None, basis)
    yield _row("event_count", subject, "", f"labels.{what}", period, found.labels, None, None, basis)
    yield _row("event_count", subject, "", f"labels_told.{what}", period, found.told, None, None, basis)


def delay_rows(found: Hits, watching: Watching, home: str, labels: Sequence[Label], basis: str) -> Rows:
    """How long after an episode of the register began its first alarm came."""
    start = {one.name: one.start for one in labels}
    seen: set[tuple[str, str]] = set()
    for name, alarm in sorted(found.matched, key=lambda match: match[1].day):
        partner = next(end for end in alarm.key[:2] if end != home)
        if (name, partner) not in seen:
            seen.add((name, partner))
            day = watching.panel.day(alarm.day)
            yield _row("alarm_delay", name, partner, "", str(day), (day - start[name]).days, None, None, basis)


def score_rows(found: Scores, subject: str, kind: str, period: str, basis: str) -> Rows:
    """How claims of one kind did, the bad with the good."""
    for item, value in (("made", found.brier), ("climatology", found.climatology), ("persistence", found.persistence)):
        yield _row("claim_brier", subject, "", f"{kind}.{item}", period, value, None, None, basis)
    for item, skill in (("over_climatology", found.over_climatology), ("over_persistence", found.over_persistence)):
        if skill is not None:
            value, *ends = skill
            low, high = ends if np.isfinite(ends).all() else (None, None)  # too few to say how wide
            yield _row("claim_skill", subject, "", f"{kind}.{item}", period, value, low, high, basis)
    for item, count in (("settled", found.settled), ("void", found.void)):
        yield _row("event_count", subject, "", f"{kind}.{item}", period, count, None, None, basis)
    told = found.reliability
    for number, said in enumerate(told.forecast):
        item = f"{kind}.{number + 1}"
        yield _row("claim_said", subject, "", item, period, 100.0 * said, None, None, basis)
        came, low, high = (100.0 * float(column[number]) for column in (told.frequency, told.low, told.high))
        yield _row("claim_came", subject, "", item, period, came, low, high, basis)
        yield _row("event_count", subject, "", f"said.{item}", period, told.count[number], None, None, basis)


def outlook_rows(watching: Watching, made: Sequence[Claim], proven: bool, basis: str) -> Rows:
    """What is said of the days after the panel: the watch's own probability where it is proven to have skill, else the
    long-run frequency."""
    panel = watching.panel
    for claim in made:
        if claim.kind == "outlook" and claim.start == panel.days:
            source, target, kind = claim.key
            first = panel.day(claim.start)
            period = f"{first}/{first + timedelta(days=SPAN - 1)}"
            said = claim.probability if proven else claim.climatology
            yield _row("event_outlook", source, target, kind, period, 100.0 * said, None, None, basis)


def passed_rows(panel: EventPanel, basis: str, months: Sequence[str], *, seed: int = 1) -> Rows:
    """Cooperation and conflict by partner and year in % of coverage, and the balance of the two, of which the volume falls out;
    of some partners month by month."""
    numbers = panel.numbers().astype("datetime64[D]")
    years = numbers.astype("datetime64[Y]").astype(np.int64) + 1970
    calendar = numbers.astype("datetime64[M]").astype(str)
    seen = panel.observed
    for (source, target, kind), values in panel.values.items():
        if kind != NET or panel.coverage is None:
            continue
        for year in range(int(years[0]), int(years[-1]) + 1):
            days = np.flatnonzero((years == year) & seen & np.isfinite(values))
            if len(days) < FEWEST:
                continue
            y, covered = values[days], panel.coverage[days].sum()
            for item, part in (("cooperation", y.clip(min=0.0)), ("conflict", (-y).clip(min=0.0))):
                share = 100.0 * float(part.sum()) / float(covered)
                yield _row("event_share", source, target, item, str(year), share, None, None, basis)
            if (y != 0).sum() >= FEWEST_SCORES:
                low, high = _tone_band(y, seed)
                tone = float(_tone(y[None, :])[0])
                yield _row("event_tone", source, target, "", str(year), tone, min(low, tone), max(high, tone), basis)
        for month in dict.fromkeys(calendar) if target in months else ():
            days = np.flatnonzero((calendar == month) & seen & np.isfinite(values))
            if len(days) >= 10:
                net = 100.0 * float(values[days].sum()) / float(panel.coverage[days].sum())
                yield _row("event_month", source, target, "", str(month), net, None, None, basis)


def coded_rows(frame: pl.DataFrame, home: str, basis: str, partners: Sequence[str]) -> Rows:
    """Of the coded events between the state and some partners, in each direction, the share of each class."""
    stated = frame.drop_nulls(["source", "target", "cameo"])
    classes = {code: class_of(code) for code in stated["cameo"].unique().to_list()}
    named = stated.with_columns(pl.col("cameo").replace_strict(classes).alias("kind"))
    first, last = frame["date"].min(), frame["date"].max()
    assert isinstance(first, date)
    assert isinstance(last, date)
    period = f"{first.year}/{last.year}"
    for partner in partners:
        if not named.filter(pl.concat_list("source", "target").list.contains(partner)).height:
            continue  # a group, or a state that the sample does not meet: not known is not none
        for source, target in ((home, partner), (partner, home)):
            kinds = named.filter((pl.col("source") == source) & (pl.col("target") == target))["kind"].to_list()
            yield _row("event_coded", source, target, "", period, len(kinds), None, None, basis)
            for kind in CLASSES if kinds else ():
                came = kinds.count(kind)
                low, high = share_interval([came], [len(kinds)])
                ends = 100.0 * float(low[0]), 100.0 * float(high[0])
                yield _row("event_class", source, target, kind, period, 100.0 * came / len(kinds), *ends, basis)


def _tone(y: FloatArray) -> FloatArray:
    """Balance of cooperation and conflict (k,) of days (k, n): 100 all cooperation, −100 all conflict."""
    size = np.abs(y).sum(axis=1)
    return np.asarray(100.0 * y.sum(axis=1) / np.where(size > 0, size, np.nan))


def _tone_band(y: FloatArray, seed: int) -> tuple[float, float]:
    places = stationary_blocks(len(y), len(y), RESAMPLES, BLOCK, seed)
    low, high = np.nanquantile(_tone(y[places]), (0.05, 0.95))
    return float(low), float(high)


def _row(
    measure: str, subject: str, object: str, item: str, period: str, value: float, low: float | None, high: float | None,
    basis: str,
) -> dict[str, object]:  # fmt: skip
    figures: Mapping[str, float | None] = {"value": float(value), "low": low, "high": high}
    held = {name: None if figure is None else float(figure) for name, figure in figures.items()}
    key = {"measure": measure, "subject": subject, "object": object, "item": item, "period": period}
    return {**key, **held, "grade": "B", "kind": "derived", "basis": basis, "by": VERSION}
