"""A future lived through, quarter by quarter: works come late, threats come as often as a weighting says, cargo finds its way.

Every future draws the uncertain facts jointly, then what happens: the same chances for every policy and every weighting, so
that policies differ by what they do and not by luck. Nothing here is a forecast: a weighting is an assumption that is named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from equipoise.case import Case, Layout
from equipoise.corridors.inputs import NETWORK_MEASURES, Inputs
from equipoise.futures.carriage import Carriage
from equipoise.futures.policies import FIGURES, Levers, Policy
from equipoise.ledger import Ledger
from equipoise.maths.ensemble import triangular
from equipoise.resilience.projects import Figures, Project, Works, opened

__all__ = ["Life", "Question", "Threat", "Weighting", "each", "narrowed", "threats_of", "weightings_of"]

FloatArray = NDArray[np.float64]
QUARTERS = 4
DAYS = 365.25 / QUARTERS
JEFFREYS = 0.5
"""What the prior adds to the episodes counted: the shape of the posterior of a rate."""


@dataclass(frozen=True, slots=True)
class Weighting:
    """Whose threats come how often: those of ``raised`` at the upper end of their record; of the others ``none``, those that
    were ``seen`` at the posterior of their rate, or all at theirs (``prior``)."""

    id: str
    name: str
    raised: tuple[str, ...]
    others: str


@dataclass(frozen=True, slots=True)
class Threat:
    """A threat that closes arcs: those ``links`` of the network, or with ``all`` every one that its power controls."""

    id: str
    power: str
    hazard: bool
    links: tuple[str, ...]
    all: bool


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of every future."""

    commodity: str
    year: int
    until: int
    policies: tuple[Policy, ...]
    weightings: tuple[Weighting, ...]
    threats: tuple[Threat, ...]
    powers: tuple[str, ...]
    crossed: str
    seed: int

    @property
    def quarters(self) -> FloatArray:
        """The beginning of each quarter that is lived through, in years."""
        return self.year + 1 + np.arange((self.until - self.year) * QUARTERS) / QUARTERS


@dataclass(frozen=True, slots=True)
class Life:
    """What one future says: P policies, W weightings, each unprovoked and provoked, T quarters, I powers.

    ``today`` exports; ``peace``, ``off`` (P,) exports in the last year with nobody withdrawing, and those that do not enter the
    crossed territory; ``closed`` (P, I) exports when a power closes all it controls; ``shipped`` and ``sold`` (P, W, 2, T);
    ``whole`` (P, W, 2, T, I) the share of a quarter in which a power withdraws everything; ``capex``, ``running``, ``charge``
    (P,); ``late`` years by lever.
    """

    today: float
    peace: FloatArray
    off: FloatArray
    closed: FloatArray
    shipped: FloatArray
    sold: FloatArray
    whole: FloatArray
    capex: FloatArray
    running: FloatArray
    charge: float
    late: Mapping[str, float]


def weightings_of(case: Case) -> tuple[Weighting, ...]:
    """The weightings of a case, in the order of its register."""
    return tuple(
        Weighting(row["weighting"], row["name"], tuple(filter(None, row["raised"].split(";"))), row["others"])
        for row in case.table("weightings").iter_rows(named=True)
    )


def threats_of(case: Case, links: Sequence[str], powers: Sequence[str]) -> tuple[Threat, ...]:
    """The threats that close one of these links, flags left out."""
    made = []
    for row in case.table("threats").iter_rows(named=True):
        named = tuple(link for link in row["links"].split(";") if link in links)
        whole = row["links"] == "all" and row["power"] in powers
        if row["kind"] != "flag" and (named or whole):
            made.append(Threat(row["threat"], row["power"], row["kind"] == "hazard", named, whole))
    return tuple(made)


def narrowed(case: Case, commodity: str) -> Case:
    """A settled case with nothing in it but what a future of this commodity reads: only that is redrawn."""
    layout = Layout(case)
    rows = [row for row in case.table("links").iter_rows(named=True) if row["commodity"] == commodity]
    things = {row[name] for row in rows for name in ("link", "from", "to")} | {"WLD", case.home}
    grades = {*layout.grades(commodity), commodity}
    subject, item = pl.col("subject").cast(pl.String), pl.col("item").cast(pl.String)
    every = set(layout.commodities)
    network = case.view([*NETWORK_MEASURES]).filter(subject.is_in(sorted(things)) & ~item.is_in(sorted(every - grades)))
    control = case.view("control").filter(pl.col("object").cast(pl.String).is_in(sorted(things)))
    return replace(case, ledger=Ledger(pl.concat([network, control, case.view([*FIGURES, "gdp"])])))


def each(part: Case, question: Question, projects: Sequence[Project], rows: FloatArray) -> list[Life]:
    """Each of several futures; a row is its number and the chance of every uncertain fact."""
    layout, central = opened(Layout(part), part, projects), Levers(part)
    return [_life(part.redraw(row[1:]), int(row[0]), question, projects, layout, central) for row in rows]


def _life(
    case: Case, number: int, question: Question, projects: Sequence[Project], layout: Layout, central: Levers
) -> Life:
    levers = Levers(case, central)
    works = Works(Inputs(case, layout), Figures(case, FIGURES), projects, question.commodity, question.year)
    carriage = Carriage(works)
    stands = np.array([_stands(levers, policy, works, question.quarters) for policy in question.policies])  # (P, T, p)
    reach = {power: works.network.reach(layout.members[power]) for power in question.powers}
    peace, off, closed = _ends(
        carriage, stands[:, -1], list(reach.values()), carriage.entering(layout, layout.members[question.crossed])
    )
    closure = _closures(levers, question, number)  # (P, W, 2, J, T)
    hit = np.array([_hit(threat, works.network.links, len(works.network.tail), reach) for threat in question.threats])
    lead = closure.shape[:3]
    left = np.ones((*lead, stands.shape[1], hit.shape[1] if len(hit) else len(works.network.tail)))
    whole = np.zeros((*lead, stands.shape[1], len(question.powers)))
    for j, threat in enumerate(question.threats):
        left *= 1.0 - closure[:, :, :, j, :, None] * hit[j]
        if threat.all:
            whole[..., question.powers.index(threat.power)] = closure[:, :, :, j]
    along = np.broadcast_to(stands[:, None, None], (*lead, *stands.shape[1:]))
    flow = carriage.flows(along.reshape(-1, stands.shape[2]), left.reshape(-1, left.shape[-1]))
    shape = (*lead, stands.shape[1])
    today = carriage.exports(carriage.flows(np.zeros((1, stands.shape[2])), np.ones((1, left.shape[-1]))))[0]
    return Life(
        float(today), peace, off, closed, carriage.exports(flow).reshape(shape), carriage.sales(flow).reshape(shape), whole,
        np.array([levers.cost(policy.own, "lever_capex") for policy in question.policies]),
        np.array([levers.cost(policy.own, "lever_opex") for policy in question.policies]),
        levers.figures.value("capital_charge", "WLD") or 0.0,
        {pull.lever: levers.felt(pull) - pull.year for policy in question.policies for pull in policy.pulls},
    )  # fmt: skip


def _stands(levers: Levers, policy: Policy, works: Works, quarters: FloatArray) -> FloatArray:
    """How far each work stands in each quarter (T, p)."""
    degree = np.zeros((len(quarters), len(works.projects)))
    place = {project.lever: i for i, project in enumerate(works.projects)}
    for pull in policy.pulls:
        if pull.lever in place:
            degree[quarters >= levers.felt(pull) - 1e-9, place[pull.lever]] = pull.intensity
    return degree


def _ends(
    carriage: Carriage, stands: FloatArray, reach: Sequence[FloatArray], entering: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """In the last year, by policy: exports in peace, those off the crossed territory, and those left by each power."""
    everything = np.ones_like(entering)
    left = np.array([everything, *reach])
    flow = carriage.flows(np.repeat(stands, len(left), axis=0), np.tile(left, (len(stands), 1)))
    exports = carriage.exports(flow).reshape(len(stands), len(left))
    crossing = (flow @ entering).reshape(exports.shape)
    return exports[:, 0], exports[:, 0] - crossing[:, 0], exports[:, 1:]


def _hit(threat: Threat, links: Sequence[str], arcs: int, reach: Mapping[str, FloatArray]) -> FloatArray:
    """What a threat takes of each arc (m,) when it is carried out in full."""
    if threat.all:
        return 1.0 - reach[threat.power]
    marks = np.zeros(arcs)
    marks[[i for i, link in enumerate(links) if link in threat.links]] = 1.0
    return marks


def _closures(levers: Levers, question: Question, number: int) -> FloatArray:
    """The share that each threat takes in each quarter (P, W, 2, J, T), without and with provocation.

    A threat begins in a quarter with the chance of its rate, takes its reach and lasts its time; what is closed for a part of a
    quarter takes that part of the room of the quarter. Of several closures by one threat the largest counts.
    """
    threats, quarters = question.threats, question.quarters
    random = np.random.Generator(np.random.Philox(key=[question.seed, number]))
    chance, severe, lasting = random.random((3, len(threats), len(quarters)))
    posterior = random.standard_gamma([_shape(levers, threat) for threat in threats])
    sizes = np.array([_ranged(levers, "threat_reach", threat.id, severe[j]) for j, threat in enumerate(threats)])
    lasts = (
        np.array([_ranged(levers, "threat_duration", threat.id, lasting[j]) for j, threat in enumerate(threats)]) / DAYS
    )
    after = np.arange(len(quarters)) - np.arange(len(quarters))[:, None]
    cover = np.clip(lasts[:, :, None] - after, 0.0, 1.0) * (after >= 0) * sizes[:, :, None]  # (J, begun, quarter)
    made = np.zeros((len(question.policies), len(question.weightings), 2, len(threats), len(quarters)))
    for p, policy in enumerate(question.policies):
        reach, rate, provoked = _changes(levers, policy, question)
        for w, weighting in enumerate(question.weightings):
            base = np.array([_rate(levers, t, weighting, draw) for t, draw in zip(threats, posterior, strict=True)])
            for on in (0, 1):
                begins = chance < 1.0 - np.exp(-base[:, None] * rate * (provoked if on else 1.0) / QUARTERS)
                made[p, w, on] = np.minimum((cover * begins[:, :, None]).max(axis=1) * reach, 1.0)
    return made


def _changes(levers: Levers, policy: Policy, question: Question) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Factors (J, T) by which a policy changes the reach and the rate of threats, and by which it provokes them."""
    shape = len(question.threats), len(question.quarters)
    reach, rate, provoked = np.ones(shape), np.ones(shape), np.ones(shape)
    years = question.quarters[::QUARTERS]
    acting = [pull for pull in policy.pulls if levers.threats([pull])]
    turns = sorted({float(turn) for pull in policy.pulls for turn in (levers.begun(pull), levers.felt(pull))})
    for i, start in enumerate([-np.inf, *turns]):  # between two turns nothing changes
        span = np.repeat((years >= start) & (years < ([*turns, np.inf][i])), QUARTERS)
        if span.any():
            changed, powers = levers.threats(acting, start), levers.provoked(policy.pulls, start)
            for j, threat in enumerate(question.threats):
                reach[j, span] = changed.get((threat.id, "reach"), 1.0)
                rate[j, span] = changed.get((threat.id, "rate"), 1.0)
                provoked[j, span] = 1.0 if threat.hazard else powers.get(threat.power, 1.0)
    return reach, rate, provoked


def _shape(levers: Levers, threat: Threat) -> float:
    return (levers.figures.value("threat_episodes", threat.id) or 0.0) + JEFFREYS


def _rate(levers: Levers, threat: Threat, weighting: Weighting, draw: float) -> float:
    """Events a year of a threat under a weighting; a threat without a rate never comes."""
    row = _row(levers, "threat_rate", threat.id)
    raised = threat.power in weighting.raised and not threat.hazard
    others = "seen" if threat.hazard else weighting.others
    seen = _shape(levers, threat) > JEFFREYS
    if row is None or not (raised or others == "prior" or (others == "seen" and seen)):
        return 0.0
    return float(row["high"]) if raised else float(row["mean"]) * draw / _shape(levers, threat)


def _ranged(levers: Levers, measure: str, threat: str, chance: FloatArray) -> FloatArray:
    """A figure of a threat drawn anew for each time it might come."""
    row = _row(levers, measure, threat)
    if row is None:
        return np.zeros_like(chance)
    return triangular(row["low"], row["mean"], row["high"], chance)


def _row(levers: Levers, measure: str, threat: str) -> Mapping[str, Any] | None:
    """Central value and range of a figure of a threat; an event draws it anew, so that no redraw of the case counts."""
    return (levers.central or levers).ranges.get((measure, threat))
