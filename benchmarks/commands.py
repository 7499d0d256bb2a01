"""Whole commands as a user runs them, warm: what they derive was derived before."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from benchmarks.result import Result, seconds

RUNS = 5


def help_(folder: Path) -> Result:
    return _whole(folder, 0.3, None, "--help")


def exposure(folder: Path) -> Result:
    return _whole(folder, 1.0, None, "exposure")


def brief(folder: Path) -> Result:
    return _whole(folder, 5.0, 500, "brief", "-o", "brief.html")


def _whole(folder: Path, promised: float, promised_memory: float | None, *words: str) -> Result:
    line = [sys.executable, "-m", "equipoise", *words]
    memory = []

    def run() -> None:
        process = subprocess.Popen(line, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise RuntimeError(f"{' '.join(line)} failed; run it by hand")
        memory.append(usage.ru_maxrss / 1024)

    first, later = seconds(run), seconds(run, RUNS)
    how = f"`equipoise {' '.join(words)}`, whole process, warm, median of {RUNS}; the first run took {first:.1f} s"
    return Result(later, how, promised, max(memory[1:]), promised_memory)
