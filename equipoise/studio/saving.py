"""What can be taken away: tables and pictures as CSV, SVG and PNG, each with its sources and date; the screen as a brief."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from importlib.metadata import version

from equipoise.brief.atlas import Drawn, corridor_map
from equipoise.brief.charts import Spec
from equipoise.brief.desk import Desk
from equipoise.brief.document import Block, Chart, Document, Paragraph, Table
from equipoise.brief.document import Section as Chapter
from equipoise.errors import InputError
from equipoise.studio import screen
from equipoise.studio.blocks import Room, behind, cell_text, cells, drawn, numbers_of
from equipoise.studio.drawing import Plate, framed, typeset
from equipoise.studio.labels import Labels
from equipoise.studio.rooms import ROOMS, sources
from equipoise.studio.scene import LEAST, Told
from equipoise.studio.sitting import Sitting
from equipoise.studio.story import closed_in_words, story
from equipoise.whatif import WhatIf
from equipoise.workbench.easel import apart, as_png
from equipoise.workbench.tables import as_csv, cells_as_csv

__all__ = ["TYPES", "brief", "saved"]

TYPES = {
    "csv": "text/csv; charset=utf-8", "svg": "image/svg+xml", "png": "image/png", "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
}  # fmt: skip
MOST_SOURCES = 8
"""Sources that are named below a picture; the rest are counted."""


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
    if kind not in ("csv", "svg", "png"):
        raise InputError("file", found=f"{room}/{name}"[:80], allowed="csv, svg, png of what the page offers to save")
    if room == "map" and stem == "map":
        return _map(sitting, kind), TYPES[kind]
    if room == "sources" and name == "facts.csv":
        case = sitting.bench.known() or sitting.bench.case
        return as_csv(sources.chosen(case, sources.asked(given))).encode(), TYPES["csv"]
    shown = screen.room_named(sitting, room, given)
    block = shown.block(int(stem)) if shown and stem.isdecimal() and len(stem) < 4 else None
    if shown is None or not isinstance(block, Table | Chart):
        raise InputError("file", found=f"{room}/{name}"[:80], allowed="what the page offers to save")
    if kind == "csv":
        return _rows(shown, block, int(stem), sitting.labels).encode(), TYPES["csv"]
    labels = sitting.labels
    plate = _plate(shown, block, int(stem), labels)
    svg = typeset(block, plate, labels) if isinstance(block, Table) else framed(drawn(block, labels), plate)
    return (apart(as_png, svg) if kind == "png" else svg.encode()), TYPES[kind]


def _plate(room: Room, block: Table | Chart, number: int, labels: Labels) -> Plate:
    """What stands around a picture of a block."""
    said = [cell_text(block.foot, labels)] if block.foot else []
    told = labels.say(block.told) if isinstance(block, Chart) else ""
    return Plate(labels.say(block.caption), told, [*said, *_imprint(room.desk, _notes(room, block, number), labels)])


def _notes(room: Room, block: Block, number: int) -> list[int]:
    """The notes of what a block shows; of a picture without figures of its own, those of the table that follows it."""
    figures, following = behind(block), room.block(number + 1)
    while not figures and following is not None:
        figures, number = behind(following), number + 1
        following = room.block(number + 1)
    return list(dict.fromkeys(figure.note for figure in figures if figure.note))


def _imprint(desk: Desk, notes: Sequence[int], labels: Labels) -> list[str]:
    """Where it is from and when it was made: two lines of small print."""
    found = desk.notes.sources(notes)
    named = "; ".join(found[:MOST_SOURCES])
    if len(found) > MOST_SOURCES:
        named = f"{named}; {labels('saved.more', n=len(found) - MOST_SOURCES)}"
    made = labels(
        "saved.made", version=version("equipoise"), case=desk.case.title, year=desk.year, day=labels.day(_today())
    )
    return [*([labels("saved.sources", sources=named.rstrip("."))] if named else []), made]


def _rows(room: Room, block: Table | Chart, number: int, labels: Labels) -> str:
    """A block as CSV in the brief's own words: each row with the sources of its figures and the day on which it was saved."""
    table = numbers_of(block) if isinstance(block, Chart) else block
    heads, rows = cells(table)
    own = [behind(Table("", (), [row])) for row in table.rows]
    whole = room.desk.notes.sources(_notes(room, block, number))
    day = _today().isoformat()
    told = [
        "; ".join(room.desk.notes.sources([figure.note for figure in figures]) if figures else whole[:MOST_SOURCES])
        for figures in own
    ]
    ends = [labels("saved.source"), labels("saved.day")]
    return cells_as_csv([*heads, *ends], [[*row, said, day] for row, said in zip(rows, told, strict=True)])


def _today() -> date:
    return datetime.now(UTC).date()


def _map(sitting: Sitting, kind: str) -> bytes:
    """The map of the what-if as a picture, or its facts as a table."""
    state, labels, bench = sitting.state, sitting.labels, sitting.bench
    if kind == "csv":
        return as_csv(bench.answer(state.what, state.commodity).facts).encode()
    now = screen.told(bench, state.what, state.commodity)
    desk = Desk(bench.traced(state.what, state.commodity))
    flows = desk.notes.rows(f"whatif_flow_{now.quantity}", item=state.commodity)
    notes = list(dict.fromkeys(desk.notes.of(row).note for row in flows))
    name = labels.name("commodity", state.commodity, desk.name(state.commodity))
    closed = closed_in_words(now, state.what, labels) or labels("map.as_it_is")
    head = story(now, screen.told(bench, WhatIf(), state.commodity), state.what, labels)["headline"]
    own = [f"{labels('own.mark')}: {line}" for line in _assumed(sitting)]
    key = " · ".join(labels(f"map.legend.{word}") for word in ("width", "dash", "colour"))
    plate = Plate(f"{name}: {closed}", cell_text(head, labels), [key, *own, *_imprint(desk, notes, labels)])
    svg = framed(_drawn(_atlas(now, narrow=False), labels), plate)
    return apart(as_png, svg) if kind == "png" else svg.encode()


def _drawn(spec: Spec, labels: Labels) -> str:
    return drawn(Chart("", "", "", spec, spec), labels)


def _assumed(sitting: Sitting) -> list[str]:
    """What the reader assumes instead of the case, each with its reason: figures, levers, weights."""
    what, case = sitting.state.what.plain(), sitting.bench.case
    titles = dict(case.table("levers").select("lever", "title").iter_rows())
    told = [f"{one['fact']} = {one['value']:g}. {one['reason']}" for one in what["changes"]]
    told += [f"{titles.get(one['lever'], one['lever'])}. {one['reason']}" for one in what.get("levers", [])]
    return told + [f"{one['kind']}: {one['value']}. {one['reason']}" for one in what.get("weights", [])]


def _atlas(now: Told, *, narrow: bool) -> Spec:
    """The brief's own map, of this world."""
    desk = now.desk
    points = desk.case.table("places").select("place", "longitude", "latitude").iter_rows()
    spots = {place: (float(x), float(y)) for place, x, y in points if x}
    lines, shown, busy = [], dict[str, str](), set[str]()
    for row in desk.layout.links:
        flow = now.value("whatif_flow", row["link"])
        if row["commodity"] != now.commodity or flow is None or row["from"] not in spots or row["to"] not in spots:
            continue
        via = [tuple(float(x) for x in point.split()) for point in row["via"].split(";") if point.strip()]
        line = [spots[row["from"]], *((x, y) for x, y in via), spots[row["to"]]]
        who = next((state for state in row["territory"].split(";") if state and state != desk.home), desk.home)
        lines.append(Drawn(line, flow if flow >= LEAST else 0.0, who, desk.section(row["link"])))
        if flow >= LEAST:
            shown[who] = desk.name(who)
            busy |= {row["from"], row["to"]}
    named = {row["place"]: row["label"] for row in desk.case.table("places").iter_rows(named=True)}
    places = {name: spots[name] for name in sorted(busy) if named[name]}

    def side(x: float, y: float) -> str:
        """Left of its place where another name would stand in its way on the right."""
        return "l" if any(0 < east - x < 5 and abs(north - y) < 0.9 for east, north in places.values()) else "r"

    labels = [
        {"longitude": x, "latitude": y, "text": named[name], "side": side(x, y)} for name, (x, y) in places.items()
    ]
    return corridor_map(lines, labels, desk.home, sorted(shown.items()), narrow=narrow)


def _brief(sitting: Sitting, kind: str) -> bytes:
    """What is on the screen, set as a page or for paper."""
    document = brief(sitting)
    if kind == "html":
        from equipoise.brief.html import to_html

        return apart(to_html, document).encode()
    from equipoise.brief.pdf import to_pdf

    return apart(to_pdf, document)


def brief(sitting: Sitting) -> Document:
    """What is on the screen as a document: the what-if with its map, the world held beside it, then the room."""
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
    blocks += [Paragraph([f"{labels('own.mark').capitalize()}: {line}."], "point") for line in _assumed(sitting)]
    if state.against is not None:
        other = screen.told(bench, state.against, state.commodity)
        words = closed_in_words(other, state.against, labels) or labels("map.as_it_is")
        head = cell_text(story(other, before, state.against, labels)["headline"], labels)
        blocks.append(Paragraph([f"{labels('map.beside')} ({words}): {head}"], "text"))
    caption = f"{labels.name('commodity', state.commodity, desk.name(state.commodity))}: {labels('map.asked')}"
    key = " · ".join(labels(f"map.legend.{word}") for word in ("width", "dash", "colour"))
    wide, narrow = (labels.spec(_atlas(now, narrow=slim)) for slim in (False, True))
    blocks.append(Chart("whatif-map", caption, key, wide, narrow))
    chapters = [Chapter("whatif", labels("map.asked"), blocks), *_room_of(sitting, desk)]
    return Document(
        title=traced.title, subtitle=f"{labels('map.asked')} · {labels(f'room.{state.room}')}", headline=said["headline"],
        cards=[], sections=chapters, notes=desk.notes.notes, facts=desk.notes.facts,
        imprint=[labels("saved.brief"), *_imprint(desk, [], labels)],
    )  # fmt: skip


def _room_of(sitting: Sitting, desk: Desk) -> list[Chapter]:
    """The room on the screen as chapters; whose figures they are is said where the reader asked for something else."""
    bench, state, labels = sitting.bench, sitting.state, sitting.labels
    case = bench.known(state.what) if state.what.own != WhatIf() else None
    if state.room not in ROOMS or (case or bench.known()) is None:
        return []
    chapters = [Chapter(section.id, section.title, section.blocks) for section in ROOMS[state.room](desk)]
    if state.what == WhatIf():
        return chapters
    note = Paragraph([labels("room.of_yours" if case else "room.of_case")], "small")
    return [Chapter("room", labels(f"room.{state.room}"), [note]), *chapters]
