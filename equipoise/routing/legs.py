"""What carrying one cargo over one link costs and takes, and what it meets where ways join: another gauge, a port.

A figure of a link is the one published for it; else its share of the price or time of a through service that it belongs
to, by length once the changes inside have theirs; else its length at the rate of its mode; else unknown, and named so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np

from equipoise.case import Case, Layout
from equipoise.routing.figures import Amount, Figures

__all__ = ["CARRIAGE_MEASURES", "Carriage", "Leg"]

CARRIAGE_MEASURES = (
    "transit_time", "carriage_rate_mass", "carriage_rate_containers", "carriage_rate_gas", "carriage_speed", "detour",
    "rail_gauge", "handling_cost_mass", "handling_cost_containers", "handling_time", "value_of_time",
    *(f"cargo_value_{quantity}" for quantity in ("mass", "containers", "uranium", "gas")),
)  # fmt: skip

_WAY = {
    "rail": "rail",
    "rail+ferry": "rail",
    "ferry": "sea",
    "ship": "sea",
    "tanker": "pipe",
    "pipeline": "pipe",
    "swap": "pipe",
}
"""What cargo stands on. Between a pipe and a tanker there is no change: loading is in the tariff of the pipe, or a terminal
is a link of its own."""
_HANDLING = {"transit_time": "handling_time"}
_RATE = {"rail": "rail", "ferry": "sea", "ship": "sea", "tanker": "sea", "pipeline": "pipeline"}
"""Mode whose rate and speed hold for a link; a service of several modes has none."""


@dataclass(frozen=True, slots=True)
class _Service:
    """Links in a row that have one published price and time, held by the link ``limit``; ``share`` of each link, by length;
    ``changes`` are those of its links behind which cargo changes between train and ship."""

    limit: str
    links: tuple[str, ...]
    share: Mapping[str, float]
    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Leg:
    """A part of a way: a link, or a change of gauge or between train and ship at a place.

    ``thing`` is the link or the place; ``states`` those it lies in, in order; ``cost`` in USD per unit of the cargo and
    ``time`` in days, or nothing where neither was published nor can be estimated.
    """

    thing: str
    kind: str
    mode: str
    start: str
    end: str
    states: tuple[str, ...]
    cost: Amount | None
    time: Amount | None


class Carriage:
    """How one commodity is carried in a case: a leg for each link, and the changes between them."""

    def __init__(self, case: Case, layout: Layout, figures: Figures, commodity: str, year: int) -> None:
        self.case, self.layout, self.figures, self.year = case, layout, figures, year
        self.commodity, self.quantity = commodity, layout.commodities[commodity]["quantity"]
        self.rows: Mapping[str, Mapping[str, str]] = {row["link"]: row for row in layout.links}
        self._places = {
            row["place"]: (float(row["longitude"]), float(row["latitude"]))
            for row in case.table("places").iter_rows(named=True)
        }
        self._services: list[_Service] = []
        for row in case.table("lines").iter_rows(named=True):
            if row["kind"] == "service" and figures.near(f"transport_cost_{self.quantity}", row["limit"], "", year):
                self._services.append(self._service(row["limit"], tuple(row["links"].split(";"))))
        self.value = figures.near(f"cargo_value_{self.quantity}", layout.home, commodity, year)
        self.day = figures.near("value_of_time", layout.home, commodity, year)

    def a_day(self) -> Amount | None:
        """What a day on the way costs a unit of the cargo, USD; nothing where its value is not known."""
        return self.value.times(self.day).times(0.01) if self.value and self.day else None

    @cache  # noqa: B019  one carriage lives as long as one question
    def link(self, name: str) -> tuple[Leg, ...]:
        """The leg over a link, and the change of gauge where the states at its ends have other rails."""
        row = self.rows[name]
        cost, time = self._figure(f"transport_cost_{self.quantity}", name), self._figure("transit_time", name)
        legs = [Leg(name, "link", row["mode"], row["from"], row["to"], self._states(row), cost, time)]
        published = cost is not None and time is not None and not cost.estimated and not time.estimated
        return (
            tuple(legs)
            if published or not self._other_gauge(row)
            else (*legs, self._change(row["to"], "gauge", row["from"]))
        )

    def change(self, before: str, after: str) -> Leg | None:
        """The change where one link ends and the next begins, or nothing where cargo stays on what it stands."""
        if not self._apart(before, after):
            return None
        whole = next((service for service in self._services if {before, after} <= set(service.links)), None)
        place = self.rows[before]["to"]
        if whole is None:
            return self._change(place, "port")
        cost, time = (self._inside(measure, whole) for measure in (f"transport_cost_{self.quantity}", "transit_time"))
        state = (self.layout.country(place),)
        return Leg(place, "port", "port", place, place, state, cost, time) if cost and time else None

    def length(self, name: str) -> Amount:
        """Kilometres of a link: as published, else along the points that it is drawn through, with the detour of its mode."""
        row = self.rows[name]
        if row["length_km"]:
            return Amount(float(row["length_km"]))
        straight = Amount(self._straight(name), estimated=True)
        detour = self.figures.near("detour", self.layout.home, _RATE.get(row["mode"], ""))
        return straight.times(detour) if detour else straight

    def apart(self, here: str, there: str) -> float:
        """Kilometres between two places as the crow flies."""
        return _along([self._places[here], self._places[there]])

    def _change(self, place: str, kind: str, before: str = "") -> Leg:
        cost = self.figures.near(f"handling_cost_{self.quantity}", self.layout.home, kind)
        time = self.figures.near("handling_time", self.layout.home, kind)
        state = tuple(self.layout.country(end) for end in (before, place) if end)
        return Leg(place, kind, kind, place, place, state, cost and cost.guessed(), time and time.guessed())

    def _figure(self, measure: str, link: str) -> Amount | None:
        """The price or the time of a link."""
        published = self.figures.near(measure, link, "", self.year)
        if published:
            return published
        for service in self._services:
            whole = self.figures.near(measure, service.limit, "", self.year)
            if whole and link in service.links:
                return whole.times(service.share[link] * (1.0 - self._changing(measure, service))).guessed()
        mode, home = _RATE.get(self.rows[link]["mode"], ""), self.layout.home
        if measure == "transit_time":
            speed = self.figures.near("carriage_speed", home, mode)
            return self.length(link).divided(speed).guessed() if speed else None
        named = measure.replace("transport_cost", "carriage_rate")
        rate = self.figures.near(named, self.commodity, mode) or self.figures.near(named, home, mode)
        return self.length(link).times(rate).guessed() if rate else None

    def _service(self, limit: str, links: tuple[str, ...]) -> _Service:
        """A service; links that it has in common with an earlier one of the same price keep their shares, the others
        divide what is left, so that either costs the same from end to end."""
        kept = {
            link: other.share[link]
            for other in self._services
            if other.limit == limit
            for link in links
            if link in other.links
        }
        rest = {link: self._straight(link) for link in links if link not in kept}
        share = kept | {link: (1.0 - sum(kept.values())) * length / sum(rest.values()) for link, length in rest.items()}
        pairs = pairwise(links)
        return _Service(limit, links, share, tuple(before for before, after in pairs if self._apart(before, after)))

    def _apart(self, before: str, after: str) -> bool:
        """Whether cargo stands on other things on two links; on a terminal it stands on either."""
        ways = {_WAY.get(self.rows[link]["mode"], "") for link in (before, after)}
        return len(ways) == 2 and "" not in ways

    def _changing(self, measure: str, service: _Service) -> float:
        """Share of a through price or time that the changes inside take, each what a change typically takes, half at most."""
        whole = self.figures.near(measure, service.limit, "", self.year)
        typical = self.figures.near(_HANDLING.get(measure, f"handling_cost_{self.quantity}"), self.layout.home, "port")
        if not whole or not typical:
            return 0.0
        return min(0.5, len(service.changes) * self.figures.value(typical) / self.figures.value(whole))

    def _inside(self, measure: str, service: _Service) -> Amount | None:
        """Price or time of one change inside a through service; nothing where the links hold all of it."""
        whole, share = self.figures.near(measure, service.limit, "", self.year), self._changing(measure, service)
        return whole.times(share / len(service.changes)).guessed() if whole and share else None

    def _other_gauge(self, row: Mapping[str, str]) -> bool:
        """Whether a railway link ends on other rails than it began. Where nobody says, a border is taken for a change
        without a price if rails are known elsewhere."""
        ends = [self.layout.country(row[end]) for end in ("from", "to")]
        if _WAY.get(row["mode"]) != "rail" or ends[0] == ends[1] or not self.figures.has("rail_gauge"):
            return False
        gauges = [self.figures.near("rail_gauge", state) for state in ends]
        values = {self.figures.value(gauge) if gauge else None for gauge in gauges}
        return len(values) > 1 or None in values

    def _states(self, row: Mapping[str, str]) -> tuple[str, ...]:
        """The states that a link touches, in order, its ends among them."""
        inside = [state for state in row["territory"].split(";") if state]
        every = [self.layout.country(row["from"]), *inside, self.layout.country(row["to"])]
        return tuple(dict.fromkeys(every))

    @cache  # noqa: B019
    def _straight(self, name: str) -> float:
        """Kilometres along great circles through the points that a link is drawn through."""
        row = self.rows[name]
        via = [tuple(map(float, point.split())) for point in (row["via"] or "").split(";") if point.strip()]
        return _along([self._places[row["from"]], *via, self._places[row["to"]]])


def _along(points: Sequence[tuple[float, ...]]) -> float:
    """Kilometres along great circles through points, longitude and latitude in degrees."""
    radians = np.radians(np.array(points))
    lat, step = radians[:, 1], np.diff(radians, axis=0)
    half = np.sin(step[:, 1] / 2) ** 2 + np.cos(lat[:-1]) * np.cos(lat[1:]) * np.sin(step[:, 0] / 2) ** 2
    return float((2 * 6371.0 * np.arcsin(np.sqrt(half))).sum())
