"""Print how long the work takes, how much memory, and the ratio to a peer in the same run.

Each measurement has a process of its own, so that its memory is its own. Run all with ``make bench``, or one of them
with ``python -m benchmarks coalitions``.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from benchmarks import (
    commands,
    equilibrium,
    futures,
    kernel,
    library,
    outage,
    region,
    resilience,
    series,
    spatial,
    studio,
    watch,
)
from benchmarks.result import Result, in_own_process

EVERY = {
    "help": commands.help_, "exposure": commands.exposure, "brief": commands.brief,
    "coalitions": library.coalitions, "min_cost_flow": library.min_cost_flow,
    "one_sector": equilibrium.one_sector, "gegravity": equilibrium.gegravity, "multi_sector": equilibrium.multi_sector,
    "embargo": equilibrium.embargo, "incomes": equilibrium.incomes, "draws": equilibrium.draws,
    "flows_oil": kernel.oil, "flows_random": kernel.network, "flows_redrawn": kernel.redrawn,
    "flows_linprog": kernel.linprog, "flows_ortools": kernel.ortools,
    "flows_truth": kernel.truth, "flows_leak": kernel.leak,
    "check": library.check, "load": library.load, "pivot": library.pivot,
    "double_closures": resilience.double_closures, "interdiction": resilience.interdiction,
    "shock": outage.shock, "record": outage.record,
    "spatial": spatial.seven, "spatial_20": spatial.twenty, "spatial_draws": spatial.draws, "whom_to_move": spatial.moving,
    "investment": resilience.investment, "invest": resilience.invest,
    "futures": futures.lives, "futures_one": futures.one_weighting, "futures_two": futures.workers,
    "futures_ema": futures.ema, "futures_ema_2": futures.ema_two,
    "region_world": region.world, "region_every": region.every, "region_rates": region.rates,
    "watch_trade": watch.screen,
    "studio_closure": studio.closure, "studio_paint": studio.paint, "studio_redraw": studio.redraw, "studio_users": studio.users,
    "change_points": series.change_points, "watch_300": series.watched, "watch_events": series.stage,
}  # fmt: skip

WHEN_NAMED = ("flows_truth", "flows_leak", "watch_trade", "studio_paint", "studio_redraw", "studio_users")
"""Minutes long: measured only when they are named."""


def main() -> None:
    """Measure everything, or what was named, and print a table."""
    wanted = sys.argv[1:] or [name for name in EVERY if name not in WHEN_NAMED]
    unknown = sorted(set(wanted) - set(EVERY))
    if unknown:
        sys.exit(f"benchmarks: found {', '.join(unknown)}; allowed: {', '.join(EVERY)}")
    print(f"{os.cpu_count()} processors, Python {sys.version.split()[0]}\n\n{Result.HEAD}\n{'-' * len(Result.HEAD)}")
    with tempfile.TemporaryDirectory() as folder:
        for name in wanted:
            print(in_own_process(EVERY[name], Path(folder)).line(name), flush=True)


if __name__ == "__main__":
    main()
