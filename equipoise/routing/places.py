"""What a person means by the ends of a journey and by its cargo: a place, a state or a bloc; a commodity."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from equipoise.case import Case, Layout
from equipoise.corridors.network import Network
from equipoise.errors import InputError

__all__ = ["End", "Roads", "cargo_meant", "end_meant"]

_ENDS = {"from": ("field", "market", "port"), "to": ("market", "refinery", "port")}
"""Kinds of place where a journey from or to a whole state begins or ends, if it supplies or takes nothing in the network."""


@dataclass(frozen=True, slots=True)
class End:
    """One end of a journey: the id and name of what was asked for, and the places that it may be."""

    id: str
    name: str
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Roads:
    """The links of a cargo with the places at their ends, and the places that supply it and take it."""

    links: tuple[str, ...]
    ends: tuple[tuple[str, str], ...]
    suppliers: tuple[str, ...]
    markets: tuple[str, ...]

    @classmethod
    def of(cls, layout: Layout, network: Network) -> Roads:
        """The links of a network."""
        ends = {row["link"]: (row["from"], row["to"]) for row in layout.links}
        return cls(network.links, tuple(ends[link] for link in network.links), network.suppliers, network.markets)

    @property
    def places(self) -> set[str]:
        """Every place that a link touches."""
        return {place for ends in self.ends for place in ends}


def cargo_meant(text: str, networks: Mapping[str, str]) -> str:
    """The commodity that a word means, by its id or a word of its name; ``networks`` has their names by id. Without a word,
    containers, or the first commodity of a case that has none.

    Raises
    ------
    InputError
        No commodity is called so, or several are.

    >>> cargo_meant("crude", {"oil": "Crude oil and condensate", "gas": "Pipeline gas"})
    'oil'
    """
    word = text.strip().casefold()
    if not word and networks:
        return "containers" if "containers" in networks else next(iter(networks))
    if word in networks:
        return word
    alike = [name for name, title in networks.items() if word and word in re.findall(r"\w+", title.casefold())]
    if len(alike) != 1:
        raise InputError(
            "--cargo", found=text or "nothing", allowed=", ".join(networks) or "a case with supply and demand"
        )
    return alike[0]


def end_meant(case: Case, roads: Roads, text: str, which: str) -> End:
    """The places that a word means at one end, ``from`` or ``to``, of a journey.

    A place goes by its id or any part of its name; a state or a bloc means its places that supply (or take) the cargo,
    where it has none its fields, markets and ports, else any place of its own.

    Raises
    ------
    InputError
        Nothing is called so; the nearest names are given. Or several places are.
    """
    rows = list(case.table("places").iter_rows(named=True))
    known = {row["place"]: row["name"] for row in rows}
    word = _plain(text)
    hits = [row["place"] for row in rows if word == _plain(row["place"])]
    actors = {row["actor"].casefold(): row["actor"] for row in case.table("actors").iter_rows(named=True)}
    if not hits and text.strip().casefold() in actors:
        return _of_actor(case, roads, actors[text.strip().casefold()], rows, which)
    hits = hits or [place for place, name in known.items() if word in (_plain(name), *_parts(name))]
    hits = hits or [place for place, name in known.items() if any(word == part.split()[0] for part in _parts(name))]
    on = roads.places
    narrowed = [place for place in hits if place in on] or hits
    if len(narrowed) == 1:
        return End(narrowed[0], known[narrowed[0]], (narrowed[0],))
    if narrowed:
        raise InputError(
            which.upper(), found=text, allowed="one of " + ", ".join(narrowed), remedy="name one of these places"
        )
    nearest = _nearest(word, known)
    raise InputError(which.upper(), found=text, allowed="a place, a state (ISO 3166-1 alpha-3) or a bloc of the case",
                     remedy=f"nearest: {', '.join(nearest)}" if nearest else "")  # fmt: skip


def _of_actor(case: Case, roads: Roads, actor: str, rows: Sequence[Mapping[str, str]], which: str) -> End:
    """A state, or the members of a bloc, as the end of a journey."""
    own = [row for row in rows if row["country"] in case.members(actor)]
    used = [row for row in own if row["place"] in roads.places]
    ends = roads.suppliers if which == "from" else roads.markets
    busy = [row["place"] for row in used if row["place"] in ends]
    likely = [row["place"] for row in used if row["kind"] in _ENDS[which]]
    places = busy or likely or [row["place"] for row in used] or [row["place"] for row in own]
    if not places:
        raise InputError(
            which.upper(), found=actor, allowed="a state with a place of the case",
            remedy=f"states with places: {', '.join(sorted({row['country'] for row in rows}))}",
        )  # fmt: skip
    return End(actor, case.name(actor), tuple(sorted(places)))


def _plain(text: str) -> str:
    return re.sub(r"[^\w]+", " ", text.replace("_", " ").casefold()).strip()


def _parts(name: str) -> list[str]:
    """The names inside a name: *Khorgos / Altynkol* is both."""
    return [part for part in map(_plain, re.split(r"[/,()]", name)) if part]


def _nearest(word: str, known: Mapping[str, str]) -> list[str]:
    """Ids of the places whose id, or a part of whose name, is most like a word."""
    spelled: dict[str, str] = {}
    for place, name in known.items():
        for part in (_plain(place), *_parts(name)):
            spelled.setdefault(part, place)
    return _once(spelled[part] for part in get_close_matches(word, spelled, n=5, cutoff=0.55))[:4]


def _once(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))
