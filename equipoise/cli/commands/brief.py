"""``equipoise brief``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from equipoise.cli.commands.shared import (
    DEFAULT,
    CaseArgument,
    Draws,
    Seed,
    app,
    known,
)
from equipoise.cli.output import tell
from equipoise.errors import InputError


@app.command()
def brief(
    case: CaseArgument = DEFAULT,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Where to; .html or .pdf.")
    ] = None,
    open_: Annotated[bool, typer.Option("--open", help="Open it when it is written.")] = False,
    draws: Draws = None,
    seed: Seed = 1,
) -> None:
    """Write the brief: a sourced report with map, bands and notes, as HTML or PDF.

    \b
    Examples:
      equipoise brief                          brief-kazakhstan.html in this folder
      equipoise brief --open                   and open it in the browser
      equipoise brief -o report.pdf            on paper
      equipoise brief mystate/ -o out.html     of a case of one's own
    """
    from equipoise.brief import write

    target = output or Path(f"brief-{Path(case).name or DEFAULT}.html")
    if target.suffix.lower() not in (".html", ".pdf"):
        raise InputError("-o", found=str(target), allowed="a name that ends in .html or .pdf")
    written = write(known(case, "advice", draws, seed), target)
    tell(f"Written to {written} ({written.stat().st_size / 1e6:.1f} MB).")
    if open_:
        typer.launch(str(written.resolve()))
