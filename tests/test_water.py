"""Shared waters of the bundled case: the balance, what can be kept back, power for water, levers, and bad input."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from equipoise.brief.desk import Desk
from equipoise.brief.document import Absent, Chart, Table
from equipoise.brief.region_water import shared_systems
from equipoise.case import Case
from equipoise.cli.sheets import region_water
from equipoise.errors import InputError
from equipoise.ledger import Ledger
from equipoise.region import water
from equipoise.region.figures import Figures
from equipoise.vocabulary import measures

RIVER, YEAR = "Syr_Darya", "2025"


@pytest.fixture(scope="module")
def found(case: Case) -> Ledger:
    """The facts of the shared waters."""
    return water.derive(case, draws=100)


def value(ledger: Ledger, measure: str, subject: str, thing: str = "", item: str = "", period: str = YEAR) -> float:
    """The one fact of a key."""
    rows = ledger.view(measure, subject=subject, object=thing, item=item, period=period)
    assert rows.height == 1, (measure, subject, thing, item)
    return float(rows["value"][0])


def moved(case: Case, measure: str, subject: str, item: str, to: float, thing: str = "") -> Case:
    """The case with one figure known to be something else."""
    rows = case.view(measure, subject=subject, object=thing, item=item)
    assert rows.height
    key = {name: str(rows[name][0] or "") for name in ("measure", "subject", "object", "item", "period")}
    return case.replace(Ledger.of([{**key, "value": to, "kind": "assumed", "basis": "assumed-water-cost"}]))


def test_the_founding_figure_comes_out(found: Ledger, case: Case) -> None:
    """Need 15 against 12 cubic kilometres: the season's balance gives the published shortfall of 3 (0-4) without being fitted."""
    short = value(found, "water_shortfall", RIVER, "KAZ")
    published = case.view("outcome_baseline", subject="water_shortfall").row(0, named=True)
    assert published["low"] <= short <= published["high"]
    assert short == pytest.approx(published["value"], abs=0.5)
    parts = {
        item: value(found, "water_balance", RIVER, "KAZ", item) for item in ("need_summer", "supply_summer", "short")
    }
    assert parts["need_summer"] - parts["supply_summer"] == pytest.approx(parts["short"])


def test_the_year_balances_by_hand(found: Ledger, case: Case) -> None:
    """The central balance is the sum that anybody can do with the facts of the case."""
    volume = {row["item"]: row["value"] for row in case.view("river_volume").iter_rows(named=True)}
    winter = volume["winter_inflow"] - value_of_need(case) - volume["let_through_winter"]
    room = volume["live_storage_Shardara"] + volume["live_storage_Koksaray"]
    stored = min(winter, room)
    assert value(found, "water_balance", RIVER, "KAZ", "stored") == pytest.approx(stored)
    assert value(found, "water_balance", RIVER, "KAZ", "unused") == pytest.approx(winter - stored)
    short = 15.0 - value_of_need(case) - stored - volume["summer_inflow"]
    assert value(found, "water_shortfall", RIVER, "KAZ") == pytest.approx(short)


def value_of_need(case: Case) -> float:
    """What the state may take in winter."""
    rows = case.view("river_volume", subject=f"{RIVER}.KAZ", item="Syr_Darya_withdrawal_limit")
    return float(rows["value"][0])


def test_what_is_not_kept_back_is_not_lost(case: Case, found: Ledger) -> None:
    """No withholding, no loss; and what is kept back and lost grows with the reach of the threat."""
    none = water.derive(moved(case, "threat_reach", "kgz_water", "", 0.0), draws=0)
    key = "KAZ", "KGZ", f"{RIVER}.threat"
    assert value(none, "water_withheld", *key) == 0.0
    assert value(none, "water_loss", *key, f"{YEAR}+1y") == 0.0
    asked = ("water_withheld", YEAR), ("water_loss", f"{YEAR}+1y")
    most = [value(found, measure, "KAZ", "KGZ", f"{RIVER}.most", period) for measure, period in asked]
    some = [value(found, measure, *key, period) for measure, period in asked]
    assert 0 < some[0] < most[0]
    assert 0 < some[1] < most[1]


def test_the_exchange_is_worth_something_to_both(found: Ledger) -> None:
    """There is a range of prices, not one; the surplus is that range times the power; water gained is what is less short."""
    least, most = (value(found, "exchange_price", "KAZ", "KGZ", end) for end in ("least", "most"))
    power = value(found, "exchange_power_gain", "KGZ", "KAZ", RIVER)
    surplus = value(found, "exchange_surplus", "KAZ", "KGZ", RIVER)
    assert least < most
    assert surplus == pytest.approx((most - least) * power)
    fall = value(found, "water_shortfall", RIVER, "KAZ") - value(
        found, "water_balance", RIVER, "KAZ", "short_with_exchange"
    )
    assert value(found, "exchange_water", "KAZ", "KGZ", RIVER) == pytest.approx(fall)
    limits = found.view("exchange_limit")["value"].to_numpy()
    assert limits.sum() == pytest.approx(1.0)


def test_each_lever_acts_through_a_fact(case: Case, found: Ledger) -> None:
    """The consortium and the dam move the shortfall by the power they give; without that power they move nothing; a treaty on
    another river moves none of this one's water."""
    for lever in ("syrdarya_consortium", "kambarata"):
        rows = found.view("water_lever_shift", subject=lever, object=RIVER, item="together")
        assert rows["high"][0] < 0
    assert value(found, "water_lever_shift", "china_water_treaty", RIVER, "together") == 0.0
    assert value(found, "water_lever_shift", "china_water_treaty", "Ili", "withheld") < 0
    powerless = water.derive(moved(case, "load_factor", "kambarata", "winter", 0.0), draws=0)
    assert value(powerless, "water_lever_shift", "kambarata", RIVER, "together") == 0.0
    lately = case.without("power_exchange", period="2021")
    nothing = moved(lately, "power_exchange", "KAZ", "winter", 0.0, "KGZ")
    dry = water.derive(nothing, draws=0)
    assert value(dry, "water_lever_shift", "syrdarya_consortium", RIVER, "together") == pytest.approx(0.0, abs=1e-9)


def test_more_room_below_makes_less_short(case: Case, found: Ledger) -> None:
    """A larger reservoir downstream is so much less short, while winter water finds no use: the balance is no constant."""
    wider = water.derive(moved(case, "river_volume", f"{RIVER}.KAZ", "live_storage_Koksaray", 4.0), draws=0)
    before = value(found, "water_shortfall", RIVER, "KAZ")
    assert before - value(wider, "water_shortfall", RIVER, "KAZ") == pytest.approx(1.0)


def test_bands_hold_their_figures_and_name_what_drives_them(found: Ledger, case: Case) -> None:
    """Every band holds its figure, every fact has a record, and its parents are facts of the case."""
    facts = found.facts
    assert ((facts["low"] <= facts["value"]) & (facts["value"] <= facts["high"])).all()
    assert set(facts["measure"].cast(pl.String)) <= set(measures())
    assert set(facts["measure"].cast(pl.String)) <= set(water.WRITES)
    assert set(facts["basis"].cast(pl.String)) <= set(found.derivations["derivation"])
    known = {name.split("#")[0] for name in case.settle().ledger.ids()}
    assert set(found.parents["parent"]) <= known
    strongest = found.parents.filter(pl.col("derivation") == "water.Syr_Darya.balance").sort("weight")["parent"][-1]
    assert strongest == f"river_volume:{RIVER}.KAZ/summer_inflow@2025"
    read = {name.split(":")[0] for name in found.parents["parent"]}
    assert read <= set(water.READS)


def test_same_seed_same_bits(case: Case) -> None:
    """Two runs with one seed are one; the central figures do not hang on the draws."""
    first, second = water.derive(case, draws=20, seed=3), water.derive(case, draws=20, seed=3)
    assert first.facts.equals(second.facts)
    alone = water.derive(case, draws=0)
    assert value(alone, "water_shortfall", RIVER, "KAZ") == value(first, "water_shortfall", RIVER, "KAZ")


def test_what_is_missing_is_not_nothing(case: Case) -> None:
    """Without one figure of the balance there is no balance; without control no loss; a case without rivers tells nothing."""
    blind = water.derive(case.without("river_volume", item="summer_inflow"), draws=0)
    assert not blind.view("water_shortfall", object="KAZ").height
    assert blind.view("water_withheld", item="water_irtysh_ili.control").height == 1
    electric = ["electricity_import", "electricity_made", "peak_power"]
    bare = water.derive(case.without(["river_volume", "river_flow", "power_per_water", "control", *electric]), draws=0)
    assert len(bare) == 0


AMU = "TKM+UZB"


def test_the_amu_darya_balances_by_hand(found: Ledger, case: Case) -> None:
    """The sum that anybody can do with the yearbook: natural flow, what Nurek moves between the seasons, losses, limits."""
    volume = {row["item"]: row["value"] for row in case.view("river_volume", subject="Amu_Darya").iter_rows(named=True)}
    nurek = {
        row["item"]: row["value"] for row in case.view("river_volume", subject="Amu_Darya.TJK").iter_rows(named=True)
    }
    summer = (
        volume["Kerki_natural_growing_season"]
        - nurek["Nurek_inflow_growing_season"]
        + nurek["Nurek_release_growing_season"]
    )
    winter = volume["Kerki_natural_winter"] - nurek["Nurek_inflow_winter"] + nurek["Nurek_release_winter"]
    left = 1 - volume["losses_below_Kerki"] / (summer + winter)
    half = (volume["delta_and_Aral_need"] + volume["sanitary_need"]) / 2
    short = max(0.0, 12.48 + half - winter * left) + max(0.0, 44 - 12.48 + half - summer * left)
    assert value(found, "water_shortfall", "Amu_Darya", AMU) == pytest.approx(short)
    parts = [value(found, "water_balance", "Amu_Darya", AMU, f"short_{season}") for season in ("winter", "summer")]
    assert sum(parts) == pytest.approx(short)
    taken = sum(
        float(case.view("river_volume", subject=f"Amu_Darya.{s}", item="used_growing_season")["value"][0])
        for s in ("TKM", "UZB")
    )
    rows = found.view("water_shortfall", subject="Amu_Darya")
    assert (
        rows["low"][0] <= 44 - 12.48 - taken <= rows["high"][0]
    )  # less than the limits was taken: no part of the model


def test_a_full_reservoir_can_keep_little_back(case: Case, found: Ledger) -> None:
    """What Nurek can keep back is the room it has after filling; with as much room again as it fills, more; the canal makes
    shorter by what it takes, where water is short already."""
    most = value(found, "water_withheld", AMU, "TJK", "Amu_Darya.most")
    assert most == pytest.approx(4.5 - (16.4 - 12.63))
    wider = water.derive(moved(case, "river_volume", "Amu_Darya.TJK", "live_storage_Nurek", 8.0), draws=0)
    assert value(wider, "water_withheld", AMU, "TJK", "Amu_Darya.most") == pytest.approx(most + 3.5)
    short = value(found, "water_shortfall", "Amu_Darya", AMU)
    assert value(found, "water_withheld_short", AMU, "AFG", "Amu_Darya.canal") == pytest.approx(short + 4.25)


def test_years_balance_and_less_water_is_felt_where_it_is_short(case: Case, found: Ledger) -> None:
    """What comes is used, kept for nature or runs on; in a dry year on the Ili what China keeps back is short one for one; on
    the Irtysh nobody is short and the dams make less power, in proportion."""
    for river in ("Ili", "Irtysh"):
        at = {
            item: value(found, "river_year", river, "KAZ", item)
            for item in ("from_upstream", "own", "used", "passed_on")
        }
        lake = value(found, "river_year", river, "KAZ", "nature") if river == "Ili" else 0.0
        assert at["from_upstream"] + at["own"] - at["used"] - lake == pytest.approx(at["passed_on"])
    dry = water.derive(moved(case, "river_flow", "Ili", "inflow_Ili_from_China", 8.4), draws=0)
    short = value(dry, "river_year", "Ili", "KAZ", "short")
    assert short == pytest.approx(3.3 + 13 - 8.4 - 6.2)
    kept = value(dry, "water_withheld", "KAZ", "CHN", "Ili.threat")
    assert value(dry, "water_withheld_short", "KAZ", "CHN", "Ili.threat") == pytest.approx(short + kept)
    assert value(dry, "water_loss", "KAZ", "CHN", "Ili.threat", f"{YEAR}+1y") > 0
    assert value(found, "water_loss", "KAZ", "CHN", "Irtysh.plan", f"{YEAR}+1y") == 0
    lost = value(found, "water_power_lost", "KAZ", "CHN", "Irtysh.plan")
    made = 106.201 - 3.694 + 2.243
    assert lost == pytest.approx(0.1 * made * 5.25 / (33.8 - 1.75))


def test_what_a_neighbour_can_keep_of_the_winter_is_what_is_lacking(case: Case, found: Ledger) -> None:
    """At the peak the gap, over the winter what own plants lack, over the year what it sends; a lack of one season costs more
    than the same power missed over a year; with plants enough nothing is lacking."""
    assert value(found, "grid_gap", "KAZ") == pytest.approx(17.6 - 16.7)
    assert value(found, "grid_withheld_peak", "KAZ", "RUS") == pytest.approx(0.9)
    assert value(found, "grid_withheld", "KAZ", "RUS", "winter") == 1.0
    assert value(found, "grid_withheld", "KAZ", "RUS", "year") == 4.6
    even = water.derive(moved(case, "season_share", "KAZ", "winter", 1.0), draws=0)
    spread = value(even, "grid_withheld_loss", "KAZ", "RUS", "winter", f"{YEAR}+1y")
    assert value(found, "grid_withheld_loss", "KAZ", "RUS", "winter", f"{YEAR}+1y") > spread
    late = case.without("peak_power", period="2024-10/2025-03")
    rich = water.derive(moved(late, "peak_power", "KAZ", "own_supply", 20.0), draws=0)
    assert value(rich, "grid_gap", "KAZ") == 0.0
    shares = found.view("grid_partner_share", subject="KGZ")
    assert shares["value"].sum() == pytest.approx(1.517 / (1.517 + 6.486))


def test_what_is_missing_is_named_until_it_is_known(case: Case, found: Ledger) -> None:
    """Every figure that no source tells stands in the list; one that a case holds does not."""
    wanted = found.view("figure_missing", subject="Ili")["item"].cast(str).to_list()
    assert "inflow_by_season" in wanted
    told = {"measure": "river_volume", "subject": "Ili", "object": "", "item": "inflow_winter", "period": "2025"}
    more = case.add(Ledger.of([{**told, "value": 4.0, "kind": "assumed", "basis": "assumed-water-cost"}]))
    left = water.derive(more, draws=0).view("figure_missing", subject="Ili")["item"].cast(str).to_list()
    assert set(wanted) - set(left) == {"inflow_by_season"}


def test_a_volume_below_zero_is_one_clear_error(case: Case) -> None:
    """A reservoir that holds less than nothing is refused by name."""
    with pytest.raises(InputError, match="capacity"):
        water.derive(moved(case, "river_volume", f"{RIVER}.KAZ", "live_storage_Koksaray", -40.0), draws=0)


def test_figures_are_the_settled_facts_first(case: Case) -> None:
    """The first draw is the fact itself, the others lie in its range, and what is not held is not there."""
    asked = {"share": ("water_share", "KAZ", "KGZ", RIVER), "none": ("water_share", "KAZ", "RUS")}
    figures = Figures(case.settle(), asked, draws=50, seed=1)
    assert "none" not in figures
    assert figures["share"][0] == 0.5
    assert ((figures["share"] >= 0.12) & (figures["share"] <= 0.8)).all()
    assert np.ptp(figures["share"]) > 0.3


def test_the_brief_prints_the_balance_and_its_gaps(case: Case, found: Ledger, toy: Case) -> None:
    """The chart and the tables stand on facts alone, every one with its note; the terminal shows the same."""
    desk = Desk(case.add(found))
    blocks = shared_systems(desk)
    charts = [block for block in blocks if isinstance(block, Chart)]
    assert [chart.id for chart in charts] == ["season-syr_darya", "season-amu_darya"]
    captions = [block.caption for block in blocks if isinstance(block, Table)]
    assert captions == [
        "Rivers of which only the year is known", "Power for water: what each side gains over no exchange",
        "What upstream states could keep back", "What the levers do to the shortfall",
        "The grid in winter: what is lacking and who fills it", "The power grid", "Power sent from state to state",
        "What no source at hand tells", "The other shared rivers: what is published",
    ]  # fmt: skip
    assert len(region_water.shared(desk)) == len(blocks)
    assert all(isinstance(shared_systems(Desk(bare))[0], Absent) for bare in (toy, case))


def test_a_withdrawal_shows_the_waters_and_the_power_of_one_power_alone(case: Case, found: Ledger) -> None:
    """Of Kyrgyzstan its river and no power, of Russia its power and no river, of the United States neither."""
    from equipoise.brief.region_water import kept_back, winter

    desk = Desk(case.add(found))
    of_one_power = {
        who: (len(kept_back(desk, [who]).rows), bool(winter(desk, [who]).rows)) for who in ("KGZ", "RUS", "USA")
    }
    assert of_one_power == {"KGZ": (3, False), "RUS": (0, True), "USA": (0, False)}
