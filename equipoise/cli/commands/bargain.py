"""``equipoise bargain``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
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
from equipoise.cli.output import Form, deliver, progress
from equipoise.errors import InputError

if TYPE_CHECKING:
    from equipoise.case import Case

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
    threat: Annotated[
        str, typer.Option(metavar="THREAT", help="One act of the case: what it would take, cost, and have to bring.")
    ] = "",
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
      equipoise bargain --threat rus_cpc_closure     one act alone: what refusing it must be worth
      equipoise bargain --actors mine.csv            a table of your own
    """
    from equipoise.bargaining import actors_case, politics
    from equipoise.brief.desk import Desk
    from equipoise.cli.sheets import bargaining as sheets
    from equipoise.maths.spatial.options import read

    form, opened, wanted = Form(json, csv, output), case_named(case), names(issue)
    if (actors is not None) + bool(wanted) + bool(threat) > 1:
        raise InputError("--issue, --threat, --actors", found="several", allowed="one of them")
    if threat:
        opened = _act(opened, threat)
    if actors is not None:
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
        blocks = sheets.act(desk, threat) if threat else sheets.bargain(desk)
        if not blocks:
            raise InputError(
                "case", found="no loss of real income, no threat with a cost, no issue", allowed="at least one"
            )
        deliver(desk, blocks, form, f"Bargaining: {opened.title}")
        return
    asked = opened if actors is not None else studied(opened, "bargaining", draws, seed, lean=True, itself=False)
    with progress() as show:
        found = politics(
            asked, wanted, draws=DRAWS if draws is None else draws, seed=seed, turns=turns, jointly=jointly, options=options,
            progress=show,
        )  # fmt: skip
    desk = Desk(asked.add(found))
    deliver(desk, sheets.issue(desk, wanted), form, f"Bargaining: {opened.title}")


def _act(case: Case, threat: str) -> Case:
    """The case in which one power alone plays, and closes what one act of the register closes, by the share that it does."""
    import polars as pl

    from equipoise.menu import menu

    acts = {row["threat"]: row for row in case.table("threats").iter_rows(named=True) if row["kind"] == "withdrawal"}
    if threat not in acts:
        raise InputError("--threat", found=threat, allowed=", ".join(acts) or "an act of the case")
    row = acts[threat]
    named = {*str(row["links"] or "").split(";"), *str(row["channels"] or "").split(";")} - {"", "all"}
    members = sorted(case.members(row["power"]))
    held = case.view("control", subject=members)["object"].cast(str).to_list()
    money = case.table("channels").filter(pl.col("monetised") == "yes")["channel"].to_list()
    closed = sorted(named & set(held) & {*case.table("links")["link"].to_list(), *money})
    if named and not closed:
        raise InputError(
            "--threat", found=f"{threat}, which closes {', '.join(sorted(named))}",
            allowed=f"an act that closes a link, or a channel counted in money, that {row['power']} controls",
            remedy="equipoise bargain tells what every act would have to bring",
        )  # fmt: skip
    reach = case.settle().view("threat_reach", subject=threat)["value"].to_list()
    shares = dict.fromkeys(closed, float(reach[-1])) if reach else {}
    return menu(case, [row["power"]], channels=closed, shares=shares)


def _options(entries: Sequence[str]) -> dict[str, object]:
    """Options ``NAME=VALUE`` of the spatial model; whole numbers as such."""
    made: dict[str, object] = {}
    for entry in entries:
        name, equals, value = entry.partition("=")
        if not equals or name in made:
            raise InputError("--option", found=entry, allowed="NAME=VALUE, each name once, such as voting_rule=Cubic")
        made[name] = int(value) if value.lstrip("-").isdigit() else value
    return made
