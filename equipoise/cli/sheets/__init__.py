"""What the commands show: facts arranged as tables. The brief's own tables are used wherever it has them."""

from __future__ import annotations

from equipoise.cli.sheets.bargaining import act, bargain, issue
from equipoise.cli.sheets.closures import closures
from equipoise.cli.sheets.exposure import exposure, other_state, years_by_channel
from equipoise.cli.sheets.futures import futures
from equipoise.cli.sheets.outage import episodes, shock
from equipoise.cli.sheets.plans import plans
from equipoise.cli.sheets.policies import policies, policy_names
from equipoise.cli.sheets.region import region
from equipoise.cli.sheets.region_water import spill
from equipoise.cli.sheets.route import route
from equipoise.cli.sheets.routes import corridors
from equipoise.cli.sheets.search import search
from equipoise.cli.sheets.watch_events import record, watch_events
from equipoise.cli.sheets.watch_trade import watch_files, watch_trade
from equipoise.cli.sheets.withdrawal import expected, withdrawal, withdrawal_by

__all__ = [
    "act",
    "bargain",
    "closures",
    "corridors",
    "episodes",
    "expected",
    "exposure",
    "futures",
    "issue",
    "other_state",
    "plans",
    "policies",
    "policy_names",
    "record",
    "region",
    "route",
    "search",
    "shock",
    "spill",
    "watch_events",
    "watch_files",
    "watch_trade",
    "withdrawal",
    "withdrawal_by",
    "years_by_channel",
]
