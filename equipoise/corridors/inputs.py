"""The figures that a network needs, looked up by what they are of and by the year nearest to the one wanted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from equipoise.case import Case, Layout
from equipoise.ledger import fact_id
from equipoise.vocabulary import year_of

__all__ = ["NETWORK_MEASURES", "QUANTITIES", "Input", "Inputs"]

QUANTITIES = ("mass", "containers", "uranium", "gas")
"""What commodities are counted in: the endings of the measures of networks."""

_YEARLY = re.compile(r"\d{4}/?|static")

NETWORK_MEASURES = (
    "transport_cost_mass", "transport_cost_containers", "container_mass", "train_load", "variable_cost", "storage_time",
    "price_differential", "barrels_per_tonne", "unit_value", "gas_density", "brent_price",
    *(f"{stem}_{quantity}" for stem in ("capacity", "supply", "demand") for quantity in QUANTITIES),
    "capacity_trains",
)  # fmt: skip

FLOW_MEASURES = tuple(f"flow_{quantity}" for quantity in QUANTITIES)


@dataclass(frozen=True, slots=True)
class Input:
    """One figure that a network uses, with the id of its fact."""

    value: float
    id: str
    year: int
    grade: str


class Inputs:
    """The figures of a settled case, looked up by measure, subject and item for a year or the year nearest to it."""

    def __init__(self, case: Case, layout: Layout | None = None) -> None:
        self.case, self.layout = case, layout or Layout(case)
        frame = case.view([*NETWORK_MEASURES, "control", *FLOW_MEASURES]).select(
            pl.col("measure", "subject", "object", "item", "period", "grade").cast(pl.String), "value"
        )
        self._by_key: dict[tuple[str, str, str], dict[int, Input]] = {}
        self.control: dict[str, list[tuple[str, str, Input]]] = {}
        for measure, subject, thing, item, period, grade, value in frame.iter_rows():
            if not _YEARLY.fullmatch(period):  # a month's price is no year's price
                continue
            year = year_of(period) or 0
            found = Input(value, fact_id(measure, subject, thing, item, period), year, grade)
            if measure == "control":
                self.control.setdefault(thing, []).append((subject, item, found))
            else:
                self._by_key.setdefault((measure, subject, item), {})[year] = found

    def with_values(self, values: Mapping[str, float]) -> Inputs:
        """The same figures but for those named, by id, which take these values; control is left out. A redraw of a few hundred
        figures takes no longer than they do, whatever else the case holds."""
        other = copy(self)
        other._by_key, other.control = dict(self._by_key), {}
        for name, value in values.items():
            key, year, grade = self._where[name]
            other._by_key[key] = {**other._by_key[key], year: Input(value, name, year, grade)}
        return other

    @cached_property
    def _where(self) -> dict[str, tuple[tuple[str, str, str], int, str]]:
        """Where each figure stands, by id."""
        return {
            found.id: (key, year, found.grade) for key, years in self._by_key.items() for year, found in years.items()
        }

    def at(self, measure: str, subject: str, item: str, year: int) -> Input | None:
        """The figure of this very year, or a figure that holds always."""
        years = self._by_key.get((measure, subject, item), {})
        return years.get(year) or years.get(0)

    def near(self, measure: str, subject: str, item: str, year: int) -> Input | None:
        """The figure of this year, else of the nearest year, the earlier of two."""
        years = self._by_key.get((measure, subject, item))
        if not years:
            return None
        return years.get(year) or years[min(years, key=lambda y: (abs(y - year) if y else 0, y))]

    def upto(self, measure: str, subject: str, item: str, year: int) -> Input | None:
        """The latest figure of this year or before."""
        years = {y: found for y, found in self._by_key.get((measure, subject, item), {}).items() if y <= year}
        return years[max(years)] if years else None

    def subjects(self, measure: str, items: Iterable[str]) -> list[str]:
        """Everything that has a figure of this measure for one of these items."""
        wanted = set(items)
        return sorted({key[1] for key in self._by_key if key[0] == measure and key[2] in wanted})

    def years(self, measure: str, item: str) -> set[int]:
        """Years with any figure of this measure and item."""
        return {year for key, years in self._by_key.items() if key[0] == measure and key[2] == item for year in years}
