"""Analysis: where pressures push the contested issues, who holds them, what moves them, and how far the state can lean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from equipoise.brief import charts
from equipoise.brief.bargaining import MECHANICS
from equipoise.brief.desk import Desk, joined, signed
from equipoise.brief.document import Block, Cell, Chart, Paragraph, Table, Text

__all__ = ["WAYS", "assessments", "contested", "holders", "leaning", "outcomes", "picture", "pushed_by_levers", "rooms"]

WAYS = {
    "cited": "capabilities of the case",
    "loss": "powers weighed by what each could take",
    "asymmetry": "by what a dollar of theirs takes",
    "exposure": "by their share of trade",
    "equal": "all weigh the same",
}
WORTHS = ("10", "20", "50", "100")
WORTH = "20"
"""bln USD a year that a whole scale is taken to be worth where one figure is told."""
PULL = 2.0
"""Points below which a pull on an issue is not named."""
SAID, MOST = 3, 5
"""Actors named on each side of an issue; issues named in a sentence."""
STRONG = ("medium", "high")
"""How strongly a lever provokes to be named in a sentence."""


def contested(desk: Desk) -> list[Block]:
    """Where pressures push the contested issues, who holds each, what moves it, and what a move provokes."""
    chart = picture(desk)
    tables = [table for table in (outcomes(desk), holders(desk), pushed_by_levers(desk)) if table.rows]
    room, table = rooms(desk), leaning(desk)
    return [
        *([chart] if chart else []), *tables, *([room] if room else []), *([table] if table.rows else []),
    ]  # fmt: skip


def _issues(desk: Desk, only: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """The issues of which an outcome is known."""
    rows = desk.case.table("issues").iter_rows(named=True)
    return [
        row
        for row in rows
        if (not only or row["issue"] in only)
        and desk.notes.row("issue_outcome", row["issue"], "", "cited", str(desk.year))
    ]


def picture(desk: Desk) -> Chart | None:
    """Every issue on its scale: where it stands, and the band that pressures push it to under each way of reckoning."""
    rows: list[dict[str, Any]] = []
    for issue in _issues(desk):
        now, _ = desk.latest("status_quo", issue["issue"])
        stands = desk.notes.rows("status_quo", subject=issue["issue"])
        for way, words in WAYS.items():
            row = desk.notes.row("issue_outcome", issue["issue"], "", way, str(desk.year))
            if row and now and stands:
                rows.append({
                    "issue": issue["title"], "way": words, "value": row["value"], "low": row["low"], "high": row["high"],
                    "now": stands[-1]["value"], "told": f"{issue['title']}: {row['value']:.0f}",
                })  # fmt: skip
    if not rows:
        return None
    titles = list(dict.fromkeys(row["issue"] for row in rows))
    ways = [words for words in WAYS.values() if any(row["way"] == words for row in rows)]
    wide, narrow = (charts.places(rows, titles, ways, narrow=small) for small in (False, True))
    return Chart(
        "issues", "Where the pressures push each contested issue",
        "From 0 to 100 between the two ends of each issue. Dashed: where it stands today. Bands: 5 to 95 % of redraws of "
        f"positions, salience and capabilities, the tick their median. {MECHANICS}", wide, narrow,
    )  # fmt: skip


def outcomes(desk: Desk, only: tuple[str, ...] = ()) -> Table:
    """Where each issue stands and is pushed, side by side under each way of reckoning what actors can bring to bear."""
    year, rows = str(desk.year), []
    ways = [way for way in WAYS if desk.notes.rows("issue_outcome", item=way)]
    for row in _issues(desk, only):
        issue = row["issue"]
        ends = [desk.fig("issue_outcome", issue, "", way, year, unit="") for way in ways]
        cells: list[Cell] = [desk.latest("status_quo", issue, unit="")[0], *ends]
        cells += [
            desk.fig("issue_above", issue, "", "cited", year),
            desk.fig("issue_settled", issue, "", "cited", year),
        ]
        cells += [desk.fig("issue_cycled", issue, "", "cited", year)]
        rows.append([desk.quote(row["title"], row["basis"], row["grade"]), *cells])
    columns = [
        ("Issue, 0 to 100", "l"), ("Stands at", "r"), *((f"pushed to: {WAYS[way]}", "r") for way in ways),
        ("redraws that push it up", "r"), ("come to rest", "r"), ("go round", "r"),
    ]  # fmt: skip
    foot = (
        f"{MECHANICS} Spatial model of politics; a run that has not come to rest is told by where it is after its last turn, and "
        "the bands carry that unrest.",
    )
    return Table("Contested issues: where each stands, and where pressures push it", columns, rows, foot)


def holders(desk: Desk, only: tuple[str, ...] = ()) -> Table:
    """Who pulls each issue up and who down, the strongest first."""
    rows: list[list[Cell]] = []
    for row in _issues(desk, only):
        pulls = desk.notes.rows("actor_pull", object=row["issue"], period=str(desk.year))
        pulls.sort(key=lambda pull: -abs(float(pull["value"])))
        sides: list[list[Text]] = [[], []]
        for side, sign in zip(sides, (1.0, -1.0), strict=True):
            for pull in [pull for pull in pulls if sign * float(pull["value"]) > PULL and _pulls(desk, pull, sign)][
                :SAID
            ]:
                sure = float(pull["low"]) * float(pull["high"]) > 0
                who = f"{'' if sure else 'perhaps '}{desk.name(str(pull['subject']))} "
                side.extend([*(["; "] if side else []), who, signed(desk.notes.of(pull, unit="")) or ""])
        if any(sides):
            rows.append([row["title"], sides[0] or None, sides[1] or None])
    foot = (
        f"How much higher or lower the outcome is, in points, than if the actor ceased to care; pulls below {PULL:g} points are "
        "not named. Perhaps: the range reaches across 0, but the actor wants the issue on that side of where it is pushed.",
    )
    columns = [("Issue", "l"), ("Held up by", "l"), ("Held down by", "l")]
    return Table("Who holds each issue where it is", columns, rows, foot)


def _pulls(desk: Desk, pull: dict[str, Any], sign: float) -> bool:
    """Whether a pull is sure, or at least goes the way that its actor wants."""
    wanted = desk.notes.rows("position", subject=str(pull["subject"]), object=str(pull["object"]))
    pushed = desk.notes.value("issue_outcome", str(pull["object"]), "", "cited", str(desk.year))
    sure = float(pull["low"]) * float(pull["high"]) > 0
    return sure or (bool(wanted) and pushed is not None and sign * (float(wanted[-1]["value"]) - pushed) > 0)


def pushed_by_levers(desk: Desk, only: tuple[str, ...] = (), *, grounds: bool = False) -> Table:
    """Which levers move an issue, by how much where their effect is on its scale, and whom each provokes."""
    levers = {row["lever"]: row for row in desk.case.table("levers").iter_rows(named=True)}
    rows: list[list[Cell]] = []
    for issue in _issues(desk, only):
        targets = {issue["issue"], *str(issue["moved_by"] or "").split(";")}
        seen: set[tuple[str, str]] = set()
        for effect in desk.case.table("effects").iter_rows(named=True):
            if effect["target_type"] != "measure" or effect["target"] not in targets:
                continue
            lever = levers[effect["lever"]]
            size, _ = desk.latest("lever_effect", lever["lever"], "", effect["effect"], unit="")
            shift = desk.fig("lever_shift", lever["lever"], issue["issue"], "", str(desk.year), unit="")
            shift = None if (lever["lever"], issue["issue"]) in seen else shift
            seen.add((lever["lever"], issue["issue"]))
            whom = joined([desk.name(power) for power in str(lever["provokes_power"] or "").split(";") if power])
            answer = ", ".join(part for part in (lever["provokes_channel"], lever["provokes_strength"]) if part)
            cells: list[Cell] = [
                issue["title"], desk.quote(lever["title"], lever["basis"], lever["grade"]),
                [size, f" {effect['unit']} ({effect['mode']})"] if size else None, signed(shift),
                f"{whom}: {answer}" if whom else None,
            ]  # fmt: skip
            rows.append([*cells, str(effect["basis"]).partition("#")[2] or None] if grounds else cells)
    columns = [
        ("Issue", "l"), ("Lever", "l"), ("What it moves", "l"), ("shifts the outcome by, points", "r"), ("May provoke", "l"),
        *((("What is known", "l"),) if grounds else ()),
    ]  # fmt: skip
    foot = (
        "The shift is told where the effect of the lever is in points of the issue: the state itself stands elsewhere by so "
        "much, and everybody answers. A range across 0 says that the answer may undo it. Security is never turned into money, "
        "and no figure here says that a law caused a change of use.",
    )
    return Table("What moves the issues, and what each move provokes", columns, rows, foot)


def leaning(desk: Desk, only: tuple[str, ...] = ()) -> Table:
    """How far each issue can go each way before the first power's break-even is passed, by what the scale is worth to it."""
    rows: list[list[Cell]] = []
    for issue in _issues(desk, only):
        rooms = desk.notes.rows("alignment_room", object=issue["issue"], period=desk.period)
        for way, end in (("up", issue["end_100"]), ("down", issue["end_0"])):
            cells: list[Cell] = []
            for worth in WORTHS:
                here = [room for room in rooms if room["item"] == f"{way}.{worth}"]
                first = min(here, key=lambda room: float(room["value"]), default=None)
                cells.append([desk.notes.of(first, unit=""), f" {desk.name(str(first['subject']))}"] if first else None)
            if any(cells):
                rows.append([issue["title"], f"{way}: {end}", *cells])
    columns = [("Issue", "l"), ("Way", "l"), *((f"scale worth {worth} bln USD", "r") for worth in WORTHS)]
    foot = (
        "Points from where the issue stands before it would pay some power to close everything, and which is first. Assumed: "
        "what a power loses is proportional to distance from where it wants the issue; the whole scale is worth so many bln USD "
        "a year, which nobody knows, times its salience; the state is sure to give way. An empty cell: none is passed up to the "
        "end.",
    )
    return Table("How far the state can lean before it pays another to close", columns, rows, foot)


def rooms(desk: Desk) -> Chart | None:
    """Over-alignment as curves: how far the nearest issue can go before it pays each power to close, by what it is worth."""
    nearest: dict[tuple[str, int], dict[str, Any]] = {}
    for worth in WORTHS:
        for row in _rooms(desk, worth):
            key = str(row["subject"]), int(worth)
            if key not in nearest or float(row["value"]) < float(nearest[key]["value"]):
                nearest[key] = row
    rows = [
        {
            "actor": desk.name(power), "id": power, "worth": worth, "value": row["value"], "low": row["low"],
            "high": row["high"], "told": desk.name(str(row["object"])),
        }
        for (power, worth), row in nearest.items()
    ]  # fmt: skip
    drawn = [power for power in desk.powers if sum(row["id"] == power for row in rows) > 1]
    if not drawn:
        return None
    kept, names = [row for row in rows if row["id"] in drawn], [desk.name(power) for power in drawn]
    wide, narrow = (
        charts.along(kept, names, x=charts.WORTH, title="points of room", log=False, narrow=small)
        for small in (False, True)
    )
    said = "; ".join(
        f"{desk.the(power)}: {_short(desk.name(str(nearest[power, max(w for p, w in nearest if p == power)]['object'])))}"
        for power in drawn
    )
    return Chart(
        "rooms", "How far the state can lean before it pays each power to close",
        "Points that the nearest issue can move away from what the power wants before its break-even stake is passed; bands: "
        f"over its own cost and how much it cares. Nearest issue where the scale is worth most: {said}. What a whole scale "
        "is worth a year is assumed, along the axis; to a power that is not drawn none is worth a closure.", wide, narrow,
    )  # fmt: skip


# --- assessments -------------------------------------------------------------------------------------------------------


def assessments(desk: Desk) -> list[Block]:
    """Three courses and what the facts at hand say of each."""
    return [*_continued(desk), *_towards(desk, "west"), *_isolation(desk)]


def _continued(desk: Desk) -> list[Paragraph]:
    """The course goes on: which issues pressures leave where they stand, and which not."""
    held: list[str] = []
    moved: list[Text] = []
    for issue in _issues(desk):
        row = desk.notes.row("issue_outcome", issue["issue"], "", "cited", str(desk.year))
        stands = desk.notes.rows("status_quo", subject=issue["issue"])
        if not row or not stands:
            continue
        if row["low"] <= stands[-1]["value"] <= row["high"]:
            held.append(_short(issue["title"]))
        else:
            moved += [
                *(["; "] if moved else []),
                f"{_short(issue['title'])}: ",
                desk.notes.of(stands[-1]),
                " to ",
                desk.notes.of(row),
            ]
    if not held and not moved:
        return []
    parts: list[Text] = ["Continued multi-vector course: "]
    if held:
        parts.append(f"pressures leave {len(held)} issues where they stand, within the band ({joined(held)}). ")
    if moved:
        parts += ["They push beyond it: ", *moved, ". "]
    return [Paragraph([*parts, MECHANICS], "point")]


def _towards(desk: Desk, bloc: str) -> list[Paragraph]:
    """Leaning further towards a bloc: who is against, from where it would pay, and which levers provoke it."""
    inside = [power for power in desk.powers if desk.case.members(power) & desk.case.members(bloc)]
    if bloc not in desk.case.names or not inside:
        return []
    wants: list[tuple[float, str, list[Text]]] = []
    for issue in _issues(desk):
        now = desk.notes.rows("status_quo", subject=issue["issue"])
        found = [row for power in inside for row in desk.notes.rows("position", subject=power, object=issue["issue"])]
        if not now or not found:
            continue
        far = max(found, key=lambda row: abs(float(row["value"]) - float(now[-1]["value"])))
        parts: list[Text] = [
            f"{_short(issue['title'])} (", desk.notes.of(now[-1], ranged=False), " today, ", desk.name(str(far["subject"])),
            " ", desk.notes.of(far, ranged=False), ")",
        ]  # fmt: skip
        wants.append((abs(float(far["value"]) - float(now[-1]["value"])), issue["issue"], parts))
    wants.sort(key=lambda want: -want[0])
    if not wants:
        return []
    said: list[Text] = [
        f"Increased involvement of {desk.the(bloc)[:1].lower() + desk.the(bloc)[1:]}: it wants most change in "
    ]
    for k, (_, _, parts) in enumerate(wants[:MOST]):
        said += [*([", "] if k else []), *parts]
    chosen = {issue for _, issue, _ in wants[:MOST]}
    first = min(
        (room for worth in WORTHS for room in _rooms(desk, worth, chosen) if room["subject"] not in inside),
        key=lambda room: (WORTHS.index(str(room["item"]).partition(".")[2]), float(room["value"])), default=None,
    )  # fmt: skip
    if first:
        said += [
            f". If a whole scale were worth {str(first['item']).partition('.')[2]} bln USD a year, it would pay "
            f"{desk.the(str(first['subject']))} to close after ", desk.notes.of(first),
            f" on {_short(desk.name(str(first['object'])))}",
        ]  # fmt: skip
    answers = _answers(desk, chosen, inside)
    return [
        Paragraph(
            [*said, f". Levers on these that are answered strongly: {'; '.join(answers)}." if answers else "."], "point"
        )
    ]


def _answers(desk: Desk, chosen: set[str], inside: Sequence[str]) -> list[str]:
    """Levers that act on some issues and provoke others strongly, and through what."""
    targets = {
        target
        for row in _issues(desk)
        if row["issue"] in chosen
        for target in (row["issue"], *str(row["moved_by"] or "").split(";"))
    }
    effects = desk.case.table("effects").iter_rows(named=True)
    acting = {row["lever"] for row in effects if row["target_type"] == "measure" and row["target"] in targets}
    made = []
    for lever in desk.case.table("levers").iter_rows(named=True):
        powers = [power for power in str(lever["provokes_power"] or "").split(";") if power and power not in inside]
        if lever["lever"] in acting and powers and lever["provokes_strength"] in STRONG:
            whom = joined([desk.name(power) for power in powers])
            channel = lever["provokes_channel"] or "no channel named"
            made.append(f"{_short(lever['title'])} ({whom}: {channel}, {lever['provokes_strength']})")
    return made


def _rooms(desk: Desk, worth: str, chosen: set[str] | None = None) -> list[dict[str, Any]]:
    """Rooms at what a scale could be worth, on some issues or all."""
    return [
        row for issue in _issues(desk) if chosen is None or issue["issue"] in chosen
        for row in desk.notes.rows("alignment_room", object=issue["issue"], period=desk.period)
        if str(row["item"]).endswith(f".{worth}")
    ]  # fmt: skip


def _isolation(desk: Desk) -> list[Paragraph]:
    """Leaning too far to one side: from where it would pay each power to close, the nearest first, and what that would take."""
    least: dict[str, dict[str, Any]] = {}
    for row in sorted(_rooms(desk, WORTH), key=lambda row: float(row["value"])):
        least.setdefault(str(row["subject"]), row)
    if not least:
        return []
    said: list[Text] = [
        f"Isolation by over-alignment: if a whole scale were worth {WORTH} bln USD a year to who cares about nothing else, it "
        "would pay "
    ]
    for k, (power, row) in enumerate(least.items()):
        way = "up" if str(row["item"]).startswith("up") else "down"
        loss = desk.fig("income_loss", desk.home, power, "all", desk.period, unit="%")
        taken: list[Text] = [", which would take ", loss, " of real income"] if loss else []
        about = _short(desk.name(str(row["object"])))
        said += [
            *(["; "] if k else []),
            f"{desk.the(power)} to close when {about} had moved {way} by ",
            desk.notes.of(row),
            *taken,
        ]
    return [Paragraph([*said, ". That worth is assumed, and the room shrinks as it grows."], "point")]


def _short(title: str) -> str:
    """A title within a sentence: without its first capital."""
    return title[:1].lower() + title[1:] if title[1:2].islower() else title
