"""The in-memory layer's asyncio face in a test's hands: every call is awaited."""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any

from chansim.layer.contract import Content
from chansim.layer.eras import Era
from chansim.live.asynchronous import AsyncioLayer
from chansim.trace import ThreadedRecorder, Trace
from conformance import Found


class AsyncioUnderTest:
    """Each call is run to its end in an event loop. The clock stands still until it is told to pass."""

    def __init__(self, era: Era, **options: Any):
        self._now = 0.0
        self.recorder = ThreadedRecorder()
        self.loop = asyncio.new_event_loop()
        self.layer = AsyncioLayer(era=era.name, clock=self.clock, recorder=self.recorder, **options)

    def clock(self) -> float:
        return self._now

    def run(self, call: Coroutine[Any, Any, Any]) -> Any:
        """What the coroutine returns."""
        return self.loop.run_until_complete(call)

    def send(self, channel: str, content: Content) -> None:
        self.run(self.layer.send(channel, content))

    def receive_many(self, channels: Any) -> Found:
        found: Found = self.run(self.layer.receive_many(channels, block=False))
        return found

    def new_channel(self, pattern: str) -> str:
        return str(self.run(self.layer.new_channel(pattern)))

    def group_add(self, group: str, channel: str) -> None:
        self.run(self.layer.group_add(group, channel))

    def group_discard(self, group: str, channel: str) -> None:
        self.run(self.layer.group_discard(group, channel))

    def group_channels(self, group: str) -> list[str]:
        return list(self.run(self.layer.group_channels(group)))

    def send_group(self, group: str, content: Content) -> None:
        self.run(self.layer.send_group(group, content))

    def flush(self) -> None:
        self.run(self.layer.flush())

    def global_statistics(self) -> dict[str, float | None]:
        return dict(self.run(self.layer.global_statistics()))

    def channel_statistics(self, channel: str) -> dict[str, float | None]:
        return dict(self.run(self.layer.channel_statistics(channel)))

    def advance(self, seconds: float) -> None:
        self._now += seconds

    def close(self) -> None:
        self.run(self.layer.close())
        self.loop.close()

    def trace(self) -> Trace:
        """What was written down until now."""
        self.layer.layer.sweep()
        return self.recorder.finish(self.clock())


class WaitingAsyncio(AsyncioUnderTest):
    """With an event loop that runs in a thread of its own, in real time."""

    def __init__(self, era: Era, **options: Any):
        super().__init__(era, **options)
        self.timers: list[threading.Timer] = []
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()

    def clock(self) -> float:
        return time.monotonic()

    def run(self, call: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(call, self.loop).result()

    def receive_within(self, channels: Any, seconds: Any) -> Found:
        found: Found = self.run(self.layer.receive_many(channels, timeout=seconds))
        return found

    def wait_for(self, channels: Any, found: list[Found]) -> None:
        async def waiting() -> None:
            message = await self.layer.receive_many(channels)
            if message != (None, None):  # closed
                found.append(message)

        asyncio.run_coroutine_threadsafe(waiting(), self.loop)

    def later(self, seconds: float, call: Callable[[], object]) -> None:
        self.timers.append(threading.Timer(seconds, call))
        self.timers[-1].start()

    def advance(self, seconds: float) -> None:
        time.sleep(seconds)

    def close(self) -> None:
        for timer in self.timers:
            timer.cancel()
            timer.join()
        self.run(self.layer.close())
        self.run(asyncio.sleep(0.001))  # who waited goes on
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()
