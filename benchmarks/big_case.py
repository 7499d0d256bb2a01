"""A case of a million facts, made to be read: real columns, ranges, notes, derivations and conflicting sources."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl

from equipoise.case import new_case, open_case, write_case
from equipoise.ledger import FACTS, Ledger

STATES, ITEMS, YEARS = 320, 79, range(1985, 2025)


def write_big_case(folder: Path, facts: int = 1_000_000) -> Path:
    """A case of so many facts of trade, one in five hundred derived by hand from ten others."""
    derived = facts // 500
    first = open_case(new_case(folder.with_name(f"first-{facts}"), home="UZB", title="A million facts"))
    names = [f"P{n:03d}" for n in range(STATES)]
    trade = _trade(names, facts - derived)
    parents = Ledger(trade.head(derived * 10)).ids()
    made = trade.head(derived).with_columns(
        pl.lit("external_debt").cast(pl.Categorical).alias("measure"),
        pl.Series("subject", np.array(names)[np.arange(derived) % STATES]).cast(pl.Categorical),
        pl.lit("WLD").cast(pl.Categorical).alias("object"),
        pl.lit("").cast(pl.Categorical).alias("item"),
        pl.Series("period", [f"{1900 + n // STATES}" for n in range(derived)]).cast(pl.Categorical),
        pl.lit("derived").cast(FACTS["kind"]).alias("kind"),
        pl.Series("basis", [f"by-hand-{n}" for n in range(derived)]).cast(pl.Categorical),
    )
    rows = {"derivation": [f"by-hand-{n}" for n in range(derived)],
            "parents": [" | ".join(parents[n * 10 : n * 10 + 10]) for n in range(derived)]}  # fmt: skip
    register = dict(first.register)
    register["actors"] = _filled(
        first.table("actors"), {"actor": [*names, "WLD"], "name": [*names, "World"]}, kind="state"
    )
    register["sources"] = _filled(
        first.table("sources"), {"source": ["book", "yearbook"], "title": ["Book", "Yearbook"]}
    )
    goods = [f"hs_{n:02d}" for n in range(ITEMS)]
    register["commodities"] = _filled(first.table("commodities"), {"commodity": goods, "name": goods}, quantity="mass")
    register["derivations"] = _filled(first.table("derivations"), rows, statement="the sum of ten facts")
    return write_case(replace(first, register=register).add(Ledger(pl.concat([trade, made]))), folder)


def _trade(names: list[str], facts: int) -> pl.DataFrame:
    """Exports by state, partner, item and year; every tenth figure a second time from another source."""
    chance = np.random.default_rng(1)
    number = np.arange(facts) * 10 // 11
    pair, item, year = number // (ITEMS * len(YEARS)), number % ITEMS, number // ITEMS % len(YEARS)
    value = chance.lognormal(3.0, 2.0, facts).round(3)
    words = {
        "measure": np.full(facts, "export_value"),
        "subject": np.array(names)[pair % STATES],
        "object": np.array(names)[(pair + 1 + pair // STATES) % STATES],
        "item": np.array([f"hs_{n:02d}" for n in range(ITEMS)])[item],
        "period": np.array([str(y) for y in YEARS])[year],
        "value": value,
        "low": (value * 0.9).round(3),
        "high": (value * 1.1).round(3),
        "grade": np.array(["A", "B"])[number % 2],
        "kind": np.full(facts, "cited"),
        "basis": np.array(["book", "yearbook"])[(np.diff(number, prepend=-1) == 0).astype(int)],
        "by": np.full(facts, "case"),
        "original": np.full(facts, ""),
        "note": np.full(facts, ""),
    }
    return pl.DataFrame(words).cast(dict(FACTS))


def _filled(table: pl.DataFrame, columns: dict[str, list[str]], **same: str) -> pl.DataFrame:
    """A register table with rows added: these columns, the same word in others, and what every row must have."""
    height = len(next(iter(columns.values())))
    given = {"basis": "assumed-first", "grade": "C", "power": "0", **same}
    new = {name: columns.get(name, [given.get(name, "")] * height) for name in table.columns}
    return pl.concat([table, pl.DataFrame(new, schema=table.schema)])
