"""The workbench: one case held open for many users, and what they ask of it. The studio and the API are two views of it.

It derives nothing itself: what-ifs are answered by :mod:`equipoise.whatif`, studies by :mod:`equipoise.study`; it remembers
answers, so that a question asked twice, or by two users, is solved once.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from equipoise.case import Case, open_case
from equipoise.errors import InputError
from equipoise.ledger import Ledger
from equipoise.whatif import WhatIf, World, answer, with_changes
from equipoise.workbench.runs import Run, Runs
from equipoise.workbench.sessions import Sessions
from equipoise.workbench.state import State, from_link, state_of

__all__ = ["Run", "State", "Workbench"]

WORLDS, ANSWERS = 6, 400
"""Worlds with changed facts that are held open, answers that are remembered."""
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
        self._worlds: OrderedDict[str, tuple[World, threading.Lock]] = OrderedDict()
        self._answers: OrderedDict[tuple[str, str], Ledger] = OrderedDict()
        self._lock, self._views = threading.Lock(), dict[Any, Any]()
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
        return state_of(self.case, plain, self.commodities)

    def state_from(self, link: str) -> State:
        """The state that a link carries; see :func:`equipoise.workbench.state.from_link`."""
        return from_link(self.case, link, self.commodities)

    def answer(self, what: WhatIf, commodity: str) -> Ledger:
        """The facts of a what-if: flows of one commodity, losses of all that it touches; see :func:`equipoise.whatif.answer`."""
        key = what.id, commodity
        with self._lock:
            if key in self._answers:
                self._answers.move_to_end(key)
                return self._answers[key]
        with self._world(what) as world:
            found = answer(world, what, [commodity])
        with self._lock:
            self._answers[key] = found
            while len(self._answers) > ANSWERS:
                self._answers.popitem(last=False)
        return found

    def told(self, what: WhatIf, commodity: str) -> Case:
        """The case of a what-if that knows its answer and nothing else, for views that must be quick."""
        return replace(with_changes(self.case, what.changes), ledger=self.answer(what, commodity))

    def traced(self, what: WhatIf, commodity: str) -> Case:
        """All that is known, with a what-if's changes and its answer: where a figure of any room comes from."""
        return with_changes(self.known(what) or self.known() or self.case, what.changes).add(
            self.answer(what, commodity)
        )

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

    def study(self, what: WhatIf | None = None) -> Mapping[str, Any]:
        """The options of the study of the case, or of the case with a user's changes."""
        asked: dict[str, Any] = {"what": {"closed": {}, "powers": [], "changes": (what or WhatIf()).plain()["changes"]}}
        return asked if self.draws is None else {"draws": self.draws, **asked}

    def known(self, what: WhatIf | None = None) -> Case | None:
        """The case, with a user's changes if any, knowing what its study found; nothing while nobody has studied it."""
        asked = self.study(what)

        def read() -> Case | None:
            found = self.runs.found("study", asked)
            case = with_changes(self.case, what.changes) if what else self.case
            return None if found is None else replace(case, ledger=found)

        return self.seen(("known", what.of_changes if what else ""), read)

    def seen(self, key: Any, make: Callable[[], T | None]) -> T | None:
        """What was made for a view before, or is made now; nothing is not remembered."""
        with self._lock:
            if key in self._views:
                return self._views[key]  # type: ignore[no-any-return]
        made = make()
        if made is not None:
            with self._lock:
                self._views[key] = made
                while len(self._views) > ANSWERS:
                    self._views.pop(next(iter(self._views)))
        return made

    @contextmanager
    def _world(self, what: WhatIf) -> Iterator[World]:
        """The networks that a what-if is asked of, for this thread alone meanwhile."""
        name = what.of_changes
        with self._lock:
            held = self._worlds.get(name)
            if held:
                self._worlds.move_to_end(name)
        if held is None:
            made = World(self.case, what.changes), threading.Lock()
            with self._lock:
                held = self._worlds.setdefault(name, made)
                as_it_is = WhatIf().of_changes
                for old in [old for old in self._worlds if old != as_it_is][: max(0, len(self._worlds) - WORLDS)]:
                    del self._worlds[old]
        world, lock = held
        with lock:
            yield world
