"""What a reader's state looks like: the map and its panel, the rooms, the bar above them, the drawer beside them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import polars as pl

from equipoise.brief.desk import Desk
from equipoise.case import Case
from equipoise.errors import EquipoiseError
from equipoise.ledger import Ledger, parse_id
from equipoise.studio import drawer
from equipoise.studio.blocks import Room, Section, as_html, render
from equipoise.studio.labels import LANGUAGES, Labels
from equipoise.studio.rooms import ROOMS, fans, sources, withdrawal
from equipoise.studio.scene import Told, scene
from equipoise.studio.sitting import Aside, Sitting
from equipoise.studio.story import choices, closed_in_words, story
from equipoise.whatif import WhatIf
from equipoise.workbench import Run, Workbench
from equipoise.workbench.state import ROOMS as NAMES

__all__ = ["above", "beside", "in_the_room", "on_the_map", "room_named", "room_of", "told", "waiting"]

_OVER = ("done", "stopped", "failed")
WAITS = {"futures": "futures", "corridors": "plans", "bargaining": "moves"}
"""Rooms that show what long work finds beyond the study, and the work."""


def told(bench: Workbench, what: WhatIf, commodity: str, year: str = "") -> Told:
    """The answer to a what-if, for views."""

    def make() -> Told:
        return Told(bench.told(what, commodity, year), what.id, commodity, year=year)

    return cast(Told, bench.seen(("told", what.id, commodity, year), make))


def on_the_map(sitting: Sitting) -> tuple[list[dict[str, Any]], str]:
    """The pictures, one or two, and the panel beside them; drawn once for all who look at the same."""
    state = sitting.state
    worlds = state.what.id, "" if state.against is None else state.against.id
    key = (
        *worlds,
        state.against is None,
        state.commodity,
        state.year,
        sitting.labels.language,
        bool(sitting.past),
        bool(sitting.future),
    )
    found = sitting.bench.seen(("map", *key), lambda: _on_the_map(sitting))
    return cast("tuple[list[dict[str, Any]], str]", found)


def _on_the_map(sitting: Sitting) -> tuple[list[dict[str, Any]], str]:
    bench, state, labels, year = sitting.bench, sitting.state, sitting.labels, sitting.state.year
    before, now = (told(bench, what, state.commodity, year) for what in (WhatIf(), state.what))
    asked = state.what.acts
    shown = [(now, _called(now, state.what, labels))]
    if state.against is not None:
        other = told(bench, state.against, state.commodity, year)
        shown.insert(0, (other, _called(other, state.against, labels)))
    pictures = []
    for one, word in shown:
        picture = scene(one, before, labels)
        dated = f"{word}, {year}" if year else word
        pictures.append({**picture, "told": f"{picture['told']}, {dated}", "title": dated if len(shown) > 1 else ""})
    held = None
    if state.against is not None:
        held = story(other, before, state.against, labels)
    panel = render(
        "panel.html.j2", labels, held=held, asked=asked, own=state.what.own != WhatIf(),
        story=story(now, before, state.what, labels), built=bool(state.what.levers),
        choices=choices(now, before, state.what, labels), undo=bool(sitting.past), redo=bool(sitting.future),
        unit=labels.unit(now.unit), year=year, last=bench.years(state.commodity)[-1],
    )  # fmt: skip
    return pictures, panel + _legend(sitting, now)


def _called(world: Told, what: WhatIf, labels: Labels) -> str:
    """A world by what is closed in it."""
    return closed_in_words(world, what, labels) or labels("map.as_it_is")


def _legend(sitting: Sitting, now: Told) -> str:
    """The controllers whose colours are on the map."""
    lines = (row for row in now.desk.layout.links if row["commodity"] == now.commodity)
    used = [row["territory"].split(";") for row in lines if now.value("whatif_flow", row["link"])]
    first = {next((state for state in states if state and state != now.desk.home), now.desk.home) for states in used}
    named = [(state, sitting.labels.name("actor", state, now.desk.name(state))) for state in sorted(first)]
    return render("legend.html.j2", sitting.labels, named=named, query=sitting.query)


def waiting(sitting: Sitting) -> Run | None:
    """The long work that the reader waits for."""
    mine = [run for run in sitting.bench.runs.every(sitting.user) if run.state not in _OVER]
    house = sitting.bench.house
    if mine:
        return mine[0]
    return house if house is not None and house.state not in _OVER and sitting.bench.known() is None else None


def in_the_room(sitting: Sitting) -> str:
    """The room as HTML, or how far the study is that it waits for."""
    bench, state, labels, name = sitting.bench, sitting.state, sitting.labels, sitting.state.room
    own = state.what if state.what.own != WhatIf() else None
    studied = bench.known(own) if own else None
    case = studied or bench.known()
    run, mine = waiting(sitting), bench.runs.every(sitting.user)
    top = render(
        "roomtop.html.j2", labels, heading=labels(f"room.{name}"), run=run, own=own is not None and studied is None,
        note=labels("room.of_yours" if studied else "room.of_case") if state.what != WhatIf() else "", room=name,
        work="" if _found(sitting, name) else WAITS.get(name, ""), house=bench.house, known=case is not None,
        mine=run is not None and run.user == sitting.user,
        stopped=mine[0] if mine and mine[0].state in ("stopped", "failed") else None,
    )  # fmt: skip
    room = room_of(bench, name, sitting)
    body = as_html(room, name, sitting.query, labels) if room else ""
    if name == "sources":
        return top + sources.browser(case or bench.case, sitting.form, sitting.page_of, labels, sitting.query) + body
    chosen = {"withdrawal": _explorer, "futures": _fans}.get(name)
    return top + (chosen(sitting) if chosen and room else "") + body


def room_of(bench: Workbench, name: str, sitting: Sitting) -> Room | None:
    """A room of the case, or of the case with a reader's figures where that was studied; made once for all who look."""
    what = sitting.state.what
    own = _own(sitting)
    case = bench.known(own)
    if case is None:
        return None
    found, labels = _found(sitting, name), sitting.labels

    def make() -> Room:
        mine = replace(bench.planned(what), ledger=case.ledger) if name == "futures" and found is not None else case
        desk = Desk(mine if found is None else _knowing(mine, found))
        return Room.of(ROOMS[name](desk), desk, labels)

    return bench.seen(("room", *_whose(sitting, name)), make)


def _own(sitting: Sitting) -> WhatIf | None:
    """What the reader assumes, where that was studied."""
    what = sitting.state.what
    return what if what.own != WhatIf() and sitting.bench.known(what) is not None else None


def _whose(sitting: Sitting, name: str) -> tuple[Any, ...]:
    """All that a room depends on."""
    own, found = _own(sitting) is not None, _found(sitting, name) is not None
    return name, sitting.state.what.own.id if own or found else "", own, found, sitting.labels.language


def _found(sitting: Sitting, name: str) -> Ledger | None:
    """What long work found for a room beyond the study, if it was done."""
    kind = WAITS.get(name)
    if kind is None:
        return None
    return sitting.bench.runs.found(kind, sitting.lived if kind == "futures" else sitting.asked_of(kind))


def _knowing(case: Case, found: Ledger) -> Case:
    """The case knowing what long work found, too: of the same measures that in the place of the study's."""
    measures = found.facts["measure"].cast(pl.String).unique().to_list()
    held = case.ledger.without(measures)
    known = held.derivations["derivation"].implode()
    tables = (
        pl.concat([held.facts, found.facts]),
        pl.concat([held.derivations, found.derivations.filter(~pl.col("derivation").is_in(known))]),
        pl.concat([held.parents, found.parents.filter(~pl.col("derivation").is_in(known))]),
    )
    return replace(case, ledger=Ledger(*tables))


def room_named(sitting: Sitting, name: str, given: Mapping[str, str]) -> Room | None:
    """A room, or the table of the coalition that is asked for, by the name that its links to save have."""
    if name == "coalition":
        return _coalition(sitting, given.get("by", "").split(","))
    if name == "fan":
        return _fan(sitting, given.get("policy", ""), given.get("way", ""))
    return room_of(sitting.bench, name, sitting) if name in ROOMS else None


def _explorer(sitting: Sitting) -> str:
    """Powers to choose, and what they could cost together."""
    room = _coalition(sitting, sitting.members)
    if room is None:
        return ""
    desk = room.desk
    names = {power: sitting.labels.name("actor", power, desk.name(power)) for power in desk.case.powers}
    powers = [{"id": power, "name": name, "on": power in sitting.members} for power, name in names.items()]
    query = f"by={','.join(sitting.members)}&{sitting.query}"
    return render("explorer.html.j2", sitting.labels, powers=powers) + as_html(room, "coalition", query, sitting.labels)


def _coalition(sitting: Sitting, members: Sequence[str]) -> Room | None:
    """What several powers could cost together."""
    desk = desk_of(sitting.bench)
    if desk is None:
        return None
    return Room([Section("together", sitting.labels("room.explorer"), [withdrawal.coalition(desk, members)])], {}, desk)


def _fans(sitting: Sitting) -> str:
    """A policy and a weighting to choose, and what is lost year by year under them."""
    room = room_of(sitting.bench, "futures", sitting)
    policies, ways = fans.choices(room.desk) if room else ({}, {})
    if not policies or not ways:
        return ""
    policy, way = (
        one if one in known else next(iter(known)) for one, known in zip(sitting.fan, (policies, ways), strict=True)
    )
    chosen = _fan(sitting, policy, way)
    head = render("fans.html.j2", sitting.labels, policies=policies, ways=ways, policy=policy, way=way)
    query = f"policy={policy}&way={way}&{sitting.query}"
    return head + (as_html(chosen, "fan", query, sitting.labels) if chosen else "")


def _fan(sitting: Sitting, policy: str, way: str) -> Room | None:
    """What is lost year by year under a policy and a weighting."""

    def make() -> Room | None:
        room = room_of(sitting.bench, "futures", sitting)
        chart = fans.fan(room.desk, policy, way) if room else None
        if room is None or chart is None:
            return None
        return Room.of([Section("fan", sitting.labels("fan.heading"), [chart])], room.desk, sitting.labels)

    return sitting.bench.seen(("fan", policy, way, *_whose(sitting, "futures")), make)


def desk_of(bench: Workbench) -> Desk | None:
    """A desk over all that the study found."""
    known = bench.known()
    return None if known is None else bench.seen("desk", lambda: Desk(known))


def above(sitting: Sitting) -> str:
    """The bar over every room."""
    labels, here, bench = sitting.labels, sitting.state.room, sitting.bench
    desk = told(bench, WhatIf(), sitting.state.commodity).desk
    years = sitting.years if here == "map" else []
    named = [(one, labels.name("commodity", one, desk.name(one))) for one in bench.commodities]
    return render(
        "head.html.j2", labels, rooms=NAMES, here=here, languages=LANGUAGES, notice=sitting.notice, conflict=sitting.conflict,
        title=bench.case.title, session=sitting.session, commodities=named, commodity=sitting.state.commodity, years=years,
        year=sitting.state.year or (years[-1] if years else ""),
        beside=sitting.state.against is not None, address=f"?w={sitting.state.link()}", query=sitting.query,
    )  # fmt: skip


def beside(sitting: Sitting) -> str:
    """The drawer; what it cannot show is said in the bar."""
    try:
        return _drawer(sitting)
    except (EquipoiseError, StopIteration) as error:
        sitting.aside, sitting.notice = Aside(), str(error)
        return ""


def _drawer(sitting: Sitting) -> str:
    made = _DRAWERS.get(sitting.aside.kind)
    return made(sitting) if made else ""


def _fact(sitting: Sitting) -> str:
    aside, state = sitting.aside, sitting.state
    world = parse_id(aside.id)["object"] if aside.id.startswith("whatif_") else ""  # it may be one that stands beside
    what = sitting.bench.asked(world) or state.what
    case = sitting.bench.traced(what, state.commodity, state.year)
    return drawer.fact(case, aside.id, state.what, sitting.labels, fault=aside.fault, given=aside.given)


def _thing(sitting: Sitting) -> str:
    """A link, a place or a state."""
    state, bench, id = sitting.state, sitting.bench, sitting.aside.id
    now, before = (told(bench, one, state.commodity, state.year) for one in (state.what, WhatIf()))
    case = bench.applied(state.what)
    if sitting.aside.kind == "link":
        return drawer.link(case, now, before, id, state.what, sitting.labels)
    if sitting.aside.kind == "state":
        return drawer.state(case, now, id, state.what, sitting.labels)
    return drawer.place(case, now, id, sitting.labels)


def _lever(sitting: Sitting) -> str:
    aside, state, case = sitting.aside, sitting.state, sitting.bench.case
    return drawer.lever(
        case, aside.id, state.what, state.commodity, sitting.labels, fault=aside.fault, given=aside.given
    )


def _levers(sitting: Sitting) -> str:
    aside = sitting.aside
    return drawer.levers(sitting.bench.case, sitting.state.what, sitting.labels, fault=aside.fault, given=aside.given)


def _powers(sitting: Sitting) -> str:
    """What each power could take, without the levers and with them; the closures of the reader's are left out of both."""
    bench, state = sitting.bench, sitting.state
    own = replace(state.what, closed={})
    without, withal = (
        {power: told(bench, replace(one, powers=(power,)), state.commodity, state.year) for power in bench.case.powers}
        for one in (own.without_levers, own)
    )
    return drawer.powers(bench.case, without, withal, sitting.labels)


def _sessions(sitting: Sitting) -> str:
    aside, bench, open_ = sitting.aside, sitting.bench, sitting.session
    return drawer.sessions(
        bench.sessions.every(sitting.user), open_.id if open_ else "", sitting.state.what, bench.case, sitting.labels,
        title=open_.title if open_ else "", sent=aside.sent, fault=aside.fault, query=sitting.query,
    )  # fmt: skip


_DRAWERS: Mapping[str, Callable[[Sitting], str]] = {
    "fact": _fact, "link": _thing, "place": _thing, "state": _thing, "lever": _lever, "levers": _levers, "powers": _powers,
    "sessions": _sessions,
}  # fmt: skip
