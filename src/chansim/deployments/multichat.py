"""Multichat: members who log in, join a room by a command, and talk there; one WebSocket, many rooms."""

from __future__ import annotations

from chansim.applications import multichat as application
from chansim.deployments.parts import law, one_machine
from chansim.duration import Duration
from chansim.layer.eras import JUNE_2016
from chansim.model.chatters import Chatters
from chansim.model.network import Network
from chansim.model.users import Users
from chansim.scenario import Scenario


def multichat(
    *,
    members: int = 10,
    rate: float = 0.1,
    service: float | Duration = 0.005,
    per_member: float = 0.0002,
    workers: int = 3,
    capacity: int = JUNE_2016.shared_capacity,
    cores: int = 4,
    stay: float | Duration = 0.0,
    network: Network = Network(),
    seconds: float | None = 60.0,
) -> Scenario:
    """*members*, each logged in, who send *rate* frames a second: the first to join the lobby, the others to talk.

    The rest is as on slide 24.
    """
    chatters = Chatters(
        name="chatters",
        server="daphne",
        members=members,
        rate=rate,
        stay=law("multichat", "stay", stay),
        says=application.joins_and_talks,
    )
    names = tuple(f"user-{number}" for number in range(1, chatters.members + 1))
    paths = tuple(f"/chat/stream/?session_key={name}" for name in names)
    site = one_machine(
        "multichat",
        application.channel_routing,
        service=service,
        per_member=per_member,
        workers=workers,
        capacity=capacity,
        cores=cores,
    )
    return Scenario(
        "Multichat", (chatters, Users(name="users", names=names), *site), network, seconds
    ).change("chatters", path=paths)
