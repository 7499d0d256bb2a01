"""Levers: what each moves is lived through or named; what bears on a threat, a hold or a market acts with the right sign."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from equipoise.brief.desk import Desk
from equipoise.case import Case, Layout
from equipoise.cli.sheets.levers import as_csv, as_json, moves
from equipoise.corridors.inputs import Inputs as NetworkInputs
from equipoise.futures import Levers, Policy, Pull, named
from equipoise.futures.findings import Drawn
from equipoise.futures.policies import FIGURES
from equipoise.futures.signposts import shown_by, signposts
from equipoise.futures.simulate import Lives, Setup, live, prepare
from equipoise.futures.simulate import drawn as inputs
from equipoise.futures.standing import Moment
from equipoise.ledger import id_expression
from equipoise.resilience.projects import Figures, Works, crossings, opened, projects_of

FUTURES = 12
UNTIL = 2034
ASKED = (
    "business_as_usual,critical_minerals_usa,china_water_treaty@2029,titr_soft+west_trade_expansion,china_debt_limit"
)


@pytest.fixture(scope="module")
def setup(known: Case) -> Setup:
    """Levers whose targets were named last, each on what goes on anyway."""
    settled = known.settle()
    return prepare(known, named(settled, Levers(settled), ASKED), until=UNTIL)


@pytest.fixture(scope="module")
def lives(setup: Setup) -> Lives:
    """A few futures of them."""
    return live(setup, 0, FUTURES)


def place(setup: Setup, lever: str) -> int:
    """The place of the policy that pulls a lever."""
    return next(p for p, policy in enumerate(setup.question.policies) if lever in {pull.lever for pull in policy.own})


def drawn(setup: Setup, futures: int = 40) -> NDArray[np.float64]:
    """Every figure in some futures, spread over their ranges."""
    chance = np.random.default_rng(1).random((futures, len(setup.figures.drawn)))
    return setup.figures.values(chance)


def test_more_listed_goods_raise_the_hazard_of_being_listed(setup: Setup) -> None:
    """Trade with the West brings listed goods, and listed goods bring designations: never fewer, in most futures more (s25)."""
    values = drawn(setup)
    years = setup.question.quarters[::4]
    felt = setup.acting.felt(values)
    rate = setup.acting.changes(values, felt, years).rate
    wider = place(setup, "west_trade_expansion")
    for threat in ("usa_secondary_banks", "eu_anticircumvention"):
        j = [one.id for one in setup.question.threats].index(threat)
        factor = rate[:, wider, -1, j] / rate[:, 0, -1, j]
        assert (factor >= 1.0).all()
        assert (factor > 1.001).mean() > 0.8
        assert (rate[:, wider, 0, j] == rate[:, 0, 0, j]).all()  # nothing before it is felt


def test_a_hazard_that_does_not_bear_stands_still(setup: Setup) -> None:
    """Without elasticity, a level twice as high makes no threat more frequent; with one of 1 it is twice as frequent."""
    values = drawn(setup, 2)
    acting = setup.acting
    (bearing,) = [one for one in acting.bearings if one.bears == "rate" and one.thing == "usa_secondary_banks"]
    assert bearing.elasticity is not None
    felt, years = acting.felt(values), setup.question.quarters[::4]
    wider = place(setup, "west_trade_expansion")
    before, after = acting.levels("listed_imports", values, felt, years)
    values[0, bearing.elasticity], values[1, bearing.elasticity] = 0.0, 1.0
    found = acting.borne("rate", values, felt, years)["usa_secondary_banks"][:, wider, -1]
    assert found == pytest.approx([1.0, after[1, wider, -1] / before[1]])


def test_ores_sold_west_leave_china_less_to_refuse(setup: Setup, lives: Lives) -> None:
    """Tungsten for the West lowers what a Chinese withdrawal takes, and no other power's; by less than a fifth of a point."""
    china = setup.powers.index("CHN")
    change = lives.loss[:, place(setup, "critical_minerals_usa")] - lives.loss[:, 0]
    assert (change[:, china] < 0).all()
    assert (change[:, china] > -0.2).all()
    assert np.allclose(np.delete(change, china, axis=1), 0.0, atol=1e-9)


def test_a_treaty_binds_what_the_upper_state_holds(setup: Setup, lives: Lives) -> None:
    """The water treaty lowers the Chinese loss and touches nobody else's."""
    china = setup.powers.index("CHN")
    change = lives.loss[:, place(setup, "china_water_treaty")] - lives.loss[:, 0]
    assert (change[:, china] <= 1e-12).all()
    assert (change[:, china] < -1e-4).mean() > 0.8
    assert np.allclose(np.delete(change, china, axis=1), 0.0, atol=1e-9)


def test_more_trade_with_a_power_is_more_for_it_to_withhold(setup: Setup, lives: Lives) -> None:
    """Wider trade with the EU raises the loss that the EU could cause: never lowers it."""
    union = setup.powers.index("EU")
    change = lives.loss[:, place(setup, "west_trade_expansion"), union] - lives.loss[:, 0, union]
    assert (change >= -1e-12).all()
    assert change.mean() > 0.1


def test_a_cap_takes_what_stands_above_it_and_nothing_else(known: Case) -> None:
    """Debt that a plant would add is refused beyond the cap, whenever the cap was set; half a cap takes half."""
    levers = Levers(known.settle())
    plant, cap = Pull("npp_vendor_split", 2036), Pull("china_debt_limit", 2027)
    before, free = levers.moved([plant])["ext_debt_rus"]
    limit = levers.figures.value("lever_effect", "china_debt_limit", "2")
    assert before is not None
    assert limit is not None
    assert levers.moved([plant, cap])["ext_debt_rus"][1] == pytest.approx(limit)
    assert levers.moved([plant, replace(cap, intensity=0.5)])["ext_debt_rus"][1] == pytest.approx((free + limit) / 2)
    assert levers.moved([cap])["ext_debt_rus"][1] == pytest.approx(before)  # it stands below the cap today


def test_levels_in_futures_are_the_levels_of_the_policy(known: Case) -> None:
    """At central figures a level lived through is the level told: additions, ratios, and a cap that comes last."""
    levers = Levers(known.settle())
    pulls = (Pull("npp_vendor_split", 2036), Pull("china_debt_limit", 2027), Pull("critical_minerals_usa", 2032))
    levers.check(Policy("mine", "", "", pulls))
    setup = prepare(known, [Policy("mine", "", "", pulls)], until=2040)
    values = setup.figures.value[None]
    felt = setup.acting.felt(values)
    for level, (_, after) in levers.moved(pulls).items():
        found = setup.acting.levels(level, values, felt, np.array([2050.0]))[1]
        assert float(found[0, 0, 0]) == pytest.approx(after), level


def test_demand_abroad_grows_and_falls(setup: Setup) -> None:
    """What markets ask for follows its own growth; others' cargo in transit grows with it, and what a state sells does not."""
    by = dict(zip(setup.commodities, setup.carriages, strict=True))
    values = np.repeat(setup.figures.value[None], 3, axis=0)
    boxes = by["containers"].drift
    assert boxes.growth is not None
    assert set(boxes.demand) == {boxes.growth}
    values[:, boxes.growth] = -2.0, 0.0, 5.0
    assert boxes.asked(values, 10)[:, -1, 0] == pytest.approx([0.98**10, 1.0, 1.05**10])
    assert boxes.supply(values, 10) == pytest.approx(boxes.asked(values, 10)[..., 0])
    gas = by["gas"].drift
    assert gas.growth is None
    assert gas.demand[0] >= 0
    assert gas.demand[0] != by["oil"].drift.demand[0]  # China's gas is its own figure
    assert not by["grain"].drift.demand  # nobody published one: as today


def test_boxes_that_are_asked_for_are_carried(setup: Setup, lives: Lives) -> None:
    """Where more containers are asked for, more cross the country in peace, as far as the links carry them."""
    boxes = setup.carriages[setup.commodities.index("containers")].drift
    chance = setup.names.index("demand_growth.WLD.-.containers.2026-")
    growth = inputs(setup, 0, FUTURES)[:, chance]
    at = setup.commodities.index("containers")
    peace, today = lives.peace[:, 0, at], lives.today[:, at]
    assert boxes.demand
    rising = np.sign(peace - today) == np.sign(growth)
    assert rising.mean() > 0.9


def test_time_on_the_way_is_money(setup: Setup) -> None:
    """A container costs its price and its days at what a day costs its cargo; softer borders take a quarter of the days."""
    (line,) = [one for one in setup.standing.lines if one.labels[0][0] == "delivered_cost"]
    values = np.repeat(setup.figures.value[None], 2, axis=0)
    years = np.array([2050.0])
    acting = setup.acting
    felt = acting.felt(values)
    rates = np.zeros((2, len(setup.question.weightings), len(setup.question.threats)))
    moment = Moment(acting, values, felt, years, rates, acting.changes(values, felt, years), 0, 1)
    (cost,) = line.lived(moment)
    price, days, share, cargo = 1440.0, 15.0, 1.35, 29700.0
    assert cost[0, 0, 0] == pytest.approx(price + days * share / 100 * cargo)
    softer = cost[0, place(setup, "titr_soft"), 0]
    assert softer == pytest.approx(price + 0.75 * days * share / 100 * cargo)


def test_a_wider_port_widens_its_crossings(known: Case) -> None:
    """What a port passes is a limit of the crossings that use it: the terminal widens the ferry whose capacity is known."""
    settled = known.settle()
    assert crossings(settled, "kuryk") == ["kuryk_alat_ferry"]
    projects = projects_of(settled)
    works = Works(
        NetworkInputs(settled, opened(Layout(settled), settled, projects)), Figures(settled, FIGURES), projects,
        "containers", 2024,
    )  # fmt: skip
    built = np.array([project.lever == "sarzha_terminal" for project in works.projects])
    assert built.sum() == 1
    ferry = works.network.links.index("kuryk_alat_ferry")
    before, after = works.capacity(np.zeros_like(built)), works.capacity(built)
    boxes = 1e3 / settled.view("container_mass")["value"][0]
    assert after[ferry] - before[ferry] == pytest.approx(9.4 * boxes)
    assert np.delete(after - before, ferry) == pytest.approx(0.0)


def test_no_lever_is_silent(known: Case) -> None:
    """Every lever moves a loss or a flow in some future, or says why it does not; none does both."""
    moved = known.view("advice_moved").group_by("subject").agg(pl.col("value").max())
    share = dict(moved.select(pl.col("subject").cast(pl.String), "value").iter_rows())
    register = {row["lever"]: row["silent"] for row in known.table("levers").iter_rows(named=True)}
    assert set(share) == set(register)
    assert {lever for lever, why in register.items() if why and share[lever] > 0} == set()
    unsaid = {lever for lever, why in register.items() if not why and share[lever] == 0}
    levels = set(known.table("bearings")["level"])
    effects = known.table("effects")
    for lever in unsaid:  # it binds in too few futures for so small a number of them
        assert not levels.isdisjoint(effects.filter(pl.col("lever") == lever)["target"]), lever


def test_every_lever_stands_in_the_table_with_what_it_moves(known: Case) -> None:
    """Of each lever at least one thing that it moves, or why none; every figure is a fact of the ledger, and CSV and JSON tell
    the same."""
    desk = Desk(known)
    rows = moves(desk)
    assert {row["lever"] for row in rows} == set(known.table("levers")["lever"])
    assert all(row["why_no_loss"] or row["fact"] for row in rows)
    facts = set(known.ledger.facts.select(id_expression(with_basis=False).alias("id"))["id"])
    assert {row["fact"] for row in rows if row["fact"]} <= facts
    assert len(as_csv(desk).splitlines()) == len(rows) + 1
    told = json.loads(as_json(desk))["levers"]
    assert len(told) == len(rows)
    (soft,) = [row for row in rows if row["lever"] == "titr_soft" and row["what"] == "level"]
    assert (soft["before"], soft["value"]) == (1.0, pytest.approx(0.75))
    assert any(row["lever"] == "titr_soft" and row["what"] == "outcome" and row["value"] < 0 for row in rows)
    assert "awaits the study" in next(row["why_no_loss"] for row in rows if row["lever"] == "green_cable")


def test_the_input_of_every_turn_is_named(known: Case) -> None:
    """Each turn of the study says where its input stands now and how far that is from the point: the point less what is now."""
    turns = known.view(["policy_turn", "advice_turn", "advice_overtaken", "policy_episodes"])
    gaps = known.view("signpost_gap")
    key = ("subject", "object", "item", "period")
    points = {tuple(str(row[k]) for k in key): row["value"] for row in turns.iter_rows(named=True)}
    here = {tuple(str(r[k]) for k in key): r["value"] for r in known.view("signpost_now").iter_rows(named=True)}
    assert here
    assert set(here) <= set(points)
    for row in gaps.iter_rows(named=True):
        name = tuple(str(row[k]) for k in key)
        assert row["value"] == pytest.approx(points[name] - here[name])


def test_a_signpost_is_found_by_what_it_names_most_of(case: Case) -> None:
    """The row that names subject and item goes before one that names the measure alone; what no row names has none."""
    row = shown_by(case, "lever_effect.import_diversification.-.1.2026")
    assert row is not None
    assert row["series"] == "lever_target:import_share_rus@2025"
    wider = shown_by(case, "threat_rate.rus_all.-.-.2019-2026")
    assert wider is not None
    assert wider["seen"] == "events"
    assert shown_by(case, "nothing_known.-.-.-.2025") is None
    for one in case.table("signposts").iter_rows(named=True):
        assert one["measure"] in case.measures, one["signpost"]


def test_withdrawals_that_were_never_seen_are_counted_as_none(known: Case, setup: Setup) -> None:
    """Where no power was seen to withdraw, the rate of now is nothing: half an episode of a prior is no record."""
    key = ("policy_episodes", "balanced", "RUS", "seen.east_turns.business_as_usual", "2026/2040")
    found = signposts(known.settle(), setup, {key: (0.02, None)}, Drawn((), np.zeros((2, 0))))
    assert found["signpost_now", *key[1:]] == (0.0, None)
    assert found["signpost_gap", *key[1:]][0] == pytest.approx(0.02)


def test_a_share_of_futures_is_counted_on_the_side_to_leave(known: Case, setup: Setup) -> None:
    """A policy that is better at most at the point is left above it; a lever overtaken at least there too; else below."""
    name = setup.names[0]
    seen = Drawn((name,), np.array([[1.0], [2.0], [3.0], [4.0]]))
    share = {}
    for way in ("at_most", "at_least"):
        policy = ("policy_turn", "a", "b", f"worst_loss.{way}.{name}", "2040+1y")
        lever = ("advice_overtaken", "a", "b", f"usual.{way}.{name}", "2040+1y")
        found = signposts(known.settle(), setup, {policy: (1.5, None), lever: (1.5, None)}, seen)
        share[way] = found["signpost_past", *policy[1:]][0], found["signpost_past", *lever[1:]][0]
    assert share == {"at_most": (0.75, 0.25), "at_least": (0.25, 0.75)}
