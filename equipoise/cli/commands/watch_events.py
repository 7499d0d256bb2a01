"""``equipoise watch events`` and ``equipoise watch record``."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from equipoise.cli.commands.shared import DEFAULT, CaseArgument, Csv, Json, Output, Seed, case_named, names
from equipoise.cli.commands.watch import watch
from equipoise.cli.output import Form, deliver
from equipoise.errors import InputError

if TYPE_CHECKING:
    from equipoise.watch.events import EventPanel

Folder = Annotated[
    Path | None,
    typer.Option(
        "--record", metavar="FOLDER", help="Where the record lies; EQUIPOISE_RECORD or the user's data folder."
    ),
]
ENDINGS = (".csv", ".tsv", ".txt", ".parquet")


@watch.command("events")
def events(
    what: Annotated[
        list[str] | None, typer.Argument(metavar="[CASE|FILES]", help="A case, or tables of events of one's own.")
    ] = None,
    of: Annotated[
        str, typer.Option("--case", help="With files: the case whose names and episodes are known.")
    ] = DEFAULT,
    since: Annotated[str, typer.Option(metavar="DAY", help="Alarms raised on this day or after, as 2022-01-01.")] = "",
    pairs: Annotated[str, typer.Option(metavar="STATES", help="Pairs with these states only, as RUS,CHN.")] = "",
    years: Annotated[float, typer.Option(help="Years in which a pair may give one false alarm.")] = 5.0,
    seed: Seed = 1,
    record: Folder = None,
    entering: Annotated[bool, typer.Option("--keep/--no-keep", help="Enter the open claims into the record.")] = True,
    json: Json = False,
    csv: Csv = False,
    output: Output = None,
) -> None:
    """What events between states say: how often alarms are false, how claims did, and only then what was raised.

    \b
    Examples:
      equipoise watch events                                the panel of the bundled case
      equipoise watch events --since 2022-01-01 --pairs RUS
      equipoise watch events gdelt.csv --years 10           a table of one's own: date, source, target, score | class | code
      equipoise watch events --no-keep --json
      equipoise watch record                                what was claimed before, and what came of it
    """
    from equipoise.brief.desk import Desk
    from equipoise.cli.sheets import watch_events as sheets
    from equipoise.watch.events import (
        claims,
        derive_around,
        derive_panel,
        derive_record,
        home_panel,
        keep,
        read_events,
        watch_panel,
    )
    from equipoise.watch.record import record_path, standing

    first, given = _day(since), what or [DEFAULT]
    files = [Path(name) for name in given if _is_file(name)]
    if len(files) < len(given) and (files or len(given) > 1):
        raise InputError("case or files", found=", ".join(given), allowed="one case, or files alone")
    case = case_named(of if files else given[0])
    panel = read_events(files) if files else home_panel(case)
    partners = _known(panel, names(pairs))
    watching = watch_panel(panel, years=years, seed=seed)
    made = claims(watching)
    found = [derive_panel(case, panel, watching=watching, seed=seed), *([] if files else [derive_around(case)])]
    path = record_path(record)
    remarks: list[str] = []
    if entering:
        new = keep(watching, made, path, date.today(), seed=seed)
        if new.entered or new.settled:
            remarks.append(f"New in the record: {new.entered} claims entered, {new.settled} settled.")
        if new.strange:
            remarks.append(f"{new.strange} open claims are due, but about other series than these: they stay open.")
    held = standing(path)
    desk = Desk(case.add(*found, derive_record(held, case.home, seed=seed)))
    kept = sheets.record(desk, held, path, whole=False, remarks=remarks)
    blocks = sheets.watch_events(desk, kept=kept, since=first, partners=partners)
    title = " ".join(file.name for file in files) or case.title
    deliver(desk, blocks, Form(json, csv, output), f"Watch over events: {title}")


@watch.command("record")
def record(
    case: CaseArgument = DEFAULT,
    settle: Annotated[
        str, typer.Option(metavar="CLAIM=yes|no|void", help="Settle a claim that no data will settle.")
    ] = "",
    by: Annotated[str, typer.Option(metavar="SOURCE", help="Who says what came of it.")] = "",
    record: Folder = None,
    json: Json = False,
    csv: Csv = False,
    output: Output = None,
) -> None:
    """What the watch claimed before it came, and what came of it: the bad with the good.

    \b
    Examples:
      equipoise watch record
      equipoise watch record --settle 3f2a91c07be4=no --by "GDELT, 2 May 2024"
    """
    from equipoise.brief.desk import Desk
    from equipoise.cli.sheets import watch_events as sheets
    from equipoise.watch.events import derive_record
    from equipoise.watch.record import record_path, settle_by_hand, standing

    path = record_path(record)
    if settle:
        claim, _, word = settle.partition("=")
        words = {"yes": True, "no": False, "void": None}
        if word not in words:
            raise InputError("--settle", found=settle, allowed="CLAIM=yes, CLAIM=no or CLAIM=void")
        settle_by_hand(path, claim, words[word], by, date.today())
    opened = case_named(case)
    held = standing(path)
    desk = Desk(opened.add(derive_record(held, opened.home)))
    deliver(desk, sheets.record(desk, held, path, whole=True), Form(json, csv, output), "Record of the watch")


def _known(panel: EventPanel, states: list[str]) -> list[str]:
    """States that the panel knows: what is asked of others would be an empty answer."""
    held = sorted({end for key in panel.values for end in key[:2]})
    strange = [state for state in states if state not in held]
    if strange:
        raise InputError("--pairs", found=", ".join(strange), allowed=", ".join(held))
    return states


def _is_file(name: str) -> bool:
    return Path(name).suffix.lower() in ENDINGS or Path(name).is_file()


def _day(text: str) -> str:
    if not text:
        return ""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise InputError("--since", found=text, allowed="a day, as 2022-01-01") from None
