"""What the judged control over a channel of water reaches, and what a canal is to take of a river."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from equipoise.case import Case
from equipoise.ledger import Derivation, parse_id
from equipoise.maths.bottleneck import bottleneck_loss
from equipoise.region.figures import Asked, Figures

__all__ = ["VERSION", "asked_of_channels", "canal", "channels_of", "kept_by_control"]

FloatArray = NDArray[np.float64]
Found = dict[tuple[str, str, str, str, str], FloatArray]
VERSION = "water/1"

_CONTROL = (
    "the judged reach of the control over what comes; the loss as the income stage has it, by the bottleneck formula"
)
_CANAL = "what the canal is to take, divided among those downstream as the limits of the season stand to each other"


def channels_of(case: Case) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Channels of water and who controls them: channel, state, the fact of its size taken apart."""
    control = case.view("control", item="market").select(pl.col("subject", "object").cast(pl.String))
    for row in case.table("channels").iter_rows(named=True):
        if row["commodity"] == "water" and row["monetised"] == "yes" and row["size"]:
            for state in sorted(set(control.filter(pl.col("object") == row["channel"])["subject"].to_list())):
                yield row["channel"], state, parse_id(row["size"])


def asked_of_channels(case: Case, channels: list[tuple[str, str, dict[str, str]]]) -> dict[str, Asked]:
    """The figures that control over water hangs on, and those of the canal on the Amu Darya."""
    made: dict[str, Asked] = {}
    for channel, state, size in channels:
        made[f"rho.{channel}.{state}"] = ("control", state, channel, "market")
        made[f"size.{channel}"] = tuple(size[k] for k in ("measure", "subject", "object", "item", "period"))
        for what in ("cost", "user", "supply"):
            made[f"{what}.{channel}"] = (f"input_{what}_share", case.home, channel)
    for row in case.view("river_volume").iter_rows(named=True):
        if str(row["item"]).startswith("inflow_") and str(row["item"]).endswith("_from_China"):
            made[f"part.{row['subject']}"] = (
                "river_volume",
                str(row["subject"]),
                "",
                str(row["item"]),
                str(row["period"]),
            )
    made["canal.takes"] = ("river_volume", "AFG", "", "Qosh_Tepa*")
    for state in ("UZB", "TKM"):
        made[f"canal.limit.{state}"] = ("river_volume", f"Amu_Darya.{state}", "", "Amu_Darya_withdrawal_limit")
    return made


def kept_by_control(
    case: Case, figures: Figures, channels: list[tuple[str, str, dict[str, str]]]
) -> Iterator[tuple[Found, Derivation]]:
    """What each state that controls a channel of water could keep back by the judged reach of its control."""
    for channel, state, size in channels:
        rho, names = f"rho.{channel}.{state}", [f"{w}.{channel}" for w in ("size", "cost", "user", "supply")]
        if not figures.holds(rho, names[0]):
            continue
        found: Found = {}
        key = case.home, state, f"{channel}.control"
        found["water_withheld", *key, size["period"]] = figures[rho] * figures[names[0]]
        labels = [rho, names[0]]
        if figures.holds(*names):
            labels += [*names[1:], *(label for label in figures.facts if label.startswith("sigma."))]
            cost, user, supply = (figures[name] for name in names[1:])
            for horizon in case.table("horizons")["horizon"].to_list():
                if f"sigma.{horizon}" in figures:
                    lost = bottleneck_loss(cost, 1.0 - figures[rho] * supply, figures[f"sigma.{horizon}"])
                    found["water_loss", *key, f"{case.year}+{horizon}"] = 100.0 * user * lost
                    found["water_users_loss", *key, f"{case.year}+{horizon}"] = 100.0 * lost
        outcome = next(
            (v for k, v in found.items() if k[0] == "water_loss"), found["water_withheld", *key, size["period"]]
        )
        yield found, Derivation(f"water.{channel}.{state}", VERSION, _CONTROL, figures.parents(outcome, labels))


def canal(case: Case, figures: Figures) -> tuple[Found, Derivation]:
    """What the canal on the Amu Darya is to take from those downstream; there is no balance by season: no figures."""
    limits: Mapping[str, Any] = {n.split(".")[-1]: figures[n] for n in figures.facts if n.startswith("canal.limit.")}
    found: Found = {}
    if "canal.takes" in figures and limits:
        together = np.sum(list(limits.values()), axis=0)
        for state, limit in limits.items():
            found["water_withheld", state, "AFG", "Amu_Darya.canal", str(case.year)] = (
                figures["canal.takes"] * limit / together
            )
    labels = [n for n in figures.facts if n.startswith("canal.")]
    outcome = next(iter(found.values()), np.zeros(figures.draws + 1))
    return found, Derivation(
        "water.Amu_Darya.canal", VERSION, _CANAL, figures.parents(outcome, labels) if labels else {}
    )
