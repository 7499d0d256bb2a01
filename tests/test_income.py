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
from equipoise.income.inputs import Inputs
from equipoise.income.losses import Act, Losses, scarcity
from equipoise.maths.equilibrium import TradeModel, multi_sector
from equipoise.trade import OIL, Change, Economy, Setting
from equipoise.world import VARIANTS, World, open_regions, open_world

SHORT, LONG = Setting(0.76, 15.0, 0.75, 0.8), Setting(5.0, 15.0, 0.125, 0.8)


def leaving(places: list[int], oil_lost: float = 0.0) -> Change:
    """All trade with some economies closed, and a share of the oil exports lost."""
    return Change(dict.fromkeys(places, 1.0), dict.fromkeys(places, 1.0), oil_lost=oil_lost)


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
        assert np.allclose(Economy(each, "KAZ").loss(SHORT, Change()), 0.0, atol=1e-7)


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
    economy = Economy(whole, "KAZ")
    for theta in (2.0, 4.0, 8.0):
        products.append(theta * economy.loss(without(theta), leaving(members))[economy.home])
    assert max(products) / min(products) < 1.1


def test_a_tonne_is_lost_once(whole: World) -> None:
    """Oil that finds no way out costs its rent where substitution is easy; with trade closed too the loss is less than the
    two apart, and far less than with the rent counted once more from outside."""
    economy, setting = Economy(whole, "KAZ"), without(5.0)
    oil, home = whole.sectors.index(OIL), economy.home
    made = economy.world.balanced[oil, home].sum()
    own, inputs = whole.value_added_share[oil, home], 1.0 - whole.value_added_share[oil, home]
    gone = 0.5 * economy.exported * made
    income_before = economy.model.income[home]
    rent = 100 * gone * (1.0 - inputs - 0.2 * own) / income_before
    transit = economy.loss(setting, Change(oil_lost=0.5))[home]
    assert transit == pytest.approx(rent, rel=0.15)
    members = whole.places(["RUS"])
    trade, both = (economy.loss(setting, leaving(members, oil_lost=lost))[home] for lost in (0.0, 0.5))
    assert max(trade, transit) < both < trade + transit + 0.05


def test_oil_that_cannot_save_its_costs_costs_more(whole: World) -> None:
    """The larger the share of costs that stays when wells are shut, the larger the loss."""
    economy = Economy(whole, "KAZ")
    losses = [
        economy.loss(Setting(0.76, 15.0, stuck, 0.8), Change(oil_lost=0.8))[economy.home] for stuck in (0.0, 0.5, 0.9)
    ]
    assert losses == sorted(losses)
    assert losses[0] > 5.0


def test_regions_and_economies_agree(whole: World) -> None:
    """Twelve regions instead of 81 economies move a single loss by less than four tenths of a point."""
    regions = open_regions()
    large, small = Economy(whole, "KAZ"), Economy(regions, "KAZ")
    for setting in (SHORT, LONG):
        for power in ("RUS", "CHN", "TUR"):
            found = [
                economy.loss(setting, leaving(economy.world.places([power]), 0.5))[economy.home]
                for economy in (large, small)
            ]
            assert abs(found[0] - found[1]) < 0.4


def test_any_economy_of_the_world_can_be_the_state(whole: World) -> None:
    """By market channels alone, for any of the eighty; a part of a region, and a state inside the rest, are not told apart."""
    for home, partner in (("VNM", "CHN"), ("MEX", "USA"), ("POL", "DEU")):
        economy = Economy(whole, home)
        losses = [
            economy.loss(LONG, change)[economy.home] for change in (leaving(whole.places([partner])), economy.alone())
        ]
        assert 0.1 < losses[0] < losses[1]
    assert open_regions().places(["DEU"]) == []
    assert whole.places(["UZB"]) == []
    with pytest.raises(InputError, match="one of the economies"):
        Economy(whole, "UZB")
    with pytest.raises(InputError, match="coalition"):
        Economy(whole, "KAZ").loss(LONG, leaving(whole.places(["KAZ"])))


def test_economies_put_together_are_the_regions(whole: World) -> None:
    """The world gathered into the twelve regions is the bundled world of twelve regions, to the last digits it was kept in."""
    regions = open_regions()
    groups: dict[str, list[int]] = {}
    for place, economy in enumerate(whole.economies):
        groups.setdefault(regions.inside.get(economy, "REST"), []).append(place)
    gathered = whole.gathered(groups)
    for each in ("RUS", "CHN"):
        losses = [
            economy.loss(SHORT, leaving(economy.world.places([each]), 0.5))[economy.home]
            for economy in (Economy(gathered, "KAZ"), Economy(regions, "KAZ"))
        ]
        assert losses[0] == pytest.approx(losses[1], abs=1e-5)
    with pytest.raises(InputError, match="one group"):
        whole.gathered({"all but one": range(80)})


def test_any_economy_by_market_channels_alone(case: Case) -> None:
    """A case without corridors has losses of trade, no parts of them, and no player that the home is in."""
    vietnam = income.market_case(case, "VNM", ["CHN", "USA"])
    facts = income.derive(vietnam, draws=4)
    assert set(facts.view("income_loss")["item"].cast(str)) == {"all", "trade", "exports", "imports"}
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
    facts = known.view("income_loss", item="all", period="2025+1y")
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
        whole = {p: value(known, "income_loss", p, "all", horizon) for p in ("RUS", "CHN", "EU", "USA", "TUR")}
        assert max(whole, key=lambda p: whole[p]) == "RUS"
        parts = [value(known, "income_loss", "RUS", item, horizon) for item in ("trade", "transit")]
        assert parts[1] > parts[0]
        assert max(parts) < whole["RUS"] < sum(parts) + 0.5
        row = known.view("income_loss", object="RUS", item="all", period=f"2025+{horizon}").row(0, named=True)
        assert row["low"] < row["value"] < row["high"]
        assert value(known, "income_model_spread", "RUS", "low", horizon) < whole["RUS"]
    assert value(known, "income_loss", "RUS", "all", "1y") > 2 * value(known, "income_loss", "RUS", "all", "10y")


def test_who_is_not_told_apart_has_no_figure(known: Case) -> None:
    """Missing is never zero: the world holds Azerbaijan, Georgia and Uzbekistan inside its rest."""
    named = set(known.view("income_loss")["object"].cast(str))
    assert not {power for name in named for power in name.split("+")} & {"AZE", "GEO", "UZB"}


def test_a_loss_of_income_leads_to_its_sources(known: Case) -> None:
    """Its tree names the oil that is lost, the elasticity, and the world."""
    tree = known.trace("income_loss:KAZ>RUS/all@2025+1y", depth=3, width=4)[0]
    names = {child.id.split(":")[0] for child in tree.children}
    assert "withdrawal_lost_mass" in names
    every = known.trace("income_loss:KAZ>RUS/all@2025+1y", depth=1)[0]
    assert {"world2022", "control", "trade_elasticity"} <= {child.id.split(":")[0] for child in every.children}
    weight = {child.id.split("@")[0]: child.weight for child in every.children}
    assert weight["withdrawal_lost_mass:KAZ>RUS/oil"] > weight["control:RUS>exp_rus/market"] > 0
    assert weight["trade_elasticity:WLD/1y"] > weight["risk_premium:WLD/1y"]


def test_the_band_says_what_drives_it(known: Case) -> None:
    """Total indices lie between nothing and about one, the strongest are named with the record, and the count is theirs."""
    facts = income.derive(known.without(by=income.VERSION), draws=64)
    index = facts.view("income_sensitivity", subject="RUS", period="2025+1y")
    assert (index["low"] <= index["value"]).all()
    assert (index["value"] <= index["high"]).all()
    assert 0.1 < index["value"].max() < 1.5
    row = facts.view("income_input_count", object="RUS", item="driving").row(0, named=True)
    parents = facts.parents.filter(facts.parents["derivation"] == str(row["basis"]))
    assert parents.height == row["value"] == (index["value"] > 0.1).sum()
    assert parents["weight"].is_sorted(descending=True)


def test_ranks_are_shares_of_redraws(known: Case) -> None:
    """Each power has one rank in each redraw, and of two powers one stands above the other."""
    facts = known.view("income_rank_share", period="2025+1y")
    for _, of_power in facts.group_by("object"):
        assert of_power["value"].sum() == pytest.approx(1.0)
    above = {
        (a, b): v
        for a, b, v in known.view("income_above_share", period="2025+1y")
        .select("subject", "object", "value")
        .iter_rows()
    }
    assert all(above[a, b] + above[b, a] == pytest.approx(1.0) for a, b in above)


def test_the_division_of_the_joint_loss_is_whole(known: Case) -> None:
    """Shapley's shares sum to the joint loss, Owen's kinds to the share of their power."""
    for horizon in ("1y", "10y"):
        joint = known.view("worst_income_loss", item="5", period=f"2025+{horizon}")["value"].item()
        shares = known.view("income_shapley", period=f"2025+{horizon}")
        assert shares["value"].sum() == pytest.approx(joint, abs=1e-6)
    for power, share in shares.select("subject", "value").iter_rows():
        kinds = known.view("income_owen", subject=power, period="2025+10y")["value"]
        assert kinds.sum() == pytest.approx(share, abs=1e-6)


def test_a_share_of_a_closure_takes_a_part(known: Case) -> None:
    """The more of a market is closed the more is lost, the last part above all; nothing closed takes nothing."""
    economy = Economy(open_regions(), "KAZ")
    places = economy.world.places(["CHN"])
    losses = [
        economy.loss(SHORT, Change(imports=dict.fromkeys(places, share)))[economy.home] for share in (0, 0.3, 0.9, 1)
    ]
    assert losses[0] == pytest.approx(0.0, abs=1e-7)
    assert losses == sorted(losses)
    assert (losses[3] - losses[2]) / 0.1 > losses[3]  # the last tenth is dearer than the mean one


def test_income_terms_are_what_their_formulas_say(known: Case) -> None:
    """Money sent home, by hand: half a year's transfers doubled, the part from Russia, less what is earned again."""
    inputs = Inputs(known.settle())
    losses, horizon = Losses(inputs, inputs.world), next(h for h in inputs.horizons if h.id == "1y")
    values = losses.figures(horizon)
    terms = losses.terms(Act.of(["RUS"]), values)
    by_hand = 100 * 2 * 195e6 * 0.24 * (1 - 0.3) / 291.9e9
    assert terms["people"] == pytest.approx(by_hand, rel=1e-6)
    debt, investment = 14.87 * 0.6 * 0.2 * 0.02, 3 * 0.6 * 1 * 0.05
    assert terms["finance"] == pytest.approx(100 * (debt + investment) / 291.9, rel=1e-6)
    assert losses.terms(Act(), values) == dict.fromkeys(terms, 0.0)
    joint = losses.terms(Act.of(["RUS", "CHN"]), values)
    assert joint["finance"] == pytest.approx(terms["finance"] + losses.terms(Act.of(["CHN"]), values)["finance"])


def test_a_change_without_an_equilibrium_is_missing_and_no_error(case: Case) -> None:
    """Switzerland alone finds no supplier of coal: no bound, no joint loss, and the single losses stand."""
    facts = income.derive(income.market_case(case, "CHE"), draws=0)
    assert not facts.view("autarky_loss", period="2022+1y").height
    assert facts.view("income_loss", object="EU", item="all").height == 3


def test_deficits_kept_are_another_line_of_the_same_order(known: Case) -> None:
    """Kept as a share of income they move a single loss by less than three tenths."""
    rows = known.view("income_deficits_kept", period="2025+1y")
    for power, kept in rows.select("object", "value").iter_rows():
        assert kept == pytest.approx(value(known, "income_loss", power, "all", "1y"), rel=0.3)


def test_scarcity_is_exact() -> None:
    """Nothing missing costs nothing, everything costs everything; near one it is the cost share, and convex beyond."""
    assert scarcity(0.04, 1.0, 0.05) == 0.0
    assert scarcity(0.04, 0.0, 0.05) == 1.0
    assert scarcity(0.04, 1 - 1e-6, 0.5) == pytest.approx(0.04e-6, rel=1e-3)
    falls = np.diff([scarcity(0.04, 1 - cut, 0.05) for cut in (0.0, 0.05, 0.1, 0.15)])
    assert (np.diff(falls) > 0).all()


def test_same_seed_same_bits(known: Case) -> None:
    """The same facts again; another seed moves the bands and no figure."""
    lean = known.without(by=income.VERSION)
    one, two = income.derive(lean, draws=4), income.derive(lean, draws=4)
    assert one.facts.equals(two.facts)
    other = income.derive(lean, draws=4, seed=2)
    assert one.view("income_loss")["value"].equals(other.view("income_loss")["value"])
    assert not one.view("income_loss")["low"].equals(other.view("income_loss")["low"])


def test_a_case_without_elasticities_has_no_such_facts(toy: Case) -> None:
    """Nothing is assumed in silence."""
    assert not len(income.derive(eq.run(toy, until="withdrawal"), draws=0))
