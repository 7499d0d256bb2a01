"""Which projects to build: laws and enumeration of the mathematics, and what the command says of the real case."""

from __future__ import annotations

from itertools import pairwise, product
from typing import Any

import numpy as np
import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from equipoise.errors import InputError
from equipoise.maths.flow import InvestmentModel, Scenario, invest, min_cost_flow

PENALTY = 30.0
Floats = NDArray[np.float64]


@st.composite
def plans(draw: st.DrawFn) -> dict[str, Any]:
    """Four nodes, six arcs, three projects, two futures and two attacks, whole numbers."""

    def table(rows: int, low: int, high: int) -> Floats:
        cells = st.lists(st.integers(low, high), min_size=6, max_size=6)
        return np.array(draw(st.lists(cells, min_size=rows, max_size=rows)), dtype=float)

    ends = st.lists(st.integers(0, 3), min_size=6, max_size=6)
    return {
        "tail": np.array(draw(ends)), "head": np.array(draw(ends)), "capacity": table(2, 0, 4), "cost": table(1, 0, 9)[0],
        "addition": table(3, 0, 4), "price": np.array(draw(st.lists(st.integers(1, 5), min_size=3, max_size=3)), float),
        "attack": table(2, 0, 4) / 4.0,
    }  # fmt: skip


def least_cost(plan: dict[str, Any], capacity: Floats) -> float:
    """The cheapest flow of six units, of which any may stay at the penalty."""
    tail, head, cost = plan["tail"], plan["head"], plan["cost"]
    found = min_cost_flow(
        [*tail, 0], [*head, 3], [*capacity, 6], [*cost, PENALTY], [6.0, 0.0, 0.0, -6.0]
    )  # fmt: skip
    return found.cost


def loss_of(plan: dict[str, Any], built: tuple[bool, ...]) -> Floats:
    """Loss of each future under its worst attack, by trying each."""
    extra = plan["addition"][list(built)].sum(axis=0)
    return np.array(
        [max(least_cost(plan, (room + extra) * left) for left in plan["attack"]) for room in plan["capacity"]]
    )


def allowed(plan: dict[str, Any], built: tuple[bool, ...], budget: float) -> bool:
    """Within the budget; project 0 needs project 1; 1 and 2 exclude each other."""
    return float(plan["price"] @ np.array(built)) <= budget and built[0] <= built[1] and built[1] + built[2] <= 1


@drawn(plans(), st.integers(0, 12), st.sampled_from([1.0, 0.5, 0.0]))
@settings(max_examples=60)
def test_the_best_projects_are_those_that_trying_every_set_finds(
    plan: dict[str, Any], budget: int, emphasis: float
) -> None:
    """Projects chosen by columns and constraints equal those of enumeration, for the worst, the mean, and between."""
    found = invest(
        **plan, supply=[6.0, 0, 0, -6.0], budget=budget, penalty=PENALTY, emphasis=emphasis, prerequisite=[(0, 1)],
        exclusive=[(1, 2)],
    )  # fmt: skip
    sets = [built for built in product((False, True), repeat=3) if allowed(plan, built, budget)]
    values = [emphasis * loss_of(plan, s).max() + (1 - emphasis) * loss_of(plan, s).mean() for s in sets]
    assert emphasis * found.worst + (1 - emphasis) * found.mean == pytest.approx(min(values), abs=1e-4)
    assert found.gap == 0.0
    assert allowed(plan, tuple(found.built.tolist()), budget)
    assert loss_of(plan, tuple(found.built.tolist())) == pytest.approx(found.loss, abs=1e-6)


@drawn(plans())
@settings(max_examples=25)
def test_money_never_hurts(plan: dict[str, Any]) -> None:
    """A larger budget never leaves a larger loss; without one nothing is built."""
    worst = [invest(**plan, supply=[6.0, 0, 0, -6.0], budget=b, penalty=PENALTY).worst for b in (0, 3, 6, 15)]
    assert worst[0] == pytest.approx(loss_of(plan, (False, False, False)).max(), abs=1e-6)
    assert all(later <= earlier + 1e-4 for earlier, later in pairwise(worst))


def test_of_several_limits_of_an_arc_the_least_binds() -> None:
    """A wider pipe moves nothing while the quota binds, nor a larger quota in a narrow pipe; both together do."""
    cost, own = np.array([[1.0]]), np.array([[np.inf]])
    scenario = Scenario(np.array([2.0, 2.0]), np.array([[3.0, 0.0], [0.0, 3.0]]), cost, own)
    model = InvestmentModel([0], [1], [[5.0, -5.0]], [scenario], [1.0, 1.0], penalty=10, limited=[0, 0])
    assert [model.losses(built)[0][0] for built in ([0, 0], [1, 0], [0, 1], [1, 1])] == [32, 32, 32, 5]
    assert model.solve(1).built.tolist() == [False, False]
    assert model.solve(2).built.tolist() == [True, True]


def test_what_is_required_is_built_and_what_cannot_be_is_refused() -> None:
    """A set that is forced stands whatever it is worth; one that breaks the budget is an error."""
    cost, own = np.array([[1.0]]), np.array([[np.inf]])
    scenario = Scenario(np.array([2.0]), np.array([[0.0], [3.0]]), cost, own)
    model = InvestmentModel([0], [1], [[5.0, -5.0]], [scenario], [1.0, 1.0], penalty=10)
    assert model.solve(2, required=[0]).built.tolist() == [True, True]
    with pytest.raises(InputError, match="projects required"):
        model.solve(0.5, required=[0])


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"budget": -1}, "budget: found -1"),
        ({"emphasis": 2}, "emphasis: found 2"),
        ({"addition": [[-1.0]]}, "addition: found -1"),
        ({"attack": [[2.0]]}, "attack: found 2"),
        ({"price": [1.0, 2.0]}, "addition"),
        ({"prerequisite": [(0, 7)]}, "prerequisite and exclusive"),
    ],
)
def test_bad_input_is_one_clear_error(change: dict[str, object], told: str) -> None:
    """What was found and what is allowed, for each thing that can be wrong."""
    good: dict[str, object] = {
        "tail": [0], "head": [1], "capacity": [1.0], "cost": [1.0], "supply": [1.0, -1.0], "addition": [[1.0]],
        "price": [1.0], "budget": 1.0, "attack": [[1.0]], "penalty": 9.0,
    }  # fmt: skip
    with pytest.raises(InputError, match=told):
        invest(**(good | change))  # type: ignore[arg-type]
