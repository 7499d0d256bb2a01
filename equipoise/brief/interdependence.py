"""Analysis: economic interdependence, the readings side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from equipoise.brief import charts
from equipoise.brief.desk import Desk, joined
from equipoise.brief.document import Absent, Block, Cell, Chart, Table

__all__ = ["CHANNELS", "channels", "interdependence", "missing_channels", "trade"]

READINGS = (
    ("buyer", "By buyer"),
    ("territory", "By territory entered first"),
    ("pipe_ownership", "By owner of the pipes"),
    ("field_ownership", "By owner of the barrels"),
    ("operator", "By operator"),
    ("jurisdiction", "By jurisdiction (overlap)"),
)
CHANNELS = {
    "oil": "Crude oil", "containers": "Containers in transit", "uranium": "Uranium", "coal": "Coal", "gas": "Gas",
    "grain": "Grain", "goods_exports": "Goods exports", "goods_imports": "Goods imports", "arms": "Arms imports",
    "debt": "External debt", "investment": "Direct investment", "transfers_out": "Transfers out",
    "internet": "Internet traffic",
}  # fmt: skip
PARTNERS = ("buyer", "supplier", "creditor", "owner", "receiver", "sender")
SHOWN_ACTORS, SHOWN_PARTNERS = 9, 12


def interdependence(desk: Desk) -> list[Block]:
    """Who buys, who is crossed, who owns, who operates, whose law reaches: side by side, never merged."""
    commodity = desk.main_commodity
    shares = {
        name: desk.fig("oil_share_by_definition", desk.home, desk.worst, name, str(desk.year))
        for name in ("pipe", "territory", "equity")
    }
    blocks: list[Block] = []
    blocks += desk.say(
        "How much of the oil depends on one neighbour? It depends on the definition, and all three are printed: {pipe} "
        "goes by the main pipe, {territory} crosses the territory, {equity} of that pipe’s capital is held by the state.",
        **shares,
    )
    if commodity:
        pictures = (_readings_chart(desk, commodity), _concentration_chart(desk, commodity))
        blocks += [chart for chart in pictures if chart]
    tables = (channels(desk), trade(desk))
    blocks += [table for table in tables if table.rows]
    return blocks or [Absent("The ledger holds no shares by partner.")]


def _readings_chart(desk: Desk, commodity: str) -> Chart | None:
    rows = _latest_shares(desk, commodity)
    if not rows:
        return None
    actors = _largest_actors(desk, rows)
    columns = list(dict.fromkeys(str(row["reading"]) for row in rows))
    values = []
    for row in (row for row in rows if row["object"] in actors):
        figure, name = desk.notes.of(row), desk.name(row["object"])
        values.append(
            {"reading": row["reading"], "actor": name, "id": row["object"], "share": row["value"], "low": row["low"],
             "high": row["high"], "label": f"{figure.text}%", "told": f"{row['reading']}: {name} {figure.plain}"}
        )  # fmt: skip
    largest = []
    for column in columns:
        row = max((row for row in rows if row["reading"] == column), key=lambda r: r["value"])
        largest.append(f"{column.split(',')[0].lower()} {desk.name(row['object'])} {desk.notes.of(row).text} %")
    by_place = {(row["reading"], row["object"]): row for row in rows}
    table: list[list[Cell]] = []
    for actor in actors:
        found = (by_place.get((column, actor)) for column in columns)
        table.append([desk.name(actor), *(desk.notes.of(row) if row else None for row in found)])
    names = [desk.name(actor) for actor in actors]
    return Chart(
        "readings",
        f"One commodity, {_number(len(columns))} answers: who holds the exports of {desk.name(commodity).lower()}",
        f"Bars show the share of each actor in each reading, lines its range. The largest: {'; '.join(largest)}.",
        charts.readings(values, columns, names, narrow=False),
        charts.readings(values, columns, names, narrow=True),
        Table("Shares by reading", [("Actor", "l"), *((column, "r") for column in columns)], table),
        (
            "Shares of one reading sum to its coverage, but for jurisdiction, where several laws reach the same tonne. "
            "No bar: no share in that reading.",
        ),
    )


def _latest_shares(desk: Desk, commodity: str) -> list[dict[str, Any]]:
    """The latest shares of all actors in each reading."""
    found: list[dict[str, Any]] = []
    for reading, title in READINGS:
        measure = "exposure_crossing" if reading == "jurisdiction" else "exposure_share"
        rows = desk.notes.rows(measure, subject=desk.home, item=f"{commodity}.{reading}")
        if rows:
            latest = max(str(row["period"]) for row in rows)
            found += [{**row, "reading": f"{title}, {latest}"} for row in rows if row["period"] == latest]
    return found


def _largest_actors(desk: Desk, rows: Sequence[dict[str, Any]]) -> list[str]:
    """Actors to draw: a bloc instead of its members, nobody below two per cent in every reading."""
    weight: dict[str, float] = {}
    for row in rows:
        weight[row["object"]] = max(weight.get(row["object"], 0.0), row["value"])
    inside = {member for bloc in desk.blocs if bloc in weight for member in desk.case.members(bloc)} - set(desk.blocs)
    ranked = sorted(weight, key=lambda actor: -weight[actor])
    return [a for a in ranked if a not in inside and weight[a] >= 0.02 and a != "OTHER"][:SHOWN_ACTORS]


def _number(count: int) -> str:
    return {2: "two", 3: "three", 4: "four", 5: "five", 6: "six"}.get(count, str(count))


def _concentration_chart(desk: Desk, commodity: str) -> Chart | None:
    years = [str(year) for year in range(desk.year - 10, desk.year + 1)]
    wanted = {"buyer": "by buyer", "territory": "by territory", "field_ownership": "by owner of the barrels"}
    values: list[dict[str, Any]] = []
    table: list[list[Cell]] = []
    spans = []
    for reading, title in wanted.items():
        item = f"{commodity}.{reading}"
        every = desk.notes.rows("exposure_hhi", subject=desk.home, item=item)
        rows = sorted((row for row in every if row["period"] in years), key=lambda r: str(r["period"]))
        for row in rows:
            values.append(
                {
                    "year": int(row["period"]),
                    "reading": title,
                    "value": row["value"],
                    "low": row["low"],
                    "high": row["high"],
                }
            )
        if rows:
            ends = [desk.notes.of(row).text for row in sorted(rows, key=lambda r: float(r["value"]))]
            spans.append(f"{title} between {ends[0]} and {ends[-1]}")
        table.append([title, *(desk.fig("exposure_hhi", desk.home, "", item, year) for year in years)])
    if len({row["reading"] for row in values}) < 2:
        return None
    return Chart(
        "concentration",
        "The same exports, concentrated or not",
        f"Hirschman-Herfindahl index by year, 1 for a single holder: {'; '.join(spans)}.",
        charts.two_concentrations(values, narrow=False),
        charts.two_concentrations(values, narrow=True),
        Table("Concentration index by year", [("Reading", "l"), *((year, "r") for year in years)], table),
    )


def channels(desk: Desk) -> Table:
    """The largest holder of every channel in every reading, or nothing where nobody published it."""
    kinds = (
        (PARTNERS, ""), (("territory",), "territory"), (("pipe_ownership",), "ownership"), (("operator",), "operator"),
        ((), "jurisdiction"),
    )  # fmt: skip
    rows: list[list[Cell]] = []
    for channel, title in CHANNELS.items():
        cells = [_holder(desk, channel, readings) or _loser(desk, channel, lost) for readings, lost in kinds]
        if any(cells):
            rows.append([title, *cells])
    heads = ("Channel", "Buyer, supplier, creditor", "Territory", "Ownership", "Operator", "Jurisdiction")
    foot = (
        "Largest holder and its share. Where flows by route were not observed, the share is what is lost when the "
        "holder’s links are removed, after best rerouting (“lost”). Empty: nobody published it.",
    )
    columns = [(head, "l") for head in heads]
    return Table("Every channel in five readings: the largest holder", columns, rows, foot)


def _holder(desk: Desk, channel: str, readings: Sequence[str]) -> Cell:
    for reading in readings:
        rows = desk.notes.rows("exposure_share", subject=desk.home, item=f"{channel}.{reading}")
        if rows:
            latest = max((str(row["period"]) for row in rows), key=lambda p: (p.split("/")[-1], p))
            row = max((r for r in rows if r["period"] == latest), key=lambda r: float(r["value"]))
            return [f"{desk.name(row['object'])} ", desk.notes.of(row), f" {_short(latest)}"]
    return None


def _loser(desk: Desk, channel: str, kind: str) -> Cell:
    rows = desk.notes.rows("exposure_lost", subject=desk.home, item=f"{channel}.{kind}") if kind else []
    strong = [row for row in rows if row["value"] > 0]
    if not strong:
        return None
    latest = max(str(row["period"]) for row in strong)
    row = max((r for r in strong if r["period"] == latest), key=lambda r: float(r["value"]))
    return [f"{desk.name(row['object'])} ", desk.notes.of(row), f" lost, {latest}"]


def _short(period: str) -> str:
    return period.replace("/", "–") if len(period) == 9 else period.split("/")[-1][:4]


def trade(desk: Desk) -> Table:
    """Goods trade with the larger partners, both mirrors where the partner's books are in the ledger."""
    exports_of = desk.notes.rows("export_value", subject=desk.home, item="goods")
    years = [int(row["period"]) for row in exports_of if len(row["period"]) == 4 and row["object"] != "WLD"]
    year = str(max(years)) if years else ""
    exports, imports = (
        {str(r["object"]): r for r in desk.notes.rows("exposure_share", subject=desk.home, item=item, period=year)}
        for item in ("goods_exports.buyer", "goods_imports.supplier")
    )
    both = {
        partner: sum(float(side[partner]["value"]) for side in (exports, imports) if partner in side)
        for partner in {*exports, *imports}
    }
    rows: list[list[Cell]] = []
    for partner, name in _with_members(desk, both):
        gaps: list[Cell] = []
        for way in ("exports", "imports"):
            figure, period = desk.latest("mirror_gap", desk.home, partner, f"{way}.goods", ranged=False)
            gaps.append([figure, f" {period}"] if figure else None)
        rows.append([
            name,
            desk.fig("export_value", desk.home, partner, "goods", year, digits=3, unit=""),
            desk.notes.of(exports[partner]) if partner in exports else None,
            desk.fig("import_value", desk.home, partner, "goods", year, digits=3, unit=""),
            desk.notes.of(imports[partner]) if partner in imports else None,
            *gaps,
        ])  # fmt: skip
    columns = [
        ("Partner", "l"), ("Exports, mn USD", "r"), ("share", "r"), ("Imports, mn USD", "r"), ("share", "r"),
        ("Partner’s report, exports", "r"), ("imports", "r"),
    ]  # fmt: skip
    foot = (
        "The gap is the partner’s report less the own report, over the own report; nothing is corrected, both stand in "
        "the ledger. Members of a bloc are shown below it and counted in it.",
    )
    return Table(f"Goods trade by partner, {year}, and how far the partner’s own report differs", columns, rows, foot)


def _with_members(desk: Desk, size: dict[str, float]) -> list[tuple[str, str]]:
    """Partners, the largest first, the larger members of a bloc set below it: id and name as printed."""
    member_of = {member: bloc for bloc in desk.blocs if bloc in size for member in desk.case.members(bloc)}
    ranked = sorted(size, key=lambda partner: -size[partner])
    listed: list[tuple[str, str]] = []
    for partner in [p for p in ranked if member_of.get(p, p) == p][:SHOWN_PARTNERS]:
        listed.append((partner, desk.name(partner)))
        inside = [p for p in ranked if member_of.get(p) == partner and p != partner][:4]
        listed += [(p, f"of which {desk.name(p)}") for p in inside]
    return listed


def missing_channels(desk: Desk) -> str:
    """Channels of which the ledger holds no reading at all."""
    held = {str(row["item"]).split(".")[0] for row in desk.notes.rows("years_covered", subject=desk.home)}
    return joined([title.lower() for channel, title in CHANNELS.items() if channel not in held])
