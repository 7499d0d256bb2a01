"""What a what-if means, in words: what is lost, why, what moved, how sure it is. Every figure in it is a fact of the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from equipoise.brief.desk import joined
from equipoise.brief.document import Figure
from equipoise.studio.labels import Labels
from equipoise.studio.scene import LEAST, Told
from equipoise.whatif import WhatIf
from equipoise.workbench.levers import short

__all__ = ["Piece", "called", "choices", "closed_in_words", "story"]

Piece = str | Figure
SHOWN = 3
"""Full links, causes and other commodities that are named."""


def called(told: Told, name: str, labels: Labels) -> str:
    """Something that can be closed, as a reader calls it: a corridor, a border, or a link by its corridor and states."""
    if name.startswith("border:"):
        one, _, other = name.removeprefix("border:").partition("-")
        return (
            f"{labels.name('actor', one, told.desk.name(one))} – {labels.name('actor', other, told.desk.name(other))}"
        )
    return labels.name("corridor", name, told.corridors[name]) if name in told.corridors else told.desk.section(name)


def closed_in_words(told: Told, what: WhatIf, labels: Labels) -> str:
    """What is closed and who withdraws."""
    parts = []
    for name, share in what.closed.items():
        part = f" {100 * share:.0f} %" if share < 1 else ""
        parts.append(f"{called(told, name, labels)}{part}")
    said = [labels("story.closed", closed=joined(parts, "&"))] if parts else []
    powers = [labels.name("actor", power, told.desk.the(power)) for power in what.powers]
    if powers:
        word = "story.withdraws" if len(powers) == 1 else "story.withdraw"
        withdrawn = labels(word, powers=joined(powers, "&"))
        said.append(withdrawn[:1].upper() + withdrawn[1:])
    if what.levers:
        titles = dict(told.case.table("levers").select("lever", "title").iter_rows())
        names = [short(titles[pull.lever]) for pull in what.levers]
        shown = joined(names, "&") if len(names) <= SHOWN else labels("story.levers", n=len(names))
        said.append(labels("story.standing", levers=shown))
    said += [labels("own.title").lower()] if what.changes else []
    whole = "; ".join(said)
    return whole[:1].upper() + whole[1:]


def story(now: Told, before: Told, what: WhatIf, labels: Labels) -> dict[str, Any]:
    """The words of the panel: ``headline``, ``why``, ``moved``, ``sure``, each a row of words and figures; ``others`` are the
    losses of other commodities; ``plain`` is the headline for whoever listens."""
    desk, home, commodity = now.desk, now.desk.home, now.commodity
    whole = labels.name("commodity", commodity, desk.name(commodity))
    name = whole[:1].lower() + whole[1:]
    lost, export = _figure(now, "whatif_lost"), _figure(before, "whatif_export")
    if not what.acts:
        best = max(_ways(now), key=lambda way: way[1], default=("", 0.0))
        worst = next((way for way in _ways(now) if way == best), None)
        row = now.row(f"whatif_way_{now.quantity}", worst[0], commodity) if worst else None
        figures = {"export": export, "worst": desk.notes.of(row, ranged=False) if row else ""}
        quiet: dict[str, Any] = {"why": [], "moved": [], "sure": [], "others": [], "kept": []}
        return {"headline": _said(labels("story.before"), figures), **quiet}
    head: list[Piece] = [labels("story.head", closed=closed_in_words(now, what, labels))]
    head += _said(labels("story.lost"), {"lost": lost, "commodity": name}) if lost and _some(now, "whatif_lost") else _said(
        labels("story.nolost"), {"commodity": name}
    )  # fmt: skip
    rent, loss = _money(now, "whatif_rent"), _money(now, "whatif_loss")
    earned = now.row("whatif_kept_rent", home, "all") if not (what.closed or what.powers or what.changes) else None
    if earned is not None:
        if earned["value"] >= LEAST / 10:
            head += ["; ", *_said(labels("story.gain"), {"rent": desk.notes.of(earned)})]
    elif rent and loss and (now.value("whatif_rent", home) is not None):
        word = "story.loss" if now.row("whatif_rent", home, commodity) else "story.lossall"
        head += ["; ", *_said(labels(word), {"rent": rent, "loss": loss})]
    elif lost and now.row("whatif_rent", home, commodity) is None:
        head += ["; ", labels("story.norent")]
    return {
        "headline": [*head, "."], "why": _why(now, before, labels), "moved": _moved(now, before, labels),
        "sure": _sure(now, labels), "others": _others(now, labels), "kept": _kept(now, what, labels),
    }  # fmt: skip


def _kept(now: Told, what: WhatIf, labels: Labels) -> list[Piece]:
    """What the levers keep of what the same closure would take without them."""
    if not what.levers or not (what.closed or what.powers):
        return []
    rent, volume = _money(now, "whatif_kept_rent"), _figure(now, "whatif_kept")
    more = now.value("whatif_kept_rent", now.desk.home) or 0.0
    if _some(now, "whatif_kept") and rent and volume:
        return _said(labels("story.kept"), {"kept": volume, "rent": rent})
    if more >= LEAST / 10 and rent:
        return _said(labels("story.keptrent"), {"rent": rent})
    return [labels("story.keptnone")] if volume else []


def _some(told: Told, stem: str) -> bool:
    return (told.value(stem, told.desk.home) or 0.0) >= LEAST


def _figure(told: Told, stem: str) -> Figure | None:
    row = told.row(f"{stem}_{told.quantity}", told.desk.home, told.commodity)
    return told.desk.notes.of(row) if row else None


def _money(told: Told, measure: str) -> Figure | None:
    row = told.row(measure, told.desk.home, "all")
    return told.desk.notes.of(row) if row else None


def _ways(told: Told) -> list[tuple[str, float]]:
    routes = [route.id for route in told.desk.layout.routes if route.scope == "home"]
    return [(route, value) for route in routes if (value := told.value("whatif_way", route)) is not None]


def _why(now: Told, before: Told, labels: Labels) -> list[Piece]:
    """What limits the flow now: links that have no room left, and had some before."""
    found: list[tuple[float, str]] = []
    for row in now.desk.notes.rows(f"whatif_spare_{now.quantity}", item=now.commodity):
        link, was = str(row["subject"]), before.value("whatif_spare", str(row["subject"]))
        flow = now.value("whatif_flow", link) or 0.0
        if flow >= LEAST > row["value"] and (was is None or was >= LEAST) and not now.value("whatif_closed", link):
            found.append((flow, now.desk.section(link)))
    full = dict.fromkeys(section for _, section in sorted(found, reverse=True))
    if full:
        return _said(labels("story.full"), {"links": "; ".join(list(full)[:SHOWN])})
    return [labels("story.nofull" if _some(now, "whatif_lost") else "story.ease")]


def _moved(now: Told, before: Told, labels: Labels) -> list[Piece]:
    """What leaves by another way, and the routes that changed most."""
    rerouted = _figure(now, "whatif_rerouted")
    said = _said(labels("story.rerouted"), {"rerouted": rerouted}) if rerouted and _some(now, "whatif_rerouted") else []
    changed = [(route, value - (before.value("whatif_way", route) or 0.0)) for route, value in _ways(now)]
    for route, change in sorted(changed, key=lambda way: -abs(way[1]))[:4]:
        row, was = (told.row(f"whatif_way_{now.quantity}", route, now.commodity) for told in (now, before))
        if row and was and abs(change) >= LEAST:
            figures = [told.desk.notes.of(fact, unit="") for told, fact in ((before, was), (now, row))]
            said += ["\n"] if said else []
            said += [f"{now.desk.route(route)}: ", figures[0], " → ", figures[1], " ", labels.unit(now.unit)]
    return said


def _sure(now: Told, labels: Labels) -> list[Piece]:
    """The band, what drives it, and how many of the inputs are rough."""
    desk, home = now.desk, now.desk.home
    row = now.row("whatif_loss", home, "all") or now.row(f"whatif_lost_{now.quantity}", home, now.commodity)
    if row is None:
        return []
    records = dict(now.case.ledger.derivations.select("derivation", "options").iter_rows())
    draws = str(records.get(row["basis"], "draws=")).partition("draws=")[2].partition(" ")[0]
    said: list[Piece] = [labels("story.band", draws=draws)]
    causes = desk.notes.leading(row, SHOWN)
    if causes:
        said += [" ", labels("story.driven", causes="; ".join(causes))]
    counts = {which: now.row("whatif_inputs", home, which) for which in ("all", "grade_C", "assumed")}
    figures = {which: desk.notes.of(found, unit="") if found else None for which, found in counts.items()}
    if all(figures.values()):
        named = {"all": figures["all"], "rough": figures["grade_C"], "assumed": figures["assumed"]}
        said += [" ", *_said(labels("story.rough"), named)]
    return [*said, " ", labels("story.capability")]


def _others(now: Told, labels: Labels) -> list[tuple[str, Figure]]:
    """What other commodities lose."""
    made = []
    for commodity, register in now.desk.layout.commodities.items():
        if commodity != now.commodity and register["base_year"]:
            row = now.row(f"whatif_lost_{register['quantity']}", now.desk.home, commodity)
            if row and row["value"] >= 1e-3:
                made.append((labels.name("commodity", commodity, now.desk.name(commodity)), now.desk.notes.of(row)))
    return made


def _said(sentence: str, words: Mapping[str, Piece | None]) -> list[Piece]:
    """A sentence with figures and words in its braces."""
    parts: list[Piece] = []
    for i, piece in enumerate(part for half in sentence.split("{") for part in half.split("}", 1)):
        found = words.get(piece) if i % 2 else piece
        if found:
            parts.append(found)
    return parts


def buildable(before: Told, what: WhatIf) -> list[dict[str, Any]]:
    """Levers that act on a link of this commodity, those that are pulled first."""
    mine = {
        row["link"] for row in before.case.table("links").iter_rows(named=True) if row["commodity"] == before.commodity
    }
    effects = before.case.table("effects").iter_rows(named=True)
    acting = {effect["lever"] for effect in effects if effect["target"] in mine}
    pulled = {pull.lever for pull in what.levers}
    rows = before.case.table("levers").iter_rows(named=True)
    found = [
        {"id": row["lever"], "name": short(row["title"]), "on": row["lever"] in pulled}
        for row in rows
        if row["lever"] in acting
    ]
    return sorted(found, key=lambda one: (not one["on"], str(one["name"])))


def choices(now: Told, before: Told, what: WhatIf, labels: Labels) -> dict[str, Sequence[Mapping[str, Any]]]:
    """What can be closed by a click: corridors that carry something beyond the home state, the largest first; powers; borders
    of the home state that something of this commodity crosses."""
    desk = now.desk
    lines = {row["link"]: row for row in desk.layout.links if row["commodity"] == now.commodity}
    largest: dict[str, tuple[float, str]] = {}
    for link, row in lines.items():
        flow = before.value("whatif_flow", link) or 0.0
        abroad = set(row["territory"].split(";")) - {desk.home, ""}
        if row["corridor"] and abroad and flow >= LEAST:
            largest[row["corridor"]] = max(largest.get(row["corridor"], (0.0, "")), (flow, link))
    corridors = []
    for corridor, (_, link) in sorted(largest.items(), key=lambda entry: -entry[1][0]):
        facts = [told.row(f"whatif_flow_{now.quantity}", link, now.commodity) for told in (before, now)]
        figures = [
            told.desk.notes.of(fact, unit="", ranged=False) if fact else None
            for told, fact in zip((before, now), facts, strict=True)
        ]
        share = what.closed.get(corridor, 0.0)
        corridors.append(
            {
                "id": corridor,
                "name": called(now, corridor, labels),
                "was": figures[0],
                "is": figures[1],
                "share": share,
            }
        )
    powers = [
        {"id": power, "name": labels.name("actor", power, desk.name(power)), "on": power in what.powers}
        for power in desk.case.powers
    ]
    powers += [
        {"id": other, "name": labels.name("actor", other, desk.name(other)), "on": True}
        for other in what.powers
        if other not in desk.case.powers
    ]
    used = {link for link in lines if (before.value("whatif_flow", link) or 0.0) >= LEAST}
    borders = [
        {"id": name, "name": called(now, name, labels), "on": name in what.closed}
        for name, links in now.closable.items()
        if name.startswith("border:") and used & set(links)
    ]
    rest = [{"id": name, "name": called(now, name, labels), "share": share} for name, share in what.closed.items()
            if name not in largest and not name.startswith("border:")]  # fmt: skip
    return {
        "corridors": corridors, "powers": powers, "borders": borders, "rest": rest, "levers": buildable(before, what),
    }  # fmt: skip
