"""``equipoise studio``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from equipoise.cli.commands.shared import DEFAULT, CaseArgument, Draws, app
from equipoise.cli.output import tell
from equipoise.errors import InputError


@app.command()
def studio(
    case: CaseArgument = DEFAULT,
    host: Annotated[
        str, typer.Option(help="Address to listen on; any but this machine's own needs --token.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8765,
    token: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[NAME=]SECRET", help="Who has it may enter; with names, each is a user. May be repeated."
        ),
    ] = None,
    data: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Where sessions are kept; your data folder if left out.")
    ] = None,
    root_path: Annotated[str, typer.Option(metavar="/PATH", help="Path below which a reverse proxy serves it.")] = "",
    open_: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
    warm: Annotated[bool, typer.Option(help="Make the first answers before anybody asks for them.")] = True,
    draws: Draws = None,
) -> None:
    """Open the studio: the map, every room, and the API below /api. It asks nothing of any other host.

    \b
    Examples:
      equipoise studio --open
      equipoise studio --port 9000 --data sessions/
      equipoise studio --host 0.0.0.0 --token "$SECRET"
      equipoise studio --host 0.0.0.0 --token anna=$A --token bolat=$B
    """
    try:
        import nicegui  # noqa: F401
    except ModuleNotFoundError:
        raise InputError(
            "studio", found="its packages are not installed", allowed="the extra `studio`",
            remedy="`make studio`, or pip install 'equipoise[studio]'",
        ) from None  # fmt: skip
    from equipoise.cli.serving import serve
    from equipoise.workbench import Workbench
    from equipoise.workbench.guard import tokens_of

    tokens = tokens_of(token or [])
    if data is None:
        from platformdirs import user_data_path

        data = user_data_path("equipoise")
    address = f"http://{'localhost' if host in ('127.0.0.1', '0.0.0.0', '::') else host}:{port}{root_path}/"  # noqa: S104
    bench = Workbench(case, data, draws=draws)
    tell(f"The studio is at {address} (Ctrl-C stops it); sessions are kept in {data}.")
    if open_:
        typer.launch(address)
    serve(bench, host, port, tokens, root_path, warm=warm)
