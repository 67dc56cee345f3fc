"""HeldSocket: one WebSocket at a real interface server, from the browser's wish to connect to its end."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Any

from chansim.layer.contract import ChannelFull, Content, MessageTooLarge
from chansim.layer.core import Envelope
from chansim.live.door import Refusal
from chansim.live.exchange import about
from chansim.model.sockets import KEYS
from chansim.trace import CONNECTED, DISCONNECTED

if TYPE_CHECKING:
    from chansim.live.asgi import ASGIInterfaceServer, Receive, Scope, Send

NORMAL, AWAY, POLICY, LARGE, LATER = 1000, 1001, 1008, 1009, 1013
"""Close codes: over; nothing happened for too long; it does not read; a frame is too large; try again later."""

MOMENT = 2.0
"""Seconds that a browser which reads nothing is given to read that its socket is closed."""


class HeldSocket:
    """One WebSocket. What comes from the browser is told the application in its order; what comes from the layer
    goes to the browser in its order; neither waits for the other."""

    def __init__(self, server: ASGIInterfaceServer, scope: Scope, receive: Receive, send: Send):
        self.server = server
        self.scope = scope
        self.receive = receive
        self.send = send
        self.channel = ""
        self.told = 0  # messages about it so far: the next one's order
        self.opening = True  # neither accepted nor refused
        self.closed = False  # from this end, or from the other
        self.muted = False  # given up: the application hears no more of it
        self.dropped = False  # it did not even read that it was closed
        self.request = 0  # what is in hand
        self.came: deque[Envelope] = deque()
        self.unread = 0  # characters of it
        self.pump: asyncio.Task[None] | None = None
        self.since = self.active = server.clock()

    async def run(self) -> None:
        """From the wish to connect to the end."""
        server, scope = self.server, self.scope
        await self.receive()  # that it wants to connect
        refusal = server.door.refusal(scope, server.open)
        if refusal is not None:
            self.closed = True
            await self.refuse(refusal)
            return
        server.open += 1
        self.line = server.wire.line(scope)
        self.task = asyncio.current_task()
        try:
            await self.line.ready()
            message, self.request = self.line.came("connect")
            bar = server.begin(0, message, self.request)
            await self.connect()
            server.end(bar)
            while True:
                event = await self.receive()
                if event["type"] == "websocket.disconnect":
                    await self.hang_up(event.get("code") or NORMAL, from_browser=True)
                    return
                await self.from_browser(event)
        except OSError:  # it was gone before the answer
            await self.hang_up(1006, from_browser=True)
        except asyncio.CancelledError:
            if not self.dropped or self.task is None:
                raise
            self.task.uncancel()
        finally:
            server.open -= 1
            server.forget(self.channel)
            self.line.over()
            if self.pump is not None:
                self.pump.cancel()
            self.lose_rest()

    # -- the beginning

    async def connect(self) -> None:
        """In 2016 it is open at once, and the application is told; later the application is asked."""
        server, scope = self.server, self.scope
        try:
            self.channel = await server.new_reply_channel("websocket.send!", self)
        except Exception as error:
            server.report(f"{server.name}: a WebSocket got no reply channel from the layer: {error!r}")
            self.closed = self.muted = True
            await self.refuse(Refusal(503, "The channel layer cannot be reached."))
            return
        if server.era.handshake_waits:
            loop = asyncio.get_running_loop()
            loop.call_later(server.handshake_timeout, self.give_up_opening)
        else:
            await self.accept(self.request)
        content = {**about(scope), "query_string": scope.get("query_string", b"")}
        if not await self.tell("websocket.connect", content) and server.era.refuses_when_full:
            self.muted = True
            await self.close("503", self.request, Refusal(503, "Connection queue at capacity"))

    async def accept(self, request: int) -> None:
        """Let it be open."""
        self.opening = False
        self.active = self.server.clock()
        self.server.write(CONNECTED, self.channel, request, self.line.code)
        await self.send({"type": "websocket.accept"})

    async def refuse(self, refusal: Refusal) -> None:
        """Do not let it be open. A host that knows no other answer says 403."""
        if "websocket.http.response" in (self.scope.get("extensions") or {}) and refusal.status != 403:
            headers = [(b"content-type", b"text/plain; charset=utf-8")]
            start = {"type": "websocket.http.response.start", "status": refusal.status, "headers": headers}
            await self.send(start)
            await self.send({"type": "websocket.http.response.body", "body": refusal.words.encode()})
        else:
            await self.send({"type": "websocket.close"})

    def give_up_opening(self) -> None:
        """The application has neither accepted nor refused it in time."""
        if self.opening and not self.closed:
            self.do(self.close("dropped", self.request, Refusal(403, "")))

    # -- from the browser

    async def from_browser(self, event: Any) -> None:
        """A frame from the browser."""
        server = self.server
        await self.line.ready()
        message, self.request = self.line.came("frame")
        if self.closed or self.muted:
            return
        self.active = server.clock()
        bar = server.begin(0, message, self.request)
        text, data = event.get("text"), event.get("bytes")
        if size_of(text if text is not None else data) > server.door.limits.frame:
            await self.close("1009", self.request, code=LARGE)
        else:
            content = {"text": text} if text is not None else {"bytes": data}
            if not await self.tell("websocket.receive", content) and server.era.refuses_when_full:
                self.muted = True
                await self.close("1013", self.request, code=LATER)
        server.end(bar)

    async def tell(self, channel: str, content: Content) -> bool:
        """Send a message about the socket; whether there was room for it."""
        server = self.server
        message: Content = {
            "reply_channel": self.channel,
            "path": self.scope["path"],
            "order": self.told,
            **content,
        }
        self.told += 1
        try:
            await server.replies.send(channel, message, self.request)
        except ChannelFull:
            return False
        except MessageTooLarge:
            await self.close("1009", self.request, code=LARGE)
        except Exception as error:
            server.report(f"{server.name}: {channel} could not be sent to the layer: {error!r}")
            return False
        return True

    # -- from the application

    def put(self, reply: Envelope) -> None:
        """There is a reply for it."""
        content = reply.content
        self.unread += size_of(content.get("text") or content.get("bytes"))
        if self.closed or (self.unread > self.server.door.limits.unread and self.came):
            self.server.lose(reply, "gone client")
            if not self.closed:
                self.do(self.let_go(reply.request))
            return
        self.came.append(reply)
        if self.pump is None:
            self.pump = asyncio.get_running_loop().create_task(self.hand_out())

    async def hand_out(self) -> None:
        """Let go out what has come, until there is no more."""
        server = self.server
        try:
            while self.came and not self.closed:
                reply = self.came.popleft()
                self.unread -= size_of(reply.content.get("text") or reply.content.get("bytes"))
                bar = server.begin(reply.code, reply.message, reply.request)
                try:
                    await self.to_browser(reply)
                except ValueError as error:  # text that is none
                    server.bad(reply, f"the host of {server.name} raised {error!r}")
                server.end(bar)
        except (OSError, RuntimeError):
            # it left this instant, or its host has closed it, for a ping had no answer, and takes nothing more;
            # the end is told where frames are read
            self.closed = True
        finally:
            self.pump = None
            if self.closed:
                self.lose_rest()

    async def to_browser(self, reply: Envelope) -> None:
        """The application's yes or no to a new socket, a frame for its browser, and perhaps the close after it."""
        server, content = self.server, reply.content
        later = server.era.handshake_waits
        why = wrong_reply(content, later)
        if why:
            server.bad(reply, why)
            return
        texts = [content[key] for key in ("text", "bytes") if content.get(key)]
        if self.opening:
            if content.get("accept") or (texts and content.get("accept") is not False):
                self.line.goes("accept", reply.request)
                await self.accept(reply.request)
            elif content.get("accept") is False or content.get("close"):
                await self.close("403", reply.request, Refusal(403, ""))
                return
        for text in texts:
            self.active = server.clock()
            self.line.goes("frame", reply.request)
            await self.send({"type": "websocket.send", "text" if isinstance(text, str) else "bytes": text})
        close = content.get("close")
        if close:
            code = close if later and not isinstance(close, bool) else NORMAL
            await self.close("close", reply.request, code=code)

    # -- the end

    def look_at_clock(self, now: float) -> None:
        """A socket that has been open, or silent, for too long is closed."""
        idle = self.server.door.limits.idle
        if self.closed or self.opening:
            return
        if now - self.since > self.server.websocket_timeout:
            self.do(self.close("close", self.request))
        elif idle is not None and now - self.active > idle:
            self.do(self.close("close", self.request, code=AWAY))

    async def close(
        self, kind: str, request: int, refusal: Refusal | None = None, code: int = NORMAL
    ) -> None:
        """Close it from this end; or refuse to open it. *kind* is what the trace says the browser is told."""
        if self.closed:
            return
        self.closed = True
        self.line.goes(kind, request)
        try:
            if self.opening:
                await self.refuse(refusal or Refusal(403, ""))
            else:
                await self.send({"type": "websocket.close", "code": code})
        except (OSError, RuntimeError):  # as in hand_out
            pass
        await self.hang_up(code)

    async def let_go(self, request: int) -> None:
        """It reads nothing. What waits for it is lost, the application is told, and it has a moment to read why."""
        self.closed = True
        self.lose_rest()
        self.line.goes(str(POLICY), request)
        await self.hang_up(POLICY)
        try:
            async with asyncio.timeout(MOMENT):
                await self.send({"type": "websocket.close", "code": POLICY})
        except (TimeoutError, OSError):
            self.dropped = True
            if self.task is not None:
                self.task.cancel()

    async def hang_up(self, code: int, from_browser: bool = False) -> None:
        """It is over: listen no more, and say so, unless the server itself has given it up."""
        server = self.server
        if from_browser and not self.closed and not server.silent:
            await self.line.ready()
            message, self.request = self.line.came("close")
            server.end(server.begin(0, message, self.request))
        self.closed = True
        if not server.forget(self.channel):
            return
        if not self.opening and not server.silent:
            server.write(DISCONNECTED, self.channel, self.request, self.line.code)
        if not self.muted and not server.silent:
            await self.tell("websocket.disconnect", {"code": code} if server.era.handshake_waits else {})

    def lose_rest(self) -> None:
        """Nobody is there for what has come."""
        while self.came:
            self.server.lose(self.came.popleft(), "gone client")
        self.unread = 0

    def do(self, work: Any) -> None:
        """Let *work* be done soon."""
        task = asyncio.get_running_loop().create_task(work)
        self._doing = task  # the loop itself keeps no hold of it


def size_of(text: str | bytes | None) -> int:
    """Bytes of a frame, near enough: exact for bytes and plain ASCII, at least half of the real size for most text."""
    if isinstance(text, str):
        return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
    return len(text) if isinstance(text, bytes) else 0


def wrong_reply(content: Content, later: bool) -> str:
    """Why a reply cannot be told a browser, by the rules of 1.0 and *later* or those of 2016; "" where it can."""
    known = KEYS if later else KEYS - {"accept"}
    if not known >= content.keys():
        return f"it has the keys {sorted(content.keys() - known)}; known are {sorted(known)}"
    if later and content.get("text") and content.get("bytes"):
        return "it has both text and bytes"
    if not isinstance(content.get("text") or "", str) or not isinstance(content.get("bytes") or b"", bytes):
        return "its text has to be text, and its bytes bytes"
    return ""
