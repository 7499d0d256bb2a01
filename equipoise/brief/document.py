"""A document before it is set: sections of blocks, whose figures are facts and carry the number of their note."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Absent", "Block", "Cell", "Chart", "Document", "Figure", "Note", "Paragraph", "Section", "Table", "Text"]


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure as printed: ``text`` with its ``range`` and ``unit``, the fact behind it, and the note to turn to."""

    text: str
    range: str
    unit: str
    fact: str
    grade: str
    note: int

    @property
    def plain(self) -> str:
        """The figure as plain text: *11 % (11-12) of GDP a year*."""
        percent = self.unit.startswith("%")
        spread = f" ({self.range})" if self.range else ""
        rest = self.unit[1:].strip() if percent else self.unit
        return f"{self.text}{' %' if percent else ''}{spread}{f' {rest}' if rest else ''}"


Text = str | Figure
Cell = str | Figure | Sequence[Text] | None


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Words and figures in a row; ``kind`` is ``text``, ``lead``, ``point`` or ``small``."""

    parts: Sequence[Text]
    kind: str = "text"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells. ``columns`` are heading and alignment (``l``, ``r``, ``c``); an empty cell is missing, never zero.

    ``heat`` marks the columns whose cells are shaded by their value. ``folded``: details, behind their caption where a page can
    be opened, and printed in full.
    """

    caption: str
    columns: Sequence[tuple[str, str]]
    rows: Sequence[Sequence[Cell]]
    foot: Sequence[Text] = ()
    heat: Mapping[tuple[int, int], float] = field(default_factory=dict)
    folded: bool = False

    @property
    def tells(self) -> bool:
        """Whether any cell beside the names of the rows is filled."""
        return any(cell is not None and cell != "" for row in self.rows for cell in row[1:])


@dataclass(frozen=True, slots=True)
class Chart:
    """A Vega-Lite picture, wide and narrow, told in words for those who do not see it, with the numbers behind it."""

    id: str
    caption: str
    told: str
    wide: Mapping[str, Any]
    narrow: Mapping[str, Any]
    numbers: Table | None = None
    foot: Sequence[Text] = ()


@dataclass(frozen=True, slots=True)
class Absent:
    """A stage that does not exist yet: one line, no padding."""

    text: str


Block = Paragraph | Table | Chart | Absent


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and its blocks; ``level`` 1 or 2."""

    id: str
    title: str
    blocks: Sequence[Block]
    level: int = 1


@dataclass(frozen=True, slots=True)
class Note:
    """What a figure rests on, as numbered notes print it; ``grades`` counts the grades of its parents."""

    number: int
    kind: str
    text: str
    where: str = ""
    licence: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """The whole brief. ``facts`` tells of each fact shown: label, figure, grade, kind, note, what it rests on."""

    title: str
    subtitle: str
    headline: Sequence[Text]
    cards: Sequence[tuple[str, Figure, str]]
    sections: Sequence[Section]
    notes: Sequence[Note]
    facts: Mapping[str, Mapping[str, Any]]
    imprint: Sequence[str]
