"""The commands: options in, facts out. What they show is arranged in ``sheets``, how in ``output``.

A command is a module that registers itself; the order of ``equipoise --help`` stands in ``shared``.
"""

from __future__ import annotations

from equipoise.cli.commands import (
    bargain,
    brief,
    case,
    corridors,
    exposure,
    futures,
    interdict,
    invest,
    mcp,
    policies,
    region,
    route,
    shock,
    studio,
    trace,
    watch,
    watch_events,
    withdraw,
)
from equipoise.cli.commands.shared import app

__all__ = [
    "app", "bargain", "brief", "case", "corridors", "exposure", "futures", "interdict", "invest", "mcp", "policies", "region",
    "route", "shock", "studio", "trace", "watch", "watch_events", "withdraw",
]  # fmt: skip
