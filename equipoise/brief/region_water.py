"""Regional stability: the waters and the grid that neighbours share, and what a shock in one of them takes from the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from equipoise.brief.charts import Spec
from equipoise.brief.desk import Desk, signed
from equipoise.brief.document import Absent, Block, Cell, Chart, Figure, Table
from equipoise.brief.palette import INK, MUTED, PAPER, RULE, config

__all__ = [
    "balance",
    "closed_ways",
    "exchange",
    "grid",
    "kept_back",
    "levers",
    "matrix",
    "shared_systems",
    "spill_over",
]

COMES, NEEDED, SWAPPED = "Winter: what comes", "Summer: what is needed", "Summer, with power for water"
PARTS = (
    ("used in the season", "#1f7a78"), ("kept from winter for summer", "#7bb8a4"), ("finds no use", "#d3cbb8"),
    ("moved by power for water", "#c2902c"),
    ("short", "#a63f35"),
)  # fmt: skip
READINGS = {
    "most": "most that the reservoir has room to keep", "threat": "as the recorded threat reaches",
    "control": "judged reach of its control", "canal": "as the canal is planned",
}  # fmt: skip
LIMITS = {
    "power": "the power exchanged", "unused": "winter water without use", "short": "the shortfall itself",
    "release": "the winter release", "room": "room upstream",
}  # fmt: skip
WAYS = {
    "recorded": "through the figure it changes", "exchange": "through power for water", "together": "together",
    "withheld": "through what can be kept back",
}  # fmt: skip
CHANNELS = {"trade": "Trade", "transit": "Transit", "remittances": "Money sent home", "energy": "Power"}
STOPPED = (
    ("closure_loss_mass", "oil", "Crude oil, Mt"), ("closure_loss_mass", "grain", "Grain, Mt"),
    ("closure_loss_mass", "coal", "Coal, Mt"), ("closure_loss_gas", "gas", "Gas, bcm"),
    ("closure_loss_containers", "containers", "Containers, thousand TEU"),
)  # fmt: skip


def shared_systems(desk: Desk) -> list[Block]:
    """The year of the rivers, what can be kept back, what an exchange gives, which levers move it, and the grid."""
    blocks: list[Block] = []
    for row in desk.notes.rows("water_shortfall", object=desk.home):
        river, period = str(row["subject"]), str(row["period"])
        blocks += _river_told(desk, river, period)
        blocks += [chart for chart in [balance(desk, river, period)] if chart]
    blocks += [table for table in (exchange(desk), kept_back(desk), levers(desk), grid(desk)) if table.rows]
    return blocks or [Absent("The ledger holds no balance of a shared river.")]


def spill_over(desk: Desk) -> list[Block]:
    """What a shock in one state takes from the others, who passes it on, and what can no longer cross it."""
    chart = matrix(desk)
    blocks: list[Block] = [chart] if chart else []
    return [*blocks, *(table for table in (passed_on(desk), by_channel(desk), closed_ways(desk)) if table.rows)]


# --- water ------------------------------------------------------------------------------------------------------------


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


def balance(desk: Desk, river: str, period: str) -> Chart | None:
    """The year of a river: what comes in winter and what is needed in summer, by what becomes of it."""

    def row(item: str) -> dict[str, Any] | None:
        return desk.notes.row("water_balance", river, desk.home, item, period)

    bars = {
        COMES: (("used_winter", 0), ("stored", 1), ("unused", 2)),
        NEEDED: (("used_from_inflow", 0), ("used_from_storage", 1), ("short", 4)),
    }
    rows = {item: found for parts in bars.values() for item, _ in parts if (found := row(item))}
    if len(rows) < sum(len(parts) for parts in bars.values()):
        return None
    values = [_segments(desk, bar, [(rows[item], part) for item, part in parts]) for bar, parts in bars.items()]
    after = row("short_with_exchange")
    gained = next((r for r in desk.notes.rows("exchange_water", subject=desk.home, item=river)), None)
    if after and gained:
        parts = [(rows["used_from_inflow"], 0), (rows["used_from_storage"], 1), (gained, 3), (after, 4)]
        values.append(_segments(desk, SWAPPED, parts))
    table: list[list[Cell]] = [
        [name, desk.fig("water_balance", river, desk.home, item, period, unit="")]
        for name, item in (
            ("Comes in winter", "inflow_winter"), ("needed in winter", "need_winter"), ("kept for summer", "stored"),
            ("finds no use", "unused"), ("Comes in summer", "inflow_summer"), ("needed in summer", "need_summer"),
            ("supplied in summer", "supply_summer"), ("short", "short"), ("short with power for water", "short_with_exchange"),
        )
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


def kept_back(desk: Desk) -> Table:
    """What each upstream state can keep back, and what that would take."""
    rows: list[list[Cell]] = []
    channels = dict(desk.case.table("channels").select("channel", "name").iter_rows())
    for row in desk.notes.rows("water_withheld"):
        subject, up, item = str(row["subject"]), str(row["object"]), str(row["item"])
        system, reading = item.rsplit(".", 1)
        name = _plain(str(channels.get(system, system)))
        period = desk.period
        rows.append([
            f"{desk.name(up)} from {desk.name(subject)}", name, READINGS[reading], desk.notes.of(row, unit=""),
            desk.fig("water_users_loss", subject, up, item, period, unit=""),
            desk.fig("water_loss", subject, up, item, period, unit=""),
        ])  # fmt: skip
    columns = [
        ("Who could keep back", "l"), ("What", "l"), ("Reading", "l"), ("km³", "r"), ("% of the users’ value added", "r"),
        ("% of real income", "r"),
    ]  # fmt: skip
    foot = (
        f"In {desk.in_time(desk.horizon)}; a capability, not a forecast. Flows from China are of a half-year, the other half is "
        "not published. Losses by the judged reach stand in the loss of real income where the power is studied there; those to "
        "neighbours do not: the world that income is solved in does not tell them apart. No loss: no figures of the users.",
    )
    return Table("What upstream states could keep back", columns, rows, foot)


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
        "back. Empty: it does not act there.",
    )
    return Table("What the levers do to the shortfall", columns, rows, foot)


def grid(desk: Desk) -> Table:
    """How much power each neighbour imports, and what it would lose without."""
    rows: list[list[Cell]] = [
        [desk.name(str(row["subject"])), desk.notes.of(row, unit=""),
         desk.fig("grid_loss", str(row["subject"]), "", "", f"{desk.year}+1y", unit="")]
        for row in sorted(desk.notes.rows("grid_import_share"), key=lambda r: -float(r["value"]))
    ]  # fmt: skip
    columns = [("State", "l"), ("Imports over use, %", "r"), ("Loss without any of them, % of real income", "r")]
    foot = (
        "Which neighbour the power comes from stands in no source, but for Kazakhstan and Russia. The loss is that of a year in "
        "which nothing replaces it, by the cost share of power in Kazakhstan.",
    )
    return Table("The power grid", columns, rows, foot)


# --- spill-over -------------------------------------------------------------------------------------------------------


def _pairs(desk: Desk) -> tuple[list[str], list[str], dict[tuple[str, str], dict[str, Any]]]:
    """Who is affected, who is shocked, and the whole loss of each pair; the home state first."""
    found = desk.notes.rows("spill_loss", item="all", period=desk.period)
    everyone = desk.notes.rows("spill_known", period=desk.period)

    def order(state: str) -> tuple[bool, str]:
        return state != desk.home, desk.name(state)

    affected = sorted({str(row["subject"]) for row in everyone}, key=order)
    shocked = sorted({str(row["object"]) for row in everyone}, key=order)
    return affected, shocked, {(str(row["subject"]), str(row["object"])): row for row in found}


def matrix(desk: Desk) -> Chart | None:
    """Who loses what by a shock in whom."""
    affected, shocked, found = _pairs(desk)
    if not found:
        return None
    values, table = [], []
    for state in affected:
        cells: list[Cell] = [desk.name(state)]
        for other in shocked:
            row, same = found.get((state, other)), state == other
            figure = desk.notes.of(row, unit="") if row else None
            cells.append("—" if same else figure)
            told = f"{desk.name(state)}, shock in {desk.name(other)}: {figure.plain + ' %' if figure else 'not known'}"
            values.append({
                "affected": desk.name(state), "shocked": desk.name(other), "loss": None if row is None else float(row["value"]),
                "label": "—" if same else figure.text if figure else "?", "band": figure.range if figure else "",
                "ink": MUTED if row is None else PAPER if float(row["value"]) > 8 else INK, "told": told,
            })  # fmt: skip
        table.append(cells)
    names = [desk.name(state) for state in affected], [desk.name(state) for state in shocked]
    largest = sorted(found.items(), key=lambda entry: -float(entry[1]["value"]))[:3]
    told = "; ".join(f"{desk.name(a)} by a shock in {desk.name(s)} {desk.notes.of(r).text} %" for (a, s), r in largest)
    return Chart(
        "spill", "What a shock in one state takes from the others",
        "% of real income that the state in the row loses in a year in which the borders of the state in the column are closed. "
        f"The largest: {told}.",
        _heat(values, *names, narrow=False), _heat(values, *names, narrow=True),
        Table(
            "Loss of the state in the row by a shock in the state of the column, % of real income",
            [("", "l"), *((name, "r") for name in names[1])], table,
        ),
        (
            "The sum of the channels that are known, without those that are missing: “?” where none is, which is not nothing. "
            "Each shock stands alone; shocks are not added up.",
        ),
    )  # fmt: skip


def _heat(rows: Sequence[dict[str, Any]], affected: Sequence[str], shocked: Sequence[str], *, narrow: bool) -> Spec:
    """A matrix of losses. ``rows`` have affected, shocked, loss, label, band, ink, told."""
    head = {"title": None, "domain": False, "ticks": False, "labelColor": INK, "labelLimit": 130}
    y = {
        "field": "affected",
        "type": "nominal",
        "sort": list(affected),
        "axis": {**head, "labelFontSize": 11 if narrow else 12},
    }
    x = {
        "field": "shocked", "type": "nominal", "sort": list(shocked),
        "axis": {**head, "orient": "top", "labelAngle": -55 if narrow else 0, "labelFontSize": 11 if narrow else 12},
    }  # fmt: skip
    shade = {
        "field": "loss", "type": "quantitative", "legend": None,
        "scale": {"type": "sqrt", "range": ["#f3efe4", "#a63f35"], "domainMin": 0},
    }  # fmt: skip
    cell = {
        "mark": {"type": "rect", "stroke": PAPER, "strokeWidth": 2, "invalid": None},
        "encoding": {
            "color": {"condition": {"test": "datum.loss === null", "value": "#eceae4"}, **shade},
            "description": {"field": "told", "type": "nominal"},
        },
    }
    words: list[Spec] = []
    for ink in (PAPER, INK, MUTED):
        said = [("label", 11 if narrow else 13, "bold", 0 if narrow else -6), ("band", 10.5, "normal", 9)]
        words += [
            {
                "transform": [{"filter": f"datum.ink == '{ink}'"}],
                "mark": {"type": "text", "fontSize": size, "fontWeight": weight, "dy": down, "color": ink},
                "encoding": {"text": {"field": field, "type": "nominal"}},
            }
            for field, size, weight, down in said[: 1 if narrow else 2]
        ]
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json", "config": config(), "data": {"values": list(rows)},
        "encoding": {"x": x, "y": y}, "layer": [cell, *words],
        "width": 238 if narrow else 620, "height": {"step": 30 if narrow else 40},
    }  # fmt: skip


def passed_on(desk: Desk) -> Table:
    """Who passes a shock on, and who takes most in."""
    rows: list[list[Cell]] = []
    states = _pairs(desk)[1]
    worst = {str(row["subject"]): row for row in desk.notes.rows("spill_worst", period=desk.period)}
    for state in states:
        row = worst.get(state)
        rows.append([
            desk.name(state), desk.fig("spill_given", state, "", "", desk.period, unit=""),
            desk.fig("spill_ratio", state, "", "", desk.period, unit=""),
            [f"{desk.name(row['object'])} ", desk.notes.of(row)] if row else None,
        ])  # fmt: skip
    rows = [row for row in rows if any(cell is not None for cell in row[1:])]
    columns = [
        ("Shock in", "l"), ("The others lose, bn USD a year", "r"), ("Over its own GDP, %", "r"),
        ("Its own largest loss, by a shock in", "l"),
    ]  # fmt: skip
    foot = (
        "A state whose shock costs the others much of its own GDP passes on; one whose shock costs them little, and whose own "
        "largest loss is small, takes in. Only what is known of each pair is counted.",
    )
    return Table("Who passes a shock on", columns, rows, foot)


def by_channel(desk: Desk, shocked: Sequence[str] = ()) -> Table:
    """The losses by channel: of the home state, or of everybody by the shocks named."""
    rows: list[list[Cell]] = []
    for row in desk.notes.rows("spill_known", period=desk.period):
        state, other = str(row["subject"]), str(row["object"])
        if other in shocked if shocked else state == desk.home:
            cells = [desk.fig("spill_loss", state, other, channel, desk.period, unit="") for channel in CHANNELS]
            people = desk.notes.rows("spill_people", subject=state, object=other)
            came: list[Any] = []
            for found in people:
                came += ["; " if came else "", desk.notes.of(found, unit=""), f" {str(found['item']).split('_')[0]}"]
            rows.append([desk.name(other), desk.name(state), *cells, came or None, desk.notes.of(row, unit="")])
    columns = [
        ("Shock in", "l"), ("Loss of", "l"), *((name, "r") for name in CHANNELS.values()), ("People, precedent", "l"),
        ("Channels known, %", "r"),
    ]  # fmt: skip
    foot = (
        "% of real income in a year. Trade by the world of 2022 where it tells both states apart, else by the customs books of "
        f"the pair; transit of {desk.name(desk.home)} alone, whose corridors are known: oil and containers that find no way "
        "round. Empty: not known, which is not nothing.",
    )
    return Table("Spill-over by channel", columns, rows, foot)


def closed_ways(desk: Desk) -> Table:
    """What of the home state's cargo can no longer go anywhere when a state's territory is closed, in its own units."""
    rows: list[list[Cell]] = []
    shown = [
        (measure, item, title) for measure, item, title in STOPPED if desk.notes.rows(measure, item=f"{item}.territory")
    ]
    for state in _pairs(desk)[1]:
        cells: list[Cell] = []
        for measure, item, _ in shown:
            found = desk.notes.rows(measure, subject=state, item=f"{item}.territory")
            latest = max(found, key=lambda r: str(r["period"]), default=None)
            cells.append([desk.notes.of(latest, unit=""), f" {latest['period']}"] if latest else None)
        if any(cells):
            rows.append([desk.name(state), *cells])
    columns = [("Territory closed", "l"), *((title, "r") for _, _, title in shown)]
    foot = ("After best rerouting, by the corridors. Empty: no link of that network crosses the state.",)
    return Table(f"What of {desk.name(desk.home)}’s cargo finds no way", columns, rows, foot)
