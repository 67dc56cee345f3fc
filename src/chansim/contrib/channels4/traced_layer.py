"""TracedLayer: a Channels 4 layer around another one, which writes down what is sent and received through it."""

from __future__ import annotations

import atexit
import os
from typing import Any

from channels.exceptions import ChannelFull
from channels.layers import BaseChannelLayer
from django.utils.module_loading import import_string

from chansim.contrib.channels4.connection import CONSUMERS, CURRENT, LAYER, Connection, Log
from chansim.trace import JOINED, LEFT, LOST, RECEIVED, SENT

TAG = "__chansim__"
"""The key under which a message carries its number and its request. Consumers do not see it."""

ELSEWHERE = "another process"


class TracedLayer(BaseChannelLayer):  # type: ignore[misc]
    """All that the *inner* layer does, written to the file *trace* when the process ends, or on :meth:`save`.

    *inner*: a BACKEND and its CONFIG, as in CHANNEL_LAYERS; the in-memory layer if left out. *trace*: a path, in which
    ``{pid}`` is the process's number: each process writes its own.

    What is sent belongs to the request or frame that the code has in hand, where TracedApplication knows it; else each
    call is a request of its own. A group send is as many messages as it has receivers. A consumer has a message in hand
    until it asks for the next. What this process sends and receives is written down. A message from another process is
    sent, in the trace, when it is received. A group's members are those that were added in this process. That a message
    expired in the inner layer, or that a full member missed it, is not told to anybody: it waits, in the trace, for
    ever.
    """

    def __init__(
        self, inner: dict[str, Any] | None = None, trace: str = "channels-{pid}.trace", **options: Any
    ):
        config = inner or {"BACKEND": "channels.layers.InMemoryChannelLayer"}
        self.inner: Any = import_string(config["BACKEND"])(**config.get("CONFIG", {}), **options)
        self.path = trace.format(pid=os.getpid())
        self.log = Log()
        self._groups: dict[str, dict[str, None]] = {}
        #: a group message's number and a member -> the copy's number
        self._copies: dict[tuple[int, str], int] = {}
        self._readers: dict[str, Connection] = {}  # of channels whose clients nobody knows
        self._own = os.getpid()
        self.extensions = self.inner.extensions
        atexit.register(self.save)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["inner"], name)

    def _row(self, event: int, channel: str, message: int = 0, request: int = 0, detail: str = "") -> None:
        """A row about what the code does that runs now."""
        current = CURRENT.get()
        self.log.row(event, current.lane if current else CONSUMERS, channel, message, request, detail)

    def _number(self) -> tuple[int, int]:
        """The number of a new message, and of the request that it belongs to."""
        current, message = CURRENT.get(), self.log.recorder.new_message()
        return message, (current and current.request) or message

    async def send(self, channel: str, message: dict[str, Any]) -> None:
        """See the inner layer's."""
        number, request = self._number()
        self._row(SENT, channel, number, request)
        try:
            await self.inner.send(channel, {**message, TAG: [self._own, number, request]})
        except ChannelFull:
            self._row(LOST, channel, number, request, "full")
            raise

    async def receive(self, channel: str) -> dict[str, Any]:
        """See the inner layer's."""
        reader = CURRENT.get() or self._reader(channel)
        reader.asked(LAYER)
        try:
            found: dict[str, Any] = await self.inner.receive(channel)
        except BaseException:  # the consumer is done: nobody reads this channel any more
            if self._readers.pop(channel, None) is not None:
                reader.end()
            raise
        message = dict(found)  # channels_redis gives all members of this process the same one
        owner, number, request = message.pop(TAG, (None, 0, 0))
        known = number if owner == self._own else 0
        known = self._copies.pop((known, channel), known)
        if not known:
            known = request = self.log.recorder.new_message()
            self.log.row(SENT, ELSEWHERE, channel, known, request)
        self.log.row(RECEIVED, reader.lane, channel, known, request)
        reader.came(LAYER, channel, known, request, str(message.get("type", "")))
        return message

    def _reader(self, channel: str) -> Connection:
        reader = self._readers.get(channel)
        if reader is None:
            reader = self._readers[channel] = Connection(self.log)
        return reader

    async def new_channel(self, prefix: str = "specific.") -> str:
        """See the inner layer's."""
        name = str(await self.inner.new_channel(prefix))
        current = CURRENT.get()
        if current is not None:
            current.channel = name
        return name

    async def group_add(self, group: str, channel: str) -> None:
        """See the inner layer's."""
        await self.inner.group_add(group, channel)
        members = self._groups.setdefault(group, {})
        if channel not in members:
            members[channel] = None
            self._row(JOINED, channel, detail=group)

    async def group_discard(self, group: str, channel: str) -> None:
        """See the inner layer's."""
        await self.inner.group_discard(group, channel)
        if channel in self._groups.get(group, ()):
            del self._groups[group][channel]
            self._row(LEFT, channel, detail=group)

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        """See the inner layer's. Each member's copy is a message."""
        number, request = self._number()
        for channel in self._groups.get(group, ()):
            copy = self._copies[number, channel] = self.log.recorder.new_message()
            self._row(SENT, channel, copy, request)
        await self.inner.group_send(group, {**message, TAG: [self._own, number, request]})

    async def flush(self) -> None:
        """See the inner layer's."""
        await self.inner.flush()
        self._groups.clear()

    async def close(self) -> None:
        """See the inner layer's; and save."""
        self.save()
        if hasattr(self.inner, "close"):
            await self.inner.close()

    def save(self) -> None:
        """Write the trace, as far as it has come."""
        self.log.recorder.finish(self.log.now()).save(self.path)
