"""What application code is written against, the same in both worlds.

Code of 2016 runs here with only its imports changed: ``from channels import
Group`` becomes ``from chansim.channels import Group``, and so do
``channels.routing``, ``.sessions``, ``.auth``, ``.exceptions``, ``.generic``,
``.generic.websockets`` and ``.handler``.
"""

from chansim.channels.by_path import by_path
from chansim.channels.cost import Costs, costs, sleep
from chansim.channels.message import Channel, Group, Message
from chansim.channels.routing import Router, include, route, route_class
from chansim.channels.wsgi import view_as_consumer

__all__ = [
    "Channel",
    "Costs",
    "Group",
    "Message",
    "Router",
    "by_path",
    "costs",
    "include",
    "route",
    "route_class",
    "sleep",
    "view_as_consumer",
]
