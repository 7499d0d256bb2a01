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
    shock: Annotated[
        str, typer.Option(metavar="STATE[,STATE]", help="What a shock in these states takes from the others, alone.")
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
      equipoise region --shock KGZ              its borders closed for a year: who loses what, by which channel
      equipoise region --csv -o region.csv
    """
    from equipoise import region as stage
    from equipoise.brief.desk import Desk
    from equipoise.cli.sheets import region as sheets
    from equipoise.cli.sheets import region_water

    form, opened = Form(json, csv, output), case_named(case)
    if shock:
        hit, before = names(shock), studied(opened, "corridors", 0, 1)
        desk = Desk(before.add(stage.spill.derive(before, states=names(states) if states else None, shocked=hit)))
        return deliver(desk, region_water.spill(desk, hit), form, f"Shock in {' and '.join(map(desk.name, hit))}")
    if states:
        asked = [part.strip() for part in states.split(",") if part.strip()]
        stage.region_of(opened, asked)
        before = studied(opened, "corridors", 0, 1)
        desk = Desk(before.add(stage.derive(before, states=asked)))
        return deliver(desk, sheets.region(desk), form, f"Region: {', '.join(map(desk.name, asked))}")
    desk = Desk(studied(opened, "region", None, 1, lean=True))
    return deliver(desk, sheets.region(desk), form, f"Region: {desk.case.title}")
