"""Exchange: one HTTP request and its response, at a real interface server."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from chansim.channels.wsgi import CHUNK
from chansim.layer.contract import ChannelFull, Content
from chansim.layer.core import Envelope
from chansim.live.door import Refusal

if TYPE_CHECKING:
    from chansim.live.asgi import ASGIInterfaceServer, Receive, Scope, Send
    from chansim.live.wire import Line

GONE, LATE, TOO_MUCH = "gone", "late", "too much"
"""What may come in place of a reply: the client has left; nobody has answered; the client does not read."""

FULL = Refusal(503, "Request queue full.")
NO_ANSWER = Refusal(503, "Worker server failed to respond within time limit.")
TOO_LARGE = Refusal(413, "The request's body is too large.")
TOO_SLOW = Refusal(408, "The request's body did not come in time.")
NO_LAYER = Refusal(503, "The channel layer cannot be reached.")
NOBODY = Refusal(0, "")  #: the client itself has left


class Exchange:
    """One request. It is refused, or its message sent, and then its replies are told the client as they come."""

    def __init__(self, server: ASGIInterfaceServer, scope: Scope, receive: Receive, send: Send):
        self.server = server
        self.scope = scope
        self.receive = receive
        self.send = send
        self.came: deque[Envelope | str] = deque()
        self.unread = 0  # bytes of it
        self.waiter: asyncio.Future[None] | None = None
        self.channel = ""
        self.line: Line | None = None
        self.answering = False  # the response has begun
        self.since = server.clock()

    async def run(self) -> None:
        """From its first byte to the last of the response."""
        server, scope = self.server, self.scope
        refusal = server.door.refusal(scope, server.open)
        if refusal is not None:
            await self.refuse(refusal)
            return
        server.open += 1
        try:
            body = await self.read_body()
            if isinstance(body, Refusal):
                await self.refuse(body)
                return
            line = self.line = server.wire.line(scope)
            await line.ready()
            message, self.request = line.came("request")
            bar = server.begin(0, message, self.request)
            refusal = await self.ask(body)
            server.end(bar)
            if refusal is None:
                refusal = await self.answer()
            if refusal is not None:
                if refusal.status:
                    line.goes("dropped" if self.answering else str(refusal.status), self.request)
                await self.refuse(refusal)
        finally:
            server.open -= 1
            if self.line is not None:
                self.line.over()
            if self.channel and server.forget(self.channel):
                await self.tell_http_disconnect()

    async def refuse(self, refusal: Refusal) -> None:
        """Answer in place of the application. A response that has begun is broken off: the host sees to it."""
        if self.answering or not refusal.status:
            return
        words = refusal.words.encode()
        headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"%d" % len(words))]
        await self.send({"type": "http.response.start", "status": refusal.status, "headers": headers})
        await self.send({"type": "http.response.body", "body": words})

    # -- the request

    async def read_body(self) -> bytes | Refusal:
        """All of it: only a request that is complete takes a worker, however slowly it came."""
        limits = self.server.door.limits
        for name, value in self.scope["headers"]:
            if name.lower() == b"content-length" and value.isdigit() and int(value) > limits.body:
                return TOO_LARGE
        event = await self.receive()
        if event["type"] == "http.disconnect":
            return NOBODY
        body: bytes = event.get("body", b"")
        if not event.get("more_body"):
            return body if len(body) <= limits.body else TOO_LARGE
        try:
            async with asyncio.timeout(limits.body_time):
                return await self.read_rest(body, limits.body)
        except TimeoutError:
            return TOO_SLOW

    async def read_rest(self, first: bytes, most: int) -> bytes | Refusal:
        """The body that begins with *first*."""
        body, more = bytearray(first), True
        while more:
            event = await self.receive()
            if event["type"] == "http.disconnect":
                return NOBODY
            body += event.get("body", b"")
            more = event.get("more_body", False)
            if len(body) > most:
                return TOO_LARGE
        return bytes(body)

    async def ask(self, body: bytes) -> Refusal | None:
        """Send the request's message; why it cannot be sent, if so."""
        server, scope = self.server, self.scope
        try:
            self.channel = await server.new_reply_channel("http.response!", self)
            content: Content = {
                "reply_channel": self.channel,
                "http_version": scope["http_version"],
                "method": scope["method"].upper(),
                "scheme": scope.get("scheme", "http"),
                "path": scope["path"],
                "query_string": scope.get("query_string", b""),
                "root_path": scope.get("root_path", ""),
                **about(scope),
                "body": body[:CHUNK],
            }
            if len(body) > CHUNK and not await self.send_parts(body, content):
                return TOO_LARGE
            await server.replies.send("http.request", content, self.request)
        except ChannelFull:
            return FULL
        except Exception as error:
            server.report(f"{server.name}: a request could not be sent to the layer: {error!r}")
            return NO_LAYER
        return None

    async def send_parts(self, body: bytes, content: Content) -> bool:
        """Send what follows the first part of *body*; whether its channel holds so much.

        It is there before the message that names it, for a consumer does not wait for it; so the channel's capacity
        limits the body as well.
        """
        server = self.server
        channel = content["body_channel"] = await server.replies.new_channel("http.request.body?")
        for start in range(CHUNK, len(body), CHUNK):
            more = start + CHUNK < len(body)
            part = {"content": body[start : start + CHUNK], "closed": False, "more_content": more}
            try:
                await server.replies.send(channel, part, self.request)
            except ChannelFull:
                return False
        return True

    # -- the response

    def put(self, reply: Envelope | str) -> None:
        """A reply has come, or what comes in place of one."""
        if isinstance(reply, Envelope):
            self.unread += len(reply.content.get("content") or b"")
            if self.unread > self.server.door.limits.unread and self.came:
                self.server.lose(reply, "gone client")
                reply = TOO_MUCH
        self.came.append(reply)
        if self.waiter is not None and not self.waiter.done():
            self.waiter.set_result(None)

    def look_at_clock(self, now: float) -> None:
        """Too long without an answer, or without the next part of it, is too long."""
        if now - self.since > self.server.http_timeout:
            self.put(LATE)

    async def next(self) -> Envelope | str:
        """The next of what comes."""
        while not self.came:
            self.waiter = asyncio.get_running_loop().create_future()
            await self.waiter
        reply = self.came.popleft()
        if isinstance(reply, Envelope):
            self.unread -= len(reply.content.get("content") or b"")
        return reply

    async def answer(self) -> Refusal | None:
        """Tell the client what the application answers; what it is told instead, if it does not."""
        server, line = self.server, self.line
        assert line is not None
        watch = asyncio.get_running_loop().create_task(self.watch())
        try:
            while True:
                reply = await self.next()
                if reply is GONE and server.silent:
                    return NOBODY
                if reply is GONE:
                    await line.ready()
                    message, request = line.came("gave up")
                    server.end(server.begin(0, message, request))
                    return NOBODY
                if not isinstance(reply, Envelope):
                    return NO_ANSWER
                self.since = server.clock()
                bar = server.begin(reply.code, reply.message, reply.request)
                over = await self.to_browser(reply, line)
                server.end(bar)
                if over:
                    return None
        finally:
            watch.cancel()
            for left in self.came:
                if isinstance(left, Envelope):
                    server.lose(left, "gone client")
            self.came.clear()

    async def watch(self) -> None:
        """Notice that the client has left."""
        while True:
            event = await self.receive()
            if event["type"] == "http.disconnect":
                self.put(GONE)
                return

    async def to_browser(self, reply: Envelope, line: Line) -> bool:
        """A part of the response, or all of it; whether it is over."""
        server, content = self.server, reply.content
        if "request" in content and server.drops_pushes and not self.answering:
            server.lose(reply, "no push")
            return False
        why = self.what_is_wrong(content)
        if why:
            server.bad(reply, why)
            return False
        more = bool(content.get("more_content", False))
        if "status" in content:
            self.status = str(content["status"])
        line.goes("part" if more else self.status, reply.request)
        if not more:
            server.forget(self.channel)
        try:
            async with asyncio.timeout(server.http_timeout):
                if not self.answering:
                    self.answering = True
                    headers = [(_bytes(name), _bytes(value)) for name, value in content.get("headers", ())]
                    start = {"type": "http.response.start", "status": content["status"], "headers": headers}
                    await self.send(start)
                body = content.get("content", b"")
                await self.send({"type": "http.response.body", "body": body, "more_body": more})
        except (
            OSError
        ):  # the client left this instant, or has not read for as long as one may wait: broken off
            return True
        except Exception as error:
            server.bad(reply, f"the host of {server.name} raised {error!r}")
            return True
        if not more:
            await self.tell_http_disconnect()
        return not more

    def what_is_wrong(self, content: Content) -> str:
        """Why a reply cannot be told the client; "" where it can."""
        if ("status" in content) == self.answering:
            return "it has a second status" if self.answering else "it is the first, and has no status"
        status, body = content.get("status", 200), content.get("content", b"")
        if isinstance(status, bool) or not isinstance(status, int) or not 100 <= status <= 999:
            return f"its status={status!r} is no status of HTTP"
        if not isinstance(body, bytes):
            return f"its content is {type(body).__name__}, not bytes"
        return wrong_headers(content.get("headers", ()))

    async def tell_http_disconnect(self) -> None:
        """Say that a request is over, to whoever may want to know."""
        server = self.server
        if server.http_disconnect:
            content: Content = {"reply_channel": self.channel}
            if server.era.handshake_waits:  # since August 2016
                content["path"] = self.scope["path"]
            try:
                await server.replies.send("http.disconnect", content, self.request)
            except Exception:  # full, or out of reach: Daphne gave it up too
                return


def about(scope: Scope) -> Content:
    """What a message says of the client. Headers with ``_`` are dropped, as Daphne did: to a view, ``a_b`` and
    ``a-b`` are one."""
    client, host = scope.get("client"), scope.get("server")
    return {
        "headers": [[name.lower(), value] for name, value in scope["headers"] if b"_" not in name],
        "client": list(client) if client else None,
        "server": list(host) if host else None,
    }


def wrong_headers(headers: Iterable[Any]) -> str:
    """Why *headers* are none; "" where they are some."""
    try:
        for name, value in headers:
            both = _bytes(name) + _bytes(value)
            if b"\r" in both or b"\n" in both or b"\0" in both:
                return f"its header {name!r} has a line break in it"
    except (TypeError, ValueError, UnicodeEncodeError):
        return f"its headers {headers!r} are not pairs of bytes"
    return ""


def _bytes(value: bytes | str) -> bytes:
    if isinstance(value, str):
        return value.encode("latin-1")
    if not isinstance(value, bytes):
        raise TypeError
    return value
