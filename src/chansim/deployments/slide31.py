"""Slide 31: RedisLocalChannelLayer. A local layer on each machine, and one that is shared."""

from __future__ import annotations

from collections.abc import Sequence

from chansim.channels.wsgi import WSGIApplication
from chansim.deployments.parts import RATE, SERVICE, arrival_law, habits, service_law
from chansim.deployments.several_machines import entry, machine, on_each, straight
from chansim.duration import Duration
from chansim.layer.eras import JUNE_2016, Era
from chansim.model.application import Application, hello
from chansim.model.arrivals import Arrivals
from chansim.model.channel_layer import ChannelLayer
from chansim.model.client import Clients
from chansim.model.local_layer import LocalLayer
from chansim.model.machine import Machine
from chansim.model.network import Network
from chansim.scenario import Scenario


def slide31(
    *,
    machines: int = 3,
    workers: int | Sequence[int] = 3,
    rate: float = RATE,
    shares: Sequence[float] = (),
    service: float | Duration = SERVICE,
    capacity: int = JUNE_2016.shared_capacity,
    operation: float = 0.0,
    worker_poll: float = 0.01,
    cores: int = 4,
    wsgi: WSGIApplication = hello,
    arrivals: Arrivals | None = None,
    era: str | Era = JUNE_2016.name,
    network: Network = Network(),
    seconds: float | None = 60.0,
) -> Scenario:
    """Requests stay on the machine that they come to; replies go through the layer on the machine "redis".

    *operation*: seconds of the shared layer's work for each call. *worker_poll*: seconds between
    an idle worker's looks at its local layer, which did not let it wait. *workers* may be a
    number for each machine: one with none hangs, and its clients are told 503. The
    rest is as on slide 29.
    """
    here = on_each("slide31", machines, workers, cores, habits("slide31", era), lambda n: f"layer-{n}")
    return Scenario(
        "Slide 31: RedisLocalChannelLayer",
        (
            Clients(name="clients", server="site.example", arrivals=arrival_law("slide31", rate, arrivals)),
            Application(name="site", wsgi=wsgi, io=service_law("slide31", service, wsgi)),
            Machine(name="redis"),
            ChannelLayer(
                name="redis-layer", machine="redis", capacity=capacity, operation=operation, era=era
            ),
            *(
                LocalLayer(
                    name=f"layer-{n}",
                    machine=machine(n),
                    shared="redis-layer",
                    capacity=capacity,
                    worker_poll=worker_poll,
                    era=era,
                )
                for n in range(1, machines + 1)
            ),
            *here,
            entry("slide31", machines, "at random", shares),
        ),
        straight(network),
        seconds,
    )
