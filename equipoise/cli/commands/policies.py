"""``equipoise policies``."""

from __future__ import annotations

from typing import Annotated

import typer

from equipoise.cli.commands.shared import DEFAULT, CaseArgument, Csv, Json, Output, app, case_named
from equipoise.cli.output import Form, deliver

POLICY = "Policies of the case, or levers joined by +, divided by commas."
PolicyOption = Annotated[str, typer.Option(metavar="ID[,ID]", help=POLICY)]


@app.command()
def policies(
    case: CaseArgument = DEFAULT,
    policy: PolicyOption = "",
    json: Json = False,
    csv: Csv = False,
    output: Output = None,
) -> None:
    """What each policy is made of, what it costs and moves, whom it provokes; and every lever of the case.

    \b
    Examples:
      equipoise policies
      equipoise policies --policy balanced
      equipoise policies --policy eskene_kuryk@2031+trans_caspian_pipeline=0.5
      equipoise policies --csv -o policies.csv
    """
    from equipoise.brief.desk import Desk
    from equipoise.cli import sheets
    from equipoise.futures import policies as told

    opened, form = case_named(case), Form(json, csv, output)
    desk = Desk(opened.add(told(opened, policy=policy)))
    deliver(desk, sheets.policies(desk, sheets.policy_names(desk)), form, f"Policies and their levers: {opened.title}")
