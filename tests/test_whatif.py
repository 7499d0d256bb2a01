"""What-ifs: laws of closing, agreement with the stages that answer the same question, a user's figures, bad input."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equipoise.case import Case
from equipoise.errors import InputError, UnknownFactError
from equipoise.ledger import Ledger
from equipoise.whatif import AS_IT_IS, WRITES, WhatIf, World, answer, closable, derive, parse, with_changes

CORRIDORS = ("cpc", "btc", "atyrau_samara", "china_oil", "makhachkala")


@pytest.fixture(scope="module")
def world(case: Case) -> World:
    """The networks of the bundled case in a few draws."""
    return World(case, draws=6)


def value(facts: Ledger, measure: str, item: str = "oil") -> float:
    """A figure of the home state."""
    return float(facts.view(measure, subject="KAZ", item=item)["value"].item())


def test_nothing_closed_changes_nothing(world: World, known: Case) -> None:
    """As it is: the flows are those of the stage of the corridors, and nothing is lost."""
    facts = answer(world, WhatIf(), ["oil"])
    assert set(facts.facts["object"].cast(str).unique()) == {AS_IT_IS}
    for row in known.view("link_flow_mass", item="oil.contract", period="2025").iter_rows(named=True):
        flow = facts.view("whatif_flow_mass", subject=row["subject"])["value"].item()
        assert flow == pytest.approx(row["value"], abs=1e-6)
    assert value(facts, "whatif_lost_mass") == 0.0
    assert value(facts, "whatif_loss", "all") == 0.0


def test_a_power_costs_what_the_withdrawal_says(world: World, known: Case) -> None:
    """A power that withdraws in a what-if loses the state what the stage of withdrawal says, on every commodity and in money."""
    for power in ("RUS", "CHN", "AZE"):
        facts = answer(world, WhatIf(powers=(power,)))
        for commodity in world.commodities:
            network = world.network(commodity)
            lost = known.view(
                f"withdrawal_lost_{network.quantity}", object=power, item=commodity, period=f"{network.year}+1y"
            )
            found = facts.view(f"whatif_lost_{network.quantity}", item=commodity)
            assert found["value"].item() == pytest.approx(lost["value"].item(), abs=1e-6), (power, commodity)
        told = known.view("withdrawal_loss", object=power, item="", period="2025+1y")["value"].item()
        assert value(facts, "whatif_loss", "all") == pytest.approx(told, rel=1e-9)


@settings(max_examples=12)
@given(st.sampled_from(CORRIDORS), st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_closing_more_never_helps(corridor: str, one: float, other: float) -> None:
    """The larger share loses at least as much, what is lost and what is exported make up what was, and bands hold figures."""
    world = _world()
    less, more = sorted((one, other))
    lost = []
    for share in (less, more):
        facts = answer(world, WhatIf(closed={corridor: share} if share else {}), ["oil"])
        exported = value(facts, "whatif_export_mass")
        lost.append(value(facts, "whatif_lost_mass"))
        assert exported + lost[-1] == pytest.approx(
            value(answer(world, WhatIf(), ["oil"]), "whatif_export_mass"), abs=1e-6
        )
        assert facts.facts["low"].null_count() == 0
        assert (facts.facts["low"] <= facts.facts["value"] + 1e-9).all()
        assert (facts.facts["value"] <= facts.facts["high"] + 1e-9).all()
    assert lost[0] <= lost[1] + 1e-6


_HELD: dict[str, World] = {}


def _world() -> World:
    """A world for the laws, made once."""
    if not _HELD:
        import equipoise as eq

        _HELD["world"] = World(eq.open_case("kazakhstan"), draws=2)
    return _HELD["world"]


def test_what_is_closed_carries_nothing_and_says_so(world: World) -> None:
    """Every link of a closed corridor is empty and marked; of one half closed, half."""
    facts = answer(world, WhatIf(closed={"cpc": 1.0, "btc": 0.5}), ["oil"])
    for link in closable(world.case)["cpc"]:
        assert facts.view("whatif_flow_mass", subject=link)["value"].sum() == 0.0
        assert set(facts.view("whatif_closed", subject=link)["value"]) <= {1.0}
    assert facts.view("whatif_closed", subject="btc")["value"].item() == 0.5
    assert set(facts.facts["measure"].cast(str)) <= set(WRITES)


def test_a_border_is_all_that_crosses_it(case: Case) -> None:
    """A border closes the links of every commodity between two states, whichever way round."""
    links = closable(case)["border:KAZ-RUS"]
    assert {"cpc_rus_north", "uas_rus", "aktau_makhachkala"} <= set(links)
    assert "btc" not in links


def test_the_same_question_has_the_same_name(case: Case) -> None:
    """The order of asking does not matter; what closes nothing is nothing; plain data come back as they went."""
    one = parse(case, {"closed": {"cpc": 1, "btc": 0.5}, "powers": ["RUS", "CHN"]})
    other = parse(case, {"powers": ["CHN", "RUS"], "closed": {"btc": 0.5, "cpc": 1.0, "makhachkala": 0}})
    assert one.id == other.id
    assert parse(case, one.plain()) == one
    assert parse(case, {"closed": {"cpc": 0}}).id == AS_IT_IS


def test_a_users_figure_is_marked_traced_and_never_the_cases(case: Case) -> None:
    """A changed fact moves the answer, its reason stands where it is traced, and the case is as it was."""
    asked = {
        "changes": [
            {"fact": "supply_mass:tengiz/crude_light@2025", "value": 20.0, "reason": "a long repair is announced"}
        ]
    }
    what = parse(case, asked)
    before = case.ledger.facts.clone()
    facts = derive(case, what, draws=0, commodities=["oil"])
    as_it_is = derive(case, WhatIf(), draws=0, commodities=["oil"])
    assert value(facts, "whatif_export_mass") < value(as_it_is, "whatif_export_mass") - 10.0
    changed = with_changes(case, what.changes)
    leaves = [leaf for tree in changed.trace("supply_mass:tengiz/crude_light@2025") for leaf in tree.leaves()]
    assert [leaf.kind for leaf in leaves] == ["assumption"]
    assert "a long repair is announced" in leaves[0].text
    assert case.ledger.facts.equals(before)
    assert changed.diff(case).height > 0


def test_every_answer_names_what_it_rests_on(world: World) -> None:
    """Each derivation has parents that are facts of the case, and the count of inputs is of them."""
    facts = answer(world, WhatIf(closed={"cpc": 1.0}), ["oil"])
    held = {name.split("#")[0] for name in world.case.ledger.ids()}
    assert set(facts.facts["basis"].cast(str)) <= set(facts.derivations["derivation"])
    assert set(facts.parents["parent"]) <= held
    counts = [value(facts, "whatif_inputs", which) for which in ("all", "grade_C", "assumed")]
    assert counts[0] >= counts[1] > 0
    assert counts[0] >= counts[2] > 0


BAD: list[tuple[Any, str]] = [
    ([], "object"), ({"close": {}}, "closed, powers"), ({"closed": {"cpx": 1}}, "cpc"), ({"closed": {"cpc": 1.5}}, "0 to 1"),
    ({"closed": {"cpc": float("nan")}}, "finite"), ({"closed": {"cpc": True}}, "finite"), ({"closed": {"": 1}}, "nearest"),
    ({"closed": [1]}, "object"), ({"powers": ["KAZ"]}, "RUS"), ({"powers": "RUS"}, "list"), ({"powers": [["RUS"]]}, "RUS"),
    ({"closed": {"border:KAZ-XXX": 1}}, "border:"), ({"changes": [7]}, "object"), ({"changes": "gdp"}, "list"),
    ({"changes": [{"fact": "gdp:KAZ@2025", "value": 1e9, "reason": ""}]}, "letters"),
    ({"changes": [{"fact": "gdp:KAZ@2025", "value": -1, "reason": "because"}]}, "low <= value"),
    ({"changes": [{"fact": "gdp:KAZ@2025", "value": 3, "low": 4, "reason": "because"}]}, "low <= value"),
    ({"changes": [{"fact": "gdp:KAZ@2025", "value": "3", "reason": "because"}]}, "finite"),
    ({"changes": [{"fact": "gdp:KAZ@2025", "value": 300, "reason": "because"}] * 2}, "once"),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "told"), BAD)
def test_what_cannot_be_meant_is_one_clear_error(case: Case, asked: Any, told: str) -> None:
    """Each says what is allowed; none is guessed at."""
    with pytest.raises(InputError, match=told):
        parse(case, asked)


def test_facts_and_commodities_that_do_not_exist_are_named(case: Case, world: World) -> None:
    """An unknown fact has its nearest named, an unknown commodity those there are."""
    with pytest.raises(UnknownFactError, match="gdp"):
        parse(case, {"changes": [{"fact": "gdp:XXX@1900", "value": 1, "reason": "because"}]})
    with pytest.raises(InputError, match="oil"):
        answer(world, WhatIf(), ["tea"])
