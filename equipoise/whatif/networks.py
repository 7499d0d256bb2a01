"""The networks of a case, each held open in every redraw, so that any closure is answered in the time of a click."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from equipoise.case import Case
from equipoise.corridors.building import build, commodities_with_network, years_solved
from equipoise.corridors.inputs import Inputs
from equipoise.corridors.network import CONTROL_KINDS, Network, Solution
from equipoise.ledger import fact_id
from equipoise.maths.ensemble import ranks
from equipoise.outage.draws import Values, draw
from equipoise.resilience.projects import projects_of
from equipoise.whatif.asking import Change, WhatIf, closable, with_changes
from equipoise.whatif.lifting import Lifted, figures_moved
from equipoise.whatif.pulling import levers_of, rail_of, railways
from equipoise.withdrawal.games import Game, Outcome

__all__ = ["Answered", "World"]

FloatArray = NDArray[np.float64]
READING = "contract"
"""The limits of the headline: what contracts, quotas and quality allow within a year."""


@dataclass(frozen=True, slots=True)
class Answered:
    """One network under one what-if: the outcome and the solution of every draw, the first at settled figures, with what is
    left of each arc (n, m) and the room (n, m) that this is; ``base`` is the first while nothing is closed and no lever pulled.
    ``without`` are the outcomes of the same closures without the levers, and ``works`` the facts of what the levers do; both
    empty where no lever that is pulled touches the network."""

    network: Network
    base: Solution
    before: Sequence[Outcome]
    after: Sequence[Outcome]
    solutions: Sequence[Solution]
    left: FloatArray
    room: FloatArray
    without: Sequence[Outcome] = ()
    works: Sequence[str] = ()


class World:
    """A case with a user's changed facts, its networks of one year solved in every draw. Not to be shared between threads.

    Every figure that any of the networks rests on is redrawn jointly, so that losses of several commodities may be added draw
    by draw. Without a ``year`` each network is that of the last year for which its supply is known; with one, networks without
    a supply in it are left out.
    """

    def __init__(
        self, case: Case, changes: Sequence[Change] = (), *, draws: int = 64, seed: int = 1, year: int | None = None
    ) -> None:
        self.case, self.year = with_changes(case, changes), year or case.year
        self.settled = self.case.settle()
        self.inputs, self.draws, self.seed = Inputs(self.settled), draws, seed
        self.layout, self.home = self.inputs.layout, self.inputs.layout.home
        self.years = {name: years_solved(self.inputs, name) for name in commodities_with_network(self.inputs)}
        chosen = {name: year or years[-1] for name, years in self.years.items() if year is None or year in years}
        self._networks = {name: build(self.inputs, name, one, READING) for name, one in chosen.items()}
        self.levers = levers_of(self.case)
        self._projects = [project for project in projects_of(self.case) if project.commodity in self._networks]
        self.gdp_id = fact_id("gdp", self.home, period=str(self.year))
        ids = {name for network in self._networks.values() for name in (*network.inputs, *_controls(network))}
        for name, one in chosen.items():
            mine = [project for project in self._projects if project.commodity == name]
            ids |= figures_moved(self.inputs, self.levers.figures, mine, one)
        self.values: Values = draw(self.settled, sorted({*ids, self.gdp_id}), draws, seed)
        self.ranked = ranks(self.values.design) if draws else self.values.design
        grades = self.case.view().select(pl.col("grade", "kind").cast(pl.String)).iter_rows()
        self.graded: dict[str, tuple[str, ...]] = dict(
            zip((name.split("#")[0] for name in self.case.ledger.ids()), grades, strict=True)
        )
        self._closable = closable(self.case)
        self._games: dict[str, list[Game]] = {}
        self._lifted: dict[str, Lifted] = {}

    @property
    def commodities(self) -> tuple[str, ...]:
        """Commodities that have a network, in the order of the register."""
        return tuple(self._networks)

    def network(self, commodity: str) -> Network:
        """The network of a commodity at settled figures."""
        return self._networks[commodity]

    @property
    def gdp(self) -> FloatArray | None:
        """GDP of the home state in the year by draw (n,), bln USD; nothing where the ledger does not hold it."""
        return self.values.by_id.get(self.gdp_id)

    def touches(self, commodity: str, what: WhatIf) -> bool:
        """Whether anything of a network is closed, or made wider."""
        return self.lifts(commodity, what) or bool((self._left(self._networks[commodity], what)[0] < 1.0).any())

    def lifts(self, commodity: str, what: WhatIf) -> bool:
        """Whether a lever that is pulled acts on a network."""
        mine = {project.lever for project in self._projects if project.commodity == commodity}
        return bool(mine & {pull.lever for pull in what.levers}) or (
            self._rail(what) != 1.0 and any(row["commodity"] == commodity for row in self._railways)
        )

    def answer(self, commodity: str, what: WhatIf) -> Answered:
        """What a network carries, in every draw, when this is closed and these levers stand."""
        if not self.lifts(commodity, what):
            network, games = self._networks[commodity], self._prepared(commodity)
            closing, works = [game.closing for game in games], []
        else:
            lifted, degrees = self.lifted(commodity), {pull.lever: pull.intensity for pull in what.levers}
            games, closing = lifted.games, lifted.closures(degrees, self._rail(what))
            network, works = closing[0].network, lifted.facts(degrees)
        left = self._left(network, what)
        solutions = [one.solution(row) for one, row in zip(closing, left, strict=True)]
        room = np.array([one.available(row) for one, row in zip(closing, left, strict=True)])
        without = [game.closed(row) for game, row in zip(games, left, strict=True)]
        after = without
        if works:
            after = [game.outcome(solved) for game, solved in zip(games, solutions, strict=True)]
        before = [game.base for game in games]
        base = games[0].closing.base
        return Answered(network, base, before, after, solutions, left, room, without if works else (), works)

    def lifted(self, commodity: str) -> Lifted:
        """The network with every link that a lever would build; made when first asked for."""
        if commodity not in self._lifted:
            mine = [project for project in self._projects if project.commodity == commodity]
            year = self._networks[commodity].year
            self._lifted[commodity] = Lifted(self.inputs, self.levers.figures, mine, commodity, year, self.values)
        return self._lifted[commodity]

    def _rail(self, what: WhatIf) -> float:
        """By how much levers that are pulled widen the railways at home."""
        return rail_of(self.case, self.levers.moved(what.levers)) if what.levers else 1.0

    @cached_property
    def _railways(self) -> list[Mapping[str, str]]:
        held = set(railways(self.layout))
        return [row for row in self.layout.links if row["link"] in held]

    def _prepared(self, commodity: str) -> list[Game]:
        """The network in every draw, solved with nothing closed; made when first asked for."""
        if commodity not in self._games:
            network, values = self._networks[commodity], self.values
            varied = [name for name in values.uncertain if name in network.inputs]
            columns = np.array([values.by_id[name] for name in varied]).reshape(len(varied), values.draws).T.tolist()
            drawn = [network]
            for row in columns[1:]:
                again = self.inputs.with_values(dict(zip(varied, row, strict=True)))
                drawn.append(build(again, commodity, network.year, READING))
            self._games[commodity] = [Game(self.inputs, one, ()) for one in drawn]
        return self._games[commodity]

    def _left(self, network: Network, what: WhatIf) -> FloatArray:
        """What is left of each arc (n, m) by draw: the product over all that withdraw of 1 - control, and over all that is
        closed of 1 - share."""
        left = np.ones((self.values.draws, len(network.tail)))
        for power in what.powers:
            for actor in self.layout.members[power]:
                for position, kind, found in network.control.get(actor, ()):
                    if kind in CONTROL_KINDS:
                        left[:, position] *= 1.0 - self.values.by_id[found.id]
        place = {link: i for i, link in enumerate(network.links)}
        for name, share in what.closed.items():
            for link in self._closable[name]:
                if link in place:
                    left[:, place[link]] *= 1.0 - share
        return left


def _controls(network: Network) -> list[str]:
    """The facts of control over anything of a network."""
    return [found.id for held in network.control.values() for _, kind, found in held if kind in CONTROL_KINDS]
