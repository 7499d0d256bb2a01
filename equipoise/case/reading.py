"""Reading a case: a data package becomes a :class:`Case`, or the list of everything that is wrong with it."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import polars as pl

from equipoise import memory
from equipoise.case.fact_rules import check_facts
from equipoise.case.model import Case
from equipoise.case.panels import panel_faults
from equipoise.case.rules import check_descriptor, check_register, check_vocabulary
from equipoise.errors import CaseError, Fault, InputError
from equipoise.ledger import DERIVATIONS, FACTS, KEY, PARENTS, Ledger
from equipoise.vocabulary import Measure, measures, parse_measure, tables

__all__ = ["MOST_BYTES", "bundled", "check_case", "open_case"]

MOST_BYTES = 1 << 30
"""A table larger than this is refused before it is opened."""
_REGISTER = "register-"

REQUIRED = ("measure", "subject", "period", "value", "grade", "kind", "basis")
OPTIONAL = ("object", "item", "low", "high", "unit", "original", "note")


def bundled() -> tuple[str, ...]:
    """The names of the cases that come with equipoise."""
    return tuple(sorted(entry.name for entry in files("equipoise").joinpath("cases").iterdir() if entry.is_dir()))


def open_case(case: str | Path = "kazakhstan") -> Case:
    """Open a bundled case by name, or any case by the path of its folder.

    Raises
    ------
    CaseError
        Anything in it is wrong; every fault stands in ``faults``.

    Examples
    --------
    >>> open_case("kazakhstan").home
    'KAZ'
    """
    folder = _folder(case)
    mark = f"case-{_digest(folder)}"
    kept = memory.recall(mark)  # what passed every rule before, byte for byte, is neither judged nor parsed again
    if kept is not None:
        with suppress(KeyError):
            return _recalled(folder, kept)
    found, faults = _read(folder)
    if faults or found is None:
        raise CaseError(str(case), faults)
    ledger, register = found.ledger, {f"{_REGISTER}{name}": frame for name, frame in found.register.items()}
    memory.keep(mark, {"facts": ledger.facts, "derivations": ledger.derivations, "parents": ledger.parents, **register})
    return found


def check_case(case: str | Path) -> list[Fault]:
    """Everything that is wrong with a case, in the order of its files; an empty list if it can be used."""
    return _read(_folder(case))[1]


def _digest(folder: Path) -> str:
    """A name for the program and every byte of a case's tables."""
    digest = hashlib.sha256(memory.program())
    for file in sorted([folder / "datapackage.json", *folder.glob("**/*.csv")]):
        if file.is_file() and file.stat().st_size <= MOST_BYTES:
            digest.update(str(file.relative_to(folder)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:24]


def _folder(case: str | Path) -> Path:
    name = str(case)
    if name in bundled():
        return Path(str(files("equipoise").joinpath("cases", name)))
    path = Path(case)
    if not path.is_dir():
        raise InputError(
            "case",
            found=name,
            allowed=f"a folder, or one of: {', '.join(bundled())}",
            remedy=f"`equipoise new {name}` begins a case there",
        )
    return path


@dataclass(frozen=True, slots=True)
class _Package:
    """The tables of a package as text, before any rule was applied."""

    descriptor: Mapping[str, Any]
    register: dict[str, pl.DataFrame]
    facts: dict[str, pl.DataFrame]


def _read(folder: Path) -> tuple[Case | None, list[Fault]]:
    package, faults = _package(folder)
    if package is None:
        return None, faults
    own = package.register.pop("vocabulary", None)
    if own is not None:
        faults += check_vocabulary(own)
    known = measures() if faults else _measures(own)
    faults += check_register(package.register, package.facts)
    faults += check_facts(package.facts, package.register, known)
    faults += panel_faults(folder, package.register)
    if faults:
        return None, faults
    register = {name: _plain(package.register.get(name), name) for name in tables()}
    if own is not None:
        register["vocabulary"] = own.drop("_row", strict=False)
    return _case(folder, package.descriptor, register, _ledger(package.facts, register["derivations"])), []


def _recalled(folder: Path, kept: Mapping[str, pl.DataFrame]) -> Case:
    """A case from what was kept of it when it had passed every rule."""
    descriptor = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    register = {name.removeprefix(_REGISTER): kept[name] for name in kept if name.startswith(_REGISTER)}
    ordered = {name: register[name] for name in (*tables(), *(["vocabulary"] if "vocabulary" in register else []))}
    return _case(folder, descriptor, ordered, Ledger(kept["facts"], kept["derivations"], kept["parents"]))


def _case(folder: Path, descriptor: Mapping[str, Any], register: dict[str, pl.DataFrame], ledger: Ledger) -> Case:
    setting = descriptor["equipoise"]
    return Case(
        id=str(descriptor["name"]),
        title=str(descriptor.get("title") or descriptor["name"]),
        home=str(setting["home"]),
        year=int(setting["year"]),
        register=register,
        ledger=ledger,
        measures=_measures(register.get("vocabulary")),
        descriptor=descriptor,
        folder=folder,
    )


def _measures(own: pl.DataFrame | None) -> Mapping[str, Measure]:
    """The measures of the program, and those of a case's own vocabulary."""
    if own is None:
        return measures()
    return {**measures(), **{row["measure"]: parse_measure(row) for row in _filled(own).iter_rows(named=True)}}


def _package(folder: Path) -> tuple[_Package | None, list[Fault]]:
    """The descriptor and the text of every table that it lists."""
    path = folder / "datapackage.json"
    if not path.is_file():
        remedy = "Write one, or begin with `equipoise new`."
        return None, [Fault("datapackage.json", 0, "", "no file", "a Frictionless Data Package", remedy)]
    try:
        descriptor = json.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        line = getattr(error, "lineno", 0)
        return None, [Fault("datapackage.json", line, "", str(error), "JSON in UTF-8", "Mend the line named.")]
    faults = check_descriptor(descriptor, folder)
    if faults:
        return None, faults
    package = _Package(descriptor, {}, {})
    for resource in descriptor["resources"]:
        name = str(resource["path"])
        frame, found = _table(folder / name, name)
        faults += found
        if frame is not None:
            (package.register if name.startswith("register/") else package.facts)[Path(name).stem] = frame
    return package, faults


def _table(path: Path, name: str) -> tuple[pl.DataFrame | None, list[Fault]]:
    """One CSV file as text, with its row numbers in ``_row``; or what is wrong with the file as a whole."""
    if not path.is_file():
        return None, [Fault(name, 0, "", "no file", "the file that the package lists", "Add it, or strike it out.")]
    if path.stat().st_size > MOST_BYTES:
        found = f"{path.stat().st_size / 1e9:.1f} GB"
        return None, [Fault(name, 0, "", found, f"at most {MOST_BYTES / 1e9:.1f} GB", "Split the table.")]
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = data[: error.start].count(b"\n") + 1
        found = f"byte 0x{data[error.start]:02X}"
        return None, [Fault(name, row, "", found, "text in UTF-8", "Save the file as CSV in UTF-8.")]
    faults = _ragged(text, name)
    if faults:
        return None, faults
    frame = pl.read_csv(io.BytesIO(text.encode()), infer_schema=False, empty_string_is_null=False)
    return frame.with_row_index("_row", offset=2), []


def _ragged(text: str, name: str) -> list[Fault]:
    """Rows with more or fewer cells than the header, which a lenient reader would pass in silence."""
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    faults = []
    number = 0
    try:
        header = next(lines, [])
        if not any(header):
            return [Fault(name, 1, "", "an empty file", "a header row", "Write the names of the columns first.")]
        twice = sorted({column for column in header if header.count(column) > 1})
        if twice:
            return [Fault(name, 1, ", ".join(twice), "a column twice", "each column once", "Strike one out.")]
        number = 1
        for number, cells in enumerate(lines, start=2):
            if len(cells) != len(header):
                found = f"{len(cells)} cells" if cells else "an empty row"
                faults.append(Fault(name, number, "", found, f"{len(header)} cells", "Quote a cell that has a comma."))
    except csv.Error as error:
        faults.append(Fault(name, number + 1, "", str(error), "CSV with double quotes", "Mend the quotes of the row."))
    return faults


def _filled(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.col(pl.String).fill_null(""))


def _plain(frame: pl.DataFrame | None, table: str) -> pl.DataFrame:
    """A register table with every column that it may have, in order."""
    columns = [column.column for column in tables()[table]]
    if frame is None:
        return pl.DataFrame(schema=dict.fromkeys(columns, pl.String))
    if frame.columns == columns:
        return frame
    present = _filled(frame)
    return present.select(pl.col(name) if name in present.columns else pl.lit("").alias(name) for name in columns)


def _ledger(facts: Mapping[str, pl.DataFrame], derivations: pl.DataFrame) -> Ledger:
    """Facts that have passed every rule, typed."""
    parts = [_typed(frame) for frame in facts.values()]
    typed = pl.concat(parts) if parts else pl.DataFrame(schema=FACTS)
    records = derivations.with_columns(by=pl.lit("case"), options=pl.lit(""), read=pl.lit(""))
    return Ledger(
        typed,
        records.select(DERIVATIONS.names()),
        derivations.select(
            "derivation", pl.col("parents").str.split(" | ").alias("parent"), pl.lit(1.0).alias("weight")
        )
        .explode("parent")
        .select(PARENTS.names()),
    )


def _typed(frame: pl.DataFrame) -> pl.DataFrame:
    """The columns of facts in their order, from text or typed already; an empty cell is no figure, and no word of a key."""
    missing = [pl.lit(None, kind).alias(name) for name, kind in FACTS.items() if name not in frame.columns]
    full = frame.with_columns(missing).select(FACTS.names())
    text = [name for name in ("value", "low", "high", "original", "note") if full.schema[name] == pl.String]
    full = full.with_columns(pl.when(pl.col(name) != "").then(pl.col(name)).alias(name) for name in text)
    return full.cast(FACTS).with_columns(
        pl.col("by").fill_null("case"), *(pl.col(name).fill_null("") for name in (*KEY, "basis"))
    )
