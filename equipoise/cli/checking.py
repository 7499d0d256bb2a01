"""What ``equipoise check`` prints: every fault, or what the case holds and what it lacks; and the vocabulary."""

from __future__ import annotations

import json as writer
from collections.abc import Sequence
from typing import TYPE_CHECKING

from equipoise.cli.output import console, tell, write_text
from equipoise.errors import Fault

if TYPE_CHECKING:
    from equipoise.case import Case

__all__ = ["print_check", "print_faults", "print_measures"]

MOST_SHOWN = 200
"""Faults printed as a table; ``--json`` gives all of them."""


def print_check(path: str, *, json: bool = False) -> bool:
    """Check a case and print what was found; whether it can be used."""
    from equipoise.case import check_case, open_case

    faults = check_case(path) or _policy_faults(open_case(path))
    if json:
        write_text(writer.dumps([fault.as_dict() for fault in faults], ensure_ascii=False, indent=1) + "\n", None)
    elif faults:
        print_faults(path, faults)
    else:
        _print_contents(open_case(path))
    tell(f"{path}: {len(faults)} fault{'s' * (len(faults) != 1)}{'' if faults else ', the case can be used'}.")
    return not faults


def _policy_faults(case: Case) -> list[Fault]:
    """Policies of a case that cannot be: a lever before it can be felt, without what it needs, beside what it excludes."""
    from equipoise.errors import Fault, InputError
    from equipoise.futures import Levers, policies_of

    if not case.table("policies").height:
        return []
    settled = case.settle()
    levers, found = Levers(settled), []
    for policy in policies_of(settled):
        try:
            levers.check(policy)
        except InputError as error:
            remedy = error.remedy or "Mend the policy, or strike the lever out."
            where = "register/policy_levers.csv", 0, policy.id
            found.append(Fault(*where, f"{error.what}: {error.found}", str(error.allowed), remedy))
    return found


def print_faults(case: str, faults: Sequence[Fault]) -> None:
    """Faults as a table: where, what was found, what is allowed, what to do."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(
        title=f"{case}: what is wrong", title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, header_style="dim"
    )
    for heading in ("File", "Row", "Column", "Found", "Allowed", "What to do"):
        table.add_column(heading, overflow="fold", justify="right" if heading == "Row" else "left")
    for fault in faults[:MOST_SHOWN]:
        row = (fault.file, str(fault.row or ""), fault.column, fault.found, fault.allowed, fault.remedy)
        table.add_row(*(Text(cell) for cell in row))
    console(stderr=True).print(table)
    if len(faults) > MOST_SHOWN:
        tell(f"... and {len(faults) - MOST_SHOWN} more; --json prints all of them.")


def _print_contents(case: Case) -> None:
    """What a sound case holds, and what is missing from it."""
    from equipoise.brief.desk import Desk
    from equipoise.brief.document import Table
    from equipoise.cli.output import say
    from equipoise.coverage import derive

    desk = Desk(case.add(derive(case)))
    words = ("A", "B", "C", "cited", "assumed", "derived")
    topics = sorted({str(row["subject"]) for row in desk.notes.rows("fact_count")})
    rows = [[topic, *(desk.fig("fact_count", topic, "", word, str(desk.year)) for word in words)] for topic in topics]
    columns = [("Topic", "l"), *((f"grade {w}" if len(w) == 1 else w, "r") for w in words)]
    held = Table(f"{len(case.ledger):,} facts by topic, grade and kind", columns, rows)
    tables = [[name, str(frame.height)] for name, frame in case.register.items() if frame.height]
    register = Table("The register", [("Table", "l"), ("Rows", "r")], tables)
    empty = [name for name, frame in case.register.items() if not frame.height]
    blocks = [held, register]
    if empty:
        blocks.append(Table("Tables that are empty", [("Table", "l")], [[name] for name in empty]))
    say(console(), blocks, case.title)


def print_measures(*, json: bool = False) -> None:
    """Every measure with its unit, what it is of, and its meaning."""
    from dataclasses import asdict

    from equipoise.brief.document import Table
    from equipoise.cli.output import say
    from equipoise.vocabulary import measures

    every = list(measures().values())
    if json:
        write_text(writer.dumps([asdict(measure) for measure in every], ensure_ascii=False, indent=1) + "\n", None)
        return
    rows = [[m.measure, m.unit, " > ".join(filter(None, (m.subject, m.object))), m.meaning] for m in every]
    columns = [("Measure", "l"), ("Unit", "l"), ("Of", "l"), ("Meaning", "l")]
    say(console(), [Table(f"{len(rows)} measures", columns, rows)], "Vocabulary")
