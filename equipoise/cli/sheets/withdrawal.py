"""The tables of ``equipoise withdraw``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from equipoise.brief import bargaining, income, income_games, region_water
from equipoise.brief import withdrawal as losses
from equipoise.brief.desk import Desk, joined, signed
from equipoise.brief.document import Block, Cell, Paragraph, Table

__all__ = ["expected", "withdrawal", "withdrawal_by"]

KINDS = ("territory", "ownership", "operator", "jurisdiction", "market")


def withdrawal(desk: Desk, *, every: bool = False) -> list[Block]:
    """All powers: single losses, what drives them, coalitions, who insures whom, and how the whole is divided."""
    tables = (
        income.incomes(desk), income_games.ranks(desk), income_games.leverage(desk), income_games.interactions(desk),
        income_games.by_kind(desk), *((income_games.coalition_incomes(desk),) if every else ()),
        losses.singles(desk), losses.drivers(desk), losses.volumes(desk), losses.own_costs(desk),
        losses.coalitions(desk, every=every), losses.insurance(desk), losses.attribution(desk),
    )  # fmt: skip
    return [table for table in tables if table.tells]


def withdrawal_by(desk: Desk, powers: Sequence[str], horizon: str) -> list[Block]:
    """One power or coalition: what is lost, through what, what has happened, and what it would cost the power itself."""
    coalition = "+".join(sorted(powers))
    blocks: list[Block] = []
    if len(powers) == 1:
        blocks += income.sentence(desk, powers[0], horizon)
    else:
        blocks += _joint_income(desk, coalition, horizon)
    blocks += _sentence(desk, powers, coalition, horizon)
    if len(powers) == 1 and horizon == desk.horizon:
        blocks += bargaining.pays(desk, powers[0])
    tables = [_by_horizon(desk, coalition), _by_commodity(desk, coalition, horizon)]
    if len(powers) == 1:
        tables = [income.by_horizon(desk, powers[0]), income_games.sensitivities(desk, powers[0]), *tables]
        tables += [_by_route(desk, powers[0])]
    tables += [_natural(desk, powers), region_water.kept_back(desk, powers), region_water.winter(desk, powers)]
    tables += [_reach(desk, powers), _threats(desk, powers), _episodes(desk, powers)]
    return [*blocks, *(table for table in tables if table.rows)]


def expected(desk: Desk, odds: Mapping[str, float], horizon: str) -> list[Block]:
    """What is expected under chances that the user assumes."""
    period = f"{desk.year}+{horizon}"
    mean, tail = (
        desk.fig("expected_income_loss", desk.home, "", item, period, unit="%") for item in ("", "worst_tenth")
    )
    made: list[Block] = [*desk.say(
        f"Under these chances, which are yours and no finding, real income of {desk.name(desk.home)} would be lower by "
        "{mean} in the mean, and by {tail} in the worst tenth of outcomes.",
        mean=mean, tail=tail,
    )]  # fmt: skip
    rows: list[list[Cell]] = [
        [
            desk.name(power),
            f"{100 * chance:g}%",
            desk.fig("expected_income_slope", desk.home, power, "", period, unit=""),
        ]
        for power, chance in sorted(odds.items())
    ]
    columns = [("Power", "l"), ("assumed chance", "r"), ("surely leaving against surely staying, % points", "r")]
    foot = (
        "Powers leave independently here: chances of allies, who leave together, must not be multiplied like this.",
    )
    return [*made, Table(f"By power, {desk.in_time(horizon)}", columns, rows, foot)]


def _sentence(desk: Desk, powers: Sequence[str], coalition: str, horizon: str) -> list[Paragraph]:
    period = f"{desk.year}+{horizon}"
    names = joined([desk.the(power) for power in powers])
    loss = desk.fig("withdrawal_loss", desk.home, coalition, "", period)
    made = desk.say(
        f"In rent of exports alone, if {names} {f'closed {desk.menu}' if desk.menu else 'withdrew'} for "
        f"{desk.in_time(horizon)}, {desk.name(desk.home)} would lose {{loss}}.",
        loss=loss,
    )
    if len(powers) == 1:
        cause = losses.driven_by(desk, powers[0])
        made += (
            desk.say(
                f"The band is driven by {cause}, which explain {{explained}} of its variance.",
                explained=desk.fig("band_explained", powers[0], "", "", desk.period),
            )
            if cause
            else []
        )
        share = desk.notes.row("worst_power_share", desk.home, powers[0], "", period)
        tie = "; below 80 % it is a tie" if share and share["value"] < 0.8 else ""
        made += desk.say(
            f"It is the worst single power in {{often}} of redraws{tie}.",
            often=desk.notes.of(share, ranged=False) if share else None,
        )
        held = desk.notes.row("channel_hold", powers[0], period=str(desk.year))
        made += (
            desk.say(f"Largest channel that it holds: {{held}} ({held['note']}).", held=desk.notes.of(held, unit="%"))
            if held
            else []
        )
        border, _ = desk.latest("border_length", desk.home, powers[0])
        made += desk.say("Common border: {border}.", border=border)
    if len(powers) == 2:
        first, second = sorted(powers)
        row = desk.notes.row("backup_value", first, second, "", period)
        if row:
            meet = "each is the other’s way round" if row["value"] > 0 else "both hold the same channels"
            words = meet if abs(row["value"]) > 0.005 else "they do not meet"
            extra = signed(desk.notes.of(row, unit="percentage points"))
            made += desk.say(
                f"That is {{extra}} of GDP against the sum of the two single losses: {words}.", extra=extra
            )
    return made


def _joint_income(desk: Desk, coalition: str, horizon: str) -> list[Paragraph]:
    """Real income lost to several powers at once, where the world tells all of them apart."""
    key = "income_loss", desk.home, coalition, "all", f"{desk.year}+{horizon}"
    breaks = (desk.notes.value(*key) or 0.0) > income.MODEL_BREAKS
    return desk.say(
        f"If {joined([desk.the(one) for one in coalition.split('+')])} closed the channels they control, with the substitution "
        f"of {desk.in_time(horizon)}, real income of {desk.name(desk.home)} would be lower by {{loss}}"
        + (": so much that the model of trade breaks, and the figure says no more than that." if breaks else "."),
        loss=desk.fig(*key, unit="%"),
    )


def _by_horizon(desk: Desk, coalition: str) -> Table:
    rows: list[list[Cell]] = []
    for row in desk.horizons.values():
        period = f"{desk.year}+{row['horizon']}"
        cells = [
            desk.fig("withdrawal_loss", desk.home, coalition, "", period, unit=""),
            desk.fig("withdrawal_rent", desk.home, coalition, desk.main_commodity, period, unit=""),
            desk.fig("withdrawal_person", desk.home, coalition, "", period, unit=""),
        ]
        if any(cells):
            rows.append([str(row["name"]).capitalize(), str(row["reading"]), *cells])
    columns = [
        ("Horizon", "l"),
        ("Limits", "l"),
        ("% of GDP a year", "r"),
        ("Rent, bn USD a year", "r"),
        ("USD a person a year", "r"),
    ]
    return Table("Export rent lost, by horizon", columns, rows)


def _by_commodity(desk: Desk, coalition: str, horizon: str) -> Table:
    rows: list[list[Cell]] = []
    for name, row in desk.layout.commodities.items():
        period, quantity = f"{row['base_year']}+{horizon}", row["quantity"]
        lost = desk.fig(f"withdrawal_lost_{quantity}", desk.home, coalition, name, period, unit="")
        if lost:
            rerouted = desk.fig(f"withdrawal_rerouted_{quantity}", desk.home, coalition, name, period, unit="")
            sales = desk.fig("withdrawal_sales", desk.home, coalition, name, period, unit="")
            missing = desk.fig("inputs_missing", desk.home, "", f"{name}.capacity", row["base_year"])
            rows.append(
                [desk.name(name), row["base_year"], losses.UNITS.get(quantity, ""), lost, rerouted, sales, missing]
            )
    columns = [
        ("Commodity", "l"), ("Year", "l"), ("Unit, a year", "l"), ("Lost", "r"), ("Rerouted", "r"), ("Sales lost, bn USD", "r"),
        ("Links of unknown capacity", "r"),
    ]  # fmt: skip
    return Table("What would not move", columns, rows)


def _by_route(desk: Desk, power: str) -> Table:
    """Routes of every commodity whose flow changes when the power leaves."""
    rows: list[list[Cell]] = []
    for name, register in desk.layout.commodities.items():
        if not register["base_year"]:
            continue
        quantity, year, item = register["quantity"], register["base_year"], f"{name}.contract"
        for route in desk.layout.routes:
            before = desk.notes.row(f"modelled_flow_{quantity}", route.id, "", item, year)
            after = desk.notes.row(f"bypass_flow_{quantity}", route.id, power, item, year)
            if before and after and _differ(before, after):
                spare = desk.fig(f"bypass_spare_{quantity}", route.id, power, item, year, unit="")
                figures = [desk.notes.of(row, unit="") for row in (before, after)]
                rows.append([desk.name(name), desk.route(route.id), losses.UNITS.get(quantity, ""), *figures, spare])
    columns = [
        ("Commodity", "l"),
        ("Route", "l"),
        ("Unit, a year", "l"),
        ("Before", "r"),
        ("After", "r"),
        ("Room left", "r"),
    ]
    return Table("Routes that change", columns, rows)


def _differ(before: dict[str, Any], after: dict[str, Any]) -> bool:
    return max(abs(float(before[end]) - float(after[end])) for end in ("value", "low", "high")) > 0.01 * max(
        1.0, float(before["value"])
    )


def _reach(desk: Desk, powers: Sequence[str]) -> Table:
    """What the powers control, by corridor and kind: the strongest reach over any link of it, with its source."""
    members = {member for power in powers for member in desk.case.members(power)}
    best: dict[tuple[str, str], dict[str, Any]] = {}
    for row in desk.notes.rows("control"):
        if row["subject"] in members and row["value"] > 0:
            corridor = desk.layout.corridor_of.get(str(row["object"]), str(row["object"]))
            key = (corridor, str(row["item"]))
            if key not in best or row["value"] > best[key]["value"]:
                best[key] = row
    rows: list[list[Cell]] = []
    for corridor in sorted({corridor for corridor, _ in best}, key=desk.name):
        cells = (best.get((corridor, kind)) for kind in KINDS)
        rows.append([desk.name(corridor), *(desk.notes.of(row) if row else None for row in cells)])
    foot = (
        "The strongest reach over any one link of the corridor, or over the channel; equipoise trace control:... for each.",
    )
    return Table(
        "Through what: share that could be withdrawn",
        [("Corridor or channel", "l"), *((kind, "r") for kind in KINDS)],
        rows,
        foot,
    )


def _natural(desk: Desk, powers: Sequence[str]) -> Table:
    """What a power holds that is never turned into money: each in its own unit, beside the loss and not in it."""
    members = {member for power in powers for member in desk.case.members(power)}
    held = {str(row["object"]): row for row in desk.notes.rows("control") if row["subject"] in members}
    rows: list[list[Cell]] = []
    for row in desk.case.table("channels").iter_rows(named=True):
        if row["monetised"] != "yes" and row["channel"] in held:
            size = desk.notes.named(row["size"]) if row["size"] else None
            kept = "a label, never money" if row["monetised"] == "never" else "natural units"
            rows.append([row["name"], row["kind"], size, desk.notes.of(held[row["channel"]]), kept])
    columns = [("Channel", "l"), ("Kind", "l"), ("Size", "r"), ("Reach", "r"), ("Counted in", "l")]
    return Table("What is not turned into money", columns, rows)


def _threats(desk: Desk, powers: Sequence[str]) -> Table:
    """What it could do, how often it has, and what that would cost the power itself."""
    rows: list[list[Cell]] = []
    for row in desk.case.table("threats").iter_rows(named=True):
        if row["power"] in powers:
            threat = row["threat"]
            found = [
                desk.latest(f"threat_{what}", threat)[0]
                for what in ("reach", "duration", "episodes", "rate", "cost_to_power")
            ]
            rows.append([desk.quote(row["title"], row["basis"], row["grade"]), *found])
    columns = [
        ("What it could do", "l"),
        ("Share closed", "r"),
        ("Length", "r"),
        ("Episodes seen", "r"),
        ("Rate", "r"),
        ("Cost to itself", "r"),
    ]
    foot = (
        "Capability and record are different columns and never multiplied. 0 episodes: none was seen, and only the upper "
        "end of the rate says anything.",
    )
    return Table("Acts and record", columns, rows, foot)


def _episodes(desk: Desk, powers: Sequence[str]) -> Table:
    members = {member for power in powers for member in desk.case.members(power)}
    rows: list[list[Cell]] = []
    for row in sorted(desk.case.table("episodes").iter_rows(named=True), key=lambda r: str(r["start"])):
        if members & {actor.strip() for actor in str(row["actors"]).split(";")}:
            rows.append(
                [
                    row["start"],
                    row["name"],
                    desk.quote(row["effect"], row["basis"], row["grade"]),
                    row["response"] or None,
                ]
            )
    columns = [("Began", "l"), ("Episode", "l"), ("Measured effect", "l"), ("What followed", "l")]
    return Table("What has happened", columns, rows)
