"""Would it pay: break-even stakes and refusals of each power, of each act that it could take, and of the state itself.

Nobody's utility is asked for. A curve says how large a stake would have to be; whether it is, the reader judges.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from equipoise.bargaining.record import Known, Record, Triple
from equipoise.maths.crisis import Crisis, break_even_refusal, break_even_stake, crisis_game, patience
from equipoise.world import SOURCE, open_world

__all__ = ["CHANCES", "RATIONALITY", "REFUSALS", "STAKES", "stakes"]

CHANCES = (10, 20, 30, 40, 50, 60, 70, 80, 90, 100)
"""Per cent along the curves; a menu that has no curve has the chances of ``ENDS``."""
ENDS = (50, 100)
MENUS = ("all", "trade", "exports", "imports", "transit", "people", "fees", "finance", "systems")
WITHHELD = ("exports", "oil", "ore")
STAKES, REFUSALS = (0.1, 0.5, 1.0, 2.0), (1.0, 5.0, 10.0, 20.0)
"""What a concession could be worth a year, % of one's own income: to a power, and to the state."""
RATIONALITY = (0.0, 0.5, 1.0, 2.0, 5.0)
CHANGED = 0.25
"""By how much the crisis is changed, to see what each of its figures does."""
NOTHING: Triple = (0.0, 0.0, 0.0)
_MILLION, _BILLION = 1e6, 1e9
YEAR = 365.25
"""Days of a year, the length for which costs are stated."""


def stakes(record: Record, periods: dict[str, str], main: str) -> dict[str, Known]:
    """Write the break-evens of every player and horizon; ``periods`` by horizon, ``main`` the horizon of the headline.

    Returns the income of each power, mln USD a year, where it is known.
    """
    case = record.case
    incomes = {power: income for power in case.powers if (income := _income(record, power))}
    for power in case.powers:
        for horizon, period in periods.items():
            _power(record, power, period, incomes.get(power), curve=horizon == main)
            _state(record, power, period)
        _patience(record, power, periods.get(main, ""))
        _crisis(record, power, periods.get(main, ""))
    _threats(record, incomes, periods.get(main, ""))
    return incomes


def _income(record: Record, power: str) -> Known | None:
    """Income of a power, mln USD a year: of its economies in the bundled world, or its GDP where that does not tell it apart."""
    world = open_world()
    places = world.places(record.case.members(power))
    if places:
        of_all = (world.value_added_share * world.flows.sum(axis=2)).sum(axis=0)
        total, parent, period = float(of_all[places].sum()), SOURCE, "2022"
    elif gdp := record.known("gdp", power):
        total, parent, period = gdp.value * _BILLION / _MILLION, gdp.fact, gdp.fact.partition("@")[2]
    else:
        return None
    basis = record.rests(
        f"income.{power}", "value added of its economies, or its GDP where they are not told apart", [parent]
    )
    record.write("power_income", power, "", "", period, total * _MILLION / _BILLION, basis)
    return Known(total, total, total, parent)


def _reputation(record: Record, power: str, cost: Known) -> tuple[Triple, list[str]]:
    """What carrying a threat out costs a power beside its direct loss, in the unit of that loss; and what says so."""
    ratio = record.known("reputation_ratio", power, record.case.home)
    if not ratio:
        return NOTHING, []
    value, low, high = (of * max(size, 0.0) for of, size in zip(ratio.triple, cost.triple, strict=True))
    return (value, low, high), [ratio.fact]


def _curve(
    record: Record, who: str, whom: str, menu: str, period: str, cost: Known, chances: tuple[int, ...],
    income: Known | None, basis: str, reputation: Triple = NOTHING,
) -> None:  # fmt: skip
    """Break-even stakes of one menu in % of one's own income, and in money at its ends."""
    found = break_even_stake(np.array(chances) / 100.0, cost.triple, reputation)
    for k, chance in enumerate(chances):
        figures = float(found.value[k]), float(found.low[k]), float(found.high[k])
        record.write("break_even_stake", who, whom, f"{menu}.{chance}", period, figures, basis)
        if income and chance in ENDS:
            scale = income.value * _MILLION / _BILLION / 100.0
            record.write(
                "break_even_money", who, whom, f"{menu}.{chance}", period,
                (figures[0] * scale, figures[1] * scale, figures[2] * scale), basis,
            )  # fmt: skip


def _refusals(
    record: Record, who: str, whom: str, menu: str, period: str, loss: Known, chances: tuple[int, ...]
) -> None:
    basis = record.rests(f"refusal.{who}.{whom}.{menu}.{period}", _REFUSAL, [loss.fact])
    found = break_even_refusal(np.array(chances) / 100.0, loss.triple)
    for k, chance in enumerate(chances):
        figures = float(found.value[k]), float(found.low[k]), float(found.high[k])
        record.write("break_even_refusal", who, whom, f"{menu}.{chance}", period, figures, basis)


def _power(record: Record, power: str, period: str, income: Known | None, *, curve: bool) -> None:
    """What a power's closure costs itself, and what refusing would have to be worth to the state, by menu."""
    home = record.case.home
    for menu in MENUS:
        if cost := record.known("own_income_loss", power, home, menu, period):
            reputation, more = _reputation(record, power, cost)
            part = "" if menu == "all" else f".{menu}"
            basis = record.rests(f"stake.{power}.{home}{part}.{period}", _STAKE, [cost.fact, *more])
            chances = CHANCES if curve and menu == "all" else ENDS
            _curve(record, power, home, menu, period, cost, chances, income, basis, reputation)
        loss = record.known("income_loss", home, power, menu, period)
        if loss and (loss.value or loss.high):
            _refusals(record, home, power, menu, period, loss, CHANCES if curve and menu == "all" else ENDS)


def _state(record: Record, power: str, period: str) -> None:
    """The state's own threats: what withholding its goods would cost a power, and itself."""
    home = record.case.home
    for menu in WITHHELD:
        if loss := record.known("leverage_loss", power, home, menu, period):
            _refusals(record, power, home, menu, period, loss, ENDS)
        if cost := record.known("withholding_loss", home, power, menu, period):
            reputation, more = _reputation(record, home, cost)
            basis = record.rests(f"stake.{home}.{power}.{menu}.{period}", _STAKE, [cost.fact, *more])
            _curve(record, home, power, menu, period, cost, ENDS, None, basis, reputation)


def _threats(record: Record, incomes: dict[str, Known], period: str) -> None:
    """The acts that the register lists, by what each costs the power that takes it, per year of it."""
    if not period:
        return
    for row in record.case.table("threats").iter_rows(named=True):
        cost = record.known("threat_cost_to_power", row["threat"])
        if not cost or row["kind"] != "withdrawal":
            continue
        power, income = row["power"], incomes.get(row["power"])
        statement = "what the act costs the power a year, over the chance that the state gives way"
        reputation, more = _reputation(record, power, cost)
        basis = record.rests(
            f"threat.{row['threat']}", statement, [cost.fact, *more, *([income.fact] if income else [])]
        )
        length = record.known("threat_duration", row["threat"])
        once = record.rests(
            f"threat.{row['threat']}.once", "the same for as long as the act lasts, a year at most",
            [cost.fact, *more, *([length.fact] if length else [])],
        )  # fmt: skip
        found = break_even_stake(np.array(ENDS) / 100.0, cost.triple, reputation)
        for k, chance in enumerate(ENDS):
            money = float(found.value[k]), float(found.low[k]), float(found.high[k])
            item = f"{row['threat']}.{chance}"
            scale = _MILLION / _BILLION
            record.write(
                "break_even_money", power, record.case.home, item, period,
                (money[0] * scale, money[1] * scale, money[2] * scale), basis,
            )  # fmt: skip
            if length:
                years = [scale * min(days, YEAR) / YEAR for days in length.triple]
                record.write(
                    "break_even_money", power, record.case.home, f"{item}.once", period,
                    (money[0] * years[0], money[1] * years[1], money[2] * years[2]), once,
                )  # fmt: skip
            if income:
                share = 100.0 / income.value
                record.write(
                    "break_even_stake", power, record.case.home, item, period,
                    (money[0] * share, money[1] * share, money[2] * share), basis,
                )  # fmt: skip


def _patience(record: Record, power: str, period: str) -> None:
    """How patient both must be when the play goes on, at stakes of several sizes."""
    home = record.case.home
    cost = record.known("own_income_loss", power, home, "all", period)
    loss = record.known("income_loss", home, power, "all", period)
    if cost and cost.value > 0:
        statement = (
            "patience at which one closure now pays by the concessions of all years after: w over w and the stake"
        )
        basis = record.rests(f"patience.{power}", statement, [cost.fact])
        for stake in STAKES:
            ends = patience(np.maximum(cost.triple, 0.0), stake)
            figures = float(ends[0]), float(ends[1]), float(ends[2])
            record.write("patience_needed", power, home, f"stake.{stake:g}", period, figures, basis)
    if loss and loss.value > 0:
        statement = (
            "patience at which a concession is kept: what refusing once is worth, over that and the loss of a year"
        )
        basis = record.rests(f"patience.{home}.{power}", statement, [loss.fact])
        for refusal in REFUSALS:
            ends = patience(refusal, np.maximum(loss.triple, 0.0))
            figures = float(ends[0]), float(ends[2]), float(ends[1])
            record.write("patience_needed", home, power, f"refusal.{refusal:g}", period, figures, basis)


def _crisis(record: Record, power: str, period: str) -> None:
    """Mechanics of the crisis at stakes of twice and half the break-even, and what a change of each figure does."""
    home = record.case.home
    cost = record.known("own_income_loss", power, home, "all", period)
    loss = record.known("income_loss", home, power, "all", period)
    if not cost or not loss or cost.value <= 0 or loss.value <= 0:
        return
    basis = record.rests(f"crisis.{power}", _CRISIS, [cost.fact, loss.fact])
    stake, refusal = 2.0 * cost.value, 0.5 * loss.value

    def played(cost_by: float, loss_by: float, stake_by: float, path: tuple[float, ...]) -> list[Crisis]:
        """At the figures, then at each pair of ends of their ranges."""
        pairs = [(cost.value, loss.value), *((w, v) for w in cost.triple[1:] for v in loss.triple[1:])]
        return [
            crisis_game(stake * stake_by, refusal, max(w, 0.0) * cost_by, max(v, 0.0) * loss_by, path) for w, v in pairs
        ]

    variants = {
        "as_it_is": (1.0, 1.0, 1.0, RATIONALITY),
        "bypass": (1.0, 1.0 - CHANGED, 1.0, (1.0,)),
        "dearer": (1.0 + CHANGED, 1.0, 1.0, (1.0,)),
        "larger_stake": (1.0, 1.0, 1.0 + CHANGED, (1.0,)),
    }
    for name, (cost_by, loss_by, stake_by, path) in variants.items():
        games = played(cost_by, loss_by, stake_by, path)
        for end in ("status_quo", "concession", "closure", "retreat"):
            each: NDArray[np.float64] = np.stack([getattr(game, end) for game in games])
            for k, at in enumerate(path):
                figures = float(each[0, k]), float(each[:, k].min()), float(each[:, k].max())
                record.write("crisis_chance", power, home, f"{name}.{end}.{at:g}", period, figures, basis)


_STAKE = (
    "break-even stake: what closing costs, with what it costs in the eyes of others, over the chance that the other side gives "
    "way; the ends of its range are those of its parts"
)
_REFUSAL = (
    "break-even refusal: the loss times the chance that the threat is carried out, at the figure and at both ends"
)
_CRISIS = (
    "mechanics, no forecast: agent quantal response of the crisis in which the concession is worth twice what closing costs the "
    "power, and refusing is worth half of what a closure costs the state; the range is over the ends of both costs"
)
