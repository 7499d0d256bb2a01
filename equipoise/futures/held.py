"""What a power can still stop once another has: a lever that takes from one power may give to the next.

While nothing is closed, cargo that one power would stop finds other ways, and a new line to that power's border adds nothing to
what it can take. Where the most crossed territory is shut, the same line is the way out, and whoever stands at its end holds it.
So the second loss is told beside the first: the exports of the endowment that are left when the crossed power has withdrawn, less
those that are left when another withdraws as well. It is no coalition's loss: only tonnes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from equipoise.futures.carriage import Carriage
from equipoise.futures.findings import Findings, middle
from equipoise.futures.simulate import Setup, drawn

__all__ = ["held", "still_held"]

FloatArray = NDArray[np.float64]
LOOKED_AT = 64
"""Futures, the first of those that are asked, in which it is told: their middle and their band need no more."""


def held(setup: Setup, futures: int) -> Findings:
    """What each power can still stop in the last year once the crossed power has withdrawn, under each policy."""
    question = setup.question
    last, period = question.quarters[-1:], f"{question.until}+1y"
    chosen = drawn(setup, 0, min(futures, LOOKED_AT))
    values = np.repeat(setup.figures.value[None], len(chosen), axis=0)
    values[:, setup.figures.drawn] = chosen
    one = setup.carriages[setup.commodities.index(question.commodity)]
    felt = setup.acting.felt(values)
    stands = setup.acting.stands(felt, one.projects, np.broadcast_to(last, (len(values), 1)))[:, :, 0]
    others = [power for power in setup.powers if power != question.crossed]
    first = question.powers.index(question.crossed)
    found: Findings = {}
    for p, policy in enumerate(question.policies):
        places = [question.powers.index(power) for power in others]
        tonnes = still_held(one, values, stands[:, p], question.until - question.year, first, places)
        for i, power in enumerate(others):
            found["future_still_held", policy.id, power, question.crossed, period] = middle(tonnes[i])
    return found


def still_held(
    one: Carriage, values: FloatArray, stands: FloatArray, years: int, first: int, others: Sequence[int]
) -> FloatArray:
    """Exports that each of some powers stops (I, K) once the ``first`` has closed all it controls, with works standing so far
    (K, p), so many ``years`` on, in the unit of the commodity: powers by their places among all. Never below nothing."""
    limits, filled = one.limits, one.pattern.fill(values)
    everyone = np.arange(len(values))
    _, _, usual = limits.usual(filled)
    sunk = one.drift.room(values, years)[:, -1]
    room = np.maximum(limits.capacity(filled, everyone, stands, one.drift.sinking, sunk), 0.0)
    grown, bound = one.drift.supply(values, years)[:, -1:], filled.bound.copy()
    ends = [*range(one.pattern.into.start, one.pattern.into.stop), room.shape[1] - 1]
    room[:, ends], bound[:, ends] = room[:, ends] * grown, bound[:, ends] * grown
    if one.drift.demand:
        asked, out = one.drift.asked(values, years)[:, -1], one.pattern.out
        room[:, out], bound[:, out] = room[:, out] * asked, bound[:, out] * asked

    def exports(left: FloatArray) -> FloatArray:
        closed = np.where(one.pattern.unknown & (left < 1.0), usual, room) * left
        foreign = np.zeros_like(closed)
        if filled.foreign is not None:
            foreign = limits.flow(np.minimum(closed, filled.foreign[0]), filled.foreign[1], whose=1)
        own = limits.flow(np.minimum(np.maximum(closed - foreign, 0.0), bound), filled.cost)
        return np.asarray(own[:, one.pattern.into].sum(axis=1))

    alone = exports(filled.left[:, first])
    both = [exports(filled.left[:, first] * filled.left[:, other]) for other in others]
    return np.maximum(alone - np.array(both).reshape(len(others), len(values)), 0.0)
