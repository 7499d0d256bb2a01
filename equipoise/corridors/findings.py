"""What a network tells: flows, bottlenecks, cuts, what closures cost in tonnes, what is left of each bypass.

Each function returns numbers by the key of the fact that they will become, so that the central solution and every
redraw run through the same lines.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from equipoise.case import Route
from equipoise.corridors.inputs import Inputs
from equipoise.corridors.network import ALWAYS_DELIVERED, CONTROL_KINDS, SMALLEST, Closures, Network, Solution
from equipoise.maths.flow import max_flow

__all__ = [
    "Findings",
    "Key",
    "as_fact",
    "bypasses",
    "closures",
    "controllers",
    "cuts",
    "flows",
    "observed_flows",
    "split_cost",
]

Key = tuple[str, str, str, str, str]
"""measure, subject, object, item, period"""
Findings = dict[Key, float]
_KEY = ("measure", "subject", "object", "item", "period")


def as_fact(key: Key, number: float, band: tuple[float, float] | None, *, basis: str, by: str) -> dict[str, object]:
    """A finding as a derived fact: its band is widened to hold it, and the solver's dust is nothing."""
    value, low, high = (0.0 if abs(x) < SMALLEST else x for x in (number, *(band or (number, number))))
    return {
        **dict(zip(_KEY, key, strict=True)), "value": value, "low": min(low, value), "high": max(high, value), "grade": "C",
        "kind": "derived", "basis": basis, "by": by,
    }  # fmt: skip


def routes_of(inputs: Inputs, network: Network) -> list[Route]:
    """Routes of the commodity whose decisive link is in the network, foreign transit left out."""
    return [
        route
        for route in inputs.layout.routes
        if route.commodity == network.commodity and route.decisive in network.links and route.links
        and route.scope in ("home", "part")
    ]  # fmt: skip


def observed_flows(inputs: Inputs, network: Network) -> dict[str, float]:
    """Observed flow of each route in the year, in the unit of the network."""
    measure = f"flow_{network.quantity}"
    every = (
        (route.id, inputs.at(measure, route.id, network.commodity, network.year)) for route in inputs.layout.routes
    )
    return {name: found.value for name, found in every if found}


def flows(inputs: Inputs, network: Network, solved: Solution) -> Findings:
    """The rent-maximising flow: exports, rent, flow by route and link, error against what was observed, bottlenecks."""
    item, year, quantity = f"{network.commodity}.{network.reading}", str(network.year), network.quantity
    home = inputs.layout.home
    found: Findings = {(f"modelled_export_{quantity}", home, "", item, year): solved.exports}
    if np.isfinite(solved.rent):
        found["modelled_rent", home, "", item, year] = solved.rent / 1e3
    seen = observed_flows(inputs, network)
    for route in routes_of(inputs, network):
        flow = float(solved.home_flow[network.links.index(route.decisive)])
        found[f"modelled_flow_{quantity}", route.id, "", item, year] = flow
        if route.id in seen and (route.target or route.scope == "home"):
            found[f"flow_error_{quantity}", route.id, "", item, year] = flow - seen[route.id]
    total = next((r for r in seen if r == "total_exports"), None)
    if total:
        found[f"flow_error_{quantity}", total, "", item, year] = solved.exports - seen[total]
    for link, flow, capacity in zip(network.links, solved.arc_flow, network.capacity, strict=False):
        found[f"link_flow_{quantity}", link, "", item, year] = float(flow)
        if link not in network.missing["capacity"]:
            found[f"link_capacity_{quantity}", link, "", item, year] = float(capacity)
    if network.priced and network.costed:
        for link, worth in zip(network.links, network.worth(solved, network.capacity), strict=True):
            found["capacity_price", link, "", item, year] = float(worth)
    return found


def split_cost(inputs: Inputs, network: Network, solved: Solution) -> Findings:
    """What shippers gave up, per misplaced tonne, by using the routes that they used: near zero where the model's
    misses are a tie in netback, large where something other than netback decided."""
    seen = observed_flows(inputs, network)
    targets = [r for r in routes_of(inputs, network) if r.target and r.id in seen and r.scope == "home"]
    if len(targets) < 2 or not np.isfinite(solved.rent):
        return {}
    main = max(targets, key=lambda route: seen[route.id])
    favour, capacity = np.zeros(len(network.tail)), network.capacity.copy()
    misplaced = 0.0
    for route in targets:
        at = network.links.index(route.decisive)
        misplaced += abs(float(solved.home_flow[at]) - seen[route.id]) / 2
        if route is not main:
            favour[at], capacity[at] = ALWAYS_DELIVERED, seen[route.id]
    forced = network.solve(capacity, favour)
    if abs(forced.exports - solved.exports) > 2e-3 * solved.exports:  # not the same tonnes: no comparison
        return {}
    lost = solved.rent - forced.rent - (solved.exports - forced.exports) * solved.rent / solved.exports
    item = f"{network.commodity}.{network.reading}"
    return {("split_cost", inputs.layout.home, "", item, str(network.year)): lost / max(misplaced, 1e-6)}


def controllers(inputs: Inputs, network: Network) -> list[str]:
    """Actors, other than the home state, that control something of the network: states, and blocs that are players."""
    direct = {actor for actor, held in network.control.items() if any(found.value > 0 for _, _, found in held)}
    states = {inputs.layout.parent.get(actor, actor) for actor in direct}
    return sorted((states | set(inputs.layout.powers)) - {inputs.layout.home, "OTHER"})


def closures(inputs: Inputs, closing: Closures) -> Findings:
    """Exports lost when everything is closed that one actor controls in one way, after best rerouting."""
    network = closing.network
    found: Findings = {}
    for actor in controllers(inputs, network):
        members = inputs.layout.members[actor]
        for kind in (*CONTROL_KINDS, "all"):
            left = network.reach(members, CONTROL_KINDS if kind == "all" else (kind,))
            if (left == 1.0).all():
                continue
            key = (f"closure_loss_{network.quantity}", actor, "", f"{network.commodity}.{kind}", str(network.year))
            lost = closing.base.exports - closing.solution(left).exports
            found[key] = lost if lost > SMALLEST else 0.0
    return found


def bypasses(inputs: Inputs, closing: Closures) -> Findings:
    """Flow on each route, and room left on it, after one power has closed what it controls and all have diverted."""
    network = closing.network
    found: Findings = {}
    item, year = f"{network.commodity}.{network.reading}", str(network.year)
    routes = routes_of(inputs, network)
    for power in inputs.layout.powers:
        left = network.reach(inputs.layout.members[power])
        if (left == 1.0).all():
            continue
        closed = closing.solution(left)
        room = (closing.available(left) - closed.arc_flow)[: len(network.links)]
        if network.priced and network.costed:
            for link, worth in zip(network.links, network.worth(closed, closing.available(left)), strict=True):
                found["bottleneck_price", link, power, item, year] = float(worth)
        for route in routes:
            along = [network.links.index(link) for link in route.links if link in network.links]
            known = [i for i in along if network.links[i] not in network.missing["capacity"] or left[i] < 1.0]
            found[f"bypass_flow_{network.quantity}", route.id, power, item, year] = float(
                closed.home_flow[network.links.index(route.decisive)]
            )
            if known:
                found[f"bypass_spare_{network.quantity}", route.id, power, item, year] = max(
                    0.0, float(room[known].min())
                )
    return found


def cuts(inputs: Inputs, network: Network) -> Iterator[tuple[str, float, Mapping[str, float]]]:
    """Minimum cuts of the links: for all suppliers together (named as the home state) and for each alone.

    Yields the origin, the capacity of the cut, and its links with their capacities. A cut that needs a link whose
    capacity nobody published says nothing and is left out.
    """
    nodes = int(max(network.tail.max(), network.head.max())) + 1
    sink = nodes - 1
    arcs = len(network.links) + len(network.suppliers) + len(network.markets)
    wide = 1e3 * float(network.capacity.max())
    capacity = np.append(network.capacity[: len(network.links)], np.full(arcs - len(network.links), wide))
    for position, origin in enumerate((inputs.layout.home, *network.suppliers)):
        supplies = origin == inputs.layout.home or network.own[:, len(network.links) + position - 1].any()
        start = sink - 1 if origin == inputs.layout.home else int(network.head[len(network.links) + position - 1])
        if not supplies or (len(network.suppliers) == 1 and position):
            continue
        cut = max_flow(network.tail[:arcs], network.head[:arcs], capacity, start, sink)
        links = {network.links[i]: float(capacity[i]) for i in cut.cut if i < len(network.links)}
        if len(links) == len(cut.cut) and not set(links) & set(network.missing["capacity"]):
            yield origin, cut.value, links
