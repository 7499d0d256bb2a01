"""Which projects to build under a budget, so that the worst withdrawal takes least, and the mean over futures.

A loss is counted from what is earned today with nobody withdrawing: a project that earns more in peace makes no loss larger.
A future is a joint redraw of every input, the costs, delays and sizes of the projects among them. Projects whose cost nobody
published cannot stand under a budget: the choice is made without them, and again as if they came too, told apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from equipoise.case import Case, Layout
from equipoise.corridors.building import commodities_with_network, years_solved
from equipoise.corridors.findings import Key, as_fact
from equipoise.corridors.inputs import QUANTITIES, Inputs
from equipoise.corridors.network import SMALLEST
from equipoise.errors import InputError
from equipoise.ledger import Derivation, Ledger, fact_id
from equipoise.maths.ensemble import bands, latin_hypercube, quantile_band, spread
from equipoise.maths.flow import Investment, InvestmentModel, Scenario
from equipoise.resilience.projects import Figures, Project, Works, opened, projects_of, ready
from equipoise.resilience.record import VERSION, gdp_of, period_of, relevant
from equipoise.resilience.works import NATURAL, before_and_after, in_nature, name_of

__all__ = ["invest"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
Progress = Callable[[str, int, int], None]

LEVERS = ("lever_effect", "lever_capex", "lever_opex", "lever_build_time", "transit_time", "lever_target")
CAPACITIES = [*(f"capacity_{quantity}" for quantity in QUANTITIES), "capacity_trains", "transit_time"]
EMPHASES = (1.0, 0.5, 0.0)
"""Weights of the worst loss against the mean by which the front is found."""


@dataclass(frozen=True, slots=True)
class Future:
    """What one future says: its scenarios with the coalition of each, exports with nobody withdrawing, the cost and the year of
    every project, and what projects move and keep in natural units."""

    scenarios: tuple[Scenario, ...]
    coalitions: tuple[str, ...]
    exports: float
    cost: FloatArray
    year: FloatArray
    nature: dict[Key, float]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: by which year, against how many powers at once, of which commodity whose rent is known."""

    by: float
    together: int
    commodity: str
    projects: tuple[Project, ...]
    kept: tuple[tuple[str, str], ...] = ()


def invest(
    case: Case,
    *,
    budget: float,
    by: int = 2035,
    futures: int = 200,
    together: int = 1,
    required: Sequence[str] = (),
    seed: int = 1,
    workers: int = 1,
    progress: Progress | None = None,
) -> Ledger:
    """The best projects under a budget, the front of cost against worst and mean loss, and what each project is worth.

    Parameters
    ----------
    budget : float
        USD of capital.
    by : int
        Year by which a project must be felt to count.
    futures : int
        Joint redraws of every input; at least one.
    together : int
        Powers that may withdraw at once.
    required : sequence of lever ids
        Built whatever they are worth; the rest of the budget is chosen.

    Raises
    ------
    InputError
        The budget pays no project, a project does not exist, cannot be ready, needs or excludes what is asked, or acts on
        another commodity than the one whose rent is known.
    """
    settled = case.settle()
    figures = Figures(settled, LEVERS)
    projects = projects_of(settled)
    layout = opened(Layout(settled), settled, projects)
    inputs = Inputs(settled, layout)
    commodity = _priced(inputs)
    question = Question(by, together, commodity, tuple(projects))
    works = Works(inputs, figures, projects, commodity, years_solved(inputs, commodity)[-1])
    _require(settled, figures, works, question, budget, futures, required)
    central = _future(settled, inputs, question, figures, figures, 0)
    kept = tuple(sorted({key[1:3] for key in central.nature if key[0].startswith("project_avoided")}))
    question = Question(by, together, commodity, tuple(projects), kept)
    part = relevant(settled)
    design = latin_hypercube(futures, len(part.ledger.uncertain()), seed)
    told = partial(progress, "futures") if progress else None
    drawn = spread(partial(_futures, part, question, figures), design, workers=workers, progress=told)
    plans = _Plans(settled, works, figures, question, budget, [central, *drawn], required, progress)
    found = plans.findings()
    found |= _natural(central, drawn) | _years(settled, projects, central, drawn)
    rows = [
        as_fact(key, value, band, basis=_basis(key, commodity, projects), by=VERSION)
        for key, (value, band) in found.items()
    ]
    options = (
        f"budget={budget:g} by={by} futures={futures} together={together} seed={seed} required={','.join(required)}"
    )
    return Ledger.of(
        rows, _records(settled, inputs, works, figures, projects, {str(row["basis"]) for row in rows}, options)
    )


def _priced(inputs: Inputs) -> str:
    """The commodity whose loss has a price: of several the one that earns most."""
    from equipoise.corridors.building import build

    rents = {
        name: build(inputs, name, years_solved(inputs, name)[-1]).solve().rent
        for name in commodities_with_network(inputs)
    }
    known = {name: rent for name, rent in rents.items() if np.isfinite(rent)}
    if not known:
        raise InputError("case", found="no commodity whose prices and costs are known", allowed="at least one")
    return max(known, key=lambda name: known[name])


def _require(
    case: Case, figures: Figures, works: Works, question: Question, budget: float, futures: int, required: Sequence[str]
) -> None:
    """Refuse what cannot be answered, one thing at a time."""
    if not budget >= 0:
        raise InputError("budget", found=f"{budget:g}", allowed="0 or more USD")
    if futures < 1 or not 1 <= question.together <= len(case.powers):
        raise InputError(
            "futures and powers at once",
            found=(futures, question.together),
            allowed=f"1 or more, 1 to {len(case.powers)}",
        )
    own = {project.lever: project for project in works.projects}
    if not own:
        raise InputError(
            "levers",
            found=f"none that acts on a link of {question.commodity}",
            allowed="a case with levers and their effects",
        )
    _require_known(case, question, own, required)
    year = {lever: ready(project, figures, case.year) for lever, project in own.items()}
    late = [lever for lever in (required or own) if year[lever] > question.by]
    if (required and late) or len(late) == len(own):
        first = min(late, key=lambda lever: year[lever])
        raise InputError(
            "by",
            found=f"{question.by:g}",
            allowed=f"{np.ceil(year[first]):.0f} or later, when {first} is felt at the earliest",
        )
    clash = next((pair for pair in exclusive(works) if {works.projects[i].lever for i in pair} <= set(required)), None)
    if clash:
        names = " and ".join(works.projects[i].lever for i in clash)
        raise InputError("projects", found=names, allowed="one of them", remedy="both set the same limit of one link")
    costs = {lever: figures.value("lever_capex", lever) for lever in own}
    spent = sum(costs[lever] or 0.0 for lever in required)
    if required and spent * 1e9 > budget:
        raise InputError(
            "budget", found=f"{budget:g}", allowed=f"{spent * 1e9:g} USD or more, the cost of {', '.join(required)}"
        )
    known = {lever: cost for lever, cost in costs.items() if cost and year[lever] <= question.by}
    if not required and known and budget < 1e9 * min(known.values()):
        least = min(known, key=lambda lever: known[lever])
        raise InputError(
            "budget", found=f"{budget:g}", allowed=f"{1e9 * known[least]:g} USD or more, the cost of {least}"
        )


def _require_known(case: Case, question: Question, own: dict[str, Project], required: Sequence[str]) -> None:
    """Every project asked for acts on the commodity whose loss has a price."""
    elsewhere = {project.lever: project.commodity for project in question.projects}
    every = case.table("levers")["lever"].to_list()
    for lever in required:
        if lever not in every:
            near = get_close_matches(lever, every, n=3, cutoff=0.4)
            raise InputError(
                "project", found=lever, allowed=f"a lever of the case; nearest: {', '.join(near) or 'none'}"
            )
        if not elsewhere.get(lever):
            raise InputError("project", found=f"{lever}, which acts on no link", allowed=", ".join(own))
        if lever not in own:
            raise InputError(
                "project", found=f"{lever}, which acts on {elsewhere[lever]}", allowed=", ".join(own),
                remedy=f"what {elsewhere[lever]} lose has no price here; it is listed apart without being asked for",
            )  # fmt: skip


def exclusive(works: Works) -> list[tuple[int, int]]:
    """Pairs of projects that set the same limit of one link, each to its own figure: only one can."""
    sets = [{(e.link, e.kind) for e in project.effects if e.mode == "set"} for project in works.projects]
    return [(i, j) for i, j in combinations(range(len(sets)), 2) if sets[i] & sets[j]]


def _futures(part: Case, question: Question, central: Figures, chances: FloatArray) -> list[Future]:
    """Each of several futures, numbered later."""
    layout, found = opened(Layout(part), part, question.projects), []
    for chance in chances:
        case = part.redraw(chance)
        found.append(_future(case, Inputs(case, layout), question, Figures(case, LEVERS), central, 1))
    return found


def _future(case: Case, inputs: Inputs, question: Question, figures: Figures, central: Figures, number: int) -> Future:
    """What a future says of every project."""
    commodity = question.commodity
    every = {
        name: Works(inputs, figures, question.projects, name, years_solved(inputs, name)[-1])
        for name in commodities_with_network(inputs) if any(p.commodity == name for p in question.projects)
    }  # fmt: skip
    works = every[commodity]
    year = np.array([ready(project, figures, case.year, central) for project in question.projects])
    standing = np.array([ready(project, figures, case.year, central) <= question.by for project in works.projects])
    cost = np.array([figures.value("lever_capex", project.lever) or 0.0 for project in works.projects])
    met = list(_scenarios(case, works, standing, question.together, number))
    nature: dict[Key, float] = {}
    for name, other in every.items():
        nature |= in_nature(other, question.kept) if name != commodity else {}
    for project in question.projects:
        nature |= before_and_after(inputs, figures, every.get(project.commodity), project)
    exports = works.network.solve(works.capacity(np.zeros(len(works.projects), dtype=bool))).exports
    return Future(tuple(s for _, s in met), tuple(name for name, _ in met), exports, cost, year, nature)


def _scenarios(
    case: Case, works: Works, standing: BoolArray, together: int, number: int
) -> Iterable[tuple[str, Scenario]]:
    """The network under each coalition; money is in that of the GDP of the central future, so that futures compare."""
    network, nothing = works.network, np.zeros(len(works.projects), dtype=bool)
    room = works.capacity(nothing)
    base = network.solve(room)
    limited_new = np.isin(works.limited, [limit.arc for limit in works.limits if limit.kind])
    unknown = np.isin(
        np.arange(len(room)), [i for i, link in enumerate(network.links) if link in network.missing["capacity"]]
    )
    unknown[works.limited[limited_new]] = False  # its limits are those that projects move
    per_gdp = 1.0 / (10.0 * gdp_of(case))
    layout = works.inputs.layout
    members = [power for power in layout.powers if (network.reach(layout.members[power]) < 1.0).any()]
    for size in range(1, together + 1):
        for coalition in combinations(members, size):
            left = np.prod([network.reach(layout.members[power]) for power in coalition], axis=0)
            today = np.where(unknown & (left < 1.0), base.arc_flow, room) * left
            fits = (base.foreign_flow <= today + SMALLEST).all()
            others = (
                base.foreign_flow if fits or network.foreign is None else network.foreign.solve(today).flow.sum(axis=0)
            )
            at = works.limited
            limits = np.where(limited_new, works.room * left[at], today[at]) - others[at]
            scenario = Scenario(
                np.clip(limits, 0.0, None), works.addition * standing[:, None] * left[at], network.cost * per_gdp,
                network.own, -base.rent * per_gdp, number,
            )  # fmt: skip
            yield "+".join(sorted(coalition)), scenario


class _Plans:
    """The choices made, and the facts that they give."""

    def __init__(
        self, case: Case, works: Works, figures: Figures, question: Question, budget: float, futures: Sequence[Future],
        required: Sequence[str], progress: Progress | None,
    ) -> None:  # fmt: skip
        self.case, self.works, self.question = case, works, question
        self.budget, self.futures, self.progress = budget / 1e9, futures, progress
        self.levers = [project.lever for project in works.projects]
        known = [figures.value("lever_capex", lever) for lever in self.levers]
        self.price = np.array([cost or 0.0 for cost in known])
        self.required = [self.levers.index(lever) for lever in required]
        self.unknown = [i for i, cost in enumerate(known) if cost is None]
        scenarios = [
            Scenario(s.room, s.addition, s.cost, s.own, s.before, number)
            for number, future in enumerate(futures) for s in future.scenarios
        ]  # fmt: skip
        order = {lever: i for i, lever in enumerate(self.levers)}
        needs = [(order[p.lever], order[other]) for p in works.projects for other in p.needs if other in order]
        guard = np.arange(len(futures)) == 0
        self.model = InvestmentModel(
            works.network.tail, works.network.head, np.zeros((len(works.network.grades), int(works.network.tail.max()) + 1)),
            scenarios, self.price, penalty=0.0, limited=works.limited, chance=(~guard).astype(float), guard=guard,
            prerequisite=needs, exclusive=exclusive(works),
        )  # fmt: skip
        self.period = f"{question.by:g}+{period_of(case, 0).split('+')[1]}"

    def findings(self) -> dict[Key, tuple[float, tuple[float, float] | None]]:
        """Every plan, and the value of every project beside the best."""
        found: dict[Key, tuple[float, tuple[float, float] | None]] = {}
        best: Investment | None = None
        for kind, forbidden in (("published", self._priceless()), ("any", [])):
            plans, best = self._front(forbidden)
            for plan in plans:
                found |= self._plan(plan, kind)
            found["plan_gap", self.case.home, self._named(best.built), kind, self.period] = (best.gap, None)
        return found | self._values(best.built if best else np.zeros(len(self.levers), dtype=bool))

    def _priceless(self) -> list[int]:
        return [i for i in self.unknown if i not in self.required]

    def _front(self, forbidden: Sequence[int]) -> tuple[list[Investment], Investment]:
        """Plans that nothing beats in cost, worst and mean loss at once, and the best against the worst."""
        made: dict[bytes, Investment] = {}
        best: Investment | None = None
        for step, emphasis in enumerate(EMPHASES):
            budget = self.budget
            while True:
                plan = self.model.solve(
                    budget + 1e-12, emphasis=emphasis, forbidden=forbidden,
                    required=self.required if budget == self.budget else (),
                )  # fmt: skip
                best = best or plan
                made.setdefault(plan.built.tobytes(), plan)
                budget = plan.price - 1e-6
                if budget < 0 or self.required:
                    break
            if self.progress:
                self.progress("plans", step + 1 + (0 if forbidden else len(EMPHASES)), 2 * len(EMPHASES))
        nothing = self.model.solve(0.0, forbidden=self.unknown)
        made.setdefault(nothing.built.tobytes(), nothing)
        assert best is not None
        plans = [plan for plan in made.values() if plan is best or not any(_beats(one, plan) for one in made.values())]
        return sorted(plans, key=lambda plan: (plan.price, -plan.worst)), best

    def _plan(self, plan: Investment, kind: str) -> dict[Key, tuple[float, tuple[float, float] | None]]:
        """Cost, losses, and tonnes of one plan."""
        home, name = self.case.home, self._named(plan.built)
        costs = np.array([future.cost[plan.built].sum() for future in self.futures[1:]])
        losses = plan.loss[1:]
        found: dict[Key, tuple[float, tuple[float, float] | None]] = {
            ("plan_cost", home, name, kind, self.period): (plan.price, _band(costs)),
            ("plan_worst", home, name, kind, self.period): (plan.worst, _band(losses)),
            ("plan_mean", home, name, kind, self.period): (plan.mean, None),
            self._lost(plan, kind): (
                self._tonnes(plan, 0),
                _band(np.array([self._tonnes(plan, f) for f in self._drawn])),
            ),
            ("plan_within", home, name, kind, self.period): (float((costs <= self.budget + 1e-9).mean()), None),
        }
        return found

    @property
    def _drawn(self) -> range:
        return range(1, len(self.futures))

    def _lost(self, plan: Investment, kind: str) -> Key:
        """The key of what a plan still loses; its item names the worst coalition."""
        coalition = [name for future in self.futures for name in future.coalitions][plan.scenario[0]]
        measure = f"plan_lost_{self.works.network.quantity}"
        return measure, self.case.home, self._named(plan.built), f"{kind}.{coalition}", self.period

    def _tonnes(self, plan: Investment, future: int) -> float:
        """Exports lost in a future to its worst coalition."""
        network = self.works.network
        into = slice(len(network.links), len(network.links) + len(network.suppliers))
        kept = self.model.flow(plan.built, int(plan.scenario[future]))[:, into].sum()
        return max(0.0, self.futures[future].exports - float(kept))

    def _values(self, best: BoolArray) -> dict[Key, tuple[float, tuple[float, float] | None]]:
        """What each project takes from the worst loss: alone, beside the best plan, as the last of all."""
        every = np.ones(len(self.levers), dtype=bool)
        found: dict[Key, tuple[float, tuple[float, float] | None]] = {}
        for i, lever in enumerate(self.levers):
            this = np.arange(len(self.levers)) == i
            for item, without in (("alone", ~every), ("in_plan", best & ~this), ("among_all", every & ~this)):
                less = self.model.losses(without)[0] - self.model.losses(without | this)[0]
                less = np.where(np.abs(less) < SMALLEST, 0.0, less)
                found["project_value", lever, "", item, self.period] = (float(less[0]), _band(less[1:]))
        return found

    def _named(self, built: BoolArray) -> str:
        return name_of([lever for lever, chosen in zip(self.levers, built, strict=True) if chosen])


def _beats(one: Investment, other: Investment) -> bool:
    """Whether a plan is no worse in cost and both losses, and better in one."""
    mine, its = (np.array([plan.price, plan.worst, plan.mean]) for plan in (one, other))
    return bool((mine <= its + SMALLEST).all() and (mine < its - SMALLEST).any())


def _band(draws: FloatArray) -> tuple[float, float] | None:
    if not len(draws):
        return None
    low, high = quantile_band(draws)
    return float(low), float(high)


def _natural(central: Future, drawn: Sequence[Future]) -> dict[Key, tuple[float, tuple[float, float] | None]]:
    """What projects of commodities without a price keep, with bands."""
    ranges = bands([future.nature for future in drawn])
    return {key: (value, ranges.get(key)) for key, value in central.nature.items()}


def _years(
    case: Case, projects: Sequence[Project], central: Future, drawn: Sequence[Future]
) -> dict[Key, tuple[float, tuple[float, float] | None]]:
    """When each project is felt."""
    years = np.array([future.year for future in drawn])
    return {
        ("project_year", project.lever, "", "", str(case.year)): (float(central.year[i]), _band(years[:, i]))
        for i, project in enumerate(projects)
    }


def _basis(key: Key, commodity: str, projects: Sequence[Project]) -> str:
    """The record that a fact rests on: the choice, a project, or what projects of another commodity keep."""
    if key[0].startswith("plan_") or key[0] == "project_value":
        return f"investment.{commodity}"
    if key[0].startswith("project_avoided"):
        return f"investment.{next(p.commodity for p in projects if p.lever == key[1])}"
    return f"project.{key[1]}"


def _records(
    case: Case,
    inputs: Inputs,
    works: Works,
    figures: Figures,
    projects: Sequence[Project],
    used: set[str],
    options: str,
) -> list[Derivation]:
    """What the choices rest on: the network's figures by what they move, and the figures of the projects."""
    made: list[Derivation] = []
    for commodity in sorted({p.commodity for p in projects if p.commodity}):
        mine = [p for p in projects if p.commodity == commodity]
        parents = {name: 0.0 for p in mine for name in _facts_of(figures, p)}
        if commodity == works.network.commodity:
            parents = dict(works.network.weights(works.network.solve())) | parents
            parents[fact_id("gdp", case.home, period=str(case.year))] = 1.0
        parents |= {limit.fact: parents.get(limit.fact, 0.0) for limit in works.limits if limit.fact}
        ordered = dict(sorted(parents.items(), key=lambda entry: (-entry[1], entry[0])))
        made.append(
            Derivation(f"investment.{commodity}", VERSION, NATURAL.format(commodity=commodity), ordered, options)
        )
    for project in projects:
        facts = dict.fromkeys(_facts_of(figures, project), 1.0)
        for effect in project.effects:
            for row in inputs.case.view(CAPACITIES, subject=effect.link).iter_rows(named=True):
                names = (str(row[n]) for n in ("measure", "subject", "object", "item", "period"))
                facts.setdefault(fact_id(*names), 0.0)
        statement = (
            "the limit that the project moves, the room on its way, and the year from decision and time to build"
        )
        made.append(Derivation(f"project.{project.lever}", VERSION, statement, facts, options))
    return [record for record in made if record.id in used]


def _facts_of(figures: Figures, project: Project) -> list[str]:
    """The facts of a lever that exist."""
    keys = [("lever_effect", effect.number) for effect in project.effects] + [(m, "") for m in LEVERS[1:4]]
    return [figures.id(m, project.lever, item) for m, item in keys if figures.value(m, project.lever, item) is not None]
