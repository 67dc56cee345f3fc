"""daphne 18 (13 June 2016): a connect that finds its channel full is lost, and the socket stays open.

After a restart 500 browsers connect within a tenth of a second. The channel holds
100, and four workers take some of it meanwhile: 140 are in the room, 360 look
connected and hear nothing. Since 1.0 they are told.
"""

from __future__ import annotations

from dataclasses import replace

from chansim.applications import chat
from chansim.applications.events import silence
from chansim.deployments.parts import daphne, habits, law
from chansim.deployments.parts import workers as make_workers
from chansim.duration import Duration
from chansim.layer.eras import JUNE_2016, Era
from chansim.model.application import Application
from chansim.model.channel_layer import ChannelLayer
from chansim.model.chatters import Chatters
from chansim.model.machine import Machine
from chansim.model.network import Link, Network
from chansim.scenario import Scenario

AT_ONCE = Network(Link(0.0), Link(0.0), Link(0.0))


def da18(
    *,
    members: int = 500,
    within: float = 0.1,
    service: float | Duration = 0.01,
    workers: int = 4,
    capacity: int = JUNE_2016.shared_capacity,
    era: str | Era = JUNE_2016.name,
    network: Network = AT_ONCE,
    seconds: float | None = 10.0,
) -> Scenario:
    """*members* who connect *within* so many seconds and then listen. *service*: seconds of the connect consumer.

    *era*: "june2016", "channels10" or "channels11".
    """
    later = habits("da18", era).handshake_waits
    return Scenario(
        "daphne 18: connected, and not in the room",
        (
            Chatters(name="chatters", server="daphne", members=members, connect_over=within, says=silence),
            Machine(name="server", cores=4),
            Application(
                name="site",
                routing=chat.channel_routing_1_0 if later else chat.channel_routing,
                io=law("da18", "service", service),
            ),
            replace(daphne(habits("da18", era)), cpu=0.0),
            ChannelLayer(name="layer", machine="server", capacity=capacity, era=era),
            *make_workers("da18", workers),
        ),
        network,
        seconds,
    )
