"""A cluster of real workers on loopback: the same bits as one process, also when one of them is killed in mid-run."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from numpy.typing import NDArray
from test_store import CHUNK, FUTURES, MARK, SHAPE, bits, filled, invented, refusing

from equipoise import memory
from equipoise.errors import InputError
from equipoise.futures import spread
from equipoise.futures.spread import computed, fill
from equipoise.futures.store import begun

pytest.importorskip("distributed", reason="dask.distributed is not installed: no cluster is tried")

HERE = Path(__file__).parent


class Cluster(NamedTuple):
    """A scheduler on loopback and its workers by process, which leave word in a folder of what they compute."""

    address: str
    workers: dict[int, subprocess.Popen[bytes]]
    seen: Path


def by_whom(first: int, count: int) -> Mapping[str, NDArray[Any]]:
    """The invented arrays, slowly, leaving word of which process computes them."""
    Path(os.environ["SEEN_IN"], f"{os.getpid()}").touch()
    time.sleep(0.3)
    return invented(first, count)


def deadly(first: int, count: int) -> Mapping[str, NDArray[Any]]:
    """Kills whoever computes it."""
    os.kill(os.getpid(), signal.SIGKILL)
    return invented(first, count)


@contextmanager
def started(log: Path, *command: str) -> Iterator[subprocess.Popen[bytes]]:
    """A program of dask in a process of its own, which says in a file what it does; it ends with the block."""
    environment = os.environ | {"PYTHONPATH": str(HERE), "SEEN_IN": str(log.parent / "seen")}
    program = [sys.executable, "-m", f"distributed.cli.{command[0]}", *command[1:], "--no-dashboard"]
    with log.open("w") as out:
        running = subprocess.Popen(program, stderr=out, stdout=out, env=environment)
    try:
        yield running
    finally:
        running.kill()
        running.wait()


def free_port() -> int:
    """A port on loopback that nobody listens at."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A scheduler and two workers: its address, the workers by process, and where they leave word."""
    folder, port = tmp_path_factory.mktemp("cluster"), str(free_port())
    (folder / "seen").mkdir()
    address = f"tcp://127.0.0.1:{port}"
    worker = "dask_worker", address, "--no-nanny", "--nthreads", "1", "--host", "127.0.0.1"
    with ExitStack() as stack:
        scheduler = "dask_scheduler", "--host", "127.0.0.1", "--port", port
        stack.enter_context(started(folder / "scheduler.log", *scheduler))
        logs = [folder / f"worker-{i}.log" for i in range(2)]
        workers = [stack.enter_context(started(log, *worker)) for log in logs]
        while not all("Registered to" in log.read_text() for log in logs):
            assert all(one.poll() is None for one in workers), [log.read_text() for log in logs]
            time.sleep(0.05)
        yield Cluster(address, {one.pid: one for one in workers}, folder / "seen")


def test_a_worker_killed_in_mid_run_loses_nothing(cluster: Cluster, tmp_path: Path) -> None:
    """Two real workers, one killed with -9 at its work: every chunk comes, and the files are those of one process."""
    address, workers, seen = cluster
    filled(tmp_path / "here")
    killed: list[int] = []

    def kill_one(done: int, whole: int) -> None:
        at_work = [int(file.name) for file in seen.iterdir()]
        if done >= CHUNK and not killed and len(at_work) == 2:
            killed.append(at_work[0])
            workers[at_work[0]].kill()

    with begun(tmp_path / "there", MARK, SHAPE, FUTURES, CHUNK) as results:
        fill(results, by_whom, cluster=address, progress=kill_one)
    assert len(killed) == 1
    assert workers[killed[0]].wait() == -signal.SIGKILL
    assert bits(tmp_path / "there") == bits(tmp_path / "here")


def test_what_a_worker_refuses_is_said_here(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of a worker comes back as it is; a worker of another program is refused, and both are named."""
    address = cluster.address
    with pytest.raises(InputError, match="here: found 0; allowed: elsewhere"):
        list(computed(refusing, [(0, 4)], cluster=address))
    ours = memory.program().hex()[:8]
    monkeypatch.setattr(spread.memory, "program", lambda: b"another")
    with pytest.raises(InputError, match=f"another program, {ours}.*Install the same version") as told:
        list(computed(invented, [(0, 4)], cluster=address))
    assert b"another".hex()[:8] in str(told.value)


def test_a_cluster_that_cannot_work_is_told(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """No such address, nobody there, no dask, workers that all are gone: one clear error each, and no endless wait."""
    for address in ("nowhere", "tcp://127.0.0.1:1", "tcp://127.0.0.1:port"):
        with pytest.raises(InputError, match=rf"--cluster: found {address}; allowed: the address of a dask"):
            list(computed(invented, [(0, 4)], cluster=address))
    monkeypatch.setattr(spread, "PATIENCE", 0.5)
    with pytest.raises(InputError, match=r"no worker for|died one after another"):
        list(computed(deadly, [(0, 4)], cluster=cluster.address))
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InputError, match=r"pip install 'equipoise\[cluster\]'"):
        list(computed(invented, [(0, 4)], cluster=cluster.address))
