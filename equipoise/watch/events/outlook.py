"""What a watch says will come, by rules stated when it is said, so that it can be scored when it has come.

Two kinds of claim, both about the mean share of coverage over the next 28 days. An **outlook**: it will lie above what is
usual of the series. An **alarm**: it will stay on the side of the former level to which it moved. Claims made after the fact
use nothing that was not known on their day; those at the end of the panel are forecasts, and go into the record.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from equipoise.maths.series import Reliability, brier, log_score, reliability, skill
from equipoise.watch.events.alarms import Watching
from equipoise.watch.events.panel import EventPanel, Key

__all__ = ["ENOUGH", "SPAN", "Claim", "Scores", "claims", "outcome", "proven", "scores"]

FloatArray = NDArray[np.float64]
SPAN, ENOUGH = 28, 14
"""Days that a claim speaks of, and how many of them must have been reported on for it to be settled at all."""
PRIOR = 10.0
"""Windows that the experience of all pairs counts for beside a pair's own."""
TOGETHER = 3
"""Spans that may hang together, when the interval of a skill is drawn."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim: what it is about, from which place on, what would make it true, and how likely that was called.

    ``over`` says on which side of ``threshold`` the mean share is to lie. ``climatology`` and ``persistence`` are what two
    simpleminded forecasters say: the long-run frequency, and that all stays as it is. ``happened`` is nothing while it is
    open, or for ever where too few days were reported on.
    """

    kind: str
    key: Key
    start: int
    over: bool
    threshold: float
    probability: float
    climatology: float
    persistence: float
    happened: bool | None

    @property
    def end(self) -> int:
        """The place after its last day."""
        return self.start + SPAN


@dataclass(frozen=True, slots=True)
class Scores:
    """How claims did: their Brier score beside that of climatology and persistence, logarithmic score, skill, reliability."""

    settled: int
    void: int
    brier: float
    climatology: float
    persistence: float
    log_score: float
    log_climatology: float
    over_climatology: tuple[float, float, float]
    over_persistence: tuple[float, float, float] | None
    reliability: Reliability


def claims(watching: Watching) -> list[Claim]:
    """Every claim that the watch made or would have made, in the order of time: outlooks each 28 days from the end of the
    reference, alarms on their day, and one outlook of each series at the end of the panel."""
    shares = {one.key: watching.panel.share(one.key) for one in watching.series}
    made = [*_outlooks(watching, shares), *_alarms(watching, shares)]
    return sorted(made, key=lambda claim: (claim.start, claim.kind, claim.key))


def outcome(share: FloatArray, start: int, over: bool, threshold: float) -> bool | None:
    """Whether the mean share of the 28 days from a place on lies on one side of a threshold; nothing while days are to come
    or where fewer than 14 were reported on.

    >>> outcome(np.array([1.0] * 28), 0, True, 0.5), outcome(np.array([1.0] * 27), 0, True, 0.5)
    (True, None)
    """
    mean = _mean(share, start) if 0 <= start <= len(share) - SPAN else float("nan")
    return None if np.isnan(mean) else bool((mean > threshold) if over else (mean < threshold))


def scores(made: Sequence[Claim], series: int, *, seed: int = 1) -> Scores | None:
    """Score the settled ones among claims in the order of time; nothing where there are none, or climatology never erred.

    ``series`` is how many claims were made at a time: they hang together, as do three spans in a row.
    """
    settled = [claim for claim in made if claim.happened is not None]
    if not settled:
        return None
    happened = np.array([bool(claim.happened) for claim in settled])
    said, climate, same = (
        np.array([getattr(claim, name) for claim in settled]) for name in ("probability", "climatology", "persistence")
    )
    ours, theirs, still = brier(said, happened), brier(climate, happened), brier(same, happened)
    if not theirs.any():
        return None
    block = min(len(settled), max(1, series * TOGETHER))
    return Scores(
        settled=len(settled), void=len(made) - len(settled), brier=float(ours.mean()), climatology=float(theirs.mean()),
        persistence=float(still.mean()), log_score=float(log_score(said, happened).mean()),
        log_climatology=float(log_score(climate, happened).mean()),
        over_climatology=skill(ours, theirs, block, seed=seed),
        over_persistence=skill(ours, still, block, seed=seed) if still.any() else None,
        reliability=reliability(said, happened, bins=5),
    )  # fmt: skip


def proven(found: Scores | None) -> bool:
    """Whether claims have shown skill over the long-run frequency: the whole range lies above 0."""
    return found is not None and found.over_climatology[1] > 0


def usual_share(panel: EventPanel, key: Key, learnt: int) -> float:
    """What is usual of a series: the middle one of its means over 28 days in the reference."""
    share = panel.share(key)
    windows = np.lib.stride_tricks.sliding_window_view(share[:learnt], SPAN)
    whole: NDArray[np.bool_] = np.asarray(np.isfinite(windows).all(axis=1))
    means = np.array([np.nan if full else _mean(share, start) for start, full in enumerate(whole)])
    means[whole] = windows[whole].mean(axis=1)  # all at once where no day is missing
    return float(np.nanmedian(means))


def _outlooks(watching: Watching, shares: dict[Key, FloatArray]) -> Iterable[Claim]:
    """Above the usual or not: by how often it was, after a span that was or was not, in this pair and in all."""
    panel, keys = watching.panel, list(shares)
    usual = {key: usual_share(panel, key, watching.learnt) for key in keys}
    starts = list(range(0, panel.days - SPAN + 1, SPAN))
    above = [[outcome(shares[key], start, True, usual[key]) for start in starts] for key in keys]
    known = np.array([[one is not None for one in row] for row in above])
    came = np.array([[bool(one) for one in row] for row in above], dtype=np.float64)
    first = next((w for w, start in enumerate(starts) if start >= watching.learnt), len(starts))
    for w in range(first, len(starts) + 1):
        last = w == len(starts)
        start = panel.days if last else starts[w]
        for i, key in enumerate(keys):
            before = outcome(shares[key], start - SPAN, True, usual[key])
            own, every, often = _experience(came, known, i, w, before)
            probability = (own[0] + PRIOR * every) / (own[1] + PRIOR)
            still = 0.5 if before is None else float(before)
            happened = None if last or not known[i, w] else bool(came[i, w])
            yield Claim("outlook", key, start, True, usual[key], probability, often, still, happened)


def _experience(
    came: FloatArray, known: NDArray[np.bool_], own: int, until: int, before: bool | None
) -> tuple[tuple[float, int], float, float]:
    """Windows of a series before one: after those like the last, how many came and how many there were; the share of them
    over all series; and the share of all windows of the series, like the last or not."""
    now, then = slice(1, until), slice(0, max(until - 1, 0))
    both = known[:, now] & known[:, then]
    like = both if before is None else both & ((came[:, then] > 0) == before)
    every = (float((came[:, now] * like).sum()) + 1.0) / (float(like.sum()) + 2.0)
    mine = float((came[own, now] * like[own]).sum()), int(like[own].sum())
    past = known[own, :until]
    return mine, every, (float(came[own, :until][past].sum()) + 1.0) / (float(past.sum()) + 2.0)


def _alarms(watching: Watching, shares: dict[Key, FloatArray]) -> Iterable[Claim]:
    """It stays where it went: by how often those before did."""
    past: list[Claim] = []
    for alarm in watching.alarms:
        share = shares[alarm.key]
        former = share[alarm.begun : alarm.change]
        if not np.isfinite(former).any():
            continue
        over, start = alarm.after > alarm.before, alarm.day + 1
        threshold = float(np.nanmean(former))
        ended = [claim for claim in past if claim.end <= start and claim.happened is not None]
        held = (sum(bool(claim.happened) for claim in ended) + 1.0) / (len(ended) + 2.0)
        windows = [outcome(share, place, over, threshold) for place in range(0, alarm.change - SPAN + 1, SPAN)]
        told = [one for one in windows if one is not None]
        climate = (sum(told) + 1.0) / (len(told) + 2.0)
        past.append(
            Claim(
                "alarm", alarm.key, start, over, threshold, held, climate, 1.0, outcome(share, start, over, threshold)
            )
        )
    return past


def _mean(share: FloatArray, start: int) -> float:
    part = share[start : start + SPAN]
    part = part[np.isfinite(part)]
    return float(part.mean()) if len(part) >= ENOUGH else float("nan")
