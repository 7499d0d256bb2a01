"""The worst closures of the real network: by stretch of a corridor, by power, by what carrying them out costs the powers.

An attacker closes up to so many things; what still can be sent is sent the best way. A closure that touches no flow loses
nothing, so the search for the worst branches only on what carries flow after the closures before: it finds what trying
every set would. A stretch is all links of a corridor in one state, never a single facility.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from equipoise.case import Case, Layout
from equipoise.corridors.building import build, commodities_with_network, years_solved
from equipoise.corridors.findings import Key, as_fact
from equipoise.corridors.inputs import Inputs
from equipoise.corridors.network import SMALLEST, STEP, Closures, Solution
from equipoise.errors import InputError
from equipoise.ledger import Derivation, Ledger, fact_id
from equipoise.maths.ensemble import bands, latin_hypercube, spread
from equipoise.resilience.projects import Figures
from equipoise.resilience.record import VERSION, gdp_of, period_of, relevant

__all__ = ["MODES", "Attacks", "double_closures", "interdict"]

FloatArray = NDArray[np.float64]
Progress = Callable[[str, int, int], None]

MODES = ("link", "power", "threat")
"""What an attacker closes: stretches of corridors, all that powers control, or what threats of the register name."""
MOST = 5
"""Closures at once that are searched: the sets grow too fast for more."""
TOLD = 6
"""Sets of each size that are told, the worst first."""
MARKED = 0.01
"""Part of the largest loss by which a dearer set of threats must lose more than a cheaper one to be told."""


@dataclass(frozen=True, slots=True)
class Loss:
    """What a set of closures takes away: exports, and rent in mln USD a year (nan where nothing is priced)."""

    exports: float
    rent: float


class Attacks:
    """One network under every set of closures that an attacker may choose."""

    def __init__(self, inputs: Inputs, commodity: str, mode: str) -> None:
        self.inputs, self.mode = inputs, mode
        network = build(inputs, commodity, years_solved(inputs, commodity)[-1])
        self.closing, self.network = Closures(network), network
        self.figures = Figures(inputs.case, ("threat_reach", "threat_cost_to_power"))
        self.effort: dict[str, float] = {}
        self.left: dict[str, FloatArray] = {"link": self._stretches, "power": self._powers, "threat": self._threats}[
            mode
        ]()
        self._known: dict[frozenset[str], Loss] = {}

    @cached_property
    def priced(self) -> bool:
        """Whether losses are counted in money."""
        return bool(np.isfinite(self.closing.base.rent))

    def remaining(self, chosen: frozenset[str]) -> FloatArray:
        """What is left of each arc (m,) after these closures."""
        left = self.closing.untouched
        for name in sorted(chosen):
            left = left * self.left[name]
        return left

    def loss(self, chosen: frozenset[str]) -> Loss:
        """What these closures take away."""
        if chosen not in self._known:
            base, after = self.closing.base, self.closing.solution(self.remaining(chosen))
            lost = Loss(max(0.0, base.exports - after.exports), base.rent - after.rent)
            self._known[chosen] = lost
        return self._known[chosen]

    def size(self, chosen: frozenset[str]) -> float:
        """By what sets are compared: rent where it is known, else exports."""
        lost = self.loss(chosen)
        return lost.rent if self.priced else lost.exports

    def search(self, most: int, budget: float = float("inf")) -> list[frozenset[str]]:
        """Every set of up to so many closures, within the budget of effort, that could be the worst."""
        found: set[frozenset[str]] = set()
        frontier = [frozenset[str]()]
        for _ in range(most):
            wider: set[frozenset[str]] = set()
            for chosen in frontier:
                flow = self.closing.solution(self.remaining(chosen)).arc_flow > SMALLEST
                spent = sum(self.effort.get(name, 0.0) for name in chosen)
                for name, left in self.left.items():
                    if (
                        name not in chosen
                        and spent + self.effort.get(name, 0.0) <= budget
                        and (flow & (left < 1.0)).any()
                    ):
                        wider.add(chosen | {name})
            frontier = sorted(wider, key=sorted)
            found |= wider
        return sorted(found, key=lambda chosen: (len(chosen), sorted(chosen)))

    def told(self, most: int, budget: float) -> list[frozenset[str]]:
        """The sets worth telling: each member adds to the loss; of stretches the worst of each choice of corridors."""
        every = [chosen for chosen in self.search(most, budget) if self._each_adds(chosen)]
        at_home = f".{self.inputs.layout.home}"
        every.sort(  # of equals those abroad first
            key=lambda c: (len(c), -round(self.size(c), 6), sum(n.endswith(at_home) for n in c), sorted(c))
        )
        if self.mode == "threat":
            return self._worth_their_cost(every)
        kept: list[frozenset[str]] = []
        for size in range(1, most + 1):
            seen: set[tuple[str, ...]] = set()
            for chosen in (chosen for chosen in every if len(chosen) == size):
                corridors = tuple(sorted(name.split(".")[0] for name in chosen))
                if size > 1 and (corridors in seen or len(seen) >= TOLD):
                    continue
                seen.add(corridors)
                kept.append(chosen)
        return kept

    def beside(self, chosen: frozenset[str]) -> float:
        """What one more tonne would earn that finds room beside what is closed, USD per unit, while it is closed.

        A little room is opened on every closed link; what it earns is shared among the tonnes that are then exported, or that it
        holds where it only makes their way cheaper.
        """
        left = self.remaining(chosen)
        capacity = self.closing.available(left)
        closed: Solution = self.closing.solution(left)
        shut = np.flatnonzero(left < 1.0)
        wider = capacity.copy()
        wider[shut] += STEP
        eased = self.network.solve(wider, before=closed)
        return max(0.0, (eased.rent - closed.rent) / max(STEP, eased.exports - closed.exports))

    def scarcest(self, chosen: frozenset[str]) -> tuple[str, float] | None:
        """The link, untouched, where one more unit of room would then earn most, and how much, USD per unit."""
        left = self.remaining(chosen)
        worth = self.network.worth(self.closing.solution(left), self.closing.available(left))
        worth = np.where(left[: len(worth)] < 1.0, 0.0, worth)
        best = int(worth.argmax()) if len(worth) else -1
        return (self.network.links[best], float(worth[best])) if best >= 0 and worth[best] > SMALLEST else None

    def findings(self, sets: Sequence[frozenset[str]], gdp: float, period: str) -> dict[Key, float]:
        """The facts of these sets."""
        network, home = self.network, self.inputs.layout.home
        item = f"{network.commodity}.{self.mode}"
        found: dict[Key, float] = {}
        for chosen in sets:
            name, lost = "+".join(sorted(chosen)), self.loss(chosen)
            found[f"interdiction_lost_{network.quantity}", home, name, item, period] = lost.exports
            if self.mode == "threat":
                found["interdiction_effort", home, name, item, period] = sum(self.effort[one] for one in chosen)
            if not self.priced:
                continue
            found["interdiction_rent", home, name, item, period] = lost.rent / 1e3
            found["interdiction_loss", home, name, item, period] = lost.rent / 10.0 / gdp
            if self.mode == "link":
                found["backup_worth", home, name, item, period] = self.beside(chosen)
        return found

    def _each_adds(self, chosen: frozenset[str]) -> bool:
        whole = self.size(chosen)
        return whole > SMALLEST and all(whole > self.size(chosen - {name}) + SMALLEST for name in chosen)

    def _worth_their_cost(self, every: Sequence[frozenset[str]]) -> list[frozenset[str]]:
        """Sets that lose markedly more than any that costs the powers less."""
        kept: list[frozenset[str]] = []
        step = MARKED * max((self.size(chosen) for chosen in every), default=0.0)
        for chosen in sorted(every, key=lambda c: (sum(self.effort[n] for n in c), -self.size(c), sorted(c))):
            if self.size(chosen) > (self.size(kept[-1]) if kept else 0.0) + step:
                kept.append(chosen)
        return kept

    def _stretches(self) -> dict[str, FloatArray]:
        """What is left when all links of a corridor in one state are closed."""
        rows = {row["link"]: row for row in self.inputs.layout.links}
        made: dict[str, FloatArray] = {}
        for position, link in enumerate(self.network.links):
            row = rows[link]
            for state in filter(None, row["territory"].split(";")):
                name = f"{row['corridor']}.{state}"
                made.setdefault(name, np.ones(len(self.network.tail)))[position] = 0.0
        return dict(sorted(made.items()))

    def _powers(self) -> dict[str, FloatArray]:
        layout = self.inputs.layout
        reach = {power: self.network.reach(layout.members[power]) for power in layout.powers}
        return {power: left for power, left in sorted(reach.items()) if (left < 1.0).any()}

    def _threats(self) -> dict[str, FloatArray]:
        """What threats leave, those of withdrawal with a known cost to the power."""
        made: dict[str, FloatArray] = {}
        arc = {link: i for i, link in enumerate(self.network.links)}
        for row in self.inputs.case.table("threats").iter_rows(named=True):
            cost, reach = (self.figures.value(m, row["threat"]) for m in ("threat_cost_to_power", "threat_reach"))
            if row["kind"] != "withdrawal" or cost is None or reach is None:
                continue
            left = np.ones(len(self.network.tail))
            if row["links"] == "all":
                whole = self.network.reach(self.inputs.layout.members.get(row["power"], ()))
                left = 1.0 - reach * (1.0 - whole)
            else:
                left[[arc[link] for link in row["links"].split(";") if link in arc]] = 1.0 - reach
            if (left < 1.0).any():
                made[row["threat"]], self.effort[row["threat"]] = left, cost
        return dict(sorted(made.items()))


def double_closures(closing: Closures) -> FloatArray:
    """Exports lost (l, l) when two links are closed at once; on the diagonal, one."""
    links = len(closing.network.links)
    single: list[Solution] = []
    for one in range(links):
        left = closing.untouched.copy()
        left[one] = 0.0
        single.append(closing.solution(left))
    table = np.zeros((links, links))
    for one, other in combinations(range(links), 2):
        carries = single[one].arc_flow[other] > SMALLEST
        if not carries:  # closing what carries nothing loses nothing more
            lost = single[one].exports
        elif single[other].arc_flow[one] <= SMALLEST:
            lost = single[other].exports
        else:
            left = closing.untouched.copy()
            left[[one, other]] = 0.0
            lost = closing.solution(left).exports
        table[one, other] = table[other, one] = closing.base.exports - lost
    np.fill_diagonal(table, [closing.base.exports - solved.exports for solved in single])
    return np.where(table > SMALLEST, table, 0.0)


def interdict(
    case: Case,
    *,
    commodity: str = "oil",
    mode: str = "link",
    budget: float = 2,
    draws: int = 100,
    seed: int = 1,
    workers: int = 1,
    progress: Progress | None = None,
) -> Ledger:
    """The worst closures of the network of a commodity, what they lose, and what capacity beside them would be worth.

    Parameters
    ----------
    mode : {"link", "power", "threat"}
        Stretches of corridors, powers with all they control, or the threats of the register by their cost to the powers.
    budget : float
        Closures at once; for threats what the powers may lose by carrying them out, in mln USD a year.
    draws : int
        Joint redraws of every input for the 5-95 % bands; 0 leaves them out.

    Raises
    ------
    InputError
        The commodity has no network, the mode does not exist, or the budget is out of bounds.
    """
    settled = case.settle()
    inputs = Inputs(settled)
    _require(inputs, commodity, mode, budget)
    most = MOST if mode == "threat" else int(budget)
    attacks = Attacks(inputs, commodity, mode)
    sets = attacks.told(most, budget if mode == "threat" else float("inf"))
    gdp, period = gdp_of(settled), period_of(settled, attacks.network.year)
    central = attacks.findings(sets, gdp, period)
    ranges: dict[Key, tuple[float, float]] = {}
    if draws and sets:
        part = relevant(settled)
        design = latin_hypercube(draws, len(part.ledger.uncertain()), seed)
        told = partial(progress, "closures") if progress else None
        futures = spread(partial(_redrawn, part, commodity, mode, sets, period), design, workers=workers, progress=told)
        ranges = bands(futures)
        central |= _shares(attacks, sets, futures, period)
    if mode == "link":
        central |= _pairs(attacks, period)
    else:
        central |= _scarce(attacks, sets, period)
    name = f"interdiction.{commodity}.{mode}"
    rows = [as_fact(key, number, ranges.get(key), basis=name, by=VERSION) for key, number in central.items()]
    return Ledger.of(rows, [_derivation(name, attacks, f"draws={draws} seed={seed} budget={budget:g}")])


def _require(inputs: Inputs, commodity: str, mode: str, budget: float) -> None:
    known = commodities_with_network(inputs)
    if commodity not in known:
        raise InputError("commodity", found=commodity, allowed=", ".join(known))
    if mode not in MODES:
        raise InputError("mode", found=mode, allowed=", ".join(MODES))
    if mode == "threat" and not budget >= 0:
        raise InputError("budget", found=f"{budget:g}", allowed="0 or more, mln USD a year that the powers may lose")
    if mode != "threat" and not (1 <= budget <= MOST and budget == int(budget)):
        raise InputError("budget", found=f"{budget:g}", allowed=f"1 to {MOST} closures at once, a whole number")


def _redrawn(
    case: Case, commodity: str, mode: str, sets: Sequence[frozenset[str]], period: str, chances: FloatArray
) -> list[dict[Key, float]]:
    """The same sets in each of several futures."""
    layout, found = Layout(case), []
    for chance in chances:
        future = case.redraw(chance)
        attacks = Attacks(Inputs(future, layout), commodity, mode)
        found.append(attacks.findings([s for s in sets if s <= set(attacks.left)], gdp_of(future), period))
    return found


def _shares(
    attacks: Attacks, sets: Sequence[frozenset[str]], futures: Sequence[Mapping[Key, float]], period: str
) -> dict[Key, float]:
    """How often no other set of its size is worse."""
    home, item = attacks.inputs.layout.home, f"{attacks.network.commodity}.{attacks.mode}"
    measure = "interdiction_rent" if attacks.priced else f"interdiction_lost_{attacks.network.quantity}"
    found: dict[Key, float] = {}
    for size in {len(chosen) for chosen in sets}:
        names = ["+".join(sorted(chosen)) for chosen in sets if len(chosen) == size]
        count = dict.fromkeys(names, 0.0)
        for future in futures:
            worst = max(future.get((measure, home, name, item, period), 0.0) for name in names)
            for name in names:
                count[name] += future.get((measure, home, name, item, period), 0.0) >= worst * (1 - SMALLEST)
        found |= {("interdiction_share", home, name, item, period): n / len(futures) for name, n in count.items()}
    return found


def _pairs(attacks: Attacks, period: str) -> dict[Key, float]:
    """How many pairs of links there are, and how many lose more together than one after the other."""
    lost = double_closures(attacks.closing)
    single = np.diag(lost)
    upper = np.triu_indices(len(lost), 1)
    joint = lost[upper] > (single[:, None] + single[None, :])[upper] + SMALLEST
    home, item = attacks.inputs.layout.home, attacks.network.commodity
    return {
        ("closure_pairs", home, "", f"{item}.all", period): float(len(upper[0])),
        ("closure_pairs", home, "", f"{item}.each_others_way_round", period): float(joint.sum()),
    }


def _scarce(attacks: Attacks, sets: Sequence[frozenset[str]], period: str) -> dict[Key, float]:
    """After each set, the link where more room would earn most."""
    found: dict[Key, float] = {}
    if attacks.priced:
        for chosen in sets:
            best = attacks.scarcest(chosen)
            if best:
                item = f"{attacks.network.commodity}.{attacks.mode}"
                found["backup_worth", best[0], "+".join(sorted(chosen)), item, period] = best[1]
    return found


def _derivation(name: str, attacks: Attacks, options: str) -> Derivation:
    """What the losses rest on: the figures of the network by what they move, who controls what, the threats."""
    network, case = attacks.network, attacks.inputs.case
    parents = dict(network.weights(attacks.closing.base))
    if attacks.priced:
        parents[fact_id("gdp", case.home, period=str(case.year))] = 1.0
    if attacks.mode != "link":
        for power in case.powers:
            for _, found in network.controls(attacks.inputs.layout.members[power]):
                parents.setdefault(found.id, 0.0)
    for threat in attacks.effort:
        for measure in ("threat_reach", "threat_cost_to_power"):
            parents[attacks.figures.id(measure, threat)] = 0.0
    what = {
        "link": "all links of a corridor in a state",
        "power": "all that powers control",
        "threat": "what threats name",
    }
    statement = (
        f"exports of {network.commodity} in {network.year}, contract limits, before and after closing {what[attacks.mode]}, each "
        "solved for its best flow; weight is the share of the rent, or of the flow, that moves with the figure"
    )
    return Derivation(name, VERSION, statement, dict(sorted(parents.items(), key=lambda e: (-e[1], e[0]))), options)
