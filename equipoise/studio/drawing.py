"""Pictures that stand by themselves: a chart or a table as one SVG with its title, what it says, its sources and its date."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from equipoise.brief.document import Table
from equipoise.brief.palette import FONT, INK, MUTED, PAPER, RULE
from equipoise.studio.blocks import cell_text
from equipoise.studio.labels import Labels

__all__ = ["Plate", "framed", "typeset", "wide"]

_WIDTHS = {
    222: "ijl'|‘’", 278: " .,ft/:;I![]\u00a0\u202f", 333: "()r-‑·“”", 389: "*", 500: "ckvxyszJъ",
    556: "0123456789abdeghnopqu–?$L", 584: "+=<>−→", 611: "FTZгтч", 667: "ABEKPSVXYзк", 722: "CDHNRUwТЕРВА",
    778: "GOQмфжщшюы", 833: "mMЖШЮ", 889: "%", 944: "WЩ—",
}  # fmt: skip
_WIDE = {letter: width / 1000 for width, letters in _WIDTHS.items() for letter in letters}
_OTHER = 0.58
"""Widths of letters in ems of the faces that the charts ask for; what is not named, Cyrillic for the most part, is near this."""
WIDEST, MARGIN, GAP = 1080.0, 24.0, 18.0
"""Of a picture and its edges, in units of the drawing."""
_SIZE, _LINE = 13.0, 18.0


@dataclass(frozen=True, slots=True)
class Plate:
    """What stands above and below a picture: its title, how it is read, then remarks, its sources, and when it was made."""

    title: str
    told: str = ""
    foot: Sequence[str] = ()


def wide(text: str, size: float = _SIZE, *, bold: bool = False) -> float:
    """About how wide a text is set, a little more rather than less.

    >>> wide("il") < wide("WM"), wide("a" * 10, 10.0) > 50
    (True, True)
    """
    return sum(_WIDE.get(letter, _OTHER) for letter in text) * size * (1.07 if bold else 1.01)


def framed(svg: str, plate: Plate) -> str:
    """A chart within its title and its foot."""
    width, height = (float(found) for found in re.findall(r'\b(?:width|height)="([\d.]+)"', svg.partition(">")[0])[:2])
    inner = re.sub(r"^<svg ", f'<svg x="{MARGIN:g}" y="0" ', svg, count=1)
    return _sheet(plate, max(width, 420.0), height, inner)


def typeset(table: Table, plate: Plate, labels: Labels) -> str:
    """A table as a picture: columns as wide as what they hold, words wrapped where they are too many, figures never."""
    heads = [labels.say(heading) for heading, _ in table.columns]
    texts = [[cell_text(cell, labels, missing="–") for cell in row] for row in table.rows]
    widths = _columns(heads, texts, [align for _, align in table.columns])
    starts = [sum(widths[:j]) + GAP * j for j in range(len(widths))]
    whole = starts[-1] + widths[-1] if widths else 0.0
    drawn: list[str] = []

    def line(y: float, cells: Sequence[Sequence[str]], *, colour: str, bold: bool = False) -> None:
        for (_, align), start, width, lines in zip(table.columns, starts, widths, cells, strict=True):
            for n, words in enumerate(lines):
                x, anchor = (start + width, "end") if align == "r" else (start, "start")
                drawn.append(_words(words, x, y + _LINE * n, colour=colour, anchor=anchor, bold=bold))

    wrapped = [_wrapped(text, width, 12.0) for text, width in zip(heads, widths, strict=True)]
    high = max((len(lines) for lines in wrapped), default=1)
    line(_SIZE, [[""] * (high - len(lines)) + lines for lines in wrapped], colour=MUTED)
    y = _LINE * high + 4
    drawn.append(_rule(y, whole, INK, 1.4))
    for i, row in enumerate(texts):
        cells = [_wrapped(text, width) for text, width in zip(row, widths, strict=True)]
        high = max(len(lines) for lines in cells)
        for j, (start, width) in enumerate(zip(starts, widths, strict=True)):
            if (i, j) in table.heat:
                drawn.append(_shade(start, y, width, _LINE * high + 9, table.heat[i, j]))
        line(y + 4 + _SIZE, cells, colour=INK)
        y += _LINE * high + 9
        drawn.append(_rule(y, whole, RULE, 0.8))
    inner = f'<g transform="translate({MARGIN:g} 0)">{"".join(drawn)}</g>'
    return _sheet(plate, max(whole, 420.0), y + 4, inner)


def _sheet(plate: Plate, width: float, height: float, inner: str) -> str:
    """Paper with the title above, the picture, and the small print below."""
    above: list[str] = []
    y = MARGIN
    for text, size, colour, bold in ((plate.title, 16.0, INK, True), (plate.told, 12.0, MUTED, False)):
        for words in _wrapped(text, width, size, bold=bold) if text else []:
            y += size
            above.append(_words(words, MARGIN, y, colour=colour, size=size, bold=bold))
            y += size * 0.38
    start = y + 12
    y = start + height + 10
    below: list[str] = []
    for text in plate.foot:
        for words in _wrapped(text, width, 11.0):
            y += 11.0
            below.append(_words(words, MARGIN, y, colour=MUTED, size=11.0))
            y += 4.6
        y += 2
    across, down = width + 2 * MARGIN, y + MARGIN * 0.7
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="{across:.0f}" '
        f'height="{down:.0f}" viewBox="0 0 {across:.0f} {down:.0f}" role="img"><title>{_held(plate.title)}</title>'
        f'<rect width="100%" height="100%" fill="{PAPER}"/>{"".join(above)}'
        f'<g transform="translate(0 {start:.1f})">{inner}</g>{"".join(below)}</svg>'
    )


def _columns(heads: Sequence[str], rows: Sequence[Sequence[str]], aligns: Sequence[str]) -> list[float]:
    """Each column as wide as it would be, where all have room; else between that and its longest word."""
    natural, least = [], []
    for j, (head, align) in enumerate(zip(heads, aligns, strict=True)):
        held = [row[j] for row in rows]
        word = max((wide(word) for text in (*held, head) for word in text.split(" ")), default=0.0)
        full = max((wide(text) for text in held), default=0.0)
        least.append(max(full, word) if align == "r" else word)
        natural.append(max(full, word, min(wide(head), 110.0)))
    room = WIDEST - GAP * (len(heads) - 1)
    if sum(natural) <= room:
        return natural
    spare = sum(natural) - sum(least)
    part = max(0.0, (room - sum(least)) / spare) if spare else 0.0
    return [low + (high - low) * part for low, high in zip(least, natural, strict=True)]


def _wrapped(text: str, width: float, size: float = _SIZE, *, bold: bool = False) -> list[str]:
    """A text in lines no wider than that, but for a single word that is."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split(" "):
            longer = f"{line} {word}" if line else word
            if line and wide(longer, size, bold=bold) > width + 0.5:
                lines.append(line)
                line = word
            else:
                line = longer
        lines.append(line)
    return lines


def _words(
    text: str, x: float, y: float, *, colour: str, size: float = _SIZE, anchor: str = "start", bold: bool = False
) -> str:
    if not text:
        return ""
    weight = ' font-weight="600"' if bold else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-family="{escape(FONT)}" font-size="{size:g}"{weight} fill="{colour}" '
        f'text-anchor="{anchor}">{_held(text)}</text>'
    )


def _rule(y: float, width: float, colour: str, thick: float) -> str:
    return f'<path d="M0 {y:.1f}H{width:.1f}" stroke="{colour}" stroke-width="{thick:g}" fill="none"/>'


def _shade(x: float, y: float, width: float, height: float, heat: float) -> str:
    """Warm where losses compound, cool where they overlap, as on the page."""
    colour, strength = ("#9c382e" if heat > 0 else "#2f5b93"), min(0.34, abs(heat) * 0.11)
    return (
        f'<rect x="{x - 6:.1f}" y="{y:.1f}" width="{width + 12:.1f}" height="{height:.1f}" fill="{colour}" '
        f'fill-opacity="{strength:.3f}"/>'
    )


def _held(text: str) -> str:
    """Text as an SVG may hold it: no markup, and none of the letters that XML forbids."""
    return escape("".join(letter for letter in text if letter.isprintable()))
