"""The networks of a case, each held open in every redraw, so that any closure is answered in the time of a click."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
from equipoise.whatif.asking import Change, WhatIf, closable, with_changes
from equipoise.withdrawal.games import Game, Outcome

__all__ = ["Answered", "World"]

FloatArray = NDArray[np.float64]
READING = "contract"
"""The limits of the headline: what contracts, quotas and quality allow within a year."""


@dataclass(frozen=True, slots=True)
class Answered:
    """One network under one what-if: the outcome and the solution of every draw, the first at settled figures, with what is
    left of each arc (n, m) and the room (n, m) that this is; ``base`` is the first while nothing is closed."""

    network: Network
    base: Solution
    before: Sequence[Outcome]
    after: Sequence[Outcome]
    solutions: Sequence[Solution]
    left: FloatArray
    room: FloatArray


class World:
    """A case with a user's changes, its networks solved in every draw. Not to be shared between threads.

    Every figure that any of the networks rests on is redrawn jointly, so that losses of several commodities may be added draw
    by draw.
    """

    def __init__(self, case: Case, changes: Sequence[Change] = (), *, draws: int = 64, seed: int = 1) -> None:
        self.case = with_changes(case, changes)
        self.settled = self.case.settle()
        self.inputs, self.draws, self.seed = Inputs(self.settled), draws, seed
        self.layout, self.home = self.inputs.layout, self.inputs.layout.home
        self._networks = {
            name: build(self.inputs, name, years_solved(self.inputs, name)[-1], READING)
            for name in commodities_with_network(self.inputs)
        }
        self.gdp_id = fact_id("gdp", self.home, period=str(case.year))
        ids = {name for network in self._networks.values() for name in (*network.inputs, *_controls(network))}
        self.values: Values = draw(self.settled, sorted({*ids, self.gdp_id}), draws, seed)
        self.ranked = ranks(self.values.design) if draws else self.values.design
        grades = self.case.view().select(pl.col("grade", "kind").cast(pl.String)).iter_rows()
        self.graded: dict[str, tuple[str, ...]] = dict(
            zip((name.split("#")[0] for name in self.case.ledger.ids()), grades, strict=True)
        )
        self._closable = closable(self.case)
        self._games: dict[str, list[Game]] = {}

    @property
    def commodities(self) -> tuple[str, ...]:
        """Commodities that have a network, in the order of the register."""
        return tuple(self._networks)

    def network(self, commodity: str) -> Network:
        """The network of a commodity in its last year at settled figures."""
        return self._networks[commodity]

    @property
    def gdp(self) -> FloatArray | None:
        """GDP of the home state in the year of the case by draw (n,), bln USD; nothing where the ledger does not hold it."""
        return self.values.by_id.get(self.gdp_id)

    def touches(self, commodity: str, what: WhatIf) -> bool:
        """Whether anything of a network is closed."""
        return bool((self._left(self._networks[commodity], what)[0] < 1.0).any())

    def answer(self, commodity: str, what: WhatIf) -> Answered:
        """What a network carries, in every draw, when this is closed."""
        network, games = self._networks[commodity], self._prepared(commodity)
        left = self._left(network, what)
        solutions = [game.closing.solution(row) for game, row in zip(games, left, strict=True)]
        room = np.array([game.closing.available(row) for game, row in zip(games, left, strict=True)])
        after = [game.closed(row) for game, row in zip(games, left, strict=True)]
        return Answered(network, games[0].closing.base, [game.base for game in games], after, solutions, left, room)

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
