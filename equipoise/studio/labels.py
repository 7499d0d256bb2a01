"""The words of the studio in its languages, and how each writes numbers. What has no word in a language has its English one."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files

from equipoise.brief.document import Figure

__all__ = ["LANGUAGES", "Labels", "table"]

LANGUAGES = {"en": "English", "kk": "Қазақша", "ru": "Русский"}
NARROW = "\u202f"


@cache
def table() -> dict[str, dict[str, str]]:
    """Every word by key and language."""
    text = files("equipoise").joinpath("studio", "labels.csv").read_text(encoding="utf-8")
    return {row["key"]: row for row in csv.DictReader(text.splitlines())}


class Labels:
    """The words of one language."""

    def __init__(self, language: str) -> None:
        self.language = language if language in LANGUAGES else "en"

    def __call__(self, key: str, **words: object) -> str:
        """A word or sentence by its key, with what belongs in its braces.

        >>> Labels("ru")("map.undo"), Labels("en")("sources.found", n=3)
        ('Отменить', '3 facts')
        """
        said = table()[key][self.language]
        return said.format(**words) if words else said

    def name(self, kind: str, id: str, otherwise: str) -> str:
        """The name of a thing in this language where it has one, else as the register has it."""
        row = table().get(f"{kind}.{id}")
        return row[self.language] if row and self.language != "en" else otherwise

    def number(self, text: str) -> str:
        """A number as the brief writes it, as this language does.

        >>> Labels("ru").number("1,234.5"), Labels("en").number("1,234.5")
        ('1\u202f234,5', '1,234.5')
        """
        return text if self.language == "en" else text.replace(",", NARROW).replace(".", ",")

    def unit(self, unit: str) -> str:
        """A unit in this language."""
        return self.name("unit", unit, table().get(f"unit.{unit}", {}).get("en", unit))

    def figure(self, figure: Figure) -> str:
        """A figure as plain text: *62 (60–64) Mt a year*."""
        unit = self.unit(figure.unit)
        percent = unit.startswith("%")
        spread = f" ({self.number(figure.range)})" if figure.range else ""
        rest = unit[1:].strip() if percent else unit
        return f"{self.number(figure.text)}{' %' if percent else ''}{spread}{f' {rest}' if rest else ''}"
