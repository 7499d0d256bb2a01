"""Implications, assessments, recommendations, and the annex."""

from __future__ import annotations

from typing import Any

from equipoise.brief import advice, bargaining, issues, policies
from equipoise.brief.desk import Desk, joined
from equipoise.brief.document import Absent, Block, Cell, Paragraph, Table
from equipoise.brief.interdependence import missing_channels

__all__ = ["annex", "assessments", "implications", "recommendations"]

WORTH = 1.0
"""USD a tonne above which room on a link is called scarce."""


def implications(desk: Desk) -> list[Block]:
    """Each sentence stands only if the facts that it needs are there and say so."""
    home, worst, commodity, year = desk.home, desk.worst, desk.main_commodity, str(desk.year)
    if not worst:
        return [Absent("Nothing follows where nothing could be studied.")]
    blocks: list[Block] = []
    blocks += desk.say(
        f"Selling to more buyers does not lower this exposure: {{lost}} of the {commodity} is lost when the links on "
        f"{desk.name(worst)}’s territory are removed, whoever buys it.",
        "point",
        lost=desk.fig("exposure_lost", home, worst, f"{commodity}.territory", year),
    )
    blocks += desk.say(
        "Equity is no substitute for territory: the pipes are owned by many, the largest share by {owner}, but whoever "
        "holds the ground can close them.",
        "point",
        owner=_largest(desk, f"{commodity}.pipe_ownership", year),
    )
    blocks += _insurance(desk)
    blocks += _scarce(desk)
    return blocks or [Absent("No implication can be drawn from the facts at hand.")]


def _largest(desk: Desk, item: str, year: str) -> Cell:
    rows = desk.notes.rows("exposure_share", subject=desk.home, item=item, period=year)
    if not rows:
        return None
    row = max(rows, key=lambda r: float(r["value"]))
    return [f"{desk.name(str(row['object']))} with ", desk.notes.of(row)]


def _insurance(desk: Desk) -> list[Paragraph]:
    """Who stands behind the worst power: whoever makes its closure worse by leaving as well."""
    rows = desk.notes.rows("backup_value", period=desk.period)
    with_worst = [row for row in rows if desk.worst in (row["subject"], row["object"])]
    best = max(with_worst, key=lambda row: float(row["value"]), default=None)
    if best is None or best["value"] <= 0.05:
        return []
    other = str(best["object"] if best["subject"] == desk.worst else best["subject"])
    return desk.say(
        f"{desk.name(other)} is the insurance against {desk.name(desk.worst)}: losing both costs {{extra}} of GDP a year "
        "more than the two apart. A bypass has a controller too.",
        "point",
        extra=desk.notes.of(best, unit="percentage points"),
    )


def _scarce(desk: Desk) -> list[Paragraph]:
    """Where room is worth most in peace, and where after the worst power has withdrawn."""
    item = f"{desk.main_commodity}.contract"
    peace = desk.notes.rows("capacity_price", item=item, period=str(desk.year))
    crisis = _crisis_prices(desk)
    calm = max(peace, key=lambda row: float(row["value"]), default=None)
    if calm is None or not crisis or calm["value"] <= WORTH:
        return []
    hard = crisis[0]
    return desk.say(
        f"Where room is scarce changes: in peace one more tonne of capacity earns most on {desk.section(calm['subject'])}, "
        f"{{calm}}; if {desk.the(desk.worst)} closed what it controls it would on {desk.section(hard['subject'])}, {{hard}}.",
        "point",
        calm=desk.notes.of(calm),
        hard=desk.notes.of(hard),
    )


def _crisis_prices(desk: Desk) -> list[dict[str, Any]]:
    """Links that stay open whose room would be worth something after the worst power has withdrawn, the scarcest first."""
    shut = {
        str(row["object"])
        for member in desk.case.members(desk.worst)
        for row in desk.notes.rows("control", subject=member)
        if row["value"] >= 1.0
    }
    rows = desk.notes.rows("bottleneck_price", object=desk.worst, item=f"{desk.main_commodity}.contract")
    worth = [row for row in rows if row["value"] > WORTH and row["subject"] not in shut]
    return sorted(worth, key=lambda row: -float(row["value"]))


def assessments(desk: Desk) -> list[Block]:
    """Would it pay, three courses, would it last, and where what is watched stands."""
    return [
        *_courses(desk),
        *policies.lasting(desk),
        *_watched(desk),
    ]


def _watched(desk: Desk) -> list[Block]:
    """Is it happening: what is watched stands in chapters of its own, and feeds no loss."""
    by = desk.case.ledger.facts["by"].cast(str)
    if not by.str.contains("^(watch|region)").any():
        return [Absent("Is it happening: nothing is watched in this case.")]
    return [Paragraph([
        "Is it happening: what is watched stands under image and rhetoric, sanctions compliance and regional stability; none of "
        "it feeds a loss, and none is a forecast."
    ])]  # fmt: skip


def _courses(desk: Desk) -> list[Block]:
    """What closing would cost a power itself, and what the facts at hand say of three courses."""
    own = desk.fig("own_income_loss", desk.worst, desk.home, "all", desk.period, unit="% of its real income")
    pays = bargaining.pays(desk, desk.worst_income)[:1] if desk.worst_income else []
    hurt = desk.say(
        f"{desk.name(desk.worst)} would lose {{own}} itself if it closed everything for {desk.in_time(desk.horizon)}.", own=own
    ) if desk.worst and not pays else []  # fmt: skip
    found: list[Block] = [*pays, *hurt]
    if found:
        found.append(Paragraph(["That it could hurt, and from where it would pay, is no forecast that it will."]))
    else:
        found.append(Absent("Would it pay them: no loss of real income is known, so no break-even stake is stated."))
    return [*found, *issues.assessments(desk)]


def recommendations(desk: Desk) -> list[Block]:
    """What was found of every lever; where no policy was lived through, what could be done about the scarce links, unranked."""
    made = advice.recommendations(desk)
    if made:
        return made
    stage = Absent(
        "No policy is recommended: recommendations rest on regret over futures, and no policy was lived through."
    )
    table = _levers(desk) if desk.worst else None
    if not table or not table.rows:
        return [stage]
    what = (
        f"What the case lists that acts on the links which would be scarce if {desk.the(desk.worst)} withdrew; unranked, "
        "each with what it costs and whom it may provoke:"
    )
    return [stage, Paragraph([what]), table]


def _levers(desk: Desk) -> Table:
    scarce = {row["subject"] for row in _crisis_prices(desk)}
    effects = desk.case.table("effects").iter_rows(named=True)
    levers = {row["lever"]: row for row in desk.case.table("levers").iter_rows(named=True)}
    rows: list[list[Cell]] = []
    for effect in (row for row in effects if row["target_type"] == "link" and row["target"] in scarce):
        lever = levers[effect["lever"]]
        size, _ = desk.latest("lever_effect", lever["lever"], "", effect["effect"], unit="")
        provokes = f"{desk.name(lever['provokes_power'])}: {lever['provokes_channel']} ({lever['provokes_strength']})"
        rows.append([
            desk.quote(lever["title"], lever["basis"], lever["grade"]),
            [size, f" {effect['unit']} ({effect['mode']})"] if size else None,
            desk.latest("lever_capex", lever["lever"])[0],
            desk.latest("lever_build_time", lever["lever"], unit="")[0],
            provokes if lever["provokes_power"] else None,
            lever["prerequisite"] or None,
        ])  # fmt: skip
    heads = (
        ("Lever", "l"),
        ("Effect", "l"),
        ("Capital cost", "r"),
        ("Years", "r"),
        ("May provoke", "l"),
        ("Needs first", "l"),
    )
    foot = ("A capital cost that is empty was not found; it is not zero.",)
    return Table("Levers on the scarce links", heads, rows, foot)


def annex(desk: Desk) -> list[Block]:
    """What is covered, what is missing, and the method in four paragraphs."""
    tables = [table for table in (_covered(desk), _missing(desk)) if table.rows]
    absent = missing_channels(desk)
    said = [Paragraph([f"Channels of which the ledger holds no reading at all: {absent}."])] if absent else []
    return [*tables, *said, *_method(desk)]


def _covered(desk: Desk) -> Table:
    """For each channel the years that can be read, by reading."""
    columns = {
        "Buyer, supplier, creditor": ("buyer", "supplier", "creditor", "owner", "receiver", "sender", ""),
        "Territory": ("territory",),
        "Ownership": ("ownership", "pipe_ownership", "field_ownership"),
        "Operator": ("operator",),
        "Jurisdiction": ("jurisdiction",),
        "All ways of control": ("all",),
    }
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for row in desk.notes.rows("years_covered", subject=desk.home):
        channel, _, reading = str(row["item"]).partition(".")
        head = next((head for head, readings in columns.items() if reading in readings), "")
        best = found.setdefault(channel, {}).get(head)
        if head and (best is None or row["value"] > best["value"]):
            found[channel][head] = row
    rows: list[list[Cell]] = []
    for channel in sorted(found):
        cells = (found[channel].get(head) for head in columns)
        rows.append([channel.replace("_", " ").capitalize(), *(desk.notes.of(row) if row else None for row in cells)])
    caption = f"Years of the last eleven (to {desk.year}) in which a channel can be read"
    return Table(caption, [("Channel", "l"), *((head, "r") for head in columns)], rows)


def _missing(desk: Desk) -> Table:
    rows: list[list[Cell]] = []
    for name, row in desk.layout.commodities.items():
        figures = [
            desk.fig("inputs_missing", desk.home, "", f"{name}.{what}", row["base_year"])
            for what in ("capacity", "cost")
        ]
        if any(figures):
            rows.append([desk.name(name), *figures])
    foot = (
        "A capacity that nobody published is taken to carry the whole supply until somebody withdraws a share of it, a "
        "cost as none: losses are then at least what is printed.",
    )
    return Table("Links without a published figure", [("Network", "l"), ("Capacity", "r"), ("Cost", "r")], rows, foot)


def _method(desk: Desk) -> list[Block]:
    options: dict[str, list[str]] = {}
    for stage, option in sorted(set(desk.case.ledger.derivations.select("by", "options").iter_rows())):
        options.setdefault(str(stage).split("/")[0], []).extend([option] if option else [])
    runs = joined([f"{stage} ({'; '.join(told)})" for stage, told in options.items() if told])
    told = (
        "Corridors: the capacitated network of each commodity is solved for the flow that earns the home state most "
        "(linear programme), with grades sharing links, elastic supply and what markets take; foreign cargo under "
        "contract moves first. Contract limits are the least of technical, spare, contract, quota and quality limits of "
        "the year.",
        "Withdrawal: every coalition shuts what its members control by territory, ownership, operation or law; any one "
        "controller can stop a link, partial control takes its share, and everyone else re-optimises. A withdrawn market "
        "closes a buyer, not the volume, and is not counted here.",
        "Bands: all uncertain inputs are redrawn jointly by a Latin hypercube from triangular laws on their ranges; the "
        "figure is the result at central values, the range the 5 to 95 % of the redraws, widened to hold the figure. "
        f"Runs: {runs or 'none'}. Same seed, same figures, on any machine.",
        "Exposure: shares of one reading sum to its coverage; the transit exposure is the flow lost when a controller’s "
        "links are removed. UN distances carry the posterior of both ideal points.",
    )
    return [Paragraph([text], "small") for text in told]
