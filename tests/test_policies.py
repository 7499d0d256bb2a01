"""Policies: each can be, moves something, has its price; what cannot be is refused; what was promised of levers is shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import Given

from equipoise.case import Case, write_case
from equipoise.errors import InputError
from equipoise.futures import Levers, Policy, Pull, named, policies, policies_of


@pytest.fixture(scope="module")
def levers(case: Case) -> Levers:
    """The levers of the bundled case."""
    return Levers(case.settle())


def test_every_bundled_policy_can_be_and_every_lever_moves_something(case: Case, levers: Levers) -> None:
    """Eight policies, each lever of which is felt no earlier than it can be and has an effect with a figure."""
    every = named(case, levers)
    assert len(every) == 8
    for policy in every:
        for pull in policy.pulls:
            effects = levers.case.table("effects").filter(levers.case.table("effects")["lever"] == pull.lever)
            sizes = [levers.figures.value("lever_effect", pull.lever, number) for number in effects["effect"]]
            assert any(size is not None for size in sizes), pull.lever
            assert pull.reason


def test_what_goes_on_anyway_goes_on_under_every_policy(case: Case) -> None:
    """The levers of business as usual are pulled by all, and cost none of the others anything."""
    usual, *others = policies_of(case)
    assert usual.id == "business_as_usual"
    for policy in others:
        assert {pull.lever for pull in usual.pulls} <= {pull.lever for pull in policy.pulls}
    facts = policies(case).view("policy_capex", subject="regional_leadership")
    assert facts["value"][0] == pytest.approx(1.39 + 0.2 + 0.5)  # the dam's share, aid, the railway south


def test_costs_are_sums_of_facts_with_their_ranges(case: Case, levers: Levers) -> None:
    """A policy of two levers costs what they cost, at the centre and at either end, and half as much at half intensity."""
    found = policies(case, policy="eskene_kuryk+caspian_tankers,eskene_kuryk=0.5").view("policy_capex")
    row = next(r for r in found.iter_rows(named=True) if r["subject"] == "eskene_kuryk+caspian_tankers")
    assert (row["value"], row["low"]) == (pytest.approx(1.722), pytest.approx(1.5 + 0.15, abs=0.2))
    half = next(r for r in found.iter_rows(named=True) if r["subject"] == "eskene_kuryk")
    assert half["value"] == pytest.approx(0.75)


def test_levels_move_by_the_effects_of_levers(levers: Levers) -> None:
    """Setting, adding and multiplying act as their words say, in the order in which levers are felt, by their intensity."""
    pulls = (Pull("arms_diversification", 2032, 0.5), Pull("national_fund_buffer", 2027), Pull("export_control", 2027))
    moved = levers.moved(pulls)
    before, after = moved["arms_share_rus"]
    assert before is not None
    assert after == pytest.approx(before + 0.5 * (75.0 - before))
    assert levers.threats(pulls)["usa_secondary_banks", "rate"] == pytest.approx(0.6)


def test_provocation_is_that_of_the_strongest_lever(levers: Levers) -> None:
    """Two levers that provoke a power do so no more than the stronger, and none before it is begun."""
    low, high = Pull("leo_satellite", 2027), Pull("trans_caspian_pipeline", 2036)
    assert levers.provoked([low, high])["RUS"] == levers.provokes(high)["RUS"] > levers.provokes(low)["RUS"]
    assert levers.provoked([low, high], at=2027)["RUS"] == levers.provokes(low)["RUS"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("balanced_tilt", "nearest: balanced"),
        ("eskene_kuryk@2027", "2030 or later"),
        ("trans_caspian_pipeline", "without eskene_kuryk"),
        ("eskene_kuryk@2035+trans_caspian_pipeline@2034", "before eskene_kuryk in 2035"),
        ("eskene_kuryk=0", "above 0"),
        ("eskene_kuryk=1.5", "at most 1"),
        ("eskene_kuryk+eskene_kuryk", "eskene_kuryk twice"),
        ("eskene_kuryk@20311", "LEVER@YEAR=INTENSITY"),
        ("eskene_kuryk+", "nothing in eskene_kuryk+"),
        ("balanced+eskene_kuryk", "by itself"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(given: Given, text: str, says: str) -> None:
    """A name nobody knows, a year too early, a prerequisite that is missing or late, an intensity that is none, a lever twice,
    a year of five digits, a plus sign with nothing behind it, a policy among levers."""
    status, _, remarks = given("policies", "--policy", text)
    assert status == 2
    assert says in remarks
    assert "Traceback" not in remarks


def test_levers_that_exclude_each_other_are_refused(levers: Levers) -> None:
    """Two levers that set one limit of one link, each to its own figure, cannot both be pulled."""
    twice = {**levers.effects, "baku_supsa": levers.effects["btc_volume"]}
    twin = Levers(levers.case)
    twin.effects = twice
    with pytest.raises(InputError, match="one limit of one link"):
        twin.check(Policy("both", "", "", (Pull("btc_volume", 2027), Pull("baku_supsa", 2027))))
    with pytest.raises(InputError, match="no lever"):
        levers.check(Policy("none", "", "", ()))


def test_a_policy_of_a_case_that_cannot_be_is_a_fault_of_the_case(given: Given, case: Case, tmp_path: Path) -> None:
    """`equipoise check` names the policy, the lever and the year before which it cannot be felt."""
    folder = tmp_path / "case"
    write_case(case, folder)
    table = folder / "register" / "policy_levers.csv"
    rows = table.read_text(encoding="utf-8").splitlines()
    early = [row.replace(",2027,", ",2025,", 1) if row.startswith("balanced,btc_volume,") else row for row in rows]
    table.write_text("\n".join(early) + "\n", encoding="utf-8")
    status, _, remarks = given("check", str(folder))
    assert status != 0
    assert "btc_volume" in remarks
    assert "2027 or later" in remarks.replace(" ", " ")


def test_a_case_without_policies_says_so(case: Case) -> None:
    """No silent default where the tables are empty."""
    bare = replace(case, register={**case.register, "policies": case.table("policies").clear()})
    with pytest.raises(InputError, match="policy_levers"):
        policies_of(bare)


PROMISES = {
    "s07": ("Costs", ("capital, bn USD", "running, mn USD a year")),
    "s12": ("a provocation", ("Deeper partnership with EU and USA", "Russia (medium, agro bans")),
    "s13": ("signed projects only", ("count only signed projects",)),
    "s17": ("an announced value is an announced value", ("announced 6 Nov 2025",)),
    "s23": ("levers that need each other", ("Carries nothing by itself", "eskene_kuryk; Caspian Convention")),
    "s24": ("wider trade", ("times 1.14 (1–1.28) ratio by 2030",)),
    "s25": ("listed goods beside the trade", ("Listed goods that come from the EU and China: times 1.056 (1–1.28)",)),
    "s26": ("tungsten needs a corridor west", ("feasibility study; corridor west", "add 12")),
    "s28": ("no public agreement", ("Threat assessment and intelligence sharing", "not found", "not public")),
    "s29": ("persons deployed", ("139 on the Golan", "to 430")),
    "s31": ("first-graders", ("about 70 (2022-24); 65 in 2021",)),
    "s32": ("a missing base is missing", ("to 35", "not published; creative economy")),
    "s33": ("one Nomad Games", ("Community events", "12 (11", "one culture lever with a real price")),
    "s36": ("money paid, not yet lending", ("still completing its institutions", "add 70")),
    "s41": ("rounds hosted", ("20 Astana rounds 2017-23",)),
    "s51": ("grade shown", ("Satellite internet",)),
    "s53": ("language, events, film", ("Kazakh-language and history education", "Support for arts")),
    "s68": ("cancelled, cost assumed", ("cancelled in 2024 for floods",)),
    "s73": ("troops", ("about 4,000 in July 2024",)),
}


@pytest.fixture(scope="module")
def shown(case: Case, tmp_path_factory: pytest.TempPathFactory) -> str:
    """All that `equipoise policies` prints, wide enough that no phrase is broken."""
    from io import StringIO

    from rich.console import Console

    from equipoise.brief.desk import Desk
    from equipoise.cli.output import say
    from equipoise.cli.sheets import policies as sheets

    desk = Desk(case.add(policies(case)))
    text = StringIO()
    say(Console(file=text, width=6000, highlight=False), sheets.policies(desk, sheets.policy_names(desk)), "")
    return " ".join(text.getvalue().split())


@pytest.mark.parametrize(("row", "seen"), [(row, seen) for row, (_, seen) in PROMISES.items()], ids=list(PROMISES))
def test_a_promise_of_policies_is_kept(shown: str, row: str, seen: tuple[str, ...]) -> None:
    """What was promised of a lever stands in the answer."""
    assert [words for words in seen if words not in shown] == []


def test_no_promise_of_policies_is_forgotten(shared: Callable[[str], Path]) -> None:
    """Every founding row that names the command is checked above; the sign of s25 is held beside the levers."""
    import csv

    with shared("facts/seed_map.csv").open(encoding="utf-8", newline="") as text:
        rows = {row["map_id"] for row in csv.DictReader(text) if "equipoise policies" in row["command_or_page"]}
    assert rows <= set(PROMISES)
