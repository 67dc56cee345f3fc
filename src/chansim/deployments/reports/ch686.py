"""channels 686 (2017), and 315: clients that vanish stay in their groups.

Nobody closes their sockets, so no consumer takes them out. In June 2016 Daphne
did not wait for a pong: they stayed for the day that a membership lasts. Later it
found them 50 s after their last sign of life, if nobody else in the room said a word:
what is sent to a ghost counts as life.
"""

from __future__ import annotations

from chansim.applications import chat
from chansim.deployments.parts import daphne, habits
from chansim.deployments.parts import workers as make_workers
from chansim.duration import Constant
from chansim.layer.eras import JUNE_2016, Era
from chansim.model.application import Application
from chansim.model.channel_layer import ChannelLayer
from chansim.model.chatters import Chatters
from chansim.model.fault import Vanish
from chansim.model.machine import Machine
from chansim.model.network import Network
from chansim.scenario import Scenario


def ch686(
    *,
    members: int = 100,
    every: float = 10.0,
    rate: float = 1e-6,
    workers: int = 3,
    era: str | Era = JUNE_2016.name,
    network: Network = Network(),
    seconds: float | None = 600.0,
) -> Scenario:
    """*members* of a room, of whom one vanishes *every* so many seconds. *rate*: lines a second of each, almost none.

    *era*: "june2016", "channels10" or "channels11".
    """
    later = habits("ch686", era).handshake_waits
    gone = range(1, min(members, int((seconds or 600.0) / every)))
    return Scenario(
        "channels 686: ghosts",
        (
            Chatters(name="chatters", server="daphne", members=members, rate=rate),
            Machine(name="server", cores=4),
            Application(
                name="site",
                routing=chat.channel_routing_1_0 if later else chat.channel_routing,
                io=Constant(0.005),
            ),
            daphne(habits("ch686", era)),
            ChannelLayer(name="layer", machine="server", era=era),
            *make_workers("ch686", workers),
            *(Vanish(name=f"vanish-{number}", target="chatters", at=number * every) for number in gone),
        ),
        network,
        seconds,
    )
