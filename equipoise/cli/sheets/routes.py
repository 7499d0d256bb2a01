"""The tables of ``equipoise corridors``."""

from __future__ import annotations

from collections.abc import Sequence

from equipoise.brief.corridors import NetworkView, bottlenecks, bypass, cuts, errors, misfits
from equipoise.brief.desk import Desk, joined, signed
from equipoise.brief.document import Block, Cell, Paragraph, Table

__all__ = ["corridors"]

BAR = 10
"""Characters of the longest bar."""


def corridors(desk: Desk, commodity: str, year: str = "", power: str = "") -> list[Block]:
    """Routes as a map of words, then what limits them, who cuts them, and what the model misses."""
    view = NetworkView(desk, commodity, year)
    last = view.year == view.years[-1]
    told = [table for table in (_routes(view), errors(view)) if table.rows]
    tables = [bottlenecks(view)]
    if last:
        tables += [cuts(view), bypass(view, power or desk.worst)] if power or desk.worst else [cuts(view)]
    missing = [
        desk.fig("inputs_missing", desk.home, "", f"{view.commodity}.{what}", view.year)
        for what in ("capacity", "cost")
    ]
    blocks: list[Block] = [*told, *misfits(view), *(table for table in tables if table.rows)]
    if all(missing) and any(figure.text != "0" for figure in missing if figure):
        said = [
            missing[0],
            " links have no published capacity and ",
            missing[1],
            " no published cost: routes over them are limited, or told apart, by nothing.",
        ]
        blocks.append(Paragraph([part for part in said if part], "small"))
    return blocks


def _routes(view: NetworkView) -> Table:
    """Each route as the chain of states that it crosses, with its flow as a bar."""
    desk = view.desk
    flows = {route.id: row for route in desk.layout.routes if (row := view.row("modelled_flow", route.id))}
    most = max((float(row["value"]) for row in flows.values()), default=0.0) or 1.0
    rows: list[list[Cell]] = []
    for route in sorted((r for r in desk.layout.routes if r.id in flows), key=lambda r: -float(flows[r.id]["value"])):
        bar = "█" * round(BAR * float(flows[route.id]["value"]) / most)
        observed = desk.fig(f"flow_{view.quantity}", route.id, "", view.commodity, view.year, unit="")
        error = signed(
            desk.fig(
                f"flow_error_{view.quantity}", route.id, "", view.item("contract"), view.year, unit="", ranged=False
            )
        )
        rows.append([
            desk.route(route.id), _chain(view, route.links), bar or "·", view.cell("modelled_flow", route.id), observed, error,
            view.cell("link_capacity", route.decisive, digits=3), _held_by(view, route.links),
        ])  # fmt: skip
    columns = [
        ("Route", "l"), ("Way", "l"), ("Flow", "l"), ("modelled", "r"), ("observed", "r"), ("error", "r"), ("capacity", "r"),
        ("Can be shut by", "l"),
    ]  # fmt: skip
    caption = f"Routes of {desk.name(view.commodity).lower()}, {view.unit}, {view.year}, contract limits"
    return Table(caption, columns, rows, ("Capacity is that of the decisive link of the route.",))


def _chain(view: NetworkView, links: Sequence[str]) -> str:
    """The states along a route, the sea as ~, each once in a row."""
    steps: list[str] = []
    for link in links:
        row = view.links.get(link)
        states = [state for state in row["territory"].split(";") if state] if row else []
        sea = "~" if row and row["mode"] in ("tanker", "ship", "ferry") else ""
        for state in states:
            if not steps or steps[-1].strip("~") != state:
                steps.append(sea + state)
    return " → ".join(steps)


def _held_by(view: NetworkView, links: Sequence[str]) -> str:
    """Actors abroad that alone can stop a route whole."""
    able = set()
    for link in links:
        for row in view.desk.notes.rows("control", object=link):
            if row["value"] >= 1.0 and row["item"] != "market" and row["subject"] != view.desk.home:
                able.add(str(row["subject"]))
    return joined(sorted(view.desk.name(actor) for actor in able))
