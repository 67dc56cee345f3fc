"""Slide 24: the chat. One room, and all clients receive all messages."""

from __future__ import annotations

from chansim.applications.chat import channel_routing
from chansim.channels.routing import Include, Route
from chansim.deployments.parts import law
from chansim.deployments.parts import workers as make_workers
from chansim.duration import Duration
from chansim.layer.eras import JUNE_2016
from chansim.model.application import Application
from chansim.model.channel_layer import ChannelLayer
from chansim.model.chatters import Chatters
from chansim.model.interface_server import InterfaceServer
from chansim.model.machine import Machine
from chansim.model.network import Network
from chansim.scenario import Scenario


def slide24(
    *,
    members: int = 10,
    rate: float = 0.1,
    service: float | Duration = 0.005,
    per_member: float = 0.0002,
    workers: int = 3,
    capacity: int = JUNE_2016.shared_capacity,
    cores: int = 4,
    stay: float | Duration = 0.0,
    routing: tuple[Route | Include, ...] = channel_routing,
    network: Network = Network(),
    seconds: float | None = 60.0,
) -> Scenario:
    """*members* of one room, each saying *rate* lines a second, on the deployment of slide 16.

    *service*: seconds a consumer waits; *per_member*: seconds on a core for each
    member that a line is sent to; *stay*: how long a member stays, 0 for the
    whole run. *routing*: other consumers than the talk's.
    """
    return Scenario(
        "Slide 24: the chat",
        (
            Chatters(
                name="chatters",
                server="daphne",
                members=members,
                rate=rate,
                stay=law("slide24", "stay", stay),
            ),
            Machine(name="server", cores=cores),
            Application(
                name="site", routing=routing, io=law("slide24", "service", service), per_member=per_member
            ),
            InterfaceServer(name="daphne", machine="server", layer="layer"),
            ChannelLayer(name="layer", machine="server", capacity=capacity),
            *make_workers("slide24", workers),
        ),
        network,
        seconds,
    )
