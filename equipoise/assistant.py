"""The workbench for assistants: the verbs of the API as tools of the Model Context Protocol. It computes nothing.

Every figure of an answer bears its id, range, unit, grade and sources, so that whoever repeats it can say where it is from; every
answer says how it is to be read. It speaks over standard input and output alone, and writes nothing to the case.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, Literal

import polars as pl
from pydantic import Field, ValidationError, validate_call
from pydantic.type_adapter import TypeAdapter

from equipoise.case import Case
from equipoise.errors import EquipoiseError, InputError
from equipoise.ledger import parse_id
from equipoise.whatif import WhatIf, closable, parse, withdrawing
from equipoise.workbench import ANSWERS, Workbench
from equipoise.workbench.levers import lever_rows, policy_rows, weight_rows
from equipoise.workbench.plain import grounded, tree
from equipoise.workbench.tables import narrowed
from equipoise.workbench.uploads import check_folder

__all__ = ["READING", "Assistant", "create", "serve"]

READING = (
    "Losses are capabilities: what would be lost if this were closed, never a forecast of what anybody will do. Do not add up "
    "the losses of single powers. Give each value with its range (low to high), unit and sources, in two significant digits. "
    "Grade A is official or published, B secondary, C an assumption: say how many of grade C a headline rests on. Missing is "
    "not zero."
)
MOST, DEEPEST, WIDEST = 50, 6, 20
"""Rows of a page, steps of a trace, parents shown of each step."""
Word = Annotated[str, Field(max_length=160)]
Offset = Annotated[int, Field(ge=0, le=10_000_000, description="Rows to leave out: `next` of the answer before.")]
Limit = Annotated[int, Field(ge=1, le=MOST)]
FactId = Annotated[str, Field(max_length=400, description="measure:subject>object/item@period, as `facts` gives it.")]
Closed = Annotated[
    dict[str, Annotated[float, Field(ge=0, le=1)]],
    Field(description='Share closed by name: {"cpc": 1}; the names are those of `names` of kind closable.'),
]
Powers = Annotated[list[str], Field(description="Who withdraws all they control; `names` of kind powers.")]
Changes = Annotated[
    list[dict[str, Any]],
    Field(description='Facts of the case as the asker would have them: {"fact", "value", "low", "high", "reason"}.'),
]
Levers = Annotated[
    list[dict[str, Any]],
    Field(
        description='Levers as if they stood: {"lever", "year", "intensity", "reason"} or {"policy", "reason"}; `names`.'
    ),
]
Weights = Annotated[list[dict[str, Any]], Field(description='{"kind", "value", "reason"}; `names` of kind weights.')]


class Assistant:
    """What may be asked of a workbench; each public method is a tool and its docstring is what the assistant is told.

    Parameters
    ----------
    bench : Workbench
        The case held open.
    cases : Path, optional
        The folder below which cases may be checked; none if left out.
    """

    def __init__(self, bench: Workbench, cases: Path | None = None) -> None:
        self._bench, self._cases = bench, cases
        self._asked: dict[str, tuple[WhatIf, str]] = {}

    @property
    def tools(self) -> dict[str, Callable[..., dict[str, Any]]]:
        """The tools by name."""
        return {
            made.__name__: made
            for made in (self.about, self.names, self.facts, self.trace, self.what_if, self.check_case)
        }

    @property
    def _case(self) -> Case:
        """All that is known today."""
        return self._bench.known() or self._bench.case

    def about(self) -> dict[str, Any]:
        """The case: whose it is, its year, powers, commodities, how many facts are known, and whether its study is done."""
        bench, case, house = self._bench, self._case, self._bench.house
        return self._told(
            title=case.title, home=case.home, year=case.year, powers={power: case.name(power) for power in case.powers},
            commodities={name: case.name(name) for name in bench.commodities}, facts=len(case.ledger),
            study={"state": house.state, "stage": house.stage, "error": house.error} if house else {"state": "not asked for"},
        )  # fmt: skip

    def names(
        self,
        *,
        kind: Literal["measures", "powers", "closable", "levers", "policies", "weights"],
        text: Word = "",
        offset: Offset = 0,
        limit: Limit = 50,
    ) -> dict[str, Any]:
        """What can be named: measures (unit, meaning), powers that can withdraw, what can be closed (links, corridors, borders),
        levers that can be pulled, bundled policies that pull several, weights."""
        case = self._case
        rows: list[dict[str, Any]]
        if kind == "measures":
            held = dict(case.ledger.facts.group_by(pl.col("measure").cast(pl.String)).len().iter_rows())
            rows = [
                {"id": m.measure, "unit": m.unit, "meaning": m.meaning, "topic": m.topic, "facts": held.get(m.measure, 0)}
                for m in case.measures.values()
            ]  # fmt: skip
        elif kind == "powers":
            rows = [{"id": id, "name": case.name(id), "studied": id in case.powers} for id in withdrawing(case)]
        elif kind in ("levers", "policies", "weights"):
            rows = {"levers": lever_rows, "policies": policy_rows, "weights": weight_rows}[kind](self._bench.case)
        else:
            rows = [{"id": id, "name": case.name(id), "links": list(links)} for id, links in closable(case).items()]
        found = [row for row in rows if all(word in str(row).lower() for word in text.lower().split())]
        return self._told(**_paged(len(found), offset, limit), names=found[offset : offset + limit])

    def facts(
        self, *, measure: Word = "", subject: Word = "", object: Word = "", item: Word = "", period: Word = "",
        grade: Literal["", "A", "B", "C"] = "", kind: Literal["", "cited", "assumed", "derived"] = "",
        text: Annotated[str, Field(max_length=160, description="Words that a key, source or note has.")] = "",
        offset: Offset = 0, limit: Limit = 20,
    ) -> dict[str, Any]:  # fmt: skip
        """Facts narrowed by any column, a page at a time, each with value, range, unit, grade and sources."""
        case = self._case
        if measure and measure not in case.measures:
            near = get_close_matches(measure, case.measures, n=4, cutoff=0.3)
            raise InputError("measure", found=repr(measure), allowed=f"a measure; nearest: {', '.join(near) or 'none'}",
                             remedy="`names` of kind measures has them all")  # fmt: skip
        where = {"measure": measure, "subject": subject, "object": object, "item": item, "period": period, "grade": grade,
                 "kind": kind}  # fmt: skip
        found = narrowed(case.ledger, where, text)
        return self._told(**_paged(found.height, offset, limit), **grounded(case, found.slice(offset, limit)))

    def trace(
        self, *, fact: FactId, depth: Annotated[int, Field(ge=1, le=DEEPEST)] = 3,
        width: Annotated[int, Field(ge=1, le=WIDEST)] = 6,
    ) -> dict[str, Any]:  # fmt: skip
        """What a fact rests on, down to its sources and named assumptions, the weightiest first; one tree for each source. It
        knows the facts of the case and of the what-ifs that were asked."""
        asked = self._asked.get(parse_id(fact)["object"])
        case = self._bench.traced(*asked) if asked else self._case
        return self._told(
            trees=[tree(found) for found in case.trace(fact, depth=depth, width=width)],
            **grounded(case, case.ledger.find(fact)),
        )

    def what_if(
        self, *, closed: Closed | None = None, powers: Powers | None = None, changes: Changes | None = None,
        levers: Levers | None = None, weights: Weights | None = None,
        commodity: Annotated[Word, Field(description="Whose flows are told; the first of the case if left out.")] = "",
        offset: Offset = 0, limit: Limit = 30,
    ) -> dict[str, Any]:  # fmt: skip
        """What would be lost, and what would go another way, if links, corridors or borders were closed by any share, powers
        withdrew, facts were other than the case says, or levers stood; the losses first, then flows link by link. Ask with
        nothing to see the world as it is. A changed fact, a lever and a weight need a reason and are assumptions of the asker,
        grade C; the case is left as it was."""
        bench = self._bench
        asked = {"closed": closed, "powers": powers, "changes": changes, "levers": levers, "weights": weights}
        what = parse(bench.case, {name: given for name, given in asked.items() if given})
        shown = commodity or bench.commodities[0]
        if shown not in bench.commodities:
            raise InputError("commodity", found=repr(shown), allowed=", ".join(bench.commodities))
        found = bench.answer(what, shown).facts
        self._asked = dict([*self._asked.items(), (what.id, (what, shown))][-ANSWERS:])
        order = (pl.col("subject") != bench.case.home, pl.col("item") != "all")
        page = found.sort(*order, maintain_order=True).slice(offset, limit)
        return self._told(
            what={"id": what.id, **what.plain()}, commodity=shown, **_paged(found.height, offset, limit),
            **grounded(bench.traced(what, shown), page),
        )  # fmt: skip

    def check_case(
        self,
        *,
        folder: Annotated[
            str, Field(max_length=400, pattern=r"^[^\x00]+$", description="A bundled case, or a folder below --cases.")
        ],
    ) -> dict[str, Any]:
        """Everything that is wrong with a case: file, row, what was found, what is allowed, what to do. Nothing of it is kept."""
        faults = check_folder(self._cases, folder)
        return self._told(sound=not faults, count=len(faults), faults=[fault.as_dict() for fault in faults[:MOST]])

    def _told(self, **found: Any) -> dict[str, Any]:
        """An answer, with how it is to be read and whether the study of the case stands behind it."""
        told = {"case": self._bench.case.id, "reading": READING, "studied": self._bench.known() is not None}
        return told | found


def _paged(total: int, offset: int, limit: int) -> dict[str, int | None]:
    return {
        "total": total,
        "offset": offset,
        "limit": limit,
        "next": offset + limit if offset + limit < total else None,
    }


def create(bench: Workbench, cases: Path | None = None) -> Any:
    """The server, to be run over any transport; its errors are tool errors with the one clear message."""
    from mcp import types
    from mcp.server.lowlevel import Server

    tools: dict[str, Any] = dict(Assistant(bench, cases).tools)  # their types are read from them, as no checker can
    calls = {name: validate_call(tool) for name, tool in tools.items()}
    listed = [
        types.Tool(
            name=name, description=" ".join((tool.__doc__ or "").split()), input_schema=TypeAdapter(tool).json_schema(),
            annotations=types.ToolAnnotations(read_only_hint=True, open_world_hint=False),
        )
        for name, tool in tools.items()
    ]  # fmt: skip

    async def on_list(context: Any, asked: Any) -> Any:  # noqa: ARG001
        return types.ListToolsResult(tools=listed)

    async def on_call(context: Any, asked: Any) -> Any:  # noqa: ARG001
        said, found = await asyncio.to_thread(_called, calls, asked.name, asked.arguments or {})
        return types.CallToolResult(
            content=[types.TextContent(type="text", text=said)], structured_content=found, is_error=found is None
        )

    return Server(
        "equipoise", version=version("equipoise"), title=bench.case.title, on_list_tools=on_list, on_call_tool=on_call,
        instructions=f"{bench.case.title}: facts with sources and ranges, and what-ifs. {READING}",
    )  # fmt: skip


def _called(
    calls: Mapping[str, Callable[..., dict[str, Any]]], name: str, arguments: Mapping[str, Any]
) -> tuple[str, dict[str, Any] | None]:
    """What a tool says, and the same as data; of an error its message alone."""
    try:
        if name not in calls:
            raise InputError("tool", found=repr(name)[:80], allowed=", ".join(calls))
        found = calls[name](**arguments)
        return json.dumps(found, ensure_ascii=False), found
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]
        return f"{name}: " + "; ".join(faults[:8]), None
    except EquipoiseError as error:
        return str(error), None
    except Exception as error:
        logging.getLogger("equipoise").exception("a defect of the program", exc_info=error)
        return f"a defect of the program, not of your input: {type(error).__name__}; please report it", None


async def serve(bench: Workbench, cases: Path | None = None) -> None:
    """Serve over standard input and output until the assistant goes."""
    from mcp.server.stdio import stdio_server

    server = create(bench, cases)
    async with stdio_server() as (reading, writing):
        await server.run(reading, writing, server.create_initialization_options())
