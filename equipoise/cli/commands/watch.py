"""``equipoise watch``: two monitors, each with its rate of false alarms before its findings. Here: trade."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from equipoise.cli.commands.shared import DEFAULT, Csv, Json, Output, app, case_named, names
from equipoise.cli.output import Form, deliver
from equipoise.errors import InputError

if TYPE_CHECKING:
    from equipoise.brief.desk import Desk
    from equipoise.watch.trade.findings import Asked

watch = typer.Typer(rich_markup_mode=None, no_args_is_help=True, help="What trade and events say that is worth a look.")
app.add_typer(watch, name="watch")


@watch.command("trade")
def trade(
    what: Annotated[
        list[str] | None, typer.Argument(metavar="[CASE|FILES]", help="A case, or files and folders of trade data.")
    ] = None,
    of: Annotated[
        str, typer.Option("--case", help="With files: the case whose states, listed goods and euro rates are known.")
    ] = DEFAULT,
    since: Annotated[str, typer.Option(metavar="MONTH", help="First month after the restrictions, as 2022-03.")] = "",
    products: Annotated[
        str, typer.Option(metavar="CODES", help="Goods to ask about, codes or their beginnings, or a file of them.")
    ] = "",
    transit: Annotated[str, typer.Option(metavar="STATES", help="States on the way, as KAZ,KGZ.")] = "",
    target: Annotated[str, typer.Option(metavar="STATE", help="Where the goods may not be sold.")] = "",
    origin: Annotated[str, typer.Option(metavar="STATES", help="Whose goods they are: states or a bloc.")] = "",
    level: Annotated[int, typer.Option(min=2, max=6, help="Figures of a code at which goods are told apart.")] = 6,
    json: Json = False,
    csv: Csv = False,
    output: Output = None,
) -> None:
    """Trade that is consistent with re-export: the false alarms of the screen first, then what stands out.

    Files may be of any size and in the layouts of UN Comtrade, BACI and Eurostat, or a plain table with the columns period,
    reporter, partner, flow, product and value (quantity, currency, revision where there are any).

    \b
    Examples:
      equipoise watch trade                             the states on the way to Russia, by the bundled series
      equipoise watch trade --transit KAZ,KGZ           two of them side by side
      equipoise watch trade comtrade/ --since 2022-03   one's own files, good by good
      equipoise watch trade BACI_HS17.parquet --transit KGZ --products 8542,854800
      equipoise watch trade table.csv --csv -o flags.csv
    """
    from equipoise.brief.desk import Desk
    from equipoise.cli.sheets import watch_trade as sheets

    form = Form(json, csv, output)
    paths = [Path(word) for word in what or []]
    files = [path for path in paths if path.exists() and not (path / "datapackage.json").is_file()]
    if not files:
        if len(paths) > 1:
            raise InputError("CASE", found=", ".join(map(str, paths)), allowed="one case, or files that exist")
        given = {"--since": since, "--products": products, "--target": target, "--origin": origin}
        used = [option for option, value in given.items() if value]
        if used:
            raise InputError(
                ", ".join(used), found="a case, whose series are not by good", allowed="files of trade data",
                remedy="name the files first, as `equipoise watch trade comtrade/`",
            )  # fmt: skip
        from equipoise.watch.trade import derive

        case = case_named(str(paths[0]) if paths else of)
        desk = Desk(case.add(derive(case)))
        deliver(desk, sheets.watch_trade(desk, _states(transit, desk)), form, f"Trade watch: {case.title}")
        return
    missing = [str(path) for path in paths if path not in files]
    if missing:
        raise InputError(
            "FILES", found=", ".join(missing), allowed="files and folders that exist, with no case among them"
        )
    from equipoise.watch.trade.findings import screen_files

    case = case_named(of)
    found = screen_files(case, files, _asked(since, products, transit, target, origin, level))
    desk = Desk(case.add(found.ledger))
    deliver(desk, sheets.watch_files(desk, found), form, f"Trade watch: {', '.join(path.name for path in files[:4])}")


def _states(transit: str, desk: Desk) -> list[str]:
    """The states asked for, all if none."""
    known = [str(row["subject"]) for row in desk.notes.rows("watch_ratio", item="total")]
    asked = names(transit)
    strange = [state for state in asked if state not in known]
    if strange:
        raise InputError(
            "--transit", found=", ".join(strange), allowed=", ".join(known) or "none: the case watches no trade"
        )
    return asked or known


def _asked(since: str, products: str, transit: str, target: str, origin: str, level: int) -> Asked:
    """The options as the screen takes them."""
    from equipoise.watch.trade.findings import Asked

    month = re.fullmatch(r"(\d{4})-?(0[1-9]|1[0-2])?(-\d{2})?", since.strip())
    if since and not month:
        raise InputError("--since", found=since, allowed="a month as 2022-03, or a year")
    stamp = int(month[1]) * 100 + int(month[2] or 1) if month else 0
    path = Path(products)
    text = path.read_text(encoding="utf-8") if products and path.is_file() else products
    codes = tuple(re.findall(r"\b\d{2,8}\b", text))
    if products and not codes:
        raise InputError(
            "--products", found=products, allowed="codes of 2 to 6 figures, with commas, or a file of them"
        )
    return Asked(
        tuple(names(transit)), target, tuple(names(origin)), stamp, tuple(code[:level] for code in codes), level
    )
