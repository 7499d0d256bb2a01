"""Recommendations, made and not written: what each lever is worth, at what price, and what would change the advice."""

from __future__ import annotations

import re
from typing import Any

from equipoise.brief.advice_charts import HELPS, OUTWEIGHED, prices
from equipoise.brief.desk import Desk, joined
from equipoise.brief.document import Block, Cell, Chart, Paragraph, Table, Text
from equipoise.brief.policies import input_words, least_and_most, one, row, short, weightings

__all__ = ["PILLARS", "in_short", "levers", "recommendations"]

PILLARS = {
    "economic_diversification": "Economic diversification and infrastructure",
    "security_cooperation": "Security cooperation",
    "national_identity": "National identity and cultural sovereignty",
    "regional_diplomacy": "Regional diplomacy",
}
TOLD = 0.005
"""Points of real income below which a change of what one power can take is not told."""
SEEN = 0.05
"""Points of real income below which a change is not drawn."""
FIRST = 4
"""Levers that are put into sentences: those that lower the worst loss most cheaply."""


NONE = {"add": 0.0, "multiply": 1.0, "set": float("nan"), "open": 0.0, "cap": float("nan")}
"""Size of an effect that changes nothing, by how it acts."""
SIGN = {"add": "add", "set": "to", "multiply": "times", "open": "open", "cap": "at most"}


def _includes(fact: dict[str, Any], value: float) -> bool:
    """Whether the range of a fact includes a value; without a range, whether it is that value."""
    low, high = (fact["value"] if fact[end] is None else fact[end] for end in ("low", "high"))
    return bool(low <= value <= high)


class _View:
    """What the advice says of every lever, at the desk."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.rows = {r["lever"]: r for r in desk.case.table("levers").iter_rows(named=True)}
        grounds = list(dict.fromkeys(str(r["item"]) for r in desk.notes.rows("advice_worst_loss")))
        self.usual, self.on = grounds[0], grounds[-1] if len(grounds) > 1 else ""
        names = dict(desk.case.table("policies").select("policy", "name").iter_rows())
        self.on_name = str(names.get(self.on, self.on)).lower()
        self.effects: dict[str, list[dict[str, Any]]] = {lever: [] for lever in self.rows}
        for effect in desk.case.table("effects").iter_rows(named=True):
            self.effects[effect["lever"]].append(effect)

    def title(self, lever: str) -> str:
        """The lever as far as its first comma or bracket."""
        return short(self.rows[lever]["title"])

    def assumed(self, lever: str) -> bool:
        """Whether the lever, or any effect of it, rests on an assumption."""
        found = [str(r["grade"]) for r in self.desk.notes.rows("lever_effect", subject=lever)]
        return "C" in [self.rows[lever]["grade"], *found]

    def named(self, lever: str) -> str:
        """The lever, with what it rests on said first where that is an assumption."""
        return f"Assumed: {self.title(lever)}" if self.assumed(lever) else self.title(lever)

    def value(self, measure: str, lever: str, item: str) -> float:
        """A figure to sort and choose by; nothing counts as none."""
        found = row(self.desk, measure, lever, item)
        return float(found["value"]) if found else 0.0

    def mean_change(self, lever: str, ground: str, weighting: str) -> float:
        """What it changes in the mean loss under a weighting; nothing where that cannot be told from luck."""
        item = f"{ground}.{weighting}"
        change, luck = self.value("advice_loss", lever, item), self.value("advice_luck", lever, item)
        return change if abs(change) > luck / 2 else 0.0

    def moves(self, lever: str) -> bool:
        """Whether it moves anything that is lived through."""
        return any(self.value("advice_moved", lever, ground) > 0 for ground in (self.usual, self.on) if ground)

    def moved(self, lever: str) -> list[list[Text]]:
        """What it moves: quantities from where to where, links and channels by how much; those left out whose range of effect
        includes none."""
        targets = {r["target"]: r for r in self.desk.case.table("targets").iter_rows(named=True)}
        found: list[list[Text]] = []
        for effect in self.effects[lever]:
            size = row(self.desk, "lever_effect", lever, effect["effect"])
            if size is None or (size["value"] == NONE[effect["mode"]] and effect["mode"] != "open"):
                continue
            thing = effect["target"]
            after = row(self.desk, "advice_level", lever, "after", thing)
            if after is None:
                name = targets[thing]["name"] if thing in targets else self.desk.call(thing).replace("_", " ")
                start = "from what was not published " if thing in targets and effect["mode"] == "add" else ""
                said: list[Text] = [
                    f"{name}: {start}{SIGN[effect['mode']]} ",
                    self.desk.notes.of(size, unit=""),
                    f" {effect['unit']}",
                ]
                if effect["mode"] == "set" or not _includes(size, NONE[effect["mode"]]):
                    found.append(said)
                continue
            before = row(self.desk, "advice_level", lever, "before", thing)
            if before and _includes(after, float(before["value"])):
                continue
            start_: Text = self.desk.notes.of(before, unit="", ranged=False) if before else "not published"
            name, unit = targets[thing]["name"], targets[thing]["unit"]
            found.append([f"{name}: ", start_, " to ", self.desk.notes.of(after, unit=""), f" {unit}"])
        return found

    def tried(self, lever: str) -> list[Text]:
        """The effects of a lever whose range includes none, each with that range."""
        parts: list[Text] = []
        targets = dict(self.desk.case.table("targets").select("target", "name").iter_rows())
        for effect in self.effects[lever]:
            size = row(self.desk, "lever_effect", lever, effect["effect"])
            if size is not None:
                name = targets.get(effect["target"]) or self.desk.call(effect["target"])
                parts += [
                    "; " if parts else " (",
                    f"{name}: {SIGN[effect['mode']]} ",
                    self.desk.notes.of(size, unit=""),
                    f" {effect['unit']}",
                ]
        return [*parts, ")"] if parts else []

    def provokes(self, lever: str) -> str | None:
        """Whom it provokes, and how strongly."""
        found = self.rows[lever]
        if found["provokes_strength"] in ("", "none"):
            return None
        whom = joined([self.desk.name(power) for power in found["provokes_power"].split(";") if power]) or "somebody"
        return f"{whom} ({found['provokes_strength']})"

    def stands(self, lever: str) -> str | None:
        """How far it has come, and what it needs."""
        found = self.rows[lever]
        needs = re.sub(
            r"\w+", lambda word: self.title(word[0]) if word[0] in self.rows else word[0], found["prerequisite"]
        )
        return "; ".join(filter(None, (found["status"], f"needs {needs}" if needs else ""))) or None

    def price(self, lever: str) -> Cell:
        """What it costs a year: nothing published is not nothing."""
        return one(self.desk, "advice_yearly", lever, self.usual) or "not published"


def in_short(desk: Desk) -> list[Block]:
    """What to do first, in one sentence, with what speaks against it."""
    if not desk.notes.rows("advice_worst_loss"):
        return []
    view = _View(desk)
    priced = [lever for lever in _ranked(view) if row(desk, "advice_price", lever, view.usual)]
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
    """What to do first and at what price, a picture, the levers by pillar, what moves nothing, and what is not known."""
    if not desk.notes.rows("advice_worst_loss"):
        return []
    view = _View(desk)
    return [*_opening(view), *_first(view), *_picture(view), *levers(desk), *_unknown(view)]


def _opening(view: _View) -> list[Block]:
    beside = f", and on top of the {view.on_name} policy" if view.on else ""
    return [Paragraph([
        f"Every lever was lived through with and without it in the same futures, on top of what goes on today{beside}. What "
        "helps against the largest loss that one power can cause may provoke that power: both are told, the second resting on a "
        "judgement (grade C). Announced deals are costs here and never income; security and identity are given no money value."
    ], "lead")]  # fmt: skip


def _ranked(view: _View) -> list[str]:
    """Levers that surely lower the worst loss on some ground: those with a price per point first, the cheapest first."""
    found = []
    for lever in view.rows:
        sure = [
            r
            for g in (view.usual, view.on)
            if g and (r := row(view.desk, "advice_worst_loss", lever, g)) and r["high"] < 0
        ]
        if sure:
            prices = [
                view.value("advice_price", lever, g)
                for g in (view.usual, view.on)
                if row(view.desk, "advice_price", lever, g)
            ]
            found.append((min(prices, default=float("inf")), min(float(r["value"]) for r in sure), lever))
    return [lever for _, _, lever in sorted(found)]


def _first(view: _View) -> list[Block]:
    """The levers that lower the worst loss in all futures but a few, the cheapest point first."""
    said: list[Block] = []
    for lever in _ranked(view)[:FIRST]:
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


def _provoked(view: _View, lever: str) -> list[Text]:
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
    undone = [
        r
        for r in view.desk.notes.rows("advice_break_even", subject=lever)
        if str(r["item"]).startswith(f"{view.usual}.")
    ]
    worst = min(undone, key=lambda r: float(r["value"]), default=None)
    if worst and worst["value"] < 1:
        weighting = str(worst["item"]).partition(".")[2].replace("_", " ")
        parts += [
            "; its gain is gone at ",
            view.desk.notes.of(worst, unit=""),
            f" % of the provocation assumed (under {weighting})",
        ]
    return parts


def _picture(view: _View) -> list[Block]:
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


def levers(desk: Desk) -> list[Block]:
    """The levers by pillar: those that move a loss, those that move a quantity of their own; then those that move nothing."""
    if not desk.notes.rows("advice_worst_loss"):
        return []
    view = _View(desk)
    blocks: list[Block] = []
    nothing: list[str] = []
    for pillar, title in PILLARS.items():
        here = [lever for lever, r in view.rows.items() if r["pillar"] == pillar]
        here.sort(key=lambda lever: (not view.assumed(lever), view.value("advice_worst_loss", lever, view.usual)))
        losses = [lever for lever in here if view.moves(lever)]
        own = [lever for lever in here if lever not in losses]
        own.sort(key=lambda lever: not view.moved(lever))
        nothing += [view.title(lever) for lever in own if not view.moved(lever)]
        blocks += [table for table in (_losses(view, title, losses),) if table.rows]
        blocks += _changing(view, losses)
        blocks += [table for table in (_own(view, title, own),) if table.rows]
    blocks += _together(view)
    if nothing:
        blocks.append(Paragraph([
            f"Without a measurable effect, for its range includes none: {joined(nothing)}. What they provoke counts all the "
            "same."
        ]))  # fmt: skip
    return blocks


def _losses(view: _View, title: str, here: list[str]) -> Table:
    """Levers that move a loss."""
    desk = view.desk
    rows: list[list[Cell]] = [
        [
            view.named(lever), one(desk, "advice_worst_loss", lever, view.usual),
            one(desk, "advice_worst_loss", lever, view.on), least_and_most(desk, "advice_loss", lever, view.usual),
            one(desk, "advice_regret_max", lever, view.usual), view.price(lever),
            one(desk, "advice_price", lever, view.usual) or "none", view.provokes(lever) or "nobody",
        ]
        for lever in here
    ]  # fmt: skip
    columns = [
        ("Lever", "l"), ("worst loss, points", "r"), (f"on top of {view.on_name}", "r"),
        ("mean loss a year, over the weightings", "r"), ("largest regret removed", "r"), ("mn USD a year", "r"),
        ("for a point", "r"), ("Provokes", "l"),
    ]  # fmt: skip
    return Table(
        f"{title}: what moves a loss", columns, rows,
        ("Points of real income; below zero it helps. Mean loss with provocation, from the kindest weighting to the "
         "harshest. Assumed: its effect, or a part of it, has grade C. For a point: none where the cost was not "
         "published or the futures do not agree that there is a fall.",),
    )  # fmt: skip


def _changing(view: _View, here: list[str]) -> list[Block]:
    """What would change the advice, lever by lever: inputs past which it turns, and rivals that overtake."""
    desk = view.desk
    said: list[Block] = []
    for lever in here:
        parts: list[Text] = []
        for fact in desk.notes.rows("advice_turn", subject=lever):
            ground, outcome, way = str(fact["item"]).split(".")
            words, unit = input_words(desk, str(fact["object"]))
            what = "the worst loss" if outcome == "worst_loss" else f"the mean loss under {outcome.replace('_', ' ')}"
            where = "" if ground == view.usual else f" on top of {view.on_name}"
            parts += ["; " if parts else "", f"lowers {what}{where} only while the {words} is {way.replace('_', ' ')} "]
            parts += [desk.notes.of(fact, unit=""), unit]
        for fact in desk.notes.rows("advice_overtaken", subject=lever):
            ground, way, name = str(fact["item"]).split(".", 2)
            words, unit = input_words(desk, name)
            side, where = (
                ("above" if way == "at_least" else "below"),
                "" if ground == view.usual else f" on top of {view.on_name}",
            )
            parts += [
                "; " if parts else "",
                f"is overtaken{where} by {view.title(str(fact['object']))} once the {words} is {side} ",
            ]
            parts += [desk.notes.of(fact, unit=""), unit]
        stands = view.stands(lever)
        shifted = _shifted(view, lever)
        parts = [*shifted, *(["; "] if shifted and parts else []), *parts]
        told = [f"{stands}. " if stands else "", "It " if parts else "Nothing that was drawn turns it", *parts, "."]
        said.append(Paragraph([f"{view.title(lever)}: ", *told], "point"))
    return (
        [Paragraph(["How far each has come, what it needs, and what would change the advice:"]), *said] if said else []
    )


def _shifted(view: _View, lever: str) -> list[Text]:
    """Whose loss a lever lowers, and whose it raises."""
    parts: list[Text] = []
    every = view.desk.notes.rows("advice_power_loss", subject=lever, item=view.usual)
    for fact in sorted(every, key=lambda r: float(r["value"])):
        if abs(fact["value"]) >= TOLD:
            parts += [", " if parts else "", f"changes what {view.desk.the(str(fact['object']))} can take by "]
            parts += [view.desk.notes.of(fact, unit=""), " points"]
    return parts


def _own(view: _View, title: str, here: list[str]) -> Table:
    """Levers that move only a quantity of their own."""
    rows: list[list[Cell]] = []
    for lever in here:
        moved: list[Text] = []
        for part in view.moved(lever):
            moved += ["; " if moved else "", *part]
        moved = moved or ["nothing measurable", *view.tried(lever)]
        hurt = least_and_most(view.desk, "advice_provoked", lever, view.usual)
        rows.append([
            view.named(lever), moved, view.price(lever), view.provokes(lever) or "nobody", hurt,
            view.stands(lever),
        ])  # fmt: skip
    columns = [
        ("Lever", "l"), ("Moves", "l"), ("mn USD a year", "r"), ("Provokes", "l"),
        ("mean loss a year by that, points", "r"), ("Stands, and needs", "l"),
    ]  # fmt: skip
    return Table(
        f"{title}: what moves a quantity of its own", columns, rows,
        ("No loss that is lived through moves with these; in brackets the range of the effect. The last figure is what their "
         "provocation alone would add to the mean loss, from the kindest weighting to the harshest (a judgement, grade C).",),
    )  # fmt: skip


def _together(view: _View) -> list[Block]:
    """Levers that need each other."""
    said: list[Block] = []
    for fact in view.desk.notes.rows("advice_together"):
        if fact["high"] < 0:
            said.append(Paragraph([
                f"{view.title(str(fact['subject']))} and {view.title(str(fact['object']))} need each other: together they change "
                "the worst loss by ", view.desk.notes.of(fact, unit=""), " points more than each alone.",
            ], "point"))  # fmt: skip
    return said


def _unknown(view: _View) -> list[Block]:
    """What the advice does not know."""
    desk, year = view.desk, str(view.desk.year)
    every, assumed = (desk.fig(f"advice_{what}", desk.home, "", "", year) for what in ("levers", "assumed"))
    unpriced = [view.title(lever) for lever in view.rows if row(view.desk, "advice_yearly", lever, view.usual) is None]
    return [*desk.say(
        "What is not known: the effect of {assumed} of {every} levers rests on an assumption; how much a lever provokes is a "
        f"judgement throughout; without a published price, or with none, stand {joined(unpriced)}.",
        "small", assumed=assumed, every=every,
    )]  # fmt: skip
