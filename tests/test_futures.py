"""Futures: held to the full network and the full equilibrium, to laws, to the same bits; what was promised of them is shown."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import fields, replace
from io import StringIO
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from conftest import Given
from numpy.typing import NDArray
from rich.console import Console

from equipoise.brief.desk import Desk
from equipoise.case import Case, Layout
from equipoise.cli.output import say
from equipoise.cli.sheets import futures as sheets
from equipoise.cli.sheets.policies import policy_names
from equipoise.corridors.building import commodities_with_network, years_solved
from equipoise.corridors.inputs import Inputs as NetworkInputs
from equipoise.errors import InputError
from equipoise.futures import Levers, futures, named, outlay
from equipoise.futures.book import Book, Figures
from equipoise.futures.carriage import Limits
from equipoise.futures.held import still_held
from equipoise.futures.loss import Equilibrium, Trade, scaled
from equipoise.futures.pattern import Pattern
from equipoise.futures.policies import FIGURES
from equipoise.futures.simulate import Setup, join, live, outcomes, prepare, prices
from equipoise.income.inputs import Inputs
from equipoise.income.losses import Act
from equipoise.ledger import Ledger, id_expression
from equipoise.maths.ensemble import latin_hypercube
from equipoise.resilience.projects import Figures as LeverFigures
from equipoise.resilience.projects import Works, opened, projects_of

FloatArray = NDArray[np.float64]
POLICIES = "eastern_tilt,western_tilt,balanced,eskene_kuryk,kenkiyak_lines"


@pytest.fixture(scope="module")
def found(known: Case) -> Ledger:
    """A hundred and twenty futures of a few policies."""
    return futures(known, futures=120, policy=POLICIES, until=2032)


def value(found: Ledger, measure: str, subject: str, **where: str) -> float:
    """The one value of a measure for a policy."""
    return float(found.view(measure, subject=subject, **where)["value"][0])


def with_values(case: Case, figures: Figures, values: FloatArray) -> Case:
    """A case in which every figure that futures draw has its value of one future."""
    drawn = dict(zip(figures.ids, values, strict=True))
    facts = case.ledger.facts
    ids = facts.select(id_expression(with_basis=False).alias("id"))["id"].to_list()
    made = [drawn.get(name, value) for name, value in zip(ids, facts["value"].to_list(), strict=True)]
    return replace(
        case, ledger=Ledger(facts.with_columns(pl.Series("value", made)), case.ledger.derivations, case.ledger.parents)
    )


@pytest.fixture(scope="module")
def works(case: Case) -> tuple[Case, Layout, list[Pattern], Figures]:
    """The pattern of every network of the case with its works, and the figures that they are filled with."""
    settled = case.settle()
    projects, book = projects_of(settled), Book(settled)
    layout = opened(Layout(settled), settled, projects)
    inputs = NetworkInputs(settled, layout)
    members = [layout.members[power] for power in layout.powers]
    patterns = [
        Pattern(
            Works(inputs, LeverFigures(settled, FIGURES), projects, one, years_solved(inputs, one)[-1]), book, members
        )
        for one in commodities_with_network(inputs)
    ]
    return settled, layout, patterns, book.close()


@pytest.fixture(scope="module")
def setup(known: Case) -> Setup:
    """Two policies to be lived through to 2030."""
    return prepare(known, named(known.settle(), Levers(known.settle()), "balanced"), until=2030)


def test_patterns_are_the_networks(works: tuple[Case, Layout, list[Pattern], Figures]) -> None:
    """In redrawn futures every limit, cost, share of control and work of every network is that of the network built anew."""
    settled, layout, patterns, figures = works
    values = figures.values(latin_hypercube(3, len(figures.drawn), 4))
    for k in range(3):
        drawn = with_values(settled, figures, values[k])
        inputs = NetworkInputs(drawn, layout)
        for pattern in patterns:
            made, filled = (
                Works(inputs, LeverFigures(drawn, FIGURES), projects_of(settled), pattern.commodity, pattern.year),
                (pattern.fill(values)),
            )
            network = made.network
            assert np.allclose(filled.room[k], made.room, rtol=1e-12), pattern.commodity
            assert np.allclose(filled.addition[k], made.addition, rtol=1e-12, atol=1e-12), pattern.commodity
            left = np.array([network.reach(layout.members[power]) for power in layout.powers])
            assert np.allclose(filled.left[k], left, rtol=1e-12)
            assert np.allclose(filled.bound[k, pattern.into], network.own[:, pattern.into].sum(axis=0))
            taken = np.where(network.own[:, pattern.out] > 0, network.cost[:, pattern.out], np.inf).min(axis=0)
            assert np.allclose(filled.cost[k, pattern.out], np.where(np.isfinite(taken), taken, 0.0))


def test_exports_are_those_of_the_full_network(
    works: tuple[Case, Layout, list[Pattern], Figures], capsys: pytest.CaptureFixture[str]
) -> None:
    """Over 160 redraws of works and closures in four futures, exports from next to nothing to all, the compiled network of one
    cargo exports what the network of every grade does, to rounding: pipes and ports bind, and they carry any grade."""
    settled, layout, patterns, figures = works
    pattern = next(one for one in patterns if one.commodity == "oil")
    limits = Limits(pattern, figures, pattern.projects)
    values = figures.values(latin_hypercube(4, len(figures.drawn), 5))
    filled, random, errors, told = pattern.fill(values), np.random.default_rng(1), [], []
    _, _, usual = limits.usual(filled)
    for k in range(4):
        drawn = with_values(settled, figures, values[k])
        made = Works(
            NetworkInputs(drawn, layout), LeverFigures(drawn, FIGURES), projects_of(settled), "oil", pattern.year
        )
        stands = (random.random((40, len(pattern.projects))) < 0.4).astype(float)
        reach = filled.left[k]
        left = np.array(
            [
                np.prod([r for r in reach if random.random() < 0.2] or [np.ones(reach.shape[1])], axis=0)
                for _ in range(40)
            ]
        )
        room = limits.capacity(filled, np.full(40, k), stands)
        capacity = np.where(pattern.unknown & (left < 1), usual[k], room) * left
        zero = np.zeros(40, dtype=int)
        assert filled.foreign is not None
        others = limits.flow(np.minimum(capacity, filled.foreign[0][zero + k]), filled.foreign[1][zero + k], whose=1)
        flow = limits.flow(
            np.minimum(np.clip(capacity - others, 0, None), filled.bound[zero + k]), filled.cost[zero + k]
        )
        for s in range(40):
            exact = made.network.solve(
                np.where(pattern.unknown & (left[s] < 1), usual[k], made.capacity(stands[s] > 0)) * left[s]
            )
            errors.append(abs(exact.exports - flow[s, pattern.into].sum()))
            told.append(exact.exports)
    ends = f"{min(told):.1f} to {max(told):.1f} Mt a year, {len(np.unique(np.round(told, 6)))} amounts"
    with capsys.disabled():
        sys.stdout.write(f"\nexports, {ends}: mean error {np.mean(errors):.0e}, largest {max(errors):.0e}\n")
    assert max(errors) < 1e-6
    assert len(np.unique(np.round(told, 6))) > 40  # the redraws do strain the network
    assert max(told) > 10 * min(told)


def test_surfaces_are_the_equilibrium(known: Case, capsys: pytest.CaptureFixture[str]) -> None:
    """Over 400 redraws of settings, closures and oil lost, in every world, the surface is the loss of the full equilibrium."""
    exact = Equilibrium(Inputs(known.settle()))
    surfaces = exact.surfaces()
    points = exact.drawn(latin_hypercube(400, 8, 7))
    world = np.arange(400) % len(exact.worlds)
    errors = []
    for power in ("RUS", "CHN", ""):
        here = points.copy()
        here[:, 4:7] *= float(bool(power))
        columns = list(range(8)) if power else [0, 1, 2, 3, 7]
        made = np.array(
            [surfaces[power, w].at(scaled(row[None])[:, columns])[0] for w, row in zip(world, here, strict=True)]
        )
        errors.append(np.abs(made - exact.losses(power, world, here)))
    with capsys.disabled():
        sys.stdout.write(
            f"\nloss, points of real income: mean error {np.mean(errors):.4f}, largest {np.max(errors):.3f}\n"
        )
    assert np.mean(errors) < 0.03
    assert np.max(errors) < 0.2


def test_terms_are_those_of_the_study(known: Case) -> None:
    """Beside the equilibrium stand the income terms of the study, power by power."""
    settled = known.settle()
    exact, book = Equilibrium(Inputs(settled)), Book(settled)
    trade = Trade(exact, [], book)
    figures = book.close()
    values = figures.values(np.zeros((0, len(figures.drawn))))
    values = figures.value[None]
    central = {label: one.value for label, one in exact.figures.items()}
    for power in trade.powers:
        made = sum(
            float(trade.term(tie, values[:, trade.at[f"{tie.name}.{power}"]], values)[0]) for tie in trade.ties[power]
        )
        made += float(trade.fee(values)[0]) * central.get(f"containers_lost.{power}", 0.0)
        assert made == pytest.approx(sum(exact.worlds[0].terms(Act.of([power]), central).values()), rel=1e-9), power


def test_a_future_does_not_hang_on_those_beside_it(setup: Setup) -> None:
    """A future alone, in company, or asked after another is the same to the last bit: so any number of workers agree."""
    together = live(setup, 250, 10)
    apart = join([live(setup, 250 + k, 1) for k in range(10)])
    for field in fields(together):
        assert np.array_equal(getattr(apart, field.name), getattr(together, field.name)), field.name


def test_a_policy_does_not_hang_on_those_beside_it(known: Case, setup: Setup) -> None:
    """A policy meets the same luck whatever else is asked: what is shared between policies changes nothing."""
    settled = known.settle()
    other = prepare(known, named(settled, Levers(settled), "balanced,western_tilt,self_reliance"), until=2030)
    one, many = outcomes(setup, live(setup, 0, 6)), outcomes(other, live(other, 0, 6))
    for p in range(2):
        assert many.worst[p] == pytest.approx(one.worst[p], abs=1e-9)
        assert many.mean[p] == pytest.approx(one.mean[p], abs=1e-6)


def test_who_withdraws_everything_takes_what_it_could(setup: Setup) -> None:
    """A life in which a power closes all for a whole year loses no less in that year than what others take, and no more than the
    worst loss to one power could be at the year's works."""
    lives = live(setup, 0, 40)
    east = [w.id for w in setup.question.weightings].index("east_turns")
    calm = [w.id for w in setup.question.weightings].index("calm")
    assert (lives.path[:, :, east].max(axis=-1) > lives.path[:, :, calm].max(axis=-1)).mean() > 0.9
    assert lives.path.max() < 1.3 * lives.loss.max()


def test_same_seed_same_bits_and_another_seed_others(known: Case) -> None:
    """Two processes find what one does; another seed does not."""
    one, two = (futures(known, futures=12, policy="balanced", until=2030, workers=w).facts["value"] for w in (1, 2))
    assert one.equals(two)
    assert not one.equals(futures(known, futures=12, policy="balanced", until=2030, seed=2).facts["value"])


def test_room_never_hurts(found: Ledger) -> None:
    """No policy adds to the worst loss of business as usual, for a work only adds room; levers alone lose no more than none."""
    usual = value(found, "future_worst_loss", "business_as_usual")
    every = found.view("future_worst_loss")
    assert (every["value"] <= usual + 1e-9).all()


def test_where_no_power_withdraws_nothing_is_provoked(found: Ledger) -> None:
    """Provocation raises the threats of powers alone: in calm it has no price; it never makes a loss smaller elsewhere."""
    rows = found.view("future_provoked")
    assert (rows.filter(rows["item"].cast(str) == "calm")["value"] == 0).all()
    assert (rows["value"] >= -1e-9).all()


def test_shares_and_ranks_are_what_they_say(found: Ledger) -> None:
    """The worst power is somebody in every future, Starr's domains share the whole, ranks begin at one."""
    shares = found.view("future_worst_share", subject="balanced")["value"].sum()
    assert shares == pytest.approx(1)
    for item in ("provoked", "unprovoked"):
        assert found.view("policy_starr", item=item)["value"].sum() == pytest.approx(1)
    ranks = found.view("policy_rank", item="worst_loss.regret_max")
    assert ranks["value"].min() == 1
    assert (ranks["low"] <= ranks["value"]).all()
    assert (ranks["value"] <= ranks["high"]).all()


def test_levels_that_levers_move_bear_on_the_loss(known: Case) -> None:
    """Buying less from a power leaves it less to withhold; days of tanks leave less stuck; and neither hurts otherwise."""
    settled = known.settle()
    every = named(settled, Levers(settled), "business_as_usual,import_diversification,oil_storage_7d")
    lives = live(prepare(known, every, until=2034), 0, 12)
    usual, elsewhere, tanks = range(3)
    russia = list(prepare(known, every, until=2034).powers).index("RUS")
    assert (lives.loss[:, elsewhere, russia] < lives.loss[:, usual, russia] - 0.2).all()
    others = [i for i in range(lives.loss.shape[2]) if i != russia]
    assert np.allclose(lives.loss[:, elsewhere][:, others], lives.loss[:, usual][:, others])
    assert (lives.path[:, tanks] <= lives.path[:, usual] + 1e-9).all()
    assert lives.path[:, tanks].mean() < lives.path[:, usual].mean()


def test_prices_move_as_they_did(known: Case, setup: Setup) -> None:
    """Each yearly change of the price is one that the record holds."""
    path = prices(setup, 0, 5)
    brent = known.settle().view("brent_price", subject="WLD").sort("period")
    record = np.array([v for p, v in zip(brent["period"].cast(str), brent["value"], strict=True) if p.isdecimal()])
    steps = np.column_stack([path[:, 0], path[:, 1:] / path[:, :-1]])
    assert np.abs(steps[..., None] - record[1:] / record[:-1]).min(axis=-1).max() < 1e-9


def test_every_figure_leads_to_its_inputs(known: Case, found: Ledger) -> None:
    """A worst loss names the inputs that drive it, those of most weight first, and ends in sources and assumptions."""
    tree = known.add(found).trace("future_worst_loss:balanced@2032+1y", width=3)[0]
    assert tree.children
    assert tree.children[0].weight > 0.1
    assert all(leaf.kind in ("source", "assumption") for leaf in tree.leaves())


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("-n", "0"), "1 or more"),
        (("--until", "2025"), "2026 to 2065"),
        (("--policy", "eskene_kuryk@2026"), "2030 or later"),
        (("--policy", "nothing_known"), "nearest"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_one_line(
    given: Given, known: Case, words: tuple[str, ...], says: str
) -> None:
    """No futures, a year that is over, a policy that cannot be."""
    status, _, remarks = given("futures", *words) if "--until" not in words else (2, "", "")
    if "--until" in words:
        with pytest.raises(InputError, match=says):
            futures(known, until=2025)
    else:
        assert says in remarks
    assert status == 2


@pytest.mark.parametrize("tolerate", [-5.0, 101.0, float("nan")])
def test_a_loss_that_cannot_be_is_not_tolerated(known: Case, tolerate: float) -> None:
    """What is tolerable is a loss of real income, from nothing to all of it."""
    with pytest.raises(InputError, match="0 to 100 %"):
        futures(known, futures=1, tolerate=tolerate)


def test_a_case_without_horizons_is_refused(known: Case) -> None:
    """Where no loss can be studied there is no future to tell."""
    bare = replace(known, register={**known.register, "horizons": known.table("horizons").clear()})
    with pytest.raises(InputError, match="studied up to"):
        futures(bare, futures=1)


PROMISES = {
    "s03": ("What each power could take in the last year", "China", "Russia", "Once Russia has withdrawn"),
    "s19": ("fails in", "most often where", "The box holds", "a limit again in"),
    "s42": ("Price of what a policy provokes", "loss with provocation less loss without"),
    "s58": ("largest regret", "Eastern tilt", "Western tilt", "Balanced multi-vector", "none is a forecast"),
}


def test_what_was_promised_is_shown(case: Case, known: Case, found: Ledger) -> None:
    """Every founding row of the command stands in its answer, which says which policy moves nothing."""
    settled = case.settle()
    chosen = named(settled, Levers(settled), POLICIES)
    desk = Desk(known.add(outlay(settled, chosen)).add(found))
    text = StringIO()
    say(Console(file=text, width=400, highlight=False), sheets.futures(desk, policy_names(desk)), "")
    told = " ".join(text.getvalue().split())
    assert "In no future does Eskene-Kuryk oil pipeline move a tonne" in told
    assert {row: [words for words in seen if words not in told] for row, seen in PROMISES.items()} == {
        row: [] for row in PROMISES
    }


def test_the_figures_behind_the_promises(found: Ledger) -> None:
    """A pipe to the shore alone moves no tonne (s23); a wider line to China takes from the loss to Russia (s03)."""
    usual, alone = "business_as_usual", "eskene_kuryk"
    for measure in ("future_off_territory", "future_worst_loss"):
        assert value(found, measure, alone) == pytest.approx(value(found, measure, usual))
    assert value(found, "future_moved", alone) == 0
    assert value(found, "future_moved", "kenkiyak_lines") > 0.9
    lines = value(found, "future_power_loss", "kenkiyak_lines", object="RUS")
    assert lines < value(found, "future_power_loss", usual, object="RUS") - 0.3
    gone = {policy: value(found, "future_still_held", policy, object="CHN") for policy in (usual, "kenkiyak_lines")}
    assert gone["kenkiyak_lines"] > gone[usual] + 3.0  # what Russia no longer stops China can, Mt a year


def test_what_is_still_held_is_what_both_stop_less_what_one_stops(known: Case, setup: Setup) -> None:
    """At central figures the tonnes are those of the full network, closed by one power and by two."""
    settled = known.settle()
    layout = opened(Layout(settled), settled, projects_of(settled))
    works = Works(
        NetworkInputs(settled, layout), LeverFigures(settled, FIGURES), projects_of(settled), "oil", settled.year
    )
    capacity = works.capacity(np.zeros(len(works.projects), dtype=bool))
    base = works.network.solve(capacity)

    def exports(*powers: str) -> float:
        left = works.network.reach([state for power in powers for state in layout.members[power]])
        return float(works.network.solve(capacity * left, before=base).exports)

    one, values = setup.carriages[0], setup.figures.value[None]
    places = [setup.question.powers.index(power) for power in ("RUS", "CHN", "TUR")]
    found = still_held(one, values, np.zeros((1, len(one.projects))), 1, places[0], places[1:])
    both = [exports("RUS") - exports("RUS", other) for other in ("CHN", "TUR")]
    assert found[:, 0] == pytest.approx(both, abs=0.1)  # a year on the sea is a little lower


def test_no_promise_of_futures_is_forgotten(shared: Callable[[str], Path]) -> None:
    """Every founding row that names the command is shown above."""
    import csv

    with shared("facts/seed_map.csv").open(encoding="utf-8", newline="") as text:
        rows = {row["map_id"] for row in csv.DictReader(text) if "equipoise futures" in row["command_or_page"]}
    assert rows == set(PROMISES)
