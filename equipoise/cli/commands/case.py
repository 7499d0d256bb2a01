"""``equipoise check`` and ``equipoise new``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from equipoise.cli.commands.shared import (
    DEFAULT,
    Json,
    app,
)
from equipoise.cli.output import tell


@app.command()
def check(
    path: Annotated[
        str, typer.Argument(help="Folder of a case, or the name of a bundled one.", metavar="[PATH]")
    ] = DEFAULT,
    measures: Annotated[
        bool, typer.Option("--measures", help="Print every measure with its unit and meaning instead.")
    ] = False,
    json: Json = False,
) -> None:
    """Say everything that is wrong with a case, all at once: file, row, what was found, what is allowed, what to do.

    \b
    Examples:
      equipoise check mystate/
      equipoise check --measures
      equipoise check mystate/ --json
    """
    from equipoise.cli import checking

    if measures:
        checking.print_measures(json=json)
        return
    if not checking.print_check(path, json=json):
        raise typer.Exit(1)


@app.command()
def new(
    path: Annotated[Path, typer.Argument(help="Folder to create.")],
    home: Annotated[str, typer.Option(help="The state, by its ISO 3166-1 alpha-3 code.")] = "XXX",
    title: Annotated[str, typer.Option(help="What the case is called.")] = "",
    year: Annotated[int, typer.Option(min=1900, max=2200, help="The year that the facts reach to.")] = 2025,
) -> None:
    """Begin a case of one's own: every table with its header, ready to be filled, and it passes the check.

    \b
    Examples:
      equipoise new mystate --home UZB --title "Uzbekistan between its neighbours"
      equipoise check mystate
    """
    from equipoise.case import new_case

    made = new_case(path, home=home, title=title, year=year)
    tell(f"Case begun in {made}. Fill register/ and facts/, then: equipoise check {made}")
