"""The tables of ``equipoise shock``."""

from __future__ import annotations

from collections.abc import Sequence

from equipoise.brief.desk import Desk
from equipoise.brief.document import Block, Cell, Figure, Paragraph, Table
from equipoise.brief.outage import OutageView, by_field, by_route, fact_table, replays, sentence
from equipoise.outage import Outage

__all__ = ["episodes", "shock"]

WIDE, TALL = 72, 4
"""Characters of the chart across and up."""
BLOCKS = " ▁▂▃▄▅▆▇█"


def shock(desk: Desk, outages: Sequence[Outage]) -> list[Block]:
    """Each outage: in words, by day, by route, by field, and what the record says of the links that it closes."""
    blocks: list[Block] = []
    for outage in outages:
        view = OutageView(desk, outage)
        days = [day for day, _ in view.days("exported")]
        said = sentence(view)
        fact_table(view, dict.fromkeys(days))  # so that JSON and CSV hold every day
        tables = [_chart(view), by_route(view), by_field(view)]
        blocks += [*said, *(table for table in tables if table.rows), *_beside(view)]
        hazards = [table for table in (_hazards(desk, outage), _record(desk, outage)) if table.rows]
        blocks += hazards
    record = replays(desk)
    return [*blocks, record, *_explained(desk, outages)] if record.rows else blocks


def episodes(desk: Desk) -> list[Block]:
    """The episodes replayed, with the error of each."""
    notes = [
        Paragraph([f"{row['name']}: {row['known']}{'; ' + row['note'] if row['note'] else ''}."], "point")
        for row in desk.case.table("outages").iter_rows(named=True)
        if row["role"] != "standing" and row["known"]
    ]
    return [replays(desk), *notes]


def _explained(desk: Desk, outages: Sequence[Outage]) -> list[Paragraph]:
    """Why what was modelled is not what was reported, where a report is measured against something else."""
    links = {link for outage in outages for link in outage.links}
    hit = [row["episode"] for row in desk.case.table("episodes").iter_rows(named=True) if row["link"] in links]
    made = []
    for row in (row for episode in hit for row in desk.notes.rows("episode_export_change", subject=episode)):
        change = desk.notes.of(row)
        made.append(
            Paragraph(
                ["The reported ", change, f" is of {row['note']}; the model measures against a year of peace."], "small"
            )
        )
    return made


def _chart(view: OutageView) -> Table:
    """Exports, what is shut in and what lies in tanks by day, as columns of blocks; each line says its most."""
    rows: list[list[Cell]] = []
    planned = [float(row["value"]) for _, row in view.days("planned")]
    if not planned:
        return Table("", [], [])
    for what, name in (("exported", "Exported"), ("shut_in", "Shut in"), ("stored", "In tanks")):
        series = view.days(what)
        values = [float(row["value"]) for _, row in series]
        top = max(planned) if what != "stored" else max(values)
        if not any(values):
            continue
        peak = max(series, key=lambda entry: float(entry[1]["value"]))[1]
        rows.append([name, _columns(values, top), view.desk.notes.of(peak, unit=view.unit)])
    last = view.days("exported")[-1][0]
    columns = [("", "l"), (f"day 1 to {last}; closed to day {view.outage.days}", "l"), ("At most", "r")]
    return Table(f"Day by day, {view.unit} a day (in tanks: {view.unit})", columns, rows, (
        f"Exports and shut-in on one scale, up to the {max(planned):.3g} {view.unit} a day of peace.",
    ))  # fmt: skip


def _columns(values: Sequence[float], top: float) -> str:
    """Values as columns of blocks, ``TALL`` lines high and at most ``WIDE`` across.

    >>> print(_columns([0.0, 4.0, 2.0], 4.0).replace(" ", "."))
    .█.
    .█.
    .██
    .██
    """
    step = -(-len(values) // WIDE)
    means = [sum(values[i : i + step]) / len(values[i : i + step]) for i in range(0, len(values), step)]
    eighths = [round(8 * TALL * min(1.0, value / top)) if top > 0 else 0 for value in means]
    lines = ["".join(BLOCKS[max(0, min(8, e - 8 * line))] for e in eighths) for line in reversed(range(TALL))]
    return "\n".join(lines)


def _beside(view: OutageView) -> list[Paragraph]:
    """What the figures do not hold."""
    said = (
        "Tanks are empty of spare oil at the start; foreign cargo under contract moves first; no field gives more than in peace; "
        "world prices are held. Where more is installed than is used, a share closed is a share of what is installed."
    )
    if view.outage.month:
        rows = view.desk.case.view(f"capacity_{view.quantity}")["period"].cast(str).unique().to_list()
        if not any(period.count("-") == 1 and "/" not in period for period in rows):
            said += " The case holds no capacity that changes with the month: --month moved nothing."
    return [Paragraph([said], "small")]


def _hazards(desk: Desk, outage: Outage) -> Table:
    """What is recorded as able to close these links, how often it has, and how likely that makes it."""
    rows: list[list[Cell]] = []
    for row in desk.case.table("threats").iter_rows(named=True):
        if set(outage.links) & set(str(row["links"]).split(";")):
            found: list[Figure | None] = [
                desk.latest(f"threat_{what}", row["threat"])[0] for what in ("episodes", "rate", "reach", "duration")
            ]
            if found[0]:
                window = desk.latest("threat_episodes", row["threat"])[1].replace("/", " – ")
                title = desk.quote(row["title"], row["basis"], row["grade"])
                rows.append([title, row["kind"], window, *found])
    columns = [
        ("What has closed it, or could", "l"), ("Kind", "l"), ("Counted in", "l"), ("Episodes", "r"), ("Rate", "r"),
        ("Share closed", "r"), ("Length", "r"),
    ]  # fmt: skip
    foot = (
        "The rate is the mean of a Gamma posterior of a Poisson count (Jeffreys prior), its range 5-95 %; with 0 episodes only "
        "the upper end says anything. A record, not a forecast.",
    )
    return Table("Recorded hazards of what is closed", columns, rows, foot)


def _record(desk: Desk, outage: Outage) -> Table:
    """Every episode that hit one of these links."""
    rows: list[list[Cell]] = []
    for row in sorted(desk.case.table("episodes").iter_rows(named=True), key=lambda r: str(r["start"])):
        if row["link"] in outage.links:
            effect = desk.quote(row["effect"], row["basis"], row["grade"])
            rows.append([row["start"], row["end"] or None, row["type"], row["name"], effect])
    columns = [("Began", "l"), ("Ended", "l"), ("Kind", "l"), ("Episode", "l"), ("Measured effect", "l")]
    return Table("What has happened to it", columns, rows)
