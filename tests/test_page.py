"""The page in a real browser: on a desk, on a telephone, by keyboard, on paper."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from equipoise.brief import write
from equipoise.case import Case

pytestmark = pytest.mark.browser
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
WIDTHS = (1280, 768, 390)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium, or a loud skip."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: install Debian's package `chromium` to run the browser tests")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def page_file(known: Case, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The brief of the bundled case."""
    return write(known, tmp_path_factory.mktemp("brief") / "brief.html")


@pytest.fixture(params=WIDTHS)
def page(request: pytest.FixtureRequest, browser: Any, page_file: Path) -> Iterator[Any]:
    """The brief in a window; whatever it complains of or asks for is noted."""
    opened = browser.new_page(viewport={"width": request.param, "height": 900})
    opened.complaints = []
    opened.on("console", lambda message: opened.complaints.append(message.text) if message.type == "error" else None)
    opened.on("pageerror", lambda error: opened.complaints.append(str(error)))
    opened.on(
        "request",
        lambda asked: opened.complaints.append(asked.url) if not asked.url.startswith(("file:", "data:")) else None,
    )
    opened.goto(page_file.as_uri())
    yield opened
    opened.close()


def test_it_opens_without_a_complaint_or_a_request(page: Any) -> None:
    """No error in the console and nothing asked of the network."""
    assert page.complaints == []
    assert page.title().startswith("Kazakhstan")


def test_nothing_runs_off_the_side(page: Any) -> None:
    """At every width the page is as wide as the window; only tables may scroll in their own frame."""
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= page.viewport_size["width"]


def test_one_picture_of_each_is_shown_and_told(page: Any) -> None:
    """Each chart is shown once, wide or narrow, with its words for those who do not see it."""
    seen = page.evaluate("""() => [...document.querySelectorAll('figure')].map(f =>
        [...f.querySelectorAll('svg[role=img]')].map(s => [s.getAttribute('aria-label'), s.getBoundingClientRect().width])
            .filter(s => s[1] > 0))""")
    assert len(seen) >= 5
    for pictures in seen:
        assert len(pictures) == 1
        label, width = pictures[0]
        assert len(label) > 40
        assert 200 < width <= page.viewport_size["width"]


def test_a_source_is_shown_by_keyboard_and_hidden_again(page: Any) -> None:
    """Tab reaches the first figure, its source appears beside it within the window; Escape takes it away."""
    for _ in range(2):  # the link past the masthead, then the first figure
        page.keyboard.press("Tab")
    shown = page.evaluate("""() => {
        const tip = document.getElementById('tip'), a = document.activeElement;
        const t = tip.getBoundingClientRect(), b = a.getBoundingClientRect();
        return {name: a.className, told: a.getAttribute('aria-describedby'), words: tip.textContent,
            inside: t.left >= 0 && t.right <= innerWidth && t.height > 60, clear: t.top >= b.bottom || t.bottom <= b.top};
    }""")
    assert "fig" in shown["name"]
    assert shown["told"] == "tip"
    assert "equipoise trace" in shown["words"]
    assert "Sources" in shown["words"]
    assert shown["inside"]
    assert shown["clear"]
    page.keyboard.press("Escape")
    assert page.locator("#tip").is_hidden()


def test_a_source_is_shown_on_hover(page: Any) -> None:
    """Pointing at a figure of a table shows the same."""
    figure = page.locator("section#withdrawal td a.fig").first
    figure.scroll_into_view_if_needed()
    figure.hover()
    assert page.locator("#tip").is_visible()


def test_the_numbers_behind_a_picture_can_be_opened(page: Any) -> None:
    """Every chart but the fit, whose numbers stand below it, opens to the table behind it."""
    details = page.locator("figure details")
    assert details.count() >= 4
    details.first.locator("summary").click()
    assert details.first.locator("table").is_visible()


def test_headings_are_in_order_and_names_are_unique(page: Any) -> None:
    """A screen reader can walk the page: levels without gaps, each id once, every table with a name."""
    levels = page.evaluate("() => [...document.querySelectorAll('h1,h2,h3')].map(h => +h.tagName[1])")
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    ids = page.evaluate("() => [...document.querySelectorAll('[id]')].map(e => e.id)")
    assert len(ids) == len(set(ids))
    assert page.evaluate("() => [...document.querySelectorAll('table')].every(t => t.getAttribute('aria-label'))")


def test_every_note_that_is_pointed_to_is_there(page: Any) -> None:
    """Each small number leads somewhere."""
    lost = page.evaluate("""() => [...document.querySelectorAll('a.fig')]
        .filter(a => !document.querySelector(a.getAttribute('href'))).length""")
    assert lost == 0


def test_on_paper_the_notes_are_numbered_and_nothing_floats(browser: Any, page_file: Path, tmp_path: Path) -> None:
    """Printed from the browser, the small numbers and the notes are there and the navigation is not."""
    opened = browser.new_page()
    opened.goto(page_file.as_uri())
    opened.emulate_media(media="print")
    assert not opened.locator("nav").is_visible()
    assert opened.locator(".notes li").count() > 50
    data = opened.pdf(path=tmp_path / "print.pdf", format="A4")
    assert data.startswith(b"%PDF-")
    opened.close()


def test_the_text_can_be_read(page: Any) -> None:
    """Text stands out from its ground by at least 4.5 to 1 (WCAG AA), measured on what the browser computed."""
    worst = page.evaluate("""() => {
      const lum = c => { const v = c.map(x => { x /= 255; return x <= .03928 ? x / 12.92 : ((x + .055) / 1.055) ** 2.4; });
        return .2126 * v[0] + .7152 * v[1] + .0722 * v[2]; };
      const rgb = s => s.match(/[\\d.]+/g).slice(0, 3).map(Number);
      let worst = 99, what = '';
      for (const e of document.querySelectorAll('p, li, td, th, h1, h2, h3, dt, figcaption, .range, sup, a')) {
        const words = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim().length > 1);
        const box = e.getBoundingClientRect(), style = getComputedStyle(e);
        if (!words || !box.width || e.closest('svg') || e.matches('.missing, .skip')) continue;
        const a = lum(rgb(style.color)), b = lum([251, 250, 246]);
        const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
        if (ratio < worst) { worst = ratio; what = e.className + ' ' + e.tagName; }
      }
      return [worst, what];
    }""")
    assert worst[0] >= 4.5, worst
