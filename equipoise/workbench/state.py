"""What a user looks at: a state of the world, perhaps another beside it, a commodity and a room; kept, sent and reopened."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from equipoise.case import Case
from equipoise.errors import InputError
from equipoise.whatif import WhatIf, parse

__all__ = ["ROOMS", "State", "from_link", "state_of"]

ROOMS = ("map", "exposure", "withdrawal", "corridors", "bargaining", "futures", "watch", "region", "sources")
LARGEST = 64_000
"""Bytes that a state in a link may unfold to."""


@dataclass(frozen=True, slots=True)
class State:
    """What is on the screen. ``against`` is the world that stands beside; nothing where none does; ``year`` is that of the
    network, empty where it is the last that is known."""

    what: WhatIf
    commodity: str
    room: str = "map"
    against: WhatIf | None = None
    year: str = ""

    def plain(self) -> dict[str, Any]:
        """The same as plain data; :func:`state_of` reads it."""
        beside = None if self.against is None else self.against.plain()
        return {
            "what": self.what.plain(),
            "against": beside,
            "commodity": self.commodity,
            "room": self.room,
            "year": self.year,
        }

    def link(self) -> str:
        """The same as letters that stand in an address, so that a link alone carries it; :func:`from_link` reads them."""
        return base64.urlsafe_b64encode(zlib.compress(json.dumps(self.plain()).encode(), 9)).decode().rstrip("=")


def state_of(case: Case, plain: Mapping[str, Any], commodities: tuple[str, ...]) -> State:
    """A state from plain data.

    Raises
    ------
    InputError
        A part of it is not known, or the what-if cannot be meant; see :func:`equipoise.whatif.parse`.
    """
    if not isinstance(plain, Mapping):
        raise InputError("state", found=type(plain).__name__, allowed="an object")
    stray = sorted(str(name) for name in set(plain) - {"what", "against", "commodity", "room", "year"})
    if stray:
        raise InputError("state", found=", ".join(stray)[:80], allowed="what, against, commodity, room, year")
    commodity, room = plain.get("commodity") or commodities[0], plain.get("room") or ROOMS[0]
    if commodity not in commodities:
        raise InputError("commodity", found=repr(commodity)[:80], allowed=", ".join(commodities))
    if room not in ROOMS:
        raise InputError("room", found=repr(room)[:80], allowed=", ".join(ROOMS))
    beside, year = plain.get("against"), str(plain.get("year") or "")
    if len(year) > 8:
        raise InputError("year", found=repr(year)[:40], allowed="a year")
    against = None if beside is None else parse(case, beside)
    return State(parse(case, plain.get("what") or {}), commodity, room, against, year)


def from_link(case: Case, letters: str, commodities: tuple[str, ...]) -> State:
    """The state that a link carries.

    Raises
    ------
    InputError
        The letters are no state, or one of another case.
    """
    try:
        packed = base64.urlsafe_b64decode(letters + "=" * (-len(letters) % 4))
        unfolding = zlib.decompressobj()
        text = unfolding.decompress(packed, LARGEST)
        plain = json.loads(text)
        if unfolding.unconsumed_tail:
            raise ValueError
    except (ValueError, zlib.error, RecursionError):
        remedy = "copy the link again, whole"
        raise InputError(
            "link", found=f"{letters[:20]}…", allowed="a link that the studio made", remedy=remedy
        ) from None
    return state_of(case, plain, commodities)
