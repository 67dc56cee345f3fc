"""Reports: what people told of Channels in public, rebuilt by the simplest mechanism that shows it; a file each.

The names are those of the reports: rd is channels_redis (then asgi_redis), ch is
channels, da is daphne, and the number is the issue's.
"""

from chansim.deployments.reports.ch120 import ch120
from chansim.deployments.reports.ch393 import ch393
from chansim.deployments.reports.ch643 import ch643
from chansim.deployments.reports.ch686 import ch686
from chansim.deployments.reports.ch715 import ch715
from chansim.deployments.reports.ch776 import ch776
from chansim.deployments.reports.da18 import da18
from chansim.deployments.reports.rd62 import rd62

__all__ = ["rd62", "ch643", "ch393", "da18", "ch715", "ch120", "ch776", "ch686"]
