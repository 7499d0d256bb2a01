"""The rules of a package and its register. Each returns every fault it finds; none stops at the first.

Rules work on text, before anything is converted, so that a fault can show what stands in the cell.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from pathlib import Path, PurePosixPath
from typing import Any

import polars as pl

from equipoise.case.faults import Rule, apply_rules, column_faults, faults_of
from equipoise.case.lineage import derivation_faults
from equipoise.errors import Fault, InputError
from equipoise.vocabulary import SLUG, Column, measures, parse_measure, tables

__all__ = ["bases_of", "basis_rule", "check_descriptor", "check_register", "check_vocabulary", "known_things"]

VOCABULARY = (
    "measure",
    "topic",
    "unit",
    "label",
    "subject",
    "object",
    "item",
    "low",
    "high",
    "spread",
    "meaning",
    "source",
)
DATE = r"\d{4}(-\d{2}(-\d{2})?)?"
KIND_OF_TABLE = {"sources": "source", "assumptions": "assumption", "actors": "actor", "places": "place", "links": "link",
                 "routes": "route", "channels": "channel", "commodities": "commodity", "organisations": "organisation",
                 "levers": "lever", "threats": "threat", "issues": "issue", "outcomes": "outcome", "targets": "target",
                 "priors": "prior", "episodes": "episode", "outages": "outage", "corridors": "corridor",
                 "lines": "line", "policies": "policy", "weightings": "weighting", "bearings": "bearing"}  # fmt: skip


def check_descriptor(descriptor: Any, folder: Path) -> list[Fault]:
    """The package itself: its name, its setting, and paths that stay inside the folder."""
    where = "datapackage.json"
    if not isinstance(descriptor, dict):
        return [Fault(where, 0, "", type(descriptor).__name__, "an object", "Begin with `equipoise new`.")]
    faults = []
    setting = descriptor.get("equipoise")
    if not isinstance(descriptor.get("name"), str) or not descriptor["name"]:
        faults.append(Fault(where, 0, "name", repr(descriptor.get("name")), "a short name", "Name the package."))
    if (
        not isinstance(setting, dict)
        or not isinstance(setting.get("home"), str)
        or not isinstance(setting.get("year"), int)
    ):
        remedy = 'Write "equipoise": {"home": "KAZ", "year": 2025}.'
        faults.append(Fault(where, 0, "equipoise", repr(setting), "home (an actor) and year (a number)", remedy))
    resources = descriptor.get("resources")
    if not isinstance(resources, list) or not resources:
        remedy = "List the tables of register/ and facts/."
        return [*faults, Fault(where, 0, "resources", "none", "at least one table", remedy)]
    seen: set[str] = set()
    for resource in resources:
        path = resource.get("path") if isinstance(resource, dict) else None
        faults += _path_faults(path, folder, seen)
    for file in sorted(folder.glob("*/*.csv")):
        name = file.relative_to(folder).as_posix()
        if name.split("/")[0] in ("register", "facts") and name not in seen:
            faults.append(Fault(name, 0, "", "a table that the package does not list", "a listed table", "List it."))
    return faults


def _path_faults(path: object, folder: Path, seen: set[str]) -> list[Fault]:
    """A resource must be a CSV file in ``register/`` or ``facts/`` of this very folder."""
    where, allowed = "datapackage.json", "register/TABLE.csv or facts/TOPIC.csv"
    if not isinstance(path, str):
        return [Fault(where, 0, "path", repr(path), allowed, "Give one relative path.")]
    parts = PurePosixPath(path).parts
    plain = len(parts) == 2 and parts[0] in ("register", "facts") and path.endswith(".csv") and "\\" not in path
    inside = plain and (folder / path).resolve().is_relative_to(folder.resolve())
    if not plain or not inside or ".." in parts or "://" in path:
        return [Fault(where, 0, "path", path, allowed, "Keep every table inside the folder of the case.")]
    if path in seen:
        return [Fault(where, 0, "path", f"{path} twice", "each table once", "Strike one out.")]
    seen.add(path)
    if parts[0] == "register" and parts[1][:-4] not in (*tables(), "vocabulary"):
        return [Fault(where, 0, "path", path, "register/ " + ", ".join(tables()), "Rename the table.")]
    return []


def check_vocabulary(own: pl.DataFrame) -> list[Fault]:
    """Measures that a case adds: new names, a unit, bounds that are numbers."""
    where = "register/vocabulary.csv"
    faults = column_faults(where, own, VOCABULARY[:3], VOCABULARY)
    if faults:
        return faults
    names = own["measure"]
    for wrong, allowed, remedy in (
        (names.is_in(list(measures())), "a name that equipoise does not use itself", "Rename the measure."),
        (names.is_duplicated(), "each measure once", "Strike one row out."),
        (~names.str.contains(r"^[a-z][a-z0-9_]*$"), "small letters, figures and underscores", "Rename the measure."),
    ):
        faults += faults_of(where, own.filter(wrong), "measure", allowed, remedy)
    for row in own.iter_rows(named=True):
        try:
            parse_measure({key: value or "" for key, value in row.items() if key != "_row"})
        except InputError as error:
            faults.append(Fault(where, row["_row"], "low, high", str(error.found), error.allowed, "Mend the bound."))
    return faults


# --- register ------------------------------------------------------------------------------------------------------


def check_register(register: Mapping[str, pl.DataFrame], facts: Mapping[str, pl.DataFrame]) -> list[Fault]:
    """Every register table: its columns, the type of every cell, keys, references, order of dates, cycles."""
    faults: list[Fault] = []
    known = known_things(register)
    for table, frame in register.items():
        file, columns = f"register/{table}.csv", tables()[table]
        faults += column_faults(file, frame, [c.column for c in columns if c.required], [c.column for c in columns])
        rules = [rule for column in columns if column.column in frame.columns for rule in _cell_rules(column, known)]
        faults += apply_rules(file, frame, rules)
        keys = [c.column for c in columns if c.key and c.column in frame.columns]
        if keys:
            twice = frame.filter(frame.select(keys).is_duplicated())
            faults += faults_of(file, twice, keys[0], "each key once", "Strike one row out, or rename it.", show=keys)
    faults += _order_faults(register)
    faults += derivation_faults(register, facts, known)
    if not any(len(frame) for frame in register.values()):
        faults.append(Fault("register/", 0, "", "an empty case", "at least sources and actors", "Fill the register."))
    return faults


def known_things(register: Mapping[str, pl.DataFrame]) -> dict[str, set[str]]:
    """Ids by kind of thing (``actor``, ``link``, ...) and, for references, by table (``actors``)."""
    known: dict[str, set[str]] = {}
    for table, columns in tables().items():
        frame = register.get(table)
        ids = (
            set(frame[columns[0].column].to_list())
            if frame is not None and columns[0].column in frame.columns
            else set()
        )
        known[table] = ids
        if table in KIND_OF_TABLE:
            known[KIND_OF_TABLE[table]] = ids
    return known


def _cell_rules(column: Column, known: Mapping[str, set[str]]) -> list[Rule]:
    """What the cells of one register column must be: filled, of their type, among the words allowed, references."""
    name, cell = column.column, pl.col(column.column)
    filled = cell != ""
    rules = []
    if column.required:
        rules.append(Rule(~filled, name, "a filled cell", "Fill it; what is not known needs a row in assumptions."))
    if column.type == "id":
        rules.append(
            Rule(filled & ~cell.str.contains(rf"^{SLUG}$"), name, "letters, digits and _ . + ( ) -", "Rename it.")
        )
    if column.type in ("number", "whole"):
        number = cell.cast(pl.Float64, strict=False)
        wrong = filled & (number.is_null() | ~number.is_finite())
        rules.append(Rule(wrong, name, "a finite number", "Write it with a point."))
        low, high = _BOUNDS.get(name, (-inf, inf))
        rules.append(Rule(filled & ~number.is_between(low, high), name, f"{low:g} to {high:g}", "Check unit and sign."))
        if column.type == "whole":
            rules.append(Rule(filled & number.mod(1).ne(0), name, "a whole number", "Round it."))
    if column.type == "date":
        rules.append(Rule(filled & ~_is_date(cell), name, "YYYY, YYYY-MM or YYYY-MM-DD", "Write the date like that."))
    if column.allowed and column.type != "ids":
        words = list(column.allowed)
        rules.append(Rule(filled & ~cell.is_in(words), name, ", ".join(words), "Choose one of these."))
    if column.refers and column.type == "id":
        wrong = filled & ~cell.is_in(list(known[column.refers]))
        rules.append(Rule(wrong, name, f"an id of register/{column.refers}.csv", "Add it there, or mend the id."))
    if column.type == "ids":
        strange = cell.str.split(";").list.set_difference(["", *known[column.refers], *column.allowed]).list.len() > 0
        rules.append(Rule(strange, name, f"ids of register/{column.refers}.csv, separated by ;", "Add them there."))
    if column.type == "basis":
        rules.append(basis_rule(filled, name, known))
    return rules


def basis_rule(where: pl.Expr, name: str, known: Mapping[str, set[str]]) -> Rule:
    """A basis names sources and assumptions that exist."""
    unknown = bases_of(name).list.set_difference([*known["source"], *known["assumption"]]).list.len() > 0
    return Rule(where & unknown, name, "ids of register/sources.csv or assumptions.csv", "Add the source there.")


def bases_of(name: str) -> pl.Expr:
    """The sources and assumptions that a basis ``a;b#locator`` names."""
    return pl.col(name).str.split("#").list.first().str.split(";")


_BOUNDS: dict[str, tuple[float, float]] = {
    "latitude": (-90, 90), "longitude": (-180, 180), "length_km": (0, 50_000), "years": (0, 100), "duration_days": (0, 40_000),
    "base_year": (1900, 2200), "solved_from": (1900, 2200),
}  # fmt: skip


def _is_date(cell: pl.Expr) -> pl.Expr:
    whole = cell + pl.when(cell.str.len_chars() == 4).then(pl.lit("-01-01")).when(cell.str.len_chars() == 7).then(
        pl.lit("-01")
    ).otherwise(pl.lit(""))
    return cell.str.contains(rf"^{DATE}$") & whole.str.to_date("%Y-%m-%d", strict=False).is_not_null()


def _order_faults(register: Mapping[str, pl.DataFrame]) -> list[Fault]:
    """Dates in order, and links that lead somewhere."""
    faults = []
    for table, first, last in (("blocs", "from", "to"), ("episodes", "start", "end")):
        frame = register.get(table)
        if frame is not None and {first, last} <= set(frame.columns):
            late = frame.filter(
                (pl.col(first) != "") & (pl.col(last) != "") & (pl.col(last) < pl.col(first).str.head(4))
            )
            late = pl.concat(
                [
                    late,
                    frame.filter(
                        (pl.col(last).str.len_chars() == pl.col(first).str.len_chars()) & (pl.col(last) < pl.col(first))
                    ),
                ]
            ).unique("_row")
            faults += faults_of(
                f"register/{table}.csv",
                late,
                last,
                f"a date not before {first}",
                "Exchange the dates.",
                show=[first, last],
            )
    links = register.get("links")
    if links is not None and {"from", "to"} <= set(links.columns):
        loop = links.filter(pl.col("from") == pl.col("to"))
        faults += faults_of("register/links.csv", loop, "to", "another place than it leaves", "Give its other end.")
    return faults
