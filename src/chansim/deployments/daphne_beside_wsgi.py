"""Daphne beside a WSGI server: a balancer sends pages to gunicorn, and WebSockets to Daphne.

Pages are as fast as they were before there were Channels, and no chat holds them
up. What it costs is a second set of processes for the same application.
"""

from __future__ import annotations

from chansim.applications import chat
from chansim.channels.wsgi import WSGIApplication
from chansim.deployments.parts import RATE, SERVICE, arrival_law, one_machine, service_law
from chansim.duration import Duration
from chansim.layer.eras import JUNE_2016
from chansim.model.application import hello
from chansim.model.arrivals import Arrivals
from chansim.model.balancer import Balancer
from chansim.model.chatters import Chatters
from chansim.model.client import Clients
from chansim.model.network import Network
from chansim.model.wsgi_server import WSGIServer
from chansim.scenario import Scenario


def daphne_beside_wsgi(
    *,
    rate: float = RATE,
    service: float | Duration = SERVICE,
    members: int = 10,
    lines: float = 0.1,
    per_member: float = 0.0002,
    wsgi_workers: int = 4,
    workers: int = 2,
    backlog: int = 2048,
    capacity: int = JUNE_2016.shared_capacity,
    cores: int = 4,
    wsgi: WSGIApplication = hello,
    arrivals: Arrivals | None = None,
    network: Network = Network(),
    seconds: float | None = 60.0,
) -> Scenario:
    """Pages at *rate* a second (Poisson), and a chat of *members* who say *lines* a second each.

    *wsgi_workers*: copies of the application behind gunicorn; *workers*: those
    behind the layer. *service*: seconds a view or a consumer waits; a number
    means exponential with that mean. *backlog*: requests that may wait at
    gunicorn. The rest is as on slide 24.
    """
    return Scenario(
        "Daphne beside a WSGI server",
        (
            Clients(
                name="clients",
                server="nginx",
                arrivals=arrival_law("daphne_beside_wsgi", rate, arrivals),
            ),
            Chatters(name="chatters", server="nginx", members=members, rate=lines),
            Balancer(name="nginx", machine="server", servers=("gunicorn",), sockets=("daphne",)),
            WSGIServer(
                name="gunicorn", machine="server", application="site", workers=wsgi_workers, backlog=backlog
            ),
            *one_machine(
                "daphne_beside_wsgi",
                chat.channel_routing,
                service=service_law("daphne_beside_wsgi", service, wsgi),
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
