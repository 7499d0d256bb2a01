"""The table of ``equipoise policies --levers``: what every lever of the case moves, and of those that move no loss why."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from typing import Any

from equipoise.brief.advice import PILLARS
from equipoise.brief.desk import Desk, signed
from equipoise.brief.document import Block, Cell, Paragraph, Table, Text
from equipoise.corridors.inputs import QUANTITIES
from equipoise.ledger import fact_id

__all__ = ["COLUMNS", "as_csv", "as_json", "levers", "moves"]

COLUMNS = (
    "lever", "pillar", "what", "thing", "ground", "under", "period", "before", "value", "low", "high", "unit", "fact",
    "why_no_loss",
)  # fmt: skip
"""``ground`` is the policy that the lever was tried on, ``under`` the weighting or the part of an outcome."""
FELT = 5e-4
"""Points of real income below which a change is told by the share of futures in which there is one."""
ENDS = ("value", "low", "high")
SHOWN = 4
"""Things of a kind that a cell of the table names; every one is in the CSV and the JSON."""


def moves(desk: Desk) -> list[dict[str, Any]]:
    """One row for each thing that a lever moves: the loss to a power, what is carried of a commodity, an outcome of the register,
    a level; one row that says why for a lever that moves no loss and no flow."""
    made: list[dict[str, Any]] = []
    for row in desk.case.table("levers").iter_rows(named=True):
        head = {"lever": row["lever"], "pillar": row["pillar"]}
        made += [
            dict.fromkeys(COLUMNS, "") | head | _tried(what, str(fact["item"])) | {
                "what": what, "thing": thing, "period": str(fact["period"]), "before": before, "value": fact["value"],
                "low": fact["low"], "high": fact["high"], "unit": unit,
                "fact": fact_id(*(fact[part] for part in ("measure", "subject", "object", "item", "period"))),
            }
            for what, thing, fact, unit, before in _moved(desk, row["lever"])
        ]  # fmt: skip
        if row["silent"]:
            made.append(dict.fromkeys(COLUMNS, "") | head | {"what": "no loss, no flow", "why_no_loss": row["silent"]})
    return made


def _tried(what: str, item: str) -> dict[str, str]:
    """On which policy, and under which weighting or of which part; a level is of the lever alone."""
    ground, _, under = item.partition(".")
    return {} if what == "level" else {"ground": ground, "under": under if what == "outcome" else ""}


def _moved(desk: Desk, lever: str) -> Iterator[tuple[str, str, dict[str, Any], str, float | None]]:
    """What a lever moves: its kind and name, the fact of the change or of the level after it, the unit, and the level before."""
    rows = desk.notes.rows
    outcomes = {row["outcome"]: row for row in desk.case.table("outcomes").iter_rows(named=True)}
    targets = {row["target"]: row for row in desk.case.table("targets").iter_rows(named=True)}
    for fact in rows("advice_power_loss", subject=lever):
        if max(abs(fact[end] or 0.0) for end in ENDS) > FELT:
            yield "loss", desk.name(fact["object"]), fact, desk.case.unit("advice_power_loss"), None
    for measure, thing, fact in _cargo(desk, lever):
        yield "carried", thing, fact, desk.case.unit(measure), None
    for fact in rows("advice_outcome", subject=lever):
        if fact["object"] in outcomes and any(fact[end] for end in ENDS):
            yield "outcome", outcomes[fact["object"]]["name"], fact, outcomes[fact["object"]]["unit"], None
    for fact in rows("advice_level", subject=lever, item="after"):
        before = rows("advice_level", subject=lever, object=fact["object"], item="before")
        known = targets.get(fact["object"], {"name": fact["object"], "unit": ""})
        yield "level", known["name"], fact, known["unit"], float(before[0]["value"]) if before else None


def _cargo(desk: Desk, lever: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """What a lever changes in what is carried: the measure, the commodity and who withdraws in words, and the fact."""
    for measure in (f"advice_carried_{quantity}" for quantity in QUANTITIES):
        for fact in desk.notes.rows(measure, subject=lever):
            when = f" if {desk.name(fact['object'])} withdraws" if fact["object"] else ""
            yield measure, f"{str(fact['item']).partition('.')[2]}{when}", fact


def as_csv(desk: Desk) -> str:
    """The rows as CSV."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(moves(desk))
    return text.getvalue()


def as_json(desk: Desk) -> str:
    """The rows as JSON, what is not known as null."""
    rows = [{name: None if value == "" else value for name, value in row.items()} for row in moves(desk)]
    return json.dumps({"case": desk.case.id, "levers": rows}, ensure_ascii=False, indent=1) + "\n"


def levers(desk: Desk) -> list[Block]:
    """Every lever by pillar: what it does to losses, to what is carried, to levels of its own; and why to no loss."""
    register = list(desk.case.table("levers").iter_rows(named=True))
    idle = sum(bool(row["silent"]) for row in register)
    blocks: list[Block] = [Paragraph([
        f"{len(register)} levers, each lived through with and without it in the same futures; {idle} of them move no loss and no "
        "flow that is lived through, and say why. What they provoke counts all the same."
    ])]  # fmt: skip
    for pillar, title in PILLARS.items():
        rows = [_line(desk, row) for row in register if row["pillar"] == pillar]
        columns = [
            ("Lever", "l"), ("Loss to one power, points", "l"), ("futures moved, %", "r"), ("Carried", "l"),
            ("Levels of its own", "l"), ("Why no loss", "l"),
        ]  # fmt: skip
        blocks.append(Table(title, columns, rows))
    return blocks


def _line(desk: Desk, row: dict[str, Any]) -> list[Cell]:
    """One lever in a line: on what goes on today, or where it moves nothing there on the other policy that it was tried on."""
    lever = row["lever"]
    shares = desk.notes.rows("advice_moved", subject=lever)
    best = max(shares, key=lambda one: float(one["value"]), default=None)
    ground = str(best["item"]) if best else ""
    losses = [
        [f"{desk.name(fact['object'])} ", signed(desk.notes.of(fact, unit="")) or ""]
        for fact in sorted(
            desk.notes.rows("advice_power_loss", subject=lever, item=ground), key=lambda r: -abs(r["value"])
        )
        if abs(fact["value"]) > FELT
    ]
    carried = [
        [f"{thing} ", signed(desk.notes.of(fact)) or ""]
        for _, thing, fact in _cargo(desk, lever)
        if str(fact["item"]).startswith(f"{ground}.")
    ]
    names = dict(desk.case.table("targets").select("target", "name").iter_rows())
    levels: list[list[Text]] = []
    for after in desk.notes.rows("advice_level", subject=lever, item="after"):
        before = desk.fig("advice_level", lever, after["object"], "before", after["period"], unit="", ranged=False)
        levels.append([
            f"{names.get(after['object'], after['object'])}: ", before or "not published", " to ",
            desk.notes.of(after, unit=""),
        ])  # fmt: skip
    return [
        row["title"], _cell(losses), desk.notes.of(best, unit="") if best and best["value"] else None, _cell(carried),
        _cell(levels), row["silent"] or None,
    ]  # fmt: skip


def _cell(parts: Sequence[Sequence[Text]]) -> Cell:
    """Things in a row, divided by semicolons."""
    found: list[Text] = []
    for part in parts[:SHOWN]:
        found += ["; "] if found else []
        found += part
    if len(parts) > SHOWN:
        found.append(f"; and {len(parts) - SHOWN} more")
    return found or None
