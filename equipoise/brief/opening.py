"""The headline, the executive summary and the background."""

from __future__ import annotations

from equipoise.brief import advice
from equipoise.brief.desk import Desk, joined
from equipoise.brief.document import Absent, Block, Figure, Paragraph, Table, Text
from equipoise.brief.income import sentence
from equipoise.brief.withdrawal import driven_by

__all__ = ["background", "cards", "headline", "summary"]

TIE = 0.8
"""Share of redraws below which no power is called the worst."""
EPISODES = 12
WAYS = {
    "territory": "its territory",
    "ownership": "its shares in pipes and fields",
    "operator": "what it operates",
    "jurisdiction": "licences, insurance and payments under its law",
}


def headline(desk: Desk) -> list[Text]:
    """The sentence that the whole program exists to print; where real income was not studied, in export rent."""
    said = sentence(desk, desk.worst_income, desk.horizon) if desk.worst_income else []
    return list(said[0].parts) if said else _in_rent(desk)


def _in_rent(desk: Desk) -> list[Text]:
    """The headline in the rent of exports."""
    home, worst = desk.home, desk.worst
    if not worst:
        return ["The withdrawal of no power was studied: the case holds no network with prices and costs."]
    often = desk.notes.value("worst_power_share", home, worst, "", desk.period)
    certain = "it is the largest single-power loss in {often} of redraws"
    rank = (
        certain
        if often is None or often >= TIE
        else "which power would cost most is a tie, this one in {often} of redraws"
    )
    causes = driven_by(desk, worst)
    sentence = (
        f"If {desk.the(worst)} closed the channels it controls for {desk.in_time(desk.horizon)}, under the contract "
        f"limits of the other routes, the rent of {desk.name(home)}’s exports of {_counted(desk)} would be "
        f"lower by {{loss}}; {rank}; "
        + (f"the range is driven by {causes}; " if causes else "")
        + "of {inputs} inputs that carry weight {rough} are of grade C, {assumed} of them assumptions."
    )
    figures = {
        "loss": desk.fig("withdrawal_loss", home, worst, "", desk.period),
        "often": desk.fig("worst_power_share", home, worst, "", desk.period, ranged=False),
        "inputs": desk.fig("input_count", home, worst, "all", desk.period),
        "rough": desk.fig("input_count", home, worst, "grade_C", desk.period),
        "assumed": desk.fig("input_count", home, worst, "assumed", desk.period),
    }
    said = desk.say(sentence, **figures) or desk.say(f"{sentence.split(';')[0]}.", **figures)
    return list(said[0].parts)


def _counted(desk: Desk) -> str:
    """The commodities whose rent is in the loss."""
    rows = desk.notes.rows("modelled_rent", subject=desk.home)
    names = sorted({desk.name(str(row["item"]).split(".")[0]).lower() for row in rows})
    return joined(names) or "no commodity"


def cards(desk: Desk) -> list[tuple[str, Figure, str]]:
    """The four figures that a reader who turns no page should have seen."""
    home, worst, commodity = desk.home, desk.worst, desk.main_commodity
    share, year = desk.latest("exposure_share", home, worst, f"{commodity}.territory")
    buyers, bought = desk.latest("exposure_effective_number", home, "", f"{commodity}.buyer", ranged=False)
    income = desk.fig("income_loss", home, desk.worst_income, "all", desk.period, unit="%")
    rent = desk.fig("withdrawal_loss", home, worst, "", desk.period)
    lost = desk.fig(f"withdrawal_lost_{desk.quantity}", home, worst, commodity, desk.period)
    made = (
        (
            f"lost if {desk.name(desk.worst_income or worst)} withdrew",
            income or rent,
            f"of real income, {desk.in_time(desk.horizon)}"
            if income
            else f"rent of exports, {desk.in_time(desk.horizon)}, contract limits",
        ),
        (f"of {commodity} exports enter {desk.name(worst)} first", share, f"by territory, {year}"),
        (
            f"is the effective number of buyers of the {commodity}",
            buyers,
            f"by buyer, {bought}: diversified to the eye",
        ),
        (f"of {commodity} would find no way out", lost, "after best rerouting"),
    )
    return [(label, figure, small) for label, figure, small in made if figure is not None]


def summary(desk: Desk) -> list[Block]:
    """What is found."""
    home, worst, commodity, year = desk.home, desk.worst, desk.main_commodity, str(desk.year)
    if not worst:
        return [Absent("No withdrawal could be studied on the facts of this case.")]
    index, bought = desk.latest("exposure_hhi", home, "", f"{commodity}.buyer")
    blocks: list[Block] = []
    blocks += desk.say(
        f"By buyer the {commodity} has a concentration index of {{buyer}} ({bought}), by territory of {{territory}} "
        f"({year}): {{share}} of it enters {desk.the(worst)} first.",
        "point",
        buyer=index,
        territory=desk.fig("exposure_hhi", home, "", f"{commodity}.territory", year),
        share=desk.fig("exposure_share", home, worst, f"{commodity}.territory", year),
    )
    blocks += desk.say(
        f"If {desk.the(worst)} closed what it controls, {{lost}} of {{exports}} would find no way out in "
        f"{desk.in_time(desk.horizon)} "
        "under contract limits, {technical} under what pipes and ports could technically carry; rent lost: {person}.",
        "point",
        lost=desk.fig(f"withdrawal_lost_{desk.quantity}", home, worst, commodity, desk.period),
        exports=desk.fig(f"modelled_export_{desk.quantity}", home, "", f"{commodity}.contract", year),
        technical=desk.fig(f"withdrawal_lost_{desk.quantity}", home, worst, f"{commodity}.technical", desk.period),
        person=desk.fig("withdrawal_person", home, worst, "", desk.period),
    )
    blocks += _income(desk, desk.worst_income)
    blocks += _rent(desk)
    blocks += _second(desk)
    blocks += _pair(desk)
    blocks += _votes(desk)
    blocks += advice.in_short(desk)
    blocks.append(
        Paragraph(
            [
                "These are capabilities, how much it would hurt if, and no forecast. Rent counts what goes by pipe, rail and "
                "ship; real income counts trade, those routes, money sent home, transit fees, foreign finance and shared "
                "systems in one; arms, technology, internet and guarantees are in neither. Single losses must never be added, "
                "and no score is made of them."
            ],
            "small",
        )
    )
    return blocks


def _income(desk: Desk, power: str) -> list[Paragraph]:
    """The closure near and far, never one number; and what it costs the power itself."""
    far = list(desk.horizons)[-1]
    near_loss, far_loss = (
        desk.fig("income_loss", desk.home, power, "all", f"{desk.year}+{when}", unit="%")
        for when in (desk.horizon, far)
    )
    return desk.say(
        f"If {desk.the(power)} closed everything, real income would be lower by {{near}} with the substitution of "
        f"{desk.in_time(desk.horizon)}, by {{far}} with that of {desk.in_time(far)}; {desk.the(power)} itself would lose "
        "{own} of its own.",
        "point",
        near=near_loss,
        far=far_loss,
        own=desk.fig("own_income_loss", power, desk.home, "all", desk.period, unit="%"),
    )


def _rent(desk: Desk) -> list[Paragraph]:
    """The loss of export rent, and what its band hangs on."""
    causes = driven_by(desk, desk.worst)
    return desk.say(
        f"In rent of the exports of {_counted(desk)} alone {desk.the(desk.worst)} could take {{loss}}"
        + (f"; that band is driven by {causes}." if causes else "."),
        "point",
        loss=desk.fig("withdrawal_loss", desk.home, desk.worst, "", desk.period),
    )


def _second(desk: Desk) -> list[Paragraph]:
    """The next power, through what."""
    if len(desk.powers) < 2:
        return []
    power = desk.powers[1]
    loss = desk.fig("income_loss", desk.home, power, "all", desk.period, unit="% of real income")
    trade, transit = (
        desk.fig("income_loss", desk.home, power, item, desk.period, unit="%") for item in ("trade", "transit")
    )
    told = desk.say(
        f"Next comes {desk.the(power)} with {{loss}}; its trade alone would take {{trade}}, the routes alone {{transit}}.",
        "point", loss=loss, trade=trade, transit=transit,
    )  # fmt: skip
    return told or desk.say(
        f"Next comes {desk.the(power)} with {{loss}}, through {{through}}.",
        "point",
        loss=desk.fig("withdrawal_loss", desk.home, power, "", desk.period),
        through=joined(_ways(desk, power)) or None,
    )


def _ways(desk: Desk, power: str) -> list[str]:
    """The kinds of control by which a power can make exports fail, the strongest first."""
    rows = desk.notes.rows(f"closure_loss_{desk.quantity}", subject=power, period=str(desk.year))
    kinds = {str(row["item"]).split(".")[-1]: float(row["value"]) for row in rows}
    return [WAYS[kind] for kind in sorted(kinds, key=lambda k: -kinds[k]) if kind in WAYS and kinds[kind] > 0]


def _pair(desk: Desk) -> list[Paragraph]:
    """Two powers together, and why the joint loss is not the sum."""
    rows = desk.notes.rows("worst_pair_loss", period=desk.period)
    if not rows:
        return []
    pair = str(rows[0]["object"])
    first, second = pair.split("+")
    together = float(rows[0]["value"])
    apart = desk.notes.value("loss_in_series", desk.home, pair, "sum", desk.period) or 0.0
    if together > apart + 0.05:
        reason = "more than the sum, for each is the other’s way round"
    elif together < apart - 0.05:
        reason = "less than the sum, for both hold the same channels"
    else:
        reason = "about the sum"
    return desk.say(
        f"The worst pair is {desk.name(first)} with {desk.name(second)}: {{joint}} together, {{sum}} if the single losses "
        f"were added: {reason}.",
        "point",
        joint=desk.fig("withdrawal_loss", desk.home, pair, "", desk.period),
        sum=desk.fig("loss_in_series", desk.home, pair, "sum", desk.period),
    )


def _votes(desk: Desk) -> list[Paragraph]:
    """The nearest and the farthest power in UN votes."""
    rows = desk.notes.rows("alignment_distance", subject=desk.home, item="final_passage")
    year = max((str(row["period"]) for row in rows), default="")
    ours = [row for row in rows if row["period"] == year and row["object"] in desk.case.powers]
    if len(ours) < 2:
        return []
    ours.sort(key=lambda row: float(row["value"]))
    near, far = ours[0], ours[-1]
    return desk.say(
        f"In votes of the UN General Assembly the state stands nearest to {desk.the(str(near['object']))}, {{near}}, and "
        f"farthest from {desk.the(str(far['object']))}, {{far}} ({year}; distance on the scale of ideal points).",
        "point",
        near=desk.notes.of(near, unit=""),
        far=desk.notes.of(far, unit=""),
    )


def background(desk: Desk) -> list[Block]:
    """What the reader must know to read it: how figures are marked, how much is known, who the powers are."""
    how = Paragraph(
        [
            "Every figure below is a fact of a ledger: cited from a source, assumed and named as such, or derived from "
            "others. Point at it, or move to it with the Tab key, to see what it rests on; the small number leads to its "
            "note. Grades: A official or published by the owner of the fact, B secondary, C assumption or rough "
            "derivation. A range in brackets is the 5 to 95 % band over joint redraws of all inputs, or the range of the "
            "source. A dash means that nobody published it: missing is never zero."
        ]
    )
    return [how, *(table for table in (_counts(desk), _powers(desk), _episodes(desk)) if table.rows)]


def _counts(desk: Desk) -> Table:
    """How many facts the case holds, by topic and grade."""
    topics = sorted({str(row["subject"]) for row in desk.notes.rows("fact_count")})
    words = ("A", "B", "C", "assumed")
    rows = [
        [topic.capitalize(), *(desk.fig("fact_count", topic, "", word, str(desk.year), ranged=False) for word in words)]
        for topic in topics
    ]
    columns = [("Topic", "l"), ("Grade A", "r"), ("Grade B", "r"), ("Grade C", "r"), ("of which assumed", "r")]
    return Table("The ledger: facts by topic and grade", columns, rows)


def _powers(desk: Desk) -> Table:
    """Who is studied as a power that could withdraw, and what a source says of its largest channel."""
    year = str(desk.year)
    rows = []
    for power in desk.powers:
        row = desk.notes.row("channel_hold", power, period=year)
        said = str(row["note"]) if row and row["note"] else None
        rows.append([desk.name(power), _company(desk, power), desk.notes.of(row, unit="%") if row else None, said])
    columns = [("Power", "l"), ("Counted with it", "l"), ("Largest channel it holds", "r"), ("Which", "l")]
    return Table("The powers, and the largest channel that each holds", columns, rows)


def _company(desk: Desk, power: str) -> str:
    """Who is counted with a power: a few names, or how many."""
    others = sorted(desk.name(member) for member in desk.case.members(power) if member != power)
    return joined(others) if len(others) < 6 else f"{len(others)} member states"


def _episodes(desk: Desk) -> Table:
    """What has happened: the episodes that a model must be held against."""
    episodes = [row for row in desk.case.table("episodes").iter_rows(named=True) if row["backtest"] == "A"]
    episodes.sort(key=lambda row: str(row["start"]))
    rows = [
        [row["start"], row["name"], desk.quote(row["effect"], row["basis"], row["grade"])]
        for row in episodes[-EPISODES:]
    ]
    columns = [("Began", "l"), ("What happened", "l"), ("Measured effect", "l")]
    return Table("Episodes of the last years, with what they did", columns, rows)
