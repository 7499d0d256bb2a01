"""Analysis: economic interdependence, corridors, and the cost of withdrawal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from equipoise.brief import charts
from equipoise.brief.atlas import Drawn, corridor_map
from equipoise.brief.desk import Desk, joined
from equipoise.brief.document import Absent, Block, Cell, Chart, Figure, Paragraph, Section, Table
from equipoise.brief.numbers import amount

__all__ = ["economy"]

READINGS = (
    ("buyer", "By buyer"),
    ("territory", "By territory entered first"),
    ("pipe_ownership", "By owner of the pipes"),
    ("field_ownership", "By owner of the barrels"),
    ("operator", "By operator"),
    ("jurisdiction", "By jurisdiction (overlap)"),
)
CHANNELS = (
    ("oil", "Crude oil"), ("containers", "Containers in transit"), ("uranium", "Uranium"), ("coal", "Coal"), ("gas", "Gas"), ("grain", "Grain"),
    ("goods_exports", "Goods exports"), ("goods_imports", "Goods imports"), ("arms", "Arms imports"), ("debt", "External debt"),
    ("investment", "Direct investment"), ("transfers_out", "Transfers out"), ("internet", "Internet traffic"),
)  # fmt: skip


def economy(desk: Desk) -> list[Section]:
    """The economic part of the analysis."""
    return [
        Section("interdependence", "Economic interdependence", _interdependence(desk), 2),
        Section("corridors", "Corridors", _corridors(desk), 2),
        Section("withdrawal", "What withdrawal would cost", _withdrawal(desk), 2),
    ]


# --- interdependence -------------------------------------------------------------------------------------------------


def _interdependence(desk: Desk) -> list[Block]:
    commodity = desk.main_commodity
    blocks: list[Block] = []
    blocks += desk.say(
        "How much of the oil depends on one neighbour? It depends on the definition, and all three are printed: {pipe} goes by the one pipe, "
        "{territory} crosses the territory, {equity} of that pipe’s capital is held by the state.",
        pipe=desk.fig("oil_share_by_definition", desk.home, desk.worst, "pipe", str(desk.year)),
        territory=desk.fig("oil_share_by_definition", desk.home, desk.worst, "territory", str(desk.year)),
        equity=desk.fig("oil_share_by_definition", desk.home, desk.worst, "equity", str(desk.year)),
    )
    if commodity:
        blocks += [
            chart for chart in (_readings_chart(desk, commodity), _concentration_chart(desk, commodity)) if chart
        ]
    blocks += [_channel_table(desk), _trade_table(desk)]
    return blocks or [Absent("The ledger holds no shares by partner.")]


def _reading_rows(desk: Desk, commodity: str) -> list[dict[str, Any]]:
    """The latest shares of the named actors in each reading."""
    found: list[dict[str, Any]] = []
    for reading, title in READINGS:
        measure = "exposure_crossing" if reading == "jurisdiction" else "exposure_share"
        rows = desk.notes.rows(measure, subject=desk.home, item=f"{commodity}.{reading}")
        if rows:
            latest = max(str(row["period"]) for row in rows)
            found += [{**row, "reading": f"{title}, {latest}"} for row in rows if row["period"] == latest]
    return found


def _readings_chart(desk: Desk, commodity: str) -> Chart | None:
    rows = _reading_rows(desk, commodity)
    if not rows:
        return None
    weight: dict[str, float] = {}
    for row in rows:
        weight[row["object"]] = max(weight.get(row["object"], 0.0), row["value"])
    blocs = {power for power in desk.case.powers if len(desk.case.members(power)) > 5}
    hidden = {m for bloc in blocs if bloc in weight for m in desk.case.members(bloc)} - blocs
    actors = [
        a for a in sorted(weight, key=lambda a: -weight[a]) if a not in hidden and weight[a] >= 0.02 and a != "OTHER"
    ][:9]
    names = [desk.name(actor) for actor in actors]
    values, table = [], []
    for row in rows:
        if row["object"] in actors:
            figure = desk.notes.of(row)
            told = f"{row['reading']}: {desk.name(row['object'])} {figure.plain}"
            values.append({"reading": row["reading"], "actor": desk.name(row["object"]), "id": row["object"], "share": row["value"],
                           "low": row["low"], "high": row["high"], "label": f"{figure.text}%", "told": told})  # fmt: skip
    columns = list(dict.fromkeys(row["reading"] for row in rows))
    for actor in actors:
        cells: list[Cell] = [desk.name(actor)]
        for column in columns:
            row = next((r for r in rows if r["reading"] == column and r["object"] == actor), None)
            cells.append(desk.notes.of(row) if row else None)
        table.append(cells)
    return Chart(
        "readings",
        f"One commodity, six answers: who holds the exports of {desk.name(commodity).lower()}",
        f"Bars show the share of each actor in each reading; lines show its range. By buyer the exports are spread; by territory and by "
        f"operator {desk.name(desk.worst)} holds nearly all.",
        charts.readings(values, columns, names, narrow=False),
        charts.readings(values, columns, names, narrow=True),
        Table("Shares by reading", [("Actor", "l"), *((column, "r") for column in columns)], table),
        (
            "Shares of one reading sum to its coverage, but for jurisdiction, where several laws reach the same tonne. An empty cell means no share in that reading.",
        ),
    )


def _concentration_chart(desk: Desk, commodity: str) -> Chart | None:
    wanted = {"buyer": "by buyer", "territory": "by territory", "field_ownership": "by owner of the barrels"}
    values, table = [], []
    for reading, title in wanted.items():
        rows = sorted(
            desk.notes.rows("exposure_hhi", subject=desk.home, item=f"{commodity}.{reading}"),
            key=lambda r: str(r["period"]),
        )
        values += [
            {
                "year": int(row["period"]),
                "reading": title,
                "value": row["value"],
                "low": row["low"],
                "high": row["high"],
            }
            for row in rows
        ]
        table.append(
            [
                title,
                *(
                    desk.fig("exposure_hhi", desk.home, "", f"{commodity}.{reading}", str(y))
                    for y in range(desk.year - 10, desk.year + 1)
                ),
            ]
        )
    if len({row["reading"] for row in values}) < 2:
        return None
    return Chart(
        "concentration",
        "The same exports, concentrated or not",
        "Hirschman-Herfindahl index by year: near 0.1 by buyer, above 0.9 by territory in every year that can be read.",
        charts.two_concentrations(values, narrow=False),
        charts.two_concentrations(values, narrow=True),
        Table(
            "Concentration index by year",
            [("Reading", "l"), *((str(y), "r") for y in range(desk.year - 10, desk.year + 1))],
            table,
        ),
    )


def _channel_table(desk: Desk) -> Table:
    """The largest holder of every channel in every reading, or nothing where nobody published it."""
    rows: list[list[Cell]] = []
    for channel, title in CHANNELS:
        cells: list[Cell] = [title]
        for readings, lost in ((("buyer", "supplier", "creditor", "owner", "receiver"), ""), (("territory",), "territory"),
                               (("pipe_ownership",), "ownership"), (("operator",), "operator"), ((), "jurisdiction")):  # fmt: skip
            cells.append(_holder(desk, channel, readings) or _loser(desk, channel, lost))
        rows.append(cells)
    columns = [
        ("Channel", "l"),
        ("Buyer, supplier, creditor", "l"),
        ("Territory", "l"),
        ("Ownership", "l"),
        ("Operator", "l"),
        ("Jurisdiction", "l"),
    ]
    foot = (
        "Largest holder and its share. Where flows by route were not observed, the share is what is lost when the holder’s links are removed, after best rerouting (“lost”). Empty: nobody published it.",
    )
    return Table("Every channel in five readings: the largest holder", columns, rows, foot)


def _holder(desk: Desk, channel: str, readings: tuple[str, ...]) -> Cell:
    for reading in readings:
        rows = desk.notes.rows("exposure_share", subject=desk.home, item=f"{channel}.{reading}")
        if rows:
            latest = max((str(row["period"]) for row in rows), key=lambda p: (p.split("/")[-1], p))
            row = max((r for r in rows if r["period"] == latest), key=lambda r: r["value"])
            return [f"{desk.name(row['object'])} ", desk.notes.of(row), f" {_short(latest)}"]
    return None


def _loser(desk: Desk, channel: str, kind: str) -> Cell:
    rows = desk.notes.rows("exposure_lost", subject=desk.home, item=f"{channel}.{kind}") if kind else []
    strong = [row for row in rows if row["value"] > 0]
    if not strong:
        return None
    latest = max(str(row["period"]) for row in strong)
    row = max((r for r in strong if r["period"] == latest), key=lambda r: r["value"])
    return [f"{desk.name(row['object'])} ", desk.notes.of(row), f" lost, {latest}"]


def _short(period: str) -> str:
    return period.replace("/", "–") if len(period) == 9 else period.split("/")[-1][:4]


def _trade_table(desk: Desk) -> Table:
    """Goods trade with the powers and the larger partners, both mirrors where the partner's books are in the ledger."""
    years = [
        int(row["period"])
        for row in desk.notes.rows("export_value", subject=desk.home, item="goods")
        if len(row["period"]) == 4 and row["object"] != "WLD"
    ]
    year = str(max(years)) if years else ""
    exports = {
        str(r["object"]): r
        for r in desk.notes.rows("exposure_share", subject=desk.home, item="goods_exports.buyer", period=year)
    }
    imports = {
        str(r["object"]): r
        for r in desk.notes.rows("exposure_share", subject=desk.home, item="goods_imports.supplier", period=year)
    }
    both = {
        p: exports.get(p, {"value": 0})["value"] + imports.get(p, {"value": 0})["value"] for p in {*exports, *imports}
    }
    rows: list[list[Cell]] = []
    for partner in sorted(both, key=lambda p: -both[p])[:14]:
        gap = [
            desk.latest("mirror_gap", desk.home, partner, f"{way}.goods", ranged=False)
            for way in ("exports", "imports")
        ]
        rows.append([
            desk.name(partner),
            desk.fig("export_value", desk.home, partner, "goods", year, digits=3, unit=""),
            desk.notes.of(exports[partner]) if partner in exports else None,
            desk.fig("import_value", desk.home, partner, "goods", year, digits=3, unit=""),
            desk.notes.of(imports[partner]) if partner in imports else None,
            *([figure, f" {period}"] if figure else None for figure, period in gap),
        ])  # fmt: skip
    columns = [
        ("Partner", "l"),
        ("Exports, mn USD", "r"),
        ("share", "r"),
        ("Imports, mn USD", "r"),
        ("share", "r"),
        ("Partner’s report, exports", "r"),
        ("imports", "r"),
    ]
    return Table(f"Goods trade by partner, {year}, and how far the partner’s own report differs", columns, rows,
                 ("The gap is partner’s report less own report, over own report; nothing is corrected, both stand in the ledger.",))  # fmt: skip


# --- corridors -------------------------------------------------------------------------------------------------------


def _corridors(desk: Desk) -> list[Block]:
    commodity = desk.main_commodity
    if not commodity:
        return [Absent("The case holds no network that can be solved with prices and costs.")]
    blocks: list[Block] = [_map(desk, commodity)]
    fit = _fit(desk, commodity)
    blocks += [fit, _errors(desk, commodity)] if fit else []
    blocks += _misfits(desk, commodity)
    blocks += [_bottlenecks(desk, commodity), _cuts(desk, commodity), _bypass(desk, commodity)]
    return blocks


def _map(desk: Desk, commodity: str) -> Chart:
    item, year = f"{commodity}.contract", _last_year(desk, commodity)
    places = {
        row["place"]: (float(row["longitude"]), float(row["latitude"]))
        for row in desk.case.table("places").iter_rows(named=True)
    }
    drawn, ends, seen = [], {}, set()
    for link in desk.layout.links:
        row = desk.notes.row("link_flow_mass", link["link"], "", item, year)
        if row is None or link["commodity"] != commodity:
            continue
        states = [state for state in link["territory"].split(";") if state]
        controller = next((state for state in states if state != desk.home), desk.home)
        capacity = _capacity(desk, link["link"], year)
        if row["value"] < 0.05 and not capacity:
            continue
        told = f"{link['link'].replace('_', ' ')}: {amount(row['value'])} Mt of {capacity or 'unknown capacity'}; {joined([desk.name(s) for s in states])}"
        drawn.append(Drawn(_points(link, places), row["value"], controller, told))
        if row["value"] >= 0.05:
            seen.add(controller)
            ends[link["from"]] = ends[link["to"]] = True
    labels = _map_labels(desk, commodity, year, places, ends)
    legend = [(actor, desk.name(actor)) for actor in sorted(seen, key=lambda a: (a != desk.home, a))]
    table = _map_table(desk, commodity, item, year)
    return Chart(
        "map",
        f"Corridors of {desk.name(commodity).lower()}, {year}: modelled flow under contract limits",
        "Lines are as wide as the flow and coloured by the first foreign state that controls the link; numbers are the flow of each route and what "
        "its tightest link could carry; dashed lines exist but carry nothing. Sea legs and pipes are drawn approximately.",
        corridor_map(drawn, labels, desk.home, legend, narrow=False),
        corridor_map(drawn, [label for label in labels if not label.get("far")], desk.home, legend, narrow=True),
        table,
        ("Boundaries: Natural Earth, as they run on the ground; no position on any of them is implied.",),
    )


def _map_labels(
    desk: Desk, commodity: str, year: str, places: dict[str, tuple[float, float]], ends: dict[str, bool]
) -> list[dict[str, Any]]:
    """Names of the places that matter, and the flow of each route at its decisive link."""
    labels: list[dict[str, Any]] = []
    for row in desk.case.table("places").iter_rows(named=True):
        if row["label"] and row["place"] in ends:
            longitude, latitude = places[row["place"]]
            far = latitude > 55 or longitude < 30 or longitude > 78
            labels.append({"longitude": longitude, "latitude": latitude, "text": row["label"], "side": "r", "far": far})
    links = {link["link"]: link for link in desk.layout.links}
    for route in desk.layout.routes:
        row = desk.notes.row("modelled_flow_mass", route.id, "", f"{commodity}.contract", year)
        if row and row["value"] >= 0.5 and route.scope == "home":
            longest = max((links[link] for link in route.links if link in links), key=desk.layout.length)
            at = _middle(longest, places)
            labels.append(
                {
                    "longitude": at[0],
                    "latitude": at[1],
                    "text": _load(desk, route.links, row["value"], year),
                    "side": "c",
                    "loud": True,
                }
            )
    kept: list[dict[str, Any]] = []
    for label in sorted(labels, key=lambda one: not one.get("loud")):
        near = (
            abs(label["longitude"] - k["longitude"]) < 1.6 and abs(label["latitude"] - k["latitude"]) < 0.6
            for k in kept
        )
        if not any(near):
            kept.append(label)
    return kept


def _middle(link: dict[str, str], places: dict[str, tuple[float, float]]) -> tuple[float, float]:
    """A point halfway along a link as it is drawn."""
    points = _points(link, places)
    return (
        points[len(points) // 2]
        if len(points) > 2
        else ((points[0][0] + points[1][0]) / 2, (points[0][1] + points[1][1]) / 2)
    )


def _points(link: dict[str, str], places: dict[str, tuple[float, float]]) -> list[tuple[float, float]]:
    via = [tuple(float(x) for x in point.split()) for point in link["via"].split(";") if point.strip()]
    return [places[link["from"]], *((x, y) for x, y in via), places[link["to"]]]


def _load(desk: Desk, links: Sequence[str], flow: float, year: str) -> str:
    """A flow, and what the tightest link of the route could carry."""
    limits = [min(row["value"] for row in rows) for link in links if (rows := _capacity_rows(desk, link, year))]
    return f"{amount(flow)} of {amount(min(limits))} Mt" if limits else f"{amount(flow)} Mt"


def _map_table(desk: Desk, commodity: str, item: str, year: str) -> Table:
    rows: list[list[Cell]] = []
    for link in desk.layout.links:
        row = desk.notes.row("link_flow_mass", link["link"], "", item, year)
        if row and link["commodity"] == commodity and row["value"] >= 0.05:
            control = [desk.name(state) for state in link["territory"].split(";") if state]
            rows.append(
                [
                    f"{desk.name(link['from'])} – {desk.name(link['to'])}",
                    desk.notes.of(row, unit=""),
                    _capacity_cell(desk, link["link"], year),
                    joined(control),
                ]
            )
    return Table(
        f"Flow and capacity of each link, Mt a year, {year}",
        [("Link", "l"), ("Flow", "r"), ("Capacity", "r"), ("Territory", "l")],
        rows,
    )


def _capacity_rows(desk: Desk, link: str, year: str) -> list[dict[str, Any]]:
    kinds = ("technical", "net_spare", "contract", "quota", "quality")
    return [row for kind in kinds if (row := desk.notes.row("capacity_mass", link, "", kind, year))]


def _capacity_cell(desk: Desk, link: str, year: str) -> Cell:
    rows = _capacity_rows(desk, link, year)
    return desk.notes.of(min(rows, key=lambda row: row["value"]), unit="", digits=3) if rows else None


def _capacity(desk: Desk, link: str, year: str) -> str:
    rows = _capacity_rows(desk, link, year)
    return f"{amount(min(row['value'] for row in rows), 3)} Mt" if rows else ""


def _last_year(desk: Desk, commodity: str) -> str:
    return max(str(row["period"]) for row in desk.notes.rows("modelled_rent", item=f"{commodity}.contract"))


def _target_routes(desk: Desk, commodity: str) -> list[tuple[str, str]]:
    """Routes whose observed flow the model must come near: id and name, the largest first."""
    measure = "flow_error_mass"
    found = {str(row["subject"]) for row in desk.notes.rows(measure, item=f"{commodity}.contract")}
    size = {
        route: max((row["value"] for row in desk.notes.rows("flow_mass", subject=route, item=commodity)), default=0.0)
        for route in found
    }
    return [(route, desk.route(route)) for route in sorted(found, key=lambda r: -size[r])]


def _fit_years(desk: Desk, commodity: str) -> list[str]:
    return sorted({str(row["period"]) for row in desk.notes.rows("flow_error_mass", item=f"{commodity}.contract")})


def _fit(desk: Desk, commodity: str) -> Chart | None:
    item = f"{commodity}.contract"
    routes = _target_routes(desk, commodity)
    values = []
    for route, name in routes:
        for year in _fit_years(desk, commodity):
            model = desk.notes.row("modelled_flow_mass", route, "", item, year) or desk.notes.row(
                "modelled_export_mass", desk.home, "", item, year
            )
            seen = desk.notes.row("flow_mass", route, "", commodity, year)
            if model and seen and desk.notes.row("flow_error_mass", route, "", item, year):
                told = f"{name} {year}: modelled {amount(model['value'])}, observed {amount(seen['value'])} Mt"
                values.append(
                    {
                        "year": year,
                        "route": name,
                        "modelled": model["value"],
                        "low": model["low"],
                        "high": model["high"],
                        "observed": seen["value"],
                        "told": told,
                    }
                )
    if not values:
        return None
    return Chart(
        "fit",
        "The network held against what happened, Mt a year",
        "Red points are observed flows, the dark tick is the modelled flow at central inputs, the pale bar its band over redraws of every input. Nothing was tuned.",
        charts.fit(values, [name for _, name in routes], narrow=False),
        charts.fit(values, [name for _, name in routes], narrow=True),
    )


def _errors(desk: Desk, commodity: str) -> Table:
    """Modelled less observed, by route and year."""
    years = _fit_years(desk, commodity)
    rows: list[list[Cell]] = [
        [
            name,
            *(
                _signed(desk.fig("flow_error_mass", route, "", f"{commodity}.contract", year, unit="", ranged=False))
                for year in years
            ),
        ]
        for route, name in _target_routes(desk, commodity)
    ]
    return Table(
        "Modelled less observed, Mt, contract limits", [("Route", "l"), *((year, "r") for year in years)], rows
    )


def _signed(figure: Figure | None) -> Cell:
    if figure is None:
        return None
    return replace(figure, text=figure.text if figure.text[0] in "−>0" else f"+{figure.text}")


def _misfits(desk: Desk, commodity: str) -> list[Paragraph]:
    """What the model misses, and why."""
    rows = desk.case.table("routes").iter_rows(named=True)
    reasons = [
        f"{row['name']}: {row['misfit']}"
        for row in rows
        if row["misfit"] and row["commodity"] == commodity and row["target"] == "1"
    ]
    made = [Paragraph([f"{reason[:1].upper()}{reason[1:]}."], "point") for reason in reasons]
    cost, year = desk.latest("split_cost", desk.home, "", f"{commodity}.contract")
    made += desk.say(
        f"Where the split differs, little money decides it: by the ways that were used shippers gave up {{cost}} of misplaced crude ({year}). "
        "Use the model for capacity and loss, not for the split of the last ten million tonnes.",
        cost=cost,
    )
    return made


def _bottlenecks(desk: Desk, commodity: str) -> Table:
    year = _last_year(desk, commodity)
    found = {
        str(row["subject"]): row["value"]
        for reading in ("contract", "technical")
        for row in desk.notes.rows("capacity_price", item=f"{commodity}.{reading}", period=year)
        if row["value"] > 0.5
    }
    links = {link["link"]: link for link in desk.layout.links}
    rows: list[list[Cell]] = []
    for link in sorted(found, key=lambda name: -found[name]):
        row = links[link]
        rows.append([
            f"{desk.name(row['from'])} – {desk.name(row['to'])}",
            _capacity_cell(desk, link, year),
            desk.fig("capacity_price", link, "", f"{commodity}.contract", year, unit=""),
            desk.fig("capacity_price", link, "", f"{commodity}.technical", year, unit=""),
            joined([desk.name(state) for state in row["territory"].split(";") if state]),
        ])  # fmt: skip
    columns = [
        ("Bottleneck", "l"),
        ("Capacity, Mt a year", "r"),
        ("USD/t, contract limits", "r"),
        ("USD/t, technical limits", "r"),
        ("Who can shut it", "l"),
    ]
    return Table(f"In peace: what one more tonne of capacity would earn, {year}", columns, rows)


def _cuts(desk: Desk, commodity: str) -> Table:
    year = _last_year(desk, commodity)
    links = {link["link"]: link for link in desk.layout.links}
    rows: list[list[Cell]] = []
    for reading in ("contract", "technical"):
        members = desk.notes.rows("cut_link_mass", object=desk.home, item=f"{commodity}.{reading}", period=year)
        for row in sorted(members, key=lambda r: -r["value"]):
            link = links[str(row["subject"])]
            states = [desk.name(state) for state in link["territory"].split(";") if state]
            rows.append(
                [
                    reading.capitalize(),
                    f"{desk.name(link['from'])} – {desk.name(link['to'])}",
                    desk.notes.of(row, unit=""),
                    joined(states),
                    link["operator"] or None,
                ]
            )
        total = desk.fig("cut_mass", desk.home, "", f"{commodity}.{reading}", year, unit="")
        if members and total:
            rows.append([reading.capitalize(), "The whole cut", total, None, None])
    columns = [("Limits", "l"), ("Link", "l"), ("Mt a year", "r"), ("Territory", "l"), ("Operator", "l")]
    return Table(
        f"The smallest cut between the fields and all markets, {year}: nothing else limits what can leave",
        columns,
        rows,
    )


def _bypass(desk: Desk, commodity: str) -> Table:
    year, power = _last_year(desk, commodity), desk.worst
    rows: list[list[Cell]] = []
    for route in desk.layout.routes:
        if (
            route.commodity != commodity
            or route.scope != "home"
            or not desk.notes.row("modelled_flow_mass", route.id, "", f"{commodity}.contract", year)
        ):
            continue
        cells: list[Cell] = [desk.route(route.id), desk.fig("flow_mass", route.id, "", commodity, year, unit="")]
        for reading in ("contract", "technical"):
            item = f"{commodity}.{reading}"
            cells += [
                desk.fig("bypass_flow_mass", route.id, power, item, year, unit=""),
                desk.fig("bypass_spare_mass", route.id, power, item, year, unit=""),
            ]
        rows.append(cells)
    columns = [
        ("Route", "l"),
        ("Observed before", "r"),
        ("After, contract", "r"),
        ("room left", "r"),
        ("After, technical", "r"),
        ("room left", "r"),
    ]
    foot = (
        "Room left is what every link of the route could still carry when all have diverted: room that no tonne can reach is no bypass.",
    )
    return Table(f"What is left of each bypass if {desk.name(power)} withdraws, Mt a year, {year}", columns, rows, foot)


# --- withdrawal ------------------------------------------------------------------------------------------------------


def _withdrawal(desk: Desk) -> list[Block]:
    if not desk.worst:
        return [Absent("The withdrawal of no power could be studied.")]
    return [
        _singles(desk), _volumes(desk), _coalitions(desk), _insurance(desk), _attribution(desk),
        Paragraph([
            "Security guarantees are never turned into money. Sales lost are gross; rent is sales less transport and the cost saved by not producing. "
            "World prices are held constant. Attribution by Shapley’s and Owen’s rules is accounting: neither blame nor bargaining power."
        ], "small"),
    ]  # fmt: skip


def _singles(desk: Desk) -> Table:
    horizons = [str(row["horizon"]) for row in desk.case.table("horizons").iter_rows(named=True)]
    order = sorted(horizons, key=lambda h: (h[-1] == "y", int("".join(c for c in h if c.isdigit()) or 0)))
    names = dict(desk.case.table("horizons").select("horizon", "name").iter_rows())
    rows: list[list[Cell]] = []
    for power in desk.powers:
        cells: list[Cell] = [desk.name(power)]
        cells += [desk.fig("withdrawal_loss", desk.home, power, "", f"{desk.year}+{h}", unit="") for h in order]
        cells.append(desk.fig("withdrawal_loss", desk.home, power, "technical", desk.period, unit=""))
        cells.append(desk.fig("withdrawal_rent", desk.home, power, desk.main_commodity, desk.period, unit=""))
        cells.append(desk.fig("worst_power_share", desk.home, power, "", desk.period, ranged=False))
        rows.append(cells)
    columns = [
        ("If … withdraws", "l"),
        *((names[h].capitalize(), "r") for h in order),
        ("One year, technical limits", "r"),
        ("Rent lost, bn USD", "r"),
        ("Worst of all in", "r"),
    ]
    foot = (
        "% of GDP at a yearly rate. Three months: contract limits less what tanks absorb; five to ten years: technical limits with announced capacity. The last column says tie below 80 %.",
    )
    return Table("Loss of export rent if one power withdraws alone, % of GDP a year", columns, rows, foot)


def _volumes(desk: Desk) -> Table:
    """Everything that is lost, in natural units: most of it has no price in the ledger and is not in the loss."""
    found = []
    for commodity, row in desk.layout.commodities.items():
        if row["base_year"]:
            found.append((commodity, f"withdrawal_lost_{row['quantity']}", f"{row['base_year']}+{desk.horizon}"))
    rows: list[list[Cell]] = []
    for power in desk.powers:
        rows.append(
            [
                desk.name(power),
                *(
                    desk.fig(measure, desk.home, power, commodity, period, unit="")
                    for commodity, measure, period in found
                ),
            ]
        )
    units = {"mass": "Mt", "containers": "thousand TEU", "uranium": "tU", "gas": "bcm"}
    columns = [
        ("If … withdraws", "l"),
        *((f"{desk.name(c)}, {units[desk.layout.commodities[c]['quantity']]} ({p[:4]})", "r") for c, _, p in found),
    ]
    foot = (
        "Lost in a year after best rerouting, contract limits. Only crude has both prices and costs and enters the loss in % of GDP; the rest stays in its own unit. Grain has no published link capacities: zero there means that none was found, not that none exists.",
    )
    return Table("What would not move, commodity by commodity", columns, rows, foot)


def _coalitions(desk: Desk) -> Table:
    """The coalitions that cost most, of each size."""
    every = desk.notes.rows("withdrawal_loss", subject=desk.home, item="", period=desk.period)
    rows: list[list[Cell]] = []
    for size, shown in ((1, 3), (2, 5), (3, 3), (len(desk.case.powers), 1)):
        of_size = sorted(
            (row for row in every if str(row["object"]).count("+") == size - 1), key=lambda row: -row["value"]
        )
        for row in of_size[:shown]:
            coalition = str(row["object"])
            lost = desk.fig("withdrawal_lost_mass", desk.home, coalition, desk.main_commodity, desk.period, unit="")
            rent = desk.fig("withdrawal_rent", desk.home, coalition, desk.main_commodity, desk.period, unit="")
            name = (
                "All of them" if size == len(desk.case.powers) else joined([desk.name(p) for p in coalition.split("+")])
            )
            rerouted = desk.fig(
                "withdrawal_rerouted_mass", desk.home, coalition, desk.main_commodity, desk.period, unit=""
            )
            rows.append([name, desk.notes.of(row, unit=""), rent, lost, rerouted])
    columns = [
        ("If … withdraw together", "l"),
        ("% of GDP a year", "r"),
        ("Rent, bn USD", "r"),
        ("Lost, Mt", "r"),
        ("Rerouted, Mt", "r"),
    ]
    foot = (
        f"The worst of the {2 ** len(desk.case.powers) - 1} coalitions of each size; one year, contract limits. `equipoise withdraw` prints them all.",
    )
    return Table("Coalitions", columns, rows, foot)


def _insurance(desk: Desk) -> Table:
    """Who is whose insurance: the joint loss less the two single losses."""
    powers = [p for p in desk.powers]
    heat: dict[tuple[int, int], float] = {}
    rows: list[list[Cell]] = []
    for i, first in enumerate(powers):
        cells: list[Cell] = [desk.name(first)]
        for j, second in enumerate(powers):
            a, b = sorted((first, second))
            figure = desk.fig("backup_value", a, b, "", desk.period, unit="", ranged=False) if j < i else None
            cells.append(_signed(figure))
            value = desk.notes.value("backup_value", a, b, "", desk.period) if j < i else None
            if value is not None and abs(value) > 0.005:
                heat[i, j + 1] = value
        rows.append(cells)
    columns = [("", "l"), *((desk.name(power), "r") for power in powers)]
    foot = (
        "Percentage points of GDP: loss of the two together less the sum of their single losses. Above zero each is the other’s way round, and losing both is worse than the sum; below zero they hold the same channels, and a sum would count the loss twice.",
    )
    return Table("Who is whose insurance", columns, rows, foot, heat)


def _attribution(desk: Desk) -> Table:
    rows: list[list[Cell]] = []
    for power in desk.powers:
        parts = sorted(desk.notes.rows("owen_share", subject=power, period=desk.period), key=lambda row: -row["value"])
        through: list[Any] = []
        for row in [r for r in parts if r["value"] >= 0.01][:4]:
            through += ["; " if through else "", f"{desk.name(str(row['object']))} ", desk.notes.of(row, unit="")]
        rows.append([desk.name(power), desk.fig("shapley_share", power, "", "", desk.period, unit=""), through or None])
    columns = [("Power", "l"), ("Share of the joint loss, % of GDP", "r"), ("Through which corridor (Owen)", "l")]
    return Table("The joint loss of all, divided by order of leaving (Shapley) and by corridor (Owen)", columns, rows)
