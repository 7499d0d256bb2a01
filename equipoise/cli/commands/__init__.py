"""The commands: options in, facts out. What they show is arranged in ``sheets``, how in ``output``.

A command is a module that registers itself; the order here is that of ``equipoise --help``.
"""

from __future__ import annotations

# isort: off
from equipoise.cli.commands import (
    brief,
    exposure,
    corridors,
    route,
    withdraw,
    shock,
    interdict,
    invest,
    bargain,
    futures,
    policies,
    region,
    watch,
    watch_events,
    studio,
    mcp,
    trace,
    case,
)

# isort: on
from equipoise.cli.commands.shared import app

__all__ = [
    "app", "bargain", "brief", "case", "corridors", "exposure", "futures", "interdict", "invest", "mcp", "policies", "region",
    "route", "shock", "studio", "trace", "watch", "watch_events", "withdraw",
]  # fmt: skip
