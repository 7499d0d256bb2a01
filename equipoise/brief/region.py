"""Regional stability: the skill first, then each pair and each state, who helps whom, the outcome and what acts on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from equipoise.brief import region_charts as charts
from equipoise.brief.desk import Desk, joined
from equipoise.brief.document import Absent, Block, Cell, Chart, Figure, Paragraph, Table, Text
from equipoise.brief.region_states import cards, grave, incidents, neighbours, row_of, states_told

__all__ = [
    "between", "commitments", "coverage", "crossing", "disputes", "effects", "levers", "map_of_disputes", "outcome", "skill",
    "skill_table", "stability",
]  # fmt: skip

RECORDS = {"dispute": "threat or use of force", "conflict": "armed conflict"}
"""The two records as they are called: 56 states to 2014, and every state to 2024 with 25 dead or more in a year."""
MODELS = {"interdependence": "with trade, institutions and regimes", "structure": "by size, place and past alone"}
REFERENCES = {
    "climatology": "the pair’s own base rate", "persistence": "how lately it had one", "structure": "the model without them",
}  # fmt: skip
VARIANTS = {"plain": "As first posed", "memory": "With the memory of disputes", "within": "Within a pair"}
VARIABLES = {
    "trade": "Trade, of the less bound", "regime": "Democracy, of the less so", "organisations": "Organisations shared",
    "pact": "Pact of defence", "votes": "Distance in votes",
}  # fmt: skip
ACTED_ON = (
    "regional_dispute_risk", "ethnic_tension_risk", "regional_trade", "intra_regional_fdi", "mediation_rounds",
    "csto_engagement", "exercises_regional_troops", "exercises_west_days", "shardara_inflow_season",
)  # fmt: skip
"""Quantities of the region that levers move."""
RESULT = {"regional_dispute_risk": "regional_rate_with", "regional_trade": "regional_trade_with"}
SIDES = 8
"""Pairs of sides shown: those that talks were hosted for, then those farthest apart."""


def stability(desk: Desk) -> list[Block]:
    """The chapter of the brief."""
    blocks: list[Block] = [*skill(desk), *coverage(desk), *outcome(desk)]
    pictures = (map_of_disputes(desk), effects(desk), states_told(desk))
    tables = (disputes(desk), grave(desk), neighbours(desk), *cards(desk), incidents(desk), commitments(desk), between(desk),
              levers(desk))  # fmt: skip
    blocks += [picture for picture in pictures if picture] + [table for table in tables if table.rows]
    return [*blocks, *crossing(desk)] if blocks else [Absent("The ledger holds nothing on the region.")]


# --- how well it can be foretold --------------------------------------------------------------------------------------


def skill(desk: Desk) -> list[Block]:
    """What a forecast is worth, and whether one may be shown."""
    blocks: list[Block] = []
    for record, name in RECORDS.items():
        shown = desk.notes.rows("forecast_shown", subject=record)
        if not shown:
            continue
        period = str(shown[0]["period"])
        first, last = period.split("/")
        items = ("foretold", "foretold_events", "rows", "pairs")
        sized = {item.removeprefix("foretold_"): desk.fig("panel_size", record, "", item, period) for item in items}
        against = desk.fig("forecast_skill", record, "climatology", "interdependence.brier", period)
        adds = desk.fig("forecast_skill", record, "structure", "interdependence.brier", period)
        verdict = (
            "The intervals lie above zero, so chances are shown beside base rates."
            if float(shown[0]["value"]) > 0
            else "Not all intervals lie above zero: base rates alone are shown, and no chance."
        )
        blocks += desk.say(
            f"Can a new {name} between two states be foretold from trade, common institutions and regimes? Of "
            f"{{rows}} years of {{pairs}} pairs ({first}–{last}), {{foretold}} with {{events}} new ones were foretold "
            f"from the years before alone. The forecast saves {{against}} of the loss of the pair’s own base rate, "
            f"and {{adds}} of that of the same model without interdependence. {verdict}",
            "lead" if not blocks else "text",
            **sized, against=against, adds=adds,
        )  # fmt: skip
        blocks += _all_pairs(desk, record)
    table = skill_table(desk)
    return [*blocks, table] if table.rows else blocks


def _all_pairs(desk: Desk, record: str) -> list[Block]:
    """The same question on every pair-year of the record, what is unknown told beside."""
    rows = desk.notes.rows("panel_size", subject=record, item="every.rows")
    if not rows:
        return []
    period = str(rows[0]["period"])
    sized = {
        item: desk.fig("panel_size", record, "", f"every.{item}", period) for item in ("pairs", "events", "left_out")
    }
    against = desk.fig("forecast_skill", record, "climatology", "every.interdependence.brier", period)
    return [*desk.say(
        f"On every pair-year of the record ({period.replace('/', '–')}) of which place, size and past are known, {{rows}} of "
        "{pairs} pairs with {events} new ones, a trade, regime or vote that is not known said to be so, it saves {against} of "
        "the loss of the pair’s own base rate. {left_out} more have no place or size told.",
        rows=desk.notes.of(rows[0]), against=against, **sized,
    )]  # fmt: skip


def coverage(desk: Desk) -> list[Block]:
    """Which states of the region a record does not hold, and which only for a part of its years."""
    said: list[Block] = []
    for record, name in RECORDS.items():
        rows = desk.notes.rows("record_years", item=record)
        most = max((row["value"] for row in rows), default=0)
        none = [desk.name(str(row["subject"])) for row in rows if not row["value"]]
        part = [f"{desk.name(str(row['subject']))} {row['value']:.0f}" for row in rows if 0 < row["value"] < most]
        if none:
            said += desk.say(f"The record of {name} does not hold {joined(none)}: nothing is known, which is not none.")
        if part:
            said += desk.say(f"Of {joined(part)} of {most:.0f} years stand in the record of {name}.")
    return said


def skill_table(desk: Desk) -> Table:
    """Skill of each model against each reference by both scores."""
    rows: list[list[Cell]] = []
    for record, name in RECORDS.items():
        found = {(str(r["item"]), str(r["object"])): r for r in desk.notes.rows("forecast_skill", subject=record)}
        for prefix, on in (("", ""), ("every.", ", every pair-year")):
            for model, words in MODELS.items():
                for reference, against in REFERENCES.items():
                    scores = [found.get((f"{prefix}{model}.{score}", reference)) for score in ("brier", "log")]
                    if any(scores):
                        told = [desk.notes.of(row, unit="") if row else None for row in scores]
                        rows.append([name, words + on, against, *told])
    foot: list[Text] = [
        "Share of the reference’s loss that the forecast saves, %, with the 90 % interval of a bootstrap over blocks "
        "of three years. Above 0 it is better, below worse. A chance is shown only where both scores against both "
        "references lie above 0 with their whole interval, on the complete pair-years and on every one.",
    ]
    for record, name in RECORDS.items():
        for size in desk.notes.rows("panel_size", subject=record, item="left_out"):
            foot += [f" Left out of the record of {name}, for want of a figure: ", desk.notes.of(size), " pair-years."]
    columns = [("Record", "l"), ("Forecast", "l"), ("Against", "l"), ("Brier, %", "r"), ("Logarithm, %", "r")]
    return Table("Skill out of sample", columns, rows, foot, folded=True)


def effects(desk: Desk) -> Chart | None:
    """What goes with fewer or more disputes, in the variants that answer the objections."""
    values: list[dict[str, Any]] = []
    table: list[list[Cell]] = []
    for name, called in VARIABLES.items():
        cells: list[Cell] = [called]
        for variant, panel in VARIANTS.items():
            rows = desk.notes.rows("interdependence_effect", subject="dispute", object=name, item=variant)
            figure = desk.notes.of(rows[-1], unit="") if rows else None
            cells.append(figure)
            if figure:
                row = rows[-1]
                values.append({
                    "panel": panel, "variable": called, "value": row["value"], "low": row["low"], "high": row["high"],
                    "told": f"{panel}: {called}, odds times {figure.plain}",
                })  # fmt: skip
        table.append(cells)
    if not values:
        return None
    panels = [panel for panel in VARIANTS.values() if any(row["panel"] == panel for row in values)]
    wide, slim = (charts.effects(values, panels, list(VARIABLES.values()), narrow=narrow) for narrow in (False, True))
    return Chart(
        "interdependence-effects", "What goes with fewer disputes, and how far that holds",
        "Odds of a new threat or use of force for one standard deviation more of each variable; bands are 90 % "
        "intervals that allow for pairs sharing a state; the dashed line is no effect. What is left of an effect "
        "when the pair’s past, and then the pair’s own mean, are known beside it is no proof of a cause.",
        wide, slim, Table("Odds multiplied by", [("Variable", "l"), *((panel, "r") for panel in VARIANTS.values())], table),
    )  # fmt: skip


# --- pairs and states -------------------------------------------------------------------------------------------------


def map_of_disputes(desk: Desk) -> Chart | None:
    """Where disputes are recorded."""
    found = [row for row in desk.notes.rows("dispute_count", item="dispute") if row["value"] > 0]
    war = {
        (row["subject"], row["object"]) for row in desk.notes.rows("dispute_count", item="conflict") if row["value"] > 0
    }
    core = sorted({str(row["subject"]) for row in desk.notes.rows("border_length")} or {desk.home})
    pairs, states = [], {}
    for row in found:
        ends = [charts.centre_of(str(row[role]), core) for role in ("subject", "object")]
        if ends[0] is None or ends[1] is None:
            continue
        one, other = desk.name(str(row["subject"])), desk.name(str(row["object"]))
        years = desk.notes.value("dispute_years", row["subject"], row["object"], "dispute", row["period"])
        figure = desk.notes.of(row)
        pairs.append({
            "from": ends[0], "to": ends[1], "count": row["value"], "war": (row["subject"], row["object"]) in war,
            "label": figure.text, "told": f"{one} and {other}: {figure.text} years with a new dispute of {years:.0f}",
        })  # fmt: skip
    for row in desk.notes.rows("political_stability"):
        state = str(row["subject"])
        if state not in states and (place := charts.centre_of(state, core)):
            states[state] = {"longitude": place[0], "latitude": place[1], "name": desk.name(state)}
    if not pairs:
        return None
    wide, slim = (charts.dispute_map(pairs, list(states.values()), core, narrow=narrow) for narrow in (False, True))
    first, last = str(found[0]["period"]).split("/")
    return Chart(
        "dispute-map", f"Recorded disputes between states, {first}–{last}",
        "Lines join two states with a recorded threat, display or use of force; the number is that of years in which "
        "a new one began. Red: an armed conflict is recorded too, to 2024. Pairs without a line had none in the "
        "record.",
        wide, slim, disputes(desk),
    )  # fmt: skip


def disputes(desk: Desk) -> Table:
    """What is known of each pair: counts with the years that they were looked for in, rates, ties, and what acts on it."""
    told: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
    for found in desk.notes.rows("dispute_count"):
        told.setdefault((str(found["subject"]), str(found["object"])), {})[str(found["item"])] = found
    inner = {str(row["subject"]) for row in desk.notes.rows("border_length")}
    every = {state for pair in told for state in pair}
    rows: list[tuple[float, list[Cell]]] = []
    for (one, other), records in told.items():
        happened = sum(float(counted["value"]) for counted in records.values())
        if not happened and not {one, other} <= inner and inner < every:
            continue
        cells: list[Cell] = [f"{desk.name(one)} – {desk.name(other)}"]
        for record in RECORDS:
            row: dict[str, Any] | None = records.get(record)
            years = desk.fig("dispute_years", one, other, record, row["period"]) if row else None
            cells.append([desk.notes.of(row), " of ", years] if row and years else None)
            cells.append(desk.fig("dispute_rate", one, other, record, row["period"], unit="") if row else None)
            if record == "dispute":
                cells.append(_last(desk, one, other))
        chance = desk.notes.rows("dispute_chance", subject=one, object=other)
        cells += [desk.latest("security_ties", one, other)[0], _acting(desk, one, other)]
        if any(desk.notes.rows("dispute_chance")):
            cells.append(desk.notes.of(chance[-1]) if chance else None)
        rows.append((-happened, cells))
    rows.sort(key=lambda entry: (entry[0], str(entry[1][0])))
    columns = [
        ("Pair", "l"), ("New disputes, of years", "r"), ("a decade", "r"), ("Last", "r"), ("New conflicts, of years", "r"),
        ("a decade", "r"), ("Security bodies shared", "r"), ("Levers of the pair", "l"),
    ]  # fmt: skip
    if any(desk.notes.rows("dispute_chance")):
        columns.append(("Chance in a year", "r"))
    foot = (
        "Disputes: a threat, display or use of force (56 states, to 2014: what came later is not in the record). "
        "Conflicts: 25 dead or more in a year (to 2024); one that goes on is counted once. Rates are pooled with the "
        "pairs of the world that share a border, or that do not. Yearly data: no chance for a shorter time. Pairs of "
        "the states outside with no event are left out.",
    )
    return Table("What is known of each pair", columns, [cells for _, cells in rows], foot)


def _last(desk: Desk, one: str, other: str) -> Figure | None:
    """The last year with any, by either record."""
    rows = desk.notes.rows("dispute_last", subject=one, object=other)
    return _year(desk, max(rows, key=lambda row: float(row["value"]))) if rows else None


def _year(desk: Desk, row: dict[str, Any]) -> Figure:
    """A year as a year is written."""
    return replace(desk.notes.of(row), text=str(int(row["value"])), unit="")


def _acting(desk: Desk, one: str, other: str) -> str | None:
    """Levers on disputes that both states decide on."""
    targets = {(row["lever"], row["target"]) for row in desk.case.table("effects").iter_rows(named=True)}
    titles = [
        row["lever"].replace("_", " ") for row in desk.case.table("levers").iter_rows(named=True)
        if (row["lever"], "regional_dispute_risk") in targets and {one, other} <= set(row["decision_maker"].split(";"))
    ]  # fmt: skip
    return ", ".join(titles) or None


# --- who helps whom ---------------------------------------------------------------------------------------------------


def commitments(desk: Desk) -> Table:
    """What each organisation obliges, can send, and has done."""
    columns = [
        ("Organisation", "l"), (desk.name(desk.home), "l"), ("Obliges", "l"), ("Can send", "l"), ("Has done", "l"),
        ("First arrival", "r"),
    ]  # fmt: skip
    acts: dict[str, list[str]] = {}
    for row in desk.case.table("incidents").sort("start").iter_rows(named=True):
        for organisation in str(row["organisations"] or "").split(";"):
            word = "sent help to" if row["kind"] == "help" else "sent none to"
            states = " and ".join(desk.name(state) for state in str(row["states"]).split(";"))
            acts.setdefault(organisation, []).append(f"{row['start'][:4]} {word} {states}")
    rows: list[list[Cell]] = []
    here = desk.notes.rows(
        "mediation_distance", subject=desk.home
    )  # of another region the home state's bodies tell nothing
    for row in desk.case.table("commitments").iter_rows(named=True) if here else ():
        name = row["organisation"]
        delays = desk.notes.rows("help_delay", subject=name)
        member, _ = desk.latest("membership", desk.home, name, "member")
        rows.append([
            desk.quote(row["name"], row["basis"], row["grade"]), "member" if member else None, row["obliges"], row["delivers"],
            "; ".join(acts.get(name, [])) or "nothing recorded", desk.notes.of(delays[-1]) if delays else None,
        ])  # fmt: skip
    foot = ("That help came once is no promise that it will: carried as a label, never turned into money.",)
    return Table("Security bodies: what each obliges, can send, and has done", columns, rows, foot, folded=True)


def between(desk: Desk) -> Table:
    """The sides that the state stands between: nearer to each of them than they are to each other, in votes."""
    rows: list[tuple[bool, float, list[Cell]]] = []
    powers = set(desk.powers)
    sides_of = [str(row["object"]) for row in desk.notes.rows("mediation_distance", subject=desk.home)]
    heard = {
        sides for sides in sides_of if not set(sides.split("+")) <= powers
    }  # that talks were hosted for, or that clashed
    for row in desk.notes.rows("mediation_distance", subject=desk.home):
        sides, period = str(row["object"]), str(row["period"])
        apart = desk.notes.value("mediation_sides", desk.home, sides, "", period) or 0.0
        if float(row["value"]) < apart:  # nearer to each than they are to each other
            hostile = [_hostile(desk, side) for side in sides.split("+")]
            rows.append((sides not in heard, -apart, [
                desk.name(sides), desk.fig("mediation_sides", desk.home, sides, "", period), desk.notes.of(row),
                desk.fig("mediation_nearer", desk.home, sides, "", period),
                desk.fig("mediation_shared", desk.home, sides, "", period),
                row_of(hostile, " and "),
            ]))  # fmt: skip
    rows.sort(key=lambda entry: entry[:2])
    hosted: list[list[Text]] = []
    for row in desk.notes.rows("mediation_hosted", subject=desk.home):
        hosted.append(
            [desk.notes.of(row), f" ({str(row['item']).replace('_', ' ')}, {row['period'].replace('/', '–')})"]
        )
    foot: list[Text] = [
        "In units of votes; both ranges are of the posterior. Events: the share of hostile ones in a sample of coded "
        "events of 2005–2015 between the state and each side. A place between two sides is no proof that either "
        "would listen. ",
    ]
    if hosted:
        foot += ["Rounds hosted: ", *row_of(hosted, ", "),
                 ". No effect on anything is claimed."]  # fmt: skip
    columns = [
        ("Sides", "l"), ("Apart", "r"), (f"{desk.name(desk.home)} to the farther", "r"), ("States nearer to both", "r"),
        ("Bodies shared with each, at least", "r"), ("Hostile events with each, %", "l"),
    ]  # fmt: skip
    return Table("Between which sides the state stands", columns, [cells for *_, cells in rows[:SIDES]], foot)


def _hostile(desk: Desk, side: str) -> list[Text]:
    share, _ = desk.latest("conflict_share", desk.home, side, unit="")
    number, _ = desk.latest("conflict_sample", desk.home, side)
    return [share, " of ", number] if share and number else ["not known"]


# --- the outcome and what acts on it ----------------------------------------------------------------------------------


def outcome(desk: Desk) -> list[Block]:
    """Three natural units, no index."""
    rows: list[list[Cell]] = []
    for record, name in RECORDS.items():
        for row in desk.notes.rows("regional_dispute_rate", item=record):
            count = desk.fig("regional_dispute_count", str(row["subject"]), "", record, row["period"])
            rows.append([f"New ones a year among the states of the region: {name}", desk.notes.of(row, unit=""),
                         [count, f" in {row['period'].replace('/', '–')}"] if count else None])  # fmt: skip
    reported = max(desk.notes.rows("regional_trade_reported"), key=lambda r: r["period"], default=None)
    summed = max(desk.notes.rows("regional_trade"), key=lambda r: r["period"], default=None)
    if summed:
        known = desk.fig("regional_trade_known", str(summed["subject"]), "", "", summed["period"])
        rows.append([f"Trade inside the region, {summed['period']}, summed from national tables", desk.notes.of(summed),
                     ["flows known: ", known] if known else None])  # fmt: skip
    gap, _ = desk.latest("regional_trade_gap", desk.home)
    if gap and reported:
        aim = max(desk.notes.rows("regional_trade_target"), key=lambda r: r["period"])
        rows.append([f"Trade inside the region, {reported['period']}, as reported", desk.notes.of(reported),
                     [desk.notes.of(aim), f" is the aim for {aim['period']}; lacking: ", gap]])  # fmt: skip
    for row in desk.notes.rows("water_shortfall", object=desk.home):
        rows.append(
            [f"Water short on the {str(row['subject']).replace('_', ' ')} in a season", desk.notes.of(row), None]
        )
    foot = ("Three units that nothing adds up: no index is made of them.",)
    columns = [("Outcome", "l"), ("Level", "r"), ("What it rests on", "l")]
    return [Table("How steady the region is, in natural units", columns, rows, foot)] if rows else []


def levers(desk: Desk) -> Table:
    """The levers that act on the region: by how much, to what, at what cost."""
    titles = {row["lever"]: row for row in desk.case.table("levers").iter_rows(named=True)}
    names = dict(desk.case.table("targets").select("target", "name").iter_rows())
    rows: list[list[Cell]] = []
    if not desk.notes.rows("regional_rate_with"):
        return Table("What acts on the region", [("Lever", "l")], [])
    for row in sorted(
        desk.case.table("effects").iter_rows(named=True), key=lambda r: (*ACTED_ON, r["target"]).index(r["target"])
    ):
        if row["target"] not in ACTED_ON:
            continue
        effect = max((r for r in desk.notes.rows("lever_effect", subject=row["lever"], item=str(row["effect"]))),
                     key=lambda r: r["period"], default=None)  # fmt: skip
        if effect is None:
            continue
        mode = {"multiply": "times ", "add": "plus ", "set": "to "}.get(row["mode"], "")
        with_it = [
            desk.notes.of(r, unit="") for r in desk.notes.rows(RESULT.get(row["target"], ""), subject=row["lever"])
        ]
        opex, _ = desk.latest("lever_opex", row["lever"])
        told = titles[row["lever"]]
        rows.append([
            desk.quote(told["title"], told["basis"], told["grade"]), names.get(row["target"], row["target"]),
            [mode, desk.notes.of(effect, unit=""), f" {row['unit']}" if row["unit"] != "ratio" else ""],
            row_of([[figure] for figure in with_it], " and ") or None,
            opex, told["earliest_year"] or None,
        ])  # fmt: skip
    columns = [
        ("Lever", "l"), ("Moves", "l"), ("By", "l"), ("To", "l"), ("A year", "r"), ("From", "r"),
    ]  # fmt: skip
    foot = (
        "Judgements: no measured effect of any of these is known, and the band of those on disputes and on ethnic "
        "violence holds no effect. To: new disputes and armed conflicts a year among the states of the region at the "
        "central rate; trade inside it, bn USD.",
    )
    return Table("What acts on the region", columns, rows, foot, folded=True)


def crossing(desk: Desk) -> Sequence[Block]:
    """Time and cost at the borders, where any source tells them."""
    rows: list[list[Cell]] = []
    for measure in ("border_time", "border_cost"):
        for row in desk.notes.rows(measure):
            border = f"{desk.name(str(row['subject']))} to {desk.name(str(row['object']))}"
            rows.append([border, str(row["item"]).replace("_", " "), desk.notes.of(row), row["period"]])
    if rows:
        return [Table("Crossing the borders", [("Border", "l"), ("What", "l"), ("Figure", "r"), ("Year", "l")], rows)]
    return [
        Paragraph(
            ["Time and cost of crossing the borders of the region: no source at hand tells them. Missing, not zero."],
            "small",
        )
    ]
