"""Over-alignment: how far an issue can move one way before it would pay a power that loses by it to close its channels."""

from __future__ import annotations

from collections.abc import Mapping

from equipoise.bargaining.record import Known, Record

__all__ = ["WORTHS", "alignment"]

WORTHS = (5, 10, 20, 50, 100)
"""What the whole scale of an issue could be worth a year to who cares about nothing else, bln USD: nobody knows, so it is a
curve."""
_MILLION, _BILLION = 1e6, 1e9
_STATEMENT = (
    "points that the issue moves before what the power loses by distance from where it wants it passes its break-even stake; "
    "assumed: what it loses is proportional to distance, the whole scale is worth the bln USD a year that the item says times "
    "its salience, and a closure is sure to be answered by giving way; the range is over the ends of its own cost and salience"
)


def alignment(record: Record, incomes: Mapping[str, Known], period: str) -> None:
    """Write the room of each issue, each way, before each power's break-even is passed; no fact where it never is.

    With the issue at *s*, the power at *p* and the scale worth *V* to it, a move to *x* costs the power
    ``V (|x - p| - |s - p|) / 100``; that is monotone past *p*, so that the place where it meets the stake is exact.
    """
    home = record.case.home
    for issue in record.case.table("issues")["issue"].to_list():
        now = record.known("status_quo", issue)
        for power, income in incomes.items():
            wanted, cares = record.known("position", power, issue), record.known("salience", power, issue)
            cost = record.known("own_income_loss", power, home, "all", period)
            if not now or not wanted or not cares or not cost:
                continue
            parents = [cost.fact, wanted.fact, cares.fact, now.fact, income.fact]
            basis = record.rests(f"room.{issue}.{power}", _STATEMENT, parents)
            stakes = [max(w, 0.0) / 100.0 * income.value * _MILLION / _BILLION for w in cost.triple]
            for way, sign in (("up", 1.0), ("down", -1.0)):
                end = 100.0 - now.value if sign > 0 else now.value
                for worth in WORTHS:
                    pairs = zip(stakes, (cares.value, cares.high, cares.low), strict=True)
                    rooms = [_room(now, wanted, stake, worth * care / 100.0, sign) for stake, care in pairs]
                    if rooms[0] < end:
                        figures = rooms[0], min(rooms[1], end), min(rooms[2], end)
                        record.write("alignment_room", power, issue, f"{way}.{worth}", period, figures, basis)


def _room(now: Known, wanted: Known, stake: float, worth: float, sign: float) -> float:
    """Points from where the issue stands to where the stake is passed, moving one way; without end where nothing is lost."""
    if worth <= 0.0:
        return float("inf")
    return sign * (wanted.value - now.value) + abs(now.value - wanted.value) + 100.0 * stake / worth
