"""Sessions and long work: what users keep, and what takes its time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from equipoise.api.shapes import AskedRun, NewSession, SavedSession
from equipoise.whatif import parse
from equipoise.workbench import Run, Workbench
from equipoise.workbench.plain import fact_rows
from equipoise.workbench.sessions import Kept

__all__ = ["routes"]

Id = Annotated[str, Path(max_length=60)]
MOST = 1000


def routes(bench: Workbench) -> APIRouter:
    """The routes of sessions and runs; each user sees their own."""
    api = APIRouter()
    _sessions(bench, api)
    _runs(bench, api)
    return api


def _sessions(bench: Workbench, api: APIRouter) -> None:
    def state(plain: Mapping[str, Any]) -> dict[str, Any]:
        return bench.state(plain).plain()

    @api.get("/sessions", summary="Your sessions, the latest first")
    async def every(request: Request) -> list[dict[str, Any]]:
        return [_told(kept) for kept in await asyncio.to_thread(bench.sessions.every, _user(request))]

    @api.post("/sessions", status_code=201, summary="Keep a new session")
    async def create(request: Request, asked: NewSession) -> dict[str, Any]:
        plain = state(asked.state.plain())
        return _told(await asyncio.to_thread(bench.sessions.create, _user(request), asked.title, plain))

    @api.get("/sessions/{id}", summary="A session of yours")
    async def get(request: Request, id: Id) -> dict[str, Any]:
        return _told(await asyncio.to_thread(bench.sessions.get, _user(request), id))

    @api.put("/sessions/{id}", summary="Save a session, after the version that was last seen")
    async def save(request: Request, id: Id, asked: SavedSession) -> dict[str, Any]:
        plain = state(asked.state.plain())
        saving = asyncio.to_thread(
            bench.sessions.save, _user(request), id, plain, version=asked.version, title=asked.title
        )
        return _told(await saving)

    @api.delete("/sessions/{id}", status_code=204, summary="Forget a session")
    async def delete(request: Request, id: Id) -> Response:
        await asyncio.to_thread(bench.sessions.delete, _user(request), id)
        return Response(status_code=204)

    @api.get(
        "/sessions/{id}/diff", summary="How the facts of a session differ from the case: what its user assumed instead"
    )
    async def diff(request: Request, id: Id) -> list[dict[str, Any]]:
        kept = await asyncio.to_thread(bench.sessions.get, _user(request), id)
        what = parse(bench.case, kept.state["what"])
        own = await asyncio.to_thread(bench.applied, what)
        return bench.case.diff(own).cast({"measure": str}).to_dicts()

    @api.get("/sessions/{id}/case", summary="The case with what its user assumed instead, as a zip of its folder")
    async def folder(request: Request, id: Id) -> Response:
        kept = await asyncio.to_thread(bench.sessions.get, _user(request), id)
        packed = await asyncio.to_thread(bench.packed, parse(bench.case, kept.state["what"]))
        name = f'attachment; filename="{bench.case.id}-yours.zip"'
        return Response(packed, media_type="application/zip", headers={"content-disposition": name})

    @api.post("/sessions/{id}/send", status_code=201, summary="A link that whoever is given it can open")
    async def send(request: Request, id: Id) -> dict[str, Any]:
        name = await asyncio.to_thread(bench.sessions.send, _user(request), id)
        return {"sent": name, "path": f"/?sent={name}"}

    @api.get("/sent/{id}", summary="What was sent to you")
    async def sent(id: Id) -> dict[str, Any]:
        return _told(await asyncio.to_thread(bench.sessions.sent, id))


def _runs(bench: Workbench, api: APIRouter) -> None:
    @api.get("/runs", summary="Your long work, the latest first")
    async def runs(request: Request) -> list[dict[str, Any]]:
        return [_of(run) for run in bench.runs.every(_user(request))]

    @api.post("/runs", status_code=202, summary="Begin long work: the study of a changed case, or futures")
    async def begin(request: Request, asked: AskedRun) -> dict[str, Any]:
        return _of(await asyncio.to_thread(bench.runs.start, _user(request), asked.kind, asked.options()))

    @api.get("/runs/{id}", summary="How far long work is")
    async def run(request: Request, id: Id) -> dict[str, Any]:
        return _of(bench.runs.get(_user(request), id))

    @api.delete("/runs/{id}", summary="Stop long work; what it finished is remembered")
    async def stop(request: Request, id: Id) -> dict[str, Any]:
        return _of(await asyncio.to_thread(bench.runs.stop, _user(request), id))

    @api.post("/runs/{id}/resume", status_code=202, summary="Take up long work again")
    async def resume(request: Request, id: Id) -> dict[str, Any]:
        return _of(await asyncio.to_thread(bench.runs.resume, _user(request), id))

    @api.get("/runs/{id}/facts", summary="What long work found, a page at a time")
    async def found(
        request: Request,
        id: Id,
        measure: Annotated[str, Query(max_length=160)] = "",
        offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
        limit: Annotated[int, Query(ge=1, le=MOST)] = 100,
    ) -> dict[str, Any]:
        ledger = await asyncio.to_thread(bench.runs.result, bench.runs.get(_user(request), id))
        rows = (
            []
            if ledger is None
            else fact_rows(bench.case, type(ledger)(ledger.view(measure) if measure else ledger.facts))
        )
        return {"total": len(rows), "offset": offset, "limit": limit, "facts": rows[offset : offset + limit]}


def _user(request: Request) -> str:
    """Who asks, as the guard says."""
    return str(request.scope.get("state", {}).get("user") or "browser:local")


def _told(kept: Kept) -> dict[str, Any]:
    return asdict(kept)


def _of(run: Run) -> dict[str, Any]:
    """A run as plain data, without whose it is."""
    return {name: value for name, value in asdict(run).items() if name != "user"}
