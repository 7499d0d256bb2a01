"""Blocks of a document as parts of the page: figures that can be opened, pictures that can be saved, in the page's colours."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from equipoise.brief.desk import Desk
from equipoise.brief.document import Block, Cell, Chart, Figure, Paragraph, Table
from equipoise.brief.palette import BORDER, INK, LAND, LAND_HOME, MUTED, RULE, SEA, colour
from equipoise.studio.labels import Labels
from equipoise.workbench.easel import apart, as_svg

__all__ = ["Room", "Section", "as_html", "behind", "cell_text", "cells", "drawn", "numbers_of", "render"]

_SHADES = {INK: "ink", MUTED: "muted", RULE: "rule", LAND: "land", LAND_HOME: "home", SEA: "sea", BORDER: "border",
           "#e8e4da": "faint", "#fffdf8": "halo", "#cfd8dc": "pale", "#1f5c63": "accent", "#a63f35": "red", "#2f5b93": "blue",
           "#5b4a86": "violet", "#1f7a78": "teal", "#4a5a66": "slate", "#8c4a6b": "plum"}  # fmt: skip
"""Colours of the charts that follow the page into the dark: the quiet ones, and those too deep to be seen there."""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and its blocks; ``folded`` until a reader opens it."""

    id: str
    title: str
    blocks: Sequence[Block]
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Room:
    """What a room shows: its sections, its pictures as they are set on the page, by number of the block, and the desk at which it
    was written, which knows the sources."""

    sections: Sequence[Section]
    pictures: Mapping[int, tuple[str, str]]
    desk: Desk

    @classmethod
    def of(cls, sections: Sequence[Section], desk: Desk, labels: Labels) -> Room:
        """A room with its pictures drawn, in the reader's language."""
        numbered = enumerate(block for section in sections for block in section.blocks)
        pictures = {
            n: (_picture(b, labels, f"p{n}w"), _picture(b, labels, f"p{n}n", narrow=True))
            for n, b in numbered
            if isinstance(b, Chart)
        }
        return cls(sections, pictures, desk)

    def block(self, number: int) -> Block | None:
        """The block of a number."""
        every = [block for section in self.sections for block in section.blocks]
        return every[number] if 0 <= number < len(every) else None


@cache
def _environment() -> Any:
    from jinja2 import Environment, FunctionLoader

    def load(name: str) -> str:
        return files("equipoise").joinpath("studio", "assets", name).read_text(encoding="utf-8")

    return Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, loader=FunctionLoader(load))


def render(template: str, labels: Labels, **words: Any) -> str:
    """A template of the studio, every name in it escaped."""
    return str(_environment().get_template(template).render(L=labels, shown=labels.figure, colour=colour, **words))


def as_html(room: Room, name: str, query: str, labels: Labels) -> str:
    """A room as HTML; ``query`` is what its links to save must say."""
    from markupsafe import Markup

    numbers = iter(range(10_000))
    sections = [
        {"id": s.id, "title": s.title, "folded": s.folded, "blocks": [(next(numbers), block) for block in s.blocks]}
        for s in room.sections
    ]
    pictures = {n: tuple(Markup(svg) for svg in both) for n, both in room.pictures.items()}  # noqa: S704
    return render("room.html.j2", labels, sections=sections, pictures=pictures, room=name, query=query)


def drawn(chart: Chart, labels: Labels, *, narrow: bool = False) -> str:
    """A chart as SVG, its numbers and what words of it are known in the reader's language."""
    return apart(as_svg, labels.spec(chart.narrow if narrow else chart.wide), labels.formats)


def _picture(chart: Chart, labels: Labels, name: str, *, narrow: bool = False) -> str:
    """A chart in the page's colours, told to a screen reader; the names inside it are its own on the page."""
    from markupsafe import escape

    svg = drawn(chart, labels, narrow=narrow)
    svg = re.sub(r' (?:role|aria-[a-z]+)="[^"]*"', "", svg)  # told once, and not mark by mark
    svg = re.sub(r"\b(clip|gradient_)(\d+)\b", rf"{name}-\1\2", svg)
    for shade, word in _SHADES.items():
        svg = re.sub(rf'(fill|stroke)="{shade}"', rf'\1="var(--{word})"', svg, flags=re.IGNORECASE)
    return svg.replace("<svg ", f'<svg role="img" aria-label="{escape(labels.say(chart.told))}" ', 1)


def cell_text(cell: Cell, labels: Labels | None = None, missing: str = "") -> str:
    """A cell as plain text, in the brief's own words or in a reader's language."""
    if cell is None:
        return missing
    if isinstance(cell, Figure):
        return labels.figure(cell) if labels else cell.plain
    if isinstance(cell, str):
        return labels.say(cell) if labels else cell
    return "".join(cell_text(part, labels) for part in (labels.parts(cell) if labels else cell))


def cells(table: Table) -> tuple[list[str], list[list[str]]]:
    """A table as text: its headings and its rows, the notes of figures left out."""
    return [heading for heading, _ in table.columns], [[cell_text(cell) for cell in row] for row in table.rows]


def numbers_of(chart: Chart) -> Table:
    """The numbers behind a chart: its own table, else what it is drawn from, a row for each mark."""
    if chart.numbers is not None:
        return chart.numbers
    rows = list(_values(chart.wide))
    names = list(dict.fromkeys(name for row in rows for name in row if name != "room"))  # what keeps room for words
    held = [[_plain(row.get(name)) for name in names] for row in rows]
    return Table(chart.caption, [(name, "l") for name in names], held)


def _values(node: Any) -> Iterator[Mapping[str, Any]]:
    """Every row that a specification draws, each once; shapes of the land are no rows."""
    if isinstance(node, Mapping):
        for name, part in node.items():
            if name == "data" and isinstance(part, Mapping) and isinstance(part.get("values"), list):
                rows = [row for row in part["values"] if isinstance(row, Mapping) and row]
                yield from (row.get("properties", row) if "geometry" in row else row for row in rows)
            else:
                yield from _values(part)
    elif isinstance(node, list):
        for part in node:
            yield from _values(part)


def _plain(value: Any) -> str | None:
    return None if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def behind(block: Block) -> list[Figure]:
    """The figures that a block prints."""
    match block:
        case Paragraph(parts, _):
            held: Sequence[Cell] = list(parts)
        case Table():
            held = [*(cell for row in block.rows for cell in row), *block.foot]
        case Chart():
            held = [*block.foot]
            return [*(behind(block.numbers) if block.numbers else []), *(f for f in held if isinstance(f, Figure))]
        case _:
            return []
    return [figure for cell in held for figure in _figures(cell)]


def _figures(cell: Cell) -> Iterator[Figure]:
    if isinstance(cell, Figure):
        yield cell
    elif cell is not None and not isinstance(cell, str):
        for part in cell:
            yield from _figures(part)
