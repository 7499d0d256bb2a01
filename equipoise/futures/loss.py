"""What a future takes from real income: the trade equilibrium as a surface, and the income terms beside it.

The equilibrium is solved at some hundreds of points for every power and every variant of the world, over the elasticities and
shares that it rests on, how far the power closes what it buys and sells, the share of the endowment that finds no way out, and
how much dearer the rest has become; a surface is laid through the losses. A test holds it to the equilibrium over several
hundred redraws and prints the error. The terms are those of :mod:`equipoise.income.losses`, for many futures at once; a test
holds them to that.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from equipoise import memory
from equipoise.futures.book import Book
from equipoise.futures.lives import Threat
from equipoise.income.inputs import SETTINGS, Inputs, Known, Tie
from equipoise.income.losses import Losses
from equipoise.ledger import parse_id
from equipoise.maths.ensemble import latin_hypercube, triangular
from equipoise.maths.surface import Surface, along_each, fit_surface, terms_of
from equipoise.menu import KINDS
from equipoise.trade import Change, Setting, losses
from equipoise.world import VARIANTS, open_regions

__all__ = ["NODES", "Channel", "Equilibrium", "Trade", "between"]

FloatArray = NDArray[np.float64]
NODES = np.array([0.0, 1.0 / 3.0, 2.0 / 3.0, 1.0])
"""Shares of a channel at which the loss of its closing is known; between them runs a cubic."""
POINTS = 200
"""Equilibria that a surface is laid through."""
DEGREES = terms_of([3, 2, 2, 2, 3, 3, 2, 4], [1.5, 2, 2, 2, 1, 1, 2.5, 1], 4.5)
"""Terms of a surface over the four settings, what is closed of exports and imports, the rise of costs, and the share lost."""
NOBODY = terms_of([3, 2, 2, 2, 4], [1.5, 2, 2, 2, 1], 4.5)
SEED = 20


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel that can be closed: its kind and commodity, and the positions of the figures that its loss hangs on."""

    name: str
    kind: str
    commodity: str
    figures: Mapping[str, int]


class Equilibrium:
    """The trade equilibrium, exactly: the worlds, their settings, and who closes what."""

    def __init__(self, inputs: Inputs) -> None:
        if inputs.main is None:
            raise ValueError("no horizon")  # the caller has asked Inputs.studied
        self.inputs, self.horizon, self.powers = inputs, inputs.main, inputs.powers
        worlds = [open_regions(name) for name in VARIANTS] if inputs.regional else [inputs.gathered()]
        self.worlds = [Losses(inputs, world) for world in worlds]
        self.figures: Mapping[str, Known] = inputs.figures(self.horizon, self.powers)

    def losses(self, power: str, world: NDArray[np.int64], points: FloatArray) -> FloatArray:
        """Loss of real income, %, (k,): which world, and at points (k, 8) settings, share closed of exports and of imports, rise
        of the cost of the oil, share of the endowment lost; the power ``""`` is nobody."""
        tasks = []
        for which, row in zip(world, points, strict=True):
            places = self.worlds[which].places[power] if power else ()
            out, back, dearer, lost = (float(x) for x in row[4:])
            change = Change(dict.fromkeys(places, out), dict.fromkeys(places, back), lost, dearer)
            tasks.append((int(which), Setting(*(float(x) for x in row[:4])), change))
        found = losses([one.economy for one in self.worlds], tasks)
        return np.asarray(found[:, self.worlds[0].economy.home])

    def ends(self) -> tuple[FloatArray, FloatArray]:
        """The least and the largest of each figure of a point (8,)."""
        known = [self.figures[name] for name in SETTINGS]
        rises = [self.figures[f"oil_dearer.{p}"] for p in self.powers if f"oil_dearer.{p}" in self.figures]
        low = [one.low for one in known] + [0.0, 0.0, min([-0.02, *(one.low for one in rises)]), 0.0]
        high = [one.high for one in known] + [1.0, 1.0, max([0.05, *(one.high for one in rises)]), 1.0]
        return np.array(low), np.array(high)

    def drawn(self, chance: FloatArray) -> FloatArray:
        """Points (k, 8) from chances (k, 8): settings as they are drawn, the rest evenly."""
        low, high = self.ends()
        points = low + chance * (high - low)
        for i, name in enumerate(SETTINGS):
            one = self.figures[name]
            points[:, i] = triangular(one.low, one.value, one.high, chance[:, i])
        return points

    def surfaces(self) -> dict[tuple[str, int], Surface]:
        """A surface for each power, and for nobody, in each world; remembered."""
        low, high = (scaled(end) for end in self.ends())
        low, high = np.minimum(low, high), np.maximum(low, high)
        mark = hashlib.sha256(memory.program())
        mark.update(f"{self.inputs.home}|{self.inputs.case.year}|{self.powers}|{low}|{high}".encode())
        mark.update(repr([self.figures[name] for name in SETTINGS]).encode())
        mark.update(repr([one.places for one in self.worlds]).encode())
        name = f"surfaces-{mark.hexdigest()[:24]}"
        keys = [(power, which) for power in (*self.powers, "") for which in range(len(self.worlds))]
        kept = memory.recall(name)
        if kept is None or "coefficients" not in kept:
            found = [self._fitted(power, which, low, high) for power, which in keys]
            kept = {
                "coefficients": pl.DataFrame({f"{p}|{w}": _padded(c) for (p, w), c in zip(keys, found, strict=True)})
            }
            memory.keep(name, kept)
        made = {}
        for power, which in keys:
            terms, columns = (DEGREES, list(range(8))) if power else (NOBODY, [0, 1, 2, 3, 7])
            values = kept["coefficients"][f"{power}|{which}"].to_numpy()[: len(terms)]
            made[power, which] = Surface(low[columns], high[columns], terms, np.array(values))
        return made

    def _fitted(self, power: str, which: int, low: FloatArray, high: FloatArray) -> FloatArray:
        """The coefficients of one surface."""
        chance = latin_hypercube(POINTS, 8, SEED + 100 * which + len(power))
        points = self.drawn(chance)
        if not power:
            points[:, 4:7] = 0.0
        values = self.losses(power, np.full(POINTS, which), points)
        terms, columns = (DEGREES, list(range(8))) if power else (NOBODY, [0, 1, 2, 3, 7])
        return fit_surface(scaled(points)[:, columns], values, low[columns], high[columns], terms).coefficients


def scaled(points: FloatArray) -> FloatArray:
    """Points as the surfaces take them: losses go as the inverse of an elasticity."""
    made = np.array(points, dtype=float)
    made[..., :2] = 1.0 / made[..., :2]
    return made


def _padded(coefficients: FloatArray) -> FloatArray:
    return np.concatenate([coefficients, np.zeros(len(DEGREES) - len(coefficients))])


def between(curve: FloatArray, share: FloatArray) -> FloatArray:
    """The cubic through the nodes of curves (..., 4) at shares (...)."""
    found = np.zeros(np.broadcast_shapes(curve.shape[:-1], share.shape))
    for i, node in enumerate(NODES):
        others = np.delete(NODES, i)
        found = found + curve[..., i] * np.prod([(share - other) / (node - other) for other in others], axis=0)
    return found


class Trade:
    """The losses of many futures: surfaces and terms, with the positions of the figures that they read."""

    def __init__(self, exact: Equilibrium, threats: Sequence[Threat], book: Book) -> None:
        inputs = exact.inputs
        self.powers, self.worlds = exact.powers, len(exact.worlds)
        self.surfaces = exact.surfaces()
        skipped = ("oil_lost.", "containers_lost.")
        self.at = {
            label: book.known(label, known) for label, known in exact.figures.items() if not label.startswith(skipped)
        }
        self.endowment = inputs.beside_oil(exact.powers[0], exact.horizon)[0] if exact.powers else 0.0
        self.ties = {power: tuple(self._tie(tie, inputs, book) for tie in inputs.ties[power]) for power in self.powers}
        self.channels = [self._channels(threat, inputs, book) for threat in threats]
        self.ready = [bool(one) for one in self.channels]

    def _tie(self, tie: Tie, inputs: Inputs, book: Book) -> Channel:
        return self._channel(tie.channel, tie.kind, tie.commodity, inputs, book)

    @staticmethod
    def _channel(name: str, kind: str, commodity: str, inputs: Inputs, book: Book) -> Channel:
        found: dict[str, Known | None] = {}
        if kind == "systems":
            found = {f"{what}.{name}": inputs.input(f"input_{what}_share", name) for what in ("cost", "user", "supply")}
        elif kind not in ("exports", "imports"):
            found = {f"size.{name}": inputs.size(name)}
        return Channel(
            name, kind, commodity,
            {label.split(".")[0]: book.known(label, one) for label, one in found.items() if one is not None},
        )  # fmt: skip

    def _channels(self, threat: Threat, inputs: Inputs, book: Book) -> tuple[Channel, ...]:
        """The channels that a threat closes, of those whose loss is known in money."""
        rows = {row["channel"]: row for row in inputs.case.table("channels").iter_rows(named=True)}
        made = []
        for name in threat.channels:
            row = rows.get(name)
            if row is None or row["monetised"] != "yes" or row["kind"] not in KINDS or row["commodity"] == "oil":
                continue
            kind = KINDS[row["kind"]]
            if kind in ("exports", "imports"):
                if not (threat.goods and parse_id(row["size"])["object"] == threat.power in self.powers):
                    continue
                made.append(Channel(name, kind, row["commodity"], {}))
            else:
                channel = self._channel(name, kind, row["commodity"], inputs, book)
                if len(channel.figures) == (3 if kind == "systems" else 1):
                    made.append(channel)
        return tuple(made)

    # --- many futures -------------------------------------------------------------------------------------------------

    def setting(self, values: FloatArray) -> FloatArray:
        """The settings (K, 4)."""
        return values[:, [self.at[name] for name in SETTINGS]]

    def curve(self, power: str, world: NDArray[np.int64], points: FloatArray) -> FloatArray:
        """The loss as a polynomial of the share of the endowment lost (K, 5), scaled to [-1, 1], at points (K, 8)."""
        columns = list(range(8)) if power else [0, 1, 2, 3, 7]
        surfaces = [self.surfaces[power, which] for which in range(self.worlds)]
        return along_each(surfaces, world, len(columns) - 1, scaled(points)[:, columns])

    def reach(self, power: str, kind: str, values: FloatArray, hold: Mapping[str, FloatArray]) -> FloatArray:
        """Share of what is traded with a power that it closes when it closes all it can (K,); ``hold`` makes some channels easier
        or harder to close, as many times."""
        left, found = np.ones(len(values)), False
        for tie in self.ties[power]:
            if tie.kind == kind:
                found = True
                held = values[:, self.at[f"{tie.name}.{power}"]] * hold.get(tie.name, np.ones(1))
                left *= 1.0 - np.clip(held, 0.0, 1.0)
        return 1.0 - left if found else np.ones(len(values))

    def term(self, channel: Channel, share: FloatArray, values: FloatArray) -> FloatArray:
        """What closing a share (K, ...) of a channel takes a year, % of GDP (K, ...); nothing of trade: the surfaces hold it."""
        if channel.kind in ("exports", "imports", "transit") or "gdp" not in self.at:
            return np.zeros(share.shape)
        lead = (len(values), *[1] * (share.ndim - 1))

        def of(position: int) -> FloatArray:
            return values[:, position].reshape(lead)

        if channel.kind == "systems":
            if len(channel.figures) < 3:
                return np.zeros(share.shape)
            cost, user, supply = (of(channel.figures[what]) for what in ("cost", "user", "supply"))
            missing, power = share * supply, 1.0 - 1.0 / of(self.at["scarcity_elasticity"])
            left = np.maximum(1.0 - missing, 1e-6)
            lost = 1.0 - ((1.0 - cost) + cost * left**power) ** (1.0 / power)
            return (
                100.0 * user * np.maximum(0.0, lost - (cost * missing if channel.commodity == "electricity" else 0.0))
            )
        if "size" not in channel.figures:
            return np.zeros(share.shape)
        yearly = {
            "people": lambda: 1.0 - of(self.at["reemployment_share"]), "fees": lambda: of(self.at["transit_margin"]),
            "finance": lambda: of(self.at["refinanced_share"]) * of(self.at["risk_premium"]),
            "investment": lambda: of(self.at["investment_years"]) * of(self.at["capital_wedge"]),
        }["investment" if channel.commodity == "investment" else channel.kind]()  # fmt: skip
        return self.money(values).reshape(lead) * share * of(channel.figures["size"]) * yearly

    def money(self, values: FloatArray) -> FloatArray:
        """What turns mln USD into % of GDP (K,)."""
        return 100.0 / (values[:, self.at["gdp"]] * 1e3) if "gdp" in self.at else np.zeros(len(values))

    def fee(self, values: FloatArray) -> FloatArray:
        """What a thousand transit containers fewer take, % of GDP (K,)."""
        if "container_fee" not in self.at:
            return np.zeros(len(values))
        return self.money(values) * values[:, self.at["container_fee"]] * values[:, self.at["transit_margin"]] / 1e3
