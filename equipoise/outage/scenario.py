"""What is closed, how far, and when: the windows of an outage, as a user writes them and as the register holds them."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from equipoise.case import Case, Layout
from equipoise.errors import InputError

__all__ = ["Outage", "Window", "outage_of", "outages_of", "parse_window"]

SYNTAX = "LINK[=SHARE][@FROM-TO], as cpc_spm=0.67 or cpc_spm=0.5@30-40"
_WINDOW = re.compile(r"(?P<link>[^=@]+)(=(?P<share>[^@]*))?(@(?P<from>[^-]*)-(?P<to>.*))?")
LONGEST = 3660
"""Days that an outage may last: ten years; whoever asks for more has another question."""


@dataclass(frozen=True, slots=True)
class Window:
    """A share in [0, 1] of a link closed from the beginning of day ``first`` to that of day ``last``, counted from 0."""

    link: str
    share: float
    first: int
    last: int

    def __str__(self) -> str:
        return f"{self.link}={self.share:g}@{self.first}-{self.last}"


@dataclass(frozen=True, slots=True)
class Outage:
    """Windows on the links of one commodity, on the network of a year. ``month`` (1-12) in which day 0 lies, 0 for an
    average month; ``role`` says what it is for: ``standing`` in the brief, ``check``, ``calibration`` or ``announced`` as the
    replay of an episode, ``asked`` by a user."""

    id: str
    windows: tuple[Window, ...]
    days: int
    commodity: str
    year: int
    reading: str = "contract"
    month: int = 0
    role: str = "asked"
    episode: str = ""

    @property
    def links(self) -> tuple[str, ...]:
        """The links that are closed, each once, in order."""
        return tuple(dict.fromkeys(window.link for window in self.windows))

    @property
    def key(self) -> str:
        """The period of its facts: the year of the network and the days."""
        return f"{self.year}+{self.days}d"

    def closed(self, day: int) -> dict[str, float]:
        """The share of each link that is closed on a day. Where windows overlap the widest closure binds, not the sum.

        >>> Outage("x", (Window("a", 0.5, 0, 9), Window("a", 0.3, 2, 4)), 9, "oil", 2025).closed(3)
        {'a': 0.5}
        """
        shares: dict[str, float] = {}
        for window in self.windows:
            if window.first <= day < window.last and window.share > 0:
                shares[window.link] = max(window.share, shares.get(window.link, 0.0))
        return shares


def parse_window(text: str, days: int) -> Window:
    """A window as a user writes it: ``LINK[=SHARE][@FROM-TO]``; all of the link, and all of the days, where not said.

    Raises
    ------
    InputError
        It is not written so, the share is not in 0-1, or the days lie outside the outage.

    >>> parse_window("cpc_spm=0.67", 57)
    Window(link='cpc_spm', share=0.67, first=0, last=57)
    >>> str(parse_window("cpc_spm@30-40", 57))
    'cpc_spm=1@30-40'
    """
    found = _WINDOW.fullmatch(text.strip())
    if not found:
        raise InputError("--close", found=repr(text), allowed=SYNTAX)
    share = _number(found["share"], "1", text)
    if not 0.0 <= share <= 1.0:
        raise InputError(
            "share closed", found=f"{share:g} in {text}", allowed="0 to 1", remedy="two thirds are written 0.67"
        )
    first, last = _number(found["from"], "0", text), _number(found["to"], str(days), text)
    if not (first.is_integer() and last.is_integer() and 0 <= first < last <= days):
        raise InputError(
            "days of a window", found=text, allowed=f"whole days FROM-TO with 0 <= FROM < TO <= {days}, the days in all"
        )
    return Window(found["link"].strip(), share, int(first), int(last))


def _number(text: str | None, otherwise: str, whole: str) -> float:
    try:
        number = float(otherwise if text is None else text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise InputError("--close", found=repr(whole), allowed=SYNTAX)
    return number


def outage_of(
    case: Case,
    closures: Sequence[str],
    days: int,
    *,
    id: str = "shock",
    year: int = 0,
    reading: str = "contract",
    month: int = 0,
    role: str = "asked",
    episode: str = "",
) -> Outage:
    """The outage that these closures mean, on the network of a year (0: the last year that is known).

    Raises
    ------
    InputError
        No closure, days that are none, a link that does not exist (the nearest are named) or whose commodity has no network,
        links of several commodities, an unknown year, reading or month.
    """
    if not 0 < days <= LONGEST:
        raise InputError("--days", found=days, allowed=f"1 to {LONGEST}")
    if reading not in ("contract", "technical"):
        raise InputError("--reading", found=reading, allowed="contract, technical")
    if not 0 <= month <= 12:
        raise InputError("--month", found=month, allowed="1 to 12, or 0 for an average month")
    if not closures:
        raise InputError("--close", found="nothing", allowed=SYNTAX)
    windows = tuple(parse_window(text, days) for text in closures)
    layout = Layout(case)
    commodity_of = {row["link"]: row["commodity"] for row in layout.links}
    for window in windows:
        if window.link not in commodity_of:
            near = get_close_matches(window.link, commodity_of, n=4, cutoff=0.4) or sorted(commodity_of)[:4]
            raise InputError("link", found=window.link, allowed=f"a link of the case; nearest: {', '.join(near)}")
    commodities = sorted({commodity_of[window.link] for window in windows})
    if len(commodities) > 1:
        raise InputError("links", found=f"of {' and '.join(commodities)}", allowed="links of one commodity at a time")
    known = _years(case, layout, commodities[0])
    if not known:
        solved = [name for name in layout.commodities if _years(case, layout, name)]
        raise InputError(
            "link", found=f"{windows[0].link}, of {commodities[0]}, which has no network with supply and demand",
            allowed=f"links of {', '.join(solved)}",
        )  # fmt: skip
    last = int(layout.commodities[commodities[0]]["base_year"])
    if (year or last) not in known:
        raise InputError("--year", found=year, allowed=f"{', '.join(map(str, known))} for {commodities[0]}")
    return Outage(id, windows, days, commodities[0], year or last, reading, month, role, episode)


def _years(case: Case, layout: Layout, commodity: str) -> list[int]:
    """Years, up to the base year, whose supply of a commodity is known."""
    row = layout.commodities[commodity]
    if not row["base_year"]:
        return []
    periods = case.view(f"supply_{row['quantity']}", item=list(layout.grades(commodity)))["period"].cast(str).unique()
    return sorted(int(p) for p in periods.to_list() if p.isdigit() and int(p) <= int(row["base_year"]))


def outages_of(case: Case) -> list[Outage]:
    """The outages of the register; a replay comes twice where its own year is known too: with what was known before it, and
    with the inputs of the year itself, which tells an error of the model from one of foresight."""
    found: list[Outage] = []
    for row in case.table("outages").iter_rows(named=True):
        for year in dict.fromkeys(filter(None, (row["year"], row["own_year"]))):
            found.append(
                outage_of(
                    case,
                    row["closures"].split(";"),
                    int(row["days"]),
                    id=row["outage"],
                    year=int(year),
                    reading=row["reading"],
                    month=int(row["month"] or 0),
                    role=row["role"],
                    episode=row["episode"],
                )
            )
    return found
