"""A mixed-integer linear programme that grows by blocks of columns and rows, solved by HiGHS to a gap of nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equipoise.errors import SolverError

__all__ = ["Programme", "Solved"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

EXACT = 1e-9
"""Distance from a whole number, and from a bound, that counts as none; the tightest that HiGHS may be asked for."""


@dataclass(frozen=True, slots=True)
class Solved:
    """A solved programme: its ``columns``, the ``value`` of the objective, and the ``bound`` below which none exists."""

    columns: FloatArray
    value: float
    bound: float


class Programme:
    """Minimise a cost over columns within bounds, subject to rows within bounds; some columns are whole numbers.

    Blocks are added in order and keep their numbers, so that a programme may be solved, grow, and be solved again.
    """

    def __init__(self, tolerance: float = EXACT) -> None:
        import highspy  # loading it takes a tenth of a second: here, where it is used

        self._highs = highspy
        self._solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
        for name, value in (
            ("output_flag", False), ("threads", 1), ("random_seed", 1), ("mip_rel_gap", 0.0), ("mip_abs_gap", 0.0),
            ("mip_feasibility_tolerance", tolerance), ("primal_feasibility_tolerance", tolerance),
            ("dual_feasibility_tolerance", tolerance),
        ):  # fmt: skip
            self._solver.setOptionValue(name, value)
        self._columns, self._whole = 0, False

    def columns(
        self, cost: ArrayLike, lower: ArrayLike = 0.0, upper: ArrayLike = np.inf, *, whole: bool = False
    ) -> IntArray:
        """Add columns of these costs and bounds; return their numbers."""
        costs = np.atleast_1d(np.asarray(cost, dtype=np.float64))
        size = len(costs)
        low, high = (np.ascontiguousarray(np.broadcast_to(np.asarray(b, float), size)) for b in (lower, upper))
        nothing = np.zeros(0, dtype=np.int32)
        self._solver.addCols(size, costs, low, high, 0, np.zeros(size, dtype=np.int32), nothing, np.zeros(0))
        numbers = np.arange(self._columns, self._columns + size)
        self._columns += size
        if whole and size:
            self._whole = True
            kind = np.full(size, self._highs.HighsVarType.kInteger.value, dtype=np.uint8)
            self._solver.changeColsIntegrality(size, numbers.astype(np.int32), kind)
        return numbers

    def rows(self, lower: ArrayLike, upper: ArrayLike, row: ArrayLike, column: ArrayLike, value: ArrayLike) -> None:
        """Add rows within bounds; entry *e* says that row ``row[e]`` of this block holds ``column[e]`` so many times."""
        low, high = np.broadcast_arrays(np.asarray(lower, float), np.asarray(upper, float))
        low, high = np.atleast_1d(low).copy(), np.atleast_1d(high).copy()
        at, columns, values = (np.asarray(part) for part in (row, column, value))
        order = np.lexsort((columns, at))
        at, columns, values = at[order], columns[order].astype(np.int32), values[order].astype(np.float64)
        starts = np.searchsorted(at, np.arange(len(low))).astype(np.int32)
        status = self._solver.addRows(len(low), low, high, len(values), starts, columns, values)
        if status == self._highs.HighsStatus.kError:
            raise SolverError("HiGHS cannot take these rows; check that figures are finite and units of like size.")

    def price(self, column: ArrayLike, cost: ArrayLike) -> None:
        """Change the costs of columns."""
        columns = np.atleast_1d(np.asarray(column, dtype=np.int32))
        costs = np.ascontiguousarray(np.broadcast_to(np.asarray(cost, float), columns.shape))
        self._solver.changeColsCost(len(columns), columns, costs)

    def solve(self) -> Solved | None:
        """The best columns; ``None`` where nothing satisfies the rows.

        Raises
        ------
        SolverError
            HiGHS stopped without an answer.
        """
        self._solver.run()
        status, kinds = self._solver.getModelStatus(), self._highs.HighsModelStatus
        if status in (kinds.kInfeasible, kinds.kUnboundedOrInfeasible):
            return None
        if status != kinds.kOptimal:
            raise SolverError(f"HiGHS stopped with status {status.name}; check that units are of like size.")
        columns = np.asarray(self._solver.getSolution().col_value, dtype=np.float64)
        information = self._solver.getInfo()
        value = float(information.objective_function_value)
        return Solved(columns, value, min(value, float(information.mip_dual_bound)) if self._whole else value)
