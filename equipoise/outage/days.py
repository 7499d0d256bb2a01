"""Day by day: what leaves, what the tanks take, what is shut in when they are full, and how they drain afterwards.

Every tonne that a field would have sent in peace is exported, stored, or never produced, and the tests hold this. All draws
walk through the days together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from equipoise.corridors.network import SMALLEST
from equipoise.outage.states import YEAR, Columns, Plant, Progress, Solved, solve

__all__ = ["AFTERWARDS", "Course", "run"]

FloatArray = NDArray[np.float64]
AFTERWARDS = 180
"""Days after the outage within which tanks must drain, or are said not to."""
EMPTY = 1e-9
"""Less in a tank than this is nothing: a kilogram, where quantities are in Mt."""


@dataclass(frozen=True, slots=True)
class Course:
    """The days of an outage in every draw (n): quantities a day, in the unit of the commodity.

    ``state`` (T,) is the number of each day's state. By field (n, T, F): ``planned`` in peace, ``exported`` with what the
    tanks gave back, ``shut_in``, ``put`` into tanks, ``stored`` at the end of the day. By route (n, T, R):
    ``planned_by_route``, ``by_route``, and in mln USD a day ``planned_sold``, ``sold``. ``rerouted`` (n, T) reached another
    market than in peace. ``earned`` and ``planned_earned`` (n, T) are all sales, mln USD a day, ``late`` those of what tanks
    gave back. ``held`` (n, T, 1 + P) lies in the tanks of all fields and of each port.
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
    late: FloatArray
    held: FloatArray


def run(plant: Plant, progress: Progress | None = None) -> Course:
    """Walk through the outage and on until every tank has drained, half a year at most."""
    outage = plant.outage
    days = range(outage.days + AFTERWARDS)
    keys = [(plant.month(t), tuple(sorted(outage.closed(t).items()))) for t in days]
    states = list(dict.fromkeys(keys))
    solved = solve(plant, [(month, dict(closed)) for month, closed in states], progress)
    state = [states.index(key) for key in keys]
    # other ways are sought from the day that something is held back, so that an early small closure readies them for a later
    start = _held_back(plant, solved)[:, state].argmax(axis=1)
    walk = _Walk(plant, solved)
    for t in days:
        ramp = np.clip((t + 0.5 - start) / np.maximum(plant.lag, 0.5), 0.0, 1.0)  # none at first, all after the lag
        walk.step(state[t], ramp[:, None])
        if t >= outage.days and not walk.drains:
            break
    return walk.course()


def _held_back(plant: Plant, solved: Solved) -> NDArray[np.bool_]:
    """In which draws and states (n, S) less can leave by the ways of peace."""
    fields = Columns(plant).fields
    held: NDArray[np.bool_] = solved.frozen[..., fields].sum(axis=2) < solved.base[..., fields].sum(axis=2) - SMALLEST
    return held


class _Walk:
    """The tanks of every draw, and what each day added to the record."""

    def __init__(self, plant: Plant, solved: Solved) -> None:
        self.plant, self.solved, self.columns = plant, solved, Columns(plant)
        self.stock = np.zeros_like(solved.tanks)
        self.record: dict[str, FloatArray] = {}
        self.states: list[int] = []
        self.drains = False  # whether any tank gave anything back on the last day

    def step(self, s: int, ramp: FloatArray) -> None:
        """One day in state ``s``, when ``ramp`` (n, 1) of what bypasses can take is ready."""
        solved, columns = self.solved, self.columns
        self.states.append(s)
        base = solved.base[:, s] / YEAR
        row = (solved.frozen[:, s] + ramp * (solved.full[:, s] - solved.frozen[:, s])) / YEAR
        planned, carried = base[:, columns.fields], row[:, columns.fields]
        surplus = np.clip(planned - carried, 0.0, None)
        shut_in = self._store(surplus, row, s)
        back, returned = self._drain(s)
        self.drains = bool(back.any())
        late = (back * solved.price).sum(axis=1)
        mean = base[:, columns.route_sales] / np.maximum(base[:, columns.routes], EMPTY)
        day = {
            "planned": planned, "exported": carried + back, "shut_in": shut_in, "put": surplus - shut_in,
            "stored": self.stock.sum(axis=1), "held": self.stock.sum(axis=2),
            "planned_by_route": base[:, columns.routes], "by_route": row[:, columns.routes] + returned,
            "planned_sold": base[:, columns.route_sales], "sold": row[:, columns.route_sales] + returned * mean,
            "rerouted": np.clip(row[:, columns.last] - base[:, columns.last], 0.0, None).sum(axis=1),
            "planned_earned": base[:, columns.sales][:, 0], "earned": row[:, columns.sales][:, 0] + late, "late": late,
        }  # fmt: skip
        for name, value in day.items():
            if name not in self.record:  # room for every day at once, of which only those that are walked are touched
                self.record[name] = np.empty((len(value), self.plant.outage.days + AFTERWARDS, *value.shape[1:]))
            self.record[name][:, len(self.states) - 1] = value

    def _store(self, surplus: FloatArray, row: FloatArray, s: int) -> FloatArray:
        """Put into tanks what cannot leave; return what finds no room and is not produced."""
        carried = row[:, self.columns.fields]
        rest = surplus.copy()
        for j in range(1, self.stock.shape[1]):  # the ports first: the pipe runs on while their tanks have room
            brought = np.clip(self.solved.push[:, s, j - 1] / YEAR - carried, 0.0, rest)
            reach = self.solved.through[:, s, j - 1] / YEAR - row[:, self.columns.ports][:, j - 1]
            room = self.solved.tanks[:, j].sum(axis=1) - self.stock[:, j].sum(axis=1)
            taken = _filled(brought, np.minimum(room, reach))
            self.stock[:, j] += taken
            rest -= taken
        taken = np.minimum(rest, np.clip(self.solved.tanks[:, 0] - self.stock[:, 0], 0.0, None))
        self.stock[:, 0] += taken
        return rest - taken

    def _drain(self, s: int) -> tuple[FloatArray, FloatArray]:
        """What tanks give back on a day, by field and by route: the ports first, then the fields, for they may share a way."""
        back = np.zeros_like(self.stock[:, 0])
        returned = np.zeros((len(back), len(self.plant.routes)))
        for j in range(self.stock.shape[1] - 1, -1, -1):
            able = self.solved.drain[:, s, j] / YEAR * (back.sum(axis=1) <= EMPTY)
            given = _filled(self.stock[:, j], able)
            left = self.stock[:, j] - given
            given = np.where(left < EMPTY, self.stock[:, j], given)
            self.stock[:, j] = np.where(left < EMPTY, 0.0, left)
            back += given
            returned += given.sum(axis=1, keepdims=True) * self.solved.way[:, s, j]
        return back, returned

    def course(self) -> Course:
        """All days, in order."""
        walked = {name: days[:, : len(self.states)] for name, days in self.record.items()}
        return Course(self.plant, self.solved, np.array(self.states), **walked)


def _filled(offered: FloatArray, room: FloatArray) -> FloatArray:
    """What fits of what each field offers (n, F) into a common room (n,), each its part."""
    whole = offered.sum(axis=1)
    part = np.minimum(1.0, np.clip(room, 0.0, None) / np.maximum(whole, EMPTY))
    fits: FloatArray = offered * part[:, None]
    return fits
