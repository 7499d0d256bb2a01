"""The rules of facts: columns, measures, numbers, ranges, what they are about, what they rest on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from equipoise.case.faults import Rule, apply_rules, column_faults, faults_of
from equipoise.case.rules import bases_of, basis_rule, known_things
from equipoise.errors import Fault
from equipoise.ledger import GRADES, KEY, KINDS
from equipoise.vocabulary import PERIOD, SLUG, Measure, kinds

__all__ = ["check_facts"]

REQUIRED = ("measure", "subject", "period", "value", "grade", "kind", "basis")
OPTIONAL = ("object", "item", "low", "high", "unit", "original", "note")


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
        wrong = column_faults(file, frame, REQUIRED, (*REQUIRED, *OPTIONAL))
        faults += wrong
        if any(fault.found == "no such column" for fault in wrong):
            continue
        full = frame.with_columns(pl.lit("").alias(name) for name in OPTIONAL if name not in frame.columns)
        faults += apply_rules(file, full, rules) + _measure_faults(file, full, known_measures, known)
        whole.append(full.select("_row", pl.lit(file).alias("_file"), *KEY, "kind", "basis"))
    return faults + _twice(whole)


def _fact_rules(vocabulary: Mapping[str, Measure], known: Mapping[str, set[str]], records: set[str]) -> list[Rule]:
    """What holds for a fact whatever its measure."""
    number = {name: pl.col(name).cast(pl.Float64, strict=False) for name in ("value", "low", "high")}
    bad = {name: (pl.col(name) != "") & ~figure.is_finite().fill_null(False) for name, figure in number.items()}
    ordered = (number["low"] <= number["value"]) & (number["value"] <= number["high"])
    ranged, halved = (pl.col("low") != "") & (pl.col("high") != ""), (pl.col("low") != "") ^ (pl.col("high") != "")
    cited, assumed, derived = (pl.col("kind") == kind for kind in KINDS)
    assumptions, sources = list(known["assumption"]), list(known["source"])
    with_assumption = bases_of("basis").list.set_intersection(assumptions).list.len() > 0
    return [
        Rule(~pl.col("measure").is_in(list(vocabulary)), "measure", "a measure of the vocabulary", "See docs/vocabulary.md."),
        Rule(~pl.col("period").str.contains(rf"^{PERIOD}$"), "period", "2025, 2025-03, 2019/, 2020/2024, static", "Mend it."),
        Rule(~pl.col("grade").is_in(GRADES), "grade", ", ".join(GRADES), "A official, B secondary, C assumption."),
        Rule(~pl.col("kind").is_in(KINDS), "kind", ", ".join(KINDS), "Choose one of these."),
        Rule(assumed & (pl.col("grade") != "C"), "grade", "C for an assumption", "Grade it C, or cite a source."),
        Rule(pl.col("value") == "", "value", "a number", "Missing is never zero: leave the row out."),
        *(Rule(wrong, name, "a finite number", "Write it with a point and no unit.") for name, wrong in bad.items()),
        Rule(ranged & ~ordered, "low", "low <= value <= high", "Put them in order.", ("low", "value", "high")),
        Rule(halved, "low", "both ends of a range", "Give the other end.", ("low", "high")),
        basis_rule(~derived, "basis", known),
        Rule(cited & with_assumption, "basis", "sources only", "Call the fact assumed."),
        Rule(assumed & ~with_assumption & bases_of("basis").list.set_difference(sources).list.len().eq(0), "basis",
              "an assumption among them", "Call the fact cited."),
        Rule(derived & ~pl.col("basis").is_in(list(records)), "basis", "a row of register/derivations.csv", "Add it there."),
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
        faults += faults_of(
            file, part, "unit", f"{unit}, the unit of {name}", "Convert it; keep the printed figure in original."
        )
    for column in ("value", "low", "high"):
        figure = pl.col(column).cast(pl.Float64, strict=False)
        outside = (figure < pl.col("_low")).fill_null(False) | (figure > pl.col("_high")).fill_null(False)
        for (name,), part in _partition(rows.filter(outside)):
            faults += faults_of(file, part, column, _bounds(vocabulary[str(name)]), "Check the sign and the unit.")
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
    faults = faults_of(
        file, rows.filter((pattern != "") & ~spelt), role, "letters, digits and _ . + ( ) -", "Rename it."
    )
    for (name,), part in _partition(rows.filter((pattern == "") & (cell != ""))):
        faults += faults_of(file, part, role, f"nothing: {name} has no {role}", "Empty the cell.")
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
        faults += faults_of(file, part, role, what, "Add it to the register, or mend the id.")
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
        for fault in faults_of(
            str(file), rows, "measure", "each fact once a source", "Strike one out, or cite the other source.", show=KEY
        )
    ]
