"""The tables of ``equipoise policies --search``: what no other policy beats, and how much the seeds differ."""

from __future__ import annotations

from equipoise.brief.desk import Desk
from equipoise.brief.document import Block, Cell, Paragraph, Table, Text
from equipoise.brief.policies import one, row, short

__all__ = ["search"]


def search(desk: Desk) -> list[Block]:
    """The joint front from the cheapest on, what each policy of it pulls, and which policies of the case it beats."""
    titles = {r["lever"]: short(r["title"]) for r in desk.case.table("levers").iter_rows(named=True)}
    size, volume = (one(desk, f"front_{what}", desk.home) for what in ("size", "volume"))
    said = Paragraph([
        "No other policy beats ", size or "", " of those searched in worst loss, mean loss and cost at once. The front "
        "of the middle seed covers ", volume or "", " % of the space between the best and the worst of each (in brackets: the "
        "worst and the best seed). Figures are from futures that the search had not seen. Levers without a published cost could "
        "not be searched.",
    ], "lead")  # fmt: skip
    rows: list[list[Cell]] = []
    for fact in desk.notes.rows("front_worst_loss"):
        name = str(fact["subject"])
        pulls: list[Text] = []
        for pull in sorted(desk.notes.rows("front_intensity", subject=name), key=lambda r: -float(r["value"])):
            pulls += ["; " if pulls else "", f"{titles.get(str(pull['object']), pull['object'])} "]
            pulls += [desk.notes.of(pull, unit="", ranged=False), " %"]
        mean = desk.notes.rows("front_loss", subject=name)[0]
        under = f" ({str(mean['item']).replace('_', ' ')})"
        rows.append([
            pulls or "what goes on today", desk.notes.of(fact, unit=""), [desk.notes.of(mean, unit=""), under],
            one(desk, "front_cost", name),
        ])  # fmt: skip
    front = Table(
        "Policies that no other beats, from the cheapest on",
        [("Pulls", "l"), ("worst loss, %", "r"), ("mean loss a year, harshest weighting", "r"), ("mn USD a year", "r")], rows,
        ("Losses in % of real income, 5–95 % of the futures. Mean loss with provocation, a judgement (grade C).",),
    )  # fmt: skip
    known = dict(desk.case.table("policies").select("policy", "name").iter_rows())
    beaten: list[list[Cell]] = [
        [name, one(desk, "front_better", policy)] for policy, name in known.items() if row(desk, "front_better", policy)
    ]
    beside = Table(
        "Policies of the front that beat those of the case", [("Policy", "l"), ("beaten by", "r")], beaten,
        ("Levers whose cost nobody published make a policy of the case look cheaper than it is.",),
    )  # fmt: skip
    return [said, front, beside]
