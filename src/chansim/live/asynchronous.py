"""AsyncioLayer: the in-memory layer for coroutines. Threads and coroutines may use the same layer side by side.

What is awaited is a message. Nothing here looks again and again: whoever waits is one future, which the thread that
sends sets, through the event loop.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable
from typing import Any

from chansim.layer.contract import ChannelFull, Content, MessageTooLarge
from chansim.layer.core import Envelope, Listener
from chansim.layer.statistics import Figures
from chansim.live.memory import InMemoryLayer, seconds_of


class AsyncioLayer:
    """An InMemoryLayer with methods to be awaited. Only the receiving ones ever wait.

    *layer*: the one to use; else one of its own is made, with *options* as InMemoryLayer's. It may be used in
    several event loops at once. A receive that is cancelled takes no message: the next receiver has it.
    """

    ChannelFull = ChannelFull
    MessageTooLarge = MessageTooLarge

    def __init__(self, layer: InMemoryLayer | None = None, **options: Any):
        if layer is not None and options:
            raise TypeError(f"AsyncioLayer takes a layer or the options of a new one, not both: {options!r}")
        self.layer = InMemoryLayer(**options) if layer is None else layer
        self.era = self.layer.era
        self.expiry = self.layer.expiry
        self.group_expiry = self.layer.group_expiry
        self.capacity = self.layer.capacity
        self.extensions = self.layer.extensions

    async def send(self, channel: str, content: Content) -> None:
        """See InMemoryLayer.send."""
        self.layer.send(channel, content)

    async def send_group(self, group: str, content: Content) -> int:
        """See InMemoryLayer.send_group."""
        return self.layer.send_group(group, content)

    async def receive_many(
        self, channels: Iterable[str], block: bool = True, timeout: float | None = None
    ) -> tuple[str, Content] | tuple[None, None]:
        """The next message of one of *channels* with that channel's name, once there is one.

        ``(None, None)`` where none came within *timeout* seconds; also at once if not *block*, for no channels at
        all, and after close(). Raises what InMemoryLayer.receive_many does.
        """
        envelope = self.layer.take(channels) if not block else await self.take(channels, timeout)
        return (None, None) if envelope is None else (envelope.channel, envelope.content)

    receive = receive_many  #: its name from November 2016 on

    async def take(
        self, wanted: Iterable[str] | Listener, timeout: float | None = None, by: str = ""
    ) -> Envelope | None:
        """As receive_many, but with the message's envelope, and in the name of *by*.

        *wanted* may be a Listener: an interface server waits once for all its clients, however many they are.
        """
        seconds = None if timeout is None else seconds_of(timeout)
        if not isinstance(wanted, (str, tuple, Listener)):
            wanted = tuple(wanted)
        layer = self.layer
        envelope = layer.take_for(wanted, by) if isinstance(wanted, Listener) else layer.take(wanted, by=by)
        if envelope is not None or seconds == 0:
            return envelope
        loop = asyncio.get_running_loop()
        until = None if seconds is None else loop.time() + seconds
        woken = loop.create_future()
        envelope, waiter = self.layer.look_or_wait(wanted, _waker(loop, woken), by)
        while waiter is not None:
            alarm = None if until is None else loop.call_at(until, _set, woken, False)
            try:
                in_time = await woken
            except BaseException:  # most likely it is cancelled
                self.layer.stop_waiting(waiter)
                raise
            finally:
                if alarm is not None:
                    alarm.cancel()
            woken = loop.create_future()
            waiter.wake = _waker(loop, woken)
            envelope, waiter = self.layer.look_again(waiter, wanted, by, in_time)
        return envelope

    async def listen(self, listener: Listener, channel: str) -> None:
        """See InMemoryLayer.listen."""
        self.layer.listen(listener, channel)

    async def stop_listening(self, channel: str) -> None:
        """See InMemoryLayer.stop_listening."""
        self.layer.stop_listening(channel)

    async def new_channel(self, pattern: str) -> str:
        """See InMemoryLayer.new_channel."""
        return self.layer.new_channel(pattern)

    async def group_add(self, group: str, channel: str) -> None:
        """See InMemoryLayer.group_add."""
        self.layer.group_add(group, channel)

    async def group_discard(self, group: str, channel: str) -> None:
        """See InMemoryLayer.group_discard."""
        self.layer.group_discard(group, channel)

    async def group_channels(self, group: str) -> list[str]:
        """See InMemoryLayer.group_channels."""
        return self.layer.group_channels(group)

    async def flush(self) -> None:
        """See InMemoryLayer.flush."""
        self.layer.flush()

    async def global_statistics(self) -> Figures:
        """See InMemoryLayer.global_statistics."""
        return self.layer.global_statistics()

    async def channel_statistics(self, channel: str) -> Figures:
        """See InMemoryLayer.channel_statistics."""
        return self.layer.channel_statistics(channel)

    async def close(self) -> None:
        """Let nobody wait any more, neither coroutines nor threads."""
        self.layer.close()


def _waker(loop: asyncio.AbstractEventLoop, woken: asyncio.Future[bool]) -> Callable[[], object]:
    """What wakes the coroutine that awaits *woken*, from whatever thread."""
    own = threading.get_ident()

    def wake() -> None:
        if threading.get_ident() == own:
            _set(woken, True)
        else:
            loop.call_soon_threadsafe(_set, woken, True)

    return wake


def _set(woken: asyncio.Future[bool], in_time: bool) -> None:
    if not woken.done():
        woken.set_result(in_time)
