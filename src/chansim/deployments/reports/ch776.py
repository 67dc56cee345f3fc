"""channels 776 (2017): 20 workers, some long queries, and the whole site rejects WebSockets.

A worker does one thing at a time. When all of them wait for the database, nobody
accepts a socket, and after five seconds Daphne drops it. Two workers that do
nothing else are enough to let everybody in.
"""

from __future__ import annotations

from chansim.applications import chat
from chansim.applications.events import silence
from chansim.applications.reports import queries
from chansim.deployments.parts import arrival_law, daphne, law
from chansim.duration import Duration
from chansim.layer.eras import CHANNELS_10
from chansim.model.application import Application
from chansim.model.arrivals import Arrivals
from chansim.model.channel_layer import ChannelLayer
from chansim.model.chatters import Chatters
from chansim.model.client import Clients
from chansim.model.component import ScenarioError
from chansim.model.machine import Machine
from chansim.model.network import Network
from chansim.model.worker import Worker
from chansim.scenario import Scenario

QUERIES = 1.0
"""Requests a second that need a long query."""


def ch776(
    *,
    rate: float = QUERIES,
    service: float | Duration = 0.005,
    members: int = 100,
    workers: int = 20,
    reserved: int = 0,
    arrivals: Arrivals | None = None,
    network: Network = Network(),
    seconds: float | None = 120.0,
) -> Scenario:
    """Pages that wait for a query of 30 s, at *rate* a second, and *members* who connect in the course of it.

    *service*: seconds that it takes a worker to let somebody in.
    *workers*: of whom *reserved* take WebSockets only, and the others pages only; 0: all take
    all.
    """
    if isinstance(reserved, bool) or not isinstance(reserved, int) or not 0 <= reserved < max(workers, 1):
        raise ScenarioError(
            f"ch776: reserved={reserved!r}: it must be a whole number, fewer than the workers"
        )
    return Scenario(
        "channels 776: nobody is let in",
        (
            Clients(name="clients", server="daphne", arrivals=arrival_law("ch776", rate, arrivals, QUERIES)),
            Chatters(name="chatters", server="daphne", members=members, connect_over=120.0, says=silence),
            Machine(name="server", cores=4),
            Application(
                name="site",
                routing=chat.channel_routing_1_0,
                wsgi=queries.long_query,
                io=law("ch776", "service", service),
            ),
            daphne(CHANNELS_10),
            ChannelLayer(name="layer", machine="server", era=CHANNELS_10.name),
            *(
                Worker(
                    name=f"worker-{number}",
                    machine="server",
                    layer="layer",
                    application="site",
                    only_channels=("websocket.*",) if number <= reserved else (),
                    exclude_channels=("websocket.*",) if reserved and number > reserved else (),
                )
                for number in range(1, workers + 1)
            ),
        ),
        network,
        seconds,
    )
