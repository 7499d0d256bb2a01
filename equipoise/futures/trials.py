"""What each lever does: tried on a policy with it and without it, in the same futures, so that nothing else differs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from equipoise.errors import InputError
from equipoise.futures.policies import Levers, Policy, Pull
from equipoise.resilience.projects import projects_of

__all__ = ["GROUND", "Trial", "alike", "grounds_of", "needed", "pairs", "pulled", "trials"]

GROUND = "balanced"
"""The policy on top of which levers are tried, beside what goes on under every policy; where a case has none, nothing is."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A lever tried on a policy: the places of the policy with it and without it, and what it was pulled with because it
    needs it (or, taken away, what needs it)."""

    lever: str
    ground: str
    with_it: int
    without: int
    beside: tuple[str, ...]


def pulled(levers: Levers, lever: str) -> Pull:
    """A lever pulled in full as early as it can be felt."""
    earliest = levers.earliest(lever)
    return Pull(lever, int(earliest) + (earliest > int(earliest)), 1.0, "tried")


def grounds_of(policies: Sequence[Policy]) -> list[Policy]:
    """What levers are tried on: what goes on under every policy, and the balanced one."""
    return [policy for policy in policies if not policy.standing or policy.id == GROUND]


def trials(levers: Levers, policies: Sequence[Policy]) -> tuple[list[Policy], list[Trial]]:
    """Every lever of the case on every ground: the policies to live through, those given first, and the trials among them.

    A lever that the ground pulls is taken away from it, and with it whatever needs it; any other is added, with whatever it
    needs. One that cannot stand beside what the ground pulls is not tried on it.
    """
    every, made = list(policies), list[Trial]()
    place = {_key(policy.pulls): i for i, policy in enumerate(every)}

    def at(policy: Policy) -> int:
        key = _key(policy.pulls)
        if key not in place:
            place[key] = len(every)
            every.append(policy)
        return place[key]

    for ground in grounds_of(policies):
        here = {pull.lever for pull in ground.pulls}
        for lever in levers.rows:
            if lever in here:
                gone = {lever, *(other for other in here if lever in needed(levers, other))}
                bare = _variant(ground, f"-{lever}", [pull for pull in ground.pulls if pull.lever not in gone])
                made.append(Trial(lever, ground.id, at(ground), at(bare), tuple(sorted(gone - {lever}))))
                continue
            missing = [other for other in needed(levers, lever) if other not in here]
            first = [pulled(levers, other) for other in missing]
            own = pulled(levers, lever)
            year = max([own.year, *(pull.year for pull in first)])
            fuller = _variant(ground, f"+{lever}", [*ground.pulls, *first, Pull(lever, year, 1.0, own.reason)])
            try:
                levers.check(fuller)
            except InputError:
                continue
            made.append(Trial(lever, ground.id, at(fuller), at(ground), tuple(missing)))
    return every, made


def _variant(ground: Policy, name: str, pulls: Sequence[Pull]) -> Policy:
    """The ground with other pulls: what goes on under every policy costs it nothing, as before."""
    standing = tuple(pull for pull in ground.standing if pull in pulls)
    return Policy(ground.id + name, ground.name, "", tuple(p for p in pulls if p not in standing), standing)


def alike(levers: Levers, policies: Sequence[Policy]) -> list[int]:
    """For each policy the first one that is lived through just as it is: the same pulls of all that moves something there, and
    the same provocations from the same years. Policies that differ in what enters no loss are lived through once."""
    bearing = levers.case.register.get("bearings")
    levels = set(bearing["level"]) if bearing is not None else set()
    acts = {
        lever: any(e["target_type"] != "measure" or e["target"] in levels for e in levers.effects[lever])
        for lever in levers.rows
    }
    places: dict[tuple[object, object], int] = {}
    found = []
    for place, policy in enumerate(policies):
        stirred: dict[tuple[str, str, float], float] = {}
        for pull in policy.pulls:
            row, begun = levers.rows[pull.lever], levers.begun(pull)
            for power in levers.provokes(pull):
                key = power, row["provokes_strength"], pull.intensity
                stirred[key] = min(begun, stirred.get(key, begun))
        moving = frozenset((p.lever, p.year, p.intensity) for p in policy.pulls if acts[p.lever])
        found.append(places.setdefault((moving, frozenset(stirred.items())), place))
    return found


def pairs(
    levers: Levers, ground: Policy, made: Sequence[Trial], moved: Sequence[bool]
) -> list[tuple[str, str, Policy]]:
    """Pairs of levers on a ground of which one moves nothing alone and both act on links of one commodity: what may need each
    other. The other may be any that is not pulled already, and whatever either needs comes with them."""
    works = {project.lever: project.commodity for project in projects_of(levers.case) if project.commodity}
    here = {pull.lever for pull in ground.pulls}
    idle = [t.lever for t, moves in zip(made, moved, strict=True) if t.ground == ground.id and not moves]
    found: list[tuple[str, str, Policy]] = []
    known: set[frozenset[str]] = set()
    for one in (lever for lever in idle if lever in works and lever not in here):
        for other in (lever for lever, commodity in works.items() if commodity == works[one] and lever not in here):
            both = frozenset((one, other))
            if len(both) < 2 or both in known or one in needed(levers, other) or other in needed(levers, one):
                continue
            known.add(both)
            names = dict.fromkeys([*needed(levers, one), *needed(levers, other), one, other])
            pulls = [pulled(levers, name) for name in names if name not in here]
            policy = _variant(ground, f"+{one}+{other}", [*ground.pulls, *_in_order(levers, pulls)])
            try:
                levers.check(policy)
            except InputError:
                continue
            found.append((one, other, policy))
    return found


def _in_order(levers: Levers, pulls: Sequence[Pull]) -> list[Pull]:
    """The same pulls, none felt before what it needs."""
    year = {pull.lever: pull.year for pull in pulls}
    return [
        Pull(
            pull.lever, max([pull.year, *(year.get(need, 0) for need in needed(levers, pull.lever))]), 1.0, pull.reason
        )
        for pull in pulls
    ]


def needed(levers: Levers, lever: str) -> list[str]:
    """Every lever that a lever needs, and that those need, those needed first first."""
    found: list[str] = []
    for need in levers.projects[lever].needs:
        found += [other for other in (*needed(levers, need), need) if other not in found]
    return found


def _key(pulls: Sequence[Pull]) -> frozenset[tuple[str, int, float]]:
    return frozenset((pull.lever, pull.year, pull.intensity) for pull in pulls)
