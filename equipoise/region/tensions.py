"""Tensions that are published, trade between the neighbours, and the levers that act on them.

Peoples across borders, gaps of income and frontiers are told as they are published, with the year of each; none of them
is a cause of anything by itself. What a lever would do is a judgement of the case, whose band holds no effect.
"""

from __future__ import annotations

from collections.abc import Iterator

from equipoise.region.findings import Findings, Given
from equipoise.region.neighbourhood import Region

__all__ = ["LEVELS", "incomes", "levers", "peoples", "trade"]

STEM = 5
"""Letters that the name of a people and of its state share: Uzbek, Uzbekistan."""
LEVELS = {"regional_dispute_risk": "regional_rate_with", "regional_trade": "regional_trade_with"}
"""Quantities that levers move, and the measure that says what the region would be with each."""


def incomes(found: Findings, region: Region) -> None:
    """GDP per person of the home state, or of the richest, over that of each neighbour, in the last year known of both."""
    held: dict[str, dict[str, Given]] = {}
    for given in found.given("gdp_per_person"):
        if given.subject in region.states:
            held.setdefault(given.subject, {})[given.period] = given
    home = found.case.home
    for other in region.states:
        both = sorted(set(held.get(home, {})) & set(held.get(other, {})))
        if other == home or not both:
            continue
        one, two = held[home][both[-1]], held[other][both[-1]]
        basis = found.rests(f"income.{other}", "GDP per person of the one over that of the other", [one, two])
        found.put(
            "income_gap",
            home,
            other,
            "",
            both[-1],
            basis,
            one.value / two.value,
            one.low / two.high,
            one.high / two.low,
        )


def peoples(found: Findings, region: Region) -> None:
    """The share of each state's people who bear the name of another state of the region, by the latest estimate."""
    stem = {state: found.case.name(state)[:STEM] for state in region.states}
    latest: dict[tuple[str, str], Given] = {}
    for given in found.given("ethnic_share"):
        for other in region.states:
            if given.subject in region.states and other != given.subject and given.item.startswith(stem[other]):
                key = given.subject, other
                latest[key] = max(latest.get(key, given), given, key=lambda figure: figure.period)
    for (state, other), given in sorted(latest.items()):
        basis = found.rests(
            f"people.{state}.{other}", "the group that bears the name of the state, as published", [given]
        )
        found.put("group_share", state, other, given.item, given.period, basis, given.value, given.low, given.high)


def trade(found: Findings, region: Region) -> None:
    """Trade in goods between the states of the region, year by year, with the share of its flows that is known; and its aim."""
    flows: dict[str, dict[tuple[str, str], list[Given]]] = {}
    for measure in ("export_value", "import_value"):
        for given in found.given(measure, item="goods"):
            seller, buyer = (
                (given.subject, given.object) if measure == "export_value" else (given.object, given.subject)
            )
            if {seller, buyer} <= set(region.core):
                flows.setdefault(given.period, {}).setdefault((seller, buyer), []).append(given)
    whole = len(region.core) * (len(region.core) - 1)
    home = region.called(found.case.home)
    for period, known in sorted(flows.items()):
        told = [reports[0].value for reports in known.values()]  # the seller's report where there is one
        low, high = (sum(pick(report.value for report in reports) for reports in known.values()) for pick in (min, max))
        every = [report for reports in known.values() for report in reports]
        basis = found.rests(
            f"trade.{period}", "goods between the states of the region: the seller's report, else the buyer's; low and high the "
            "smaller and the larger of the two; flows that neither reports are missing, not zero", every,
        )  # fmt: skip
        found.put("regional_trade", home, "", "", period, basis, *(x / 1e3 for x in (sum(told), low, high)))
        found.put("regional_trade_known", home, "", "", period, basis, len(known) / whole)
    _gap(found, region)


def _gap(found: Findings, region: Region) -> None:
    """What the turnover reported for the region lacks of the aim, if it is the region of the report."""
    home, blocs = found.case.home, list(found.case.table("blocs").select("bloc", "member").iter_rows())
    reported, aim = found.given("regional_trade_reported"), found.given("regional_trade_target")
    for given in reported:
        goal = next((g for g in aim if g.subject == given.subject), None)
        members = {home, *(b for a, b in blocs if a == given.subject.lower())}
        if goal and given == max(reported, key=lambda g: g.period) and members == set(region.core):
            basis = found.rests("trade.gap", "aim less the turnover reported last", [goal, given])
            found.put("regional_trade_gap", home, "", "", goal.period, basis, goal.value - given.value)


def levers(found: Findings) -> None:
    """The rate of incidents and the trade of the region with each lever that acts on them, at the central rate."""
    central = found.found("regional_dispute_rate")
    for lever, effect, mode, target in _moving(found):
        figures = [given for given in found.given("lever_effect", subject=lever) if given.item == effect]
        for given in figures[:1]:
            ends = given.value, given.low, given.high
            if target == "regional_trade" and mode == "set":
                basis = found.rests(f"lever.{lever}", "the turnover that the lever is judged to bring", [given])
                found.put("regional_trade_with", lever, "", "", given.period, basis, *ends)
            if target == "regional_dispute_risk" and mode == "multiply":
                for rate in central:
                    item = str(rate["item"])
                    basis = found.rests(
                        f"lever.{lever}.{item}",
                        "central rate of the region times the effect that the lever is judged to have: a "
                        "judgement, whose band holds no effect", {given.id: 1.0, found.id_of(rate): 1.0}, "C",
                    )  # fmt: skip
                    band = (float(str(rate["value"])) * x for x in ends)
                    found.put("regional_rate_with", lever, "", item, given.period, basis, *band)


def _moving(found: Findings) -> Iterator[tuple[str, str, str, str]]:
    """Lever, number of the effect, mode and target, of every effect on a quantity that the region answers for."""
    for row in found.case.table("effects").iter_rows(named=True):
        if row["target"] in LEVELS:
            yield row["lever"], str(row["effect"]), row["mode"], row["target"]
