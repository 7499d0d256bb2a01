"""The writer's desk: the facts at hand, and sentences that are only written when every figure in them exists."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from equipoise.brief.document import Figure, Paragraph, Text
from equipoise.brief.notes import Notes, with_article
from equipoise.brief.numbers import unit_word
from equipoise.case import Case, Layout
from equipoise.corridors import READINGS

__all__ = ["Desk", "joined", "signed"]


class Desk:
    """A case that knows its results, and the notes of the document being written."""

    def __init__(self, case: Case) -> None:
        self.case, self.notes, self.layout = case, Notes(case, self.call), Layout(case)
        self.home, self.year = case.home, case.year

    def name(self, thing: str) -> str:
        """The name of anything in the register."""
        return self.case.name(thing)

    def route(self, route: str) -> str:
        """The name of a route; a corridor may bear the same id."""
        return str(self._routes.get(route, route))

    @cached_property
    def _routes(self) -> dict[str, str]:
        return dict(self.case.table("routes").select("route", "name").iter_rows())

    def call(self, thing: str) -> str:
        """The name of anything in passing: a link by its corridor, a place without its explanation in brackets."""
        return self.section_or_name(thing).split(" (")[0] if thing not in self._links else self.section(thing)

    def section_or_name(self, thing: str) -> str:
        """A link by its corridor, anything else by its name."""
        return self.section(thing) if thing in self._links else self.name(thing)

    def section(self, link: str) -> str:
        """A link as the brief calls it, by its corridor and the states it lies in: never one facility."""
        row = self._links[link]
        states = [self.name(state) for state in row["territory"].split(";") if state]
        way = " by sea" if row["mode"] in ("tanker", "ship", "ferry") else ""
        return f"{self.name(row['corridor'])}{way}" + (f" ({' to '.join(states)})" if states else "")

    @cached_property
    def _links(self) -> dict[str, dict[str, str]]:
        return {row["link"]: row for row in self.layout.links}

    def unit(self, measure: str) -> str:
        """The unit of a measure in words."""
        return unit_word(self.case.unit(measure))

    def the(self, actor: str) -> str:
        """The name of an actor as a sentence has it: the United States, Russia."""
        return with_article(self.name(actor))

    @cached_property
    def horizons(self) -> dict[str, dict[str, str]]:
        """The horizons of the register by id, the nearest first."""
        rows = list(self.case.table("horizons").iter_rows(named=True))
        rows.sort(key=lambda row: (float(row["years"]), list(READINGS).index(row["reading"])))
        return {row["horizon"]: row for row in rows}

    @cached_property
    def horizon(self) -> str:
        """The horizon of the headline: the first whose limits are contracts and whose loss no tank absorbs."""
        found = (h for h, row in self.horizons.items() if row["reading"] == "contract" and row["storage"] == "0")
        return next(found, "1y")

    def in_time(self, horizon: str) -> str:
        """A horizon in words: *one year*."""
        return self.horizons[horizon]["name"] if horizon in self.horizons else horizon

    @cached_property
    def menu(self) -> str:
        """What is closed in this run, in words; empty where powers close all that they control."""
        told = dict(self.case.table("assumptions").select("assumption", "statement").iter_rows()).get("menu", "")
        return str(told).partition(": ")[2]

    @property
    def period(self) -> str:
        """The period of the headline."""
        return f"{self.year}+{self.horizon}"

    @cached_property
    def powers(self) -> list[str]:
        """The players, the one that can cost most first."""

        def loss(power: str) -> float:
            income = self.notes.value("income_loss", self.home, power, "all", self.period)
            return income or self.notes.value("withdrawal_loss", self.home, power, "", self.period) or 0.0

        return sorted(self.case.powers, key=loss, reverse=True)

    @cached_property
    def blocs(self) -> tuple[str, ...]:
        """The players that are blocs of states."""
        kinds = dict(self.case.table("actors").select("actor", "kind").iter_rows())
        return tuple(power for power in self.case.powers if kinds.get(power) == "bloc")

    @cached_property
    def quantity(self) -> str:
        """What the main commodity is counted in: the ending of its measures."""
        row = self.layout.commodities.get(self.main_commodity)
        return str(row["quantity"]) if row else "mass"

    @cached_property
    def worst(self) -> str:
        """The power that can cost most, if the withdrawal was studied."""
        rows = self.notes.rows("worst_single_loss", period=self.period)
        return str(rows[0]["object"]) if rows else ""

    @cached_property
    def worst_income(self) -> str:
        """The power that can take most from real income, if that was studied."""
        rows = self.notes.rows("worst_income_loss", item="1", period=self.period)
        return str(rows[0]["object"]) if rows else ""

    @cached_property
    def main_commodity(self) -> str:
        """The commodity whose rent is counted."""
        rows = self.notes.rows("modelled_rent", subject=self.home)
        return str(rows[0]["item"]).split(".")[0] if rows else ""

    def fig(
        self, measure: str, subject: str = "", object: str = "", item: str = "", period: str = "", **style: Any
    ) -> Figure | None:
        """A figure, or nothing where the ledger holds none."""
        return self.notes.figure(measure, subject, object, item, period, **style)

    def say(self, sentence: str, kind: str = "text", /, **figures: Any) -> list[Paragraph]:
        """A sentence with figures in braces; nothing at all if one of them is missing."""
        parts: list[Text] = []
        for piece in re.split(r"(\{\w+\})", sentence):
            if piece.startswith("{"):
                found = figures[piece[1:-1]]
                if found is None:
                    return []
                parts.extend([found] if isinstance(found, str | Figure) else found)
            elif piece:
                parts.append(piece)
        return [Paragraph(parts, kind)]

    def quote(self, text: str, basis: str, grade: str) -> Figure | str:
        """Words of a register row with the note of their source."""
        return self.notes.quote(text, basis, grade) if basis else text

    def latest(
        self, measure: str, subject: str = "", object: str = "", item: str = "", **style: Any
    ) -> tuple[Figure | None, str]:
        """The figure of the latest period of a key, and that period."""
        rows = self.notes.rows(measure, subject=subject, object=object, item=item)
        if not rows:
            return None, ""
        row = max(rows, key=lambda r: (r["period"][:4], r["period"]))
        return self.notes.of(row, **style), str(row["period"])


def signed(figure: Figure | None) -> Figure | None:
    """A difference with its sign in front, but for nothing."""
    if figure is None or figure.text[0] in "−<>" or not figure.text.strip("0."):
        return figure
    return replace(figure, text=f"+{figure.text}")


def joined(words: Sequence[str], last: str = "and") -> str:
    """Words in a row as a sentence has them.

    >>> joined(["oil"]), joined(["oil", "coal", "gas"])
    ('oil', 'oil, coal and gas')
    """
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"
