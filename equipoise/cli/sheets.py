"""What the commands show: facts arranged as tables. The brief's own tables are used wherever it has them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from equipoise.brief import interdependence as trade
from equipoise.brief import withdrawal as losses
from equipoise.brief.corridors import NetworkView, bottlenecks, bypass, cuts, errors
from equipoise.brief.desk import Desk, joined, signed
from equipoise.brief.document import Block, Cell, Paragraph, Table

__all__ = ["corridors", "exposure", "other_state", "withdrawal", "withdrawal_by"]

KINDS = ("territory", "ownership", "operator", "jurisdiction", "market")
BAR = 10  # characters of the longest bar


_READINGS = {
    "exposure_share": "share of each holder; the shares of a reading sum to its coverage",
    "exposure_crossing": "share that the holder could touch; readings overlap",
    "exposure_lost": "share lost when the holder's links are removed, after best rerouting",
}

# --- exposure --------------------------------------------------------------------------------------------------------


def exposure(desk: Desk, channel: str = "", year: str = "") -> list[Block]:
    """The readings side by side, then everything that is never turned into money, in its natural unit."""
    if channel:
        tables = [_concentration(desk, channel)]
        tables += [_shares(desk, channel, year, measure, caption) for measure, caption in _READINGS.items()]
        return [table for table in tables if table.rows]
    tables = [
        _definitions(desk), trade.channels(desk), _concentration(desk), trade.trade(desk), _position(desk), _natural(desk),
        _investment(desk), _equity(desk), _memberships(desk),
    ]  # fmt: skip
    blocks: list[Block] = [table for table in tables if table.rows]
    return [*blocks, *_absent(desk)]


def other_state(desk: Desk, state: str) -> list[Block]:
    """What the data hold of a state that is not the home of the case."""
    shares = desk.notes.rows("exposure_share", subject=state)
    rows: list[list[Cell]] = []
    for item in sorted({str(row["item"]) for row in shares}):
        latest = max(str(row["period"]) for row in shares if row["item"] == item)
        largest = [row for row in shares if row["item"] == item and row["period"] == latest]
        largest.sort(key=lambda row: -float(row["value"]))
        named: list[Any] = []
        for row in largest[:4]:
            named += ["; " if named else "", f"{desk.name(row['object'])} ", desk.notes.of(row)]
        rows.append([_words(item), latest, named, desk.fig("exposure_coverage", state, "", item, latest)])
    columns = [("Channel and reading", "l"), ("Period", "l"), ("Largest", "l"), ("Coverage", "r")]
    table = Table(f"Shares by partner: {desk.name(state)}", columns, rows)
    blocks: list[Block] = [found for found in (table, _position(desk, state)) if found.rows]
    return blocks or [Paragraph([f"The data hold no reading of {desk.name(state)}."])]


def _definitions(desk: Desk) -> Table:
    rows = desk.notes.rows("oil_share_by_definition", subject=desk.home)
    years = sorted({str(row["period"]) for row in rows})
    powers = sorted({str(row["object"]) for row in rows})
    words = {"pipe": "by the main pipe", "territory": "by territory crossed", "equity": "by equity in that pipe"}
    made: list[list[Cell]] = []
    for power in powers:
        for item, title in words.items():
            cells = [desk.fig("oil_share_by_definition", desk.home, power, item, year, unit="") for year in years]
            if any(cells):
                made.append([f"{desk.name(power)}, {title}", *cells])
    return Table(
        "Share of oil exports that depends on one state, three definitions, %", _by_year("Definition", years), made
    )


def _by_year(head: str, years: Sequence[str]) -> list[tuple[str, str]]:
    return [(head, "l"), *((year, "r") for year in years)]


def _concentration(desk: Desk, channel: str = "") -> Table:
    """HHI and effective number by reading: of one channel year by year, or of all in their latest year."""
    every = desk.notes.rows("exposure_hhi", subject=desk.home)
    items = sorted({str(row["item"]) for row in every if not channel or str(row["item"]).split(".")[0] == channel})
    rows: list[list[Cell]] = []
    for item in items:
        periods = sorted({str(row["period"]) for row in every if row["item"] == item})
        for period in periods if channel else periods[-1:]:
            rows.append([
                _words(item),
                period,
                desk.fig("exposure_hhi", desk.home, "", item, period),
                desk.fig("exposure_effective_number", desk.home, "", item, period),
                desk.fig("exposure_coverage", desk.home, "", item, period),
            ])  # fmt: skip
    columns = [
        ("Channel and reading", "l"),
        ("Period", "l"),
        ("HHI", "r"),
        ("Effective number", "r"),
        ("Coverage", "r"),
    ]
    foot = ("HHI: 1 for a single holder. Coverage: the share of the total that named holders account for.",)
    return Table("Concentration", columns, rows, foot)


def _shares(desk: Desk, channel: str, year: str, measure: str, caption: str) -> Table:
    """Every holder of a channel in every reading that one measure has, in a year or the latest of each."""
    rows = [row for row in desk.notes.rows(measure, subject=desk.home) if str(row["item"]).split(".")[0] == channel]
    columns: dict[str, dict[str, dict[str, Any]]] = {}
    for item in sorted({str(row["item"]) for row in rows}):
        periods = sorted({str(row["period"]) for row in rows if row["item"] == item})
        period = year if year in periods else "" if year else periods[-1]
        if period:
            head = f"{item.split('.')[-1].replace('_', ' ')} {period}"
            columns[head] = {str(r["object"]): r for r in rows if r["item"] == item and r["period"] == period}
    size: dict[str, float] = {}
    for held in columns.values():
        for actor, row in held.items():
            size[actor] = max(size.get(actor, 0.0), float(row["value"]))
    made: list[list[Cell]] = []
    for actor in sorted(size, key=lambda a: (-size[a], a)):
        found = (held.get(actor) for held in columns.values())
        made.append([desk.name(actor), *(desk.notes.of(row) if row else None for row in found)])
    return Table(f"{_words(channel)}: {caption}", [("Holder", "l"), *((head, "r") for head in columns)], made)


def _position(desk: Desk, state: str = "") -> Table:
    who = state or desk.home
    others = [*desk.powers, *(str(row["object"]) for row in desk.notes.rows("joint_memberships", subject=who))]
    rows: list[list[Cell]] = []
    for other in dict.fromkeys(others):
        distance, year = desk.latest("alignment_distance", who, other, "final_passage")
        shared, _ = desk.latest("joint_memberships", who, other)
        if other != who and (distance or shared):
            rows.append([desk.name(other), distance, year or None, shared])
    columns = [("State", "l"), ("UN distance", "r"), ("Year", "r"), ("Organisations together", "r")]
    foot = (
        "Distance of ideal points in UN votes (final passage) with the 5-95 % band of its posterior: a place, no score.",
    )
    return Table(f"Where {desk.name(who)} stands", columns, rows, foot)


def _natural(desk: Desk) -> Table:
    """Channels that are never turned into money, each in its unit."""
    rows: list[list[Cell]] = []
    for measure, item in (
        ("worst_single_loss", ""), ("arms_hhi", ""), ("internet_transit_share", ""), ("internet_resilience", ""), ("external_debt", ""),
        ("language_share", "at_home.Russian"), ("media_channel_share", ""), ("students_abroad", "all"),
        ("remittances_out", ""), ("transfer_system_share", ""), ("electricity_consumption", ""), ("flow_power", ""),
        ("corridor_throughput", ""), ("corridor_revenue", ""), ("border_length", ""),
    ):  # fmt: skip
        found = [row for row in desk.notes.rows(measure, subject=desk.home) if not item or row["item"] == item]
        for other in sorted({(str(row["object"]), str(row["item"])) for row in found}):
            ours = [row for row in found if (str(row["object"]), str(row["item"])) == other]
            row = max(ours, key=lambda r: str(r["period"]))
            meaning = desk.case.measures[measure].meaning.split(";")[0].split(":")[0]
            rows.append([meaning, desk.name(other[0]), _words(other[1]), str(row["period"]), desk.notes.of(row)])
    columns = [("Measure", "l"), ("With", "l"), ("Of", "l"), ("Period", "l"), ("Figure", "r")]
    return Table("Channels in their natural units: no index, no score", columns, rows)


def _investment(desk: Desk) -> Table:
    """Direct investment by partner; gross and net, immediate and ultimate are different things and stand apart."""
    rows: list[list[Cell]] = []
    for measure in ("fdi_stock", "fdi_inflow", "fdi_inflow_cumulative"):
        for row in desk.notes.rows(measure, subject=desk.home):
            said = str(row["note"] or "") or None
            rows.append(
                [
                    _words(measure),
                    desk.name(row["object"]),
                    _words(row["item"]),
                    row["period"],
                    desk.notes.of(row),
                    said,
                ]
            )
    rows.sort(key=lambda cells: (str(cells[0]), str(cells[2]), str(cells[1]), str(cells[3])))
    columns = [("Measure", "l"), ("Partner", "l"), ("Definition", "l"), ("Period", "l"), ("Figure", "r"), ("Note", "l")]
    foot = ("Two definitions are never mixed: gross and net inflow, immediate and ultimate owner.",)
    return Table("Direct investment", columns, rows, foot)


def _equity(desk: Desk) -> Table:
    """Who owns fields and pipes, the latest account of each."""
    facts = desk.notes.rows("equity")
    made: dict[str, list[Cell]] = {}  # sections of one corridor have the same owners: one row
    for thing in sorted({str(row["object"]) for row in facts}, key=lambda t: (desk.section_or_name(t), t)):
        ours = [row for row in facts if row["object"] == thing]
        latest = max(str(row["period"]) for row in ours)
        parts: list[Any] = []
        for row in sorted((r for r in ours if r["period"] == latest), key=lambda r: -float(r["value"]))[:6]:
            parts += ["; " if parts else "", f"{desk.name(row['subject'])} ", desk.notes.of(row)]
        name = desk.section_or_name(thing)
        made.setdefault(name, [name, _span(latest), parts])
    rows = list(made.values())
    return Table("Equity in fields and pipes", [("What", "l"), ("Since", "l"), ("Owners", "l")], rows)


def _memberships(desk: Desk) -> Table:
    rows: list[list[Cell]] = []
    for row in desk.case.table("organisations").filter(pl.col("status") != "").iter_rows(named=True):
        strength, _ = desk.latest("obligation_strength", desk.home, row["organisation"])
        name = desk.quote(row["name"], row["basis"], row["grade"])
        rows.append([name, row["status"], row["since"] or None, strength, row["binding"] or None])
    columns = [("Organisation", "l"), ("Status", "l"), ("Since", "l"), ("Binds, 0-5", "r"), ("What it binds", "l")]
    return Table("Memberships and what they bind", columns, rows)


def _absent(desk: Desk) -> list[Block]:
    """What the case names and holds no figure of."""
    linked = {row["corridor"] for row in desk.layout.links}
    empty = [
        row
        for row in desk.case.table("corridors").iter_rows(named=True)
        if row["corridor"] not in linked and row["note"]
    ]
    named = [f"{row['name']}: {row['note']}." for row in empty]
    missing = trade.missing_channels(desk)
    named += [f"No reading at all of: {missing}."] if missing else []
    return [Paragraph([text], "point") for text in named]


def _words(text: str) -> str:
    head, _, tail = str(text).partition(".")
    words = head.replace("_", " ")
    return f"{words} by {tail.replace('_', ' ')}" if tail else words


def _span(period: str) -> str:
    return f"{period[:-1]} on" if period.endswith("/") else period


# --- corridors -------------------------------------------------------------------------------------------------------


def corridors(desk: Desk, commodity: str, year: str = "", power: str = "") -> list[Block]:
    """Routes as a map of words, then what limits them, who cuts them, and what the model misses."""
    view = NetworkView(desk, commodity, year)
    last = view.year == view.years[-1]
    tables = [_routes(view), errors(view), bottlenecks(view)]
    if last:
        tables += [cuts(view), bypass(view, power or desk.worst)] if power or desk.worst else [cuts(view)]
    missing = [
        desk.fig("inputs_missing", desk.home, "", f"{view.commodity}.{what}", view.year)
        for what in ("capacity", "cost")
    ]
    blocks: list[Block] = [table for table in tables if table.rows]
    if all(missing):
        said = [
            missing[0],
            " links have no published capacity and ",
            missing[1],
            " no published cost: routes over them are limited, or told apart, by nothing.",
        ]
        blocks.append(Paragraph([part for part in said if part], "small"))
    return blocks


def _routes(view: NetworkView) -> Table:
    """Each route as the chain of states that it crosses, with its flow as a bar."""
    desk = view.desk
    flows = {route.id: row for route in desk.layout.routes if (row := view.row("modelled_flow", route.id))}
    most = max((float(row["value"]) for row in flows.values()), default=0.0) or 1.0
    rows: list[list[Cell]] = []
    for route in sorted((r for r in desk.layout.routes if r.id in flows), key=lambda r: -float(flows[r.id]["value"])):
        bar = "█" * round(BAR * float(flows[route.id]["value"]) / most)
        observed = desk.fig(f"flow_{view.quantity}", route.id, "", view.commodity, view.year, unit="")
        error = signed(
            desk.fig(
                f"flow_error_{view.quantity}", route.id, "", view.item("contract"), view.year, unit="", ranged=False
            )
        )
        rows.append([
            desk.route(route.id), _chain(view, route.links), bar or "·", view.cell("modelled_flow", route.id), observed, error,
            view.cell("link_capacity", route.decisive, digits=3), _held_by(view, route.links),
        ])  # fmt: skip
    columns = [
        ("Route", "l"), ("Way", "l"), ("Flow", "l"), ("modelled", "r"), ("observed", "r"), ("error", "r"), ("capacity", "r"),
        ("Can be shut by", "l"),
    ]  # fmt: skip
    caption = f"Routes of {desk.name(view.commodity).lower()}, {view.unit}, {view.year}, contract limits"
    return Table(caption, columns, rows, ("Capacity is that of the decisive link of the route.",))


def _chain(view: NetworkView, links: Sequence[str]) -> str:
    """The states along a route, the sea as ~, each once in a row."""
    steps: list[str] = []
    for link in links:
        row = view.links.get(link)
        states = [state for state in row["territory"].split(";") if state] if row else []
        sea = "~" if row and row["mode"] in ("tanker", "ship", "ferry") else ""
        for state in states:
            if not steps or steps[-1].strip("~") != state:
                steps.append(sea + state)
    return " → ".join(steps)


def _held_by(view: NetworkView, links: Sequence[str]) -> str:
    """Actors abroad that alone can stop a route whole."""
    able = set()
    for link in links:
        for row in view.desk.notes.rows("control", object=link):
            if row["value"] >= 1.0 and row["item"] != "market" and row["subject"] != view.desk.home:
                able.add(str(row["subject"]))
    return joined(sorted(view.desk.name(actor) for actor in able))


# --- withdrawal ------------------------------------------------------------------------------------------------------


def withdrawal(desk: Desk, *, every: bool = False) -> list[Block]:
    """All powers: single losses, what drives them, coalitions, who insures whom, and how the whole is divided."""
    tables = (
        losses.singles(desk), losses.drivers(desk), losses.volumes(desk), losses.coalitions(desk, every=every),
        losses.insurance(desk), losses.attribution(desk),
    )  # fmt: skip
    return [table for table in tables if table.rows]


def withdrawal_by(desk: Desk, powers: Sequence[str], horizon: str) -> list[Block]:
    """One power or coalition: what is lost, through what, what has happened, and what it would cost the power itself."""
    coalition = "+".join(sorted(powers))
    blocks: list[Block] = [*_sentence(desk, powers, coalition, horizon)]
    tables = [_by_horizon(desk, coalition), _by_commodity(desk, coalition, horizon)]
    if len(powers) == 1:
        tables += [_by_route(desk, powers[0])]
    tables += [_reach(desk, powers), _threats(desk, powers), _episodes(desk, powers)]
    return [*blocks, *(table for table in tables if table.rows)]


def _sentence(desk: Desk, powers: Sequence[str], coalition: str, horizon: str) -> list[Paragraph]:
    period = f"{desk.year}+{horizon}"
    names = joined([desk.the(power) for power in powers])
    name_of = dict(desk.case.table("horizons").select("horizon", "name").iter_rows())
    loss = desk.fig("withdrawal_loss", desk.home, coalition, "", period)
    made = desk.say(
        f"If {names} withdrew for {name_of.get(horizon, horizon)}, {desk.name(desk.home)} would lose {{loss}}.",
        loss=loss,
    )
    if len(powers) == 1:
        cause = losses.driven_by(desk, powers[0])
        made += (
            desk.say(
                f"The band is driven by {cause}, which explain {{explained}} of its variance.",
                explained=desk.fig("band_explained", powers[0], "", "", desk.period),
            )
            if cause
            else []
        )
        share = desk.notes.row("worst_power_share", desk.home, powers[0], "", period)
        tie = "; below 80 % it is a tie" if share and share["value"] < 0.8 else ""
        made += desk.say(
            f"It is the worst single power in {{often}} of redraws{tie}.",
            often=desk.notes.of(share, ranged=False) if share else None,
        )
        held = desk.notes.row("channel_hold", powers[0], period=str(desk.year))
        made += (
            desk.say(f"Largest channel that it holds: {{held}} ({held['note']}).", held=desk.notes.of(held, unit="%"))
            if held
            else []
        )
        border, _ = desk.latest("border_length", desk.home, powers[0])
        made += desk.say("Common border: {border}.", border=border)
    if len(powers) == 2:
        extra = desk.fig("backup_value", *sorted(powers), "", period, unit="percentage points")
        if extra:
            sign = desk.notes.value("backup_value", *sorted(powers), "", period) or 0.0
            words = (
                "each is the other’s way round"
                if sign > 0.005
                else "both hold the same channels"
                if sign < -0.005
                else "they do not meet"
            )
            made += desk.say(
                f"That is {{extra}} of GDP against the sum of the two single losses: {words}.", extra=signed(extra)
            )
    return made


def _by_horizon(desk: Desk, coalition: str) -> Table:
    horizons = sorted(
        desk.case.table("horizons").iter_rows(named=True),
        key=lambda r: (float(r["years"]), losses.READINGS.index(r["reading"])),
    )
    rows: list[list[Cell]] = []
    for row in horizons:
        period = f"{desk.year}+{row['horizon']}"
        cells = [
            desk.fig("withdrawal_loss", desk.home, coalition, "", period, unit=""),
            desk.fig("withdrawal_rent", desk.home, coalition, desk.main_commodity, period, unit=""),
            desk.fig("withdrawal_person", desk.home, coalition, "", period, unit=""),
        ]
        if any(cells):
            rows.append([str(row["name"]).capitalize(), str(row["reading"]), *cells])
    columns = [
        ("Horizon", "l"),
        ("Limits", "l"),
        ("% of GDP a year", "r"),
        ("Rent, bn USD a year", "r"),
        ("USD a person a year", "r"),
    ]
    return Table("Export rent lost, by horizon", columns, rows)


def _by_commodity(desk: Desk, coalition: str, horizon: str) -> Table:
    rows: list[list[Cell]] = []
    for name, row in desk.layout.commodities.items():
        period, quantity = f"{row['base_year']}+{horizon}", row["quantity"]
        lost = desk.fig(f"withdrawal_lost_{quantity}", desk.home, coalition, name, period, unit="")
        if lost:
            rerouted = desk.fig(f"withdrawal_rerouted_{quantity}", desk.home, coalition, name, period, unit="")
            sales = desk.fig("withdrawal_sales", desk.home, coalition, name, period, unit="")
            missing = desk.fig("inputs_missing", desk.home, "", f"{name}.capacity", row["base_year"])
            rows.append(
                [desk.name(name), row["base_year"], losses.UNITS.get(quantity, ""), lost, rerouted, sales, missing]
            )
    columns = [
        ("Commodity", "l"), ("Year", "l"), ("Unit, a year", "l"), ("Lost", "r"), ("Rerouted", "r"), ("Sales lost, bn USD", "r"),
        ("Links of unknown capacity", "r"),
    ]  # fmt: skip
    return Table("What would not move", columns, rows)


def _by_route(desk: Desk, power: str) -> Table:
    """Routes of every commodity whose flow changes when the power leaves."""
    rows: list[list[Cell]] = []
    for name, register in desk.layout.commodities.items():
        if not register["base_year"]:
            continue
        quantity, year, item = register["quantity"], register["base_year"], f"{name}.contract"
        for route in desk.layout.routes:
            before = desk.notes.row(f"modelled_flow_{quantity}", route.id, "", item, year)
            after = desk.notes.row(f"bypass_flow_{quantity}", route.id, power, item, year)
            if before and after and _differ(before, after):
                spare = desk.fig(f"bypass_spare_{quantity}", route.id, power, item, year, unit="")
                figures = [desk.notes.of(row, unit="") for row in (before, after)]
                rows.append([desk.name(name), desk.route(route.id), losses.UNITS.get(quantity, ""), *figures, spare])
    columns = [
        ("Commodity", "l"),
        ("Route", "l"),
        ("Unit, a year", "l"),
        ("Before", "r"),
        ("After", "r"),
        ("Room left", "r"),
    ]
    return Table("Routes that change", columns, rows)


def _differ(before: dict[str, Any], after: dict[str, Any]) -> bool:
    return max(abs(float(before[end]) - float(after[end])) for end in ("value", "low", "high")) > 0.01 * max(
        1.0, float(before["value"])
    )


def _reach(desk: Desk, powers: Sequence[str]) -> Table:
    """What the powers control, by corridor and kind: the strongest reach over any link of it, with its source."""
    members = {member for power in powers for member in desk.case.members(power)}
    best: dict[tuple[str, str], dict[str, Any]] = {}
    for row in desk.notes.rows("control"):
        if row["subject"] in members and row["value"] > 0:
            corridor = desk.layout.corridor_of.get(str(row["object"]), str(row["object"]))
            key = (corridor, str(row["item"]))
            if key not in best or row["value"] > best[key]["value"]:
                best[key] = row
    rows: list[list[Cell]] = []
    for corridor in sorted({corridor for corridor, _ in best}, key=desk.name):
        cells = (best.get((corridor, kind)) for kind in KINDS)
        rows.append([desk.name(corridor), *(desk.notes.of(row) if row else None for row in cells)])
    foot = (
        "The strongest reach over any one link of the corridor, or over the channel; equipoise trace control:... for each.",
    )
    return Table(
        "Through what: share that could be withdrawn",
        [("Corridor or channel", "l"), *((kind, "r") for kind in KINDS)],
        rows,
        foot,
    )


def _threats(desk: Desk, powers: Sequence[str]) -> Table:
    """What it could do, how often it has, and what that would cost the power itself."""
    rows: list[list[Cell]] = []
    for row in desk.case.table("threats").iter_rows(named=True):
        if row["power"] in powers:
            threat = row["threat"]
            found = [
                desk.latest(f"threat_{what}", threat)[0]
                for what in ("reach", "duration", "episodes", "rate", "cost_to_power")
            ]
            rows.append([desk.quote(row["title"], row["basis"], row["grade"]), *found])
    columns = [
        ("What it could do", "l"),
        ("Share closed", "r"),
        ("Length", "r"),
        ("Episodes seen", "r"),
        ("Rate", "r"),
        ("Cost to itself", "r"),
    ]
    foot = (
        "Capability and record are different columns and never multiplied. 0 episodes: none was seen, only the upper end of the rate says anything.",
    )
    return Table("Acts and record", columns, rows, foot)


def _episodes(desk: Desk, powers: Sequence[str]) -> Table:
    members = {member for power in powers for member in desk.case.members(power)}
    rows: list[list[Cell]] = []
    for row in sorted(desk.case.table("episodes").iter_rows(named=True), key=lambda r: str(r["start"])):
        if members & {actor.strip() for actor in str(row["actors"]).split(";")}:
            rows.append(
                [
                    row["start"],
                    row["name"],
                    desk.quote(row["effect"], row["basis"], row["grade"]),
                    row["response"] or None,
                ]
            )
    columns = [("Began", "l"), ("Episode", "l"), ("Measured effect", "l"), ("What followed", "l")]
    return Table("What has happened", columns, rows)
