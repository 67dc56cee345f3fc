"""WSGIServer: a pool of workers behind one accept queue, as gunicorn and uWSGI are.

A worker is taken from the request to the end of the response. That it is taken
all the while, also when the application only waits or the client reads slowly,
is the point of the talk's first half.
"""

from __future__ import annotations

from dataclasses import dataclass

from chansim.channels.cost import Costs
from chansim.channels.wsgi import call_wsgi
from chansim.model.application import Application, spend
from chansim.model.component import Component, knob, link
from chansim.model.world import Behaviour, Parcel, Queue, World
from chansim.trace import BEGUN, ENDED, LOST, RECEIVED, SENT


@dataclass(frozen=True, kw_only=True)
class WSGIServer(Component):
    """*workers* requests are served at once; up to *backlog* more wait in the accept queue, others are refused.

    The backlog's default is gunicorn's own, 2048.
    """

    application: str = link("application", doc="the code that answers")
    workers: int = knob(3, unit="workers", low=1, high=10_000, slider=(1, 16), doc="requests served at once")
    backlog: int = knob(
        2048, unit="requests", low=0, high=1_000_000, slider=(0, 500), doc="requests that may wait"
    )

    provides = "server"
    role = "server"
    column = 1

    @property
    def label(self) -> tuple[str, ...]:
        return ("WSGI Server", "(Gunicorn)")

    def lanes(self) -> tuple[str, ...]:
        return tuple(f"{self.name}/{number}" for number in range(1, self.workers + 1))

    def start(self, world: World) -> None:
        Pool(self, world)


class Pool:
    """The accept queue and the workers of one run."""

    def __init__(self, server: WSGIServer, world: World):
        self.server = server
        self.world = world
        self.application: Application = world.scenario[server.application]
        self.code = world.code(server.name)
        self.queue: Queue = world.queue()
        self.channel = world.code(f"{server.name}.accept")
        wsgi = self.application.wsgi
        always = self.application.costs_of(wsgi), world.code(getattr(wsgi, "__name__", self.application.name))
        self.always = None if self.application.has_views else always
        world.on_arrival(server.name, self.arrived)
        for lane in server.lanes():
            world.begin(self.serve(world.code(lane)))

    def arrived(self, parcel: Parcel) -> None:
        """A request knocks: queue it, or refuse it. That a client has given up, such a server does not notice."""
        world = self.world
        world.accept(parcel, self.code)
        if parcel.kind == "gave up":
            return
        message = world.new_message()
        world.write(SENT, self.code, self.channel, message, parcel.request)
        if not self.queue.put_within((parcel, message), self.server.backlog):
            world.write(LOST, self.code, self.channel, message, parcel.request, world.code("backlog full"))
            world.post(self.server.name, parcel.sender, "refused", parcel.request, None, parcel.socket)

    def serve(self, lane: int) -> Behaviour:
        """One worker: take a request, run the application, answer; then the next."""
        world, server = self.world, self.server
        processor = world.processor(server.machine)
        while True:
            parcel, message = yield from self.queue.take()
            request = parcel.request
            costs, detail = self.always or self.costs_at(parcel.content["path"])
            world.write(RECEIVED, lane, self.channel, message, request)
            world.write(BEGUN, lane, self.channel, message, request, detail)
            yield from spend(world, processor, costs, request, "http.request")
            status, content = self.answer(parcel)
            connection = parcel.socket
            if connection is not None and connection.reading:  # a slow client holds the worker
                world.post(server.name, parcel.sender, status, request, content, connection, lane)
                yield connection.reading
                world.write(ENDED, lane, self.channel, message, request, detail)
            else:
                world.write(ENDED, lane, self.channel, message, request, detail)
                world.post(server.name, parcel.sender, status, request, content, connection, lane)

    def costs_at(self, path: str) -> tuple[Costs, int]:
        """What the view for *path* costs, and the code of its name."""
        view = self.application.view_at(path)
        return self.application.costs_of(view), self.world.code(
            getattr(view, "__name__", type(view).__name__)
        )

    def answer(self, parcel: Parcel) -> tuple[str, bytes]:
        """The application's answer: its status and its body; 500 where it raises."""
        try:
            response = call_wsgi(self.application.wsgi, parcel.content)
        except Exception as error:
            self.world.report(f"{self.server.name}: the application raised {error!r}")
            return "500", b"Internal Server Error"
        return str(response["status"]), response["content"]
