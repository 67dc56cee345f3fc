"""Deployments: each picture of the talk, and each application of 2016, as a function that returns a Scenario.

One function, one file. A function's keyword parameters are its knobs, in the
talk's words; the components check the values.
"""

from chansim.deployments.data_binding import data_binding
from chansim.deployments.liveblog import liveblog
from chansim.deployments.loadtest_2016_09 import loadtest_2016_09
from chansim.deployments.multichat import multichat
from chansim.deployments.rooms import rooms
from chansim.deployments.slack_chat import slack_chat
from chansim.deployments.slide07 import slide07
from chansim.deployments.slide16 import slide16
from chansim.deployments.slide24 import slide24

__all__ = [
    "slide07",
    "slide16",
    "slide24",
    "rooms",
    "slack_chat",
    "multichat",
    "liveblog",
    "data_binding",
    "loadtest_2016_09",
]
