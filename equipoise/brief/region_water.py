"""Regional stability: the waters and the grid that neighbours share."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from equipoise.brief.charts import Spec
from equipoise.brief.desk import Desk, signed
from equipoise.brief.document import Absent, Block, Cell, Chart, Figure, Paragraph, Table, Text
from equipoise.brief.palette import INK, PAPER, RULE, config

__all__ = [
    "balance", "exchange", "grid", "kept_back", "lacking", "levers", "rivers", "senders", "shared_systems", "winter", "years",
]  # fmt: skip

COMES, NEEDED, SWAPPED = "Winter: what comes, and lacks", "Summer: what is needed", "Summer, with power for water"
PARTS = (
    ("used in the season", "#1f7a78"), ("kept from winter for summer", "#7bb8a4"), ("finds no use", "#d3cbb8"),
    ("moved by power for water", "#c2902c"),
    ("short", "#a63f35"),
)  # fmt: skip
READINGS = {
    "most": "most that the reservoir has room to keep", "threat": "as the recorded threat reaches",
    "control": "judged reach of its control", "canal": "as the canal is planned",
    "plan": "as it is said to take one day",
}  # fmt: skip
LIMITS = {
    "power": "the power exchanged", "unused": "winter water without use", "short": "the shortfall itself",
    "release": "the winter release", "room": "room upstream",
}  # fmt: skip
WAYS = {
    "recorded": "through the figure it changes", "exchange": "through power for water", "together": "together",
    "withheld": "through what can be kept back",
}  # fmt: skip


def shared_systems(desk: Desk) -> list[Block]:
    """The year of the rivers, what can be kept back, what an exchange gives, which levers move it, the grid, what is missing."""
    blocks: list[Block] = []
    for row in sorted(desk.notes.rows("water_shortfall"), key=lambda r: (r["object"] != desk.home, str(r["subject"]))):
        river, below, period = str(row["subject"]), str(row["object"]), str(row["period"])
        blocks += _river_told(desk, river, period) if below == desk.home else _others_told(desk, river, below, period)
        blocks += [chart for chart in [balance(desk, river, period, below)] if chart]
    tables = (years(desk), exchange(desk), kept_back(desk), levers(desk), winter(desk), grid(desk))
    blocks += [table for table in tables if table.rows]
    if blocks:  # beside what can be told, never instead of it
        blocks += [table for table in (senders(desk), lacking(desk), rivers(desk)) if table.rows]
    return blocks or [Absent("The ledger holds no balance of a shared river.")]


def _plain(river: str) -> str:
    return river.replace("_", " ")


def _river_told(desk: Desk, river: str, period: str) -> list[Block]:
    def fig(item: str) -> Figure | None:
        return desk.fig("water_balance", river, desk.home, item, period)

    published = desk.notes.rows("outcome_baseline", subject="water_shortfall")
    said = desk.say(
        "On the {river} {name} needs {need} in summer and can supply {supply}: {short} is short. In winter more comes than its "
        "reservoirs can keep, and {unused} finds no use: the water is there, in the wrong season.",
        river=_plain(river), name=desk.name(desk.home), need=fig("need_summer"), supply=fig("supply_summer"), short=fig("short"),
        unused=fig("unused"),
    )  # fmt: skip
    if published:
        said += desk.say(
            "The published shortfall is {seen}; nothing here was fitted to it.",
            seen=desk.notes.of(published[0], unit="km³"),
        )
    return [*said]


def _others_told(desk: Desk, river: str, below: str, period: str) -> list[Block]:
    """A river that the state does not touch: what is short there, and what would make it shorter."""

    def fig(item: str) -> Figure | None:
        return desk.fig("water_balance", river, below, item, period)

    said = desk.say(
        "On the {river} {names} may take, with what the delta and the sea are to get, {summer} in summer and {winter} in winter; "
        "{short} of it is short in a year.",
        river=_plain(river), names=desk.name(below), summer=fig("need_summer"), winter=fig("need_winter"), short=fig("short"),
    )  # fmt: skip
    for row in desk.notes.rows("exchange_water", subject=below, item=f"{river}.per_TWh"):
        said += desk.say(
            f"A TWh given to {desk.name(str(row['object']))} in winter, so that it keeps water for summer, would move {{moved}}: "
            "what is let down in winter is used below as it comes, so that nothing waits to be moved. No such exchange is "
            "known." if not row["value"] else
            f"A TWh given to {desk.name(str(row['object']))} in winter, so that it keeps water for summer, would move {{moved}}. "
            "No such exchange is known.",
            moved=desk.notes.of(row),
        )  # fmt: skip
    taken = [row for s in below.split("+") for row in desk.notes.rows("river_volume", subject=f"{river}.{s}")
             if row["item"] == "used_growing_season"]  # fmt: skip
    if taken:
        figures: list[Text] = [part for row in taken for part in (desk.notes.of(row), " and ")][:-1]
        said.append(Paragraph(["As reported for the growing season of ", str(taken[0]["period"]), ", they took ", *figures,
                               ". The balance is not fitted to it."]))  # fmt: skip
    return [*said]


def balance(desk: Desk, river: str, period: str, below: str = "") -> Chart | None:
    """The year of a river: what comes in winter and what is needed in summer, by what becomes of it."""
    state = below or desk.home

    def row(item: str) -> dict[str, Any] | None:
        return desk.notes.row("water_balance", river, state, item, period)

    bars = {
        COMES: (("used_winter", 0), ("stored", 1), ("unused", 2), ("short_winter", 4)),
        NEEDED: (("used_from_inflow", 0), ("used_from_storage", 1), ("short_summer", 4)),
    }
    rows = {item: found for parts in bars.values() for item, _ in parts if (found := row(item))}
    if len(rows) < sum(len(parts) for parts in bars.values()):
        return None
    values = [
        _segments(desk, bar, [(rows[item], part) for item, part in parts if rows[item]["value"] or part != 4])
        for bar, parts in bars.items()
    ]
    after = row("short_with_exchange")
    gained = next((r for r in desk.notes.rows("exchange_water", subject=state, item=river)), None)
    if after and gained:
        parts = [(rows["used_from_inflow"], 0), (rows["used_from_storage"], 1), (gained, 3), (after, 4)]
        values.append(_segments(desk, SWAPPED, parts))
    table: list[list[Cell]] = [
        [name, desk.fig("water_balance", river, state, item, period, unit="")]
        for name, item in (
            ("Comes in winter", "inflow_winter"), ("needed in winter", "need_winter"), ("kept for summer", "stored"),
            ("finds no use", "unused"), ("Comes in summer", "inflow_summer"), ("needed in summer", "need_summer"),
            ("supplied in summer", "supply_summer"), ("short in winter", "short_winter"),
            ("short", "short"), ("short with power for water", "short_with_exchange"),
        )
        if row(item)
    ]  # fmt: skip
    drawn = [segment for bar in values for segment in bar]
    told = f"{_plain(river)}, km³: " + "; ".join(
        f"{bar.lower()}: " + ", ".join(f"{part['label']} {part['part']}" for part in parts)
        for bar, parts in zip(bars, values, strict=False)
    )
    more = [f"With power for water {desk.notes.of(after).plain} is short."] if after else []
    return Chart(
        f"season-{river.lower()}", f"A year of the {_plain(river)} in two seasons",
        f"{told}. {' '.join(more)}".strip(), _stacked(drawn, narrow=False), _stacked(drawn, narrow=True),
        Table(f"Balance of the {_plain(river)}, km³", [("", "l"), ("km³", "r")], table),
        (
            "A year of two seasons, October to March and April to September. Reservoirs are those of the state together; a "
            "range is 5–95 % of redraws. Evaporation, and what a wetter year leaves to the next, are not in it.",
        ),
    )  # fmt: skip


def _segments(desk: Desk, bar: str, parts: Sequence[tuple[dict[str, Any], int]]) -> list[dict[str, Any]]:
    """The parts of one bar, end to end."""
    made, at = [], 0.0
    for row, part in parts:
        size = float(row["value"])
        figure = desk.notes.of(row)
        made.append({
            "bar": bar, "part": PARTS[part][0], "from": at, "to": at + size, "middle": at + size / 2, "label": figure.text,
            "shown": figure.text if size > 0.8 else "", "ink": PAPER if part in (0, 4) else INK,
            "told": f"{bar}: {PARTS[part][0]} {figure.plain}",
        })  # fmt: skip
        at += size
    return made


def _stacked(rows: Sequence[dict[str, Any]], *, narrow: bool) -> Spec:
    """Bars of parts end to end, one panel a bar. ``rows`` have bar, part, from, to, middle, shown, ink, told."""
    names = [name for name, _ in PARTS]
    x = {
        "field": "from", "type": "quantitative", "scale": {"zero": True, "nice": True},
        "axis": {"title": "km³", "tickCount": 6, "domain": False, "ticks": False, "gridColor": RULE},
    }  # fmt: skip
    shade = {
        "field": "part", "type": "nominal", "sort": names,
        "scale": {"domain": names, "range": [shade for _, shade in PARTS]},
        "legend": {"title": None, "orient": "top", "symbolType": "square", "columns": 1 if narrow else 5, "labelLimit": 300},
    }  # fmt: skip
    bar = {
        "mark": {"type": "bar", "height": 26, "stroke": PAPER},
        "encoding": {
            "x": x,
            "x2": {"field": "to"},
            "color": shade,
            "description": {"field": "told", "type": "nominal"},
        },
    }
    words = [
        {
            "transform": [{"filter": f"datum.ink == '{ink}'"}],
            "mark": {"type": "text", "fontSize": 12, "fontWeight": "bold", "color": ink},
            "encoding": {"x": {**x, "field": "middle"}, "text": {"field": "shown", "type": "nominal"}},
        }
        for ink in (PAPER, INK)
    ]
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json", "config": config(), "data": {"values": list(rows)},
        "facet": {"row": {
            "field": "bar", "type": "nominal", "sort": [COMES, NEEDED, SWAPPED],
            "header": {"title": None, "labelAnchor": "start", "labelOrient": "top", "labelAngle": 0, "labelAlign": "left"},
        }},
        "spacing": 12,
        "spec": {"layer": [bar, *words], "width": 320 if narrow else 680, "height": 34},
    }  # fmt: skip


def exchange(desk: Desk) -> Table:
    """What power for water gives each side, at which prices, and what limits it."""
    rows: list[list[Cell]] = []
    for deal in desk.notes.rows("exchange_surplus", subject=desk.home):
        home, up, river, period = desk.home, str(deal["object"]), str(deal["item"]), str(deal["period"])
        given = [row for row in desk.notes.rows("power_exchange", subject=home, object=up) if row["item"] == "winter"]
        for row in sorted(given, key=lambda r: str(r["period"]))[-1:]:
            rows.append([f"{desk.name(home)} gives in winter", desk.notes.of(row)])
        rows.append(
            [f"{desk.name(up)} makes as much more in summer", desk.fig("exchange_power_gain", up, home, river, period)]
        )
        for row in desk.notes.rows("exchange_water", object=up, item=river):
            rows.append([f"{desk.name(row['subject'])} gains in summer", desk.notes.of(row)])
        rows.append(["Both sides gain together, water at home alone counted", desk.notes.of(deal)])
        least, most = (desk.fig("exchange_price", home, up, end, period) for end in ("least", "most"))
        rows.append([f"Least price of the power that suits {desk.name(home)}", least])
        rows.append([f"Most that {desk.name(up)} can pay", most])
        rows.append(["Draws in which some price suits both", desk.fig("exchange_agreed", home, up, river, period)])
        found = desk.notes.rows("exchange_limit", subject=home, object=up)
        binding = max(found, key=lambda r: float(r["value"]), default=None)
        if binding:
            rows.append(
                [
                    "What limits it most often",
                    [f"{LIMITS[str(binding['item'])]}, in ", desk.notes.of(binding), " of draws"],
                ]
            )
    foot = (
        "Either side can get from nothing to all of the gain: which price is struck is bargaining, and no figure. Below zero the "
        "state would gain even if it gave the power away and paid for the water. Water is worth the loss it averts at home; what "
        "it is worth to other states stands in no source.",
    )
    return Table("Power for water: what each side gains over no exchange", [("", "l"), ("Figure", "l")], rows, foot)


def years(desk: Desk) -> Table:
    """The rivers of which only the year is published: what comes, what it is used for, what runs on."""
    told: dict[str, dict[str, Cell]] = {}
    for row in desk.notes.rows("river_year", object=desk.home):
        told.setdefault(str(row["subject"]), {})[str(row["item"])] = desk.notes.of(row, unit="")
    parts = {
        "from_upstream": "From upstream", "own": "Own land", "used": "Used and lost", "nature": "Lake or floodplain",
        "passed_on": "Runs on", "short": "Short",
    }  # fmt: skip
    rows: list[list[Cell]] = [[_plain(river), *(items.get(part) for part in parts)] for river, items in told.items()]
    foot = (
        "km³ a year. Yearly: no source splits these rivers by season, so nothing is said of when in the year water is short. "
        "What runs on: to the lake beyond its need, or to the state downstream; a floodplain’s water runs on too.",
    )
    return Table(
        "Rivers of which only the year is known", [("River", "l"), *((n, "r") for n in parts.values())], rows, foot
    )


def kept_back(desk: Desk, powers: Collection[str] = ()) -> Table:
    """What each upstream state can keep back, and what that would take; of these powers from the home state, if any are named."""
    rows: list[list[Cell]] = []
    channels = dict(desk.case.table("channels").select("channel", "name").iter_rows())
    held = desk.notes.rows("water_withheld")
    if powers:
        held = [row for row in held if row["object"] in powers and row["subject"] == desk.home]
    for row in sorted(held, key=lambda r: (r["subject"] != desk.home, str(r["item"]), str(r["object"]))):
        subject, up, item = str(row["subject"]), str(row["object"]), str(row["item"])
        system, reading = item.rsplit(".", 1)
        name = _plain(str(channels.get(system, system)))
        period = desk.period
        rows.append([
            f"{desk.name(up)} from {desk.name(subject)}", name, READINGS[reading], desk.notes.of(row, unit=""),
            desk.fig("water_withheld_short", subject, up, item, str(row["period"]), unit=""),
            desk.fig("water_users_loss", subject, up, item, period, unit=""),
            desk.fig("water_loss", subject, up, item, period, unit=""),
            desk.fig("water_power_lost", subject, up, item, str(row["period"]), unit=""),
        ])  # fmt: skip
    columns = [
        ("Who could keep back", "l"), ("What", "l"), ("Reading", "l"), ("km³", "r"), ("Short then, km³", "r"),
        ("% of the users’ value added", "r"), ("% of real income", "r"), ("Power not made, TWh", "r"),
    ]  # fmt: skip
    foot = (
        f"In {desk.in_time(desk.horizon)}; a capability, not a forecast. By the judged reach flows from China are those of a "
        "half-year. Losses by the judged reach stand in the loss of real income where the power is studied there; those to "
        "neighbours do not: the world that income is solved in does not tell them apart. On the Ili the lake is served first, "
        "so the users bear what is short; if they came first the lake would bear it. No loss: no figures of the users. Water "
        "kept in a reservoir upstream is not lost to it: it makes power in the next winter.",
    )
    return Table("What upstream states could keep back", columns, rows, foot)


def lacking(desk: Desk) -> Table:
    """What would be needed for a finer balance, and stands in no source at hand."""
    rows: list[list[Cell]] = []
    for row in desk.notes.rows("figure_missing"):
        rows.append([_plain(str(row["subject"])), _plain(str(row["item"]))])
    foot = ("A case that holds one of them as a fact has it no longer in this list; none is made up.",)
    return Table(
        "What no source at hand tells", [("System", "l"), ("Figure that is missing", "l")], rows, foot, folded=True
    )


def rivers(desk: Desk) -> Table:
    """The rivers of which no balance can be told: what is published of them."""
    rows: list[list[Cell]] = []
    told = {str(row["subject"]) for row in desk.notes.rows("water_shortfall")}
    states = desk.case.table("actors")["actor"].to_list()
    known = [*desk.notes.rows("river_volume"), *desk.notes.rows("river_flow"), *desk.notes.rows("river_share")]
    for row in sorted(known, key=lambda r: (str(r["subject"]), str(r["item"]), str(r["period"]))):
        river, _, state = str(row["subject"]).partition(".")
        if river in told or river in states:
            continue
        what = _plain(str(row["item"]))
        where = f", {desk.name(state)}" if state and state != "total" else ""
        name = desk.name(river) if set(river.split("+")) <= set(states) else _plain(river)
        rows.append([name, f"{what}{where}", str(row["period"]).replace("/", " – "), desk.notes.of(row)])
    columns = [("River or states", "l"), ("What is published", "l"), ("When", "l"), ("Figure", "r")]
    foot = (
        "As published, with the year and months of each. Of rivers with no balance above no source tells what is needed of "
        "them: no shortfall is made up.",
    )
    return Table("The other shared rivers: what is published", columns, rows, foot, folded=True)


def levers(desk: Desk) -> Table:
    """How each lever moves the shortfall, and through what."""
    rows: list[list[Cell]] = []
    found = desk.notes.rows("water_lever_shift")
    titles = dict(desk.case.table("levers").select("lever", "title").iter_rows())
    for lever, river in dict.fromkeys((str(row["subject"]), str(row["object"])) for row in found):
        of = {str(row["item"]): row for row in found if row["subject"] == lever and row["object"] == river}
        rows.append(
            [
                titles.get(lever, lever),
                _plain(river),
                *(signed(desk.notes.of(of[w], unit="")) if w in of else None for w in WAYS),
            ]
        )
    columns = [("Lever", "l"), ("River", "l"), *((name, "r") for name in WAYS.values())]
    foot = (
        "Change of the shortfall, km³; below zero is better. Nothing through the recorded figure alone: more winter water, or "
        "more room upstream, is no use where the room below is full. On a river without a balance: what no longer can be kept "
        "back. Empty: it does not act there. The inflows are of years in which yearly protocols held, so a part of what power "
        "for water gives may be in them already.",
    )
    return Table("What the levers do to the shortfall", columns, rows, foot)


def winter(desk: Desk, powers: Collection[str] = ()) -> Table:
    """What a state's own plants lack at the peak of the winter and over it, and which neighbour fills it: any, or these."""
    rows: list[list[Cell]] = []
    senders = {str(row["object"]) for row in desk.notes.rows("grid_withheld", subject=desk.home)}
    for gap in desk.notes.rows("grid_gap") if not powers or senders & set(powers) else ():
        state, period = str(gap["subject"]), str(gap["period"])
        load, own, lacks = (
            max(
                (r for r in desk.notes.rows(m, subject=state) if i in (None, r["item"])),
                key=lambda r: r["period"],
                default=None,
            )
            for m, i in (("peak_power", "load"), ("peak_power", "own_supply"), ("electricity_lacking", None))
        )
        rows.append([
            f"{desk.name(state)}: load at the peak of the winter, and own plants",
            [desk.notes.of(load), " and ", desk.notes.of(own)] if load and own else None, None,
        ])  # fmt: skip
        rows.append([f"{desk.name(state)} lacks at the peak", desk.notes.of(gap), None])
        if lacks:
            rows.append([f"{desk.name(state)} lacks over the winter", desk.notes.of(lacks), None])
        for row in desk.notes.rows("grid_withheld_peak", subject=state):
            tie = desk.latest("tie_power", str(row["object"]), state)[0]
            told: list[Text] = [desk.notes.of(row)]
            told += [" of a tie seen to carry ", tie] if tie else []
            rows.append([f"{desk.name(str(row['object']))} can keep back at the peak", told, None])
        for row in desk.notes.rows("grid_withheld", subject=state):
            season, sender = str(row["item"]), str(row["object"])
            lost = desk.fig("grid_withheld_loss", state, sender, season, f"{period}+1y", unit="")
            rows.append([f"{desk.name(sender)} can keep back in the {season}", desk.notes.of(row), lost])
    columns = [("", "l"), ("Power", "l"), ("Loss, % of real income", "r")]
    foot = (
        "Winter: October to March. The loss is over a year, with nothing in place of the power; the peaks of single hours, "
        "and what a broken frequency would do, are not in it. No capacity of the ties is published: what was seen to flow is "
        "the least they carry.",
    )
    return Table("The grid in winter: what is lacking and who fills it", columns, rows, foot)


def senders(desk: Desk) -> Table:
    """Who sends whom power, by the months that are published."""
    rows: list[list[Cell]] = []
    for row in sorted(
        desk.notes.rows("electricity_trade"), key=lambda r: (str(r["object"]), str(r["period"]), -r["value"])
    ):
        sender, state, period = str(row["subject"]), str(row["object"]), str(row["period"])
        lost = desk.fig("grid_withheld_loss", state, sender, "season", f"{period}+1y", unit="")
        rows.append([
            f"{desk.name(sender)} to {desk.name(state)}", period.replace("/", " – "), desk.notes.of(row),
            desk.fig("grid_partner_share", state, sender, "season", period), lost,
        ])  # fmt: skip
    columns = [
        ("From, to", "l"), ("When", "l"), ("Sent", "r"), ("Of the power used then", "r"), ("Loss without, % of real income", "r"),
    ]  # fmt: skip
    foot = (
        "Months as published, swaps between seasons among them; a flow that is not in the table is unknown, not none.",
    )
    return Table("Power sent from state to state", columns, rows, foot, folded=True)


def grid(desk: Desk) -> Table:
    """How much power each neighbour imports, and what it would lose without."""
    rows: list[list[Cell]] = [
        [desk.name(str(row["subject"])), desk.notes.of(row, unit=""),
         desk.fig("grid_loss", str(row["subject"]), "", "", f"{desk.year}+1y", unit="")]
        for row in sorted(desk.notes.rows("grid_import_share"), key=lambda r: -float(r["value"]))
    ]  # fmt: skip
    columns = [("State", "l"), ("Imports over use, %", "r"), ("Loss without any of them, % of real income", "r")]
    foot = (
        "All neighbours together. The loss is that of a year in which nothing replaces it, by the cost share of power in "
        "Kazakhstan.",
    )
    return Table("The power grid", columns, rows, foot)
