"""A case: the register of things spoken about and the ledger of facts. The one type that flows through equipoise."""

from equipoise.case.layout import Layout, Route
from equipoise.case.model import Case
from equipoise.case.reading import bundled, check_case, open_case
from equipoise.case.writing import new_case, write_case

__all__ = ["Case", "Layout", "Route", "bundled", "check_case", "new_case", "open_case", "write_case"]
