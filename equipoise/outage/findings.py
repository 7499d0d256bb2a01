"""What an outage did, as numbers by the key of the fact that each becomes: in every draw at once, then with its band."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from equipoise.maths.ensemble import quantile_band, rank_correlation
from equipoise.outage.days import EMPTY, Course

__all__ = ["Finding", "Key", "driving", "findings", "parents", "series"]

FloatArray = NDArray[np.float64]
Key = tuple[str, str, str, str, str]
"""measure, subject, object, item, period"""
Finding = tuple[Key, float, float, float]
"""A key, the figure at settled inputs, and its 5-95 % band."""
Put = Callable[..., Iterator[Finding]]
FULL = 1.0 - 1e-6
DUST = 1e-7
QUIET = 14
"""Days that a series goes on after the tanks have drained."""
STANDS_OUT = 16.0
"""Square of the standard errors by which a rank correlation must differ from zero to be told from chance: four."""


def findings(course: Course) -> Iterator[Finding]:
    """The outage as a whole, by field and by route: volumes, revenue, and the days on which something changes."""
    outage, plant = course.plant.outage, course.plant
    quantity, home = plant.network.quantity, outage.id
    while_out = slice(0, outage.days)

    def put(measure: str, values: FloatArray, thing: str = "", item: str = outage.reading) -> Iterator[Finding]:
        yield from _banded((measure, home, thing, item, outage.key), values)

    lost, put_by = course.shut_in.sum(axis=1), course.put.sum(axis=1)
    gained = np.clip(course.by_route - course.planned_by_route, 0.0, None)[:, while_out].sum(axis=1)
    fell = (course.planned_by_route - course.by_route).sum(axis=1)
    yield from put(f"outage_lost_{quantity}", lost.sum(axis=1))
    yield from put(f"outage_delayed_{quantity}", put_by.sum(axis=1))
    yield from put(f"outage_rerouted_{quantity}", course.rerouted[:, while_out].sum(axis=1))
    for which in ("exported", "planned"):
        whole: FloatArray = getattr(course, which)[:, while_out].sum(axis=(1, 2))
        yield from put(f"outage_{which}_{quantity}", whole, item="outage")
    planned = np.maximum(course.planned[:, while_out].sum(axis=(1, 2)), EMPTY)
    change = 100.0 * (course.exported[:, while_out].sum(axis=(1, 2)) / planned - 1.0)
    yield from put("outage_export_change", change)
    yield from put(f"outage_stored_{quantity}", course.stored.sum(axis=2).max(axis=1), item="most")
    yield from put(f"outage_shut_in_{quantity}", course.shut_in.sum(axis=2).max(axis=1), item="most")
    for f, place in enumerate(plant.network.suppliers):
        if course.planned[:, :, f].any():
            yield from put(f"outage_lost_{quantity}", lost[:, f], place)
            yield from put(f"outage_delayed_{quantity}", put_by[:, f], place)
    widest = int(np.argmax([sum(outage.closed(t).values()) for t in range(outage.days)]))
    room = course.solved.room[:, course.state[widest]]
    for r, route in enumerate(plant.routes):
        if course.planned_by_route[:, :, r].any() or gained[:, r].any():
            yield from put(f"outage_lost_{quantity}", fell[:, r], route)
            yield from put(f"outage_rerouted_{quantity}", gained[:, r], route)
        if np.isfinite(room[:, r]).all():
            yield from put(f"outage_room_{quantity}", room[:, r], route)
    yield from _money(course, put)
    yield from _moments(course, put)


def _money(course: Course, put: Put) -> Iterator[Finding]:
    """Gross sales lost, late, and earned by other ways, mln USD."""
    if not course.plant.network.priced:
        return
    outage, network = course.plant.outage, course.plant.network
    price = course.solved.price / _SCALE[network.quantity]
    yield from put("outage_revenue_lost", (course.planned_earned - course.earned).sum(axis=1))
    yield from put("outage_revenue_delayed", course.late.sum(axis=1))
    more = np.clip(course.sold - course.planned_sold, 0.0, None)[:, : outage.days].sum(axis=1)
    yield from put("outage_revenue_rerouted", more.sum(axis=1))
    for f, place in enumerate(network.suppliers):
        if course.planned[:, :, f].any():
            yield from put("outage_revenue_lost", course.shut_in.sum(axis=1)[:, f] * price[:, f], place)
    for r, route in enumerate(course.plant.routes):
        if course.planned_by_route[:, :, r].any() or more[:, r].any():
            yield from put("outage_revenue_lost", (course.planned_sold - course.sold).sum(axis=1)[:, r], route)
            yield from put("outage_revenue_rerouted", more[:, r], route)


_SCALE = {"mass": 1.0, "gas": 1.0, "containers": 1e3, "uranium": 1e6}
"""Units of a network in which its price makes a million USD: Mt x USD/t and bcm x USD/1000 m3 do."""


def _moments(course: Course, put: Put) -> Iterator[Finding]:
    """The day on which tanks are full, at each port and at the fields, and the day on which all are empty again."""
    days = np.arange(1, course.held.shape[1] + 1, dtype=float)
    rooms = course.solved.tanks.sum(axis=2)
    for j, place in enumerate(["fields", *(port.place for port in course.plant.ports)]):
        full = (course.held[:, :, j] >= FULL * rooms[:, None, j]) & (rooms[:, None, j] > EMPTY)
        yield from _whole_days(put("outage_storage_full", _first(full, days), place))
    empty = (course.stored.sum(axis=2) <= DUST) & (days > _last_use(course)[:, None])
    yield from _whole_days(put("outage_recovered", _first(empty, days)))


def _whole_days(found: Iterator[Finding]) -> Iterator[Finding]:
    """Days are counted whole, the ends of their band too."""
    for key, value, low, high in found:
        yield key, value, float(np.floor(low)), float(np.ceil(high))


def _last_use(course: Course) -> FloatArray:
    """The last day on which anything was put into a tank; beyond all days where nothing ever was."""
    used = course.put.sum(axis=2) > DUST
    last = used.shape[1] - np.argmax(used[:, ::-1], axis=1)
    return np.where(used.any(axis=1), last, np.inf)


def _first(when: NDArray[np.bool_], days: FloatArray) -> FloatArray:
    """The first day on which something holds, nan where it never does."""
    return np.where(when.any(axis=1), days[np.argmax(when, axis=1)], np.nan)


def series(course: Course, step: int = 1) -> Iterator[Finding]:
    """Exports, exports in peace, what is shut in (each the mean of a day) and what lies in tanks, by day or by week."""
    outage, quantity = course.plant.outage, course.plant.network.quantity
    flows = {
        "exported": course.exported.sum(axis=2), "planned": course.planned.sum(axis=2), "shut_in": course.shut_in.sum(axis=2),
    }  # fmt: skip
    stored = course.stored.sum(axis=2)
    held = np.flatnonzero(stored[0] > DUST)
    end = min(stored.shape[1], max(outage.days, int(held[-1]) + 1 if len(held) else 0) + QUIET)
    for first in range(0, end, step):
        last = min(first + step, end)
        period = f"{outage.year}+{last}d"
        for name, values in flows.items():
            yield from _banded(
                (f"outage_{name}_{quantity}", outage.id, "", "day", period), values[:, first:last].mean(axis=1)
            )
        yield from _banded((f"outage_stored_{quantity}", outage.id, "", "day", period), stored[:, last - 1])


def _banded(key: Key, values: FloatArray) -> Iterator[Finding]:
    """A figure with the band of its draws; none where at settled inputs it does not exist."""
    value, draws = float(values[0]), values[1:][np.isfinite(values[1:])]
    if np.isfinite(value):
        low, high = (float(x) for x in quantile_band(draws)) if len(draws) else (value, value)
        value, low, high = (0.0 if abs(x) < DUST else x for x in (value, low, high))
        yield key, value, min(low, value), max(high, value)


def driving(course: Course) -> dict[str, float]:
    """The inputs that drive the band of the tonnes lost, the strongest first: squared rank correlation over the draws."""
    values = course.plant.values
    lost = course.shut_in.sum(axis=(1, 2))[1:]
    if not len(lost) or not np.ptp(lost) > DUST:
        return {}
    strength = rank_correlation(values.design, lost) ** 2
    order = np.argsort(-strength, kind="stable")
    return {values.uncertain[i]: float(strength[i]) for i in order if strength[i] * len(lost) > STANDS_OUT}


def parents(course: Course) -> dict[str, float]:
    """Every figure that the outage rests on: those that drive its band by how much, the others at 0."""
    everything = dict.fromkeys(sorted(course.plant.values.by_id), 0.0)
    every = everything | driving(course)
    return dict(sorted(every.items(), key=lambda entry: (-entry[1], entry[0])))
