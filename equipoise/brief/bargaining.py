"""Analysis: would it pay them to close, and when does the state give way: break-evens, with nobody's utility asked for."""

from __future__ import annotations

from typing import Any

from equipoise.brief import charts
from equipoise.brief.desk import Desk
from equipoise.brief.document import Absent, Block, Cell, Chart, Paragraph, Table

__all__ = [
    "MECHANICS",
    "acts",
    "break_evens",
    "crises",
    "curves",
    "linked",
    "menus",
    "own_threats",
    "patience",
    "pays",
    "stakes",
]

KINDS = {
    "all": "all at once", "trade": "trade in goods", "exports": "buying", "imports": "selling", "transit": "transit",
    "people": "people", "fees": "fees", "finance": "finance", "systems": "systems",
}  # fmt: skip
"""What can be closed, alone or all at once."""
MECHANICS = "Mechanics under stated inputs, never a forecast, a date or a probability that something happens."


def stakes(desk: Desk) -> list[Block]:
    """Whether it would pay a power to close: the sentences, the curves and the tables; nothing where no loss is known."""
    table = break_evens(desk)
    if not table.rows:
        return [Absent("Would it pay them: no loss of real income is known, so no break-even stake is stated.")]
    first = [power for power in desk.powers if _stake(desk, power, "all.100")][:1]
    blocks: list[Block] = [*(said for power in first for said in pays(desk, power)), *curves(desk), table]
    return [*blocks, *(each for each in (own_threats(desk),) if each.rows)]


def _stake(desk: Desk, power: str, item: str, **style: Any) -> Any:
    return desk.fig("break_even_stake", power, desk.home, item, desk.period, **style)


def pays(desk: Desk, power: str) -> list[Paragraph]:
    """What a closure costs a power, and so what a concession must be worth to it; and when the state gives way."""
    name, home = desk.the(power), desk.name(desk.home)
    made = desk.say(
        f"A closure of {desk.in_time(desk.horizon)} costs {name} {{own}} of its own real income. With what it may cost in the "
        f"eyes of others, it pays only if {name} values the concession above {{sure}} a year, {{money}}, where {home} is sure to "
        "give way, and above {even} where the chance is even.",
        own=desk.fig("own_income_loss", power, desk.home, "all", desk.period, unit="%"),
        sure=_stake(desk, power, "all.100", unit="%"), even=_stake(desk, power, "all.50", unit="%"),
        money=desk.fig("break_even_money", power, desk.home, "all.100", desk.period),
    )  # fmt: skip
    return made + desk.say(
        f"{home} gives way only if refusing is worth less to it than {{sure}} of its own real income a year, where the threat is "
        "sure to be carried out, and less than {even} where the chance is even. Whether stakes are so large is for the reader "
        "to judge: no utility is asked of anybody, and no probability is stated.",
        sure=desk.fig("break_even_refusal", desk.home, power, "all.100", desk.period, unit="%"),
        even=desk.fig("break_even_refusal", desk.home, power, "all.50", desk.period, unit="%"),
    )  # fmt: skip


def curves(desk: Desk) -> list[Chart]:
    """The break-even stake and the break-even refusal along the chance."""
    made = []
    for measure, told, log in (
        ("break_even_stake", "How big a stake makes each threat pay", True),
        ("break_even_refusal", "How much refusing must be worth", False),
    ):
        rows: list[dict[str, Any]] = []
        for power in desk.powers:
            ends = (power, desk.home) if measure == "break_even_stake" else (desk.home, power)
            for row in desk.notes.rows(measure, subject=ends[0], object=ends[1], period=desk.period):
                menu, _, chance = str(row["item"]).rpartition(".")
                if menu == "all":
                    rows.append({
                        "actor": desk.name(power), "id": power, "chance": float(chance) / 100.0,
                        "value": row["value"], "low": row["low"], "high": row["high"],
                    })  # fmt: skip
        actors = list(dict.fromkeys(row["actor"] for row in rows))
        if not actors:
            continue
        title = "% of own income" if measure == "break_even_stake" else "% of its income"
        wide, narrow = (
            charts.along(rows, actors, x=charts.CHANCE, title=title, log=log, narrow=small) for small in (False, True)
        )
        words = (
            "Across: the chance that the state gives way. Above the line closing everything pays, below it does not; the band "
            "carries the range of what closing costs, and up "
            "to as much again in the eyes of others. The scale is logarithmic."
            if measure == "break_even_stake"
            else "Across: the chance that the threat is carried out. Below the line the state gives way, above it refuses; the "
            "band carries the range of the loss."
        )
        made.append(Chart(measure, told, words, wide, narrow))
    return made


def break_evens(desk: Desk) -> Table:
    """Break-evens of each power if it closed everything."""
    rows: list[list[Cell]] = []
    for power in desk.powers:
        cells = [
            _stake(desk, power, "all.100", unit=""),
            _stake(desk, power, "all.50", unit=""),
            desk.fig("break_even_money", power, desk.home, "all.100", desk.period, unit=""),
            desk.fig("break_even_refusal", desk.home, power, "all.50", desk.period, unit=""),
            desk.fig("break_even_refusal", desk.home, power, "all.100", desk.period, unit=""),
        ]
        if any(cells):
            rows.append([desk.name(power), *cells])
    home = desk.name(desk.home)
    columns = [
        ("Power", "l"), (f"Pays above, if {home} is sure to give way, %", "r"), ("if the chance is even, %", "r"),
        ("sure, bln USD a year", "r"), (f"{home} gives way below, if the chance is even, %", "r"), ("if it is sure, %", "r"),
    ]  # fmt: skip
    foot = (
        f"Each in % of its own real income a year, for {desk.in_time(desk.horizon)} of closing everything at once. Could it "
        "hurt, would it pay and will it happen are three questions: this answers the second.",
    )
    return Table("When a threat pays, and when it works", columns, rows, foot)


def menus(desk: Desk) -> Table:
    """Issue linkage: what refusing must be worth against everything at once, and against one kind of channel."""
    kinds = KINDS
    rows: list[list[Cell]] = []
    for power in desk.powers:
        cells = [
            desk.fig("break_even_refusal", desk.home, power, f"{kind}.100", desk.period, unit="") for kind in kinds
        ]
        if any(cells):
            rows.append([desk.name(power), *cells])
    columns = [("Power", "l"), *((word, "r") for word in kinds.values())]
    foot = (
        f"% of the real income of {desk.name(desk.home)} a year, where the threat is sure to be carried out. Threatening all "
        "channels at once makes a larger refusal break than any one of them; kinds are no sum.",
    )
    return Table("What refusing must be worth, by what is threatened", columns, rows, foot)


def linked(desk: Desk) -> Table:
    """Issue linkage from the other side: above which stake closing pays a power, everything at once and one kind alone."""
    kinds = {kind: words for kind, words in KINDS.items() if desk.notes.rows("break_even_stake", item=f"{kind}.100")}
    rows: list[list[Cell]] = []
    for power in desk.powers:
        cells = [_stake(desk, power, f"{kind}.100", unit="") for kind in kinds]
        if any(cells):
            rows.append([desk.name(power), *cells])
    columns = [("Power", "l"), *((word, "r") for word in kinds.values())]
    foot = (
        "% of the real income of the power a year, where the state is sure to give way. At or below 0 closing costs "
        "the power nothing at all in the model: what is not carried makes what it sells itself dearer. What "
        "closing people, fees, finance and shared systems costs the power itself is not known: no stake is told for them.",
    )
    return Table("What a concession must be worth, by what is closed", columns, rows, foot)


def acts(desk: Desk, only: str = "") -> Table:
    """What each act of the register would have to bring the power that takes it."""
    rows: list[list[Cell]] = []
    for row in desk.case.table("threats").iter_rows(named=True):
        if only and row["threat"] != only:
            continue
        cells: list[Cell] = [
            desk.fig("break_even_money", row["power"], desk.home, f"{row['threat']}.{item}", desk.period, unit="")
            for item in ("100", "50", "100.once")
        ]
        cells.append(_stake(desk, row["power"], f"{row['threat']}.100", unit=""))
        if any(cells):
            reach, days, seen = (
                desk.latest(f"threat_{what}", row["threat"])[0] for what in ("reach", "duration", "episodes")
            )
            rows.append(
                [
                    desk.name(row["power"]),
                    desk.quote(row["title"], row["basis"], row["grade"]),
                    *cells,
                    reach,
                    days,
                    seen,
                ]
            )
    columns = [
        ("Power", "l"), ("What it could do", "l"), ("pays above, sure, bln USD a year", "r"), ("even chance", "r"),
        ("sure, for as long as it lasts, bln USD", "r"), ("sure, % of own income a year", "r"),
        ("Share closed", "r"), ("Length", "r"), ("Episodes seen", "r"),
    ]  # fmt: skip
    foot = (
        "For each year of the act, from what it costs the power by itself. What can be done and how often it was are different "
        "columns and never multiplied: 0 episodes means that none was seen. equipoise withdraw --by POWER --channels closes one "
        "and tells what it would take.",
    )
    return Table("What each act would have to bring", columns, rows, foot)


def own_threats(desk: Desk) -> Table:
    """The reverse: what the state's own threats would make each power give way below, and cost the state."""
    rows: list[list[Cell]] = []
    for power in desk.powers:
        cells = [
            desk.fig("break_even_refusal", power, desk.home, f"{item}.100", desk.period, unit="")
            for item in ("exports", "oil", "ore")
        ]
        cells += [
            desk.fig("break_even_stake", desk.home, power, f"{item}.100", desk.period, unit="")
            for item in ("exports", "oil", "ore")
        ]
        if any(cells):
            rows.append([desk.name(power), *cells])
    home = desk.name(desk.home)
    columns = [
        (f"If {home} stopped selling to …", "l"), ("it gives way below: all goods, %", "r"), ("oil and gas, %", "r"),
        ("ores and uranium, %", "r"),
        (f"pays {home} above: all goods, %", "r"), ("oil and gas, %", "r"), ("ores and uranium, %", "r"),
    ]  # fmt: skip
    foot = (
        "Each in % of its own real income, if the threat is sure to be carried out and sure to work. What is not sold to one is "
        "sold to others as far as prices draw it there: no pipe stands in the way here.",
    )
    return Table(f"The other way round: the threats of {home}", columns, rows, foot)


def patience(desk: Desk) -> Table:
    """How patient both must be when the play goes on."""
    rows: list[list[Cell]] = []
    for power in desk.powers:
        own = [
            desk.fig("patience_needed", power, desk.home, f"stake.{at}", desk.period) for at in ("0.1", "0.5", "1", "2")
        ]
        state = [
            desk.fig("patience_needed", desk.home, power, f"refusal.{at}", desk.period) for at in ("1", "5", "10", "20")
        ]
        if any(own) or any(state):
            rows.append([desk.name(power), *own, *state])
    columns = [
        ("Power", "l"), *((f"stake {at} %", "r") for at in ("0.1", "0.5", "1", "2")),
        *((f"refusal {at} %", "r") for at in ("1", "5", "10", "20")),
    ]  # fmt: skip
    foot = (
        "Least weight of the next year against this one, 0 to 1. Left: closing once pays by the concessions of all years after, "
        f"each worth so many % of the power’s own income. Right: {desk.name(desk.home)} keeps to a concession although refusing "
        "once would be worth so many % of its own, because everything would stay closed after.",
    )
    return Table("How patient both must be, if the play goes on", columns, rows, foot)


def crises(desk: Desk) -> Table:
    """The crisis game as mechanics: how it ends along the path of rationality, and under a change of each figure."""
    variants = {
        ("as_it_is", "0"): "every move a throw of a coin", ("as_it_is", "0.5"): "rationality 0.5",
        ("as_it_is", "1"): "rationality 1", ("as_it_is", "2"): "rationality 2", ("as_it_is", "5"): "rationality 5",
        ("bypass", "1"): "1, loss a quarter smaller: a bypass or a reserve",
        ("dearer", "1"): "1, closing a quarter dearer to the power",
        ("larger_stake", "1"): "1, a stake a quarter larger",
    }  # fmt: skip
    rows: list[list[Cell]] = []
    for power in desk.powers:
        for (name, at), words in variants.items():
            cells = [
                desk.fig("crisis_chance", power, desk.home, f"{name}.{end}.{at}", desk.period)
                for end in ("status_quo", "concession", "closure", "retreat")
            ]
            if any(cells):
                rows.append([desk.name(power), words, *cells])
    columns = [
        ("Power", "l"), ("Rationality, per % of income", "l"), ("no demand", "r"), ("concession", "r"), ("closure", "r"),
        ("retreat", "r"),
    ]  # fmt: skip
    foot = (
        f"{MECHANICS} Quantal response of demand, refusal and closure, at stakes that are assumed: the concession worth twice "
        "what closing costs the power, refusing worth half of what a closure costs the state.",
    )
    return Table("The crisis as mechanics", columns, rows, foot)
