"""Analysis: what the withdrawal of each power, and of several, would cost."""

from __future__ import annotations

from typing import Any

from equipoise.brief.desk import Desk, joined, signed
from equipoise.brief.document import Absent, Block, Cell, Figure, Paragraph, Table

__all__ = [
    "attribution",
    "coalitions",
    "driven_by",
    "drivers",
    "insurance",
    "own_costs",
    "singles",
    "volumes",
    "withdrawal",
]

LIMITS = {
    "contract": "contract limits",
    "technical": "technical limits",
    "announced": "technical limits with announced capacity",
}
UNITS = {"mass": "Mt", "containers": "thousand TEU", "uranium": "tU", "gas": "bcm"}
SHOWN = ((1, 3), (2, 5), (3, 3))
"""Coalitions shown in the brief: size, how many of that size."""


def withdrawal(desk: Desk) -> list[Block]:
    """Single losses, volumes, coalitions, who insures whom, and how the joint loss is divided."""
    if not desk.worst:
        return [Absent("The withdrawal of no power could be studied.")]
    tables = (
        singles(desk), drivers(desk), volumes(desk), own_costs(desk), coalitions(desk), insurance(desk), attribution(desk),
    )  # fmt: skip
    closing = Paragraph(
        [
            "Security guarantees are never turned into money. Sales lost are gross; rent is sales less transport and the "
            "cost saved by not producing. World prices are held constant. Attribution by Shapley’s and Owen’s rules is "
            "accounting: neither blame nor bargaining power."
        ],
        "small",
    )
    return [*(table for table in tables if table.tells), closing]


def singles(desk: Desk) -> Table:
    """The loss that each power alone can cause, by horizon and reading of the limits."""
    horizons = desk.horizons.values()
    rows: list[list[Cell]] = []
    for power in desk.powers:
        losses = [
            desk.fig("withdrawal_loss", desk.home, power, "", f"{desk.year}+{h['horizon']}", unit="") for h in horizons
        ]
        rows.append([
            desk.name(power),
            *losses,
            desk.fig("withdrawal_loss", desk.home, power, "technical", desk.period, unit=""),
            desk.fig("withdrawal_rent", desk.home, power, desk.main_commodity, desk.period, unit=""),
            desk.fig("worst_power_share", desk.home, power, "", desk.period, ranged=False),
        ])  # fmt: skip
    columns = [
        ("If … withdraws", "l"), *((str(h["name"]).capitalize(), "r") for h in horizons), ("One year, technical limits", "r"),
        ("Rent lost, bn USD", "r"), ("Worst of all in", "r"),
    ]  # fmt: skip
    limits = (
        f"{h['name']}: {LIMITS[h['reading']]}{' less what tanks absorb' if h['storage'] == '1' else ''}"
        for h in horizons
    )
    foot = (
        "% of GDP at a yearly rate; the figure is the result at central inputs, the range the band over redraws. "
        f"{'; '.join(limits)}. Worst of all in: the share of redraws in which this power costs most; below 80 % call it a tie.",
    )
    return Table("Loss of export rent if one power withdraws alone, % of GDP a year", columns, rows, foot)


def driven_by(desk: Desk, power: str, most: int = 2) -> str:
    """The inputs that drive the band of a power's loss, in words; empty where none stands out."""
    row = desk.notes.row("band_explained", power, "", "", desk.period)
    return joined([f"the {cause}" for cause in desk.notes.leading(row, most)]) if row else ""


def drivers(desk: Desk) -> Table:
    """What the band of each loss hangs on, and on how many rough inputs."""
    rows: list[list[Cell]] = []
    for power in desk.powers:
        explained = desk.fig("band_explained", power, "", "", desk.period, ranged=False)
        if explained:
            band = desk.fig("withdrawal_loss", desk.home, power, "", desk.period, unit="")
            counts = [
                desk.fig("input_count", desk.home, power, which, desk.period) for which in ("all", "grade_C", "assumed")
            ]
            rows.append([desk.name(power), band, driven_by(desk, power, 3), explained, *counts])
    columns = [
        ("Power", "l"), ("% of GDP a year", "r"), ("Its band is driven by", "l"), ("which explain", "r"),
        ("Inputs of weight", "r"),
        ("of grade C", "r"), ("assumed", "r"),
    ]  # fmt: skip
    foot = (
        "Inputs whose rank correlation with the loss over the redraws stands out from chance, the strongest first: the "
        "sources worth improving.",
    )
    return Table("What drives each band", columns, rows, foot)


def volumes(desk: Desk) -> Table:
    """Everything that is lost, in natural units: most of it has no price in the ledger and is not in the loss."""
    networks = [
        (name, row["quantity"], row["base_year"]) for name, row in desk.layout.commodities.items() if row["base_year"]
    ]
    found = [
        (name, quantity, year)
        for name, quantity, year in networks
        if desk.notes.rows(f"withdrawal_lost_{quantity}", item=name, period=f"{year}+{desk.horizon}")
    ]
    rows: list[list[Cell]] = []
    for power in desk.powers:
        lost = [
            desk.fig(f"withdrawal_lost_{quantity}", desk.home, power, name, f"{year}+{desk.horizon}", unit="")
            for name, quantity, year in found
        ]
        rows.append([desk.name(power), *lost])
    heads = ((f"{desk.name(name)}, {UNITS[quantity]} ({year})", "r") for name, quantity, year in found)
    foot = (
        "Lost in a year after best rerouting, contract limits. Only what has prices and costs enters the loss in % of "
        "GDP; the rest stays in its own unit. A link without a published capacity carries whatever there is, so these are "
        "the least that would be lost (see the annex for how many such links each network has).",
    )
    return Table("What would not move, commodity by commodity", [("If … withdraws", "l"), *heads], rows, foot)


def own_costs(desk: Desk) -> Table:
    """What each power would lose itself if it closed everything: beside the loss that it causes, and no ratio of the two."""
    rows: list[list[Cell]] = []
    for threat in desk.case.table("threats").iter_rows(named=True):
        cost, _ = desk.latest("threat_cost_to_power", threat["threat"])
        if cost and threat["power"] in desk.powers and {threat["links"], threat["channels"]} == {"all"}:
            caused = desk.fig("withdrawal_rent", desk.home, threat["power"], desk.main_commodity, desk.period)
            why = desk.quote(threat["cost_note"], threat["basis"], threat["grade"])
            rows.append([desk.name(threat["power"]), caused, cost, why])
    order = {desk.name(power): place for place, power in enumerate(desk.powers)}
    rows.sort(key=lambda row: order[str(row[0])])
    heads = "Rent it would take away", "What it would lose itself"
    columns = [("If … closed everything", "l"), *((head, "r") for head in heads), ("What stands in it", "l")]
    foot = (
        "The cost to the power is a judgement with a range. World prices are held: what dearer oil would cost third states "
        "is separate and not in it.",
    )
    return Table("What it would cost the powers themselves", columns, rows, foot)


def coalitions(desk: Desk, *, every: bool = False) -> Table:
    """The coalitions that cost most, of each size; or every one of them."""
    found = desk.notes.rows("withdrawal_loss", subject=desk.home, item="", period=desk.period)
    players = len(desk.case.powers)
    rows: list[list[Cell]] = []
    sizes = [(size, shown) for size, shown in SHOWN if size < players] + [(players, 1)]
    for size, shown in [(n, len(found)) for n in range(1, players + 1)] if every else sizes:
        of_size = [row for row in found if str(row["object"]).count("+") == size - 1]
        for row in sorted(of_size, key=lambda r: -float(r["value"]))[:shown]:
            coalition = str(row["object"])
            name = "All of them" if size == players else joined([desk.name(p) for p in coalition.split("+")])
            beside = (
                desk.fig(measure, desk.home, coalition, desk.main_commodity, desk.period, unit="")
                for measure in (
                    "withdrawal_rent",
                    f"withdrawal_lost_{desk.quantity}",
                    f"withdrawal_rerouted_{desk.quantity}",
                )
            )
            rows.append([name, desk.notes.of(row, unit=""), *beside])
    unit = UNITS.get(desk.quantity, "")
    columns = [
        ("If … withdraw together", "l"), ("% of GDP a year", "r"), ("Rent, bn USD", "r"), (f"Lost, {unit}", "r"),
        (f"Rerouted, {unit}", "r"),
    ]  # fmt: skip
    number = 2**players - 1
    which = f"All {number} coalitions" if every else f"The worst of the {number} coalitions of each size"
    more = "" if every else " The command equipoise withdraw --all prints every one."
    foot = (f"{which}; {desk.in_time(desk.horizon)}, contract limits.{more}",)
    return Table("Coalitions", columns, rows, foot)


def insurance(desk: Desk) -> Table:
    """Who is whose insurance: the joint loss less the two single losses."""
    heat: dict[tuple[int, int], float] = {}
    rows: list[list[Cell]] = []
    for i, first in enumerate(desk.powers[1:]):
        cells: list[Cell] = [desk.name(first)]
        for j, second in enumerate(desk.powers[:-1]):
            a, b = sorted((first, second))
            row = desk.notes.row("backup_value", a, b, "", desk.period) if j <= i else None
            if row and abs(row["value"]) > 0.005:
                heat[i, j + 1] = float(row["value"])
            cells.append(signed(desk.notes.of(row, unit="", ranged=False)) if row else "")
        rows.append(cells)
    columns = [("", "l"), *((desk.name(power), "r") for power in desk.powers[:-1])]
    foot = (
        "Percentage points of GDP: loss of the two together less the sum of their single losses. Above zero each is the "
        "other’s way round, and losing both is worse than the sum; below zero they hold the same channels, and a sum would "
        "count the loss twice.",
    )
    return Table("Who is whose insurance", columns, rows, foot, heat)


def attribution(desk: Desk) -> Table:
    """The loss if all left, divided between the powers and their corridors."""
    rows: list[list[Cell]] = []
    for power in desk.powers:
        parts = desk.notes.rows("owen_share", subject=power, period=desk.period)
        largest = sorted((row for row in parts if row["value"] >= 0.01), key=lambda row: -float(row["value"]))[:4]
        through: list[str | Figure] = []
        for row in largest:
            through += ["; " if through else "", f"{_corridor(desk, row)} ", desk.notes.of(row, unit="")]
        rows.append([desk.name(power), desk.fig("shapley_share", power, "", "", desk.period, unit=""), through or None])
    columns = [("Power", "l"), ("Share of the joint loss, % of GDP", "r"), ("Through which corridor (Owen)", "l")]
    return Table("The joint loss of all, divided by order of leaving (Shapley) and by corridor (Owen)", columns, rows)


def _corridor(desk: Desk, row: dict[str, Any]) -> str:
    return desk.name(str(row["object"]))
