"""Many futures of several policies: drawn, lived through, told."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from equipoise.case import Case
from equipoise.errors import InputError
from equipoise.futures.findings import Drawn
from equipoise.futures.policies import Levers, named
from equipoise.futures.runs import lived_through
from equipoise.futures.simulate import drawn, prepare
from equipoise.futures.told import told
from equipoise.ledger import Ledger

__all__ = ["futures"]

Progress = Callable[[str, int, int], None]
NEAREST, FARTHEST = 1, 40
"""Years after that of the case to which a future may be lived through."""
LOOKED_INTO = 10_000
"""Futures, the first of all, of which what was drawn is held in memory to find what drives the outcomes."""


def futures(
    case: Case,
    *,
    futures: int = 200,
    policy: str = "",
    until: int = 2040,
    tolerate: float | None = None,
    seed: int = 1,
    workers: int = 1,
    cluster: str = "",
    into: Path | None = None,
    chunk: int | None = None,
    progress: Progress | None = None,
    tell: Callable[[str], None] | None = None,
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
    workers, cluster, into, chunk, tell
        Who lives them through, and where they are kept: :func:`equipoise.futures.runs.lived_through`.

    Raises
    ------
    InputError
        No futures, a year out of range, a policy that cannot be, a case whose withdrawal was not studied, or a folder or a
        cluster that cannot be used.
    """
    settled = case.settle()
    levers = Levers(settled)
    if futures < 1:
        raise InputError("futures", found=futures, allowed="1 or more")
    if not case.year + NEAREST <= until <= case.year + FARTHEST:
        raise InputError("until", found=until, allowed=f"{case.year + NEAREST} to {case.year + FARTHEST}")
    if tolerate is not None and not 0.0 <= tolerate <= 100.0:
        raise InputError("tolerate", found=tolerate, allowed="a loss of 0 to 100 % of real income")
    chosen = named(settled, levers, policy)
    setup = prepare(case, chosen, until=until, seed=seed)
    shown = partial(progress, "lives") if progress else None
    came = lived_through(
        case, setup, futures, into=into, chunk=chunk, workers=workers, cluster=cluster, progress=shown, tell=tell
    )
    inputs = Drawn(setup.names, drawn(setup, 0, min(futures, LOOKED_INTO)))
    options = f"futures={futures} until={until} seed={seed} policy={policy} tolerate={tolerate}"
    return told(levers, setup, came, inputs, tolerate=tolerate, options=options)
