"""What each lever changes, at what price, what regret it removes, and what would change the advice.

Every lever is lived through twice in the same futures, on a policy with it and without it. The difference is its own: the
chances are common. A lever that moves nothing here is said to move nothing; what it moves beside is told in its own unit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from equipoise.corridors.network import SMALLEST
from equipoise.futures.fare import Outcomes
from equipoise.futures.findings import PRICED, Drawn, Findings, band_of, middle
from equipoise.futures.lives import Question
from equipoise.futures.policies import Policy
from equipoise.futures.trials import Trial
from equipoise.maths.regret import Turn, maximum_regret, quantile_regret, turn

__all__ = ["effects", "moves", "sign_turn", "together", "turns"]

FloatArray = NDArray[np.float64]
FELT = 1e-9
"""Points of real income, or Mt a year, below which nothing has moved."""
GAIN = 0.01
"""Points of real income a year that a lever must spare without provocation for it to be told what would undo it."""
WIDE = 2 * 1.645
"""Standard errors in the 90 % interval of a mean."""
TURNS_AGAIN = 0.8
"""Share of resamples in which a turn must come back to be told."""
SURE = 5.0
"""Standard errors by which the rank correlation of an input that turns the advice must differ from zero: thousands are tried."""
TRIED = 3
"""Inputs along which a turn is sought: those that weigh most in the difference."""
RIVALS = 6
"""Levers that are compared with the one next to them: those that lower the worst loss most."""


def effects(
    question: Question,
    powers: Sequence[str],
    came: Outcomes,
    made: Sequence[Trial],
    best: FloatArray,
    yearly: Mapping[str, FloatArray],
    cargo: Sequence[tuple[str, str]] = (),
) -> Findings:
    """What each lever changes in each outcome, with its band, its price per point, and the regret it removes.

    ``best`` (K,) is the least worst loss of the policies of the case, against which regret is counted; ``yearly`` (K,) the yearly
    cost of each lever, those left out whose cost nobody published: no price per point is told of them. ``cargo`` names each
    commodity that the outcomes tell of, and what it is counted in; a change of what is carried is told where there is one.
    """
    last, along = f"{question.until}+1y", f"{question.year + 1}/{question.until}"
    found: Findings = {}
    for trial in made:
        lever, ground = trial.lever, trial.ground
        fall = came.worst[trial.without] - came.worst[trial.with_it]
        found["advice_worst_loss", lever, "", ground, last] = middle(-fall)
        for i, power in enumerate(powers):
            found["advice_power_loss", lever, power, ground, last] = middle(
                came.loss[trial.with_it, i] - came.loss[trial.without, i]
            )
        found["advice_moved", lever, "", ground, last] = float(moves(came, trial).mean()), None
        off = came.off[trial.with_it] - came.off[trial.without]
        found["advice_off_territory", lever, question.crossed, ground, last] = middle(off)
        for w, weighting in enumerate(question.weightings):
            change = came.mean[trial.with_it, w] - came.mean[trial.without, w]
            key = lever, "", f"{ground}.{weighting.id}", along
            found["advice_loss", *key] = float(change[1].mean()), band_of(change[1])
            found["advice_provoked", *key] = float((change[1] - change[0]).mean()), None
            found["advice_luck", *key] = WIDE * float(change[1].std()) / np.sqrt(change.shape[1]), None
        found |= _regret(came, trial, best, last) | _cargo(powers, came, trial, cargo, last)
        if all(one in yearly for one in (lever, *trial.beside)):
            cost = np.sum([yearly[one] for one in (lever, *trial.beside)], axis=0)
            found["advice_yearly", lever, "", ground, last] = middle(cost)
            if np.quantile(fall, 0.05) > 0 and np.median(fall) > PRICED and (cost > 0).all():
                found["advice_price", lever, "", ground, last] = middle(cost / np.maximum(fall, 1e-9))
    return found


def moves(came: Outcomes, trial: Trial) -> NDArray[np.bool_]:
    """In which futures a lever changes anything, provocation left out."""
    pair = [trial.with_it, trial.without]
    tables = [came.loss[pair], came.mean[pair][:, :, 0], came.off[pair, None], came.exports[pair, None]]
    moved = [(np.abs(table[0] - table[1]) > FELT).any(axis=0) for table in tables]
    cargo = [came.carried[pair], *(came.left[pair, i] for i in range(came.left.shape[1]))]
    moved += [(np.abs(table[0] - table[1]) > SMALLEST).any(axis=0) for table in cargo]
    return np.asarray(np.any(moved, axis=0))


def _cargo(
    powers: Sequence[str], came: Outcomes, trial: Trial, cargo: Sequence[tuple[str, str]], last: str
) -> Findings:
    """How much more of each commodity is carried with a lever, while nobody withdraws and when each power does."""
    found: Findings = {}
    for c, (commodity, quantity) in enumerate(cargo):
        every = {"": came.carried[:, c]} | {power: came.left[:, i, c] for i, power in enumerate(powers)}
        for power, table in every.items():
            more = table[trial.with_it] - table[trial.without]
            if (np.abs(more) > SMALLEST).any():
                key = f"advice_carried_{quantity}", trial.lever, power, f"{trial.ground}.{commodity}", last
                found[key] = float(more.mean()), band_of(more)
    return found


def _regret(came: Outcomes, trial: Trial, best: FloatArray, last: str) -> Findings:
    """How much less is regretted with a lever: the worst loss against the best of the policies and of these two."""
    table = np.vstack([came.worst[[trial.with_it, trial.without]], best])
    found: Findings = {}
    for kind, score in (("max", maximum_regret), ("90", quantile_regret)):
        with_it, without, _ = score(table, "low")
        found[f"advice_regret_{kind}", trial.lever, "", trial.ground, last] = float(without - with_it), None
    return found


def together(
    question: Question, came: Outcomes, made: Sequence[Trial], joint: Sequence[tuple[str, str, Policy]], pair: Outcomes
) -> Findings:
    """What two levers change in the worst loss together beyond what each does alone, in the futures that were lived through
    for pairs; told where it does not vanish in the middle of them."""
    first = next((trial.ground for trial in made), "")
    alone = {trial.lever: trial for trial in made if trial.ground == first}
    futures, last = pair.worst.shape[1], f"{question.until}+1y"
    found: Findings = {}
    for p, (one, other, _) in enumerate(joint):
        base = came.worst[alone[one].without, :futures]
        own = came.worst[[alone[one].with_it, alone[other].with_it], :futures].sum(axis=0) - 2 * base
        beyond = pair.worst[p] - base - own
        if abs(np.median(beyond)) > FELT:
            found["advice_together", one, other, first, last] = middle(beyond)
    return found


def turns(question: Question, came: Outcomes, made: Sequence[Trial], drawn: Drawn) -> Findings:
    """What would change the advice: the value of an input past which a lever no longer helps, or another helps more; and how
    much provocation would undo it."""
    last, along = f"{question.until}+1y", f"{question.year + 1}/{question.until}"
    found: Findings = {}
    for trial in made:
        change = came.worst[trial.with_it] - came.worst[trial.without]
        here = _pulled(question, trial)
        found |= _turn(trial.lever, f"{trial.ground}.worst_loss", last, change, drawn, here)
        for w, weighting in enumerate(question.weightings):
            calm, on = came.mean[trial.with_it, w] - came.mean[trial.without, w]
            item = f"{trial.ground}.{weighting.id}"
            found |= _turn(trial.lever, item, along, on, drawn, here)
            if calm.mean() < -GAIN and on.mean() - calm.mean() > FELT:
                share = float(-calm.mean() / (on.mean() - calm.mean()))
                found["advice_break_even", trial.lever, "", item, along] = share, None
    for ground in dict.fromkeys(trial.ground for trial in made):
        fall = {
            trial.lever: came.worst[trial.without] - came.worst[trial.with_it]
            for trial in made
            if trial.ground == ground
        }
        pulls = {trial.lever: _pulled(question, trial) for trial in made if trial.ground == ground}
        order = sorted(fall, key=lambda lever: -float(np.median(fall[lever])))[:RIVALS]
        for first, second in pairwise(order):
            there = sign_turn(fall[second] - fall[first], drawn, pulls[first] | pulls[second])
            if there and np.median(fall[second]) > PRICED:
                name, way, where = there
                key = "advice_overtaken", first, second, f"{ground}.{way}.{name}", last
                found[key] = where.value, (where.low, where.high)
    return found


def _pulled(question: Question, trial: Trial) -> frozenset[str]:
    """Every lever that is pulled with or without the one that is tried."""
    pair = (question.policies[place] for place in (trial.with_it, trial.without))
    return frozenset(pull.lever for policy in pair for pull in policy.pulls)


def _turn(lever: str, item: str, period: str, change: FloatArray, drawn: Drawn, here: frozenset[str]) -> Findings:
    there = sign_turn(change, drawn, here)
    if there is None:
        return {}
    name, way, where = there
    return {("advice_turn", lever, name, f"{item}.{way}", period): (where.value, (where.low, where.high))}


def sign_turn(change: FloatArray, drawn: Drawn, here: frozenset[str]) -> tuple[str, str, Turn] | None:
    """The input along which a change turns its sign most surely, the side on which it is below nothing (``at_most`` or
    ``at_least``), and where it turns; nothing where no input turns it. Of levers only those ``here``, that are pulled, can."""
    if not ((change > FELT).any() and (change < -FELT).any()):
        return None
    strong = [
        column
        for column, found in drawn.standing_out(change).items()
        if abs(found) * np.sqrt(len(change) - 1) > SURE and _may(drawn.names[column], here)
    ]
    for column in strong[:TRIED]:
        there = turn(drawn.values[:, column], change, resamples=50)
        if there is not None and there.again >= TURNS_AGAIN:
            return drawn.names[column], "at_most" if there.rising else "at_least", there
    return None


def _may(name: str, here: frozenset[str]) -> bool:
    """Whether an input can turn anything: a figure of a lever that is not pulled cannot."""
    measure, subject = name.split(".")[:2]
    return not measure.startswith("lever_") or measure == "lever_target" or subject in here
