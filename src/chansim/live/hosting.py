"""Hosting: an ASGI application under uvicorn, in a thread of this process, on loopback unless told otherwise.

The port is bound before anything else happens: it is known, and what connects from then on is served. Nothing is left
behind: when ``stop`` returns, the port is free and the thread has ended.
"""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Any, ClassVar, Self

from chansim.live.door import Limits

HERE = "127.0.0.1"
"""Loopback: this machine, and nobody else."""

PATIENCE = 10.0
"""Seconds that a server is given to start, and to stop."""


class NotStarted(RuntimeError):
    """A server did not come up; the message says why."""


def listening_at(address: str, port: int) -> socket.socket:
    """A socket that is bound to that port, or to a free one for 0. Raises NotStarted where it cannot be had."""
    if not address:  # to bind() that means every network there is
        raise NotStarted("nothing can listen at '': give an address, such as 127.0.0.1")
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    # said to be TCP: asyncio turns Nagle's algorithm off for no other, and it costs 40 ms a response
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((address, port))
    except (OSError, ValueError) as error:  # ValueError: what no name can be
        bound.close()
        why = getattr(error, "strerror", None) or error
        raise NotStarted(f"nothing can listen at {address}:{port}: {why}") from None
    return bound


class Host:
    """A server of this process, from the call of :meth:`start`, or the beginning of a ``with``, to that of
    :meth:`stop`, or its end. *address* and *port* as Hosted's. Raises NotStarted where that cannot be had.
    """

    name: ClassVar[str]  #: what the server is called

    def __init__(self, address: str, port: int):
        self._socket = listening_at(address, port)
        self.address = address
        self.port: int = self._socket.getsockname()[1]
        self._begun = threading.Event()  #: it serves, or it failed
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name=f"{self.name} at {self.port}", daemon=True)

    @property
    def url(self) -> str:
        """Where it is, such as ``http://127.0.0.1:8000``."""
        return f"http://{self.netloc}"

    @property
    def netloc(self) -> str:
        """The same without its scheme."""
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"

    def start(self) -> Self:
        """Begin to listen. Raises NotStarted with the reason where it cannot."""
        self._thread.start()
        if not self._begun.wait(PATIENCE) or self._failure is not None:
            self.stop()
            why = self._failure or "it says nothing"
            raise NotStarted(f"{self.name} did not start at {self.netloc}: {why}")
        return self

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:
            self._failure = error
        finally:
            self._begun.set()
            self._socket.close()

    async def _serve(self) -> None:
        """Serve, until told to stop; say when it has begun."""
        raise NotImplementedError

    def stop(self) -> None:
        """Listen no more, and close every connection."""
        raise NotImplementedError

    def kill(self) -> None:
        """End at once."""
        self.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.stop()


class Hosted(Host):
    """*application* at ``url``, under uvicorn.

    *address*: where it listens; any but loopback lets others in, who then are the application's to check. *port*: 0
    for a free one. *limits* are told the host, which is the first to meet what is too large. *ping_interval*: a
    WebSocket is pinged so often, seconds; *ping_timeout*: and closed when it is silent for so long, None for never.
    """

    name = "uvicorn"

    def __init__(
        self,
        application: Callable[..., Any],
        *,
        address: str = HERE,
        port: int = 0,
        limits: Limits | None = None,
        ping_interval: float = 20.0,
        ping_timeout: float | None = None,
    ):
        import uvicorn

        super().__init__(address, port)
        limits = limits or Limits()
        self._headers_time = limits.headers_time
        config = uvicorn.Config(
            application,
            log_config=None,
            access_log=False,
            lifespan="on",
            server_header=False,
            proxy_headers=False,  # who a client is, it does not say itself
            ws_max_size=limits.frame,
            ws_ping_interval=ping_interval,
            ws_ping_timeout=ping_timeout,
            ws_per_message_deflate=False,  # a window for each of thousands of sockets, and bombs
            h11_max_incomplete_event_size=2 * limits.headers,
            limit_concurrency=limits.connections + 1,  # who is one too many is told so by the application
            timeout_graceful_shutdown=2,
        )
        self._server = uvicorn.Server(config)
        self.loop: asyncio.AbstractEventLoop | None = None

    async def _serve(self) -> None:
        self.loop = asyncio.get_running_loop()
        tasks = [
            asyncio.create_task(self._tell_when_started()),
            asyncio.create_task(self._cut_off_the_silent()),
        ]
        try:
            await self._server.serve(sockets=[self._socket])
        finally:
            for task in tasks:
                task.cancel()

    async def _tell_when_started(self) -> None:
        while not self._server.started:
            await asyncio.sleep(0.002)
        self._begun.set()

    async def _cut_off_the_silent(self) -> None:
        """Close connections that have been open for too long without a whole request: uvicorn waits for ever."""
        since: dict[Any, float] = {}
        while True:
            await asyncio.sleep(min(1.0, self._headers_time / 4))
            now = time.monotonic()
            asking = {
                each
                for each in self._server.server_state.connections
                if hasattr(each, "cycle") and (each.cycle is None or each.cycle.response_complete)
            }
            since = {each: since.get(each, now) for each in asking}
            for each, began in since.items():
                if now - began > self._headers_time and isinstance(each.transport, asyncio.WriteTransport):
                    each.transport.abort()

    def stop(self) -> None:
        """Listen no more, and close every connection: WebSockets with 1012, responses when they are complete, or
        after two seconds."""
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(PATIENCE)
        self._socket.close()

    def kill(self) -> None:
        """End at once: every connection breaks where it is."""

        def abort() -> None:
            for connection in list(self._server.server_state.connections):
                transport = connection.transport
                if isinstance(transport, asyncio.WriteTransport):
                    transport.abort()
            self._server.should_exit = self._server.force_exit = True

        if self.loop is not None and self._thread.is_alive():
            with suppress(RuntimeError):  # it has ended this instant
                self.loop.call_soon_threadsafe(abort)
        self.stop()
