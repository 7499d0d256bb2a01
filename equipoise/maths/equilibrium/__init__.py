r"""Trade equilibria in exact hat algebra: one sector, and many sectors with inputs, tariffs and endowments.

A hat is a ratio to the baseline. Only exact changes of real income are computed; no first-order formula stands in for them.
An arc of trade that is closed has cost hat infinity and a share of exactly zero.

Notation (``docs/notation.md``): *n* economies, *s* sectors; flows [sector, exporter, importer]; :math:`\theta` trade
elasticity; :math:`\pi` shares of an importer's spending. The numeraire is world value added, which stays what it was.

References
----------
Dekle, Eaton, Kortum (2008), Global rebalancing with gravity. doi:10.1057/imfsp.2008.17
Arkolakis, Costinot, Rodríguez-Clare (2012), New trade models, same old gains? doi:10.1257/aer.102.1.94
Caliendo, Parro (2015), Estimates of the trade and welfare effects of NAFTA. doi:10.1093/restud/rdu035
"""

from equipoise.maths.equilibrium.batch import Equilibria, solve_many
from equipoise.maths.equilibrium.many import SectorEquilibrium, TradeModel, multi_sector
from equipoise.maths.equilibrium.one import Equilibrium, one_sector

__all__ = ["Equilibria", "Equilibrium", "SectorEquilibrium", "TradeModel", "multi_sector", "one_sector", "solve_many"]
