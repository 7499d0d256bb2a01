"""Analysis: political position, culture and information, regional alliances, security."""

from __future__ import annotations

from typing import Any

from equipoise.brief import charts, issues
from equipoise.brief.desk import Desk
from equipoise.brief.document import Absent, Block, Cell, Chart, Paragraph, Table

__all__ = ["alliances", "culture", "position", "security"]

SOCIETY = {
    "language_share": 0.0, "media_channel_share": 0.0, "media_trust": 0.0, "internet_transit_share": 0.0,
    "internet_resilience": 0.0, "students_abroad": 0.0, "ethnic_share": 5.0,
}  # fmt: skip
"""Measures of culture and information, and the least figure that is shown of each."""
LINES = 4
"""Powers drawn in the picture of UN votes: those that can cost most."""


def position(desk: Desk) -> list[Block]:
    """Where the state stands between the powers in votes, memberships and contested issues."""
    chart = _distance_chart(desk)
    blocks: list[Block] = [chart] if chart else [Absent("The ledger holds no votes of this state.")]
    spread, year = desk.latest("alignment_spread", desk.home, "", "final_passage")
    blocks += desk.say(
        f"Between the nearest and the farthest great power lie {{spread}} units ({year}): a map of where the state stands, "
        "not a score.",
        spread=spread,
    )
    pressed = issues.contested(desk)
    tables = (_distance_table(desk), *(() if pressed else (_issue_table(desk),)))
    return [*blocks, *(table for table in tables if table.rows), *pressed]


def _distance_chart(desk: Desk) -> Chart | None:
    rows: list[dict[str, Any]] = []
    drawn = _drawn_powers(desk)
    for power in drawn:
        for row in desk.notes.rows("alignment_distance", subject=desk.home, object=power, item="final_passage"):
            rows.append(
                {
                    "year": int(row["period"]),
                    "actor": desk.name(power),
                    "id": power,
                    "value": row["value"],
                    "low": row["low"],
                    "high": row["high"],
                }
            )
    if not rows:
        return None
    years = sorted({row["year"] for row in rows})
    chosen = [y for y in years if y % 4 == 0]
    table: list[list[Cell]] = [
        [desk.name(power), *(desk.fig("alignment_distance", desk.home, power, "final_passage", str(y)) for y in chosen)]
        for power in drawn
    ]
    return Chart(
        "distances",
        "Distance to the powers in votes of the UN General Assembly",
        "Lines are distances of ideal points (final-passage votes), bands the 5 to 95 % of their posterior; the scale "
        "measures votes, not sympathies.",
        charts.distances(sorted(rows, key=lambda r: (r["actor"], r["year"])), narrow=False),
        charts.distances(sorted(rows, key=lambda r: (r["actor"], r["year"])), narrow=True),
        Table("Distance by year", [("Power", "l"), *((str(y), "r") for y in chosen)], table),
    )


def _drawn_powers(desk: Desk) -> list[str]:
    """The players that can cost most, of which the votes are known."""
    voting = {str(row["object"]) for row in desk.notes.rows("alignment_distance", subject=desk.home)}
    return [power for power in desk.powers if power in voting][:LINES]


def _distance_table(desk: Desk) -> Table:
    rows: list[list[Cell]] = []
    others = dict.fromkeys(
        [*desk.powers, *(str(row["object"]) for row in desk.notes.rows("joint_memberships", subject=desk.home))]
    )
    for other in others:
        distance, year = desk.latest("alignment_distance", desk.home, other, "final_passage")
        shared, _ = desk.latest("joint_memberships", desk.home, other)
        agree, when = desk.latest("vote_agreement", desk.home, other)
        if distance or shared:
            rows.append([desk.name(other), distance, year or None, shared, [agree, f" {when}"] if agree else None])
    columns = [
        ("State", "l"),
        ("UN distance", "r"),
        ("Year", "r"),
        ("Organisations both belong to", "r"),
        ("Identical votes", "r"),
    ]
    return Table("How near, and in how many organisations together", columns, rows)


def _issue_table(desk: Desk) -> Table:
    rows: list[list[Cell]] = []
    for issue in desk.case.table("issues").iter_rows(named=True):
        rows.append(
            [issue["title"], desk.fig("status_quo", issue["issue"], period="2026"), issue["end_0"], issue["end_100"]]
        )
    columns = [("Contested issue", "l"), ("Stands at", "r"), ("0 means", "l"), ("100 means", "l")]
    return Table("Contested issues: where each stands today, between its two ends", columns, rows)


def culture(desk: Desk) -> list[Block]:
    """Language, media and the internet, in natural units."""
    rows: list[list[Cell]] = []
    for measure, least in SOCIETY.items():
        found: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for row in desk.notes.rows(measure, subject=desk.home):
            found.setdefault((str(row["object"]), str(row["item"])), []).append(row)
        for (other, item), series in sorted(found.items()):
            series.sort(key=lambda row: str(row["period"]))
            first, last = series[0], series[-1]
            if last["value"] >= least:
                title = desk.case.measures[measure].told(
                    "", desk.name(other), item.replace("_", " ").replace(".", ": ")
                )
                earlier: Cell = [desk.notes.of(first), f" {first['period'][:4]}"] if len(series) > 1 else None
                rows.append([title[:1].upper() + title[1:], [desk.notes.of(last), f" {last['period'][:4]}"], earlier])
    if not rows:
        return [Absent("The ledger holds nothing on language, media or the internet.")]
    columns = [("Indicator", "l"), ("Latest", "r"), ("Earliest in the ledger", "r")]
    caution = (
        "Nothing here says that a law caused a change of use. Surveys and censuses define language differently and are not "
        "one series."
    )
    return [Table("Language, media, internet: natural units, no index", columns, rows), Paragraph([caution], "small")]


def alliances(desk: Desk) -> list[Block]:
    """What membership binds, and the neighbours."""
    strong: list[list[Cell]] = []
    for row in desk.case.table("organisations").iter_rows(named=True):
        figure, _ = desk.latest("obligation_strength", desk.home, row["organisation"])
        value = max(
            (r["value"] for r in desk.notes.rows("obligation_strength", subject=desk.home, object=row["organisation"])),
            default=0.0,
        )
        if figure and value >= 2:
            strong.append(
                [
                    desk.quote(row["name"], row["basis"], row["grade"]),
                    row["status"],
                    row["since"] or None,
                    figure,
                    row["binding"] or None,
                ]
            )
    strong.sort(key=lambda cells: -float(cells[3].text))  # type: ignore[union-attr]
    blocks: list[Block] = []
    if strong:
        columns = [
            ("Organisation", "l"),
            ("Status", "l"),
            ("Since", "l"),
            ("Binds, 0 to 5", "r"),
            ("What it binds", "l"),
        ]
        blocks.append(
            Table(
                "What membership binds",
                columns,
                strong,
                ("Strength is a judgement: 2 a soft programme, 3 rules, 4 law, 5 common law or mutual defence.",),
            )
        )
    neighbours = _neighbours(desk)
    return [*blocks, neighbours] if neighbours.rows else blocks or [Absent("The ledger holds no memberships.")]


def _neighbours(desk: Desk) -> Table:
    rows: list[list[Cell]] = []
    names = {str(row["object"]) for row in desk.notes.rows("border_length", subject=desk.home)}
    for other in [desk.home, *sorted(names)]:
        border, _ = desk.latest("border_length", desk.home, other) if other != desk.home else (None, "")
        income, when = desk.latest("gdp_per_person", other)
        growth, _ = desk.latest("public_debt_share", other)
        rows.append([desk.name(other), border, [income, f" {when}"] if income else None, growth])
    columns = [("Neighbour", "l"), ("Border", "r"), ("GDP per person", "r"), ("Public debt", "r")]
    return Table("The neighbours", columns, rows)


def security(desk: Desk) -> list[Block]:
    """Arms, guarantees as labels, and what each power could do beside how often it has."""
    arms = _arms(desk)
    blocks: list[Block] = [arms] if arms.rows else [Absent("The ledger holds no arms transfers.")]
    flags = [row["name"] for row in desk.case.table("channels").iter_rows(named=True) if row["monetised"] == "never"]
    if flags:
        blocks.append(Paragraph([f"Carried as a label and never turned into money: {'; '.join(flags)}."]))
    threats = _threats(desk)
    return [*blocks, threats] if threats.rows else blocks


def _arms(desk: Desk) -> Table:
    periods = sorted({str(row["period"]) for row in desk.notes.rows("arms_hhi", subject=desk.home)})
    suppliers = {
        str(row["object"])
        for row in desk.notes.rows("exposure_share", subject=desk.home, item="arms.supplier")
        if row["object"] not in desk.case.powers or len(desk.case.members(str(row["object"]))) < 6
    }
    size = (
        {
            s: max(desk.notes.value("exposure_share", desk.home, s, "arms.supplier", p) or 0.0 for p in periods)
            for s in suppliers
        }
        if periods
        else {}
    )
    rows: list[list[Cell]] = [
        [desk.name(s), *(desk.fig("exposure_share", desk.home, s, "arms.supplier", p) for p in periods)]
        for s in sorted(size, key=lambda s: -size[s])[:6]
    ]
    if rows:
        rows.append(["Concentration (HHI)", *(desk.fig("arms_hhi", desk.home, "", "", p) for p in periods)])
    return Table(
        "Arms imports by supplier, share of delivered volume",
        [("Supplier", "l"), *((p.replace("/", "–"), "r") for p in periods)],
        rows,
    )


def _threats(desk: Desk) -> Table:
    rows: list[list[Cell]] = []
    for row in desk.case.table("threats").iter_rows(named=True):
        if row["kind"] != "withdrawal" or row["links"] == "all" or row["channels"] == "all":
            continue
        reach, _ = desk.latest("threat_reach", row["threat"])
        days, _ = desk.latest("threat_duration", row["threat"])
        count, window = desk.latest("threat_episodes", row["threat"])
        rate, _ = desk.latest("threat_rate", row["threat"])
        rows.append(
            [
                desk.name(row["power"]),
                desk.quote(row["title"], row["basis"], row["grade"]),
                reach,
                days,
                count,
                f"{window[:4]}–{window.split('/')[-1][:4]}" if window else None,
                rate,
            ]
        )
    columns = [
        ("Power", "l"),
        ("What it could do", "l"),
        ("Share closed", "r"),
        ("Length", "r"),
        ("Episodes counted", "r"),
        ("in the years", "r"),
        ("Rate a year", "r"),
    ]
    foot = (
        "Reach and length are capability; episodes are the record. Where none was seen only the upper end of the rate "
        "says anything.",
    )
    return Table("What each power could do, and how often it has", columns, rows, foot)
