"""Futures: held to the full network and the full equilibrium, to laws, to the same bits; what was promised of them is shown."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import fields, replace
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from conftest import Given
from rich.console import Console

from equipoise.brief.desk import Desk
from equipoise.case import Case, Layout
from equipoise.cli import sheets
from equipoise.cli.output import say
from equipoise.corridors.inputs import Inputs as NetworkInputs
from equipoise.errors import InputError
from equipoise.futures import Levers, futures, named, outlay
from equipoise.futures.carriage import Carriage
from equipoise.futures.fare import NODES, Curves, between, quarterly
from equipoise.futures.lives import Life, narrowed
from equipoise.futures.policies import FIGURES
from equipoise.futures.simulate import join, live, prepare, prices
from equipoise.income.inputs import Inputs
from equipoise.ledger import Ledger
from equipoise.maths.ensemble import latin_hypercube
from equipoise.resilience.projects import Figures, Works, opened, projects_of

POLICIES = "eastern_tilt,western_tilt,balanced,eskene_kuryk,kenkiyak_lines"


@pytest.fixture(scope="module")
def part(case: Case) -> Case:
    """The bundled case with nothing in it but what a future of its oil reads."""
    return narrowed(case.settle(), "oil")


@pytest.fixture(scope="module")
def found(known: Case) -> Ledger:
    """A hundred and twenty futures of a few policies."""
    return futures(known, futures=120, policy=POLICIES, until=2032)


def value(found: Ledger, measure: str, subject: str, **where: str) -> float:
    """The one value of a measure for a policy."""
    return float(found.view(measure, subject=subject, **where)["value"][0])


def works_of(case: Case, part: Case) -> tuple[Works, Layout]:
    """The network of a narrowed case with its works."""
    settled = case.settle()
    projects = projects_of(settled)
    layout = opened(Layout(settled), settled, projects)
    return Works(NetworkInputs(part, layout), Figures(part, FIGURES), projects, "oil", 2025), layout


def test_exports_are_those_of_the_full_network(case: Case, part: Case, capsys: pytest.CaptureFixture[str]) -> None:
    """Over 320 redraws of works and closures in eight futures the compiled network exports what the one of two grades does."""
    chances = latin_hypercube(8, len(part.ledger.uncertain()), 5)
    random, errors = np.random.default_rng(1), []
    for chance in chances:
        works, layout = works_of(case, part.redraw(chance))
        carriage, network = Carriage(works), works.network
        reach = [network.reach(layout.members[power]) for power in layout.powers]
        stands = (random.random((40, len(works.projects))) < 0.4).astype(float)
        left = np.array([
            np.prod([r for r in reach if random.random() < 0.2] or [np.ones(len(network.tail))], axis=0) for _ in range(40)
        ])  # fmt: skip
        made = carriage.exports(carriage.flows(stands, left))
        for k in range(40):
            room = np.where(carriage._unknown & (left[k] < 1), carriage._usual, works.capacity(stands[k] > 0)) * left[k]
            errors.append(abs(network.solve(room).exports - made[k]))
    with capsys.disabled():
        sys.stdout.write(f"\nexports, Mt a year of 79: mean error {np.mean(errors):.4f}, largest {max(errors):.3f}\n")
    assert np.mean(errors) < 0.05
    assert max(errors) < 1.0


def test_curves_are_the_equilibrium(known: Case, capsys: pytest.CaptureFixture[str]) -> None:
    """Over 300 redraws the curve through four points is the loss of the full equilibrium at any share, to a twentieth."""
    curves = Curves(Inputs(known.settle()))
    chances = latin_hypercube(300, curves.dimensions, 7)
    share = np.random.default_rng(2).random((300, 2, 1))
    powers = ["RUS", ""]
    exact = curves.exact(chances, powers, share)[..., 0]
    nodes = curves.exact(chances, powers, np.broadcast_to(NODES, (300, 2, 4)))
    error = np.abs(between(nodes, share[..., 0]) - exact)
    with capsys.disabled():
        sys.stdout.write(f"\nloss, points of real income: mean error {error.mean():.5f}, largest {error.max():.4f}\n")
    assert error.mean() < 0.01
    assert error.max() < 0.05


def test_a_cubic_passes_through_its_points() -> None:
    """Between the nodes the curve of a cubic is that cubic."""
    share = np.linspace(0, 1, 11)
    assert between(np.broadcast_to(NODES**3 - 2 * NODES, (11, 4)), share) == pytest.approx(share**3 - 2 * share)


def test_who_withdraws_everything_takes_what_it_could(known: Case) -> None:
    """A quarter in which a power withdraws all it controls costs what its own curve says; two at once no more than the worse
    on what oil is lost; half a quarter half of what comes beyond oil."""
    curves = Curves(Inputs(known.settle()))
    nodes = curves.at(latin_hypercube(1, curves.dimensions, 1))[0]
    size = len(curves.powers)
    whole = np.zeros((1, 1, 2, 3, size))
    whole[0, 0, :, 1, 2], whole[0, 0, :, 2, 2] = 1.0, 0.5
    shipped = np.broadcast_to([40.0, 40.0, 40.0], (1, 1, 2, 3))
    nothing = np.zeros((1, 1))
    life = Life(80.0, nothing, nothing, nothing, shipped, shipped, whole, nothing, nothing, 0.1, {})
    calm, full, half = quarterly(life, nodes, range(size), curves.beside)[0, 0, 0]
    weight, rest = curves.beside[2]
    assert calm == pytest.approx(between(nodes[-1], np.array(0.5 * (1 - weight))))
    assert full == pytest.approx(between(nodes[2], np.array(0.5 * (1 - weight) + weight * rest)))
    assert half == pytest.approx(0.5 * (calm + full))


def test_a_future_does_not_hang_on_those_beside_it(known: Case) -> None:
    """A future alone, in company, or asked after another is the same to the last bit: so any number of workers agree."""
    setup = prepare(known, named(known.settle(), Levers(known.settle()), "balanced"), until=2030)
    together = live(setup, 250, 10)
    apart = join([live(setup, 250 + k, 1) for k in range(10)])
    for field in fields(together):
        assert np.array_equal(getattr(apart, field.name), getattr(together, field.name)), field.name


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


def test_prices_move_as_they_did(known: Case) -> None:
    """Each yearly change of the price is one that the record holds."""
    setup = prepare(known, named(known.settle(), Levers(known.settle()), "balanced"), until=2035, seed=3)
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


def test_a_case_without_horizons_is_refused(known: Case) -> None:
    """Where no loss can be studied there is no future to tell."""
    bare = replace(known, register={**known.register, "horizons": known.table("horizons").clear()})
    with pytest.raises(InputError, match="studied up to"):
        futures(bare, futures=1)


PROMISES = {
    "s03": ("What each power could take in the last year", "China", "Russia"),
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
    say(Console(file=text, width=400, highlight=False), sheets.futures(desk, sheets.policy_names(desk)), "")
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


def test_no_promise_of_futures_is_forgotten(shared: Callable[[str], Path]) -> None:
    """Every founding row that names the command is shown above."""
    import csv

    with shared("facts/seed_map.csv").open(encoding="utf-8", newline="") as text:
        rows = {row["map_id"] for row in csv.DictReader(text) if "equipoise futures" in row["command_or_page"]}
    assert rows == set(PROMISES)
