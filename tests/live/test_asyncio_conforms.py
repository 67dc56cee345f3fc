"""The in-memory layer's asyncio face keeps the same promises."""

from typing import Any

from conformance import LayerPromises, LossesInTheTrace, TimeoutPromises, WaitingPromises
from live.asyncio_under_test import AsyncioUnderTest, WaitingAsyncio


class TestAsyncio(LayerPromises, LossesInTheTrace):
    def build(self, **options: Any) -> AsyncioUnderTest:
        return AsyncioUnderTest(self.era, **options)


class TestAsyncioThatWaits(WaitingPromises, TimeoutPromises):
    def build(self, **options: Any) -> WaitingAsyncio:
        return WaitingAsyncio(self.era, **options)
