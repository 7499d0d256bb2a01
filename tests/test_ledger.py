"""The laws of the ledger: it never changes, loses nothing, and every fact leads to a source."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.case import Case
from equipoise.errors import InputError, UnknownFactError
from equipoise.ledger import Derivation, Ledger, Trace, fact_id, parse_id


def fact(value: float, basis: str = "book", **rest: object) -> dict[str, object]:
    """A fact of the hand-made ledger."""
    blank = {"measure": "gdp", "subject": "KAZ", "period": "2025", "grade": "B", "kind": "cited", "by": "case"}
    return blank | {"value": value, "basis": basis} | rest


words = st.text("abcXYZ019_-.", min_size=1, max_size=8)


@given(words, words, words, words, words, words)
def test_an_id_can_be_taken_apart_again(
    measure: str, subject: str, thing: str, item: str, period: str, basis: str
) -> None:
    """What an id is made of comes out of it."""
    measure = measure.replace("-", "_").replace(".", "_")
    parts = parse_id(fact_id(measure, subject, thing, item, period, basis))
    assert parts == {
        "measure": measure,
        "subject": subject,
        "object": thing,
        "item": item,
        "period": period,
        "basis": basis,
    }


def test_verbs_return_new_ledgers() -> None:
    """A ledger never changes: every verb returns another."""
    ledger = Ledger.of([fact(1.0)])
    ledger.add(Ledger.of([fact(2.0, "other")]))
    ledger.replace(Ledger.of([fact(3.0, "third")]))
    ledger.without("gdp")
    assert ledger.facts["value"].to_list() == [1.0]


def test_two_sources_stay_two_rows_until_they_are_settled() -> None:
    """Settling takes the best grade, then the newest source, keeps the envelope as range and names its parents."""
    ledger = Ledger.of([
        fact(10.0, "old", low=9.0, high=11.0), fact(12.0, "new", low=11.5, high=13.0), fact(20.0, "rough", grade="C"),
    ])  # fmt: skip
    assert len(ledger) == 3
    settled = ledger.settle({"old": "2020", "new": "2024", "rough": "2025"})
    row = settled.facts.row(0, named=True)
    assert (row["value"], row["low"], row["high"], row["grade"]) == (12.0, 9.0, 20.0, "B")
    assert {leaf.id for leaf in settled.trace("gdp:KAZ@2025")[0].leaves()} >= {"old", "new", "rough"} or row[
        "kind"
    ] == "derived"
    assert sorted(settled.parents["parent"].to_list()) == [f"gdp:KAZ@2025#{name}" for name in ("new", "old", "rough")]


def test_the_same_fact_from_the_same_source_twice_is_an_error() -> None:
    """Nothing is counted twice in silence."""
    ledger = Ledger.of([fact(1.0)])
    with pytest.raises(InputError, match="twice"):
        ledger.add(Ledger.of([fact(2.0)]))


def test_a_stage_that_runs_again_replaces_its_own_facts() -> None:
    """Old results of a stage do not stand beside its new ones."""
    first = Ledger.of([fact(1.0, "run", by="stage/1", kind="derived")], [Derivation("run", "stage/1", "first")])
    second = Ledger.of([fact(2.0, "run", by="stage/1", kind="derived")], [Derivation("run", "stage/1", "second")])
    ledger = Ledger.of([fact(9.0, "book", period="2024")]).add(first).add(second)
    assert ledger.view(period="2025")["value"].to_list() == [2.0]
    assert ledger.view(period="2024")["value"].to_list() == [9.0]
    assert ledger.derivations["statement"].to_list() == ["second"]


@given(st.floats(0.001, 0.999), st.floats(0, 5), st.floats(0, 5))
def test_a_redrawn_figure_stays_in_its_range_and_rises_with_chance(chance: float, below: float, above: float) -> None:
    """Triangular redraws never leave the range, and a larger chance never gives a smaller figure."""
    ledger = Ledger.of([fact(10.0, low=10.0 - below, high=10.0 + above)])
    uncertain = len(ledger.uncertain())
    assert uncertain == (below + above > 0 and 10.0 + above > 10.0 - below)
    if uncertain:
        drawn = ledger.redraw(np.array([chance])).facts["value"].item()
        more = ledger.redraw(np.array([chance + (1 - chance) / 2])).facts["value"].item()
        assert 10.0 - below - 1e-9 <= drawn <= more + 1e-9 <= 10.0 + above + 2e-9


def test_missing_is_never_zero() -> None:
    """A fact without a range has none: its bounds are empty, not its value and not nothing."""
    row = Ledger.of([fact(1.0)]).facts.row(0, named=True)
    assert row["low"] is None
    assert row["high"] is None


def test_a_fact_that_is_not_there_names_the_nearest() -> None:
    """A slip of the pen is answered with what was meant."""
    with pytest.raises(UnknownFactError, match="gdp:KAZ@2025"):
        Ledger.of([fact(1.0)]).find("gdp:KAZ@2052")


def test_a_circle_of_parents_does_not_trap_the_trace() -> None:
    """A fact that rests on itself is followed once round and no further."""
    ring = [Derivation("a", "case", "", {"gdp:KAZ@2024": 1.0}), Derivation("b", "case", "", {"gdp:KAZ@2025": 1.0})]
    ledger = Ledger.of([fact(1.0, "a", kind="derived"), fact(2.0, "b", kind="derived", period="2024")], ring)
    assert ledger.trace("gdp:KAZ@2025")[0].children


def test_diff_says_what_was_added_removed_and_changed() -> None:
    """A policy can be read as its difference."""
    before = Ledger.of([fact(1.0), fact(5.0, period="2023")])
    after = Ledger.of([fact(2.0), fact(7.0, period="2024")])
    found = dict(before.diff(after).select("period", "change").iter_rows())
    assert found == {"2025": "changed", "2023": "removed", "2024": "added"}


def leaves_of(tree: Trace) -> list[Trace]:
    """The ends of a tree."""
    return list(tree.leaves())


def test_every_derived_fact_of_the_case_leads_to_sources_or_assumptions(known: Case) -> None:
    """One fact of every measure that a stage writes ends in sources and named assumptions and nowhere else."""
    derived = known.view(kind="derived").unique("measure", keep="first", maintain_order=True)
    names = [name for name in Ledger(derived).ids() if not name.startswith(("fact_count", "years_covered"))]
    assert len(names) > 30
    sources = set(known.table("sources")["source"]) | set(known.table("assumptions")["assumption"])
    for tree in known.trace([name.split("#")[0] for name in names], depth=8, width=2):
        for leaf in leaves_of(tree):
            assert leaf.kind in ("source", "assumption"), (tree.id, leaf.id)
            assert leaf.id.split("#")[0] in sources, (tree.id, leaf.id)


def test_every_derived_fact_has_a_record(known: Case) -> None:
    """A basis that says how a fact was derived can be looked up."""
    records = set(known.ledger.derivations["derivation"])
    bases = set(known.view(kind="derived")["basis"].cast(str).unique())
    assert not bases - records
