r"""The spatial model of politics: who pushes whom where, on several questions at once.

Mechanics, not a forecast: it gives trajectories of positions under stated rules, never a date. Notation: *a* actors, *d*
dimensions; positions and salience on 0-100.

References
----------
Bueno de Mesquita (1997), A decision making model: its structure and form. doi:10.1080/03050629708434909
Wise, Lester, Efird (2015), An introduction to the KAPSARC Toolkit for Behavioral Analysis. KAPSARC discussion paper.
"""

from equipoise.maths.spatial.asking import Move, Outcomes, Sensitivity, ensemble, pivotal, sensitivity, whom_to_move
from equipoise.maths.spatial.model import Bargain, Politics, Turn, examine, spatial_model

__all__ = [
    "Bargain", "Move", "Outcomes", "Politics", "Sensitivity", "Turn", "ensemble", "examine", "pivotal", "sensitivity",
    "spatial_model", "whom_to_move",
]  # fmt: skip
