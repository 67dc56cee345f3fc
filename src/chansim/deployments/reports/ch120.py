"""channels 120 (2016): websocket.receive is consumed before websocket.connect, and fails.

A browser speaks as soon as it is connected. Two workers take the two messages,
and half of the time the second is done first: the room is not in the session
yet. Longer than a service time apart it is rare; ``enforce_ordering`` is the cure.
"""

from __future__ import annotations

from chansim.applications import rooms
from chansim.applications.reports.ordered import first_line
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

AT_ONCE = Network(Link(0.0), Link(0.0), Link(0.0))

CONSUMER = Exponential(0.05)
"""Seconds that a consumer takes."""


def ch120(
    *,
    members: int = 1000,
    gap: float = 0.0,
    service: float | Duration = CONSUMER,
    workers: int = 8,
    routing: tuple[Route | Include, ...] = rooms.channel_routing,
    network: Network = AT_ONCE,
    seconds: float | None = 1000.0,
) -> Scenario:
    """*members* who connect over the whole time, and each say one line *gap* seconds later.

    *service*: seconds that a consumer takes. *routing*: ``rooms.channel_routing``, or
    ``rooms.ordered_routing``, the cure.
    """
    return Scenario(
        "channels 120: receive before connect",
        (
            Chatters(
                name="chatters",
                server="daphne",
                members=members,
                connect_over=(seconds or 1000.0) * 0.95,
                settle=gap,
                rate=1e6,
                path=tuple(f"/room-{number}/" for number in range(1, members + 1)),
                says=first_line,
            ),
            Machine(name="server", cores=4),
            Application(name="site", routing=routing, io=law("ch120", "service", service)),
            daphne(JUNE_2016),
            ChannelLayer(name="layer", machine="server"),
            *make_workers("ch120", workers),
        ),
        network,
        seconds,
    )
