"""Slide 10: WebSockets. The connection lives on, and the server may speak first.

A thousand clients for each of whom something happens every ten seconds. Who asks
every 5 s is 2.5 s late, and of 200 requests a second 61 % are in vain; who asks every
second is half a second late, at 1000 requests. Over a WebSocket it is 100
messages a second, each as late as its way is long.
"""

from __future__ import annotations

from chansim.applications import events, polling
from chansim.deployments.parts import daphne, law
from chansim.deployments.parts import workers as make_workers
from chansim.duration import Duration
from chansim.layer.eras import JUNE_2016
from chansim.model.application import Application
from chansim.model.arrivals import Poisson
from chansim.model.channel_layer import ChannelLayer
from chansim.model.chatters import Chatters
from chansim.model.component import Component, ScenarioError
from chansim.model.event_source import EventSource
from chansim.model.machine import Machine
from chansim.model.network import Network
from chansim.model.pollers import Pollers
from chansim.model.wsgi_server import WSGIServer
from chansim.scenario import Scenario

PROTOCOLS = ("websocket", "polling")


def slide10(
    *,
    members: int = 1000,
    rate: float = 0.1,
    protocol: str = PROTOCOLS[0],
    every: float = 5.0,
    service: float | Duration = 0.002,
    workers: int = 8,
    cores: int = 4,
    network: Network = Network(),
    seconds: float | None = 60.0,
) -> Scenario:
    """*members* clients, for each of whom something happens *rate* times a second.

    *protocol*: "websocket", held by Daphne and served by *workers*; or "polling", where each
    asks *every* so many seconds, and *workers* of a WSGI server answer. *service*:
    seconds that a poll waits for a database. A consumer waits for 2 ms.
    """
    if protocol not in PROTOCOLS:
        raise ScenarioError(f"slide10: protocol={protocol!r}: it must be one of {', '.join(PROTOCOLS)}")
    io = law("slide10", "service", service)
    # made in either case, so that a wrong knob is told however it is used
    pollers = Pollers(name="clients", server="gunicorn", members=members, every=every, rate=rate)
    parts: tuple[Component, ...]
    if protocol == "polling":
        parts = (
            pollers,
            Machine(name="server", cores=cores),
            Application(name="site", wsgi=polling.polling, io=io),
            WSGIServer(name="gunicorn", machine="server", application="site", workers=workers),
        )
    else:
        parts = (
            Chatters(
                name="clients",
                server="daphne",
                members=members,
                path=tuple(f"/events/{number}" for number in range(1, members + 1)),
                says=events.silence,
            ),
            Machine(name="server", cores=cores),
            Application(name="site", routing=events.channel_routing, io=io),
            daphne(JUNE_2016),
            ChannelLayer(name="layer", machine="server"),
            EventSource(
                name="events", machine="server", layer="layer", arrivals=Poisson(rate * members), members=members
            ),
            *make_workers("slide10", workers),
        )  # fmt: skip
    return Scenario(f"Slide 10: {protocol.replace('websocket', 'WebSockets')}", parts, network, seconds)
