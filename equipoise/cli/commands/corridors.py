"""``equipoise corridors``."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from equipoise.cli.commands.shared import (
    DEFAULT,
    CaseArgument,
    Csv,
    Json,
    Output,
    app,
    known,
)
from equipoise.cli.output import Form, deliver
from equipoise.errors import InputError


@app.command()
def corridors(
    case: CaseArgument = DEFAULT,
    commodity: Annotated[str, typer.Option(help="oil, containers, uranium, coal, grain, gas; or all.")] = "oil",
    year: Annotated[str, typer.Option(help="Year of the network; its last if left out.")] = "",
    without: Annotated[
        str, typer.Option(metavar="POWER", help="Show what is left when this power has withdrawn.")
    ] = "",
    json: Json = False,
    csv: Csv = False,
    output: Output = None,
) -> None:
    """The routes: flow against capacity, modelled against observed, bottlenecks, cuts, and what is left of a bypass.

    \b
    Examples:
      equipoise corridors
      equipoise corridors --year 2022
      equipoise corridors --commodity containers
      equipoise corridors --without AZE --json
    """
    from equipoise.brief.desk import Desk
    from equipoise.cli.sheets import routes as sheets

    desk = Desk(known(case, "withdrawal", None, 1))
    networks = [name for name, row in desk.layout.commodities.items() if row["base_year"] and _solved(desk, name)]
    wanted = (
        networks
        if commodity == "all"
        else [commodity if commodity != "oil" or "oil" in networks else networks[0]]
        if networks
        else []
    )
    if not set(wanted) <= set(networks) or not networks:
        raise InputError("--commodity", found=commodity, allowed=", ".join([*networks, "all"]))
    if without and without not in desk.case.powers:
        raise InputError("--without", found=without, allowed=", ".join(desk.case.powers))
    for name in wanted:
        years = _solved(desk, name)
        if year and year not in years:
            raise InputError("--year", found=year, allowed=f"{', '.join(years)} for {name}")
    blocks = [block for name in wanted for block in sheets.corridors(desk, name, year, without)]
    deliver(desk, blocks, Form(json, csv, output), f"Corridors: {desk.case.title}")


def _solved(desk: Any, commodity: str) -> list[str]:
    """Years for which the network of a commodity was solved."""
    quantity = desk.layout.commodities[commodity]["quantity"]
    rows = desk.notes.rows(f"modelled_export_{quantity}", item=f"{commodity}.contract")
    return sorted(str(row["period"]) for row in rows)
