"""Rules over tables of text, and the faults they find: all of them, none stops at the first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from equipoise.errors import Fault

__all__ = ["SHOWN", "Rule", "apply_rules", "column_faults", "faults_of"]

SHOWN = 1000
"""Faults shown of one rule in one file; the rest are counted."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Rows for which ``wrong`` holds are faults of ``column``; ``show`` names the cells to print."""

    wrong: pl.Expr
    column: str
    allowed: str
    remedy: str
    show: tuple[str, ...] = ()


def apply_rules(file: str, frame: pl.DataFrame, rules: Sequence[Rule]) -> list[Fault]:
    """All rules in one pass over the table; only those that are broken are looked at row by row."""
    if not rules or not frame.height:
        return []
    broken = frame.select(rule.wrong.fill_null(False).any().alias(str(i)) for i, rule in enumerate(rules)).row(0)
    return [
        fault
        for rule, is_broken in zip(rules, broken, strict=True)
        if is_broken
        for fault in faults_of(
            file, frame.filter(rule.wrong.fill_null(False)), rule.column, rule.allowed, rule.remedy, show=rule.show
        )
    ]


def column_faults(file: str, frame: pl.DataFrame, required: Sequence[str], allowed: Sequence[str]) -> list[Fault]:
    """Columns that are missing, and columns that no table of this kind has."""
    columns = [name for name in frame.columns if name != "_row"]
    lacking = [
        Fault(file, 1, name, "no such column", "a column of that name", "Add it.")
        for name in required
        if name not in columns
    ]
    strange = [name for name in columns if name not in allowed]
    return lacking + [
        Fault(file, 1, name, "an unknown column", ", ".join(allowed), "Rename it, or strike it out.")
        for name in strange
    ]


def faults_of(
    file: str, rows: pl.DataFrame, column: str, allowed: str, remedy: str, *, show: Sequence[str] = ()
) -> list[Fault]:
    """One fault for each row, as many as are worth reading; the rest are counted in the last."""
    if not rows.height:
        return []
    shown = [name for name in show if name in rows.columns] or [column]
    faults = [
        Fault(file, row["_row"], column, _shown([row[name] for name in shown]), allowed, remedy)
        for row in rows.head(SHOWN).iter_rows(named=True)
    ]
    if rows.height > SHOWN:
        more = f"{rows.height - SHOWN} more rows like these"
        faults.append(Fault(file, 0, column, more, allowed, remedy))
    return faults


def _shown(cells: Sequence[object]) -> str:
    text = " ".join(str(cell) for cell in cells if cell not in ("", None))
    return repr(text[:80] + ("..." if len(text) > 80 else "")) if text else "nothing"
