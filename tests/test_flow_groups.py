"""Circulations by groups of states give what the solver of one gives, from whatever basis they begin."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from equipoise.maths.flow import groups, min_cost_flow
from equipoise.maths.flow.groups import circulate, reference_of
from equipoise.maths.flow.shrink import Shrunk, shrink

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def network_of(random: np.random.Generator) -> tuple[IntArray, IntArray, Shrunk, IntArray]:
    """Up to seven nodes and eighteen arcs, shrunk; and the shrunk arc that each is part of."""
    n, m = int(random.integers(2, 8)), int(random.integers(1, 19))
    tail, head = random.integers(0, n, m), random.integers(0, n, m)
    tail[0], head[0] = 0, n - 1
    network = shrink(tail, head, np.ones(m, dtype=bool), np.zeros(n, dtype=bool))
    arcs = len(network[0]) - len(network[5])
    return tail, head, network, np.minimum(network[4].astype(np.int64), arcs)


def narrowed(room: FloatArray, owner: IntArray, arcs: int) -> FloatArray:
    """Room of shrunk arcs in that of the arcs they are made of."""
    high = np.full((len(room), arcs + 1), np.inf)
    for arc, of in enumerate(owner):
        high[:, of] = np.minimum(high[:, of], room[:, arc])
    return high[:, :arcs]


def asked(
    seed: int,
) -> tuple[IntArray, IntArray, Shrunk, IntArray, IntArray, FloatArray, FloatArray, FloatArray, IntArray, IntArray]:
    """Three groups of states, each closing a little of what one before it leaves, at costs of either sign."""
    random = np.random.default_rng(seed)
    tail, head, network, owner = network_of(random)
    m, starts = len(tail), np.array([0, 4, 4, 11])
    room = np.repeat(random.integers(0, 9, (1, m)).astype(float), 11, axis=0)
    room *= np.where(random.random((11, m)) < 0.25, random.choice([0.0, 0.5, 2.0], (11, m)), 1.0)
    cost, marks = random.uniform(-5, 6, (3, m)), (random.random((2, m)) < 0.5).astype(float)
    calm = np.array([-1, 0, 0, 0, -1, 0, 0, 0, 3, 3, 3])
    past = np.array([-1, -1, 1, 2, -1, 0, 1, -1, 2, -1, 4])
    return tail, head, network, owner, starts, room, cost, marks, calm, past


@settings(max_examples=60)
@given(st.integers(0, 10**6))
def test_every_state_is_the_cheapest(seed: int) -> None:
    """Whatever state it begins from or is likened to, the flow of each is feasible and costs what HiGHS finds."""
    tail, head, network, owner, starts, room, cost, marks, calm, past = asked(seed)
    arcs, nodes = len(network[0]) - len(network[5]), int(max(tail.max(), head.max())) + 1
    high = narrowed(room, owner, arcs)
    start = reference_of(network, high[0], cost[0])
    found = circulate(tail, head, network, start, starts, high, cost, marks, calm, past, keep=True)
    flow = np.append(found.flow, np.zeros((11, 1)), axis=1)[:, owner]
    for s in range(11):
        price = cost[np.searchsorted(starts, s, side="right") - 1]
        best = min_cost_flow(tail, head, room[s], price, np.zeros(nodes)).flow
        assert (flow[s] <= room[s] + 1e-9).all()
        assert np.bincount(tail, flow[s], nodes) == pytest.approx(np.bincount(head, flow[s], nodes))
        assert price @ flow[s] == pytest.approx(price @ best)
        assert found.told[s] == pytest.approx([marks[0] @ flow[s], marks[1] @ (price * flow[s])])


def test_a_group_does_not_hang_on_another() -> None:
    """Asked alone, a group is the same to the last bit."""
    for seed in range(40):
        tail, head, network, owner, starts, room, cost, marks, calm, past = asked(seed)
        high = narrowed(room, owner, len(network[0]) - len(network[5]))
        start = reference_of(network, high[0], cost[0])
        whole = circulate(tail, head, network, start, starts, high, cost, marks, calm, past).told
        last = circulate(
            tail, head, network, start, np.array([0, 7]), high[4:], cost[2:], marks, calm[4:], past[4:],
        ).told  # fmt: skip
        assert np.array_equal(whole[4:], last)


def test_what_cannot_be_shown_is_left_to_the_solver(monkeypatch: pytest.MonkeyPatch) -> None:
    """States that the compiled solver is not sure of are found by HiGHS, flows and all."""
    tail, head, network, owner, starts, room, cost, marks, calm, past = asked(3)
    high = narrowed(room, owner, len(network[0]) - len(network[5]))
    start = reference_of(network, high[0], cost[0])
    right = circulate(tail, head, network, start, starts, high, cost, marks, calm, past, keep=True)
    real = groups._circulate

    def doubtful(*given: object) -> object:
        made = real(*given)
        given[-1][[1, 9]] = np.nan  # type: ignore[index]
        given[-2][[1, 9]] = np.nan  # type: ignore[index]
        return made

    monkeypatch.setattr(groups, "_circulate", doubtful)
    again = circulate(tail, head, network, start, starts, high, cost, marks, calm, past, keep=True)
    assert again.told == pytest.approx(right.told)
    assert again.flow == pytest.approx(right.flow)
