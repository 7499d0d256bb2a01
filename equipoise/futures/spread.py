"""Who lives which futures through: this process, processes of this machine, or the workers of a dask cluster.

Future k depends on the question and k alone, so whoever lives it finds the same bits. Chunks are written as they come, in any
order; a worker that is killed loses the chunk that it was at, which another computes again.
"""

from __future__ import annotations

import multiprocessing
import pickle
import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from numpy.typing import NDArray

from equipoise import memory
from equipoise.errors import InputError
from equipoise.futures.store import Results

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["Compute", "computed", "fill"]

Arrays = Mapping[str, NDArray[Any]]
Compute = Callable[[int, int], Arrays]
"""From the first future and how many to their arrays (futures, …); picklable where others than this process compute."""
Part = tuple[int, int]
DEATHS = 3
"""Times that workers of this machine may die before no more are begun: what kills them is no accident."""
ANSWER = 10.0
"""Seconds within which a scheduler must answer."""
PATIENCE = 60.0
"""Seconds that a cluster may be without a worker."""
_AGAIN = "what is written stays: the same command goes on from there"


def fill(
    results: Results,
    compute: Compute,
    *,
    workers: int = 1,
    cluster: str = "",
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Compute every chunk that a folder of results lacks, and write each as it comes.

    ``progress`` is called with the futures done and those to do by this run; what was there before counts in neither.

    Raises
    ------
    InputError
        The disk is full, or the workers died or cannot be reached; what is written stays.
    """
    parts = results.missing()
    done, whole = 0, sum(count for _, count in parts)
    if progress and whole:
        progress(0, whole)
    for (first, count), arrays in computed(compute, parts, workers=workers, cluster=cluster):
        results.write(first, arrays)
        done += count
        if progress:
            progress(done, whole)


def computed(
    compute: Compute, parts: Sequence[Part], *, workers: int = 1, cluster: str = ""
) -> Iterator[tuple[Part, Arrays]]:
    """Each part, (first future, how many), with its arrays, in whatever order they come; no more are on their way at a time
    than keep the workers busy, so that memory is bounded.

    Whoever computes opens the question anew as it travels, this process too: an array that has travelled may lie otherwise in
    memory, and then its sum has other last bits.

    >>> sorted(computed(divmod, [(7, 2), (9, 4)]))
    [((7, 2), (3, 1)), ((9, 4), (2, 1))]
    """
    if not parts:
        return
    sealed = zlib.compress(pickle.dumps(compute), level=1)
    if cluster:
        yield from _on_cluster(sealed, parts, cluster)
    elif workers > 1 and len(parts) > 1:
        yield from _on_processes(sealed, parts, min(workers, len(parts)))
    else:
        opened = _opened(sealed)
        for part in parts:
            yield part, opened(*part)


def _opened(sealed: bytes) -> Compute:
    """What was sealed by this run, opened anew."""
    compute: Compute = pickle.loads(zlib.decompress(sealed))  # noqa: S301 - from this run alone
    return compute


# --- processes of this machine ---------------------------------------------------------------------------------------

_held: list[Compute] = []
"""In a worker: what it computes, sent once and not with every chunk."""


def _hold(sealed: bytes) -> None:
    _held[:] = [_opened(sealed)]


def _held_at(part: Part) -> Arrays:
    return _held[0](*part)


def _on_processes(sealed: bytes, parts: Sequence[Part], workers: int) -> Iterator[tuple[Part, Arrays]]:
    """What several processes find; where one is killed the rest is begun anew."""
    left = list(parts)
    for _ in range(DEATHS):
        try:
            for part, arrays in _pooled(sealed, list(left), workers):
                left.remove(part)
                yield part, arrays
            return
        except BrokenProcessPool:
            continue
    raise InputError(
        "workers", found=f"killed {DEATHS} times", allowed="processes that live to the end",
        remedy=f"ask for smaller chunks or fewer workers, if memory ran out; {_AGAIN}",
    )  # fmt: skip


def _pooled(sealed: bytes, parts: Sequence[Part], workers: int) -> Iterator[tuple[Part, Arrays]]:
    context = multiprocessing.get_context("spawn")  # forking a process that has threads may hang it
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_hold, initargs=(sealed,))
    rest = iter(parts)
    running: dict[Future[Arrays], Part] = {}
    try:
        while True:
            for part in islice(rest, 2 * workers - len(running)):
                running[pool.submit(_held_at, part)] = part
            if not running:
                return
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                yield running.pop(future), future.result()
    finally:
        pool.shutdown(cancel_futures=True)


# --- a cluster -------------------------------------------------------------------------------------------------------

_one_at_a_time = threading.Lock()
"""The kernels use the threads of a process themselves and must not be entered by two of them."""


_opened_once = lru_cache(maxsize=2)(_opened)


def _same(sealed: bytes) -> bytes:
    return sealed


def _there(sealed: bytes, part: Part, program: bytes) -> Arrays:
    """One chunk, computed by a worker that must be of the same program."""
    if memory.program() != program:
        raise InputError(
            "--cluster", found=f"a worker with another program, {memory.program().hex()[:8]}",
            allowed=f"the program that asks, {program.hex()[:8]}", remedy="install the same version on every worker",
        )  # fmt: skip
    with _one_at_a_time:
        return _opened_once(sealed)(*part)


def _on_cluster(sealed: bytes, parts: Sequence[Part], address: str) -> Iterator[tuple[Part, Arrays]]:
    """What the workers of a cluster find. The scheduler gives the chunk of a worker that dies to another."""
    with _client(address) as client:
        from distributed import wait as first_of

        held = client.submit(_same, sealed, pure=False)  # which the scheduler has too: no worker is the last to know it
        rest = iter(parts)
        running: dict[Any, Part] = {}
        alone = time.monotonic()
        while True:
            window = 2 * sum(client.nthreads().values()) or 1
            for part in islice(rest, max(0, window - len(running))):
                running[client.submit(_there, held, part, memory.program(), pure=False)] = part
            if not running:
                return
            with suppress(TimeoutError), client.as_current():
                first_of(list(running), timeout=1.0, return_when="FIRST_COMPLETED")
            for future in [one for one in running if one.done()]:
                yield running.pop(future), _result(future)
            alone = time.monotonic() if client.nthreads() else alone
            if time.monotonic() - alone > PATIENCE:
                found = f"no worker for {PATIENCE:.0f} seconds"
                raise InputError("--cluster", found=found, allowed="one worker or more", remedy=_AGAIN)


def _result(future: Any) -> Arrays:
    """The arrays of a chunk, or why there are none."""
    from concurrent.futures import CancelledError

    from distributed import KilledWorker

    try:
        found: Arrays = future.result()
    except KilledWorker as error:
        remedy = f"ask for smaller chunks, if their memory ran out; {_AGAIN}"
        found_instead = "workers that died one after another at the same chunk"
        raise InputError(
            "--cluster", found=found_instead, allowed="workers that live to the end", remedy=remedy
        ) from error
    except CancelledError as error:
        raise InputError(
            "--cluster", found="a scheduler that is gone", allowed="one that stays", remedy=_AGAIN
        ) from error
    except ImportError as error:
        allowed = "workers on which the same version of equipoise is installed"
        raise InputError("--cluster", found=f"a worker that says: {error}", allowed=allowed) from error
    return found


@contextmanager
def _client(address: str) -> Iterator[Client]:
    """A client of the scheduler at an address."""
    try:
        from distributed import Client
    except ImportError as error:
        raise InputError(
            "--cluster", found="no dask.distributed", allowed="an environment that has it",
            remedy="install the extra: pip install 'equipoise[cluster]'",
        ) from error  # fmt: skip
    allowed = "the address of a dask scheduler that answers, such as tcp://127.0.0.1:8786"
    try:
        place = urlsplit(address if "://" in address else f"tcp://{address}")
        with socket.create_connection((place.hostname or "", place.port or 0), timeout=ANSWER):
            pass  # somebody is there: a client that finds nobody is slow to give up
        client = Client(address, timeout=ANSWER, set_as_default=False)
    except (OSError, ValueError) as error:
        raise InputError("--cluster", found=address, allowed=allowed) from error
    with client:
        yield client
