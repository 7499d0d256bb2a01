"""The commands as a user gives them: what they print, in which form, and what they say when something is wrong."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Given

ROOT = Path(__file__).parent.parent
TOY = str(ROOT / "examples" / "two_routes")
COMMANDS = ("brief", "exposure", "corridors", "withdraw", "trace", "check", "new")


def test_help_is_quick_to_read_and_has_examples(given: Given) -> None:
    """Every command says what it is for, in a sentence, and shows how it is given."""
    _, out, _ = given("--help")
    assert all(name in out for name in COMMANDS)
    for name in COMMANDS:
        status, out, _ = given(name, "--help")
        assert status == 0
        assert f"equipoise {name}" in out.split("Examples:")[1], name


@pytest.mark.usefixtures("whole")
def test_the_brief_at_full_draws(given: Given, tmp_path: Path) -> None:
    """`equipoise brief` writes one page that needs nothing beside it, and says where."""
    status, _, remarks = given("brief")
    page = tmp_path / "brief-kazakhstan.html"
    assert status == 0
    assert "brief-kazakhstan.html" in remarks
    text = page.read_text(encoding="utf-8")
    assert "Kazakhstan between Russia, China, the West" in text
    assert 'src="http' not in text
    assert given("brief", "-o", "paper.pdf")[0] == 0
    assert (tmp_path / "paper.pdf").read_bytes()[:5] == b"%PDF-"


def test_exposure_shows_readings_side_by_side(given: Given) -> None:
    """Five readings for each channel, and one channel in full with every year."""
    _, out, _ = given("exposure")
    for heading in ("Territory", "Ownership", "Operator", "Jurisdiction", "Concentration", "UN distance"):
        assert heading in out
    _, out, _ = given("exposure", "--channel", "oil")
    assert "oil by buyer" in out
    assert "2015" in out
    assert "2025" in out
    _, out, _ = given("exposure", "--state", "UZB")
    assert "Uzbekistan" in out
    assert "UN distance" in out


def test_corridors_show_model_against_observation(given: Given) -> None:
    """A table of routes with flow, capacity, observed and error; another year, another cargo, and a power gone."""
    _, out, _ = given("corridors")
    for heading in ("modelled", "observed", "error", "capacity", "Can be shut by", "Bottleneck", "USD/t"):
        assert heading in out
    assert "2022" in given("corridors", "--year", "2022")[1]
    assert "kTEU a year" in given("corridors", "--commodity", "containers")[1]
    assert "if Azerbaijan withdraws" in given("corridors", "--without", "AZE")[1]


def test_withdraw_says_what_one_power_could_cost(given: Given) -> None:
    """The headline sentence with its band, rank, drivers and rough inputs; by horizon; and the table of all powers."""
    _, out, _ = given("withdraw", "--by", "RUS")
    said = " ".join(out.split())
    for words in (
        "If Russia closed the channels it controls for one year",
        "largest single-power loss in",
        "are of grade C",
    ):
        assert words in said
    _, out, _ = given("withdraw", TOY)
    assert "Riverland" in out
    assert "Capeland and Tallland" in " ".join(out.split())
    _, out, _ = given("withdraw", TOY, "--powers", "R,C", "--all", "--csv")
    held = {row["object"] for row in csv.DictReader(io.StringIO(out)) if row["measure"] == "withdrawal_loss"}
    assert held == {"R", "C", "C+R"}


def test_trace_goes_down_to_the_sources(given: Given) -> None:
    """A tree, in text or JSON, of a cited, an assumed and a derived fact, in the bundled case or one's own."""
    _, out, remarks = given("trace", "gdp:KAZ@2025")
    assert "source" in out
    assert "1 fact traced" in remarks
    _, out, _ = given("trace", "withdrawal_loss:KAZ>RUS@2025+1y", "--width", "3", "--depth", "3")
    assert "gdp:KAZ@2025" in out
    assert "more that weigh less" in out
    _, out, _ = given("trace", TOY, "capacity_mass:a/technical@2025", "--json")
    tree = json.loads(out)[0]
    assert tree["children"][0]["kind"] == "assumption"


@pytest.mark.parametrize("command", [("exposure",), ("corridors",), ("withdraw",)])
def test_facts_as_json_and_csv(given: Given, tmp_path: Path, command: tuple[str, ...]) -> None:
    """The facts behind a table, each with its id, unit, range and grade; the two forms hold the same."""
    _, out, _ = given(*command, TOY, "--json")
    facts = json.loads(out)["facts"]
    assert facts
    assert {"id", "measure", "value", "low", "high", "grade", "kind", "basis", "unit"} <= set(facts[0])
    _, out, _ = given(*command, TOY, "--csv")
    assert [row["id"] for row in csv.DictReader(io.StringIO(out))] == [fact["id"] for fact in facts]
    status, out, remarks = given(*command, TOY, "-o", "facts.csv")
    assert (status, out) == (0, "")
    assert "written to facts.csv" in remarks
    assert len((tmp_path / "facts.csv").read_text().splitlines()) == len(facts) + 1
    given(*command, TOY, "-o", "table.txt")
    assert "Two routes" in (tmp_path / "table.txt").read_text()


def test_check_and_new(given: Given, tmp_path: Path) -> None:
    """A new case passes; a spoilt one is told everything at once, with exit status 1; a folder is never overwritten."""
    assert given("new", "mine", "--home", "UZB", "--title", "Mine")[0] == 0
    status, out, remarks = given("check", "mine")
    assert status == 0
    assert "0 faults" in remarks
    status, _, remarks = given("new", "mine")
    assert status == 2
    assert "allowed: a new folder" in remarks
    places = tmp_path / "mine" / "register" / "places.csv"
    places.write_text(places.read_text() + "x,Somewhere,town,QQQ,100,200,,Somewhere,,nobody,D,\n")
    status, out, remarks = given("check", "mine", "--json")
    assert status == 1
    assert len(json.loads(out)) >= 4
    for command in ("check", "exposure", "brief"):
        status, _, remarks = given(command, "mine")
        assert status == 1, command
        assert "register/places.csv" in remarks.replace("│", "")
        assert "Traceback" not in remarks
    assert not (tmp_path / "brief-mine.html").exists()
    assert "capacity_mass" in given("check", "--measures")[1]


WRONG: list[tuple[tuple[str, ...], str]] = [
    (("exposure", "nowhere"), "kazakhstan"),
    (("exposure", TOY, "--channel", "tea"), "--channel: found tea"),
    (("exposure", "--channel", "oil", "--year", "1900"), "--year: found 1900"),
    (("exposure", "--state", "ATL"), "an actor of the case"),
    (("exposure", TOY, "--json", "--csv"), "one of them"),
    (("corridors", "--commodity", "tea"), "oil"),
    (("corridors", "--year", "1900"), "2019, 2020"),
    (("corridors", "--without", "ATL"), "RUS"),
    (("withdraw", "--by", "ATL"), "--powers"),
    (("withdraw", "--home", "ATL"), "--home: found ATL"),
    (("withdraw", "--home", "POL", "--powers", "EU"), "nor inside"),
    (("withdraw", "--horizon", "9y"), "3m, 1y, 10y"),
    (("withdraw", TOY, "--powers", "A,B"), "actors of the case"),
    (("trace", "nonsense"), "measure:subject"),
    (("trace", "gdp:MARS@2025"), "gdp:KAZ@2025"),
    (("trace", "a", "b", "c"), "Quote the fact"),
    (("brief", TOY, "-o", "page.doc"), ".html or .pdf"),
    (("brief", TOY, "-o", "no/such/folder/page.html"), "a folder that exists"),
    (("withdraw", TOY, "-o", "no/such/folder/facts.csv"), "a folder that exists"),
    (("check", "nowhere"), "equipoise new nowhere"),
    (("withdraw", TOY, "--draws", "-1"), "draws"),
    (("exposr",), "No such command"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "said"), WRONG, ids=[" ".join(w).replace(TOY, "toy") for w, _ in WRONG])
def test_a_mistake_is_one_clear_message(given: Given, words: tuple[str, ...], said: str) -> None:
    """What was found and what is allowed; a status that a script can see; nothing printed as if it were a result."""
    status, out, remarks = given(*words)
    assert status == 2
    assert out == ""
    assert said in remarks
    assert "Traceback" not in remarks


def test_a_defect_is_named_as_one(given: Given, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the program did wrong is not blamed on the user, and the way to see where is told."""
    monkeypatch.setattr("equipoise.case.open_case", lambda _: 1 / 0)
    status, _, remarks = given("exposure")
    assert status == 70
    assert "a defect of the program" in remarks
    assert "EQUIPOISE_DEBUG=1" in remarks


def test_a_file_is_written_whole_or_not_at_all(given: Given, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that fills up leaves what stood there before, and no scrap beside it."""
    (tmp_path / "facts.csv").write_text("before")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    monkeypatch.setattr(Path, "replace", full)
    status, _, remarks = given("withdraw", TOY, "-o", "facts.csv")
    assert status == 2
    assert "No space left" in remarks
    assert [entry.name for entry in tmp_path.iterdir()] == ["facts.csv"]
    assert (tmp_path / "facts.csv").read_text() == "before"


def test_a_reader_who_leaves_early_is_no_error() -> None:
    """`equipoise check --measures | head -1` ends quietly."""
    line = f"'{sys.executable}' -m equipoise check --measures --json | head -1"
    done = subprocess.run(line, shell=True, capture_output=True, text=True, check=False)
    assert done.stdout.startswith("[")
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


def test_help_and_import_stay_light() -> None:
    """Neither `import equipoise` nor `--help` loads what only the work needs."""
    heavy = "{'polars', 'numpy', 'rich.table', 'jinja2', 'highspy', 'vl_convert', 'typst'}"
    for words in ("import equipoise", "import sys; sys.argv = ['equipoise', '--help']; from equipoise.cli import main\n"
                  "try: main()\nexcept SystemExit: pass"):  # fmt: skip
        script = f"{words}\nimport sys\nloaded = {heavy} & set(sys.modules)\nassert not loaded, loaded"
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
