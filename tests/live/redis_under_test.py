"""The Redis layer in a test's hands, over real servers: with a clock that is told to pass, or with the real one."""

import threading
import time
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

from chansim.layer.eras import Era
from chansim.live.redis import RedisLayer
from chansim.trace import ThreadedRecorder, Trace
from conformance import Found

_numbers = count()


class RedisUnderTest:
    """Its clock stands still until it is told to pass."""

    def __init__(self, era: Era, hosts: Sequence[str], **options: Any):
        self._now = 0.0
        self.recorder = ThreadedRecorder()
        self.layer = self.build(
            hosts=hosts,
            prefix=f"test {next(_numbers)} [a]*:",
            era=era.name,
            clock=self.clock,
            recorder=self.recorder,
            **options,
        )
        self.send = self.layer.send
        self.receive_many = self.layer.receive_many
        self.new_channel = self.layer.new_channel
        self.group_add = self.layer.group_add
        self.group_discard = self.layer.group_discard
        self.group_channels = self.layer.group_channels
        self.send_group = self.layer.send_group
        self.flush = self.layer.flush
        self.global_statistics = self.layer.global_statistics
        self.channel_statistics = self.layer.channel_statistics

    def build(self, **options: Any) -> Any:
        return RedisLayer(**options)

    def clock(self) -> float:
        return self._now

    def advance(self, seconds: float) -> None:
        self._now += seconds

    def close(self) -> None:
        self.layer.flush()
        self.layer.close()

    def trace(self) -> Trace:
        """What was written down until now."""
        self.layer.sweep()
        return self.recorder.finish(self.clock())


class SeenToWait(RedisLayer):
    """Says when one of its receivers has begun to wait."""

    def __init__(self, *arguments: Any, **options: Any):
        super().__init__(*arguments, **options)
        self.begun = threading.Event()
        look = self._reader.look_or_wait

        def seen(*arguments: Any) -> Any:
            try:
                return look(*arguments)
            finally:
                self.begun.set()

        self._reader.look_or_wait = seen


class WaitingRedis(RedisUnderTest):
    """With real threads that wait, in real time."""

    def build(self, **options: Any) -> Any:
        return SeenToWait(**options)

    def __init__(self, era: Era, hosts: Sequence[str], **options: Any):
        super().__init__(era, hosts, **options)
        self.timers: list[threading.Timer] = []
        self.waiting: list[threading.Thread] = []

    def clock(self) -> float:
        return time.monotonic()

    def receive_within(self, channels: Any, seconds: Any) -> Found:
        return self.layer.receive_many(channels, block=True, timeout=seconds)

    def wait_for(self, channels: Any, found: list[Found]) -> None:
        def waiting() -> None:
            message = self.layer.receive_many(channels, block=True)
            if message != (None, None):  # closed
                found.append(message)

        begun = getattr(self.layer, "begun", None)  # of LocalLayer one cannot tell
        if begun:
            begun.clear()
        self.waiting.append(threading.Thread(target=waiting, daemon=True))
        self.waiting[-1].start()
        if begun:
            assert begun.wait(20.0)
        else:
            time.sleep(0.05)

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
        for thread in self.waiting:
            thread.join(20.0)
            assert not thread.is_alive(), "a thread is stuck"
