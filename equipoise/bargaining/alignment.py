"""Over-alignment: how far an issue can move one way before it would pay a power that loses by it to close its channels."""

from __future__ import annotations

from equipoise.bargaining.record import Known, Record

__all__ = ["WORTHS", "alignment"]

WORTHS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
"""What the whole scale of an issue could be worth to a power, % of its own income a year: nobody knows, so it is a curve."""
_STATEMENT = (
    "points that the issue moves before what the power loses by distance from where it wants it passes its break-even stake; "
    "what it loses is assumed to be proportional to distance, the whole scale being worth what the item says, and the closure "
    "sure to be answered by giving way; the range is that of the stake"
)


def alignment(record: Record, period: str) -> None:
    """Write the room of each issue, each way, before each power's break-even is passed; no fact where it never is.

    With the issue at *s*, the power at *p* and the scale worth *V*, a move to *x* costs the power
    ``V (|x - p| - |s - p|) / 100``; that is monotone past *p*, so that the place where it meets *B* is exact.
    """
    home = record.case.home
    for issue in record.case.table("issues")["issue"].to_list():
        now = record.known("status_quo", issue)
        for power in record.case.powers:
            wanted = record.known("position", power, issue)
            cost = record.known("own_income_loss", power, home, "", period)
            if not now or not wanted or not cost:
                continue
            basis = record.rests(f"room.{issue}.{power}", _STATEMENT, [cost.fact, wanted.fact, now.fact])
            for way, sign in (("up", 1.0), ("down", -1.0)):
                for worth in WORTHS:
                    rooms = [_room(now, wanted, max(w, 0.0), worth, sign) for w in cost.triple]
                    end = 100.0 - now.value if sign > 0 else now.value
                    if rooms[0] < end:
                        figures = rooms[0], min(rooms[1], end), min(rooms[2], end)
                        record.write("alignment_room", power, issue, f"{way}.{worth:g}", period, figures, basis)


def _room(now: Known, wanted: Known, stake: float, worth: float, sign: float) -> float:
    """Points from where the issue stands to where the stake is passed, moving one way."""
    return sign * (wanted.value - now.value) + abs(now.value - wanted.value) + 100.0 * stake / worth
