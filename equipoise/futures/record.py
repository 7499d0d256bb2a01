"""What the futures read and write."""

from __future__ import annotations

from equipoise.corridors.inputs import NETWORK_MEASURES
from equipoise.futures.policies import FIGURES

__all__ = ["READS", "VERSION", "WRITES"]

VERSION = "futures/1"

READS = (*NETWORK_MEASURES, *FIGURES, "control", "gdp")
WRITES = (
    "policy_capex", "policy_running", "policy_unpriced", "policy_year", "policy_level", "policy_provocation",
)  # fmt: skip
