"""Analysis: what a withdrawal takes from real income, with trade and the physical routes in one."""

from __future__ import annotations

from equipoise.brief import charts
from equipoise.brief.desk import Desk, joined
from equipoise.brief.document import Absent, Block, Cell, Chart, Paragraph, Table, Text
from equipoise.world import SOURCE

__all__ = ["MODEL_BREAKS", "by_horizon", "coalition_incomes", "income", "incomes", "sentence"]

MODEL_BREAKS = 35.0
"""Losses above this, in %, say only that the model breaks: elasticities of small changes are no guide to them."""


def income(desk: Desk) -> list[Block]:
    """The losses of real income, their bound, and what the model cannot see."""
    table = incomes(desk)
    if not table.rows:
        return [
            Absent(
                "Real income: the case holds no trade elasticities, or the bundled world does not tell its home apart."
            )
        ]
    missing = [desk.name(power) for power in desk.powers if not _loss(desk, power, desk.horizon)]
    blocks: list[Block] = [*sentence(desk, desk.worst, desk.horizon), *_picture(desk), table, *_bound(desk)]
    if missing:
        unseen = (
            f"The bundled world economy does not tell {joined(missing)} apart: what their trade is worth cannot be seen, and "
            "missing is not zero."
        )
        blocks.append(Paragraph([unseen], "small"))
    return blocks


def sentence(desk: Desk, power: str, horizon: str) -> list[Paragraph]:
    """What one power takes from real income at a horizon, and from what."""
    period = f"{desk.year}+{horizon}"
    both, trade, transit = (
        desk.fig("income_loss", desk.home, power, item, period, unit="%") for item in ("both", "trade", "transit")
    )
    if not desk.layout.links:  # a case of market channels alone
        both_alone = desk.say(
            f"If {desk.the(power)} closed all trade with {desk.name(desk.home)}, with the substitution of "
            f"{desk.in_time(horizon)}, real income would be lower by {{both}}. What pipes, ports, law and people could stop "
            "cannot be seen without a case of one's own.",
            both=both,
        )
        return [*both_alone, *_rank_and_models(desk, power, period)]
    made = desk.say(
        f"If {desk.the(power)} closed what it controls and all trade with {desk.name(desk.home)}, with the substitution of "
        f"{desk.in_time(horizon)}, real income would be lower by {{both}}: the closed trade alone would take {{trade}}, the oil "
        "that finds no way out alone {transit}, and together they are no sum.",
        both=both, trade=trade, transit=transit,
    )  # fmt: skip
    return [*made, *_rank_and_models(desk, power, period)]


def _rank_and_models(desk: Desk, power: str, period: str) -> list[Paragraph]:
    """How often it is the worst, with a tie said aloud; and the spread between models, a number of its own."""
    made: list[Paragraph] = []
    model = _spread(desk, power, period)
    share = desk.notes.row("worst_income_share", desk.home, power, "", period)
    often = desk.fig("worst_income_share", desk.home, power, "", period, ranged=False)
    if share and share["value"] >= 0.8:
        made += desk.say("It takes the most of all powers in {often} of redraws.", often=often)
    elif often:
        made += desk.say("Which power takes most is a tie: this one in {often} of redraws.", often=often)
    driven = desk.notes.row("income_band_explained", power, "", "", period)
    if driven:
        causes = joined(
            [
                f"the {cause}"
                for cause in desk.notes.leading(driven, 2, {SOURCE: "choice among models of who buys what"})
            ]
        )
        explained = desk.fig("income_band_explained", power, "", "", period)
        made += desk.say(
            f"Its band is driven by {causes}; all that stand out explain {{explained}}.", explained=explained
        )
    if model:
        made += desk.say(
            "Between models of who buys what the figure runs from {low} to {high} %.", low=model[0], high=model[2]
        )
    return made


def incomes(desk: Desk) -> Table:
    """Loss of real income by power: both horizons, its two parts, the spread between models, the cost to the power."""
    rows: list[list[Cell]] = []
    near, far = desk.horizon, _far(desk)
    for power in desk.powers:
        period = f"{desk.year}+{near}"
        if not _loss(desk, power, near):
            continue
        parts = (desk.fig("income_loss", desk.home, power, item, period, unit="") for item in ("trade", "transit"))
        own = desk.fig("own_income_loss", power, desk.home, "", period, unit="")
        rows.append([
            desk.name(power), _loss(desk, power, near), _loss(desk, power, far), *parts, _spread(desk, power, period), own,
        ])  # fmt: skip
    columns = [
        ("If … closed everything", "l"), (desk.in_time(near).capitalize(), "r"), (desk.in_time(far).capitalize(), "r"),
        ("by trade alone", "r"), ("by transit alone", "r"), ("between models", "r"), ("its own loss", "r"),
    ]  # fmt: skip
    foot = (
        "% of real income, trade and oil that finds no way out together, each tonne counted once. Parts, models and own loss: "
        f"{desk.in_time(near)}. Elasticities of a year come from small changes of tariffs: carried to a closure they are an "
        "upper half of what a year can do; rationing and stocks are not in the model, nor are finance, remittances, migrants "
        "and the price of oil abroad.",
    )
    return Table("Real income lost, trade and routes in one, %", columns, rows, foot)


def _picture(desk: Desk) -> list[Chart]:
    """The loss to each power with its band, near and far."""
    values: list[dict[str, object]] = []
    horizons = {name: desk.in_time(name).capitalize() for name in (desk.horizon, _far(desk))}
    told: list[str] = []
    for name, title in horizons.items():
        rows = desk.notes.rows("income_loss", subject=desk.home, item="both", period=f"{desk.year}+{name}")
        single = {str(row["object"]): row for row in rows if row["object"] in desk.powers}
        for power in (p for p in desk.powers if p in single):
            row = single[power]
            label = desk.notes.of(row, unit="").plain
            values.append({
                "horizon": title, "actor": desk.name(power), "id": power, "label": label,
                "told": f"{desk.name(power)}, {title.lower()}: {label} %",
                **{end: float(row[end]) for end in ("value", "low", "high")},
            })  # fmt: skip
        if single:
            largest = max(single, key=lambda power: float(single[power]["value"]))
            told.append(
                f"{title.lower()}, {desk.name(largest)} most, {desk.notes.of(single[largest], unit='').plain} %"
            )
    actors = list(dict.fromkeys(str(row["actor"]) for row in values))
    if len(actors) < 2 or not any(row["high"] != row["low"] for row in values):
        return []  # one bar, or no bands, is no picture
    wide, narrow = (charts.losses(values, list(horizons.values()), actors, narrow=small) for small in (False, True))
    caption = "Real income lost if one power closed everything"
    words = f"Ticks are the figures, bars their 5 to 95 % bands over redraws of inputs and models: {'; '.join(told)}."
    return [Chart("incomes", caption, words, wide, narrow)]  # the table of its numbers follows


def by_horizon(desk: Desk, power: str) -> Table:
    """What one power takes from real income at each horizon, and its parts."""
    rows: list[list[Cell]] = []
    for name, horizon in desk.horizons.items():
        period = f"{desk.year}+{name}"
        parts = (desk.fig("income_loss", desk.home, power, item, period, unit="") for item in ("trade", "transit"))
        own = desk.fig("own_income_loss", power, desk.home, "", period, unit="")
        if _loss(desk, power, name):
            rows.append([str(horizon["name"]).capitalize(), _loss(desk, power, name), *parts, own])
    columns = [
        ("Horizon", "l"), ("% of real income", "r"), ("by trade alone", "r"), ("by transit alone", "r"),
        ("what it loses itself, %", "r"),
    ]  # fmt: skip
    return Table("Real income lost, by horizon", columns, rows)


def coalition_incomes(desk: Desk) -> Table:
    """Real income lost to every coalition of the powers that the world tells apart."""
    found = desk.notes.rows("income_loss", subject=desk.home, item="both", period=desk.period)
    rows: list[list[Cell]] = [
        [joined([desk.name(power) for power in str(row["object"]).split("+")]), desk.notes.of(row, unit="")]
        for row in sorted(found, key=lambda row: (str(row["object"]).count("+"), -float(row["value"])))
    ]
    columns = [("If … withdraw together", "l"), ("% of real income", "r")]
    foot = (f"Above {MODEL_BREAKS:g} % the model of trade breaks: such a figure says that it breaks, and no more.",)
    return Table(f"Real income, every coalition, {desk.in_time(desk.horizon)}", columns, rows, foot)


def _loss(desk: Desk, power: str, horizon: str) -> Cell:
    return desk.fig("income_loss", desk.home, power, "both", f"{desk.year}+{horizon}", unit="")


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
