"""The room of bargaining: would it pay them, each issue, who pushes, whom to move."""

from __future__ import annotations

from equipoise.brief import bargaining, issues, positions
from equipoise.brief.desk import Desk
from equipoise.brief.document import Absent, Block, Table
from equipoise.studio.blocks import Section

__all__ = ["sections"]


def sections(desk: Desk) -> list[Section]:
    """The stakes, the issues with those that push them, then each issue in full, folded."""
    rows = desk.case.table("issues").iter_rows(named=True)
    known = [row for row in rows if desk.notes.rows("issue_path", subject=row["issue"])]
    return [
        Section("stakes", "Would it pay them", bargaining.stakes(desk)),
        Section("issues", "The issues", issues.contested(desk)),
        *(Section(f"issue-{row['issue']}", row["title"], _issue(desk, row["issue"]), folded=True) for row in known),
    ]


def _issue(desk: Desk, issue: str) -> list[Block]:
    """Who wants what, the path, what the outcome hangs on, whom to move."""
    blocks: list[Block] = [positions.actors(desk, issue), *positions.path(desk, issue), *positions.moving(desk, issue)]
    kept = [block for block in blocks if not isinstance(block, Table) or block.rows]
    if not desk.notes.rows("move_needed", object=issue):
        kept.append(Absent("Whom to move is not asked yet: begin above, or in the terminal: equipoise bargain --issue"))
    return kept
