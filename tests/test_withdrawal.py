"""The laws of withdrawal on the bundled case."""

from __future__ import annotations

from itertools import combinations

import polars as pl
import pytest

import equipoise as eq
from equipoise import corridors, withdrawal
from equipoise.case import Case
from equipoise.errors import InputError


@pytest.fixture(scope="module")
def v(known: Case) -> dict[frozenset[str], float]:
    """v(S) of the headline in % of GDP, by coalition."""
    rows = known.view("withdrawal_loss", item="", period="2025+1y").select(pl.col("object").cast(pl.String), "value")
    return {frozenset(name.split("+")): value for name, value in rows.iter_rows()} | {frozenset(): 0.0}


def test_every_coalition_is_there(known: Case, v: dict[frozenset[str], float]) -> None:
    """All 2**n coalitions of the powers have a loss."""
    assert len(v) == 2 ** len(known.powers)


def test_another_power_that_leaves_never_makes_it_better(v: dict[frozenset[str], float]) -> None:
    """The loss is monotone: a larger coalition costs at least as much."""
    for coalition, loss in v.items():
        for member in coalition:
            assert loss >= v[coalition - {member}] - 1e-6, (coalition, member)


def test_the_joint_loss_is_not_the_sum(known: Case, v: dict[frozenset[str], float]) -> None:
    """Some pairs are each other's way round, others hold the same channels: both signs occur, and the facts say so."""
    rows = known.view("backup_value", period="2025+1y").select(pl.col("subject", "object").cast(pl.String), "value")
    found = {frozenset((a, b)): value for a, b, value in rows.iter_rows()}
    for a, b in combinations(known.powers, 2):
        assert found[frozenset((a, b))] == pytest.approx(
            v[frozenset((a, b))] - v[frozenset((a,))] - v[frozenset((b,))], abs=1e-9
        )
    assert max(found.values()) > 0.1
    assert min(found.values()) < -0.1


def test_shapley_and_owen_divide_the_whole(known: Case, v: dict[frozenset[str], float]) -> None:
    """Shares sum to the loss that all cause; the corridors of a power sum to its share."""
    shares = known.view("shapley_share", period="2025+1y")
    assert shares["value"].sum() == pytest.approx(v[frozenset(known.powers)])
    for power, share in shares.select(pl.col("subject").cast(pl.String), "value").iter_rows():
        parts = known.view("owen_share", subject=power, period="2025+1y")["value"].sum()
        assert parts == pytest.approx(share, abs=1e-6), power


def test_the_headline_of_the_case(known: Case) -> None:
    """Russia alone: 74.9 Mt under contract limits, 71.9 under technical ones, 11.4 % of GDP, the worst in every redraw."""
    lost = {
        row["item"]: row["value"]
        for row in known.view("withdrawal_lost_mass", object="RUS", period="2025+1y").iter_rows(named=True)
    }
    assert lost["oil"] == pytest.approx(74.9, abs=0.05)
    assert lost["oil.technical"] == pytest.approx(71.9, abs=0.05)
    loss = known.view("withdrawal_loss", object="RUS", item="", period="2025+1y").row(0, named=True)
    assert loss["value"] == pytest.approx(11.37, abs=0.01)
    assert loss["low"] < loss["value"] < loss["high"]
    assert known.view("worst_power_share", object="RUS", period="2025+1y")["value"].item() == 1.0


def test_a_withdrawal_is_the_case_with_its_control_shut(case: Case) -> None:
    """Setting the capacity of what a power controls wholly to nothing gives the loss that the arrays give."""
    settled = case.settle()
    held = settled.view("control", subject=sorted(case.members("RUS")))
    shut = sorted(set(held.filter((pl.col("value") >= 1) & (pl.col("item") != "market"))["object"].cast(str)))
    rows = settled.view("capacity_mass").filter(
        pl.col("object").cast(str).is_in(shut) | pl.col("subject").cast(str).is_in(shut)
    )
    closed = settled.replace(eq.Ledger(rows.with_columns(value=0.0, low=0.0, high=0.0)))
    whole = corridors.derive(settled, draws=0).view("modelled_rent", item="oil.contract", period="2025")["value"].item()
    left = corridors.derive(closed, draws=0).view("modelled_rent", item="oil.contract", period="2025")["value"].item()
    lost = (
        withdrawal.derive(settled, draws=0)
        .view("withdrawal_rent", object="RUS", item="oil", period="2025+1y")["value"]
        .item()
    )
    assert whole - left <= lost + 1e-6  # partial control comes on top
    assert whole - left == pytest.approx(lost, rel=0.03)


def test_the_band_says_what_drives_it(known: Case) -> None:
    """Where a band is wide, inputs that stand out are named, and together explain no more than all of it."""
    explained = known.view("band_explained")
    assert explained.height
    assert explained["value"].is_between(0, 1).all()
    assert all(
        known.trace(f"band_explained:{power}@2025+1y", depth=1)[0].children for power in explained["subject"].cast(str)
    )


def test_no_power_no_loss(case: Case) -> None:
    """A power that controls nothing costs nothing."""
    found = withdrawal.derive(case.with_powers(["RUS", "JPN"]), draws=0)
    assert found.view("withdrawal_loss", object="RUS", item="", period="2025+1y")["value"].item() > 10
    single = found.view("withdrawal_loss", object="JPN", item="", period="2025+1y")["value"].item()
    assert 0 <= single < 1


def test_same_seed_same_bits_for_any_number_of_workers(case: Case) -> None:
    """One process or two, the facts are the same to the last bit; another seed moves the bands and no figure."""
    one, two = (withdrawal.derive(case, draws=6, workers=workers) for workers in (1, 2))
    assert one.facts.equals(two.facts)
    other = withdrawal.derive(case, draws=6, seed=2)
    key = ["measure", "subject", "object", "item", "period"]
    both = one.facts.filter(pl.col("measure") == "withdrawal_loss").join(other.facts, on=key)
    assert (both["value"] - both["value_right"]).abs().max() < 1e-9
    assert (both["high"] - both["high_right"]).abs().max() > 1e-6


def test_too_many_players_are_refused_with_the_limit(case: Case) -> None:
    """2**n coalitions are enumerated up to ten players, and no further."""
    eleven = [actor for actor in case.table("actors")["actor"].to_list() if len(actor) == 3][:11]
    with pytest.raises(InputError, match="at most 10"):
        withdrawal.derive(case.with_powers(eleven), draws=0)


def test_every_assumption_in_the_headline_is_counted(known: Case) -> None:
    """The counts of inputs are nested: assumed within grade C within all."""
    counts = dict(known.view("input_count", object="RUS").select(pl.col("item").cast(pl.String), "value").iter_rows())
    assert 0 < counts["assumed"] <= counts["grade_C"] <= counts["all"]
