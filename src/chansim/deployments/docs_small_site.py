"""The small site of the Channels documentation: one Daphne, and four or five workers.

For many sites that is enough: pages and a chat room share four workers, which
are busy for a third of the time.
"""

from __future__ import annotations

from chansim.applications import chat
from chansim.channels.wsgi import WSGIApplication
from chansim.deployments.parts import SERVICE, arrival_law, one_machine, service_law
from chansim.duration import Duration
from chansim.layer.eras import JUNE_2016
from chansim.model.application import hello
from chansim.model.arrivals import Arrivals
from chansim.model.chatters import Chatters
from chansim.model.client import Clients
from chansim.model.network import Network
from chansim.scenario import Scenario

PAGES = 20.0
"""Requests for pages a second."""


def docs_small_site(
    *,
    rate: float = PAGES,
    service: float | Duration = SERVICE,
    members: int = 20,
    lines: float = 0.1,
    per_member: float = 0.0002,
    workers: int = 4,
    capacity: int = JUNE_2016.shared_capacity,
    cores: int = 4,
    wsgi: WSGIApplication = hello,
    arrivals: Arrivals | None = None,
    network: Network = Network(),
    seconds: float | None = 60.0,
) -> Scenario:
    """Pages at *rate* a second (Poisson), and a chat of *members* who say *lines* a second each.

    *service*: seconds a view or a consumer waits, for a database say; a number
    means exponential with that mean. *per_member*: seconds on a core for each
    member that a line is sent to. The rest is as on slide 16.
    """
    return Scenario(
        "A small site, as the documentation has it",
        (
            Clients(
                name="clients",
                server="daphne",
                arrivals=arrival_law("docs_small_site", rate, arrivals, PAGES),
            ),
            Chatters(name="chatters", server="daphne", members=members, rate=lines),
            *one_machine(
                "docs_small_site",
                chat.channel_routing,
                service=service_law("docs_small_site", service, wsgi),
                per_member=per_member,
                workers=workers,
                capacity=capacity,
                cores=cores,
                wsgi=wsgi,
            ),
        ),
        network,
        seconds,
    )
