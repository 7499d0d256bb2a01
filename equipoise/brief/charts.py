"""Charts as Vega-Lite specifications: wide for a desk and paper, narrow for a telephone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from equipoise.brief.palette import INK, MUTED, RULE, colour, config

__all__ = ["Spec", "distances", "fit", "losses", "readings", "render_pdf", "render_svg", "two_concentrations"]

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
