"""From files of any size to the legs of triangles: origin to transit, transit to target, origin to target, and the rest.

One stream over the data; what is kept is a sum for each product, period and leg.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from equipoise.errors import Fault, InputError
from equipoise.watch.trade.countries import WORLD
from equipoise.watch.trade.layouts import Source
from equipoise.watch.trade.survey import Counted, Survey, as_word, both_grains, survey

__all__ = ["Legs", "Ways", "gather"]

FloatArray = NDArray[np.float64]
MOST_MEMBERS = 60
"""States of an origin whose double reports can be told by one sum of bits."""


@dataclass(frozen=True, slots=True)
class Ways:
    """What is watched: goods of the origin states, through each transit state, to the target, from a month on (``yyyymm``).

    ``beside`` are states that the transit states are compared with.
    """

    origin: frozenset[str]
    transits: tuple[str, ...]
    target: str
    since: int
    beside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Legs:
    """Value and quantity of k products in t periods by leg: ``("in", h)`` origin to transit, ``("mirror", h)`` the same as the
    transit reports it, ``("out", h)`` transit to target, ``("outmirror", h)`` the same as the target reports it,
    ``("beside", c)`` origin to a state of comparison, ``("direct", "")`` origin to target, ``("rest", "")`` origin to all
    others. USD; a leg that no file reports is absent, and a period of a leg that nobody reports is nan."""

    products: tuple[str, ...]
    periods: tuple[int, ...]
    value: Mapping[tuple[str, str], FloatArray]
    quantity: Mapping[tuple[str, str], FloatArray]
    rows: int
    used: int
    faults: tuple[Counted, ...]
    files: tuple[str, ...]

    def at(self, kind: str, state: str = "") -> FloatArray | None:
        """The values of a leg, if anyone reports it."""
        return self.value.get((kind, state))


def gather(
    sources: Sequence[Source],
    ways: Ways,
    *,
    level: int = 6,
    products: frozenset[str] | None = None,
    rates: Mapping[int, float] | None = None,
) -> Legs:
    """The legs of all triangles from files; ``rates`` are dollars a euro by ``yyyymm`` or ``yyyy00``, ``products`` the codes
    (or their beginnings) that are wanted.

    Raises
    ------
    InputError
        Nothing of the triangles stands in the files, or the origin has more members than can be told apart.
    """
    if len(ways.origin) > MOST_MEMBERS:
        raise InputError("origin", found=f"{len(ways.origin)} states", allowed=f"at most {MOST_MEMBERS}")
    own = frozenset({*ways.origin, *ways.transits, ways.target, *ways.beside})
    surveys = both_grains([survey(source, level, own) for source in sources])
    tables, faults, used = [], [fault for one in surveys for fault in one.faults], 0
    for one in surveys:
        table, found = _stream(one, ways, products)
        faults += found
        tables.append(table)
    table = (
        pl.concat(tables).group_by("product", "period", "role", "currency").agg(pl.col("value", "quantity", "n").sum())
    )
    table, found = _in_dollars(table, rates or {}, surveys[0].source.path.name)
    faults += found
    if not table.height:
        raise InputError(
            ", ".join(source.path.name for source in sources[:5]), found="no row of the triangles",
            allowed=f"exports of {', '.join(sorted(ways.origin)[:4])}, ... to {', '.join((*ways.transits, ways.target))}",
            remedy="name the states with --transit and --target, the origin with --origin",
        )  # fmt: skip
    used = int(table["n"].sum())
    reporting: dict[str, set[int]] = {}
    for one in surveys:
        for state, months in (one.reporters or {}).items():
            reporting.setdefault(state, set()).update(months & set(one.periods.values()))
    value, quantity, names, periods = _arrays(table, ways, reporting)
    faults += _missing(value, ways, reporting, periods, surveys)
    rows = sum(one.rows for one in surveys)
    told = _together(faults)
    return Legs(names, periods, value, quantity, rows, used, told, tuple(s.path.name for s in sources))


def _together(faults: Sequence[Counted]) -> tuple[Counted, ...]:
    """Faults of one kind in several files as one, with the rows of all and the first place where it stands."""
    kinds: dict[tuple[str, str, str], list[Counted]] = {}
    for found in faults:
        kinds.setdefault((found.done, found.reason, found.fault.column), []).append(found)
    made = []
    for (done, reason, _), same in kinds.items():
        first, files = same[0].fault, {found.fault.file for found in same}
        more = f" and {len(files) - 1} more files" if len(files) > 1 else ""
        made.append(Counted(replace(first, file=first.file + more), sum(found.rows for found in same), done, reason))
    return tuple(made)


def roles(ways: Ways) -> list[tuple[str, str]]:
    """The legs, in the order of their numbers."""
    legs = [("direct", ""), ("rest", "")]
    legs += [(kind, state) for state in ways.transits for kind in ("in", "mirror", "out", "outmirror")]
    return [*legs, *(("beside", state) for state in ways.beside)]


def _legs_of(one: Survey, ways: Ways) -> dict[tuple[str, str, str], tuple[int, int]]:
    """The number of the leg, and the bit of the member of the origin, of every pair of raw states and raw flow on a leg."""
    number = {leg: place for place, leg in enumerate(roles(ways))}
    bit = {state: 1 << place for place, state in enumerate(sorted(ways.origin))}
    found: dict[tuple[str, str, str], tuple[int, int]] = {}
    for reporter, seller in one.states.items():
        for partner, buyer in one.states.items():
            for word, flow in one.flows.items():
                kind = _leg(seller, buyer, flow, ways)
                if kind:
                    found[reporter, partner, word] = number[kind], bit.get(buyer if kind[0] == "mirror" else seller, 1)
    return found


def _leg(reporter: str, partner: str, flow: int, ways: Ways) -> tuple[str, str] | None:
    """The leg of what a state reports to sell (0) to another, or to buy (1) from it."""
    if flow == 0 and reporter in ways.origin and partner not in {*ways.origin, WORLD}:
        kinds = ((ways.transits, "in"), (ways.beside, "beside"))
        found = next(((kind, partner) for states, kind in kinds if partner in states), None)
        return found or (("direct" if partner == ways.target else "rest"), "")
    if flow == 0:
        return ("out", reporter) if reporter in ways.transits and partner == ways.target else None
    if reporter in ways.transits:
        return ("mirror", reporter) if partner in ways.origin else None
    return ("outmirror", partner) if reporter == ways.target and partner in ways.transits else None


def _keyed(one: Survey, words: Mapping[str, Sequence[str]], **added: pl.Series) -> pl.LazyFrame:
    """A small table to join a file with: raw words in the types that they have in the file, and what they mean."""
    schema = one.source.scan().collect_schema()
    keys = {column: pl.Series(list(held), dtype=pl.String).cast(schema[column]) for column, held in words.items()}
    return pl.DataFrame({**keys, **added}).lazy()


def _stream(one: Survey, ways: Ways, products: frozenset[str] | None) -> tuple[pl.DataFrame, list[Counted]]:
    """Sums of one file by product, period, leg and currency; double reports are told and taken out."""
    wanted = {
        word: code for word, code in one.products.items()
        if products is None or any(code == p or (code.startswith(p) and code.isdigit()) for p in products)
    }  # fmt: skip
    legs = _legs_of(one, ways)
    if not wanted or not legs or not one.periods:
        return pl.DataFrame(schema=SUMS), []
    names = sorted(set(wanted.values()))
    place = {code: at for at, code in enumerate(names)}
    currency = as_word("currency").replace_strict(list(one.currencies), list(one.currencies.values()), default=None)
    single = len(set(one.currencies.values())) == 1 and len(one.currencies) == 1
    of_pairs = _keyed(
        one, {name: [key[at] for key in legs] for at, name in enumerate(("reporter", "partner", "flow"))},
        role=pl.Series([leg for leg, _ in legs.values()], dtype=pl.UInt8),
        bit=pl.Series([bit for _, bit in legs.values()], dtype=pl.UInt64),
    )  # fmt: skip
    of_goods = _keyed(
        one, {"product": list(wanted)}, good=pl.Series([place[c] for c in wanted.values()], dtype=pl.UInt32)
    )
    scan = one.source.scan().filter(~pl.col("part") & (pl.col("value") >= 0))
    for table, keys in (
        (of_goods, ["product"]),
        (of_pairs, ["reporter", "partner", "flow"]),
    ):  # what leaves least first
        scan = scan.join(table, on=keys, how="inner", nulls_equal=True)
    money = pl.lit(next(iter(one.currencies.values()))) if single else currency
    scan = scan.with_columns(money.alias("money")).filter(pl.col("money").is_not_null())
    for state, month in one.partial:
        reporters = [word for word, found in one.states.items() if found == state]
        months = [word for word, found in one.periods.items() if found == month]
        scan = scan.filter(~(as_word("reporter").is_in(reporters) & as_word("period").is_in(months)))
    keys = ["good", "period", "role"] + ([] if single else ["money"])
    sums = scan.group_by(keys).agg(*_totals(), pl.col("bit").sum().alias("bits")).collect(engine="streaming")
    twice = sums.filter((pl.col("role") != 1) & (pl.col("bits").bitwise_count_ones() < pl.col("n")))
    faults: list[Counted] = []
    if twice.height:
        sums, faults = _without_doubles(one, scan, sums, twice, keys)
    stamps = list(one.periods.values())
    sums = sums.with_columns(
        pl.when(pl.col("unweighed") == 0).then("quantity"),
        pl.col("good").replace_strict(list(range(len(names))), names, return_dtype=pl.String).alias("product"),
        as_word("period").replace_strict(list(one.periods), stamps, default=None, return_dtype=pl.Int32),
        (money if single else pl.col("money")).alias("currency"),
    )
    return sums.filter(pl.col("period").is_not_null()).select(list(SUMS)).cast(SUMS), faults


SUMS = pl.Schema({
    "product": pl.String, "period": pl.Int32, "role": pl.UInt8, "currency": pl.String, "value": pl.Float64,
    "quantity": pl.Float64, "n": pl.UInt32,
})  # fmt: skip


def _totals() -> list[pl.Expr]:
    """What is summed of every leg."""
    unweighed = pl.col("quantity").is_null().sum().alias("unweighed")
    return [pl.col("value").sum(), pl.col("quantity").sum(), unweighed, pl.len().alias("n")]


def _without_doubles(
    one: Survey, scan: pl.LazyFrame, sums: pl.DataFrame, twice: pl.DataFrame, keys: list[str]
) -> tuple[pl.DataFrame, list[Counted]]:
    """Sums again where something was reported twice: the same figure counts once, figures that disagree do not count."""
    whole = [*keys, "reporter", "partner", "flow"]
    rows = scan.join(twice.select(keys).lazy(), on=keys, how="semi").select(*whole, "product", "value", "quantity")
    held = rows.collect(engine="streaming")
    single = held.unique([*whole, "value"], maintain_order=True)
    sure = single.filter(~single.select(whole).is_duplicated())
    again = sure.group_by(keys).agg(*_totals(), pl.lit(0, pl.UInt64).alias("bits"))
    sums = pl.concat([sums.join(twice.select(keys), on=keys, how="anti"), again.select(sums.columns).cast(sums.schema)])
    first = held.filter(held.select(whole).is_duplicated()).row(0, named=True)
    shown = f"{first['reporter']} to {first['partner']}, {first['product']}, {first['period']} more than once"
    name, remedy = one.source.path.name, "Keep one report for each key."
    same, other = held.height - single.height, single.height - sure.height
    faults = []
    if same:
        fault = Fault(name, 0, "", shown, "each report once", remedy)
        faults.append(Counted(fault, same, "set aside", "the same report again"))
    if other:
        fault = Fault(name, 0, "value", f"{shown}, with other figures", "one figure for each key", remedy)
        faults.append(Counted(fault, other, "set aside", "reports that disagree"))
    return sums, faults


def _in_dollars(table: pl.DataFrame, rates: Mapping[int, float], file: str) -> tuple[pl.DataFrame, list[Counted]]:
    """Euros at the rate of the period, or of its year; without a rate they are set aside, never taken for dollars."""
    euros = table.filter(pl.col("currency") == "EUR")
    if not euros.height:
        return table, []
    months = euros["period"].unique().to_list()
    known = {month: rates.get(month) or rates.get(month // 100 * 100) for month in months}
    rate = pl.col("period").replace_strict(list(known), list(known.values()), default=None, return_dtype=pl.Float64)
    table = table.with_columns(
        pl.when(pl.col("currency") == "EUR").then(pl.col("value") * rate).otherwise("value").alias("value")
    )
    lost = int(table.filter(pl.col("value").is_null())["n"].sum())
    faults = []
    if lost:
        missing = ", ".join(str(month) for month in sorted(months) if known[month] is None)
        fault = Fault(
            file,
            0,
            "currency",
            f"euros of {missing}",
            "periods whose euro rate the case knows",
            "Add exchange_rate:EU.",
        )
        faults.append(Counted(fault, lost, "set aside", "no euro rate"))
    return table.filter(pl.col("value").is_not_null()), faults


def _arrays(
    table: pl.DataFrame, ways: Ways, reporting: Mapping[str, set[int]]
) -> tuple[dict[tuple[str, str], FloatArray], dict[tuple[str, str], FloatArray], tuple[str, ...], tuple[int, ...]]:
    """The sums as arrays: no row of a reporter that reports is zero trade, a reporter that is silent is unknown."""
    products = tuple(sorted(table["product"].unique().to_list()))
    periods = tuple(sorted(table["period"].unique().to_list()))
    row = pl.col("product").replace_strict(list(products), list(range(len(products))), return_dtype=pl.Int32)
    column = pl.col("period").replace_strict(list(periods), list(range(len(periods))), return_dtype=pl.Int32)
    grouped = table.group_by("product", "period", "role").agg(pl.col("value").sum(), pl.col("quantity").sum())
    placed = grouped.with_columns(row.alias("row"), column.alias("column"))
    value, quantity = {}, {}
    for place, leg in enumerate(roles(ways)):
        part = placed.filter(pl.col("role") == place)
        if not part.height:
            continue
        at = part["row"].to_numpy(), part["column"].to_numpy()
        made, weight = np.zeros((len(products), len(periods))), np.zeros((len(products), len(periods)))
        made[at], weight[at] = part["value"].to_numpy(), part["quantity"].to_numpy()
        who = _speakers(leg, ways)
        silent = [i for i, month in enumerate(periods) if not any(month in reporting.get(state, ()) for state in who)]
        made[:, silent] = np.nan
        value[leg], quantity[leg] = made, weight
    return value, quantity, products, periods


def _speakers(leg: tuple[str, str], ways: Ways) -> frozenset[str]:
    """Who reports a leg."""
    return {"mirror": frozenset([leg[1]]), "out": frozenset([leg[1]]), "outmirror": frozenset([ways.target])}.get(
        leg[0], ways.origin
    )


def _missing(
    value: Mapping[tuple[str, str], FloatArray], ways: Ways, reporting: Mapping[str, set[int]], periods: Sequence[int],
    surveys: Sequence[Survey],
) -> list[Counted]:  # fmt: skip
    """What no file says: mirrors that are missing, members of the origin that fall silent. Said, never taken for zero."""
    found = []
    name = surveys[0].source.path.name if len(surveys) == 1 else f"{len(surveys)} files"
    words = {
        "in": "what the origin sells to",
        "mirror": "what is bought from the origin by",
        "out": "what is sold to the target by",
    }
    for state in ways.transits:
        for kind, told in words.items():
            other = value.get(("outmirror", state)) is not None and kind == "out"
            if (kind, state) not in value and not other:
                fault = Fault(
                    name, 0, "", f"no report of {told} {state}", "a report", "Add the file of who reports it."
                )
                found.append(Counted(fault, 0, "missing", f"{kind} of {state}"))
    gaps = {s: [m for m in periods if m not in reporting[s]] for s in sorted(ways.origin) if reporting.get(s)}
    for state, months in gaps.items():
        if months:
            fault = Fault(
                name,
                0,
                "period",
                f"{state} silent in {len(months)} periods from {months[0]}",
                "every period",
                "Add them.",
            )
            found.append(Counted(fault, 0, "missing", f"periods of {state}"))
    return found
