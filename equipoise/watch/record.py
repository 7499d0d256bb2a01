"""The record: what the watch said would come, on which day and from what, and what came of it. The bad stands with the good.

One line of JSON for each claim, and one more when it is settled; no line is ever changed or taken out. The file lies in the
user's data folder (``EQUIPOISE_RECORD``, else the platform's), and not in the cache, which may be deleted at any time.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields
from datetime import date, timedelta
from pathlib import Path
from typing import IO, Any

from equipoise.errors import InputError

__all__ = ["Entry", "Settlement", "Standing", "append", "record_path", "settle_by_hand", "standing"]

FILE = "record.jsonl"


@dataclass(frozen=True, slots=True)
class Entry:
    """A claim as it was made: about whom, over which days, what would make it true, how likely it was called.

    ``made`` is the day on which it was made, ``known_until`` the last day of the data that it was made from, ``inputs`` their
    hash. It is true where the mean of the series over ``days`` days from ``first`` on lies on the side ``over`` of
    ``threshold``, and void where fewer than ``fewest`` of them were reported on. ``climatology`` and ``persistence`` are what
    the long-run frequency and all staying as it is would have said. ``anchor`` is the mean of the same series over as many
    days before, by which later data are known to be of the same series.
    """

    kind: str
    subject: str
    object: str
    item: str
    statement: str
    made: str
    known_until: str
    first: str
    days: int
    fewest: int
    over: bool
    threshold: float
    anchor: float
    probability: float
    climatology: float
    persistence: float
    inputs: str

    @property
    def id(self) -> str:
        """A short name of what was said, from the same inputs always the same, whenever it is said."""
        said = {name: value for name, value in asdict(self).items() if name not in ("made", "statement")}
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:12]

    @property
    def late(self) -> bool:
        """Entered after the first day it speaks of, though from data that end before: no forecast."""
        return self.made > self.first

    @property
    def last(self) -> date:
        """The last day that it speaks of."""
        return date.fromisoformat(self.first) + timedelta(days=self.days - 1)


@dataclass(frozen=True, slots=True)
class Settlement:
    """What came of a claim: true, false, or nothing where it cannot be told; on which day, from what, and who says so."""

    claim: str
    happened: bool | None
    on: str
    inputs: str
    by: str


@dataclass(frozen=True, slots=True)
class Standing:
    """A claim and its settlement, nothing while it is open."""

    entry: Entry
    settlement: Settlement | None


def record_path(folder: Path | None = None) -> Path:
    """Where the record lies: in a folder that is named, in that of ``EQUIPOISE_RECORD``, or in the user's data folder."""
    named = folder or (Path(os.environ["EQUIPOISE_RECORD"]) if os.environ.get("EQUIPOISE_RECORD") else None)
    if named is None:
        from platformdirs import user_data_path

        named = user_data_path("equipoise", appauthor=False)
    return named / FILE


def append(path: Path, lines: Sequence[Entry | Settlement]) -> int:
    """Add what does not stand there yet, all of it or, if the machine stops, a beginning; return how many lines were new.

    Two processes at once lose nothing: each waits for the other, and a claim that both make stands once.

    Raises
    ------
    InputError
        The folder cannot be written, or the record cannot be read.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _alone(path):
            known = {_name(line) for line in _read(path)}
            fresh = {name: line for line in lines if (name := _name(line)) not in known}
            if fresh:
                text = "".join(json.dumps(_plain(line), ensure_ascii=False) + "\n" for line in fresh.values())
                _write(path, text.encode())
            return len(fresh)
    except OSError as error:
        raise InputError(
            "record", found=f"{path}: {error.strerror}", allowed="a folder that can be written",
            remedy="name another with --record or EQUIPOISE_RECORD",
        ) from None  # fmt: skip


def standing(path: Path) -> list[Standing]:
    """Every claim in the order in which they were made, with the first settlement of each; none where there is no record.

    Raises
    ------
    InputError
        A line is no claim and no settlement, or settles a claim that was never made.
    """
    lines = list(_read(path))
    entries = {line.id: line for line in lines if isinstance(line, Entry)}
    settled: dict[str, Settlement] = {}
    for row, line in enumerate(lines, 1):
        if isinstance(line, Settlement):
            if line.claim not in entries:
                raise _fault(path, row, f"a settlement of {line.claim}", "of a claim that stands in the record")
            settled.setdefault(line.claim, line)
    return [Standing(entry, settled.get(name)) for name, entry in entries.items()]


def settle_by_hand(path: Path, claim: str, happened: bool | None, by: str, today: date) -> Settlement:
    """Settle a claim that no data will settle, and say who says so.

    Raises
    ------
    InputError
        No open claim of the record has that id, its days are not over, or nobody is named.
    """
    found = [one for one in standing(path) if one.entry.id == claim]
    open_ones = [one.entry.id for one in standing(path) if one.settlement is None]
    if not found or found[0].settlement is not None:
        said = "settled already" if found else claim
        raise InputError("claim", found=said, allowed=", ".join(open_ones[:8]) or "none: no claim is open")
    if found[0].entry.last >= today:
        raise InputError(
            "claim", found=f"{claim}, which speaks of days to {found[0].entry.last}", allowed="one that is over"
        )
    if not by.strip():
        raise InputError("by", found="nobody", allowed="the source that says what came")
    made = Settlement(claim, happened, today.isoformat(), "", by.strip())
    append(path, [made])
    return made


def _name(line: Entry | Settlement) -> tuple[str, str]:
    return ("claim", line.id) if isinstance(line, Entry) else ("settled", line.claim)


def _plain(line: Entry | Settlement) -> Mapping[str, Any]:
    return {"id": line.id, **asdict(line)} if isinstance(line, Entry) else asdict(line)


def _read(path: Path) -> Iterator[Entry | Settlement]:
    """The lines of a record. One that was cut short by a machine that stopped is told, not passed over."""
    if not path.exists():
        return
    for row, text in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
        if not text.strip():
            continue
        cells: Any = None
        with suppress(json.JSONDecodeError):
            cells = json.loads(text)
        kind = Entry if isinstance(cells, dict) and "kind" in cells else Settlement
        names = {field.name for field in fields(kind)}
        if not isinstance(cells, dict) or set(cells) - {"id"} != names:
            raise _fault(path, row, repr(text[:40]), "a whole claim or settlement")
        made = kind(**{name: cells[name] for name in names})
        if isinstance(made, Entry) and cells.get("id") != made.id:
            raise _fault(path, row, f"the id {cells.get('id')}", f"{made.id}: a claim is not changed after it was made")
        yield made


def _fault(path: Path, row: int, found: str, allowed: str) -> InputError:
    return InputError(
        f"{path}, row {row}", found=found, allowed=allowed, remedy="put back the row as it was, or take it out"
    )


def _write(path: Path, data: bytes) -> None:
    """Append in one piece, on a line of its own even after a line that was cut short, and wait until it is on the disk."""
    with path.open("ab+") as file:
        file.seek(0, os.SEEK_END)
        if file.tell():
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                data = b"\n" + data
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Nobody else writes meanwhile. The system lets go of the lock when a process ends, however it ends."""
    with path.with_suffix(".lock").open("ab") as file:
        _lock(file)
        yield


def _lock(file: IO[bytes]) -> None:
    if sys.platform == "win32":
        import msvcrt

        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
    else:
        import fcntl

        fcntl.flock(file.fileno(), fcntl.LOCK_EX)
