"""What somebody asks as plain data, read: a number, a reason, and how what was found is said back."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeVar

from equipoise.case import Case
from equipoise.errors import InputError

__all__ = ["LONGEST_REASON", "number", "reason", "remembered", "shown"]

LONGEST_REASON, CASES = 400, 4
"""Letters of a reason; cases of which what was read is remembered."""
T = TypeVar("T")


def remembered(read: Callable[[Case], T]) -> Callable[[Case], T]:
    """What is read of a case, read once: question after question is asked of the same few."""
    held: deque[tuple[Case, T]] = deque(maxlen=CASES)

    @wraps(read)
    def recall(case: Case) -> T:
        for known, found in list(held):
            if known.ledger is case.ledger and known.register is case.register:
                return found
        made = read(case)
        held.append((case, made))
        return made

    return recall


def number(value: Any, what: str) -> float:
    """A finite number, and no word or truth value for one.

    Raises
    ------
    InputError
        It is none.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise InputError(what, found=shown(value), allowed="a finite number")
    return float(value)


def reason(entry: Mapping[str, Any], what: str) -> str:
    """Why somebody assumes something, on one line.

    Raises
    ------
    InputError
        It is left out, or longer than anybody reads.
    """
    said = " ".join(str(entry.get("reason") or "").split())
    if not 3 <= len(said) <= LONGEST_REASON:
        raise InputError(
            f"reason for {what}", found=f"{len(said)} letters", allowed=f"3 to {LONGEST_REASON}",
            remedy="say why: it is printed wherever the figure shows",
        )  # fmt: skip
    return said


def shown(value: Any) -> str:
    """What was found, short enough to be said back."""
    return repr(value)[:80]
