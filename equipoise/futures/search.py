"""Search over how far levers are pulled: policies that no other beats in worst loss, mean loss and cost at once.

The search is many-objective and has no composite; it is repeated from several seeds, and how much they differ is printed. What
it finds is lived through again in futures that it was not found in: only those figures are told.

References
----------
Deb, Pratap, Agarwal, Meyarivan (2002), A fast and elitist multiobjective genetic algorithm: NSGA-II. doi:10.1109/4235.996017
Hadka, Herman, Reed, Keller (2015), An open source framework for many-objective robust decision making.
doi:10.1016/j.envsoft.2015.07.014
Blank, Deb (2020), pymoo: multi-objective optimization in Python. doi:10.1109/ACCESS.2020.2990567
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from equipoise.case import Case
from equipoise.corridors.findings import as_fact
from equipoise.errors import InputError
from equipoise.futures.effects import moves
from equipoise.futures.findings import Findings, middle
from equipoise.futures.lives import Question
from equipoise.futures.outlay import parents_of
from equipoise.futures.policies import Levers, Policy, Pull, policies_of
from equipoise.futures.simulate import Outcomes, live, outcomes, prepare
from equipoise.futures.trials import needed, pulled, trials
from equipoise.ledger import Derivation, Ledger
from equipoise.maths.regret import hypervolume, pareto

__all__ = ["ready", "search"]

FloatArray = NDArray[np.float64]
VERSION = "search/1"
LEAST = 0.1
"""Intensity below which a lever is not pulled."""
SHARE = 0.3
"""Share of the levers that a policy of the first generation pulls."""
SCREEN = 16
"""Futures in which a lever must move something to be searched over."""
TOLD = 12
"""Policies of the front that are told, spread over the range of their cost."""
STATEMENT = (
    "NSGA-II over the intensities of {levers} levers that move something and have a published price, {seeds} seeds of "
    "{generations} generations of {population} policies in {futures} futures to {until}; what is told comes from as many others"
)


@dataclass(frozen=True)
class _Space:
    """What is searched: levers in the order of the columns, the policy they are added to, and the futures they live through."""

    case: Case
    question: Question
    levers: Levers
    names: tuple[str, ...]
    ground: Policy
    futures: int

    def policy(self, row: FloatArray) -> Policy:
        """The policy of a row of intensities; whatever a lever needs is pulled at least as far."""
        degree = dict(zip(self.names, row, strict=True))
        for name in self.names:
            for need in needed(self.levers, name):
                if degree[name] >= LEAST and need in degree:
                    degree[need] = max(degree[need], degree[name])
        pulls = []
        for name, far in degree.items():
            if far >= LEAST:
                year = max(pulled(self.levers, one).year for one in (name, *needed(self.levers, name)))
                pulls.append(Pull(name, year, round(float(far), 2), "searched"))
        return Policy("+".join(p.lever for p in pulls) or "nothing", "", "", tuple(pulls), self.ground.pulls)

    def came(self, policies: Sequence[Policy], first: int) -> Outcomes:
        """The outcomes of policies in the futures from one on."""
        setup = prepare(self.case, policies, until=self.question.until, seed=self.question.seed)
        return outcomes(setup, live(setup, first, self.futures))

    def judged(self, rows: FloatArray, first: int) -> FloatArray:
        """The objectives (policies, 3) of rows of intensities."""
        return _objectives(self.came([self.policy(row) for row in rows], first))


def _objectives(came: Outcomes) -> FloatArray:
    """Middle worst loss, mean loss a year under the weighting that is worst for the policy, middle yearly cost (P, 3)."""
    return np.column_stack([
        np.median(came.worst, axis=1), came.mean[:, :, 1].mean(axis=2).max(axis=1), np.median(came.yearly, axis=1),
    ])  # fmt: skip


def search(
    case: Case,
    *,
    futures: int = 32,
    generations: int = 20,
    population: int = 32,
    seeds: int = 3,
    until: int = 2040,
    seed: int = 1,
    progress: Callable[[str, int, int], None] | None = None,
) -> Ledger:
    """Policies that no other beats, among all intensities of the levers of a case.

    The case must know what the stage ``withdrawal`` finds.

    Raises
    ------
    InputError
        pymoo is not installed, an option is out of range, or no lever moves anything at a published price.
    """
    optimise = ready()
    for name, value, least in (
        ("futures", futures, 2),
        ("generations", generations, 1),
        ("population", population, 4),
        ("seeds", seeds, 1),
    ):
        if value < least:
            raise InputError(name, found=value, allowed=f"{least} or more")
    space = _space(case, futures, until, seed)
    firsts = [_beginning(space, population, seed + k) for k in range(seeds)]
    found: list[FloatArray] = []
    for k, first in enumerate(firsts):

        def tick(generation: int, k: int = k) -> None:
            if progress:
                progress("search", k * generations + generation, seeds * generations)

        found.append(optimise(lambda rows: space.judged(rows, 0), first, generations, seed + k, tick))
    return _told(space, found, generations, population, seed)


def ready() -> Callable[..., FloatArray]:
    """NSGA-II as a function: from the judge, a first generation, generations, a seed and what to call after each, to a front.

    Raises
    ------
    InputError
        pymoo is not installed.
    """
    try:
        from pymoo.algorithms.moo.nsga2 import NSGA2
        from pymoo.core.callback import Callback
        from pymoo.core.problem import Problem
        from pymoo.optimize import minimize
    except ImportError:
        raise InputError(
            "pymoo", found="not installed", allowed="the extra `search`", remedy="pip install 'equipoise[search]'"
        ) from None

    def optimise(
        judge: Callable[[FloatArray], FloatArray],
        first: FloatArray,
        generations: int,
        seed: int,
        tick: Callable[[int], None],
    ) -> FloatArray:
        class Space(Problem):  # type: ignore[misc]
            def __init__(self) -> None:
                super().__init__(n_var=first.shape[1], n_obj=3, xl=0.0, xu=1.0)

            def _evaluate(self, x: FloatArray, out: dict[str, Any], *_: Any, **__: Any) -> None:
                out["F"] = judge(x)

        class Tick(Callback):  # type: ignore[misc]
            def notify(self, algorithm: Any) -> None:
                tick(int(algorithm.n_gen))

        made = minimize(
            Space(), NSGA2(pop_size=len(first), sampling=first), ("n_gen", generations), seed=seed, callback=Tick(),
        )  # fmt: skip
        return np.atleast_2d(np.asarray(made.X, dtype=np.float64))

    return optimise


def _space(case: Case, futures: int, until: int, seed: int) -> _Space:
    """The levers that are worth searching over: those that move something, and all whose price is known."""
    settled = case.settle()
    levers = Levers(settled)
    ground = next(policy for policy in policies_of(settled) if not policy.standing)
    unpriced = set(levers.unpriced([pulled(levers, lever) for lever in levers.rows]))
    every, made = trials(levers, [ground])
    setup = prepare(case, every, until=until, seed=seed)
    came = outcomes(setup, live(setup, 0, SCREEN))
    here = {pull.lever for pull in ground.pulls}
    useful = {
        name
        for trial in made
        if trial.lever not in here and not {trial.lever, *trial.beside} & unpriced and moves(came, trial).any()
        for name in (trial.lever, *trial.beside)
    }
    names = tuple(lever for lever in levers.rows if lever in useful)
    if not names:
        raise InputError("levers", found="none that moves something at a published price", allowed="one or more")
    return _Space(case, setup.question, levers, names, ground, futures)


def _beginning(space: _Space, population: int, seed: int) -> FloatArray:
    """A first generation: nothing, everything, the policies of the case as far as they can be searched, and luck."""
    random = np.random.Generator(np.random.Philox(seed))
    size = len(space.names)
    rows = [np.zeros(size), np.ones(size)]
    for policy in policies_of(space.levers.case):
        own = {pull.lever: pull.intensity for pull in policy.own}
        rows.append(np.array([own.get(name, 0.0) for name in space.names]))
    rows = rows[:population]
    luck = random.random((population, size)) * (random.random((population, size)) < SHARE)
    return np.vstack([*rows, luck[: population - len(rows)]])


def _told(space: _Space, found: Sequence[FloatArray], generations: int, population: int, seed: int) -> Ledger:
    """The facts of the joint front, judged in futures that it was not found in."""
    question, fresh = space.question, space.futures
    rows = np.vstack(found)
    twins = {space.policy(row).own: i for i, row in reversed(list(enumerate(rows)))}
    usual, *others = policies_of(space.levers.case)
    bundled = [replace(usual, own=(), standing=usual.own), *others]  # costs are beyond what goes on under every policy
    policies = [space.policy(row) for row in rows]
    came = space.came([*policies, *bundled], fresh)
    judged = _objectives(came)
    joint = np.array([i for i in np.flatnonzero(pareto(judged[: len(rows)])) if twins[policies[i].own] == i])
    edge, ideal = judged.max(axis=0) * (1.0 + 1e-9) + 1e-9, judged.min(axis=0)
    results: Findings = {}
    starts = np.cumsum([0, *(len(one) for one in found)])
    volumes = [hypervolume(judged[a:b], edge) / float(np.prod(edge - ideal)) for a, b in pairwise(starts)]
    along, last = f"{question.year + 1}/{question.until}", f"{question.until}+1y"
    home = space.levers.case.home
    results["front_volume", home, "", "", last] = float(np.median(volumes)), (min(volumes), max(volumes))
    results["front_size", home, "", "", last] = float(len(joint)), None
    order = joint[np.argsort(judged[joint, 2], kind="stable")]
    shown = order[np.unique(np.linspace(0, len(order) - 1, min(TOLD, len(order))).round().astype(int))]
    for number, i in enumerate(shown, 1):
        name = f"front_{number:02d}"
        for pull in policies[i].own:
            results["front_intensity", name, pull.lever, "", last] = pull.intensity, None
        worst = int(came.mean[i, :, 1].mean(axis=1).argmax())
        results["front_worst_loss", name, "", "", last] = middle(came.worst[i])
        results["front_loss", name, "", question.weightings[worst].id, along] = float(judged[i, 1]), None
        results["front_cost", name, "", "", last] = middle(came.yearly[i])
    for b, policy in enumerate(bundled, len(rows)):
        better = (judged[joint] <= judged[b]).all(axis=1) & (judged[joint] < judged[b]).any(axis=1)
        results["front_better", policy.id, "", "", last] = float(better.sum()), None
    statement = STATEMENT.format(
        levers=len(space.names), seeds=len(found), generations=generations, population=population, futures=space.futures,
        until=question.until,
    )  # fmt: skip
    searched = Policy("searched", "", "", tuple(pulled(space.levers, name) for name in space.names))
    record = Derivation(
        "search.front", VERSION, statement, dict.fromkeys(parents_of(space.levers, searched), 1.0), f"seed={seed}"
    )
    return Ledger.of(
        [as_fact(k, v, band, basis="search.front", by=VERSION) for k, (v, band) in results.items()], [record]
    )
