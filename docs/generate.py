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
from equipoise.vocabulary import measures, tables

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
}  # fmt: skip


def fresh(page: Path) -> str:
    """A page as it would be if its parts were made now."""
    return _PART.sub(lambda m: f"{m[1]}{PARTS[m[2]]()}\n{m[3]}", page.read_text(encoding="utf-8"))


def pages() -> list[Path]:
    """The pages that have parts made from the program."""
    return [page for page in sorted(HERE.glob("*.md")) if _PART.search(page.read_text(encoding="utf-8"))]


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
        page.write_text(fresh(page), encoding="utf-8")
        sys.stdout.write(f"{page.name}\n")


if __name__ == "__main__":
    main()
