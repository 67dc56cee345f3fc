"""channels_redis 62 (2017): "less than 100 members: not noticeable; 200: some; 400 and more: about half are lost".

Since 1.1 all clients of one Daphne share one queue for replies, of 100. What a
group send puts there faster than Daphne reads is lost in silence: of N members
100 + r·N hear the line, where r is how fast Daphne reads as against how fast the line is sent.
That r is a quarter is fitted to the report's three sentences, not measured.
"""

from __future__ import annotations

from chansim.applications.reports import big_room
from chansim.deployments.parts import law
from chansim.duration import Duration
from chansim.layer.eras import CHANNELS_11
from chansim.model.application import Application
from chansim.model.channel_layer import ChannelLayer
from chansim.model.chatters import Chatters
from chansim.model.interface_server import InterfaceServer
from chansim.model.machine import Machine
from chansim.model.network import Link, Network
from chansim.model.worker import Worker
from chansim.scenario import Scenario

AT_ONCE = Network(Link(0.0), Link(0.0), Link(0.0))


def rd62(
    *,
    members: int = 200,
    copy: float | Duration = 0.001,
    cpu: float = 0.004,
    capacity: int = 100,
    network: Network = AT_ONCE,
    seconds: float | None = 60.0,
) -> Scenario:
    """One room of *members*, of whom one says one line.

    *copy*: seconds that it takes to send the line to one member; *cpu*: seconds
    of Daphne's for each message; *capacity*: of the queue that all clients share.
    """
    return Scenario(
        "channels_redis 62: half of the messages are not delivered",
        (
            Chatters(
                name="chatters",
                server="daphne",
                members=members,
                connect_over=10.0,
                settle=20.0,
                rate=1.0,
                path=tuple(f"/member/{number}" for number in range(1, members + 1)),
                says=big_room.one_line,
            ),
            Machine(name="server", cores=4),
            Application(name="site", routing=big_room.channel_routing, io=law("rd62", "copy", copy)),
            InterfaceServer(name="daphne", machine="server", layer="layer", cpu=cpu, poll=0.0, idle_poll=0.0),
            ChannelLayer(name="layer", machine="server", capacity=capacity, era=CHANNELS_11.name),
            Worker(name="worker-1", machine="server", layer="layer", application="site"),
        ),
        network,
        seconds,
    )
