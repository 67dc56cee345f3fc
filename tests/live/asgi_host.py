"""A host for ASGI applications that lives in a test: what it is told, it keeps; what a client does, the test says."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from chansim.live.asgi import ASGIInterfaceServer

HEADERS = [(b"host", b"127.0.0.1:8000"), (b"accept", b"*/*")]


class Connection:
    """One connection to *application*; use it in an event loop."""

    def __init__(self, application: ASGIInterfaceServer, kind: str = "http", **scope: Any):
        self.heard: list[dict[str, Any]] = []
        self.slow = asyncio.Event()
        self.slow.set()  #: cleared: the client reads nothing
        self.closed_by_host = False  #: as uvicorn at a ping without an answer: it takes nothing more
        self._events: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._news = asyncio.Event()
        described = {
            "type": kind,
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http" if kind == "http" else "ws",
            "path": "/",
            "query_string": b"",
            "root_path": "",
            "headers": HEADERS,
            "client": ("127.0.0.1", 50000),
            "server": ("127.0.0.1", 8000),
            "extensions": {"websocket.http.response": {}} if kind == "websocket" else {},
            **scope,
        }
        self.task = asyncio.get_running_loop().create_task(
            application(described, self._events.get, self._hear)
        )

    async def _hear(self, event: Any) -> None:
        await self.slow.wait()
        if self.closed_by_host:
            raise RuntimeError(f"Unexpected ASGI message '{event['type']}', after sending 'websocket.close'.")
        self.heard.append(event)
        self._news.set()

    def does(self, kind: str, **about: Any) -> None:
        """The client does something."""
        self._events.put_nowait({"type": kind, **about})

    async def until(self, true: Callable[[], Any], seconds: float = 20.0) -> None:
        """Wait until something is so."""
        async with asyncio.timeout(seconds):
            while not true():
                await asyncio.sleep(0.002)

    async def told(self, number: int = 1) -> list[dict[str, Any]]:
        """What the client was told, once it is so many events."""
        await self.until(lambda: len(self.heard) >= number)
        return self.heard

    async def ends(self) -> None:
        """Wait until the application has done with it."""
        async with asyncio.timeout(20.0):
            await self.task


def get(application: ASGIInterfaceServer, path: str = "/", body: bytes = b"", **scope: Any) -> Connection:
    """A request that is there at once."""
    connection = Connection(application, path=path, **scope)
    connection.does("http.request", body=body, more_body=False)
    return connection


def socket(application: ASGIInterfaceServer, path: str = "/chat/", **scope: Any) -> Connection:
    """A WebSocket that is asked for."""
    connection = Connection(application, "websocket", path=path, **scope)
    connection.does("websocket.connect")
    return connection


def in_a_loop(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """Run a coroutine as a test."""

    def run(*fixtures: Any, **named: Any) -> None:
        asyncio.run(test(*fixtures, **named))  # type: ignore[arg-type]

    run.__name__, run.__doc__ = test.__name__, test.__doc__
    # what pytest looks at for fixtures and parameters
    import inspect

    run.__signature__ = inspect.signature(test)  # type: ignore[attr-defined]
    return run
