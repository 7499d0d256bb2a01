"""Charts as Vega-Lite specifications: wide for a desk and paper, narrow for a telephone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import Any

from equipoise.brief.palette import INK, MUTED, RULE, colour, config

__all__ = [
    "CHANCE", "WORTH", "Spec", "along",
    "distances", "fit", "losses", "places", "readings", "render_pdf", "render_svg", "two_concentrations",
]  # fmt: skip

Spec = dict[str, Any]


def render_svg(spec: Mapping[str, Any]) -> str:
    """The picture as SVG."""
    import vl_convert

    return str(vl_convert.vegalite_to_svg(dict(spec)))


def render_pdf(spec: Mapping[str, Any]) -> bytes:
    """The picture as PDF, for the printed document."""
    import vl_convert

    return bytes(vl_convert.svg_to_pdf(render_svg(spec)))


def readings(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], actors: Sequence[str], *, narrow: bool) -> Spec:
    """Shares of each actor (rows) in each reading (columns): bars with their ranges. ``rows`` have reading, actor, id,
    share, low, high, label."""
    scale = {"domain": list(actors), "range": [colour(_id(rows, a)) for a in actors]}
    width = 205 if not narrow else 235
    bar = {
        "mark": {"type": "bar", "height": 13, "cornerRadiusEnd": 2},
        "encoding": {
            "x": {"field": "share", "type": "quantitative", "axis": _percent(), "scale": {"domain": [0, 1.28]}},
            "color": {"field": "actor", "type": "nominal", "scale": scale, "legend": None},
            "description": {"field": "told", "type": "nominal"},
        },
    }
    span = {
        "mark": {"type": "rule", "color": INK, "strokeWidth": 1.2},
        "encoding": {"x": {"field": "low", "type": "quantitative"}, "x2": {"field": "high"}},
    }
    words = {
        "mark": {"type": "text", "align": "left", "dx": 5, "fontSize": 11.5, "color": INK},
        "encoding": {"x": {"field": "high", "type": "quantitative"}, "text": {"field": "label", "type": "nominal"}},
    }
    y = {
        "field": "actor",
        "type": "nominal",
        "sort": list(actors),
        "axis": {"title": None, "domain": False, "ticks": False, "labelColor": INK},
    }
    inner = {"layer": [bar, span, words], "encoding": {"y": y}, "width": width, "height": {"step": 21}}
    facet = {
        "field": "reading",
        "type": "nominal",
        "sort": list(columns),
        "header": {"title": None, "labelAnchor": "start", "labelLimit": 260, "labelPadding": 6},
    }
    return _whole({
        "data": {"values": list(rows)},
        "facet": facet,
        "columns": 1 if narrow else 3,
        "spacing": {"column": 26, "row": 14},
        "spec": inner,
    })  # fmt: skip


def distances(rows: Sequence[Mapping[str, Any]], *, narrow: bool) -> Spec:
    """Distance in UN votes by year with its posterior band. ``rows`` have year, actor, id, value, low, high."""
    names = list(dict.fromkeys(row["actor"] for row in rows))
    scale = {"domain": names, "range": [colour(_id(rows, name)) for name in names]}
    last = max(row["year"] for row in rows)
    x = {
        "field": "year",
        "type": "quantitative",
        "axis": {"format": "d", "title": None, "grid": False, "values": _ticks(rows, narrow)},
        "scale": {"domain": [min(r["year"] for r in rows), last + (9 if narrow else 5)], "nice": False},
    }
    y = {"field": "value", "type": "quantitative", "axis": {"title": "distance, ideal-point units", "tickCount": 5}}
    shade = {"field": "actor", "type": "nominal", "scale": scale, "legend": None}
    band = {
        "mark": {"type": "area", "opacity": 0.14},
        "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}, "color": shade},
    }
    line = {"mark": {"type": "line", "strokeWidth": 2}, "encoding": {"x": x, "y": y, "color": shade}}
    ends = {
        "transform": [{"filter": f"datum.year == {last}"}],
        "mark": {"type": "text", "align": "left", "dx": 6, "fontSize": 12, "fontWeight": "bold"},
        "encoding": {"x": x, "y": y, "color": shade, "text": {"field": "actor", "type": "nominal"}},
    }
    return _whole(
        {"data": {"values": list(rows)}, "layer": [band, line, ends], "width": 330 if narrow else 700, "height": 300}
    )


def two_concentrations(rows: Sequence[Mapping[str, Any]], *, narrow: bool) -> Spec:
    """The index of concentration by year in several readings. ``rows`` have year, reading, value, low, high."""
    x = {
        "field": "year",
        "type": "quantitative",
        "axis": {"format": "d", "title": None, "grid": False, "values": _ticks(rows, narrow)},
        "scale": {
            "nice": False,
            "domain": [min(r["year"] for r in rows), max(r["year"] for r in rows) + (5.4 if narrow else 3.6)],
        },
    }
    y = {
        "field": "value",
        "type": "quantitative",
        "scale": {"domain": [0, 1]},
        "axis": {"title": "HHI (1 = one holder)", "tickCount": 5},
    }
    shade = {
        "field": "reading",
        "type": "nominal",
        "legend": None,
        "scale": {"range": [MUTED, "#a63f35", "#2f5b93", "#1f7a78"]},
    }
    ends = {
        "transform": [
            {
                "window": [{"op": "last_value", "field": "year", "as": "last"}],
                "groupby": ["reading"],
                "frame": [None, None],
            },
            {"filter": "datum.year == datum.last"},
        ],
        "mark": {"type": "text", "align": "left", "dx": 6, "fontSize": 12, "fontWeight": "bold"},
        "encoding": {"x": x, "y": y, "color": shade, "text": {"field": "reading", "type": "nominal"}},
    }
    line = {
        "mark": {"type": "line", "strokeWidth": 2, "point": {"size": 28}},
        "encoding": {"x": x, "y": y, "color": shade},
    }
    return _whole(
        {"data": {"values": list(rows)}, "layer": [line, ends], "width": 330 if narrow else 700, "height": 240}
    )


def losses(
    rows: Sequence[Mapping[str, Any]],
    panels: Sequence[str],
    actors: Sequence[str],
    *,
    narrow: bool,
    alike: bool = True,
    unit: str = "% of real income",
) -> Spec:
    """A loss by power (rows) and panel (columns): its band, and the figure as a tick. ``rows`` have panel, actor, id, value,
    low, high, label, told; panels that are not ``alike`` have scales of their own."""
    scale = {"domain": list(actors), "range": [colour(_id(rows, a)) for a in actors]}
    shade = {"field": "actor", "type": "nominal", "scale": scale, "legend": None}
    longest = {panel: max(row["high"] for row in rows if row["panel"] == panel) for panel in panels}
    if alike:
        longest = dict.fromkeys(panels, max(longest.values()))
    room = [
        {**row, "room": 1.4 * longest[row["panel"]]} for row in rows
    ]  # for the words at the end of the longest band
    x = {
        "field": "low", "type": "quantitative", "scale": {"zero": True, "nice": False},
        "axis": {"title": unit, "tickCount": 4, "domain": False, "ticks": False, "gridColor": RULE},
    }  # fmt: skip
    band = {
        "mark": {"type": "rule", "strokeWidth": 11, "opacity": 0.3},
        "encoding": {"x": x, "x2": {"field": "high"}, "color": shade},
    }
    tick = {
        "mark": {"type": "tick", "thickness": 3, "height": 17},
        "encoding": {"x": {**x, "field": "value"}, "color": shade, "description": {"field": "told", "type": "nominal"}},
    }
    words = {
        "mark": {"type": "text", "align": "left", "dx": 7, "fontSize": 11.5, "color": INK},
        "encoding": {"x": {**x, "field": "high"}, "text": {"field": "label", "type": "nominal"}},
    }
    y = {
        "field": "actor", "type": "nominal", "sort": list(actors),
        "axis": {"title": None, "domain": False, "ticks": False, "labelColor": INK, "labelLimit": 150 if narrow else 260},
    }  # fmt: skip
    empty = {"mark": {"type": "point", "opacity": 0}, "encoding": {"x": {**x, "field": "room"}}}
    header = {"title": None, "labelAnchor": "start", "labelPadding": 6}
    return _whole({
        "data": {"values": room},
        "facet": {"field": "panel", "type": "nominal", "sort": list(panels), "header": header},
        "columns": 1 if narrow else 2, "spacing": {"column": 26, "row": 14},
        "resolve": {"scale": {"x": "shared" if alike else "independent"}},
        "spec": {
            "layer": [empty, band, tick, words], "encoding": {"y": y},
            "width": 235 if narrow else 310 if len(panels) > 1 else 560, "height": {"step": 27},
        },
    })  # fmt: skip


CHANCE: Spec = {
    "field": "chance", "type": "quantitative", "scale": {"domain": [0, 1]},
    "axis": {"title": None, "format": ".0%", "values": [0, 0.5, 1], "grid": False},
}  # fmt: skip
"""The axis of a chance."""
WORTH: Spec = {
    "field": "worth", "type": "quantitative", "scale": {"type": "log"},
    "axis": {"title": "bln USD a year", "values": [10, 20, 50, 100], "format": "~f", "grid": False},
}  # fmt: skip
"""The axis of what an issue could be worth."""


def along(
    rows: Sequence[Mapping[str, Any]], actors: Sequence[str], *, x: Spec, title: str, log: bool, narrow: bool
) -> Spec:
    """A figure along another, one panel an actor, with its range. ``rows`` have the field of ``x``, actor, id, value, low, high.
    On a ``log`` scale only what lies above 0 is drawn."""
    shade = {
        "field": "actor", "type": "nominal", "legend": None,
        "scale": {"domain": list(actors), "range": [colour(_id(rows, a)) for a in actors]},
    }  # fmt: skip
    y = {
        "field": "value", "type": "quantitative", "scale": {"type": "log" if log else "linear", "nice": True},
        "axis": {"title": title, "tickCount": 4, "format": "~g" if log else "~f"},
    }  # fmt: skip
    band = {
        "mark": {"type": "area", "opacity": 0.2, "clip": True},
        "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}, "color": shade},
    }
    line = {"mark": {"type": "line", "strokeWidth": 2.2, "clip": True}, "encoding": {"x": x, "y": y, "color": shade}}
    drawn = [row for row in rows if row["low"] > 0] if log else list(rows)
    return _whole({
        "data": {"values": drawn},
        "facet": {
            "field": "actor", "type": "nominal", "sort": list(actors),
            "header": {"title": None, "labelAnchor": "start", "labelPadding": 4},
        },
        "columns": 2 if narrow else min(5, len(actors)), "spacing": {"column": 20, "row": 16},
        "spec": {"layer": [band, line], "width": 118 if narrow else 126, "height": 120},
    })  # fmt: skip


def places(rows: Sequence[Mapping[str, Any]], issues: Sequence[str], ways: Sequence[str], *, narrow: bool) -> Spec:
    """Where issues are pushed on their scale of 0 to 100: one panel an issue, one band for each way of reckoning, and the place
    where it stands today. ``rows`` have issue, way, value, low, high, now, told."""
    width = 52 if narrow else 96
    wrapped = [{**row, "head": "|".join(wrap(str(row["issue"]), width))} for row in rows]
    heads = ["|".join(wrap(issue, width)) for issue in issues]
    x = {
        "field": "low", "type": "quantitative", "scale": {"domain": [0, 100]},
        "axis": {"title": None, "values": [0, 25, 50, 75, 100], "domain": False, "ticks": False, "gridColor": RULE},
    }  # fmt: skip
    shade = {
        "field": "way", "type": "nominal",
        "scale": {"domain": list(ways), "range": ["#1f5c63", "#c2902c", "#8c4a6b", "#4a6fa5", "#7a8790"]},
        "legend": {"title": None, "orient": "top", "symbolType": "square", "columns": 1 if narrow else 3, "labelLimit": 320},
    }  # fmt: skip
    y = {"field": "way", "type": "nominal", "sort": list(ways), "axis": None, "scale": {"paddingInner": 0.1}}
    band = {
        "mark": {"type": "rule", "strokeWidth": 8, "opacity": 0.38},
        "encoding": {"x": x, "x2": {"field": "high"}, "y": y, "color": shade},
    }
    tick = {
        "mark": {"type": "tick", "thickness": 3, "height": 11},
        "encoding": {"x": {**x, "field": "value"}, "y": y, "color": shade, "description": {"field": "told"}},
    }
    now = {
        "mark": {"type": "rule", "color": INK, "strokeWidth": 1.6, "strokeDash": [3, 2]},
        "encoding": {"x": {**x, "field": "now", "aggregate": "min"}},
    }
    return _whole({
        "data": {"values": wrapped},
        "facet": {
            "field": "head", "type": "nominal", "sort": heads,
            "header": {"title": None, "labelAnchor": "start", "labelPadding": 3, "labelExpr": "split(datum.label, '|')"},
        },
        "columns": 1, "spacing": {"row": 10},
        "spec": {"layer": [band, tick, now], "width": 320 if narrow else 640, "height": {"step": 13}},
    })  # fmt: skip


def fit(rows: Sequence[Mapping[str, Any]], routes: Sequence[str], *, narrow: bool) -> Spec:
    """Modelled against observed flow by route and year. ``rows`` have year, route, modelled, low, high, observed."""
    x = {
        "field": "year",
        "type": "ordinal",
        "axis": {"title": None, "labelAngle": 0, "labelExpr": '"\'" + slice(datum.label, 2)'},
    }
    band = {
        "mark": {"type": "rule", "strokeWidth": 6, "color": "#cfd8dc"},
        "encoding": {
            "x": x,
            "y": {"field": "low", "type": "quantitative", "axis": {"title": None, "tickCount": 3}},
            "y2": {"field": "high"},
        },
    }
    model = {
        "mark": {"type": "tick", "thickness": 3, "width": 15, "color": "#1f5c63"},
        "encoding": {"x": x, "y": {"field": "modelled", "type": "quantitative"}},
    }
    seen = {
        "mark": {"type": "point", "filled": True, "size": 44, "color": "#a63f35"},
        "encoding": {"x": x, "y": {"field": "observed", "type": "quantitative"}, "description": {"field": "told"}},
    }
    facet = {
        "field": "route",
        "type": "nominal",
        "sort": list(routes),
        "header": {"title": None, "labelAnchor": "start", "labelLimit": 230},
    }
    return _whole({
        "data": {"values": list(rows)},
        "facet": facet, "columns": 2 if narrow else 4, "spacing": {"column": 18, "row": 16},
        "spec": {"layer": [band, model, seen], "width": 138 if narrow else 168, "height": 104},
        "resolve": {"scale": {"y": "independent"}},
    })  # fmt: skip


def _percent() -> dict[str, Any]:
    return {
        "format": ".0%",
        "title": None,
        "values": [0, 0.5, 1],
        "grid": True,
        "domain": False,
        "ticks": False,
        "labels": True,
        "labelColor": MUTED,
        "gridColor": RULE,
    }


def _ticks(rows: Sequence[Mapping[str, Any]], narrow: bool) -> list[int]:
    """Years to print under an axis, none of them after the last that is known."""
    first, last = min(row["year"] for row in rows), max(row["year"] for row in rows)
    step = max(1, round((last - first) / (4 if narrow else 8)))
    return list(range(last, first - 1, -step))


def _id(rows: Sequence[Mapping[str, Any]], name: str) -> str:
    return next((str(row["id"]) for row in rows if row["actor"] == name), name)


def _whole(spec: Spec) -> Spec:
    return {"$schema": "https://vega.github.io/schema/vega-lite/v5.json", "config": config(), "padding": 4, **spec}
