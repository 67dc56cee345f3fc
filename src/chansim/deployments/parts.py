"""What several deployments build in the same way."""

from __future__ import annotations

from chansim.channels.cost import costs_of
from chansim.channels.routing import Include, Route
from chansim.channels.wsgi import WSGIApplication
from chansim.duration import Duration, Exponential, as_duration, what_is_wrong
from chansim.layer.eras import ERAS, JUNE_2016, Era, era_called
from chansim.model.application import Application, hello
from chansim.model.arrivals import Arrivals, Poisson
from chansim.model.channel_layer import ChannelLayer
from chansim.model.component import Component, ScenarioError
from chansim.model.interface_server import InterfaceServer
from chansim.model.machine import Machine
from chansim.model.worker import Worker

RATE, SERVICE = 50.0, 0.05
"""Requests a second, and mean seconds of service, where a deployment is not told."""


def law(deployment: str, knob: str, value: float | Duration) -> Duration:
    """A number of seconds means just that; a law means itself."""
    why = what_is_wrong(value)
    if why:
        raise ScenarioError(f"{deployment}: {knob}={value!r}: {why}")
    return as_duration(value)


def service_law(deployment: str, service: float | Duration, wsgi: WSGIApplication) -> Duration:
    """A number of seconds means: exponential, with that mean. A law means itself."""
    given = law(deployment, "service", service)
    if costs_of(wsgi) and service != SERVICE:
        raise ScenarioError(
            f"{deployment}: service={service!r}: it would be ignored, for the wsgi application declares its own @costs"
        )
    return Exponential(given.mean) if given is not service and given.mean else given


def arrival_law(deployment: str, rate: float, arrivals: Arrivals | None, default: float = RATE) -> Arrivals:
    """Poisson with *rate*, which is *default* unless it is given, unless *arrivals* are."""
    if arrivals is not None and rate != default:
        raise ScenarioError(
            f"{deployment}: clients: rate={rate!r}: it would be ignored, for arrivals are given"
        )
    if arrivals is not None:
        return arrivals
    try:
        return Poisson(rate)
    except ScenarioError as error:
        why = str(error).rpartition(": ")[2]
        raise ScenarioError(f"{deployment}: clients: rate={rate!r}: {why}") from None


def habits(deployment: str, era: str | Era) -> Era:
    """The era of that name. Raises ScenarioError for one that is not known."""
    try:
        return era_called(era)
    except ValueError:
        raise ScenarioError(
            f"{deployment}: era={era!r}: it must be one of {', '.join(ERAS)}, or an Era"
        ) from None


def daphne(era: Era, *, layer: str = "layer", machine: str = "server") -> InterfaceServer:
    """The interface server "daphne", which looks for replies as often as its era's did."""
    return InterfaceServer(
        name="daphne", machine=machine, layer=layer, poll=era.poll, idle_poll=era.idle_poll
    )


def one_machine(
    deployment: str,
    routing: tuple[Route | Include, ...],
    *,
    service: float | Duration,
    per_member: float,
    workers: int,
    capacity: int,
    cores: int,
    wsgi: WSGIApplication = hello,
) -> tuple[Component, ...]:
    """Daphne, the layer and *workers* on the machine "server", as on slide 16, with the application "site".

    It is June 2016 there. For what the numbers mean see :func:`chansim.deployments.slide24`.
    """
    io = law(deployment, "service", service)
    return (
        Machine(name="server", cores=cores),
        Application(name="site", routing=routing, wsgi=wsgi, io=io, per_member=per_member),
        daphne(JUNE_2016),
        ChannelLayer(name="layer", machine="server", capacity=capacity),
        *make_workers(deployment, workers),
    )


def workers(
    deployment: str, number: int, *, layer: str = "layer", machine: str = "server"
) -> tuple[Worker, ...]:
    """*number* workers, worker-1 and so on, that run the application "site"."""
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= 10_000:
        raise ScenarioError(f"{deployment}: workers={number!r}: it must be a whole number from 0 to 10,000")
    return tuple(
        Worker(name=f"worker-{n}", machine=machine, layer=layer, application="site")
        for n in range(1, number + 1)
    )


make_workers = workers  # for functions that have a parameter of that name
