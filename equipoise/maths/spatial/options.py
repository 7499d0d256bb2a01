"""The choices that the literature leaves to the user of the spatial model, under the literature's names."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from equipoise.errors import InputError

__all__ = ["CHOICES", "Options", "read"]

CHOICES: dict[str, tuple[str, ...]] = {
    "victory_probability": ("Linear", "Square", "Quartic", "Octic", "Binary"),
    "voting_rule": ("Prop", "Binary", "PropBin", "PropCbc", "Cubic", "ASymProsp"),
    "pce": ("Conditional", "MarkovIncentive", "MarkovUniform"),
    "state_transitions": ("Deterministic", "Stochastic"),
    "big_r_range": ("Mid", "Min", "Max"),
    "big_r_adjust": ("OneThird", "None", "Half", "TwoThirds", "Full"),
    "third_party_commit": ("SemiCommit", "NoCommit", "FullCommit", "Preference"),
    "interpolation": ("S2P2", "S1P1", "S2PMax"),
    "bargain": ("InitOnlyInterp", "InitRcvrInterp", "PWCompInterp"),
    "salience_sum": ("limited", "free"),
}
"""Every option that is a choice among names, its default first. The place of a name is its number in the compiled program."""

ALIASES = {"proportional": "prop", "proportionalbinary": "propbin", "proportionalcubic": "propcbc"}
NUMBERS = ("seed", "decimals")


@dataclass(frozen=True, slots=True)
class Options:
    """Options as the compiled program takes them: a number for each choice, then the decimals of a bargain; and the seed."""

    code: NDArray[np.int64]
    seed: int
    salience_limited: bool
    stochastic: bool


def read(given: dict[str, object]) -> Options:
    """Options by name, as numbers.

    Raises
    ------
    InputError
        A name or a value is unknown: all that are allowed are listed.
    """
    unknown = sorted(set(given) - set(CHOICES) - set(NUMBERS))
    if unknown:
        raise InputError("option", found=", ".join(unknown), allowed=", ".join([*CHOICES, *NUMBERS]))
    place = {name: _place(name, given.get(name, allowed[0]), allowed) for name, allowed in CHOICES.items()}
    decimals, seed = given.get("decimals", 2), given.get("seed", 0)
    if decimals is not None and (not isinstance(decimals, int) or not 0 <= decimals <= 9):
        raise InputError(
            "decimals", found=decimals, allowed="0 to 9 decimals of a position on 0-100, or None: not rounded"
        )
    if not isinstance(seed, int | np.integer) or seed < 0:
        raise InputError("seed", found=seed, allowed="a whole number, 0 or more")
    code = np.array([*place.values(), -1 if decimals is None else decimals], dtype=np.int64)
    return Options(code, int(seed), place["salience_sum"] == 0, place["state_transitions"] == 1)


def _place(name: str, value: object, allowed: tuple[str, ...]) -> int:
    """Where a value stands among those allowed; case, hyphens and underscores do not matter."""

    def plain(word: object) -> str:
        short = "".join(letter for letter in str(word).lower() if letter.isalnum())
        return ALIASES.get(short, short)

    names = [plain(word) for word in allowed]
    if plain(value) not in names:
        raise InputError(name, found=repr(value), allowed=", ".join(allowed))
    return names.index(plain(value))
