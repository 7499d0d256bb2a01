"""Regional stability, state by state: what happened inside each, how grave its disputes were, and a card of every neighbour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from equipoise.brief import region_charts as charts
from equipoise.brief.desk import Desk
from equipoise.brief.document import Cell, Chart, Figure, Table, Text

__all__ = ["cards", "grave", "incidents", "neighbours", "row_of", "states_told"]

KINDS = {
    "clash": "clash", "unrest": "unrest", "violence": "violence among people", "help": "help sent", "refusal": "help not sent",
    "settlement": "settled", "talks": "talks hosted",
}  # fmt: skip
LEVELS = {"threat": "threat", "display": "display of force", "force": "use of force", "war": "war"}
ON = {
    "dispute": ("regional_dispute_risk",), "trade": ("regional_trade",), "income": ("intra_regional_fdi",),
    "people": ("ethnic_tension_risk",), "power": ("power_import_rus",),
}  # fmt: skip
"""Quantities of the register that levers move, by the line of a card that they bear on."""


def row_of(entries: Sequence[Sequence[Text]], between: str) -> list[Text]:
    """Words and figures of several entries in a row."""
    return [part for number, entry in enumerate(entries) for part in ([between] if number else []) + list(entry)]


def neighbours(desk: Desk) -> Table:
    """What is known of each state: armed conflict inside it, stability, income, people across the border."""
    rows: list[list[Cell]] = []
    for row in desk.notes.rows("unrest_count"):
        state = str(row["subject"])
        years = desk.fig("unrest_years", state, "", "", row["period"])
        calm, when = desk.latest("political_stability", state, unit="")
        income, of = desk.latest("gdp_per_person", state)
        people: list[list[Text]] = [
            [f"{str(r['item']).replace('_', ' ')} ", desk.notes.of(r, digits=5), f" ({r['period']})"]
            for r in desk.notes.rows("group_share", subject=state)
        ]  # fmt: skip
        rows.append([
            desk.name(state), [desk.notes.of(row), " of ", years] if years else None,
            desk.fig("unrest_rate", state, "", "", row["period"], unit=""), desk.latest("unrest_going", state)[0],
            [calm, f" {when}"] if calm else None,
            [income, f" {of}"] if income else None, desk.latest("income_gap", desk.home, state, unit="")[0],
            row_of(people, ", ") or None,
        ])  # fmt: skip
    columns = [
        ("State", "l"), ("New conflicts inside, of years of peace", "r"), ("a decade", "r"), ("Years with one", "r"),
        ("Stability", "r"),
        ("GDP per person", "r"), (f"{desk.name(desk.home)} over it", "r"), ("People of a neighbour’s name", "l"),
    ]  # fmt: skip
    foot = (
        "Conflicts of a state with an armed group, 25 dead or more in a year. Stability: perceived, the world’s mean is 0. "
        "People: by the latest estimate, whose year differs; empty where none is at hand. None of these is by itself a cause "
        "of anything.",
    )
    return Table("What is known of each state", columns, rows, foot)


def states_told(desk: Desk) -> Chart | None:
    """Perceived stability, state by state."""
    rows = [
        {"state": desk.name(str(row["subject"])), "year": int(row["period"]), **{k: row[k] for k in ("value", "low", "high")}}
        for row in desk.notes.rows("political_stability")
    ]  # fmt: skip
    if not rows:
        return None
    states = sorted({row["state"] for row in rows})
    years = sorted({row["year"] for row in rows})
    chosen = [str(year) for year in years if year % 6 == 0]
    ids = {desk.name(str(row["subject"])): str(row["subject"]) for row in desk.notes.rows("political_stability")}
    table: list[list[Cell]] = [
        [state, *(desk.fig("political_stability", ids[state], "", "", year, unit="") for year in chosen)]
        for state in states
    ]
    ordered = sorted(rows, key=lambda row: (row["state"], row["year"]))
    return Chart(
        "perceived-stability", "Perceived stability and absence of violence",
        f"{years[0]}–{years[-1]}, standard normal units: the world’s mean is 0. Bands are 90 % of the error that the "
        "source gives; what differs by less than them is no difference.",
        charts.stability(ordered, states, narrow=False), charts.stability(ordered, states, narrow=True),
        Table("Stability by year", [("State", "l"), *((year, "r") for year in chosen)], table),
    )  # fmt: skip


def incidents(desk: Desk) -> Table:
    """What happened, with its days."""
    shown = {str(row["subject"]) for row in desk.notes.rows("political_stability")}
    rows: list[list[Cell]] = []
    for row in desk.case.table("incidents").sort("start", descending=True).iter_rows(named=True):
        states = str(row["states"]).split(";")
        if shown & set(states):
            days = f"{row['start']} to {row['end']}" if row["end"] and row["end"] != row["start"] else row["start"]
            rows.append(
                [
                    days,
                    KINDS.get(row["kind"], row["kind"]),
                    desk.quote(row["name"], row["basis"], row["grade"]),
                    row["outcome"] or None,
                ]
            )
    columns = [("Days", "l"), ("Kind", "l"), ("What happened", "l"), ("What came of it", "l")]
    return Table(
        "Incidents that the case names",
        columns,
        rows,
        ("No count of all there were: press and papers tell the large ones.",),
    )


def grave(desk: Desk) -> Table:
    """How grave the disputes of each state were, and how many of the events inside it were protests."""
    rows: list[list[Cell]] = []
    for row in desk.notes.rows("crisis_years"):
        state, period = str(row["subject"]), str(row["period"])
        sample = next(iter(desk.notes.rows("protest_sample", subject=state)), None)
        share: Cell = None
        if sample:
            told = [
                desk.fig(m, state, "", "", sample["period"], unit=u)
                for m, u in (("protest_share", "%"), ("protest_count", ""))
            ]
            share = [
                *(part for part in (told[0], " (", told[1], " of ", desk.notes.of(sample), ")") if part is not None)
            ]
        counts = [desk.fig("crisis_count", state, "", level, period) for level in LEVELS]
        rows.append([desk.name(state), desk.notes.of(row), *counts, share])
    spans = sorted({str(r["period"]).replace("/", "–") for r in desk.notes.rows("protest_sample")})
    columns = [("State", "l"), ("Years looked at", "r"), *((name, "r") for name in LEVELS.values()),
               ("Protests among events inside", "r")]  # fmt: skip
    foot = (
        "Years with a new dispute with any of 55 other states, each year once, by the gravest act of either side (to 2014). "
        f"Protests: among the coded events inside the state in a sample of about a fifth ({', '.join(spans) or 'none at hand'}), "
        "with Wilson’s interval; empty where the sample holds none. A sample is no count: how many protests there were is told "
        "by no source at hand, they are not zero, and the scores of events by day (2018–2024) do not tell protests from other "
        "conflict.",
    )
    return Table("How grave the disputes were, and what share of events inside were protests", columns, rows, foot)


# --- a card of each neighbour -----------------------------------------------------------------------------------------


def cards(desk: Desk) -> list[Table]:
    """For every neighbour what is known, how well, and which of the state's policies would change it."""
    home = desk.home
    beside = {str(r["object"]) for r in desk.notes.rows("border_length", subject=home)}
    pairs = [(str(r["subject"]), str(r["object"])) for r in desk.notes.rows("dispute_years")]
    partners = {one if other == home else other for one, other in pairs if home in (one, other)}
    core = {str(r["subject"]) for r in desk.notes.rows("border_length")}
    named = sorted(partners & (beside | core), key=desk.name)
    return [table for state in named if (table := _card(desk, state)).rows]


def _card(desk: Desk, state: str) -> Table:
    """What is known of one neighbour."""
    one, other = sorted((desk.home, state))
    rows: list[list[Cell]] = []

    def add(what: str, row: dict[str, Any] | None, told: Cell, levers: list[list[Text]]) -> None:
        if row is not None:
            rows.append(
                [what, told, f"{row['grade']}, {str(row['period']).replace('/', '–')}", row_of(levers, "; ") or None]
            )

    for record, name in (("dispute", "New threats or uses of force"), ("conflict", "New armed conflicts")):
        row = _last(desk, "dispute_count", subject=one, object=other, item=record)
        years = desk.fig("dispute_years", one, other, record, row["period"]) if row else None
        rate = desk.fig("dispute_rate", one, other, record, row["period"]) if row else None
        told: list[Text] = [desk.notes.of(row), " of ", years, "; ", rate] if row and years and rate else []
        add(name, row, told, _levers(desk, state, "dispute"))
    for measure, what, topic in (
        ("security_ties", "Security bodies shared", ""), ("income_gap", "Income per person, ours over theirs", "income"),
    ):  # fmt: skip
        where = (
            {"subject": desk.home, "object": state} if measure == "income_gap" else {"subject": one, "object": other}
        )
        row = _last(desk, measure, **where)
        add(
            what, row, desk.notes.of(row, unit="times" if topic else None) if row else None, _levers(desk, state, topic)
        )
    for measure, what in (("export_value", "Goods sold to it"), ("import_value", "Goods bought from it")):
        row = _last(desk, measure, subject=desk.home, object=state, item="goods")
        add(what, row, desk.notes.of(row) if row else None, _levers(desk, state, "trade"))
    people = _last(desk, "group_share", subject=desk.home, object=state)
    add("People of its name here", people, desk.notes.of(people) if people else None, _levers(desk, state, "people"))
    for row in desk.notes.rows("water_withheld", subject=desk.home, object=state):
        river, reading = str(row["item"]).rsplit(".", 1)
        if reading != "control":
            add(
                f"Water it can keep back ({river.replace('_', ' ')}, {reading})",
                row,
                desk.notes.of(row),
                _waters(desk, river),
            )
    for row in desk.notes.rows("grid_withheld", subject=desk.home, object=state):
        add(f"Power it can keep back ({row['item']})", row, desk.notes.of(row), _levers(desk, state, "power"))
    spilt = _last(desk, "spill_loss", subject=desk.home, object=state, item="all")
    add("What its closing for a year would take here", spilt, desk.notes.of(spilt) if spilt else None, [])
    for measure, what in (("unrest_count", "New conflicts inside it"), ("political_stability", "Perceived stability")):
        row = _last(desk, measure, subject=state)
        add(what, row, desk.notes.of(row, unit="") if row else None, [])
    protest = _last(desk, "protest_share", subject=state)
    if protest:
        number = desk.fig("protest_sample", state, "", "", protest["period"])
        add("Protests among events inside", protest, [desk.notes.of(protest), " of ", number] if number else None, [])
    columns = [("What", "l"), ("Known", "l"), ("Grade, when", "l"), ("What would change it, its shift and grade", "l")]
    foot = (
        "Shifts are those of the register of levers: judgements where the grade is C, whose band may hold no effect. Empty: no "
        "lever of the case bears on it.",
    )
    return Table(
        f"{desk.name(state)}: what is known, how well, and what would change it", columns, rows, foot, folded=True
    )


def _last(desk: Desk, measure: str, **where: str) -> dict[str, Any] | None:
    """The row of the latest period, a whole year before a part of one."""
    rows = desk.notes.rows(measure, **where)
    return max(rows, key=lambda row: ("-" not in str(row["period"]), str(row["period"])), default=None)


def _levers(desk: Desk, state: str, topic: str) -> list[list[Text]]:
    """Levers on a line of the card that the neighbour, or the state alone, decides on: shift and grade of each."""
    made: list[list[Text]] = []
    core = {str(r["subject"]) for r in desk.notes.rows("border_length")}
    deciding = {
        row["lever"]: set(str(row["decision_maker"]).split(";"))
        for row in desk.case.table("levers").iter_rows(named=True)
    }
    for row in desk.case.table("effects").iter_rows(named=True):
        who = deciding[row["lever"]]
        if row["target"] not in ON.get(topic, ()) or not (state in who or who == {desk.home}):
            continue
        if (topic == "power" and state.lower() not in row["target"].split("_")) or (
            topic == "income" and state not in core
        ):
            continue
        effect = next(
            (r for r in desk.notes.rows("lever_effect", subject=row["lever"]) if r["item"] == str(row["effect"])), None
        )
        if effect:
            mode = {"multiply": "times ", "add": "plus ", "set": "to "}.get(row["mode"], "")
            unit = f" {row['unit']}" if row["unit"] and row["unit"] != "ratio" else ""
            words = f"{row['lever'].replace('_', ' ')} {mode}"
            made.append([words, desk.notes.of(effect, unit=""), f"{unit}, {effect['grade']}"])
    return made


def _waters(desk: Desk, river: str) -> list[list[Text]]:
    """Levers that move the shortfall of a river, or what can be kept back of it."""
    made: list[list[Text]] = []
    for row in desk.notes.rows("water_lever_shift", object=river):
        if row["item"] in ("together", "withheld") and (row["value"] or row["low"] or row["high"]):
            figure: Figure = desk.notes.of(row)
            made.append([f"{str(row['subject']).replace('_', ' ')} ", figure, f", {row['grade']}"])
    return made
