"""OwnLines: the wire between a real server and clients of our own, in this process.

The bytes go over real sockets; which message of the trace they are is kept beside them. What a connection carries in
one direction comes out in the order in which it went in, so a queue for each direction is all that is needed. A client
says which line it is in a header; who shows none is a stranger.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from itertools import count
from typing import TYPE_CHECKING, Any

from chansim.live.wire import Line, Strangers
from chansim.trace import LOST, RECEIVED, SENT

if TYPE_CHECKING:
    from chansim.live.load import SocketsWorld
    from chansim.model.world import Parcel

HEADER = "chansim-line"
"""The header in which a client of ours says which line it is."""


class OwnLines:
    """The lines of one server in one run."""

    def __init__(self, world: SocketsWorld, server: str):
        self.world = world
        self.server_code = world.code(server)
        self.strangers = Strangers(
            world.recorder, lambda: world.now, server, new_request=lambda: world.new_request(0.0)
        )
        self._lines: dict[str, OwnLine] = {}
        self._number = count(1).__next__

    def new(self, client: str, code: int) -> OwnLine:
        """A line for a component's client, with the *code* of its connection's name."""
        line = OwnLine(self, str(self._number()), self.world.code(client), code)
        self._lines[line.name] = line
        return line

    def line(self, scope: Mapping[str, Any]) -> Line:
        """See Wire.line."""
        for name, value in scope["headers"]:
            if name == HEADER.encode():
                line = self._lines.get(value.decode("latin-1"))
                return line or self.strangers.line(scope)
        return self.strangers.line(scope)

    def forget(self, line: OwnLine) -> None:
        """It is over, for both ends."""
        self._lines.pop(line.name, None)


class OwnLine:
    """One connection: what is on its way to the server, and what to the client."""

    def __init__(self, lines: OwnLines, name: str, client: int, code: int):
        self.lines = lines
        self.name = name
        self.client = client
        self.code = code
        self.there: deque[tuple[int, int, str]] = (
            deque()
        )  # message, request and kind, on the way to the server
        self.back: deque[tuple[int, int, str]] = deque()  # the same, to the client
        self.gone = False  # the client is not there any more

    # -- the client's end

    def send(self, message: int, request: int, kind: str) -> None:
        """The client has sent a message; its row is written."""
        self.there.append((message, request, kind))

    def next(self) -> tuple[int, int, str] | None:
        """What the client receives next, or None for nothing that the server said it sent."""
        return self.back.popleft() if self.back else None

    def hang_up(self) -> None:
        """The client takes nothing any more: what is on its way to it is lost."""
        self.gone = True
        if self.lines.world.stop.is_set():
            return  # the run is over, and what is on its way is neither here nor lost
        while self.back:
            message, request, _ = self.back.popleft()
            self._lost(self.client, message, request)

    def broke(self, parcel: Parcel) -> None:
        """It never came to be, or broke: what is on its way to the server is lost."""
        if self.there:
            world = self.lines.world
            world.write(
                LOST,
                self.lines.server_code,
                parcel.channel,
                parcel.message,
                parcel.request,
                world.code("worker killed"),
            )
        self.there.clear()

    # -- both ends are here

    async def ready(self, whole: bool = False) -> None:
        """Whatever has come over the wire is known already."""

    # -- the server's end: see Line

    def came(self, kind: str) -> tuple[int, int]:
        world, lines = self.lines.world, self.lines
        if self.there:
            message, request, kind = self.there.popleft()
        else:  # the connection broke, and nobody had said that it would
            message, request = world.new_message(), world.new_request(0.0)
            world.write(SENT, self.client, self.code, message, request, world.code(kind))
        world.write(RECEIVED, lines.server_code, self.code, message, request, world.code(kind))
        return message, request

    def goes(self, kind: str, request: int) -> None:
        world = self.lines.world
        message = world.new_message()
        world.write(SENT, self.lines.server_code, self.code, message, request, world.code(kind))
        if self.gone:
            self._lost(self.client, message, request)
        else:
            self.back.append((message, request, kind))

    def over(self) -> None:
        """The server has done with it: what it had not taken by now it never will."""
        if self.lines.world.stop.is_set():
            return
        while self.there:
            message, request, _ = self.there.popleft()
            self._lost(self.lines.server_code, message, request)

    def _lost(self, by: int, message: int, request: int) -> None:
        world = self.lines.world
        world.write(LOST, by, self.code, message, request, world.code("gone client"))
