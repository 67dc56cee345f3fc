"""Served: the real servers of a run as their clients see them: what goes there over a socket, what comes back, and the
rows of the trace that only the clients' end can write.

The server itself may be in this process or another: see ``serving.py``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from chansim.channels.cost import Costs
from chansim.live.own_lines import HEADER
from chansim.model.application import Application
from chansim.model.world import Parcel, Socket
from chansim.trace import BEGUN, ENDED, LOST, RECEIVED, SENT

if TYPE_CHECKING:
    from chansim.live.load import Asks


class Life(Protocol):
    """Where a server is, while it is there."""

    @property
    def url(self) -> str:
        """Its address; "" while it is known to be gone."""

    @property
    def passed_over(self) -> Mapping[str, str]:
        """See Serving."""

    @property
    def started(self) -> float:
        """See Serving."""


class ClientsLine(Protocol):
    """One connection, at the client's end."""

    name: str
    code: int
    gone: bool
    back: Any  #: what is on its way to the client, (message, request, kind) each, as far as this end knows

    def send(self, message: int, request: int, kind: str) -> None:
        """The client has sent a message; its row is written."""

    async def ready(self, whole: bool = False) -> None:
        """Until it is known what it is that has come; *whole*: that it is the end of a response."""

    def next(self) -> tuple[int, int, str] | None:
        """What the client receives next, or None for nothing that the server said it sent."""

    def hang_up(self) -> None:
        """The client takes nothing any more: what is on its way to it is lost."""

    def broke(self, parcel: Parcel) -> None:
        """It never came to be, or broke: what the client sent first is lost, unless the server has taken it."""


class ClientsLines(Protocol):
    """The lines of one server, at the clients' end."""

    def new(self, client: str, code: int) -> ClientsLine:
        """A line for a component's client, with the *code* of its connection's name."""

    def forget(self, line: Any) -> None:
        """It is over, for its client."""


class Served:
    """One real server of a run, and what passes between it and its clients."""

    def __init__(self, world: Asks, server: Any, life: Life, lines: ClientsLines):
        self.world = world
        self.server = server
        self.life = life
        self.lines = lines
        self.code = world.code(server.name)

    @property
    def url(self) -> str:
        """Where it is; "" where it is known to be nowhere."""
        return self.life.url

    # -- what clients do

    def take(self, parcel: Parcel) -> None:
        """Let a client do what the parcel says."""
        if parcel.kind == "connect" and parcel.socket is not None:
            parcel.socket.held_by = self  # who is told when it vanishes
        self.world.browsers.do(self, parcel)

    def silent(self, socket: Socket) -> None:
        """A client vanishes: see Sockets.silent."""
        self.world.browsers.do(self, Parcel(socket.client, "vanish", 0, 0, 0, 0, None, socket))

    def headers(self, parcel: Parcel) -> dict[str, str]:
        """What a request says of itself."""
        raise NotImplementedError

    def gave_up(self, parcel: Parcel) -> None:
        """A client says that it hangs up."""

    def left(self, parcel: Parcel) -> None:
        """A client has hung up."""

    def part(self, parcel: Parcel) -> None:
        """A piece of a response has come."""

    async def answered(self, parcel: Parcel, kind: str, body: bytes, headers: Mapping[str, str]) -> None:
        """A response has come."""
        raise NotImplementedError

    def failed(self, parcel: Parcel, kind: str) -> None:
        """A connection was refused, or broke."""
        raise NotImplementedError

    def nobody_there(self, parcel: Parcel, line: ClientsLine) -> None:
        """A WebSocket could not be opened, for nobody answers."""
        if not self.world.stop.is_set():
            line.broke(parcel)
            self.tell_broken(parcel, "refused")

    def unheard(self, parcel: Parcel) -> None:
        """A client says something on a connection that is over; it does not know yet."""
        if not self.world.stop.is_set():
            gone = self.world.code("gone client")
            self.world.write(LOST, self.code, parcel.channel, parcel.message, parcel.request, gone)

    # -- what clients are told

    def tell_client(
        self, line: ClientsLine, client: str, kind: str, content: Any, socket: Socket | None
    ) -> None:
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

    def tell_broken(self, parcel: Parcel, kind: str) -> None:
        """What a client sent found nobody, or the connection broke, and it notices."""
        world = self.world
        message, detail = world.new_message(), world.code(kind)
        world.write(SENT, self.code, parcel.channel, message, parcel.request, detail)
        answer = Parcel(
            self.server.name, kind, parcel.channel, message, parcel.request, detail, b"", parcel.socket
        )
        world.deliver(answer, parcel.sender)


class ServedByASGI(Served):
    """An interface server: it says itself what it does, on the lines of its clients."""

    def __init__(self, world: Asks, server: Any, life: Life, lines: ClientsLines):
        super().__init__(world, server, life, lines)
        self.asking: dict[int, ClientsLine] = {}  # by request

    def headers(self, parcel: Parcel) -> dict[str, str]:
        line = self.asking[parcel.request] = self.lines.new(parcel.sender, parcel.channel)
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

    async def answered(self, parcel: Parcel, kind: str, body: bytes, headers: Mapping[str, str]) -> None:
        line = self.asking.pop(parcel.request)
        await line.ready(whole=True)
        while len(line.back) > 1:
            self.tell_client(line, parcel.sender, "part", b"", parcel.socket)
        self.tell_client(line, parcel.sender, kind, body, parcel.socket)
        self.lines.forget(line)

    def failed(self, parcel: Parcel, kind: str) -> None:
        if self.world.stop.is_set():
            return
        line = self.asking.pop(parcel.request)
        line.hang_up()
        line.broke(parcel)
        self.tell_broken(parcel, kind)
        self.lines.forget(line)


class ServedByWSGI(Served):
    """gunicorn, or waitress. What it does, its responses say: when which worker had them."""

    def __init__(self, world: Asks, server: Any, life: Life, lines: ClientsLines):
        super().__init__(world, server, life, lines)
        self.accept = world.code(f"{server.name}.accept")
        self.application: Application = world.scenario[server.application]
        self.lanes: dict[str, int] = {}  # who of it has served, by its process and thread
        self.waiting: dict[int, int] = {}  # request -> its message in the accept queue

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
            "chansim-token": self.life.passed_over.get("chansim-token", ""),
            "chansim-waits": repr(waits),
            "chansim-computes": repr(computes),
        }

    def gave_up(self, parcel: Parcel) -> None:
        self.world.accept(parcel, self.code)  # the kernel does; the worker notices nothing

    def left(self, parcel: Parcel) -> None:
        if not self.world.stop.is_set():
            self.lose(parcel, "gone client")

    async def answered(self, parcel: Parcel, kind: str, body: bytes, headers: Mapping[str, str]) -> None:
        world, request = self.world, parcel.request
        while not self.life.started and self.life.url:
            await asyncio.sleep(0.005)  # its machine is slow to say when the run began, by its clock
        message = self.waiting.pop(request)
        lane = self.lane_of(headers.get("chansim-lane", ""))
        start = self.life.started or world.started
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
        self.tell_broken(parcel, kind)

    def lose(self, parcel: Parcel, cause: str) -> None:
        """A request that will not be answered."""
        message = self.waiting.pop(parcel.request, None)
        if message is not None:
            world = self.world
            world.write(LOST, self.code, self.accept, message, parcel.request, world.code(cause))
