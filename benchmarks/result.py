"""What a measurement found, and how it is printed."""

from __future__ import annotations

import multiprocessing
import resource
import statistics
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import ClassVar


@dataclass(frozen=True)
class Result:
    """Seconds and MB, what was promised of each, what was measured, and how many times as long a peer took."""

    HEAD: ClassVar[str] = (
        f"{'what':14} {'seconds':>8} {'promised':>9} {'peak MB':>8} {'promised':>9}  {'peer/ours':>9}  how"
    )

    seconds: float
    how: str
    promised: float | None = None
    memory: float = 0.0
    promised_memory: float | None = None
    ratio: float | None = None

    def line(self, name: str) -> str:
        """One row of the table."""

        def most(figure: float | None) -> str:
            return "–" if figure is None else f"< {figure:g}"

        ratio = "–" if self.ratio is None else f"{self.ratio:.1f} ×"
        return (
            f"{name:14} {self.seconds:8.3f} {most(self.promised):>9} {self.memory:8.0f} {most(self.promised_memory):>9}  "
            f"{ratio:>9}  {self.how}"
        )


def in_own_process(work: Callable[[Path], Result], folder: Path) -> Result:
    """Run a measurement in a fresh process; its memory is the largest that process, or a child of it, ever held."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_with_memory, work, folder).result()


def _with_memory(work: Callable[[Path], Result], folder: Path) -> Result:
    found = work(folder)
    return found if found.memory else replace(found, memory=peak_memory())


def peak_memory() -> float:
    """MB that this process held at most so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def seconds(work: Callable[[], object], runs: int = 1) -> float:
    """Median of the times that some work takes."""
    taken = []
    for _ in range(runs):
        start = perf_counter()
        work()
        taken.append(perf_counter() - start)
    return statistics.median(taken)
