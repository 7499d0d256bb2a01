"""Sessions: what users asked, kept in an embedded database, each user's own, every version of it.

A session never changes the case: it is a state (see :mod:`equipoise.workbench.state`) with a title. Saving names the version
that was last seen, so that of two tabs neither overwrites the other unseen. What was saved is on disk before the answer is
given.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from equipoise.errors import InputError

__all__ = ["ConflictError", "Kept", "MissingError", "Sessions"]

MOST, LONGEST_TITLE, LARGEST, VERSIONS = 200, 120, 64_000, 100
"""Sessions of a user, letters of a title, bytes of a state, versions that are kept of a session."""

_TABLES = """
CREATE TABLE IF NOT EXISTS session (
    id TEXT PRIMARY KEY, user TEXT NOT NULL, title TEXT NOT NULL, version INTEGER NOT NULL, state TEXT NOT NULL,
    made TEXT NOT NULL, changed TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS of_user ON session (user, changed);
CREATE TABLE IF NOT EXISTS version (
    session TEXT NOT NULL REFERENCES session (id) ON DELETE CASCADE, version INTEGER NOT NULL, title TEXT NOT NULL,
    state TEXT NOT NULL, changed TEXT NOT NULL, PRIMARY KEY (session, version));
CREATE TABLE IF NOT EXISTS sent (
    id TEXT PRIMARY KEY, user TEXT NOT NULL, title TEXT NOT NULL, state TEXT NOT NULL, made TEXT NOT NULL);
"""


class MissingError(InputError):
    """There is no such session of this user. Remedy: list the sessions, or make one."""

    def __init__(self, id: str) -> None:
        super().__init__("session", found=repr(id)[:80], allowed="a session of yours, or a link that was sent to you")


class ConflictError(InputError):
    """The session was saved elsewhere since it was read. Remedy: read it again, or save as a new one."""

    def __init__(self, seen: int, now: int) -> None:
        remedy = "read it again, or save yours as a new session: nothing is lost"
        super().__init__("version", found=seen, allowed=f"{now}, the last that was saved", remedy=remedy)


@dataclass(frozen=True, slots=True)
class Kept:
    """A session as it is kept: times are UTC in ISO 8601."""

    id: str
    title: str
    version: int
    state: Mapping[str, Any]
    made: str
    changed: str


class Sessions:
    """The sessions of all users in one file; safe to share between threads, and with other processes."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = threading.Lock()
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=10.0)
        for setting in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "trusted_schema = OFF"):
            self._database.execute(f"PRAGMA {setting}")
        self._database.executescript(_TABLES)

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._database.close()

    def create(self, user: str, title: str, state: Mapping[str, Any]) -> Kept:
        """Keep a new session.

        Raises
        ------
        InputError
            The title is empty or too long, the state too large, or the user keeps as many as anyone may.
        """
        id, named, text, now = secrets.token_urlsafe(16), _title(title), _text(state), _now()
        with self._writing() as database:
            (held,) = database.execute("SELECT count(*) FROM session WHERE user = ?", (user,)).fetchone()
            if held >= MOST:
                raise InputError(
                    "sessions", found=held, allowed=f"at most {MOST}", remedy="delete one that is done with"
                )
            database.execute("INSERT INTO session VALUES (?, ?, ?, 1, ?, ?, ?)", (id, user, named, text, now, now))
            database.execute("INSERT INTO version VALUES (?, 1, ?, ?, ?)", (id, named, text, now))
        return Kept(id, named, 1, state, now, now)

    def save(self, user: str, id: str, state: Mapping[str, Any], *, version: int, title: str | None = None) -> Kept:
        """Keep a new version of a session, after the one that was last seen.

        Raises
        ------
        MissingError
            The user has no such session.
        ConflictError
            Another version was saved meanwhile.
        """
        text, now = _text(state), _now()
        with self._writing() as database:
            held = self._row(user, id)
            if held.version != version:
                raise ConflictError(version, held.version)
            named = held.title if title is None else _title(title)
            database.execute(
                "UPDATE session SET title = ?, state = ?, version = ?, changed = ? WHERE id = ?",
                (named, text, version + 1, now, id),
            )
            database.execute("INSERT INTO version VALUES (?, ?, ?, ?, ?)", (id, version + 1, named, text, now))
            database.execute("DELETE FROM version WHERE session = ? AND version <= ?", (id, version + 1 - VERSIONS))
        return Kept(id, named, version + 1, state, held.made, now)

    def get(self, user: str, id: str) -> Kept:
        """A session of a user, as it was last saved.

        Raises
        ------
        MissingError
            The user has no such session.
        """
        with self._lock:
            return self._row(user, id)

    def every(self, user: str) -> list[Kept]:
        """The sessions of a user, the latest first."""
        with self._lock:
            rows = self._database.execute(
                "SELECT id, title, version, state, made, changed FROM session WHERE user = ? ORDER BY changed DESC, id",
                (user,),
            ).fetchall()
        return [_kept(row) for row in rows]

    def delete(self, user: str, id: str) -> None:
        """Forget a session and its versions; links that were sent stay.

        Raises
        ------
        MissingError
            The user has no such session.
        """
        with self._writing() as database:
            self._row(user, id)
            database.execute("DELETE FROM session WHERE id = ?", (id,))

    def send(self, user: str, id: str) -> str:
        """A name for the session as it is now, which whoever is given it can open, and nobody can guess.

        Raises
        ------
        MissingError
            The user has no such session.
        """
        name = secrets.token_urlsafe(16)
        with self._writing() as database:
            held = self._row(user, id)
            database.execute(
                "INSERT INTO sent VALUES (?, ?, ?, ?, ?)", (name, user, held.title, json.dumps(held.state), _now())
            )
        return name

    def sent(self, name: str) -> Kept:
        """What was sent under a name; whoever opens it may keep a copy, the sender's stays as it was.

        Raises
        ------
        MissingError
            Nothing was sent under that name.
        """
        with self._lock:
            row = self._database.execute(
                "SELECT id, title, 1, state, made, made FROM sent WHERE id = ?", (name,)
            ).fetchone()
        if row is None:
            raise MissingError(name)
        return _kept(row)

    def _row(self, user: str, id: str) -> Kept:
        row = self._database.execute(
            "SELECT id, title, version, state, made, changed FROM session WHERE id = ? AND user = ?", (id, user)
        ).fetchone()
        if row is None:
            raise MissingError(id)
        return _kept(row)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: whole or not at all, and on disk when it is over."""
        with self._lock:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")


def _kept(row: tuple[Any, ...]) -> Kept:
    id, title, version, state, made, changed = row
    return Kept(id, title, version, json.loads(state), made, changed)


def _title(title: str) -> str:
    named = " ".join(title.split())
    if not 1 <= len(named) <= LONGEST_TITLE:
        raise InputError("title", found=f"{len(named)} letters", allowed=f"1 to {LONGEST_TITLE}")
    return named


def _text(state: Mapping[str, Any]) -> str:
    text = json.dumps(state, ensure_ascii=False)
    if len(text.encode()) > LARGEST:
        raise InputError("state", found=f"{len(text.encode())} bytes", allowed=f"at most {LARGEST}")
    return text


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
