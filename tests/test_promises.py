"""What the project was founded on, row by row: each named thing is shown by its command, as far as its stage exists."""

from __future__ import annotations

import csv
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from conftest import Given
from rich.console import Console

from equipoise import study
from equipoise.case import Case

PROMISES: list[tuple[str, tuple[str, ...], tuple[str, ...]]] = [
    # row, command, what a user sees in its answer
    ("s02", ("withdraw", "--by", "RUS,CHN"), ("against the sum of the two single losses",)),
    ("s04", ("exposure",), ("by the main pipe", "82", "by territory crossed", "96", "by equity in that pipe", "31")),
    ("s05", ("shock", "--close", "cpc_spm=0.67", "--days", "57"), (
        "Exported", "In tanks", "Shut in", "3.8 (3.6–3.8)", "exports, %", "−22", "rerouted, Mt", "0.3",
    )),
    ("s08", ("withdraw", "--by", "EU"), ("Coal to the EU by Russian ports", "Sanction on a Russian port")),
    ("s11", ("withdraw",), ("Worst of all in", "100%", "below 80 % call it a tie")),
    ("s15", ("withdraw", "--by", "RUS"), ("Cost to itself", "Deliberate closure of CPC for months")),
    ("s20", ("trace", "oil_share_by_definition:KAZ>RUS/pipe@2025"), ("82", "source")),
    ("s21", ("exposure",), ("no index, no score", "Largest loss that one power can cause", "arms by supplier")),
    ("s37", ("withdraw", "--by", "AZE"), ("Azerbaijan", "Aktau-Baku-Ceyhan")),
    ("s38", ("exposure",), ("0.093", "0.35", "2.7", "5-95 % band of its posterior")),
    ("s43", ("shock",), ("Attack on the CPC and Novorossiysk", "4 0.59 (0.22–1.1) a year", "2025-11-29")),
    ("s45", ("exposure",), ("SCO", "founding member", "2001-06-15")),
    ("s46", ("exposure",), ("EAEU", "common external tariff")),
    ("s47", ("withdraw", "--by", "EU"), ("44%", "38–47")),
    ("s48", ("withdraw", "--by", "USA"), ("Lapse of the licence for CPC and Tengiz",)),
    ("s50", ("exposure",), ("Two definitions are never mixed", "gross", "Netherlands")),
    ("s52", ("exposure",), ("corridor", "UN distance")),
    ("s56", ("withdraw", "--by", "USA"), ("Cost to itself", "2025-10-22")),
    ("s59", ("exposure",), ("Tengiz oil field", "United States 75%")),
    ("s60", ("withdraw",), ("What it would lose itself", "third states is separate")),
    ("s61", ("withdraw", "--by", "RUS"), ("7,644 km",)),
    ("s64", ("exposure",), ("Kazakhstan-China oil pipeline",)),
    ("s65", ("exposure",), ("External debt by creditor", "6.0%", "8.7%")),
    ("s66", ("withdraw", "--by", "CHN"), ("Stop of buying of chosen goods", "0 episodes: none was seen")),
    ("s67", ("exposure",), ("OSCE", "Partnership for Peace", "1994-05-27")),
    ("s69", ("exposure",), ("Western Europe-Western China road", "no figure of its capacity")),
]  # fmt: skip


SHOWN: dict[str, dict[str, tuple[str, ...]]] = {
    # command, row, what a user sees in its tables
    "equipoise region": {
        "s10": (
            "base rates alone are shown, and no chance",
            "Unrest of January 2022",
            "Yearly data: no chance for a shorter time",
        ),
        "s18": ("are not zero", "flows known"),
        "s30": ("SCO and Central Asian work on terrorism, drugs and crime", "times 0.98 (0.9–1)"),
        "s35": ("10.7 bn USD", "20 bn USD is the aim for 2030"),
        "s62": ("Rounds hosted", "no effect is claimed"),
        "s72": ("Skill out of sample", "New conflicts inside, of years of peace"),
        "s74": ("needed in summer 15", "to 12 (11.1–12.8) km3, October-April", "finds no use"),
        "s75": ("2025-03-13", "Treaty on the whole border of Kyrgyzstan and Tajikistan"),
        "s76": ("Base rate ratio of ethnic violence", "times 0.9 (0.7–1)"),
        "s77": ("14,770 USD 2025", "3,510 USD 2025", "2,750 USD 2025", "1,430 USD 2025"),
        "s78": ("Time and cost of crossing the borders", "Missing, not zero"),
        "s80": ("Three units that nothing adds up: no index is made of them",),
    },
    "equipoise watch trade": {
        "s39": ("False alarms first", "it is set to 5 %"),
        "s54": ("Listed goods of Kazakhstan", "2021 196 12", "2023 585 213", "2025 445 170"),
        "s55": ("Kyrgyzstan 5.6 (4.2–9.5) times", "Kazakhstan 1.6 (1.2–2.8) times"),
    },
    "equipoise watch events": {
        "s40": ("no stage that writes a loss reads it", "Alarms of a pair in five years"),
        "s57": ("tone of Western media by 0 (−0.1 to 0.1) standard units",),
    },
}


def test_what_was_promised_of_the_region_and_the_watch_is_shown(known: Case) -> None:
    """Every founding row of these commands stands in their tables."""
    from equipoise.brief.desk import Desk
    from equipoise.brief.watch_events import events
    from equipoise.cli.output import say
    from equipoise.cli.sheets.region import region
    from equipoise.cli.sheets.watch_trade import watch_trade

    desk = Desk(known)
    blocks = {
        "equipoise region": region(desk), "equipoise watch trade": watch_trade(desk, []),
        "equipoise watch events": events(desk),
    }  # fmt: skip
    for command, rows in SHOWN.items():
        text = StringIO()
        say(Console(file=text, width=400, highlight=False), blocks[command], "")
        told = " ".join(text.getvalue().split())
        lacking = {row: [words for words in seen if words not in told] for row, seen in rows.items()}
        assert not any(lacking.values()), (command, lacking)


def test_no_stage_that_writes_a_loss_reads_an_alarm() -> None:
    """No stage that writes a loss declares an alarm among what it reads (s40); the tests of the watch hold that none moves."""
    alarms = {name for name in study.STAGES[[s.name for s in study.STAGES].index("watch")].writes if "alarm" in name}
    assert alarms
    for stage in study.STAGES:
        if any(name.endswith("_loss") for name in stage.writes):
            assert not alarms & set(stage.reads), stage.name


def test_no_promise_of_the_region_and_the_watch_is_forgotten(shared: Callable[[str], Path]) -> None:
    """Every founding row that names these commands is shown above."""
    with shared("facts/seed_map.csv").open(encoding="utf-8", newline="") as text:
        rows = [(row["map_id"], row["command_or_page"]) for row in csv.DictReader(text)]
    for command, shown in SHOWN.items():
        assert {row for row, page in rows if page == command} == set(shown), command


@pytest.mark.parametrize(("row", "command", "seen"), PROMISES, ids=[row for row, _, _ in PROMISES])
def test_a_promise_is_kept(
    given: Given, monkeypatch: pytest.MonkeyPatch, row: str, command: tuple[str, ...], seen: tuple[str, ...]
) -> None:
    """The command answers, and what was promised stands in its answer."""
    monkeypatch.setenv("COLUMNS", "400")  # wide enough that no phrase is broken
    status, out, remarks = given(*command)
    assert status == 0, remarks
    text = " ".join(out.split())
    assert [words for words in seen if words not in text] == []


def test_no_promise_of_these_commands_is_forgotten(shared: Callable[[str], Path]) -> None:
    """Every row that names a command which exists is either checked above or is about the brief, whose tests check it."""
    with shared("facts/seed_map.csv").open(encoding="utf-8", newline="") as text:
        rows = {row["map_id"]: row["command_or_page"] for row in csv.DictReader(text)}
    named = {
        name
        for name, page in rows.items()
        if page.split()[1:2] and page.split()[1] in ("exposure", "withdraw", "shock", "trace")
    }
    assert named - {row for row, _, _ in PROMISES} <= {"s49"}  # the bands of s38 are those of s49
