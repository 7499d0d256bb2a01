"""Analysis: what a withdrawal takes from real income, with trade and the physical routes in one."""

from __future__ import annotations

from equipoise.brief import charts
from equipoise.brief.desk import Desk, joined
from equipoise.brief.document import Absent, Block, Cell, Chart, Figure, Paragraph, Table, Text
from equipoise.brief.income_games import MODEL_BREAKS, by_kind, input_name, interactions, leverage, ranks, sensitivities

__all__ = ["MODEL_BREAKS", "by_horizon", "driven_by", "income", "incomes", "sentence"]

TIE = 0.8
HEARD = 0.1
"""Total index above which an input is named among the drivers."""
KINDS = ("people", "fees", "finance", "systems")


def income(desk: Desk) -> list[Block]:
    """The losses of real income, their bound, who insures whom, and what the model cannot see."""
    table = incomes(desk)
    if not table.rows:
        return [
            Absent(
                "Real income: the case holds no trade elasticities, or the bundled world does not tell its home apart."
            )
        ]
    missing = [desk.name(power) for power in desk.powers if not _loss(desk, power, desk.horizon)]
    blocks: list[Block] = [*sentence(desk, desk.worst_income, desk.horizon), *_picture(desk), table, *_bound(desk)]
    blocks += [*_asymmetry(desk), *(each for each in (leverage(desk), by_kind(desk), interactions(desk)) if each.rows)]
    drivers = sensitivities(desk, desk.worst_income)
    blocks += [*_drivers(desk, desk.worst_income), *(each for each in (drivers, ranks(desk)) if each.rows)]
    if missing:
        unseen = (
            f"The bundled world economy does not tell {joined(missing)} apart: what their trade is worth cannot be seen, and "
            "missing is not zero."
        )
        blocks.append(Paragraph([unseen], "small"))
    return blocks


def sentence(desk: Desk, power: str, horizon: str) -> list[Paragraph]:
    """What one power takes from real income at a horizon, with its band, rank, drivers and rough inputs; then from what."""
    period = f"{desk.year}+{horizon}"
    whole = desk.fig("income_loss", desk.home, power, "all", period, unit="%")
    trade = f"all trade with {desk.name(desk.home)}"
    closing = desk.menu or ("the channels it controls" if desk.layout.links else trade)
    made = desk.say(
        f"If {desk.the(power)} closed {closing} for {desk.in_time(horizon)}, with the substitution of "
        f"{desk.in_time(horizon)}, real income of {desk.name(desk.home)} would be lower by {{whole}}",
        whole=whole,
    )
    if not made:
        return []
    parts: list[Text] = list(made[0].parts)
    if (desk.notes.value("income_loss", desk.home, power, "all", period) or 0.0) > MODEL_BREAKS:
        parts.append(", so much that the model of trade breaks: the figure says that, and little more")
    for clause in (_ranked(desk, power, period), _driven(desk, power, period), _rough(desk, power, period)):
        parts = [*parts, "; ", *clause] if clause else parts
    made = [Paragraph([*parts, "."])]
    if not desk.layout.links:  # a case of market channels alone
        unseen = "What pipes, ports, law and people could stop cannot be seen without a case of one's own."
        return [*made, *_models(desk, power, period), Paragraph([unseen])]
    return [*made, *_from_what(desk, power, period), *_models(desk, power, period)]


def _ranked(desk: Desk, power: str, period: str) -> list[Text]:
    """How often it is the worst; a tie is said aloud."""
    often = desk.fig("worst_income_share", desk.home, power, "", period, ranged=False)
    share = desk.notes.value("worst_income_share", desk.home, power, "", period)
    if often is None or share is None or len(desk.powers) < 2:
        return []
    if share >= TIE:
        return ["it is the largest single-power loss in ", often, " of redraws"]
    if share > 1.0 - TIE:
        return ["which power costs most is a tie, this one in ", often, " of redraws"]
    return ["it is the largest single-power loss in only ", often, " of redraws"]


def driven_by(desk: Desk, power: str, most: int = 3) -> str:
    """The inputs that drive the band of a power's loss, those heard most first, in words; empty where none stands out."""
    rows = [
        row for row in desk.notes.rows("income_sensitivity", subject=power, period=desk.period) if row["value"] > HEARD
    ]
    rows.sort(key=lambda row: -row["value"])
    return joined([f"the {input_name(desk, str(row['item']))}" for row in rows[:most]])


def _driven(desk: Desk, power: str, period: str) -> list[Text]:
    if period != desk.period:
        return []
    causes = driven_by(desk, power)
    return [f"the range is driven by {causes}"] if causes else []


def _rough(desk: Desk, power: str, period: str) -> list[Text]:
    """How many inputs there are, and how many are rough."""
    counts = [
        desk.fig("income_input_count", desk.home, power, which, period) for which in ("all", "grade_C", "assumed")
    ]
    every, rough, assumed = counts
    if every is None or rough is None or assumed is None:
        return []
    return ["of ", every, " inputs that carry weight ", rough, " are of grade C, ", assumed, " of them assumptions"]


def _from_what(desk: Desk, power: str, period: str) -> list[Paragraph]:
    """The kinds of channel, each alone."""
    trade, transit = (
        desk.fig("income_loss", desk.home, power, item, period, unit="%") for item in ("trade", "transit")
    )
    beside = [
        kind for kind in KINDS if (desk.notes.value("income_loss", desk.home, power, kind, period) or 0.0) > 0.005
    ]
    made = desk.say(
        "Its trade alone would take {trade}, the oil and gas that find no way out alone {transit}; together they are no sum.",
        trade=trade, transit=transit,
    )  # fmt: skip
    words = {
        "people": "money sent home", "fees": "fees for transit", "finance": "foreign finance", "systems": "shared systems",
    }  # fmt: skip
    if beside:
        named: list[Text] = []
        for kind in beside:
            figure = desk.fig("income_loss", desk.home, power, kind, period, unit="%")
            named += [", " if named else "", f"{words[kind]} ", figure] if figure else []
        made.append(Paragraph(["Beside trade in goods, counted in the same figure: ", *named, "."]))
    return made


def _models(desk: Desk, power: str, period: str) -> list[Paragraph]:
    """The spread between models, a number of its own."""
    model = _spread(desk, power, period)
    if not model:
        return []
    made = desk.say(
        "Between models of who buys what the figure runs from {low} to {high} %.", low=model[0], high=model[2]
    )
    kept = desk.fig("income_deficits_kept", desk.home, power, "", period, unit="%")
    told = desk.say(
        "With trade deficits kept as a share of income, instead of taken out beforehand, it would be {kept}.", kept=kept
    )
    return [Paragraph([*made[0].parts, " ", *told[0].parts])] if made and told else made


def incomes(desk: Desk) -> Table:
    """Loss of real income by power: both horizons, its two parts, the spread between models, the cost to the power."""
    rows: list[list[Cell]] = []
    near, far = desk.horizon, _far(desk)
    for power in desk.powers:
        period = f"{desk.year}+{near}"
        if not _loss(desk, power, near):
            continue
        parts = (desk.fig("income_loss", desk.home, power, item, period, unit="") for item in ("trade", "transit"))
        often = desk.fig("worst_income_share", desk.home, power, "", period, ranged=False)
        rows.append([
            desk.name(power), _loss(desk, power, near), _loss(desk, power, far), *parts, _spread(desk, power, period), often,
        ])  # fmt: skip
    columns = [
        ("If … closed everything", "l"), (desk.in_time(near).capitalize(), "r"), (desk.in_time(far).capitalize(), "r"),
        ("by trade alone", "r"), ("by transit alone", "r"), ("between models", "r"), ("worst of all in", "r"),
    ]  # fmt: skip
    foot = (
        "% of real income, all channels that enter in money, each dollar counted once; parts overlap and are no sum. Parts, "
        f"models and rank: {desk.in_time(near)}; a rank below 80 % is a tie. Elasticities of a year come from small changes of "
        "tariffs: carried to a closure they are an upper half of what a year can do. Rationing, stocks and the price of oil "
        "abroad are not in the model. Arms, internet, students and guarantees are never turned into money.",
    )
    return Table("Real income lost, all channels in one, %", columns, rows, foot)


def _picture(desk: Desk) -> list[Chart]:
    """The loss to each power with its band, near and far."""
    values: list[dict[str, object]] = []
    horizons = {name: desk.in_time(name).capitalize() for name in (desk.horizon, _far(desk))}
    told: list[str] = []
    for name, title in horizons.items():
        rows = desk.notes.rows("income_loss", subject=desk.home, item="all", period=f"{desk.year}+{name}")
        single = {str(row["object"]): row for row in rows if row["object"] in desk.powers}
        values += [_bar(desk, title, power, single[power]) for power in desk.powers if power in single]
        if single:
            largest = max(single, key=lambda power: float(single[power]["value"]))
            told.append(
                f"{title.lower()}, {desk.name(largest)} most, {desk.notes.of(single[largest], unit='').plain} %"
            )
    caption = "Real income lost if one power closed everything"
    words = f"Ticks are the figures, bars their 5 to 95 % bands over redraws of inputs and models: {'; '.join(told)}."
    return _bars("incomes", caption, words, values, list(horizons.values()), alike=True)


def _asymmetry(desk: Desk) -> list[Block]:
    """What a withdrawal takes from the state, beside what it takes from the power; each in % of its own real income."""
    values: list[dict[str, object]] = []
    panels = f"{desk.name(desk.home)} would lose", "the power itself would lose"
    rows: list[list[Cell]] = []
    for power in desk.powers:
        loss = desk.notes.row("income_loss", desk.home, power, "all", desk.period)
        own = desk.notes.row("own_income_loss", power, desk.home, "all", desk.period)
        if loss and own:
            values += [_bar(desk, panels[0], power, loss), _bar(desk, panels[1], power, own)]
            known = own["low"] > 0  # no ratio where the band of the denominator holds zero
            ratio = desk.fig("income_asymmetry", desk.home, power, "", desk.period, unit="") if known else None
            rows.append([desk.name(power), desk.notes.of(loss, unit=""), desk.notes.of(own, unit=""), ratio])
    words = (
        f"In % of its own real income, {desk.in_time(desk.horizon)}; the two panels have scales of their own. What it costs a "
        "power is small against its economy even where the money is not."
    )
    table = Table(
        "What a withdrawal costs both sides",
        [
            ("If … withdraws", "l"), ("the state loses, %", "r"), ("the power loses, %", "r"),
            ("dollars lost for each of its own", "r"),
        ],
        rows,
        ("A ratio stands only where the band of the power’s own loss lies above zero. The price of oil abroad is not in it.",),
    )  # fmt: skip
    return [*_bars("asymmetry", "What it costs both sides", words, values, list(panels), alike=False), table]


def _drivers(desk: Desk, power: str) -> list[Chart]:
    """What the band of one loss hangs on, as bars with their intervals."""
    panel = f"Share of the variance of the loss to {desk.the(power)}"
    found = sorted(
        desk.notes.rows("income_sensitivity", subject=power, period=desk.period), key=lambda row: -row["value"]
    )
    values = []
    for row in found:
        name, label = input_name(desk, str(row["item"])), desk.notes.of(row, unit="").plain
        values.append({
            "panel": panel, "actor": name, "id": power, "label": f"{label} %", "told": f"{name}: {label} %",
            **{end: 100.0 * float(row[end]) for end in ("value", "low", "high")},
        })  # fmt: skip
    words = "Sobol total indices, in %; bars are their 95 % bootstrap intervals. The longest are the sources worth improving."
    return _bars("drivers", "What the band hangs on", words, values, [panel], alike=True, unit="% of the variance")


def _bar(desk: Desk, panel: str, power: str, row: dict[str, object]) -> dict[str, object]:
    label = desk.notes.of(row, unit="").plain
    return {
        "panel": panel, "actor": desk.name(power), "id": power, "label": label,
        "told": f"{desk.name(power)}, {panel}: {label} %", **{end: float(str(row[end])) for end in ("value", "low", "high")},
    }  # fmt: skip


def _bars(
    name: str,
    caption: str,
    words: str,
    values: list[dict[str, object]],
    panels: list[str],
    *,
    alike: bool,
    unit: str = "% of real income",
) -> list[Chart]:
    actors = list(dict.fromkeys(str(row["actor"]) for row in values))
    if len(actors) < 2 or not any(row["high"] != row["low"] for row in values):
        return []  # one bar, or no bands, is no picture
    wide, narrow = (
        charts.losses(values, panels, actors, narrow=small, alike=alike, unit=unit) for small in (False, True)
    )
    return [Chart(name, caption, words, wide, narrow)]  # the table of its numbers follows


def by_horizon(desk: Desk, power: str) -> Table:
    """What one power takes from real income at each horizon, and by what."""
    rows: list[list[Cell]] = []
    for name, horizon in desk.horizons.items():
        period = f"{desk.year}+{name}"
        items = ("exports", "imports", "transit", *KINDS)
        parts = (desk.fig("income_loss", desk.home, power, item, period, unit="") for item in items)
        own = desk.fig("own_income_loss", power, desk.home, "all", period, unit="")
        if _loss(desk, power, name):
            rows.append([str(horizon["name"]).capitalize(), _loss(desk, power, name), *parts, own])
    columns = [
        ("Horizon", "l"), ("All, %", "r"), ("what it buys", "r"), ("what it sells", "r"), ("routes of oil and gas", "r"),
        ("money sent home", "r"), ("transit fees", "r"), ("finance", "r"), ("power, water", "r"), ("its own loss", "r"),
    ]  # fmt: skip
    foot = ("% of real income, each kind alone: they overlap and are no sum.",)
    return Table("Real income lost, by horizon and kind of channel", columns, rows, foot)


def _loss(desk: Desk, power: str, horizon: str) -> Figure | None:
    return desk.fig("income_loss", desk.home, power, "all", f"{desk.year}+{horizon}", unit="")


def _far(desk: Desk) -> str:
    """The longest horizon."""
    return list(desk.horizons)[-1]


def _spread(desk: Desk, power: str, period: str) -> list[Text] | None:
    low, high = (desk.fig("income_model_spread", desk.home, power, end, period, unit="") for end in ("low", "high"))
    return [low, "–", high] if low and high else None


def _bound(desk: Desk) -> list[Paragraph]:
    far = _far(desk)
    return desk.say(
        f"The bound of all of them is trade with nobody: {{far}} over {desk.in_time(far)}; over {desk.in_time(desk.horizon)} "
        "the model breaks before that bound is reached.",
        "small",
        far=desk.fig("autarky_loss", desk.home, "", "", f"{desk.year}+{far}", unit="%"),
    )
