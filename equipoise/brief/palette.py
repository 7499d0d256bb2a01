"""Colours of the document. A controller keeps its colour in every picture; nothing is told by colour alone."""

from __future__ import annotations

__all__ = ["INK", "LAND", "MUTED", "PAPER", "RULE", "SEA", "colour", "config"]

INK, MUTED, RULE, PAPER = "#1d252b", "#5d6a72", "#d8d3c7", "#fbfaf6"
LAND, LAND_HOME, SEA, BORDER = "#f0ebdf", "#e3dcc8", "#e4ecee", "#c9c2b2"

_COLOURS = {
    "RUS": "#a63f35", "CHN": "#c2902c", "EU": "#2f5b93", "USA": "#5b4a86", "GBR": "#7d6bb0", "TUR": "#1f7a78",
    "AZE": "#3d9a8b", "GEO": "#7bb8a4", "UZB": "#6f8f3f", "KAZ": "#4a5a66", "IRN": "#8a6d4b", "TKM": "#9aa66a",
    "DEU": "#4a78b5", "FRA": "#7397c7", "ITA": "#8fb0d6",
}  # fmt: skip
_SPARE = ("#7a8790", "#9a8f7d", "#b08d8d", "#86a0a8", "#a39ab8")
FONT = "Inter, 'Source Sans 3', 'Helvetica Neue', Arial, 'Liberation Sans', sans-serif"


def colour(actor: str) -> str:
    """The colour of an actor; one of a few quiet ones, always the same, for those without their own.

    >>> colour("RUS")
    '#a63f35'
    """
    return _COLOURS.get(actor) or _SPARE[sum(actor.encode()) % len(_SPARE)]


def config() -> dict[str, object]:
    """The look of every chart."""
    axis = {"labelColor": MUTED, "titleColor": MUTED, "gridColor": "#e8e4da", "domainColor": RULE, "tickColor": RULE,
            "labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal", "labelFont": FONT,
            "titleFont": FONT}  # fmt: skip
    return {
        "font": FONT,
        "background": "transparent",
        "view": {"stroke": None},
        "axis": axis,
        "legend": {
            "labelFontSize": 12,
            "titleFontSize": 12,
            "labelColor": INK,
            "titleColor": MUTED,
            "titleFontWeight": "normal",
        },
        "header": {
            "labelFontSize": 13,
            "labelColor": INK,
            "labelFontWeight": "bold",
            "titleColor": MUTED,
            "labelFont": FONT,
        },
        "text": {"font": FONT},
    }
