"""Blocks of a document as parts of the page: figures that can be opened, pictures that can be saved, in the page's colours."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from equipoise.brief.charts import render_svg
from equipoise.brief.document import Block, Chart, Figure, Table
from equipoise.brief.palette import BORDER, INK, LAND, LAND_HOME, MUTED, RULE, SEA, colour
from equipoise.studio.labels import Labels

__all__ = ["Room", "Section", "as_html", "cells", "render"]

_SHADES = {INK: "ink", MUTED: "muted", RULE: "rule", LAND: "land", LAND_HOME: "home", SEA: "sea", BORDER: "border",
           "#e8e4da": "faint", "#fffdf8": "halo", "#cfd8dc": "pale"}  # fmt: skip
"""Quiet colours of the charts that follow the page into the dark."""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and its blocks."""

    id: str
    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True, slots=True)
class Room:
    """What a room shows: its sections, and its pictures as they are set on the page, by number of the block."""

    sections: Sequence[Section]
    pictures: Mapping[int, tuple[str, str]]

    @classmethod
    def of(cls, sections: Sequence[Section]) -> Room:
        """A room with its pictures drawn."""
        numbered = enumerate(block for section in sections for block in section.blocks)
        drawn = {
            n: (picture(b, f"p{n}w"), picture(b, f"p{n}n", narrow=True)) for n, b in numbered if isinstance(b, Chart)
        }
        return cls(sections, drawn)

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
        {"id": s.id, "title": s.title, "blocks": [(next(numbers), block) for block in s.blocks]} for s in room.sections
    ]
    pictures = {n: tuple(Markup(svg) for svg in both) for n, both in room.pictures.items()}  # noqa: S704
    return render("room.html.j2", labels, sections=sections, pictures=pictures, room=name, query=query)


def picture(chart: Chart, name: str, *, narrow: bool = False) -> str:
    """A chart as SVG in the page's colours, told to a screen reader; the names inside it are its own on the page."""
    from markupsafe import escape

    svg = render_svg(chart.narrow if narrow else chart.wide)
    svg = re.sub(r"\b(clip|gradient_)(\d+)\b", rf"{name}-\1\2", svg)
    for shade, word in _SHADES.items():
        svg = re.sub(rf'(fill|stroke)="{shade}"', rf'\1="var(--{word})"', svg, flags=re.IGNORECASE)
    return svg.replace("<svg ", f'<svg role="img" aria-label="{escape(chart.told)}" ', 1)


def cells(table: Table) -> tuple[list[str], list[list[str]]]:
    """A table as text: its headings and its rows, the notes of figures left out."""

    def text(cell: Any) -> str:
        if cell is None:
            return ""
        if isinstance(cell, Figure):
            return cell.plain
        return cell if isinstance(cell, str) else "".join(text(part) for part in cell)

    return [heading for heading, _ in table.columns], [[text(cell) for cell in row] for row in table.rows]
