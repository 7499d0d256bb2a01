"""Which policies hold in which futures, what breaks each, and when one should be left for another."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from equipoise.brief.desk import Desk, joined, signed
from equipoise.brief.document import Absent, Block, Cell, Figure, Paragraph, Table, Text
from equipoise.brief.numbers import unit_word

__all__ = [
    "box", "breaks", "bundled", "drivers", "input_words", "lasting", "least_and_most", "leaving", "now", "one", "policies",
    "regions", "row", "short", "standing", "watched", "weightings",
]  # fmt: skip

LONG, BRIEF = 50, 16
"""Letters above which a title is cut, and those that must be left of it."""
NOWHERE = "nowhere"
LIGHTS = ("not settled", "nearly settled", "settled")


def policies(desk: Desk) -> list[Block]:
    """The policies beside one another, what breaks each, when to leave one, and what is not known."""
    names = bundled(desk)
    if not desk.notes.rows("future_worst_loss"):
        return []
    tolerated = desk.notes.rows("future_tolerated")[0]
    said = Paragraph([
        "No policy is best in every future, and no future is a forecast. A future is called tolerable while no one power could "
        "take more than ", desk.notes.of(tolerated), ", the middle one of going on as today.",
    ], "lead")  # fmt: skip
    return [
        said,
        *_order(desk, names),
        _beside(desk, names),
        *_settled(desk, names),
        *breaks(desk, names),
        *leaving(desk, names),
        regions(desk, names),
    ]


def lasting(desk: Desk) -> list[Block]:
    """Would it last: how often going on as today stays tolerable, and how often the policy that does so most often."""
    names = bundled(desk)
    rows = [r for r in desk.notes.rows("policy_tolerable") if str(r["subject"]) in names]
    if len(rows) < 2:
        return [Absent("Would it last: no policy was lived through.")]
    usual, best = rows[0], max(rows, key=lambda r: float(r["value"]))
    return [*desk.say(
        f"Would it last: {names[str(best['subject'])]} stays tolerable in {{best}} % of the futures that were lived through, "
        f"{names[str(usual['subject'])].lower()} in {{usual}} %; these are shares of futures and no chances.",
        best=desk.notes.of(best, unit=""), usual=desk.notes.of(usual, unit=""),
    )]  # fmt: skip


def bundled(desk: Desk) -> dict[str, str]:
    """Names of the policies of the case that were lived through, in their order."""
    known = dict(desk.case.table("policies").select("policy", "name").iter_rows())
    return {
        str(r["subject"]): known.get(str(r["subject"]), short(str(r["subject"])))
        for r in desk.notes.rows("future_worst_loss")
    }


def weightings(desk: Desk) -> dict[str, str]:
    """The weightings of the case by id, as they are called."""
    return {
        row["weighting"]: row["weighting"].replace("_", " ")
        for row in desk.case.table("weightings").iter_rows(named=True)
    }


def _beside(desk: Desk, names: dict[str, str]) -> Table:
    """One line a policy: what it takes, how often it is tolerable, the largest regret, the mean loss, the price."""
    crossed = next((desk.name(str(r["object"])) for r in desk.notes.rows("future_off_territory")), "")
    rows: list[list[Cell]] = [
        [
            title, one(desk, "policy_tolerable", policy, "worst_loss"), one(desk, "future_worst_loss", policy),
            one(desk, "policy_regret_max", policy, "worst_loss"), least_and_most(desk, "future_loss", policy, ""),
            one(desk, "future_off_territory", policy), one(desk, "future_capex", policy),
            one(desk, "future_person_loss", policy), one(desk, "future_person_cost", policy),
        ]
        for policy, title in names.items()
    ]  # fmt: skip
    columns = [
        ("Policy", "l"), ("tolerable, % of futures", "r"), ("worst loss, %", "r"), ("largest regret, points", "r"),
        ("mean loss a year, least to most", "r"), (f"oil not across {crossed}, Mt a year", "r"),
        ("capital, bn USD", "r"), ("worst loss, USD a person", "r"), ("cost a year, USD a person", "r"),
    ]  # fmt: skip
    told = "; ".join(
        f"{row['weighting'].replace('_', ' ')}: {row['name']}"
        for row in desk.case.table("weightings").iter_rows(named=True)
    )
    return Table(
        "Policies in the same futures", columns, rows,
        ("Losses in % of real income a year. Mean loss with provocation, from the weighting that is kindest to the policy to the "
         f"harshest. Weightings are assumptions: {told}. Capital leaves out levers whose cost nobody published.",),
    )  # fmt: skip


def _order(desk: Desk, names: dict[str, str]) -> list[Block]:
    """How much hangs on provocation: who has the least mean loss with it, and who without."""
    best = [
        max((r for r in desk.notes.rows("policy_starr", item=item) if str(r["subject"]) in names),
            key=lambda r: float(r["value"]), default=None)
        for item in ("provoked", "unprovoked")
    ]  # fmt: skip
    if best[0] is None or best[1] is None:
        return []
    first, second = (names[str(found["subject"])] for found in best if found)
    turned = "It turns the order around" if first != second else "It does not turn the order around"
    return [*desk.say(
        f"How often a provoked power acts is a judgement (grade C). {turned}: with it {first} has the least mean loss under "
        f"{{with_it}} % of all mixtures of the weightings, without it {second} under {{without}} %.",
        with_it=desk.notes.of(best[0], unit=""), without=desk.notes.of(best[1], unit=""),
    )]  # fmt: skip


def _settled(desk: Desk, names: dict[str, str]) -> list[Block]:
    """In words whether what drives the worst loss has settled with so many futures."""
    lights: dict[str, list[str]] = {}
    for policy, title in names.items():
        found = desk.notes.value("future_light", policy, "", "worst_loss", _last(desk))
        if found is not None:
            lights.setdefault(LIGHTS[int(found)], []).append(title)
    told = "; ".join(f"{light}: {'all policies' if len(lights) == 1 else joined(who)}" for light, who in lights.items())
    return (
        [Paragraph([f"Whether what drives the worst loss has settled with so many futures: {told}."], "small")]
        if told
        else []
    )


def _last(desk: Desk) -> str:
    rows = desk.notes.rows("future_worst_loss")
    return str(rows[0]["period"]) if rows else ""


def breaks(desk: Desk, names: dict[str, str]) -> list[Block]:
    """In words: a policy fails when …; policies that fail by the same limits share a sentence."""
    said: list[Block] = []
    usual, *others = names
    idle = _idle(desk, names)
    for policy, title in names.items():
        fails = one(desk, "failure_share", policy)
        if fails is None or policy in idle:
            continue
        parts: list[Text] = [f"{title} fails in ", fails, " % of the futures"]
        limits = desk.notes.rows("failure_limit", subject=policy)
        if limits:
            parts += ["; most often where ", *box(desk, policy, limits), ". The box holds "]
            parts += [one(desk, "failure_coverage", policy) or "", " % of the failures; of the futures in it "]
            parts += [one(desk, "failure_density", policy) or "", " % fail"]
        else:
            parts.append("; no few limits tell where better than luck would, or there are too few futures to say")
        said.append(Paragraph([*parts, "."], "point"))
    if idle:
        verbs = "moves", "fails"
        if len(idle) > 1:
            verbs = "move", "fail"
        moves = f"{verbs[0]} nothing that is lived through and {verbs[1]}"
        who = joined([names[policy] for policy in others if policy in idle])
        said.append(Paragraph([f"{who} {moves} where {names[usual]} does."], "point"))
    return said


def _idle(desk: Desk, names: dict[str, str]) -> set[str]:
    """Policies, the first left out, that move nothing that is lived through: they fail where the first does."""
    return {policy for policy in [*names][1:] if (found := row(desk, "future_moved", policy)) and found["value"] == 0}


def box(desk: Desk, policy: str, limits: Sequence[dict[str, Any]]) -> list[Text]:
    """The limits of a box in words, each with how often it comes back; both ends of one input in one breath."""
    parts: list[Text] = []
    by_input: dict[str, dict[str, dict[str, Any]]] = {}
    for limit in limits:
        by_input.setdefault(str(limit["object"]), {})[str(limit["item"])] = limit
    for name, ends in by_input.items():
        words, unit = input_words(desk, name)
        low, high = ends.get("at_least"), ends.get("at_most")
        parts += [" and " if parts else "", words, " is "]
        if low and high:
            parts += ["between ", _plain(desk, low), " and ", _plain(desk, high)]
        else:
            end = low or high
            parts += ["at least " if low else "at most ", _plain(desk, end) if end else ""]
        again = row(desk, "failure_again", policy, next(iter(ends)), name)
        parts += (
            [unit, " (a limit again in ", desk.notes.of(again, unit="", ranged=False), " % of halves)"]
            if again
            else [unit]
        )
    return parts


def _plain(desk: Desk, fact: dict[str, Any]) -> Figure:
    return desk.notes.of(fact, unit="", ranged=False)


def regions(desk: Desk, names: dict[str, str]) -> Table:
    """The same told by a tree: regions in which most futures fail."""
    rows: list[list[Cell]] = []
    idle = _idle(desk, names)
    for policy, title in names.items():
        if policy in idle:
            continue
        for leaf in desk.notes.rows("failure_leaf_density", subject=policy):
            number = str(leaf["item"])
            words: list[Text] = []
            for limit in desk.notes.rows("failure_leaf_limit", subject=policy):
                region, _, end = str(limit["item"]).partition(".")
                if region == number:
                    name, unit = input_words(desk, str(limit["object"]))
                    words += ["; " if words else "", f"{name} {end.replace('_', ' ')} ", _plain(desk, limit), unit]
            rows.append([
                title, words, _plain(desk, leaf), one(desk, "failure_leaf_coverage", policy, number),
            ])  # fmt: skip
    columns = [("Policy", "l"), ("Region", "l"), ("fail, %", "r"), ("of the failures, %", "r")]
    return Table(
        "Regions in which most futures fail, by a tree", columns, rows,
        ("As deep as futures that the tree had not seen bear out; a policy without a line has none, or moves nothing.",),
    )  # fmt: skip


def drivers(desk: Desk, names: dict[str, str]) -> Table:
    """What drives the worst loss of each policy, and whether that has settled."""
    rows: list[list[Cell]] = []
    for policy, title in names.items():
        for fact in sorted(desk.notes.rows("future_sensitivity", subject=policy), key=lambda r: -float(r["value"])):
            light = desk.notes.value("future_light", policy, str(fact["object"]), "worst_loss", _last(desk))
            words, _ = input_words(desk, str(fact["object"]))
            rows.append([title, words, desk.notes.of(fact, unit=""), LIGHTS[int(light or 0)]])
    return Table(
        "What drives the worst loss", [("Policy", "l"), ("Input", "l"), ("of its ranks, %", "r"), ("Light", "l")], rows,
        ("Squared rank correlation with its 90 % interval. Settled (green): that interval, and the change from half of the "
         "futures to all, are at most a tenth; nearly (amber): at most a fifth; else more futures are needed (red).",),
    )  # fmt: skip


def leaving(desk: Desk, names: dict[str, str]) -> list[Block]:
    """Signposts: what to watch, the point past which a policy should be left for another, where it stands now and how far it is,
    and where it can be seen, with how often that cries wolf."""
    rows: list[list[Cell]] = []
    for fact in desk.notes.rows("policy_turn"):
        if str(fact["subject"]) not in names or str(fact["object"]) not in names:
            continue
        outcome, way, name = str(fact["item"]).split(".", 2)
        words, unit = input_words(desk, name)
        keep, leave = names[str(fact["subject"])], names[str(fact["object"])]
        said = "the worst loss" if outcome == "worst_loss" else f"the mean loss ({outcome.replace('_', ' ')})"
        past = "above" if way == "at_most" else "below"
        point: Cell = [f"{past} ", desk.notes.of(fact, unit=""), unit]
        now, gap, share = standing(desk, fact)
        beyond = row(desk, "signpost_gap", str(fact["subject"]), str(fact["item"]), str(fact["object"]))
        if beyond and (beyond["value"] < 0) == (past == "above") and isinstance(now, Figure):
            now = [now, ", past it today"]
        rows.append([words, point, now, gap, share, keep, leave, said, watched(desk, name)])
    rows.sort(key=lambda line: str(line[-1]).startswith(NOWHERE))
    rows = [*_episodes(desk, names), *rows]
    columns = [
        ("Watch", "l"), ("past the point", "r"), ("now", "r"), ("away", "r"), ("futures past it, %", "r"), ("leave", "l"),
        ("for", "l"), ("because of", "l"), ("seen in", "l"),
    ]  # fmt: skip
    if not rows:
        return []
    return [Table(
        "When to leave a policy: signposts", columns, rows,
        ("In brackets the 90 % interval over resampled futures; told where four resamples in five have such a turn. Away: the "
         "point less what is now. A share of futures is no chance. A judgement (grade C) cannot be watched: such a line says how "
         "much hangs on it. An alarm is a reason to look, and feeds no loss.",),
    )]  # fmt: skip


def standing(desk: Desk, fact: dict[str, Any]) -> list[Cell]:
    """Where what would show a turn stands now, how far it is from the point, and the share of futures past it."""
    key = {part: str(fact[part] or "") for part in ("subject", "object", "item")}
    found = [desk.notes.rows(measure, **key) for measure in ("signpost_now", "signpost_gap", "signpost_past")]
    now, gap, past = (desk.notes.of(rows[0], unit="", ranged=False) if rows else None for rows in found)
    return [now, signed(gap), past]


def now(desk: Desk, fact: dict[str, Any]) -> list[Text]:
    """Where what would show a turn stands now, in brackets behind its point; nothing where that is not known."""
    found = standing(desk, fact)[0]
    return [" (now ", found, ")"] if isinstance(found, Figure) else []


def _episodes(desk: Desk, names: dict[str, str]) -> list[list[Cell]]:
    """Rates of withdrawal past which a policy should be left, against the weighting that goes by what was seen."""
    seen = [
        r["weighting"]
        for r in desk.case.table("weightings").iter_rows(named=True)
        if r["others"] == "seen" and not r["raised"]
    ]
    powers: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for fact in desk.notes.rows("policy_episodes"):
        powers.setdefault((str(fact["subject"]), str(fact["item"])), []).append(fact)
    rows: list[list[Cell]] = []
    for (policy, item), facts in powers.items():
        here, _, other = item.split(".", 2)
        if here in seen[:1] and policy in names and other in names:
            who = joined([desk.the(str(fact["object"])) for fact in facts])
            rows.append([
                f"times a year that {who} {'each withdraw' if len(facts) > 1 else 'withdraws'} everything",
                ["above ", desk.notes.of(facts[0], unit="")], *standing(desk, facts[0]), names[policy], names[other],
                "the mean loss", watched(desk, f"threat_rate.{facts[0]['object']}"),
            ])  # fmt: skip
    return rows


def watched(desk: Desk, name: str) -> Cell:
    """Where an input can be seen, by the register of signposts, and how often what shows it cries wolf; else a series that has
    more than one year, a source, or nowhere."""
    from equipoise.futures.signposts import shown_by  # the futures are heavy: loaded where a turn is told

    row = shown_by(desk.case, name)
    if row is None:
        return _in_the_case(desk, name)
    if row["seen"] == "nowhere":
        return f"{NOWHERE}: {row['words']}"
    parts: list[Text] = [row["words"]]
    if row["seen"] == "trade":
        false = desk.latest("watch_false_alarm", "states", "", "p05", unit="")[0]
        parts += [" (false alarms: ", false, " % of ordinary buyers)"] if false else []
    elif row["seen"] == "events":
        false = desk.latest("alarm_rate", desk.home, "", "quiet_years", unit="")[0]
        parts += [" (", false, " alarms a pair in five years without an episode)"] if false else []
    elif row["seen"] == "outages":
        parts.append(f" ({desk.case.table('outages').height} outages recorded; what nobody reported is not in it)")
    return parts


def _in_the_case(desk: Desk, name: str) -> str:
    """Where an input can be seen that the register of signposts does not name."""
    measure, subject, object, item, _ = _parts(name)
    found = [
        r for r in desk.notes.rows(measure, subject=subject) if str(r["object"]) == object and str(r["item"]) == item
    ]
    if not found or all(r["grade"] == "C" for r in found):
        return NOWHERE
    return "a series of the case" if len({str(r["period"]) for r in found}) > 1 else "a published figure"


def input_words(desk: Desk, name: str) -> tuple[str, str]:
    """An input in words, from its name, and its unit with a space before it."""
    measure, subject, object, item, _ = _parts(name)
    if measure == "lever_effect":
        effects = desk.case.table("effects").iter_rows(named=True)
        effect = next((e for e in effects if e["lever"] == subject and e["effect"] == item), None)
        titles = dict(desk.case.table("levers").select("lever", "title").iter_rows())
        targets = dict(desk.case.table("targets").select("target", "name").iter_rows())
        if effect:
            thing = targets.get(effect["target"]) or desk.call(effect["target"])
            return f"effect of “{short(titles[subject])}” on {thing}", f" {effect['unit']}"
    known = desk.case.measures.get(measure)
    if known is None:
        return name, ""
    unit = "" if known.unit in ("fraction", "ratio") else f" {unit_word(known.unit)}"
    first, second = (desk.call(part) if part else "" for part in (subject, object))
    return known.told(first, second, item.replace("_", " ")), unit


def _parts(name: str) -> tuple[str, str, str, str, str]:
    """Measure, subject, object, item and period of an input; an item may have dots of its own."""
    found = [part if part != "-" else "" for part in name.split(".")]
    return found[0], found[1], found[2], ".".join(found[3:-1]), found[-1]


def least_and_most(desk: Desk, measure: str, subject: str, ground: str) -> Cell:
    """A figure from the weighting that is kindest to the harshest."""
    start = f"{ground}." if ground else ""
    rows = [r for r in desk.notes.rows(measure, subject=subject) if str(r["item"]).startswith(start)]
    if not rows:
        return None
    least, most = (pick(rows, key=lambda r: float(r["value"])) for pick in (min, max))
    if least["value"] == most["value"]:
        return _plain(desk, least)
    return [_plain(desk, least), " to ", _plain(desk, most)]


def row(desk: Desk, measure: str, policy: str, item: str = "", object: str = "") -> dict[str, Any] | None:
    """The fact of a policy or lever, whatever its period."""
    found = [r for r in desk.notes.rows(measure, subject=policy, item=item) if not object or r["object"] == object]
    return found[0] if found else None


def one(desk: Desk, measure: str, policy: str, item: str = "", **style: Any) -> Figure | None:
    """The same as a figure without its unit."""
    found = row(desk, measure, policy, item)
    return desk.notes.of(found, unit="", **style) if found else None


def short(title: str) -> str:
    """A title without its brackets and, where it is long, as far as a comma or colon that leaves enough of it.

    >>> short("Six container vessels for Aktau-Alat"), short("Rule: cap on debt and ownership held by one state")
    ('Six container vessels for Aktau-Alat', 'Rule: cap on debt and ownership held by one state')
    >>> short("Kazakh share of TV and radio to 60 %, foreign rebroadcast to 10 %")
    'Kazakh share of TV and radio to 60 %'
    """
    whole = re.sub(r" \([^)]*\)", "", title)
    cut = next((m.start() for m in re.finditer("[,:]", whole) if m.start() >= BRIEF), len(whole))
    return whole if len(whole) <= LONG else whole[:cut]
