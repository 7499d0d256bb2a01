"""Every error as problem details (RFC 9457): what was found, what is allowed, what to do; never a traceback."""

from __future__ import annotations

import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from equipoise.errors import EquipoiseError, InputError, UnknownFactError
from equipoise.workbench.guard import problem
from equipoise.workbench.sessions import ConflictError, MissingError

__all__ = ["install"]

SHOWN = 300
"""Letters of anything a client sent that are said back to it."""


def install(app: FastAPI) -> None:
    """Answer every error of an application as a problem."""
    app.add_exception_handler(EquipoiseError, _of_program)
    app.add_exception_handler(RequestValidationError, _of_request)
    app.add_exception_handler(HTTPException, _of_http)
    app.add_exception_handler(Exception, _of_defect)


async def _of_program(request: Request, error: Exception) -> JSONResponse:
    """What equipoise raises on purpose."""
    status, title = 400, "Cannot be meant"
    if isinstance(error, UnknownFactError | MissingError):
        status, title = 404, "Not there"
    elif isinstance(error, ConflictError):
        status, title = 409, "Saved elsewhere meanwhile"
    more: dict[str, Any] = {}
    if isinstance(error, InputError):
        more = {"what": error.what, "found": str(error.found)[:SHOWN], "allowed": error.allowed, "remedy": error.remedy}
    return _answer(request, status, title, str(error), **more)


async def _of_request(request: Request, error: Exception) -> JSONResponse:
    """A request of the wrong shape: every fault, without what was sent."""
    found = error.errors() if isinstance(error, RequestValidationError) else []
    faults = [{"where": ".".join(map(str, one["loc"]))[:SHOWN], "why": str(one["msg"])[:SHOWN]} for one in found[:20]]
    return _answer(
        request, 422, "Wrong shape", "; ".join(f"{one['where']}: {one['why']}" for one in faults), faults=faults
    )


async def _of_http(request: Request, error: Exception) -> JSONResponse:
    status = error.status_code if isinstance(error, HTTPException) else 400
    return _answer(
        request, status, {404: "Not there", 405: "Not so"}.get(status, "Refused"), str(getattr(error, "detail", error))
    )


async def _of_defect(request: Request, error: Exception) -> JSONResponse:
    """A defect of the program: noted for whoever runs it, and said to be one."""
    logging.getLogger("equipoise").exception("a defect of the program", exc_info=error)
    return _answer(
        request, 500, "A defect of the program", f"{type(error).__name__}; it is not your input: please report it"
    )


def _answer(request: Request, status: int, title: str, detail: str, **more: Any) -> JSONResponse:
    body = problem(status, title, detail[: 10 * SHOWN], instance=request.url.path[:SHOWN], **more)
    return JSONResponse(body, status, media_type="application/problem+json")
