"""The spatial model of politics against a reference trace, its laws, and what it refuses."""

from __future__ import annotations

import csv
import gzip
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equipoise.errors import InputError
from equipoise.maths.spatial import (
    Turn,
    ensemble,
    examine,
    pivotal,
    sensitivity,
    spatial_model,
    whom_to_move,
)  # fmt: skip
from equipoise.maths.spatial.options import CHOICES

SEEDS = st.integers(0, 10_000)
DIGITS = 0.5000001
"""A printed figure agrees if it is within half a unit of its last digit."""


def table(folder: Path) -> tuple[Any, Any, Any]:
    """Positions, salience and capability of the seven actors of the trace."""
    with (folder / "dummyData_3Dim.csv").open(encoding="utf-8") as file:
        rows = [[float(cell) for cell in row[2:9]] for row in list(csv.reader(file))[2:]]
    figures = np.array(rows)
    return figures[:, 1::2], figures[:, 2::2], figures[:, 0]


def numbers(lines: list[str], start: int, rows: int) -> Any:
    """So many lines of figures."""
    return np.array([[float(cell) for cell in line.split()] for line in lines[start : start + rows]])


def after(lines: list[str], words: str, rows: int = 7) -> list[Any]:
    """The figures below each line that begins with certain words."""
    return [numbers(lines, n + 1, rows) for n, line in enumerate(lines) if line.startswith(words)]


@pytest.fixture(scope="module")
def folder(benchmarks: Callable[[str], Path]) -> Path:
    """Where the reference trace lies."""
    return benchmarks("spatial_model")


@pytest.fixture(scope="module")
def trace(folder: Path) -> list[str]:
    """The lines of the reference trace."""
    with gzip.open(folder / "20170530_ref-dummyData_3Dim.txt.gz", "rt", encoding="utf-8") as file:
        return [line.strip() for line in file]


@pytest.fixture(scope="module")
def turns(folder: Path) -> list[Turn]:
    """Our eleven turns, each looked into, from where our own run stands."""
    x, s, c = table(folder)
    return [examine(now, s, c) for now in spatial_model(x, s, c, turns=10).positions]


def close(ours: Any, theirs: Any, decimals: int) -> bool:
    """Whether figures agree to the digits printed."""
    return bool(np.all(np.abs(np.asarray(ours) - np.asarray(theirs)) <= DIGITS * 10.0**-decimals))


def test_values_risks_and_utilities_are_those_of_the_trace(trace: list[str], turns: list[Turn]) -> None:
    """Values, risk attitudes, utilities and what each believes of all others, at every one of eleven states."""
    value, risk = after(trace, "Raw actor-pos value matrix"), after(trace, "Inferred risk attitudes")
    own = after(trace, "Risk-aware actor-pos utility matrix")
    believed = [after(trace, f"Estimate by {h} of") for h in range(7)]
    assert len(value) == len(turns) == 11
    for t, turn in enumerate(turns):
        assert close(turn.value, value[t], 3)
        assert close(turn.risk, risk[t][:, 0], 3)
        assert close(turn.utility, own[t], 4)
        assert all(close(turn.estimate[h], believed[h][t], 4) for h in range(7))


def challenges(trace: list[str]) -> Iterator[tuple[int, int, int, float, list[str]]]:
    """Turn, challenger, target, what it expects, and the lines that follow, for every challenge of the trace."""
    for n, line in enumerate(trace):
        found = re.match(r"In turn (\d+) actor (\d+) has most advantageous target (\d+) worth ([\d.]+)", line)
        if found:
            turn, i, j = (int(figure) for figure in found.groups()[:3])
            yield turn, i, j, float(found[4]), trace[n + 1 : n + 30]


def test_odds_and_targets_are_those_of_the_trace(trace: list[str], turns: list[Turn]) -> None:
    """Whom each challenges in every turn, what it expects, and how either side sees the odds and both sides' gains."""
    targets = np.full((10, 7), -1)
    for t, i, j, worth, lines in challenges(trace):
        turn, targets[t, i] = turns[t], j
        assert close(turn.advantage[i], worth, 3)
        seen = [re.match(r"Est by +(\d+) of prob ([\d.]+) that .*gain to +(\d+) of ([-+.\d]+)", line) for line in lines]
        told = [(int(m[1]), float(m[2]), int(m[3]), float(m[4])) for m in seen if m][:4]
        assert [(h, k) for h, _, k, _ in told] == [(i, i), (i, j), (j, i), (j, j)]
        for h, odds, k, gain in told:
            assert close(turn.victory[h, i, j], odds, 4)
            assert close(turn.gain[h, k, i, j], gain, 4)
    assert np.array_equal(targets, [turn.target for turn in turns[:10]])


def adopted(lines: list[str], words: str) -> Any:
    """The two places of a bargain, below the line that begins with certain words."""
    start = next(n for n, line in enumerate(lines) if re.match(words, line))
    below = [line for line in lines[start + 1 :] if "adopt:" in line]  # another thread may have written in between
    return np.array([[float(cell) for cell in line.split("adopt:")[1].split()] for line in below[:2]])


def test_bargains_are_those_of_the_trace(folder: Path, trace: list[str], turns: list[Turn]) -> None:
    """Every bargain that is put on the table, and what the trace prints beside it and does not use.

    The receiver's view of it takes, in the trace, the gain that the receiver ascribes to the initiator for the odds; and the
    compromise of the two weighs by salience alone, for it takes the initiator's capability on both sides.
    """
    from equipoise.maths.spatial import kernel
    from equipoise.maths.spatial.options import read

    x, s, _ = table(folder)
    care, code = s.sum(axis=1), read({}).code
    for t, i, j, _, lines in challenges(trace):
        one, other = (adopted(lines, rf"Bargain .* from {k}'s") for k in (i, j))
        turn = turns[t]
        mine = next(b for b in turn.bargains if (b.initiator, b.receiver) == (i, j))
        assert close(np.array([mine.initiator_position, mine.receiver_position]), one, 3)
        now = turns[t - 1].following if t else x
        seen = np.empty((2, 3))
        kernel.settle(code, now[i] / 100, now[j] / 100, s[i] / 100, s[j] / 100, turn.gain[j, i, i, j], seen[0], seen[1])
        assert close(100 * seen, other, 3)
        weighed = (care[i] * one + care[j] * other) / (care[i] + care[j])
        assert close(weighed, adopted(lines, "Power-weighted"), 3)


def test_elections_are_those_of_the_trace(folder: Path, trace: list[str], turns: list[Turn]) -> None:
    """For every actor in every turn: what all think of its bargains, coalitions, victories, chances, and which is kept."""
    from equipoise.maths.spatial import kernel
    from equipoise.maths.spatial.options import read

    capability, code = table(folder)[2], read({}).code
    queues = [
        re.findall(r"\[(\d+), (\d+):(\d+)\]", line) for line in trace if line.startswith("Bargains involving actor")
    ]
    starts = [n for n, line in enumerate(trace) if line.startswith("Doing scalarPCE")]
    assert len(queues) == len(starts) == 70
    for place, n in enumerate(starts):
        k = int(re.search(r"of actor (\d+)", trace[n])[1])  # type: ignore[index]
        turn, queue = turns[place // 7], queues[place // 7 * 7 + k]
        size = len(queue)
        ours = {(b.initiator, b.receiver): 1 + m for m, b in enumerate(turn.bargains)}
        column = [ours.get((int(i), int(j)), 0) for _, i, j in queue]
        assert sorted(column) == sorted(turn.queue[k])
        block = trace[n - 8 : n + 40]
        assert close(turn.appeal[:, column], after(block, "u_im")[0], 5)
        strength, victory = np.empty((size, size)), np.empty((size, size))
        kernel.coalitions(code, capability, np.ascontiguousarray(turn.appeal[:, column]), strength, victory)
        assert close(strength, after(block, "Coalition strengths", size)[0], 3)
        assert close(victory, after(block, "Probability Opt_i >", size)[0], 4)
        chance = dict(zip(turn.queue[k].tolist(), turn.choice[k].tolist(), strict=True))
        found = next(m for m, line in enumerate(block) if line == "Probability Opt_i")
        assert close([chance[m] for m in column], numbers(block, found + 1, size)[:, 0], 4)
        chosen = next(re.search(r": (\d+) \d+ out of", line) for line in block if line.startswith("Chosen"))
        assert column[[number for number, *_ in queue].index(chosen[1])] == turn.chosen[k]  # type: ignore[index]


def test_positions_and_their_prospects_are_those_of_the_trace(folder: Path, trace: list[str]) -> None:
    """All eleven states, to the hundredth, and the probability that each actor's position prevails."""
    x, s, c = table(folder)
    found = spatial_model(x, s, c, turns=10)
    stands = np.array([numbers(trace, n + 1, 1)[0] for n, line in enumerate(trace) if re.match(r"postn \d", line)])
    assert close(found.positions[1:], stands.reshape(10, 7, 3), 4)
    start = trace.index("History of actors' winning probabilities:") + 1
    told = np.array([[float(cell) for cell in line.split(":")[1].split()] for line in trace[start : start + 7]])
    assert close(found.probability, told.T, 4)
    assert found.converged
    assert found.victory[0, 6] == pytest.approx(0.7643, abs=5e-5)
    moved = [float(line.split()[6]) for line in trace if line.startswith("Fractional change")]
    assert close(found.moved[1:] / (found.moved[0] + 0.01), moved[1:], 4)


def actors(seed: int, count: int = 6, dimensions: int = 2) -> tuple[Any, Any, Any]:
    """Random actors."""
    chance = np.random.default_rng(seed)
    salience = chance.dirichlet(np.ones(dimensions), count) * chance.uniform(30, 100, (count, 1))
    return chance.uniform(0, 100, (count, dimensions)), salience, chance.uniform(10, 100, count)


def any_options() -> Any:
    """One value of every option of the literature."""
    return st.fixed_dictionaries({name: st.sampled_from(allowed) for name, allowed in CHOICES.items()})


@settings(max_examples=60)
@given(SEEDS, any_options())
def test_what_must_hold_under_every_rule(seed: int, options: dict[str, str]) -> None:
    """Values, odds and shares lie between 0 and 1, shares and choices sum to 1, and nobody leaves the hull of positions."""
    x, s, c = actors(seed)
    found, turn = spatial_model(x, s, c, turns=4, **options), examine(x, s, c, **options)
    for figures in (found.value, found.utility, found.victory, found.probability):
        assert ((figures >= 0) & (figures <= 1 + 1e-12)).all()
    assert np.allclose(found.share.sum(axis=1), 1)
    assert all(abs(choice.sum() - 1) < 1e-9 for choice in turn.choice)
    assert np.allclose(turn.contest + turn.contest.T, 1)
    assert np.allclose(turn.victory[:, 0, 1] > 0, turn.victory[:, 0, 1] < 1)
    assert (found.positions.max(axis=1) <= x.max(axis=0) + 0.01).all()
    assert (found.positions.min(axis=1) >= x.min(axis=0) - 0.01).all()


@settings(max_examples=25)
@given(SEEDS, any_options())
def test_names_and_units_do_not_matter(seed: int, options: dict[str, str]) -> None:
    """Relabelling actors permutes the results, the order of dimensions is irrelevant, and so is the unit of capability."""
    options = {**options, "state_transitions": "Deterministic"}
    x, s, c = actors(seed)
    found = spatial_model(x, s, c, turns=4, decimals=None, **options)
    order, across = np.random.default_rng(seed).permutation(len(x)), [1, 0]
    listed = options["voting_rule"] != "ASymProsp"  # whose gains and losses are measured from the one named first
    order = order if listed else np.arange(len(x))
    for same in (
        spatial_model(x[order], s[order], c[order], turns=4, decimals=None, **options).positions[:, np.argsort(order)],
        spatial_model(x[:, across], s[:, across], c, turns=4, decimals=None, **options).positions[:, :, across],
        spatial_model(x, s, 7.3 * c, turns=4, decimals=None, **options).positions,
    ):
        assert np.allclose(same, found.positions, atol=1e-6)


@given(SEEDS)
def test_what_a_challenge_is_worth(seed: int) -> None:
    """With odds and a target that cares, the gain of a challenge is what the two positions differ in, less twice what
    resistance may undo: written out, the three cases of no resistance, victory and defeat."""
    x, s, c = actors(seed)
    turn, care = examine(x, s, c), s.sum(axis=1) / 100
    for h, k, i, j in np.random.default_rng(seed).integers(0, len(x), (20, 4)):
        if i != j:
            mine, yours, odds = turn.estimate[h, k, i], turn.estimate[h, k, j], turn.victory[h, i, j]
            contest = odds * 2 * mine + (1 - odds) * 2 * yours
            expected = (1 - care[j]) * 2 * mine + care[j] * contest - (mine + yours)
            assert turn.gain[h, k, i, j] == pytest.approx(expected, abs=1e-12)


def test_two_actors_who_are_equal_stay_where_they_are() -> None:
    """Of two equals neither bargain is likelier than staying: each keeps the place that it likes best."""
    assert spatial_model([[0], [100]], [[50], [50]], [1, 1]).positions[-1].tolist() == [[0], [100]]


def test_two_actors_by_hand() -> None:
    """Two equal actors at the ends of a line: odds one half, and a bargain where squared influence balances."""
    turn = examine([[0], [100]], [[50], [100]], [1, 1], big_r_adjust="Full", decimals=None)
    assert turn.risk.tolist() == [0, 0]  # neither place is safer
    assert turn.value.tolist() == [[1, 0], [0, 1]]
    assert turn.victory[0, 1, 0] == pytest.approx(2 / 3)  # by salience, for capability is the same
    assert turn.gain[0, 1, 1, 0] == pytest.approx(1 - 2 * 0.5 / 3)
    kept = next(b for b in turn.bargains if b.initiator == 1)
    mine, other = (1.0 * 2 / 3) ** 2, (0.5 * 1 / 3) ** 2
    assert kept.initiator_position[0] == pytest.approx(100 * mine / (mine + other), abs=1e-3)


@pytest.mark.parametrize(
    ("rule", "gain", "cast"),
    [("Prop", 0.5, 0.5), ("Binary", 0.5, 1), ("Binary", -0.5, -1), ("PropBin", 0.5, 0.6), ("PropCbc", 0.5, 0.3125),
     ("Cubic", -0.5, -0.125), ("ASymProsp", 0.6, 0.4), ("ASymProsp", -0.6, -0.6)],
)  # fmt: skip
def test_voting_rules(rule: str, gain: float, cast: float) -> None:
    """What an actor of weight 1 exerts for a gain of utility, rule by rule."""
    from equipoise.maths.spatial import kernel

    assert kernel.vote(CHOICES["voting_rule"].index(rule), 1.0, gain) == pytest.approx(cast)


@pytest.mark.parametrize(
    ("model", "chance"),
    [("Linear", 2 / 3), ("Square", 4 / 5), ("Quartic", 16 / 17), ("Octic", 256 / 257), ("Binary", 1)],
)
def test_victory_models(model: str, chance: float) -> None:
    """Twice the strength wins with the probability that each model says."""
    from equipoise.maths.spatial import kernel

    place = CHOICES["victory_probability"].index(model)
    assert kernel.prevails(place, 2.0, 1.0) == pytest.approx(chance, abs=1e-5)
    assert kernel.prevails(place, 1.0, 1.0) == pytest.approx(0.5)


@pytest.mark.parametrize(("rule", "low"), [("Mid", -0.5), ("Min", 0.0), ("Max", -1.0)])
def test_ranges_of_risk(rule: str, low: float) -> None:
    """The safest position makes wholly averse, the least safe as bold as the range says."""
    risk = spatial_model(*actors(3), turns=1, big_r_range=rule).risk
    assert (risk.min(), risk.max()) == (pytest.approx(low), 1.0)


@pytest.mark.parametrize("rule", ["MarkovIncentive", "MarkovUniform"])
def test_markov_elections_are_at_rest(rule: str) -> None:
    """One more round of challenges changes no probability, and two options split as their odds do."""
    from equipoise.maths.spatial import kernel
    from equipoise.maths.spatial.options import read

    turn, code = examine(*actors(5), pce=rule), read({"pce": rule}).code
    drive = turn.strength * turn.contest if rule == "MarkovIncentive" else np.ones_like(turn.contest)
    up = drive / drive.sum(axis=0)
    p = turn.standing
    again = [sum(turn.contest[i, j] * (p[i] * up[j, i] + p[j] * up[i, j]) for j in range(6)) for i in range(6)]
    assert np.allclose(again, p, atol=1e-9)
    two = np.array([[0.5, 0.8], [0.2, 0.5]])
    if rule == "MarkovUniform":
        assert np.allclose(kernel.elect(code, np.ones((2, 2)), two), [0.8, 0.2], atol=1e-9)


def test_third_parties_join_the_likely_winner_only_if_half_bound() -> None:
    """Bound not at all or wholly, a third party fares alike on either side and abstains; half bound, or voting as it prefers,
    it changes the odds."""
    x, s, c = actors(8)
    odds = {rule: examine(x, s, c, third_party_commit=rule).victory for rule in CHOICES["third_party_commit"]}
    assert np.array_equal(odds["NoCommit"], odds["FullCommit"])
    assert all(np.abs(odds[rule] - odds["NoCommit"]).max() > 0.05 for rule in ("SemiCommit", "Preference"))


def test_who_stands_in_one_place_stays() -> None:
    """Once all agree nobody moves; the place is certain and shared alike."""
    found = spatial_model(*actors(1, count=5), turns=60)
    assert np.ptp(found.positions[-1], axis=0).max() < 0.05
    assert found.converged
    assert found.cycle == 0
    assert found.probability[-1] == pytest.approx([1.0] * 5)
    assert found.share[-1] == pytest.approx([0.2] * 5)
    assert np.abs(found.positions[-1] - found.positions[-2]).max() < 0.05


def test_a_cycle_is_seen_and_told_from_rest() -> None:
    """Positions that come round again after having been left are a cycle of that period."""
    from equipoise.maths.spatial import kernel

    stands = np.array([[[0.1], [0.2]], [[0.3], [0.2]], [[0.3], [0.4]]])
    assert kernel.returned(stands[[0, 1, 2, 1]]) == 2
    assert kernel.returned(stands[[0, 1, 2, 0]]) == 3
    assert kernel.returned(stands[[0, 1, 1, 1]]) == 0
    assert kernel.returned(stands[[0, 1, 2]]) == 0


def test_chance_is_repeatable() -> None:
    """The same seed draws the same transitions, another seed others; without chance the seed does not matter."""
    x, s, c = actors(2)
    first, again, other = (
        spatial_model(x, s, c, state_transitions="Stochastic", seed=seed).positions for seed in (1, 1, 2)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert np.array_equal(spatial_model(x, s, c, seed=1).positions, spatial_model(x, s, c, seed=2).positions)


def ranges(seed: int) -> tuple[Any, ...]:
    """Low, value and high of positions, salience and capability of random actors."""
    x, s, c = actors(seed)
    return np.maximum(x - 9, 0), x, np.minimum(x + 9, 100), 0.8 * s, s, np.minimum(1.2 * s, 100), 0.5 * c, c, 2 * c


@pytest.mark.parametrize("rule", ["Deterministic", "Stochastic"])
def test_an_ensemble_is_the_same_on_any_number_of_threads(rule: str) -> None:
    """Same seed, same bits, whatever the threads; each draw is the run of what was drawn."""
    found, again = (ensemble(*ranges(1), draws=40, seed=7, turns=3, threads=k, state_transitions=rule) for k in (1, 3))
    assert np.array_equal(found.final, again.final)
    assert np.array_equal(found.outcome, again.outcome)
    assert (found.position >= ranges(1)[0]).all()
    assert (found.salience.sum(axis=2) <= 100 + 1e-9).all()
    if rule == "Deterministic":
        one = spatial_model(found.position[5], found.salience[5], found.capability[5], turns=3)
        assert np.allclose(one.positions[-1], found.final[5])
        assert np.allclose(one.outcome[-1], found.outcome[5])
        assert (one.converged, one.cycle > 0) == (found.converged[5], found.cycled[5])


def test_sensitivity_is_the_rank_correlation_of_what_was_drawn() -> None:
    """Each input's figure is Spearman's, of what was drawn and the outcome; what did not vary has none."""
    from scipy.stats import spearmanr

    low, x, high, _, s, _, _, c, strong = ranges(2)
    draws = ensemble(low, x, high, s, s, s, c, c, strong, draws=80, seed=3, turns=2)
    found = sensitivity(draws)
    assert found.position[1, 0, 1] == pytest.approx(spearmanr(draws.position[:, 1, 0], draws.outcome[:, 1])[0])
    assert found.capability[4, 0] == pytest.approx(spearmanr(draws.capability[:, 4], draws.outcome[:, 0])[0])
    assert np.abs(found.position).max() > 0.2
    assert not found.salience.any()


def test_who_is_pivotal() -> None:
    """What is reported is the outcome of the run without the actor, less that of the run with it."""
    x, s, c = actors(6)
    base = spatial_model(x, s, c).outcome[-1]
    gone = spatial_model(x[1:], s[1:], c[1:]).outcome[-1] - base
    assert np.allclose(pivotal(x, s, c, by="actor")[0], gone)
    faint = s.copy()
    faint[2] *= 1e-6
    assert np.allclose(pivotal(x, s, c)[2], spatial_model(x, faint, c).outcome[-1] - base)


def test_whom_to_move_is_kept_by_the_model() -> None:
    """A change that is named, made, shifts the outcome as asked; sizes grow down the list; what does nothing comes last."""
    x, s, c = actors(14, count=4)
    base = spatial_model(x, s, c, turns=4).outcome[-1, 0]
    moves = whom_to_move(x, s, c, dimension=0, shift=4.0, turns=4)
    assert len(moves) == 4 * 2 * 2
    sizes = [np.inf if move.change is None else abs(move.change) for move in moves]
    assert sizes == sorted(sizes)
    able = [move for move in moves if move.change is not None]
    assert 0 < len(able) < len(moves)
    for move in able:
        changed = {"position": x.copy(), "salience": s.copy()}
        changed[move.what][move.actor, move.dimension] += move.change
        outcome = spatial_model(changed["position"], changed["salience"], c, turns=4).outcome[-1, 0]
        assert outcome == pytest.approx(move.outcome, abs=1e-9)
        assert outcome - base >= 4.0
        assert 0 < move.holds <= 1
    lasting = [move for move in whom_to_move(x, s, c, 0, 4.0, turns=4, hold=0.9) if move.change is not None]
    assert 0 < len(lasting) < len(able)
    assert all(move.holds >= 0.9 for move in lasting)
    assert all(move.outcome is None for move in moves if move.change is None)
    assert all(move.change is None for move in whom_to_move(x, s, c, dimension=0, shift=99.0, turns=1))


X, S, C = [[10, 20], [50, 60], [90, 20]], [[50, 50], [50, 40], [30, 20]], [1, 2, 3]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            {"position": [[-1, 20], [50, 60], [90, 20]]},
            "position: found -1 for actor 0, dimension 0; allowed: 0 to 100",
        ),
        ({"position": [[10, 20], [50, np.nan], [90, 20]]}, "position: found nothing for actor 1, dimension 1"),
        ({"salience": [[50, 50], [50, 140], [30, 20]]}, "salience: found 140 for actor 1, dimension 1"),
        ({"salience": [[50, 50], [50, 60], [30, 20]]}, "salience: found 110 in sum for actor 1; allowed: at most 100"),
        ({"salience": [[50, 50], [50, 40], [0, 0]]}, "salience: found 0 in every dimension for actor 2"),
        ({"capability": [1, -2, 3]}, "capability: found -2 for actor 1; allowed: 0 or more"),
        ({"capability": [0, 0, 0]}, "capability: found 0 for every actor"),
        ({"capability": [1, 2]}, "shapes (3, 2), (3, 2), (2,)"),
        ({"position": [[10, 20], [50, 20], [90, 20]]}, "no spread in dimension 1: every actor at 20"),
        ({"position": [[10, 20]], "salience": [[50, 50]], "capability": [1]}, "actors: found 1; allowed: 2 or more"),
        ({"position": [[10, 20], [50], [90, 20]]}, "allowed: tables of numbers"),
        ({"salience": [[50, "much"], [50, 40], [30, 20]]}, "allowed: tables of numbers"),
        ({"position": [[10, 20], [50, None], [90, 20]]}, "position: found nothing for actor 1, dimension 1"),
        ({"turns": 0}, "turns: found 0"),
        ({"turn": 3}, "option: found turn; allowed: victory_probability, voting_rule"),
        ({"voting_rule": "Majority"}, "voting_rule: found 'Majority'; allowed: Prop, Binary, PropBin"),
        ({"seed": -1}, "seed: found -1"),
        ({"decimals": 1.5}, "decimals: found 1.5"),
    ],
)
def test_bad_input_is_one_clear_error(change: dict[str, Any], told: str) -> None:
    """What was found, what is allowed, what to do."""
    with pytest.raises(InputError, match=re.escape(told)):
        spatial_model(**{"position": X, "salience": S, "capability": C, **change})


def test_questions_refuse_what_they_cannot_answer() -> None:
    """Ranges that do not hold their value, dimensions that do not exist, no shift, nobody left."""
    low, high = np.array(X) - 5.0, np.array(X) + 5.0
    with pytest.raises(InputError, match="low <= value <= high"):
        ensemble(high, X, low, S, S, S, C, C, C, draws=3, seed=1)
    with pytest.raises(InputError, match="draws: found 0"):
        ensemble(low, X, high, S, S, S, C, C, C, draws=0, seed=1)
    with pytest.raises(InputError, match="dimension: found 2; allowed: 0 to 1"):
        whom_to_move(X, S, C, dimension=2, shift=1.0)
    with pytest.raises(InputError, match="shift: found 0"):
        whom_to_move(X, S, C, dimension=0, shift=0.0)
    with pytest.raises(InputError, match="by: found 'vote'"):
        pivotal(X, S, C, by="vote")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="actors: found 2; allowed: 3 or more"):
        pivotal(X[:2], S[:2], C[:2], by="actor")


def test_salience_may_sum_to_more_where_it_is_free() -> None:
    """With the sum free, an actor who cares for more than 100 counts as one who cares for 100, split alike."""
    over, scaled = np.array([[80.0, 80.0], [50, 40], [30, 20]]), np.array([[50.0, 50.0], [50, 40], [30, 20]])
    free = spatial_model(X, over, C, salience_sum="free").positions
    assert np.allclose(free, spatial_model(X, scaled, C).positions)
