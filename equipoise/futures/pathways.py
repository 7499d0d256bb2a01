"""Adaptive pathways: the point past which a policy should be left, and for which other one.

Of two policies neither is better always: along what can be watched, one is better up to a point and the other past it. What can
be watched is an input of the futures, or who is seen to withdraw how often: the weight of one weighting against another.

References
----------
Haasnoot, Kwakkel, Walker, ter Maat (2013), Dynamic adaptive policy pathways. doi:10.1016/j.gloenvcha.2012.12.006
"""

from __future__ import annotations

from itertools import combinations, permutations

import numpy as np

from equipoise.futures.effects import sign_turn
from equipoise.futures.fare import Outcomes
from equipoise.futures.findings import Drawn, Findings
from equipoise.futures.lives import Question
from equipoise.maths.regret import maximum_regret

__all__ = ["contenders", "mixtures", "pathways"]

WORTH = 0.05
"""Points of real income that the better of two policies must be ahead, on either side of a turn, for it to be told."""


def pathways(question: Question, came: Outcomes, drawn: Drawn) -> Findings:
    """Where along an input one policy should be left for another: by the worst loss, and by the mean loss of each weighting.

    Only between policies that are best by something (:func:`contenders`), and only turns that come back in most resamples, with
    the two policies apart on both sides.
    """
    found: Findings = {}
    last, along = f"{question.until}+1y", f"{question.year + 1}/{question.until}"
    tables = {"worst_loss": (came.worst, last)} | {
        weighting.id: (came.mean[:, w, 1], along) for w, weighting in enumerate(question.weightings)
    }
    for p, q in combinations(contenders(came), 2):
        here = frozenset(pull.lever for place in (p, q) for pull in question.policies[place].pulls)
        for outcome, (table, period) in tables.items():
            apart = table[p] - table[q]
            there = sign_turn(apart, drawn, here)
            if there is None:
                continue
            name, way, where = there
            past = drawn.values[:, drawn.names.index(name)] > where.value
            if min(abs(float(apart[side].mean())) for side in (past, ~past)) < WORTH:
                continue
            one, other = question.policies[p].id, question.policies[q].id
            key = "policy_turn", one, other, f"{outcome}.{way}.{name}", period
            found[key] = where.value, (where.low, where.high)
    return found


def contenders(came: Outcomes) -> list[int]:
    """Policies that are best by the largest regret of the worst loss, or by the mean loss under some weighting: nobody would
    leave one for another of the rest."""
    means = came.mean[:, :, 1].mean(axis=2)
    return sorted({int(maximum_regret(came.worst, "low").argmin()), *(int(p) for p in means.argmin(axis=0))})


def mixtures(question: Question, came: Outcomes, rates: dict[str, float]) -> Findings:
    """Past which weight of one weighting against another the policy with the least mean loss is another one.

    The mean loss of a mixture is the mixture of the means, so the weight is exact: it is where two lines cross. Against a
    weighting under which a power never withdraws everything, the weight times its rate under the other (``rates``, events a
    year) is a rate that can be counted.
    """
    found: Findings = {}
    along = f"{question.year + 1}/{question.until}"
    means = came.mean[:, :, 1].mean(axis=2)  # (P, W)
    for w, v in permutations(range(len(question.weightings)), 2):
        here, there = question.weightings[w], question.weightings[v]
        if here.raised:
            continue  # from a weighting that raises nobody to one that raises somebody
        best = int(means[:, w].argmin())
        step, leave = 0.0, best
        while True:  # along the lower envelope of the lines, from one policy to the next
            gap = (
                means[:, w] - means[leave, w] + step * (means[:, v] - means[:, w] - (means[leave, v] - means[leave, w]))
            )
            slope = (means[:, v] - means[:, w]) - (means[leave, v] - means[leave, w])
            cross = np.where(slope < -1e-12, step + gap / np.maximum(-slope, 1e-12), np.inf)
            cross[leave] = np.inf
            following = int(cross.argmin())
            if not cross[following] < 1.0:
                break
            step = float(cross[following])
            one, other = question.policies[leave].id, question.policies[following].id
            found["policy_mixture", one, other, f"{here.id}.{there.id}", along] = step, None
            for power in there.raised:
                if power in rates and here.others != "prior":
                    found["policy_episodes", one, power, f"{here.id}.{there.id}.{other}", along] = (
                        step * rates[power],
                        None,
                    )
            leave = following
    return found
