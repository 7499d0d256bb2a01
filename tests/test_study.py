"""The stages in order, what they promise to read and write, and what is remembered."""

from __future__ import annotations

from inspect import signature

import polars as pl
import pytest

import equipoise as eq
from equipoise import memory, study
from equipoise.case import Case
from equipoise.errors import InputError


def test_every_stage_writes_what_it_promises_and_nothing_else(known: Case) -> None:
    """WRITES of a stage are the measures of its facts; all of them are in the vocabulary and at least one came out."""
    for stage in study.STAGES:
        written = set(known.view(by=stage.version)["measure"].cast(str).unique())
        assert written, stage.name
        assert written <= set(stage.writes), stage.name
        assert set(stage.writes) <= set(known.measures), stage.name


def test_every_stage_reads_only_what_it_declares(case: Case, known: Case) -> None:
    """Without everything that a stage does not read it finds the same: no hidden input."""
    for stage in study.STAGES:
        if "*" in stage.reads:
            continue
        extra = {"draws": 0} if stage.draws else {}
        spare = sorted(set(known.measures) - set(stage.reads))
        before = case if stage.name == "corridors" else known.without(by=stage.version)
        whole, lean = stage.derive(before, **extra), stage.derive(before.without(spare), **extra)
        assert whole.facts.drop("basis").equals(lean.facts.drop("basis")), stage.name


def test_stages_read_what_is_cited_or_was_written_before() -> None:
    """The order of the stages is one in which each finds what it reads."""
    written: set[str] = set()
    every = {measure for stage in study.STAGES for measure in stage.writes}
    for stage in study.STAGES:
        assert not (set(stage.reads) & every) - written, stage.name
        written |= set(stage.writes)


def test_a_stage_draws_as_often_as_its_own_function_would() -> None:
    """The number of redraws that a study asks for is the default of the stage."""
    for stage in study.STAGES:
        own = signature(stage.derive).parameters.get("draws")
        assert stage.draws == (own.default if own else 0), stage.name


def test_a_second_run_is_remembered_and_the_same(toy: Case) -> None:
    """What was derived is recalled to the last bit; a changed figure is derived anew."""
    first, second = eq.run(toy), eq.run(toy)
    assert first.ledger.facts.equals(second.ledger.facts)
    assert first.ledger.parents.equals(second.ledger.parents)
    rows = toy.view("gdp").with_columns(value=200.0)
    half = eq.run(toy.replace(eq.Ledger(rows))).view("withdrawal_loss", object="R", item="")["value"].item()
    assert half == pytest.approx(1.45)


def test_results_of_another_program_are_not_recalled(toy: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mark of a result holds the digest of the program."""
    stage = study.STAGES[0]
    before = study._mark(stage, toy, study._setting(toy), {})
    monkeypatch.setattr(memory, "program", lambda: b"another")
    assert study._mark(stage, toy, study._setting(toy), {}) != before


def test_a_memory_that_cannot_be_used_is_no_reason_to_fail(
    toy: Case, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    """A cache folder that is a file is passed over."""
    place = tmp_path / "file"
    place.write_text("")
    monkeypatch.setenv("EQUIPOISE_CACHE", str(place))
    assert eq.run(toy).view("withdrawal_loss").height


def test_an_unknown_stage_says_which_there_are(toy: Case) -> None:
    """A slip in the name of a stage is answered with the names."""
    with pytest.raises(InputError, match="corridors"):
        eq.run(toy, until="corridor")


def test_progress_is_told(toy: Case) -> None:
    """Long work says how far it is, and ends at the end."""
    told: list[tuple[str, int, int]] = []
    lean = toy.replace(eq.Ledger(toy.view("gdp").with_columns(low=90.0, high=110.0)))
    eq.run(lean, draws=4, remember=False, progress=lambda *step: told.append(step))
    assert {stage for stage, _, _ in told} == {"corridors", "withdrawal"}
    assert all(done <= whole for _, done, whole in told)
    assert told[-1][1] == told[-1][2]


def test_adding_results_keeps_the_cited_facts(case: Case, known: Case) -> None:
    """A run adds; it takes nothing away and changes nothing that was cited."""
    own = known.ledger.facts.filter(pl.col("by") == "case")
    assert own.equals(case.ledger.facts)
