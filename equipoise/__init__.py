"""How exposed a state is to each power, what it would cost if one walked away, and which policy keeps the most freedom.

>>> import equipoise as eq
>>> case = eq.open_case("kazakhstan")
>>> case.view("gdp", subject="KAZ", period="2025")["value"].item()
291.9
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from equipoise.brief import write
    from equipoise.case import Case, check_case, new_case, open_case, write_case
    from equipoise.errors import EquipoiseError
    from equipoise.ledger import Ledger, fact_id
    from equipoise.study import run

__all__ = [
    "Case", "EquipoiseError", "Ledger", "check_case", "fact_id", "new_case", "open_case", "run", "write", "write_case",
]  # fmt: skip

_HOMES = {
    "Case": "case", "EquipoiseError": "errors", "Ledger": "ledger", "check_case": "case", "fact_id": "ledger",
    "new_case": "case", "open_case": "case", "run": "study", "write": "brief", "write_case": "case",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    """A public name is fetched when it is first used, so that importing the package costs nothing."""
    if name not in _HOMES:
        raise AttributeError(f"equipoise has no {name!r}; it has {', '.join(__all__)}")
    return getattr(import_module(f"equipoise.{_HOMES[name]}"), name)
