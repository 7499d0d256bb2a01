"""Redraws of the few hundred figures that one network rests on: their values, and the arrays that follow from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from equipoise.case import Case
from equipoise.corridors.building import build
from equipoise.corridors.inputs import Inputs
from equipoise.corridors.network import Network
from equipoise.ledger import Ledger, id_expression
from equipoise.maths.ensemble import latin_hypercube

__all__ = ["Drawn", "Values", "draw", "drawn"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Values:
    """Facts by id, each with one value for every draw, the first of which is the settled value itself. ``design`` (d, u)
    of the draws after the first, ``uncertain`` (u,) the ids of its columns."""

    by_id: Mapping[str, FloatArray]
    draws: int
    design: FloatArray
    uncertain: Sequence[str]


@dataclass(frozen=True, slots=True)
class Drawn:
    """The arrays of a network by draw: ``capacity`` (n, m) shared, ``own`` and ``cost`` (n, k, m) of the grades of the home
    state, ``foreign`` (n, k', m) own capacities of the others."""

    capacity: FloatArray
    own: FloatArray
    cost: FloatArray
    foreign: FloatArray


def draw(settled: Case, ids: Sequence[str], draws: int, seed: int) -> Values:
    """Redraw these facts of a settled case jointly (Latin hypercube), after the settled values themselves."""
    wanted = pl.DataFrame({"id": sorted(set(ids))})
    rows = settled.ledger.facts.with_columns(id_expression(with_basis=False))
    rows = rows.join(wanted, on="id", how="inner").sort("id", maintain_order=True)
    names, facts = rows["id"].to_list(), rows.drop("id")
    uncertain = Ledger(facts).uncertain()
    design = latin_hypercube(draws, len(uncertain), seed) if draws else np.zeros((0, len(uncertain)))
    values = np.repeat(facts["value"].to_numpy()[None], draws + 1, axis=0)
    if draws and len(uncertain):  # one redraw of everything, laid end to end
        many = Ledger(pl.concat([facts[uncertain]] * draws)).redraw(design.ravel())
        values[1:, uncertain] = many.facts["value"].to_numpy().reshape(draws, len(uncertain))
    by_id = {name: values[:, j] for j, name in enumerate(names)}
    return Values(by_id, draws + 1, design, [names[j] for j in uncertain])


def drawn(inputs: Inputs, network: Network, values: Values) -> Drawn:
    """The arrays of the network in each draw; the first are its own."""
    varied = [name for name in values.uncertain if name in network.inputs]
    columns = np.array([values.by_id[name] for name in varied]).reshape(len(varied), values.draws).T.tolist()
    made = [network]
    for row in columns[1:]:
        again = inputs.with_values(dict(zip(varied, row, strict=True)))
        made.append(build(again, network.commodity, network.year, network.reading))
    nothing = np.zeros((0, len(network.tail)))
    return Drawn(
        np.array([one.capacity for one in made]),
        np.array([one.own for one in made]),
        np.array([one.cost for one in made]),
        np.array([one.foreign.own_capacity if one.foreign else nothing for one in made]),
    )
