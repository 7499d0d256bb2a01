"""The brief: facts become a document that can be read by a stranger and defended line by line, as HTML or PDF."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from equipoise.case import Case
from equipoise.errors import InputError

if TYPE_CHECKING:
    from equipoise.brief.document import Document

__all__ = ["compose", "write", "write_whole"]


def compose(case: Case) -> Document:
    """The brief of a case that knows its results; see :func:`equipoise.brief.report.compose`."""
    from equipoise.brief import report  # the chapters are loaded where they are written: commands print single tables

    return report.compose(case)


def write(case: Case, path: str | Path) -> Path:
    """Write the brief of a case that knows its results; ``.html`` or ``.pdf`` decides the form. Whole or not at all.

    Raises
    ------
    InputError
        The ending is neither, or the folder does not exist.
    """
    target = Path(path)
    if target.suffix.lower() not in (".html", ".pdf"):
        raise InputError("file", found=str(path), allowed="a name that ends in .html or .pdf")
    document = compose(case)
    if target.suffix.lower() == ".html":
        from equipoise.brief.html import to_html

        return write_whole(target, to_html(document).encode())
    from equipoise.brief.pdf import to_pdf

    return write_whole(target, to_pdf(document))


def write_whole(path: Path, data: bytes) -> Path:
    """Write a file whole or not at all: whoever reads it meanwhile sees the old one.

    Raises
    ------
    InputError
        The folder does not exist, or the path is a folder.
    """
    if not path.parent.is_dir() or path.is_dir():
        raise InputError("file", found=str(path), allowed="a file in a folder that exists")
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    work = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        work.chmod(0o644)
        work.replace(path)
    except BaseException:
        work.unlink(missing_ok=True)
        raise
    return path
