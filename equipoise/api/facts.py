"""Facts, traces, what-ifs: what is known, where it comes from, and what would be lost."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from equipoise import study
from equipoise.api.shapes import AskedWhatIf
from equipoise.errors import InputError
from equipoise.ledger import Ledger
from equipoise.whatif import parse
from equipoise.workbench import Workbench
from equipoise.workbench.levers import lever_rows, policy_rows, weight_rows
from equipoise.workbench.plain import fact_rows, rests_on, tree
from equipoise.workbench.tables import as_csv, narrowed
from equipoise.workbench.uploads import check_archive

__all__ = ["routes"]

MOST, DEEPEST, WIDEST = 1000, 6, 50
"""Facts of a page, steps of a trace, parents shown of each step."""
Word = Annotated[str, Query(max_length=160)]


def routes(bench: Workbench) -> APIRouter:
    """The routes that read."""
    api = APIRouter()
    _known(bench, api)
    _asked(bench, api)
    return api


def _known(bench: Workbench, api: APIRouter) -> None:
    """What stands in the ledger."""

    @api.get("/", summary="The case: title, home, year, powers, commodities, what is known")
    async def about() -> dict[str, Any]:
        case, known = bench.case, bench.known()
        return {
            "case": case.id, "title": case.title, "home": case.home, "year": case.year, "powers": list(case.powers),
            "commodities": list(bench.commodities), "facts": len((known or case).ledger), "studied": known is not None,
            "stages": [
                {"stage": s.name, "reads": list(s.reads), "writes": list(s.writes), "version": s.version} for s in study.STAGES
            ],
        }  # fmt: skip

    @api.get("/measures", summary="Every measure: unit, kind of subject and object, bounds, meaning")
    async def every_measure() -> list[dict[str, Any]]:
        return [asdict(measure) for measure in bench.case.measures.values()]

    @api.get(
        "/facts", summary="Facts, narrowed by any column, a page at a time; as CSV where asked", response_model=None
    )
    async def facts(
        measure: Word = "", subject: Word = "", object: Word = "", item: Word = "", period: Word = "", grade: Word = "",
        kind: Word = "", by: Word = "", text: Word = "",
        offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0, limit: Annotated[int, Query(ge=1, le=MOST)] = 100,
        format: Annotated[str, Query(pattern="^(json|csv)$")] = "json",
    ) -> Response | dict[str, Any]:  # fmt: skip
        case = bench.known() or bench.case
        where = {"measure": measure, "subject": subject, "object": object, "item": item, "period": period, "grade": grade,
                 "kind": kind, "by": by}  # fmt: skip
        found = await asyncio.to_thread(narrowed, case.ledger, where, text)
        page = Ledger(found.slice(offset, limit), case.ledger.derivations, case.ledger.parents)
        if format == "csv":
            return Response(as_csv(page.facts), media_type="text/csv; charset=utf-8")
        following = offset + limit if offset + limit < found.height else None
        return {
            "total": found.height,
            "offset": offset,
            "limit": limit,
            "next": following,
            "facts": fact_rows(case, page),
        }

    @api.get("/fact", summary="The facts that an id means: one for each source")
    async def fact(id: Annotated[str, Query(max_length=400)]) -> list[dict[str, Any]]:
        case = bench.known() or bench.case
        return fact_rows(case, Ledger(case.ledger.find(id), case.ledger.derivations, case.ledger.parents))

    @api.get("/trace", summary="What a fact rests on, down to its sources and named assumptions, the weightiest first")
    async def trace(
        fact: Annotated[str, Query(max_length=400)],
        depth: Annotated[int, Query(ge=1, le=DEEPEST)] = 3,
        width: Annotated[int, Query(ge=1, le=WIDEST)] = 8,
    ) -> list[dict[str, Any]]:
        case = bench.known() or bench.case
        return [tree(found) for found in await asyncio.to_thread(case.trace, fact, depth=depth, width=width)]


def _asked(bench: Workbench, api: APIRouter) -> None:
    """What is answered when it is asked."""

    @api.get(
        "/levers", summary="What can be pulled and weighed: levers, bundled policies, weights, with what each moves"
    )
    async def levers() -> dict[str, Any]:
        case = bench.case
        return {"levers": lever_rows(case), "policies": policy_rows(case), "weights": weight_rows(case)}

    @api.post(
        "/whatif",
        summary="Close links, corridors, borders; let powers withdraw; change facts; pull levers: flows and losses with bands",
    )
    async def whatif(asked: AskedWhatIf) -> Response:
        what = parse(bench.case, asked.what.plain())
        commodity = asked.commodity or bench.commodities[0]
        if commodity not in bench.commodities:
            raise InputError("commodity", found=repr(commodity)[:80], allowed=", ".join(bench.commodities))

        def make() -> bytes:
            found = bench.answer(what, commodity, asked.year)
            rows, grounds = fact_rows(bench.case, found), rests_on(found)
            told = {"id": what.id, "what": what.plain(), "commodity": commodity, "facts": rows, "rests_on": grounds}
            return json.dumps(told, ensure_ascii=False).encode()

        body = await asyncio.to_thread(bench.seen, ("whatif", what.id, commodity, asked.year), make)
        return Response(body, media_type="application/json")

    @api.post("/check", summary="Judge a case, sent as a zip, as `equipoise check` does; nothing of it is kept")
    async def check(request: Request) -> dict[str, Any]:
        faults = await asyncio.to_thread(check_archive, await request.body())
        return {"sound": not faults, "faults": [fault.as_dict() for fault in faults[:MOST]], "count": len(faults)}
