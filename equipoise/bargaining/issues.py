"""Where the pressures push each contested issue: the spatial model of politics, over the ranges of everything that enters.

Mechanics under stated inputs, never a date and never a forecast. A single run jumps, so that what is told is the median of
many redraws with the 5 and 95 % of them; the central run stands beside it turn by turn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from equipoise.bargaining.arena import CAPABILITIES, Arena, arena, held
from equipoise.bargaining.record import Record, Triple
from equipoise.maths.spatial import Outcomes, ensemble, pivotal, sensitivity, spatial_model, whom_to_move

__all__ = ["arenas", "contested", "levers", "moves"]

FloatArray = NDArray[np.float64]
SIDE_DRAWS = 100
"""Redraws under each other way of holding capability: at most so many."""
PIVOTAL_DRAWS = 16
"""Redraws in which each actor is taken away in turn."""
AUDIBLE = 0.2
"""Rank correlation with the outcome below which an input is not named."""
SHIFT = 5.0
"""Points by which whoever asks whom to move wants the outcome moved."""
STEPS = (5.0, 10.0, 20.0, 40.0)
"""Changes of an actor that are tried, in points."""
_MOVE = (
    f"smallest of the changes tried of one actor's position or salience that shifts the outcome by {SHIFT:g} points in the "
    "median of paired redraws; how it holds is the share of redraws that go the same way"
)
_CENTRAL_MOVE = (
    f"smallest change of one actor's position or salience that shifts the outcome of the central run by {SHIFT:g} points; how it "
    "holds is the share of larger changes that do so too"
)
_STATEMENT = (
    "spatial model of politics, {turns} turns: mechanics, no forecast; the figure is the median "
    "and the range the 5 to 95 % of {draws} redraws of positions, salience and capability; {capability}"
)


def contested(
    record: Record, given: Arena, issue_period: str, period: str, *, draws: int, seed: int, turns: int,
    options: Mapping[str, Any],
) -> None:  # fmt: skip
    """Write the outcome of an arena under each way of holding capability, and who makes it so under the case's own."""
    for name, each in held(record, given, period).items():
        count = draws if name == "cited" else min(draws, SIDE_DRAWS)
        basis = record.rests(
            f"issue.{'+'.join(each.issues)}.{name}",
            _STATEMENT.format(turns=turns, draws=count, capability=CAPABILITIES[name]), each.parents,
        )  # fmt: skip
        run = spatial_model(each.position[0], each.salience[0], each.capability[0], turns, **options)
        redrawn = _redrawn(each, count, seed, turns, options)
        for d, issue in enumerate(each.issues):
            _outcome(record, issue, name, issue_period, redrawn, d, float(run.outcome[-1, d]), basis)
            if name == "cited":
                for turn, place in enumerate(run.outcome[:, d]):
                    record.write("issue_path", issue, "", str(turn), issue_period, float(place), basis)
                record.write("issue_cycle", issue, "", "", issue_period, float(run.cycle), basis)
                record.write("issue_settled", issue, "", "central", issue_period, float(run.converged), basis)
        if name == "cited" and redrawn:
            _actors(record, each, issue_period, redrawn, turns, options, basis)


def _redrawn(each: Arena, draws: int, seed: int, turns: int, options: Mapping[str, Any]) -> Outcomes | None:
    """The ensemble of an arena; none where no redraws are asked for."""
    if not draws:
        return None
    (x, x0, x1), (s, s0, s1), (c, c0, c1) = each.position, each.salience, each.capability
    return ensemble(x0, x, x1, s0, s, s1, c0, c, c1, draws, seed, turns, **options)


def _band(values: FloatArray) -> Triple:
    """Median, 5 and 95 %."""
    low, value, high = np.percentile(values, [5, 50, 95])
    return float(value), float(low), float(high)


def _outcome(
    record: Record, issue: str, name: str, period: str, redrawn: Outcomes | None, d: int, central: float, basis: str
) -> None:
    if redrawn is None:
        record.write("issue_outcome", issue, "", name, period, central, basis)
        return
    found = redrawn.outcome[:, d]
    record.write("issue_outcome", issue, "", name, period, _band(found), basis)
    record.write("issue_settled", issue, "", name, period, float(redrawn.converged.mean()), basis)
    record.write("issue_cycled", issue, "", name, period, float(redrawn.cycled.mean()), basis)
    if now := record.known("status_quo", issue):
        record.write("issue_above", issue, "", name, period, float((found > now.value).mean()), basis)


def _actors(
    record: Record, each: Arena, period: str, redrawn: Outcomes, turns: int, options: Mapping[str, Any], basis: str
) -> None:
    """Where each actor ends, who holds the outcome where it is, and which inputs it hangs on."""
    count = min(len(redrawn.outcome), PIVOTAL_DRAWS)
    without = np.stack([
        pivotal(redrawn.position[k], redrawn.salience[k], redrawn.capability[k], turns, **options) for k in range(count)
    ])  # fmt: skip
    drive = sensitivity(redrawn)
    for d, issue in enumerate(each.issues):
        for a, actor in enumerate(each.actors):
            record.write("actor_end", actor, issue, "", period, _band(redrawn.final[:, a, d]), basis)
            pull = _band(-without[:, a, d])
            record.write("actor_pull", actor, issue, "", period, pull, basis)
            heard = {
                "position": drive.position[a, d, d], "salience": drive.salience[a, d, d],
                "capability": drive.capability[a, d],
            }  # fmt: skip
            for what, correlation in heard.items():
                if abs(correlation) > AUDIBLE:
                    record.write("issue_driver", actor, issue, what, period, float(correlation), basis)


def levers(
    record: Record, given: Arena, period: str, *, draws: int, seed: int, turns: int, options: Mapping[str, Any]
) -> None:
    """What the levers do whose effect is in points of an issue's own scale: the home state stands elsewhere by so much."""
    home = record.case.home
    if home not in given.actors:
        return
    before = _redrawn(given, draws, seed, turns, options)
    for issue in given.issues:
        for lever, effect, mode in on_scale(record, issue):
            size = record.known("lever_effect", lever, "", effect)
            if not size:
                continue
            d = given.issues.index(issue)
            start = given.position[0, given.actors.index(home), d]
            basis = record.rests(
                f"lever.{lever}.{issue}",
                "outcome with the home state standing elsewhere by the effect of the lever, less the outcome without, redraw by "
                "redraw; mechanics, no forecast", [size.fact, *given.parents],
            )  # fmt: skip
            change = size.value - start if mode == "set" else size.value
            moved = given.moved(home, issue, "position", change)
            after = _redrawn(moved, draws, seed, turns, options)
            if before and after:
                shift = after.outcome[:, d] - before.outcome[:, d]
                low, high = np.percentile(shift, [5, 95])
                figures: Triple | float = (float(shift.mean()), float(low), float(high))
            else:
                runs = [
                    spatial_model(one.position[0], one.salience[0], one.capability[0], turns, **options)
                    for one in (given, moved)
                ]
                figures = float(runs[1].outcome[-1, d] - runs[0].outcome[-1, d])
            record.write("lever_shift", lever, issue, "", period, figures, basis)


def on_scale(record: Record, issue: str) -> list[tuple[str, str, str]]:
    """Levers, with number and mode of the effect, that act on an issue in points of its own scale: on a target of its name, or
    on the first of the quantities that a natural scale stands for."""
    row = record.case.table("issues").row(by_predicate=_is(issue), named=True)
    targets = [issue]
    if str(row["scale"]).startswith("natural"):
        targets += str(row["moved_by"] or "").split(";")[:1]
    effects = record.case.table("effects").iter_rows(named=True)
    return [
        (row["lever"], row["effect"], row["mode"])
        for row in effects
        if row["target_type"] == "measure" and row["target"] in targets and row["mode"] in ("add", "set")
    ]


def _is(issue: str) -> Any:
    import polars as pl

    return pl.col("issue") == issue


def moves(
    record: Record, given: Arena, period: str, *, draws: int, seed: int, turns: int, options: Mapping[str, Any]
) -> None:
    """Whom to move: the smallest change of one actor that shifts the outcome by ``SHIFT`` points, up and down.

    A single run jumps, so that the shift is the median over paired redraws, changes being tried in ``STEPS``; without redraws it
    is that of the central run, found exactly.
    """
    name = f"moves.{'+'.join(given.issues)}"
    if not draws:
        basis = record.rests(name, _CENTRAL_MOVE, given.parents)
        x, s, c = given.position[0], given.salience[0], given.capability[0]
        for d, issue in enumerate(given.issues):
            for way, shift in (("up", SHIFT), ("down", -SHIFT)):
                for move in whom_to_move(x, s, c, d, shift, turns, **options):
                    if move.change is not None and move.dimension == d:
                        item = f"{way}.{move.what}"
                        record.write("move_needed", given.actors[move.actor], issue, item, period, move.change, basis)
                        record.write("move_holds", given.actors[move.actor], issue, item, period, move.holds, basis)
        return
    basis = record.rests(name, _MOVE, given.parents)
    before = _redrawn(given, draws, seed, turns, options)
    for d, issue in enumerate(given.issues):
        for actor in given.actors:
            for what in ("position", "salience"):
                found = _smallest(
                    given,
                    before,
                    actor,
                    issue,
                    d,
                    what,
                    partial(_redrawn, draws=draws, seed=seed, turns=turns, options=options),
                )
                for way, (change, holds) in found.items():
                    record.write("move_needed", actor, issue, f"{way}.{what}", period, change, basis)
                    record.write("move_holds", actor, issue, f"{way}.{what}", period, holds, basis)


def _smallest(
    given: Arena,
    before: Outcomes | None,
    actor: str,
    issue: str,
    d: int,
    what: str,
    redrawn: Callable[[Arena], Outcomes | None],
) -> dict[str, tuple[float, float]]:
    """The smallest change tried that moves the outcome up, and down, by enough; and the share of redraws that go with it."""
    found: dict[str, tuple[float, float]] = {}
    for change in (sign * step for step in STEPS for sign in (1.0, -1.0)):
        after = redrawn(given.moved(actor, issue, what, change)) if len(found) < 2 else None
        if before is None or after is None:
            break
        shift = after.outcome[:, d] - before.outcome[:, d]
        for way, sign in (("up", 1.0), ("down", -1.0)):
            if way not in found and sign * np.median(shift) >= SHIFT:
                found[way] = change, float((sign * shift > 0).mean())
    return found


def arenas(record: Record, issues: tuple[str, ...], *, jointly: bool) -> list[Arena]:
    """Each issue by itself, or all of them at once."""
    groups = [issues] if jointly else [(issue,) for issue in issues]
    return [made for group in groups if (made := arena(record, group))]
