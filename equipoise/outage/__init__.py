"""Outages in time: what is lost, delayed and rerouted day by day when links close for a while, in whole or in part.

A day's flow is that of the corridor network on the day's capacities. Bypasses take more as they become ready; what cannot
leave goes into tanks, at the port while the break lies beyond it, and when they are full it is not produced. After the
outage the tanks drain as fast as the open network has room. The same lines replay the episodes of the record, with what was
known before each.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from equipoise.case import Case
from equipoise.corridors.inputs import NETWORK_MEASURES, QUANTITIES
from equipoise.ledger import Derivation, Ledger
from equipoise.outage.days import Course, run
from equipoise.outage.findings import Finding, findings, parents, series
from equipoise.outage.replay import REPORTED, errors
from equipoise.outage.scenario import Outage, outage_of, outages_of, parse_window
from equipoise.outage.states import plant_of

__all__ = ["READS", "VERSION", "WRITES", "Outage", "course_of", "derive", "outage_of", "outages_of", "parse_window"]

VERSION = "outage/1"
READS = (*NETWORK_MEASURES, "terminal_storage", "bypass_lag", *REPORTED)
WRITES = (
    *(f"outage_{what}_{q}" for q in QUANTITIES for what in
      ("lost", "delayed", "rerouted", "exported", "planned", "stored", "shut_in", "room")),
    "outage_revenue_lost", "outage_revenue_delayed", "outage_revenue_rerouted", "outage_export_change",
    "outage_storage_full", "outage_recovered", "outage_error_mass", "outage_error_uranium", "outage_change_error",
    "outage_full_error",
)  # fmt: skip

REPLAYED = 0.2
"""Redraws of a replay as a share of those of an outage that stands in the brief: two dozen of them must not take long."""
Progress = Callable[[str, int, int], None]


def course_of(settled: Case, outage: Outage, *, draws: int = 0, seed: int = 1) -> Course:
    """The days of an outage on a settled case; the first draw is of the settled figures themselves.

    Raises
    ------
    InputError
        A link does not exist in the year, or the case does not say how soon bypasses are ready.
    """
    return run(plant_of(settled, outage, draws, seed))


def derive(
    case: Case,
    *,
    draws: int = 200,
    seed: int = 1,
    workers: int = 1,  # noqa: ARG001  one process: the draws share the solver's last answer
    progress: Progress | None = None,
    outages: Sequence[Outage] | None = None,
    step: int = 1,
) -> Ledger:
    """Walk through outages, those of the register if none are given, and write down what they did, with the 5-95 % band
    over redraws of every input.

    ``draws`` redraws of each outage; of a replay a fifth of them, and none with the inputs of its own year. ``step`` is 1
    for a series of days and 7 for one of weeks.

    Raises
    ------
    InputError
        An outage of the register cannot be read, or its links are not in the network of its year.
    """
    settled = case.settle()
    wanted = outages_of(case) if outages is None else list(outages)
    rows: list[dict[str, object]] = []
    records: list[Derivation] = []
    seen: set[str] = set()
    for number, outage in enumerate(wanted):
        replay, again = outage.role not in ("standing", "asked"), outage.id in seen
        seen.add(outage.id)
        number_of = 0 if again else round(draws * REPLAYED) if replay else draws
        course = course_of(settled, outage, draws=number_of, seed=seed)
        name = f"outage.{outage.id}.{outage.key}"
        found = list(findings(course)) + ([] if replay else list(series(course, step)))
        reported = errors(case, course, found)
        rows += [_fact(finding, name) for finding in [*found, *reported]]
        told = f"{'; '.join(map(str, outage.windows))} for {outage.days} days from the network of {outage.year}"
        records.append(
            Derivation(name, VERSION, f"{_STATEMENT} {told}", parents(course), f"draws={number_of} seed={seed}")
        )
        if progress:
            progress("outage", number + 1, len(wanted))
    return Ledger.of(rows, records)


_STATEMENT = (
    "daily flow on the day's capacities, tanks, shut-in and draining; the weight of an input is its share of the variance of "
    "the tonnes lost:"
)


def _fact(finding: Finding, basis: str) -> dict[str, object]:
    """A finding as a derived fact."""
    (measure, subject, thing, item, period), value, low, high = finding
    return {
        "measure": measure, "subject": subject, "object": thing, "item": item, "period": period, "value": value, "low": low,
        "high": high, "grade": "C", "kind": "derived", "basis": basis, "by": VERSION,
    }  # fmt: skip
