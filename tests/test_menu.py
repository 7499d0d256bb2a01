"""Menus of partial withdrawal and expected losses: control replaced, and nothing else."""

from __future__ import annotations

import dataclasses

import polars as pl
import pytest
from conftest import Given
from hypothesis import given as with_examples
from hypothesis import settings
from hypothesis import strategies as st

from equipoise.case import Case
from equipoise.errors import InputError
from equipoise.income.grounds import VERSION
from equipoise.income.inputs import Inputs
from equipoise.income.losses import Act, Losses
from equipoise.income.odds import expected
from equipoise.menu import menu


def reach(case: Case, actor: str, thing: str) -> float:
    """How far an actor controls a thing."""
    found = case.settle().view("control", subject=actor, object=thing)["value"].to_list()
    return float(max(found))


def test_a_menu_replaces_control_and_nothing_else(case: Case) -> None:
    """What is not on it cannot be closed, a share is a share of the reach, and every other fact stays."""
    part = menu(case, ["RUS"], channels=["transit", "imports"], shares={"imports": 0.5})
    assert part.powers == ("RUS",)
    assert reach(part, "RUS", "exp_rus") == 0.0
    assert reach(part, "RUS", "imp_rus") == pytest.approx(0.5 * reach(case, "RUS", "imp_rus"))
    assert reach(part, "RUS", "uas_rus") == reach(case, "RUS", "uas_rus")
    assert reach(part, "CHN", "imp_chn") == reach(case, "CHN", "imp_chn")
    rest = pl.col("measure").cast(pl.String) != "control"
    assert part.ledger.facts.filter(rest).equals(case.ledger.facts.filter(rest))


def test_a_menu_of_everything_is_the_withdrawal(case: Case) -> None:
    """Shares of one change no reach."""
    whole = menu(case, ["RUS"], shares={"transit": 1.0, "imports": 1.0})
    before = case.settle().view("control").select("subject", "object", "item", "value").sort(pl.all())
    after = whole.settle().view("control").select("subject", "object", "item", "value").sort(pl.all())
    assert before.equals(after)


@settings(max_examples=6, deadline=None)
@with_examples(share=st.floats(0.0, 1.0))
def test_more_of_a_channel_takes_no_less(known: Case, share: float) -> None:
    """The loss grows with the share of the imports that is closed."""
    bare = known.without(by=VERSION)
    losses = [
        float(found[world.economy.home])
        for q in (0.0, share, 1.0)
        for inputs in [Inputs(menu(bare, ["RUS"], channels=["imports"], shares={"imports": q}).settle())]
        for world in [Losses(inputs, inputs.world)]
        for values in [world.figures(inputs.horizons[0])]
        for found in [world.economy.loss(world.setting(values), world.change(Act.of(["RUS"], ("imports",)), values))]
    ]
    assert -1e-6 <= losses[0] <= losses[1] + 1e-6
    assert losses[1] <= losses[2] + 1e-6


@pytest.mark.parametrize(("options", "words"), [
    (("--by", "RUS", "--share", "transit=1.5"), "a share from 0 to 1"),
    (("--by", "RUS", "--share", "transit"), "NAME=NUMBER"),
    (("--by", "RUS", "--share", "transit=0.5", "--share", "transit=0.2"), "each name once"),
    (("--by", "RUS", "--share", "transit=0.5", "--share", "cpc=1"), "one share for each channel"),
    (("--by", "RUS", "--channels", "exports", "--share", "transit=0.5"), "not on the menu"),
    (("--by", "RUS", "--channels", "moonlight"), "which RUS does not control"),
    (("--channels", "transit"), "--by names who withdraws"),
    (("--by", "KAZ"), "--by: found KAZ"),
    (("--by", "RUS", "--horizon", "2y"), "--horizon: found 2y"),
    (("--odds", "RUS=2"), "a chance from 0 to 1"),
    (("--odds", "AZE=0.1"), "--odds: found AZE"),
])  # fmt: skip
def test_a_contradictory_menu_is_one_clear_error(given: Given, options: tuple[str, ...], words: str) -> None:
    """What was found, what is allowed, and status 2."""
    status, _, remarks = given("withdraw", *options)
    assert status == 2
    assert words in " ".join(remarks.split())


def test_expected_loss_is_the_loss_at_certainty(known: Case) -> None:
    """At chances of nought and one the multilinear extension is the game; between, by hand for one power."""
    whole = known.view("income_loss", object="RUS", item="all", period="2025+1y")["value"].item()
    for chance in (0.0, 0.25, 1.0):
        found = expected(known, {"RUS": chance}, "1y").view("expected_income_loss", item="")["value"].item()
        assert found == pytest.approx(chance * whole)
    facts = expected(known, {"RUS": 0.05, "CHN": 0.02}, "1y")
    tail = facts.view("expected_income_loss", item="worst_tenth")["value"].item()
    both = known.view("income_loss", object="CHN+RUS", item="all", period="2025+1y")["value"].item()
    china = known.view("income_loss", object="CHN", item="all", period="2025+1y")["value"].item()
    assert tail == pytest.approx((0.001 * both + 0.049 * whole + 0.019 * china) / 0.1)
    with pytest.raises(InputError, match="--odds"):
        expected(known, {"XXX": 0.1}, "1y")


def test_a_menu_leaves_open_what_no_table_says_could_be_closed(known: Case) -> None:
    """Where the register has no channel for a power's own market, a menu without it closes none of its trade."""
    channels = known.table("channels")
    bare = dataclasses.replace(known, register={**known.register, "channels": channels.clear()})
    part = Inputs(menu(bare, ["RUS"], channels=["transit"]).settle())
    world = Losses(part, part.world)
    values = world.figures(part.horizons[0])
    change = world.change(Act.of(["RUS"]), values)
    assert set(change.exports.values()) == set(change.imports.values()) == {0.0}
