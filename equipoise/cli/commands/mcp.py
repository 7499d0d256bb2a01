"""``equipoise mcp``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from equipoise.cli.commands.shared import DEFAULT, CaseArgument, Draws, app
from equipoise.cli.output import tell
from equipoise.errors import InputError


@app.command()
def mcp(
    case: CaseArgument = DEFAULT,
    cases: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            exists=True,
            file_okay=False,
            help="Folder below which assistants may have cases checked; none if left out.",
        ),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Where results are kept; the studio's data folder if left out."),
    ] = None,
    study: Annotated[
        bool, typer.Option(help="Study the case meanwhile, so that its findings can be asked for.")
    ] = True,
    draws: Draws = None,
) -> None:
    """Serve assistants over the Model Context Protocol, on standard input and output: facts with their sources, traces, what-ifs.

    \b
    Examples:
      equipoise mcp
      equipoise mcp mystate/ --cases .
    """
    try:
        import mcp.server  # noqa: F401
    except ModuleNotFoundError:
        raise InputError(
            "mcp", found="its packages are not installed", allowed="the extra `mcp`",
            remedy="pip install 'equipoise[mcp]'",
        ) from None  # fmt: skip
    import asyncio
    import os
    import signal
    import threading

    from equipoise.assistant import serve
    from equipoise.workbench import Workbench

    if data is None:
        from platformdirs import user_data_path

        data = user_data_path("equipoise")
    bench = Workbench(case, data, draws=draws)

    def stop(number: int, _: object) -> None:
        bench.close()
        os._exit(128 + number)  # the thread that waits for standard input cannot be woken

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    if study:
        threading.Thread(target=bench.begin, kwargs={"warm": False}, name="study", daemon=True).start()
    tell("Assistants are served on standard input and output; Ctrl-C stops it.")
    try:
        asyncio.run(serve(bench, cases))
    finally:
        bench.close()
