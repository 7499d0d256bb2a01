"""Regional stability: what a shock in one state takes from the others, and who passes it on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from equipoise.brief.charts import Spec
from equipoise.brief.desk import Desk
from equipoise.brief.document import Absent, Block, Cell, Chart, Table
from equipoise.brief.palette import INK, MUTED, PAPER, config

__all__ = ["by_channel", "closed_ways", "matrix", "passed_on", "spill_over"]

CHANNELS = {"trade": "Trade", "transit": "Transit", "remittances": "Money sent home", "energy": "Power"}
STOPPED = (
    ("closure_loss_mass", "oil", "Crude oil, Mt"), ("closure_loss_mass", "grain", "Grain, Mt"),
    ("closure_loss_mass", "coal", "Coal, Mt"), ("closure_loss_gas", "gas", "Gas, bcm"),
    ("closure_loss_containers", "containers", "Containers, thousand TEU"),
)  # fmt: skip


def spill_over(desk: Desk) -> list[Block]:
    """What a shock in one state takes from the others, who passes it on, and what can no longer cross it."""
    chart = matrix(desk)
    blocks: list[Block] = [*_worst_told(desk)] if chart else []
    blocks += [chart] if chart else []
    blocks += [table for table in (passed_on(desk), by_channel(desk), closed_ways(desk)) if table.rows]
    return blocks or [Absent("The ledger holds no spill-over between states.")]


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
            cells.append("·" if same else figure)
            told = f"{desk.name(state)}, shock in {desk.name(other)}: {figure.plain + ' %' if figure else 'not known'}"
            values.append({
                "affected": desk.name(state), "shocked": desk.name(other), "loss": None if row is None else float(row["value"]),
                "label": "·" if same else figure.text if figure else "?", "band": figure.range if figure else "",
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
            "The sum of the channels that are known, without those that are missing; where none is known there is “?”, in the "
            "table “–”: that is not nothing. Each shock stands alone; shocks are not added up.",
        ),
    )  # fmt: skip


def _worst_told(desk: Desk) -> list[Block]:
    """Who could take most from the home state by its own trouble, and whom the home state's would hit most."""
    worst = next(iter(desk.notes.rows("spill_worst", subject=desk.home, period=desk.period)), None)
    hit = desk.notes.rows("spill_loss", object=desk.home, item="all", period=desk.period)
    most = max(hit, key=lambda row: float(row["value"]), default=None)
    if worst is None or most is None:
        return []
    return [*desk.say(
        "A year in which {one} closed its borders would take {loss} from {home}, the most that is known of any state here. A "
        "year in which {home} closed its own would take most from {other}: {theirs}; from all of them together {given}.",
        one=desk.the(str(worst["object"])), loss=desk.notes.of(worst), home=desk.the(desk.home),
        other=desk.the(str(most["subject"])), theirs=desk.notes.of(most),
        given=desk.fig("spill_given", desk.home, "", "", desk.period),
    )]  # fmt: skip


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
