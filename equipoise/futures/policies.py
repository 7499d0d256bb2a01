"""Policies: levers of the case with the year in which each is to be felt and how far it is pulled; what they cost and move.

A lever acts through the fact that it changes: the limit of a link, the level of a measure, the reach or the rate of a
threat. It costs, takes its time, may need another first, and may provoke a power.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from itertools import combinations

from equipoise.case import Case
from equipoise.errors import InputError
from equipoise.resilience.projects import Effect, Figures, Project, ready

__all__ = ["FIGURES", "Levers", "Policy", "Pull", "named", "policies_of"]

FIGURES = (
    "lever_effect", "lever_capex", "lever_opex", "lever_build_time", "lever_target", "provocation_factor", "capital_charge",
    "bearing_elasticity", "threat_reach", "threat_rate", "threat_episodes", "threat_duration",
)  # fmt: skip
_PULL = re.compile(r"(?P<lever>[A-Za-z0-9_]+)(@(?P<year>\d{4}))?(=(?P<intensity>[0-9.]+))?")


@dataclass(frozen=True, slots=True)
class Pull:
    """One lever of a policy: the year in which it is to be felt, how far it is pulled (above 0, at most 1), and why."""

    lever: str
    year: int
    intensity: float = 1.0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """A set of levers. ``own`` are its levers; ``standing`` those that are pulled under every policy of the case."""

    id: str
    name: str
    aim: str
    own: tuple[Pull, ...]
    standing: tuple[Pull, ...] = ()

    @property
    def pulls(self) -> tuple[Pull, ...]:
        """Every lever that is pulled; where a standing one is also its own, its own holds."""
        mine = {pull.lever for pull in self.own}
        return tuple(pull for pull in self.standing if pull.lever not in mine) + self.own


class Levers:
    """Every lever of a case: what the register says of it, its effects as a project, and its figures in one future."""

    def __init__(self, case: Case, central: Levers | None = None) -> None:
        self.case, self.figures, self.central = case, Figures(case, FIGURES), central
        self._earliest: dict[str, float] = {}
        rows = case.table("levers").iter_rows(named=True)
        self.rows: Mapping[str, Mapping[str, str]] = central.rows if central else {row["lever"]: row for row in rows}
        self.effects: Mapping[str, Sequence[Mapping[str, str]]] = central.effects if central else self._effects()
        self.projects: Mapping[str, Project] = (
            central.projects if central else {lever: self._project(lever) for lever in self.rows}
        )

    @cached_property
    def ranges(self) -> Mapping[tuple[str, str], Mapping[str, float]]:
        """Central value, low and high of each figure of a threat; without a range all three are one."""
        measures = ["threat_reach", "threat_rate", "threat_duration"]
        found = {}
        for row in self.case.view(measures).iter_rows(named=True):
            low, high = (row["value"] if row[end] is None else row[end] for end in ("low", "high"))
            found[str(row["measure"]), str(row["subject"])] = {"low": low, "mean": row["value"], "high": high}
        return found

    def _effects(self) -> Mapping[str, Sequence[Mapping[str, str]]]:
        """Effects by lever, but for levels that the network itself answers: two figures of one thing would contradict."""
        answered = {
            row["outcome"]
            for row in self.case.table("outcomes").iter_rows(named=True)
            if "corridors" in row["computed_by"]
        }
        found: dict[str, list[Mapping[str, str]]] = {lever: [] for lever in self.rows}
        for effect in self.case.table("effects").iter_rows(named=True):
            if effect["target"] not in answered:
                found[effect["lever"]].append(effect)
        return found

    def _project(self, lever: str) -> Project:
        row = self.rows[lever]
        words = set(re.findall(r"\w+", row["prerequisite"]))
        effects = tuple(
            Effect(e["effect"], e["target"], e["capacity_kind"], e["mode"], e["unit"], float(e["lag_years"] or 0.0))
            for e in self.effects[lever]
        )
        needs = tuple(other for other in self.rows if other in words)
        begun = row["status"].startswith(("done", "under construction"))
        return Project(lever, "", effects, needs, int(row["earliest_year"]) if row["earliest_year"] else None, begun)

    def earliest(self, lever: str) -> float:
        """The year in which the whole of a lever is felt if it is decided in the year after that of the case."""
        if lever not in self._earliest:
            central = self.central.figures if self.central else None
            self._earliest[lever] = ready(self.projects[lever], self.figures, self.case.year, central)
        return self._earliest[lever]

    def felt(self, pull: Pull) -> float:
        """The year in which a pull is felt in this future: as planned, later by as much as this future is late."""
        usual = (self.central or self).earliest(pull.lever)
        return pull.year + max(0.0, self.earliest(pull.lever) - usual)

    def begun(self, pull: Pull) -> float:
        """The year in which a pull is begun: as long before it is felt as it usually takes to build."""
        usual = (self.central or self).figures.value("lever_build_time", pull.lever) or 0.0
        return max(self.case.year + 1.0, pull.year - usual)

    def provokes(self, pull: Pull) -> dict[str, float]:
        """By how much a pull raises the rate of a power's threats, by power; nothing where it provokes nobody."""
        row = self.rows[pull.lever]
        factor = self.figures.value("provocation_factor", "WLD", row["provokes_strength"])
        if factor is None or not row["provokes_power"]:
            return {}
        return dict.fromkeys(row["provokes_power"].split(";"), 1.0 + pull.intensity * (factor - 1.0))

    def provoked(self, pulls: Sequence[Pull], at: float | None = None) -> dict[str, float]:
        """The same of several pulls, those begun by a year: of each power the strongest, for nothing is known of how
        provocations add up."""
        found: dict[str, float] = {}
        for pull in pulls:
            if at is None or self.begun(pull) <= at:
                for power, factor in self.provokes(pull).items():
                    found[power] = max(found.get(power, 1.0), factor)
        return dict(sorted(found.items()))

    def cost(self, pulls: Sequence[Pull], measure: str) -> float:
        """Sum of a cost over pulls; those whose cost nobody published are in no sum."""
        return sum(pull.intensity * (self.figures.value(measure, pull.lever) or 0.0) for pull in pulls)

    def unpriced(self, pulls: Sequence[Pull]) -> list[str]:
        """Levers whose capital cost nobody published."""
        return [pull.lever for pull in pulls if self.figures.value("lever_capex", pull.lever) is None]

    def moved(self, pulls: Sequence[Pull]) -> dict[str, tuple[float | None, float]]:
        """Level of each measure before and after these pulls; no level before where nobody published one.

        Additions add up, ratios multiply, of several levers that set a level the last to be felt does, and a cap comes last.
        """
        found: dict[str, tuple[float | None, float]] = {}
        acts = [
            (effect["mode"] == "cap", pull.year, i, effect)
            for i, pull in enumerate(pulls) for effect in self.effects[pull.lever] if effect["target_type"] == "measure"
        ]  # fmt: skip
        for _, _, i, effect in sorted(acts, key=lambda act: act[:3]):
            size, target = self.figures.value("lever_effect", pulls[i].lever, effect["effect"]), effect["target"]
            base = self.figures.value("lever_target", target)
            now = found[target][1] if target in found else base
            after = None if size is None else _after(effect["mode"], now, size, pulls[i].intensity)
            if after is not None:
                found[target] = base, after
        return found

    def threats(self, pulls: Sequence[Pull], at: float | None = None) -> dict[tuple[str, str], float]:
        """Factors on the ``reach`` and the ``rate`` of threats, by threat and which, of pulls felt by a year."""
        found: dict[tuple[str, str], float] = {}
        for pull in pulls:
            for effect in self.effects[pull.lever]:
                size = self.figures.value("lever_effect", pull.lever, effect["effect"])
                if effect["target_type"] == "threat" and size is not None and (at is None or self.felt(pull) <= at):
                    key = effect["target"], "rate" if effect["unit"].startswith("hazard") else "reach"
                    found[key] = found.get(key, 1.0) * (1.0 + pull.intensity * (size - 1.0))
        return found

    def check(self, policy: Policy) -> None:
        """Refuse a policy that cannot be.

        Raises
        ------
        InputError
            An unknown lever, a year before it can be felt, an intensity out of range, a prerequisite that is not part of the
            policy, two levers that set the same limit, or no lever at all.
        """
        if not policy.pulls:
            raise InputError(f"policy {policy.id}", found="no lever", allowed="one lever or more")
        every = [pull.lever for pull in policy.pulls]
        if twice := sorted({lever for lever in every if every.count(lever) > 1}):
            raise InputError(f"policy {policy.id}", found=f"{', '.join(twice)} twice", allowed="each lever once")
        year = {pull.lever: pull.year for pull in policy.pulls}
        for pull in policy.pulls:
            if pull.lever not in self.rows:
                near = ", ".join(get_close_matches(pull.lever, self.rows, n=3, cutoff=0.4)) or "none"
                raise InputError("lever", found=pull.lever, allowed=f"a lever of the case; nearest: {near}")
            if not 0 < pull.intensity <= 1:
                raise InputError(f"intensity of {pull.lever}", found=pull.intensity, allowed="above 0, at most 1")
            if pull.year < int(self.earliest(pull.lever)):
                allowed = f"{int(self.earliest(pull.lever))} or later, when it can be felt at the earliest"
                raise InputError(f"year of {pull.lever} in {policy.id}", found=pull.year, allowed=allowed)
            for need in self.projects[pull.lever].needs:
                if year.get(need, 9999) > pull.year:
                    found = f"without {need}" if need not in year else f"in {pull.year}, before {need} in {year[need]}"
                    raise InputError(
                        f"{pull.lever} in {policy.id}", found=found, allowed=f"with {need}, no later than itself"
                    )
        for one, other in combinations(policy.pulls, 2):
            if self._sets(one.lever) & self._sets(other.lever):
                names = f"{one.lever} and {other.lever}"
                raise InputError(
                    f"policy {policy.id}", found=names, allowed="one of them: both set one limit of one link"
                )

    def _sets(self, lever: str) -> set[tuple[str, str]]:
        """Limits of links that a lever sets to a figure of its own."""
        kinds = ("link", "new_link")
        every = self.effects[lever]
        return {(e["target"], e["capacity_kind"]) for e in every if e["mode"] == "set" and e["target_type"] in kinds}


def policies_of(case: Case) -> list[Policy]:
    """The policies of a case, that which goes on under every other first.

    Raises
    ------
    InputError
        The case has none.
    """
    pulls: dict[str, list[Pull]] = {}
    for row in case.table("policy_levers").iter_rows(named=True):
        pull = Pull(row["lever"], int(row["year"]), float(row["intensity"]), row["reason"])
        pulls.setdefault(row["policy"], []).append(pull)
    rows = sorted(case.table("policies").iter_rows(named=True), key=lambda row: (row["standing"] != "1", row["policy"]))
    if not rows:
        raise InputError("policies", found="none", allowed="a case with the tables policies and policy_levers")
    standing = tuple(pull for row in rows if row["standing"] == "1" for pull in pulls.get(row["policy"], []))
    return [
        Policy(row["policy"], row["name"], row["aim"], tuple(pulls.get(row["policy"], [])),
               () if row["standing"] == "1" else standing)
        for row in rows
    ]  # fmt: skip


def named(case: Case, levers: Levers, text: str = "") -> list[Policy]:
    """The policies that a list names, divided by commas; all of the case where it names none.

    A name is that of a policy, or levers joined by plus signs, each with its year and intensity if they are not the
    earliest and 1: ``eskene_kuryk@2031=0.5+caspian_tankers``. What goes on under every policy comes first, to compare with.

    Raises
    ------
    InputError
        There is no such policy or lever, or a policy cannot be (:meth:`Levers.check`).
    """
    every = policies_of(case)
    known = {policy.id: policy for policy in every}
    standing = [policy for policy in every if not policy.standing]
    asked = [part.strip() for part in text.split(",") if part.strip()]
    chosen = [known[part] if part in known else _made(part, levers, known, standing) for part in asked] or every
    chosen = [*(policy for policy in standing if policy not in chosen), *chosen] if asked else chosen
    for policy in chosen:
        levers.check(policy)
    return list(dict.fromkeys(chosen))


def _made(text: str, levers: Levers, known: Mapping[str, Policy], standing: Sequence[Policy]) -> Policy:
    """A policy of one's own."""
    under_all = tuple(pull for policy in standing for pull in policy.pulls)
    pulls = tuple(_pulls(text, levers, known))
    titles = [re.split(r" \(|[:,]", levers.rows[pull.lever]["title"])[0] for pull in pulls]
    return Policy("+".join(pull.lever for pull in pulls), " and ".join(titles), "As asked", pulls, under_all)


def _pulls(text: str, levers: Levers, known: Mapping[str, Policy]) -> Iterator[Pull]:
    for part in text.split("+"):
        found = _PULL.fullmatch(part.strip())
        if not found or found["lever"] not in levers.rows:
            near = get_close_matches(part, [*known, *levers.rows], n=3, cutoff=0.4)
            alone = f"{part.strip() or 'nothing'} in {text}" if part != text else part
            allowed = (
                f"a policy of the case by itself ({', '.join(known)}), or levers, each as LEVER@YEAR=INTENSITY, of which year "
                f"and intensity may be left out; nearest: {', '.join(near) or 'none'}"
            )
            raise InputError("--policy", found=alone, allowed=allowed)
        earliest = levers.earliest(found["lever"])
        whole = int(earliest) + (earliest > int(earliest))
        yield Pull(found["lever"], int(found["year"] or whole), float(found["intensity"] or 1.0), "as asked")


def _after(mode: str, now: float | None, size: float, intensity: float) -> float | None:
    """A level after an effect; nothing where an addition, a ratio or a cap has no level to start from."""
    if mode in ("set", "open"):
        return size if now is None else now + intensity * (size - now)
    if now is None:
        return None
    if mode == "cap":
        return now - intensity * max(0.0, now - size)
    return now + intensity * size if mode == "add" else now * (1.0 + intensity * (size - 1.0))
