"""Turning facts into printed figures, and keeping the numbered notes that say where each comes from."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import polars as pl

from equipoise.brief.document import Figure, Note
from equipoise.brief.numbers import DERIVED, GIVEN, in_words, unit_word
from equipoise.case import Case
from equipoise.ledger import KEY, parse_id

__all__ = ["Notes", "with_article"]

SHOWN = 5
"""Parents shown of a fact, sources shown of a note: those that weigh most."""
_YEAR = re.compile(r"(,| in| of)? \d{4}(/\d{4})?\b")


@dataclass(slots=True)
class _Basis:
    """What one note gathers: everything cited from one source, or every fact derived in one way."""

    kind: str
    by: str
    sources: tuple[str, ...] = ()
    statement: str = ""
    locators: dict[str, None] = field(default_factory=dict)
    derivations: dict[str, None] = field(default_factory=dict)


def with_article(name: str) -> str:
    """A name as a sentence has it.

    >>> with_article("United States"), with_article("Russia"), with_article("")
    ('the United States', 'Russia', '')
    """
    return f"the {name}" if name.partition(" ")[0] in ("United", "European", "Gulf", "Netherlands") else name


class Notes:
    """All figures that a document prints, each with the number of the note that it leads to.

    ``call`` gives the name of a thing as the document calls it.
    """

    def __init__(self, case: Case, call: Callable[[str], str]) -> None:
        self.case, self._call = case, call
        parts = case.ledger.facts.with_columns(pl.Series("id", case.ledger.ids())).partition_by("measure", as_dict=True)
        self._frames = {str(name[0]): frame for name, frame in parts.items()}
        self._index: dict[str, dict[tuple[str, ...], list[dict[str, Any]]]] = {}
        self._groups: dict[tuple[str, tuple[str, ...]], dict[tuple[str, ...], list[tuple[str, ...]]]] = {}
        self._sources = {row["source"]: row for row in case.table("sources").iter_rows(named=True)}
        self._assumptions = dict(case.table("assumptions").select("assumption", "statement").iter_rows())
        self._ancestry = _Ancestry(case)
        self._bases: dict[tuple[str, ...], tuple[int, _Basis]] = {}
        self._found: dict[tuple[int, int], Sequence[str]] = {}
        self.facts: dict[str, dict[str, Any]] = {}

    def _of(self, measure: str) -> dict[tuple[str, ...], list[dict[str, Any]]]:
        """The facts of a measure by key, read when first asked for."""
        if measure not in self._index:
            found: dict[tuple[str, ...], list[dict[str, Any]]] = {}
            frame = self._frames.get(measure)
            if frame is not None:
                for row in frame.with_columns(pl.col(pl.Categorical, pl.Enum).cast(pl.String)).iter_rows(named=True):
                    found.setdefault(tuple(row[name] for name in KEY[1:]), []).append(row)
            self._index[measure] = found
        return self._index[measure]

    def row(
        self, measure: str, subject: str = "", object: str = "", item: str = "", period: str = ""
    ) -> dict[str, Any] | None:
        """The fact of a key as the ledger settles it: the best grade, among equals the newest source."""
        rows = self._of(measure).get((subject, object, item, period))
        if not rows:
            return None

        def order(row: dict[str, Any]) -> tuple[str, tuple[int, ...], str]:
            date = self._sources.get(row["basis"].split("#")[0], {}).get("date", "")
            return row["grade"], tuple(-ord(letter) for letter in date), row["id"]

        return rows[0] if len(rows) == 1 else min(rows, key=order)

    def value(
        self, measure: str, subject: str = "", object: str = "", item: str = "", period: str = ""
    ) -> float | None:
        """The figure of a key, to sort and compare by; to print it use :meth:`figure`."""
        row = self.row(measure, subject, object, item, period)
        return None if row is None else float(row["value"])

    def rows(self, measure: str, **where: str) -> list[dict[str, Any]]:
        """One row for each key of a measure, narrowed by key columns."""
        names = tuple(sorted(where))
        if (measure, names) not in self._groups:
            places = [KEY.index(name) - 1 for name in names]
            groups: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
            for key in self._of(measure):
                groups.setdefault(tuple(key[place] for place in places), []).append(key)
            self._groups[measure, names] = groups
        keys = self._groups[measure, names].get(tuple(where[name] for name in names), [])
        return [row for key in keys if (row := self.row(measure, *key)) is not None]

    def figure(
        self, measure: str, subject: str = "", object: str = "", item: str = "", period: str = "", **style: Any
    ) -> Figure | None:
        """The fact of a key as it is printed, or nothing where the ledger does not hold it."""
        row = self.row(measure, subject, object, item, period)
        return None if row is None else self.of(row, **style)

    def named(self, fact: str) -> Figure | None:
        """The fact of an id as it is printed."""
        return self.figure(**{name: part for name, part in parse_id(fact).items() if name in KEY})

    def of(
        self, row: dict[str, Any], *, digits: int | None = None, unit: str | None = None, ranged: bool = True
    ) -> Figure:
        """A fact as it is printed."""
        raw = self.case.unit(row["measure"])
        whole = raw == "count" and row["value"] == int(row["value"])
        plain = GIVEN if row["kind"] != "derived" or whole else DERIVED
        text, spread = in_words(row["value"], row["low"], row["high"], raw, digits or plain)
        number = self._number(row["kind"], row["basis"], row["by"])
        word = unit_word(raw) if unit is None else unit
        if row["id"] not in self.facts:
            self.facts[row["id"]] = self._told(row, Figure(text, spread, unit_word(raw), "", "", 0).plain, number)
        return Figure(text, spread if ranged else "", word, row["id"], row["grade"], number)

    def quote(self, text: str, basis: str, grade: str) -> Figure:
        """Words of a register row, with the note of the source that the row names."""
        kind = "assumed" if basis.split("#")[0].split(";")[0] in self._assumptions else "cited"
        return Figure(text, "", "", "", grade, self._number(kind, basis, "case"))

    def leading(self, row: dict[str, Any], most: int = 3, called: Mapping[str, str] | None = None) -> list[str]:
        """The parents that weigh most in a derived fact, in words; ``called`` has words of its own for some of them."""
        names = [name for name, weight in self._ancestry.parents(row["basis"]) if weight > 0]
        own = called or {}
        return [own.get(name) or self._parent_in_words(name, dated=False) for name in names[:most]]

    @property
    def notes(self) -> list[Note]:
        """The numbered notes of everything printed so far."""
        return [self._note(number, basis) for number, basis in self._bases.values()]

    def sources(self, numbers: Collection[int]) -> list[str]:
        """What these notes rest on in the end, in words, each once: cited sources and assumptions, and of what was derived those
        that weigh most."""
        found: dict[str, None] = {}
        for number, basis in self._bases.values():
            if number in numbers:
                found |= dict.fromkeys(self._ends(number, basis))
        return [self._source_in_words(name) for name in found]

    def _ends(self, number: int, basis: _Basis) -> Sequence[str]:
        """The sources of a note, found once for as many derivations as it gathers."""
        if basis.kind != "derived":
            return basis.sources
        key = number, len(basis.derivations)
        if key not in self._found:
            self._found[key] = self._ancestry.sources(basis.derivations)[:SHOWN]
        return self._found[key]

    def _told(self, row: dict[str, Any], figure: str, number: int) -> dict[str, Any]:
        """What the page says of a fact when it is pointed at; its sources stand in its note."""
        measure = self.case.measures.get(row["measure"])
        about = " – ".join(self._call(row[name]) for name in ("subject", "object") if row[name])
        detail = ", ".join(part for part in (_plain(row["item"]), _plain(row["period"])) if part)
        return {
            "what": measure.meaning if measure else row["measure"],
            "of": f"{about} ({detail})" if detail else about,
            "figure": figure,
            "grade": row["grade"],
            "kind": row["kind"],
            "said": row["note"] or "",
            "printed": row["original"] or "",
            "where": row["basis"].partition("#")[2] if row["kind"] != "derived" else "",
            "from": self._parents_told(row["basis"]) if row["kind"] == "derived" else [],
            "note": number,
        }

    def _parents_told(self, basis: str) -> list[str]:
        every = self._ancestry.parents(basis)
        heavy = [name for name, weight in every if weight > 0] or [name for name, _ in every]
        more = [f"and {len(every) - SHOWN} more"] if len(every) > SHOWN else []
        return [*(self._parent_in_words(name) for name in heavy[:SHOWN]), *more]

    def _parent_in_words(self, name: str, *, dated: bool = True) -> str:
        """A parent as a reader would call it: ``gdp:KAZ@2025`` becomes *GDP of Kazakhstan, 2025*."""
        if name in self._sources or name in self._assumptions or ":" not in name:
            return self._source_in_words(name.split("#")[0])
        part = parse_id(name)
        measure = self.case.measures.get(part["measure"])
        subject, object = (with_article(self._call(part[role])) for role in ("subject", "object"))
        words = measure.told(subject, object, _plain(part["item"])) if measure else name
        return f"{words}, {_plain(part['period'])}" if dated and part["period"] else words

    def _number(self, kind: str, basis: str, by: str) -> int:
        """The number of the note of a basis; a new note if it is met for the first time."""
        head, _, locator = basis.partition("#")
        statement = _YEAR.sub("", self._ancestry.statement(basis)) if kind == "derived" else ""
        key = (by, statement) if kind == "derived" else (head,)
        if key not in self._bases:
            sources = () if kind == "derived" else tuple(head.split(";"))
            self._bases[key] = (len(self._bases) + 1, _Basis(kind, by, sources, statement))
        number, gathered = self._bases[key]
        if kind == "derived":
            gathered.derivations[basis] = None
        elif locator:
            gathered.locators[locator] = None
        return number

    def _note(self, number: int, basis: _Basis) -> Note:
        if basis.kind == "derived":
            words = basis.statement[:1].upper() + basis.statement[1:] + "."
            found = self._ancestry.sources(basis.derivations)
            named = "; ".join(self._source_in_words(name) for name in found[:SHOWN])
            more = f"; and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
            return Note(
                number,
                basis.kind,
                f"{words} Sources, the weightiest first: {named}{more}." if found else words,
                basis.by,
            )
        text = "; ".join(self._source_in_words(name) for name in basis.sources)
        source = self._sources.get(basis.sources[0], {})
        where = "; ".join(list(basis.locators)[:SHOWN]) or source.get("where", "")
        where = "" if where.rstrip(". ") in text else where
        return Note(number, basis.kind, text, where, source.get("licence", ""))

    def _source_in_words(self, name: str) -> str:
        if name in self._assumptions:
            return f"assumption: {self._assumptions[name].rstrip('.')}"
        source = self._sources.get(name)
        if source is None:
            return name
        publisher = source["publisher"]
        known = publisher in ("", "none") or publisher in source["title"]
        return ", ".join(part for part in (source["title"], "" if known else publisher, source["date"]) if part)


class _Ancestry:
    """What derived facts rest on: their parents, and at the end the sources, the weightiest first."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._statements = dict(case.ledger.derivations.select("derivation", "statement").iter_rows())
        ordered = case.ledger.parents.sort("weight", descending=True, maintain_order=True)
        grouped = ordered.group_by("derivation", maintain_order=True).agg("parent", "weight")
        self._parents = {name: list(zip(names, weights, strict=True)) for name, names, weights in grouped.iter_rows()}
        self._known: dict[str, Mapping[str, float]] = {}

    def statement(self, derivation: str) -> str:
        """How the facts of a derivation were derived."""
        return str(self._statements.get(derivation, "derived"))

    def parents(self, derivation: str) -> list[tuple[str, float]]:
        """Ids and weights of its parents, the heaviest first."""
        return self._parents.get(derivation, [])

    def sources(self, derivations: Mapping[str, None]) -> list[str]:
        """Sources and assumptions at the end of the tree, the weightiest first."""
        total: dict[str, float] = defaultdict(float)
        for name in derivations:
            for source, weight in self._leaves(name, ()).items():
                total[source] += weight
        return [name for name, _ in sorted(total.items(), key=lambda entry: (-entry[1], entry[0]))]

    @cached_property
    def _bases(self) -> dict[str, list[tuple[str, str]]]:
        """Kind and basis of the facts of each id without basis."""
        facts = self._case.ledger.facts.select(pl.col("kind", "basis").cast(pl.String))
        found: dict[str, list[tuple[str, str]]] = {}
        for name, (kind, basis) in zip(self._case.ledger.ids(), facts.iter_rows(), strict=True):
            found.setdefault(name.split("#")[0], []).append((kind, basis))
        return found

    def _leaves(self, derivation: str, above: tuple[str, ...]) -> Mapping[str, float]:
        """Weight of each source in a derivation; they sum to one."""
        if derivation in self._known:
            return self._known[derivation]
        if derivation in above:
            return {}
        parents = self.parents(derivation)
        whole = sum(weight for _, weight in parents)
        found: dict[str, float] = defaultdict(float)
        for name, weight in parents:
            share = weight / whole if whole else 1.0 / len(parents)
            bases = self._bases.get(name) or [("cited", name)]
            for kind, basis in bases:
                leaves = self._leaves(basis, (*above, derivation)) if kind == "derived" else _cited(basis)
                for source, part in leaves.items():
                    found[source] += share * part / len(bases)
        self._known[derivation] = found
        return found


def _cited(basis: str) -> Mapping[str, float]:
    names = basis.split("#")[0].split(";")
    return dict.fromkeys(names, 1.0 / len(names))


def _plain(text: str) -> str:
    """An item or period without the marks of an id."""
    return f"from {text[:-1]}" if text.endswith("/") else text.replace("_", " ").replace(".", ", ")
