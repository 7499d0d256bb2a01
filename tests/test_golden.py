"""The results of the bundled case do not move without being seen to move."""

from __future__ import annotations

import csv
import math

from golden import TABLE, golden

from equipoise.case import Case


def test_the_golden_facts_stand(case: Case) -> None:
    """Every golden fact is what it was; `make golden` after a change that was meant, and read the diff."""
    with TABLE.open(newline="") as text:
        kept = {row["fact"]: row["value"] for row in csv.DictReader(text)}
    now = golden(case)
    assert set(now) == set(kept)
    moved = {
        name: (kept[name], value)
        for name, value in now.items()
        if not math.isclose(float(value), float(kept[name]), rel_tol=1e-4, abs_tol=1e-6)
    }
    assert not moved
