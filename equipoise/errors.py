"""What equipoise raises. One base class, four children, and the fault: one thing wrong in one row of input.

What is expected to go wrong in the world (no route, no supplier, a figure nobody published) is data and is
returned. What is wrong in the input is an error, and an error says what was found, what is allowed and what to do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

__all__ = ["CaseError", "EquipoiseError", "Fault", "InputError", "SolverError", "UnknownFactError"]


class EquipoiseError(Exception):
    """Base of every error that equipoise raises on purpose; the terminal prints it without a traceback.

    It travels between processes as it is, whatever its constructor takes.
    """

    def __reduce__(self) -> tuple[object, ...]:
        return _again, (type(self), self.args, self.__dict__)


class InputError(EquipoiseError):
    """An argument cannot be used. Cause: its shape, sign or name. Remedy: named in the message."""

    def __init__(self, what: str, *, found: object, allowed: str, remedy: str = "") -> None:
        tail = f" {remedy[:1].upper()}{remedy[1:]}." if remedy else ""
        super().__init__(f"{what}: found {found}; allowed: {allowed}.{tail}")
        self.what, self.found, self.allowed, self.remedy = what, found, allowed, remedy


class UnknownFactError(EquipoiseError):
    """A fact was asked for that the ledger does not hold. Remedy: the nearest ids are named in the message."""


class SolverError(EquipoiseError):
    """A solver stopped without an answer. Cause: numbers of wildly different size. Remedy: check the units."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in the input: where it stands, what stands there, what may stand there, what to do.

    ``row`` is the row as a spreadsheet numbers it (the header is row 1); 0 means the file as a whole.
    """

    file: str
    row: int
    column: str
    found: str
    allowed: str
    remedy: str

    def __str__(self) -> str:
        where = self.file + (f", row {self.row}" if self.row else "") + (f", {self.column}" if self.column else "")
        return f"{where}: found {self.found}; allowed: {self.allowed}. {self.remedy}"

    def as_dict(self) -> dict[str, str | int]:
        """The fault as plain data, for ``--json``."""
        return asdict(self)


class CaseError(EquipoiseError):
    """A case cannot be used. Every fault that was found stands in ``faults``; nothing was read halfway."""

    def __init__(self, case: str, faults: Sequence[Fault]) -> None:
        self.case, self.faults = case, tuple(faults)
        shown = "\n".join(f"  {fault}" for fault in self.faults[:20])
        more = f"\n  ... and {len(self.faults) - 20} more" if len(self.faults) > 20 else ""
        super().__init__(f"{case}: {len(self.faults)} fault{'s' * (len(self.faults) != 1)}\n{shown}{more}")


def _again(kind: type[EquipoiseError], said: tuple[object, ...], known: dict[str, object]) -> EquipoiseError:
    """An error as it was in another process."""
    error = kind.__new__(kind, *said)
    error.args = said
    error.__dict__.update(known)
    return error
