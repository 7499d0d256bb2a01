"""Makes the panels that ``equipoise region`` reads, from a folder with the published tables, so that they can be made again.

    python -m benchmarks.panels_region SOURCES equipoise/cases/kazakhstan/panels

SOURCES holds ``politics/`` and ``trade/``. Pairs are undirected, the state first in the alphabet first, each once; a table
that tells a pair twice, or differently in its two directions, is refused. States that no longer exist are called by
the state that carries on their seat where there is one, and left out where there is none.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import polars as pl

FIRST, LAST_DISPUTE = 1991, 2014
CARRIED_ON = {"YUG": "SRB", "SCG": "SRB"}
"""Yugoslavia and Serbia and Montenegro: their seat is Serbia's, and the Correlates of War count them as one state."""
GONE = ("CSK", "DDR", "SUN", "YMD")
PAIR = ("a", "b")


def main() -> None:
    """Write every panel and say its hash."""
    sources, target = Path(sys.argv[1]), Path(sys.argv[2])
    target.mkdir(parents=True, exist_ok=True)
    for name, frame in panels(sources).items():
        file = target / f"{name}.parquet"
        frame.write_parquet(file, compression="zstd", compression_level=19, statistics=False)
        print(
            f"{name}: {frame.height} rows, {file.stat().st_size} bytes, {hashlib.sha256(file.read_bytes()).hexdigest()}"
        )


def panels(sources: Path) -> dict[str, pl.DataFrame]:
    """Every panel by name, from the folder of the published tables."""
    politics, trade = sources / "politics", sources / "trade"
    members = states(politics, trade)
    return {
        "region_states": members,
        "region_regimes": regimes(politics),
        "region_pairs": pairs(trade, sorted(set(members["state"]))),
        "region_ties": ties(politics),
        "region_disputes": disputes(politics),
        "region_conflicts": conflicts(politics),
        "region_within": within(politics),
    }


def states(politics: Path, trade: Path) -> pl.DataFrame:
    """State and year: share of the world's capabilities, product in mln USD, ideal point of all votes, political stability."""
    power = read(politics / "capabilities_nmc.csv").select(called("iso3").alias("state"), year(), f32("cinc"))
    gdp = read(trade / "wb_gdp_current_usd_1990_2023.csv").select(
        called("iso3").alias("state"), year(), (pl.col("gdp_usd") / 1e6).cast(pl.Float32).alias("gdp")
    )
    votes = read(politics / "un_ideal_points.csv").select(
        called("iso3").alias("state"), year(), pl.coalesce("ideal_all", "ideal_fp").cast(pl.Float32).alias("ideal")
    )
    calm = read(trade / "wgi_political_stability_1996_2024.csv").select(
        called("iso3").alias("state"), year(), f32("Estimate", "stability"), f32("StdErr", "stability_error")
    )
    calm = calm.filter(
        ~calm.select("state", "year").is_duplicated()
    )  # one code stands for two states: which is which is not told
    whole = once(power, "state", "year")
    for other in (gdp, votes, calm):
        whole = whole.join(once(other, "state", "year"), on=["state", "year"], how="full", coalesce=True)
    known = power["state"].unique().implode()
    return whole.filter(pl.col("year") >= FIRST - 1, pl.col("state").is_in(known)).sort("state", "year")


def regimes(politics: Path) -> pl.DataFrame:
    """State and year: regime of the world, 0 closed autocracy to 3 liberal democracy (V-Dem, CC BY-SA 4.0)."""
    held = read(politics / "fbic_china_west_vdem_1994_2024.csv").filter(pl.col("iso3") != "UNK")
    return once(
        held.select(called("iso3").alias("state"), year(), pl.col("vdem_row_regime").cast(pl.Int8).alias("regime")),
        "state", "year",
    ).drop_nulls().sort("state", "year")  # fmt: skip


def pairs(trade: Path, members: list[str]) -> pl.DataFrame:
    """Pair: distance in km, common border, and trade in goods both ways in 1995, 2005 and 2015, mln USD."""
    far = read(trade / "cepii_geodist.csv").select(
        *undirected("iso_o", "iso_d"), pl.coalesce("distw", "dist").alias("distance"), pl.col("contig").alias("border")
    )
    far = (
        far.filter(pl.col("a") != pl.col("b"))
        .group_by(PAIR)
        .agg(pl.col("distance").mean().cast(pl.Float32), pl.col("border").max().cast(pl.Boolean))
    )
    flows = pl.read_parquet(trade / "unctad_trade_matrix_1995_2005_2015.parquet").filter(pl.col("sitc1") == "TOTAL")
    flows = flows.with_columns(pl.col("exporter", "importer").cast(pl.String))
    both = flows.select(*undirected("exporter", "importer"), year(), "value_kusd").filter(pl.col("a") != pl.col("b"))
    both = both.group_by(*PAIR, "year").agg((pl.col("value_kusd").sum() / 1e3).alias("trade"))
    whole = far
    for when in (1995, 2005, 2015):
        told = flows.filter(pl.col("year") == when)
        present = {CARRIED_ON.get(s, s) for s in {*told["exporter"], *told["importer"]}}
        one = both.filter(pl.col("year") == when).select(*PAIR, pl.col("trade").cast(pl.Float32).alias(f"trade_{when}"))
        whole = whole.join(one, on=PAIR, how="left").with_columns(
            pl.when(pl.col("a").is_in(present) & pl.col("b").is_in(present)).then(
                pl.col(f"trade_{when}").fill_null(0.0)
            )
        )  # a flow that the matrix leaves out between two states that it holds is taken as none
    return whole.filter(pl.col("a").is_in(members), pl.col("b").is_in(members)).sort(PAIR)


def ties(politics: Path) -> pl.DataFrame:
    """Pair and year, 56 states: organisations of which both are full members, pact of defence, pact of consultation."""
    together = once(
        read(politics / "igo_joint_memberships_cow.csv").select(
            *undirected(), year(), pl.col("dyadigos").cast(pl.Int16).alias("organisations")
        ),
        *PAIR, "year",
    )  # fmt: skip
    pacts = read(politics / "alliances_atop_focus.csv").select(
        *undirected(), year(), pl.col("atop_defense").alias("defence"), pl.col("atop_consul").alias("consultation")
    )
    pacts = pacts.group_by(*PAIR, "year").agg(
        pl.len(), *(pl.col(n).max().cast(pl.Boolean) for n in ("defence", "consultation"))
    )
    if (pacts["len"] != 2).any():
        sys.exit("alliances: a pair that is not told once in each direction")
    whole = together.join(pacts.drop("len"), on=[*PAIR, "year"], how="full", coalesce=True)
    whole = whole.with_columns(
        pl.col("defence", "consultation").fill_null(False)
    )  # the table lists pairs with a pact alone
    return whole.filter(pl.col("year") <= LAST_DISPUTE).sort(*PAIR, "year")


def disputes(politics: Path) -> pl.DataFrame:
    """Pair, year and record: disputes begun, disputes under way, gravest act. Record mid to 2014 (56 states), ucdp to 2024."""
    told = read(politics / "mids_cow_focus_1991_2014.csv").with_columns(*undirected(), year())
    twice = told.group_by("dispnum", *PAIR, "year").agg(pl.len(), pl.col("hostlev").n_unique().alias("different"))
    if (twice["len"] != 2).any() or (twice["different"] != 1).any():
        sys.exit("disputes: a pair that is not told once in each direction, or differently")
    mids = told.unique(["dispnum", *PAIR, "year"]).group_by(*PAIR, "year").agg(
        pl.col("cowmidonset").sum().cast(pl.Int8).alias("begun"), pl.len().cast(pl.Int8).alias("underway"),
        pl.col("hostlev").max().cast(pl.Int8).alias("gravest"),
    )  # fmt: skip
    wars = read(politics / "ucdp_acd_world_1989_2024.csv").filter(pl.col("type_of_conflict") == "interstate")
    wars = wars.select(*undirected(), year(), "conflict_id", "intensity_level").unique(["conflict_id", *PAIR, "year"])
    wars = wars.group_by(*PAIR, "year").agg(
        pl.len().cast(pl.Int8).alias("underway"), pl.col("intensity_level").max().cast(pl.Int8).alias("gravest")
    )
    before = wars.select(*PAIR, (pl.col("year") + 1).cast(pl.Int16).alias("year"), pl.lit(True).alias("went_on"))
    wars = wars.join(before, on=[*PAIR, "year"], how="left").select(
        *PAIR, "year", pl.col("went_on").is_null().cast(pl.Int8).alias("begun"), "underway", "gravest"
    )
    return pl.concat([mids.with_columns(record=pl.lit("mid")), wars.with_columns(record=pl.lit("ucdp"))]).sort(
        "record", *PAIR, "year"
    )


def conflicts(politics: Path) -> pl.DataFrame:
    """State and year: armed conflicts of the state with an armed group inside or from its land, 1989-2024; 2 is a war."""
    held = read(politics / "ucdp_acd_world_1989_2024.csv").filter(pl.col("type_of_conflict") != "interstate")
    held = held.filter(pl.col("iso3_a").is_not_null())
    one = held.group_by("conflict_id", called("iso3_a").alias("state"), year()).agg(
        pl.col("intensity_level").max().cast(pl.Int8).alias("gravest"), pl.col("incompatibility").first().alias("about"),
        pl.col("start_date2").min().alias("start"),
    )  # fmt: skip
    return one.rename({"conflict_id": "conflict"}).sort("state", "year", "conflict")


def within(politics: Path) -> pl.DataFrame:
    """State, date and code of the coded events of the sample of which both sides are of one state."""
    told = pl.read_csv(politics / "icews_sample_events_2005_2015.csv", schema_overrides={"cameo": pl.String})
    inside = told.filter(pl.col("iso3_source") == pl.col("iso3_target"), pl.col("cameo").is_not_null())
    return inside.select(
        called("iso3_source").alias("state"), pl.col("date").str.to_date(), pl.col("cameo")
    ).sort("state", "date", "cameo")  # fmt: skip


def read(path: Path) -> pl.DataFrame:
    """A table with its types read from all of it."""
    return pl.read_csv(path, infer_schema_length=None)


def called(column: str) -> pl.Expr:
    """The state as it is called today."""
    return pl.col(column).replace(CARRIED_ON)


def undirected(one: str = "iso3_a", other: str = "iso3_b") -> tuple[pl.Expr, pl.Expr]:
    """The two states of a pair, the first in the alphabet first."""
    return (
        pl.min_horizontal(called(one), called(other)).alias("a"),
        pl.max_horizontal(called(one), called(other)).alias("b"),
    )


def year() -> pl.Expr:
    """The year as a whole number."""
    return pl.col("year").cast(pl.Int16)


def f32(column: str, name: str = "") -> pl.Expr:
    """A column in single precision."""
    return pl.col(column).cast(pl.Float32).alias(name or column)


def once(frame: pl.DataFrame, *key: str) -> pl.DataFrame:
    """The table, if no state that still exists is told twice for one year."""
    kept = frame.filter(*(~pl.col(name).is_in(GONE) for name in key if name in ("state", "a", "b")))
    twice = kept.filter(kept.select(key).is_duplicated())
    if twice.height:
        sys.exit(f"told twice: {twice.head(4)}")
    return kept


if __name__ == "__main__":
    main()
