"""Reading tables of events as people have them: plain tables of scores or counts, coded events, and GDELT's own exports."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from equipoise.errors import InputError
from equipoise.watch.events.panel import NET, EventPanel, panel_of

__all__ = ["CLASSES", "class_of", "read_events"]

CLASSES = ("verbal_cooperation", "material_cooperation", "verbal_conflict", "material_conflict")
"""The four classes of CAMEO, in the order of GDELT's QuadClass 1 to 4."""
_LAST_ROOTS = (5, 8, 13, 20)
"""The last two-digit root of CAMEO in each class."""
_NAMES: Mapping[str, tuple[str, ...]] = {
    "date": ("date", "sqldate", "event date", "day"),
    "source": ("iso3_source", "actor1countrycode", "source country", "source", "iso3_a", "a"),
    "target": ("iso3_target", "actor2countrycode", "target country", "target", "iso3_b", "b"),
    "code": ("cameo", "eventcode", "cameo code", "code"),
    "class": ("class", "quad_class", "quadclass", "kind"),
    "count": ("count", "events", "n"),
    "score": ("score",),
    "coverage": ("coverage", "total"),
    "id": ("globaleventid", "event id", "event_id", "id"),
}
_GDELT = {0: "globaleventid", 1: "sqldate", 7: "actor1countrycode", 17: "actor2countrycode", 26: "eventcode"}
_GDELT_WIDTHS = (57, 58, 61)
_QUADS = {
    **{str(i + 1): name for i, name in enumerate(CLASSES)},
    **{name: name for name in CLASSES},
    **{name.replace("cooperation", "coop"): name for name in CLASSES},
}
ENOUGH_PAIRS = 10
"""Pairs that a table must hold for its own total to stand for what was reported of everybody."""


def class_of(code: str) -> str:
    """The class of a CAMEO code by its two-digit root.

    Raises
    ------
    InputError
        The code has no root from 01 to 20.

    >>> class_of("0256"), class_of("190"), class_of("112")
    ('verbal_cooperation', 'material_conflict', 'verbal_conflict')
    """
    root = int(code[:2]) if re.fullmatch(r"\d{2,4}[a-z]?", code) else 0
    for last, name in zip(_LAST_ROOTS, CLASSES, strict=True):
        if 1 <= root <= last:
            return name
    raise InputError("code", found=code, allowed="a CAMEO code, 01 to 20 and what is below them", remedy="keep its 0")


def read_events(paths: Sequence[str | Path]) -> EventPanel:
    """A panel from one or several files of the same kind: CSV, TSV or Parquet with a header, or GDELT's exports without one.

    Columns are known by name, in any order and case: ``date``, ``source`` and ``target`` (ISO 3166-1 alpha-3), and one of
    ``score`` (signed), ``class`` (the four of CAMEO, or GDELT's 1 to 4) or ``code`` (CAMEO); ``count`` is 1 if left out and
    ``coverage``, what was reported of everybody on that day, is the table's own total where it holds ten pairs or more.
    The same event twice, by its id or word for word, counts once; how many were left out, and why, is kept.

    Raises
    ------
    InputError
        A file cannot be read, lacks a column, or a row has no date, code, class or number: the file, the row, what was
        found and what is allowed; two rows give one day, pair and class different counts; scores and counts are mixed.
    """
    if not paths:
        raise InputError("files", found="none", allowed="one or more tables of events")
    parts, left_out = [], dict.fromkeys(("said twice", "without two states", "without a class"), 0)
    kinds = set()
    for path in map(Path, paths):
        table = _named(_text(path), str(path))
        rows, dropped = _cleaned(table, str(path))
        kinds.add("score" in table.columns)
        parts.append(rows)
        for why, number in dropped.items():
            left_out[why] += number
    if len(kinds) > 1:
        raise InputError("files", found="scores in one, counts in another", allowed="tables of one kind")
    signed = kinds.pop()
    name = " ".join(Path(path).name for path in paths)
    return _panel(name, pl.concat(parts), signed, left_out)


def _panel(name: str, rows: pl.DataFrame, signed: bool, left_out: dict[str, int]) -> EventPanel:
    key = ["date", "source", "target", "kind"]
    if signed:
        repeated = rows.group_by(key).agg(
            pl.col("value").n_unique().alias("different"), pl.len(), pl.col("row", "file").first()
        )
        bad = repeated.filter(pl.col("different") > 1).sort("file", "row")
        if bad.height:
            one = bad.row(0, named=True)
            raise InputError(
                f"{one['file']}, row {one['row']}",
                found=f"several scores of {one['source']} and {one['target']} on {one['date']}",
                allowed="one score for each pair and day", remedy="keep one, or add them up",
            )  # fmt: skip
        left_out["said twice"] += int((repeated["len"] - 1).sum())
        merged = rows.group_by(key, maintain_order=True).agg(pl.col("value").first(), pl.col("coverage").max())
    else:
        merged = rows.group_by(key, maintain_order=True).agg(pl.col("value").sum(), pl.col("coverage").max())
    given = merged["coverage"].is_not_null().any()
    if not given and merged.select("source", "target").unique().height >= ENOUGH_PAIRS:
        total = merged.group_by("date").agg(pl.col("value").abs().sum().alias("coverage"))
        merged = merged.drop("coverage").join(total, on="date")
        given = True
    return panel_of(name, merged, counted=not signed, left_out=left_out, covered=bool(given))


def _text(path: Path) -> pl.DataFrame:
    """The cells of a file as text, with the names of its columns in small letters; GDELT's exports by their places."""
    if not path.is_file():
        raise InputError("file", found=str(path), allowed="a table of events: CSV, TSV or Parquet")
    try:
        if path.suffix.lower() == ".parquet":
            frame = pl.read_parquet(path).cast(pl.String)
        else:
            with path.open(encoding="utf-8", newline="") as file:
                head = file.readline()
            mark = "\t" if "\t" in head else ";" if head.count(";") > head.count(",") else ","
            width = len(next(csv.reader([head], delimiter=mark), []))
            bare = mark == "\t" and width in _GDELT_WIDTHS and head[:1].isdigit()
            frame = pl.read_csv(
                path, separator=mark, has_header=not bare, infer_schema=False, quote_char=None if bare else '"'
            )
            if bare:
                frame = frame.select(pl.nth(place).alias(named) for place, named in _GDELT.items())
    except (pl.exceptions.PolarsError, UnicodeDecodeError, OSError) as error:
        raise InputError(str(path), found=str(error).splitlines()[0], allowed="a whole table in UTF-8") from None
    return frame.rename({name: name.strip().lower() for name in frame.columns})


def _named(frame: pl.DataFrame, file: str) -> pl.DataFrame:
    """The columns that are needed, by the names used here."""
    found = {want: next((name for name in names if name in frame.columns), "") for want, names in _NAMES.items()}
    missing = [want for want in ("date", "source", "target") if not found[want]]
    if not any(found[want] for want in ("score", "class", "code", "count")):
        missing.append("score, class, code or count")
    if missing:
        raise InputError(
            f"{file}, header", found=", ".join(frame.columns) or "nothing", allowed=f"a column for {'; '.join(missing)}"
        )
    return frame.with_row_index("row", 2).select(
        "row", *(pl.col(name).str.strip_chars().replace("", None).alias(want) for want, name in found.items() if name)
    )


def _cleaned(table: pl.DataFrame, file: str) -> tuple[pl.DataFrame, dict[str, int]]:
    """Rows with a date, two states, a class and a number; the others as faults or, where they are no fault, counted."""
    whole = table.height
    said = [name for name in table.columns if name != "row"]
    if "id" in said:
        table = table.unique("id", keep="first", maintain_order=True)
    elif "count" not in said and "score" not in said and {"code", "class"} & set(said):
        pass  # events without a name of their own: two alike on one day may well be two
    else:
        table = table.unique(said, keep="first", maintain_order=True)
    dropped = {"said twice": whole - table.height}
    said_day = pl.col("date").str.replace(r"^(\d{4}-\d{2}-\d{2})[ T].*$", "$1")  # the hour of an event is not used
    day = pl.coalesce(said_day.str.to_date("%Y-%m-%d", strict=False), said_day.str.to_date("%Y%m%d", strict=False))
    _none(table.filter(day.is_null()), file, "date", "a day as 2022-01-05 or 20220105")
    both = pl.col("source").is_not_null() & pl.col("target").is_not_null()
    stated = table.filter(both & (pl.col("source") != pl.col("target")))
    dropped["without two states"] = table.height - stated.height
    for column in ("class", "code"):
        if column in said and "score" not in said:
            before, stated = stated.height, stated.filter(pl.col(column).is_not_null())
            dropped["without a class"] = before - stated.height
            break
    for end in ("source", "target"):
        wrong = stated.filter(~pl.col(end).str.contains(r"^[A-Z][A-Z0-9+_]{1,11}$"))
        _none(wrong, file, end, "the ISO 3166-1 alpha-3 code of a state, or the id of a group: capital letters")
    kind, value = _kind(stated, file), _value(stated, file)
    cover = (
        _number(stated, file, "coverage") if "coverage" in said else pl.Series([None] * stated.height, dtype=pl.Float64)
    )
    rows = stated.select(
        day.alias("date"), "source", "target", kind.alias("kind"), value.alias("value"),
        cover.alias("coverage"), "row", pl.lit(file).alias("file"),
    )  # fmt: skip
    if "count" in said:
        _once(rows)
    return rows, dropped


def _kind(table: pl.DataFrame, file: str) -> pl.Series:
    if "score" in table.columns:
        return pl.Series("kind", [NET] * table.height, dtype=pl.String)
    if "class" in table.columns:
        named = table["class"].str.to_lowercase().replace_strict(_QUADS, default=None, return_dtype=pl.String)
        _none(table.filter(named.is_null()), file, "class", ", ".join(CLASSES) + ", or 1 to 4")
        return named
    if "code" in table.columns:
        codes = {code: _quietly(code) for code in table["code"].unique().to_list() if code}
        named = table["code"].replace_strict(codes, default=None, return_dtype=pl.String)
        _none(table.filter(named.is_null()), file, "code", "a CAMEO code with its 0, 01 to 20 and what is below them")
        return named
    return pl.Series("kind", ["events"] * table.height, dtype=pl.String)


def _quietly(code: str) -> str | None:
    try:
        return class_of(code)
    except InputError:
        return None


def _value(table: pl.DataFrame, file: str) -> pl.Series:
    if "score" in table.columns:
        return _number(table, file, "score", least=None)
    if "count" in table.columns:
        return _number(table, file, "count")
    return pl.Series("value", [1.0] * table.height, dtype=pl.Float64)


def _number(table: pl.DataFrame, file: str, column: str, least: float | None = 0.0) -> pl.Series:
    number = table[column].cast(pl.Float64, strict=False)
    good = number.is_finite() & (number >= least) if least is not None else number.is_finite()
    _none(table.filter(~good.fill_null(False)), file, column, "a number" + ("" if least is None else ", 0 or more"))
    return number


def _once(rows: pl.DataFrame) -> None:
    """Two counts of one key and day that differ are two reports, and nobody can say which holds."""
    key = ["date", "source", "target", "kind"]
    twice = rows.filter(pl.struct(key).is_duplicated()).sort("row")
    if twice.height:
        one = twice.row(1, named=True)
        raise InputError(
            f"{one['file']}, row {one['row']}", found=f"a second count of {one['source']} to {one['target']} on {one['date']}",
            allowed="one count for each day, pair and class", remedy="keep one, or add them up",
        )  # fmt: skip


def _none(wrong: pl.DataFrame, file: str, column: str, allowed: str) -> None:
    """No row may be here; the first is told, with how many there are."""
    if wrong.height:
        one = wrong.row(0, named=True)
        more = f" (and {wrong.height - 1} rows more)" if wrong.height > 1 else ""
        shown = "nothing" if one[column] is None else repr(one[column])
        raise InputError(f"{file}, row {one['row']}, {column}", found=shown + more, allowed=allowed)
