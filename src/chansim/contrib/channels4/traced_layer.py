"""TracedLayer: a Channels 4 layer around another one, which writes down what is sent and received through it."""

from __future__ import annotations

import atexit
import os
import time
from typing import Any

from channels.exceptions import ChannelFull
from channels.layers import BaseChannelLayer
from django.utils.module_loading import import_string

from chansim.contrib.channels4.recording import CONSUMERS
from chansim.trace import JOINED, LEFT, LOST, RECEIVED, SENT, ThreadedRecorder

TAG = "__chansim__"
"""The key under which a message carries its number. Consumers do not see it."""

ELSEWHERE = "another process"


class TracedLayer(BaseChannelLayer):  # type: ignore[misc]
    """All that the *inner* layer does, written to the file *trace* when the process ends, or on :meth:`save`.

    *inner*: a BACKEND and its CONFIG, as in CHANNEL_LAYERS; the in-memory layer if left out. *trace*: a path, in which
    ``{pid}`` is the process's number: each process writes its own.

    One call is one request, with as many messages as it has receivers. What this process sends and receives is
    written down. A message from another process is sent, in the trace, when it is received. A group's members are
    those that were added in this process. That a message expired in the inner layer, or that a full member missed it,
    is not told to anybody: it waits, in the trace, for ever.
    """

    def __init__(
        self, inner: dict[str, Any] | None = None, trace: str = "channels-{pid}.trace", **options: Any
    ):
        config = inner or {"BACKEND": "channels.layers.InMemoryChannelLayer"}
        self.inner: Any = import_string(config["BACKEND"])(**config.get("CONFIG", {}), **options)
        self.path = trace.format(pid=os.getpid())
        self._recorder = ThreadedRecorder()
        self._started = time.perf_counter()
        self._groups: dict[str, dict[str, None]] = {}
        self._copies: dict[
            tuple[int, str], int
        ] = {}  # a group message's number and a member -> the copy's number
        self._own = os.getpid()
        self.extensions = self.inner.extensions
        atexit.register(self.save)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["inner"], name)

    def _row(
        self,
        event: int,
        channel: str,
        message: int = 0,
        detail: str = "",
        by: str = CONSUMERS,
        request: int = 0,
    ) -> None:
        code = self._recorder.code
        self._recorder.write(
            time.perf_counter() - self._started,
            event,
            code(by),
            code(channel),
            message,
            request,
            code(detail),
        )

    async def send(self, channel: str, message: dict[str, Any]) -> None:
        """See the inner layer's."""
        number = self._recorder.new_message()
        self._row(SENT, channel, number, request=number)
        try:
            await self.inner.send(channel, {**message, TAG: [self._own, number]})
        except ChannelFull:
            self._row(LOST, channel, number, "full", request=number)
            raise

    async def receive(self, channel: str) -> dict[str, Any]:
        """See the inner layer's."""
        found: dict[str, Any] = await self.inner.receive(channel)
        message = dict(found)  # channels_redis gives all members of this process the same one
        owner, number = message.pop(TAG, (None, 0))
        known = number if owner == self._own else 0
        known = self._copies.pop((known, channel), known)
        if not known:
            known = self._recorder.new_message()
            number = known
            self._row(SENT, channel, known, by=ELSEWHERE, request=number)
        self._row(RECEIVED, channel, known, request=number)
        return message

    async def new_channel(self, prefix: str = "specific.") -> str:
        """See the inner layer's."""
        return str(await self.inner.new_channel(prefix))

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
        number = self._recorder.new_message()
        for channel in self._groups.get(group, ()):
            copy = self._copies[number, channel] = self._recorder.new_message()
            self._row(SENT, channel, copy, request=number)
        await self.inner.group_send(group, {**message, TAG: [self._own, number]})

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
        self._recorder.finish(time.perf_counter() - self._started).save(self.path)
