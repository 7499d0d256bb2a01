"""Events: change points of many pairs over years of days, the watch over the bundled panel, and its whole stage."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.result import Result, seconds

PAIRS, DAYS = 300, 6 * 365


def _many() -> np.ndarray:
    """Series of days, a quarter of which have a change of level or two."""
    random = np.random.default_rng(1)
    series = random.normal(size=(PAIRS, DAYS))
    for row in series[::4]:
        row[random.integers(0, DAYS) :] += random.normal(0.0, 1.0)
    return series


def change_points(folder: Path) -> Result:
    """The best partition of each of 300 series of six years of days, and the alarms of every day."""
    from equipoise.maths.series import alarms
    from equipoise.maths.series import change_points as partition

    many = _many()
    partition(many[0], penalty=20.0)  # compiles
    alarms(many[0], 20.0)

    def work() -> int:
        return sum(len(partition(row, penalty=20.0, minimum=2).points) + len(alarms(row, 20.0).day) for row in many)

    ours = seconds(work)
    how = f"{PAIRS} pairs × {DAYS} days: exact partition of each, and the alarms of every day; {work()} found"
    return Result(ours, how, promised=5.0)


def watched(folder: Path) -> Result:
    """The same pairs watched whole: what is usual, the penalty of each on empty series of its own, alarms, and claims."""
    from datetime import date

    from equipoise.watch.events import claims, watch_panel
    from equipoise.watch.events.panel import NET, EventPanel

    values = {("AAA", f"B{n:03d}", NET): row for n, row in enumerate(_many())}
    panel = EventPanel("made", date(2018, 1, 1), values, np.full(DAYS, 100.0), False, {}, "made")
    few = panel.of({("AAA", "B000", NET)})
    watch_panel(few, draws=1)

    def work() -> int:
        watching = watch_panel(panel)
        return len(watching.alarms) + len(claims(watching))

    ours = seconds(work)
    return Result(
        ours, f"{PAIRS} pairs × {DAYS} days watched: calibrated each on 30 empty series of five years", promised=60.0
    )


def stage(folder: Path) -> Result:
    """The events of the bundled case, from its panels to facts, nothing remembered."""
    import equipoise as eq
    from equipoise.watch import events

    case = eq.open_case("kazakhstan")
    events.derive(case)
    ours = seconds(lambda: events.derive(case))
    return Result(ours, "bundled panels of events to facts, compiled before", promised=3.0)
