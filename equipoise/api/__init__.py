"""The same facts over HTTP, for other programs: facts, traces, what-ifs, sessions, long work. It computes nothing.

Described by its own OpenAPI document at ``/openapi.json``; every error is a problem (RFC 9457).
"""

from __future__ import annotations

from importlib.metadata import version

from fastapi import FastAPI

from equipoise.workbench import Workbench

__all__ = ["create"]


def create(bench: Workbench) -> FastAPI:
    """The API of a workbench, to be mounted below the guard that says who asks."""
    from equipoise.api import facts, problems, sessions

    app = FastAPI(
        title="equipoise", version=version("equipoise"), docs_url=None, redoc_url=None,
        summary=f"{bench.case.title}: facts with sources and ranges, what-ifs, sessions.",
    )  # fmt: skip
    app.include_router(facts.routes(bench))
    app.include_router(sessions.routes(bench))
    problems.install(app)
    return app
