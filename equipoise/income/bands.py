"""How wide the losses are and what makes them so: joint redraws of every figure, ranks with their ties, total indices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from equipoise.income.findings import WITHHELD, Findings, Key
from equipoise.income.grounds import VERSION
from equipoise.income.inputs import Horizon, Known
from equipoise.income.losses import Act, Losses
from equipoise.ledger import Derivation
from equipoise.maths.coalition import interaction, shapley
from equipoise.maths.ensemble import (
    TotalIndex,
    group_share,
    kendall,
    latin_hypercube,
    quantile_band,
    rank_correlation,
    sobol_design,
    sobol_total,
    triangular,
)
from equipoise.trade import Change, losses
from equipoise.world import SOURCE, VARIANTS, open_regions

__all__ = ["Redraws"]

FloatArray = NDArray[np.float64]
Band = tuple[float, float]
JOINT_DRAWS = 200
"""Redraws of coalitions, which are many: at most so many of each."""
INDEX_DRAWS = 512
"""Points of the design behind the total indices; each input costs as many again."""
ASKED, AUDIBLE = 8, 4.0
"""At most so many inputs are asked about, those whose rank correlation differs from zero by two standard errors."""
SMALL = 0.2
"""Losses below this share of the largest have no indices: nobody would read them."""
HEARD = 0.1
"""Total index above which an input is named."""
FROM_ROUTES = ("oil_lost", "oil_dearer", "containers_lost")
"""Figures that the networks give, whose own inputs are counted there."""
CARRIES_WEIGHT = 1e-4
"""Per cent that the loss must move with a per cent of a figure for it to be counted."""
UNHEARD = 0.01
"""Total index below which an input is not even listed."""


@dataclass(frozen=True, slots=True)
class _Drawn:
    """Redraws of one horizon: ``loss`` of the state and ``own`` of the power itself, (powers, draws); ``labels`` of what was
    drawn, the ``chances`` (draws, labels) and ``which`` world each was."""

    loss: FloatArray
    own: FloatArray
    labels: tuple[str, ...]
    chances: FloatArray
    which: NDArray[np.int64]


class Redraws:
    """Joint redraws of all that enters, and what they say."""

    def __init__(self, findings: Findings, draws: int, seed: int, progress: Callable[[int, int], None] | None) -> None:
        self.inputs, self.findings, self.draws, self.seed = findings.inputs, findings, draws, seed
        self.powers, self.home = findings.powers, findings.home
        self.worlds = [
            Losses(self.inputs, world)
            for world in (
                [open_regions(name) for name in VARIANTS] if self.inputs.regional else [self.inputs.gathered()]
            )
        ]
        self._place = self.worlds[0].economy.home
        self.ranges: dict[Key, Band] = {}
        self.found: dict[Key, float] = {}
        self.records: list[Derivation] = []
        self._progress, self._done = progress, 0
        self._steps = len(self.inputs.horizons) + 3

    def run(self, central: Mapping[Key, float]) -> None:
        """Fill ranges, further findings, and records of what drives the bands."""
        of_main: _Drawn | None = None
        for horizon in self.inputs.horizons:
            drawn = self._singles(horizon)
            of_main = drawn if horizon is self.inputs.main else of_main
            self._keep(horizon, drawn, central)
            self._ranks(horizon, drawn, central)
            self._step()
        far = next((h for h in self.inputs.horizons if h.reading == "announced"), None)
        for studied in (self.inputs.main, far):
            if studied:
                self._parts(studied)
                self._joint(studied)
            self._step()
        if self.inputs.main and of_main:
            self._indices(self.inputs.main, of_main, central)
        self._step()

    def _step(self) -> None:
        self._done += 1
        if self._progress:
            self._progress(self._done, self._steps)

    # --- drawing ------------------------------------------------------------------------------------------------------

    def _values(
        self, figures: Mapping[str, Known], chances: FloatArray
    ) -> tuple[dict[str, FloatArray], NDArray[np.int64]]:
        """Values of each figure in each future, and which world each is; the last chance chooses it."""
        drawn = {
            label: triangular(k.low, k.value, k.high, chances[:, column])
            for column, (label, k) in enumerate(figures.items())
        }
        most = len(self.worlds)
        return drawn, np.minimum(chances[:, -1] * most, most - 1).astype(np.int64)

    def _solved(
        self, acts: Sequence[Act], drawn: Mapping[str, FloatArray], which: NDArray[np.int64]
    ) -> tuple[FloatArray, FloatArray]:
        """Losses of the state (acts, futures) with its income terms, and those of every economy (acts, futures, n)."""
        futures = [{label: float(column[k]) for label, column in drawn.items()} for k in range(len(which))]
        tasks = [
            (int(at), Losses.setting(values), self.worlds[at].change(act, values))
            for act in acts for values, at in zip(futures, which, strict=True)
        ]  # fmt: skip
        solved = losses([world.economy for world in self.worlds], tasks, strict=False).reshape(
            len(acts), len(which), -1
        )
        beside = [[sum(self.worlds[0].terms(act, values).values()) for values in futures] for act in acts]
        return solved[..., self._place] + np.array(beside), solved

    def _singles(self, horizon: Horizon) -> _Drawn:
        figures = self.inputs.figures(horizon, self.powers)
        chances = latin_hypercube(self.draws, len(figures) + 1, self.seed)
        values, which = self._values(figures, chances)
        loss, everybody = self._solved([Act.of([power]) for power in self.powers], values, which)
        own = np.array([self._of(power, everybody[i], which) for i, power in enumerate(self.powers)])
        solved = np.isfinite(loss).all(axis=0)
        if not solved.all():
            self.found["income_unsolved", self.home, "", "", self.inputs.period(horizon)] = float((~solved).sum())
        return _Drawn(loss[:, solved], own[:, solved], (*figures, SOURCE), chances[solved], which[solved])

    def _of(self, power: str, losses_of_all: FloatArray, which: NDArray[np.int64]) -> FloatArray:
        """Losses of a power as one economy (futures,), from those of everybody (futures, n) in the world of each."""
        made = np.zeros(len(which))
        for at, world in enumerate(self.worlds):
            places, there = list(world.places[power]), which == at
            weights = world.economy.income[places]
            made[there] = losses_of_all[there][:, places] @ (weights / weights.sum())
        return made

    def _keep(self, horizon: Horizon, drawn: _Drawn, central: Mapping[Key, float]) -> None:
        """Bands of single losses, of own losses, and of the ratio of the two where the own loss is surely one."""
        for i, power in enumerate(self.powers):
            self._band(self.findings.key("income_loss", power, "all", horizon), drawn.loss[i])
            own = self.findings.key("own_income_loss", power, "all", horizon)
            self._band(own, drawn.own[i])
            ratio = self.findings.key("income_asymmetry", power, "", horizon)
            if ratio in central and self.ranges[own][0] > 0:
                scale = central[ratio] * central[own] / central[self.findings.key("income_loss", power, "all", horizon)]
                self._band(ratio, scale * drawn.loss[i] / drawn.own[i])

    def _band(self, key: Key, values: FloatArray) -> None:
        known = values[np.isfinite(values)]
        if 2 * len(known) > len(values):  # of a change that mostly has no equilibrium nothing is told
            low, high = quantile_band(known)
            self.ranges[key] = float(low), float(high)

    def _ranks(self, horizon: Horizon, drawn: _Drawn, central: Mapping[Key, float]) -> None:
        """How often each power is the worst, has each rank, stands above each other; and how steady the ranking is."""
        period, loss = self.inputs.period(horizon), drawn.loss
        place = loss.shape[0] - loss.argsort(axis=0, kind="stable").argsort(axis=0, kind="stable")
        for i, power in enumerate(self.powers):
            for rank, count in Counter(place[i].tolist()).items():
                self.found["income_rank_share", self.home, power, str(rank), period] = count / loss.shape[1]
            first = self.found.get(("income_rank_share", self.home, power, "1", period), 0.0)
            self.found["worst_income_share", self.home, power, "", period] = first
        for a, b in permutations(range(len(self.powers)), 2):
            above = float((loss[a] > loss[b]).mean())
            self.found["income_above_share", self.powers[a], self.powers[b], "", period] = above
        if len(self.powers) > 1:
            order = [central[self.findings.key("income_loss", power, "all", horizon)] for power in self.powers]
            agreement = np.mean([kendall(order, future) for future in loss.T])
            self.found["income_rank_agreement", self.home, "", "", period] = float(agreement)

    def _parts(self, horizon: Horizon) -> None:
        """Bands of trade alone and of transit alone, of the income terms, and of trade with nobody."""
        figures = self.inputs.figures(horizon, self.powers)
        count = min(self.draws, JOINT_DRAWS)
        drawn, which = self._values(figures, latin_hypercube(count, len(figures) + 1, self.seed))
        parts = {
            "trade": ("exports", "imports"),
            "exports": ("exports",),
            "imports": ("imports",),
            "transit": ("transit",),
        }
        acts = [Act.of([power], kinds) for power in self.powers for kinds in parts.values()]
        loss, everybody = self._solved(acts, drawn, which)
        for k, (power, item) in enumerate((power, item) for power in self.powers for item in parts):
            self._band(self.findings.key("income_loss", power, item, horizon), loss[k])
            self._band(self.findings.key("own_income_loss", power, item, horizon), self._of(power, everybody[k], which))
        futures = [{label: float(column[k]) for label, column in drawn.items()} for k in range(count)]
        for power in self.powers:
            terms = [self.worlds[0].terms(Act.of([power]), values) for values in futures]
            for kind in terms[0]:
                self._band(
                    self.findings.key("income_loss", power, kind, horizon), np.array([one[kind] for one in terms])
                )
        alone = self._changed(futures, which, [world.economy.alone() for world in self.worlds])
        self._band(("autarky_loss", self.home, "", "", self.inputs.period(horizon)), alone[:, self._place])
        for power in self.powers:
            for item, sectors in WITHHELD.items():
                own = [Change(exports=dict.fromkeys(w.places[power], 1.0), sectors=sectors) for w in self.worlds]
                taken = self._changed(futures, which, own)
                self._band(self.findings.key("leverage_loss", power, item, horizon), self._of(power, taken, which))
                self._band(self.findings.key("withholding_loss", power, item, horizon), taken[:, self._place])

    def _changed(
        self, futures: Sequence[Mapping[str, float]], which: NDArray[np.int64], changes: Sequence[Change]
    ) -> FloatArray:
        """Losses of everybody (futures, n) under one change, given for each world."""
        tasks = [(int(at), Losses.setting(values), changes[at]) for values, at in zip(futures, which, strict=True)]
        return losses([world.economy for world in self.worlds], tasks, strict=False)

    def _joint(self, horizon: Horizon) -> None:
        """Bands of every coalition, and of all that is made of them."""
        names, period = self.findings.names, self.inputs.period(horizon)
        figures = self.inputs.figures(horizon, self.powers)
        for name in names:
            if "+" in name and self.inputs.has_routes(name, horizon):
                figures[f"oil_lost.{name}"] = self.inputs.endowment_lost(name, horizon)
                figures[f"oil_dearer.{name}"] = self.inputs.dearer(name, horizon)
                figures[f"containers_lost.{name}"] = self.inputs.containers_lost(name, horizon)
        count = min(self.draws, JOINT_DRAWS)
        drawn, which = self._values(figures, latin_hypercube(count, len(figures) + 1, self.seed))
        loss, _ = self._solved([Act.of(name.split("+")) for name in names[1:]], drawn, which)
        games = np.vstack([np.zeros(count), loss]).T
        games = games[np.isfinite(games).all(axis=1)]
        for mask, name in enumerate(names):
            if "+" in name:
                self._band(self.findings.key("income_loss", name, "all", horizon), games[:, mask])
        if len(self.powers) < 2 or 2 * len(games) <= count:
            return
        meet, share = np.array([interaction(v) for v in games]), np.array([shapley(v) for v in games])
        for a, first in enumerate(self.powers):
            self._band(("income_shapley", first, "", "", period), share[:, a])
            for b in range(a + 1, len(self.powers)):
                self._band(("income_interaction", first, self.powers[b], "", period), meet[:, a, b])

    # --- what drives the band -----------------------------------------------------------------------------------------

    def _indices(self, horizon: Horizon, drawn: _Drawn, central: Mapping[Key, float]) -> None:
        """Total index of the figures that matter to the loss to each power, and the record that names the strongest.

        Which may matter is told by the redraws; all are drawn, and those that cannot be heard there are asked no further.
        """
        worst = max(central[self.findings.key("income_loss", power, "all", horizon)] for power in self.powers)
        for place, power in enumerate(self.powers):
            if central[self.findings.key("income_loss", power, "all", horizon)] < SMALL * worst:
                continue
            figures = self.inputs.figures(horizon, [power])
            labels = [*figures, SOURCE]
            chances = drawn.chances[:, [drawn.labels.index(name) for name in labels]]
            strength = rank_correlation(chances, drawn.loss[place]) ** 2
            strength[-1] = group_share(drawn.which, drawn.loss[place])
            strongest = np.argsort(-strength, kind="stable")[:ASKED]
            asked = [int(k) for k in strongest if strength[k] * self.draws > AUDIBLE]
            design = sobol_design(min(self.draws, INDEX_DRAWS), len(labels), self.seed, asked)
            values, which = self._values(figures, design)
            loss, _ = self._solved([Act.of([power])], values, which)
            self._told(power, horizon, [labels[k] for k in asked], figures, sobol_total(loss[0], len(asked), self.seed))

    def _told(
        self, power: str, horizon: Horizon, labels: Sequence[str], figures: Mapping[str, Known], index: TotalIndex
    ) -> None:
        period = self.inputs.period(horizon)
        heard: dict[str, float] = {}
        for k in np.argsort(-index.value, kind="stable"):
            label, value = labels[k], float(index.value[k])
            if index.high[k] > UNHEARD:
                key = "income_sensitivity", power, "", label.removesuffix(f".{power}"), period
                self.found[key], self.ranges[key] = value, (float(index.low[k]), float(index.high[k]))
            if value > HEARD:
                heard[figures[label].fact if label in figures else SOURCE] = value
        self.found |= self._counted(power, horizon, figures, heard)
        statement = (
            "Sobol total index of each figure in the loss of real income to the power, those above a tenth; the choice among "
            "worlds is the way in which final demand is allocated"
        )
        name = f"income.{power}.{horizon.id}.band"
        self.records.append(Derivation(name, VERSION, statement, heard, f"draws={self.draws} seed={self.seed}"))

    def _counted(
        self, power: str, horizon: Horizon, figures: Mapping[str, Known], heard: Mapping[str, float]
    ) -> dict[Key, float]:
        """How many figures carry weight in the loss, those of the network among them, how many of them are rough, and the same
        of those that drive the band."""
        weight, period = self.findings.weights(horizon)[power], self.inputs.period(horizon)
        world = Known(SOURCE, 1.0, 1.0, 1.0, "C", "cited")  # final demand by buyer is an estimate in it
        entering = [
            known
            for label, known in figures.items()
            if label.split(".")[0] not in FROM_ROUTES and weight.get(label, 0.0) > CARRIES_WEIGHT
        ]
        driving = [known for known in (*figures.values(), world) if known.fact in heard]
        found: dict[Key, float] = {}
        for prefix, used, beneath in (("", [*entering, world], self.inputs.counts(power)), ("driving", driving, {})):
            counts = {
                "all": len(used), "grade_C": sum(known.grade == "C" for known in used),
                "assumed": sum(known.kind == "assumed" for known in used),
            }  # fmt: skip
            for name, count in counts.items():
                item = (prefix or name) if name == "all" else f"{prefix}_{name}".lstrip("_")
                found["income_input_count", self.home, power, item, period] = count + beneath.get(name, 0.0)
        return found
