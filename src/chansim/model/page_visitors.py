"""PageVisitors: browsers that load a page and its assets, over one connection or several.

What may live here: what HTTP/1.1 and HTTP/2 mean for a browser that wants
twenty things at once. Over HTTP/1.1 a connection carries one request at a time
and is kept for the next; over HTTP/2 one connection carries any number of
streams. Each request is a stream. The time to open a connection is left out.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from chansim.model.arrivals import Arrivals, arriving
from chansim.model.component import Component, choice, knob, link
from chansim.model.world import Parcel, Socket, World, http_request
from chansim.trace import LOST

PROTOCOLS = {"http/1.1": 6, "http/2": 1}
"""Each with how many connections a browser opens to one server: six, as those of 2016 did, or one."""


@dataclass(frozen=True, kw_only=True)
class PageVisitors(Component):
    """Each visit asks for the page at *path*, and when that is there for *assets* more: *asset_path* and a number.

    *protocol*: "http/1.1" or "http/2". *connections*: how many each visit opens;
    0 for as many as browsers do. What the server has announced to push, over
    HTTP/2, is not asked for. A page that is answered with 400 or more, or not at
    all, has no assets.
    """

    server: str = link("server", doc="the server they send requests to")
    arrivals: Arrivals = arriving(
        1.0, unit="visits/s", slider=(0.1, 10.0), doc="visits that begin in a second"
    )
    path: str = "/"
    asset_path: str = "/assets/"
    assets: int = knob(
        20, unit="assets", low=0, high=1000, slider=(0, 100), doc="what a page needs besides itself"
    )
    protocol: str = choice("http/1.1", PROTOCOLS, doc="how the browsers speak")
    connections: int = knob(
        0,
        unit="connections",
        low=0,
        high=1000,
        slider=(0, 12),
        doc="connections of each visit; 0: the protocol's",
    )

    role = "client"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not hasattr(self.arrivals, "moments") or isinstance(self.arrivals, type):
            raise self.wrong(
                "arrivals", self.arrivals, "it must be Poisson(rate), Recorded(moments) or the like"
            )
        for name in ("path", "asset_path"):
            value = getattr(self, name)
            if not isinstance(value, str) or not value.startswith("/"):
                raise self.wrong(name, value, "it must be text that begins with '/'")
        if self.protocol not in PROTOCOLS:
            raise self.wrong("protocol", self.protocol, f"it must be one of {', '.join(PROTOCOLS)}")
        if self.multiplexed and self.connections > 1:
            raise self.wrong(
                "connections", self.connections, "HTTP/2 has one connection for all; leave it 0 or 1"
            )

    @property
    def multiplexed(self) -> bool:
        """Whether one connection carries many streams."""
        return PROTOCOLS[self.protocol] == 1

    @property
    def endless(self) -> bool:
        return self.arrivals.endless

    @property
    def label(self) -> tuple[str, ...]:
        return ("Clients", f"{self.protocol.upper()}, page + {self.assets}")

    def start(self, world: World) -> None:
        Browsing(self, world).wait_for_next()


class Browsing:
    """The visits of one run."""

    def __init__(self, visitors: PageVisitors, world: World):
        self.world = world
        self.visitors = visitors
        self.name = visitors.name
        self.code = world.code(visitors.name)
        self.gone = world.code("gone client")
        self.most = visitors.connections or PROTOCOLS[visitors.protocol]
        self.moments: Iterator[float] = visitors.arrivals.moments(world.random(self.name, "arrivals"))
        self.service: Random = world.random(self.name, "service")
        self.http_version = "2" if visitors.multiplexed else "1.1"
        self.visits: dict[int, Visit] = {}  # those going on, by number
        self.streams: dict[int, tuple[Visit, Socket]] = {}  # by request: those without an answer
        self.count = 0
        self.done = False  # nobody else will come
        world.on_arrival(self.name, self.arrived)
        world.expect(+1)

    def wait_for_next(self) -> None:
        """Arrange the next visit, if there is one."""
        moment = next(self.moments, None)
        if moment is None:
            self.done = True
            self.check_done()
        else:
            self.world.call_at(moment, self.begin)

    def begin(self, _: object) -> None:
        """Begin a visit: ask for the page."""
        visitors = self.visitors
        self.count += 1
        draws = [self.service.random() for _ in range(visitors.assets + 1)]
        visit = self.visits[self.count] = Visit(self.count)
        visit.page = self.ask(visit, visitors.path, draws[0], self.connection(visit))
        visit.wanted.extend(
            (f"{visitors.asset_path}{number}", draw) for number, draw in enumerate(draws[1:], 1)
        )
        self.wait_for_next()

    def connection(self, visit: Visit) -> Socket:
        """A new connection of a visit."""
        visit.connections += 1
        label = self.world.code(f"connection {visit.connections} of visit {visit.number} of {self.name}")
        return Socket(label, self.name, visit.number)

    def ask(self, visit: Visit, path: str, draw: float, connection: Socket) -> int:
        """Open a stream on a connection: the number of its request."""
        request = self.world.new_request(draw)
        self.wait_on(request, visit, connection)
        content = {**http_request(path), "http_version": self.http_version}
        self.world.post(self.name, self.visitors.server, "request", request, content, connection)
        return request

    def wait_on(self, request: int, visit: Visit, connection: Socket) -> None:
        """A stream is open."""
        visit.open += 1
        self.streams[request] = visit, connection

    def arrived(self, parcel: Parcel) -> None:
        """A response, or a part of one, or the announcement of one that was not asked for."""
        world, request, connection = self.world, parcel.request, parcel.socket
        if parcel.kind == "push" and connection is not None and connection.member in self.visits:
            visit = self.visits[connection.member]
            visit.promised.add(parcel.content)
            self.wait_on(request, visit, connection)
        if request not in self.streams:
            world.write(LOST, self.code, parcel.channel, parcel.message, request, self.gone)
            return
        world.accept(parcel, self.code)
        if parcel.kind not in ("part", "push"):
            self.over(request, parcel.kind)

    def over(self, request: int, answer: str) -> None:
        """A stream is over. If it was the page's, it is known now what else is needed."""
        visit, connection = self.streams.pop(request)
        visit.open -= 1
        if request == visit.page:
            found = answer.isdigit() and int(answer) < 400
            visit.wanted = deque(want for want in visit.wanted if found and want[0] not in visit.promised)
            visit.page = 0
        if not visit.page:
            self.ask_more(visit, connection)
        if not visit.open:
            del self.visits[visit.number]
            self.check_done()

    def ask_more(self, visit: Visit, connection: Socket) -> None:
        """Ask for what is wanted on a connection that is free, and on new ones, as many as may be."""
        while visit.wanted:
            self.ask(visit, *visit.wanted.popleft(), connection)
            if not self.visitors.multiplexed:
                if visit.connections == self.most:
                    return
                connection = self.connection(visit)

    def check_done(self) -> None:
        """Say so when nobody comes any more, and every visit is over."""
        if self.done and not self.visits:
            self.world.expect(-1)


class Visit:
    """One of them: what is *wanted* as yet, what the server has *promised* to push, and how many streams are open."""

    __slots__ = ("connections", "number", "open", "page", "promised", "wanted")

    def __init__(self, number: int):
        self.number = number
        self.page = 0  #: the request for the page, 0 once it is over
        self.wanted: deque[tuple[str, float]] = deque()  # paths, and the draws of their requests
        self.promised: set[str] = set()
        self.open = 0
        self.connections = 0
