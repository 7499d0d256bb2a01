"""Plans of projects, as ``equipoise invest`` and the studio tell them: the best, and what each project does where it stands."""

from __future__ import annotations

import re
from typing import Any

from equipoise.brief.desk import Desk, joined
from equipoise.brief.document import Block, Cell, Figure, Paragraph, Table, Text

__all__ = ["plans"]

KINDS = {
    "published": "Plans of projects whose cost is published",
    "any": "The same, if projects of unpublished cost came too: their cost is not in the sum",
}
LIMITS = {
    "technical": "its size", "contract": "a contract", "quota": "a quota", "quality": "quality", "fleet": "ships",
    "net_spare": "what home use leaves", "price": "price", "plan": "the plan", "published": "its size", "measure": "level",
}  # fmt: skip


def plans(desk: Desk) -> list[Block]:
    """The choice, the front, the projects of the priced commodity, those of others apart, and every link before and after."""
    levers = {row["lever"]: row for row in desk.case.table("levers").iter_rows(named=True)}
    blocks: list[Block] = []
    for kind in KINDS:
        blocks += _choice(desk, levers, kind)
        blocks.append(_front(desk, levers, kind))
    return [*blocks, _worth(desk, levers), *_apart(desk, levers), _limits(desk, levers), *_surge(desk)]


def _choice(desk: Desk, levers: dict[str, dict[str, str]], kind: str) -> list[Paragraph]:
    """The best plan against the worst withdrawal, with the gap that is left."""
    row = next((row for row in desk.notes.rows("plan_gap", item=kind)), None)
    if row is None:
        return []
    key = desk.home, row["object"], kind, row["period"]
    nothing = desk.fig("plan_worst", desk.home, "nothing", kind, row["period"])
    nothing = nothing or desk.fig("plan_worst", desk.home, "nothing", "published", row["period"])
    proof = "no plan within the budget leaves less" if row["value"] == 0 else "the best found, and not proven"
    head = "Best plan" if kind == "published" else "With the rest"
    return desk.say(
        f"{head}: {_named(levers, row['object'])}. It costs {{cost}} and takes the worst loss from {{before}} to {{after}}; gap "
        f"{{gap}}: {proof}.",
        cost=desk.fig("plan_cost", *key), before=nothing, after=desk.fig("plan_worst", *key), gap=desk.notes.of(row),
    )  # fmt: skip


def _front(desk: Desk, levers: dict[str, dict[str, str]], kind: str) -> Table:
    """Every plan that no other beats at once in cost, in the worst loss and in the mean."""
    rows: list[list[Cell]] = []
    lost = {
        (r["object"], r["item"].partition(".")[0]): r
        for q in ("mass", "containers", "gas", "uranium") for r in desk.notes.rows(f"plan_lost_{q}")
    }  # fmt: skip
    for row in desk.notes.rows("plan_cost", item=kind):
        key = row["subject"], row["object"], kind, row["period"]
        tonnes = lost.get((row["object"], kind))
        against = desk.name(tonnes["item"].partition(".")[2]) if tonnes else ""
        rows.append([
            _named(levers, row["object"]), desk.notes.of(row, unit=""), desk.fig("plan_worst", *key, unit=""),
            desk.fig("plan_mean", *key, unit=""), desk.notes.of(tonnes, unit="") if tonnes else None, against,
            desk.fig("plan_within", *key, ranged=False),
        ])  # fmt: skip
    unit = desk.unit(next(iter(lost.values()))["measure"]) if lost else ""
    columns = [
        ("Plan", "l"), ("capital, bn USD", "r"), ("worst loss, % of GDP", "r"), ("mean of futures", "r"),
        (f"lost, {unit}", "r"), ("to", "l"), ("within budget", "r"),
    ]  # fmt: skip
    return Table(
        KINDS[kind], columns, rows,
        ("Losses for a year's withdrawal, against what is earned today, 5–95 % bands over the futures; no plan here is beaten at "
         "once in cost, in the worst loss and in the mean. The mean is over redraws of the inputs and no forecast.",),
    )  # fmt: skip


def _worth(desk: Desk, levers: dict[str, dict[str, str]]) -> Table:
    """What each project takes from the worst loss, with its cost, year, status and source."""
    rows: list[list[Cell]] = []
    value = {(r["subject"], r["item"]): r for r in desk.notes.rows("project_value")}
    names = sorted(
        {lever for lever, _ in value}, key=lambda n: (-value[n, "in_plan"]["value"], -value[n, "among_all"]["value"], n)
    )
    for lever in names:
        told = [desk.notes.of(value[lever, item], unit="") for item in ("alone", "in_plan", "among_all")]
        rows.append([*_who(desk, levers[lever]), *told, levers[lever]["prerequisite"] or None])
    columns = [*_WHO, ("alone", "r"), ("beside the best plan", "r"), ("last of all", "r"), ("Needs", "l")]
    return Table(
        "Worst loss that each project takes away, % of GDP", columns, rows,
        ("A project that takes nothing away alone and something as the last of all needs another first. Beside the best plan: as "
         "its last project, or the next one. Year: when the whole of it is felt, if it is decided next year.",),
    )  # fmt: skip


_WHO = [
    ("Project", "l"),
    ("capital, bn USD", "r"),
    ("running, mn USD a year", "r"),
    ("ready", "r"),
    ("Status (source)", "l"),
]


def _who(desk: Desk, row: dict[str, str]) -> list[Cell]:
    """A project by name, cost, year, status and source."""
    cost = desk.latest("lever_capex", row["lever"], unit="")[0]
    running = desk.latest("lever_opex", row["lever"], unit="")[0]
    found = desk.notes.rows("project_year", subject=row["lever"])
    sources = dict(desk.case.table("sources").select("source", "publisher").iter_rows())
    source = (row["status_basis"] or row["basis"]).split(";")[0].split("#")[0]
    told = sources.get(source) or "judgement"
    dated = f", {row['status_date']}" if row["status_date"] else ""
    status = f"{row['status'] or 'not known'} ({told}{dated})"
    year = _year(found[0]) if found else None
    return [
        _short(row["title"]),
        cost or "not published",
        running,
        year,
        desk.quote(status, row["status_basis"] or row["basis"], row["grade"]),
    ]


def _year(row: dict[str, Any]) -> str:
    """A year with the range of the years in which it may be."""
    low, high = (int(-(-row[end] // 1)) for end in ("low", "high"))
    first = int(-(-row["value"] // 1))
    return f"{first}" if low == high == first else f"{first} ({low}–{high})"


def _apart(desk: Desk, levers: dict[str, dict[str, str]]) -> list[Block]:
    """Projects of commodities whose loss has no price, in their own units, with the reason."""
    blocks: list[Block] = []
    for quantity in ("containers", "mass", "gas", "uranium"):
        found = {(r["subject"], r["item"]): r for r in desk.notes.rows(f"project_avoided_{quantity}")}
        rows: list[list[Cell]] = []
        for lever in sorted({lever for lever, _ in found}):
            told: list[Cell] = [desk.notes.of(found[lever, item], unit="") for item in ("alone", "among_all")]
            keeps = any(found[lever, item]["high"] for item in ("alone", "among_all"))
            rows.append(
                [*_who(desk, levers[lever]), desk.name(found[lever, "alone"]["object"]) if keeps else "any", *told]
            )
        if rows:
            columns = [*_WHO, ("if … withdraws", "l"), ("kept alone", "r"), ("last of all", "r")]
            unit = desk.unit(f"project_avoided_{quantity}")
            blocks.append(Table(
                f"Listed apart, {unit} kept", columns, rows,
                ("Not chosen under the budget: no price or cost of this cargo is published, so its loss is counted in its own "
                 "unit. The power is the one against which a project keeps most; nothing kept means that it opens no way "
                 "that the networks know round what any power holds.",),
            ))  # fmt: skip
    valued = {row["subject"] for row in desk.notes.rows("project_value")}
    kept = {
        row["subject"]
        for q in ("containers", "mass", "gas", "uranium")
        for row in desk.notes.rows(f"project_avoided_{q}")
    }
    rest = sorted({row["subject"] for row in desk.notes.rows("project_year")} - valued - kept)
    if rest:
        rows = [_who(desk, levers[lever]) for lever in rest]
        blocks.append(Table("Listed apart, without a network to try them on", _WHO, rows))
    return blocks


def _limits(desk: Desk, levers: dict[str, dict[str, str]]) -> Table:
    """Each link that a project moves: its limit before and after, and what binds on its way."""
    units = {(e["lever"], e["target"]): e["unit"] for e in desk.case.table("effects").iter_rows(named=True)}
    rows: list[list[Cell]] = []
    limits = {(r["subject"], r["object"], *r["item"].split(".")): r for r in desk.notes.rows("project_limit")}
    routes = {
        (r["subject"], r["item"].partition(".")[0]): r
        for q in ("mass", "containers", "gas", "uranium") for r in desk.notes.rows(f"project_route_{q}")
    }  # fmt: skip
    for lever, link, when, kind in limits:
        if when == "before":
            pair = limits[lever, link, "before", kind], limits.get((lever, link, "after", kind))
            unit = units.get((lever, link), "")
            way = [_binding(desk, routes.get((lever, word))) for word in ("before", "after")]
            rows.append(
                [
                    _short(levers[lever]["title"]),
                    _stretch(desk, link),
                    _change(desk, *pair, unit),
                    LIMITS.get(kind, kind),
                    *way,
                ]
            )
    for row in desk.notes.rows("project_time", item="before"):
        after = desk.notes.row("project_time", row["subject"], row["object"], "after", row["period"])
        rows.append(
            [
                _short(levers[row["subject"]]["title"]),
                _stretch(desk, row["object"]),
                _change(desk, row, after, "days"),
                "time",
                None,
                None,
            ]
        )
    columns = [
        ("Project", "l"), ("Stretch", "l"), ("Limit before → after", "r"), ("moved", "l"), ("binds on its way before", "l"),
        ("binds after", "l"),
    ]  # fmt: skip
    return Table("What each project moves, and what then binds", columns, sorted(rows, key=lambda row: str(row[0])))


def _change(desk: Desk, before: dict[str, Any], after: dict[str, Any] | None, unit: str) -> list[Text]:
    first = desk.notes.of(before, unit="", ranged=False)
    return [first, " → ", *([desk.notes.of(after, unit=unit)] if after else ["?"])]


def _binding(desk: Desk, row: dict[str, Any] | None) -> Cell:
    """The stretch that binds, by which kind of limit, and how much it lets through."""
    if row is None:
        return None
    kind = row["item"].partition(".")[2]
    return [f"{_stretch(desk, row['object'])}: {LIMITS.get(kind, kind)}, ", desk.notes.of(row, ranged=False)]


def _stretch(desk: Desk, link: str) -> str:
    """A link by its corridor and the states that it lies in, one that does not exist yet too; a measure by its name."""
    rows = {row["link"]: row for row in desk.case.table("links").iter_rows(named=True)}
    if link not in rows:
        return str(dict(desk.case.table("targets").select("target", "name").iter_rows()).get(link, link))
    row = rows[link]
    return f"{desk.name(row['corridor'])} ({' to '.join(desk.name(state) for state in row['territory'].split(';') if state)})"


def _surge(desk: Desk) -> list[Paragraph]:
    """What was delivered of a plan when it was last tried."""
    found: Figure | None = desk.latest("prior", "plan_delivery", unit="")[0]
    if found is None:
        return []
    episodes = {row["episode"]: row for row in desk.case.table("episodes").iter_rows(named=True)}
    told = next((row for row in episodes.values() if row["type"] == "demand shock" and "plan" in row["effect"]), None)
    seen = desk.quote(told["effect"], told["basis"], told["grade"]) if told else ""
    name = f"{told['name']}, {told['start'][:4]}: " if told else ""
    said: list[Text] = [f"{name}delivered was a share of ", found, " of the plan"]
    return [Paragraph([*said, *([" (", seen, ")"] if seen else []), "."], "small")]


def _named(levers: dict[str, dict[str, str]], plan: str) -> str:
    """The projects of a plan by title."""
    return (
        "nothing is built" if plan == "nothing" else joined([_short(levers[one]["title"]) for one in plan.split("+")])
    )


def _short(title: str) -> str:
    """A title as far as its first comma, colon or bracket."""
    return re.split(r" \(|[:,]", title)[0]
