"""What many futures came to, kept on disk in chunks as they are lived through: resumed after a kill, mixed with no other run's.

A folder of results holds ``manifest.json``, which says of what case, question, seed and version they are, and for each chunk
of futures two Parquet files: ``policies-…`` with one row for each future and policy, ``futures-…`` with one for each future. A
file is written beside its place, made safe and renamed: it is there whole or not at all. Any reader of Parquet opens them.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import polars as pl
from numpy.typing import NDArray

from equipoise.errors import InputError

if TYPE_CHECKING:
    import xarray

__all__ = ["Results", "Shape", "begun", "chunk_of", "read"]

Array = NDArray[Any]
Mark = Mapping[str, str | int]
MANIFEST, LOCK, LAYOUT = "manifest.json", ".lock", 1
TABLES = ("policies", "futures")
"""One row for each future and policy; one row for each future."""
_CHUNK = re.compile(rf"({'|'.join(TABLES)})-(\d{{12}})\.parquet")
_AGAIN = "what is written stays: the same command goes on from there"


@dataclass(frozen=True, slots=True)
class Shape:
    """What the arrays of a chunk are, (futures, …): ``axes`` of each array by its name, ``labels`` of each axis by its.

    An array of which ``policy`` is the first axis stands in the table of policies, every other in that of futures.

    >>> shape = Shape({"loss": ("policy", "power"), "price": ()}, {"policy": ("usual",), "power": ("RUS", "CHN")})
    >>> shape.columns("loss"), shape.columns("price"), shape.of("policies")
    (['loss|RUS', 'loss|CHN'], ['price'], ['loss'])
    """

    axes: Mapping[str, tuple[str, ...]]
    labels: Mapping[str, tuple[str, ...]]

    def table(self, name: str) -> str:
        """The table in which an array stands."""
        return TABLES[self.axes[name][:1] != ("policy",)]

    def of(self, table: str) -> list[str]:
        """The arrays of a table."""
        return [name for name in self.axes if self.table(name) == table]

    def beyond(self, name: str) -> tuple[str, ...]:
        """The axes that lie beside each other in columns: all but the policy."""
        return self.axes[name][1:] if self.table(name) == "policies" else self.axes[name]

    def columns(self, name: str) -> list[str]:
        """The columns of an array: its name and the labels along its axes, as in ``mean|recorded|provoked``."""
        return ["|".join((name, *labels)) for labels in product(*(self.labels[axis] for axis in self.beyond(name)))]

    def size(self, name: str) -> tuple[int, ...]:
        """How long an array is along each of its axes, the futures left out."""
        return tuple(len(self.labels[axis]) for axis in self.axes[name])

    def rows(self, table: str) -> int:
        """Rows of a table for one future."""
        return len(self.labels["policy"]) if table == "policies" else 1


class Results:
    """A folder of results: which chunks it holds, whole arrays of them one at a time, and tables to be asked at leisure.

    Made by :func:`begun` to be written, by :func:`read` to be read. ``futures`` is how many were asked for, ``chunk`` how many
    a chunk holds, ``mark`` what they are results of, ``remade`` the files that could not be read and are computed again.
    """

    def __init__(self, folder: Path, mark: Mark, shape: Shape, chunk: int, futures: int) -> None:
        self.folder, self.mark, self.shape, self.chunk, self.futures = folder, mark, shape, chunk, futures
        self.remade: list[str] = []
        self._whole: dict[tuple[str, int], int] = {}

    # --- chunks ------------------------------------------------------------------------------------------------------

    def missing(self, futures: int | None = None) -> list[tuple[int, int]]:
        """The chunks (first future, how many) that are not there yet, or not whole, of so many futures."""
        wanted = self.futures if futures is None else futures
        self.remade, found = [], []
        for first in range(0, wanted, self.chunk):
            count = min(self.chunk, wanted - first)
            if min(self._held(table, first) for table in self._tables()) < count:
                found.append((first, count))
        return found

    def write(self, first: int, arrays: Mapping[str, Array]) -> None:
        """Keep the futures from ``first`` on, whole or not at all; arrays are (futures, …) as the shape says.

        Raises
        ------
        InputError
            The disk is full or cannot be written: what was written before is there to go on from.
        """
        for table in self._tables():
            names = self.shape.of(table)
            count = len(arrays[names[0]])
            rows = self.shape.rows(table)
            columns: dict[str, Any] = {"future": np.repeat(np.arange(first, first + count), rows)}
            if table == "policies":
                columns["policy"] = list(self.shape.labels["policy"]) * count
            for name in names:
                if arrays[name].shape != (count, *self.shape.size(name)):
                    raise ValueError(f"{name}: {arrays[name].shape} is not {(count, *self.shape.size(name))}")
                flat = arrays[name].reshape(count * rows, -1)
                columns |= dict(zip(self.shape.columns(name), flat.T, strict=True))
            data = BytesIO()
            pl.DataFrame(columns).write_parquet(data, compression="zstd", statistics=False)
            _put(self._file(table, first), data.getbuffer())
            self._whole[table, first] = count

    def _tables(self) -> list[str]:
        return [table for table in TABLES if self.shape.of(table)]

    def _file(self, table: str, first: int) -> Path:
        return self.folder / f"{table}-{first:012d}.parquet"

    def _held(self, table: str, first: int) -> int:
        """How many futures a file holds; none where it is not there, is cut short or holds something else. Asked once."""
        file = self._file(table, first)
        if (table, first) in self._whole:
            return self._whole[table, first]
        if not file.exists():
            return 0
        with suppress(OSError, pl.exceptions.PolarsError):
            expected = [column for name in self.shape.of(table) for column in self.shape.columns(name)]
            held = [name for name in pl.read_parquet_schema(file) if name not in ("future", "policy")]
            span = pl.scan_parquet(file).select(pl.len(), low=pl.min("future"), high=pl.max("future")).collect()
            length, low, high = span.row(0)
            count, rest = divmod(length, self.shape.rows(table))
            if held == expected and rest == 0 and (low, high) == (first, first + count - 1):
                self._whole[table, first] = int(count)
                return int(count)
        self.remade.append(file.name)
        return 0

    # --- what they hold ----------------------------------------------------------------------------------------------

    def array(self, name: str, **where: str) -> Array:
        """One array (futures, …) of all futures asked for, read from its columns alone; axes that are named by a label,
        as in ``policy="balanced"``, are left out.

        Raises
        ------
        InputError
            There is no such array, axis or label, or futures are missing.
        """
        self._there(name, where)
        found: Array | None = None
        for first, count in self._every():
            part = self._part(name, first, count, where)
            found = np.empty((self.futures, *part.shape[1:]), part.dtype) if found is None else found
            found[first : first + count] = part
        return cast(Array, found)

    def pieces(self, *names: str) -> Iterator[tuple[int, Mapping[str, Array]]]:
        """The first future of each chunk with its arrays of these names, all where none is named, a chunk at a time.

        Raises
        ------
        InputError
            There is no such array, or futures are missing.
        """
        for name in names:
            self._there(name, {})
        for first, count in self._every():
            yield first, {name: self._part(name, first, count, {}) for name in names or self.shape.axes}

    def _every(self) -> list[tuple[int, int]]:
        """Every chunk; an error if one is not there."""
        if gaps := self.missing():
            found, allowed = f"{sum(count for _, count in gaps):,} missing", f"all {self.futures:,} futures"
            raise InputError(str(self.folder), found=found, allowed=allowed, remedy=_AGAIN)
        return [(first, min(self.chunk, self.futures - first)) for first in range(0, self.futures, self.chunk)]

    def _part(self, name: str, first: int, count: int, where: Mapping[str, str]) -> Array:
        """An array (count, …) of a chunk, at the labels that are named."""
        axes, labels, table = self.shape.axes[name], self.shape.labels, self.shape.table(name)
        picked = {axis: [where[axis]] if axis in where else labels[axis] for axis in axes}
        columns = ["|".join((name, *at)) for at in product(*(picked[axis] for axis in self.shape.beyond(name)))]
        part = pl.read_parquet(self._file(table, first), columns=columns).select(columns).to_numpy()
        part = part.reshape(-1, self.shape.rows(table), len(columns))[:count]
        if table == "policies":
            part = part[:, [labels["policy"].index(policy) for policy in picked["policy"]]]
        return np.ascontiguousarray(part).reshape(count, *(len(picked[axis]) for axis in axes if axis not in where))

    def _there(self, name: str, where: Mapping[str, str]) -> None:
        """Refuse an array, an axis or a label that is not there."""
        if name not in self.shape.axes:
            raise InputError("outcome", found=name, allowed=", ".join(self.shape.axes))
        for axis, label in where.items():
            if axis not in self.shape.axes[name]:
                raise InputError(f"axis of {name}", found=axis, allowed=", ".join(self.shape.axes[name]) or "none")
            if label not in self.shape.labels[axis]:
                raise InputError(axis, found=label, allowed=", ".join(self.shape.labels[axis]))

    def frame(self, table: str = "policies") -> pl.LazyFrame:
        """A table of all chunks that are there, not yet read: ``policies`` with a row for each future and policy, ``futures``
        with a row for each future. Both hold ``future``, by which they join.

        Raises
        ------
        InputError
            There is no such table, or none of its chunks.
        """
        if table not in self._tables():
            raise InputError("table", found=table, allowed=" or ".join(self._tables()))
        gaps = {first for first, _ in self.missing()}
        files = [self._file(table, k) for k in range(0, self.futures, self.chunk) if k not in gaps]
        if not files:
            raise InputError(str(self.folder), found="no chunk", allowed="one or more", remedy=_AGAIN)
        return pl.scan_parquet(files).filter(pl.col("future") < self.futures)

    def to_xarray(self, *names: str) -> xarray.Dataset:
        """The arrays of these names, all where none is named, as one labelled set; xarray must be installed.

        Raises
        ------
        InputError
            xarray is not installed, there is no such array, or futures are missing.
        """
        try:
            import xarray
        except ImportError as error:
            allowed = "an environment that has it"
            raise InputError(
                "xarray", found="not installed", allowed=allowed, remedy="install it: pip install xarray"
            ) from error
        asked = names or tuple(self.shape.axes)
        arrays = {name: (("future", *self.shape.axes.get(name, ())), self.array(name)) for name in asked}
        used = dict.fromkeys(axis for name in asked for axis in self.shape.axes[name])
        coordinates: dict[str, Any] = {axis: list(self.shape.labels[axis]) for axis in used}
        if "year" in coordinates:
            coordinates["year"] = [int(year) for year in coordinates["year"]]
        return xarray.Dataset(arrays, {"future": np.arange(self.futures), **coordinates}, dict(self.mark))


# --- folders ---------------------------------------------------------------------------------------------------------


@contextmanager
def begun(folder: Path | str, mark: Mark, shape: Shape, futures: int, chunk: int | None = None) -> Iterator[Results]:
    """A folder of results to be written: a new one, or one that was begun by the same question and goes on.

    Parameters
    ----------
    mark : mapping
        What the results are of: case, facts, question, seed, version. Only results of one mark ever stand in one folder.
    futures : int
        How many are asked for. A folder that holds fewer is added to; one that holds more is left as it is.
    chunk : int, optional
        Futures of a chunk; left out, that of the folder, that of :func:`chunk_of` for a new one.

    Raises
    ------
    InputError
        No futures, no chunk, a folder of something else or of another case, question, seed, version or chunk size, a foreign
        file in it, another run that writes into it now, or no room on the disk.
    """
    if futures < 1:
        raise InputError("futures", found=futures, allowed="1 or more")
    if chunk is not None and chunk < 1:
        raise InputError("chunk", found=chunk, allowed="1 future or more")
    place = Path(folder)
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        allowed = "a folder of results, or a place for a new one"
        raise InputError(str(place), found=error.strerror, allowed=allowed) from error
    with _alone(place):
        made = _resumed(place, mark, shape, futures, chunk) or Results(
            place, mark, shape, chunk or chunk_of(futures), futures
        )
        told = {"layout": LAYOUT, "mark": dict(mark), "chunk": made.chunk, "futures": max(made.futures, futures)}
        text = json.dumps(told | asdict(shape), indent=1, ensure_ascii=False)
        _put(place / MANIFEST, text.encode())
        made.futures = futures
        yield made


def chunk_of(futures: int) -> int:
    """How many futures are lived through at once where nobody says: a thousand, of few futures a sixteenth, ten at least.

    >>> chunk_of(200), chunk_of(100_000)
    (13, 1000)
    """
    return min(1000, max(10, -(-futures // 16)))


def read(folder: Path | str) -> Results:
    """The results in a folder, to be read.

    Raises
    ------
    InputError
        The folder holds no results, or something foreign.
    """
    place = Path(folder)
    if not place.is_dir():
        raise InputError(str(place), found="no such folder", allowed="a folder of results")
    results = _opened(place)
    if results is None:
        raise InputError(str(place), found=f"no {MANIFEST}", allowed="a folder that --into has written")
    return results


def _opened(place: Path) -> Results | None:
    """What a folder holds by its manifest; nothing where it is empty."""
    every = sorted(file.name for file in place.iterdir() if not file.name.startswith("."))
    if not every:
        return None
    if MANIFEST not in every:
        allowed = f"an empty folder, or one of results with its {MANIFEST}"
        raise InputError(str(place), found=", ".join(every[:3]), allowed=allowed, remedy="name another folder")
    if foreign := [name for name in every if name != MANIFEST and not _CHUNK.fullmatch(name)]:
        remedy = "take it out of the folder, so that nothing is mixed"
        raise InputError(str(place), found=foreign[0], allowed="results alone", remedy=remedy)
    try:
        said = json.loads((place / MANIFEST).read_text(encoding="utf-8"))
        shape = Shape(*({k: tuple(v) for k, v in said[part].items()} for part in ("axes", "labels")))
        layout, opened = said["layout"], Results(place, said["mark"], shape, int(said["chunk"]), int(said["futures"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        allowed = "the manifest of a folder of results"
        raise InputError(str(place / MANIFEST), found="something else", allowed=allowed) from error
    if layout != LAYOUT:
        raise InputError(str(place), found=f"layout {layout}", allowed=f"layout {LAYOUT}", remedy="name another folder")
    return opened


def _resumed(place: Path, mark: Mark, shape: Shape, futures: int, chunk: int | None) -> Results | None:
    """A folder begun before, if it is one of the same question; nothing where it is new."""
    before = _opened(place)
    if before is None:
        return None
    asked = dict(mark) | ({"chunk": chunk} if chunk else {})
    stand = dict(before.mark) | {"chunk": before.chunk}
    other = [name for name in dict.fromkeys([*mark, *before.mark, *asked]) if asked.get(name) != stand.get(name)]
    if other:
        found, allowed = (", ".join(f"{name} {which.get(name)}" for name in other) for which in (stand, asked))
        raise InputError(
            str(place), found=f"results of {found}", allowed=f"results of {allowed}, as asked",
            remedy="name another folder: results of two questions are never mixed",
        )  # fmt: skip
    if before.shape != shape:
        raise InputError(
            str(place), found="other outcomes", allowed="those of this program", remedy="name another folder"
        )
    return Results(place, mark, shape, before.chunk, max(before.futures, futures))


@contextmanager
def _alone(place: Path) -> Iterator[None]:
    """Hold a folder for one run; a run that is killed lets it go. Where the system has no such locks nothing is held."""
    with ExitStack() as held:
        if sys.platform != "win32":
            import fcntl

            with suppress(OSError):  # a file system without locks
                file = held.enter_context((place / LOCK).open("ab"))
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError as error:
                    remedy = "wait for it, or name another folder"
                    raise InputError(str(place), found="another run", allowed="one at a time", remedy=remedy) from error
        yield


def _put(path: Path, data: bytes | memoryview) -> None:
    """Write a file whole or not at all, and safe against a power cut before it has its name."""
    work = path.with_name(f".{path.name}.new")
    try:
        with work.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        work.replace(path)
        _settle(path.parent)
    except OSError as error:
        with suppress(OSError):
            work.unlink()
        found, allowed = str(error.strerror or error), "a disk with room that can be written"
        raise InputError(str(path.parent), found=found, allowed=allowed, remedy=f"make room; {_AGAIN}") from error


def _settle(folder: Path) -> None:
    """Make the names in a folder safe, where the system can."""
    if sys.platform != "win32":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
