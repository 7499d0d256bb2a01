"""What hand-made derivations rest on: parents that exist, and no circle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from equipoise.case.faults import SHOWN
from equipoise.errors import Fault
from equipoise.ledger import KEY, id_expression

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
    derived = _keyed(facts, pl.col("kind") == "derived", "basis")
    for name, basis in derived.iter_rows():
        rests_on.setdefault(name, set()).add(basis)
    wanted = {_short(parent) for parent in parents["parent"].to_list() if ":" in _short(parent)}
    asked = pl.col("measure").is_in([name.split(":")[0] for name in wanted])
    there = wanted.intersection(_keyed(facts, asked)["id"].to_list())
    bases = known["source"] | known["assumption"]
    wrong = [
        row for row in parents.iter_rows(named=True)
        if _short(row["parent"]) not in (there if ":" in _short(row["parent"]) else bases)
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


def _keyed(facts: Mapping[str, pl.DataFrame], which: pl.Expr, *more: str) -> pl.DataFrame:
    """The ids, without basis, of the facts that are asked for, and other columns of theirs."""
    needed = {"measure", "subject", "period", "kind", "basis"}
    tables = [
        table.with_columns(pl.lit("").alias(name) for name in KEY if name not in table.columns)
        .filter(which)
        .select(id_expression(with_basis=False), *more)
        for table in facts.values()
        if needed <= set(table.columns)
    ]
    return pl.concat(tables) if tables else pl.DataFrame(schema=dict.fromkeys(("id", *more), pl.String))


def _short(parent: str) -> str:
    return parent.split("#")[0]


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
