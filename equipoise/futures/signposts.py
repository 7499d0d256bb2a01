"""Signposts: what would show that a policy or a lever is to be left, where it stands now, and how far it is from the point.

The register names for each kind of input the series in which it can be seen: one of the case, or one of the watch, whose false
alarms a view sets beside it. An alarm never feeds a loss: nothing here goes back into a future.

References
----------
Haasnoot, Kwakkel, Walker, ter Maat (2013), Dynamic adaptive policy pathways. doi:10.1016/j.gloenvcha.2012.12.006
"""

from __future__ import annotations

from collections.abc import Mapping

from equipoise.case import Case
from equipoise.futures.findings import Drawn, Findings
from equipoise.futures.lives import JEFFREYS
from equipoise.futures.simulate import Setup
from equipoise.ledger import parse_id

__all__ = ["input_of", "shown_by", "signposts"]


def signposts(case: Case, setup: Setup, found: Findings, drawn: Drawn) -> Findings:
    """For each turn that was found: the present value of what would show it, how far it is from the point to leave, and the share
    of the futures that lie past it, on the side on which to leave.

    The present value is that of the series that the register names, where it is in the unit of the input; else the central one of
    the input itself. Of withdrawals it is the rate at which they were counted, none where none was. The sign of a gap is that of
    the way to go.
    """
    made: Findings = {}
    central = dict(zip(setup.facts, setup.figures.value[setup.figures.drawn], strict=True))
    ids = dict(zip(setup.names, setup.facts, strict=True))
    for key, (point, band) in found.items():
        name = input_of(key)
        if not name:
            continue
        if key[0] == "policy_episodes":
            now = _recorded(case, key[2])
        else:
            row = shown_by(case, name)
            series = str(row["series"]) if row else ""
            seen = _latest(case, series) if series else None
            now = central.get(ids.get(name, "")) if seen is None else seen
        if now is None:
            continue
        made["signpost_now", *key[1:]] = now, None
        ends = None if band is None else (band[0] - now, band[1] - now)
        made["signpost_gap", *key[1:]] = point - now, ends
        if name in drawn.names:
            values = drawn.values[:, drawn.names.index(name)]
            past = values > point if _leaves_above(key) else values < point
            made["signpost_past", *key[1:]] = float(past.mean()), None
    return made


def input_of(key: tuple[str, ...]) -> str:
    """The input along which a turn was found, by its name; nothing of a fact that is no turn.

    >>> input_of(("policy_turn", "a", "b", "worst_loss.at_most.threat_rate.rus_all.-.-.2026", "2040+1y"))
    'threat_rate.rus_all.-.-.2026'
    >>> input_of(("advice_turn", "lever", "gdp.KAZ.-.-.2025", "usual.seen.at_least", "2040+1y"))
    'gdp.KAZ.-.-.2025'
    """
    if key[0] == "policy_turn":
        return key[3].split(".", 2)[2]
    if key[0] == "advice_overtaken":
        return key[3].split(".", 2)[2]
    if key[0] == "advice_turn":
        return key[2]
    return f"threat_rate.{key[2]}" if key[0] == "policy_episodes" else ""


def _leaves_above(key: tuple[str, ...]) -> bool:
    """Whether what is to be left is left where the input is above the point: it is better while at most there, or overtaken once
    at least there."""
    ways = key[3].split(".")
    return "at_least" in ways if key[0] == "advice_overtaken" else "at_most" in ways


def shown_by(case: Case, name: str) -> Mapping[str, str] | None:
    """The row of the register that says where an input can be seen: of several that fit, the one that names most of it."""
    parts = [part if part != "-" else "" for part in name.split(".")]
    measure, subject = parts[0], parts[1] if len(parts) > 1 else ""
    item = ".".join(parts[3:-1])
    fits = [
        row for row in case.table("signposts").iter_rows(named=True)
        if row["measure"] == measure and row["subject"] in ("", subject) and row["item"] in ("", item)
    ]  # fmt: skip
    return max(fits, key=lambda row: (bool(row["subject"]), bool(row["item"])), default=None)


def _latest(case: Case, series: str) -> float | None:
    """The last figure of a series, named by one of its facts."""
    parts = parse_id(series)
    rows = case.view(parts["measure"], subject=parts["subject"])
    held = [
        (str(row["period"]), float(row["value"])) for row in rows.iter_rows(named=True)
        if (str(row["object"] or ""), str(row["item"] or "")) == (parts["object"], parts["item"])
    ]  # fmt: skip
    return max(held)[1] if held else None


def _recorded(case: Case, power: str) -> float | None:
    """How often a year a power was seen to withdraw all that it controls: its episodes over the years of the window, which the
    posterior of the rate was made of."""
    rows = case.table("threats").iter_rows(named=True)
    for threat in (row["threat"] for row in rows if row["power"] == power and row["links"] == "all"):
        rate, seen = (case.view(measure, subject=threat)["value"] for measure in ("threat_rate", "threat_episodes"))
        if len(rate) and len(seen):
            return float(rate[0]) * float(seen[0]) / (float(seen[0]) + JEFFREYS)
    return None
