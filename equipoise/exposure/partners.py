"""Shares by partner: who buys, sells, lends, arms, teaches; and what the partner's own books say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from equipoise.exposure.collect import Collector, Figure
from equipoise.maths.concentration import effective_number, hhi, share_bounds

__all__ = ["CHANNELS", "mirrors", "partner_shares"]

CHANNELS: dict[str, tuple[str, str]] = {
    "goods_exports.buyer": ("export_value", "goods"),
    "goods_imports.supplier": ("import_value", "goods"),
    "oil.buyer": ("export_mass", "oil"),
    "oil_value.buyer": ("export_value", "oil"),
    "coal.buyer": ("export_mass", "coal"),
    "gas.buyer": ("export_value", "gas"),
    "gold.buyer": ("export_value", "gold"),
    "arms.supplier": ("arms_imports", ""),
    "debt.creditor": ("external_debt", ""),
    "investment.owner": ("fdi_stock", "immediate"),
    "transfers_out.receiver": ("remittances_out", ""),
    "transfers_in.sender": ("remittances_in", ""),
    "transfers_out.operator": ("transfer_system_share", ""),
    "internet.territory": ("internet_transit_share", ""),
}
"""Channel and reading, the measure that counts it, and its item."""

WHOLE = ("oil", "oil_value", "coal", "gas", "gold", "arms")
"""Channels whose source lists every partner; of the others the total must stand in the ledger, or no share is told."""

PERCENT = ("transfer_system_share", "internet_transit_share")
ENOUGH = 0.8  # coverage below which no concentration is printed


def partner_shares(found: Collector) -> None:
    """Share of each partner in each channel and period, with its range, the concentration, and the coverage."""
    for channel, (measure, item) in CHANNELS.items():
        by_period: dict[str, list[Figure]] = defaultdict(list)
        for figure in found.figures(measure, subject=found.state, item=item):
            by_period[figure.period].append(figure)
        for period, figures in by_period.items():
            _shares(found, channel, measure, period, figures)
    for channel, measure in (("goods_exports.buyer", "export_share"), ("goods_imports.supplier", "import_share")):
        _published_shares(found, channel, measure)


def _shares(found: Collector, channel: str, measure: str, period: str, figures: Sequence[Figure]) -> None:
    partners = [f for f in figures if found.kind.get(f.object) not in ("aggregate", "bloc") and f.value > 0]
    if not partners:
        return
    world = next((f for f in figures if f.object == "WLD"), None)
    if world is None and measure not in PERCENT and channel.split(".")[0] not in WHOLE:
        return
    named = sum(f.value for f in partners)
    total = 100.0 if measure in PERCENT else max(world.value, named) if world else named
    basis = found.rests_on(f"{channel}.{period}", f"{measure} by partner over its total, {period}", figures)
    rest = max(0.0, total - named)
    low, share, high = share_bounds(
        *(_with_rest([getattr(f, end) for f in partners], rest) for end in ("low", "value", "high"))
    )
    for figure, least, value, most in zip(partners, low, share, high, strict=False):
        _share(found, channel, period, figure.object, basis, value, least, most)
    for bloc in (power for power in found.case.powers if found.kind.get(power) == "bloc"):
        inside = [i for i, f in enumerate(partners) if f.object in found.case.members(bloc)]
        if inside and not any(f.object == bloc for f in partners):
            _share(
                found,
                channel,
                period,
                bloc,
                basis,
                share[inside].sum(),
                low[inside].sum(),
                min(1.0, high[inside].sum()),
            )
    coverage = named / total
    found.add("exposure_coverage", coverage, item=channel, period=period, basis=basis)
    if coverage >= ENOUGH and measure not in PERCENT:
        _concentration(found, channel, period, basis, share[: len(partners)], coverage)


def _with_rest(values: list[float], rest: float) -> np.ndarray:
    return np.array([*values, rest]) if rest > 0 else np.array(values)


def _share(
    found: Collector, channel: str, period: str, partner: str, basis: str, value: float, low: float, high: float
) -> None:
    found.add(
        "exposure_share",
        float(value),
        float(low),
        float(high),
        object=partner,
        item=channel,
        period=period,
        basis=basis,
    )


def _concentration(found: Collector, channel: str, period: str, basis: str, share: np.ndarray, coverage: float) -> None:
    """The index over named partners; the rest is taken as one partner for the upper end, as dust for the lower."""
    index = hhi(share / share.sum())
    dust, lump = float(share @ share), float(share @ share) + (1.0 - coverage) ** 2
    found.add("exposure_hhi", index, min(dust, index), max(lump, index), item=channel, period=period, basis=basis)
    number = effective_number(share / share.sum())
    found.add(
        "exposure_effective_number",
        number,
        1 / max(lump, index),
        max(1 / dust, number),
        item=channel,
        period=period,
        basis=basis,
    )
    if channel == "arms.supplier":
        found.add("arms_hhi", index, min(dust, index), max(lump, index), period=period, basis=basis)


def _published_shares(found: Collector, channel: str, measure: str) -> None:
    """Years for which only shares of a few partners were published."""
    have = {
        f.period
        for f in found.figures(CHANNELS[channel][0], subject=found.state, item=CHANNELS[channel][1])
        if f.object != "WLD"
    }
    by_period: dict[str, list[Figure]] = defaultdict(list)
    for figure in found.figures(measure, subject=found.state):
        if figure.period not in have:
            by_period[figure.period].append(figure)
    for period, figures in by_period.items():
        basis = found.rests_on(f"{channel}.{period}", f"{measure} as published, {period}", figures)
        for f in figures:
            _share(found, channel, period, f.object, basis, f.value / 100, f.low / 100, f.high / 100)
        named = [f.value for f in figures if found.kind.get(f.object) not in ("aggregate",)]
        found.add("exposure_coverage", sum(named) / 100, item=channel, period=period, basis=basis)


def mirrors(found: Collector) -> None:
    """How far the partner's report of a flow is from the state's own: both stand, neither is corrected."""
    for own_measure, their_measure, item in (
        ("export_value", "import_value", "exports.goods"),
        ("import_value", "export_value", "imports.goods"),
    ):
        own = {(f.object, f.period): f for f in found.figures(own_measure, subject=found.state, item="goods")}
        for theirs in found.figures(their_measure, object=found.state, item="goods"):
            mine = own.get((theirs.subject, theirs.period))
            if mine and mine.value > 0:
                basis = found.rests_on(
                    f"mirror.{item}.{theirs.subject}.{theirs.period}",
                    "partner's report less own report, over own report; imports include freight and insurance",
                    [mine, theirs],
                )
                gap = theirs.value / mine.value - 1.0
                found.add("mirror_gap", gap, object=theirs.subject, item=item, period=theirs.period, basis=basis)
