"""The brief: facts become a document that can be read by a stranger and defended line by line, as HTML or PDF."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from equipoise.brief.report import compose
from equipoise.case import Case
from equipoise.errors import InputError

__all__ = ["compose", "write_brief"]


def write_brief(case: Case, path: str | Path) -> Path:
    """Write the brief of a case that knows its results; ``.html`` or ``.pdf`` decides the form. Whole or not at all.

    Raises
    ------
    InputError
        The ending is neither, or the folder does not exist.
    """
    target = Path(path)
    if target.suffix.lower() not in (".html", ".pdf"):
        raise InputError("file", found=str(path), allowed="a name that ends in .html or .pdf")
    if not target.parent.is_dir():
        raise InputError("folder", found=str(target.parent), allowed="a folder that exists")
    document = compose(case)
    if target.suffix.lower() == ".html":
        from equipoise.brief.html import to_html

        data = to_html(document).encode("utf-8")
    else:
        from equipoise.brief.pdf import to_pdf

        data = to_pdf(document)
    handle, name = tempfile.mkstemp(prefix=f".{target.name}-", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(name, 0o644)
        os.replace(name, target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return target
