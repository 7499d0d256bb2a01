"""Setting a document as one self-contained page: no network, readable by keyboard, on a telephone and on paper."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from typing import Any

from equipoise import memory
from equipoise.brief.charts import render_svg
from equipoise.brief.document import Chart, Document

__all__ = ["to_html"]


def to_html(document: Document) -> str:
    """The page, whole."""
    from jinja2 import Environment
    from markupsafe import Markup

    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.globals["heat"] = _heat
    charts = [block for section in document.sections for block in section.blocks if isinstance(block, Chart)]
    drawn = iter(_drawn([spec for chart in charts for _, spec in _widths(chart)]))
    pictures = {
        chart.id: tuple(Markup(_svg(next(drawn), chart.told, f"{chart.id}-{width}")) for width, _ in _widths(chart))  # noqa: S704
        for chart in charts
    }
    facts = json.dumps(document.facts, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    return environment.from_string(_asset("page.html.j2")).render(
        doc=document,
        pictures=pictures,
        facts=Markup(facts),  # noqa: S704 - JSON, in which no tag can open
        style=Markup(_asset("page.css")),  # noqa: S704
        script=Markup(_asset("page.js")),  # noqa: S704
    )


def _widths(chart: Chart) -> tuple[tuple[str, Any], tuple[str, Any]]:
    return ("wide", chart.wide), ("narrow", chart.narrow)


def _drawn(specs: Sequence[Any]) -> list[str]:
    """The pictures of a page, drawn once: the same descriptions give the same pictures, which take most of its time."""
    import polars as pl

    text = json.dumps([specs, version("vl-convert-python")], sort_keys=True, default=str)
    name = f"pictures-{hashlib.sha256(text.encode()).hexdigest()[:32]}"
    if kept := memory.recall(name):
        return [str(picture) for picture in kept["pictures"]["svg"].to_list()]
    made = [render_svg(spec) for spec in specs]
    memory.keep(name, {"pictures": pl.DataFrame({"svg": made}, schema={"svg": pl.String})})
    return made


def _svg(drawn: str, told: str, name: str) -> str:
    """A picture that tells a screen reader what it shows, once; the names inside it are its own on the page."""
    from markupsafe import escape

    picture = re.sub(r"\bclip(\d+)\b", rf"{name}-\1", drawn)
    first = {number: i for i, number in enumerate(dict.fromkeys(re.findall(rf"\b{name}-(\d+)\b", picture)))}
    picture = re.sub(rf"\b{name}-(\d+)\b", lambda found: f"{name}-{first[found.group(1)]}", picture)
    return picture.replace("<svg ", f'<svg role="img" aria-label="{escape(told)}" ', 1)


def _heat(value: float) -> str:
    """Warm where losses compound, cool where they overlap; the number stands in the cell beside the colour."""
    strength = min(1.0, abs(value) / 3.0) ** 0.6
    return f"rgb({'166 63 53' if value > 0 else '47 91 147'} / {0.08 + 0.30 * strength:.2f})"


@cache
def _asset(name: str) -> str:
    return files("equipoise").joinpath("brief", name).read_text(encoding="utf-8")
