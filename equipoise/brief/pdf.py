"""Setting a document on paper with Typst: the same blocks, figures with the number of their note."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from equipoise.brief.charts import render_pdf
from equipoise.brief.document import Absent, Block, Cell, Chart, Document, Figure, Paragraph, Section, Table, Text

__all__ = ["to_pdf"]


def to_pdf(document: Document) -> bytes:
    """The printed brief, A4."""
    import typst

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for chart in (block for section in document.sections for block in section.blocks if isinstance(block, Chart)):
            (folder / f"{chart.id}.pdf").write_bytes(render_pdf(chart.wide))
        style = files("equipoise").joinpath("brief", "print.typ").read_text(encoding="utf-8")
        (folder / "main.typ").write_text(style + _body(document), encoding="utf-8")
        return bytes(typst.compile(folder / "main.typ", root=folder))


def _body(document: Document) -> str:
    cards = ", ".join(
        f"({_content([_card(figure)])}, {_string(label)}, {_string(small)})" for label, figure, small in document.cards
    )
    parts = [
        f"#masthead({_string(document.title)}, {_string(document.subtitle)}, {_content(document.headline)}, "
        f"({cards}{',' if cards else ''}))\n",
        *(_section(section) for section in document.sections),
        "#pagebreak()\n#heading(level: 1)[Notes and sources]\n#notes((",
        *(
            f"({n.number}, {_string(n.kind)}, {_string(n.text)}, {_string(' · '.join(filter(None, (n.where, n.licence))))}),\n"
            for n in document.notes
        ),
        "))\n",
        *(f"#imprint({_string(line)})\n" for line in document.imprint),
    ]
    return "".join(parts)


def _card(figure: Figure) -> Text:
    return Figure(figure.text, figure.range, figure.unit, "", figure.grade, figure.note)


def _section(section: Section) -> str:
    return f"#heading(level: {section.level})[{_escape(section.title)}]\n" + "".join(
        _block(block) for block in section.blocks
    )


def _block(block: Block) -> str:
    match block:
        case Paragraph(parts, kind):
            return f"#para({_string(kind)}, {_content(parts)})\n"
        case Absent(text):
            return f"#absent({_string(text)})\n"
        case Chart():
            said = f"{_string(block.caption)}, {_string(block.told)}, {_content(block.foot)}"
            return f"#chart({_string(block.id + '.pdf')}, {said})\n"
        case Table():
            return _table(block) if block.rows else ""


def _table(table: Table) -> str:
    widths = _widths(table)
    heads = ", ".join(
        f"({_string(title)}, {_string(align)}, {width})"
        for (title, align), width in zip(table.columns, widths, strict=True)
    )
    cells = []
    for i, row in enumerate(table.rows):
        for j, cell in enumerate(row):
            heat = table.heat.get((i, j))
            cells.append(f"({_cell(cell)}, {'none' if heat is None else f'{heat:.3f}'})")
    return f"#grid-of({_string(table.caption)}, ({heads},), ({', '.join(cells)},), {_content(table.foot)})\n"


def _widths(table: Table) -> list[str]:
    """Columns share the width by what they hold: figures need the whole of their longest cell, words may wrap."""

    def needs(j: int, align: str) -> int:
        title = table.columns[j][0]
        longest_word = max(map(len, title.split()), default=0) + 1
        held = [len(_plain(row[j])) for row in table.rows]
        if align == "r":
            return max(longest_word, 5, *(length + 5 for length in held if length))  # room for the number of the note
        words = max(held) // 2 + sum(held) // (2 * len(held))
        return max(longest_word, 9, min(46, words))

    return [f"{needs(j, align)}fr" for j, (_, align) in enumerate(table.columns)]


def _plain(cell: Cell) -> str:
    if cell is None:
        return ""
    parts = [cell] if isinstance(cell, str | Figure) else cell
    return "".join(part if isinstance(part, str) else part.plain for part in parts)


def _cell(cell: Cell) -> str:
    if cell is None:
        return "[#missing]"
    return _content([cell] if isinstance(cell, str | Figure) else cell)


def _content(parts: Sequence[Text]) -> str:
    """Words and figures as Typst content."""
    return "[" + "".join(_escape(part) if isinstance(part, str) else _figure(part) for part in parts) + "]"


def _figure(figure: Figure) -> str:
    return f"#fig({_string(figure.text)}, {_string(figure.range)}, {_string(figure.unit)}, {figure.note})"


def _string(text: str) -> str:
    """A Typst string literal."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
    return f'"{escaped}"'


def _escape(text: str) -> str:
    """Text as Typst content: everything that could be markup goes through a string."""
    return f"#{_string(text)};" if text else ""
