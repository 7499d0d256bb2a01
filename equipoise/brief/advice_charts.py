"""The picture of the recommendations: what levers cost, and what they do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import Any

from equipoise.brief.palette import INK, MUTED, RULE, config

__all__ = ["HELPS", "OUTWEIGHED", "prices"]

HELPS, OUTWEIGHED = "helps under every weighting", "provocation outweighs it under some weighting"
_COLOURS, _SHAPES = ["#1f7a78", "#a63f35"], ["circle", "diamond"]
_TITLE = "change of the worst loss, points of real income"
_UNPRICED = "not published"


def prices(rows: Sequence[Mapping[str, Any]], *, narrow: bool) -> dict[str, Any]:
    """Change of the worst loss against yearly cost, each with its band; beside it those whose cost nobody published. ``rows``
    have lever, change, low, high, sign, told, and cost, cost_low, cost_high where there is a price."""
    rows = [{**row, "words": "|".join(wrap(str(row["lever"]), 15 if narrow else 24))} for row in rows]
    ends = [0.0, *(row["low"] for row in rows), *(row["high"] for row in rows)]
    height = {"domain": [min(ends) * 1.08, max(ends) + 0.05], "nice": False, "zero": False}
    priced = [row for row in rows if "cost" in row]
    unpriced = [{**row, "cost": _UNPRICED} for row in rows if "cost" not in row]
    panels = []
    if priced:
        x = {
            "field": "cost", "type": "quantitative", "scale": {"type": "log", "nice": True},
            "axis": {"title": "yearly cost, mn USD", "values": [1, 10, 100, 1000, 10_000], "format": ",", "gridColor": RULE},
        }  # fmt: skip
        across = _band({"x": {**x, "field": "cost_low"}, "x2": {"field": "cost_high"}, "y": _y(height)})
        panels.append({
            "data": {"values": priced}, "layer": [*_layers(x, height, narrow), across], "height": 300,
            "width": (180 if narrow else 430) if unpriced else 300 if narrow else 640,
        })  # fmt: skip
    if unpriced:
        x = {"field": "cost", "type": "nominal", "axis": {"title": "yearly cost", "labelAngle": 0}}
        panels.append({
            "data": {"values": unpriced}, "layer": _layers(x, height, narrow, beside=bool(priced)), "height": 300,
            "width": 84 if narrow else 200,
        })  # fmt: skip
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json", "config": config(), "padding": 4,
        "hconcat": panels, "spacing": 12, "resolve": {"scale": {"color": "shared", "shape": "shared"}},
    }  # fmt: skip


def _y(height: Mapping[str, Any], beside: bool = False) -> dict[str, Any]:
    axis = {"title": None if beside else _TITLE, "labels": not beside, "ticks": not beside, "tickCount": 5}
    return {"field": "change", "type": "quantitative", "scale": dict(height), "axis": axis}


def _shade(narrow: bool) -> dict[str, Any]:
    return {
        "field": "sign", "type": "nominal", "scale": {"domain": [HELPS, OUTWEIGHED], "range": _COLOURS},
        "legend": {"title": None, "orient": "top", "columns": 1 if narrow else 2, "labelLimit": 330},
    }  # fmt: skip


def _band(encoding: Mapping[str, Any]) -> dict[str, Any]:
    colour = {"field": "sign", "type": "nominal", "scale": {"domain": [HELPS, OUTWEIGHED], "range": _COLOURS}}
    return {"mark": {"type": "rule", "strokeWidth": 5, "opacity": 0.28}, "encoding": {**encoding, "color": colour}}


def _layers(
    x: Mapping[str, Any], height: Mapping[str, Any], narrow: bool, beside: bool = False
) -> list[dict[str, Any]]:
    """What a panel is drawn of: nothing as a line, the bands, the points, and what each is called."""
    y = _y(height, beside)
    shape = {
        "field": "sign", "type": "nominal", "scale": {"domain": [HELPS, OUTWEIGHED], "range": _SHAPES}, "legend": None,
    }  # fmt: skip
    nothing = {
        "mark": {"type": "rule", "color": MUTED, "strokeDash": [3, 2]}, "encoding": {"y": {"datum": 0}},
    }  # fmt: skip
    upright = _band({"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}})
    point = {
        "mark": {"type": "point", "filled": True, "size": 75, "opacity": 1},
        "encoding": {
            "x": x, "y": y, "color": _shade(narrow), "shape": shape, "description": {"field": "told", "type": "nominal"},
        },
    }  # fmt: skip
    words = {
        "mark": {"type": "text", "align": "left", "baseline": "bottom", "dx": 7, "dy": -5, "fontSize": 11.5, "color": INK,
                 "lineBreak": "|"},
        "encoding": {"x": x, "y": y, "text": {"field": "words", "type": "nominal"}},
    }  # fmt: skip
    return [nothing, upright, point, words]
