"""LocalLayer: RedisLocalChannelLayer for real. Normal channels stay in this process's memory; replies and groups go
through Redis.

In 2016 a machine's processes shared the normal channels through the machine's memory. Here a machine is one process.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from random import Random
from typing import Any

from chansim.layer.capacity import Pattern
from chansim.layer.contract import ChannelFull, Content, MessageTooLarge
from chansim.layer.core import Envelope
from chansim.layer.eras import Era, era_called
from chansim.layer.names import one_reader
from chansim.layer.statistics import Figures
from chansim.live.memory import InMemoryLayer, seconds_of
from chansim.live.redis import LayerUnavailable, RedisLayer
from chansim.live.redis_reader import GLANCE
from chansim.trace import Recorder


class LocalLayer:
    """A thread-safe channel layer whose normal channels are this process's own; all else is on Redis.

    What is sent to a normal channel is seen by nobody on another machine: each machine that has an interface server
    needs workers for every normal channel. A normal channel in a group is written to where the sender is, so a
    membership of one counts on every machine. Statistics are those of Redis: normal channels read 0.

    *hosts* and *prefix* as RedisLayer's; all else concerns both halves. (In June 2016 the Redis half had the defaults
    whatever was said; that defect is not kept.)
    """

    ChannelFull = ChannelFull
    MessageTooLarge = MessageTooLarge
    LayerUnavailable = LayerUnavailable
    extensions = ("groups", "flush", "statistics")

    def __init__(
        self,
        hosts: Sequence[str] = ("redis://localhost:6379",),
        prefix: str = "chansim:",
        expiry: float | None = None,
        group_expiry: float | None = None,
        capacity: int | None = None,
        channel_capacity: Mapping[Pattern, int] | Mapping[str, int] | None = None,
        era: str | Era = "june2016",
        *,
        clock: Callable[[], float] | None = None,
        random: Random | None = None,
        recorder: Recorder | None = None,
        name: str = "layer",
    ):
        self.era = era_called(era)
        common: dict[str, Any] = {
            "expiry": expiry,
            "group_expiry": group_expiry,
            "capacity": self.era.shared_capacity if capacity is None else capacity,
            "channel_capacity": channel_capacity,
            "era": self.era,
            "random": random,
            "recorder": recorder,
            "name": name,
        }
        self.local = InMemoryLayer(clock=clock or time.time, **common)
        self.shared = RedisLayer(hosts, prefix, clock=clock, **common)
        # the memberships of normal channels: Redis keeps them, and has nothing to send to them
        self._normal = RedisLayer(hosts, f"{prefix}normal:", clock=clock, **common)
        self.expiry, self.group_expiry = self.shared.expiry, self.shared.group_expiry
        self.capacity = self.shared.capacity
        self.new_channel = self.shared.new_channel
        self.global_statistics: Callable[[], Figures] = self.shared.global_statistics
        self.channel_statistics: Callable[[str], Figures] = self.shared.channel_statistics

    def _half(self, channel: str) -> InMemoryLayer | RedisLayer:
        return self.shared if isinstance(channel, str) and one_reader(channel) else self.local

    def _memberships(self, channel: str) -> RedisLayer:
        return self.shared if isinstance(channel, str) and one_reader(channel) else self._normal

    # -- sending

    def send(self, channel: str, content: Content, *, by: str = "", request: int = 0) -> None:
        """Put a message at the end of *channel*. Raises as the half's that has it."""
        self._half(channel).send(channel, content, by=by, request=request)

    def offer(self, channel: str, content: Content, *, by: str = "", request: int = 0) -> bool:
        """As send, but where the channel is full, False: nothing is lost, and it may be tried again."""
        return self._half(channel).offer(channel, content, by=by, request=request)

    def send_group(self, group: str, content: Content, *, by: str = "", request: int = 0) -> int:
        """Send to each member; how many copies found room. A full member misses it."""
        copy = self.local.copy(content)
        normal = self._normal.group_channels(group)
        reached = self.shared.send_group(group, copy, by=by, request=request)
        return reached + sum(
            self.local.send_member(channel, copy, by=by, request=request) for channel in normal
        )

    def copy(self, content: Content) -> Content:
        """See InMemoryLayer.copy."""
        return self.local.copy(content)

    def resend(self, envelope: Envelope, channel: str) -> None:
        """Send a received message on to *channel*, as part of the request it belongs to. Raises ChannelFull."""
        self.send(channel, envelope.content, request=envelope.request)

    # -- receiving: the local half first, always

    def receive_many(
        self, channels: Iterable[str], block: bool = False, timeout: float | None = None
    ) -> tuple[str, Content] | tuple[None, None]:
        """See RedisLayer.receive_many. Of both kinds of names, the local ones come first."""
        envelope = self.take(channels, block, timeout)
        return (None, None) if envelope is None else (envelope.channel, envelope.content)

    receive = receive_many  #: its name from November 2016 on

    def take(
        self, channels: Iterable[str], block: bool = False, timeout: float | None = None, by: str = ""
    ) -> Envelope | None:
        """As receive_many, but with the message's envelope, and in the name of *by*."""
        if isinstance(channels, str):
            return self.local.take(channels, by=by)  # which says what is wrong
        names = tuple(channels)
        others = tuple(name for name in names if isinstance(name, str) and one_reader(name))
        normal = tuple(name for name in names if name not in others)
        if not others or not normal:
            return (self.shared if others else self.local).take(names, block, timeout, by)
        until = None if timeout is None else time.monotonic() + seconds_of(timeout)
        bell = threading.Event()
        while True:
            bell.clear()
            envelope, first = self.local.look_or_wait(normal, bell.set, by) if block else (
                self.local.take(normal, by=by), None)  # fmt: skip
            if envelope is not None:
                return envelope
            try:
                if not block:
                    return self.shared.take(others, by=by)
                envelope, second = self.shared.look_or_wait(others, bell.set, by)
                if envelope is not None:
                    return envelope
                if first is None or second is None:  # closed
                    return None
                left = GLANCE if until is None else min(max(until - time.monotonic(), 0.0), GLANCE)
                bell.wait(left)
                self.shared.stop_waiting(second)
                if until is not None and time.monotonic() >= until:
                    return self.local.take(normal, by=by) or self.shared.take(others, by=by)
            finally:
                if first is not None:
                    self.local.stop_waiting(first)

    def receive_at_once(self, channels: Sequence[str]) -> Envelope | None:
        """A message that waits in one of *channels* now, if there is one."""
        return self.take(channels)

    # -- groups

    def group_add(self, group: str, channel: str, *, by: str = "", request: int = 0) -> None:
        """Make *channel* a member of *group*, or refresh its membership."""
        self._memberships(channel).group_add(group, channel, by=by, request=request)

    def group_discard(self, group: str, channel: str, *, by: str = "", request: int = 0) -> None:
        """End the membership, if there is one."""
        self._memberships(channel).group_discard(group, channel, by=by, request=request)

    def group_channels(self, group: str) -> list[str]:
        """The members of *group*; those of each half that asked longest ago come first."""
        return [*self._normal.group_channels(group), *self.shared.group_channels(group)]

    # -- all of it

    def flush(self) -> None:
        """Forget all messages, of the normal channels those here, and all groups."""
        for part in (self.local, self.shared, self._normal):
            part.flush()

    def sweep(self) -> None:
        """Drop what has expired; only the books need this."""
        for part in (self.local, self.shared, self._normal):
            part.sweep()

    def close(self) -> None:
        """Let nobody wait any more: a blocking receive returns at once."""
        for part in (self.local, self.shared, self._normal):
            part.close()
