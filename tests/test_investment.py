"""Which projects to build: laws and enumeration of the mathematics, and what the command says of the real case."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise, product
from typing import Any

import numpy as np
import polars as pl
import pytest
from conftest import Given
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from equipoise.case import Case, Layout
from equipoise.corridors.inputs import Inputs
from equipoise.errors import InputError
from equipoise.ledger import Ledger
from equipoise.maths.flow import InvestmentModel, Scenario, invest, min_cost_flow
from equipoise.resilience import invest as choose
from equipoise.resilience.projects import Figures, Works, opened, projects_of, ready

PENALTY = 30.0
Floats = NDArray[np.float64]


@st.composite
def plans(draw: st.DrawFn) -> dict[str, Any]:
    """Four nodes, six arcs, three projects, two futures and two attacks, whole numbers."""

    def table(rows: int, low: int, high: int) -> Floats:
        cells = st.lists(st.integers(low, high), min_size=6, max_size=6)
        return np.array(draw(st.lists(cells, min_size=rows, max_size=rows)), dtype=float)

    ends = st.lists(st.integers(0, 3), min_size=6, max_size=6)
    return {
        "tail": np.array(draw(ends)), "head": np.array(draw(ends)), "capacity": table(2, 0, 4), "cost": table(1, 0, 9)[0],
        "addition": table(3, 0, 4), "price": np.array(draw(st.lists(st.integers(1, 5), min_size=3, max_size=3)), float),
        "attack": table(2, 0, 4) / 4.0,
    }  # fmt: skip


def least_cost(plan: dict[str, Any], capacity: Floats) -> float:
    """The cheapest flow of six units, of which any may stay at the penalty."""
    tail, head, cost = plan["tail"], plan["head"], plan["cost"]
    found = min_cost_flow(
        [*tail, 0], [*head, 3], [*capacity, 6], [*cost, PENALTY], [6.0, 0.0, 0.0, -6.0]
    )  # fmt: skip
    return found.cost


def loss_of(plan: dict[str, Any], built: tuple[bool, ...]) -> Floats:
    """Loss of each future under its worst attack, by trying each."""
    extra = plan["addition"][list(built)].sum(axis=0)
    return np.array(
        [max(least_cost(plan, (room + extra) * left) for left in plan["attack"]) for room in plan["capacity"]]
    )


def allowed(plan: dict[str, Any], built: tuple[bool, ...], budget: float) -> bool:
    """Within the budget; project 0 needs project 1; 1 and 2 exclude each other."""
    return float(plan["price"] @ np.array(built)) <= budget and built[0] <= built[1] and built[1] + built[2] <= 1


@drawn(plans(), st.integers(0, 12), st.sampled_from([1.0, 0.5, 0.0]))
@settings(max_examples=60)
def test_the_best_projects_are_those_that_trying_every_set_finds(
    plan: dict[str, Any], budget: int, emphasis: float
) -> None:
    """Projects chosen by columns and constraints equal those of enumeration, for the worst, the mean, and between."""
    found = invest(
        **plan, supply=[6.0, 0, 0, -6.0], budget=budget, penalty=PENALTY, emphasis=emphasis, prerequisite=[(0, 1)],
        exclusive=[(1, 2)],
    )  # fmt: skip
    sets = [built for built in product((False, True), repeat=3) if allowed(plan, built, budget)]
    values = [emphasis * loss_of(plan, s).max() + (1 - emphasis) * loss_of(plan, s).mean() for s in sets]
    assert emphasis * found.worst + (1 - emphasis) * found.mean == pytest.approx(min(values), abs=1e-4)
    assert found.gap == 0.0
    assert allowed(plan, tuple(found.built.tolist()), budget)
    assert loss_of(plan, tuple(found.built.tolist())) == pytest.approx(found.loss, abs=1e-6)


@drawn(plans())
@settings(max_examples=25)
def test_money_never_hurts(plan: dict[str, Any]) -> None:
    """A larger budget never leaves a larger loss; without one nothing is built."""
    worst = [invest(**plan, supply=[6.0, 0, 0, -6.0], budget=b, penalty=PENALTY).worst for b in (0, 3, 6, 15)]
    assert worst[0] == pytest.approx(loss_of(plan, (False, False, False)).max(), abs=1e-6)
    assert all(later <= earlier + 1e-4 for earlier, later in pairwise(worst))


def test_of_several_limits_of_an_arc_the_least_binds() -> None:
    """A wider pipe moves nothing while the quota binds, nor a larger quota in a narrow pipe; both together do."""
    cost, own = np.array([[1.0]]), np.array([[np.inf]])
    scenario = Scenario(np.array([2.0, 2.0]), np.array([[3.0, 0.0], [0.0, 3.0]]), cost, own)
    model = InvestmentModel([0], [1], [[5.0, -5.0]], [scenario], [1.0, 1.0], penalty=10, limited=[0, 0])
    assert [model.losses(built)[0][0] for built in ([0, 0], [1, 0], [0, 1], [1, 1])] == [32, 32, 32, 5]
    assert model.solve(1).built.tolist() == [False, False]
    assert model.solve(2).built.tolist() == [True, True]


def test_what_is_required_is_built_and_what_cannot_be_is_refused() -> None:
    """A set that is forced stands whatever it is worth; one that breaks the budget is an error."""
    cost, own = np.array([[1.0]]), np.array([[np.inf]])
    scenario = Scenario(np.array([2.0]), np.array([[0.0], [3.0]]), cost, own)
    model = InvestmentModel([0], [1], [[5.0, -5.0]], [scenario], [1.0, 1.0], penalty=10)
    assert model.solve(2, required=[0]).built.tolist() == [True, True]
    with pytest.raises(InputError, match="projects required"):
        model.solve(0.5, required=[0])


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"budget": -1}, "budget: found -1"),
        ({"emphasis": 2}, "emphasis: found 2"),
        ({"addition": [[-1.0]]}, "addition: found -1"),
        ({"attack": [[2.0]]}, "attack: found 2"),
        ({"price": [1.0, 2.0]}, "addition"),
        ({"prerequisite": [(0, 7)]}, "prerequisite and exclusive"),
    ],
)
def test_bad_input_is_one_clear_error(change: dict[str, object], told: str) -> None:
    """What was found and what is allowed, for each thing that can be wrong."""
    good: dict[str, object] = {
        "tail": [0], "head": [1], "capacity": [1.0], "cost": [1.0], "supply": [1.0, -1.0], "addition": [[1.0]],
        "price": [1.0], "budget": 1.0, "attack": [[1.0]], "penalty": 9.0,
    }  # fmt: skip
    with pytest.raises(InputError, match=told):
        invest(**(good | change))  # type: ignore[arg-type]


# --- the real case ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def chosen(case: Case) -> Ledger:
    """What to build with six billion dollars, over a few futures."""
    return choose(case, budget=6e9, futures=6, workers=1)


@pytest.fixture(scope="module")
def works(case: Case) -> Works:
    """The oil network with every project that acts on it."""
    settled = case.settle()
    projects = projects_of(settled)
    inputs = Inputs(settled, opened(Layout(settled), settled, projects))
    return Works(
        inputs, Figures(settled, ("lever_effect", "lever_capex", "lever_build_time")), projects, "oil", case.year
    )


def values(ledger: Ledger, measure: str, **where: str) -> dict[str, float]:
    """Facts of a measure by subject and object."""
    rows = ledger.view(measure, **where).rows(named=True)
    return {">".join(filter(None, (row["subject"], row["object"]))): row["value"] for row in rows}


def worst_of(works: Works, built: NDArray[np.bool_]) -> float:
    """Rent lost to the worst single power when these projects stand, mln USD a year, by the network of the corridors."""
    network, layout = works.network, works.inputs.layout
    room = works.capacity(built)
    new = np.array(
        [link in network.missing["capacity"] for link in network.links] + [False] * (len(room) - len(network.links))
    )
    base = network.solve(works.capacity(np.zeros_like(built)))
    new[works.limited[[bool(limit.kind) for limit in works.limits]]] = False
    lost = []
    for power in layout.powers:
        left = network.reach(layout.members[power])
        capacity = np.where(new & (left < 1.0), base.arc_flow, room) * left
        lost.append(base.rent - network.solve(capacity, before=base).rent)
    return max(lost)


def test_without_projects_the_worst_loss_is_that_of_the_withdrawal(known: Case, chosen: Ledger) -> None:
    """Where nothing is built, the choice starts from the headline."""
    worst = known.view("worst_single_loss", period="2025+1y")["value"][0]
    assert values(chosen, "plan_worst", object="nothing") == {"KAZ>nothing": pytest.approx(worst, abs=1e-3)}


def test_the_best_plan_is_that_of_trying_every_set(works: Works, chosen: Ledger, case: Case) -> None:
    """Of all sets of projects with a published cost within the budget none leaves a smaller worst loss."""
    levers = [project.lever for project in works.projects]
    cost = {lever: works.figures.value("lever_capex", lever) for lever in levers}
    needs = {project.lever: set(project.needs) for project in works.projects}
    gdp = float(case.view("gdp", subject="KAZ", period="2025")["value"][0])
    least = np.inf
    for flags in product((False, True), repeat=len(levers)):
        names = {lever for lever, flag in zip(levers, flags, strict=True) if flag}
        costs = [cost[name] for name in names]
        if any(c is None for c in costs) or sum(c or 0.0 for c in costs) > 6.0 or any(needs[n] - names for n in names):
            continue
        least = min(least, worst_of(works, np.array(flags)) / 10 / gdp)
    best = chosen.view("plan_gap", item="published")
    told = values(chosen, "plan_worst", object=str(best["object"][0]), item="published")
    assert list(told.values()) == [pytest.approx(least, abs=2e-3)]
    assert best["value"][0] == 0.0


def test_no_plan_of_the_front_is_beaten(chosen: Ledger) -> None:
    """Whoever pays more within one choice of projects loses less, in the worst case or in the mean."""
    for kind in ("published", "any"):
        cost, worst, mean = (values(chosen, measure, item=kind) for measure in ("plan_cost", "plan_worst", "plan_mean"))
        for one, other in product(cost, cost):
            if cost[one] < cost[other] - 1e-6:
                assert worst[other] < worst[one] - 1e-7 or mean[other] < mean[one] - 1e-7


def test_projects_that_need_each_other_are_told(chosen: Ledger) -> None:
    """A pipe to the shore moves nothing without one over the sea, nor the other way; as the last of all each is worth much."""
    alone, last = (values(chosen, "project_value", item=item) for item in ("alone", "among_all"))
    for lever in ("eskene_kuryk", "trans_caspian_pipeline"):
        assert alone[lever] == 0.0
        assert last[lever] > 0.3
    assert alone["kenkiyak_lines"] > 0.5


def test_ships_bind_before_the_port_does(chosen: Ledger) -> None:
    """A larger container port changes nothing on its way; more ships move the bottleneck to the rails beyond the sea."""
    rows = {
        (r["subject"], r["item"]): (r["object"], r["value"])
        for r in chosen.view("project_route_containers").rows(named=True)
    }
    assert rows["aktau_container_hub", "before.fleet"] == rows["aktau_container_hub", "after.fleet"]
    assert rows["caspian_container_ships", "before.fleet"][0] == "aktau_alat_feeder"
    assert rows["caspian_container_ships", "after.technical"][0] == "alat_tbilisi"


def test_every_project_on_a_link_is_told_somewhere(case: Case, chosen: Ledger) -> None:
    """No lever that acts on a link is dropped in silence: each has a year, and its value or what it keeps if it can be tried."""
    levers, on_links = ({p.lever for p in projects_of(case) if p.commodity or every} for every in (True, False))
    assert set(values(chosen, "project_year")) == levers
    told = set(values(chosen, "project_value")) | {
        key.split(">")[0]
        for q in ("mass", "containers", "gas", "uranium")
        for key in values(chosen, f"project_avoided_{q}")
    }
    assert on_links - told == {
        "green_cable",
        "tcfo_cable",
        "west_grid_link",
    }  # electricity and internet have no network


def test_a_project_that_is_late_does_not_count(case: Case) -> None:
    """By 2029 neither pipe of the Caspian can stand, whatever is spent."""
    found = choose(case, budget=9e9, by=2029, futures=2)
    assert not {name for key in values(found, "plan_cost") for name in key.split(">")[1].split("+")} & {
        "trans_caspian_pipeline"
    }


def test_the_year_is_that_of_decision_and_building(case: Case) -> None:
    """A line that is done has its year; one not begun has the year of the case, one to decide, and its time to build."""
    figures = Figures(case.settle(), ("lever_build_time",))
    year = {project.lever: ready(project, figures, case.year) for project in projects_of(case)}
    assert year["dostyk_second_track"] == 2025
    assert year["kenkiyak_lines"] == 2028.5
    assert year["trans_caspian_pipeline"] == 2033


def test_the_same_seed_gives_the_same_plans_whatever_the_workers(case: Case) -> None:
    """Facts do not depend on the number of processes."""
    one, two = (choose(case, budget=1e9, futures=4, workers=workers) for workers in (1, 2))
    assert one.facts.equals(two.facts)


def test_a_plan_is_traced_to_its_sources(case: Case, chosen: Ledger) -> None:
    """The worst loss after the best plan rests on costs, effects and the network, down to sources and assumptions."""
    known = case.add(chosen)
    name = next(name for name in chosen.ids() if name.startswith("plan_worst:KAZ>nothing"))
    leaves = {leaf.kind for leaf in known.trace(name, depth=6)[0].leaves()}
    assert leaves <= {"source", "assumption"}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--budget", "-1"), "budget: found -1"),
        (("--budget", "1e6"), "the cost of aktau_dredging"),
        (("--by", "2020"), "by: found 2020"),
        (("--project", "trans_caspian_pipeline", "--by", "2030", "--budget", "9e9"), "2033 or later"),
        (("--project", "kenkyak_lines"), "nearest: kenkiyak_lines"),
        (("--project", "dostyk_second_track"), "which acts on containers"),
        (("--project", "latin_script"), "which acts on no link"),
        (("--project", "eskene_kuryk", "--budget", "1e9"), "1.5e+09 USD or more"),
        (("--together", "99"), "powers at once"),
    ],
)
def test_a_plan_that_cannot_be_is_one_error(given: Given, words: tuple[str, ...], told: str) -> None:
    """Found, allowed, and no traceback."""
    status, _, remarks = given("invest", "--futures", "1", *words)
    assert status == 2
    assert told in remarks
    assert "Traceback" not in remarks


def test_a_case_without_levers_is_told_so(toy: Case) -> None:
    """Where nothing can be built, nothing is chosen: one clear error."""
    with pytest.raises(InputError, match="levers: found none that acts on a link of crude"):
        choose(toy, budget=1e9, futures=1)


def test_a_fact_of_a_plan_can_be_traced_by_itself(given: Given) -> None:
    """The command that traces asks again what the fact came from."""
    status, out, _ = given("trace", "interdiction_loss:KAZ>cpc.RUS/oil.link@2025+1y", "--depth", "2", "--width", "2")
    assert status == 0
    assert "exports of oil in 2025" in " ".join(out.split())


def test_projects_that_exclude_each_other_are_refused(case: Case) -> None:
    """Two levers that set one limit of one link, each to its own figure, cannot both be asked for."""
    effects = case.table("effects")
    again = effects.filter(lever="btc_volume", effect="1").with_columns(
        lever=pl.lit("kenkiyak_lines"), effect=pl.lit("9")
    )
    figure = {"measure": "lever_effect", "subject": "kenkiyak_lines", "item": "9", "period": "2026", "value": 3.0}
    figure |= {"basis": "dayaz_2026", "by": "case", "kind": "cited"}
    clash = replace(case, register={**case.register, "effects": pl.concat([effects, again])}).add(Ledger.of([figure]))
    with pytest.raises(InputError, match="Both set the same limit"):
        choose(clash, budget=9e9, futures=1, required=["btc_volume", "kenkiyak_lines"])


# --- what the project was founded on ----------------------------------------------------------------------------------

PROMISES = [
    # row, command, what a user sees in its answer
    ("s06", ("Six container vessels for Aktau-Alat", "ships, 59 kTEU a year", "Trans-Caspian seabed oil pipeline")),
    (
        "s14",
        (
            "Bakhty-Ayagoz railway",
            "under construction (public-private partnership) (Trend",
            "500 kV Karabatan-Ulke",
            "fibre-optic cable",
            "not published",
        ),
    ),
    ("s22", ("Corridor investment package", "→ 11 (", "6.0 → 11", "0.46 (0.4–0.5) of the plan", "plan was 3.2 Mt")),
    ("s70", ("→ 60 (", "train pairs/day", "Almaty railway bypass", "Bakhty-Ayagoz railway", "Kyzylzhar")),
]


@pytest.fixture(scope="module")
def answer(case: Case) -> str:
    """What ``equipoise invest`` prints, wide enough that no phrase is broken."""
    import io

    from rich.console import Console

    from equipoise.brief import plans as sheets
    from equipoise.brief.desk import Desk
    from equipoise.cli.output import say

    text = io.StringIO()
    desk = Desk(case.add(choose(case, budget=5e9, futures=4)))
    say(Console(file=text, width=900, highlight=False), sheets.plans(desk), "")
    return " ".join(text.getvalue().split())


@pytest.mark.parametrize(("row", "seen"), PROMISES, ids=[row for row, _ in PROMISES])
def test_a_promise_is_kept(answer: str, row: str, seen: tuple[str, ...]) -> None:
    """What was promised stands in the answer of the command."""
    assert [words for words in seen if words not in answer] == []
