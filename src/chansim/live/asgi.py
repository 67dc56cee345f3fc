"""ASGIInterfaceServer: the talk's interface server, as an ASGI 3 application. Any ASGI server can host it.

It turns HTTP requests and what happens on WebSockets into the messages of 2016 on a channel layer, and replies into
responses and frames, by the rules of the layer's era: those that ``model/interface_server.py`` has for the simulator.
Here is what all connections share: the one reader of replies, the watch over time-outs, the rows of the trace. What
an HTTP request goes through is in ``exchange.py``, a WebSocket in ``held_socket.py``, who is let in at all in
``door.py``. Everything happens in one event loop. An idle connection costs a little memory, and no thread.

What an ASGI application cannot do, it leaves to its host or does in the nearest way: pings are the host's; a
connection that was not accepted is refused with 403 where Daphne dropped it; a response that broke off is cut.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import string
import time
from collections.abc import Awaitable, Callable, MutableMapping
from random import Random
from typing import Any, Protocol

from chansim.layer.core import Envelope
from chansim.layer.eras import Era, era_called
from chansim.live.door import Door
from chansim.live.exchange import Exchange
from chansim.live.held_socket import HeldSocket
from chansim.live.replies import AGAIN, Replies, replies_of
from chansim.live.wire import NoTrace, Strangers, Wire
from chansim.model.interface_server import CHECK_EVERY
from chansim.trace import BEGUN, ENDED, FAULT, LOST, Recorder

Scope = MutableMapping[str, Any]
Event = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]

AT_ONCE = 32
"""Replies that are read before the event loop sees to other things."""

log = logging.getLogger("chansim.live")


class Client(Protocol):
    """Who has a reply channel."""

    def put(self, reply: Envelope) -> None:
        """There is a reply."""

    def look_at_clock(self, now: float) -> None:
        """Some time has passed."""


class ASGIInterfaceServer:
    """*layer*: the channel layer that it sends to, and reads replies from.

    *door*: who is let in, and how much of them; see :class:`~chansim.live.door.Door`. *era*: whose habits it has, the
    layer's unless given. *http_timeout*: seconds until a request without an answer is told 503; *websocket_timeout*:
    seconds after which a WebSocket is closed whatever it does; *handshake_timeout*: seconds that the application has
    to accept one; None for the era's, or the layer's group expiry. It looks at the clock *check_every* seconds.
    *http_disconnect*: whether it sends ``http.disconnect`` after every request, as Daphne did. *drops_pushes*: whether
    what the application wants to push is dropped, as the draft has it for a client that cannot take it, and no client
    can any more; else it is a bad reply, as Daphne had it. *pause*: given, it
    looks for replies again and again, so many seconds after a look that found nothing, as Daphne did; else whoever
    sends one wakes it.

    *name*, *recorder*, *clock*, *random* and *wire* are for runs that are traced; *report* is given, in words, what
    goes wrong, which else is logged. Raises ValueError for an era that is not known.
    """

    def __init__(
        self,
        layer: Any,
        *,
        door: Door | None = None,
        era: str | Era | None = None,
        http_timeout: float | None = None,
        websocket_timeout: float | None = None,
        handshake_timeout: float | None = None,
        check_every: float = CHECK_EVERY,
        http_disconnect: bool = False,
        drops_pushes: bool = False,
        pause: Callable[[], float] | None = None,
        name: str = "daphne",
        recorder: Recorder | None = None,
        clock: Callable[[], float] = time.perf_counter,
        random: Random | None = None,
        wire: Wire | None = None,
        report: Callable[[str], None] = log.warning,
    ):
        self.layer = layer
        self.door = door or Door()
        self.era: Era = era_called(layer.era if era is None else era)
        self.http_timeout = self.era.http_timeout if http_timeout is None else http_timeout
        self.websocket_timeout = layer.group_expiry if websocket_timeout is None else websocket_timeout
        self.handshake_timeout = (
            self.era.handshake_timeout if handshake_timeout is None else handshake_timeout
        )
        self.check_every = check_every
        self.http_disconnect = http_disconnect
        self.drops_pushes = drops_pushes
        self.pause = pause
        self.name = name
        self.clock = clock
        self.report = report
        self.recorder = recorder
        self.code = recorder.code(name) if recorder else 0
        self.wire = wire or (Strangers(recorder, clock, name) if recorder else NoTrace())
        self._choose = (random or secrets.SystemRandom()).choice
        self.clients: dict[str, Client] = {}  #: by reply channel: whoever is there
        self.open = 0  #: connections that were let in, and are not over
        self.deaf = False  #: it reads no replies any more
        #: it was killed: neither the application nor the trace hears of its connections' end
        self.silent = False
        self.over = False  #: the run is over: what is under way is neither lost nor answered
        self.own = f"daphne.response.{self._letters()}!"  #: where all replies come, in eras in which they do
        self._bar: tuple[int, int, int] | None = None
        self._running: list[asyncio.Task[None]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See to one connection, as ASGI 3 says."""
        kind = scope["type"]
        if kind == "lifespan":
            await self._live(receive, send)
        elif kind == "http":
            self._start()
            await Exchange(self, scope, receive, send).run()
        elif kind == "websocket":
            self._start()
            await HeldSocket(self, scope, receive, send).run()
        else:
            raise ValueError(f"{self.name}: a scope of type {kind!r} is neither http, websocket nor lifespan")

    # -- its life

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            try:
                event = await receive()
            except asyncio.CancelledError:  # the host was killed
                self.stop()
                return
            if event["type"] == "lifespan.startup":
                self._start()
                await send({"type": "lifespan.startup.complete"})
            else:
                self.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    def _start(self) -> None:
        """Begin to read replies and to look at the clock; with the first connection, where the host does not say."""
        if self._running:
            return
        self.replies: Replies = replies_of(self.layer, self.name, self.pause)
        loop = asyncio.get_running_loop()
        self._running = [loop.create_task(self._read()), loop.create_task(self._watch())]

    def stop(self) -> None:
        """Read no more replies. Call it in the event loop."""
        for task in self._running:
            task.cancel()
        if self._running:
            self.replies.close()

    async def _read(self) -> None:
        """The one reader of replies."""
        taken = 0
        if self.era.shared_replies:
            await self._listen_to_own()
        while not self.deaf:
            reply = await self.replies.next()
            if reply is None:
                continue
            client = self.clients.get(reply.channel)
            if client is None:
                self.lose(reply, "gone client")
            else:
                client.put(reply)
            taken += 1
            if taken % AT_ONCE == 0:
                await asyncio.sleep(0)

    async def _listen_to_own(self) -> None:
        """Where all replies share a channel, listen to it; as soon as the layer can be reached."""
        while True:
            try:
                await self.replies.listen(self.own)
                return
            except OSError as error:
                self.report(f"{self.name}: the layer cannot be reached: {error!r}")
                await asyncio.sleep(AGAIN)

    async def _watch(self) -> None:
        """Let every client look at the clock now and then."""
        while True:
            await asyncio.sleep(self.check_every)
            now = self.clock()
            for client in list(self.clients.values()):
                client.look_at_clock(now)

    # -- reply channels

    async def new_reply_channel(self, pattern: str, client: Client) -> str:
        """A reply channel for *client*, who is listened for from now on."""
        if self.era.shared_replies:
            channel = self.own + self._letters()
        else:
            channel = await self.replies.new_channel(pattern)
            if not self.deaf:
                await self.replies.listen(channel)
        self.clients[channel] = client
        return channel

    def forget(self, channel: str) -> bool:
        """That client is gone; whether it was still there."""
        if self.clients.pop(channel, None) is None:
            return False
        if not self.era.shared_replies:
            self.replies.stop_listening(channel)
        return True

    def _letters(self) -> str:
        """Ten of them, as Daphne took since 1.2."""
        return "".join(self._choose(string.ascii_letters) for _ in range(10))

    # -- the trace

    def begin(self, channel: int, message: int, request: int) -> tuple[int, int, int] | None:
        """Something is in hand from here on, and what was in hand before waits: one loop does one thing at a time."""
        if self.recorder is None:
            return None
        self.end(self._bar)
        self._bar = bar = channel, message, request
        self.recorder.write(self.clock(), BEGUN, self.code, *bar)
        return bar

    def end(self, bar: tuple[int, int, int] | None) -> None:
        """It is in hand no more, if it still was."""
        if bar is not None and self._bar is bar and self.recorder is not None:
            self._bar = None
            self.recorder.write(self.clock(), ENDED, self.code, *bar)

    def write(self, event: int, channel: str, request: int, detail: int) -> None:
        """A row about a reply channel."""
        if self.recorder is not None:
            code = self.recorder.code(channel)
            self.recorder.write(self.clock(), event, self.code, code, 0, request, detail)

    def lose(self, reply: Envelope, cause: str) -> None:
        """A reply was read, and reaches nobody."""
        if self.recorder is not None and not self.over:
            self.recorder.write(
                self.clock(),
                LOST,
                self.code,
                reply.code,
                reply.message,
                reply.request,
                self.recorder.code(cause),
            )

    def bad(self, reply: Envelope, why: str) -> None:
        """A reply that cannot be told a client is lost. In June 2016 it took the reader of replies with it."""
        self.lose(reply, "bad reply")
        words = f"{self.name}: a reply on {reply.channel!r} cannot be told the client: {why}"
        if not self.era.survives_bad_replies:
            words += "; as Daphne 0.13 did, the server reads no more replies"
            self.deaf = True
            for channel in self.clients:
                self.replies.stop_listening(channel)
            if self.recorder is not None:
                detail = self.recorder.code("reads no more replies")
                self.recorder.write(self.clock(), FAULT, self.code, 0, 0, reply.request, detail)
        self.report(words)
