"""What the advice says of every lever, in the words and figures that the chapter of recommendations is made of."""

from __future__ import annotations

import re
from typing import Any

from equipoise.brief.desk import Desk, joined
from equipoise.brief.document import Cell, Text
from equipoise.brief.policies import input_words, one, row, short, weightings

__all__ = ["View"]

NONE = {"add": 0.0, "multiply": 1.0, "set": float("nan"), "open": 0.0, "cap": float("nan")}
"""Size of an effect that changes nothing, by how it acts."""
SIGN = {"add": "add", "set": "to", "multiply": "times", "open": "open", "cap": "at most"}


def _includes(fact: dict[str, Any], value: float) -> bool:
    """Whether the range of a fact includes a value; without a range, whether it is that value."""
    low, high = (fact["value"] if fact[end] is None else fact[end] for end in ("low", "high"))
    return bool(low <= value <= high)


class View:
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

    def ranked(self) -> list[str]:
        """Levers that surely lower the worst loss on some ground: those with a price per point first, the cheapest first."""
        found = []
        for lever in self.rows:
            sure = [
                r for g in (self.usual, self.on) if g and (r := row(self.desk, "advice_worst_loss", lever, g)) and r["high"] < 0
            ]  # fmt: skip
            if sure:
                both = (row(self.desk, "advice_price", lever, g) for g in (self.usual, self.on))
                prices = [float(price["value"]) for price in both if price]
                found.append((min(prices, default=float("inf")), min(float(r["value"]) for r in sure), lever))
        return [lever for _, _, lever in sorted(found)]

    def outweighed(self, lever: str) -> list[str]:
        """Weightings under which what it provokes costs more than it spares."""
        return [name for one, name in weightings(self.desk).items() if self.mean_change(lever, self.usual, one) > 0]

    def undone(self, lever: str) -> dict[str, Any] | None:
        """The least part of the provocation assumed at which its gain is gone, if it is not the whole."""
        rows = self.desk.notes.rows("advice_break_even", subject=lever)
        here = [r for r in rows if str(r["item"]).startswith(f"{self.usual}.") and r["value"] < 1]
        return min(here, key=lambda r: float(r["value"]), default=None)

    def turned(self, lever: str) -> list[list[Text]]:
        """What would change the advice: inputs past which it turns, and rivals that overtake, each in words."""
        desk, said = self.desk, list[list[Text]]()
        for fact in desk.notes.rows("advice_turn", subject=lever):
            ground, outcome, way = str(fact["item"]).split(".")
            words, unit = input_words(desk, str(fact["object"]))
            what = "the worst loss" if outcome == "worst_loss" else f"the mean loss under {outcome.replace('_', ' ')}"
            where = "" if ground == self.usual else f" on top of {self.on_name}"
            said.append([
                f"lowers {what}{where} only while the {words} is {way.replace('_', ' ')} ", desk.notes.of(fact, unit=""), unit,
            ])  # fmt: skip
        for fact in desk.notes.rows("advice_overtaken", subject=lever):
            ground, way, name = str(fact["item"]).split(".", 2)
            words, unit = input_words(desk, name)
            side = "above" if way == "at_least" else "below"
            where = "" if ground == self.usual else f" on top of {self.on_name}"
            said.append([
                f"is overtaken{where} by {self.title(str(fact['object']))} once the {words} is {side} ",
                desk.notes.of(fact, unit=""), unit,
            ])  # fmt: skip
        return said
