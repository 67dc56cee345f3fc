"""Slide 30, read the other way: several machines, and one channel layer over several hosts."""

from __future__ import annotations

from collections.abc import Sequence

from chansim.channels.wsgi import WSGIApplication
from chansim.deployments.parts import RATE, SERVICE, arrival_law, habits, service_law
from chansim.deployments.several_machines import entry, on_each, straight, whole
from chansim.duration import Duration
from chansim.layer.eras import JUNE_2016, Era
from chansim.model.application import Application, hello
from chansim.model.arrivals import Arrivals
from chansim.model.channel_layer import ChannelLayer
from chansim.model.client import Clients
from chansim.model.machine import Machine
from chansim.model.network import Network
from chansim.model.sharded_layer import ShardedLayer
from chansim.scenario import Scenario


def slide30_sharded(
    *,
    machines: int = 2,
    shards: int = 2,
    workers: int | Sequence[int] = 3,
    rate: float = RATE,
    shares: Sequence[float] = (),
    service: float | Duration = SERVICE,
    capacity: int = JUNE_2016.shared_capacity,
    operation: float = 0.0,
    defect: bool = False,
    cores: int = 4,
    wsgi: WSGIApplication = hello,
    arrivals: Arrivals | None = None,
    era: str | Era = JUNE_2016.name,
    network: Network = Network(),
    seconds: float | None = 60.0,
) -> Scenario:
    """Clients reach *machines* by one name; the layer's *shards* are on the machines "redis-1", "redis-2" ...

    *capacity* and *operation*: of each shard. *defect*: with asgi_redis's fault of June 2016, see
    :class:`~chansim.model.sharded_layer.ShardedLayer`. The rest is as on slide 29.
    """
    names = [f"redis-{n}" for n in range(1, whole("slide30_sharded", "shards", shards, 1, 100) + 1)]
    here = on_each(
        "slide30_sharded", machines, workers, cores, habits("slide30_sharded", era), lambda n: "layer"
    )
    law = arrival_law("slide30_sharded", rate, arrivals)
    return Scenario(
        "Slide 30: several machines, a channel layer over several hosts",
        (
            Clients(name="clients", server="site.example", arrivals=law),
            Application(name="site", wsgi=wsgi, io=service_law("slide30_sharded", service, wsgi)),
            *(Machine(name=name) for name in names),
            *(
                ChannelLayer(name=f"shard-{n}", machine=name, capacity=capacity, operation=operation, era=era)
                for n, name in enumerate(names, 1)
            ),
            ShardedLayer(
                name="layer",
                shards=tuple(f"shard-{n}" for n in range(1, shards + 1)),
                defect=defect,
                era=era,
            ),
            *here,
            entry("slide30_sharded", machines, "at random", shares),
        ),
        straight(network),
        seconds,
    )
