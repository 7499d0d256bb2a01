"""Shares by route: whose territory, pipes, operators and jurisdiction the exports pass, and what is lost without them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

import numpy as np

from equipoise.case import Layout, Route
from equipoise.exposure.collect import Collector, Figure
from equipoise.maths.concentration import effective_number, hhi, share_bounds

__all__ = ["definitions", "lost_when_closed", "route_shares"]

COMMODITY, QUANTITY, TOTAL = "oil", "mass", "total_exports"
"""The commodity whose flows are observed on every route; for the others only what is lost can be said."""

PIPED = ("pipeline", "terminal")
KINDS = ("territory", "ownership", "operator", "jurisdiction")


class _Year:
    """Observed flows of one year, and who controls the links that they pass."""

    def __init__(
        self, found: Collector, layout: Layout, period: str, flows: Mapping[str, Figure], total: Figure
    ) -> None:
        self.found, self.layout, self.period, self.total = found, layout, period, total
        seen = [r for r in layout.routes if r.id in flows and r.links and r.commodity == COMMODITY]
        self.routes = [r for r in seen if r.scope == "home"]
        self.flows = {route.id: flows[route.id] for route in self.routes}
        for part in (r for r in seen if r.scope == "part" and r.target):  # counted apart, taken out of the whole
            whole = next((r for r in self.routes if r.corridor == part.corridor), None)
            if whole:
                self.routes.append(part)
                self.flows[part.id] = flows[part.id]
                self.flows[whole.id] = _less(self.flows[whole.id], flows[part.id])
        self.links = {row["link"]: row for row in layout.links}
        self.control: dict[str, list[Figure]] = defaultdict(list)
        for figure in found.figures("control"):
            if figure.value > 0:
                self.control[figure.object].append(figure)
        self.equity: dict[str, list[Figure]] = defaultdict(list)
        for figure in found.figures("equity"):
            self.equity[figure.object].append(figure)

    def nation(self, actor: str) -> str:
        return str(self.layout.parent.get(actor, actor))


def _less(whole: Figure, part: Figure) -> Figure:
    """What is left of a flow when a part of it is counted apart."""
    low, value, high = whole.low - part.high, whole.value - part.value, whole.high - part.low
    return whole._replace(low=max(0.0, low), value=max(0.0, value), high=max(0.0, high))


def route_shares(found: Collector) -> None:
    """Five readings of the oil exports of every year whose flows were observed."""
    layout = Layout(found.case)
    flows: dict[str, dict[str, Figure]] = defaultdict(dict)
    for figure in found.figures(f"flow_{QUANTITY}", item=COMMODITY):
        if len(figure.period) == 4:
            flows[figure.period][figure.subject] = figure
    for period, observed in flows.items():
        year = _Year(found, layout, period, observed, observed[TOTAL]) if TOTAL in observed else None
        if year and len(year.routes) > 1:
            _partition(
                year,
                "territory",
                lambda route, _: {route.exit: 1.0} if route.exit else {},
                "first foreign state that it enters",
            )
            _partition(year, "operator", _operators, "operator of the longest section abroad that has one")
            _partition(year, "pipe_ownership", _owners, "owners of the pipes, by length")
            _barrels(year)
            for kind in ("territory", "operator", "jurisdiction"):
                _crossing(year, kind)


def _partition(year: _Year, reading: str, split: Callable[[Route, _Year], Mapping[str, float]], words: str) -> None:
    """Give each tonne to whoever the reading names; what it names nobody for lowers the coverage."""
    found, item = year.found, f"{COMMODITY}.{reading}"
    basis = found.rests_on(
        f"{item}.{year.period}",
        f"observed flow of each route by the {words}, over all exports",
        [year.total, *year.flows.values()],
    )
    held: dict[str, np.ndarray] = defaultdict(lambda: np.zeros(3))
    for route in year.routes:
        flow = year.flows[route.id]
        for actor, part in split(route, year).items():
            held[actor] += part * np.array([flow.low, flow.value, flow.high])
    _write(found, item, year.period, basis, held, year.total)


def _write(found: Collector, item: str, period: str, basis: str, held: Mapping[str, np.ndarray], total: Figure) -> None:
    actors = sorted(held)
    rest = max(0.0, total.value - sum(held[a][1] for a in actors))
    ends = [np.array([*(held[a][i] for a in actors), rest]) for i in range(3)]
    low, share, high = share_bounds(*ends)
    for actor, least, value, most in zip(actors, low, share, high, strict=False):
        found.add(
            "exposure_share",
            float(value),
            float(least),
            float(most),
            object=actor,
            item=item,
            period=period,
            basis=basis,
        )
    coverage = 1.0 - float(share[-1])
    found.add("exposure_coverage", coverage, item=item, period=period, basis=basis)
    if coverage > 0.8:
        named = share[:-1] / share[:-1].sum()
        lump = float(share[:-1] @ share[:-1]) + float(share[-1]) ** 2
        index = hhi(named)
        found.add("exposure_hhi", index, min(index, lump), max(index, lump), item=item, period=period, basis=basis)
        ends_of = sorted((effective_number(named), 1.0 / lump))
        found.add("exposure_effective_number", effective_number(named), *ends_of, item=item, period=period, basis=basis)


def _operators(route: Route, year: _Year) -> Mapping[str, float]:
    """Operators of the longest foreign section for which any is known, or of the decisive link; shared evenly."""

    def known(link: str) -> list[str]:
        return sorted({year.nation(f.subject) for f in year.control[link] if f.item == "operator"})

    abroad = [link for link in route.links if set(year.links[link]["territory"].split(";")) - {year.layout.home, ""}]
    ranked = sorted((link for link in abroad if known(link)), key=lambda link: -year.layout.length(year.links[link]))
    names = known(ranked[0]) if ranked else known(route.decisive)
    if not names:
        names = sorted({actor for link in route.links for actor in known(link)} - {year.layout.home})
    return {name: 1.0 / len(names) for name in names}


def _owners(route: Route, year: _Year) -> Mapping[str, float]:
    """Owners of the pipes of a route, each kilometre counting alike; pipes of unknown owner count for nobody."""
    held: dict[str, float] = defaultdict(float)
    whole = 0.0
    for link in route.links:
        row = year.links[link]
        if row["mode"] in PIPED:
            length = max(year.layout.length(row), 1.0)
            whole += length
            for figure in _latest(year.equity[link], year.period):
                held[year.nation(figure.subject)] += length * figure.value
    return {actor: part / whole for actor, part in held.items()} if whole else {}


def _latest(figures: Iterable[Figure], period: str) -> list[Figure]:
    """One account of the owners: the open-ended one if there is any, else for each the year nearest to the period."""
    every = list(figures)
    standing = [f for f in every if f.period.endswith("/")]
    best: dict[str, Figure] = {}
    for figure in sorted(standing or every, key=lambda f: abs(int(f.period[:4]) - int(period))):
        best.setdefault(figure.subject, figure)
    return list(best.values())


def _barrels(year: _Year) -> None:
    """Who owns the barrels: equity of the fields, by what each could send out in the year."""
    found, item = year.found, f"{COMMODITY}.field_ownership"
    grades = set(year.layout.grades(COMMODITY))
    supply = [
        f
        for f in found.figures(f"supply_{QUANTITY}", period=year.period)
        if f.item in grades and year.layout.country(f.subject) == year.layout.home
    ]
    if not supply:
        return
    owners = {f.subject: _latest(year.equity[f.subject], year.period) for f in supply}
    parents = [*supply, *(owner for group in owners.values() for owner in group)]
    basis = found.rests_on(
        f"{item}.{year.period}", "equity of each field times what it can send out, over all fields", parents
    )
    held: dict[str, np.ndarray] = defaultdict(lambda: np.zeros(3))
    for field in supply:
        for owner in owners[field.subject]:
            held[year.nation(owner.subject)] += owner.value * np.array([field.low, field.value, field.high])
    total = Figure("", "", "", year.period, sum(f.value for f in supply), 0.0, 0.0, "C", "")
    _write(found, item, year.period, basis, held, total)


def _crossing(year: _Year, kind: str) -> None:
    """Share of exports that passes any link which the actor controls in this way; shares overlap."""
    found, item = year.found, f"{COMMODITY}.{kind}"
    passing: dict[str, np.ndarray] = defaultdict(lambda: np.zeros(3))
    used: dict[str, list[Figure]] = defaultdict(list)
    for route in year.routes:
        flow = year.flows[route.id]
        met = {year.nation(f.subject): f for link in route.links for f in year.control[link] if f.item == kind}
        for actor, figure in met.items():
            passing[actor] += (flow.low, flow.value, flow.high)
            used[actor] += [flow, figure]
    for bloc in (power for power in found.case.powers if found.kind.get(power) == "bloc" and power not in passing):
        inside = [actor for actor in passing if actor in found.case.members(bloc)]
        for actor in inside:
            passing[bloc] = np.maximum(passing[bloc], passing[actor])
            used[bloc] += used[actor]
    for actor in sorted(set(passing) - {found.state}):
        basis = found.rests_on(
            f"crossing.{item}.{actor}.{year.period}",
            f"flow of the routes with a link under {kind} of {actor}, over all exports",
            [year.total, *used[actor]],
        )
        low, value, high = (np.array(passing[actor]) / year.total.value).clip(0.0, 1.0)
        found.add(
            "exposure_crossing",
            float(value),
            float(low),
            float(high),
            object=actor,
            item=item,
            period=year.period,
            basis=basis,
        )


def lost_when_closed(found: Collector) -> None:
    """Share of each commodity's exports that is lost when everything is closed that an actor controls in one way."""
    for quantity in ("mass", "containers", "uranium", "gas"):
        exports = {(f.item, f.period): f for f in found.figures(f"modelled_export_{quantity}")}
        for loss in found.figures(f"closure_loss_{quantity}"):
            commodity = loss.item.split(".")[0]
            whole = exports.get((f"{commodity}.contract", loss.period))
            if whole is None or whole.value <= 0:
                continue
            basis = found.rests_on(
                f"lost.{loss.item}.{loss.subject}.{loss.period}",
                "flow lost after best rerouting, over the flow before",
                [loss, whole],
            )
            low, value, high = (min(1.0, end / whole.value) for end in (loss.low, loss.value, loss.high))
            found.add(
                "exposure_lost", value, low, high, object=loss.subject, item=loss.item, period=loss.period, basis=basis
            )


def definitions(found: Collector) -> None:
    """Dependence of oil exports on the power whose pipe carries most, by three definitions that give three answers."""
    layout = Layout(found.case)
    flows = {(f.subject, f.period): f for f in found.figures(f"flow_{QUANTITY}", item=COMMODITY)}
    for (name, period), total in flows.items():
        if name != TOTAL or len(period) != 4:
            continue
        routes = [
            r
            for r in layout.routes
            if (r.id, period) in flows and r.scope == "home" and r.links and r.exit and r.commodity == COMMODITY
        ]
        if len(routes) < 2:
            continue
        main = max(routes, key=lambda route: flows[route.id, period].value)
        power, pipe = main.exit, flows[main.id, period]
        across = [flows[r.id, period] for r in routes if r.exit == power]
        _definition(found, power, "pipe", period, f"flow of the main pipe ({main.id}) over all exports", [pipe], total)
        _definition(
            found,
            power,
            "territory",
            period,
            f"flow of the routes whose first foreign state is {power}, over all exports",
            across,
            total,
        )
        own = [
            f
            for f in found.figures("equity", subject=power, object=main.decisive)
            if f.period.endswith("/") and f.period[:4] <= period
        ]
        if own:
            basis = found.rests_on(
                f"definition.equity.{period}", f"share of {power} in the capital of the main pipe", own
            )
            found.add(
                "oil_share_by_definition", 100 * own[0].value, object=power, item="equity", period=period, basis=basis
            )


def _definition(
    found: Collector, power: str, item: str, period: str, words: str, parts: list[Figure], total: Figure
) -> None:
    basis = found.rests_on(f"definition.{item}.{period}", words, [*parts, total])
    low, value, high = (100 * sum(getattr(f, end) for f in parts) for end in ("low", "value", "high"))
    found.add(
        "oil_share_by_definition", value / total.value, low / total.high, min(100.0, high / total.low),
        object=power, item=item, period=period, basis=basis,
    )  # fmt: skip
