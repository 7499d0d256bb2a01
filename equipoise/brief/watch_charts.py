"""The charts of the trade watch: paths against ordinary buyers, the rise beside the fall, listed goods before and after."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from equipoise.brief.charts import Spec, losses
from equipoise.brief.desk import Desk
from equipoise.brief.document import Block, Chart
from equipoise.brief.palette import INK, MUTED, colour, config
from equipoise.brief.watch_tables import basket, listed, paths, since, substitution

__all__ = ["listed_chart", "path_chart", "ratio_chart"]


def path_chart(desk: Desk) -> list[Block]:
    """The paths of the states against ordinary buyers."""
    found = desk.notes.rows("event_effect", item="total")
    if not found:
        return []
    rows = []
    for row in found:
        figure = desk.notes.of(row)
        rows.append({
            "year": int(row["period"]), "actor": desk.name(str(row["subject"])), "id": str(row["subject"]), "value": row["value"],
            "low": row["low"] if row["low"] is not None else row["value"],
            "high": row["high"] if row["high"] is not None else row["value"],
            "told": f"{desk.name(str(row['subject']))} {row['period']}: {figure.plain}",
        })  # fmt: skip
    told = (
        "Lines by year, a panel for each state: what it is sold against what ordinary buyers are sold. The years before the "
        "restrictions are there to see whether the paths had parted already."
    )
    caption = "What each state on the way is sold, against ordinary buyers"
    foot = (
        "Log points, the year before is 0; 0.7 is twice as much, 2.3 ten times. Dashed: the restrictions. Shaded: the line less "
        "what 90 % of ordinary buyers do.",
    )
    specs = [_path_spec(rows, since(desk), narrow=narrow) for narrow in (False, True)]
    return [Chart("watch-paths", caption, told, specs[0], specs[1], paths(desk), foot)]


def _path_spec(rows: Sequence[dict[str, Any]], start: int, *, narrow: bool) -> Spec:
    actors = sorted(
        {row["actor"] for row in rows}, key=lambda name: -max(row["value"] for row in rows if row["actor"] == name)
    )
    shades = [colour(next(row["id"] for row in rows if row["actor"] == actor)) for actor in actors]
    first, last = min(row["year"] for row in rows), max(row["year"] for row in rows)
    x = {
        "field": "year", "type": "quantitative",
        "axis": {"format": "d", "title": None, "grid": False, "values": list(range(first, last + 1, 4 if narrow else 2))},
        "scale": {"domain": [first, last], "nice": False, "zero": False},
    }  # fmt: skip
    y = {
        "field": "value", "type": "quantitative",
        "axis": {"title": "log points", "tickCount": 5},
    }  # fmt: skip
    shade = {"field": "actor", "type": "nominal", "legend": None, "scale": {"domain": actors, "range": shades}}
    band = {
        "mark": {"type": "area", "opacity": 0.12},
        "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}, "color": shade},
    }
    line = {
        "mark": {"type": "line", "strokeWidth": 2.2, "point": {"size": 22}},
        "encoding": {"x": x, "y": y, "color": shade, "description": {"field": "told", "type": "nominal"}},
    }
    zero = {"mark": {"type": "rule", "color": MUTED, "opacity": 0.7}, "encoding": {"y": {"datum": 0}}}
    date = {
        "mark": {"type": "rule", "color": INK, "strokeDash": [3, 3], "opacity": 0.7},
        "encoding": {"x": {**x, "field": "start"}},
    }
    header = {"title": None, "labelAnchor": "start", "labelPadding": 6}
    dated = [{**row, "start": start - 0.85} for row in rows]
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json", "config": config(), "padding": 4,
        "data": {"values": dated}, "columns": 2 if narrow else 3, "spacing": {"column": 22, "row": 16},
        "facet": {"field": "actor", "type": "nominal", "sort": actors, "header": header},
        "spec": {"layer": [zero, date, band, line], "width": 128 if narrow else 205, "height": 120 if narrow else 150},
    }  # fmt: skip


def ratio_chart(desk: Desk) -> list[Block]:
    """Rise over fall by state, one panel a year."""
    found = [row for row in desk.notes.rows("substitution_ratio", item="total") if "/" not in str(row["period"])]
    if not found:
        return []
    order = sorted(
        {str(row["subject"]) for row in found},
        key=lambda s: -max(float(r["value"]) for r in found if r["subject"] == s),
    )
    rows = [_ratio_row(desk, row) for row in found]
    panels = sorted({str(row["period"]) for row in found})
    target = desk.name(str(found[0]["object"]))
    unit = f"% of the fall to {target}"
    told = f"By state, one panel a year: the rise of what it is sold, in per cent of the fall of what {target} is sold."
    specs = [losses(rows, panels, [desk.name(s) for s in order], narrow=narrow, unit=unit) for narrow in (False, True)]
    foot = (
        "Tick: the figure; band: 5-95 % over members of the EU drawn again, baselines, and ordinary growth. An upper bound.",
    )
    return [Chart("watch-substitution", "The rise beside the fall", told, specs[0], specs[1], substitution(desk), foot)]


def _ratio_row(desk: Desk, row: dict[str, Any]) -> dict[str, Any]:
    figure = desk.notes.of(row)
    value = 100.0 * float(row["value"])
    low, high = (100.0 * float(row[end]) if row[end] is not None else value for end in ("low", "high"))
    name = desk.name(str(row["subject"]))
    return {
        "panel": str(row["period"]), "actor": name, "id": str(row["subject"]), "value": value, "low": low, "high": high,
        "label": f"{figure.text} %", "told": f"{name} {row['period']}: {figure.plain}",
    }  # fmt: skip


def listed_chart(desk: Desk) -> list[Block]:
    """Listed goods of the home state, bought and sold on, before and after."""
    series = basket(desk)
    if len(series) < 2:
        return []
    item = str(series[0]["item"])
    what = {"bought": desk.notes.rows("listed_import", subject=desk.home, item=item), "sold on": series}
    rows = [
        {
            "year": int(row["period"]), "what": name, "value": row["value"],
            "told": f"{name} {row['period']}: {desk.notes.of(row).plain}",
        }
        for name, found in what.items() for row in found
    ]  # fmt: skip
    tables = listed(desk)
    told = "Bars by year: listed goods bought, and those sold on to the target."
    caption = f"Listed goods of {desk.name(desk.home)}, bought and sold on to {desk.name(str(series[0]['object']))}"
    foot = ("A basket of 31 codes, chosen by its rise; unreviewed, grade C. Goods are tracked since April 2023.",)
    specs = [_listed_spec(rows, narrow=narrow) for narrow in (False, True)]
    return [Chart("watch-listed", caption, told, specs[0], specs[1], tables[0] if tables else None, foot)]


def _listed_spec(rows: Sequence[dict[str, Any]], *, narrow: bool) -> Spec:
    x = {"field": "year", "type": "ordinal", "axis": {"title": None, "labelAngle": 0, "ticks": False, "domain": False}}
    y = {"field": "value", "type": "quantitative", "axis": {"title": "mn USD a year", "tickCount": 5}}
    shade = {
        "field": "what", "type": "nominal", "scale": {"domain": ["bought", "sold on"], "range": ["#2f5b93", "#a63f35"]},
        "legend": {"title": None, "orient": "top"},
    }  # fmt: skip
    bars = {
        "mark": {"type": "bar", "cornerRadiusEnd": 2},
        "encoding": {
            "x": x, "y": y, "color": shade, "xOffset": {"field": "what"}, "description": {"field": "told", "type": "nominal"},
        },
    }  # fmt: skip
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json", "config": config(), "padding": 4,
        "data": {"values": list(rows)}, **bars, "width": 320 if narrow else 690, "height": 210,
    }  # fmt: skip
