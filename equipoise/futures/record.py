"""What the futures read and write."""

from __future__ import annotations

from equipoise.corridors.inputs import NETWORK_MEASURES
from equipoise.futures.policies import FIGURES
from equipoise.income import READS as OF_INCOME

__all__ = ["OF_POLICIES", "READS", "VERSION", "WRITES"]

VERSION = "futures/1"

READS = tuple(dict.fromkeys((*NETWORK_MEASURES, *FIGURES, *OF_INCOME)))
OF_POLICIES = (
    "policy_capex", "policy_running", "policy_unpriced", "policy_year", "policy_level", "policy_provocation",
)  # fmt: skip
"""What needs no future."""
WRITES = (
    *OF_POLICIES,
    "future_worst_loss", "future_worst_share", "future_power_loss", "future_loss", "future_tail_loss", "future_provoked",
    "future_lost_mass", "future_sales", "future_off_territory", "future_capex", "future_running", "future_point_price",
    "future_tolerated", "policy_regret_max", "policy_regret_90", "policy_tail", "policy_tolerable", "policy_starr", "policy_rank",
    "future_moved",
    "failure_share", "failure_coverage", "failure_density", "failure_limit", "failure_again",
)  # fmt: skip
