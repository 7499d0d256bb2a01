"""The power grid by season: what the northern ties give, what the ring gives, and what each neighbour can keep back.

What a state's own plants lack in winter, and who was seen to send it, are published; the capacity of the ties is not: what
was seen to flow over them is the least that they carry. A cut counts only in the months in which the power is missed: the
loss of a bottleneck input is convex, so that a lack of one winter is worse than the same power missed over a year.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray

from equipoise.case import Case
from equipoise.ledger import Derivation
from equipoise.maths.bottleneck import bottleneck_loss
from equipoise.region.figures import Asked, Figures
from equipoise.region.systems import VERSION

__all__ = ["asked_of_grid", "grid", "partners", "winter"]

FloatArray = NDArray[np.float64]
Found = dict[tuple[str, str, str, str, str], FloatArray]
Told = tuple[Found, Derivation]
MONTHS = 12

_GRID = "imports over use; the exact loss of a bottleneck input if all neighbours stop, less what the power cost"
_WINTER = (
    "load at the peak less what the state's own plants give; a neighbour can keep back of it what its ties were seen to carry, "
    "and of the energy lacking in winter what it sends in a year at most; the loss is the exact one of a bottleneck input in "
    "the months of the lack, less what the power cost, as a share of the year's income"
)
_PARTNERS = (
    "what a neighbour sent over what was made and bought in the same months; the loss of those months without it, less what the "
    "power cost, as a share of the year's income"
)


def asked_of_grid(case: Case) -> dict[str, Asked]:
    """Power used and bought by each state, what it lacks in winter, and who sends it what."""
    made: dict[str, Asked] = {}
    for state in _subjects(case, "electricity_import"):
        made[f"grid.import.{state}"] = ("electricity_import", state, "", "")
        made[f"grid.use.{state}"] = ("electricity_consumption", state, "", "")
        made[f"grid.cost.{state}"] = ("input_cost_share", state, "grid_balance")
    for state in _subjects(case, "peak_power"):
        made[f"grid.load.{state}"] = ("peak_power", state, "", "load")
        made[f"grid.own.{state}"] = ("peak_power", state, "", "own_supply")
        made[f"grid.lacking.{state}"] = ("electricity_lacking", state, "", "winter")
        made[f"grid.winter.{state}"] = ("season_share", state, "", "winter")
    for state in _subjects(case, "electricity_made"):
        made[f"grid.made.{state}"] = ("electricity_made", state, "", "")
    for sender, receiver, period in _sent(case):
        made[f"grid.sent.{sender}.{receiver}.{period}"] = ("electricity_trade", sender, receiver, "", period)
        made[f"grid.tie.{sender}.{receiver}"] = ("tie_power", sender, receiver)
    return made


def _subjects(case: Case, measure: str) -> list[str]:
    return sorted(set(case.view(measure)["subject"].cast(pl.String)))


def _sent(case: Case) -> list[tuple[str, str, str]]:
    """Who sent whom power, and when."""
    names = [pl.col(name).cast(pl.String) for name in ("subject", "object", "period")]
    return sorted(case.view("electricity_trade").select(names).iter_rows())


def grid(case: Case, figures: Figures) -> Told:
    """How much of its power each state imports, and what it would lose without."""
    found: Found = {}
    for label in sorted(figures.facts):
        if label.startswith("grid.import.") and label.replace("import", "use") in figures:
            state = label.rsplit(".", 1)[1]
            share = np.clip(figures[label] / figures[f"grid.use.{state}"], 0.0, 1.0)
            found["grid_import_share", state, "", "", str(case.year)] = share
            if figures.holds(f"grid.cost.{state}", "sigma.1y"):
                lost = _without(figures[f"grid.cost.{state}"], share, figures["sigma.1y"], 1.0)
                found["grid_loss", state, "", "", f"{case.year}+1y"] = lost
    kinds = ("grid.import.", "grid.use.", "grid.cost.")
    labels = [n for n in figures.facts if n.startswith(kinds) or n == "sigma.1y"]
    outcome = next((v for k, v in found.items() if k[0] == "grid_loss"), np.zeros(figures.draws + 1))
    return found, Derivation("water.grid", VERSION, _GRID, figures.parents(outcome, labels) if labels else {})


def _without(cost: FloatArray, share: FloatArray, sigma: FloatArray, year: FloatArray | float) -> FloatArray:
    """Per cent of a year's income lost when a share of the power of a part of the ``year`` is missed, less what it cost."""
    return 100.0 * year * np.maximum(0.0, bottleneck_loss(cost, 1.0 - share, sigma) - cost * share)


def winter(case: Case, figures: Figures) -> Iterator[Told]:
    """The peak and the winter of each state that publishes them, and what each neighbour can keep back."""
    for state in _subjects(case, "peak_power"):
        if not figures.holds(f"grid.load.{state}", f"grid.own.{state}"):
            continue
        gap = np.maximum(0.0, figures[f"grid.load.{state}"] - figures[f"grid.own.{state}"])
        found: Found = {("grid_gap", state, "", "", str(case.year)): gap}
        senders = sorted({sender for sender, receiver, _ in _sent(case) if receiver == state})
        for sender in senders:
            found |= _kept(case, figures, state, sender, gap)
        sent = tuple(f"grid.{kind}.{sender}.{state}" for kind in ("sent", "tie") for sender in senders)
        own = tuple(f"grid.{kind}.{state}" for kind in ("load", "own", "lacking", "winter", "use", "cost"))
        labels = [n for n in figures.facts if n.startswith((*sent, *own)) or n == "sigma.1y"]
        outcome = next((v for k, v in found.items() if k[0] == "grid_withheld_loss"), gap)
        yield found, Derivation(f"water.grid.winter.{state}", VERSION, _WINTER, figures.parents(outcome, labels))


def _kept(case: Case, figures: Figures, state: str, sender: str, gap: FloatArray) -> Found:
    """What one neighbour can keep back at the peak, in the winter and in a year, and what that would cost."""
    found: Found = {}
    period = str(case.year)
    if f"grid.tie.{sender}.{state}" in figures:
        found["grid_withheld_peak", state, sender, "", period] = np.minimum(gap, figures[f"grid.tie.{sender}.{state}"])
    years = [p for s, r, p in _sent(case) if (s, r) == (sender, state) and len(p) == len("2024")]
    if not years:
        return found
    year = figures[f"grid.sent.{sender}.{state}.{max(years)}"]
    amounts = {"year": (year, np.ones_like(year))}
    if figures.holds(f"grid.lacking.{state}", f"grid.winter.{state}"):
        amounts["winter"] = (np.minimum(figures[f"grid.lacking.{state}"], year), figures[f"grid.winter.{state}"])
    for season, (amount, part) in amounts.items():
        found["grid_withheld", state, sender, season, period] = amount
        if figures.holds(f"grid.use.{state}", f"grid.cost.{state}", "sigma.1y"):
            share = np.clip(amount / (figures[f"grid.use.{state}"] * part), 0.0, 1.0)
            lost = _without(figures[f"grid.cost.{state}"], share, figures["sigma.1y"], part)
            found["grid_withheld_loss", state, sender, season, f"{case.year}+1y"] = lost
    return found


def partners(case: Case, figures: Figures) -> Iterator[Told]:
    """Who gave a state how much of its power in the months that are published, and what it would lose without."""
    for state in _subjects(case, "electricity_made"):
        period = max(case.view("electricity_made", subject=state)["period"].cast(pl.String))
        senders = [s for s, r, p in _sent(case) if (r, p) == (state, period)]
        names = {sender: f"grid.sent.{sender}.{state}.{period}" for sender in senders}
        if f"grid.made.{state}" not in figures or not figures.holds(*names.values()) or "/" not in period:
            continue
        part = _months(period) / MONTHS
        used = figures[f"grid.made.{state}"] + np.sum([figures[name] for name in names.values()], axis=0)
        found: Found = {}
        for sender, name in names.items():
            share = np.clip(figures[name] / used, 0.0, 1.0)
            found["grid_partner_share", state, sender, "season", period] = share
            found["grid_withheld", state, sender, "season", period] = figures[name]
            if figures.holds(f"grid.cost.{state}", "sigma.1y"):
                lost = _without(figures[f"grid.cost.{state}"], share, figures["sigma.1y"], part)
                found["grid_withheld_loss", state, sender, "season", f"{period}+1y"] = lost
        labels = [f"grid.made.{state}", *names.values()]
        labels += [n for n in (f"grid.cost.{state}", "sigma.1y") if n in figures]
        outcome = next((v for k, v in found.items() if k[0] == "grid_withheld_loss"), used)
        yield found, Derivation(f"water.grid.partners.{state}", VERSION, _PARTNERS, figures.parents(outcome, labels))


def _months(period: str) -> int:
    """Months of a period, both ends in it."""
    first, last = (end.split("-") for end in period.split("/"))
    return 12 * (int(last[0]) - int(first[0])) + int(last[1]) - int(first[1]) + 1
