"""``equipoise invest``."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from equipoise.cli.commands.shared import DEFAULT, CaseArgument, Csv, Json, Output, Seed, app, case_named, names
from equipoise.cli.output import Form, deliver, progress


@app.command()
def invest(
    case: CaseArgument = DEFAULT,
    budget: Annotated[float, typer.Option(metavar="USD", help="Capital that may be spent, in USD: 5e9.")] = 5e9,
    by: Annotated[int, typer.Option(metavar="YEAR", help="Year by which a project must be ready to count.")] = 2035,
    futures: Annotated[int, typer.Option(min=1, help="Joint redraws of every input.")] = 200,
    together: Annotated[int, typer.Option(min=1, help="Powers that may withdraw at once.")] = 1,
    project: Annotated[
        str, typer.Option(metavar="LEVER[,LEVER]", help="Build these whatever they are worth; the rest is chosen.")
    ] = "",
    seed: Seed = 1,
    json: Json = False,
    csv: Csv = False,
    output: Output = None,
) -> None:
    """Which projects buy the most freedom: the best plans under a budget, and what each project is worth.

    \b
    Examples:
      equipoise invest --budget 5e9
      equipoise invest --budget 1e9 --by 2030
      equipoise invest --budget 6e9 --together 2
      equipoise invest --project eskene_kuryk,trans_caspian_pipeline --budget 6e9
      equipoise invest --budget 5e9 --futures 500 --csv -o plans.csv
    """
    from equipoise.brief import plans as sheets
    from equipoise.brief.desk import Desk
    from equipoise.resilience import invest as choose

    opened, form = case_named(case), Form(json, csv, output)
    with progress() as show:
        found = choose(
            opened, budget=budget, by=by, futures=futures, together=together, required=names(project), seed=seed,
            workers=os.cpu_count() or 1, progress=show,
        )  # fmt: skip
    desk = Desk(opened.add(found))
    deliver(desk, sheets.plans(desk), form, f"What to build with {budget / 1e9:,.3g} bn USD by {by}: {opened.title}")
