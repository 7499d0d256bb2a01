"""What futures tell of policies, with what each figure rests on: the same for every command and for the brief."""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from equipoise.corridors.findings import as_fact
from equipoise.futures.fare import Outcomes
from equipoise.futures.findings import (
    Drawn,
    failures,
    fans,
    moved,
    outcomes,
    persons,
    robustness,
    sensitivity,
    weights_of,
)
from equipoise.futures.held import held
from equipoise.futures.outcomes import of_policies
from equipoise.futures.outlay import parents_of
from equipoise.futures.pathways import mixtures, pathways
from equipoise.futures.policies import Levers
from equipoise.futures.record import VERSION
from equipoise.futures.signposts import signposts
from equipoise.futures.simulate import Setup, stood
from equipoise.ledger import Derivation, Ledger

__all__ = ["told"]

STATEMENT = (
    "{futures} futures to {until}, seed {seed}: uncertain facts redrawn jointly, works as late as they may be, threats as often "
    "as each weighting says; the oil finds its way anew each quarter, what finds none is a share of the endowment in the trade "
    "equilibrium. The weight of an input is its squared rank correlation with the worst loss. No future is a forecast"
)


def told(
    levers: Levers, setup: Setup, came: Outcomes, drawn: Drawn, *, tolerate: float | None = None, options: str = ""
) -> Ledger:
    """The facts of policies that were lived through: how they fare, how robust they are, where each fails, what drives it, and
    when one should be left for another.

    Parameters
    ----------
    drawn : Drawn
        What was drawn for all of the futures or, where they are many, for the first of them: only in these is it sought what
        drives an outcome and where a policy fails.
    tolerate : float, optional
        Largest loss to one power, % of real income, that is tolerable; left out, the middle one of the first policy.
    """
    question = setup.question
    tolerated = float(np.median(came.worst[0])) if tolerate is None else tolerate
    found = outcomes(question, setup.powers, came) | moved(question, came) | robustness(question, came, tolerated)
    looked = _first(came, len(drawn.values))
    found |= failures(question, looked, tolerated, drawn) | sensitivity(question, looked, drawn)
    found |= pathways(question, looked, drawn) | mixtures(question, came, _raised(levers, setup))
    found |= signposts(levers.case, setup, found, drawn) | held(setup, came.worst.shape[1]) | fans(question, came)
    gdp, people = (_of_year(levers, measure) for measure in ("gdp", "population"))
    if gdp and people:
        found |= persons(question, came, gdp, people)
    statement = STATEMENT.format(futures=came.worst.shape[1], until=question.until, seed=question.seed)
    if looked.worst.shape[1] < came.worst.shape[1]:
        statement += (
            f". What drives an outcome, and where a policy fails, is sought in the first {len(drawn.values):,} of them"
        )
    ids = dict(zip(setup.names, setup.facts, strict=True))
    records = [
        Derivation(
            f"futures.{one.id}", VERSION, statement,
            dict.fromkeys(parents_of(levers, one), 0.0)
            | {ids[name]: weight for name, weight in weights_of(drawn, looked.worst[p]).items()},
            options,
        )
        for p, one in enumerate(question.policies)
    ]  # fmt: skip
    rows = [as_fact(key, value, band, basis=f"futures.{key[1]}", by=VERSION) for key, (value, band) in found.items()]
    stands, beside = of_policies(levers, setup, stood(setup, 0, len(drawn.values)), looked, VERSION, options)
    return Ledger.of([*rows, *stands], [*records, *beside])


def _first(came: Outcomes, futures: int) -> Outcomes:
    """The outcomes of the first futures."""
    return Outcomes(*(getattr(came, field.name)[..., :futures] for field in fields(came)))


def _of_year(levers: Levers, measure: str) -> float | None:
    """A figure of the home state in the year of the case."""
    rows = levers.case.view(measure, subject=levers.case.home, period=str(levers.case.year))["value"]
    return float(rows[0]) if len(rows) else None


def _raised(levers: Levers, setup: Setup) -> dict[str, float]:
    """Events a year at which each power withdraws everything where a weighting raises it: the upper end of the record."""
    return {
        threat.power: levers.ranges["threat_rate", threat.id]["high"]
        for threat in setup.question.threats
        if threat.all and ("threat_rate", threat.id) in levers.ranges
    }
