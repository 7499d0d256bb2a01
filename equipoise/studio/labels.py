"""The words of the studio in its languages, and how each writes numbers and dates. What has no word in a language has its English
one, and the page says so.

``labels.csv`` has what the studio itself says, by key. ``phrases.csv`` has what the brief's chapters say, by their English:
titles, headings, captions, sentences. A phrase may have places in braces; whatever stands there, a figure or a name, is put
where the language wants it. Numbers and dates are written as the Unicode locale data have them; the browser's own is the check.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from importlib.resources import files
from textwrap import wrap
from typing import Any

from equipoise.brief.document import Figure, Text

__all__ = ["LANGUAGES", "Labels", "phrases", "table"]

LANGUAGES = {"en": "English", "kk": "Қазақша", "ru": "Русский"}
APART = "\u00a0"
"""What stands between thousands in Kazakh and Russian; the decimal sign of both is a comma."""
_HELD = "\ue000{}\ue001"
"""A figure within a sentence while its words are looked up."""
_NUMBER = re.compile(r"(?<![\w.,])\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\w]|\.\d)|(?<![\w.,])\d+\.\d+(?![\w]|\.\d)")
_DAY = re.compile(r"(?<![\w-])(\d{4})-(\d{2})-(\d{2})(?![\w-])")
_LISTS = ("values", "domain", "sort")
_WORDS = ("title", "text", "subtitle")


@cache
def table() -> dict[str, dict[str, str]]:
    """Every word by key and language."""
    return {row["key"]: row for row in _read("labels.csv")}


@cache
def phrases() -> list[dict[str, str]]:
    """What is known of the brief's words, by language."""
    return _read("phrases.csv")


def _read(name: str) -> list[dict[str, str]]:
    text = files("equipoise").joinpath("studio", name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@dataclass(frozen=True, slots=True)
class _Phrases:
    """What is said in a language, by its English: whole sayings, and sayings with places."""

    whole: Mapping[str, str]
    open: Sequence[tuple[re.Pattern[str], str]]
    last: str

    def say(self, text: str) -> str:
        """A saying in the language, or as it is."""
        bare = text.strip()
        if not bare:
            return text
        found = self.whole.get(bare)
        if found is None:
            found = self._filled(bare) or self._row(bare) or bare
        return text.replace(bare, found, 1)

    def _filled(self, text: str) -> str:
        for pattern, said in self.open:
            if match := pattern.fullmatch(text):
                return said.format(**{name: self.say(part) for name, part in match.groupdict().items()})
        return ""

    def _row(self, text: str) -> str:
        """Names in a row, if each of them is known: *Russia, China and Türkiye*."""
        names = re.split(r", | and ", text)
        if len(names) < 2 or any(name not in self.whole for name in names):
            return ""
        *first, end = (self.whole[name] for name in names)
        return f"{', '.join(first)} {self.last} {end}"


@cache
def _phrases(language: str) -> _Phrases:
    own = [
        row for row in table().values() if row["key"].partition(".")[0] in ("actor", "commodity", "corridor", "horizon")
    ]
    whole: dict[str, str] = {row["en"]: row[language] for row in own}
    places: list[tuple[str, str]] = []
    for row in phrases():
        if "{" in row["en"]:
            places.append((row["en"], row[language]))
        else:
            whole[row["en"]] = row[language]
    places.sort(key=lambda pair: -len(re.sub(r"\{\w+\}", "", pair[0])))
    compiled = [(re.compile(_pattern(english), re.DOTALL), said) for english, said in places]
    return _Phrases(whole, compiled, {"kk": "және", "ru": "и"}[language])


def _pattern(english: str) -> str:
    """A saying with places as a pattern: each place holds as little as it can."""
    made, seen = "", set[str]()
    for i, part in enumerate(re.split(r"\{(\w+)\}", english)):
        if i % 2 == 0:
            made += re.escape(part)
        else:
            made += f"(?P={part})" if part in seen else f"(?P<{part}>.+?)"
            seen.add(part)
    return made


@lru_cache(maxsize=30_000)
def _said(language: str, text: str) -> str:
    """A text of the brief in a language: its words where they are known, its numbers and dates always."""
    words = _phrases(language).say(text) if language != "en" else text
    return _dated(language, _NUMBER.sub(lambda found: _number(language, found[0]), words))


def _number(language: str, text: str) -> str:
    return text if language == "en" else text.replace(",", APART).replace(".", ",")


def _dated(language: str, text: str) -> str:
    def day(found: re.Match[str]) -> str:
        try:
            return _day(language, date(*(int(part) for part in found.groups())))
        except ValueError:  # no day of the calendar
            return found[0]

    return _DAY.sub(day, text)


def _day(language: str, day: date) -> str:
    month = table()["date.months"][language].split(";")[day.month - 1]
    return table()["date.day"][language].format(day=day.day, month=month, year=day.year)


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

    def say(self, text: str) -> str:
        """What the brief says, as this language does: its words where they are known, its numbers and dates always.

        >>> Labels("ru").say("One year"), Labels("ru").say("1,234.5 on 2022-01-05"), Labels("kk").say("2.5 of Facts 1.2.3")
        ('Один год', '1\xa0234,5 on 5 января 2022 г.', '2,5 of Facts 1.2.3')
        """
        return _said(self.language, text)

    def parts(self, parts: Sequence[Text]) -> list[Text]:
        """A sentence with figures in it, each figure where the language wants it."""
        if self.language == "en":
            return [part if isinstance(part, Figure) else self.say(part) for part in parts]
        figures = [part for part in parts if isinstance(part, Figure)]
        numbers = iter(range(len(figures)))
        whole = "".join(part if isinstance(part, str) else _HELD.format(next(numbers)) for part in parts)
        pieces = re.split("\ue000(\\d+)\ue001", self.say(whole))
        if sorted(pieces[1::2], key=int) != [
            str(n) for n in range(len(figures))
        ]:  # a phrase that loses a figure is none
            return [part if isinstance(part, Figure) else self.say(part) for part in parts]
        made = [figures[int(piece)] if i % 2 else piece for i, piece in enumerate(pieces)]
        return [part for part in made if part]

    def spec(self, spec: Mapping[str, Any]) -> dict[str, Any]:
        """A chart in this language: names and remarks in it; its marks are what they were."""
        return dict(spec) if self.language == "en" else dict(self._drawn(spec))

    def _drawn(self, node: Any, name: str = "", *, held: bool = False) -> Any:
        """A part of a specification; ``held`` within what is drawn by value, where names must match throughout."""
        if isinstance(node, Mapping):
            if "geometry" in node or "sphere" in node:
                return node
            return {key: self._drawn(part, str(key), held=held or key in _LISTS) for key, part in node.items()}
        if isinstance(node, list | tuple):
            return [self._drawn(part, name, held=held or name in _LISTS) for part in node]
        if isinstance(node, str) and (held or name in _WORDS):
            return self._wrapped(node) if "|" in node else self.say(node)
        return node

    def _wrapped(self, text: str) -> str:
        """Words that were broken into lines, broken anew where they have others in this language."""
        whole = text.replace("|", " ")
        said = self.say(whole)
        return text if said == whole else "|".join(wrap(said, max(len(line) for line in text.split("|")) + 2))

    @property
    def formats(self) -> dict[str, Any]:
        """How a chart writes numbers and dates, for the library that draws it."""
        if self.language == "en":
            return {}
        months = self("date.months").split(";")
        days = self("date.days").split(";")
        short = [month[:3] for month in months]
        return {
            "format_locale": {"decimal": ",", "thousands": APART, "grouping": [3], "currency": ["", ""]},
            "time_format_locale": {
                "dateTime": "%d.%m.%Y %H:%M", "date": "%d.%m.%Y", "time": "%H:%M", "periods": ["", ""], "days": days,
                "shortDays": [day[:2] for day in days], "months": months, "shortMonths": short,
            },
        }  # fmt: skip

    def number(self, text: str) -> str:
        """A number as the brief writes it, as this language does.

        >>> Labels("ru").number("1,234.5"), Labels("en").number("1,234.5")
        ('1\xa0234,5', '1,234.5')
        """
        return _number(self.language, text)

    def day(self, day: date) -> str:
        """A day of the calendar.

        >>> Labels("kk").day(date(2026, 11, 22)), Labels("en").day(date(2026, 11, 22))
        ('2026 ж. 22 қараша', '22 November 2026')
        """
        return _day(self.language, day)

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
