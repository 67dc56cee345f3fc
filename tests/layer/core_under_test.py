"""LayerCore in a test's hands: the time is a number that ``advance`` adds to."""

from random import Random
from typing import Any

from chansim.layer.contract import Content
from chansim.layer.core import LayerCore
from chansim.layer.eras import Era
from chansim.trace import Recorder, Trace
from conformance import Found


class CoreUnderTest:
    """A core, or a class made from it, at a time that stands still until it is told to pass."""

    def __init__(self, era: Era, core: type[LayerCore] = LayerCore, **options: Any):
        self.now = 0.0
        self.recorder = Recorder()
        self.core = core(era=era, random=Random(1), recorder=self.recorder, **options)

    def send(self, channel: str, content: Content) -> None:
        self.core.send(channel, content, self.now, "sender")

    def receive_many(self, channels: Any) -> Found:
        envelope = self.core.receive_many(channels, self.now, "receiver")
        return (None, None) if envelope is None else (envelope.channel, envelope.content)

    def new_channel(self, pattern: str) -> str:
        return self.core.new_channel(pattern)

    def group_add(self, group: str, channel: str) -> None:
        self.core.group_add(group, channel, self.now, "sender")

    def group_discard(self, group: str, channel: str) -> None:
        self.core.group_discard(group, channel, self.now, "sender")

    def group_channels(self, group: str) -> list[str]:
        return self.core.group_channels(group, self.now)

    def send_group(self, group: str, content: Content) -> None:
        self.core.send_group(group, content, self.now, "sender")

    def flush(self) -> None:
        self.core.flush(self.now)

    def global_statistics(self) -> dict[str, float | None]:
        return self.core.global_statistics(self.now)

    def channel_statistics(self, channel: str) -> dict[str, float | None]:
        return self.core.channel_statistics(channel, self.now)

    def advance(self, seconds: float) -> None:
        self.now += seconds

    def close(self) -> None:
        pass

    def trace(self) -> Trace:
        """What was written down until now."""
        self.core.sweep(self.now)
        return self.recorder.finish(self.now)
