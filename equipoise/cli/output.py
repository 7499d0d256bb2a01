"""Printing: tables for people, facts as JSON or CSV for programs, progress, and where the output went."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from equipoise.errors import InputError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress
    from rich.table import Table as RichTable
    from rich.text import Text as RichText

    from equipoise.brief.desk import Desk
    from equipoise.brief.document import Block, Cell, Figure, Table
    from equipoise.case import Case

__all__ = ["Form", "console", "deliver", "progress", "say", "tell", "write_text"]

WIDTH = 118
"""Columns that a table may use where the terminal does not say how wide it is."""


@dataclass(frozen=True, slots=True)
class Form:
    """How a command is to answer: as a table, JSON or CSV, on the screen or in a file."""

    json: bool = False
    csv: bool = False
    output: Path | None = None

    @property
    def kind(self) -> str:
        """``json``, ``csv`` or ``table``; the ending of the file decides where no option does."""
        if self.json and self.csv:
            raise InputError("--json and --csv", found="both", allowed="one of them")
        if self.json or self.csv:
            return "json" if self.json else "csv"
        ending = self.output.suffix.lower() if self.output else ""
        return {".json": "json", ".csv": "csv"}.get(ending, "table")


def console(*, stderr: bool = False) -> Console:
    """A terminal to print on; plain and wide enough where the output is a file or a pipe."""
    from rich.console import Console

    made = Console(stderr=stderr, highlight=False, soft_wrap=False)
    if not made.is_terminal and "COLUMNS" not in os.environ:
        made.width = WIDTH
    return made


def tell(message: str) -> None:
    """A remark about what was done, beside the output and not in it."""
    console(stderr=True).print(message, style="dim", markup=False)


@contextmanager
def progress() -> Iterator[Any]:
    """A progress bar for stages that take long; it is gone when they are done and silent where nobody watches."""
    words = {
        "corridors": "corridors: redrawing the inputs",
        "withdrawal": "withdrawal: redrawing the inputs",
        "income": "income: redrawing the inputs",
        "closures": "closures: redrawing the inputs",
        "futures": "projects: redrawing the inputs",
        "plans": "projects: choosing the best",
        "advice": "advice: every lever with it and without it",
        "search": "search: generations",
        "lives": "futures: living them through",
        "bargaining": "bargaining: the issues",
        "outage": "outages: redrawing the inputs",
    }
    tasks: dict[str, Any] = {}
    with ExitStack() as running:

        def show(stage: str, done: int, whole: int) -> None:
            if not tasks:  # made when something takes long, not before
                tasks[""] = running.enter_context(_bar())
            if stage not in tasks:
                tasks[stage] = tasks[""].add_task(words.get(stage, stage), total=whole)
            tasks[""].update(tasks[stage], completed=done)

        yield show


def _bar() -> Progress:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    screen = console(stderr=True)
    return Progress(*columns, console=screen, transient=True, disable=not screen.is_terminal)


def deliver(desk: Desk, blocks: Sequence[Block], form: Form, title: str) -> None:
    """Print blocks of figures as tables, or the facts behind them as JSON or CSV, and say where they went."""
    if form.kind == "table":
        _deliver_tables(blocks, form, title)
        return
    ids = [name for name in desk.notes.facts if name]
    write_text(facts_as_json(desk.case, ids) if form.kind == "json" else facts_as_csv(desk.case, ids), form.output)
    tell(f"{len(ids)} facts as {form.kind.upper()}, {_where(form.output)}.")


def _deliver_tables(blocks: Sequence[Block], form: Form, title: str) -> None:
    if form.output:
        import io

        from rich.console import Console

        text = io.StringIO()
        say(Console(file=text, width=WIDTH, highlight=False), blocks, title)
        write_text(text.getvalue(), form.output)
    else:
        say(console(), blocks, title)
    tell(
        f"Tables {_where(form.output)}. The facts behind them: --json or --csv; where one comes from: equipoise trace FACT."
    )


def _where(path: Path | None) -> str:
    return f"written to {path}" if path else "printed above (-o FILE keeps them)"


def write_text(text: str, path: Path | None) -> None:
    """Print, or write a file whole or not at all."""
    if path is None:
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    from equipoise.brief import write_whole

    write_whole(path, text.encode())


def facts_as_json(case: Case, ids: Sequence[str]) -> str:
    """Facts by id as JSON, with their units."""
    return json.dumps({"case": case.id, "facts": _rows(case, ids)}, ensure_ascii=False, indent=1) + "\n"


def facts_as_csv(case: Case, ids: Sequence[str]) -> str:
    """Facts by id as CSV, with their units."""
    import csv
    import io

    text = io.StringIO()
    rows = _rows(case, ids)
    names = list(rows[0]) if rows else ["id"]
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _rows(case: Case, ids: Sequence[str]) -> list[Mapping[str, Any]]:
    import polars as pl

    facts = case.ledger.facts.with_columns(pl.Series("id", case.ledger.ids())).filter(pl.col("id").is_in(list(ids)))
    plain = facts.with_columns(pl.col(pl.Categorical, pl.Enum).cast(pl.String))
    order = {name: i for i, name in enumerate(ids)}
    rows = [{"id": row.pop("id"), **row, "unit": case.unit(row["measure"])} for row in plain.iter_rows(named=True)]
    return sorted(rows, key=lambda row: order[row["id"]])


# --- tables ----------------------------------------------------------------------------------------------------------


def say(screen: Console, blocks: Sequence[Block], title: str) -> None:
    """Print the blocks of a document on a terminal."""
    from rich.markup import escape

    from equipoise.brief.document import Absent, Chart, Paragraph, Table

    screen.print()
    screen.print(escape(title), style="bold")
    for block in blocks:
        screen.print()
        match block:
            case Table():
                screen.print(escape(block.caption), style="bold")
                screen.print(_table(block))
                if block.foot:
                    screen.print(_text(block.foot), style="dim")
            case Paragraph(parts, kind):
                screen.print(
                    _text(["• ", *parts] if kind == "point" else parts), style="dim" if kind == "small" else ""
                )
            case Absent(text):
                screen.print(text, style="italic dim", markup=False)
            case Chart(caption=caption, numbers=numbers) if numbers:
                screen.print(escape(caption), style="bold")
                screen.print(_table(numbers))
    screen.print()


def _table(table: Table) -> RichTable:
    from rich import box
    from rich.table import Table as RichTable

    made = RichTable(box=box.SIMPLE_HEAD, header_style="dim", pad_edge=False)
    for heading, align in table.columns:
        justify: Any = {"l": "left", "r": "right", "c": "center"}[align]
        made.add_column(heading, justify=justify, overflow="fold", vertical="top")
    for row in table.rows:
        made.add_row(*(_cell(cell) for cell in row))
    return made


def _cell(cell: Cell | None) -> RichText:
    from rich.text import Text as RichText

    from equipoise.brief.document import Figure

    if cell is None:
        return RichText("–", style="dim")
    return _text([cell] if isinstance(cell, str | Figure) else cell)


def _text(parts: Sequence[str | Figure]) -> RichText:
    from rich.text import Text as RichText

    text = RichText()
    for part in parts:
        if isinstance(part, str):
            text.append(part)
            continue
        percent = part.unit.startswith("%")
        text.append(part.text + ("%" if percent else ""), style="bold" if part.fact else "")
        if part.range:
            text.append(f" ({part.range})", style="dim")
        rest = part.unit[1:].strip() if percent else part.unit
        if rest:
            text.append(f" {rest}")
    return text
