"""``equipoise region``."""

from __future__ import annotations

from typing import Annotated

import typer

from equipoise.cli.commands.shared import (
    DEFAULT,
    CaseArgument,
    Csv,
    Json,
    Output,
    app,
    case_named,
    names,
    studied,
)
from equipoise.cli.output import Form, deliver


@app.command()
def region(
    case: CaseArgument = DEFAULT,
    states: Annotated[
        str, typer.Option(metavar="STATE[,STATE]", help="Another region: two states or more, by their codes.")
    ] = "",
    json: Json = False,
    csv: Csv = False,
    output: Output = None,
) -> None:
    """How steady the neighbourhood is: what forecasts are worth, base rates with their counts, tensions, levers.

    \b
    Examples:
      equipoise region                          the states whose borders the case holds, and their neighbours
      equipoise region --states KAZ,KGZ,UZB     any region by list
      equipoise region --states IND,PAK,CHN
      equipoise region --csv -o region.csv
    """
    from equipoise import region as stage
    from equipoise.brief.desk import Desk
    from equipoise.cli import sheets

    form, opened = Form(json, csv, output), case_named(case)
    if states:
        asked = names(states)
        stage.region_of(opened, asked)
        before = studied(opened, "corridors", 0, 1)
        desk = Desk(before.add(stage.derive(before, states=asked)))
    else:
        desk = Desk(studied(opened, "region", None, 1, lean=True))
    deliver(desk, sheets.region(desk), form, f"Region: {desk.case.title}")
