"""Whether trade, institutions and regimes foretell disputes: estimated on the world's pairs of states, tried out of sample.

Oneal and Russett's question with its known objections. Pairs that share a state are not independent (dyadic errors);
peace depends on how long it has lasted (the memory of the last dispute); pairs differ in ways that no table tells
(effects within a pair, beside the pair's own mean); disputes disturb trade as trade may disturb disputes (everything
is known before the year, trade from one to ten years before). A model is only worth showing if it says more, out of
sample, than how often a pair has had disputes and how lately: where an interval holds zero, base rates alone are shown.

References
----------
Oneal, Russett (1997), The classical liberals were right. doi:10.1111/1468-2478.00042
Beck, Katz, Tucker (1998), Taking time seriously. doi:10.2307/2991857
Green, Kim, Yoon (2001), Dirty pool. doi:10.1162/00208180151140630
Raknerud, Hegre (1997), The hazard of war. doi:10.1177/0022343397034004002
Mundlak (1978), On the pooling of time series and cross section data. doi:10.2307/1913646
Peduzzi, Concato, Kemper, Holford, Feinstein (1996), Events per variable. doi:10.1016/S0895-4356(96)00236-3
Ward, Greenhill, Bakke (2010), The perils of policy by p-value. doi:10.1177/0022343309356491
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from equipoise.maths.dyadic import Logit, auc, dyadic_covariance, logit
from equipoise.maths.rates import pooled_rates
from equipoise.maths.series import brier, log_score, skill
from equipoise.region.pairs import MEMORY, STRUCTURE, TIES, Dyads

__all__ = ["REFERENCES", "TRIALS", "Effect", "Skill", "Study", "foretold", "study"]

FloatArray = NDArray[np.float64]
Z90 = 1.6448536269514722
TRIALS = {"mid": (2003, 1), "ucdp": (2009, 5)}
"""First year foretold of each record, and after how many years the model is estimated anew: the world takes longer, and every
pair-year, which stands beside the complete ones, is asked half as often."""
REFERENCES = ("climatology", "persistence")
"""What a model must better to be shown: how often this pair has had a dispute, and how lately."""
EVENTS = 10
"""Events for each variable, below which effects within a pair are not asked for (Peduzzi and others 1996)."""
BLOCK = 3  # years that hang together in the bootstrap
LATELY = (1.5, 5.5, 10.5)


@dataclass(frozen=True, slots=True)
class Effect:
    """By how much the odds of a dispute are multiplied by one standard deviation more of a variable, with its 90 % interval."""

    variable: str
    variant: str
    odds: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Skill:
    """How much of a reference's loss a model saves out of sample, with the interval of the block bootstrap over years."""

    model: str
    reference: str
    score: str
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Study:
    """What a record says: its size, the effects, the skill, and whether a model may be shown (its name) or none (empty)."""

    record: str
    first: int
    last: int
    pairs: int
    rows: int
    events: int
    left_out: int
    ongoing: int
    tried: int
    tried_events: int
    effects: tuple[Effect, ...]
    skills: tuple[Skill, ...]
    discrimination: Mapping[str, float]
    shown: str


def study(pairs: Dyads) -> Study:
    """Estimate and try one record.

    Raises
    ------
    InputError
        No dispute begins in the record, or a variable does not vary.
    """
    enough = pairs.happened.sum() >= EVENTS * (len(STRUCTURE) + len(MEMORY) + 2 * len(TIES[pairs.record]))
    variants: tuple[str, ...] = ("plain", "memory", "within") if enough else ("plain", "memory")
    if pairs.every:  # the other variants answer objections on the rows of which everything is known
        variants = ("memory",)
    effects = [effect for variant in variants for effect in _effects(pairs, variant)]
    scores, ranks, tried, came = _tried(pairs)
    skills = list(_skills(scores))
    return Study(
        pairs.record, int(pairs.year.min()), int(pairs.year.max()), pairs.pairs, pairs.year.size, int(pairs.happened.sum()),
        pairs.left_out, pairs.ongoing, tried, came, tuple(effects), tuple(skills), ranks, _shown(skills),
    )  # fmt: skip


def foretold(pairs: Dyads, model: str) -> tuple[Logit, FloatArray]:
    """The model estimated on the whole record, and the chance that it gives to each row (n,)."""
    x = pairs.matrix(_models(pairs)[model])
    fit = logit(x, pairs.happened)
    return fit, fit.probability(x)


def _models(pairs: Dyads) -> dict[str, tuple[str, ...]]:
    """The variables of each model: what a pair is and did, and the same with what makes it interdependent."""
    structure = STRUCTURE + MEMORY
    return {"interdependence": structure + pairs.ties, "structure": structure}


def _effects(pairs: Dyads, variant: str) -> list[Effect]:
    """Effects in one variant: ``plain``, as first posed; ``memory``, with the memory of disputes; ``within``, beside the mean
    of the pair."""
    ties = pairs.ties
    if variant == "plain":
        names: tuple[str, ...] = (*STRUCTURE, "share", *ties[1:])  # trade as a share, not its logarithm
    else:
        names = STRUCTURE + MEMORY + ties
    x = pairs.matrix(names)
    if variant == "within":
        moving = [names.index(name) for name in ties if name != "pact"]
        number = np.bincount(pairs.pair)
        means = np.stack([np.bincount(pairs.pair, x[:, i])[pairs.pair] / number[pairs.pair] for i in moving], axis=1)
        x[:, moving] -= means
        x = np.concatenate([x, means], axis=1)
    fit = logit(x, pairs.happened)
    spread = np.sqrt(np.diag(dyadic_covariance(fit, x, pairs.happened, pairs.one, pairs.other)))
    found = []
    for i, name in enumerate(names):
        if variant == "within" and name not in ties:
            continue
        middle, half = fit.coefficients[i + 1], Z90 * spread[i + 1]
        low, high = np.exp(np.clip((middle - half, middle + half), -30.0, 30.0))
        found.append(
            Effect("trade" if name == "share" else name, variant, float(np.exp(middle)), float(low), float(high))
        )
    return found


def _tried(pairs: Dyads) -> tuple[dict[str, FloatArray], dict[str, float], int, int]:
    """Loss of every forecaster in every year foretold (brier and log, years), how well each ranks, and what was foretold."""
    first, every = TRIALS[pairs.record]
    every *= 2 if pairs.every else 1
    years = [int(year) for year in np.unique(pairs.year) if year >= first]
    models = _models(pairs)
    lost: dict[str, list[tuple[float, float]]] = {name: [] for name in (*models, *REFERENCES)}
    said: dict[str, list[FloatArray]] = {name: [] for name in lost}
    fits: dict[str, Logit] = {}
    matrices = {name: pairs.matrix(columns) for name, columns in models.items()}
    for number, year in enumerate(years):
        begin, end = np.searchsorted(pairs.year, (year, year + 1))  # rows stand in the order of years
        came = pairs.happened[begin:end]
        given = {"climatology": _climatology(pairs, begin, end), "persistence": _persistence(pairs, begin, end)}
        for name, x in matrices.items():
            if number % every == 0:
                fits[name] = logit(x[:begin], pairs.happened[:begin], fits.get(name))
            given[name] = fits[name].probability(x[begin:end])
        for name, chance in given.items():
            lost[name].append((float(brier(chance, came).sum()), float(log_score(chance, came).sum())))
            said[name].append(chance)
    begin = int(np.searchsorted(pairs.year, years[0]))
    came = pairs.happened[begin:]
    ranks = {name: auc(np.concatenate(chances), came) for name, chances in said.items()}
    return {name: np.array(rows).T for name, rows in lost.items()}, ranks, pairs.year.size - begin, int(came.sum())


def _climatology(pairs: Dyads, begin: int, end: int) -> FloatArray:
    """Rate of each pair before the year, pooled with the pairs of its kind: those that share a border, and those that do not."""
    border = np.zeros(pairs.pairs, dtype=bool)
    border[pairs.pair] = pairs.known["border"] > 0
    number = np.bincount(pairs.pair[:begin], minlength=pairs.pairs)
    count = np.bincount(pairs.pair[:begin][pairs.happened[:begin]], minlength=pairs.pairs)
    rate = np.zeros(pairs.pairs)
    for kind in (border, ~border):
        rate[kind] = pooled_rates(count[kind], number[kind], draws=0).mean
    return rate[pairs.pair[begin:end]]


def _persistence(pairs: Dyads, begin: int, end: int) -> FloatArray:
    """Rate, before the year, of pairs whose last dispute was as lately: last year, within five years, within ten, or not."""
    lately = np.digitize(pairs.known["peace"], LATELY)
    number = np.bincount(lately[:begin], minlength=4)
    count = np.bincount(lately[:begin][pairs.happened[:begin]], minlength=4)
    return np.asarray(((count + 0.5) / (number + 1.0))[lately[begin:end]])


def _skills(scores: Mapping[str, FloatArray]) -> Iterable[Skill]:
    """The models against the references, and interdependence against structure alone: what it adds."""
    for model, reference in (
        *((model, reference) for model in ("interdependence", "structure") for reference in REFERENCES),
        ("interdependence", "structure"),
    ):
        for score, s, r in zip(("brier", "log"), scores[model], scores[reference], strict=True):
            if r.any():
                yield Skill(model, reference, score, *skill(s, r, block=min(BLOCK, s.size)))


def _shown(skills: Sequence[Skill]) -> str:
    """The model whose skill against every reference, by every score, lies above zero with its whole interval; else none.

    Interdependence only where it also adds to structure.
    """
    for model in ("interdependence", "structure"):
        needed = [s for s in skills if s.model == model]
        if needed and all(s.low > 0 for s in needed):
            return model
    return ""
