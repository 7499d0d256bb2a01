"""``equipoise withdraw``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

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

if TYPE_CHECKING:
    from equipoise.case import Case


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
    channels: Annotated[
        str,
        typer.Option(
            metavar="A,B,...",
            help="Close only these: exports, imports, transit, people, fees, finance, "
            "systems, or a corridor, channel or link.",
        ),
    ] = "",
    share: Annotated[
        list[str] | None,
        typer.Option(metavar="CHANNEL=SHARE", help="Close only a share of one, 0 to 1; may be repeated."),
    ] = None,
    odds: Annotated[
        str, typer.Option(metavar="A=0.1,B=0.05", help="Chances of your own, independent, for an expected loss.")
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
      equipoise withdraw --by RUS --channels transit --share transit=0.5
      equipoise withdraw --by CHN --share imports=0.3
      equipoise withdraw --odds RUS=0.05,CHN=0.02
      equipoise withdraw --home VNM --by CHN
    """
    from equipoise.brief.desk import Desk
    from equipoise.cli.sheets import withdrawal as sheets

    opened = case_named(case)
    if home and home != opened.home:
        from equipoise.income import market_case

        opened = market_case(opened, home, names(powers))
    elif powers:
        opened = opened.with_powers(names(powers))
    members = _members(opened, by)
    held = list(Desk(opened).horizons)
    if horizon and horizon not in held:
        raise InputError("--horizon", found=horizon, allowed=", ".join(held))
    if channels or share:
        if not members:
            raise InputError("--channels and --share", found="no power", allowed="--by names who withdraws")
        from equipoise.menu import menu

        opened = menu(opened, members, channels=names(channels), shares=_numbers("--share", share or []))
    chances = _numbers("--odds", names(odds))
    desk = Desk(studied(opened, "income", draws, seed, lean=bool(channels or share)))
    when = horizon or desk.horizon
    if chances:
        from equipoise.income.odds import expected

        desk = Desk(desk.case.add(expected(desk.case, chances, when)))
        blocks, title = sheets.expected(desk, chances, when), f"Expected loss: {desk.case.title}"
    elif members:
        from equipoise.bargaining import break_evens
        from equipoise.region import water

        desk = Desk(desk.case.add(break_evens(desk.case), water.derive(desk.case)))
        blocks = sheets.withdrawal_by(desk, members, when)
        title = f"Withdrawal of {' and '.join(desk.the(name) for name in members)}"
    else:
        blocks, title = sheets.withdrawal(desk, every=all_), f"Withdrawal: {desk.case.title}"
    if not blocks:
        raise InputError("case", found="no network with supply, demand and horizons", allowed="at least one")
    deliver(desk, blocks, Form(json, csv, output), title)


def _members(case: Case, by: str) -> list[str]:
    """The powers of ``--by``."""
    members = names(by)
    unknown = [name for name in members if name not in case.powers]
    if unknown:
        raise InputError(
            "--by", found=", ".join(unknown), allowed=", ".join(case.powers), remedy="--powers studies others"
        )
    return members


def _numbers(option: str, entries: Sequence[str]) -> dict[str, float]:
    """Entries ``NAME=NUMBER``, each name once."""
    made: dict[str, float] = {}
    for entry in entries:
        name, _, number = entry.partition("=")
        try:
            value = float(number)
        except ValueError:
            raise InputError(option, found=entry, allowed="NAME=NUMBER, such as transit=0.5") from None
        if made.get(name, value) != value:
            raise InputError(option, found=f"{name}={made[name]:g} and {name}={value:g}", allowed="each name once")
        made[name] = value
    return made
