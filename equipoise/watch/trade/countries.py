"""States by every code and name that trade files call them by."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files

__all__ = ["WORLD", "landlocked", "state_of"]

WORLD = "WLD"
"""All partners together, where a file has such rows."""
_WORLD_NAMES = ("wld", "w00", "world", "0", "all", "_world")


@cache
def _rows() -> list[dict[str, str]]:
    text = files("equipoise.watch.trade").joinpath("countries.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def _codes() -> dict[str, str]:
    found = dict.fromkeys(_WORLD_NAMES, WORLD)
    for row in _rows():
        state = row["iso3"]
        found[state.lower()] = state
        found |= dict.fromkeys(row["iso2"].lower().split(";"), state)
        found |= dict.fromkeys(row["numbers"].split(";"), state)
    found.pop("", None)
    return found


@cache
def _names() -> dict[str, str]:
    return {name.lower(): row["iso3"] for row in _rows() for name in row["names"].split(";")}


def state_of(text: str, own: frozenset[str] = frozenset()) -> tuple[str, bool]:
    """The state of a code or a name, empty where it is none, and whether it was a name; ``own`` codes stand for themselves.

    >>> state_of("KZ"), state_of("398"), state_of("Kyrgyz Republic"), state_of("Atlantis")
    (('KAZ', False), ('KAZ', False), ('KGZ', True), ('', False))
    """
    if text in own:
        return text, False
    plain = text.strip().lower()
    number = plain.lstrip("0") or "0" if plain.isdigit() else plain
    if number in _codes():
        return _codes()[number], False
    found = _names().get(plain, "")
    return found, bool(found)


def landlocked(state: str) -> bool | None:
    """Whether a state has no coast of an ocean; ``None`` where that is not known.

    >>> landlocked("KAZ"), landlocked("GEO"), landlocked("XXX")
    (True, False, None)
    """
    return next((row["landlocked"] == "1" for row in _rows() if row["iso3"] == state and row["landlocked"]), None)
