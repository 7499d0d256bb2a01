"""A user's own table of actors, as a case that holds nothing else."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import polars as pl

from equipoise.case import Case
from equipoise.errors import InputError
from equipoise.ledger import Ledger
from equipoise.vocabulary import SLUG

__all__ = ["actors_case"]

BASIS = "actors-table"
KINDS = ("position", "salience")
ENDS = ("", "_low", "_high")


def actors_case(blank: Case, path: Path) -> Case:
    """The actors of a file as a case without home, places or trade.

    Columns: ``actor``; for each dimension ``NAME_position`` and ``NAME_salience``, each with ``_low`` and ``_high`` if their
    range is known; ``capability``, likewise. With one dimension ``NAME_`` may be left out. Positions and salience are 0 to 100.

    Parameters
    ----------
    blank : Case
        Whose tables and vocabulary are taken, empty.
    path : Path
        A file of comma-separated values.

    Raises
    ------
    InputError
        The file cannot be read, a column is missing or unknown, a cell is missing or out of range, an actor stands there twice,
        there is one actor, or all stand at one point in a dimension.
    """
    rows, columns = _read(path)
    dimensions = _dimensions(path, columns)
    names: dict[str, int] = {}
    facts: list[dict[str, object]] = []
    for number, row in enumerate(rows, start=2):
        name = (row.get("actor") or "").strip()
        if not name or name in names:
            found = f"{name} again, first in row {names[name]}" if name else "no name"
            raise InputError(f"{path}, row {number}, actor", found=found, allowed="each actor once")
        names[name] = number
        held = _triple(path, number, row, "capability", float("inf"))
        for dimension, prefix in dimensions.items():
            for kind in KINDS:
                figures = _triple(path, number, row, prefix + kind, 100.0)
                facts.append(_fact(kind, f"a{number - 1}", dimension, figures))
            facts.append(_fact("capability", f"a{number - 1}", dimension, held))
        care = sum(_triple(path, number, row, prefix + "salience", 100.0)[0] for prefix in dimensions.values())
        if not 0.0 < care <= 100.0:
            raise InputError(
                f"{path}, row {number}, salience", found=f"{care:g} in sum over the dimensions",
                allowed="above 0, at most 100 in sum", remedy="scale it down",
            )  # fmt: skip
    if len(names) < 2:
        raise InputError(f"{path}", found=f"{len(names)} actor", allowed="2 actors or more")
    for dimension in dimensions:
        places = [fact["value"] for fact in facts if fact["measure"] == "position" and fact["object"] == dimension]
        if len(set(places)) < 2:
            raise InputError(
                f"{path}, {dimension}", found=f"every actor at {places[0]}", allowed="two different positions at least",
                remedy="leave out a dimension on which all agree",
            )  # fmt: skip
    return _case(blank, path, list(names), list(dimensions), facts)


def _read(path: Path) -> tuple[list[dict[str, str]], list[str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as text:
            reader = csv.DictReader(text)
            rows = list(reader)
            columns = [name.strip() for name in reader.fieldnames or []]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError("--actors", found=f"{path}: {error}", allowed="a file of comma-separated values") from None
    if len(set(columns)) != len(columns) or "actor" not in columns or "capability" not in columns:
        raise InputError(
            f"{path}, row 1", found=", ".join(columns) or "nothing",
            allowed="actor, capability, and for each dimension NAME_position and NAME_salience, each column once",
        )  # fmt: skip
    return [{(k or "").strip(): v or "" for k, v in row.items() if not isinstance(v, list)} for row in rows], columns


def _dimensions(path: Path, columns: list[str]) -> dict[str, str]:
    """Dimensions by name, with the beginning of their columns; an unknown column is an error."""
    prefixes = [name.removesuffix("position") for name in columns if name == "position" or name.endswith("_position")]
    known = {"actor", *(f"capability{end}" for end in ENDS)}
    known |= {f"{prefix}{kind}{end}" for prefix in prefixes for kind in KINDS for end in ENDS}
    strange = [name for name in columns if name not in known]
    lacking = [f"{prefix}salience" for prefix in prefixes if f"{prefix}salience" not in columns]
    if strange or lacking or not prefixes:
        raise InputError(
            f"{path}, row 1", found=", ".join(strange) or f"no column {', '.join(lacking) or 'position'}",
            allowed="actor, capability, NAME_position, NAME_salience, each but actor also with _low and _high",
        )  # fmt: skip
    named = {prefix.rstrip("_") or "issue": prefix for prefix in prefixes}
    for name in named:
        if not re.fullmatch(SLUG, name):
            raise InputError(
                f"{path}, row 1", found=name, allowed="names of dimensions of letters, digits, _ . + - ( )"
            )
    return named


def _triple(path: Path, number: int, row: Mapping[str, str], column: str, top: float) -> tuple[float, float, float]:
    """Value, low, high of a cell; the ends are the value where they are not given."""
    value = _cell(path, number, column, row.get(column), top)
    ends = []
    for end in ENDS[1:]:
        text = row.get(column + end)
        ends.append(_cell(path, number, column + end, text, top) if (text or "").strip() else value)
    if not ends[0] <= value <= ends[1]:
        raise InputError(
            f"{path}, row {number}, {column}", found=f"{value:g} outside {ends[0]:g} to {ends[1]:g}",
            allowed="low, value and high in that order",
        )  # fmt: skip
    return value, ends[0], ends[1]


def _cell(path: Path, number: int, column: str, text: str | None, top: float) -> float:
    allowed = "0 to 100" if top == 100.0 else "0 or more"
    try:
        value = float(text or "")
    except ValueError:
        value = float("nan")
    if not 0.0 <= value <= top or value == float("inf"):
        found = (text or "").strip() or "an empty cell"
        raise InputError(f"{path}, row {number}, {column}", found=found, allowed=allowed)
    return value


def _fact(measure: str, actor: str, dimension: str, figures: tuple[float, float, float]) -> dict[str, object]:
    value, low, high = figures
    return {
        "measure": measure, "subject": actor, "object": dimension, "period": "static", "value": value, "low": low, "high": high,
        "kind": "assumed", "grade": "C", "basis": BASIS, "by": "case",
    }  # fmt: skip


def _case(blank: Case, path: Path, names: list[str], dimensions: list[str], facts: list[dict[str, object]]) -> Case:
    empty = {name: table.clear() for name, table in blank.register.items()}

    def table(name: str, rows: list[dict[str, str]]) -> pl.DataFrame:
        schema = empty[name].schema
        return pl.DataFrame([{column: row.get(column, "") for column in schema} for row in rows], schema=schema)

    register = empty | {
        "actors": table("actors", [
            {"actor": f"a{k}", "name": name, "kind": "state", "power": "0", "basis": BASIS, "grade": "C"}
            for k, name in enumerate(names, start=1)
        ]),
        "issues": table("issues", [
            {"issue": name, "title": name, "end_0": "0", "end_100": "100", "scale": "ordinal", "basis": BASIS, "grade": "C"}
            for name in dimensions
        ]),
        "assumptions": table("assumptions", [
            {"assumption": BASIS, "statement": f"The table of actors {path.name}, as its user gives it", "grade": "C"}
        ]),
    }  # fmt: skip
    return replace(
        blank,
        id=path.stem,
        title=f"the actors of {path.name}",
        home="",
        register=register,
        ledger=Ledger.of(facts),
        descriptor={},
    )
