"""The rules that a case must keep. Each returns every fault it finds; none stops at the first.

Rules work on text, before anything is converted, so that a fault can show what stands in the cell.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path, PurePosixPath
from typing import Any

import polars as pl

from equipoise.errors import Fault, InputError
from equipoise.ledger import GRADES, KEY, KINDS, fact_id
from equipoise.vocabulary import PERIOD, SLUG, Column, Measure, kinds, parse_measure, tables

__all__ = ["check_descriptor", "check_facts", "check_register", "check_vocabulary"]

REQUIRED = ("measure", "subject", "period", "value", "grade", "kind", "basis")
OPTIONAL = ("object", "item", "low", "high", "unit", "original", "note")
VOCABULARY = ("measure", "topic", "unit", "subject", "object", "item", "low", "high", "spread", "meaning", "source")
SHOWN = 1000
"""Faults shown of one rule in one file; the rest are counted."""

DATE = r"\d{4}(-\d{2}(-\d{2})?)?"
KIND_OF_TABLE = {"sources": "source", "assumptions": "assumption", "actors": "actor", "places": "place", "links": "link",
                 "routes": "route", "channels": "channel", "commodities": "commodity", "organisations": "organisation",
                 "levers": "lever", "threats": "threat", "issues": "issue", "outcomes": "outcome", "targets": "target",
                 "priors": "prior", "episodes": "episode", "corridors": "corridor"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Rule:
    """Rows for which ``wrong`` holds are faults of ``column``; ``show`` names the cells to print."""

    wrong: pl.Expr
    column: str
    allowed: str
    remedy: str
    show: tuple[str, ...] = ()


def _apply(file: str, frame: pl.DataFrame, rules: Sequence[_Rule]) -> list[Fault]:
    """All rules in one pass over the table; only those that are broken are looked at row by row."""
    if not rules or not frame.height:
        return []
    broken = frame.select(rule.wrong.fill_null(False).any().alias(str(i)) for i, rule in enumerate(rules)).row(0)
    return [
        fault
        for rule, is_broken in zip(rules, broken, strict=True)
        if is_broken
        for fault in _faults(
            file, frame.filter(rule.wrong.fill_null(False)), rule.column, rule.allowed, rule.remedy, show=rule.show
        )
    ]


def check_descriptor(descriptor: Any, folder: Path) -> list[Fault]:
    """The package itself: its name, its setting, and paths that stay inside the folder."""
    where = "datapackage.json"
    if not isinstance(descriptor, dict):
        return [Fault(where, 0, "", type(descriptor).__name__, "an object", "Begin with `equipoise new`.")]
    faults = []
    setting = descriptor.get("equipoise")
    if not isinstance(descriptor.get("name"), str) or not descriptor["name"]:
        faults.append(Fault(where, 0, "name", repr(descriptor.get("name")), "a short name", "Name the package."))
    if (
        not isinstance(setting, dict)
        or not isinstance(setting.get("home"), str)
        or not isinstance(setting.get("year"), int)
    ):
        remedy = 'Write "equipoise": {"home": "KAZ", "year": 2025}.'
        faults.append(Fault(where, 0, "equipoise", repr(setting), "home (an actor) and year (a number)", remedy))
    resources = descriptor.get("resources")
    if not isinstance(resources, list) or not resources:
        remedy = "List the tables of register/ and facts/."
        return [*faults, Fault(where, 0, "resources", "none", "at least one table", remedy)]
    seen: set[str] = set()
    for resource in resources:
        path = resource.get("path") if isinstance(resource, dict) else None
        faults += _path_faults(path, folder, seen)
    for file in sorted(folder.glob("*/*.csv")):
        name = file.relative_to(folder).as_posix()
        if name.split("/")[0] in ("register", "facts") and name not in seen:
            faults.append(Fault(name, 0, "", "a table that the package does not list", "a listed table", "List it."))
    return faults


def _path_faults(path: object, folder: Path, seen: set[str]) -> list[Fault]:
    """A resource must be a CSV file in ``register/`` or ``facts/`` of this very folder."""
    where, allowed = "datapackage.json", "register/TABLE.csv or facts/TOPIC.csv"
    if not isinstance(path, str):
        return [Fault(where, 0, "path", repr(path), allowed, "Give one relative path.")]
    parts = PurePosixPath(path).parts
    plain = len(parts) == 2 and parts[0] in ("register", "facts") and path.endswith(".csv") and "\\" not in path
    inside = plain and (folder / path).resolve().is_relative_to(folder.resolve())
    if not plain or not inside or ".." in parts or "://" in path:
        return [Fault(where, 0, "path", path, allowed, "Keep every table inside the folder of the case.")]
    if path in seen:
        return [Fault(where, 0, "path", f"{path} twice", "each table once", "Strike one out.")]
    seen.add(path)
    if parts[0] == "register" and parts[1][:-4] not in (*tables(), "vocabulary"):
        return [Fault(where, 0, "path", path, "register/ " + ", ".join(tables()), "Rename the table.")]
    return []


def check_vocabulary(own: pl.DataFrame) -> list[Fault]:
    """Measures that a case adds."""
    where = "register/vocabulary.csv"
    missing = [name for name in VOCABULARY[:3] if name not in own.columns]
    if missing:
        return [Fault(where, 1, ", ".join(missing), "no such column", ", ".join(VOCABULARY), "Add the column.")]
    faults = []
    for row in own.iter_rows(named=True):
        try:
            parse_measure({key: value or "" for key, value in row.items() if key != "_row"})
        except InputError as error:
            faults.append(Fault(where, row["_row"], "low, high", str(error.found), error.allowed, "Mend the bound."))
    return faults


# --- register ------------------------------------------------------------------------------------------------------


def check_register(register: Mapping[str, pl.DataFrame], facts: Mapping[str, pl.DataFrame]) -> list[Fault]:
    """Every register table: its columns, the type of every cell, keys, references, order of dates, cycles."""
    faults: list[Fault] = []
    known = known_things(register)
    for table, frame in register.items():
        file, columns = f"register/{table}.csv", tables()[table]
        faults += _column_faults(file, frame, [c.column for c in columns if c.required], [c.column for c in columns])
        rules = [rule for column in columns if column.column in frame.columns for rule in _cell_rules(column, known)]
        faults += _apply(file, frame, rules)
        keys = [c.column for c in columns if c.key and c.column in frame.columns]
        if keys:
            twice = frame.filter(frame.select(keys).is_duplicated())
            faults += _faults(file, twice, keys[0], "each key once", "Strike one row out, or rename it.", show=keys)
    faults += _order_faults(register)
    faults += _derivation_faults(register, facts, known)
    if not any(len(frame) for frame in register.values()):
        faults.append(Fault("register/", 0, "", "an empty case", "at least sources and actors", "Fill the register."))
    return faults


def known_things(register: Mapping[str, pl.DataFrame]) -> dict[str, set[str]]:
    """Ids by kind of thing (``actor``, ``link``, ...) and, for references, by table (``actors``)."""
    known: dict[str, set[str]] = {}
    for table, columns in tables().items():
        frame = register.get(table)
        ids = (
            set(frame[columns[0].column].to_list())
            if frame is not None and columns[0].column in frame.columns
            else set()
        )
        known[table] = ids
        if table in KIND_OF_TABLE:
            known[KIND_OF_TABLE[table]] = ids
    return known


def _column_faults(file: str, frame: pl.DataFrame, required: Sequence[str], allowed: Sequence[str]) -> list[Fault]:
    columns = [name for name in frame.columns if name != "_row"]
    lacking = [
        Fault(file, 1, name, "no such column", "a column of that name", "Add it.")
        for name in required
        if name not in columns
    ]
    strange = [name for name in columns if name not in allowed]
    return lacking + [
        Fault(file, 1, name, "an unknown column", ", ".join(allowed), "Rename it, or strike it out.")
        for name in strange
    ]


def _cell_rules(column: Column, known: Mapping[str, set[str]]) -> list[_Rule]:
    """What the cells of one register column must be: filled, of their type, among the words allowed, references."""
    name, cell = column.column, pl.col(column.column)
    filled = cell != ""
    rules = []
    if column.required:
        rules.append(_Rule(~filled, name, "a filled cell", "Fill it; what is not known needs a row in assumptions."))
    if column.type == "id":
        rules.append(
            _Rule(filled & ~cell.str.contains(rf"^{SLUG}$"), name, "letters, digits and _ . + ( ) -", "Rename it.")
        )
    if column.type in ("number", "whole"):
        number = cell.cast(pl.Float64, strict=False)
        wrong = filled & (number.is_null() | ~number.is_finite())
        rules.append(_Rule(wrong, name, "a finite number", "Write it with a point."))
        low, high = _BOUNDS.get(name, (-inf, inf))
        rules.append(
            _Rule(filled & ~number.is_between(low, high), name, f"{low:g} to {high:g}", "Check unit and sign.")
        )
        if column.type == "whole":
            rules.append(_Rule(filled & number.mod(1).ne(0), name, "a whole number", "Round it."))
    if column.type == "date":
        rules.append(_Rule(filled & ~_is_date(cell), name, "YYYY, YYYY-MM or YYYY-MM-DD", "Write the date like that."))
    if column.allowed and column.type != "ids":
        words = list(column.allowed)
        rules.append(_Rule(filled & ~cell.is_in(words), name, ", ".join(words), "Choose one of these."))
    if column.refers and column.type == "id":
        wrong = filled & ~cell.is_in(list(known[column.refers]))
        rules.append(_Rule(wrong, name, f"an id of register/{column.refers}.csv", "Add it there, or mend the id."))
    if column.type == "ids":
        strange = cell.str.split(";").list.set_difference(["", *known[column.refers], *column.allowed]).list.len() > 0
        rules.append(_Rule(strange, name, f"ids of register/{column.refers}.csv, separated by ;", "Add them there."))
    if column.type == "basis":
        rules.append(_basis_rule(filled, name, known))
    return rules


def _basis_rule(where: pl.Expr, name: str, known: Mapping[str, set[str]]) -> _Rule:
    """A basis names sources and assumptions that exist."""
    unknown = _bases(name).list.set_difference([*known["source"], *known["assumption"]]).list.len() > 0
    return _Rule(where & unknown, name, "ids of register/sources.csv or assumptions.csv", "Add the source there.")


def _bases(name: str) -> pl.Expr:
    return pl.col(name).str.split("#").list.first().str.split(";")


_BOUNDS: dict[str, tuple[float, float]] = {
    "latitude": (-90, 90), "longitude": (-180, 180), "length_km": (0, 50_000), "years": (0, 100), "duration_days": (0, 40_000),
    "base_year": (1900, 2200), "solved_from": (1900, 2200),
}  # fmt: skip


def _is_date(cell: pl.Expr) -> pl.Expr:
    whole = cell + pl.when(cell.str.len_chars() == 4).then(pl.lit("-01-01")).when(cell.str.len_chars() == 7).then(
        pl.lit("-01")
    ).otherwise(pl.lit(""))
    return cell.str.contains(rf"^{DATE}$") & whole.str.to_date("%Y-%m-%d", strict=False).is_not_null()


def _order_faults(register: Mapping[str, pl.DataFrame]) -> list[Fault]:
    """Dates in order, and links that lead somewhere."""
    faults = []
    for table, first, last in (("blocs", "from", "to"), ("episodes", "start", "end")):
        frame = register.get(table)
        if frame is not None and {first, last} <= set(frame.columns):
            late = frame.filter(
                (pl.col(first) != "") & (pl.col(last) != "") & (pl.col(last) < pl.col(first).str.head(4))
            )
            late = pl.concat(
                [
                    late,
                    frame.filter(
                        (pl.col(last).str.len_chars() == pl.col(first).str.len_chars()) & (pl.col(last) < pl.col(first))
                    ),
                ]
            ).unique("_row")
            faults += _faults(
                f"register/{table}.csv",
                late,
                last,
                f"a date not before {first}",
                "Exchange the dates.",
                show=[first, last],
            )
    links = register.get("links")
    if links is not None and {"from", "to"} <= set(links.columns):
        loop = links.filter(pl.col("from") == pl.col("to"))
        faults += _faults("register/links.csv", loop, "to", "another place than it leaves", "Give its other end.")
    return faults


def _derivation_faults(
    register: Mapping[str, pl.DataFrame], facts: Mapping[str, pl.DataFrame], known: Mapping[str, set[str]]
) -> list[Fault]:
    """Parents of hand-made derivations exist, and none rests on itself."""
    frame, file = register.get("derivations"), "register/derivations.csv"
    if frame is None or not {"derivation", "parents"} <= set(frame.columns):
        return []
    parents = frame.select("_row", "derivation", pl.col("parents").str.split(" | ").alias("parent")).explode("parent")
    rests_on: dict[str, set[str]] = {}
    for table in facts.values():
        if set(KEY[:2]) | {"period", "kind", "basis"} <= set(table.columns):
            for row in table.filter(pl.col("kind") == "derived").iter_rows(named=True):
                rests_on.setdefault(_key_of(row), set()).add(row["basis"])
    wanted = [parent for parent in parents["parent"].to_list() if ":" in parent.split("#")[0]]
    there = _existing(wanted, facts)
    bases = known["source"] | known["assumption"]
    wrong = [
        row for row in parents.iter_rows(named=True)
        if not (_short(row["parent"]) in there if ":" in row["parent"].split("#")[0] else row["parent"].split("#")[0] in bases)
    ]  # fmt: skip
    faults = [
        Fault(
            file,
            row["_row"],
            "parents",
            row["parent"],
            "facts, sources or assumptions that exist",
            "Add it, or mend the id.",
        )
        for row in wrong[:SHOWN]
    ]
    children = {name: [] for name in frame["derivation"].to_list()}  # type: dict[str, list[str]]
    for name, parent in parents.select("derivation", "parent").iter_rows():
        children[name] += sorted(rests_on.get(_short(parent), ()))
    rows = dict(frame.select("derivation", "_row").iter_rows())
    for cycle in _cycles(children):
        found = " > ".join(cycle)
        faults.append(
            Fault(file, rows[cycle[0]], "parents", found, "no derivation that rests on itself", "Break the circle.")
        )
    return faults


def _key_of(row: Mapping[str, Any]) -> str:
    return fact_id(*(row.get(name) or "" for name in KEY))


def _short(parent: str) -> str:
    return parent.split("#")[0]


def _existing(wanted: Iterable[str], facts: Mapping[str, pl.DataFrame]) -> set[str]:
    """Those of the fact ids asked for that stand in the tables."""
    names = {_short(name) for name in wanted}
    measures_asked = {name.split(":")[0] for name in names}
    there = set()
    for table in facts.values():
        if "measure" in table.columns and set(KEY[:2]) <= set(table.columns):
            for row in table.filter(pl.col("measure").is_in(list(measures_asked))).iter_rows(named=True):
                there.add(_key_of(row))
    return there & names


def _cycles(children: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """One way round each circle, found by walking down without recursion."""
    done: set[str] = set()
    found = []
    for start in children:
        path: list[str] = []
        stack = [(start, iter(children[start]))] if start not in done else []
        while stack:
            name, below = stack[-1]
            if not path or path[-1] != name:
                path.append(name)
            step = next(below, None)
            if step is None:
                done.add(name)
                stack.pop()
                path.pop()
            elif step in path:
                found.append([*path[path.index(step) :], step])
            elif step not in done and step in children:
                stack.append((step, iter(children[step])))
    return found


# --- facts ---------------------------------------------------------------------------------------------------------


def check_facts(
    facts: Mapping[str, pl.DataFrame], register: Mapping[str, pl.DataFrame], known_measures: Mapping[str, Measure]
) -> list[Fault]:
    """Every table of facts: columns, measures, numbers, ranges, references, bases, and each fact once a source."""
    known = known_things(register)
    derivations = register.get("derivations")
    records = (
        set(derivations["derivation"].to_list())
        if derivations is not None and "derivation" in derivations.columns
        else set()
    )
    faults: list[Fault] = []
    whole = []
    rules = _fact_rules(known_measures, known, records)
    for topic, frame in facts.items():
        file = f"facts/{topic}.csv"
        wrong = _column_faults(file, frame, REQUIRED, (*REQUIRED, *OPTIONAL))
        faults += wrong
        if any(fault.found == "no such column" for fault in wrong):
            continue
        full = frame.with_columns(pl.lit("").alias(name) for name in OPTIONAL if name not in frame.columns)
        faults += _apply(file, full, rules) + _measure_faults(file, full, known_measures, known)
        whole.append(full.select("_row", pl.lit(file).alias("_file"), *KEY, "kind", "basis"))
    return faults + _twice(whole)


def _fact_rules(vocabulary: Mapping[str, Measure], known: Mapping[str, set[str]], records: set[str]) -> list[_Rule]:
    """What holds for a fact whatever its measure."""
    number = {name: pl.col(name).cast(pl.Float64, strict=False) for name in ("value", "low", "high")}
    bad = {name: (pl.col(name) != "") & ~figure.is_finite().fill_null(False) for name, figure in number.items()}
    ordered = (number["low"] <= number["value"]) & (number["value"] <= number["high"])
    ranged, halved = (pl.col("low") != "") & (pl.col("high") != ""), (pl.col("low") != "") ^ (pl.col("high") != "")
    cited, assumed, derived = (pl.col("kind") == kind for kind in KINDS)
    assumptions, sources = list(known["assumption"]), list(known["source"])
    with_assumption = _bases("basis").list.set_intersection(assumptions).list.len() > 0
    return [
        _Rule(~pl.col("measure").is_in(list(vocabulary)), "measure", "a measure of the vocabulary", "See docs/vocabulary.md."),
        _Rule(~pl.col("period").str.contains(rf"^{PERIOD}$"), "period", "2025, 2025-03, 2019/, 2020/2024, static", "Mend it."),
        _Rule(~pl.col("grade").is_in(GRADES), "grade", ", ".join(GRADES), "A official, B secondary, C assumption."),
        _Rule(~pl.col("kind").is_in(KINDS), "kind", ", ".join(KINDS), "Choose one of these."),
        _Rule(assumed & (pl.col("grade") != "C"), "grade", "C for an assumption", "Grade it C, or cite a source."),
        _Rule(pl.col("value") == "", "value", "a number", "Missing is never zero: leave the row out."),
        *(_Rule(wrong, name, "a finite number", "Write it with a point and no unit.") for name, wrong in bad.items()),
        _Rule(ranged & ~ordered, "low", "low <= value <= high", "Put them in order.", ("low", "value", "high")),
        _Rule(halved, "low", "both ends of a range", "Give the other end.", ("low", "high")),
        _basis_rule(~derived, "basis", known),
        _Rule(cited & with_assumption, "basis", "sources only", "Call the fact assumed."),
        _Rule(assumed & ~with_assumption & _bases("basis").list.set_difference(sources).list.len().eq(0), "basis",
              "an assumption among them", "Call the fact cited."),
        _Rule(derived & ~pl.col("basis").is_in(list(records)), "basis", "a row of register/derivations.csv", "Add it there."),
    ]  # fmt: skip


def _measure_faults(
    file: str, frame: pl.DataFrame, vocabulary: Mapping[str, Measure], known: Mapping[str, set[str]]
) -> list[Fault]:
    """What the vocabulary demands of each measure: its unit, its bounds, and what it may be about."""
    used = [vocabulary[name] for name in frame["measure"].unique().to_list() if name in vocabulary]
    if not used:
        return []
    demands = pl.DataFrame(
        [(m.measure, m.unit, m.low, m.high, m.subject, m.object, m.item) for m in used],
        schema={"measure": pl.String, "_unit": pl.String, "_low": pl.Float64, "_high": pl.Float64,
                "_subject": pl.String, "_object": pl.String, "_item": pl.String},
        orient="row",
    )  # fmt: skip
    rows = frame.join(demands, on="measure", maintain_order="left")
    faults = []
    for (name,), part in _partition(rows.filter((pl.col("unit") != "") & (pl.col("unit") != pl.col("_unit")))):
        unit = vocabulary[str(name)].unit
        faults += _faults(
            file, part, "unit", f"{unit}, the unit of {name}", "Convert it; keep the printed figure in original."
        )
    for column in ("value", "low", "high"):
        figure = pl.col(column).cast(pl.Float64, strict=False)
        outside = (figure < pl.col("_low")).fill_null(False) | (figure > pl.col("_high")).fill_null(False)
        for (name,), part in _partition(rows.filter(outside)):
            faults += _faults(file, part, column, _bounds(vocabulary[str(name)]), "Check the sign and the unit.")
    for role in ("subject", "object", "item"):
        faults += _role_faults(file, rows, role, vocabulary, known)
    return faults


def _role_faults(
    file: str, rows: pl.DataFrame, role: str, vocabulary: Mapping[str, Measure], known: Mapping[str, set[str]]
) -> list[Fault]:
    """One key column: empty where the measure has none, else the right kind of thing, and one that exists."""
    cell, pattern = pl.col(role), pl.col(f"_{role}")
    free = pattern.str.split("|").list.contains("text")
    spelt = cell.str.contains(rf"^{SLUG}$")
    faults = _faults(file, rows.filter((pattern != "") & ~spelt), role, "letters, digits and _ . + ( ) -", "Rename it.")
    for (name,), part in _partition(rows.filter((pattern == "") & (cell != ""))):
        faults += _faults(file, part, role, f"nothing: {name} has no {role}", "Empty the cell.")
    bound = rows.filter((pattern != "") & ~free & spelt)
    patterns = bound[f"_{role}"].unique().to_list()
    allowed = pl.DataFrame(
        [
            (p, thing)
            for p in patterns
            for kind in kinds(p)
            for thing in ([kind[1:]] if kind[0] == "=" else known.get(kind, ()))
        ],
        schema={f"_{role}": pl.String, role: pl.String},
        orient="row",
    ).unique()
    strange = bound.join(allowed, on=[f"_{role}", role], how="anti", maintain_order="left")
    for (name,), part in _partition(strange):
        words = kinds(getattr(vocabulary[str(name)], role))
        what = (
            ", ".join(w[1:] for w in words)
            if words[0][0] == "="
            else " or ".join(f"{w} of the register" for w in words)
        )
        faults += _faults(file, part, role, what, "Add it to the register, or mend the id.")
    return faults


def _partition(rows: pl.DataFrame) -> Iterable[tuple[tuple[object, ...], pl.DataFrame]]:
    return rows.partition_by("measure", as_dict=True, maintain_order=True).items() if rows.height else ()


def _bounds(measure: Measure) -> str:
    low = "" if measure.low is None else f"{measure.low:g} <= "
    return f"{low}{measure.measure}" + ("" if measure.high is None else f" <= {measure.high:g}")


def _twice(tables_of_facts: Sequence[pl.DataFrame]) -> list[Fault]:
    """The same fact from the same source, anywhere in the case."""
    if not tables_of_facts:
        return []
    whole = pl.concat(tables_of_facts).with_columns(
        pl.when(pl.col("kind") == "derived")
        .then("basis")
        .otherwise(pl.col("basis").str.split("#").list.first())
        .alias("_source")
    )
    again = whole.filter(whole.select(*KEY, "_source").is_duplicated())
    return [
        fault
        for (file,), rows in again.partition_by("_file", as_dict=True).items()
        for fault in _faults(
            str(file), rows, "measure", "each fact once a source", "Strike one out, or cite the other source.", show=KEY
        )
    ]


def _faults(
    file: str, rows: pl.DataFrame, column: str, allowed: str, remedy: str, *, show: Sequence[str] = ()
) -> list[Fault]:
    """One fault for each row, as many as are worth reading; the rest are counted in the last."""
    if not rows.height:
        return []
    shown = [name for name in show if name in rows.columns] or [column]
    faults = [
        Fault(file, row["_row"], column, _shown([row[name] for name in shown]), allowed, remedy)
        for row in rows.head(SHOWN).iter_rows(named=True)
    ]
    if rows.height > SHOWN:
        more = f"{rows.height - SHOWN} more rows like these"
        faults.append(Fault(file, 0, column, more, allowed, remedy))
    return faults


def _shown(cells: Sequence[object]) -> str:
    text = " ".join(str(cell) for cell in cells if cell not in ("", None))
    return repr(text[:80] + ("..." if len(text) > 80 else "")) if text else "nothing"
