"""The two tables that say what may be written down: measures (``vocabulary.csv``) and register tables (``register.csv``).

Labels, units, form hints, docs and validation are read from them; a case may add measures of its own in
``register/vocabulary.csv``.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from equipoise.errors import InputError

__all__ = ["PERIOD", "SLUG", "Column", "Measure", "kinds", "measures", "parse_measure", "tables", "unit", "year_of"]

SLUG = r"[A-Za-z0-9_.+()-]+"
"""What an id may be made of, so that a fact's own id can be taken apart again."""

_DATE = r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?|-Q[1-4]|-H[12])?"
PERIOD = rf"({_DATE}(/({_DATE})?)?(\+\d+[dmy])?|static)"
"""A year, quarter, half, month or day; an interval ``a/b`` or, open, ``a/``; horizons ``2025+1y``, ``2025+57d``; ``static``."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One row of the vocabulary: what is measured, in which single unit, of what, within which bounds.

    ``subject``, ``object`` and ``item`` name a kind of thing (``actor``, ``link|place``), a list of words
    (``=technical|contract``), ``text``, or nothing. ``spread`` says how low and high are meant: ``triangular`` bounds,
    or the 5 and 95 % points of a ``normal`` law. ``label`` says what a fact of the measure is, with ``{subject}``,
    ``{object}`` and ``{item}`` where they belong; empty where the measure's own name does.
    """

    measure: str
    label: str
    topic: str
    unit: str
    subject: str
    object: str
    item: str
    low: float | None
    high: float | None
    spread: str
    meaning: str
    source: str

    def told(self, subject: str = "", object: str = "", item: str = "") -> str:
        """A fact of this measure in words; the names are given as the reader knows them.

        >>> measures()["gdp"].told("Kazakhstan")
        'GDP of Kazakhstan'
        """
        if "{" in self.label:
            return self.label.format(subject=subject, object=object, item=item)
        head = self.label or self.measure.replace("_", " ")
        words = ", ".join(part for part in (head, " – ".join(filter(None, (subject, object)))) if part)
        return f"{words} ({item})" if item else words


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a register table: its type, whether it must be filled, what it refers to, what it may hold."""

    table: str
    column: str
    type: str
    key: bool
    required: bool
    refers: str
    allowed: tuple[str, ...]
    meaning: str


@cache
def measures() -> Mapping[str, Measure]:
    """Every measure that equipoise knows, by name."""
    return {row["measure"]: parse_measure(row) for row in _rows("vocabulary.csv")}


def unit(measure: str) -> str:
    """The unit of a measure, ``""`` for a measure that only a case knows.

    >>> unit("gdp")
    'bln USD'
    """
    known = measures().get(measure)
    return known.unit if known else ""


def parse_measure(row: Mapping[str, str]) -> Measure:
    """One measure from a row of text.

    Raises
    ------
    InputError
        A bound is no number.
    """
    try:
        low, high = (float(row[bound]) if row.get(bound) else None for bound in ("low", "high"))
    except ValueError as error:
        raise InputError(f"bounds of {row['measure']}", found=str(error), allowed="numbers or nothing") from None
    text = {
        name: row.get(name) or ""
        for name in ("label", "topic", "unit", "subject", "object", "item", "meaning", "source")
    }
    return Measure(row["measure"], low=low, high=high, spread=row.get("spread") or "triangular", **text)


def kinds(pattern: str) -> tuple[str, ...]:
    """The kinds of thing, or the words, that a key column may hold.

    >>> kinds("link|place"), kinds("=quota|contract")
    (('link', 'place'), ('=quota', '=contract'))
    """
    if pattern.startswith("="):
        return tuple(f"={word}" for word in pattern[1:].split("|"))
    return tuple(pattern.split("|")) if pattern else ()


@cache
def tables() -> Mapping[str, tuple[Column, ...]]:
    """The register tables of a case, in order, each with its columns."""
    found: dict[str, list[Column]] = {}
    for row in _rows("register.csv"):
        column = Column(
            row["table"],
            row["column"],
            row["type"],
            row["key"] == "1",
            row["required"] == "1",
            row["refers"],
            tuple(row["allowed"].split("|")) if row["allowed"] else (),
            row["meaning"],
        )
        found.setdefault(column.table, []).append(column)
    return {table: tuple(columns) for table, columns in found.items()}


def year_of(period: str) -> int | None:
    """The year that a period ends in, or begins in when it is open; ``None`` for ``static``.

    >>> year_of("2020/2024"), year_of("2025-Q2"), year_of("2019/"), year_of("2025+1y")
    (2024, 2025, 2019, 2025)
    """
    years = re.findall(r"(?<!\d)\d{4}(?!\d)", period)
    return int(years[-1]) if years else None


def _rows(name: str) -> Iterable[dict[str, str]]:
    text = files("equipoise").joinpath(name).read_text(encoding="utf-8")
    yield from csv.DictReader(text.splitlines())
