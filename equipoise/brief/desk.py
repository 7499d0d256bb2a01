"""The writer's desk: the facts at hand, and sentences that are only written when every figure in them exists."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from equipoise.brief.document import Cell, Figure, Paragraph, Text
from equipoise.brief.notes import Notes
from equipoise.case import Case, Layout

__all__ = ["Desk", "joined"]


class Desk:
    """A case that knows its results, and the notes of the document being written."""

    def __init__(self, case: Case) -> None:
        self.case, self.notes, self.layout = case, Notes(case), Layout(case)
        self.home, self.year = case.home, case.year

    def name(self, thing: str) -> str:
        """The name of anything in the register."""
        return self.case.name(thing)

    def route(self, route: str) -> str:
        """The name of a route; a corridor may bear the same id."""
        return self._routes.get(route, route)

    @cached_property
    def _routes(self) -> dict[str, str]:
        return dict(self.case.table("routes").select("route", "name").iter_rows())

    def the(self, actor: str) -> str:
        """The name of an actor as a sentence has it: the United States, Russia."""
        name = self.name(actor)
        return f"the {name}" if name.split()[0] in ("United", "European", "Gulf", "Netherlands") else name

    @cached_property
    def horizon(self) -> str:
        """The horizon of the headline: the first whose limits are contracts and whose loss no tank absorbs."""
        rows = self.case.table("horizons").iter_rows(named=True)
        found = [row for row in rows if row["reading"] == "contract" and row["storage"] == "0"]
        return str(found[0]["horizon"]) if found else "1y"

    @property
    def period(self) -> str:
        """The period of the headline."""
        return f"{self.year}+{self.horizon}"

    @cached_property
    def powers(self) -> list[str]:
        """The players, the one that can cost most first."""

        def loss(power: str) -> float:
            return self.notes.value("withdrawal_loss", self.home, power, "", self.period) or 0.0

        return sorted(self.case.powers, key=loss, reverse=True)

    @cached_property
    def worst(self) -> str:
        """The power that can cost most, if the withdrawal was studied."""
        rows = self.notes.rows("worst_single_loss", period=self.period)
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

    def say(self, sentence: str, kind: str = "text", **figures: Cell) -> list[Paragraph]:
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


def joined(words: Sequence[str], last: str = "and") -> str:
    """Words in a row as a sentence has them.

    >>> joined(["oil"]), joined(["oil", "coal", "gas"])
    ('oil', 'oil, coal and gas')
    """
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"
