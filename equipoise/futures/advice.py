"""Recommendations that are made, not written: every policy and every lever lived through in the same futures.

A stage: what it finds of policies is what ``equipoise futures`` finds, and what it finds of levers fills the recommendations of
the brief. Futures are no forecasts, provocation is a judgement (grade C), and no money is put on identity or security.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from functools import partial

import numpy as np
import polars as pl
from numpy.typing import NDArray

from equipoise.case import Case
from equipoise.corridors.findings import as_fact
from equipoise.futures.effects import FELT, effects, moves, together, turns
from equipoise.futures.findings import Drawn, weights_of
from equipoise.futures.outcomes import of_levers
from equipoise.futures.outlay import outlay, parents_of
from equipoise.futures.policies import Levers, Policy, policies_of
from equipoise.futures.record import OF_ADVICE, OF_FUTURES, READS
from equipoise.futures.runs import lived_through
from equipoise.futures.signposts import signposts
from equipoise.futures.simulate import Outcomes, Setup, acting_of, drawn, prepare, stood
from equipoise.futures.told import told
from equipoise.futures.trials import Trial, alike, pairs, pulled, trials
from equipoise.ledger import Derivation, Ledger

__all__ = ["FUTURES", "READS", "VERSION", "WRITES", "derive"]

FloatArray = NDArray[np.float64]
VERSION = "advice/1"
WRITES = (*OF_ADVICE, *OF_FUTURES)
UNTIL = 2040
"""Last year that is lived through."""
FUTURES = 200
"""Lived through where nothing else is asked."""
TRIED = 64
"""Of these, the first in which every lever is tried."""
PAIRED = 24
"""Of those, the first in which pairs of levers are tried."""
PIECE = 40
"""Futures lived through at once."""
STATEMENT = (
    "{futures} futures to {until}, seed {seed}, lived through with the lever and without it, the same chances for both; pulled "
    "in full as early as it can be felt, with what it needs. The weight of an input is its squared rank correlation with the "
    "change of the worst loss"
)


def derive(
    case: Case,
    *,
    draws: int = FUTURES,
    seed: int = 1,
    workers: int = 1,
    progress: Callable[[str, int, int], None] | None = None,
) -> Ledger:
    """What every policy and every lever of a case is worth in futures.

    Parameters
    ----------
    draws : int
        Futures; with none, nothing is found.
    seed : int
        Same seed, same bits, whatever the number of workers.

    Returns
    -------
    Ledger
        Empty too where the case has no policies, or where no loss was studied.
    """
    settled = case.settle()
    if draws < 1 or not settled.table("policies").height or not settled.table("horizons").height:
        return Ledger.empty()
    levers, bundled = Levers(settled), policies_of(settled)
    shown = partial(progress, "advice") if progress else None
    usual = prepare(case, bundled, until=UNTIL, seed=seed)
    before = lived_through(case, usual, draws, workers=workers, progress=shown)
    options = f"futures={draws} until={UNTIL} seed={seed} policy= tolerate=None"
    inputs = Drawn(usual.names, drawn(usual, 0, draws))
    of_policies = told(levers, usual, before, inputs, options=options)

    every, made = trials(levers, bundled)
    tried = min(draws, TRIED)
    setup, came = _lived(case, levers, every, tried, seed, workers, shown)
    inputs = Drawn(setup.names, drawn(setup, 0, tried))
    best, ids = before.worst[:, :tried].min(axis=0), dict(zip(setup.names, setup.facts, strict=True))
    question = replace(setup.question, policies=tuple(every))
    cargo = [(one.pattern.commodity, one.pattern.quantity) for one in setup.carriages]
    yearly = _yearly(levers, inputs, setup.facts)
    found = effects(question, setup.powers, came, made, best, yearly, cargo)
    found |= turns(question, came, made, inputs)
    found |= signposts(settled, setup, found, inputs)
    joint = pairs(levers, bundled[0], made, [bool(moves(came, trial).any()) for trial in made])
    if joint:
        _, both = _lived(case, levers, [policy for _, _, policy in joint], min(tried, PAIRED), seed, workers, None)
        found |= together(question, came, made, joint, both)
    statement, options = (
        STATEMENT.format(futures=tried, until=UNTIL, seed=seed),
        f"futures={tried} until={UNTIL} seed={seed}",
    )
    where = stood(setup, 0, tried, acting_of(settled, every, question.threats))
    unpriced = [lever for lever in levers.rows if lever not in yearly]
    stands, beside = of_levers(levers, question, setup, where, came, made, unpriced, VERSION, options)
    records = [
        Derivation(f"advice.{lever}", VERSION, statement, _parents(lever, levers, made, came, inputs, ids), options)
        for lever in levers.rows
    ]
    rows = [as_fact(k, v, band, basis=f"advice.{k[1]}", by=VERSION) for k, (v, band) in found.items()]
    counted, record = _counted(settled, levers)
    return of_policies.add(
        Ledger.of([*rows, *stands, *_levels(settled, levers), *counted], [*records, *beside, record])
    )


def _lived(
    case: Case,
    levers: Levers,
    policies: Sequence[Policy],
    futures: int,
    seed: int,
    workers: int,
    progress: Callable[[int, int], None] | None,
) -> tuple[Setup, Outcomes]:
    """The outcomes of policies, each kind of them lived through once. Their costs are those of the first of a kind."""
    first = alike(levers, policies)
    kinds = sorted(set(first))
    setup = prepare(case, [policies[place] for place in kinds], until=UNTIL, seed=seed, every=True)
    came = lived_through(case, setup, futures, chunk=PIECE, workers=workers, progress=progress)
    back = [kinds.index(place) for place in first]
    return setup, Outcomes(*(getattr(came, field.name)[back] for field in fields(came)))


def _yearly(levers: Levers, inputs: Drawn, facts: Sequence[str]) -> dict[str, FloatArray]:
    """Yearly cost (K,) of each lever pulled in full, mln USD, its capital charged; those without a published cost left out."""
    place = {fact: column for column, fact in enumerate(facts)}

    def of(measure: str, subject: str) -> FloatArray:
        known = levers.figures.value(measure, subject)
        column = place.get(levers.figures.id(measure, subject)) if known is not None else None
        return np.full(len(inputs.values), known or 0.0) if column is None else inputs.values[:, column]

    charge = of("capital_charge", "WLD")
    unpriced = levers.unpriced([pulled(levers, lever) for lever in levers.rows])
    return {
        lever: 1e3 * of("lever_capex", lever) * charge + of("lever_opex", lever)
        for lever in levers.rows
        if lever not in unpriced
    }


def _parents(
    lever: str, levers: Levers, made: Sequence[Trial], came: Outcomes, inputs: Drawn, ids: Mapping[str, str]
) -> dict[str, float]:
    """The facts of a lever, and the inputs that drive what it changes in the worst loss on the first ground."""
    own = dict.fromkeys(parents_of(levers, Policy(lever, "", "", (pulled(levers, lever),))), 0.0)
    trial = next((trial for trial in made if trial.lever == lever), None)
    if trial is None:
        return own
    change = came.worst[trial.with_it] - came.worst[trial.without]
    if not (np.abs(change) > FELT).any():
        return own
    return own | {ids[name]: weight for name, weight in weights_of(inputs, change).items()}


def _counted(case: Case, levers: Levers) -> tuple[list[dict[str, object]], Derivation]:
    """How many levers were tried, and how many of them rest on an assumption."""
    effects = case.view("lever_effect").select(pl.col("subject", "grade").cast(pl.String))
    rough = set(effects.filter(pl.col("grade") == "C")["subject"])
    counts = {
        "advice_levers": len(levers.rows),
        "advice_assumed": sum(lever in rough or row["grade"] == "C" for lever, row in levers.rows.items()),
    }
    basis, key = "advice.levers", (case.home, "", "", str(case.year))
    every = [Policy(lever, "", "", (pulled(levers, lever),)) for lever in levers.rows]
    parents = {name: 1.0 for one in every for name in parents_of(levers, one) if name.startswith("lever_effect:")}
    rows = [as_fact((name, *key), float(count), None, basis=basis, by=VERSION) for name, count in counts.items()]
    return rows, Derivation(basis, VERSION, "levers of the register, counted, and those of grade C", parents)


def _levels(case: Case, levers: Levers) -> list[dict[str, object]]:
    """What each lever moves in the unit of each quantity, with the range of its effect: what enters no loss too."""
    alone = [Policy(lever, "", "", (pulled(levers, lever),)) for lever in levers.rows]
    known = outlay(case, alone)
    return [
        {**row, "measure": "advice_level", "basis": f"advice.{row['subject']}", "by": VERSION}
        for row in known.view("policy_level").iter_rows(named=True)
    ]
