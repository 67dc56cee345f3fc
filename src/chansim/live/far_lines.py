"""Far lines: the wire between a real server and clients of our own that are in another process.

The bytes go over a socket; which message of the trace they are is told over the link that the two processes have. It is
told before the bytes are let go, and all but always there before them; who is early waits for it. Each end writes the
rows of what it does itself. What was told an end that is over, it writes down as lost.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from itertools import count
from typing import TYPE_CHECKING, Any, Protocol

from chansim.live.own_lines import HEADER
from chansim.live.wire import Line, Strangers
from chansim.model.world import Parcel
from chansim.trace import LOST, RECEIVED, SENT

if TYPE_CHECKING:
    from chansim.live.machines import Part

LATE = 1.0
"""Seconds after which nothing is believed to follow: the connection broke, or a server answered by itself."""


class Told(deque[tuple[int, int, str]]):
    """What the other end says is on its way: message, request and kind. One thread puts in, an event loop waits."""

    def __init__(self) -> None:
        super().__init__()
        self.over = False  #: nothing more will be told
        self._lock = threading.Lock()
        self._waiting: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    def put(self, message: int, request: int, kind: str) -> None:
        """It was told."""
        self.append((message, request, kind))
        self._wake()

    def end(self) -> None:
        """Nothing more will be told."""
        self.over = True
        self._wake()

    def _wake(self) -> None:
        with self._lock:
            waiting, self._waiting = self._waiting, []
        for loop, event in waiting:
            with suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(event.set)

    async def until(self, enough: Callable[[], bool]) -> None:
        """Until there is *enough*, nothing more will come, or it is too late."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LATE):
                while True:
                    event = asyncio.Event()
                    with self._lock:
                        if enough() or self.over:
                            return
                        self._waiting.append((asyncio.get_running_loop(), event))
                    await event.wait()


# -- the clients' end


class Teller(Protocol):
    """How the clients' end tells the server's."""

    def tell(self, *words: Any, message: int = 0) -> bool:
        """Say it; whether anybody is there. *message*: what is on its way now, if something is."""

    def broke(self, server: str, message: int) -> None:
        """A connection broke: unless the server has taken *message*, it is lost now."""


class LinesThere:
    """The lines of one server that is in another process."""

    def __init__(self, world: Part, server: str, teller: Teller, token: str):
        self.world = world
        self.server = server
        self.server_code = world.code(server)
        self.teller = teller
        self.token = token
        self._lines: dict[str, LineThere] = {}
        self._number = count(1).__next__

    def new(self, client: str, code: int) -> LineThere:
        """A line for a component's client, with the *code* of its connection's name."""
        line = LineThere(self, f"{self.token}-{self._number()}", client, code)
        self._lines[line.name] = line
        return line

    def forget(self, line: LineThere) -> None:
        """It is over, for its client. It is known until the server has said all that it has to say."""
        line.hang_up()

    def told(self, name: str, message: int, request: int, kind: str) -> None:
        """The server says what it sends."""
        line = self._lines.get(name)
        if line is not None:
            line.told(message, request, kind)

    def forgotten(self, name: str) -> None:
        """The server will say no more about it."""
        self._lines.pop(name, None)

    def end(self) -> None:
        """The server's process is gone."""
        lines, self._lines = self._lines, {}
        for line in lines.values():
            line.back.end()


class LineThere:
    """One connection to another process: the client's end."""

    def __init__(self, lines: LinesThere, name: str, client: str, code: int):
        self.lines = lines
        self.name = name
        self.client = client
        self.code = code
        self.back = Told()
        self.gone = False
        self._lock = threading.Lock()

    def send(self, message: int, request: int, kind: str) -> None:
        """See ClientsLine."""
        lines, world = self.lines, self.lines.world
        about = self.client, world.text(self.code), message, request, world.draws.of(request), kind
        if self.back.over or not lines.teller.tell("there", lines.server, self.name, *about, message=message):
            lost = world.code("worker killed")
            world.write(LOST, lines.server_code, self.code, message, request, lost)

    async def ready(self, whole: bool = False) -> None:
        """See ClientsLine."""
        await self.back.until(lambda: bool(self.back) and not (whole and self.back[-1][2] == "part"))

    def next(self) -> tuple[int, int, str] | None:
        """See ClientsLine."""
        return self.back.popleft() if self.back else None

    def told(self, message: int, request: int, kind: str) -> None:
        """The server says what it sends."""
        with self._lock:
            if not self.gone:
                self.back.put(message, request, kind)
                return
        self._lose(message, request)

    def hang_up(self) -> None:
        """See ClientsLine."""
        with self._lock:
            first, self.gone = not self.gone, True
        if first and (self.back.over or not self.lines.teller.tell("forget", self.lines.server, self.name)):
            self.lines.forgotten(self.name)
        while self.back:
            message, request, _ = self.back.popleft()
            self._lose(message, request)

    def broke(self, parcel: Parcel) -> None:
        """See ClientsLine."""
        self.lines.teller.broke(self.lines.server, parcel.message)

    def _lose(self, message: int, request: int) -> None:
        world = self.lines.world
        if not world.stop.is_set():
            gone = world.code("gone client")
            world.write(LOST, world.code(self.client), self.code, message, request, gone)


# -- the server's end


class LinesHere:
    """The lines of one server that is here, and whose clients are in another process; see Wire.

    *say* tells that process something. Who shows no *token* is a stranger.
    """

    def __init__(
        self,
        world: Part,
        server: str,
        say: Callable[..., None],
        token: str,
    ):
        self.world = world
        self.server = server
        self.server_code = world.code(server)
        self.say = say
        self.token = token
        self.strangers = Strangers(
            world.recorder, lambda: world.now, server, new_request=lambda: world.new_request(0.0)
        )
        self._lines: dict[str, LineHere] = {}
        self._lock = threading.Lock()

    def named(self, name: str) -> LineHere:
        """The line of that name: whether the link or the socket speaks of it first is all one."""
        with self._lock:
            line = self._lines.get(name)
            if line is None:
                line = self._lines[name] = LineHere(self, name)
            return line

    def line(self, scope: Mapping[str, Any]) -> Line:
        """See Wire.line."""
        for key, value in scope["headers"]:
            if key == HEADER.encode():
                name = value.decode("latin-1")
                if name.startswith(f"{self.token}-"):
                    return self.named(name)
        return self.strangers.line(scope)

    def told(
        self, name: str, client: str, label: str, message: int, request: int, draw: float, kind: str
    ) -> None:
        """A client says what it sends."""
        self.world.draws.learn(request, draw)
        self.named(name).told(client, label, message, request, kind)

    def forget(self, name: str) -> None:
        """The client is gone, and will say no more."""
        line = self.named(name)
        line.forgotten = True
        if line.finished:
            self.forgotten(line)

    def forgotten(self, line: LineHere) -> None:
        """Nobody will say more about it."""
        with self._lock:
            self._lines.pop(line.name, None)
        self.say("forgotten", self.server, line.name)


class LineHere:
    """One connection from another process: the server's end; see Line."""

    def __init__(self, lines: LinesHere, name: str):
        self.lines = lines
        self.name = name
        self.code = 0
        self.client = ""
        self.there = Told()
        self.finished = False  #: the server has done with it
        self.forgotten = False  #: the client too
        self._lock = threading.Lock()

    def told(self, client: str, label: str, message: int, request: int, kind: str) -> None:
        """The client says what it sends."""
        world = self.lines.world
        self.client, self.code = client, world.code(label)
        with self._lock:
            if not self.finished:
                self.there.put(message, request, kind)
                return
        self._lose(message, request)

    async def ready(self) -> None:
        """See Line."""
        await self.there.until(lambda: bool(self.there))

    def came(self, kind: str) -> tuple[int, int]:
        """See Line."""
        lines, world = self.lines, self.lines.world
        if self.there:
            message, request, kind = self.there.popleft()
        else:  # the connection broke, and nobody had said that it would
            message, request = world.new_message(), world.new_request(0.0)
            client = world.code(self.client or lines.strangers.clients)
            world.write(SENT, client, self.code, message, request, world.code(kind))
        world.write(RECEIVED, lines.server_code, self.code, message, request, world.code(kind))
        return message, request

    def goes(self, kind: str, request: int) -> None:
        """See Line."""
        lines, world = self.lines, self.lines.world
        message = world.new_message()
        world.write(SENT, lines.server_code, self.code, message, request, world.code(kind))
        lines.say("back", lines.server, self.name, message, request, kind)

    def over(self) -> None:
        """See Line."""
        with self._lock:
            self.finished = True
        while self.there:
            message, request, _ = self.there.popleft()
            self._lose(message, request)
        if self.forgotten:
            self.lines.forgotten(self)

    def _lose(self, message: int, request: int) -> None:
        world = self.lines.world
        if not world.stop.is_set():
            gone = world.code("gone client")
            world.write(LOST, self.lines.server_code, self.code, message, request, gone)
