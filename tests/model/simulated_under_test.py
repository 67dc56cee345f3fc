"""The simulated layer in a test's hands: a world of one machine and one layer, whose clock ``advance`` moves."""

from collections.abc import Callable
from typing import Any

from chansim import Scenario
from chansim.engine import Environment, World
from chansim.layer.contract import Content
from chansim.layer.eras import Era
from chansim.model.channel_layer import ChannelLayer
from chansim.model.machine import Machine
from chansim.model.simulated_layer import SimulatedLayer
from chansim.model.world import Behaviour
from chansim.trace import Trace
from conformance import Found
from model.tiny import NOWHERE


class SimulatedUnderTest:
    """What a component on the layer's own machine may do: its calls take no time."""

    def __init__(self, era: Era, **options: Any):
        patterns = tuple(options.pop("channel_capacity", {}).items())
        machine = Machine(name="host", cores=1)
        layer = ChannelLayer(name="layer", machine="host", channel_capacity=patterns, era=era, **options)
        self.world = World(Scenario("a layer", (machine, layer), NOWHERE, None), 1, Environment())
        machine.simulate(self.world)
        layer.simulate(self.world)
        self.layer: SimulatedLayer = self.world.shared("layer")
        self.access = self.layer.access(machine)
        self.core = self.layer.core

    @property
    def now(self) -> float:
        return self.world.now

    def send(self, channel: str, content: Content) -> None:
        self.access.send(channel, content)
        self.settle()

    def receive_many(self, channels: Any) -> Found:
        envelope = self.core.receive_many(channels, self.now, "host")
        return (None, None) if envelope is None else (envelope.channel, envelope.content)

    def new_channel(self, pattern: str) -> str:
        return self.access.new_channel(pattern)

    def group_add(self, group: str, channel: str) -> None:
        self.access.group_add(group, channel)
        self.settle()

    def group_discard(self, group: str, channel: str) -> None:
        self.access.group_discard(group, channel)
        self.settle()

    def group_channels(self, group: str) -> list[str]:
        return self.core.group_channels(group, self.now)

    def send_group(self, group: str, content: Content) -> None:
        self.access.send_group(group, content)
        self.settle()

    def flush(self) -> None:
        self.core.flush(self.now)

    def global_statistics(self) -> dict[str, float | None]:
        return self.core.global_statistics(self.now)

    def channel_statistics(self, channel: str) -> dict[str, float | None]:
        return self.core.channel_statistics(channel, self.now)

    def settle(self) -> None:
        """Pay for the calls made, and let what they caused at this instant happen."""

        def paid() -> Behaviour:
            yield from self.access.settle()

        self.world.begin(paid())

    def later(self, seconds: float, call: Callable[[], object]) -> None:
        """Make this call when so much time has passed."""
        self.world.call_at(self.now + seconds, lambda _: call())

    def wait_for(self, channels: Any, found: list[Found]) -> None:
        """Wait for a message, and then write down what it is."""

        def waiting() -> Behaviour:
            envelope = yield from self.access.receive_many(tuple(channels))
            found.append((envelope.channel, envelope.content))

        self.world.begin(waiting())

    def advance(self, seconds: float) -> None:
        if seconds:
            self.world.env.run(until=self.now + seconds)

    def close(self) -> None:
        pass

    def trace(self) -> Trace:
        """What was written down until now."""
        self.core.sweep(self.now)
        return self.world.recorder.finish(self.now)
