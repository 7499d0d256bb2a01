"""A hundred million rows of made-up trade, screened; and the same sums by pandas on a share of them."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import polars as pl

import equipoise as eq
from benchmarks.equilibrium import _peer
from benchmarks.result import Result, seconds
from equipoise.watch.trade.findings import screen_files

PRODUCTS, MONTHS = 5000, 72
ROWS = int(os.environ.get("EQUIPOISE_WATCH_ROWS", "100000000"))
"""Rows of the table; fewer where disk or time are short, and then it is said."""
SHARE = 8
"""Months that the peer reads: a ninth of the rows, for all of them do not fit its memory."""


def screen(folder: Path) -> Result:
    """Every transit state of the case over all rows: survey, legs, signs and false alarms; a folder of one file a month."""
    table = folder / "trade"
    table.mkdir()
    rows = make(table, ROWS)
    case = eq.open_case("kazakhstan")
    taken = seconds(lambda: screen_files(case, [table]))
    part = sorted(table.iterdir())[:SHARE]
    peer = _peer("pandas", "peer_pandas.py", *map(str, part))
    ratio = None if peer is None else peer["seconds"] * rows / peer["rows"] / taken
    how = f"{rows / 1e6:.0f} million rows of Parquet, five states; peer: pandas, the sums alone, on {SHARE} of {MONTHS} months"
    return Result(taken, how, promised=60.0, promised_memory=4000.0, ratio=ratio)


def make(folder: Path, rows: int, seed: int = 1) -> int:
    """A file a month: every product between every pair that is asked about, once; the number of rows."""
    random = np.random.default_rng(seed)
    case = eq.open_case("kazakhstan")
    members = sorted(case.members("EU") - {"EU"})
    transits, listed = ("KAZ", "KGZ", "ARM", "GEO", "UZB"), case.table("watched_goods")
    pairs = [(m, s, "X") for m in members for s in (*transits, "RUS", "USA", "CHN")]
    pairs += [(s, m, "M") for s in transits[:2] for m in members] + [(s, "RUS", "X") for s in transits]
    codes = listed.filter(pl.col("role") == "listed")["product"].to_list()
    codes += [f"{2 + n % 96:02d}{n:04d}" for n in range(PRODUCTS - len(codes))]
    chosen = list(dict.fromkeys(codes))[: max(200, rows // (len(pairs) * MONTHS))]
    frame = pl.DataFrame(
        {"reporter": [p[0] for p in pairs], "partner": [p[1] for p in pairs], "flow": [p[2] for p in pairs]}
    )
    month = frame.join(pl.DataFrame({"product": chosen}), how="cross")
    size = np.exp(random.normal(9, 2, month.height))
    for place in range(MONTHS):
        value = size * random.gamma(2.0, 0.5, month.height)
        period = 2018 * 100 + 100 * (place // 12) + place % 12 + 1
        made = month.with_columns(
            pl.lit(period).alias("period"), pl.Series("value", value), pl.Series("quantity", value / 20.0)
        )
        made.write_parquet(folder / f"{period}.parquet", compression="lz4")
    return month.height * MONTHS
