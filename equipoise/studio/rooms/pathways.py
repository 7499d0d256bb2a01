"""Policies side by side over the futures, and the map of pathways: how long to keep a policy, and for which to leave it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from textwrap import wrap
from typing import Any

from equipoise.brief.desk import Desk
from equipoise.brief.document import Block, Cell, Chart, Table
from equipoise.brief.palette import INK, MUTED, RULE, config
from equipoise.brief.policies import bundled, input_words, row, weightings

__all__ = ["bands", "pathways", "regrets"]

_COLOURS = ("#1f5c63", "#c2902c", "#8c4a6b", "#4a6fa5", "#6f8f3f", "#a0604a", "#5b4a86", "#7a8790")
MOST = 9
"""Stretches of road that are drawn; the table of signposts has them all."""


def bands(desk: Desk) -> Chart | None:
    """The worst loss under each policy: the band over the futures, its middle, and the mean of the worst tenth."""
    rows: list[dict[str, Any]] = []
    cells: list[list[Cell]] = []
    for policy, title in bundled(desk).items():
        loss, tail = row(desk, "future_worst_loss", policy), row(desk, "policy_tail", policy, "worst_loss")
        if loss is None:
            continue
        shown = desk.notes.of(loss)
        ends = {"low": loss["low"], "value": loss["value"], "high": loss["high"]}
        told = {"told": f"{title}: {shown.plain}", **({"tail": tail["value"]} if tail else {})}
        rows.append({"policy": title, **ends, **told})
        cells.append([title, shown, desk.notes.of(tail) if tail else None])
    if len(rows) < 2:
        return None
    rows.sort(key=lambda one: float(one["value"]))
    order = [one["policy"] for one in rows]
    columns = [("Policy", "l"), ("worst loss", "r"), ("mean of the worst tenth", "r")]
    return Chart(
        "policy-bands", "The worst loss under each policy, over all futures",
        "Bars hold nine futures in ten, ticks are the middle, rings the mean of the worst tenth. The policy with the lowest "
        "middle stands first; bars that overlap are no order.",
        _bands(rows, order, narrow=False), _bands(rows, order, narrow=True), Table("Worst loss by policy", columns, cells),
    )  # fmt: skip


def _bands(rows: Sequence[Mapping[str, Any]], order: Sequence[str], *, narrow: bool) -> dict[str, Any]:
    x = {
        "field": "low", "type": "quantitative", "scale": {"zero": False, "nice": True},
        "axis": {"title": "% of real income", "tickCount": 5, "domain": False, "ticks": False, "gridColor": RULE},
    }  # fmt: skip
    y = {
        "field": "policy", "type": "nominal", "sort": list(order),
        "axis": {"title": None, "domain": False, "ticks": False, "labelColor": INK, "labelLimit": 150 if narrow else 420},
    }  # fmt: skip
    teal = _COLOURS[0]
    layers = [
        {"mark": {"type": "rule", "strokeWidth": 11, "opacity": 0.3, "color": teal},
         "encoding": {"x": x, "x2": {"field": "high"}}},
        {"mark": {"type": "tick", "thickness": 3, "height": 17, "color": teal},
         "encoding": {"x": {**x, "field": "value"}, "description": {"field": "told", "type": "nominal"}}},
        {"mark": {"type": "point", "size": 46, "color": "#a63f35", "strokeWidth": 1.8},
         "encoding": {"x": {**x, "field": "tail"}}},
    ]  # fmt: skip
    width = 190 if narrow else 620
    return _whole(
        {"data": {"values": list(rows)}, "layer": layers, "encoding": {"y": y}, "width": width, "height": {"step": 26}}
    )


def regrets(desk: Desk) -> Table | None:
    """Policies against outcomes: the largest regret of each by each outcome, shaded by how far it stands from the least."""
    names, ways = bundled(desk), weightings(desk)
    across = next((desk.name(str(r["object"])) for r in desk.notes.rows("future_off_territory")), "")
    items = list(dict.fromkeys(str(fact["item"]) for fact in desk.notes.rows("policy_regret_max")))
    if len(items) < 2:
        return None
    rows: list[list[Cell]] = []
    values: dict[tuple[int, int], float] = {}
    for i, (policy, title) in enumerate(names.items()):
        line: list[Cell] = [title]
        for j, item in enumerate(items, 1):
            fact = row(desk, "policy_regret_max", policy, item)
            line.append(desk.notes.of(fact, unit="", ranged=False) if fact else None)
            if fact:
                values[i, j] = float(fact["value"])
        rows.append(line)
    most = {j: max((v for (_, k), v in values.items() if k == j), default=0.0) for j in range(1, len(items) + 1)}
    heat = {(i, j): 3.0 * value / most[j] for (i, j), value in values.items() if most[j] > 0}
    heads = [("Policy", "l"), *((_outcome(item, ways, across), "r") for item in items)]
    return Table(
        "Policies against outcomes: the largest regret", heads, rows,
        ("How much worse a policy comes out, in the future in which it does worst beside the best one there, in the unit of the "
         "outcome. Darker is worse within a column; columns have units of their own and are never added.",), heat,
    )  # fmt: skip


def _outcome(item: str, ways: Mapping[str, str], across: str) -> str:
    """An outcome in words: what it is, and under which weighting."""
    name, _, way = item.partition(".")
    words = {
        "worst_loss": "worst loss, points",
        "off_territory": f"exports that do not cross {across}",
        "loss": "mean loss, points",
    }
    return f"{words.get(name, name.replace('_', ' '))}{f' ({ways.get(way, way)})' if way else ''}"


def pathways(desk: Desk) -> list[Block]:
    """The map of pathways: each road runs along something that can be watched, and changes from policy to policy where one
    should be left for another."""
    names = bundled(desk)
    roads = [*_by_input(desk, names), *_by_weighting(desk, names)][:MOST]
    if not roads:
        return []
    used = list(dict.fromkeys(stop["policy"] for road in roads for stop in road["stretches"]))
    shade = {name: _COLOURS[i % len(_COLOURS)] for i, name in enumerate(used)}
    cells: list[list[Cell]] = [
        [road["sign"], before["policy"], "→", after["policy"], turn]
        for road in roads
        for (before, after), turn in zip(pairwise(road["stretches"]), road["figures"], strict=True)
    ]
    columns = [("Watch", "l"), ("keep", "l"), ("", "c"), ("change to", "l"), ("past", "r")]
    return [Chart(
        "pathways", "The map of pathways: how long to keep a policy, and for which to leave it",
        "Each road runs along one thing that can be watched, from the least to the most that it may be. The line shows the "
        "policy to be on; where it changes is the point to leave, the band about it the 90 % interval over resampled futures. "
        "Mixtures of weightings are exact and have no band; a weight is an assumption and no probability.",
        _map(roads, shade, narrow=False), _map(roads, shade, narrow=True), Table("Points to leave", columns, cells),
    )]  # fmt: skip


def _by_input(desk: Desk, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Roads along an input of the futures, one change each."""
    made = []
    for fact in desk.notes.rows("policy_turn"):
        keep, leave = (names.get(str(fact[end])) for end in ("subject", "object"))
        if keep is None or leave is None:
            continue
        outcome, way, name = str(fact["item"]).split(".", 2)
        words, unit = input_words(desk, name)
        low, high = _reach(desk, name, fact)
        order = (keep, leave) if way == "at_most" else (leave, keep)
        why = "worst loss" if outcome == "worst_loss" else f"mean loss, {outcome.replace('_', ' ')}"
        made.append({
            "sign": f"{words}{f',{unit}' if unit else ''} ({why})",
            "stretches": _stretches(order, [low, float(fact["value"]), high]),
            "bands": [(float(fact["low"]), float(fact["high"]))], "figures": [desk.notes.of(fact, unit="")],
        })  # fmt: skip
    return made


def _reach(desk: Desk, name: str, fact: Mapping[str, Any]) -> tuple[float, float]:
    """From where to where an input may be: its own range, and the turn within it."""
    measure, subject, object, item, period = _parts(name)
    known = desk.notes.row(measure, subject, object, item, period)
    ends = [float(fact["low"]), float(fact["high"])]
    ends += [float(known["low"]), float(known["high"])] if known else []
    spread = (max(ends) - min(ends)) or abs(ends[0]) or 1.0
    return min(ends) - 0.06 * spread, max(ends) + 0.06 * spread


def _parts(name: str) -> tuple[str, str, str, str, str]:
    found = [part if part != "-" else "" for part in name.split(".")]
    return found[0], found[1], found[2], ".".join(found[3:-1]), found[-1]


def _by_weighting(desk: Desk, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Roads from one weighting to another, as many changes as there are; of a pair and its reverse the first."""
    ways = weightings(desk)
    found: dict[str, list[dict[str, Any]]] = {}
    for fact in desk.notes.rows("policy_mixture"):
        if str(fact["subject"]) in names and str(fact["object"]) in names:
            found.setdefault(str(fact["item"]), []).append(fact)
    made = []
    for item, facts in found.items():
        here, _, there = item.partition(".")
        if f"{there}.{here}" in found and there < here:
            continue
        facts.sort(key=lambda fact: float(fact["value"]))
        order = [names[str(facts[0]["subject"])], *(names[str(fact["object"])] for fact in facts)]
        made.append({
            "sign": f"weight of “{ways.get(there, there)}” against “{ways.get(here, here)}” (mean loss)",
            "stretches": _stretches(order, [0.0, *(float(fact["value"]) for fact in facts), 1.0]), "bands": [],
            "figures": [desk.notes.of(fact, unit="") for fact in facts],
        })  # fmt: skip
    return made


def _stretches(order: Sequence[str], ends: Sequence[float]) -> list[dict[str, Any]]:
    return [{"policy": policy, "x": a, "x2": b} for policy, (a, b) in zip(order, pairwise(ends), strict=True)]


def _map(roads: Sequence[Mapping[str, Any]], shade: Mapping[str, str], *, narrow: bool) -> dict[str, Any]:
    """Each road a panel of its own, with an axis of its own; policies are lanes, changes are bends with a ring at each end."""
    rows: list[dict[str, Any]] = []
    lanes = list(shade)
    for number, road in enumerate(roads):
        head = {"road": number, "sign": "|".join(wrap(str(road["sign"]), 46 if narrow else 58))}
        rows += [{**head, **stretch, "kind": "stretch"} for stretch in road["stretches"]]
        rows += [
            {**head, "kind": "change", "policy": one["policy"], "to": other["policy"], "x": other["x"]}
            for one, other in pairwise(road["stretches"])
        ]
        rows += [{**head, "kind": "band", "policy": lanes[0], "x": low, "x2": high} for low, high in road["bands"]]
    x = {
        "field": "x", "type": "quantitative", "scale": {"zero": False, "nice": False},
        "axis": {"title": None, "tickCount": 4, "grid": False, "format": "~g", "domainColor": RULE},
    }  # fmt: skip
    y = {
        "field": "policy", "type": "nominal", "scale": {"domain": lanes, "paddingOuter": 0.5},
        "axis": {"title": None, "domain": False, "ticks": False, "labelColor": INK, "grid": True,
                 "labelLimit": 118 if narrow else 300, "gridColor": "#e8e4da", "gridDash": [2, 3]},
    }  # fmt: skip
    colour = {
        "field": "policy", "type": "nominal", "legend": None, "scale": {"domain": lanes, "range": [shade[n] for n in lanes]},
    }  # fmt: skip

    def only(kind: str, mark: Mapping[str, Any], **encoding: Any) -> dict[str, Any]:
        return {"transform": [{"filter": f"datum.kind === '{kind}'"}], "mark": dict(mark), "encoding": encoding}

    layers = [
        only("band", {"type": "rect", "color": MUTED, "opacity": 0.16}, x=x, x2={"field": "x2"}),
        only("change", {"type": "rule", "color": INK, "strokeWidth": 1.4}, x=x, y=y, y2={"field": "to"}),
        only("stretch", {"type": "rule", "strokeWidth": 7, "strokeCap": "round"}, x=x, x2={"field": "x2"}, y=y, color=colour),
        only("change", {"type": "point", "filled": True, "fill": "#fffdf8", "stroke": INK, "strokeWidth": 1.6, "size": 62,
                        "opacity": 1}, x=x, y=y),
        only("change", {"type": "point", "filled": True, "fill": "#fffdf8", "stroke": INK, "strokeWidth": 1.6, "size": 62,
                        "opacity": 1}, x=x, y={**y, "field": "to"}),
    ]  # fmt: skip
    header = {
        "title": None, "labelAnchor": "start", "labelPadding": 4, "labelExpr": "split(datum.label, '|')", "labelFontSize": 12,
    }  # fmt: skip
    signs = list(dict.fromkeys(str(one["sign"]) for one in rows))
    return _whole({
        "data": {"values": rows},
        "facet": {"field": "sign", "type": "nominal", "sort": signs, "header": header},
        "columns": 1 if narrow else 2, "spacing": {"column": 30, "row": 18},
        "resolve": {"scale": {"x": "independent"}},
        "spec": {"layer": layers, "width": 190 if narrow else 330, "height": {"step": 24}},
    })  # fmt: skip


def _whole(spec: dict[str, Any]) -> dict[str, Any]:
    return {"$schema": "https://vega.github.io/schema/vega-lite/v5.json", "config": config(), "padding": 4, **spec}
