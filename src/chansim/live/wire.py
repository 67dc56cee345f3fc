"""Wire: what passes between a real server and its clients, as the trace tells it.

A server sees its own end of a connection. Of a client that is a stranger, a browser or curl, it cannot know when it
sent something: both ends of that arrow are written at the same moment, and it has no length. Clients of our own say
when they did; they are in load.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count
from typing import Any, Protocol

from chansim.trace import RECEIVED, SENT, Recorder


class Line(Protocol):
    """One connection: an HTTP request with its response, or a WebSocket. *code* is its name's in the trace, or 0."""

    code: int

    async def ready(self) -> None:
        """Until it is known what it is that has just come."""

    def came(self, kind: str) -> tuple[int, int]:
        """Something came from the client: its message, and the request it is."""

    def goes(self, kind: str, request: int) -> None:
        """Something is handed to the network for the client."""

    def over(self) -> None:
        """The server has done with it."""


class Wire(Protocol):
    """The lines of one server."""

    def line(self, scope: Mapping[str, Any]) -> Line:
        """The line that the ASGI *scope* describes."""


class NoTrace:
    """Nothing is written: a wire that is its own only line."""

    code = 0

    def line(self, scope: Mapping[str, Any]) -> NoTrace:
        return self

    async def ready(self) -> None:
        """There is nothing to know."""

    def came(self, kind: str) -> tuple[int, int]:
        return 0, 0

    def goes(self, kind: str, request: int) -> None:
        """Nothing is written."""

    def over(self) -> None:
        """Nothing is written."""


class Strangers:
    """Clients that only the server sees; in the trace they are one component, *clients*.

    *new_request* numbers what they ask, from 1 unless it is given.
    """

    def __init__(
        self,
        recorder: Recorder,
        clock: Callable[[], float],
        server: str,
        clients: str = "browsers",
        new_request: Callable[[], int] | None = None,
    ):
        self.recorder = recorder
        self.clock = clock
        self.clients = clients
        self.server_code = recorder.code(server)
        self.clients_code = recorder.code(clients)
        self.new_request = new_request or count(1).__next__
        self._sockets = count(1)

    def line(self, scope: Mapping[str, Any]) -> StrangersLine:
        code = 0
        if scope["type"] == "websocket":
            code = self.recorder.code(f"socket {next(self._sockets)} of {self.clients}")
        return StrangersLine(self, code)


class StrangersLine:
    """One connection of a stranger."""

    def __init__(self, wire: Strangers, code: int):
        self.wire = wire
        self.code = code

    async def ready(self) -> None:
        """All that is known is known here."""

    def came(self, kind: str) -> tuple[int, int]:
        message, request = self.wire.recorder.new_message(), self.wire.new_request()
        self._pass(self.wire.clients_code, self.wire.server_code, kind, message, request)
        return message, request

    def goes(self, kind: str, request: int) -> None:
        message = self.wire.recorder.new_message()
        self._pass(self.wire.server_code, self.wire.clients_code, kind, message, request)

    def over(self) -> None:
        """Nothing is on its way."""

    def _pass(self, sender: int, receiver: int, kind: str, message: int, request: int) -> None:
        wire = self.wire
        now, detail, write = wire.clock(), wire.recorder.code(kind), wire.recorder.write
        write(now, SENT, sender, self.code, message, request, detail)
        write(now, RECEIVED, receiver, self.code, message, request, detail)
