"""Clients: people at browsers who open pages, each request a connection of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from chansim.model.arrivals import Arrivals, Poisson
from chansim.model.component import Component, link
from chansim.model.world import Parcel, World, http_request


@dataclass(frozen=True, kw_only=True)
class Clients(Component):
    """An open population: they come as *arrivals* says, whatever the server does, and each waits for its answer.

    Each request is the same: *method*, *path* and *body*.
    """

    server: str = link("server", doc="the server they send requests to")
    arrivals: Arrivals = Poisson(50.0)
    path: str = "/"
    method: str = "GET"
    body: bytes = b""

    role = "client"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not hasattr(self.arrivals, "moments") or isinstance(self.arrivals, type):
            raise self.wrong(
                "arrivals", self.arrivals, "it must be Poisson(rate), Recorded(moments) or the like"
            )
        if not isinstance(self.path, str) or not self.path.startswith("/"):
            raise self.wrong("path", self.path, "it must be text that begins with '/'")
        if not isinstance(self.method, str) or not self.method.isupper():
            raise self.wrong("method", self.method, "it must be text in capitals, such as 'GET' or 'POST'")
        if not isinstance(self.body, bytes):
            raise self.wrong("body", self.body, "it must be bytes")

    @property
    def endless(self) -> bool:
        return self.arrivals.endless

    @property
    def label(self) -> tuple[str, ...]:
        return ("Clients", str(self.arrivals))

    def start(self, world: World) -> None:
        Browsers(self, world).wait_for_next()


class Browsers:
    """The clients of one run."""

    def __init__(self, clients: Clients, world: World):
        self.world = world
        self.name = clients.name
        self.server = clients.server
        self.code = world.code(clients.name)
        self.moments: Iterator[float] = clients.arrivals.moments(world.random(clients.name, "arrivals"))
        self.service: Random = world.random(clients.name, "service")
        self.asked = (clients.path, clients.method, clients.body)
        self.open = 0  # requests without an answer
        self.done = False  # nobody else will come
        world.on_arrival(clients.name, self.answered)
        world.expect(+1)

    def wait_for_next(self) -> None:
        """Arrange the next arrival, if there is one."""
        moment = next(self.moments, None)
        if moment is None:
            self.done = True
            self.check_done()
        else:
            self.world.call_at(moment, self.ask)

    def ask(self, _: object) -> None:
        """Open one request."""
        world = self.world
        self.open += 1
        request = world.new_request(self.service.random())
        world.post(self.name, self.server, "request", request, http_request(*self.asked))
        self.wait_for_next()

    def answered(self, parcel: Parcel) -> None:
        """Take an answer, or a part of one."""
        self.world.accept(parcel, self.code)
        if parcel.kind != "part":
            self.open -= 1
            if self.done:
                self.check_done()

    def check_done(self) -> None:
        """Say so when the last one has its answer."""
        if not self.open:
            self.world.expect(-1)
