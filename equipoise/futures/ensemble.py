"""Many futures of several policies: drawn, lived through, told."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from equipoise.case import Case
from equipoise.corridors.findings import as_fact
from equipoise.corridors.network import SMALLEST
from equipoise.errors import InputError
from equipoise.futures.findings import Drawn, Findings, failures, robustness, weights_of
from equipoise.futures.findings import outcomes as told_of
from equipoise.futures.lives import Question
from equipoise.futures.outlay import parents_of
from equipoise.futures.policies import Levers, named
from equipoise.futures.record import VERSION
from equipoise.futures.simulate import Lives, Setup, drawn, join, live, outcomes, prepare
from equipoise.ledger import Derivation, Ledger
from equipoise.maths.ensemble import spread

__all__ = ["futures"]

FloatArray = NDArray[np.float64]
Progress = Callable[[str, int, int], None]
NEAREST, FARTHEST = 1, 40
"""Years after that of the case to which a future may be lived through."""
STATEMENT = (
    "{futures} futures to {until}, seed {seed}: uncertain facts redrawn jointly, works as late as they may be, threats as often "
    "as each weighting says; the oil finds its way anew each quarter, what finds none is a share of the endowment in the trade "
    "equilibrium. The weight of an input is its squared rank correlation with the worst loss. No future is a forecast"
)


def futures(
    case: Case,
    *,
    futures: int = 200,
    policy: str = "",
    until: int = 2040,
    tolerate: float | None = None,
    seed: int = 1,
    workers: int = 1,
    progress: Progress | None = None,
) -> Ledger:
    """How policies fare in futures, lived through quarter by quarter.

    The case must know what the stage ``withdrawal`` finds.

    Parameters
    ----------
    futures : int
        How many; at least one. Below a hundred no policy is told where it fails.
    policy : str
        As in :func:`equipoise.futures.policies.named`.
    until : int
        Last year.
    tolerate : float, optional
        Largest loss to one power, % of real income, that is tolerable; left out, the middle one of business as usual.
    seed : int
        Same seed, same bits, whatever the number of workers.

    Raises
    ------
    InputError
        No futures, a year out of range, a policy that cannot be, or a case whose withdrawal was not studied.
    """
    settled = case.settle()
    levers = Levers(settled)
    if futures < 1:
        raise InputError("futures", found=futures, allowed="1 or more")
    if not case.year + NEAREST <= until <= case.year + FARTHEST:
        raise InputError("until", found=until, allowed=f"{case.year + NEAREST} to {case.year + FARTHEST}")
    chosen = named(settled, levers, policy)
    setup = prepare(case, chosen, until=until, seed=seed)
    question = setup.question
    told = partial(progress, "lives") if progress else None
    numbers = np.arange(futures)
    pieces = spread(partial(_lived, setup), numbers[:, None].astype(float), workers=workers, progress=told)
    lives = join(pieces)
    came = outcomes(setup, lives)
    tolerated = float(np.median(came.worst[0])) if tolerate is None else tolerate
    inputs = Drawn(setup.names, drawn(setup, 0, futures))
    found = told_of(question, setup.powers, came) | _moved(question, lives)
    found |= robustness(question, came, tolerated) | failures(question, came, tolerated, inputs)
    statement = STATEMENT.format(futures=futures, until=until, seed=seed)
    options = f"futures={futures} until={until} seed={seed} policy={policy} tolerate={tolerate}"
    by_name = dict(zip(setup.names, setup.facts, strict=True))
    records = [
        Derivation(
            f"futures.{one.id}", VERSION, statement,
            dict.fromkeys(parents_of(levers, one), 0.0)
            | {by_name[name]: weight for name, weight in weights_of(inputs, came.worst[p]).items() if name in by_name},
            options,
        )
        for p, one in enumerate(question.policies)
    ]  # fmt: skip
    return Ledger.of(_facts(found), records)


def _lived(setup: Setup, rows: FloatArray) -> list[Lives]:
    """Each of several futures, by number."""
    return [live(setup, int(row[0]), 1) for row in rows]


def _moved(question: Question, lives: Lives) -> Findings:
    """Share of the futures in which a policy changes a tonne of the last year: in peace, or when a power closes all it can."""
    period = f"{question.until}+1y"
    ends = np.concatenate([lives.peace[:, :, None], lives.closed], axis=2).reshape(*lives.peace.shape[:2], -1)
    ends = np.concatenate([lives.off[..., None], ends], axis=2)
    changed = (np.abs(ends - ends[:, :1]) > SMALLEST).any(axis=2).mean(axis=0)
    return {
        ("future_moved", policy.id, "", "", period): (float(changed[p]), None)
        for p, policy in enumerate(question.policies)
    }


def _facts(found: Findings) -> list[dict[str, object]]:
    return [as_fact(key, value, band, basis=f"futures.{key[1]}", by=VERSION) for key, (value, band) in found.items()]
