"""ChannelLayer: the queues between interface servers and workers.

The rules are ``chansim.layer.core``'s, the very ones that the executed layer
keeps. Here they are given simulated time: the way to the layer's machine, the
layer's own work, one operation at a time, and the way back.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from chansim.layer.contract import Content
from chansim.layer.core import Envelope, LayerCore, Listener
from chansim.layer.eras import ERAS, JUNE_2016, Era, era_called
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
        self.core = LayerCore(
            capacity=layer.capacity,
            channel_capacity=dict(layer.channel_capacity),
            expiry=layer.expiry,
            group_expiry=layer.group_expiry,
            random=world.random(layer.name, "layer"),
            recorder=world.recorder,
            name=layer.name,
        )
        world.at_end(self.core.sweep)
        self.busy = False
        self.turns: deque[Turn] = deque()
        self.readers: list[Reader] = []  # those that wait, longest first
        self.loops: dict[Listener, Access] = {}

    def access(self, component: Component) -> Access:
        """The layer as *component* sees it."""
        return Access(self, component)

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
        readers, channel = self.readers, envelope.channel
        if self.description.worker_poll:
            waiting = [reader for reader in readers if channel in reader.channels and not reader.looking]
            if waiting:
                min(waiting, key=Reader.next_look).look_at_next()
            return
        for place, reader in enumerate(readers):
            if channel in reader.channels:
                # it waits: so all else that it reads is empty
                found = core.receive(channel, self.env._now, reader.by)
                if found is not None:
                    del readers[place]
                    self.world.call_at(self.env._now, reader.resume, found)  # not within the sender's turn
                return


class Reader:
    """A worker's place to wait at the layer."""

    __slots__ = ("by", "channels", "layer", "looking", "resume", "since")

    def __init__(self, layer: SimulatedLayer, channels: tuple[str, ...], by: str):
        self.layer = layer
        self.channels = channels
        self.by = by
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
            self.resume(found)


def next_tick(start: float, every: float, now: float) -> float:
    """The first of start, start + every, start + 2 every, ... that is not before *now*; *now* where *every* is 0."""
    if start >= now or not every:
        return max(start, now)
    count = math.ceil((now - start) / every)
    if start + (count - 1) * every >= now:  # the division may have been rounded up, or down
        count -= 1
    return max(start + count * every, now)


class Access:
    """What one component may do with a simulated layer; see LayerAccess."""

    def __init__(self, layer: SimulatedLayer, component: Component):
        self.layer = layer
        self.core = layer.core
        self.world = layer.world
        self.env = layer.world.env
        self.by = component.name
        self.latency: float = self.world.latency(component.machine, layer.description.machine)
        self.request = 0
        self.members = 0
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
        self.calls.append((self.layer.description.operation, 0.0, (envelope,)))

    def send_group(self, group: str, content: Content) -> None:
        """See LayerCore.admit_group."""
        envelopes = self.core.admit_group(group, content, self.env._now, self.by, self.request)
        self.members += len(envelopes)
        self.calls.append((self.layer.description.operation, self.layer.description.per_member, envelopes))

    def group_add(self, group: str, channel: str) -> None:
        """See LayerCore.group_add."""
        self.core.group_add(group, channel, self.env._now, self.by, self.request)
        self.calls.append((self.layer.description.operation, 0.0, ()))

    def group_discard(self, group: str, channel: str) -> None:
        """See LayerCore.group_discard."""
        self.core.group_discard(group, channel, self.env._now, self.by, self.request)
        self.calls.append((self.layer.description.operation, 0.0, ()))

    def settle(self) -> Steps:
        """The time of the calls made: there, the layer's work, and back, one call after the other."""
        if not self.calls:
            return ()
        calls, self.calls = self.calls, []
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

    # -- receiving

    def receive_many(self, channels: tuple[str, ...]) -> Behaviour:
        """There, the layer's work, perhaps a wait, and back with a message."""
        layer = self.layer
        if self.latency:
            yield self.latency
        if layer.description.operation:
            yield from layer.operate(layer.description.operation)
        envelope = self.core.receive_many(channels, self.env._now, self.by)
        if envelope is None:
            envelope = yield Reader(layer, channels, self.by)
        if self.latency:
            yield self.latency
        return envelope

    def listen(self, listener: Listener, channel: str) -> None:
        """See LayerCore.listen."""
        self.layer.loops[listener] = self
        self.core.listen(listener, channel)

    def either(self, queue: Any, listener: Listener, pause: Callable[[], float]) -> Behaviour:
        """See LayerAccess.either. Looks that find nothing are reckoned, not simulated: they take no time."""
        env, holding, latency = self.env, listener.holding, self.latency
        operation = self.layer.description.operation
        while True:
            if self.next_look <= env._now:
                if not holding:
                    self.next_look = env._now + pause()
                elif self.replies_turn or not queue:
                    if latency:
                        yield latency
                    if operation:
                        yield from self.layer.operate(operation)
                    envelope = self.core.receive_for(listener, env._now, self.by)
                    if latency:
                        yield latency
                    if envelope is not None:
                        self.next_look = env._now
                        self.replies_turn = False
                        return None, envelope
                    continue
            if queue:
                self.replies_turn = True
                return queue.popleft(), None
            self.pause = pause()
            queue.notify = self.wake
            if holding:
                self.world.call_at(self.next_look, self.wake)
            yield self.parked
            self.next_look = next_tick(self.next_look, self.pause, env._now)

    def look_soon(self) -> None:
        """A reply is there: the next look will find it."""
        if self.parked:
            now = self.env._now
            look = next_tick(self.next_look, self.pause, now)
            if look > now:
                self.world.call_at(look, self.wake)
            else:
                self.wake()

    def wake(self, _: object = None) -> None:
        """Go on with the event loop, if it waits."""
        if self.parked:
            self.parked.pop()(None)
