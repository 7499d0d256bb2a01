"""What the losses of real income tell at central inputs: every coalition, the kinds of channel, who insures whom, how the
joint loss is divided, what it costs the powers, and what the state could take from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from equipoise.income.inputs import Horizon, Inputs
from equipoise.income.losses import GOODS, KINDS, Act, Losses
from equipoise.maths.coalition import interaction, owen, shapley
from equipoise.trade import OIL, ORE, Change, Economy, Setting, losses
from equipoise.world import VARIANTS, open_regions

__all__ = ["WITHHELD", "Findings", "Key", "coalition"]

FloatArray = NDArray[np.float64]
Key = tuple[str, str, str, str, str]
STEP = 0.01
"""Share by which a figure is moved to see what hangs on it."""
WITHHELD = {"exports": (), "oil": (OIL,), "ore": (ORE,)}
"""What the state could stop selling: everything, or some sectors."""


def coalition(powers: Iterable[str]) -> str:
    """The id of a coalition."""
    return "+".join(sorted(powers))


class Findings:
    """Losses at central inputs in the world of 81 economies."""

    def __init__(self, inputs: Inputs) -> None:
        self.inputs, self.powers, self.home = inputs, inputs.powers, inputs.home
        self.losses = Losses(inputs, inputs.world)
        self.economy = self.losses.economy
        self._weights: dict[str, dict[str, dict[str, float]]] = {}
        self.masks = list(range(1, 1 << len(self.powers)))
        self.names = [
            coalition(p for i, p in enumerate(self.powers) if mask >> i & 1) for mask in range(len(self.masks) + 1)
        ]

    def key(self, measure: str, who: str, item: str, horizon: Horizon) -> Key:
        """The key of a fact about a power or coalition: its own losses are about itself."""
        if measure in _OF_POWERS:
            return measure, who, self.home, item, self.inputs.period(horizon)
        return measure, self.home, who, item, self.inputs.period(horizon)

    def central(self) -> dict[Key, float]:
        """Every finding at central inputs."""
        found: dict[Key, float] = {}
        for horizon in self.inputs.horizons:
            found |= self.of(horizon)
        return found

    def of(self, horizon: Horizon) -> dict[Key, float]:
        """Every finding of one horizon."""
        whole = [Act.of(name.split("+")) for name in self.names[1:]]
        parts = [Act.of([power], kinds) for power in self.powers for kinds in _PARTS.values()]
        values = self.losses.figures(horizon, [*whole, *parts])
        setting = Losses.setting(values)
        changes = [self.losses.change(act, values) for act in (*whole, *parts)]
        changes += [self._withheld(power, sectors) for power in self.powers for sectors in WITHHELD.values()]
        solved = self._solved(setting, [*changes, self.economy.alone()])
        of_whole, of_parts = solved[: len(whole)], solved[len(whole) : len(whole) + len(parts)]
        withheld = solved[len(whole) + len(parts) : -1].reshape(len(self.powers), len(WITHHELD), -1)
        terms = [self.losses.terms(act, values) for act in whole]
        v = np.array([0.0, *(of_whole[:, self.economy.home] + [sum(each.values()) for each in terms])])
        found = {
            self.key("income_loss", name, "all", horizon): float(v[m]) for m, name in enumerate(self.names) if name
        }
        found["autarky_loss", self.home, "", "", self.inputs.period(horizon)] = float(solved[-1, self.economy.home])
        for i, power in enumerate(self.powers):
            own = of_whole[(1 << i) - 1]
            found |= self._parts_of(
                power, horizon, of_parts[len(_PARTS) * i : len(_PARTS) * (i + 1)], terms[(1 << i) - 1]
            )
            found |= self._own(power, horizon, float(v[1 << i]), own)
            for item, loss in zip(WITHHELD, withheld[i], strict=True):
                at = self.economy.average(loss, self.losses.places[power])
                found[self.key("leverage_loss", power, item, horizon)] = at
                found[self.key("withholding_loss", power, item, horizon)] = float(loss[self.economy.home])
        found |= self._games(horizon, v) | self._deficits_kept(horizon, values)
        divided = len(self.powers) > 1 and horizon.reading == "announced"
        if divided and np.isfinite(v).all():  # the joint loss of a year is too large to be divided
            goods = np.array([0.0, *of_whole[:, self.economy.home]])
            found |= self._by_kind(horizon, goods, values)
        return found

    def _solved(self, setting: Setting, changes: Sequence[Change]) -> FloatArray:
        """Losses (k, n) of some changes; equal changes are solved once."""
        marks = [repr(change) for change in changes]
        distinct = dict(zip(marks, changes, strict=True))
        solved = losses([self.economy], [(0, setting, change) for change in distinct.values()], strict=False)
        place = {mark: k for k, mark in enumerate(distinct)}
        return solved[[place[mark] for mark in marks]]

    def _parts_of(
        self, power: str, horizon: Horizon, solved: FloatArray, terms: Mapping[str, float]
    ) -> dict[Key, float]:
        """Each kind of channel alone, and what closing it costs the power; where no corridors were solved there is no transit
        to tell. What the income terms cost the power itself is not known."""
        found = {}
        for item, loss in zip(_PARTS, solved, strict=True):
            if item != "transit" or self.inputs.has_routes(power, horizon):
                found[self.key("income_loss", power, item, horizon)] = float(loss[self.economy.home])
                own = self.economy.average(loss, self.losses.places[power])
                found[self.key("own_income_loss", power, item, horizon)] = own
        if self.inputs.ties[power]:
            found |= {self.key("income_loss", power, kind, horizon): terms[kind] for kind in terms}
        return found

    def _own(self, power: str, horizon: Horizon, loss: float, solved: FloatArray) -> dict[Key, float]:
        """What a withdrawal costs the power itself, and how many dollars the state loses for each of its own."""
        places = list(self.losses.places[power])
        own = self.economy.average(solved, places)
        found = {self.key("own_income_loss", power, "all", horizon): own}
        money = self.economy.income[self.economy.home] * loss, self.economy.income[places].sum() * own
        if money[1] > 0:
            found[self.key("income_asymmetry", power, "", horizon)] = float(money[0] / money[1])
        return found

    def _deficits_kept(self, horizon: Horizon, values: Mapping[str, float]) -> dict[Key, float]:
        """Single losses if trade deficits stayed the share of income that they are: robustness and no band."""
        kept = Economy(self.inputs.world, self.home, deficits=True)
        acts = [Act.of([power]) for power in self.powers]
        tasks = [(0, Losses.setting(values), self.losses.change(act, values)) for act in acts]
        solved = losses([kept], tasks, strict=False)[:, kept.home]
        spent = kept.model.income[kept.home] / kept.model.value_added[kept.home]  # of spending, to of income
        return {
            self.key("income_deficits_kept", power, "", horizon): float(loss * spent)
            + sum(self.losses.terms(act, values).values())
            for power, act, loss in zip(self.powers, acts, solved, strict=True)
        }

    def _withheld(self, power: str, sectors: tuple[str, ...]) -> Change:
        """The state stops selling to a power."""
        return Change(exports=dict.fromkeys(self.losses.places[power], 1.0), sectors=sectors)

    # --- games --------------------------------------------------------------------------------------------------------

    def _games(self, horizon: Horizon, v: FloatArray) -> dict[Key, float]:
        """Largest losses by size, who insures whom, and how the joint loss is divided among the powers."""
        period = self.inputs.period(horizon)
        found: dict[Key, float] = {}
        if not np.isfinite(v).all():  # a coalition after which there is no equilibrium: nothing to compare or divide
            return found
        for size in range(1, len(self.powers) + 1):
            worst = max((mask for mask in self.masks if mask.bit_count() <= size), key=lambda mask: v[mask])
            found["worst_income_loss", self.home, self.names[worst], str(size), period] = float(v[worst])
        if len(self.powers) < 2:
            return found
        meet = interaction(v)
        for a, b in combinations(range(len(self.powers)), 2):
            found["income_interaction", self.powers[a], self.powers[b], "", period] = float(meet[a, b])
        for power, share in zip(self.powers, shapley(v), strict=True):
            found["income_shapley", power, "", "", period] = float(share)
        return found

    def _by_kind(self, horizon: Horizon, v: FloatArray, values: Mapping[str, float]) -> dict[Key, float]:
        """Owen's split of each Shapley share over the kinds of channel; ``v`` by bitmask, of goods alone.

        Within one union only its own kinds act apart, the others withdraw whole: solved in the world put together, whose
        split divides the share found in the whole world. What is no trade in goods adds to the loss, and the value is
        additive: its kinds are divided each by themselves.
        """
        found: dict[Key, float] = {}
        period, small = self.inputs.period(horizon), Losses(self.inputs, self.inputs.gathered())
        games = [self._union(power) for power in self.powers]
        known = {**values, **self.losses.figures(horizon, [act for game in games for act in game])}
        setting = Losses.setting(known)
        for power, game, share in zip(self.powers, games, shapley(v), strict=True):
            changes = [small.change(act, known) for act in game]
            solved = losses([small.economy], [(0, setting, change) for change in changes])[:, small.economy.home]
            split = owen(solved - solved[0], [0] * len(GOODS) + list(range(1, len(self.powers))))[: len(GOODS)]
            for kind, part in zip(GOODS, split, strict=True):
                found["income_owen", power, "", kind, period] = (
                    float(part * share / split.sum()) if split.sum() else 0.0
                )
        by_kind = [self.losses.terms(Act.of(name.split("+") if name else ()), values) for name in self.names]
        for kind in by_kind[-1]:
            for power, share in zip(self.powers, shapley([each[kind] for each in by_kind]), strict=True):
                found["income_owen", power, "", kind, period] = float(share)
        return found

    def _union(self, power: str) -> list[Act]:
        """Acts by bitmask: the kinds of goods of one power, then the other powers whole."""
        others = [one for one in self.powers if one != power]
        made = []
        for mask in range(1 << (len(GOODS) + len(others))):
            kinds = frozenset(kind for k, kind in enumerate(GOODS) if mask >> k & 1)
            joined = {one: frozenset(KINDS) for k, one in enumerate(others, len(GOODS)) if mask >> k & 1}
            made.append(Act({power: kinds, **joined}))
        return made

    def weights(self, horizon: Horizon) -> dict[str, dict[str, float]]:
        """For each power how far its loss moves with each figure: per cent for one per cent of it, in the world put together.
        Trade with nobody stands under the empty name."""
        if horizon.id not in self._weights:
            self._weights[horizon.id] = self._weigh(horizon)
        return self._weights[horizon.id]

    def _weigh(self, horizon: Horizon) -> dict[str, dict[str, float]]:
        small = Losses(self.inputs, self.inputs.gathered())
        made: dict[str, dict[str, float]] = {}
        for power in ("", *self.powers):
            figures = self.inputs.figures(horizon, [power] if power else [])
            values = {label: known.value for label, known in figures.items()}
            steps = {label: -STEP if 1.0 - STEP < value <= 1.0 else STEP for label, value in values.items()}
            futures = [values, *({**values, label: values[label] * (1.0 + step)} for label, step in steps.items())]
            act = Act.of([power] if power else [])
            tasks = [
                (0, Losses.setting(each), small.change(act, each) if power else small.economy.alone())
                for each in futures
            ]
            solved = losses([small.economy], tasks, strict=False)[:, small.economy.home]
            loss = solved + np.array([sum(small.terms(act, each).values()) for each in futures])
            moved = np.abs(loss[1:] / loss[0] - 1.0) / STEP
            made[power] = {label: float(m) for label, m in zip(steps, moved, strict=True) if np.isfinite(m)}
        return made

    def spread(self) -> dict[Key, float]:
        """Least and largest single loss over the ways of allocating final demand."""
        if not self.inputs.regional:
            return {}
        found: dict[Key, float] = {}
        worlds = [Losses(self.inputs, open_regions(name)) for name in VARIANTS]
        for horizon in self.inputs.horizons:
            values = self.losses.figures(horizon)
            tasks = [
                (at, Losses.setting(values), world.change(Act.of([power]), values))
                for power in self.powers for at, world in enumerate(worlds)
            ]  # fmt: skip
            solved = losses([world.economy for world in worlds], tasks, strict=False)[:, worlds[0].economy.home]
            for power, every in zip(self.powers, solved.reshape(len(self.powers), -1), strict=True):
                beside = sum(self.losses.terms(Act.of([power]), values).values())
                found[self.key("income_model_spread", power, "low", horizon)] = float(every.min()) + beside
                found[self.key("income_model_spread", power, "high", horizon)] = float(every.max()) + beside
        return found


_PARTS = {"trade": ("exports", "imports"), "exports": ("exports",), "imports": ("imports",), "transit": ("transit",)}
_OF_POWERS = ("own_income_loss", "leverage_loss")
"""Measures whose subject is the power."""
