"""What one reader looks at in one tab, and what each thing done there means. Whatever is shown can be told again from it."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from equipoise.errors import EquipoiseError
from equipoise.studio.labels import Labels
from equipoise.studio.rooms import sources
from equipoise.whatif import WhatIf, parse
from equipoise.workbench import State, Workbench
from equipoise.workbench.levers import needs_of
from equipoise.workbench.sessions import ConflictError, Kept

__all__ = ["Aside", "Sitting"]

MOST_UNDONE, FUTURES = 100, 200
Given = dict[str, str]


@dataclass(slots=True)
class Aside:
    """What stands in the drawer: nothing, a fact, a link, a place, a state, a lever or all, losses by power, the sessions."""

    kind: str = ""
    id: str = ""
    fault: str = ""
    given: Mapping[str, str] | None = None
    sent: tuple[str, str] | None = None


class Sitting:
    """One reader before one tab. Whatever it shows can be told again from its state, which stands in the address."""

    def __init__(self, bench: Workbench, user: str, query: Mapping[str, str], language: str) -> None:
        self.bench, self.user, self.labels = bench, user, Labels(language)
        self.state = State(WhatIf(), bench.commodities[0])
        self.past: list[State] = []
        self.future: list[State] = []
        self.session: Kept | None = None
        self.notice, self.conflict = "", ""
        self.aside, self.form, self.page_of, self.members = Aside(), sources.asked({}), 0, list[str]()
        self.fan = "", ""
        self._open(query)

    def _open(self, query: Mapping[str, str]) -> None:
        """The state that the address names; what cannot be opened is said, and the case shown as it is."""
        try:
            if query.get("s"):
                self._take(self.bench.sessions.get(self.user, query["s"]))
            elif query.get("sent"):
                kept = self.bench.sessions.sent(query["sent"])
                self.state, self.notice = self.bench.state(kept.state), kept.title
            elif query.get("w"):
                self.state = self.bench.state_from(query["w"])
        except EquipoiseError as error:
            self.notice = str(error)

    def _take(self, kept: Kept) -> None:
        self.state, self.session = self.bench.state(kept.state), kept

    @property
    def address(self) -> str:
        """The address that opens this state again."""
        if self.session:
            return f"?s={quote(self.session.id)}"
        plain = self.state == State(WhatIf(), self.bench.commodities[0])
        return "" if plain else f"?w={self.state.link()}"

    @property
    def title(self) -> str:
        """The title of the tab."""
        return f"{self.labels(f'room.{self.state.room}')} · equipoise"

    @property
    def query(self) -> str:
        """What links to save must say to mean this state."""
        return f"w={self.state.link()}&lang={self.labels.language}"

    @property
    def years(self) -> list[str]:
        """Years for which the network of the commodity can be solved."""
        return self.bench.years(self.state.commodity)

    async def do(self, given: Given) -> bool:
        """Something was done on the page; whether it was anything that is known."""
        deed = self._deeds().get(given.get("act", ""))
        if deed is None:
            return False
        self.notice = self.conflict = ""
        before = self.state
        try:
            done = await asyncio.to_thread(deed, given)
            if asyncio.iscoroutine(done):
                await done
            if self.state != before and given["act"] != "open":
                await self._autosave()
        except EquipoiseError as error:
            self.notice = str(error)
        return True

    def _deeds(self) -> Mapping[str, Callable[[Given], Awaitable[None] | None]]:
        """What can be done, by its name on the page."""
        return {
            "close": lambda g: self._close(g["id"], 1.0),
            "share": lambda g: self._close(g["id"], _share(g["value"])),
            "reopen": lambda g: self._close(g["id"], 0.0),
            "power": lambda g: self._power(g["id"]),
            "undo": lambda _: self._undo(),
            "redo": lambda _: self._redo(),
            "reset": lambda _: self._what(closed={}, powers=[], levers=[]),
            "commodity": lambda g: self._go(commodity=g["value"]),
            "room": lambda g: self._go(room=g["id"]),
            "year": lambda g: self._at_year(g["value"]),
            "compare": lambda _: self._compare(),
            "pick": lambda g: self._point(Aside(g.get("kind", ""), g.get("id", ""))),
            "fact": lambda g: self._point(Aside("fact", g.get("id", ""))),
            "sessions": lambda _: self._point(Aside("sessions")),
            "shut": lambda _: self._point(Aside()),
            "change": self._change,
            "forget": lambda g: self._forget(g["id"]),
            "alone": self._alone,
            "pull": self._pull,
            "drop": lambda g: self._drop(g["id"]),
            "policy": lambda g: self._policy(g["id"]),
            "weigh": self._weigh,
            "unweigh": lambda g: self._unweigh(g["id"]),
            "levers": lambda _: self._point(Aside("levers")),
            "powers": lambda _: self._point(Aside("powers")),
            "keep": lambda g: self._keep(g.get("title", "")),
            "mine": lambda _: self._keep(self.session.title if self.session else "…"),
            "open": lambda g: self._reopen(g["id"]),
            "send": lambda g: self._send(g["id"]),
            "delete": lambda g: self._delete(g["id"]),
            "language": lambda g: self._speak(g["value"]),
            "narrow": self._narrow,
            "turn": lambda g: self._turn_to(g["id"]),
            "member": lambda g: self._member(g["id"]),
            "fan": self._fan,
            "run": lambda g: self._run(g["id"]),
            "stop": lambda g: self._stop(g["id"]),
            "resume": lambda g: self._resume(g["id"]),
        }

    def _change_to(self, state: State) -> None:
        """Another state, the last one kept to be undone."""
        if state != self.state:
            self.past = [*self.past[-MOST_UNDONE:], self.state]
            self.future = []
            self.state = state

    def _what(self, **changed: Any) -> None:
        """Another what-if, judged as any other."""
        plain = {**self.state.what.plain(), **changed}
        self._change_to(replace(self.state, what=parse(self.bench.case, plain)))

    def _close(self, name: str, share: float) -> None:
        self._what(closed={**self.state.what.closed, name: share})

    def _power(self, name: str) -> None:
        held = set(self.state.what.powers)
        self._what(powers=sorted(held ^ {name}))

    def _go(self, **changed: str) -> None:
        """Another room or commodity: no change of the world, so nothing to undo."""
        plain = {**self.state.plain(), **changed}
        self.state = self.bench.state({**plain, "year": ""} if "commodity" in changed else plain)
        self.aside = Aside()

    def _undo(self) -> None:
        if self.past:
            self.future.append(self.state)
            self.state = self.past.pop()

    def _redo(self) -> None:
        if self.future:
            self.past.append(self.state)
            self.state = self.future.pop()

    def _at_year(self, number: str) -> None:
        years = self.years
        chosen = years[min(len(years) - 1, max(0, int(number)))] if number.isdigit() else ""
        self._change_to(self.bench.state({**self.state.plain(), "year": chosen}))

    def _compare(self) -> None:
        self._change_to(replace(self.state, against=None if self.state.against is not None else self.state.what))

    def _point(self, aside: Aside) -> None:
        self.aside = aside

    def _change(self, given: dict[str, str]) -> None:
        """A figure of the reader's own in the place of the case's."""
        fact = given.get("id", "")
        kept = [one for one in self.state.what.plain()["changes"] if one["fact"] != fact]
        try:
            low, value, high = (None if not given.get(end) else float(given[end]) for end in ("low", "value", "high"))
            own = {"fact": fact, "value": value, "low": low, "high": high, "reason": given.get("reason", "")}
            self._what(changes=[*kept, own])
            self.aside = Aside("fact", fact)
        except (EquipoiseError, ValueError) as error:
            shown = {end: given.get(end, "") for end in ("low", "value", "high", "reason")}
            self.aside = Aside("fact", fact, fault=str(error), given=shown)

    def _forget(self, fact: str) -> None:
        self._what(changes=[one for one in self.state.what.plain()["changes"] if one["fact"] != fact])

    def _alone(self, given: Given) -> None:
        """Of several sources of a figure one alone."""
        fact = given.get("id", "")
        row = self.bench.case.ledger.find(fact).row(0, named=True)
        why = self.labels("own.alonewhy", source=str(row["basis"]).partition("#")[0])[:400]
        ends = {end: "" if row[end] is None else str(row[end]) for end in ("value", "low", "high")}
        self._change({"id": fact.partition("#")[0], "reason": why, **ends})

    def _pull(self, given: Given) -> None:
        """A lever, with those that it needs; from the map as early and as far as it can be, with a reason that says so."""
        lever, why = given.get("id", ""), given.get("reason") or self.labels("lever.why")
        held = {one["lever"]: one for one in self.state.what.plain()["levers"]}
        try:
            part = float(given["intensity"]) / 100.0 if given.get("intensity") else None
            year = int(given["year"]) if given.get("year") else None
            held[lever] = {"lever": lever, "year": year, "intensity": part, "reason": why}
            for need in needs_of(self.bench.case, lever):
                held.setdefault(need, {"lever": need, "reason": why})
            self._what(levers=list(held.values()))
            if given.get("reason"):
                self.aside = Aside("lever", lever)
        except (EquipoiseError, ValueError) as error:
            shown = {name: given.get(name, "") for name in ("year", "intensity", "reason")}
            self.aside = Aside("lever", lever, fault=str(error), given=shown)

    def _drop(self, lever: str) -> None:
        """A lever is let go, and those that need it."""
        gone = {lever, *(one.lever for one in self.state.what.levers if lever in needs_of(self.bench.case, one.lever))}
        self._what(levers=[one for one in self.state.what.plain()["levers"] if one["lever"] not in gone])

    def _policy(self, policy: str) -> None:
        """All levers of a bundled policy; those that were pulled by hand are let go."""
        self._what(levers=[{"policy": policy, "reason": self.labels("lever.why")}])

    def _weigh(self, given: Given) -> None:
        kept = [one for one in self.state.what.plain()["weights"] if one["kind"] != given.get("id")]
        mine = {"kind": given.get("id", ""), "value": given.get("value", ""), "reason": given.get("reason", "")}
        try:
            self._what(weights=[*kept, mine] if mine["value"] else kept)
            self.aside = Aside("levers")
        except EquipoiseError as error:
            self.aside = Aside("levers", mine["kind"], fault=str(error), given=mine)

    def _unweigh(self, kind: str) -> None:
        self._what(weights=[one for one in self.state.what.plain()["weights"] if one["kind"] != kind])

    async def _autosave(self) -> None:
        """Keep the session as it is now; where another tab saved it meanwhile, say so and lose neither."""
        if self.session is None:
            return
        held = self.session
        try:
            self.session = await asyncio.to_thread(
                self.bench.sessions.save, self.user, held.id, self.state.plain(), version=held.version
            )
        except ConflictError:
            self.notice, self.conflict = self.labels("session.conflict"), held.id

    async def _keep(self, title: str) -> None:
        try:
            self.session = await asyncio.to_thread(self.bench.sessions.create, self.user, title, self.state.plain())
            self.aside = Aside("sessions")
        except EquipoiseError as error:
            self.aside = Aside("sessions", fault=str(error))

    async def _reopen(self, id: str) -> None:
        self._take(await asyncio.to_thread(self.bench.sessions.get, self.user, id))
        self.past, self.future, self.aside = [], [], Aside()

    async def _send(self, id: str) -> None:
        name = await asyncio.to_thread(self.bench.sessions.send, self.user, id)
        self.aside = Aside("sessions", sent=(id, name))

    async def _delete(self, id: str) -> None:
        await asyncio.to_thread(self.bench.sessions.delete, self.user, id)
        if self.session and self.session.id == id:
            self.session = None
        self.aside = Aside("sessions")

    def _speak(self, language: str) -> None:
        self.labels = Labels(language)

    def _narrow(self, given: dict[str, str]) -> None:
        self.form, self.page_of = sources.asked(given), 0

    def _turn_to(self, number: str) -> None:
        self.page_of = int(number) if number.isdigit() else 0

    def _member(self, power: str) -> None:
        if power in self.bench.case.powers:
            self.members = sorted({*self.members} ^ {power})

    def _fan(self, given: Given) -> None:
        """The policy and the weighting whose years are shown."""
        self.fan = given.get("policy", ""), given.get("way", "")

    async def _run(self, kind: str) -> None:
        asked = self.lived if kind == "futures" else self.asked_of(kind)
        await asyncio.to_thread(self.bench.runs.start, self.user, kind, asked)

    @property
    def lived(self) -> dict[str, Any]:
        """The futures that the room of futures shows."""
        return {"futures": FUTURES, "what": self.bench.study(self.state.what)["what"]}

    def asked_of(self, kind: str) -> dict[str, Any]:
        """The options of long work that a room waits for: of the case, with the reader's own figures if there are any."""
        whole = dict(self.bench.study(self.state.what))
        return whole if kind == "study" else {"what": whole["what"]}

    async def _stop(self, id: str) -> None:
        await asyncio.to_thread(self.bench.runs.stop, self.user, id)

    async def _resume(self, id: str) -> None:
        await asyncio.to_thread(self.bench.runs.resume, self.user, id)


def _share(text: str) -> float:
    """A share as a form gives it; what is none closes nothing."""
    try:
        share = float(text)
    except ValueError:
        return 0.0
    return share if math.isfinite(share) else 0.0
