"""The room of sources: every fact, narrowed as the reader likes, each leading to what it rests on; and what is covered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import polars as pl

from equipoise.brief.closing import annex
from equipoise.brief.desk import Desk
from equipoise.case import Case
from equipoise.ledger import Ledger
from equipoise.studio.blocks import Section, render
from equipoise.studio.labels import Labels
from equipoise.workbench.tables import narrowed

__all__ = ["PAGE", "asked", "browser", "chosen", "sections"]

PAGE = 40
_FIELDS = ("text", "measure", "grade", "kind")


def sections(desk: Desk) -> list[Section]:
    """Coverage and method."""
    return [Section("annex", "Coverage and method", annex(desk))]


def asked(given: Mapping[str, Any]) -> dict[str, str]:
    """What of a form narrows the facts."""
    return {name: str(given.get(name) or "")[:160] for name in _FIELDS}


def chosen(case: Case, form: Mapping[str, str]) -> pl.DataFrame:
    """The facts that a form asks for."""
    return narrowed(case.ledger, {name: form.get(name, "") for name in _FIELDS[1:]}, form.get("text", ""))


def browser(case: Case, form: Mapping[str, str], page: int, labels: Labels, query: str) -> str:
    """A page of the facts that are asked for, each a way to its trace."""
    found = chosen(case, form)
    last = max(0, (found.height - 1) // PAGE)
    at = min(max(page, 0), last)
    part = Ledger(found.slice(at * PAGE, PAGE), case.ledger.derivations, case.ledger.parents)
    desk = Desk(replace(case, ledger=part))
    titles = dict(case.table("sources").select("source", "title").iter_rows())
    titles |= dict(case.table("assumptions").select("assumption", "statement").iter_rows())
    records = dict(case.ledger.derivations.select("derivation", "statement").iter_rows())
    rows = []
    for name, row in zip(part.ids(), part.facts.iter_rows(named=True), strict=True):
        plain = {
            key: "" if value is None else str(value)
            for key, value in row.items()
            if key not in ("value", "low", "high")
        }
        basis = plain["basis"].split("#")[0].split(";")[0]
        about = " – ".join(desk.call(plain[key]) for key in ("subject", "object") if plain[key])
        rows.append({
            "id": name, "measure": plain["measure"], "about": about, "item": plain["item"], "period": plain["period"],
            "figure": desk.notes.of({**row, **plain, "id": name}), "grade": plain["grade"], "kind": plain["kind"],
            "source": titles.get(basis) or records.get(basis) or basis,
        })  # fmt: skip
    measures = sorted(case.ledger.facts["measure"].cast(pl.String).unique().to_list())
    return render(
        "sources.html.j2",
        labels,
        rows=rows,
        form=form,
        page=at,
        last=last,
        total=found.height,
        measures=measures,
        query=query,
    )
