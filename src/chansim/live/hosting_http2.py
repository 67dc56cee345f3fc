"""HostedHTTP2: an ASGI application under hypercorn, which speaks HTTP/2 beside HTTP/1.1; uvicorn does not.

It is hosted as by ``hosting.py``: in a thread of this process, on loopback, the port known from the beginning.
Without TLS, HTTP/2 is for clients that know beforehand that the server speaks it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Self

from chansim.live.door import Limits
from chansim.live.hosting import HERE, PATIENCE, Host, NotStarted


class HostedHTTP2(Host):
    """See :class:`~chansim.live.hosting.Hosted`, whose options it takes; pings have no time-out of their own here.

    Raises NotStarted where the package hypercorn is missing.
    """

    name = "hypercorn"

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
        try:
            from hypercorn.config import Config
        except ImportError:
            raise NotStarted("HTTP/2 is served with the package hypercorn, and it is not installed") from None
        limits = limits or Limits()
        self._application = application
        super().__init__(address, port)
        self._config = Config()
        self._config.include_server_header = False
        self._config.errorlog = None
        self._config.graceful_timeout = 0.5
        self._config.websocket_max_message_size = limits.frame
        self._config.websocket_ping_interval = ping_interval
        self._config.h11_max_incomplete_size = 2 * limits.headers
        self._config.h2_max_header_list_size = 2 * limits.headers
        self._stopping = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self) -> Self:
        """See Host.start."""
        # from here on whoever connects is served as soon as the thread is ready
        self._socket.listen(100)
        self._config.bind = [f"fd://{self._socket.detach()}"]  # which hypercorn closes
        return super().start()

    async def _serve(self) -> None:
        from hypercorn.asyncio import serve

        self._loop = asyncio.get_running_loop()
        self._loop.call_soon(self._begun.set)
        await serve(self._application, self._config, shutdown_trigger=self._stopping.wait)

    def stop(self) -> None:
        """Listen no more, and close every connection."""
        if self._loop is not None and self._thread.is_alive():
            with suppress(RuntimeError):  # it has ended this instant
                self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join(PATIENCE)
        self._socket.close()
