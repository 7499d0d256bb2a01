"""Ways for a cargo: the search, what legs cost and take, room beside other cargoes, and what powers leave."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import islice, pairwise
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given as told
from hypothesis import strategies as st

from equipoise.case import Case
from equipoise.corridors.inputs import Inputs
from equipoise.errors import InputError
from equipoise.ledger import Ledger
from equipoise.maths.paths import shortest_paths
from equipoise.routing import READS, WRITES, Answer, Question, ask, question_of
from equipoise.routing.figures import Figures
from equipoise.routing.legs import Carriage
from equipoise.routing.places import Roads, end_meant
from equipoise.routing.room import Rooms
from equipoise.routing.ways import best_ways
from equipoise.vocabulary import measures

Given = Callable[..., tuple[int, str, str]]
NORTH = ("dostyk_moiynty", "astana_petropavl", "north_petropavl_moscow", "north_moscow_brest")
TITR = ("khorgos_almaty", "almaty_aktau", "aktau_alat_feeder", "alat_tbilisi", "tbilisi_poti")
QUESTIONS = [
    Question("CHN", "DEU", "containers", number=8), Question("altynkol", "poti", "containers"),
    Question("tengiz", "trieste", "crude"), Question("KAZ", "EU", "crude", number=6), Question("KAZ", "EU", "coal"),
    Question("KAZ", "FRA", "uranium"), Question("KAZ", "IRN", "grain"), Question("KAZ", "CHN", "gas"),
]  # fmt: skip


@pytest.fixture(scope="module")
def answers(case: Case) -> list[Answer]:
    """What is asked of the bundled case in most tests."""
    return [ask(case, question, draws=100) for question in QUESTIONS]


def facts(answer: Answer) -> dict[tuple[str, str, str, str], dict[str, Any]]:
    """Facts of an answer by measure, subject, object and item."""
    plain = answer.ledger.facts.with_columns(eq_text(name) for name in ("measure", "subject", "object", "item"))
    return {(r["measure"], r["subject"], r["object"], r["item"]): r for r in plain.iter_rows(named=True)}


def eq_text(name: str) -> Any:
    """A column as plain text."""
    import polars as pl

    return pl.col(name).cast(pl.String)


def of_way(answer: Answer, measure: str, rank: int, more: str = "") -> dict[str, Any] | None:
    """A fact of the way of this rank."""
    closed = "-" + "+".join(answer.question.without) if answer.question.without else ""
    parts = [answer.cargo, answer.question.reading, answer.question.by, closed, str(rank), more]
    return facts(answer).get((measure, answer.origin.id, answer.target.id, ".".join(filter(None, parts))))


def carriage_of(case: Case, cargo: str, year: int) -> tuple[Carriage, Rooms, Roads]:
    """The parts that a search is made of."""
    settled = case.settle()
    inputs, figures = Inputs(settled), Figures(settled, READS)
    rooms = Rooms(case, inputs, figures, cargo, year, "contract")
    return Carriage(case, inputs.layout, figures, cargo, year), rooms, Roads.of(inputs.layout, rooms.network)


# --- the search ----------------------------------------------------------------------------------------------------------


@told(st.integers(2, 8), st.floats(0.2, 0.7), st.integers(0, 10_000))
def test_ways_come_in_the_order_that_another_program_finds(nodes: int, density: float, seed: int) -> None:
    """Lengths are those of networkx, all ways are found, none twice, none meets a node twice."""
    random = np.random.default_rng(seed)
    graph = nx.DiGraph()
    graph.add_nodes_from(range(nodes))
    for a in range(nodes):
        for b in range(nodes):
            if a != b and random.random() < density:
                graph.add_edge(a, b, weight=int(random.integers(0, 9)))
    arcs = list(graph.edges(data="weight"))
    found = list(
        shortest_paths([a for a, _, _ in arcs], [b for _, b, _ in arcs], [w for _, _, w in arcs], 0, nodes - 1)
    )
    try:
        theirs = [
            nx.path_weight(graph, way, "weight") for way in nx.shortest_simple_paths(graph, 0, nodes - 1, "weight")
        ]
    except nx.NetworkXNoPath:
        theirs = []
    ways = [(0, *(arcs[arc][1] for arc in path.arcs)) for path in found]
    assert [path.length for path in found] == theirs
    assert len(set(ways)) == len(ways)
    assert all(len(set(way)) == len(way) for way in ways)


@told(st.integers(0, 10_000))
def test_parallel_arcs_are_ways_of_their_own(seed: int) -> None:
    """Between the same places, train and ship are two ways: as many as the product of the choices."""
    random = np.random.default_rng(seed)
    first, second = int(random.integers(1, 4)), int(random.integers(1, 4))
    weight = random.integers(1, 9, first + second).astype(float)
    found = list(shortest_paths([0] * first + [1] * second, [1] * first + [2] * second, weight, 0, 2))
    every = sorted(weight[i] + weight[first + j] for i in range(first) for j in range(second))
    assert [path.length for path in found] == every


@told(st.integers(0, 10_000))
def test_without_an_arc_no_way_is_shorter(seed: int) -> None:
    """The k-th best of fewer ways is no better than the k-th best of all."""
    random = np.random.default_rng(seed)
    tail, head = random.integers(0, 6, 14), random.integers(0, 6, 14)
    weight = random.random(14)
    all_ways = [path.length for path in islice(shortest_paths(tail, head, weight, 0, 5), 5)]
    kept = np.arange(14) != random.integers(0, 14)
    fewer = [path.length for path in islice(shortest_paths(tail[kept], head[kept], weight[kept], 0, 5), 5)]
    assert len(fewer) <= len(all_ways) or len(all_ways) == 5
    assert all(less >= more - 1e-12 for less, more in zip(fewer, all_ways, strict=False))


@pytest.mark.parametrize(
    ("tail", "head", "weight", "source"),
    [([0], [1], [-1.0], 0), ([0], [1], [np.nan], 0), ([0, 1], [1], [1.0], 0), ([0], [1], [1.0], -1)],
)
def test_a_network_that_is_none_is_refused(tail: list[int], head: list[int], weight: list[float], source: int) -> None:
    """Negative or missing weights, rows that do not agree, nodes that cannot be."""
    with pytest.raises(InputError):
        list(shortest_paths(tail, head, weight, source, 1))


# --- totals ----------------------------------------------------------------------------------------------------------------


def test_totals_are_the_sums_of_their_legs(answers: list[Answer]) -> None:
    """Money and days of a way are those of its legs and changes, no more and no less."""
    for answer in answers:
        known, on = facts(answer), f"{answer.cargo}.{answer.question.reading}"
        for rank, way in enumerate(answer.ways, start=1):
            items = [(leg.thing, on if leg.kind == "link" else f"{on}.{leg.kind}") for leg in way.legs]
            for total, leg in (
                (f"route_cost_{answer.quantity}", f"leg_cost_{answer.quantity}"),
                ("route_time", "leg_time"),
            ):
                parts = [row["value"] for thing, item in items if (row := known.get((leg, thing, "", item)))]
                row = of_way(answer, total, rank)
                assert (row is None) == (not parts)
                assert row is None or row["value"] == pytest.approx(sum(parts), rel=1e-12)


def test_the_generalised_cost_is_money_and_days_at_what_a_day_costs(answers: list[Answer], case: Case) -> None:
    """For containers: 1.35 % of 29,700 USD a day."""
    answer = answers[0]
    for rank in range(1, len(answer.ways) + 1):
        cost, days, burden = (
            of_way(answer, name, rank) for name in ("route_cost_containers", "route_time", "route_burden_containers")
        )
        assert cost
        assert days
        assert burden
        assert burden["value"] == pytest.approx(cost["value"] + 0.0135 * 29700 * days["value"], rel=1e-12)


@pytest.mark.parametrize(("by", "what"), [("cost", ("cost",)), ("days", ("time",)), ("both", ("cost", "time"))])
def test_ways_stand_in_the_order_asked_for(case: Case, by: str, what: tuple[str, ...]) -> None:
    """By money, by days or by both, each no worse than the next, in the mean over the ranges."""
    carriage, _, roads = carriage_of(case, "containers", 2024)
    ends = end_meant(case, roads, "CHN", "from"), end_meant(case, roads, "DEU", "to")
    ways = best_ways(carriage, roads, *ends, 12, by)
    day = carriage.a_day()
    assert day
    rate = {"cost": 1.0, "time": 1.0 if by == "days" else carriage.figures.expected(day)}
    worth = [
        sum(rate[name] * carriage.figures.expected(getattr(leg, name)) for leg in way.legs for name in what)
        for way in ways
    ]
    assert len(ways) == 12
    assert all(a <= b + 1e-9 for a, b in pairwise(worth))
    assert len({way.links for way in ways}) == 12


def test_a_through_service_costs_and_takes_what_is_published_for_it(case: Case) -> None:
    """From end to end, by either crossing to Russia, the parts add up to the price and the time of the whole."""
    carriage, _, roads = carriage_of(case, "containers", 2024)
    for origin, target, cost, days in (("altynkol", "poti", 1440.0, 15.0), ("dostyk", "brest", 1645.0, 6.0)):
        ends = end_meant(case, roads, origin, "from"), end_meant(case, roads, target, "to")
        ways = {way.links: way for way in best_ways(carriage, roads, *ends, 12, "both")}
        whole = (
            [TITR]
            if target == "poti"
            else [NORTH, ("dostyk_moiynty", "astana_semiglavy", "north_semiglavy_moscow", NORTH[3])]
        )
        for links in whole:
            assert sum(carriage.figures.value(leg.cost) for leg in ways[links].legs if leg.cost) == pytest.approx(cost)
            assert sum(carriage.figures.value(leg.time) for leg in ways[links].legs if leg.time) == pytest.approx(days)


def test_what_nobody_published_is_unknown_and_not_nothing(answers: list[Answer]) -> None:
    """Uranium has no freight: its ways have no cost, every leg is counted as unknown, and the totals say at least."""
    answer = next(a for a in answers if a.cargo == "uranium")
    assert answer.ways
    for rank, way in enumerate(answer.ways, start=1):
        assert of_way(answer, "route_cost_uranium", rank) is None
        unknown, burden = of_way(answer, "route_unknown", rank, "cost"), of_way(answer, "route_burden_uranium", rank)
        assert unknown
        assert unknown["value"] == len(way.legs)
        assert burden
        assert "at least" in burden["note"]


def test_a_way_with_an_unknown_leg_stands_behind_all_that_have_none(case: Case) -> None:
    """Where nobody knows what ships cost, no way over the sea looks cheap for it."""
    poorer = case.without("carriage_rate_containers", item="sea").without("handling_cost_containers", item="port")
    ways = ask(poorer, Question("CHN", "DEU", "containers", number=10, by="cost"), draws=0).ways
    lacking = [way.unknown("cost") for way in ways]
    assert lacking == sorted(lacking)
    assert lacking[0] == 0 < lacking[-1]


def test_cargo_changes_gauge_where_the_rails_change(answers: list[Answer]) -> None:
    """From China to Germany twice by land; across the Black Sea once, and between train and ship instead."""
    for way in answers[0].ways:
        gauges = [leg.states for leg in way.legs if leg.kind == "gauge"]
        ports = [leg.thing for leg in way.legs if leg.kind == "port"]
        assert gauges == ([("CHN", "KAZ"), ("BLR", "POL")] if "brest_malasz" in way.links else [("CHN", "KAZ")])
        assert len(ports) == (0 if "brest_malasz" in way.links else 4)


# --- what a way may use -------------------------------------------------------------------------------------------------


def test_a_way_uses_links_of_its_own_cargo_only(answers: list[Answer], case: Case) -> None:
    """A tanker pipeline is no way for containers."""
    commodity = dict(case.table("links").select("link", "commodity").iter_rows())
    for answer in answers:
        assert answer.ways
        assert {commodity[link] for way in answer.ways for link in way.links} == {answer.cargo}
    assert not ask(case, Question("baku", "ceyhan", "containers"), draws=0).ways


@pytest.mark.parametrize("power", ["RUS", "AZE", "GEO"])
def test_a_way_crosses_no_power_that_has_closed(case: Case, power: str) -> None:
    """No state that has closed its territory is on any way that remains."""
    for question in QUESTIONS:
        for way in ask(
            case, Question(question.origin, question.target, question.cargo, 6, without=(power,)), draws=0
        ).ways:
            assert power not in {state for leg in way.legs for state in leg.states}


def test_when_links_close_no_way_is_cheaper(case: Case) -> None:
    """With any link of the best way shut, the best that is left costs no less."""
    carriage, _, roads = carriage_of(case, "containers", 2024)
    ends = end_meant(case, roads, "CHN", "from"), end_meant(case, roads, "DEU", "to")

    def worth(way: Any) -> float:
        return sum(carriage.figures.expected(leg.cost) for leg in way.legs)

    best = best_ways(carriage, roads, *ends, 1, "cost")[0]
    for link in best.links:
        assert all(worth(way) >= worth(best) - 1e-9 for way in best_ways(carriage, roads, *ends, 1, "cost", {link}))


def test_the_two_corridors_of_the_real_case_are_found(answers: list[Answer], case: Case) -> None:
    """To Germany through Russia and across the Caspian: the first cheaper and quicker, both within what is published."""
    north = next(i for i, way in enumerate(answers[0].ways, start=1) if "north_moscow_brest" in way.links)
    middle = next(i for i, way in enumerate(answers[0].ways, start=1) if "alat_tbilisi" in way.links)
    for measure in ("route_cost_containers", "route_time"):
        first, second = of_way(answers[0], measure, north), of_way(answers[0], measure, middle)
        assert first
        assert second
        assert first["value"] < second["value"]
    reach, titr = of_way(answers[1], "route_time", 1), of_way(answers[1], "route_cost_containers", 1)
    assert answers[1].ways[0].links == TITR
    assert reach
    assert titr
    assert 13 <= reach["low"] <= 15 <= reach["high"] <= 17  # Trend, 17 December 2024
    assert 1250 <= titr["low"] <= 1440 <= titr["high"] <= 1625  # World Bank by EY


# --- room --------------------------------------------------------------------------------------------------------------------


def test_room_is_what_other_cargoes_leave(case: Case) -> None:
    """Saryagash is full of all cargo together: there is no room for more grain, whatever grain alone takes."""
    answer = ask(case, Question("KAZ", "UZB", "grain"), draws=0)
    room = of_way(answer, "route_room_mass", 1)
    assert room
    assert room["value"] == 0
    assert answer.bottlenecks[0] == ("grain_saryagash_tashkent", "Saryagash crossing")


def test_more_cargo_on_a_shared_line_leaves_less_room(case: Case) -> None:
    """Five million tonnes counted on the Trans-Caspian route, instead of four and a half, leave less for containers."""

    def room(counted: float) -> float:
        fact = {"measure": "flow_mass", "subject": "titr", "item": "dry_cargo", "period": "2024", "value": counted}
        told_so = case.replace(Ledger.of([fact | {"kind": "cited", "grade": "A", "basis": "by_hand"}]))
        _, rooms, _ = carriage_of(told_so, "containers", 2024)
        way = next(w for w in ask(told_so, Question("altynkol", "poti", "containers"), draws=0).ways if w.links == TITR)
        leg = next(leg for leg in rooms.along(way) if leg.link == "aktau_alat_feeder")
        return min(limit.room(rooms.figures) for limit in leg.shared if limit.name.startswith("Trans-Caspian"))

    assert room(4.0) == pytest.approx(1e3 * (6.0 - 4.0) / 12.0)
    assert room(5.9) < room(5.0) < room(4.0)
    assert room(6.5) == 0


def test_what_is_left_when_a_power_closes(answers: list[Answer]) -> None:
    """Nothing of the northern way without Russia, all of the middle one: but those who divert leave no room on it."""
    north = next(i for i, way in enumerate(answers[0].ways, start=1) if "north_moscow_brest" in way.links)
    middle = next(i for i, way in enumerate(answers[0].ways, start=1) if "alat_tbilisi" in way.links)
    left = {i: of_way(answers[0], "route_left", i, "RUS") for i in (north, middle)}
    room = {p: of_way(answers[0], "route_room_containers", middle, p) for p in ("", "RUS", "AZE")}
    assert [row and row["value"] for row in left.values()] == [0.0, 1.0]
    assert room[""]
    assert room["RUS"]
    assert room["AZE"]
    assert room[""]["value"] > 0
    assert room["RUS"]["value"] == room["AZE"]["value"] == 0


def test_room_is_never_more_than_capacity_less_flow(answers: list[Answer]) -> None:
    """Whatever is shared can only take away."""
    for answer in answers:
        known = facts(answer)
        rows = {(m, s): row for (m, s, _, _), row in known.items()}
        for link in {link for way in answer.ways for link in way.links}:
            capacity, flow, room = (
                rows.get((f"leg_{w}_{answer.quantity}", link)) for w in ("capacity", "flow", "room")
            )
            if capacity and flow and room:
                assert 0 <= room["value"] <= max(0.0, capacity["value"] - flow["value"]) + 1e-9


# --- facts -------------------------------------------------------------------------------------------------------------------


def test_every_fact_of_a_way_is_in_the_vocabulary_and_has_its_band_about_it(answers: list[Answer]) -> None:
    """Measures are known, ranges hold their value, shares of firsts add up to one."""
    for answer in answers:
        rows = list(facts(answer).values())
        assert {row["measure"] for row in rows} <= set(WRITES) <= set(measures())
        assert all(row["low"] <= row["value"] <= row["high"] for row in rows)
        firsts = [row["value"] for row in rows if row["measure"] == "route_first"]
        assert not firsts or sum(firsts) == pytest.approx(1.0)


def test_every_fact_of_a_way_rests_on_sources_and_named_assumptions(case: Case) -> None:
    """Whatever is printed of a way can be walked back to who said it."""
    answer = ask(case, Question("altynkol", "poti", "containers"), draws=10)
    known = case.settle().add(answer.ledger)
    for measure in ("route_cost_containers", "route_time", "route_burden_containers", "route_room_containers"):
        row = known.view(measure).row(0, named=True)
        name = f"{measure}:{row['subject']}>{row['object']}/{row['item']}@{row['period']}"
        for tree in known.trace(name):
            assert {leaf.kind for leaf in tree.leaves()} <= {"source", "assumption"}


def test_a_fact_of_a_way_says_which_question_it_answers(case: Case) -> None:
    """From its id alone it can be derived again; no other fact is taken for one."""
    question = Question("CHN", "DEU", "containers", 3, "days", 0, "technical", ("RUS", "AZE"))
    for name in ask(case, question, draws=0).ledger.ids():
        again = question_of(case, name)
        assert again
        assert (again.cargo, again.reading, again.without) == ("containers", "technical", ("RUS", "AZE"))
    assert question_of(case, "gdp:KAZ@2025") is None


def test_same_seed_same_bits_and_no_draws_no_bands(case: Case) -> None:
    """The same question has the same answer; without redraws the figures stand alone and are the same."""
    one, two = (ask(case, QUESTIONS[0], draws=20, seed=7).ledger.facts for _ in range(2))
    assert one.equals(two)
    alone = ask(case, QUESTIONS[0], draws=0).ledger.facts
    assert (alone["low"] == alone["high"]).all()
    assert set(alone["value"].to_list()) <= set(one["value"].to_list())


# --- no way, and what cannot be asked -----------------------------------------------------------------------------------


def test_trains_and_ships_go_back_and_their_room_is_unknown(case: Case) -> None:
    """From Poti to Khorgos the way, the price and the days are those of the other direction; its room nobody knows."""
    there, back = (
        ask(case, Question(*ends, "containers", 1), draws=0) for ends in (("khorgos", "poti"), ("poti", "khorgos"))
    )
    assert (there.back, back.back) == (False, True)
    assert back.ways[0].links == there.ways[0].links[::-1]
    assert back.ways[0].legs[0].start == "poti"
    for measure in ("route_cost_containers", "route_time", "route_capacity_containers"):
        forth, again = of_way(there, measure, 1), of_way(back, measure, 1)
        assert forth
        assert again
        assert again["value"] == pytest.approx(forth["value"])
    assert of_way(back, "route_room_containers", 1) is None
    shut = of_way(back, "route_room_containers", 1, "AZE")
    assert shut
    assert shut["value"] == 0


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (Question("tengiz", "trieste", "crude", without=("RUS",)), "closed"),
        (Question("ceyhan", "sangachal", "crude"), "other direction"),
        (Question("baku", "ceyhan", "containers"), "no link of this cargo touches"),
        (Question("poti", "poti", "containers"), "one place"),
        (Question("inkai", "russia_nuclear", "uranium", without=("RUS",)), "closed"),
        (Question("lianyungang", "constanta", "containers", without=("GEO",)), "closed"),
        (Question("tengiz", "gdansk", "crude"), "nearest at"),
    ],
)
def test_no_way_is_a_result_that_says_why(case: Case, question: Question, said: str) -> None:
    """What is shut, what runs the other way, what no link touches: and the number of ways is a fact, none."""
    answer = ask(case, question, draws=10)
    assert answer.ways == ()
    assert said in answer.reason
    assert answer.ledger.view("route_ways")["value"].to_list() == [0.0]


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (Question("almatty", "poti", "containers"), "almaty"), (Question("CHN", "DEUX", "containers"), "TO: found DEUX"),
        (Question("CHN", "DEU", "gold"), "--cargo"), (Question("CHN", "DEU", "containers", number=0), "--number"),
        (Question("CHN", "DEU", "containers", by="speed"), "both, cost, days"),
        (Question("CHN", "DEU", "containers", year=1999), "2024"),
        (Question("CHN", "DEU", "containers", reading="best"), "contract, technical"),
        (Question("CHN", "DEU", "containers", without=("XXX",)), "RUS"),
        (Question("CHN", "DEU", "containers", without=("KAZ",)), "--without"),
        (Question("KWT", "DEU", "containers"), "States with places"),
    ],
)  # fmt: skip
def test_a_question_that_cannot_be_asked_says_what_can(case: Case, question: Question, said: str) -> None:
    """Each error names what was found and what is allowed, or what is nearest."""
    with pytest.raises(InputError, match=said):
        ask(case, question, draws=0)


def test_without_a_value_of_the_cargo_the_order_must_be_cost_or_days(toy: Case) -> None:
    """In the case made by hand nobody says what a day costs: route B costs its 12 and 8, and nothing is made up."""
    with pytest.raises(InputError, match="Order by cost or by days"):
        ask(toy, Question("field", "market_b", "crude"), draws=0)
    answer = ask(toy, Question("field", "market_b", "", by="cost"), draws=0)
    cost, room = of_way(answer, "route_cost_mass", 1), of_way(answer, "route_room_mass", 1)
    assert answer.ways[0].links == ("b_first", "b_second")
    assert cost
    assert room
    assert (cost["value"], room["value"]) == (20.0, 10.0)
    assert of_way(answer, "route_time", 1) is None
    closed = of_way(answer, "route_left", 1, "T")
    assert closed
    assert closed["value"] == 0


@pytest.mark.parametrize("text", ["khorgos", "Altynkol", "KHORGOS / ALTYNKOL"])
def test_a_place_goes_by_its_id_or_any_of_its_names(case: Case, text: str) -> None:
    """Two stations of one crossing are one place."""
    _, _, roads = carriage_of(case, "containers", 2024)
    assert end_meant(case, roads, text, "from").places == ("khorgos",)


# --- the command ---------------------------------------------------------------------------------------------------------


def test_the_command_shows_each_way_leg_by_leg(given: Given) -> None:
    """Ways side by side, what powers leave, each leg with its borders; a rank that is a tie is called one."""
    status, out, _ = given("route", "CHN", "DEU", "-k", "2", "--draws", "50")
    assert status == 0
    for word in (
        "Way 1, leg by leg",
        "Way 2, leg by leg",
        "change of gauge",
        "KAZ → RUS",
        "a tie with way 2",
        "◀ Dostyk",
    ):
        assert word in out


def test_unknown_is_written_out(given: Given) -> None:
    """Where a leg has no price the table says so, and the total says at least."""
    status, out, _ = given("route", "KAZ", "FRA", "--cargo", "uranium", "--without", "RUS", "--draws", "20")
    assert status == 0
    assert "unknown" in out
    assert "≥" in out
    assert "RUS" not in out.split("When it closes")[0]


def test_facts_come_as_json_and_csv(given: Given) -> None:
    """What the tables show is there for programs, with units and bands."""
    _, out, _ = given("route", "altynkol", "poti", "--json", "--draws", "20")
    rows = {row["id"].split("#")[0]: row for row in json.loads(out)["facts"]}
    cost = rows["route_cost_containers:khorgos>poti/containers.contract.both.1@2024"]
    assert (cost["value"], cost["unit"]) == (pytest.approx(1440.0), "USD/TEU")
    assert cost["low"] < cost["value"] < cost["high"]
    assert given("route", "altynkol", "poti", "--csv", "--draws", "0")[1].startswith("id,")


def test_a_way_that_does_not_exist_is_no_error_and_a_place_that_does_not_is_one(given: Given) -> None:
    """No way leaves status 0 and a reason; an unknown place leaves 2 and the nearest names."""
    status, out, _ = given("route", "tengiz", "trieste", "--cargo", "crude", "--without", "RUS")
    assert (status, "No way" in out) == (0, True)
    status, _, said = given("route", "almatty", "poti")
    assert (status, "almaty" in said) == (2, True)
    status, _, said = given("route", "poti")
    assert (status, "FROM and TO" in said) == (2, True)


def test_a_fact_of_a_way_can_be_traced(given: Given) -> None:
    """`equipoise trace` walks from a way to its legs and to who published them."""
    status, out, _ = given("trace", "route_time:khorgos>poti/containers.contract.both.1@2024", "--width", "3")
    assert status == 0
    assert "leg_time:almaty_aktau" in out
    assert "transit_time:titr_total@2024" in out
