r"""Which projects to build before the worst happens: defender, attacker, defender.

Somebody chooses projects within a budget; then the worst of the attacks comes; then what can still be sent is sent the
best way. With *y* the projects, *s* the scenarios (a future as an attack leaves it) and *Q* the defender's last move,

.. math:: \min_{y \in Y} \; w \max_s L_s(y) + (1 - w) \sum_f p_f \max_{s \in f} L_s(y), \qquad
   L_s(y) = \min_{x \in Q_s(y)} c_s x - L_{0f}.

:math:`L_s` is convex and never rises with *y*. The master programme holds the flow of every scenario that was ever the worst
(column-and-constraint generation, Zeng and Zhao), and for the mean the tangents of each future (Benders). Its value is a
bound from below; what it proposes, tried on every scenario, one from above; they meet, or the gap is told.

References
----------
Zeng, Zhao (2013), Solving two-stage robust optimization problems using a column-and-constraint generation method.
doi:10.1016/j.orl.2013.05.003
Brown, Carlyle, Salmerón, Wood (2006), Defending critical infrastructure. doi:10.1287/inte.1060.0252
Van Slyke, Wets (1969), L-shaped linear programs. doi:10.1137/0117061
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equipoise.errors import InputError, SolverError
from equipoise.maths.flow.checks import floats, nodes_of, require_shape
from equipoise.maths.flow.model import FlowModel
from equipoise.maths.flow.programme import Programme

__all__ = ["Investment", "InvestmentModel", "Scenario", "invest"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

CLOSE = 1e-7
"""Part of the loss without any project that bounds may differ by and still meet."""
COPIES = 12
"""Scenarios that the master holds whole; the tangents of any more say the same in fewer rows."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A future as one attack leaves it. ``room`` (r,) of each limit while nothing is built, ``addition`` (p, r) of each
    project to it, ``cost`` and ``own`` (k, m), ``before`` what the flow costs in that future with nobody attacking and
    nothing built (a loss is counted from there), and the number of the ``future``."""

    room: FloatArray
    addition: FloatArray
    cost: FloatArray
    own: FloatArray
    before: float = 0.0
    future: int = 0


@dataclass(frozen=True, slots=True)
class Investment:
    """The best projects. ``built`` (p,), their ``price``, the ``worst`` loss and the ``mean`` loss, ``loss`` (f,) of each
    future under its worst attack and the ``scenario`` (f,) that it is, the ``gap`` between the value and what could
    at best be reached, and the ``rounds`` of the master programme."""

    built: BoolArray
    price: float
    worst: float
    mean: float
    loss: FloatArray
    scenario: IntArray
    gap: float
    rounds: int


class InvestmentModel:
    """All scenarios of one network, and what is known of them, so that many budgets are solved from the same bounds.

    Parameters
    ----------
    tail, head : (m,) int
        Nodes of each arc.
    supply : (k, n)
        Common to all scenarios; a supply that differs between futures is an arc with an own capacity.
    scenarios : sequence of Scenario
        Each future in turn, numbered from 0, under each attack.
    price : (p,)
        Cost of each project.
    limited : (r,) int, optional
        The arc of each limit: an arc may have several, and the least binds. Every arc has one in order, if left out.
    penalty : float
        Cost of a unit not delivered.
    chance : (f,), optional
        Weight of each future in the mean; equal if left out.
    guard : (f,) bool, optional
        Futures whose worst attack counts as the worst; all if left out.
    prerequisite : pairs (project, what it needs)
    exclusive : groups of projects of which at most one can be built

    Raises
    ------
    InputError
        A shape, an index or a sign is wrong, or a project takes room away.
    """

    def __init__(
        self,
        tail: ArrayLike,
        head: ArrayLike,
        supply: ArrayLike,
        scenarios: Sequence[Scenario],
        price: ArrayLike,
        *,
        penalty: float,
        limited: ArrayLike | None = None,
        chance: ArrayLike | None = None,
        guard: ArrayLike | None = None,
        prerequisite: Sequence[tuple[int, int]] = (),
        exclusive: Sequence[Sequence[int]] = (),
    ) -> None:
        self._tail, self._head = nodes_of("tail", tail), nodes_of("head", head)
        self._supply, self._penalty = np.atleast_2d(floats("supply", supply)), float(penalty)
        self.price, self.scenarios = floats("price", price, nonnegative=True), tuple(scenarios)
        self._limited = np.arange(len(self._tail)) if limited is None else nodes_of("limited", limited)
        if not self.scenarios:
            raise InputError("scenarios", found="none", allowed="at least one")
        self._future = np.array([scenario.future for scenario in self.scenarios])
        futures = int(self._future.max()) + 1
        self._check(futures, prerequisite, exclusive)
        self._needs, self._exclusive = tuple(prerequisite), tuple(tuple(group) for group in exclusive)
        weights = np.full(futures, 1.0 / futures) if chance is None else floats("chance", chance, nonnegative=True)
        self._guard = np.ones(futures, dtype=bool) if guard is None else np.asarray(guard, dtype=bool)
        require_shape("chance", weights, (futures,))
        require_shape("guard", self._guard.astype(float), (futures,))
        self._chance = weights / (weights.sum() or 1.0)
        self._recourse = FlowModel(
            self._tail, self._head, self.scenarios[0].cost, self._supply, own_capacity=self.scenarios[0].own,
            penalty=self._penalty,
        )  # fmt: skip
        self._known: dict[bytes, tuple[FloatArray, FloatArray]] = {}
        self._copies: list[int] = []
        self._active = np.ones(len(self.scenarios), dtype=bool)
        nothing = np.zeros(len(self.price), dtype=bool)
        worst = np.full(futures, -np.inf)
        everywhere = np.ones(futures, dtype=bool)
        np.maximum.at(worst, self._future, self._losses(~nothing, everywhere)[0])
        self._floor = worst  # no projects leave a future a smaller loss than all together
        most = self._losses(nothing, everywhere)[0]
        self._scale = float(np.abs(most).max(initial=0.0)) or 1.0
        self._active = most >= worst[self._future] - CLOSE * self._scale  # the rest is never the worst of its future

    def _check(self, futures: int, prerequisite: Sequence[tuple[int, int]], exclusive: Sequence[Sequence[int]]) -> None:
        """Hold scenarios and rules to their shapes."""
        rooms, projects = len(self._limited), len(self.price)
        if set(self._future.tolist()) != set(range(futures)):
            raise InputError("futures", found=sorted(set(self._future.tolist())), allowed="0, 1, 2, ... without a gap")
        for scenario in self.scenarios:
            require_shape("room", scenario.room, (rooms,))
            require_shape("addition", scenario.addition, (projects, rooms))
            floats("addition", scenario.addition, nonnegative=True)
        named = [number for pair in (*prerequisite, *exclusive) for number in pair]
        if any(not 0 <= number < projects for number in named):
            raise InputError("prerequisite and exclusive", found=named, allowed=f"projects 0..{projects - 1}")

    def losses(self, built: ArrayLike, futures: BoolArray | None = None) -> tuple[FloatArray, IntArray]:
        """Loss (f,) of each future under its worst attack when these projects (p,) stand, and the scenario (f,).

        With ``futures`` (f,) only of those; of the others minus infinity.
        """
        chosen = np.asarray(built, dtype=bool)
        require_shape("built", chosen.astype(float), self.price.shape)
        wanted = np.ones(len(self._chance), dtype=bool) if futures is None else futures
        values = self._losses(chosen, wanted)[0]
        worst, which = np.full(len(wanted), -np.inf), np.zeros(len(wanted), dtype=np.int64)
        for s in np.flatnonzero(self._active & wanted[self._future]):
            if values[s] > worst[self._future[s]]:
                worst[self._future[s]], which[self._future[s]] = values[s], s
        return worst, which

    def flow(self, built: ArrayLike, scenario: int) -> FloatArray:
        """The defender's last move (k, m) in a scenario when these projects (p,) stand."""
        chosen, one = np.asarray(built, dtype=bool), self.scenarios[scenario]
        return self._recourse.solve(self._capacity(one, chosen)[0], own_capacity=one.own, cost=one.cost).flow

    def counted(self, emphasis: float) -> BoolArray:
        """The futures (f,) that count: those of the worst, of the mean, or of both."""
        nobody = np.zeros(len(self._chance), dtype=bool)
        counted: BoolArray = (self._guard if emphasis else nobody) | (self._chance > 0 if emphasis < 1.0 else nobody)
        return counted

    def solve(
        self,
        budget: float,
        *,
        emphasis: float = 1.0,
        required: Sequence[int] = (),
        forbidden: Sequence[int] = (),
        rounds: int = 500,
        progress: Callable[[int, float], None] | None = None,
    ) -> Investment:
        """The projects within the budget that leave the least loss: ``emphasis`` on the worst, the rest on the mean.

        ``progress`` is told the rounds done and the gap left.

        Raises
        ------
        InputError
            The budget is negative, the emphasis outside 0 to 1, or what is required breaks a rule or the budget.
        """
        if not budget >= 0:
            raise InputError("budget", found=budget, allowed="0 or more")
        if not 0 <= emphasis <= 1:
            raise InputError("emphasis", found=emphasis, allowed="0 to 1")
        master = _Master(self, budget, emphasis, required, forbidden)
        best: BoolArray | None = None
        value, bound = np.inf, -np.inf
        for done in range(1, rounds + 1):
            proposed, bound = master.propose()
            found = self._value(proposed, emphasis)
            if found < value:
                best, value = proposed, found
            if progress:
                progress(done, max(0.0, value - bound))
            if value - bound <= CLOSE * self._scale or not master.learn(proposed):
                break
        if best is None:
            raise SolverError("The master programme proposed nothing; check that figures are finite.")
        best = self._spared(best, emphasis, required)
        losses, which = self.losses(best)
        worst = float(losses[self._guard].max(initial=-np.inf))
        gap = value - bound if value - bound > CLOSE * self._scale else 0.0
        price = float(self.price[best].sum())
        return Investment(best, price, worst, self._mean(losses), losses, which, gap, done)

    def _value(self, built: BoolArray, emphasis: float) -> float:
        losses, _ = self.losses(built, self.counted(emphasis))
        worst = float(losses[self._guard].max()) if emphasis else 0.0
        return emphasis * worst + (1.0 - emphasis) * (self._mean(losses) if emphasis < 1.0 else 0.0)

    def _mean(self, losses: FloatArray) -> float:
        """Mean over the futures that have a chance."""
        likely = self._chance > 0
        return float(self._chance[likely] @ losses[likely])

    def _spared(self, built: BoolArray, emphasis: float, required: Sequence[int]) -> BoolArray:
        """The same without the projects that change nothing, the dearest first; the tangents tell of most that they do."""
        value = self._value(built, emphasis)
        for project in sorted(np.flatnonzero(built), key=lambda p: (-self.price[p], p)):
            fewer = built.copy()
            fewer[project] = False
            needed = any(fewer[one] and other == project for one, other in self._needs)
            if needed or project in required or self._pull(built, emphasis)[project] > CLOSE * self._scale:
                continue
            if self._value(fewer, emphasis) - value <= CLOSE * self._scale:
                built = fewer
        return built

    def _pull(self, built: BoolArray, emphasis: float) -> FloatArray:
        """What the value rises by at least when each project (p,) is left out, by the tangents at these projects."""
        counted = self.counted(emphasis)
        losses, which = self.losses(built, counted)
        slopes = self._losses(built, counted)[1][which]
        pull = np.zeros(len(self.price))
        if emphasis:
            guarded = np.flatnonzero(self._guard)
            pull -= emphasis * slopes[guarded[np.argmax(losses[guarded])]]
        return pull - (1.0 - emphasis) * (self._chance @ slopes) if emphasis < 1.0 else pull

    def _losses(self, built: BoolArray, futures: BoolArray) -> tuple[FloatArray, FloatArray]:
        """Loss (s,) of every scenario of these futures that may be the worst, and its slope (s, p) in each project."""
        if built.tobytes() not in self._known:
            empty = np.full(len(self.scenarios), np.nan), np.zeros((len(self.scenarios), len(self.price)))
            self._known[built.tobytes()] = empty
        values, slopes = self._known[built.tobytes()]
        for s in np.flatnonzero(self._active & futures[self._future] & np.isnan(values)):
            values[s], slopes[s] = self._reply(self.scenarios[s], built)
        return values, slopes

    def _capacity(self, scenario: Scenario, built: BoolArray) -> tuple[FloatArray, FloatArray]:
        """Room of each arc (m,), the least of its limits, and of each limit (r,)."""
        rooms = scenario.room + scenario.addition[built].sum(axis=0)
        capacity = np.full(len(self._tail), np.inf)
        np.minimum.at(capacity, self._limited, rooms)
        return capacity, rooms

    def _reply(self, scenario: Scenario, built: BoolArray) -> tuple[float, FloatArray]:
        """The defender's last move: the loss, and what more of each project would save by the prices of its limits."""
        capacity, rooms = self._capacity(scenario, built)
        found = self._recourse.solve(capacity, own_capacity=scenario.own, cost=scenario.cost)
        value = float((scenario.cost * found.flow).sum()) + self._penalty * float(found.unmet.sum())
        price = found.capacity_price
        if len(scenario.cost) == 1:  # a price of its own capacity is none of a shared limit
            price = np.where(capacity <= scenario.own[0], price, 0.0)
        binding = np.full(len(self._tail), -1)
        order = np.argsort(-rooms, kind="stable")
        binding[self._limited[order]] = order  # of several limits of an arc the last written is the least
        prices = np.zeros(len(rooms))
        held = binding >= 0
        prices[binding[held]] = price[held]
        return value - scenario.before, -scenario.addition @ prices


class _Master:
    """The choice of projects, with what is known of the losses that it leads to."""

    def __init__(
        self,
        model: InvestmentModel,
        budget: float,
        emphasis: float,
        required: Sequence[int],
        forbidden: Sequence[int],
    ) -> None:
        self._model, self._emphasis = model, emphasis
        self._programme = programme = Programme(CLOSE / 10)
        projects = len(model.price)
        least, most = np.zeros(projects), np.ones(projects)
        least[list(required)], most[list(forbidden)] = 1.0, 0.0
        self._built = programme.columns(np.zeros(projects), least, np.maximum(least, most), whole=True)
        floor = model._floor / model._scale
        worst = max(floor[model._guard].max(initial=-np.inf), -1e6)
        self._worst = int(programme.columns(emphasis, worst)[0])
        self._mean = programme.columns((1.0 - emphasis) * model._chance, floor)
        every = np.arange(projects)
        programme.rows(-np.inf, [budget], np.zeros(projects), self._built[every], model.price)
        for one, other in model._needs:
            programme.rows(-np.inf, [0.0], [0, 0], self._built[[one, other]], [1.0, -1.0])
        for group in model._exclusive:
            programme.rows(-np.inf, [1.0], np.zeros(len(group)), self._built[list(group)], np.ones(len(group)))
        self._held: set[int] = set()
        self._tangents: set[tuple[int, bytes]] = set()
        for s in model._copies:
            self._copy(s)
        for mark in list(model._known):
            self._tangent(np.frombuffer(mark, dtype=bool))

    def propose(self) -> tuple[BoolArray, float]:
        """The best projects as far as is known, and the bound on what any can reach."""
        solved = self._programme.solve()
        if solved is None:
            raise InputError(
                "projects required",
                found="a set that no budget or rule allows",
                allowed="projects that the budget pays, with what they need, and of exclusive ones only one",
            )
        return solved.columns[self._built] > 0.5, solved.bound * self._model._scale

    def learn(self, proposed: BoolArray) -> bool:
        """Hold the scenarios that are the worst for these projects; whether that is anything new."""
        model = self._model
        losses, which = model.losses(proposed, model.counted(self._emphasis))
        guarded = np.flatnonzero(model._guard)
        new = False
        if self._emphasis and len(guarded) and len(model._copies) < COPIES:
            s = int(which[guarded[np.argmax(losses[guarded])]])
            if s not in self._held:
                model._copies.append(s)
                self._copy(s)
                new = True
        return self._tangent(proposed) or new

    def _tangent(self, built: BoolArray) -> bool:
        """Bound each future from below by the tangents of its worst scenario at these projects."""
        model = self._model
        counted = model.counted(self._emphasis)
        _, which = model.losses(built, counted)
        values, slopes = model._losses(built, counted)
        mark = built.tobytes()
        fresh = [f for f in np.flatnonzero(counted).tolist() if (f, mark) not in self._tangents]
        self._tangents |= {(future, mark) for future in fresh}
        held = [(column, int(which[future])) for future in fresh for column in self._bounded(future)]
        if not held:
            return bool(fresh)
        slope = np.array([slopes[s] for _, s in held]) / model._scale
        at = np.array([values[s] for _, s in held]) / model._scale - slope[:, built].sum(axis=1)
        size, rows = len(built), np.arange(len(held))
        self._programme.rows(
            at, np.inf, np.concatenate([np.repeat(rows, size), rows]),
            np.concatenate([np.tile(self._built, len(held)), [column for column, _ in held]]),
            np.concatenate([-slope.ravel(), np.ones(len(held))]),
        )  # fmt: skip
        return True

    def _bounded(self, future: int) -> list[int]:
        """The columns that the loss of a future bounds: its own, and the worst of all where it counts for that."""
        own = [int(self._mean[future])] if self._model._chance[future] and self._emphasis < 1.0 else []
        return own + ([self._worst] if self._model._guard[future] and self._emphasis else [])

    def _copy(self, s: int) -> None:
        """Columns and constraints of the defender's last move in a scenario."""
        model, programme, scenario = self._model, self._programme, self._model.scenarios[s]
        self._held.add(s)
        grades, arcs = scenario.cost.shape
        nodes, rooms = model._supply.shape[1], len(model._limited)
        flow = programme.columns(np.zeros(grades * arcs), 0.0, scenario.own.ravel()).reshape(grades, arcs)
        ends = np.argwhere(model._supply != 0.0)
        asked = model._supply[tuple(ends.T)]
        slack = programme.columns(np.zeros(len(ends)), 0.0, np.abs(asked)) if len(ends) else np.zeros(0, dtype=np.int64)
        moves = np.flatnonzero(model._tail != model._head)
        first = np.repeat(np.arange(grades) * nodes, len(moves))
        rows = [np.tile(end[moves], grades) + first for end in (model._tail, model._head)]
        programme.rows(
            model._supply.ravel(), model._supply.ravel(),
            np.concatenate([*rows, ends[:, 0] * nodes + ends[:, 1]]),
            np.concatenate([flow[:, moves].ravel(), flow[:, moves].ravel(), slack]),
            np.concatenate([np.ones(grades * len(moves)), -np.ones(grades * len(moves)), np.sign(asked)]),
        )  # fmt: skip
        project, room = np.nonzero(scenario.addition)
        programme.rows(
            -np.inf, scenario.room,
            np.concatenate([np.tile(np.arange(rooms), grades), room]),
            np.concatenate([flow[:, model._limited].ravel(), self._built[project]]),
            np.concatenate([np.ones(grades * rooms), -scenario.addition[project, room]]),
        )  # fmt: skip
        short = slack[asked < 0]
        spent = np.concatenate([-scenario.cost.ravel(), np.full(len(short), -model._penalty)]) / model._scale
        for column in self._bounded(scenario.future):
            programme.rows(
                [-scenario.before / model._scale], np.inf, np.zeros(len(spent) + 1),
                np.concatenate([flow.ravel(), short, [column]]), np.append(spent, 1.0),
            )  # fmt: skip


def invest(
    tail: ArrayLike,
    head: ArrayLike,
    capacity: ArrayLike,
    cost: ArrayLike,
    supply: ArrayLike,
    addition: ArrayLike,
    price: ArrayLike,
    budget: float,
    attack: ArrayLike,
    *,
    penalty: float,
    chance: ArrayLike | None = None,
    emphasis: float = 1.0,
    prerequisite: Sequence[tuple[int, int]] = (),
    exclusive: Sequence[Sequence[int]] = (),
) -> Investment:
    """Choose projects that widen arcs, within a budget, so that the worst attack leaves the cheapest flow.

    Parameters
    ----------
    tail, head, cost, supply
        As in :func:`min_cost_flow`.
    capacity : (m,) or (f, m)
        Of each arc; one row for each future.
    addition : (p, m)
        What each project adds to each arc, 0 or more.
    price : (p,)
        Cost of each project; together within the ``budget``.
    attack : (a, m)
        What each attack leaves of each arc, built or not, in 0 to 1; a row of ones is no attack.
    penalty : float
        Cost of a unit not delivered.
    chance : (f,), optional
        Weight of each future in the mean.
    emphasis : float
        Weight of the worst loss against the mean over futures: 1 is the worst alone, 0 the mean alone.
    prerequisite, exclusive
        Pairs (project, what it needs), and groups of projects of which at most one can be built.

    Raises
    ------
    InputError
        A shape, an index or a sign is wrong.

    Examples
    --------
    Two routes; a bridge over the second is worth more than a wider first, for the first is what can be closed:

    >>> found = invest([0, 0], [1, 1], [5, 1], [1, 2], [5, -5], [[4, 0], [0, 3]], [2, 3], 3, [[0, 1]], penalty=10)
    >>> found.built.tolist(), found.worst, found.gap
    ([False, True], 18.0, 0.0)
    """
    room = np.atleast_2d(floats("capacity", capacity, nonnegative=True))
    costs, left = np.atleast_2d(floats("cost", cost)), np.atleast_2d(floats("attack", attack, nonnegative=True))
    additions = np.atleast_2d(floats("addition", addition, nonnegative=True))
    for name, array in (("capacity", room), ("attack", left), ("addition", additions)):
        require_shape(name, array, (len(array), costs.shape[1]))
    if (left > 1).any():
        raise InputError("attack", found=float(left.max()), allowed="shares that are left, 0 to 1")
    own = np.full(costs.shape, np.inf)
    scenarios = [
        Scenario(share * room[f], additions * share, costs, own, 0.0, f) for f in range(len(room)) for share in left
    ]
    model = InvestmentModel(
        tail, head, supply, scenarios, price, penalty=penalty, chance=chance, prerequisite=prerequisite,
        exclusive=exclusive,
    )  # fmt: skip
    return model.solve(budget, emphasis=emphasis)
