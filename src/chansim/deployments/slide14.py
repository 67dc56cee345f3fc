"""Slide 14: a real application, and who holds its connections?

Long polls of 30 s beside ordinary pages. With eight WSGI workers each poll takes
one: six polls do no harm, with eight a page waits for many seconds. Behind Channels they
are parked on reply channels, and two thousand of them keep the workers 16 % busy.
Clients that read slowly hold a sync worker in the same way.
"""

from __future__ import annotations

from chansim.applications import polling
from chansim.channels.wsgi import WSGIApplication
from chansim.deployments.parts import SERVICE, arrival_law, law, service_law
from chansim.deployments.parts import workers as make_workers
from chansim.duration import Duration
from chansim.layer.eras import CHANNELS_10
from chansim.model.application import Application
from chansim.model.arrivals import Arrivals, Regular
from chansim.model.channel_layer import ChannelLayer
from chansim.model.client import Clients
from chansim.model.component import Component, ScenarioError
from chansim.model.event_source import EventSource
from chansim.model.interface_server import InterfaceServer
from chansim.model.machine import Machine
from chansim.model.network import Network
from chansim.model.pollers import LongPollers
from chansim.model.wsgi_server import WSGIServer
from chansim.scenario import Scenario

SERVERS = ("wsgi", "channels")

PAGES = 20.0
"""Requests for pages a second."""

HELD = 30.0
"""Seconds that a long poll is held."""


def slide14(
    *,
    rate: float = PAGES,
    service: float | Duration = SERVICE,
    polls: int = 7,
    slow: float = 0.0,
    reading: float | Duration = 20.0,
    server: str = SERVERS[0],
    workers: int = 8,
    cores: int = 4,
    arrivals: Arrivals | None = None,
    network: Network = Network(),
    seconds: float | None = 60.0,
) -> Scenario:
    """Pages at *rate* a second (Poisson) beside *polls* clients who each always have a long poll open.

    *slow*: requests a second for pages by clients who take *reading* seconds to
    read one. *service*: seconds a page waits; a number means exponential with
    that mean. *server*: "wsgi", a WSGI server with *workers*; or "channels",
    Daphne, a layer and *workers*, of early 1.0, whose ``http.disconnect`` says
    which path it was.
    """
    if server not in SERVERS:
        raise ScenarioError(f"slide14: server={server!r}: it must be one of {', '.join(SERVERS)}")
    if isinstance(polls, bool) or not isinstance(polls, int) or polls < 0:
        raise ScenarioError(f"slide14: polls={polls!r}: it must be a whole number, 0 or more")
    front = "gunicorn" if server == "wsgi" else "daphne"
    people: list[Component] = [
        Clients(name="clients", server=front, arrivals=arrival_law("slide14", rate, arrivals, PAGES))
    ]
    slowly = Clients(
        name="slow clients",
        server=front,
        arrivals=arrival_law("slide14", slow if slow != 0 else PAGES, None),
        reading=law("slide14", "reading", reading),
    )
    people += [slowly] if slow != 0 else []
    start_over = 0.0 if server == "wsgi" else HELD  # at once they would be more than http.request holds
    pollers = LongPollers(name="pollers", server=front, members=max(polls, 1), start_over=start_over)
    people += [pollers] if polls else []
    wsgi: WSGIApplication = polling.holding if server == "wsgi" else polling.polling
    site = Application(
        name="site",
        wsgi=wsgi,
        routing=() if server == "wsgi" else polling.parking,
        io=service_law("slide14", service, wsgi),
    )
    parts: tuple[Component, ...]
    if server == "wsgi":
        parts = (WSGIServer(name=front, machine="server", application="site", workers=workers),)
    else:
        asking = max(polls, 1)
        events = EventSource(
            name="events", machine="server", layer="layer", arrivals=Regular(asking / HELD), members=asking
        )
        parts = (
            InterfaceServer(
                name=front,
                machine="server",
                layer="layer",
                poll=CHANNELS_10.poll,
                idle_poll=CHANNELS_10.idle_poll,
                http_disconnect=True,
            ),
            ChannelLayer(name="layer", machine="server", era=CHANNELS_10.name),
            *([events] if polls else []),
            *make_workers("slide14", workers),
        )
    title = f"Slide 14: long polls on {'WSGI' if server == 'wsgi' else 'Channels'}"
    return Scenario(title, (*people, Machine(name="server", cores=cores), site, *parts), network, seconds)
