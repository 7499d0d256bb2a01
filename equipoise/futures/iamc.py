"""Results as the long table that scenario people exchange: model, scenario, region, variable, unit, year, value.

A scenario is a policy, under a weighting where the outcome depends on one, unprovoked or provoked, and a quantile over the
futures (or, where each is asked for, a future). Quantiles are of each variable by itself: no one future has them all.

References
----------
Huppmann et al. (2021), pyam: analysis and visualisation of integrated assessment and macro-energy scenarios.
doi:10.12688/openreseurope.13633.2
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from importlib.metadata import version
from itertools import product
from pathlib import Path

import polars as pl

from equipoise.case import Case
from equipoise.errors import InputError
from equipoise.futures.store import Results

__all__ = ["COLUMNS", "QUANTILES", "VARIABLES", "export", "form_of", "long_table"]

COLUMNS = ("model", "scenario", "region", "variable", "unit", "year", "value")
QUANTILES: Mapping[str, float] = {"p05": 0.05, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p95": 0.95}
VARIABLES: Mapping[str, tuple[str, str]] = {
    "path": ("Real Income|Loss", "% of real income"),
    "loss": ("Real Income|Loss if One Power Withdraws|{power}", "% of real income"),
    "worst": ("Real Income|Loss if One Power Withdraws|Largest", "% of real income"),
    "shipped": ("Export|{endowment}", "{endowment}"),
    "peace": ("Export|{commodity}|Nobody Withdraws", "{commodity}"),
    "closed": ("Export|{commodity}|If One Power Withdraws|{power}", "{commodity}"),
    "off": ("Export|{endowment}|Off the Territory Most Crossed", "{endowment}"),
    "lost": ("Export|{commodity}|Lost, Mean of the Years", "{commodity}"),
    "today": ("Export|{commodity}|Today", "{commodity}"),
    "sold": ("Revenue|Export|{endowment}, Mean of the Years", "bln USD/y"),
    "fiscal": ("Revenue|Government|{endowment}, Mean of the Years", "bln USD/y"),
    "price": ("Price|{endowment}|Ratio to Today", "ratio"),
    "capex": ("Policy Cost|Capital", "bln USD"),
    "running": ("Policy Cost|Running", "mln USD/y"),
    "charge": ("Policy Cost|Yearly Charge on Capital", "fraction"),
    "stands": ("Standing|{outcome}", "{outcome}"),
    "along": ("Standing|{outcome}, Mean of the Years", "{outcome}"),
    "hazard": ("Standing|Listings for What Passes, Mean of the Years", "events/y"),
    "risk": ("Standing|Value at Stake in Listings, Mean of the Years", "mln USD/y"),
}
"""The variable and the unit of every array; what was drawn stays in the folder of results."""
ANY = "any policy"
_AT_ONCE = 2**25
"""Values of which quantiles are taken at once."""


def form_of(file: Path) -> str:
    """``csv`` or ``parquet``, by the ending of a file.

    >>> form_of(Path("table.CSV"))
    'csv'

    Raises
    ------
    InputError
        It has another ending.
    """
    ending = file.suffix.lower().removeprefix(".")
    if ending not in ("csv", "parquet"):
        raise InputError("--iamc", found=file, allowed="a file that ends in .csv or .parquet")
    return ending


def export(case: Case, results: Results, file: Path, *, each: bool = False) -> int:
    """Write results as a long table, whole or not at all; return its rows.

    Raises
    ------
    InputError
        The file ends otherwise than .csv or .parquet, it cannot be written, or futures are missing.
    """
    form, work = form_of(file), file.with_name(f".{file.name}.new")
    table = long_table(case, results, each=each)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if form == "csv":
            table.sink_csv(work)
        else:
            table.sink_parquet(work)
        with work.open("rb+") as written:
            os.fsync(written.fileno())
        work.replace(file)
    except (OSError, pl.exceptions.PolarsError) as error:
        with suppress(OSError):
            work.unlink()
        raise InputError("--iamc", found=str(error), allowed="a place with room that can be written") from error
    scan = pl.scan_csv(file) if form == "csv" else pl.scan_parquet(file)
    return int(scan.select(pl.len()).collect().item())


def long_table(case: Case, results: Results, *, each: bool = False) -> pl.LazyFrame:
    """Results as a long table, with a scenario for each quantile, or for each future; what is no number is in no row.

    Raises
    ------
    InputError
        Futures are missing.
    """
    if gaps := results.missing():
        found, allowed = f"{sum(count for _, count in gaps):,} futures missing", "all that were asked for"
        raise InputError(str(results.folder), found=found, allowed=allowed)
    parts = [part for name in VARIABLES for part in _parts(case, results, name, each)]
    whole = pl.concat(parts).filter(pl.col("value").is_finite())
    if not each:  # few rows: in the order in which others write them
        whole = whole.sort("scenario", "variable", "year", maintain_order=True)
    return whole.select(
        model=pl.lit(f"equipoise {version('equipoise')}"), scenario="scenario", region=pl.lit(case.names[case.home]),
        variable="variable", unit="unit", year="year", value="value",
    )  # fmt: skip


def _parts(case: Case, results: Results, name: str, each: bool) -> Iterator[pl.LazyFrame]:
    """The rows of one array: quantiles of some columns at a time, or every future, not yet read."""
    array = "loss" if name == "worst" else name
    if array not in results.shape.axes:
        return
    table, columns = results.shape.table(array), results.shape.columns(array)
    frame = results.frame(table).with_columns(pl.selectors.float().fill_nan(None))
    if table != "policies":
        frame = frame.with_columns(policy=pl.lit(ANY))
    if name == "worst":
        frame, columns = frame.with_columns(worst=pl.max_horizontal(columns)), ["worst"]
    meant = _meanings(case, results, name).lazy()
    size = max(1, _AT_ONCE // (results.futures * results.shape.rows(table)))
    for block in [columns] if each else [columns[i : i + size] for i in range(0, len(columns), size)]:
        if each:
            told = frame.with_columns(which=pl.format("future {}", pl.col("future").cast(pl.String).str.zfill(9)))
        else:
            grouped = frame.group_by("policy", maintain_order=True)
            of = [
                grouped.agg(pl.col(block).quantile(q, "linear")).with_columns(which=pl.lit(p))
                for p, q in QUANTILES.items()
            ]
            told = pl.concat(of).collect().lazy()
        rows = told.unpivot(block, index=["policy", "which"], variable_name="column").join(
            meant, on="column", maintain_order="left"
        )
        yield rows.with_columns(scenario=pl.concat_str("policy", "under", "which", separator=", ", ignore_nulls=True))


def _meanings(case: Case, results: Results, name: str) -> pl.DataFrame:
    """What each column of an array is: under which weighting and act, its variable, unit and year."""
    variable, unit = VARIABLES[name]
    shape, years = results.shape, results.shape.labels["year"]
    axes = () if name == "worst" else shape.beyond(name)
    rows = []
    for at in product(*(shape.labels[axis] for axis in axes)):
        named = dict(zip(axes, at, strict=True))
        cargo = {"endowment": shape.labels["commodity"][0], "commodity": named.get("commodity", "")}
        words = {key: case.names.get(id, id) for key, id in (cargo | {"power": named.get("power", "")}).items()}
        units = {key: _unit(case, id) for key, id in cargo.items() if id}
        if "outcome" in named:
            words["outcome"], units["outcome"] = _outcome(case, named["outcome"])
        under = [named[axis] for axis in ("weighting", "act") if axis in named]
        year = int(named.get("year", years[-1])) if name != "today" else int(years[0]) - 1
        rows.append(
            {
                "column": "|".join((name, *at)), "under": ", ".join(under) or None,
                "variable": variable.format(**words), "unit": unit.format(**units), "year": year,
            }
        )  # fmt: skip
    return pl.DataFrame(rows, schema_overrides={"under": pl.String, "year": pl.Int64})


def _outcome(case: Case, label: str) -> tuple[str, str]:
    """The name of an outcome, with its part if it has one, and its unit."""
    outcome, _, part = label.partition(".")
    row = case.table("outcomes").filter(outcome=outcome)
    unit = row["unit"][0].split("; ")[-1] if row["lived"][0] == "delivered" else row["unit"][0]  # containers alone are
    return row["name"][0] + (f"|{case.names.get(part, part)}" if part else ""), unit


def _unit(case: Case, commodity: str) -> str:
    """The unit in which a commodity is carried, a year."""
    row = case.table("commodities").filter(commodity=commodity)
    return case.unit(f"modelled_export_{row['quantity'][0]}") if row.height else ""
