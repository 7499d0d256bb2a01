r"""Water through the seasons: what reservoirs carry over, what is short, and what power for water can move.

Notation: *k* draws, *t* seasons in order; volumes in one unit throughout. Upstream a reservoir makes power of what it lets
down; downstream a smaller one keeps for the dry season what it has room for, and what it cannot keep passes unused. Nothing
here knows a river.

An exchange gives the upstream state power in the wet season, so that it lets down less then and more in the dry one. Every
unit moved makes the shortfall a unit smaller until the first of a few limits binds: so the best exchange is the least of
them, exactly, with no search.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equipoise.errors import InputError

__all__ = ["Moved", "Releases", "SeasonBalance", "Swap", "move_to_dry", "releases", "season_balance", "swap"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SeasonBalance:
    """Where the water of each season went, all (k, t): ``used`` by those who need it, ``short`` of their need, ``stored`` at
    the end of the season, ``unused`` for want of room."""

    used: FloatArray
    short: FloatArray
    stored: FloatArray
    unused: FloatArray

    @property
    def shortfall(self) -> FloatArray:
        """What is short in all seasons together, (k,)."""
        return np.asarray(self.short.sum(axis=1))


@dataclass(frozen=True, slots=True)
class Releases:
    """What a reservoir let down in each season, ``water`` (k, t), and the ``level`` (k, t) it ended it with."""

    water: FloatArray
    level: FloatArray


@dataclass(frozen=True, slots=True)
class Moved:
    """Water moved from the wet to the dry season, ``amount`` (k,) upstream; ``limits`` (k, 5) the most that each limit would
    allow, in the order of ``NAMES``; ``binding`` (k,) which of them is the least."""

    amount: FloatArray
    limits: FloatArray
    binding: NDArray[np.int64]

    NAMES = ("power", "unused", "short", "release", "room")


@dataclass(frozen=True, slots=True)
class Swap:
    """An exchange of power for water, all (k,): its ``surplus`` over none, and the ends of the prices of power that leave
    neither side worse, ``least`` and ``most``; where least is above most there is no exchange."""

    surplus: FloatArray
    least: FloatArray
    most: FloatArray


def season_balance(inflow: ArrayLike, need: ArrayLike, capacity: ArrayLike, start: ArrayLike = 0.0) -> SeasonBalance:
    """Use what is needed, keep what there is room for, let the rest pass, season by season.

    No other rule leaves less short in all seasons together: water used now is never missed more than a unit later.

    Parameters
    ----------
    inflow, need : (k, t)
        Water that comes, and that is wanted, in each season.
    capacity : (k,)
        Room for water from one season to the next.
    start : (k,)
        What is stored at first.

    Raises
    ------
    InputError
        A shape does not fit, or a volume is below zero or no number.

    Examples
    --------
    A wet season brings 11 where 2 are needed and 7 can be kept; a dry one brings 4 where 15 are needed.

    >>> year = season_balance([[11, 4]], [[2, 15]], [7])
    >>> year.unused.tolist(), year.stored.tolist(), year.short.tolist()
    ([[2.0, 0.0]], [[7.0, 0.0]], [[0.0, 4.0]])
    """
    water, wanted = _seasons("inflow", inflow), _seasons("need", need)
    if water.shape != wanted.shape:
        raise InputError("need", found=f"shape {wanted.shape}", allowed=f"as of inflow, {water.shape}")
    room, held = _column("capacity", capacity, len(water)), _column("start", start, len(water))
    made = np.empty((4, *water.shape))
    for season in range(water.shape[1]):
        there = held + water[:, season]
        used = np.minimum(there, wanted[:, season])
        held = np.minimum(there - used, room)
        made[:, :, season] = used, wanted[:, season] - used, held, there - used - held
    return SeasonBalance(*made)


def releases(inflow: ArrayLike, target: ArrayLike, capacity: ArrayLike, start: ArrayLike) -> Releases:
    """Let down what brings a reservoir to its target at the end of each season, as near as water and room allow.

    Parameters
    ----------
    inflow, target : (k, t)
        Water that comes in, and the level wanted at the end of each season.
    capacity, start : (k,)
        The most the reservoir holds, and what it holds at first.

    Raises
    ------
    InputError
        A shape does not fit, or a volume is below zero or no number.

    Examples
    --------
    >>> year = releases([[3, 9]], [[2, 6]], [14], [6])
    >>> year.water.tolist(), year.level.tolist()
    ([[7.0, 5.0]], [[2.0, 6.0]])
    """
    water, wanted = _seasons("inflow", inflow), _seasons("target", target)
    if water.shape != wanted.shape:
        raise InputError("target", found=f"shape {wanted.shape}", allowed=f"as of inflow, {water.shape}")
    room, held = _column("capacity", capacity, len(water)), _column("start", start, len(water))
    down, levels = np.empty(water.shape), np.empty(water.shape)
    for season in range(water.shape[1]):
        there = held + water[:, season]
        held = np.minimum(np.minimum(wanted[:, season], room), there)
        down[:, season], levels[:, season] = there - held, held
    return Releases(down, levels)


def move_to_dry(
    balance: SeasonBalance, reaches: ArrayLike, power: ArrayLike, release: ArrayLike, room: ArrayLike
) -> Moved:
    """The least water moved upstream from the first season to the second that leaves as little short as can be.

    Of each unit so much ``reaches`` those downstream. A unit less in the wet season is one of those that found no use, a unit
    more in the dry one is a unit less short: one for one, until the first limit binds.

    Parameters
    ----------
    balance : SeasonBalance
        Two seasons, (k, 2), before anything is moved.
    reaches : (k,)
        Share of what is let down that comes to those who are short, 0 to 1.
    power : (k,)
        Water whose power the exchange replaces: what may be moved for it.
    release, room : (k,)
        What is let down in the wet season, and the room upstream to keep it.

    Raises
    ------
    InputError
        There are not two seasons, or a figure is below zero or no number.

    Examples
    --------
    >>> year = season_balance([[11, 4]], [[2, 15]], [7])
    >>> moved = move_to_dry(year, [0.5], power=[1.0], release=[7.0], room=[8.0])
    >>> moved.amount.tolist(), moved.NAMES[moved.binding[0]]
    ([1.0], 'power')
    """
    if balance.short.shape[1] != 2:
        raise InputError("seasons", found=balance.short.shape[1], allowed="two, the wet one first")
    count = len(balance.short)
    share, offered, down, space = (
        _column(name, given, count)
        for name, given in (("reaches", reaches), ("power", power), ("release", release), ("room", room))
    )
    some = np.maximum(share, 1e-12)
    limits = np.column_stack([offered, balance.unused[:, 0] / some, balance.short[:, 1] / some, down, space])
    binding = np.argmin(limits, axis=1)
    return Moved(limits[np.arange(count), binding] * (share > 0), limits, binding)


def swap(power: ArrayLike, dear: ArrayLike, cheap: ArrayLike, water: ArrayLike) -> Swap:
    """What an exchange of power in the dear season for water in the cheap one is worth, and at which prices.

    The side upstream gets ``power`` when it is dear, and makes as much more of the water it kept when it is cheap: it can
    pay at most what that is worth. The side downstream gives power that is worth ``dear`` a unit, and gains ``water`` in
    money: it needs at least the difference. Neither side is ever worse than with no exchange.

    Parameters
    ----------
    power : (k,)
        Power given; ``dear``, ``cheap`` (k,) what a unit is worth in each season; ``water`` (k,) what the water gained is worth.

    Raises
    ------
    InputError
        A figure is below zero or no number.

    Examples
    --------
    >>> found = swap([2.0], [40.0], [28.0], [60.0])
    >>> found.surplus.tolist(), found.least.tolist(), found.most.tolist()
    ([36.0], [10.0], [28.0])
    """
    given = np.atleast_1d(np.asarray(power, dtype=float))
    amount, high, low, worth = (
        _column(name, x, len(given))
        for name, x in (("power", given), ("dear", dear), ("cheap", cheap), ("water", water))
    )
    each = np.divide(worth, amount, out=np.zeros(len(given)), where=amount > 0)
    return Swap((low - high) * amount + worth, high - each, low)


def _seasons(name: str, values: ArrayLike) -> FloatArray:
    """Volumes by draw and season, none of them below zero."""
    array = np.asarray(values, dtype=float)
    if array.ndim != 2:
        raise InputError(name, found=f"shape {array.shape}", allowed="(draws, seasons)")
    return _checked(name, array)


def _column(name: str, values: ArrayLike, count: int) -> FloatArray:
    """One figure for each draw, or one for all."""
    array = np.asarray(values, dtype=float)
    if array.shape not in ((), (1,), (count,)):
        raise InputError(name, found=f"shape {array.shape}", allowed=f"one figure, or one for each of {count} draws")
    return _checked(name, np.broadcast_to(array, (count,)))


def _checked(name: str, array: FloatArray) -> FloatArray:
    wrong = ~(array >= 0.0)
    if wrong.any():
        raise InputError(name, found=f"{array[wrong][0]:g}", allowed="figures of zero or more")
    return array
