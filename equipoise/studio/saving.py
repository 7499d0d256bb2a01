"""What can be taken away: tables as CSV, pictures as SVG and PNG, the screen as a brief."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from equipoise.brief.atlas import Drawn, corridor_map
from equipoise.brief.charts import Spec, render_svg
from equipoise.brief.desk import Desk
from equipoise.brief.document import Block, Chart, Document, Paragraph, Table
from equipoise.brief.document import Section as Chapter
from equipoise.errors import InputError
from equipoise.studio import screen
from equipoise.studio.blocks import cells
from equipoise.studio.rooms import ROOMS, sources, withdrawal
from equipoise.studio.scene import LEAST, Told
from equipoise.studio.sitting import Sitting
from equipoise.studio.story import story
from equipoise.whatif import WhatIf
from equipoise.workbench.tables import as_csv, cells_as_csv

__all__ = ["TYPES", "saved"]

TYPES = {
    "csv": "text/csv; charset=utf-8", "svg": "image/svg+xml", "png": "image/png", "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
}  # fmt: skip


def saved(sitting: Sitting, room: str, name: str, given: Mapping[str, str]) -> tuple[bytes, str]:
    """A file of what a reader sees, by the room, ``NUMBER.csv|svg|png``, ``map.svg|png|csv`` or ``brief.html|pdf``; its bytes and
    its type.

    Raises
    ------
    InputError
        There is nothing of that name, or not in that form.
    """
    stem, _, kind = name.partition(".")
    if stem == "brief" and kind in ("html", "pdf"):
        return _brief(sitting, kind), TYPES[kind]
    if room == "map" and stem == "map":
        return _map(sitting, kind), TYPES[kind]
    if room == "sources" and name == "0.csv":
        case = sitting.bench.known() or sitting.bench.case
        return as_csv(sources.chosen(case, sources.asked(given))).encode(), TYPES["csv"]
    block = _block(sitting, room, stem, given)
    table = block.numbers if isinstance(block, Chart) else block
    if kind == "csv" and isinstance(table, Table):
        return cells_as_csv(*cells(table)).encode(), TYPES["csv"]
    if kind in ("svg", "png") and isinstance(block, Chart):
        return _picture(block.wide, kind), TYPES[kind]
    raise InputError("file", found=f"{room}/{name}"[:80], allowed="what the page offers to save")


def _block(sitting: Sitting, room: str, stem: str, given: Mapping[str, str]) -> Block | None:
    """A block of a room by its number."""
    if room == "coalition":
        desk = screen.desk_of(sitting.bench)
        return withdrawal.coalition(desk, given.get("by", "").split(",")) if desk else None
    shown = screen.room_of(sitting.bench, room, sitting) if room in ROOMS else None
    return shown.block(int(stem)) if shown and stem.isdigit() and len(stem) < 4 else None


def _picture(spec: Spec | Mapping[str, object], kind: str) -> bytes:
    if kind == "svg":
        return render_svg(dict(spec)).encode()
    import vl_convert

    return bytes(vl_convert.vegalite_to_png({**spec, "background": "#fbfaf6"}, scale=2))


def _map(sitting: Sitting, kind: str) -> bytes:
    """The map of the what-if as a picture, or its facts as a table."""
    state = sitting.state
    if kind == "csv":
        return as_csv(sitting.bench.answer(state.what, state.commodity).facts).encode()
    if kind not in ("svg", "png"):
        raise InputError("file", found=kind[:20], allowed="svg, png, csv")
    return _picture(_atlas(screen.told(sitting.bench, state.what, state.commodity), narrow=False), kind)


def _atlas(now: Told, *, narrow: bool) -> Spec:
    """The brief's own map, of this world."""
    desk = now.desk
    points = desk.case.table("places").select("place", "longitude", "latitude").iter_rows()
    spots = {place: (float(x), float(y)) for place, x, y in points if x}
    drawn, shown, busy = [], dict[str, str](), set[str]()
    for row in desk.layout.links:
        flow = now.value("whatif_flow", row["link"])
        if row["commodity"] != now.commodity or flow is None or row["from"] not in spots or row["to"] not in spots:
            continue
        via = [tuple(float(x) for x in point.split()) for point in row["via"].split(";") if point.strip()]
        line = [spots[row["from"]], *((x, y) for x, y in via), spots[row["to"]]]
        who = next((state for state in row["territory"].split(";") if state and state != desk.home), desk.home)
        drawn.append(Drawn(line, flow if flow >= LEAST else 0.0, who, desk.section(row["link"])))
        if flow >= LEAST:
            shown[who] = desk.name(who)
            busy |= {row["from"], row["to"]}
    labels = [
        {"longitude": spots[row["place"]][0], "latitude": spots[row["place"]][1], "text": row["label"], "side": "r"}
        for row in desk.case.table("places").iter_rows(named=True) if row["label"] and row["place"] in busy
    ]  # fmt: skip
    return corridor_map(drawn, labels, desk.home, sorted(shown.items()), narrow=narrow)


def _brief(sitting: Sitting, kind: str) -> bytes:
    """What is on the screen as a document: the what-if with its map, then the room."""
    bench, state, labels = sitting.bench, sitting.state, sitting.labels
    traced = bench.traced(state.what, state.commodity)
    desk = Desk(traced)
    before = screen.told(bench, WhatIf(), state.commodity)
    now = Told(replace(bench.told(state.what, state.commodity)), state.what.id, state.commodity)
    now.desk.notes = desk.notes  # one set of notes for the whole document
    before = Told(before.case, before.world, before.commodity)
    before.desk.notes = desk.notes
    said = story(now, before, state.what, labels)
    blocks: list[Block] = [Paragraph(said[part], "text") for part in ("why", "moved", "sure") if said[part]]
    blocks += [Paragraph([f"{name}: ", figure], "point") for name, figure in said["others"]]
    for change in state.what.changes:
        blocks.append(Paragraph([f"Your assumption: {change.fact} = {change.value:g}. {change.reason}."], "point"))
    caption = f"{desk.name(state.commodity)} in this state of the world"
    key = "Lines are as wide as the flow and coloured by the first foreign state that controls the link."
    blocks.append(Chart("whatif-map", caption, key, _atlas(now, narrow=False), _atlas(now, narrow=True)))
    chapters = [Chapter("whatif", labels("map.asked"), blocks)]
    if state.room in ROOMS and bench.known() is not None:
        chapters += [Chapter(section.id, section.title, section.blocks) for section in ROOMS[state.room](desk)]
    document = Document(
        title=traced.title, subtitle=f"{labels('map.asked')} · {labels(f'room.{state.room}')}", headline=said["headline"],
        cards=[], sections=chapters, notes=desk.notes.notes, facts=desk.notes.facts,
        imprint=["Made by the studio of equipoise from what its reader closed and assumed; not the case’s own brief."],
    )  # fmt: skip
    if kind == "html":
        from equipoise.brief.html import to_html

        return to_html(document).encode()
    from equipoise.brief.pdf import to_pdf

    return to_pdf(document)
