"""The tables of ``equipoise policies``: each policy with its levers and its price, what it moves, and every lever of the case."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from equipoise.brief.desk import Desk, joined
from equipoise.brief.document import Block, Cell, Figure, Paragraph, Table, Text

__all__ = ["policies", "policy_names"]

PILLARS = {
    "economic_diversification": "Economic diversification and infrastructure",
    "security_cooperation": "Security cooperation",
    "national_identity": "National identity and cultural sovereignty",
    "regional_diplomacy": "Regional diplomacy",
}
SIGN = {"add": "add", "set": "to", "multiply": "times", "open": "open", "cap": "at most"}


def policies(desk: Desk, names: dict[str, str]) -> list[Block]:
    """The policies beside one another, each with its levers, what they move, and all levers by pillar."""
    blocks: list[Block] = [_beside(desk, names)]
    for policy, title in names.items():
        blocks += [_levers(desk, policy, title), _levels(desk, policy, title)]
    return [*blocks, *_every(desk)]


def policy_names(desk: Desk) -> dict[str, str]:
    """Names of the policies of which there are facts, in their order; one of a user's own by its levers."""
    known = dict(desk.case.table("policies").select("policy", "name").iter_rows())
    rows = {row["lever"]: row["title"] for row in desk.case.table("levers").iter_rows(named=True)}
    found = [str(row["subject"]) for row in desk.notes.rows("policy_capex")]
    return {one: known.get(one) or joined([_short(rows.get(part, part)) for part in one.split("+")]) for one in found}


def _beside(desk: Desk, names: dict[str, str]) -> Table:
    """What each policy costs, and whom it provokes."""
    rows: list[list[Cell]] = []
    period = str(desk.year)
    for policy, title in names.items():
        provoked: list[Text] = []
        for row in desk.notes.rows("policy_provocation", subject=policy):
            provoked += ["; " if provoked else "", f"{desk.name(row['object'])} ×", desk.notes.of(row, unit="")]
        rows.append([
            title, desk.fig("policy_capex", policy, period=period, unit=""),
            desk.fig("policy_running", policy, period=period, unit=""),
            desk.fig("policy_unpriced", policy, period=period, unit=""), provoked or "nobody",
        ])  # fmt: skip
    columns = [
        ("Policy", "l"), ("capital, bn USD", "r"), ("running, mn USD a year", "r"), ("cost unknown", "r"),
        ("Provokes", "l"),
    ]  # fmt: skip
    return Table(
        "Policies", columns, rows,
        ("Cost beyond what goes on under every policy; levers whose cost nobody published are counted and in no sum. Provokes: "
         "times as often as recorded that threats of that power come, by the strongest of its levers, a judgement (grade C).",),
    )  # fmt: skip


def _levers(desk: Desk, policy: str, title: str) -> Table:
    """The levers of one policy, beyond what goes on under every policy, in the order in which they are felt."""
    reasons = {
        row["lever"]: row["reason"] for row in desk.case.table("policy_levers").iter_rows(named=True) if row["policy"] == policy
    }  # fmt: skip
    register = {row["lever"]: row for row in desk.case.table("levers").iter_rows(named=True)}
    rows: list[list[Cell]] = []
    own = set(reasons) or set(policy.split("+"))
    pulled = [row for row in desk.notes.rows("policy_year", subject=policy) if row["object"] in own]
    for row in sorted(pulled, key=lambda r: (r["value"], r["object"])):
        lever = register[row["object"]]
        felt: Figure = desk.notes.of(row, unit="")
        rows.append([
            _short(lever["title"]), _year(felt, row), _cost(desk, "lever_capex", row["object"]),
            _cost(desk, "lever_opex", row["object"]), _provokes(desk, lever), lever["prerequisite"] or None,
            reasons.get(row["object"], "as asked"),
        ])  # fmt: skip
    columns = [
        ("Lever", "l"), ("felt", "r"), ("bn USD", "r"), ("mn USD a year", "r"), ("Provokes", "l"), ("Needs", "l"), ("Why", "l"),
    ]  # fmt: skip
    return Table(title, columns, rows)


def _levels(desk: Desk, policy: str, title: str) -> Table:
    """What a policy moves, in the unit of each quantity."""
    targets = {row["target"]: row for row in desk.case.table("targets").iter_rows(named=True)}
    after = desk.notes.rows("policy_level", subject=policy, item="after")
    rows: list[list[Cell]] = [
        [
            targets[row["object"]]["name"] if row["object"] in targets else row["object"],
            desk.fig("policy_level", policy, row["object"], "before", row["period"], unit="") or "not published",
            desk.notes.of(row, unit=""), targets[row["object"]]["unit"] if row["object"] in targets else "",
        ]
        for row in sorted(after, key=lambda r: str(r["object"]))
    ]  # fmt: skip
    return Table(
        f"{title}: what it moves beside links",
        [("Quantity", "l"), ("before", "r"), ("after", "r"), ("Unit", "l")],
        rows,
    )


def _every(desk: Desk) -> list[Block]:
    """Every lever of the case in its pillar, with each of its effects."""
    effects: dict[str, list[dict[str, Any]]] = {}
    for row in desk.case.table("effects").iter_rows(named=True):
        effects.setdefault(row["lever"], []).append(row)
    targets = dict(desk.case.table("targets").select("target", "name").iter_rows())
    blocks: list[Block] = [
        Paragraph(["Every lever of the case, pulled by a policy or not; what rests on an assumption has grade C."])
    ]
    for pillar, title in PILLARS.items():
        rows: list[list[Cell]] = []
        for lever in desk.case.table("levers").iter_rows(named=True):
            if lever["pillar"] != pillar:
                continue
            does = [_effect(desk, lever["lever"], effect, targets) for effect in effects.get(lever["lever"], [])]
            rows.append([
                lever["title"], [part for one in does for part in one], _cost(desk, "lever_capex", lever["lever"]),
                _cost(desk, "lever_opex", lever["lever"]), _provokes(desk, lever), lever["prerequisite"] or None,
                desk.quote(lever["status"] or "not known", lever["status_basis"] or lever["basis"], lever["grade"]),
                _remarks(lever), lever["grade"],
            ])  # fmt: skip
        columns = [
            ("Lever", "l"), ("Does", "l"), ("bn USD", "r"), ("mn USD a year", "r"), ("Provokes", "l"), ("Needs", "l"),
            ("Status", "l"), ("Note", "l"), ("Grade", "l"),
        ]  # fmt: skip
        blocks.append(Table(title, columns, rows))
    return blocks


def _effect(desk: Desk, lever: str, effect: dict[str, Any], targets: dict[str, str]) -> list[Text]:
    """One effect in words: what, how, how much, from what."""
    size: Figure | None = desk.latest("lever_effect", lever, "", effect["effect"], unit="")[0]
    thing = targets.get(effect["target"]) or desk.call(effect["target"])
    said: list[Text] = [f"{thing}: {SIGN[effect['mode']]} ", size or "not published", f" {effect['unit']}"]
    return [*said, f" (before: {effect['baseline']}). " if effect["baseline"] else ". "]


def _remarks(lever: dict[str, str]) -> str | None:
    """What a reader must know of a lever, and why it moves no loss where it moves none."""
    silent = f"Moves no loss: {lever['silent']}." if lever["silent"] else ""
    return " ".join(filter(None, (lever["note"], silent))) or None


def _provokes(desk: Desk, lever: dict[str, str]) -> str | None:
    """Whom a lever provokes, where, and how strongly."""
    if lever["provokes_strength"] in ("", "none"):
        return None
    whom = joined([desk.name(power) for power in lever["provokes_power"].split(";") if power]) or "somebody"
    where = f", {lever['provokes_channel']}" if lever["provokes_channel"] else ""
    return f"{whom} ({lever['provokes_strength']}{where})"


def _cost(desk: Desk, measure: str, lever: str) -> Cell:
    found: Figure | None = desk.latest(measure, lever, unit="")[0]
    return found or "not published"


def _year(felt: Figure, row: dict[str, Any]) -> Sequence[Text]:
    """A year as years are written, with the later one if it takes as long as it may."""
    late = f" (at worst {row['high']:.0f})" if row["high"] is not None and row["high"] >= row["value"] + 0.5 else ""
    return [Figure(f"{row['value']:.0f}", "", "", felt.fact, felt.grade, felt.note), late]


def _short(title: str) -> str:
    """A title as far as its first comma, colon or bracket."""
    return re.split(r" \(|[:,]", title)[0]
