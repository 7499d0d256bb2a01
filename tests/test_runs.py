"""Runs of the bundled case: the same figures kept or not, refused where another's, and the long table that others read."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from conftest import Given

import equipoise as eq
from equipoise.case import Case
from equipoise.errors import InputError
from equipoise.futures import Levers, named, runs
from equipoise.futures.findings import ACTS
from equipoise.futures.iamc import ANY, COLUMNS, QUANTILES, VARIABLES, export, long_table
from equipoise.futures.record import READS
from equipoise.futures.runs import AXES, lived_through, mark_of, shape_of
from equipoise.futures.simulate import Lives, Setup, prepare
from equipoise.futures.store import Results, Shape, begun, read
from equipoise.ledger import Ledger
from equipoise.trade import Economy
from equipoise.world import open_regions

FUTURES = 12
LABELS = {
    "policy": ("business_as_usual", "balanced"), "power": ("RUS", "CHN"), "commodity": ("oil", "containers"),
    "weighting": ("seen", "prior"), "act": ACTS, "year": ("2026", "2027", "2028"), "fact": ("gdp:KAZ@2025",),
    "outcome": ("arms_hhi", "un_distance.RUS"),
}  # fmt: skip
ASKED = "futures", "-n", "4", "--policy", "kenkiyak_lines", "--until", "2027"


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Results with every array that lives have, of invented figures; one of them is no number."""
    shape, random = Shape(AXES, LABELS), np.random.Generator(np.random.Philox(3))
    folder = tmp_path_factory.mktemp("kept")
    with begun(folder, {"case": "kazakhstan"}, shape, FUTURES, 5) as results:
        for first, count in results.missing():
            arrays = {name: random.random((count, *shape.size(name))) for name in AXES}
            arrays["off"][0, 1] = np.nan if first == 0 else 1.0
            results.write(first, arrays)
    return read(folder)


def test_every_array_of_lives_is_kept_and_exported() -> None:
    """Nothing that a future says is left out, of the folder or of the long table; what was drawn stays in the folder."""
    assert {field.name for field in fields(Lives)} - {"number"} == set(AXES) - {"input"}
    assert set(VARIABLES) - {"worst"} == set(AXES) - {"input"}
    assert not {axis for axes in AXES.values() for axis in axes} - set(LABELS)


def test_the_long_table_holds_the_quantiles(case: Case, kept: Results, tmp_path: Path) -> None:
    """Written and read back, each scenario of a policy, a weighting and a quantile has the quantile of the arrays."""
    for file in (tmp_path / "table.csv", tmp_path / "deep" / "table.parquet"):
        rows = export(case, kept, file)
        back = pl.read_csv(file) if file.suffix == ".csv" else pl.read_parquet(file)
        assert back.height == rows
        path = back.filter(variable="Real Income|Loss", scenario="balanced, prior, provoked, p95").sort("year")
        expected = np.quantile(kept.array("path", policy="balanced", weighting="prior", act="provoked"), 0.95, axis=0)
        assert path["value"].to_list() == pytest.approx(expected.tolist(), rel=1e-12)
        assert path["year"].to_list() == [2026, 2027, 2028]
        worst = back.filter(variable="Real Income|Loss if One Power Withdraws|Largest", scenario="balanced, p50")
        assert worst["value"].item() == pytest.approx(np.median(kept.array("loss", policy="balanced").max(axis=1)))
        today = back.filter(pl.col("variable").str.ends_with("Today"), scenario=f"{ANY}, p05", year=2025)
        assert today["unit"].to_list() == ["kTEU/y", "Mt/y"]


def test_the_long_table_keeps_the_rules_of_those_who_read_it(case: Case, kept: Results) -> None:
    """The seven columns, one row for each key, no gaps, names that no pattern would catch, one unit for each variable."""
    for each in (False, True):
        table = long_table(case, kept, each=each).collect()
        assert tuple(table.columns) == COLUMNS
        assert not table.select(COLUMNS[:-1]).is_duplicated().any()
        assert table.null_count().sum_horizontal().item() == 0
        assert table["value"].is_finite().all()
        assert not table.filter(pl.any_horizontal(pl.col("variable", "scenario").str.contains(r"[*\n]"))).height
        assert table.group_by("variable").agg(pl.col("unit").n_unique())["unit"].max() == 1
        assert table["region"].unique().to_list() == ["Kazakhstan"]
        assert table["scenario"].str.ends_with("p50").any() == (not each)
    assert len(QUANTILES) == 5


def test_every_future_can_be_a_scenario(case: Case, kept: Results) -> None:
    """One by one they are the figures of the arrays; what is no number has no row."""
    table = long_table(case, kept, each=True).collect()
    found = table.filter(variable="Real Income|Loss", scenario="balanced, seen, unprovoked, future 000000007").sort(
        "year"
    )
    expected = kept.array("path", policy="balanced", weighting="seen", act="unprovoked")[7]
    assert found["value"].to_list() == expected.tolist()
    off = table.filter(pl.col("variable").str.ends_with("Off the Territory Most Crossed"))
    assert off.height == 2 * FUTURES - 1


def test_the_long_table_is_written_whole_or_not_at_all(case: Case, kept: Results, tmp_path: Path) -> None:
    """Another ending, a place that cannot be written, and futures that are missing are each one clear error."""
    with pytest.raises(InputError, match=r"ends in \.csv or \.parquet"):
        export(case, kept, tmp_path / "table.xlsx")
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="--iamc: found"):
        export(case, kept, tmp_path / "file" / "table.csv")
    fewer = Results(kept.folder, kept.mark, kept.shape, kept.chunk, FUTURES + 1)
    with pytest.raises(InputError, match="missing"):
        export(case, fewer, tmp_path / "table.csv")
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


def test_a_run_kept_cut_and_resumed_finds_the_same(case: Case, tmp_path: Path) -> None:
    """Lives of the bundled case in one go, and kept in a folder in pieces, a part of them lost: the same bits; another seed is
    refused, and both are named."""
    studied, folder = eq.run(case, until="withdrawal", draws=0, lean=True), tmp_path / "runs"
    settled = studied.settle()
    chosen = named(settled, Levers(settled), "kenkiyak_lines")
    setup, other = (prepare(studied, chosen, until=2027, seed=seed) for seed in (1, 2))
    told: list[str] = []
    plain = lived_through(studied, setup, 4)
    cut = lived_through(studied, setup, 4, into=folder, chunk=2, tell=told.append)
    (folder / "policies-000000000000.parquet").write_bytes(b"PAR1")
    again = lived_through(studied, setup, 4, into=folder, tell=told.append)
    for field in fields(plain):
        bits = [getattr(came, field.name).tobytes() for came in (plain, cut, again)]
        assert bits[0] == bits[1] == bits[2], field.name
    assert told == [
        f"2 of 4 futures are there already: {folder}", "not whole, computed again: policies-000000000000.parquet",
    ]  # fmt: skip
    with pytest.raises(InputError, match=r"seed 1; allowed: .*seed 2"):
        lived_through(studied, other, 4, into=folder)


def test_memory_holds_so_many_lives_and_a_folder_the_rest(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More futures than memory may hold need a folder; what is told is then told of the first of them, and said to be."""
    studied = eq.run(case, until="withdrawal", draws=0, lean=True)
    settled = studied.settle()
    setup = prepare(studied, named(settled, Levers(settled), "kenkiyak_lines"), until=2027)
    monkeypatch.setattr(runs, "FANNED", 2)
    whole = lived_through(studied, setup, 3)
    assert whole.path.shape[-1] == 2
    monkeypatch.setattr(runs, "HELD", 7)
    told: list[str] = []
    first = lived_through(studied, setup, 5, into=tmp_path / "runs", chunk=2, tell=told.append)
    for field in fields(whole):
        assert np.array_equal(getattr(first, field.name), getattr(whole, field.name)), field.name
    assert told[0].startswith("5 futures are kept")
    assert told[0].endswith("the first 3")
    assert read(tmp_path / "runs").futures == 5
    with pytest.raises(InputError, match=r"up to 3 in memory.*--into"):
        lived_through(studied, setup, 5)


def test_a_command_keeps_its_futures_and_writes_the_table(given: Given, tmp_path: Path) -> None:
    """`equipoise futures --into --iamc` says where both went; the folder opens as a table, the table as seven columns."""
    status, _, remarks = given(*ASKED, "-o", "told.csv", "--into", "runs", "--iamc", "table.csv")
    assert status == 0
    assert "4 futures, kept in runs" in remarks
    assert "rows of the IAMC table, written to table.csv" in remarks
    assert pl.read_csv(tmp_path / "table.csv").columns == list(COLUMNS)
    assert read(tmp_path / "runs").frame().collect()["future"].n_unique() == 4


def test_what_cannot_be_run_is_told_before_it_is(given: Given, monkeypatch: pytest.MonkeyPatch) -> None:
    """No futures, no chunk, a table of another kind, every future of no table: refused at once, nothing lived through."""
    monkeypatch.setattr(runs, "live", None)
    for words, told in (
        (("-n", "0"), "-n: found 0; allowed: 1 or more futures"), (("--chunk", "0"), "--chunk: found 0"),
        (("--iamc", "table.xlsx"), "ends in .csv or .parquet"), (("--each",), "with --iamc FILE"),
    ):  # fmt: skip
        status, _, remarks = given("futures", *words)
        assert status == 2
        assert told in remarks


def test_results_say_of_which_facts_they_are(case: Case) -> None:
    """A changed figure that futures read is another mark; one that they do not read is not, nor is the order of facts."""
    setup = _stand_in()
    before = mark_of(case, setup)
    turned = replace(case, ledger=Ledger(case.ledger.facts.reverse()))
    assert mark_of(turned, setup) == before
    gdp = case.view("gdp", subject="KAZ", period="2025").with_columns(value=pl.col("value") + 1.0)
    assert mark_of(case.replace(Ledger(gdp)), setup)["facts"] != before["facts"]
    unread = next(name for name in case.ledger.facts["measure"].cast(pl.String).unique() if name not in READS)
    assert mark_of(case.without([unread]), setup) == before


def test_a_world_that_has_travelled_finds_the_same_bits() -> None:
    """Sent to another process its arrays lie in memory as they did, so that what is summed from them has the same last bits."""
    world = open_regions("base")
    there = pickle.loads(pickle.dumps(replace(world)))
    assert "balanced" not in vars(there)
    for name in ("bought", "shares", "inputs", "output", "income"):
        here, far = (getattr(Economy(one, "KAZ").model, name) for one in (world, there))
        assert here.tobytes() == far.tobytes(), name


def test_a_figure_drawn_twice_has_two_columns() -> None:
    """Every column of what was drawn has a name of its own."""
    labels = shape_of(_stand_in()).labels["fact"]
    assert labels == ("gdp:KAZ@2025", "oil:A", "gdp:KAZ@2025 (2)")


def _stand_in() -> Setup:
    """What a run asks of a setup, without what a future needs to be lived through."""

    class Question:
        policies, weightings, year, until, seed = (), (), 2025, 2027, 1

        def __repr__(self) -> str:
            return "question"

    class Standing:
        names = ("arms_hhi",)

    made: Any = object.__new__(Setup)
    known: Mapping[str, Any] = {
        "question": Question(), "standing": Standing(),
        "facts": ("gdp:KAZ@2025", "oil:A", "gdp:KAZ@2025"), "powers": ("RUS",), "commodities": ("oil",),
    }  # fmt: skip
    for name, value in known.items():
        object.__setattr__(made, name, value)
    return made
