"""Exposure on the bundled case: the readings stand side by side, and independent figures come out."""

from __future__ import annotations

import polars as pl
import pytest

import equipoise as eq
from equipoise import exposure
from equipoise.case import Case
from equipoise.errors import InputError


def value(known: Case, measure: str, **where: str) -> float:
    """The figure of a key."""
    found = known.view(measure, **where)
    assert found.height == 1, (measure, where, found)
    return float(found["value"].item())


def test_one_claim_three_definitions(known: Case) -> None:
    """How much of the oil depends on Russia in 2025: 82 % by pipe, 96 % by territory, 31 % by equity."""
    found = {
        item: value(known, "oil_share_by_definition", object="RUS", item=item, period="2025")
        for item in ("pipe", "territory", "equity")
    }
    assert {item: round(share) for item, share in found.items()} == {"pipe": 82, "territory": 96, "equity": 31}


def test_diversified_by_buyer_and_not_by_territory(known: Case) -> None:
    """The index is about 0.1 by buyer and above 0.9 by territory: the sentence that a trade-only index misses."""
    assert value(known, "exposure_hhi", item="oil.buyer", period="2024") < 0.12
    assert value(known, "exposure_hhi", item="oil.territory", period="2024") > 0.9


def test_distances_in_un_votes(known: Case) -> None:
    """2024: Russia 0.09, China 0.35, the United States 2.71, each with a band that holds it."""
    for power, distance in (("RUS", 0.09), ("CHN", 0.35), ("USA", 2.71)):
        row = known.view("alignment_distance", subject="KAZ", object=power, item="final_passage", period="2024").row(
            0, named=True
        )
        assert row["value"] == pytest.approx(distance, abs=0.005)
        assert 0 <= row["low"] < row["value"] < row["high"]


def test_arms_and_debt(known: Case) -> None:
    """Arms come from one supplier (index 0.797); of the external debt China holds 6.0 %, Russia 8.7 %."""
    assert value(known, "arms_hhi", subject="KAZ", period="2020/2024") == pytest.approx(0.797, abs=0.0006)
    latest = known.view("exposure_share", subject="KAZ", item="debt.creditor")
    period = max(latest["period"].cast(str))
    shares = {
        p: value(known, "exposure_share", subject="KAZ", object=p, item="debt.creditor", period=period)
        for p in ("CHN", "RUS")
    }
    assert 0.05 < shares["CHN"] < 0.07
    assert 0.08 < shares["RUS"] < 0.095


def test_shares_sum_to_their_coverage(known: Case) -> None:
    """The shares of single states in a reading sum to what the reading covers, and no share is above one."""
    kinds = dict(known.table("actors").select("actor", "kind").iter_rows())
    rows = known.view("exposure_share", subject="KAZ").select(
        pl.col("object", "item", "period").cast(pl.String), "value", "low", "high"
    )
    assert rows["value"].is_between(0, 1 + 1e-9).all()
    assert (rows["low"] <= rows["value"] + 1e-9).all()
    assert (rows["high"] >= rows["value"] - 1e-9).all()
    states = rows.filter(pl.col("object").replace_strict(kinds, default="").ne("bloc"))
    summed = states.group_by("item", "period").agg(pl.col("value").sum())
    coverage = known.view("exposure_coverage", subject="KAZ").select(
        pl.col("item", "period").cast(pl.String), pl.col("value").alias("covered")
    )
    both = summed.join(coverage, on=["item", "period"])
    pieces = both.filter(
        pl.col("item").str.ends_with("territory")
        | pl.col("item").str.ends_with("operator")
        | pl.col("item").str.starts_with("oil")
    )
    assert pieces.height > 20
    assert (pieces["value"] - pieces["covered"]).abs().max() < 0.02


def test_transit_exposure_is_what_is_lost_and_not_what_passes(known: Case) -> None:
    """Kazakh oil that crosses Türkiye's straits could not all be stopped there: lost differs from crossing."""
    crossing = value(known, "exposure_crossing", object="TUR", item="oil.territory", period="2025")
    lost = value(known, "exposure_lost", object="TUR", item="oil.territory", period="2025")
    assert crossing > 0.9
    assert lost < 0.5


def test_every_reading_has_several_years(known: Case) -> None:
    """From 2019 on oil can be read in five ways every year; by buyer from 2015."""
    for reading in ("territory", "operator", "pipe_ownership", "field_ownership"):
        years = set(known.view("exposure_share", subject="KAZ", item=f"oil.{reading}")["period"].cast(str))
        assert {str(year) for year in range(2019, 2026)} <= years, reading
    assert {str(year) for year in range(2015, 2025)} <= set(
        known.view("exposure_share", item="oil.buyer")["period"].cast(str)
    )


def test_both_mirrors_stand(known: Case) -> None:
    """Where a partner's own books are in the ledger the gap is a fact, and neither report is corrected."""
    assert known.view("mirror_gap").height >= 6
    for partner in known.view("mirror_gap")["object"].cast(str).unique():
        assert (
            known.view("import_value", subject=partner, object="KAZ", item="goods").height
            or known.view("export_value", subject=partner, object="KAZ", item="goods").height
        )


def test_any_other_state_as_far_as_the_data_hold(case: Case) -> None:
    """Uzbekistan has votes and memberships; a state that is not in the register is a clear error."""
    found = exposure.derive(case, state="UZB")
    assert found.view("alignment_distance", subject="UZB", object="KAZ").height
    assert set(found.facts["subject"].cast(str)) == {"UZB"}
    with pytest.raises(InputError, match="alpha-3"):
        exposure.derive(case, state="Uzbekistan")


def test_no_score_is_made(known: Case) -> None:
    """No measure is a composite of others on a scale of 0 to 100, and security is never money."""
    assert not [name for name in known.measures if "score" in name or "sovereignty" in name]
    never = known.table("channels").filter(pl.col("monetised") == "never")["channel"].to_list()
    assert never
    assert not known.view(subject=never).height


def test_a_case_without_trade_has_no_shares_and_no_zeros(toy: Case) -> None:
    """Missing is never zero: where nothing is known nothing is said."""
    assert not eq.run(toy, until="exposure").view("exposure_share").height
