"""Slide 8: HTTP/2. Many streams on one connection, and a server that may push what was not asked for yet.

A page and its 20 assets, 100 ms there and back, 10 ms each at eight workers: over one
connection of HTTP/1.1 it takes 2.31 s, over the six that browsers open 0.55 s,
over HTTP/2 0.24 s, and where the assets are pushed 0.14 s.
"""

from __future__ import annotations

from chansim.applications import pages
from chansim.deployments.parts import arrival_law, law
from chansim.deployments.parts import workers as make_workers
from chansim.duration import Duration
from chansim.model.application import Application
from chansim.model.arrivals import Arrivals
from chansim.model.channel_layer import ChannelLayer
from chansim.model.component import ScenarioError
from chansim.model.machine import Machine
from chansim.model.network import Link, Network
from chansim.model.page_visitors import PageVisitors
from chansim.model.pushing_server import PushingServer
from chansim.scenario import Scenario

PROTOCOLS = ("http/1.1", "http/2", "http/2 with push")

VISITS = 1.0
"""Visits a second."""

FAR = Network(outside=Link(0.05))
"""50 ms from the browser to the server, and as much back."""


def slide08(
    *,
    rate: float = VISITS,
    service: float | Duration = 0.01,
    protocol: str = PROTOCOLS[-1],
    connections: int = 0,
    workers: int = 8,
    cores: int = 4,
    arrivals: Arrivals | None = None,
    network: Network = FAR,
    seconds: float | None = 60.0,
) -> Scenario:
    """Browsers that load a page and its 20 assets, an interface server, a layer and workers.

    *rate*: visits a second (Poisson), unless *arrivals* are given. *service*:
    seconds that the page takes, and each asset. *protocol*: "http/1.1", "http/2"
    or "http/2 with push". *connections*: how many a visit opens; 0 for as many
    as browsers do, six and one. The server waits for replies as no Daphne did:
    it need not look for them.
    """
    if protocol not in PROTOCOLS:
        raise ScenarioError(f"slide08: protocol={protocol!r}: it must be one of {', '.join(PROTOCOLS)}")
    spoken, _, push = protocol.partition(" with ")
    return Scenario(
        f"Slide 8: {protocol.replace('http', 'HTTP')}",
        (
            PageVisitors(
                name="visitors",
                server="server",
                arrivals=arrival_law("slide08", rate, arrivals, VISITS),
                protocol=spoken,
                connections=connections,
                assets=len(pages.ASSETS),
            ),
            Machine(name="machine", cores=cores),
            Application(
                name="site",
                wsgi=pages.views,
                routing=pages.push_routing if push else (),
                io=law("slide08", "service", service),
            ),
            PushingServer(name="server", machine="machine", layer="layer", cpu=0.0, poll=0.0, idle_poll=0.0),
            ChannelLayer(name="layer", machine="machine"),
            *make_workers("slide08", workers, machine="machine"),
        ),
        network,
        seconds,
    )
