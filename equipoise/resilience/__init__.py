"""Resilience: which closures would hurt most, and which projects would take the hurt away.

``interdict`` finds the worst closures of a network by stretch of a corridor, by power, or by what they cost the powers, and
tells them as what to back up. ``invest`` chooses projects under a budget against the worst withdrawal and over futures.
Both are asked with parameters, and so are not among the stages that every study runs.
"""

from __future__ import annotations

from equipoise.resilience.closing import MODES, interdict
from equipoise.resilience.planning import invest
from equipoise.resilience.record import READS, VERSION, WRITES

__all__ = ["MODES", "READS", "VERSION", "WRITES", "interdict", "invest"]
