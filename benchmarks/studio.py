"""The studio as its users meet it: the first paint, a closure redrawn, two hundred sessions at once, memory of each."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.result import Result

DRAWS, USERS, RUNS, ARRIVE = 2, 200, 7, 20.0


def closure(folder: Path) -> Result:
    """The server's time for a closure that nobody asked before."""
    from equipoise.workbench import Workbench
    from equipoise.workbench.state import State

    bench = Workbench("kazakhstan", folder / "data")
    bench.answer(bench.state({}).what, "oil")
    taken = []
    for number in range(3 * RUNS):
        state: State = bench.state({"what": {"closed": {"cpc": 0.9 - number / 100}}})
        begun, worked = time.perf_counter(), time.process_time()
        bench.answer(state.what, "oil")
        taken.append((time.perf_counter() - begun, time.process_time() - worked))
    bench.close()
    wall, cpu = (statistics.median(column) for column in zip(*taken, strict=True))
    return Result(wall, f"a share of CPC closed, 64 redraws, asked the first time; CPU {1e3 * cpu:.0f} ms", 0.05)


def paint(folder: Path) -> Result:
    """From the address to the first content in Chromium."""
    return _in_browser(folder)[0]


def redraw(folder: Path) -> Result:
    """From the click to the changed map in Chromium."""
    return _in_browser(folder)[1]


def users(folder: Path) -> Result:
    """Two hundred sessions: within twenty seconds each opens the page, asks a closure, saves a session and reads it again."""
    with _server(folder) as (base, _):
        taken, failed = asyncio.run(_crowd(base))
        views = statistics.quantiles(taken["GET /"] + taken["POST /api/whatif"], n=20)[-1]
    each = ", ".join(f"{kind} {statistics.quantiles(found, n=20)[-1]:.2f} s" for kind, found in taken.items())
    how = f"p95 of cached views, {USERS} users within {ARRIVE:g} s, {failed} failed; of each: {each}"
    return Result(views, how, 1.0)


async def _crowd(base: str) -> tuple[dict[str, list[float]], int]:
    """What each kind of request took, and how many failed."""
    import httpx

    taken: dict[str, list[float]] = {}
    failed = 0
    what = {"what": {"closed": {"cpc": 1.0}}}

    async def one(number: int) -> None:
        nonlocal failed
        async with httpx.AsyncClient(base_url=base, cookies={"equipoise_user": f"{number:040d}"}, timeout=60) as client:

            async def ask(method: str, path: str, **given: Any) -> Any:
                nonlocal failed
                begun = time.perf_counter()
                answer = await client.request(method, path, **given)
                kind = f"{method} {path if method == 'POST' or path == '/' else '/api/sessions/ID'}"
                taken.setdefault(kind, []).append(time.perf_counter() - begun)
                failed += answer.status_code >= 400
                return answer

            await asyncio.sleep(ARRIVE * number / USERS)
            await ask("GET", "/")
            await ask("POST", "/api/whatif", json=what)
            kept = (await ask("POST", "/api/sessions", json={"title": "one of many", "state": what})).json()
            await ask("GET", f"/api/sessions/{kept['id']}")

    await asyncio.gather(*(one(number) for number in range(USERS)))
    return taken, failed


def _in_browser(folder: Path) -> tuple[Result, Result]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        raise RuntimeError("no Chromium on this machine")
    from playwright.sync_api import sync_playwright

    with _server(folder) as (base, process), sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        painted, redrawn, held = [], [], []
        for _ in range(RUNS):
            context = browser.new_context(viewport={"width": 1280, "height": 800})
            page = context.new_page()
            page.goto(base)
            page.wait_for_selector("[data-key=close-cpc]")
            content = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
            shown = page.evaluate("performance.now()")
            painted.append((page.evaluate(content) / 1e3, shown / 1e3))
            redrawn.append(page.evaluate(_CLICK) / 1e3)
            held.append(_resident(process.pid))  # the tab stays open, its socket with it
        browser.close()
    grown = (held[-1] - held[1]) / (RUNS - 2)
    first, whole = (statistics.median(column) for column in zip(*painted, strict=True))
    how = f"first content of {RUNS} fresh tabs in Chromium; all of the map room {whole:.1f} s"
    return (
        Result(first, how, 2.5),
        Result(
            statistics.median(redrawn),
            f"click on Close: CPC to the map redrawn, {RUNS} tabs; memory is that of each",
            0.3,
            max(grown, 0.01),
            5.0,
        ),
    )


_CLICK = """() => new Promise((done) => {
  const map = document.querySelector(".map"), before = map.dataset.world, begun = performance.now();
  new MutationObserver(() => { if (map.dataset.world !== before) requestAnimationFrame(() => done(performance.now() - begun)); })
    .observe(map, { attributes: true });
  document.querySelector("[data-key=close-cpc]").click();
})"""


@contextmanager
def _server(folder: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The studio as a user starts it, its study known."""
    import equipoise as eq
    from equipoise.workbench import Workbench
    from equipoise.workbench.runs import keep

    data = folder / "data"
    bench = Workbench("kazakhstan", data, draws=DRAWS)
    if bench.known() is None:
        keep(eq.run(bench.case, draws=DRAWS).ledger, bench.runs._place("study", bench.study()))
    bench.close()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [
        sys.executable,
        "-m",
        "equipoise",
        "studio",
        "--port",
        str(port),
        "--data",
        str(data),
        "--draws",
        str(DRAWS),
    ]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    base = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(f"{base}/api/").close()
                break
            except OSError:
                time.sleep(0.1)
        time.sleep(15)  # the first answers are made, the rooms drawn
        urllib.request.urlopen(f"{base}/").close()
        yield base, process
    finally:
        process.kill()
        process.wait()


def _resident(pid: int) -> float:
    """MB that a process holds."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
