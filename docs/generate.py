"""Write the parts of the documentation that are made from the program itself: ``make docs``.

Each such part stands between two marks in its page, ``<!-- made: name -->`` and ``<!-- end -->``. A test says when one is stale.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path

import equipoise as eq
from equipoise import outage
from equipoise.brief.desk import Desk
from equipoise.brief.document import Figure
from equipoise.brief.outage import replays
from equipoise.case import Case
from equipoise.study import STAGES
from equipoise.trade import Change, Economy, Setting
from equipoise.vocabulary import measures, tables
from equipoise.watch.trade.injection import calibration_table
from equipoise.world import open_world

HERE = Path(__file__).parent
_PART = re.compile(r"(<!-- made: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def vocabulary() -> str:
    """Every measure by topic, with its unit, what it is of, and its meaning."""
    by_topic: dict[str, list[str]] = {}
    for m in measures().values():
        of = " > ".join(part for part in (m.subject, m.object) if part) + (f" / {m.item}" if m.item else "")
        words = m.meaning + (f" [{m.source}]" if m.source else "")
        cells = (f"`{m.measure}`", m.unit, of.replace("|", " or "), words.replace("|", "/"))
        by_topic.setdefault(m.topic, []).append(_row(*cells))
    head = _row("Measure", "Unit", "Of", "Meaning") + "\n" + _row(*["---"] * 4)
    return "\n\n".join(f"## {topic.capitalize()}\n\n{head}\n" + "\n".join(rows) for topic, rows in by_topic.items())


def register() -> str:
    """Every table of the register with its columns."""
    rows = [
        _row(f"`{name}`", ", ".join(f"{c.column}{'*' if c.required else ''}" for c in columns))
        for name, columns in tables().items()
    ]
    return "\n".join([_row("Table", "Columns (* required)"), _row("---", "---"), *rows])


def stages() -> str:
    """The stages as a picture, drawn from what each says that it reads and writes."""
    lines = ["```mermaid", "flowchart LR", "  case[(facts of the case)]"]
    for stage in STAGES:
        lines.append(f"  {stage.name}[{stage.name}]")
        lines.append(f"  case --> {stage.name}")
        earlier = {other.name for other in STAGES if set(other.writes) & set(stage.reads)}
        lines += [f"  {name} --> {stage.name}" for name in sorted(earlier)]
        lines.append(f"  {stage.name} --> ledger[(ledger)]")
    lines += ["  ledger --> brief[brief: HTML, PDF]", "  ledger --> cli[terminal: tables, JSON, CSV]", "```", ""]
    rows = [
        _row(f"`{s.name}`", str(len(s.reads)) if "*" not in s.reads else "everything", _names(s.writes)) for s in STAGES
    ]
    return "\n".join(
        [*lines, _row("Stage", "Measures it reads", "Measures it writes"), _row("---", "---", "---"), *rows]
    )


def fit() -> str:
    """Modelled less observed flows of oil by route and year."""
    known = _known()
    rows = known.view("flow_error_mass", item="oil.contract").rows(named=True)
    years = sorted({row["period"] for row in rows})
    error = {(row["subject"], row["period"]): row["value"] for row in rows}
    made = [_row("Route", *years, "mean absolute"), _row("---", *["---:"] * (len(years) + 1))]
    for route in sorted({row["subject"] for row in rows}, key=lambda r: (r != "total_exports", r)):
        found = [error.get((route, year)) for year in years]
        there = [abs(e) for e in found if e is not None]
        cells = ["–" if e is None else f"{e:+.2f}" for e in found]
        made.append(_row(known.name(route), *cells, f"{sum(there) / len(there):.2f}"))
    return "\n".join(made)


def losses() -> str:
    """v(S) at central inputs, one year and five to ten, contract and technical limits."""
    known = _known()
    made = [_row("If … withdraws", "one year, % of GDP", "five to ten years", "rent, bn USD", "oil lost, Mt")]
    made.append(_row("---", *["---:"] * 4))
    for power in known.powers:

        def value(measure: str, item: str = "", horizon: str = "1y", who: str = power) -> str:
            found = known.view(measure, object=who, item=item, period=f"{known.year}+{horizon}")["value"]
            return f"{found.item():.2f}" if len(found) else "–"

        cells = value("withdrawal_loss"), value("withdrawal_loss", horizon="10y"), value("withdrawal_rent", "oil")
        made.append(_row(known.name(power), *cells, value("withdrawal_lost_mass", "oil")))
    return "\n".join(made)


def beside() -> str:
    """Losses of real income beside figures that others published or computed, with the reason where they differ."""
    known, world = _known(), open_world()
    economy = Economy(world, known.home)

    def trade(power: str, *thetas: float) -> list[float]:
        places = dict.fromkeys(world.places([power]), 1.0)
        settings = [Setting(theta, 15.0, 0.75 if theta < 2 else 0.125, 0.8) for theta in thetas]
        return [float(economy.loss(setting, Change(places, places))[economy.home]) for setting in settings]

    def loss(item: str, horizon: str) -> float:
        return float(
            known.view("income_loss", object="RUS", item=item, period=f"{known.year}+{horizon}")["value"].item()
        )

    rows = []
    for power, near, far in (
        ("RUS", "7.7–13.1", "1.0–2.0"), ("CHN", "9.2–14.9", "1.3–2.6"), ("TUR", "1.5–2.4", "0.24–0.45"),
    ):  # fmt: skip
        low, mid, high = trade(power, 1.0, 0.76, 0.6)
        rows.append(
            (
                f"closed trade with {known.name(power)}, a year, elasticity 1 to 0.6",
                near,
                f"{low:.1f}–{high:.1f} ({mid:.1f} at 0.76)",
                "deficits are taken out at elasticity 5 here",
            )
        )
        low, mid, high = trade(power, 8.0, 5.0, 4.0)
        rows.append(("the same, long run, elasticity 8 to 4", far, f"{low:.2f}–{high:.2f} ({mid:.2f} at 5)", ""))
    sixth = trade("RUS", 0.76)[0] / trade("RUS", 5.0)[0]
    own = known.view("own_income_loss", period=f"{known.year}+1y")["value"].max()
    spending = world.flows.sum(axis=0)
    america = world.places(["USA"])[0]
    home_share = spending[america, america] / spending[:, america].sum()
    autarky = [100 * (1 - home_share ** (1 / theta)) for theta in (10.0, 5.0)]
    rows += [
        ("a year over the long run, closed trade", "up to about 6 times", f"{sixth:.1f} times", ""),
        (
            "Russia, trade and oil in one, a year",
            "16.6–23.7 (21.9) with 81 % of the oil lost",
            f"{loss('all', '1y'):.1f}",
            "contracts leave 3.8 of 78.7 Mt here, and income terms are in it",
        ),
        (
            "the same, five to ten years",
            "4.3–7.3 (6.2) with a quarter to 60 % lost",
            f"{loss('all', '10y'):.1f}",
            "announced bypasses carry 8.6 Mt here; nobody has announced the 34 Mt that the other figure takes for given",
        ),
        (
            "oil that finds no way alone, a year",
            "6.7–13.7",
            f"{loss('transit', '1y'):.1f}",
            "95 % of the crude instead of 81 %",
        ),
        ("own loss of any power, a year", "below 1", f"at most {own:.2f}", ""),
        (
            "autarky of the United States, one sector, elasticity 10 to 5",
            "0.7–1.4 (Arkolakis and others, home share 0.93)",
            f"{autarky[0]:.1f}–{autarky[1]:.1f}, home share {home_share:.2f}",
            "the home share of 2022, services in it",
        ),
    ]
    made = [_row("What, % of real income", "elsewhere", "here", "why they differ"), _row("---", "---", "---", "---")]
    return "\n".join([*made, *(_row(*row) for row in rows)])


def backtests() -> str:
    """The episodes of the record, replayed with what was known before each, against what was reported."""
    case = eq.open_case("kazakhstan")
    table = replays(Desk(case.add(outage.derive(case, draws=0))))
    made = [_row(*(head for head, _ in table.columns))]
    made.append(_row(*("---:" if align == "r" else "---" for _, align in table.columns)))
    for row in table.rows:
        made.append(_row(*(cell.plain if isinstance(cell, Figure) else str(cell or "–") for cell in row)))
    return "\n".join(made)


PARTS: dict[str, Callable[[], str]] = {
    "vocabulary": vocabulary, "register": register, "stages": stages, "fit": fit, "losses": losses, "backtests": backtests,
    "beside": beside, "calibration": calibration_table,
}  # fmt: skip
SLOW = ("calibration",)
"""Parts that take many seconds: made here, and left as they are where a test asks whether a page is fresh."""


def fresh(page: Path, *, slow: bool = False) -> str:
    """A page as it would be if its parts were made now; the slow ones only if asked."""
    return _PART.sub(
        lambda m: f"{m[1]}{PARTS[m[2]]()}\n{m[3]}" if slow or m[2] not in SLOW else m[0],
        page.read_text(encoding="utf-8"),
    )


def pages() -> list[Path]:
    """The pages that have parts made from the program."""
    return [page for page in sorted(HERE.rglob("*.md")) if _PART.search(page.read_text(encoding="utf-8"))]


def _known() -> Case:
    return eq.run(eq.open_case("kazakhstan"), draws=0)


def _row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


def _names(names: tuple[str, ...]) -> str:
    """Measures in words; those that exist for every quantity are named once: ``link_flow_…``."""
    short = [re.sub(r"_(mass|containers|uranium|gas)$", "_…", name) for name in names]
    return ", ".join(f"`{name}`" for name in dict.fromkeys(short))


def main() -> None:
    """Write every page anew."""
    for page in pages():
        page.write_text(fresh(page, slow=True), encoding="utf-8")
        sys.stdout.write(f"{page.name}\n")


if __name__ == "__main__":
    main()
