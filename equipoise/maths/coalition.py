r"""Dividing the cost of joint withdrawal among those who could withdraw.

A game ``v`` is an array of length 2**n indexed by bitmask: bit *i* of the index says whether player *i* has left, and
``v[0]`` is 0. Attribution is an accounting convention under random order; it is neither blame nor bargaining power nor
the chance that anyone leaves (``docs/conventions.md`` §8).

References
----------
Shapley (1953), A Value for n-Person Games. doi:10.1515/9781400881970-018
Owen (1972), Multilinear Extensions of Games. doi:10.1287/mnsc.18.5.64
Owen (1977), Values of Games with a Priori Unions. doi:10.1007/978-3-642-45494-3_7
Banzhaf (1965), Weighted voting doesn't work. Rutgers Law Review 19.
"""

from __future__ import annotations

from math import factorial

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equipoise.errors import InputError

__all__ = ["banzhaf", "interaction", "multilinear", "owen", "shapley"]

FloatArray = NDArray[np.float64]


def shapley(v: ArrayLike) -> FloatArray:
    r"""Divide a joint loss so that everyone bears the mean of what they add over all orders of leaving.

    Parameters
    ----------
    v : (2**n,)
        Loss when the coalition of the index leaves; ``v[0]`` is 0. Any unit.

    Returns
    -------
    (n,)
        Same unit; sums to ``v[-1]``, is equal for players who are alike and 0 for one who adds nothing.

    Raises
    ------
    InputError
        The length is no power of two, a figure is not finite, or ``v[0]`` is not 0.

    Examples
    --------
    >>> shapley([0., 1., 1., 4.])                  # two patrons; losses compound
    array([2., 2.])
    """
    game, n = _game(v)
    return owen(game, np.arange(n))


def banzhaf(v: ArrayLike) -> FloatArray:
    """Mean of what each player adds over all coalitions of the others, (n,); it need not sum to ``v[-1]``.

    >>> banzhaf([0., 1., 1., 4.])
    array([2., 2.])
    """
    game, n = _game(v)
    return np.array([_added(game, i).mean() for i in range(n)])


def interaction(v: ArrayLike) -> FloatArray:
    r"""Who is whose insurance: :math:`I_{ij} = v(ij) - v(i) - v(j)`, (n,n), zero on the diagonal.

    > 0: i and j back each other up, and losing both is worse than the sum. < 0: they stand in series or hold one
    channel, and the sum of single losses would count it twice.

    >>> interaction([0., 1., 1., 4.])
    array([[0., 2.],
           [2., 0.]])
    """
    game, n = _game(v)
    single = game[1 << np.arange(n)]
    pairs = (1 << np.arange(n))[:, None] | (1 << np.arange(n))[None]
    result: FloatArray = game[pairs] - single[:, None] - single[None]
    np.fill_diagonal(result, 0.0)
    return result


def multilinear(v: ArrayLike, p: ArrayLike) -> float:
    r"""Expected loss if players leave independently with probabilities *p* (Owen 1972).

    :math:`f(p) = \sum_S \prod_{i \in S} p_i \prod_{i \notin S} (1 - p_i)\, v(S)`. At a vertex f is v; allies do not
    leave independently, so their chances must not be multiplied like this.

    >>> multilinear([0., 1., 1., 4.], [1., .5])
    2.5
    """
    game, n = _game(v)
    chances = np.asarray(p, dtype=np.float64)
    if chances.shape != (n,) or not ((chances >= 0) & (chances <= 1)).all():
        raise InputError("p", found=f"{chances}", allowed=f"{n} probabilities between 0 and 1")
    for chance in chances[::-1]:  # fold the highest player first: the halves are without and with that player
        half = len(game) // 2
        game = (1.0 - chance) * game[:half] + chance * game[half:]
    return float(game[0])


def owen(v: ArrayLike, unions: ArrayLike) -> FloatArray:
    r"""Shapley's value among unions, and within each union among its members.

    With powers as unions and (power, channel) pairs as players, the shares of a power's channels sum to the Shapley
    value of the power: the only split of a shared channel that is consistent.

    Parameters
    ----------
    v : (2**n,)
        Loss by coalition of players.
    unions : (n,) int
        Label of the union of each player.

    Returns
    -------
    (n,)
        Sums to ``v[-1]``. With every player alone, or all in one union, it is the Shapley value.

    Examples
    --------
    >>> owen([0., 0., 0., 0., 0., 1., 1., 1.], [0, 0, 1])      # a gloves game: 0 and 1 hold left gloves together
    array([0.25, 0.25, 0.5 ])
    """
    game, n = _game(v)
    labels = np.asarray(unions)
    if labels.shape != (n,):
        raise InputError("unions", found=f"shape {labels.shape}", allowed=f"one label for each of {n} players")
    names = np.unique(labels)
    whole = np.array([_mask(labels == name) for name in names], dtype=np.int64)
    value = np.zeros(n)
    for union, name in enumerate(names):
        outside, outside_weight = _subsets(np.delete(whole, union))
        members = np.flatnonzero(labels == name)
        for player in members:
            inside, inside_weight = _subsets(1 << members[members != player])
            without = (outside[:, None] | inside[None]).ravel()
            weight = np.outer(outside_weight, inside_weight).ravel()
            value[player] = weight @ (game[without | (1 << int(player))] - game[without])
    return value


def _subsets(blocks: NDArray[np.int64]) -> tuple[NDArray[np.int64], FloatArray]:
    """Bitmask of every subset of blocks, and the chance that just these come first in a random order."""
    size = len(blocks)
    chosen = (np.arange(2**size)[:, None] >> np.arange(size)) & 1
    masks = (chosen * blocks).sum(axis=1).astype(np.int64)
    weights = np.array([factorial(s) * factorial(size - s) / factorial(size + 1) for s in range(size + 1)])
    return masks, weights[chosen.sum(axis=1)]


def _added(game: FloatArray, player: int) -> FloatArray:
    """What a player adds to every coalition of the others."""
    halves = game.reshape(-1, 2, 1 << player)
    return (halves[:, 1] - halves[:, 0]).ravel()


def _mask(members: NDArray[np.bool_]) -> int:
    return int((1 << np.flatnonzero(members)).sum())


def _game(v: ArrayLike) -> tuple[FloatArray, int]:
    game = np.asarray(v, dtype=np.float64)
    n = game.size.bit_length() - 1
    if game.ndim != 1 or game.size != 1 << n:
        raise InputError("v", found=f"shape {game.shape}", allowed="2**n figures, one for each coalition")
    if not np.isfinite(game).all():
        raise InputError("v", found="NaN or infinity", allowed="finite numbers")
    if game[0] != 0.0:
        raise InputError("v[0]", found=float(game[0]), allowed="0: nobody leaving costs nothing")
    return game, n
