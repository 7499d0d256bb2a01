"""The tree that ``equipoise trace`` prints: a fact, what it rests on, down to sources with their addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from rich.tree import Tree

from equipoise.brief.numbers import GIVEN, in_words, unit_word

if TYPE_CHECKING:
    from equipoise.case import Case
    from equipoise.ledger import Trace

__all__ = ["as_tree"]


def as_tree(case: Case, trace: Trace) -> Tree:
    """A trace as a tree of lines."""
    sources = {row["source"]: row for row in case.table("sources").iter_rows(named=True)}
    root = Tree(_line(case, trace, sources), guide_style="dim")
    _grow(case, root, trace, sources)
    return root


def _grow(case: Case, branch: Tree, trace: Trace, sources: dict[str, dict[str, str]]) -> None:
    for child in trace.children:
        _grow(case, branch.add(_line(case, child, sources)), child, sources)
    if trace.left_out:
        branch.add(
            Text(
                f"… and {trace.left_out} more that weigh less (--width {trace.left_out + len(trace.children)})",
                style="dim",
            )
        )


def _line(case: Case, trace: Trace, sources: dict[str, dict[str, str]]) -> Text:
    text = Text()
    if trace.kind in ("source", "assumption"):
        text.append(f"{trace.kind} ", style="green" if trace.kind == "source" else "yellow")
        text.append(trace.text or trace.id)
        row = sources.get(trace.id.split("#")[0])
        if row:
            where = ", ".join(part for part in (row["publisher"], row["date"], row["where"], row["licence"]) if part)
            text.append(f"  {where}", style="dim")
        locator = trace.id.partition("#")[2]
        text.append(f"  [{locator}]" if locator else "", style="dim")
        return text
    if trace.weight not in (0.0, 1.0):
        share = 100 * trace.weight
        text.append(f"{share:.0f}% " if share >= 10 else f"{share:.2g}% ", style="cyan")
    text.append(trace.id.split("#")[0] if trace.kind == "derived" else trace.id, style="bold")
    measure = trace.id.partition(":")[0]
    if trace.value is not None:
        figure, spread = in_words(trace.value, trace.low, trace.high, case.unit(measure), GIVEN)
        unit = unit_word(case.unit(measure))
        text.append(f"  {figure}" + (f" ({spread})" if spread else "") + (f" {unit}" if unit else ""))
        text.append(f"  {trace.kind}, grade {trace.grade}", style="dim")
    if trace.text:
        text.append(f"  {trace.text}", style="italic dim")
    return text
