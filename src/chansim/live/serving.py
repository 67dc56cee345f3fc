"""Serving: the real servers of a run, in the process that runs them; faults kill, stop and restart them.

An interface server is in a thread of this process, under uvicorn; a WSGI server is a child process. What clients see of
them is in ``served.py``, for their clients may be in another process.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from chansim.layer.eras import Era
from chansim.live.asgi import ASGIInterfaceServer
from chansim.live.door import Door
from chansim.live.engine import World
from chansim.live.hosting import HERE, Host, Hosted, NotStarted
from chansim.live.hosting_http2 import HostedHTTP2
from chansim.live.wire import Wire
from chansim.live.wsgi import WSGIProcess
from chansim.model.application import Application
from chansim.model.component import Component, ScenarioError
from chansim.model.interface_server import InterfaceServer


class Serves(World):
    """An executed world, as far as it starts real servers."""

    address = HERE
    port = 0  #: where the first server listens for the first time, the next one port higher; 0 for free ones
    door = Door()

    def __init__(self, *about: Any):
        super().__init__(*about)
        self.serving: dict[str, Serving] = {}
        self._endings: list[Callable[[], object]] = []

    def before(self, application: Callable[..., Any]) -> Callable[..., Any]:
        """What is to stand before an interface server: nothing."""
        return application

    def wire_of(self, server: str) -> Wire:
        """How the trace hears of what passes between an interface server and its clients."""
        raise NotImplementedError

    def at_end(self, function: Callable[[], object]) -> None:
        """See WorldOfSockets.at_end."""
        self._endings.append(function)

    def execute_here(self, component: Component) -> None:
        component.execute_over_sockets(self)

    def start(self, seconds: float | None) -> None:
        try:
            super().start(seconds)
        except BaseException:
            self._end_servers()
            raise

    def start_interface_server(self, server: Any) -> None:
        """See WorldOfSockets.start_interface_server."""
        check_real(self, server)
        self.serve(server, ServingASGI(self, server))

    def start_wsgi_server(self, server: Any) -> None:
        """See WorldOfSockets.start_wsgi_server."""
        check_real(self, server)
        self.serve(server, ServingWSGI(self, server))

    def serve(self, server: Component, serving: Serving) -> None:
        """Start it."""
        self.serving[server.name] = serving
        self.share(server.name, serving)
        serving.start()

    def next_port(self) -> int:
        """Where the next server listens."""
        return self.port and self.port + len(self.serving)

    def fall_silent(self) -> None:
        """The run is over: what is under way is neither lost nor answered."""
        for each in self.serving.values():
            each.fall_silent()

    def _end_servers(self) -> None:
        for each in self.serving.values():
            each.end()
        while self._endings:
            self._endings.pop()()

    def _stop(self) -> None:
        # in this order: servers end, and then the workers and their layer
        self.stop.set()
        self.fall_silent()
        self._end_servers()
        super()._stop()


def check_real(world: World, server: Any) -> None:
    """Raise ScenarioError for a server that cannot be a real one."""
    if world.scenario.network.loses:
        raise ScenarioError(
            "scenario: network: over sockets a link cannot lose messages, for loopback loses none; use threads"
        )
    if world.timeline.frozen(server.name):
        raise server.wrong("name", server.name, "a real server cannot be paused; use threads")
    if "sockets" in server.provides.split():
        if any(world.scenario[server.layer].links()):
            why = "over sockets it must be one layer, not several in one; use threads"
            raise server.wrong("layer", server.layer, why)
    elif asking_http2(world, server.name):
        why = f"{asking_http2(world, server.name)[0]!r} speaks HTTP/2, and this server HTTP/1.1 only"
        raise server.wrong("name", server.name, why)


def asking_http2(world: World, server: str) -> list[str]:
    """Who wants to speak HTTP/2 with a server."""
    return [
        each.name
        for each in world.scenario.components
        if getattr(each, "multiplexed", False) and ("server", server) in each.links()
    ]


class Serving:
    """One real server of a run: kill, stop and restart are also what faults ask for."""

    url = ""
    passed_over: Mapping[str, str]  #: headers of a request that is answered, and leaves no row in the trace

    def __init__(self, world: Serves, server: Any):
        self.world = world
        self.server = server

    @property
    def started(self) -> float:
        """When the run began, by the clock of the computer that this server is on."""
        return self.world.started

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
        """See Serves.fall_silent."""


class ServingASGI(Serving):
    """An interface server, under uvicorn or hypercorn, in a thread of this process."""

    def __init__(self, world: Serves, server: Any):
        super().__init__(world, server)
        self.passed_over = {
            "host": "warm-up.invalid:none"
        }  # refused at any door, also where all names are let in
        self.layer = world.shared(server.layer).layer
        self.letters = world.random(server.name, "reply channels")  # once: a new server takes new names
        self.wire = world.wire_of(server.name)
        self.host: Host | None = None
        self.port = world.next_port()

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
            wire=self.wire,
            report=world.report,
        )
        interval = era.ping_interval if server.ping_interval is None else server.ping_interval
        timeout = era.ping_timeout if server.ping_timeout is None else server.ping_timeout
        under: Any = HostedHTTP2 if asking_http2(world, server.name) else Hosted
        try:
            host: Host = under(
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
        self.application.silent = self.application.over = True


class ServingWSGI(Serving):
    """gunicorn, or waitress, as a child process."""

    def __init__(self, world: Serves, server: Any):
        super().__init__(world, server)
        application: Application = world.scenario[server.application]
        try:
            self.process = WSGIProcess(
                application.wsgi,
                workers=server.workers,
                threads=server.threads,
                backlog=server.backlog,
                timeout=server.timeout,
                address=world.address,
                port=world.next_port(),
            )
        except ValueError as error:
            raise server.wrong("application", server.application, str(error)) from None
        self.passed_over = {"chansim-token": self.process.token, "chansim-ready": "?"}
        self.life = ThreadPoolExecutor(1, "the life of gunicorn")

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self.process.start()
        self.url = self.process.url

    # faults come at appointed moments, and nobody else's appointment may wait for a process that ends or begins

    def restart(self) -> None:
        self.life.submit(self.process.start)

    def stop(self) -> None:
        self.life.submit(self.process.stop)

    def kill(self) -> None:
        self.process.kill()

    def end(self) -> None:
        self.life.shutdown()
        self.process.stop()
