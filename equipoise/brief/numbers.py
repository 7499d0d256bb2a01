"""How figures are written: no more digits than the figure can bear, the unit always beside it."""

from __future__ import annotations

from math import floor, isfinite, log10

__all__ = ["DERIVED", "GIVEN", "amount", "in_words", "unit_word"]

_WORDS = {
    "% GDP/y": "% of GDP a year", "bln USD/y": "bn USD a year", "bln USD": "bn USD", "mln USD": "mn USD", "Mt/y": "Mt a year",
    "tU/y": "tU a year", "kTEU/y": "kTEU a year", "bcm/y": "bcm a year", "fraction": "%", "0-1": "", "count": "",
    "ideal-point units": "", "mln TIV": "mn TIV", "% GDP": "% of GDP", "mln": "mn", "0-100": "", "0-5": "",
    "km3/y": "km³ a year", "km3": "km³", "local currency/USD": "per USD", "mln USD/y": "mn USD a year",
    "USD/person/y": "USD a person a year", "events/y": "a year",
}  # fmt: skip
DERIVED, FINER, GIVEN = 2, 3, 5
"""Significant digits of a figure that was modelled, of one whose band is too narrow for those, and of one that was read."""


def unit_word(unit: str) -> str:
    """A unit as a reader would say it.

    >>> unit_word("% GDP/y")
    '% of GDP a year'
    """
    return _WORDS.get(unit, unit)


def amount(value: float, digits: int = DERIVED, most: int = 6) -> str:
    """A number with so many significant digits, at most ``most`` decimals, thousands apart, no sign on nothing.

    >>> amount(11.37), amount(0.0374), amount(74.9), amount(9000.0), amount(-0.0), amount(1234.5, 3)
    ('11', '0.037', '75', '9,000', '0', '1,230')
    >>> amount(0.0004, most=2), amount(2.0, 5), amount(0.0998), amount(0.0096, most=2), amount(104.7)
    ('<0.01', '2', '0.10', '0.01', '105')
    """
    if not isfinite(value):
        return "n/a"
    if value == 0:
        return "0"
    places = _places(value, digits, most)
    rounded = round(value, places)
    if rounded == 0:
        return f"{'<' if value > 0 else '>−'}{10**-most:.{most}f}"
    text = f"{rounded:,.{max(0, places)}f}"
    if digits > FINER and "." in text:  # a figure that was read keeps the digits it was printed with, and no more
        text = text.rstrip("0").rstrip(".")
    return text.replace("-", "−")


def _places(value: float, digits: int, most: int) -> int:
    """Decimals of a number that has so many significant digits; below zero where it is rounded to tens."""
    digits = max(digits, 3) if abs(value) >= 100 else digits  # 105, not 100
    places = digits - 1 - floor(log10(abs(value)))
    grown = floor(log10(abs(round(value, places)))) > floor(log10(abs(value)))  # 0.0998 becomes 0.10, not 0.100
    return min(places - grown, most)


def in_words(value: float, low: float | None, high: float | None, unit: str, digits: int = DERIVED) -> tuple[str, str]:
    """A figure and its range as text; the range is empty where it rounds to the figure. Fractions become per cents.

    A modelled figure has two digits, and a third where two would hide most of its band.

    >>> in_words(0.9631, 0.95, 0.97, "fraction"), in_words(11.37, 10.75, 11.69, "% GDP/y")
    (('96', '95–97'), ('11.4', '10.8–11.7'))
    """
    factor = 100.0 if unit == "fraction" else 1.0
    most = 2 if unit == "fraction" or unit.startswith("%") else 6
    if digits == DERIVED and low is not None and high is not None and value and high > low:
        step = 10.0 ** -_places(value * factor, digits, most)
        digits = FINER if step > factor * (high - low) / 2 else digits
    text = amount(value * factor, digits, most)
    if low is None or high is None or low == high:
        return text, ""
    fine = max(0, _places(value * factor, digits, most)) if value else most  # its ends are no finer than the figure
    ends = [amount(end * factor, digits, fine) for end in (low, high)]
    if ends[0] == ends[1] == text:
        return text, ""
    between = " to " if any(end[0] in "−<>" for end in ends) else "–"
    return text, between.join(ends)
