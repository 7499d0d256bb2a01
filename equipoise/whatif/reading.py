"""What somebody asks as plain data, read: a number, a reason, and how what was found is said back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from equipoise.errors import InputError

__all__ = ["LONGEST_REASON", "number", "reason", "shown"]

LONGEST_REASON = 400


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
