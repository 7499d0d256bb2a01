"""Where a state stands in a future: held to closed forms, to the region's own balance, to the same bits, and to its levers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from equipoise.brief.desk import Desk
from equipoise.brief.document import Table
from equipoise.brief.standings import standings, untold
from equipoise.case import Case
from equipoise.futures import Levers, named
from equipoise.futures.acting import Changes
from equipoise.futures.gathering import standing_of
from equipoise.futures.simulate import Setup, acting_of, live, outcomes, prepare, stood
from equipoise.futures.standing import Disputes, Moment, Passing, Share, Votes
from equipoise.ledger import Ledger

FloatArray = NDArray[np.float64]
POLICIES = "export_control,syrdarya_consortium,kambarata,regional_leadership,balanced"
MANY = 4000


@pytest.fixture(scope="module")
def setup(known: Case) -> Setup:
    """A few policies to 2040."""
    return prepare(known, named(known, Levers(known.settle()), POLICIES), until=2040)


@pytest.fixture(scope="module")
def central(setup: Setup) -> Moment:
    """One future in which every figure is as it is told, and nothing is late."""
    values = setup.figures.value[None]
    years, felt = setup.question.quarters[::4], setup.acting.felt(values)
    changes = setup.acting.changes(values, felt, years)
    rates = np.ones((1, len(setup.question.weightings), len(setup.question.threats)))
    return Moment(setup.acting, values, felt, years, rates, changes, 0, 1)


def at(setup: Setup, table: FloatArray, name: str) -> FloatArray:
    """One outcome of a table (K, P, S)."""
    return table[..., setup.standing.names.index(name)]


def place(setup: Setup, policy: str) -> int:
    """Where a policy stands among those asked."""
    return [one.id for one in setup.question.policies].index(policy)


def votes(setup: Setup) -> Votes:
    """The line of distances."""
    return next(line for line in setup.standing.lines if isinstance(line, Votes))


# --- closed forms ------------------------------------------------------------------------------------------------------


def test_a_record_of_equal_steps_goes_on_by_them(setup: Setup, central: Moment) -> None:
    """Where votes drew apart by the same every year they do so in every future, whatever spells are drawn."""
    line = votes(setup)
    today = central.values[0, list(line.at)]
    for step in (0.0, 0.01):
        even = replace(line, steps=np.full_like(line.steps, step))
        apart = today + step * (central.years[:, None].astype(int) - line.year)
        assert np.allclose(even.distances(central)[0], apart)


def test_distances_are_those_of_spells_of_the_record(setup: Setup) -> None:
    """After one spell every distance is today's with the change of some five years of the record, the same for all powers."""
    values = np.repeat(setup.figures.value[None], 40, axis=0)
    line, year = votes(setup), np.array([votes(setup).year + 5])
    moment = Moment(setup.acting, values, setup.acting.felt(values), year, np.ones(1), Changes(*[np.ones(1)] * 3), 0, 1)
    spells = np.array([line.steps[i : i + 5].sum(axis=0) for i in range(len(line.steps) - 4)])
    expected = np.abs(setup.figures.value[list(line.at)] + spells)
    found = line.distances(moment)[:, 0]
    nearest = np.abs(found[:, None] - expected).max(axis=2).min(axis=1)
    assert nearest.max() < 1e-12
    assert len(np.unique(found[:, 0])) > 10


def test_disputes_come_at_the_posterior_of_their_count(known: Case, setup: Setup, central: Moment) -> None:
    """The rate has the mean (n + 1/2) / years and the spread of the gamma law that the region's interval is of."""
    line = replace(next(line for line in setup.standing.lines if isinstance(line, Disputes)), level=None)
    rates = line.lived(replace(central, values=np.zeros((MANY, 1))))[
        line.labels.index(("regional_dispute_rate", "dispute"))
    ]
    count = known.view("regional_dispute_count", item="dispute")["value"][0]
    told = known.view("regional_dispute_rate", item="dispute").row(0, named=True)
    assert rates[:, 0, 0].mean() == pytest.approx(told["value"], rel=0.02)
    assert rates[:, 0, 0].std() == pytest.approx(told["value"] / np.sqrt(count + 0.5), rel=0.05)
    assert np.quantile(rates[:, 0, 0], [0.05, 0.95]) == pytest.approx([told["low"], told["high"]], rel=0.05)


def test_water_is_short_by_the_balance_of_the_region(known: Case, setup: Setup, central: Moment) -> None:
    """At the figures as told, what is short and what each lever changes in it are the region's own to the last digit."""
    last = setup.standing.live(central).last
    short = at(setup, last, "water_shortfall.Syr_Darya")[0]
    assert short[0] == pytest.approx(known.view("water_shortfall", subject="Syr_Darya")["value"][0], rel=1e-9)
    for lever in ("syrdarya_consortium", "kambarata"):
        shift = known.view("water_lever_shift", subject=lever, object="Syr_Darya", item="together")["value"][0]
        assert short[place(setup, lever)] - short[0] == pytest.approx(shift, rel=1e-9)


def test_what_passes_and_what_it_costs_by_hand(setup: Setup, central: Moment) -> None:
    """Of 170 passed on, 146 beyond what passed before; controls leave 40, so 16 beyond, at their whole cost; what a listing puts
    at stake falls as what passes does, with the hazard that they lower."""
    found = setup.standing.live(central)
    control = place(setup, "export_control")
    assert at(setup, found.last, "reexport_flagged")[0, [0, control]] == pytest.approx([146.0, 16.0])
    assert at(setup, found.last, "compliance_cost")[0, [0, control]] == pytest.approx([0.0, 25.5])
    years, factor = len(central.years), {"usa_secondary_banks": 0.6, "eu_anticircumvention": 0.5}
    late = central.years >= central.felt[0, next(i for i, p in enumerate(setup.acting.pulls) if p.policy == control
                                                 and p.lever == "export_control")]  # fmt: skip
    hazard = sum(np.where(late, one, 1.0) for one in factor.values())
    assert found.hazard[0, 0, 0] == pytest.approx([2.0, 2.0])
    assert found.hazard[0, control, 0, 0] == pytest.approx(hazard.mean())
    assert found.risk[0, 0, 0, 0] == pytest.approx(2.0 * 170.0)
    assert found.risk[0, control, 0, 0] == pytest.approx((hazard * np.where(late, 40.0, 170.0)).sum() / years)


def test_a_share_grows_with_the_sum_that_it_is_of() -> None:
    """A debt of 10 that is a tenth of all, and 5 more: 15 of 105."""

    class Moved:
        """A moment in which 5 are added to 10."""

        values = np.array([[10.0, 10.0]])

        @staticmethod
        def levels(_target: str, _base: int) -> FloatArray:
            return np.array([[[10.0, 15.0]]])

    (share,) = Share((("share", ""),), (), "debt", 0, 1).lived(Moved())  # type: ignore[arg-type]
    assert share[0, 0] == pytest.approx([10.0, 100.0 * 15.0 / 105.0])


# --- the same bits, whoever asks ---------------------------------------------------------------------------------------


def test_where_a_future_stands_hangs_on_its_number_alone(setup: Setup) -> None:
    """Any cut gives the same bits, and so do the lives of the same futures."""
    whole, part, lives = stood(setup, 0, 300), stood(setup, 250, 20), live(setup, 250, 3)
    assert (whole.last[250:270] == part.last).all()
    assert (whole.risk[250:270] == part.risk).all()
    assert (lives.stands == part.last[:3]).all()
    assert (lives.along == part.along[:3]).all()
    assert (lives.hazard == part.hazard[:3]).all()


def test_levers_may_be_asked_without_their_network(known: Case, setup: Setup) -> None:
    """Other policies in the same futures stand where they would if the question were of them."""
    settled = known.settle()
    asked = named(known, Levers(settled), "self_reliance")
    one = stood(setup, 0, 20, acting_of(settled, asked, setup.question.threats))
    other = stood(prepare(known, asked, until=2040), 0, 20)
    assert (one.last == other.last).all()
    assert (one.hazard == other.hazard).all()


# --- levers move outcomes the way they say ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lever", "outcome", "part", "way"),
    [
        ("dispute_mechanism", "regional_dispute_rate", ".dispute", -1), ("ca_summits", "regional_trade", "", 1),
        ("syrdarya_consortium", "water_shortfall", ".Syr_Darya", -1), ("kambarata", "water_shortfall", ".Syr_Darya", -1),
        ("china_water_treaty", "water_withheld", "", -1),
        ("export_control", "reexport_flagged", "", -1), ("export_control", "compliance_cost", "", 1),
        ("export_control", "designation_risk", ".seen", -1), ("export_control", "listing_hazard", ".seen", -1),
        ("arms_diversification", "arms_hhi", "", -1), ("payment_rails", "remit_system_share", "", -1),
        ("national_fund_buffer", "buffer_months", "", 1), ("npp_vendor_split", "ext_debt_share_rus", "", 1),
        ("minority_guarantees", "ethnic_tension_risk", "", -1), ("neighbour_development", "intra_regional_fdi", "", 1),
        ("npp_vendor_split", "real_income_person", ".seen", -1),
    ],
)  # fmt: skip
def test_a_lever_moves_its_outcome_its_way(known: Case, lever: str, outcome: str, part: str, way: int) -> None:
    """In nineteen futures of twenty on the side that the lever is pulled for, in the unit of the outcome."""
    rows = known.view("advice_outcome", subject=lever, object=outcome, item=f"business_as_usual{part}")
    assert rows.height
    assert (rows["low"] > 0).all() if way > 0 else (rows["high"] < 0).all()


def test_a_lever_without_a_price_has_no_income_told(known: Case) -> None:
    """What a lever leaves each person is told only where its cost was published."""
    priced = set(known.view("advice_yearly", item="business_as_usual")["subject"].cast(str))
    rows = known.view("advice_outcome", object="real_income_person")
    item = rows["item"].cast(str)
    assert rows.height
    assert set(rows.filter(item.str.starts_with("business_as_usual"))["subject"].cast(str)) <= priced


def test_income_for_each_is_gdp_less_losses_and_cost(known: Case, setup: Setup) -> None:
    """The figure of a policy is that of its lives: GDP for each, less the mean loss on the way, less its yearly cost."""
    from equipoise.futures.outcomes import lived

    few, came = stood(setup, 0, 6), outcomes(setup, live(setup, 0, 6))
    people = known.view("population", subject="KAZ", period="2025")["value"][0]
    found = [one for one in lived(setup.question, setup, few, came) if one.outcome == "real_income_person"]
    assert [one.part for one in found] == [weighting.id for weighting in setup.question.weightings]
    for w, one in enumerate(found):
        each = few.gdp * 1e3 / people * (1.0 - came.mean[:, w, 1] / 100.0) - came.yearly / people
        assert np.allclose(one.table, each)


# --- missing is missing --------------------------------------------------------------------------------------------------


def test_every_outcome_is_lived_or_says_why_not(known: Case) -> None:
    """An outcome of the register is told by every policy in futures, or the register says why none tells it: never zero."""
    told = set(known.view("future_outcome")["object"].cast(str))
    measures = set(known.ledger.facts["measure"].cast(str))
    for row in known.table("outcomes").iter_rows(named=True):
        if row["lived"] == "no":
            assert row["why"], row["outcome"]
            assert row["outcome"] not in told
        elif row["lived"] == "told":
            assert set(row["of"].split(";")) <= measures, row["outcome"]
        else:
            assert row["outcome"] in told, row["outcome"]


def test_what_no_stage_found_is_missing_and_never_zero(known: Case, setup: Setup) -> None:
    """Without what the region and the watch find nothing is told of disputes, water and what passes, and hazards alone remain."""
    from equipoise.futures.book import Book

    bare = replace(known, ledger=Ledger(known.ledger.facts.filter(pl.col("by").cast(pl.String) == "case")))
    settled = bare.settle()
    found = standing_of(settled, Book(settled), setup.question.threats)
    assert found.passing is None
    assert {outcome for outcome, _ in setup.standing.labels} - {outcome for outcome, _ in found.labels} >= {
        "un_distance", "alignment_spread", "regional_dispute_rate", "reexport_flagged", "compliance_cost",
    }  # fmt: skip
    assert any(isinstance(line, Passing) for line in setup.standing.lines)


# --- traced, and told ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fact", "parent"),
    [
        ("advice_outcome:syrdarya_consortium>water_shortfall/business_as_usual.Syr_Darya@2040",
         "water_shortfall:Syr_Darya>KAZ@2025"),
        ("advice_outcome:dispute_mechanism>regional_dispute_rate/business_as_usual.dispute@2040",
         "regional_dispute_count:KAZ/dispute@1992/2014"),
        ("advice_outcome:export_control>designation_risk/business_as_usual.seen@2026/2040",
         "secondary_exposure:KAZ>RUS/passed_on@2025"),
        ("advice_outcome:export_control>compliance_cost/business_as_usual@2040", "compliance_cost:KAZ/total@2025"),
        ("advice_outcome:export_control>reexport_flagged/business_as_usual@2040", "pass_through:KAZ>RUS/surge_31@2025"),
    ],
)  # fmt: skip
def test_an_outcome_is_traced_to_what_the_stages_found(known: Case, fact: str, parent: str) -> None:
    """The trace of an advice walks to the fact of the region or of the watch that it reads, and ends in sources."""
    tree = known.trace(fact, width=40)[0]
    children = [child.id.split("#")[0] for child in tree.children]
    assert parent in children
    assert any(name.startswith(f"lever_effect:{fact.split(':')[1].split('>')[0]}") for name in children)
    assert all(leaf.kind in ("source", "assumption") for leaf in tree.leaves())


def test_the_brief_tells_where_policies_leave_the_state(known: Case) -> None:
    """Every outcome with a line of its own, with the policies that move it; those that none tells with why."""
    desk = Desk(known)
    (table,) = [block for block in standings(desk) if isinstance(block, Table)]
    names = [str(row[0]) for row in table.rows]
    assert any(name.startswith("Irrigation season shortfall") for name in names)
    assert any(row[-1] != "no policy" for row in table.rows)
    (missing,) = [block for block in untold(desk) if isinstance(block, Table)]
    assert missing.folded
    assert all(row[1] for row in missing.rows)
