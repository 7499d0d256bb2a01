"""Where a state stands between the powers: distances in UN votes, with their posterior, and shared memberships."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from math import sqrt

from equipoise.exposure.collect import Collector, Figure
from equipoise.maths.concentration import folded_interval

__all__ = ["alignment", "memberships"]

SIGMAS = 2 * 1.6448536269514722  # standard deviations between the 5 and 95 % points of a normal law
OTHERS = (
    "DEU",
    "FRA",
    "GBR",
    "TUR",
    "IND",
    "IRN",
    "UKR",
    "BLR",
    "KAZ",
    "UZB",
    "KGZ",
    "TJK",
    "TKM",
    "AZE",
    "GEO",
    "ARM",
)
"""States set beside the powers where the votes hold them."""


def alignment(found: Collector) -> None:
    """Distance to each power, bloc and neighbour in every year, and how far apart the nearest and farthest power are."""
    for item in ("final_passage", "all_votes"):
        points: dict[str, dict[str, Figure]] = defaultdict(dict)
        for figure in found.figures("ideal_point", item=item):
            points[figure.period][figure.subject] = figure
        for period, by_state in points.items():
            if found.state in by_state:
                _distances(found, item, period, by_state)


def _distances(found: Collector, item: str, period: str, points: dict[str, Figure]) -> None:
    own = points[found.state]
    between: dict[str, tuple[float, float, float]] = {}
    for other in dict.fromkeys((*found.case.powers, *OTHERS)):
        group = [
            points[member] for member in sorted(found.case.members(other)) if member in points and member != found.state
        ]
        if not group or other == found.state or (len(group) < 20 and found.kind.get(other) == "bloc"):
            continue
        mean = sum(f.value for f in group) / len(group)
        spread = sqrt(_variance(own) + sum(_variance(f) for f in group) / len(group) ** 2)
        words = "distance of the two ideal points; the posteriors are taken as normal and independent"
        basis = found.rests_on(
            f"alignment.{item}.{other}.{period}",
            words + (", mean of the members" if len(group) > 1 else ""),
            [own, *group],
        )
        low, high = folded_interval(own.value - mean, spread)
        value = abs(own.value - mean)
        between[other] = (value, low, high)
        found.add("alignment_distance", value, low, high, object=other, item=item, period=period, basis=basis)
    _spread(found, item, period, between, [own, *(points[p] for p in between if p in points)])


def _spread(
    found: Collector, item: str, period: str, between: dict[str, tuple[float, float, float]], parents: Sequence[Figure]
) -> None:
    """Largest less smallest distance among the great powers that are players: a map, not a score."""
    great = [between[name] for name in ("RUS", "CHN", "USA", "EU") if name in between and name in found.case.powers]
    if len(great) < 2:
        return
    far, near = max(great), min(great)
    basis = found.rests_on(
        f"alignment_spread.{item}.{period}", "largest less smallest distance to the great powers", parents
    )
    found.add(
        "alignment_spread",
        far[0] - near[0],
        max(0.0, far[1] - near[2]),
        far[2] - near[1],
        item=item,
        period=period,
        basis=basis,
    )


def _variance(point: Figure) -> float:
    return ((point.high - point.low) / SIGMAS) ** 2


def memberships(found: Collector) -> None:
    """Organisations of which the state, and of which both states, are full members."""
    full: dict[str, dict[str, Figure]] = defaultdict(dict)
    for figure in found.figures("membership", item="member"):
        full[figure.subject][figure.object] = figure
    own = full.get(found.state, {})
    if not own:
        return
    latest = max(f.period[:4] for f in own.values())
    basis = found.rests_on("members_total", "organisations with full membership", own.values())
    found.add("members_total", float(len(own)), period=latest, basis=basis)
    for other in dict.fromkeys((*found.case.powers, *OTHERS)):
        shared = sorted(set(own) & set(full.get(other, {})))
        if other != found.state and full.get(other):
            parents = [own[o] for o in shared] + [full[other][o] for o in shared]
            basis = found.rests_on(
                f"joint_memberships.{other}", "organisations of which both are full members", parents
            )
            found.add("joint_memberships", float(len(shared)), object=other, period=latest, basis=basis)
