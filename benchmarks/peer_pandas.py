"""The same sums by pandas, in an environment of its own: reads Parquet files, prints seconds and rows.

``python peer_pandas.py FILE...``; columns period, reporter, partner, flow, product, value, quantity. It counts the words of
every key, tells double reports, finds the leg of each row and sums value and quantity by product, period and leg.
"""

import json
import sys
import time

import pandas as pd

TRANSITS = ("KAZ", "KGZ", "ARM", "GEO", "UZB")


def leg(reporter: str, partner: str, flow: str) -> str:
    """The leg of a pair of states."""
    if flow == "M":
        return f"mirror {reporter}" if reporter in TRANSITS else ""
    if partner == "RUS":
        return f"out {reporter}" if reporter in TRANSITS else "direct"
    return f"in {partner}" if partner in TRANSITS else "rest"


def main() -> None:
    start = time.perf_counter()
    table = pd.concat([pd.read_parquet(name) for name in sys.argv[1:]], ignore_index=True)
    for column in ("period", "reporter", "partner", "flow", "product"):
        table[column].value_counts()
    twice = table.duplicated(["period", "reporter", "partner", "flow", "product"])
    table = table[(table["value"] >= 0) & ~twice]
    pairs = table[["reporter", "partner", "flow"]].drop_duplicates()
    pairs["leg"] = [leg(*row) for row in pairs.itertuples(index=False)]
    table = table.merge(pairs, on=["reporter", "partner", "flow"])
    sums = table.groupby(["product", "period", "leg"], observed=True)[["value", "quantity"]].sum()
    print(json.dumps({"seconds": time.perf_counter() - start, "rows": len(table), "groups": len(sums)}))


if __name__ == "__main__":
    main()
