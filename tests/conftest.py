"""What every test stands on: the bundled case, the same case knowing its results, and no way out to the network."""

from __future__ import annotations

import os
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

import equipoise as eq
from equipoise import cli
from equipoise.case import Case

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"
settings.register_profile("house", deadline=None, derandomize=True)
settings.load_profile("house")
Answer = tuple[int, str, str]
Given = Callable[..., Answer]
DRAWS = 24
"""Redraws in the tests: enough for every band to exist, few enough to be quick."""


@pytest.fixture(scope="session", autouse=True)
def _own_memory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Tests neither read nor write the user's cache, nor the user's record; those that run side by side share one cache."""
    own = {
        "EQUIPOISE_CACHE": str(_together(tmp_path_factory) / "memory"),
        "EQUIPOISE_RECORD": str(tmp_path_factory.mktemp("record")),
    }
    before = {name: os.environ.get(name) for name in own}
    os.environ.update(own)
    yield
    for name, value in before.items():
        os.environ.pop(name)
        if value:
            os.environ[name] = value


@pytest.fixture(scope="session", autouse=True)
def _no_network() -> Iterator[None]:
    """Whatever reaches for the network fails: the product works without it. Loopback and pipes are allowed."""
    real = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        host = address[0] if isinstance(address, tuple) else ""
        if self.family in (socket.AF_INET, socket.AF_INET6) and host not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a test reached for the network: {address}")
        real(self, address)

    socket.socket.connect = guarded
    yield
    socket.socket.connect = real


@pytest.fixture(scope="session")
def case() -> Case:
    """The bundled case as it is read."""
    return eq.open_case("kazakhstan")


def _together(factory: pytest.TempPathFactory) -> Path:
    """A folder of this run of the tests, the same for all that run side by side."""
    own = factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


def _studied(case: Case, folder: Path, draws: int | None) -> Case:
    """The case knowing its results: of those that test side by side one derives them, the others recall them."""
    with (folder / f"{draws}.lock").open("w") as turn:
        try:
            import fcntl

            fcntl.flock(turn, fcntl.LOCK_EX)
        except ImportError:  # where there is no such lock each derives them
            pass
        return eq.run(case, draws=draws, workers=2)


@pytest.fixture(scope="session")
def known(case: Case, tmp_path_factory: pytest.TempPathFactory) -> Case:
    """The bundled case knowing its results, with bands of a few redraws."""
    return _studied(case, _together(tmp_path_factory), DRAWS)


@pytest.fixture(scope="session")
def whole(case: Case, tmp_path_factory: pytest.TempPathFactory) -> Case:
    """The bundled case as a user has it, with all redraws."""
    return _studied(case, _together(tmp_path_factory), None)


@pytest.fixture(scope="session")
def toy() -> Case:
    """The case that can be solved by hand."""
    return eq.open_case(ROOT / "examples" / "two_routes")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the hand-made case, to be spoilt."""
    return Path(shutil.copytree(ROOT / "examples" / "two_routes", tmp_path / "case"))


@pytest.fixture(scope="session")
def shared() -> Callable[[str], Path]:
    """A file of the sourced base that the case was made from; skips aloud where it is not at hand."""

    def find(name: str) -> Path:
        path = SHARED / name
        if not path.exists():
            pytest.skip(f"no {name}: the sourced base lies beside the repository only where the case is maintained")
        return path

    return find


@pytest.fixture(scope="session")
def benchmarks() -> Callable[[str], Path]:
    """A file of independent results, from the folder that EQUIPOISE_BENCHMARKS names; skips aloud without it."""
    root = Path(os.environ.get("EQUIPOISE_BENCHMARKS", SHARED / "benchmarks"))

    def find(name: str) -> Path:
        path = root / name
        if not path.exists():
            pytest.skip(f"no {name}: set EQUIPOISE_BENCHMARKS to the folder of independent results")
        return path

    return find


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Given:
    """Give a command as in a terminal 118 columns wide; its exit status, what it printed and what it remarked."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "118")

    def give(*words: str) -> Answer:
        monkeypatch.setattr(sys, "argv", ["equipoise", *words])
        status = 0
        try:
            cli.main()
        except SystemExit as stop:
            status = int(stop.code or 0)
        printed = capsys.readouterr()
        return status, printed.out, " ".join(printed.err.split())

    return give
