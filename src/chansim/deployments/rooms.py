"""Rooms: the talk's chat with a room for each path."""

from __future__ import annotations

from chansim.applications import rooms as application
from chansim.channels.routing import Include, Route
from chansim.deployments.parts import law, one_machine
from chansim.duration import Duration
from chansim.layer.eras import JUNE_2016
from chansim.model.chatters import Chatters
from chansim.model.component import ScenarioError
from chansim.model.network import Network
from chansim.scenario import Scenario


def rooms(
    *,
    names: tuple[str, ...] = ("red", "blue"),
    members: int = 10,
    rate: float = 0.1,
    service: float | Duration = 0.005,
    per_member: float = 0.0002,
    workers: int = 3,
    capacity: int = JUNE_2016.shared_capacity,
    cores: int = 4,
    stay: float | Duration = 0.0,
    routing: tuple[Route | Include, ...] = application.channel_routing,
    network: Network = Network(),
    seconds: float | None = 60.0,
) -> Scenario:
    """*members* who take one of the rooms *names* each, in turn, and say *rate* lines a second.

    The rest is as on slide 24. *routing*: other consumers, such as
    ``applications.rooms.ordered_routing`` or ``applications.chat_messages.channel_routing``.
    """
    if not isinstance(names, (tuple, list)) or not all(isinstance(name, str) and name for name in names):
        raise ScenarioError(f"rooms: names={names!r}: it must be names of rooms, such as ('red', 'blue')")
    return Scenario(
        "Rooms",
        (
            Chatters(
                name="chatters",
                server="daphne",
                members=members,
                rate=rate,
                stay=law("rooms", "stay", stay),
                path=tuple(f"/{name}/" for name in names),
            ),
            *one_machine(
                "rooms",
                routing,
                service=service,
                per_member=per_member,
                workers=workers,
                capacity=capacity,
                cores=cores,
            ),
        ),
        network,
        seconds,
    )
