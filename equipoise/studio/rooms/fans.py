"""Fans: what a policy loses year by year over the futures, of its own accord and in answer to what it does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from equipoise.brief.desk import Desk
from equipoise.brief.document import Cell, Chart, Table
from equipoise.brief.palette import RULE, config
from equipoise.brief.policies import bundled, short

__all__ = ["choices", "fan"]

ACTS = {"unprovoked": "Whatever the state does", "provoked": "Provoked by the policy too"}
"""Whose closures are counted, as the facts name it and as it is told."""
FIRST = "seen"
"""The weighting that is shown until another is chosen: everybody as often as seen."""


def choices(desk: Desk) -> tuple[dict[str, str], dict[str, str]]:
    """The policies and the weightings whose losses are known by year, each by its id and as it is called."""
    known = desk.notes.rows("future_path")
    told = {str(fact["subject"]) for fact in known}
    ways = {str(fact["item"]).partition(".")[0] for fact in known}
    table = desk.case.table("weightings").select("weighting", "name").iter_rows() if ways else ()
    named = {way: short(name.partition(":")[0].partition(";")[0]) for way, name in table if way in ways}
    first = sorted(named, key=lambda way: way != FIRST)
    return {id: title for id, title in bundled(desk).items() if id in told}, {way: named[way] for way in first}


def fan(desk: Desk, policy: str, way: str) -> Chart | None:
    """The loss of each year under a policy and a weighting: the mean of the futures and the band that holds nine in ten."""
    policies, ways = choices(desk)
    if policy not in policies or way not in ways:
        return None
    rows: list[dict[str, Any]] = []
    cells: dict[str, dict[str, Cell]] = {}
    for act, said in ACTS.items():
        for fact in desk.notes.rows("future_path", subject=policy, item=f"{way}.{act}"):
            year, shown = str(fact["period"]), desk.notes.of(fact, unit="")
            ends = {"low": fact["low"], "value": fact["value"], "high": fact["high"]}
            rows.append({"act": said, "year": int(year), **ends, "told": f"{year}: {shown.plain}"})
            cells.setdefault(year, {})[act] = shown
    if len(cells) < 2:
        return None
    rows.sort(key=lambda row: (row["act"] != ACTS["unprovoked"], row["year"]))
    columns = [("Year", "l"), *((f"{said}, % of real income", "r") for said in ACTS.values())]
    held: list[list[Cell]] = [[year, *(cells[year].get(act) for act in ACTS)] for year in sorted(cells)]
    return Chart(
        "fan", f"Year by year under “{policies[policy]}”",
        "Loss of real income in each year. The line is the mean of the futures, the band holds nine futures in ten. In most "
        "years of most futures nobody closes anything: a mean may lie outside its band.",
        _fan(rows, narrow=False), _fan(rows, narrow=True), Table("Loss of real income by year", columns, held),
    )  # fmt: skip


def _fan(rows: Sequence[Mapping[str, Any]], *, narrow: bool) -> dict[str, Any]:
    """A panel for each way of counting, on one scale."""
    years = sorted({row["year"] for row in rows})
    step = max(1, round(len(years) / (4 if narrow else 6)))
    x = {
        "field": "year", "type": "quantitative", "scale": {"domain": [years[0], years[-1]], "nice": False},
        "axis": {"title": None, "format": "d", "values": years[::step], "grid": False, "domainColor": RULE},
    }  # fmt: skip
    y = {
        "field": "value",
        "type": "quantitative",
        "scale": {"zero": True, "nice": True},
        "axis": {"title": "% of real income", "tickCount": 5, "domain": False, "ticks": False, "gridColor": RULE},
    }
    shade = "#1f5c63"
    layers = [
        {"mark": {"type": "area", "opacity": 0.24, "color": shade},
         "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}}},
        {"mark": {"type": "line", "strokeWidth": 2.4, "color": shade}, "encoding": {"x": x, "y": y}},
        {"mark": {"type": "point", "filled": True, "size": 22, "color": shade, "opacity": 1},
         "encoding": {"x": x, "y": y, "description": {"field": "told", "type": "nominal"}}},
    ]  # fmt: skip
    header = {"title": None, "labelAnchor": "start", "labelPadding": 4}
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json", "config": config(), "padding": 4,
        "data": {"values": list(rows)},
        "facet": {"field": "act", "type": "nominal", "sort": list(ACTS.values()), "header": header},
        "columns": 1 if narrow else 2, "spacing": {"column": 30, "row": 18},
        "spec": {"layer": layers, "width": 270 if narrow else 370, "height": 150 if narrow else 220},
    }  # fmt: skip
