"""The stages in order. The only place that knows the order, and the only one that remembers what was derived before.

A stage is run again only when something that it reads has changed: facts of the measures it reads, the register, the
options, or the program. What it derived before is recalled from :mod:`equipoise.memory`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Any

import numpy as np
import polars as pl

from equipoise import memory
from equipoise.case import Case
from equipoise.errors import InputError
from equipoise.ledger import Ledger

__all__ = ["STAGES", "Stage", "run", "stage_of"]

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Stage:
    """A step of the study: the module that holds what it reads, what it writes and how it derives the one from the other.

    A module is loaded when its stage is first asked for anything: a command waits for no stage that it does not run.
    """

    name: str
    module: str
    draws: int = 0

    @property
    def version(self) -> str:
        """Changes with what a stage finds: part of what its results are remembered by."""
        return str(self._held("VERSION"))

    @property
    def reads(self) -> tuple[str, ...]:
        """The measures that it reads; ``*`` for every one."""
        return tuple(self._held("READS"))

    @property
    def writes(self) -> tuple[str, ...]:
        """The measures that it writes."""
        return tuple(self._held("WRITES"))

    @property
    def derive(self) -> Callable[..., Ledger]:
        """The function that derives the one from the other."""
        derive: Callable[..., Ledger] = self._held("derive")
        return derive

    def _held(self, name: str) -> Any:
        return getattr(import_module(self.module), name)


STAGES: tuple[Stage, ...] = (
    Stage("corridors", "equipoise.corridors", 100),
    Stage("exposure", "equipoise.exposure"),
    Stage("coverage", "equipoise.coverage"),
    Stage("watch", "equipoise.watch"),
    Stage("withdrawal", "equipoise.withdrawal", 200),
    Stage("income", "equipoise.income", 1000),
    Stage("bargaining", "equipoise.bargaining", 200),
    Stage("outage", "equipoise.outage", 200),
    Stage("region", "equipoise.region"),
    Stage("advice", "equipoise.futures.advice", 200),
)


CENTRAL_ALONE = frozenset({"corridors"})
"""Stages of which the later ones read the central figures and no bands."""


def run(
    case: Case,
    *,
    until: str = "advice",
    draws: int | None = None,
    seed: int = 1,
    workers: int = 1,
    remember: bool = True,
    needed: bool = False,
    lean: bool = False,
    itself: bool = True,
    progress: Progress | None = None,
) -> Case:
    """Run the stages of a study, in order, up to and with the one named; return the case knowing what they found.

    Parameters
    ----------
    until : {"corridors", "exposure", "coverage", "watch", "withdrawal", "income", "bargaining", "outage", "region",
        "advice"}
        Last stage to run.
    draws : int, optional
        Redraws for the bands; each stage has its own number. 0 leaves the bands out.
    seed : int
        Same seed, same bits, whatever the number of workers.
    workers : int
        Processes; a script that asks for more than one must guard its main code, as the standard library demands.
    remember : bool
        Read and keep results in the cache folder.
    needed : bool
        Only the last stage and those whose facts it needs.
    lean : bool
        The same, and no bands where only the central figures are read further on.
    itself : bool
        Run the last stage too, and not only what it needs.
    progress : callable, optional
        Called with the name of the stage, the steps done, and the steps in all.

    Raises
    ------
    InputError
        There is no such stage, or the case cannot be solved.
    """
    names = [stage.name for stage in STAGES]
    if until not in names:
        raise InputError("until", found=until, allowed=", ".join(names))
    setting = _setting(case) if remember else b""
    chosen = _needed(until) if needed or lean else names
    for stage in STAGES[: names.index(until) + itself]:
        if stage.name in chosen:
            number = 0 if lean and stage.name in CENTRAL_ALONE and stage.name != until else draws
            case = case.add(_derive(stage, case, setting, number, seed, workers, progress))
    return case


def _needed(until: str) -> set[str]:
    """A stage, and every stage whose facts it reads, or that those read."""
    by_name = {stage.name: stage for stage in STAGES}
    reads, needed = set(by_name[until].reads), {until}
    for stage in STAGES[::-1]:
        if reads & set(stage.writes):
            needed.add(stage.name)
            reads |= set(stage.reads)
    return needed


def stage_of(measure: str) -> str:
    """The stage that writes a measure, empty where a case holds it.

    >>> stage_of("withdrawal_loss"), stage_of("gdp")
    ('withdrawal', '')
    """
    return next((stage.name for stage in STAGES if measure in stage.writes), "")


def _derive(
    stage: Stage, case: Case, setting: bytes, draws: int | None, seed: int, workers: int, progress: Progress | None
) -> Ledger:
    """The facts of one stage, from memory if nothing that it reads has changed; without a setting, not from memory."""
    number = stage.draws if draws is None else min(draws, stage.draws) if not stage.draws else draws
    options: Mapping[str, object] = {"draws": number, "seed": seed} if stage.draws else {}
    name = f"{stage.name}-{_mark(stage, case, setting, options)}" if setting else ""
    if name and (kept := memory.recall(name)) is not None:
        with suppress(KeyError):
            return Ledger(kept["facts"], kept["derivations"], kept["parents"])
    effort = {"workers": workers, "progress": progress} if stage.draws else {}
    derived = partial(stage.derive, **options, **effort)(case)
    if name:
        memory.keep(name, {"facts": derived.facts, "derivations": derived.derivations, "parents": derived.parents})
    return derived


def _setting(case: Case) -> bytes:
    """What every stage depends on: the program and the register."""
    digest = hashlib.sha256(memory.program())
    digest.update(f"{pl.__version__}|{case.id}|{case.home}|{case.year}".encode())
    for name in sorted(case.register):
        digest.update(case.register[name].write_csv().encode())
    return digest.digest()


def _mark(stage: Stage, case: Case, setting: bytes, options: Mapping[str, object]) -> str:
    """Everything that the result depends on, as one short name."""
    digest = hashlib.sha256(setting)
    digest.update(f"{stage.version}|{sorted(options.items())}".encode())
    read = case.ledger.facts if "*" in stage.reads else case.view(list(stage.reads))
    facts = read.select(pl.exclude("original", "note")).with_columns(pl.exclude(pl.Float64).cast(pl.String))
    digest.update(np.sort(facts.hash_rows().to_numpy()).tobytes())  # whatever order the facts stand in
    return digest.hexdigest()[:24]
