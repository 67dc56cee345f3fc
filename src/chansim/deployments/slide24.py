"""Slide 24: the chat. One room, and all clients receive all messages."""

from __future__ import annotations

from chansim.applications import chat
from chansim.channels.routing import Include, Route
from chansim.deployments.parts import daphne, habits, law
from chansim.deployments.parts import workers as make_workers
from chansim.duration import Duration
from chansim.layer.eras import JUNE_2016, Era
from chansim.model.application import Application
from chansim.model.channel_layer import ChannelLayer
from chansim.model.chatters import Chatters
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
    routing: tuple[Route | Include, ...] | None = None,
    era: str | Era = JUNE_2016.name,
    network: Network = Network(),
    seconds: float | None = 60.0,
) -> Scenario:
    """*members* of one room, each saying *rate* lines a second, on the deployment of slide 16.

    *service*: seconds a consumer waits; *per_member*: seconds on a core for each
    member that a line is sent to; *stay*: how long a member stays, 0 for the
    whole run. *routing*: other consumers than the talk's. *era*: "june2016",
    "channels10" or "channels11"; from 1.0 on the consumers accept each socket.
    """
    later = habits("slide24", era).handshake_waits
    if routing is None:
        routing = chat.channel_routing_1_0 if later else chat.channel_routing
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
            daphne(habits("slide24", era)),
            ChannelLayer(name="layer", machine="server", capacity=capacity, era=era),
            *make_workers("slide24", workers),
        ),
        network,
        seconds,
    )
