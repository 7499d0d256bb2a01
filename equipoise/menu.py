"""Menus of partial withdrawal: a case in which powers close only some of what they control, or a share of it.

A withdrawal is a case with channels shut, and who can shut what is a fact of control. So a menu replaces those facts: the
reach of each power over what is not on the menu is nothing, over a part that is closed by a share that share of what it
was. Every stage then finds what it always finds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from equipoise.case import Case
from equipoise.errors import InputError
from equipoise.ledger import Ledger

__all__ = ["KINDS", "menu", "with_markets"]

KINDS: Mapping[str, str] = {
    "demand for exports": "exports", "supply of imports": "imports", "people": "people", "transit fees": "fees",
    "finance": "finance", "shared system": "systems",
}  # fmt: skip
"""What the register calls a channel that enters in money, and its kind on a menu; links and fields are ``transit``."""
BASIS, OWN_MARKET = "menu", "own-market"
_MARKETS = (
    ("demand for exports", "exp", "export_value", "exports to"),
    ("supply of imports", "imp", "import_value", "imports from"),
)


def menu(
    case: Case, powers: Sequence[str], *, channels: Sequence[str] = (), shares: Mapping[str, float] | None = None
) -> Case:
    """The case in which these powers alone play, and close only what is on the menu.

    Parameters
    ----------
    powers : sequence of str
        Who withdraws.
    channels : sequence of str
        What they close: kinds (``exports``, ``imports``, ``transit``, ``people``, ``fees``, ``finance``, ``systems``), corridors,
        channels or links of the register. All they control if left out.
    shares : mapping
        Of what is closed, the share that is, 0 to 1; 1 for what is not named.

    Raises
    ------
    InputError
        A name that nobody here controls, a share that is none, or two entries for one channel.
    """
    asked = dict(shares or {})
    for name, share in asked.items():
        if not 0.0 <= share <= 1.0:
            raise InputError("--share", found=f"{name}={share:g}", allowed="a share from 0 to 1")
    stray = [name for name in asked if channels and name not in channels]
    if stray:
        raise InputError(
            "--share", found=f"{', '.join(stray)}, which is not on the menu", allowed=f"of {', '.join(channels)}",
            remedy="add it to --channels, or leave --channels out to close everything else whole",
        )  # fmt: skip
    bare = with_markets(case.with_powers(powers), powers)
    members = {one for power in powers for one in case.members(power)}
    control = bare.settle().view("control").filter(pl.col("subject").cast(pl.String).is_in(sorted(members)))
    names = _names(bare)
    rows = [row for row in control.iter_rows(named=True) if str(row["object"]) in names]
    known = sorted({name for row in rows for name in names[str(row["object"])]})
    for name in [*channels, *asked]:
        if name not in known:
            whose = " or ".join(powers)
            raise InputError(
                "--channels and --share", found=f"{name}, which {whose} does not control", allowed=_told(known, case)
            )
    made = [_reduced(row, _kept(names[str(row["object"])], channels, asked)) for row in rows]
    told = pl.DataFrame(
        {"assumption": [BASIS], "statement": [f"The menu of this run: {in_words(channels, asked)}"], "grade": ["C"]}
    )
    table = bare.table("assumptions")
    register = {**bare.register, "assumptions": pl.concat([table, told.select(table.columns)], how="vertical_relaxed")}
    return replace(bare, register=register).replace(Ledger.of(made))


def with_markets(case: Case, powers: Sequence[str]) -> Case:
    """The case in which what each of these powers buys and sells is a channel, and wholly its own to close where no fact says
    how far it can."""
    held = set(case.view("control").select(pl.col("subject", "object").cast(pl.String)).iter_rows())
    table = case.table("channels")
    own = {
        str(row["channel"]): KINDS[row["kind"]]
        for row in table.iter_rows(named=True)
        if row["kind"] in KINDS and ">" in str(row["size"])
    }
    rows, reach = [], []
    for power in powers:
        closes = {own[thing] for one in case.members(power) for who, thing in held if who == one and thing in own}
        for kind, called, measure, told in _MARKETS:
            if KINDS[kind] not in closes:
                channel = f"{called}_{power.lower()}"
                name, size = f"goods {told} {case.name(power)}", f"{measure}:{case.home}>{power}"
                blank = dict.fromkeys(table.columns, "")
                rows.append({**blank, "channel": channel, "name": name, "kind": kind, "commodity": "goods", "monetised": "yes",
                             "size": size, "basis": OWN_MARKET, "grade": "C"})  # fmt: skip
                reach.append({"measure": "control", "subject": power, "object": channel, "item": "market", "period": "static",
                              "value": 1.0, "grade": "C", "kind": "assumed", "basis": OWN_MARKET})  # fmt: skip
    if not rows:
        return case
    known = case.table("assumptions")
    told_once = pl.DataFrame(
        {"assumption": [OWN_MARKET], "statement": ["A power can close what it buys and sells itself"], "grade": ["C"]}
    )
    register = {
        **case.register,
        "channels": pl.concat([table, pl.DataFrame(rows, schema=table.schema)]),
        "assumptions": pl.concat([known, told_once.select(known.columns)], how="vertical_relaxed"),
    }
    return replace(case, register=register).add(Ledger.of(reach))


def in_words(channels: Sequence[str], shares: Mapping[str, float]) -> str:
    """A menu in words.

    >>> in_words(["exports", "transit"], {"transit": 0.5}), in_words([], {"cpc": 0.3})
    ('exports, 50 % of transit', 'everything, but of cpc 30 %')
    """
    if channels:
        return ", ".join(f"{100 * shares[name]:g} % of {name}" if name in shares else name for name in channels)
    return "everything" + "".join(f", but of {name} {100 * share:g} %" for name, share in shares.items())


def _names(case: Case) -> dict[str, tuple[str, ...]]:
    """By which names each thing that can be closed may be called: the thing, its corridor, its kind."""
    links = {
        row["link"]: (row["link"], row["corridor"], "transit") for row in case.table("links").iter_rows(named=True)
    }
    places = {place: (place, "transit") for place in case.table("places")["place"].to_list()}
    channels = {
        row["channel"]: (row["channel"], KINDS[row["kind"]])
        for row in case.table("channels").iter_rows(named=True)
        if row["monetised"] == "yes" and row["kind"] in KINDS
    }
    return {thing: tuple(name for name in of if name) for thing, of in {**places, **links, **channels}.items()}


def _kept(names: Sequence[str], channels: Sequence[str], shares: Mapping[str, float]) -> float:
    """The share that is closed of a thing that bears these names."""
    if channels and not set(names) & set(channels):
        return 0.0
    hit = [name for name in names if name in shares]
    if len(hit) > 1:
        raise InputError(
            "--share", found=f"{' and '.join(f'{name}={shares[name]:g}' for name in hit)}, which both name {names[0]}",
            allowed="one share for each channel",
        )  # fmt: skip
    return shares[hit[0]] if hit else 1.0


def _reduced(row: Mapping[str, object], share: float) -> dict[str, object]:
    """A fact of control, so much of it."""
    keys = ("measure", "subject", "object", "item", "period")
    ends = {end: None if row[end] is None else float(str(row[end])) * share for end in ("value", "low", "high")}
    return {**{key: str(row[key] or "") for key in keys}, **ends, "grade": "C", "kind": "assumed", "basis": BASIS}


def _told(known: Sequence[str], case: Case) -> str:
    """What may be named, the kinds first and corridors, not every link."""
    kinds = [
        name for name in ("exports", "imports", "transit", "people", "fees", "finance", "systems") if name in known
    ]
    corridors = set(case.table("corridors")["corridor"].to_list())
    return ", ".join([*kinds, *(name for name in known if name in corridors)]) + "; or a channel or link of these"
