"""``equipoise futures``."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from equipoise.cli.commands.policies import PolicyOption
from equipoise.cli.commands.shared import DEFAULT, CaseArgument, Csv, Json, Output, Seed, app, case_named, studied
from equipoise.cli.output import Form, deliver, progress, tell


@app.command()
def futures(
    case: CaseArgument = DEFAULT,
    futures: Annotated[
        int, typer.Option("-n", "--futures", help="How many futures; below 100 no box is sought.")
    ] = 200,
    policy: PolicyOption = "",
    until: Annotated[int, typer.Option(metavar="YEAR", help="Last year that is lived through.")] = 2040,
    tolerate: Annotated[
        float | None,
        typer.Option(metavar="PERCENT", help="Largest loss of real income to one power that is tolerable."),
    ] = None,
    seed: Seed = 1,
    into: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", help="Keep every future there as it is lived; the same command goes on after a stop."
        ),
    ] = None,
    chunk: Annotated[int | None, typer.Option(metavar="N", help="Futures lived through at once.")] = None,
    cluster: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Scheduler of dask whose workers live them through.")
    ] = "",
    iamc: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the outcomes there as an IAMC table, .csv or .parquet.")
    ] = None,
    each: Annotated[bool, typer.Option("--each", help="In that table every future, not quantiles of them.")] = False,
    json: Json = False,
    csv: Csv = False,
    output: Output = None,
) -> None:
    """Which policies stay tolerable in which futures, what breaks each, and at what price. No future is a forecast.

    \b
    Examples:
      equipoise futures -n 1000
      equipoise futures --policy western_tilt,eastern_tilt,balanced
      equipoise futures --policy kenkiyak_lines --until 2035
      equipoise futures --tolerate 15 --csv -o futures.csv
      equipoise futures -n 100000 --policy balanced --into runs
      equipoise futures -n 100000 --into runs --cluster tcp://127.0.0.1:8786
      equipoise futures --iamc futures.csv
    """
    from equipoise.brief.desk import Desk
    from equipoise.cli.sheets import futures as sheets
    from equipoise.cli.sheets.policies import policy_names
    from equipoise.errors import InputError
    from equipoise.futures import Levers, named, outlay
    from equipoise.futures import futures as lived
    from equipoise.futures.iamc import export, form_of
    from equipoise.futures.store import read

    if futures < 1:
        raise InputError("-n", found=futures, allowed="1 or more futures")
    if chunk is not None and chunk < 1:
        raise InputError("--chunk", found=chunk, allowed="1 future or more")
    if iamc:
        form_of(iamc)
    if each and not iamc:
        raise InputError("--each", found="no --iamc", allowed="with --iamc FILE")
    opened, form = case_named(case), Form(json, csv, output)
    chosen = named(opened, Levers(opened.settle()), policy)  # what cannot be is said before anything is solved
    known = studied(opened, "advice", 0, seed, lean=True, itself=False)
    with TemporaryDirectory(prefix="equipoise-") as passing:
        kept = into or (Path(passing) / "lives" if iamc else None)
        with progress() as show:
            found = lived(
                known, futures=futures, policy=policy, until=until, tolerate=tolerate, seed=seed,
                workers=os.cpu_count() or 1, cluster=cluster, into=kept, chunk=chunk, progress=show, tell=tell,
            )  # fmt: skip
        if into:
            tell(f"{futures:,} futures, kept in {into}.")
        if iamc and kept:
            tell(f"{export(known, read(kept), iamc, each=each):,} rows of the IAMC table, written to {iamc}.")
    desk = Desk(known.add(outlay(opened.settle(), chosen)).add(found))
    names = policy_names(desk)
    deliver(desk, sheets.futures(desk, names), form, f"{futures:,} futures to {until}: {opened.title}")
