"""The in-memory layer's asyncio face keeps the same promises."""

from typing import Any

from conformance import (
    ContentPromises,
    LayerPromises,
    LossesInTheTrace,
    Suite,
    TimeoutPromises,
    WaitingPromises,
)
from live.asyncio_under_test import AsyncioUnderTest, WaitingAsyncio


class OfAsyncio(Suite):
    def build(self, **options: Any) -> AsyncioUnderTest:
        return AsyncioUnderTest(self.era, **options)


class TestAsyncio(OfAsyncio, LayerPromises, LossesInTheTrace):
    pass


class TestWhatAsyncioCarries(OfAsyncio, ContentPromises):
    pass


class TestAsyncioThatWaits(WaitingPromises, TimeoutPromises):
    def build(self, **options: Any) -> WaitingAsyncio:
        return WaitingAsyncio(self.era, **options)
