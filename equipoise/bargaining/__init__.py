"""Bargaining: could they, would it pay them, and what moves whom; three questions that are kept apart.

Whether a power *could* hurt is the withdrawal's answer. Whether it *would pay* is answered by break-evens that ask for nobody's
utility: how large a stake must be before closing pays, how large refusing must be before conceding does. Where the pressures of
many actors *push* a contested issue is the spatial model of politics: mechanics over ranges, never a date or a probability
that something happens.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from equipoise.bargaining.actors import actors_case
from equipoise.bargaining.alignment import alignment
from equipoise.bargaining.issues import arenas, contested, levers, moves
from equipoise.bargaining.record import VERSION, Record
from equipoise.bargaining.stakes import stakes
from equipoise.case import Case
from equipoise.errors import InputError
from equipoise.ledger import Ledger

__all__ = ["ASKED", "READS", "TURNS", "VERSION", "WRITES", "actors_case", "break_evens", "derive", "politics"]

READS = (
    "income_loss", "own_income_loss", "leverage_loss", "withholding_loss", "income_asymmetry", "exposure_share", "gdp",
    "threat_cost_to_power", "threat_duration", "reputation_ratio", "position", "salience", "capability", "status_quo",
    "lever_effect",
)  # fmt: skip
WRITES = (
    "power_income", "break_even_stake", "break_even_money", "break_even_refusal", "patience_needed", "crisis_chance",
    "alignment_room", "issue_outcome", "issue_path", "issue_cycle", "issue_settled", "issue_cycled", "issue_above", "actor_end",
    "actor_pull", "issue_driver", "lever_shift",
)  # fmt: skip
ASKED = ("move_needed", "move_holds")
"""What :func:`politics` alone writes, asked with a question of one's own."""
TURNS = 10
"""Turns of the spatial model where nobody names another number."""
LEVER_DRAWS = 100
"""Redraws, with and without each lever: at most so many."""
MOVE_DRAWS = 60
"""Redraws, with and without each change of an actor: at most so many."""
Progress = Callable[[str, int, int], None]


def derive(
    case: Case, *, draws: int = 200, seed: int = 1, workers: int = 1, progress: Progress | None = None
) -> Ledger:
    """Break-evens of every player, menu and horizon; where pressures push each contested issue; how far the state can lean.

    A case without losses of real income has no break-evens but those of acts whose cost is known; one without positions has no
    issues: missing is not zero.
    """
    del workers  # the compiled model has threads of its own
    record = _record(case, draws, seed)
    period = _break_evens(record)
    every = arenas(record, tuple(case.table("issues")["issue"].to_list()), jointly=False)
    asked: dict[str, Any] = {"draws": draws, "seed": seed, "turns": TURNS, "options": {}}
    for k, arena in enumerate(every):
        contested(record, arena, str(case.year), period, **asked)
        levers(record, arena, str(case.year), **{**asked, "draws": min(draws, LEVER_DRAWS)})
        if progress:
            progress("bargaining", k + 1, len(every))
    return record.ledger()


def break_evens(case: Case) -> Ledger:
    """The break-evens alone, of every player, menu and horizon; no issue is played."""
    record = _record(case, 0, 1)
    _break_evens(record)
    return record.ledger()


def politics(
    case: Case, issues: Sequence[str] = (), *, draws: int = 1000, seed: int = 1, turns: int = TURNS, jointly: bool = False,
    options: Mapping[str, Any] | None = None, progress: Progress | None = None,
) -> Ledger:  # fmt: skip
    """Where pressures push some issues, and whom to move, asked with numbers and options of one's own; and the break-evens.

    Parameters
    ----------
    issues : sequence of str
        All of the case if left out.
    draws, seed, turns : int
        Redraws, 0 for the central run alone; turns of the model.
    jointly : bool
        All issues at once, as dimensions of one bargain; then only actors known on all of them play, and what they care about
        is scaled to 100 in sum.
    options : mapping
        Of :func:`equipoise.maths.spatial.spatial_model`, by the literature's names.

    Raises
    ------
    InputError
        There is no such issue, an option is unknown, or nobody's position is known.
    """
    held = case.table("issues")["issue"].to_list()
    unknown = [issue for issue in issues if issue not in held]
    if unknown or not held:
        raise InputError(
            "--issue", found=", ".join(unknown) or "a case without issues", allowed=", ".join(held) or "none"
        )
    record = _record(case, draws, seed)
    period = _break_evens(record)
    every = arenas(record, tuple(issues or held), jointly=jointly)
    if not every:
        raise InputError(
            "--issue", found=", ".join(issues or held), allowed="issues with two actors or more whose position, salience and "
            "capability are known, and who do not all want the same",
        )  # fmt: skip
    chosen = {**({"salience_sum": "free"} if jointly else {}), **(options or {})}
    asked: dict[str, Any] = {"turns": turns, "options": chosen}
    for k, arena in enumerate(every):
        contested(record, arena, str(case.year), period, draws=draws, seed=seed, **asked)
        levers(record, arena, str(case.year), draws=min(draws, LEVER_DRAWS), seed=seed, **asked)
        moves(record, arena, str(case.year), draws=min(draws, MOVE_DRAWS), seed=seed, **asked)
        if progress:
            progress("bargaining", k + 1, len(every))
    return record.ledger()


def _record(case: Case, draws: int, seed: int) -> Record:
    return Record(case.settle(), READS, f"draws={draws} seed={seed}")


def _break_evens(record: Record) -> str:
    """Write the break-evens and how far the state can lean; the period of the headline's horizon, empty where there is none: the
    first whose limits are contracts, with no storage."""
    rows = list(record.case.table("horizons").iter_rows(named=True))
    periods = {row["horizon"]: f"{record.case.year}+{row['horizon']}" for row in rows}
    found = (row["horizon"] for row in rows if row["reading"] == "contract" and row["storage"] == "0")
    main = next(found, next(iter(periods), ""))
    incomes = stakes(record, periods, main)
    if main:
        alignment(record, incomes, periods[main])
    return periods.get(main, "")
