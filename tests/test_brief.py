"""The brief writes only what the ledger holds, and each of its figures leads to a source."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import equipoise as eq
from equipoise.brief import compose, write
from equipoise.brief.document import Absent, Chart, Document, Figure, Paragraph, Table
from equipoise.brief.html import to_html
from equipoise.case import Case
from equipoise.errors import InputError


@pytest.fixture(scope="module")
def document(known: Case) -> Document:
    """The brief of the bundled case before it is set."""
    return compose(known)


def tables(document: Document) -> Iterator[Table]:
    """Every table, those behind pictures too."""
    for section in document.sections:
        for block in section.blocks:
            if isinstance(block, Table):
                yield block
            elif isinstance(block, Chart) and block.numbers:
                yield block.numbers


def figures(document: Document) -> Iterator[Figure]:
    """Every figure that is printed."""

    def among(parts: object) -> Iterator[Figure]:
        if isinstance(parts, Figure):
            yield parts
        elif isinstance(parts, list | tuple):
            for part in parts:
                yield from among(part)

    yield from among(list(document.headline))
    yield from (figure for _, figure, _ in document.cards)
    for section in document.sections:
        for block in section.blocks:
            if isinstance(block, Paragraph):
                yield from among(list(block.parts))
    for table in tables(document):
        for row in table.rows:
            for cell in row:
                yield from among(cell)


def test_every_figure_is_a_fact_with_a_note(document: Document, known: Case) -> None:
    """Behind each printed figure stands a fact of the ledger, a grade, and a numbered note that says where it is from."""
    ids = set(known.ledger.ids())
    notes = {note.number: note for note in document.notes}
    count = 0
    for figure in figures(document):
        assert figure.note in notes, figure
        assert notes[figure.note].text.strip(". "), figure
        assert figure.grade in "ABC"
        if figure.fact:
            assert figure.fact in ids
            count += 1
    assert count > 800


def test_no_number_stands_in_a_table_without_a_fact(document: Document) -> None:
    """A cell that is a number is a figure; words may hold years and dates, and the ends of an issue are words."""
    for table in tables(document):
        if table.caption.startswith("Contested issues"):
            continue
        for row in table.rows:
            for cell in row[1:]:
                if isinstance(cell, str):
                    assert not re.fullmatch(r"[−-]?[\d,.]+ ?%?", cell) or re.fullmatch(r"(19|20)\d\d", cell), (
                        table.caption,
                        cell,
                    )


def test_the_skeleton_is_the_report_that_planners_write(document: Document) -> None:
    """Summary, background, analysis in its parts, implications, assessments, recommendations."""
    titles = [section.title for section in document.sections]
    wanted = [
        "Executive summary", "Background", "Analysis", "Economic interdependence", "Corridors",
        "What withdrawal would cost", "Political position", "Culture and information", "Regional alliances",
        "Security", "Implications", "Assessments", "Recommendations",
    ]  # fmt: skip
    assert [title for title in titles if title in wanted] == wanted


def test_what_is_missing_is_one_line(toy: Case, document: Document) -> None:
    """Nothing is padded: what a case holds no facts for is said to be missing, in one line each; the bundled case has more."""
    few = compose(eq.run(toy, draws=2))
    lines, here = (
        [block.text for section in one.sections for block in section.blocks if isinstance(block, Absent)]
        for one in (few, document)
    )
    assert any(line.startswith("No policy is recommended") for line in lines)
    assert len(here) < len(lines)
    assert all(len(line) < 160 for line in [*lines, *here])


def test_every_power_has_a_band_and_there_is_no_score(document: Document, known: Case) -> None:
    """One row a power, a range where the loss is uncertain, and no index that adds them."""
    singles = next(table for table in tables(document) if table.caption.startswith("Loss of export rent"))
    assert all(row[0] for row in singles.rows)
    assert len(singles.rows) == len(known.powers)
    assert sum(isinstance(row[2], Figure) and bool(row[2].range) for row in singles.rows) >= 6
    titles = " ".join(title for table in tables(document) for title, _ in table.columns).lower()
    assert "score" not in titles.replace("brier score", "")  # that of a forecast is no score of a state


def test_the_headline_counts_its_rough_inputs(document: Document, known: Case) -> None:
    """A headline says how many inputs of grade C it rests on, and what drives its range."""
    words = "".join(part if isinstance(part, str) else part.plain for part in document.headline)
    assert "grade C" in words
    heard = known.view("income_sensitivity", subject="RUS")["value"].to_list()
    assert ("driven by" in words) == any(value > 0.1 for value in heard)
    assert "real income of Kazakhstan would be lower by" in words


def test_the_page_is_whole_and_asks_nobody_for_anything(document: Document) -> None:
    """No address is fetched: no source, no link, no style or script from elsewhere."""
    page = to_html(document)
    assert page.startswith("<!doctype html>")
    assert not re.search(r"""(src|href)\s*=\s*["']?(https?:)?//""", page)
    assert "@import" not in page
    assert not re.search(r"url\(\s*[\"']?(https?:)?//", page)
    facts = re.search(r'<script type="application/json" id="facts">(.*?)</script>', page, re.S)
    assert facts
    assert len(json.loads(facts.group(1))) > 500


def test_the_same_facts_give_the_same_page(known: Case) -> None:
    """Two briefs of one case are the same to the last byte."""
    assert to_html(compose(known)) == to_html(compose(known))


def test_text_from_a_case_is_never_markup(toy: Case) -> None:
    """A name with a tag in it is printed, not obeyed."""
    actors = toy.table("actors").with_columns(name=eq_replace(toy, "Riverland", "<script>alert(1)</script>"))
    from dataclasses import replace

    spoilt = replace(toy, register={**toy.register, "actors": actors}, title="A & B <i>")
    page = to_html(compose(eq.run(spoilt)))
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def eq_replace(case: Case, old: str, new: str) -> object:
    """The names of actors with one of them changed."""
    return case.table("actors")["name"].str.replace(old, new, literal=True)


def test_a_case_by_hand_has_a_brief_too(toy: Case, tmp_path: Path) -> None:
    """A case with fifteen facts is written as HTML and PDF, and says what it lacks."""
    known = eq.run(toy)
    page = write(known, tmp_path / "toy.html").read_text()
    assert "2.9" in page
    assert "Riverland" in page
    assert write(known, tmp_path / "toy.pdf").read_bytes().startswith(b"%PDF-")


def test_the_printed_brief(known: Case, tmp_path: Path) -> None:
    """The PDF of the bundled case is written whole."""
    data = write(known, tmp_path / "brief.pdf").read_bytes()
    assert data.startswith(b"%PDF-")
    assert data.rstrip().endswith(b"%%EOF")
    assert len(data) > 100_000


def test_a_brief_is_written_whole_or_not_at_all(toy: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong ending, a folder that is not there, a disk that is full: one clear error, and nothing left behind."""
    known = eq.run(toy)
    for name in ("brief.docx", "nowhere/brief.html"):
        with pytest.raises(InputError):
            write(known, tmp_path / name)
    monkeypatch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        write(known, tmp_path / "brief.html")
    assert not list(tmp_path.iterdir())
