"""Networks that hold every link which a lever would build, in every redraw: a lever is pulled in the time of a click.

Nothing of it is solved anew but the flow: how wide each lever makes each link is known in each draw beforehand.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from equipoise.corridors.inputs import Inputs
from equipoise.corridors.network import Closures, Network
from equipoise.outage.draws import Values
from equipoise.resilience.projects import FLEET, Figures, Project, Works, opened
from equipoise.whatif.pulling import railways
from equipoise.withdrawal.games import Game

__all__ = ["Lifted", "figures_moved"]

FloatArray = NDArray[np.float64]
HELD = 6
"""Sets of pulled levers whose solved networks are held."""


def figures_moved(inputs: Inputs, figures: Figures, projects: Sequence[Project], year: int) -> set[str]:
    """The facts that say what projects do to the links of a network in a year, what fleets allow there and who controls them."""
    effects = [(project, effect) for project in projects for effect in project.effects]
    ids = {figures.id("lever_effect", p.lever, e.number) for p, e in effects
           if figures.value("lever_effect", p.lever, e.number) is not None}  # fmt: skip
    measures = ("capacity_mass", "capacity_containers", "capacity_gas", "capacity_uranium")
    fleets = (inputs.near(measure, effect.link, FLEET, year) for _, effect in effects for measure in measures)
    controls = (found.id for _, effect in effects for _, _, found in inputs.control.get(effect.link, ()))
    return ids | {found.id for found in fleets if found} | set(controls)


class Lifted:
    """The network of a commodity with every link that its levers would build.

    ``games`` are the network in every draw with no lever pulled and nothing closed; the arcs are those of ``network``.
    """

    def __init__(
        self, inputs: Inputs, figures: Figures, projects: Sequence[Project], commodity: str, year: int, values: Values
    ) -> None:  # fmt: skip
        wider = copy(inputs)
        wider.layout = opened(inputs.layout, inputs.case, projects)
        first = Works(wider, figures, projects, commodity, year)
        used = {*first.network.inputs, *(limit.fact for limit in first.limits)}
        varied = [name for name in values.uncertain if name in used or name.startswith("lever_effect:")]
        columns = np.array([values.by_id[name] for name in varied]).reshape(len(varied), values.draws).T.tolist()
        self.works = [first]
        for row in columns[1:]:
            drawn = dict(zip(varied, row, strict=True))
            own = {name: value for name, value in drawn.items() if name in used}
            self.works.append(Works(wider.with_values(own), figures.with_values(drawn), projects, commodity, year))
        self.projects = [project.lever for project in first.projects]
        self._touched = np.array(
            [[any(e.link == link for e in p.effects) for link in first.network.links] for p in first.projects]
        ).reshape(len(self.projects), len(first.network.links))
        rail = set(railways(wider.layout))
        self._rail = np.array([i for i, link in enumerate(first.network.links) if link in rail], dtype=np.int64)
        self._control = first.network.control
        self.games = [Game(wider, self._stood(works, np.zeros(len(self.projects)), 1.0), ()) for works in self.works]
        self._held: OrderedDict[tuple[bytes, float], list[Closures]] = OrderedDict()

    @property
    def network(self) -> Network:
        """The network at settled figures, no lever pulled."""
        return self.games[0].network

    def closures(self, degrees: Mapping[str, float], rail: float) -> list[Closures]:
        """The network in every draw with levers pulled to these degrees, and railways at home by a factor wider."""
        row = np.array([degrees.get(lever, 0.0) for lever in self.projects])
        mark = row.tobytes(), rail
        if mark not in self._held:
            self._held[mark] = [Closures(self._stood(works, row, rail)) for works in self.works]
        self._held.move_to_end(mark)
        while len(self._held) > HELD:
            self._held.popitem(last=False)
        return self._held[mark]

    def facts(self, degrees: Mapping[str, float]) -> list[str]:
        """The facts of the levers that are pulled, and of the limits that they move."""
        first, pulled = self.works[0], [p for p in self.works[0].projects if degrees.get(p.lever)]
        links = {effect.link for project in pulled for effect in project.effects}
        named = (
            {limit.fact for limit in first.limits if limit.fact and first.network.links[limit.arc] in links}
            if links
            else set()
        )
        return sorted(figures_moved(first.inputs, first.figures, pulled, first.network.year) | named)

    def _stood(self, works: Works, degrees: FloatArray, rail: float) -> Network:
        """A network with levers pulled: links that none of them touches are as they are, and no lever makes one narrower."""
        network, links = works.network, len(works.network.links)
        unbuilt = np.array([link in works.unbuilt for link in network.links], dtype=bool)
        capacity = network.capacity.copy()
        capacity[:links][unbuilt] = 0.0
        pulled = np.flatnonzero(degrees)
        if len(pulled):
            touched = np.flatnonzero(self._touched[pulled].any(axis=0))
            capacity[touched] = np.maximum(capacity[touched], works.capacity(degrees)[touched])
        missing = {kind: tuple(link for link in found if link not in works.unbuilt) if kind == "capacity" else found
                   for kind, found in network.missing.items()}  # fmt: skip
        if rail != 1.0:
            known = [i for i in self._rail if network.links[i] not in missing["capacity"]]
            capacity[known] *= rail
        return replace(network, capacity=capacity, missing=missing, control=self._control)
