"""What every command shares: the application, its common options, and how a case is opened and studied."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from equipoise.cli.output import progress

if TYPE_CHECKING:
    from equipoise.case import Case

__all__ = [
    "DEFAULT",
    "CaseArgument",
    "Csv",
    "Draws",
    "Json",
    "Output",
    "Seed",
    "app",
    "case_named",
    "known",
    "names",
    "studied",
]  # fmt: skip

ORDER = (
    "brief", "exposure", "corridors", "route", "withdraw", "shock", "interdict", "invest", "bargain", "futures", "policies",
    "region", "watch", "studio", "mcp", "trace", "check", "new",
)  # fmt: skip
"""The commands as ``equipoise --help`` lists them: the story first, then the tools."""


class _InOrder(TyperGroup):
    """Commands in the order of their story; a group of commands would otherwise come last."""

    def list_commands(self, ctx: Any) -> list[str]:
        return sorted(super().list_commands(ctx), key=ORDER.index)


app = typer.Typer(cls=_InOrder, rich_markup_mode=None, pretty_exceptions_enable=False, no_args_is_help=True)

CASE = "Name of a bundled case, or folder of one's own."
CaseArgument = Annotated[str, typer.Argument(help=CASE, metavar="[CASE]")]
Json = Annotated[bool, typer.Option("--json", help="The facts as JSON.")]
Csv = Annotated[bool, typer.Option("--csv", help="The facts as CSV.")]
Output = Annotated[
    Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write there; .json or .csv decides the form.")
]
Draws = Annotated[int | None, typer.Option(min=0, help="Redraws for the bands; 0 leaves them out.")]
Seed = Annotated[int, typer.Option(help="Same seed, same figures.")]

DEFAULT = "kazakhstan"


@app.callback(invoke_without_command=True)
def equipoise(version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False) -> None:
    """How exposed a state is to each power, and what it would cost if one walked away.

    \b
    Start with:
      equipoise brief --open         the whole story as a page
      equipoise studio               the map: close a route, see what it costs
      equipoise exposure             who holds what, in five readings
      equipoise withdraw --by RUS    what one power could cost
      equipoise shock --close cpc_spm=0.67 --days 57   an outage day by day
      equipoise route CHN DEU        the best ways, and what powers leave of them
      equipoise invest --budget 5e9  which projects buy the most freedom
      equipoise policies --advice    what to do first, at what price
      equipoise trace FACT           where a figure comes from
    """
    if version:
        from importlib.metadata import version as installed

        typer.echo(f"equipoise {installed('equipoise')}")
        raise typer.Exit


def case_named(case: str) -> Case:
    """The case of a name or folder."""
    from equipoise.case import open_case

    return open_case(case)


def known(case: str, until: str, draws: int | None, seed: int) -> Case:
    """The case of a name or folder, studied up to a stage."""
    return studied(case_named(case), until, draws, seed)


def studied(case: Case, until: str, draws: int | None, seed: int, **which: bool) -> Case:
    """Run the stages with a progress bar, on every core; ``which`` of them: see :func:`equipoise.study.run`."""
    from equipoise.study import run

    workers = os.cpu_count() or 1
    with progress() as show:
        return run(case, until=until, draws=draws, seed=seed, workers=workers, progress=show, **which)


def names(text: str) -> list[str]:
    """The names in a list that commas or plus signs divide, each once."""
    return list(dict.fromkeys(part.strip() for part in text.replace("+", ",").split(",") if part.strip()))
