"""Long work, in processes of its own: bands of a changed case, futures. It tells how far it is, can be stopped and taken up
again, and what it found is kept under a name made from all that it depends on.

A study that is taken up again begins after the last stage it finished, for those are remembered (:mod:`equipoise.memory`).
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import secrets
import shutil
import signal
import tempfile
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import polars as pl

from equipoise import memory
from equipoise.case import Case, open_case
from equipoise.errors import EquipoiseError, InputError
from equipoise.ledger import Ledger
from equipoise.whatif import WhatIf, applied, needs_study, parse

__all__ = ["KINDS", "Run", "Runs", "keep"]

KINDS = ("study", "futures", "plans", "moves")
MOST, MOST_FUTURES, MOST_DRAWS = 20, 20_000, 5_000
"""Runs of a user that are remembered, futures and redraws that may be asked for."""
_OVER = ("done", "stopped", "failed")
_TABLES = ("facts", "derivations", "parents")


@dataclass(frozen=True, slots=True)
class Run:
    """Long work: ``state`` is waiting, running, done, stopped or failed; ``stage`` is what it does, ``done`` of ``whole``."""

    id: str
    user: str
    kind: str
    asked: Mapping[str, Any]
    state: str = "waiting"
    stage: str = ""
    done: int = 0
    whole: int = 0
    error: str = ""
    made: str = ""


class Runs:
    """The long work of all users; ``at_once`` of it is done at a time, the rest waits its turn."""

    def __init__(self, case: Case, name: str, folder: Path, *, at_once: int = 1) -> None:
        self._case, self._name, self._folder = case, name, folder
        self._runs: dict[str, Run] = {}
        self._processes: dict[str, BaseProcess] = {}
        self._lock, self._turn = threading.RLock(), threading.Semaphore(at_once)
        self._closed = False

    def start(self, user: str, kind: str, asked: Mapping[str, Any]) -> Run:
        """Begin long work, or wait for a turn; at once done where it was done before.

        Raises
        ------
        InputError
            There is no such work, its options cannot be meant, or the user has too much under way.
        """
        plain = self._checked(kind, asked)
        with self._lock:
            mine = [run for run in self._runs.values() if run.user == user]
            if sum(run.state not in _OVER for run in mine) >= 3:
                raise InputError("runs", found="three under way", allowed="three at a time", remedy="wait, or stop one")
            for run in [run for run in mine if run.state in _OVER][: max(0, len(mine) - MOST)]:
                del self._runs[run.id]
            run = Run(
                secrets.token_urlsafe(12), user, kind, plain, made=datetime.now(UTC).isoformat(timespec="seconds")
            )
            self._runs[run.id] = run
        self._begin(run)
        return self._runs[run.id]

    def get(self, user: str, id: str) -> Run:
        """A run of a user.

        Raises
        ------
        InputError
            The user has none of that name.
        """
        run = self._runs.get(id)
        if run is None or run.user != user:
            raise InputError("run", found=repr(id)[:80], allowed="a run of yours")
        return run

    def every(self, user: str) -> list[Run]:
        """The runs of a user, the latest first."""
        return [run for run in list(self._runs.values())[::-1] if run.user == user]

    def stop(self, user: str, id: str) -> Run:
        """Stop a run; the stages that it finished are remembered."""
        run = self.get(user, id)
        with self._lock:
            if run.state not in _OVER:
                self._note(id, state="stopped")
            process = self._processes.get(id)
        if process is not None:
            _end(process)
        return self._runs[id]

    def resume(self, user: str, id: str) -> Run:
        """Take up a run that was stopped or failed."""
        run = self.get(user, id)
        if run.state in ("stopped", "failed"):
            self._note(id, state="waiting", error="")
            self._begin(self._runs[id])
        return self._runs[id]

    def result(self, run: Run) -> Ledger | None:
        """What a run found, or found before; nothing while there is nothing."""
        return self.found(run.kind, run.asked)

    def found(self, kind: str, asked: Mapping[str, Any]) -> Ledger | None:
        """What such work found before, by this program on this case."""
        place = self._place(kind, asked)
        with suppress(OSError, pl.exceptions.PolarsError):
            return Ledger(*(pl.read_ipc(place / f"{name}.arrow") for name in _TABLES))
        return None

    def close(self) -> None:
        """Stop everything."""
        with self._lock:
            self._closed = True
            for id, run in self._runs.items():
                if run.state not in _OVER:
                    self._note(id, state="stopped")
            processes = list(self._processes.values())
        for process in processes:
            _end(process)

    def _checked(self, kind: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        """The options of a run, each within its bounds, in one order."""
        if kind not in KINDS:
            raise InputError("kind", found=repr(kind)[:80], allowed=", ".join(KINDS))
        numbers = {
            "study": {"draws": (0, MOST_DRAWS)},
            "futures": {"futures": (1, MOST_FUTURES), "until": (2027, 2075)},
            "plans": {"draws": (0, MOST_DRAWS), "futures": (1, MOST_FUTURES)},
            "moves": {"draws": (0, MOST_DRAWS)},
        }[kind]
        stray = sorted(set(asked) - {*numbers, "what", "seed"})
        if stray:
            raise InputError(
                "options", found=", ".join(map(str, stray))[:80], allowed=", ".join(["what", "seed", *numbers])
            )
        made: dict[str, Any] = {}
        for name, (least, most) in {**numbers, "seed": (0, 2**31)}.items():
            value = asked.get(name)
            if value is None:
                continue
            if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
                raise InputError(name, found=repr(value)[:40], allowed=f"a whole number, {least} to {most}")
            made[name] = value
        return {**made, "what": parse(self._case, asked.get("what") or {}).own.plain()}

    def _begin(self, run: Run) -> None:
        if self.result(run) is not None:
            self._note(run.id, state="done")
            return
        threading.Thread(target=self._watch, args=(run,), name=f"run-{run.id}", daemon=True).start()

    def _watch(self, run: Run) -> None:
        """Start the process when it is its turn, note what it tells, and how it ended."""
        with self._turn:
            context = multiprocessing.get_context("spawn")
            ours, theirs = context.Pipe(duplex=False)
            with self._lock:
                if self._closed or self._runs[run.id].state != "waiting":
                    return
                place = str(self._place(run.kind, run.asked))
                process = context.Process(target=work, args=(self._name, run.kind, dict(run.asked), place, theirs))
                process.start()
                theirs.close()
                self._processes[run.id] = process
                self._note(run.id, state="running")
            error = self._listen(run.id, ours)
            process.join()
            with self._lock:
                del self._processes[run.id]
                if self._runs[run.id].state == "running":
                    found = self.result(run) is not None
                    self._note(run.id, state="done" if found else "failed", error="" if found else error)

    def _listen(self, id: str, pipe: Connection) -> str:
        """Note progress until the process falls silent; what it says of a failure."""
        error = "the work ended without a result"
        with suppress(EOFError, OSError):
            while True:
                word, *rest = pipe.recv()
                if word == "progress":
                    stage, done, whole = rest
                    with self._lock:
                        self._note(id, stage=stage, done=done, whole=whole)
                else:
                    error = str(rest[0])
        return error

    def _note(self, id: str, **changed: Any) -> None:
        self._runs[id] = replace(self._runs[id], **changed)

    def _place(self, kind: str, asked: Mapping[str, Any]) -> Path:
        digest = hashlib.sha256(self._mark + json.dumps([kind, asked], sort_keys=True).encode())
        return self._folder / digest.hexdigest()[:24]

    @cached_property
    def _mark(self) -> bytes:
        """All that any run depends on besides its options: the program and the case."""
        digest = hashlib.sha256(memory.program())
        digest.update(self._case.ledger.facts.write_csv().encode())
        for name in sorted(self._case.register):
            digest.update(self._case.register[name].write_csv().encode())
        return digest.digest()


def work(name: str, kind: str, asked: Mapping[str, Any], place: str, pipe: Connection) -> None:
    """What the process does: derive, tell how far it is, and keep what was found whole or not at all."""
    if hasattr(os, "setsid"):
        os.setsid()  # so that its own workers end with it

    def progress(stage: str, done: int, whole: int) -> None:
        try:
            pipe.send(("progress", stage, done, whole))
        except OSError:  # whoever asked is gone
            os._exit(1)

    try:
        case = open_case(name)
        found = _derived(case, parse(case, asked["what"]), kind, asked, progress)
        keep(found, Path(place))
    except EquipoiseError as error:
        pipe.send(("failed", str(error)))
    except MemoryError:
        pipe.send(("failed", "there is not enough memory for this; ask for fewer redraws or futures"))


def _derived(case: Case, what: WhatIf, kind: str, asked: Mapping[str, Any], progress: Any) -> Ledger:
    """The facts that a run asks for: all of a study, or of the futures alone, in which levers are a policy of the user's."""
    from equipoise import futures, study

    workers, seed = max(1, (os.cpu_count() or 1) - 1), asked.get("seed", 1)
    known = None
    if needs_study(what.weights):  # they are made of the losses of the case as it is
        known = study.run(case, until="income", draws=asked.get("draws"), seed=seed, workers=workers, progress=progress)
    case = applied(case, what, known, plan=kind == "futures")
    if kind == "study":
        return study.run(case, draws=asked.get("draws"), seed=seed, workers=workers, progress=progress).ledger
    if kind == "plans":
        return _planned(case, asked, seed=seed, workers=workers, progress=progress)
    if kind == "moves":
        return _moved(case, asked, seed=seed, workers=workers, progress=progress)
    progress("withdrawal", 0, 1)
    solved = study.run(case, draws=0, seed=seed, lean=True, itself=False, progress=progress)
    progress("withdrawal", 1, 1)
    chosen = futures.policies(case)
    lived = futures.futures(
        solved, futures=asked.get("futures", 200), until=asked.get("until", 2040), seed=seed, workers=workers,
        progress=progress,
    )  # fmt: skip
    return Ledger.empty().add(chosen, lived)


def _planned(case: Case, asked: Mapping[str, Any], **how: Any) -> Ledger:
    """Which closures of each network hurt most, and, where the case knows projects, which of them buy the most freedom: as the
    terminal is asked where nothing else is named."""
    from equipoise.corridors.building import commodities_with_network
    from equipoise.corridors.inputs import Inputs
    from equipoise.resilience import BUDGET, interdict, invest

    draws, futures = asked.get("draws", 100), asked.get("futures", 200)
    networks = commodities_with_network(Inputs(case.settle()))
    found = [interdict(case, commodity=name, budget=2, draws=draws, **how) for name in networks]
    if case.table("levers").height:
        found.append(invest(case, budget=BUDGET, futures=futures, **how))
    return Ledger.empty().add(*found)


def _moved(case: Case, asked: Mapping[str, Any], *, seed: int, workers: int, progress: Any) -> Ledger:
    """Whom to move in each contested issue: what the terminal answers of an issue beyond the study."""
    from equipoise import bargaining, study

    known = study.run(case, until="bargaining", seed=seed, workers=workers, progress=progress)
    issues = case.table("issues")["issue"].to_list()
    found = bargaining.politics(known, issues, draws=asked.get("draws", 100), seed=seed, progress=progress)
    return Ledger(found.view(bargaining.ASKED), found.derivations, found.parents)


def keep(found: Ledger, place: Path) -> None:
    """Write the tables of a ledger whole or not at all."""
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = Path(tempfile.mkdtemp(prefix=".new-", dir=place.parent))
    for name in _TABLES:
        getattr(found, name).write_ipc(part / f"{name}.arrow")
    with suppress(OSError):
        part.replace(place)
    shutil.rmtree(part, ignore_errors=True)


def _end(process: BaseProcess) -> None:
    """End a process and its own workers."""
    with suppress(ProcessLookupError, PermissionError, OSError):
        if process.pid and hasattr(os, "killpg") and os.getpgid(process.pid) == process.pid:
            os.killpg(process.pid, signal.SIGTERM)
        else:
            process.terminate()
