"""The studio in a real browser: a corridor closed by a click, sessions that last, every room, no other host, for everyone."""

from __future__ import annotations

import asyncio
import csv
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from html import unescape
from importlib.resources import files
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

from equipoise.case import Case
from equipoise.workbench import Workbench
from equipoise.workbench.runs import keep
from equipoise.workbench.state import ROOMS

pytest.importorskip("nicegui", reason="the studio's packages are not installed: make studio")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRAWS = 24
Open = Callable[..., Any]


# --- what needs no browser -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    """The bundled case held open."""
    made = Workbench("kazakhstan", tmp_path_factory.mktemp("bench"))
    yield made
    made.close()


def sitting(bench: Workbench, *deeds: dict[str, str]) -> Any:
    """A reader who has done these things."""
    from equipoise.studio.sitting import Sitting

    async def after() -> Any:
        reader = Sitting(bench, "reader", {}, "en")
        for deed in deeds:
            assert await reader.do(deed)
        return reader

    return asyncio.run(after())


def test_every_figure_of_the_panel_is_a_fact_of_the_answer(bench: Workbench) -> None:
    """A view computes nothing: what the panel prints can be asked for by name, and says what the fact says."""
    from equipoise.studio.screen import beside, on_the_map

    reader = sitting(bench, {"act": "close", "id": "cpc"})
    pictures, panel = on_the_map(reader)
    held = {*bench.answer(reader.state.what, "oil").ids(), *bench.answer(type(reader.state.what)(), "oil").ids()}
    shown = [unescape(id) for id in re.findall(r'data-act="fact" data-id="([^"]+)"', panel)]
    assert len(shown) > 10
    assert set(shown) <= held
    closed = {link["id"] for link in pictures[0]["links"] if link["closed"]}
    assert "cpc_rus" in closed
    assert all(link["width"] == 0 for link in pictures[0]["links"] if link["id"] == "cpc_rus")
    reader.aside = type(reader.aside)("fact", shown[0])
    assert "contract limits, when cpc closed" in beside(reader)


def test_what_is_done_can_be_undone_and_a_link_opens_it_again(bench: Workbench) -> None:
    """Undo and redo walk the same states; the address carries the whole state; nonsense in it is said, not guessed at."""
    from equipoise.studio.sitting import Sitting

    one = sitting(
        bench,
        {"act": "close", "id": "cpc"},
        {"act": "share", "id": "cpc", "value": "0.5"},
        {"act": "power", "id": "CHN"},
    )
    again = Sitting(bench, "another", {"w": one.state.link()}, "en")
    assert again.state == one.state
    undone = sitting(bench, {"act": "close", "id": "cpc"}, {"act": "power", "id": "RUS"}, {"act": "undo"})
    assert undone.state.what.closed == {"cpc": 1.0}
    assert undone.state.what.powers == ()
    assert sitting(bench, {"act": "close", "id": "cpc"}, {"act": "undo"}, {"act": "redo"}).state.what.closed == {
        "cpc": 1.0
    }
    for bad in ("nonsense", "eNo", "AAAA", one.state.link()[:-9]):
        assert "link" in Sitting(bench, "x", {"w": bad}, "en").notice


def test_what_is_done_wrongly_is_said(bench: Workbench) -> None:
    """A name that does not exist, a figure out of bounds, a room that is none: one message, the state as it was."""
    for deed in ({"act": "close", "id": "nothing"}, {"act": "power", "id": "KAZ"}, {"act": "room", "id": "cellar"}):
        reader = sitting(bench, deed)
        assert reader.notice
        assert reader.state == sitting(bench).state
    own = {"act": "change", "id": "gdp:KAZ@2025", "value": "-5", "reason": "why not"}
    assert "low <= value" in sitting(bench, own).aside.fault


def test_a_figure_of_ones_own_is_marked_wherever_it_shows(bench: Workbench) -> None:
    """The panel, the fact and the list of sessions say that it is the user's, and why; the case keeps its own."""
    from equipoise.studio.screen import beside, on_the_map

    fact = "supply_mass:tengiz/crude_light@2025"
    reader = sitting(bench, {"act": "change", "id": fact, "value": "20", "reason": "a long repair"})
    assert "your assumption" in on_the_map(reader)[1]
    assert "your assumption" in beside(reader)
    assert "a long repair" in beside(reader)
    reader.aside = type(reader.aside)("sessions")
    assert "a long repair" in beside(reader)
    assert bench.case.ledger.find(fact)["value"].max() > 30


def test_levers_weights_and_years_are_states_like_any_other(bench: Workbench) -> None:
    """A lever comes with what it needs and goes with what needs it, marked as the user's; year, lever and weight are in the link;
    what cannot be pulled is said in its drawer; the diff names what is assumed, the case keeps its own."""
    from equipoise.studio.screen import beside, on_the_map
    from equipoise.studio.sitting import Sitting

    weigh = {"act": "weigh", "id": "weighting", "value": "RUS", "reason": "they say so"}
    reader = sitting(bench, {"act": "pull", "id": "trans_caspian_pipeline"}, {"act": "year", "value": "0"}, weigh)
    assert {pull.lever for pull in reader.state.what.levers} == {"eskene_kuryk", "trans_caspian_pipeline"}
    assert reader.state.year == bench.years("oil")[0]
    assert Sitting(bench, "another", {"w": reader.state.link()}, "en").state == reader.state
    pictures, panel = on_the_map(reader)
    assert "your assumption" in panel
    assert [link["id"] for link in pictures[0]["links"] if link["built"]]
    reader.aside = type(reader.aside)("sessions")
    assert "they say so" in beside(reader)
    gone = sitting(bench, {"act": "pull", "id": "trans_caspian_pipeline"}, {"act": "drop", "id": "eskene_kuryk"})
    assert gone.state.what.levers == ()
    early = sitting(bench, {"act": "pull", "id": "eskene_kuryk", "year": "2026", "reason": "soon"})
    assert "2030 or later" in beside(early)
    assert early.state.what.levers == ()
    undone = sitting(bench, {"act": "policy", "id": "western_tilt"}, {"act": "undo"})
    assert undone.state.what.levers == ()
    assert bench.applied(reader.state.what).view("control").height == bench.case.view("control").height


def test_everything_on_the_map_opens_with_its_sources(bench: Workbench) -> None:
    """A link, a place, a state, a lever, all of them, losses by power: each names figures whose sources a click away is told."""
    from equipoise.studio.screen import beside

    reader = sitting(bench, {"act": "pull", "id": "eskene_kuryk"})
    for kind, id in (("link", "btc"), ("link", "eskene_kuryk"), ("place", "aktau"), ("state", "RUS"), ("lever", "btc_volume"),
                     ("lever", "latin_script"), ("lever", "titr_soft"), ("levers", ""), ("powers", "")):  # fmt: skip
        reader.aside = type(reader.aside)(kind, id)
        told = beside(reader)
        assert "drawer" in told, (kind, id, reader.notice)
        facts = [unescape(fact) for fact in re.findall(r'data-act="fact" data-id="([^"]+)"', told)]
        assert facts or kind == "levers", (kind, id)
        for fact in facts[:2]:
            reader.aside = type(reader.aside)("fact", fact)
            assert 'class="leaf"' in beside(reader) or 'class="tree"' in beside(reader), fact
    for kind, id in (("state", "ZZZ"), ("lever", "none"), ("link", "none")):
        reader.aside = type(reader.aside)(kind, id)
        assert beside(reader) == ""
        assert id in reader.notice


def test_every_word_exists_in_every_language() -> None:
    """Each label has English, Kazakh and Russian, with the same braces; every label that is asked for exists."""
    with files("equipoise").joinpath("studio", "labels.csv").open(encoding="utf-8") as file:
        rows = {row["key"]: row for row in csv.DictReader(file)}
    for key, row in rows.items():
        braces = [
            {name for _, name, _, _ in Formatter().parse(row[language]) if name} for language in ("en", "kk", "ru")
        ]
        assert all(row[language] for language in ("en", "kk", "ru")), key
        assert braces[1] <= braces[0] >= braces[2], key
    source = "".join(
        p.read_text()
        for p in Path(str(files("equipoise").joinpath("studio"))).rglob("*.*")
        if p.suffix in (".py", ".j2")
    )
    asked = set(re.findall(r"""(?:labels|L)\(["']([a-z]+\.[a-z._]*[a-z_])["']""", source))
    assert asked
    assert asked <= set(rows)
    assert {f"room.{name}" for name in ROOMS} <= set(rows)


def test_colours_can_be_read_in_light_and_in_dark() -> None:
    """Text on paper and cards has the contrast of WCAG AA, 4.5 to 1, in both themes."""
    style = files("equipoise").joinpath("studio", "assets", "studio.css").read_text()
    light = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", style.partition("@media")[0]))
    dark = light | dict(
        re.findall(r"--(\w+): (#[0-9a-f]{6})", style.partition(':root[data-theme="dark"] {')[2].partition("}")[0])
    )

    def brightness(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    for theme in (light, dark):
        for text in ("ink", "muted", "accent", "warm", "gain", "own"):
            for ground in ("paper", "card", "tint"):
                a, b = sorted((brightness(theme[text]), brightness(theme[ground])))
                assert (b + 0.05) / (a + 0.05) >= 4.5, (text, ground)


# --- the browser -----------------------------------------------------------------------------------------------------


class Server:
    """The studio in a process of its own, as a user starts it."""

    def __init__(self, data: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.data, self.base = data, f"http://127.0.0.1:{self.port}/"
        self.start()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        command = [
            sys.executable,
            "-m",
            "equipoise",
            "studio",
            "--port",
            str(self.port),
            "--data",
            str(self.data),
            "--draws",
            str(DRAWS),
            "--no-warm",
        ]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        for _ in range(900):
            try:
                with urllib.request.urlopen(f"{self.base}api/") as answer:
                    self.studied = '"studied":true' in answer.read().decode()
                    return
            except OSError:
                if self.process.poll() is not None:
                    break
            time.sleep(0.1)
        self.kill()
        raise AssertionError("the studio did not come up")

    def kill(self) -> None:
        """As a power cut would."""
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()
        if self.process.stderr:
            self.process.stderr.close()


@pytest.fixture(scope="module")
def server(known: Case, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server on loopback that finds the study which the tests share where it would have kept its own."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: install Debian's package `chromium` to run the browser tests")
    data = tmp_path_factory.mktemp("studio")
    there = Workbench("kazakhstan", data, draws=DRAWS)
    keep(known.ledger, there.runs._place("study", there.study()))
    there.close()
    made = Server(data)
    assert made.studied
    yield made
    made.kill()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """Chromium that resolves no name."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        rules = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", rules])
        yield browser
        browser.close()


def comes(page: Any, expression: str, seconds: float = 30.0) -> None:
    """Wait until this is true of a page; asked from here, for the page itself may not be told to run text."""
    for _ in range(int(seconds * 20)):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(50)
    raise AssertionError(expression)


@pytest.fixture
def tab(server: Server, chromium: Any) -> Iterator[Open]:
    """Open a tab; every request must be to this server, nothing may be said on the console, nothing may fail."""
    said: list[str] = []
    contexts: list[Any] = []

    def opened(path: str = "", *, context: Any = None, width: int = 1280, cut: bool = False, **style: Any) -> Any:
        home = context or chromium.new_context(viewport={"width": width, "height": 800}, **style)
        contexts.append(home)
        page = home.new_page()
        told = ("error", "warning") if not cut else ()  # a page that is cut off says so, and should
        page.on("console", lambda m: said.append(m.text) if m.type in told else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda r: None if r.url.startswith((server.base, "data:", "blob:")) else said.append(r.url))
        page.goto(server.base + path)
        page.wait_for_selector(".choices button, .room h1")
        return page

    yield opened
    for home in dict.fromkeys(contexts):
        home.close()
    assert said == []


@pytest.mark.browser
def test_a_stranger_closes_a_corridor_and_is_told_what_why_and_how_sure(tab: Open) -> None:
    """One click: the loss with its range, why, what moved, how sure; the map shows it; undone it is as it was; no other host."""
    page = tab()
    assert "Close a corridor" in page.inner_text("h1")
    page.click("[data-key=close-cpc]")
    page.wait_for_selector(".tale")
    head = page.inner_text("h1")
    assert re.search(r"\d+ \(\d+–\d+\) Mt a year of crude oil.* would find no way out", head)
    assert re.search(r"% \(.*\) of GDP a year", head)
    assert [h.inner_text() for h in page.query_selector_all(".tale h2")] == ["Why", "What moved", "How sure"]
    assert page.evaluate("document.activeElement.dataset.key") == "close-cpc"  # the keyboard is where it was
    assert page.evaluate("getComputedStyle(document.querySelector('.flow path.closed')).strokeDasharray") != "none"
    page.keyboard.press("Control+z")
    page.wait_for_selector(".tale", state="detached")
    page.focus("svg [data-id=btc]")
    page.keyboard.press("Enter")
    page.wait_for_selector(".drawer")
    page.click(".drawer [data-act=close]")
    page.wait_for_selector(".tale")
    assert "all crude oil" in page.inner_text("h1")
    page.keyboard.press("Escape")
    page.wait_for_selector(".drawer", state="detached")
    comes(
        page, "document.activeElement.dataset.id === 'btc'"
    )  # the keyboard goes back to what the drawer was opened from
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.dataset.kind + document.activeElement.tabIndex") == "link0"
    assert page.evaluate("document.activeElement.dataset.id") != "btc"
    assert page.evaluate("document.querySelectorAll('.map [data-kind=link][tabindex=\"0\"]').length") == 1
    page.click("[data-key=compare]")
    page.wait_for_selector(".mapbox.two")
    page.click("[data-key=power-RUS]")
    comes(page, "document.querySelectorAll('.maptitle')[1].textContent.includes('Russia')")


@pytest.mark.browser
def test_a_session_is_saved_reloaded_sent_and_survives_a_kill(tab: Open, server: Server) -> None:
    """Kept by a title that is never markup; saved as it changes; another tab is told, another user sees what was sent alone;
    after kill -9 it is all there."""
    page = tab(cut=True)
    page.click("[data-key=close-cpc]")
    page.wait_for_selector(".tale")
    page.click("[data-key=sessions]")
    page.fill("[name=title]", "<img src=x onerror=alert(1)>")
    page.click(".change [type=submit]")
    page.wait_for_selector(".saved")
    assert "<img src=x" in page.inner_text(".saved")
    assert page.query_selector("img") is None
    page.click("[data-act=send]")
    sent = page.inner_text(".sessions code")
    page.keyboard.press("Escape")
    own = page.url
    other = tab(own.removeprefix(server.base), context=page.context, cut=True)
    page.click("[data-key=power-CHN]")
    comes(page, "document.querySelector('h1').textContent.includes('China')")
    other.click("[data-key=power-AZE]")
    other.wait_for_selector(".notice [data-act=mine]")
    assert "another tab" in other.inner_text(".notice")
    assert "Azerbaijan" in other.inner_text("h1")
    reader = page.context
    page.close()
    other.close()
    server.kill()
    server.start()
    again = tab(own.removeprefix(server.base), context=reader)
    assert "China" in again.inner_text("h1")
    stranger = tab(sent)
    assert "Caspian Pipeline Consortium closed" in stranger.inner_text("h1")
    assert "China" not in stranger.inner_text("h1")
    stranger.goto(own)
    stranger.wait_for_selector(".notice")
    assert "session" in stranger.inner_text(".notice")


@pytest.mark.browser
def test_a_lever_is_built_on_the_map_and_sent_with_its_year(tab: Open, server: Server) -> None:
    """Built, it is drawn in the user's colour and told beside what it keeps; a country opens by a click; the link that is sent
    opens all of it in another browser, and the case with the changes is a zip."""
    page = tab()
    page.click("[data-key=close-cpc]")
    page.wait_for_selector(".tale")
    page.click("[data-key=pull-trans_caspian_pipeline]")
    page.wait_for_selector(".kept")
    assert "without what you build" in page.inner_text(".kept").lower()
    assert page.query_selector(".flow path.built")
    page.focus("[data-key=year]")
    page.keyboard.press("ArrowLeft")
    comes(page, "document.querySelector('.years output').textContent !== '2025'")
    assert "Caspian Pipeline Consortium closed" in page.inner_text("h1")
    page.locator('.land path.state[data-id="RUS"]').first.dispatch_event("click")
    page.wait_for_selector(".drawer")
    assert "Russia" in page.inner_text(".drawer h2")
    assert page.query_selector(".drawer .tree .grade")
    again = tab(page.url.removeprefix(server.base))
    again.wait_for_selector(".kept")
    assert again.inner_text("h1") == page.inner_text("h1")
    assert again.inner_text(".years output") == page.inner_text(".years output")
    with urllib.request.urlopen(server.base + "case.zip" + page.url.removeprefix(server.base)) as answer_:
        assert answer_.read(4) == b"PK\x03\x04"


@pytest.mark.browser
def test_every_room_opens_on_a_desk_and_on_a_telephone(tab: Open) -> None:
    """Each has its heading and something to read, every picture its words, and nothing is wider than the screen."""
    for width, theme in ((1280, "light"), (390, "dark")):
        page = tab(width=width, color_scheme=theme)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for room in ROOMS[1:]:
            page.click(f"[data-key=room-{room}]")
            page.wait_for_selector(f"[data-key=room-{room}][aria-current]", timeout=60_000)
            page.wait_for_selector(".room h1")
            assert page.query_selector(".room table, .room figure, .room .absent"), room
            assert page.query_selector(".wait") is None
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (room, width)
            assert page.evaluate(
                "[...document.querySelectorAll('.room figure svg')].every((s) => s.getAttribute('aria-label'))"
            )


@pytest.mark.browser
def test_what_is_on_the_screen_can_be_taken_away(tab: Open, server: Server) -> None:
    """The map and a table as files, the screen as a brief that stands by itself; sources are narrowed and traced."""
    page = tab()
    page.click("[data-key=close-btc]")
    page.wait_for_selector(".tale")
    kinds = {"map.svg": b"<svg", "map.png": b"\x89PNG", "map.csv": b"measure,"}
    links = {
        a.get_attribute("href").split("?")[0].split("/")[-1]: a.get_attribute("href")
        for a in page.query_selector_all(".save a")
    }
    for name, begins in kinds.items():
        with urllib.request.urlopen(server.base + links[name]) as answer:
            assert answer.read().startswith(begins), name
    with urllib.request.urlopen(
        server.base + page.get_attribute("[data-key=brief]", "href").replace("&amp;", "&")
    ) as answer:
        brief = answer.read().decode()
    assert "Aktau-Baku and Baku-Tbilisi-Ceyhan closed" in brief
    assert "<script src" not in brief
    page.click("[data-key=room-sources]")
    page.wait_for_selector(".filters")
    page.fill("[name=text]", "capacity_mass cpc_spm technical")
    comes(page, "document.querySelectorAll('.facts tbody tr').length < 40")
    page.click(".facts .fig >> nth=0")
    page.wait_for_selector(".drawer .tree")
    assert "grade" in page.inner_text(".drawer")


@pytest.mark.browser
def test_it_speaks_kazakh_and_russian(tab: Open) -> None:
    """The language that is chosen is kept, with its own decimal comma."""
    page = tab(locale="ru-RU")
    assert page.get_attribute("html", "lang") == "ru"
    page.click("[data-key=power-RUS]")
    page.wait_for_selector(".tale")
    assert "Россия" in page.inner_text("h1")
    assert re.search(r"\d,\d % \(", page.inner_text("h1"))
    page.select_option("[data-key=language]", "kk")
    comes(page, "document.documentElement.lang === 'kk'")
    page.reload()
    page.wait_for_selector(".tale")
    assert "Ресей" in page.inner_text("h1")
