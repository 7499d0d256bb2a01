"""What each project does where it stands: its limit before and after, the room on its way, and what it keeps in tonnes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from equipoise.corridors.findings import Key
from equipoise.corridors.inputs import Inputs
from equipoise.corridors.network import SMALLEST, Closures
from equipoise.resilience.projects import Effect, Figures, Project, Works

__all__ = ["NATURAL", "NOTHING", "before_and_after", "in_nature", "name_of"]

NOTHING = "nothing"
"""The name of the plan that builds nothing."""
NATURAL = (
    "flow of {commodity} when powers withdraw, with and without the projects, each solved for its best flow under contract "
    "limits; a limit that nobody published suffices for today's flow and no more; weight is the share of the rent that moves "
    "with a figure"
)
MEASURES = {"Mt/y": "capacity_mass", "kTEU/y": "capacity_containers", "train pairs/day": "capacity_trains",
            "bcm/y": "capacity_gas", "ktU/y": "capacity_uranium"}  # fmt: skip


def name_of(levers: Sequence[str]) -> str:
    """The id of a plan: its projects in order, joined by a plus sign.

    >>> name_of(["b", "a"]), name_of([])
    ('a+b', 'nothing')
    """
    return "+".join(sorted(levers)) or NOTHING


def in_nature(works: Works, kept: Sequence[tuple[str, str]] = ()) -> dict[Key, float]:
    """What each project of a commodity without a price keeps when a power withdraws: alone, and as the last of all.

    The power is the one against which it keeps most, among equals the one that takes most; ``kept`` names pairs of project and
    power that were found before, so that a redraw tells of the same.
    """
    inputs = works.inputs
    network, size = works.network, len(works.projects)
    nothing, every = np.zeros(size, dtype=bool), np.ones(size, dtype=bool)
    closing = Closures(network)
    left = {power: network.reach(inputs.layout.members[power]) for power in inputs.layout.powers}
    known: dict[tuple[str, bytes], float] = {}

    def exports(power: str, built: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> float:
        mark = power, built.tobytes()
        if mark not in known:
            unpublished = np.isin(np.arange(len(network.tail)), _unlimited(works)) & (left[power] < 1.0)
            room = np.where(unpublished, closing.base.arc_flow, works.capacity(built)) * left[power]
            known[mark] = network.solve(room).exports
        return known[mark]

    found: dict[Key, float] = {}
    reached = [power for power in left if (left[power] < 1.0).any()]
    for i, project in enumerate(works.projects):
        this = np.arange(size) == i
        told = [power for lever, power in kept if lever == project.lever]
        if not told:
            alone = {p: exports(p, this) - exports(p, nothing) for p in reached}
            gains = {p: max(alone[p], exports(p, every) - exports(p, every & ~this)) for p in reached}
            told = sorted(reached, key=lambda p: (-round(gains[p], 6), round(exports(p, nothing), 6), p))[:1]
        for power in told:
            for item, without in (("alone", nothing), ("among_all", every & ~this)):
                more = exports(power, without | this) - exports(power, without)
                key = (f"project_avoided_{network.quantity}", project.lever, power, item, str(network.year))
                found[key] = more if abs(more) > SMALLEST else 0.0
    return found


def _unlimited(works: Works) -> list[int]:
    """Arcs whose capacity nobody published and no project moves."""
    moved = {limit.arc for limit in works.limits if limit.kind}
    missing = set(works.network.missing["capacity"])
    return [i for i, link in enumerate(works.network.links) if link in missing and i not in moved]


def before_and_after(inputs: Inputs, figures: Figures, works: Works | None, project: Project) -> dict[Key, float]:
    """The limit that a project moves, the least room on its way, and the days that it saves; ``works`` of its commodity, if
    that has a network."""
    found: dict[Key, float] = {}
    year = str(inputs.case.year)
    for effect in project.effects:
        size = figures.value("lever_effect", project.lever, effect.number)
        if size is None:
            continue
        if not project.commodity:
            before = figures.value("lever_target", effect.link)
            if before is not None:
                for item, value in (("before", before), ("after", _after(effect, before, size))):
                    found["project_limit", project.lever, effect.link, f"{item}.measure", year] = value
        elif "transit time" in effect.unit:
            before = figures.value("transit_time", effect.link)
            if before is not None:
                for item, value in (("before", before), ("after", before * size)):
                    found["project_time", project.lever, effect.link, item, year] = value
        elif works is not None and effect.link in works.network.links:
            found |= _in_network(works, project, effect, year)
        elif "0/1" not in effect.unit:
            found |= _service(inputs, project, effect, size, year)
    return found


def _service(inputs: Inputs, project: Project, effect: Effect, size: float, year: str) -> dict[Key, float]:
    """A limit of what no network holds: a service over several links, a line of a commodity without a network."""
    published = inputs.case.view(
        MEASURES.get(effect.unit, "capacity_mass"), subject=effect.link, item="technical"
    ).sort("period")
    before = float(published["value"][-1]) if published.height else 0.0
    return {
        ("project_limit", project.lever, effect.link, f"{item}.{effect.kind}", year): value
        for item, value in (("before", before), ("after", _after(effect, before, size)))
    }


def _after(effect: Effect, before: float, size: float) -> float:
    """The level that an effect leads to."""
    found = {"set": size, "add": before + size, "open": size, "multiply": before * size, "cap": min(before, size)}
    return found[effect.mode]


def _in_network(works: Works, project: Project, effect: Effect, year: str) -> dict[Key, float]:
    """A limit before and after, in the unit of the effect, and the least room on the way with the limit that binds there."""
    found: dict[Key, float] = {}
    this = np.array([other is project or other.lever == project.lever for other in works.projects])
    arc = works.network.links.index(effect.link)
    row = next(r for r, limit in enumerate(works.limits) if limit.arc == arc and limit.kind == effect.kind)
    added = float(works.addition[this][:, row].sum())
    factor = works.factor(effect.unit)
    if "0/1" not in effect.unit and factor:
        for item, value in (("before", works.room[row]), ("after", works.room[row] + added)):
            found["project_limit", project.lever, effect.link, f"{item}.{effect.kind}", year] = float(value) / factor
    routes = [
        r for r in works.inputs.layout.routes if effect.link in r.links and r.commodity == works.network.commodity
    ]
    way = max((r.links for r in routes), key=len, default=(effect.link,))
    held = [link for link in way if link in works.network.links]
    measure = f"project_route_{works.network.quantity}"
    for item, built in (("before", np.zeros(len(this), dtype=bool)), ("after", this)):
        capacity = works.capacity(built)
        least = min(held, key=lambda link: capacity[works.network.links.index(link)])
        kind = works.binding(least, built).kind or "published"
        if least in works.network.missing["capacity"] and not works.binding(least, built).kind:
            continue
        found[measure, project.lever, least, f"{item}.{kind}", year] = float(capacity[works.network.links.index(least)])
    return found
