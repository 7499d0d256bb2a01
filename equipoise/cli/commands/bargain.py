"""``equipoise bargain``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
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
from equipoise.cli.output import Form, deliver, progress
from equipoise.errors import InputError

DRAWS, TURNS = 1000, 10


@app.command()
def bargain(
    case: CaseArgument = DEFAULT,
    issue: Annotated[str, typer.Option(metavar="ISSUE[,ISSUE]", help="Some issues of the case in full.")] = "",
    actors: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.csv", help="Actors of your own, no case: actor, capability, and NAME_position, NAME_salience."
        ),
    ] = None,
    jointly: Annotated[bool, typer.Option("--jointly", help="Several issues as dimensions of one bargain.")] = False,
    turns: Annotated[int, typer.Option(min=1, max=1000, help="Turns of the model.")] = TURNS,
    option: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="Of the spatial model, such as voting_rule=Cubic.")
    ] = None,
    draws: Draws = None,
    seed: Seed = 1,
    json: Json = False,
    csv: Csv = False,
    output: Output = None,
) -> None:
    """Would it pay a power to close, where do pressures push the contested issues, and what moves whom.

    \b
    Examples:
      equipoise bargain                              break-evens of every power and act; all issues
      equipoise bargain --issue west_mil_coop        who wants what, the path, whom to move, what it provokes
      equipoise bargain --issue oil_route,npp_vendor --jointly
      equipoise bargain --issue csto_engagement --turns 20 --option voting_rule=Cubic
      equipoise bargain --actors mine.csv            a table of your own
    """
    from equipoise.bargaining import actors_case, politics
    from equipoise.brief.desk import Desk
    from equipoise.cli import sheets
    from equipoise.maths.spatial.options import read

    form, opened, wanted = Form(json, csv, output), case_named(case), names(issue)
    if actors is not None:
        if wanted:
            raise InputError("--issue and --actors", found="both", allowed="one of them")
        opened, jointly = actors_case(opened, actors), True
        wanted = opened.table("issues")["issue"].to_list()
    options = _options(option or [])
    read(options)
    held = opened.table("issues")["issue"].to_list()
    if strange := [name for name in wanted if name not in held]:
        raise InputError("--issue", found=", ".join(strange), allowed=", ".join(held) or "a case with issues")
    if not wanted and (options or jointly or turns != TURNS):
        wanted = held
    if not wanted:
        desk = Desk(studied(opened, "bargaining", draws, seed, lean=True))
        blocks = sheets.bargain(desk)
        if not blocks:
            raise InputError(
                "case", found="no loss of real income, no threat with a cost, no issue", allowed="at least one"
            )
        deliver(desk, blocks, form, f"Bargaining: {opened.title}")
        return
    asked = opened if actors is not None else studied(opened, "income", draws, seed, lean=True)
    with progress() as show:
        found = politics(
            asked, wanted, draws=DRAWS if draws is None else draws, seed=seed, turns=turns, jointly=jointly, options=options,
            progress=show,
        )  # fmt: skip
    desk = Desk(asked.add(found))
    deliver(desk, sheets.issue(desk, wanted), form, f"Bargaining: {opened.title}")


def _options(entries: Sequence[str]) -> dict[str, object]:
    """Options ``NAME=VALUE`` of the spatial model; whole numbers as such."""
    made: dict[str, object] = {}
    for entry in entries:
        name, equals, value = entry.partition("=")
        if not equals or name in made:
            raise InputError("--option", found=entry, allowed="NAME=VALUE, each name once, such as voting_rule=Cubic")
        made[name] = int(value) if value.lstrip("-").isdigit() else value
    return made
