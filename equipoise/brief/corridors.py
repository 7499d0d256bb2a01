"""Analysis: the corridors, their flows and limits, and how the network compares with what happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from equipoise.brief import charts
from equipoise.brief.atlas import Drawn, corridor_map
from equipoise.brief.desk import Desk, joined, signed
from equipoise.brief.document import Absent, Block, Cell, Chart, Paragraph, Table
from equipoise.brief.numbers import amount

__all__ = ["NetworkView", "bottlenecks", "bypass", "corridors", "cuts", "errors", "misfits"]

Places = Mapping[str, tuple[float, float]]
LEAST = 0.05
"""Flow, Mt a year, below which a link is drawn as empty."""


def corridors(desk: Desk) -> list[Block]:
    """The map, the network held against what happened, bottlenecks, cuts, and what is left of each bypass."""
    if not desk.main_commodity:
        return [Absent("The case holds no network that can be solved with prices and costs.")]
    view = NetworkView(desk)
    fit = _fit(view)
    blocks: list[Block] = [_map(view), *([fit] if fit else [])]
    blocks += [table for table in (errors(view),) if table.rows]
    blocks += misfits(view)
    blocks += [table for table in (bottlenecks(view), cuts(view), bypass(view, desk.worst)) if table.rows]
    return blocks


class NetworkView:
    """The solved network of a commodity in one year, its last unless another is named."""

    def __init__(self, desk: Desk, commodity: str = "", year: str = "") -> None:
        self.desk, self.commodity = desk, commodity or desk.main_commodity
        self.quantity = str(desk.layout.commodities[self.commodity]["quantity"])
        self.year = year or self.years[-1]
        self.links = {row["link"]: row for row in desk.layout.links if row["commodity"] == self.commodity}
        self.unit = desk.unit(f"link_flow_{self.quantity}")

    @cached_property
    def years(self) -> list[str]:
        """Years for which the network was solved."""
        solved = self.desk.notes.rows(f"modelled_export_{self.quantity}", item=self.item("contract"))
        return sorted(str(row["period"]) for row in solved)

    def item(self, reading: str) -> str:
        """The item of the facts of this network under a reading of the limits."""
        return f"{self.commodity}.{reading}"

    def row(self, stem: str, subject: str, object: str = "", reading: str = "contract") -> dict[str, Any] | None:
        """A fact of the solved network in its last year."""
        return self.desk.notes.row(f"{stem}_{self.quantity}", subject, object, self.item(reading), self.year)

    def cell(self, stem: str, subject: str, object: str = "", reading: str = "contract", **style: Any) -> Cell:
        """The same as a figure in a table whose heading has the unit."""
        row = self.row(stem, subject, object, reading)
        return self.desk.notes.of(row, unit="", **style) if row else None

    def states(self, link: str) -> str:
        """The states that a link lies in."""
        return joined([self.desk.name(state) for state in self.links[link]["territory"].split(";") if state])


# --- the map ---------------------------------------------------------------------------------------------------------


def _map(view: NetworkView) -> Chart:
    desk = view.desk
    points = desk.case.table("places").select("place", "longitude", "latitude").iter_rows()
    places = {place: (float(longitude), float(latitude)) for place, longitude, latitude in points if longitude}
    drawn: list[Drawn] = []
    controllers: set[str] = set()
    busy: set[str] = set()
    for link, register in view.links.items():
        flow, capacity = view.row("link_flow", link), view.row("link_capacity", link)
        drawable = register["from"] in places and register["to"] in places
        if flow is None or not drawable or (flow["value"] < LEAST and capacity is None):
            continue
        states = [state for state in register["territory"].split(";") if state]
        controller = next((state for state in states if state != desk.home), desk.home)
        room = f"of {amount(capacity['value'], 3)}" if capacity else "of unknown capacity"
        carried = max(0.0, float(flow["value"])) if flow["value"] >= LEAST else 0.0
        told = f"{desk.section(link)}: {amount(carried)} {room} {view.unit}"
        drawn.append(Drawn(_points(register, places), carried, controller, told))
        if carried:
            controllers.add(controller)
            busy |= {register["from"], register["to"]}
    legend = [(actor, desk.name(actor)) for actor in sorted(controllers, key=lambda a: (a != desk.home, a))]
    near = [label for label in _labels(view, places, busy, narrow=True) if not label.get("far")]
    return Chart(
        "map",
        f"Corridors of {desk.name(view.commodity).lower()}, {view.year}: modelled flow under contract limits",
        "Lines are as wide as the flow and coloured by the first foreign state that controls the link; numbers are the "
        f"flow of each route and the capacity of its decisive link, {view.unit}; dashed lines exist but carry nothing. "
        "Sea legs and pipes are drawn approximately.",
        corridor_map(drawn, _labels(view, places, busy), desk.home, legend, narrow=False),
        corridor_map(drawn, near, desk.home, legend, narrow=True),
        _map_table(view),
        ("Boundaries: Natural Earth, as they run on the ground; no position on any of them is implied.",),
    )


def _labels(view: NetworkView, places: Places, busy: set[str], *, narrow: bool = False) -> list[dict[str, Any]]:
    """The flow of each route, beside its longest link or, where that is crowded and on the narrow map, its decisive
    one; then the names of places. What would be printed over something else is left out."""
    kept: list[dict[str, Any]] = []

    def put(text: str, spots: Sequence[tuple[float, float]], **style: Any) -> None:
        for x, y in spots:
            label = {"longitude": x, "latitude": y, "text": text, **style}
            if not any(_collide(label, other, 1.35 if narrow else 1.0) for other in kept):
                kept.append(label)
                return

    for route in view.desk.layout.routes:
        row = view.row("modelled_flow", route.id)
        links = [view.links[link] for link in (route.decisive, *route.links) if link in view.links]
        if row and row["value"] >= 10 * LEAST and route.scope == "home" and links:
            capacity = view.row("link_capacity", route.decisive)
            text = f"{amount(row['value'])} of {amount(capacity['value'])}" if capacity else amount(row["value"])
            spots = [_middle(links[0], places), _middle(max(links, key=view.desk.layout.length), places)]
            put(
                f"{text} Mt" if view.quantity == "mass" else text, spots if narrow else spots[::-1], side="c", loud=True
            )
    for row in view.desk.case.table("places").iter_rows(named=True):
        if row["label"] and row["place"] in busy:
            x, y = places[row["place"]]
            put(row["label"], [(x, y)], side="r", far=y > 55 or x < 30 or x > 78)  # far: off the narrow map
    return kept


def _collide(label: Mapping[str, Any], other: Mapping[str, Any], scale: float) -> bool:
    """Whether two labels would be printed over each other; degrees of the map, roughly."""

    def across(one: Mapping[str, Any]) -> tuple[float, float]:
        width = (0.42 if one.get("loud") else 0.30) * scale * len(one["text"])
        left = one["longitude"] - (width / 2 if one["side"] == "c" else 0.0)
        return left, left + width

    (a, b), (c, d) = across(label), across(other)
    return abs(label["latitude"] - other["latitude"]) < 0.9 * scale and a < d and c < b


def _middle(link: Mapping[str, str], places: Places) -> tuple[float, float]:
    """A point halfway along a link as it is drawn."""
    points = _points(link, places)
    if len(points) > 2:
        return points[len(points) // 2]
    (a, b), (c, d) = points
    return (a + c) / 2, (b + d) / 2


def _points(link: Mapping[str, str], places: Places) -> list[tuple[float, float]]:
    via = [tuple(float(x) for x in point.split()) for point in link["via"].split(";") if point.strip()]
    return [places[link["from"]], *((x, y) for x, y in via), places[link["to"]]]


def _map_table(view: NetworkView) -> Table:
    rows: list[list[Cell]] = []
    for link in view.links:
        row = view.row("link_flow", link)
        if row and row["value"] >= LEAST:
            cells = [view.cell("link_flow", link), view.cell("link_capacity", link, digits=3)]
            rows.append([view.desk.name(link), *cells, view.states(link)])
    columns = [("Link", "l"), ("Flow", "r"), ("Capacity", "r"), ("Territory", "l")]
    return Table(f"Flow and capacity of each link, {view.unit}, {view.year}", columns, rows)


# --- held against what happened --------------------------------------------------------------------------------------


def _targets(view: NetworkView) -> list[tuple[str, str]]:
    """Routes whose observed flow the model must come near: id and name, the largest first."""
    errors = view.desk.notes.rows(f"flow_error_{view.quantity}", item=view.item("contract"))

    def size(route: str) -> float:
        rows = view.desk.notes.rows(f"flow_{view.quantity}", subject=route, item=view.commodity)
        return max((float(row["value"]) for row in rows), default=0.0)

    found = sorted({str(row["subject"]) for row in errors}, key=lambda route: (-size(route), route))
    return [(route, view.desk.route(route)) for route in found]


def _years(view: NetworkView) -> list[str]:
    errors = view.desk.notes.rows(f"flow_error_{view.quantity}", item=view.item("contract"))
    return sorted({str(row["period"]) for row in errors})


def _fit(view: NetworkView) -> Chart | None:
    notes, item, q = view.desk.notes, view.item("contract"), view.quantity
    values = []
    for route, name in _targets(view):
        for year in _years(view):
            model = notes.row(f"modelled_flow_{q}", route, "", item, year)
            model = model or notes.row(f"modelled_export_{q}", view.desk.home, "", item, year)
            seen = notes.row(f"flow_{q}", route, "", view.commodity, year)
            if model and seen and notes.row(f"flow_error_{q}", route, "", item, year):
                told = f"{name} {year}: modelled {amount(model['value'])}, observed {amount(seen['value'])} {view.unit}"
                values.append({
                    "year": year, "route": name, "modelled": model["value"], "low": model["low"], "high": model["high"],
                    "observed": seen["value"], "told": told,
                })  # fmt: skip
    if not values:
        return None
    names = [name for _, name in _targets(view)]
    return Chart(
        "fit",
        f"The network held against what happened, {view.unit}",
        "Red points are observed flows, the dark tick is the modelled flow at central inputs, the pale bar its band over "
        "redraws of every input. Nothing was tuned.",
        charts.fit(values, names, narrow=False),
        charts.fit(values, names, narrow=True),
    )


def errors(view: NetworkView) -> Table:
    """Modelled less observed, by route and year."""
    years, item = _years(view), view.item("contract")
    measure = f"flow_error_{view.quantity}"
    rows: list[list[Cell]] = []
    for route, name in _targets(view):
        cells = (view.desk.fig(measure, route, "", item, year, unit="", ranged=False) for year in years)
        rows.append([name, *(signed(cell) for cell in cells)])
    columns = [("Route", "l"), *((year, "r") for year in years)]
    return Table(f"Modelled less observed, {view.unit}, contract limits", columns, rows)


def misfits(view: NetworkView) -> list[Paragraph]:
    """What the model misses, and why."""
    desk = view.desk
    held_against = {route for route, _ in _targets(view)}
    made: list[Paragraph] = []
    for row in desk.case.table("routes").iter_rows(named=True):
        if row["misfit"] and row["route"] in held_against:
            made.append(Paragraph([f"{row['name'][:1].upper()}{row['name'][1:]}: {row['misfit']}."], "point"))
    cost, year = desk.latest("split_cost", desk.home, "", view.item("contract"))
    made += desk.say(
        f"Where the split differs, little money decides it: by the ways that were used shippers gave up {{cost}} of "
        f"misplaced cargo ({year}). Use the model for capacity and loss, not for the split between near equals.",
        cost=cost,
    )
    return made


# --- limits ----------------------------------------------------------------------------------------------------------


def bottlenecks(view: NetworkView) -> Table:
    """Links whose room is scarce while nobody has closed anything, by shadow price."""
    desk = view.desk
    worth: dict[str, float] = {}
    for reading in ("contract", "technical"):
        for row in desk.notes.rows("capacity_price", item=view.item(reading), period=view.year):
            if row["value"] > 0.5:
                worth[str(row["subject"])] = max(worth.get(str(row["subject"]), 0.0), float(row["value"]))
    rows: list[list[Cell]] = []
    for link in sorted(worth, key=lambda name: -worth[name]):
        prices = (
            desk.fig("capacity_price", link, "", view.item(reading), view.year, unit="")
            for reading in ("contract", "technical")
        )
        rows.append([desk.section(link), view.cell("link_capacity", link, digits=3), *prices, view.states(link)])
    columns = [
        ("Bottleneck", "l"), (f"Capacity, {view.unit}", "r"), ("USD/t, contract limits", "r"),
        ("USD/t, technical limits", "r"), ("Who can shut it", "l"),
    ]  # fmt: skip
    return Table(f"In peace: what one more tonne of capacity would earn, {view.year}", columns, rows)


def cuts(view: NetworkView) -> Table:
    """The minimum cut under both readings: its links, and in the last row what they carry together."""
    desk, readings = view.desk, ("contract", "technical")
    size: dict[str, float] = {}
    for reading in readings:
        members = desk.notes.rows(
            f"cut_link_{view.quantity}", object=desk.home, item=view.item(reading), period=view.year
        )
        size |= {str(row["subject"]): float(row["value"]) for row in members}
    rows: list[list[Cell]] = []
    for link in sorted(size, key=lambda name: -size[name]):
        cells = [view.cell("cut_link", link, desk.home, reading) for reading in readings]
        rows.append([desk.section(link), *cells, view.states(link), view.links[link]["operator"] or None])
    if rows:
        rows.append(["The whole cut", *(view.cell("cut", desk.home, reading=reading) for reading in readings), "", ""])
    columns = [
        ("Corridor", "l"),
        ("Contract limits", "r"),
        ("Technical limits", "r"),
        ("Territory", "l"),
        ("Operator", "l"),
    ]
    caption = (
        f"The smallest cut between all suppliers and all markets, {view.unit}, {view.year}: nothing else limits what can "
        "leave"
    )
    return Table(caption, columns, rows)


def bypass(view: NetworkView, power: str) -> Table:
    """Each route after a power has closed what it controls and everyone has diverted."""
    desk = view.desk
    rows: list[list[Cell]] = []
    for route in desk.layout.routes:
        if route.commodity != view.commodity or route.scope != "home" or not view.row("modelled_flow", route.id):
            continue
        observed = desk.fig(f"flow_{view.quantity}", route.id, "", view.commodity, view.year, unit="")
        cells: list[Cell] = [desk.route(route.id), observed]
        for reading in ("contract", "technical"):
            cells += [
                view.cell("bypass_flow", route.id, power, reading),
                view.cell("bypass_spare", route.id, power, reading),
            ]
        rows.append(cells)
    columns = [
        ("Route", "l"), ("Observed before", "r"), ("After, contract", "r"), ("room left", "r"), ("After, technical", "r"),
        ("room left", "r"),
    ]  # fmt: skip
    foot = (
        "Room left is what every link of the route could still carry when all have diverted: room that no cargo can "
        "reach is no bypass.",
    )
    caption = f"What is left of each bypass if {desk.name(power)} withdraws, {view.unit}, {view.year}"
    return Table(caption, columns, rows, foot)
