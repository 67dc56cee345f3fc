"""The load test that the Channels project published on 2016-09-06: gunicorn, or Daphne and Redis, with one worker."""

from __future__ import annotations

from dataclasses import replace

from chansim.channels.wsgi import WSGIApplication
from chansim.deployments.parts import arrival_law, daphne, law
from chansim.deployments.parts import workers as make_workers
from chansim.duration import Duration
from chansim.layer.eras import JUNE_2016
from chansim.model.application import Application, hello
from chansim.model.channel_layer import ChannelLayer
from chansim.model.client import Clients
from chansim.model.component import Component, ScenarioError
from chansim.model.machine import Machine
from chansim.model.network import Network
from chansim.model.wsgi_server import WSGIServer
from chansim.scenario import Scenario

STACKS = ("daphne", "gunicorn")


def loadtest_2016_09(
    *,
    stack: str = "daphne",
    rate: float = 300.0,
    service: float | Duration = 0.000_7,
    cpu: float = 0.000_65,
    operation: float = 0.000_1,
    wsgi: WSGIApplication = hello,
    network: Network = Network(),
    seconds: float | None = 30.0,
) -> Scenario:
    """One worker on one machine of eight cores, behind "gunicorn" or "daphne" with a Redis-like layer: *stack*.

    *rate*: requests a second (Poisson). *service*: seconds of a view, fitted to gunicorn's published
    throughput. *cpu*: seconds of Daphne's event loop for each message, fitted to its throughput.
    *operation*: seconds of Redis's work for each call, an order of magnitude. What comes out of it, and what
    does not, is in docs/loadtest-2016-09.md.
    """
    if stack not in STACKS:
        raise ScenarioError(f"loadtest_2016_09: stack={stack!r}: it must be one of {', '.join(STACKS)}")
    servers: tuple[Component, ...] = (
        WSGIServer(name="gunicorn", machine="server", application="site", workers=1),
    )
    if stack == "daphne":
        servers = (
            replace(daphne(JUNE_2016), cpu=cpu),
            ChannelLayer(name="layer", machine="server", operation=operation),
            *make_workers("loadtest_2016_09", 1),
        )
    return Scenario(
        f"The load test of September 2016: {stack}",
        (
            Clients(name="clients", server=stack, arrivals=arrival_law("loadtest_2016_09", rate, None)),
            Machine(name="server", cores=8),
            Application(name="site", wsgi=wsgi, io=law("loadtest_2016_09", "service", service)),
            *servers,
        ),
        network,
        seconds,
    )
