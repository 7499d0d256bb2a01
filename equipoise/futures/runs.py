"""A run: futures lived through by whoever can, kept on disk where a folder is named, and gathered into outcomes.

Memory holds a chunk of lives at a time, and of all futures only the outcomes that policies are judged by.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from functools import partial
from importlib.metadata import version
from itertools import takewhile
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from equipoise import memory
from equipoise.case import Case
from equipoise.errors import InputError
from equipoise.futures.findings import ACTS
from equipoise.futures.record import READS, VERSION
from equipoise.futures.simulate import Lives, Outcomes, Setup, drawn, live, outcomes
from equipoise.futures.spread import computed, fill
from equipoise.futures.store import Shape, begun, chunk_of

__all__ = ["AXES", "FANNED", "HELD", "lived_through", "mark_of", "shape_of"]

Arrays = Mapping[str, NDArray[Any]]
_PATH = ("policy", "weighting", "act")
AXES: Mapping[str, tuple[str, ...]] = {
    "price": ("year",), "today": ("commodity",), "charge": (), "input": ("fact",),
    "loss": ("policy", "power"), "peace": ("policy", "commodity"), "closed": ("policy", "power", "commodity"),
    "off": ("policy",), "capex": ("policy",), "running": ("policy",), "sold": _PATH, "fiscal": _PATH,
    "lost": (*_PATH, "commodity"), "shipped": (*_PATH, "year"), "path": (*_PATH, "year"),
    "stands": ("policy", "outcome"), "along": ("policy", "outcome"), "hazard": _PATH, "risk": _PATH,
}  # fmt: skip
"""The axes of every array of lives, the futures left out; of ``input``, what was drawn."""
HELD = 1_000_000
"""Lives, futures times policies, whose outcomes memory holds: about 0.4 GB. Of more futures a folder keeps the rest."""
FANNED = 2_000
"""Futures whose losses are held year by year, to draw them as fans."""


def lived_through(
    case: Case,
    setup: Setup,
    futures: int,
    *,
    into: Path | None = None,
    chunk: int | None = None,
    workers: int = 1,
    cluster: str = "",
    progress: Callable[[int, int], None] | None = None,
    tell: Callable[[str], None] | None = None,
) -> Outcomes:
    """The outcomes of so many futures, the same bits however they are cut and whoever lives them through; of the first
    :data:`HELD` lives where a folder keeps more, so that memory is bounded whatever is asked.

    Parameters
    ----------
    into : Path, optional
        Folder that keeps every life, and what was drawn for it, as it is lived; a run that was stopped goes on from there.
    chunk : int, optional
        Futures lived through at once.
    cluster : str
        Address of a dask scheduler whose workers do it; left out, so many ``workers`` of this machine.
    tell : callable, optional
        Told in words what was there before, and what had to be computed again.

    Raises
    ------
    InputError
        More are asked than memory holds, and no folder is named; otherwise as
        :func:`equipoise.futures.store.begun` and :func:`equipoise.futures.spread.fill` do.
    """
    most = max(1, HELD // len(setup.question.policies))
    if into is None and futures > most:
        raise InputError(
            "futures", found=f"{futures:,} of {len(setup.question.policies)} policies",
            allowed=f"up to {most:,} in memory", remedy="Name a folder that keeps them all: --into FOLDER.",
        )  # fmt: skip
    if into is None:
        size = chunk or chunk_of(futures)
        parts = [(first, min(size, futures - first)) for first in range(0, futures, size)]
        found = computed(partial(_came, setup), parts, workers=workers, cluster=cluster)
        return _gathered(((first, came) for (first, _), came in _counted(found, futures, progress)), futures)
    with begun(into, mark_of(case, setup), shape_of(setup), futures, chunk) as results:
        there = futures - sum(count for _, count in results.missing())
        if tell and there:
            tell(f"{there:,} of {futures:,} futures are there already: {into}")
        if tell and results.remade:
            tell(f"not whole, computed again: {', '.join(results.remade)}")
        fill(results, partial(_kept, setup), workers=workers, cluster=cluster, progress=progress)
        names = [field.name for field in fields(Lives) if field.name != "number"]
        if tell and futures > most:
            tell(f"{futures:,} futures are kept in {into}; what is told is told of the first {most:,}")
        pieces = takewhile(lambda piece: piece[0] < most, results.pieces(*names))
        return _gathered(((first, _told(setup, first, part)) for first, part in pieces), min(futures, most))


def shape_of(setup: Setup) -> Shape:
    """What the arrays of lives are, with a name for everything along their axes."""
    question = setup.question
    seen: Counter[str] = Counter()
    drawn_of = []
    for fact in setup.facts:  # drawn twice, it has two columns
        seen[fact] += 1
        drawn_of.append(fact if seen[fact] == 1 else f"{fact} ({seen[fact]})")
    return Shape(
        AXES,
        {
            "policy": tuple(policy.id for policy in question.policies), "power": setup.powers,
            "commodity": setup.commodities, "weighting": tuple(weighting.id for weighting in question.weightings),
            "act": ACTS, "year": tuple(str(year) for year in range(question.year + 1, question.until + 1)),
            "outcome": setup.standing.names, "fact": tuple(drawn_of),
        },
    )  # fmt: skip


def mark_of(case: Case, setup: Setup) -> dict[str, str | int]:
    """What results are of: another of these, and they are other results."""
    question = setup.question
    digest = hashlib.sha256()
    for name in sorted(case.register):
        digest.update(case.register[name].write_csv().encode())
    read = (
        case.view(list(READS))
        .select(pl.exclude("original", "note"))
        .with_columns(pl.exclude(pl.Float64).cast(pl.String))
    )
    for line in sorted(read.write_csv().splitlines()):  # whatever order the facts stand in
        digest.update(line.encode())
    return {
        "case": case.id, "facts": digest.hexdigest()[:16], "policies": ", ".join(p.id for p in question.policies),
        "question": hashlib.sha256(repr(question).encode()).hexdigest()[:16], "until": question.until, "seed": question.seed,
        "version": VERSION, "program": memory.program().hex()[:16],
        "libraries": ", ".join(f"{name} {version(name)}" for name in ("numpy", "numba")),
    }  # fmt: skip


def _kept(setup: Setup, first: int, count: int) -> Arrays:
    """What a folder keeps of some futures."""
    lives = live(setup, first, count)
    return {name: getattr(lives, name) for name in AXES if name != "input"} | {"input": drawn(setup, first, count)}


def _told(setup: Setup, first: int, part: Arrays) -> Arrays:
    """The outcomes of lives that were kept."""
    count = len(part["charge"])
    return _arrays(outcomes(setup, Lives(np.arange(first, first + count), **part)))


def _came(setup: Setup, first: int, count: int) -> Arrays:
    """The outcomes of some futures."""
    return _arrays(outcomes(setup, live(setup, first, count)))


def _arrays(came: Outcomes) -> Arrays:
    return {field.name: getattr(came, field.name) for field in fields(came)}


def _gathered(pieces: Iterable[tuple[int, Arrays]], futures: int) -> Outcomes:
    """Pieces of outcomes, futures last, as one."""
    whole: dict[str, NDArray[Any]] = {}
    for first, came in pieces:
        for name, array in came.items():
            most = min(futures, FANNED) if name == "path" else futures
            if name not in whole:
                whole[name] = np.empty((*array.shape[:-1], most), array.dtype)
            last = min(first + array.shape[-1], most)
            whole[name][..., first:last] = array[..., : max(last - first, 0)]
    return Outcomes(**whole)


def _counted(
    found: Iterable[tuple[tuple[int, int], Arrays]], futures: int, progress: Callable[[int, int], None] | None
) -> Iterable[tuple[tuple[int, int], Arrays]]:
    """The same, counted as it comes."""
    done = 0
    for part, arrays in found:
        done += part[1]
        if progress:
            progress(done, futures)
        yield part, arrays
