"""SocketsWorld: the executed world over real sockets, ``execute(scenario, over="sockets")``.

The scenario's own populations say who does what when, as in every world; here a client's request, frame or close goes
over a socket on loopback, to a real server that this world has started: an interface server under uvicorn, a WSGI
server as gunicorn. Layer and workers are as in the executed world. The trace is the same.

Times are reckoned from the intended moment. The row that says a client sent something bears the moment at which it
meant to, also where this process came late to it; no client waits for another's answer.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from chansim.channels.cost import Costs
from chansim.layer.eras import Era
from chansim.live.asgi import ASGIInterfaceServer
from chansim.live.browsers import Browsers
from chansim.live.door import Door
from chansim.live.engine import World
from chansim.live.hosting import HERE, Hosted, NotStarted
from chansim.live.hosting_http2 import HostedHTTP2
from chansim.live.own_lines import HEADER, OwnLine, OwnLines
from chansim.live.wsgi import WSGIProcess
from chansim.model.application import Application
from chansim.model.component import Component, ScenarioError
from chansim.model.interface_server import InterfaceServer
from chansim.model.world import Parcel, Socket
from chansim.scenario import Scenario
from chansim.trace import BEGUN, ENDED, LOST, RECEIVED, SENT


class SocketsWorld(World):
    """The executed world, with servers and clients that are real."""

    address = HERE
    port = 0  #: where an interface server listens for the first time; 0 for a free one
    door = Door()

    def __init__(self, scenario: Scenario, seed: int):
        super().__init__(scenario, seed)
        if scenario.network.loses:
            raise ScenarioError(
                "scenario: network: over sockets a link cannot lose messages, for loopback loses none; use threads"
            )
        self.browsers = Browsers()
        self.served: dict[str, Served] = {}
        self._endings: list[Callable[[], object]] = []

    def before(self, application: Callable[..., Any]) -> Callable[..., Any]:
        """What is to stand before an interface server: nothing."""
        return application

    def at_end(self, function: Callable[[], object]) -> None:
        """See WorldOfSockets.at_end."""
        self._endings.append(function)

    def take_in(self, component: Component) -> None:
        component.execute_over_sockets(self)

    def start(self, seconds: float | None) -> None:
        self.browsers.start()
        try:
            super().start(seconds)
        except BaseException:
            self._stop_servers()
            raise

    def _stop(self) -> None:
        # in this order: clients say no more, servers end, and then the workers and their layer
        self.stop.set()
        for each in self.served.values():
            each.fall_silent()
        self._stop_servers()
        super()._stop()

    def _stop_servers(self) -> None:
        self.browsers.stop()
        for each in self.served.values():
            each.end()
        while self._endings:
            self._endings.pop()()

    def start_interface_server(self, server: Any) -> None:
        """See World.start_interface_server."""
        self._check(server)
        layer = getattr(self.shared(server.layer), "layer", None)
        if not hasattr(layer, "take_for"):
            raise server.wrong(
                "layer", server.layer, "over sockets it must be one layer, not several in one; use threads"
            )
        self._serve(server, ServedByASGI(self, server, layer))

    def start_wsgi_server(self, server: Any) -> None:
        """See World.start_wsgi_server."""
        self._check(server)
        if self.asking_http2(server.name):
            why = f"{self.asking_http2(server.name)[0]!r} speaks HTTP/2, and this server HTTP/1.1 only"
            raise server.wrong("name", server.name, why)
        self._serve(server, ServedByWSGI(self, server))

    def asking_http2(self, server: str) -> list[str]:
        """Who wants to speak HTTP/2 with a server."""
        return [
            each.name
            for each in self.scenario.components
            if getattr(each, "multiplexed", False) and ("server", server) in each.links()
        ]

    def _check(self, server: Any) -> None:
        if self.timeline.frozen(server.name):
            raise server.wrong("name", server.name, "a real server cannot be paused; use threads")

    def _serve(self, server: Any, served: Served) -> None:
        self.served[server.name] = served
        self.share(server.name, served)
        served.start()
        self.browsers.warm_up(served.url, dict(served.passed_over))

    def post(
        self,
        sender: str,
        receiver: str,
        kind: str,
        request: int,
        content: Any = None,
        socket: Socket | None = None,
        lane: int | None = None,
    ) -> None:
        served = self.served.get(receiver)
        if served is None:
            super().post(sender, receiver, kind, request, content, socket, lane)
            return
        message, detail, channel = self.new_message(), self.code(kind), socket.code if socket else 0
        # what was meant for this moment was sent at this moment, however late it is by now
        kept = threading.get_ident() == self._keeper
        moment = min(self._moment, self.now) if kept else self.now
        me = lane or self.code(sender)
        self.recorder.write(moment, SENT, me, channel, message, request, detail)
        parcel = Parcel(sender, kind, channel, message, request, detail, content, socket)
        if not self.stop.is_set():
            served.take(parcel)

    def deliver(self, parcel: Parcel, client: str) -> None:
        """Hand over to a client's population what came for it."""
        self.call_at(self.now, self._handlers[client], parcel)


class Served:
    """One real server of a run, and what passes between it and its clients."""

    url = ""
    passed_over: Mapping[str, str]  #: headers of a request that is answered, and leaves no row in the trace

    def __init__(self, world: SocketsWorld, server: Any):
        self.world = world
        self.server = server
        self.code = world.code(server.name)
        self.lines = OwnLines(world, server.name)

    # -- its life: kill, stop and restart are also what faults ask for

    def start(self) -> None:
        """Start it for the first time."""
        self.restart()

    def restart(self) -> None:
        """Start it again."""

    def kill(self) -> None:
        """End it at once."""

    def stop(self) -> None:
        """End it when what it has in hand is done."""

    def end(self) -> None:
        """The run is over: leave nothing behind."""

    def fall_silent(self) -> None:
        """The run is over: what is under way is neither lost nor answered."""

    # -- what clients do

    def take(self, parcel: Parcel) -> None:
        """Let a client do what the parcel says."""
        if parcel.kind == "connect" and parcel.socket is not None:
            parcel.socket.held_by = self  # who is told when it vanishes
        self.world.browsers.do(self, parcel)

    def silent(self, socket: Socket) -> None:
        """A client vanishes: see Sockets.silent."""
        self.world.browsers.do(self, Parcel(socket.client, "vanish", 0, 0, 0, 0, None, socket))

    def new_line(self, client: str, code: int) -> OwnLine:
        """A new line to it."""
        return self.lines.new(client, code)

    def headers(self, parcel: Parcel) -> dict[str, str]:
        """What a request says of itself."""
        raise NotImplementedError

    def gave_up(self, parcel: Parcel) -> None:
        """A client says that it hangs up."""

    def left(self, parcel: Parcel) -> None:
        """A client has hung up."""

    def part(self, parcel: Parcel) -> None:
        """A piece of a response has come."""

    def answered(self, parcel: Parcel, kind: str, body: bytes, headers: Mapping[str, str]) -> None:
        """A response has come."""
        raise NotImplementedError

    def failed(self, parcel: Parcel, kind: str) -> None:
        """A connection was refused, or broke."""
        raise NotImplementedError

    def nobody_there(self, parcel: Parcel, line: OwnLine) -> None:
        """A WebSocket could not be opened, for nobody answers."""
        if not self.world.stop.is_set():
            self.lose_and_tell(parcel, line, "refused")

    # -- what clients are told

    def tell_client(self, line: OwnLine, client: str, kind: str, content: Any, socket: Socket | None) -> None:
        """Hand over what came on a line; as what, its other end has said."""
        found = line.next()
        if found is None:  # nobody said it: the connection broke
            message, request = self.world.new_message(), 0
            self.world.write(SENT, self.code, line.code, message, request, self.world.code(kind))
        else:
            message, request, kind = found
        detail = self.world.code(kind)
        self.world.deliver(
            Parcel(self.server.name, kind, line.code, message, request, detail, content, socket), client
        )

    def lose_and_tell(self, parcel: Parcel, line: OwnLine | None, kind: str) -> None:
        """What a client sent found nobody, and it is told so."""
        world = self.world
        if line is None or line.there:
            world.write(
                LOST, self.code, parcel.channel, parcel.message, parcel.request, world.code("worker killed")
            )
        if line is not None:
            line.there.clear()
        message, detail = world.new_message(), world.code(kind)
        world.write(SENT, self.code, parcel.channel, message, parcel.request, detail)
        answer = Parcel(
            self.server.name, kind, parcel.channel, message, parcel.request, detail, b"", parcel.socket
        )
        world.deliver(answer, parcel.sender)


class ServedByASGI(Served):
    """An interface server, under uvicorn, in a thread of this process."""

    def __init__(self, world: SocketsWorld, server: Any, layer: Any):
        super().__init__(world, server)
        self.layer = layer
        self.letters = world.random(server.name, "reply channels")  # once: a new server takes new names
        self.passed_over = {"host": "warm-up.invalid"}  # refused at the door
        self.asking: dict[int, OwnLine] = {}  # by request
        self.host: Hosted | HostedHTTP2 | None = None
        self.port = world.port

    def restart(self) -> None:
        server, world = self.server, self.world
        era: Era = server.era(world.scenario)
        application = self.application = ASGIInterfaceServer(
            self.layer,
            door=world.door,
            era=era,
            http_timeout=server.http_timeout,
            websocket_timeout=server.websocket_timeout,
            handshake_timeout=server.handshake_timeout,
            http_disconnect=server.http_disconnect,
            drops_pushes=server.pushes,
            pause=self.pause,
            name=server.name,
            recorder=world.recorder,
            clock=lambda: world.now,
            random=self.letters,
            wire=self.lines,
            report=world.report,
        )
        interval = era.ping_interval if server.ping_interval is None else server.ping_interval
        timeout = era.ping_timeout if server.ping_timeout is None else server.ping_timeout
        host: Hosted | HostedHTTP2
        under = HostedHTTP2 if world.asking_http2(server.name) else Hosted
        try:
            host = under(
                world.before(application),
                address=world.address,
                port=self.port,
                limits=world.door.limits,
                ping_interval=interval,
                ping_timeout=timeout,
            )
        except NotStarted as error:
            raise server.wrong("name", server.name, str(error)) from None
        self.host = host.start()
        self.port, self.url = self.host.port, self.host.url

    def pause(self) -> float:
        """Seconds until the layer is looked at again, as its description says."""
        server: InterfaceServer = self.server
        return server.poll if self.application.clients else server.idle_poll

    def kill(self) -> None:
        self.application.silent = True
        if self.host is not None:
            self.host.kill()

    stop = kill  #: Daphne did not wait for anything on SIGTERM

    def end(self) -> None:
        if self.host is not None:
            self.host.stop()

    def fall_silent(self) -> None:
        self.application.silent = True

    def headers(self, parcel: Parcel) -> dict[str, str]:
        line = self.asking[parcel.request] = self.new_line(parcel.sender, parcel.channel)
        line.send(parcel.message, parcel.request, parcel.kind)
        return {HEADER: line.name}

    def gave_up(self, parcel: Parcel) -> None:
        line = self.asking.get(parcel.request)
        if line is not None:
            line.send(parcel.message, parcel.request, parcel.kind)

    def left(self, parcel: Parcel) -> None:
        line = self.asking.pop(parcel.request, None)
        if line is not None:
            line.hang_up()

    def part(self, parcel: Parcel) -> None:
        line = self.asking[parcel.request]
        if line.back and line.back[0][2] == "part":
            self.tell_client(line, parcel.sender, "part", b"", parcel.socket)

    def answered(self, parcel: Parcel, kind: str, body: bytes, headers: Mapping[str, str]) -> None:
        line = self.asking.pop(parcel.request)
        while len(line.back) > 1:
            self.tell_client(line, parcel.sender, "part", b"", parcel.socket)
        self.tell_client(line, parcel.sender, kind, body, parcel.socket)
        self.lines.forget(line)

    def failed(self, parcel: Parcel, kind: str) -> None:
        if self.world.stop.is_set():
            return
        line = self.asking.pop(parcel.request)
        line.hang_up()
        self.lose_and_tell(parcel, line, kind)
        self.lines.forget(line)


class ServedByWSGI(Served):
    """gunicorn, or waitress, as a child process. What it does, its responses say: when which worker had them."""

    def __init__(self, world: SocketsWorld, server: Any):
        super().__init__(world, server)
        self.accept = world.code(f"{server.name}.accept")
        self.application: Application = world.scenario[server.application]
        try:
            self.process = WSGIProcess(
                self.application.wsgi,
                workers=server.workers,
                threads=server.threads,
                backlog=server.backlog,
                timeout=server.timeout,
            )
        except ValueError as error:
            raise server.wrong("application", server.application, str(error)) from None
        self.passed_over = {"chansim-token": self.process.token, "chansim-ready": "?"}
        self.lanes: dict[str, int] = {}  # who of it has served, by its process and thread
        self.life = ThreadPoolExecutor(1, "the life of gunicorn")
        self.waiting: dict[int, int] = {}  # request -> its message in the accept queue

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self.process.start()
        self.url = self.process.url

    # faults come at appointed moments, and nobody else's appointment may wait for a process that ends or begins

    def restart(self) -> None:
        self.lanes.clear()
        self.life.submit(self.process.start)

    def stop(self) -> None:
        self.life.submit(self.process.stop)

    def kill(self) -> None:
        self.process.kill()

    def end(self) -> None:
        self.life.shutdown()
        self.process.stop()

    def costs_at(self, path: str) -> tuple[Costs, str]:
        """What the view for *path* costs, and its name."""
        view = self.application.view_at(path)
        return self.application.costs_of(view), getattr(view, "__name__", type(view).__name__)

    def headers(self, parcel: Parcel) -> dict[str, str]:
        world, request = self.world, parcel.request
        world.accept(parcel, self.code)
        message = self.waiting[request] = world.new_message()
        world.write(SENT, self.code, self.accept, message, request)
        costs, _ = self.costs_at(parcel.content["path"])
        waits = costs.io.quantile(world.draw(request, "http.request")) if costs.waits else 0.0
        computes = costs.cpu.quantile(world.draw(request, "http.request cpu")) if costs.computes else 0.0
        return {
            "chansim-token": self.process.token,
            "chansim-waits": repr(waits),
            "chansim-computes": repr(computes),
        }

    def gave_up(self, parcel: Parcel) -> None:
        self.world.accept(parcel, self.code)  # the kernel does; the worker notices nothing

    def left(self, parcel: Parcel) -> None:
        if not self.world.stop.is_set():
            self.lose(parcel, "gone client")

    def answered(self, parcel: Parcel, kind: str, body: bytes, headers: Mapping[str, str]) -> None:
        world, request = self.world, parcel.request
        message = self.waiting.pop(request)
        lane = self.lane_of(headers.get("chansim-lane", ""))
        start = world.started
        begun, ended = (float(headers[f"chansim-{name}"]) - start for name in ("begun", "ended"))
        _, view = self.costs_at(parcel.content["path"])
        about = lane, self.accept, message, request
        write = world.recorder.write
        write(begun, RECEIVED, *about)
        write(begun, BEGUN, *about, world.code(view))
        write(ended, ENDED, *about, world.code(view))
        if "chansim-raised" in headers:
            world.report(f"{self.server.name}: the application raised {headers['chansim-raised']}")
        answer, detail = world.new_message(), world.code(kind)
        write(ended, SENT, lane, parcel.channel, answer, request, detail)
        world.deliver(
            Parcel(self.server.name, kind, parcel.channel, answer, request, detail, body, parcel.socket),
            parcel.sender,
        )

    def lane_of(self, name: str) -> int:
        """Which of the server's lanes in the trace a worker is: they are numbered as they first serve."""
        lanes = self.server.lanes()
        if name not in self.lanes:
            self.lanes[name] = self.world.code(lanes[len(self.lanes) % len(lanes)])
        return self.lanes[name]

    def failed(self, parcel: Parcel, kind: str) -> None:
        if self.world.stop.is_set():
            return
        self.lose(parcel, "backlog full" if kind == "refused" else "worker killed")
        world = self.world
        message, detail = world.new_message(), world.code(kind)
        world.write(SENT, self.code, parcel.channel, message, parcel.request, detail)
        answer = Parcel(
            self.server.name, kind, parcel.channel, message, parcel.request, detail, b"", parcel.socket
        )
        world.deliver(answer, parcel.sender)

    def lose(self, parcel: Parcel, cause: str) -> None:
        """A request that will not be answered."""
        message = self.waiting.pop(parcel.request, None)
        if message is not None:
            world = self.world
            world.write(LOST, self.code, self.accept, message, parcel.request, world.code(cause))
