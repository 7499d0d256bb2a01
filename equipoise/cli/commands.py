"""The commands: options in, facts out. What they show is arranged in ``sheets``, how in ``output``."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from equipoise.cli.output import Form, console, deliver, progress, tell, write_text
from equipoise.errors import CaseError, EquipoiseError, InputError

if TYPE_CHECKING:
    from equipoise.case import Case
    from equipoise.ledger import Trace

__all__ = ["main"]

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, no_args_is_help=True)

CASE = "Name of a bundled case, or folder of one's own."
CaseArgument = Annotated[str, typer.Argument(help=CASE, metavar="[CASE]")]
Json = Annotated[bool, typer.Option("--json", help="The facts as JSON.")]
Csv = Annotated[bool, typer.Option("--csv", help="The facts as CSV.")]
Output = Annotated[
    Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write there; .json or .csv decides the form.")
]
Draws = Annotated[int | None, typer.Option(min=0, help="Redraws for the bands; 0 leaves them out.")]
Seed = Annotated[int, typer.Option(help="Same seed, same figures.")]

DEFAULT = "kazakhstan"


@app.callback(invoke_without_command=True)
def equipoise(version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False) -> None:
    """How exposed a state is to each power, and what it would cost if one walked away.

    \b
    Start with:
      equipoise brief --open        the whole story as a page
      equipoise exposure            who holds what, in five readings
      equipoise withdraw --by RUS   what one power could cost
      equipoise trace FACT          where a figure comes from
    """
    if version:
        from importlib.metadata import version as installed

        typer.echo(f"equipoise {installed('equipoise')}")
        raise typer.Exit


@app.command()
def brief(
    case: CaseArgument = DEFAULT,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Where to; .html or .pdf.")
    ] = None,
    open_: Annotated[bool, typer.Option("--open", help="Open it when it is written.")] = False,
    draws: Draws = None,
    seed: Seed = 1,
) -> None:
    """Write the brief: a sourced report with map, bands and notes, as HTML or PDF.

    \b
    Examples:
      equipoise brief                          brief-kazakhstan.html in this folder
      equipoise brief --open                   and open it in the browser
      equipoise brief -o report.pdf            on paper
      equipoise brief mystate/ -o out.html     of a case of one's own
    """
    from equipoise.brief import write

    target = output or Path(f"brief-{Path(case).name or DEFAULT}.html")
    if target.suffix.lower() not in (".html", ".pdf"):
        raise InputError("-o", found=str(target), allowed="a name that ends in .html or .pdf")
    written = write(_known(case, "income", draws, seed), target)
    tell(f"Written to {written} ({written.stat().st_size / 1e6:.1f} MB).")
    if open_:
        typer.launch(str(written.resolve()))


@app.command()
def exposure(
    case: CaseArgument = DEFAULT,
    channel: Annotated[str, typer.Option(help="One channel in full: oil, coal, goods_exports, arms, ...")] = "",
    year: Annotated[str, typer.Option(help="Year of the shares of that channel; the latest of each if left out.")] = "",
    state: Annotated[str, typer.Option(help="Another state of the case, as far as the data hold: UZB, ...")] = "",
    json: Json = False,
    csv: Csv = False,
    output: Output = None,
) -> None:
    """How exposed: by buyer, by territory, by ownership, by operator, by jurisdiction, side by side.

    \b
    Examples:
      equipoise exposure                       all channels, the largest holder of each
      equipoise exposure --channel oil         every holder, every reading, year by year
      equipoise exposure --channel goods_imports --year 2023
      equipoise exposure --state UZB           what the data hold of a neighbour
      equipoise exposure --csv -o exposure.csv
    """
    from equipoise.brief.desk import Desk
    from equipoise.cli import sheets

    form = Form(json, csv, output)
    if state:
        from equipoise.exposure import derive

        opened = _open(case)
        desk = Desk(opened.add(derive(opened, state=state)))
        deliver(desk, sheets.other_state(desk, state), form, f"{opened.name(state)}: what the data hold")
        return
    desk = Desk(_known(case, "withdrawal" if not channel else "exposure", None, 1))
    if channel:
        held = sheets.years_by_channel(desk)
        if channel not in held:
            raise InputError("--channel", found=channel, allowed=", ".join(sorted(held)))
        if year and year not in held[channel]:
            raise InputError("--year", found=year, allowed=f"{', '.join(sorted(held[channel]))} for {channel}")
    elif year:
        raise InputError("--year", found=f"{year} without --channel", allowed="the year of one channel")
    blocks = sheets.exposure(desk, channel, year)
    deliver(desk, blocks, form, f"Exposure: {desk.case.title}")


@app.command()
def corridors(
    case: CaseArgument = DEFAULT,
    commodity: Annotated[str, typer.Option(help="oil, containers, uranium, coal, grain, gas; or all.")] = "oil",
    year: Annotated[str, typer.Option(help="Year of the network; its last if left out.")] = "",
    without: Annotated[
        str, typer.Option(metavar="POWER", help="Show what is left when this power has withdrawn.")
    ] = "",
    json: Json = False,
    csv: Csv = False,
    output: Output = None,
) -> None:
    """The routes: flow against capacity, modelled against observed, bottlenecks, cuts, and what is left of a bypass.

    \b
    Examples:
      equipoise corridors
      equipoise corridors --year 2022
      equipoise corridors --commodity containers
      equipoise corridors --without AZE --json
    """
    from equipoise.brief.desk import Desk
    from equipoise.cli import sheets

    desk = Desk(_known(case, "withdrawal", None, 1))
    networks = [name for name, row in desk.layout.commodities.items() if row["base_year"] and _solved(desk, name)]
    wanted = (
        networks
        if commodity == "all"
        else [commodity if commodity != "oil" or "oil" in networks else networks[0]]
        if networks
        else []
    )
    if not set(wanted) <= set(networks) or not networks:
        raise InputError("--commodity", found=commodity, allowed=", ".join([*networks, "all"]))
    if without and without not in desk.case.powers:
        raise InputError("--without", found=without, allowed=", ".join(desk.case.powers))
    for name in wanted:
        years = _solved(desk, name)
        if year and year not in years:
            raise InputError("--year", found=year, allowed=f"{', '.join(years)} for {name}")
    blocks = [block for name in wanted for block in sheets.corridors(desk, name, year, without)]
    deliver(desk, blocks, Form(json, csv, output), f"Corridors: {desk.case.title}")


def _solved(desk: Any, commodity: str) -> list[str]:
    """Years for which the network of a commodity was solved."""
    quantity = desk.layout.commodities[commodity]["quantity"]
    rows = desk.notes.rows(f"modelled_export_{quantity}", item=f"{commodity}.contract")
    return sorted(str(row["period"]) for row in rows)


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

    opened = _open(case)
    if home and home != opened.home:
        from equipoise.income import market_case

        opened = market_case(opened, home, _names(powers))
    elif powers:
        opened = opened.with_powers(_names(powers))
    desk = Desk(_run(opened, "income", draws, seed))
    when = horizon or desk.horizon
    if when not in desk.horizons:
        raise InputError("--horizon", found=when, allowed=", ".join(desk.horizons))
    if by:
        members = _names(by)
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


def _names(text: str) -> list[str]:
    return list(dict.fromkeys(part.strip() for part in text.replace("+", ",").split(",") if part.strip()))


@app.command()
def trace(
    fact: Annotated[
        list[str], typer.Argument(metavar="[CASE] FACT", help="A fact: measure:subject>object/item@period")
    ],
    depth: Annotated[int, typer.Option(min=1, help="How far down.")] = 6,
    width: Annotated[int, typer.Option(min=1, help="Parents shown of each fact, those that weigh most.")] = 6,
    json: Json = False,
    output: Output = None,
) -> None:
    """Follow a fact back to its sources, as a tree.

    \b
    Examples:
      equipoise trace gdp:KAZ@2025
      equipoise trace 'oil_share_by_definition:KAZ>RUS/territory@2025'
      equipoise trace 'withdrawal_loss:KAZ>RUS@2025+1y' --width 3
      equipoise trace mystate/ 'gdp:XXX@2025'
    """
    if len(fact) > 2:
        raise InputError(
            "trace",
            found=f"{len(fact)} arguments",
            allowed="a fact, or a case and a fact",
            remedy="quote the fact: it may hold > and spaces",
        )
    name, wanted = (fact[0], fact[1]) if len(fact) == 2 else (DEFAULT, fact[0])
    opened = _open(name)
    from equipoise.ledger import parse_id
    from equipoise.study import stage_of

    stage = stage_of(parse_id(wanted)["measure"])
    known = _run(opened, stage, None, 1) if stage else opened
    trees = known.trace(wanted, depth=depth, width=width)
    if Form(json, False, output).kind == "json":
        import json as writer
        from dataclasses import asdict

        write_text(writer.dumps([asdict(tree) for tree in trees], ensure_ascii=False, indent=1) + "\n", output)
    else:
        _print_trees(known, trees)
    tell(
        f"{len(trees)} fact{'s' * (len(trees) != 1)} traced, {'written to ' + str(output) if output else 'printed above'}."
    )


def _print_trees(case: Case, trees: Sequence[Trace]) -> None:
    from equipoise.cli.trees import as_tree

    screen = console()
    for tree in trees:
        screen.print(as_tree(case, tree))


@app.command()
def check(
    path: Annotated[
        str, typer.Argument(help="Folder of a case, or the name of a bundled one.", metavar="[PATH]")
    ] = DEFAULT,
    measures: Annotated[
        bool, typer.Option("--measures", help="Print every measure with its unit and meaning instead.")
    ] = False,
    json: Json = False,
) -> None:
    """Say everything that is wrong with a case, all at once: file, row, what was found, what is allowed, what to do.

    \b
    Examples:
      equipoise check mystate/
      equipoise check --measures
      equipoise check mystate/ --json
    """
    from equipoise.cli import checking

    if measures:
        checking.print_measures(json=json)
        return
    if not checking.print_check(path, json=json):
        raise typer.Exit(1)


@app.command()
def new(
    path: Annotated[Path, typer.Argument(help="Folder to create.")],
    home: Annotated[str, typer.Option(help="The state, by its ISO 3166-1 alpha-3 code.")] = "XXX",
    title: Annotated[str, typer.Option(help="What the case is called.")] = "",
    year: Annotated[int, typer.Option(min=1900, max=2200, help="The year that the facts reach to.")] = 2025,
) -> None:
    """Begin a case of one's own: every table with its header, ready to be filled, and it passes the check.

    \b
    Examples:
      equipoise new mystate --home UZB --title "Uzbekistan between its neighbours"
      equipoise check mystate
    """
    from equipoise.case import new_case

    made = new_case(path, home=home, title=title, year=year)
    tell(f"Case begun in {made}. Fill register/ and facts/, then: equipoise check {made}")


def _open(case: str) -> Case:
    from equipoise.case import open_case

    return open_case(case)


def _known(case: str, until: str, draws: int | None, seed: int) -> Case:
    return _run(_open(case), until, draws, seed)


def _run(case: Case, until: str, draws: int | None, seed: int) -> Case:
    """Run the stages with a progress bar, on every core."""
    from equipoise.study import run

    with progress() as show:
        return run(case, until=until, draws=draws, seed=seed, workers=os.cpu_count() or 1, progress=show)


def main() -> None:
    """Run a command. An error is one clear message and an exit status, never a traceback."""
    gc.set_threshold(200_000)  # a command lives a second or so: sweeping rarely is a fifth quicker and no larger
    try:
        app()
    except CaseError as error:
        from equipoise.cli import checking

        checking.print_faults(error.case, error.faults)
        sys.exit(1)
    except EquipoiseError as error:
        _fail(str(error))
    except KeyboardInterrupt:
        _fail("Stopped. Nothing was written half.", status=130)
    except BrokenPipeError:  # the reader has gone: `equipoise … | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        _fail(
            f"{error.filename or 'The system'}: {error.strerror or error}. Check the path, the space left and the permissions."
        )

    except Exception as error:
        if os.environ.get("EQUIPOISE_DEBUG"):
            raise
        kind = type(error).__name__
        _fail(
            f"a defect of the program, not of your input: {kind}: {error}. Please report it with the command that you gave; "
            "EQUIPOISE_DEBUG=1 shows where it happened.",
            status=70,
        )


def _fail(message: str, status: int = 2) -> None:
    console(stderr=True).print(f"equipoise: {message}", style="bold red", markup=False, soft_wrap=True)
    sys.exit(status)
