"""The layer of a run on a Redis server, and the sessions there: what the processes of its machines share."""

from __future__ import annotations

import secrets
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from chansim.channels.session_store import SessionStore
from chansim.layer.contract import ChannelFull, Content
from chansim.layer.core import Envelope, Listener
from chansim.live.engine import Access, MemoryLayerOfRun, Stopped
from chansim.live.message_bytes import packed, unpacked
from chansim.live.redis import LayerUnavailable
from chansim.live.redis_host import RedisHost
from chansim.model.component import Component
from chansim.model.timeline import Spans
from chansim.model.world import Behaviour

if TYPE_CHECKING:
    from chansim.live.engine import World

AGAIN = 0.1
"""Seconds after which a layer that gave no answer is asked again."""

KEPT = 86400.0
"""Seconds that a session is kept after it was last saved."""


class Unreachable(ChannelFull, LayerUnavailable):
    """What a component is told that sends while the layer cannot be reached: it does as with a full channel."""


class RedisLayerOfRun(MemoryLayerOfRun):
    """As the in-memory layer of a run, on a Redis server."""

    def access(self, component: Component, lane: str = "") -> Access:
        """The layer as *component*, or one *lane* of it, sees it."""
        machine = self.world.scenario[self.name].machine
        out_of_reach = self.world.timeline.out_of_reach(self.name, machine, component.machine)
        return RedisAccess(self.layer, self.world, lane or component.name, out_of_reach)


class RedisAccess(Access):
    """What one component may do with it. While nobody answers, who receives waits, and who sends is told."""

    def __init__(self, layer: Any, world: World, by: str, out_of_reach: Spans = ()):
        super().__init__(layer, world, by, out_of_reach)
        del self.stop_listening  # the class has its own

    def send(self, channel: str, content: Content) -> None:
        """See Access.send. Raises Unreachable."""
        self._told(super().send, channel, content)

    give = send

    def send_group(self, group: str, content: Content) -> None:
        """See Access.send_group. Raises Unreachable."""
        self._told(super().send_group, group, content)

    def group_add(self, group: str, channel: str) -> None:
        """See Access.group_add. Raises Unreachable."""
        self._told(super().group_add, group, channel)

    def group_discard(self, group: str, channel: str) -> None:
        """See Access.group_discard. Raises Unreachable."""
        self._told(super().group_discard, group, channel)

    def offer(self, channel: str, content: Content) -> bool:
        """See Access.offer; False where nobody answers."""
        try:
            return super().offer(channel, content)
        except LayerUnavailable:
            return False

    def _told(self, call: Any, *arguments: Any) -> None:
        try:
            call(*arguments)
        except LayerUnavailable as error:
            if self.world.stop.is_set():  # the run is over
                raise Stopped from None
            raise Unreachable(str(error)) from error

    def receive_many(self, channels: tuple[str, ...], patience: float | None = None) -> Behaviour:
        """See Access.receive_many."""
        until = None if patience is None else self.world.now + patience
        while True:
            left = None if until is None else max(until - self.world.now, 0.0)
            try:
                envelope = yield from super().receive_many(channels, left)
                return envelope
            except LayerUnavailable:
                if until is not None and self.world.now >= until:
                    return None
                yield AGAIN

    def receive_at_once(self, channels: Any) -> Envelope | None:
        """See Access.receive_at_once; None where nobody answers."""
        try:
            return super().receive_at_once(channels)
        except LayerUnavailable:
            return None

    def look(self, listener: Listener) -> Behaviour:
        """See Access.look; None where nobody answers."""
        try:
            envelope = yield from super().look(listener)
            return envelope
        except LayerUnavailable:
            if self.world.stop.is_set():
                raise Stopped from None
            return None

    def listen(self, listener: Listener, channel: str, loop: object = None) -> None:
        """See Access.listen. Where nobody answers, the layer says so to the server when it is there again."""
        with suppress(LayerUnavailable):
            super().listen(listener, channel, loop)

    def stop_listening(self, channel: str) -> None:
        """See Access.stop_listening."""
        with suppress(LayerUnavailable):
            self.layer.stop_listening(channel)


class RedisSessions(SessionStore):
    """Sessions on a Redis server, as they were in a database: shared by all machines.

    They hold what a message may hold. Raises ValueError, in words, for anything else.
    """

    def __init__(self, host: RedisHost):
        super().__init__()
        self._host = host

    def new_key(self) -> str:
        """An unused session key of 32 letters and digits."""
        return secrets.token_hex(16)

    def load(self, key: str) -> dict[str, Any] | None:
        """What the session under *key* holds, or None where there is none."""
        kept = self._host.get(f"session:{key}")
        return None if kept is None else unpacked(kept)

    def create(self, key: str) -> None:
        """Keep an empty session under *key*, unless there is one."""
        self._host.put(f"session:{key}", packed({}), KEPT, only_if_new=True)

    def save(self, key: str, content: dict[str, Any]) -> None:
        """Keep *content* under *key*, in place of what was there."""
        try:
            data = packed(content)
        except TypeError as error:
            raise ValueError(
                f"a session that machines share holds what a message may hold: {error}"
            ) from None
        self._host.put(f"session:{key}", data, KEPT)

    def delete(self, key: str) -> None:
        """Forget the session under *key*, if there is one."""
        self._host.delete(f"session:{key}")

    def __contains__(self, key: object) -> bool:
        return self.load(str(key)) is not None
