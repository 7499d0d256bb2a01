"""Pairs of states year by year: what the published tables tell of them, one row a pair and year, and what they do not tell.

Two records of disputes are kept apart: threats, displays and uses of force (Correlates of War, 56 states, to 2014), and
armed conflict between states with 25 dead or more in a year (Uppsala, every state, to 2024). Everything that stands
beside a year was known before it: products, regimes and votes of the year before, trade of the last published matrix.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from equipoise.errors import InputError

__all__ = ["PANELS", "RECORDS", "Dyads", "Tables", "dyads"]

FloatArray = NDArray[np.float64]
PANELS = ("region_states", "region_regimes", "region_pairs", "region_ties", "region_disputes", "region_conflicts")
KEYS = {
    "region_states": ("state", "year"), "region_regimes": ("state", "year"), "region_pairs": ("a", "b"),
    "region_ties": ("a", "b", "year"), "region_disputes": ("record", "a", "b", "year"),
    "region_conflicts": ("conflict", "state", "year"),
}  # fmt: skip
RECORDS = {"mid": (1992, 2014), "ucdp": (1990, 2024)}
"""First and last year of each record that a dispute can be seen to begin in."""
LAST_POWER = 2022
"""Last year of which capabilities are known."""
MATRICES = (1995, 2005, 2015)
"""Years of the published matrices of the world's trade; between them the last one stands."""
STRUCTURE = ("distance", "border", "imbalance", "size")
MEMORY = ("recent", "past")
TIES = {"mid": ("trade", "regime", "organisations", "pact", "votes"), "ucdp": ("trade", "regime", "votes")}
"""What is known of a pair whatever it does; how lately it last had a dispute; and what makes it interdependent. Joint
memberships and pacts are known of 56 states."""
HALF_LIVES = (2.0, 8.0)
"""Years in which the memory of a dispute fades by half, quick and slow: a pair that none is known of has none to fade."""
UNKNOWN = "unknown_"


@dataclass(frozen=True)
class Tables:
    """The published tables of a case, checked: each row once, each pair in one direction."""

    frames: Mapping[str, pl.DataFrame]

    @classmethod
    def of(cls, frames: Mapping[str, pl.DataFrame]) -> Tables:
        """The tables, if none tells a thing twice.

        Raises
        ------
        InputError
            A table tells a row twice, a pair in both directions, or a state with itself.
        """
        for name, key in KEYS.items():
            frame = frames[name]
            twice = frame.filter(frame.select(key).is_duplicated())
            if twice.height:
                raise InputError(name, found=f"{twice.select(key).row(0)} twice", allowed="each row once")
            if "a" in frame.columns and (wrong := frame.filter(pl.col("a") >= pl.col("b"))).height:
                raise InputError(
                    name, found=" and ".join(wrong.select("a", "b").row(0)),
                    allowed="two states, the first in the alphabet first: a pair has no direction",
                    remedy="write each pair once, or sum its two directions",
                )  # fmt: skip
        return cls(frames)

    @cached_property
    def states(self) -> tuple[str, ...]:
        """Every state of the world of which capabilities are known."""
        return tuple(sorted(self.frames["region_states"]["state"].unique()))

    def record(self, name: str) -> pl.DataFrame:
        """Disputes of one record: pair and year, how many began, how many went on, the gravest act."""
        return self.frames["region_disputes"].filter(pl.col("record") == name)

    def knows(self, state: str, record: str) -> bool:
        """Whether a record could hold a dispute of a state."""
        if record == "mid":
            return state in self._focus
        return state in self.states

    @cached_property
    def _focus(self) -> frozenset[str]:
        ties = self.frames["region_ties"]
        return frozenset({*ties["a"], *ties["b"]})

    def lived(self, state: str, record: str) -> tuple[int, int]:
        """First and last year of a record in which a state stood, within the years of which its capabilities are known."""
        first, last = RECORDS[record]
        if state not in self._stood:
            return last + 1, last
        begin, end = self._stood[state]
        return max(first, begin), last if end == LAST_POWER else min(last, end)

    @cached_property
    def _stood(self) -> dict[str, tuple[int, int]]:
        """First and last year of which the capabilities of a state are known."""
        known = self.frames["region_states"].filter(pl.col("cinc").is_not_null()).group_by("state")
        ends = known.agg(pl.col("year").min().alias("begin"), pl.col("year").max().alias("end"))
        return {state: (int(begin), int(end)) for state, begin, end in ends.iter_rows()}


@dataclass(frozen=True)
class Dyads:
    """Pairs of states year by year, in the order of years. All arrays are (n,).

    ``one`` and ``other`` are places in ``states``; ``happened`` says whether a dispute began; ``known`` holds the variables by
    name; ``left_out`` counts the pair-years of the record of which a variable is missing, ``ongoing`` those in which the
    dispute of the year before went on, so that none could begin. With every pair-year (``every``) a tie that is not known
    stands as none, beside a variable ``unknown_…`` that says so: nothing is filled in that is not told.
    """

    record: str
    states: tuple[str, ...]
    one: NDArray[np.int64]
    other: NDArray[np.int64]
    year: NDArray[np.int64]
    happened: NDArray[np.bool_]
    known: Mapping[str, FloatArray]
    left_out: int
    ongoing: int
    every: bool = False

    @cached_property
    def ties(self) -> tuple[str, ...]:
        """What makes the pairs interdependent, and which of it is unknown."""
        return TIES[self.record] + tuple(name for name in self.known if name.startswith(UNKNOWN))

    def matrix(self, names: tuple[str, ...]) -> FloatArray:
        """The variables of these names as columns (n, p)."""
        return np.stack([self.known[name] for name in names], axis=1)

    @cached_property
    def pair(self) -> NDArray[np.int64]:
        """One number for each pair."""
        return np.asarray(np.unique(self.one * len(self.states) + self.other, return_inverse=True)[1].reshape(-1))

    @property
    def pairs(self) -> int:
        """How many pairs there are."""
        return int(self.pair.max()) + 1


def dyads(
    tables: Tables, record: str, assumed: Mapping[str, int] | None = None, *, every: bool = False, tried: int = 2009
) -> Dyads:
    """Every pair of states in every year of a record of which all variables are known.

    ``assumed`` gives the regime of states that the published table leaves out. With ``every``, each pair-year of which the
    structure is known: a tie that is not stands as none beside a variable that says so, where that can be told apart in the
    years before the first that is foretold, ``tried``.

    Raises
    ------
    InputError
        There is no such record.
    """
    if record not in RECORDS:
        raise InputError("record", found=record, allowed=", ".join(RECORDS))
    states = tuple(state for state in tables.states if tables.knows(state, record))
    first, last = RECORDS[record]
    years = np.arange(first, last + 1)
    world = _World(tables, states, years, assumed or {})
    a, b = np.triu_indices(len(states), 1)
    blocks, ongoing, left_out = [], 0, 0
    begun, last_seen = world.begun(record), np.full((len(states), len(states)), -np.inf)
    for t, year in enumerate(years):
        stands = world.stands[a, t] & world.stands[b, t]
        goes_on = (last_seen[a, b] == year - 1) & (record == "ucdp")
        known = world.variables(record, t, a, b, year - last_seen[a, b])
        if every:
            known = _told_open(known, record)
        whole = np.logical_and.reduce([np.isfinite(column) for column in known.values()])
        kept = stands & ~goes_on & whole
        ongoing, left_out = ongoing + int((stands & goes_on).sum()), left_out + int((stands & ~goes_on & ~whole).sum())
        rows = np.flatnonzero(kept)
        blocks.append((a[rows], b[rows], np.full(rows.size, year), begun[t, a[rows], b[rows]],
                       {name: column[rows] for name, column in known.items()}))  # fmt: skip
        last_seen[world.underway[record][t]] = year
    one, other, when, came = (np.concatenate([block[i] for block in blocks]) for i in range(4))
    columns = {name: np.concatenate([block[4][name] for block in blocks]) for name in blocks[0][4]}
    if every:
        columns = _told_apart(columns, when < tried)
    return Dyads(record, states, one, other, when, came, columns, left_out, ongoing, every)


def _told_open(known: Mapping[str, FloatArray], record: str) -> dict[str, FloatArray]:
    """Ties that are not known as none, and for each a variable that says so."""
    open_ties = (*TIES[record], "share")
    filled = {name: np.where(np.isnan(x), 0.0, x) if name in open_ties else x for name, x in known.items()}
    return filled | {UNKNOWN + name: np.isnan(known[name]).astype(float) for name in TIES[record]}


def _told_apart(columns: Mapping[str, FloatArray], early: NDArray[np.bool_]) -> dict[str, FloatArray]:
    """The columns without those that say what is unknown and do not vary, or repeat another, in the early years."""
    seen: set[bytes] = set()
    kept = {}
    for name, column in columns.items():
        if name.startswith(UNKNOWN):
            mark = np.packbits(column[early] > 0).tobytes()
            if mark in seen or not 0 < column[early].sum() < early.sum():
                continue
            seen.add(mark)
        kept[name] = column
    return kept


class _World:
    """State by year and pair by year as arrays, for the building of pairs."""

    def __init__(self, tables: Tables, states: tuple[str, ...], years: NDArray[np.int64], assumed: Mapping[str, int]):
        self.tables, self.states, self.years = tables, states, years
        self.place = {state: i for i, state in enumerate(states)}
        frames = tables.frames
        self.power = self._by_year(frames["region_states"], "cinc")
        self.gdp = self._by_year(frames["region_states"], "gdp")
        self.votes = self._by_year(frames["region_states"], "ideal")
        self.regime = self._by_year(frames["region_regimes"], "regime")
        for state, level in assumed.items():
            if state in self.place:
                self.regime[self.place[state]] = np.where(
                    np.isnan(self.regime[self.place[state]]), level, self.regime[self.place[state]]
                )
        self.stands = np.isfinite(self.power)
        for t in np.flatnonzero(
            years > LAST_POWER
        ):  # who stood in the last year known stands, and is as strong as then
            self.stands[:, t], self.power[:, t] = self.stands[:, t - 1], self.power[:, t - 1]
        self.distance, self.border, self.trade = self._pairs(frames["region_pairs"])
        self.organisations, self.pact = self._ties(frames["region_ties"])
        self.underway: dict[str, NDArray[np.bool_]] = {}

    def begun(self, record: str) -> NDArray[np.bool_]:
        """Whether a dispute began (t, s, s); on the way, whether one was under way."""
        shape = (self.years.size, len(self.states), len(self.states))
        begun, underway = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
        first = int(self.years[0])
        for a, b, year, new in self.tables.record(record).select("a", "b", "year", "begun").iter_rows():
            if a in self.place and b in self.place and first <= year <= self.years[-1]:
                at = (year - first, self.place[a], self.place[b])
                begun[at], underway[at] = new > 0, True
        self.underway[record] = underway
        return begun

    def variables(
        self, record: str, t: int, a: NDArray[np.int64], b: NDArray[np.int64], peace: FloatArray
    ) -> dict[str, FloatArray]:
        """What is known of each pair before the year: NaN where something is not."""
        before = t - 1
        none = np.full(len(self.states), np.nan)
        power, gdp, votes, regime = (
            x[:, before] if before >= 0 else none for x in (self.power, self.gdp, self.votes, self.regime)
        )
        matrix = max((i for i, when in enumerate(MATRICES) if when < self.years[t]), default=-1)
        traded = self.trade[matrix][a, b] if matrix >= 0 else np.full(a.size, np.nan)
        with np.errstate(divide="ignore", invalid="ignore"):
            lower = (
                1e4 * traded / np.maximum(gdp[a], gdp[b])
            )  # basis points of the product of the one that depends less
            large, small = np.maximum(power[a], power[b]), np.minimum(power[a], power[b])
            recent, past = (2.0 ** (-peace / years) for years in HALF_LIVES)
            known = {
                "distance": np.log(self.distance[a, b]), "border": self.border[a, b],
                "imbalance": np.log(large / np.maximum(small, 1e-7)), "size": np.log(large),
                "recent": recent, "past": past, "peace": np.minimum(peace, 1e3),
                "trade": np.log1p(lower), "share": lower / 100.0, "regime": np.minimum(regime[a], regime[b]),
                "votes": np.abs(votes[a] - votes[b]),
            }  # fmt: skip
        if record == "mid":
            last = max(before, 0)
            known |= {"organisations": self.organisations[last][a, b], "pact": self.pact[last][a, b]}
        return known

    def _by_year(self, frame: pl.DataFrame, column: str) -> FloatArray:
        """A column as (s, t), NaN where it is not known."""
        made = np.full((len(self.states), self.years.size), np.nan)
        first, last = int(self.years[0]), int(self.years[-1])
        held = frame.select("state", "year", column).drop_nulls()
        held = held.filter(pl.col("state").is_in(list(self.place)), pl.col("year").is_between(first, last))
        places = held["state"].replace_strict(self.place, return_dtype=pl.Int64).to_numpy()
        made[places, held["year"].to_numpy().astype(np.int64) - first] = held[column].cast(pl.Float64).to_numpy()
        return made

    def _pairs(self, frame: pl.DataFrame) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Distance and border (s, s) and trade (matrix, s, s), one triangle filled."""
        held = frame.filter(pl.col("a").is_in(list(self.place)), pl.col("b").is_in(list(self.place)))
        at = self._at(held)
        made = np.full((2 + len(MATRICES), len(self.states), len(self.states)), np.nan)
        for i, column in enumerate(("distance", "border", *(f"trade_{when}" for when in MATRICES))):
            made[i][at] = held[column].cast(pl.Float64).to_numpy()
        return made[0], made[1], made[2:]

    def _ties(self, frame: pl.DataFrame) -> tuple[FloatArray, FloatArray]:
        """Joint memberships and pacts of defence (t, s, s)."""
        made = np.full((2, self.years.size, len(self.states), len(self.states)), np.nan)
        first, last = int(self.years[0]), int(self.years[-1])
        held = frame.filter(
            pl.col("a").is_in(list(self.place)),
            pl.col("b").is_in(list(self.place)),
            pl.col("year").is_between(first, last),
        )
        year, (one, other) = held["year"].to_numpy().astype(np.int64) - first, self._at(held)
        for i, column in enumerate(("organisations", "defence")):
            made[i, year, one, other] = held[column].cast(pl.Float64).to_numpy()
        return made[0], made[1]

    def _at(self, frame: pl.DataFrame) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        one, other = (frame[c].replace_strict(self.place, return_dtype=pl.Int64).to_numpy() for c in ("a", "b"))
        return one, other
