"""The order of the document: what planners write, chapter by chapter."""

from __future__ import annotations

from importlib.metadata import version

from equipoise.brief import bargaining, closing, policies, politics, standings, watch, watch_events
from equipoise.brief.corridors import corridors
from equipoise.brief.desk import Desk
from equipoise.brief.document import Document, Section
from equipoise.brief.income import income
from equipoise.brief.interdependence import interdependence
from equipoise.brief.opening import background, cards, headline, summary
from equipoise.brief.outage import outages
from equipoise.brief.region import stability
from equipoise.brief.region_spill import spill_over
from equipoise.brief.region_water import shared_systems
from equipoise.brief.withdrawal import withdrawal
from equipoise.case import Case

__all__ = ["compose"]


def compose(case: Case) -> Document:
    """The brief of a case that knows its results: only what the ledger holds, nothing computed, nothing padded."""
    desk = Desk(case)
    top, four = headline(desk), cards(desk)  # first, so that their notes have the first numbers
    sections = [
        Section("summary", "Executive summary", summary(desk)),
        Section("background", "Background", background(desk)),
        Section("analysis", "Analysis", []),
        Section("interdependence", "Economic interdependence", interdependence(desk), 2),
        Section("corridors", "Corridors", corridors(desk), 2),
        Section("withdrawal", "What withdrawal would cost", withdrawal(desk), 2),
        Section("income", "What it would take from real income", income(desk), 2),
        Section("outage", "An outage, day by day", outages(desk), 2),
        Section("bargaining", "Would it pay them", bargaining.stakes(desk), 2),
        Section("position", "Political position", politics.position(desk), 2),
        Section("culture", "Culture and information", politics.culture(desk), 2),
        Section("compliance", "Sanctions compliance", watch.compliance(desk), 2),
        Section("events", "Image and rhetoric", watch_events.events(desk), 2),
        Section("alliances", "Regional alliances", politics.alliances(desk), 2),
        Section("security", "Security", politics.security(desk), 2),
        Section("stability", "Regional stability", stability(desk), 2),
        Section("waters", "Shared waters and power", shared_systems(desk), 2),
        Section("spill-over", "Spill-over", spill_over(desk), 2),
        Section("implications", "Implications", closing.implications(desk)),
        Section("assessments", "Assessments", closing.assessments(desk)),
        *([Section("policies", "Policies in many futures", held, 2)] if (held := policies.policies(desk)) else []),
        *(
            [Section("standing", "Where policies leave the state", left, 2)]
            if (left := standings.standings(desk))
            else []
        ),
        Section("recommendations", "Recommendations", closing.recommendations(desk)),
        Section("annex", "Annex: coverage and method", closing.annex(desk)),
    ]
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
    made_from = " ".join(part for part in (f"“{case.id}”", str(case.descriptor.get("version", ""))) if part)
    licences = case.descriptor.get("licenses") or []
    return [
        f"Made by equipoise {version('equipoise')} from the case {made_from}.",
        *(str(entry.get("title") or entry.get("name")) for entry in licences),
        "Map: Natural Earth, public domain. Results speak of countries, commodities and corridors, not of firms or persons.",
    ]
