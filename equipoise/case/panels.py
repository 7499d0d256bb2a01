"""Panels: tables too long to be facts, kept beside a case as Parquet and cited by source and locator.

``register/panels.csv`` names each with the hash of its bytes, so that a panel that has changed is noticed and what was
derived from the old one is not recalled.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

import polars as pl

from equipoise.errors import Fault, InputError

__all__ = ["FOLDER", "panel_faults", "read_panel"]

FOLDER = "panels"


def read_panel(folder: Path | None, table: pl.DataFrame, panel: str) -> pl.DataFrame:
    """A panel of a case, from its folder and its table of panels.

    Raises
    ------
    InputError
        There is no such panel, its file is gone, or its bytes are not those that the register names.
    """
    files = {name: (file, mark) for name, file, mark in table.select("panel", "file", "sha256").iter_rows()}
    if folder is None or panel not in files:
        raise InputError("panel", found=panel, allowed=", ".join(files) or "none: the case has no panels")
    file, mark = files[panel]
    path = folder / FOLDER / file
    if not path.is_file():
        raise InputError(f"{FOLDER}/{file}", found="no file", allowed="the panel that the register names")
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != mark:
        raise InputError(
            f"{FOLDER}/{file}", found="other bytes than the register names", allowed="the bytes of that hash",
            remedy="put back the file, or write the new hash in register/panels.csv",
        )  # fmt: skip
    return pl.read_parquet(io.BytesIO(data))


def panel_faults(folder: Path, register: Mapping[str, pl.DataFrame]) -> list[Fault]:
    """Panels that the register names and that are not there as it names them."""
    table = register.get("panels")
    if table is None or not {"panel", "file", "sha256"} <= set(table.columns):
        return []
    faults = []
    for row in table.iter_rows(named=True):
        where, name = "register/panels.csv", str(row["file"])
        path = folder / FOLDER / name
        if len(PurePosixPath(name).parts) != 1 or "\\" in name or not name.endswith(".parquet"):
            remedy = "Keep every panel in the folder panels/ of the case."
            faults.append(Fault(where, row["_row"], "file", name, "NAME.parquet", remedy))
        elif not path.is_file():
            faults.append(Fault(where, row["_row"], "file", f"{name}: no file", "a file in panels/", "Put it there."))
        elif (mark := hashlib.sha256(path.read_bytes()).hexdigest()) != row["sha256"]:
            remedy = f"Put back the file, or write {mark}."
            faults.append(Fault(where, row["_row"], "sha256", str(row["sha256"])[:12], "the hash of the file", remedy))
    return faults
