"""Routing: the best ways for a cargo from anywhere to anywhere, who can shut them, and what room is left on them.

Ways are ordered by generalised cost, money and the days on the way at what a day costs the owner of the cargo (Hummels
and Schaur 2013, doi:10.1257/aer.103.7.2935). A way uses links of its own cargo only; the room on it is what all cargoes
leave on the links, and on the track, crossings and ports that they share, also after a power has closed what it controls
and everybody has diverted. No way is a result, and says why.
"""

from __future__ import annotations

from dataclasses import dataclass

from equipoise.case import Case, Layout
from equipoise.corridors.building import READINGS, commodities_with_network, years_solved
from equipoise.corridors.inputs import FLOW_MEASURES, NETWORK_MEASURES, QUANTITIES, Inputs
from equipoise.errors import InputError
from equipoise.ledger import Ledger, parse_id
from equipoise.routing.figures import Figures
from equipoise.routing.findings import VERSION, Told
from equipoise.routing.legs import CARRIAGE_MEASURES, Carriage, Leg
from equipoise.routing.places import End, Roads, cargo_meant, end_meant
from equipoise.routing.room import Rooms
from equipoise.routing.ways import ORDERS, Way, best_ways, no_way, ways_back

__all__ = [
    "ORDERS",
    "READINGS",
    "READS",
    "VERSION",
    "WRITES",
    "Answer",
    "End",
    "Leg",
    "Question",
    "Way",
    "ask",
    "derive",
    "question_of",
]

READS = (*NETWORK_MEASURES, *CARRIAGE_MEASURES, *FLOW_MEASURES, "control")
WRITES = (
    "route_ways", "route_time", "route_left", "route_first", "route_unknown", "route_estimated", "leg_time",
    *(f"route_{what}_{q}" for what in ("cost", "burden", "capacity", "room") for q in QUANTITIES),
    *(f"leg_{what}_{q}" for what in ("cost", "capacity", "flow", "room") for q in QUANTITIES),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: from where, to where, with what; how many ways, in which order, of which year and reading of the
    limits (year 0 is the last), and who has closed what they control."""

    origin: str
    target: str
    cargo: str
    number: int = 3
    by: str = "both"
    year: int = 0
    reading: str = "contract"
    without: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """The ways found, best first, between which ends, and the facts about them; ``reason`` where there is none. ``back``
    where the case has their links in the other direction only: their figures are of that one, and room is unknown."""

    question: Question
    cargo: str
    quantity: str
    year: int
    origin: End
    target: End
    ways: tuple[Way, ...]
    bottlenecks: tuple[tuple[str, str], ...]
    reason: str
    back: bool
    ledger: Ledger


def ask(case: Case, question: Question, *, draws: int = 400, seed: int = 1) -> Answer:
    """Find the best ways and write down what is known of them, with the 5-95 % band over redraws of every input.

    ``draws`` redraws, each of all uncertain prices, times, values and capacities jointly; 0 leaves the bands out.

    Raises
    ------
    InputError
        A place, cargo, power, year, reading, order or number that is none; the nearest or the allowed are named.

    >>> import equipoise as eq
    >>> answer = ask(eq.open_case("kazakhstan"), Question("altynkol", "poti", "containers", number=1), draws=0)
    >>> answer.ways[0].links
    ('khorgos_almaty', 'almaty_aktau', 'aktau_alat_feeder', 'alat_tbilisi', 'tbilisi_poti')
    """
    settled = case.settle()
    inputs, figures = Inputs(settled), Figures(settled, READS)
    layout = inputs.layout
    cargo = cargo_meant(question.cargo, {name: case.name(name) for name in commodities_with_network(inputs)})
    year = _year(inputs, cargo, question.year)
    _judge(question, layout)
    rooms = Rooms(case, inputs, figures, cargo, year, question.reading)
    roads = Roads.of(layout, rooms.network)
    origin, target = (end_meant(case, roads, text, which) for text, which in
                      ((question.origin, "from"), (question.target, "to")))  # fmt: skip
    carriage = Carriage(case, layout, figures, cargo, year)
    left = dict(zip(rooms.network.links, rooms.left(question.without), strict=False))
    closed = {link for link, share in left.items() if share <= 0}
    wanted = question.number, question.by, closed
    ways, back = best_ways(carriage, roads, origin, target, *wanted), False
    reason = "" if ways else no_way(carriage, roads, origin, target, closed)
    if not ways:
        turned = [
            end_meant(case, roads, text, which) for text, which in ((question.origin, "to"), (question.target, "from"))
        ]
        ways = ways_back(carriage, roads, turned[0], turned[1], *wanted)
        if ways:
            (origin, target), reason, back = turned, "", True
    told = Told(carriage, rooms, (origin.id, target.id), question.without, question.by, draws, seed, back=back)
    ledger = told.ledger(ways)
    bottlenecks = tuple(told.bottleneck(way) for way in ways)
    quantity = rooms.network.quantity
    return Answer(question, cargo, quantity, year, origin, target, tuple(ways), bottlenecks, reason, back, ledger)


def question_of(case: Case, fact: str) -> Question | None:
    """The question that a fact of a way, or of a link of one, answers: so that it can be derived again and traced.

    >>> import equipoise as eq
    >>> question_of(eq.open_case("kazakhstan"), "route_time:CHN>DEU/containers.contract.days.-RUS.2@2024").without
    ('RUS',)
    """
    parts = parse_id(fact)
    if parts["measure"] not in WRITES:
        return None
    words = parts["item"].split(".")
    cargo, reading = [*words, "", ""][:2]
    without = next((tuple(word[1:].split("+")) for word in words if word.startswith("-")), ())
    year = int(parts["period"]) if parts["period"].isdigit() else 0
    by = next((word for word in words if word in ORDERS), "both")
    number = max([int(word) for word in words if word.isdigit()], default=5)
    ends = {row["link"]: (row["from"], row["to"]) for row in case.table("links").iter_rows(named=True)}
    origin, target = ends.get(parts["subject"], (parts["subject"], parts["object"]))
    return Question(origin, target, cargo, max(number, 2), by, year, reading, without)


def derive(case: Case, question: Question, *, draws: int = 400, seed: int = 1) -> Ledger:
    """The facts about the best ways; see :func:`ask`."""
    return ask(case, question, draws=draws, seed=seed).ledger


def _year(inputs: Inputs, cargo: str, year: int) -> int:
    """The year asked for, or the last that the network of the cargo is solved for."""
    solved = years_solved(inputs, cargo)
    if year and year not in solved:
        raise InputError("--year", found=year, allowed=f"{', '.join(map(str, solved))} for {cargo}")
    return year or solved[-1]


def _judge(question: Question, layout: Layout) -> None:
    """Refuse what cannot be asked."""
    if question.reading not in READINGS:
        raise InputError("--reading", found=question.reading, allowed=", ".join(READINGS))
    if question.number < 1:
        raise InputError("--number", found=question.number, allowed="1 or more")
    others = [actor for actor, members in sorted(layout.members.items()) if layout.home not in members]
    unknown = [name for name in question.without if name not in others]
    if unknown:
        raise InputError("--without", found=", ".join(unknown), allowed=", ".join(others))
