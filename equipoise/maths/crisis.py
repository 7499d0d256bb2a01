r"""When a threat pays, when it works, and what a crisis is made of: break-even stakes, patience, quantal response.

Mechanics, never a forecast. A *sender* threatens a *target*; a demand that is met is worth the *stake* ``B`` to the sender
and meeting it costs the target its *refusal* value ``R``. Carrying the threat out costs the sender ``w`` and the target
``v``. Figures of one side are all in one unit, as % of its own income.

References
----------
McKelvey, Palfrey (1998), Quantal response equilibria for extensive form games. doi:10.1023/A:1009905800005
Friedman (1971), A non-cooperative equilibrium for supergames. doi:10.2307/2296617
Fearon (1994), Domestic political audiences and the escalation of international disputes. doi:10.2307/2944796
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equipoise.errors import InputError

__all__ = ["Crisis", "Curve", "agent_response", "break_even_refusal", "break_even_stake", "crisis_game", "patience"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Curve:
    """A break-even along a chance, both (k,), with its range ``low`` and ``high`` (k,)."""

    chance: FloatArray
    value: FloatArray
    low: FloatArray
    high: FloatArray


def break_even_stake(chance: ArrayLike, cost: ArrayLike, reputation: ArrayLike = (0.0, 0.0, 0.0)) -> Curve:
    r"""Stake above which it pays to carry a threat out, :math:`B^*(q) = (w + a)/q`.

    Parameters
    ----------
    chance : (k,)
        *q*, the chance that the target gives way once the threat is carried out; above 0, at most 1.
    cost : (3,)
        *w*, what carrying it out costs the sender: value, low, high.
    reputation : (3,)
        *a*, what it costs beside that, with others who look on: value, low, high; 0 or more.

    Returns
    -------
    Curve
        In the unit of the costs. It is monotone in both, so that the ends of their ranges are the ends of its own. A cost
        below 0, a closure that earns, stays so: any stake at all is enough.

    Raises
    ------
    InputError
        A chance is none, a range does not hold its value, or a reputation is below 0.

    Examples
    --------
    >>> break_even_stake([0.5, 1.0], (0.6, 0.3, 0.7)).value
    array([1.2, 0.6])
    """
    q = _chances(chance, least=np.finfo(float).tiny)
    w, a = _range("cost", cost), _range("reputation", reputation)
    if a[1] < 0.0:
        raise InputError("reputation", found=f"{a[1]:g}", allowed="0 or more")
    value, low, high = ((w[k] + a[k]) / q for k in range(3))
    return Curve(q, value, np.minimum(low, high), np.maximum(low, high))


def break_even_refusal(chance: ArrayLike, loss: ArrayLike) -> Curve:
    r"""Value of refusing below which the target gives way, :math:`R^*(\mathrm{Pr}) = v \, \mathrm{Pr}`.

    Parameters
    ----------
    chance : (k,)
        Pr, the chance that the threat is carried out if the target refuses, as the target sees it; 0 to 1.
    loss : (3,)
        *v*, what the target would then lose: value, low, high.

    Returns
    -------
    Curve
        In the unit of the loss.

    Raises
    ------
    InputError
        A chance is none, or the range does not hold its value.

    Examples
    --------
    >>> break_even_refusal([0.25, 1.0], (20.0, 16.0, 24.0)).high
    array([ 6., 24.])
    """
    pr, v = _chances(chance), _range("loss", loss)
    return Curve(pr, v[0] * pr, v[1] * pr, v[2] * pr)


def patience(gain: ArrayLike, loss: ArrayLike) -> FloatArray:
    r"""Least weight of the next year against this one at which a promise or a threat keeps itself up, when the play goes on.

    Who breaks it gains *g* once and loses *l* in each year after (grim trigger): kept if :math:`g \le l\,\delta/(1-\delta)`,
    that is :math:`\delta \ge g/(g + l)`. Whoever weighs the next year less than that breaks it.

    Parameters
    ----------
    gain, loss : (...)
        *g* and *l* in one unit, broadcast against each other; 0 or more, not both 0.

    Returns
    -------
    (...)
        0 to 1.

    Raises
    ------
    InputError
        A figure is below 0, or both are 0.

    Examples
    --------
    >>> patience([1.0, 9.0], 3.0)
    array([0.25, 0.75])
    """
    g, l_ = np.broadcast_arrays(np.asarray(gain, dtype=float), np.asarray(loss, dtype=float))
    if not ((g >= 0).all() and (l_ >= 0).all() and (g + l_ > 0).all() and np.isfinite(g + l_).all()):
        raise InputError("gain, loss", found=f"{g.tolist()}, {l_.tolist()}", allowed="0 or more, not both 0")
    return np.asarray(g / (g + l_))


def agent_response(
    parent: Sequence[int], player: Sequence[int], payoff: ArrayLike, rationality: ArrayLike
) -> tuple[FloatArray, FloatArray]:
    r"""Agent quantal response in a game in which everybody sees every move.

    At each node the one who moves takes branch *k* with probability
    :math:`\exp(\lambda u_k) / \sum_m \exp(\lambda u_m)`, with :math:`u` what the mover expects beyond, later moves being made
    the same way. With nothing hidden each node follows from those after it, so the response is the only one at every
    :math:`\lambda`: 0 is a throw of a die at every node, and infinity the equilibrium perfect in every subgame.

    Parameters
    ----------
    parent : (n,)
        Node before each node; -1 for the first, and every node after its parent.
    player : (n,)
        Who moves at each node, -1 where the game ends.
    payoff : (n, p) or (k, n, p)
        What each player gets where the game ends; read nowhere else.
    rationality : (k,)
        :math:`\lambda`, 0 or more, in 1 over the unit of the payoffs.

    Returns
    -------
    (k, n), (k, n)
        Probability that each node is chosen at its parent, and that it is reached.

    Raises
    ------
    InputError
        The nodes are no tree in order, a player is unknown, or a rationality is below 0.

    Examples
    --------
    >>> chosen, _ = agent_response([-1, 0, 0], [0, -1, -1], [[0.], [1.], [0.]], [0.0, 50.0])
    >>> chosen[:, 1]
    array([0.5, 1. ])
    """
    up, who, ends, lam = np.asarray(parent), np.asarray(player), np.asarray(payoff, dtype=float), _path(rationality)
    nodes, children = len(up), [np.flatnonzero(up == node) for node in range(len(up))]
    if up[0] != -1 or not all(0 <= up[node] < node for node in range(1, nodes)):
        raise InputError("parent", found=up.tolist(), allowed="-1 first, then the place of an earlier node")
    if any((len(children[node]) > 0) != (0 <= who[node] < ends.shape[-1]) for node in range(nodes)):
        raise InputError("player", found=who.tolist(), allowed="a player at every move, -1 at every end")
    expected = np.broadcast_to(ends, (len(lam), *ends.shape[-2:])).copy()
    chosen, reached = np.ones((len(lam), nodes)), np.ones((len(lam), nodes))
    for node in range(nodes - 1, -1, -1):
        if len(children[node]):
            worth = lam[:, None] * expected[:, children[node], who[node]]
            odds = np.exp(worth - worth.max(axis=1, keepdims=True))
            chosen[:, children[node]] = odds / odds.sum(axis=1, keepdims=True)
            expected[:, node] = (chosen[:, children[node], None] * expected[:, children[node]]).sum(axis=1)
    for node in range(1, nodes):
        reached[:, node] = reached[:, up[node]] * chosen[:, node]
    return chosen, reached


@dataclass(frozen=True, slots=True)
class Crisis:
    """The crisis along a path of rationality (k,): what each move's probability is, and that of each end.

    ``demand`` the sender makes one; ``refuse`` the target does, once asked; ``carry_out`` the sender does, once refused.
    ``status_quo`` + ``concession`` + ``closure`` + ``retreat`` = 1. Mechanics under stated stakes, never a forecast.
    """

    rationality: FloatArray
    demand: FloatArray
    refuse: FloatArray
    carry_out: FloatArray
    status_quo: FloatArray
    concession: FloatArray
    closure: FloatArray
    retreat: FloatArray


def crisis_game(
    stake: ArrayLike, refusal: ArrayLike, cost: ArrayLike, loss: ArrayLike, rationality: ArrayLike, *,
    chance: ArrayLike = 1.0, reputation: ArrayLike = 0.0, audience: ArrayLike = 0.0,
) -> Crisis:  # fmt: skip
    r"""Demand or not; concede or refuse; carry the threat out or back down: agent quantal response.

    Ends, as (sender, target): nothing asked (0, 0); conceded (*B*, -*R*); carried out
    (*qB* - *w* - *a*, -*v* - *qR*); backed down (-*b*, 0). So the sender carries it out, at full rationality, if and only if
    :math:`qB > w + a - b`: the break-even stake of :func:`break_even_stake` where backing down costs nothing.

    Parameters
    ----------
    stake, refusal, cost, loss : float
        *B*, *R*, *w*, *v*; *B* and *w* in % of the sender's income, *R* and *v* in % of the target's.
    rationality : (k,)
        :math:`\lambda`, per % of income.
    chance, reputation, audience : float
        *q*, the chance that the target gives way once the threat is carried out; *a*, what carrying it out costs the sender
        beside *w*; *b*, what backing down costs it. Each of the figures may also be (k,), along the path.

    Raises
    ------
    InputError
        A rationality is below 0, a chance is none, or a figure is not finite.

    Examples
    --------
    >>> game = crisis_game(2.0, 1.0, 0.5, 3.0, [0.0, 1e3])
    >>> game.demand, game.concession      # a throw of coins; at full rationality the threat is believed and met
    (array([0.5, 1. ]), array([0.25, 1.  ]))
    """
    lam = _path(rationality)
    q = np.broadcast_to(_chances(np.atleast_1d(chance)), lam.shape)
    figures = np.broadcast_arrays(
        lam, *(np.asarray(x, dtype=float) for x in (stake, refusal, cost, loss, reputation, audience))
    )
    B, R, w, v, a, b = figures[1:]
    if not all(np.isfinite(each).all() for each in figures):
        raise InputError("stakes and costs", found="a figure that is not finite", allowed="figures")
    nothing = np.zeros_like(lam)
    sender = [nothing, nothing, nothing, B, nothing, q * B - w - a, -b]
    target = [nothing, nothing, nothing, -R, nothing, -v - q * R, nothing]
    # nodes: 0 the sender asks or not; 1 the target is asked; 2 nothing asked; 3 conceded; 4 refused; 5 carried out; 6 backed down
    payoff = np.stack([np.stack(sender, axis=1), np.stack(target, axis=1)], axis=2)
    chosen, reached = agent_response([-1, 0, 0, 1, 1, 4, 4], [0, 1, -1, -1, 0, -1, -1], payoff, lam)
    return Crisis(
        lam, chosen[:, 1], chosen[:, 4], chosen[:, 5], reached[:, 2], reached[:, 3], reached[:, 5], reached[:, 6]
    )


def _chances(chance: ArrayLike, least: float = 0.0) -> FloatArray:
    q = np.atleast_1d(np.asarray(chance, dtype=float))
    if not ((q >= least) & (q <= 1.0)).all():
        low = "above 0" if least else "0"
        raise InputError("chance", found=chance, allowed=f"{low} to 1")
    return q


def _path(rationality: ArrayLike) -> FloatArray:
    lam = np.atleast_1d(np.asarray(rationality, dtype=float))
    if lam.ndim != 1 or not ((lam >= 0) & np.isfinite(lam)).all():
        raise InputError("rationality", found=rationality, allowed="finite figures (k,), 0 or more")
    return lam


def _range(name: str, figures: ArrayLike) -> FloatArray:
    made = np.asarray(figures, dtype=float)
    if made.shape != (3,) or not made[1] <= made[0] <= made[2]:
        raise InputError(name, found=figures, allowed="value, low, high, with low <= value <= high")
    return made
