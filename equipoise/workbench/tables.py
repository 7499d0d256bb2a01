"""Facts as tables: narrowed as a reader asks, and as CSV in which no cell is a formula to a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from equipoise.ledger import KEY, Ledger

__all__ = ["as_csv", "cells_as_csv", "narrowed"]

_BEGINS = ("=", "+", "-", "@", "\t", "\r")


def narrowed(ledger: Ledger, where: Mapping[str, str], text: str = "") -> pl.DataFrame:
    """Facts whose columns are as asked (an empty word asks nothing), and, where a text is given, have each of its words somewhere
    in their key, source or note."""
    found = ledger.facts
    for column, wanted in where.items():
        if wanted:
            found = found.filter(pl.col(column).cast(pl.String) == wanted)
    if text:
        columns = [pl.col(name).cast(pl.String).fill_null("") for name in (*KEY, "basis", "note")]
        whole = pl.concat_str(columns, separator=" ").str.to_lowercase()
        found = found.filter(*(whole.str.contains(word, literal=True) for word in text.lower().split()))
    return found


def as_csv(facts: pl.DataFrame) -> str:
    """Facts as CSV, each with its id."""
    rows = facts.with_columns(pl.Series("id", Ledger(facts).ids())).with_columns(
        pl.col(pl.Categorical, pl.Enum).cast(pl.String)
    )
    return cells_as_csv(rows.columns, rows.iter_rows())


def cells_as_csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Cells as CSV. A text that a spreadsheet would take for a formula is given an apostrophe; numbers are left as they are.

    >>> cells_as_csv(["a", "b"], [["=1+1", -2.5], ["x", None]]).splitlines()
    ['a,b', "'=1+1,-2.5", 'x,']
    """
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([f"'{cell}" if isinstance(cell, str) and cell.startswith(_BEGINS) else cell for cell in row])
    return written.getvalue()
