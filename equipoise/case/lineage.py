"""What hand-made derivations rest on: parents that exist, and no circle."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from equipoise.case.faults import SHOWN
from equipoise.errors import Fault
from equipoise.ledger import KEY, fact_id

__all__ = ["derivation_faults"]


def derivation_faults(
    register: Mapping[str, pl.DataFrame], facts: Mapping[str, pl.DataFrame], known: Mapping[str, set[str]]
) -> list[Fault]:
    """Parents of hand-made derivations exist, and none rests on itself."""
    frame, file = register.get("derivations"), "register/derivations.csv"
    if frame is None or not {"derivation", "parents"} <= set(frame.columns):
        return []
    parents = frame.select("_row", "derivation", pl.col("parents").str.split(" | ").alias("parent")).explode("parent")
    rests_on: dict[str, set[str]] = {}
    for table in facts.values():
        if set(KEY[:2]) | {"period", "kind", "basis"} <= set(table.columns):
            for row in table.filter(pl.col("kind") == "derived").iter_rows(named=True):
                rests_on.setdefault(_key_of(row), set()).add(row["basis"])
    wanted = [parent for parent in parents["parent"].to_list() if ":" in parent.split("#")[0]]
    there = _existing(wanted, facts)
    bases = known["source"] | known["assumption"]
    wrong = [
        row for row in parents.iter_rows(named=True)
        if not (_short(row["parent"]) in there if ":" in row["parent"].split("#")[0] else row["parent"].split("#")[0] in bases)
    ]  # fmt: skip
    faults = [
        Fault(
            file,
            row["_row"],
            "parents",
            row["parent"],
            "facts, sources or assumptions that exist",
            "Add it, or mend the id.",
        )
        for row in wrong[:SHOWN]
    ]
    children = {name: [] for name in frame["derivation"].to_list()}  # type: dict[str, list[str]]
    for name, parent in parents.select("derivation", "parent").iter_rows():
        children[name] += sorted(rests_on.get(_short(parent), ()))
    rows = dict(frame.select("derivation", "_row").iter_rows())
    for cycle in _cycles(children):
        found = " > ".join(cycle)
        faults.append(
            Fault(file, rows[cycle[0]], "parents", found, "no derivation that rests on itself", "Break the circle.")
        )
    return faults


def _key_of(row: Mapping[str, Any]) -> str:
    return fact_id(*(row.get(name) or "" for name in KEY))


def _short(parent: str) -> str:
    return parent.split("#")[0]


def _existing(wanted: Iterable[str], facts: Mapping[str, pl.DataFrame]) -> set[str]:
    """Those of the fact ids asked for that stand in the tables."""
    names = {_short(name) for name in wanted}
    measures_asked = {name.split(":")[0] for name in names}
    there = set()
    for table in facts.values():
        if "measure" in table.columns and set(KEY[:2]) <= set(table.columns):
            for row in table.filter(pl.col("measure").is_in(list(measures_asked))).iter_rows(named=True):
                there.add(_key_of(row))
    return there & names


def _cycles(children: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """One way round each circle, found by walking down without recursion."""
    done: set[str] = set()
    found = []
    for start in children:
        path: list[str] = []
        stack = [(start, iter(children[start]))] if start not in done else []
        while stack:
            name, below = stack[-1]
            if not path or path[-1] != name:
                path.append(name)
            step = next(below, None)
            if step is None:
                done.add(name)
                stack.pop()
                path.pop()
            elif step in path:
                found.append([*path[path.index(step) :], step])
            elif step not in done and step in children:
                stack.append((step, iter(children[step])))
    return found
