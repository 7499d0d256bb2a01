"""``equipoise exposure``."""

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
    known,
)
from equipoise.cli.output import Form, deliver
from equipoise.errors import InputError


@app.command()
def exposure(
    case: CaseArgument = DEFAULT,
    channel: Annotated[str, typer.Option(help="One channel in full: oil, coal, goods_exports, arms, ...")] = "",
    year: Annotated[str, typer.Option(help="Year of the shares of that channel; the latest of each if left out.")] = "",
    state: Annotated[str, typer.Option(help="Another state of the case, as far as the data hold: UZB, ...")] = "",
    json: Json = False,
    csv: Csv = False,
    output: Output = None,
) -> None:
    """How exposed: by buyer, by territory, by ownership, by operator, by jurisdiction, side by side.

    \b
    Examples:
      equipoise exposure                       all channels, the largest holder of each
      equipoise exposure --channel oil         every holder, every reading, year by year
      equipoise exposure --channel goods_imports --year 2023
      equipoise exposure --state UZB           what the data hold of a neighbour
      equipoise exposure --csv -o exposure.csv
    """
    from equipoise.brief.desk import Desk
    from equipoise.cli.sheets import exposure as sheets

    form = Form(json, csv, output)
    if state:
        from equipoise.exposure import derive

        opened = case_named(case)
        desk = Desk(opened.add(derive(opened, state=state)))
        deliver(desk, sheets.other_state(desk, state), form, f"{opened.name(state)}: what the data hold")
        return
    desk = Desk(known(case, "withdrawal" if not channel else "exposure", None, 1))
    if channel:
        held = sheets.years_by_channel(desk)
        if channel not in held:
            raise InputError("--channel", found=channel, allowed=", ".join(sorted(held)))
        if year and year not in held[channel]:
            raise InputError("--year", found=year, allowed=f"{', '.join(sorted(held[channel]))} for {channel}")
    elif year:
        raise InputError("--year", found=f"{year} without --channel", allowed="the year of one channel")
    blocks = sheets.exposure(desk, channel, year)
    deliver(desk, blocks, form, f"Exposure: {desk.case.title}")
