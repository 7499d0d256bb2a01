r"""Flows in a capacitated network: cheapest, largest, and of many commodities that share their arcs.

Notation (``docs/notation.md``): *n* nodes, *m* arcs, *k* commodities; supply > 0 sends, < 0 receives; cost per unit.
No route is a result, not an error: what could not be delivered is returned in ``unmet``.

References
----------
Ahuja, Magnanti, Orlin (1993), Network Flows. Prentice Hall.
Ford, Fulkerson (1956), Maximal flow through a network. doi:10.4153/CJM-1956-045-5
Huangfu, Hall (2018), Parallelizing the dual revised simplex method (HiGHS). doi:10.1007/s12532-017-0130-5
"""

from equipoise.maths.flow.batch import FlowBatch, min_cost_flow_batch
from equipoise.maths.flow.interdiction import Interdiction, interdict_cost, interdict_flow
from equipoise.maths.flow.investment import Investment, InvestmentModel, Scenario, invest
from equipoise.maths.flow.model import Cut, Flow, FlowModel, MultiFlow, max_flow, min_cost_flow, multicommodity_flow

__all__ = [
    "Cut",
    "Flow",
    "FlowBatch",
    "FlowModel",
    "Interdiction",
    "Investment",
    "InvestmentModel",
    "MultiFlow",
    "Scenario",
    "interdict_cost",
    "interdict_flow",
    "invest",
    "max_flow",
    "min_cost_flow",
    "min_cost_flow_batch",
    "multicommodity_flow",
]
