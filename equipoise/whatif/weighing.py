"""Weights that a user changes: whose threats are taken to come how often, and by what the powers' capabilities are measured.

Neither is a figure that anybody published: each is a choice among readings that the case keeps side by side, or one of the
user's own. A case with another weight has other rows where the stages look for them, and a reason for it in its register.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from equipoise import bargaining
from equipoise.bargaining.arena import CAPABILITIES, held
from equipoise.bargaining.issues import arenas
from equipoise.bargaining.record import Record
from equipoise.case import Case
from equipoise.errors import InputError
from equipoise.ledger import Ledger
from equipoise.whatif.pulling import assumptions, with_rows
from equipoise.whatif.reading import reason, shown

__all__ = ["KINDS", "OWN_WEIGHTING", "Weight", "needs_study", "weighed", "weights_of"]

KINDS = ("weighting", "capability")
OWN_WEIGHTING, OWN_WEIGHT, AS_THE_CASE = "own", "own-weight", "cited"
"""The id of a user's weighting; what the ids of assumptions of weight begin with; the capabilities that the case holds."""


@dataclass(frozen=True, slots=True)
class Weight:
    """A choice of the user's: of the ``weighting`` of threats, one of the case or powers joined by a plus sign, who are raised to
    the upper end of their record; of ``capability``, one of the ways that bargaining keeps side by side."""

    kind: str
    value: str
    reason: str


def weights_of(case: Case, asked: Any) -> tuple[Weight, ...]:
    """Weights from plain data: ``[{"kind", "value", "reason"}]``.

    Raises
    ------
    InputError
        A kind or a value that is none, one kind twice, or no reason.
    """
    if not isinstance(asked, Sequence) or isinstance(asked, str) or len(asked) > len(KINDS):
        raise InputError("weights", found=shown(asked), allowed=f"a list of at most {len(KINDS)}")
    made = [_weight(case, entry) for entry in asked]
    if len({one.kind for one in made}) < len(made):
        raise InputError("weights", found="one kind twice", allowed="each kind once")
    return tuple(sorted(made, key=lambda one: one.kind))


def _weight(case: Case, entry: Any) -> Weight:
    if not isinstance(entry, Mapping) or set(entry) - {"kind", "value", "reason"} or entry.get("kind") not in KINDS:
        raise InputError(
            "weight", found=shown(entry), allowed=f"an object with kind ({', '.join(KINDS)}), value and reason"
        )
    kind, value = str(entry["kind"]), str(entry.get("value", ""))[:120]
    if kind == "capability" and value not in CAPABILITIES:
        raise InputError("weight of capability", found=repr(value), allowed=", ".join(CAPABILITIES))
    if kind == "weighting":
        known = case.table("weightings")["weighting"].to_list()
        if value not in known:
            powers = value.split("+")
            if not known or any(power not in case.powers for power in powers) or len(set(powers)) < len(powers):
                allowed = f"{', '.join(known)}; or powers joined by +: {', '.join(case.powers)}"
                raise InputError("weighting of threats", found=repr(value), allowed=allowed)
            value = "+".join(sorted(powers))
    return Weight(kind, value, reason(entry, f"the {kind}"))


def needs_study(weights: Sequence[Weight]) -> bool:
    """Whether these weights are made of what a study finds, of losses and exposures."""
    return any(one.kind == "capability" and one.value not in (AS_THE_CASE, "equal") for one in weights)


def weighed(case: Case, weights: Sequence[Weight], known: Case | None = None) -> Case:
    """The case with these weights; ``known`` is the same knowing its losses of income, where :func:`needs_study` asks for it.

    Raises
    ------
    InputError
        Capabilities are asked for that no study of the case has found.
    """
    for n, one in enumerate(weights, 1):
        basis = f"{OWN_WEIGHT}-{n}"
        case = with_rows(case, assumptions=assumptions([(basis, f"{one.kind} {one.value}: {one.reason}")]))
        if one.kind == "weighting":
            case = _threats(case, one, basis)
        elif one.value != AS_THE_CASE:
            case = case.replace(Ledger.of(_capabilities(case, one, basis, known)))
    return case


def _threats(case: Case, one: Weight, basis: str) -> Case:
    """The case judged under one weighting alone."""
    table = case.table("weightings")
    if one.value in table["weighting"].to_list():
        kept = table.filter(pl.col("weighting") == one.value)
    else:
        names = " and ".join(case.name(power) for power in one.value.split("+"))
        row = {
            "weighting": OWN_WEIGHTING, "name": f"{names} at the upper end of their record, the others as often as seen",
            "raised": one.value.replace("+", ";"), "others": "seen", "basis": basis, "grade": "C", "note": one.reason,
        }  # fmt: skip
        kept = pl.DataFrame([{**dict.fromkeys(table.columns, ""), **row}], schema=table.schema)
    return replace(case, register={**case.register, "weightings": kept})


def _capabilities(case: Case, one: Weight, basis: str, known: Case | None) -> list[dict[str, object]]:
    """Facts of capability by another way of measuring it, of every actor on every issue."""
    record = Record((known or case).settle(), bargaining.READS)
    horizon = next(
        (row["horizon"] for row in case.table("horizons").iter_rows(named=True)
         if row["reading"] == "contract" and row["storage"] == "0"), "",
    )  # fmt: skip
    rows: list[dict[str, object]] = []
    for each in arenas(record, tuple(case.table("issues")["issue"].to_list()), jointly=False):
        ways = held(record, each, f"{case.year}+{horizon}")
        if one.value not in ways:
            raise InputError(
                "weight of capability", found=f"{one.value}, which nothing known tells", allowed="cited, equal",
                remedy="wait until the case has been studied: losses and exposures come from its study",
            )  # fmt: skip
        for a, actor in enumerate(each.actors):
            value, low, high = (float(ways[one.value].capability[end, a]) for end in range(3))
            period = record.known("capability", actor, each.issues[0])
            rows.append({
                "measure": "capability", "subject": actor, "object": each.issues[0], "item": "",
                "period": period.fact.partition("@")[2] if period else "static", "value": value, "low": min(low, value),
                "high": max(high, value), "grade": "C", "kind": "assumed", "basis": basis, "by": "case",
                "note": f"by {one.value}: {one.reason}",
            })  # fmt: skip
    return rows
