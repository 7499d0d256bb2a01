"""The details of the recommendations: every lever of each pillar with all that was found of it, to be opened when asked."""

from __future__ import annotations

from equipoise.brief.advice_view import View
from equipoise.brief.desk import joined
from equipoise.brief.document import Block, Cell, Paragraph, Table, Text
from equipoise.brief.policies import least_and_most, one
from equipoise.brief.standings import changed, told, unit_of, worse

__all__ = ["PILLARS", "changes", "details"]

PILLARS = {
    "economic_diversification": "Economic diversification and infrastructure",
    "security_cooperation": "Security cooperation",
    "national_identity": "National identity and cultural sovereignty",
    "regional_diplomacy": "Regional diplomacy",
}
TOLD = 0.005
"""Points of real income below which a change of what one power can take is not told."""


def details(view: View) -> list[Block]:
    """Each pillar in full: what moves a loss, what would change that, what moves a quantity of its own; then what moves
    nothing."""
    blocks: list[Block] = []
    nothing: list[str] = []
    for pillar, title in PILLARS.items():
        here = [lever for lever, r in view.rows.items() if r["pillar"] == pillar]
        here.sort(key=lambda lever: (not view.assumed(lever), view.value("advice_worst_loss", lever, view.usual)))
        losses = [lever for lever in here if view.moves(lever)]
        own = [lever for lever in here if lever not in losses]
        own.sort(key=lambda lever: not (view.moved(lever) or changes(view, lever)))
        nothing += [view.title(lever) for lever in own if not view.moved(lever) and not changes(view, lever)]
        every = _losses(view, title, losses), _changing(view, title, losses), _own(view, title, own)
        blocks += [table for table in every if table.rows]
    if nothing:
        blocks.append(Paragraph([
            f"Without a measurable effect, for its range includes none: {joined(nothing)}. What they provoke counts all the "
            "same."
        ], "small"))  # fmt: skip
    return blocks


def changes(view: View, lever: str, *, surely: bool = False) -> list[list[Text]]:
    """What a lever changes in the outcomes of the register, in words, those that it surely moves first, or alone; income for
    each person is told apart."""
    said: list[list[Text]] = []
    for fact in changed(view.desk, lever, view.usual):
        if fact["row"]["lived"] == "person" or (surely and fact["low"] <= 0 <= fact["high"]):
            continue
        ill = " (worse)" if worse(fact) else " (a choice)" if fact["row"]["better"] == "neither" else ""
        said.append(
            [
                f"{told(view.desk, fact['row'], fact['part'])} ",
                view.desk.notes.of(fact, unit=""),
                unit_of(fact["row"]) + ill,
            ]
        )
    return said


def joined_parts(parts: list[list[Text]], between: str = "; ") -> list[Text]:
    """Parts of words and figures as one."""
    made: list[Text] = []
    for part in parts:
        made += [between if made else "", *part]
    return made


def _losses(view: View, title: str, here: list[str]) -> Table:
    """Levers that move a loss."""
    desk = view.desk
    rows: list[list[Cell]] = [
        [
            view.named(lever), one(desk, "advice_worst_loss", lever, view.usual),
            one(desk, "advice_worst_loss", lever, view.on), least_and_most(desk, "advice_loss", lever, view.usual),
            one(desk, "advice_regret_max", lever, view.usual), view.price(lever),
            one(desk, "advice_price", lever, view.usual) or "none", view.provokes(lever) or "nobody",
        ]
        for lever in here
    ]  # fmt: skip
    columns = [
        ("Lever", "l"), ("worst loss, points", "r"), (f"on top of {view.on_name}", "r"),
        ("mean loss a year, over the weightings", "r"), ("largest regret removed", "r"), ("mn USD a year", "r"),
        ("for a point", "r"), ("Provokes", "l"),
    ]  # fmt: skip
    return Table(
        f"{title}: what moves a loss", columns, rows,
        ("Points of real income; below zero it helps. Mean loss with provocation, from the kindest weighting to the "
         "harshest. Assumed: its effect, or a part of it, has grade C. For a point: none where the cost was not "
         "published or the futures do not agree that there is a fall.",), folded=True,
    )  # fmt: skip


def _changing(view: View, title: str, here: list[str]) -> Table:
    """How far each lever has come, what it needs, whose loss it moves, and what would change the advice."""
    rows: list[list[Cell]] = []
    for lever in here:
        turned = joined_parts(view.turned(lever))
        rows.append([
            view.named(lever), joined_parts(changes(view, lever)) or None, _shifted(view, lever) or None,
            turned or "nothing that was drawn turns it", view.stands(lever),
        ])  # fmt: skip
    columns = [
        ("Lever", "l"),
        ("Changes beside", "l"),
        ("Whose loss", "l"),
        ("Turned by", "l"),
        ("Stands, and needs", "l"),
    ]
    return Table(
        f"{title}: what would change the advice", columns, rows,
        ("Turned by: the value of an input past which the lever no longer lowers a loss, or another lowers it more, with the "
         "90 % interval over resampled futures.",), folded=True,
    )  # fmt: skip


def _shifted(view: View, lever: str) -> list[Text]:
    """Whose loss a lever lowers, and whose it raises."""
    parts: list[Text] = []
    every = view.desk.notes.rows("advice_power_loss", subject=lever, item=view.usual)
    for fact in sorted(every, key=lambda r: float(r["value"])):
        if abs(fact["value"]) >= TOLD:
            parts += [
                "; " if parts else "",
                f"{view.desk.name(str(fact['object']))} ",
                view.desk.notes.of(fact, unit=""),
            ]
    return parts


def _own(view: View, title: str, here: list[str]) -> Table:
    """Levers that move only a quantity of their own."""
    rows: list[list[Cell]] = []
    for lever in here:
        moved: list[Text] = []
        for part in view.moved(lever):
            moved += ["; " if moved else "", *part]
        moved = joined_parts([part for part in (moved, *changes(view, lever)) if part])
        moved = moved or ["nothing measurable", *view.tried(lever)]
        hurt = least_and_most(view.desk, "advice_provoked", lever, view.usual)
        rows.append([
            view.named(lever), moved, view.price(lever), view.provokes(lever) or "nobody", hurt,
            view.stands(lever),
        ])  # fmt: skip
    columns = [
        ("Lever", "l"), ("Moves", "l"), ("mn USD a year", "r"), ("Provokes", "l"),
        ("mean loss a year by that, points", "r"), ("Stands, and needs", "l"),
    ]  # fmt: skip
    return Table(
        f"{title}: what moves a quantity of its own", columns, rows,
        ("No loss that is lived through moves with these; in brackets the range of the effect. The last figure is what their "
         "provocation alone would add to the mean loss, from the kindest weighting to the harshest (a judgement, grade C).",),
        folded=True,
    )  # fmt: skip
