"""``equipoise withdraw``."""

from __future__ import annotations

from typing import Annotated

import typer

from equipoise.cli.commands.shared import (
    DEFAULT,
    CaseArgument,
    Csv,
    Draws,
    Json,
    Output,
    Seed,
    app,
    case_named,
    names,
    studied,
)
from equipoise.cli.output import Form, deliver
from equipoise.errors import InputError


@app.command()
def withdraw(
    case: CaseArgument = DEFAULT,
    by: Annotated[
        str, typer.Option(metavar="POWER[,POWER]", help="Who withdraws; everybody in turn if left out.")
    ] = "",
    horizon: Annotated[str, typer.Option(help="3m, 1y or 10y.")] = "",
    powers: Annotated[
        str, typer.Option(metavar="A,B,...", help="Study these players instead of the case's own (10 at most).")
    ] = "",
    home: Annotated[
        str, typer.Option(metavar="STATE", help="Any of 80 economies, by market channels alone, without a case.")
    ] = "",
    all_: Annotated[bool, typer.Option("--all", help="Every coalition, not only the worst.")] = False,
    draws: Draws = None,
    seed: Seed = 1,
    json: Json = False,
    csv: Csv = False,
    output: Output = None,
) -> None:
    """What it would cost if a power, or several, closed what they control, after the best rerouting.

    \b
    Examples:
      equipoise withdraw                       all powers and the worst coalitions
      equipoise withdraw --by RUS
      equipoise withdraw --by RUS,AZE --horizon 3m
      equipoise withdraw --powers RUS,CHN,EU --all --csv
      equipoise withdraw --home VNM --by CHN
    """
    from equipoise.brief.desk import Desk
    from equipoise.cli import sheets

    opened = case_named(case)
    if home and home != opened.home:
        from equipoise.income import market_case

        opened = market_case(opened, home, names(powers))
    elif powers:
        opened = opened.with_powers(names(powers))
    desk = Desk(studied(opened, "income", draws, seed))
    when = horizon or desk.horizon
    if when not in desk.horizons:
        raise InputError("--horizon", found=when, allowed=", ".join(desk.horizons))
    if by:
        members = names(by)
        unknown = [name for name in members if name not in desk.case.powers]
        if unknown:
            raise InputError(
                "--by", found=", ".join(unknown), allowed=", ".join(desk.case.powers), remedy="--powers studies others"
            )
        blocks = sheets.withdrawal_by(desk, members, when)
        title = f"Withdrawal of {' and '.join(desk.the(name) for name in members)}"
    else:
        blocks, title = sheets.withdrawal(desk, every=all_), f"Withdrawal: {desk.case.title}"
    if not blocks:
        raise InputError("case", found="no network with supply, demand and horizons", allowed="at least one")
    deliver(desk, blocks, Form(json, csv, output), title)
