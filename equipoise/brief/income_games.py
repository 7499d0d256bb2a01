"""Analysis: real income and several powers at once, what the state could take from them, and what its bands hang on."""

from __future__ import annotations

from typing import Any

from equipoise.brief.desk import Desk, joined, signed
from equipoise.brief.document import Cell, Table
from equipoise.world import SOURCE

__all__ = [
    "MODEL_BREAKS",
    "by_kind",
    "coalition_incomes",
    "input_name",
    "interactions",
    "leverage",
    "ranks",
    "sensitivities",
]

MODEL_BREAKS = 35.0
"""Losses above this, in %, say only that the model breaks: elasticities of small changes are no guide to them."""
WIDE = 0.25
"""Width of the interval of a total index above which it has not converged."""
KINDS = {
    "exports": "what it buys", "imports": "what it sells", "transit": "routes of oil and gas", "people": "money sent home",
    "fees": "transit fees", "finance": "finance", "systems": "power, water",
}  # fmt: skip
FIGURES = {
    SOURCE: "choice among models of who buys what", "oil_lost": "oil and gas that find no way out",
    "oil_dearer": "cost of the oil still shipped", "containers_lost": "containers that find no way",
    "container_fee": "fee for a container in transit", "gdp": "GDP",
}  # fmt: skip


def coalition_incomes(desk: Desk) -> Table:
    """Real income lost to every coalition of the powers that the world tells apart."""
    found = desk.notes.rows("income_loss", subject=desk.home, item="all", period=desk.period)
    far = f"{desk.year}+{list(desk.horizons)[-1]}"
    rows: list[list[Cell]] = [
        [
            joined([desk.name(power) for power in str(row["object"]).split("+")]), desk.notes.of(row, unit=""),
            desk.fig("income_loss", desk.home, row["object"], "all", far, unit=""),
        ]
        for row in sorted(found, key=lambda row: (str(row["object"]).count("+"), -float(row["value"])))
    ]  # fmt: skip
    columns = [("If … withdraw together", "l"), (f"{desk.in_time(desk.horizon)}, %", "r"), (f"{_far(desk)}, %", "r")]
    foot = (f"Above {MODEL_BREAKS:g} % the model of trade breaks: such a figure says that it breaks, and no more.",)
    return Table("Real income, every coalition", columns, rows, foot)


def interactions(desk: Desk) -> Table:
    """Who is whose insurance: what two powers take together beyond the sum of what each takes alone."""
    powers = [power for power in desk.powers if desk.notes.row("income_loss", desk.home, power, "all", desk.period)]
    rows: list[list[Cell]] = []
    for first in powers:
        cells: list[Cell] = []
        for second in powers:
            a, b = sorted((first, second))
            cells.append("·" if first == second else signed(_meeting(desk, a, b)))
        rows.append([desk.name(first), *cells])
    columns = [(f"Real income, {desk.in_time(desk.horizon)}", "l"), *((desk.name(power), "r") for power in powers)]
    foot = (
        "Percentage points beyond the sum of the two single losses. Above zero the two back each other up and losing both is "
        "worse than the sum; below zero they close the same channels, and a sum would count one loss twice.",
    )
    return Table("Who is whose insurance, in real income", columns, rows if len(powers) > 1 else [], foot)


def _meeting(desk: Desk, first: str, second: str) -> Any:
    return desk.fig("income_interaction", first, second, "", desk.period, unit="", ranged=False)


def by_kind(desk: Desk) -> Table:
    """The joint loss over the long run, divided over powers and kinds of channel."""
    far = f"{desk.year}+{list(desk.horizons)[-1]}"
    rows: list[list[Cell]] = []
    for power in desk.powers:
        share = desk.fig("income_shapley", power, "", "", far, unit="")
        kinds = [desk.fig("income_owen", power, "", kind, far, unit="", ranged=False) for kind in KINDS]
        if share and any(kinds):
            rows.append([desk.name(power), share, *kinds])
    columns = [("Power", "l"), ("Share, % points", "r"), *((word, "r") for word in KINDS.values())]
    foot = (
        f"If all withdrew together, over {_far(desk)}: Shapley’s division among powers, Owen’s among the kinds of channel of "
        "each. Accounting under a random order: neither blame nor bargaining power, nor the chance that anyone leaves.",
    )
    return Table("The joint loss of real income, divided", columns, rows, foot)


def leverage(desk: Desk) -> Table:
    """What the powers would lose if the state withdrew what it sells them."""
    rows: list[list[Cell]] = []
    for power in desk.powers:
        cells = [
            desk.fig("leverage_loss", power, desk.home, item, desk.period, unit="")
            for item in ("exports", "oil", "ore")
        ]
        if any(cells):
            rows.append([desk.name(power), *cells])
    foot = [
        f"% of the power’s own real income, {desk.in_time(desk.horizon)}. Crude finds other sellers at a price; what that does "
        "to the price of oil in the world is not in it, nor is what it would cost the state itself."
    ]
    stopped = desk.notes.row("leverage_containers", desk.home, "", "containers", f"{_year(desk)}+{desk.horizon}")
    if stopped:
        foot.append(
            f" If {desk.name(desk.home)} closed its own territory, {desk.notes.of(stopped).plain} of transit containers would "
            "find no way."
        )
    columns = [
        (f"If {desk.name(desk.home)} stopped selling to …", "l"), ("all goods, %", "r"), ("oil and gas, %", "r"),
        ("ores and uranium, %", "r"),
    ]  # fmt: skip
    return Table("What the state could take from the powers", columns, rows, tuple(foot))


def _year(desk: Desk) -> str:
    """The last year of the network of containers."""
    row = desk.layout.commodities.get("containers")
    return str(row["base_year"]) if row else ""


def ranks(desk: Desk) -> Table:
    """How often each power has each rank, and which of them are a tie."""
    powers = [power for power in desk.powers if desk.notes.row("worst_income_share", desk.home, power, "", desk.period)]
    rows: list[list[Cell]] = []
    for place, power in enumerate(powers):
        cells: list[Cell] = [
            desk.fig("income_rank_share", desk.home, power, str(rank), desk.period, ranged=False)
            for rank in range(1, len(powers) + 1)
        ]
        following = powers[place + 1] if place + 1 < len(powers) else ""
        above = desk.fig("income_above_share", power, following, "", desk.period, ranged=False) if following else None
        share = desk.notes.value("income_above_share", power, following, "", desk.period) if following else None
        word = "" if share is None else (" a tie" if 0.2 < share < 0.8 else "")
        rows.append([desk.name(power), *cells, [above, word] if above else None])
    agreement = desk.fig("income_rank_agreement", desk.home, "", "", desk.period, unit="")
    columns = [
        ("Power", "l"), *((f"{rank}.", "r") for rank in range(1, len(powers) + 1)), ("above the next in", "r"),
    ]  # fmt: skip
    foot = (
        "Share of redraws in which a power has the rank. Two powers are a tie where neither stands above the other in 80 %. "
        + (
            f"Mean agreement of a redraw’s ranking with the central one (Kendall’s tau): {agreement.plain}."
            if agreement
            else ""
        ),
    )
    return Table("How sure the ranking is", columns, rows if len(powers) > 1 else [], foot)


def sensitivities(desk: Desk, power: str) -> Table:
    """The inputs that the band of one power's loss hangs on, by total index, each with its interval."""
    found = desk.notes.rows("income_sensitivity", subject=power, period=desk.period)
    found.sort(key=lambda row: -float(row["value"]))
    rows: list[list[Cell]] = []
    for row in found:
        wide = float(row["high"]) - float(row["low"]) > WIDE
        rows.append(
            [input_name(desk, str(row["item"])), desk.notes.of(row), "not converged, do not read" if wide else ""]
        )
    foot = (
        "Sobol total index: the share of the variance that would stay if all but this input were known (Jansen’s estimator), "
        "with its 95 % bootstrap interval. Indices overlap where inputs act together.",
    )
    columns = [("Input", "l"), ("of the variance", "r"), ("", "l")]
    return Table(f"What the loss to {desk.the(power)} hangs on", columns, rows, foot)


def input_name(desk: Desk, item: str) -> str:
    """An input in words."""
    if item in FIGURES:
        return FIGURES[item]
    what, _, channel = item.partition(".")
    if channel:
        return f"{what} of {desk.name(channel)}"
    measure = desk.case.measures.get(item)
    return measure.label.split(" (")[0] if measure and measure.label else f"reach over {desk.name(item)}"


def _far(desk: Desk) -> str:
    return desk.in_time(list(desk.horizons)[-1])
