"""What the levers of policies do over time in many futures at once: when each is felt, whom it provokes, what it moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from equipoise.futures.book import Book
from equipoise.futures.lives import Threat
from equipoise.futures.policies import Levers, Policy, Pull

__all__ = ["Acting", "Bearing", "Changes"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Changes:
    """Factors on threats by future, policy, year and threat (K, P, Y, J): on ``rate``, on it where ``provoked``, on ``reach``."""

    rate: FloatArray
    provoked: FloatArray
    reach: FloatArray


@dataclass(frozen=True, slots=True)
class _Pull:
    """One lever pulled by one policy: its figures by position, and its years."""

    policy: int
    lever: str
    year: float
    begun: float
    intensity: float
    build: int | None
    usual_build: float
    usual: float
    starts: float
    lag: float
    standing: bool
    threats: tuple[tuple[int, bool, int], ...]
    moves: tuple[tuple[str, str, int], ...]
    provokes: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Bearing:
    """How a level that levers move bears on the loss: on what, on which thing, whether by its ratio to today's, and to which
    power that ratio is taken: a figure by position, or in proportion where none is told."""

    level: str
    bears: str
    thing: str
    ratio: bool
    elasticity: int | None = None


class Acting:
    """The levers of some policies, ready to be felt in any future."""

    def __init__(self, levers: Levers, policies: Sequence[Policy], threats: Sequence[Threat], book: Book) -> None:
        self.policies, self.threats, self.year = len(policies), len(threats), levers.case.year
        self._threats = threats
        self.bearings = tuple(
            Bearing(
                row["level"], row["bears"], row["thing"], row["how"] == "ratio",
                book.last("bearing_elasticity", row["bearing"]),
            )
            for row in levers.case.table("bearings").iter_rows(named=True)
        )  # fmt: skip
        self.pulls = tuple(
            self._read(levers, p, pull, threats, book) for p, policy in enumerate(policies) for pull in policy.pulls
        )
        every = {
            effect["target"]
            for rows in levers.effects.values()
            for effect in rows
            if effect["target_type"] == "measure"
        }
        self.level = {name: book.last("lever_target", name) for name in sorted(every)}
        costs = [
            [(pull.intensity, measure, book.last(measure, pull.lever)) for pull in policy.own
             for measure in ("lever_capex", "lever_opex")]
            for policy in policies
        ]  # fmt: skip
        self._costs = [[(size, name, at) for size, name, at in row if at is not None] for row in costs]

    @staticmethod
    def _read(levers: Levers, p: int, pull: Pull, threats: Sequence[Threat], book: Book) -> _Pull:
        project, row = levers.projects[pull.lever], levers.rows[pull.lever]
        place = {threat.id: j for j, threat in enumerate(threats)}
        on_threats, moves = [], []
        for effect in levers.effects[pull.lever]:
            size = book.last("lever_effect", pull.lever, effect["effect"])
            if size is not None and effect["target_type"] == "threat" and effect["target"] in place:
                on_threats.append((place[effect["target"]], effect["unit"].startswith("hazard"), size))
            elif size is not None and effect["target_type"] == "measure":
                moves.append((effect["target"], effect["mode"], size))
        factor = book.last("provocation_factor", "WLD", row["provokes_strength"])
        powers = row["provokes_power"].split(";") if row["provokes_power"] and factor is not None else []
        stirred = tuple(
            (j, factor) for j, threat in enumerate(threats)
            if threat.power in powers and not threat.hazard and factor is not None
        )  # fmt: skip
        usual_build = levers.figures.value("lever_build_time", pull.lever) or 0.0
        return _Pull(
            p, pull.lever, float(pull.year), levers.begun(pull), pull.intensity, book.last("lever_build_time", pull.lever),
            usual_build, levers.earliest(pull.lever), float(project.earliest or 0),
            max((effect.lag for effect in project.effects), default=0.0), bool(project.begun and project.earliest),
            tuple(on_threats), tuple(moves), stirred,
        )  # fmt: skip

    def felt(self, values: FloatArray) -> FloatArray:
        """The year in which each pull is felt (K, pulls): as planned, later by as much as a future is late."""
        made = np.empty((len(values), len(self.pulls)))
        for i, pull in enumerate(self.pulls):
            build = np.zeros(len(values)) if pull.build is None else values[:, pull.build]
            late = np.maximum(build - pull.usual_build, 0.0)
            if pull.standing:
                earliest = pull.starts + (late if pull.starts > self.year else 0.0)
            else:
                earliest = np.maximum(pull.starts + late, self.year + 1 + np.maximum(build, pull.lag + late))
            made[:, i] = pull.year + np.maximum(earliest - pull.usual, 0.0)
        return made

    def stands(self, felt: FloatArray, projects: Sequence[str], quarters: FloatArray) -> FloatArray:
        """How far each of some works stands in each quarter (K, P, T, p)."""
        made = np.zeros((len(felt), self.policies, len(quarters), len(projects)))
        for i, pull in enumerate(self.pulls):
            if pull.lever in projects:
                at = projects.index(pull.lever)
                stood = quarters >= felt[:, i, None] - 1e-9
                made[:, pull.policy, :, at] = np.where(stood, pull.intensity, made[:, pull.policy, :, at])
        return made

    def changes(self, values: FloatArray, felt: FloatArray, years: FloatArray) -> Changes:
        """What policies do to threats."""
        shape = len(values), self.policies, len(years), self.threats
        rate, provoked, reach = np.ones(shape), np.ones(shape), np.ones(shape)
        for i, pull in enumerate(self.pulls):
            acts = years >= felt[:, i, None]
            for j, hazard, size in pull.threats:
                factor = np.where(acts, 1.0 + pull.intensity * (values[:, size, None] - 1.0), 1.0)
                (rate if hazard else reach)[:, pull.policy, :, j] *= factor
            for j, size in pull.provokes:
                stirred = np.where(years >= pull.begun, 1.0 + pull.intensity * (values[:, size, None] - 1.0), 1.0)
                provoked[:, pull.policy, :, j] = np.maximum(provoked[:, pull.policy, :, j], stirred)
        oftener = self.borne("rate", values, felt, years)
        for j, threat in enumerate(self._threats):
            if threat.id in oftener:
                rate[..., j] *= oftener[threat.id]
        return Changes(rate, provoked, reach)

    def moves(self, measure: str) -> bool:
        """Whether any pull moves a measure."""
        return any(target == measure for pull in self.pulls for target, _, _ in pull.moves)

    def levels(
        self, measure: str, values: FloatArray, felt: FloatArray, years: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Level of a measure before (K,), and under each policy in each year (K, P, Y); nothing, 0, where nobody published one.

        Additions add up, ratios multiply, of several levers that set a level the last to be felt does, and a cap comes last.
        """
        at = self.level.get(measure)
        base = np.zeros(len(values)) if at is None else values[:, at]
        made = np.broadcast_to(base[:, None, None], (len(values), self.policies, len(years))).copy()
        acts = [
            (mode == "cap", pull.year, i, mode, figure)
            for i, pull in enumerate(self.pulls) for target, mode, figure in pull.moves if target == measure
        ]  # fmt: skip
        for _, _, i, mode, figure in sorted(acts):
            pull = self.pulls[i]
            now, size = made[:, pull.policy], values[:, figure, None]
            if mode in ("set", "open"):
                then = now + pull.intensity * (size - now)
            elif mode == "add":
                then = now + pull.intensity * size
            elif mode == "cap":
                then = now - pull.intensity * np.maximum(now - size, 0.0)
            else:
                then = now * (1.0 + pull.intensity * (size - 1.0))
            made[:, pull.policy] = np.where(years >= felt[:, i, None], then, now)
        return base, made

    def levers_of(self, bears: str) -> set[str]:
        """Levers that move a level which bears on things of this kind."""
        levels = {one.level for one in self.bearings if one.bears == bears}
        return {pull.lever for pull in self.pulls for target, _, _ in pull.moves if target in levels}

    def borne(self, bears: str, values: FloatArray, felt: FloatArray, years: FloatArray) -> dict[str, FloatArray]:
        """What policies make of each thing (K, P, Y) that moved levels bear on; things that no policy moves are left out, but for
        levels that count as they are."""
        made: dict[str, FloatArray] = {}
        for one in self.bearings:
            if one.bears == bears and (self.moves(one.level) or not one.ratio):
                before, after = self.levels(one.level, values, felt, years)
                found = np.maximum(after / np.maximum(before, 1e-12)[:, None, None] if one.ratio else after, 0.0)
                if one.elasticity is not None:
                    found = found ** values[:, one.elasticity, None, None]
                made[one.thing] = made.get(one.thing, np.ones(1)) * found
        return made

    def costs(self, values: FloatArray) -> Mapping[str, FloatArray]:
        """Capital and running cost of each policy's own levers (K, P); what nobody published is in no sum."""
        made = {name: np.zeros((len(values), self.policies)) for name in ("lever_capex", "lever_opex")}
        for p, row in enumerate(self._costs):
            for intensity, name, figure in row:
                made[name][:, p] += intensity * values[:, figure]
        return made
