"""The case computed by hand comes out exactly, through the public API, from a folder."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import equipoise as eq
from equipoise.case import Case
from equipoise.maths.coalition import shapley

EXAMPLES = Path(__file__).parent.parent / "examples"
BY_HAND = {"R": 2900, "C": 600, "T": 600, "C+T": 600, "C+R": 3800, "R+T": 3800, "C+R+T": 3800}
"""v(S), mln USD a year."""


@pytest.fixture(scope="module")
def solved(toy: Case) -> Case:
    """The case knowing its results."""
    return eq.run(toy)


def figure(known: Case, measure: str, **where: str) -> float:
    """The one fact that the key means."""
    found = known.view(measure, **where)
    assert found.height == 1, found
    return float(found["value"].item())


def test_peace(solved: Case) -> None:
    """80 Mt go by A, 20 by B, and earn 3,800 mln USD."""
    assert figure(solved, "modelled_flow_mass", subject="route_a", item="crude.contract") == 80
    assert figure(solved, "modelled_flow_mass", subject="route_b", item="crude.contract") == 20
    assert figure(solved, "modelled_rent", item="crude.contract") == 3.8


@pytest.mark.parametrize(("coalition", "loss"), BY_HAND.items())
def test_every_coalition(solved: Case, coalition: str, loss: float) -> None:
    """v(S) is what it is by hand, in money and in % of a GDP of 100 bn."""
    assert figure(solved, "withdrawal_rent", object=coalition, item="crude", period="2025+1y") * 1e3 == pytest.approx(
        loss, abs=1e-9
    )
    assert figure(solved, "withdrawal_loss", object=coalition, item="", period="2025+1y") * 1e3 == pytest.approx(
        loss, abs=1e-9
    )


def test_insurance_and_attribution(solved: Case) -> None:
    """R and C, R and T back each other up; C and T stand in series; Shapley is 3100, 350, 350."""
    assert figure(solved, "backup_value", subject="C", object="R") == pytest.approx(0.3)
    assert figure(solved, "backup_value", subject="R", object="T") == pytest.approx(0.3)
    assert figure(solved, "backup_value", subject="C", object="T") == pytest.approx(-0.6)
    shares = {power: figure(solved, "shapley_share", subject=power) * 1e3 for power in "RCT"}
    assert shares == pytest.approx({"R": 3100, "C": 350, "T": 350})


def test_the_worst_are_named(solved: Case) -> None:
    """R is the worst alone; with C or T nothing leaves."""
    assert solved.view("worst_single_loss")["object"].to_list() == ["R"]
    assert figure(solved, "worst_pair_loss") == pytest.approx(3.8)


def test_the_smallest_cut_is_both_routes(solved: Case) -> None:
    """80 by A and 30 by B can leave, and no more."""
    assert figure(solved, "cut_mass", subject="HOME", item="crude.contract") == 110


def test_a_withdrawal_is_a_case_with_channels_shut(toy: Case) -> None:
    """The loss computed by closing arrays is that of a case whose capacities are set to nothing."""
    whole = figure(eq.run(toy, until="corridors"), "modelled_rent", item="crude.contract")
    for power, links in {"R": ["a"], "C": ["b_first"], "T": ["b_second"]}.items():
        rows = toy.view("capacity_mass", subject=links).with_columns(value=0.0)
        shut = toy.replace(eq.Ledger(rows))
        rent = figure(eq.run(shut, until="corridors"), "modelled_rent", item="crude.contract")
        assert (whole - rent) * 1e3 == pytest.approx(BY_HAND[power])


def test_a_policy_is_a_case_with_facts_replaced(toy: Case) -> None:
    """Twenty more tonnes of room on B lower what R can cost by 20 * 30 mln USD, and change nothing in peace."""
    rows = toy.view("capacity_mass", subject=["b_first", "b_second"]).with_columns(value=50.0)
    known = eq.run(toy.replace(eq.Ledger(rows)))
    assert figure(known, "withdrawal_rent", object="R", item="crude", period="2025+1y") * 1e3 == pytest.approx(2300)
    assert figure(known, "modelled_rent", item="crude.contract") == pytest.approx(3.8)


def test_the_terminal_says_the_same() -> None:
    """`equipoise withdraw` gives the same facts as JSON."""
    command = [sys.executable, "-m", "equipoise", "withdraw", str(EXAMPLES / "two_routes"), "--all", "--json"]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    facts = {fact["id"].split("#")[0]: fact["value"] for fact in json.loads(answer.stdout)["facts"]}
    for coalition, loss in BY_HAND.items():
        assert facts[f"withdrawal_rent:HOME>{coalition}/crude@2025+1y"] * 1e3 == pytest.approx(loss)


def test_the_mathematics_agree(solved: Case) -> None:
    """The Shapley value of the facts is the Shapley value of v."""
    v = [0.0, *(BY_HAND["+".join(sorted("RCT"[i] for i in range(3) if mask >> i & 1))] for mask in range(1, 8))]
    assert shapley(v).tolist() == pytest.approx([figure(solved, "shapley_share", subject=p) * 1e3 for p in "RCT"])


def test_the_example_runs() -> None:
    """The script beside the case does what its text says."""
    answer = subprocess.run(
        [sys.executable, str(EXAMPLES / "two_routes.py")], capture_output=True, text=True, check=True
    )
    assert "2,900" in answer.stdout
    assert "3,100" in answer.stdout
