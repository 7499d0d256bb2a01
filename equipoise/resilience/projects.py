"""What a lever does to the links of a network: which limit of which link it moves, by how much, and when it stands.

A lever moves one kind of limit of a link; the least of all kinds binds, so that a wider pipe moves nothing while a quota
binds. Where the kind that it moves was never published (a fleet), what there is of it is taken to suffice for what the
other limits allow today, and no more. What is left of a pipe after domestic deliveries grows with the pipe. What widens a
port widens the crossings that use it, each as far as its capacity is known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from equipoise.case import Case, Layout
from equipoise.corridors import READINGS
from equipoise.corridors.building import build
from equipoise.corridors.inputs import Input, Inputs
from equipoise.corridors.network import Network
from equipoise.ledger import fact_id

__all__ = ["Effect", "Figures", "Limit", "Project", "Works", "crossings", "opened", "projects_of"]

FloatArray = NDArray[np.float64]

SHIPS = ("ferry", "ship", "tanker")
"""How cargo crosses from a port."""
FLEET = "fleet"
"""A limit by ships: binds beside those of every reading."""
FOLLOWS = {"technical": "net_spare"}
"""What is left of a pipe after domestic deliveries grows with the pipe."""
PRE_DECISION = 1
"""Years from the year of the case to the decision: its figures are of that year, the decision is of the next."""


@dataclass(frozen=True, slots=True)
class Effect:
    """One effect of a lever on a link: which limit, how (add, set, multiply, open), the unit of the figure, and the years
    from the decision until it is felt, where they are told apart from the time to build."""

    number: str
    link: str
    kind: str
    mode: str
    unit: str
    lag: float


@dataclass(frozen=True, slots=True)
class Project:
    """A lever that acts on the links of one commodity (none where it acts on no link), with the levers that it needs."""

    lever: str
    commodity: str
    effects: tuple[Effect, ...]
    needs: tuple[str, ...]
    earliest: int | None
    begun: bool


class Figures:
    """The figures of levers and threats in one future, by measure, subject and item."""

    def __init__(self, case: Case, measures: Sequence[str]) -> None:
        frame = case.view(list(measures)).sort(pl.col("period").cast(pl.String))  # of several years the last counts
        self._found: dict[tuple[str, str, str], tuple[float, str]] = {}
        names = ("measure", "subject", "object", "item", "period")
        for row in frame.iter_rows(named=True):
            parts = [str(row[name]) for name in names]
            self._found[parts[0], parts[1], parts[3]] = float(row["value"]), fact_id(*parts)

    def value(self, measure: str, subject: str, item: str = "") -> float | None:
        """The figure, or nothing where nobody published it."""
        found = self._found.get((measure, subject, item))
        return found[0] if found else None

    def id(self, measure: str, subject: str, item: str = "") -> str:
        """The id of the fact."""
        return self._found[measure, subject, item][1]

    def with_values(self, values: Mapping[str, float]) -> Figures:
        """The same figures but for those named, by id, which take these values."""
        other = copy(self)
        other._found = {key: (values.get(name, value), name) for key, (value, name) in self._found.items()}
        return other


def projects_of(case: Case) -> list[Project]:
    """Every lever that acts on a link, and what else is built for the same ends, in the order of the register.

    The latter, works that cannot be undone and that act on a measure or a place, have no commodity and no network to be tried
    on; a reader who looks for them must still find them.
    """
    links = {row["link"]: row for row in case.table("links").iter_rows(named=True)}
    levers = {row["lever"]: row for row in case.table("levers").iter_rows(named=True)}
    effects: dict[str, list[Mapping[str, Any]]] = {lever: [] for lever in levers}
    for effect in case.table("effects").iter_rows(named=True):
        ports = crossings(case, effect["target"]) if effect["target_type"] == "place" else ()
        effects[effect["lever"]] += [{**effect, "target": link} for link in ports] or [effect]
    ends = {levers[lever]["pillar"] for lever, all_ in effects.items() if any(e["target"] in links for e in all_)}
    made: list[Project] = []
    for lever, row in levers.items():
        found = [e for e in effects[lever] if e["target"] in links]
        commodity = links[found[0]["target"]]["commodity"] if found else ""
        if not found and row["pillar"] in ends and row["reversible"] == "no":
            found = [e for e in effects[lever] if e["target_type"] in ("measure", "place")]
        if found:
            words = set(re.findall(r"\w+", row["prerequisite"]))
            needs = tuple(other for other in levers if other in words)
            begun = row["status"].startswith(("done", "under construction"))
            earliest = int(row["earliest_year"]) if row["earliest_year"] else None
            made.append(Project(lever, commodity, tuple(_effect(e) for e in found), needs, earliest, begun))
    return made


def crossings(case: Case, port: str) -> list[str]:
    """The links over the sea that use a port and whose capacity is known: what the port passes is a limit of each of them.

    Where nobody published what a link carries, a wider port widens nothing that is known.
    """
    known = set(case.view(["capacity_mass", "capacity_containers"])["subject"].cast(pl.String))
    return [
        row["link"] for row in case.table("links").iter_rows(named=True)
        if port in (row["from"], row["to"]) and row["mode"] in SHIPS and row["link"] in known
    ]  # fmt: skip


def _effect(row: Mapping[str, Any]) -> Effect:
    lag = float(row["lag_years"]) if row["lag_years"] else 0.0
    return Effect(row["effect"], row["target"], row["capacity_kind"] or "technical", row["mode"], row["unit"], lag)


def ready(project: Project, figures: Figures, year: int, central: Figures | None = None) -> float:
    """The year in which the whole of a project is felt, if it is decided after the ``year`` of the case.

    A project that is done, or under construction, is ready in the year that the register gives, later by as much as its
    time to build is longer than ``central``.
    """
    build = figures.value("lever_build_time", project.lever) or 0.0
    usual = (central or figures).value("lever_build_time", project.lever) or 0.0
    late = max(0.0, build - usual)
    if project.begun and project.earliest:
        return project.earliest + (late if project.earliest > year else 0.0)
    lag = max((effect.lag for effect in project.effects), default=0.0)
    return max((project.earliest or 0) + late, year + PRE_DECISION + max(build, lag + late))


def opened(layout: Layout, case: Case, levers: Iterable[Project]) -> Layout:
    """The layout with the links that these levers would build, and those that they would take into service, as links that
    exist; they carry nothing until a limit says otherwise."""
    targets = {effect.link for project in levers for effect in project.effects}
    wider = copy(layout)
    rows = [
        {**row, "role": "edge", "opened": "", "status": "operating"}
        for row in case.table("links").iter_rows(named=True)
        if row["link"] in targets and (row["role"] == "project" or _unbuilt(row))
    ]
    wider.links = [row for row in layout.links if row["link"] not in {new["link"] for new in rows}] + rows
    wider.corridor_of = {row["link"]: row["corridor"] for row in wider.links}
    return wider


def _unbuilt(row: Mapping[str, Any]) -> bool:
    return row["role"] == "edge" and row["status"] in ("planned", "under construction")


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit of an arc: its kind, what it allows before anything is built, and the fact that says so."""

    arc: int
    kind: str
    room: float
    fact: str


class Works:
    """A network with the limits that projects move, and what each project adds to each.

    ``limits`` are one for every arc, and one more for every further kind of limit of the links that a project acts on;
    ``addition`` (p, r) is what each of the ``projects`` adds when it stands.
    """

    def __init__(
        self, inputs: Inputs, figures: Figures, projects: Sequence[Project], commodity: str, year: int
    ) -> None:
        self.inputs, self.figures = inputs, figures
        self.projects = tuple(project for project in projects if project.commodity == commodity)
        self.network: Network = build(inputs, commodity, year, "contract")
        self._arc = {link: i for i, link in enumerate(self.network.links)}
        moved = sorted({e.link for p in self.projects for e in p.effects if e.link in self._arc})
        self._new = {
            row["link"] for row in inputs.case.table("links").iter_rows(named=True)
            if row["link"] in moved and (row["role"] == "project" or _unbuilt(row))
        }  # fmt: skip
        self._factor = self._factors()
        self.limits = self._limits(moved)
        self._row = {(limit.arc, limit.kind): r for r, limit in enumerate(self.limits)}
        self.limited = np.array([limit.arc for limit in self.limits])
        self.room = np.array([limit.room for limit in self.limits])
        self.addition = np.array([self._added(project) for project in self.projects]).reshape(-1, len(self.limits))

    def capacity(self, built: NDArray[np.bool_] | FloatArray) -> FloatArray:
        """What each arc carries (m,) when these projects (p,) stand, each whole or to a degree of 0 to 1: the least of its
        limits."""
        room = self.room + np.asarray(built, dtype=float) @ self.addition
        capacity = np.full(len(self.network.tail), np.inf)
        np.minimum.at(capacity, self.limited, room)
        return capacity

    def binding(self, link: str, built: NDArray[np.bool_]) -> Limit:
        """The least limit of a link when these projects stand."""
        room = self.room + self.addition[built].sum(axis=0)
        own = [r for r, limit in enumerate(self.limits) if limit.arc == self._arc[link]]
        return self.limits[min(own, key=lambda r: room[r])]

    @property
    def measures(self) -> Mapping[str, float]:
        """The measures that limit a link of this commodity, each with what turns it into the unit of the commodity."""
        return {measure: factor for measure, (_, factor) in self._factor.items()}

    @property
    def unbuilt(self) -> frozenset[str]:
        """Links that carry nothing until a project stands."""
        return frozenset(self._new)

    def factor(self, unit: str) -> float:
        """What turns a figure in the unit of an effect into the unit of the commodity; 0 where nothing does."""
        if unit == "ktU/y":
            return 1e3
        return next((factor for known, factor in self._factor.values() if known == unit), 0.0)

    def _factors(self) -> dict[str, tuple[str, float]]:
        """By measure of capacity: its unit, and what turns it into the unit of the commodity."""
        find, home, quantity = self.inputs.at, self.inputs.layout.home, self.network.quantity
        factors = {f"capacity_{quantity}": 1.0}
        if quantity == "containers":
            mass, load = find("container_mass", home, "", 0), find("train_load", home, "", 0)
            factors |= {"capacity_mass": 1e3 / mass.value} if mass else {}
            factors |= {"capacity_trains": 0.365 * load.value} if load else {}
        units = {
            "capacity_containers": "kTEU/y", "capacity_mass": "Mt/y", "capacity_trains": "train pairs/day",
            "capacity_gas": "bcm/y", "capacity_uranium": "tU/y",
        }  # fmt: skip
        return {measure: (units[measure], factor) for measure, factor in factors.items()}

    def _limits(self, moved: Sequence[str]) -> list[Limit]:
        """One limit for each arc that no project touches, all kinds of those that one does."""
        network = self.network
        touched = {self._arc[link] for link in moved}
        made = [
            Limit(arc, "", float(room), network.capacity_by.get(network.links[arc], "") if arc < len(network.links) else "")
            for arc, room in enumerate(network.capacity) if arc not in touched
        ]  # fmt: skip
        for link in moved:
            arc = self._arc[link]
            found = {} if link in self._new else self._published(link)
            moves = {e.kind for p in self.projects for e in p.effects if e.link == link and e.kind != "plan"}
            today = min(
                (room for room, _ in found.values()), default=0.0 if link in self._new else network.capacity[arc]
            )
            for kind in sorted(moves - set(found)):
                found[kind] = (float(today), "")
            made += [Limit(arc, kind, room, fact) for kind, (room, fact) in sorted(found.items())]
        return made

    def _published(self, link: str) -> dict[str, tuple[float, str]]:
        """The limits of a link that bind under contract, and its fleet, in the unit of the commodity; of several measures
        of one kind the least."""
        found: dict[str, tuple[float, str]] = {}
        for measure, (_, factor) in self._factor.items():
            for kind in (*READINGS["contract"], FLEET):
                fact: Input | None = self.inputs.near(measure, link, kind, self.network.year)
                if fact and (kind not in found or fact.value * factor < found[kind][0]):
                    found[kind] = fact.value * factor, fact.id
        return found

    def _added(self, project: Project) -> FloatArray:
        """What a project adds to each limit; a figure below today's takes nothing away, for nobody builds it then."""
        added = np.zeros(len(self.limits))
        for effect in project.effects:
            size = self.figures.value("lever_effect", project.lever, effect.number)
            if size is None or effect.link not in self._arc:
                continue
            for kind in (effect.kind, FOLLOWS.get(effect.kind, "")):
                row = self._row.get((self._arc[effect.link], kind))
                if row is not None:
                    base = self._row.get((self._arc[effect.link], effect.kind), row)
                    added[row] += max(0.0, self._more(effect, size, self.limits[base].room))
        return added

    def _more(self, effect: Effect, size: float, room: float) -> float:
        """How much an effect adds to a limit that allows ``room`` today."""
        if effect.mode == "multiply":
            return room * (size - 1.0)
        if effect.mode == "open" and "0/1" in effect.unit:  # opened, with no published capacity: wide as the supply
            return size * float(self.network.capacity[-1])
        return size * (self.factor(effect.unit) or 1.0) - (room if effect.mode == "set" else 0.0)
