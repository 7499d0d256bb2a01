"""Implications, assessments, recommendations, and the annex."""

from __future__ import annotations

from collections.abc import Sequence

from equipoise.brief.desk import Desk, joined
from equipoise.brief.document import Absent, Block, Cell, Paragraph, Section, Table

__all__ = ["closing"]


def closing(desk: Desk) -> list[Section]:
    """What follows from the findings, what is not known yet, and how all of it was made."""
    return [
        Section("implications", "Implications", _implications(desk)),
        Section("assessments", "Assessments", _assessments()),
        Section("recommendations", "Recommendations", _recommendations(desk)),
        Section("annex", "Annex: coverage and method", _annex(desk)),
    ]


def _implications(desk: Desk) -> list[Block]:
    """Each sentence stands only if the facts that it needs are there and say so."""
    home, worst, commodity, year = desk.home, desk.worst, desk.main_commodity, str(desk.year)
    blocks: list[Block] = []
    if not worst:
        return [Absent("Nothing follows where nothing could be studied.")]
    blocks += desk.say(
        f"Selling to more buyers does not lower this exposure: {{lost}} of the {commodity} is lost when the links on {desk.name(worst)}’s territory are removed, whoever buys it.",
        "point", lost=desk.fig("exposure_lost", home, worst, f"{commodity}.territory", year),
    )  # fmt: skip
    blocks += desk.say(
        "Equity is no substitute for territory: the pipes are owned by many, the largest share by {owner}, but whoever holds the ground can close them.",
        "point", owner=_largest(desk, f"{commodity}.pipe_ownership", year),
    )  # fmt: skip
    blocks += _insurance(desk)
    blocks += _bypass(desk)
    blocks.append(
        Paragraph(
            [
                "Peacetime bottlenecks and crisis bottlenecks are different links: what earns most today is not what would save most if a route closed (tables above and below)."
            ],
            "point",
        )
    )
    return blocks


def _largest(desk: Desk, item: str, year: str) -> Cell:
    rows = desk.notes.rows("exposure_share", subject=desk.home, item=item, period=year)
    if not rows:
        return None
    row = max(rows, key=lambda r: r["value"])
    return [f"{desk.name(str(row['object']))} with ", desk.notes.of(row)]


def _insurance(desk: Desk) -> list[Paragraph]:
    rows = desk.notes.rows("backup_value", period=desk.period)
    with_worst = [r for r in rows if desk.worst in (r["subject"], r["object"])]
    best = max(with_worst, key=lambda r: r["value"], default=None)
    if best is None or best["value"] <= 0.05:
        return []
    other = str(best["object"] if best["subject"] == desk.worst else best["subject"])
    return desk.say(
        f"{desk.name(other)} is the insurance against {desk.name(desk.worst)}: losing both costs {{extra}} of GDP a year more than the two apart. A bypass has a controller too.",
        "point", extra=desk.notes.of(best, unit="percentage points"),
    )  # fmt: skip


def _bypass(desk: Desk) -> list[Paragraph]:
    prices = _crisis_prices(desk)
    if not prices:
        return []
    links = {link["link"]: link for link in desk.layout.links}
    link, row = prices[0]
    place = f"{desk.name(links[link]['from'])} – {desk.name(links[link]['to'])}"
    return desk.say(
        f"If {desk.name(desk.worst)} closed, the scarcest metre would be {place}: one more tonne of room there would earn {{price}}.",
        "point", price=desk.notes.of(row),
    )  # fmt: skip


def _crisis_prices(desk: Desk) -> list[tuple[str, dict[str, object]]]:
    """Links whose room would be worth something after the worst power has withdrawn, the scarcest first."""
    rows = desk.notes.rows("bottleneck_price", object=desk.worst, item=f"{desk.main_commodity}.contract")
    worth = sorted((row for row in rows if row["value"] > 1), key=lambda row: -row["value"])
    return [(str(row["subject"]), row) for row in worth]


def _assessments() -> list[Block]:
    return [
        Absent(
            "Real income: the trade equilibrium that joins these losses to the economy does not exist yet; no loss beyond export rent is stated."
        ),
        Absent("Would it pay them: the bargaining stage does not exist yet; no break-even stake is stated."),
        Absent("Would it last: the futures stage does not exist yet; nothing is said of other years."),
        Absent("Is it happening: the watch and region stages do not exist yet; no signal is reported."),
    ]


def _recommendations(desk: Desk) -> list[Block]:
    blocks: list[Block] = [
        Absent(
            "No policy is recommended yet: recommendations rest on regret over futures, and that stage does not exist."
        )
    ]
    table = _levers(desk)
    if table.rows:
        blocks.append(
            Paragraph(
                [
                    "What the case lists that acts on the links which would be scarce if the largest controller withdrew; unranked, each with what it costs and provokes:"
                ]
            )
        )
        blocks.append(table)
    return blocks


def _levers(desk: Desk) -> Table:
    scarce = {link for link, _ in _crisis_prices(desk)}
    effects = [
        row
        for row in desk.case.table("effects").iter_rows(named=True)
        if row["target_type"] == "link" and row["target"] in scarce
    ]
    levers = {row["lever"]: row for row in desk.case.table("levers").iter_rows(named=True)}
    rows: list[list[Cell]] = []
    for effect in effects:
        lever = levers[effect["lever"]]
        provokes = (
            f"{desk.name(lever['provokes_power'])}: {lever['provokes_channel']} ({lever['provokes_strength']})"
            if lever["provokes_power"]
            else None
        )
        rows.append([
            desk.quote(lever["title"], lever["basis"], lever["grade"]),
            [desk.fig("lever_effect", lever["lever"], "", effect["effect"], "2026", unit="") or "?", f" {effect['unit']} ({effect['mode']})"],
            desk.fig("lever_capex", lever["lever"], "", "", "2026"),
            desk.fig("lever_build_time", lever["lever"], "", "", "2026", unit=""),
            provokes,
            lever["prerequisite"] or None,
        ])  # fmt: skip
    columns = [
        ("Lever", "l"),
        ("Effect", "l"),
        ("Capital cost", "r"),
        ("Years", "r"),
        ("May provoke", "l"),
        ("Needs first", "l"),
    ]
    return Table(
        "Levers on the scarce links", columns, rows, ("A capital cost that is empty was not found; it is not zero.",)
    )


def _annex(desk: Desk) -> list[Block]:
    return [_readings_covered(desk), _missing(desk), *_method(desk)]


def _readings_covered(desk: Desk) -> Table:
    rows: list[list[Cell]] = []
    for row in sorted(desk.notes.rows("years_covered", subject=desk.home), key=lambda r: str(r["item"])):
        channel, _, reading = str(row["item"]).partition(".")
        rows.append([channel.replace("_", " "), reading.replace("_", " ") or None, desk.notes.of(row)])
    return Table(
        f"Years of the last eleven (to {desk.year}) in which a channel can be read",
        [("Channel", "l"), ("Reading", "l"), ("Years", "r")],
        rows,
    )


def _missing(desk: Desk) -> Table:
    rows: list[list[Cell]] = []
    commodities = [name for name, row in desk.layout.commodities.items() if row["base_year"]]
    for name in commodities:
        year = desk.layout.commodities[name]["base_year"]
        cells = [desk.fig("inputs_missing", desk.home, "", f"{name}.{what}", year) for what in ("capacity", "cost")]
        if any(cells):
            rows.append([desk.name(name), *cells])
    foot = (
        "A capacity that nobody published is taken to carry the whole supply, a cost as none: losses are then at least what is printed.",
    )
    return Table("Links without a published figure", [("Network", "l"), ("Capacity", "r"), ("Cost", "r")], rows, foot)


def _method(desk: Desk) -> list[Block]:
    options = dict(desk.case.ledger.derivations.select("by", "options").unique("by").iter_rows())
    runs = joined([f"{stage.split('/')[0]} ({option})" for stage, option in sorted(options.items()) if option])
    told: Sequence[str] = (
        "Corridors: the capacitated network of each commodity is solved for the flow that earns the home state most (linear programme), with grades sharing links, elastic supply and "
        "what markets take; foreign cargo under contract moves first. Contract limits are the least of technical, spare, contract, quota and quality limits of the year.",
        "Withdrawal: every coalition shuts what its members control by territory, ownership, operation or law; any one controller can stop a link, partial control takes its share, and everyone "
        "else re-optimises. A withdrawn market closes a buyer, not the volume, and is not counted here.",
        "Bands: all uncertain inputs are redrawn jointly by a Latin hypercube from triangular laws on their ranges; the figure is the result at central values, the range the 5 to 95 % of the "
        f"redraws. Runs: {runs or 'none'}. Same seed, same figures, on any machine.",
        "Exposure: shares of one reading sum to its coverage; the transit exposure is the flow lost when a controller’s links are removed. UN distances carry the posterior of both ideal points.",
    )
    return [Paragraph([text], "small") for text in told]
