"""Laws of the trade equilibrium, closed forms, and results that others found."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equipoise.errors import InputError, SolverError
from equipoise.maths.equilibrium import TradeModel, multi_sector, one_sector

SEEDS = st.integers(0, 10_000)


def trade(seed: int, count: int = 4) -> Any:
    """A random world of one sector, most of each economy's sales at home."""
    chance = np.random.default_rng(seed)
    return chance.lognormal(0, 1, (count, count)) + np.diag(chance.uniform(5, 20, count))


def world(seed: int, sectors: int = 3, count: int = 4) -> dict[str, Any]:
    """A random world of many sectors with inputs, whose shares reproduce its flows, in balance."""
    chance = np.random.default_rng(seed)
    own = chance.uniform(0.3, 0.8, (sectors, count))
    split, final = chance.dirichlet(np.ones(sectors), (sectors, count)), chance.dirichlet(np.ones(sectors), count).T
    shape = {
        "value_added_share": own, "input_share": np.moveaxis(split, 2, 0), "absorption_share": final,
        "elasticity": chance.uniform(0.7, 8.0, sectors),
    }  # fmt: skip
    flows = np.array([trade(seed + k, count) for k in range(sectors)])
    return {"flows": multi_sector(flows, **shape, deficits="none").flows, **shape}


@settings(max_examples=30)
@given(SEEDS, st.sampled_from(["constant", "proportional"]), st.floats(0.6, 12.0))
def test_no_change_gives_no_change(seed: int, deficits: Any, theta: float) -> None:
    """Where nothing changes nothing changes, whatever the closure."""
    flows = trade(seed)
    same = one_sector(flows, np.ones_like(flows), theta, deficits)
    assert np.allclose(same.welfare, 1.0, atol=1e-9)
    assert np.allclose(same.flows, flows, rtol=1e-9)


@settings(max_examples=15)
@given(SEEDS)
def test_the_flows_of_an_equilibrium_are_a_baseline(seed: int) -> None:
    """Fed back, they change no more; and two shocks one after the other are the two at once."""
    base = world(seed)
    chance = np.random.default_rng(seed)
    first, second = (chance.uniform(0.8, 1.6, base["flows"].shape) for _ in range(2))
    halfway = multi_sector(**base, cost_hat=first)
    again = {**base, "flows": halfway.flows}
    assert np.allclose(multi_sector(**again).real_income, 1.0, atol=1e-8)
    chained = halfway.real_income * multi_sector(**again, cost_hat=second).real_income
    assert np.allclose(multi_sector(**base, cost_hat=first * second).real_income, chained, rtol=1e-8)


@settings(max_examples=15)
@given(SEEDS)
def test_units_and_names_do_not_matter(seed: int) -> None:
    """Thousands or millions, and the order of economies and sectors: the same real incomes."""
    base = world(seed)
    chance = np.random.default_rng(seed)
    cost = chance.uniform(0.8, 2.0, base["flows"].shape)
    before = multi_sector(**base, cost_hat=cost).real_income
    assert np.allclose(
        multi_sector(**{**base, "flows": 1e3 * base["flows"]}, cost_hat=cost).real_income, before, rtol=1e-9
    )
    who, what = chance.permutation(4), chance.permutation(3)
    turned = {
        "flows": base["flows"][what][:, who][:, :, who], "value_added_share": base["value_added_share"][what][:, who],
        "input_share": base["input_share"][what][:, what][:, :, who], "elasticity": base["elasticity"][what],
        "absorption_share": base["absorption_share"][what][:, who],
    }  # fmt: skip
    after = multi_sector(**turned, cost_hat=cost[what][:, who][:, :, who]).real_income
    assert np.allclose(after, before[who], rtol=1e-9)


@settings(max_examples=20)
@given(SEEDS, st.floats(0.7, 9.0))
def test_one_sector_is_a_special_case_of_the_many(seed: int, theta: float) -> None:
    """One sector without inputs gives what the model of one sector gives."""
    flows, cost = trade(seed), np.random.default_rng(seed).uniform(0.7, 1.8, (4, 4))
    ones = np.ones((1, 4))
    many = multi_sector(flows[None], ones, ones[None], ones, theta, cost[None])
    one = one_sector(flows, cost, theta)
    assert np.allclose(many.real_income, one.welfare, rtol=1e-8)
    assert np.allclose(many.flows[0], one.flows, rtol=1e-8)


@settings(max_examples=20)
@given(SEEDS, st.floats(0.7, 9.0))
def test_autarky_costs_what_the_formula_says_and_bounds_every_closure(seed: int, theta: float) -> None:
    """Real income in autarky is the share spent at home to the power 1/theta; closing less costs no more."""
    flows = one_sector(trade(seed), np.ones((4, 4)), theta, "none").flows
    alone = np.ones((4, 4))
    alone[0, 1:] = alone[1:, 0] = np.inf
    bound = one_sector(flows, alone, theta).welfare[0]
    assert bound == pytest.approx((flows[0, 0] / flows[:, 0].sum()) ** (1 / theta), rel=1e-8)
    for partner in (1, 2, 3):
        cost = np.ones((4, 4))
        cost[0, partner] = cost[partner, 0] = np.inf
        assert one_sector(flows, cost, theta).welfare[0] >= bound - 1e-9


@settings(max_examples=15)
@given(SEEDS)
def test_what_is_closed_is_exactly_zero_and_markets_clear(seed: int) -> None:
    """A closed flow is zero, wages are what the sales leave, and nobody spends more than they earn."""
    base = world(seed)
    cost = np.ones_like(base["flows"])
    cost[:, 0, 1] = np.inf
    found = multi_sector(**base, cost_hat=cost)
    assert (found.flows[:, 0, 1] == 0.0).all()
    own, before = base["value_added_share"], base["flows"].sum(axis=2)
    paid = (own * found.flows.sum(axis=2)).sum(axis=0)
    assert np.allclose(paid, found.wage * (own * before).sum(axis=0), rtol=1e-8)
    assert np.allclose(found.flows.sum(axis=(0, 1)), found.flows.sum(axis=(0, 2)), rtol=1e-8)


def test_tariff_revenue_is_income() -> None:
    """In a symmetric pair a tariff costs less than the same iceberg cost, for its revenue stays; and a small economy gains
    nothing from free trade that it has already."""
    flows = np.array([[[70.0, 30.0], [30.0, 70.0]]])
    ones = np.ones((1, 2))
    shape = {"value_added_share": ones, "input_share": ones[None], "absorption_share": ones, "elasticity": 4.0}
    dear = np.array([[[1.0, 1.2], [1.2, 1.0]]])
    taxed = multi_sector(flows, **shape, tariff_hat=dear)
    melted = multi_sector(flows, **shape, cost_hat=dear)
    assert (melted.real_income < taxed.real_income).all()
    assert (taxed.real_income < 1.0).all()
    share = taxed.flows[0, 1, 0] / taxed.flows[0, :, 0].sum()
    assert share == pytest.approx(0.3 * 1.2**-4 / (0.7 + 0.3 * 1.2**-4))
    revenue = share * (1 - 1 / 1.2)  # of what is spent; income is the wage over what is left
    price = (0.7 + 0.3 * 1.2**-4) ** (-1 / 4)
    assert taxed.real_income[0] == pytest.approx(1 / (1 - revenue) / price, rel=1e-9)
    undone = multi_sector(taxed.flows, **shape, tariff=dear, tariff_hat=1 / dear)
    assert np.allclose(undone.real_income * taxed.real_income, 1.0, rtol=1e-8)


def test_the_first_order_formula_is_not_what_is_computed() -> None:
    """A loss that grows faster than the shock: ten steps of a tenth do not add up to the whole."""
    flows, ones = np.array([[[70.0, 30.0], [30.0, 70.0]]]), np.ones((1, 2))
    shape = {"value_added_share": ones, "input_share": ones[None], "absorption_share": ones, "elasticity": 0.8}

    def loss(cost: float) -> float:
        dear = np.array([[[1.0, cost], [cost, 1.0]]])
        return float(1 - multi_sector(flows, **shape, cost_hat=dear).real_income[0])

    first_order = 0.3 * np.log(3.0)
    assert loss(1.001) == pytest.approx(0.3 * np.log(1.001), rel=1e-2)
    assert abs(loss(3.0) - first_order) > 0.02


def test_an_endowment_is_a_quantity() -> None:
    """Less of it raises its price and lowers the income of who has it; unchanged it changes nothing; what cannot be saved
    makes the loss larger."""
    base = world(7)
    theta = np.asarray(base["elasticity"]).copy()
    theta[2] = 15.0
    shares = (base[name] for name in ("flows", "value_added_share", "input_share", "absorption_share"))
    model = TradeModel(*shares, theta, endowments=[2])
    assert np.allclose(model.solve().real_income, 1.0, atol=1e-9)
    less = np.ones((3, 4))
    less[2, 0] = 0.4
    lean, stiff = (model.solve(quantity_hat=less, fixed_cost=fixed).real_income[0] for fixed in (0.0, 0.9))
    assert stiff < lean < 1.0
    assert model.solve(quantity_hat=less).price[2, 0] > 1.0


@pytest.mark.parametrize(("closure", "name"), [("constant", "eu"), ("proportional", "mult")])
def test_one_sector_against_an_independent_program(benchmarks: Callable[[str], Path], closure: Any, name: str) -> None:
    """Welfare of 44 economies to 1e-6, and flows, as Stata's ge_gravity found them."""
    with benchmarks("one_sector_ge/TradeData0014_Results.csv").open() as text:
        rows = [row for row in csv.DictReader(text) if row["year"] == "2000.0"]
    names = sorted({row["exporter"] for row in rows})
    place = {economy: i for i, economy in enumerate(names)}
    flows, cost, welfare, after = (np.zeros((len(names), len(names))) for _ in range(4))
    for row in rows:
        at = place[row["exporter"]], place[row["importer"]]
        flows[at], cost[at] = float(row["trade"]), np.exp(float(row["eu_effect"])) ** (-1 / 4)
        welfare[at], after[at] = float(row[f"w_{name}"]), float(row[f"X_{name}"])
    found = one_sector(flows, cost, 4.0, closure)
    assert np.abs(found.welfare - welfare[:, 0]).max() < 1e-6
    assert np.abs(found.flows / after - 1).max() < 1e-6


FLOWS = np.array([[8.0, 2.0], [2.0, 8.0]])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"flows": -FLOWS}, "nothing below 0"), ({"flows": FLOWS[:1]}, "shape"), ({"elasticity": 0.0}, "above 0"),
        ({"elasticity": float("nan")}, "above 0"), ({"cost_hat": np.zeros((2, 2))}, "infinity closes a flow"),
        ({"cost_hat": np.ones((3, 3))}, "shape"), ({"deficits": "some"}, "constant, proportional, none"),
        ({"flows": FLOWS * [[1, 0], [1, 0]]}, "buys nothing"), ({"flows": FLOWS * np.nan}, "not finite"),
    ],
)  # fmt: skip
def test_bad_input_is_told(change: dict[str, Any], said: str) -> None:
    """What was found, what is allowed."""
    with pytest.raises(InputError, match=said):
        one_sector(**{"flows": FLOWS, "cost_hat": np.ones((2, 2)), "elasticity": 4.0, **change})


def test_shares_that_do_not_sum_are_told() -> None:
    """Shares of inputs and of final demand sum to one."""
    base = world(1)
    for name in ("absorption_share", "input_share"):
        with pytest.raises(InputError, match="sum to 1"):
            multi_sector(**{**base, name: 0.9 * base[name]})


def test_what_has_no_equilibrium_is_refused() -> None:
    """A surplus that cannot be shipped, and a good that nobody is left to sell, are said and not computed."""
    alone = np.array([[1.0, np.inf], [np.inf, 1.0]])
    with pytest.raises(SolverError, match="trade with nobody else"):
        one_sector([[8, 4], [1, 8]], alone, 4.0)
    with pytest.raises(
        SolverError, match=r"to spend|No equilibrium"
    ):  # the surplus is more than is earned after the shock
        one_sector([[4.0, 60.0], [1.0, 900.0]], [[1.0, 40.0], [1.0, 1.0]], 4.0)
    with pytest.raises(SolverError, match="No supplier is left of sector 0 for economy 0"):
        one_sector(FLOWS, [[np.inf, 1], [np.inf, 1]], 4.0)
