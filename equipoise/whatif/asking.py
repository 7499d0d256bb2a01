"""What is asked: what is closed and how far, who withdraws, and what the asker would put in the place of the case's: facts,
levers that are pulled, weights."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from difflib import get_close_matches
from typing import Any

from equipoise.case import Case, Layout
from equipoise.errors import InputError
from equipoise.ledger import KEY, Ledger, fact_id, parse_id
from equipoise.whatif.pulling import Pull, assumptions, planned, pulls_of, standing, told_standing, with_rows
from equipoise.whatif.reading import number, reason, remembered, shown
from equipoise.whatif.weighing import Weight, weighed, weights_of

__all__ = [
    "AS_IT_IS",
    "OWN",
    "OWN_BASIS",
    "Change",
    "WhatIf",
    "answered",
    "applied",
    "closable",
    "parse",
    "with_changes",
    "withdrawing",
]

AS_IT_IS, OWN = "as_it_is", "own-assumption"
"""The id of the world in which nothing is closed and nothing changed; what the ids of a user's assumptions begin with."""
OWN_BASIS = "own-(assumption|lever|weight)-"
"""What the basis of every fact that a user assumed begins with."""
MOST_CLOSED, MOST_CHANGED = 60, 40
BORDER = "border:"
_ALLOWED = ("closed", "powers", "changes", "levers", "weights")


@dataclass(frozen=True, slots=True)
class Change:
    """A fact as its asker would have it, and why; ``fact`` has no basis, ``low`` and ``high`` are the asker's range."""

    fact: str
    value: float
    low: float
    high: float
    reason: str


@dataclass(frozen=True, slots=True)
class WhatIf:
    """A state of the world that somebody asks about: the share closed by name (a link, a corridor, or ``border:AAA-BBB``), the
    powers that withdraw all they control, the facts that are changed, the levers that are pulled, the weights that are others."""

    closed: Mapping[str, float] = field(default_factory=dict)
    powers: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    levers: tuple[Pull, ...] = ()
    weights: tuple[Weight, ...] = ()

    def plain(self) -> dict[str, Any]:
        """The same as plain data, in one order whatever order it was asked in; :func:`parse` reads it."""
        return {
            "closed": {name: self.closed[name] for name in sorted(self.closed)},
            "powers": sorted(self.powers),
            "changes": [asdict(one) for one in sorted(self.changes, key=lambda change: change.fact)],
            "levers": [asdict(one) for one in sorted(self.levers, key=lambda pull: pull.lever)],
            "weights": [asdict(one) for one in sorted(self.weights, key=lambda weight: weight.kind)],
        }

    @property
    def id(self) -> str:
        """A short name made from all that it says: the same question has the same name.

        >>> WhatIf().id, WhatIf(closed={"cpc": 1.0}).id == WhatIf(closed={"cpc": 1.0}).id
        ('as_it_is', True)
        """
        if self == WhatIf():
            return AS_IT_IS
        return f"w{hashlib.sha256(json.dumps(self.plain()).encode()).hexdigest()[:12]}"

    @property
    def own(self) -> WhatIf:
        """What of it is the user's own assumption: all but what is closed and who withdraws."""
        return replace(self, closed={}, powers=())

    @property
    def acts(self) -> bool:
        """Whether it may change a flow: weights never do."""
        return replace(self, weights=()) != WhatIf()

    @property
    def of_facts(self) -> WhatIf:
        """Its changed facts alone: questions that share them share their networks."""
        return WhatIf(changes=self.changes)

    @property
    def without_levers(self) -> WhatIf:
        """The same with no lever pulled."""
        return replace(self, levers=())


def parse(case: Case, asked: Mapping[str, Any]) -> WhatIf:
    """A what-if from plain data, of which each part may be left out: ``{"closed": {name: share}, "powers": [id],
    "changes": [{"fact", "value", "reason"}], "levers": [{"lever", "year", "intensity", "reason"} or {"policy", "reason"}],
    "weights": [{"kind", "value", "reason"}]}``.

    Raises
    ------
    InputError
        Something is named that the case does not have or nobody can close, a share outside 0-1, a figure outside the bounds of
        its measure or its own range, a lever that cannot be pulled so, a change without a reason, or more than can be meant.
    """
    if not isinstance(asked, Mapping):
        raise InputError("what-if", found=type(asked).__name__, allowed="an object")
    stray = sorted(str(name) for name in set(asked) - set(_ALLOWED))
    if stray:
        raise InputError("what-if", found=", ".join(stray)[:80], allowed=", ".join(_ALLOWED))
    closed = _closed(case, asked.get("closed") or {})
    powers = _powers(case, asked.get("powers") or [])
    changes = _changes(case, asked.get("changes") or [])
    changed = with_changes(case, changes)  # a lever is judged by the figures that the asker holds true
    return WhatIf(
        closed,
        powers,
        changes,
        pulls_of(changed, asked.get("levers") or []),
        weights_of(case, asked.get("weights") or []),
    )


def _closed(case: Case, asked: Any) -> dict[str, float]:
    if not isinstance(asked, Mapping) or len(asked) > MOST_CLOSED:
        raise InputError("closed", found=shown(asked), allowed=f"an object of at most {MOST_CLOSED} names and shares")
    made: dict[str, float] = {}
    known = closable(case) if asked else {}
    for name, share in asked.items():
        if name not in known:
            near = get_close_matches(str(name), known, n=4, cutoff=0.3) or list(known)[:4]
            allowed = f"a link, corridor or border of the case; nearest: {', '.join(near)}"
            raise InputError("closed", found=str(name)[:80], allowed=allowed)
        part = number(share, f"share of {name}")
        if not 0.0 <= part <= 1.0:
            raise InputError(f"share of {name}", found=f"{part:g}", allowed="0 to 1", remedy="a half is written 0.5")
        if part > 0.0:
            made[str(name)] = part
    return made


def _powers(case: Case, asked: Any) -> tuple[str, ...]:
    allowed = withdrawing(case)
    if not isinstance(asked, Sequence) or isinstance(asked, str):
        raise InputError("powers", found=shown(asked), allowed="a list of ids")
    unknown = [str(name) for name in asked if name not in allowed]
    if unknown:
        raise InputError("powers", found=", ".join(unknown)[:80], allowed=", ".join(allowed))
    return tuple(sorted(set(asked)))


def _changes(case: Case, asked: Any) -> tuple[Change, ...]:
    if not isinstance(asked, Sequence) or isinstance(asked, str) or len(asked) > MOST_CHANGED:
        raise InputError("changes", found=shown(asked), allowed=f"a list of at most {MOST_CHANGED} facts")
    made = [_change(case, entry) for entry in asked]
    if len({change.fact for change in made}) < len(made):
        raise InputError("changes", found="one fact twice", allowed="each fact once")
    return tuple(sorted(made, key=lambda change: change.fact))


def _change(case: Case, entry: Any) -> Change:
    """One change, its fact found and its figures within bounds."""
    if not isinstance(entry, Mapping):
        raise InputError("change", found=shown(entry), allowed="an object with fact, value and reason")
    rows = case.ledger.find(str(entry.get("fact", ""))[:400])
    row = rows.row(0, named=True)
    name = fact_id(*(str(row[key]) for key in KEY))
    if row["by"] != "case":
        raise InputError(
            "change", found=f"{name}, which a stage derives", allowed="a fact of the case itself",
            remedy="change what it rests on: trace names it",
        )  # fmt: skip
    value = number(entry.get("value"), name)
    low, high = (value if entry.get(end) is None else number(entry.get(end), name) for end in ("low", "high"))
    measure = case.measures.get(str(row["measure"]))
    least = -math.inf if measure is None or measure.low is None else measure.low
    most = math.inf if measure is None or measure.high is None else measure.high
    if not least <= low <= value <= high <= most:
        raise InputError(
            name, found=f"{low:g} <= {value:g} <= {high:g}", allowed=f"low <= value <= high in {least:g} to {most:g}"
        )
    return Change(name, value, low, high, reason(entry, name))


@remembered
def withdrawing(case: Case) -> tuple[str, ...]:
    """Who can withdraw: the powers of the case, and every other state that controls something of its networks."""
    layout = Layout(case)
    others = sorted(
        actor for actor, members in layout.members.items()
        if actor not in case.powers and layout.home not in members and actor not in layout.parent and actor != "OTHER"
    )  # fmt: skip
    return (*case.powers, *others)


@remembered
def closable(case: Case) -> dict[str, tuple[str, ...]]:
    """Everything that can be closed by name, with its links: each link, all of a corridor, and, as ``border:AAA-BBB``, all that
    cross a border of the home state."""
    layout, found = Layout(case), dict[str, list[str]]()
    for row in layout.links:
        for name in {row["link"], row["corridor"]} - {""}:
            found.setdefault(name, []).append(row["link"])
        states = {layout.country(row["from"]), layout.country(row["to"]), *filter(None, row["territory"].split(";"))}
        for other in sorted(states - {layout.home}) if layout.home in states else ():
            one, two = sorted((layout.home, other))
            found.setdefault(f"{BORDER}{one}-{two}", []).append(row["link"])
    return {name: tuple(links) for name, links in sorted(found.items())}


def with_changes(case: Case, changes: Sequence[Change]) -> Case:
    """The case with facts replaced, each an assumption of the asker whose reason stands in the register. The case itself is as
    it was."""
    if not changes:
        return case
    rows, told = [], assumptions([(f"{OWN}-{n}", change.reason) for n, change in enumerate(changes, 1)])
    for row, change in zip(told, changes, strict=True):
        parts, basis = parse_id(change.fact), row["assumption"]
        rows.append({
            **{name: parts[name] for name in KEY}, "value": change.value, "low": change.low, "high": change.high,
            "grade": "C", "kind": "assumed", "basis": basis, "by": "case", "note": change.reason,
        })  # fmt: skip
    return with_rows(case, assumptions=told).replace(Ledger.of(rows))


def applied(case: Case, what: WhatIf, known: Case | None = None, *, plan: bool = False) -> Case:
    """The case with all that a user assumes instead: facts replaced, levers as if they stood today, weights. It is written,
    checked and studied as any other; what is closed is no part of it.

    Parameters
    ----------
    known : Case, optional
        The same case knowing its losses of income, for weights that are made of them.
    plan : bool
        The levers as a policy that pulls them in their years, for futures, and not as if they stood.
    """
    changed = with_changes(case, what.changes)
    pulled = planned(changed, what.levers) if plan else standing(changed, what.levers)
    return weighed(pulled, what.weights, known)


def answered(case: Case, what: WhatIf, answer: Ledger) -> Case:
    """The case whose register says what a user assumes instead, and whose ledger is an answer alone: for views that must be
    quick."""
    told = assumptions([(f"{OWN}-{n}", change.reason) for n, change in enumerate(what.changes, 1)])
    return replace(told_standing(with_rows(case, assumptions=told), what.levers), ledger=answer)
