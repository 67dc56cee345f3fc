"""Liveblog: readers who hold a WebSocket and only listen, and an editor who saves posts."""

from __future__ import annotations

from urllib.parse import urlencode

from chansim.applications import liveblog as application
from chansim.deployments.parts import arrival_law, law, one_machine
from chansim.duration import Duration
from chansim.layer.eras import JUNE_2016
from chansim.model.chatters import Chatters
from chansim.model.client import Clients
from chansim.model.network import Network
from chansim.scenario import Scenario

POST = application.Post("kittens", "7", "Look at this one!", "2016-06-23 18:30")


def liveblog(
    *,
    readers: int = 10,
    posts: float = 0.5,
    service: float | Duration = 0.005,
    per_member: float = 0.0002,
    workers: int = 3,
    capacity: int = JUNE_2016.shared_capacity,
    cores: int = 4,
    stay: float | Duration = 0.0,
    network: Network = Network(),
    seconds: float | None = 60.0,
) -> Scenario:
    """*readers* of one blog, on which an editor saves *posts* posts a second.

    Saving is an HTTP request: its view runs in a worker too, and tells the
    readers from there. The rest is as on slide 24.
    """
    return Scenario(
        "Liveblog",
        (
            Chatters(
                name="readers",
                server="daphne",
                members=readers,
                stay=law("liveblog", "stay", stay),
                path=f"/liveblog/{POST.blog}/stream/",
                says=application.nothing,
            ),
            Clients(
                name="editor",
                server="daphne",
                arrivals=arrival_law("liveblog", posts, None),
                path="/admin/posts/",
                method="POST",
                body=urlencode(vars(POST)).encode(),
            ),
            *one_machine(
                "liveblog",
                application.channel_routing,
                service=service,
                per_member=per_member,
                workers=workers,
                capacity=capacity,
                cores=cores,
                wsgi=application.admin,
            ),
        ),
        network,
        seconds,
    )
