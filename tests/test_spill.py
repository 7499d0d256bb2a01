"""Spill-over between states: what holds of every shock, what is missing, and bad input."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

import equipoise as eq
from equipoise.brief.desk import Desk
from equipoise.brief.document import Absent, Chart, Table
from equipoise.brief.region_spill import matrix, spill_over
from equipoise.case import Case
from equipoise.cli.sheets import region_water
from equipoise.errors import InputError
from equipoise.ledger import Ledger
from equipoise.maths.equilibrium import one_sector
from equipoise.region import spill
from equipoise.trade import Economy, Setting, losses
from equipoise.vocabulary import measures
from equipoise.world import open_world

PERIOD = "2025+1y"
Given = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def mapped(case: Case) -> Case:
    """The bundled case whose corridors are solved."""
    return eq.run(case, until="corridors", draws=0)


@pytest.fixture(scope="module")
def found(mapped: Case) -> Ledger:
    """Spill-over in the neighbourhood of the bundled case."""
    return spill.derive(mapped, draws=12)


def loss(ledger: Ledger, affected: str, shocked: str, channel: str = "all", period: str = PERIOD) -> float:
    """The loss of one state by a shock in another."""
    rows = ledger.view("spill_loss", subject=affected, object=shocked, item=channel, period=period)
    return float(rows["value"][0]) if rows.height else float("nan")


def test_facts_have_bands_records_and_parents_that_exist(found: Ledger, mapped: Case) -> None:
    """Every band holds its figure; every parent is a fact of the case or the bundled world, of a measure that is read."""
    facts = found.facts
    assert ((facts["low"] <= facts["value"]) & (facts["value"] <= facts["high"])).all()
    assert set(facts["measure"].cast(pl.String)) <= set(spill.WRITES) <= set(measures())
    assert set(facts["basis"].cast(pl.String)) <= set(found.derivations["derivation"])
    known = {name.split("#")[0] for name in mapped.settle().ledger.ids()}
    assert set(found.parents["parent"]) <= known | {"world2022"}
    assert {name.split(":")[0] for name in found.parents["parent"]} - {"world2022"} <= set(spill.READS)


def test_the_whole_is_the_sum_of_the_channels_known(found: Ledger) -> None:
    """What a shock takes in all is what its channels take; a share of channels known stands beside every pair."""
    for pair in found.view("spill_known").iter_rows(named=True):
        a, s = str(pair["subject"]), str(pair["object"])
        parts = [x for channel in spill.CHANNELS if np.isfinite(x := loss(found, a, s, channel))]
        assert pair["value"] == len(parts) / len(spill.CHANNELS)
        if np.isfinite(whole := loss(found, a, s)):
            assert whole == pytest.approx(sum(parts))


def test_what_no_book_tells_is_missing(found: Ledger) -> None:
    """Turkmenistan and Russia trade, and no book in the ledger says how much: no figure, and no sum."""
    assert np.isnan(loss(found, "TKM", "RUS", "trade"))
    assert np.isnan(loss(found, "TKM", "RUS"))
    assert np.isnan(loss(found, "UZB", "KGZ", "transit"))  # corridors are known for the home state alone


def test_where_the_world_tells_both_apart_it_is_the_same_equilibrium(found: Ledger) -> None:
    """Kazakhstan without Russia loses what the whole world of 81 economies gives, but for what putting others together blurs."""
    world = open_world()
    economy = Economy(world, "RUS")
    solved = losses([economy], [(0, Setting(0.76, 15.0, 0.75, 0.8), economy.alone())])[0]
    expected = solved[world.places(["KAZ"])[0]]
    assert loss(found, "KAZ", "RUS", "trade") == pytest.approx(expected, rel=0.1)


def test_a_pair_by_its_books_is_the_formula_of_its_share(mapped: Case) -> None:
    """Two states that trade only with each other lose what the closed formula of their home share says."""
    flows = [[900.0, 100.0, 0.0], [100.0, 900.0, 0.0], [0.0, 0.0, 1e8]]
    closed = np.ones((3, 3))
    closed[0, 1] = closed[1, 0] = np.inf
    lost = 1.0 - one_sector(flows, closed, 0.76).welfare[:2]
    assert lost == pytest.approx(1.0 - 0.9 ** (1 / 0.76))
    books = [
        {"measure": m, "subject": a, "object": b, "item": i, "period": "2025", "value": v, "kind": "assumed", "basis": "x"}
        for m, a, b, i, v in (
            ("gdp", "KGZ", "", "", 1.0), ("gdp", "TJK", "", "", 1.0), ("export_total", "KGZ", "", "goods_services", 0.1),
            ("import_total", "KGZ", "", "goods_services", 0.1), ("export_total", "TJK", "", "goods_services", 0.1),
            ("import_total", "TJK", "", "goods_services", 0.1), ("export_value", "KGZ", "TJK", "goods", 100.0),
            ("import_value", "KGZ", "TJK", "goods", 100.0),
        )
    ]  # fmt: skip
    wanted = ("gdp", "export_total", "import_total", "export_value", "import_value")
    closed_case = mapped.without(list(wanted)).add(Ledger.of(books))
    pair = spill.derive(closed_case, states=["KGZ", "TJK"], draws=0)
    theta = float(mapped.settle().view("trade_elasticity", item="1y")["value"][0])
    assert loss(pair, "KGZ", "TJK", "trade") == pytest.approx(100 * (1 - 0.9 ** (1 / theta)), rel=1e-6)
    assert loss(pair, "TJK", "KGZ", "trade") == pytest.approx(loss(pair, "KGZ", "TJK", "trade"), rel=1e-6)


def test_money_sent_home_by_hand(found: Ledger, mapped: Case) -> None:
    """What is sent home, so much of it from there, less what is earned again: in per cent of income."""
    case = mapped.settle()
    sent = case.view("remittances_gdp_share", subject="TJK").sort("period")["value"][-1]
    share = case.view("remittance_origin", subject="TJK", object="RUS")["value"][0]
    again = case.view("reemployment_share", item="1y")["value"][0]
    assert loss(found, "TJK", "RUS", "remittances") == pytest.approx(sent * share * (1 - again))
    half_year = case.view("remittances_out", subject="KAZ", object="UZB")["value"][0]
    gdp = case.view("gdp", subject="UZB").sort("period")["value"][-1]
    assert loss(found, "UZB", "KAZ", "remittances") == pytest.approx(100 * 2 * half_year / (1e3 * gdp) * (1 - again))


def test_oil_that_finds_no_way_is_lost_only_where_it_must_cross(found: Ledger, mapped: Case) -> None:
    """Closing Russia's territory stops oil, closing Kyrgyzstan's none: the corridors say so, and income follows."""
    assert loss(found, "KAZ", "RUS", "transit") > 5
    assert loss(found, "KAZ", "KGZ", "transit") == 0
    open_way = mapped.without("closure_loss_mass", subject="RUS").without("closure_loss_containers", subject="RUS")
    assert np.isnan(loss(spill.derive(open_way, shocked=["RUS"], draws=0), "KAZ", "RUS", "transit"))


def test_one_shock_asked_for_is_the_same_shock(found: Ledger, mapped: Case) -> None:
    """A shock asked for alone gives what it gives among all, and no comparison of shocks."""
    alone = spill.derive(mapped, shocked=["KGZ"], draws=12)
    assert loss(alone, "UZB", "KGZ") == pytest.approx(loss(found, "UZB", "KGZ"))
    assert not alone.view("spill_worst").height
    assert set(alone.view("spill_loss")["object"].cast(pl.String)) == {"KGZ"}


def test_who_gives_and_who_takes(found: Ledger, mapped: Case) -> None:
    """What one shock takes from the others is the sum of their losses in money; the largest loss of each is the largest."""
    gdp = {
        state: mapped.settle().view("gdp", subject=state).sort("period")["value"][-1]
        for state in spill.neighbourhood(mapped)
    }
    rows = found.view("spill_loss", object="UZB", item="all").iter_rows(named=True)
    given = sum(row["value"] / 100 * gdp[str(row["subject"])] for row in rows)
    assert found.view("spill_given", subject="UZB")["value"][0] == pytest.approx(given)
    ratio = found.view("spill_ratio", subject="UZB")["value"][0]
    assert ratio == pytest.approx(100 * given / gdp["UZB"])
    for row in found.view("spill_worst").iter_rows(named=True):
        every = found.view("spill_loss", subject=str(row["subject"]), item="all")["value"]
        assert row["value"] == every.max()


def test_longer_to_adjust_less_to_lose(mapped: Case, found: Ledger) -> None:
    """With the elasticities of a decade the same shock takes less by trade."""
    later = spill.derive(mapped, shocked=["KAZ"], horizon="10y", draws=0)
    for affected in ("KGZ", "UZB", "RUS"):
        assert loss(later, affected, "KAZ", "trade", "2025+10y") < loss(found, affected, "KAZ", "trade")


def test_same_seed_same_bits(mapped: Case) -> None:
    """Two runs with one seed are one."""
    runs = [spill.derive(mapped, shocked=["UZB"], draws=5, seed=2) for _ in range(2)]
    assert runs[0].facts.equals(runs[1].facts)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"states": ["KAZ", "XYZ"]}, "XYZ"),
        ({"states": ["KAZ", "KAZ"]}, "KAZ"),
        ({"states": ["KAZ"], "shocked": ["KAZ"]}, "KAZ"),
        ({"shocked": ["EU"]}, "EU"),
        ({"horizon": "9y"}, "9y"),
    ],
)
def test_bad_input_is_named(mapped: Case, given: dict[str, object], named: str) -> None:
    """An unknown state, one named twice, one alone, a bloc, and a horizon without elasticities are one clear error each."""
    with pytest.raises(InputError, match=named):
        spill.derive(mapped, draws=0, **given)  # type: ignore[arg-type]


def test_a_case_without_neighbours_has_no_spill_over(toy: Case) -> None:
    """Where no border is told, or one state is looked at alone, nothing is asked and nothing is made up."""
    assert len(spill.derive(toy)) == 0
    assert len(spill.derive(toy, states=["HOME"])) == 0


def test_the_brief_shows_the_matrix_and_says_what_it_does_not_know(mapped: Case, found: Ledger) -> None:
    """Every pair has a cell: a figure, or a mark that says it is not known; the terminal shows a shock alone by channel."""
    desk = Desk(mapped.add(found))
    picture = matrix(desk)
    assert isinstance(picture, Chart)
    assert picture.numbers is not None
    assert len(picture.numbers.rows) == len(spill.neighbourhood(mapped))
    marks = [str(row["label"]) for row in picture.wide["data"]["values"]]
    assert marks.count("·") == len(picture.numbers.rows)
    assert "?" in marks
    assert any(isinstance(block, Table) and block.caption.startswith("Who passes") for block in spill_over(desk))
    alone = region_water.spill(desk, ["KGZ"])
    assert isinstance(alone[0], Table)
    assert {str(row[0]) for row in alone[0].rows} == {"Kyrgyzstan"}
    assert isinstance(spill_over(Desk(mapped))[0], Absent)


def test_the_command_shows_one_shock_alone(given: Given) -> None:
    """``equipoise region --shock`` prints who loses what by which channel; a name that is no state is one clear error."""
    status, out, _ = given("region", "--shock", "KGZ")
    assert status == 0
    assert "Spill-over by channel" in out
    assert "Uzbekistan" in out
    assert "What a shock in one state takes" not in out
    status, out, remark = given("region", "--shock", "XYZ")
    assert status != 0
    assert "XYZ" in remark
