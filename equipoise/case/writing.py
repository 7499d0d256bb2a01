"""Writing a case: a folder with a data package, whole or not at all."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from equipoise.case.model import Case
from equipoise.case.panels import FOLDER
from equipoise.errors import InputError
from equipoise.ledger import KEY, Ledger
from equipoise.vocabulary import measures, tables

__all__ = ["descriptor_of", "new_case", "write_case"]

ON_DISK = (*KEY, "value", "low", "high", "grade", "kind", "basis", "original", "note")
_TYPES = {"number": "number", "whole": "integer"}


def write_case(case: Case, folder: str | Path, *, overwrite: bool = False) -> Path:
    """Write a case so that reading it again loses nothing. What stages derived is not written: it can be derived again.

    Raises
    ------
    InputError
        The folder exists and is no case, or is one and ``overwrite`` was not given.
    """
    path = Path(folder)
    if path.exists() and any(path.iterdir()) and not (overwrite and (path / "datapackage.json").is_file()):
        raise InputError(
            "folder",
            found=str(path),
            allowed="a new folder",
            remedy="choose another; in Python, overwrite=True replaces a case",
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{path.name}-", dir=path.parent))
    try:
        _write_tables(case, work)
        _copy_panels(case, work)
        for extra in ("README.md",):
            if (path / extra).is_file():
                shutil.copy2(path / extra, work / extra)
        old = path.with_name(f".{path.name}-old")
        if path.exists():
            path.replace(old)
        work.replace(path)
        shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return path


def _write_tables(case: Case, folder: Path) -> None:
    written: dict[str, list[str]] = {}
    (folder / "register").mkdir()
    (folder / "facts").mkdir()
    for name, frame in case.register.items():
        keys = [c.column for c in tables()[name] if c.key] if name in tables() else []
        ordered = frame.sort(keys, maintain_order=True) if keys else frame
        _empty_as_null(ordered).write_csv(folder / "register" / f"{name}.csv", line_terminator="\n")
        written[f"register/{name}.csv"] = frame.columns
    facts = case.ledger.facts.filter(pl.col("by") == "case").select(ON_DISK)
    topic = pl.col("measure").cast(pl.String).replace_strict({n: m.topic for n, m in case.measures.items()})
    for (name,), part in (
        facts.with_columns(topic.alias("_topic")).partition_by("_topic", as_dict=True, maintain_order=True).items()
    ):
        plain = part.drop("_topic").with_columns(_plain_number(column) for column in ("value", "low", "high"))
        plain = plain.with_columns(pl.exclude(pl.String).cast(pl.String)).sort(*KEY, "basis")
        _empty_as_null(plain).write_csv(folder / "facts" / f"{name}.csv", line_terminator="\n")
        written[f"facts/{name}.csv"] = list(ON_DISK)
    text = json.dumps(descriptor_of(case.descriptor, written), indent=1, ensure_ascii=False)
    (folder / "datapackage.json").write_text(text + "\n", encoding="utf-8")


def _copy_panels(case: Case, folder: Path) -> None:
    """The files of the panels, byte for byte."""
    files = case.table("panels")["file"].to_list()
    if files and case.folder is not None:
        (folder / FOLDER).mkdir()
        for file in files:
            shutil.copy2(case.folder / FOLDER / file, folder / FOLDER / file)


def _empty_as_null(frame: pl.DataFrame) -> pl.DataFrame:
    """An empty cell is written as nothing at all, not as a pair of quotes."""
    return frame.with_columns(pl.when(pl.col(pl.String) != "").then(pl.col(pl.String)).name.keep())


def _plain_number(column: str) -> pl.Expr:
    """A figure as a person would write it: 72.5, 0.1, 10."""
    return pl.col(column).cast(pl.String).str.strip_suffix(".0").alias(column)


def descriptor_of(head: Mapping[str, Any], columns: Mapping[str, list[str]]) -> dict[str, Any]:
    """The Frictionless descriptor of a case with these tables (path to names of columns)."""
    described = {key: value for key, value in head.items() if key != "resources"}
    described["resources"] = [_resource(path, names) for path, names in sorted(columns.items(), key=_order)]
    return described


def _order(entry: tuple[str, list[str]]) -> tuple[bool, int, str]:
    path = entry[0]
    names = list(tables())
    stem = Path(path).stem
    return (path.startswith("facts/"), names.index(stem) if stem in names else len(names), path)


def _resource(path: str, names: list[str]) -> dict[str, Any]:
    table = Path(path).stem
    known = {c.column: c for c in tables().get(table, ())} if path.startswith("register/") else {}
    fields: list[dict[str, Any]] = []
    for name in names:
        numeric = path.startswith("facts/") and name in ("value", "low", "high")
        column = known.get(name)
        described = {
            "name": name,
            "type": "number" if numeric else _TYPES.get(column.type, "string") if column else "string",
        }
        if column and column.meaning:
            described["description"] = column.meaning
        fields.append(described)
    keys = [c.column for c in known.values() if c.key] or ([*KEY, "basis"] if path.startswith("facts/") else [])
    schema: dict[str, Any] = {"fields": fields, "missingValues": [""]}
    if keys:
        schema["primaryKey"] = keys
    return {
        "name": path.replace("/", "-").removesuffix(".csv"),
        "path": path,
        "profile": "tabular-data-resource",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": schema,
    }


def new_case(folder: str | Path, *, home: str = "XXX", title: str = "", year: int = 2025) -> Path:
    """Begin a case that passes `check`: every table with its header, the home state, one power, and one assumption.

    Raises
    ------
    InputError
        The folder exists and is not empty.
    """
    path = Path(folder)
    blank = {
        name: pl.DataFrame(schema=dict.fromkeys((c.column for c in cs), pl.String)) for name, cs in tables().items()
    }
    basis = {"basis": "assumed-first", "grade": "C"}
    rows: dict[str, list[dict[str, str]]] = {
        "assumptions": [
            {"assumption": "assumed-first", "statement": "Placed by `equipoise new`; replace it by a source.", "grade": "C"}
        ],
        "actors": [
            {"actor": home, "name": title or home, "kind": "state", "power": "0", **basis},
            {"actor": "POWER", "name": "A power", "kind": "state", "power": "1", **basis},
        ],
        "commodities": [
            {"commodity": "oil", "name": "Crude oil", "quantity": "mass", "base_year": f"{year}", "solved_from": f"{year}"}
        ],
        "horizons": [{"horizon": "1y", "name": "one year", "years": "1", "reading": "contract", "storage": "0", **basis}],
    }  # fmt: skip
    register = {
        name: pl.concat([frame, pl.DataFrame(rows[name]).cast(pl.String)], how="diagonal").fill_null("")
        if name in rows
        else frame
        for name, frame in blank.items()
    }
    facts = [{"measure": "gdp", "subject": home, "period": str(year), "value": 100.0, "low": 50.0, "high": 150.0,
              "grade": "C", "kind": "assumed", "basis": "assumed-first", "by": "case"}]  # fmt: skip
    name = path.name.lower().replace(" ", "-") or "case"
    head = {
        "name": name,
        "title": title or name,
        "profile": "tabular-data-package",
        "equipoise": {"home": home, "year": year},
    }
    case = Case(name, title or name, home, year, register, Ledger.of(facts), measures(), head)
    write_case(case, path)
    (path / "README.md").write_text(_README.format(title=title or name), encoding="utf-8")
    return path


_README = """# {title}

A case for equipoise: a Frictionless Data Package of plain CSV files.

- `register/` says what the case speaks of: actors, places, links, routes, sources, assumptions, ...
- `facts/` holds the figures, one row each: `measure subject object item period value low high grade kind basis`.

Fill the tables, then run `equipoise check` on this folder: it lists every fault at once, with file, row and remedy.
`equipoise check --measures` prints every measure with its unit and meaning.
"""
