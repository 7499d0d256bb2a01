"""Turning facts into printed figures, and keeping the numbered notes that say where each comes from."""

from __future__ import annotations

from typing import Any

import polars as pl

from equipoise.brief.document import Figure, Note
from equipoise.brief.numbers import DERIVED, GIVEN, in_words, unit_word
from equipoise.case import Case
from equipoise.ledger import KEY

__all__ = ["Notes"]

SHOWN_PARENTS = 6


class Notes:
    """All figures that a document prints, each with the number of the note that it leads to."""

    def __init__(self, case: Case) -> None:
        self.case = case
        parts = case.ledger.facts.with_columns(pl.Series("id", case.ledger.ids())).partition_by("measure", as_dict=True)
        self._frames = {str(name[0]): frame for name, frame in parts.items()}
        self._index: dict[str, dict[tuple[str, ...], list[dict[str, Any]]]] = {}
        self._sources = {row["source"]: row for row in case.table("sources").iter_rows(named=True)}
        self._assumptions = dict(case.table("assumptions").select("assumption", "statement").iter_rows())
        self._statements = dict(case.ledger.derivations.select("derivation", "statement").iter_rows())
        ordered = case.ledger.parents.sort("weight", descending=True, maintain_order=True)
        self._parents = dict(
            ordered.group_by("derivation", maintain_order=True).agg("parent", "weight").rows_by_key("derivation")
        )
        self._dates = dict(case.table("sources").select("source", "date").iter_rows())
        self._numbers: dict[str, int] = {}
        self.notes: list[Note] = []
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
        return (
            rows[0]
            if len(rows) == 1
            else sorted(
                rows, key=lambda r: (r["grade"], _reversed(self._dates.get(r["basis"].split("#")[0], "")), r["id"])
            )[0]
        )

    def value(
        self, measure: str, subject: str = "", object: str = "", item: str = "", period: str = ""
    ) -> float | None:
        """The figure of a key, to sort and compare by; to print it use :meth:`figure`."""
        row = self.row(measure, subject, object, item, period)
        return None if row is None else float(row["value"])

    def rows(self, measure: str, **where: str) -> list[dict[str, Any]]:
        """One row for each key of a measure, narrowed by key columns."""
        wanted = [(KEY.index(name) - 1, value) for name, value in where.items()]
        keys = [key for key in self._of(measure) if all(key[place] == value for place, value in wanted)]
        return [row for key in keys if (row := self.row(measure, *key)) is not None]

    def figure(
        self,
        measure: str,
        subject: str = "",
        object: str = "",
        item: str = "",
        period: str = "",
        *,
        digits: int | None = None,
        unit: str | None = None,
        ranged: bool = True,
    ) -> Figure | None:
        """The fact of a key as it is printed, or nothing where the ledger does not hold it."""
        row = self.row(measure, subject, object, item, period)
        return None if row is None else self.of(row, digits=digits, unit=unit, ranged=ranged)

    def of(
        self, row: dict[str, Any], *, digits: int | None = None, unit: str | None = None, ranged: bool = True
    ) -> Figure:
        """A fact as it is printed."""
        raw = self.case.unit(row["measure"])
        plain = GIVEN if row["kind"] != "derived" or (raw == "count" and row["value"] == int(row["value"])) else DERIVED
        text, spread = in_words(row["value"], row["low"], row["high"], raw, digits or plain)
        number = self._number(row)
        word = unit_word(raw) if unit is None else unit
        figure = Figure(text, spread if ranged else "", word, row["id"], row["grade"], number)
        if row["id"] not in self.facts:
            self.facts[row["id"]] = self._told(row, text, spread, unit_word(raw), number)
        return figure

    def quote(self, text: str, basis: str, grade: str) -> Figure:
        """Words of a register row, with the note of the source that the row names."""
        kind = "assumed" if basis.split("#")[0].split(";")[0] in self._assumptions else "cited"
        number = self._number({"basis": basis, "kind": kind, "by": ""})
        return Figure(text, "", "", "", grade, number)

    def _told(self, row: dict[str, Any], text: str, spread: str, unit: str, number: int) -> dict[str, Any]:
        """What the page says of a fact when it is pointed at."""
        case, measure = self.case, self.case.measures.get(row["measure"])
        about = " – ".join(case.name(row[name]) for name in ("subject", "object") if row[name])
        detail = ", ".join(part for part in (row["item"].replace("_", " ").replace(".", ", "), row["period"]) if part)
        return {
            "what": measure.meaning if measure else row["measure"],
            "of": f"{about} ({detail})" if detail else about,
            "figure": Figure(text, spread, unit, "", "", 0).plain,
            "grade": row["grade"],
            "kind": row["kind"],
            "said": row["note"] or "",
            "printed": row["original"] or "",
            "from": self._from(row),
            "note": number,
        }

    def _from(self, row: dict[str, Any]) -> list[str]:
        """The first things that a fact rests on, in words."""
        if row["kind"] != "derived":
            return [self._source_text(name) for name in row["basis"].split("#")[0].split(";")]
        names, weights = self._parents.get(row["basis"], [([], [])])[0]
        heavy = [name for name, weight in zip(names, weights, strict=True) if weight > 0] or names
        more = [f"and {len(names) - SHOWN_PARENTS} more"] if len(names) > SHOWN_PARENTS else []
        return [*heavy[:SHOWN_PARENTS], *more]

    def _number(self, row: dict[str, Any]) -> int:
        """The number of the note of a fact's basis; a new note if it is met for the first time."""
        basis = row["basis"]
        if basis not in self._numbers:
            self._numbers[basis] = len(self.notes) + 1
            self.notes.append(self._note(row, len(self.notes) + 1))
        return self._numbers[basis]

    def _note(self, row: dict[str, Any], number: int) -> Note:
        basis, kind = row["basis"], row["kind"]
        if kind == "derived":
            named = "; ".join(self._from(row))
            words = self._statements.get(basis, "")
            return Note(
                number, kind, f"{words[:1].upper()}{words[1:]}. Rests on: {named}." if named else f"{words}.", row["by"]
            )
        head, _, locator = basis.partition("#")
        text = "; ".join(self._source_text(name) for name in head.split(";"))
        source = self._sources.get(head.split(";")[0], {})
        return Note(number, kind, text, locator or source.get("where", ""), source.get("licence", ""))

    def _source_text(self, name: str) -> str:
        if name in self._assumptions:
            return self._assumptions[name]
        source = self._sources.get(name)
        if source is None:
            return name
        publisher = (
            source["publisher"]
            if source["publisher"] not in ("", "none") and source["publisher"] not in source["title"]
            else ""
        )
        return ", ".join(part for part in (source["title"], publisher, source["date"]) if part)


def _reversed(date: str) -> tuple[int, ...]:
    """A key that sorts the newest date first."""
    return tuple(-ord(letter) for letter in date)
