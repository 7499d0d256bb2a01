"""The house itself: layers, floors, what stays light, and that the pages and the README tell the truth."""

from __future__ import annotations

import ast
import importlib.util
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from conftest import DRAWS

from equipoise import study
from equipoise.case import Case
from equipoise.vocabulary import measures

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "equipoise").rglob("*.py"))
LONGEST_FILE, LONGEST_FUNCTION = 500, 60


def functions(path: Path) -> Iterator[ast.FunctionDef]:
    """Every function of a file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef):
            yield node


def code_lines(function: ast.FunctionDef) -> int:
    """Lines of a function without its docstring, which may be as long as it must."""
    said = function.body[0].end_lineno if ast.get_docstring(function, clean=False) is not None else None
    return (function.end_lineno or 0) - (said or function.lineno - 1)


def test_no_room_has_grown_too_large() -> None:
    """A file past five hundred lines or a function past sixty asks to be thought about again."""
    files = {p.name: n for p in SOURCES if (n := len(p.read_text().splitlines())) > LONGEST_FILE}
    lengths = {f"{p.name}:{f.name}": code_lines(f) for p in SOURCES for f in functions(p)}
    long = {name: lines for name, lines in lengths.items() if lines > LONGEST_FUNCTION}
    assert (files, long) == ({}, {})


def test_nothing_is_left_for_later() -> None:
    """No mark of unfinished work, no room without a purpose in its name."""
    words = re.compile(r"TODO|FIXME|NotImplementedError|placeholder", re.IGNORECASE)
    assert [p.name for p in SOURCES if words.search(p.read_text())] == []
    assert not {p.stem for p in SOURCES} & {"utils", "util", "common", "helpers", "base", "misc"}


def test_every_test_says_which_truth_it_defends() -> None:
    """One line at the head of each test."""
    silent = [
        f"{p.name}:{f.name}" for p in sorted((ROOT / "tests").glob("test_*.py")) for f in functions(p)
        if f.name.startswith("test_") and not ast.get_docstring(f)
    ]  # fmt: skip
    assert silent == []


def test_imports_run_one_way() -> None:
    """The contracts of the layers are kept."""
    pytest.importorskip("importlinter", reason="the layer check comes with the development tools: make check")
    command = [str(Path(sys.executable).with_name("lint-imports"))]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_every_measure_is_used_and_explained(known: Case) -> None:
    """The vocabulary has a unit or a reason, a meaning, and a topic for each measure; what stages write is all there."""
    for measure in measures().values():
        assert measure.topic
        assert measure.meaning
        assert measure.unit, measure.measure
    held = set(known.ledger.facts["measure"].cast(str).unique())
    assert held <= set(measures())
    assert {name for stage in study.STAGES for name in stage.writes} <= set(measures())


def test_pins_are_plain_and_complete() -> None:
    """Names and versions and no address; every package that the project asks for is pinned, within what it asks."""
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.]*", line) for line in lines)
    pinned = {re.sub(r"[-_.]+", "-", line.split("==")[0]).lower() for line in lines}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = [*project["dependencies"], *(d for extra in project["optional-dependencies"].values() for d in extra)]
    names = {re.split(r"[\[<>=~! ]", name)[0].lower() for name in asked} - {"equipoise"}
    assert names <= pinned


def test_pages_made_from_the_program_are_fresh() -> None:
    """`make docs` would change nothing."""
    made = page_maker()
    assert [page.name for page in made.pages() if made.fresh(page) != page.read_text(encoding="utf-8")] == []


def page_maker() -> ModuleType:
    """The script that writes the pages."""
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec
    assert spec.loader
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def test_links_between_pages_lead_somewhere() -> None:
    """Every relative link and picture of the README and the pages exists."""
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_readme_prints_the_numbers_of_today(whole: Case) -> None:
    """The figures of the README are the facts of the bundled case at full draws, rounded as the brief rounds them."""
    from equipoise.brief.desk import Desk

    text = " ".join((ROOT / "README.md").read_text(encoding="utf-8").replace("> ", "").split())
    desk = Desk(whole)
    told = [
        ("withdrawal_loss", "KAZ", "RUS", "", "2025+1y"), ("exposure_hhi", "KAZ", "", "oil.buyer", "2024"),
        ("exposure_effective_number", "KAZ", "", "oil.buyer", "2024"), ("exposure_hhi", "KAZ", "", "oil.territory", "2025"),
        ("exposure_share", "KAZ", "RUS", "oil.territory", "2025"), ("withdrawal_lost_mass", "KAZ", "RUS", "oil", "2025+1y"),
        ("income_loss", "KAZ", "RUS", "all", "2025+1y"), ("income_loss", "KAZ", "RUS", "all", "2025+10y"),
        ("worst_income_share", "KAZ", "RUS", "", "2025+1y"), ("income_input_count", "KAZ", "RUS", "grade_C", "2025+1y"),
    ]  # fmt: skip
    for key in told:
        figure = desk.fig(*key)
        assert figure is not None, key
        assert figure.text in text, key
        assert not figure.range or figure.range in text or key[0].startswith("exposure"), key


def test_the_commands_of_the_readme_are_understood() -> None:
    """Every `equipoise …` of the README and the pages names a command and options that exist."""
    from typer.main import get_command

    from equipoise.cli.commands import app

    commands = get_command(app).commands  # type: ignore[attr-defined]
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for block in re.findall(r"```sh\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
            for line in block.splitlines():
                words = shlex.split(line, comments=True)
                if words[:1] == ["equipoise"]:
                    known = {option for p in commands[words[1]].params for option in p.opts}
                    assert {w for w in words[2:] if w.startswith("-")} <= known, line


@pytest.mark.usefixtures("known")
def test_the_code_of_the_pages_runs(tmp_path: Path) -> None:
    """Every Python block of the README and the pages does what it says."""
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for block in re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
            code = block.replace("eq.run(case)", f"eq.run(case, draws={DRAWS})")  # as the study that the tests share
            exec(compile(code.replace('"brief.html"', repr(str(tmp_path / "brief.html"))), str(page), "exec"), {})
