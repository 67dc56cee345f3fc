"""TracedApplication: a project's ASGI application, whose clients are written down too.

What a browser asks and is told has no length in the trace: only this end of the wire is seen.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from itertools import count
from typing import Any

from channels.layers import get_channel_layer
from django.core.exceptions import ImproperlyConfigured

from chansim.contrib.channels4.connection import BROWSERS, CURRENT, Connection, Log
from chansim.contrib.channels4.traced_layer import TracedLayer
from chansim.trace import CONNECTED, DISCONNECTED, RECEIVED, SENT

Event = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]

CLIENT = "client"
"""Where a message came from that came over no layer."""

KINDS = {"websocket.connect": "connect", "websocket.receive": "frame", "websocket.disconnect": "close"}


class TracedApplication:
    """*application*, and in the trace of the TracedLayer that is the channel layer called *layer*: each request and
    frame, with the time that the code had it in hand, and what it sent meanwhile as part of it.

    Raises ImproperlyConfigured where that channel layer is no TracedLayer.
    """

    def __init__(self, application: Callable[..., Any], layer: str = "default"):
        traced = get_channel_layer(layer)
        if not isinstance(traced, TracedLayer):
            raise ImproperlyConfigured(
                f"CHANNEL_LAYERS[{layer!r}] is {type(traced).__name__}; TracedApplication writes into the trace "
                'of "chansim.contrib.channels4.TracedLayer"'
            )
        self.application = application
        self.layer = traced
        self._sockets = count(1)

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """See to one connection."""
        if scope["type"] == "lifespan":
            await self._live(scope, receive, send)
        elif scope["type"] in ("http", "websocket"):
            await self._see_to(scope, receive, send)
        else:
            await self.application(scope, receive, send)

    async def _see_to(self, scope: Any, receive: Receive, send: Send) -> None:
        connection = Connection(self.layer.log)
        if scope["type"] == "websocket":
            connection.label = f"socket {next(self._sockets)} of {BROWSERS}"
        told = Told(connection, self.layer.log)
        before = CURRENT.set(connection)
        try:
            await self.application(scope, told.receiving(receive), told.sending(send))
        finally:
            CURRENT.reset(before)
            told.over()

    async def _live(self, scope: Any, receive: Receive, send: Send) -> None:
        """The server begins and ends; at its end the trace is saved, however the process ends then."""
        events: list[Event] = []

        async def hear() -> Event:
            events.append(await receive())
            if events[-1]["type"] == "lifespan.shutdown":
                self.layer.save()
            return events[-1]

        try:
            await self.application(scope, hear, send)
        except Exception:
            if events:
                raise
            while (await hear())["type"] == "lifespan.startup":  # it knows nothing of this, as most do not
                await send({"type": "lifespan.startup.complete"})
            await send({"type": "lifespan.shutdown.complete"})


class Told:
    """What passes between one client and the code."""

    def __init__(self, connection: Connection, log: Log):
        self.connection = connection
        self.log = log
        self.accepted = self.answered = False
        self.status = ""

    def receiving(self, receive: Receive) -> Receive:
        """*receive*, written down."""

        async def written_down() -> Event:
            if self.connection.label:
                self.connection.asked(CLIENT)
            event = await receive()
            kind = "request" if event["type"] == "http.request" else KINDS.get(event["type"])
            if kind and not self.answered:
                self.came(kind)
            return event

        return written_down

    def sending(self, send: Send) -> Send:
        """*send*, written down."""

        async def written_down(event: Event) -> None:
            kind = event["type"]
            if kind == "http.response.start":
                self.status = str(event["status"])
            elif kind == "http.response.body" and not event.get("more_body"):
                self.goes(self.status)
            elif kind == "websocket.accept":
                self.accepted = True
                self.goes("accept")
                self.log.row(CONNECTED, self.connection.lane, self.connection.channel)
            elif kind == "websocket.send":
                self.goes("frame")
            elif kind == "websocket.close":
                self.goes("close" if self.accepted else "403")
            await send(event)

        return written_down

    def came(self, kind: str) -> None:
        """Something came from the client; of a request in several parts, the first."""
        connection, recorder = self.connection, self.log.recorder
        self.answered = kind == "request"
        message = recorder.new_message()
        self._pass(BROWSERS, connection.lane, message, message, kind)
        if kind == "close" and self.accepted:
            self.log.row(DISCONNECTED, connection.lane, connection.channel, 0, message)
        connection.came(CLIENT, connection.label, message, message, kind)

    def goes(self, kind: str) -> None:
        """Something goes to the client."""
        connection = self.connection
        message = self.log.recorder.new_message()
        self._pass(connection.lane, BROWSERS, message, connection.request, kind)

    def _pass(self, sender: str, receiver: str, message: int, request: int, kind: str) -> None:
        label = self.connection.label
        self.log.row(SENT, sender, label, message, request, kind)
        self.log.row(RECEIVED, receiver, label, message, request, kind)

    def over(self) -> None:
        """The code is done with it."""
        self.connection.end()
