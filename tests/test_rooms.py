"""The rooms of the studio without a browser: what each shows, what is taken away from it, and how each language writes it."""

from __future__ import annotations

import asyncio
import csv
import io
import os
import re
import shutil
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from importlib.resources import files
from typing import Any
from xml.etree import ElementTree

import pytest

from equipoise.brief.document import Chart, Figure, Paragraph, Table
from equipoise.case import Case
from equipoise.ledger import Ledger
from equipoise.workbench import Workbench

pytest.importorskip("nicegui", reason="the studio's packages are not installed: make studio")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(scope="module")
def bench(known: Case, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    """The bundled case held open, knowing the study that the tests share."""
    made = Workbench("kazakhstan", tmp_path_factory.mktemp("rooms"))
    made.runs._turn = threading.Semaphore(0)
    held = replace(made.case, ledger=known.ledger)
    made.known = lambda what=None: None if what and what.changes else held  # type: ignore[method-assign]
    yield made
    made.close()


def reading(bench: Workbench, language: str = "en", **query: str) -> Any:
    """A reader in a language."""
    from equipoise.studio.sitting import Sitting

    return Sitting(bench, "reader", query, language)


def test_every_table_and_picture_is_saved_in_three_forms_with_sources_and_date(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of each room each table and chart: SVG that can be read, CSV with a source and a day in every row; PNG by the same way."""
    from equipoise.studio.rooms import ROOMS
    from equipoise.studio.saving import saved
    from equipoise.studio.screen import room_of

    page = '<svg width="1" height="1"></svg>'  # the pictures of the page itself are not drawn here
    monkeypatch.setattr("equipoise.studio.blocks.drawn", lambda *_, **__: page)
    reader, today = reading(bench), datetime.now(UTC).date()
    for name in ROOMS:
        room = room_of(bench, name, reader)
        assert room is not None
        blocks = [block for section in room.sections for block in section.blocks]
        shown = [n for n, b in enumerate(blocks) if isinstance(b, Chart) or (isinstance(b, Table) and b.rows)]
        assert shown, name
        for n in shown:
            rows = list(csv.DictReader(io.StringIO(saved(reader, name, f"{n}.csv", {})[0].decode())))
            assert rows, (name, n)
            assert {row["saved"] for row in rows} == {today.isoformat()}
            if n % 7 and n != shown[0]:
                continue  # as data all of them, as pictures some of each room
            svg = saved(reader, name, f"{n}.svg", {})[0].decode()
            told = " ".join(ElementTree.fromstring(svg).itertext())
            assert blocks[n].caption[:24] in told
            assert f"saved {today.day} " in told
            figures = any(isinstance(part, Figure) for part in _flat(blocks[n]))
            assert "Sources: " in told or not figures or name == "sources", (
                name,
                n,
            )  # what counts facts rests on them all
    assert saved(reader, name, f"{shown[-1]}.png", {})[0].startswith(b"\x89PNG")


def _flat(part: Any) -> Iterator[Any]:
    """Everything within rows and cells."""
    if isinstance(part, Table):
        yield from _flat(part.rows)
    elif isinstance(part, list | tuple):
        for one in part:
            yield from _flat(one)
    else:
        yield part


def test_a_name_with_markup_stays_a_name_in_a_picture() -> None:
    """Whatever stands in a cell, the picture is one well-formed SVG that says it, and no tag of it is made from it."""
    from equipoise.studio.drawing import Plate, typeset
    from equipoise.studio.labels import Labels
    from equipoise.workbench.easel import apart, as_png

    wicked = '<script>alert("1")</script>\x1b & ]]>'
    table = Table(wicked, [(wicked, "l"), ("n", "r")], [[wicked, "1"], ["a" * 400, None]], heat={(0, 1): 2.0})
    svg = typeset(table, Plate(wicked, wicked, [wicked]), Labels("en"))
    tree = ElementTree.fromstring(svg)
    assert {element.tag.rpartition("}")[2] for element in tree.iter()} == {"svg", "title", "rect", "text", "g", "path"}
    assert '<script>alert("1")</script> & ]]>' in "".join(tree.itertext())
    assert apart(as_png, svg).startswith(b"\x89PNG")


def test_no_column_of_a_drawn_table_runs_into_the_next() -> None:
    """Words are broken where a column ends, figures never; a table of many words is no wider than a page."""
    from equipoise.studio.drawing import GAP, WIDEST, Plate, typeset, wide
    from equipoise.studio.labels import Labels

    words = "a long cell whose words must be broken into lines because there is too much of them " * 4
    table = Table("t", [("first", "l"), ("second", "l"), ("figure", "r")], [[words, words, "1,234 (1,200–1,300)"]])
    tree = ElementTree.fromstring(typeset(table, Plate("t"), Labels("en")))
    lines = [(float(e.attrib["x"]), str(e.text)) for e in tree.iter() if e.tag.endswith("text") and e.text]
    first, second = sorted({x for x, text in lines if "broken" in text})
    assert all(x + wide(text) <= second - GAP + 1 for x, text in lines if x == first and text != "t")
    (figure,) = (x for x, text in lines if text.startswith("1,234"))
    assert all(x + wide(text) <= figure - wide("1,234 (1,200–1,300)") for x, text in lines if x == second)
    assert float(tree.attrib["width"]) <= WIDEST + 60


def test_the_brief_of_the_screen_holds_the_sessions_what_ifs(bench: Workbench) -> None:
    """What is closed, the reader's own figure with its reason, the world beside, and a room that says whose figures it has."""
    from equipoise.studio.blocks import cell_text
    from equipoise.studio.saving import brief

    reader = reading(bench)

    async def doing() -> None:
        await reader.do({"act": "close", "id": "cpc"})
        await reader.do({"act": "compare"})
        own = {"act": "change", "id": "supply_mass:tengiz/crude_light@2025", "value": "20", "reason": "a long repair"}
        await reader.do(own)
        await reader.do({"act": "power", "id": "CHN"})
        await reader.do({"act": "room", "id": "corridors"})

    asyncio.run(doing())
    document = brief(reader)
    blocks = [block for section in document.sections for block in section.blocks]
    parts = [block.parts for block in blocks if isinstance(block, Paragraph)]
    told = "\n".join(cell_text(part) for part in [document.headline, *parts, document.imprint])
    assert {block.id for block in blocks if isinstance(block, Chart)} > {"whatif-map"}
    assert "Caspian Pipeline Consortium closed" in told
    assert "China withdraws" in told
    assert "a long repair" in told
    assert "World held beside" in told
    assert "study of the case as it is" in told
    assert "saved " in told


def test_every_phrase_says_in_each_language_all_that_it_holds() -> None:
    """Each phrase is said in Kazakh and Russian with the same places; what stands in a place is never lost."""
    from equipoise.studio.labels import Labels, phrases

    places = [[set(re.findall(r"\{(\w+)\}", row[language])) for language in ("en", "kk", "ru")] for row in phrases()]
    assert len(places) > 150
    assert all(one[0] == one[1] == one[2] for one in places)
    assert all(row[language].strip() for row in phrases() for language in ("en", "kk", "ru"))
    assert len({row["en"] for row in phrases()}) == len(places)
    assert Labels("ru").say("Who wants what: The issues") == "Кто чего хочет: Вопросы"
    assert Labels("kk").say("Russia, China and Türkiye") == "Ресей, Қытай және Түркия"
    assert Labels("ru").say("a phrase of nobody, 1,234.5") == "a phrase of nobody, 1\xa0234,5"


def test_a_sentence_keeps_its_figures_in_every_language() -> None:
    """Wherever a language puts them, each figure of a sentence is there once, with its fact."""
    from equipoise.studio.labels import Labels

    trade, oil = (Figure(text, "6–13", "%", f"fact:{text}", "B", 1) for text in ("11", "14"))
    parts = ["Its trade alone would take ", trade, ", the oil and gas that find no way out alone ", oil,
             "; together they are no sum."]  # fmt: skip
    for language in ("en", "kk", "ru"):
        said = Labels(language).parts(parts)
        assert [part for part in said if isinstance(part, Figure)] == [trade, oil]
        assert (said[0] == parts[0]) == (language == "en")
    assert Labels("ru").parts([trade, " and words of nobody"]) == [trade, " and words of nobody"]


def test_a_chart_is_drawn_alike_in_every_language(bench: Workbench) -> None:
    """Its marks are as many, its names those of the language, its numbers with the sign of the language."""
    from equipoise.brief.income import income
    from equipoise.studio.blocks import drawn
    from equipoise.studio.labels import Labels
    from equipoise.studio.screen import desk_of

    desk = desk_of(bench)
    assert desk is not None
    chart = next(block for block in income(desk) if isinstance(block, Chart))
    english, russian = (drawn(chart, Labels(language)) for language in ("en", "ru"))
    assert english.count("<path") == russian.count("<path")
    assert ">Russia<" in english
    assert ">Россия<" in russian
    assert not re.search(r">[^<]*\d\.\d[^<]*<", russian.partition("</style>")[2] or russian)


def test_a_drawn_word_is_cut_only_where_it_has_no_room() -> None:
    """A name in Cyrillic that its room can hold stands whole, as a Latin one of that width does; in the page's face."""
    from equipoise.brief.palette import FONT, config
    from equipoise.workbench.easel import apart, as_svg

    axis = {"labelLimit": 190, "title": None}
    for name in ("Энергетическая диверсификация", "Energeticheskaya diversifikatsiya"):
        mark = {"y": {"field": "a", "type": "nominal", "axis": axis}, "x": {"field": "b", "type": "quantitative"}}
        spec = {"config": config(), "data": {"values": [{"a": name, "b": 1}]}, "mark": "bar", "encoding": mark}
        svg = apart(as_svg, {"$schema": "https://vega.github.io/schema/vega-lite/v5.json", **spec}, {})
        assert f">{name}</text>" in svg
        assert {
            text.get("font-family") for text in ElementTree.fromstring(svg).iter() if text.tag.endswith("text")
        } == {FONT}


def test_whoever_draws_holds_nobody_else_up() -> None:
    """While charts are drawn the rest of this process goes on; what goes wrong there is said here, and the next is drawn."""
    from equipoise.errors import EquipoiseError
    from equipoise.workbench import easel

    assert easel.apart(os.getpid) != os.getpid()
    with pytest.raises(ValueError, match="invalid literal"):
        easel.apart(int, "nothing")
    drawer = easel.apart(os.getpid)
    os.kill(drawer, signal.SIGKILL)
    assert easel.apart(os.getpid) not in (drawer, os.getpid())
    with pytest.raises(EquipoiseError, match="could not be drawn"):
        easel.apart(os.abort)


def test_the_years_of_a_policy_are_drawn_as_a_fan(bench: Workbench) -> None:
    """Of the policy and weighting that are chosen each year's mean and band as the facts say, as numbers with their sources too;
    where no fact tells years, there is no fan and no choice."""
    from equipoise.brief.desk import Desk
    from equipoise.studio.blocks import numbers_of
    from equipoise.studio.rooms import fans

    known = bench.known()
    assert known is not None
    bare = Desk(replace(known, ledger=known.ledger.without(["future_path"])))
    assert fans.choices(bare) == ({}, {})
    assert fans.fan(bare, "balanced", "seen") is None
    rows = [
        {"measure": "future_path", "subject": "balanced", "object": "", "item": f"{way}.{act}", "period": str(year),
         "value": 0.1 * n, "low": 0.0, "high": 0.2 * n, "grade": "C", "kind": "assumed", "basis": "made-up", "by": "test",
         "original": None}
        for way in ("seen", "calm") for act in ("unprovoked", "provoked") for n, year in enumerate(range(2026, 2032), 1)
    ]  # fmt: skip
    desk = Desk(replace(bare.case, ledger=bare.case.ledger.add(Ledger.of(rows))))
    policies, ways = fans.choices(desk)
    assert list(policies) == ["balanced"]
    assert list(ways) == ["seen", "calm"]
    chart = fans.fan(desk, "balanced", "calm")
    assert chart is not None
    drawn = chart.wide["data"]["values"]
    assert [(row["year"], row["low"], row["value"], row["high"]) for row in drawn[:6]] == [
        (n + 2025, 0.0, 0.1 * n, 0.2 * n) for n in range(1, 7)
    ]
    assert len(drawn) == 12
    assert [row[0] for row in numbers_of(chart).rows] == [str(year) for year in range(2026, 2032)]
    assert all(isinstance(cell, Figure) for row in numbers_of(chart).rows for cell in row[1:])
    assert fans.fan(desk, "balanced", "prior") is None


# --- a browser, without a server -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def page() -> Iterator[Any]:
    """An empty page of a real Chromium."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: install Debian's package `chromium` to run the browser tests")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser.new_page(color_scheme="dark")
        browser.close()


@pytest.mark.browser
def test_numbers_and_dates_are_those_of_the_locale(page: Any) -> None:
    """English and Russian write a number and each month of a date as the browser's own locale data do; of Kazakh it has none."""
    from equipoise.studio.labels import Labels

    for language, locale in (("en", "en-GB"), ("ru", "ru")):
        labels = Labels(language)
        for number in (0.5, 1234.5, 1234567.25):
            told = page.evaluate("([l, n]) => new Intl.NumberFormat(l).format(n)", [locale, number])
            assert labels.number(f"{number:,}") == told.replace("\u202f", "\xa0"), language
        for month in range(1, 13):
            long = "([l, d]) => new Intl.DateTimeFormat(l, {dateStyle: 'long', timeZone: 'UTC'}).format(new Date(d))"
            told = page.evaluate(long, [locale, f"2026-{month:02}-05T12:00:00Z"])
            assert labels.day(date(2026, month, 5)) == told.replace("\u202f", " ").replace("\xa0", " "), language


@pytest.mark.browser
def test_a_room_has_nothing_that_a_checker_of_accessibility_calls_wrong(page: Any, bench: Workbench) -> None:
    """Axe, the rules of WCAG 2.2 AA among them, in the dark: the room of withdrawal with its explorer, and the map's panel."""
    sync = pytest.importorskip("axe_playwright_python.sync_playwright", reason="no axe: make test")
    from equipoise.studio.screen import above, in_the_room, on_the_map

    style = files("equipoise").joinpath("studio", "assets", "studio.css").read_text()
    for deeds in (
        [{"act": "room", "id": "withdrawal"}, {"act": "member", "id": "RUS"}],
        [{"act": "close", "id": "btc"}],
    ):
        reader = reading(bench)
        for deed in deeds:  # in a thread of its own, for the browser's loop runs in this one
            with ThreadPoolExecutor(1) as thread:
                thread.submit(asyncio.run, reader.do(deed)).result()
        body = in_the_room(reader) if reader.state.room != "map" else on_the_map(reader)[1]
        panel = f'<div class="room" id="panel" tabindex="-1">{body}</div>'
        held = f'<div class="studio">{above(reader)}<main id="main">{panel}</main></div>'
        page.set_content(
            f'<html lang="en"><head><title>t</title><style>{style}</style></head><body>{held}</body></html>'
        )
        wrong = sync.Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"][:120]) for one in wrong if one["id"] != "region"] == []
