"""InMemoryLayer: LayerCore, a lock and the wall clock. A real channel layer, within one process.

No rule is in this file: the core decides. The lock is never held while
application code runs.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from random import Random

from chansim.layer.contract import ChannelFull, Content, MessageTooLarge
from chansim.layer.core import Envelope, LayerCore, Listener
from chansim.layer.eras import era_called
from chansim.trace import Recorder


class InMemoryLayer:
    """A thread-safe channel layer.

    *expiry* and *group_expiry* in seconds; *capacity* in messages a channel, by
    default the *era*'s (10 in June 2016); *channel_capacity*: other numbers for
    channels whose name matches a glob pattern. *clock*, *random*, *recorder*
    and *name* are for runs that are traced.
    """

    ChannelFull = ChannelFull
    MessageTooLarge = MessageTooLarge
    extensions = ("groups", "flush")

    def __init__(
        self,
        expiry: float = 60.0,
        group_expiry: float = 86400.0,
        capacity: int | None = None,
        channel_capacity: Mapping[str, int] | None = None,
        era: str = "june2016",
        *,
        clock: Callable[[], float] = time.monotonic,
        random: Random | None = None,
        recorder: Recorder | None = None,
        name: str = "layer",
    ):
        self._core = LayerCore(
            capacity=era_called(era).memory_capacity if capacity is None else capacity,
            expiry=expiry,
            group_expiry=group_expiry,
            channel_capacity=channel_capacity,
            random=random,
            recorder=recorder,
            name=name,
        )
        self._clock = clock
        self._changed = threading.Condition()
        self._closed = False

    def send(self, channel: str, content: Content, *, by: str = "", request: int = 0) -> None:
        """Put a message at the end of *channel*. Raises ChannelFull."""
        with self._changed:
            self._core.send(channel, content, self._clock(), by, request)
            self._changed.notify_all()

    def offer(self, channel: str, content: Content, *, by: str = "", request: int = 0) -> bool:
        """As send, but where the channel is full, False: nothing is lost, and it may be tried again."""
        with self._changed:
            if not self._core.has_room(channel, self._clock()):
                return False
            self._core.send(channel, content, self._clock(), by, request)
            self._changed.notify_all()
            return True

    def receive_many(
        self, channels: Iterable[str], block: bool = False, timeout: float | None = None
    ) -> tuple[str, Content] | tuple[None, None]:
        """The next message of one of *channels* with that channel's name, or ``(None, None)``.

        With *block* it waits for one, for *timeout* seconds at most if that is given.
        """
        envelope = self.take(tuple(channels), block, timeout)
        return (None, None) if envelope is None else (envelope.channel, envelope.content)

    def take(
        self, channels: tuple[str, ...], block: bool = False, timeout: float | None = None, by: str = ""
    ) -> Envelope | None:
        """As receive_many, but with the message's envelope, and in the name of *by*."""
        until = None if timeout is None else time.monotonic() + timeout
        with self._changed:
            while True:
                envelope = self._core.receive_many(channels, self._clock(), by)
                left = None if until is None else until - time.monotonic()
                if (
                    envelope is not None
                    or not block
                    or not channels
                    or self._closed
                    or (left is not None and left <= 0)
                ):
                    return envelope
                self._changed.wait(left)

    def listen(self, listener: Listener, channel: str) -> None:
        """From now on *listener* reads *channel*."""
        with self._changed:
            self._core.listen(listener, channel)

    def stop_listening(self, channel: str) -> None:
        """From now on nobody reads *channel*."""
        with self._changed:
            self._core.stop_listening(channel)

    def take_for(self, listener: Listener, by: str = "") -> Envelope | None:
        """The next message for *listener*, if there is one."""
        with self._changed:
            return self._core.receive_for(listener, self._clock(), by)

    def new_channel(self, pattern: str) -> str:
        """An unused channel name: *pattern*, which ends in ``!`` or ``?``, and random letters."""
        with self._changed:
            return self._core.new_channel(pattern)

    def group_add(self, group: str, channel: str, *, by: str = "", request: int = 0) -> None:
        """Make *channel* a member of *group*, or refresh its membership."""
        with self._changed:
            self._core.group_add(group, channel, self._clock(), by, request)

    def group_discard(self, group: str, channel: str, *, by: str = "", request: int = 0) -> None:
        """End the membership, if there is one."""
        with self._changed:
            self._core.group_discard(group, channel, self._clock(), by, request)

    def group_channels(self, group: str) -> list[str]:
        """The members of *group*."""
        with self._changed:
            return self._core.group_channels(group, self._clock())

    def send_group(self, group: str, content: Content, *, by: str = "", request: int = 0) -> int:
        """Send to each member; how many copies found room. A full member misses it."""
        with self._changed:
            envelopes = self._core.send_group(group, content, self._clock(), by, request)
            self._changed.notify_all()
            return len(envelopes)

    def flush(self) -> None:
        """Forget all messages and all groups."""
        with self._changed:
            self._core.flush(self._clock())

    def sweep(self) -> None:
        """Drop what has expired; only the books need this."""
        with self._changed:
            self._core.sweep(self._clock())

    def close(self) -> None:
        """Let nobody wait any more: a blocking receive returns at once."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
