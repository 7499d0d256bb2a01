"""What the futures read and write."""

from __future__ import annotations

from equipoise.corridors.inputs import NETWORK_MEASURES, QUANTITIES
from equipoise.futures.gathering import READS as OF_STANDING
from equipoise.futures.policies import FIGURES
from equipoise.income import READS as OF_INCOME

__all__ = ["OF_ADVICE", "OF_FUTURES", "OF_POLICIES", "OF_SEARCH", "READS", "VERSION", "WRITES"]

VERSION = "futures/2"

READS = tuple(
    dict.fromkeys((
        *NETWORK_MEASURES, *FIGURES, *OF_INCOME, *OF_STANDING, "brent_price", "population", "supply_growth", "demand_growth",
        "sea_level_change", "payload_loss", "outcome_baseline",
    ))
)  # fmt: skip
OF_POLICIES = (
    "policy_capex", "policy_running", "policy_unpriced", "policy_year", "policy_level", "policy_provocation",
)  # fmt: skip
"""What needs no future."""
OF_FUTURES = (
    "future_worst_loss", "future_worst_share", "future_power_loss", "future_loss", "future_tail_loss", "future_provoked",
    "future_lost_mass", "future_sales", "future_fiscal", "future_off_territory", "future_capex", "future_running",
    "future_outcome", "future_point_price",
    "future_path",
    "future_tolerated", "policy_regret_max", "policy_regret_90", "policy_tail", "policy_tolerable", "policy_starr", "policy_rank",
    "future_moved", "future_sensitivity", "future_light", "failure_leaf_coverage", "failure_leaf_density", "failure_leaf_limit",
    "failure_share", "failure_coverage", "failure_density", "failure_limit", "failure_again",
    "policy_turn", "policy_mixture", "policy_episodes", "signpost_now", "signpost_gap", "signpost_past", "future_still_held",
    "future_person_loss",
    "future_person_cost",
)  # fmt: skip
"""What futures tell of policies."""
WRITES = (*OF_POLICIES, *OF_FUTURES)
OF_ADVICE = (
    "advice_worst_loss", "advice_power_loss", "advice_loss", "advice_luck", "advice_provoked", "advice_break_even",
    "advice_off_territory", "advice_outcome", "advice_regret_max", "advice_regret_90", "advice_yearly", "advice_price",
    "advice_moved", *(f"advice_carried_{quantity}" for quantity in QUANTITIES), "advice_level", "advice_turn",
    "advice_overtaken", "advice_together", "advice_levers", "advice_assumed",
)  # fmt: skip
"""What the stage ``advice`` writes of levers."""
OF_SEARCH = (
    "front_intensity", "front_worst_loss", "front_loss", "front_cost", "front_volume", "front_size", "front_better",
)  # fmt: skip
"""What a search over intensities writes."""
