"""What the program remembers between runs: results that were derived before, and cases that were found sound.

Everything is kept under a name made from all that it depends on, the program's own source included, so that nothing
stale is ever recalled. The folder (``EQUIPOISE_CACHE``, else the user's cache folder) may be deleted at any time, and
one that cannot be written is no reason to fail.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

__all__ = ["folder", "keep", "program", "recall"]

MOST = 64
"""Results that the folder holds before the oldest go."""
_VIEWS = ("brief", "workbench", "studio", "api", "cli", "cases", "memory.py")


def folder() -> Path:
    """Where results are kept."""
    named = os.environ.get("EQUIPOISE_CACHE")
    if named:
        return Path(named)
    from platformdirs import user_cache_path

    return user_cache_path("equipoise")


@cache
def program() -> bytes:
    """A digest of the program's source, but for what only shows results: a result of other code is no result of this."""
    digest = hashlib.sha256()
    root = Path(__file__).parent
    for file in sorted([*root.glob("**/*.py"), *root.glob("**/*.csv")]):
        if file.relative_to(root).parts[0] not in _VIEWS:
            digest.update(file.read_bytes())
    return digest.digest()


def recall(name: str) -> Mapping[str, pl.DataFrame] | None:
    """Tables kept under a name, or nothing if they are not there or cannot be read: they can be made again."""
    import polars as pl

    place = folder() / name
    with suppress(OSError, pl.exceptions.PolarsError):
        tables = {file.stem: pl.read_ipc(file) for file in sorted(place.iterdir())}
        os.utime(place)
        return tables
    return None


def keep(name: str, tables: Mapping[str, pl.DataFrame]) -> None:
    """Keep tables under a name, whole or not at all."""
    place = folder() / name
    with suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=".new-", dir=place.parent))
        for stem, table in tables.items():
            table.write_ipc(work / f"{stem}.arrow")
        with suppress(OSError):
            work.replace(place)
        shutil.rmtree(work, ignore_errors=True)
        _forget(place.parent)


def _forget(place: Path) -> None:
    kept = sorted((entry for entry in place.iterdir() if entry.is_dir()), key=lambda entry: entry.stat().st_mtime)
    for entry in kept[:-MOST]:
        shutil.rmtree(entry, ignore_errors=True)
