"""The compiled solver of many scenarios: the laws of the equilibrium, and the answers of the solver of one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equipoise.errors import InputError, SolverError
from equipoise.maths.equilibrium import TradeModel, multi_sector, solve_many
from equipoise.world import VARIANTS, World, open_regions, open_world

SEEDS = st.integers(0, 10_000)
SECTORS, COUNT, HOME = 3, 4, 1


def small(seed: int, endowments: tuple[int, ...] = (0,), *, balanced: bool = True) -> TradeModel:
    """A random world with inputs and an endowment, whose shares reproduce its flows."""
    chance = np.random.default_rng(seed)
    own = chance.uniform(0.3, 0.8, (SECTORS, COUNT))
    split = np.moveaxis(chance.dirichlet(np.ones(SECTORS), (SECTORS, COUNT)), 2, 0)
    final = chance.dirichlet(np.ones(SECTORS), COUNT).T
    theta = chance.uniform(0.7, 8.0, SECTORS)
    flows = chance.lognormal(0, 1, (SECTORS, COUNT, COUNT)) + np.eye(COUNT) * chance.uniform(5, 20, COUNT)
    if balanced:
        flows = multi_sector(flows, own, split, final, theta, deficits="none").flows
    return TradeModel(flows, own, split, final, theta, endowments=endowments, rent_share=0.6)


def bundled(world: World) -> TradeModel:
    """The bundled world with oil as an endowment, at the elasticities of a year."""
    oil = world.sectors.index("OILGAS")
    theta = np.where(np.arange(len(world.sectors)) == oil, 15.0, 0.76)
    shares = world.value_added_share, world.input_share, world.absorption_share
    return TradeModel(world.balanced, *shares, theta, endowments=[oil])


def drawn(seed: int, k: int, model: TradeModel, home: int, share: float = 0.3) -> dict[str, Any]:
    """Scenarios in which everything differs: elasticities, closures whole and in part, the endowment and its costs."""
    chance = np.random.default_rng(seed)
    sectors, count = model.shape
    kept = np.where(chance.random((2, k, sectors, count)) < share, chance.uniform(0, 1, (2, k, sectors, count)), 1.0)
    kept *= (chance.random((k, 1, count)) > share)[None]
    return {
        "elasticity": chance.uniform(0.7, 8.0, (k, sectors)), "exports_kept": kept[0], "imports_kept": kept[1],
        "delivery_cost": chance.uniform(0.9, 1.3, k), "quantity_hat": chance.uniform(0.4, 1.2, k),
        "fixed_cost": chance.uniform(0, 0.5, k), "rent_share": chance.uniform(0.3, 0.9, k),
    }  # fmt: skip


def alone(model: TradeModel, home: int, row: dict[str, Any], deficits: Any = "constant") -> Any:
    """One scenario by :meth:`TradeModel.solve`, its costs written out."""
    model = model.at(row["elasticity"], row["rent_share"])
    sectors, count = model.shape
    cost, quantity = np.ones((sectors, count, count)), np.ones((sectors, count))
    with np.errstate(divide="ignore"):
        cost[:, home] = row["exports_kept"] ** (-1 / model.theta[:, None])
        cost[:, :, home] = row["imports_kept"] ** (-1 / model.theta[:, None])
    cost[model.endowed, home] *= row["delivery_cost"]
    cost[:, home, home] = 1.0
    quantity[:, home] = row["quantity_hat"]
    return model.solve(cost, quantity_hat=quantity, fixed_cost=row["fixed_cost"], deficits=deficits)


def agree(model: TradeModel, home: int, scenarios: dict[str, Any], deficits: Any = "constant") -> None:
    """Hold the compiled answers to those of the solver of one; where there is none, both say so."""
    many = solve_many(model, home, deficits=deficits, strict=False, **scenarios)
    for k, found in enumerate(many.converged):
        row = {name: values[k] for name, values in scenarios.items()}
        if not found:
            assert np.isnan(many.real_income[k]).all()
            with pytest.raises(SolverError):
                alone(model, home, row, deficits)
            continue
        one = alone(model, home, row, deficits)
        assert np.allclose(many.real_income[k], one.real_income, rtol=1e-8)
        assert np.allclose(many.rent[k], one.rent / (one.real_income * one.consumer_price * model.income), atol=1e-7)


@settings(max_examples=25)
@given(SEEDS, st.sampled_from([(), (0,), (0, 2)]))
def test_it_finds_what_the_solver_of_one_finds(seed: int, endowments: tuple[int, ...]) -> None:
    """Random worlds and changes of everything that may change: the same real incomes, the same share of rent."""
    model = small(seed, endowments)
    agree(model, HOME, drawn(seed, 4, model, HOME))


@settings(max_examples=15)
@given(SEEDS, st.sampled_from(["constant", "proportional", "none"]))
def test_it_keeps_deficits_as_the_solver_of_one_does(seed: int, deficits: Any) -> None:
    """Worlds out of balance under each closure of the deficit: the same real incomes."""
    model = small(seed, balanced=False)
    mild = {
        **drawn(seed, 3, model, HOME),
        "exports_kept": np.full((3, 3, 4), 0.7),
        "imports_kept": np.full((3, 3, 4), 0.8),
    }
    agree(model, HOME, {**mild, "quantity_hat": np.full(3, 0.9), "fixed_cost": np.full(3, 0.2)}, deficits)


def test_it_finds_the_same_on_the_twelve_regions_under_each_way_of_allocating_final_demand() -> None:
    """The nine worlds in one call, each scenario in its own."""
    models, home = [bundled(open_regions(name)) for name in VARIANTS], open_regions().places(["KAZ"])[0]
    scenarios = drawn(3, 18, models[0], home)
    world = np.arange(18) % 9
    many = solve_many(models, home, world=world, **scenarios)
    assert many.converged.all()
    for k in range(18):
        one = alone(models[world[k]], home, {name: values[k] for name, values in scenarios.items()})
        assert np.allclose(many.real_income[k], one.real_income, rtol=1e-8)


def test_it_finds_the_same_on_the_world_of_eighty_one() -> None:
    """The whole world, closures whole and in part with the endowment and draws of the elasticities."""
    model, home = bundled(open_world()), open_world().places(["KAZ"])[0]
    agree(model, home, drawn(5, 5, model, home, share=0.1))


def test_the_same_bits_whatever_the_threads_and_the_company() -> None:
    """A scenario's answer depends on nothing but the scenario."""
    model, home = bundled(open_regions()), open_regions().places(["KAZ"])[0]
    scenarios = drawn(7, 150, model, home)
    one, two = (solve_many(model, home, threads=threads, **scenarios) for threads in (1, 2))
    assert (one.real_income == two.real_income).all()
    turned = solve_many(model, home, **{name: values[::-1] for name, values in scenarios.items()})
    assert (turned.real_income[::-1] == one.real_income).all()
    lonely = solve_many(model, home, **{name: values[40:41] for name, values in scenarios.items()})
    assert (lonely.real_income[0] == one.real_income[40]).all()


@settings(max_examples=20)
@given(SEEDS, st.floats(0.6, 12.0), st.floats(0.0, 1.0), st.floats(0.0, 0.9))
def test_no_change_gives_no_change(seed: int, theta: float, fixed: float, rent: float) -> None:
    """Elasticities and shares of cost and rent alone change nothing."""
    found = solve_many(small(seed), HOME, elasticity=np.full(SECTORS, theta), fixed_cost=fixed, rent_share=rent)
    assert np.allclose(found.real_income, 1.0, atol=1e-8)


def test_closing_an_economy_that_does_not_trade_changes_nothing() -> None:
    """Where no trade was none is lost."""
    flows = np.array([[[50.0, 5, 0], [5, 60, 10], [0, 10, 40]]])
    ones = np.ones((1, 3))
    model = TradeModel(flows, ones, ones[None], ones, 3.0)
    kept = np.array([[1.0, 1, 0]])
    assert np.allclose(solve_many(model, 0, exports_kept=kept, imports_kept=kept).real_income, 1.0, atol=1e-10)


@settings(max_examples=20)
@given(SEEDS, st.floats(0.7, 9.0))
def test_autarky_costs_what_the_formula_says(seed: int, theta: float) -> None:
    """One sector without inputs, closed to all: real income is the share spent at home to the power 1/theta."""
    chance = np.random.default_rng(seed)
    ones = np.ones((1, 4))
    flows = chance.lognormal(0, 1, (1, 4, 4)) + np.eye(4) * chance.uniform(5, 20, 4)
    flows = multi_sector(flows, ones, ones[None], ones, 5.0, deficits="none").flows
    model = TradeModel(flows, ones, ones[None], ones, theta)
    found = solve_many(model, 2, exports_kept=np.zeros((1, 4)), imports_kept=np.zeros((1, 4)))
    assert found.real_income[0, 2] == pytest.approx(model.shares[0, 2, 2] ** (1 / theta), rel=1e-8)


def test_what_has_no_equilibrium_is_an_error_that_names_the_scenario() -> None:
    """A surplus that nobody is left to buy, and a good that nobody is left to sell: never a result."""
    model = small(2, balanced=False)
    kept = np.array([np.ones(COUNT), np.zeros(COUNT)])
    with pytest.raises(SolverError, match="Scenario 1: There is no equilibrium"):
        solve_many(model, HOME, exports_kept=kept, imports_kept=kept)
    lenient = solve_many(model, HOME, exports_kept=kept, imports_kept=kept, strict=False)
    assert lenient.converged.tolist() == [True, False]
    assert np.isnan(lenient.real_income).any(axis=1).tolist() == [False, True]
    bought = np.array([[[50.0, 5], [5, 60]], [[0.0, 0], [30, 60]]])
    half = np.full((2, 2), 0.5)
    lacking = TradeModel(bought, np.ones((2, 2)), np.full((2, 2, 2), 0.5), half, 3.0)
    with pytest.raises(SolverError, match="Scenario 0: No supplier is left of sector 1 for economy 0"):
        solve_many(lacking, 0, imports_kept=np.zeros((1, 2)), deficits="none")


def test_what_the_compiled_solver_does_not_find_is_found_slowly_or_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scenarios that the kernel gives up are solved again by the solver of one."""
    from equipoise.maths.equilibrium import compiled

    real = compiled.solve_all

    def fails(world: Any, change: Any, rows: Any, income: Any, rent: Any, steps: Any, fate: Any) -> None:
        real(world, change, rows, income, rent, steps, fate)
        fate[rows[rows == 1]], income[rows[rows == 1]] = compiled.NO_STEP, 77.0

    model = small(4)
    scenarios = drawn(4, 3, model, HOME)
    right = solve_many(model, HOME, **scenarios)
    monkeypatch.setattr(compiled, "solve_all", fails)
    again = solve_many(model, HOME, **scenarios)
    assert again.converged.all()
    assert np.allclose(again.real_income, right.real_income, rtol=1e-8)


def test_a_search_that_runs_out_of_steps_is_no_result() -> None:
    """With too few steps allowed the kernel says that it found nothing."""
    from equipoise.maths.equilibrium import batch, compiled

    model = small(4)
    world, income = batch._arrays(model, "constant"), np.full((1, COUNT), np.nan)
    nothing = np.full(1, np.nan)
    kept = np.full((1, 1, COUNT), 0.5)
    change = compiled.Change(
        HOME, model.theta[None] * np.nan, nothing, kept, kept, np.ones(1), np.ones(1), np.ones(1), np.ones(1) * 0.5
    )
    steps, fate = np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64)
    compiled.solve_all(world, change, np.arange(1), income, income.copy(), steps, fate)
    assert fate.tolist() == [compiled.NO_STEP]
    assert np.isnan(income).all()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"home": 9}, "home"),
        ({"world": [0, 1]}, "world"),
        ({"elasticity": [1.0, -1.0, 2.0]}, "elasticity"),
        ({"elasticity": [1.0, 2.0]}, "elasticity"),
        ({"exports_kept": np.full((2, 4), -0.1)}, "exports_kept"),
        ({"imports_kept": np.ones((2, 3))}, "imports_kept"),
        ({"quantity_hat": 0.0}, "quantity_hat"),
        ({"quantity_hat": [np.nan, 1.0]}, "quantity_hat"),
        ({"fixed_cost": 1.5}, "fixed_cost"),
        ({"rent_share": -0.5}, "rent_share"),
        ({"delivery_cost": np.inf}, "delivery_cost"),
        ({"quantity_hat": [0.5, 0.6], "fixed_cost": [0.1, 0.2, 0.3]}, "quantity_hat"),
        ({"deficits": "some"}, "deficits"),
    ],
)
def test_bad_input_is_one_clear_error(wrong: dict[str, Any], said: str) -> None:
    """What is out of bounds or of another shape is named, with what is allowed."""
    with pytest.raises(InputError, match=said):
        solve_many(small(1), **{"home": HOME, **wrong})


def test_worlds_that_differ_in_kind_or_have_tariffs_are_refused() -> None:
    """One kernel takes worlds of one shape, with the same endowments and no tariffs."""
    with pytest.raises(InputError, match="same endowments"):
        solve_many([small(1), small(1, (1,))], HOME)
    with pytest.raises(InputError, match="none"):
        solve_many([], HOME)
    ones = np.ones((1, 2))
    taxed = TradeModel([[[50.0, 5], [5, 60]]], ones, ones[None], ones, 3.0, tariff=[[[1.0, 1.1], [1.0, 1.0]]])
    with pytest.raises(InputError, match="tariffs"):
        solve_many(taxed, 0)


def test_progress_is_told_to_the_end() -> None:
    """Whoever waits learns how many are solved."""
    told: list[tuple[int, int]] = []
    solve_many(
        small(1), HOME, quantity_hat=np.linspace(0.5, 1.0, 20), threads=2, progress=lambda a, b: told.append((a, b))
    )
    assert told[-1] == (20, 20)
    assert told == sorted(told)
