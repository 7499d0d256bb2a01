"""Pictures of regional stability: the map of recorded disputes, the effects in their variants, stability by state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import cos, radians
from typing import Any

from equipoise.brief.atlas import countries
from equipoise.brief.charts import Spec
from equipoise.brief.palette import BORDER, INK, LAND, LAND_HOME, MUTED, RULE, SEA, config

__all__ = ["centre_of", "dispute_map", "effects", "projection", "stability"]

FORCE, WAR = "#c2902c", "#a63f35"
SIZES = {False: (1000, 520), True: (430, 420)}
MARGIN = 3.5
"""Degrees of land around the states of the region that the map shows."""


def dispute_map(
    pairs: Sequence[Mapping[str, Any]], states: Sequence[Mapping[str, Any]], core: Sequence[str], *, narrow: bool
) -> Spec:
    """Lines between states, as thick as the years with a new dispute and red where an armed conflict is recorded.

    ``pairs`` have from and to (longitude, latitude), count, war, label, told; ``states`` longitude, latitude, name.
    """
    size = SIZES[narrow]
    box = _box(core)
    land = [{**f, "properties": {"fill": LAND_HOME if f["id"] in core else LAND}} for f in countries()]
    lines = [
        {"type": "Feature", "geometry": {"type": "LineString", "coordinates": [list(pair["from"]), list(pair["to"])]},
         "properties": {"width": 1.5 + 1.6 * pair["count"], "colour": WAR if pair["war"] else FORCE, "told": pair["told"]}}
        for pair in sorted(pairs, key=lambda pair: -pair["count"])
    ]  # fmt: skip
    middles = [
        {"longitude": (pair["from"][0] + pair["to"][0]) / 2, "latitude": (pair["from"][1] + pair["to"][1]) / 2,
         "text": pair["label"]}
        for pair in pairs
    ]  # fmt: skip
    layers = [
        {"data": {"sphere": True}, "mark": {"type": "geoshape", "fill": SEA, "stroke": None}},
        {
            "data": {"values": land},
            "mark": {"type": "geoshape", "stroke": BORDER, "strokeWidth": 0.7},
            "encoding": {"fill": {"field": "properties.fill", "type": "nominal", "scale": None}},
        },
        {
            "data": {"values": lines},
            "mark": {"type": "geoshape", "filled": False, "strokeCap": "round", "opacity": 0.85},
            "encoding": {
                "strokeWidth": {"field": "properties.width", "type": "quantitative", "scale": None},
                "stroke": {"field": "properties.colour", "type": "nominal", "scale": None},
                "description": {"field": "properties.told", "type": "nominal"},
            },
        },
        *_words(middles, 12.0, INK, bold=True),
        *_words([{**state, "text": state["name"]} for state in states], 11.5 if narrow else 13.0, MUTED, dy=-12),
        *_key(size),
    ]
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "config": {**config(), "view": {"fill": SEA, "stroke": BORDER}},
        "padding": 1, "width": size[0], "height": size[1],
        "projection": projection(box, size),
        "layer": layers,
    }  # fmt: skip


def projection(box: tuple[float, float, float, float], size: tuple[int, int]) -> Spec:
    """An equal-area cone about the middle of the box (west, south, east, north), as large as shows all of it."""
    west, south, east, north = box
    middle = (south + north) / 2
    wide = size[0] / (radians(east - west) * cos(radians(middle)))
    return {
        "type": "conicEqualArea", "parallels": [south, north], "rotate": [-(west + east) / 2, 0], "center": [0, middle],
        "scale": round(min(wide, size[1] / radians(north - south)), 1), "translate": [size[0] / 2, size[1] / 2],
        "clipExtent": [[0, 0], list(size)],
    }  # fmt: skip


def _box(core: Sequence[str]) -> tuple[float, float, float, float]:
    """What of the world the states of the region lie in, with a margin: west, south, east, north."""
    points = [point for feature in countries() if feature["id"] in core for ring in _rings(feature) for point in ring]
    if not points:
        return -10.0, 30.0, 100.0, 60.0
    longitude, latitude = [p[0] for p in points], [p[1] for p in points]
    return min(longitude) - MARGIN, min(latitude) - MARGIN, max(longitude) + MARGIN, max(latitude) + MARGIN


def _rings(feature: Mapping[str, Any]) -> list[Any]:
    shape = feature["geometry"]
    return [piece[0] for piece in (shape["coordinates"] if shape["type"] == "MultiPolygon" else [shape["coordinates"]])]


def _words(rows: Sequence[Mapping[str, Any]], size: float, ink: str, *, dy: int = 0, bold: bool = False) -> list[Spec]:
    """Words on the map with a halo, so that they can be read on any ground."""
    place = {
        "longitude": {"field": "longitude", "type": "quantitative"}, "latitude": {"field": "latitude", "type": "quantitative"},
        "text": {"field": "text", "type": "nominal"},
    }  # fmt: skip
    plain = {
        "type": "text",
        "fontSize": size,
        "dy": dy,
        "baseline": "middle",
        "fontWeight": "bold" if bold else "normal",
    }
    halo = {**plain, "stroke": "#fffdf8", "strokeWidth": 3.5, "strokeJoin": "round", "color": "#fffdf8"}
    return [
        {"data": {"values": [dict(row) for row in rows]}, "mark": mark, "encoding": place}
        for mark in (halo, {**plain, "color": ink})
    ]


def _key(size: tuple[int, int]) -> list[Spec]:
    """What the colours mean, in the corner."""
    made: list[Spec] = []
    for i, (shade, words) in enumerate(((FORCE, "threat or use of force"), (WAR, "armed conflict too"))):
        y = size[1] - 34 + 18 * i
        one: Spec = {"data": {"values": [{}]}}
        made.append({**one, "mark": {"type": "rect", "x": 12, "x2": 30, "y": y - 3, "y2": y + 3, "color": shade}})
        text = {"type": "text", "x": 36, "y": y, "text": words, "align": "left", "baseline": "middle", "fontSize": 11.5}
        made.append({**one, "mark": {**text, "color": INK}})
    return made


def effects(
    rows: Sequence[Mapping[str, Any]], panels: Sequence[str], variables: Sequence[str], *, narrow: bool
) -> Spec:
    """Odds multiplied by one standard deviation more, with intervals, one panel a variant; the line is no effect.

    ``rows`` have panel, variable, value, low, high, label, told.
    """
    x = {
        "field": "low", "type": "quantitative", "scale": {"type": "log", "domain": [0.2, 5], "clamp": True},
        "axis": {"title": "odds multiplied by", "values": [0.25, 0.5, 1, 2, 4], "format": "~g", "gridColor": RULE,
                 "domain": False, "ticks": False},
    }  # fmt: skip
    y = {
        "field": "variable", "type": "nominal", "sort": list(variables),
        "axis": {"title": None, "domain": False, "ticks": False, "labelColor": INK, "labelLimit": 320},
    }  # fmt: skip
    band = {
        "mark": {"type": "rule", "strokeWidth": 9, "opacity": 0.35, "color": "#1f5c63", "clip": True},
        "encoding": {"x": x, "x2": {"field": "high"}, "y": y},
    }
    tick = {
        "mark": {"type": "tick", "thickness": 3, "height": 15, "color": "#1f5c63", "clip": True},
        "encoding": {"x": {**x, "field": "value"}, "y": y, "description": {"field": "told", "type": "nominal"}},
    }
    none = {
        "mark": {"type": "rule", "color": INK, "strokeDash": [3, 2]},
        "encoding": {"x": {**x, "field": "one", "aggregate": "min"}},
    }
    return _whole({
        "data": {"values": [{**row, "one": 1} for row in rows]},
        "facet": {"field": "panel", "type": "nominal", "sort": list(panels), "header": _HEADER},
        "columns": 1 if narrow else 3, "spacing": {"column": 22, "row": 14},
        "spec": {"layer": [none, band, tick], "width": 200 if narrow else 190, "height": {"step": 24}},
    })  # fmt: skip


def stability(rows: Sequence[Mapping[str, Any]], states: Sequence[str], *, narrow: bool) -> Spec:
    """Perceived stability by year, one panel a state, with the band of its error. ``rows`` have state, year, value, low, high."""
    years = [int(row["year"]) for row in rows]
    x = {
        "field": "year", "type": "quantitative", "scale": {"nice": False, "domain": [min(years), max(years)]},
        "axis": {"title": None, "format": "d", "grid": False, "values": [min(years), (min(years) + max(years)) // 2, max(years)]},
    }  # fmt: skip
    y = {
        "field": "value", "type": "quantitative", "scale": {"domain": [-3.2, 1.6], "nice": False},
        "axis": {"title": None, "values": [-3, -2, -1, 0, 1], "gridColor": RULE},
    }  # fmt: skip
    band = {
        "mark": {"type": "area", "opacity": 0.22, "color": "#1f5c63", "clip": True},
        "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}},
    }
    line = {"mark": {"type": "line", "strokeWidth": 2, "color": "#1f5c63"}, "encoding": {"x": x, "y": y}}
    return _whole({
        "data": {"values": list(rows)},
        "facet": {"field": "state", "type": "nominal", "sort": list(states), "header": _HEADER},
        "columns": 2 if narrow else 5, "spacing": {"column": 20, "row": 14},
        "spec": {"layer": [band, line], "width": 130 if narrow else 138, "height": 92},
    })  # fmt: skip


_HEADER = {"title": None, "labelAnchor": "start", "labelPadding": 5, "labelLimit": 230}


def centre_of(state: str, core: Sequence[str]) -> tuple[float, float] | None:
    """The middle of the largest piece of land of a state, longitude and latitude, drawn in to the edge of the region's map;
    nothing where the map does not draw the state."""
    shape = next((feature for feature in countries() if feature["id"] == state), None)
    if shape is None:
        return None
    _, longitude, latitude = max((_centroid(ring) for ring in _rings(shape)), key=lambda found: found[0])
    west, south, east, north = _box(core)
    inner = west + 2 * MARGIN, east - 2 * MARGIN, south + 0.5 * MARGIN, north - 0.9 * MARGIN
    return min(max(longitude, inner[0]), inner[1]), min(max(latitude, inner[2]), inner[3])


def _centroid(ring: Sequence[Sequence[float]]) -> tuple[float, float, float]:
    """Area of a ring, and its centre (longitude, latitude)."""
    area = x = y = 0.0
    for (a, b), (c, d) in zip(ring, [*ring[1:], ring[0]], strict=True):
        cross = a * d - c * b
        area, x, y = area + cross, x + (a + c) * cross, y + (b + d) * cross
    return abs(area) / 2, x / (3 * area) if area else ring[0][0], y / (3 * area) if area else ring[0][1]


def _whole(spec: Spec) -> Spec:
    return {"$schema": "https://vega.github.io/schema/vega-lite/v5.json", "config": config(), "padding": 4, **spec}
