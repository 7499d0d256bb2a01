"""What stands beside the page when something is pointed at: a figure with all it rests on, a link, the user's sessions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from equipoise.brief.desk import Desk
from equipoise.brief.numbers import amount
from equipoise.case import Case
from equipoise.errors import EquipoiseError, InputError
from equipoise.ledger import KEY, Ledger, Trace, fact_id, parse_id
from equipoise.studio.blocks import render
from equipoise.studio.labels import Labels
from equipoise.studio.scene import Told, told_of
from equipoise.studio.story import called
from equipoise.whatif import AS_IT_IS, OWN_BASIS, Pull, WhatIf, answered, withdrawing
from equipoise.workbench.levers import lever_rows, policy_rows, short, weight_rows
from equipoise.workbench.sessions import Kept

__all__ = ["fact", "lever", "levers", "link", "place", "powers", "sessions", "state"]

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
            "own": bool(re.match(OWN_BASIS, plain["basis"])),
            "of": _of(desk, plain, labels), "what": measure.meaning if measure else "",
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
    InputError
        The case has no such link.
    """
    desk = now.desk
    row = _one(desk.layout.links, "link", id)
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


def place(case: Case, now: Told, id: str, labels: Labels) -> str:
    """A place by the lines that meet there and the facts that the case holds of it."""
    desk = Desk(_only(case, Ledger.empty()))
    held = case.view(subject=id).filter(pl.col("by").cast(pl.String) == "case")
    held = pl.concat([case.view("control", object=id), held])
    meet = [
        row["link"]
        for row in now.desk.layout.links
        if id in (row["from"], row["to"]) and row["commodity"] == now.commodity
    ]
    return render(
        "drawer.html.j2", labels, kind="link", heading=desk.name(id), told="", figures=[], buttons=[],
        lists=[(labels("place.links"), _lines(now, meet))] if meet else [], facts=_leaves(case, desk, held[:MOST]),
    )  # fmt: skip


def state(case: Case, now: Told, id: str, what: WhatIf, labels: Labels) -> str:
    """A state: what of this commodity crosses the border with it, what it controls, and how both can be closed.

    Raises
    ------
    InputError
        The case has no such state.
    """
    desk, border = now.desk, _border(now.desk.home, id)
    _one(case.table("actors").rows(named=True), "actor", id)
    home = labels.name("actor", desk.home, desk.name(desk.home))
    buttons = []
    if border in now.closable:
        shut = border in what.closed
        word = labels("map.openborder" if shut else "map.closeborder", home=home)
        buttons.append({"act": "reopen" if shut else "close", "id": border, "name": word})
    if id in withdrawing(case):
        word = f"{labels.name('actor', id, desk.name(id))} {labels('map.withdraw')}"
        buttons.append({"act": "power", "id": id, "name": f"✓ {word}" if id in what.powers else word})
    lines = {row["link"] for row in desk.layout.links if row["commodity"] == now.commodity}
    crossing = [
        link for link in now.closable.get(border, ()) if link in lines and now.value("whatif_flow", link) is not None
    ]
    held = case.view("control", subject=sorted(case.members(id)))
    ends = {row[end] for row in desk.layout.links if row["link"] in lines for end in ("from", "to")}
    held = held.filter(pl.col("object").cast(pl.String).is_in(lines | ends))
    plain = Desk(_only(case, Ledger.empty()))
    return render(
        "drawer.html.j2", labels, kind="link", heading=labels.name("actor", id, desk.name(id)), told="", figures=[],
        buttons=buttons, lists=[(labels("state.border", home=home), _lines(now, crossing))],
        none=labels("state.none", home=home), facts=_leaves(case, plain, held[: 2 * MOST]),
    )  # fmt: skip


def _one(rows: Sequence[Mapping[str, Any]], what: str, id: str) -> Mapping[str, Any]:
    """The row of an id."""
    for row in rows:
        if row[what] == id:
            return row
    raise InputError(what, found=repr(id)[:80], allowed=f"a {what} of the map")


def _border(home: str, other: str) -> str:
    one, two = sorted((home, other))
    return f"border:{one}-{two}"


def _lines(now: Told, links: Sequence[str]) -> list[dict[str, Any]]:
    """Links with what they carry, those that carry most first."""
    figures = [(link, now.row(f"whatif_flow_{now.quantity}", link, now.commodity)) for link in links]
    figures.sort(key=lambda pair: -(pair[1]["value"] if pair[1] else -1.0))
    return [
        {"kind": "link", "id": link, "name": now.desk.section(link), "figure": now.desk.notes.of(row) if row else None}
        for link, row in figures
    ]  # fmt: skip


def lever(
    case: Case, id: str, what: WhatIf, commodity: str, labels: Labels, *, fault: str = "", given: Mapping[str, str] | None = None
) -> str:  # fmt: skip
    """A lever: what it does and to what, its figures, and a form to pull it.

    Raises
    ------
    InputError
        The case has no such lever.
    """
    row = _one(lever_rows(case), "lever", id)
    mine = next((pull for pull in what.levers if pull.lever == id), None)
    built = answered(
        case, WhatIf(levers=(Pull(id, case.year),)), Ledger.empty()
    )  # links that it would build have a name
    desk = Desk(built)
    titles = dict(case.table("levers").select("lever", "title").iter_rows())
    links = {one["link"]: one for one in desk.layout.links}
    ours = [
        e["target"] for e in row["effects"] if e["target"] in links and links[e["target"]]["commodity"] == commodity
    ]
    free = [desk.section(link) for link in dict.fromkeys(ours)
            if not case.view(["transport_cost_mass", "transport_cost_containers"], subject=link).height]  # fmt: skip
    shown = {
        "year": mine.year if mine else row["earliest"], "intensity": f"{100 * (mine.intensity if mine else 1.0):g}",
        "reason": mine.reason if mine else labels("lever.why"), **{k: v for k, v in (given or {}).items() if v},
    }  # fmt: skip
    effects = []
    for effect in row["effects"]:
        if effect["fact"]:
            leaf = _leaves(case, desk, case.ledger.find(effect["fact"])[:1])[0]
            size = case.ledger.find(effect["fact"])["value"][0]
            target = desk.section(effect["target"]) if effect["target"] in links else desk.call(effect["target"])
            effects.append({**leaf, "told": f"{target}: {effect['how']} {amount(size, 5)} {effect['unit']}"})
    facts = (
        pl.concat([case.ledger.find(fact)[:1] for fact in row["facts"].values()]) if row["facts"] else pl.DataFrame()
    )
    told = {**row, "needs": [short(titles[need]) for need in row["needs"]],
            "provokes": [labels.name("actor", power, desk.name(power)) for power in row["provokes"]]}  # fmt: skip
    return render(
        "drawer.html.j2", labels, kind="lever", heading=short(row["title"]), lever=told, on=mine is not None, acts=bool(ours),
        free=free, effects=effects, facts=_leaves(case, desk, facts) if row["facts"] else [], fault=fault, given=shown,
    )  # fmt: skip


def levers(
    case: Case, what: WhatIf, labels: Labels, *, fault: str = "", given: Mapping[str, str] | None = None
) -> str:  # fmt: skip
    """What is pulled, the bundled policies, the weights, and every lever by its pillar."""
    rows = [{**row, "name": short(row["title"])} for row in lever_rows(case)]
    names = {row["lever"]: row["name"] for row in rows}
    pillars: dict[str, list[dict[str, Any]]] = {}
    for row in sorted(rows, key=lambda one: str(one["name"])):
        pillars.setdefault(row["pillar"].replace("_", " "), []).append(row)
    pulled = [
        {"lever": pull.lever, "name": names[pull.lever], "year": pull.year, "share": f"{100 * pull.intensity:g}",
         "reason": pull.reason}
        for pull in what.levers
    ]  # fmt: skip
    weights = []
    for one in weight_rows(case):
        mine = next((weight for weight in what.weights if weight.kind == one["kind"]), None)
        again = given if given and given.get("kind") == one["kind"] else None
        now = again["value"] if again else (mine.value if mine else "")
        said = again["reason"] if again else (mine.reason if mine else labels("lever.why"))
        raised = [{"value": power, "name": f"{case.name(power)} ↑"} for power in one.get("powers", ())]
        weights.append(
            {**one, "values": [*one["values"], *raised], "now": now, "own": mine is not None, "reason": said}
        )
    return render(
        "drawer.html.j2", labels, kind="levers", heading=labels("lever.all"), pulled=pulled, policies=policy_rows(case),
        weights=weights, pillars=sorted(pillars.items()), fault=fault,
    )  # fmt: skip


def powers(case: Case, without: Mapping[str, Told], withal: Mapping[str, Told], labels: Labels) -> str:
    """What each power could take, as the case is and with what the user builds."""
    rows = []
    for power in case.powers:
        figures = []
        for one in (without[power], withal[power]):
            row = one.row("whatif_rent", one.desk.home, "all")
            figures.append(one.desk.notes.of(row) if row else None)
        rows.append((labels.name("actor", power, case.name(power)), *figures))
    return render("drawer.html.j2", labels, kind="powers", heading=labels("lever.powers"), rows=rows)


def sessions(
    kept: Sequence[Kept], current: str, what: WhatIf, case: Case, labels: Labels, *,
    title: str = "", sent: tuple[str, str] | None = None, fault: str = "", query: str = "",
) -> str:  # fmt: skip
    """The user's sessions, a form to keep another, and what the user assumes instead of the case."""
    own = []
    for one in what.changes:
        row = case.settle().ledger.find(one.fact).row(0, named=True)
        ends = (_amount(case, str(row["measure"]), value) for value in (row["value"], one.value))
        before, after = ends
        own.append({"act": "fact", "fact": one.fact, "told": one.fact, "before": before, "after": after,
                    "reason": one.reason})  # fmt: skip
    titles = dict(case.table("levers").select("lever", "title").iter_rows())
    for pull in what.levers:
        own.append({"act": "pick", "fact": pull.lever, "told": short(titles[pull.lever]), "before": "–",
                    "after": f"{100 * pull.intensity:g} %, {pull.year}", "reason": pull.reason})  # fmt: skip
    for weight in what.weights:
        own.append({"act": "levers", "fact": weight.kind, "told": labels(f"weight.{weight.kind}"),
                    "before": labels("weight.case"), "after": weight.value, "reason": weight.reason})  # fmt: skip
    return render(
        "drawer.html.j2", labels, kind="sessions", heading=labels("session.yours"), sessions=kept, current=current, title=title,
        sent=sent, fault=fault, own=own, query=query,
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
    value = (
        "" if found.value is None else f": {_amount(case, parts['measure'], found.value)} {desk.unit(parts['measure'])}"
    )
    return f"{words}, {parts['period']}{value}" if parts["period"] else f"{words}{value}"


def _amount(case: Case, measure: str, value: float) -> str:
    """A figure as it is written in its unit: a share in per cent."""
    return amount(100.0 * value if case.unit(measure) == "fraction" else value, 5)


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
