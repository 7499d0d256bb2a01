"""Search over intensities: fronts that nothing beats, same seed same bits, prerequisites kept, one line where it cannot be."""

from __future__ import annotations

import sys
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from conftest import Given

from equipoise.case import Case
from equipoise.errors import InputError
from equipoise.futures import search as module
from equipoise.futures.policies import Levers, policies_of
from equipoise.maths.regret import hypervolume, pareto

NAMES = ("eskene_kuryk", "trans_caspian_pipeline", "kenkiyak_lines")


def judge(rows: np.ndarray) -> np.ndarray:
    """Three ends that pull apart: two losses that fall with an intensity each, and the cost of both and of one that is waste."""
    return np.column_stack([1 - rows[:, 0], 1 - rows[:, 1], rows[:, 0] ** 2 + rows[:, 1] ** 2 + 3 * rows[:, 2]])


@pytest.fixture(scope="module")
def space(case: Case) -> module._Space:
    """Three levers of the bundled case, with nothing to live through."""
    settled = case.settle()
    return module._Space(case, cast(Any, None), Levers(settled), NAMES, policies_of(settled)[0], 8)


def test_a_search_finds_a_front_and_the_same_one_again() -> None:
    """No point of it beats another, it covers more than the first generation did, and its seed gives the same bits."""
    pytest.importorskip("pymoo", reason="the search is an extra: pip install 'equipoise[search]'")
    optimise = module.ready()
    first = np.random.default_rng(1).random((24, 3))
    ticks: list[int] = []
    found = optimise(judge, first, 12, 5, ticks.append)
    assert pareto(judge(found)).all()
    edge = [1.0, 1.0, 5.0]
    assert hypervolume(judge(found), edge) > hypervolume(judge(first), edge) + 0.3
    assert np.median(found[:, 2]) < 0.25 < np.median(first[:, 2])  # what is waste is left
    assert np.array_equal(found, optimise(judge, first, 12, 5, ticks.append))
    assert not np.array_equal(found, optimise(judge, first, 12, 6, ticks.append))
    assert ticks[:12] == list(range(1, 13))


def test_what_a_lever_needs_is_pulled_with_it(space: module._Space) -> None:
    """An intensity below a tenth pulls nothing; a lever pulls what it needs at least as far, no later than itself."""
    policy = space.policy(np.array([0.0, 0.6, 0.05]))
    pulls = {pull.lever: pull for pull in policy.own}
    assert set(pulls) == {"eskene_kuryk", "trans_caspian_pipeline"}
    assert pulls["eskene_kuryk"].intensity == pulls["trans_caspian_pipeline"].intensity == 0.6
    assert pulls["eskene_kuryk"].year <= pulls["trans_caspian_pipeline"].year
    space.levers.check(policy)
    assert space.policy(np.zeros(3)).own == ()


def test_a_search_begins_with_nothing_everything_and_the_policies_of_the_case(space: module._Space) -> None:
    """The first generation holds them, and has the size that was asked for; another seed fills it otherwise."""
    first = module._beginning(space, 20, 1)
    assert first.shape == (20, 3)
    assert not first[0].any()
    assert (first[1] == 1).all()
    energy = [1.0, 1.0, 1.0]
    assert energy in first[2:10].tolist()
    assert np.array_equal(first, module._beginning(space, 20, 1))
    assert not np.array_equal(first, module._beginning(space, 20, 2))
    assert module._beginning(space, 4, 1).shape == (4, 3)


def test_without_pymoo_it_is_said_in_one_line(given: Given, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is missing is named with how to get it, before anything is solved."""
    monkeypatch.setitem(sys.modules, "pymoo.algorithms.moo.nsga2", None)
    status, _, remarks = given("policies", "--search")
    assert status == 2
    assert "equipoise[search]" in remarks
    assert "Traceback" not in remarks


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--advice", "--search"), "one of them"),
        (("--advice", "-n", "0"), "1 or more"),
        (("--advice", "--policy", "balanced"), "they try every lever"),
    ],
)
def test_what_cannot_be_asked_together_is_refused(given: Given, words: tuple[str, ...], says: str) -> None:
    """Two questions at once, no futures, one policy where every lever is tried."""
    status, _, remarks = given("policies", *words)
    assert status == 2
    assert says in remarks


def test_an_option_out_of_range_is_refused(space: module._Space, monkeypatch: pytest.MonkeyPatch) -> None:
    """No generation, too few policies, no seed: said before anything is lived through."""
    monkeypatch.setattr(module, "ready", lambda: None)
    for option in ({"generations": 0}, {"population": 3}, {"seeds": 0}, {"futures": 1}):
        with pytest.raises(InputError, match="or more"):
            module.search(cast(Any, None), **option)  # type: ignore[arg-type]


def test_what_is_told_is_the_joint_front_of_all_seeds(space: module._Space, monkeypatch: pytest.MonkeyPatch) -> None:
    """Told are policies that no other beats in futures not searched, each once, from the cheapest on; a policy of the case that
    is worse in everything is beaten by one."""

    def lived(self: module._Space, policies: Any, first: int) -> Any:
        assert first == 8  # the first eight were searched in
        pulled = np.array([sum(pull.intensity for pull in policy.own) for policy in policies])
        worst = 5.0 - pulled[:, None] * np.ones((1, 8))
        mean = np.repeat(np.repeat(worst[:, None, None], 2, axis=1), 2, axis=2)
        return SimpleNamespace(worst=worst, mean=mean, yearly=100.0 * pulled[:, None] * np.ones((1, 8)))

    question = SimpleNamespace(
        year=2025, until=2030, weightings=[SimpleNamespace(id="seen"), SimpleNamespace(id="east")], seed=1
    )
    monkeypatch.setattr(module._Space, "came", lived)
    there = replace(space, question=cast(Any, question))
    rows = [np.array([[0.0, 0.0, 0.5], [0.0, 0.0, 1.0]]), np.array([[0.0, 0.0, 0.5], [0.0, 0.0, 0.0]])]
    told = module._told(there, rows, 1, 4, 1)
    costs = told.view("front_cost").sort("subject")["value"].to_list()
    assert costs == [0.0, 50.0, 100.0]
    assert told.view("front_size")["value"][0] == 3
    volume = told.view("front_volume")
    assert 0 < volume["low"][0] < volume["high"][0] <= 1
    beaten = dict(zip(told.view("front_better")["subject"].cast(str), told.view("front_better")["value"], strict=True))
    assert beaten["business_as_usual"] == 0  # what goes on today is on the front itself
    tree = told.trace("front_cost:front_01@2030+1y")[0]
    assert tree.children
