"""``equipoise futures``."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from equipoise.cli.commands.policies import PolicyOption
from equipoise.cli.commands.shared import DEFAULT, CaseArgument, Csv, Json, Output, Seed, app, case_named, studied
from equipoise.cli.output import Form, deliver, progress


@app.command()
def futures(
    case: CaseArgument = DEFAULT,
    futures: Annotated[
        int, typer.Option("-n", "--futures", help="How many futures; below 100 no box is sought.")
    ] = 200,
    policy: PolicyOption = "",
    until: Annotated[int, typer.Option(metavar="YEAR", help="Last year that is lived through.")] = 2040,
    tolerate: Annotated[
        float | None,
        typer.Option(metavar="PERCENT", help="Largest loss of real income to one power that is tolerable."),
    ] = None,
    seed: Seed = 1,
    json: Json = False,
    csv: Csv = False,
    output: Output = None,
) -> None:
    """Which policies stay tolerable in which futures, what breaks each, and at what price. No future is a forecast.

    \b
    Examples:
      equipoise futures -n 1000
      equipoise futures --policy western_tilt,eastern_tilt,balanced
      equipoise futures --policy kenkiyak_lines --until 2035
      equipoise futures --tolerate 15 --csv -o futures.csv
    """
    from equipoise.brief.desk import Desk
    from equipoise.cli import sheets
    from equipoise.errors import InputError
    from equipoise.futures import Levers, named, outlay
    from equipoise.futures import futures as lived

    if futures < 1:
        raise InputError("-n", found=futures, allowed="1 or more futures")
    opened, form = case_named(case), Form(json, csv, output)
    chosen = named(opened, Levers(opened.settle()), policy)  # what cannot be is said before anything is solved
    known = studied(opened, "withdrawal", 0, seed, lean=True)
    with progress() as show:
        found = lived(
            known, futures=futures, policy=policy, until=until, tolerate=tolerate, seed=seed, workers=os.cpu_count() or 1,
            progress=show,
        )  # fmt: skip
    desk = Desk(known.add(outlay(opened.settle(), chosen)).add(found))
    names = sheets.policy_names(desk)
    deliver(desk, sheets.futures(desk, names), form, f"{futures:,} futures to {until}: {opened.title}")
