"""``equipoise policies``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from equipoise.cli.commands.shared import DEFAULT, CaseArgument, Csv, Json, Output, Seed, app, case_named, studied
from equipoise.cli.output import Form, deliver, progress, write_text
from equipoise.errors import InputError

if TYPE_CHECKING:
    from equipoise.case import Case

POLICY = "Policies of the case, or levers joined by +, divided by commas."
PolicyOption = Annotated[str, typer.Option(metavar="ID[,ID]", help=POLICY)]


@app.command()
def policies(
    case: CaseArgument = DEFAULT,
    policy: PolicyOption = "",
    advice: Annotated[bool, typer.Option("--advice", help="What each lever is worth in futures.")] = False,
    search: Annotated[
        bool, typer.Option("--search", help="Policies that no other beats, among all intensities.")
    ] = False,
    levers: Annotated[bool, typer.Option("--levers", help="What each lever moves, or why it moves no loss.")] = False,
    futures: Annotated[
        int | None, typer.Option("-n", "--futures", help="How many futures: 200 for advice, 32 for a search.")
    ] = None,
    generations: Annotated[int, typer.Option(help="Generations of a search.")] = 20,
    population: Annotated[int, typer.Option(help="Policies of a generation.")] = 32,
    seeds: Annotated[int, typer.Option(help="Times that a search is begun anew.")] = 3,
    seed: Seed = 1,
    json: Json = False,
    csv: Csv = False,
    output: Output = None,
) -> None:
    """What each policy is made of, what it costs and moves, whom it provokes; and every lever of the case.

    With --advice: what each lever is worth in futures, at what price, and what would change that. With --levers: what each moves,
    and why it moves no loss. With --search: policies that no other beats.

    \b
    Examples:
      equipoise policies
      equipoise policies --policy balanced
      equipoise policies --policy eskene_kuryk@2031+trans_caspian_pipeline=0.5
      equipoise policies --advice
      equipoise policies --levers --csv -o levers.csv
      equipoise policies --search --generations 10
      equipoise policies --csv -o policies.csv
    """
    from equipoise.brief.advice import recommendations
    from equipoise.brief.desk import Desk
    from equipoise.cli.sheets import levers as moving
    from equipoise.cli.sheets import policies as sheets
    from equipoise.cli.sheets.search import search as beaten_by_none
    from equipoise.futures import policies as told

    opened, form = case_named(case), Form(json, csv, output)
    if advice + search + levers > 1:
        raise InputError("--advice, --levers and --search", found="more than one", allowed="one of them")
    if not (advice or search or levers):
        desk = Desk(opened.add(told(opened, policy=policy)))
        blocks, what = sheets.policies(desk, sheets.policy_names(desk)), "Policies and their levers"
    elif policy:
        raise InputError(
            "--policy", found=policy, allowed="without --advice, --levers and --search: they try every lever"
        )
    elif futures is not None and futures < 1:
        raise InputError("-n", found=futures, allowed="1 or more futures")
    elif levers:
        desk = Desk(_advised(opened, futures, seed))
        if form.kind != "table":
            write_text((moving.as_json if form.kind == "json" else moving.as_csv)(desk), output)
            return
        blocks, what = moving.levers(desk), "What each lever moves"
    elif advice:
        desk = Desk(_advised(opened, futures, seed))
        blocks, what = recommendations(desk), "Every lever with and without it in the same futures"
    else:
        desk = Desk(_searched(opened, futures or 32, generations, population, seeds, seed))
        blocks, what = beaten_by_none(desk), "Policies that no other beats"
    deliver(desk, blocks, form, f"{what}: {opened.title}")


def _advised(case: Case, futures: int | None, seed: int) -> Case:
    """The case knowing what each lever is worth."""
    from equipoise.futures.advice import FUTURES, derive

    known = studied(case, "advice", 0, seed, lean=True, itself=False)
    with progress() as show:
        return known.add(derive(known, draws=futures or FUTURES, seed=seed, workers=os.cpu_count() or 1, progress=show))


def _searched(case: Case, futures: int, generations: int, population: int, seeds: int, seed: int) -> Case:
    """The case knowing what a search found."""
    from equipoise.futures.search import ready, search

    ready()  # what is not installed is said before anything is solved
    known = studied(case, "advice", 0, seed, lean=True, itself=False)
    with progress() as show:
        found = search(
            known,
            futures=futures,
            generations=generations,
            population=population,
            seeds=seeds,
            seed=seed,
            progress=show,
        )
    return known.add(found)
