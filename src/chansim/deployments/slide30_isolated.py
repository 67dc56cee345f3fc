"""Slide 30, read one way: machines with a channel layer each, which know nothing of one another."""

from __future__ import annotations

from collections.abc import Sequence

from chansim.applications import chat
from chansim.channels.routing import Include, Route
from chansim.deployments.parts import habits, law
from chansim.deployments.several_machines import entry, machine, on_each, straight
from chansim.duration import Duration
from chansim.layer.eras import JUNE_2016, Era
from chansim.model.application import Application
from chansim.model.channel_layer import ChannelLayer
from chansim.model.chatters import Chatters
from chansim.model.network import Network
from chansim.scenario import Scenario


def slide30_isolated(
    *,
    machines: int = 2,
    workers: int | Sequence[int] = 3,
    members: int = 30,
    rate: float = 0.1,
    paths: tuple[str, ...] = ("/chat/",),
    policy: str = "in turn",
    service: float | Duration = 0.005,
    per_member: float = 0.0002,
    capacity: int = JUNE_2016.shared_capacity,
    cores: int = 4,
    routing: tuple[Route | Include, ...] | None = None,
    era: str | Era = JUNE_2016.name,
    network: Network = Network(),
    seconds: float | None = 60.0,
) -> Scenario:
    """The chat of slide 24 on *machines* that share nothing: a line reaches those on the speaker's machine only.

    *members*, who say *rate* lines a second each, go to a machine by *policy*: "in turn", "at random",
    "by path" or "by client". *paths*: where they connect to, in turn; with *routing*
    ``applications.rooms.channel_routing`` each path is a room. The rest is as on slides 24 and 29.
    """
    later = habits("slide30_isolated", era).handshake_waits
    if routing is None:
        routing = chat.channel_routing_1_0 if later else chat.channel_routing
    io = law("slide30_isolated", "service", service)
    here = on_each(
        "slide30_isolated", machines, workers, cores, habits("slide30_isolated", era), lambda n: f"layer-{n}"
    )
    return Scenario(
        "Slide 30: several machines, a channel layer on each",
        (
            Chatters(name="chatters", server="site.example", members=members, rate=rate, path=paths),
            Application(name="site", routing=routing, io=io, per_member=per_member),
            *(
                ChannelLayer(name=f"layer-{n}", machine=machine(n), capacity=capacity, era=era)
                for n in range(1, machines + 1)
            ),
            *here,
            entry("slide30_isolated", machines, policy),
        ),
        straight(network),
        seconds,
    )
