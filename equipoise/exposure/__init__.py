"""Exposure: how dependent a state is on each power, and through what, in five readings side by side.

By *buyer* or supplier, by *territory* crossed, by *ownership*, by *operator*, by *payment and jurisdiction*. No reading
is the true one and they are never merged: oil that is diversified by buyer may cross one territory. Transit exposure is
the flow lost when the controller's links are removed, not the share that passes.
"""

from __future__ import annotations

from equipoise.case import Case
from equipoise.errors import InputError
from equipoise.exposure.collect import VERSION, Collector
from equipoise.exposure.partners import CHANNELS, mirrors, partner_shares
from equipoise.exposure.politics import alignment, memberships
from equipoise.exposure.routes import definitions, lost_when_closed, route_shares
from equipoise.ledger import Ledger

__all__ = ["CHANNELS", "READS", "VERSION", "WRITES", "derive"]

_QUANTITIES = ("mass", "containers", "uranium", "gas")
READS = (
    *{measure for measure, _ in CHANNELS.values()}, "export_share", "import_share", "ideal_point", "membership", "equity",
    "control", *(f"{stem}_{q}" for q in _QUANTITIES for stem in ("flow", "supply", "closure_loss", "modelled_export")),
)  # fmt: skip
WRITES = (
    "exposure_share", "exposure_crossing", "exposure_lost", "exposure_hhi", "exposure_effective_number", "exposure_coverage",
    "mirror_gap", "oil_share_by_definition", "alignment_distance", "alignment_spread", "joint_memberships", "members_total",
    "arms_hhi",
)  # fmt: skip


def derive(case: Case, *, state: str = "") -> Ledger:
    """The readings of a state, the home state of the case unless another is named; others as far as the data hold.

    Raises
    ------
    InputError
        The state is not in the register.
    """
    who = state or case.home
    if who not in case.table("actors")["actor"].to_list():
        raise InputError("state", found=who, allowed="an actor of the case", remedy="use its ISO 3166-1 alpha-3 code")
    settled = case.settle()
    found = Collector(settled, who)
    partner_shares(found)
    mirrors(found)
    if who == case.home:
        route_shares(found)
        lost_when_closed(found)
        definitions(found)
    alignment(found)
    memberships(found)
    return found.ledger()
