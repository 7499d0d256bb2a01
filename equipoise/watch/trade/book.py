"""What the parts of the trade watch share: the settled figures of a case, its panel in dollars, and the rows being written."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from equipoise.case import Case
from equipoise.ledger import Derivation, Ledger, fact_id
from equipoise.watch.stage import VERSION
from equipoise.watch.trade.gathering import Ways

__all__ = ["MILLION", "Book"]

FloatArray = NDArray[np.float64]
MILLION = 1e6


class Book:
    """The case being watched, and the facts found so far."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.rows: list[dict[str, object]] = []
        self.records: dict[str, Derivation] = {}

    # --- what is read ------------------------------------------------------------------------------------------------

    @cached_property
    def rates(self) -> dict[int, float]:
        """Dollars a euro by ``yyyymm``, and by ``yyyy00`` for a year."""
        found = {}
        for period, value in self.case.view("exchange_rate", subject="EU").select("period", "value").iter_rows():
            year, _, month = str(period).partition("-")
            if year.isdigit():
                found[int(year) * 100 + int(month or 0)] = 1.0 / float(value)
        return found

    @cached_property
    def panel(self) -> pl.DataFrame:
        """The trade panel: ``stamp`` yyyymm, value in dollars; rows in a currency without a rate have none and are left out."""
        frame = self.case.panel("trade")
        stamp = pl.col("period").str.replace("-", "").str.pad_end(6, "0").cast(pl.Int32)
        frame = frame.with_columns(stamp.alias("stamp"))
        rate = pl.col("stamp").replace_strict(
            list(self.rates), list(self.rates.values()), default=None, return_dtype=pl.Float64
        )
        euro = pl.when(pl.col("currency") == "EUR").then(pl.col("value") * rate).otherwise("value")
        return frame.with_columns(euro.alias("value")).filter(pl.col("value").is_not_null())

    @cached_property
    def has_panel(self) -> bool:
        """Whether the case has a panel of trade and triangles to look at."""
        return "trade" in self.case.table("panels")["panel"].to_list() and self.case.table("triangles").height > 0

    @cached_property
    def triangles(self) -> list[dict[str, str]]:
        """The triangles of the register."""
        return list(self.case.table("triangles").iter_rows(named=True))

    def ways(self, transits: tuple[str, ...] = (), since: int = 0) -> Ways:
        """What the register watches, as one."""
        first = self.triangles[0]
        members = self.case.members(first["origin"]) - {first["origin"]}
        if not since:
            year, _, month = first["since"].partition("-")
            since = int(year) * 100 + int(month[:2] or 1)
        through = transits or tuple(row["transit"] for row in self.triangles)
        beside = tuple(part for part in first["comparison"].split(";") if part)
        return Ways(frozenset(members) or frozenset([first["origin"]]), through, first["target"], since, beside)

    @cached_property
    def _values(self) -> dict[tuple[str, ...], tuple[Any, str]]:
        names = (
            "export_value",
            "import_value",
            "listed_export",
            "listed_import",
            "lever_effect",
            "lever_opex",
            "lever_capex",
        )
        facts = (
            self.case.settle()
            .view(names)
            .select("measure", "subject", "object", "item", "period", "value", "low", "high", "grade")
        )
        plain = facts.with_columns(pl.col(pl.Categorical, pl.Enum).cast(pl.String))
        return {tuple(row[:5]): (row[5:], fact_id(*row[:5])) for row in plain.iter_rows()}

    def keys(self, measure: str) -> list[tuple[str, ...]]:
        """The keys of a measure that the case knows."""
        return [key for key in self._values if key[0] == measure]

    @property
    def home(self) -> dict[str, str] | None:
        """The triangle whose transit state is the home state, if there is one."""
        return next((row for row in self.triangles if row["transit"] == self.case.home), None)

    def fact(self, *key: str) -> tuple[tuple[float, float, float], str] | None:
        """Low, value and high of a settled fact with its id, if the case knows it."""
        found: Any = self._values.get(key)
        if found is None:
            return None
        (value, low, high, _), name = found
        return (value if low is None else low, value, value if high is None else high), name

    def latest(self, *key: str) -> tuple[tuple[float, float, float], str] | None:
        """The same for the last period that is known of a key without a period."""
        periods = self._periods.get(key, ())
        return self.fact(*key, max(periods)) if periods else None

    @cached_property
    def _periods(self) -> dict[tuple[str, ...], list[str]]:
        """The periods known of each key without one."""
        made: dict[tuple[str, ...], list[str]] = {}
        for key in self._values:
            made.setdefault(key[:4], []).append(key[4])
        return made

    def series(self, measure: str, subject: str, object: str, item: str) -> dict[int, tuple[float, str]]:
        """Values by year of a fact, with ids."""
        found: dict[int, tuple[float, str]] = {}
        for period in self._periods.get((measure, subject, object, item), ()):
            if period.isdigit():
                row, name = self._values[measure, subject, object, item, period]
                found[int(period)] = (float(row[0]), name)
        return dict(sorted(found.items()))

    # --- what is written ---------------------------------------------------------------------------------------------

    def derive(self, name: str, statement: str, parents: Mapping[str, float], options: str = "") -> str:
        """Record how facts are derived; the name to give them as their basis."""
        basis = f"watch.{name}"
        self.records[basis] = Derivation(basis, VERSION, statement, dict(parents), options)
        return basis

    def put(
        self, measure: str, subject: str, object: str, item: str, period: str, value: float, basis: str, *,
        band: tuple[float, float] | None = None, grade: str = "B", note: str = "",
    ) -> None:  # fmt: skip
        """Write a fact, unless it is not a number."""
        if not np.isfinite(value):
            return
        low, high = (min(band[0], value), max(band[1], value)) if band and np.isfinite(band).all() else (None, None)
        self.rows.append({
            "measure": measure, "subject": subject, "object": object, "item": item, "period": period, "value": float(value),
            "low": low, "high": high, "grade": grade, "kind": "derived", "basis": basis, "by": VERSION, "note": note or None,
        })  # fmt: skip

    def ledger(self) -> Ledger:
        """Everything written."""
        return Ledger.of(self.rows, self.records.values())
