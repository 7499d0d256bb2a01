"""The simulator of futures: what is asked is gathered once, then any futures of it are lived through, anywhere.

The interface on which all else of this stage builds::

    setup = prepare(case, policies, until=2040, seed=1)     # frozen, picklable: all that a future needs
    lives = live(setup, first=0, count=1000)                # arrays, futures leading: (K, P, ...)
    came = outcomes(setup, lives)                           # arrays, policies leading: (P, K), (P, W, 2, K), ...
    inputs = drawn(setup, first=0, count=1000)              # what was drawn (K, D), columns named by setup.names

Future number *k* depends on ``(setup, k)`` and on nothing else, so that any cut into pieces, on any number of threads,
processes or machines, gives the same bits; :func:`join` puts pieces together. Uncertain figures come from
:func:`equipoise.maths.ensemble.hypercube_rows` (Latin hypercubes laid one after another: the number of futures need not be
known), events from a Philox stream of their own for each future.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from equipoise.case import Case, Layout
from equipoise.corridors.building import commodities_with_network, years_solved
from equipoise.corridors.inputs import Inputs as NetworkInputs
from equipoise.errors import InputError
from equipoise.futures.acting import Acting
from equipoise.futures.book import Book, Figures
from equipoise.futures.carriage import Carriage, Carried, Drift, Limits
from equipoise.futures.fare import Outcomes
from equipoise.futures.gathering import standing_of
from equipoise.futures.lives import QUARTERS, Hazards, Question, Threat, hazards_of, threats_of, weightings_of
from equipoise.futures.loss import NODES, Equilibrium, Trade
from equipoise.futures.pattern import Pattern
from equipoise.futures.policies import FIGURES, Levers, Policy
from equipoise.futures.standing import Moment, Standing, Stood
from equipoise.income.inputs import Inputs
from equipoise.ledger import parse_id
from equipoise.maths.ensemble import BLOCK, block_rows, hypercube_rows
from equipoise.resilience.projects import Figures as LeverFigures
from equipoise.resilience.projects import Works, opened, projects_of

if TYPE_CHECKING:
    from equipoise.maths.hazards import Closed

__all__ = [
    "Lives", "Outcomes", "Setup", "acting_of", "drawn", "join", "live", "outcomes", "prepare", "prices", "stood",
]  # fmt: skip

FloatArray = NDArray[np.float64]
AT_ONCE = 256
"""Lives, futures times policies, that are held in memory at a time."""
FEWEST = 8
"""Futures at a time, however many policies: what policies do is worked out for all of them at once."""
EVENTS, PRICES = 2**40, 2**41
"""Where the streams of posteriors and of prices begin, apart from those of the design."""


@dataclass(frozen=True)
class Setup:
    """All that a future needs. ``names`` and ``facts`` (D,): the figures that are drawn, and their ids; ``powers`` (I,) those
    whose withdrawal is studied, in the order of the arrays; ``commodities`` (C,) whose networks are solved, the endowment
    first; ``every`` where outcomes tell of each of them, and not of the endowment alone."""

    question: Question
    names: tuple[str, ...]
    facts: tuple[str, ...]
    powers: tuple[str, ...]
    commodities: tuple[str, ...]
    figures: Figures
    carriages: tuple[Carriage, ...]
    acting: Acting
    hazards: Hazards
    trade: Trade
    record: FloatArray
    charge: int | None
    receipts: int | None
    standing: Standing
    every: bool = False


@dataclass(frozen=True, slots=True)
class Lives:
    """What K futures say of P policies: W weightings, each unprovoked and provoked, I powers, C commodities, Y years.

    ``number`` (K,) of each future; ``price`` (K, Y) of oil over that of the year of the case. Of the last year: ``loss``
    (K, P, I) to each power that closes all it controls, % of real income; ``peace`` (K, P, C) exports with nobody
    withdrawing, ``closed`` (K, P, I, C) exports left by each power, in the units of the commodities; ``off`` (K, P) exports
    of the first commodity that do not enter the crossed territory. Along the way, (K, P, W, 2, ...): ``lost`` (..., C) yearly
    exports beneath what there is to send (``today`` (K, C), as supply grows), ``sold`` and ``fiscal`` receipts, bln USD a year,
    by year ``shipped`` (..., Y) of the first commodity and ``path`` (..., Y) the loss of real income, %. ``capex`` bln USD,
    ``running`` mln USD a year (K, P); ``charge`` (K,) on capital. ``stands`` in the last year and ``along`` the way, in the mean,
    (K, P, S) the outcomes of the register that hang on no network; ``hazard`` and ``risk`` (K, P, W, 2) of being listed for what
    passes: :class:`equipoise.futures.standing.Stood`.
    """

    number: NDArray[np.int64]
    price: FloatArray
    today: FloatArray
    loss: FloatArray
    peace: FloatArray
    closed: FloatArray
    off: FloatArray
    lost: FloatArray
    sold: FloatArray
    fiscal: FloatArray
    shipped: FloatArray
    path: FloatArray
    capex: FloatArray
    running: FloatArray
    charge: FloatArray
    stands: FloatArray
    along: FloatArray
    hazard: FloatArray
    risk: FloatArray


def prepare(case: Case, policies: Sequence[Policy], *, until: int = 2040, seed: int = 1, every: bool = False) -> Setup:
    """Gather all that the futures of a case need; it must know what the stage ``withdrawal`` finds. With ``every`` their outcomes
    tell of each commodity, for a few hundred futures: a million would fill the memory.

    Raises
    ------
    InputError
        The withdrawal of no power was studied.
    """
    settled = case.settle()
    income = Inputs(settled)
    if not income.studied or not income.oil:
        raise InputError("case", found="no study of what withdrawals lose", allowed="one studied up to `withdrawal`")
    projects, book, exact = projects_of(settled), Book(settled), Equilibrium(income)
    book.every([measure for measure in FIGURES if not measure.startswith("threat_")])
    layout = opened(Layout(settled), settled, projects)
    inputs = NetworkInputs(settled, layout)
    commodities = (income.oil, *(one for one in commodities_with_network(inputs) if one != income.oil))
    members = [layout.members[power] for power in layout.powers]
    patterns = []
    for commodity in commodities:
        year = years_solved(inputs, commodity)[-1]
        works = Works(inputs, LeverFigures(settled, FIGURES), projects, commodity, year)
        patterns.append(Pattern(works, book, members))
    threats, weightings, levers = threats_of(settled, layout.powers), weightings_of(settled), Levers(settled)
    acting, trade = Acting(levers, policies, threats, book), Trade(exact, threats, book)
    charge = book.last("capital_charge", "WLD")
    receipts = book.last("outcome_baseline", "fiscal_revenue")
    drifts = [_drift(pattern, layout, book) for pattern in patterns]
    standing = standing_of(settled, book, threats)
    figures = book.close()
    pulled = {pull.lever for policy in policies for pull in policy.pulls}
    limits = [Limits(pattern, figures, pulled) for pattern in patterns]
    crossed = max(layout.powers, key=lambda power: limits[0].crossing(layout, layout.members[power]))
    question = Question(
        income.oil, years_solved(inputs, income.oil)[-1], until, tuple(policies), weightings, threats, tuple(layout.powers),
        crossed, seed,
    )  # fmt: skip
    ends = [layout.powers.index(power) for power in trade.powers]
    carriages = tuple(
        Carriage(
            limit, question, ends, limit.entering(layout, layout.members[crossed]), drift, acting.levers_of("room")
        )
        for limit, drift in zip(limits, drifts, strict=True)
    )
    facts = tuple(figures.ids[i] for i in figures.drawn)
    return Setup(
        question, tuple(_named(fact) for fact in facts), facts, trade.powers, commodities, figures, carriages, acting,
        hazards_of(levers, threats, weightings), trade, _steps(settled), charge, receipts, standing, every,
    )  # fmt: skip


def _drift(pattern: Pattern, layout: Layout, book: Book) -> Drift:
    """What drifts of a network: links with a figure of payload lost over a sea whose level has one, the growth of the supply, and
    of what markets take: that of their state, or of the world. Cargo of others in transit grows as it is asked for."""
    lost = {arc: book.last("payload_loss", link) for arc, link in enumerate(pattern.links)}
    sinking = {arc: figure for arc, figure in lost.items() if figure is not None}
    rows = {row["link"]: row for row in layout.links}
    railway = [
        arc for arc, link in enumerate(pattern.links)
        if rows[link]["mode"].startswith("rail") and rows[link]["territory"] == layout.home
    ]  # fmt: skip
    sea = book.last("sea_level_change", "Caspian", "scenario_path")
    growth = book.last("supply_growth", layout.home, pattern.commodity)
    world = book.last("demand_growth", "WLD", pattern.commodity)
    if all(layout.country(place) != layout.home for place in pattern.suppliers):
        growth = world
    asked = [book.last("demand_growth", layout.country(market), pattern.commodity) for market in pattern.markets]
    asked = [world if own is None else own for own in asked]
    demand = tuple(-1 if one is None else one for one in asked) if any(one is not None for one in asked) else ()
    arcs = np.array(list(sinking), dtype=np.int64)
    return Drift(arcs, tuple(sinking.values()), sea, growth, np.array(railway, dtype=np.int64), demand)


def _named(fact: str) -> str:
    """The name of a column from the id of a fact: its parts, with a dash for what it has not."""
    parts = parse_id(fact)
    return ".".join(parts[k] or "-" for k in ("measure", "subject", "object", "item", "period")).replace("/", "-")


def _steps(case: Case) -> FloatArray:
    """Yearly changes of the price of oil in the record, in logarithms."""
    rows = case.view("brent_price", subject="WLD").select(pl.col("period").cast(pl.String), "value")
    known = sorted((int(period), value) for period, value in rows.iter_rows() if period.isdecimal())
    return np.diff(np.log([value for _, value in known]))


def drawn(setup: Setup, first: int, count: int) -> FloatArray:
    """The value (count, D) of every figure that is drawn in these futures."""
    return _values(setup, first, count)[:, setup.figures.drawn]


def _values(setup: Setup, first: int, count: int) -> FloatArray:
    """Every figure (count, F); the last column of the design, not among them, chooses the world."""
    return setup.figures.values(_chances(setup, first, count)[:, :-1])


def _chances(setup: Setup, first: int, count: int) -> FloatArray:
    return hypercube_rows(first, count, len(setup.figures.drawn) + 1, setup.question.seed)


def prices(setup: Setup, first: int, count: int) -> FloatArray:
    """The price of oil by year (count, Y) over that of the year of the case: yearly changes as they were in years of the
    record, drawn with return, so that no model of the price is needed and none is claimed."""
    years, seed = len(setup.question.quarters) // QUARTERS, setup.question.seed
    if not len(setup.record):
        return np.ones((count, years))

    def steps(block: int) -> FloatArray:
        random = np.random.Generator(np.random.Philox(key=[seed, PRICES + block]))
        return random.choice(setup.record, (BLOCK, years))

    return np.exp(np.cumsum(block_rows(first, count, years, steps), axis=1))


def _posteriors(setup: Setup, first: int, count: int) -> FloatArray:
    """Gamma variables of the rates of threats (count, J)."""
    shape, seed = setup.hazards.shape, setup.question.seed

    def draw(block: int) -> FloatArray:
        return np.random.Generator(np.random.Philox(key=[seed, EVENTS + block])).standard_gamma(
            shape, (BLOCK, len(shape))
        )

    return block_rows(first, count, len(shape), draw)


def live(setup: Setup, first: int, count: int) -> Lives:
    """Live through futures ``first`` to ``first + count``."""
    at_once = max(FEWEST, AT_ONCE // len(setup.question.policies))
    starts = range(first, first + max(count, 1), at_once)
    return join([_live(setup, start, min(at_once, first + count - start)) for start in starts])


def _live(setup: Setup, first: int, count: int) -> Lives:
    """A few futures at once."""
    from equipoise.maths.hazards import closures  # loading numba takes a third of a second: here, where it is used

    question, chances, price = setup.question, _chances(setup, first, count), prices(setup, first, count)
    values = setup.figures.values(chances[:, :-1])
    world = np.minimum((chances[:, -1] * setup.trade.worlds).astype(int), setup.trade.worlds - 1)
    quarters = question.quarters
    years, felt = quarters[::QUARTERS], setup.acting.felt(values)
    changes = setup.acting.changes(values, felt, years)
    number = np.arange(first, first + count)
    rates = setup.hazards.rates(_posteriors(setup, first, count))
    stood = setup.standing.live(Moment(setup.acting, values, felt, years, rates, changes, first, question.seed))
    lengths = setup.acting.borne("length", values, felt, years)
    longer = np.ones_like(changes.rate)
    for j, threat in enumerate(question.threats):
        if threat.id in lengths:
            longer[..., j] = lengths[threat.id]
    closed = closures(
        number, question.seed, rates, setup.hazards.size, setup.hazards.lasting, changes.rate, changes.provoked,
        changes.reach, longer, QUARTERS, len(quarters),
    )  # fmt: skip
    rail = setup.acting.borne("room", values, felt, years).get("rail")
    carried = [
        one.carry(values, setup.acting.stands(felt, one.projects, quarters), closed, rail) for one in setup.carriages
    ]
    return _told(setup, number, values, world, closed, felt, carried, price, stood)


def stood(setup: Setup, first: int, count: int, acting: Acting | None = None) -> Stood:
    """Where futures ``first`` to ``first + count`` stand, the network not asked: under the policies of the question, or of other
    levers that are felt in the same futures."""
    acts, question = acting or setup.acting, setup.question
    at_once = max(FEWEST, AT_ONCE // acts.policies)
    parts = []
    for start in range(first, first + max(count, 1), at_once):
        few = min(at_once, first + count - start)
        values, years = _values(setup, start, few), question.quarters[::QUARTERS]
        felt, rates = acts.felt(values), setup.hazards.rates(_posteriors(setup, start, few))
        changes = acts.changes(values, felt, years)
        parts.append(setup.standing.live(Moment(acts, values, felt, years, rates, changes, start, question.seed)))
    return Stood.join(parts)


def acting_of(case: Case, policies: Sequence[Policy], threats: Sequence[Threat]) -> Acting:
    """The levers of policies in the futures of any question of a settled case: the figures of levers stand first among those
    that are drawn, whatever is asked."""
    book = Book(case)
    book.every([measure for measure in FIGURES if not measure.startswith("threat_")])
    return Acting(Levers(case), policies, threats, book)


def _told(
    setup: Setup, number: NDArray[np.int64], values: FloatArray, world: NDArray[np.int64], closed: Closed,
    felt: FloatArray, carried: Sequence[Carried], price: FloatArray, stood: Stood,
) -> Lives:  # fmt: skip
    """What becomes of real income, and everything by future."""
    from equipoise.maths.hazards import paths

    trade, oil = setup.trade, carried[0]
    by = dict(zip(setup.commodities, carried, strict=True))
    lead, calendar = (len(number), len(setup.question.policies), price.shape[1]), setup.question.quarters[::QUARTERS]
    beside, weight = np.zeros_like(oil.amount), 0.0
    if "gas" in by and trade.endowment > 0.0:
        gas, weight = by["gas"], trade.endowment
        beside = np.clip(1.0 - gas.amount / gas.today[:, None, None, None, None], 0.0, 1.0)
    fees = np.zeros_like(oil.amount)
    if "containers" in by:
        fees = trade.fee(values)[:, None, None, None, None] * _short(by["containers"])
    hold = setup.acting.borne("channel", values, felt, calendar)
    nobody, curve, terms, nodes = _curves(setup, values, world, hold, lead)
    place = {power: i for i, power in enumerate(trade.powers)}
    whole = np.array([place.get(one.power, -1) if one.all else -1 for one in setup.question.threats])
    part, weak = np.full(len(whole), -1), np.ones((*lead, len(whole)))
    part[[j for j, one in enumerate(trade.channels) if one]] = np.arange(sum(trade.ready))
    for j, channels in enumerate(trade.channels):
        for channel in channels:
            weak[..., j] = np.minimum(weak[..., j], hold.get(channel.name, np.ones(1)))
    days = setup.acting.borne("storage", values, felt, calendar).get(setup.commodities[0], np.zeros(lead))
    shipped, loss, released = (np.empty_like(oil.amount) for _ in range(3))
    paths(
        QUARTERS, oil.amount, oil.potential, oil.reference, beside, weight, days / 365.25 * oil.today[:, None, None], fees,
        closed, weak, part, whole, nobody, curve, terms, nodes, shipped, loss, released,
    )  # fmt: skip
    yearly = (*oil.amount.shape[:-1], lead[2], QUARTERS)
    unit = oil.earned / np.maximum(oil.potential, 1e-12)
    sold = (oil.sales + released * unit[:, :, None, None]).reshape(yearly).mean(axis=-1) * price[:, None, None, None]
    earned = sold.mean(axis=-1) / 1e3
    receipts = np.full(len(number), np.nan) if setup.receipts is None else values[:, setup.receipts]
    fiscal = earned * (receipts / np.maximum(oil.worth / 1e3, 1e-12))[:, None, None, None]
    lost = [
        np.clip(np.repeat(one.reference, QUARTERS, axis=1)[:, None, None, None] - one.amount, 0.0, None).mean(axis=-1)
        for one in carried
    ]
    costs = setup.acting.costs(values)
    charge = np.zeros(len(number)) if setup.charge is None else values[:, setup.charge]
    return Lives(
        number, price, np.array([one.today for one in carried]).T,
        _last(setup, carried, curve[:, :, -1], terms[:, :, -1], values),
        np.stack([one.peace for one in carried], axis=-1), np.stack([one.closed for one in carried], axis=-1), oil.off,
        np.stack(lost, axis=-1), earned, fiscal, shipped.reshape(yearly).mean(axis=-1),
        loss.reshape(yearly).mean(axis=-1), costs["lever_capex"], costs["lever_opex"], charge,
        stood.last, stood.along, stood.hazard, stood.risk,
    )  # fmt: skip


def _short(one: Carried) -> FloatArray:
    """What of a commodity would find its way in peace and does not (K, P, W, 2, T)."""
    return np.clip(one.potential[:, :, None, None] - one.amount, 0.0, None)


def _curves(
    setup: Setup,
    values: FloatArray,
    world: NDArray[np.int64],
    hold: Mapping[str, FloatArray],
    lead: tuple[int, int, int],
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Losses as curves: nobody's (K, q) and each power's (K, P, Y, I, q) over the share of the endowment lost; the terms beside a
    power's (K, P, Y, I); the loss to each threat that closes channels at the nodes (K, c, 4)."""
    trade = setup.trade
    points = np.zeros((len(values), 8))
    points[:, :4] = trade.setting(values)
    nobody = trade.curve("", world, points)
    curve, terms = np.empty((*lead, len(trade.powers), nobody.shape[1])), np.empty((*lead, len(trade.powers)))
    for i, power in enumerate(trade.powers):
        here = points.copy()
        if f"oil_dearer.{power}" in trade.at:
            here[:, 6] = values[:, trade.at[f"oil_dearer.{power}"]]
        own = {tie.name: hold[tie.name] for tie in trade.ties[power] if tie.name in hold}
        before: tuple[list[FloatArray], FloatArray, FloatArray] | None = None
        for p, y in product(range(lead[1]), range(lead[2])):
            now = [every[:, p, y] for every in own.values()]
            if before is None or not all(np.array_equal(a, b) for a, b in zip(now, before[0], strict=True)):
                held = dict(zip(own, now, strict=True))
                here[:, 4], here[:, 5] = (trade.reach(power, kind, values, held) for kind in ("exports", "imports"))
                term = np.zeros(len(values))
                for tie in trade.ties[power]:
                    share = values[:, trade.at[f"{tie.name}.{power}"]] * held.get(tie.name, np.ones(1))
                    term += trade.term(tie, np.clip(share, 0.0, 1.0), values)
                before = now, trade.curve(power, world, here), term
            curve[:, p, y, i], terms[:, p, y, i] = before[1], before[2]
    nodes = np.zeros((len(values), sum(trade.ready), 4))
    for c, j in enumerate([j for j, one in enumerate(trade.channels) if one]):
        nodes[:, c] = _closing(setup, j, values, world, points)
    return nobody, curve, terms, nodes


def _closing(setup: Setup, j: int, values: FloatArray, world: NDArray[np.int64], points: FloatArray) -> FloatArray:
    """The loss (K, 4) when a share of the channels of a threat is closed, at the nodes of that share."""
    trade, power = setup.trade, setup.question.threats[j].power
    kinds = {one.kind for one in trade.channels[j]}
    share = np.repeat(NODES[None], len(values), axis=0)
    made = np.sum([trade.term(channel, share, values) for channel in trade.channels[j]], axis=0)
    if kinds & {"exports", "imports"}:
        here = np.repeat(points, len(NODES), axis=0)
        here[:, 4], here[:, 5] = share.ravel() * ("exports" in kinds), share.ravel() * ("imports" in kinds)
        curve = trade.curve(power, np.repeat(world, len(NODES)), here)
        made = made + (curve * (-1.0) ** np.arange(curve.shape[1])).sum(axis=1).reshape(made.shape)
    return np.asarray(made - made[:, :1])


def _last(
    setup: Setup, carried: Sequence[Carried], curve: FloatArray, terms: FloatArray, values: FloatArray
) -> FloatArray:
    """Loss to each power that closes all it controls in the last year (K, P, I): curves (K, P, I, q) and terms (K, P, I)."""
    trade, by = setup.trade, dict(zip(setup.commodities, carried, strict=True))

    def lost(one: Carried) -> FloatArray:
        return np.clip(1.0 - one.closed / one.reference[:, -1, None, None], 0.0, 1.0)

    share = lost(carried[0])
    if "gas" in by and trade.endowment > 0.0:
        share = (1.0 - trade.endowment) * share + trade.endowment * lost(by["gas"])
    powers = (2.0 * share - 1.0)[..., None] ** np.arange(curve.shape[-1])
    found = (powers * curve).sum(axis=-1) + terms
    if "containers" in by:
        gone = np.clip(by["containers"].peace[:, :, None] - by["containers"].closed, 0.0, None)
        found = found + trade.fee(values)[:, None, None] * gone
    return np.asarray(found)


def join(parts: Sequence[Lives]) -> Lives:
    """Pieces as one, in the order given."""
    return Lives(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Lives)))


def outcomes(setup: Setup, lives: Lives) -> Outcomes:
    """The outcomes of every policy in every future: axes turned, so that policies lead."""
    endowment = setup.commodities.index(setup.question.commodity)
    turned = {
        name: np.moveaxis(getattr(lives, name), 0, -1) for name in ("loss", "off", "sold", "fiscal", "capex", "running")
    }
    told = slice(None) if setup.every else slice(0)
    peace, left = (np.moveaxis(x[..., told], 0, -1) for x in (lives.peace, lives.closed))
    return Outcomes(
        turned["loss"], np.moveaxis(lives.path.mean(axis=-1), 0, -1), np.moveaxis(lives.lost[..., endowment], 0, -1),
        turned["sold"], turned["fiscal"], turned["off"], np.moveaxis(lives.peace[..., endowment], 0, -1), turned["capex"],
        turned["running"], 1e3 * turned["capex"] * lives.charge + turned["running"], peace, left,
        np.moveaxis(lives.path, 0, -1),
    )  # fmt: skip
