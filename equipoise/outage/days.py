"""Day by day: what leaves, what the tanks take, what is shut in when they are full, and how they drain afterwards.

Every tonne that a field would have sent in peace is exported, stored, or never produced, and the tests hold this. All draws
walk through the days together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from equipoise.outage.states import YEAR, Columns, Plant, Progress, Solved, solve

__all__ = ["AFTERWARDS", "Course", "run"]

FloatArray = NDArray[np.float64]
AFTERWARDS = 365
"""Days after the outage within which tanks must drain, or are said not to."""
EMPTY = 1e-9
"""Less in a tank than this is nothing: a kilogram, where quantities are in Mt."""


@dataclass(frozen=True, slots=True)
class Course:
    """The days of an outage in every draw (n): quantities a day, in the unit of the commodity.

    By field (n, T, F): ``planned`` in peace, ``exported`` with what the tanks gave back, ``shut_in``, ``put`` into tanks,
    ``stored`` at the end of the day. By route (n, T, R): ``planned_by_route``, ``by_route``, and in mln USD a day
    ``planned_sold``, ``sold``. ``rerouted`` (n, T) left by another market than in peace. ``earned`` and
    ``planned_earned`` (n, T) are all sales, mln USD a day. ``held`` (n, T, 1 + P) lies in the tanks of all fields and of each
    port.
    """

    plant: Plant
    solved: Solved
    state: NDArray[np.int64]
    planned: FloatArray
    exported: FloatArray
    shut_in: FloatArray
    put: FloatArray
    stored: FloatArray
    planned_by_route: FloatArray
    by_route: FloatArray
    planned_sold: FloatArray
    sold: FloatArray
    rerouted: FloatArray
    planned_earned: FloatArray
    earned: FloatArray
    held: FloatArray


def run(plant: Plant, progress: Progress | None = None) -> Course:
    """Walk through the outage and on for a year, in which the tanks drain."""
    outage = plant.outage
    days = outage.days + AFTERWARDS
    keys = [(plant.month(t), tuple(sorted(outage.closed(t).items()))) for t in range(days)]
    states = list(dict.fromkeys(keys))
    state = np.array([states.index(key) for key in keys], dtype=np.int64)
    solved = solve(plant, [(month, dict(closed)) for month, closed in states], progress)
    start = min((window.first for window in outage.windows if window.share > 0), default=0)
    since = np.clip(np.arange(days) + 0.5 - start, 0.0, None)
    ramp = np.clip(since[None] / np.maximum(plant.lag, 0.5)[:, None], 0.0, 1.0)  # none at first, all after the lag
    row = ramp[:, :, None] * solved.full[:, state] + (1.0 - ramp[:, :, None]) * solved.frozen[:, state]
    return _walk(plant, solved, state, row / YEAR)


def _walk(plant: Plant, solved: Solved, state: NDArray[np.int64], row: FloatArray) -> Course:
    """One day after the other; ``row`` (n, T, w) is what the network carries on each of them."""
    columns, base = Columns(plant), solved.base[:, state] / YEAR
    planned, carried = base[:, :, columns.fields], row[:, :, columns.fields]
    stock = np.zeros_like(solved.tanks)
    put, back = np.zeros_like(planned), np.zeros_like(planned)
    stored = np.zeros_like(planned)
    held = np.zeros((*state.shape, *stock.shape[:2])).transpose(1, 0, 2).copy()
    returned = np.zeros_like(row[:, :, columns.routes])
    shut_in = np.zeros_like(planned)
    for t, s in enumerate(state):
        surplus = np.clip(planned[:, t] - carried[:, t], 0.0, None)
        rest = surplus.copy()
        for j in range(1, stock.shape[1]):  # the ports first: the pipe runs on while their tanks have room
            brought = np.clip(solved.push[:, s, j - 1] / YEAR - carried[:, t], 0.0, rest)
            taken = _filled(brought, solved.tanks[:, j].sum(axis=1) - stock[:, j].sum(axis=1))
            stock[:, j] += taken
            rest -= taken
        taken = np.minimum(rest, np.clip(solved.tanks[:, 0] - stock[:, 0], 0.0, None))
        stock[:, 0] += taken
        shut_in[:, t] = rest - taken
        put[:, t] = surplus - shut_in[:, t]
        for j in range(stock.shape[1] - 1, -1, -1):  # one after the other, for they may share a way
            able = solved.drain[:, s, j] / YEAR * (back[:, t].sum(axis=1) <= EMPTY)
            given = _filled(stock[:, j], able)
            stock[:, j] = np.where(stock[:, j] - given < EMPTY, 0.0, stock[:, j] - given)
            back[:, t] += given
            returned[:, t] += given.sum(axis=1, keepdims=True) * solved.way[:, s, j]
        stored[:, t], held[:, t] = stock.sum(axis=1), stock.sum(axis=2)
    last = row[:, :, columns.last] - base[:, :, columns.last]
    late = (back * solved.price[:, None]).sum(axis=2)
    mean = base[:, :, columns.route_sales] / np.maximum(base[:, :, columns.routes], EMPTY)
    return Course(
        plant, solved, state, planned, carried + back, shut_in, put, stored,
        base[:, :, columns.routes], row[:, :, columns.routes] + returned,
        base[:, :, columns.route_sales], row[:, :, columns.route_sales] + returned * mean,
        np.clip(last, 0.0, None).sum(axis=2), base[:, :, columns.sales][..., 0], row[:, :, columns.sales][..., 0] + late, held,
    )  # fmt: skip


def _filled(offered: FloatArray, room: FloatArray) -> FloatArray:
    """What fits of what each field offers (n, F) into a common room (n,), each its part."""
    whole = offered.sum(axis=1)
    part = np.minimum(1.0, np.clip(room, 0.0, None) / np.maximum(whole, EMPTY))
    return offered * part[:, None]
