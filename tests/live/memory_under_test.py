"""The in-memory layer in a test's hands: with a clock that is told to pass, or with the real one."""

import threading
import time
from collections.abc import Callable
from typing import Any

from chansim.layer.eras import Era
from chansim.live.memory import InMemoryLayer
from chansim.trace import ThreadedRecorder, Trace
from conformance import Found


class MemoryUnderTest:
    """Its clock stands still until it is told to pass."""

    def __init__(self, era: Era, **options: Any):
        self._now = 0.0
        self.recorder = ThreadedRecorder()
        self.layer = InMemoryLayer(era=era.name, clock=self.clock, recorder=self.recorder, **options)
        self.send = self.layer.send
        self.new_channel = self.layer.new_channel
        self.group_add = self.layer.group_add
        self.group_discard = self.layer.group_discard
        self.group_channels = self.layer.group_channels
        self.send_group = self.layer.send_group
        self.flush = self.layer.flush
        self.global_statistics = self.layer.global_statistics
        self.channel_statistics = self.layer.channel_statistics

    def clock(self) -> float:
        return self._now

    def receive_many(self, channels: Any) -> Found:
        return self.layer.receive_many(channels)

    def advance(self, seconds: float) -> None:
        self._now += seconds

    def close(self) -> None:
        self.layer.close()

    def trace(self) -> Trace:
        """What was written down until now."""
        self.layer.sweep()
        return self.recorder.finish(self.clock())


class WaitingMemory(MemoryUnderTest):
    """With real threads that wait, in real time."""

    def __init__(self, era: Era, **options: Any):
        super().__init__(era, **options)
        self.timers: list[threading.Timer] = []

    def clock(self) -> float:
        return time.monotonic()

    def receive_within(self, channels: Any, seconds: Any) -> Found:
        return self.layer.receive_many(channels, block=True, timeout=seconds)

    def wait_for(self, channels: Any, found: list[Found]) -> None:
        def waiting() -> None:
            message = self.layer.receive_many(channels, block=True)
            if message != (None, None):  # closed
                found.append(message)

        threading.Thread(target=waiting, daemon=True).start()

    def later(self, seconds: float, call: Callable[[], object]) -> None:
        self.timers.append(threading.Timer(seconds, call))
        self.timers[-1].start()

    def advance(self, seconds: float) -> None:
        time.sleep(seconds)

    def close(self) -> None:
        for timer in self.timers:
            timer.cancel()
            timer.join()
        super().close()
