"""The tables of ``equipoise exposure``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from equipoise.brief import interdependence as trade
from equipoise.brief.desk import Desk
from equipoise.brief.document import Block, Cell, Paragraph, Table

__all__ = ["exposure", "other_state", "years_by_channel"]

_READINGS = {
    "exposure_share": "share of each holder; the shares of a reading sum to its coverage",
    "exposure_crossing": "share that the holder could touch; readings overlap",
    "exposure_lost": "share lost when the holder's links are removed, after best rerouting",
}


def exposure(desk: Desk, channel: str = "", year: str = "") -> list[Block]:
    """The readings side by side, then everything that is never turned into money, in its natural unit."""
    if channel:
        tables = [_concentration(desk, channel)]
        tables += [_shares(desk, channel, year, measure, caption) for measure, caption in _READINGS.items()]
        return [table for table in tables if table.rows]
    tables = [
        _definitions(desk), trade.channels(desk), _concentration(desk), trade.trade(desk), _position(desk),
        _natural(desk), _debt(desk), _investment(desk), _equity(desk), _memberships(desk),
    ]  # fmt: skip
    blocks: list[Block] = [table for table in tables if table.rows]
    return [*blocks, *_absent(desk)]


def years_by_channel(desk: Desk) -> dict[str, set[str]]:
    """The years of which each channel has any reading."""
    held: dict[str, set[str]] = {}
    for measure in _READINGS:
        for row in desk.notes.rows(measure, subject=desk.home):
            held.setdefault(str(row["item"]).split(".")[0], set()).add(str(row["period"]))
    return held


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
        ("worst_single_loss", ""), ("arms_hhi", ""), ("internet_transit_share", ""), ("internet_resilience", ""),
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


def _debt(desk: Desk) -> Table:
    """External debt by creditor, with its share where the total of the same day is known."""
    facts = [row for row in desk.notes.rows("external_debt", subject=desk.home) if not row["item"]]
    rows: list[list[Cell]] = []
    for row in sorted(facts, key=lambda r: (str(r["period"]), float(r["value"])), reverse=True):
        share = desk.fig("exposure_share", desk.home, row["object"], "debt.creditor", row["period"])
        rows.append([desk.name(row["object"]), row["period"], desk.notes.of(row), share])
    columns = [("Creditor", "l"), ("On", "l"), ("External debt", "r"), ("Share", "r")]
    foot = (
        "Debt to residents of a state; much of it is between firms of one group. Missing creditors are missing, not zero.",
    )
    return Table("External debt by creditor", columns, rows, foot)


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
