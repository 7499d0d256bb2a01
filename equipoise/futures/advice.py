"""Recommendations that are made, not written: every policy and every lever lived through in the same futures.

A stage: what it finds of policies is what ``equipoise futures`` finds, and what it finds of levers fills the recommendations of
the brief. Futures are no forecasts, provocation is a judgement (grade C), and no money is put on identity or security.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from functools import partial

import numpy as np

from equipoise.case import Case
from equipoise.corridors.findings import as_fact
from equipoise.futures.effects import FELT, effects, moves, together, turns
from equipoise.futures.findings import Drawn, weights_of
from equipoise.futures.outlay import outlay, parents_of
from equipoise.futures.policies import Levers, Policy, policies_of
from equipoise.futures.runs import lived_through
from equipoise.futures.simulate import Outcomes, drawn, prepare
from equipoise.futures.told import told
from equipoise.futures.trials import Trial, pairs, pulled, trials
from equipoise.ledger import Derivation, Ledger

__all__ = ["FUTURES", "VERSION", "derive"]

VERSION = "advice/1"
UNTIL = 2040
"""Last year that is lived through."""
FUTURES = 200
"""Lived through where nothing else is asked."""
PIECE = 50
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
    every, made = trials(levers, bundled)
    setup = prepare(case, every, until=UNTIL, seed=seed)
    shown = partial(progress, "advice") if progress else None
    came = lived_through(case, setup, draws, chunk=PIECE, workers=workers, progress=shown)
    inputs = Drawn(setup.names, drawn(setup, 0, draws))
    options = f"futures={draws} until={UNTIL} seed={seed}"
    usual = replace(setup, question=replace(setup.question, policies=tuple(bundled)))
    of_policies = told(levers, usual, _only(came, len(bundled)), inputs, options=f"{options} policy= tolerate=None")
    unpriced = levers.unpriced([pulled(levers, lever) for lever in levers.rows])
    found = effects(setup.question, setup.powers, came, made, len(bundled), unpriced) | turns(
        setup.question, came, made, inputs
    )
    joint = pairs(levers, bundled[0], made, [bool(moves(came, trial).any()) for trial in made])
    if joint:
        paired = prepare(case, [policy for _, _, policy in joint], until=UNTIL, seed=seed)
        found |= together(
            setup.question, came, made, joint, lived_through(case, paired, min(draws, PIECE), workers=workers)
        )
    statement = STATEMENT.format(futures=draws, until=UNTIL, seed=seed)
    ids = dict(zip(setup.names, setup.facts, strict=True))
    records = [
        Derivation(f"advice.{lever}", VERSION, statement, _parents(lever, levers, made, came, inputs, ids), options)
        for lever in levers.rows
    ]
    rows = [as_fact(k, v, band, basis=f"advice.{k[1]}", by=VERSION) for k, (v, band) in found.items()]
    return of_policies.add(Ledger.of([*rows, *_levels(settled, levers)], records))


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


def _levels(case: Case, levers: Levers) -> list[dict[str, object]]:
    """What each lever moves in the unit of each quantity, with the range of its effect: what enters no loss too."""
    alone = [Policy(lever, "", "", (pulled(levers, lever),)) for lever in levers.rows]
    known = outlay(case, alone)
    return [
        {**row, "measure": "advice_level", "basis": f"advice.{row['subject']}", "by": VERSION}
        for row in known.view("policy_level").iter_rows(named=True)
    ]


def _only(came: Outcomes, policies: int) -> Outcomes:
    """The outcomes of the first policies."""
    return Outcomes(*(getattr(came, field.name)[:policies] for field in fields(came)))
