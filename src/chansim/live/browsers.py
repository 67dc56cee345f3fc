"""Browsers: the clients' end of real sockets, for all clients of a run, in one event loop in a thread of its own.

HTTP by httpx, WebSockets by the library websockets. What a client does comes as a Parcel from whoever describes that
population; what it is answered goes back as one. Each request has a connection of its own, unless the client says on
which connection it is. Nothing here waits for an answer before the next client's moment: that is reckoned elsewhere.
"""

from __future__ import annotations

import asyncio
import socket as sockets
import ssl
import threading
from collections.abc import Coroutine
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import httpx
import websockets
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin

from chansim.live.own_lines import HEADER
from chansim.model.world import Parcel, Socket

if TYPE_CHECKING:
    from chansim.live.served import ClientsLine, Served

SLOWLY = 10
"""Pieces in which a slow client reads a response."""

LINGER = 1.0
"""Seconds after which a connection that a client has kept is closed."""

NOWHERE = Origin("http://warm-up.invalid")
"""Where no page comes from."""


class Browsers:
    """All clients of a run."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="browsers", daemon=True)
        self._requests: dict[int, asyncio.Task[None]] = {}
        self._sockets: dict[Socket, BrowserSocket] = {}
        self._kept: dict[Socket, httpx.AsyncClient] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._fresh: dict[str, httpx.AsyncClient] = {}

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Close everything."""
        if self._thread.is_alive():
            asyncio.run_coroutine_threadsafe(self._close_all(), self._loop).result(10.0)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10.0)
        self._loop.close()

    async def _close_all(self) -> None:
        tasks = [*self._tasks, *self._requests.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for client in (*self._fresh.values(), *self._kept.values()):
            await client.aclose()

    def warm_up(self, url: str, headers: dict[str, str]) -> None:
        """Ask once, before anybody reckons the time: a library's first request takes a hundred times as long."""
        asyncio.run_coroutine_threadsafe(self._warm_up(url, headers), self._loop).result(30.0)

    async def _warm_up(self, url: str, headers: dict[str, str]) -> None:
        async with _new_client(httpx.Limits(), False) as client:
            await client.get(url, headers=headers)
        with suppress(websockets.InvalidHandshake, OSError):  # no server lets this page in
            async with connect(url.replace("http", "ws", 1), origin=NOWHERE, proxy=None):
                pass

    def do(self, served: Served, parcel: Parcel) -> None:
        """Let a client do what the parcel says. From any thread."""
        self._loop.call_soon_threadsafe(self._do, served, parcel)

    def _do(self, served: Served, parcel: Parcel) -> None:
        getattr(self, "_" + parcel.kind.replace(" ", "_"))(served, parcel)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    # -- HTTP

    def _request(self, served: Served, parcel: Parcel) -> None:
        task = self._loop.create_task(self._ask(served, parcel))
        self._requests[parcel.request] = task
        task.add_done_callback(lambda _: self._requests.pop(parcel.request, None))

    def _gave_up(self, served: Served, parcel: Parcel) -> None:
        served.gave_up(parcel)
        task = self._requests.get(parcel.request)
        if task is not None:
            task.cancel()

    async def _ask(self, served: Served, parcel: Parcel) -> None:
        """One request, and its response."""
        content = parcel.content
        headers = served.headers(parcel)
        url = served.url + content["path"]
        if content["query_string"]:
            url += "?" + content["query_string"].decode("latin-1")
        client = self._client(served, parcel)
        try:
            if not url.startswith("http"):
                raise httpx.ConnectError("the server is known to be gone")
            async with client.stream(
                content["method"], url, content=content["body"] or None, headers=headers
            ) as response:
                kind = str(response.status_code)
                slow = parcel.socket is not None and parcel.socket.reading
                if slow:  # who describes that client reckons its reading from the first byte
                    await served.answered(parcel, kind, b"", response.headers)
                body = b""
                async for part in response.aiter_raw():
                    body += part
                    if slow:
                        assert parcel.socket is not None
                        await asyncio.sleep(parcel.socket.reading / SLOWLY)
                    else:
                        served.part(parcel)
                if not slow:
                    await served.answered(parcel, kind, body, response.headers)
        except httpx.ConnectError:
            served.failed(parcel, "refused")
        except httpx.HTTPError:
            served.failed(parcel, "dropped")
        except asyncio.CancelledError:
            served.left(parcel)
            raise

    def _client(self, served: Served, parcel: Parcel) -> httpx.AsyncClient:
        """Who asks: a client of its own for a connection that is named, else the one that keeps no connection."""
        connection = parcel.socket
        http2 = parcel.content["http_version"] == "2"
        if connection is None or not connection.code:
            slow = connection is not None and bool(connection.reading)
            key = f"{served.url} {slow}"
            if key not in self._fresh:
                # nothing is kept, and what a slow client does not read is not taken by its kernel either
                options = [(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)] if slow else None
                self._fresh[key] = _new_client(httpx.Limits(max_keepalive_connections=0), False, options)
            return self._fresh[key]
        if connection not in self._kept:
            self._kept[connection] = _new_client(httpx.Limits(max_connections=1), http2)
            self._spawn(self._close_later(connection))
        return self._kept[connection]

    async def _close_later(self, connection: Socket) -> None:
        """Close a connection that was kept once nobody has used it for a while."""
        client = self._kept[connection]
        idle = 0
        while idle < 2:
            await asyncio.sleep(LINGER)
            busy = any(not each.is_idle() for each in client._transport._pool.connections)  # type: ignore[attr-defined]
            idle = 0 if busy else idle + 1
        del self._kept[connection]
        await client.aclose()

    # -- WebSockets

    def _connect(self, served: Served, parcel: Parcel) -> None:
        assert parcel.socket is not None
        browser = self._sockets[parcel.socket] = BrowserSocket(served, parcel)
        self._spawn(browser.run()).add_done_callback(lambda _: self._sockets.pop(browser.socket, None))

    def _frame(self, served: Served, parcel: Parcel) -> None:
        self._tell(served, parcel, parcel.content)

    def _close(self, served: Served, parcel: Parcel) -> None:
        self._tell(served, parcel, None)

    def _tell(self, served: Served, parcel: Parcel, content: str | None) -> None:
        browser = self._sockets.get(parcel.socket) if parcel.socket is not None else None
        if browser is None or browser.over:
            served.unheard(parcel)
            return
        browser.line.send(parcel.message, parcel.request, parcel.kind)
        browser.to_send.put_nowait(content)

    def _vanish(self, served: Served, parcel: Parcel) -> None:
        browser = self._sockets.get(parcel.socket) if parcel.socket is not None else None
        if browser is not None:
            browser.vanish()


def _new_client(limits: httpx.Limits, http2: bool, options: Any = None) -> httpx.AsyncClient:
    # an empty context, for there is no TLS on loopback: to fill one with the world's authorities takes long
    transport = httpx.AsyncHTTPTransport(
        verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
        limits=limits,
        http1=not http2,
        http2=http2,
        socket_options=options,
    )
    return httpx.AsyncClient(transport=transport, timeout=None, trust_env=False)


class BrowserSocket:
    """One WebSocket, from the browser's side."""

    def __init__(self, served: Served, parcel: Parcel):
        assert parcel.socket is not None
        self.served = served
        self.parcel = parcel
        self.socket = parcel.socket
        self.line: ClientsLine = served.lines.new(parcel.sender, self.socket.code)
        self.line.send(parcel.message, parcel.request, parcel.kind)
        self.to_send: asyncio.Queue[str | None] = asyncio.Queue()
        self.connection: ClientConnection | None = None
        self.over = False
        self.vanished = False

    async def run(self) -> None:
        """From the wish to connect to the end."""
        url = self.served.url.replace("http", "ws", 1) + self.parcel.content
        try:
            if not url.startswith("ws"):
                raise OSError("the server is known to be gone")
            async with connect(
                url,
                additional_headers={HEADER: self.line.name},
                compression=None,
                ping_interval=None,
                open_timeout=None,
                max_size=None,
                proxy=None,
                close_timeout=2.0,
            ) as self.connection:
                if not self.socket.is_open:  # it was asked for, and the answer is yes
                    await self.take("accept")
                sending = asyncio.create_task(self.send_all())
                try:
                    if self.vanished:
                        self.vanish()
                    async for text in self.connection:
                        await self.take("frame", text)
                finally:
                    sending.cancel()
        except websockets.InvalidStatus as refused:
            await self.take(str(refused.response.status_code))
        except websockets.ConnectionClosed:
            pass
        except (OSError, websockets.InvalidHandshake):
            if self.connection is None:
                self.served.nobody_there(self.parcel, self.line)
        finally:
            by_itself, self.over = not self.over and self.connection is not None, True
            if by_itself and not self.ended():
                await self.take("dropped")  # unless the server has said how it ended
            while self.line.back and not self.ended():
                await self.take("close")
            self.line.hang_up()
            self.served.lines.forget(self.line)

    def ended(self) -> bool:
        """Whether there is nobody who would want to know."""
        return self.vanished or self.served.world.stop.is_set()

    async def take(self, kind: str, content: Any = None) -> None:
        """Something came from the server: it said itself what it is."""
        await self.line.ready()
        self.served.tell_client(self.line, self.parcel.sender, kind, content, self.socket)

    async def send_all(self) -> None:
        """What the browser says, in its order; None is that it closes the socket."""
        assert self.connection is not None
        with suppress(websockets.ConnectionClosed):
            while True:
                text = await self.to_send.get()
                if text is None:
                    self.over = True
                    await self.connection.close(1001)
                    return
                await self.connection.send(text)

    def vanish(self) -> None:
        """The cable is pulled: nothing is read any more, nothing sent, and nobody is told."""
        self.vanished = True
        self.line.hang_up()
        if self.connection is not None:
            self.connection.transport.pause_reading()
