"""Facts, what they rest on and their traces as plain data, as other programs take them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import polars as pl

from equipoise.case import Case
from equipoise.ledger import Ledger, Trace
from equipoise.vocabulary import year_of

__all__ = ["fact_rows", "grounded", "rests_on", "tree"]

DEEPEST, SHOWN = 6, 8
"""Steps from a figure to its sources, and parents of each step and sources of each figure that are shown."""


def fact_rows(case: Case, ledger: Ledger) -> list[dict[str, Any]]:
    """Facts as plain data, each with its id, its unit and the year that it is of."""
    rows = ledger.facts.with_columns(pl.col(pl.Categorical, pl.Enum).cast(pl.String)).rows(named=True)
    return [
        {"id": id, **row, "unit": case.unit(row["measure"]), "year": year_of(row["period"])}
        for id, row in zip(ledger.ids(), rows, strict=True)
    ]


def rests_on(ledger: Ledger, most: int = 5) -> dict[str, Any]:
    """How facts were derived, and the inputs that weigh most in each."""
    heaviest = ledger.parents.sort("weight", descending=True, maintain_order=True).group_by(
        "derivation", maintain_order=True
    )
    parents = {
        str(name): {
            "inputs": len(fs),
            "heaviest": [{"fact": f, "weight": w} for f, w in zip(fs[:most], ws[:most], strict=True)],
        }
        for name, fs, ws in heaviest.agg("parent", "weight").iter_rows()
    }
    rows = ledger.derivations.iter_rows(named=True)
    return {
        row["derivation"]: {
            "statement": row["statement"], "options": row["options"], "by": row["by"], **parents.get(row["derivation"], {})
        }
        for row in rows
    }  # fmt: skip


def tree(found: Trace) -> dict[str, Any]:
    """A trace as plain data."""
    return {
        "id": found.id, "kind": found.kind, "value": found.value, "low": found.low, "high": found.high, "grade": found.grade,
        "text": found.text, "weight": found.weight, "left_out": found.left_out,
        "children": [tree(child) for child in found.children],
    }  # fmt: skip


def grounded(case: Case, facts: pl.DataFrame) -> dict[str, Any]:
    """Facts in words and figures, each with the sources and assumptions it rests on most; what those are is said once, and so is
    how derived facts were derived."""
    page = Ledger(facts, case.ledger.derivations, case.ledger.parents)
    rows = fact_rows(case, page)
    known = (
        case if any(row["kind"] == "derived" for row in rows) else replace(case, ledger=page)
    )  # no need to look further
    one = {row["basis"] if row["kind"] == "derived" else row["id"]: row["id"] for row in rows}
    trees = {found.id: found for found in known.trace(list(one.values()), depth=DEEPEST, width=SHOWN)}
    register = {row["source"]: row for row in case.table("sources").iter_rows(named=True)}
    told, sources = list[dict[str, Any]](), dict[str, dict[str, Any]]()
    for row in rows:
        found = trees[one[row["basis"] if row["kind"] == "derived" else row["id"]]]
        leaves = {leaf.id: leaf for leaf in found.leaves() if leaf.kind in ("source", "assumption")}
        named = list(leaves)[:SHOWN]
        sources |= {id.partition("#")[0]: _source(leaves[id], register) for id in named}
        words = case.measures[row["measure"]].told(*(case.name(row[part]) for part in ("subject", "object", "item")))
        kept = {
            name: value for name, value in row.items() if value not in (None, "") and name not in ("id", "by", "year")
        }
        every = len(leaves) <= SHOWN and _whole(found)
        told.append(
            {
                "id": row["id"],
                "says": words,
                **kept,
                "sources": named,
                "sources_are": "all" if every else "the weightiest",
            }
        )
    derived = pl.col("derivation").cast(pl.String).is_in([row["basis"] for row in rows if row["kind"] == "derived"])
    how = Ledger(facts, case.ledger.derivations.filter(derived), case.ledger.parents.filter(derived))
    return {"facts": told, "sources": sources, "derivations": rests_on(how)}


def _whole(found: Trace) -> bool:
    """Whether a tree was followed to all its ends."""
    ends = found.children or found.kind in ("source", "assumption")
    return bool(ends) and not found.left_out and all(_whole(child) for child in found.children)


def _source(leaf: Trace, register: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """What a source or assumption is; its locator stands after the # of the id that names it."""
    row = register.get(leaf.id.partition("#")[0])
    if row is None:
        return {"kind": leaf.kind, "title": leaf.text}
    return {"kind": leaf.kind, **{name: row[name] for name in ("title", "publisher", "date", "where") if row[name]}}
