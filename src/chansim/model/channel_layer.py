"""ChannelLayer: the queues between interface servers and workers.

The rules are ``chansim.layer.core``'s, the very ones that the executed layer
keeps. Here they are given simulated time: the way to the layer's machine, the
layer's own work, one operation at a time, and the way back.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from chansim.layer.contract import Content
from chansim.layer.core import Envelope, LayerCore, Listener
from chansim.layer.eras import ERAS, JUNE_2016, Era, era_called
from chansim.model.access import AccessOfConsumers
from chansim.model.component import Component, knob
from chansim.model.world import Behaviour, Killed, LayerRules, Steps, Turn


@dataclass(frozen=True, kw_only=True)
class ChannelLayer(Component):
    """*capacity* messages a channel, *expiry* and *group_expiry* in seconds: the Redis layer's of June 2016.

    *operation*: seconds of the layer's work for each call, and *per_member*
    more for each member of a group send. *worker_poll*: 0 for a layer whose
    ``receive_many`` really waits, as Redis's does; else the seconds that an idle
    worker sleeps between two looks, 0.01 in 2016 for the in-memory layer. *era*:
    whose habits the layer has, and all that are attached to it: "june2016",
    "channels10" or "channels11", or an Era of your own (see :mod:`chansim.layer.eras`).
    """

    capacity: int = knob(
        JUNE_2016.shared_capacity,
        unit="messages",
        low=1,
        high=10**9,
        slider=(1, 1000),
        doc="messages a channel holds",
    )
    channel_capacity: tuple[tuple[str, int], ...] = ()
    expiry: float = knob(
        JUNE_2016.expiry, unit="s", above=0.0, high=1e9, slider=(0.1, 600.0), doc="seconds a message may wait"
    )
    group_expiry: float = knob(
        JUNE_2016.group_expiry,
        unit="s",
        above=0.0,
        high=1e9,
        slider=(1.0, 86400.0),
        doc="seconds a membership lasts",
    )
    operation: float = knob(
        0.0, unit="s", high=60.0, slider=(0.0, 0.005), doc="seconds of the layer's work per call"
    )
    per_member: float = knob(
        0.0, unit="s", high=60.0, slider=(0.0, 0.001), doc="the same per member of a group send"
    )
    worker_poll: float = knob(
        0.0, unit="s", high=60.0, slider=(0.0, 0.1), doc="seconds between an idle worker's looks"
    )

    era: str | Era = JUNE_2016.name

    provides = "layer"
    first = True
    role = "layer"
    column = 2

    def __post_init__(self) -> None:
        super().__post_init__()
        try:
            era_called(self.era)
        except ValueError:
            raise self.wrong("era", self.era, f"it must be one of {', '.join(ERAS)}, or an Era") from None
        try:
            object.__setattr__(self, "channel_capacity", tuple((str(k), v) for k, v in self.channel_capacity))
            LayerCore(channel_capacity=dict(self.channel_capacity))
        except (TypeError, ValueError) as error:
            raise self.wrong(
                "channel_capacity", self.channel_capacity, f'it must be (("pattern", n), ...): {error}'
            ) from None

    def simulate(self, world: Any) -> None:
        world.share(self.name, SimulatedLayer(self, world))

    def execute(self, world: Any) -> None:
        world.share(self.name, world.memory_layer(self.rules))

    @property
    def rules(self) -> LayerRules:
        """What the core needs to know."""
        return LayerRules(
            self.name, self.capacity, self.expiry, self.group_expiry, self.channel_capacity, self.era
        )


class SimulatedLayer:
    """The layer of one simulated run: the core, the turn at its processor, and the readers that wait."""

    def __init__(self, layer: ChannelLayer, world: Any):
        self.description = layer
        self.world = world
        self.env = world.env
        self.call_at = world.call_at
        self.core = LayerCore(
            capacity=layer.capacity,
            channel_capacity=dict(layer.channel_capacity),
            expiry=layer.expiry,
            group_expiry=layer.group_expiry,
            era=era_called(layer.era),
            random=world.random(layer.name, "layer"),
            recorder=world.recorder,
            name=layer.name,
        )
        world.at_end(self.core.sweep)
        self.worker_poll = layer.worker_poll
        self.busy = False
        self.turns: deque[Turn] = deque()
        self.readers: list[Reader] = []  # those that wait, longest first
        self.loops: dict[Listener, Access] = {}

    def access(self, component: Component, lane: str = "") -> Access:
        """The layer as *component*, or one *lane* of it, sees it."""
        return Access(self, component, lane or component.name)

    def operate(self, seconds: float) -> Behaviour:
        """The layer's work of one call: it does one at a time, in order."""
        if not seconds:
            return
        if self.busy:
            turn = Turn()
            self.turns.append(turn)
            try:
                yield turn
            except Killed:
                self.turns.remove(turn)
                raise
        self.busy = True
        try:
            yield from self.world.processor(self.description.machine).work(seconds)
        except Killed:
            self.next_turn()
            raise
        self.next_turn()

    def next_turn(self) -> None:
        """One call is done: whoever waits is next."""
        if self.turns:
            self.turns.popleft().resume(None)
        else:
            self.busy = False

    def deliver(self, envelope: Envelope) -> None:
        """The message is there: wake whoever waits for it."""
        core = self.core
        listener = core.deliver(envelope)
        if listener is not None:
            self.loops[listener].look_soon()
            return
        readers, channel = self.readers, envelope[0]
        if self.worker_poll:
            waiting = [reader for reader in readers if channel in reader.channels and not reader.looking]
            if waiting:
                min(waiting, key=Reader.next_look).look_at_next()
            return
        for place, reader in enumerate(readers):
            if channel in reader.channels:
                # it waits: so all else that it reads is empty
                now = self.env._now
                found = core.receive(channel, now, reader.by)
                if found is not None:
                    del readers[place]
                    self.call_at(now + reader.latency, reader.resume, found)
                return


class Reader:
    """A worker's place to wait at the layer."""

    __slots__ = ("by", "channels", "latency", "layer", "looking", "resume", "since")

    def __init__(self, layer: SimulatedLayer, channels: tuple[str, ...], by: str, latency: float):
        self.layer = layer
        self.channels = channels
        self.by = by
        self.latency = latency  #: of its way back
        self.resume: Any = None
        self.since: float = layer.env._now
        self.looking = False

    def append(self, resume: Any) -> None:
        """Here it waits."""
        self.resume = resume
        self.layer.readers.append(self)

    def next_look(self) -> float:
        """When a worker that sleeps between looks will look again."""
        return next_tick(self.since, self.layer.description.worker_poll, self.layer.world.now)

    def look_at_next(self) -> None:
        """There is something: its next look will find it, if no other is sooner."""
        self.looking = True
        self.layer.world.call_at(self.next_look(), self.look)

    def look(self, _: object) -> None:
        """Look, as a worker does that slept."""
        layer = self.layer
        self.looking = False
        found = layer.core.receive_many(self.channels, layer.world.now, self.by)
        if found is not None:
            layer.readers.remove(self)
            layer.call_at(layer.env._now + self.latency, self.resume, found)


def next_tick(start: float, every: float, now: float) -> float:
    """The first of start, start + every, start + 2 every, ... that is not before *now*; *now* where *every* is 0, or
    so little that no number tells two of them apart."""
    if start >= now or every * 2.0**53 <= now - start:
        return start if start > now else now
    count = math.ceil((now - start) / every)
    if start + (count - 1) * every >= now:  # the division may have been rounded up, or down
        count -= 1
    return max(start + count * every, now)


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
        # made and not yet paid for: the layer's seconds of work, its seconds per copy, the copies
        self.calls: list[tuple[float, float, Sequence[Envelope]]] = []
        self.new_channel = layer.core.new_channel
        self.stop_listening = layer.core.stop_listening
        # of an event loop:
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
        if len(calls) == 1 and self.latency:
            seconds, _, envelopes = calls[0]
            if not seconds and len(envelopes) == 1:  # the usual call: nothing happens here but the way
                self.call_at(self.env._now + self.latency, self.layer.deliver, envelopes[0])
                return (2 * self.latency,)
        return self._settle(calls)

    def _settle(self, calls: list[tuple[float, float, Sequence[Envelope]]]) -> Behaviour:
        layer, latency = self.layer, self.latency
        for seconds, per_copy, envelopes in calls:
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

    # -- receiving

    def receive_many(self, channels: tuple[str, ...]) -> Behaviour:
        """There, the layer's work, perhaps a wait, and back with a message."""
        layer = self.layer
        if self.latency:
            yield self.latency
        if self.operation:
            yield from layer.operate(self.operation)
        envelope = self.core.receive_many(channels, self.env._now, self.by)
        if envelope is None:
            return (yield Reader(layer, channels, self.by, self.latency))
        if self.latency:
            yield self.latency
        return envelope

    def listen(self, listener: Listener, channel: str) -> None:
        """See LayerCore.listen."""
        self.layer.loops[listener] = self
        self.core.listen(listener, channel)

    def either(self, queue: Any, listener: Listener, pause: float) -> Behaviour:
        """See LayerAccess.either. Looks that find nothing are reckoned, not simulated: they take no time."""
        env, holding = self.env, listener.holding
        while True:
            if self.next_look <= env._now:
                if not holding:
                    self.next_look = env._now + pause
                elif self.replies_turn or not queue:
                    if self.latency:
                        yield self.latency
                    if self.operation:
                        yield from self.layer.operate(self.operation)
                    envelope = self.core.receive_for(listener, env._now, self.by)
                    if self.latency:
                        yield self.latency
                    if envelope is not None:
                        self.next_look = env._now
                        self.replies_turn = False
                        return None, envelope
                    continue
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
