"""A case that somebody sends, as a zip unpacked into a folder of its own, or points to below a folder that was opened to them:
bounded, and judged as ``equipoise check`` judges."""

from __future__ import annotations

import io
import re
import stat
import tempfile
import zipfile
from pathlib import Path

from equipoise.case import bundled, check_case
from equipoise.errors import Fault, InputError

__all__ = ["LARGEST", "check_archive", "check_folder"]

LARGEST, UNPACKED, ENTRIES = 8_000_000, 64_000_000, 200
"""Bytes of an archive, bytes that it may unfold to, files in it."""
_NAMES = re.compile(
    r"(datapackage\.json|README\.md|(register|facts)/[A-Za-z0-9_.-]{1,80}\.csv|panels/[A-Za-z0-9_.-]{1,80}\.parquet)"
)
ALLOWED = "datapackage.json, README.md, register/*.csv, facts/*.csv, panels/*.parquet"


def check_archive(data: bytes) -> list[Fault]:
    """Everything that is wrong with the case in an archive; empty if it can be used. Nothing of it is kept.

    Raises
    ------
    InputError
        It is no zip, too large, or holds anything but the files of a case.
    """
    if len(data) > LARGEST:
        raise InputError("archive", found=f"{len(data)} bytes", allowed=f"at most {LARGEST}")
    try:
        with (
            zipfile.ZipFile(io.BytesIO(data)) as archive,
            tempfile.TemporaryDirectory(prefix="equipoise-check-") as folder,
        ):
            _unpack(archive, Path(folder))
            return check_case(Path(folder))
    except (zipfile.BadZipFile, EOFError, OSError, RuntimeError, ValueError) as error:
        raise InputError(
            "archive", found=f"{type(error).__name__}: {error}"[:120], allowed="a zip of the folder of a case"
        ) from None


def check_folder(root: Path | None, name: str) -> list[Fault]:
    """Everything that is wrong with a bundled case, or with one in a folder below ``root``; empty if it can be used.

    Raises
    ------
    InputError
        No such folder lies below the root, something in it leads out of it, or it is larger than an archive may unfold to.
    """
    if name in bundled():
        return check_case(name)
    if root is None:
        raise InputError(
            "folder", found=repr(name)[:80], allowed=f"a bundled case: {', '.join(bundled())}",
            remedy="start with --cases FOLDER to open the cases below a folder",
        )  # fmt: skip
    root = root.resolve()
    path = (root / name).resolve()
    inside, size = path.is_dir() and path.is_relative_to(root), 0
    for count, file in enumerate(path.rglob("*") if inside else (), 1):
        size += file.stat().st_size if file.is_file() else 0
        inside = file.resolve().is_relative_to(path) and count <= ENTRIES and size <= UNPACKED
        if not inside:
            break
    if not inside:
        allowed = f"one below that given to --cases, no way out of it, at most {ENTRIES} files and {UNPACKED} bytes"
        raise InputError("folder", found=repr(name)[:80], allowed=allowed)
    return check_case(path)


def _unpack(archive: zipfile.ZipFile, folder: Path) -> None:
    """Write the files of a case, and nothing else, below the folder."""
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(entries) > ENTRIES:
        raise InputError("archive", found=f"{len(entries)} files", allowed=f"at most {ENTRIES}")
    roots = {entry.filename.partition("/")[0] for entry in entries}
    nested = len(roots) == 1 and "datapackage.json" not in roots  # the folder itself was packed
    left = UNPACKED
    for entry in entries:
        name = entry.filename.partition("/")[2] if nested else entry.filename
        mode = entry.external_attr >> 16
        if not _NAMES.fullmatch(name) or ".." in name or (mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG)):
            raise InputError("archive", found=repr(entry.filename)[:80], allowed=ALLOWED)
        with archive.open(entry) as file:
            content = file.read(left + 1)
        left -= len(content)
        if left < 0:
            raise InputError("archive", found="more than it may unfold to", allowed=f"at most {UNPACKED} bytes")
        target = folder / name
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(content)
