"""Futures lived through as a Python function under EMA Workbench, in the environment of its own that it needs.

``python peer_ema.py futures.npz 12 1``: the file holds what each future draws, the number of futures and of processes follow.
Every quarter the flow of every network is found by HiGHS, from its last basis; what is stuck is a share, and the share a loss.
Prints seconds, processor seconds, seconds where only what changed is solved, and the mean loss of every future.
"""

import json
import sys
import time
from functools import lru_cache

import ema_workbench
import highspy
import numpy as np
from ema_workbench import (
    IntegerParameter,
    Model,
    MultiprocessingEvaluator,
    ScalarOutcome,
    Scenario,
    SequentialEvaluator,
)

FILE = sys.argv[1]


@lru_cache(maxsize=1)
def given() -> dict:
    with np.load(FILE) as file:
        return dict(file)


def model_of(tail, head, cost):
    """A network as a linear programme: one column an arc, one row a node."""
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    lp, arcs, nodes = highspy.HighsLp(), len(tail), int(max(tail.max(), head.max())) + 1
    lp.num_col_, lp.num_row_ = arcs, nodes
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = cost, np.zeros(arcs), np.zeros(arcs)
    lp.row_lower_ = lp.row_upper_ = np.zeros(nodes)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = np.arange(arcs + 1) * 2
    lp.a_matrix_.index_ = np.column_stack([tail, head]).ravel()
    lp.a_matrix_.value_ = np.tile([1.0, -1.0], arcs)
    highs.passModel(lp)
    return highs


def carried(c, k, sparing):
    """Exports of a network in every quarter of every life."""
    held = given()
    tail, head, capacity = held[f"tail_{c}"], held[f"head_{c}"], held[f"capacity_{c}"]
    highs, arcs = model_of(tail, head, held[f"cost_{c}"][k]), np.arange(len(tail), dtype=np.int32)
    into, low, known = held[f"marks_{c}"][0] > 0, np.zeros(len(tail)), {}

    def solved(state):
        if sparing and state in known:
            return known[state]
        highs.changeColsBounds(len(arcs), arcs, low, capacity[state])
        highs.run()
        known[state] = float(np.array(highs.getSolution().col_value)[into].sum())
        return known[state]

    where = held[f"where_{c}"][k]
    made = np.empty(where.shape)
    for place in np.ndindex(where.shape):
        made[place] = solved(int(where[place]))
    calm = held[f"calm_{c}"][k]
    return made, np.array([[solved(int(state)) for state in row] for row in calm])


def loss_of(number, sparing=False):
    """The mean loss of one future over its lives and quarters."""
    held, k = given(), int(number)
    networks = [carried(c, k, sparing) for c in range(int(held["networks"]))]
    amount, calm = networks[0]
    gas, steps, weight = int(held["gas"]), int(held["steps"]), float(held["weight"])
    today = held["beside"][k]
    found = []
    polynomials = [np.polynomial.Polynomial(row) for row in held["nobody"][k : k + 1]]
    base = polynomials[0](-1.0)
    for p, w, on in np.ndindex(amount.shape[:3]):
        level = 0.0
        for t in range(amount.shape[3]):
            y, flow, could = t // steps, amount[p, w, on, t], calm[p, t]
            short = max(could - flow, 0.0)
            kept = max(min(short / steps, held["tank"][k, p, y] - level), 0.0)
            level += kept - (level if short <= 1e-9 * could else 0.0)
            lost = min(max(1.0 - (flow + kept * steps) / held["reference"][k, y], 0.0), 1.0)
            share = 2.0 * ((1.0 - weight) * lost + weight * today[p, w, on, t]) - 1.0
            stuck, most = polynomials[0](share) - base, 0.0
            for j in np.flatnonzero(held["closed"][k, p, w, on, t]):
                taken, whole, part = held["closed"][k, p, w, on, t, j], held["whole"][j], held["part"][j]
                if whole >= 0:
                    full = np.polyval(held["curve"][k, p, y, whole][::-1], share) + held["terms"][k, p, y, whole]
                    most = max(most, taken * (full - stuck))
                elif part >= 0:
                    x, nodes = min(taken * held["weak"][k, p, y, j], 1.0), held["nodes"][k, part]
                    a, b, c = x - 1 / 3, x - 2 / 3, x - 1
                    ends = -4.5 * nodes[0] * a * b * c + 4.5 * nodes[3] * x * a * b
                    most = max(most, ends + 13.5 * nodes[1] * x * b * c - 13.5 * nodes[2] * x * a * c)
            found.append(stuck + most + held["fees"][k, p, w, on, t])
    assert networks[gas][0].shape == amount.shape
    return {"loss": float(np.mean(found))}


def main() -> None:
    futures, processes = int(sys.argv[2]), int(sys.argv[3])
    model = Model("futures", function=loss_of)
    model.uncertainties = [IntegerParameter("number", 0, futures)]
    model.outcomes = [ScalarOutcome("loss")]
    scenarios = [Scenario(str(k), number=k) for k in range(futures)]
    loss_of(0)
    with (
        SequentialEvaluator(model)
        if processes == 1
        else MultiprocessingEvaluator(model, n_processes=processes) as evaluator
    ):
        start, used = time.perf_counter(), time.process_time()
        _, outcomes = evaluator.perform_experiments(scenarios=scenarios)
        taken, processor = time.perf_counter() - start, time.process_time() - used
    used = time.process_time()
    for k in range(min(futures, 4)):
        loss_of(k, sparing=True)
    sparing = (time.process_time() - used) * futures / min(futures, 4)
    told = {"seconds": taken, "processor": processor, "sparing": sparing, "loss": outcomes["loss"].tolist()}
    print(json.dumps({**told, "version": ema_workbench.__version__}))


if __name__ == "__main__":
    main()
