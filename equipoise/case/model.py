"""The :class:`Case`: a register plus a ledger. Every verb returns a new case."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from equipoise.case.panels import read_panel
from equipoise.errors import InputError
from equipoise.ledger import Ledger, Trace
from equipoise.vocabulary import Measure

__all__ = ["Case"]


@dataclass(frozen=True)
class Case:
    """A state between powers: who and what it deals with (``register``) and what is known (``ledger``).

    ``register`` maps the tables of ``register.csv`` to frames of text; ``measures`` is the vocabulary with the case's
    own additions; ``descriptor`` is the data package it was read from, ``folder`` where its panels lie.
    """

    id: str
    title: str
    home: str
    year: int
    register: Mapping[str, pl.DataFrame]
    ledger: Ledger
    measures: Mapping[str, Measure]
    descriptor: Mapping[str, Any]
    folder: Path | None = None

    def panel(self, name: str) -> pl.DataFrame:
        """A panel of the case; see :func:`equipoise.case.panels.read_panel`."""
        return read_panel(self.folder, self.table("panels"), name)

    def table(self, name: str) -> pl.DataFrame:
        """A register table, empty where the case has none.

        Raises
        ------
        InputError
            There is no such table in any case.
        """
        if name not in self.register:
            raise InputError("table", found=name, allowed=", ".join(self.register))
        return self.register[name]

    @cached_property
    def names(self) -> Mapping[str, str]:
        """The name of every actor, place, route, ... by id; where an id means two things, the actor's. A link without a
        name of its own is called by its ends."""
        named = [table for table in list(self.register.values())[::-1] if table.columns[1:2] in (["name"], ["title"])]
        found = {row[0]: row[1] for table in named for row in table.select(table.columns[:2]).iter_rows() if row[1]}
        ends = self.table("links").select("link", "from", "to").iter_rows()
        return {link: f"{found.get(start, start)} – {found.get(end, end)}" for link, start, end in ends} | found

    def name(self, thing: str) -> str:
        """The name of a thing, or of the members of a coalition ``A+B``; its id where it has none."""
        if thing in self.names:
            return self.names[thing]
        return " and ".join(self.names.get(part, part) for part in thing.split("+"))

    def unit(self, measure: str) -> str:
        """The unit of a measure."""
        return self.measures[measure].unit if measure in self.measures else ""

    @cached_property
    def powers(self) -> tuple[str, ...]:
        """The players whose withdrawal is studied, in the order of the register."""
        actors = self.table("actors")
        return tuple(actors.filter(pl.col("power") == "1")["actor"].to_list())

    @cached_property
    def _inside(self) -> tuple[Mapping[str, set[str]], Mapping[str, set[str]]]:
        """Members of each bloc today, and firms of each state."""
        blocs, firms = defaultdict(set), defaultdict(set)
        for bloc, member, to in self.table("blocs").select("bloc", "member", "to").iter_rows():
            if not to:
                blocs[bloc].add(member)
        for actor, parent in self.table("actors").select("actor", "parent").iter_rows():
            if parent:
                firms[parent].add(actor)
        return blocs, firms

    def members(self, actor: str) -> frozenset[str]:
        """Everyone whose control counts as this actor's: itself, members of the bloc today, firms it is parent of."""
        blocs, firms = self._inside
        wide = {actor} | blocs.get(actor, set())
        return frozenset(wide.union(*(firms.get(one, ()) for one in wide)))

    def with_powers(self, powers: Sequence[str]) -> Case:
        """The same case with other players.

        Raises
        ------
        InputError
            An actor is not in the register, stands there twice, or is the home state or a bloc that it is in.
        """
        known = self.table("actors")["actor"].to_list()
        unknown = [power for power in powers if power not in known]
        if unknown or len(set(powers)) != len(powers):
            raise InputError("powers", found=", ".join(unknown or powers), allowed="actors of the case, each once")
        around = [power for power in powers if self.home in self.members(power)]
        if around:
            raise InputError(
                "powers", found=", ".join(around), allowed=f"players that {self.home} is not itself, nor inside"
            )
        flag = pl.col("actor").is_in(list(powers)).cast(pl.Int8).cast(pl.String).alias("power")
        order = pl.col("actor").replace_strict({p: i for i, p in enumerate(powers)}, default=len(powers))
        actors = self.table("actors").with_columns(flag).sort(order, maintain_order=True)
        return replace(self, register={**self.register, "actors": actors})

    def view(self, measure: str | Sequence[str] | None = None, **where: str | Sequence[str]) -> pl.DataFrame:
        """Facts; see :meth:`Ledger.view`."""
        return self.ledger.view(measure, **where)

    def add(self, *ledgers: Ledger) -> Case:
        """This case knowing more facts; see :meth:`Ledger.add`."""
        return replace(self, ledger=self.ledger.add(*ledgers))

    def replace(self, facts: Ledger) -> Case:
        """This case with facts replaced: a policy; see :meth:`Ledger.replace`."""
        return replace(self, ledger=self.ledger.replace(facts))

    def without(self, measure: str | Sequence[str] | None = None, **where: str | Sequence[str]) -> Case:
        """This case knowing fewer facts; see :meth:`Ledger.without`."""
        return replace(self, ledger=self.ledger.without(measure, **where))

    def settle(self) -> Case:
        """This case with one fact for each key; see :meth:`Ledger.settle`."""
        return replace(
            self, ledger=self.ledger.settle(dict(self.table("sources").select("source", "date").iter_rows()))
        )

    def redraw(self, chance: NDArray[np.float64]) -> Case:
        """This case with uncertain facts redrawn: a future; see :meth:`Ledger.redraw`."""
        return replace(self, ledger=self.ledger.redraw(chance))

    def trace(self, fact: str | Sequence[str], *, depth: int = 12, width: int = 1_000_000) -> tuple[Trace, ...]:
        """What a fact, or each of several, rests on, the leaves told in words; see :meth:`Ledger.trace`."""
        sources = dict(self.table("sources").select("source", "title").iter_rows())
        assumptions = dict(self.table("assumptions").select("assumption", "statement").iter_rows())

        def told(tree: Trace) -> Trace:
            if tree.children or tree.kind not in ("source", "assumption"):
                return replace(tree, children=tuple(told(child) for child in tree.children))
            name = tree.id.split("#")[0]
            kind = "assumption" if name in assumptions else "source"
            return replace(tree, kind=kind, text=assumptions.get(name) or sources.get(name, ""))

        return tuple(told(tree) for tree in self.ledger.trace(fact, depth=depth, width=width))

    def diff(self, other: Case) -> pl.DataFrame:
        """How the other case differs; see :meth:`Ledger.diff`."""
        return self.ledger.diff(other.ledger)
