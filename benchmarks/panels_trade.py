"""Makes the panel that ``equipoise watch trade`` reads, from a folder with the published tables, so that it can be made again.

    python -m benchmarks.panels_trade SOURCES equipoise/cases/kazakhstan/panels

SOURCES holds ``trade/``. Of UN Comtrade only sums stand in the panel: cars and telephones by month and group of partners, and
exports of listed goods by year.
"""

from __future__ import annotations

import csv
import hashlib
import re
import sys
from pathlib import Path
from typing import Any

import polars as pl

COLUMNS = ("period", "reporter", "partner", "flow", "product", "value", "currency", "quantity", "source")
FIRST = 2010
EURO_AREA = ("EU27", "EA", "EA_CHG")


def main() -> None:
    """Write the panel and say its hash."""
    sources, target = Path(sys.argv[1]) / "trade", Path(sys.argv[2])
    blocs = target.parent / "register" / "blocs.csv"
    with blocs.open(encoding="utf-8") as file:
        members = [row["member"] for row in csv.DictReader(file) if row["bloc"] == "EU" and not row["to"]]
    panel = pl.concat([*eurostat(sources), *comtrade(sources, members), *kyrgyz(sources)])
    panel = panel.filter(pl.col("value").is_not_null()).sort(
        "source", "reporter", "partner", "flow", "product", "period"
    )
    if panel.select("period", "reporter", "partner", "flow", "product").is_duplicated().any():
        sys.exit("panels_trade: a flow twice")
    path = target / "trade.parquet"
    panel.write_parquet(path, compression="zstd", compression_level=19, statistics=False)
    print(f"{panel.height} rows, {path.stat().st_size} bytes, {hashlib.sha256(path.read_bytes()).hexdigest()}")


def shaped(frame: pl.DataFrame, **columns: Any) -> pl.DataFrame:
    """A table in the columns of the panel; what is given as a plain value stands in every row."""
    made = {name: value if isinstance(value, pl.Expr) else pl.lit(value) for name, value in columns.items()}
    whole = frame.with_columns(quantity=pl.lit(None)).with_columns(**made)
    return whole.select(pl.col(c).cast(pl.Float64 if c in ("value", "quantity") else pl.String) for c in COLUMNS)


def eurostat(sources: Path) -> list[pl.DataFrame]:
    """Exports of the members by month to six states, and of all together by year to every partner."""
    monthly = pl.read_csv(sources / "eurostat_monthly_exports_to_cis_2019_2024.csv")
    monthly = monthly.filter((pl.col("flow") == "export") & ~pl.col("reporter_iso3").is_in(EURO_AREA))
    yearly = pl.read_csv(sources / "eu27_exports_by_partner_annual.csv")
    same = {"flow": "export", "product": "TOTAL", "currency": "EUR", "source": "eurostat_cis"}
    return [
        shaped(monthly, period=pl.col("date"), reporter=pl.col("reporter_iso3"), partner=pl.col("partner_iso3"),
               value=pl.col("value_eur"), **same),
        shaped(yearly, period=pl.col("year"), reporter="EU", partner=pl.col("iso3"), value=pl.col("eu27_exports_eur"), **same),
    ]  # fmt: skip


def comtrade(sources: Path, members: list[str]) -> list[pl.DataFrame]:
    """Cars and telephones of Armenia and Georgia by month and partner, and Armenian exports of listed goods by year."""
    table = pl.read_csv(sources / "comtrade_monthly_cars_phones_geo_arm.csv", schema_overrides={"hs": pl.String})
    month = pl.format("{}-{}", pl.col("year"), pl.col("month").cast(pl.String).str.zfill(2))
    table = table.filter(pl.col("hs").is_in(["8703", "851713"])).with_columns(period=month)
    groups = {state: pl.col("partner") == state for state in ("RUS", "KAZ", "KGZ", "USA")}
    groups |= {"EU": pl.col("partner").is_in(members), "WLD": pl.lit(True)}
    same = {"currency": "USD", "source": "comtrade_tvyal"}
    made = []
    for partner, rows in groups.items():
        keys = ["period", "reporter", "flow", "hs"]
        sums = (
            table.filter(rows)
            .group_by(keys)
            .agg(pl.col("value_usd", "netweight_kg").sum())
            .sort("reporter", "hs", "flow", "period")
        )
        made.append(shaped(sums, partner=partner, product=pl.col("hs"), value=pl.col("value_usd"),
                           quantity=pl.col("netweight_kg"), **same))  # fmt: skip
    with (sources / "chpl_hs6_2024_02_23.csv").open(encoding="utf-8") as file:
        listed = [row["hs6"] for row in csv.DictReader(file)]
    goods = pl.read_csv(sources / "arm_hs6_exports_reexports_monthly.csv", schema_overrides={"hs6": pl.String})
    named = pl.when(pl.col("hs6").is_in(listed)).then(pl.col("hs6")).otherwise(pl.lit("other"))
    goods = goods.with_columns(period=pl.col("period").str.slice(0, 4), product=named).filter(pl.col("period") < "2024")
    sums = goods.group_by("period", "product").agg(pl.col("exports_usd").sum()).sort("period", "product")
    made.append(shaped(sums, reporter="ARM", partner="WLD", flow="export", value=pl.col("exports_usd"), **same))
    return made


def kyrgyz(sources: Path) -> list[pl.DataFrame]:
    """Commodities of the Kyrgyz tables by year, called by the source and their name."""
    made = []
    for file, flow in (("imports", "import"), ("exports", "export")):
        table = (
            pl.read_csv(sources / f"kgz_{file}_by_commodity_kusd.csv")
            .filter(pl.col("year") >= FIRST)
            .sort("commodity", "year")
        )
        names = {name: "TOTAL" if name.startswith("Total") else slug(name) for name in table["commodity"].unique()}
        made.append(shaped(
            table, period=pl.col("year"), reporter="KGZ", partner="WLD", flow=flow, value=pl.col("value_kusd") * 1000,
            product=pl.col("commodity").replace_strict(names), currency="USD", source="nsc_kgz",
        ))  # fmt: skip
    return made


def slug(name: str) -> str:
    """A commodity as a code: *nsc.isolated_electric_wires_and_cables*."""
    return "nsc." + re.sub(r"[^a-z]+", "_", name.lower().replace("wikes", "wires")).strip("_")


if __name__ == "__main__":
    main()
