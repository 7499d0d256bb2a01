"""The layouts in which people have trade data, told by their headers, and read in streaming as one plain table."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from equipoise.errors import InputError

__all__ = ["COLUMNS", "LAYOUTS", "Layout", "Source", "layout_of", "sources"]

COLUMNS = ("period", "reporter", "partner", "flow", "product", "value", "quantity", "currency", "revision")
"""The plain table: keys as text, value in units of the currency, quantity in kilograms."""
ENDINGS = (".csv", ".tsv", ".txt", ".dat", ".csv.gz", ".tsv.gz", ".parquet")
_TIME = "\\time_period"


@dataclass(frozen=True, slots=True)
class Layout:
    """One layout: which header is which column, what stands in no column, and which rows are the totals.

    ``scale`` turns its value into units of the currency, ``weight`` its quantity into kilograms. Rows in which a column of
    ``totals`` has another word are parts of a total that stands in a row of its own, and would be counted twice.
    """

    name: str
    headers: Mapping[str, str]
    fixed: Mapping[str, str] = field(default_factory=dict)
    totals: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    scale: float = 1.0
    weight: float = 1.0


_COMEXT_FIXED = {"currency": "EUR", "revision": "CN"}
LAYOUTS = (
    Layout(
        "UN Comtrade, new",
        {"period": "period", "reporter": "reporteriso", "partner": "partneriso", "flow": "flowcode", "product": "cmdcode",
         "value": "primaryvalue", "quantity": "netwgt", "revision": "classificationcode"},
        {"currency": "USD"},
        {"motcode": ("0",), "customscode": ("C00", ""), "partner2code": ("0",), "moscode": ("0",)},
    ),
    Layout(
        "UN Comtrade, old",
        {"period": "period", "reporter": "reporter iso", "partner": "partner iso", "flow": "trade flow code",
         "product": "commodity code", "value": "trade value (us$)", "quantity": "netweight (kg)", "revision": "classification"},
        {"currency": "USD"},
    ),
    Layout(
        "BACI",
        {"period": "t", "reporter": "i", "partner": "j", "product": "k", "value": "v", "quantity": "q"},
        {"flow": "export", "currency": "USD"}, scale=1000.0, weight=1000.0,
    ),
    Layout(
        "Eurostat Comext, bulk",
        {"period": "period", "reporter": "declarant_iso", "partner": "partner_iso", "flow": "flow", "product": "product_nc",
         "value": "value_in_euros", "quantity": "quantity_in_kg"},
        _COMEXT_FIXED,
    ),
    Layout(
        "Eurostat Comext, bulk since 2023",
        {"period": "period", "reporter": "reporter", "partner": "partner", "flow": "flow", "product": "product_nc",
         "value": "value_eur", "quantity": "quantity_kg"},
        _COMEXT_FIXED,
    ),
    Layout(
        "Eurostat, SDMX-CSV",
        {"period": "time_period", "reporter": "reporter", "partner": "partner", "flow": "flow", "product": "product",
         "value": "obs_value"},
        _COMEXT_FIXED, {"indicators": ("VALUE_IN_EUROS", "VALUE_EUR")},
    ),
    Layout(
        "plain table",
        {"period": "period", "reporter": "reporter", "partner": "partner", "flow": "flow", "product": "product",
         "value": "value", "quantity": "quantity", "currency": "currency", "revision": "revision"},
    ),
)  # fmt: skip
_MAY_LACK = ("quantity", "currency", "revision")


@dataclass(frozen=True, slots=True)
class Source:
    """A file and how it is read: ``scan`` gives the columns of :data:`COLUMNS`, and ``part`` where a row is part of a total."""

    path: Path
    layout: Layout
    first_row: int
    _frame: pl.LazyFrame

    def held(self, column: str) -> bool:
        """Whether a column of the plain table stands in the file, or is the same word everywhere."""
        header = self.layout.headers.get(column, "")
        return header in {name.lower().strip() for name in self._frame.collect_schema().names()}

    def scan(self) -> pl.LazyFrame:
        """The file as the plain table, nothing read yet: keys as they stand, text or numbers; text that is no number has a null
        value and ``text``."""
        names = {name.lower().strip(): name for name in self._frame.collect_schema().names()}
        schema = self._frame.collect_schema()
        made = []
        for column in COLUMNS:
            header = names.get(self.layout.headers.get(column, ""))
            if column in ("value", "quantity"):
                scale = self.layout.scale if column == "value" else self.layout.weight
                made.append(_number(header, schema, scale).alias(column))
            elif header is None:
                made.append(pl.lit(self.layout.fixed.get(column), pl.String).alias(column))
            else:
                made.append(pl.col(header).alias(column))
        totals = [
            ~_text(names[column], schema).is_in(list(words)).fill_null(True)
            for column, words in self.layout.totals.items() if column in names
        ]  # fmt: skip
        part = pl.any_horizontal(totals) if totals else pl.lit(False)
        value = names.get(self.layout.headers["value"])
        filled = (
            pl.col(value).cast(pl.String).str.strip_chars().str.len_chars().fill_null(0) > 0 if value else pl.lit(False)
        )
        text = filled if value and schema[value] == pl.String else pl.lit(False)
        return self._frame.select(*made, part.alias("part"), text.alias("text"))


def _text(header: str, schema: pl.Schema) -> pl.Expr:
    column = pl.col(header)
    return column.str.strip_chars() if schema[header] == pl.String else column.cast(pl.String)


def _number(header: str | None, schema: pl.Schema, scale: float) -> pl.Expr:
    if header is None:
        return pl.lit(None, pl.Float64)
    text = schema[header] == pl.String
    column = (
        pl.col(header).str.strip_chars().cast(pl.Float64, strict=False) if text else pl.col(header).cast(pl.Float64)
    )
    real = pl.when(column.is_finite()).then(column)  # no figure and no end are no numbers
    return real * scale if scale != 1.0 else real


def layout_of(headers: Iterable[str], file: str) -> Layout:
    """The layout of a header: the first whose every needed column is there.

    Raises
    ------
    InputError
        No layout fits; the nearest is named with the columns that it lacks.

    >>> layout_of(["t", "i", "j", "k", "v", "q"], "BACI_HS17.csv").name
    'BACI'
    """
    given = {header.lower().strip() for header in headers}
    lacks = {}
    for layout in LAYOUTS:
        lacks[layout.name] = [h for column, h in layout.headers.items() if column not in _MAY_LACK and h not in given]
        if not lacks[layout.name]:
            return layout
    nearest = min(lacks, key=lambda name: len(lacks[name]))
    raise InputError(
        f"{file}, row 1", found=", ".join(sorted(given)[:12]) or "nothing",
        allowed="the headers of " + "; ".join(layout.name for layout in LAYOUTS),
        remedy=f"nearest is {nearest}, which lacks {', '.join(lacks[nearest])}",
    )  # fmt: skip


def sources(paths: Sequence[Path]) -> list[Source]:
    """The files of a list of files and folders, each with its layout.

    Raises
    ------
    InputError
        A path is missing, a folder has no table, or a file is empty, cut off or in no layout that is known.
    """
    found = []
    for path in paths:
        if path.is_dir():
            inside = sorted(file for file in path.rglob("*") if file.name.lower().endswith(ENDINGS))
            if not inside:
                raise InputError(path.name, found="no table", allowed=f"files that end in {', '.join(ENDINGS)}")
            found += [_open(file) for file in inside]
        elif path.is_file():
            found.append(_open(path))
        else:
            raise InputError(str(path), found="no such file", allowed="files or folders of trade data, or a case")
    return found


def _open(path: Path) -> Source:
    if path.name.lower().endswith(".parquet"):
        try:
            frame = pl.scan_parquet(path)
            headers = frame.collect_schema().names()
        except (pl.exceptions.PolarsError, OSError) as error:
            raise _cut(path, str(error).splitlines()[0]) from None
        return Source(path, layout_of(headers, path.name), 1, frame)
    head = _head(path)
    if not head:
        raise InputError(path.name, found="an empty file", allowed="a header and rows")
    tabs = "\t" in head
    separator = "\t" if tabs else ";" if head.count(";") > head.count(",") else ","
    _check_end(path, head, separator)
    frame = pl.scan_csv(path, separator=separator, infer_schema=False, quote_char=None if tabs else '"')
    headers = frame.collect_schema().names()
    if headers and headers[0].lower().endswith(_TIME):
        return _wide(path, frame, headers)
    return Source(path, layout_of(headers, path.name), 2, frame)


def _wide(path: Path, frame: pl.LazyFrame, headers: Sequence[str]) -> Source:
    """Eurostat's table with a column a period: its first column holds the keys, a colon is no figure, letters are remarks."""
    keys = headers[0][: -len(_TIME)].split(",")
    long = frame.unpivot(index=headers[0], variable_name="TIME_PERIOD", value_name="OBS_VALUE")
    parts = pl.col(headers[0]).str.split(",")
    value = pl.col("OBS_VALUE").str.strip_chars().str.extract(r"^(-?[0-9.eE+]+)", 1)
    named = long.select(
        *(parts.list.get(place).alias(key) for place, key in enumerate(keys)),
        pl.col("TIME_PERIOD").str.strip_chars(), value.alias("OBS_VALUE"),
    )  # fmt: skip
    layout = layout_of([*keys, "TIME_PERIOD", "OBS_VALUE"], path.name)
    return Source(path, layout, 2, named.filter(pl.col("OBS_VALUE").is_not_null()))


def _head(path: Path) -> str:
    try:
        with (
            gzip.open(path, "rt", encoding="utf-8-sig")
            if path.suffix == ".gz"
            else path.open(encoding="utf-8-sig") as file
        ):
            return file.readline()
    except UnicodeDecodeError as error:
        raise InputError(path.name, found=f"byte 0x{error.object[error.start]:02X}", allowed="text in UTF-8") from None
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise _cut(path, str(error)) from None


def _check_end(path: Path, head: str, separator: str) -> None:
    """A file whose last row has fewer cells than its header, or no end, was cut off on its way."""
    if path.suffix == ".gz":
        try:
            with gzip.open(path) as packed:
                while packed.read(1 << 24):
                    pass
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise _cut(path, str(error)) from None
        return
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 65536))
        tail = file.read()
    last = tail.rstrip(b"\r\n").rsplit(b"\n", 1)[-1]
    quoted = b'"' in last
    if not quoted and last.count(separator.encode()) < head.count(separator):
        raise _cut(
            path, f"a last row of {last.count(separator.encode()) + 1} cells under {head.count(separator) + 1} headers"
        )
    if quoted and last.count(b'"') % 2:
        raise _cut(path, "a quote that is never closed in the last row")


def _cut(path: Path, found: str) -> InputError:
    return InputError(
        path.name, found=found, allowed="a whole file", remedy="the file was cut off or is damaged: fetch it again"
    )
