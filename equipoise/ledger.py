"""Facts and where they come from.

Everything is a fact: cited, assumed or derived, and a derived fact names its parents. A :class:`Ledger` holds facts
and the derivations they rest on; it never changes, every verb returns a new one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from equipoise.errors import InputError, UnknownFactError
from equipoise.maths.ensemble import triangular
from equipoise.vocabulary import measures

__all__ = [
    "FACTS",
    "KEY",
    "Derivation",
    "Figure",
    "Findings",
    "Ledger",
    "Trace",
    "fact_id",
    "id_expression",
    "parse_id",
]

KEY = ("measure", "subject", "object", "item", "period")
GRADES, KINDS = ("A", "B", "C"), ("cited", "assumed", "derived")
FACTS = pl.Schema([
    *((name, pl.Categorical()) for name in KEY),
    *((name, pl.Float64()) for name in ("value", "low", "high")),
    ("grade", pl.Enum(GRADES)),
    ("kind", pl.Enum(KINDS)),
    *((name, pl.Categorical()) for name in ("basis", "by")),
    *((name, pl.String()) for name in ("original", "note")),
])  # fmt: skip
DERIVATIONS = pl.Schema(
    {"derivation": pl.String, "by": pl.String, "statement": pl.String, "options": pl.String, "read": pl.String}
)
PARENTS = pl.Schema({"derivation": pl.String, "parent": pl.String, "weight": pl.Float64})

_ID = re.compile(
    r"(?P<measure>\w+):(?P<subject>[^>/@#]*)(>(?P<object>[^/@#]*))?(/(?P<item>[^@#]*))?(@(?P<period>[^#]*))?(#(?P<basis>.*))?"
)


def fact_id(
    measure: str, subject: str = "", object: str = "", item: str = "", period: str = "", basis: str = ""
) -> str:
    """The id of a fact, which can be read aloud.

    >>> fact_id("export_value", "KAZ", "CHN", "oil", "2024", "bns_2025")
    'export_value:KAZ>CHN/oil@2024#bns_2025'
    """
    tail = "".join(mark + part for mark, part in ((">", object), ("/", item), ("@", period), ("#", basis)) if part)
    return f"{measure}:{subject}{tail}"


def parse_id(text: str) -> dict[str, str]:
    """Take the id of a fact apart.

    Raises
    ------
    InputError
        The text has not the shape of an id.

    >>> parse_id("gdp:KAZ@2025")["period"]
    '2025'
    """
    found = _ID.fullmatch(text.strip())
    if not found:
        raise InputError("fact", found=repr(text), allowed="measure:subject>object/item@period#basis")
    return {name: part or "" for name, part in found.groupdict().items()}


@dataclass(frozen=True, slots=True)
class Derivation:
    """How a set of facts was derived: one record for one run of a stage, with its parents and their weights.

    ``parents`` maps fact ids (or ``source#locator``) to the weight of each in the result, 0 where it did not bind.
    """

    id: str
    by: str
    statement: str
    parents: Mapping[str, float] = field(default_factory=dict)
    options: str = ""
    read: str = ""


class Figure(NamedTuple):
    """A fact as a stage sees it: its range closed to the value where none was given, its grade and its id."""

    subject: str
    object: str
    item: str
    period: str
    value: float
    low: float
    high: float
    grade: str
    id: str


class Findings:
    """Facts while they are being derived ``by`` a stage: each with its range, and the run of the stage that it rests on.

    >>> found = Findings("toy/1", "toy")
    >>> basis = found.record("sum", "what is sold, added up", {"export_value:KAZ@2025": 1.0}, grade="B")
    >>> found.put("gdp", "KAZ", "", "", "2025", basis, 3.0, low=3.5)
    >>> found.ledger().facts.select("value", "low", "high", "grade", "basis").row(0)
    (3.0, 3.0, 3.0, 'B', 'toy.sum')
    """

    def __init__(self, by: str, prefix: str) -> None:
        self.by, self.prefix = by, prefix
        self.rows: list[dict[str, object]] = []
        self.records: dict[str, Derivation] = {}
        self._grades: dict[str, str] = {}

    def record(
        self, name: str, statement: str, parents: Mapping[str, float], *, grade: str = "C", options: str = ""
    ) -> str:
        """A run of the stage, with the weights of what it read and the grade of what it finds; the basis of its facts."""
        basis = f"{self.prefix}.{name}"
        self.records[basis] = Derivation(basis, self.by, statement, dict(parents), options)
        self._grades[basis] = grade
        return basis

    def put(
        self, measure: str, subject: str, object: str, item: str, period: str, basis: str, value: float,
        low: float | None = None, high: float | None = None, *, note: str | None = None,
    ) -> None:  # fmt: skip
        """A fact; its range is widened to hold it, and is the value where none is given."""
        least, most = value if low is None else min(low, value), value if high is None else max(high, value)
        key = {"measure": measure, "subject": subject, "object": object, "item": item, "period": period}
        figures = {"value": float(value), "low": float(least), "high": float(most), "note": note}
        standing = {"kind": "derived", "basis": basis, "by": self.by, "grade": self._grades[basis]}
        self.rows.append({**key, **figures, **standing})

    def ledger(self) -> Ledger:
        """All that was found."""
        return Ledger.of(self.rows, self.records.values())


@dataclass(frozen=True, slots=True)
class Trace:
    """A fact, source or assumption, and what it rests on: the parents that matter most first."""

    id: str
    kind: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    grade: str = ""
    text: str = ""
    weight: float = 0.0
    children: tuple[Trace, ...] = ()
    left_out: int = 0

    def leaves(self) -> Iterable[Trace]:
        """Everything at the end of the tree: sources and named assumptions."""
        if not self.children:
            yield self
        for child in self.children:
            yield from child.leaves()


@dataclass(frozen=True, slots=True)
class Ledger:
    """Facts (one row each, columns of ``FACTS``) with the derivations and parents of those that are derived."""

    facts: pl.DataFrame
    derivations: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=DERIVATIONS))
    parents: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=PARENTS))

    @classmethod
    def empty(cls) -> Ledger:
        """A ledger without facts."""
        return cls(pl.DataFrame(schema=FACTS))

    @classmethod
    def of(cls, rows: Sequence[Mapping[str, object]], derivations: Iterable[Derivation] = ()) -> Ledger:
        """A ledger from rows of plain values; what a row leaves out is empty.

        >>> Ledger.of([{"measure": "gdp", "subject": "KAZ", "period": "2025", "value": 291.9}]).ids()
        ['gdp:KAZ@2025']
        """
        blank = dict.fromkeys((*KEY, "basis", "by"), "") | {"grade": "C", "kind": "derived"}
        names = list(FACTS)
        table = {name: [row.get(name, blank.get(name)) for row in rows] for name in names}
        records = list(derivations)
        return cls(
            pl.DataFrame(table, schema=FACTS, strict=False),
            pl.DataFrame(
                [(d.id, d.by, d.statement, d.options, d.read) for d in records], schema=DERIVATIONS, orient="row"
            ),
            pl.DataFrame(
                [(d.id, parent, float(weight)) for d in records for parent, weight in d.parents.items()],
                schema=PARENTS,
                orient="row",
            ),
        )

    def __len__(self) -> int:
        return self.facts.height

    def view(self, measure: str | Sequence[str] | None = None, **where: str | Sequence[str]) -> pl.DataFrame:
        """Facts of a measure (or several), narrowed by any column: ``view("export_value", subject="KAZ")``.

        Raises
        ------
        InputError
            A column is named that facts do not have.
        """
        wanted = where if measure is None else {"measure": measure, **where}
        return self.facts.filter(*_conditions(wanted))

    def figures(self, measure: str, **where: str | Sequence[str]) -> list[Figure]:
        """The same as plain figures with ranges, in the order of the ledger."""
        names = [pl.col(name).cast(pl.String) for name in KEY[1:]]
        ends = [pl.coalesce(end, "value").alias(end) for end in ("low", "high")]
        rows = self.view(measure, **where).select(*names, "value", *ends, pl.col("grade").cast(pl.String))
        return [
            Figure(
                subject, thing, item, period, value, low, high, grade, fact_id(measure, subject, thing, item, period)
            )
            for subject, thing, item, period, value, low, high, grade in rows.iter_rows()
        ]

    def add(self, *others: Ledger) -> Ledger:
        """These facts and those of the others. Derived facts of a stage that has run again take the place of its old
        ones; any other fact that stands already, from the same source, is an error."""
        again = {by for other in others for by in other.facts["by"].cast(pl.String).unique().to_list() if by != "case"}
        kept = self.facts.filter(~pl.col("by").cast(pl.String).is_in(list(again))) if again else self.facts
        stale = self.derivations.filter(pl.col("by").is_in(list(again)))["derivation"].to_list()
        facts = pl.concat([kept, *(other.facts for other in others)])
        twice = facts.filter(facts.select(*KEY, "basis").is_duplicated())
        if twice.height:
            raise InputError("facts to add", found=f"{Ledger(twice).ids()[0]} twice", allowed="each fact once a source")
        return Ledger(
            facts,
            pl.concat([_drop(self.derivations, stale), *(o.derivations for o in others)]).unique(
                "derivation", keep="last"
            ),
            pl.concat([_drop(self.parents, stale), *(o.parents for o in others)]).unique(
                ["derivation", "parent"], keep="last", maintain_order=True
            ),
        )

    def replace(self, others: Ledger) -> Ledger:
        """Let the others' facts stand instead of every fact here that has the same key, whatever its source."""
        kept = self.facts.join(others.facts.select(KEY).unique(), on=list(KEY), how="anti", maintain_order="left")
        return Ledger(kept, self.derivations, self.parents).add(others)

    def without(self, measure: str | Sequence[str] | None = None, **where: str | Sequence[str]) -> Ledger:
        """All facts but those that :meth:`view` would show."""
        wanted = where if measure is None else {"measure": measure, **where}
        kept = self.facts.filter(~pl.all_horizontal(_conditions(wanted)))
        return Ledger(kept, self.derivations, self.parents)

    def settle(self, dates: Mapping[str, str] | None = None) -> Ledger:
        """One fact for each key: the best grade, among equals the newest source, with the envelope of all as its range.

        ``dates`` gives the date of each source. A settled fact is derived and names the facts it was made of.
        """
        many = self.facts.filter(self.facts.select(KEY).is_duplicated())
        if not many.height:
            return self
        date = pl.col("basis").cast(pl.String).str.split("#").list.first().replace_strict(dates or {}, default="")
        ranked = many.with_columns(id_expression(), date.alias("_date"), pl.col("grade").to_physical().alias("_rank"))
        ranked = ranked.sort("_rank", "_date", "id", descending=[False, True, False], maintain_order=True)
        low, high = pl.coalesce("low", "value"), pl.coalesce("high", "value")
        rest = [name for name in FACTS if name not in (*KEY, "low", "high")]
        chosen = ranked.group_by(KEY, maintain_order=True).agg(
            *(pl.col(name).first() for name in rest), low.min().alias("low"), high.max().alias("high"), pl.col("id")
        )
        chosen = chosen.with_columns(id_expression(with_basis=False).alias("settled"))
        parents = chosen.select(
            pl.format("settled {}", "settled").alias("derivation"),
            pl.col("id").alias("parent"),
            pl.lit(1.0).alias("weight"),
        ).explode("parent")
        records = (
            parents.select("derivation")
            .unique(maintain_order=True)
            .with_columns(by=pl.lit("settle"), statement=pl.lit(_SETTLED), options=pl.lit(""), read=pl.lit(""))
        )
        settled = chosen.with_columns(
            pl.lit("derived").cast(pl.Enum(KINDS)).alias("kind"),
            pl.format("settled {}", "settled").cast(pl.Categorical).alias("basis"),
            pl.lit("settle").cast(pl.Categorical).alias("by"),
        ).select(FACTS.names())
        single = self.facts.filter(~self.facts.select(KEY).is_duplicated())
        return Ledger(
            pl.concat([single, settled]),
            pl.concat([self.derivations, records.select(DERIVATIONS.names())]),
            pl.concat([self.parents, parents]),
        )

    def uncertain(self) -> NDArray[np.int64]:
        """Rows whose low and high differ: the dimensions of the future."""
        return np.flatnonzero((self.facts["high"] > self.facts["low"]).fill_null(False).to_numpy())

    def redraw(self, chance: NDArray[np.float64]) -> Ledger:
        """The same facts with each uncertain value drawn from its range; ``chance`` (d,) in [0, 1], one a dimension.

        Bounds are triangular about the value, or normal where the vocabulary says that they are 5 and 95 % points.
        """
        rows = self.uncertain()
        if chance.shape != rows.shape:
            raise InputError(
                "chance", found=f"shape {chance.shape}", allowed=f"one figure for each of {len(rows)} facts"
            )
        part = self.facts[rows]
        low, value, high = (part[name].to_numpy() for name in ("low", "value", "high"))
        normal = {name for name, measure in measures().items() if measure.spread == "normal"}
        drawn = np.where(
            part["measure"].cast(pl.String).is_in(list(normal)).to_numpy(),
            _normal(low, value, high, chance),
            triangular(low, value, high, chance),
        )
        values = self.facts["value"].to_numpy().copy()
        values[rows] = drawn
        return Ledger(self.facts.with_columns(pl.Series("value", values)), self.derivations, self.parents)

    def ids(self) -> list[str]:
        """The id of every fact, in order."""
        return self.facts.select(id_expression())["id"].to_list()

    def find(self, text: str) -> pl.DataFrame:
        """The facts that an id, with or without its basis, means.

        Raises
        ------
        UnknownFactError
            There is none; the nearest ids are named.
        """
        parts = parse_id(text)
        found = self.view(**{name: parts[name] for name in KEY})
        if parts["basis"]:
            basis = pl.col("basis").cast(pl.String)
            found = found.filter((basis == parts["basis"]) | basis.str.starts_with(parts["basis"] + "#"))
        if not found.height:
            alike = Ledger(self.view(parts["measure"])).ids() or sorted(self.facts["measure"].cast(pl.String).unique())
            near = get_close_matches(text, alike, n=4, cutoff=0.3) or alike[:4]
            raise UnknownFactError(f"No fact {text}. Nearest: {', '.join(near)}.")
        return found

    def trace(self, text: str | Sequence[str], *, depth: int = 12, width: int = 1_000_000) -> tuple[Trace, ...]:
        """What a fact, or each of several, rests on, down to its sources and named assumptions, one tree for each fact of an id.

        ``width`` is the number of parents shown of each derivation, those that weigh most first.
        """
        ids = self.ids()
        index = dict(zip(ids, self.facts.iter_rows(named=True), strict=True))
        whole: dict[str, list[str]] = {}
        for name in ids:
            whole.setdefault(name.split("#")[0], []).append(name)
        ordered = self.parents.sort("weight", descending=True, maintain_order=True)
        parents = dict(
            ordered.group_by("derivation", maintain_order=True).agg("parent", "weight").rows_by_key("derivation")
        )
        statements = dict(self.derivations.select("derivation", "statement").iter_rows())
        tracer = _Tracer(index, whole, parents, statements, width)
        asked = [text] if isinstance(text, str) else text
        return tuple(tracer.fact(name, 1.0, depth, ()) for one in asked for name in Ledger(self.find(one)).ids())

    def diff(self, other: Ledger) -> pl.DataFrame:
        """What changed from these facts to the other's: columns of the key, ``change`` (added, removed, changed),
        ``before``, ``after``."""
        on = [*KEY, "basis"]
        joined = self.facts.select(*on, pl.col("value").alias("before"), pl.lit(True).alias("_here")).join(
            other.facts.select(*on, pl.col("value").alias("after"), pl.lit(True).alias("_there")),
            on=on, how="full", coalesce=True, nulls_equal=True,
        )  # fmt: skip
        change = (
            pl.when(pl.col("_here").is_null()).then(pl.lit("added"))
            .when(pl.col("_there").is_null()).then(pl.lit("removed"))
            .when(pl.col("before").ne_missing(pl.col("after"))).then(pl.lit("changed"))
        )  # fmt: skip
        return (
            joined.with_columns(change.alias("change")).filter(pl.col("change").is_not_null()).drop("_here", "_there")
        )


_SETTLED = "best grade, among equals the newest source; low and high are the envelope of all sources"


class _Tracer:
    """Follows parents from a fact to its leaves."""

    def __init__(
        self,
        index: Mapping[str, Mapping[str, Any]],
        whole: Mapping[str, list[str]],
        parents: Mapping[str, list[tuple[list[str], list[float]]]],
        statements: Mapping[str, str],
        width: int,
    ) -> None:
        self._index, self._whole, self._parents = index, whole, parents
        self._statements, self._width = statements, width

    def fact(self, name: str, weight: float, depth: int, above: tuple[str, ...]) -> Trace:
        """The tree of one fact; ``above`` guards against a fact that rests on itself."""
        row = self._index.get(name)
        if row is None:
            return Trace(name, "source", weight=weight)
        basis, kind = str(row["basis"]), str(row["kind"])
        text = str(row["note"] or "")
        children: tuple[Trace, ...] = ()
        left_out = 0
        if kind != "derived":
            children = tuple(Trace(part, kind_of) for part, kind_of in _bases(basis, kind))
        elif depth > 0 and name not in above:
            text = text or self._statements.get(basis, "")
            names, weights = self._parents.get(basis, [([], [])])[0]
            every = [
                (full, w) for short, w in zip(names, weights, strict=True) for full in self._whole.get(short, [short])
            ]
            shown, left_out = every[: self._width], max(0, len(every) - self._width)
            children = tuple(self.fact(parent, w, depth - 1, (*above, name)) for parent, w in shown)
        figures = row["value"], row["low"], row["high"]
        return Trace(name, kind, *figures, row["grade"], text, weight, children, left_out)


def _bases(basis: str, kind: str) -> list[tuple[str, str]]:
    """The sources and assumptions that a basis names: ``a;b#locator``."""
    head, _, locator = basis.partition("#")
    names = head.split(";")
    tail = f"#{locator}" if locator else ""
    return [(name + tail, "assumption" if kind == "assumed" else "source") for name in names]


def id_expression(*, with_basis: bool = True) -> pl.Expr:
    """The id of each fact of a frame, built by columns."""

    def part(mark: str, name: str) -> pl.Expr:
        text = pl.col(name).cast(pl.String)
        return pl.when(text == "").then(pl.lit("")).otherwise(pl.lit(mark) + text)

    marks = [(">", "object"), ("/", "item"), ("@", "period")] + ([("#", "basis")] if with_basis else [])
    head = pl.col("measure").cast(pl.String) + ":" + pl.col("subject").cast(pl.String)
    return pl.concat_str(head, *(part(mark, name) for mark, name in marks)).alias("id")


def _conditions(where: Mapping[str, str | Sequence[str]]) -> list[pl.Expr]:
    unknown = set(where) - set(FACTS)
    if unknown:
        raise InputError("column", found=", ".join(sorted(unknown)), allowed=", ".join(FACTS))
    return [
        pl.col(name) == wanted if isinstance(wanted, str) else pl.col(name).cast(pl.String).is_in(list(wanted))
        for name, wanted in where.items()
    ] or [pl.lit(True)]


def _drop(frame: pl.DataFrame, derivations: list[str]) -> pl.DataFrame:
    return frame.filter(~pl.col("derivation").is_in(derivations)) if derivations else frame


def _normal(
    low: NDArray[np.float64], value: NDArray[np.float64], high: NDArray[np.float64], chance: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Inverse of the normal law whose 5 and 95 % points are low and high."""
    from statistics import NormalDist

    inverse = NormalDist().inv_cdf
    score = np.array([inverse(min(max(u, 1e-9), 1 - 1e-9)) for u in chance])
    return value + score * (high - low) / (2 * inverse(0.95))
