"""``equipoise trace``."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from equipoise.cli.commands.shared import (
    DEFAULT,
    Json,
    Output,
    app,
    case_named,
    studied,
)
from equipoise.cli.output import Form, console, tell, write_text
from equipoise.errors import InputError

if TYPE_CHECKING:
    from equipoise.case import Case
    from equipoise.ledger import Trace


@app.command()
def trace(
    fact: Annotated[
        list[str], typer.Argument(metavar="[CASE] FACT", help="A fact: measure:subject>object/item@period")
    ],
    depth: Annotated[int, typer.Option(min=1, help="How far down.")] = 6,
    width: Annotated[int, typer.Option(min=1, help="Parents shown of each fact, those that weigh most.")] = 6,
    json: Json = False,
    output: Output = None,
) -> None:
    """Follow a fact back to its sources, as a tree.

    \b
    Examples:
      equipoise trace gdp:KAZ@2025
      equipoise trace 'oil_share_by_definition:KAZ>RUS/territory@2025'
      equipoise trace 'withdrawal_loss:KAZ>RUS@2025+1y' --width 3
      equipoise trace mystate/ 'gdp:XXX@2025'
    """
    if len(fact) > 2:
        raise InputError(
            "trace",
            found=f"{len(fact)} arguments",
            allowed="a fact, or a case and a fact",
            remedy="quote the fact: it may hold > and spaces",
        )
    name, wanted = (fact[0], fact[1]) if len(fact) == 2 else (DEFAULT, fact[0])
    opened = case_named(name)
    from equipoise.futures import WRITES
    from equipoise.ledger import parse_id
    from equipoise.study import stage_of

    measure = parse_id(wanted)["measure"]
    stage = "" if measure in WRITES else stage_of(measure)  # futures of a policy are asked alone: that is far quicker
    known = studied(opened, stage, None, 1, needed=True) if stage else _routed(opened, wanted)
    trees = known.trace(wanted, depth=depth, width=width)
    if Form(json, False, output).kind == "json":
        import json as writer
        from dataclasses import asdict

        write_text(writer.dumps([asdict(tree) for tree in trees], ensure_ascii=False, indent=1) + "\n", output)
    else:
        _print_trees(known, trees)
    tell(
        f"{len(trees)} fact{'s' * (len(trees) != 1)} traced, {'written to ' + str(output) if output else 'printed above'}."
    )


def _routed(case: Case, fact: str) -> Case:
    """The case knowing the ways that a fact of ``equipoise route`` is about, if it is one."""
    from equipoise.routing import ask, question_of

    question = question_of(case, fact)
    return case.add(ask(case, question).ledger) if question else _asked(case, fact)


def _asked(case: Case, fact: str) -> Case:
    """The case knowing the closures, plans, policies or futures that a fact is about, if it is one of theirs."""
    from equipoise import bargaining, futures, resilience
    from equipoise.ledger import parse_id

    workers = os.cpu_count() or 1
    if parse_id(fact)["measure"] in (*futures.WRITES, *futures.OF_SEARCH):
        case = studied(case, "withdrawal", 0, 1, lean=True)
        answer = futures.asked(case, fact, workers)
    elif parse_id(fact)["measure"] in bargaining.ASKED:
        case = studied(case, "income", None, 1, lean=True)
        answer = bargaining.politics(case, [parse_id(fact)["object"]])
    else:
        answer = resilience.asked(case, fact, workers)
    return case.add(answer) if answer else case


def _print_trees(case: Case, trees: Sequence[Trace]) -> None:
    from equipoise.cli.trees import as_tree

    screen = console()
    for tree in trees:
        screen.print(as_tree(case, tree))
