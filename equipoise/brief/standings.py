"""Where policies leave the state, and what levers change there: the outcomes of the register in their own units."""

from __future__ import annotations

from typing import Any

from equipoise.brief.desk import Desk
from equipoise.brief.document import Block, Cell, Table, Text
from equipoise.brief.numbers import unit_word
from equipoise.brief.policies import bundled

__all__ = ["changed", "outcomes_of", "standings", "told", "unit_of", "untold", "usual_weighting", "worse"]

SEEN = "seen"
"""What weightings that go by the record alone call what they take from it."""
WEIGHTED = ("hazard", "risk", "person", "told")
"""Ways of telling an outcome that hang on a weighting."""
RARE = "conflict"
"""The rarer of two records of disputes, which has too few to be told beside the other."""


def outcomes_of(desk: Desk) -> dict[str, dict[str, Any]]:
    """The outcomes of the register by id."""
    return {row["outcome"]: row for row in desk.case.table("outcomes").iter_rows(named=True)}


def usual_weighting(desk: Desk) -> str:
    """The weighting that goes by what was seen, else the first."""
    rows = list(desk.case.table("weightings").iter_rows(named=True))
    return next(
        (r["weighting"] for r in rows if r["others"] == SEEN and not r["raised"]), rows[0]["weighting"] if rows else ""
    )


def unit_of(row: dict[str, Any]) -> str:
    """The unit of an outcome as a reader would say it, with a space before it."""
    unit = str(row["unit"]).split("; ")[-1] if row["lived"] == "delivered" else str(row["unit"])  # containers alone are
    unit = unit.replace("mln USD", "mn USD").replace(" per year", " a year").replace("km3", "km³")
    return "" if unit in ("0-1", "ratio", "ideal-point units", "0-100", "standard units") else f" {unit_word(unit)}"


def told(desk: Desk, outcome: dict[str, Any], part: str) -> str:
    """An outcome in words, with the part of it."""
    words, which = str(outcome["name"]), desk.name(part).replace("_", " ") if part else ""
    return f"{words} ({which})" if which and which not in words else words


def changed(desk: Desk, lever: str, ground: str) -> list[dict[str, Any]]:
    """What a lever changes on a ground in the last year, and under the weighting that goes by the record: facts whose band holds
    more than nothing, each with its ``row`` of the register and its ``part``; those that it surely moves first."""
    rows, usual = outcomes_of(desk), usual_weighting(desk)
    found = []
    for fact in desk.notes.rows("advice_outcome", subject=lever):
        row = rows.get(str(fact["object"]))
        where, _, part = str(fact["item"]).partition(".")
        weighted = row is not None and row["lived"] in WEIGHTED
        if (
            row is None
            or where != ground
            or (part != usual if weighted else "/" in str(fact["period"]))
            or part == RARE
        ):
            continue
        if any(fact[end] for end in ("value", "low", "high")):
            found.append({**fact, "row": row, "part": "" if weighted else part})
    return sorted(found, key=lambda fact: not (fact["low"] > 0 or fact["high"] < 0))


def worse(fact: dict[str, Any]) -> bool:
    """Whether a change surely goes the way that the register calls worse."""
    better = fact["row"]["better"]
    return bool((better == "low" and fact["low"] > 0) or (better == "high" and fact["high"] < 0))


def standings(desk: Desk, called: dict[str, str] | None = None) -> list[Block]:
    """Where each policy leaves the state: every outcome that futures tell in a unit of its own, under going on as today, and
    under the policies that move it, each as it is ``called``."""
    names = called or bundled(desk)
    if not names:
        return []
    usual, *others = names
    rows: list[list[Cell]] = []
    for fact in _last(desk, usual):
        outcome = outcomes_of(desk)[str(fact["object"])]
        part = "" if outcome["lived"] in WEIGHTED else str(fact["item"])
        here, moved = desk.notes.of(fact, unit=""), list[Text]()
        for policy in others:
            there = next(
                (r for r in _last(desk, policy) if (r["object"], r["item"]) == (fact["object"], fact["item"])), None
            )
            figure = desk.notes.of(there, unit="") if there else None
            if figure and (figure.text, figure.range) != (here.text, here.range):
                moved += ["; " if moved else "", f"{names[policy]} ", figure]
        said = f"{told(desk, outcome, part)}{',' if unit_of(outcome) else ''}{unit_of(outcome)}"
        rows.append([said, here, moved or "no policy"])
    if not rows:
        return []
    rows.sort(key=lambda row: row[-1] == "no policy")
    weighting = usual_weighting(desk).replace("_", " ")
    return [Table(
        "Where each policy leaves the state, in the units of each thing",
        [("Outcome", "l"), (names[usual].lower(), "r"), ("Moved by", "l")], rows,
        ("The last year that is lived through, the middle of the futures with their 5–95 % band; what hangs on threats, means of "
         f"the years under the weighting “{weighting}”. Levels stay as they are published where no lever moves them: only "
         "votes, disputes, water and prices have a record that they are drawn from. No sum is made of these.",),
    )]  # fmt: skip


def _last(desk: Desk, policy: str) -> list[dict[str, Any]]:
    """What futures tell of a policy in the last year, or under the weighting that goes by the record."""
    rows, usual, found = outcomes_of(desk), usual_weighting(desk), []
    for fact in desk.notes.rows("future_outcome", subject=policy):
        row = rows.get(str(fact["object"]))
        weighted = row is not None and row["lived"] in WEIGHTED
        if row and (fact["item"] == usual if weighted else "/" not in str(fact["period"])) and fact["item"] != RARE:
            found.append(fact)
    return found


def untold(desk: Desk) -> list[Block]:
    """The outcomes of the register that no future tells, and why: missing, never zero."""
    lived = {str(fact["object"]) for fact in desk.notes.rows("future_outcome")}
    rows: list[list[Cell]] = []
    for row in outcomes_of(desk).values():
        if row["lived"] == "no":
            rows.append([row["name"], row["why"]])
        elif row["lived"] not in ("", "told") and row["outcome"] not in lived:
            rows.append([row["name"], "a figure that it hangs on is not in the case"])
    return [Table("Outcomes that no future tells", [("Outcome", "l"), ("Why", "l")], rows, folded=True)] if rows else []
