"""What stands beside the page when something is pointed at: a figure with all it rests on, a link, the user's sessions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from equipoise.brief.desk import Desk
from equipoise.brief.numbers import amount
from equipoise.case import Case
from equipoise.errors import EquipoiseError
from equipoise.ledger import KEY, Ledger, Trace, fact_id, parse_id
from equipoise.studio.blocks import render
from equipoise.studio.labels import Labels
from equipoise.studio.scene import Told, told_of
from equipoise.studio.story import called
from equipoise.whatif import AS_IT_IS, OWN, WhatIf
from equipoise.workbench.sessions import Kept

__all__ = ["fact", "link", "place", "sessions"]

DEPTH, WIDTH, MOST = 2, 6, 24
"""Steps and parents shown of a trace, facts shown of a place."""


def fact(
    case: Case, id: str, what: WhatIf, labels: Labels, *, fault: str = "", given: Mapping[str, str] | None = None
) -> str:
    """A figure, what it means, where it comes from, and, where it is the case's own, a form to put another in its place.

    Raises
    ------
    UnknownFactError, InputError
        There is no such fact, or the text is no id.
    """
    rows = case.ledger.find(id)
    alone = Ledger(rows, case.ledger.derivations, case.ledger.parents)
    desk = Desk(_only(case, alone))
    told = []
    for name, row in zip(alone.ids(), rows.iter_rows(named=True), strict=True):
        tree = next(iter(case.trace(name, depth=DEPTH, width=WIDTH)))
        plain = {key: "" if value is None else str(value) for key, value in row.items()}
        measure = case.measures.get(plain["measure"])
        told.append({
            "id": name, "figure": labels.figure(desk.notes.of(_row(row, name))), "grade": plain["grade"],
            "own": plain["basis"].startswith(OWN), "of": _of(desk, plain, labels), "what": measure.meaning if measure else "",
            "note": plain["note"] or tree.text, "printed": plain["original"], "left_out": tree.left_out,
            "children": [_branch(case, desk, child) for child in tree.children],
        })  # fmt: skip
    first = rows.row(0, named=True)
    change = None
    if str(first["by"]) == "case":
        key = fact_id(*(str(first[name]) for name in KEY))
        shown = {end: "" if first[end] is None else f"{first[end]:g}" for end in ("value", "low", "high")}
        mine = next((one for one in what.changes if one.fact == key), None)
        change = {"id": key, **shown, "reason": mine.reason if mine else "", "own": mine is not None, **(given or {})}
    return render(
        "drawer.html.j2", labels, kind="fact", heading=labels("fact.title"), facts=told, change=change, fault=fault
    )


def link(case: Case, now: Told, before: Told, id: str, what: WhatIf, labels: Labels) -> str:
    """A link by its corridor and states: what it carries now and before, what of it can be closed, what it rests on.

    Raises
    ------
    KeyError
        The commodity has no such link.
    """
    desk = now.desk
    row = next(row for row in desk.layout.links if row["link"] == id)
    figures = []
    for stem, word in (("whatif_flow", "story.flow"), ("whatif_spare", "story.room")):
        found = now.row(f"{stem}_{now.quantity}", id, now.commodity)
        if found:
            figures.append((labels(word), desk.notes.of(found)))
    was = before.row(f"whatif_flow_{now.quantity}", id, now.commodity)
    if was and now.world != before.world:
        figures.append((labels("story.before_word"), before.desk.notes.of(was)))
    names = [
        row["corridor"],
        *(name for name, links in now.closable.items() if name.startswith("border:") and id in links),
        id,
    ]
    buttons = [
        {"act": "reopen" if name in what.closed else "close", "id": name,
         "name": f"{labels('map.reopen' if name in what.closed else 'map.close')}: {called(now, name, labels)}"}
        for name in dict.fromkeys(names) if name
    ]  # fmt: skip
    states = [state for state in row["territory"].split(";") if state in case.powers]
    buttons += [
        {
            "act": "power",
            "id": state,
            "name": f"{labels.name('actor', state, desk.name(state))} {labels('map.withdraw')}",
        }
        for state in states
    ]
    held = case.view(subject=id).filter(pl.col("by").cast(pl.String) == "case").sort("period", descending=True)
    held = pl.concat([case.view("control", object=id), held])
    return render(
        "drawer.html.j2", labels, kind="link", heading=desk.section(id), told=told_of(now, before, id, labels),
        figures=figures, buttons=buttons, facts=_leaves(case, desk, held[:MOST]),
    )  # fmt: skip


def place(case: Case, id: str, labels: Labels) -> str:
    """A place by the facts that the case holds of it."""
    desk = Desk(_only(case, Ledger.empty()))
    held = case.view(subject=id).filter(pl.col("by").cast(pl.String) == "case")
    return render(
        "drawer.html.j2", labels, kind="link", heading=desk.name(id), told="", figures=[], buttons=[],
        facts=_leaves(case, desk, held[:MOST]),
    )  # fmt: skip


def sessions(
    kept: Sequence[Kept], current: str, what: WhatIf, case: Case, labels: Labels, *,
    title: str = "", sent: tuple[str, str] | None = None, fault: str = "",
) -> str:  # fmt: skip
    """The user's sessions, a form to keep another, and what the user assumes instead of the case."""
    own = []
    for one in what.changes:
        row = case.settle().ledger.find(one.fact).row(0, named=True)
        own.append({"fact": one.fact, "told": one.fact, "before": amount(row["value"], 5), "after": amount(one.value, 5),
                    "reason": one.reason})  # fmt: skip
    return render(
        "drawer.html.j2", labels, kind="sessions", heading=labels("session.yours"), sessions=kept, current=current, title=title,
        sent=sent, fault=fault, own=own,
    )  # fmt: skip


def _only(case: Case, ledger: Ledger) -> Case:
    return replace(case, ledger=ledger)


def _row(row: Mapping[str, Any], name: str) -> dict[str, Any]:
    texts = {
        key: "" if value is None else str(value) for key, value in row.items() if key not in ("value", "low", "high")
    }
    return {**row, **texts, "id": name}


def _of(desk: Desk, plain: Mapping[str, str], labels: Labels) -> str:
    """What a fact is of; a what-if is called by what it is, for its own name says nothing."""
    whose = plain["measure"].startswith("whatif_")
    world = labels("map.as_it_is") if plain["object"] == AS_IT_IS else labels("fact.whatif")
    named = (
        (desk.call(plain["subject"]), world if whose else desk.call(plain["object"]))
        if plain["object"]
        else (desk.call(plain["subject"]),)
    )
    about = " – ".join(filter(None, named))
    detail = ", ".join(part.replace("_", " ") for part in (plain["item"], plain["period"]) if part)
    return f"{about} ({detail})" if detail else about


def _branch(case: Case, desk: Desk, found: Trace) -> dict[str, Any]:
    """A step of a trace in words."""
    leaf = found.kind in ("source", "assumption")
    told = found.text or found.id if leaf else _in_words(case, desk, found)
    return {
        "id": found.id, "told": told, "leaf": leaf, "grade": found.grade, "text": "" if leaf else found.text,
        "left_out": found.left_out, "children": [_branch(case, desk, child) for child in found.children],
    }  # fmt: skip


def _in_words(case: Case, desk: Desk, found: Trace) -> str:
    """A fact in a tree: what it is of, and how much."""
    try:
        parts = parse_id(found.id)
    except EquipoiseError:
        return found.id
    measure = case.measures.get(parts["measure"])
    subject, thing = (desk.call(parts[name]) if parts[name] else "" for name in ("subject", "object"))
    words = measure.told(subject, thing, parts["item"].replace("_", " ")) if measure else found.id
    value = "" if found.value is None else f": {amount(found.value, 5)} {desk.unit(parts['measure'])}"
    return f"{words}, {parts['period']}{value}" if parts["period"] else f"{words}{value}"


def _leaves(case: Case, desk: Desk, rows: pl.DataFrame) -> list[dict[str, Any]]:
    """Facts of the case in a list, each with its source."""
    titles = dict(case.table("sources").select("source", "title").iter_rows())
    titles |= dict(case.table("assumptions").select("assumption", "statement").iter_rows())
    made = []
    for name, row in zip(Ledger(rows).ids(), rows.iter_rows(named=True), strict=True):
        one = Trace(name, str(row["kind"]), row["value"], row["low"], row["high"], str(row["grade"]))
        source = str(row["basis"]).split("#")[0].split(";")[0]
        made.append({"id": name, "told": _in_words(case, desk, one), "leaf": False, "grade": one.grade,
                     "text": titles.get(source, ""), "left_out": 0, "children": []})  # fmt: skip
    return made
