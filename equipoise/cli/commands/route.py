"""``equipoise route``."""

from __future__ import annotations

from typing import Annotated

import typer

from equipoise.cli.commands.shared import DEFAULT, Csv, Draws, Json, Output, Seed, app, case_named, names
from equipoise.cli.output import Form, deliver
from equipoise.errors import InputError


@app.command()
def route(
    words: Annotated[
        list[str], typer.Argument(metavar="[CASE] FROM TO", help="A place, a state or a bloc at each end.")
    ],
    cargo: Annotated[str, typer.Option(help="containers (if left out), crude, uranium, coal, grain, gas.")] = "",
    number: Annotated[int, typer.Option("-k", "--number", help="How many ways.")] = 3,
    by: Annotated[str, typer.Option(help="both (money, and days at what a day costs), cost or days.")] = "both",
    without: Annotated[str, typer.Option(metavar="POWER[,POWER]", help="Who has closed what they control.")] = "",
    year: Annotated[int, typer.Option(help="Year of the network; its last if left out.")] = 0,
    reading: Annotated[str, typer.Option(help="Limits that count: contract, technical or announced.")] = "contract",
    draws: Draws = None,
    seed: Seed = 1,
    json: Json = False,
    csv: Csv = False,
    output: Output = None,
) -> None:
    """The best ways for a cargo: cost, days, borders and who can shut them, bottleneck, and the room that is left.

    \b
    Examples:
      equipoise route altynkol poti
      equipoise route CHN DEU --cargo containers --without RUS
      equipoise route tengiz trieste --cargo crude
      equipoise route KAZ FRA --cargo uranium --by days --json
    """
    if len(words) not in (2, 3):
        found = f"{len(words)} argument{'s' * (len(words) != 1)}"
        raise InputError(
            "route", found=found, allowed="FROM and TO, or a case and these", remedy="quote a name of several words"
        )
    from equipoise.brief.desk import Desk
    from equipoise.cli.sheets import route as sheets
    from equipoise.routing import Question, ask

    name, origin, target = words if len(words) == 3 else (DEFAULT, *words)
    case = case_named(name)
    question = Question(origin, target, cargo, number, by, year, reading, tuple(names(without)))
    answer = ask(case, question, draws=400 if draws is None else draws, seed=seed)
    desk = Desk(case.add(answer.ledger))
    closed = f", without {' and '.join(desk.the(power) for power in question.without)}" if question.without else ""
    what = desk.name(answer.cargo).split(",")[0]
    title = f"{what} from {answer.origin.name} to {answer.target.name}, {answer.year}, {reading} limits{closed}"
    deliver(desk, sheets.route(desk, answer), Form(json, csv, output), title)
