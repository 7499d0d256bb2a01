"""What a reader's state looks like: the map and its panel, the rooms, the bar above them, the drawer beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from equipoise.brief.desk import Desk
from equipoise.errors import EquipoiseError
from equipoise.studio import drawer
from equipoise.studio.blocks import Room, Section, as_html, render
from equipoise.studio.labels import LANGUAGES, Labels
from equipoise.studio.rooms import ROOMS, sources, withdrawal
from equipoise.studio.scene import Told, scene
from equipoise.studio.sitting import Aside, Sitting
from equipoise.studio.story import choices, closed_in_words, story
from equipoise.whatif import AS_IT_IS, WhatIf
from equipoise.workbench import Run, Workbench
from equipoise.workbench.state import ROOMS as NAMES

__all__ = ["above", "beside", "in_the_room", "on_the_map", "room_named", "room_of", "told", "waiting"]

_OVER = ("done", "stopped", "failed")


def told(bench: Workbench, what: WhatIf, commodity: str) -> Told:
    """The answer to a what-if, for views."""
    return cast(
        Told, bench.seen(("told", what.id, commodity), lambda: Told(bench.told(what, commodity), what.id, commodity))
    )


def on_the_map(sitting: Sitting) -> tuple[list[dict[str, Any]], str]:
    """The pictures, one or two, and the panel beside them."""
    bench, state, labels = sitting.bench, sitting.state, sitting.labels
    before, now = (told(bench, what, state.commodity) for what in (WhatIf(), state.what))
    asked, years = state.what != WhatIf(), sitting.years
    shown = [(now, _called(now, state.what, labels))]
    if not asked and sitting.year in years[:-1]:
        shown = [(_of_year(bench, state.commodity, sitting.year), sitting.year)]
    if state.against is not None:
        other = told(bench, state.against, state.commodity)
        shown.insert(0, (other, _called(other, state.against, labels)))
    pictures = []
    for one, word in shown:
        picture = scene(one, one if one.year else before, labels)
        pictures.append({**picture, "told": f"{picture['told']}, {word}", "title": word if len(shown) > 1 else ""})
    held = None
    if state.against is not None:
        held = story(told(bench, state.against, state.commodity), before, state.against, labels)
    panel = render(
        "panel.html.j2", labels, held=held, asked=asked, own=bool(state.what.changes),
        story=story(now, before, state.what, labels),
        choices=choices(now, before, state.what, labels), undo=bool(sitting.past), redo=bool(sitting.future),
        unit=labels.unit(now.unit), year=shown[-1][0].year, last=now.value_year,
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


def _of_year(bench: Workbench, commodity: str, year: str) -> Told:
    """The network of another year, as the study solved it."""
    known = bench.known()
    quantity = told(bench, WhatIf(), commodity).quantity
    names = [f"{stem}_{quantity}" for stem in ("link_flow", "link_capacity", "modelled_flow", "modelled_export")]

    def make() -> Told | None:
        if known is None:
            return None
        return Told(replace(known, ledger=type(known.ledger)(known.view(names))), AS_IT_IS, commodity, year=year)

    return cast(Told, bench.seen(("year", commodity, year), make))


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
    own = state.what if state.what.changes else None
    studied = bench.known(own) if own else None
    case = studied or bench.known()
    run, mine = waiting(sitting), bench.runs.every(sitting.user)
    top = render(
        "roomtop.html.j2", labels, heading=labels(f"room.{name}"), run=run, own=own is not None and studied is None,
        note=labels("room.of_yours" if studied else "room.of_case") if state.what != WhatIf() else "", room=name,
        house=bench.house, mine=run is not None and run.user == sitting.user, known=case is not None,
        stopped=mine[0] if mine and mine[0].state in ("stopped", "failed") else None,
    )  # fmt: skip
    room = room_of(bench, name, sitting)
    body = as_html(room, name, sitting.query, labels) if room else ""
    if name == "sources":
        return top + sources.browser(case or bench.case, sitting.form, sitting.page_of, labels, sitting.query) + body
    return top + (_explorer(sitting) if name == "withdrawal" and room else "") + body


def room_of(bench: Workbench, name: str, sitting: Sitting) -> Room | None:
    """A room of the case, or of the case with a reader's figures where that was studied; made once for all who look."""
    what = sitting.state.what
    own = what if what.changes and bench.known(what) is not None else None
    case = bench.known(own)
    if case is None:
        return None
    lived = bench.runs.found("futures", sitting.lived) if name == "futures" else None

    labels = sitting.labels

    def make() -> Room:
        desk = Desk(case.add(lived) if lived is not None else case)
        return Room.of(ROOMS[name](desk), desk, labels)

    return bench.seen(("room", name, own.own.id if own else "", lived is not None, labels.language), make)


def room_named(sitting: Sitting, name: str, given: Mapping[str, str]) -> Room | None:
    """A room, or the table of the coalition that is asked for, by the name that its links to save have."""
    if name == "coalition":
        return _coalition(sitting, given.get("by", "").split(","))
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
        year=sitting.year if sitting.year in years else (years[-1] if years else ""), asked=sitting.state.what != WhatIf(),
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
    aside, state, bench, labels = sitting.aside, sitting.state, sitting.bench, sitting.labels
    if aside.kind == "fact":
        case = bench.traced(state.what, state.commodity)
        return drawer.fact(case, aside.id, state.what, labels, fault=aside.fault, given=aside.given)
    if aside.kind == "link":
        now, before = (told(bench, what, state.commodity) for what in (state.what, WhatIf()))
        return drawer.link(bench.case, now, before, aside.id, state.what, labels)
    if aside.kind == "place":
        return drawer.place(bench.case, aside.id, labels)
    if aside.kind == "sessions":
        kept, open_ = bench.sessions.every(sitting.user), sitting.session
        return drawer.sessions(
            kept, open_.id if open_ else "", state.what, bench.case, labels, title=open_.title if open_ else "", sent=aside.sent,
            fault=aside.fault,
        )  # fmt: skip
    return ""
