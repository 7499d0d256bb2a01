"""Reading, checking and writing cases: nothing lost, every fault named, nothing written half."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import equipoise as eq
from equipoise.case import Case, check_case
from equipoise.errors import CaseError, Fault, InputError

Spoil = Callable[[Path], object]


def edit(path: Path, row: int, column: str, value: str) -> None:
    """Put a value into a cell; row 2 is the first below the header."""
    with path.open(newline="") as text:
        rows = list(csv.reader(text))
    place = rows[0].index(column) if column in rows[0] else len(rows[0])
    if place == len(rows[0]):
        rows[0].append(column)
        rows[1:] = [[*line, ""] for line in rows[1:]]
    rows[row - 1][place] = value
    with path.open("w", newline="") as text:
        csv.writer(text, lineterminator="\n").writerows(rows)


def append(path: Path, *cells: str) -> None:
    """Add a row."""
    with path.open("a", newline="") as text:
        csv.writer(text, lineterminator="\n").writerow(cells)


def describe(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the descriptor."""
    path = folder / "datapackage.json"
    package = json.loads(path.read_text())
    change(package)
    path.write_text(json.dumps(package))


def with_derivation(folder: Path) -> None:
    """Add two derivations that rest on each other."""
    (folder / "register" / "derivations.csv").write_text(
        "derivation,statement,parents\none,one,gdp:R@2025\ntwo,two,gdp:C@2025\n"
    )
    append(folder / "facts" / "economy.csv", "gdp", "C", "2025", "1", "C", "derived", "one")
    append(folder / "facts" / "economy.csv", "gdp", "R", "2025", "1", "C", "derived", "two")
    resource = {"name": "derivations", "path": "register/derivations.csv"}
    describe(folder, lambda package: package["resources"].append(resource))


NETWORK, SUPPLY, CONTROL, LINKS = "facts/network.csv", "facts/supply.csv", "facts/control.csv", "register/links.csv"
PLACES, ASSUMPTIONS = "register/places.csv", "register/assumptions.csv"
BAD: dict[str, tuple[Spoil, str, int, str, str]] = {
    # what is wrong: how to spoil the case, then file, row, column, and a word of what is allowed or what to do
    "missing file": (lambda f: (f / SUPPLY).unlink(), SUPPLY, 0, "", "the file that the package lists"),
    "no package": (lambda f: (f / "datapackage.json").unlink(), "datapackage.json", 0, "", "equipoise new"),
    "missing column": (lambda f: edit(f / NETWORK, 1, "value", "figure"), NETWORK, 1, "value", "column of that name"),
    "unknown column": (lambda f: edit(f / NETWORK, 1, "colour", "colour"), NETWORK, 1, "colour", "measure"),
    "wrong unit": (lambda f: edit(f / NETWORK, 2, "unit", "kt/y"), NETWORK, 2, "unit", "Mt/y"),
    "unknown measure": (lambda f: edit(f / NETWORK, 2, "measure", "capacity_maas"), NETWORK, 2, "measure", "vocabulary"),
    "unknown actor": (lambda f: edit(f / CONTROL, 2, "subject", "ATLANTIS"), CONTROL, 2, "subject", "actor"),
    "unknown place": (lambda f: edit(f / SUPPLY, 2, "subject", "nowhere"), SUPPLY, 2, "subject", "place"),
    "unknown source": (lambda f: edit(f / SUPPLY, 2, "basis", "a_book"), SUPPLY, 2, "basis", "sources.csv"),
    "duplicate key": (
        lambda f: append(f / SUPPLY, "supply_mass", "field", "", "crude", "2025", "7", "C", "assumed", "by-hand"),
        SUPPLY, 2, "measure", "each fact once",
    ),
    "duplicate id": (lambda f: append(f / ASSUMPTIONS, "by-hand", "again", "C"), ASSUMPTIONS, 2, "assumption", "once"),
    "no number": (lambda f: edit(f / NETWORK, 2, "value", "eighty"), NETWORK, 2, "value", "number"),
    "NaN": (lambda f: edit(f / NETWORK, 2, "value", "NaN"), NETWORK, 2, "value", "number"),
    "infinite": (lambda f: edit(f / NETWORK, 2, "value", "inf"), NETWORK, 2, "value", "number"),
    "missing value": (lambda f: edit(f / NETWORK, 2, "value", ""), NETWORK, 2, "value", "number"),
    "range in disorder": (
        lambda f: (edit(f / NETWORK, 2, "low", "90"), edit(f / NETWORK, 2, "high", "95"))[0], NETWORK, 2, "low", "low",
    ),
    "negative capacity": (lambda f: edit(f / NETWORK, 2, "value", "-80"), NETWORK, 2, "value", "0 <= capacity_mass"),
    "control above one": (lambda f: edit(f / CONTROL, 2, "value", "1.5"), CONTROL, 2, "value", "<= 1"),
    "bad period": (lambda f: edit(f / NETWORK, 2, "period", "25"), NETWORK, 2, "period", "2025"),
    "unknown grade": (lambda f: edit(f / NETWORK, 2, "grade", "D"), NETWORK, 2, "grade", "A"),
    "assumption above grade C": (lambda f: edit(f / NETWORK, 2, "grade", "A"), NETWORK, 2, "grade", "C"),
    "link to nowhere": (lambda f: edit(f / LINKS, 2, "to", "nowhere"), LINKS, 2, "to", "places"),
    "link to itself": (lambda f: edit(f / LINKS, 2, "to", "field"), LINKS, 2, "to", "another place"),
    "control of no link": (lambda f: edit(f / CONTROL, 2, "object", "no_link"), CONTROL, 2, "object", "link"),
    "dates out of order": (
        lambda f: (
            (f / "register/blocs.csv").write_text("bloc,member,from,to,partition,basis,grade\nR,C,2020,2010,1,by-hand,C\n"),
            describe(f, lambda p: p["resources"].append({"name": "blocs", "path": "register/blocs.csv"})),
        )[1], "register/blocs.csv", 2, "to", "from",
    ),
    "latitude off the globe": (lambda f: edit(f / PLACES, 2, "latitude", "145"), PLACES, 2, "latitude", "90"),
    "cycle of parents": (with_derivation, "register/derivations.csv", 2, "parents", "rests on itself"),
    "not UTF-8": (lambda f: (f / SUPPLY).write_bytes(b"measure,subject\ngdp,\xff\xfe\n") and None, SUPPLY, 2, "", "UTF-8"),
    "a row too short": (lambda f: append(f / SUPPLY, "supply_mass", "field"), SUPPLY, 7, "", "cells"),
    "an open quote": (lambda f: (f / SUPPLY).write_text('measure,subject\n"gdp,KAZ\n') and None, SUPPLY, 2, "", "quotes"),
    "an empty file": (lambda f: (f / SUPPLY).write_text("") and None, SUPPLY, 1, "", "header"),
    "path out of the package": (
        lambda f: describe(f, lambda p: p["resources"].append({"name": "x", "path": "../secret.csv"})),
        "datapackage.json", 0, "path", "inside",
    ),
    "absolute path": (
        lambda f: describe(f, lambda p: p["resources"].append({"name": "x", "path": "/etc/passwd"})),
        "datapackage.json", 0, "path", "inside",
    ),
    "address instead of a path": (
        lambda f: describe(f, lambda p: p["resources"].append({"name": "x", "path": "http://example.org/a.csv"})),
        "datapackage.json", 0, "path", "inside",
    ),
    "a path twice": (
        lambda f: describe(f, lambda p: p["resources"].append({"name": "x", "path": NETWORK})),
        "datapackage.json", 0, "path", "once",
    ),
    "no home": (lambda f: describe(f, lambda p: p.pop("equipoise")), "datapackage.json", 0, "equipoise", "home"),
    "broken JSON": (lambda f: (f / "datapackage.json").write_text("{") and None, "datapackage.json", 1, "", "JSON"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_each_fault_is_named_with_its_place_and_its_remedy(name: str, folder: Path) -> None:
    """One thing wrong is one clear fault: file, row, column, what was found, what is allowed, what to do."""
    spoil, file, row, column, said = BAD[name]
    spoil(folder)
    faults = check_case(folder)
    assert faults
    places = [(fault.file, fault.row, fault.column) for fault in faults]
    assert any(f == file and r == row and column in c for f, r, c in places), places
    hit = next(fault for fault in faults if fault.file == file and fault.row == row and column in fault.column)
    assert said.lower() in f"{hit.allowed} {hit.remedy} {hit.found}".lower(), str(hit)
    assert hit.found
    assert hit.allowed
    assert hit.remedy
    with pytest.raises(CaseError):
        eq.open_case(folder)


def test_a_link_in_a_symbolic_folder_is_refused(folder: Path, tmp_path: Path) -> None:
    """A path that leaves the package through a symbolic link leaves the package."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "extra.csv").write_text("measure\n")
    (folder / "facts" / "more").symlink_to(tmp_path / "outside")
    describe(folder, lambda p: p["resources"].append({"name": "x", "path": "facts/more/extra.csv"}))
    assert any(fault.column == "path" for fault in check_case(folder))


def test_a_huge_file_is_refused_before_it_is_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The size is looked at first."""
    monkeypatch.setattr("equipoise.case.reading.MOST_BYTES", 100)
    assert any("at most" in fault.allowed for fault in check_case(folder))


def test_all_faults_are_reported_together(folder: Path) -> None:
    """Three things wrong in three files are three faults of one check."""
    edit(folder / NETWORK, 2, "value", "eighty")
    edit(folder / CONTROL, 3, "subject", "ATLANTIS")
    edit(folder / LINKS, 2, "to", "nowhere")
    assert {fault.file for fault in check_case(folder)} >= {NETWORK, CONTROL, LINKS}


def test_an_empty_case_is_a_fault_and_not_a_crash(tmp_path: Path) -> None:
    """A package without tables says what it needs."""
    (tmp_path / "datapackage.json").write_text(
        '{"name": "x", "equipoise": {"home": "KAZ", "year": 2025}, "resources": []}'
    )
    assert check_case(tmp_path)
    (tmp_path / "datapackage.json").write_text("[]")
    assert check_case(tmp_path)


def test_a_folder_that_is_not_there_says_what_is_allowed() -> None:
    """The names of the bundled cases are part of the message."""
    with pytest.raises(InputError, match="kazakhstan"):
        eq.open_case("atlantis")


def test_reading_and_writing_loses_nothing(case: Case, tmp_path: Path) -> None:
    """The bundled case, written and read again, is the same to the last byte."""
    written = eq.write_case(case, tmp_path / "copy")
    again = eq.open_case(written)
    assert again.ledger.ids() == case.ledger.ids()
    assert again.ledger.facts.equals(case.ledger.facts)
    assert all(again.table(name).equals(table) for name, table in case.register.items())
    twice = eq.write_case(again, tmp_path / "twice")
    for path in sorted(written.glob("**/*.csv")):
        assert path.read_bytes() == (twice / path.relative_to(written)).read_bytes()


def test_the_bundled_case_is_written_as_it_is_kept(case: Case, tmp_path: Path) -> None:
    """What lies in the repository is what writing gives: a change of one figure is a change of one line."""
    from importlib.resources import files

    kept = Path(str(files("equipoise").joinpath("cases", "kazakhstan")))
    written = eq.write_case(case, tmp_path / "copy")
    for path in sorted(kept.glob("**/*.csv")):
        assert path.read_bytes() == (written / path.relative_to(kept)).read_bytes(), path.name


def test_a_case_is_written_whole_or_not_at_all(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When writing fails halfway the old folder stands as it was, and nothing is left behind."""
    target = eq.write_case(case, tmp_path / "copy")
    before = {path: path.read_bytes() for path in target.glob("**/*.csv")}

    def fail(*_: object, **__: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("equipoise.case.writing.json.dumps", fail)
    with pytest.raises(OSError, match="disk full"):
        eq.write_case(case, target, overwrite=True)
    assert {path: path.read_bytes() for path in target.glob("**/*.csv")} == before
    assert [path.name for path in tmp_path.iterdir()] == ["copy"]


def test_a_folder_that_is_no_case_is_never_overwritten(case: Case, tmp_path: Path) -> None:
    """Somebody's papers are safe, with leave to overwrite or without."""
    (tmp_path / "papers.txt").write_text("mine")
    for overwrite in (False, True):
        with pytest.raises(InputError):
            eq.write_case(case, tmp_path, overwrite=overwrite)


def test_a_new_case_passes_the_check_and_runs(tmp_path: Path) -> None:
    """What `equipoise new` begins can be checked, opened and run at once."""
    made = eq.new_case(tmp_path / "mine", home="UZB", title="Mine", year=2024)
    assert check_case(made) == []
    opened = eq.open_case(made)
    assert (opened.home, opened.year, opened.title) == ("UZB", 2024, "Mine")
    assert len(eq.run(opened, draws=2).ledger) >= len(opened.ledger)


def test_a_case_may_add_measures_of_its_own(folder: Path) -> None:
    """A new measure is known once the case defines it, with its unit; a name of equipoise's own is refused."""
    (folder / "register" / "vocabulary.csv").write_text("measure,topic,unit,subject\nhappiness,society,0-10,actor\n")
    describe(folder, lambda p: p["resources"].append({"name": "vocabulary", "path": "register/vocabulary.csv"}))
    append(folder / "facts" / "economy.csv", "happiness", "HOME", "2025", "7", "C", "assumed", "by-hand")
    assert check_case(folder) == []
    assert eq.open_case(folder).unit("happiness") == "0-10"
    (folder / "register" / "vocabulary.csv").write_text("measure,topic,unit,subject\ngdp,economy,EUR,actor\n")
    assert any("does not use itself" in fault.allowed for fault in check_case(folder))


def test_what_passed_is_not_judged_again_until_a_byte_changes(folder: Path) -> None:
    """The memory of a sound case is no way round the check."""
    eq.open_case(folder)
    eq.open_case(folder)
    edit(folder / NETWORK, 2, "value", "eighty")
    with pytest.raises(CaseError):
        eq.open_case(folder)


@pytest.mark.parametrize("spoil", [
    lambda f: None,
    lambda f: (f / NETWORK).write_bytes(b"\xef\xbb\xbf" + (f / NETWORK).read_bytes()),  # a spreadsheet's mark
    lambda f: (f / NETWORK).write_bytes((f / NETWORK).read_bytes().replace(b"\n", b"\r\n")),
    lambda f: append(f / SUPPLY, "supply_mass", "field", "", "crude", "2024", "7e1", "C", "assumed", "by-hand"),
])  # fmt: skip
def test_a_sound_case_is_read_the_quick_way_to_the_same_facts(folder: Path, spoil: Callable[[Path], object]) -> None:
    """Judged and read as text, or recalled as it was then: the same case to the last bit."""
    spoil(folder)
    slow, quick = eq.open_case(folder), eq.open_case(folder)
    assert slow.ledger.facts.equals(quick.ledger.facts)
    assert slow.ledger.parents.equals(quick.ledger.parents)
    assert all(table.equals(quick.register[name]) for name, table in slow.register.items())


def test_the_frictionless_library_agrees_that_it_is_a_data_package() -> None:
    """The bundled case is a Frictionless Data Package to the library that defines the format."""
    import warnings
    from importlib.resources import files

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from frictionless import Package

        path = Path(str(files("equipoise").joinpath("cases", "kazakhstan", "datapackage.json")))
        report = Package(str(path)).validate(limit_errors=5)
    assert report.valid, report.flatten(["title", "message"])[:5]


def test_a_fault_says_everything_in_one_line() -> None:
    """Printed, a fault reads as a sentence."""
    text = str(Fault("facts/x.csv", 7, "value", "'eighty'", "a number", "Mend the cell."))
    assert text == "facts/x.csv, row 7, value: found 'eighty'; allowed: a number. Mend the cell."


def test_no_fact_without_source_and_grade(case: Case) -> None:
    """Every fact of the bundled case has a grade and a basis that the register holds."""
    facts = case.ledger.facts
    assert facts["grade"].null_count() == 0
    assert (facts["basis"].cast(pl.String).str.len_chars() > 0).all()
