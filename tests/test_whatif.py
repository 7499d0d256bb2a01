"""What-ifs: laws of closing, agreement with the stages that answer the same question, a user's figures, bad input."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equipoise.case import Case, check_case, open_case, write_case
from equipoise.errors import InputError, UnknownFactError
from equipoise.futures import policies_of
from equipoise.ledger import Ledger
from equipoise.whatif import (
    AS_IT_IS,
    OWN_POLICY,
    WRITES,
    WhatIf,
    World,
    answer,
    applied,
    closable,
    derive,
    parse,
    with_changes,
)

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


WHY = "to see what it would change"
PIPE = [{"lever": "eskene_kuryk", "reason": WHY}, {"lever": "trans_caspian_pipeline", "intensity": 0.5, "reason": WHY}]


@pytest.mark.parametrize(
    "levers", [PIPE, [{"policy": "turkic_caspian", "reason": WHY}], [{"policy": "balanced", "reason": WHY}]]
)
def test_a_lever_in_the_time_of_a_click_is_the_lever_of_the_case(case: Case, levers: list[Any]) -> None:
    """What levers let out while a power is gone is what the case says in which they stand, on every network, to the tonne."""
    what = parse(case, {"levers": levers})
    quick, whole = World(case, draws=0), World(applied(case, what), draws=0)
    for powers in ((), ("RUS",), ("CHN",)):
        one = answer(quick, WhatIf(powers=powers, levers=what.levers))
        other = answer(whole, WhatIf(powers=powers))
        for row in other.facts.filter(other.facts["measure"].cast(str).str.starts_with("whatif_export")).iter_rows(
            named=True
        ):
            found = one.view(row["measure"], item=row["item"])["value"]
            assert found.item() == pytest.approx(row["value"], abs=1e-6), (powers, row["item"])


def test_levers_never_take_from_what_leaves_and_nothing_pulled_is_nothing(world: World, case: Case) -> None:
    """More of a lever keeps no less; the new link is drawn; what is kept is the difference of the worlds with it and without."""
    kept = []
    for degree in (0.25, 1.0):
        pulled = [{**one, "intensity": degree} for one in PIPE]
        what = parse(case, {"closed": {"cpc": 1.0}, "levers": pulled})
        facts = answer(world, what, ["oil"])
        assert facts.view("whatif_flow_mass", subject="trans_caspian_oil").height == 1
        kept.append(facts.view("whatif_kept_mass").row(0, named=True))
        without = answer(world, what.without_levers, ["oil"])
        assert without.view("whatif_flow_mass", subject="trans_caspian_oil").height == 0
        more = value(facts, "whatif_export_mass") - value(without, "whatif_export_mass")
        assert kept[-1]["value"] == pytest.approx(more, abs=1e-6)
        assert kept[-1]["low"] >= -1e-6
    assert 0.0 < kept[0]["value"] <= kept[1]["value"] + 1e-6
    assert parse(case, {"levers": []}).id == AS_IT_IS


def test_a_users_case_is_written_checked_and_the_cases_own_is_as_it_was(case: Case, tmp_path: Path) -> None:
    """Facts, levers and weights of a user's become a folder without a fault, each with its reason; the case stays as it was."""
    asked = {
        "changes": [{"fact": "gdp:KAZ@2025", "value": 300.0, "reason": "a newer print"}],
        "levers": [{"policy": "turkic_caspian", "reason": WHY}],
        "weights": [
            {"kind": "weighting", "value": "TUR+RUS", "reason": "both are said to turn"},
            {"kind": "capability", "value": "equal", "reason": "nobody can be measured"},
        ],
    }
    before = case.ledger.facts.clone()
    what = parse(case, asked)
    assert parse(case, what.plain()) == what
    write_case(applied(case, what), tmp_path / "mine")
    assert check_case(tmp_path / "mine") == []
    mine = open_case(tmp_path / "mine")
    told = " ".join(mine.table("assumptions")["statement"].to_list())
    assert all(said in told for said in ("a newer print", WHY, "both are said to turn", "nobody can be measured"))
    assert mine.table("weightings")["raised"].to_list() == ["RUS;TUR"]
    assert set(mine.view("capability")["value"]) == {100.0}
    assert not set(mine.table("effects")["lever"]) & {
        pull.lever for pull in what.levers
    }  # they stand: none is still to come
    assert mine.diff(case).height > 0
    assert case.ledger.facts.equals(before)
    planned = {policy.id: policy for policy in policies_of(applied(case, what, plan=True))}
    assert {pull.lever for pull in planned[OWN_POLICY].own} == {pull.lever for pull in what.levers}


def test_other_years_are_closed_like_the_last(case: Case, known: Case) -> None:
    """In a year that was solved the flows are those of the stage, and closing loses within it; GDP is that of the year."""
    then = World(case, draws=2, year=2019)
    facts = answer(then, WhatIf(), ["oil"])
    for row in known.view("link_flow_mass", item="oil.contract", period="2019").iter_rows(named=True):
        flow = facts.view("whatif_flow_mass", subject=row["subject"])["value"].item()
        assert flow == pytest.approx(row["value"], abs=1e-6)
    closed = answer(then, WhatIf(closed={"cpc": 1.0}), ["oil"])
    assert value(closed, "whatif_lost_mass") > 10.0
    assert set(closed.facts["period"].cast(str)) == {"2019"}
    assert then.gdp is None or value(closed, "whatif_loss", "all") > 0.0


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
    ({"levers": [{"lever": "trans_caspian_pipelin", "reason": WHY}]}, "trans_caspian_pipeline"),
    ({"levers": [{"lever": "trans_caspian_pipeline", "reason": WHY}]}, "eskene_kuryk"),
    ({"levers": [{"lever": "eskene_kuryk", "reason": ""}]}, "letters"), ({"levers": "eskene_kuryk"}, "list"),
    ({"levers": [{"lever": "eskene_kuryk", "year": 2026, "reason": WHY}]}, "2030 or later"),
    ({"levers": [{"lever": "eskene_kuryk", "year": True, "reason": WHY}]}, "a year"),
    ({"levers": [{"lever": "eskene_kuryk", "intensity": 1.5, "reason": WHY}]}, "at most 1"),
    ({"levers": [{"lever": "eskene_kuryk", "reason": WHY}] * 2}, "once"),
    ({"levers": [{"policy": "none", "reason": WHY}]}, "balanced"),
    ({"levers": [7]}, "lever, year"), ({"weights": [7]}, "kind"), ({"weights": "seen"}, "list"),
    ({"weights": [{"kind": "weighting", "value": "KAZ", "reason": WHY}]}, "RUS"),
    ({"weights": [{"kind": "capability", "value": "loud", "reason": WHY}]}, "asymmetry"),
    ({"weights": [{"kind": "weighting", "value": "seen", "reason": WHY}] * 2}, "once"),
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
