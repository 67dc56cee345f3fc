"""channels 393 and 195 (2016): with enforce_ordering a busy socket stops, and then its wait channel overflows.

Two workers hold two messages of one socket. While the later one is on its way to
where it is to wait, its turn comes; whoever passes the turn on finds nobody, and it
is forgotten. All that follow wait for it, until the channel is full.
"""

from __future__ import annotations

from chansim.applications.reports import ordered
from chansim.channels.routing import Include, Route
from chansim.deployments.parts import daphne, law
from chansim.deployments.parts import workers as make_workers
from chansim.duration import Duration, Exponential
from chansim.layer.eras import JUNE_2016
from chansim.model.application import Application
from chansim.model.channel_layer import ChannelLayer
from chansim.model.chatters import Chatters
from chansim.model.machine import Machine
from chansim.model.network import Link, Network
from chansim.scenario import Scenario

NEAR = Network(Link(0.002), Link(0.002), Link(0.002))
"""2 ms from a worker to the layer, and as much back: time enough to be overtaken in."""

CONSUMER = Exponential(0.05)
"""Seconds that a consumer takes."""


def ch393(
    *,
    members: int = 1,
    rate: float = 4.0,
    service: float | Duration = CONSUMER,
    workers: int = 2,
    capacity: int = JUNE_2016.shared_capacity,
    routing: tuple[Route | Include, ...] = ordered.channel_routing,
    network: Network = NEAR,
    seconds: float | None = 200.0,
) -> Scenario:
    """*members* who each say *rate* lines a second, whose order is enforced.

    *service*: seconds that a consumer takes. *routing*: ``ordered.channel_routing`` of 2016, or
    ``ordered.mended_routing``.
    """
    return Scenario(
        "channels 393: a socket that stops",
        (
            Chatters(name="chatters", server="daphne", members=members, rate=rate),
            Machine(name="server", cores=4),
            Application(name="site", routing=routing, io=law("ch393", "service", service)),
            daphne(JUNE_2016),
            ChannelLayer(name="layer", machine="server", capacity=capacity),
            *make_workers("ch393", workers),
        ),
        network,
        seconds,
    )
