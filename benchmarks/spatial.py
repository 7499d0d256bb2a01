"""The spatial model of politics: one run, against the reference program's time, and an ensemble."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.result import Result, seconds

REFERENCE = 0.1609
"""Seconds that the reference program says it took for seven actors, three dimensions and ten turns, with its log."""
DRAWS = 10_000


def actors(count: int, dimensions: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Positions, salience and capability of so many random actors."""
    random = np.random.default_rng(1)
    salience = random.dirichlet(np.ones(dimensions), count) * random.uniform(30, 100, (count, 1))
    return random.uniform(0, 100, (count, dimensions)), salience, random.uniform(10, 100, count)


def seven(folder: Path) -> Result:
    """As many actors, dimensions and turns as the reference log."""
    from equipoise.maths.spatial import spatial_model

    given = actors(7)
    spatial_model(*given, turns=10)  # compiles
    ours = seconds(lambda: spatial_model(*given, turns=10), 200)
    how = f"7 actors × 3 dimensions × 10 turns, {1000 * ours:.2f} ms; peer: what the reference log says of itself"
    return Result(ours, how, promised=REFERENCE / 20, ratio=REFERENCE / ours)


def twenty(folder: Path) -> Result:
    """Twenty actors, three dimensions, twenty turns."""
    from equipoise.maths.spatial import spatial_model

    given = actors(20)
    spatial_model(*given, turns=20)
    ours = seconds(lambda: spatial_model(*given, turns=20), 50)
    return Result(ours, f"20 actors × 3 dimensions × 20 turns, {1000 * ours:.1f} ms", promised=0.020)


def draws(folder: Path) -> Result:
    """Ten thousand redraws of that on two threads."""
    from equipoise.maths.spatial import ensemble

    x, s, c = actors(20)
    ranges = (
        np.maximum(x - 10, 0),
        x,
        np.minimum(x + 10, 100),
        0.8 * s,
        s,
        np.minimum(1.2 * s, 100),
        0.8 * c,
        c,
        1.2 * c,
    )
    ensemble(*ranges, draws=2, seed=1, turns=2)
    ours = seconds(lambda: ensemble(*ranges, draws=DRAWS, seed=1, turns=20, threads=2))
    return Result(ours, f"{DRAWS} draws of 20 actors × 3 dimensions × 20 turns, two threads", promised=60.0)


def moving(folder: Path) -> Result:
    """Whom to move: every actor's position and salience in every dimension, up and down, narrowed down."""
    from equipoise.maths.spatial import whom_to_move

    x, s, c = actors(7)
    whom_to_move(x, s, c, dimension=0, shift=5.0, turns=10)
    ours = seconds(lambda: whom_to_move(x, s, c, dimension=0, shift=5.0, turns=10), 3)
    return Result(
        ours, "7 actors × 3 dimensions × 10 turns, every change of position or salience by points, then by bisection"
    )
