"""Choosing when nobody can predict: what a policy costs against the best one of each future, and where it fails.

An outcome is an array (policies, futures) in a natural unit, and ``better`` says which way is better, ``"low"`` or ``"high"``.
No measure takes futures for equally likely unless it is told so: those that need weights take them.
"""

from equipoise.maths.regret.discovery import Boxes, Reproducibility, prim, quasi_p, reproducibility
from equipoise.maths.regret.front import hypervolume, pareto
from equipoise.maths.regret.measures import (
    RankInterval,
    expected,
    maximum_regret,
    quantile_regret,
    rank,
    rank_interval,
    regret,
    satisficing,
    starr,
    tail_mean,
)
from equipoise.maths.regret.tree import Tree, choose_depth, tree
from equipoise.maths.regret.turning import Settled, Turn, monotone, settled, turn

__all__ = [
    "Boxes", "RankInterval", "Reproducibility", "Settled", "Tree", "Turn", "choose_depth", "expected", "hypervolume",
    "maximum_regret", "monotone", "pareto", "prim", "quantile_regret", "quasi_p", "rank", "rank_interval", "regret",
    "reproducibility", "satisficing", "settled", "starr", "tail_mean", "tree", "turn",
]  # fmt: skip
