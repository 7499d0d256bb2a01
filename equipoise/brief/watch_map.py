"""The map of cooperation and conflict: how the state stands with each partner, as areas and never as places of events.

Shares of coverage fall out of how much is reported; a state with too few events to tell is hatched, one that the source does
not tell apart is left as land.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from equipoise.brief.atlas import countries
from equipoise.brief.charts import Spec
from equipoise.brief.desk import Desk, joined
from equipoise.brief.document import Block, Cell, Chart, Table
from equipoise.brief.palette import BORDER, INK, LAND, MUTED, SEA, config
from equipoise.brief.region_charts import projection

__all__ = ["partners_map"]

BOX = (-8.0, 12.0, 142.0, 62.0)
"""What is drawn: west, south, east, north; partners beyond it stand in the table."""
SIZES = {False: (488, 330), True: (420, 300)}
TOO_WIDE = 30.0
"""Points of the balance that the range of a partner may span, beyond which its events are too few to tell."""
SHADES = {
    "cooperation": ("#dfe9e4", "#b9d5cb", "#86b9aa", "#4c978a", "#1f7a78"),
    "conflict": ("#f3e3d6", "#e6c3a6", "#d39a76", "#bd6a52", "#a63f35"),
}  # fmt: skip
STEPS = {"cooperation": (0.02, 0.05, 0.1, 0.2), "conflict": (0.002, 0.005, 0.01, 0.02)}
"""Where one shade ends and the next begins, % of all coverage."""
HATCH = 2.2
"""Degrees between the lines of a hatch."""


def partners_map(desk: Desk, year: str) -> list[Block]:
    """Cooperation and conflict with each partner in a year, as shares of all coverage."""
    tones = {str(row["object"]): row for row in desk.notes.rows("event_tone", subject=desk.home, period=year)}
    shares = {
        kind: {str(r["object"]): r for r in desk.notes.rows("event_share", subject=desk.home, item=kind, period=year)}
        for kind in SHADES
    }
    if not tones or not all(shares.values()):
        return []
    few = {
        partner for partner, row in tones.items()
        if row["low"] is None or float(row["high"]) - float(row["low"]) > TOO_WIDE
    }  # fmt: skip
    drawn = {kind: _by_state(desk, rows) for kind, rows in shares.items()}
    seldom = {state for state, partner in _places(desk, tones).items() if partner in few}
    on_map = {feature["id"] for feature in countries()}
    table: list[list[Cell]] = [
        [desk.name(partner), *(desk.fig("event_share", desk.home, partner, kind, year, unit="") for kind in SHADES),
         desk.notes.of(tones[partner]), "too few to tell" if partner in few else None]
        for partner in sorted(tones, key=lambda p: -float(shares["cooperation"][p]["value"]) if p in shares["cooperation"] else 0)
    ]  # fmt: skip
    wide, slim = (_spec(desk, drawn, seldom, narrow=narrow) for narrow in (False, True))
    beyond = [desk.name(p) for p in tones if not {s for s, q in _places(desk, tones).items() if q == p} & on_map]
    told = (
        f"Two maps of {year}: what is reported of {desk.name(desk.home)} and each partner as cooperation, and as conflict, in % "
        f"of the scores of all pairs of the source on the same days. Hatched: {joined(sorted(map(desk.name, few))) or 'none'}, "
        f"of whom too few events are seen to tell the balance within {TOO_WIDE:.0f} points. "
        + (f"Beyond the map: {joined(beyond)}." if beyond else "")
    )
    numbers = Table(
        f"Cooperation and conflict with each partner, {year}",
        [("With", "l"), ("Cooperation, % of coverage", "r"), ("Conflict, % of coverage", "r"), ("Balance", "r"), ("", "l")],
        table,
    )  # fmt: skip
    foot = (
        "Areas, not places of events: nothing here is finer than a state and a year. Scores are machine-coded from news; what "
        "is much reported of is not what matters most. Members of a bloc that the source tells together are shaded alike.",
    )
    return [Chart("partners-map", f"Cooperation and conflict as reported, {year}", told, wide, slim, numbers, foot)]


def _places(desk: Desk, partners: Mapping[str, Any]) -> dict[str, str]:
    """The partner that each state is told by: itself, or the bloc that it is a member of."""
    members = {
        member: bloc
        for bloc, member in desk.case.table("blocs").select("bloc", "member").iter_rows()
        if bloc in partners
    }
    return members | {partner: partner for partner in partners}


def _by_state(desk: Desk, rows: Mapping[str, Mapping[str, Any]]) -> dict[str, float]:
    """The share of each state that is drawn."""
    return {state: float(rows[partner]["value"]) for state, partner in _places(desk, rows).items()}


def _spec(desk: Desk, drawn: Mapping[str, Mapping[str, float]], seldom: set[str], *, narrow: bool) -> Spec:
    """Both maps beside each other, or one below the other."""
    maps = [_map(desk, kind, values, seldom, SIZES[narrow]) for kind, values in drawn.items()]
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "config": {**config(), "view": {"fill": SEA, "stroke": BORDER}},
        "padding": 1, ("vconcat" if narrow else "hconcat"): maps, "spacing": 14,
    }  # fmt: skip


def _map(desk: Desk, kind: str, values: Mapping[str, float], seldom: set[str], size: tuple[int, int]) -> Spec:
    """One map: states by the step that their share lies in, hatched where too few events are seen."""
    features, hatched = [], []
    for feature in countries():
        state = feature["id"]
        shade = INK if state == desk.home else _shade(kind, values[state]) if state in values else LAND
        told = f"{desk.name(state)}: {values[state]:.3g} % of coverage" if state in values else ""
        features.append({**feature, "properties": {"fill": shade, "told": told}})
        if state in seldom and state in values:
            hatched += _hatch(feature)
    layers = [
        {"data": {"sphere": True}, "mark": {"type": "geoshape", "fill": SEA, "stroke": None}},
        {
            "data": {"values": features},
            "mark": {"type": "geoshape", "stroke": BORDER, "strokeWidth": 0.6},
            "encoding": {
                "fill": {"field": "properties.fill", "type": "nominal", "scale": None},
                "description": {"field": "properties.told", "type": "nominal"},
            },
        },
        {
            "data": {"values": hatched or [{"type": "Feature", "geometry": {"type": "LineString", "coordinates": []}}]},
            "mark": {"type": "geoshape", "filled": False, "stroke": MUTED, "strokeWidth": 1.1},
        },
        *_key(kind, size, hatched=bool(hatched)),
    ]
    return {
        "title": {"text": kind.capitalize(), "anchor": "start", "fontSize": 14, "color": INK},
        "width": size[0], "height": size[1], "projection": projection(BOX, size), "layer": layers,
    }  # fmt: skip


def _shade(kind: str, value: float) -> str:
    return SHADES[kind][sum(value >= step for step in STEPS[kind])]


def _hatch(feature: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Parallel lines within the borders of a state: where each line at 45 degrees crosses them, inside between each two."""
    shape = feature["geometry"]
    pieces = shape["coordinates"] if shape["type"] == "MultiPolygon" else [shape["coordinates"]]
    lines = []
    for piece in pieces:
        edges = [edge for ring in piece for edge in pairwise(ring)]
        offsets = [y - x for ring in piece for x, y in ring]
        for number in range(int(min(offsets) // HATCH) + 1, int(max(offsets) // HATCH) + 1):
            at = sorted(_crossing(a, b, number * HATCH) for a, b in edges if _crosses(a, b, number * HATCH))
            lines += [
                {"type": "Feature", "geometry": {"type": "LineString", "coordinates": [list(one), list(other)]}}
                for one, other in zip(at[::2], at[1::2], strict=False)
            ]
    return lines


def _crosses(a: Sequence[float], b: Sequence[float], offset: float) -> bool:
    """Whether an edge crosses the line of all points that lie so much higher than they lie east."""
    return (a[1] - a[0] - offset > 0) != (b[1] - b[0] - offset > 0)


def _crossing(a: Sequence[float], b: Sequence[float], offset: float) -> tuple[float, float]:
    here, there = a[1] - a[0] - offset, b[1] - b[0] - offset
    part = here / (here - there)
    return a[0] + part * (b[0] - a[0]), a[1] + part * (b[1] - a[1])


def _key(kind: str, size: tuple[int, int], *, hatched: bool) -> list[Spec]:
    """What the shades mean, along the foot of the map."""
    steps = STEPS[kind]
    words = [f"< {steps[0]:g}", *(f"{a:g}–{b:g}" for a, b in pairwise(steps)), f"≥ {steps[-1]:g}"]
    each = (size[0] - 20) / len(words)
    y = size[1] - 26
    made: list[Spec] = []
    for number, (shade, text) in enumerate(zip(SHADES[kind], words, strict=True)):
        x = 10 + each * number
        ends = {"x": x, "x2": x + each, "y": y, "y2": y + 8}
        made.append({"data": {"values": [{}]}, "mark": {"type": "rect", "color": shade, "stroke": BORDER},
                     "encoding": {name: {"value": end} for name, end in ends.items()}})  # fmt: skip
        made.append({"data": {"values": [{}]},
                     "mark": {"type": "text", "text": text, "align": "left", "fontSize": 11, "color": INK, "baseline": "top"},
                     "encoding": {"x": {"value": x + 2}, "y": {"value": y + 10}}})  # fmt: skip
    text = "% of coverage" + ("; hatched: too few events to tell" if hatched else "")
    made.append({"data": {"values": [{}]},
                 "mark": {"type": "text", "text": text, "align": "left", "fontSize": 11, "color": MUTED, "baseline": "bottom"},
                 "encoding": {"x": {"value": 10}, "y": {"value": y - 3}}})  # fmt: skip
    return made
