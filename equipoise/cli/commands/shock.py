"""``equipoise shock``."""

from __future__ import annotations

from dataclasses import replace
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
)
from equipoise.cli.output import Form, deliver, progress
from equipoise.errors import InputError

if TYPE_CHECKING:
    from equipoise.case import Case
    from equipoise.outage import Outage

DRAWS = 500


@app.command()
def shock(
    case: CaseArgument = DEFAULT,
    close: Annotated[
        list[str] | None,
        typer.Option(
            metavar="LINK[=SHARE][@FROM-TO]", help="What closes, how far (1 if left out), on which days; repeat it."
        ),
    ] = None,
    days: Annotated[int | None, typer.Option(help="How long, in days.")] = None,
    episodes: Annotated[bool, typer.Option("--episodes", help="Replay the episodes of the record instead.")] = False,
    reading: Annotated[str, typer.Option(help="Limits that bind: contract or technical.")] = "contract",
    year: Annotated[int, typer.Option(help="Year of the network; its last if left out.")] = 0,
    month: Annotated[int, typer.Option(help="Month of the first day (1-12), for seasonal capacity.")] = 0,
    lag: Annotated[
        float | None, typer.Option(help="Days until bypasses are ready; the case's own if left out.")
    ] = None,
    weekly: Annotated[bool, typer.Option("--weekly", help="A series of weeks instead of days.")] = False,
    draws: Draws = None,
    seed: Seed = 1,
    json: Json = False,
    csv: Csv = False,
    output: Output = None,
) -> None:
    """An outage in time: what is lost, late and rerouted when links close for a while, day by day.

    \b
    Examples:
      equipoise shock                                       the standing outage of the case
      equipoise shock --close cpc_spm=0.67 --days 57
      equipoise shock --close cpc_spm=0.67 --close cpc_spm=1@10-14 --close uas_rus@20-40 --days 57
      equipoise shock --close cpc_spm --days 14 --reading technical --json
      equipoise shock --episodes                            what the record makes of it
    """
    from equipoise.brief.desk import Desk
    from equipoise.cli.sheets import outage as sheets
    from equipoise.outage import derive, outage_of, outages_of

    opened = case_named(case)
    if lag is not None:
        opened = _with_lag(opened, lag)
    if episodes:
        if close or days is not None:
            raise InputError("--episodes", found="with --close or --days", allowed="alone: it replays the record")
        wanted = [outage for outage in outages_of(opened) if outage.role != "standing"]
        if not wanted:
            raise InputError("--episodes", found="none", allowed="a case whose table of outages holds replays")
    elif close:
        if days is None:
            raise InputError("--days", found="nothing", allowed="how long the outage lasts, in days")
        wanted = [outage_of(opened, close, days, year=year, reading=reading, month=month)]
    else:
        wanted = _standing(opened, days, reading, month)
    number = DRAWS if draws is None else draws
    with progress() as show:
        facts = derive(opened, draws=number, seed=seed, progress=show, outages=wanted, step=7 if weekly else 1)
    if not episodes:  # what the record says of the same links, at settled inputs
        links = {link for outage in wanted for link in outage.links}
        known = [other for other in outages_of(opened) if other.role != "standing" and links & set(other.links)]
        record = derive(opened, draws=0, seed=seed, outages=known)
        opened = opened.add(facts, record)
    else:
        opened = opened.add(facts)
    desk = Desk(opened)
    blocks = sheets.episodes(desk) if episodes else sheets.shock(desk, wanted)
    title = "Episodes replayed" if episodes else "Shock"
    deliver(desk, blocks, Form(json, csv, output), f"{title}: {opened.title}")


def _standing(case: Case, days: int | None, reading: str, month: int) -> list[Outage]:
    """The standing outages of the case, as they are or with other days, limits or season."""
    from equipoise.outage import outage_of, outages_of

    found = [outage for outage in outages_of(case) if outage.role == "standing"]
    if not found:
        raise InputError("--close", found="nothing", allowed="LINK[=SHARE][@FROM-TO]: the case has no standing outage")
    again = []
    for outage in found:
        length = outage.days if days is None else days
        texts = [str(replace(w, last=min(w.last, length) if w.last < outage.days else length)) for w in outage.windows]
        again.append(
            outage_of(case, texts, length, id=outage.id, year=outage.year, reading=reading, month=month or outage.month)
        )
    return again


def _with_lag(case: Case, days: float) -> Case:
    """The case with another time until bypasses are ready, as its user says."""
    from equipoise.ledger import Ledger

    if not 0 <= days <= 3650:
        raise InputError("--lag", found=days, allowed="0 to 3650 days")
    rows = case.view("bypass_lag").rows(named=True)
    names = [row["item"] for row in rows] or list(case.table("commodities")["commodity"])
    said = {
        "measure": "bypass_lag",
        "subject": case.home,
        "period": "static",
        "value": days,
        "kind": "assumed",
        "basis": "given by --lag",
    }
    return case.replace(Ledger.of([{**said, "item": name} for name in names]))
