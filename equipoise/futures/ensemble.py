"""Many futures of several policies: drawn, lived through, told."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
import polars as pl
from numpy.typing import NDArray

from equipoise.case import Case, Layout
from equipoise.corridors.building import years_solved
from equipoise.corridors.findings import as_fact
from equipoise.corridors.inputs import Inputs as NetworkInputs
from equipoise.corridors.network import SMALLEST
from equipoise.errors import InputError
from equipoise.futures.carriage import Carriage
from equipoise.futures.fare import Curves, fare
from equipoise.futures.findings import Drawn, Findings, failures, outcomes, robustness, weights_of
from equipoise.futures.lives import Life, Question, live, narrowed, threats_of, weightings_of
from equipoise.futures.outlay import parents_of
from equipoise.futures.policies import FIGURES, Levers, named
from equipoise.futures.record import VERSION
from equipoise.income.inputs import Inputs
from equipoise.ledger import Derivation, Ledger, fact_id, parse_id
from equipoise.maths.ensemble import latin_hypercube, spread
from equipoise.resilience.projects import Figures, Works, opened, projects_of

__all__ = ["futures"]

FloatArray = NDArray[np.float64]
Progress = Callable[[str, int, int], None]
NEAREST, FARTHEST = 1, 40
"""Years after that of the case to which a future may be lived through."""
STATEMENT = (
    "{futures} futures to {until}, seed {seed}: uncertain facts redrawn jointly, works as late as they may be, threats as often "
    "as each weighting says; the oil finds its way anew each quarter, what finds none is a share of the endowment in the trade "
    "equilibrium. The weight of an input is its squared rank correlation with the worst loss. No future is a forecast"
)


def futures(
    case: Case,
    *,
    futures: int = 200,
    policy: str = "",
    until: int = 2040,
    tolerate: float | None = None,
    seed: int = 1,
    workers: int = 1,
    progress: Progress | None = None,
) -> Ledger:
    """How policies fare in futures, lived through quarter by quarter.

    The case must know what the stage ``withdrawal`` finds.

    Parameters
    ----------
    futures : int
        How many; at least one. Below a hundred no policy is told where it fails.
    policy : str
        As in :func:`equipoise.futures.policies.named`.
    until : int
        Last year.
    tolerate : float, optional
        Largest loss to one power, % of real income, that is tolerable; left out, the middle one of business as usual.
    seed : int
        Same seed, same bits, whatever the number of workers.

    Raises
    ------
    InputError
        No futures, a year out of range, a policy that cannot be, or a case whose withdrawal was not studied.
    """
    settled = case.settle()
    levers = Levers(settled)
    if futures < 1:
        raise InputError("futures", found=futures, allowed="1 or more")
    if not case.year + NEAREST <= until <= case.year + FARTHEST:
        raise InputError("until", found=until, allowed=f"{case.year + NEAREST} to {case.year + FARTHEST}")
    chosen = named(settled, levers, policy)
    income = Inputs(settled)
    if not income.studied or not income.oil:
        raise InputError("case", found="no study of what withdrawals lose", allowed="one studied up to `withdrawal`")
    part, projects = narrowed(settled, income.oil), projects_of(settled)
    layout = opened(Layout(settled), settled, projects)
    year = years_solved(NetworkInputs(settled, layout), income.oil)[-1]
    works = Works(NetworkInputs(part, layout), Figures(part, FIGURES), projects, income.oil, year)
    threats = threats_of(settled, works.network.links, layout.powers)
    question = Question(
        income.oil, year, until, tuple(chosen), weightings_of(settled), threats, tuple(layout.powers),
        _crossed(Carriage(works), layout), seed,
    )  # fmt: skip
    curves = Curves(income)
    own = len(part.ledger.uncertain())
    design = latin_hypercube(futures, own + curves.dimensions, seed)
    rows = np.column_stack([np.arange(futures), design[:, :own]])
    told = partial(progress, "lives") if progress else None
    lives = spread(partial(live, part, question, projects), rows, workers=workers, progress=told)
    came = fare(question, lives, curves, design[:, own:], prices(settled, question, futures))
    tolerated = float(np.median(came.worst[0])) if tolerate is None else tolerate
    drawn = _drawn(part, curves, design, own)
    found = outcomes(question, curves.powers, came) | _moved(question, lives)
    found |= robustness(question, came, tolerated) | failures(question, came, tolerated, drawn)
    statement = STATEMENT.format(futures=futures, until=until, seed=seed)
    options = f"futures={futures} until={until} seed={seed} policy={policy} tolerate={tolerate}"
    by_name = _ids(part, curves)
    records = [
        Derivation(
            f"futures.{one.id}", VERSION, statement,
            dict.fromkeys(parents_of(levers, one), 0.0)
            | {by_name[name]: weight for name, weight in weights_of(drawn, came.worst[p]).items() if name in by_name},
            options,
        )
        for p, one in enumerate(question.policies)
    ]  # fmt: skip
    return Ledger.of(_facts(found), records)


def _moved(question: Question, lives: Sequence[Life]) -> Findings:
    """Share of the futures in which a policy changes a tonne of the last year: in peace, or when a power closes all it can."""
    period = f"{question.until}+1y"
    ends = np.array([np.column_stack([life.off, life.closed]) for life in lives])  # (K, P, 1 + I)
    changed = (np.abs(ends - ends[:, :1]) > SMALLEST).any(axis=2).mean(axis=0)
    return {
        ("future_moved", policy.id, "", "", period): (float(changed[p]), None)
        for p, policy in enumerate(question.policies)
    }


def _facts(found: Findings) -> list[dict[str, object]]:
    return [as_fact(key, value, band, basis=f"futures.{key[1]}", by=VERSION) for key, (value, band) in found.items()]


def _crossed(carriage: Carriage, layout: Layout) -> str:
    """The power whose territory most of the exports cross today on their way to markets elsewhere."""
    arcs = len(carriage.network.tail)
    flow = carriage.flows(np.zeros((1, len(carriage.works.projects))), np.ones((1, arcs)))[0]

    def crossing(power: str) -> float:
        members = layout.members[power]
        return float(flow @ (carriage.entering(layout, members) - carriage.sold_in(layout, members)))

    return max(layout.powers, key=crossing)


def prices(case: Case, question: Question, futures: int) -> FloatArray:
    """The price of oil by quarter (futures, T) over that of the year of the case: yearly changes as they were in years of the
    record, drawn with return, so that no model of the price is needed and none is claimed."""
    rows = case.view("brent_price", subject="WLD").select(pl.col("period").cast(pl.String), "value")
    known = sorted((int(period), value) for period, value in rows.iter_rows() if period.isdecimal())
    steps = np.diff(np.log([value for _, value in known]))
    if not len(steps):
        return np.ones((futures, len(question.quarters)))
    random = np.random.Generator(np.random.Philox(key=[question.seed, 2**32]))
    years = len(question.quarters) // 4
    path = np.exp(np.cumsum(random.choice(steps, (futures, years)), axis=1))
    return np.repeat(path, 4, axis=1)


def _drawn(part: Case, curves: Curves, design: FloatArray, own: int) -> Drawn:
    """Every column that was drawn, as a value and with a name: those of the network, then those of the equilibrium."""
    rows = part.ledger.facts[part.ledger.uncertain()]
    names = [
        ".".join(str(row[k]) or "-" for k in ("measure", "subject", "object", "item", "period"))
        for row in rows.iter_rows(named=True)
    ]
    uncertain = part.ledger.uncertain()
    values = np.array([part.ledger.redraw(chance).facts["value"].to_numpy()[uncertain] for chance in design[:, :own]])
    of_trade = np.array([list(curves.values(chance)[0].values()) for chance in design[:, own:]])
    labels = [_name(curves.figures[label].fact) for label in curves.labels]
    return Drawn((*names, *labels), np.hstack([values, of_trade]))


def _name(fact: str) -> str:
    """The name of a column from the id of a fact: its parts, with a dash for what it has not."""
    parts = parse_id(fact)
    return ".".join(parts[k] or "-" for k in ("measure", "subject", "object", "item", "period")).replace("/", "-")


def _ids(part: Case, curves: Curves) -> Mapping[str, str]:
    """The fact behind each column."""
    rows = part.ledger.facts[part.ledger.uncertain()].iter_rows(named=True)
    found = {}
    for row in rows:
        values = [str(row[k]) for k in ("measure", "subject", "object", "item", "period")]
        found[".".join(value or "-" for value in values)] = fact_id(*values)
    return found | {_name(known.fact): known.fact for known in curves.figures.values()}
