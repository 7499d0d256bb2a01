"""What the futures say of each policy as facts: outcomes with their bands, robustness by several measures, where it fails."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
from numpy.typing import NDArray

from equipoise.corridors.findings import Key
from equipoise.corridors.network import SMALLEST
from equipoise.futures.lives import Question
from equipoise.futures.simulate import Outcomes
from equipoise.maths.ensemble import quantile_band, rank_correlation, ranked_correlation, ranks
from equipoise.maths.regret import (
    Settled,
    choose_depth,
    maximum_regret,
    prim,
    quantile_regret,
    quasi_p,
    rank_interval,
    reproducibility,
    satisficing,
    starr,
    tail_mean,
    tree,
)

__all__ = [
    "Band",
    "Drawn",
    "Findings",
    "band_of",
    "failures",
    "middle",
    "moved",
    "outcomes",
    "persons",
    "robustness",
    "sensitivity",
    "weights_of",
]  # fmt: skip

FloatArray = NDArray[np.float64]
Band = tuple[float, float] | None
Findings = dict[Key, tuple[float, Band]]

STANDS_OUT = 4.0
"""Standard errors by which an input's rank correlation must differ from zero to be looked at."""
LOOKED_AT = 12
"""Inputs that a box may limit: those that stand out most."""
ENOUGH = 100
"""Futures, and a tenth of them on either side of the threshold, below which no box is sought: it would be luck."""
LUCK = 0.05
"""Quasi-p-value above which a limit is not told."""
RESAMPLES = 100
"""Of the futures, for the interval of a sensitivity."""
PRICED = 0.05
"""Least fall of the worst loss, in points, for which a price per point is told."""
ACTS = ("unprovoked", "provoked")


@dataclass(frozen=True)
class Drawn:
    """What was drawn: one name for each column of ``values`` (futures, d)."""

    names: tuple[str, ...]
    values: FloatArray

    @cached_property
    def ranks(self) -> FloatArray:
        """Ranks of each column, for a thousand outcomes are compared with the same inputs."""
        return ranks(self.values)

    def standing_out(self, outcome: FloatArray) -> dict[int, float]:
        """Columns whose rank correlation with an outcome stands out from chance, with it, the strongest first."""
        found = ranked_correlation(self.ranks, outcome)
        least = STANDS_OUT / np.sqrt(max(len(outcome) - 1, 1))
        return {int(i): float(found[i]) for i in np.argsort(-np.abs(found), kind="stable") if abs(found[i]) > least}


def outcomes(question: Question, powers: Sequence[str], came: Outcomes) -> Findings:
    """The outcomes of every policy in their units: the middle of the futures with the 5-95 % band; means where a weighting is
    named, for it is over futures weighted by it."""
    last, along = f"{question.until}+1y", f"{question.year + 1}/{question.until}"
    found: Findings = {}
    usual = came.worst[0]
    for p, policy in enumerate(question.policies):
        name = policy.id
        who = came.loss[p].argmax(axis=0)
        found["future_worst_loss", name, "", "", last] = middle(came.worst[p])
        found["future_off_territory", name, question.crossed, "", last] = middle(came.off[p])
        found["future_capex", name, "", "", last] = middle(came.capex[p])
        found["future_running", name, "", "", last] = middle(came.running[p])
        for i, power in enumerate(powers):
            found["future_power_loss", name, power, "", last] = middle(came.loss[p, i])
            if (who == i).any():
                found["future_worst_share", name, power, "", last] = float((who == i).mean()), None
        for w, weighting in enumerate(question.weightings):
            calm, provoked = came.mean[p, w]
            found["future_loss", name, "", weighting.id, along] = float(provoked.mean()), band_of(provoked)
            tail = float(tail_mean(provoked[None], "low", 0.9)[0])
            found["future_tail_loss", name, "", weighting.id, along] = tail, None
            found["future_provoked", name, "", weighting.id, along] = _mean(provoked - calm)
            found["future_lost_mass", name, "", weighting.id, along] = _mean(came.lost[p, w, 1])
            found["future_sales", name, "", weighting.id, along] = _mean(came.sales[p, w, 1])
            if np.isfinite(came.fiscal).all():  # a case that tells no receipts has none to tell
                found["future_fiscal", name, "", weighting.id, along] = _mean(came.fiscal[p, w, 1])
        fall = usual - came.worst[p]
        if p and np.quantile(fall, 0.05) > 0 and np.median(fall) > PRICED:  # undefined when the fall includes nothing
            found["future_point_price", name, "", "", last] = middle(came.yearly[p] / np.maximum(fall, 1e-9))
    return found


def fans(question: Question, came: Outcomes) -> Findings:
    """The loss of each year under each policy and weighting, unprovoked and provoked: the mean of the futures and their 5-95 %
    band, which is of years in which somebody closes something and of years in which nobody does."""
    return {
        ("future_path", policy.id, "", f"{weighting.id}.{act}", str(question.year + 1 + y)): (
            float(year.mean()),
            band_of(year),
        )
        for p, policy in enumerate(question.policies)
        for w, weighting in enumerate(question.weightings)
        for act, years in zip(ACTS, came.path[p, w], strict=True)
        for y, year in enumerate(years)
    }


def persons(question: Question, came: Outcomes, gdp: float, people: float) -> Findings:
    """What the worst loss takes from each person, and what each policy costs each, USD a year: citizens bear both. ``gdp`` in bln
    USD, ``people`` in mln."""
    found: Findings = {}
    for p, policy in enumerate(question.policies):
        key = policy.id, "", "", f"{question.until}+1y"
        found["future_person_loss", *key] = middle(came.worst[p] / 100 * gdp * 1e3 / people)
        found["future_person_cost", *key] = middle(came.yearly[p] / people)
    return found


def moved(question: Question, came: Outcomes) -> Findings:
    """Share of the futures in which a policy changes anything that is carried in the last year: in peace, or when a power
    closes all it can. Provocation does not count."""
    ends = np.concatenate([came.loss, came.off[:, None], came.exports[:, None]], axis=1)
    changed = (np.abs(ends - ends[:1]) > SMALLEST).any(axis=1).mean(axis=1)
    period = f"{question.until}+1y"
    return {
        ("future_moved", policy.id, "", "", period): (float(changed[p]), None)
        for p, policy in enumerate(question.policies)
    }


def robustness(question: Question, came: Outcomes, tolerated: float) -> Findings:
    """Several measures of robustness side by side, each with the interval of its ranks, for they rank policies differently."""
    found: Findings = {}
    last = f"{question.until}+1y"
    found["future_tolerated", question.policies[0].id, "", "", last] = tolerated, None
    names = [policy.id for policy in question.policies]
    if len(names) < 2:
        share = float(satisficing(came.worst, tolerated, "low")[0])
        found["policy_tolerable", names[0], "", "worst_loss", last] = share, None
        return found
    tables: dict[str, tuple[FloatArray, str]] = {"worst_loss": (came.worst, "low"), "off_territory": (came.off, "high")}
    for w, weighting in enumerate(question.weightings):
        tables[f"loss.{weighting.id}"] = came.mean[:, w, 1], "low"
    for outcome, (table, better) in tables.items():
        scores: dict[str, tuple[Callable[[FloatArray], FloatArray], str]] = {
            "regret_max": (partial(maximum_regret, better=better), "low"),
            "regret_90": (partial(quantile_regret, better=better, level=0.9), "low"),
            "tail": (partial(tail_mean, better=better, level=0.9), better),
        }
        if outcome == "worst_loss":
            scores["tolerable"] = partial(satisficing, threshold=tolerated, better="low"), "high"
        for measure, (score, way) in scores.items():
            ranks = rank_interval(table, score, way, resamples=100, seed=question.seed)
            for p, value in enumerate(score(table)):
                found[f"policy_{measure}", names[p], "", outcome, last] = float(value), None
                band = float(ranks.low[p]), float(ranks.high[p])
                found["policy_rank", names[p], "", f"{outcome}.{measure}", last] = float(ranks.value[p]), band
    for on, item in ((1, "provoked"), (0, "unprovoked")):
        shares = starr(came.mean[:, :, on].mean(axis=2), "low", seed=question.seed)
        for p, value in enumerate(shares):
            found["policy_starr", names[p], "", item, last] = float(value), None
    return found


def failures(question: Question, came: Outcomes, tolerated: float, drawn: Drawn) -> Findings:
    """Where each policy fails: the share of futures, and the box of few limits that holds most of them.

    Only inputs that stand out from chance are looked at, limits that luck would explain are not told, and each is told with how
    often it comes back from halves of the futures.
    """
    found: Findings = {}
    last = f"{question.until}+1y"
    for p, policy in enumerate(question.policies):
        fails = came.worst[p] > tolerated
        found["failure_share", policy.id, "", "", last] = float(fails.mean()), None
        few = min(fails.sum(), (~fails).sum())
        if len(fails) < ENOUGH or few < len(fails) / 10:
            continue
        columns = [*drawn.standing_out(came.worst[p])][:LOOKED_AT]
        if not columns:
            continue
        x = drawn.values[:, columns]
        boxes = prim(x, fails)
        step = boxes.choose(0.5)
        luck, again = quasi_p(x, fails, boxes, step), reproducibility(x, fails, resamples=10, seed=question.seed)
        found["failure_coverage", policy.id, "", "", last] = float(boxes.coverage[step]), _ends(again.coverage)
        found["failure_density", policy.id, "", "", last] = float(boxes.density[step]), _ends(again.density)
        for j, column in enumerate(columns):
            for side, end in enumerate(("at_least", "at_most")):
                if boxes.restricted[step, j, side] and luck[j] < LUCK:
                    key = "failure_limit", policy.id, drawn.names[column], end, last
                    found[key] = float(boxes.limits[step, j, side]), None
                    found["failure_again", policy.id, drawn.names[column], end, last] = float(again.share[j]), None
        found |= _branches(policy.id, x, fails, [drawn.names[column] for column in columns], last, question.seed)
    return found


def _branches(
    policy: str, x: FloatArray, fails: NDArray[np.bool_], names: Sequence[str], last: str, seed: int
) -> Findings:
    """The same told by a tree, which finds several regions where one box finds one: leaves in which more than half fail, of
    the depth that cases it has not seen bear out. At a depth of 0 it tells nothing."""
    found: Findings = {}
    depth = choose_depth(x, fails, seed=seed)
    grown = tree(x, fails, depth=depth)
    told = (
        [i for i in np.argsort(-grown.share, kind="stable") if grown.mean[i] > max(0.5, fails.mean())] if depth else []
    )
    for number, i in enumerate(told, 1):
        found["failure_leaf_coverage", policy, "", str(number), last] = float(grown.share[i]), None
        found["failure_leaf_density", policy, "", str(number), last] = float(grown.mean[i]), None
        for j, name in enumerate(names):
            for side, end in enumerate(("at_least", "at_most")):
                if np.isfinite(grown.limits[i, j, side]):
                    found["failure_leaf_limit", policy, name, f"{number}.{end}", last] = (
                        float(grown.limits[i, j, side]),
                        None,
                    )
    return found


def sensitivity(question: Question, came: Outcomes, drawn: Drawn) -> Findings:
    """What drives the worst loss of each policy, by the share of its ranks that each input explains, and whether that has
    settled: a light of 2 (green), 1 (amber) or 0 (red) from the widest bootstrap interval and the change from half of the
    futures to all."""
    found: Findings = {}
    last = f"{question.until}+1y"
    for p, policy in enumerate(question.policies):
        worst = came.worst[p]
        columns = [*drawn.standing_out(worst)][:LOOKED_AT]
        if len(worst) < ENOUGH or not columns:
            continue
        x = drawn.values[:, columns]
        random = np.random.Generator(np.random.Philox(question.seed))
        rows = random.integers(0, len(worst), (RESAMPLES, len(worst)))
        again = np.array([rank_correlation(x[one], worst[one]) ** 2 for one in rows])
        share, half = (rank_correlation(x[:n], worst[:n]) ** 2 for n in (len(worst), len(worst) // 2))
        low, high = quantile_band(again)
        lights = [
            Settled(float(high[j] - low[j]), float(abs(share[j] - half[j]))).light(1.0) for j in range(len(columns))
        ]
        for j, column in enumerate(columns):
            key = policy.id, drawn.names[column], "worst_loss", last
            found["future_sensitivity", *key] = float(share[j]), (float(low[j]), float(high[j]))
            found["future_light", *key] = float(lights[j]), None
        found["future_light", policy.id, "", "worst_loss", last] = float(min(lights)), None
    return found


def weights_of(drawn: Drawn, outcome: FloatArray) -> Mapping[str, float]:
    """Squared rank correlation with an outcome of each input that stands out."""
    return {drawn.names[column]: found**2 for column, found in drawn.standing_out(outcome).items()}


def band_of(values: FloatArray) -> tuple[float, float]:
    """The 5-95 % band over futures."""
    low, high = quantile_band(values)
    return float(low), float(high)


def _ends(band: tuple[float, float, float]) -> tuple[float, float]:
    return band[0], band[2]


def middle(values: FloatArray) -> tuple[float, Band]:
    """The middle of the futures with its band."""
    return float(np.median(values)), band_of(values)


def _mean(values: FloatArray) -> tuple[float, Band]:
    return float(values.mean()), band_of(values)
