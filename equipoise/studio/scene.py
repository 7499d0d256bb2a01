"""The map room's picture: the facts of one what-if as lines, widths and words. What is drawn is what the facts say."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from itertools import pairwise
from typing import Any

from equipoise.brief.desk import Desk
from equipoise.brief.numbers import amount
from equipoise.brief.palette import colour
from equipoise.case import Case
from equipoise.studio.labels import Labels
from equipoise.whatif import closable

__all__ = ["SIZE", "Told", "land", "scene"]

SIZE = (1000.0, 560.0)
WIDEST, LEAST = 15.0, 0.05
"""Pixels of the widest line; flow below which a link is drawn as empty."""
_N = (math.sin(math.radians(36)) + math.sin(math.radians(58))) / 2
_C = 1 + math.sin(math.radians(36)) * (2 * _N - math.sin(math.radians(36)))
_COLUMNS = ("link", "from", "to", "via", "territory", "corridor", "commodity")
_MIDDLE, _SCALE = (48.5, 47.0), 985.0


def project(longitude: float, latitude: float) -> tuple[float, float]:
    """The equal-area cone of the brief's map about the Caspian, in pixels of the picture.

    >>> [round(x) for x in project(48.5, 47.0)]
    [500, 280]
    """

    def raw(across: float, up: float) -> tuple[float, float]:
        radius = math.sqrt(_C - 2 * _N * math.sin(math.radians(up))) / _N
        turn = _N * math.radians(across)
        return radius * math.sin(turn), math.sqrt(_C) / _N - radius * math.cos(turn)

    across = (longitude - _MIDDLE[0] + 180) % 360 - 180
    x, y = raw(across, latitude)
    _, middle = raw(0.0, _MIDDLE[1])
    return SIZE[0] / 2 + _SCALE * x, SIZE[1] / 2 - _SCALE * (y - middle)


@cache
def land() -> str:
    """The countries near the picture as JSON: pairs of id and path. Natural Earth, the shapes of the brief's map."""
    text = files("equipoise").joinpath("brief", "basemap.json").read_text(encoding="utf-8")
    made = []
    for country in json.loads(text)["features"]:
        shape = country["geometry"]
        parts = shape["coordinates"] if shape["type"] == "MultiPolygon" else [shape["coordinates"]]
        rings = [[project(x, y) for x, y in ring] for part in parts for ring in part]
        near = [
            ring for ring in rings
            if max(x for x, _ in ring) > -700 and min(x for x, _ in ring) < 1700
            and max(y for _, y in ring) > -500 and min(y for _, y in ring) < 1060
        ]  # fmt: skip
        if near:
            made.append((country["id"], "".join(f"M{'L'.join(f'{x:.1f} {y:.1f}' for x, y in ring)}Z" for ring in near)))
    return json.dumps(made, separators=(",", ":"))


class Told:
    """The answer to a what-if at hand, in the last year that is known or in another: its figures by key, and a desk that writes
    them."""

    def __init__(self, case: Case, world: str, commodity: str, *, year: str = "") -> None:
        self.case, self.world, self.commodity, self.year = case, f"{world}@{year}" if year else world, commodity, year
        self.desk = Desk(case)
        self.quantity = str(self.desk.layout.commodities[commodity]["quantity"])
        rows = case.ledger.facts.select("measure", "subject", "item", "value").iter_rows()
        self._values = {(str(m), str(s)): float(v) for m, s, i, v in rows if str(i) in (commodity, "all")}

    def value(self, stem: str, subject: str) -> float | None:
        """A figure of this commodity to draw by; nothing where there is none."""
        return self._values.get((f"{stem}_{self.quantity}", subject), self._values.get((stem, subject)))

    @property
    def value_year(self) -> str:
        """The year of the network."""
        row = self.row(f"whatif_export_{self.quantity}", self.desk.home, self.commodity)
        return str(row["period"]) if row else self.year

    @cached_property
    def drawn(self) -> Lines:
        """Where links run on the picture."""
        rows = tuple(tuple(str(row[name]) for name in _COLUMNS) for row in self.desk.layout.links)
        points = self.case.table("places").select("place", "longitude", "latitude").iter_rows()
        return _drawn(rows, tuple((str(place), float(x), float(y)) for place, x, y in points if x))

    @cached_property
    def closable(self) -> dict[str, tuple[str, ...]]:
        """Everything that can be closed by name, with its links."""
        return closable(self.case)

    @cached_property
    def corridors(self) -> dict[str, str]:
        """The corridors by id: a place may bear the same one."""
        return dict(self.case.table("corridors").select("corridor", "name").iter_rows())

    @cached_property
    def unit(self) -> str:
        """The unit of its flows in words."""
        return self.desk.unit(f"whatif_flow_{self.quantity}")

    def row(self, measure: str, subject: str, item: str) -> dict[str, Any] | None:
        """A fact of the answer."""
        return next(iter(self.desk.notes.rows(measure, subject=subject, item=item)), None)


@dataclass(frozen=True, slots=True)
class Lines:
    """Where links run, once for all pictures of a case."""

    rows: Sequence[Mapping[str, str]]
    paths: Mapping[str, str]
    middles: Mapping[str, tuple[float, float]]
    spots: Mapping[str, tuple[float, float]]
    states: frozenset[str]


@cache
def _drawn(links: tuple[tuple[str, ...], ...], places: tuple[tuple[str, float, float], ...]) -> Lines:
    spots = {place: project(longitude, latitude) for place, longitude, latitude in places}
    rows = [dict(zip(_COLUMNS, row, strict=True)) for row in links]
    paths, middles = {}, {}
    for row in rows:
        if row["from"] in spots and row["to"] in spots:
            via = [project(*(float(x) for x in point.split())) for point in row["via"].split(";") if point.strip()]
            points = [spots[row["from"]], *via, spots[row["to"]]]
            paths[row["link"]] = _path(points)
            middles[row["link"]] = _middle(points)
    states = frozenset(state for row in rows for state in row["territory"].split(";") if state)
    return Lines(rows, paths, middles, spots, states)


def scene(now: Told, before: Told, labels: Labels) -> dict[str, Any]:
    """The picture of one world: links with width, room, colour and words; places; labels of flows. ``before`` is what the
    changes are told against."""
    desk, drawn = now.desk, now.drawn
    mine = [row for row in drawn.rows if row["commodity"] == now.commodity and row["link"] in drawn.paths]
    flows = {row["link"]: now.value("whatif_flow", row["link"]) for row in mine}
    most = max((before.value("whatif_flow", row["link"]) or 0.0 for row in mine), default=0.0) or 1.0
    links, busy, marked = [], set[str](), set[str]()
    for row in sorted(mine, key=lambda row: flows[row["link"]] or 0.0):
        link, flow = row["link"], flows[row["link"]]
        if flow is None:
            continue
        was = before.value("whatif_flow", link) or 0.0
        closed = now.value("whatif_closed", link) or 0.0
        if max(flow, was) >= LEAST:
            busy |= {row["from"], row["to"]}
        spare = now.value("whatif_spare", link)
        room = flow + spare if spare is not None else 0.0
        mark = closed > 0 and was >= LEAST and row["corridor"] + row["territory"] not in marked
        marked |= {row["corridor"] + row["territory"]} if mark else set()
        links.append({
            "id": link, "d": drawn.paths[link], "at": drawn.middles[link], "colour": colour(_controller(desk, row)),
            "width": _width(flow, most), "room": _width(room, most) if closed < 1 else 0.0,
            "closed": closed > 0, "marked": mark, "change": _change(flow, was),
            "built": before.value("whatif_flow", link) is None,
            "told": told_of(now, before, link, labels),
        })  # fmt: skip
    return {
        "world": now.world, "commodity": now.commodity, "links": links, "frame": _frame([drawn.spots[place] for place in busy]),
        "states": {state: labels.name("actor", state, desk.name(state)) for state in sorted(drawn.states - {desk.home})},
        "legend": [*(labels(f"map.legend.{what}") for what in ("width", "hatch", "dash", "colour")), labels.unit(now.unit)],
        "built": labels("map.legend.built") if any(link["built"] for link in links) else "",
        "places": [*_routes(now, before, drawn, labels), *_places(desk, drawn, busy)],
        "told": f"{labels('room.map')}: {labels.name('commodity', now.commodity, desk.name(now.commodity))}",
    }  # fmt: skip


def _frame(spots: Sequence[tuple[float, float]]) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of what must be seen: the places in use, within the picture."""
    if not spots:
        return 0.0, 0.0, *SIZE
    across, down = ([min(max(spot[i], -40.0), SIZE[0] + 60.0) for spot in spots] for i in (0, 1))
    return min(across), max(-100.0, min(down)), max(across), min(SIZE[1] + 60.0, max(down))


def told_of(now: Told, before: Told, link: str, labels: Labels) -> str:
    """A link in words: where it runs, what it carries, what room is left."""
    unit = labels.unit(now.unit)
    flow, was, spare = (
        now.value("whatif_flow", link) or 0.0,
        before.value("whatif_flow", link),
        now.value("whatif_spare", link),
    )
    words = [f"{labels('story.flow')} {labels.number(amount(flow))} {unit}"]
    if was is not None and _change(flow, was):
        words.append(f"{labels('story.before_word')} {labels.number(amount(was))}")
    if now.value("whatif_closed", link):
        words.append(labels("map.closed"))
    elif spare is None:
        words.append(labels("story.unknown"))
    else:
        words.append(f"{labels('story.room')} {labels.number(amount(spare))}")
    return f"{now.desk.section(link)}: {', '.join(words)}"


def _controller(desk: Desk, row: Mapping[str, str]) -> str:
    """The first foreign state that a link lies in, else the home state."""
    return next((state for state in row["territory"].split(";") if state and state != desk.home), desk.home)


def _width(flow: float, most: float) -> float:
    """Pixels of a flow: the root, so that the small are seen beside the large."""
    return round(WIDEST * math.sqrt(min(1.6, flow / most)), 2) if flow >= LEAST else 0.0


def _change(flow: float, was: float) -> str:
    if abs(flow - was) < LEAST:
        return ""
    return "more" if flow > was else "less"


def _routes(now: Told, before: Told, drawn: Lines, labels: Labels) -> list[dict[str, Any]]:
    """The flow of each route beside its decisive link, and what it was."""
    made = []
    for route in now.desk.layout.routes:
        flow, was = now.value("whatif_way", route.id), before.value("whatif_way", route.id)
        if route.scope != "home" or flow is None or was is None or route.decisive not in drawn.middles:
            continue
        change = _change(flow, was)
        if max(flow, was) < 10 * LEAST and not change:
            continue
        text = labels.number(amount(flow)) + (
            f" ({labels('story.before_word')} {labels.number(amount(was))})" if change else ""
        )
        x, y = drawn.middles[route.decisive]
        made.append({"x": round(x, 1), "y": round(y, 1), "text": text, "loud": True, "change": change})
    return made


def _places(desk: Desk, drawn: Lines, busy: set[str]) -> list[dict[str, Any]]:
    made = []
    for row in desk.case.table("places").select("place", "label").iter_rows(named=True):
        if row["label"] and row["place"] in busy and row["place"] in drawn.spots:
            x, y = drawn.spots[row["place"]]
            made.append({"id": row["place"], "x": round(x, 1), "y": round(y, 1), "text": row["label"], "dot": True})
    return made


def _path(points: Sequence[tuple[float, float]]) -> str:
    """A line through the points, bent gently where there are only two, so that lines side by side part."""
    if len(points) == 2:
        (a, b), (c, d) = points
        bend = 0.06
        middle = ((a + c) / 2 - bend * (d - b), (b + d) / 2 + bend * (c - a))
        return f"M{a:.1f} {b:.1f}Q{middle[0]:.1f} {middle[1]:.1f} {c:.1f} {d:.1f}"
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def _middle(points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """A point halfway along a line by its length."""
    lengths = [math.dist(a, b) for a, b in pairwise(points)]
    left = sum(lengths) / 2
    for ((a, b), (c, d)), length in zip(pairwise(points), lengths, strict=True):
        if left <= length:
            share = left / length if length else 0.0
            return round(a + share * (c - a), 1), round(b + share * (d - b), 1)
        left -= length
    return points[-1]
