"""HostedHTTP2: an ASGI application under hypercorn, which speaks HTTP/2 beside HTTP/1.1; uvicorn does not.

It is hosted as by ``hosting.py``: in a thread of this process, on loopback, the port known from the beginning.
Without TLS, HTTP/2 is for clients that know beforehand that the server speaks it.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Any

from chansim.live.door import Limits
from chansim.live.hosting import HERE, PATIENCE, NotStarted, listening_at


class HostedHTTP2:
    """See :class:`~chansim.live.hosting.Hosted`, whose options it takes; pings have no time-out of their own here.

    Raises NotStarted where the package hypercorn is missing.
    """

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
        self._socket = listening_at(address, port)
        self.address = address
        self.port: int = self._socket.getsockname()[1]
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
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name=f"hypercorn at {self.port}", daemon=True)

    @property
    def url(self) -> str:
        """Where it is, such as ``http://127.0.0.1:8000``."""
        return f"http://{self.netloc}"

    @property
    def netloc(self) -> str:
        """The same without its scheme."""
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"

    def start(self) -> HostedHTTP2:
        """Begin to listen. Raises NotStarted with the reason where it cannot."""
        # from here on whoever connects is served as soon as the thread is ready
        self._socket.listen(100)
        self._config.bind = [f"fd://{self._socket.detach()}"]  # which hypercorn closes
        self._ready = threading.Event()
        self._thread.start()
        if not self._ready.wait(PATIENCE) or self._failure is not None:
            self.stop()
            raise NotStarted(
                f"hypercorn did not start at {self.netloc}: {self._failure or 'it says nothing'}"
            )
        return self

    def _run(self) -> None:
        from hypercorn.asyncio import serve

        async def host() -> None:
            self._loop = asyncio.get_running_loop()
            self._loop.call_soon(self._ready.set)
            await serve(self._application, self._config, shutdown_trigger=self._stopping.wait)

        try:
            asyncio.run(host())
        except BaseException as error:
            self._failure = error
        finally:
            self._ready.set()

    def stop(self) -> None:
        """Listen no more, and close every connection."""
        if self._loop is not None and self._thread.is_alive():
            with suppress(RuntimeError):  # it has ended this instant
                self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join(PATIENCE)
        self._socket.close()

    kill = stop

    def __enter__(self) -> HostedHTTP2:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.stop()
