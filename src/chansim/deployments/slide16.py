"""Slide 16: clients, an interface server (Daphne), a channel layer, and workers."""

from __future__ import annotations

from chansim.channels.wsgi import WSGIApplication
from chansim.deployments.parts import RATE, SERVICE, arrival_law, daphne, habits, service_law
from chansim.deployments.parts import workers as make_workers
from chansim.duration import Duration
from chansim.layer.eras import JUNE_2016, Era
from chansim.model.application import Application, hello
from chansim.model.arrivals import Arrivals
from chansim.model.channel_layer import ChannelLayer
from chansim.model.client import Clients
from chansim.model.machine import Machine
from chansim.model.network import Network
from chansim.scenario import Scenario


def slide16(
    *,
    rate: float = RATE,
    service: float | Duration = SERVICE,
    workers: int = 3,
    capacity: int = JUNE_2016.shared_capacity,
    cores: int = 4,
    wsgi: WSGIApplication = hello,
    arrivals: Arrivals | None = None,
    era: str | Era = JUNE_2016.name,
    network: Network = Network(),
    seconds: float | None = 60.0,
) -> Scenario:
    """Clients, one interface server, a Redis-like layer and *workers*, on one machine.

    *rate*: requests a second (Poisson), unless *arrivals* are given. *service*:
    seconds a view waits, for a database say; a number means exponential with
    that mean. *capacity*: messages a channel holds. *cores*: of the machine.
    *era*: "june2016", "channels10" or "channels11".
    """
    return Scenario(
        "Slide 16: Channels",
        (
            Clients(name="clients", server="daphne", arrivals=arrival_law("slide16", rate, arrivals)),
            Machine(name="server", cores=cores),
            Application(name="site", wsgi=wsgi, io=service_law("slide16", service, wsgi)),
            daphne(habits("slide16", era)),
            ChannelLayer(name="layer", machine="server", capacity=capacity, era=era),
            *make_workers("slide16", workers),
        ),
        network,
        seconds,
    )
