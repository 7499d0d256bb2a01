"""The order of the document: what planners write, chapter by chapter."""

from __future__ import annotations

from importlib.metadata import version

from equipoise.brief.closing import closing
from equipoise.brief.desk import Desk
from equipoise.brief.document import Document, Section
from equipoise.brief.economy import economy
from equipoise.brief.opening import cards, headline, opening
from equipoise.brief.politics import politics
from equipoise.case import Case

__all__ = ["compose"]


def compose(case: Case) -> Document:
    """The brief of a case that knows its results: only what the ledger holds, nothing computed, nothing padded."""
    desk = Desk(case)
    top = headline(desk)
    four = cards(desk)
    sections = [*opening(desk), Section("analysis", "Analysis", [], 1), *economy(desk), *politics(desk), *closing(desk)]
    return Document(
        title=case.title,
        subtitle=f"Exposure, corridors and the cost of withdrawal · facts to {case.year}",
        headline=top,
        cards=four,
        sections=sections,
        notes=desk.notes.notes,
        facts=desk.notes.facts,
        imprint=_imprint(case),
    )


def _imprint(case: Case) -> list[str]:
    lines = [
        f"Made by equipoise {version('equipoise')} from the case “{case.id}” {case.descriptor.get('version', '')}.".replace(
            " .", "."
        )
    ]
    licences = case.descriptor.get("licenses") or []
    lines += [str(entry.get("title") or entry.get("name")) for entry in licences]
    lines.append(
        "Map: Natural Earth, public domain. Results speak of countries, commodities and corridors, not of firms or persons."
    )
    return lines
