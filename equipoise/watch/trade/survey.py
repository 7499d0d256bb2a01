"""What stands in a file before any of it is used: every key judged once, every fault counted and named.

Nothing is dropped without a count. A row that cannot be used is set aside with its reason; what is missing is said.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import polars as pl

from equipoise.errors import Fault
from equipoise.watch.trade.countries import state_of
from equipoise.watch.trade.layouts import Source

__all__ = ["Counted", "Survey", "as_word", "both_grains", "period_of", "product_of", "survey"]

T = TypeVar("T")

FLOWS = {
    "x": 0, "export": 0, "exports": 0, "2": 0, "e": 0, "m": 1, "import": 1, "imports": 1, "1": 1, "i": 1,
    "rx": 2, "re-export": 2, "3": 2, "rm": 2, "re-import": 2, "4": 2, "dx": 2, "fx": 2, "fm": 2, "mip": 2, "mop": 2,
    "xip": 2, "xop": 2,
}  # fmt: skip
"""0 exports, 1 imports, 2 parts of the two that would be counted twice."""
CURRENCIES = ("USD", "EUR")
THIN = 0.5
"""A last month with fewer rows than this share of the months before it is partial."""
_PERIOD = re.compile(r"(\d{4})(?:[-/]?M?(0[1-9]|1[0-2]|52|00))?(?:[-/]?\d{2})?(?:[T ].*)?")


@dataclass(frozen=True, slots=True)
class Counted:
    """A fault with the number of rows that have it and what was done: ``set aside``, ``used`` or ``missing``."""

    fault: Fault
    rows: int
    done: str
    reason: str


@dataclass(frozen=True, slots=True)
class Survey:
    """A file with its keys judged: raw reporters and partners to states, raw flows to 0 or 1, raw periods to ``yyyymm``, raw
    products to codes; the rows in all, the faults; and the months of reporters that are not whole."""

    source: Source
    rows: int
    states: Mapping[str, str]
    flows: Mapping[str, int]
    periods: Mapping[str, int]
    products: Mapping[str, str]
    currencies: Mapping[str, str]
    faults: tuple[Counted, ...]
    partial: tuple[tuple[str, int], ...] = ()
    reporters: Mapping[str, frozenset[int]] | None = None


def period_of(text: str) -> int | None:
    """A period as ``yyyymm``, month 0 for a year.

    >>> period_of("2023-04"), period_of("202304"), period_of("2023"), period_of("202352"), period_of("April")
    (202304, 202304, 202300, 202300, None)
    """
    found = _PERIOD.fullmatch(text.strip())
    if not found:
        return None
    month = int(found[2] or 0)
    return int(found[1]) * 100 + (month if month <= 12 else 0)


def _currency(text: str) -> str | None:
    """A currency that can be turned into dollars."""
    return text.strip() if text.strip() in CURRENCIES else None


def product_of(text: str, level: int) -> str:
    """A product at so many figures, empty where it is coarser than that or an aggregate; other names stand as they are.

    >>> product_of("85423190", 6), product_of("8542", 6), product_of("nsc.cars", 6), product_of("TOTAL", 6)
    ('854231', '', 'nsc.cars', '')
    """
    plain = text.strip()
    if plain.isdigit():
        padded = plain.zfill(len(plain) + len(plain) % 2)  # BACI drops the first nought
        return padded[:level] if len(padded) >= level else ""
    return "" if plain.upper() in ("TOTAL", "ALL", "AG2", "AG4", "AG6") else plain


BEGUN = ("852589", "854149", "854151", "854159", "854800", "880730")
"""Goods of the common high-priority list whose code HS 2022 begins; the correspondence tables of the UN Statistics Division (HS
2022 to HS 2017 and to HS 2012) join each with several codes, or an older code with several of today."""


def survey(source: Source, level: int = 6, own: frozenset[str] = frozenset()) -> Survey:
    """Judge the keys of a file, streaming over it once."""
    scan = source.scan()
    rows = scan.filter(~pl.col("part"))
    asked = [name for name in ("partner", "product", "currency", "revision") if source.held(name)]
    void, text = pl.col("value").is_null(), pl.col("text")
    sums = scan.select(
        pl.len().alias("rows"), pl.col("part").sum(), (pl.col("value") < 0).sum().alias("negative"),
        (void & text).sum().alias("text"), (void & ~text).sum().alias("empty"),
    )  # fmt: skip
    groups = [rows.group_by("reporter", "period", "flow").len(), *(rows.group_by(name).len() for name in asked)]
    *found, sums_found = pl.collect_all([*groups, sums], engine="streaming")
    reporters, others = found[0], dict(zip(asked, found[1:], strict=True))
    judge = _Judge(source)
    total = sums_found.row(0, named=True)
    fixed = {name: {source.layout.fixed.get(name, ""): int(total["rows"])} for name in ("currency", "revision")}
    counts = fixed | {name: _counts(frame, name) for name, frame in others.items()}
    judge.number("value", total["negative"], "a negative value", "0 or more", "negative", pl.col("value") < 0)
    judge.number("value", total["text"], "text", "a number with a point", "no number", void & text)
    judge.number("value", total["empty"], "no value", "a number; missing is never zero", "empty", void & ~text)
    judge.whole(total["part"], "parts of totals that stand beside them", "the totals", "part of a total")
    states = judge.states(_counts(reporters, "reporter"), counts["partner"], own)
    flows = judge.flows(_counts(reporters, "flow"))
    periods = judge.mapped("period", _counts(reporters, "period"), period_of, "YYYY-MM, YYYYMM or YYYY")
    named = judge.products(counts["product"], level)
    known = judge.mapped("currency", counts["currency"], _currency, ", ".join(CURRENCIES), absent="USD")
    judge.revisions(counts["revision"])
    whole = _whole(reporters, states, periods)
    partial = judge.partial(whole)
    return Survey(
        source, int(total["rows"]), states, flows, periods, named, known, tuple(judge.found), partial,
        {state: frozenset(months) for state, months in whole.items()},
    )  # fmt: skip


def _counts(frame: pl.DataFrame, column: str) -> dict[str, int]:
    """Rows by the raw words of a column; an empty cell is the empty word."""
    grouped = frame.group_by(as_word(column)).agg(pl.col("len").sum()).sort(column)
    return {str(word): int(rows) for word, rows in grouped.iter_rows()}


def as_word(column: str) -> pl.Expr:
    """A key as the word that stands for it here, whatever its type in the file."""
    return pl.col(column).cast(pl.String).fill_null("")


def _whole(frame: pl.DataFrame, states: Mapping[str, str], periods: Mapping[str, int]) -> dict[str, dict[int, int]]:
    """Rows of each reporter by period."""
    made: dict[str, dict[int, int]] = {}
    for reporter, period, rows in frame.select(as_word("reporter"), as_word("period"), "len").iter_rows():
        state, month = states.get(reporter), periods.get(period)
        if state and month is not None:
            held = made.setdefault(state, {})
            held[month] = held.get(month, 0) + int(rows)
    return made


class _Judge:
    """Collects what is wrong with one file."""

    def __init__(self, source: Source) -> None:
        self.source, self.found = source, list[Counted]()

    def add(
        self, column: str, rows: int, found: str, allowed: str, remedy: str, reason: str, done: str, row: int = 0
    ) -> None:
        """One more fault, if any row has it."""
        if rows:
            fault = Fault(self.source.path.name, row, column, found, allowed, remedy)
            self.found.append(Counted(fault, rows, done, reason))

    def number(self, column: str, rows: int, found: str, allowed: str, reason: str, wrong: pl.Expr) -> None:
        """Values that cannot be used, with the first row that has one."""
        if not rows:
            return
        first = self.source.scan().with_row_index("_row", offset=self.source.first_row).filter(wrong).head(1)
        shown = first.select("_row", "value").collect(engine="streaming").row(0)
        seen = f"{found} ({shown[1]:g})" if shown[1] is not None else found
        self.add(column, rows, seen, allowed, "Ask the publisher, or mend the row.", reason, "set aside", int(shown[0]))

    def whole(self, rows: int, found: str, allowed: str, reason: str) -> None:
        """Rows of a kind that is left out on purpose."""
        self.add("", rows, found, allowed, "Nothing: they would be counted twice.", reason, "set aside")

    def mapped(
        self,
        column: str,
        counts: Mapping[str, int],
        read: Callable[[str], T | None],
        allowed: str,
        absent: T | None = None,
    ) -> dict[str, T]:
        """The words of a column that can be read; the others are set aside by name."""
        made = {word: meaning for word in counts if (meaning := read(word) if word else absent) is not None}
        self.unknown(column, {word: rows for word, rows in counts.items() if word not in made}, allowed, "Write it so.")
        return made

    def flows(self, counts: Mapping[str, int]) -> dict[str, int]:
        """Exports and imports; re-exports and re-imports are parts of them."""
        made = self.mapped("flow", counts, lambda word: FLOWS.get(word.strip().lower()), "X, M, export or import")
        parts = sum(counts[word] for word, meaning in made.items() if meaning == 2)
        self.whole(parts, "flows that are parts of exports or imports", "exports and imports", "part of a total")
        return {word: meaning for word, meaning in made.items() if meaning != 2}

    def states(self, reporters: Mapping[str, int], partners: Mapping[str, int], own: frozenset[str]) -> dict[str, str]:
        """Every word for a state; names are read and counted, what is no state is set aside by name."""
        made: dict[str, str] = {}
        by_name: dict[str, int] = {}
        for column, counts in (("reporter", reporters), ("partner", partners)):
            strange = {}
            for word, rows in counts.items():
                state, named = state_of(word, own)
                if state:
                    made[word] = state
                    by_name |= {word: by_name.get(word, 0) + rows} if named else {}
                else:
                    strange[word] = rows
            remedy = "Write the code of the state; groups of states are no states."
            self.unknown(column, strange, "ISO 3166 codes, or numbers of the UN", remedy)
        shown = _few(by_name)
        remedy = "Codes are safer: names change."
        self.add(
            "reporter, partner", sum(by_name.values()), f"names of states: {shown}", "codes", remedy, "by name", "used"
        )
        return made

    def unknown(self, column: str, counts: Mapping[str, int], allowed: str, remedy: str) -> None:
        """Words that cannot be read, told together with the first row that has one."""
        if counts:
            wrong = as_word(column).is_in(list(counts))
            found = self.source.scan().with_row_index("_row", offset=self.source.first_row).filter(wrong).head(1)
            rows = found.select("_row").collect(engine="streaming")
            self.add(column, sum(counts.values()), _few(counts), allowed, remedy, f"unknown {column}", "set aside",
                     int(rows.item()) if rows.height else 0)  # fmt: skip

    def products(self, counts: Mapping[str, int], level: int) -> dict[str, str]:
        """Products at one level; coarser codes would be counted twice, unless the file has nothing finer."""
        finest = max((len(word) + len(word) % 2 for word in map(str.strip, counts) if word.isdigit()), default=level)
        made = {word: code for word in counts if word and (code := product_of(word, min(level, finest)))}
        if not made:  # totals are all that there is
            made = {word: word.strip().upper() for word in counts if word}
        aside = sum(rows for word, rows in counts.items() if word not in made)
        self.whole(aside, "headings coarser than the rest", f"codes of {min(level, finest)} figures", "part of a total")
        return made

    def revisions(self, counts: Mapping[str, int]) -> None:
        """Classifications that are mixed: a code may change its meaning, or begin."""
        named = [word for word in counts if word]
        if len(named) > 1:
            remedy = (
                "A code that begins with a revision has no past here and is not judged; convert the file to follow it. Of the "
                f"goods on the common list {', '.join(BEGUN)} begin with HS 2022; no older code is one to one with any of them, "
                "so that none is converted; the other goods of the list keep their codes from HS 2012 on."
            )
            self.add("revision", sum(counts.values()), ", ".join(named), "one revision of the classification", remedy,
                     "mixed revisions", "used")  # fmt: skip

    def partial(self, whole: Mapping[str, Mapping[int, int]]) -> tuple[tuple[str, int], ...]:
        """Last months of reporters that have far fewer rows than those before; they are not whole and would look like a fall."""
        found = []
        for state, months in sorted(whole.items()):
            ordered = sorted(month for month in months if month % 100)
            if len(ordered) < 6:
                continue
            before = sorted(months[month] for month in ordered[-13:-1])
            usual, last = before[len(before) // 2], ordered[-1]
            if months[last] < THIN * usual and usual >= 10:
                found.append((state, last))
                remedy = "Wait for the whole month."
                seen = f"{state} {last // 100}-{last % 100:02d} with {months[last]} rows, usually {usual}"
                self.add("period", months[last], seen, "whole months", remedy, "partial month", "set aside")
        return tuple(found)


def _few(words: Mapping[str, int], most: int = 5) -> str:
    """The commonest words, and how many more there are."""
    ranked = sorted(words, key=lambda word: (-words[word], word))
    more = f" and {len(ranked) - most} more" if len(ranked) > most else ""
    return ", ".join(repr(word) for word in ranked[:most]) + more


def both_grains(surveys: Sequence[Survey]) -> list[Survey]:
    """Months or years, not both: where a list of files has months, rows of years are set aside and counted by the caller."""
    monthly = any(month % 100 for one in surveys for month in one.periods.values())
    if not monthly:
        return list(surveys)
    made = []
    for one in surveys:
        kept = {word: month for word, month in one.periods.items() if month % 100}
        faults = one.faults
        if len(kept) < len(one.periods):
            years = ", ".join(word for word in one.periods if word not in kept)
            fault = Fault(
                one.source.path.name, 0, "period", f"years beside months: {years}", "months alone", "Give years alone."
            )
            rows = (
                one.source.scan()
                .filter(pl.col("period").is_in([w for w in one.periods if w not in kept]))
                .select(pl.len())
            )
            faults = (
                *faults,
                Counted(fault, int(rows.collect(engine="streaming").item()), "set aside", "years beside months"),
            )
        made.append(replace(one, periods=kept, faults=faults))
    return made
