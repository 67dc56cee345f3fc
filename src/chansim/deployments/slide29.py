"""Slide 29: several machines, each with an interface server and workers, and one channel layer for all."""

from __future__ import annotations

from collections.abc import Sequence

from chansim.channels.wsgi import WSGIApplication
from chansim.deployments.parts import RATE, SERVICE, arrival_law, habits, service_law
from chansim.deployments.several_machines import entry, on_each, straight
from chansim.duration import Duration
from chansim.layer.eras import JUNE_2016, Era
from chansim.model.application import Application, hello
from chansim.model.arrivals import Arrivals
from chansim.model.channel_layer import ChannelLayer
from chansim.model.client import Clients
from chansim.model.machine import Machine
from chansim.model.network import Network
from chansim.scenario import Scenario


def slide29(
    *,
    machines: int = 2,
    workers: int | Sequence[int] = 3,
    rate: float = RATE,
    shares: Sequence[float] = (),
    service: float | Duration = SERVICE,
    capacity: int = JUNE_2016.shared_capacity,
    operation: float = 0.0,
    cores: int = 4,
    wsgi: WSGIApplication = hello,
    arrivals: Arrivals | None = None,
    era: str | Era = JUNE_2016.name,
    network: Network = Network(),
    seconds: float | None = 60.0,
) -> Scenario:
    """Clients reach *machines* by one name; the layer, on the machine "redis", is shared by all.

    *workers*: on each machine; or a number for each. *rate*: requests a second, of all
    clients (Poisson), unless *arrivals* are given; each goes to a machine at random, evenly or
    by *shares*, such as ``(50, 30, 20)``. *service*: seconds a view waits, for a database say; a
    number means exponential with that mean. *capacity*: messages a channel holds. *operation*:
    seconds of the layer's work for each call, one call at a time. *cores*: of each
    machine. *era*: "june2016", "channels10" or "channels11".
    """
    return Scenario(
        "Slide 29: several machines, one channel layer",
        (
            Clients(name="clients", server="site.example", arrivals=arrival_law("slide29", rate, arrivals)),
            Application(name="site", wsgi=wsgi, io=service_law("slide29", service, wsgi)),
            Machine(name="redis"),
            ChannelLayer(name="layer", machine="redis", capacity=capacity, operation=operation, era=era),
            *on_each("slide29", machines, workers, cores, habits("slide29", era), lambda number: "layer"),
            entry("slide29", machines, "at random", shares),
        ),
        straight(network),
        seconds,
    )
