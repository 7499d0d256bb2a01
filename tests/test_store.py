"""Results on disk: whole or not at all, resumed to the same bits after a kill, mixed with nothing, read a column at a time."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from equipoise.errors import CaseError, EquipoiseError, Fault, InputError, SolverError
from equipoise.futures import store
from equipoise.futures.spread import computed, fill
from equipoise.futures.store import Results, Shape, begun, read

HERE = Path(__file__).parent
SHAPE = Shape(
    {
        "loss": ("policy", "power"),
        "worst": ("policy",),
        "path": ("policy", "power", "year"),
        "price": (),
        "drawn": ("input",),
    },
    {"policy": ("usual", "balanced", "tilt"), "power": ("RUS", "CHN"), "year": ("2026", "2027"), "input": ("a", "b.c")},
)
MARK: dict[str, str | int] = {"case": "two routes", "facts": "12ab", "seed": 1, "version": "futures/1"}
FUTURES, CHUNK = 25, 4


def invented(first: int, count: int) -> Mapping[str, NDArray[Any]]:
    """Arrays of every kind of axis, of which future k depends on k alone, with what is not a number among them."""
    number = np.arange(first, first + count)
    draw = np.array([np.random.Generator(np.random.Philox(key=[7, k])).random(24) for k in number])
    return {
        "loss": draw[:, :6].reshape(-1, 3, 2), "worst": draw[:, :6].reshape(-1, 3, 2).max(axis=2),
        "path": draw[:, 6:18].reshape(-1, 3, 2, 2), "price": np.where(number % 9 == 4, np.nan, draw[:, 18]),
        "drawn": draw[:, 19:21],
    }  # fmt: skip


def slowly(first: int, count: int) -> Mapping[str, NDArray[Any]]:
    """The same, with time to be killed in."""
    time.sleep(0.05)
    return invented(first, count)


def dying(first: int, count: int) -> Mapping[str, NDArray[Any]]:
    """The same, by a worker that is killed the first time that it comes to the ninth future."""
    mark = Path(os.environ["DIED_AT"])
    if first <= 8 < first + count and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return invented(first, count)


def refusing(first: int, count: int) -> Mapping[str, NDArray[Any]]:
    """A question that only the worker finds to be wrong."""
    raise InputError("here", found=first, allowed="elsewhere", remedy="go")


def filled(folder: Path, futures: int = FUTURES, chunk: int | None = CHUNK, **options: Any) -> None:
    """A folder of results, done."""
    with begun(folder, MARK, SHAPE, futures, chunk) as results:
        fill(results, options.pop("compute", invented), **options)


def bits(folder: Path) -> dict[str, str]:
    """Every file of a folder by its digest."""
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(folder.glob("[!.]*"))}


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """No file may grow larger, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results that nothing interrupted."""
    folder = tmp_path_factory.mktemp("done")
    filled(folder)
    return folder


def test_what_is_written_is_read_to_the_last_bit(done: Path) -> None:
    """Every array, whole and by label, is that which was computed; what is not a number stays so."""
    results, whole = read(done), invented(0, FUTURES)
    assert not results.missing()
    for name, array in whole.items():
        assert results.array(name).tobytes() == array.tobytes(), name
    assert np.array_equal(results.array("loss", policy="tilt", power="CHN"), whole["loss"][:, 2, 1])
    assert np.array_equal(results.array("path", year="2027"), whole["path"][..., 1])
    assert np.array_equal(results.array("drawn", input="b.c"), whole["drawn"][:, 1])


def test_any_reader_of_parquet_finds_named_columns(done: Path) -> None:
    """A row for each future and policy, a column for each outcome and its labels; both tables join by the future."""
    plain = pl.scan_parquet(done / "policies-*.parquet")
    assert plain.collect_schema().names()[:5] == ["future", "policy", "loss|RUS", "loss|CHN", "worst"]
    lazy = read(done).frame()
    assert lazy.collect().equals(plain.collect())
    mean = lazy.filter(policy="balanced").select(pl.col("loss|CHN").mean()).collect().item()
    assert mean == pytest.approx(invented(0, FUTURES)["loss"][:, 1, 1].mean())
    joined = lazy.join(read(done).frame("futures"), on="future").collect()
    assert joined.shape == (FUTURES * 3, 2 + 2 + 1 + 4 + 3)


def test_xarray_is_asked_for_only_where_it_is_used(done: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Labelled arrays where xarray is installed, and one clear error where it is not."""
    monkeypatch.setitem(sys.modules, "xarray", None)
    with pytest.raises(InputError, match="pip install xarray"):
        read(done).to_xarray()
    monkeypatch.undo()
    xarray = pytest.importorskip("xarray", reason="xarray is not installed: what it opens is not looked at")
    found = read(done).to_xarray("loss", "price")
    assert isinstance(found, xarray.Dataset)
    assert (
        found["loss"].sel(policy="tilt", power="CHN").values.tolist() == invented(0, FUTURES)["loss"][:, 2, 1].tolist()
    )


def test_the_order_and_the_size_of_chunks_change_nothing(done: Path, tmp_path: Path) -> None:
    """In whatever order chunks come: the same bytes; with other chunks the same figures."""
    with begun(tmp_path / "late", MARK, SHAPE, FUTURES, CHUNK) as results:
        for first, count in results.missing()[::-1]:
            results.write(first, invented(first, count))
    assert bits(tmp_path / "late") == bits(done)
    filled(tmp_path / "large", chunk=11)
    assert read(tmp_path / "large").array("path").tobytes() == read(done).array("path").tobytes()


def test_a_worker_that_is_killed_loses_nothing(done: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processes, one of them killed: the rest is begun anew and comes to the bytes of one that was not."""
    monkeypatch.setenv("DIED_AT", str(tmp_path / "died"))
    filled(tmp_path / "runs", compute=dying, workers=2)
    assert (tmp_path / "died").exists()
    assert bits(tmp_path / "runs") == bits(done)


def test_a_run_that_is_killed_is_resumed_to_the_same_bits(done: Path, tmp_path: Path) -> None:
    """kill -9 in the middle: what stands is whole, the rest is computed, and nothing tells that it happened."""
    folder = tmp_path / "runs"
    code = f"import test_store as t; from pathlib import Path; t.filled(Path({str(folder)!r}), compute=t.slowly)"
    running = subprocess.Popen([sys.executable, "-c", code], cwd=HERE)
    while len(list(folder.glob("policies-*"))) < 3:
        assert running.poll() is None
        time.sleep(0.01)
    running.kill()
    assert running.wait() == -signal.SIGKILL
    half = read(folder)
    assert 0 < sum(count for _, count in half.missing()) < FUTURES
    assert half.frame().collect().height % 3 == 0
    told: list[tuple[int, int]] = []
    filled(folder, progress=lambda now, whole: told.append((now, whole)))
    assert told[-1][0] == told[-1][1] < FUTURES
    assert bits(folder) == bits(done)


def test_a_folder_may_be_added_to(done: Path, tmp_path: Path) -> None:
    """More futures of the same question are added to those that are there; fewer are read from them."""
    filled(tmp_path, futures=9)
    filled(tmp_path)
    assert bits(tmp_path) == bits(done)
    with begun(tmp_path, MARK, SHAPE, 6) as fewer:
        assert not fewer.missing()
        assert fewer.array("loss").tobytes() == invented(0, 6)["loss"].tobytes()
        assert fewer.frame().collect()["future"].max() == 5
    assert read(tmp_path).futures == FUTURES


@pytest.mark.parametrize("how", ["cut short", "garbage", "another chunk"])
def test_a_chunk_that_is_not_whole_is_computed_again_and_said(done: Path, tmp_path: Path, how: str) -> None:
    """Half a file, noise, or a chunk under the name of another: named, and made anew to the same bits."""
    filled(tmp_path)
    file = tmp_path / "policies-000000000008.parquet"
    data = file.read_bytes()
    other = (tmp_path / "policies-000000000004.parquet").read_bytes()
    file.write_bytes({"cut short": data[: len(data) // 2], "garbage": bytes(200), "another chunk": other}[how])
    with begun(tmp_path, MARK, SHAPE, FUTURES) as results:
        assert results.missing() == [(8, 4)]
        assert results.remade == [file.name]
        with pytest.raises(InputError, match="4 missing"):
            results.array("loss")
        fill(results, invented)
    assert bits(tmp_path) == bits(done)


def test_a_full_disk_loses_nothing(done: Path, tmp_path: Path) -> None:
    """What was written stays whole, the error says what to do, and the same command goes on from there."""
    with begun(tmp_path, MARK, SHAPE, FUTURES, CHUNK) as results:
        parts = computed(invented, results.missing())
        for _, ((first, _), arrays) in zip(range(3), parts, strict=False):
            results.write(first, arrays)
        with largest_file(1000), pytest.raises(InputError, match=r"too large.*the same command goes on") as told:
            fill(results, invented)
        assert str(tmp_path) in str(told.value)
        assert len(results.missing()) == 4
        assert not list(tmp_path.glob(".*.new"))
        fill(results, invented)
    assert bits(tmp_path) == bits(done)


def test_no_room_on_a_real_disk_is_told_as_the_system_tells_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The device that is always full is a full disk: no space left, and no file under the name of a chunk."""
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full on this system")
    with begun(tmp_path, MARK, SHAPE, FUTURES, CHUNK) as results:
        (tmp_path / ".policies-000000000000.parquet.new").symlink_to("/dev/full")
        with pytest.raises(InputError, match="No space left on device"):
            fill(results, invented)
        assert len(results.missing()) == 7


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"facts": "99ff"}, ["facts 12ab", "facts 99ff"]),
        ({"case": "other", "seed": 2}, ["case two routes, seed 1", "case other, seed 2"]),
        ({"version": "futures/2"}, ["version futures/1", "version futures/2"]),
    ],
)
def test_results_of_two_questions_are_never_mixed(done: Path, changed: dict[str, str | int], named: list[str]) -> None:
    """Another case, seed or version is refused, and both are named; the folder is as it was."""
    before = bits(done)
    with pytest.raises(InputError) as told, begun(done, MARK | changed, SHAPE, FUTURES):
        pass
    assert all(words in str(told.value) for words in named)
    assert "never mixed" in str(told.value)
    assert bits(done) == before


def test_what_cannot_be_a_folder_of_results_is_refused(done: Path, tmp_path: Path) -> None:
    """No futures, no chunk, another chunk size, a file, a folder of something else, a foreign file, a manifest that is none."""

    def refused(folder: Path, words: str, futures: int = FUTURES, chunk: int | None = None) -> None:
        with pytest.raises(InputError, match=words), begun(folder, MARK, SHAPE, futures, chunk):
            pass

    refused(tmp_path / "new", "futures: found 0; allowed: 1 or more", futures=0)
    refused(tmp_path / "new", "chunk: found -3; allowed: 1", chunk=-3)
    assert not (tmp_path / "new").exists()
    refused(done, "chunk 4; allowed: results of chunk 5", chunk=5)
    file = tmp_path / "file"
    file.write_text("")
    refused(file, "File exists; allowed: a folder")
    refused(tmp_path, "found file; allowed: an empty folder")
    with pytest.raises(InputError, match="no such folder"):
        read(tmp_path / "none")
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(InputError, match=r"no manifest\.json"):
        read(empty)
    filled(empty, futures=3)
    (empty / "notes.txt").write_text("")
    refused(empty, r"found notes\.txt; allowed: results alone")
    (empty / "notes.txt").unlink()
    for text in ("{", "[]", json.dumps({"layout": 1})):
        (empty / "manifest.json").write_text(text)
        refused(empty, "found something else; allowed: the manifest")
    (empty / "manifest.json").write_text((done / "manifest.json").read_text().replace('"layout": 1', '"layout": 9'))
    refused(empty, "layout 9; allowed: layout 1")


def test_what_is_not_among_the_results_is_told(done: Path) -> None:
    """An outcome, an axis, a label or a table that is not there is answered with those that are."""
    results = read(done)
    for name, where, words in (
        ("gain", {}, "allowed: loss, worst"), ("loss", {"year": "2026"}, "allowed: policy, power"),
        ("loss", {"power": "USA"}, "power: found USA; allowed: RUS, CHN"),
    ):  # fmt: skip
        with pytest.raises(InputError, match=words):
            results.array(name, **where)
    with pytest.raises(InputError, match="policies or futures"):
        results.frame("powers")


def test_two_runs_do_not_write_into_one_folder(tmp_path: Path) -> None:
    """The second is told that the first is at it; when the first has ended it may."""
    first, second = (begun(tmp_path, MARK, SHAPE, 3) for _ in range(2))
    with first, pytest.raises(InputError, match="another run"), second:
        pass
    filled(tmp_path, futures=3, chunk=None)


def test_an_array_is_read_without_the_others(done: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only its own columns are taken from disk, so that memory holds one outcome of one policy, not all."""
    asked: list[list[str]] = []
    real = pl.read_parquet

    def watched(file: Path, columns: list[str]) -> pl.DataFrame:
        asked.append(columns)
        return real(file, columns=columns)

    monkeypatch.setattr(store.pl, "read_parquet", watched)
    read(done).array("path", power="RUS", year="2026")
    assert asked == [["path|RUS|2026"]] * 7


def test_errors_travel_between_processes_as_they_are() -> None:
    """A worker that refuses says the same as this process would, whatever the error takes to be made."""
    every: list[EquipoiseError] = [
        SolverError("no"), CaseError("a", [Fault("f", 1, "c", "x", "y", "z")]),
        InputError("here", found=1, allowed="elsewhere", remedy="go"),
    ]  # fmt: skip
    for error in every:
        again = pickle.loads(pickle.dumps(error))
        assert (type(again), str(again), again.__dict__) == (type(error), str(error), error.__dict__)


def test_a_chunk_of_another_shape_is_a_defect(tmp_path: Path) -> None:
    """What does not fit the shape is never written."""
    with begun(tmp_path, MARK, SHAPE, 3) as results:
        assert isinstance(results, Results)
        with pytest.raises(ValueError, match="worst"):
            results.write(0, {**invented(0, 3), "worst": np.zeros((3, 2))})
        assert results.missing() == [(0, 3)]
