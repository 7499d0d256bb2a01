"""The studio: the web page. Flip a switch, watch the region answer; everything shown is a fact, and none is computed here.

It ships everything it needs and asks nothing of any other host.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

from fastapi import FastAPI, Request, Response
from nicegui import ui

from equipoise.errors import EquipoiseError
from equipoise.studio import screen
from equipoise.studio.labels import LANGUAGES
from equipoise.studio.page import Page
from equipoise.studio.rooms import ROOMS
from equipoise.studio.saving import saved
from equipoise.studio.scene import land
from equipoise.studio.sitting import Sitting
from equipoise.workbench import Workbench

__all__ = ["attach"]

_ASSETS = {"studio.css": "text/css; charset=utf-8", "studio.js": "text/javascript; charset=utf-8"}
_FOREVER = {"cache-control": "public, max-age=86400"}
_MARK = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="-2 -6 36 32" fill="none" stroke="#1f5c63" stroke-width="2" '
    'stroke-linecap="round"><path d="M16 2v15M4 6h24M10 17h12"/><path fill="#1f5c63" '
    'd="M1 12a3.2 3.2 0 0 0 6 0zM25 12a3.2 3.2 0 0 0 6 0z"/></svg>'
)


def attach(app: FastAPI, bench: Workbench, *, warm: bool = False) -> None:
    """Put the page on an application; once a process, for the page's framework knows one application only. ``warm`` draws the
    rooms before anybody opens them."""

    @app.get("/studio/land.json")
    async def shapes() -> Response:
        return Response(land(), media_type="application/json", headers=_FOREVER)

    @app.get("/studio/{name}")
    async def asset(name: str) -> Response:
        if name not in _ASSETS:
            return Response("not there", 404, media_type="text/plain")
        return Response(_read(name), media_type=_ASSETS[name], headers=_FOREVER)

    @app.get("/case.zip")
    async def case(request: Request) -> Response:
        return await _packed(bench, request)

    @app.get("/save/{room}/{name}")
    async def save(request: Request, room: str, name: str) -> Response:
        return await _answer(bench, request, room, name)

    @app.get("/save/{name}")
    async def save_screen(request: Request, name: str) -> Response:
        return await _answer(bench, request, request.query_params.get("room", "map"), name)

    if warm:
        threading.Thread(target=_warm, args=(bench,), name="rooms", daemon=True).start()
    ui.page("/", title="equipoise", favicon=_MARK, response_timeout=30.0)(_page(bench))
    ui.run_with(
        app, title="equipoise", tailwind=False, show_welcome_message=False, reconnect_timeout=30.0, favicon=_MARK
    )


def _warm(bench: Workbench) -> None:
    """Draw the rooms before anybody opens them, once the study is there."""
    while bench.known() is None:
        if bench.closed.wait(2.0):
            return
    reader = Sitting(bench, "", {}, "en")
    for name in ROOMS:
        if not bench.closed.is_set():
            screen.room_of(bench, name, reader)


def _page(bench: Workbench) -> Callable[[Request], object]:
    """What builds the page for one tab."""
    head = (
        f'<link rel="stylesheet" href="studio/studio.css?{_age("studio.css")}">'
        f'<script defer src="studio/studio.js?{_age("studio.js")}"></script>'
    )

    async def page(request: Request) -> None:
        ui.add_head_html(head)
        sitting = await asyncio.to_thread(
            Sitting, bench, _user(request), dict(request.query_params), _language(request)
        )
        await Page(sitting, "").show()

    return page


async def _answer(bench: Workbench, request: Request, room: str, name: str) -> Response:
    """A file of the screen, or why there is none."""
    given = dict(request.query_params)

    def make() -> tuple[bytes, str]:
        sitting = Sitting(bench, _user(request), {"w": given.get("w", "")}, given.get("lang", "en"))
        if sitting.notice:
            raise EquipoiseError(sitting.notice)
        if "." in name and name.startswith("brief."):
            sitting.state = bench.state({**sitting.state.plain(), "room": room})
        return saved(sitting, room, name, given)

    try:
        body, kind = await asyncio.to_thread(make)
    except EquipoiseError as error:
        return Response(str(error), 404, media_type="text/plain; charset=utf-8")
    file = f"equipoise-{room}-{name}" if name.partition(".")[0] != "brief" else f"equipoise-{name}"
    return Response(body, media_type=kind, headers={"content-disposition": f'attachment; filename="{file}"'})


async def _packed(bench: Workbench, request: Request) -> Response:
    """The case with the reader's changes as a folder, or why there is none."""
    try:
        state = await asyncio.to_thread(bench.state_from, request.query_params.get("w", ""))
        body = await asyncio.to_thread(bench.packed, state.what)
    except EquipoiseError as error:
        return Response(str(error), 404, media_type="text/plain; charset=utf-8")
    name = f'attachment; filename="{bench.case.id}-yours.zip"'
    return Response(body, media_type="application/zip", headers={"content-disposition": name})


def _read(name: str) -> str:
    return files("equipoise").joinpath("studio", "assets", name).read_text(encoding="utf-8")


def _age(name: str) -> int:
    """When an asset was last changed, so that no browser keeps an old one."""
    return int((Path(__file__).parent / "assets" / name).stat().st_mtime)


def _user(request: Request) -> str:
    """Who looks, as the guard says."""
    return str(request.scope.get("state", {}).get("user") or "browser:local")


def _language(request: Request) -> str:
    """The language that the reader chose, else the first of the browser's that the studio speaks."""
    chosen = request.query_params.get("lang") or request.cookies.get("equipoise_language") or ""
    accepted = [
        part.split(";")[0].strip()[:2].lower() for part in request.headers.get("accept-language", "").split(",")
    ]
    return next((one for one in (chosen, *accepted) if one in LANGUAGES), "en")
