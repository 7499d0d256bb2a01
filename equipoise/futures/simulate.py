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

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import polars as pl
from numpy.typing import NDArray

from equipoise.case import Case, Layout
from equipoise.corridors.building import years_solved
from equipoise.corridors.inputs import Inputs as NetworkInputs
from equipoise.errors import InputError
from equipoise.futures.carriage import Carriage
from equipoise.futures.fare import Curves, Outcomes, between, quarterly
from equipoise.futures.lives import Life, Question, each, narrowed, threats_of, weightings_of
from equipoise.futures.policies import FIGURES, Policy
from equipoise.income.inputs import Inputs
from equipoise.ledger import fact_id, parse_id
from equipoise.maths.ensemble import hypercube_rows
from equipoise.resilience.projects import Figures, Project, Works, opened, projects_of

__all__ = ["Lives", "Outcomes", "Setup", "drawn", "join", "live", "outcomes", "prepare"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Setup:
    """All that a future needs. ``names`` and ``facts`` (D,): the figures that are drawn, and their ids; ``powers`` (I,) those
    whose withdrawal is studied, in the order of the arrays; ``commodities`` (C,) whose networks are solved, the endowment
    first."""

    question: Question
    names: tuple[str, ...]
    facts: tuple[str, ...]
    powers: tuple[str, ...]
    commodities: tuple[str, ...]
    part: Case
    projects: tuple[Project, ...]
    curves: Curves
    record: FloatArray


@dataclass(frozen=True, slots=True)
class Lives:
    """What K futures say of P policies: W weightings, each unprovoked and provoked, I powers, C commodities, Y years.

    ``number`` (K,) of each future; ``price`` (K, Y) of oil over that of the year of the case. Of the last year: ``loss``
    (K, P, I) to each power that closes all it controls, % of real income; ``peace`` (K, P, C) exports with nobody
    withdrawing, ``closed`` (K, P, I, C) exports left by each power, in the units of the commodities; ``off`` (K, P) exports
    of the first commodity that do not enter the crossed territory. Along the way, (K, P, W, 2, ...): ``lost`` (..., C) yearly
    exports beneath ``today`` (K, C), ``sold`` bln USD a year, and by year ``shipped`` (..., Y) of the first commodity and
    ``path`` (..., Y) the loss of real income, %. ``capex`` bln USD, ``running`` mln USD a year (K, P); ``charge`` (K,) on
    capital.
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
    shipped: FloatArray
    path: FloatArray
    capex: FloatArray
    running: FloatArray
    charge: FloatArray


def prepare(case: Case, policies: Sequence[Policy], *, until: int = 2040, seed: int = 1) -> Setup:
    """Gather all that the futures of a case need; it must know what the stage ``withdrawal`` finds.

    Raises
    ------
    InputError
        The withdrawal of no power was studied.
    """
    settled = case.settle()
    income = Inputs(settled)
    if not income.studied or not income.oil:
        raise InputError("case", found="no study of what withdrawals lose", allowed="one studied up to `withdrawal`")
    part, projects = narrowed(settled, income.oil), projects_of(settled)
    layout = opened(Layout(settled), settled, projects)
    year = years_solved(NetworkInputs(settled, layout), income.oil)[-1]
    works = Works(NetworkInputs(part, layout), Figures(part, FIGURES), projects, income.oil, year)
    threats = threats_of(settled, works.network.links, layout.powers)
    question = Question(
        income.oil, year, until, tuple(policies), weightings_of(settled), threats, tuple(layout.powers),
        _crossed(Carriage(works), layout), seed,
    )  # fmt: skip
    curves = Curves(income)
    rows = list(part.ledger.facts[part.ledger.uncertain()].iter_rows(named=True))
    keys = [[str(row[k]) for k in ("measure", "subject", "object", "item", "period")] for row in rows]
    of_trade = [curves.figures[label].fact for label in curves.labels]
    facts = (*(fact_id(*key) for key in keys), *of_trade)
    return Setup(
        question, tuple(_named(fact) for fact in facts), facts, curves.powers, (income.oil,), part, tuple(projects), curves,
        _steps(settled),
    )  # fmt: skip


def _named(fact: str) -> str:
    """The name of a column from the id of a fact: its parts, with a dash for what it has not."""
    parts = parse_id(fact)
    return ".".join(parts[k] or "-" for k in ("measure", "subject", "object", "item", "period")).replace("/", "-")


def _steps(case: Case) -> FloatArray:
    """Yearly changes of the price of oil in the record, in logarithms."""
    rows = case.view("brent_price", subject="WLD").select(pl.col("period").cast(pl.String), "value")
    known = sorted((int(period), value) for period, value in rows.iter_rows() if period.isdecimal())
    return np.diff(np.log([value for _, value in known]))


def _crossed(carriage: Carriage, layout: Layout) -> str:
    """The power whose territory most of the exports cross today on their way to markets elsewhere."""
    arcs = len(carriage.network.tail)
    flow = carriage.flows(np.zeros((1, len(carriage.works.projects))), np.ones((1, arcs)))[0]

    def crossing(power: str) -> float:
        members = layout.members[power]
        return float(flow @ (carriage.entering(layout, members) - carriage.sold_in(layout, members)))

    return max(layout.powers, key=crossing)


def drawn(setup: Setup, first: int, count: int) -> FloatArray:
    """The value (count, D) of every figure that is drawn in these futures."""
    chances = _chances(setup, first, count)
    uncertain = setup.part.ledger.uncertain()
    own = [setup.part.ledger.redraw(c[: len(uncertain)]).facts["value"].to_numpy()[uncertain] for c in chances]
    of_trade = [list(setup.curves.values(c[len(uncertain) :])[0].values()) for c in chances]
    return np.hstack([np.array(own).reshape(count, -1), np.array(of_trade).reshape(count, -1)])


def _chances(setup: Setup, first: int, count: int) -> FloatArray:
    own = len(setup.part.ledger.uncertain())
    return hypercube_rows(first, count, own + setup.curves.dimensions, setup.question.seed)


def prices(setup: Setup, first: int, count: int) -> FloatArray:
    """The price of oil by year (count, Y) over that of the year of the case: yearly changes as they were in years of the
    record, drawn with return, so that no model of the price is needed and none is claimed."""
    years = len(setup.question.quarters) // 4
    if not len(setup.record):
        return np.ones((count, years))
    made = [
        np.random.Generator(np.random.Philox(key=[setup.question.seed, 2**32 + k])).choice(setup.record, years)
        for k in range(first, first + count)
    ]
    return np.exp(np.cumsum(made, axis=1))


def live(setup: Setup, first: int, count: int) -> Lives:
    """Live through futures ``first`` to ``first + count``."""
    question, own = setup.question, len(setup.part.ledger.uncertain())
    chances, price = _chances(setup, first, count), prices(setup, first, count)
    rows = np.column_stack([np.arange(first, first + count), chances[:, :own]])
    found = each(setup.part, question, setup.projects, rows)
    nodes = setup.curves.at(chances[:, own:])
    parts = [_told(setup, life, curve, path) for life, curve, path in zip(found, nodes, price, strict=True)]
    return Lives(np.arange(first, first + count), price, *(np.array(made) for made in zip(*parts, strict=True)))


def _told(setup: Setup, life: Life, curve: FloatArray, price: FloatArray) -> tuple[FloatArray, ...]:
    """The fields of one future, in the order of :class:`Lives`."""
    curves = setup.curves
    column = [setup.question.powers.index(power) for power in curves.powers]
    weight, rest = curves.beside[:, 0], curves.beside[:, 1]
    share = np.clip(1.0 - life.closed[:, column] / life.today, 0.0, 1.0)
    yearly = (*life.shipped.shape[:-1], len(price), -1)
    today = np.array([life.today])
    return (
        today, between(curve[:-1], share * (1.0 - weight) + rest * weight), life.peace[:, None],
        life.closed[:, column][..., None], life.off,
        np.clip(life.today - life.shipped, 0.0, None).mean(axis=-1)[..., None],
        (life.sold.reshape(yearly).mean(axis=-1) * price).mean(axis=-1) / 1e3, life.shipped.reshape(yearly).mean(axis=-1),
        quarterly(life, curve, column, curves.beside).reshape(yearly).mean(axis=-1), life.capex, life.running,
        np.asarray(life.charge),
    )  # fmt: skip


def join(parts: Sequence[Lives]) -> Lives:
    """Pieces as one, in the order given."""
    return Lives(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Lives)))


def outcomes(setup: Setup, lives: Lives) -> Outcomes:
    """The outcomes of every policy in every future: axes turned, so that policies lead."""
    endowment = setup.commodities.index(setup.question.commodity)
    turned = {name: np.moveaxis(getattr(lives, name), 0, -1) for name in ("loss", "off", "sold", "capex", "running")}
    return Outcomes(
        turned["loss"], np.moveaxis(lives.path.mean(axis=-1), 0, -1), np.moveaxis(lives.lost[..., endowment], 0, -1),
        turned["sold"], turned["off"], np.moveaxis(lives.peace[..., endowment], 0, -1), turned["capex"], turned["running"],
        1e3 * turned["capex"] * lives.charge + turned["running"],
    )  # fmt: skip
