"""Real income: the world of 2022, oil as a quantity counted once, and the losses that come of both."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest

import equipoise as eq
from equipoise import income, world
from equipoise.case import Case
from equipoise.errors import InputError
from equipoise.maths.equilibrium import TradeModel, multi_sector
from equipoise.trade import OIL, Economy, Setting
from equipoise.world import VARIANTS, World, open_regions, open_world

SHORT, LONG = Setting(0.76, 15.0, 0.75, 0.8), Setting(5.0, 15.0, 0.125, 0.8)


def without(elasticity: float) -> Setting:
    """A setting of this elasticity whose oil wells save all that can be saved."""
    return Setting(elasticity, 15.0, 0.0, 0.8)


@pytest.fixture(scope="module")
def whole() -> World:
    """The world of 81 economies."""
    return open_world()


def test_the_shares_of_the_world_reproduce_its_flows(whole: World) -> None:
    """Nothing changes where nothing is changed, in the whole world and in each of its nine variants."""
    for each in (whole, *(open_regions(name) for name in VARIANTS)):
        shares = each.value_added_share, each.input_share, each.absorption_share
        assert np.allclose(multi_sector(each.flows, *shares, 5.0).real_income, 1.0, atol=1e-9)
        assert np.allclose(Economy(each, "KAZ", SHORT).loss(), 0.0, atol=1e-7)


def test_a_world_of_other_bytes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bundled file is the one that was published, or it is no world."""
    monkeypatch.setattr(world, "_HASHES", dict.fromkeys(world._HASHES, "0"))
    with pytest.raises(InputError, match="other bytes"):
        world._read("world2022.npz")


@pytest.mark.parametrize(("thetas", "ranges"), [
    ((0.6, 1.0), {"RUS": (7.7, 13.1), "CHN": (9.2, 14.9), "TUR": (1.5, 2.4)}),
    ((4.0, 8.0), {"RUS": (1.0, 2.0), "CHN": (1.3, 2.6), "TUR": (0.24, 0.45)}),
])  # fmt: skip
def test_trade_alone_falls_in_the_range_of_a_right_answer(
    whole: World, thetas: tuple[float, float], ranges: dict[str, tuple[float, float]]
) -> None:
    """Closed bilateral trade, every good produced, costs what independent solutions of this world give, at both ends of the
    elasticity; and the powers lose less than one per cent themselves."""
    shares = whole.value_added_share, whole.input_share, whole.absorption_share
    home = whole.places(["KAZ"])[0]
    for theta, slack in zip(thetas, (1.06, 0.94), strict=True):  # the ranges were found with other ways of balancing
        model = TradeModel(whole.balanced, *shares, theta)
        for power, (least, most) in ranges.items():
            members = whole.places([power])
            cost = np.ones_like(whole.flows)
            cost[:, members, home] = cost[:, home, members] = np.inf
            loss = 100 * (1 - model.solve(cost).real_income)
            assert least * min(1.0, slack) <= loss[home] <= most * max(1.0, slack), (power, theta)
            assert loss[members].max() < 1.0


def test_the_loss_times_the_elasticity_is_nearly_constant_when_it_is_high(whole: World) -> None:
    """From two upwards the loss falls as one over the elasticity."""
    members = whole.places(["RUS"])
    products = []
    for theta in (2.0, 4.0, 8.0):
        economy = Economy(whole, "KAZ", Setting(theta, 15.0, 0.0, 0.8))
        products.append(theta * economy.loss(members)[economy.home])
    assert max(products) / min(products) < 1.1


def test_a_tonne_is_lost_once(whole: World) -> None:
    """Oil that finds no way out costs its rent where substitution is easy; with trade closed too the loss is less than the
    two apart, and far less than with the rent counted once more from outside."""
    economy = Economy(whole, "KAZ", without(5.0))
    oil, home = whole.sectors.index(OIL), economy.home
    made = economy.world.balanced[oil, home].sum()
    own, inputs = whole.value_added_share[oil, home], 1.0 - whole.value_added_share[oil, home]
    gone = 0.5 * economy.exported * made
    income_before = economy._model.income[home]
    rent = 100 * gone * (1.0 - inputs - 0.2 * own) / income_before
    transit = economy.loss(oil_lost=0.5)[home]
    assert transit == pytest.approx(rent, rel=0.15)
    members = whole.places(["RUS"])
    trade, both = economy.loss(members)[home], economy.loss(members, oil_lost=0.5)[home]
    assert max(trade, transit) < both < trade + transit + 0.05


def test_oil_that_cannot_save_its_costs_costs_more(whole: World) -> None:
    """The larger the share of costs that stays when wells are shut, the larger the loss."""
    losses = []
    for stuck in (0.0, 0.5, 0.9):
        economy = Economy(whole, "KAZ", Setting(0.76, 15.0, stuck, 0.8))
        losses.append(economy.loss(oil_lost=0.8)[economy.home])
    assert losses == sorted(losses)
    assert losses[0] > 5.0


def test_regions_and_economies_agree(whole: World) -> None:
    """Twelve regions instead of 81 economies move a single loss by less than four tenths of a point."""
    regions = open_regions()
    for setting in (SHORT, LONG):
        large, small = Economy(whole, "KAZ", setting), Economy(regions, "KAZ", setting)
        for power in ("RUS", "CHN", "TUR"):
            found = [
                economy.loss(economy.world.places([power]), oil_lost=0.5)[economy.home] for economy in (large, small)
            ]
            assert abs(found[0] - found[1]) < 0.4


def test_any_economy_of_the_world_can_be_the_state(whole: World) -> None:
    """By market channels alone, for any of the eighty; a part of a region, and a state inside the rest, are not told apart."""
    for home, partner in (("VNM", "CHN"), ("MEX", "USA"), ("POL", "DEU")):
        economy = Economy(whole, home, LONG)
        assert 0.1 < economy.loss(whole.places([partner]))[economy.home] < economy.autarky()
    assert open_regions().places(["DEU"]) == []
    assert whole.places(["UZB"]) == []
    with pytest.raises(InputError, match="one of the economies"):
        Economy(whole, "UZB", LONG)
    with pytest.raises(InputError, match="coalition"):
        Economy(whole, "KAZ", LONG).loss(whole.places(["KAZ"]))


def test_economies_put_together_are_the_regions(whole: World) -> None:
    """The world gathered into the twelve regions is the bundled world of twelve regions, to the last digits it was kept in."""
    regions = open_regions()
    groups: dict[str, list[int]] = {}
    for place, economy in enumerate(whole.economies):
        groups.setdefault(regions.inside.get(economy, "REST"), []).append(place)
    gathered = whole.gathered(groups)
    for each in ("RUS", "CHN"):
        losses = [
            economy.loss(economy.world.places([each]), oil_lost=0.5)[economy.home]
            for economy in (Economy(gathered, "KAZ", SHORT), Economy(regions, "KAZ", SHORT))
        ]
        assert losses[0] == pytest.approx(losses[1], abs=1e-5)
    with pytest.raises(InputError, match="one group"):
        whole.gathered({"all but one": range(80)})


def test_any_economy_by_market_channels_alone(case: Case) -> None:
    """A case without corridors has losses of trade, no parts of them, and no player that the home is in."""
    vietnam = income.market_case(case, "VNM", ["CHN", "USA"])
    facts = income.derive(vietnam, draws=4)
    assert set(facts.view("income_loss")["item"].cast(str)) == {"both"}
    china = facts.view("income_loss", object="CHN", period="2022+1y").row(0, named=True)
    assert 10 < china["low"] <= china["value"] <= china["high"] < 40
    assert "EU" not in income.market_case(case, "POL").powers
    with pytest.raises(InputError, match="not itself, nor inside"):
        income.market_case(case, "POL", ["EU"])
    with pytest.raises(InputError, match="--home: found UZB"):
        income.market_case(case, "UZB")


def value(known: Case, measure: str, who: str, item: str, horizon: str) -> Any:
    """A fact of the stage."""
    return known.view(measure, object=who, item=item, period=f"2025+{horizon}")["value"].item()


def test_every_loss_is_bounded_and_grows_with_the_coalition(known: Case) -> None:
    """No coalition takes more than trade with nobody would, and none less than a part of it."""
    facts = known.view("income_loss", item="both", period="2025+1y")
    loss = {frozenset(str(name).split("+")): v for name, v in facts.select("object", "value").iter_rows()}
    powers = sorted(set().union(*loss))
    assert len(loss) == 2 ** len(powers) - 1
    bound = known.view("autarky_loss", period="2025+1y")["value"].item()
    for size in range(1, len(powers)):
        for part in combinations(powers, size):
            for one in set(powers) - set(part):
                assert loss[frozenset(part)] <= loss[frozenset({*part, one})] + 1e-6
    assert max(loss.values()) <= bound


def test_the_two_layers_meet_in_the_headline_case(known: Case) -> None:
    """Russia takes the most at both horizons, its transit more than its trade; the band and the models hold the figure."""
    for horizon in ("1y", "10y"):
        both = {p: value(known, "income_loss", p, "both", horizon) for p in ("RUS", "CHN", "EU", "USA", "TUR")}
        assert max(both, key=lambda p: both[p]) == "RUS"
        parts = [value(known, "income_loss", "RUS", item, horizon) for item in ("trade", "transit")]
        assert parts[1] > parts[0]
        assert max(parts) < both["RUS"] < sum(parts) + 0.5
        row = known.view("income_loss", object="RUS", item="both", period=f"2025+{horizon}").row(0, named=True)
        assert row["low"] < row["value"] < row["high"]
        assert value(known, "income_model_spread", "RUS", "low", horizon) < both["RUS"]
    assert value(known, "income_loss", "RUS", "both", "1y") > 2 * value(known, "income_loss", "RUS", "both", "10y")


def test_who_is_not_told_apart_has_no_figure(known: Case) -> None:
    """Missing is never zero: the world holds Azerbaijan, Georgia and Uzbekistan inside its rest."""
    named = set(known.view("income_loss")["object"].cast(str))
    assert not {power for name in named for power in name.split("+")} & {"AZE", "GEO", "UZB"}


def test_a_loss_of_income_leads_to_its_sources(known: Case) -> None:
    """Its tree names the oil that is lost, the elasticity, and the world."""
    tree = known.trace("income_loss:KAZ>RUS/both@2025+1y", depth=3, width=4)[0]
    names = {child.id.split(":")[0] for child in tree.children}
    assert {"withdrawal_lost_mass", "trade_elasticity"} <= names
    every = known.trace("income_loss:KAZ>RUS/both@2025+1y", depth=1)[0]
    assert "world2022" in {child.id for child in every.children}


def test_the_band_says_what_drives_it(known: Case) -> None:
    """The inputs that stand out explain most of the variance, and are facts or the choice of model."""
    facts = income.derive(known.without(by=income.VERSION), draws=80, workers=2)
    for horizon in ("1y", "10y"):
        row = facts.view("income_band_explained", subject="RUS", period=f"2025+{horizon}").row(0, named=True)
        assert 0.3 < row["value"] <= 1.0
        parents = facts.parents.filter(facts.parents["derivation"] == str(row["basis"]))
        measures = {name.split(":")[0] for name in parents["parent"].to_list()}
        assert measures <= {*income.SETTINGS, "withdrawal_lost_mass", "world2022"}
        assert parents["weight"].is_sorted(descending=True)


def test_same_seed_same_bits(known: Case) -> None:
    """One process or two, the same facts; another seed moves the bands and no figure."""
    lean = known.without(by=income.VERSION)
    one, two = income.derive(lean, draws=4, workers=1), income.derive(lean, draws=4, workers=2)
    assert one.facts.equals(two.facts)
    other = income.derive(lean, draws=4, seed=2)
    assert one.view("income_loss")["value"].equals(other.view("income_loss")["value"])
    assert not one.view("income_loss")["low"].equals(other.view("income_loss")["low"])


def test_a_case_without_elasticities_has_no_such_facts(toy: Case) -> None:
    """Nothing is assumed in silence."""
    assert not len(income.derive(eq.run(toy, until="withdrawal"), draws=0))
