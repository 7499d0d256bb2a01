"""The tables of ``equipoise futures``: how each policy fares, how robust it is by several measures, and where it fails."""

from __future__ import annotations

from typing import Any

from equipoise.brief.desk import Desk, joined
from equipoise.brief.document import Block, Cell, Figure, Paragraph, Table, Text
from equipoise.brief.policies import breaks, drivers, leaving, regions
from equipoise.brief.standings import standings

__all__ = ["futures"]

MEASURES = {
    "tolerable": "tolerable, % of futures",
    "regret_max": "largest regret",
    "regret_90": "regret, 9 in 10",
    "tail": "worst tenth",
}


def futures(desk: Desk, names: dict[str, str]) -> list[Block]:
    """Outcomes, losses under each weighting, where each policy leaves the state, robustness with ranks, Starr's domains, the
    boxes and regions in words, what drives the worst loss, and when to leave a policy."""
    return [
        *_opening(desk, names), _fares(desk, names), _by_power(desk, names), *_still_held(desk, names),
        _weighted(desk, names), _provoked(desk, names),
        *standings(desk, names), *_robust(desk, names), _domains(desk, names), *breaks(desk, names), regions(desk, names),
        drivers(desk, names), *leaving(desk, names),
    ]  # fmt: skip


def _opening(desk: Desk, names: dict[str, str]) -> list[Block]:
    """What is tolerated, and which policies move no tonne."""
    row = desk.notes.rows("future_tolerated")[0]
    said: list[Block] = [
        Paragraph(
            ["A future is called tolerable while no one power could take more than ", desk.notes.of(row), "."], "lead"
        )
    ]
    others = list(names)[1:]
    still = [r["subject"] for r in desk.notes.rows("future_moved") if r["value"] == 0 and r["subject"] in others]
    idle = [names[policy] for policy in still]
    why = {row["lever"]: row["silent"] for row in desk.case.table("levers").iter_rows(named=True)}
    if idle:
        said.append(Paragraph([
            f"In no future does {joined(idle, 'or')} move a tonne of the oil that is lived through: the figures below tell of "
            "what it provokes, and `equipoise policies` of what else it moves."
        ]))  # fmt: skip
        reasons = [(names[policy], why[policy]) for policy in still if why.get(policy)]
        said += [Paragraph([f"{name}: {reason}."], "point") for name, reason in reasons]
    return said


def _fares(desk: Desk, names: dict[str, str]) -> Table:
    """The outcomes of each policy, in their own units."""
    rows: list[list[Cell]] = []
    crossed = str(desk.notes.rows("future_off_territory")[0]["object"])
    for policy, title in names.items():
        found = [_one(desk, m, policy) for m in (
            "future_worst_loss", "future_off_territory", "future_capex", "future_running", "future_point_price",
        )]  # fmt: skip
        rows.append([title, *found[:-1], found[-1] or "none"])
    columns = [
        ("Policy", "l"), ("worst loss, % of real income", "r"), (f"oil not across {desk.name(crossed)}, Mt a year", "r"),
        ("capital, bn USD", "r"), ("running, mn USD a year", "r"), ("mn USD a year for a point", "r"),
    ]  # fmt: skip
    return Table(
        "How each policy fares in the last year", columns, rows,
        ("The middle of the futures with their 5–95 % band; the loss is what one power could take in a year. A point: one per "
         "cent of real income less than under business as usual; none where the futures do not agree that there is a fall.",),
    )  # fmt: skip


def _by_power(desk: Desk, names: dict[str, str]) -> Table:
    """The loss to each power under each policy: one that lowers one loss may raise another."""
    powers = list(dict.fromkeys(str(row["object"]) for row in desk.notes.rows("future_power_loss")))
    rows: list[list[Cell]] = []
    for policy, title in names.items():
        cells = {row["object"]: row for row in desk.notes.rows("future_power_loss", subject=policy)}
        worst: list[Text] = []
        for row in desk.notes.rows("future_worst_share", subject=policy):
            worst += [
                "; " if worst else "",
                f"{desk.name(row['object'])} ",
                desk.notes.of(row, unit="", ranged=False),
                " %",
            ]
        rows.append([title, *(desk.notes.of(cells[power], unit="") for power in powers), worst])
    columns = [("Policy", "l"), *((desk.name(power), "r") for power in powers), ("Worst in so many futures", "l")]
    return Table("What each power could take in the last year, % of real income", columns, rows)


def _still_held(desk: Desk, names: dict[str, str]) -> list[Block]:
    """What each power can still stop once the crossed one has: what takes from one may give to the next."""
    facts = [row for row in desk.notes.rows("future_still_held") if row["subject"] in names]
    every = dict.fromkeys(str(row["object"]) for row in facts)
    powers = [power for power in every if any(row["value"] > 0 for row in facts if row["object"] == power)]
    if not powers:
        return []
    crossed = desk.the(str(facts[0]["item"]))
    cells = {(row["subject"], row["object"]): row for row in facts}
    rows: list[list[Cell]] = [
        [title, *(desk.notes.of(cells[policy, power], unit="") for power in powers)] for policy, title in names.items()
    ]
    return [Table(
        f"Once {crossed} has withdrawn: what each power can still stop, Mt of oil a year",
        [("Policy", "l"), *((desk.name(power), "r") for power in powers)], rows,
        ("While nothing is closed what a power stops finds other ways, so that a new line to its border hardly raises what it "
         "could take alone; where the largest way is shut it is the way out, and that power holds it.",),
    )]  # fmt: skip


def _weighted(desk: Desk, names: dict[str, str]) -> Table:
    """Mean loss along the way and its worst tenth under each weighting."""
    weightings = list(desk.case.table("weightings").iter_rows(named=True))
    rows: list[list[Cell]] = []
    for policy, title in names.items():
        cells: list[Cell] = []
        for weighting in weightings:
            mean = _one(desk, "future_loss", policy, weighting["weighting"])
            tail = _one(desk, "future_tail_loss", policy, weighting["weighting"])
            cells.append([part for part in (mean, " / ", tail) if part] if mean and tail else None)
        rows.append([title, *cells])
    columns = [("Policy", "l"), *((row["weighting"].replace("_", " "), "r") for row in weightings)]
    told = "; ".join(f"{row['weighting'].replace('_', ' ')}: {row['name']}" for row in weightings)
    return Table(
        "Loss a year along the way under stated weightings, % of real income: mean (5–95 %) / worst tenth", columns, rows,
        (f"{told}. Weightings are assumptions held side by side, and none is a forecast.",),
    )  # fmt: skip


def _provoked(desk: Desk, names: dict[str, str]) -> Table:
    """The price of provocation: the same futures with it switched on and off."""
    weightings = [row["weighting"] for row in desk.case.table("weightings").iter_rows(named=True)]
    rows: list[list[Cell]] = [
        [title, *(_one(desk, "future_provoked", policy, one) for one in weightings)] for policy, title in names.items()
    ]
    columns = [("Policy", "l"), *((one.replace("_", " "), "r") for one in weightings)]
    return Table(
        "Price of what a policy provokes: loss with provocation less loss without, % of real income a year", columns, rows,
        ("How much a lever provokes is a judgement (grade C), and so is this price.",),
    )  # fmt: skip


def _robust(desk: Desk, names: dict[str, str]) -> list[Block]:
    """Measures of robustness side by side, each with the interval of its rank."""
    blocks: list[Block] = []
    every = desk.notes.rows("policy_rank")
    if not every:
        return []
    for outcome in dict.fromkeys(str(row["item"]).rpartition(".")[0] for row in every):
        kinds = [kind for kind in MEASURES if any(row["item"] == f"{outcome}.{kind}" for row in every)]
        rows: list[list[Cell]] = []
        for policy, title in names.items():
            cells: list[Cell] = []
            for kind in kinds:
                value, rank = (
                    _one(desk, f"policy_{kind}", policy, outcome),
                    _row(desk, "policy_rank", policy, f"{outcome}.{kind}"),
                )
                cells.append([value, f"  {_place(rank)}"] if value and rank else None)
            rows.append([title, *cells])
        columns = [("Policy", "l"), *((MEASURES[kind], "r") for kind in kinds)]
        blocks.append(Table(
            f"Robustness: {_outcome(outcome)}", columns, rows,
            ("Beside each value its rank, in brackets the 90 % interval of the rank over resampled futures.",),
        ))  # fmt: skip
    return blocks


def _domains(desk: Desk, names: dict[str, str]) -> Table:
    """Starr's domain criterion over mixtures of the weightings, provocation counted and not."""
    rows: list[list[Cell]] = [
        [title, *(_one(desk, "policy_starr", policy, item) for item in ("provoked", "unprovoked"))]
        for policy, title in names.items()
    ]
    return Table(
        "Share of all mixtures of the weightings under which a policy has the least mean loss (Starr), %",
        [("Policy", "l"), ("with provocation", "r"), ("without", "r")], rows,
    )  # fmt: skip


def _outcome(outcome: str) -> str:
    head, _, weighting = outcome.partition(".")
    words = {
        "worst_loss": "worst loss to one power, % of real income",
        "off_territory": "oil off the territory most crossed, Mt a year",
    }
    return words.get(head, f"loss a year along the way, weighting {weighting.replace('_', ' ')}, % of real income")


def _place(rank: dict[str, Any]) -> str:
    """A rank with its interval: #2 (1–3)."""
    low, value, high = (f"{rank[end]:.0f}" for end in ("low", "value", "high"))
    return f"#{value}" + (f" ({low}–{high})" if low != high else "")


def _row(desk: Desk, measure: str, policy: str, item: str = "", object: str = "") -> dict[str, Any] | None:
    found = [r for r in desk.notes.rows(measure, subject=policy, item=item) if not object or r["object"] == object]
    return found[0] if found else None


def _one(desk: Desk, measure: str, policy: str, item: str = "") -> Figure | None:
    row = _row(desk, measure, policy, item)
    return desk.notes.of(row, unit="") if row else None
