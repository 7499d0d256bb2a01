"""The workbench: one case held open for many users, and what they ask of it. The studio and the API are two views of it.

It derives nothing itself: what-ifs are answered by :mod:`equipoise.whatif`, studies by :mod:`equipoise.study`; it remembers
answers, so that a question asked twice, or by two users, is solved once.
"""

from __future__ import annotations

import io
import tempfile
import threading
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import polars as pl

from equipoise.case import Case, open_case, write_case
from equipoise.errors import InputError
from equipoise.ledger import Ledger
from equipoise.whatif import AS_IT_IS, OWN_BASIS, WhatIf, World, answer, answered, applied, needs_study
from equipoise.workbench.runs import Run, Runs
from equipoise.workbench.sessions import Sessions
from equipoise.workbench.state import State, from_link, state_of

__all__ = ["Run", "State", "Workbench"]

WORLDS, ANSWERS = 8, 400
"""Worlds of other facts or years that are held open, answers that are remembered."""
HOUSE = "house"
"""Whose the study of the case itself is: nobody's in particular."""
T = TypeVar("T")


class Workbench:
    """A case, its what-ifs, the sessions of its users and the long work done for them. Safe to share between threads.

    Parameters
    ----------
    name : str
        A bundled case or the folder of one.
    folder : Path
        Where sessions and results are kept.
    draws : int, optional
        Redraws of the study; each stage has its own number.
    """

    def __init__(self, name: str, folder: Path, *, draws: int | None = None) -> None:
        self.name, self.case, self.draws = name, open_case(name), draws
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.sessions = Sessions(folder / "studio.db")
        self.runs = Runs(self.case, name, folder / "runs")
        self._worlds: OrderedDict[tuple[str, str], tuple[World, threading.Lock]] = OrderedDict()
        self._answers: OrderedDict[tuple[str, str, str], Ledger] = OrderedDict()
        self._asked: OrderedDict[str, WhatIf] = OrderedDict()
        self._applied_cases: OrderedDict[tuple[str, bool], Case] = OrderedDict()
        self._lock, self._views = threading.Lock(), dict[Any, Any]()
        self._making = dict[Any, threading.Lock]()
        self.closed = threading.Event()

    def close(self) -> None:
        """Stop long work and let go of the files."""
        self.closed.set()
        self.runs.close()
        self.sessions.close()

    @cached_property
    def commodities(self) -> tuple[str, ...]:
        """Commodities that have a network, the one whose rent is counted first."""
        with self._world(WhatIf()) as world:
            return tuple(
                sorted(
                    world.commodities, key=lambda name: not world.network(name).priced or not world.network(name).costed
                )
            )

    def state(self, plain: Mapping[str, Any]) -> State:
        """A state from plain data; see :func:`equipoise.workbench.state.state_of`."""
        return self._dated(state_of(self.case, plain, self.commodities))

    def state_from(self, link: str) -> State:
        """The state that a link carries; see :func:`equipoise.workbench.state.from_link`."""
        return self._dated(from_link(self.case, link, self.commodities))

    def _dated(self, state: State) -> State:
        """The state, its year one for which its commodity is known."""
        return replace(state, year=self.year_of(state.commodity, state.year))

    def years(self, commodity: str) -> list[str]:
        """The years for which the network of a commodity can be solved, and closed, the last of them last."""
        with self._world(WhatIf()) as world:
            return [str(year) for year in world.years[commodity]]

    def year_of(self, commodity: str, year: str) -> str:
        """A year as it is asked for: empty where it is the last, which nobody need name.

        Raises
        ------
        InputError
            The network of the commodity cannot be solved for it.
        """
        known = self.years(commodity)
        if year and year not in known:
            allowed = f"{', '.join(known)}: other years have no published supply of {commodity}"
            raise InputError("year", found=repr(year)[:40], allowed=allowed)
        return "" if year == known[-1] else year

    def answer(self, what: WhatIf, commodity: str, year: str = "") -> Ledger:
        """The facts of a what-if: flows of one commodity, losses of all that it touches, in the last year that is known or in
        another that is; see :func:`equipoise.whatif.answer`."""
        key = what.id, commodity, self.year_of(commodity, year)
        with self._lock:
            self._asked[what.id] = what
            self._asked.move_to_end(what.id)
            while len(self._asked) > 5 * ANSWERS:
                self._asked.popitem(last=False)
            if key in self._answers:
                self._answers.move_to_end(key)
                return self._answers[key]
        with self._world(what, key[2]) as world:
            found = answer(world, what, [commodity])
        with self._lock:
            self._answers[key] = found
            while len(self._answers) > ANSWERS:
                self._answers.popitem(last=False)
        return found

    def asked(self, id: str) -> WhatIf | None:
        """The what-if of a name, if it was asked lately: whose figures bear that name."""
        with self._lock:
            return self._asked.get(id)

    def told(self, what: WhatIf, commodity: str, year: str = "") -> Case:
        """The case of a what-if that knows its answer and nothing else, for views that must be quick."""
        return answered(self.case, what, self.answer(what, commodity, year))

    def traced(self, what: WhatIf, commodity: str, year: str = "") -> Case:
        """All that is known, with what a user assumes instead and the answer to a what-if: where a figure of any room comes
        from."""
        known = self.known(what)
        held = known if known is not None else (self.known() or self.case)
        mine = self.applied(what).ledger.facts.filter(pl.col("basis").cast(pl.String).str.contains(OWN_BASIS))
        return replace(self.applied(what), ledger=held.ledger.replace(Ledger(mine))).add(
            self.answer(what, commodity, year)
        )

    def applied(self, what: WhatIf) -> Case:
        """The case with all that a user assumes instead: facts, levers as if they stood, weights. Weights that are made of what a
        study finds wait for it: until then they are no part of it."""
        own, known = what.own, self.known()
        if own == WhatIf():
            return self.case
        key = own.id, known is not None
        with self._lock:
            found = self._applied_cases.get(key)
        if found is None:
            found = self._apply(own, known)
            with self._lock:
                self._applied_cases[key] = found
                while len(self._applied_cases) > WORLDS:
                    self._applied_cases.popitem(last=False)
        return found

    def _apply(self, own: WhatIf, known: Case | None) -> Case:
        if needs_study(own.weights) and known is None:
            own = replace(own, weights=tuple(one for one in own.weights if not needs_study([one])))
        return applied(self.case, own, known)

    def begin(self, *, warm: bool = True) -> None:
        """Begin the study of the case, and make the first answers meanwhile if ``warm``; to be called once, in a thread of its
        own."""
        with suppress(InputError):
            self.runs.start(HOUSE, "study", self.study())
        if warm:
            self.ready()

    @property
    def house(self) -> Run | None:
        """The study of the case as it is, once it has begun."""
        return next(iter(self.runs.every(HOUSE)), None)

    def ready(self) -> None:
        """Make the first answers before anybody asks: nothing closed, each power, each corridor that a click can close."""
        for commodity in self.commodities:
            self.answer(WhatIf(), commodity)
        for power in self.case.powers:
            self.answer(WhatIf(powers=(power,)), self.commodities[0])
        rows = self.case.table("links").filter(role="edge").select("corridor", "commodity").unique().iter_rows()
        for corridor, commodity in sorted(rows):
            if corridor and commodity in self.commodities:
                self.answer(WhatIf(closed={corridor: 1.0}), commodity)
        for commodity in self.commodities:
            with self._world(WhatIf()) as world:
                world.lifted(commodity)

    def study(self, what: WhatIf | None = None) -> Mapping[str, Any]:
        """The options of the study of the case, or of the case with what a user assumes instead."""
        asked: dict[str, Any] = {"what": (what or WhatIf()).own.plain()}
        return asked if self.draws is None else {"draws": self.draws, **asked}

    def known(self, what: WhatIf | None = None) -> Case | None:
        """The case, with a user's changes if any, knowing what its study found; nothing while nobody has studied it."""
        asked = self.study(what)

        def read() -> Case | None:
            found = self.runs.found("study", asked)
            if found is None:
                return None
            return replace(self.applied(what) if what else self.case, ledger=found)

        return self.seen(("known", (what or WhatIf()).own.id), read)

    def planned(self, what: WhatIf) -> Case:
        """The case with a user's facts and weights, and with the levers as a policy of the user's own: that of the futures."""
        known = self.known()
        weights = what.weights if known else tuple(one for one in what.weights if not needs_study([one]))
        return applied(self.case, replace(what.own, weights=weights), known, plan=True)

    def packed(self, what: WhatIf) -> bytes:
        """The case with what a user assumes instead, as a zip of its folder: it is checked, and run, as any other."""
        name = f"{self.case.id}-yours"
        with tempfile.TemporaryDirectory(prefix="equipoise-export-") as place:
            folder = write_case(self.applied(what), Path(place) / name)
            kept = io.BytesIO()
            with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
                for file in sorted(path for path in folder.rglob("*") if path.is_file()):
                    archive.write(file, f"{name}/{file.relative_to(folder).as_posix()}")
        return kept.getvalue()

    def seen(self, key: Any, make: Callable[[], T | None]) -> T | None:
        """What was made for a view before, or is made now; nothing is not remembered. Who asks while it is made waits for it, so
        that nothing is made twice at once."""
        with self._lock:
            if key in self._views:
                return self._views[key]  # type: ignore[no-any-return]
            turn = self._making.setdefault(key, threading.Lock())
        with turn:
            with self._lock:
                if key in self._views:
                    return self._views[key]  # type: ignore[no-any-return]
            made = None
            try:
                made = make()
            finally:
                with self._lock:
                    if made is not None:
                        self._views[key] = made
                    while len(self._views) > ANSWERS:
                        self._views.pop(next(iter(self._views)))
                    self._making.pop(key, None)
        return made

    @contextmanager
    def _world(self, what: WhatIf, year: str = "") -> Iterator[World]:
        """The networks that a what-if is asked of, for this thread alone meanwhile."""
        name = what.of_facts.id, year
        with self._lock:
            held = self._worlds.get(name)
            if held:
                self._worlds.move_to_end(name)
        if held is None:
            made = World(self.case, what.changes, year=int(year) if year else None), threading.Lock()
            with self._lock:
                held = self._worlds.setdefault(name, made)
                for old in [old for old in self._worlds if old != (AS_IT_IS, "")][: max(0, len(self._worlds) - WORLDS)]:
                    del self._worlds[old]
        world, lock = held
        with lock:
            yield world
