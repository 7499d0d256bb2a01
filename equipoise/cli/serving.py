"""The server: the workbench, its two views, and the guard before them."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING

from equipoise.errors import InputError

if TYPE_CHECKING:
    from equipoise.workbench import Workbench
    from equipoise.workbench.guard import Guard

__all__ = ["LOOPBACK", "application", "serve"]

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def application(bench: Workbench, tokens: Mapping[str, str], *, page: bool = True, warm: bool = False) -> Guard:
    """The whole server as an ASGI application; without ``page`` the API alone; ``warm`` draws the rooms before
    anybody opens them."""
    from fastapi import FastAPI

    from equipoise import api
    from equipoise.workbench.guard import Guard

    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.mount("/api", api.create(bench))
    if page:
        from equipoise import studio

        studio.attach(app, bench, warm=warm)
    return Guard(app, tokens)


def serve(
    bench: Workbench, host: str, port: int, tokens: Mapping[str, str], root_path: str, *, warm: bool = True
) -> None:
    """Serve until stopped; ``warm`` makes the first answers before anybody asks.

    Raises
    ------
    InputError
        The address is not this machine's own and there is no token, or the port is taken.
    """
    import socket

    import uvicorn

    if host not in LOOPBACK and not tokens:
        raise InputError("--host", found=f"{host} without --token", allowed="127.0.0.1, or any address with a token",
                         remedy="give --token, a long secret that whoever may enter is told")  # fmt: skip
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError as error:
            raise InputError(
                "--port",
                found=f"{port}: {error.strerror}",
                allowed="a free port of this machine",
                remedy="--port takes another",
            ) from None
    threading.Thread(target=bench.begin, kwargs={"warm": warm}, name="first-answers", daemon=True).start()
    try:
        uvicorn.run(
            application(bench, tokens, warm=warm), host=host, port=port, root_path=root_path, log_level="warning",
            proxy_headers=bool(tokens), forwarded_allow_ips="127.0.0.1", ws_max_size=1_000_000, timeout_graceful_shutdown=2,
            server_header=False,
        )  # fmt: skip
    finally:
        bench.close()
