"""The spatial model of politics, run and looked into turn by turn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equipoise.errors import InputError
from equipoise.maths.spatial.options import Options, read

__all__ = ["Bargain", "Politics", "Turn", "check_turns", "converged", "draw", "examine", "prepare", "spatial_model"]

FloatArray = NDArray[np.float64]
QUIET = 0.02
"""A run has come to rest when its last turn moves less than this share of what its first moved (the literature's rule)."""
FIRST_STEP = 1e-4
"""Added to the first step, so that a run in which nobody ever moves is at rest."""


@dataclass(frozen=True, slots=True)
class Politics:
    """Where actors stand turn by turn, and what drove the first turn. Trajectories of positions, never a date or a forecast.

    ``positions`` (turns+1, a, d) on 0-100; ``probability`` (turns+1, a) that the position of an actor prevails, the same for
    all who hold one place; ``share`` (turns+1, a), the same divided among them, so that it sums to 1; ``outcome``
    (turns+1, d), mean position by share; ``moved`` (turns,), the distance that all actors together moved in each turn, 0-100.
    At the first turn: ``value`` (a, a) to the first of the position of the second, ``risk`` (a,), ``utility`` (a, a),
    ``victory`` (a, a), the odds as the first sees them that it would defeat the second, one half on the diagonal.
    ``converged``: the last turn moved less than a fiftieth of the first. ``cycle``: turns after which the last positions come
    round again after having been left; 0 if they do not.
    """

    positions: FloatArray
    risk: FloatArray
    utility: FloatArray
    value: FloatArray
    victory: FloatArray
    probability: FloatArray
    share: FloatArray
    outcome: FloatArray
    moved: FloatArray
    converged: bool
    cycle: int


@dataclass(frozen=True, slots=True)
class Bargain:
    """A bargain on the table: who proposes it to whom, and where each would stand (d,), 0-100."""

    initiator: int
    receiver: int
    initiator_position: FloatArray
    receiver_position: FloatArray


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn looked into, with everything that leads from positions to positions.

    ``value`` (a,a), ``strength`` (a,a) of all who prefer the first position by value, ``contest`` (a,a) the odds that follow,
    ``standing`` (a,) the probability of each position by value alone, ``risk`` (a,), ``utility`` (a,a), ``estimate`` (a,a,a)
    utilities as the first actor believes them, ``victory`` (a,a,a): as h sees it, the odds that i defeats j; ``gain``
    (a,a,a,a): as h sees it, what k would gain in utility if i challenged j; ``target`` (a,) whom each challenges, -1 nobody;
    ``advantage`` (a,) what it expects of it; ``bargains`` on the table; ``appeal`` (a, 1+b), mean utility to each actor if
    nothing changes and if each bargain is kept; ``queue``: for each actor the columns of ``appeal`` among which it is chosen;
    ``choice``: the probability of each of these; ``chosen`` (a,), the column taken, the likeliest unless drawn; ``following``
    (a,d), the positions of the next turn.
    """

    value: FloatArray
    strength: FloatArray
    contest: FloatArray
    standing: FloatArray
    risk: FloatArray
    utility: FloatArray
    estimate: FloatArray
    victory: FloatArray
    gain: FloatArray
    target: NDArray[np.int64]
    advantage: FloatArray
    bargains: tuple[Bargain, ...]
    appeal: FloatArray
    queue: tuple[NDArray[np.int64], ...]
    choice: tuple[FloatArray, ...]
    chosen: NDArray[np.int64]
    following: FloatArray


def spatial_model(
    position: ArrayLike, salience: ArrayLike, capability: ArrayLike, turns: int = 10, **options: object
) -> Politics:
    r"""Let actors who care about several questions challenge, bargain and move, turn by turn.

    An actor values a position by its distance weighed by salience, is the more averse to risk the safer its own position is,
    and challenges the one from whom it expects to gain most: with odds :math:`\phi` of winning and a target that cares
    :math:`s_j`, it expects :math:`(U_{ii} - U_{ij})(1 - 2 s_j (1 - \phi))`. Third parties add their weight. Each challenge puts
    a bargain on the table; each actor moves to what the bargain it is party to that all actors together like best asks of it.
    Of bargains that tie it takes the one it likes best itself; of targets that tie, the first named.

    Parameters
    ----------
    position, salience : (a, d)
        0-100. The salience of an actor sums to at most 100 unless ``salience_sum="free"``.
    capability : (a,)
        Any unit, 0 or more; only ratios matter.
    turns : int
        How many turns.
    **options
        ``victory_probability`` Linear, Square, Quartic, Octic, Binary; ``voting_rule`` Prop, Binary, PropBin, PropCbc, Cubic,
        ASymProsp; ``pce`` Conditional, MarkovIncentive, MarkovUniform; ``state_transitions`` Deterministic, Stochastic;
        ``big_r_range`` Mid, Min, Max; ``big_r_adjust`` OneThird, None, Half, TwoThirds, Full; ``third_party_commit``
        SemiCommit, NoCommit, FullCommit, Preference; ``interpolation`` S2P2, S1P1, S2PMax; ``bargain`` InitOnlyInterp,
        InitRcvrInterp, PWCompInterp; ``salience_sum`` limited, free; ``decimals`` of a bargain's positions (2, or None);
        ``seed`` of stochastic transitions. The first named is the default. ASymProsp counts gains for two thirds of losses, as
        seen from the position of the actor named first, so that it alone depends on the order of actors. A third party with
        NoCommit or FullCommit fares alike on either side and abstains; with Preference it votes for the side it likes.

    Raises
    ------
    InputError
        Shapes do not fit; fewer than two actors; a figure is missing or out of range; an actor cares about nothing, or about
        more than 100 in sum; nobody has any capability; in one dimension all stand at one point; an option is unknown.

    References
    ----------
    Bueno de Mesquita (1997), A decision making model: its structure and form. doi:10.1080/03050629708434909
    Wise, Lester, Efird (2015), An introduction to the KAPSARC Toolkit for Behavioral Analysis; Multidimensional bargaining
    using KTAB. KAPSARC discussion papers.

    Examples
    --------
    >>> found = spatial_model([[10], [50], [90]], [[50], [50], [50]], [1, 1, 1], turns=2)
    >>> found.positions.shape, found.risk.tolist()        # the middle is the safest place
    ((3, 3, 1), [-0.5, 1.0, -0.5])
    """
    from equipoise.maths.spatial import kernel

    chosen = read(options)
    x, s, c = prepare(position, salience, capability, chosen)
    turns = check_turns(turns)
    actors, dimensions = x.shape
    positions = np.empty((turns + 1, actors, dimensions))
    probability, share, steps = np.empty((turns + 1, actors)), np.empty((turns + 1, actors)), np.empty(turns + 1)
    kernel.run(chosen.code, x, s, c, draw(chosen, 1, turns, actors)[0], positions, probability, share, steps)
    value = kernel.values(x, s)
    risk = kernel.outlook(chosen.code, value, c)[3]
    weight = s.sum(axis=1) * c
    victory = np.full((actors, actors), 0.5)
    for i in range(actors):
        believed = kernel.estimates(chosen.code, value, risk, i)
        for j in range(actors):
            if j != i:
                victory[i, j] = kernel.odds(chosen.code, believed, weight, i, j)
    return Politics(
        positions=100.0 * positions, risk=risk, utility=kernel.utilities(value, risk), value=value, victory=victory,
        probability=probability, share=share, outcome=100.0 * np.einsum("ta,tad->td", share, positions),
        moved=100.0 * steps[:-1], converged=bool(converged(steps[:-1])), cycle=int(steps[-1]),
    )  # fmt: skip


def examine(position: ArrayLike, salience: ArrayLike, capability: ArrayLike, **options: object) -> Turn:
    """Look into one turn: who wants what, believes what, challenges whom, and which bargain is kept.

    Arguments, options and errors are those of :func:`spatial_model`.

    >>> turn = examine([[10], [40], [90]], [[50], [50], [50]], [1, 1, 1])
    >>> turn.target.tolist(), len(turn.bargains)
    ([2, 2, 0], 3)
    """
    from equipoise.maths.spatial import kernel

    chosen = read(options)
    x, s, c = prepare(position, salience, capability, chosen)
    code, actors = chosen.code, len(x)
    value = kernel.values(x, s)
    standing, strength, contest, risk = kernel.outlook(code, value, c)
    own, care = kernel.utilities(value, risk), s.sum(axis=1)
    estimate = np.array([kernel.estimates(code, value, risk, h) for h in range(actors)])
    victory, gain = np.full((actors,) * 3, 0.5), np.zeros((actors,) * 4)
    for h, i, j in np.ndindex(victory.shape):
        if i != j:
            victory[h, i, j] = kernel.odds(code, estimate[h], care * c, i, j)
            for k in range(actors):
                gain[h, k, i, j] = kernel.gained(estimate[h], k, i, j, float(victory[h, i, j]), float(care[j]))
    target, advantage, _, starter, partner, places = kernel.challenge(code, x, s, c, value, risk)
    liked = kernel.appeal(x, s, risk, own, starter, partner, places)
    queue = tuple(kernel.queue(k, starter, partner) for k in range(actors))
    choice = tuple(kernel.choose(code, c, liked, mine) for mine in queue)
    drawn = draw(chosen, 1, 1, actors)[0, 0]
    taken = np.array([queue[k][kernel.pick(choice[k], queue[k], liked[k], drawn[k])] for k in range(actors)])
    following = x.copy()
    for k, b in enumerate(taken - 1):
        if b >= 0:
            following[k] = places[b, 0 if starter[b] == k else 1]
    bargains = tuple(
        Bargain(int(i), int(j), 100.0 * place[0], 100.0 * place[1])
        for i, j, place in zip(starter, partner, places, strict=True)
    )
    return Turn(
        value=value, strength=strength, contest=contest, standing=standing, risk=risk, utility=own, estimate=estimate,
        victory=victory, gain=gain, target=target, advantage=advantage, bargains=bargains, appeal=liked, queue=queue,
        choice=choice, chosen=taken, following=100.0 * following,
    )  # fmt: skip


def check_turns(turns: int) -> int:
    """How many turns, or an error."""
    if not isinstance(turns, int | np.integer) or turns < 1:
        raise InputError("turns", found=turns, allowed="a whole number, 1 or more")
    return int(turns)


def converged(moved: FloatArray) -> NDArray[np.bool_]:
    """Whether runs have come to rest, from what moved each turn (..., turns) on the scale 0 to 1."""
    return np.asarray(moved[..., -1] < QUIET * (moved[..., 0] + FIRST_STEP))


def draw(options: Options, draws: int, turns: int, actors: int) -> FloatArray:
    """Numbers that decide stochastic transitions (draws, turns, a); -1 where the likeliest is taken."""
    if not options.stochastic:
        return np.full((draws, turns, actors), -1.0)
    return np.random.Generator(np.random.Philox(options.seed)).random((draws, turns, actors))


def prepare(
    position: ArrayLike, salience: ArrayLike, capability: ArrayLike, options: Options, *, spread: bool = True
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Positions and salience on 0 to 1 and capabilities of mean 100, or one clear error; leading axes may be draws."""
    try:
        x, s, c = (np.array(given, dtype=np.float64) for given in (position, salience, capability))
    except (TypeError, ValueError) as error:
        raise InputError("position, salience, capability", found=str(error), allowed="tables of numbers") from error
    if x.ndim < 2 or s.shape != x.shape or c.shape != x.shape[:-1] or x.shape[-1] < 1:
        raise InputError(
            "position, salience, capability",
            found=f"shapes {x.shape}, {s.shape}, {c.shape}",
            allowed="(a,d), (a,d), (a,)",
        )
    if x.shape[-2] < 2:
        raise InputError(
            "actors", found=x.shape[-2], allowed="2 or more", remedy="one actor alone has nobody to bargain with"
        )
    for name, given, top in (("position", x, 100.0), ("salience", s, 100.0), ("capability", c, np.inf)):
        _in_range(name, given, top)
    care = s.sum(axis=-1)
    idle, over = np.argwhere(care <= 0), np.argwhere(care > 100.0 + 1e-9)
    if len(idle):
        raise InputError(
            "salience", found=f"0 in every dimension for actor {idle[0][-1]}", allowed="more than 0 in one at least",
            remedy="leave out an actor who cares about nothing",
        )  # fmt: skip
    if len(over) and options.salience_limited:
        raise InputError(
            "salience", found=f"{care[tuple(over[0])]:g} in sum for actor {over[0][-1]}",
            allowed="at most 100 in sum over dimensions",
            remedy='scale it down, or set salience_sum="free", which scales it down to 100',
        )  # fmt: skip
    if (c.sum(axis=-1) <= 0).any():
        raise InputError("capability", found="0 for every actor", allowed="more than 0 for one at least")
    flat = np.argwhere(np.ptp(x, axis=-2) <= 0)
    if spread and len(flat):
        raise InputError(
            "position", found=f"no spread in dimension {flat[0][-1]}: every actor at {x[..., 0, flat[0][-1]].flat[0]:g}",
            allowed="two different positions at least", remedy="leave out a dimension on which all agree",
        )  # fmt: skip
    scale = np.maximum(1.0, care / 100.0)[..., None]
    return x / 100.0, s / 100.0 / scale, c / c.mean(axis=-1, keepdims=True) * 100.0


def _in_range(name: str, given: FloatArray, top: float) -> None:
    """One clear error for the first cell that is missing or out of range."""
    wrong = np.argwhere(~((given >= 0) & (given <= top) & np.isfinite(given)))
    if not len(wrong):
        return
    cell = tuple(wrong[0])
    place = f"actor {cell[-2]}, dimension {cell[-1]}" if name != "capability" else f"actor {cell[-1]}"
    figure = given[cell]
    allowed = "0 or more" if np.isinf(top) else f"0 to {top:g}"
    remedy = "a missing cell is not 0: give a figure, or leave the actor out" if np.isnan(figure) else ""
    raise InputError(
        name, found=f"{'nothing' if np.isnan(figure) else f'{figure:g}'} for {place}", allowed=allowed, remedy=remedy
    )
