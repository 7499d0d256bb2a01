"""Analysis: an outage day by day, and what the same lines make of the episodes of the record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from equipoise.brief.charts import Spec
from equipoise.brief.desk import Desk, joined, signed
from equipoise.brief.document import Block, Cell, Chart, Figure, Paragraph, Table
from equipoise.brief.palette import INK, MUTED, RULE, config
from equipoise.outage import Outage, outages_of

__all__ = ["OutageView", "by_field", "by_route", "fact_table", "outages", "replays", "sentence"]

UNITS = {"mass": "Mt", "containers": "thousand TEU", "uranium": "tU", "gas": "bcm"}
ROLES = {
    "check": "what was out",
    "calibration": "calibration: no test",
    "announced": "what was said, not done",
}


class OutageView:
    """One outage at the desk: its facts by what they are of."""

    def __init__(self, desk: Desk, outage: Outage) -> None:
        self.desk, self.outage = desk, outage
        self.quantity = str(desk.layout.commodities[outage.commodity]["quantity"])
        self.unit = UNITS.get(self.quantity, "")

    def fig(self, what: str, thing: str = "", item: str = "", **style: Any) -> Figure | None:
        """A figure of the outage; ``what`` without the ending of the quantity."""
        measure = f"outage_{what}_{self.quantity}"
        if measure not in self.desk.case.measures:
            measure = f"outage_{what}"
        return self.desk.fig(measure, self.outage.id, thing, item or self.outage.reading, self.outage.key, **style)

    def days(self, what: str) -> list[tuple[int, dict[str, Any]]]:
        """The days of a series with the fact of each, in order; those of this outage's year."""
        rows = self.desk.notes.rows(f"outage_{what}_{self.quantity}", subject=self.outage.id, item="day")
        return sorted((int(row["period"].split("+")[1][:-1]), row) for row in rows)

    @property
    def closed(self) -> str:
        """What is closed, by corridor and states: *67 % of the Caspian Pipeline Consortium (Russia)*."""
        parts = []
        for window in self.outage.windows:
            whole = window.first == 0 and window.last == self.outage.days
            when = "" if whole else f" from day {window.first + 1} to day {window.last}"
            share = "all" if window.share == 1.0 else f"{100 * window.share:g} %"
            parts.append(f"{share} of {self.desk.section(window.link)}{when}")
        return joined(parts)


def outages(desk: Desk) -> list[Block]:
    """The standing outages of the case, each with its picture, and the replays of the record."""
    standing = [OutageView(desk, outage) for outage in outages_of(desk.case) if outage.role == "standing"]
    blocks: list[Block] = []
    for view in standing:
        told = sentence(view)
        if told:
            blocks += [*told, *_picture(view), *(t for t in (by_route(view),) if t.tells)]
    table = replays(desk)
    if table.tells:
        blocks.append(table)
    return blocks


def sentence(view: OutageView) -> list[Paragraph]:
    """What an outage takes, what only comes late, and what finds another way; then when, and what drives the band."""
    desk, outage = view.desk, view.outage
    limits = "contract" if outage.reading == "contract" else "technical"
    made = desk.say(
        f"With {view.closed} out for {outage.days} days, {desk.name(desk.home)} would lose {{lost}} of the {{planned}} that "
        "leave in peace, {delayed} would leave late and {rerouted} by other ways; exports would change by {change} while it "
        f"lasts ({outage.year}, {limits} limits).",
        lost=view.fig("lost"), planned=view.fig("planned", item="outage"), delayed=view.fig("delayed"),
        rerouted=view.fig("rerouted"), change=view.fig("export_change"),
    )  # fmt: skip
    made += desk.say(
        "Sales lost: {lost}; earned later: {late}, at the prices of the year.",
        lost=view.fig("revenue_lost"), late=view.fig("revenue_delayed"),
    )  # fmt: skip
    for row in desk.notes.rows("outage_storage_full", subject=outage.id, period=outage.key):
        place = "at the fields" if row["object"] == "fields" else "at the port"
        made += desk.say(f"On day {{day}} the tanks {place} are full.", day=desk.notes.of(row, unit="", digits=5))
    made += desk.say("The tanks are empty again on day {day}.", day=view.fig("recovered", unit="", digits=5))
    out = [desk.route(route) for route in _run_out(view)]
    made += [Paragraph([f"No room is left on {joined(out)}."])] if out else []
    whole = desk.notes.row(f"outage_lost_{view.quantity}", outage.id, "", outage.reading, outage.key)
    causes = desk.notes.leading(whole, 3) if whole else []
    if causes:
        made.append(Paragraph([f"The band is driven by {joined([f'the {cause}' for cause in causes])}."]))
    return [Paragraph([part for p in made for part in (*p.parts, " ")])] if made else []


def _run_out(view: OutageView) -> list[str]:
    """Routes that took over what they could and have nothing left."""
    desk, outage = view.desk, view.outage

    def value(what: str, route: str) -> float | None:
        return desk.notes.value(f"outage_{what}_{view.quantity}", outage.id, route, outage.reading, outage.key)

    taking = (route.id for route in desk.layout.routes if value("rerouted", route.id))
    return [route for route in taking if value("room", route) == 0.0]


def by_route(view: OutageView) -> Table:
    """What each route carried less than in peace, what it took over, and what is left of it."""
    desk = view.desk
    rows: list[list[Cell]] = []
    for route in desk.layout.routes:
        lost = view.fig("lost", route.id, unit="")
        if route.commodity != view.outage.commodity or lost is None:
            continue
        if any(desk.notes.value(f"outage_{what}_{view.quantity}", view.outage.id, route.id, view.outage.reading, view.outage.key)
               for what in ("lost", "rerouted")):  # fmt: skip
            beside = view.fig("rerouted", route.id, unit=""), view.fig("room", route.id, unit="")
            money = view.fig("revenue_lost", route.id, unit="")
            rows.append([desk.route(route.id), lost, beside[0], beside[1], money])
    columns = [
        ("Route", "l"), (f"Less than in peace, {view.unit}", "r"), (f"Rerouted to it, {view.unit}", "r"),
        (f"Room left, {view.unit} a year", "r"), ("Sales less, mn USD", "r"),
    ]  # fmt: skip
    foot = (
        "Until the tanks have drained; below zero a route carried more. Room left is that of the closed state when all have "
        "diverted: where it is 0 the route has run out. Routes are near ties in netback: their sum is sounder than the split.",
    )
    return Table(f"By route, {view.outage.days} days", columns, rows, foot)


def by_field(view: OutageView) -> Table:
    """What each field did not produce, and what only left late."""
    desk = view.desk
    rows: list[list[Cell]] = []
    for row in desk.notes.rows(f"outage_delayed_{view.quantity}", subject=view.outage.id, period=view.outage.key):
        place = str(row["object"])
        if place:
            cells = (
                view.fig("lost", place, unit=""),
                view.fig("delayed", place, unit=""),
                view.fig("revenue_lost", place, unit=""),
            )
            rows.append([desk.name(place), *cells])
    columns = [
        ("Field", "l"), (f"Never produced, {view.unit}", "r"), (f"Late, {view.unit}", "r"), ("Sales lost, mn USD", "r"),
    ]  # fmt: skip
    foot = ("Which field is cut is decided by a few dollars a tonne: the sum is sounder than the split.",)
    return Table("By field", columns, rows, foot)


def _picture(view: OutageView) -> list[Block]:
    """Exports against those of peace, what is shut in, and the tanks, day by day."""
    found = {what: view.days(what) for what in ("exported", "planned", "shut_in", "stored")}
    if not found["exported"]:
        return []
    names = {"exported": "exported", "planned": "exports in peace", "shut_in": "shut in", "stored": "in tanks"}
    rows = [
        {"day": day, "what": names[what], "value": row["value"], "low": row["low"], "high": row["high"]}
        for what, series in found.items()
        for day, row in series
    ]
    told = (
        f"Two pictures by day. Above: exports fall on the first day of the outage and stand below those of peace for "
        f"{view.outage.days} days, while what is shut in rises once the tanks are full. Below: the tanks fill, stay full and "
        "drain afterwards."
    )
    shown = [day for day in (1, 7, 14, 30, view.outage.days, view.outage.days + 7) if day <= found["exported"][-1][0]]
    numbers = fact_table(view, dict.fromkeys(shown))
    caption = f"{view.closed[:1].upper()}{view.closed[1:]} out for {view.outage.days} days: {view.unit} a day"
    foot = (
        "Shaded: 5-95 % of the redraws. Above, exports against those of peace and what is not produced; below, what lies in "
        "tanks.",
    )
    return [
        Chart(
            f"outage-{view.outage.id}", caption, told, _days_chart(rows, view, narrow=False),
            _days_chart(rows, view, narrow=True), numbers, foot,
        )
    ]  # fmt: skip


def fact_table(view: OutageView, days: Mapping[int, None]) -> Table:
    """The series on some days."""
    desk = view.desk
    series = {what: dict(view.days(what)) for what in ("planned", "exported", "shut_in", "stored")}
    rows: list[list[Cell]] = [
        [str(day), *(desk.notes.of(found[day], unit="") if day in found else None for found in series.values())]
        for day in days
    ]
    columns = [("Day", "r"), ("In peace", "r"), ("Exported", "r"), ("Shut in", "r"), ("In tanks", "r")]
    return Table(f"{view.unit} a day; in tanks at its end, {view.unit}", columns, rows)


def _days_chart(rows: Sequence[Mapping[str, Any]], view: OutageView, *, narrow: bool) -> Spec:
    """Two panels on one axis of days."""
    last = max(int(row["day"]) for row in rows)
    x = {
        "field": "day", "type": "quantitative", "scale": {"domain": [0, last], "nice": False},
        "axis": {"title": "day of the outage", "grid": False, "tickCount": 5 if narrow else 10},
    }  # fmt: skip
    names = ["exported", "shut in", "in tanks", "exports in peace"]
    shades = ["#1f5c63", "#a63f35", "#c2902c", MUTED]
    legend = {
        "title": None, "orient": "top", "symbolType": "stroke", "symbolStrokeWidth": 3, "symbolOpacity": 1,
        "direction": "horizontal", "columns": 2 if narrow else 4,
    }  # fmt: skip
    shade = {"field": "what", "type": "nominal", "scale": {"domain": names, "range": shades}, "legend": legend}

    def panel(what: Sequence[str], title: str, height: int) -> dict[str, Any]:
        y = {
            "field": "value", "type": "quantitative",
            "axis": {"title": title, "tickCount": 4, "gridColor": RULE, "domain": False, "ticks": False},
        }  # fmt: skip
        band = {
            "mark": {"type": "area", "opacity": 0.18, "interpolate": "step-before"},
            "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}, "color": shade},
        }
        line = {
            "mark": {"type": "line", "strokeWidth": 2, "interpolate": "step-before"},
            "encoding": {
                "x": x, "y": y, "color": shade,
                "strokeDash": {"condition": {"test": "datum.what == 'exports in peace'", "value": [4, 3]}, "value": [1, 0]},
            },
        }  # fmt: skip
        end = {
            "mark": {"type": "rule", "color": INK, "strokeDash": [2, 3], "opacity": 0.6},
            "encoding": {"x": {"datum": view.outage.days}},
        }
        return {
            "transform": [{"filter": {"field": "what", "oneOf": list(what)}}],
            "width": 300 if narrow else 690, "height": height, "layer": [band, line, end],
        }  # fmt: skip

    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json", "config": config(), "padding": 4,
        "data": {"values": list(rows)}, "spacing": 16,
        "vconcat": [
            panel(["exported", "exports in peace", "shut in"], f"{view.unit} a day", 190),
            panel(["in tanks"], f"in tanks, {view.unit}", 90),
        ],
    }  # fmt: skip


# --- replays ---------------------------------------------------------------------------------------------------------


def replays(desk: Desk) -> Table:
    """Each episode with what was known before it, against what was reported; then with the inputs of its own year."""
    every = [outage for outage in outages_of(desk.case) if outage.role != "standing"]
    named = {row["outage"]: row for row in desk.case.table("outages").iter_rows(named=True)}
    order = {row["episode"]: row["start"] for row in desk.case.table("episodes").iter_rows(named=True)}
    rows: list[list[Cell]] = []
    last = ""
    for name in sorted(named, key=lambda n: (order.get(named[n]["episode"], ""), n)):
        runs = [OutageView(desk, outage) for outage in every if outage.id == name]
        if not runs:
            continue
        first, own = runs[0], runs[1] if len(runs) > 1 else None
        for label, ours, seen, error in _compared(first):
            reported = desk.notes.rows(seen[0], subject=first.outage.episode)
            again = _error(own, error, ranged=False) if own else None
            cells = _ours(first, ours), desk.notes.of(reported[0], unit=""), _error(first, error)
            told = named[name]["name"] if name != last else ""  # an episode is named once
            rows.append([told, label, *cells, again, str(first.outage.year), ROLES[first.outage.role]])
            last = name
    columns = [
        ("Episode", "l"), ("What", "l"), ("Modelled", "r"), ("Reported", "r"), ("Error", "r"),
        ("Error with its own year’s inputs", "r"), ("Inputs of", "r"), ("Replayed", "l"),
    ]  # fmt: skip
    foot = (
        "Modelled with the network of the year named, before the episode; nothing was fitted to any of them but the days of "
        "storage, to the storm of February 2023. An error with the inputs of its own year is the model’s alone, the rest is "
        "foresight. Where words were replayed the error is what taking them for deeds would have cost in truth.",
    )
    return Table("Episodes replayed", columns, rows, foot)


def _compared(view: OutageView) -> list[tuple[str, tuple[str, str], tuple[str], tuple[str, str]]]:
    """What was reported of the episode: in words, our measure and item, theirs, and the error's."""
    q, desk, outage = view.quantity, view.desk, view.outage
    pairs = [
        (f"lost, {view.unit}", ("lost", ""), f"episode_lost_{q}", ("error", "lost")),
        (f"rerouted, {view.unit}", ("rerouted", "reported"), f"episode_rerouted_{q}", ("error", "rerouted")),
        ("exports, %", ("export_change", ""), "episode_export_change", ("change_error", "")),
        ("tanks full, day", ("storage_full", ""), "episode_storage_full", ("full_error", "")),
    ]
    return [
        (label, ours, (seen,), error)
        for label, ours, seen, error in pairs
        if desk.notes.rows(seen, subject=outage.episode) and _error(view, error)
    ]


def _ours(view: OutageView, key: tuple[str, str]) -> Figure | None:
    if key[0] == "storage_full":
        rows = view.desk.notes.rows("outage_storage_full", subject=view.outage.id, period=view.outage.key)
        ports = [row for row in rows if row["object"] != "fields"]
        return view.desk.notes.of(ports[0], unit="", digits=5) if ports else None
    return view.fig(key[0], item=key[1], unit="")


def _error(view: OutageView, key: tuple[str, str], *, ranged: bool = True) -> Figure | None:
    measure = f"outage_{key[0]}" + (f"_{view.quantity}" if key[0] == "error" else "")
    return signed(view.desk.fig(measure, view.outage.id, "", key[1], view.outage.key, unit="", ranged=ranged))
