"""Advice: levers tried in the same futures, held to cases by hand; what turns it, when to leave a policy, what was promised."""

from __future__ import annotations

from io import StringIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from rich.console import Console

from equipoise.brief.advice import PILLARS, recommendations
from equipoise.brief.desk import Desk
from equipoise.brief.document import Block, Chart, Figure, Paragraph, Table
from equipoise.brief.policies import policies
from equipoise.case import Case
from equipoise.cli.output import say
from equipoise.futures.effects import effects, together, turns
from equipoise.futures.fare import Outcomes
from equipoise.futures.findings import Drawn, failures, fans, sensitivity
from equipoise.futures.lives import Question, Weighting
from equipoise.futures.pathways import contenders, mixtures, pathways
from equipoise.futures.policies import Levers, Policy, Pull, policies_of
from equipoise.futures.simulate import live, prepare
from equipoise.futures.trials import GROUND, Trial, alike, grounds_of, pairs, trials

FUTURES = 120
WEIGHTINGS = (Weighting("seen", "", (), "seen"), Weighting("east", "", ("RUS",), "seen"))


def question(policies: int) -> Question:
    """So many policies under two weightings."""
    made = tuple(Policy(f"p{i}", f"P{i}", "", (Pull("lever", 2030),)) for i in range(policies))
    return Question("oil", 2025, 2030, made, WEIGHTINGS, (), ("RUS", "CHN"), "RUS", 1)


def came(loss: np.ndarray, mean: np.ndarray | None = None) -> Outcomes:
    """Outcomes from the losses to each power (P, I, K) and the mean losses (P, W, 2, K)."""
    size, _, futures = loss.shape
    nothing = np.zeros((size, futures))
    along = np.zeros((size, 2, 2, futures)) if mean is None else mean
    return Outcomes(
        loss, along, np.zeros_like(along), np.zeros_like(along), np.zeros_like(along),
        nothing, nothing, nothing, nothing, nothing, np.zeros((size, 0, futures)), np.zeros((size, 2, 0, futures)),
        np.zeros((size, 2, 2, 5, futures)),
    )  # fmt: skip


def test_a_fan_is_the_mean_and_the_band_of_each_year() -> None:
    """By hand: of twenty futures one loses 10 in the second year under provocation, and nobody anything else."""
    asked = question(1)
    made = came(np.zeros((1, 2, 20)))
    made.path[0, 1, 1, 1, 7] = 10.0
    found = fans(asked, made)
    assert len(found) == 1 * 2 * 2 * 5
    value, band = found["future_path", "p0", "", f"{asked.weightings[1].id}.provoked", "2027"]
    assert value == pytest.approx(0.5)
    assert band == pytest.approx((0.0, np.quantile([0.0] * 19 + [10.0], 0.95)))
    assert {v for key, (v, _) in found.items() if key[4] != "2027"} == {0.0}


@pytest.fixture(scope="module")
def levers(case: Case) -> Levers:
    """The levers of the bundled case."""
    return Levers(case.settle())


@pytest.fixture(scope="module")
def tried(levers: Levers) -> tuple[list[Policy], list[Trial]]:
    """Every lever of the bundled case on both grounds."""
    return trials(levers, policies_of(levers.case))


def test_a_trial_differs_by_its_lever_and_what_comes_with_it(
    levers: Levers, tried: tuple[list[Policy], list[Trial]]
) -> None:
    """Every lever is tried on both grounds; with it and without it differ by it, by what it needs or by what needs it."""
    every, made = tried
    assert {(trial.lever, trial.ground) for trial in made} == {
        (lever, ground.id) for lever in levers.rows for ground in grounds_of(policies_of(levers.case))
    }
    for trial in made:
        one, other = ({p.lever for p in every[at].pulls} for at in (trial.with_it, trial.without))
        assert one - other == {trial.lever, *trial.beside}
        assert not other - one
        levers.check(every[trial.with_it])
    beside = {(trial.lever, trial.ground): trial.beside for trial in made}
    assert beside["trans_caspian_pipeline", GROUND] == ("eskene_kuryk",)


def test_no_policy_is_lived_through_twice(tried: tuple[list[Policy], list[Trial]]) -> None:
    """Policies that pull the same levers are one; those of the case come first and keep their places."""
    every, made = tried
    assert len({frozenset((p.lever, p.year, p.intensity) for p in one.pulls) for one in every}) == len(every)
    assert {place for trial in made for place in (trial.with_it, trial.without)} <= set(range(len(every)))


def test_a_standing_lever_costs_the_policies_above_it_nothing(
    levers: Levers, tried: tuple[list[Policy], list[Trial]]
) -> None:
    """A variant of a policy pays for the levers that the policy pays for, and for the one that is tried."""
    every, made = tried
    by_ground = {ground.id: ground for ground in grounds_of(policies_of(levers.case))}
    for trial in made:
        ground = by_ground[trial.ground]
        own = {pull.lever for pull in every[trial.with_it].own}
        assert own == {pull.lever for pull in ground.own} | (
            {trial.lever, *trial.beside} - {p.lever for p in ground.pulls}
        )


def test_what_is_lived_through_once_is_the_same_for_all(
    known: Case, levers: Levers, tried: tuple[list[Policy], list[Trial]]
) -> None:
    """Policies taken for alike have the same lives to the last bit; far fewer are lived through than are tried."""
    every, _ = tried
    first = alike(levers, every)
    assert len(set(first)) < 0.8 * len(every)
    assert all(first[place] == place for place in first)
    twins = [place for place, other in enumerate(first) if other != place]
    chosen = sorted({*twins[::3], *(first[place] for place in twins[::3])})
    lives = live(prepare(known, [every[place] for place in chosen], until=2040), 0, 2)
    for place in twins[::3]:
        one, other = chosen.index(place), chosen.index(first[place])
        for name in ("loss", "peace", "closed", "off", "lost", "sold", "path"):
            made = getattr(lives, name)
            assert np.array_equal(made[:, one], made[:, other]), (every[place].id, every[first[place]].id, name)


def test_levers_that_may_need_each_other_are_paired_once(
    levers: Levers, tried: tuple[list[Policy], list[Trial]]
) -> None:
    """A pair holds one that moves nothing alone, both on one commodity, neither pulled already, and can be."""
    _, made = tried
    usual = policies_of(levers.case)[0]
    joint = pairs(levers, usual, made, [trial.lever != "eskene_kuryk" for trial in made])
    assert joint
    assert all(one == "eskene_kuryk" for one, _, _ in joint)
    assert ("eskene_kuryk", "caspian_tankers") in [(one, other) for one, other, _ in joint]
    assert len({frozenset(pair[:2]) for pair in joint}) == len(joint)
    assert "trans_caspian_pipeline" not in [
        other for _, other, _ in joint
    ]  # it needs the other: never tried without it
    for _, _, policy in joint:
        levers.check(policy)


def test_effects_by_hand() -> None:
    """A lever that takes two points of four from one power for 100 mn a year: its change, its price, the regret it removes."""
    loss = np.zeros((2, 2, 5))
    loss[0, 0], loss[1, 0], loss[:, 1] = 4.0, 2.0, 1.0
    mean = np.zeros((2, 2, 2, 5))
    mean[1, 1, 1] = 0.5  # provoked under the second weighting alone
    alone, cost = [Trial("lever", "p0", 1, 0, ())], {"lever": np.full(5, 100.0)}
    found = effects(question(2), ("RUS", "CHN"), came(loss, mean), alone, loss[0].max(axis=0), cost)
    value = {key[0]: value for key, (value, _) in found.items() if key[3] in ("p0", "p0.east")}
    assert value["advice_worst_loss"] == -2
    assert value["advice_price"] == 50
    assert (value["advice_regret_max"], value["advice_regret_90"]) == (2, 2)
    assert (value["advice_loss"], value["advice_provoked"]) == (0.5, 0.5)
    assert value["advice_moved"] == 1
    powers = {key[2]: value for key, (value, _) in found.items() if key[0] == "advice_power_loss"}
    assert powers == {"RUS": -2, "CHN": 0}


def test_what_nobody_published_has_no_price() -> None:
    """A lever without a published cost, or pulled with one, has no yearly cost and no price per point; it is not free."""
    loss = np.stack([np.full((1, 5), 4.0), np.full((1, 5), 2.0)])
    for priced in ("lever", "other"):
        both = [Trial("lever", "p0", 1, 0, ("other",))]
        found = effects(question(2), ("RUS",), came(loss), both, loss[0, 0], {priced: np.full(5, 100.0)})
        assert not {"advice_price", "advice_yearly"} & {key[0] for key in found}


def test_what_moves_nothing_is_told_to_move_nothing() -> None:
    """A lever that only provokes moves nothing, removes no regret, and has no price per point."""
    loss = np.full((2, 1, 5), 3.0)
    mean = np.zeros((2, 2, 2, 5))
    mean[1, :, 1] = 1.0
    alone, cost = [Trial("lever", "p0", 1, 0, ())], {"lever": np.ones(5)}
    found = effects(question(2), ("RUS",), came(loss, mean), alone, loss[0, 0], cost)
    value = {key[0]: value for key, (value, _) in found.items()}
    assert (value["advice_moved"], value["advice_worst_loss"], value["advice_regret_max"]) == (0, 0, 0)
    assert "advice_price" not in value
    assert value["advice_provoked"] == 1


def drawn(seed: int = 3) -> Drawn:
    """An input that matters and a bystander."""
    return Drawn(("a.X.-.-.2025", "b.X.-.-.2025"), np.random.default_rng(seed).random((FUTURES, 2)))


def test_the_input_that_turns_the_advice_is_named_with_its_value() -> None:
    """A lever that helps below three tenths of an input and hurts above is told so, with that input and side."""
    inputs = drawn()
    loss = np.zeros((2, 1, FUTURES))
    loss[0], loss[1] = 2.0, 2.0 + inputs.values[:, 0] - 0.3
    found = turns(question(2), came(loss), [Trial("lever", "p0", 1, 0, ())], inputs)
    ((key, (value, band)),) = ((k, v) for k, v in found.items() if k[0] == "advice_turn")
    assert key[2:4] == ("a.X.-.-.2025", "p0.worst_loss.at_most")
    assert value == pytest.approx(0.3, abs=0.02)
    assert band is not None
    assert band[0] <= value <= band[1]


def test_a_lever_that_always_helps_is_turned_by_nothing() -> None:
    """No turn is told where the sign is one throughout."""
    inputs = drawn()
    loss = np.zeros((2, 1, FUTURES))
    loss[0], loss[1] = 2.0, 1.0 + 0.5 * inputs.values[:, 0]
    assert not turns(question(2), came(loss), [Trial("lever", "p0", 1, 0, ())], inputs)


def test_provocation_that_undoes_a_gain_is_a_part_of_it() -> None:
    """A gain of one that provocation turns into a loss of one is gone at half of it."""
    mean = np.zeros((2, 2, 2, FUTURES))
    mean[1, 1, 0], mean[1, 1, 1] = -1.0, 1.0
    found = turns(question(2), came(np.ones((2, 1, FUTURES)), mean), [Trial("lever", "p0", 1, 0, ())], drawn())
    assert found["advice_break_even", "lever", "", "p0.east", "2026/2030"][0] == pytest.approx(0.5)


def test_levers_change_places_where_their_effects_cross() -> None:
    """Of two levers the one that does less overtakes the other past the input at which they are equal."""
    inputs = drawn()
    loss = np.full((3, 1, FUTURES), 5.0)
    loss[1] -= 1.0
    loss[2] -= 0.5 + inputs.values[:, 0]
    found = turns(question(3), came(loss), [Trial("one", "p0", 1, 0, ()), Trial("two", "p0", 2, 0, ())], inputs)
    ((key, (value, _)),) = ((k, v) for k, v in found.items() if k[0] == "advice_overtaken")
    assert set(key[1:3]) == {"one", "two"}
    assert value == pytest.approx(0.5, abs=0.03)


def test_levers_that_need_each_other_do_more_together() -> None:
    """What two do beyond the sum of each is told; of two that add up nothing is."""
    base, one, other = 5.0, 0.0, -1.0
    loss = np.array([base, base + one, base + other])[:, None, None] * np.ones((1, 1, 4))
    made = [Trial("one", "p0", 1, 0, ()), Trial("other", "p0", 2, 0, ())]
    joint = [("one", "other", Policy("both", "", "", ()))]
    for change, told in ((-3.0, -2.0), (-1.0, None)):
        pair = came(np.full((1, 1, 4), base + change))
        found = together(question(3), came(loss), made, joint, pair)
        assert [value for value, _ in found.values()] == ([] if told is None else [told])


def test_a_policy_is_left_where_another_becomes_better() -> None:
    """Two policies that cross along an input: the point, the side, and who is left for whom."""
    inputs = drawn()
    mean = np.zeros((2, 2, 2, FUTURES))
    mean[0, :, 1], mean[1, :, 1] = 1.0, 2.0 * inputs.values[:, 0]
    mean[1, 1, 1] += 0.3  # so that each is best by something
    mean[1, 0, 1] -= 0.3
    found = pathways(question(2), came(np.ones((2, 1, FUTURES)), mean), inputs)
    value, _ = found["policy_turn", "p0", "p1", "east.at_least.a.X.-.-.2025", "2026/2030"]
    assert value == pytest.approx(0.35, abs=0.02)


@given(arrays(float, (4, 2), elements=st.integers(-5, 5).map(float)))
@settings(max_examples=60)
def test_mixtures_are_exact(means: np.ndarray) -> None:
    """On either side of each weight told the policy left and the one taken have the least mean; elsewhere nobody changes."""
    mean = np.zeros((4, 2, 2, 3))
    mean[:, :, 1] = means[:, :, None]
    found = mixtures(question(4), came(np.ones((4, 1, 3)), mean), {"RUS": 0.4})
    steps = {key[1:3]: value for key, (value, _) in found.items() if key[0] == "policy_mixture"}
    for (one, other), weight in steps.items():
        at = (1 - weight) * means[:, 0] + weight * means[:, 1]
        assert at[int(one[1])] == pytest.approx(at.min(), abs=1e-9)
        assert at[int(other[1])] == pytest.approx(at.min(), abs=1e-9)
    grid = np.linspace(0, 1, 501)
    best = ((1 - grid) * means[:, :1] + grid * means[:, 1:]).min(axis=0)
    bends = int((np.abs(np.diff(best, 2)) > 1e-9).sum())
    assert bends <= 2 * len(steps)  # a bend between two points of the grid shows at both
    rates = [value for key, (value, _) in found.items() if key[0] == "policy_episodes"]
    assert rates == pytest.approx([0.4 * weight for weight in steps.values()])


def test_nobody_leaves_for_a_policy_that_is_best_by_nothing() -> None:
    """Contenders are best by the largest regret or under some weighting; one that is beaten everywhere is none."""
    mean = np.zeros((3, 2, 2, 4))
    mean[0, 1, 1], mean[1, 0, 1], mean[2, :, 1] = 1.0, 1.0, 0.5
    loss = np.array([1.0, 2.0, 3.0])[:, None, None] * np.ones((1, 1, 4))
    assert contenders(came(loss, mean)) == [0, 1]


def test_the_tree_tells_regions_and_the_light_says_whether_they_are_settled() -> None:
    """Failures planted above seven tenths of an input are told by box and tree; the driver is named, with a green light."""
    inputs = Drawn(("a.X.-.-.2025", "b.X.-.-.2025"), np.random.default_rng(3).random((1200, 2)))
    loss = inputs.values[None, None, :, 0].copy()
    found = failures(question(1), came(loss), 0.7, inputs)
    limits = {key[0]: (key[2], key[3], value) for key, (value, _) in found.items() if key[0].endswith("_limit")}
    assert limits["failure_leaf_limit"][:2] == ("a.X.-.-.2025", "1.at_least")
    assert limits["failure_leaf_limit"][2] == pytest.approx(0.7, abs=0.01)
    assert limits["failure_limit"][:2] == ("a.X.-.-.2025", "at_least")
    assert found["failure_leaf_density", "p0", "", "1", "2030+1y"][0] == pytest.approx(1)
    driven = sensitivity(question(1), came(loss), inputs)
    assert driven["future_sensitivity", "p0", "a.X.-.-.2025", "worst_loss", "2030+1y"][0] == pytest.approx(1)
    assert driven["future_light", "p0", "", "worst_loss", "2030+1y"][0] == 2


def test_a_red_light_where_luck_would_do() -> None:
    """A driver of a few hundred noisy futures is told with a light that is not green."""
    random = np.random.default_rng(3)
    inputs = Drawn(("a.X.-.-.2025",), random.random((120, 1)))
    loss = (inputs.values[:, 0] + 0.5 * random.normal(size=120))[None, None]
    driven = sensitivity(question(1), came(loss), inputs)
    assert driven["future_light", "p0", "", "worst_loss", "2030+1y"][0] < 2


def figure(known: Case, measure: str, lever: str, **where: str) -> float:
    """The one value of a measure for a lever."""
    rows = known.view(measure, subject=lever, **where)["value"]
    assert len(rows) == 1, (measure, lever, where)
    return float(rows[0])


def test_every_lever_is_told_on_both_grounds(known: Case) -> None:
    """Each lever has its change of the worst loss, and its change of the mean loss under every weighting, on each ground."""
    levers, weightings = set(known.table("levers")["lever"]), known.table("weightings")["weighting"].to_list()
    for ground in ("business_as_usual", GROUND):
        assert set(known.view("advice_worst_loss", item=ground)["subject"].cast(str)) == levers
        for weighting in weightings:
            assert set(known.view("advice_loss", item=f"{ground}.{weighting}")["subject"].cast(str)) == levers


def test_no_lever_lowers_the_worst_loss_for_free(known: Case) -> None:
    """What lowers it has a yearly cost above nothing, or nobody published what it costs (s07)."""
    helps = known.view("advice_worst_loss", item="business_as_usual")
    settled = Levers(known.settle())
    for row in helps.filter(helps["value"] < -0.01).iter_rows(named=True):
        lever = str(row["subject"])
        cost = known.view("advice_yearly", subject=lever, item="business_as_usual")["value"]
        assert (len(cost) and cost[0] > 0) or settled.figures.value("lever_capex", lever) is None, lever


def test_a_line_to_china_moves_the_loss_from_one_power_towards_another(known: Case) -> None:
    """Wider lines to China lower what Russia can take, and do not lower what China can (s03)."""
    usual = {"item": "business_as_usual"}
    assert figure(known, "advice_power_loss", "kenkiyak_lines", object="RUS", **usual) < -0.3
    assert figure(known, "advice_power_loss", "kenkiyak_lines", object="CHN", **usual) > -0.01


def test_a_pipe_to_the_shore_needs_a_way_across(known: Case) -> None:
    """Eskene-Kuryk alone moves nothing (s23); the seabed pipeline, pulled with it, takes from the worst loss."""
    usual = {"item": "business_as_usual"}
    assert figure(known, "advice_moved", "eskene_kuryk", **usual) == 0
    assert figure(known, "advice_worst_loss", "trans_caspian_pipeline", **usual) < -0.1


def test_an_announced_deal_is_no_income(known: Case) -> None:
    """Where nothing is carried or closed otherwise, an announced value changes no loss and no sale (s17)."""
    for lever in ("critical_minerals_usa", "critical_minerals_eu", "gulf_investment"):
        assert figure(known, "advice_loss", lever, item="business_as_usual.calm") == 0
        assert figure(known, "advice_power_loss", lever, object="RUS", item="business_as_usual") == 0


def test_provocation_has_a_price_and_nothing_else_does(known: Case) -> None:
    """Where no power withdraws nobody has one; a lever that provokes nobody and moves nothing has none anywhere."""
    rows = known.view("advice_provoked")
    item = rows["item"].cast(str)
    assert (rows.filter(item.str.ends_with(".calm"))["value"].abs() < 1e-12).all()
    moved = known.view("advice_moved", item="business_as_usual")
    idle = set(moved.filter(moved["value"] == 0)["subject"].cast(str))
    quiet = {
        r["lever"]
        for r in known.table("levers").iter_rows(named=True)
        if r["provokes_strength"] in ("", "none") and r["lever"] in idle
    }
    alone = rows.filter(item.str.starts_with("business_as_usual") & rows["subject"].cast(str).is_in(sorted(quiet)))
    assert alone.height
    assert (alone["value"].abs() < 1e-9).all()


def test_what_the_study_tells_of_policies_is_what_the_command_tells(known: Case) -> None:
    """The brief and `equipoise futures` agree to the last bit on the policies of the case."""
    from conftest import DRAWS

    from equipoise.futures import futures

    told = futures(known, futures=DRAWS).facts.filter(measure="future_worst_loss")
    held = known.view("future_worst_loss")
    assert told.sort("subject")["value"].to_list() == held.sort("subject")["value"].to_list()


def test_advice_is_traced_to_its_lever_and_its_drivers(known: Case) -> None:
    """A change of the worst loss names the facts of its lever and ends in sources and assumptions."""
    tree = known.trace("advice_worst_loss:kenkiyak_lines/business_as_usual@2040+1y", width=200)[0]
    assert any(child.id.startswith("lever_effect:kenkiyak_lines") for child in tree.children)
    assert all(leaf.kind in ("source", "assumption") for leaf in tree.leaves())


@pytest.fixture(scope="module")
def blocks(known: Case) -> list[Block]:
    """The recommendations of the brief."""
    return recommendations(Desk(known))


def words(block: Block) -> str:
    """A block as text."""
    text = StringIO()
    say(Console(file=text, width=4000, highlight=False), [block], "")
    return " ".join(text.getvalue().split())


def test_recommendations_are_made(blocks: list[Block]) -> None:
    """All four pillars, a picture, what to do first, what rests on assumptions said first, and what is not known."""
    told = [words(block) for block in blocks]
    for pillar in PILLARS.values():
        assert any(text.startswith(pillar) for text in told), pillar
    assert any(isinstance(block, Chart) for block in blocks)
    assert any("Expand Kenkiyak-Atyrau and Kenkiyak-Kumkol changes the worst loss by" in text for text in told)
    assert any("never income" in text and "no money value" in text for text in told)
    assert any("rests on an assumption" in text for text in told)
    assert any("Without a measurable effect" in text for text in told)


def test_what_rests_on_an_assumption_says_so_first(known: Case, blocks: list[Block]) -> None:
    """In every table of levers the assumed stand first and begin with the word; none of the others does."""
    from equipoise.brief.policies import short

    assumed = {
        short(row["title"]): "C" in [row["grade"], *known.view("lever_effect", subject=row["lever"])["grade"].cast(str)]
        for row in known.table("levers").iter_rows(named=True)
    }
    tables = [block for block in blocks if isinstance(block, Table) and block.columns[0][0] == "Lever"]
    assert len(tables) > 4
    seen = [str(line[0]) for table in tables for line in table.rows]
    assert {name.removeprefix("Assumed: ") for name in seen} == set(assumed)
    assert known.view("advice_assumed")["value"][0] == sum(assumed.values())
    for name in seen:
        assert name.startswith("Assumed: ") is assumed[name.removeprefix("Assumed: ")], name


def test_every_figure_of_the_recommendations_is_a_fact(known: Case, blocks: list[Block]) -> None:
    """No figure in sentence, table or picture is without a fact behind it that the ledger holds."""
    held = {name.split("#")[0] for name in known.ledger.ids()}
    figures = [part for block in blocks for part in parts_of(block) if isinstance(part, Figure)]
    assert len(figures) > 300
    assert [f.fact for f in figures if f.fact.split("#")[0] not in held] == []


def parts_of(block: Block) -> list[object]:
    """Every part of a block, cells and their parts among them."""
    if isinstance(block, Chart):
        return parts_of(block.numbers) if block.numbers else []
    if isinstance(block, Table):
        cells = [cell for line in block.rows for cell in line]
        return [part for cell in cells for part in ([cell] if isinstance(cell, str | Figure) or cell is None else cell)]
    return list(block.parts) if isinstance(block, Paragraph) else []


def test_policies_are_told_with_what_breaks_them(known: Case) -> None:
    """The brief says of every policy how often it is tolerable and what it costs a person, and what hangs on provocation."""
    told = " ".join(words(block) for block in policies(Desk(known)))
    for row in known.table("policies").iter_rows(named=True):
        assert row["name"] in told
    for said in (
        "tolerable, % of futures",
        "USD a person",
        "fails in",
        "under",
        "mixtures of the weightings",
        "no future is a forecast",
    ):
        assert said in told, said
