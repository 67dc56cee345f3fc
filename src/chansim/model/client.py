"""Clients: people at browsers who open pages, each request a connection of its own.

What may live here: open populations. Most clients ask once and wait for as long
as it takes; those that lose patience, try again or read slowly are Visits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from chansim.duration import Constant, Duration
from chansim.model.arrivals import Arrivals, arriving
from chansim.model.component import Component, choice, duration, link
from chansim.model.retries import USUAL, Retries
from chansim.model.world import Parcel, Socket, World, http_request
from chansim.trace import LOST

BROKEN = ("refused", "dropped")
"""What a client is told that is no response: its connection was never taken up, or broke."""


@dataclass(frozen=True, kw_only=True)
class Clients(Component):
    """An open population: they come as *arrivals* says, whatever the server does, and each waits for its answer.

    Each request is the same: *method*, *path* and *body*.

    *patience*: after how many seconds without the beginning of an answer one
    gives up, 0 for never. It hangs up; a WSGI server notices nothing and works
    on, and the late answer is lost. *retry*: whether it tries again once it has
    failed, that is, given up, been refused or dropped, or been told a status of
    500 or more: Fixed(...) or BackOff(...), or None for never. Each try is a request, and asks
    for the same work. *reading*: seconds that one takes to read a response, from
    its first byte to its last.
    """

    server: str = link("server", doc="the server they send requests to")
    arrivals: Arrivals = arriving(
        50.0, unit="requests/s", slider=(1.0, 200.0), doc="requests that come in a second"
    )
    path: str = "/"
    method: str = "GET"
    body: bytes = b""
    patience: Duration = duration(0.0, slider=(0.0, 30.0), doc="seconds until a client gives up; 0 for never")
    retry: Retries | None = choice(None, USUAL, doc="whether a client tries again after a failure")
    reading: Duration = duration(0.0, slider=(0.0, 30.0), doc="seconds a client takes to read a response")

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
        if self.retry is not None and (not hasattr(self.retry, "wait") or isinstance(self.retry, type)):
            raise self.wrong("retry", self.retry, "it must be Fixed(...), BackOff(...) or the like, or None")

    @property
    def endless(self) -> bool:
        return self.arrivals.endless

    @property
    def label(self) -> tuple[str, ...]:
        return ("Clients", str(self.arrivals))

    def start(self, world: World) -> None:
        never = Constant(0.0)
        plain = self.patience == never and self.retry is None and self.reading == never
        (Browsers if plain else Visits)(self, world).wait_for_next()


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


class Visits(Browsers):
    """The clients of one run who may give up, try again or read slowly.

    What a visit draws does not depend on what becomes of the others, so that
    deployments can be compared on the same visits.
    """

    def __init__(self, clients: Clients, world: World):
        super().__init__(clients, world)
        self.clients = clients
        self.gone = world.code("gone client")
        self.patience: Random = world.random(clients.name, "patience")
        self.reading: Random = world.random(clients.name, "reading")
        self.retries: Random = world.random(clients.name, "retries")
        self.asking: dict[int, Visit] = {}  # by request: nothing of the answer is there
        self.taking: dict[int, Visit] = {}  # by request: the answer is coming in
        self.visits = 0

    def ask(self, _: object) -> None:
        """Begin one visit."""
        clients = self.clients
        self.open += 1
        self.visits += 1
        patience = clients.patience.quantile(self.patience.random())
        reading = clients.reading.quantile(self.reading.random())
        self.try_once(Visit(self.visits, self.service.random(), patience, reading))
        self.wait_for_next()

    def try_once(self, visit: Visit) -> None:
        """Open one request of a visit."""
        world = self.world
        visit.tries += 1
        label = 0  # a visit that will have one try only needs no name
        if self.clients.retry is not None:
            label = world.code(f"connection {visit.tries} of visit {visit.number} of {self.name}")
        connection = Socket(label, self.name, visit.number)
        connection.reading = visit.reading
        request = world.new_request(visit.draw)
        self.asking[request] = visit
        world.post(self.name, self.server, "request", request, http_request(*self.asked), connection)
        if visit.patience:
            world.call_at(world.now + visit.patience, self.give_up, request)

    def give_up(self, request: int) -> None:
        """Hang up, unless an answer has begun to come in."""
        visit = self.asking.pop(request, None)
        if visit is not None:
            self.world.post(self.name, self.server, "gave up", request)
            self.failed(visit)

    def answered(self, parcel: Parcel) -> None:
        """An answer, or a part of one, has come: take it, which takes a slow client its time."""
        request, world = parcel.request, self.world
        visit = self.asking.pop(request, None) or self.taking.get(request)
        if visit is None:
            world.write(LOST, self.code, parcel.channel, parcel.message, request, self.gone)
            return
        self.taking[request] = visit
        if visit.reading and parcel.kind not in BROKEN:
            world.call_at(world.now + visit.reading, self.take, parcel)
        else:
            self.take(parcel)

    def take(self, parcel: Parcel) -> None:
        """The client has read it, unless the connection broke meanwhile."""
        kind, world = parcel.kind, self.world
        if parcel.request not in self.taking:
            world.write(LOST, self.code, parcel.channel, parcel.message, parcel.request, self.gone)
            return
        world.accept(parcel, self.code)
        if kind == "part":
            return
        visit = self.taking.pop(parcel.request)
        if kind in BROKEN or int(kind) >= 500:
            self.failed(visit)
        else:
            self.over()

    def failed(self, visit: Visit) -> None:
        """Try again after a while, or not at all."""
        retry = self.clients.retry
        wait = None if retry is None else retry.wait(visit.tries, self.retries.random())
        if wait is None:
            self.over()
        else:
            self.world.call_at(self.world.now + wait, self.try_once, visit)

    def over(self) -> None:
        """A visit is over."""
        self.open -= 1
        if self.done:
            self.check_done()


class Visit:
    """One of them: its *draw*, which decides the service it asks for, its *patience* and how long it reads."""

    __slots__ = ("draw", "number", "patience", "reading", "tries")

    def __init__(self, number: int, draw: float, patience: float, reading: float):
        self.number = number
        self.draw = draw
        self.patience = patience
        self.reading = reading
        self.tries = 0
