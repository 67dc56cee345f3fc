"""Deployments: each picture of the talk, and each application of 2016, as a function that returns a Scenario.

One function, one file. A function's keyword parameters are its knobs, in the
talk's words; the components check the values.
"""

from chansim.deployments.daphne_beside_wsgi import daphne_beside_wsgi
from chansim.deployments.daphne_no_workers import daphne_no_workers
from chansim.deployments.data_binding import data_binding
from chansim.deployments.docs_small_site import docs_small_site
from chansim.deployments.liveblog import liveblog
from chansim.deployments.loadtest_2016_09 import loadtest_2016_09
from chansim.deployments.multichat import multichat
from chansim.deployments.overload import overload
from chansim.deployments.rooms import rooms
from chansim.deployments.slack_chat import slack_chat
from chansim.deployments.slide06 import slide06
from chansim.deployments.slide07 import slide07
from chansim.deployments.slide08 import slide08
from chansim.deployments.slide10 import slide10
from chansim.deployments.slide14 import slide14
from chansim.deployments.slide16 import slide16
from chansim.deployments.slide24 import slide24
from chansim.deployments.slide27 import slide27
from chansim.deployments.slide29 import slide29
from chansim.deployments.slide30_isolated import slide30_isolated
from chansim.deployments.slide30_sharded import slide30_sharded
from chansim.deployments.slide31 import slide31
from chansim.deployments.slide32 import slide32

__all__ = [
    "slide06",
    "slide07",
    "slide08",
    "slide10",
    "slide14",
    "slide16",
    "slide24",
    "slide27",
    "slide29",
    "slide30_isolated",
    "slide30_sharded",
    "slide31",
    "slide32",
    "docs_small_site",
    "daphne_no_workers",
    "daphne_beside_wsgi",
    "overload",
    "rooms",
    "slack_chat",
    "multichat",
    "liveblog",
    "data_binding",
    "loadtest_2016_09",
]
