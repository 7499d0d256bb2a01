"""Events between states: tables read, alarms and their rate, claims scored, the record kept, and that no loss reads any of it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from equipoise import study
from equipoise.brief.desk import Desk
from equipoise.brief.document import Chart, Paragraph
from equipoise.brief.watch_events import events as chapter
from equipoise.case import Case
from equipoise.errors import InputError
from equipoise.ledger import Ledger
from equipoise.watch import events
from equipoise.watch.events import claims, read_events, watch_panel
from equipoise.watch.events.alarms import REFERENCE, YEARS, reference_of
from equipoise.watch.events.keeping import entries_of, record_scores, settled_by
from equipoise.watch.events.labels import AFTER, BEFORE
from equipoise.watch.events.outlook import SPAN
from equipoise.watch.events.panel import NET, EventPanel, panel_of
from equipoise.watch.events.tables import CLASSES, class_of
from equipoise.watch.record import Entry, Settlement, append, settle_by_hand, standing

FIRST = date(2018, 1, 1)
DEPLOYED = date(2022, 1, 5)
POWERS = ("RUS", "CHN", "USA", "TUR", "AZE", "UZB", "KGZ", "TJK", "TKM", "IRN", "GBR")
Shared = Callable[[str], Path]


def made_panel(pairs: int = 3, days: int = 1500, seed: int = 1, *, shift: float = 0.0, at: int = 1200) -> EventPanel:
    """Scores of some pairs on a coverage that drifts and has weekends; the first pair moves by so much from a day on."""
    random = np.random.default_rng(seed)
    drift = np.linspace(1000, 4000, days) * np.where(np.arange(days) % 7 < 5, 1.0, 0.6)
    values = {}
    for number in range(pairs):
        scores = random.normal(0.3, 1.0, days) + (shift * (np.arange(days) >= at) if number == 0 else 0.0)
        values["KAZ", f"P{number:02d}", NET] = scores * drift / 100
    return EventPanel("made", FIRST, values, drift, False, {}, f"mark{seed}")


def cut(panel: EventPanel, days: int) -> EventPanel:
    """The beginning of a panel."""
    values = {key: series[:days] for key, series in panel.values.items()}
    coverage = None if panel.coverage is None else panel.coverage[:days]
    return replace(panel, values=values, coverage=coverage, mark=f"{panel.mark}-{days}")


@pytest.fixture(scope="module")
def found(case: Case) -> Case:
    """The bundled case knowing what its panels show, remembered for every other test that studies it."""
    return study.run(case, until="watch", lean=True)


@pytest.fixture(scope="module")
def moved() -> events.Watching:
    """A panel whose first pair moves on a known day, watched."""
    return watch_panel(made_panel(shift=1.5), draws=8)


# --- panels and tables -----------------------------------------------------------------------------------------------


def test_the_bundled_panel_is_the_sourced_base(case: Case, shared: Shared) -> None:
    """Every score of the panel, to its third decimal, and the coverage of every day are those of the base."""
    base = pl.read_parquet(shared("data/politics/gdelt_core_daily_2018_2024.parquet")).with_columns(
        pl.col("a", "b").cast(pl.String).replace({"EU27": "EU"}), pl.col("date").dt.date()
    )
    total = base.group_by("date").agg(pl.col("score").abs().cast(pl.Float64).sum().alias("total"))
    both = pl.concat([base, base.select("date", pl.col("b").alias("a"), pl.col("a").alias("b"), "score")])
    joined = case.panel("events").join(
        both, left_on=["date", "source", "target"], right_on=["date", "a", "b"], how="left"
    )
    joined = joined.join(total, on="date")
    assert (joined["score"] - joined["score_right"]).abs().max() < 6e-4
    assert (joined["coverage"] / joined["total"] - 1).abs().max() < 1e-4
    assert joined.filter(pl.col("source") == "KAZ").height == 23 * total.height


def test_classes_are_those_of_the_code_book(shared: Shared) -> None:
    """Each of its 320 codes falls into the class that the code book gives it."""
    book = pl.read_csv(shared("data/politics/cameo_goldstein.csv"), schema_overrides={"cameo": pl.String})
    wrong = [
        c for c, k in book.select("cameo", "quad_class").iter_rows() if class_of(c) != k.replace("coop", "cooperation")
    ]
    assert wrong == []


def test_a_missing_day_is_missing_and_a_quiet_one_is_zero(tmp_path: Path) -> None:
    """A day without any row is not a number for every pair; a day with rows of others is a zero of those that have none."""
    file = tmp_path / "counts.csv"
    file.write_text(
        "date,source,target,class,count\n2020-01-01,KAZ,RUS,1,4\n2020-01-01,KAZ,CHN,1,2\n2020-01-03,KAZ,RUS,1,5\n"
    )
    panel = read_events([file])
    assert panel.observed.tolist() == [True, False, True]
    assert np.isnan(panel.values["KAZ", "CHN", CLASSES[0]][1])
    assert panel.values["KAZ", "CHN", CLASSES[0]][2] == 0.0


def test_the_same_events_read_alike_in_every_layout(tmp_path: Path) -> None:
    """Counts, one row an event with codes, GDELT's export without a header, Parquet: one panel; what is left out is counted."""
    rows = [
        ("2020-01-01", "KAZ", "RUS", "0256"),
        ("2020-01-01", "KAZ", "RUS", "036"),
        ("2020-01-02", "RUS", "KAZ", "190"),
    ]
    counts = pl.DataFrame(
        [("2020-01-01", "KAZ", "RUS", "verbal_cooperation", 2), ("2020-01-02", "RUS", "KAZ", "material_conflict", 1)],
        schema=["date", "source", "target", "class", "count"], orient="row",
    )  # fmt: skip
    counts.write_csv(tmp_path / "counts.csv")
    counts.write_csv(tmp_path / "tabs.tsv", separator="\t")
    counts.with_columns(pl.col("date").str.to_date()).write_parquet(tmp_path / "counts.parquet")
    coded = "\n".join(["Event Date,Source Country,Target Country,CAMEO Code", *(",".join(row) for row in rows)])
    (tmp_path / "coded.csv").write_text(coded + "\n2020-01-02,,KAZ,010\n")
    lines = []
    for number, (day, source, target, code) in enumerate([*rows, rows[0]]):
        cells = [""] * 58
        cells[0], cells[1], cells[7], cells[17], cells[26] = str(number % 3), day.replace("-", ""), source, target, code
        lines.append("\t".join(cells))
    (tmp_path / "20200102.export.CSV").write_text("\n".join(lines) + "\n")
    names = ("counts.csv", "tabs.tsv", "counts.parquet", "coded.csv", "20200102.export.CSV")
    panels = {name: read_events([tmp_path / name]) for name in names}
    told = {name: {key: series.tolist() for key, series in panel.values.items()} for name, panel in panels.items()}
    assert all(one == told["counts.csv"] for one in told.values())
    assert panels["coded.csv"].left_out["without two states"] == 1
    assert panels["20200102.export.CSV"].left_out["said twice"] == 1


@pytest.mark.parametrize(("text", "told"), [
    ("date,source,target,score\n2020-13-01,KAZ,RUS,1\n", "row 2, date"),
    ("date,source,target,score\n2020-01-01,KAZ,RUS,1\n2020-01-02,KAZ,RUS,much\n", "row 3, score"),
    ("date,source,target,count\n2020-01-01,KAZ,RUS,-1\n", "row 2, count"),
    ("date,source,target,score\n2020-01-01,Kazakhstan,RUS,1\n", "'Kazakhstan'"),
    ("date,source,target,code\n2020-01-01,KAZ,RUS,99\n", "CAMEO"),
    ("date,source,target,class\n2020-01-01,KAZ,RUS,friendly\n", "'friendly'"),
    ("date,source,target\n2020-01-01,KAZ,RUS\n", "score, class, code or count"),
    ("day;source;target;count;class\n2020-01-01;KAZ;RUS;1;1\n2020-01-01;KAZ;RUS;2;1\n", "row 3"),
    ("date,source,target,score\n2020-01-01,KAZ,RUS,1\n2020-01-01,KAZ,RUS,2\n", "several scores"),
    ("date,source,target,score\n", "no event"),
    ("date,source,target,score\n2020-01-01,KAZ,RUS,1,7,8\n", "whole table"),
])  # fmt: skip
def test_a_bad_table_is_one_clear_error(tmp_path: Path, text: str, told: str) -> None:
    """Wrong dates, numbers, names, codes, columns, two reports of one day, a table cut short: file, row, and what is allowed."""
    file = tmp_path / "bad.csv"
    file.write_text(text)
    with pytest.raises(InputError) as error:
        read_events([file])
    assert told in str(error.value)
    assert "bad.csv" in str(error.value)


def test_a_panel_too_short_to_know_what_is_usual_is_refused() -> None:
    """What is usual is learnt from a third of the panel, of which four months must have been reported on."""
    with pytest.raises(InputError, match="longer table"):
        watch_panel(made_panel(days=300))
    quiet = made_panel(days=600)
    with pytest.raises(InputError, match="often enough"):
        watch_panel(replace(quiet, values={key: np.zeros(600) for key in quiet.values}))


# --- alarms ----------------------------------------------------------------------------------------------------------


def test_a_change_is_found_and_dated(moved: events.Watching) -> None:
    """A move of one and a half standard deviations is told of within a month and dated to within a week."""
    alarm = next(alarm for alarm in moved.alarms if alarm.key[1] == "P00" and alarm.day >= 1200)
    assert alarm.shape == "rise"
    assert abs(alarm.change - 1200) <= 7
    assert alarm.day - 1200 <= 30
    assert alarm.after - alarm.before == pytest.approx(1.5, abs=3 * alarm.spread)


def test_an_alarm_needs_nothing_that_comes_after_it(moved: events.Watching) -> None:
    """Cut off on the day of the alarm, the panel gives the same alarm, and one day sooner gives none."""
    alarm = next(alarm for alarm in moved.alarms if alarm.key[1] == "P00" and alarm.day >= 1200)
    for days, expected in ((alarm.day + 1, True), (alarm.day, False)):
        short = cut(moved.panel, days)
        assert reference_of(short) < moved.learnt  # a third of less is less: what is usual is learnt from as many days
        again = watch_panel(replace(short, values={alarm.key: short.values[alarm.key]}), draws=8, learnt=moved.learnt)
        assert [(one.day, one.change) for one in again.alarms if one.day == alarm.day] == [
            (alarm.day, alarm.change)
        ] * expected


def test_how_much_is_reported_falls_out() -> None:
    """Three times as much reported of everybody from a day on, or other days of the week, moves no alarm."""
    panel = made_panel(shift=1.5)
    louder = np.where(np.arange(panel.days) >= 1300, 3.0, 1.0)
    assert panel.coverage is not None
    values = {key: series * louder for key, series in panel.values.items()}
    loud = watch_panel(replace(panel, values=values, coverage=panel.coverage * louder))
    assert [(a.key, a.day, a.change) for a in loud.alarms] == [
        (a.key, a.day, a.change) for a in watch_panel(panel).alarms
    ]


def test_pairs_in_which_nothing_happens_raise_as_many_alarms_as_were_asked_for() -> None:
    """Of 30 empty pairs over three years about as many alarms as the rate says: one for each pair and year here."""
    watching = watch_panel(made_panel(pairs=30, days=1600, seed=7), years=1.0, draws=5)
    years = (1600 - watching.learnt) / 365.25
    assert 0.6 * 30 * years < len(watching.alarms) < 1.6 * 30 * years
    rate = sum(one.false_alarms for one in watching.series) / sum(one.false_days for one in watching.series)
    assert 0.7 < rate * 365.25 < 1.4


def test_counts_keep_a_law_of_counts_and_share_the_rate_of_their_pair() -> None:
    """A rise of conflict among counts is found; two classes of a pair have half the rate each."""
    random = np.random.default_rng(3)
    coverage = random.uniform(800, 1200, 1200)
    calm = random.negative_binomial(2.0, 0.5, 1200).astype(float)
    hot = random.negative_binomial(2.0, 0.5, 1200) + 6.0 * (np.arange(1200) >= 900)
    values = {("RUS", "KAZ", CLASSES[0]): calm, ("RUS", "KAZ", CLASSES[2]): hot}
    watching = watch_panel(EventPanel("made", FIRST, values, coverage, True, {}, "m"), draws=4)
    assert {one.false_days for one in watching.series} == {2 * round(10 * 365.25)}
    first = next(alarm for alarm in watching.alarms if alarm.key[2] == CLASSES[2] and alarm.day >= 900)
    assert (first.shape, abs(first.change - 900) <= 3, first.day - 900 < 10) == ("rise", True, True)


def test_the_deployment_of_january_2022_is_found_at_the_rate_fixed_before(found: Case) -> None:
    """At one false alarm of a pair in five years, an alarm between Kazakhstan and Russia is dated to 5 or 6 January 2022 and
    raised within ten days; it points towards cooperation, for help was asked."""
    assert (YEARS, REFERENCE) == (5.0, 730)
    periods = found.view("watch_alarm", object="RUS", item="rise")["period"].cast(pl.String).to_list()
    near = [p for p in periods if p.startswith("2022-01")]
    assert len(near) == 1
    change, raised = (date.fromisoformat(day) for day in near[0].split("/"))
    assert 0 <= (change - DEPLOYED).days <= 1
    assert (raised - DEPLOYED).days <= 10
    delay = found.view("alarm_delay", subject="jan_2022", object="RUS")
    assert delay["value"].item() == (raised - date(2022, 1, 2)).days


def test_false_alarms_of_quiet_years_are_counted_by_the_register(found: Case) -> None:
    """The count is that of the alarms whose year holds no episode of their partner, over all such years of a pair."""
    start = {
        (power, row["start"][:4])
        for row in found.table("episodes").iter_rows(named=True) if len(row["start"]) == 10
        for power in found.view("event_outlook")["object"].cast(pl.String).unique().to_list()
        if set(str(row["actors"]).split(";")) & found.members(power)
    }  # fmt: skip
    alarms = found.view("watch_alarm").select(pl.col("object", "period").cast(pl.String)).rows()
    quiet = [1 for power, period in alarms if "2020" <= period[:4] <= "2023" and (power, period[:4]) not in start]
    years = 4 * 16 - len({one for one in start if "2020" <= one[1] <= "2023"})
    count = {row["item"]: row["value"] for row in found.view("event_count").iter_rows(named=True)}
    assert (count["alarms_in_quiet_years"], count["quiet_pair_years"]) == (len(quiet), years)
    rate = found.view("alarm_rate", item="quiet_years").row(0, named=True)
    assert rate["value"] == pytest.approx(5 * len(quiet) / years)
    assert rate["low"] < rate["value"] < rate["high"]


def test_simulated_false_alarms_keep_to_the_rate_asked_for(found: Case) -> None:
    """On series drawn anew from each pair's own reference the rate is the nominal one, to a third."""
    rate = {row["item"]: row["value"] for row in found.view("alarm_rate").iter_rows(named=True)}
    assert rate["nominal"] == 1.0
    assert 0.75 < rate["simulated"] < 1.35


def test_precision_and_recall_name_their_number_and_stand_beside_chance(found: Case) -> None:
    """Each share is that of the counts beside it, and each has what chance would give; the windows are those fixed before."""
    assert (BEFORE, AFTER) == (7, 21)
    count = {row["item"]: row["value"] for row in found.view("event_count").iter_rows(named=True)}
    share = {row["item"]: row for row in found.view("alarm_hit").iter_rows(named=True)}
    for what in ("episodes", "conflicts"):
        told = share[f"recall.{what}"]
        assert told["value"] == pytest.approx(100 * count[f"labels_told.{what}"] / count[f"labels.{what}"])
        assert told["low"] < told["value"] < told["high"]
        assert 0 < share[f"recall_by_chance.{what}"]["value"] < 30
    assert count["labels.conflicts"] == 4
    assert "precision.conflicts" not in share


def test_cooperation_conflict_and_balance_are_one_another(found: Case) -> None:
    """The balance is their difference over their sum, year by year and pair by pair."""
    for row in found.view("event_tone").iter_rows(named=True):
        key = {"subject": row["subject"], "object": row["object"], "period": row["period"]}
        good, bad = (
            found.view("event_share", item=item, **key)["value"].item() for item in ("cooperation", "conflict")
        )
        assert row["value"] == pytest.approx(100 * (good - bad) / (good + bad), abs=1e-6)
        assert row["low"] <= row["value"] <= row["high"]


def test_every_finding_ends_in_a_source(found: Case) -> None:
    """An alarm, a score and a share each trace to the source of their panel, which the register knows."""
    measures = ("watch_alarm", "claim_skill", "event_tone", "event_class", "alarm_hit")
    firsts = pl.concat([found.view(measure).head(1) for measure in measures])
    small = replace(found, ledger=Ledger(firsts, found.ledger.derivations, found.ledger.parents))
    for fact, name in zip(measures, small.ledger.ids(), strict=True):
        leaves = [leaf for tree in small.trace(name) for leaf in tree.leaves()]
        assert leaves
        assert all(leaf.kind == "source" and leaf.text for leaf in leaves), fact


# --- no loss reads it ------------------------------------------------------------------------------------------------


def test_no_stage_that_writes_a_loss_reads_an_alarm(found: Case) -> None:
    """Every other stage knows the same of the case with alarms, ten times as large or none: only coverage counts them, never."""
    written = set(events.WRITES)
    rows = found.view(list(events.WRITES)).with_columns(pl.col("value") * 10)
    silent = found.without(list(events.WRITES))
    shouting = silent.add(Ledger.of(
        [{**row, "low": None, "high": None, "by": "shouting/1"} for row in rows.iter_rows(named=True)], []
    ))  # fmt: skip
    for stage in study.STAGES:
        if stage.name in ("coverage", "watch"):
            continue
        assert not written & set(stage.reads), stage.name
        assert len({study._mark(stage, one, b"", {}) for one in (silent, found, shouting)}) == 1, stage.name


def test_a_campaign_for_the_image_moves_no_loss(case: Case) -> None:
    """Its effect is nothing, with a band, on a tone that no stage reads; set to anything, no stage that writes a loss differs."""
    effect = case.view("lever_effect", subject="image_campaign").row(0, named=True)
    assert (effect["value"], effect["low"] < 0 < effect["high"]) == (0.0, True)
    target = case.table("effects").filter(pl.col("lever") == "image_campaign")["target"].to_list()
    assert target == ["narrative_tone_west"]
    loud = case.replace(Ledger.of([{**effect, "value": 50.0, "low": 50.0, "high": 50.0}], []))
    for name in ("corridors", "exposure", "withdrawal", "income", "outage"):
        stage = next(stage for stage in study.STAGES if stage.name == name)
        assert study._mark(stage, case, b"", {}) == study._mark(stage, loud, b"", {}), name


# --- claims and the record -------------------------------------------------------------------------------------------


def test_claims_use_nothing_that_was_not_known_on_their_day(moved: events.Watching) -> None:
    """Months of the panel less, every claim that was settled before stands as it was said."""
    whole = {(c.kind, c.key, c.start): c for c in claims(moved)}
    short = replace(moved, panel=cut(moved.panel, 1400))
    series = tuple(replace(one, alarms=tuple(a for a in one.alarms if a.day < 1400)) for one in moved.series)
    compared = 0
    for claim in claims(replace(short, series=series)):
        if claim.end <= 1400:
            assert whole[claim.kind, claim.key, claim.start] == claim
            compared += 1
    assert compared > 50


def test_later_days_settle_what_was_claimed_and_other_series_do_not(tmp_path: Path) -> None:
    """Open claims enter the record once; the same series some weeks longer settles each by the rule stated, in truth or void;
    another series settles none; the score is the mean squared error by hand."""
    panel, path = made_panel(), tmp_path / "record.jsonl"
    early = watch_panel(cut(panel, 1300), draws=2)
    entered = entries_of(early, claims(early), date(2021, 7, 23), skilled={"outlook"})
    assert len([entry for entry in entered if entry.kind == "outlook"]) == 3
    assert append(path, entered) == len(entered)
    assert append(path, [replace(entry, made="2024-01-01") for entry in entered]) == 0
    today = date(2022, 1, 1)
    assert settled_by(made_panel(seed=2), standing(path), today) == ([], len(entered))
    values = {key: series.copy() for key, series in panel.values.items()}
    values["KAZ", "P02", NET][1305:1325] = np.nan
    settled, strange = settled_by(replace(panel, values=values), standing(path), today)
    assert (len(settled), strange) == (len(entered), 0)
    append(path, settled)
    record = standing(path)
    for one in record:
        key = (one.entry.subject, one.entry.object, one.entry.item)
        share = panel.share(key)[1300 : 1300 + SPAN]
        assert one.settlement is not None
        if key[1] == "P02":
            assert one.settlement.happened is None
        else:
            assert one.settlement.happened == ((share.mean() > one.entry.threshold) == one.entry.over)
    scored = record_scores(record, "outlook", late=False)
    by_hand = [
        (one.entry.probability - bool(one.settlement.happened)) ** 2 for one in record
        if one.settlement and one.settlement.happened is not None and one.entry.kind == "outlook"
    ]  # fmt: skip
    assert scored is not None
    assert scored.brier == pytest.approx(np.mean(by_hand))
    assert scored.void == 1
    assert record_scores(record, "outlook", late=True) is None


def claim_number(number: int, made: str = "2024-01-01") -> Entry:
    """A claim that differs from others by its threshold."""
    return Entry("outlook", "KAZ", "RUS", NET, "it will", made, "2023-12-31", "2024-01-01", 28, 14, True, float(number), 0.1,
                 0.5, 0.4, 0.0, "hash")  # fmt: skip


def test_two_writers_at_once_lose_nothing_and_say_nothing_twice(tmp_path: Path) -> None:
    """Two processes and eight threads that enter claims of their own and the same ones: each stands once, every line whole."""
    path = tmp_path / "record.jsonl"
    code = (
        "import json, sys; from pathlib import Path; from equipoise.watch.record import Entry, append\n"
        "one = json.loads(sys.argv[2])\n"
        "def claim(n): return Entry(**{**one, 'threshold': float(n)})\n"
        "for n in range(20): append(Path(sys.argv[1]), [claim(n), claim(int(sys.argv[3]) + n)])"
    )
    given = json.dumps(asdict(claim_number(0)))
    running = [subprocess.Popen([sys.executable, "-c", code, str(path), given, first]) for first in ("100", "200")]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: append(path, [claim_number(n % 20), claim_number(1000 + n)]), range(40)))
    assert [process.wait(60) for process in running] == [0, 0]
    numbers = sorted(int(one.entry.threshold) for one in standing(path))
    assert numbers == [*range(20), *range(100, 120), *range(200, 220), *range(1000, 1040)]


def test_a_record_that_was_changed_or_cut_short_is_told(tmp_path: Path) -> None:
    """A probability mended after the fact, a line that a stopped machine left half, a settlement of nothing: the row is named."""
    path = tmp_path / "record.jsonl"
    append(path, [claim_number(1), claim_number(2)])
    text = path.read_text()
    for spoilt, row in (
        (text.replace('"probability": 0.5', '"probability": 0.9', 1), "row 1"),
        (text[:-40], "row 2"),
        (text + json.dumps({"claim": "x", "happened": True, "on": "", "inputs": "", "by": ""}) + "\n", "row 3"),
    ):
        path.write_text(spoilt)
        with pytest.raises(InputError, match=row):
            standing(path)
    path.write_text(text.rstrip("\n"))
    assert append(path, [claim_number(3)]) == 1
    assert len(standing(path)) == 3


def test_a_claim_is_settled_by_hand_once_when_its_days_are_over_and_by_somebody(tmp_path: Path) -> None:
    """Not before its last day, not without a name, not twice, and not one that nobody made; the first settlement stands."""
    path = tmp_path / "record.jsonl"
    entry = claim_number(1)
    append(path, [entry])
    for claim, by, today in ((entry.id, "a source", date(2024, 1, 20)), (entry.id, " ", date(2024, 3, 1)),
                             ("nobody", "a source", date(2024, 3, 1))):  # fmt: skip
        with pytest.raises(InputError):
            settle_by_hand(path, claim, True, by, today)
    settle_by_hand(path, entry.id, False, "a source", date(2024, 3, 1))
    append(path, [Settlement(entry.id, True, "2024-04-01", "", "another")])
    assert standing(path)[0].settlement == Settlement(entry.id, False, "2024-03-01", "", "a source")
    with pytest.raises(InputError, match="settled already"):
        settle_by_hand(path, entry.id, True, "a source", date(2024, 3, 1))


def test_what_is_entered_late_is_no_forecast(tmp_path: Path) -> None:
    """A claim entered after the first day it speaks of is scored apart from those entered in time."""
    path = tmp_path / "record.jsonl"
    late, in_time = claim_number(1, made="2024-01-02"), claim_number(2)
    append(
        path,
        [
            late,
            in_time,
            Settlement(late.id, True, "2024-02-01", "", "data"),
            Settlement(in_time.id, False, "x", "", "data"),
        ],
    )
    assert (late.late, in_time.late) == (True, False)
    told = [record_scores(standing(path), "outlook", late=which) for which in (False, True)]
    assert [one.settled for one in told if one] == [1, 1]


# --- the terminal and the brief --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table of scores of eleven pairs over three years, of which one moves."""
    panel = made_panel(pairs=11, days=1100, shift=2.0, at=900)
    file = tmp_path_factory.mktemp("events") / "scores.csv"
    rows = [
        (FIRST + timedelta(days=day), "KAZ", target, round(float(series[day]), 3), round(float(panel.coverage[day]), 1))
        for (_, target, _), series in panel.values.items() for day in range(1100)
    ]  # fmt: skip
    named = {f"P{n:02d}": code for n, code in enumerate(POWERS)}
    frame = pl.DataFrame(rows, schema=["date", "source", "target", "score", "coverage"], orient="row")
    frame.with_columns(pl.col("target").replace(named)).write_csv(file)
    return file


def test_the_terminal_tells_the_record_and_the_false_alarms_first(given, table: Path, tmp_path: Path) -> None:
    """Record, then scores, then the rate of false alarms, then alarms; claims are entered once, and the record shows them."""
    folder = str(tmp_path / "kept")
    status, out, _ = given("watch", "events", str(table), "--record", folder, "--years", "1")
    assert status == 0
    heads = [
        "Record (",
        "How claims about the next 28 days did",
        "Alarms of a pair in five years",
        "Raised",
        "Cooperation and",
    ]
    places = [out.index(head) for head in heads]
    assert places == sorted(places)
    assert "Kazakhstan – Russia" in out
    assert "▲ rise" in out
    lines = (tmp_path / "kept" / "record.jsonl").read_text().splitlines()
    given("watch", "events", str(table), "--record", folder, "--years", "1", "--pairs", "RUS", "--json")
    assert (tmp_path / "kept" / "record.jsonl").read_text().splitlines() == lines
    status, out, _ = given("watch", "record", "--record", folder)
    assert (status, out.count("open") >= len(lines)) == (0, True)


def test_the_terminal_gives_the_facts_and_refuses_what_is_no_question(given, table: Path) -> None:
    """JSON holds the alarms with their units; a day that is none, a state unknown, a case beside a file are one line each."""
    status, out, _ = given(
        "watch", "events", str(table), "--no-keep", "--json", "--since", "2020-01-01", "--pairs", "RUS"
    )
    facts = json.loads(out)["facts"]
    alarm = next(fact for fact in facts if fact["measure"] == "watch_alarm")
    assert (status, alarm["object"], alarm["unit"]) == (0, "RUS", "standard deviations")
    for words, told in (
        (("--since", "yesterday"), "2022-01-01"), (("--pairs", "ZZZ"), "ZZZ"), (("kazakhstan",), "files alone"),
        (("--years", "0"), "0.1 to 100"),
    ):  # fmt: skip
        status, _, err = given("watch", "events", str(table), "--no-keep", *words)
        assert (status, told in err) == (2, True) or (status == 1 and told in err), words
    status, _, err = given("watch", "record", "--settle", "abc=maybe")
    assert status != 0
    assert "yes" in err


def test_the_chapter_says_how_often_it_is_wrong_and_what_it_cannot_say(found: Case) -> None:
    """Image and rhetoric: the rate of false alarms first, that no campaign moves a loss, that no sphere of media is known."""
    blocks = chapter(Desk(found))
    told = [" ".join(p if isinstance(p, str) else p.plain for p in b.parts) for b in blocks if isinstance(b, Paragraph)]
    assert "false alarm" in told[0]
    assert any("no campaign can move a loss" in text for text in told)
    assert any("no language, outlet or sphere of media" in text for text in told)
    chart = next(block for block in blocks if isinstance(block, Chart))
    titles = {layer["encoding"]["y"]["axis"]["title"] for panel in chart.wide["vconcat"] for layer in panel["layer"]
              if "axis" in layer["encoding"].get("y", {})}  # fmt: skip
    assert titles == {"% of coverage"}


def test_a_case_without_events_says_so(toy: Case) -> None:
    """No panel, no finding: one line in the brief, nothing in the ledger."""
    assert events.derive(toy).facts.height == 0
    assert "no panel of events" in str(chapter(Desk(toy))[0])


def test_a_row_of_a_panel_is_a_day_of_a_pair() -> None:
    """A panel needs a row; its hash knows every value."""
    frame = pl.DataFrame(
        {"date": [FIRST], "source": ["KAZ"], "target": ["RUS"], "kind": [NET], "value": [1.0], "coverage": [2.0]}
    )
    one, other = (panel_of("made", frame.with_columns(pl.lit(v).alias("value")), counted=False) for v in (1.0, 2.0))
    assert one.mark != other.mark
    with pytest.raises(InputError, match="no event"):
        panel_of("made", frame.clear(), counted=False)
