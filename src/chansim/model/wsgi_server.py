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
from chansim.model.world import Behaviour, Killed, Parcel, Queue, Task, World, WorldOfSockets
from chansim.trace import BEGUN, ENDED, FAULT, LOST, RECEIVED, SENT


@dataclass(frozen=True, kw_only=True)
class WSGIServer(Component):
    """*workers* processes serve *threads* requests each; up to *backlog* more wait in the accept queue.

    Others are refused. The backlog's default is gunicorn's own, 2048.
    *timeout*: a worker that has been at one request for so many seconds is
    killed, and replaced *boot* seconds later; 0 for never. Gunicorn's is 30 for
    workers with one thread; those with more are not watched in this way.
    """

    application: str = link("application", doc="the code that answers")
    workers: int = knob(3, unit="workers", low=1, high=10_000, slider=(1, 16), doc="processes")
    threads: int = knob(
        1, unit="threads", low=1, high=1000, slider=(1, 16), doc="requests that each serves at once"
    )
    backlog: int = knob(
        2048, unit="requests", low=0, high=1_000_000, slider=(0, 500), doc="requests that may wait"
    )
    timeout: float = knob(
        0.0, unit="s", high=1e6, slider=(0.0, 60.0), doc="seconds until a worker is killed; 0 for never"
    )
    boot: float = knob(0.0, unit="s", high=1e6, slider=(0.0, 10.0), doc="seconds until it is replaced")

    provides = "server process"
    role = "server"
    column = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.timeout and self.threads > 1:
            raise self.wrong(
                "timeout",
                self.timeout,
                "a worker with several threads is not killed for a request; leave it 0",
            )
        if self.boot and not self.timeout:
            raise self.wrong("boot", self.boot, "nobody is killed without a timeout; give one, or leave it 0")

    @property
    def label(self) -> tuple[str, ...]:
        return ("WSGI Server", "(Gunicorn)")

    def lanes(self) -> tuple[str, ...]:
        return tuple(f"{self.name}/{number}" for number in range(1, self.workers * self.threads + 1))

    def start(self, world: World) -> None:
        Pool(self, world)

    def execute_over_sockets(self, world: WorldOfSockets) -> None:
        world.start_wsgi_server(self)


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
        world.share(server.name, self)
        self.in_hand: dict[int, Parcel] = {}  # lane -> the request it is at
        self.starts = 0  # how often it has been started
        self.tasks: dict[int, Task] = {}
        self.restart()

    def restart(self) -> None:
        """Start all workers, for the first time or again."""
        self.down = False
        self.starts += 1
        for lane in self.server.lanes():
            self.begin(self.world.code(lane))

    def kill(self) -> None:
        """End at once: what waits and what is being served is lost, and the clients' connections break."""
        in_hand = dict(self.in_hand)
        self.stop()
        for lane, parcel in in_hand.items():
            self.tasks[lane].kill()
            self.world.post(
                self.server.name, parcel.sender, "dropped", parcel.request, None, parcel.socket, lane
            )

    def stop(self) -> None:
        """End when what is being served is done, as on SIGTERM; who waits to be served is turned away."""
        world = self.world
        self.down = True
        for lane, task in self.tasks.items():
            if lane not in self.in_hand:
                task.kill()
        while len(self.queue):
            parcel, message = self.queue.take_at_once()
            world.write(LOST, self.code, self.channel, message, parcel.request, world.code("worker killed"))
            world.post(self.server.name, parcel.sender, "dropped", parcel.request, None, parcel.socket)

    def begin(self, lane: int) -> None:
        """A new worker, or its thread."""
        self.tasks[lane] = self.world.begin(self.serve(lane), self.server.name)

    def arrived(self, parcel: Parcel) -> None:
        """A request knocks: queue it, or refuse it. That a client has given up, such a server does not notice."""
        world = self.world
        if self.down:
            cause = world.code("worker killed")
            world.write(LOST, self.code, parcel.channel, parcel.message, parcel.request, cause)
            world.post(self.server.name, parcel.sender, "refused", parcel.request, None, parcel.socket)
            return
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
        processor, killed, mine = world.processor(server.machine), world.code("worker killed"), self.starts
        while not self.down and mine == self.starts:
            parcel, message = yield from self.queue.take()
            request, connection, self.in_hand[lane] = parcel.request, parcel.socket, parcel
            slow = connection is not None and connection.reading
            costs, detail = self.always or self.costs_at(parcel.content["path"])
            world.write(RECEIVED, lane, self.channel, message, request)
            world.write(BEGUN, lane, self.channel, message, request, detail)
            if server.timeout:
                world.call_at(world.now + server.timeout, self.overdue, (lane, parcel))
            try:
                yield from spend(world, processor, costs, request, "http.request")
                status, content = self.answer(parcel)
                if slow:
                    world.post(server.name, parcel.sender, status, request, content, connection, lane)
                    yield slow
            except Killed:
                world.write(LOST, lane, self.channel, message, request, killed)
                world.write(ENDED, lane, self.channel, message, request, detail)
                raise
            finally:
                if self.in_hand.get(lane) is parcel:  # executed, its successor may be at the next already
                    del self.in_hand[lane]
            world.write(ENDED, lane, self.channel, message, request, detail)
            if not slow:
                world.post(server.name, parcel.sender, status, request, content, connection, lane)

    def costs_at(self, path: str) -> tuple[Costs, int]:
        """What the view for *path* costs, and the code of its name."""
        view = self.application.view_at(path)
        return self.application.costs_of(view), self.world.code(
            getattr(view, "__name__", type(view).__name__)
        )

    def overdue(self, what: tuple[int, Parcel]) -> None:
        """The time for a request is up: a worker that is still at it is killed, and its client's connection breaks."""
        lane, parcel = what
        if self.in_hand.get(lane) is not parcel:
            return
        world = self.world
        world.write(FAULT, lane, 0, 0, parcel.request, world.code("timeout: worker killed"))
        self.tasks[lane].kill()
        world.post(self.server.name, parcel.sender, "dropped", parcel.request, None, parcel.socket, lane)
        world.call_at(world.now + self.server.boot, self.begin, lane)

    def answer(self, parcel: Parcel) -> tuple[str, bytes]:
        """The application's answer: its status and its body; 500 where it raises."""
        try:
            response = call_wsgi(self.application.wsgi, parcel.content)
        except Exception as error:
            self.world.report(f"{self.server.name}: the application raised {error!r}")
            return "500", b"Internal Server Error"
        return str(response["status"]), response["content"]
