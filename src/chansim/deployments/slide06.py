"""Slide 6: a client, HTTP, and a server that runs an application by WSGI: one request, one response.

While the application works at a request, it is taken. With one copy of it, all
others wait: at 10 requests a second of 50 ms each a response takes 100 ms on
average, at 18 it takes 500.
"""

from __future__ import annotations

from chansim.channels.wsgi import WSGIApplication
from chansim.deployments.parts import SERVICE, arrival_law, service_law
from chansim.duration import Duration
from chansim.model.application import Application, hello
from chansim.model.arrivals import Arrivals
from chansim.model.client import Clients
from chansim.model.machine import Machine
from chansim.model.network import Network
from chansim.model.wsgi_server import WSGIServer
from chansim.scenario import Scenario

FEW = 10.0
"""Requests a second that one worker keeps up with, at 50 ms each."""


def slide06(
    *,
    rate: float = FEW,
    service: float | Duration = SERVICE,
    backlog: int = 2048,
    cores: int = 4,
    wsgi: WSGIApplication = hello,
    arrivals: Arrivals | None = None,
    network: Network = Network(),
    seconds: float | None = 60.0,
) -> Scenario:
    """Clients, and a WSGI server with one copy of the application, on one machine.

    *rate*: requests a second (Poisson), unless *arrivals* are given. *service*:
    seconds a view waits, for a database say; a number means exponential with
    that mean. *backlog*: requests that may wait. *cores*: of the machine.
    """
    return Scenario(
        "Slide 6: one request, one response",
        (
            Clients(name="clients", server="gunicorn", arrivals=arrival_law("slide06", rate, arrivals, FEW)),
            Machine(name="server", cores=cores),
            Application(name="site", wsgi=wsgi, io=service_law("slide06", service, wsgi)),
            WSGIServer(name="gunicorn", machine="server", application="site", workers=1, backlog=backlog),
        ),
        network,
        seconds,
    )
