"""Would it pay, where do pressures push, what moves whom: laws of the stage, the real case, the command and its bad input."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from conftest import Given

from equipoise import bargaining
from equipoise.bargaining.issues import on_scale
from equipoise.bargaining.record import Record
from equipoise.brief import issues as pictures
from equipoise.brief.desk import Desk
from equipoise.case import Case
from equipoise.ledger import Ledger

PERIOD = "2025+1y"
LOSSES = {  # power: what it takes from the state, what that costs it; value, low, high
    "RUS": ((20.0, 16.0, 24.0), (0.6, 0.3, 0.7)), "CHN": ((12.0, 6.0, 13.0), (0.08, 0.05, 0.09)),
    "EU": ((12.0, 8.0, 15.0), (0.13, 0.07, 0.14)), "USA": ((8.0, 6.0, 11.0), (0.006, 0.001, 0.018)),
}  # fmt: skip
TABLE = """actor,capability,capability_low,capability_high,tax_position,tax_salience,port_position,port_salience
Alba,100,80,120,10,40,20,30
Bora,60,,,50,30,90,50
Cyra,40,,,90,50,60,20
"""


def row(measure: str, subject: str, object: str, item: str, figures: tuple[float, float, float]) -> dict[str, object]:
    """A derived fact as another stage would write it."""
    value, low, high = figures
    return {
        "measure": measure, "subject": subject, "object": object, "item": item, "period": PERIOD, "value": value, "low": low,
        "high": high, "basis": "other", "by": "other/1",
    }  # fmt: skip


@pytest.fixture(scope="module")
def lossy(case: Case) -> Case:
    """The bundled case with losses of real income written by hand."""
    rows = []
    for power, (loss, own) in LOSSES.items():
        rows += [row("income_loss", "KAZ", power, "all", loss), row("own_income_loss", power, "KAZ", "all", own)]
        rows += [row("own_income_loss", power, "KAZ", "transit", (own[0] / 4, own[1] / 4, own[2] / 4))]
        rows += [row("income_asymmetry", "KAZ", power, "", (loss[0] / own[0], loss[1] / own[2], loss[2] / own[1]))]
        rows += [row("withholding_loss", "KAZ", power, "exports", (1.2, 0.7, 1.3))]
        rows += [row("leverage_loss", power, "KAZ", "exports", (0.4, 0.3, 0.5))]
    return case.add(Ledger.of(rows))


@pytest.fixture(scope="module")
def derived(lossy: Case) -> Case:
    """The same case knowing what bargaining makes of it."""
    return lossy.add(bargaining.derive(lossy, draws=30))


def value(case: Case, measure: str, subject: str, object: str = "", item: str = "") -> tuple[float, float, float]:
    """Value, low and high of the one fact of a key."""
    found = case.view(measure, subject=subject, object=object, item=item).filter(
        pl.col("period").cast(pl.String).is_in([PERIOD, "2025"])
    )
    assert found.height == 1, (measure, subject, object, item)
    return found["value"][0], found["low"][0], found["high"][0]


def test_break_even_stakes_carry_the_range_of_both_costs(derived: Case) -> None:
    """B*(q) = (w + a)/q: sure, the cost itself; even, twice it; the high end doubled by what others may take amiss."""
    assert value(derived, "break_even_stake", "RUS", "KAZ", "all.100") == pytest.approx((0.6, 0.3, 1.4))
    assert value(derived, "break_even_stake", "RUS", "KAZ", "all.50") == pytest.approx((1.2, 0.6, 2.8))
    assert value(derived, "break_even_refusal", "KAZ", "RUS", "all.50") == pytest.approx((10.0, 8.0, 12.0))


def test_money_is_the_share_of_the_income_of_the_power(derived: Case) -> None:
    """The same stake in % and in money, at the income that the stage names."""
    income = derived.view("power_income", subject="RUS")["value"][0]
    percent, money = (value(derived, f"break_even_{what}", "RUS", "KAZ", "all.100")[0] for what in ("stake", "money"))
    assert money == pytest.approx(percent / 100.0 * income)
    assert 1500 < income < 2500


def test_acts_of_the_register_are_asked_for_what_they_cost_and_flags_never(derived: Case) -> None:
    """Every act with a cost has a stake in money, a guarantee has none, and a hazard is nobody's threat."""
    rows = derived.table("threats").iter_rows(named=True)
    cost = derived.view("threat_cost_to_power")["subject"].cast(pl.String).to_list()
    told = {item.partition(".")[0] for item in derived.view("break_even_money")["item"].cast(pl.String)}
    for threat in rows:
        expected = threat["kind"] == "withdrawal" and threat["threat"] in cost
        assert (threat["threat"] in told) == expected, threat["threat"]
    known = derived.view("threat_cost_to_power", subject="rus_cpc_closure")["value"][0]
    assert value(derived, "break_even_money", "RUS", "KAZ", "rus_cpc_closure.100")[0] == pytest.approx(known / 1000)


def test_a_kind_of_channel_has_a_stake_of_its_own(derived: Case) -> None:
    """Closing one kind alone is asked for what that kind costs the power, of which the eyes of others are as large a part."""
    assert value(derived, "break_even_stake", "RUS", "KAZ", "transit.50") == pytest.approx((0.3, 0.15, 0.7))


def test_an_act_is_asked_for_as_long_as_it_lasts(derived: Case) -> None:
    """A stake for one act alone is that of a year times its length, and never more than that of a year."""
    days = derived.settle().view("threat_duration", subject="rus_cpc_closure").row(0, named=True)
    a_year = value(derived, "break_even_money", "RUS", "KAZ", "rus_cpc_closure.100")
    once = value(derived, "break_even_money", "RUS", "KAZ", "rus_cpc_closure.100.once")
    lasting = [min(days[end], 365.25) / 365.25 for end in ("value", "low", "high")]
    assert once == pytest.approx([money * share for money, share in zip(a_year, lasting, strict=True)])


def test_the_state_threatens_too(derived: Case) -> None:
    """What withholding costs the state is its own break-even, and what it takes is the power's refusal."""
    assert value(derived, "break_even_stake", "KAZ", "CHN", "exports.100") == pytest.approx((1.2, 0.7, 1.3))
    assert value(derived, "break_even_refusal", "CHN", "KAZ", "exports.50") == pytest.approx((0.2, 0.15, 0.25))


def test_patience_and_the_crisis_rest_on_both_costs(derived: Case) -> None:
    """Patience is its closed form; a bypass makes a concession rarer; the ends of the crisis sum to one."""
    assert value(derived, "patience_needed", "RUS", "KAZ", "stake.0.5") == pytest.approx(
        (0.6 / 1.1, 0.3 / 0.8, 0.7 / 1.2)
    )
    low, high = 5 / (5 + 24), 5 / (5 + 16)
    assert value(derived, "patience_needed", "KAZ", "RUS", "refusal.5") == pytest.approx((0.2, low, high))
    chance = {end: value(derived, "crisis_chance", "RUS", "KAZ", f"as_it_is.{end}.1")[0] for end in ENDS}
    assert sum(chance.values()) == pytest.approx(1.0)
    assert value(derived, "crisis_chance", "RUS", "KAZ", "bypass.concession.1")[0] < chance["concession"]
    coin = value(derived, "crisis_chance", "RUS", "KAZ", "as_it_is.status_quo.0")
    assert coin == pytest.approx((0.5, 0.5, 0.5))


ENDS = ("status_quo", "concession", "closure", "retreat")


def test_room_to_lean_is_where_the_loss_meets_the_stake(derived: Case) -> None:
    """The loss by distance, at the room told, is the break-even stake; twice the worth of the scale leaves less room."""
    rooms = derived.view("alignment_room", subject="RUS", object="west_mil_coop").with_columns(
        pl.col("item").cast(pl.String)
    )
    room = dict(rooms.select("item", "value").iter_rows())
    now = derived.view("status_quo", subject="west_mil_coop")["value"][0]
    wanted, cares = (
        derived.view(m, subject="RUS", object="west_mil_coop")["value"][0] for m in ("position", "salience")
    )
    stake = value(derived, "break_even_money", "RUS", "KAZ", "all.100")[0]
    lost = 50 * cares / 100 * (abs(now + room["up.50"] - wanted) - abs(now - wanted)) / 100
    assert lost == pytest.approx(stake)
    assert room["up.100"] < room["up.50"]
    assert not any(item.startswith("down") for item in room if room[item] < now - wanted)


def test_every_issue_of_the_case_has_its_outcomes_side_by_side(derived: Case) -> None:
    """Eight issues, four ways of reckoning capability that the facts allow, each a band on the scale that holds its figure."""
    found = derived.view("issue_outcome")
    assert found.height == 4 * derived.table("issues").height
    assert ((found["low"] <= found["value"]) & (found["value"] <= found["high"])).all()
    assert found["low"].min() >= 0
    assert found["high"].max() <= 100
    assert (found["high"] - found["low"]).min() > 1


def test_capabilities_from_losses_divide_what_the_case_gives_the_powers(lossy: Case) -> None:
    """The powers together hold what the case says, shared by what each could take; everybody else keeps its own."""
    from equipoise.bargaining.arena import arena, held

    record = Record(lossy.settle(), bargaining.READS)
    given = arena(record, ("oil_route",))
    assert given is not None
    ways = held(record, given, PERIOD)
    cited, other = ways["cited"].capability[0], ways["loss"].capability[0]
    who = [given.actors.index(power) for power in LOSSES]
    assert other[who].sum() == pytest.approx(cited[who].sum())
    assert other[who] / other[who].sum() == pytest.approx([20 / 52, 12 / 52, 12 / 52, 8 / 52])
    rest = [k for k in range(len(cited)) if k not in who]
    assert other[rest].tolist() == cited[rest].tolist()


def test_a_lever_on_the_scale_moves_the_state_and_the_outcome(derived: Case) -> None:
    """The levers on an issue's own scale are those of its own target, or of the scale that it stands for; narrower rules of the
    treaty move the outcome down in the mean, and a lever of no effect moves nothing."""
    record = Record(derived.settle(), bargaining.READS)
    assert [lever for lever, _, _ in on_scale(record, "csto_engagement")] == ["csto_conditional"]
    assert "trans_caspian_pipeline" in {lever for lever, _, _ in on_scale(record, "oil_route")}
    assert on_scale(record, "west_mil_coop") == []
    assert value(derived, "lever_shift", "csto_conditional", "csto_engagement")[0] < 0
    assert value(derived, "lever_shift", "samara_quota", "oil_route") == (0.0, 0.0, 0.0)


def test_same_seed_same_bits(lossy: Case) -> None:
    """The stage repeats itself with a seed and differs without."""
    first, again, other = (bargaining.derive(lossy, draws=4, seed=seed).facts for seed in (1, 1, 2))
    assert first.equals(again)
    assert not first.equals(other)


def test_a_case_without_losses_or_positions_has_no_such_facts(toy: Case) -> None:
    """Missing is not zero: the hand-made case gets nothing."""
    assert not len(bargaining.derive(toy))


def test_every_fact_names_its_parents_down_to_sources(derived: Case) -> None:
    """A stake and an outcome trace to what they rest on."""
    for fact in (f"break_even_stake:RUS>KAZ/all.100@{PERIOD}", "issue_outcome:oil_route/loss@2025"):
        (tree,) = derived.trace(fact)
        assert {leaf.kind for leaf in tree.leaves()} & {"source", "assumption"}
    assert set(derived.view(list(bargaining.WRITES))["by"].cast(pl.String)) == {bargaining.VERSION}


def test_whom_to_move_is_told_where_redraws_agree(lossy: Case) -> None:
    """A change that is told shifts the outcome the same way in at least half of the redraws."""
    found = bargaining.politics(lossy, ["oil_route"], draws=16, turns=4).facts
    holds = found.filter(pl.col("measure") == "move_holds")
    assert holds.height
    assert holds["value"].min() >= 0.5
    assert set(found.filter(pl.col("measure") == "move_needed")["value"].abs()) <= {5.0, 10.0, 20.0, 40.0}


def test_issues_can_be_bargained_over_together(lossy: Case) -> None:
    """Jointly, each of the issues has an outcome, and it is another than alone."""
    together = bargaining.politics(lossy, ["oil_route", "npp_vendor"], draws=4, turns=2, jointly=True)
    alone = bargaining.politics(lossy, ["oil_route", "npp_vendor"], draws=4, turns=2)
    where = [pl.col("measure") == "issue_outcome", pl.col("item") == "cited"]
    assert together.facts.filter(where).height == 2
    assert together.facts.filter(where)["value"].to_list() != alone.facts.filter(where)["value"].to_list()


def test_the_brief_tells_three_courses_and_shades_nothing_into_likelihood(derived: Case) -> None:
    """The assessments name the three courses; each leans on figures of the ledger."""
    said = pictures.assessments(Desk(derived))
    text = " ".join(part if isinstance(part, str) else part.plain for block in said for part in block.parts)  # type: ignore[union-attr]
    for words in ("Continued multi-vector course", "Increased involvement of the West", "Isolation by over-alignment"):
        assert words in text
    assert "never a forecast" in text
    assert "will happen" not in text


# --- the command -------------------------------------------------------------------------------------------------------

PROMISES = [
    # row of the founding list, command, what a user sees
    ("s09", (), ("How big a stake makes closing pay", "What each act would have to bring", "10 %", "no probability is stated")),
    ("s27", ("--issue", "west_mil_coop"), (
        "Joint exercises and training with NATO members", "Russia: security guarantee, CSTO, medium", "Security is never turned",
        "Position path",
    )),
    ("s34", ("--issue", "language_pace"), (
        "fell 14 points in 2017-22 without this lever", "Kazakh share of TV and radio", "no figure here says that a law caused",
    )),
    ("s46", ("--issue", "eaeu_autonomy"), ("common external tariff", "own wheat ban in 2024", "Use EAEU exceptions")),
    ("s63", ("--issue", "language_pace"), ("Citizens who live mainly in Russian", "mainly in Kazakh", "(20–50)")),
    ("s71", ("--issue", "csto_engagement"), (
        "Position path of the central run", "gone round in circles", "Withholding of CSTO help", "never turned into money",
    )),
    ("s79", (), ("Contested issues", "come to rest", "go round", "Who holds each issue where it is")),
]  # fmt: skip


@pytest.mark.parametrize(("row", "options", "seen"), PROMISES, ids=[row for row, _, _ in PROMISES])
def test_a_promise_of_bargaining_is_kept(
    given: Given, monkeypatch: pytest.MonkeyPatch, row: str, options: tuple[str, ...], seen: tuple[str, ...]
) -> None:
    """The command answers, and what was promised stands in its answer."""
    monkeypatch.setenv("COLUMNS", "400")
    status, out, remarks = given("bargain", *options, "--draws", "4")
    assert status == 0, remarks
    text = " ".join(out.split())
    assert [words for words in seen if words not in text] == []


def test_no_promise_of_bargaining_is_forgotten(shared: Callable[[str], Path]) -> None:
    """Every founding row that names the command is checked above."""
    with shared("facts/seed_map.csv").open(encoding="utf-8", newline="") as text:
        rows = {row["map_id"] for row in csv.DictReader(text) if "equipoise bargain" in row["command_or_page"]}
    assert rows == {row for row, _, _ in PROMISES}


def test_one_act_alone_tells_what_it_takes_and_would_have_to_bring(given: Given) -> None:
    """The pipeline closed by itself takes most of what Russia could, and costs Russia the three billion of the register."""
    status, out, remarks = given("bargain", "--threat", "rus_cpc_closure", "--draws", "0")
    assert status == 0, remarks
    text = " ".join(out.split())
    assert "Deliberate closure of CPC for months (Russia)" in text
    assert "lower by 11%" in text
    assert "3.3" in text
    assert "0.82" in text


def test_a_table_of_ones_own_works_without_a_case(given: Given, tmp_path: Path) -> None:
    """Three actors, two dimensions: outcomes of both, as facts too, with the user's own names."""
    path = tmp_path / "mine.csv"
    path.write_text(TABLE, encoding="utf-8")
    status, out, remarks = given("bargain", "--actors", str(path), "--draws", "8", "--turns", "3")
    assert status == 0, remarks
    assert "Bora" in out
    assert "Whom to move: port" in out
    status, out, _ = given("bargain", "--actors", str(path), "--draws", "0", "--json")
    facts = {fact["id"] for fact in json.loads(out)["facts"]}
    assert "issue_outcome:tax/cited@2025" in facts or any(fact.startswith("issue_outcome:tax") for fact in facts)


SPOILT = [
    ("50,30,90", "150,30,90", ("row 3", "tax_position", "150", "0 to 100")),
    ("Bora", "Alba", ("row 3", "Alba again, first in row 2", "each actor once")),
    ("Bora,60,,,50,30,90,50\nCyra,40,,,90,50,60,20\n", "", ("1 actor", "2 actors or more")),
    ("90,50,60,20", "90,,60,20", ("row 4", "tax_salience", "an empty cell")),
    ("40,20,30", "80,20,30", ("row 2", "110 in sum", "at most 100")),
    ("tax_salience", "tax_importance", ("row 1", "tax_importance", "NAME_salience")),
    ("100,80,120", "100,110,120", ("row 2", "capability", "low, value and high in that order")),
    ("tax_", "my tax_", ("row 1", "my tax", "letters, digits")),
]


@pytest.mark.parametrize(("old", "new", "said"), SPOILT)
def test_a_spoilt_table_is_one_clear_error(
    given: Given, tmp_path: Path, old: str, new: str, said: tuple[str, ...]
) -> None:
    """File, row, what was found and what is allowed; never a traceback."""
    path = tmp_path / "spoilt.csv"
    path.write_text(TABLE.replace(old, new), encoding="utf-8")
    status, _, remarks = given("bargain", "--actors", str(path), "--draws", "0")
    assert status == 2
    assert "spoilt.csv" in remarks.replace("\n", "")
    assert [words for words in said if words not in remarks.replace("\n", " ")] == []
    assert "Traceback" not in remarks


def test_a_dimension_without_spread_is_refused(given: Given, tmp_path: Path) -> None:
    """Where all stand at one point there is nothing to bargain over."""
    path = tmp_path / "flat.csv"
    path.write_text("actor,capability,position,salience\nA,1,50,10\nB,1,50,20\n", encoding="utf-8")
    status, _, remarks = given("bargain", "--actors", str(path))
    assert (status, "every actor at 50" in remarks) == (2, True)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--issue", "nope"), "china_infra_share, csto_engagement"),
        (("--option", "voting=Cubic"), "voting_rule"),
        (("--option", "voting_rule=Cube"), "Prop, Binary"),
        (("--option", "voting_rule"), "NAME=VALUE"),
        (("--issue", "oil_route", "--actors", "mine.csv"), "one of them"),
        (("--actors", "nowhere.csv"), "nowhere.csv"),
        (("--threat", "rus_guarantee"), "rus_cpc_closure, rus_cpc_legal"),
        (("--threat", "tur_straits", "--issue", "oil_route"), "one of them"),
    ],
)
def test_what_cannot_be_asked_lists_what_can(given: Given, options: tuple[str, ...], said: str) -> None:
    """An unknown issue, option or file is named with what is allowed, before anything is run."""
    status, _, remarks = given("bargain", *options)
    assert status == 2
    assert said in remarks.replace("\n", " ")
