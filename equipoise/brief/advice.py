"""Recommendations, made and not written: what each lever is worth, at what price, and what would change the advice."""

from __future__ import annotations

from typing import Any

from equipoise.brief.advice_charts import HELPS, OUTWEIGHED, prices
from equipoise.brief.advice_tables import PILLARS, changes, details, joined_parts
from equipoise.brief.advice_view import View
from equipoise.brief.desk import Desk, joined
from equipoise.brief.document import Block, Cell, Chart, Paragraph, Table, Text
from equipoise.brief.policies import one, row, weightings
from equipoise.brief.standings import changed, outcomes_of, untold, usual_weighting, worse

__all__ = ["PILLARS", "in_short", "recommendations"]

SEEN = 0.05
"""Points of real income below which a change is not drawn."""
FIRST = 3
"""Levers that are put into sentences: those that lower the worst loss most cheaply."""
SHORT = 5
"""Levers of a pillar in its short table, and outcomes in a line of it."""


def in_short(desk: Desk) -> list[Block]:
    """What to do first, in one sentence, with what speaks against it."""
    if not desk.notes.rows("advice_worst_loss"):
        return []
    view = View(desk)
    priced = [lever for lever in view.ranked() if row(desk, "advice_price", lever, view.usual)]
    if not priced:
        return []
    lever = priced[0]
    assumed = "resting on an assumption, " if view.assumed(lever) else ""
    against = [
        name for weighting, name in weightings(desk).items()
        if view.mean_change(lever, view.usual, weighting) > 0
    ]  # fmt: skip
    but = f"; under {joined(against)} what it provokes would cost more than it spares" if against else ""
    return [*desk.say(
        f"Of every lever tried, the cheapest point of the largest loss comes, {assumed}from “{view.title(lever)}”: {{change}} "
        f"points for {{price}} mn USD a year a point{but}.",
        "point",
        change=one(desk, "advice_worst_loss", lever, view.usual), price=one(desk, "advice_price", lever, view.usual),
    )]  # fmt: skip


def recommendations(desk: Desk) -> list[Block]:
    """What to do first and at what price; a short ranked table for each pillar; a picture; what is not known; and the details."""
    if not desk.notes.rows("advice_worst_loss"):
        return []
    view = View(desk)
    return [
        *_opening(view), *_first(view), *_pillars(view), *_picture(view), *_together(view), *_unknown(view), *details(view),
        *untold(desk),
    ]  # fmt: skip


def _opening(view: View) -> list[Block]:
    beside = f", and on top of the {view.on_name} policy" if view.on else ""
    return [Paragraph([
        f"Every lever was lived through with and without it in the same futures, on top of what goes on today{beside}. What "
        "helps against the largest loss that one power can cause may provoke that power: both are told, the second resting on a "
        "judgement (grade C). Announced deals are costs here and never income; security and identity are given no money value."
    ], "lead")]  # fmt: skip


def _first(view: View) -> list[Block]:
    """The levers that lower the worst loss in all futures but a few, the cheapest point first."""
    said: list[Block] = []
    for lever in view.ranked()[:FIRST]:
        desk = view.desk
        parts: list[Text] = ["Rests on an assumption: "] if view.assumed(lever) else []
        alone, top = (one(desk, "advice_worst_loss", lever, g) if g else None for g in (view.usual, view.on))
        parts += [f"{view.title(lever)} changes the worst loss by ", alone or "nothing", " points"]
        parts += [" alone and by ", top, f" on top of the {view.on_name} policy"] if top else []
        price = one(desk, "advice_price", lever, view.usual) or (
            one(desk, "advice_price", lever, view.on) if view.on else None
        )
        parts += (
            ["; a point costs ", price, " mn USD a year"]
            if price
            else ["; what it costs was not published, or a point of it cannot be priced"]
        )
        parts += _provoked(view, lever)
        said.append(Paragraph([*parts, "."], "point"))
    if said:
        said.insert(0, Paragraph(["What lowers the worst loss most surely, the cheapest point first:"]))
    return said


def _provoked(view: View, lever: str) -> list[Text]:
    """Under which weightings its mean loss falls or rises once provocation counts, and how much of it would undo the gain."""
    falls: list[str] = []
    rises: list[str] = []
    for weighting, name in weightings(view.desk).items():
        change = view.mean_change(lever, view.usual, weighting)
        if change:
            (falls if change < 0 else rises).append(name)
    parts: list[Text] = []
    if falls or rises:
        whom = f"; it provokes {view.provokes(lever)}" if view.provokes(lever) else ""
        parts.append(f"{whom}; with that counted the mean loss a year " if whom else "; the mean loss a year ")
        parts.append(
            joined([f"{verb} under {joined(names)}" for verb, names in (("falls", falls), ("rises", rises)) if names])
        )
    worst = view.undone(lever)
    if worst:
        weighting = str(worst["item"]).partition(".")[2].replace("_", " ")
        parts += [
            "; its gain is gone at ",
            view.desk.notes.of(worst, unit=""),
            f" % of the provocation assumed (under {weighting})",
        ]
    return parts


def _pillars(view: View) -> list[Block]:
    """One short table a pillar: what surely lowers the worst loss, the cheapest point first; then what surely moves an outcome,
    the cheapest first."""
    order = {lever: place for place, lever in enumerate(view.ranked())}
    blocks: list[Block] = []
    for pillar, title in PILLARS.items():
        here = [lever for lever, r in view.rows.items() if r["pillar"] == pillar]
        placed = sorted((key, lever) for lever in here if (key := _place(view, lever, order)))
        rows = [_line(view, lever) for _, lever in placed[:SHORT]]
        if not rows:
            continue
        columns = [
            ("Lever", "l"), ("Changes", "l"), ("mn USD a year", "r"), ("for a point", "r"), ("USD a person a year", "r"),
            ("Provokes", "l"), ("What would change the advice", "l"),
        ]  # fmt: skip
        more = f" {len(here) - len(rows)} more of this pillar stand in the details." if len(here) > len(rows) else ""
        blocks.append(
            Table(f"{title}: what to do, in order", columns, rows, (f"{_FOOT}{more}",) if not blocks else (more,))
        )
    return blocks


_FOOT = (
    "First what lowers the worst loss in nineteen futures of twenty, the cheapest point first; then what surely moves another "
    "outcome, the cheapest first; last what is a choice, for the register leaves open which way is better. In brackets "
    "the 5–95 % of the futures. A person: income for each, with what the lever costs and spares, as often as threats were seen. "
    "Assumed: rests on a grade C judgement."
)


def _place(view: View, lever: str, order: dict[str, int]) -> tuple[int, float] | None:
    """Where a lever stands in its pillar; nowhere if it surely changes nothing for the better."""
    if lever in order:
        return 0, float(order[lever])
    sure = [
        fact for fact in changed(view.desk, lever, view.usual)
        if (fact["low"] > 0 or fact["high"] < 0) and not worse(fact) and fact["row"]["lived"] != "person"
    ]  # fmt: skip
    if not sure:
        return None
    cost = row(view.desk, "advice_yearly", lever, view.usual)
    choice = all(fact["row"]["better"] == "neither" for fact in sure)
    return 1 + choice, float(cost["value"]) if cost else float("inf")


def _line(view: View, lever: str) -> list[Cell]:
    """A lever in its short table."""
    desk, said = view.desk, list[list[Text]]()
    for ground, where in ((view.usual, ""), (view.on, f", on top of {view.on_name}")):
        fall = row(desk, "advice_worst_loss", lever, ground) if ground else None
        if fall and fall["high"] < 0:
            said.append([f"worst loss{where} ", desk.notes.of(fall, unit=""), " points"])
            break
    said += changes(view, lever, surely=True)[: SHORT - len(said)]
    both = (one(desk, "advice_price", lever, ground) for ground in (view.usual, view.on))
    price = next((found for found in both if found), None)
    person = next((name for name, r in outcomes_of(desk).items() if r["lived"] == "person"), "")
    each = row(desk, "advice_outcome", lever, f"{view.usual}.{usual_weighting(desk)}", person) if person else None
    against = view.outweighed(lever)
    provokes = (view.provokes(lever) or "nobody") + (f"; outweighs it under {joined(against)}" if against else "")
    return [
        view.named(lever), joined_parts(said), view.price(lever), price or "none", desk.notes.of(each, unit="") if each else None,
        provokes, _turned(view, lever),
    ]  # fmt: skip


def _turned(view: View, lever: str) -> list[Text]:
    """The first thing that would change the advice, and how much provocation would undo it."""
    said = view.turned(lever)[:1]
    if undone := view.undone(lever):
        weighting = str(undone["item"]).partition(".")[2].replace("_", " ")
        said.append(["gone at ", view.desk.notes.of(undone, unit=""), f" % of the provocation assumed ({weighting})"])
    return joined_parts(said) or ["nothing that was drawn"]


def _picture(view: View) -> list[Block]:
    """Price against what the worst loss falls by, for every lever that has both."""
    rows: list[dict[str, Any]] = []
    numbers: list[list[Cell]] = []
    for lever in view.rows:
        ground = next(
            (g for g in (view.usual, view.on) if g and _felt(row(view.desk, "advice_worst_loss", lever, g))), ""
        )
        if not ground:
            continue
        cost, change = (row(view.desk, m, lever, ground) for m in ("advice_yearly", "advice_worst_loss"))
        if change is None or (cost and cost["value"] <= 0):
            continue
        hurts = any(view.mean_change(lever, ground, w) > 0 for w in weightings(view.desk))
        title = view.title(lever) + ("" if ground == view.usual else "*")
        rows.append({
            "lever": title, "change": change["value"], "low": change["low"], "high": change["high"],
            "sign": OUTWEIGHED if hurts else HELPS, "told": f"{title}: {change['value']:.2f} points",
            **({"cost": cost["value"], "cost_low": cost["low"], "cost_high": cost["high"]} if cost else {}),
        })  # fmt: skip
        price = view.desk.notes.of(cost, unit="") if cost else "not published"
        numbers.append([title, price, view.desk.notes.of(change, unit="")])
    if not rows:
        return []
    table = Table("Cost and change", [("Lever", "l"), ("mn USD a year", "r"), ("points of worst loss", "r")], numbers)
    return [Chart(
        "lever-prices", "What a lever costs a year, and what it does to the worst loss",
        "Each point is a lever on top of what goes on today, with the 5 to 95 % of the futures; lower is better, left is "
        "cheaper. A star: it moves nothing alone, and is drawn on top of the other policy. Those that move less than a twentieth "
        "of a point are in tables.",
        prices(rows, narrow=False), prices(rows, narrow=True), table,
    )]  # fmt: skip


def _felt(change: dict[str, Any] | None) -> bool:
    """Whether a change of the worst loss can be seen in a picture."""
    return change is not None and abs(change["value"]) >= SEEN


def _together(view: View) -> list[Block]:
    """Levers that need each other."""
    said: list[Block] = []
    for fact in view.desk.notes.rows("advice_together"):
        if fact["high"] < 0:
            said.append(Paragraph([
                f"{view.title(str(fact['subject']))} and {view.title(str(fact['object']))} need each other: together they change "
                "the worst loss by ", view.desk.notes.of(fact, unit=""), " points more than each alone.",
            ], "point"))  # fmt: skip
    return said


def _unknown(view: View) -> list[Block]:
    """What the advice does not know."""
    desk, year = view.desk, str(view.desk.year)
    every, assumed = (desk.fig(f"advice_{what}", desk.home, "", "", year) for what in ("levers", "assumed"))
    unpriced = [view.title(lever) for lever in view.rows if row(view.desk, "advice_yearly", lever, view.usual) is None]
    return [*desk.say(
        "What is not known: the effect of {assumed} of {every} levers rests on an assumption; how much a lever provokes is a "
        f"judgement throughout; without a published price, or with none, stand {joined(unpriced)}.",
        "small", assumed=assumed, every=every,
    )]  # fmt: skip
