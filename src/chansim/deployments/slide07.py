"""Slide 7: a WSGI server (Gunicorn, uWSGI, ...) with N copies of a WSGI application."""

from __future__ import annotations

from chansim.channels.wsgi import WSGIApplication
from chansim.deployments.parts import RATE, SERVICE, arrival_law, service_law
from chansim.duration import Duration
from chansim.model.application import Application, hello
from chansim.model.arrivals import Arrivals
from chansim.model.client import Clients
from chansim.model.machine import Machine
from chansim.model.network import Network
from chansim.model.wsgi_server import WSGIServer
from chansim.scenario import Scenario


def slide07(
    *,
    rate: float = RATE,
    service: float | Duration = SERVICE,
    workers: int = 3,
    backlog: int = 2048,
    cores: int = 4,
    wsgi: WSGIApplication = hello,
    arrivals: Arrivals | None = None,
    network: Network = Network(),
    seconds: float | None = 60.0,
) -> Scenario:
    """Clients, a WSGI server with *workers* copies of the application, one machine.

    *rate*: requests a second (Poisson), unless *arrivals* are given. *service*:
    seconds a view waits, for a database say; a number means exponential with
    that mean. *backlog*: requests that may wait. *cores*: of the machine.
    """
    return Scenario(
        "Slide 7: a WSGI server",
        (
            Clients(name="clients", server="gunicorn", arrivals=arrival_law("slide07", rate, arrivals)),
            Machine(name="server", cores=cores),
            Application(name="site", wsgi=wsgi, io=service_law("slide07", service, wsgi)),
            WSGIServer(
                name="gunicorn", machine="server", application="site", workers=workers, backlog=backlog
            ),
        ),
        network,
        seconds,
    )
