"""Access: what one component sees of a simulated layer. Its calls are in that component's name, and cost it time:
the way to the layer's machine, the layer's work, and the way back.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from chansim.layer.contract import Content
from chansim.layer.core import Envelope, Listener
from chansim.layer.statistics import Figures
from chansim.model.access import AccessOfConsumers
from chansim.model.component import Component
from chansim.model.reader import Reader, next_tick
from chansim.model.timeline import over_at
from chansim.model.world import Behaviour, Killed, Steps
from chansim.trace import LOST

if TYPE_CHECKING:
    from chansim.model.simulated_layer import SimulatedLayer


class Access(AccessOfConsumers):
    """What one component may do with a simulated layer; see LayerAccess."""

    def __init__(self, layer: SimulatedLayer, component: Component, by: str):
        super().__init__(by, layer.core.era, layer.world)
        self.layer = layer
        self.core = layer.core
        self.world = layer.world
        self.env = layer.world.env
        self.call_at = layer.world.call_at
        self.latency: float = self.world.latency(component.machine, layer.description.machine)
        self.operation = layer.description.operation
        self.out_of_reach = self.world.timeline.out_of_reach(
            layer.description.name, layer.description.machine, component.machine
        )
        # made and not yet paid for: the layer's seconds of work, its seconds per copy, the copies
        self.calls: list[tuple[float, float, Sequence[Envelope]]] = []
        self.new_channel = layer.core.new_channel
        self.copy = layer.core.copy
        self.stop_listening = layer.core.stop_listening
        # of an event loop:
        self.loop = self
        self.next_look = 0.0
        self.pause = 0.0
        self.replies_turn = True
        self.parked: list[Any] = []

    # -- calls: decided at once, paid for in settle

    def send(self, channel: str, content: Content) -> None:
        """See LayerCore.admit."""
        envelope = self.core.admit(channel, content, self.env._now, self.by, self.request)
        self.calls.append((self.operation, 0.0, (envelope,)))

    def give(self, channel: str, content: Content) -> None:
        """See LayerAccess.give."""
        envelope = self.core.admit(channel, content, self.env._now, self.by, self.request, True)
        self.calls.append((self.operation, 0.0, (envelope,)))

    def send_member(self, channel: str, copy: Content) -> bool:
        """See LayerCore.admit_member; whether there was room."""
        envelope = self.core.admit_member(channel, copy, self.env._now, self.by, self.request)
        self.calls.append((self.layer.description.per_member, 0.0, (envelope,) if envelope else ()))
        return envelope is not None

    def members_of(self, group: str) -> list[str]:
        """The members of *group*, asked for in a call of its own."""
        self.calls.append((self.operation, 0.0, ()))
        return self.group_channels(group)

    def send_group(self, group: str, content: Content) -> None:
        """See LayerCore.admit_group."""
        envelopes = self.core.admit_group(group, content, self.env._now, self.by, self.request)
        self.members += len(envelopes)
        self.calls.append((self.operation, self.layer.description.per_member, envelopes))

    def group_add(self, group: str, channel: str) -> None:
        """See LayerCore.group_add."""
        self.core.group_add(group, channel, self.env._now, self.by, self.request)
        self.calls.append((self.operation, 0.0, ()))

    def group_discard(self, group: str, channel: str) -> None:
        """See LayerCore.group_discard."""
        self.core.group_discard(group, channel, self.env._now, self.by, self.request)
        self.calls.append((self.operation, 0.0, ()))

    def settle(self) -> Steps:
        """The time of the calls made: there, the layer's work, and back, one call after the other."""
        if not self.calls:
            return ()
        calls, self.calls = self.calls, []
        if len(calls) == 1 and self.latency and not self.out_of_reach:
            seconds, _, envelopes = calls[0]
            if not seconds and len(envelopes) == 1:  # the usual call: nothing happens here but the way
                self.call_at(self.env._now + self.latency, self.layer.deliver, envelopes[0])
                return (2 * self.latency,)
        return self._settle(calls)

    def settle_next(self) -> Steps:
        """The time of the one call that was made first."""
        return self._settle([self.calls.pop(0)])

    def withdraw(self) -> None:
        """The calls not paid for come to nothing: who made them is killed."""
        for _, _, envelopes in self.calls:
            for envelope in envelopes:
                self.core.withdraw(envelope, self.env._now, "worker killed")
        self.calls.clear()

    def _settle(self, calls: list[tuple[float, float, Sequence[Envelope]]]) -> Behaviour:
        layer, latency = self.layer, self.latency
        try:
            for seconds, per_copy, envelopes in calls:
                if self.out_of_reach:
                    yield from self.reach()
                if latency:
                    yield latency
                if seconds:
                    yield from layer.operate(seconds)
                for envelope in envelopes:
                    if per_copy:
                        yield from layer.operate(per_copy)
                    layer.deliver(envelope)
                if latency:
                    yield latency
        except Killed:
            for _, _, envelopes in calls:
                for envelope in envelopes:
                    self.core.withdraw(envelope, self.env._now, "worker killed")
            raise

    def reach(self) -> Behaviour:
        """Wait until the layer is there and can be reached."""
        while (until := over_at(self.out_of_reach, self.env._now)) > self.env._now:
            yield until - self.env._now

    def lose(self, envelope: Envelope) -> None:
        """A message that was received by one who is killed before he has it."""
        _, channel, _, message, request, _, _ = envelope
        code = self.world.code
        self.world.write(LOST, code(self.by), channel, message, request, code("worker killed"))

    # -- for consumers and their workers

    def offer(self, channel: str, content: Content) -> bool:
        """See Sender.offer. A refusal takes no time."""
        if not self.core.has_room(channel, self.env._now):
            return False
        self.send(channel, content)
        return True

    def group_channels(self, group: str) -> list[str]:
        """See LayerCore.group_channels."""
        return self.core.group_channels(group, self.env._now)

    def receive_at_once(self, channels: Sequence[str]) -> Envelope | None:
        """A message that is there, decided at once and paid for in settle."""
        self.calls.append((self.layer.description.operation, 0.0, ()))
        return self.core.receive_many(channels, self.env._now, self.by)

    def flush(self) -> None:
        """See LayerCore.flush."""
        self.core.flush(self.env._now)

    def global_statistics(self) -> Figures:
        """See LayerCore.global_statistics."""
        return self.core.global_statistics(self.env._now)

    def channel_statistics(self, channel: str) -> Figures:
        """See LayerCore.channel_statistics."""
        return self.core.channel_statistics(channel, self.env._now)

    # -- receiving

    def receive_many(self, channels: tuple[str, ...], patience: float | None = None) -> Behaviour:
        """There, the layer's work, perhaps a wait, and back: with a message, or None after *patience* seconds."""
        layer = self.layer
        if self.out_of_reach:
            yield from self.reach()
        if self.latency:
            yield self.latency
        if self.operation:
            yield from layer.operate(self.operation)
        envelope = self.core.receive_many(channels, self.env._now, self.by)
        if envelope is None and patience != 0.0:
            reader = Reader(self, channels)
            if patience is not None:
                self.call_at(self.env._now + patience, reader.time_out)
            try:
                return (yield reader)
            except Killed:
                reader.give_up()
                raise
        if self.latency:
            try:
                yield self.latency
            except Killed:
                if envelope is not None:
                    self.lose(envelope)
                raise
        return envelope

    def listen(self, listener: Listener, channel: str, loop: Access | None = None) -> None:
        """See LayerCore.listen; *loop*: whose event loop is to be woken, if not this one's."""
        self.layer.loops[listener] = loop or self
        self.core.listen(listener, channel)

    def holding(self, listener: Listener) -> object:
        """True where there is a message for *listener*."""
        return listener.holding

    def look(self, listener: Listener) -> Behaviour:
        """There, the layer's work, and back with a message for *listener*, or None."""
        if self.out_of_reach:
            yield from self.reach()
        if self.latency:
            yield self.latency
        if self.operation:
            yield from self.layer.operate(self.operation)
        envelope = self.core.receive_for(listener, self.env._now, self.by)
        if self.latency:
            try:
                yield self.latency
            except Killed:
                if envelope is not None:
                    self.lose(envelope)
                raise
        return envelope

    def either(self, queue: Any, listener: Listener, pause: float, at: Any = None) -> Behaviour:
        """See LayerAccess.either. Looks that find nothing are reckoned, not simulated: they take no time.

        *at*: what is looked at, if not this layer alone.
        """
        at = at or self
        env, holding = self.env, at.holding(listener)
        while True:
            if self.next_look <= env._now:
                if not holding:
                    self.next_look = env._now + pause
                elif self.replies_turn or not queue:
                    envelope = yield from at.look(listener)
                    if envelope is not None:
                        self.next_look = env._now
                        self.replies_turn = False
                        return None, envelope
                    self.next_look = env._now + pause
            if queue:
                self.replies_turn = True
                return queue.popleft(), None
            self.pause = pause
            queue.notify = self.wake
            if holding:
                self.call_at(self.next_look, self.wake)
            yield self.parked
            if self.next_look < env._now:
                self.next_look = next_tick(self.next_look, pause, env._now) if pause else env._now

    def look_soon(self) -> None:
        """A reply is there: the next look will find it."""
        if self.parked:
            now = self.env._now
            look = self.next_look
            if look < now and self.pause:
                look = next_tick(look, self.pause, now)
            if look > now:
                self.call_at(look, self.wake)
            else:
                self.wake()

    def wake(self, _: object = None) -> None:
        """Go on with the event loop, if it waits."""
        if self.parked:
            self.parked.pop()(None)
