"""Futures lived through: how many, how fast, by one worker and by two, and against the same model under EMA Workbench.

The peer needs an environment of its own, ``ema`` in the folder that ``EQUIPOISE_PEERS`` names, with ``ema-workbench`` and
``highspy``.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import resource
import subprocess
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

import equipoise as eq
from benchmarks.result import Result, peak_memory
from equipoise.futures.policies import Levers, named
from equipoise.futures.simulate import Setup, live, outcomes, prepare

ROOT = Path(__file__).parent
MANY, CHUNK, FEW = 100_000, 2_000, 12
"""Futures in all, in one piece, and under the peer."""
_HELD: dict[str, Setup] = {}


def _setup() -> Setup:
    """One policy on the real case to 2040."""
    known = eq.run(eq.open_case("kazakhstan"), until="withdrawal", draws=0, lean=True)
    settled = known.settle()
    chosen = [policy for policy in named(settled, Levers(settled)) if policy.id == "balanced"]
    return prepare(known, chosen)


def _hold(setup: Setup) -> None:
    """What every worker does first."""
    _HELD["setup"] = setup
    live(setup, 0, 2)


def _piece(first: int) -> tuple[float, float]:
    """The mean loss of one piece, and the processor time that it took."""
    setup, start = _HELD["setup"], os.times()
    came = outcomes(setup, live(setup, first, CHUNK))
    end = os.times()
    return float(came.mean.mean()), end.user + end.system - start.user - start.system


def _by(workers: int, setup: Setup, futures: int) -> tuple[float, float, list[float]]:
    """Seconds and processor seconds that so many workers take, without their start; and what they found."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_hold, initargs=(setup,)) as pool:
        list(pool.map(abs, range(4 * workers)))
        start = perf_counter()
        found = list(pool.map(_piece, range(0, futures, CHUNK)))
        taken = perf_counter() - start
    return taken, sum(time for _, time in found), [loss for loss, _ in found]


def lives(folder: Path) -> Result:
    """A hundred thousand futures of one policy, quarter by quarter to 2040, under every weighting, by two workers."""
    return _many(_setup())


def one_weighting(folder: Path) -> Result:
    """The same where threats come as often as they were seen."""
    setup = _setup()
    seen = [weighting.id for weighting in setup.question.weightings].index("seen")
    question = replace(setup.question, weightings=setup.question.weightings[seen : seen + 1])
    hazards = setup.hazards
    alone = replace(hazards, raised=hazards.raised[seen : seen + 1], drawn=hazards.drawn[seen : seen + 1])
    return _many(replace(setup, question=question, hazards=alone))


def _many(setup: Setup) -> Result:
    taken, processor, _ = _by(2, setup, MANY)
    memory = peak_memory() + 2 * resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    how = (
        f"{MANY:,} futures x 15 years x 4 quarters of one policy, {len(setup.question.weightings)} weightings, unprovoked and "
        f"provoked, {len(setup.commodities)} networks; two workers, {processor:.0f} s of processor"
    )
    return Result(taken, how, promised=30.0, memory=memory, promised_memory=2000.0)


def workers(folder: Path) -> Result:
    """Two workers against one."""
    setup = _setup()
    alone, _, found = _by(1, setup, 10 * CHUNK)
    together, _, again = _by(2, setup, 10 * CHUNK)
    if found != again:
        raise RuntimeError("two workers found other bits than one")
    return Result(
        together, f"{10 * CHUNK:,} futures, two workers; peer: one, the same bits; promised 1.7", ratio=alone / together
    )


def ema(folder: Path) -> Result:
    """The same model as a Python function with HiGHS under EMA Workbench, one scenario after another."""
    return _against(folder, 1, "promised 200")


def ema_two(folder: Path) -> Result:
    """The same under its two-process evaluator."""
    return _against(folder, 2, "promised 50")


def _against(folder: Path, processes: int, promised: str) -> Result:
    """The peer is handed what was drawn, what is closed and how a loss follows from a share: it finds the flows of every quarter,
    and adds up. Its times a future against ours, all of it."""
    python = Path(os.environ.get("EQUIPOISE_PEERS", ROOT / "peers")) / "ema" / "bin" / "python"
    if not python.exists():
        return Result(0.0, f"SKIPPED: no {python.parent.parent.name} in the folder that EQUIPOISE_PEERS names")
    setup = _setup()
    live(setup, 0, 2)
    handed, found = _handed(setup)
    np.savez(folder / "futures.npz", **handed)
    command = [str(python), str(ROOT / "peer_ema.py"), str(folder / "futures.npz"), str(FEW), str(processes)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    told = json.loads(done.stdout.splitlines()[-1])
    if not np.allclose(np.sort(told["loss"]), np.sort(found), atol=1e-6):
        raise RuntimeError("the peer found other losses")
    start, processor = perf_counter(), os.times()
    live(setup, 1000, 20 * FEW)
    taken, end = perf_counter() - start, os.times()
    ours = (end.user - processor.user) / (20 * FEW) if processes == 1 else taken / (20 * FEW) / 2
    theirs = told["processor"] / FEW if processes == 1 else told["seconds"] / FEW
    how = (
        f"a future of one policy; peer: EMA Workbench {told['version']}, processes: {processes}, HiGHS each quarter, {FEW} "
        f"futures, the same losses; {told['sparing'] / FEW / ours:.0f} x where it solves only what changed; {promised}"
    )
    return Result(ours, how, ratio=theirs / ours)


def _handed(setup: Setup) -> tuple[dict[str, Any], list[float]]:
    """What the peer is given of its futures, and the mean loss that must come out."""
    from equipoise.maths import hazards, spans
    from equipoise.maths.flow import groups

    seen: dict[str, list[Any]] = {"flows": [], "states": [], "paths": []}
    kept = spans.meet, groups.circulate, hazards.paths

    def meet(*given: Any) -> Any:
        found = kept[0](*given)
        seen["states"].append((found.where, found.peace))
        seen["flows"].append([])  # of this network, a piece at a time
        return found

    def circulate(*given: Any) -> Any:
        tail, head, network, _, _, high, cost, marks, _, _, keep = given
        if not keep:  # what the states are, and not what is found on the way to them
            room = np.append(high, np.zeros((len(high), 1)), axis=1)[:, np.minimum(network[4], high.shape[1])]
            seen["flows"][-1].append((tail, head, room, cost, marks))
        return kept[1](*given)

    def paths(*given: Any) -> None:
        kept[2](*given)
        closed, shape = given[8], (*given[1].shape, given[9].shape[-1])
        table = np.zeros(shape)
        cell = np.repeat(np.arange(len(closed.start) - 1), np.diff(closed.start))
        table.reshape(-1, shape[-1])[cell, closed.hazard] = closed.share
        seen["paths"].append([table if i == 8 else np.array(one) for i, one in enumerate(given)])

    spans.meet, groups.circulate, hazards.paths = meet, circulate, paths
    try:
        came = outcomes(setup, live(setup, 0, FEW))
    finally:
        spans.meet, groups.circulate, hazards.paths = kept
    handed: dict[str, Any] = {"networks": len(seen["flows"])}
    for c, (pieces, (where, calm)) in enumerate(zip(seen["flows"], seen["states"], strict=True)):
        names = ("tail", "head", "capacity", "cost", "marks")
        tail, head, _, _, marks = pieces[0]
        room, cost = (np.concatenate([piece[i] for piece in pieces]) for i in (2, 3))
        given = (tail, head, room, cost, marks)
        handed |= {f"{name}_{c}": one for name, one in zip(names, given, strict=True)}
        handed |= {f"where_{c}": where, f"calm_{c}": calm}
    names = (
        "steps", "amount", "potential", "reference", "beside", "weight", "tank", "fees", "closed", "weak", "part", "whole",
        "nobody", "curve", "terms", "nodes",
    )  # fmt: skip
    handed |= dict(zip(names, seen["paths"][0][: len(names)], strict=True))
    handed["gas"] = setup.commodities.index("gas")
    return handed, [float(came.mean[:, :, :, k].mean()) for k in range(FEW)]
