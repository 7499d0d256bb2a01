"""Levers: what each moves is lived through or named; what bears on a threat, a hold or a market acts with the right sign."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from equipoise.case import Case
from equipoise.futures import Levers, Policy, Pull, named
from equipoise.futures.simulate import Lives, Setup, live, prepare

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
    from equipoise.futures.simulate import drawn as inputs

    growth = inputs(setup, 0, FUTURES)[:, chance]
    at = setup.commodities.index("containers")
    peace, today = lives.peace[:, 0, at], lives.today[:, at]
    assert boxes.demand
    rising = np.sign(peace - today) == np.sign(growth)
    assert rising.mean() > 0.9
