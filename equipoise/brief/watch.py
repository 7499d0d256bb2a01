"""Sanctions compliance: what trade is consistent with, with its false alarms first, and what is at stake either way."""

from __future__ import annotations

from equipoise.brief.desk import Desk, joined
from equipoise.brief.document import Block, Paragraph, Text
from equipoise.brief.watch_charts import listed_chart, path_chart, ratio_chart
from equipoise.brief.watch_tables import basket, books, in_months, published, since, stakes

__all__ = ["PARTED", "compliance", "consistent", "false_alarms", "lacking"]

UNSURE, PARTED = 0.10, 0.05
"""Chance of a false discovery from which a state is not called out; chance of its earlier path under which no cause is named."""


def compliance(desk: Desk) -> list[Block]:
    """The chapter: false alarms, the states on the way, the fall and the rise, their own books, listed goods, the stakes."""
    if not desk.notes.rows("watch_false_alarm", subject="states"):
        return []
    blocks: list[Block] = [*false_alarms(desk), *consistent(desk)]
    blocks += path_chart(desk)
    blocks += [*_ratio_words(desk), *ratio_chart(desk)]
    blocks += [*_listed_words(desk), *listed_chart(desk), *_stake_words(desk)]
    blocks += [table for table in (books(desk), published(desk), stakes(desk)) if table.tells]
    return [*blocks, *lacking(desk)]


def false_alarms(desk: Desk) -> list[Paragraph]:
    """How often the screen is wrong where nothing happened: before anything that it finds."""
    made: list[Paragraph] = []
    for row in desk.notes.rows("watch_false_alarm", subject="states", item="p05"):
        period = str(row["period"])
        early = desk.notes.rows("watch_false_alarm", subject="states", item="time")
        made += desk.say(
            f"False alarms first: of {{count}} other buyers of {desk.the(_origin(desk))}, to whom nothing is known to have "
            "happened, the screen calls out {rate}, and {early} a year before the restrictions; it is set to 5 %.",
            count=desk.fig("watch_units", "states", "", "ordinary", period, unit=""), rate=desk.notes.of(row),
            early=desk.notes.of(early[0]) if early else None,
        )  # fmt: skip
    return made


def consistent(desk: Desk) -> list[Paragraph]:
    """Which states' trade is consistent with re-export, in order of how far it stands above the ordinary."""
    found = desk.notes.rows("watch_ratio", item="total")
    sure: list[Text] = []
    early: list[str] = []
    for row in sorted(found, key=lambda r: -float(r["value"])):
        state, period = str(row["subject"]), str(row["period"])
        q = desk.notes.value("watch_q", state, str(row["object"]), "total", period)
        before = desk.notes.rows("pre_trend", subject=state, item="total")
        if q is None or q > UNSURE:
            continue
        if before and float(before[0]["value"]) < PARTED:
            early.append(desk.name(state))
            continue
        sure += ["; " if sure else "", f"{desk.name(state)} ", desk.notes.of(row, unit="times")]
    if not sure:
        return []
    made = [Paragraph([
        f"What {desk.the(_origin(desk))} sells them stands further above what their own past and its other buyers lead to expect "
        "than it does for ordinary buyers, which is consistent with re-export: ", *sure, " what was to be expected.",
    ])]  # fmt: skip
    if early:
        made.append(Paragraph([f"In {joined(early)} the rise began before the restrictions: no cause is named."]))
    return [*made, Paragraph([
        "It is also consistent with higher incomes, with distributors who left and sell from next door, and with dearer goods: "
        "these totals hold all goods, not those alone that are restricted.",
    ])]  # fmt: skip


def _ratio_words(desk: Desk) -> list[Paragraph]:
    rows = [row for row in desk.notes.rows("substitution_ratio", item="all_ways") if "/" in str(row["period"])]
    if not rows:
        return []
    row = rows[0]
    origin, target, period = str(row["subject"]), str(row["object"]), str(row["period"])
    return desk.say(
        f"From {in_months(period)} {desk.the(origin)} sold {desk.name(target)} {{fall}} less than was to be expected, and the "
        f"{len(desk.notes.rows('watch_ratio', item='total'))} states on the way more: their rise is {{ratio}} of that fall, an "
        "upper bound of what was diverted, for not all that came went on.",
        fall=desk.fig("watch_excess", target, origin, "shortfall", period), ratio=desk.notes.of(row),
    )  # fmt: skip


def _listed_words(desk: Desk) -> list[Paragraph]:
    """Listed goods of the home state before and after, and what no longer passes since goods are tracked."""
    series = basket(desk)
    if len(series) < 2:
        return []
    first = min(
        (row for row in series if int(row["period"]) < since(desk)), key=lambda r: float(r["value"]), default=series[0]
    )
    peak = max(series, key=lambda r: float(r["value"]))
    last = series[-1]
    item, target = str(last["item"]), str(last["object"])
    made = desk.say(
        f"Of listed goods, as far as there is a figure, {desk.name(desk.home)} sold {desk.name(target)} {{last}} in "
        f"{last['period']}, after {{peak}} in {peak['period']} and {{first}} in {first['period']}; beyond its own past at most "
        f"{{bound}} passed through in {last['period']}.",
        last=desk.notes.of(last), peak=desk.notes.of(peak), first=desk.notes.of(first),
        bound=desk.fig("pass_through", desk.home, target, item, str(last["period"])),
    )  # fmt: skip
    return [*made, Paragraph([
        "That basket was chosen by its rise, in a paper that nobody has reviewed: an order of magnitude, which cannot be tested.",
    ], "small")] if made else []  # fmt: skip


def _stake_words(desk: Desk) -> list[Paragraph]:
    """What keeping the goods back costs, against what their passing puts at stake: two capabilities, no forecast."""
    cost = desk.notes.rows("compliance_cost", subject=desk.home, item="total")
    sales = desk.notes.rows("secondary_exposure", subject=desk.home, item="sales")
    if not cost or not sales:
        return []
    parts: list[Text] = []
    for row in sorted(sales, key=lambda r: -float(r["value"])):
        parts += [" and " if parts else "", f"{desk.the(str(row['object']))} ", desk.notes.of(row)]
    passed = desk.notes.rows("secondary_exposure", subject=desk.home, item="passed_on")
    made = desk.say(
        "Keeping listed goods back costs {cost}; {passed} of them were passed on. What secondary sanctions could touch "
        "is bounded by what is sold to {sales}: a bound of a capability, neither a loss nor a forecast.",
        cost=desk.notes.of(cost[-1]), passed=desk.notes.of(passed[-1]) if passed else None, sales=parts,
    )  # fmt: skip
    issue = desk.notes.rows("status_quo", subject="sanctions_compliance")
    return made + (
        desk.say(
            "Where the state stands between an open corridor (0) and full enforcement (100): {place}.",
            place=desk.notes.of(issue[0], unit=""),
        )
        if issue
        else []
    )


def lacking(desk: Desk) -> list[Paragraph]:
    """What no table holds, said so that nobody takes it for nothing."""
    states_of = [str(row["subject"]) for row in desk.notes.rows("watch_ratio", item="total")]
    silent = [desk.name(s) for s in states_of if not desk.notes.rows("unreported_share", subject=s)]
    onward = [desk.name(s) for s in states_of if not desk.notes.rows("pass_through", subject=s, item="total")]
    goods = [
        s
        for s in states_of
        if not desk.notes.rows("listed_sales", subject=s) and not desk.notes.rows("listed_export", subject=s)
    ]
    said = []
    if silent:
        said.append(f"no import statistics by partner of {joined(silent)} are at hand")
    if onward:
        said.append(f"no exports to the target of {joined(onward)}")
    if goods:
        said.append(f"no listed goods of {joined([desk.name(s) for s in goods])}")
    texts = [f"Missing, not zero: {'; '.join(said)}."] if said else []
    texts.append(
        "Trade by product, partner and month, which a finding on single goods needs, is in none of the bundled tables: "
        "`equipoise watch trade FILES` screens what a reader has."
    )
    return [Paragraph([" ".join(texts)], "small")]


def _origin(desk: Desk) -> str:
    """Whose goods are watched."""
    rows = desk.notes.rows("watch_ratio", item="total")
    return str(rows[0]["object"]) if rows else ""
