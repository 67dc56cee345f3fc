"""Slide 32: it is not just about WebSockets. Many protocols, an interface server for each, and one layer.

A browser, a sensor, a telephone and a timer are heard of in one room. No
consumer knows which server a message came from, and none of the servers knows
of another.
"""

from __future__ import annotations

from chansim.applications import many_protocols
from chansim.deployments.parts import law, one_machine
from chansim.duration import Duration
from chansim.layer.eras import JUNE_2016
from chansim.model.arrivals import Poisson, Regular
from chansim.model.chatters import Chatters
from chansim.model.event_source import EventSource
from chansim.model.gateway import Gateway
from chansim.model.network import Network
from chansim.model.senders import Senders
from chansim.model.udp_server import UDPServer
from chansim.scenario import Scenario


def slide32(
    *,
    members: int = 10,
    rate: float = 0.1,
    datagrams: float = 2.0,
    texts: float = 0.2,
    ticks: float = 0.1,
    look: float = 0.1,
    service: float | Duration = 0.005,
    per_member: float = 0.0002,
    workers: int = 3,
    capacity: int = JUNE_2016.shared_capacity,
    cores: int = 4,
    network: Network = Network(),
    seconds: float | None = 60.0,
) -> Scenario:
    """*members* who say *rate* lines a second each; and *datagrams*, *texts* and *ticks* a second.

    *look*: seconds between the SMS gateway's looks for what it is to send, one
    message a look. The rest is as on slide 24.
    """
    return Scenario(
        "Slide 32: many protocols",
        (
            Chatters(name="chatters", server="daphne", members=members, rate=rate),
            Senders(name="sensors", server="udp", arrivals=Poisson(datagrams), text="21.5 degrees"),
            Senders(name="telephones", server="sms", arrivals=Poisson(texts)),
            *one_machine(
                "slide32",
                many_protocols.channel_routing,
                service=law("slide32", "service", service),
                per_member=per_member,
                workers=workers,
                capacity=capacity,
                cores=cores,
            ),
            UDPServer(name="udp", machine="server", layer="layer"),
            Gateway(name="sms", machine="server", layer="layer", look=look),
            EventSource(
                name="timer", machine="server", layer="layer", channel="tick", arrivals=Regular(ticks)
            ),
        ),
        network,
        seconds,
    )
