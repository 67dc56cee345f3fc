"""Replies: how a server in an event loop hears what the workers answer, and how it hands over what clients ask.

One reader for all clients, however many they are. Two ways to a layer: one in this process wakes the loop; any other
is waited at by a thread, so that the loop goes on. Whatever a layer does, the loop never waits for it.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

from chansim.layer.contract import Content
from chansim.layer.core import Envelope, Listener
from chansim.live.asynchronous import AsyncioLayer
from chansim.live.memory import InMemoryLayer

AGAIN = 1.0
"""Seconds until a layer that raised an error is asked again; and until a thread looks whether it is to end."""


class Replies(Protocol):
    """A layer as a server in an event loop uses it, in the name of *by*."""

    async def listen(self, channel: str) -> None:
        """From now on replies on *channel* are read."""

    def stop_listening(self, channel: str) -> None:
        """From now on, or soon, they are not."""

    async def next(self) -> Envelope | None:
        """The next reply, once there is one; None once the layer is closed, or at any time."""

    async def send(self, channel: str, content: Content, request: int) -> None:
        """Send a message. Raises what the layer's ``send`` raises."""

    async def new_channel(self, pattern: str) -> str:
        """See ChannelLayer.new_channel."""

    def close(self) -> None:
        """Wait no more."""


def replies_of(layer: Any, by: str, pause: Callable[[], float] | None = None) -> Replies:
    """The way to *layer*. *pause*: seconds from a look that found nothing to the next, as Daphne of 2016 looked
    again and again; without it nobody looks before something is there."""
    if isinstance(layer, InMemoryLayer):
        return InThisProcess(layer, by, pause)
    return Elsewhere(layer, by)


class InThisProcess:
    """An InMemoryLayer: no call of it ever waits, and who sends wakes who receives."""

    def __init__(self, layer: InMemoryLayer, by: str, pause: Callable[[], float] | None):
        self._layer = layer
        self._by = by
        self._pause = pause
        self._take = AsyncioLayer(layer).take
        self._listener = Listener()
        self._found = False

    async def listen(self, channel: str) -> None:
        self._layer.listen(self._listener, channel)

    def stop_listening(self, channel: str) -> None:
        self._layer.stop_listening(channel)

    async def next(self) -> Envelope | None:
        if self._pause is None:
            envelope = await self._take(self._listener, None, self._by)
            if envelope is None:  # the layer is closed
                await asyncio.sleep(AGAIN)
            return envelope
        if not self._found:
            await asyncio.sleep(self._pause())
        envelope = self._layer.take_for(self._listener, self._by)
        self._found = envelope is not None
        return envelope

    async def send(self, channel: str, content: Content, request: int) -> None:
        self._layer.send(channel, content, by=self._by, request=request)

    async def new_channel(self, pattern: str) -> str:
        return self._layer.new_channel(pattern)

    def close(self) -> None:
        """Nothing waits here but the one who is cancelled."""


class Elsewhere:
    """Any other layer: a call may take its time, or fail because the layer cannot be reached.

    Calls are made in threads, of which there are few; one more waits for replies.
    """

    def __init__(self, layer: Any, by: str):
        self._layer = layer
        self._by = by
        self._listener = Listener()
        self._closed = threading.Event()
        self._loop = asyncio.get_running_loop()
        self._found: asyncio.Queue[Envelope | None] = asyncio.Queue()
        self._ending: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._wait, name=f"replies of {by}", daemon=True)
        self._thread.start()

    async def listen(self, channel: str) -> None:
        await asyncio.to_thread(self._layer.listen, self._listener, channel)

    def stop_listening(self, channel: str) -> None:
        task = self._loop.create_task(self._stop_listening(channel))
        self._ending.add(task)  # the loop itself keeps no hold of it
        task.add_done_callback(self._ending.discard)

    async def _stop_listening(self, channel: str) -> None:
        with suppress(OSError):  # it cannot be reached: what it knew of us, it will have forgotten
            await asyncio.to_thread(self._layer.stop_listening, channel)

    async def next(self) -> Envelope | None:
        return await self._found.get()

    async def send(self, channel: str, content: Content, request: int) -> None:
        await asyncio.to_thread(self._layer.send, channel, content, by=self._by, request=request)

    async def new_channel(self, pattern: str) -> str:
        return str(await asyncio.to_thread(self._layer.new_channel, pattern))

    def close(self) -> None:
        self._closed.set()

    def _wait(self) -> None:
        """The thread's work: wait at the layer, and hand over what comes."""
        while not self._closed.is_set():
            try:
                envelope = self._layer.take_for(self._listener, self._by, block=True, timeout=AGAIN)
            except (
                Exception
            ):  # most likely it cannot be reached; whoever sends is told, here it is tried again
                self._closed.wait(AGAIN)
                continue
            if envelope is not None and not self._closed.is_set():
                with suppress(RuntimeError):  # the loop is closed
                    self._loop.call_soon_threadsafe(self._found.put_nowait, envelope)
