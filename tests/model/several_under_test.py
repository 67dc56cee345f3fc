"""Layers of several layers in a test's hands: a world with them and nobody else, whose clock ``advance`` moves."""

from collections.abc import Callable
from typing import Any

from chansim import Scenario
from chansim.engine import Environment, World
from chansim.layer.contract import Content
from chansim.layer.eras import Era
from chansim.model.channel_layer import ChannelLayer
from chansim.model.component import Component
from chansim.model.local_layer import LocalLayer
from chansim.model.machine import Machine
from chansim.model.sharded_layer import ShardedLayer
from chansim.model.world import Behaviour
from chansim.trace import Trace
from conformance import Found
from model.tiny import NOWHERE

HOST = Machine(name="host", cores=1)


class SeveralUnderTest:
    """What a component on the layers' own machine may do: its calls take no time.

    A receive that finds nothing is repeated, *tries* times in all: one asks one shard only.
    """

    def __init__(self, tries: int, *layers: Component):
        self.tries = tries
        self.world = World(Scenario("a layer", (HOST, *layers), NOWHERE, None), 1, Environment())
        for each in (HOST, *layers):
            each.simulate(self.world)
        self.access = self.world.shared("layer").access(HOST)
        self.new_channel = self.access.new_channel
        self.group_channels = self.access.group_channels
        self.flush = self.access.flush
        self.global_statistics = self.access.global_statistics
        self.channel_statistics = self.access.channel_statistics

    def send(self, channel: str, content: Content) -> None:
        self.access.send(channel, content)
        self.settle()

    def receive_many(self, channels: Any) -> Found:
        if isinstance(channels, str):
            raise TypeError("several names are in a list")
        names = tuple(channels)
        for _ in range(self.tries):
            envelope = self.access.receive_at_once(names)
            self.settle()
            if envelope is not None:
                return envelope.channel, envelope.content
        return None, None

    def group_add(self, group: str, channel: str) -> None:
        self.access.group_add(group, channel)
        self.settle()

    def group_discard(self, group: str, channel: str) -> None:
        self.access.group_discard(group, channel)
        self.settle()

    def send_group(self, group: str, content: Content) -> None:
        self.access.send_group(group, content)
        self.settle()

    def settle(self) -> None:
        """Pay for the calls made, and let what they caused at this instant happen."""

        def paid() -> Behaviour:
            yield from self.access.settle()

        self.world.begin(paid())

    def later(self, seconds: float, call: Callable[[], object]) -> None:
        """Make this call when so much time has passed."""
        self.world.call_at(self.world.now + seconds, lambda _: call())

    def wait_for(self, channels: Any, found: list[Found]) -> None:
        """Wait for a message, and then write down what it is."""

        def waiting() -> Behaviour:
            envelope = yield from self.access.receive_many(tuple(channels))
            found.append((envelope.channel, envelope.content))

        self.world.begin(waiting())

    def advance(self, seconds: float) -> None:
        if seconds:
            self.world.env.run(until=self.world.now + seconds)

    def close(self) -> None:
        pass

    def trace(self) -> Trace:
        """What was written down until now."""
        for function in self.world._at_end:
            function(self.world.now)
        return self.world.recorder.finish(self.world.now)


def local(era: Era, **options: Any) -> SeveralUnderTest:
    """A LocalLayer whose two halves have the same *options*, and take no time."""
    patterns = tuple(options.pop("channel_capacity", {}).items())
    common = {"machine": "host", "channel_capacity": patterns, "era": era, **options}
    free = {"operation": 0.0, "per_waiting": 0.0, "worker_poll": 0.0}
    return SeveralUnderTest(
        1, ChannelLayer(name="redis", **common), LocalLayer(name="layer", shared="redis", **common, **free)
    )


def sharded(era: Era, shards: int = 2, **options: Any) -> SeveralUnderTest:
    """A ShardedLayer whose shards have these *options*."""
    patterns = tuple(options.pop("channel_capacity", {}).items())
    group_expiry = {"group_expiry": options["group_expiry"]} if "group_expiry" in options else {}
    names = [f"shard-{n}" for n in range(1, shards + 1)]
    return SeveralUnderTest(
        50,
        *(ChannelLayer(name=n, machine="host", channel_capacity=patterns, era=era, **options) for n in names),
        ShardedLayer(name="layer", shards=tuple(names), era=era, **group_expiry),
    )
