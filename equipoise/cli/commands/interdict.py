"""``equipoise interdict``."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from equipoise.cli.commands.shared import DEFAULT, CaseArgument, Csv, Draws, Json, Output, Seed, app, case_named
from equipoise.cli.output import Form, deliver, progress
from equipoise.errors import InputError


@app.command()
def interdict(
    case: CaseArgument = DEFAULT,
    budget: Annotated[
        float | None,
        typer.Option(metavar="K", help="Closures at once; by political cost, mln USD a year that powers may lose."),
    ] = None,
    by_link: Annotated[bool, typer.Option("--by-link", help="Close stretches of corridors (the usual).")] = False,
    by_power: Annotated[bool, typer.Option("--by-power", help="Close all that powers control.")] = False,
    by_political_cost: Annotated[
        bool, typer.Option("--by-political-cost", help="Close what costs the powers least for what it does.")
    ] = False,
    commodity: Annotated[str, typer.Option(help="oil, gas, containers, coal, grain, uranium.")] = "oil",
    draws: Draws = 100,
    seed: Seed = 1,
    json: Json = False,
    csv: Csv = False,
    output: Output = None,
) -> None:
    """Which links to back up: the worst closures, alone and together, and what room beside them would be worth.

    \b
    Examples:
      equipoise interdict                          stretches of oil corridors, one and two at a time
      equipoise interdict --budget 3
      equipoise interdict --by-power --budget 2
      equipoise interdict --by-political-cost --budget 5000
      equipoise interdict --commodity containers --csv
    """
    chosen = [mode for mode, on in (("link", by_link), ("power", by_power), ("threat", by_political_cost)) if on]
    if len(chosen) > 1:
        raise InputError("--by-link, --by-power, --by-political-cost", found=len(chosen), allowed="one of them")
    mode = chosen[0] if chosen else "link"
    from equipoise.brief import closures as sheets
    from equipoise.brief.desk import Desk
    from equipoise.resilience import interdict as worst

    opened, form = case_named(case), Form(json, csv, output)
    if mode == "threat" and not opened.view("threat_cost_to_power").height:
        raise InputError(
            "--by-political-cost",
            found="no fact of what a closure costs a power",
            allowed="a case with threat_cost_to_power",
            remedy="none is made up",
        )
    most = budget if budget is not None else float("inf") if mode == "threat" else 2.0
    with progress() as show:
        found = worst(
            opened, commodity=commodity, mode=mode, budget=most, draws=draws or 0, seed=seed,
            workers=os.cpu_count() or 1, progress=show,
        )  # fmt: skip
    desk = Desk(opened.add(found))
    deliver(desk, sheets.closures(desk, commodity, mode), form, f"What to back up: {opened.title}")
