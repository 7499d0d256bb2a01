"""The map: corridors of one commodity with their flows, capacities and controllers, on Natural Earth, without tiles."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from equipoise.brief.charts import Spec
from equipoise.brief.palette import BORDER, INK, LAND, LAND_HOME, MUTED, SEA, colour, config

__all__ = ["Drawn", "corridor_map", "countries"]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A link as drawn: its points (longitude, latitude), flow, controller, and what is said of it."""

    points: Sequence[tuple[float, float]]
    flow: float
    controller: str
    told: str


@cache
def countries() -> list[dict[str, Any]]:
    """The states as drawn, GeoJSON features with the id of each."""
    text = files("equipoise").joinpath("brief", "basemap.json").read_text(encoding="utf-8")
    return list(json.loads(text)["features"])


def corridor_map(
    links: Sequence[Drawn],
    labels: Sequence[Mapping[str, Any]],
    home: str,
    legend: Sequence[tuple[str, str]],
    *,
    narrow: bool,
) -> Spec:
    """Lines as wide as their flow, coloured by controller. ``labels`` have longitude, latitude, text, side (l, r);
    ``legend`` gives for each controller its id and name."""
    size = (430, 560) if narrow else (1000, 560)
    most = max((link.flow for link in links), default=1.0) or 1.0
    widest = 9.0 if narrow else 12.0
    lines: list[dict[str, Any]] = [
        {"type": "Feature", "geometry": {"type": "LineString", "coordinates": [list(p) for p in link.points]},
         "properties": {"width": max(1.0, widest * (link.flow / most) ** 0.5), "colour": colour(link.controller),
                        "told": link.told,
                        "dash": [1, 0] if link.flow > 0 else [3, 3], "opacity": 0.92 if link.flow > 0 else 0.55}}
        for link in sorted(links, key=lambda link: -link.flow)
    ]  # fmt: skip
    for feature in lines:
        if feature["properties"]["dash"] == [3, 3]:
            feature["properties"]["width"] = 1.4
    land = [{**f, "properties": {"fill": LAND_HOME if f["id"] == home else LAND}} for f in countries()]
    layers: list[dict[str, Any]] = [
        {"data": {"sphere": True}, "mark": {"type": "geoshape", "fill": SEA, "stroke": None}},
        {
            "data": {"values": land},
            "mark": {"type": "geoshape", "stroke": BORDER, "strokeWidth": 0.6},
            "encoding": {"fill": {"field": "properties.fill", "type": "nominal", "scale": None}},
        },
        _lines([f for f in lines if f["properties"]["dash"] == [3, 3]], dashed=True),
        _lines([f for f in lines if f["properties"]["dash"] != [3, 3]], dashed=False),
        *_labels(labels),
    ]
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "config": {**config(), "view": {"fill": SEA, "stroke": BORDER}},
        "padding": 1,
        "width": size[0],
        "height": size[1],
        "projection": _projection(size, narrow),
        "layer": [layer for layer in layers if layer] + _legend(legend, size),
    }


def _projection(size: tuple[int, int], narrow: bool) -> dict[str, Any]:
    """An equal-area cone about the Caspian, wide enough for the markets; the telephone sees the middle of it."""
    scale, centre = (985, (0.0, 47.0)) if not narrow else (800, (0.0, 46.4))
    return {
        "type": "conicEqualArea", "parallels": [36, 58], "rotate": [-48.5 if not narrow else -49, 0], "center": list(centre),
        "scale": scale, "translate": [size[0] / 2, size[1] / 2], "clipExtent": [[0, 0], list(size)],
    }  # fmt: skip


def _lines(features: Sequence[Mapping[str, Any]], *, dashed: bool) -> dict[str, Any]:
    if not features:
        return {}
    mark = {"type": "geoshape", "filled": False, "strokeCap": "round", "strokeJoin": "round"}
    if dashed:
        mark["strokeDash"] = [3, 4]
    return {
        "data": {"values": list(features)},
        "mark": mark,
        "encoding": {
            "strokeWidth": {"field": "properties.width", "type": "quantitative", "scale": None},
            "stroke": {"field": "properties.colour", "type": "nominal", "scale": None},
            "opacity": {"field": "properties.opacity", "type": "quantitative", "scale": None},
            "description": {"field": "properties.told", "type": "nominal"},
        },
    }


def _labels(labels: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Names of places, quiet, and of flows, loud; each with a halo so that it can be read on any ground."""
    made: list[dict[str, Any]] = []
    for loud in (False, True):
        for side in ("l", "r", "c"):
            some = [label for label in labels if bool(label.get("loud")) == loud and label.get("side", "r") == side]
            if not some:
                continue
            align = {"l": "right", "r": "left", "c": "center"}[side]
            text = {
                "align": align,
                "dx": {"l": -7, "r": 7, "c": 0}[side],
                "dy": -9 if side == "c" else 0,
                "baseline": "middle",
            }
            size = 13.5 if loud else 11
            place = {
                "longitude": {"field": "longitude", "type": "quantitative"},
                "latitude": {"field": "latitude", "type": "quantitative"},
            }
            where = {"data": {"values": [dict(label) for label in some]}}
            encoding = {**place, "text": {"field": "text", "type": "nominal"}}
            halo = {
                "type": "text",
                **text,
                "fontSize": size,
                "fontWeight": "bold" if loud else "normal",
                "stroke": "#fffdf8",
                "strokeWidth": 3.5,
                "strokeJoin": "round",
                "color": "#fffdf8",
            }
            made.append({**where, "mark": halo, "encoding": encoding})
            made.append(
                {
                    **where,
                    "mark": {**halo, "stroke": None, "strokeWidth": 0, "color": INK if loud else MUTED},
                    "encoding": encoding,
                }
            )
            if not loud:
                dot = {"type": "circle", "size": 16, "color": INK, "opacity": 0.8}
                made.append({**where, "mark": dot, "encoding": place})
    return made


def _legend(legend: Sequence[tuple[str, str]], size: tuple[int, int]) -> list[dict[str, Any]]:
    """A key in the corner: the colour of each controller."""
    made: list[dict[str, Any]] = []
    for i, (actor, name) in enumerate(legend):
        y = size[1] - 16 - 18 * (len(legend) - 1 - i)
        one: dict[str, Any] = {"data": {"values": [{}]}}
        made.append(
            {**one, "mark": {"type": "rect", "x": 12, "x2": 30, "y": y - 3, "y2": y + 3, "color": colour(actor)}}
        )
        made.append(
            {
                **one,
                "mark": {
                    "type": "text",
                    "x": 36,
                    "y": y,
                    "text": name,
                    "align": "left",
                    "baseline": "middle",
                    "fontSize": 11.5,
                    "color": INK,
                },
            }
        )
    return made
