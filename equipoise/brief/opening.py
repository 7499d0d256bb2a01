"""Executive summary and background."""

from __future__ import annotations

from equipoise.brief.desk import Desk, joined
from equipoise.brief.document import Absent, Block, Figure, Paragraph, Section, Table, Text

__all__ = ["cards", "headline", "opening"]

READING = {"contract": "contract limits", "technical": "technical limits", "announced": "announced capacity"}


def headline(desk: Desk) -> list[Text]:
    """The sentence that the whole program exists to print, as far as the stages reach."""
    home, worst = desk.home, desk.worst
    figures = {
        "loss": desk.fig("withdrawal_loss", home, worst, "", desk.period),
        "often": desk.fig("worst_power_share", home, worst, "", desk.period, ranged=False),
        "assumed": desk.fig("input_count", home, worst, "assumed", desk.period),
        "inputs": desk.fig("input_count", home, worst, "all", desk.period),
    }
    sentence = (
        f"If {desk.name(worst)} closed the channels it controls for one year, under the contract limits of the other routes, "
        f"the rent of {desk.name(home)}’s exports of {_counted(desk)} would be lower by {{loss}}; it is the largest "
        "single-power loss in {often} of draws; {assumed} of the {inputs} inputs that carry weight are assumptions."
    )
    said = desk.say(sentence, **figures) or desk.say(sentence.split("; it is")[0] + ".", **figures) if worst else []
    return (
        list(said[0].parts)
        if said
        else ["The withdrawal of no power was studied: the case holds no network with prices and costs."]
    )


def _counted(desk: Desk) -> str:
    rows = desk.notes.rows("modelled_rent", subject=desk.home)
    names = sorted({desk.name(str(row["item"]).split(".")[0]).lower() for row in rows})
    return joined(names) or "no commodity"


def cards(desk: Desk) -> list[tuple[str, Figure, str]]:
    """The four figures that a reader who turns no page should have seen."""
    home, worst, commodity = desk.home, desk.worst, desk.main_commodity
    made: list[tuple[str, Figure | None, str]] = []
    made.append(
        (
            f"lost if {desk.name(worst)} withdrew",
            desk.fig("withdrawal_loss", home, worst, "", desk.period),
            "rent of exports, one year, contract limits",
        )
    )
    share, year = _latest_share(desk, f"{commodity}.territory", worst)
    made.append((f"of {commodity} exports enter {desk.name(worst)} first", share, f"by territory, {year}"))
    buyers, year = desk.latest("exposure_effective_number", home, "", f"{commodity}.buyer", ranged=False)
    made.append(
        (f"is the effective number of buyers of the {commodity}", buyers, f"by buyer, {year}: it looks diversified")
    )
    lost = desk.fig("withdrawal_lost_mass", home, worst, commodity, desk.period)
    made.append((f"of {commodity} a year would find no way out", lost, "after best rerouting"))
    return [(label, figure, small) for label, figure, small in made if figure is not None]


def _latest_share(desk: Desk, item: str, power: str) -> tuple[Figure | None, str]:
    return desk.latest("exposure_share", desk.home, power, item)


def opening(desk: Desk) -> list[Section]:
    """What is found, and what the reader must know to read it."""
    return [
        Section("summary", "Executive summary", _summary(desk)),
        Section("background", "Background", _background(desk)),
    ]


def _summary(desk: Desk) -> list[Block]:
    home, worst, commodity, year = desk.home, desk.worst, desk.main_commodity, str(desk.year)
    if not worst:
        return [Absent("No withdrawal could be studied on the facts of this case.")]
    buyer, buyer_year = desk.latest("exposure_hhi", home, "", f"{commodity}.buyer")
    blocks: list[Block] = []
    blocks += desk.say(
        f"By buyer the {commodity} looks diversified: a concentration index of {{buyer}} in {buyer_year}. By territory it is not: "
        f"{{territory}}, for {{share}} of it enters {desk.name(worst)} first ({year}).",
        "point",
        buyer=buyer,
        territory=desk.fig("exposure_hhi", home, "", f"{commodity}.territory", year),
        share=desk.fig("exposure_share", home, worst, f"{commodity}.territory", year),
    )
    blocks += desk.say(
        f"If {desk.name(worst)} closed what it controls, {{lost}} of {{exports}} would find no way out in a year under contract limits, "
        "{technical} under what the pipes could technically carry.",
        "point",
        lost=desk.fig("withdrawal_lost_mass", home, worst, commodity, desk.period),
        exports=desk.fig("modelled_export_mass", home, "", f"{commodity}.contract", year),
        technical=desk.fig("withdrawal_lost_mass", home, worst, f"{commodity}.technical", desk.period),
    )
    blocks += _second(desk)
    blocks += _pair(desk)
    blocks += desk.say(
        "In votes of the UN General Assembly the state stands near one side and far from another: {near} from Russia, {far} from the "
        "United States on the scale of ideal points (2024); the band of the first reaches down to almost nothing.",
        "point",
        near=desk.fig("alignment_distance", home, "RUS", "final_passage", "2024"),
        far=desk.fig("alignment_distance", home, "USA", "final_passage", "2024"),
    )
    blocks.append(Paragraph([
        "These are capabilities, how much it would hurt if, and no forecast. They count the rent of what goes by pipe and rail and "
        "no more: the trade equilibrium, finance, technology and people are not in them yet. Single losses must never be added."
    ], "small"))  # fmt: skip
    return blocks


def _second(desk: Desk) -> list[Paragraph]:
    """The next power, and how sure that is."""
    if len(desk.powers) < 2:
        return []
    power = desk.powers[1]
    return desk.say(
        f"Next comes {desk.the(power)} with {{loss}}, through {{through}}. The band is wide because how far these would reach is judged, not published.",
        "point",
        loss=desk.fig("withdrawal_loss", desk.home, power, "", desk.period),
        through=joined(_ways(desk, power)) or None,
    )


def _ways(desk: Desk, power: str) -> list[str]:
    """The kinds of control by which a power can make exports fail, the strongest first."""
    words = {
        "territory": "its territory",
        "ownership": "its shares in pipes and fields",
        "operator": "what it operates",
        "jurisdiction": "licences, insurance and payments under its law",
    }
    rows = [
        row
        for row in desk.notes.rows("closure_loss_mass", subject=power, period=str(desk.year))
        if str(row["item"]).split(".")[-1] in words
    ]
    strong = sorted((row for row in rows if row["value"] > 0), key=lambda row: -row["value"])
    return list(dict.fromkeys(words[str(row["item"]).split(".")[-1]] for row in strong))


def _pair(desk: Desk) -> list[Paragraph]:
    """Two powers together, and why the joint loss is not the sum."""
    rows = desk.notes.rows("worst_pair_loss", period=desk.period)
    if not rows:
        return []
    pair = str(rows[0]["object"])
    first, second = pair.split("+")
    together, apart = rows[0]["value"], desk.notes.value("loss_in_series", desk.home, pair, "sum", desk.period) or 0.0
    reason = (
        "more than the sum of the two, for each is the other’s way round"
        if together > apart + 0.05
        else "less than the sum of the two, for both hold the same channels"
        if together < apart - 0.05
        else "about the sum of the two"
    )
    return desk.say(
        f"The worst pair is {desk.name(first)} with {desk.name(second)}: {{joint}} together against {{sum}} if the single losses were added, {reason}.",
        "point",
        joint=desk.fig("withdrawal_loss", desk.home, pair, "", desk.period),
        sum=desk.fig("loss_in_series", desk.home, pair, "sum", desk.period),
    )


def _background(desk: Desk) -> list[Block]:
    case = desk.case
    return [
        Paragraph([
            f"{case.title}. Every figure below is a fact of a ledger: cited from a source, assumed and named as such, or derived from others. "
            "Point at it, or move to it with the Tab key, to see what it rests on; the small number leads to its note. Grades: A official or "
            "published by the owner of the fact, B secondary, C assumption or rough derivation. A range in brackets is the 5 to 95 % band over "
            "joint redraws of all inputs, or the range of the source."
        ]),
        _counts(desk),
        _powers(desk),
        _episodes(desk),
    ]  # fmt: skip


def _counts(desk: Desk) -> Table:
    """How many facts the case holds, by topic and grade."""
    topics = sorted({str(row["subject"]) for row in desk.notes.rows("fact_count")})
    rows = [
        [
            topic.capitalize(),
            *(
                desk.fig("fact_count", topic, "", word, str(desk.year), ranged=False)
                for word in ("A", "B", "C", "assumed")
            ),
        ]
        for topic in topics
    ]
    columns = [("Topic", "l"), ("Grade A", "r"), ("Grade B", "r"), ("Grade C", "r"), ("of which assumed", "r")]
    return Table("The ledger: facts by topic and grade", columns, rows)


def _powers(desk: Desk) -> Table:
    """Who is studied as a power that could withdraw."""
    rows = [
        [
            desk.name(power),
            _company(desk, power),
            desk.fig("channel_hold", power, period="2025", unit="%"),
            _channel(desk, power),
        ]
        for power in desk.powers
    ]
    columns = [("Power", "l"), ("Counted with it", "l"), ("Largest channel it holds", "r"), ("Which", "l")]
    return Table("The powers, and the largest channel that each holds", columns, rows)


def _company(desk: Desk, power: str) -> str:
    """Who is counted with a power: a few names, or how many."""
    others = sorted(desk.name(member) for member in desk.case.members(power) if member != power)
    return joined(others) if len(others) < 6 else f"{len(others)} member states"


def _channel(desk: Desk, power: str) -> str | None:
    row = desk.notes.row("channel_hold", power, period="2025")
    return str(row["note"]) if row and row["note"] else None


def _episodes(desk: Desk) -> Table:
    """What has happened: the episodes that a model must be held against."""
    episodes = [row for row in desk.case.table("episodes").iter_rows(named=True) if row["backtest"] == "A"]
    episodes = sorted(episodes, key=lambda row: row["start"])[-12:]
    rows = [[row["start"], row["name"], desk.quote(row["effect"], row["basis"], row["grade"])] for row in episodes]
    return Table(
        "Episodes of the last years, with what they did",
        [("Began", "l"), ("What happened", "l"), ("Measured effect", "l")],
        rows,
    )
