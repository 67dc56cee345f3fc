"""channels 643 (May 2017): a backlog is there, and more workers make it worse.

Workers send faster than one Daphne reads. Its queue is full, and a worker of 1.1.3
whose message finds it full dies; what it had in hand is lost, and somebody has to
start it again. With four workers nothing happens; with 32 it takes longer and some is lost. Since
1.1.4 a worker tries for two seconds before it dies.
"""

from __future__ import annotations

from dataclasses import replace

from chansim.applications.events import silence
from chansim.applications.reports import backlog as application
from chansim.deployments.parts import law
from chansim.duration import Duration, Exponential
from chansim.layer.eras import CHANNELS_11
from chansim.model.application import Application
from chansim.model.arrivals import Bursts, Recorded
from chansim.model.channel_layer import ChannelLayer
from chansim.model.chatters import Chatters
from chansim.model.event_source import EventSource
from chansim.model.interface_server import InterfaceServer
from chansim.model.machine import Machine
from chansim.model.network import Link, Network
from chansim.model.worker import Worker
from chansim.scenario import Scenario

AT_ONCE = Network(Link(0.0), Link(0.0), Link(0.0))

PIECE = Exponential(0.01)
"""Seconds that a piece of work takes."""


def ch643(
    *,
    workers: int = 32,
    backlog: int = 20_000,
    service: float | Duration = PIECE,
    cpu: float = 0.0025,
    comes_back: float = 3.0,
    patience: float = 0.0,
    capacity: int = 100,
    network: Network = AT_ONCE,
    seconds: float | None = 300.0,
) -> Scenario:
    """A *backlog* of pieces of work, there at 1 s; each tells the one browser that it is done.

    *service*: seconds a piece takes; *cpu*: seconds of Daphne's for each message, so that it
    reads 400 a second; *comes_back*: seconds until a worker that died is there again;
    *patience*: how long a worker tries to send, 0 in 1.1.3 and 2 s since 1.1.4.
    """
    return Scenario(
        "channels 643: more workers, more crashes",
        (
            Chatters(name="browser", server="daphne", members=1, connect_over=0.0, says=silence),
            Machine(name="server", cores=4),
            Application(
                name="site", routing=application.channel_routing, io=law("ch643", "service", service)
            ),
            InterfaceServer(name="daphne", machine="server", layer="layer", cpu=cpu, poll=0.0, idle_poll=0.0),
            ChannelLayer(
                name="layer",
                machine="server",
                capacity=capacity,
                channel_capacity=(("work", backlog),),
                expiry=3600.0,
                era=replace(CHANNELS_11, flush_patience=patience),
            ),
            EventSource(
                name="work",
                machine="server",
                layer="layer",
                channel="work",
                arrivals=Bursts(backlog, Recorded((1.0,))),
            ),
            *(
                Worker(
                    name=f"worker-{number}",
                    machine="server",
                    layer="layer",
                    application="site",
                    comes_back=comes_back,
                )
                for number in range(1, workers + 1)
            ),
        ),
        network,
        seconds,
    )
