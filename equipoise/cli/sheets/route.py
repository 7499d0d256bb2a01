"""The ways that ``equipoise route`` found, as tables: side by side, what powers leave of them, and each leg by leg."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from equipoise.brief.desk import Desk, joined
from equipoise.brief.document import Block, Cell, Figure, Paragraph, Table

if TYPE_CHECKING:
    from equipoise.routing import Answer, Leg, Way

__all__ = ["route"]

TIE = 0.8
"""Share of redraws in which the first way must be the best for its rank to be more than a tie (docs/method.md)."""


def route(desk: Desk, answer: Answer) -> list[Block]:
    """Everything about the ways that were found, or why there is none."""
    if not answer.ways:
        desk.fig("route_ways", answer.origin.id, answer.target.id, _item(answer), str(answer.year))
        return [Paragraph([answer.reason])]
    legs: list[Block] = [_legs(desk, answer, rank) for rank in range(1, len(answer.ways) + 1)]
    return [
        _side_by_side(desk, answer),
        *_back(answer),
        *_rank(desk, answer),
        _powers(desk, answer),
        *legs,
        *_small(desk, answer),
    ]


def _on(answer: Answer) -> str:
    """What the facts of legs are about, whatever the order of ways."""
    closed = "-" + "+".join(answer.question.without) if answer.question.without else ""
    return ".".join(part for part in (answer.cargo, answer.question.reading, closed) if part)


def _item(answer: Answer, rank: int = 0, more: str = "") -> str:
    closed = "-" + "+".join(answer.question.without) if answer.question.without else ""
    parts = [answer.cargo, answer.question.reading, answer.question.by, closed, str(rank) if rank else "", more]
    return ".".join(part for part in parts if part)


def _cell(desk: Desk, answer: Answer, measure: str, rank: int, more: str = "", *, ranged: bool = True) -> Cell:
    """A figure of a way without its unit, which stands in the caption."""
    return desk.fig(
        measure, answer.origin.id, answer.target.id, _item(answer, rank, more), str(answer.year), unit="", ranged=ranged
    )


def _money(answer: Answer) -> str:
    return {"mass": "USD/t", "containers": "USD/TEU", "uranium": "USD/tU", "gas": "USD/1000 m³"}[answer.quantity]


def _side_by_side(desk: Desk, answer: Answer) -> Table:
    """The ways in order, with their totals."""
    rows: list[list[Cell]] = []
    q = answer.quantity
    for rank, way in enumerate(answer.ways, start=1):
        told = f"{' → '.join(_states(way))}{_by(desk, way)}{_between(desk, answer, way)}"
        unknown = {what: way.unknown(what) for what in ("cost", "time")}
        bottleneck, line = answer.bottlenecks[rank - 1]
        rows.append([
            str(rank), told, _bound(_cell(desk, answer, f"route_cost_{q}", rank), unknown["cost"]),
            _bound(_cell(desk, answer, "route_time", rank), unknown["time"]),
            _bound(_cell(desk, answer, f"route_burden_{q}", rank, ranged=False), sum(unknown.values())),
            _cell(desk, answer, f"route_capacity_{q}", rank, ranged=False), _cell(desk, answer, f"route_room_{q}", rank),
            line or _link(desk, bottleneck) or "not known",
        ])  # fmt: skip
    unit = desk.unit(f"route_room_{q}")
    columns = [
        ("", "r"), ("Way", "l"), ("cost", "r"), ("days", "r"), ("cost and time", "r"), ("capacity", "r"), ("room", "r"),
        ("Bottleneck", "l"),
    ]  # fmt: skip
    caption = f"Best ways first, by {_ORDER[answer.question.by]}; cost in {_money(answer)}, capacity and room in {unit}"
    unknown_at_all = any(way.unknown(what) for way in answer.ways for what in ("cost", "time"))
    foot = "Room is what all cargoes leave on the links and on the lines that they share." + (
        " ≥: at least, for some legs have no figure." if unknown_at_all else ""
    )
    return Table(caption, columns, rows, (foot,))


_ORDER = {"both": "cost and time", "cost": "cost", "days": "days"}


def _bound(cell: Cell, unknown: int) -> Cell:
    """A total that lacks some of its legs is at least what it says."""
    return ["≥ ", cell] if unknown and isinstance(cell, Figure) else cell


def _states(way: Way) -> list[str]:
    """States along a way, each once in a row, straits and shores that a ship passes as ~."""
    chain: list[str] = []
    for leg in way.legs:
        for state in leg.states:
            told = f"~{state}" if leg.mode in ("tanker", "ship", "ferry") and state in leg.states[1:-1] else state
            if leg.kind == "link" and (not chain or chain[-1].strip("~") != state):
                chain.append(told)
    return chain


def _by(desk: Desk, way: Way) -> str:
    """The border crossings and ports of a way, which tell it from another through the same states."""
    kinds = dict(desk.case.table("places").select("place", "kind").iter_rows())
    passed = dict.fromkeys(
        end for leg in way.legs[:-1] for end in (leg.start, leg.end) if kinds[end] in ("border", "port")
    )
    return f" by {', '.join(_short(desk, place) for place in passed)}" if passed else ""


def _between(desk: Desk, answer: Answer, way: Way) -> str:
    """Where a way begins and ends, if the ends were states."""
    start = f" from {_short(desk, way.legs[0].start)}" if len(answer.origin.places) > 1 else ""
    return start + (f" to {_short(desk, way.legs[-1].end)}" if len(answer.target.places) > 1 else "")


def _short(desk: Desk, place: str) -> str:
    """The first of the names of a place."""
    return re.split(r" [(/]|, ", desk.name(place))[0].removesuffix(" sea port")


def _link(desk: Desk, link: str) -> str:
    """A link by the short names of its ends."""
    return " – ".join(
        _short(desk, row[end]) for row in desk.layout.links if row["link"] == link for end in ("from", "to")
    )


def _back(answer: Answer) -> list[Block]:
    """What holds of ways that the case has in the other direction."""
    told = (
        "The case has these links in the other direction. Trains and ships go back: prices and days are those of the "
        "direction that is published, and nobody counts what goes back, so that room is unknown."
    )
    return [Paragraph([told], "small")] if answer.back else []


def _rank(desk: Desk, answer: Answer) -> list[Block]:
    """Whether the first way is the best beyond doubt, or in a tie."""
    shares = []
    for rank in range(1, len(answer.ways) + 1):
        figure = desk.fig("route_first", answer.origin.id, answer.target.id, _item(answer, rank), str(answer.year))
        value = desk.notes.value(
            "route_first", answer.origin.id, answer.target.id, _item(answer, rank), str(answer.year)
        )
        if figure and value is not None:
            shares.append((rank, value, figure))
    if not shares:
        return []
    known = " that are known" if any(way.unknown(what) for way in answer.ways for what in ("cost", "time")) else ""
    parts: list[Cell] = [
        "Way 1 is the best of them in ",
        shares[0][2],
        f" of redraws of all prices, times and values{known}",
    ]
    if shares[0][1] < TIE:
        rivals = [f"way {rank}" for rank, value, _ in shares[1:] if value > 1.0 - TIE] or ["the others together"]
        return [Paragraph([*parts, f": a tie with {joined(rivals)}."])]  # type: ignore[list-item]
    return [Paragraph([*parts, "."])]  # type: ignore[list-item]


def _powers(desk: Desk, answer: Answer) -> Table:
    """What is left of each way, and the room on it, when one more power closes what it controls."""
    q = answer.quantity
    rows: list[list[Cell]] = []
    for power in [p for p in desk.layout.powers if p not in answer.question.without]:
        cells: list[Cell] = [desk.name(power)]
        for rank in range(1, len(answer.ways) + 1):
            room = _cell(desk, answer, f"route_room_{q}", rank, power, ranged=False)
            parts = (_percent(desk, answer, rank, power), "; ", room or "?")
            cells.append([part for part in parts if isinstance(part, str | Figure)])
        rows.append(cells)
    columns = [("When it closes", "l"), *((f"way {rank}", "r") for rank in range(1, len(answer.ways) + 1))]
    caption = f"Share left of each way; room on it once everybody has diverted, {desk.unit(f'route_room_{q}')}"
    unsure = any("?" in cell for row in rows for cell in row if isinstance(cell, list))
    return Table(caption, columns, rows, ("?: not known.",) if unsure else ())


def _percent(desk: Desk, answer: Answer, rank: int, power: str) -> Cell:
    return desk.fig(
        "route_left", answer.origin.id, answer.target.id, _item(answer, rank, power), str(answer.year), ranged=False
    )


def _legs(desk: Desk, answer: Answer, rank: int) -> Table:
    """One way leg by leg."""
    way, q, item = answer.ways[rank - 1], answer.quantity, _on(answer)
    bottleneck, line = answer.bottlenecks[rank - 1]
    rows: list[list[Cell]] = []
    for leg in way.legs:
        key = item if leg.kind == "link" else f"{item}.{leg.kind}"
        year = str(answer.year)
        cost, days = (
            desk.fig(f"leg_cost_{q}", leg.thing, "", key, year, unit=""),
            desk.fig("leg_time", leg.thing, "", key, year, unit=""),
        )
        on = leg.kind == "link"
        limits = [
            desk.fig(f"leg_{what}_{q}", leg.thing, "", key, year, unit="", ranged=False) if on else ""
            for what in ("capacity", "flow", "room")
        ]
        mark = "◀ " if on and leg.thing == bottleneck else ""
        rows.append([
            mark + _name(desk, leg), leg.mode if on else "", " → ".join(leg.states), _guess(cost, leg, "cost"),
            _guess(days, leg, "time"), *limits, joined(_shut_by(desk, leg)) if on else "",
        ])  # fmt: skip
    columns = [
        ("Leg", "l"), ("mode", "l"), ("states", "l"), ("cost", "r"), ("days", "r"), ("capacity", "r"), ("flow", "r"),
        ("room", "r"), ("can be shut by", "l"),
    ]  # fmt: skip
    foot = [f"◀ leaves the least room{f', by what it shares: {line}' if line else ''}."] if bottleneck else []
    return Table(f"Way {rank}, leg by leg", columns, rows, tuple(foot))


def _name(desk: Desk, leg: Leg) -> str:
    if leg.kind == "gauge":
        return "change of gauge"
    if leg.kind == "port":
        return f"port: {_short(desk, leg.thing)}"
    return f"{_short(desk, leg.start)} – {_short(desk, leg.end)}"


def _guess(figure: Cell, leg: Leg, what: str) -> Cell:
    """An estimate is marked; what is unknown is said to be, and is not nothing."""
    amount = getattr(leg, what)
    if amount is None or figure is None:
        return "unknown"
    return ["~", figure] if amount.estimated and isinstance(figure, Figure) else figure


def _shut_by(desk: Desk, leg: Leg) -> list[str]:
    """States that alone can shut a link, the home state left out."""
    held = [row for row in desk.notes.rows("control", object=leg.thing) if row["item"] != "market"]
    return sorted({str(row["subject"]) for row in held if row["value"] >= 1.0} - {desk.home})


def _small(desk: Desk, answer: Answer) -> list[Block]:
    """How many legs of each way have no published figure of their own."""
    rows: list[list[Cell]] = []
    for rank, way in enumerate(answer.ways, start=1):
        counts = [
            _cell(desk, answer, f"route_{kind}", rank, what)
            for kind in ("estimated", "unknown")
            for what in ("cost", "time")
        ]
        rows.append([str(rank), str(len(way.legs)), *counts])
    columns = [
        ("Way", "r"), ("legs and changes", "r"), ("cost estimated", "r"), ("days estimated", "r"), ("cost unknown", "r"),
        ("days unknown", "r"),
    ]  # fmt: skip
    foot = "~ estimated: a share of a through price or time, length at the rate of its mode, or a typical change."
    return [Table("What the totals rest on", columns, rows, (foot,))]
