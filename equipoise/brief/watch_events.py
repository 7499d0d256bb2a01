"""Analysis: image and rhetoric as events between states show them; how often the watch is wrong comes before what it found."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from equipoise.brief.charts import Spec
from equipoise.brief.desk import Desk, joined, signed
from equipoise.brief.document import Absent, Block, Cell, Chart, Figure, Paragraph, Table
from equipoise.brief.palette import INK, MUTED, RULE, config
from equipoise.brief.watch_map import partners_map

__all__ = [
    "alarms", "beside", "claims", "coded", "days", "events", "false_alarms", "hits", "outlooks", "passed", "reliability",
]  # fmt: skip

SHAPES = {"rise": "▲ rise", "fall": "▼ fall", "return": "○ back"}
DRAWN = 4
"""Partners in the picture: those with the largest alarms among the powers."""
CAMPAIGN = "image_campaign"
TARGET = "narrative_tone_west"


def events(desk: Desk) -> list[Block]:
    """How often the watch is wrong, what it raised, how the balance of events stands with each power, and what it cannot say."""
    table = false_alarms(desk)
    if not table.rows:
        return [Absent("The case holds no panel of events: image and rhetoric are not watched.")]
    years = sorted({str(row["period"]) for row in desk.notes.rows("event_tone", subject=desk.home)})
    mapped = partners_map(desk, _last_whole(desk, years)) if years else []
    blocks: list[Block] = [*_rates(desk), *_told(desk), *_picture(desk), *mapped, *_image(desk), *_rhetoric(desk)]
    tables = [_largest(desk), table, claims(desk), passed(desk)]
    return [*blocks, *(t for t in tables if t.rows), *beside(desk)]


# --- how often it is wrong -------------------------------------------------------------------------------------------


def _one(desk: Desk, measure: str, item: str, **style: Any) -> Figure | None:
    """The figure of the watch over the home state with one item."""
    rows = desk.notes.rows(measure, subject=desk.home, object="", item=item)
    return desk.notes.of(rows[0], **style) if rows else None


def _rates(desk: Desk) -> list[Paragraph]:
    """The false-alarm rate in one sentence, and the score of the claims in another."""
    made = desk.say(
        "The watch over events is set to {nominal} in five years for a pair; series in which nothing happens give "
        "{simulated}. In years of a pair in which no episode of the register began it raised {quiet}: a register is "
        "not the world, so that this is the most that can be false.",
        nominal=_one(desk, "alarm_rate", "nominal", unit="false alarm"),
        simulated=_one(desk, "alarm_rate", "simulated", unit=""), quiet=_one(desk, "alarm_rate", "quiet_years", unit=""),
    )  # fmt: skip
    skill = desk.notes.rows("claim_skill", subject=desk.home, item="outlook.over_climatology")
    if skill:
        proven = skill[0]["low"] is not None and skill[0]["low"] > 0
        verdict = "better than the long-run frequency, if little" if proven else "no better than the long-run frequency"
        made += desk.say(
            f"Its claims about the next 28 days did {verdict}: they save {{skill}} of its Brier score (0 would be no "
            "skill).",
            skill=desk.notes.of(skill[0]),
        )
    return made


def false_alarms(desk: Desk) -> Table:
    """Alarms per pair in five years: aimed at, by simulation, in quiet years, and raised."""
    words = {
        "nominal": "aimed at",
        "simulated": "where nothing happens, by simulation",
        "quiet_years": "in years without an episode",
        "raised": "all that were raised",
    }
    rows: list[list[Cell]] = [
        [told, figure] for item, told in words.items() if (figure := _one(desk, "alarm_rate", item, unit=""))
    ]
    counts = [
        _one(desk, "event_count", item)
        for item in ("pairs_watched", "pairs_seen_too_seldom", "days", "days_missing", "days_of_reference")
    ]
    foot: tuple[str | Figure, ...] = ()
    if all(counts):
        watched, seldom, whole, missing, learnt = (figure for figure in counts if figure)
        foot = (
            "Pairs watched: ", watched, "; seen too seldom to be watched: ", seldom, ". Days: ", whole, ", of which "
            "missing, and not taken for zero: ", missing, "; the first ", learnt, " tell what is usual. By "
            "simulation: on days of each pair’s own reference, drawn in blocks. Years without an episode in the "
            "register: at most these alarms are false. Ranges are 90 % intervals of the count.",
        )  # fmt: skip
    return Table("Alarms of a pair in five years", [("", "l"), ("Alarms", "r")], rows, foot)


def hits(desk: Desk) -> Table:
    """Precision and recall against what is known, beside chance, with how many."""
    rows: list[list[Cell]] = []
    words = {
        "precision.episodes": ("alarms that an episode of the register explains", "alarms"),
        "recall.episodes": ("episodes of the register that an alarm told of", "labels.episodes"),
        "recall.conflicts": (
            "armed conflicts between other states of the panel that an alarm told of",
            "labels.conflicts",
        ),
    }
    for item, (told, number) in words.items():
        what, _, which = item.partition(".")
        found = _one(desk, "alarm_hit", item)
        if found:
            chance = _one(desk, "alarm_hit", f"{what}_by_chance.{which}", unit="%")
            rows.append([told, found, chance, _one(desk, "event_count", number)])
    foot = (
        "A change counts for an episode when it lies within 7 days before and 21 after its first day. The register "
        "lists episodes of transit, energy and law, most of which move little news: an alarm without an episode may be "
        "true, and an episode without an alarm may have been quiet. Ranges are 90 % Wilson intervals.",
    )
    return Table("Set beside what is known to have happened", [("", "l"), ("Share", "r"), ("By chance", "r"), ("Of", "r")],
                 rows, foot)  # fmt: skip


def claims(desk: Desk, label: str = "") -> Table:
    """Brier scores of the claims, the bad with the good; ``label`` is ``record.`` for those of the record, and
    ``late.`` for those that came into it too late to be forecasts."""
    rows: list[list[Cell]] = []
    names = {"outlook": "above the usual in the next 28 days", "alarm": "what an alarm told of lasts 28 days"}
    for kind, told in names.items():
        scores = [
            _one(desk, "claim_brier", f"{label}{kind}.{who}", unit="") for who in ("made", "climatology", "persistence")
        ]
        if scores[0]:
            skills = [_one(desk, "claim_skill", f"{label}{kind}.over_{who}") for who in ("climatology", "persistence")]
            counts = [_one(desk, "event_count", f"{label}{kind}.{what}") for what in ("settled", "void")]
            rows.append([told, *counts, *scores, *skills])
    columns = [
        ("Claim", "l"), ("Settled", "r"), ("Void", "r"), ("Brier score", "r"), ("long-run frequency", "r"),
        ("all stays", "r"), ("Skill over frequency", "r"), ("over all stays", "r"),
    ]  # fmt: skip
    if label:
        which = "before the days they speak of" if label == "record." else "too late to be forecasts"
        return Table(f"The record: claims entered {which}", columns, rows)
    foot = (
        "Claims made after the fact by the rules of today, each from what was known on its day; those made before it "
        "stand in the record of equipoise watch events. 0 is a perfect score. A skill whose range holds 0 is not "
        "proven, one below 0 is a loss.",
    )
    return Table("How claims about the next 28 days did", columns, rows, foot)


def reliability(desk: Desk) -> Table:
    """How often it came when so much was said."""
    rows: list[list[Cell]] = []
    for row in sorted(desk.notes.rows("claim_said", subject=desk.home), key=lambda r: str(r["item"])):
        item = str(row["item"])
        kind = item.rpartition(".")[0].replace("record.", "")
        came, count = _one(desk, "claim_came", item), _one(desk, "event_count", f"said.{item}")
        rows.append([{"outlook": "above the usual", "alarm": "lasts"}.get(kind, kind), desk.notes.of(row), came, count])
    return Table("Said and came", [("Claim", "l"), ("Said", "r"), ("Came", "r"), ("Claims", "r")], rows)


# --- what was raised -------------------------------------------------------------------------------------------------


def alarms(desk: Desk, since: str = "", partners: Sequence[str] = ()) -> Table:
    """Every alarm, the latest first: between whom, which way, from which day, and how soon it was known."""
    rows: list[list[Cell]] = []
    told = {(str(r["object"]), str(r["period"])): str(r["subject"]) for r in desk.notes.rows("alarm_delay")}
    episode = _episodes(desk)
    for row in sorted(desk.notes.rows("watch_alarm"), key=lambda r: days(r)[1], reverse=True):
        change, raised = days(row)
        ends = {str(row["subject"]), str(row["object"])}
        if raised < since or (partners and not ends & set(partners)):
            continue
        *kind, shape = str(row["item"]).split(".")
        known = told.get((str(row["object"]), raised), "")
        pair = f"{desk.name(row['subject'])} – {desk.name(row['object'])}" + (
            f", {kind[0].replace('_', ' ')}" if kind else ""
        )
        moved = signed(desk.notes.of(row, unit=""))
        rows.append([raised, change, pair, SHAPES.get(shape, shape), moved, episode.get(known)])
    columns = [
        ("Raised", "l"), ("Dated to", "l"), ("Between", "l"), ("", "l"), ("Moved by", "r"), ("Episode in the register", "l"),
    ]  # fmt: skip
    foot = (
        "Moved by, in standard deviations of a usual day of the pair: up towards cooperation, down towards conflict. "
        "“Back” undoes the alarm before. An alarm is a signpost: it says where to look, and no stage that writes a "
        "loss reads it.",
    )
    return Table("Alarms", columns, rows, foot)


def _episodes(desk: Desk) -> dict[str, str]:
    """The name of each episode of the register."""
    return dict(desk.case.table("episodes").select("episode", "name").iter_rows())


def days(row: dict[str, Any]) -> tuple[str, str]:
    """The day of the change and the day of the alarm."""
    change, _, raised = str(row["period"]).partition("/")
    return change, raised


def _told(desk: Desk) -> list[Paragraph]:
    """The episodes that an alarm told of, and how soon."""
    parts: list[Any] = []
    for row in sorted(desk.notes.rows("alarm_delay"), key=lambda r: str(r["period"])):
        parts += [
            "; " if parts else "",
            f"{_episodes(desk)[row['subject']]} ({desk.name(row['object'])}, ",
            desk.notes.of(row),
            ")",
        ]
    told, labels = (_one(desk, "event_count", f"{name}.episodes") for name in ("labels_told", "labels"))
    if not parts or told is None or labels is None:
        return []
    said = " episodes of the register that began on a known day while a pair was watched; in days from the first: "
    return [Paragraph(["Alarms told of ", told, " of ", labels, said, *parts, "."])]


def _largest(desk: Desk) -> Table:
    """The largest rise or fall with each power."""
    rows: list[list[Cell]] = []
    for partner in desk.powers:
        found = [row for row in desk.notes.rows("watch_alarm", object=partner) if "return" not in str(row["item"])]
        if found:
            row = max(found, key=lambda r: abs(float(r["value"])))
            change, raised = days(row)
            way = "▲ towards cooperation" if row["value"] > 0 else "▼ towards conflict"
            rows.append([desk.name(partner), way, _day(change), _day(raised), signed(desk.notes.of(row, unit=""))])
    columns = [("With", "l"), ("", "l"), ("From", "l"), ("Alarm", "l"), ("Moved by", "r")]
    foot = (
        "Moved by, in standard deviations of a usual day of the pair. An alarm is a signpost: no stage that writes a loss "
        "reads it. All of them: equipoise watch events.",
    )
    return Table("The largest alarm with each power", columns, rows, foot)


def _day(text: str) -> str:
    day = date.fromisoformat(text)
    return f"{day.day} {day:%B %Y}"


def outlooks(desk: Desk, partners: Sequence[str] = ()) -> Table:
    """What is said of the days after the panel."""
    found = sorted(desk.notes.rows("event_outlook"), key=lambda r: -float(r["value"]))
    found = [row for row in found if not partners or {row["subject"], row["object"]} & set(partners)]
    rows: list[list[Cell]] = [
        [f"{desk.name(r['subject'])} – {desk.name(r['object'])}", desk.notes.of(r)] for r in found
    ]
    period = str(found[0]["period"]).replace("/", " – ") if found else ""
    return Table(f"Chance that events lie above the usual, {period}", [("Between", "l"), ("Chance", "r")], rows)


# --- what passed -----------------------------------------------------------------------------------------------------


def passed(desk: Desk, partners: Sequence[str] = ()) -> Table:
    """Cooperation, conflict and their balance with each power: the first and the last whole year."""
    years = sorted({str(row["period"]) for row in desk.notes.rows("event_tone", subject=desk.home)})
    if not years:
        return Table("", [], [])
    held = {str(r["object"]) for r in desk.notes.rows("event_tone", subject=desk.home)}
    last = _last_whole(desk, years)
    rows: list[list[Cell]] = []
    for partner in [p for p in (partners or desk.powers) if p in held]:
        cells: list[Cell] = [desk.name(partner)]
        for year in (years[0], last):
            cells += [
                desk.fig("event_share", desk.home, partner, item, year, unit="") for item in ("cooperation", "conflict")
            ]
            cells.append(desk.fig("event_tone", desk.home, partner, "", year))
        rows.append(cells)
    columns = [("With", "l"), *(
        (f"{what}, {year}", "r") for year in (years[0], last) for what in ("Cooperation", "Conflict", "Balance")
    )]  # fmt: skip
    foot = (
        "Cooperation and conflict in % of the scores of all pairs of the source on the same days: how much is reported "
        "falls out. The balance is 100 % where all is cooperation and −100 % where all is conflict; its range is 5–95 "
        "% over days drawn in blocks. Scores are machine-coded from news and net by day: a day of both counts as what "
        "is left.",
    )
    return Table("Cooperation and conflict as reported", columns, rows, foot)


def _last_whole(desk: Desk, years: Sequence[str]) -> str:
    """The last year that the panel covers to its end."""
    ends = [str(r["period"]).partition("/")[2] for r in desk.notes.rows("alarm_rate", subject=desk.home, item="raised")]
    if ends and date.fromisoformat(ends[0]) + timedelta(days=1) < date(int(years[-1]) + 1, 1, 1) and len(years) > 1:
        return years[-2]
    return years[-1]


def coded(desk: Desk) -> Table:
    """Mix and direction of coded events, with how many."""
    rows: list[list[Cell]] = []
    kinds = ("verbal_cooperation", "material_cooperation", "verbal_conflict", "material_conflict")
    for row in sorted(desk.notes.rows("event_coded"), key=lambda r: -float(r["value"])):
        ends, period = (str(row["subject"]), str(row["object"])), str(row["period"])
        shares = [desk.fig("event_class", *ends, kind, period, unit="") for kind in kinds]
        if any(shares):
            rows.append([f"{desk.name(ends[0])} to {desk.name(ends[1])}", desk.notes.of(row), *shares])
    span = str(desk.notes.rows("event_coded")[0]["period"]).replace("/", "–") if rows else ""
    columns = [
        ("Direction", "l"), ("Events", "r"), ("Words, cooperation %", "r"), ("Deeds, cooperation %", "r"),
        ("Words, conflict %", "r"), ("Deeds, conflict %", "r"),
    ]  # fmt: skip
    foot = (
        "A sample of about a fifth: good for mix and direction, not for numbers. Ranges are 90 % Wilson intervals.",
    )
    return Table(f"Who spoke and who acted, coded events {span}", columns, rows, foot)


# --- image and rhetoric ----------------------------------------------------------------------------------------------


def _image(desk: Desk) -> list[Paragraph]:
    """The tone of events with Western powers, and what a campaign for the image moves: nothing that is proven, and no loss."""
    made: list[Paragraph] = []
    years = sorted({str(row["period"]) for row in desk.notes.rows("event_tone", subject=desk.home)})
    for partner in [p for p in ("USA", "EU") if years and p in desk.powers]:
        last = _last_whole(desk, years)
        rows = [r for r in desk.notes.rows("event_tone", subject=desk.home, object=partner) if str(r["period"]) <= last]
        if rows:
            least = min(rows, key=lambda r: float(r["value"]))
            made += desk.say(
                f"The balance of events with {desk.the(partner)} stood at {{now}} in {last}; the least was {{least}} in "
                f"{least['period']}.",
                now=desk.fig("event_tone", desk.home, partner, "", last), least=desk.notes.of(least),
            )  # fmt: skip
    effect, target = desk.latest("lever_effect", CAMPAIGN)[0], desk.latest("lever_target", TARGET, unit="")[0]
    if effect is None:
        rows = desk.notes.rows("lever_effect", subject=CAMPAIGN)
        effect = desk.notes.of(rows[0], unit="standard units") if rows else None
    made += desk.say(
        "A campaign for the image abroad is taken to move the tone of Western media by {effect}, from {target} by "
        "definition: an assumption whose range holds no effect at all. No tonne, no control and no income depends on "
        "that tone, so that no campaign can move a loss.",
        effect=effect, target=target,
    )  # fmt: skip
    return [Paragraph([part for p in made for part in (*p.parts, " ")])] if made else []


def _rhetoric(desk: Desk) -> list[Paragraph]:
    """What is known of hostile words, and how little that is: of the power that can take most, else of the most hostile."""
    rows = desk.notes.rows("event_class", object=desk.home, item="verbal_conflict")
    rows.sort(key=lambda r: (r["subject"] != desk.worst_income, -float(r["value"])))
    if not rows:
        return []
    row = rows[0]
    speaker, period = str(row["subject"]), str(row["period"])
    years = sorted(
        desk.notes.rows("event_share", subject=desk.home, object=speaker, item="conflict"),
        key=lambda r: str(r["period"]),
    )
    made = desk.say(
        f"Words of conflict were {{share}} of the {{count}} coded events from {desk.the(speaker)} to "
        f"{desk.the(desk.home)} in a sample of {period.replace('/', '–')}.",
        share=desk.notes.of(row), count=desk.fig("event_coded", speaker, desk.home, "", period),
    )  # fmt: skip
    if years:
        most = max(years, key=lambda r: float(r["value"]))
        made += desk.say(
            f"Conflict between the two was at its most {{most}} in {most['period']}, of the daily scores, which hold "
            "neither words nor speakers: whether rhetoric questions sovereignty they cannot tell.",
            most=desk.notes.of(most),
        )
    return [Paragraph([part for p in made for part in (*p.parts, " ")])] if made else []


def beside(desk: Desk) -> list[Paragraph]:
    """What was left out, and what the data cannot say."""
    parts: list[Any] = []
    for row in desk.notes.rows("event_count", subject=desk.home):
        if str(row["item"]).startswith("left_out.") and row["value"]:
            why = str(row["item"]).partition(".")[2].replace("_", " ")
            parts += ["; " if parts else "", desk.notes.of(row), f" {why}"]
    made = [Paragraph(["Rows of the tables left out: ", *parts, "."], "small")] if parts else []
    against = desk.notes.rows("event_count", subject=desk.home, item="set_against_coverage")
    if against and not against[0]["value"]:
        untold = (
            "The table says nothing of all that was reported and holds too few pairs to tell it: a rise may be one of "
            "attention. A column coverage would tell."
        )
        made.append(Paragraph([untold], "small"))
    held = bool(desk.notes.rows("event_tone", subject=desk.home))
    said = (
        "Attention of the media is not events, and news that is copied is counted again by the source. The scores know "
        "no language, outlet or sphere of media: the tone of Russian, Chinese or Western media apart is not known, and "
        "is not guessed."
        if held
        else "Counts of reports are attention, not events."
    )
    return [*made, Paragraph([said], "small")]


# --- the picture -----------------------------------------------------------------------------------------------------


def _picture(desk: Desk) -> list[Block]:
    """Net cooperation month by month with some powers, and the alarms."""
    shown = []
    for partner in desk.powers:
        series = desk.notes.rows("event_month", subject=desk.home, object=partner)
        if series and desk.notes.rows("watch_alarm", object=partner):
            shown.append(partner)
    shown = shown[:DRAWN]
    values: list[dict[str, Any]] = []
    marks: list[dict[str, Any]] = []
    for partner in shown:
        for row in desk.notes.rows("event_month", subject=desk.home, object=partner):
            values.append({"with": desk.name(partner), "month": str(row["period"]), "net": row["value"]})
        for row in desk.notes.rows("watch_alarm", subject=desk.home, object=partner):
            shape = str(row["item"]).rpartition(".")[2]
            if shape == "return":
                continue  # days after the alarm that it undoes: the marks would lie on each other
            marks.append({"with": desk.name(partner), "day": days(row)[0], "shape": SHAPES[shape]})
    if not values:
        return []
    names = [desk.name(partner) for partner in shown]
    told = (
        f"Bars by month of net cooperation with {joined(names)}, in per cent of all coverage; marks above them show the "
        "days from which alarms were dated."
    )
    foot = (
        "Bars: net score of the month over the coverage of the same days; a month without ten days is missing, not "
        "zero. Marks: the day an alarm was dated to, ▲ towards cooperation or ▼ towards conflict; those that undo the "
        "one before are left out. Each panel has a scale of its own.",
    )
    return [
        Chart(
            "events-by-month", f"Net cooperation with {joined(names)} as reported, and alarms", told,
            _chart(values, marks, names, narrow=False), _chart(values, marks, names, narrow=True), None, foot,
        )
    ]  # fmt: skip


def _chart(
    values: Sequence[dict[str, Any]], marks: Sequence[dict[str, Any]], names: Sequence[str], *, narrow: bool
) -> Spec:
    """One panel a partner, one above the other, on one axis of time."""
    first, last = min(v["month"] for v in values), max(v["month"] for v in values)
    scale = {"domain": [f"{first}-01", f"{last}-28"]}
    panels = []
    for number, name in enumerate(names):
        own = number == len(names) - 1
        x = {
            "type": "temporal", "scale": scale,
            "axis": {"format": "%Y", "title": None, "grid": False, "tickCount": "year",
                     "labels": own, "domain": own, "ticks": own},
        }  # fmt: skip
        top = max(0.0, *(v["net"] for v in values if v["with"] == name))
        bars = {
            "data": {"values": [v for v in values if v["with"] == name]},
            "mark": {"type": "bar", "width": 2.5 if narrow else 6},
            "encoding": {
                "x": {**x, "field": "month"},
                "y": {
                    "field": "net", "type": "quantitative",
                    "axis": {"title": "% of coverage", "tickCount": 3, "gridColor": RULE, "domain": False, "ticks": False},
                },
                "color": {"condition": {"test": "datum.net < 0", "value": "#a63f35"}, "value": "#1f5c63"},
            },
        }  # fmt: skip
        alarms = [m for m in marks if m["with"] == name]
        signs = {
            "data": {"values": alarms},
            "mark": {"type": "text", "fontSize": 12, "baseline": "bottom", "dy": -3},
            "encoding": {
                "x": {**x, "field": "day"}, "y": {"datum": top * 1.02},
                "text": {"field": "sign", "type": "nominal"},
                "color": {"condition": {"test": "datum.sign == '▼'", "value": "#a63f35"}, "value": INK},
            },
            "transform": [{"calculate": "slice(datum.shape, 0, 1)", "as": "sign"}],
        }  # fmt: skip
        lines = {
            "data": {"values": alarms},
            "mark": {"type": "rule", "color": MUTED, "strokeDash": [2, 3], "opacity": 0.6},
            "encoding": {"x": {**x, "field": "day"}},
        }
        layer = [bars, lines, signs] if alarms else [bars]
        title = {"text": name, "anchor": "start", "fontSize": 13, "color": INK, "offset": 10}
        panels.append({"title": title, "width": 290 if narrow else 680, "height": 80, "layer": layer})
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json", "config": config(), "padding": 4, "spacing": 14,
        "vconcat": panels,
    }  # fmt: skip
